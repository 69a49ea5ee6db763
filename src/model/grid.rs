//! The space that fields live on: a box of points, how it is cut up, and what a field has at its points.

use crate::diagnostic::Span;
use crate::dimension::Dimension;
use crate::symbolic::{Entry, ExprId};

/// `grid x in 0..L count n, y in … with elements = …, mass = …`
#[derive(Clone, Debug)]
pub struct Grid {
    /// The statement.
    pub span: Span,
    /// One or two axes, the first slowest.
    pub axes: Vec<Axis>,
    /// How space derivatives and integrals are made discrete.
    pub elements: Elements,
    /// Whether the mass matrix of elements is kept whole, and not lumped to its row sums.
    pub consistent: bool,
}

impl Grid {
    /// Number of points.
    pub fn points(&self) -> usize {
        self.axes.iter().map(|a| a.count).product()
    }
}

/// An axis of a grid: points `from + k·h`, `h = (to − from)/(n − 1)`, on a ring `(to − from)/n`.
#[derive(Clone, Debug)]
pub struct Axis {
    /// Full name.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// Lower end, an expression of parameters.
    pub from: ExprId,
    /// Upper end.
    pub to: ExprId,
    /// Number of points, both ends included; on a ring the upper one left out.
    pub count: usize,
    /// Whether its ends are one point.
    pub periodic: bool,
    /// Its dimension.
    pub dimension: Dimension,
}

/// Families of elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elements {
    /// Differences between neighbours.
    Differences,
    /// Linear elements on a line.
    P1,
    /// Bilinear elements of four nodes.
    Q4,
}

/// Words of `elements = …`, in the order of the manual.
pub const ELEMENTS: &[(&str, Elements)] =
    &[("differences", Elements::Differences), ("p1", Elements::P1), ("q4", Elements::Q4)];

/// What makes a variable a field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Index into [`super::System::grids`].
    pub grid: usize,
    /// Components at a point.
    pub components: usize,
    /// Components that a `boundary` prescribes: which, and with what function of time and parameters.
    pub fixed: Vec<Entry>,
    /// The sides on which they lie.
    pub sides: Vec<Side>,
    /// `∫ ½ ρ |u'|²` over the grid with its mass, `ρ` from a `mass` line or 1: its second derivative by
    /// the rates is the mass matrix of a gradient flow.
    pub kinetic: ExprId,
}

/// One component of a field at one end of an axis: element `k` of the field lies on it where `k` is
/// `component` modulo `components` and `k mod (count·stride)` is in `at·stride..(at + 1)·stride`.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// Component at a point.
    pub component: usize,
    /// Elements between neighbours along the axis.
    pub stride: usize,
    /// Points of the axis.
    pub count: usize,
    /// The point of the axis, from 0.
    pub at: usize,
}

/// A start of a whole field: index → value.
#[derive(Clone, Debug)]
pub struct FieldStart {
    /// Where it is written.
    pub span: Span,
    /// Index into [`super::System::variables`].
    pub variable: usize,
    /// 0: the value; 1: the first derivative.
    pub order: u32,
    /// Values over the components, families over points.
    pub entries: Vec<Entry>,
    /// Of a run from several starts: the trajectory that it belongs to.
    pub trajectory: Option<usize>,
}
