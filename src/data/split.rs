//! Parts of a data set by fractions.

use super::dataset::Dataset;
use super::legacy::RandomState;
use crate::real::Random;

/// What is counted out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Whole trajectories.
    Trajectories,
    /// Rows.
    Rows,
    /// Groups of rows that stay together: blocks of cells, rows of one day.
    Groups,
}

/// The order in which trajectories or rows are dealt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As they stand.
    Given,
    /// By chance, with a seed.
    Shuffled(u64),
    /// By `numpy.random.RandomState(seed).permutation(n)`.
    Legacy(u32),
}

impl Order {
    /// The places `0..n` in this order.
    pub fn of(self, n: usize) -> Vec<usize> {
        let mut list: Vec<usize> = (0..n).collect();
        match self {
            Order::Given => {}
            Order::Shuffled(seed) => {
                let mut numbers = Random::new(seed, "split").stream(0);
                for k in (1..n).rev() {
                    let j = numbers.below(k as u64 + 1) as usize;
                    list.swap(k, j);
                }
            }
            Order::Legacy(seed) => RandomState::new(seed).shuffle(&mut list),
        }
        list
    }
}

/// Sizes of parts of `n`: part k ends at `⌊n·(f₁ + … + f_k)⌋`, the last one at `n`. Fractions are those of
/// the text, so a sum such as 0.7 + 0.1 is meant as written, and 1e-9 of a row is no row.
pub fn sizes(fractions: &[f64], n: usize) -> Vec<usize> {
    let mut ends = Vec::with_capacity(fractions.len());
    let mut sum = 0.0;
    for (k, f) in fractions.iter().enumerate() {
        sum += f;
        let end = if k + 1 == fractions.len() { n } else { (n as f64 * sum + 1e-9).floor() as usize };
        ends.push(end.min(n));
    }
    ends.iter().enumerate().map(|(k, end)| end - if k == 0 { 0 } else { ends[k - 1] }).collect()
}

/// The parts, in the order of the fractions. Shuffled rows are scattered; rows in order keep their trials.
pub fn split(data: &Dataset, fractions: &[f64], by: By, order: Order) -> Vec<Dataset> {
    let n = match by {
        By::Trajectories => data.trials().len(),
        By::Rows | By::Groups => data.rows(),
    };
    let list = order.of(n);
    let mut at = 0;
    sizes(fractions, n)
        .into_iter()
        .map(|size| {
            let from = at;
            at += size;
            match by {
                By::Trajectories => data.of_trials(&list[from..at]),
                By::Rows if order == Order::Given => data.of_rows(from..at),
                By::Rows | By::Groups => data.of_scattered(&list[from..at]),
            }
        })
        .collect()
}

/// The parts by groups of rows: `keys[row]` tells which rows belong together. Groups are dealt in the order of their
/// keys, or shuffled; the rows of a part keep their order among each other.
pub fn by_groups(data: &Dataset, keys: &[Vec<u64>], fractions: &[f64], order: Order) -> Vec<Dataset> {
    let mut groups: Vec<&Vec<u64>> = keys.iter().collect();
    groups.sort();
    groups.dedup();
    let list = order.of(groups.len());
    let mut part = vec![0; groups.len()];
    let mut at = 0;
    for (k, size) in sizes(fractions, groups.len()).into_iter().enumerate() {
        list[at..at + size].iter().for_each(|g| part[*g] = k);
        at += size;
    }
    let mut rows = vec![Vec::new(); fractions.len()];
    for (row, key) in keys.iter().enumerate() {
        if let Ok(g) = groups.binary_search(&key) {
            rows[part[g]].push(row);
        }
    }
    rows.iter().map(|list| data.of_scattered(list)).collect()
}

/// A number as a key that sorts as it does.
pub fn key(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_add_up_and_end_where_the_fractions_do() {
        assert_eq!(sizes(&[0.7, 0.1, 0.2], 200), [140, 20, 40]);
        assert_eq!(sizes(&[0.7, 0.15, 0.15], 10), [7, 1, 2]);
        assert_eq!(sizes(&[0.85, 0.15], 625), [531, 94]);
        assert_eq!(sizes(&[0.8, 0.2], 555), [444, 111]);
        assert_eq!(sizes(&[0.5, 0.5], 1), [0, 1]);
    }

    #[test]
    fn keys_sort_as_their_numbers() {
        let list = [-3.0, -1e-9, 0.0, 2e-300, 1.0, 7.5];
        assert!(list.windows(2).all(|w| key(w[0]) < key(w[1])));
        assert_eq!(key(0.0), key(-0.0));
    }

    #[test]
    fn shuffled_orders_hold_every_place_once_and_repeat() {
        for order in [Order::Shuffled(4), Order::Legacy(4)] {
            let mut list = order.of(100);
            assert_eq!(list, order.of(100));
            assert_ne!(list, Order::Given.of(100));
            list.sort_unstable();
            assert_eq!(list, Order::Given.of(100));
        }
        assert_ne!(Order::Shuffled(4).of(100), Order::Shuffled(5).of(100));
    }
}
