//! The places of variables in the state `y`: values of all variables in the order of declaration,
//! mirrors last, then the velocities of the coordinates of a second-order system in the same order.

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
}

impl Layout {
    /// `second_order[k]` says whether variable `k` has a second-order equation.
    pub fn new(system: &System, second_order: &[bool]) -> Layout {
        let mut offset = 0;
        let mut values = Vec::new();
        for v in &system.variables {
            values.push(StateLeaf { leaf: v.leaf, offset, length: v.elements.len(), name: v.name.clone() });
            offset += v.elements.len();
        }
        let mut velocities = Vec::new();
        for (k, v) in system.variables.iter().enumerate().filter(|(k, _)| second_order[*k]) {
            velocities
                .push((k, StateLeaf { leaf: v.rate, offset, length: v.elements.len(), name: format!("{}'", v.name) }));
            offset += v.elements.len();
        }
        Layout { values, velocities }
    }

    /// All states in order.
    pub fn states(&self) -> Vec<StateLeaf> {
        self.values.iter().cloned().chain(self.velocities.iter().map(|v| v.1.clone())).collect()
    }

    /// For each state the leaf of its rate.
    pub fn rate_leaves(&self, system: &System) -> Vec<Option<ExprId>> {
        let has_velocity = |k: usize| self.velocities.iter().any(|v| v.0 == k);
        let values = system.variables.iter().enumerate().map(|(k, v)| (!has_velocity(k)).then_some(v.rate));
        values.chain(self.velocities.iter().map(|(k, _)| Some(system.variables[*k].second))).collect()
    }

    /// For each state that is a coordinate without a velocity beside it, the leaf of its second derivative.
    pub fn second_leaves(&self, system: &System) -> Vec<Option<ExprId>> {
        let has_velocity = |k: usize| self.velocities.iter().any(|v| v.0 == k);
        let first = |(k, v): (usize, &Variable)| (v.role == Role::Coordinate && !has_velocity(k)).then_some(v.second);
        let values = system.variables.iter().enumerate().map(first);
        values.chain(self.velocities.iter().map(|_| None)).collect()
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
