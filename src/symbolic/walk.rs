//! Walks over the graph without recursion: children have smaller numbers than their parents, so the
//! reachable nodes in rising order are an order of evaluation.

use super::graph::Graph;
use super::node::{ExprId, Node, SymbolId};
use rustc_hash::FxHashSet;

impl Graph {
    /// Everything the roots are made of, themselves included, in rising order.
    pub fn reachable(&self, roots: &[ExprId]) -> Vec<ExprId> {
        let mut seen: FxHashSet<ExprId> = FxHashSet::default();
        let mut list: Vec<ExprId> = Vec::new();
        let mut stack: Vec<ExprId> = roots.to_vec();
        while let Some(expr) = stack.pop() {
            if seen.insert(expr) {
                list.push(expr);
                self.node(expr).for_each_child(|child| stack.push(child));
            }
        }
        list.sort_unstable();
        list
    }

    /// Number of different nodes the roots are made of.
    pub fn count_nodes(&self, roots: &[ExprId]) -> usize {
        self.reachable(roots).len()
    }

    /// Number of nodes of the expression written out without sharing (saturating).
    pub fn count_written(&self, root: ExprId) -> u64 {
        let order = self.reachable(&[root]);
        let mut count: rustc_hash::FxHashMap<ExprId, u64> = rustc_hash::FxHashMap::default();
        for expr in order {
            let mut total = 1u64;
            self.node(expr).for_each_child(|child| {
                total = total.saturating_add(count.get(&child).copied().unwrap_or(0));
            });
            count.insert(expr, total);
        }
        count.get(&root).copied().unwrap_or(0)
    }

    /// Whether any of `leaves` occurs. An element `Read(array, number)` also counts as occurring where
    /// the array is read at an index that is no number.
    pub fn depends_on(&self, expr: ExprId, leaves: &[ExprId]) -> bool {
        let arrays: Vec<ExprId> = leaves.iter().filter_map(|leaf| self.element_of(*leaf).map(|(a, _)| a)).collect();
        self.reachable(&[expr]).iter().any(|e| {
            leaves.contains(e)
                || matches!(self.node(*e), Node::Read { array, index }
                    if arrays.contains(array) && self.as_number(*index).is_none())
        })
    }

    /// The symbols and whole arrays that occur, in the order of declaration.
    pub fn free_leaves(&self, roots: &[ExprId]) -> Vec<ExprId> {
        let is_leaf = |e: &ExprId| matches!(self.node(*e), Node::Symbol(_) | Node::ArraySymbol(_));
        let mut leaves: Vec<ExprId> = self.reachable(roots).into_iter().filter(is_leaf).collect();
        leaves.sort_by_key(|leaf| self.symbol_of(*leaf));
        leaves
    }

    /// The symbol of a scalar or whole array.
    pub fn symbol_of(&self, leaf: ExprId) -> Option<SymbolId> {
        match self.node(leaf) {
            Node::Symbol(symbol) | Node::ArraySymbol(symbol) => Some(*symbol),
            _ => None,
        }
    }

    /// Array and place of an element `Read(ArraySymbol, number)`.
    pub fn element_of(&self, leaf: ExprId) -> Option<(ExprId, i64)> {
        match self.node(leaf) {
            Node::Read { array, index } if matches!(self.node(*array), Node::ArraySymbol(_)) => {
                self.as_integer(*index).map(|k| (*array, k))
            }
            _ => None,
        }
    }
}
