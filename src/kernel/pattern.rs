//! Which directions each result of a program depends on, read off its index tables.
//!
//! The tables of stages say which cells every term reads and writes, so dependence is carried from the inputs of
//! tier 2 through tapes, sums and scatters to the results, cell by cell: linear in the terms and in the places found.

use super::program::{After, LoopStage, Program, Stage};
use super::sparse::Pattern;
use crate::lanes::{Operation, Tape, UNIFORM};
use std::collections::BTreeSet;

/// Sets of directions, by cell: ranges of one store.
struct Dependence {
    ranges: Vec<(u32, u32)>,
    store: Vec<u32>,
    scratch: Vec<u32>,
    most: usize,
    full: bool,
}

impl Dependence {
    fn of(&self, cell: usize) -> &[u32] {
        let (from, to) = self.ranges[cell];
        &self.store[from as usize..to as usize]
    }

    /// The union of the sets of cells becomes that of `target`.
    fn join(&mut self, target: usize, cells: impl Iterator<Item = usize>) {
        self.scratch.clear();
        let mut only = None;
        let mut count = 0;
        for cell in cells {
            let (from, to) = self.ranges[cell];
            if from < to && only != Some((from, to)) {
                self.scratch.extend_from_slice(&self.store[from as usize..to as usize]);
                only = Some((from, to));
                count += 1;
            }
        }
        if count <= 1 {
            // One set, or none, is shared.
            self.ranges[target] = only.unwrap_or((0, 0));
            return;
        }
        self.scratch.sort_unstable();
        self.scratch.dedup();
        if self.store.len() + self.scratch.len() > self.most {
            self.full = true;
            return;
        }
        let from = self.store.len() as u32;
        self.store.extend_from_slice(&self.scratch);
        self.ranges[target] = (from, self.store.len() as u32);
    }

    fn tape(&mut self, tape: &Tape) {
        for i in &tape.code {
            let arguments = [i.a, i.b, i.c];
            let arguments = &arguments[..i.operation.arity()];
            self.join(i.target as usize, arguments.iter().map(|a| *a as usize));
            if i.operation == Operation::SinCos {
                self.ranges[i.c as usize] = self.ranges[i.target as usize];
            }
        }
    }

    fn family(&mut self, stage: &LoopStage) {
        // What each slot comes from: numbers of loads, or cells that all terms share.
        let mut slots: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); stage.terms.slots];
        for (k, (slot, _)) in stage.loads.iter().enumerate() {
            slots[*slot as usize].insert(k as u32);
        }
        let sources = |slots: &[BTreeSet<u32>], a: u32| -> BTreeSet<u32> {
            if a & UNIFORM != 0 { BTreeSet::from([a]) } else { slots[a as usize].clone() }
        };
        for i in &stage.terms.code {
            let arguments = [i.a, i.b, i.c];
            let joined = arguments[..i.operation.arity()].iter().flat_map(|a| sources(&slots, *a)).collect();
            if i.operation == Operation::SinCos {
                slots[i.c as usize] = BTreeSet::clone(&joined);
            }
            slots[i.target as usize] = joined;
        }
        for (slot, to) in &stage.stores {
            let from: Vec<u32> = sources(&slots, *slot).into_iter().collect();
            for term in 0..stage.count {
                let target = to.at(term);
                if target == 0 || self.full {
                    continue;
                }
                let cells = from.iter().map(|source| match source & UNIFORM {
                    0 => stage.loads[*source as usize].1.at(term),
                    _ => (source & !UNIFORM) as usize,
                });
                self.join(target, cells);
            }
        }
    }

    fn after(&mut self, program: &Program, after: &After) {
        match after {
            After::Sum { source, segments, target } | After::Extreme { source, segments, target, .. } => {
                for (part, range) in segments.windows(2).enumerate() {
                    let cells = (source + range[0]) as usize..(source + range[1]) as usize;
                    self.join(*target as usize + part, cells);
                }
            }
            After::Scan { source, target, count, length, reverse } => {
                for start in (0..*count as usize).step_by(*length as usize) {
                    let place = |i: usize| start + if *reverse { *length as usize - 1 - i } else { i };
                    for i in 0..*length as usize {
                        let before = (i > 0).then(|| *target as usize + place(i - 1));
                        let cells = before.into_iter().chain([*source as usize + place(i)]);
                        self.join(*target as usize + place(i), cells);
                    }
                }
            }
            After::Scatter { target, length, contributions } => {
                self.ranges[*target as usize..(target + length) as usize].fill((0, 0));
                for part in contributions {
                    for (term, cell) in part.cells.iter().enumerate().filter(|(_, cell)| **cell != 0) {
                        let cells = [*cell as usize, part.source as usize + term];
                        self.join(*cell as usize, cells.into_iter());
                    }
                }
            }
            After::Net { group, stage } => {
                let group = &program.nets[*group];
                for output in group.outputs.iter().filter(|o| o.stage == *stage) {
                    for term in 0..group.count {
                        let inputs = group.inputs.iter();
                        let cells = inputs.flat_map(|i| {
                            let first = i.cells[term] as usize;
                            first..first + i.length as usize
                        });
                        let cells: Vec<usize> = cells.collect();
                        for k in 0..output.length as usize {
                            let target = output.base as usize + term * output.length as usize + k;
                            self.join(target, cells.iter().copied());
                        }
                    }
                }
            }
            After::Solve { .. } => unreachable!("invariant: linearised programs solve nothing"),
        }
    }
}

/// The places that the results of a program along `n` directions can have, and the cell of each result; `None` where
/// there are more than `most`.
pub(super) fn pattern(program: &Program, n: usize, most: usize) -> Option<(Pattern, Vec<u32>)> {
    let cells = program.singles.max(program.cells());
    let mut dependence = Dependence {
        ranges: vec![(0, 0); cells],
        store: Vec::new(),
        scratch: Vec::new(),
        most: most.min(u32::MAX as usize),
        full: false,
    };
    for binding in &program.inputs[2] {
        for k in 0..binding.length {
            let from = dependence.store.len() as u32;
            dependence.store.push((binding.offset + k) as u32);
            dependence.ranges[binding.cell as usize + k] = (from, from + 1);
        }
    }
    for stage in &program.stages[2] {
        match stage {
            Stage::Scalar(stage) => dependence.tape(&stage.single),
            Stage::Loop(stage) => dependence.family(stage),
            Stage::After(after) => dependence.after(program, after),
        }
        if dependence.full {
            return None;
        }
    }
    let mut cell_of = vec![0u32; n];
    for binding in &program.outputs {
        for k in 0..binding.length {
            cell_of[binding.offset + k] = binding.cell + k as u32;
        }
    }
    let mut starts = vec![0u32];
    let mut columns = Vec::new();
    for cell in &cell_of {
        columns.extend_from_slice(dependence.of(*cell as usize));
        if columns.len() > most {
            return None;
        }
        starts.push(columns.len() as u32);
    }
    Some((Pattern::from_rows(n, &starts, &columns), cell_of))
}

/// Colours of the columns such that no two columns of one colour have a row in common, and how many: greedy, in order
/// (A. R. Curtis, M. J. D. Powell, J. K. Reid, J. Inst. Maths Applics 13 (1974) 117–119).
pub(super) fn colours(pattern: &Pattern) -> (Vec<u32>, usize) {
    let n = pattern.dimension();
    let rows = pattern.transposed();
    let mut colour = vec![u32::MAX; n];
    // The last column that each colour was forbidden for.
    let mut forbidden: Vec<u32> = Vec::new();
    for c in 0..n {
        for at in pattern.column(c) {
            for other in &rows.rows[rows.column(pattern.rows[at] as usize)] {
                if let Some(mark) = forbidden.get_mut(colour[*other as usize] as usize) {
                    *mark = c as u32 + 1;
                }
            }
        }
        let free = forbidden.iter().position(|mark| *mark != c as u32 + 1).unwrap_or(forbidden.len());
        if free == forbidden.len() {
            forbidden.push(0);
        }
        colour[c] = free as u32;
    }
    (colour, forbidden.len())
}
