//! Probable facts: what holds at random states. They are shown beside the proved ones and decide
//! nothing.
//!
//! | fact | what is computed at each state `y` |
//! |---|---|
//! | conserved | `∂I/∂t + Σ ∂I/∂y_k f_k`, against the sum of its absolute terms |
//! | volume | `Σ ∂f_k/∂y_k`, the divergence of the flow |
//! | positive definite | Cholesky's factor of the mass matrix |
//! | reversible | `f(R y) + R f(y)`, `R` turning velocities and momenta round |
//!
//! The states lie around the start, near and far, in units of the magnitudes that its groups of
//! components have; those at which an `assume` or an equation fails are left out. The numbers have a seed of their
//! own, so the same file always gets the same answer.

use crate::formalism::{Block, EquationsOfMotion, Mass, scalar_leaves, with_rates};
use crate::kernel::{Kernel, Observer, VectorField};
use crate::limits;
use crate::real::Random;
use crate::symbolic::{ExprId, Graph};
use nalgebra::{Cholesky, DMatrix};

/// States that are sampled.
pub const SAMPLES: usize = 100;
/// Fewer states than these tell nothing.
const LEAST: usize = 20;
/// States that are tried.
const TRIED: u64 = 900;
/// Reach of the samples in units of the start, in turn.
const REACH: [f64; 3] = [0.8, 12.0, 200.0];
/// Size, relative to the terms it is made of, under which a sum is zero.
const ZERO: f64 = 1e-9;

/// Where to sample and what to look at.
pub struct Question<'a> {
    /// The equations that the kernel was compiled from.
    pub equations: &'a EquationsOfMotion,
    /// Conditions under which they hold.
    pub assumptions: &'a [ExprId],
    /// Quantities that may be conserved: names and components.
    pub quantities: &'a [(String, Vec<ExprId>)],
    /// The energy, where something may change it.
    pub energy: Option<(String, ExprId)>,
    /// Components that turn round with time: velocities and momenta.
    pub turning: &'a [bool],
    /// First and last time.
    pub span: (f64, f64),
    /// The middle of the samples, shape `(n,)`.
    pub start: &'a [f64],
}

/// What was found, in sentences that a number of states stands behind.
pub struct Sampled {
    /// How many.
    pub states: usize,
    /// The sentences.
    pub facts: Vec<String>,
}

struct State {
    t: f64,
    y: Vec<f64>,
    rates: Vec<f64>,
}

/// Samples a system; nothing is said where it is large or too few states have values.
pub fn sample(kernel: &mut Kernel, question: &Question<'_>) -> Sampled {
    let mut facts = Vec::new();
    let states = states(kernel, question);
    if states.len() < LEAST {
        return Sampled { states: states.len(), facts };
    }
    let mut graph = question.equations.graph.clone();
    for (name, items) in question.quantities {
        let Some(change) = Change::new(kernel, &mut graph, question.equations, items) else { continue };
        match change.along(&states) {
            // What is proved of the same name needs no second word.
            Some(found) if found.is_zero && question.equations.invariants.iter().any(|i| i.name == *name) => {}
            Some(found) if found.is_zero => facts.push(format!("{name} is conserved")),
            Some(_) => facts.push(format!("{name} is not conserved: it changes at a sampled state")),
            None => {}
        }
    }
    if let Some((name, value)) = &question.energy {
        let change = Change::new(kernel, &mut graph, question.equations, &[*value]);
        match change.and_then(|c| c.along(&states)) {
            Some(found) if found.is_zero => facts.push(format!("{name} is conserved")),
            Some(found) if found.never_grows => facts.push(format!("{name} never grows")),
            _ => {}
        }
    }
    facts.extend(volume(kernel, question, &states));
    facts.extend(definite(kernel, &graph, question.equations, &states));
    facts.extend(reversible(kernel, question, &states));
    Sampled { states: states.len(), facts }
}

/// Random states at which the equations and the assumptions hold.
fn states(kernel: &mut Kernel, question: &Question<'_>) -> Vec<State> {
    let n = question.start.len();
    let mut out = Vec::new();
    if n == 0 || n > limits::SAMPLED_COMPONENTS {
        return out;
    }
    let mut unit = vec![1.0; n];
    for group in kernel.groups() {
        let largest = question.start[group.clone()].iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        unit[group.clone()].fill(if largest > 0.0 { largest } else { 1.0 });
    }
    let mut graph = question.equations.graph.clone();
    let opened = with_rates(&mut graph, question.equations, question.assumptions);
    let mut assumed = match question.assumptions.is_empty() {
        true => None,
        false => match kernel.observer(&opened, &graph) {
            Ok(observer) => Some(observer),
            Err(_) => return out,
        },
    };
    let mut held = vec![1.0; question.assumptions.len()];
    let draws = Random::new(0, "sampled facts");
    for index in 0..TRIED {
        if out.len() == SAMPLES {
            break;
        }
        let mut stream = draws.stream(index);
        let t = question.span.0 + (question.span.1 - question.span.0) * stream.uniform();
        let reach = REACH[index as usize % REACH.len()];
        let around = |(start, unit): (&f64, &f64)| start + unit * reach * (2.0 * stream.uniform() - 1.0);
        let y: Vec<f64> = question.start.iter().zip(&unit).map(around).collect();
        let holds = match &mut assumed {
            Some(observer) => observer.observe(t, &y, &mut held).is_ok() && held.iter().all(|v| *v == 1.0),
            None => true,
        };
        let mut rates = vec![0.0; n];
        if holds && kernel.rates(t, &y, &mut rates).is_ok() {
            out.push(State { t, y, rates });
        }
    }
    out
}

/// The rate of a quantity along the motion.
struct Change {
    /// `∂I/∂y_k` of each component, then `∂I/∂t`.
    slopes: Observer,
    components: usize,
}

struct Found {
    is_zero: bool,
    never_grows: bool,
}

impl Change {
    fn new(kernel: &Kernel, graph: &mut Graph, equations: &EquationsOfMotion, items: &[ExprId]) -> Option<Change> {
        let opened = with_rates(graph, equations, items);
        // What a block solves for has no slope in closed form.
        let solved: Vec<ExprId> = equations
            .blocks
            .iter()
            .flat_map(|b| match b {
                Block::Linear { unknowns, .. } | Block::Newton { unknowns, .. } => unknowns.as_slice(),
                Block::Explicit { .. } => &[],
            })
            .map(|u| u.leaf)
            .collect();
        if graph.reachable(&opened).iter().any(|e| solved.contains(e)) {
            return None;
        }
        let mut leaves = scalar_leaves(graph, &equations.states);
        leaves.push(equations.time);
        let slopes: Vec<ExprId> = opened.iter().flat_map(|item| graph.gradient(*item, &leaves)).collect();
        let slopes = kernel.observer(&slopes, graph).ok()?;
        Some(Change { slopes, components: opened.len() })
    }

    fn along(mut self, states: &[State]) -> Option<Found> {
        let mut found = Found { is_zero: true, never_grows: true };
        let mut slopes = vec![0.0; self.slopes.count()];
        for state in states {
            self.slopes.observe(state.t, &state.y, &mut slopes).ok()?;
            for own in slopes.chunks_exact(slopes.len() / self.components.max(1)) {
                let terms = own.iter().zip(state.rates.iter().chain(&[1.0])).map(|(slope, rate)| slope * rate);
                let (sum, size) = terms.fold((0.0, 0.0), |(sum, size): (f64, f64), x| (sum + x, size + x.abs()));
                if !size.is_finite() {
                    return None;
                }
                found.is_zero &= sum.abs() <= ZERO * size;
                found.never_grows &= sum <= ZERO * size;
            }
        }
        Some(found)
    }
}

/// The divergence of the flow, where no form has proved that volume is kept.
fn volume(kernel: &mut Kernel, question: &Question<'_>, states: &[State]) -> Option<String> {
    if question.equations.facts.keeps_volume {
        return None;
    }
    let n = question.start.len();
    let mut jacobian = vec![0.0; n * n];
    let mut range = (f64::INFINITY, f64::NEG_INFINITY);
    let mut size: f64 = 0.0;
    for state in states {
        kernel.jacobian(state.t, &state.y, &mut jacobian).ok()?;
        let trace: f64 = (0..n).map(|k| jacobian[k + n * k]).sum();
        size = size.max((0..n).map(|k| jacobian[k + n * k].abs()).sum());
        range = (range.0.min(trace), range.1.max(trace));
    }
    let (least, most) = range;
    Some(if least.abs().max(most.abs()) <= ZERO * size {
        "the flow is free of divergence: it keeps the volume of (values, velocities)".to_owned()
    } else if most - least <= ZERO * size {
        let way = if most < 0.0 { "shrink" } else { "grow" };
        format!("the divergence of the flow is {most:.6} everywhere: volumes {way} at that rate")
    } else {
        return None;
    })
}

/// Whether the mass matrix is positive definite, for entries known one by one.
fn definite(kernel: &Kernel, graph: &Graph, equations: &EquationsOfMotion, states: &[State]) -> Option<String> {
    let mut seen = false;
    let mut positive = states.len();
    for block in &equations.blocks {
        let Block::Linear { mass, symmetric: true, length, .. } = block else { continue };
        let places: Vec<(usize, usize, ExprId)> = match mass {
            Mass::Entries(list) => list.iter().map(|(i, j, e)| (*i as usize, *j as usize, *e)).collect(),
            Mass::Diagonal(list) => list
                .iter()
                .map(|e| graph.as_integer(e.index).map(|k| (k as usize, k as usize, e.value)))
                .collect::<Option<_>>()?,
            Mass::Tangent { .. } => return None,
        };
        let values: Vec<ExprId> = places.iter().map(|p| p.2).collect();
        let mut observer = kernel.observer(&values, graph).ok()?;
        let mut found = vec![0.0; values.len()];
        seen = true;
        let mut here = 0;
        for state in states {
            observer.observe(state.t, &state.y, &mut found).ok()?;
            let mut matrix = DMatrix::zeros(*length, *length);
            for ((i, j, _), value) in places.iter().zip(&found) {
                matrix[(*i, *j)] = *value;
                matrix[(*j, *i)] = *value;
            }
            here += usize::from(Cholesky::new(matrix).is_some());
        }
        positive = positive.min(here);
    }
    match positive {
        _ if !seen => None,
        all if all == states.len() => Some("the mass matrix is positive definite".to_owned()),
        0 => Some("the mass matrix is not positive definite".to_owned()),
        some => Some(format!("the mass matrix is positive definite at {some} of the states and not at the others")),
    }
}

/// Whether turning velocities and momenta round turns time round.
fn reversible(kernel: &mut Kernel, question: &Question<'_>, states: &[State]) -> Option<String> {
    if !question.equations.facts.autonomous || !question.turning.contains(&true) {
        return None;
    }
    let n = question.start.len();
    let groups = kernel.groups().to_vec();
    let (mut turned, mut back) = (vec![0.0; n], vec![0.0; n]);
    for state in states {
        for ((out, y), turns) in turned.iter_mut().zip(&state.y).zip(question.turning) {
            *out = if *turns { -y } else { *y };
        }
        kernel.rates(state.t, &turned, &mut back).ok()?;
        for group in &groups {
            let size = state.rates[group.clone()].iter().fold(0.0, |m: f64, v| m.max(v.abs()));
            for k in group.clone() {
                let own = if question.turning[k] { -state.rates[k] } else { state.rates[k] };
                if !((back[k] + own).abs() <= ZERO * size) {
                    return None;
                }
            }
        }
    }
    Some("turning all velocities round turns the motion round: reversible".to_owned())
}
