//! Expressions as `.sys` text.

use super::name::Name;
use super::number::Digits;
use super::{Bound, Level, Piece, Style, print};
use crate::symbolic::{Comparison, DomainId, ExprId, Function, Graph};
use rustc_hash::FxHashMap;

/// Prints in the notation of `.sys` files.
#[derive(Clone, Debug, Default)]
pub struct Text {
    names: FxHashMap<(DomainId, u32), String>,
}

impl Text {
    /// With index variables named `i`, `j`, `k`, …
    pub fn new() -> Self {
        Self::default()
    }

    /// Names variable `position` of a domain, where nothing else has that name.
    pub fn name_index(mut self, domain: DomainId, position: u32, name: impl Into<String>) -> Self {
        self.names.insert((domain, position), name.into());
        self
    }

    /// The expression as text.
    pub fn print(&self, graph: &Graph, expr: ExprId) -> String {
        print(graph, self, &self.names, expr)
    }
}

impl Text {
    fn tight(&self, piece: Piece, level: Level) -> String {
        if piece.level >= level { piece.text } else { self.parentheses(&piece.text) }
    }
}

fn clause(bounds: &[Bound]) -> String {
    let list: Vec<String> = bounds.iter().map(|b| format!("{} in {}..{}", b.name, b.low, b.high)).collect();
    list.join(", ")
}

impl Style for Text {
    fn parentheses(&self, text: &str) -> String {
        format!("({text})")
    }

    fn number(&self, digits: &Digits) -> Piece {
        match digits {
            Digits::Fraction(n, d) if d == "1" => Piece::atom(n.clone()),
            Digits::Fraction(n, d) => Piece::new(format!("{n}/{d}"), Level::Product),
            Digits::Decimal(mantissa, 0) => Piece::atom(mantissa.clone()),
            Digits::Decimal(mantissa, exponent) => Piece::atom(format!("{mantissa}e{exponent}")),
        }
    }

    fn pi(&self) -> Piece {
        Piece::atom("π")
    }

    fn name(&self, name: &Name) -> Piece {
        Piece::atom(name.text())
    }

    fn times(&self) -> &'static str {
        "*"
    }

    fn fraction(&self, numerator: Piece, denominator: Piece) -> Piece {
        let numerator = self.tight(numerator, Level::Product);
        // a/b*c would be (a/b)*c
        let denominator = self.tight(denominator, Level::Power);
        Piece::new(format!("{numerator}/{denominator}"), Level::Product)
    }

    fn power(&self, base: Piece, exponent: Piece) -> Piece {
        let (base, exponent) = (self.tight(base, Level::Atom), self.tight(exponent, Level::Power));
        Piece::new(format!("{base}^{exponent}"), Level::Power)
    }

    fn root(&self, inside: Piece) -> Piece {
        Piece::atom(format!("sqrt({})", inside.text))
    }

    fn call(&self, function: Function, args: &[Piece]) -> Piece {
        let args: Vec<&str> = args.iter().map(|a| a.text.as_str()).collect();
        Piece::atom(format!("{}({})", function.info().name, args.join(", ")))
    }

    fn applied(&self, name: &Name, orders: &[u32], args: &[Piece]) -> Piece {
        let args: Vec<&str> = args.iter().map(|a| a.text.as_str()).collect();
        let name = name.text();
        let text = match orders {
            _ if orders.iter().all(|n| *n == 0) => format!("{name}({})", args.join(", ")),
            [n] => format!("{name}{}({})", "'".repeat(*n as usize), args.join(", ")),
            _ => {
                let orders: Vec<String> = orders.iter().map(u32::to_string).collect();
                format!("∂[{}]{name}({})", orders.join(","), args.join(", "))
            }
        };
        Piece::atom(text)
    }

    fn partial(&self, name: &Name, arguments: &[Name], orders: &[u32], args: &[Piece]) -> Piece {
        let raised = |n: u32| if n == 1 { String::new() } else { superscript(n) };
        let mut text = format!("∂{}{}/", raised(orders.iter().sum()), name.text());
        for (argument, n) in arguments.iter().zip(orders).filter(|(_, n)| **n > 0) {
            text.push_str(&format!("∂{}{}", argument.text(), raised(*n)));
        }
        let args: Vec<&str> = args.iter().map(|a| a.text.as_str()).collect();
        Piece::atom(format!("{text}({})", args.join(", ")))
    }

    fn list(&self, items: &[Piece]) -> Piece {
        let items: Vec<&str> = items.iter().map(|a| a.text.as_str()).collect();
        Piece::atom(format!("[{}]", items.join(", ")))
    }

    fn truth(&self, value: bool) -> Piece {
        Piece::atom(if value { "true" } else { "false" })
    }

    fn comparison(&self, op: Comparison) -> &'static str {
        match op {
            Comparison::Less => "<",
            Comparison::LessEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterEqual => ">=",
            Comparison::Equal => "==",
            Comparison::NotEqual => "!=",
        }
    }

    fn word(&self, word: &'static str) -> &'static str {
        if word == "and" { " and " } else { " or " }
    }

    fn not(&self, inner: &str) -> Piece {
        Piece::new(format!("not {inner}"), Level::Not)
    }

    fn choice(&self, condition: &str, then: &Piece, otherwise: &Piece) -> Piece {
        let then = self.tight(then.clone(), Level::Or);
        Piece::new(format!("if {condition} then {then} else {}", otherwise.text), Level::Choice)
    }

    fn over(&self, operator: &'static str, body: Piece, bounds: &[Bound], condition: Option<&str>) -> Piece {
        let body = self.tight(body, Level::Or);
        let condition = condition.map(|c| format!(" if {c}")).unwrap_or_default();
        if bounds.is_empty() {
            // an entry that stands at one place
            let guard = condition.trim_start();
            return Piece::new(format!("({guard} then {body} else 0)"), Level::Atom);
        }
        Piece::atom(format!("{operator}({body} for {}{condition})", clause(bounds)))
    }

    fn list_over(&self, body: Piece, bounds: &[Bound]) -> Piece {
        Piece::atom(format!("[{} for {}]", self.tight(body, Level::Or), clause(bounds)))
    }
}

fn superscript(n: u32) -> String {
    n.to_string()
        .chars()
        .map(|c| ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][(c as usize - '0' as usize).min(9)])
        .collect()
}
