//! Building a tape: values in single assignment.

use super::allocate;
use super::operation::Operation;
use super::tape::Tape;
use rustc_hash::FxHashMap;

/// A value of a [`TapeBuilder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value(pub(super) u32);

/// How a value comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Definition {
    /// Bits of a constant.
    Constant(u64),
    /// The caller's input with this number: one value per lane.
    Input(u32),
    /// An operation on earlier values; unused arguments repeat the first.
    Computed(Operation, [Value; 3]),
}

/// Collects operations; equal ones are shared, constant ones folded.
#[derive(Debug, Default)]
pub struct TapeBuilder {
    pub(super) values: Vec<Definition>,
    table: FxHashMap<Definition, Value>,
    pub(super) inputs: u32,
}

impl TapeBuilder {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    fn intern(&mut self, definition: Definition) -> Value {
        if let Some(&value) = self.table.get(&definition) {
            return value;
        }
        let value = Value(self.values.len() as u32);
        self.values.push(definition);
        self.table.insert(definition, value);
        value
    }

    /// A constant.
    pub fn constant(&mut self, x: f64) -> Value {
        self.intern(Definition::Constant(x.to_bits()))
    }

    /// One more input, a value per lane or one that all lanes share: the placement decides.
    pub fn input(&mut self) -> Value {
        self.inputs += 1;
        self.intern(Definition::Input(self.inputs - 1))
    }

    /// How many inputs there are.
    pub fn inputs(&self) -> usize {
        self.inputs as usize
    }

    /// All constants.
    pub fn constants(&self) -> impl Iterator<Item = f64> {
        self.values.iter().filter_map(|definition| match definition {
            Definition::Constant(bits) => Some(f64::from_bits(*bits)),
            _ => None,
        })
    }

    /// The constant behind a value, if it is one.
    pub fn as_constant(&self, value: Value) -> Option<f64> {
        match self.values[value.0 as usize] {
            Definition::Constant(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    /// An operation on as many values as it takes.
    pub fn apply(&mut self, operation: Operation, arguments: &[Value]) -> Value {
        debug_assert_eq!(arguments.len(), operation.arity());
        let first = arguments[0];
        let mut all = [first; 3];
        all[..arguments.len()].copy_from_slice(arguments);
        if operation.commutes() && all[1] < all[0] {
            all.swap(0, 1);
        }
        let constants = all.map(|v| self.as_constant(v));
        if let [Some(a), Some(b), Some(c)] = constants {
            return self.constant(operation.value(a, b, c));
        }
        // Identities that hold bit for bit; `x + 0` is not one of them (−0 + 0 = 0).
        match (operation, constants[0], constants[1]) {
            (Operation::Mul, Some(1.0), _) => return all[1],
            (Operation::Mul, _, Some(1.0)) | (Operation::Div, _, Some(1.0)) => return all[0],
            (Operation::Mul, Some(-1.0), _) => return self.apply(Operation::Neg, &[all[1]]),
            (Operation::Mul, _, Some(-1.0)) => return self.apply(Operation::Neg, &[all[0]]),
            _ => {}
        }
        self.intern(Definition::Computed(operation, all))
    }

    /// `a + b`.
    pub fn add(&mut self, a: Value, b: Value) -> Value {
        self.apply(Operation::Add, &[a, b])
    }

    /// `a − b`.
    pub fn sub(&mut self, a: Value, b: Value) -> Value {
        self.apply(Operation::Sub, &[a, b])
    }

    /// `a b`.
    pub fn mul(&mut self, a: Value, b: Value) -> Value {
        self.apply(Operation::Mul, &[a, b])
    }

    /// `a / b`.
    pub fn div(&mut self, a: Value, b: Value) -> Value {
        self.apply(Operation::Div, &[a, b])
    }

    /// `−a`.
    pub fn neg(&mut self, a: Value) -> Value {
        self.apply(Operation::Neg, &[a])
    }

    /// The tape that computes `outputs`: dead values dropped, slots reused.
    ///
    /// `outputs` pairs a value with the slot it must end in, or `None` where any place will do (see
    /// [`Tape::outputs`]).
    pub fn finish(&self, outputs: &[(Value, Option<u32>)], placement: Placement<'_>) -> Tape {
        let tape = allocate::allocate(self, outputs, placement);
        debug_assert_eq!(tape.verify(), Ok(()));
        tape
    }
}

/// Where the values lie that a tape does not compute.
pub struct Placement<'a> {
    /// The address of each input: a slot, or [`super::tape::UNIFORM`] with the place of a uniform.
    pub inputs: &'a [u32],
    /// The address of a constant.
    pub constant: &'a mut dyn FnMut(f64) -> u32,
    /// The first slot that the tape may use for itself; no address above it is anyone else's.
    pub scratch: u32,
}
