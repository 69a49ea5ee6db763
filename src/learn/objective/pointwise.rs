//! Losses at single rows: `derivative` and `residual`.

use super::{Norm, Objective, Pool, run_in};
use crate::formalism::equations::EquationsOfMotion;
use crate::lanes::{Level, Operation, Vectorized, dispatch};
use crate::learn::adjoint::{Adjoint, Unlearnable, Wanted};
use crate::learn::bindings::{Bindings, Columns};
use crate::learn::optimizer::Number;
use crate::learn::rows::Rows;
use crate::learn::weights::{Layout, Owner, Part};
use crate::symbolic::NetId;
use crate::tensor::run::{Columns as Block, Options};
use crate::tensor::{Builder, Compiled, Multiplication, Products, Shape, Value};

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `r(y) − r_data`
    Derivative,
    /// `f(y) − M(y) a_data`, and `r(y) − r_data` of explicit rates.
    Residual,
}

/// Input slots of the program.
const STATES: u32 = 0;
const TIME: u32 = 1;
const TARGETS: u32 = 2;
const INPUTS: u32 = 3;
const FACTORS: u32 = 4;

/// A loss at single rows.
pub struct Pointwise<F: Number> {
    program: Compiled<F>,
    layout: Layout,
    bindings: Vec<Vec<F>>,
    /// Per input slot: rows × samples.
    columns: Vec<Vec<F>>,
    chosen: Vec<Vec<F>>,
    samples: usize,
    components: usize,
    /// Samples of the last evaluation.
    last: usize,
    products: Products,
    multiplications: Vec<Multiplication>,
    pool: Option<Pool>,
}

/// More than any net has inputs: a matrix as large lies behind a first layer.
pub fn wider(graph: &crate::symbolic::Graph) -> u32 {
    graph.nets().map(|(_, info)| info.inputs + 1).max().unwrap_or(1)
}

/// The places of the parameters with a learned component.
pub(super) fn learned(equations: &EquationsOfMotion, layout: &Layout) -> Vec<usize> {
    let any = |p: &crate::formalism::equations::StateLeaf| {
        (p.offset..p.offset + p.length).any(|c| layout.part(Owner::Parameter(c)).is_some())
    };
    equations.parameters.iter().enumerate().filter(|(_, p)| any(p)).map(|(k, _)| k).collect()
}

/// The state components whose rate is compared.
fn compared(rows: &Rows, dimension: usize) -> Vec<usize> {
    (0..dimension).filter(|k| rows.rates.get(*k).is_some_and(Option::is_some)).collect()
}

impl<F: Number> Pointwise<F> {
    /// Builds the program. Every state must be measured; `values` are those of all parameters.
    pub fn new(
        equations: &EquationsOfMotion,
        layout: &Layout,
        values: &[f64],
        frozen: &[(NetId, Vec<Vec<f64>>)],
        rows: &Rows,
        kind: Kind,
        norm: Norm,
        batch: usize,
    ) -> Result<Self, Unlearnable> {
        let adjoint = Adjoint::new(equations, &Wanted { states: false, parameters: learned(equations, layout) })?;
        let bindings =
            Bindings::new(equations, layout, values, frozen, &|c| rows.inputs.get(c).is_some_and(Option::is_some));
        let targets = compared(rows, adjoint.dimension());
        let weighted = targets.iter().any(|k| rows.weights.get(*k).is_some_and(Option::is_some));
        let n = adjoint.dimension() as u32;
        let mut b = Builder::new();
        let inputs = (!bindings.varying.is_empty()).then(|| b.input(INPUTS, bindings.varying.len() as u32));
        let columns = Columns { states: b.input(STATES, n), time: b.input(TIME, 1), inputs };
        let sources = bindings.sources(&mut b, equations, adjoint.graph(), layout, values, columns);
        let mut l = adjoint.lowering(b, &sources, bindings.first_table(layout));
        let measured = l.builder.input(TARGETS, targets.len() as u32);
        let map: Vec<u32> = targets.iter().map(|k| *k as u32).collect();
        let (rates, error) = match kind {
            Kind::Derivative => {
                let rates = adjoint.rates(&mut l)?;
                let found = l.builder.gather(rates.values, map.clone().into());
                let error = l.builder.sub(found, measured);
                (rates, error)
            }
            Kind::Residual => {
                let given = l.builder.scatter_add(measured, map.clone().into(), n);
                let left = adjoint.residual(&mut l, given)?;
                let error = l.builder.gather(left.values, map.clone().into());
                (left, error)
            }
        };
        let factors = weighted.then(|| l.builder.input(FACTORS, targets.len() as u32));
        let (cost, slope) = penalty(&mut l.builder, error, norm, factors);
        let cotangent = l.builder.scatter_add(slope, map.into(), n);
        let cotangents = match kind {
            Kind::Derivative => adjoint.cotangents(&mut l, &rates, cotangent)?,
            Kind::Residual => adjoint.residual_cotangents(&mut l, cotangent)?,
        };
        let row = l.builder.sum_features(cost);
        let total = l.builder.sum_lanes(row);
        let gradients = gradients(&mut l.builder, equations, layout, &cotangents);
        let (b, tables) = l.release();
        let mut shared = vec![total];
        shared.extend(gradients);
        let multiplications = b.multiplications(&[&shared[..], &[cost]].concat());
        let products = Products::count(&multiplications, wider(adjoint.graph()));
        let program = Compiled::new(&b, &[cost], &shared, batch, Options::default());
        let columns = vec![
            flatten(&rows.states, &(0..n as usize).collect::<Vec<_>>(), rows.count),
            rows.time.iter().map(|t| F::of(*t)).collect(),
            flatten(&rows.rates, &targets, rows.count),
            flatten(&rows.inputs, &bindings.varying, rows.count),
            if weighted { flatten(&rows.weights, &targets, rows.count) } else { Vec::new() },
        ];
        let narrow = |v: &Vec<f64>| v.iter().map(|x| F::of(*x)).collect();
        Ok(Pointwise {
            program,
            layout: layout.clone(),
            bindings: bindings.fixed.iter().chain(&tables).map(narrow).collect(),
            chosen: columns.iter().map(|_| Vec::new()).collect(),
            columns,
            samples: rows.count,
            components: targets.len(),
            last: 0,
            products,
            multiplications,
            pool: None,
        })
    }

    /// The products of one step, each with the part of the layout whose matrix it takes or whose gradient it is.
    pub fn multiplications(&self) -> impl Iterator<Item = (&Multiplication, Option<&Part>)> {
        self.multiplications.iter().map(|m| {
            // The first output is the loss, then come the gradients of the parts.
            let place = match m.slot {
                Some(slot) => Some(slot as usize),
                None => m.output.and_then(|output| output.checked_sub(1)),
            };
            (m, place.and_then(|k| self.layout.parts.get(k)))
        })
    }
}

/// `to = by x`
struct Scaled<'a, F> {
    x: &'a [F],
    by: F,
    to: &'a mut [F],
}

impl<F: Number> Vectorized for Scaled<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        self.to.iter_mut().zip(self.x).for_each(|(to, x)| *to = *x * self.by);
    }
}

/// Columns of the data, one below the other; a missing one counts 1.
fn flatten<F: Number>(columns: &[Option<Vec<f64>>], which: &[usize], rows: usize) -> Vec<F> {
    let mut out = Vec::with_capacity(which.len() * rows);
    for k in which {
        match columns.get(*k).and_then(Option::as_ref) {
            Some(column) => out.extend(column.iter().map(|x| F::of(*x))),
            None => out.extend(std::iter::repeat_n(F::one(), rows)),
        }
    }
    out
}

/// The penalty of errors, entry by entry, and its derivative by them.
pub(super) fn penalty(b: &mut Builder, error: Value, norm: Norm, factors: Option<Value>) -> (Value, Value) {
    let (mut cost, mut slope) = match norm {
        Norm::L1 => (b.elementwise(Operation::Abs, &[error]), b.elementwise(Operation::Sign, &[error])),
        Norm::L2 => (b.mul(error, error), b.scale(2.0, error)),
    };
    if let Some(factors) = factors {
        cost = b.mul(cost, factors);
        slope = b.mul(slope, factors);
    }
    (cost, slope)
}

/// The cotangents in the order of the layout.
pub(super) fn gradients(
    b: &mut Builder,
    equations: &EquationsOfMotion,
    layout: &Layout,
    found: &crate::learn::adjoint::Cotangents,
) -> Vec<Value> {
    let mut out = Vec::with_capacity(layout.parts.len());
    for part in &layout.parts {
        let value = match part.owner {
            Owner::Net(net, k) => {
                found.weights.iter().find(|(id, _)| *id == net).and_then(|(_, list)| list.get(k).copied())
            }
            Owner::Parameter(component) => found.parameters.iter().find_map(|(place, value)| {
                let p = &equations.parameters[*place];
                let inside = component.checked_sub(p.offset).filter(|k| *k < p.length)?;
                Some(b.slice(*value, inside as u32, 1))
            }),
        };
        let shape = Shape::Shared { rows: part.rows, cols: part.columns };
        out.push(match value {
            Some(value) => b.spread(value, shape),
            None => b.zeros(shape),
        });
    }
    out
}

impl<F: Number> Objective<F> for Pointwise<F> {
    fn samples(&self) -> usize {
        self.samples
    }

    fn evaluate(&mut self, samples: &[u32], weights: &[F], gradient: &mut [F]) -> f64 {
        let count = samples.len();
        // rows that follow each other are read where they are
        let first = samples.first().map_or(0, |s| *s as usize);
        let follow = samples.iter().zip(first..).all(|(s, k)| *s as usize == k);
        if !follow {
            for (chosen, column) in self.chosen.iter_mut().zip(&self.columns) {
                chosen.clear();
                for row in column.chunks_exact(self.samples) {
                    chosen.extend(samples.iter().map(|s| row[*s as usize]));
                }
            }
        }
        let inputs: Vec<Block<'_, F>> = match follow {
            true => {
                let from = |data: &'_ Vec<F>| first.min(data.len());
                self.columns.iter().map(|c| Block { data: &c[from(c)..], stride: self.samples }).collect()
            }
            false => self.chosen.iter().map(|data| Block { data, stride: count }).collect(),
        };
        let parts = self.layout.parts.iter().map(|p| &weights[p.range.clone()]);
        let parameters: Vec<&[F]> = parts.chain(self.bindings.iter().map(Vec::as_slice)).collect();
        run_in(self.pool.as_ref(), &mut self.program, count, &inputs, &parameters);
        self.last = count;
        let scale = 1.0 / (count as f64 * self.components.max(1) as f64);
        let narrow = F::of(scale);
        for (k, part) in self.layout.parts.iter().enumerate() {
            let found = self.program.shared(k + 1);
            dispatch(Level::detect(), Scaled { x: found, by: narrow, to: &mut gradient[part.range.clone()] });
        }
        self.program.shared(0)[0].wide() * scale
    }

    fn culprit(&self) -> Option<(usize, usize)> {
        let at = self.program.lanes(0).iter().position(|x| !x.wide().is_finite())?;
        Some((at % self.last.max(1), at / self.last.max(1)))
    }

    fn work_in(&mut self, pool: &Pool) {
        self.pool = Some(pool.clone());
    }

    fn products(&self) -> Products {
        self.products
    }
}
