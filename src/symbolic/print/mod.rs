//! Expressions as a person writes them: as `.sys` text and as LaTeX.
//!
//! One walk decides what is a numerator, what goes under a root and where a minus sign stands; a
//! [`Style`] decides how that looks. Output is cut off with `…` beyond a budget, as the written form
//! of a shared graph can be exponentially long.

mod latex;
mod name;
mod number;
mod order;
mod text;

pub use latex::Latex;
pub use text::Text;

use super::function::Function;
use super::graph::Graph;
use super::node::{Comparison, DomainId, Entry, ExprId, FoldOp, Node, SymbolId};
use super::rational::Rational;
use crate::limits;
use name::Name;
use order::Order;
use rustc_hash::FxHashMap;

/// Nodes written out before a print is cut off.
const PRINTED_NODES: usize = 20_000;
/// Names of index variables, in the order they are given out.
const INDEX_LETTERS: [&str; 12] = ["i", "j", "k", "l", "m", "n", "a", "b", "c", "u", "v", "w"];

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
                let args: Vec<Piece> = args.iter().map(|a| self.expr(*a)).collect();
                let name = Name::parse(&graph.symbol_info(*symbol).name);
                self.style.applied(&name, orders, &args)
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

    fn symbol(&self, symbol: SymbolId) -> Piece {
        self.style.name(&Name::parse(&self.graph.symbol_info(symbol).name))
    }

    // Sums and products

    fn sum(&mut self, constant: &Rational, terms: &[(ExprId, Rational)]) -> Piece {
        let mut list: Vec<&(ExprId, Rational)> = terms.iter().collect();
        list.sort_by(|a, b| self.order.compare_terms(self.graph, a.0, b.0));
        let mut parts: Vec<(bool, String)> = Vec::with_capacity(list.len() + 1);
        for (term, c) in list {
            let piece = match self.graph.node(*term) {
                Node::Product { factors, .. } => self.product(&c.abs(), factors),
                _ => self.product(&c.abs(), &[(*term, Rational::ONE)]),
            };
            parts.push((c.is_negative(), self.wrap(piece, Level::Big)));
        }
        if !constant.is_zero() {
            let piece = self.product(&constant.abs(), &[]);
            parts.push((constant.is_negative(), self.wrap(piece, Level::Product)));
        }
        // a sum that can start without a minus sign does
        if parts[0].0
            && let Some(k) = parts.iter().position(|(negative, _)| !negative)
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
        let piece = self.product(coefficient, factors);
        if !negative {
            return piece;
        }
        let text = [self.style.minus(), &self.wrap(piece, Level::Big)].concat();
        // as the first factor of a product or below a power it needs parentheses
        Piece::new(text, Level::Sum)
    }

    /// `coefficient·Π base^exponent` with a coefficient `> 0`.
    fn product(&mut self, coefficient: &Rational, factors: &[(ExprId, Rational)]) -> Piece {
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
                let piece = self.factor(*base, &magnitude);
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
                    let level = list[last].level.min(Level::Product).max(Level::Big);
                    let texts: Vec<String> =
                        list.into_iter().enumerate().map(|(i, p)| self.wrap(p, least(i))).collect();
                    Piece::new(texts.join(self.style.times()), level)
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

    // Families

    fn index_name(&self, domain: DomainId, position: u32) -> String {
        self.names.get(&(domain, position)).cloned().unwrap_or_else(|| "?".into())
    }

    /// Gives the variables of a domain names that nothing else has here.
    fn name_indices(&mut self, domain: DomainId) {
        for position in 0..self.graph.domain_info(domain).ranges.len() as u32 {
            let used =
                |name: &str| self.taken.iter().any(|n| n == name) || self.graph.symbols().any(|(_, s)| s.name == name);
            let wanted = self.given.get(&(domain, position)).filter(|name| !used(name)).cloned();
            let free = || INDEX_LETTERS.iter().map(|l| l.to_string()).find(|l| !used(l));
            let numbered = || (1..).map(|n| format!("i{n}")).find(|l| !used(l));
            let name = wanted.or_else(free).or_else(numbered).unwrap_or_default();
            self.taken.push(name.clone());
            self.names.insert((domain, position), name.clone());
            if let Some(base) = self.graph.domain_info(domain).base {
                self.names.insert((base, position), name);
            }
        }
    }

    fn enter(&self) -> (FxHashMap<(DomainId, u32), String>, usize) {
        (self.names.clone(), self.taken.len())
    }

    fn leave(&mut self, saved: (FxHashMap<(DomainId, u32), String>, usize)) {
        self.names = saved.0;
        self.taken.truncate(saved.1);
    }

    fn bind(&mut self, domain: DomainId) -> Vec<Bound> {
        self.name_indices(domain);
        let ranges = self.graph.domain_info(domain).ranges.iter().enumerate();
        ranges
            .map(|(k, (lo, hi))| Bound {
                name: self.index_name(domain, k as u32),
                low: lo.to_string(),
                high: hi.to_string(),
            })
            .collect()
    }

    fn over(&mut self, operator: &'static str, domain: DomainId, body: ExprId) -> Piece {
        let saved = self.enter();
        let bounds = self.bind(domain);
        let condition = self.graph.domain_info(domain).condition.map(|c| self.expr(c).text);
        let body = self.expr(body);
        self.leave(saved);
        self.style.over(operator, body, &bounds, condition.as_deref())
    }

    fn read(&mut self, array: ExprId, index: ExprId) -> Piece {
        match self.graph.node(array) {
            Node::ArraySymbol(symbol) => self.element(*symbol, index),
            Node::Scan { domain, body, reverse } => {
                let saved = self.enter();
                let lo = self.graph.domain_info(*domain).ranges[0].0;
                let end = self.index_text(index, lo);
                let mut bounds = self.bind(*domain);
                if *reverse {
                    bounds[0].low = end;
                } else {
                    bounds[0].high = end;
                }
                let body = self.expr(*body);
                self.leave(saved);
                self.style.over("sum", body, &bounds, None)
            }
            Node::Scatter { entries, .. } => {
                let at = self.index_text(index, 0);
                self.scattered(entries, &at)
            }
            _ => {
                let array = self.at_least(array, Level::Atom);
                let at = self.index_text(index, 1);
                Piece::atom(format!("{array}[{at}]"))
            }
        }
    }

    /// The domain and value of a scatter whose one entry stands at every place once, in order.
    fn as_list(&self, length: u32, entries: &[Entry]) -> Option<(DomainId, ExprId)> {
        let [entry] = entries else { return None };
        let [domain] = self.graph.entry_space(entry)[..] else { return None };
        let info = self.graph.domain_info(domain);
        let range = (0, i64::from(length) - 1);
        let shift_only = match self.graph.node(entry.index) {
            Node::Index { .. } => true,
            Node::Sum { terms, .. } => {
                matches!(&terms[..], [(t, c)] if c.is_one() && matches!(self.graph.node(*t), Node::Index { .. }))
            }
            _ => false,
        };
        let whole = info.condition.is_none() && info.ranges.len() == 1;
        (shift_only && whole && self.graph.index_range(entry.index) == Some(range)).then_some((domain, entry.value))
    }

    /// The sum of all entries whose index is `at`.
    fn scattered(&mut self, entries: &[Entry], at: &str) -> Piece {
        let equal = self.style.comparison(Comparison::Equal);
        let mut parts: Vec<Piece> = Vec::new();
        for entry in entries {
            let saved = self.enter();
            let mut open: Vec<DomainId> = self.graph.entry_space(entry);
            open.retain(|d| !saved.0.contains_key(&(*d, 0)));
            let bounds: Vec<Bound> = open.iter().flat_map(|d| self.bind(*d)).collect();
            let index = self.index_text(entry.index, 0);
            let mut conditions: Vec<String> = Vec::new();
            for d in &open {
                if let Some(c) = self.graph.domain_info(*d).condition {
                    conditions.push(self.at_least(c, Level::And));
                }
            }
            conditions.push(format!("{index} {equal} {at}"));
            let condition = conditions.join(self.style.word("and"));
            let body = self.expr(entry.value);
            self.leave(saved);
            parts.push(self.style.over("sum", body, &bounds, Some(&condition)));
        }
        match parts.len() {
            0 => Piece::atom("0"),
            1 => parts.remove(0),
            _ => {
                let texts: Vec<String> = parts.into_iter().map(|p| self.wrap(p, Level::Big)).collect();
                Piece::new(texts.join(" + "), Level::Sum)
            }
        }
    }

    /// An integer expression, shifted.
    fn index_text(&mut self, index: ExprId, shift: i64) -> String {
        let shifted = |value: &Rational| value.checked_add(&Rational::integer(shift));
        match self.graph.node(index) {
            Node::Number(value) => shifted(value).map(|v| v.to_string()).unwrap_or_default(),
            Node::Sum { constant, terms } => {
                let constant = shifted(constant).unwrap_or(Rational::ZERO);
                self.sum(&constant, terms).text
            }
            _ if shift == 0 => self.expr(index).text,
            _ => self.sum(&Rational::integer(shift), &[(index, Rational::ONE)]).text,
        }
    }

    /// An element of an array, counted from 1, by its own name where it has one.
    fn element(&mut self, symbol: SymbolId, index: ExprId) -> Piece {
        let info = self.graph.symbol_info(symbol);
        if let Some(k) = self.graph.as_integer(index)
            && let Some(name) = usize::try_from(k).ok().and_then(|k| info.element_names.get(k))
        {
            return self.style.name(&Name::parse(name));
        }
        let mut name = Name::parse(&info.name);
        for (constant, terms) in split_axes(self.graph, index, &info.shape) {
            let at = self.sum_or_number(constant, &terms);
            name.indices.push(at);
        }
        self.style.name(&name)
    }

    fn sum_or_number(&mut self, constant: i64, terms: &[(ExprId, Rational)]) -> String {
        if terms.is_empty() {
            return constant.to_string();
        }
        if constant == 0
            && let [(term, c)] = terms
        {
            return match self.graph.node(*term) {
                Node::Product { factors, .. } => self.signed_product(c.is_negative(), &c.abs(), factors).text,
                _ => self.signed_product(c.is_negative(), &c.abs(), &[(*term, Rational::ONE)]).text,
            };
        }
        self.sum(&Rational::integer(constant), terms).text
    }
}

/// A flat index from 0 as one index from 1 per axis: constant and terms of each.
fn split_axes(graph: &Graph, index: ExprId, shape: &[u32]) -> Vec<(i64, Vec<(ExprId, Rational)>)> {
    let (constant, mut terms) = match graph.node(index) {
        Node::Number(value) => (value.as_i64().unwrap_or(0), Vec::new()),
        Node::Sum { constant, terms } => (constant.as_i64().unwrap_or(0), terms.to_vec()),
        Node::Product { coefficient, factors } if matches!(&factors[..], [(_, e)] if e.is_one()) => {
            (0, vec![(factors[0].0, coefficient.clone())])
        }
        _ => (0, vec![(index, Rational::ONE)]),
    };
    let mut rest = constant;
    let mut axes = Vec::new();
    for axis in 0..shape.len().saturating_sub(1) {
        let stride: i64 = shape[axis + 1..].iter().map(|n| i64::from(*n)).product();
        let divisible = |c: &Rational| c.as_i64().is_some_and(|c| stride > 0 && c % stride == 0);
        let (here, inner): (Vec<_>, Vec<_>) = terms.into_iter().partition(|(_, c)| divisible(c));
        // the part of the constant that keeps the inner indices inside their axes
        let low: i64 = inner
            .iter()
            .filter_map(|(t, c)| {
                let (lo, hi) = graph.index_range(*t)?;
                let c = c.as_i64()?;
                Some((c * lo).min(c * hi))
            })
            .sum();
        let quotient = if stride > 0 { (rest + low).div_euclid(stride) } else { 0 };
        rest -= quotient * stride;
        let here =
            here.into_iter().filter_map(|(t, c)| Some((t, c.checked_div(&Rational::integer(stride))?))).collect();
        axes.push((quotient + 1, here));
        terms = inner;
    }
    axes.push((rest + 1, terms));
    axes
}
