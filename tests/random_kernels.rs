//! Generated expressions: interpreter, native code and lanes bit for bit at every instruction set;
//! against the value by definition within rounding times condition.
//!
//! `HAMEL_EXPRESSIONS` sets how many; 20,000 in a release build, fewer in a debug build.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

mod kernel_support;

use hamel::kernel::batch::Batch;
use hamel::kernel::lower::Tier;
use hamel::kernel::{Leaf, Output, Program, Request};
use hamel::lanes::{LANES, Level};
use hamel::real::Random;
use hamel::real::random::Stream;
use hamel::symbolic::evaluate::{Bindings, evaluate, evaluate_bounded};
use hamel::symbolic::{Comparison, Entry, ExprId, FUNCTIONS, Function, Graph, Node, Rational, SymbolId, Text};
use kernel_support::scalar;
use num_dual::Dual64;

const VARIABLES: usize = 4;
const POINTS: usize = 8;
const DEPTH: u64 = 12;

struct Generator {
    graph: Graph,
    leaves: Vec<ExprId>,
    pool: Vec<ExprId>,
    stream: Stream,
}

impl Generator {
    fn new(index: u64) -> Self {
        let mut graph = Graph::new();
        let leaves = (0..VARIABLES).map(|k| scalar(&mut graph, &format!("x{k}"))).collect();
        Generator { graph, leaves, pool: Vec::new(), stream: Random::new(20_261_122, "expressions").stream(index) }
    }

    fn number(&mut self) -> ExprId {
        let (n, d) = (self.stream.below(41) as i64 - 20, 1 + self.stream.below(12) as i64);
        match self.stream.below(12) {
            0 => self.graph.pi(),
            1 => self.graph.number(Rational::parse("6.02214076e23").expect("a number")),
            2 => self.graph.number(Rational::parse("1.380649e-23").expect("a number")),
            _ => self.graph.rational(n, d),
        }
    }

    /// `1 + x²`, so that most arguments of roots and logarithms are in their domains.
    fn positive(&mut self, x: ExprId) -> ExprId {
        if self.stream.below(8) == 0 {
            return x;
        }
        let square = self.graph.powi(x, 2);
        let one = self.graph.one();
        self.graph.add(one, square)
    }

    /// A value in (-1, 1), for most arguments of inverse and quickly growing functions.
    fn bounded(&mut self, x: ExprId) -> ExprId {
        match self.stream.below(8) {
            0 => x,
            1..4 => self.graph.call(Function::Sin, &[x]),
            _ => self.graph.call(Function::Tanh, &[x]),
        }
    }

    fn function(&mut self, depth: u64) -> ExprId {
        let function = FUNCTIONS[self.stream.below(FUNCTIONS.len() as u64) as usize].function;
        let x = self.expression(depth - 1);
        let args = match function {
            Function::Ln | Function::Log10 | Function::Acosh => vec![self.positive(x)],
            Function::Gamma | Function::LnGamma => {
                let x = self.bounded(x);
                let three = self.graph.integer(3);
                vec![self.graph.add(x, three)]
            }
            Function::Asin | Function::Acos | Function::Atanh | Function::Exp | Function::Sinh | Function::Cosh => {
                vec![self.bounded(x)]
            }
            Function::Polygamma | Function::BesselJ | Function::BesselY => {
                let order = self.graph.integer(self.stream.below(4) as i64);
                vec![order, self.positive(x)]
            }
            Function::Atan2 | Function::Modulo => {
                let y = self.expression(depth - 1);
                vec![x, self.positive(y)]
            }
            Function::Min | Function::Max => {
                vec![x, self.expression(depth - 1), self.expression(depth - 1)]
            }
            _ => vec![x],
        };
        self.graph.call(function, &args)
    }

    fn truth(&mut self, depth: u64) -> ExprId {
        let (a, b) = (self.expression(depth - 1), self.expression(depth - 1));
        let list = [Comparison::Less, Comparison::LessEqual, Comparison::Greater, Comparison::NotEqual];
        let op = list[self.stream.below(4) as usize];
        let first = self.graph.compare(op, a, b);
        match self.stream.below(5) {
            0 => self.graph.not(first),
            1 => {
                let c = self.expression(depth - 1);
                let second = self.graph.compare(Comparison::Less, b, c);
                self.graph.and(&[first, second])
            }
            2 => {
                let c = self.expression(depth - 1);
                let second = self.graph.compare(Comparison::LessEqual, c, a);
                self.graph.or(&[first, second])
            }
            _ => first,
        }
    }

    fn expression(&mut self, depth: u64) -> ExprId {
        if depth == 0 || self.stream.below(9) == 0 {
            return if self.stream.below(4) == 0 {
                self.number()
            } else {
                self.leaves[self.stream.below(VARIABLES as u64) as usize]
            };
        }
        if !self.pool.is_empty() && self.stream.below(6) == 0 {
            return self.pool[self.stream.below(self.pool.len() as u64) as usize];
        }
        let made = match self.stream.below(10) {
            0..3 => {
                let parts: Vec<ExprId> = (0..2 + self.stream.below(2)).map(|_| self.expression(depth - 1)).collect();
                self.graph.sum(&parts)
            }
            3..5 => {
                let parts: Vec<ExprId> = (0..2).map(|_| self.expression(depth - 1)).collect();
                self.graph.product(&parts)
            }
            5 => {
                let (a, b) = (self.expression(depth - 1), self.expression(depth - 1));
                let b = self.positive(b);
                self.graph.div(a, b)
            }
            6 => {
                let x = self.expression(depth - 1);
                let x = self.positive(x);
                let exponents = [(1, 2), (-1, 2), (3, 2), (5, 1), (-3, 1), (1, 3), (7, 4)];
                let (n, d) = exponents[self.stream.below(7) as usize];
                self.graph.pow_rational(x, &Rational::new(n, d).expect("not zero"))
            }
            7 if depth > 1 => {
                let condition = self.truth(depth.min(3));
                let (a, b) = (self.expression(depth - 1), self.expression(depth - 1));
                self.graph.select(condition, a, b)
            }
            _ => self.function(depth),
        };
        self.pool.push(made);
        made
    }

    fn point(&mut self) -> [f64; VARIABLES] {
        const SPECIAL: [f64; 10] =
            [0.0, -0.0, 1.0, -1.0, 1e-300, -1e-160, 1e160, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
        std::array::from_fn(|_| match self.stream.below(40) {
            0 => SPECIAL[self.stream.below(10) as usize],
            1 => 1e6 * self.stream.normal(),
            2 => 1e-6 * self.stream.normal(),
            _ => 2.0 * self.stream.normal(),
        })
    }
}

fn bits(x: f64) -> u64 {
    if x.is_nan() { u64::MAX } else { x.to_bits() }
}

fn count() -> u64 {
    let given = std::env::var("HAMEL_EXPRESSIONS").ok().and_then(|text| text.parse().ok());
    given.unwrap_or(if cfg!(debug_assertions) { 1_000 } else { 20_000 })
}

#[test]
fn interpreter_native_and_lanes_bit_for_bit() {
    let count = count();
    let (mut values, mut not_finite, mut compared, mut worst) = (0u64, 0u64, 0u64, 0.0f64);
    let (mut unavailable, mut ill_conditioned, mut undecided) = (0, 0, 0);
    for number in 0..count {
        let mut generator = Generator::new(number);
        let depth = 1 + generator.stream.below(DEPTH);
        let root = generator.expression(depth);
        let points: Vec<[f64; VARIABLES]> = (0..POINTS).map(|_| generator.point()).collect();
        let graph = &generator.graph;
        if graph.is_full() {
            continue;
        }
        let leaf = |(k, expr): (usize, &ExprId)| {
            // The first variable is a parameter: what depends on it alone is hoisted.
            let (tier, offset) = if k == 0 { (Tier::Parameters, 0) } else { (Tier::State, k - 1) };
            Leaf { expr: *expr, tier, offset, length: 1 }
        };
        let request = Request {
            leaves: generator.leaves.iter().enumerate().map(leaf).collect(),
            systems: Vec::new(),
            outputs: vec![Output { entries: vec![Entry { index: graph.zero(), value: root }], offset: 0, length: 1 }],
        };
        let program = Program::compile(graph, &request).expect("compiles");
        let mut native = program.clone();
        let has_code = native.compile_native(Level::detect());
        unavailable += u64::from(!has_code);
        let mut batch: Batch<LANES> = Batch::new(&program);
        for point in &points {
            let mut results: Vec<(String, f64)> = Vec::new();
            for &level in Level::available() {
                let mut work = program.workspace(level);
                program.prepare(&mut work, &point[..1]).expect("no solve");
                let mut out = [0.0];
                program.run(&mut work, &point[1..], &mut out).expect("no solve");
                results.push((format!("interpreter {}", level.name()), out[0]));
                for binding in &program.inputs[1] {
                    // Different lanes hold different states; lane 5 holds this one.
                    for k in 0..binding.length {
                        let block = batch.cell_mut(binding.cell + k as u32);
                        *block = std::array::from_fn(|lane| points[lane % POINTS][1 + binding.offset + k]);
                        block[5] = point[1 + binding.offset + k];
                    }
                }
                program.run_blocks(&mut work, &mut batch, 1, 1, LANES);
                program.for_each_output(&work, &batch, 1, |_, block| {
                    results.push((format!("lanes {}", level.name()), block[5]));
                });
            }
            let mut work = native.workspace(Level::detect());
            native.prepare(&mut work, &point[..1]).expect("no solve");
            let mut out = [0.0];
            native.run(&mut work, &point[1..], &mut out).expect("no solve");
            results.push(("native".into(), out[0]));
            let expected = results[0].1;
            for (name, value) in &results {
                assert_eq!(bits(*value), bits(expected), "expression {number} at {point:?}: {name} {value} {expected}");
            }
            values += 1;
            not_finite += u64::from(!expected.is_finite());
            let of = |symbol: hamel::symbolic::SymbolId| point[symbol.index()];
            let bindings = Bindings { scalar: &of, element: &|_, _| f64::NAN };
            let defined = evaluate_bounded(graph, &[root], &bindings)[0];
            if !(defined.value.is_finite() && defined.error.is_finite() && expected.is_finite()) {
                continue;
            }
            // Where rounding may choose the other branch, or has eaten the digits, nothing can be said.
            if defined.error > 1e-3 * defined.value.abs() {
                ill_conditioned += 1;
            } else if has_jump(graph, root) || !is_decided(graph, root, &bindings) {
                undecided += 1;
            } else {
                compared += 1;
                let off = (expected - defined.value).abs() / (defined.error + f64::MIN_POSITIVE);
                worst = worst.max(off);
                if off > 16.0 {
                    let text = Text::new().print(graph, root);
                    panic!("expression {number} at {point:?}: {expected} is not {defined:?} for {text}");
                }
            }
        }
    }
    println!(
        "seed 20261122: {count} expressions, {values} values, {not_finite} not finite, {compared} compared with the \
         definition (largest error {worst:.1} bounds), {ill_conditioned} without digits, {undecided} with jumps or at the \
         edge of a comparison, {unavailable} without native code"
    );
    assert!(not_finite * 5 <= values, "{not_finite} of {values} are not finite");
    assert!(compared * 3 > values, "{compared} of {values} were compared");
}

/// Whether a function jumps or changes branch, where a bound to first order may say too little.
fn has_jump(graph: &Graph, root: ExprId) -> bool {
    graph.reachable(&[root]).into_iter().any(|e| match graph.node(e) {
        Node::Call { function, .. } => {
            use Function::{Atan2, Floor, Max, Min, Modulo, Sign};
            matches!(function, Floor | Modulo | Sign | Atan2 | Min | Max)
        }
        _ => false,
    })
}

/// Whether rounding leaves the outcome of every comparison alone.
fn is_decided(graph: &Graph, root: ExprId, bindings: &Bindings<'_, f64>) -> bool {
    let sides: Vec<ExprId> = graph
        .reachable(&[root])
        .into_iter()
        .filter_map(|e| match graph.node(e) {
            Node::Compare { left, right, .. } => Some([*left, *right]),
            _ => None,
        })
        .flatten()
        .collect();
    let values = evaluate_bounded(graph, &sides, bindings);
    values.chunks(2).all(|pair| {
        let distance = (pair[0].value - pair[1].value).abs();
        let exact = pair[0].error == 0.0 && pair[1].error == 0.0;
        exact || distance > 16.0 * (pair[0].error + pair[1].error)
    })
}

/// Whether a slope of the kind `1/(1 − v²)` has lost its digits: a dual number carries no bound of its own.
fn at_end_of_domain(graph: &Graph, root: ExprId, bindings: &Bindings<'_, f64>) -> bool {
    let ends = |e: ExprId| match graph.node(e) {
        Node::Call { function: Function::Atanh | Function::Asin | Function::Acos, args } => Some((args[0], 1.0)),
        Node::Call { function: Function::Acosh, args } => Some((args[0], -1.0)),
        _ => None,
    };
    let (arguments, sides): (Vec<ExprId>, Vec<f64>) = graph.reachable(&[root]).into_iter().filter_map(ends).unzip();
    let values = evaluate_bounded(graph, &arguments, bindings);
    values.iter().zip(sides).any(|(v, side)| side * (1.0 - v.value.abs()) < 1e-6)
}

#[test]
fn symbolic_derivatives_agree_with_dual_numbers() {
    let count = count();
    let (mut compared, mut skipped, mut full, mut worst) = (0u64, 0u64, 0u64, 0.0f64);
    let mut wrong: Vec<String> = Vec::new();
    for number in 0..count {
        let mut generator = Generator::new(number);
        let depth = 1 + generator.stream.below(DEPTH);
        let root = generator.expression(depth);
        let points: Vec<[f64; VARIABLES]> = (0..POINTS).map(|_| generator.point()).collect();
        let which = number as usize % VARIABLES;
        let Generator { mut graph, leaves, .. } = generator;
        let forward = graph.differentiate(root, leaves[which]);
        let reverse = graph.gradient(root, &leaves)[which];
        if graph.is_full() {
            full += 1;
            continue;
        }
        for point in &points {
            let of = |symbol: SymbolId| {
                let value = Dual64::from(point[symbol.index()]);
                if symbol.index() == which { value.derivative() } else { value }
            };
            let dual = evaluate(&graph, &[root], &Bindings { scalar: &of, element: &|_, _| Dual64::from(f64::NAN) })[0];
            let of = |symbol: SymbolId| point[symbol.index()];
            let bindings = Bindings { scalar: &of, element: &|_, _| f64::NAN };
            let [value, found @ ..] = &evaluate_bounded(&graph, &[root, forward, reverse], &bindings)[..] else {
                unreachable!("three roots")
            };
            if at_end_of_domain(&graph, root, &bindings) {
                skipped += 2;
                continue;
            }
            // Where the value itself has lost digits, so has the dual number's slope.
            let lost = value.error / (f64::EPSILON * value.value.abs() + f64::MIN_POSITIVE);
            for found in found {
                let usable = [dual.re, dual.eps, found.value, found.error].iter().all(|x| x.abs() < 1e150);
                // A derivative that rounding has eaten says nothing.
                if !usable || found.error > 1e-3 * found.value.abs().max(dual.eps.abs()) {
                    skipped += 1;
                    continue;
                }
                compared += 1;
                // The bound counts units of the last place: with 1e-10 for each of them it is 1e-10 × condition.
                let size = found.error / f64::EPSILON + found.value.abs() + dual.eps.abs() * (1.0 + lost);
                // Slopes of the size of the value may cancel in the dual number.
                let allowed = 1e-10 * size + 1e-14 * (1.0 + value.value.abs());
                let off = (found.value - dual.eps).abs();
                worst = worst.max(off / allowed);
                if off > allowed {
                    let text = Text::new().print(&graph, root);
                    let shown: String = text.chars().take(2_000).collect();
                    wrong.push(format!("{number} by x{which} at {point:?}: {found:?} is not {} for {shown}", dual.eps));
                }
            }
        }
    }
    println!(
        "seed 20261122: {count} expressions, {compared} derivatives compared (largest deviation {worst:.1e} of \
         1e-10 × condition), {skipped} without finite numbers or digits, {full} too large"
    );
    assert!(compared > skipped, "{compared} {skipped}");
    assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
}
