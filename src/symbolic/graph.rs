//! The arena: every expression is stored once, and what is always asked of it is stored beside it.

use super::facts::Facts;
use super::net::NetInfo;
use super::node::{Domain, DomainId, ExprId, Node, SymbolId, SymbolInfo};
use super::rational::Rational;
use crate::limits;
use indexmap::IndexSet;
use rustc_hash::{FxBuildHasher, FxHashMap};

type Interned<T> = IndexSet<T, FxBuildHasher>;

/// A budget of a graph that was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    /// [`limits::GRAPH_NODES`]
    Nodes,
    /// [`limits::EXACT_BITS`]
    Digits,
}

impl Excess {
    /// What is needed too much of: "more than … expression nodes".
    pub fn amount(self) -> String {
        match self {
            Excess::Nodes => format!("more than {} expression nodes", limits::GRAPH_NODES),
            Excess::Digits => format!("an exact number of more than {} binary digits", limits::EXACT_BITS),
        }
    }

    /// What to do.
    pub fn advice(self) -> &'static str {
        match self {
            Excess::Nodes => "write repeated parts as sums over a set or a range",
            Excess::Digits => {
                "products and powers of written numbers are exact: make one of the factors a `param`, which is a float"
            }
        }
    }
}

/// A hash-consed graph of expressions: equal expressions have equal [`ExprId`]s, children come
/// before parents, nothing is ever removed.
///
/// When the budget of [`limits::GRAPH_NODES`] or a number's [`limits::EXACT_BITS`] is exceeded,
/// builders go on returning valid expressions without meaning and [`Graph::is_full`] turns true;
/// a stage checks it at its end.
#[derive(Clone, Debug)]
pub struct Graph {
    nodes: Interned<Node>,
    facts: Vec<Facts>,
    space: Vec<u32>,
    spaces: Interned<Box<[DomainId]>>,
    symbols: Vec<SymbolInfo>,
    symbol_nodes: Vec<ExprId>,
    domains: Interned<Domain>,
    pub(super) nets: Vec<NetInfo>,
    size: usize,
    excess: Option<Excess>,
    /// `∂expr/∂leaf`, shared by all calls of [`Graph::differentiate`].
    pub(super) derivatives: FxHashMap<(ExprId, ExprId), ExprId>,
}

impl Default for Graph {
    fn default() -> Self {
        Self::new()
    }
}

impl Graph {
    /// A graph that holds 0 and 1 only.
    pub fn new() -> Self {
        let mut graph = Graph {
            nodes: Interned::default(),
            facts: Vec::new(),
            space: Vec::new(),
            spaces: Interned::default(),
            symbols: Vec::new(),
            symbol_nodes: Vec::new(),
            domains: Interned::default(),
            nets: Vec::new(),
            size: 0,
            excess: None,
            derivatives: FxHashMap::default(),
        };
        graph.spaces.insert(Box::default());
        graph.intern(Node::Number(Rational::ZERO));
        graph.intern(Node::Number(Rational::ONE));
        graph
    }

    /// 0
    pub fn zero(&self) -> ExprId {
        ExprId(0)
    }

    /// 1
    pub fn one(&self) -> ExprId {
        ExprId(1)
    }

    /// The form of an expression.
    pub fn node(&self, expr: ExprId) -> &Node {
        &self.nodes[expr.index()]
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Never: 0 and 1 are always there.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Whether a budget was exceeded, so that expressions built since are without meaning.
    pub fn is_full(&self) -> bool {
        self.excess.is_some()
    }

    /// Which budget was exceeded first, if one was.
    pub fn excess(&self) -> Option<Excess> {
        self.excess
    }

    /// Everything in the order of creation.
    pub fn iter(&self) -> impl Iterator<Item = (ExprId, &Node)> {
        self.nodes.iter().enumerate().map(|(i, node)| (ExprId(i as u32), node))
    }

    /// A number grew too long.
    pub(super) fn mark_full(&mut self) {
        self.excess.get_or_insert(Excess::Digits);
    }

    /// The result of an exact operation; one that is too long fills the graph.
    pub(super) fn exact(&mut self, value: Option<Rational>) -> Rational {
        value.unwrap_or_else(|| {
            self.mark_full();
            Rational::ONE
        })
    }

    /// Stores a canonical node.
    pub(super) fn intern(&mut self, node: Node) -> ExprId {
        if let Some(found) = self.nodes.get_index_of(&node) {
            return ExprId(found as u32);
        }
        let mut children = 0usize;
        node.for_each_child(|_| children += 1);
        // long sums and products count for more than one node
        self.size += 1 + children / 8;
        if self.size > limits::GRAPH_NODES {
            self.excess.get_or_insert(Excess::Nodes);
            return ExprId(0);
        }
        let facts = self.deduce(&node);
        let space = self.deduce_space(&node);
        let id = ExprId(self.nodes.len() as u32);
        self.nodes.insert(node);
        self.facts.push(facts);
        self.space.push(space);
        id
    }

    // Symbols

    /// Declares a symbol; each call makes a new one, also for a name that exists.
    pub fn symbol(&mut self, info: SymbolInfo) -> SymbolId {
        let id = SymbolId(self.symbols.len() as u32);
        let is_array = info.length.is_some();
        self.symbols.push(info);
        // the node is made now, so that expressions are ordered as declarations are
        let node = self.intern(if is_array { Node::ArraySymbol(id) } else { Node::Symbol(id) });
        self.symbol_nodes.push(node);
        id
    }

    /// What is known of a symbol.
    pub fn symbol_info(&self, symbol: SymbolId) -> &SymbolInfo {
        &self.symbols[symbol.index()]
    }

    /// All symbols in the order of declaration.
    pub fn symbols(&self) -> impl Iterator<Item = (SymbolId, &SymbolInfo)> {
        self.symbols.iter().enumerate().map(|(i, info)| (SymbolId(i as u32), info))
    }

    /// The scalar as an expression.
    pub fn scalar(&mut self, symbol: SymbolId) -> ExprId {
        self.symbol_nodes[symbol.index()]
    }

    /// The array as an expression (for [`Graph::read`], [`super::Seeds`], gradients).
    pub fn array(&mut self, symbol: SymbolId) -> ExprId {
        self.symbol_nodes[symbol.index()]
    }

    /// Number of elements of an array expression, `None` for anything else.
    pub fn array_length(&self, array: ExprId) -> Option<u32> {
        match self.node(array) {
            Node::ArraySymbol(symbol) => self.symbol_info(*symbol).length,
            Node::Scan { domain, .. } => u32::try_from(self.domain_info(*domain).extent()).ok(),
            Node::Scatter { length, .. } => Some(*length),
            Node::Net { net, weight, .. } => {
                let info = self.net_info(*net);
                Some(if weight.is_some() { info.inputs } else { info.outputs })
            }
            _ => None,
        }
    }

    /// Whether the expression is a truth value.
    pub fn is_boolean(&self, expr: ExprId) -> bool {
        matches!(self.node(expr), Node::Bool(_) | Node::Compare { .. } | Node::And(_) | Node::Or(_) | Node::Not(_))
    }

    // Domains and the space of an expression

    pub(super) fn intern_domain(&mut self, domain: Domain) -> DomainId {
        DomainId(self.domains.insert_full(domain).0 as u32)
    }

    /// Level, ranges and condition of a domain.
    pub fn domain_info(&self, domain: DomainId) -> &Domain {
        &self.domains[domain.index()]
    }

    /// All domains in the order of creation.
    pub fn domains(&self) -> impl Iterator<Item = &Domain> {
        self.domains.iter()
    }

    /// The domains an expression depends on, sorted: those whose indices are free in it, and those
    /// that the conditions of these mention.
    pub fn domains_of(&self, expr: ExprId) -> &[DomainId] {
        &self.spaces[self.space[expr.index()] as usize]
    }

    /// Whether an expression depends on a domain.
    pub fn depends_on_domain(&self, expr: ExprId, domain: DomainId) -> bool {
        self.domains_of(expr).binary_search(&domain).is_ok()
    }

    /// The outer domains that the condition of a domain mentions.
    pub fn outer_domains(&self, domain: DomainId) -> Vec<DomainId> {
        let d = self.domain_info(domain);
        match d.condition {
            Some(condition) => self.domains_of(condition).iter().copied().filter(|x| Some(*x) != d.base).collect(),
            None => Vec::new(),
        }
    }

    fn deduce_space(&mut self, node: &Node) -> u32 {
        let mut first = 0;
        let mut several = false;
        node.for_each_child(|child| {
            let space = self.space[child.index()];
            if space != 0 && first == 0 {
                first = space;
            } else if space != 0 && space != first {
                several = true;
            }
        });
        let binds = matches!(node, Node::Index { .. } | Node::Scatter { .. }) || node.bound_domain().is_some();
        if !several && !binds {
            return first;
        }
        let mut set: Vec<DomainId> = Vec::new();
        match node {
            Node::Index { domain, .. } => {
                set.push(*domain);
                set.extend(self.outer_domains(*domain));
            }
            Node::Scatter { outer, .. } => set.extend(outer.iter().copied()),
            _ => node.for_each_child(|child| set.extend_from_slice(self.domains_of(child))),
        }
        if let Some(domain) = node.bound_domain() {
            set.retain(|d| *d != domain);
            set.extend(self.outer_domains(domain));
        }
        set.sort_unstable();
        set.dedup();
        self.spaces.insert_full(set.into_boxed_slice()).0 as u32
    }

    // Facts

    pub(super) fn facts(&self, expr: ExprId) -> Facts {
        self.facts[expr.index()]
    }

    /// `≥ 0` wherever it is defined, proved from its form and the declarations.
    pub fn is_nonnegative(&self, expr: ExprId) -> bool {
        self.facts(expr).nonnegative
    }

    /// `> 0` wherever it is defined, proved likewise.
    pub fn is_positive(&self, expr: ExprId) -> bool {
        let facts = self.facts(expr);
        facts.nonnegative && facts.nonzero
    }

    /// Never 0 where it is defined, proved likewise.
    pub fn is_nonzero(&self, expr: ExprId) -> bool {
        self.facts(expr).nonzero
    }

    /// An integer wherever it is defined, proved likewise.
    pub fn is_integer(&self, expr: ExprId) -> bool {
        self.facts(expr).integer
    }

    /// The value of a number.
    pub fn as_number(&self, expr: ExprId) -> Option<&Rational> {
        match self.node(expr) {
            Node::Number(value) => Some(value),
            _ => None,
        }
    }

    /// The value of a small integer.
    pub fn as_integer(&self, expr: ExprId) -> Option<i64> {
        self.as_number(expr)?.as_i64()
    }
}
