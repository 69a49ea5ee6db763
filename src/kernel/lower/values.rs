//! What a program computes, in single assignment, before it is cut into stages.
//!
//! Every value knows its *tier* (how often it must be computed: per run, per evaluation, per
//! direction), its *space* (for every term of which families) and its *phase* (the stage of its
//! tier that can compute it first, since sums, scans and solves stand between stages).

use super::space::{SpaceId, Spaces};
use crate::lanes::Operation;
use crate::symbolic::ExprId;
use rustc_hash::FxHashMap;

/// A value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId(pub u32);

/// How a value comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Definition {
    /// Bits of a constant.
    Constant(u64),
    /// The scalar in a cell.
    Cell(u32),
    /// The element of an array that an index expression names, for each term.
    Element {
        /// Which of the arrays of the lowering.
        array: u32,
        /// The index.
        index: ExprId,
    },
    /// An integer computed from the term alone.
    Index(ExprId),
    /// One cell per term of its space, from this cell on.
    PerTerm(u32),
    /// An operation; unused arguments repeat the first.
    Computed(Operation, [ValueId; 3]),
}

/// Where and when a value exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which inputs it depends on: 0 parameters, 1 time and state, 2 directions.
    pub tier: u8,
    /// First phase of that tier in which a stage may read it (if loaded) or computes it.
    pub phase: u32,
    /// The families whose terms it is computed for.
    pub space: SpaceId,
}

/// All values of a program.
#[derive(Debug)]
pub struct Values<'g> {
    /// The spaces they live in.
    pub spaces: Spaces<'g>,
    definitions: Vec<Definition>,
    places: Vec<Place>,
    table: FxHashMap<(Definition, SpaceId), ValueId>,
}

impl<'g> Values<'g> {
    /// None yet.
    pub fn new(spaces: Spaces<'g>) -> Self {
        Values { spaces, definitions: Vec::new(), places: Vec::new(), table: FxHashMap::default() }
    }

    /// How many there are.
    #[allow(clippy::len_without_is_empty, reason = "only counted")]
    pub fn len(&self) -> usize {
        self.definitions.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.definitions.is_empty()
    }

    /// How a value comes about.
    pub fn definition(&self, value: ValueId) -> Definition {
        self.definitions[value.0 as usize]
    }

    /// Where and when it exists.
    pub fn place(&self, value: ValueId) -> Place {
        self.places[value.0 as usize]
    }

    /// Whether a stage must compute it (and cannot just load it).
    pub fn is_computed(&self, value: ValueId) -> bool {
        matches!(self.definition(value), Definition::Computed(..))
    }

    /// The constant behind it, if it is one.
    pub fn as_constant(&self, value: ValueId) -> Option<f64> {
        match self.definition(value) {
            Definition::Constant(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    fn intern(&mut self, definition: Definition, place: Place) -> ValueId {
        let key = (definition, place.space);
        if let Some(&known) = self.table.get(&key) {
            return known;
        }
        let id = ValueId(self.definitions.len() as u32);
        self.definitions.push(definition);
        self.places.push(place);
        self.table.insert(key, id);
        id
    }

    /// A constant.
    pub fn constant(&mut self, x: f64) -> ValueId {
        self.intern(Definition::Constant(x.to_bits()), Place { tier: 0, phase: 0, space: SpaceId::SCALAR })
    }

    /// Something that stages load.
    pub fn load(&mut self, definition: Definition, place: Place) -> ValueId {
        self.intern(definition, place)
    }

    /// The first stage of `tier` over the terms of `space` that can read these values.
    pub fn consumer_phase(&self, tier: u8, space: SpaceId, arguments: &[ValueId]) -> u32 {
        let ready = |&value: &ValueId| {
            let place = self.place(value);
            match () {
                () if place.tier < tier => 0,
                () if self.is_computed(value) && place.space != space => place.phase + 1,
                () => place.phase,
            }
        };
        arguments.iter().map(ready).max().unwrap_or(0)
    }

    /// An operation on as many values as it takes.
    pub fn apply(&mut self, operation: Operation, arguments: &[ValueId]) -> ValueId {
        let mut all = [arguments[0]; 3];
        all[..arguments.len()].copy_from_slice(arguments);
        if operation.commutes() && all[1] < all[0] {
            all.swap(0, 1);
        }
        let constants = all.map(|v| self.as_constant(v));
        if let [Some(a), Some(b), Some(c)] = constants {
            return self.constant(operation.value(a, b, c));
        }
        match (operation, constants[0], constants[1]) {
            (Operation::Mul, Some(1.0), _) => return all[1],
            (Operation::Mul, _, Some(1.0)) | (Operation::Div, _, Some(1.0)) => return all[0],
            (Operation::Mul, Some(-1.0), _) => return self.apply(Operation::Neg, &[all[1]]),
            (Operation::Mul, _, Some(-1.0)) => return self.apply(Operation::Neg, &[all[0]]),
            _ => {}
        }
        let tier = all.iter().map(|v| self.place(*v).tier).max().unwrap_or(0);
        let mut space = SpaceId::SCALAR;
        for value in all {
            let other = self.place(value).space;
            space = self.spaces.union(space, other);
        }
        let phase = self.consumer_phase(tier, space, &all);
        self.intern(Definition::Computed(operation, all), Place { tier, phase, space })
    }

    /// `a + b`.
    pub fn add(&mut self, a: ValueId, b: ValueId) -> ValueId {
        self.apply(Operation::Add, &[a, b])
    }

    /// `a − b`.
    pub fn sub(&mut self, a: ValueId, b: ValueId) -> ValueId {
        self.apply(Operation::Sub, &[a, b])
    }

    /// `a b`.
    pub fn mul(&mut self, a: ValueId, b: ValueId) -> ValueId {
        self.apply(Operation::Mul, &[a, b])
    }

    /// `a / b`; where `b` is known earlier or for fewer terms, `a (1/b)`.
    pub fn div(&mut self, a: ValueId, b: ValueId) -> ValueId {
        let (of, by) = (self.place(a), self.place(b));
        let earlier = by.tier < of.tier || (by.space != of.space && self.spaces.union(by.space, of.space) == of.space);
        if earlier && self.as_constant(b).is_none() {
            let one = self.constant(1.0);
            let reciprocal = self.apply(Operation::Div, &[one, b]);
            return self.mul(a, reciprocal);
        }
        self.apply(Operation::Div, &[a, b])
    }

    /// `aⁿ` for n ≥ 1 by a fixed chain of products.
    pub fn natural_power(&mut self, a: ValueId, n: u32) -> ValueId {
        let mut result = None;
        let mut square = a;
        let mut left = n;
        loop {
            if left & 1 == 1 {
                result = Some(match result {
                    None => square,
                    Some(r) => self.mul(r, square),
                });
            }
            left >>= 1;
            match result {
                Some(r) if left == 0 => return r,
                _ => square = self.mul(square, square),
            }
        }
    }
}
