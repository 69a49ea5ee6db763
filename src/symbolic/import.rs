//! Expressions of another graph, built again in this one.

use super::graph::Graph;
use super::net::NetId;
use super::node::{DomainId, Entry, ExprId, Node};
use super::substitute::Substitution;
use rustc_hash::{FxHashMap, FxHashSet};

/// Another graph, and what its leaves and nets are here.
pub struct Import<'g> {
    /// The other graph.
    pub other: &'g Graph,
    /// What stands here for expressions of the other graph; every leaf that is read must be among them.
    pub known: Substitution,
    /// What stands here for its nets.
    pub nets: FxHashMap<NetId, NetId>,
    /// Domains around the place where the expressions are put: those of the other graph come inside.
    pub level: u32,
}

impl Graph {
    /// `exprs` of another graph, through the builders of this one. `None` where a leaf or a net has nothing that
    /// stands for it. A function without a body stays one of its name.
    pub fn import(&mut self, from: Import<'_>, exprs: &[ExprId]) -> Option<Vec<ExprId>> {
        let Import { other, known, nets, level } = from;
        let mut importer = Importer { to: self, other, done: known, domains: FxHashMap::default(), nets, level };
        exprs.iter().map(|e| importer.expr(*e)).collect()
    }
}

struct Importer<'g> {
    to: &'g mut Graph,
    other: &'g Graph,
    done: Substitution,
    domains: FxHashMap<DomainId, DomainId>,
    nets: FxHashMap<NetId, NetId>,
    level: u32,
}

impl Importer<'_> {
    /// Children come before parents; recursion is as deep as domains are nested.
    fn expr(&mut self, root: ExprId) -> Option<ExprId> {
        let mut open = vec![root];
        let mut seen: FxHashSet<ExprId> = FxHashSet::default();
        let mut order = Vec::new();
        while let Some(e) = open.pop() {
            if !self.done.contains_key(&e) && seen.insert(e) {
                order.push(e);
                self.other.node(e).for_each_child(|child| open.push(child));
            }
        }
        order.sort_unstable();
        for e in order {
            let made = self.node(e)?;
            self.done.insert(e, made);
        }
        self.done.get(&root).copied()
    }

    fn domain(&mut self, domain: DomainId) -> Option<DomainId> {
        if let Some(known) = self.domains.get(&domain) {
            return Some(*known);
        }
        let info = self.other.domain_info(domain).clone();
        if let Some(base) = info.base {
            self.domain(base)?;
        }
        let condition = match info.condition {
            Some(condition) => Some(self.expr(condition)?),
            None => None,
        };
        let made = self.to.domain(info.level + self.level, &info.ranges, condition);
        self.domains.insert(domain, made);
        Some(made)
    }

    fn list(&self, list: &[ExprId]) -> Vec<ExprId> {
        list.iter().map(|e| self.at(*e)).collect()
    }

    /// What was built for a child.
    fn at(&self, e: ExprId) -> ExprId {
        self.done[&e]
    }

    fn node(&mut self, e: ExprId) -> Option<ExprId> {
        Some(match self.other.node(e).clone() {
            Node::Number(n) => self.to.number(n),
            Node::Pi => self.to.pi(),
            Node::Bool(b) => self.to.boolean(b),
            Node::Symbol(_) | Node::ArraySymbol(_) => return None,
            Node::Abstract { symbol, orders, args } => {
                let info = self.other.symbol_info(symbol);
                let here = self.to.symbols().find(|(_, known)| *known == info).map(|s| s.0);
                let symbol = here.unwrap_or_else(|| self.to.symbol(info.clone()));
                let args = self.list(&args);
                self.to.abstract_call(symbol, &orders, &args)
            }
            Node::Sum { constant, terms } => {
                let terms: Vec<_> = terms.iter().map(|(t, c)| (self.at(*t), c.clone())).collect();
                self.to.linear_combination(constant, &terms)
            }
            Node::Product { coefficient, factors } => {
                let factors: Vec<_> = factors.iter().map(|(b, p)| (self.at(*b), p.clone())).collect();
                self.to.product_of_powers(coefficient, &factors)
            }
            Node::Power { base, exponent } => {
                let (base, exponent) = (self.at(base), self.at(exponent));
                self.to.power(base, exponent)
            }
            Node::Call { function, args } => {
                let args = self.list(&args);
                self.to.call(function, &args)
            }
            Node::Compare { op, left, right } => {
                let (left, right) = (self.at(left), self.at(right));
                self.to.compare(op, left, right)
            }
            Node::And(args) => {
                let args = self.list(&args);
                self.to.and(&args)
            }
            Node::Or(args) => {
                let args = self.list(&args);
                self.to.or(&args)
            }
            Node::Not(inner) => {
                let inner = self.at(inner);
                self.to.not(inner)
            }
            Node::Select { condition, then, otherwise } => {
                let (condition, then, otherwise) = (self.at(condition), self.at(then), self.at(otherwise));
                self.to.select(condition, then, otherwise)
            }
            Node::Index { domain, position } => {
                let domain = self.domain(domain)?;
                self.to.index(domain, position)
            }
            Node::Read { array, index } => {
                let (array, index) = (self.at(array), self.at(index));
                self.to.read(array, index)
            }
            Node::SumOver { domain, body } => {
                let (domain, body) = (self.domain(domain)?, self.at(body));
                self.to.sum_over(domain, body)
            }
            Node::Fold { op, domain, body } => {
                let (domain, body) = (self.domain(domain)?, self.at(body));
                self.to.fold(op, domain, body)
            }
            Node::Scan { domain, body, reverse } => {
                let (domain, body) = (self.domain(domain)?, self.at(body));
                self.to.scan(domain, body, reverse)
            }
            Node::Scatter { length, outer, entries } => {
                let mut free = Vec::new();
                for d in &outer {
                    free.push(self.domain(*d)?);
                }
                let mut list = Vec::with_capacity(entries.len());
                for entry in &entries {
                    let mut space = Vec::new();
                    for d in self.other.entry_space(entry) {
                        space.push(self.domain(d)?);
                    }
                    let (index, value) = (self.at(entry.index), self.at(entry.value));
                    // What stands for a leaf may run over domains around this place.
                    for e in [index, value] {
                        let around = self.to.domains_of(e).iter().copied();
                        free.extend(around.filter(|d| self.to.domain_info(*d).level < self.level));
                    }
                    let value = self.to.keep_space(value, index, &space, &free);
                    list.push(Entry { index, value });
                }
                self.to.scatter_within(length, &free, &list)
            }
            Node::Net { net, point, weight, tangents } => {
                let net = *self.nets.get(&net)?;
                let (point, tangents) = (self.at(point), self.list(&tangents));
                let weight = weight.map(|w| self.at(w));
                self.to.net_node(net, point, weight, &tangents)
            }
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::node::{Comparison, SymbolInfo};
    use super::super::{Text, net};
    use super::*;

    /// A graph with a sum over pairs, a running sum and a net, of one array.
    fn other() -> (Graph, ExprId, NetId, Vec<ExprId>) {
        let mut g = Graph::new();
        let x = g.symbol(SymbolInfo::array("x", 4));
        let x = g.array(x);
        let square = g.domain(0, &[(0, 3), (0, 3)], None);
        let (a, b) = (g.index(square, 0), g.index(square, 1));
        let ordered = g.compare(Comparison::Less, a, b);
        let pairs = g.domain(0, &[(0, 3), (0, 3)], Some(ordered));
        let (a, b) = (g.index(pairs, 0), g.index(pairs, 1));
        let (xa, xb) = (g.read(x, a), g.read(x, b));
        let product = g.mul(xa, xb);
        let sum = g.sum_over(pairs, product);
        let architecture = net::Architecture {
            hidden: vec![3],
            activation: net::Activation::Tanh,
            residual: false,
            hidden_bias: true,
            output_bias: true,
            convex: false,
        };
        let f = g.net(net::NetInfo { name: "f".into(), inputs: 4, outputs: 1, architecture });
        let value = g.net_node(f, x, None, &[]);
        let zero = g.zero();
        let value = g.read(value, zero);
        let total = g.add(sum, value);
        (g, x, f, vec![total, sum])
    }

    #[test]
    fn expressions_read_the_same_in_another_graph() {
        let (other, x, f, exprs) = other();
        let mut here = Graph::new();
        let y = here.symbol(SymbolInfo::array("y", 4));
        let y = here.array(y);
        let info = other.net_info(f).clone();
        let g = here.net(info);
        let known = std::iter::once((x, y)).collect();
        let nets = std::iter::once((f, g)).collect();
        let made = here.import(Import { other: &other, known, nets, level: 0 }, &exprs).unwrap();
        for (there, here_too) in exprs.iter().zip(&made) {
            let there = Text::new().print(&other, *there).replace('x', "y");
            assert_eq!(Text::new().print(&here, *here_too), there);
        }
    }

    #[test]
    fn a_leaf_without_anything_that_stands_for_it_is_no_expression() {
        let (other, _, f, exprs) = other();
        let mut here = Graph::new();
        let nets = std::iter::once((f, f)).collect();
        assert_eq!(here.import(Import { other: &other, known: Substitution::default(), nets, level: 0 }, &exprs), None);
    }
}
