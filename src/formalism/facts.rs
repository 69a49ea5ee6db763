//! What was proved about the structure of equations.

/// Proved facts.
#[derive(Clone, Debug, Default)]
pub struct Facts {}
