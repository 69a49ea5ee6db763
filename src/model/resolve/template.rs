//! What a `system` consists of once `extends`, `with` and derivations are followed.

use super::super::program::{Program, Target};
use super::super::system::Derivation;
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::limits;
use crate::syntax::tree::*;
use std::sync::Arc;

/// The statements that make up a system, each with the module its names are looked up in.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub name: String,
    pub span: Span,
    pub module: usize,
    pub formals: Vec<(usize, Formal)>,
    pub stmts: Vec<(usize, Arc<Stmt>)>,
    pub derivations: Vec<Derivation>,
    /// Values that `with` put others in place of.
    pub replaced: Vec<Replaced>,
    /// Arguments given where the template was named, `Chain(n = 20)`: they are read in `module`.
    pub args: Vec<(usize, Arg)>,
}

/// A value that another one replaced; the new one has its dimension.
#[derive(Clone, Debug)]
pub(crate) struct Replaced {
    pub name: String,
    pub module: usize,
    pub old: Expr,
}

/// The template of item `item` of a module.
pub(crate) fn template(program: &Program, module: usize, item: usize, out: &mut Diagnostics) -> Option<Template> {
    build(program, module, item, &mut Vec::new(), out)
}

fn build(
    program: &Program,
    module: usize,
    item: usize,
    open: &mut Vec<(usize, usize)>,
    out: &mut Diagnostics,
) -> Option<Template> {
    let Item::System(system) = &*program.modules[module].items[item] else { return None };
    let name = system.name.as_ref()?;
    if open.len() >= limits::IMPORT_DEPTH && !open.contains(&(module, item)) {
        let first = open.first().and_then(|(m, i)| match &*program.modules[*m].items[*i] {
            Item::System(s) => s.name.as_ref().map(|n| n.span),
            _ => None,
        });
        let message = format!("more than {} systems are built on each other here", limits::IMPORT_DEPTH);
        out.push(
            Diagnostic::error("E0525", first.unwrap_or(name.span), message)
                .help("shorten the chain of `extends` and `=`"),
        );
        return None;
    }
    if open.contains(&(module, item)) {
        out.push(
            Diagnostic::error("E0121", name.span, format!("`{}` is defined by itself", name.name))
                .help("break the circle of `extends` and `=`"),
        );
        return None;
    }
    open.push((module, item));
    let made = match &system.body {
        SystemBody::Block { formals, extends, stmts } => {
            block(program, module, name, formals, extends.as_ref(), stmts, open, out)
        }
        SystemBody::Derived { value, with } => {
            let base = named(program, module, value, open, out);
            base.and_then(|base| derived(module, name, base, with.as_deref(), out))
        }
    };
    open.pop();
    made
}

#[allow(clippy::too_many_arguments)]
fn block(
    program: &Program,
    module: usize,
    name: &Ident,
    formals: &[Formal],
    extends: Option<&Expr>,
    stmts: &[Stmt],
    open: &mut Vec<(usize, usize)>,
    out: &mut Diagnostics,
) -> Option<Template> {
    let own = stmts.iter().map(|s| (module, Arc::new(s.clone())));
    let own_formals = formals.iter().map(|f| (module, f.clone()));
    let Some(extends) = extends else {
        return Some(Template {
            name: name.name.clone(),
            span: name.span,
            module,
            formals: own_formals.collect(),
            stmts: own.collect(),
            derivations: Vec::new(),
            replaced: Vec::new(),
            args: Vec::new(),
        });
    };
    let mut base = named(program, module, extends, open, out)?;
    if !base.derivations.is_empty() {
        out.push(
            Diagnostic::error("E0410", extends.span, "a derived system cannot be extended")
                .help("extend the system it is made from"),
        );
        return None;
    }
    // `init`, `guess` and `simulate` of the extension replace those of the base.
    let replaced = starts_of(stmts);
    let has_simulate = stmts.iter().any(|s| matches!(s.kind, StmtKind::Simulate(_)));
    base.stmts = base.stmts.into_iter().filter_map(|(m, s)| without(m, s, &replaced, has_simulate)).collect();
    base.stmts.extend(own);
    base.formals.extend(own_formals);
    base.name = name.name.clone();
    base.span = name.span;
    base.module = module;
    Some(base)
}

/// Texts of the left sides of `init` and `guess` entries.
fn starts_of(stmts: &[Stmt]) -> Vec<(bool, String)> {
    let mut list = Vec::new();
    for s in stmts {
        match &s.kind {
            StmtKind::Init(entries) => list.extend(entries.iter().map(|i| (true, super::super::text_of(&i.target)))),
            StmtKind::Guess(entries) => list.extend(entries.iter().map(|i| (false, super::super::text_of(&i.target)))),
            _ => {}
        }
    }
    list
}

fn without(
    module: usize,
    stmt: Arc<Stmt>,
    replaced: &[(bool, String)],
    has_simulate: bool,
) -> Option<(usize, Arc<Stmt>)> {
    let keep = |init: bool, entries: &[Init]| -> Vec<Init> {
        entries.iter().filter(|i| !replaced.contains(&(init, super::super::text_of(&i.target)))).cloned().collect()
    };
    let kind = match &stmt.kind {
        StmtKind::Simulate(_) if has_simulate => return None,
        StmtKind::Init(entries) => StmtKind::Init(keep(true, entries)),
        StmtKind::Guess(entries) => StmtKind::Guess(keep(false, entries)),
        _ => return Some((module, stmt)),
    };
    Some((module, Arc::new(Stmt { span: stmt.span, doc: stmt.doc.clone(), kind })))
}

/// The template that an expression names: `A`, `P.A`, `A(n = 3)`, `doubled(A)`.
pub(crate) fn named(
    program: &Program,
    module: usize,
    expr: &Expr,
    open: &mut Vec<(usize, usize)>,
    out: &mut Diagnostics,
) -> Option<Template> {
    match &*expr.kind {
        ExprKind::Paren(inner) => named(program, module, inner, open, out),
        ExprKind::Name(name) => by_name(program, module, name, expr.span, open, out),
        ExprKind::Field { base, name } => {
            if let ExprKind::Name(alias) = &*base.kind {
                if let Some(Target::Module(other)) = program.modules[module].names.get(alias).map(|b| b.target) {
                    return by_name(program, other, &name.name, name.span, open, out);
                }
            }
            out.push(not_a_system(expr));
            None
        }
        ExprKind::Call { callee, args } => {
            if let ExprKind::Name(word) = &*callee.kind {
                let declared = program.modules[module].names.contains_key(word);
                let derivation = match word.as_str() {
                    _ if declared => None,
                    "doubled" => Some(Derivation::Doubled(callee.span)),
                    "reversed" => Some(Derivation::Reversed(callee.span)),
                    "legendre" => Some(Derivation::Legendre(callee.span)),
                    "linearize" | "reduced" => {
                        out.push(
                            Diagnostic::error("E0901", callee.span, format!("`{word}` is not built yet"))
                                .help("this version has `doubled`, `reversed` and `legendre`"),
                        );
                        return None;
                    }
                    _ => None,
                };
                if let Some(derivation) = derivation {
                    let [Arg { name: None, is_range: false, value, each: None, tweaks, .. }] = args.as_slice() else {
                        out.push(
                            Diagnostic::error("E0411", expr.span, format!("`{word}` takes one system"))
                                .help(format!("write `{word}(A)`")),
                        );
                        return None;
                    };
                    let mut base = named(program, module, value, open, out)?;
                    for stmt in tweaks.iter().flatten() {
                        apply(module, &mut base, stmt, out);
                    }
                    let again = |d: &Derivation| match (d, &derivation) {
                        (Derivation::Doubled(at), Derivation::Doubled(_)) => Some(*at),
                        (Derivation::Legendre(at), Derivation::Legendre(_)) => Some(*at),
                        _ => None,
                    };
                    if let Some(first) = base.derivations.iter().find_map(again) {
                        out.push(
                            Diagnostic::error("E0409", callee.span, format!("`{word}` stands twice here"))
                                .label(first, "the first one")
                                .help("once is enough: a second one has no meaning of its own"),
                        );
                        return None;
                    }
                    base.derivations.push(derivation);
                    // A derived system keeps parameters, definitions, `init`, `simulate` and `observe`.
                    base.stmts.retain(|(_, s)| !matches!(s.kind, StmtKind::Check(_) | StmtKind::Invariant(_)));
                    return Some(base);
                }
            }
            let mut base = named(program, module, callee, open, out)?;
            base.args.extend(args.iter().map(|a| (module, a.clone())));
            Some(base)
        }
        _ => {
            out.push(not_a_system(expr));
            None
        }
    }
}

fn not_a_system(expr: &Expr) -> Diagnostic {
    Diagnostic::error("E0412", expr.span, "a system is expected here")
        .help("name a system, as in `A`, `A(n = 3)`, `P.A` or `doubled(A)`")
}

fn by_name(
    program: &Program,
    module: usize,
    name: &str,
    span: Span,
    open: &mut Vec<(usize, usize)>,
    out: &mut Diagnostics,
) -> Option<Template> {
    match program.modules[module].names.get(name).map(|b| b.target) {
        Some(Target::Item { module: m, item, .. }) if matches!(&*program.modules[m].items[item], Item::System(_)) => {
            build(program, m, item, open, out)
        }
        Some(_) => {
            out.push(Diagnostic::error("E0412", span, format!("`{name}` is not a system")));
            None
        }
        None => {
            let names = program.modules[module].names.iter().filter(|(_, b)| match b.target {
                Target::Item { module: m, item, .. } => matches!(&*program.modules[m].items[item], Item::System(_)),
                Target::Module(_) => false,
            });
            let d = Diagnostic::error("E0118", span, format!("unknown system `{name}`"));
            out.push(match super::super::suggest(name, names.map(|n| n.0.as_str())) {
                Some(near) => d.help(format!("did you mean `{near}`?")),
                None => d.help("declare it with `system`, or import it with `use`"),
            });
            None
        }
    }
}

/// `system B = A with { … }`: new right sides for things that exist.
fn derived(
    module: usize,
    name: &Ident,
    mut base: Template,
    with: Option<&[Stmt]>,
    out: &mut Diagnostics,
) -> Option<Template> {
    let mut behind_a_comma = false;
    for stmt in with.unwrap_or_default() {
        // `param l = 5, init θ = 0.2`: what follows the word is part of that mistake.
        if !(behind_a_comma && matches!(stmt.kind, StmtKind::Assign(_))) {
            apply(module, &mut base, stmt, out);
        }
        behind_a_comma = match &stmt.kind {
            StmtKind::Param(list) => list.last().is_some_and(|p| p.value.is_none() && is_word(&p.name.name)),
            _ => false,
        };
    }
    base.name = name.name.clone();
    base.span = name.span;
    Some(base)
}

/// A word that begins a statement of a `with` block.
fn is_word(name: &str) -> bool {
    ["init", "guess", "simulate", "const", "force", "param", "input", "scale"].contains(&name)
}

/// One statement of a `with` block.
pub(crate) fn apply(module: usize, base: &mut Template, stmt: &Stmt, out: &mut Diagnostics) {
    let fresh = |name: &str, span: Span, base: &Template| {
        let d = Diagnostic::error(
            "E0413",
            span,
            format!("`{name}` does not exist in `{}`, and `with` only changes what exists", base.name),
        );
        match name {
            _ if is_word(name) => d.help(format!(
                "a comma continues the list before it: end that with `;` or a new line, then `{name} …`"
            )),
            _ => d.help(format!("to add something, write `system … extends {} {{ … }}`", base.name)),
        }
    };
    match &stmt.kind {
        StmtKind::Init(_) | StmtKind::Guess(_) | StmtKind::Simulate(_) => {
            let replaced = starts_of(std::slice::from_ref(stmt));
            let simulate = matches!(stmt.kind, StmtKind::Simulate(_));
            base.stmts = std::mem::take(&mut base.stmts)
                .into_iter()
                .filter_map(|(m, s)| without(m, s, &replaced, simulate))
                .collect();
            base.stmts.push((module, Arc::new(stmt.clone())));
        }
        StmtKind::Param(list) => {
            for p in list {
                separate(base, &p.name.name);
                let mut old = None;
                let found = replace(base, module, |kind| match kind {
                    StmtKind::Param(list) | StmtKind::Input(list) => {
                        let entry = list.iter_mut().find(|o| o.name.name == p.name.name)?;
                        old = entry.value.take();
                        entry.value = p.value.clone();
                        if !p.axes.is_empty() {
                            entry.axes = p.axes.clone();
                        }
                        if p.bounds.is_some() {
                            entry.bounds = p.bounds.clone();
                        }
                        Some(())
                    }
                    _ => None,
                });
                if let (Some(from), Some(old)) = (found, old) {
                    base.replaced.push(Replaced { name: p.name.name.clone(), module: from, old });
                }
                if p.ty.is_some() || p.index.is_some() {
                    out.push(
                        Diagnostic::error(
                            "E0414",
                            p.span,
                            "`with` gives a new value, and the type stays as it is declared",
                        )
                        .help(format!("write `param {} = …`", p.name.name)),
                    );
                }
                if found.is_none() {
                    out.push(fresh(&p.name.name, p.name.span, base));
                }
            }
        }
        StmtKind::Input(list) => {
            for p in list {
                separate(base, &p.name.name);
                driven(module, base, p, &fresh, out);
            }
        }
        StmtKind::Const(list) => {
            for c in list {
                separate(base, &c.name.name);
                let found = replace(base, module, |kind| match kind {
                    StmtKind::Const(old) => {
                        old.iter_mut().find(|o| o.name.name == c.name.name)?.value = c.value.clone();
                        Some(())
                    }
                    _ => None,
                });
                if found.is_none() {
                    out.push(fresh(&c.name.name, c.name.span, base));
                }
            }
        }
        StmtKind::Assign(a) => {
            let found = replace(base, module, |kind| match kind {
                StmtKind::Assign(old) if old.name.name == a.name.name && old.primes == a.primes => {
                    *old = a.clone();
                    Some(())
                }
                StmtKind::Generator { name, value, .. } if name.name == a.name.name && a.primes == 0 => {
                    *value = a.value.clone()?;
                    Some(())
                }
                StmtKind::Force { name, value, .. } if name.name == a.name.name && a.primes == 0 => {
                    *value = a.value.clone()?;
                    Some(())
                }
                _ => None,
            });
            if found.is_none() {
                out.push(fresh(&a.name.name, a.name.span, base));
            }
        }
        StmtKind::Net(n) => {
            let found = replace(base, module, |kind| match kind {
                StmtKind::Net(old) if old.name.name == n.name.name => {
                    *old = n.clone();
                    Some(())
                }
                _ => None,
            });
            if found.is_none() {
                out.push(fresh(&n.name.name, n.name.span, base));
            }
        }
        StmtKind::Generator { kind: word, name: new, value: right, .. } => {
            let found = replace(base, module, |kind| match kind {
                StmtKind::Generator { kind: old, name, value, .. } if old == word && name.name == new.name => {
                    *value = right.clone();
                    Some(())
                }
                _ => None,
            });
            if found.is_none() {
                out.push(fresh(&new.name, new.span, base));
            }
        }
        StmtKind::Force { name: new, on: at, value: right } => {
            let found = replace(base, module, |kind| match kind {
                StmtKind::Force { name, on, value } if name.name == new.name => {
                    *on = at.clone();
                    *value = right.clone();
                    Some(())
                }
                _ => None,
            });
            if found.is_none() {
                out.push(fresh(&new.name, new.span, base));
            }
        }
        StmtKind::Scale { target, by } => {
            let name = super::super::text_of(target);
            let scaled = |value: &Expr| Expr {
                span: value.span,
                kind: Box::new(ExprKind::Product {
                    first: Expr { span: by.span, kind: Box::new(ExprKind::Paren(by.clone())) },
                    rest: vec![(
                        ProductOp::Times,
                        by.span,
                        Expr { span: value.span, kind: Box::new(ExprKind::Paren(value.clone())) },
                    )],
                }),
            };
            let found = replace(base, module, |kind| match kind {
                StmtKind::Assign(old) if old.name.name == name && old.primes == 0 => {
                    old.value = Some(scaled(old.value.as_ref()?));
                    Some(())
                }
                StmtKind::Generator { name: n, value, .. } | StmtKind::Force { name: n, value, .. }
                    if n.name == name =>
                {
                    *value = scaled(value);
                    Some(())
                }
                _ => None,
            });
            if found.is_none() {
                out.push(fresh(&name, target.span, base));
            }
        }
        _ => out.push(Diagnostic::error("E0414", stmt.span, "this statement cannot stand in `with`").help(
            "`with` takes `param`, `input`, `const`, `net`, definitions, generators, `force`, `init`, `guess`, `simulate` and `scale`",
        )),
    }
}

/// `input u = sin(t)`: what the data gave, or the default, becomes a definition, which may read the time and the state.
fn driven(
    module: usize,
    base: &mut Template,
    new: &Param,
    fresh: &dyn Fn(&str, Span, &Template) -> Diagnostic,
    out: &mut Diagnostics,
) {
    let plain = new.ty.is_none() && new.index.is_none() && new.bounds.is_none();
    let (Some(value), true) = (&new.value, plain) else {
        let message = "`with` says what an input is, and nothing else of it";
        out.push(
            Diagnostic::error("E0414", new.span, message).help(format!("write `input {} = sin(t)`", new.name.name)),
        );
        return;
    };
    let found = replace(base, module, |kind| {
        let StmtKind::Input(list) = kind else { return None };
        let [old] = list.as_slice() else { return None };
        if old.name.name != new.name.name || old.index.is_some() {
            return None;
        }
        *kind = StmtKind::Assign(Assign {
            name: old.name.clone(),
            formals: None,
            path: Vec::new(),
            primes: 0,
            index_after: None,
            ty: old.ty.clone(),
            value: Some(value.clone()),
            each: None,
        });
        Some(())
    });
    if found.is_none() {
        out.push(fresh(&new.name.name, new.name.span, base));
    }
}

/// Gives the entry `name` of a `param`, `input` or `const` line a statement of its own, so that what
/// replaces it does not carry its neighbours into another file.
fn separate(base: &mut Template, name: &str) {
    let has = |s: &Stmt| match &s.kind {
        StmtKind::Param(list) | StmtKind::Input(list) => list.len() > 1 && list.iter().any(|p| p.name.name == name),
        StmtKind::Const(list) => list.len() > 1 && list.iter().any(|c| c.name.name == name),
        _ => false,
    };
    let Some(at) = base.stmts.iter().position(|(_, s)| has(s)) else { return };
    let (module, stmt) = base.stmts[at].clone();
    let kinds: Vec<StmtKind> = match &stmt.kind {
        StmtKind::Param(list) => list.iter().map(|p| StmtKind::Param(vec![p.clone()])).collect(),
        StmtKind::Input(list) => list.iter().map(|p| StmtKind::Input(vec![p.clone()])).collect(),
        StmtKind::Const(list) => list.iter().map(|c| StmtKind::Const(vec![c.clone()])).collect(),
        _ => return,
    };
    let single =
        kinds.into_iter().map(|kind| (module, Arc::new(Stmt { span: stmt.span, doc: stmt.doc.clone(), kind })));
    base.stmts.splice(at..=at, single.collect::<Vec<_>>());
}

/// Changes the first statement that `change` accepts, and reads it in `module` from now on. Returns
/// the module it was read in before.
fn replace(base: &mut Template, module: usize, mut change: impl FnMut(&mut StmtKind) -> Option<()>) -> Option<usize> {
    for (m, stmt) in &mut base.stmts {
        let mut new = (**stmt).clone();
        if change(&mut new.kind).is_some() {
            *stmt = Arc::new(new);
            // Right sides of `with` see the names of the system and of the file that wrote them.
            return Some(std::mem::replace(m, module));
        }
    }
    None
}
