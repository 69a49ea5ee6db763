//! Everything that a fit changes, as one flat vector.

use crate::symbolic::{Graph, NetId};
use std::ops::Range;

/// The weights of one net, by the arrays of its architecture.
#[derive(Clone, Debug, PartialEq)]
pub struct NetWeights {
    /// Full name of the net in its system.
    pub name: String,
    /// `W1 b1 W2 …`, row by row.
    pub arrays: Vec<Vec<f64>>,
}

/// What a place of the flat vector belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// An array of weights of a net.
    Net(NetId, usize),
    /// A component of the equations' parameters.
    Parameter(usize),
}

/// A part of the flat vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Whose it is.
    pub owner: Owner,
    /// Where.
    pub range: Range<usize>,
    /// Rows.
    pub rows: u32,
    /// Columns.
    pub columns: u32,
}

/// The order of the flat vector: nets in the order of declaration, then parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Its parts in order.
    pub parts: Vec<Part>,
    /// Its length.
    pub length: usize,
}

impl Layout {
    /// The layout of some nets and components of parameters.
    pub fn new(graph: &Graph, nets: &[NetId], parameters: &[usize]) -> Self {
        let mut layout = Layout::default();
        for net in nets {
            let info = graph.net_info(*net);
            for (k, w) in info.architecture.weights(info.inputs, info.outputs).iter().enumerate() {
                layout.push(Owner::Net(*net, k), w.rows, w.columns);
            }
        }
        for p in parameters {
            layout.push(Owner::Parameter(*p), 1, 1);
        }
        layout
    }

    fn push(&mut self, owner: Owner, rows: u32, columns: u32) {
        let end = self.length + rows as usize * columns as usize;
        self.parts.push(Part { owner, range: self.length..end, rows, columns });
        self.length = end;
    }

    /// The part of an owner.
    pub fn part(&self, owner: Owner) -> Option<&Part> {
        self.parts.iter().find(|p| p.owner == owner)
    }
}
