//! The equations of motion as a person writes them: one line for each highest derivative.

use super::assemble;
use super::equations::{Block, EquationsOfMotion, Mass, StateLeaf};
use super::{members, rings, settled};
use crate::symbolic::{DomainId, Entry, ExprId, Graph, Node, Rational, Standing};
use rustc_hash::FxHashMap;

/// `left = right`
#[derive(Clone, Debug)]
pub struct Line {
    /// A sum of rates.
    pub left: ExprId,
    /// What drives it.
    pub right: ExprId,
    /// The range of the members that it stands for, counted from 1; `None` for one equation.
    pub range: Option<DomainId>,
    /// Which variables of the range go round, and after how many members: `u[n + 1]` is `u[1]`.
    pub rounds: Vec<(u32, i64)>,
}

/// Longest list of components that is written out.
const SHOWN: usize = 40;

/// The lines, in a graph that extends that of the equations. Rates that are velocities of the state
/// (`q' = v`) are left out.
pub fn lines(equations: &EquationsOfMotion) -> (Graph, Vec<Line>) {
    let mut g = equations.graph.clone();
    let mut out = Vec::new();
    for block in &equations.blocks {
        match block {
            Block::Explicit { offset, rates, .. } => {
                for (state, rate) in equations.states.iter().zip(&equations.rate_leaves) {
                    let Some(rate) = rate else { continue };
                    let local = StateLeaf { leaf: *rate, offset: state.offset.wrapping_sub(*offset), ..state.clone() };
                    if state.offset < *offset {
                        continue;
                    }
                    explicit(&mut g, rates, &local, &mut out);
                }
            }
            Block::Linear { mass, forcing, unknowns, length, symmetric, .. } => {
                linear(&mut g, mass, forcing, unknowns, *length, *symmetric, &mut out)
            }
            Block::Newton { residual, unknowns, .. } => {
                for m in members::members(&mut g, &[residual], SHOWN).unwrap_or_default() {
                    let line = balanced(&mut g, m.values[0], unknowns);
                    out.push(Line { range: m.range, ..line });
                }
            }
        }
    }
    // A velocity that the Legendre transform solves at once is no unknown to the reader.
    let known = solved(&mut g, equations);
    for line in &mut out {
        line.right = g.substitute(line.right, &known);
        let mut rounds = Vec::new();
        line.left = rings::unrolled(&mut g, line.left, &mut rounds);
        line.right = rings::unrolled(&mut g, line.right, &mut rounds);
        line.rounds = rounds.iter().filter(|r| Some(r.0) == line.range).map(|r| (r.1, r.2)).collect();
        line.right = brief(&mut g, line.right);
        line.left = stencil(&mut g, line.left);
        line.right = stencil(&mut g, line.right);
    }
    (g, out)
}

/// Terms from which on a sum over neighbours is written by its coefficients.
const STENCIL: usize = 4;

/// A long sum over neighbours with one bracket for each coefficient, `τ*(u[i - 1][j] + … - 8*u[i][j])/3`, where that is
/// shorter.
fn stencil(g: &mut Graph, e: ExprId) -> ExprId {
    let Node::Sum { constant, terms } = g.node(e).clone() else { return e };
    if terms.len() < STENCIL {
        return e;
    }
    let moves = |g: &Graph, x: ExprId| match g.node(x) {
        Node::Read { array, .. } => {
            g.symbol_of(*array).is_some_and(|s| g.symbol_info(s).standing != Standing::Coefficient)
        }
        _ => false,
    };
    let mut groups: Vec<(Vec<(ExprId, Rational)>, Vec<(ExprId, Rational)>)> = Vec::new();
    for (term, c) in terms.iter() {
        let (number, factors) = match g.node(*term) {
            Node::Product { coefficient, factors } => (coefficient.clone(), factors.to_vec()),
            _ => (Rational::ONE, vec![(*term, Rational::ONE)]),
        };
        let (own, outside): (Vec<_>, Vec<_>) = factors.into_iter().partition(|f| moves(g, f.0));
        let Some(c) = number.checked_mul(c) else { return e };
        let own = g.product_of_powers(Rational::ONE, &own);
        match groups.iter_mut().find(|known| known.0 == outside) {
            Some((_, list)) => list.push((own, c)),
            None => groups.push((outside, vec![(own, c)])),
        }
    }
    let mut list = Vec::with_capacity(groups.len());
    for (outside, inside) in groups {
        let least = inside.iter().map(|t| t.1.abs()).min().unwrap_or(Rational::ONE);
        let multiples: Option<Vec<(ExprId, Rational)>> =
            inside.iter().map(|(x, c)| Some((*x, c.checked_div(&least).filter(Rational::is_integer)?))).collect();
        let (factor, inside) = multiples.map_or((Rational::ONE, inside), |m| (least, m));
        let mut factors = outside;
        factors.push((g.linear_combination(Rational::ZERO, &inside), Rational::ONE));
        list.push((g.product_of_powers(Rational::ONE, &factors), factor));
    }
    let made = g.linear_combination(constant, &list);
    if g.count_written(made) < g.count_written(e) { made } else { e }
}

/// Rates that diagonal blocks give, each by its own quotient: what stands for them on paper.
pub fn solved(g: &mut Graph, equations: &EquationsOfMotion) -> FxHashMap<ExprId, ExprId> {
    let mut known = FxHashMap::default();
    for block in &equations.blocks {
        let Block::Linear { mass: Mass::Diagonal(diagonal), forcing, unknowns, length, .. } = block else { continue };
        if *length > SHOWN || !assemble::is_explicit(g, diagonal) || !assemble::is_explicit(g, forcing) {
            continue;
        }
        for k in 0..*length {
            if let (Some(m), Some(f), Some(a)) =
                (assemble::at(g, diagonal, k), assemble::at(g, forcing, k), assemble::component_at(g, unknowns, k))
            {
                let value = quotient(g, f, m);
                known.insert(a, value);
            }
        }
    }
    known
}

/// A formula as it is written on a board.
fn brief(g: &mut Graph, e: ExprId) -> ExprId {
    g.present(e, &[])
}

/// `residual = 0` with the terms of the unknowns on the left.
fn balanced(g: &mut Graph, residual: ExprId, unknowns: &[StateLeaf]) -> Line {
    let zero = g.zero();
    let Node::Sum { constant, terms } = g.node(residual).clone() else {
        return Line { left: residual, right: zero, range: None, rounds: Vec::new() };
    };
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for (term, c) in terms.iter() {
        let leaves = g.free_leaves(&[*term]);
        let unknown = unknowns.iter().any(|u| leaves.contains(&u.leaf));
        let c = if unknown { c.clone() } else { c.negated() };
        let scaled = g.scale(*term, &c);
        if unknown { &mut left } else { &mut right }.push(scaled);
    }
    right.push(g.number(constant.negated()));
    Line { left: g.sum(&left), right: g.sum(&right), range: None, rounds: Vec::new() }
}

fn explicit(g: &mut Graph, rates: &[Entry], leaf: &StateLeaf, out: &mut Vec<Line>) {
    let own = assemble::part(g, rates, leaf);
    let Some(all) = members::members(g, &[&own], SHOWN) else { return };
    let local = StateLeaf { offset: 0, ..leaf.clone() };
    for m in all {
        if let Some(left) = assemble::component(g, std::slice::from_ref(&local), m.index) {
            out.push(Line { left, right: m.values[0], range: m.range, rounds: Vec::new() });
        }
    }
}

fn linear(
    g: &mut Graph,
    mass: &Mass,
    forcing: &[Entry],
    unknowns: &[StateLeaf],
    n: usize,
    symmetric: bool,
    out: &mut Vec<Line>,
) {
    match mass {
        Mass::Diagonal(diagonal) => {
            let small = n <= SHOWN && assemble::is_explicit(g, diagonal) && assemble::is_explicit(g, forcing);
            if !small {
                return products(g, diagonal, forcing, unknowns, out);
            }
            for k in 0..n {
                let (Some(m), Some(f), Some(a)) =
                    (assemble::at(g, diagonal, k), assemble::at(g, forcing, k), assemble::component_at(g, unknowns, k))
                else {
                    continue;
                };
                let m = brief(g, m);
                let right = quotient(g, f, m);
                out.push(Line { left: a, right, range: None, rounds: Vec::new() });
            }
        }
        Mass::Entries(entries) => {
            let before = out.len();
            let mut alone: Vec<(usize, Line)> = Vec::new();
            for row in 0..n.min(SHOWN) {
                let mut terms = Vec::new();
                for (i, j, m) in entries {
                    let (i, j) = (*i as usize, *j as usize);
                    let column = match () {
                        () if i == row => j,
                        () if symmetric && j == row => i,
                        () => continue,
                    };
                    if let Some(a) = assemble::component_at(g, unknowns, column) {
                        terms.push((a, *m));
                    }
                }
                let Some(right) = assemble::at(g, forcing, row) else { continue };
                if let [(a, m)] = terms.as_slice() {
                    let m = brief(g, *m);
                    let right = quotient(g, right, m);
                    let line = Line { left: *a, right, range: None, rounds: Vec::new() };
                    alone.push((a.index(), line.clone()));
                    out.push(line);
                    continue;
                }
                let mut products = Vec::with_capacity(terms.len());
                for (a, m) in terms {
                    let m = brief(g, m);
                    products.push(g.mul(m, a));
                }
                let left = g.sum(&products);
                out.push(Line { left, right, range: None, rounds: Vec::new() });
            }
            // Each row gives one rate: in the order of the coordinates, whatever row it came from.
            if alone.len() == out.len() - before {
                alone.sort_by_key(|a| a.0);
                out.truncate(before);
                out.extend(alone.into_iter().map(|a| a.1));
            }
        }
        Mass::Tangent { momentum_tangent, direction } => {
            let map = direction.iter().zip(unknowns).map(|(d, u)| (d.leaf, u.leaf)).collect();
            let values: Vec<ExprId> = momentum_tangent.iter().map(|e| e.value).collect();
            let values = g.substitute_all(&values, &map);
            let left: Vec<Entry> =
                momentum_tangent.iter().zip(values).map(|(e, value)| Entry { index: e.index, value }).collect();
            transported(g, &left, forcing, unknowns, out);
        }
    }
}

/// Term by term: `f/m` where every term of the sum is divided, so that what cancels is gone; one
/// fraction over a bracket.
fn quotient(g: &mut Graph, f: ExprId, m: ExprId) -> ExprId {
    let bracket = |e: ExprId| matches!(g.node(e), Node::Sum { .. });
    let over_bracket = match g.node(m) {
        Node::Product { factors, .. } => factors.iter().any(|(base, _)| bracket(*base)),
        _ => bracket(m),
    };
    if over_bracket {
        // What cancels first goes, then the rest stays one fraction.
        let (plain, brackets) = match g.node(m).clone() {
            Node::Product { coefficient, factors } => {
                let (brackets, plain): (Vec<_>, Vec<_>) =
                    factors.iter().cloned().partition(|(base, _)| matches!(g.node(*base), Node::Sum { .. }));
                let one = Rational::ONE;
                (g.product_of_powers(coefficient, &plain), g.product_of_powers(one, &brackets))
            }
            _ => (g.one(), m),
        };
        let f = quotient(g, f, plain);
        let f = brief(g, f);
        return g.div(f, brackets);
    }
    match g.node(f).clone() {
        Node::Sum { constant, terms } => {
            let mut parts: Vec<ExprId> = Vec::new();
            for (term, c) in terms.iter() {
                let scaled = g.scale(*term, c);
                parts.push(g.div(scaled, m));
            }
            if !constant.is_zero() {
                let number = g.number(constant);
                parts.push(g.div(number, m));
            }
            g.sum(&parts)
        }
        _ => g.div(f, m),
    }
}

/// Equations of large systems: one line for the members that have the same form.
fn products(g: &mut Graph, mass: &[Entry], forcing: &[Entry], unknowns: &[StateLeaf], out: &mut Vec<Line>) {
    let mut left = Vec::with_capacity(mass.len());
    for e in mass {
        let Some(a) = assemble::component(g, unknowns, e.index) else { return };
        left.push(Entry { index: e.index, value: g.mul(e.value, a) });
    }
    transported(g, &left, forcing, unknowns, out);
}

/// `left = forcing`, member by member, divided by what multiplies a single rate.
fn transported(g: &mut Graph, left: &[Entry], forcing: &[Entry], unknowns: &[StateLeaf], out: &mut Vec<Line>) {
    for leaf in unknowns {
        let (own, driven) = (assemble::part(g, left, leaf), assemble::part(g, forcing, leaf));
        let Some(all) = members::members(g, &[&own, &driven], SHOWN) else { continue };
        let local = StateLeaf { offset: 0, ..leaf.clone() };
        let mut made = Vec::with_capacity(all.len());
        let mut rates = Vec::with_capacity(all.len());
        for m in all {
            let (left, right) = (settled::settled(g, m.values[0]), settled::settled(g, m.values[1]));
            made.push(Line { left, right, range: m.range, rounds: Vec::new() });
            rates.push(assemble::component(g, std::slice::from_ref(&local), m.index));
        }
        settled::with_resting(g, &mut made);
        for (line, rate) in made.iter_mut().zip(rates) {
            let Some(rate) = rate else { continue };
            let coefficient = g.div(line.left, rate);
            if g.reachable(&[coefficient]).contains(&leaf.leaf) {
                // several rates: their coefficients added up
                line.left = g.expand(line.left);
                line.left = brief(g, line.left);
                continue;
            }
            line.right = quotient(g, line.right, coefficient);
            line.left = rate;
        }
        out.extend(made);
    }
}
