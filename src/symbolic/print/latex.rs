//! Expressions as LaTeX (amsmath).

use super::name::Name;
use super::number::Digits;
use super::{Bound, Level, Piece, Style, print};
use crate::symbolic::function::FUNCTIONS;
use crate::symbolic::{Comparison, DomainId, ExprId, Function, Graph};
use rustc_hash::FxHashMap;

/// Prints for a display in LaTeX.
#[derive(Clone, Debug, Default)]
pub struct Latex {
    names: FxHashMap<(DomainId, u32), String>,
}

impl Latex {
    /// With index variables named `i`, `j`, `k`, …
    pub fn new() -> Self {
        Self::default()
    }

    /// Names variable `position` of a domain, where nothing else has that name.
    pub fn name_index(mut self, domain: DomainId, position: u32, name: impl Into<String>) -> Self {
        self.names.insert((domain, position), name.into());
        self
    }

    /// The expression as LaTeX.
    pub fn print(&self, graph: &Graph, expr: ExprId) -> String {
        print(graph, self, &self.names, expr)
    }

    /// A symbol's name as LaTeX.
    pub fn symbol(&self, name: &str) -> String {
        Name::parse(name).latex()
    }

    fn tight(&self, piece: &Piece, level: Level) -> String {
        if piece.level >= level { piece.text.clone() } else { self.parentheses(&piece.text) }
    }

    /// The argument of a function: bare where it is one symbol.
    fn argument(&self, args: &[Piece]) -> String {
        match args {
            [single] if single.level == Level::Atom && is_symbol(&single.text) => format!(" {}", single.text),
            _ => self.parentheses(&join(args)),
        }
    }
}

/// A letter or command with its accents and indices, without operators inside.
fn is_symbol(text: &str) -> bool {
    !text.contains(['(', '+', '^', ' '])
        && text.starts_with(|c: char| c == '\\' || c.is_alphabetic())
        && !text.starts_with("\\frac")
        && !text.starts_with("\\sqrt")
        && !text.starts_with("\\left")
}

fn join(args: &[Piece]) -> String {
    let list: Vec<&str> = args.iter().map(|a| a.text.as_str()).collect();
    list.join(", ")
}

impl Style for Latex {
    fn parentheses(&self, text: &str) -> String {
        format!("\\left({text}\\right)")
    }

    fn number(&self, digits: &Digits) -> Piece {
        match digits {
            Digits::Fraction(n, d) if d == "1" => Piece::atom(n.clone()),
            Digits::Fraction(n, d) => Piece::new(format!("\\frac{{{n}}}{{{d}}}"), Level::Product),
            Digits::Decimal(mantissa, 0) => Piece::atom(mantissa.clone()),
            Digits::Decimal(mantissa, e) => Piece::new(format!("{mantissa} \\times 10^{{{e}}}"), Level::Product),
        }
    }

    fn pi(&self) -> Piece {
        Piece::atom("\\pi")
    }

    fn name(&self, name: &Name) -> Piece {
        Piece::atom(name.latex())
    }

    fn times(&self) -> &'static str {
        " "
    }

    fn between(&self, before: &str) -> &'static str {
        // `\cos \theta \ddot{\psi}` could be the cosine of a product
        let mut words = before.rsplitn(3, ' ');
        words.next();
        let function = words.next().unwrap_or_default().trim_start_matches('-');
        let bare = function.starts_with('\\')
            && FUNCTIONS.iter().any(|f| f.latex == function.split('^').next().unwrap_or_default());
        if bare { " \\, " } else { self.times() }
    }

    fn fraction(&self, numerator: Piece, denominator: Piece) -> Piece {
        Piece::new(format!("\\frac{{{}}}{{{}}}", numerator.text, denominator.text), Level::Product)
    }

    fn power(&self, base: Piece, exponent: Piece) -> Piece {
        // small fractions read better on the line
        let exponent = match exponent.text.strip_prefix("\\frac{").and_then(|t| t.strip_suffix('}')) {
            Some(inner) if exponent.text.matches("\\frac").count() == 1 => inner.replacen("}{", "/", 1),
            _ => exponent.text,
        };
        Piece::new(format!("{}^{{{exponent}}}", self.tight(&base, Level::Atom)), Level::Power)
    }

    fn root(&self, inside: Piece) -> Piece {
        Piece::atom(format!("\\sqrt{{{}}}", inside.text))
    }

    fn call(&self, function: Function, args: &[Piece]) -> Piece {
        let inside = join(args);
        Piece::atom(match function {
            Function::Abs => format!("\\left|{inside}\\right|"),
            Function::Floor => format!("\\left\\lfloor {inside} \\right\\rfloor"),
            Function::Cbrt => format!("\\sqrt[3]{{{inside}}}"),
            Function::Exp => return Piece::new(format!("e^{{{inside}}}"), Level::Power),
            Function::BesselJ | Function::BesselY => {
                format!("{}_{{{}}}{}", function.info().latex, args[0].text, self.parentheses(&args[1].text))
            }
            Function::Polygamma => format!("\\psi^{{({})}}{}", args[0].text, self.parentheses(&args[1].text)),
            _ => format!("{}{}", function.info().latex, self.argument(args)),
        })
    }

    fn call_power(&self, function: Function, args: &[Piece], exponent: &Piece) -> Option<Piece> {
        match function {
            Function::Sin
            | Function::Cos
            | Function::Tan
            | Function::Sinh
            | Function::Cosh
            | Function::Tanh
            | Function::Ln => {
                let name = function.info().latex;
                let text = format!("{name}^{{{}}}{}", exponent.text, self.argument(args));
                Some(Piece::atom(text))
            }
            _ => None,
        }
    }

    fn applied(&self, name: &Name, orders: &[u32], args: &[Piece]) -> Piece {
        let name = name.latex();
        let args = self.parentheses(&join(args));
        Piece::atom(match orders {
            _ if orders.iter().all(|n| *n == 0) => format!("{name}{args}"),
            [n] if *n <= 3 => format!("{name}{}{args}", "'".repeat(*n as usize)),
            [n] => format!("{name}^{{({n})}}{args}"),
            _ => {
                let which: Vec<String> =
                    orders.iter().enumerate().flat_map(|(i, n)| vec![(i + 1).to_string(); *n as usize]).collect();
                format!("\\partial_{{{}}} {name}{args}", which.join(""))
            }
        })
    }

    fn partial(&self, name: &Name, arguments: &[Name], orders: &[u32], args: &[Piece]) -> Piece {
        let raised = |n: u32| if n == 1 { String::new() } else { format!("^{{{n}}}") };
        let below: Vec<String> = arguments
            .iter()
            .zip(orders)
            .filter(|(_, n)| **n > 0)
            .map(|(argument, n)| format!("\\partial {}{}", argument.latex(), raised(*n)))
            .collect();
        let above = format!("\\partial{} {}", raised(orders.iter().sum()), name.latex());
        let args = self.parentheses(&join(args));
        Piece::atom(format!("\\frac{{{above}}}{{{}}}{args}", below.join("\\,")))
    }

    fn list(&self, items: &[Piece]) -> Piece {
        Piece::atom(format!("\\left[{}\\right]", join(items)))
    }

    fn truth(&self, value: bool) -> Piece {
        Piece::atom(if value { "\\text{true}" } else { "\\text{false}" })
    }

    fn comparison(&self, op: Comparison) -> &'static str {
        match op {
            Comparison::Less => "<",
            Comparison::LessEqual => "\\le",
            Comparison::Greater => ">",
            Comparison::GreaterEqual => "\\ge",
            Comparison::Equal => "=",
            Comparison::NotEqual => "\\ne",
        }
    }

    fn word(&self, word: &'static str) -> &'static str {
        if word == "and" { " \\land " } else { " \\lor " }
    }

    fn not(&self, inner: &str) -> Piece {
        Piece::new(format!("\\lnot {inner}"), Level::Not)
    }

    fn choice(&self, condition: &str, then: &Piece, otherwise: &Piece) -> Piece {
        Piece::atom(format!(
            "\\begin{{cases}} {} & \\text{{if }} {condition} \\\\ {} & \\text{{otherwise}} \\end{{cases}}",
            then.text, otherwise.text
        ))
    }

    fn over(&self, operator: &'static str, body: Piece, bounds: &[Bound], condition: Option<&str>) -> Piece {
        let body = self.tight(&body, Level::Big);
        let below: Vec<String> = bounds.iter().map(|b| format!("{} \\le {} \\le {}", b.low, b.name, b.high)).collect();
        let sign = match operator {
            "sum" => "\\sum",
            "min" => "\\min",
            _ => "\\max",
        };
        let text = match (bounds, condition) {
            ([], Some(condition)) => format!("\\left[{condition}\\right] {body}"),
            ([], None) => body,
            ([b], None) if operator == "sum" => format!("\\sum_{{{}={}}}^{{{}}} {body}", b.name, b.low, b.high),
            (_, None) => format!("{sign}_{{{}}} {body}", below.join(",\\, ")),
            (_, Some(condition)) => {
                format!("{sign}_{{\\substack{{{} \\\\ {condition}}}}} {body}", below.join(",\\, "))
            }
        };
        Piece::new(text, Level::Big)
    }

    fn list_over(&self, body: Piece, bounds: &[Bound]) -> Piece {
        let list: Vec<String> = bounds.iter().map(|b| format!("{}={},\\ldots,{}", b.name, b.low, b.high)).collect();
        Piece::atom(format!("\\left({}\\right)_{{{}}}", body.text, list.join(",\\, ")))
    }
}
