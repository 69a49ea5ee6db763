//! Learned functions in the equations: whether their activations have the derivatives that are taken.
//!
//! The equations of a Lagrangian take two derivatives of a net in it, those of a Hamiltonian one. A fit takes
//! one more, by the weights, and an implicit method one more by the state.

use super::conditions::roots;
use super::equations::Block;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::system::System;
use crate::symbolic::{Graph, Node};

/// Refuses a net whose activation is not smooth enough for the equations it stands in.
pub fn smooth_enough(g: &Graph, system: &System, blocks: &[Block], out: &mut Diagnostics) {
    let inside = g.reachable(&roots(blocks));
    for learned in &system.nets {
        let info = g.net_info(learned.net);
        let Some(available) = info.architecture.activation.derivatives() else { continue };
        let taken = inside
            .iter()
            .filter(|e| matches!(g.node(**e), Node::Net { net, .. } if *net == learned.net))
            .map(|e| g.net_order(*e))
            .max();
        // A value needs the one derivative that a fit takes; `relu` has that almost everywhere.
        let Some(taken) = taken.filter(|n| n + 1 > available) else { continue };
        let word = info.architecture.activation.name();
        let (nth, times) = (ordinal(available + 1), counted(taken));
        out.push(
            Diagnostic::error("E0350", learned.activation, format!("`{word}` has no {nth} derivative"))
                .label(learned.span, format!("the equations take {times} of this net"))
                .note("a fit differentiates once more, by the weights, and would not see what the equations use")
                .help("write `softplus`, which has the same shape, or `tanh`"),
        );
    }
}

fn ordinal(n: u32) -> String {
    match n {
        1 => "first".into(),
        2 => "second".into(),
        3 => "third".into(),
        n => format!("{n}th"),
    }
}

fn counted(n: u32) -> String {
    if n == 1 { "a derivative".into() } else { format!("{n} derivatives") }
}
