//! From values to steps: what is kept in memory, what is computed in passing, and when.

use super::kernel::{Kernel, Op, Operand, Place, SharedRef};
use super::layout;
use super::step::{Move, Moved, SharedStep, Step};
use crate::lanes::Operation;
use crate::tensor::builder::{Builder, Definition, Shape, Value};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// Largest number of rows of the other factor of a thin product: what is computed in passing, without
/// tiles of registers.
const THIN: u32 = 4;
/// Cost of elementwise work up to which it is done again instead of kept.
const AGAIN: u32 = 4;

/// How lanes come to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Not needed, or shared.
    None,
    /// Data.
    Input,
    /// Computed in passing, kept in memory where needed.
    Inline,
    /// Rows or shape of another value.
    View,
    /// Added up by a kernel over its argument.
    Sink,
    /// A step of its own.
    Step,
}

/// A planned program.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// Work of a block, in order.
    pub steps: Vec<Step>,
    /// Work on shared values before the blocks.
    pub prologue: Vec<SharedStep>,
    /// Work on shared values after the sums over the batch.
    pub epilogue: Vec<SharedStep>,
    /// Units of lanes memory.
    pub units: usize,
    /// Numbers of the arena.
    pub arena: usize,
    /// Constants in the arena.
    pub constants: Vec<(usize, f64)>,
    /// The part of the arena that sums over the batch fill.
    pub sums: std::ops::Range<usize>,
    /// The parts of it that no product of lanes begins.
    pub zeros: Vec<std::ops::Range<usize>>,
    /// Scratch slots.
    pub slots: usize,
    /// Input slot, features, first unit.
    pub inputs: Vec<(usize, usize, usize)>,
    /// Lanes outputs: first unit, stride, features, copies.
    pub lanes: Vec<(Place, usize, usize)>,
    /// Shared outputs: where they lie.
    pub shared: Vec<(SharedRef, usize, usize)>,
    /// Multiplications of products per sample.
    pub work: usize,
}

pub(super) struct Planner<'a> {
    b: &'a Builder,
    live: Vec<bool>,
    kind: Vec<Kind>,
    /// Slot at which lanes are computed, or complete.
    when: Vec<u32>,
    cost: Vec<u32>,
    must: Vec<bool>,
    need: Vec<BTreeSet<u32>>,
    /// Whether a shared value waits for sums over the batch.
    late: Vec<bool>,
    /// The place of sums over the batch in the arena, several terms in one.
    acc: FxHashMap<Value, usize>,
    places: FxHashMap<Value, Place>,
    plan: Plan,
}

type KernelKey = (u32, u32, u32);

fn is_thin_source(b: &Builder, definition: &Definition) -> bool {
    match definition {
        Definition::Product(w, _) => b.shape(*w).cols() <= THIN,
        Definition::ProductTransposed(w, _) => b.shape(*w).rows() <= THIN,
        _ => false,
    }
}

fn is_thin_sink(b: &Builder, definition: &Definition) -> bool {
    match definition {
        Definition::Product(w, _) => !is_thin_source(b, definition) && b.shape(*w).rows() <= THIN,
        Definition::ProductTransposed(w, _) => !is_thin_source(b, definition) && b.shape(*w).cols() <= THIN,
        Definition::SumFeatures(_) => true,
        _ => false,
    }
}

/// The operand of an outer product over whose features a kernel goes, and the other one of few rows.
fn thin_outer(b: &Builder, z: Value, x: Value) -> Option<(Value, Value, bool)> {
    if b.shape(x).rows() <= THIN {
        Some((z, x, false))
    } else if b.shape(z).rows() <= THIN {
        Some((x, z, true))
    } else {
        None
    }
}

fn own_cost(op: Operation) -> u32 {
    match op {
        Operation::Div | Operation::Sqrt => 6,
        Operation::Sin
        | Operation::Cos
        | Operation::Exp
        | Operation::Ln
        | Operation::Tanh
        | Operation::Call1(_)
        | Operation::Call2(_) => 20,
        _ => 1,
    }
}

impl<'a> Planner<'a> {
    /// Plans a program with these outputs.
    pub(super) fn plan(b: &'a Builder, lanes: &[Value], shared: &[Value]) -> Plan {
        let roots: Vec<Value> = lanes.iter().chain(shared).copied().collect();
        let n = b.len();
        let mut planner = Planner {
            b,
            live: b.reachable(&roots),
            kind: vec![Kind::None; n],
            when: vec![0; n],
            cost: vec![0; n],
            must: vec![false; n],
            need: vec![BTreeSet::new(); n],
            late: vec![false; n],
            acc: FxHashMap::default(),
            places: FxHashMap::default(),
            plan: Plan::default(),
        };
        planner.classify();
        for &v in lanes {
            planner.keep(v);
        }
        planner.demand();
        planner.sums(shared);
        planner.shared_steps(shared);
        planner.lane_steps(lanes);
        planner.plan
    }

    fn values(&self) -> impl DoubleEndedIterator<Item = Value> + use<> {
        let live: Vec<u32> = (0..self.live.len() as u32).filter(|&i| self.live[i as usize]).collect();
        live.into_iter().map(Value)
    }

    fn is_lanes(&self, v: Value) -> bool {
        self.b.shape(v).is_lanes()
    }

    fn classify(&mut self) {
        for v in self.values() {
            let i = v.0 as usize;
            let definition = self.b.definition(v);
            if !self.is_lanes(v) {
                let mut late = matches!(definition, Definition::Outer(..) | Definition::SumLanes(_));
                self.b.arguments(v, |a| late |= self.late[a.0 as usize]);
                self.late[i] = late;
                continue;
            }
            let b = self.b;
            b.arguments(v, |a| {
                assert!(
                    b.shape(a).is_lanes() || !self.late[a.0 as usize],
                    "invariant: lanes do not depend on sums over the batch"
                );
            });
            self.kind[i] = match definition {
                Definition::Input { .. } => Kind::Input,
                Definition::Elementwise(..) | Definition::Spread(_) => Kind::Inline,
                Definition::Slice { .. } | Definition::Reshape(_) => Kind::View,
                d if is_thin_source(b, d) => Kind::Inline,
                d if is_thin_sink(b, d) => Kind::Sink,
                _ => Kind::Step,
            };
            self.when[i] = match definition {
                Definition::Input { .. } => 0,
                Definition::Elementwise(..) | Definition::Spread(_) => self.latest(v, 0),
                Definition::Slice { of, .. } | Definition::Reshape(of) => self.ready(*of),
                Definition::Product(_, x) | Definition::ProductTransposed(_, x) if self.kind[i] == Kind::Inline => {
                    self.ready(*x)
                }
                // a step follows the kernels of its slot
                _ => self.latest(v, 1),
            };
        }
        self.costs();
    }

    /// What computing a value again costs where it is not in memory.
    fn costs(&mut self) {
        let b = self.b;
        // what products read is in memory anyway
        let mut there = vec![false; b.len()];
        for v in self.values() {
            let whole = match b.definition(v) {
                Definition::Outer(z, x) => thin_outer(b, *z, *x).is_none(),
                _ => self.kind[v.0 as usize] == Kind::Step,
            };
            if whole {
                b.arguments(v, |a| there[self.base(a).0 as usize] = true);
            }
        }
        for v in self.values().filter(|&v| b.shape(v).is_lanes()) {
            self.cost[v.0 as usize] = match b.definition(v) {
                Definition::Elementwise(op, args) => {
                    let mut cost = own_cost(*op);
                    for a in &args[..op.arity()] {
                        let i = a.0 as usize;
                        // what costs more is kept and loaded
                        if self.kind[i] == Kind::Inline && !there[i] && self.cost[i] <= AGAIN {
                            cost = cost.saturating_add(self.cost[i]);
                        }
                    }
                    cost
                }
                Definition::Product(w, _) => b.shape(*w).cols(),
                Definition::ProductTransposed(w, _) => b.shape(*w).rows(),
                _ => 0,
            };
        }
    }

    /// The slot in which all arguments are there, plus `more`.
    fn latest(&self, v: Value, more: u32) -> u32 {
        let mut when = 0;
        self.b.arguments(v, |a| {
            if self.is_lanes(a) {
                when = when.max(self.when[a.0 as usize]);
            }
        });
        when + more
    }

    /// The slot in which all rows of a value can be read by a kernel that does not compute it.
    fn ready(&self, v: Value) -> u32 {
        self.when[v.0 as usize] + u32::from(self.kind[v.0 as usize] == Kind::Inline)
    }

    /// The value whose memory a view shows.
    fn base(&self, v: Value) -> Value {
        match self.b.definition(v) {
            Definition::Slice { of, .. } | Definition::Reshape(of) if self.is_lanes(v) => self.base(*of),
            _ => v,
        }
    }

    fn keep(&mut self, v: Value) {
        let base = self.base(v);
        self.must[base.0 as usize] = true;
    }

    /// What an elementwise operation really reads: repeated values are read as they are.
    fn unspread(&self, v: Value) -> Value {
        match self.b.definition(v) {
            Definition::Spread(of) if self.is_lanes(v) && !self.must[v.0 as usize] => *of,
            _ => v,
        }
    }

    /// `v` is read by a kernel over `features` in slot `slot`.
    fn read(&mut self, v: Value, features: u32, slot: u32) {
        let v = match self.b.definition(v) {
            Definition::Spread(of) if self.is_lanes(v) => *of,
            _ => v,
        };
        if !self.is_lanes(v) {
            return;
        }
        let i = v.0 as usize;
        match self.kind[i] {
            Kind::View => self.keep(v),
            Kind::Inline if self.b.shape(v).rows() == 1 && features != 1 => self.keep(v),
            Kind::Inline if slot == self.when[i] || self.cost[i] <= AGAIN => {
                self.need[i].insert(slot);
            }
            Kind::Inline => self.keep(v),
            _ => {}
        }
    }

    /// The slot and shape of the kernel that feeds a sink.
    fn sink_key(&self, v: Value) -> (Value, KernelKey) {
        let (over, others): (Value, Vec<Value>) = match self.b.definition(v) {
            Definition::SumFeatures(x) | Definition::SumLanes(x) => (*x, vec![]),
            Definition::Product(_, x) | Definition::ProductTransposed(_, x) => (*x, vec![]),
            Definition::Outer(z, x) => match thin_outer(self.b, *z, *x) {
                Some((over, other, _)) => (over, vec![other]),
                None => unreachable!("invariant: large outer products are steps"),
            },
            other => unreachable!("invariant: {other:?} is no sink"),
        };
        let shape = self.b.shape(over);
        let mut slot = self.when[over.0 as usize];
        for o in others {
            let rows = self.b.shape(o).rows();
            slot = slot.max(if rows == 1 { self.when[o.0 as usize] } else { self.ready(o) });
        }
        (over, (slot, shape.rows(), shape.cols()))
    }

    /// Decides, from the last value to the first, what is kept and in which kernels the rest is computed.
    fn demand(&mut self) {
        for v in self.values().rev() {
            let i = v.0 as usize;
            let definition = self.b.definition(v).clone();
            let shape = self.b.shape(v);
            if !shape.is_lanes() {
                match definition {
                    Definition::SumLanes(_) => {
                        let (over, (slot, features, _)) = self.sink_key(v);
                        self.read(over, features, slot);
                    }
                    Definition::Outer(z, x) => match thin_outer(self.b, z, x) {
                        Some((_, other, _)) => {
                            let (over, (slot, features, _)) = self.sink_key(v);
                            self.read(over, features, slot);
                            self.keep(other);
                        }
                        None => {
                            self.keep(z);
                            self.keep(x);
                        }
                    },
                    _ => {}
                }
                continue;
            }
            match self.kind[i] {
                Kind::Sink => {
                    let (over, (slot, features, _)) = self.sink_key(v);
                    self.read(over, features, slot);
                }
                Kind::Step => {
                    let mut kept = Vec::new();
                    self.b.arguments(v, |a| kept.push(a));
                    let moves = matches!(definition, Definition::Concat(_) | Definition::Gather(..));
                    for a in kept {
                        let repeats = matches!(self.b.definition(a), Definition::Spread(of) if self.b.shape(*of) == Shape::NUMBER);
                        if self.is_lanes(a) && !(moves && repeats) {
                            self.keep(a);
                        }
                    }
                }
                Kind::Inline => {
                    if self.must[i] {
                        // later kernels load it
                        let home = self.when[i];
                        self.need[i].retain(|s| *s == home);
                        self.need[i].insert(home);
                    }
                    let slots: Vec<u32> = self.need[i].iter().copied().collect();
                    for slot in slots {
                        match &definition {
                            Definition::Elementwise(op, args) => {
                                for a in &args[..op.arity()] {
                                    self.read(*a, shape.rows(), slot);
                                }
                            }
                            Definition::Spread(x) => self.read(*x, shape.rows(), slot),
                            Definition::Product(_, x) | Definition::ProductTransposed(_, x) => self.keep(*x),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Gives sums over the batch their places; a shared sum of such sums, each used once, is one place.
    fn sums(&mut self, outputs: &[Value]) {
        let mut uses = vec![0u32; self.b.len()];
        for v in self.values() {
            self.b.arguments(v, |a| uses[a.0 as usize] += 1);
        }
        for v in outputs {
            uses[v.0 as usize] += 1;
        }
        let mut whole = vec![false; self.b.len()];
        for v in self.values().filter(|&v| !self.is_lanes(v)) {
            whole[v.0 as usize] = match self.b.definition(v) {
                Definition::Outer(..) | Definition::SumLanes(_) => true,
                Definition::Elementwise(Operation::Add, [x, y, _]) => [x, y]
                    .iter()
                    .all(|a| whole[a.0 as usize] && uses[a.0 as usize] == 1 && self.b.shape(**a) == self.b.shape(v)),
                _ => false,
            };
        }
        let start = 0;
        let mut next = start;
        for v in self.values().rev().filter(|&v| whole[v.0 as usize]) {
            let place = *self.acc.entry(v).or_insert_with(|| {
                let at = next;
                let shape = self.b.shape(v);
                next += padded((shape.rows() * shape.cols()) as usize);
                at
            });
            if let Definition::Elementwise(_, [x, y, _]) = self.b.definition(v) {
                self.acc.insert(*x, place);
                self.acc.insert(*y, place);
            }
        }
        self.plan.sums = start..next;
        self.plan.arena = next;
    }

    fn reserve(&mut self, numbers: usize) -> usize {
        let at = self.plan.arena;
        self.plan.arena += padded(numbers);
        at
    }
}

/// Rounded up to whole cache lines.
fn padded(numbers: usize) -> usize {
    numbers.next_multiple_of(16)
}

mod lanes;
mod shared;
