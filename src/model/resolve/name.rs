//! Looking names up: locals, the system's own names, the file's, then what is given.

use super::super::program::Target;
use super::super::value::{Dim, Scalar, Value};
use super::{DeclKind, Env, Resolver, Slot};
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::{Dimension, Term};
use crate::syntax::tree::Item;
use std::sync::Arc;

impl Resolver<'_> {
    pub fn env(&self, instance: usize, module: usize) -> Env {
        let in_check = self.is_call(module);
        Env { instance, module, locals: None, in_check, level: 0, terms: 1 }
    }

    /// The declaration behind a name, if it has one (locals apart).
    pub fn find(&mut self, name: &str, env: &Env) -> Option<usize> {
        if let Some(&decl) = self.instances[env.instance].names.get(name) {
            return Some(decl);
        }
        self.find_in_module(name, env.module)
    }

    pub fn find_in_module(&mut self, name: &str, module: usize) -> Option<usize> {
        let instance = self.module_instance(module);
        if let Some(&decl) = self.instances[instance].names.get(name) {
            return Some(decl);
        }
        let binding = self.program.modules[module].names.get(name)?.clone();
        let (home, kind) = match binding.target {
            Target::Module(other) => (module, DeclKind::Module(self.module_instance(other))),
            Target::Item { module: home, item, .. } => {
                if home != module {
                    if let Some(original) = self.original_name(home, item) {
                        let decl = self.find_in_module(&original, home)?;
                        self.instances[instance].names.insert(name.to_owned(), decl);
                        return Some(decl);
                    }
                }
                let kind = match &*self.program.modules[home].items[item] {
                    Item::Const(c) => DeclKind::Const(Arc::new(c.clone())),
                    Item::Set(s) => DeclKind::Set(Arc::new(s.clone())),
                    Item::Fn(f) => DeclKind::Function(Arc::new(f.clone())),
                    Item::Net(n) => DeclKind::Net(Arc::new(n.clone())),
                    Item::System(_) => DeclKind::System,
                    _ => return None,
                };
                (home, kind)
            }
        };
        let id = self.decls.len();
        let slot = match &kind {
            DeclKind::System => Slot::Done(Value::System),
            DeclKind::Module(m) => Slot::Done(Value::Module(*m)),
            _ => Slot::Waiting,
        };
        let home_instance = self.module_instance(home);
        self.decls.push(super::Decl {
            name: name.to_owned(),
            span: binding.span,
            instance: home_instance,
            module: home,
            kind,
            slot,
        });
        self.instances[instance].names.insert(name.to_owned(), id);
        Some(id)
    }

    fn original_name(&self, module: usize, item: usize) -> Option<String> {
        let name = match &*self.program.modules[module].items[item] {
            Item::Const(c) => &c.name,
            Item::Set(s) => &s.name,
            Item::Fn(f) => &f.name,
            Item::Net(n) => &n.name,
            Item::System(s) => s.name.as_ref()?,
            _ => return None,
        };
        Some(name.name.clone())
    }

    /// The value of a name.
    pub fn name_value(&mut self, name: &str, span: Span, env: &Env) -> Option<Value> {
        if let Some(value) = env.local(name) {
            return Some(value.clone());
        }
        // Results of an experiment's lines stand nearer than the names of its file.
        if let Some(position) = self.result_named(name, env) {
            return Some(Value::Outcome(position, None));
        }
        if let Some(decl) = self.find(name, env) {
            return self.decl_value(decl, span);
        }
        match name {
            "t" => {
                let dim = if self.program.has_units { Dim::Term(Term::from(Dimension::time())) } else { Dim::one() };
                Some(Value::Real(Scalar { expr: self.time, dim }))
            }
            "π" => Some(Value::Real(Scalar { expr: self.graph.pi(), dim: Dim::one() })),
            "true" | "false" => Some(Value::Bool(self.graph.boolean(name == "true"))),
            _ if self.program.on_a_broken_line(name) => None,
            _ => {
                let d = self.unknown_name(name, span, env);
                self.fail(d)
            }
        }
    }

    pub fn unknown_name(&mut self, name: &str, span: Span, env: &Env) -> Diagnostic {
        // In a flood nobody reads suggestions, and each takes a walk over all names.
        if self.diagnostics.len() > crate::limits::DIAGNOSTICS_SHOWN {
            return Diagnostic::error("E0118", span, format!("unknown name `{name}`"));
        }
        let mut known: Vec<(String, Option<Span>)> = Vec::new();
        let mut at = env.locals.as_deref();
        while let Some(local) = at {
            known.push((local.name.clone(), None));
            at = local.outer.as_deref();
        }
        for (n, &d) in &self.instances[env.instance].names {
            known.push((n.clone(), Some(self.decls[d].span)));
        }
        for (n, b) in &self.program.modules[env.module].names {
            known.push((n.clone(), Some(b.span)));
        }
        known.extend(self.results.iter().map(|r| (r.name.clone(), None)));
        let d = Diagnostic::error("E0118", span, format!("unknown name `{name}`"));
        let written = self.program.files.text(span).to_owned();
        let candidates = known.iter().map(|k| k.0.as_str());
        let near =
            super::super::suggest(name, candidates.clone()).or_else(|| super::super::suggest(&written, candidates));
        match near {
            Some(near) => {
                let at = known.iter().find(|k| k.0 == near).and_then(|k| k.1);
                let d = d.help(format!("did you mean `{near}`?"));
                match at {
                    Some(at) => d.label(at, format!("`{near}` is declared here")),
                    None => d,
                }
            }
            None if self.is_call(env.module) && !super::builtin::is_builtin(name) => {
                let own: Vec<String> = self.pending.iter().map(|p| p.variable.name.clone()).collect();
                d.help(format!("the variables of the system in this call are {}", super::super::list_names(&own)))
            }
            None if !self.results.is_empty() && !super::builtin::is_builtin(name) => {
                let runs: Vec<String> = self.results.iter().map(|r| r.name.clone()).collect();
                d.help(format!("the results above are {}; a name of its system is read as `{}.x`", super::super::list_names(&runs), runs[0]))
            }
            None if self.set_with(name, env).is_some() => {
                let set = self.set_with(name, env).unwrap_or_default();
                d.help(format!("it is a member of `{set}`; members are names in an index and beside a variable that runs over the set"))
            }
            None if super::builtin::is_builtin(name) => d.help(format!("`{name}` is a function: write `{name}(…)`")),
            None => match name {
                "pi" | "PI" | "Pi" => d.help("the number is `π`, or `pi`"),
                "e" => d.help("the base of the natural logarithm is `exp(1)`"),
                "i" | "j" | "I" => d.help("there is no imaginary unit; a running index is declared by `for i in 1..n`"),
                "time" => d.help("the time is `t`"),
                "g" => d.help("declare it: `param g = 9.81 [m/s^2]`"),
                "G" | "c" | "h" | "k_B" => d.help(format!("declare it, or import it: `use std/constants ({name})`")),
                _ => d.help("every name is declared with `param`, `coord`, `state`, `const`, `fn`, or by a definition `name = …`"),
            },
        }
    }

    /// The set of this scope that has such a member.
    fn set_with(&self, name: &str, env: &Env) -> Option<String> {
        self.instances[env.instance].names.iter().find_map(|(set, &d)| match &self.decls[d].kind {
            DeclKind::Set(s) => match &s.value {
                crate::syntax::tree::SetValue::Members(list) if list.iter().any(|m| m.name == name) => {
                    Some(set.clone())
                }
                _ => None,
            },
            _ => None,
        })
    }

    /// The value of a declaration, evaluated once.
    pub fn decl_value(&mut self, decl: usize, span: Span) -> Option<Value> {
        if let Some(user) = self.open.last() {
            self.uses.insert((*user, decl));
        }
        match &self.decls[decl].slot {
            Slot::Done(value) => return Some(value.clone()),
            Slot::Failed => return None,
            Slot::Open => {
                self.cycle(decl);
                return None;
            }
            Slot::Waiting => {}
        }
        if !self.deeper(span) {
            return None;
        }
        // `T = 1/2 m*v^2`: what was read of it is not what was meant, and the line has been reported.
        if self.value_span(decl).is_some_and(|s| self.program.is_cut_short(s)) {
            self.decls[decl].slot = Slot::Failed;
            return None;
        }
        self.decls[decl].slot = Slot::Open;
        self.open.push(decl);
        let value = self.evaluate_decl(decl);
        self.open.pop();
        self.decls[decl].slot = match &value {
            Some(value) => Slot::Done(value.clone()),
            None => Slot::Failed,
        };
        value
    }

    /// Where the value of a declaration is written.
    fn value_span(&self, decl: usize) -> Option<Span> {
        match &self.decls[decl].kind {
            DeclKind::Param(p) | DeclKind::Input(p) => p.value.as_ref().map(|v| v.span),
            DeclKind::Const(c) => Some(c.value.span),
            DeclKind::Definition(a) => a.value.as_ref().map(|v| v.span),
            DeclKind::Value(e, _) => Some(e.span),
            _ => None,
        }
    }

    /// Definitions that need each other: one error, at the first of them in the text.
    fn cycle(&mut self, decl: usize) {
        let from = self.open.iter().position(|d| *d == decl).unwrap_or(0);
        let ring: Vec<usize> = self.open[from..].to_vec();
        let mut names: Vec<String> = ring.iter().take(6).map(|d| format!("`{}`", self.decls[*d].name)).collect();
        if ring.len() > names.len() {
            names.push(format!("… {} more …", ring.len() - names.len()));
        }
        names.push(names[0].clone());
        let first = ring.iter().copied().min_by_key(|d| self.decls[*d].span).unwrap_or(decl);
        let mut d = Diagnostic::error(
            "E0121",
            self.decls[first].span,
            format!("these definitions need each other: {}", names.join(" → ")),
        );
        if ring.len() == 1 {
            d = Diagnostic::error(
                "E0121",
                self.decls[first].span,
                format!("`{}` is defined by itself", self.decls[first].name),
            );
        }
        for other in ring.iter().filter(|d| **d != first).take(4) {
            d = d.label(self.decls[*other].span, "needs the next one");
        }
        self.report(
            d.help("definitions are meanings, not steps; a quantity that changes in time is a `coord` or a `state`"),
        );
    }

    fn evaluate_decl(&mut self, decl: usize) -> Option<Value> {
        let (instance, module) = (self.decls[decl].instance, self.decls[decl].module);
        let name = self.decls[decl].name.clone();
        let env = self.env(instance, module);
        // What was read of a definition that breaks off is not what it says.
        let read = match &self.decls[decl].kind {
            DeclKind::Definition(a) => a.value.as_ref().map(|v| v.span),
            DeclKind::Value(e, _) => Some(e.span),
            DeclKind::Param(p) | DeclKind::Input(p) => Some(p.span),
            DeclKind::Const(c) => Some(c.span),
            _ => None,
        };
        if read.is_some_and(|span| self.program.breaks_off(span)) {
            return None;
        }
        match self.decls[decl].kind.clone() {
            DeclKind::Param(p) => self.parameter(&name, &p, &env, false),
            DeclKind::Input(p) => self.parameter(&name, &p, &env, true),
            DeclKind::Const(c) => self.constant(&c, &env),
            DeclKind::Set(s) => self.set_value(&s, &env),
            DeclKind::Function(_) => Some(Value::Callable(decl)),
            DeclKind::Net(n) => self.net(decl, &n, &env),
            DeclKind::Definition(a) => self.definition(decl, &a, &env),
            DeclKind::Value(e, ty) => {
                let value = self.eval(&e, &env)?;
                self.annotated(value, ty.as_deref(), e.span, &env)
            }
            DeclKind::Variable(_) | DeclKind::Axis | DeclKind::Bound | DeclKind::Label => None,
            DeclKind::Component(i) => Some(Value::Component(i)),
            DeclKind::System => Some(Value::System),
            DeclKind::Module(m) => Some(Value::Module(m)),
        }
    }
}
