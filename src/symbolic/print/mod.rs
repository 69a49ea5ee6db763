//! Expressions as a person writes them: as `.sys` text and as LaTeX.
//!
//! One walk decides what is a numerator, what goes under a root and where a minus sign stands; a
//! [`Style`] decides how that looks. Output is cut off with `…` beyond a budget, as the written form
//! of a shared graph can be exponentially long.

mod family;
mod latex;
mod name;
mod net;
mod number;
mod order;
mod text;

pub use family::index_letters;
pub use latex::Latex;
pub use text::Text;

use super::function::Function;
use super::graph::Graph;
use super::node::{Comparison, DomainId, ExprId, FoldOp, Node, SymbolId};
use super::rational::Rational;
use crate::limits;
use name::Name;
use order::Order;
use rustc_hash::FxHashMap;

/// Nodes written out before a print is cut off.
const PRINTED_NODES: usize = 20_000;
/// How tightly the outermost operator of a text binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Choice,
    Or,
    And,
    Not,
    Compare,
    Sum,
    /// A big operator: it takes in whatever product follows, so it may only stand last in one.
    Big,
    Product,
    Power,
    Atom,
}

/// A finished text and its outermost operator.
#[derive(Clone, Debug)]
struct Piece {
    text: String,
    level: Level,
}

impl Piece {
    fn atom(text: impl Into<String>) -> Self {
        Piece { text: text.into(), level: Level::Atom }
    }

    fn new(text: impl Into<String>, level: Level) -> Self {
        Piece { text: text.into(), level }
    }
}

/// A variable of a family with its range, printed.
struct Bound {
    name: String,
    low: String,
    high: String,
}

/// What differs between text and LaTeX.
trait Style {
    fn parentheses(&self, text: &str) -> String;
    fn number(&self, digits: &number::Digits) -> Piece;
    fn pi(&self) -> Piece;
    fn name(&self, name: &Name) -> Piece;
    fn times(&self) -> &'static str;
    /// What stands between the factors so far and the next one.
    fn between(&self, _: &str) -> &'static str {
        self.times()
    }
    fn minus(&self) -> &'static str {
        "-"
    }
    /// `numerator/denominator`
    fn fraction(&self, numerator: Piece, denominator: Piece) -> Piece;
    fn power(&self, base: Piece, exponent: Piece) -> Piece;
    fn root(&self, inside: Piece) -> Piece;
    fn call(&self, function: Function, args: &[Piece]) -> Piece;
    /// `f(x)^exponent` where that has a form of its own.
    fn call_power(&self, _: Function, _: &[Piece], _: &Piece) -> Option<Piece> {
        None
    }
    fn applied(&self, name: &Name, orders: &[u32], args: &[Piece]) -> Piece;
    /// A derivative of a function whose arguments have names: `∂²f/∂q∂p(x, y)`.
    fn partial(&self, name: &Name, arguments: &[Name], orders: &[u32], args: &[Piece]) -> Piece;
    /// A vector that is written out.
    fn list(&self, items: &[Piece]) -> Piece;
    fn truth(&self, value: bool) -> Piece;
    fn comparison(&self, op: Comparison) -> &'static str;
    fn word(&self, word: &'static str) -> &'static str;
    fn not(&self, inner: &str) -> Piece;
    fn choice(&self, condition: &str, then: &Piece, otherwise: &Piece) -> Piece;
    /// A sum, least or greatest value over index variables.
    fn over(&self, operator: &'static str, body: Piece, bounds: &[Bound], condition: Option<&str>) -> Piece;
    fn list_over(&self, body: Piece, bounds: &[Bound]) -> Piece;
    fn cut(&self) -> &'static str {
        "…"
    }
}

struct Printer<'a, S> {
    graph: &'a Graph,
    style: &'a S,
    given: &'a FxHashMap<(DomainId, u32), String>,
    names: FxHashMap<(DomainId, u32), String>,
    /// Names of index variables of all enclosing families.
    taken: Vec<String>,
    order: Order,
    depth: usize,
    left: usize,
}

fn print<S: Style>(graph: &Graph, style: &S, given: &FxHashMap<(DomainId, u32), String>, expr: ExprId) -> String {
    let order = Order::of(graph, expr);
    let mut printer = Printer {
        graph,
        style,
        given,
        names: FxHashMap::default(),
        taken: Vec::new(),
        order,
        depth: 0,
        left: PRINTED_NODES,
    };
    for domain in graph.domains_of(expr).to_vec() {
        printer.name_indices(domain);
    }
    printer.expr(expr).text
}

impl<S: Style> Printer<'_, S> {
    fn expr(&mut self, expr: ExprId) -> Piece {
        if self.depth >= limits::NESTING || self.left == 0 {
            return Piece::atom(self.style.cut());
        }
        self.depth += 1;
        self.left -= 1;
        let piece = self.node(expr);
        self.depth -= 1;
        piece
    }

    /// In parentheses unless it binds at least as tightly as `level`.
    fn at_least(&mut self, expr: ExprId, level: Level) -> String {
        let piece = self.expr(expr);
        self.wrap(piece, level)
    }

    fn wrap(&self, piece: Piece, level: Level) -> String {
        if piece.level >= level { piece.text } else { self.style.parentheses(&piece.text) }
    }

    fn node(&mut self, expr: ExprId) -> Piece {
        let graph = self.graph;
        match graph.node(expr) {
            Node::Number(value) => self.signed_product(value.is_negative(), &value.abs(), &[]),
            Node::Pi => self.style.pi(),
            Node::Symbol(symbol) | Node::ArraySymbol(symbol) => self.symbol(*symbol),
            Node::Sum { constant, terms } => self.sum(constant, terms),
            Node::Product { coefficient, factors } => {
                self.signed_product(coefficient.is_negative(), &coefficient.abs(), factors)
            }
            Node::Power { base, exponent } => {
                let (base, exponent) = (self.expr(*base), self.expr(*exponent));
                self.style.power(base, exponent)
            }
            Node::Call { function, args } => {
                let args: Vec<Piece> = args.iter().map(|a| self.expr(*a)).collect();
                self.style.call(*function, &args)
            }
            Node::Abstract { symbol, orders, args } => {
                let info = graph.symbol_info(*symbol);
                let pieces = self.arguments(&info.shape, args);
                let names: Vec<Name> = info.element_names.iter().map(|n| Name::parse(&n)).collect();
                let name = Name::parse(&info.name);
                // a function of one number has primes
                match names.len() == orders.len() && orders.len() > 1 && orders.iter().any(|n| *n > 0) {
                    true => self.style.partial(&name, &names, orders, &pieces),
                    false => self.style.applied(&name, orders, &pieces),
                }
            }
            Node::Bool(value) => self.style.truth(*value),
            Node::Compare { op, left, right } => self.compare(*op, *left, *right),
            Node::And(args) => self.junction(args, "and", Level::And),
            Node::Or(args) => self.junction(args, "or", Level::Or),
            Node::Not(inner) => {
                let inner = self.at_least(*inner, Level::Not);
                self.style.not(&inner)
            }
            Node::Select { condition, then, otherwise } => {
                let condition = self.expr(*condition).text;
                let (then, otherwise) = (self.expr(*then), self.expr(*otherwise));
                self.style.choice(&condition, &then, &otherwise)
            }
            Node::Index { domain, position } => Piece::atom(self.index_name(*domain, *position)),
            Node::Read { array, index } => self.read(*array, *index),
            Node::SumOver { domain, body } => self.over("sum", *domain, *body),
            Node::Fold { op, domain, body } => {
                self.over(if *op == FoldOp::Min { "min" } else { "max" }, *domain, *body)
            }
            Node::Scan { domain, body, reverse } => {
                let saved = self.enter();
                let outer = self.bind(*domain);
                let k = outer[0].name.clone();
                let (low, high) = (outer[0].low.clone(), outer[0].high.clone());
                let inner = self.bind(*domain)[0].name.clone();
                let ends = if *reverse { (k, high) } else { (low, k) };
                let body = self.expr(*body);
                self.leave(saved);
                let sum = self.style.over("sum", body, &[Bound { name: inner, low: ends.0, high: ends.1 }], None);
                self.style.list_over(sum, &outer)
            }
            Node::Net { net, point, weight, tangents } => self.net(*net, *point, *weight, tangents),
            Node::Scatter { length, entries, .. } => {
                if let Some((domain, value)) = self.as_list(*length, entries) {
                    let saved = self.enter();
                    let bounds = self.bind(domain);
                    let body = self.expr(value);
                    self.leave(saved);
                    return self.style.list_over(body, &bounds);
                }
                let bound = Bound { name: "k".into(), low: "0".into(), high: (length - 1).to_string() };
                let body = self.scattered(entries, "k");
                self.style.list_over(body, &[bound])
            }
        }
    }

    /// The arguments of a function; of a vector `sizes` gives the number of components, of a number 0.
    fn arguments(&mut self, sizes: &[u32], args: &[ExprId]) -> Vec<Piece> {
        let mut rest = args;
        let mut out = Vec::new();
        for size in sizes {
            let (own, more) = rest.split_at((*size as usize).max(1).min(rest.len()));
            rest = more;
            let whole = match own.first().and_then(|first| self.graph.element_of(*first)) {
                Some((array, 0)) if *size > 0 && self.graph.array_length(array) == Some(*size) => Some(array),
                _ => None,
            };
            let element = |(k, e): (usize, &ExprId)| self.graph.element_of(*e) == whole.map(|array| (array, k as i64));
            out.push(match (own, whole) {
                ([number], _) if *size == 0 => self.expr(*number),
                (_, Some(array)) if own.iter().enumerate().all(element) => self.expr(array),
                _ => {
                    let list: Vec<Piece> = own.iter().map(|e| self.expr(*e)).collect();
                    self.style.list(&list)
                }
            });
        }
        out.extend(rest.iter().map(|e| self.expr(*e)));
        out
    }

    fn symbol(&self, symbol: SymbolId) -> Piece {
        self.style.name(&Name::parse(&self.graph.symbol_info(symbol).name))
    }

    // Sums and products

    fn sum(&mut self, constant: &Rational, terms: &[(ExprId, Rational)]) -> Piece {
        let mut list: Vec<&(ExprId, Rational)> = terms.iter().collect();
        list.sort_by(|a, b| self.order.compare_terms(self.graph, a.0, b.0));
        let mut parts: Vec<(bool, String)> = Vec::with_capacity(list.len() + 1);
        for (term, c) in &list {
            let factors: &[(ExprId, Rational)] = match self.graph.node(*term) {
                Node::Product { factors, .. } => factors,
                _ => &[(*term, Rational::ONE)],
            };
            let turned = if c.is_negative() { self.difference(factors) } else { None };
            let piece = self.product_turned(&c.abs(), factors, turned);
            parts.push((c.is_negative() && turned.is_none(), self.wrap(piece, Level::Big)));
        }
        if !constant.is_zero() {
            let piece = self.product(&constant.abs(), &[]);
            // 1 + x^2 where x moves, a + 1 where nothing does
            let moves = terms.iter().any(|(term, _)| self.order.moves(*term));
            let at = if moves { 0 } else { parts.len() };
            parts.insert(at, (constant.is_negative(), self.wrap(piece, Level::Product)));
        }
        // a sum that can start without a minus sign does, unless that tears what is fast from its place
        if parts[0].0
            && let Some(k) = parts.iter().position(|(negative, _)| !negative)
            && (self.depth > 1 || list.first().is_none_or(|(term, _)| self.order.may_follow(*term)))
        {
            let first = parts.remove(k);
            parts.insert(0, first);
        }
        let mut text = String::new();
        for (i, (negative, part)) in parts.iter().enumerate() {
            text.push_str(match (i, negative) {
                (0, true) => self.style.minus(),
                (0, false) => "",
                (_, true) => " - ",
                (_, false) => " + ",
            });
            text.push_str(part);
        }
        Piece::new(text, Level::Sum)
    }

    fn signed_product(&mut self, negative: bool, coefficient: &Rational, factors: &[(ExprId, Rational)]) -> Piece {
        let turned = if negative { self.difference(factors) } else { None };
        let piece = self.product_turned(coefficient, factors, turned);
        if !negative || turned.is_some() {
            return piece;
        }
        let text = [self.style.minus(), &self.wrap(piece, Level::Big)].concat();
        // as the first factor of a product or below a power it needs parentheses
        Piece::new(text, Level::Sum)
    }

    /// The one factor `x - y` of a product, which takes its minus sign in: `-σ*(x - y)` is `σ*(y - x)`.
    fn difference(&self, factors: &[(ExprId, Rational)]) -> Option<ExprId> {
        let mut found = factors.iter().filter(|(b, e)| e.is_one() && self.order.is_difference(self.graph, *b));
        match (found.next(), found.next()) {
            (Some((base, _)), None) => Some(*base),
            _ => None,
        }
    }

    fn product(&mut self, coefficient: &Rational, factors: &[(ExprId, Rational)]) -> Piece {
        self.product_turned(coefficient, factors, None)
    }

    /// `coefficient·Π base^exponent` with a coefficient `> 0`; of `turned` the opposite is written.
    fn product_turned(
        &mut self,
        coefficient: &Rational,
        factors: &[(ExprId, Rational)],
        turned: Option<ExprId>,
    ) -> Piece {
        let mut list = factors.to_vec();
        list.sort_by(|a, b| self.order.compare_factors(self.graph, a.0, b.0));
        let digits = number::Digits::of(coefficient);
        let (mut above, mut below): (Vec<Piece>, Vec<Piece>) = (Vec::new(), Vec::new());
        let (mut root_above, mut root_below): (Vec<Piece>, Vec<Piece>) = (Vec::new(), Vec::new());
        let mut roots_are_first = 0;
        let only_numbers = list.iter().all(|(b, _)| matches!(self.graph.node(*b), Node::Number(_) | Node::Pi));
        for (base, exponent) in &list {
            let magnitude = exponent.abs();
            let side = exponent.is_negative();
            if magnitude == Rational::HALF {
                let piece = self.expr(*base);
                if matches!(self.graph.node(*base), Node::Number(_)) {
                    roots_are_first += 1;
                }
                if side { &mut root_below } else { &mut root_above }.push(piece);
            } else {
                let piece = match self.graph.node(*base) {
                    Node::Sum { constant, terms } if turned == Some(*base) => {
                        let terms: Vec<(ExprId, Rational)> = terms.iter().map(|(t, c)| (*t, c.negated())).collect();
                        self.sum(constant, &terms)
                    }
                    _ => self.factor(*base, &magnitude),
                };
                if side { &mut below } else { &mut above }.push(piece);
            }
        }
        if !root_above.is_empty() {
            let inside = self.join(root_above, root_below);
            let root = self.style.root(inside);
            let at = if roots_are_first > 0 { 0 } else { above.len() };
            above.insert(at, root);
        } else if !root_below.is_empty() {
            let inside = self.join(root_below, Vec::new());
            below.push(self.style.root(inside));
        }
        if above.is_empty() && below.is_empty() {
            return self.style.number(&digits);
        }
        match digits.fraction() {
            Some((numerator, denominator)) if !below.is_empty() || only_numbers => {
                if denominator != "1" {
                    below.insert(0, Piece::atom(denominator));
                }
                if numerator != "1" {
                    above.insert(0, Piece::atom(numerator));
                }
            }
            _ if coefficient.is_one() => {}
            _ => above.insert(0, self.style.number(&digits)),
        }
        self.join(above, below)
    }

    /// A quotient of two products.
    fn join(&self, above: Vec<Piece>, below: Vec<Piece>) -> Piece {
        let product = |list: Vec<Piece>| -> Piece {
            match <[Piece; 1]>::try_from(list) {
                Ok([single]) => single,
                Err(list) if list.is_empty() => Piece::atom("1"),
                Err(list) => {
                    let last = list.len() - 1;
                    let least = |i: usize| if i == last { Level::Big } else { Level::Product };
                    let level = if list[last].level == Level::Big { Level::Big } else { Level::Product };
                    let mut text = String::new();
                    for (i, p) in list.into_iter().enumerate() {
                        if i > 0 {
                            text.push_str(self.style.between(&text));
                        }
                        text.push_str(&self.wrap(p, least(i)));
                    }
                    Piece::new(text, level)
                }
            }
        };
        if below.is_empty() { product(above) } else { self.style.fraction(product(above), product(below)) }
    }

    /// `base^exponent`, exponent `> 0`, not 1/2.
    fn factor(&mut self, base: ExprId, exponent: &Rational) -> Piece {
        if exponent.is_one() {
            return self.expr(base);
        }
        let exponent = {
            let digits = number::Digits::of(exponent);
            self.style.number(&digits)
        };
        if let Node::Call { function, args } = self.graph.node(base) {
            let args: Vec<Piece> = args.iter().map(|a| self.expr(*a)).collect();
            if let Some(piece) = self.style.call_power(*function, &args, &exponent) {
                return piece;
            }
        }
        let base = self.expr(base);
        self.style.power(base, exponent)
    }

    // Truth

    fn compare(&mut self, op: Comparison, left: ExprId, right: ExprId) -> Piece {
        let (left, right) = (self.at_least(left, Level::Sum), self.at_least(right, Level::Sum));
        Piece::new(format!("{left} {} {right}", self.style.comparison(op)), Level::Compare)
    }

    fn junction(&mut self, args: &[ExprId], word: &'static str, level: Level) -> Piece {
        let parts: Vec<String> = args.iter().map(|a| self.at_least(*a, level)).collect();
        Piece::new(parts.join(self.style.word(word)), level)
    }
}
