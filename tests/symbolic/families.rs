//! Families against their unrolled forms: value, gradient, and the gradient's tangents (the mass
//! matrix), for every shape of family that a system can have.

use hamel::symbolic::evaluate::{Bindings, evaluate_array};
use hamel::symbolic::{Comparison, ExprId, FoldOp, Function, Graph, Rational, Seeds, SymbolId, SymbolInfo, evaluate};
use num_dual::{Dual64, DualNum};
use rand::{RngExt, SeedableRng};

type Rng64 = rand::rngs::ChaCha8Rng;

/// One scalar in two forms, over the same scalars and arrays.
struct Case {
    name: &'static str,
    graph: Graph,
    arrays: Vec<SymbolId>,
    scalars: Vec<SymbolId>,
    family: ExprId,
    unrolled: ExprId,
}

impl Case {
    fn new(name: &'static str) -> Self {
        let graph = Graph::new();
        let zero = graph.zero();
        Case { name, graph, arrays: vec![], scalars: vec![], family: zero, unrolled: zero }
    }

    fn array(&mut self, name: &str, length: u32) -> ExprId {
        let s = self.graph.symbol(SymbolInfo::array(name, length));
        self.arrays.push(s);
        self.graph.array(s)
    }

    fn scalar(&mut self, name: &str) -> ExprId {
        let s = self.graph.symbol(SymbolInfo::scalar(name));
        self.scalars.push(s);
        self.graph.scalar(s)
    }
}

/// `array[k]`
fn at(g: &mut Graph, array: ExprId, k: i64) -> ExprId {
    let k = g.integer(k);
    g.read(array, k)
}

/// `array[index + shift]`
fn shifted(g: &mut Graph, array: ExprId, index: ExprId, shift: i64) -> ExprId {
    let shift = g.integer(shift);
    let index = g.add(index, shift);
    g.read(array, index)
}

/// `k/2·x²`
fn spring(g: &mut Graph, k: ExprId, x: ExprId) -> ExprId {
    let square = g.powi(x, 2);
    let product = g.mul(k, square);
    g.scale(product, &Rational::HALF)
}

fn chain() -> Case {
    let mut c = Case::new("chain of springs");
    let n = 7;
    let (x, k) = (c.array("x", n), c.scalar("k"));
    let g = &mut c.graph;
    let d = g.domain(0, &[(1, i64::from(n) - 1)], None);
    let i = g.index(d, 0);
    let (right, left) = (shifted(g, x, i, 0), shifted(g, x, i, -1));
    let stretch = g.sub(right, left);
    let cubic = g.powi(stretch, 3);
    let body = spring(g, k, stretch);
    let body = g.add(body, cubic);
    let sum = g.sum_over(d, body);
    let end = at(g, x, 0);
    let end = spring(g, k, end);
    c.family = g.add(sum, end);
    let mut terms = vec![end];
    for j in 1..i64::from(n) {
        let (right, left) = (at(g, x, j), at(g, x, j - 1));
        let stretch = g.sub(right, left);
        terms.push(spring(g, k, stretch));
        terms.push(g.powi(stretch, 3));
    }
    c.unrolled = g.sum(&terms);
    c
}

fn ring() -> Case {
    let mut c = Case::new("ring with wrap-around, parameters in an array, branches");
    let n = 6i64;
    let (x, k) = (c.array("x", n as u32), c.array("k", n as u32));
    let g = &mut c.graph;
    let term = |g: &mut Graph, here: ExprId, next: ExprId, k: ExprId| {
        let d = g.sub(here, next);
        let zero = g.zero();
        let condition = g.compare(Comparison::Less, d, zero);
        let stiff = spring(g, k, d);
        let soft = g.call(Function::Abs, &[d]);
        let kink = g.select(condition, stiff, soft);
        let smooth = g.call(Function::Cos, &[d]);
        let smooth = g.mul(k, smooth);
        g.add(kink, smooth)
    };
    let d = g.domain(0, &[(0, n - 1)], None);
    let i = g.index(d, 0);
    let (one, modulus) = (g.one(), g.integer(n));
    let next = g.add(i, one);
    let next = g.call(Function::Modulo, &[next, modulus]);
    let (a, b, kk) = (g.read(x, i), g.read(x, next), g.read(k, i));
    let body = term(g, a, b, kk);
    c.family = g.sum_over(d, body);
    let terms: Vec<_> = (0..n)
        .map(|j| {
            let (a, b, kk) = (at(g, x, j), at(g, x, (j + 1) % n), at(g, k, j));
            term(g, a, b, kk)
        })
        .collect();
    c.unrolled = g.sum(&terms);
    c
}

fn bodies() -> Case {
    let mut c = Case::new("N bodies, pairs a < b of 3-vectors");
    let n = 5i64;
    let (r, m) = (c.array("r", 3 * n as u32), c.array("m", n as u32));
    let strength = c.scalar("G");
    let g = &mut c.graph;
    let term = |g: &mut Graph, place: &mut dyn FnMut(&mut Graph, usize, i64) -> ExprId, mass: [ExprId; 2]| {
        let mut squares = Vec::new();
        for axis in 0..3 {
            let (a, b) = (place(g, 0, axis), place(g, 1, axis));
            let d = g.sub(a, b);
            squares.push(g.powi(d, 2));
        }
        let r2 = g.sum(&squares);
        let inverse = g.pow_rational(r2, &Rational::HALF.negated());
        let minus = g.number(Rational::MINUS_ONE);
        g.product(&[minus, strength, mass[0], mass[1], inverse])
    };
    let square = g.domain(0, &[(0, n - 1), (0, n - 1)], None);
    let (a, b) = (g.index(square, 0), g.index(square, 1));
    let ordered = g.compare(Comparison::Less, a, b);
    let pairs = g.domain(0, &[(0, n - 1), (0, n - 1)], Some(ordered));
    let (a, b) = (g.index(pairs, 0), g.index(pairs, 1));
    let masses = [g.read(m, a), g.read(m, b)];
    let body = term(
        g,
        &mut |g, which, axis| {
            let index = g.scale([a, b][which], &Rational::integer(3));
            shifted(g, r, index, axis)
        },
        masses,
    );
    c.family = g.sum_over(pairs, body);
    let mut terms = Vec::new();
    for a in 0..n {
        for b in a + 1..n {
            let masses = [at(g, m, a), at(g, m, b)];
            terms.push(term(g, &mut |g, which, axis| at(g, r, 3 * [a, b][which] + axis), masses));
        }
    }
    c.unrolled = g.sum(&terms);
    c
}

/// Kinetic and potential energy of the n-link pendulum with equal lengths and masses `m[i]`.
fn pendulum(n: i64, scans: bool, c: &mut Case) -> ExprId {
    let g = &mut c.graph;
    let [θ, ω, m, l] = [c.arrays[0], c.arrays[1], c.arrays[2], c.arrays[3]].map(|s| g.array(s));
    let gravity = g.scalar(c.scalars[0]);
    let velocity = |g: &mut Graph, j: ExprId, function: Function| {
        let (angle, rate, length) = (g.read(θ, j), g.read(ω, j), g.read(l, j));
        let turned = g.call(function, &[angle]);
        g.product(&[length, turned, rate])
    };
    let height = |g: &mut Graph, j: ExprId| {
        let (angle, length) = (g.read(θ, j), g.read(l, j));
        let cosine = g.call(Function::Cos, &[angle]);
        let product = g.mul(length, cosine);
        g.neg(product)
    };
    let energy = |g: &mut Graph, mass: ExprId, x: ExprId, y: ExprId, h: ExprId| {
        let (x2, y2) = (g.powi(x, 2), g.powi(y, 2));
        let v2 = g.add(x2, y2);
        let kinetic = g.mul(mass, v2);
        let kinetic = g.scale(kinetic, &Rational::HALF);
        let potential = g.product(&[mass, gravity, h]);
        g.sub(kinetic, potential)
    };
    if scans {
        let d = g.domain(0, &[(1, n)], None);
        let i = g.index(d, 0);
        let one = g.one();
        let place = g.sub(i, one);
        let (vx, vy, h) = (velocity(g, place, Function::Cos), velocity(g, place, Function::Sin), height(g, place));
        let (x, y, h) = (g.running_sum(d, vx, i), g.running_sum(d, vy, i), g.running_sum(d, h, i));
        let mass = g.read(m, place);
        let body = energy(g, mass, x, y, h);
        g.sum_over(d, body)
    } else {
        let mut terms = Vec::new();
        for i in 0..n {
            let mut parts: [Vec<ExprId>; 3] = Default::default();
            for j in 0..=i {
                let j = g.integer(j);
                parts[0].push(velocity(g, j, Function::Cos));
                parts[1].push(velocity(g, j, Function::Sin));
                parts[2].push(height(g, j));
            }
            let [x, y, h] = parts.map(|p| g.sum(&p));
            let mass = at(g, m, i);
            terms.push(energy(g, mass, x, y, h));
        }
        g.sum(&terms)
    }
}

fn pendulum_case() -> Case {
    let mut c = Case::new("n-link pendulum with running sums");
    let n = 6;
    for name in ["θ", "ω", "m", "l"] {
        c.array(name, n);
    }
    c.scalar("g");
    c.family = pendulum(i64::from(n), true, &mut c);
    c.unrolled = pendulum(i64::from(n), false, &mut c);
    c
}

fn nested() -> Case {
    let mut c = Case::new("nested sums with j < i, a shared scalar and a square of a sum");
    let n = 5i64;
    let (x, y, s) = (c.array("x", n as u32), c.array("y", n as u32), c.scalar("s"));
    let g = &mut c.graph;
    let term = |g: &mut Graph, a: ExprId, b: ExprId| {
        let product = g.product(&[a, b, s]);
        let sine = g.call(Function::Sin, &[product]);
        g.add(sine, s)
    };
    let outer = g.domain(0, &[(0, n - 1)], None);
    let i = g.index(outer, 0);
    let open = g.domain(1, &[(0, n - 1)], None);
    let j = g.index(open, 0);
    let below = g.compare(Comparison::Less, j, i);
    let inner = g.domain(1, &[(0, n - 1)], Some(below));
    let j = g.index(inner, 0);
    let (a, b) = (g.read(x, i), g.read(y, j));
    let body = term(g, a, b);
    let row = g.sum_over(inner, body);
    let square = g.powi(row, 2);
    let weighted = g.add(square, a);
    let total = g.sum_over(outer, weighted);
    c.family = g.mul(total, total);
    let mut rows = Vec::new();
    for i in 0..n {
        let mut terms = Vec::new();
        for j in 0..i {
            let (a, b) = (at(g, x, i), at(g, y, j));
            terms.push(term(g, a, b));
        }
        let row = g.sum(&terms);
        let square = g.powi(row, 2);
        let a = at(g, x, i);
        rows.push(g.add(square, a));
    }
    let total = g.sum(&rows);
    c.unrolled = g.mul(total, total);
    c
}

fn rows_of_scans() -> Case {
    let mut c = Case::new("running sums inside rows, from below and from above, empty ones included");
    let (rows, columns) = (3i64, 4i64);
    let (x, s) = (c.array("x", (rows * columns) as u32), c.scalar("s"));
    let g = &mut c.graph;
    let row = g.domain(0, &[(0, rows - 1)], None);
    let column = g.domain(1, &[(0, columns - 1)], None);
    let (i, j) = (g.index(row, 0), g.index(column, 0));
    let place = g.scale(i, &Rational::integer(columns));
    let place = g.add(place, j);
    let here = g.read(x, place);
    let squared = g.powi(here, 2);
    let term = g.mul(s, squared);
    let inner = g.domain(2, &[(0, columns - 1)], None);
    let k = g.index(inner, 0);
    let map = [(j, k)].into_iter().collect();
    let inner_term = g.substitute(term, &map);
    let one = g.one();
    let before = g.sub(j, one);
    let below = g.running_sum(inner, inner_term, before);
    let above = g.running_sum_from(inner, inner_term, j);
    let product = g.mul(below, above);
    let body = g.add(product, here);
    let body = g.call(Function::Sin, &[body]);
    let sum = g.sum_over(column, body);
    c.family = g.sum_over(row, sum);
    let mut terms = Vec::new();
    for i in 0..rows {
        let squares: Vec<_> = (0..columns)
            .map(|j| {
                let here = at(g, x, i * columns + j);
                let square = g.powi(here, 2);
                g.mul(s, square)
            })
            .collect();
        for j in 0..columns as usize {
            let (below, above) = (g.sum(&squares[..j]), g.sum(&squares[j..]));
            let product = g.mul(below, above);
            let here = at(g, x, i * columns + j as i64);
            let body = g.add(product, here);
            terms.push(g.call(Function::Sin, &[body]));
        }
    }
    c.unrolled = g.sum(&terms);
    c
}

fn extremes() -> Case {
    let mut c = Case::new("least and greatest values over a set");
    let n = 6i64;
    let x = c.array("x", n as u32);
    let g = &mut c.graph;
    let d = g.domain(0, &[(0, n - 1)], None);
    let i = g.index(d, 0);
    let here = g.read(x, i);
    let square = g.powi(here, 2);
    let (low, high) = (g.fold(FoldOp::Min, d, here), g.fold(FoldOp::Max, d, square));
    c.family = g.mul(low, high);
    let values: Vec<_> = (0..n).map(|k| at(g, x, k)).collect();
    let squares: Vec<_> = values.iter().map(|v| g.powi(*v, 2)).collect();
    let (low, high) = (g.call(Function::Min, &values), g.call(Function::Max, &squares));
    c.unrolled = g.mul(low, high);
    c
}

fn cases() -> Vec<Case> {
    vec![chain(), ring(), bodies(), pendulum_case(), nested(), rows_of_scans(), extremes()]
}

/// Values of the leaves: scalars and arrays by the number of the symbol.
struct Point {
    values: Vec<Vec<f64>>,
}

impl Point {
    fn random(graph: &Graph, rng: &mut Rng64) -> Self {
        let values = graph
            .symbols()
            .map(|(_, info)| (0..info.length.unwrap_or(1)).map(|_| rng.random_range(-1.5..1.5)).collect())
            .collect();
        Point { values }
    }

    fn get(&self, graph: &Graph, expr: ExprId) -> f64 {
        self.many(graph, &[expr])[0]
    }

    fn many(&self, graph: &Graph, exprs: &[ExprId]) -> Vec<f64> {
        let bindings = Bindings {
            scalar: &|s: SymbolId| self.values[s.index()][0],
            element: &|s: SymbolId, k: usize| self.values[s.index()][k],
        };
        evaluate(graph, exprs, &bindings)
    }

    fn array(&self, graph: &Graph, array: ExprId) -> Vec<f64> {
        let bindings = Bindings {
            scalar: &|s: SymbolId| self.values[s.index()][0],
            element: &|s: SymbolId, k: usize| self.values[s.index()][k],
        };
        evaluate_array(graph, array, &bindings)
    }
}

fn close(name: &str, what: &str, a: f64, b: f64, scale: f64) {
    assert!((a - b).abs() <= 1e-13 * scale.max(1.0), "{name}, {what}: {a:e} against {b:e}");
}

#[test]
fn families_equal_their_unrolled_forms() {
    let mut rng = Rng64::seed_from_u64(11);
    for mut case in cases() {
        let name = case.name;
        let g = &mut case.graph;
        // the flat vector: scalars, then arrays
        let mut leaves: Vec<(ExprId, u32)> = Vec::new();
        let mut elements: Vec<ExprId> = Vec::new();
        for s in &case.scalars {
            let leaf = g.scalar(*s);
            leaves.push((leaf, elements.len() as u32));
            elements.push(leaf);
        }
        for s in &case.arrays {
            let leaf = g.array(*s);
            leaves.push((leaf, elements.len() as u32));
            for k in 0..g.array_length(leaf).expect("array") {
                elements.push(at(g, leaf, i64::from(k)));
            }
        }
        let n = elements.len() as u32;
        let unrolled_gradient = g.gradient(case.unrolled, &elements);
        let family_gradient = g.gradient(case.family, &elements);
        let entries = g.gradient_entries(case.family, &leaves);
        let by_entries = g.scatter(n, &entries);
        let unrolled_entries = g.gradient_entries(case.unrolled, &leaves);
        let unrolled_entries = g.scatter(n, &unrolled_entries);
        for _ in 0..20 {
            let p = Point::random(g, &mut rng);
            close(name, "value", p.get(g, case.family), p.get(g, case.unrolled), p.get(g, case.unrolled).abs());
            let want = p.many(g, &unrolled_gradient);
            let scale = want.iter().fold(0.0f64, |a, b| a.max(b.abs()));
            for (what, got) in [
                ("gradient of elements", p.many(g, &family_gradient)),
                ("entries", p.array(g, by_entries)),
                ("entries of the unrolled form", p.array(g, unrolled_entries)),
            ] {
                assert_eq!(want.len(), got.len());
                for (k, (a, b)) in want.iter().zip(&got).enumerate() {
                    close(name, &format!("{what} {k}"), *a, *b, scale);
                }
            }
        }
        // tangents of the gradient in every unit direction: the Hessian, column by column
        for j in 0..elements.len() {
            let mut seeds = Seeds::new();
            let one = g.one();
            match case.scalars.get(j) {
                Some(_) => seeds.set(elements[j], one),
                None => {
                    let (array, k) = g.element_of(elements[j]).expect("element");
                    let length = g.array_length(array).expect("array");
                    let index = g.integer(k);
                    let unit = g.scatter(length, &[hamel::symbolic::Entry { index, value: one }]);
                    seeds.set(array, unit)
                }
            };
            let column = g.tangent(by_entries, &seeds);
            let elementwise: Vec<ExprId> = family_gradient.iter().map(|e| g.differentiate(*e, elements[j])).collect();
            let want: Vec<ExprId> = unrolled_gradient.iter().map(|e| g.differentiate(*e, elements[j])).collect();
            let p = Point::random(g, &mut rng);
            let want = p.many(g, &want);
            let elementwise = p.many(g, &elementwise);
            let got = if column == g.zero() { vec![0.0; want.len()] } else { p.array(g, column) };
            let scale = want.iter().fold(0.0f64, |a, b| a.max(b.abs()));
            for k in 0..want.len() {
                close(name, &format!("Hessian {k} {j} by entries"), want[k], got[k], scale);
                close(name, &format!("Hessian {k} {j} by elements"), want[k], elementwise[k], scale);
            }
        }
        assert!(!g.is_full());
    }
}

/// `∇(v·∇f)` by entries twice against the Hessian of the unrolled form: adjoints of scatters and of
/// reverse scans.
#[test]
fn second_gradients_are_closed() {
    let mut rng = Rng64::seed_from_u64(12);
    for mut case in cases() {
        let name = case.name;
        let g = &mut case.graph;
        let mut leaves: Vec<(ExprId, u32)> = Vec::new();
        let mut elements = Vec::new();
        let mut family_seeds = Seeds::new();
        let directions = case.scalars.len() + case.arrays.len();
        for s in case.scalars.iter().chain(&case.arrays) {
            let is_array = g.symbol_info(*s).length;
            let leaf = g.array(*s);
            leaves.push((leaf, elements.len() as u32));
            match is_array {
                None => elements.push(leaf),
                Some(length) => (0..length).for_each(|k| {
                    let e = at(g, leaf, i64::from(k));
                    elements.push(e);
                }),
            }
        }
        assert!(directions > 0);
        let n = elements.len() as u32;
        let v = g.symbol(SymbolInfo::array("v", n));
        let v = g.array(v);
        for (leaf, offset) in &leaves {
            let offset = i64::from(*offset);
            match g.array_length(*leaf) {
                None => {
                    let change = at(g, v, offset);
                    family_seeds.set(*leaf, change);
                }
                Some(length) => {
                    let d = g.domain(9, &[(0, i64::from(length) - 1)], None);
                    let i = g.index(d, 0);
                    let value = shifted(g, v, i, offset);
                    let change = g.scatter(length, &[hamel::symbolic::Entry { index: i, value }]);
                    family_seeds.set(*leaf, change);
                }
            }
        }
        // forward over reverse, and reverse over (the contraction with v of) reverse
        let entries = g.gradient_entries(case.family, &leaves);
        let gradient = g.scatter(n, &entries);
        let forward = g.tangent(gradient, &family_seeds);
        let d = g.domain(9, &[(0, i64::from(n) - 1)], None);
        let i = g.index(d, 0);
        let (part, weight) = (g.read(gradient, i), g.read(v, i));
        let product = g.mul(part, weight);
        let contraction = g.sum_over(d, product);
        let again = g.gradient_entries(contraction, &leaves);
        let reverse = g.scatter(n, &again);
        // reverse over forward
        let along = g.tangent(case.family, &family_seeds);
        let over_forward = g.gradient_entries(along, &leaves);
        let over_forward = g.scatter(n, &over_forward);
        let unrolled = g.gradient(case.unrolled, &elements);
        let hessian: Vec<Vec<ExprId>> =
            unrolled.iter().map(|e| elements.iter().map(|x| g.differentiate(*e, *x)).collect()).collect();
        for _ in 0..5 {
            let p = Point::random(g, &mut rng);
            let direction = p.array(g, v);
            let rows: Vec<f64> =
                hessian.iter().map(|row| p.many(g, row).iter().zip(&direction).map(|(h, v)| h * v).sum()).collect();
            let scale = rows.iter().fold(0.0f64, |a, b| a.max(b.abs()));
            for (what, array) in [("forward", forward), ("reverse", reverse), ("reverse over forward", over_forward)] {
                let got = p.array(g, array);
                for k in 0..rows.len() {
                    close(name, &format!("{what} second gradient {k}"), rows[k], got[k], 4.0 * scale);
                }
            }
        }
        assert!(!g.is_full());
    }
}

#[test]
fn dual_numbers_run_through_families() {
    let case = bodies();
    let mut g = case.graph;
    let p = Point::random(&g, &mut Rng64::seed_from_u64(5));
    let bindings = Bindings {
        scalar: &|s: SymbolId| Dual64::from(p.values[s.index()][0]),
        element: &|s: SymbolId, k: usize| {
            let x = Dual64::from(p.values[s.index()][k]);
            if s == case.arrays[0] && k == 4 { x.derivative() } else { x }
        },
    };
    let dual = evaluate(&g, &[case.family], &bindings)[0];
    let r = g.array(case.arrays[0]);
    let leaf = at(&mut g, r, 4);
    let d = g.differentiate(case.family, leaf);
    close("N bodies", "dual number", p.get(&g, d), dual.eps, dual.eps.abs());
    assert!(dual.re.is_finite() && dual.powi(2).re >= 0.0);
}

/// The graph of a family does not depend on how many members it has.
#[test]
fn the_graph_does_not_grow_with_the_family() {
    let size = |n: i64| {
        let mut c = Case::new("");
        for name in ["θ", "ω", "m", "l"] {
            c.array(name, n as u32);
        }
        c.scalar("g");
        c.family = pendulum(n, true, &mut c);
        let leaves = [(c.graph.array(c.arrays[0]), 0), (c.graph.array(c.arrays[1]), n as u32)];
        let entries = c.graph.gradient_entries(c.family, &leaves);
        let roots: Vec<ExprId> = entries.iter().flat_map(|e| [e.index, e.value]).collect();
        c.graph.count_nodes(&roots)
    };
    assert_eq!(size(10), size(1000));
    assert!(size(10) < 100, "{}", size(10));
}
