//! Memory by liveness: units of lanes, and scratch slots of kernels.

use super::kernel::{Op, Operand};
use rustc_hash::FxHashMap;

/// Starts of intervals `(first, last, size)` such that those alive together do not overlap, and the
/// total: first fit in the order of their beginning, larger ones first.
pub(super) fn place(intervals: &[(usize, usize, usize)]) -> (Vec<usize>, usize) {
    let mut order: Vec<usize> = (0..intervals.len()).collect();
    order.sort_by_key(|&i| (intervals[i].0, std::cmp::Reverse(intervals[i].2)));
    let mut starts = vec![0; intervals.len()];
    let mut placed: Vec<usize> = Vec::new();
    let mut total = 0;
    for i in order {
        let (first, last, size) = intervals[i];
        let mut taken: Vec<(usize, usize)> = placed
            .iter()
            .filter(|&&j| intervals[j].0 <= last && first <= intervals[j].1)
            .map(|&j| (starts[j], starts[j] + intervals[j].2))
            .collect();
        taken.sort_unstable();
        let mut at = 0;
        for (from, to) in taken {
            if at + size <= from {
                break;
            }
            at = at.max(to);
        }
        starts[i] = at;
        total = total.max(at + size);
        placed.push(i);
    }
    (starts, total)
}

/// Gives the values in slots numbers that are used again after their last reading; returns how many.
pub(super) fn slots(ops: &mut [Op]) -> usize {
    let mut last: FxHashMap<usize, usize> = FxHashMap::default();
    for (at, op) in ops.iter_mut().enumerate() {
        visit(op, |operand| {
            if let Operand::Slot(v) = operand {
                last.insert(*v, at);
            }
        });
    }
    let mut number: FxHashMap<usize, usize> = FxHashMap::default();
    let mut free: Vec<usize> = Vec::new();
    let mut count = 0;
    for (at, op) in ops.iter_mut().enumerate() {
        let mut ended = Vec::new();
        visit(op, |operand| {
            if let Operand::Slot(v) = operand {
                let slot = *number.entry(*v).or_insert_with(|| {
                    free.pop().unwrap_or_else(|| {
                        count += 1;
                        count - 1
                    })
                });
                if last[v] == at && !ended.contains(&slot) {
                    ended.push(slot);
                }
                *operand = Operand::Slot(slot);
            }
        });
        free.extend(ended);
    }
    count
}

/// All operands of an operation, arguments first. Arguments that an operation does not use repeat the first.
fn visit(op: &mut Op, mut f: impl FnMut(&mut Operand)) {
    match op {
        Op::Apply { to, args, .. } => {
            args.iter_mut().for_each(&mut f);
            f(to);
        }
        Op::Thin { to, .. } => f(to),
        Op::SumFeatures { of, .. } | Op::SumLanes { of, .. } | Op::Outer { of, .. } => f(of),
    }
}
