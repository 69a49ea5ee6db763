//! Columns of numbers in SI whose rows are grouped in trials.
//!
//! A trial (a trajectory) is a list of *pieces*: ranges of rows that follow each other in time without a
//! gap. Differences, interpolation and roll-outs stay inside a piece. A part of the data shares its
//! columns and has pieces of its own.

use crate::dimension::Dimension;
use sha2::{Digest, Sha256};
use std::ops::Range;
use std::sync::Arc;

/// One column; `values[row]` in SI over all rows of the content.
#[derive(Clone, Debug)]
pub struct Column {
    /// As the language spells it: `q`, `θ'`, `c[3]`.
    pub name: String,
    /// Its dimension.
    pub dimension: Dimension,
    /// The unit it was written in, `""` for SI and for pure numbers.
    pub unit: String,
    /// Size of that unit in SI: a value is the number written times this.
    pub factor: f64,
    /// Values.
    pub values: Vec<f64>,
    /// Time derivatives, in SI per second, where there are targets. NaN in rows of no piece.
    pub rates: Option<Vec<f64>>,
    /// Standard deviation of the noise of one value, in SI, where it is known.
    pub noise: Option<f64>,
}

/// The column of a component: `q'` and `[2]` are `q[2]'`, as a component of a state is called.
pub fn component(name: &str, index: &str) -> String {
    let base = name.trim_end_matches('\'');
    format!("{base}{index}{}", &name[base.len()..])
}

/// A name that later lines read: one column, or the components of a vector or matrix row by row.
#[derive(Clone, Debug)]
pub struct Named {
    /// The name.
    pub name: String,
    /// Extents; empty for a scalar.
    pub shape: Vec<usize>,
    /// Its columns.
    pub columns: Range<usize>,
}

/// The time of each row.
#[derive(Clone, Debug)]
pub struct Times {
    /// In SI.
    pub values: Vec<f64>,
    /// The unit it was written in.
    pub unit: String,
    /// Its size in SI.
    pub factor: f64,
    /// Its dimension.
    pub dimension: Dimension,
}

/// What each trial began with, without noise: the state of the system that made it, and its columns.
#[derive(Clone, Debug, Default)]
pub struct Starts {
    /// Names of the components: `θ`, `θ'`.
    pub names: Vec<String>,
    /// Their dimensions.
    pub dimensions: Vec<Dimension>,
    /// One list for each trial, by its number.
    pub values: Vec<Vec<f64>>,
}

/// Where the rows come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `sample(System)`
    Sampled {
        /// Name of the system.
        system: String,
        /// Seed of its random numbers.
        seed: u64,
    },
    /// `states(System)`
    States {
        /// Name of the system.
        system: String,
        /// Seed of its random numbers.
        seed: u64,
    },
    /// Runs of a fitted model
    Rollout {
        /// Name of the fit.
        model: String,
    },
    /// The parts of a field
    Parts {
        /// Name of the data that it was made of.
        of: String,
    },
    /// Paths in a measured field
    Drifters {
        /// Name of the data that it was made of.
        of: String,
    },
    /// `csv("…")`, `npz("…")`, `npy(…)`
    File {
        /// The path as written.
        path: String,
        /// SHA-256 of its bytes.
        sha256: String,
    },
}

/// All rows of a data set: what its parts share.
#[derive(Clone, Debug)]
pub struct Content {
    /// Columns, in the order of the line.
    pub columns: Vec<Column>,
    /// Names over them.
    pub names: Vec<Named>,
    /// Times, where the rows have an order.
    pub times: Option<Times>,
    /// Starts, where they are known.
    pub starts: Option<Starts>,
    /// Where the rows come from.
    pub origin: Origin,
    /// Labels of the trials, by number, as the file writes them (`1`, `2`, … where it does not).
    pub labels: Vec<String>,
}

/// A trajectory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// Its number among the trials of the whole content, from 0.
    pub number: usize,
    /// Rows that follow each other without a gap, in order.
    pub pieces: Vec<Range<usize>>,
}

impl Trial {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.pieces.iter().map(ExactSizeIterator::len).sum()
    }

    /// Its rows, in order.
    pub fn indices(&self) -> impl Iterator<Item = usize> + '_ {
        self.pieces.iter().cloned().flatten()
    }
}

/// A data set, or a part of one.
#[derive(Clone, Debug)]
pub struct Dataset {
    content: Arc<Content>,
    trials: Vec<Trial>,
    scattered: bool,
}

impl Dataset {
    /// A data set of these trials. Rows that are in no piece are left out.
    pub fn new(content: Content, trials: Vec<Trial>) -> Dataset {
        let trials = trials.into_iter().filter(|t| t.rows() > 0).collect();
        Dataset { content: Arc::new(content), trials, scattered: false }
    }

    /// Rows without an order: states, each of its own.
    pub fn of_states(content: Content, rows: usize) -> Dataset {
        let pieces = (0..rows).map(|r| r..r + 1).collect();
        Dataset { content: Arc::new(content), trials: vec![Trial { number: 0, pieces }], scattered: true }
    }

    /// What it shares with its parts: rows that belong to no part of it too.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// Columns, in the order of the line.
    pub fn columns(&self) -> &[Column] {
        &self.content.columns
    }

    /// The column of a name, `c[3]` for a component.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.content.columns.iter().position(|c| c.name == name)
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.trials.iter().map(Trial::rows).sum()
    }

    /// Its rows among those of the content, in order.
    pub fn indices(&self) -> impl Iterator<Item = usize> + '_ {
        self.trials.iter().flat_map(Trial::indices)
    }

    /// The trajectories. Of [`Dataset::scattered`] rows it is one list of single rows.
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// Whether its rows have no order in time: states, and rows chosen by chance.
    pub fn scattered(&self) -> bool {
        self.scattered
    }

    /// Values of a column, in SI, in the order of [`Dataset::indices`].
    pub fn values(&self, column: usize) -> Vec<f64> {
        let values = &self.content.columns[column].values;
        self.indices().map(|r| values[r]).collect()
    }

    /// Rates of a column, in SI per second; `None` where it has no targets.
    pub fn rates(&self, column: usize) -> Option<Vec<f64>> {
        let rates = self.content.columns[column].rates.as_ref()?;
        Some(self.indices().map(|r| rates[r]).collect())
    }

    /// Times in seconds; `None` for states.
    pub fn times(&self) -> Option<Vec<f64>> {
        let times = self.content.times.as_ref()?;
        Some(self.indices().map(|r| times.values[r]).collect())
    }

    /// What a trial began with: values in the order of [`Starts::names`]. Of states each row is a start.
    pub fn start(&self, trial: usize) -> Option<&[f64]> {
        let starts = self.content.starts.as_ref()?;
        let number = match (self.scattered, &self.content.origin) {
            (true, Origin::States { .. }) => self.indices().nth(trial)?,
            // Rows out of the middle of trajectories are no starts.
            (true, _) => return None,
            (false, _) => self.trials.get(trial)?.number,
        };
        starts.values.get(number).map(Vec::as_slice)
    }

    /// Some of its trials, in this order.
    pub fn of_trials(&self, which: &[usize]) -> Dataset {
        let trials = which.iter().map(|k| self.trials[*k].clone()).collect();
        Dataset { content: self.content.clone(), trials, scattered: self.scattered }
    }

    /// The rows `from..to` in the order of [`Dataset::indices`]. Trials and pieces are cut at both ends.
    pub fn of_rows(&self, rows: Range<usize>) -> Dataset {
        let mut trials = Vec::new();
        let mut at = 0;
        for t in &self.trials {
            let mut pieces = Vec::new();
            for p in &t.pieces {
                let (from, to) = (rows.start.max(at), rows.end.min(at + p.len()));
                if from < to {
                    pieces.push(p.start + from - at..p.start + to - at);
                }
                at += p.len();
            }
            if !pieces.is_empty() {
                trials.push(Trial { number: t.number, pieces });
            }
        }
        Dataset { content: self.content.clone(), trials, scattered: self.scattered }
    }

    /// Single rows in this order; they keep no order in time.
    pub fn of_scattered(&self, which: &[usize]) -> Dataset {
        let all: Vec<usize> = self.indices().collect();
        let pieces = which.iter().map(|k| all[*k]..all[*k] + 1).collect();
        Dataset { content: self.content.clone(), trials: vec![Trial { number: 0, pieces }], scattered: true }
    }

    /// Its rows as single ones, without an order in time.
    pub fn without_order(&self) -> Dataset {
        let pieces = self.indices().map(|r| r..r + 1).collect();
        Dataset { content: self.content.clone(), trials: vec![Trial { number: 0, pieces }], scattered: true }
    }

    /// SHA-256 of what it holds: names, dimensions, noise, and the bits of values, rates and times of its
    /// rows, with the ends of its pieces and trials.
    pub fn sha256(&self) -> String {
        let mut digest = Sha256::new();
        let mut text = |s: &str| {
            digest.update((s.len() as u64).to_le_bytes());
            digest.update(s.as_bytes());
        };
        text("hamel data 1");
        for c in self.columns() {
            text(&c.name);
            text(&format!("{} {:?} {}", c.dimension, c.noise.map(f64::to_bits), c.rates.is_some()));
        }
        let mut numbers = |list: &mut dyn Iterator<Item = f64>| {
            list.for_each(|v| digest.update(v.to_bits().to_le_bytes()));
        };
        if let Some(t) = &self.content.times {
            numbers(&mut self.indices().map(|r| t.values[r]));
        }
        for c in self.columns() {
            numbers(&mut self.indices().map(|r| c.values[r]));
            if let Some(rates) = &c.rates {
                numbers(&mut self.indices().map(|r| rates[r]));
            }
        }
        for t in &self.trials {
            digest.update((t.pieces.len() as u64).to_le_bytes());
            t.pieces.iter().for_each(|p| digest.update((p.len() as u64).to_le_bytes()));
        }
        digest.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init, reason = "a piece is one range")]
mod tests {
    use super::*;

    fn made() -> Dataset {
        let column = |name: &str, values: Vec<f64>| Column {
            name: name.into(),
            dimension: Dimension::one(),
            unit: String::new(),
            factor: 1.0,
            values,
            rates: None,
            noise: None,
        };
        let content = Content {
            columns: vec![column("q", (0..10).map(f64::from).collect())],
            names: vec![Named { name: "q".into(), shape: Vec::new(), columns: 0..1 }],
            times: None,
            starts: None,
            origin: Origin::File { path: "x.csv".into(), sha256: String::new() },
            labels: vec!["1".into(), "2".into()],
        };
        // Row 3 is missing, and the second trial begins at row 6.
        let trials = vec![Trial { number: 0, pieces: vec![0..3, 4..6] }, Trial { number: 1, pieces: vec![6..10] }];
        Dataset::new(content, trials)
    }

    #[test]
    fn rows_are_counted_over_pieces_and_cut_without_joining_them() {
        let d = made();
        assert_eq!(d.rows(), 9);
        let part = d.of_rows(2..6);
        assert_eq!(part.values(0), [2.0, 4.0, 5.0, 6.0]);
        assert_eq!(part.trials()[0].pieces, [2..3, 4..6]);
        assert_eq!(part.trials()[1].pieces, [6..7]);
        assert_eq!(d.of_trials(&[1]).values(0), [6.0, 7.0, 8.0, 9.0]);
        assert_eq!(d.of_scattered(&[8, 0]).values(0), [9.0, 0.0]);
    }

    #[test]
    fn the_digest_sees_values_and_the_ends_of_pieces() {
        let d = made();
        assert_eq!(d.sha256(), made().sha256());
        assert_ne!(d.sha256(), d.of_rows(0..8).sha256());
        let joined = Dataset::new(d.content().clone(), vec![Trial { number: 0, pieces: vec![0..3, 4..10] }]);
        assert_eq!(joined.values(0), d.values(0));
        assert_ne!(joined.sha256(), d.sha256());
    }
}
