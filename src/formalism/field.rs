//! Points of a field whose values a `boundary` prescribes: a generator's equations hold at the others,
//! and here `u'' = g''`, or `u' = g'`, with `g` what is prescribed.

use super::equations::{Mass, StateLeaf};
use super::{assemble, legendre};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::grid::Field;
use crate::model::system::{System, Variable};
use crate::symbolic::{Comparison, Entry, ExprId, Function, Graph, Seeds};

/// Prescribed points beside generators whose equations have no place for them.
pub fn refuse(system: &System, out: &mut Diagnostics) {
    let Some(v) = prescribed(system) else { return };
    let asked = legendre::asked_at(system).or(system.hamiltonian.as_ref().map(|h| h.keyword));
    if let Some(at) = asked {
        out.push(
            Diagnostic::error(
                "E0362",
                at,
                format!("`{}` has prescribed values, and its momentum there follows from none", v.name),
            )
            .label(v.span, "a `boundary` prescribes values of this field")
            .help("state a `lagrangian`, which holds prescribed values, or leave the ends natural"),
        );
    }
}

/// A field that a boundary prescribes values of.
pub fn prescribed(system: &System) -> Option<&Variable> {
    system.variables.iter().find(|v| v.field.as_ref().is_some_and(|f| !f.sides.is_empty()))
}

/// Fields with prescribed points among some variables, with their first flat component.
pub struct Prescribed<'s> {
    fields: Vec<(usize, &'s Field)>,
    time: ExprId,
}

impl<'s> Prescribed<'s> {
    /// Of these variables, laid out one behind the other; `None` where no point is prescribed.
    pub fn among(system: &'s System, which: &[usize]) -> Option<Prescribed<'s>> {
        let mut offset = 0;
        let mut fields = Vec::new();
        for k in which {
            let v: &Variable = &system.variables[*k];
            fields.extend(v.field.as_ref().filter(|f| !f.sides.is_empty()).map(|f| (offset, f)));
            offset += v.elements.len();
        }
        (!fields.is_empty()).then_some(Prescribed { fields, time: system.time })
    }

    /// Whether a flat component is prescribed.
    fn holds(&self, g: &mut Graph, index: ExprId) -> ExprId {
        let mut conditions = Vec::new();
        for (offset, field) in &self.fields {
            for side in &field.sides {
                let shift = g.integer(-(*offset as i64));
                let local = g.add(index, shift);
                let round = g.integer((side.stride * side.count) as i64);
                let place = g.call(Function::Modulo, &[local, round]);
                let (from, to) = (side.at * side.stride, (side.at + 1) * side.stride);
                let (from, to) = (g.integer(from as i64), g.integer(to as i64));
                let mut all =
                    vec![g.compare(Comparison::LessEqual, from, place), g.compare(Comparison::Less, place, to)];
                if field.components > 1 {
                    let components = g.integer(field.components as i64);
                    let own = g.call(Function::Modulo, &[local, components]);
                    let component = g.integer(side.component as i64);
                    all.push(g.compare(Comparison::Equal, own, component));
                }
                conditions.push(g.and(&all));
            }
        }
        g.or(&conditions)
    }

    /// Entries with zero at prescribed components.
    pub fn released(&self, g: &mut Graph, entries: &[Entry]) -> Vec<Entry> {
        let zero = g.zero();
        entries
            .iter()
            .map(|e| {
                let fixed = self.holds(g, e.index);
                Entry { index: e.index, value: g.select(fixed, zero, e.value) }
            })
            .collect()
    }

    /// `M` and `f` with the equations of prescribed components replaced by `a = dⁿg/dtⁿ`.
    pub fn put_in(&self, g: &mut Graph, n: usize, mass: Mass, forcing: &[Entry], order: u32) -> (Mass, Vec<Entry>) {
        let mut wanted = Vec::new();
        let mut seeds = Seeds::new();
        let one = g.one();
        seeds.set(self.time, one);
        for (offset, field) in &self.fields {
            let shift = g.integer(*offset as i64);
            for e in &field.fixed {
                let mut value = e.value;
                for _ in 0..order {
                    value = g.tangent(value, &seeds);
                }
                wanted.push(Entry { index: g.add(e.index, shift), value });
            }
        }
        let mut forcing = self.released(g, forcing);
        let mass = match mass {
            Mass::Diagonal(entries) => {
                let mut entries = self.released(g, &entries);
                entries.extend(wanted.iter().map(|e| Entry { index: e.index, value: one }));
                Mass::Diagonal(entries)
            }
            Mass::Tangent { momentum_tangent, direction } => {
                // Rows and columns of prescribed components leave the matrix; what their rates add to the others is known.
                let along = |g: &mut Graph, whole: &[Entry]| -> Vec<Entry> {
                    let map = direction.iter().map(|d| (d.leaf, part(g, n, whole, d))).collect();
                    let put = |e: &Entry, g: &mut Graph| Entry { index: e.index, value: g.substitute(e.value, &map) };
                    momentum_tangent.iter().map(|e| put(e, g)).collect()
                };
                let own = assemble::elements(g, &direction);
                let free = self.released(g, &own);
                let mut rows = along(g, &free);
                rows = self.released(g, &rows);
                rows.extend(wanted.iter().map(|e| {
                    let leaf = assemble::component(g, &direction, e.index).unwrap_or(e.value);
                    Entry { index: e.index, value: leaf }
                }));
                let zero = g.zero();
                if wanted.iter().any(|e| e.value != zero) {
                    let pulled = along(g, &wanted);
                    let pulled = self.released(g, &pulled);
                    forcing.extend(assemble::negated(g, &pulled));
                }
                Mass::Tangent { momentum_tangent: rows, direction }
            }
            Mass::Entries(entries) => Mass::Entries(self.entries_without(g, n, entries)),
        };
        forcing.extend(wanted);
        (mass, forcing)
    }

    /// Written-out entries, with those of prescribed rows and columns replaced by a one on the diagonal.
    fn entries_without(&self, g: &mut Graph, n: usize, entries: Vec<(u32, u32, ExprId)>) -> Vec<(u32, u32, ExprId)> {
        let yes = g.boolean(true);
        let fixed: Vec<bool> = (0..n)
            .map(|k| {
                let index = g.integer(k as i64);
                self.holds(g, index) == yes
            })
            .collect();
        let mut out: Vec<_> =
            entries.into_iter().filter(|(i, j, _)| !fixed[*i as usize] && !fixed[*j as usize]).collect();
        let one = g.one();
        out.extend((0..n as u32).filter(|k| fixed[*k as usize]).map(|k| (k, k, one)));
        out
    }
}

/// The part of a vector that a leaf is.
fn part(g: &mut Graph, n: usize, whole: &[Entry], leaf: &StateLeaf) -> ExprId {
    let vector = g.scatter(n as u32, whole);
    let shift = g.integer(leaf.offset as i64);
    if g.array_length(leaf.leaf).is_none() {
        return g.read(vector, shift);
    }
    if leaf.offset == 0 && leaf.length == n {
        return vector;
    }
    let domain = g.domain(0, &[(0, leaf.length as i64 - 1)], None);
    let i = g.index(domain, 0);
    let index = g.add(i, shift);
    let value = g.read(vector, index);
    g.scatter(leaf.length as u32, &[Entry { index: i, value }])
}
