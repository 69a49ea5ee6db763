//! Gaussian elimination over the rationals, one equation at a time.

use super::exponents::{self, Dimension, Exponent, Overflow};
use super::term::{Term, Var};
use crate::limits;
use std::collections::BTreeSet;

/// Unknown dimensions and what the equations so far say about them.
///
/// The solved form is kept reduced: every determined unknown is `known · Π freeʳ` with free unknowns
/// only. An equation is brought to that form, one of its free unknowns is solved for (the one that
/// fewest others are written in, then the latest), and replaced where it occurred. Choosing the rarest
/// makes equations between two unknowns as cheap as a weighted union.
///
/// `O` is what the caller knows about the origin of an equation or an unknown, such as two spans.
#[derive(Clone, Debug)]
pub struct Solver<O> {
    variables: Vec<Variable<O>>,
    origins: Vec<O>,
    /// Which equations a solved unknown rests on, as a graph: joining two is one node, and only an
    /// error walks it.
    reasons: Vec<Reason>,
    work: u64,
}

#[derive(Clone, Debug)]
struct Variable<O> {
    origin: O,
    /// The solved form and what it rests on.
    solved: Option<(Term, Option<ReasonId>)>,
    /// The determined unknowns whose solved form contains this free one.
    used_by: BTreeSet<Var>,
}

type ReasonId = u32;

/// Nodes of the graph of reasons that one message may visit; a person reads the first few.
const REASONS_WALKED: usize = 4_096;

#[derive(Clone, Copy, Debug)]
enum Reason {
    Equation(u32),
    Both(ReasonId, ReasonId),
}

/// Two sides that cannot have the same dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict<O> {
    /// The left side as far as it is solved.
    pub left: Term,
    /// The right side as far as it is solved.
    pub right: Term,
    /// Earlier equations on which the left side rests, in the order they were stated.
    pub left_because: Vec<O>,
    /// Earlier equations on which the right side rests.
    pub right_because: Vec<O>,
}

/// Why an equation was not taken; the solver is as before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EquateError<O> {
    /// It contradicts what is known.
    Conflict(Box<Conflict<O>>),
    /// An exponent grew beyond 31 bits.
    Overflow,
    /// The elimination would do more than [`limits::DIMENSION_WORK`].
    TooLarge,
}

impl<O> From<Overflow> for EquateError<O> {
    fn from(_: Overflow) -> Self {
        EquateError::Overflow
    }
}

impl<O> Default for Solver<O> {
    fn default() -> Self {
        Solver { variables: Vec::new(), origins: Vec::new(), reasons: Vec::new(), work: 0 }
    }
}

impl<O: Clone> Solver<O> {
    /// No unknown, no equation.
    pub fn new() -> Self {
        Self::default()
    }

    /// A new unknown dimension, of the thing at `origin`.
    pub fn new_variable(&mut self, origin: O) -> Var {
        let var = Var(self.variables.len() as u32);
        self.variables.push(Variable { origin, solved: None, used_by: BTreeSet::new() });
        var
    }

    /// What an unknown was made for.
    pub fn origin(&self, var: Var) -> &O {
        &self.variables[var.index()].origin
    }

    /// States `a = b`. On an error nothing has changed, so the caller reports it and goes on.
    pub fn equate(&mut self, a: &Term, b: &Term, origin: O) -> Result<(), EquateError<O>> {
        let (left, left_reasons) = self.substitute(a)?;
        let (right, right_reasons) = self.substitute(b)?;
        let difference = left.div(&right)?;
        let Some(pivot) = self.pivot(&difference) else {
            if difference.known.is_one() {
                return Ok(());
            }
            let left_because = self.because(&left_reasons);
            let right_because = self.because(&right_reasons);
            return Err(EquateError::Conflict(Box::new(Conflict { left, right, left_because, right_because })));
        };
        let row = solve_for(&difference, pivot)?;
        // Every replacement is computed before any is stored: an overflow leaves the solver as it was.
        let users: Vec<Var> = self.variables[pivot.index()].used_by.iter().copied().collect();
        self.spend(users.iter().map(|u| self.row(*u).map_or(0, |r| r.unknowns.len() + row.unknowns.len())).sum())?;
        let mut replaced = Vec::with_capacity(users.len());
        for user in &users {
            let Some(old) = self.row(*user) else { continue };
            let Some(r) = old.exponent(pivot) else { continue };
            replaced.push((*user, without(old, pivot).mul_pow(&row, r)?));
        }
        let equation = self.reason(Reason::Equation(self.origins.len() as u32));
        self.origins.push(origin);
        let sides: Vec<ReasonId> = left_reasons.into_iter().chain(right_reasons).collect();
        let reason = sides.into_iter().fold(equation, |all, one| self.reason(Reason::Both(all, one)));
        for (user, new) in replaced {
            self.store(user, new, reason);
        }
        self.store(pivot, row, reason);
        self.variables[pivot.index()].used_by.clear();
        Ok(())
    }

    /// The term with every determined unknown replaced.
    pub fn resolve(&self, term: &Term) -> Result<Term, Overflow> {
        let mut out = Term::from(term.known);
        for (var, r) in &term.unknowns {
            out = match self.row(*var) {
                Some(row) => out.mul_pow(row, *r)?,
                None => out.mul_pow(&Term::from(*var), *r)?,
            };
        }
        Ok(out)
    }

    /// The dimension of a term, if the equations determine it.
    pub fn value(&self, term: &Term) -> Option<Dimension> {
        self.resolve(term).ok()?.as_known()
    }

    /// The origins of the equations on which the present form of a term rests, in order.
    pub fn reasons(&self, term: &Term) -> Vec<O> {
        let ids: Vec<ReasonId> = term.unknowns.iter().filter_map(|(var, _)| self.solved_reason(*var)).collect();
        self.because(&ids)
    }

    /// The unknowns that no equation determines, in the order of creation.
    pub fn free(&self) -> impl Iterator<Item = Var> + '_ {
        (0..self.variables.len() as u32).map(Var).filter(|v| self.variables[v.index()].solved.is_none())
    }

    /// Makes every unknown that is still free a pure number, in the order of creation, and returns them.
    pub fn default_remaining(&mut self) -> Vec<Var> {
        let free: Vec<Var> = self.free().collect();
        for var in &free {
            let users = std::mem::take(&mut self.variables[var.index()].used_by);
            for user in users {
                if let Some((row, _)) = &mut self.variables[user.index()].solved {
                    *row = without(row, *var);
                }
            }
            self.variables[var.index()].solved = Some((Term::one(), None));
        }
        free
    }

    fn row(&self, var: Var) -> Option<&Term> {
        self.variables[var.index()].solved.as_ref().map(|(row, _)| row)
    }

    fn solved_reason(&self, var: Var) -> Option<ReasonId> {
        self.variables[var.index()].solved.as_ref().and_then(|(_, reason)| *reason)
    }

    /// The resolved term with the reasons of what was replaced.
    fn substitute(&mut self, term: &Term) -> Result<(Term, Vec<ReasonId>), EquateError<O>> {
        self.spend(term.unknowns.iter().map(|(v, _)| 1 + self.row(*v).map_or(0, |r| r.unknowns.len())).sum())?;
        let reasons = term.unknowns.iter().filter_map(|(var, _)| self.solved_reason(*var)).collect();
        Ok((self.resolve(term)?, reasons))
    }

    /// The free unknown to solve for: in the fewest rows, then the latest.
    fn pivot(&self, term: &Term) -> Option<Var> {
        let cost = |v: &Var| (self.variables[v.index()].used_by.len(), std::cmp::Reverse(*v));
        term.unknowns.iter().map(|u| u.0).min_by_key(cost)
    }

    /// Puts a solved form in place and keeps the lists of users in step.
    fn store(&mut self, var: Var, row: Term, reason: ReasonId) {
        for (used, _) in &row.unknowns {
            self.variables[used.index()].used_by.insert(var);
        }
        let old = self.variables[var.index()].solved.take();
        let reason = match old {
            Some((before, because)) => {
                for (used, _) in before.unknowns.iter().filter(|u| row.exponent(u.0).is_none()) {
                    self.variables[used.index()].used_by.remove(&var);
                }
                because.map_or(reason, |b| self.reason(Reason::Both(b, reason)))
            }
            None => reason,
        };
        self.variables[var.index()].solved = Some((row, Some(reason)));
    }

    fn reason(&mut self, reason: Reason) -> ReasonId {
        self.reasons.push(reason);
        (self.reasons.len() - 1) as ReasonId
    }

    /// The equations under some reasons, in the order they were stated.
    fn because(&self, roots: &[ReasonId]) -> Vec<O> {
        let mut equations = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut stack = roots.to_vec();
        while let Some(id) = stack.pop() {
            if seen.len() >= REASONS_WALKED || !seen.insert(id) {
                continue;
            }
            match self.reasons[id as usize] {
                Reason::Equation(number) => {
                    equations.insert(number);
                }
                Reason::Both(a, b) => stack.extend([a, b]),
            }
        }
        equations.into_iter().map(|number| self.origins[number as usize].clone()).collect()
    }

    fn spend(&mut self, operations: usize) -> Result<(), EquateError<O>> {
        let work = self.work + operations as u64;
        if work > limits::DIMENSION_WORK {
            return Err(EquateError::TooLarge);
        }
        self.work = work;
        Ok(())
    }
}

/// From `term = 1` the form of `pivot`: `pivot = (term without pivot)^(-1/r)`.
fn solve_for(term: &Term, pivot: Var) -> Result<Term, Overflow> {
    let r = term.exponent(pivot).ok_or(Overflow)?;
    without(term, pivot).pow(exponents::divide(&Exponent::new_raw(-1, 1), &r)?)
}

fn without(term: &Term, var: Var) -> Term {
    let mut out = term.clone();
    out.unknowns.retain(|u| u.0 != var);
    out
}
