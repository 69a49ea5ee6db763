//! Methods and limits: E05xx.

use super::{Entry, entry};

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "E0501",
        "an unknown method",
        "There is no integration method of that name. `hamel list methods` prints them with what each needs; \
         `method = auto` chooses by the structure of the equations.",
    ),
    entry(
        "E0502",
        "a method that needs another structure",
        "This method is made for equations of a certain form, and these are not of it, by their form. The \
         message says what is missing. `method = auto` chooses one that fits.",
    ),
    entry(
        "E0503",
        "a fixed step is needed",
        "This method does not choose its steps. Before: `method = verlet`; after: `method = verlet, step = \
         0.01 [s]`.",
    ),
    entry(
        "E0510",
        "too many nested definitions",
        "Definitions are opened when they are needed, one inside the other, up to a fixed depth. A chain that \
         long is written by a program: shorten it, or use an index.",
    ),
    entry(
        "E0511",
        "an expression that is too large",
        "A system may have so many nodes of expressions and no more. Large repeated parts belong into sums \
         over a set or a range, which stay one family however many members they have. Written numbers are exact, and \
         their products and powers too, up to a length; make a factor a `param` where that is not wanted.",
    ),
    entry(
        "E0512",
        "too many components",
        "Components nest, and each is instantiated with all its names. The number and the depth are limited. \
         For many equal parts use a family: `coord x[1..n]`.",
    ),
    entry(
        "E0514",
        "an array that is too large to write out",
        "Vectors, matrices and lists are written out entry by entry, up to a limit. A large family is read \
         and stated by an index. Before: `u' = -u` for 300,000 members; after: `u[i]' = -u[i] for i in 1..n`.",
    ),
    entry(
        "E0515",
        "a range that is too large",
        "A range has a largest number of members. Look at its ends: a `const` with too many zeros is the \
         common case.",
    ),
    entry(
        "E0516",
        "sums with too many terms",
        "All sums of a system together may have so many terms. A sum over pairs grows with the square of the \
         number: sum over neighbours, or over fewer members.",
    ),
    entry(
        "E0517",
        "too many components of the state",
        "All variables of a system together may have so many components. Look at the index sets of its \
         declarations.",
    ),
    entry(
        "E0519",
        "too many implicit equations at once",
        "Implicit equations are written out and solved together, their matrix factored at every state, up to 512 \
         of them. A family in which each equation holds one rate only, and linearly, has no such bound; neither \
         has one that is written as `x[i]' = …`.",
    ),
    entry(
        "E0521",
        "a system that cannot be doubled",
        "A system that has a mirror cannot have a second one. Implicit rates are taken as solved for, `u = φ`, with the \
         derivatives of φ written out, as far as few of them hang together: beyond, state it by a Lagrangian, or solve the \
         equations for the rates, as a flow `x' = …`, and double that.",
    ),
    entry(
        "E0522",
        "equations that cannot be compiled",
        "The equations are right and cannot be turned into code within the limits. The message names what is \
         too large. Write repeated parts as sums over a set or a range.",
    ),
    entry(
        "E0524",
        "too much to evaluate",
        "Sums of few terms are written out, and nested ones multiply, up to a limit. Give an inner sum a name \
         and an index: `s[i in 1..n] = sum(…)`, which is evaluated once for each index.",
    ),
    entry(
        "E0525",
        "too many systems built on each other",
        "`extends` and `=` build one system on another, up to a fixed depth. Put what is common into fewer \
         systems.",
    ),
    entry(
        "E0526",
        "a long list read at a running index",
        "A list is written out, and reading it inside a large sum would compare the index with every place. \
         Make it a parameter, `param w[i in 1..n] = i^2`, or a definition with an index.",
    ),
    entry(
        "W0530",
        "a run beyond the horizon of a chaotic motion",
        "In a chaotic motion errors grow like e^(λt), with λ the largest Lyapunov exponent. The horizon is the time \
         at which an error of the size of the tolerance (or of the worst drift, where that is larger) has grown to one \
         percent: ln(0.01/error)/λ. Beyond it the run is a motion of the system, and not the one from this start; \
         averages and shapes keep their meaning, single values do not. A tolerance a hundred times smaller moves the \
         horizon by ln(100)/λ only. Both numbers are in `summary.json`, as `lyapunov` and `horizon`.",
    ),
];
