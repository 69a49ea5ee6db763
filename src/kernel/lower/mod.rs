//! From expressions to a [`Program`].
//!
//! | file | what it does |
//! |---|---|
//! | [`space`] | the terms of families |
//! | [`values`] | what is computed, with tier, space and phase |
//! | [`constant`] | exact numbers, rounded once |
//! | [`arithmetic`] | sums, products, powers, functions |
//! | [`family`] | reads, sums over domains, running sums, scatters |
//! | [`linear`] | mass matrices and their solves |
//! | [`net`] | learned functions |
//! | [`schedule`] | stages, cells, tapes |

pub mod arithmetic;
pub mod constant;
pub mod family;
pub mod linear;
pub mod net;
pub mod schedule;
pub mod space;
pub mod values;

use super::program::{After, Binding, Cells, Program};
use crate::lanes::Operation;
use crate::symbolic::{Entry, ExprId, Graph, Node};
use rustc_hash::{FxHashMap, FxHashSet};
use space::{SpaceId, Spaces};
use values::{Definition, Place, ValueId, Values};

/// Which input a leaf is read from; also how often what depends on it is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tier {
    /// Parameters: once per run.
    Parameters = 0,
    /// Time and state: once per evaluation.
    State = 1,
    /// Directions of a derivative: several times per evaluation.
    Direction = 2,
}

/// A symbol or array symbol that the caller gives.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// A [`Node::Symbol`] or [`Node::ArraySymbol`].
    pub expr: ExprId,
    /// Which input it is part of.
    pub tier: Tier,
    /// Where in that input.
    pub offset: usize,
    /// How many numbers (1 for a symbol).
    pub length: usize,
}

/// A result: `out[offset + index] = Σ value` over all entries and their terms.
#[derive(Clone, Debug)]
pub struct Output {
    /// What is added where.
    pub entries: Vec<Entry>,
    /// Where in the output.
    pub offset: usize,
    /// How many numbers.
    pub length: usize,
}

/// The matrix of a linear system.
#[derive(Clone, Debug)]
pub enum Matrix {
    /// `(row, column, value)`; the lower triangle where it is symmetric.
    Entries(Vec<(u32, u32, ExprId)>),
    /// The diagonal.
    Diagonal(Vec<Entry>),
    /// Dense, `row + n·column`, given from outside through [`Program::matrix_of`].
    Outside,
}

/// `M x = f`, solved between stages; later expressions may read `x`.
#[derive(Clone, Debug)]
pub struct LinearSystem {
    /// The matrix.
    pub matrix: Matrix,
    /// Whether it is symmetric.
    pub symmetric: bool,
    /// The right-hand side.
    pub forcing: Vec<Entry>,
    /// Number of unknowns.
    pub length: usize,
    /// The leaves that stand for the unknowns: expression, offset, length.
    pub unknowns: Vec<(ExprId, usize, usize)>,
    /// Position of the first unknown in the caller's numbering, for messages.
    pub first: usize,
    /// Where in the output the unknowns go, if they are results.
    pub output: Option<usize>,
}

/// Why expressions cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LowerError {
    /// A symbol that no leaf binds.
    Unbound {
        /// Its name.
        name: String,
    },
    /// A function without a body.
    Abstract {
        /// Its name.
        name: String,
    },
    /// A family with more terms than [`crate::limits::KERNEL_TERMS`].
    TooManyTerms {
        /// How many.
        terms: u64,
    },
    /// An index or a condition of a family that depends on more than indices.
    IndexNotConstant,
    /// A matrix with more rows than a budget of [`crate::limits`] allows.
    MatrixTooLarge {
        /// How many.
        rows: usize,
        /// How many may be laid out.
        limit: usize,
    },
    /// An array stands where a number is needed.
    NotScalar,
    /// A net in a family that keeps more than [`crate::limits::NET_NUMBERS`] numbers.
    NetTooLarge {
        /// Its name.
        name: String,
        /// Terms of the family.
        terms: usize,
        /// Numbers of all of them.
        numbers: u64,
    },
}

impl std::fmt::Display for LowerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LowerError::Unbound { name } => write!(f, "`{name}` has no value here"),
            LowerError::Abstract { name } => write!(f, "`{name}` has no body, so it has no numbers"),
            LowerError::TooManyTerms { terms } => {
                write!(f, "a sum has {terms} terms, and {} is the limit", crate::limits::KERNEL_TERMS)
            }
            LowerError::IndexNotConstant => write!(f, "an index depends on more than running indices"),
            LowerError::MatrixTooLarge { rows, limit } => {
                write!(f, "a matrix has {rows} rows, and {limit} is the limit")
            }
            LowerError::NetTooLarge { name, terms, numbers } => write!(
                f,
                "the net `{name}` keeps {numbers} numbers for {terms} terms of a sum, and {} is the limit",
                crate::limits::NET_NUMBERS
            ),
            LowerError::NotScalar => write!(f, "a whole array stands where one number is needed"),
        }
    }
}

/// What is asked of a program.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// What the caller gives.
    pub leaves: Vec<Leaf>,
    /// Systems to solve, in order.
    pub systems: Vec<LinearSystem>,
    /// Results.
    pub outputs: Vec<Output>,
}

impl Program {
    /// Compiles what is asked for.
    pub fn compile(graph: &Graph, request: &Request) -> Result<Program, LowerError> {
        let mut lowering = Lowering::new(graph);
        for leaf in &request.leaves {
            lowering.bind_leaf(leaf);
        }
        for (number, system) in request.systems.iter().enumerate() {
            lowering.lower_system(number, system)?;
        }
        for output in &request.outputs {
            let array = lowering.assemble(&output.entries, output.length, SpaceId::SCALAR)?;
            let binding = Binding { cell: array.base, offset: output.offset, length: output.length };
            lowering.program.outputs.push(binding);
        }
        lowering.schedule()
    }
}

/// An array that elements are read from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Array {
    /// First cell.
    pub base: u32,
    /// Elements, per term of `outer`.
    pub length: usize,
    /// The families it is computed for each term of.
    pub outer: SpaceId,
    /// First tier and phase in which it may be read.
    pub tier: u8,
    pub phase: u32,
    /// The cell that stands for elements outside.
    pub outside: u32,
}

/// A value that a stage must write down.
#[derive(Clone, Debug)]
pub(crate) struct Sink {
    pub value: ValueId,
    pub place: Place,
    pub to: SinkTarget,
}

/// Where a sink writes.
#[derive(Clone, Debug)]
pub(crate) enum SinkTarget {
    /// The cells from here on, in the order of the terms.
    Cells(u32),
    /// One cell for each term; cell 0 is no target, such terms are not written.
    Table(Vec<u32>),
}

/// The state of a compilation.
pub(crate) struct Lowering<'g> {
    pub graph: &'g Graph,
    pub values: Values<'g>,
    pub program: Program,
    /// Values of scalar expressions.
    pub lowered: FxHashMap<ExprId, ValueId>,
    /// Arrays by number, and the numbers of array expressions.
    pub arrays: Vec<Array>,
    pub array_numbers: FxHashMap<ExprId, u32>,
    pub sinks: Vec<Sink>,
    /// Learned functions.
    pub nets: Vec<net::Group>,
    /// What is read of them.
    pub net_reads: FxHashMap<ExprId, net::Reads>,
    /// What happens behind the stages of a tier and phase.
    pub afters: Vec<(u8, u32, After)>,
    /// What scalar cells hold.
    pub cell_values: FxHashMap<u32, ValueId>,
    /// Values that were written out for all terms of a space.
    pub materialised: FxHashMap<(ValueId, SpaceId), u32>,
}

impl<'g> Lowering<'g> {
    fn new(graph: &'g Graph) -> Self {
        let mut program = Program::default();
        // Cell 0 holds what is read outside a sum: 0; cell 1 what is read outside an array: NaN.
        program.constant_cell(0.0);
        program.constant_cell(f64::NAN);
        Lowering {
            graph,
            values: Values::new(Spaces::new(graph)),
            program,
            lowered: FxHashMap::default(),
            arrays: Vec::new(),
            array_numbers: FxHashMap::default(),
            sinks: Vec::new(),
            nets: Vec::new(),
            net_reads: FxHashMap::default(),
            afters: Vec::new(),
            cell_values: FxHashMap::default(),
            materialised: FxHashMap::default(),
        }
    }

    /// Binds a leaf to fresh cells that the caller's input is copied to.
    fn bind_leaf(&mut self, leaf: &Leaf) {
        let cell = self.program.reserve(leaf.length);
        let binding = Binding { cell, offset: leaf.offset, length: leaf.length };
        let inputs = &mut self.program.inputs[leaf.tier as usize];
        match inputs.last_mut() {
            // Neighbours are copied together.
            Some(last) if last.ends_at(cell, leaf.offset) => last.length += leaf.length,
            _ => inputs.push(binding),
        }
        self.bind_cells(leaf.expr, cell, leaf.length, leaf.tier as u8, 0);
    }

    /// Makes a symbol stand for cells that exist from a phase on.
    pub fn bind_cells(&mut self, expr: ExprId, cell: u32, length: usize, tier: u8, phase: u32) {
        if matches!(self.graph.node(expr), Node::ArraySymbol(_)) {
            let number = self.arrays.len() as u32;
            self.arrays.push(Array { base: cell, length, outer: SpaceId::SCALAR, tier, phase, outside: 1 });
            self.array_numbers.insert(expr, number);
        } else {
            let place = Place { tier, phase, space: SpaceId::SCALAR };
            let value = self.values.load(Definition::Cell(cell), place);
            self.lowered.insert(expr, value);
        }
    }

    /// The value of an expression; everything under it is lowered, children first.
    pub fn lower(&mut self, root: ExprId) -> Result<ValueId, LowerError> {
        self.lower_under(root)?;
        self.lowered.get(&root).copied().ok_or(LowerError::NotScalar)
    }

    fn lower_under(&mut self, root: ExprId) -> Result<(), LowerError> {
        let known = |s: &Self, e: ExprId| s.lowered.contains_key(&e) || s.array_numbers.contains_key(&e);
        if known(self, root) {
            return Ok(());
        }
        let mut order = vec![root];
        let mut seen = FxHashSet::from_iter([root]);
        let mut at = 0;
        while at < order.len() {
            self.for_each_value_child(order[at], |child| {
                if !known(self, child) && seen.insert(child) {
                    order.push(child);
                }
            });
            at += 1;
        }
        order.sort_unstable();
        for expr in order {
            self.lower_node(expr)?;
        }
        Ok(())
    }

    /// The children whose values are computed at run time: not indices.
    fn for_each_value_child(&self, expr: ExprId, mut visit: impl FnMut(ExprId)) {
        match self.graph.node(expr) {
            Node::Read { array, .. } => visit(*array),
            Node::Scatter { entries, .. } => entries.iter().for_each(|entry| visit(entry.value)),
            Node::Net { .. } => self.for_each_net_array(expr, visit),
            node => node.for_each_child(visit),
        }
    }

    /// Has a stage write `value` for every term of `space`; the first cell, and when it is there.
    pub fn materialise(&mut self, value: ValueId, space: SpaceId) -> Result<(u32, Place), LowerError> {
        let tier = self.values.place(value).tier;
        let phase = self.values.consumer_phase(tier, space, &[value]);
        let place = Place { tier, phase, space };
        match self.values.definition(value) {
            Definition::PerTerm(base) if self.values.place(value).space == space => return Ok((base, place)),
            // Elements that already lie side by side need no copy.
            Definition::Element { array, index } => {
                let array = self.arrays[array as usize];
                let cells = self.element_cells(array, index, space)?;
                if cells.first().is_some_and(|cell| *cell != array.outside)
                    && let Cells::Affine { base, stride: 1 } = Cells::new(cells)
                {
                    return Ok((base, place));
                }
            }
            _ => {}
        }
        if let Some(&base) = self.materialised.get(&(value, space)) {
            return Ok((base, place));
        }
        let count = self.values.spaces.count(space)?;
        let base = self.program.reserve(count);
        self.sinks.push(Sink { value, place, to: SinkTarget::Cells(base) });
        self.materialised.insert((value, space), base);
        Ok((base, place))
    }

    /// Writes a scalar to a cell as early as possible.
    pub fn write(&mut self, value: ValueId, cell: u32) -> Place {
        self.write_in(self.values.place(value).tier, value, cell)
    }

    /// Writes a scalar to a cell, in a given tier.
    pub fn write_in(&mut self, tier: u8, value: ValueId, cell: u32) -> Place {
        let phase = self.values.consumer_phase(tier, SpaceId::SCALAR, &[value]);
        let place = Place { tier, phase, space: SpaceId::SCALAR };
        self.sinks.push(Sink { value, place, to: SinkTarget::Cells(cell) });
        place
    }

    /// An operation, for the other files.
    pub fn apply(&mut self, operation: Operation, arguments: &[ValueId]) -> ValueId {
        self.values.apply(operation, arguments)
    }
}
