//! Equations of motion with their adjoint, as one batched program.
//!
//! With the rates `r = (explicit rates, a)`, where each linear block solves `M a = f`, and a cotangent
//! `r̄` of the rates, the cotangents of states, parameters and weights are the derivatives of the scalar
//!
//! ```text
//! S = Σ r̄·r_explicit + Σ_blocks λ·(f − M a),   M λ = ā
//! ```
//!
//! by them with `r̄`, `λ` and `a` held (the implicit function theorem: Griewank & Walther, *Evaluating
//! Derivatives*, 2008, chapter 15). `S` is built in the symbolic graph, so formulas and nets go through
//! one set of rules; of a net only pushes `w·Dᵏf(x)[t…]` are left to be differentiated by its weights.

use super::lower::Lowering;
use crate::formalism::equations::{Block, EquationsOfMotion, Mass, StateLeaf};
use crate::kernel::lower::LowerError;
use crate::limits;
use crate::symbolic::{Entry, ExprId, Graph, NetId, Seeds, SymbolInfo};
use crate::tensor::{Builder, Shape, Value};

/// Where the values of a program come from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// A row per state component.
    pub states: Option<Value>,
    /// One row.
    pub time: Option<Value>,
    /// Values of parameters, in the order of the equations: lanes or shared, a row per component.
    pub parameters: Vec<Value>,
    /// The weights of each net of the graph.
    pub weights: Vec<Vec<Value>>,
}

/// What is asked of the adjoint.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Whether the cotangent of the states.
    pub states: bool,
    /// Of which parameters, by their place.
    pub parameters: Vec<usize>,
}

/// Equations prepared for programs: `S` and its parts in the graph.
pub struct Adjoint {
    graph: Graph,
    states: Vec<StateLeaf>,
    parameters: Vec<StateLeaf>,
    time: ExprId,
    dimension: usize,
    blocks: Vec<Part>,
    reversed: bool,
    /// `r̄` of the explicit rates.
    held: ExprId,
    nets: Vec<(ExprId, ExprId)>,
    state_cotangent: Option<ExprId>,
    parameter_cotangents: Vec<(usize, ExprId)>,
}

/// A block of the equations.
enum Part {
    Explicit { offset: usize, length: usize, rates: ExprId },
    Linear(Linear),
}

struct Linear {
    offset: usize,
    length: usize,
    /// `n²` entries, row by row, or the diagonal.
    mass: ExprId,
    diagonal: bool,
    /// Whether the entries are those of a symmetric matrix.
    symmetric: bool,
    forcing: ExprId,
    /// `M a` for the leaves of `a`.
    product: ExprId,
    unknowns: Vec<StateLeaf>,
    /// λ
    multiplier: ExprId,
}

/// What equations cannot be learned through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unlearnable {
    /// Rates that only Newton's method gives.
    Implicit,
    /// An expression that is no batched program.
    Expression(LowerError),
}

impl From<LowerError> for Unlearnable {
    fn from(e: LowerError) -> Self {
        Unlearnable::Expression(e)
    }
}

impl std::fmt::Display for Unlearnable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unlearnable::Implicit => write!(f, "its rates are found by Newton's method"),
            Unlearnable::Expression(e) => write!(f, "{e}"),
        }
    }
}

/// The rates of equations in a program, with what their adjoint needs.
pub struct Rates {
    /// A row per state component.
    pub values: Value,
    /// The solved rates and the matrix of each linear block.
    solved: Vec<Option<(Value, Value)>>,
}

/// Cotangents from an [`Adjoint`].
pub struct Cotangents {
    /// A row per state component.
    pub states: Option<Value>,
    /// By the place of the parameter: shared, a row per component.
    pub parameters: Vec<(usize, Value)>,
    /// By net: shared, one for each array of weights.
    pub weights: Vec<(NetId, Vec<Value>)>,
}

impl Adjoint {
    /// Builds `S` and its derivatives.
    pub fn new(equations: &EquationsOfMotion, wanted: &Wanted) -> Result<Adjoint, Unlearnable> {
        let mut g = equations.graph.clone();
        let dimension = equations.states.iter().map(|s| s.offset + s.length).max().unwrap_or(0);
        let held = array(&mut g, "r̄", dimension);
        let mut blocks = Vec::with_capacity(equations.blocks.len());
        let mut terms = Vec::new();
        for block in &equations.blocks {
            match block {
                Block::Explicit { offset, length, rates } => {
                    terms.push(paired(&mut g, held, *offset, rates));
                    let rates = g.scatter(*length as u32, rates);
                    blocks.push(Part::Explicit { offset: *offset, length: *length, rates });
                }
                Block::Linear { length, mass, .. }
                    if *length > limits::LEARNED_ROWS && !matches!(mass, Mass::Diagonal(_)) =>
                {
                    return Err(LowerError::MatrixTooLarge { rows: *length, limit: limits::LEARNED_ROWS }.into());
                }
                Block::Linear { offset, length, mass, forcing, symmetric, unknowns, momenta } => {
                    let multiplier = array(&mut g, "λ", *length);
                    terms.push(paired(&mut g, multiplier, 0, forcing));
                    let product = product(&mut g, mass, momenta, unknowns, equations, *offset, *symmetric);
                    let pulled = paired(&mut g, multiplier, 0, &product);
                    terms.push(g.neg(pulled));
                    let product = g.scatter(*length as u32, &product);
                    let (mass, diagonal) = matrix(&mut g, mass, *length, *symmetric);
                    let forcing = g.scatter(*length as u32, forcing);
                    blocks.push(Part::Linear(Linear {
                        offset: *offset,
                        length: *length,
                        mass,
                        diagonal,
                        symmetric: *symmetric,
                        forcing,
                        product,
                        unknowns: unknowns.clone(),
                        multiplier,
                    }));
                }
                Block::Newton { .. } => return Err(Unlearnable::Implicit),
            }
        }
        let scalar = g.sum(&terms);
        let nets = g.net_cotangents(scalar);
        let state_cotangent = wanted.states.then(|| {
            let leaves: Vec<(ExprId, u32)> = equations.states.iter().map(|s| (s.leaf, s.offset as u32)).collect();
            let entries = g.gradient_entries(scalar, &leaves);
            g.scatter(dimension as u32, &entries)
        });
        let mut parameter_cotangents = Vec::with_capacity(wanted.parameters.len());
        for place in &wanted.parameters {
            let p = &equations.parameters[*place];
            let entries = g.gradient_entries(scalar, &[(p.leaf, 0)]);
            parameter_cotangents.push((*place, g.scatter(p.length as u32, &entries)));
        }
        Ok(Adjoint {
            states: equations.states.clone(),
            parameters: equations.parameters.clone(),
            time: equations.time,
            dimension,
            blocks,
            reversed: equations.reversed,
            held,
            nets,
            state_cotangent,
            parameter_cotangents,
            graph: g,
        })
    }

    /// The graph with `S`.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Number of state components.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// A lowering over a program with states, time, parameters and weights bound.
    pub fn lowering(&self, builder: Builder, sources: &Sources, first_table: u32) -> Lowering<'_> {
        let mut l = Lowering::new(&self.graph, builder, sources.weights.clone(), first_table);
        if let Some(states) = sources.states {
            for s in &self.states {
                let value = l.builder.slice(states, s.offset as u32, s.length as u32);
                l.bind(s.leaf, value);
            }
        }
        if let Some(time) = sources.time {
            l.bind(self.time, time);
        }
        for (p, value) in self.parameters.iter().zip(&sources.parameters) {
            l.bind(p.leaf, *value);
        }
        l
    }

    /// The rates in the program of `l`.
    pub fn rates(&self, l: &mut Lowering<'_>) -> Result<Rates, Unlearnable> {
        let mut rows: Vec<(usize, Value)> = Vec::new();
        let mut solved = Vec::new();
        for part in &self.blocks {
            match part {
                Part::Explicit { offset, length, rates } => {
                    let value = l.arrays(&[*rates])?[0];
                    let value = l.builder.spread(value, Shape::lanes(*length as u32));
                    rows.push((*offset, value));
                    solved.push(None);
                }
                Part::Linear(block) => {
                    let found = l.arrays(&[block.mass, block.forcing])?;
                    let size = block.length as u32;
                    let f = l.builder.spread(found[1], Shape::lanes(size));
                    let a = if block.diagonal {
                        l.builder.div(f, found[0])
                    } else {
                        let m = l.builder.spread(found[0], Shape::lanes(size * size));
                        l.builder.solve(m, f)
                    };
                    for u in &block.unknowns {
                        let value = l.builder.slice(a, u.offset as u32, u.length as u32);
                        l.bind(u.leaf, value);
                    }
                    rows.push((block.offset, a));
                    solved.push(Some((a, found[0])));
                }
            }
        }
        rows.sort_by_key(|(offset, _)| *offset);
        let parts: Vec<Value> = rows.into_iter().map(|(_, value)| value).collect();
        let mut values = l.builder.concat(&parts);
        if self.reversed {
            values = l.builder.neg(values);
        }
        Ok(Rates { values, solved })
    }

    /// What the equations leave over where the rates are `given` (a row per state component): `f − M a` of
    /// linear blocks, the rate less the given one of explicit ones.
    pub fn residual(&self, l: &mut Lowering<'_>, given: Value) -> Result<Rates, Unlearnable> {
        let given = if self.reversed { l.builder.neg(given) } else { given };
        let mut rows: Vec<(usize, Value)> = Vec::new();
        for part in &self.blocks {
            match part {
                Part::Explicit { offset, length, rates } => {
                    let value = l.arrays(&[*rates])?[0];
                    let value = l.builder.spread(value, Shape::lanes(*length as u32));
                    let own = l.builder.slice(given, *offset as u32, *length as u32);
                    rows.push((*offset, l.builder.sub(value, own)));
                }
                Part::Linear(block) => {
                    for u in &block.unknowns {
                        let at = (block.offset + u.offset) as u32;
                        let value = l.builder.slice(given, at, u.length as u32);
                        l.bind(u.leaf, value);
                    }
                    let found = l.arrays(&[block.forcing, block.product])?;
                    let size = block.length as u32;
                    let left = l.builder.sub(found[0], found[1]);
                    rows.push((block.offset, l.builder.spread(left, Shape::lanes(size))));
                }
            }
        }
        rows.sort_by_key(|(offset, _)| *offset);
        let parts: Vec<Value> = rows.into_iter().map(|(_, value)| value).collect();
        Ok(Rates { values: l.builder.concat(&parts), solved: Vec::new() })
    }

    /// The cotangents of everything that was wanted from that of a residual.
    pub fn residual_cotangents(&self, l: &mut Lowering<'_>, cotangent: Value) -> Result<Cotangents, Unlearnable> {
        l.bind(self.held, cotangent);
        for part in &self.blocks {
            if let Part::Linear(block) = part {
                let own = l.builder.slice(cotangent, block.offset as u32, block.length as u32);
                l.bind(block.multiplier, own);
            }
        }
        self.wanted(l)
    }

    /// The cotangents of everything that was wanted from `cotangent`, that of the rates.
    pub fn cotangents(&self, l: &mut Lowering<'_>, rates: &Rates, cotangent: Value) -> Result<Cotangents, Unlearnable> {
        let cotangent = if self.reversed { l.builder.neg(cotangent) } else { cotangent };
        l.bind(self.held, cotangent);
        for (part, solved) in self.blocks.iter().zip(&rates.solved) {
            let (Part::Linear(block), Some((_, mass))) = (part, solved) else { continue };
            let own = l.builder.slice(cotangent, block.offset as u32, block.length as u32);
            let size = block.length as u32;
            let multiplier = if block.diagonal {
                l.builder.div(own, *mass)
            } else {
                let mut m = l.builder.spread(*mass, Shape::lanes(size * size));
                if !block.symmetric {
                    let map: Vec<u32> = (0..size * size).map(|k| k % size * size + k / size).collect();
                    m = l.builder.gather(m, map.into());
                }
                l.builder.solve(m, own)
            };
            l.bind(block.multiplier, multiplier);
        }
        self.wanted(l)
    }

    /// The derivatives of `S`, with everything bound that it holds.
    fn wanted(&self, l: &mut Lowering<'_>) -> Result<Cotangents, Unlearnable> {
        let weights = l.weight_gradients(&self.nets)?;
        let states = match self.state_cotangent {
            Some(e) => Some(l.arrays(&[e])?[0]),
            None => None,
        };
        let mut parameters = Vec::with_capacity(self.parameter_cotangents.len());
        for (place, e) in &self.parameter_cotangents {
            let value = l.arrays(&[*e])?[0];
            let rows = l.builder.shape(value).rows();
            let value = l.builder.spread(value, Shape::lanes(rows));
            parameters.push((*place, l.builder.sum_lanes(value)));
        }
        Ok(Cotangents { states, parameters, weights })
    }
}

fn array(g: &mut Graph, name: &str, length: usize) -> ExprId {
    let symbol = g.symbol(SymbolInfo::array(name, length as u32));
    g.array(symbol)
}

/// `Σ held[offset + index]·value` over all families of the entries.
fn paired(g: &mut Graph, held: ExprId, offset: usize, entries: &[Entry]) -> ExprId {
    let offset = g.integer(offset as i64);
    let mut terms = Vec::with_capacity(entries.len());
    for e in entries {
        let at = g.add(e.index, offset);
        let factor = g.read(held, at);
        let product = g.mul(factor, e.value);
        let mut space = g.domains_of(e.index).to_vec();
        space.extend_from_slice(g.domains_of(e.value));
        space.sort_unstable();
        space.dedup();
        space.sort_by_key(|d| std::cmp::Reverse(g.domain_info(*d).level));
        terms.push(space.into_iter().fold(product, |term, d| g.sum_over(d, term)));
    }
    g.sum(&terms)
}

/// `M a` for the leaves of `a`. Of a Lagrangian it is the change of the momenta along `a`, so that a
/// learned `L` is differentiated along one direction and not entry by entry.
fn product(
    g: &mut Graph,
    mass: &Mass,
    momenta: &[Entry],
    unknowns: &[StateLeaf],
    equations: &EquationsOfMotion,
    offset: usize,
    symmetric: bool,
) -> Vec<Entry> {
    let component = |g: &mut Graph, k: i64| {
        let at = |u: &&StateLeaf| (u.offset as i64..(u.offset + u.length) as i64).contains(&k);
        unknowns.iter().find(at).map(|u| {
            let index = g.integer(k - u.offset as i64);
            if g.array_length(u.leaf).is_some() { g.read(u.leaf, index) } else { u.leaf }
        })
    };
    if !momenta.is_empty() {
        let mut seeds = Seeds::new();
        for u in unknowns {
            let velocity = equations.states.iter().find(|s| s.offset == offset + u.offset);
            if let Some(v) = velocity {
                seeds.set(v.leaf, u.leaf);
            }
        }
        let values: Vec<ExprId> = momenta.iter().map(|e| e.value).collect();
        let changes = g.tangents(&values, &seeds);
        return momenta.iter().zip(changes).map(|(e, value)| Entry { index: e.index, value }).collect();
    }
    let mut out = Vec::new();
    match mass {
        Mass::Entries(entries) => {
            for (r, c, m) in entries {
                let mut push = |g: &mut Graph, row: u32, column: u32| {
                    if let Some(a) = component(g, i64::from(column)) {
                        let value = g.mul(*m, a);
                        out.push(Entry { index: g.integer(i64::from(row)), value });
                    }
                };
                push(g, *r, *c);
                if symmetric && r != c {
                    push(g, *c, *r);
                }
            }
        }
        Mass::Diagonal(entries) => {
            for e in entries {
                let at = g.as_integer(e.index).or_else(|| g.index_range(e.index).map(|r| r.0));
                let own = at.and_then(|k| {
                    let u = unknowns.iter().find(|u| (u.offset as i64..(u.offset + u.length) as i64).contains(&k))?;
                    let shift = g.integer(-(u.offset as i64));
                    let index = g.add(e.index, shift);
                    Some(if g.array_length(u.leaf).is_some() { g.read(u.leaf, index) } else { u.leaf })
                });
                if let Some(a) = own {
                    out.push(Entry { index: e.index, value: g.mul(e.value, a) });
                }
            }
        }
        Mass::Tangent { momentum_tangent, direction } => {
            let map = direction.iter().zip(unknowns).map(|(d, u)| (d.leaf, u.leaf)).collect();
            let values: Vec<ExprId> = momentum_tangent.iter().map(|e| e.value).collect();
            let values = g.substitute_all(&values, &map);
            out.extend(momentum_tangent.iter().zip(values).map(|(e, value)| Entry { index: e.index, value }));
        }
    }
    out
}

/// The matrix as an array: `n²` entries row by row, or its diagonal.
fn matrix(g: &mut Graph, mass: &Mass, n: usize, symmetric: bool) -> (ExprId, bool) {
    let size = n as i64;
    let mut out = Vec::new();
    match mass {
        Mass::Diagonal(entries) => return (g.scatter(n as u32, entries), true),
        Mass::Entries(entries) => {
            for (r, c, m) in entries {
                let (r, c) = (i64::from(*r), i64::from(*c));
                out.push(Entry { index: g.integer(r * size + c), value: *m });
                if symmetric && r != c {
                    out.push(Entry { index: g.integer(c * size + r), value: *m });
                }
            }
        }
        Mass::Tangent { momentum_tangent, direction } => {
            let values: Vec<ExprId> = momentum_tangent.iter().map(|e| e.value).collect();
            for column in 0..size {
                let mut map = crate::symbolic::Substitution::default();
                for d in direction {
                    let inside = column - d.offset as i64;
                    let here = (0..d.length as i64).contains(&inside);
                    if g.array_length(d.leaf).is_some() {
                        let unit = if here { vec![Entry { index: g.integer(inside), value: g.one() }] } else { vec![] };
                        let unit = g.scatter(d.length as u32, &unit);
                        map.insert(d.leaf, unit);
                    } else {
                        let value = if here { g.one() } else { g.zero() };
                        map.insert(d.leaf, value);
                    }
                }
                let values = g.substitute_all(&values, &map);
                for (e, value) in momentum_tangent.iter().zip(values) {
                    let rows = g.scale(e.index, &crate::symbolic::Rational::integer(size));
                    let shift = g.integer(column);
                    out.push(Entry { index: g.add(rows, shift), value });
                }
            }
        }
    }
    let entries: Vec<Entry> = out.into_iter().filter(|e| e.value != g.zero()).collect();
    (g.scatter((n * n) as u32, &entries), false)
}
