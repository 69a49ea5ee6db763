//! The places of variables in the state `y`: values of all variables in the order of declaration,
//! mirrors last, then the velocities of the coordinates of a second-order system in the same order.
//!
//! Where equations read rates, the values of coordinates with a velocity come first and those of states last: rates and
//! accelerations that are solved together then stand side by side.

use super::equations::StateLeaf;
use crate::model::system::{Role, System, Variable};
use crate::symbolic::ExprId;

/// Which variables have a velocity among the states.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Values, one leaf for each variable of the system.
    pub values: Vec<StateLeaf>,
    /// Velocities of second-order coordinates; their variable.
    pub velocities: Vec<(usize, StateLeaf)>,
    /// Variables in the order of their values.
    order: Vec<usize>,
}

impl Layout {
    /// `second_order[k]` says whether variable `k` has a second-order equation, `implicit` whether rates are read.
    pub fn new(system: &System, second_order: &[bool], implicit: bool) -> Layout {
        let mut order: Vec<usize> = (0..system.variables.len()).collect();
        if implicit {
            order.sort_by_key(|k| {
                let v = &system.variables[*k];
                match (second_order[*k], v.mirror, v.role) {
                    (true, false, _) => 0,
                    (true, true, _) => 1,
                    (false, true, _) => 2,
                    (false, false, Role::State) => 4,
                    (false, false, _) => 3,
                }
            });
        }
        let leaf = |v: &Variable, leaf, name| StateLeaf { leaf, offset: 0, length: v.elements.len(), name };
        let mut values: Vec<StateLeaf> = system.variables.iter().map(|v| leaf(v, v.leaf, v.name.clone())).collect();
        let mut offset = 0;
        for k in &order {
            values[*k].offset = offset;
            offset += values[*k].length;
        }
        let mut velocities = Vec::new();
        for (k, v) in system.variables.iter().enumerate().filter(|(k, _)| second_order[*k]) {
            velocities.push((k, StateLeaf { offset, ..leaf(v, v.rate, format!("{}'", v.name)) }));
            offset += v.elements.len();
        }
        Layout { values, velocities, order }
    }

    /// All states in order.
    pub fn states(&self) -> Vec<StateLeaf> {
        let values = self.order.iter().map(|k| self.values[*k].clone());
        values.chain(self.velocities.iter().map(|v| v.1.clone())).collect()
    }

    /// For each state the leaf of its rate.
    pub fn rate_leaves(&self, system: &System) -> Vec<Option<ExprId>> {
        let has_velocity = |k: usize| self.velocities.iter().any(|v| v.0 == k);
        let values = self.order.iter().map(|k| (!has_velocity(*k)).then_some(system.variables[*k].rate));
        values.chain(self.velocities.iter().map(|(k, _)| Some(system.variables[*k].second))).collect()
    }

    /// For each state that is a coordinate without a velocity beside it, the leaf of its second derivative.
    pub fn second_leaves(&self, system: &System) -> Vec<Option<ExprId>> {
        let has_velocity = |k: usize| self.velocities.iter().any(|v| v.0 == k);
        let first = |k: &usize| {
            let v = &system.variables[*k];
            (v.role == Role::Coordinate && !has_velocity(*k)).then_some(v.second)
        };
        self.order.iter().map(first).chain(self.velocities.iter().map(|_| None)).collect()
    }
}

/// Leaves of some variables with offsets counted from zero.
pub fn local(system: &System, which: &[usize], pick: impl Fn(&Variable) -> ExprId) -> Vec<StateLeaf> {
    let mut offset = 0;
    which
        .iter()
        .map(|k| {
            let v = &system.variables[*k];
            let leaf = StateLeaf { leaf: pick(v), offset, length: v.elements.len(), name: v.name.clone() };
            offset += v.elements.len();
            leaf
        })
        .collect()
}

/// Indices of the variables of a role.
pub fn of_role(system: &System, role: Role) -> Vec<usize> {
    (0..system.variables.len()).filter(|k| system.variables[*k].role == role).collect()
}

/// Names of the components of some variables, flat.
pub fn component_names(system: &System, which: &[usize]) -> Vec<String> {
    which.iter().flat_map(|k| system.variables[*k].elements.iter().cloned()).collect()
}
