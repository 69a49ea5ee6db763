//! Formulas as text of the language.

use super::function::{BINARIES, Binary, FUNCTIONS};
use super::tree::{Node, Tree};

/// How tightly a text holds together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Sum,
    Product,
    Power,
    Atom,
}

/// A number that reads back as itself; a fraction where it is one with a small denominator.
pub fn number(c: f64) -> String {
    for q in 2..=4 {
        let p = c * f64::from(q);
        let plain = format!("{c}");
        if plain.len() > 8 && p.round() / f64::from(q) == c && p.round().abs() <= 1000.0 && p.round() != 0.0 {
            return format!("{}/{q}", p.round());
        }
    }
    if c != 0.0 && !(1e-4..1e7).contains(&c.abs()) { format!("{c:e}") } else { format!("{c}") }
}

fn wrapped((text, level): (String, Level), least: Level) -> String {
    if level < least || (least > Level::Sum && text.starts_with('-')) { format!("({text})") } else { text }
}

/// The formula over these names of its inputs.
pub fn text(tree: &Tree, names: &[String]) -> String {
    let mut stack: Vec<(String, Level)> = Vec::new();
    for n in &tree.nodes {
        let made = match *n {
            Node::Input(k) => (names.get(k as usize).cloned().unwrap_or_default(), Level::Atom),
            Node::Constant(c) => {
                let text = number(c);
                let level = if text.contains('/') { Level::Product } else { Level::Atom };
                (text, level)
            }
            Node::Function(f) => {
                let inner = stack.pop().map(|s| s.0).unwrap_or_default();
                (format!("{}({inner})", FUNCTIONS[f as usize].name), Level::Atom)
            }
            Node::Binary(op) => {
                let (Some(b), Some(a)) = (stack.pop(), stack.pop()) else { return String::new() };
                joined(op, a, b)
            }
        };
        stack.push(made);
    }
    stack.pop().map(|s| s.0).unwrap_or_default()
}

fn joined(op: Binary, a: (String, Level), b: (String, Level)) -> (String, Level) {
    let sign = BINARIES.iter().find(|s| s.1 == op).map_or("", |s| s.0);
    match op {
        Binary::Add => match b.0.strip_prefix('-') {
            Some(rest) => (format!("{} - {rest}", a.0), Level::Sum),
            None => (format!("{} + {}", a.0, b.0), Level::Sum),
        },
        Binary::Sub => match b.0.strip_prefix('-').filter(|_| b.1 >= Level::Product) {
            Some(rest) => (format!("{} + {rest}", a.0), Level::Sum),
            None => (format!("{} - {}", a.0, wrapped(b, Level::Product)), Level::Sum),
        },
        Binary::Mul => {
            let left = if a.1 >= Level::Product { a.0 } else { format!("({})", a.0) };
            // a quotient on the right would be read from the left
            let right = if b.0.contains('/') { wrapped(b, Level::Power) } else { wrapped(b, Level::Product) };
            (format!("{left}*{right}"), Level::Product)
        }
        Binary::Div => {
            let left = if a.1 >= Level::Product { a.0 } else { format!("({})", a.0) };
            (format!("{left}/{}", wrapped(b, Level::Power)), Level::Product)
        }
        Binary::Pow => (format!("{}{sign}{}", wrapped(a, Level::Atom), wrapped(b, Level::Atom)), Level::Power),
    }
}
