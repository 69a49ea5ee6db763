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
    /// Step k begins at row `k·size mod rows` and goes no further than the last row, so that the short batch at the
    /// end of a pass is another one in each pass: the order of Sosanya and Greydanus (2022). The first rows then
    /// count less than those in the middle, and the last ones more.
    Cyclic,
}

impl Order {
    /// Words in a file.
    pub const WORDS: &'static [(&'static str, Order)] = &[
        ("shuffled", Order::Shuffled),
        ("random", Order::Random),
        ("sequential", Order::Sequential),
        ("cyclic", Order::Cyclic),
    ];
}

/// The rows of every step: a function of the seed and the number of the step alone, so that a resumed
/// training takes the same ones.
#[derive(Clone, Debug)]
pub struct Batches {
    rows: usize,
    size: usize,
    order: Order,
    random: Random,
    /// The epoch that `list` is the permutation of.
    epoch: Option<u64>,
    /// All rows: permuted for an epoch, else in order.
    list: Vec<u32>,
    /// The exchanges of one draw, to be taken back.
    exchanges: Vec<u32>,
}

impl Batches {
    /// Batches of `size` out of `rows`.
    pub fn new(rows: usize, size: usize, order: Order, seed: u64, purpose: &str) -> Self {
        let (size, random) = (size.clamp(1, rows.max(1)), Random::new(seed, purpose));
        let listed = size < rows && matches!(order, Order::Shuffled | Order::Random);
        let list = if listed { (0..rows as u32).collect() } else { Vec::new() };
        Batches { rows, size, order, random, epoch: None, list, exchanges: Vec::new() }
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
            Order::Cyclic => {
                let from = (step % self.rows as u64 * self.size as u64 % self.rows as u64) as u32;
                out.extend(from..(from + self.size as u32).min(rows));
            }
            Order::Shuffled => {
                if self.epoch != Some(epoch) {
                    self.list.iter_mut().zip(0..).for_each(|(row, k)| *row = k);
                    self.draw(self.rows, epoch);
                    self.epoch = Some(epoch);
                }
                out.extend_from_slice(&self.list[from..to]);
            }
            Order::Random => {
                self.draw(self.size, step);
                out.extend_from_slice(&self.list[..self.size]);
                for (i, j) in self.exchanges.iter().enumerate().rev() {
                    self.list.swap(i, *j as usize);
                }
            }
        }
    }

    /// Fisher and Yates: the first `count` of the list become a random choice in random order.
    fn draw(&mut self, count: usize, index: u64) {
        let mut stream = self.random.stream(index);
        self.exchanges.clear();
        for i in 0..count.min(self.list.len()) {
            let j = i + stream.below((self.list.len() - i) as u64) as usize;
            self.list.swap(i, j);
            self.exchanges.push(j as u32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_goes_on_where_a_pass_would_begin_again() {
        let (mut batches, mut rows) = (Batches::new(531, 128, Order::Cyclic, 3, "x"), Vec::new());
        batches.rows(4, &mut rows);
        assert_eq!(rows, (512..531).collect::<Vec<u32>>());
        batches.rows(5, &mut rows);
        assert_eq!(rows, (109..237).collect::<Vec<u32>>());
    }

    #[test]
    fn every_row_comes_once_an_epoch_and_steps_do_not_depend_on_each_other() {
        let mut batches = Batches::new(10, 4, Order::Shuffled, 3, "x");
        let mut rows = Vec::new();
        let mut steps: Vec<Vec<u32>> = Vec::new();
        for step in 0..6 {
            batches.rows(step, &mut rows);
            steps.push(rows.clone());
        }
        for epoch in [0, 3] {
            let mut all = steps[epoch..epoch + 3].concat();
            all.sort_unstable();
            assert_eq!(all, (0..10).collect::<Vec<u32>>());
        }
        assert_ne!(steps[..3], steps[3..]);
        for order in [Order::Shuffled, Order::Random, Order::Sequential, Order::Cyclic] {
            let mut forwards = Batches::new(10, 4, order, 3, "x");
            let list: Vec<Vec<u32>> = (0..6)
                .map(|step| {
                    forwards.rows(step, &mut rows);
                    rows.clone()
                })
                .collect();
            for step in [5, 0, 4, 2] {
                Batches::new(10, 4, order, 3, "x").rows(step, &mut rows);
                assert_eq!(rows, list[step as usize], "{order:?}, step {step}");
                let mut distinct = rows.clone();
                distinct.sort_unstable();
                distinct.dedup();
                assert_eq!(distinct.len(), rows.len());
            }
        }
    }
}
