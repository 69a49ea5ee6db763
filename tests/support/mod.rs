//! Generators of texts, each a function of a seed: soups, well-formed programs, mutations.

#![allow(dead_code)]

mod program;

#[allow(unused_imports, reason = "each test uses its own part")]
pub use program::{expression, program};

/// SplitMix64: small, good enough for tests, the same everywhere.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A stream of its own for each seed.
    pub fn new(seed: u64) -> Self {
        Random(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.bits() % n.max(1) as u64) as usize
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of some things.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Bytes without sense, made a text.
pub fn byte_soup(seed: u64, length: usize) -> String {
    let mut r = Random::new(seed);
    let bytes: Vec<u8> = (0..length)
        .map(|_| match r.below(4) {
            0 => r.bits() as u8,
            1 => *r.pick(b"(){}[]'\"=:;,.#\n \\^*/+-<>~"),
            _ => b' ' + r.below(95) as u8,
        })
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Pieces of the language.
#[rustfmt::skip]
const TOKENS: &[&str] = &[
    "system", "experiment", "param", "const", "set", "fn", "net", "coord", "state", "momentum", "mirror",
    "grid", "field", "boundary", "input", "sub", "lagrangian", "hamiltonian", "rayleigh", "irrotational",
    "dissipative", "mass", "bracket", "force", "constraint", "nonholonomic", "equation", "event", "init",
    "guess", "assume", "observe", "invariant", "check", "simulate", "scale", "data", "run", "fit", "sweep",
    "compare", "plot", "export", "derive", "split", "seed", "use", "unit", "sys", "if", "then", "else", "for",
    "in", "and", "or", "not", "by", "count", "of", "on", "over", "into", "to", "within", "because", "when",
    "with", "as", "extends", "falls", "below", "rises", "above", "crosses", "stop", "periodic", "der", "dot",
    "real", "int", "vector", "matrix", "x", "y", "θ", "theta1", "q̇", "ẍ", "A", "f", "∂", "∇", "1", "2.5",
    "1e-3", "1_000", "0.", "[m]", "[kg m^2/s^2]", "[m/s/s]", "²", "⁻¹", "'", "''", "′", "\"text\"", "\"open",
    "(", ")", "[", "]", "{", "}", "=", "==", ":=", ":", ",", ";", "..", ".", "+", "-", "−", "*", "/", "·", "×",
    "^", "**", "<", "<=", "≤", "≈", "~", "->", "±", "# c\n", "## d\n", "\n", "\r\n", "\n  ", "|", "?", "\\",
    "\u{0}", "\u{202e}", "а", "“",
];

/// Tokens of the language in any order.
pub fn token_soup(seed: u64, count: usize) -> String {
    let mut r = Random::new(seed);
    let mut out = String::new();
    if r.once_in(2) {
        out.push_str("system S {\n");
    }
    for _ in 0..count {
        out.push_str(r.pick::<&str>(TOKENS));
        if !r.once_in(4) {
            out.push(' ');
        }
    }
    out
}

/// A text cut into names, numbers, strings, comments, blanks and single signs.
pub fn pieces(text: &str) -> Vec<&str> {
    let class = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' => 0,
        c if c.is_whitespace() => 1,
        _ => 2,
    };
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let end = match c {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' => rest[1..].find(['"', '\n']).map_or(rest.len(), |i| i + 2),
            c if class(c) == 2 => c.len_utf8(),
            c => rest.find(|d| class(d) != class(c)).unwrap_or(rest.len()),
        };
        let (piece, tail) = rest.split_at(end);
        out.push(piece);
        rest = tail;
    }
    out
}

/// A text with some of its pieces deleted, doubled, exchanged, or replaced by those of another.
pub fn mutate(seed: u64, text: &str, other: &str, changes: usize) -> String {
    let mut r = Random::new(seed);
    let mut list = pieces(text);
    let others = pieces(other);
    for _ in 0..changes {
        if list.is_empty() {
            break;
        }
        let at = r.below(list.len());
        match r.below(6) {
            0 => {
                list.remove(at);
            }
            1 => list.insert(at, list[at]),
            2 => {
                let to = r.below(list.len());
                list.swap(at, to);
            }
            3 if !others.is_empty() => list[at] = others[r.below(others.len())],
            4 if !others.is_empty() => {
                let from = r.below(others.len());
                let to = (from + 1 + r.below(12)).min(others.len());
                list.splice(at..at, others[from..to].iter().copied());
            }
            _ => {
                let to = (at + 1 + r.below(8)).min(list.len());
                list.drain(at..to);
            }
        }
    }
    list.concat()
}
