//! Formulas for columns of numbers: what a learned function is, written with given operators.
//!
//! Knows no system and no units: columns of inputs and a column of the target, free of noise. The search begins with
//! what can be enumerated (small forms, sums of terms) and goes on by evolution; the result is the best formula of
//! each complexity. Nothing depends on the number of threads or on time: budgets are counts.
//!
//! | file | what it does |
//! |---|---|
//! | [`function`] | operators and functions with their derivatives |
//! | [`tree`] | formulas in postfix order |
//! | [`evaluate`] | values over columns, derivatives by the numbers of a formula |
//! | `squares` | linear least squares |
//! | [`fit`] | the numbers of a formula |
//! | `shapes` | all small forms |
//! | `terms` | what sums are made of |
//! | `sums` | sums of terms with coefficients |
//! | `evolve` | islands of formulas that change |
//! | [`front`] | the best of each complexity, and which one is shown |
//! | `simplify` | numbers as people write them |
//! | [`print`] | text of the language |
//!
//! After Cranmer, "Interpretable machine learning for science with PySR and SymbolicRegression.jl" (2023), Bartlett,
//! Desmond and Ferreira, "Exhaustive symbolic regression" (2022), and Burlacu, Kronberger and Kommenda, "Operon C++"
//! (2020).

pub mod evaluate;
mod evolve;
pub mod fit;
pub mod front;
pub mod function;
pub mod print;
mod shapes;
mod simplify;
mod squares;
mod sums;
mod terms;
pub mod tree;

pub use evaluate::Samples;
pub use front::Member;
pub use function::Operators;
pub use tree::Tree;

use crate::limits;
use fit::{EXACT, Fitter};
use front::Front;
use rayon::prelude::*;

/// Whether to stop, asked between blocks.
pub type Stop<'a> = dyn Fn() -> bool + Sync + 'a;

/// What a search may spend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Nodes of a formula.
    pub complexity: usize,
    /// Small forms that are fitted.
    pub shapes: usize,
    /// Terms that sums are made of.
    pub terms: usize,
    /// Children of the evolution.
    pub children: usize,
}

impl Budget {
    /// The whole one for formulas up to this complexity.
    pub fn of(complexity: usize) -> Budget {
        Budget {
            complexity,
            shapes: limits::DISTILL_SHAPES,
            terms: limits::DISTILL_TERMS,
            children: limits::DISTILL_CHILDREN * complexity,
        }
    }
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// By complexity; each has a smaller error than those before it.
    pub front: Vec<Member>,
    /// The one that is shown.
    pub chosen: usize,
}

/// Rows that candidates are judged at.
const SCREEN: usize = 64;
/// Largest term of a sum.
const TERM: usize = 7;
/// Steps of the last fit.
const LAST: usize = 100;

/// Searches for formulas of `samples`, whose values are all finite. `None` where it was stopped.
pub fn search(
    samples: &Samples,
    operators: &Operators,
    budget: &Budget,
    seed: u64,
    stop: &Stop<'_>,
    progress: &mut dyn FnMut(f64),
) -> Option<Found> {
    let screen = samples.thinned(SCREEN);
    let mut front = Front::new(budget.complexity);
    shapes::all(&screen, operators, &mut front, budget, stop)?;
    progress(0.2);
    if front.least() >= EXACT {
        if stop() {
            return None;
        }
        let terms = terms::library(&screen, operators, TERM.min(budget.complexity), budget.terms);
        sums::sums(&terms, &screen, operators, &mut front, budget, stop)?;
        progress(0.4);
        if front.least() >= EXACT {
            let mut rest = |share: f64| progress(0.4 + 0.6 * share);
            evolve::evolve(&screen, operators, &terms, &mut front, budget, seed, stop, &mut rest)?;
        }
    }
    Some(finished(&front, samples, operators, budget))
}

/// The front at all rows, with simple numbers.
fn finished(front: &Front, samples: &Samples, operators: &Operators, budget: &Budget) -> Found {
    let members: Vec<&Member> = front.members().collect();
    let last: Vec<Member> = members
        .into_par_iter()
        .map_init(
            || Fitter::new(samples),
            |fitter, m| {
                let mut tree = m.tree.clone();
                let error = fitter.improve(&mut tree, &[], LAST);
                let error = simplify::simplify(fitter, &mut tree, error);
                // simple numbers may leave a simpler formula, whose own ones are simple too
                match tree.folded(operators).filter(|t| t.within(operators)) {
                    Some(mut folded) => {
                        let error = fitter.error(&folded);
                        let error = simplify::simplify(fitter, &mut folded, error);
                        Member { tree: folded, error }
                    }
                    None => Member { tree, error },
                }
            },
        )
        .collect();
    let mut all = Front::new(budget.complexity);
    last.iter().for_each(|m| {
        all.offer(&m.tree, m.error);
    });
    let front = all.pareto();
    let chosen = front::chosen(&front);
    Found { front, chosen }
}

#[cfg(test)]
mod tests;
