//! The shape of a `mass`, and the dimensions that a dissipative function demands.

use super::super::system::Role;
use super::super::value::{Array, Dim, describe_shape};
use super::Resolver;
use super::equation::Stated;
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::{Dimension, Term};

impl Resolver<'_> {
    /// A mass is a number or a square matrix.
    pub(super) fn square(&mut self, a: Array, keyword: Span, value: Span) -> Option<(Array, Span)> {
        let n = a.shape.first().copied().unwrap_or(0);
        if a.shape.is_empty() || a.shape == [n, n] {
            return Some((a, keyword));
        }
        let what = describe_shape(&a.shape);
        self.report(
            Diagnostic::error("E0333", value, format!("a mass is a number or a square matrix, and this is {what}"))
                .help("M has one row and one column for each component; masses of their own make a diagonal one"),
        );
        None
    }

    /// `[D] = [x]²/t` for each state, `[D] = [M][x_i][x_j]/t` beside a mass, `[M][q_i][q_j]/t²` for
    /// coordinates; beside a flow `[M_ij] = [x_i]/[x_j]`.
    pub(super) fn check_dissipative(&mut self, stated: &Stated) {
        if let [first, second, ..] = stated.dissipative.as_slice() {
            let (first, second) = (first.0.keyword, second.0.keyword);
            self.report(
                Diagnostic::error("E0305", second, "a system has one `dissipative` function")
                    .label(first, "the first one")
                    .help("add them up in one line"),
            );
            return;
        }
        if !self.program.has_units {
            return;
        }
        match (stated.dissipative.first(), &stated.mass) {
            (Some((d, Dim::Term(have))), mass) => {
                let (keyword, value, have) = (d.keyword, d.value, have.clone());
                match mass {
                    Some((m, span)) => self.mass_dimensions(&m.clone(), *span, Some((&have, keyword))),
                    None => self.slope_dimensions(value, keyword, &have),
                }
            }
            (None, Some((m, span))) => self.mass_dimensions(&m.clone(), *span, None),
            _ => {}
        }
    }

    fn slope_dimensions(&mut self, value: crate::symbolic::ExprId, keyword: Span, have: &Term) {
        let time = Term::from(Dimension::time());
        let read = self.graph.free_leaves(&[value]);
        for (v, _) in read.iter().filter_map(|l| self.places.get(l).copied()).collect::<Vec<_>>() {
            if self.pending[v].variable.role != Role::State {
                continue;
            }
            let Dim::Term(z) = self.pending[v].dim.clone() else { continue };
            let Ok(want) = z.mul(&z).and_then(|square| square.div(&time)) else { continue };
            let at = self.pending[v].variable.span;
            if self.dims.equate(have, &want, super::Origin { left: keyword, right: at }).is_err() {
                let name = self.pending[v].variable.name.clone();
                let (has, wants) = (self.dimension_words(have), self.dimension_words(&want));
                self.report(
                    Diagnostic::error(
                        "E0218",
                        keyword,
                        format!("`{name}'` is minus the slope of this along `{name}`, and the dimensions differ"),
                    )
                    .at(format!("is {}, and must be {}", has.1, wants.1))
                    .label(at, "declared here")
                    .help("state the `mass` that stands before the rates, or put the coefficient into the function"),
                );
                return;
            }
        }
    }

    fn mass_dimensions(&mut self, m: &Array, span: Span, of: Option<(&Term, Span)>) {
        let time = Term::from(Dimension::time());
        let (mut dims, mut powers): (Vec<Dim>, u32) = (Vec::new(), 1);
        for p in self.pending.iter().filter(|p| !p.variable.mirror) {
            dims.extend(std::iter::repeat_n(p.dim.clone(), p.variable.elements.len()));
            powers = if p.variable.role == Role::Coordinate { 2 } else { 1 };
        }
        let n = dims.len();
        let scalar = m.items.len() == 1;
        if !scalar && m.items.len() != n * n {
            return;
        }
        let rows = if scalar {
            (0..n).map(|i| (i, i, 0)).collect::<Vec<_>>()
        } else {
            (0..n * n).map(|k| (k / n, k % n, k)).collect()
        };
        for (i, j, k) in rows {
            let entry = &m.items[k];
            let (Dim::Term(have), Dim::Term(row), Dim::Term(column)) = (&entry.dim, &dims[i], &dims[j]) else {
                continue;
            };
            if self.graph.as_number(entry.expr).is_some_and(|x| x.is_zero()) {
                continue;
            }
            let want = match of {
                Some((d, _)) => {
                    let total = if powers == 2 { d.mul(&time).and_then(|d| d.mul(&time)) } else { d.mul(&time) };
                    total.and_then(|d| d.div(row)).and_then(|d| d.div(column))
                }
                None => row.div(column),
            };
            let Ok(want) = want else { continue };
            let at = of.map_or(span, |(_, at)| at);
            if self.dims.equate(have, &want, super::Origin { left: span, right: at }).is_err() {
                let (has, wants) = (self.dimension_words(have), self.dimension_words(&want));
                let what =
                    if scalar { "this mass".to_owned() } else { format!("entry [{}][{}] of this mass", i + 1, j + 1) };
                let d = Diagnostic::error("E0218", span, format!("{what} has another dimension than its equation"))
                    .at(format!("is {}, and must be {}", has.1, wants.1));
                self.report(if of.is_some() { d.label(at, "by this function") } else { d });
                return;
            }
        }
    }
}
