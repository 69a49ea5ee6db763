//! A start of all members of a large family, as one formula: `init u[i, j] = f(i, j) for i in 1..256, j in 1..256`.
//!
//! Written out, each member is an expression of its own: a budget that a field of a few hundred points a side spends. Where
//! every member is named exactly once, the formula serves as it stands, as the start of a field does.

use super::super::grid::FieldStart;
use super::super::system::{Derivation, Role, Start};
use super::super::value::Dim;
use super::{Env, Resolver};
use crate::diagnostic::Diagnostic;
use crate::limits;
use crate::symbolic::Entry;
use crate::syntax::tree::*;

impl Resolver<'_> {
    /// The start of a whole family; `None` where it is small, or its members must be written out one by one.
    pub fn family_start(&mut self, init: &Init, clause: &ForClause, env: &Env) -> Option<FieldStart> {
        let table = matches!(&*init.value.kind, ExprKind::Table { .. });
        // Momenta of a Legendre transform are asked for one by one.
        let transformed = self.derivations.iter().any(|d| matches!(d, Derivation::Legendre(_)));
        if init.distributed || table || transformed || clause.condition.is_some() || !names_each(init, clause) {
            return None;
        }
        let mut members = 1usize;
        for (_, range) in &clause.generators {
            let ExprKind::Range { .. } = &*range.kind else { return None };
            members = members.saturating_mul(self.index_set(range, env)?.len());
        }
        if members < limits::FAMILY_START {
            return None;
        }
        let before = self.diagnostics.clone();
        let found = self.whole_family(init, clause, env, members);
        // What is wrong is said of single members where these are few enough, as always.
        if found.is_none() && members <= limits::TUPLES {
            self.diagnostics = before;
        }
        found
    }

    fn whole_family(&mut self, init: &Init, clause: &ForClause, env: &Env, members: usize) -> Option<FieldStart> {
        let (inside, _) = self.family(clause, env)?;
        let span = init.target.span;
        let target = self.array(&init.target, &inside)?;
        let [left] = target.items.as_slice() else { return None };
        let (variable, order, index) = self.leaf_of(left.expr)?;
        let v = &self.pending[variable].variable;
        // As many members as tuples, each index once, none outside: each member once.
        if v.role == Role::Momentum
            || v.elements.len() != members
            || self.graph.index_bounds(index) != Some((0, members as i64 - 1))
        {
            return None;
        }
        self.may_start(variable, order, span)?;
        let value = self.array(&init.value, &inside)?;
        let [right] = value.items.as_slice() else { return None };
        let (right, dim): (_, Dim) = (right.clone(), left.dim.clone());
        self.whole_quantity(right.expr, init.value.span, "this start")?;
        self.start_reads(&value, init.value.span)?;
        self.same_for(&right.dim, init.value.span, &dim, span, "be a start of")?;
        let entries = vec![Entry { index, value: right.expr }];
        Some(FieldStart { span: init.span, variable, order, entries, trajectory: None })
    }

    /// A start of a whole family stands in place of those of single members in another block; in one block both are a
    /// mistake.
    pub fn family_over_members(&mut self, family: &FieldStart, starts: &mut Vec<Start>) {
        let same = |s: &Start| (s.variable, s.order, s.trajectory) == (family.variable, family.order, None);
        let block = self.block_of(family.span);
        if let Some(other) = starts.iter().find(|s| same(s) && self.block_of(s.span) == block) {
            let (span, name) = (other.span, self.start_name(other));
            self.report(
                Diagnostic::error("E0449", family.span, format!("`{name}` has two starts"))
                    .label(span, "the other one")
                    .help("remove one of them"),
            );
        }
        starts.retain(|s| !same(s));
    }
}

/// Whether the target is `u[i, j]` with each variable of the clause in one slot.
fn names_each(init: &Init, clause: &ForClause) -> bool {
    let mut target = &init.target;
    while let ExprKind::Prime { base, .. } = &*target.kind {
        target = base;
    }
    let ExprKind::Index { index, .. } = &*target.kind else { return false };
    let name = |slot: &IndexSlot| match &*slot.value.kind {
        ExprKind::Name(name) if slot.variable.is_none() => Some(name.clone()),
        _ => None,
    };
    let Some(mut slots) = index.slots.iter().map(name).collect::<Option<Vec<String>>>() else { return false };
    let mut named: Vec<String> = clause.generators.iter().map(|g| g.0.name.clone()).collect();
    slots.sort();
    named.sort();
    slots == named
}
