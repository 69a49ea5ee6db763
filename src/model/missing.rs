//! Starts that a run needs and a system does not have.

use super::system::{Derivation, EquationKind, Role, System};
use crate::diagnostic::Diagnostic;
use rustc_hash::FxHashSet;

/// What a run of the system would start without: nothing starts at zero by itself.
///
/// A coordinate of a second-order system needs its value and its velocity, one with a momentum its
/// value, a momentum and a state theirs; a mirror starts where its original does. A momentum that
/// `legendre` made starts with its own value or with the velocities.
pub fn missing_starts(system: &System) -> Option<Diagnostic> {
    let given: FxHashSet<(usize, u32, usize)> =
        system.starts.iter().map(|s| (s.variable, s.order, s.component)).collect();
    let whole = |k: usize, order: u32| system.field_starts.iter().any(|s| s.variable == k && s.order == order);
    let first_order: FxHashSet<usize> = system
        .equations
        .iter()
        .filter_map(|e| match &e.kind {
            EquationKind::Explicit { variable, order: 1, .. } => Some(*variable),
            _ => None,
        })
        .collect();
    let transformed = system.derivations.iter().any(|d| matches!(d, Derivation::Legendre(_)));
    let partner = |k: usize| system.variables.iter().position(|p| p.role == Role::Momentum && p.of == Some(k));
    let mut missing: Vec<(u32, String)> = Vec::new();
    for (k, v) in system.variables.iter().enumerate() {
        if transformed && v.role == Role::Momentum {
            continue;
        }
        // a mirror is of the order of its original
        let moved = v.of.filter(|_| v.mirror).unwrap_or(k);
        let second = v.role == Role::Coordinate
            && system.hamiltonian.is_none()
            && (system.lagrangian.is_some() || !first_order.contains(&moved));
        for order in (0..=u32::from(second))
            .filter(|order| !whole(k, *order) && !v.of.is_some_and(|original| v.mirror && whole(original, *order)))
        {
            for (c, name) in v.elements.iter().enumerate() {
                let original = v.of.filter(|_| v.mirror);
                if order == 1 && transformed && partner(k).is_some_and(|p| given.contains(&(p, 0, c))) {
                    continue;
                }
                if !given.contains(&(k, order, c)) && !original.is_some_and(|o| given.contains(&(o, order, c))) {
                    missing.push((order, format!("{name}{}", "'".repeat(order as usize))));
                }
            }
        }
    }
    missing.sort_by_key(|m| m.0);
    let names: Vec<String> = missing.into_iter().map(|m| m.1).collect();
    let first = names.first()?;
    let shown: Vec<String> = names.iter().take(6).map(|n| format!("`{n}`")).collect();
    let more = if names.len() > 6 { format!(" and {} more", names.len() - 6) } else { String::new() };
    let message = format!("`{}` has no start for {}{more}", system.name, shown.join(", "));
    let help = format!("write `init {first} = …`; nothing starts at zero by itself");
    Some(Diagnostic::error("E0320", system.span, message).help(help))
}
