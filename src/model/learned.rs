//! The learned functions of a system: what training and running need of a `net` beside its node.
//!
//! Inside, a net computes in pure numbers: `f(x) = s_out·N(x/s_in)` with `N` the net of the graph. The
//! scales are parameters of the system ([`super::system::Parameter::scale`]), 1 unless training sets them.

use crate::diagnostic::Span;
use crate::dimension::Dimension;
use crate::symbolic::{ExprId, NetId};

/// How the weights of a net begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Initialisation {
    /// Uniform in `±1/√(inputs of the layer)`, biases too (the default of PyTorch's linear layers).
    Uniform,
    /// Orthogonal matrices (Saxe, McClelland, Ganguli 2014), biases as `Uniform`.
    Orthogonal,
    /// Normal with the deviations of Cranmer et al., *Lagrangian Neural Networks* (2020), appendix C.
    Lnn,
}

impl Initialisation {
    /// Every one of them.
    pub const ALL: &'static [Initialisation] =
        &[Initialisation::Uniform, Initialisation::Orthogonal, Initialisation::Lnn];

    /// Its word in a file.
    pub fn name(self) -> &'static str {
        match self {
            Initialisation::Uniform => "uniform",
            Initialisation::Orthogonal => "orthogonal",
            Initialisation::Lnn => "lnn",
        }
    }

    /// One line.
    pub fn about(self) -> &'static str {
        match self {
            Initialisation::Uniform => "uniform in ±1/√n for a layer of n inputs, biases too (without `init = …`)",
            Initialisation::Orthogonal => "orthogonal matrices, biases as `uniform` (Saxe, McClelland, Ganguli 2014)",
            Initialisation::Lnn => "normal, with the deviations of Cranmer et al., Lagrangian Neural Networks (2020)",
        }
    }
}

/// A `net` of a system.
#[derive(Clone, Debug)]
pub struct LearnedNet {
    /// Full name: `Hθ`, `a.Rθ`; `Lθ.offset` for the part of a strongly convex net that does not see the
    /// convex arguments.
    pub name: String,
    /// Its name in the text.
    pub span: Span,
    /// Its node kind in the graph: architecture, numbers of inputs and outputs.
    pub net: NetId,
    /// Seed of its first weights; `None` where none is written.
    pub seed: Option<u64>,
    /// How its first weights are drawn.
    pub initialisation: Initialisation,
    /// Where its activation is written.
    pub activation: Span,
    /// The arguments that it sees, as the file declares them.
    pub inputs: Vec<Port>,
    /// Its result.
    pub output: Port,
    /// The arguments of each call, flat and before scaling, those of all `inputs` in their order. Inside a
    /// sum over a family they depend on its index.
    pub calls: Vec<Vec<ExprId>>,
    /// Whether weights that were found in training stand behind it.
    pub trained: bool,
}

/// An argument or the result of a net.
#[derive(Clone, Debug)]
pub struct Port {
    /// Its name; the net's for the result.
    pub name: String,
    /// Extents, as declared; empty for a number.
    pub shape: Vec<usize>,
    /// Dimension of each component.
    pub dimension: Dimension,
    /// Index into [`super::System::parameters`] of its scale: one value for each component of an argument
    /// or of a vector, one for a number or a matrix. A `periodic` argument has none.
    pub scale: Option<usize>,
}

impl Port {
    /// Number of components.
    pub fn components(&self) -> usize {
        self.shape.iter().product()
    }
}
