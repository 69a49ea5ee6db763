//! Every budget of `hamel`, in one place, each with its reason.
//!
//! A limit is checked by count and before the memory is taken, so a verdict never depends on the
//! speed or the size of the machine. Exceeding one is a diagnostic or an outcome, never a crash.

/// Largest source file in bytes. One MiB is about 20,000 declarations.
pub const SOURCE_BYTES: usize = 4 << 20;
/// Deepest nesting of brackets, prefix operators and powers in a source text. A linear scan checks
/// it before the grammar runs, so no recursive walk of a tree can overflow the stack.
pub const NESTING: usize = 128;
/// Longest name in bytes.
pub const NAME_BYTES: usize = 256;
/// Longest number literal in bytes.
pub const NUMBER_BYTES: usize = 400;
/// Largest decimal exponent of a number literal (f64 ends at 308; unit factors need head-room).
pub const NUMBER_EXPONENT: i64 = 400;
/// Calls of grammar rules per byte of source before the parser gives up.
pub const PARSER_CALLS_PER_BYTE: usize = 20_000;
/// Diagnostics that are shown; the rest is counted.
pub const DIAGNOSTICS_SHOWN: usize = 50;
/// Deepest chain of imports.
pub const IMPORT_DEPTH: usize = 32;
/// Most files one program may be made of.
pub const IMPORT_FILES: usize = 256;
/// Deepest nesting of expanded definitions, functions and components.
pub const EXPANSION_DEPTH: usize = 200;
/// Most systems instantiated as components of one system.
pub const COMPONENTS: usize = 4_000;
/// Terms touched by the inference of dimensions before it is given up; a file of 20,000 declarations
/// takes well under a million.
pub const DIMENSION_WORK: u64 = 50_000_000;
/// Nodes of one expression graph.
pub const GRAPH_NODES: usize = 2_000_000;
/// Terms up to which a sum or an indexed definition is written out as scalars.
pub const UNROLL: usize = 12;
/// Entries up to which a vector or matrix is a bundle of scalars.
pub const BUNDLE: usize = 64;
/// Largest extent of one index range.
pub const RANGE: i64 = 10_000_000;
/// Terms of all families of a system together.
pub const FAMILY_TERMS: u64 = 1_000_000_000;
/// Largest number of state variables.
pub const STATES: usize = 4_000_000;
/// Largest mass matrix that is held densely (rows).
pub const DENSE_MASS: usize = 4_096;
/// Rows from which on a mass matrix is held sparsely where it has few entries.
pub const SPARSE_MASS: usize = 200;
/// A matrix is sparse where it has at most one place in so many.
pub const SPARSE_SHARE: usize = 8;
/// States up to which the run of an experiment keeps what lies between its rows: some 64 bytes a state and step.
pub const DENSE_OUTPUT: usize = 400;
/// Places of one sparse matrix: 16 bytes each, and its factors a multiple of that.
pub const SPARSE_PLACES: usize = 1 << 25;
/// Terms (and tuples before a condition) of one family that a kernel lays out: their index tables
/// and values are held, some tens of bytes each.
pub const KERNEL_TERMS: u64 = 1 << 22;
/// Numbers that all terms of a net in a family keep between its stages, for one state; a block of states keeps
/// 64 times as many (4 GiB).
pub const NET_NUMBERS: u64 = 1 << 23;
/// Operations above which a tape is not handed to the native compiler.
pub const NATIVE_OPERATIONS: usize = 2_000;
/// Bytes of saved trajectory kept in memory.
pub const TRAJECTORY_BYTES: u64 = 2 << 30;
/// Bytes of the vectors of one Krylov space.
pub const KRYLOV_BYTES: usize = 512 << 20;
/// Bytes of rows that one Krylov space gives together.
pub const WINDOW_BYTES: usize = 128 << 20;
/// Saved rows of one trajectory.
pub const ROWS: u64 = 50_000_000;
/// Smallest relative tolerance: below it every step asks for more than its own rounding allows.
pub const RTOL: f64 = 1e-16;
/// Steps of one run, accepted and rejected together.
pub const STEPS: u64 = 2_000_000_000;
/// Trajectories of one run from several starts: each is kept with its columns.
pub const TRAJECTORIES: usize = 10_000;
/// Rejections in a row after which a step size counts as underflown.
pub const REJECTIONS_IN_A_ROW: u32 = 60;
/// Steps, accepted and rejected, after which a run that could not end within [`STEPS`] at their pace
/// is given up: it crawls along a jump of its equations.
pub const CRAWLING_STEPS: u64 = 100_000;
/// Newton iterations of one implicit step.
pub const NEWTON_ITERATIONS: u32 = 30;
/// Reciprocal condition of the scaled mass matrix under which it counts as singular.
pub const SINGULAR_RCOND: f64 = 1e-12;
/// Unique digits of exact numbers before an operation is given up (bits of numerator or denominator).
pub const EXACT_BITS: u64 = 1 << 14;
/// Numbers of a field up to which definitions on its grid have values by name where no experiment reads them.
pub const FIELD_NAMED: usize = 1_024;
/// Entries that vectors, matrices and lists may be written out to.
pub const EXPLICIT: usize = 4_096;
/// Points of a field that are written out one by one: columns that a file names, comparisons point by point.
pub const FIELD_WRITTEN: usize = 70_000;
/// Nodes of an equation up to which a report writes it out.
pub const EQUATION_WRITTEN: u64 = 4_000;
/// The same of an equation of a field in a plane, of which there are nine: inside, at the sides and at the corners.
pub const EQUATION_IN_PLANE: u64 = 180;
/// Steps of conjugate gradients after which they are given up.
pub const CONJUGATE_STEPS: usize = 400;
/// Expressions that the resolver evaluates for one system: nested sums that are each written out
/// multiply. A file of 20,000 declarations takes under 500,000.
pub const EVALUATIONS: u64 = 1_000_000;
/// Members of a family from which its start stays one formula.
pub const FAMILY_START: usize = 1_024;
/// Most tuples of indices that are walked one by one: starts, written-out equations, bounds of an
/// index over a thinned range.
pub const TUPLES: usize = 60_000;
/// Nested evaluations of expressions and definitions. The resolver runs on a stack made for it.
pub const EVALUATION_DEPTH: usize = 20_000;
/// Stack of the resolver's thread in bytes: a nested evaluation takes under 8 KiB in a debug build.
pub const RESOLVER_STACK: usize = 512 << 20;
/// Implicit equations that are written out and solved together: each Newton step factors their square.
pub const IMPLICIT_EQUATIONS: usize = 512;
/// Implicit rates that hang together and whose slopes are inverted as expressions, for a mirror: the work grows like n!.
pub const SOLVED_BY_HAND: usize = 6;
/// Nodes of a formula, written out, up to which a shorter form is looked for.
pub const PRESENTED_NODES: u64 = 60_000;
/// Terms of one polynomial up to which a formula is multiplied out to be read.
pub const PRESENTED_TERMS: usize = 1_500;
/// Products of terms spent on one formula that is multiplied out to be read.
pub const PRESENTED_WORK: usize = 1_000_000;
/// Components up to which facts are looked for at random states.
pub const SAMPLED_COMPONENTS: usize = 64;
/// Evaluations that the search for chaos may spend on any run; a long run gives it a tenth of its own.
pub const HORIZON_EVALUATIONS: u64 = 20_000;
/// Operations that these evaluations may execute.
pub const HORIZON_OPERATIONS: u64 = 20_000_000;
/// Parts that one step of the tangent flow is divided into.
pub const TANGENT_PARTS: u32 = 1 << 16;
/// Numbers of one data set: two gigabytes.
pub const DATA_NUMBERS: usize = 1 << 28;
/// Pixels of one picture that is read: 4096 × 4096.
pub const PICTURE_PIXELS: usize = 1 << 24;
/// Pages of one film, and the pixels of all of them are held: a gigabyte.
pub const FILM_PAGES: usize = 500;
/// Fields of one sequence of images.
pub const STRIP_FIELDS: usize = 8;
/// Times of one sequence of images.
pub const STRIP_TIMES: usize = 12;
/// Trajectories or states of one data set.
pub const DATA_TRAJECTORIES: usize = 1_000_000;
/// Bad cells of a data file that are shown; the rest is counted.
pub const BAD_CELLS_SHOWN: usize = 5;
/// Hidden layers of one net.
pub const NET_LAYERS: usize = 64;
/// Widest layer of a net.
pub const NET_WIDTH: u32 = 65_536;
/// Weights of one net: their gradients and moments are held beside them, 40 bytes each.
pub const NET_WEIGHTS: u64 = 50_000_000;
/// Arguments in which one net is odd: it is called at both signs of each of them.
pub const NET_MIRRORS: usize = 4;
/// Steps or epochs of one training.
pub const TRAINING_STEPS: usize = 1_000_000_000;
/// Samples of one step of a training.
pub const BATCH: usize = 1 << 20;
/// Numbers of sampled data that are kept between two runs of the program: 256 MiB.
pub const KEPT_NUMBERS: usize = 1 << 25;
/// Fits of one model in a comparison.
pub const REPEATS: usize = 1_000;
/// Numbers that one step of a loss along runs keeps: all states of all its runs.
pub const KEPT_STATES: usize = 1 << 27;
/// Windows of rows that the width of a smoothing polynomial is judged by.
pub const SMOOTHED_WINDOWS: usize = 400;
/// Rows of a mass matrix, or terms of a running sum, that a training lays out in full for each sample.
pub const LEARNED_ROWS: usize = 256;
/// Nodes of the formulas that a net is distilled to: beyond this nobody reads them.
pub const DISTILL_COMPLEXITY: usize = 40;
/// Small forms of formulas that are fitted one by one: a second on one core.
pub const DISTILL_SHAPES: usize = 3_000;
/// Terms that sums are made of.
pub const DISTILL_TERMS: usize = 2_500;
/// Formulas that evolution makes and fits, for each node of the largest one.
pub const DISTILL_CHILDREN: usize = 1_000;
/// Rows that a formula is fitted to.
pub const DISTILL_ROWS: usize = 4_096;
/// Inputs of a function that is distilled.
pub const DISTILL_INPUTS: usize = 16;
/// Points of one decomposed field: 4,096 a side; the transforms hold about twenty numbers for each.
pub const HELMHOLTZ_POINTS: usize = 1 << 24;
/// Points of a decomposed field with missing points from which on it is solved by multigrid in place of a sparse factor.
pub const HELMHOLTZ_FACTORED: usize = 1 << 14;
/// Points of one decomposed field with missing points or asked for `direct`: a sparse factor of two thousand a side is
/// four gigabytes.
pub const HELMHOLTZ_DIRECT: usize = 1 << 21;
/// Degree of the polynomials in a flow whose potentials are written out.
pub const HELMHOLTZ_DEGREE: u32 = 12;
/// Terms of such a flow, and products of terms that one factor of it costs.
pub const HELMHOLTZ_TERMS: usize = 400;
/// Sweeps of the published relaxation.
pub const HELMHOLTZ_SWEEPS: usize = 1_000_000;
/// Blocks along one column by which a data set is split.
pub const SPLIT_BLOCKS: usize = 1_000;
/// Points of a measured field that carries drifters, over all its frames.
pub const CURRENT_POINTS: usize = 1 << 27;
/// Samples of a drifter.
pub const CURRENT_SAMPLES: usize = 1_000_000;
/// Steps of a drifter between two samples.
pub const CURRENT_STEPS: usize = 100_000;
