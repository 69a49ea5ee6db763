//! Statements → declarations: who has which name, before anything is evaluated.

use super::super::system::Role;
use super::super::value::Value;
use super::{Decl, DeclKind, Instance, Resolver, Slot, Template};
use crate::diagnostic::{Diagnostic, Span};
use crate::limits;
use crate::syntax::tree::*;
use std::sync::Arc;

/// A statement that is not only a name, kept with where its names are looked up.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub instance: usize,
    pub module: usize,
    pub stmt: Arc<Stmt>,
    /// Declarations the statement made, in the order of its entries.
    pub decls: Vec<usize>,
    /// Whether it stands in the system itself and not in a component.
    pub own: bool,
}

/// A variable declaration before shapes are known.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    pub decl: usize,
    pub variable: Variable,
    pub ty: Option<TypeExpr>,
    pub periodic: bool,
    pub role: Role,
    pub of: Option<Variable>,
    pub mirror: bool,
    pub instance: usize,
    pub module: usize,
}

/// Everything that was collected.
#[derive(Default)]
pub(crate) struct Collected {
    pub kept: Vec<Kept>,
    pub variables: Vec<Declared>,
    /// `mirror y of x` lines: instance, statement, mirrors, originals.
    pub mirrors: Vec<(usize, Span, Vec<Variable>, Vec<Variable>)>,
    /// `grid` lines.
    pub grids: Vec<super::field::DeclaredGrid>,
    /// Fields of `field` lines.
    pub fields: Vec<super::field::DeclaredField>,
}

impl Resolver<'_> {
    /// The instance of a module's top level, made when first needed.
    pub fn module_instance(&mut self, module: usize) -> usize {
        if let Some(known) = self.module_instances[module] {
            return known;
        }
        let number = self.instances.len();
        self.instances.push(Instance { prefix: String::new(), module, names: Default::default() });
        self.module_instances[module] = Some(number);
        number
    }

    pub fn declare(&mut self, instance: usize, module: usize, name: &str, span: Span, kind: DeclKind) -> usize {
        let id = self.decls.len();
        if name == "t" || name == "π" {
            let what = if name == "t" { "the time" } else { "the number π" };
            self.report(
                Diagnostic::error("E0122", span, format!("`{name}` is {what} and cannot be declared"))
                    .help("choose another name"),
            );
        }
        if super::builtin::is_builtin(name) {
            self.report(hides(span, name));
        }
        let slot = match &kind {
            DeclKind::Component(i) => Slot::Done(Value::Component(*i)),
            DeclKind::System => Slot::Done(Value::System),
            DeclKind::Module(m) => Slot::Done(Value::Module(*m)),
            _ => Slot::Waiting,
        };
        self.decls.push(Decl { name: name.to_owned(), span, instance, module, kind, slot });
        match self.instances[instance].names.get(name) {
            None => {
                self.instances[instance].names.insert(name.to_owned(), id);
            }
            Some(&first) => {
                let first = self.decls[first].span;
                self.report(
                    Diagnostic::error("E0120", span, format!("`{name}` is declared twice"))
                        .at("the second declaration")
                        .label(first, "the first one")
                        .help("rename one of them"),
                );
            }
        }
        id
    }

    /// Makes an instance of a template: names, components, and what is kept for later.
    pub fn instantiate(
        &mut self,
        template: &Template,
        prefix: String,
        caller: Option<(usize, usize)>,
        out: &mut Collected,
    ) -> Option<usize> {
        if prefix.is_empty() {
            self.home = template.span;
        }
        if let Some(first) = self.nesting.iter().position(|s| *s == template.span) {
            let outer = self.nesting[first];
            return self.fail(
                Diagnostic::error("E0121", outer, format!("`{}` contains itself as a component", template.name))
                    .help("break the circle of `sub` lines"),
            );
        }
        self.components += 1;
        if self.components > limits::COMPONENTS || prefix.matches('.').count() > limits::IMPORT_DEPTH {
            if !self.spent.contains(&"E0512") {
                self.spent.push("E0512");
                let message = format!(
                    "this system has more than {} components, or nests them deeper than {}",
                    limits::COMPONENTS,
                    limits::IMPORT_DEPTH
                );
                self.report(
                    Diagnostic::error("E0512", self.home, message)
                        .help("use a family over a set in place of many components"),
                );
            }
            return None;
        }
        self.nesting.push(template.span);
        let made = self.instance_of(template, prefix, caller, out);
        self.nesting.pop();
        made
    }

    fn instance_of(
        &mut self,
        template: &Template,
        prefix: String,
        caller: Option<(usize, usize)>,
        out: &mut Collected,
    ) -> Option<usize> {
        let instance = self.instances.len();
        self.instances.push(Instance { prefix: prefix.clone(), module: template.module, names: Default::default() });
        self.replaced.extend(template.replaced.iter().map(|r| (instance, r.clone())));
        let own = prefix.is_empty();
        for (module, formal) in &template.formals {
            let kind = match &formal.default {
                Some(default) => DeclKind::Value(Arc::new(default.clone()), formal.ty.clone().map(Arc::new)),
                None => DeclKind::Label,
            };
            self.declare(instance, *module, &formal.name.name, formal.name.span, kind);
        }
        let mut stmts = template.stmts.clone();
        self.arguments(template, instance, caller, &mut stmts);
        for (module, stmt) in &stmts {
            self.statement(instance, *module, stmt, own, out);
        }
        Some(instance)
    }

    /// Arguments of the call that named the template: formals and parameters by name, formals also
    /// by position.
    fn arguments(
        &mut self,
        template: &Template,
        instance: usize,
        caller: Option<(usize, usize)>,
        stmts: &mut [(usize, Arc<Stmt>)],
    ) {
        let mut position = 0;
        for (module, arg) in &template.args {
            let Some(name) = arg.name.as_ref().map(|n| n.name.clone()).or_else(|| {
                let formal = template.formals.get(position).map(|f| f.1.name.name.clone());
                position += 1;
                formal
            }) else {
                self.report(
                    Diagnostic::error(
                        "E0415",
                        arg.span,
                        match template.formals.len() {
                            0 => "this system takes no arguments by position".to_owned(),
                            1 => "this system takes one argument by position".to_owned(),
                            n => format!("this system takes {n} arguments by position"),
                        },
                    )
                    .help("name the parameter: `A(m = 2 [kg])`"),
                );
                continue;
            };
            let env = match caller {
                Some((i, m)) => self.env(i, if *module == template.module { m } else { *module }),
                None => {
                    let i = self.module_instance(*module);
                    self.env(i, *module)
                }
            };
            if template.formals.iter().any(|f| f.1.name.name == name) {
                if let Some(value) = self.eval(&arg.value, &env) {
                    let decl = self.instances[instance].names[&name];
                    self.decls[decl].kind = DeclKind::Bound;
                    self.decls[decl].slot = Slot::Done(value);
                }
                continue;
            }
            let Some(position) = stmts.iter().position(
                |(_, s)| matches!(&s.kind, StmtKind::Param(list) if list.iter().any(|p| p.name.name == name)),
            ) else {
                let known: Vec<String> =
                    template.formals.iter().map(|f| f.1.name.name.clone()).chain(parameters(stmts)).collect();
                let span = arg.name.as_ref().map_or(arg.span, |n| n.span);
                let d = Diagnostic::error("E0416", span, format!("`{}` has no parameter `{name}`", template.name));
                self.report(match super::super::suggest(&name, known.iter().map(String::as_str)) {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None => d.help(format!("it has {}", super::super::list_names(&known))),
                });
                continue;
            };
            // The right side belongs to the caller: it is evaluated there and bound here.
            let Some(value) = self.eval(&arg.value, &env) else { continue };
            let hidden = format!("{name} ");
            let decl = self.decls.len();
            let decl_span = arg.span;
            self.decls.push(Decl {
                name: hidden.clone(),
                span: decl_span,
                instance,
                module: *module,
                kind: DeclKind::Bound,
                slot: Slot::Done(value),
            });
            self.instances[instance].names.insert(hidden.clone(), decl);
            let mut new = (*stmts[position].1).clone();
            if let StmtKind::Param(list) = &mut new.kind {
                for p in list.iter_mut().filter(|p| p.name.name == name) {
                    if let Some(old) = p.value.take() {
                        let replaced = super::template::Replaced { name: name.clone(), module: stmts[position].0, old };
                        self.replaced.push((instance, replaced));
                    }
                    p.value = Some(Expr { span: arg.value.span, kind: Box::new(ExprKind::Name(hidden.clone())) });
                }
            }
            stmts[position].1 = Arc::new(new);
        }
        for (_, formal) in &template.formals {
            let decl = self.instances[instance].names[&formal.name.name];
            if matches!(self.decls[decl].kind, DeclKind::Label) {
                self.decls[decl].slot = Slot::Failed;
                self.report(
                    Diagnostic::error(
                        "E0417",
                        formal.span,
                        format!("`{}` needs a value for `{}`", template.name, formal.name.name),
                    )
                    .help(format!(
                        "give it a default, or name the system with `{}({} = …)`",
                        template.name, formal.name.name
                    )),
                );
            }
        }
    }

    fn statement(&mut self, instance: usize, module: usize, stmt: &Arc<Stmt>, own: bool, out: &mut Collected) {
        let mut decls = Vec::new();
        match &stmt.kind {
            StmtKind::Param(list) => {
                for p in list {
                    decls.push(self.declare(
                        instance,
                        module,
                        &p.name.name,
                        p.name.span,
                        DeclKind::Param(Arc::new(p.clone())),
                    ));
                }
            }
            StmtKind::Input(list) => {
                for p in list {
                    decls.push(self.declare(
                        instance,
                        module,
                        &p.name.name,
                        p.name.span,
                        DeclKind::Input(Arc::new(p.clone())),
                    ));
                }
            }
            StmtKind::Const(list) => {
                for c in list {
                    decls.push(self.declare(
                        instance,
                        module,
                        &c.name.name,
                        c.name.span,
                        DeclKind::Const(Arc::new(c.clone())),
                    ));
                }
            }
            StmtKind::Set(s) => decls.push(self.declare(
                instance,
                module,
                &s.name.name,
                s.name.span,
                DeclKind::Set(Arc::new(s.clone())),
            )),
            StmtKind::Fn(f) => decls.push(self.declare(
                instance,
                module,
                &f.name.name,
                f.name.span,
                DeclKind::Function(Arc::new(f.clone())),
            )),
            StmtKind::Net(n) => decls.push(self.declare(
                instance,
                module,
                &n.name.name,
                n.name.span,
                DeclKind::Net(Arc::new(n.clone())),
            )),
            StmtKind::Coord(list) => self.variables(instance, module, list, Role::Coordinate, &mut decls, out),
            StmtKind::State(list) => self.variables(instance, module, list, Role::State, &mut decls, out),
            StmtKind::Momentum { names, of } => {
                self.paired(instance, module, stmt.span, names, of, false, &mut decls, out)
            }
            StmtKind::Mirror { names, of } => out.mirrors.push((instance, stmt.span, names.clone(), of.clone())),
            StmtKind::Generator { name, value, .. } => {
                decls.push(self.declare(
                    instance,
                    module,
                    &name.name,
                    name.span,
                    DeclKind::Value(Arc::new(value.clone()), None),
                ));
            }
            StmtKind::Force { name, value, .. } => {
                decls.push(self.declare(
                    instance,
                    module,
                    &name.name,
                    name.span,
                    DeclKind::Value(Arc::new(value.clone()), None),
                ));
            }
            StmtKind::Observe(list) | StmtKind::Invariant(list) => {
                for n in list {
                    // `observe d` records what exists; `observe E = …` declares `E`.
                    if let (Some(name), Some(_)) = (&n.name, &n.index) {
                        self.report(
                            Diagnostic::error("E0452", n.span, "an indexed observable is a definition first").help(
                                format!("write `{0}[i in S] = …` on a line of its own, then `observe {0}`", name.name),
                            ),
                        );
                        let decl = self.declare(instance, module, &name.name, name.span, DeclKind::Label);
                        self.decls[decl].slot = Slot::Failed;
                        continue;
                    }
                    if let Some(name) = &n.name {
                        let kind = DeclKind::Value(Arc::new(n.value.clone()), n.ty.clone().map(Arc::new));
                        decls.push(self.declare(instance, module, &name.name, name.span, kind));
                    }
                }
            }
            StmtKind::Sub { name, index, value } => self.component(instance, module, name, index.as_ref(), value, out),
            StmtKind::Assign(a)
                if a.primes == 0
                    && a.path.iter().all(|p| matches!(p, PathPart::Index(_)))
                    && a.index_after.is_none() =>
            {
                decls.push(self.declare(
                    instance,
                    module,
                    &a.name.name,
                    a.name.span,
                    DeclKind::Definition(Arc::new(a.clone())),
                ));
            }
            StmtKind::Scale { .. } => self.report(
                Diagnostic::error("E0414", stmt.span, "`scale` stands only in `with { … }`")
                    .help("write `system B = A with { scale D by 2 }`"),
            ),
            StmtKind::Grid { axes, options } => {
                let mut made = Vec::with_capacity(axes.len());
                for axis in axes {
                    let decl = self.declare(instance, module, &axis.name.name, axis.name.span, DeclKind::Axis);
                    made.push((decl, axis.clone()));
                }
                let options = options.clone();
                out.grids.push(super::field::DeclaredGrid { instance, module, span: stmt.span, axes: made, options });
            }
            StmtKind::Field(list) => {
                for field in list {
                    let kind = DeclKind::Variable(usize::MAX);
                    let decl = self.declare(instance, module, &field.name.name, field.name.span, kind);
                    decls.push(decl);
                    out.fields.push(super::field::DeclaredField { decl, instance, module, field: field.clone() });
                }
            }
            StmtKind::Event(_) => {
                self.report(not_built(stmt.span, "events"));
                self.placeholder_names(instance, module, stmt);
            }
            StmtKind::Constraint { .. } => {
                self.report(not_built(stmt.span, "constraints"));
                self.placeholder_names(instance, module, stmt);
            }
            _ => {}
        }
        out.kept.push(Kept { instance, module, stmt: stmt.clone(), decls, own });
    }

    /// Names of statements that are not built yet are known and silent.
    fn placeholder_names(&mut self, instance: usize, module: usize, stmt: &Stmt) {
        let mut names: Vec<&Ident> = Vec::new();
        match &stmt.kind {
            StmtKind::Event(event) => names.push(&event.name),
            StmtKind::Constraint { name, .. } => names.extend(name),
            _ => {}
        }
        for name in names {
            let decl = self.declare(instance, module, &name.name, name.span, DeclKind::Label);
            self.decls[decl].slot = Slot::Failed;
        }
    }

    fn variables(
        &mut self,
        instance: usize,
        module: usize,
        list: &[Variable],
        role: Role,
        decls: &mut Vec<usize>,
        out: &mut Collected,
    ) {
        // A missing type, with its `periodic`, is taken from the next one to the right.
        let mut ty: Option<TypeExpr> = None;
        let mut periodic = false;
        let mut made = Vec::new();
        for v in list.iter().rev() {
            if v.ty.is_some() {
                ty = v.ty.clone();
                periodic = v.periodic;
            } else if v.periodic {
                periodic = true;
            }
            if let (None, Some(shared)) = (&v.ty, ty.as_ref().filter(|t| t.shape.is_some())) {
                self.shared_types.push((v.name.name.clone(), shared.span));
            }
            made.push((v.clone(), ty.clone(), periodic));
        }
        for (variable, ty, periodic) in made.into_iter().rev() {
            if periodic && role == Role::State && variable.periodic {
                self.report(Diagnostic::error("E0418", variable.span, "only a `coord` can be `periodic`"));
            }
            let decl =
                self.declare(instance, module, &variable.name.name, variable.name.span, DeclKind::Variable(usize::MAX));
            decls.push(decl);
            out.variables.push(Declared {
                decl,
                variable,
                ty,
                periodic,
                role,
                of: None,
                mirror: false,
                instance,
                module,
            });
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn paired(
        &mut self,
        instance: usize,
        module: usize,
        span: Span,
        names: &[Variable],
        of: &[Variable],
        mirror: bool,
        decls: &mut Vec<usize>,
        out: &mut Collected,
    ) {
        if names.len() != of.len() && !self.program.breaks_off(span) {
            self.report(
                Diagnostic::error(
                    "E0419",
                    span,
                    format!("{} names before `of` and {} behind it", names.len(), of.len()),
                )
                .help("pair them one to one: `momentum p1, p2 of q1, q2`"),
            );
        }
        for (variable, partner) in names.iter().zip(of) {
            let decl =
                self.declare(instance, module, &variable.name.name, variable.name.span, DeclKind::Variable(usize::MAX));
            decls.push(decl);
            out.variables.push(Declared {
                decl,
                variable: variable.clone(),
                ty: variable.ty.clone(),
                periodic: false,
                role: Role::Momentum,
                of: Some(partner.clone()),
                mirror,
                instance,
                module,
            });
        }
    }

    /// `mirror y of x` marks a coordinate that exists as the mirror of another.
    pub fn mirrors(&mut self, instance: usize, span: Span, names: &[Variable], of: &[Variable], out: &mut Collected) {
        if names.len() != of.len() && !self.program.breaks_off(span) {
            self.report(
                Diagnostic::error(
                    "E0419",
                    span,
                    format!("{} names before `of` and {} behind it", names.len(), of.len()),
                )
                .help("pair them one to one: `mirror y of x`"),
            );
        }
        for (name, partner) in names.iter().zip(of) {
            let found =
                out.variables.iter_mut().find(|d| d.instance == instance && d.variable.name.name == name.name.name);
            match found {
                Some(declared) if declared.role == Role::Momentum || name.name.name == partner.name.name => {
                    self.report(
                        Diagnostic::error("E0420", name.span, format!("`{}` cannot be a mirror", name.name.name)).help(
                            "a mirror is a `coord` or `state` beside its original: `coord x, y` and `mirror y of x`",
                        ),
                    );
                }
                Some(declared) => {
                    declared.mirror = true;
                    declared.of = Some(partner.clone());
                }
                None => self.report(
                    Diagnostic::error("E0420", name.span, format!("`{}` is not a coordinate or state", name.name.name))
                        .help(format!("declare it first: `coord {}, {}`", partner.name.name, name.name.name)),
                ),
            }
        }
    }

    fn component(
        &mut self,
        instance: usize,
        module: usize,
        name: &Ident,
        index: Option<&Index>,
        value: &Expr,
        out: &mut Collected,
    ) {
        if let Some(index) = index {
            self.report(not_built(index.span, "families of components"));
            let decl = self.declare(instance, module, &name.name, name.span, DeclKind::Label);
            self.decls[decl].slot = Slot::Failed;
            return;
        }
        let mut problems = Default::default();
        let template = super::template::named(self.program, module, value, &mut Vec::new(), &mut problems);
        self.diagnostics.extend(problems.sorted());
        let made = template.and_then(|t| {
            if !t.derivations.is_empty() {
                self.report(
                    Diagnostic::error("E0421", value.span, "a derived system cannot be a component")
                        .help("derive the outer system instead"),
                );
                return None;
            }
            let prefix = format!("{}{}.", self.instances[instance].prefix, name.name);
            self.instantiate(&t, prefix, Some((instance, module)), out)
        });
        match made {
            Some(inner) => {
                self.declare(instance, module, &name.name, name.span, DeclKind::Component(inner));
            }
            None => {
                let decl = self.declare(instance, module, &name.name, name.span, DeclKind::Label);
                self.decls[decl].slot = Slot::Failed;
            }
        }
    }
}

fn parameters(stmts: &[(usize, Arc<Stmt>)]) -> Vec<String> {
    let mut names = Vec::new();
    for (_, s) in stmts {
        if let StmtKind::Param(list) = &s.kind {
            names.extend(list.iter().map(|p| p.name.name.clone()));
        }
    }
    names
}

/// A declared name that hides a given function.
pub(crate) fn hides(span: Span, name: &str) -> Diagnostic {
    Diagnostic::warning("W0123", span, format!("`{name}` hides the function of that name in its block"))
        .help("rename it if the function is wanted too")
}

/// A statement whose meaning comes with a later version.
pub(crate) fn not_built(span: Span, what: &str) -> Diagnostic {
    Diagnostic::error("E0900", span, format!("{what} are not built yet"))
        .note("the statement is understood and cannot be honoured by this version, so nothing is run")
}
