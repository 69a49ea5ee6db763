//! A training that has ended well, as numbers to keep and back: nothing of it is lost, to the last bit.

use super::saved::Saved;
use super::train::{Ending, Record, Training};

/// Records one after another: step, loss, loss on `valid` (NaN: none).
pub(super) fn flat(records: &[Record]) -> Vec<f64> {
    records.iter().flat_map(|r| [r.step as f64, r.loss, r.valid.unwrap_or(f64::NAN)]).collect()
}

/// [`flat`] backwards.
pub(super) fn records(flat: &[f64]) -> Option<Vec<Record>> {
    let of = |r: &[f64]| Record { step: r[0] as u64, loss: r[1], valid: (!r[2].is_nan()).then_some(r[2]) };
    flat.len().is_multiple_of(3).then(|| flat.chunks_exact(3).map(of).collect())
}

impl Training {
    /// Everything of it, where it ended by itself and well; one that was interrupted goes on another time, and
    /// one that was not finite is worth its warning again.
    pub fn saved(&self) -> Option<Saved> {
        if !matches!(self.ending, Ending::Finished | Ending::Patience | Ending::Reached) {
            return None;
        }
        let mut saved = Saved::default();
        saved.texts.insert("ending".into(), self.ending.name().into());
        saved.numbers("weights", &self.weights);
        saved.numbers("steps", &[self.steps as f64, self.planned as f64, self.best as f64]);
        saved.numbers("losses", &[self.loss, self.valid.unwrap_or(f64::NAN), self.first]);
        saved.numbers("records", &flat(&self.records));
        saved.numbers("seconds", &[self.seconds]);
        Some(saved)
    }

    /// What [`Training::saved`] gave; `None` where it is something else, or of another number of weights.
    pub fn read(saved: &Saved, weights: usize) -> Option<Training> {
        let ending = match saved.texts.get("ending")?.as_str() {
            "Finished" => Ending::Finished,
            "Patience" => Ending::Patience,
            "Reached" => Ending::Reached,
            _ => return None,
        };
        let found = saved.array("weights").filter(|w| w.len() == weights)?;
        let &[steps, planned, best] = saved.array("steps")? else { return None };
        let &[loss, valid, first] = saved.array("losses")? else { return None };
        let &[seconds] = saved.array("seconds")? else { return None };
        Some(Training {
            weights: found.to_vec(),
            steps: steps as u64,
            planned: planned as u64,
            records: records(saved.array("records")?)?,
            best: best as u64,
            first,
            loss,
            valid: (!valid.is_nan()).then_some(valid),
            ending,
            seconds,
            resumed: None,
        })
    }
}
