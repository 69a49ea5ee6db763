//! Names in bodies that nothing has evaluated: functions and definitions with arguments that are
//! never called are still read for names that do not exist.

use super::builtin::is_builtin;
use super::{DeclKind, Env, Resolver};
use crate::syntax::tree::*;

impl Resolver<'_> {
    /// Looks at the bodies of an instance, and of the file it stands in, that were never applied.
    pub fn unread_bodies(&mut self, instance: usize) {
        let mut k = 0;
        while k < self.decls.len() {
            let d = &self.decls[k];
            let (kind, at) = (d.kind.clone(), (d.instance, d.module));
            k += 1;
            if at.0 != instance || self.applied.contains_key(&(k - 1)) {
                continue;
            }
            let (formals, body) = match &kind {
                DeclKind::Function(f) => (&f.formals, Some(&f.body)),
                DeclKind::Definition(a) => match &a.formals {
                    Some(formals) => (formals, a.value.as_ref()),
                    None => continue,
                },
                _ => continue,
            };
            let env = self.env(at.0, at.1);
            let mut locals: Vec<String> = formals.iter().map(|f| f.name.name.clone()).collect();
            for e in formals.iter().filter_map(|f| f.default.as_ref()).chain(body) {
                self.names_exist(e, &env, &mut locals);
            }
        }
    }

    /// Reports every name of an expression that nothing declares.
    fn names_exist(&mut self, e: &Expr, env: &Env, locals: &mut Vec<String>) {
        match &*e.kind {
            ExprKind::Number { .. } | ExprKind::Text(..) => {}
            ExprKind::Name(name) => {
                if !self.is_known(name, env, locals) {
                    let d = self.unknown_name(name, e.span, env);
                    self.report(d);
                }
            }
            ExprKind::List { rows, .. } => rows.iter().flatten().for_each(|e| self.names_exist(e, env, locals)),
            ExprKind::ListFor { element, each, .. } => self.under(each, &[element], env, locals),
            ExprKind::Table { entries, .. } => entries.iter().for_each(|(_, e)| self.names_exist(e, env, locals)),
            ExprKind::Tuple(list) | ExprKind::And(list) | ExprKind::Or(list) => {
                list.iter().for_each(|e| self.names_exist(e, env, locals));
            }
            ExprKind::Paren(inner) | ExprKind::Unary { operand: inner, .. } => self.names_exist(inner, env, locals),
            ExprKind::Call { callee, args } => {
                if !matches!(&*callee.kind, ExprKind::Name(name) if is_builtin(name)) {
                    self.names_exist(callee, env, locals);
                }
                for a in args {
                    match &a.each {
                        Some(each) => self.under(each, &[&a.value], env, locals),
                        None => self.names_exist(&a.value, env, locals),
                    }
                }
            }
            // Members of sets are names inside an index.
            ExprKind::Index { base, .. } => self.names_exist(base, env, locals),
            ExprKind::Field { base, .. } => {
                if !matches!(&*base.kind, ExprKind::Name(name) if name == "mirror" || name == "λ") {
                    self.names_exist(base, env, locals);
                }
            }
            ExprKind::Prime { base, .. } => self.names_exist(base, env, locals),
            ExprKind::Power { base, exponent } => {
                self.names_exist(base, env, locals);
                if !matches!(&*exponent.kind, ExprKind::Name(name) if name == "T") {
                    self.names_exist(exponent, env, locals);
                }
            }
            ExprKind::Sum { first, rest } => {
                self.names_exist(first, env, locals);
                rest.iter().for_each(|r| self.names_exist(&r.2, env, locals));
            }
            ExprKind::Product { first, rest } => {
                self.names_exist(first, env, locals);
                rest.iter().for_each(|r| self.names_exist(&r.2, env, locals));
            }
            // Beside a variable that runs over a set its members are names.
            ExprKind::Compare { first, rest } => {
                for side in std::iter::once(first).chain(rest.iter().map(|r| &r.2)) {
                    if !matches!(&*side.kind, ExprKind::Name(_)) {
                        self.names_exist(side, env, locals);
                    }
                }
            }
            ExprKind::If { condition, then, otherwise } => {
                [condition, then, otherwise].into_iter().for_each(|e| self.names_exist(e, env, locals));
            }
            ExprKind::Range { from, to, by, count } => {
                [from, to].into_iter().chain(by).chain(count).for_each(|e| self.names_exist(e, env, locals));
            }
        }
    }

    fn under(&mut self, each: &ForClause, bodies: &[&Expr], env: &Env, locals: &mut Vec<String>) {
        let depth = locals.len();
        for (name, range) in &each.generators {
            self.names_exist(range, env, locals);
            locals.push(name.name.clone());
        }
        bodies.iter().for_each(|e| self.names_exist(e, env, locals));
        if let Some(c) = &each.condition {
            self.names_exist(c, env, locals);
        }
        locals.truncate(depth);
    }

    fn is_known(&mut self, name: &str, env: &Env, locals: &[String]) -> bool {
        locals.iter().any(|l| l == name)
            || matches!(name, "t" | "π" | "true" | "false")
            || self.find(name, env).is_some()
            || self.program.on_a_broken_line(name)
            || self.results.iter().any(|r| r.name == name)
    }
}
