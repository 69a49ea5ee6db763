//! The weights that the nets of a run compute with: found in training, or their first ones.

use super::prepare::Prepared;
use crate::diagnostic::Diagnostic;
use crate::kernel::net::fit_nets;
use crate::kernel::{Execution, Kernel, NetWeights};
use crate::learn::initialise::initialise;
use crate::model::learned::Initialisation;

/// The weights of all nets, in the order in which the graph declares them.
pub fn weights(prepared: &Prepared) -> Vec<NetWeights> {
    let of = |(net, info): (crate::symbolic::NetId, &crate::symbolic::NetInfo)| {
        if let Some((_, found)) = prepared.weights.iter().find(|(name, _)| *name == info.name) {
            return found.clone();
        }
        let learned = prepared.system.nets.iter().find(|l| l.net == net);
        let rule = learned.map_or(Initialisation::Uniform, |l| l.initialisation);
        let seed = learned.and_then(|l| l.seed).unwrap_or(prepared.seed);
        initialise(info, rule, seed).into()
    };
    prepared.equations.graph.nets().map(of).collect()
}

/// The compiled equations with the weights of their nets; a diagnostic at the system or at the net.
pub fn kernel(prepared: &Prepared, execution: Execution) -> Result<Kernel, Box<Diagnostic>> {
    let system = &prepared.system;
    let mut kernel = Kernel::compile_with(&prepared.equations, execution).map_err(|error| {
        Box::new(Diagnostic::error("E0522", system.span, format!("`{}` cannot be compiled: {error}", system.name)))
    })?;
    let weights = weights(prepared);
    if let Err(name) = fit_nets(&prepared.equations.graph, &weights) {
        let place = system.nets.iter().find(|n| n.name == name).map_or(system.span, |n| n.span);
        let problem = Diagnostic::error("E0352", place, format!("the weights given for `{name}` do not fit it"))
            .at("this architecture has arrays of other sizes, or a weight is not a finite number")
            .help("fit it again, or give it the architecture that the weights were found for");
        return Err(Box::new(problem));
    }
    kernel.set_weights(&weights);
    Ok(kernel)
}
