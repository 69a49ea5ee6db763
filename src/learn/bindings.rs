//! Which slot of a program holds what: weights, tables, columns of the data. Parameters that stay as they
//! are become constants of the program, so that a scale of 1 is no work.

use super::adjoint::Sources;
use super::weights::{Layout, Owner};
use crate::formalism::equations::EquationsOfMotion;
use crate::symbolic::{Graph, NetId};
use crate::tensor::{Builder, Value};

/// What a component of the parameters is in a fit.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Role {
    Learned,
    Varying,
    Fixed(f64),
}

/// The slots of a program, in the order: parts of the layout, nets that are not learned, tables.
#[derive(Clone, Debug, Default)]
pub struct Bindings {
    /// Contents of the parameter slots behind those of the layout: weights of nets that are not learned.
    pub fixed: Vec<Vec<f64>>,
    /// Nets that are not learned.
    frozen: Vec<NetId>,
    /// Components of the parameters that are columns of the data, in the order of the input's rows.
    pub varying: Vec<usize>,
}

/// The columns of the data as values of a program.
#[derive(Clone, Copy, Debug)]
pub struct Columns {
    /// A row per state component.
    pub states: Value,
    /// One row.
    pub time: Value,
    /// A row per varying component of the parameters, if there is one.
    pub inputs: Option<Value>,
}

impl Bindings {
    /// Decides the slots. `values` are those of all components of the parameters; `varying` tells which
    /// ones the data gives.
    pub fn new(
        equations: &EquationsOfMotion,
        layout: &Layout,
        values: &[f64],
        frozen: &[(NetId, Vec<Vec<f64>>)],
        varying: &dyn Fn(usize) -> bool,
    ) -> Bindings {
        let mut made = Bindings { frozen: frozen.iter().map(|(net, _)| *net).collect(), ..Bindings::default() };
        made.fixed.extend(frozen.iter().flat_map(|(_, arrays)| arrays.iter().cloned()));
        for p in &equations.parameters {
            let mut components = p.offset..p.offset + p.length;
            made.varying.extend(components.by_ref().filter(|c| role(layout, values, varying, *c) == Role::Varying));
        }
        made
    }

    /// First slot of constant tables.
    pub fn first_table(&self, layout: &Layout) -> u32 {
        (layout.parts.len() + self.fixed.len()) as u32
    }

    /// The values of everything that equations read.
    pub fn sources(
        &self,
        b: &mut Builder,
        equations: &EquationsOfMotion,
        graph: &Graph,
        layout: &Layout,
        values: &[f64],
        columns: Columns,
    ) -> Sources {
        let varying = |c: usize| self.varying.contains(&c);
        let mut next = layout.parts.len() as u32;
        let mut kept: Vec<(NetId, Vec<Value>)> = Vec::new();
        for net in &self.frozen {
            let info = graph.net_info(*net);
            let mut arrays = Vec::new();
            for w in info.architecture.weights(info.inputs, info.outputs) {
                arrays.push(b.parameter(next, w.rows, w.columns));
                next += 1;
            }
            kept.push((*net, arrays));
        }
        let mut parameters = Vec::with_capacity(equations.parameters.len());
        for p in &equations.parameters {
            let components = p.offset..p.offset + p.length;
            let one = |c: usize| match role(layout, values, &varying, c) {
                Role::Learned => {
                    let slot = layout.parts.iter().position(|part| part.owner == Owner::Parameter(c));
                    b.parameter(slot.unwrap_or(0) as u32, 1, 1)
                }
                Role::Varying => {
                    let row = self.varying.iter().position(|v| *v == c).unwrap_or(0) as u32;
                    let inputs = columns.inputs.expect("invariant: a varying parameter has a column");
                    b.slice(inputs, row, 1)
                }
                Role::Fixed(x) => b.constant(x),
            };
            let list: Vec<Value> = components.map(one).collect();
            parameters.push(b.concat(&list));
        }
        let weights = graph
            .nets()
            .map(|(id, info)| {
                if let Some((_, arrays)) = kept.iter().find(|(net, _)| *net == id) {
                    return arrays.clone();
                }
                let shapes = info.architecture.weights(info.inputs, info.outputs);
                let slot = |k: usize| layout.parts.iter().position(|p| p.owner == Owner::Net(id, k));
                let value = |(k, w): (usize, &crate::symbolic::WeightShape)| {
                    slot(k).map(|slot| b.parameter(slot as u32, w.rows, w.columns))
                };
                shapes.iter().enumerate().filter_map(value).collect()
            })
            .collect();
        Sources { states: Some(columns.states), time: Some(columns.time), parameters, weights }
    }
}

fn role(layout: &Layout, values: &[f64], varying: &dyn Fn(usize) -> bool, component: usize) -> Role {
    if layout.part(Owner::Parameter(component)).is_some() {
        Role::Learned
    } else if varying(component) {
        Role::Varying
    } else {
        Role::Fixed(values[component])
    }
}
