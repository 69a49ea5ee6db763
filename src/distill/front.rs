//! The best formula of each complexity, and which of them is shown.

use super::tree::Tree;

/// A formula with its error.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// It.
    pub tree: Tree,
    /// Root mean square of its error, relative to that of the target.
    pub error: f64,
}

/// The best of each complexity.
#[derive(Clone, Debug, Default)]
pub struct Front {
    /// By complexity.
    best: Vec<Option<Member>>,
}

impl Front {
    /// For complexities up to `most`.
    pub fn new(most: usize) -> Front {
        Front { best: vec![None; most + 1] }
    }

    /// Takes a formula where it is the best of its complexity.
    pub fn offer(&mut self, tree: &Tree, error: f64) -> bool {
        let Some(slot) = self.best.get_mut(tree.complexity()) else { return false };
        if !error.is_finite() || slot.as_ref().is_some_and(|m| m.error <= error) {
            return false;
        }
        *slot = Some(Member { tree: tree.clone(), error });
        true
    }

    /// Takes all of another one.
    pub fn join(&mut self, other: &Front) {
        other.members().for_each(|m| {
            self.offer(&m.tree, m.error);
        });
    }

    /// All, by complexity.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.best.iter().flatten()
    }

    /// The least error.
    pub fn least(&self) -> f64 {
        self.members().map(|m| m.error).fold(f64::INFINITY, f64::min)
    }

    /// Those that no simpler one equals: errors fall by more than a thousandth of themselves.
    pub fn pareto(&self) -> Vec<Member> {
        let mut out: Vec<Member> = Vec::new();
        for m in self.members() {
            if out.last().is_none_or(|l| floored(m.error) < 0.999 * floored(l.error)) {
                out.push(m.clone());
            }
        }
        out
    }
}

/// Errors below this are all the same: rounding.
const FLOOR: f64 = 1e-9;
/// How much larger than the least error that of the chosen one may be.
pub const WITHIN: f64 = 2.0;

fn floored(error: f64) -> f64 {
    error.max(FLOOR)
}

/// Which of the front is shown: of those whose error is at most [`WITHIN`] times the least one, that with the largest
/// fall of `ln error` per unit of complexity from the one before it (Cranmer 2023, section 2, with a root mean square in
/// place of its square). Errors below 1e-9 count as 1e-9.
pub fn chosen(front: &[Member]) -> usize {
    let least = front.iter().map(|m| floored(m.error)).fold(f64::INFINITY, f64::min);
    let mut best = (front.len().saturating_sub(1), f64::NEG_INFINITY);
    for (k, m) in front.iter().enumerate() {
        if floored(m.error) > WITHIN * least {
            continue;
        }
        // the simplest of all falls from the error of the formula 0, which is 1
        let (error, complexity) = match k.checked_sub(1).map(|j| &front[j]) {
            Some(before) => (floored(before.error), before.tree.complexity()),
            None => (1.0, 0),
        };
        let fall = (crate::real::ln(error) - crate::real::ln(floored(m.error)))
            / (m.tree.complexity() - complexity).max(1) as f64;
        if fall > best.1 {
            best = (k, fall);
        }
    }
    best.0
}
