//! Learned functions and their derivatives on paper.

use super::name::Name;
use super::{Level, Piece, Printer, Style};
use crate::symbolic::NetId;
use crate::symbolic::node::{ExprId, Node};

impl<S: Style> Printer<'_, S> {
    /// `f(x)`, `∂f(x)[t]`: a push; `∂(w·f)(x)`: a pull.
    pub(super) fn net(&mut self, net: NetId, point: ExprId, weight: Option<ExprId>, tangents: &[ExprId]) -> Piece {
        let name = Name::parse(&self.graph.net_info(net).name);
        let args = self.items(point);
        let directions: Vec<Piece> = tangents.iter().flat_map(|t| self.items(*t)).collect();
        let value = self.style.applied(&name, &[], &args).text;
        let order = tangents.len() + usize::from(weight.is_some());
        let sign = "∂".repeat(order);
        let inside: Vec<String> = directions.into_iter().map(|d| d.text).collect();
        let along = if inside.is_empty() { String::new() } else { format!("[{}]", inside.join(", ")) };
        Piece::new(format!("{sign}{value}{along}"), Level::Atom)
    }

    /// The elements of an array that is written out, else the array itself.
    fn items(&mut self, array: ExprId) -> Vec<Piece> {
        let Node::Scatter { length, entries, .. } = self.graph.node(array) else { return vec![self.expr(array)] };
        let at = |k: i64| entries.iter().find(|e| self.graph.as_integer(e.index) == Some(k)).map(|e| e.value);
        let values: Vec<Option<ExprId>> = (0..i64::from(*length)).map(at).collect();
        let zero = self.graph.zero();
        values.into_iter().map(|v| self.expr(v.unwrap_or(zero))).collect()
    }
}
