//! Shared values: where they lie, and the steps before and after the blocks.

use super::super::step::SharedStep;
use super::{Definition, Planner, SharedRef, Value};

impl Planner<'_> {
    /// Where a shared value can be read.
    pub(super) fn shared_ref(&self, v: Value) -> SharedRef {
        let shape = self.b.shape(v);
        let cols = shape.cols() as usize;
        let dense = |parameter, offset| SharedRef {
            parameter,
            offset,
            row: if shape.rows() == 1 { 0 } else { cols },
            col: if cols == 1 { 0 } else { 1 },
        };
        if let Some(&at) = self.acc.get(&v) {
            return dense(None, at);
        }
        match self.b.definition(v) {
            Definition::Parameter { slot } => dense(Some(*slot), 0),
            Definition::Column { of, at } => {
                let r = self.shared_ref(*of);
                SharedRef { offset: r.offset + *at as usize * r.col, col: 0, ..r }
            }
            Definition::Reshape(of) => {
                let r = self.shared_ref(*of);
                SharedRef { row: r.col, col: r.row, ..r }
            }
            Definition::Slice { of, from } => {
                let r = self.shared_ref(*of);
                let row = if shape.rows() == 1 { 0 } else { r.row };
                SharedRef { offset: r.offset + *from as usize * r.row, row, ..r }
            }
            Definition::Spread(of) => SharedRef { row: 0, col: 0, ..self.shared_ref(*of) },
            _ => dense(None, self.places_of_shared(v)),
        }
    }

    fn places_of_shared(&self, v: Value) -> usize {
        self.places.get(&v).map_or_else(|| panic!("invariant: {v:?} has a place"), |p| p.unit)
    }

    /// The steps of all shared values, and what the outputs are.
    pub(super) fn shared_steps(&mut self, outputs: &[Value]) {
        for v in self.values() {
            if self.is_lanes(v) || self.acc.contains_key(&v) {
                continue;
            }
            let shape = self.b.shape(v);
            let (rows, cols) = (shape.rows() as usize, shape.cols() as usize);
            let definition = self.b.definition(v).clone();
            if matches!(
                definition,
                Definition::Parameter { .. }
                    | Definition::Column { .. }
                    | Definition::Reshape(_)
                    | Definition::Slice { .. }
                    | Definition::Spread(_)
            ) {
                continue;
            }
            let to = self.reserve(rows * cols);
            self.places.insert(v, super::Place { unit: to, stride: 0 });
            let step = match definition {
                Definition::Constant(bits) => {
                    self.plan.constants.push((to, f64::from_bits(bits)));
                    continue;
                }
                Definition::Elementwise(op, args) => {
                    let mut refs = args.map(|a| self.shared_ref(a));
                    for (r, a) in refs.iter_mut().zip(args) {
                        if self.b.shape(a) != shape {
                            (r.row, r.col) = (0, 0);
                        }
                    }
                    SharedStep::Apply { op, to, rows, cols, args: refs }
                }
                Definition::SumEntries(x) => {
                    let own = self.b.shape(x);
                    SharedStep::Sum { of: self.shared_ref(x), rows: own.rows() as usize, cols: own.cols() as usize, to }
                }
                Definition::AtColumn { column, at } => SharedStep::Rows {
                    to,
                    cols,
                    count: rows,
                    parts: vec![(self.shared_ref(column), (0..rows).collect(), at as usize, 1)],
                },
                Definition::Concat(parts) => {
                    let mut from = 0;
                    let mut list = Vec::new();
                    for p in &parts {
                        let n = self.b.shape(*p).rows() as usize;
                        list.push((self.shared_ref(*p), (from..from + n).collect(), 0, cols));
                        from += n;
                    }
                    SharedStep::Rows { to, cols, count: rows, parts: list }
                }
                Definition::Gather(x, map) => {
                    let r = self.shared_ref(x);
                    let parts = map
                        .iter()
                        .enumerate()
                        .map(|(i, &from)| {
                            (SharedRef { offset: r.offset + from as usize * r.row, ..r }, vec![i], 0, cols)
                        })
                        .collect();
                    SharedStep::Rows { to, cols, count: rows, parts }
                }
                Definition::ScatterAdd(x, map) => SharedStep::Rows {
                    to,
                    cols,
                    count: rows,
                    parts: vec![(self.shared_ref(x), map.iter().map(|&i| i as usize).collect(), 0, cols)],
                },
                other => panic!("invariant: {other:?} is no shared value"),
            };
            if self.late[v.0 as usize] { self.plan.epilogue.push(step) } else { self.plan.prologue.push(step) }
        }
        for &v in outputs {
            let shape = self.b.shape(v);
            let (rows, cols) = (shape.rows() as usize, shape.cols() as usize);
            let r = self.shared_ref(v);
            let dense = r.parameter.is_none() && (rows == 1 || r.row == cols) && (cols == 1 || r.col == 1);
            let r = if dense {
                r
            } else {
                let to = self.reserve(rows * cols);
                let step = SharedStep::Apply { op: crate::lanes::Operation::Copy, to, rows, cols, args: [r; 3] };
                self.plan.epilogue.push(step);
                SharedRef { parameter: None, offset: to, row: cols, col: 1 }
            };
            self.plan.shared.push((r, rows, cols));
        }
    }
}
