//! The words of the language, for messages: what each statement looks like, which words belong to
//! experiments, which to other languages, and what is close to a misspelt one.

/// Reserved everywhere.
pub(super) const RESERVED: [&str; 8] = ["if", "then", "else", "for", "in", "and", "or", "not"];

/// Words that join the parts of a statement; a value does not end with one of them.
const JOINTS: &[&str] = &[
    "by", "count", "of", "on", "over", "into", "to", "within", "because", "when", "with", "as", "extends", "falls",
    "rises", "crosses", "below", "above",
];

/// Whether a word joins the parts of a statement.
pub(super) fn is_joint(word: &str) -> bool {
    JOINTS.contains(&word)
}

/// A statement of a system: keyword and form.
pub(super) const STATEMENTS: &[(&str, &str)] = &[
    ("param", "param m = 1 [kg], k = 2 [N/m] in 0..10"),
    ("const", "const n = 3"),
    ("set", "set bodies = {sun, earth}"),
    ("fn", "fn f(x, y) = x*y"),
    ("net", "net f(q, p) -> real = mlp([64, 64], tanh)"),
    ("coord", "coord x : [m], θ : [rad] periodic"),
    ("state", "state x : [m]"),
    ("momentum", "momentum p of q"),
    ("mirror", "mirror y of x"),
    ("grid", "grid x in 0..1 count 100"),
    ("field", "field u(x) : [K]"),
    ("boundary", "boundary u(0) = 1"),
    ("input", "input u : [N] = 0"),
    ("sub", "sub a = Pendulum(l = 1 [m])"),
    ("lagrangian", "lagrangian L = T - V"),
    ("hamiltonian", "hamiltonian H = T + V"),
    ("rayleigh", "rayleigh R = 1/2*c*x'^2"),
    ("irrotational", "irrotational D = -1/4*c*(q^2 + p^2)"),
    ("dissipative", "dissipative D = 1/2*k*x^2"),
    ("mass", "mass M = 1"),
    ("bracket", "bracket J = hat(Π)"),
    ("force", "force drive on x = F"),
    ("constraint", "constraint rod: x^2 + y^2 = l^2"),
    ("nonholonomic", "nonholonomic roll: x' = R*φ'"),
    ("equation", "equation A*u' = b"),
    ("event", "event hit when y falls below 0 { y' := -y' }"),
    ("init", "init x = 1 [m], x' = 0"),
    ("guess", "guess y = -1 [m]"),
    ("assume", "assume r > 0"),
    ("observe", "observe E = T + V"),
    ("invariant", "invariant E = T + V"),
    ("check", "check drift(E) < 1e-9 because \"energy is conserved\""),
    ("simulate", "simulate { t = 0..10 [s] by 0.01 [s] }"),
    ("scale", "scale D by 2"),
];

/// A line of an experiment: keyword and form.
pub(super) const LINES: &[(&str, &str)] = &[
    ("data", "data d = csv(\"file.csv\", x = \"x\" [m])"),
    ("run", "run a = simulate(System, t = 0..10)"),
    ("fit", "fit h = train(System, on = d.train) { epochs = 1000 }"),
    ("sweep", "sweep s = simulate(System) over k in 0..1 count 10"),
    ("compare", "compare [a, b] on d.test { metrics = [rmse(q)] }"),
    ("plot", "plot lines(t, a.x)"),
    ("export", "export results to \"results.json\""),
    ("derive", "derive System { show = [equations] }"),
    ("split", "split d into train 0.8, test 0.2"),
    ("seed", "seed 42"),
    ("check", "check max(abs(a.x)) < 1"),
    ("const", "const n = 3"),
];

/// What stands at the top of a file besides: keyword and form.
pub(super) const ITEMS: &[(&str, &str)] = &[
    ("use", "use std/mechanics (Pendulum) as P"),
    ("unit", "unit furlong = 201.168 [m]"),
    ("system", "system Name { … }"),
    ("experiment", "experiment name { … }"),
    ("sys", "sys 0.1"),
];

/// Whether a statement of a system begins with this word.
pub(super) fn is_statement_keyword(word: &str) -> bool {
    STATEMENTS.iter().any(|(w, _)| *w == word)
}

/// Whether a line of an experiment begins with this word.
pub(super) fn is_line_keyword(word: &str) -> bool {
    LINES.iter().any(|(w, _)| *w == word)
}

/// The form of the statement, line or item with this keyword.
pub(super) fn form(word: &str) -> Option<&'static str> {
    [STATEMENTS, LINES, ITEMS].into_iter().flatten().find(|(w, _)| *w == word).map(|(_, f)| *f)
}

/// The keyword that was probably meant.
pub(super) fn similar_keyword(word: &str) -> Option<&'static str> {
    let lower = word.to_lowercase();
    let all = || [STATEMENTS, LINES, ITEMS].into_iter().flatten().map(|(w, _): &(&'static str, &'static str)| *w);
    if let Some((_, meant)) = OTHER_NAMES.iter().find(|(w, _)| *w == lower) {
        return Some(meant);
    }
    let near = similar(&lower, all().chain(OTHER_NAMES.iter().map(|(w, _)| *w)))?;
    Some(OTHER_NAMES.iter().find(|(w, _)| *w == near).map_or(near, |(_, meant)| meant))
}

/// The nearest of some words, if it is near enough to be a slip of the fingers.
pub(super) fn similar<'w>(word: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    let length = word.chars().count();
    let allowed = match length {
        0..=2 => return None,
        3..=4 => 1,
        5..=7 => 2,
        _ => 3,
    };
    words
        .map(|w| (strsim::osa_distance(word, w), w))
        .filter(|(d, w)| *d <= allowed && *d < w.chars().count())
        .min_by_key(|(d, _)| *d)
        .map(|(_, w)| w)
}

/// Words that others use for a statement of ours.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("parameter", "param"),
    ("parameters", "param"),
    ("params", "param"),
    ("constant", "const"),
    ("coordinate", "coord"),
    ("coordinates", "coord"),
    ("coords", "coord"),
    ("lagrange", "lagrangian"),
    ("hamilton", "hamiltonian"),
    ("initial", "init"),
    ("initially", "init"),
    ("function", "fn"),
    ("func", "fn"),
    ("def", "fn"),
    ("model", "system"),
    ("component", "sub"),
    ("dissipation", "rayleigh"),
    ("import", "use"),
    ("include", "use"),
    ("from", "use"),
    ("assert", "check"),
    ("test", "check"),
    ("integrate", "simulate"),
    ("solve", "simulate"),
    ("train", "fit"),
    ("draw", "plot"),
    ("save", "export"),
    ("output", "observe"),
    ("when", "event"),
];

/// Words that begin a statement in other languages, and what to do here.
pub(super) const FOREIGN: &[(&str, &str)] = &[
    ("def", "a function is `fn f(x) = x^2`, or `f(x) = x^2` in a system"),
    ("function", "a function is `fn f(x) = x^2`, or `f(x) = x^2` in a system"),
    ("func", "a function is `fn f(x) = x^2`, or `f(x) = x^2` in a system"),
    ("lambda", "give the function a name: `f(x) = x^2`"),
    ("let", "a definition needs no word in front: `x = 3`"),
    ("var", "a definition needs no word in front: `x = 3`; what moves is a `coord` or `state`"),
    ("val", "a definition needs no word in front: `x = 3`"),
    ("import", "names of another file come by `use \"file.sys\" (Name)` or `use std/mechanics (Pendulum)`"),
    ("from", "names of another file come by `use \"file.sys\" (Name)` or `use std/mechanics (Pendulum)`"),
    ("include", "names of another file come by `use \"file.sys\" (Name)`"),
    ("using", "names of another file come by `use \"file.sys\" (Name)`"),
    ("class", "a system is `system Name { … }`; one that builds on another is `system B extends A { … }`"),
    ("struct", "a system is `system Name { … }`"),
    ("begin", "blocks stand in `{ … }`"),
    ("end", "blocks end with `}`"),
    ("return", "a function is one expression: `fn f(x) = x^2`"),
    ("print", "what is recorded is named by `observe`"),
    ("while", "there are no loops: definitions are equations; a sum is `sum(e for i in 1..n)`"),
    ("for", "there are no loops: a sum is `sum(e for i in 1..n)`, a family `x[i] = e for i in 1..n`"),
    ("do", "there are no loops: definitions are equations"),
    ("goto", "there is no order of statements: definitions are equations"),
    ("if", "a choice is an expression: `x = if c then a else b`; something that happens is an `event`"),
    ("else", "a choice is an expression: `x = if c then a else b`"),
    ("float", "a name needs no type in front: `param x = 3`, or `x : real`"),
    ("double", "a name needs no type in front: `param x = 3`, or `x : real`"),
    ("int", "the type stands behind the name: `const n : int = 3`"),
    ("real", "the type stands behind the name: `param x : real = 3`"),
    ("vector", "the type stands behind the name: `coord r : vector(3) [m]`"),
    ("matrix", "the type stands behind the name: `param A : matrix(2, 2) = [1, 0; 0, 1]`"),
];

/// Functions that are given; only used to recognise `sin x`.
pub(super) const FUNCTIONS: &[&str] = &[
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "atan2",
    "sinh",
    "cosh",
    "tanh",
    "exp",
    "ln",
    "log",
    "sqrt",
    "abs",
    "sign",
    "norm",
    "min",
    "max",
    "erf",
    "det",
    "inverse",
    "transpose",
    "hat",
    "grad",
    "curl",
    "div",
    "laplacian",
    "sum",
];

/// Units that beginners write without brackets; only used for messages.
const UNITS: &[&str] = &[
    "m", "kg", "s", "A", "K", "mol", "cd", "g", "N", "J", "W", "Pa", "Hz", "V", "C", "F", "H", "T", "Wb", "rad", "deg",
    "h", "min", "d", "yr", "km", "cm", "mm", "µm", "μm", "nm", "ms", "us", "µs", "μs", "ns", "mg", "eV", "keV", "MeV",
    "GeV", "kN", "MN", "kJ", "MJ", "kW", "MW", "kPa", "MPa", "bar", "atm", "kHz", "MHz", "GHz", "mV", "kV", "mA", "mT",
    "L", "Ω", "ohm", "au", "AU", "ly", "pc", "in", "ft", "lb", "mi", "u", "sr", "meter", "metre", "meters", "metres",
    "second", "seconds", "hour", "hours", "degree", "degrees", "radian", "radians", "newton", "joule", "watt", "gram",
    "kilogram",
];

/// Whether a word is written for a unit.
pub(super) fn is_unit(word: &str) -> bool {
    UNITS.contains(&word)
}

/// How a unit that was written out is spelled.
pub(super) fn unit_symbol(word: &str) -> &str {
    match word {
        "meter" | "metre" | "meters" | "metres" => "m",
        "second" | "seconds" => "s",
        "hour" | "hours" => "h",
        "degree" | "degrees" => "deg",
        "radian" | "radians" => "rad",
        "newton" => "N",
        "joule" => "J",
        "watt" => "W",
        "gram" => "g",
        "kilogram" => "kg",
        other => other,
    }
}

/// A sign of other texts: what it is called, and what to write.
pub(super) fn sign_advice(c: char) -> Option<(&'static str, &'static str)> {
    Some(match c {
        '“' | '”' | '„' | '«' | '»' => {
            ("a typographic quotation mark", "strings stand in straight ones: `\"text\"`")
        }
        '‘' | '’' | '`' | '´' => {
            ("a typographic mark", "a derivative is `'` (or `′`), a string stands in `\"…\"`")
        }
        '–' | '—' | '‐' | '‑' => ("a dash", "write minus as `-`"),
        '，' | '、' => ("a wide comma", "write `,`"),
        '；' => ("a wide semicolon", "statements need no sign between them"),
        '：' => ("a wide colon", "write `:`"),
        '（' | '）' => ("a wide parenthesis", "write `(` and `)`"),
        '＝' => ("a wide equals sign", "write `=`"),
        '＋' => ("a wide plus", "write `+`"),
        '÷' => ("a division sign", "write `/`"),
        '∙' | '•' | '∗' | '＊' => ("a product sign of another kind", "write `*`, or `·` for the inner product"),
        '√' => ("a root sign", "write `sqrt(x)`"),
        '∑' => ("a summation sign", "write `sum(e for i in 1..n)`"),
        '∏' => ("a product sign", "write the factors, or `exp(sum(ln(e) for i in 1..n))`"),
        '∫' => ("an integral sign", "an integral over a grid is `integral(density)`"),
        '∞' => ("infinity", "there is no number for it; state the limit you need"),
        '½' | '¼' | '¾' | '⅓' => ("a fraction as one character", "write it with digits: `1/2`"),
        '∈' => ("an element sign", "write `in`"),
        '→' | '⟶' => ("an arrow", "the result of a net follows `->`"),
        '≔' => ("an assignment sign", "write `=`, or `:=` in the action of an event"),
        '≡' => ("an identity sign", "write `=` to define, `==` to compare"),
        '∧' => ("a logical sign", "write `and`"),
        '∨' => ("a logical sign", "write `or`"),
        '¬' => ("a logical sign", "write `not`"),
        '…' => ("three dots", "a range is `1..n`"),
        '°' => ("a degree sign", "an angle in degrees is `30 [deg]`"),
        '‖' => ("a norm sign", "write `norm(v)`"),
        '⊗' | '⊕' | '∘' => ("an operator of other texts", "products are `*`, `·` and `×`"),
        '%' => ("a percent sign", "a comment begins with `#`; a share is a number: `0.05`"),
        '$' => ("a dollar sign", "formulas need no mark around them"),
        '\\' => {
            ("a backslash", "Greek letters are words or letters (`theta`, `θ`), a fraction is `a/b`, a root `sqrt(x)`")
        }
        '@' => ("an at sign", "products are `*`, `·` and `×`; a matrix product is `A*B`"),
        '&' => ("an ampersand", "write `and`"),
        '!' => ("an exclamation mark", "write `not`; `≠` is `!=`; a factorial is `Γ(n + 1)`"),
        '?' => ("a question mark", "a choice is `if c then a else b`"),
        '|' => ("a bar", "an absolute value is `abs(x)`, a norm `norm(v)`, a choice `or`"),
        _ => return None,
    })
}
