//! The pages of the diagnostics of this layer.

use crate::diagnostic::Entry;

const fn entry(code: &'static str, title: &'static str, text: &'static str) -> Entry {
    Entry { code, title, text }
}

/// Every code that reading a text can give.
pub const CODES: &[Entry] = &[
    entry(
        "E0100",
        "text that fits nowhere",
        "At this place no form of the language goes on, and no more precise reason was found. A statement begins with a \
         keyword (`param`, `coord`, `lagrangian`, `init`, …) or with the name that it defines (`V = …`, `x' = …`, `f(s) = …`). \
         An expression ends where no operator follows, so a missing operator or bracket shows at the next word.",
    ),
    entry(
        "E0101",
        "two values side by side",
        "There is no implicit multiplication: `2 m g` would make `f (x)` and `m (a + b)` ambiguous and would turn a forgotten \
         operator into a silent product. Write `*` between factors, `·` for an inner and `×` for a cross product. The argument \
         of a function stands in parentheses: `sin(x)`.",
    ),
    entry(
        "E0102",
        "a character that cannot be seen",
        "Control characters, characters without width and those that turn the direction of writing are refused everywhere, \
         also in comments and strings: with them a text could look different from what is read. Lines end with a line feed, \
         with or without a carriage return before it. Delete the character; editors show it when asked for invisible ones.",
    ),
    entry(
        "E0103",
        "a name of mixed scripts",
        "A Cyrillic letter beside Latin or Greek ones makes a name that looks like another one and is not. Write the whole \
         name in one script. Greek and Latin may be mixed: capitals of one shape are one letter.",
    ),
    entry(
        "E0104",
        "a bracket that is not closed, or by the wrong one",
        "Each `(`, `[` and `{` needs its partner of the same kind. A line that begins a new statement, `system` or \
         `experiment` shows that the bracket before it was forgotten; for braces the indentation shows which.",
    ),
    entry(
        "E0105",
        "nesting too deep",
        "Brackets, chains of signs, of powers, of primes, fields and calls, of `not` and of `if … else if` may be nested up to a fixed depth, which is \
         checked before the text is parsed, so that no text can exhaust the stack. Formulas of people stay far below it. Give \
         an inner part a name: definitions may stand in any order.",
    ),
    entry(
        "E0106",
        "a text that is too large",
        "A source text has a largest size, checked before anything is done with it. Tables of numbers belong in data files; \
         a large model can be spread over several files with `use`.",
    ),
    entry(
        "E0107",
        "a name or number that is too long",
        "Names, numbers and their exponents have a largest length. Numbers are exact until code is made from them, but more \
         than a few hundred digits, or an exponent beyond that of any float, cannot be meant.",
    ),
    entry(
        "E0108",
        "a string that is not closed",
        "A string begins and ends with `\"` on one line. Inside it `\\\"` is a quotation mark, `\\\\` a backslash, `\\n` a line \
         break and `\\t` a tabulator.",
    ),
    entry(
        "E0109",
        "a unit in the wrong place",
        "A unit stands in brackets, behind a number, a string, a list or a table, or behind `:`. Behind a name a bracket is an \
         index, because `m`, `g`, `s` and `V` are everyone's variables. Write `param m = 2 [kg]`, and `x : [m]` where `x` is \
         declared.",
    ),
    entry(
        "E0110",
        "a unit with an unclear quotient",
        "In a unit a space multiplies, and after `/` stands one factor or several in parentheses. `[J/kg K]` could be read as \
         J/(kg K) or as J K/kg, and `[m/s/s]` as two things; both are refused. Write `[J/(kg K)]` and `[m/s^2]`.",
    ),
    entry(
        "E0111",
        "a bracket that is no unit",
        "A unit is made of names, `^` with a whole number or a fraction in parentheses, `·`, `*` or spaces, one `/`, and \
         parentheses: `[kg m^2/s^2]`, `[N·m]`, `[m^(1/2)]`, `[1/s]`. A quantity without a dimension has no bracket, or `[1]`.",
    ),
    entry(
        "E0112",
        "a number that is not written as one",
        "A number has digits, maybe a point with digits on both sides, maybe an exponent: `2`, `0.5`, `1.5e-3`, `1_000`. The \
         point needs digits on both sides because `1..n` is a range; the decimal sign is never a comma.",
    ),
    entry(
        "E0113",
        "an escape that does not exist",
        "In a string a backslash begins an escape: `\\\"`, `\\\\`, `\\n` or `\\t`. Write a backslash itself twice; paths use `/` \
         on every system.",
    ),
    entry(
        "E0114",
        "a closing bracket too many",
        "This bracket closes nothing that is open. Either it is one too many, or one before it closed a block too early; then \
         the statements between them stand outside their system.",
    ),
    entry(
        "E0115",
        "the wrong sign of equality",
        "Four meanings have four signs. `=` defines a name or states an equation; `==` compares two values; `:=` acts, in the \
         braces of an `event` only; `≈ … within …` compares numbers in a `check`. A start is given by `init x = …`, never where \
         the variable is declared.",
    ),
    entry(
        "E0116",
        "an operator of another language",
        "Powers are `^`, logic is `and`, `or`, `not`, statements need no `;`, and nothing is changed step by step (`+=`): \
         definitions are equations that may stand in any order. A sum over members is `sum(e for i in 1..n)`.",
    ),
    entry(
        "E0117",
        "a comment of another language",
        "A comment begins with `#` and goes to the end of the line; `##` documents the next declaration. There are no block \
         comments.",
    ),
    entry(
        "E0140",
        "a missing `=`",
        "A definition, a generator and an option all read `name = value`. An equation of motion is solved for its rate, \
         `x'' = …`, or it is stated with `equation a = b`.",
    ),
    entry(
        "E0141",
        "a missing value",
        "Behind an operator, a comma, `=` or an opening bracket a value must follow. As line breaks mean nothing, an operator \
         at the end of a line goes on with the next line.",
    ),
    entry(
        "E0142",
        "a missing comma",
        "Names in a list, entries of a list and definitions on one line are separated by commas: `coord x, y`, `[1, 2, 3]`, \
         `param m = 1, k = 2`. Options in braces may stand without commas.",
    ),
    entry(
        "E0143",
        "a statement that does not exist",
        "A statement of a system begins with `param`, `const`, `set`, `fn`, `net`, `coord`, `state`, `momentum`, `mirror`, \
         `grid`, `field`, `boundary`, `input`, `sub`, `lagrangian`, `hamiltonian`, `rayleigh`, `irrotational`, `dissipative`, \
         `mass`, `bracket`, `force`, `constraint`, `nonholonomic`, `equation`, `event`, `init`, `guess`, `assume`, `observe`, \
         `invariant`, `check` or `simulate`, or it is a definition `name = …`. No statement begins with `(`, `[`, `-` or a \
         number, so two lines never merge by accident.",
    ),
    entry(
        "E0144",
        "a reserved word as a name",
        "Only eight words are reserved: `if`, `then`, `else`, `for`, `in`, `and`, `or`, `not`. Everything else may be a name, \
         also words such as `force`, `mass` or `data`.",
    ),
    entry(
        "E0145",
        "a declaration without a name",
        "Systems, experiments, generators, data and runs have names by which other lines refer to them: `system Pendulum { … }`, \
         `lagrangian L = T - V`, `run a = simulate(Pendulum)`. Any word but the eight reserved ones can be a name.",
    ),
    entry(
        "W0145",
        "a keyword as the name of a definition",
        "Keywords are not reserved, so `lagrangian = T - V` defines a quantity called `lagrangian` and generates no equations \
         of motion. Most likely a name is missing: `lagrangian L = T - V`.",
    ),
    entry(
        "E0146",
        "a derivative where a plain name is needed",
        "A declaration names the variable itself; its derivatives exist with it. On the left of an equation of motion the \
         prime stands behind the whole variable, and one index may follow it: `r[1]'`, `a.θ'`, `r'[1]`.",
    ),
    entry(
        "E0147",
        "dots that are no derivative",
        "One dot above the last letter of a name is accepted and rewritten: `q̇` is `q'`. Two dots are not, as `ü` and `ö` are \
         letters; a dot inside a name is none either. Write `q''` and `θ1'`.",
    ),
    entry(
        "E0148",
        "the head of a block",
        "A system reads `system Name { … }`, `system Name(n: int = 3) { … }`, `system B extends A { … }`, \
         `system B = A with { … }` or `system B = doubled(A)`; an experiment reads `experiment name { … }`. A name begins with \
         a letter.",
    ),
    entry(
        "E0150",
        "a word of another language",
        "There are no `def`, `let`, `class`, `import`, loops or types in front of names. Definitions are `name = expression`, \
         functions `f(x) = …`, imports `use …`, sums `sum(e for i in 1..n)`, choices `if c then a else b`.",
    ),
    entry(
        "E0151",
        "a rate written as a quotient",
        "The time derivative is a prime: `x' = v`, `q'' = -g`, `r1'` on any defined name, `der(expr)` on an expression. A \
         partial derivative is `∂(f, x)`.",
    ),
    entry(
        "E0152",
        "quotation marks and primes",
        "`'` is the derivative and stands behind what it differentiates; strings stand in `\"…\"`. The second derivative is two \
         single primes, `q''`, not a quotation mark.",
    ),
    entry(
        "E0153",
        "an incomplete choice",
        "A choice is an expression and has both branches: `if c then a else b`. Inside an operation it stands in parentheses: \
         `2*(if c then a else b)`. Something that happens at an instant is an `event`.",
    ),
    entry(
        "E0154",
        "a type that does not exist",
        "A type is a shape, a unit or both: `real`, `int`, `bool`, `vector(3)`, `matrix(2, 3)`, `symmetric(n)`, `spd(n)`, \
         `tensor(2, 3, 4)`, `[kg]`, `vector(3) [m]`. The type of a function's value follows `:`, that of a net `->`.",
    ),
    entry(
        "E0155",
        "a range in another form or place",
        "A range is `a..b`, with `by h` for steps or `count n` for a number of points; both ends belong to it and counting \
         begins at 1. Ranges stand behind `in`, in `for i in 1..n`, in an index, in options and as the value of a `set`.",
    ),
    entry(
        "E0156",
        "a sign that has no meaning",
        "The text holds a sign of typesetting or of another language: typographic quotation marks, dashes, roots, LaTeX \
         commands, bars. The message names the form to write in its place.",
    ),
    entry(
        "E0158",
        "a statement in another form",
        "Each statement has one form with its joining words: `force f on x = F`, `momentum p of q`, `sweep s = … over k in …`, \
         `split d into train 0.8, test 0.2`, `export r to \"file\"`. The message shows the form of the one at hand.",
    ),
    entry(
        "E0401",
        "a statement in the wrong block",
        "Declarations, definitions and generators stand in a `system`; `data`, `run`, `fit`, `sweep`, `compare`, `plot`, \
         `derive`, `export`, `split` and `seed` in an `experiment` or at the top of the file; `use`, `unit`, `system` and \
         `experiment` at the top only. `check`, `const`, `set`, `fn` and `net` may stand in more than one place.",
    ),
    entry(
        "E0402",
        "an event that is no crossing",
        "An event happens when an expression `falls below`, `rises above` or `crosses` a value, or when a condition becomes \
         true: `event hit when y falls below 0 { … }`, `event done when count(hit) >= 3 { stop }`. It fires in that direction only.",
    ),
];
