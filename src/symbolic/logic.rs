//! Truth values and choices.

use super::graph::Graph;
use super::node::{Comparison, ExprId, Node};

impl Graph {
    /// The truth value.
    pub fn boolean(&mut self, value: bool) -> ExprId {
        self.intern(Node::Bool(value))
    }

    /// `left op right`; numbers are compared exactly.
    pub fn compare(&mut self, op: Comparison, left: ExprId, right: ExprId) -> ExprId {
        let (op, left, right) = match op {
            Comparison::Greater => (Comparison::Less, right, left),
            Comparison::GreaterEqual => (Comparison::LessEqual, right, left),
            Comparison::Equal | Comparison::NotEqual if right < left => (op, right, left),
            _ => (op, left, right),
        };
        if let (Some(a), Some(b)) = (self.as_number(left), self.as_number(right)) {
            let holds = op.holds(a, b);
            return self.boolean(holds);
        }
        // wherever the side is defined
        if left == right {
            return self.boolean(matches!(op, Comparison::LessEqual | Comparison::Equal));
        }
        if let (Some((a, b)), Some((c, d))) = (self.index_range(left), self.index_range(right)) {
            let verdict = match op {
                Comparison::Less if b < c => Some(true),
                Comparison::Less if a >= d => Some(false),
                Comparison::LessEqual if b <= c => Some(true),
                Comparison::LessEqual if a > d => Some(false),
                Comparison::Equal if b < c || d < a => Some(false),
                Comparison::NotEqual if b < c || d < a => Some(true),
                _ => None,
            };
            if let Some(verdict) = verdict {
                return self.boolean(verdict);
            }
        }
        self.intern(Node::Compare { op, left, right })
    }

    /// All of them hold; true for none.
    pub fn and(&mut self, conditions: &[ExprId]) -> ExprId {
        self.junction(conditions, true)
    }

    /// One of them holds; false for none.
    pub fn or(&mut self, conditions: &[ExprId]) -> ExprId {
        self.junction(conditions, false)
    }

    fn junction(&mut self, conditions: &[ExprId], all: bool) -> ExprId {
        let mut list: Vec<ExprId> = Vec::with_capacity(conditions.len());
        for condition in conditions {
            match self.node(*condition) {
                Node::Bool(value) if *value == all => {}
                Node::Bool(_) => return *condition,
                Node::And(inner) if all => list.extend_from_slice(inner),
                Node::Or(inner) if !all => list.extend_from_slice(inner),
                _ => list.push(*condition),
            }
        }
        list.sort_unstable();
        list.dedup();
        match &list[..] {
            [] => self.boolean(all),
            [single] => *single,
            _ if all => self.intern(Node::And(list.into_boxed_slice())),
            _ => self.intern(Node::Or(list.into_boxed_slice())),
        }
    }

    /// It does not hold. A comparison keeps its `not`: both `a < b` and `b ≤ a` are false of NaN.
    pub fn not(&mut self, condition: ExprId) -> ExprId {
        match self.node(condition) {
            Node::Bool(value) => {
                let value = !value;
                self.boolean(value)
            }
            Node::Not(inner) => *inner,
            _ => self.intern(Node::Not(condition)),
        }
    }

    /// `if condition then then else otherwise`
    pub fn select(&mut self, condition: ExprId, then: ExprId, otherwise: ExprId) -> ExprId {
        match self.node(condition) {
            Node::Bool(true) => return then,
            Node::Bool(false) => return otherwise,
            _ if then == otherwise => return then,
            Node::Not(inner) => {
                let inner = *inner;
                return self.select(inner, otherwise, then);
            }
            _ => {}
        }
        self.intern(Node::Select { condition, then, otherwise })
    }
}
