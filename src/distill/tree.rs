//! Formulas as trees in postfix order.

use super::function::{Binary, FUNCTIONS, Operators};

/// A node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Node {
    /// Input `k`.
    Input(u8),
    /// A number.
    Constant(f64),
    /// A place in [`FUNCTIONS`].
    Function(u8),
    /// An operator on the two trees before it.
    Binary(Binary),
}

impl Node {
    /// How many trees it takes.
    pub fn arity(self) -> usize {
        match self {
            Node::Input(_) | Node::Constant(_) => 0,
            Node::Function(_) => 1,
            Node::Binary(_) => 2,
        }
    }
}

/// A formula: its nodes with operands before operators.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// At least one node; every operator has its operands.
    pub nodes: Vec<Node>,
}

impl Tree {
    /// Input `k`.
    pub fn input(k: usize) -> Tree {
        Tree { nodes: vec![Node::Input(k as u8)] }
    }

    /// A number.
    pub fn constant(c: f64) -> Tree {
        Tree { nodes: vec![Node::Constant(c)] }
    }

    /// A function of a tree.
    pub fn function(f: u8, inner: &Tree) -> Tree {
        let mut nodes = inner.nodes.clone();
        nodes.push(Node::Function(f));
        Tree { nodes }
    }

    /// Two trees with an operator between them.
    pub fn binary(op: Binary, a: &Tree, b: &Tree) -> Tree {
        let mut nodes = Vec::with_capacity(a.nodes.len() + b.nodes.len() + 1);
        nodes.extend_from_slice(&a.nodes);
        nodes.extend_from_slice(&b.nodes);
        nodes.push(Node::Binary(op));
        Tree { nodes }
    }

    /// Number of nodes: each input, number and operator counts 1.
    pub fn complexity(&self) -> usize {
        self.nodes.len()
    }

    /// Its numbers, in order.
    pub fn constants(&self) -> Vec<f64> {
        self.nodes
            .iter()
            .filter_map(|n| match n {
                Node::Constant(c) => Some(*c),
                _ => None,
            })
            .collect()
    }

    /// Puts numbers in place of its own, in order.
    pub fn set_constants(&mut self, values: &[f64]) {
        let mut values = values.iter();
        for n in &mut self.nodes {
            if let Node::Constant(c) = n
                && let Some(v) = values.next()
            {
                *c = *v;
            }
        }
    }

    /// By node the first node of its subtree.
    pub fn starts(&self) -> Vec<usize> {
        let mut stack: Vec<usize> = Vec::with_capacity(self.nodes.len());
        let mut out = Vec::with_capacity(self.nodes.len());
        for (k, n) in self.nodes.iter().enumerate() {
            let start = match n.arity() {
                0 => k,
                1 => stack.pop().unwrap_or(k),
                _ => {
                    stack.pop();
                    stack.pop().unwrap_or(k)
                }
            };
            stack.push(start);
            out.push(start);
        }
        out
    }

    /// The subtree whose last node is `at`.
    pub fn subtree(&self, at: usize) -> Tree {
        Tree { nodes: self.nodes[self.starts()[at]..=at].to_vec() }
    }

    /// The same with another subtree in place of that whose last node is `at`.
    pub fn replaced(&self, at: usize, by: &Tree) -> Tree {
        let start = self.starts()[at];
        let mut nodes = self.nodes[..start].to_vec();
        nodes.extend_from_slice(&by.nodes);
        nodes.extend_from_slice(&self.nodes[at + 1..]);
        Tree { nodes }
    }

    /// Whether it reads an input.
    pub fn reads(&self) -> bool {
        self.nodes.iter().any(|n| matches!(n, Node::Input(_)))
    }

    /// Whether all its operators are among these.
    pub fn within(&self, operators: &Operators) -> bool {
        self.nodes.iter().all(|n| match n {
            Node::Function(f) => operators.functions.contains(f),
            Node::Binary(b) => operators.has(*b),
            _ => true,
        })
    }

    /// Whether no function stands inside of itself, as in `sin(x + sin(x))`: such forms fit much and say nothing.
    pub fn is_plain(&self) -> bool {
        let starts = self.starts();
        self.nodes.iter().enumerate().all(|(k, n)| match n {
            Node::Function(f) => !self.nodes[starts[k]..k].contains(&Node::Function(*f)),
            _ => true,
        })
    }

    /// A name of its form, the same for all values of its free numbers.
    pub fn form(&self) -> Vec<u8> {
        self.nodes
            .iter()
            .map(|n| match n {
                Node::Constant(_) => 255,
                Node::Input(k) => *k,
                Node::Function(f) => 128 + f,
                Node::Binary(b) => 64 + *b as u8,
            })
            .collect()
    }

    /// Operations on numbers alone are carried out, sums and products of three with two numbers in them have one, and
    /// `a + a` is `2*a`. `None` where that gives no finite number.
    pub fn folded(&self, operators: &Operators) -> Option<Tree> {
        let mut stack: Vec<Tree> = Vec::with_capacity(self.nodes.len());
        for n in &self.nodes {
            let made = match *n {
                Node::Input(_) | Node::Constant(_) => Tree { nodes: vec![*n] },
                Node::Function(f) => {
                    let a = stack.pop()?;
                    match a.nodes[..] {
                        [Node::Constant(c)] => Tree::constant((FUNCTIONS[f as usize].value)(c)),
                        _ => Tree::function(f, &a),
                    }
                }
                Node::Binary(op) => {
                    let (b, a) = (stack.pop()?, stack.pop()?);
                    match op {
                        Binary::Add if a == b && operators.has(Binary::Mul) => {
                            join(Binary::Mul, Tree::constant(2.0), a)
                        }
                        _ => join(op, a, b),
                    }
                }
            };
            if made.constants().iter().any(|c| !c.is_finite()) {
                return None;
            }
            stack.push(made);
        }
        stack.pop()
    }
}

/// The number that a tree is.
fn number(t: &Tree) -> Option<f64> {
    match t.nodes[..] {
        [Node::Constant(c)] => Some(c),
        _ => None,
    }
}

/// `a op b` with one number where there are two beside each other; numbers stand first in products and last in sums.
fn join(op: Binary, a: Tree, b: Tree) -> Tree {
    if let (Some(x), Some(y)) = (number(&a), number(&b)) {
        return Tree::constant(op.value(x, y));
    }
    let parts = |t: &Tree, op: Binary| {
        let last = t.nodes.len() - 1;
        (t.nodes[last] == Node::Binary(op)).then(|| {
            let right = t.subtree(last - 1);
            let left = t.subtree(last - 1 - right.nodes.len());
            (left, right)
        })
    };
    match op {
        Binary::Mul => {
            if number(&b).is_some() {
                return join(op, b, a);
            }
            let (inner_a, inner_b) = (parts(&a, op), parts(&b, op));
            let scaled_a = inner_a.filter(|(l, _)| number(l).is_some());
            let scaled_b = inner_b.filter(|(l, _)| number(l).is_some());
            match (number(&a), scaled_a, scaled_b) {
                (Some(x), _, Some((l, r))) => join(op, Tree::constant(x * number(&l).unwrap_or(1.0)), r),
                (None, Some((l, r)), Some((m, s))) => {
                    let c = number(&l).unwrap_or(1.0) * number(&m).unwrap_or(1.0);
                    join(op, Tree::constant(c), Tree::binary(op, &r, &s))
                }
                (None, Some((l, r)), None) => join(op, l, Tree::binary(op, &r, &b)),
                (None, None, Some((l, r))) => join(op, l, Tree::binary(op, &a, &r)),
                _ if number(&a) == Some(1.0) => b,
                _ => Tree::binary(op, &a, &b),
            }
        }
        Binary::Add => {
            if number(&a).is_some() {
                return join(op, b, a);
            }
            let (inner_a, inner_b) = (parts(&a, op), parts(&b, op));
            let shifted_a = inner_a.filter(|(_, r)| number(r).is_some());
            let shifted_b = inner_b.filter(|(_, r)| number(r).is_some());
            match (number(&b), shifted_a, shifted_b) {
                (Some(y), Some((l, r)), _) => join(op, l, Tree::constant(y + number(&r).unwrap_or(0.0))),
                (None, Some((l, r)), Some((m, s))) => {
                    let c = number(&r).unwrap_or(0.0) + number(&s).unwrap_or(0.0);
                    join(op, Tree::binary(op, &l, &m), Tree::constant(c))
                }
                (None, Some((l, r)), None) => join(op, Tree::binary(op, &l, &b), r),
                (None, None, Some((l, r))) => join(op, Tree::binary(op, &a, &l), r),
                _ if number(&b) == Some(0.0) => a,
                _ => Tree::binary(op, &a, &b),
            }
        }
        Binary::Pow if number(&b) == Some(1.0) => a,
        Binary::Sub if number(&b) == Some(0.0) => a,
        _ => Tree::binary(op, &a, &b),
    }
}
