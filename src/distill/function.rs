//! Functions of one argument that a formula may be made of, each with its derivative.

use crate::real;

/// A function of one argument.
#[derive(Debug)]
pub struct Function {
    /// As it is written in the language.
    pub name: &'static str,
    /// Its value; not finite outside its domain.
    pub value: fn(f64) -> f64,
    /// Its derivative at `x`, where its value there is `y`.
    pub slope: fn(f64, f64) -> f64,
    /// Whether a factor inside of it is none outside, and no summand: not of `abs`, of roots and of logarithms.
    pub sized: bool,
}

/// All of them.
pub static FUNCTIONS: &[Function] = &[
    Function { name: "abs", value: real::abs, slope: |x, _| real::sign(x), sized: false },
    Function { name: "sqrt", value: f64::sqrt, slope: |_, y| 0.5 / y, sized: false },
    Function { name: "cbrt", value: real::cbrt, slope: |_, y| 1.0 / (3.0 * y * y), sized: false },
    Function { name: "sign", value: real::sign, slope: |_, _| 0.0, sized: false },
    Function { name: "exp", value: real::exp, slope: |_, y| y, sized: true },
    Function { name: "ln", value: real::ln, slope: |x, _| 1.0 / x, sized: false },
    Function { name: "log10", value: real::log10, slope: |x, _| std::f64::consts::LOG10_E / x, sized: false },
    Function { name: "sin", value: real::sin, slope: |x, _| real::cos(x), sized: true },
    Function { name: "cos", value: real::cos, slope: |x, _| -real::sin(x), sized: true },
    Function { name: "tan", value: real::tan, slope: |_, y| 1.0 + y * y, sized: true },
    Function { name: "asin", value: real::asin, slope: |x, _| 1.0 / (1.0 - x * x).sqrt(), sized: true },
    Function { name: "acos", value: real::acos, slope: |x, _| -1.0 / (1.0 - x * x).sqrt(), sized: true },
    Function { name: "atan", value: real::atan, slope: |x, _| 1.0 / (1.0 + x * x), sized: true },
    Function { name: "sinh", value: real::sinh, slope: |x, _| real::cosh(x), sized: true },
    Function { name: "cosh", value: real::cosh, slope: |x, _| real::sinh(x), sized: true },
    Function { name: "tanh", value: real::tanh, slope: |_, y| 1.0 - y * y, sized: true },
    Function {
        name: "erf",
        value: real::erf,
        slope: |x, _| std::f64::consts::FRAC_2_SQRT_PI * real::exp(-x * x),
        sized: true,
    },
];

/// An operator of two arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Binary {
    /// `a + b`
    Add,
    /// `a - b`
    Sub,
    /// `a*b`
    Mul,
    /// `a/b`
    Div,
    /// `a^b`
    Pow,
}

/// All of them with their signs.
pub const BINARIES: [(&str, Binary); 5] =
    [("+", Binary::Add), ("-", Binary::Sub), ("*", Binary::Mul), ("/", Binary::Div), ("^", Binary::Pow)];

impl Binary {
    /// Its value; a power of a negative number has one where the exponent is whole.
    pub fn value(self, a: f64, b: f64) -> f64 {
        match self {
            Binary::Add => a + b,
            Binary::Sub => a - b,
            Binary::Mul => a * b,
            Binary::Div => a / b,
            Binary::Pow => power(a, b),
        }
    }
}

/// `a^b`, by products where `b` is a small whole number.
fn power(a: f64, b: f64) -> f64 {
    if b == 2.0 {
        a * a
    } else if b == 3.0 {
        a * a * a
    } else if b == 4.0 {
        (a * a) * (a * a)
    } else if b == 1.0 {
        a
    } else {
        real::pow(a, b)
    }
}

/// The operators that a search may use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operators {
    /// Of two arguments, in the order of [`BINARIES`].
    pub binaries: Vec<Binary>,
    /// Places in [`FUNCTIONS`], ascending.
    pub functions: Vec<u8>,
}

impl Operators {
    /// Adds one by its sign or name; whether there is one of that name.
    pub fn add(&mut self, name: &str) -> bool {
        if let Some((_, b)) = BINARIES.iter().find(|b| b.0 == name) {
            self.binaries.push(*b);
            self.binaries.sort_unstable();
            self.binaries.dedup();
            return true;
        }
        let Some(k) = FUNCTIONS.iter().position(|f| f.name == name) else { return false };
        self.functions.push(k as u8);
        self.functions.sort_unstable();
        self.functions.dedup();
        true
    }

    /// Whether it is one of them.
    pub fn has(&self, b: Binary) -> bool {
        self.binaries.contains(&b)
    }

    /// Signs and names, as [`Operators::add`] takes them.
    pub fn names(&self) -> Vec<&'static str> {
        let signs = BINARIES.iter().filter(|b| self.has(b.1)).map(|b| b.0);
        signs.chain(self.functions.iter().map(|f| FUNCTIONS[*f as usize].name)).collect()
    }
}
