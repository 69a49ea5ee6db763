//! Checks: conditions at every sample of a run, with the worst sample.

use crate::analyse::functional::{self, Series};
use crate::model::system::{Check, Condition, Functional, FunctionalKind};
use crate::symbolic::ExprId;
use crate::syntax::tree::CompareOp;

/// The verdict on one check.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// As written.
    pub text: String,
    /// After `because`.
    pub because: Option<String>,
    /// Whether it holds at every sample.
    pub holds: bool,
    /// Left side at the worst sample, `abs(a - b)` of an `≈`, or the number of failing samples.
    pub value: f64,
    /// What it may be.
    pub bound: f64,
    /// Index of the worst sample, where one is.
    pub sample: Option<usize>,
    /// Why it could not be judged.
    pub trouble: Option<String>,
}

/// Columns over the samples of one trajectory after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// One for each expression.
    pub columns: Vec<Vec<f64>>,
    /// Where each trajectory ends.
    pub ends: Vec<usize>,
}

impl Rows {
    /// The rows of each trajectory.
    pub fn trajectories(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        self.ends.iter().enumerate().map(|(k, end)| if k == 0 { 0..*end } else { self.ends[k - 1]..*end })
    }
}

/// Values of the functionals so far: one for everything, or one for each trajectory.
pub type Numbers = [(ExprId, Vec<f64>)];

/// What a check needs of the thing it judges.
pub trait Evidence {
    /// `exprs` at every sample; functional leaves have their values. All columns have the same rows.
    fn along(&mut self, exprs: &[ExprId], numbers: &Numbers) -> Result<Rows, String>;
    /// Expressions at a time between the samples: of each its values for each trajectory.
    fn at(&mut self, exprs: &[ExprId], time: ExprId, numbers: &Numbers) -> Result<Vec<Vec<f64>>, String>;
    /// Names of the outcomes of an earlier line.
    fn outcomes(&self, _result: usize, _trajectory: Option<usize>) -> Vec<&'static str> {
        Vec::new()
    }
}

/// Judges a check.
pub fn judge(check: &Check, evidence: &mut dyn Evidence) -> Verdict {
    let mut verdict = Verdict {
        text: check.text.clone(),
        because: check.because.clone(),
        holds: false,
        value: f64::NAN,
        bound: f64::NAN,
        sample: None,
        trouble: None,
    };
    let known = match numbers(&check.functionals, evidence) {
        Ok(known) => known,
        Err(trouble) => {
            verdict.trouble = Some(trouble);
            return verdict;
        }
    };
    match condition(&check.condition, evidence, &known) {
        Ok(found) => {
            verdict.holds = found.holds;
            verdict.value = found.value;
            verdict.bound = found.bound;
            verdict.sample = found.sample;
        }
        Err(trouble) => verdict.trouble = Some(trouble),
    }
    verdict
}

/// The values of functionals, innermost first.
pub fn numbers(functionals: &[Functional], evidence: &mut dyn Evidence) -> Result<Vec<(ExprId, Vec<f64>)>, String> {
    let mut known: Vec<(ExprId, Vec<f64>)> = Vec::new();
    for together in functionals.chunk_by(|a, b| a.group == b.group) {
        let first = &together[0];
        if let FunctionalKind::At(time) = &first.kind {
            let exprs: Vec<ExprId> = together.iter().map(|f| f.argument[0]).collect();
            let values = evidence.at(&exprs, *time, &known)?;
            known.extend(together.iter().map(|f| f.leaf).zip(values));
        } else {
            let value = functional_value(first, evidence, &known)?;
            known.push((first.leaf, value));
        }
    }
    Ok(known)
}

fn functional_value(f: &Functional, evidence: &mut dyn Evidence, known: &Numbers) -> Result<Vec<f64>, String> {
    let rows = evidence.along(&f.argument, known)?;
    let all = series(&rows.columns, 0..rows.columns.first().map_or(0, Vec::len));
    let each = || rows.trajectories().map(|r| series(&rows.columns, r));
    let worst = |list: Vec<f64>| list.into_iter().fold(0.0f64, |w, v| if v.is_nan() || v > w { v } else { w });
    Ok(vec![match &f.kind {
        FunctionalKind::Max => functional::max(&all),
        FunctionalKind::Min => functional::min(&all),
        FunctionalKind::Mean => functional::mean(&all),
        FunctionalKind::Rms => functional::rms(&all),
        FunctionalKind::Drift { scale, terms } => {
            let scale = match scale {
                Some(e) => evidence.along(&[*e], known)?.columns[0].first().copied(),
                None => None,
            };
            let mut summands = Vec::new();
            for list in terms {
                let columns = evidence.along(list, known)?.columns;
                let count = columns.first().map_or(0, Vec::len);
                summands.push((0..count).map(|r| columns.iter().map(|c| c[r]).sum()).collect::<Vec<f64>>());
            }
            let of_each = rows
                .trajectories()
                .map(|r| functional::drift(&series(&rows.columns, r.clone()), &series(&summands, r), scale).0);
            worst(of_each.collect())
        }
        FunctionalKind::Decreasing => f64::from(each().all(|s| functional::rises_at(&s).is_none())),
        FunctionalKind::Increasing => f64::from(each().all(|s| functional::falls_at(&s).is_none())),
        FunctionalKind::At(_) => unreachable!("invariant: values at one time are computed together"),
        FunctionalKind::Count(_) => return Err("events are not built yet".into()),
    }])
}

fn series(columns: &[Vec<f64>], rows: std::ops::Range<usize>) -> Series {
    let values = rows.flat_map(|r| columns.iter().map(move |c| c[r])).collect();
    Series { width: columns.len(), values }
}

#[derive(Clone, Copy, Debug)]
struct Found {
    holds: bool,
    value: f64,
    bound: f64,
    sample: Option<usize>,
}

fn condition(c: &Condition, evidence: &mut dyn Evidence, known: &Numbers) -> Result<Found, String> {
    match c {
        Condition::All(parts) => {
            let mut worst: Option<Found> = None;
            for part in parts {
                let found = condition(part, evidence, known)?;
                if worst.is_none_or(|w| w.holds && !found.holds) {
                    worst = Some(found);
                }
            }
            worst.ok_or_else(|| "this check says nothing".to_owned())
        }
        Condition::Truth(e) | Condition::Functional(e) => {
            let column = evidence.along(&[*e], known)?.columns.remove(0);
            let failing = column.iter().filter(|v| **v != 1.0).count();
            let sample = column.iter().position(|v| *v != 1.0);
            Ok(Found { holds: failing == 0, value: failing as f64, bound: 0.0, sample })
        }
        Condition::Outcome { result, trajectory, name, equal } => {
            let list = evidence.outcomes(*result, *trajectory);
            let failing = list.iter().filter(|o| (**o == name) != *equal).count();
            Ok(Found { holds: failing == 0, value: failing as f64, bound: 0.0, sample: None })
        }
        Condition::Compare { left, op, right } => {
            // Both sides at once: a number beside a series is compared with every sample.
            let mut a = evidence.along(&[left.as_slice(), right].concat(), known)?.columns;
            let b = a.split_off(left.len());
            Ok(compare(&a, *op, &b))
        }
        Condition::Approx { left, right, within, relative } => {
            let mut a = evidence.along(&[left.as_slice(), right, &[*within]].concat(), known)?.columns;
            let mut b = a.split_off(left.len());
            let w = b.pop().unwrap_or_default();
            let rows = w.len();
            let norm = |f: &dyn Fn(usize) -> f64| (0..a.len()).map(|c| f(c) * f(c)).sum::<f64>().sqrt();
            let mut worst = Found { holds: true, value: 0.0, bound: w.first().copied().unwrap_or(0.0), sample: None };
            let mut margin = f64::NEG_INFINITY;
            for r in 0..rows {
                let distance = norm(&|c| a[c][r] - b[c][r]);
                let bound = if *relative { w[r] * norm(&|c| b[c][r]) } else { w[r] };
                let holds = distance <= bound;
                let excess = if holds { distance / bound.max(f64::MIN_POSITIVE) } else { f64::INFINITY };
                if !holds && worst.holds
                    || (holds == worst.holds && excess_of(distance, bound) > margin)
                    || excess.is_nan()
                {
                    worst = Found { holds: worst.holds && holds, value: distance, bound, sample: Some(r) };
                    margin = excess_of(distance, bound);
                }
            }
            Ok(worst)
        }
    }
}

fn excess_of(distance: f64, bound: f64) -> f64 {
    if distance.is_nan() { f64::INFINITY } else { distance - bound }
}

/// Every component of every sample; the worst is the one that breaks the condition most, or comes
/// nearest to breaking it.
fn compare(a: &[Vec<f64>], op: CompareOp, b: &[Vec<f64>]) -> Found {
    let mut worst = Found { holds: true, value: f64::NAN, bound: f64::NAN, sample: None };
    let mut margin = f64::NEG_INFINITY;
    for (x, y) in a.iter().zip(b) {
        for (r, (l, m)) in x.iter().zip(y).enumerate() {
            let (holds, excess) = match op {
                CompareOp::Less => (l < m, l - m),
                CompareOp::LessEqual => (l <= m, l - m),
                CompareOp::Greater => (l > m, m - l),
                CompareOp::GreaterEqual => (l >= m, m - l),
                CompareOp::Equal | CompareOp::Approx => (l == m, (l - m).abs()),
                CompareOp::NotEqual => (l != m, -(l - m).abs()),
            };
            let excess = if excess.is_nan() { f64::INFINITY } else { excess };
            if (!holds && worst.holds) || (holds == worst.holds && excess > margin) {
                worst = Found { holds: worst.holds && holds, value: *l, bound: *m, sample: Some(r) };
                margin = excess;
            }
        }
    }
    worst
}
