//! Which rows each step of a training takes.

use crate::real::Random;

/// The order in which rows are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Every row once per epoch, in a new order each time.
    Shuffled,
    /// Rows drawn anew for every step, each at most once in it.
    Random,
    /// In the order of the data; the last batch of a pass is shorter.
    Sequential,
}

impl Order {
    /// Words in a file.
    pub const WORDS: &'static [(&'static str, Order)] =
        &[("shuffled", Order::Shuffled), ("random", Order::Random), ("sequential", Order::Sequential)];
}

/// The rows of every step: a function of the seed and the number of the step alone, so that a resumed
/// training takes the same ones.
#[derive(Clone, Debug)]
pub struct Batches {
    rows: usize,
    size: usize,
    order: Order,
    random: Random,
    /// The permutation of this epoch.
    current: Option<(u64, Vec<u32>)>,
}

impl Batches {
    /// Batches of `size` out of `rows`.
    pub fn new(rows: usize, size: usize, order: Order, seed: u64, purpose: &str) -> Self {
        Batches { rows, size: size.clamp(1, rows.max(1)), order, random: Random::new(seed, purpose), current: None }
    }

    /// Steps of one pass through the data.
    pub fn per_epoch(&self) -> u64 {
        self.rows.div_ceil(self.size) as u64
    }

    /// The largest batch.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether every step takes all rows.
    pub fn is_full(&self) -> bool {
        self.size == self.rows
    }

    /// The rows of step `step`, from 0.
    pub fn rows(&mut self, step: u64, out: &mut Vec<u32>) {
        out.clear();
        let rows = self.rows as u32;
        if self.is_full() {
            out.extend(0..rows);
            return;
        }
        let (epoch, within) = (step / self.per_epoch(), (step % self.per_epoch()) as usize);
        let (from, to) = (within * self.size, ((within + 1) * self.size).min(self.rows));
        match self.order {
            Order::Sequential => out.extend(from as u32..to as u32),
            Order::Shuffled => {
                if self.current.as_ref().is_none_or(|(e, _)| *e != epoch) {
                    let mut list: Vec<u32> = (0..rows).collect();
                    shuffle(&mut list, self.rows, &self.random, epoch);
                    self.current = Some((epoch, list));
                }
                if let Some((_, list)) = &self.current {
                    out.extend_from_slice(&list[from..to]);
                }
            }
            Order::Random => {
                let mut list: Vec<u32> = (0..rows).collect();
                shuffle(&mut list, self.size, &self.random, step);
                out.extend_from_slice(&list[..self.size]);
            }
        }
    }
}

/// Fisher and Yates: the first `count` of the list become a random choice in random order.
fn shuffle(list: &mut [u32], count: usize, random: &Random, index: u64) {
    let mut stream = random.stream(index);
    for i in 0..count.min(list.len()) {
        let j = i + stream.below((list.len() - i) as u64) as usize;
        list.swap(i, j);
    }
}
