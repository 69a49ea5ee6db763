//! One stage of a program on lanes.

use super::elementwise::{Apply, Argument};
use super::product::{Product, product};
use super::{CHUNK, Definition, Earlier, Memory, Ordered, Place, Shape, Step, Value, Weights};
use crate::lanes::{Level, dispatch};
use std::ops::Range;

impl Memory {
    /// Room for a program on so many lanes.
    pub fn resize(&mut self, program: &Ordered, lanes: usize) {
        if self.lanes == lanes && self.locals.len() == program.locals {
            return;
        }
        self.lanes = lanes;
        self.chunks = vec![vec![Vec::new(); program.kept]; lanes.div_ceil(CHUNK)];
        self.locals = vec![Vec::new(); program.locals];
    }
}

/// Everything that a step reads.
struct Chunk<'a> {
    program: &'a Ordered,
    weights: &'a Weights,
    kept: &'a [Vec<f64>],
    locals: &'a [Vec<f64>],
    repeated: &'a [Vec<f64>; 3],
    /// Which arguments are repeated.
    from_before: [bool; 3],
    lanes: usize,
}

impl Chunk<'_> {
    fn numbers(&self, argument: usize, value: Value) -> &[f64] {
        match self.program.values[value.0 as usize].place {
            _ if self.from_before[argument] => &self.repeated[argument],
            Place::Kept(place) => &self.kept[place as usize],
            Place::Local(place) => &self.locals[place as usize],
            Place::Shared(place) => &self.weights.values[place as usize],
        }
    }

    /// Numbers of one feature.
    fn width(&self, shape: Shape) -> usize {
        shape.cols() as usize * self.lanes
    }
}

impl Ordered {
    /// Runs a stage. `load(slot, lanes, out)` fills an input, feature by feature, each with these lanes;
    /// `store(output, lanes, values)` takes an output that is new in this stage.
    #[expect(clippy::too_many_arguments, reason = "what a stage reads, and where its numbers come from and go")]
    pub fn run(
        &self,
        stage: u32,
        level: Level,
        weights: &Weights,
        memory: &mut Memory,
        earlier: Option<Earlier<'_>>,
        mut load: impl FnMut(u32, Range<usize>, &mut [f64]),
        mut store: impl FnMut(u32, Range<usize>, &[f64]),
    ) {
        let lanes = memory.lanes;
        for (number, first) in (0..lanes).step_by(CHUNK).enumerate() {
            let range = first..lanes.min(first + CHUNK);
            for step in &self.stages[stage as usize] {
                self.step(step, level, weights, memory, number, &range, earlier, &mut load, &mut store);
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the arguments of `run`, for one value and chunk")]
    fn step(
        &self,
        step: &Step,
        level: Level,
        weights: &Weights,
        memory: &mut Memory,
        number: usize,
        range: &Range<usize>,
        earlier: Option<Earlier<'_>>,
        load: &mut impl FnMut(u32, Range<usize>, &mut [f64]),
        store: &mut impl FnMut(u32, Range<usize>, &[f64]),
    ) {
        let Memory { chunks, locals, repeated, .. } = memory;
        let kept = &mut chunks[number];
        let mut from_before = [false; 3];
        let mut repeat = |number: usize, value: Value, repeated: &mut [Vec<f64>; 3]| {
            if let Some((earlier, place)) = self.before(earlier, value) {
                earlier.repeat_into(place, self.shape(value), range, &mut repeated[number]);
                from_before[number] = true;
            }
        };
        let value = match *step {
            Step::Give(value, output) => {
                repeat(0, value, repeated);
                let chunk = Chunk { program: self, weights, kept, locals, repeated, from_before, lanes: range.len() };
                return store(output, range.clone(), chunk.numbers(0, value));
            }
            Step::Compute(value) => value,
        };
        let planned = &self.values[value.0 as usize];
        let mut out = match planned.place {
            Place::Kept(place) => std::mem::take(&mut kept[place as usize]),
            Place::Local(place) => std::mem::take(&mut locals[place as usize]),
            Place::Shared(_) => return,
        };
        let width = planned.shape.cols() as usize * range.len();
        out.resize(planned.shape.rows() as usize * width, 0.0);
        match &planned.definition {
            Definition::Product(_, x) | Definition::ProductTransposed(_, x) => repeat(1, *x, repeated),
            Definition::Elementwise(_, arguments) => (0..3).for_each(|k| repeat(k, arguments[k], repeated)),
            Definition::Spread(x)
            | Definition::SumFeatures(x)
            | Definition::Slice { of: x, .. }
            | Definition::Reshape(x)
            | Definition::Gather(x, _)
            | Definition::ScatterAdd(x, _) => repeat(0, *x, repeated),
            _ => {}
        }
        match &planned.definition {
            Definition::Input { slot } => load(*slot, range.clone(), &mut out),
            Definition::Concat(parts) => {
                let mut at = 0;
                for part in parts {
                    let numbers = match self.before(earlier, *part) {
                        Some((earlier, place)) => {
                            earlier.repeat_into(place, self.shape(*part), range, &mut repeated[0]);
                            &repeated[0]
                        }
                        None => match self.values[part.0 as usize].place {
                            Place::Kept(place) => &kept[place as usize],
                            Place::Local(place) => &locals[place as usize],
                            Place::Shared(place) => &weights.values[place as usize],
                        },
                    };
                    out[at..at + numbers.len()].copy_from_slice(numbers);
                    at += numbers.len();
                }
            }
            definition => {
                let chunk = Chunk { program: self, weights, kept, locals, repeated, from_before, lanes: range.len() };
                chunk.compute(level, definition, planned.shape, &mut out);
            }
        }
        match planned.place {
            Place::Kept(place) => kept[place as usize] = out,
            Place::Local(place) => locals[place as usize] = out,
            Place::Shared(_) => {}
        }
    }

    /// The earlier memory that holds a value, and its place there.
    fn before<'a>(&self, earlier: Option<Earlier<'a>>, value: Value) -> Option<(Earlier<'a>, usize)> {
        let planned = &self.values[value.0 as usize];
        match (earlier, planned.place) {
            (Some(earlier), Place::Kept(place)) if planned.stage < earlier.stages => Some((earlier, place as usize)),
            _ => None,
        }
    }
}

impl Earlier<'_> {
    /// A kept value of the earlier memory for lanes of this one.
    fn repeat_into(&self, place: usize, shape: Shape, range: &Range<usize>, out: &mut Vec<f64>) {
        let rows = shape.rows() as usize * shape.cols() as usize;
        out.clear();
        for row in 0..rows {
            for lane in range.clone() {
                let lane = lane / self.repeat;
                let chunk = lane / CHUNK;
                let lanes = self.memory.lanes.min((chunk + 1) * CHUNK) - chunk * CHUNK;
                out.push(self.memory.chunks[chunk][place][row * lanes + lane % CHUNK]);
            }
        }
    }
}

impl Chunk<'_> {
    fn compute(&self, level: Level, definition: &Definition, shape: Shape, out: &mut [f64]) {
        let (program, width) = (self.program, self.width(shape));
        match definition {
            Definition::Product(w, x) | Definition::ProductTransposed(w, x) => {
                let Place::Shared(place) = program.values[w.0 as usize].place else { return };
                let matrix = match definition {
                    Definition::Product(..) => self.weights.transposed[place as usize].as_ref(),
                    _ => Some(&self.weights.values[place as usize]),
                };
                let matrix = matrix.expect("invariant: transposed where a product asks for it");
                let (rows, x) = (shape.rows() as usize, self.numbers(1, *x));
                let inner = matrix.len() / rows;
                product(level, Product { matrix, rows, inner, x, width, out });
            }
            Definition::Elementwise(operation, arguments) => {
                let views = [0, 1, 2].map(|k| self.numbers(k, arguments[k]));
                let shapes = arguments.map(|a| program.shape(a));
                // All numbers at once where no argument is repeated along features or lanes.
                if views.iter().all(|v| v.len() == out.len() || v.len() == 1) {
                    let argument = |k: usize| match views[k] {
                        [x] => Argument::Same(*x),
                        each => Argument::Each(each),
                    };
                    dispatch(level, Apply { operation: *operation, arguments: [0, 1, 2].map(argument), out });
                    return;
                }
                for (feature, row) in out.chunks_exact_mut(width).enumerate() {
                    let argument = |k: usize| match shapes[k] {
                        Shape::NUMBER => Argument::Same(views[k][0]),
                        Shape::Shared { .. } => Argument::Same(views[k][feature]),
                        Shape::Lanes { features: 1, .. } => Argument::Each(&views[k][..width]),
                        Shape::Lanes { .. } => Argument::Each(&views[k][feature * width..][..width]),
                    };
                    let arguments = [0, 1, 2].map(argument);
                    dispatch(level, Apply { operation: *operation, arguments, out: row });
                }
            }
            Definition::Spread(of) => {
                let numbers = self.numbers(0, *of);
                for (feature, row) in out.chunks_exact_mut(width).enumerate() {
                    match program.shape(*of) {
                        Shape::NUMBER => row.fill(numbers[0]),
                        Shape::Shared { .. } => row.fill(numbers[feature]),
                        Shape::Lanes { .. } => row.copy_from_slice(&numbers[..width]),
                    }
                }
            }
            Definition::SumFeatures(x) => {
                let rows = self.numbers(0, *x).chunks_exact(width);
                for (feature, row) in rows.enumerate() {
                    match feature {
                        0 => out.copy_from_slice(row),
                        _ => out.iter_mut().zip(row).for_each(|(sum, x)| *sum += x),
                    }
                }
            }
            Definition::Slice { of, from } => {
                out.copy_from_slice(&self.numbers(0, *of)[*from as usize * width..][..out.len()]);
            }
            Definition::Reshape(x) => out.copy_from_slice(self.numbers(0, *x)),
            Definition::Gather(x, map) => {
                let numbers = self.numbers(0, *x);
                for (row, from) in out.chunks_exact_mut(width).zip(map.iter()) {
                    row.copy_from_slice(&numbers[*from as usize * width..][..width]);
                }
            }
            Definition::ScatterAdd(x, map) => {
                out.fill(0.0);
                for (row, to) in self.numbers(0, *x).chunks_exact(width).zip(map.iter()) {
                    let target = &mut out[*to as usize * width..][..width];
                    target.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
                }
            }
            other => panic!("invariant: {other:?} is no part of a function of one state"),
        }
    }
}
