//! Families on paper: names of index variables, sums over ranges, elements of arrays.

use super::name::Name;
use super::{Bound, Level, Piece, Printer, Style};
use crate::symbolic::node::{Comparison, DomainId, Entry, ExprId, Node, SymbolId};
use crate::symbolic::{Graph, Rational};
use rustc_hash::FxHashMap;

/// Names of index variables, in the order they are given out.
const INDEX_LETTERS: [&str; 12] = ["i", "j", "k", "l", "m", "n", "a", "b", "c", "u", "v", "w"];

/// The names that the first free index variables of an expression are printed with.
pub fn index_letters(graph: &Graph, count: usize) -> Vec<String> {
    let used = |name: &String| graph.symbols().any(|(_, s)| s.name == *name);
    let letters = INDEX_LETTERS.iter().map(|l| l.to_string());
    letters.chain((1..).map(|n| format!("i{n}"))).filter(|l| !used(l)).take(count).collect()
}

impl<S: Style> Printer<'_, S> {
    pub(super) fn index_name(&self, domain: DomainId, position: u32) -> String {
        self.names.get(&(domain, position)).cloned().unwrap_or_else(|| "?".into())
    }

    /// Gives the variables of a domain names that nothing else has here.
    pub(super) fn name_indices(&mut self, domain: DomainId) {
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

    pub(super) fn enter(&self) -> (FxHashMap<(DomainId, u32), String>, usize) {
        (self.names.clone(), self.taken.len())
    }

    pub(super) fn leave(&mut self, saved: (FxHashMap<(DomainId, u32), String>, usize)) {
        self.names = saved.0;
        self.taken.truncate(saved.1);
    }

    pub(super) fn bind(&mut self, domain: DomainId) -> Vec<Bound> {
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

    pub(super) fn over(&mut self, operator: &'static str, domain: DomainId, body: ExprId) -> Piece {
        let saved = self.enter();
        let bounds = self.bind(domain);
        let condition = self.graph.domain_info(domain).condition.map(|c| self.expr(c).text);
        let body = self.expr(body);
        self.leave(saved);
        self.style.over(operator, body, &bounds, condition.as_deref())
    }

    pub(super) fn read(&mut self, array: ExprId, index: ExprId) -> Piece {
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
    pub(super) fn as_list(&self, length: u32, entries: &[Entry]) -> Option<(DomainId, ExprId)> {
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
    pub(super) fn scattered(&mut self, entries: &[Entry], at: &str) -> Piece {
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
    pub(super) fn index_text(&mut self, index: ExprId, shift: i64) -> String {
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
    pub(super) fn element(&mut self, symbol: SymbolId, index: ExprId) -> Piece {
        let info = self.graph.symbol_info(symbol);
        if let Some(k) = self.graph.as_integer(index)
            && let Some(name) = usize::try_from(k).ok().and_then(|k| info.element_names.get(k))
        {
            return self.style.name(&Name::parse(&name));
        }
        let mut name = Name::parse(&info.name);
        for (constant, terms) in split_axes(self.graph, index, &info.shape) {
            let at = self.sum_or_number(constant, &terms);
            name.indices.push(at);
        }
        self.style.name(&name)
    }

    pub(super) fn sum_or_number(&mut self, constant: i64, terms: &[(ExprId, Rational)]) -> String {
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
        // the part of the constant that keeps the inner indices inside their axes; those that are read round a ring pass
        // one end, and belong where most of them are
        let (low, high) = inner
            .iter()
            .filter_map(|(t, c)| {
                let ((lo, hi), c) = (graph.index_range(*t)?, c.as_i64()?);
                Some(((c * lo).min(c * hi), (c * lo).max(c * hi)))
            })
            .fold((0i64, 0i64), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        let middle = low + (high - low).div_euclid(2);
        let quotient = if stride > 0 { (rest + middle).div_euclid(stride) } else { 0 };
        rest -= quotient * stride;
        let here =
            here.into_iter().filter_map(|(t, c)| Some((t, c.checked_div(&Rational::integer(stride))?))).collect();
        axes.push((quotient + 1, here));
        terms = inner;
    }
    axes.push((rest + 1, terms));
    axes
}
