//! Values given to things that are indexed by sets: tables, lists, one value for each index.

use super::super::value::{Array, IndexSet, Value};
use super::expr::too_large;
use super::{Env, Resolver};
use crate::diagnostic::{Diagnostic, Span};
use crate::limits;
use crate::syntax::tree::*;

impl Resolver<'_> {
    /// The value of something indexed by sets: a table, a list, or one value for each index.
    pub fn indexed_value(
        &mut self,
        value: &Expr,
        indices: &[(Option<String>, IndexSet)],
        span: Span,
        env: &Env,
    ) -> Option<Array> {
        let sets: Vec<IndexSet> = indices.iter().map(|s| s.1.clone()).collect();
        if let ExprKind::Table { entries, unit } = &*value.kind {
            return self.table(entries, unit.as_ref(), &sets, value.span, env);
        }
        if indices.is_empty() {
            let v = self.element(value, None, env)?;
            return self.to_array(v, value.span);
        }
        let members: usize = sets.iter().map(IndexSet::len).product();
        if members > limits::EXPLICIT {
            return self.fail(too_large(span, members));
        }
        let lengths: Vec<usize> = sets.iter().map(IndexSet::len).collect();
        let mut items = Vec::new();
        let mut inner = Vec::new();
        let named = indices.iter().any(|s| s.0.is_some());
        if !named {
            let v = self.element(value, None, env)?;
            let a = self.to_array(v, value.span)?;
            if a.shape.len() >= lengths.len() && a.shape[..lengths.len()] == lengths[..] {
                return Some(a);
            }
            if !a.shape.is_empty() && matches!(&*value.kind, ExprKind::List { .. } | ExprKind::ListFor { .. }) {
                let have = super::super::value::describe_shape(&a.shape);
                return self.fail(Diagnostic::error(
                    "E0241",
                    value.span,
                    format!("{members} values are needed here, and this is {have}"),
                ));
            }
            // One value for every member.
            let mut shape = lengths;
            shape.extend(&a.shape);
            let items = (0..members).flat_map(|_| a.items.clone()).collect();
            return Some(Array { shape, items });
        }
        for k in 0..members {
            let mut inner_env = env.clone();
            let mut rest = k;
            let mut at = Vec::new();
            for set in sets.iter().rev() {
                at.push(rest % set.len());
                rest /= set.len();
            }
            at.reverse();
            for ((name, set), k) in indices.iter().zip(at) {
                if let Some(name) = name {
                    let value = match set {
                        IndexSet::Named { .. } => {
                            Value::Member { set: set.clone(), position: self.graph.integer(k as i64) }
                        }
                        IndexSet::Range { lo, .. } => Value::Real(self.number(lo + k as i64)),
                    };
                    inner_env = inner_env.with(name, value);
                }
            }
            let v = self.eval(value, &inner_env)?;
            let a = self.to_array(v, value.span)?;
            inner = a.shape;
            items.extend(a.items);
        }
        let mut shape = lengths;
        shape.extend(inner);
        Some(Array { shape, items })
    }

    /// `{ sun: 1, earth: 2 } [kg]` over a named set.
    pub fn table(
        &mut self,
        entries: &[(Ident, Expr)],
        unit: Option<&UnitExpr>,
        sets: &[IndexSet],
        span: Span,
        env: &Env,
    ) -> Option<Array> {
        let [IndexSet::Named { name, members }] = sets else {
            return self.fail(
                Diagnostic::error("E0422", span, "a table gives values to the members of one named set")
                    .help("over a range write a list: `[1, 2, 3]`"),
            );
        };
        let mut found: Vec<Option<Array>> = vec![None; members.len()];
        let mut failed = false;
        for (ident, e) in entries {
            let Some(k) = members.iter().position(|m| *m == ident.name) else {
                failed = true;
                let d = Diagnostic::error("E0233", ident.span, format!("`{}` is not a member of `{name}`", ident.name));
                self.report(match super::super::suggest(&ident.name, members.iter().map(String::as_str)) {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None => d.help(format!("its members are {}", super::super::list_names(members))),
                });
                continue;
            };
            if found[k].is_some() {
                failed = true;
                self.report(Diagnostic::error(
                    "E0120",
                    ident.span,
                    format!("`{}` stands twice in this table", ident.name),
                ));
            }
            let value = self.element(e, unit, env);
            match value.and_then(|v| self.to_array(v, e.span)) {
                Some(a) => found[k] = Some(a),
                None => {
                    failed = true;
                    found[k] = Some(Array { shape: Vec::new(), items: Vec::new() });
                }
            }
        }
        let missing: Vec<String> =
            members.iter().zip(&found).filter(|(_, f)| f.is_none()).map(|(m, _)| m.clone()).collect();
        if !missing.is_empty() {
            return self.fail(
                Diagnostic::error(
                    "E0242",
                    span,
                    format!("this table has no value for {}", super::super::list_names(&missing)),
                )
                .help("name every member once"),
            );
        }
        if failed {
            return None;
        }
        let found: Vec<Array> = found.into_iter().flatten().collect();
        let inner = found.iter().map(|a| a.shape.clone()).max_by_key(Vec::len).unwrap_or_default();
        let mut items = Vec::new();
        for a in found {
            let zero = a.items.len() == 1 && self.graph.as_number(a.items[0].expr).is_some_and(|n| n.is_zero());
            if a.shape == inner {
                items.extend(a.items);
            } else if zero {
                items.extend(vec![a.items[0].clone(); inner.iter().product()]);
            } else {
                return self.fail(Diagnostic::error("E0220", span, "the values of this table differ in shape"));
            }
        }
        let mut shape = vec![members.len()];
        shape.extend(inner);
        Some(Array { shape, items })
    }
}
