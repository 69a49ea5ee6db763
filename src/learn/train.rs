//! The training loop.
//!
//! The number of a step decides its rows and its rate, so the state of a training is its weights, the
//! memory of its optimizer, and the step: a checkpoint of these goes on to the same bits.

use super::batch::{Batches, Order};
use super::objective::Objective;
use super::optimizer::{Number, Optimizer, optimizer};
use super::saved::Saved;
use super::schedule::Schedule;
use super::weights::Layout;
use crate::lanes::{Level, Vectorized, dispatch};
use std::time::Instant;

/// How a fit is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// A word of [`super::optimizer::OPTIMIZERS`].
    pub optimizer: String,
    /// Its settings, in their order.
    pub settings: Vec<f64>,
    /// How its rate changes.
    pub schedule: Schedule,
    /// How long.
    pub length: Length,
    /// Samples of one step; 0: all.
    pub batch: usize,
    /// The order in which they are taken.
    pub order: Order,
    /// Seed of that order.
    pub seed: u64,
    /// Name of the fit: the purpose of its random numbers.
    pub name: String,
    /// Checks of `valid` without a new best after which it stops.
    pub patience: Option<u32>,
    /// Loss at which it stops: the mean over the steps between two records has fallen to it.
    pub until: Option<f64>,
    /// Steps between checkpoints; else they are written every few seconds.
    pub checkpoint: Option<u64>,
}

/// How long a training is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Steps.
    Steps(u64),
    /// Passes through the data.
    Epochs(u64),
}

/// A record of the loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record {
    /// Steps done before it.
    pub step: u64,
    /// Mean loss of the steps since the last record.
    pub loss: f64,
    /// Loss on `valid`.
    pub valid: Option<f64>,
}

/// How a training ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ending {
    /// All steps were done.
    Finished,
    /// `valid` did not get better any more.
    Patience,
    /// The loss fell to what was asked for.
    Reached,
    /// The loss was not finite.
    NotFinite {
        /// Sample of the data.
        sample: Option<usize>,
        /// Component of the error.
        component: Option<usize>,
    },
    /// The user stopped it.
    Interrupted,
}

impl Ending {
    /// Its name in results.
    pub fn name(self) -> &'static str {
        match self {
            Ending::Finished => "Finished",
            Ending::Patience => "Patience",
            Ending::Reached => "Reached",
            Ending::NotFinite { .. } => "NotFinite",
            Ending::Interrupted => "Interrupted",
        }
    }
}

/// What a training gave.
#[derive(Clone, Debug)]
pub struct Training {
    /// The weights in the order of the layout: with `valid` those of the best check, else the last.
    pub weights: Vec<f64>,
    /// Steps done.
    pub steps: u64,
    /// All steps that were meant.
    pub planned: u64,
    /// The loss along it.
    pub records: Vec<Record>,
    /// Step of the weights.
    pub best: u64,
    /// Loss of the first step, at the weights that it began with; not a number where that is not known.
    pub first: f64,
    /// Last loss, and loss on `valid` at the weights.
    pub loss: f64,
    /// Loss on `valid` at the weights.
    pub valid: Option<f64>,
    /// How it ended.
    pub ending: Ending,
    /// Wall-clock seconds of all processes that worked on it.
    pub seconds: f64,
    /// The step at which this process took it up from a checkpoint.
    pub resumed: Option<u64>,
}

/// What happens beside the steps.
pub trait Hooks {
    /// Called after every record: whether to go on.
    fn progress(&mut self, record: &Record, planned: u64) -> bool;
    /// Called now and then with everything that is needed to go on.
    fn checkpoint(&mut self, saved: Saved);
    /// Called once, before the first step, where a checkpoint was taken up at this step.
    fn resumed(&mut self, step: u64) {
        let _ = step;
    }
    /// Whether the user wants it to stop.
    fn interrupted(&self) -> bool {
        false
    }
}

/// Records of one training.
const RECORDS: u64 = 100;
/// Seconds between checkpoints where no number of steps is given.
const CHECKPOINT_SECONDS: f64 = 5.0;

/// Whether all numbers are finite.
struct Finite<'a, F>(&'a [F]);

impl<F: Number> Vectorized for Finite<'_, F> {
    type Output = bool;
    #[inline(always)]
    fn run(self) -> bool {
        // 0 times a number that is not finite is NaN; sixteen sums have no order to wait for
        let (chunks, rest) = self.0.as_chunks::<16>();
        let mut sums = [F::zero(); 16];
        for chunk in chunks {
            for l in 0..16 {
                sums[l] += F::zero() * chunk[l];
            }
        }
        sums.iter().all(|s| *s == F::zero()) && rest.iter().all(|w| w.is_finite())
    }
}

struct State<F> {
    step: u64,
    weights: Vec<F>,
    records: Vec<Record>,
    best: Option<(f64, u64, Vec<F>)>,
    waiting: u32,
    sum: f64,
    counted: u64,
    last: f64,
    /// Seconds of the processes before this one.
    spent: f64,
}

/// Trains `weights` on an objective. `bounds` are the ends of single weights; `from` is a checkpoint of the
/// same training, which is taken up where it fits.
pub fn train<F: Number>(
    objective: &mut dyn Objective<F>,
    mut valid: Option<&mut dyn Objective<F>>,
    layout: &Layout,
    weights: &[f64],
    bounds: &[(usize, f64, f64)],
    settings: &Settings,
    from: Option<&Saved>,
    hooks: &mut dyn Hooks,
) -> Training {
    let begin = Instant::now();
    let samples = objective.samples();
    let size = if settings.batch == 0 { samples } else { settings.batch.min(samples) };
    let mut batches = Batches::new(samples, size, settings.order, settings.seed, &format!("batch {}", settings.name));
    let planned = match settings.length {
        Length::Steps(n) => n,
        Length::Epochs(n) => n * batches.per_epoch(),
    };
    let mut rule = optimizer::<F>(&settings.optimizer, &settings.settings, layout.length)
        .expect("invariant: the optimizer's word was looked up");
    let start = weights.iter().map(|w| F::of(*w)).collect();
    let mut state = State {
        step: 0,
        weights: start,
        records: Vec::new(),
        best: None,
        waiting: 0,
        sum: 0.0,
        counted: 0,
        last: f64::NAN,
        spent: 0.0,
    };
    let resumed = from.and_then(|saved| state.restore(saved, rule.as_mut()));
    if let Some(step) = resumed {
        hooks.resumed(step);
    }
    let every = (planned / RECORDS).max(1);
    let mut first = f64::NAN;
    let mut chosen: Vec<u32> = Vec::with_capacity(size);
    let mut scratch = vec![F::zero(); layout.length];
    let mut before = state.weights.clone();
    let mut written = Instant::now();
    let mut ending = Ending::Finished;
    while state.step < planned {
        batches.rows(state.step, &mut chosen);
        let factor = settings.schedule.factor(state.step as f64 / planned as f64);
        before.copy_from_slice(&state.weights);
        let loss = rule.step(factor, &mut state.weights, &mut |w, g| objective.evaluate(&chosen, w, g));
        if !loss.is_finite() || !dispatch(Level::detect(), Finite(&state.weights)) {
            state.weights.copy_from_slice(&before);
            let culprit = objective.culprit();
            ending = Ending::NotFinite {
                sample: culprit.map(|(s, _)| chosen[s] as usize),
                component: culprit.map(|(_, c)| c),
            };
            break;
        }
        for (k, low, high) in bounds {
            state.weights[*k] = state.weights[*k].max(F::of(*low)).min(F::of(*high));
        }
        if state.step == 0 {
            first = loss;
        }
        state.step += 1;
        state.last = loss;
        state.sum += loss;
        state.counted += 1;
        if state.step % every == 0 || state.step == planned {
            let checked = valid.as_mut().map(|v| {
                let all: Vec<u32> = (0..v.samples() as u32).collect();
                v.evaluate(&all, &state.weights, &mut scratch)
            });
            let record = Record { step: state.step, loss: state.sum / state.counted as f64, valid: checked };
            (state.sum, state.counted) = (0.0, 0);
            state.records.push(record);
            if let Some(v) = checked {
                if state.best.as_ref().is_none_or(|(b, _, _)| v < *b) {
                    state.best = Some((v, state.step, state.weights.clone()));
                    state.waiting = 0;
                } else {
                    state.waiting += 1;
                }
            }
            let going = hooks.progress(&record, planned);
            if settings.patience.is_some_and(|p| state.waiting >= p) {
                ending = Ending::Patience;
                break;
            }
            if settings.until.is_some_and(|until| record.loss <= until) {
                ending = Ending::Reached;
                break;
            }
            if !going {
                ending = Ending::Interrupted;
                break;
            }
        }
        let due = match settings.checkpoint {
            Some(n) => state.step % n.max(1) == 0,
            None => written.elapsed().as_secs_f64() > CHECKPOINT_SECONDS,
        };
        if due {
            hooks.checkpoint(state.saved(rule.as_ref(), begin));
            written = Instant::now();
        }
        if hooks.interrupted() {
            ending = Ending::Interrupted;
            break;
        }
    }
    if ending == Ending::Interrupted {
        hooks.checkpoint(state.saved(rule.as_ref(), begin));
    }
    let (weights, best, valid) = match (&state.best, ending) {
        (Some((v, step, weights)), _) => (weights.clone(), *step, Some(*v)),
        (None, _) => (state.weights.clone(), state.step, None),
    };
    Training {
        weights: weights.iter().map(|w| w.wide()).collect(),
        steps: state.step,
        planned,
        first,
        loss: state.records.last().map_or(state.last, |r| r.loss),
        records: state.records,
        best,
        valid,
        ending,
        seconds: state.spent + begin.elapsed().as_secs_f64(),
        resumed,
    }
}

impl<F: Number> State<F> {
    fn saved(&self, rule: &dyn Optimizer<F>, begin: Instant) -> Saved {
        let wide = |v: &[F]| v.iter().map(|x| x.wide()).collect::<Vec<f64>>();
        let mut saved = Saved::default();
        saved.numbers("step", &[self.step as f64, f64::from(self.waiting), self.sum, self.counted as f64, self.last]);
        saved.numbers("weights", &wide(&self.weights));
        if let Some((v, step, weights)) = &self.best {
            saved.numbers("best", &[*v, *step as f64]);
            saved.numbers("best weights", &wide(weights));
        }
        saved.numbers("records", &super::finished::flat(&self.records));
        saved.numbers("seconds", &[self.spent + begin.elapsed().as_secs_f64()]);
        for (name, values) in rule.state() {
            saved.numbers(&format!("optimizer {name}"), &values);
        }
        saved
    }

    /// Takes up a checkpoint, if all of it fits: the step it was written at.
    fn restore(&mut self, saved: &Saved, rule: &mut dyn Optimizer<F>) -> Option<u64> {
        let &[step, waiting, sum, counted, last] = saved.array("step")? else { return None };
        let (weights, records) = (saved.array("weights")?, super::finished::records(saved.array("records")?)?);
        let &[spent] = saved.array("seconds")? else { return None };
        let best = match (saved.array("best"), saved.array("best weights")) {
            (Some(&[v, step]), Some(weights)) if weights.len() == self.weights.len() => Some((v, step, weights)),
            (None, None) => None,
            _ => return None,
        };
        let remembered: Vec<(String, Vec<f64>)> = saved
            .arrays
            .iter()
            .filter_map(|a| Some((a.name.strip_prefix("optimizer ")?.to_owned(), a.values.clone())))
            .collect();
        if weights.len() != self.weights.len() || !rule.restore(&remembered) {
            return None;
        }
        let narrow = |v: &[f64]| v.iter().map(|x| F::of(*x)).collect::<Vec<F>>();
        (self.step, self.waiting) = (step as u64, waiting as u32);
        (self.sum, self.counted, self.last) = (sum, counted as u64, last);
        (self.weights, self.records, self.spent) = (narrow(weights), records, spent);
        self.best = best.map(|(v, step, weights)| (v, step as u64, narrow(weights)));
        Some(self.step)
    }
}
