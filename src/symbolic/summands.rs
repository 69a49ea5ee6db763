//! The absolute terms of a sum: how large an expression could be where its terms cancel.

use super::function::Function;
use super::graph::Graph;
use super::node::{ExprId, Node};

impl Graph {
    /// `|term|` for each term of the outermost sum of an expression; a family becomes the family of
    /// its absolute terms. Their total bounds `|expr|`.
    pub fn absolute_terms(&mut self, expr: ExprId) -> Vec<ExprId> {
        let parts: Vec<ExprId> = match self.node(expr).clone() {
            Node::Sum { constant, terms } => {
                let mut parts: Vec<ExprId> = terms.iter().map(|(term, c)| self.scale(*term, c)).collect();
                if !constant.is_zero() {
                    parts.push(self.number(constant));
                }
                parts
            }
            _ => vec![expr],
        };
        parts
            .into_iter()
            .map(|part| match self.node(part).clone() {
                Node::SumOver { domain, body } => {
                    let positive = self.call(Function::Abs, &[body]);
                    self.sum_over(domain, positive)
                }
                _ => self.call(Function::Abs, &[part]),
            })
            .collect()
    }
}
