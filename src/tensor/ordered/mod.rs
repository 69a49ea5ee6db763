//! Programs in f64 with a fixed order of every sum, for states and their lanes.
//!
//! A number of a lane depends on that lane alone, and every sum runs over features in order: one
//! state, many states and any instruction set give the same bits. Training wants speed and any order
//! within a block, which is [`super::Compiled`]'s; here a trained net is part of a vector field.
//!
//! The program is cut into *stages*: an input belongs to one, everything else to the last stage of
//! what it is made of. A stage runs once its inputs are there, on any number of lanes, and keeps what
//! later stages read. What is made of shared matrices alone is computed once for given parameters
//! ([`Weights`]).
//!
//! | file | what it holds |
//! |---|---|
//! | `mod` | planning, memory |
//! | `run` | one stage at work |
//! | `product` | products in order |
//! | `elementwise` | operations on runs of numbers |

mod elementwise;
mod product;
mod run;

use super::builder::{Builder, Definition, Multiplication, Shape, Value};
use crate::lanes::{Level, dispatch};
use elementwise::{Apply, Argument};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Lanes that go through a stage together: their values stay in the caches.
const CHUNK: usize = 64;

/// Where the numbers of a value are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Among the shared values.
    Shared(u32),
    /// Kept for later stages.
    Kept(u32),
    /// Gone when the stage ends.
    Local(u32),
}

/// A value of a plan.
#[derive(Clone, Debug)]
struct Planned {
    definition: Definition,
    shape: Shape,
    stage: u32,
    place: Place,
}

/// What a stage does with one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Computes it.
    Compute(Value),
    /// Hands it to the caller as an output.
    Give(Value, u32),
}

impl Step {
    fn value(self) -> Value {
        match self {
            Step::Compute(value) | Step::Give(value, _) => value,
        }
    }

    /// Calls `visit` for what it reads.
    fn reads(self, b: &Builder, mut visit: impl FnMut(Value)) {
        match self {
            Step::Compute(value) => b.arguments(value, visit),
            Step::Give(value, _) => visit(value),
        }
    }
}

/// A planned program.
#[derive(Clone, Debug)]
pub struct Ordered {
    /// By number of the value; what no output needs stands for itself and is not run.
    values: Arc<[Planned]>,
    /// Shared values in order.
    shared: Arc<[Value]>,
    /// The steps of each stage, in order.
    stages: Arc<[Vec<Step>]>,
    kept: usize,
    locals: usize,
}

/// What parameters and shared constants amount to, with the layouts that products need.
#[derive(Clone, Debug)]
pub struct Weights {
    /// By place.
    values: Arc<[Vec<f64>]>,
    /// Matrices of `W X`, transposed, by place.
    transposed: Arc<[Option<Vec<f64>>]>,
}

/// The numbers of one run: what stages keep for each other.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    lanes: usize,
    /// For each chunk of lanes the kept values.
    chunks: Vec<Vec<Vec<f64>>>,
    locals: Vec<Vec<f64>>,
    /// Arguments of earlier memory, repeated.
    repeated: [Vec<f64>; 3],
}

/// What an earlier memory holds: the stages below `stages` ran there, one lane for each `repeat`
/// lanes here.
#[derive(Clone, Copy, Debug)]
pub struct Earlier<'a> {
    /// Where they ran.
    pub memory: &'a Memory,
    /// The first stage that did not.
    pub stages: u32,
    /// Lanes here for one lane there.
    pub repeat: usize,
}

impl Ordered {
    /// Plans what `outputs` need, lanes that are given in a stage that their inputs allow. Input `slot`
    /// comes in stage `stage(slot)`; there are `stages`.
    ///
    /// Sums over lanes are no function of one state: a program with one is refused by panic.
    pub fn new(b: &Builder, stages: u32, stage: impl Fn(u32) -> u32, outputs: &[(Value, u32)]) -> Ordered {
        let asked: Vec<Value> = outputs.iter().map(|(value, _)| *value).collect();
        let live = b.reachable(&asked);
        let mut values: Vec<Planned> = Vec::with_capacity(b.len());
        let mut shared = Vec::new();
        let mut last_use = vec![0u32; b.len()];
        for (i, alive) in live.iter().enumerate() {
            let value = Value(i as u32);
            let (definition, shape) = (b.definition(value).clone(), b.shape(value));
            let mut own = if let Definition::Input { slot } = definition { stage(slot) } else { 0 };
            b.arguments(value, |a| own = own.max(values[a.0 as usize].stage));
            let mut place = Place::Local(u32::MAX);
            if *alive {
                b.arguments(value, |a| last_use[a.0 as usize] = last_use[a.0 as usize].max(own));
                if !shape.is_lanes() {
                    place = Place::Shared(shared.len() as u32);
                    shared.push(value);
                }
            }
            values.push(Planned { definition, shape, stage: own, place });
        }
        for (value, stage) in outputs {
            let last = &mut last_use[value.0 as usize];
            *last = (*last).max(*stage);
        }
        let mut plan = vec![Vec::new(); stages as usize];
        let mut kept = 0;
        for (i, planned) in values.iter_mut().enumerate().filter(|(i, _)| live[*i]) {
            if matches!(planned.place, Place::Shared(_)) {
                continue;
            }
            if last_use[i] > planned.stage {
                planned.place = Place::Kept(kept);
                kept += 1;
            }
            let value = Value(i as u32);
            plan[planned.stage as usize].push(Step::Compute(value));
            for (number, _) in outputs.iter().enumerate().filter(|(_, o)| **o == (value, planned.stage)) {
                plan[planned.stage as usize].push(Step::Give(value, number as u32));
            }
        }
        for (number, (value, stage)) in outputs.iter().enumerate() {
            if values[value.0 as usize].stage < *stage {
                plan[*stage as usize].push(Step::Give(*value, number as u32));
            }
        }
        let locals = plan.iter().map(|steps| share_locals(b, steps, &mut values)).max().unwrap_or(0);
        Ordered { values: values.into(), shared: shared.into(), stages: plan.into(), kept: kept as usize, locals }
    }

    /// Numbers that one lane keeps between stages.
    pub fn kept_numbers(&self) -> u64 {
        let kept = self.values.iter().filter(|v| matches!(v.place, Place::Kept(_)));
        kept.map(|v| u64::from(v.shape.rows()) * u64::from(v.shape.cols())).sum()
    }

    /// Whether a stage has anything to do.
    pub fn is_idle(&self, stage: u32) -> bool {
        self.stages[stage as usize].is_empty()
    }

    /// The products of all stages, each with the number of its stage; parameters are those of the program.
    pub fn multiplications(&self) -> Vec<(u32, Multiplication)> {
        let parameter = |mut v: Value| {
            // What a shared matrix is made of has the parameter first.
            loop {
                match &self.values[v.0 as usize].definition {
                    Definition::Parameter { slot } => return Some(*slot),
                    Definition::Elementwise(_, arguments) => v = arguments[0],
                    Definition::Reshape(of) | Definition::Spread(of) => v = *of,
                    _ => return None,
                }
            }
        };
        let shape = |v: Value| self.values[v.0 as usize].shape;
        let mut list = Vec::new();
        for (stage, step) in self.stages.iter().enumerate().flat_map(|(k, steps)| steps.iter().map(move |s| (k, s))) {
            let Step::Compute(value) = step else { continue };
            let planned = &self.values[value.0 as usize];
            if let Some((m, w)) = Multiplication::of(&planned.definition, shape, planned.shape) {
                list.push((stage as u32, Multiplication { slot: w.and_then(parameter), ..m }));
            }
        }
        list
    }

    /// Operations that a stage takes for one lane: products by their multiplications, all else by numbers.
    pub fn operations(&self, stage: u32) -> usize {
        let size = |shape: Shape| shape.rows() as usize * shape.cols() as usize;
        let of = |step: &Step| match (step, &self.values[step.value().0 as usize].definition) {
            (Step::Give(..), _) => 0,
            (Step::Compute(value), Definition::Product(w, _) | Definition::ProductTransposed(w, _)) => {
                size(self.shape(*w)) * self.shape(*value).cols() as usize
            }
            (Step::Compute(value), _) => size(self.shape(*value)),
        };
        self.stages[stage as usize].iter().map(of).sum()
    }

    fn shape(&self, value: Value) -> Shape {
        self.values[value.0 as usize].shape
    }

    /// Computes what is shared, for parameters by slot, each row by row.
    pub fn weights(&self, level: Level, parameters: &[Vec<f64>]) -> Weights {
        let mut done: Vec<Vec<f64>> = Vec::with_capacity(self.shared.len());
        let mut at: FxHashMap<Value, usize> = FxHashMap::default();
        for &value in self.shared.iter() {
            let planned = &self.values[value.0 as usize];
            let count = planned.shape.rows() as usize * planned.shape.cols() as usize;
            let known = |v: &Value| done[at[v]].as_slice();
            let numbers = match &planned.definition {
                Definition::Constant(bits) => vec![f64::from_bits(*bits)],
                Definition::Parameter { slot } => parameters[*slot as usize].clone(),
                Definition::Elementwise(operation, arguments) => {
                    let arguments = arguments.map(|a| match known(&a) {
                        [x] => Argument::Same(*x),
                        each => Argument::Each(each),
                    });
                    let mut out = vec![0.0; count];
                    dispatch(level, Apply { operation: *operation, arguments, out: &mut out });
                    out
                }
                Definition::Spread(of) => match known(of) {
                    [x] => vec![*x; count],
                    column => {
                        let times = count / column.len();
                        column.iter().flat_map(|x| std::iter::repeat_n(*x, times)).collect()
                    }
                },
                Definition::Slice { of, from } => {
                    let cols = planned.shape.cols() as usize;
                    known(of)[*from as usize * cols..][..count].to_vec()
                }
                Definition::Column { of, at } => {
                    let cols = self.shape(*of).cols() as usize;
                    known(of).chunks_exact(cols).map(|row| row[*at as usize]).collect()
                }
                Definition::Reshape(of) => known(of).to_vec(),
                Definition::Concat(parts) => parts.iter().flat_map(|part| known(part).to_vec()).collect(),
                other => panic!("invariant: {other:?} is no part of a function of one state"),
            };
            assert_eq!(numbers.len(), count, "invariant: parameters have their shapes");
            at.insert(value, done.len());
            done.push(numbers);
        }
        let mut transposed = vec![None; done.len()];
        for planned in self.stages.iter().flatten().map(|step| &self.values[step.value().0 as usize]) {
            if let Definition::Product(w, _) = planned.definition
                && let Place::Shared(place) = self.values[w.0 as usize].place
            {
                let (rows, cols) = (self.shape(w).rows() as usize, self.shape(w).cols() as usize);
                let matrix = &done[place as usize];
                let turned = || (0..cols).flat_map(|c| (0..rows).map(move |r| matrix[r * cols + c])).collect();
                transposed[place as usize].get_or_insert_with(turned);
            }
        }
        Weights { values: done.into(), transposed: transposed.into() }
    }
}

/// Gives the values that a stage does not keep places that are used again, and returns how many.
fn share_locals(b: &Builder, steps: &[Step], values: &mut [Planned]) -> usize {
    let mut last: FxHashMap<Value, usize> = FxHashMap::default();
    for (at, step) in steps.iter().enumerate() {
        last.insert(step.value(), at);
        step.reads(b, |read| {
            last.insert(read, at);
        });
    }
    let mut free: Vec<u32> = Vec::new();
    let mut count = 0;
    for (at, step) in steps.iter().enumerate() {
        let local = |values: &[Planned], v: Value| match values[v.0 as usize].place {
            Place::Local(place) => Some(place),
            _ => None,
        };
        if let Step::Compute(value) = *step
            && local(values, value).is_some()
        {
            let place = free.pop().unwrap_or_else(|| {
                count += 1;
                count - 1
            });
            values[value.0 as usize].place = Place::Local(place);
        }
        let mut done = vec![step.value()];
        step.reads(b, |read| done.push(read));
        done.sort_unstable();
        done.dedup();
        let gone = done.into_iter().filter(|v| last.get(v) == Some(&at)).filter_map(|v| local(values, v));
        free.extend(gone.collect::<Vec<u32>>());
    }
    count as usize
}
