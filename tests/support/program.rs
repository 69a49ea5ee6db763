//! Programs and expressions as the grammar has them, from a seed.

use super::Random;

/// A well-formed program as the grammar has it; its names mean nothing.
pub fn program(seed: u64, items: usize) -> String {
    let mut g = Grammar { r: Random::new(seed), out: Vec::new() };
    if g.r.once_in(3) {
        g.words("sys 0.1");
    }
    for _ in 0..items {
        g.item();
    }
    g.joined()
}

/// A well-formed expression.
pub fn expression(seed: u64, depth: usize) -> String {
    let mut g = Grammar { r: Random::new(seed), out: Vec::new() };
    g.expr(depth);
    g.joined()
}

struct Grammar {
    r: Random,
    out: Vec<String>,
}

#[rustfmt::skip]
const NAMES: &[&str] = &[
    "x", "y1", "θ", "theta2", "omega_c", "q", "p_x", "V_eff", "L", "масса", "ü", "µ", "Hθ", "a_1", "φ₂", "ℓ",
    "Ω", "E", "energy", "force", "data", "mass", "field", "run", "z9", "_w", "Pi", "∂",
];
#[rustfmt::skip]
const UNITS: &[&str] = &[
    "[m]", "[kg]", "[kg m^2/s^2]", "[N·m]", "[m^3/(kg s^2)]", "[1/s]", "[m²]", "[s⁻¹]", "[1]", "[°C]", "[%]",
    "[kg*m]", "[m^(1/2)]", "[µm]", "[rad]", "[N m s]", "[m^-1]",
];
const NUMBERS: &[&str] = &["0", "1", "2", "3.5", "1e-3", "6.67430e-11", "1_000", "20_000.5", "1E6", "007"];

impl Grammar {
    fn word(&mut self, word: &str) {
        self.out.push(word.to_string());
    }

    fn words(&mut self, words: &str) {
        for word in words.split(' ') {
            self.word(word);
        }
    }

    /// The tokens with blanks, line breaks and comments between them.
    fn joined(mut self) -> String {
        let mut text = String::new();
        let tokens = std::mem::take(&mut self.out);
        for (i, token) in tokens.iter().enumerate() {
            if i > 0 {
                let bracket = |t: &str| matches!(t, "(" | ")" | "{" | "}" | "," | "[" | "]");
                let tight = bracket(token) || bracket(&tokens[i - 1]) || token.starts_with('\'');
                match self.r.below(40) {
                    0 => text.push_str("\n\n   "),
                    1 => text.push_str(" # why\n"),
                    2 => text.push_str("\n  # on its own\n"),
                    3 => text.push_str("\n## documents\n  "),
                    4 => text.push_str("\r\n\t"),
                    5..=9 => text.push('\n'),
                    10..=20 if tight => {}
                    _ => text.push(' '),
                }
            }
            text.push_str(token);
        }
        if self.r.once_in(3) {
            text.push_str("\n# the end");
        }
        text
    }

    fn name(&mut self) {
        let name = self.r.pick::<&str>(NAMES).to_string();
        self.word(&name);
    }

    fn unit(&mut self) {
        let unit = self.r.pick::<&str>(UNITS).to_string();
        self.word(&unit);
    }

    fn maybe(&mut self, n: usize, f: impl FnOnce(&mut Self)) {
        if self.r.once_in(n) {
            f(self);
        }
    }

    fn list(&mut self, f: impl Fn(&mut Self)) {
        f(self);
        while self.r.once_in(3) {
            self.word(",");
            f(self);
        }
    }

    fn quantity(&mut self) {
        let number = self.r.pick::<&str>(NUMBERS).to_string();
        self.word(&number);
        self.maybe(3, Self::unit);
    }

    fn string(&mut self) {
        let text = *self.r.pick(&["\"text\"", "\"a \\\"b\\\" # no comment\"", "\"\"", "\"μ\\n\""]);
        self.word(text);
    }

    fn index(&mut self) {
        self.word("[");
        self.list(|g| match g.r.below(4) {
            0 => g.words("i in 1 .. n"),
            1 => g.words("i + 1"),
            2 => g.words("2"),
            _ => g.words("wrap ( i - 1 )"),
        });
        self.word("]");
    }

    /// A name, maybe with an index, fields and primes.
    fn target(&mut self) {
        let name = self.r.pick(&NAMES[..NAMES.len() - 1]).to_string();
        self.word(&name);
        self.maybe(4, Self::index);
        self.maybe(5, |g| {
            g.word(".");
            g.word("θ");
        });
        self.maybe(3, |g| {
            let primes = *g.r.pick(&["'", "''", "′"]);
            g.word(primes);
        });
    }

    fn expr(&mut self, depth: usize) {
        if depth > 0 && self.r.once_in(12) {
            self.word("if");
            self.expr(depth - 1);
            self.word("then");
            self.expr(depth - 1);
            self.word("else");
            self.expr(depth - 1);
            return;
        }
        self.chain(depth, 12, &["or"], |g, d| {
            g.chain(d, 12, &["and"], |g, d| {
                g.maybe(15, |g| g.word("not"));
                g.chain(d, 10, &["<", "<=", "≤", "==", "≈", "!=", ">"], Self::sum);
            });
        });
    }

    fn chain(&mut self, depth: usize, rare: usize, signs: &[&str], f: impl Fn(&mut Self, usize)) {
        f(self, depth);
        while depth > 0 && self.r.once_in(rare) {
            let sign = *self.r.pick(signs);
            self.word(sign);
            f(self, depth - 1);
        }
    }

    fn sum(&mut self, depth: usize) {
        self.chain(depth, 3, &["+", "-", "−", "±"], |g, d| {
            g.chain(d, 3, &["*", "/", "·", "⋅", "×"], |g, d| g.unary(d));
        });
    }

    fn unary(&mut self, depth: usize) {
        if self.r.once_in(8) {
            let sign = *self.r.pick(&["-", "+", "−"]);
            self.word(sign);
        }
        self.post(depth);
        if depth > 0 && self.r.once_in(6) {
            self.word("^");
            self.unary(depth - 1);
        }
    }

    fn post(&mut self, depth: usize) {
        self.primary(depth);
        while self.r.once_in(4) {
            match self.r.below(6) {
                0 => self.word("'"),
                1 => {
                    let power = *self.r.pick(&["²", "⁻¹", "³", "¹⁰"]);
                    self.word(power);
                }
                2 => self.index(),
                3 => {
                    self.word(".");
                    self.name_only();
                }
                4 if depth > 0 => self.call(depth - 1),
                _ => self.word("''"),
            }
        }
    }

    fn name_only(&mut self) {
        let name = self.r.pick(&NAMES[..NAMES.len() - 1]).to_string();
        self.word(&name);
    }

    fn call(&mut self, depth: usize) {
        self.word("(");
        if !self.r.once_in(10) {
            // Behind a `for` an argument `v in range` would go on with it.
            for _ in 0..self.r.below(4) {
                self.argument(depth);
                self.word(",");
            }
            self.argument(depth);
            self.maybe(4, |g| g.each(depth));
            self.maybe(8, |g| g.word(","));
        }
        self.word(")");
    }

    fn argument(&mut self, depth: usize) {
        match self.r.below(5) {
            0 => {
                self.name_only();
                self.word("=");
            }
            1 => {
                self.name_only();
                self.word("in");
            }
            _ => {}
        }
        self.rexpr(depth);
        self.maybe(20, |g| {
            g.words("with { scale");
            g.target();
            g.word("by");
            g.expr(0);
            g.words(", param m =");
            g.quantity();
            g.word("}");
        });
    }

    fn primary(&mut self, depth: usize) {
        match self.r.below(if depth == 0 { 4 } else { 12 }) {
            0 | 1 => self.name(),
            2 => self.quantity(),
            3 if self.r.once_in(6) => {
                self.string();
                self.maybe(3, Self::unit);
            }
            3 => {
                let dotted = *self.r.pick(&["q̇", "ẋ", "θ"]);
                self.word(dotted);
            }
            4 => {
                self.word("[");
                if !self.r.once_in(10) {
                    self.rexpr(depth - 1);
                    match self.r.below(4) {
                        0 => self.each(depth - 1),
                        1 => {
                            self.word(",");
                            self.expr(depth - 1);
                            self.word(";");
                            self.expr(0);
                            self.word(",");
                            self.expr(0);
                        }
                        _ => {
                            self.word(",");
                            self.list(|g| g.rexpr(depth - 1));
                        }
                    }
                }
                self.word("]");
                self.maybe(4, Self::unit);
            }
            5 => {
                self.word("(");
                self.list(|g| g.expr(depth - 1));
                self.word(")");
            }
            6 => {
                let word = *self.r.pick(&["der", "dot"]);
                self.word(word);
                self.word("(");
                self.expr(depth - 1);
                self.word(")");
            }
            7..=9 => {
                self.name();
                self.call(depth - 1);
            }
            _ => self.name(),
        }
    }

    fn rexpr(&mut self, depth: usize) {
        self.expr(depth);
        self.maybe(5, |g| {
            g.word("..");
            g.sum(depth.min(1));
            match g.r.below(3) {
                0 => {
                    g.word("by");
                    g.sum(0);
                }
                1 => {
                    g.word("count");
                    g.sum(0);
                }
                _ => {}
            }
        });
    }

    fn each(&mut self, depth: usize) {
        self.words("for i in");
        self.rexpr(depth.min(1));
        self.maybe(3, |g| g.words(", j in bodies"));
        self.maybe(3, |g| {
            g.word("if");
            g.expr(depth.min(1));
        });
    }

    fn annotation(&mut self) {
        self.word(":");
        self.type_expr();
    }

    fn type_expr(&mut self) {
        let shape =
            *self.r.pick(&["real", "int", "vector ( 3 )", "matrix ( n , 2*n )", "symmetric ( n )", "spd ( 2 )", ""]);
        if !shape.is_empty() {
            self.words(shape);
        }
        if shape.is_empty() || self.r.once_in(2) {
            self.unit();
        }
    }

    fn formals(&mut self) {
        self.word("(");
        self.list(|g| {
            g.name_only();
            g.maybe(3, Self::annotation);
            g.maybe(4, |g| {
                g.word("=");
                g.expr(1);
            });
        });
        self.word(")");
    }

    fn name_index(&mut self) {
        self.name_only();
        self.maybe(5, Self::index);
    }

    fn value(&mut self) {
        if self.r.once_in(8) {
            self.words("{ sun :");
            self.expr(1);
            self.words(", earth :");
            self.expr(1);
            self.word("}");
            self.maybe(2, Self::unit);
        } else {
            self.expr(3);
        }
    }

    fn is(&mut self) {
        self.word("=");
        self.expr(4);
    }

    fn equation(&mut self) {
        self.sum(2);
        self.word("=");
        self.sum(3);
        self.maybe(6, |g| g.each(1));
    }

    fn config(&mut self) {
        self.word("{");
        for _ in 0..self.r.below(5) {
            if self.r.once_in(6) {
                let word = *self.r.pick(&["init", "guess", "param"]);
                self.word(word);
            }
            self.target();
            let sign = if self.r.once_in(6) { "~" } else { "=" };
            self.word(sign);
            match self.r.below(8) {
                0 => self.config(),
                1 => self.value(),
                _ => self.rexpr(2),
            }
            self.maybe(10, |g| g.each(1));
            self.maybe(10, |g| g.words("in 0 .. 1"));
            let separator = *self.r.pick(&[",", ",", "", ";"]);
            if !separator.is_empty() {
                self.word(separator);
            }
        }
        self.word("}");
    }

    fn item(&mut self) {
        match self.r.below(12) {
            0 => {
                let path = *self.r.pick(&["std/mechanics", "\"elements.sys\""]);
                self.word("use");
                self.word(path);
                self.maybe(2, |g| {
                    g.word("(");
                    g.list(Self::name_only);
                    g.word(")");
                });
                self.maybe(3, |g| g.words("as P"));
            }
            1 => {
                self.words("unit furlong");
                self.is();
            }
            2 | 3 => self.shared(),
            4..=8 => self.system(),
            9 => {
                self.words("experiment main_1 {");
                for _ in 0..self.r.below(5) {
                    self.line();
                }
                self.word("}");
            }
            _ => self.line(),
        }
        self.maybe(10, |g| g.word(";"));
    }

    /// Declarations that stand at the top and in systems.
    fn shared(&mut self) {
        match self.r.below(4) {
            0 => {
                self.word("const");
                self.list(|g| {
                    g.name_only();
                    g.maybe(4, Self::annotation);
                    g.is();
                });
            }
            1 => {
                self.word("set");
                self.name_only();
                self.word("=");
                if self.r.once_in(2) {
                    self.word("{");
                    self.list(Self::name_only);
                    self.word("}");
                } else {
                    self.rexpr(1);
                }
            }
            2 => {
                self.word("fn");
                self.name_only();
                self.formals();
                self.maybe(3, Self::annotation);
                self.is();
            }
            _ => {
                self.word("net");
                self.name_only();
                self.formals();
                self.word("->");
                self.type_expr();
                self.is();
                self.maybe(2, |g| g.words("with even ( x ) , nonnegative"));
                self.maybe(4, |g| g.words("with periodic ( q , 2*π )"));
            }
        }
    }

    fn system(&mut self) {
        self.words("system S_1");
        match self.r.below(5) {
            0 => {
                self.is();
                self.maybe(2, |g| {
                    g.words("with {");
                    for _ in 0..g.r.below(4) {
                        g.stmt();
                    }
                    g.word("}");
                });
                return;
            }
            1 => self.formals(),
            _ => {}
        }
        self.maybe(5, |g| {
            g.word("extends");
            g.words("Base ( n = 3 )");
        });
        self.word("{");
        for _ in 0..self.r.below(9) {
            self.stmt();
        }
        self.word("}");
    }

    fn stmt(&mut self) {
        match self.r.below(24) {
            0 => {
                let word = *self.r.pick(&["param", "input"]);
                self.word(word);
                self.list(|g| {
                    g.name_index();
                    g.maybe(3, Self::annotation);
                    g.maybe(2, |g| {
                        g.word("=");
                        if word == "param" { g.value() } else { g.expr(2) }
                    });
                    if word == "param" {
                        g.maybe(4, |g| g.words("in 0 .. 2*π"));
                    }
                });
            }
            1 => self.shared(),
            2 => {
                let word = *self.r.pick(&["coord", "state"]);
                self.word(word);
                self.list(|g| {
                    g.name_index();
                    g.maybe(2, Self::annotation);
                    g.maybe(4, |g| g.word("periodic"));
                });
            }
            3 => {
                let word = *self.r.pick(&["momentum", "mirror"]);
                self.word(word);
                self.list(Self::name_index);
                self.word("of");
                self.list(Self::name_index);
                if word == "momentum" {
                    self.maybe(3, Self::annotation);
                }
            }
            4 => {
                self.words("grid x in 0 .. L count 10");
                self.maybe(2, |g| g.word("periodic"));
                self.maybe(2, |g| g.words(", y in 0 .. 1"));
                self.maybe(2, |g| g.words("with elements = q4 , mass = lumped"));
            }
            5 => {
                self.words("field u ( x , y )");
                self.maybe(2, Self::annotation);
            }
            6 => {
                self.word("boundary");
                self.list(Self::equation);
            }
            7 => {
                self.word("sub");
                self.name_index();
                self.is();
            }
            8 | 9 => {
                let word = *self.r.pick(&[
                    "lagrangian",
                    "hamiltonian",
                    "rayleigh",
                    "irrotational",
                    "dissipative",
                    "mass",
                    "bracket",
                ]);
                self.word(word);
                self.name_only();
                self.is();
            }
            10 => {
                self.words("force drive on");
                self.target();
                self.is();
            }
            11 => {
                let word = *self.r.pick(&["constraint", "nonholonomic", "equation"]);
                self.word(word);
                self.maybe(2, |g| g.words("c1 :"));
                self.equation();
            }
            12 => {
                self.words("event hit when");
                self.expr(2);
                let trigger = *self.r.pick(&["", "falls below", "rises above", "crosses"]);
                if !trigger.is_empty() {
                    self.words(trigger);
                    self.sum(1);
                }
                self.word("{");
                for _ in 0..self.r.below(3) {
                    if self.r.once_in(3) {
                        self.word("stop");
                        self.maybe(2, Self::string);
                    } else {
                        self.target();
                        self.word(":=");
                        self.expr(2);
                    }
                    self.maybe(3, |g| g.word(";"));
                }
                self.word("}");
            }
            13 | 14 => {
                let word = *self.r.pick(&["init", "guess"]);
                self.word(word);
                self.list(|g| {
                    g.target();
                    let sign = *g.r.pick(&["=", "=", "~"]);
                    g.word(sign);
                    g.value();
                    g.maybe(6, |g| g.each(1));
                });
            }
            15 => {
                self.word("assume");
                self.list(|g| g.expr(2));
            }
            16 => {
                let word = *self.r.pick(&["observe", "invariant"]);
                self.word(word);
                self.list(|g| {
                    g.maybe(2, |g| {
                        g.name_index();
                        g.maybe(4, Self::annotation);
                        g.word("=");
                    });
                    g.expr(3);
                });
            }
            17 => self.check(),
            18 => {
                self.word("simulate");
                self.config();
            }
            19 => {
                self.words("der (");
                self.expr(1);
                self.word(")");
                self.is();
            }
            20 => {
                self.name_only();
                self.formals();
                if self.r.once_in(3) { self.annotation() } else { self.is() }
            }
            _ => {
                self.target();
                self.maybe(5, Self::annotation);
                self.is();
                self.maybe(8, |g| g.each(1));
            }
        }
        self.maybe(12, |g| g.word(";"));
    }

    fn check(&mut self) {
        self.word("check");
        self.expr(3);
        self.maybe(3, |g| {
            g.word("within");
            g.expr(1);
        });
        self.maybe(3, |g| {
            g.word("because");
            g.string();
        });
    }

    fn line(&mut self) {
        match self.r.below(9) {
            0 | 1 => {
                let word = *self.r.pick(&["data", "run", "fit"]);
                self.word(word);
                self.name_only();
                self.is();
                self.maybe(2, Self::config);
            }
            2 => {
                self.words("sweep s = simulate ( A ) over");
                self.list(|g| {
                    g.target();
                    let sign = *g.r.pick(&["in", "~"]);
                    g.word(sign);
                    g.rexpr(1);
                });
                self.maybe(2, Self::config);
            }
            3 => {
                self.word("compare");
                self.expr(2);
                self.maybe(2, |g| g.words("on d . test"));
                self.maybe(2, Self::config);
            }
            4 => {
                let word = *self.r.pick(&["plot", "derive"]);
                self.word(word);
                self.expr(2);
                self.maybe(2, Self::config);
            }
            5 => {
                self.words("export results to \"out.json\"");
                self.maybe(3, Self::config);
            }
            6 => self.words("seed 42"),
            7 => self.words("split d into train 0.7 , test 0.3"),
            _ => self.check(),
        }
    }
}
