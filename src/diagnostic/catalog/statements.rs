//! Statements and options: E04xx.

use super::{Entry, entry};

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "E0404",
        "not an option",
        "This line does not take the option; an unknown one is an error, since a misspelled one would be \
         lost. The message names the nearest, or all. Starts and parameters of a system stand in `init` and \
         `param` lines beside its `simulate`.",
    ),
    entry(
        "E0405",
        "given twice",
        "An option, or the `simulate` block of a system, is given once. Before: `simulate { t = 0..1, t = \
         0..2 }`; after: one of them.",
    ),
    entry(
        "E0406",
        "an option with a value of another kind",
        "Options are `name = value`; a method is a name and not a text. Before: `method = \"auto\"`; after: \
         `method = auto`.",
    ),
    entry(
        "E0407",
        "a number that must be positive",
        "Tolerances, steps and distances of samples are positive, and samples are at least two. The direction \
         of time comes from the ends: `t = 20..0 by 0.1`.",
    ),
    entry(
        "E0408",
        "a span of time is needed",
        "`t` is a range with two ends. Before: `t = 10 [s]`; after: `t = 0..10 [s] by 0.01 [s]`.",
    ),
    entry(
        "E0409",
        "a derivation that stands twice",
        "`doubled(doubled(A))` has no meaning beyond `doubled(A)`. Write it once; `reversed` may stand around \
         it.",
    ),
    entry(
        "E0410",
        "a derived system cannot be extended",
        "`doubled(A)` and its like are made from a whole system. Extend A first and derive the result: \
         `system B extends A { … }`, `system C = doubled(B)`.",
    ),
    entry(
        "E0411",
        "a derivation takes one system",
        "`doubled`, `reversed` and `legendre` take one system and nothing else. Before: `doubled(A, B)`; \
         after: `doubled(A)`.",
    ),
    entry(
        "E0412",
        "a system is needed",
        "After `=`, `extends` and in `sub` stands a system: `A`, `A(n = 3)`, `P.A` or `doubled(A)`. The name \
         here is something else.",
    ),
    entry(
        "E0413",
        "`with` changes what exists",
        "`A with { … }` gives new right sides to things of A; a new name is an error, since it would be a \
         misspelled old one. To add something write `system B extends A { … }`.",
    ),
    entry(
        "E0414",
        "a statement that cannot stand here",
        "`with` takes new values for `param`, `const`, definitions, generators and forces, and `init`, \
         `guess`, `simulate`, `scale`; types stay as declared. `scale` stands only there.",
    ),
    entry(
        "E0415",
        "too many arguments by position",
        "Positional arguments fill the formals of a system in order. Parameters are named. Before: \
         `Pendulum(2)`; after: `Pendulum(m = 2 [kg])`.",
    ),
    entry(
        "E0416",
        "a parameter that the system does not have",
        "A call sets formals and parameters of the system. The message names the nearest, or all. Before: \
         `Spring(stifness = 3)`; after: `Spring(stiffness = 3)`.",
    ),
    entry(
        "E0417",
        "a formal without a value",
        "`system Chain(n: int)` needs an `n` where it is used, or a default for all uses. Before: `system \
         Chain(n: int) { … }`; after: `system Chain(n: int = 12) { … }`.",
    ),
    entry(
        "E0418",
        "only a coordinate can be periodic",
        "`periodic` says that a coordinate is an angle of period 2π, which counts in distances and plots. A \
         `state` has no such meaning; leave the word away.",
    ),
    entry(
        "E0419",
        "pairs that do not match",
        "`momentum` and `mirror` pair names one to one. Before: `momentum p1 of q1, q2`; after: `momentum p1, \
         p2 of q1, q2`.",
    ),
    entry(
        "E0420",
        "a mirror that is no coordinate or state",
        "`mirror y of x` marks two variables that exist, y as the mirror of x. Before: `coord x` and `mirror \
         y of x`; after: `coord x, y` and `mirror y of x`.",
    ),
    entry(
        "E0421",
        "a derived system as a component",
        "A component is a plain system; a derivation concerns the whole motion. Build the outer system from \
         plain components and derive that: `doubled(Outer)`.",
    ),
    entry(
        "E0422",
        "a table where none may stand",
        "A table gives values to the members of one named set: `param m[bodies] = { sun: 1, earth: 2 } [kg]`. \
         Over a range write a list, `[1, 2, 3]`.",
    ),
    entry(
        "E0423",
        "several values in parentheses",
        "`(1, 2)` is no vector. A vector is written with brackets, and its entries are counted from 1. Before: `a = (1, 2)`; after: `a = [1, 2]`.",
    ),
    entry(
        "E0424",
        "`±` in a formula",
        "`±` gives the error of a published number in `published = { … }` only. In a formula write both \
         cases.",
    ),
    entry(
        "E0425",
        "`≈` and `within`",
        "`≈` compares in a `check`, and always says how closely: `check a ≈ b within 1e-6`. A pure number \
         beside sides with a unit is relative. Elsewhere write `abs(a - b) < w`.",
    ),
    entry(
        "E0426",
        "members of different sets",
        "Members are compared within one set, by their order. Two sets stay apart even where their members \
         have the same names. Let both variables run over one set.",
    ),
    entry(
        "E0427",
        "a mirror that does not exist",
        "`mirror.x` is a name in a system made by `doubled(…)` only. A mirror by hand has the name of its \
         declaration.",
    ),
    entry(
        "E0428",
        "a dot behind something without parts",
        "Components, imported files and results have parts behind a dot. The components of a vector are \
         `v[1]`, `v[2]`.",
    ),
    entry(
        "E0429",
        "an `if` where every index has a value",
        "Lists and indexed definitions have a value for each index, so a condition cannot leave one out. \
         Before: `[i for i in 1..3 if i > 1]`; after: `[if i > 1 then i else 0 for i in 1..3]`. Sums take an \
         `if`.",
    ),
    entry(
        "E0430",
        "the smallest or largest of nothing",
        "`min` and `max` over an empty range have no value, while a sum over nothing is 0. Look at the ends \
         of the range.",
    ),
    entry(
        "E0431",
        "a condition of a sum on something that moves",
        "The `if` of a sum picks indices when the file is read. A condition on the state belongs into the \
         summand: `sum(if x[i] > 0 then x[i] else 0 for i in 1..n)`.",
    ),
    entry(
        "E0432",
        "arguments that do not fit the function",
        "A call gives each formal a value, by position or by name, and names none that does not exist. The \
         message shows the form. Before: `spring(x)`; after: `spring(x, k = 2)`.",
    ),
    entry(
        "E0433",
        "the slope of a function of several arguments",
        "`f'(x)` is the slope of a function of one argument. Of several write which: `∂(f(x, y), x)`.",
    ),
    entry(
        "E0434",
        "a `for` or a range where none is taken",
        "`sum`, `min`, `max` and lists run over an index; other functions take plain arguments. `wrap(…)` \
         stands only inside an index. Before: `sin(i for i in 1..3)`; after: `sum(sin(i) for i in 1..3)`.",
    ),
    entry(
        "E0435",
        "a wrong number of arguments",
        "A given function takes the arguments that its page names; `hamel list functions` prints them. \
         Before: `atan2(x)`; after: `atan2(y, x)`.",
    ),
    entry(
        "E0436",
        "a question about a whole run",
        "`drift`, `decreasing`, `increasing` and `at` look at all samples of a run, so they stand in a \
         `check` only. Before: `observe d = drift(E)`; after: `invariant E`, or `check drift(E) < 1e-9`.",
    ),
    entry(
        "E0437",
        "a derivative by an expression",
        "`∂(f, x)` differentiates by a variable: a coordinate, velocity, momentum, state, parameter or `t`. \
         By an expression it would not say what is held. Name the expression's variable.",
    ),
    entry(
        "E0438",
        "a call of something that is no function",
        "Parentheses behind a name call it. A product is written `*`. Before: `k(x + 1)`; after: `k*(x + 1)`.",
    ),
    entry(
        "E0439",
        "a partner that does not fit",
        "`momentum p of q` names a whole coordinate and `mirror y of x` a whole coordinate or state of the \
         same system. An index is not taken: shape and set come along.",
    ),
    entry(
        "E0440",
        "a parameter without a value",
        "Every `param` has a value, which a call, `with` or the command line may replace. Before: `param k`; \
         after: `param k = 4 [N/m]`.",
    ),
    entry(
        "E0441",
        "a parameter that moves",
        "A parameter is one number for a whole run. What depends on the state or on `t` is a definition. \
         Before: `param k = 2*x`; after: `k = 2*x`.",
    ),
    entry(
        "E0442",
        "bounds that are no range",
        "Bounds after `in` are a range from the lower to the upper end. Before: `param e = 0.8 in 1..0`; \
         after: `param e = 0.8 in 0..1`.",
    ),
    entry(
        "E0443",
        "a constant that is not constant",
        "`const` is structure: exact numbers made of numbers and other constants. What depends on a parameter \
         is a parameter or a definition. Before: `const k = 2*n` with `param n`; after: `param k = 2*n`.",
    ),
    entry(
        "E0445",
        "an index without a range, or a range without an index",
        "An indexed definition says over what its index runs, and every `for` of it is an index of the name. \
         Before: `a[j] = 2*j`; after: `a[j in 1..n] = 2*j`.",
    ),
    entry(
        "E0446",
        "a left side that declares nothing here",
        "Names of a component are changed by its arguments or `with`, and the type of a variable stands at \
         its declaration. Before: `a.k = 2`; after: `sub a = A(k = 2)`.",
    ),
    entry(
        "E0447",
        "a rate of something that is no variable",
        "`x' = …` states the rate of a `coord` or `state`. Of a definition the rate follows. Before: `y = \
         2*x`, `y' = 3`; after: `state y` without the definition, or `equation y' = 3`.",
    ),
    entry(
        "E0448",
        "an equation of the wrong order",
        "The equation of a `state` gives x', that of a `coord` gives q''. Before: `state x`, `x'' = -x`; \
         after: `coord x`, `x'' = -x`.",
    ),
    entry(
        "E0449",
        "two starts for one component",
        "A system starts each component once. The outer system, an extension and a `with` replace starts \
         below them, component by component; one block does not replace its own.",
    ),
    entry(
        "E0450",
        "nothing that starts",
        "Starts are given to coordinates, their velocities, momenta and states. Accelerations follow, and \
         with momenta so do velocities. Before: `init k = 3`; after: `param k = 3`.",
    ),
    entry(
        "E0451",
        "not a distribution",
        "After `~` stands `uniform(lo, hi)` or `normal(mean, deviation)`. A fixed start is given with `=`. \
         Before: `init x ~ 3`; after: `init x = 3`.",
    ),
    entry(
        "E0452",
        "an observable with an index",
        "An indexed observable is a definition first. Before: `observe d[i in 1..3] = x[i]`; after: `d[i in \
         1..3] = x[i]` and `observe d`.",
    ),
    entry(
        "E0453",
        "a second momentum or mirror",
        "A coordinate has one momentum and a variable one mirror. Remove one of the two, or pair it with \
         another coordinate.",
    ),
    entry(
        "E0454",
        "a start that reads what follows",
        "A start may read parameters and other starts. An acceleration, or the rate of a state, follows from \
         the equations when all starts are known. Before: `init x = x''`; after: a value.",
    ),
    entry(
        "W0454",
        "recorded already",
        "Coordinates, velocities, momenta, states and invariants are always recorded, and one column has one \
         name. The second line changes nothing; remove it.",
    ),
    entry(
        "E0455",
        "an option that moves",
        "Options are numbers before the run begins. Parameters and constants may stand in them. Before: `t = \
         0..x`; after: `t = 0..2*π/ω`.",
    ),
    entry(
        "E0460",
        "an argument that sets nothing",
        "`--set` takes a name and a value: `--set m1=2[kg]`. The value is read as in the file, with its unit.",
    ),
    entry(
        "E0461",
        "a parameter whose value is no finite number",
        "The value of this parameter is infinite or undefined, such as the root of a negative number. Look at \
         the parameters it is made of. Before: `param a = sqrt(-1)`; after: a real number.",
    ),
    entry(
        "E0462",
        "a parameter outside its bounds",
        "The value is outside what `in lo..hi` allows at its declaration. Change the value, or the bounds \
         where they are too narrow.",
    ),
    entry(
        "E0463",
        "starts that need each other",
        "A start may read other starts, and these form a ring or cannot be computed. Give one of them a value \
         of its own. Before: `init x = y, y = x`; after: `init x = y, y = 1`.",
    ),
    entry(
        "E0464",
        "a start that is no finite number",
        "The value of this start is infinite or undefined at the given parameters. Look for divisions by zero \
         and roots of negative numbers in it.",
    ),
    entry(
        "E0465",
        "an option that is no finite number",
        "An option of the run cannot be computed, or is infinite. It may depend on parameters only. Look at \
         the parameters that stand in it.",
    ),
    entry(
        "E0466",
        "a span that cannot be run",
        "The ends, the distance of samples or their number do not make a span. Samples are at most as many as \
         the limit of rows; the distance is positive.",
    ),
    entry(
        "E0467",
        "a seed is no whole number",
        "`seed` takes one whole number from 0 on: `seed 42`. The same seed gives the same random starts on every machine.",
    ),
    entry(
        "E0468",
        "a run that is no simulation",
        "A `run` line is a call of `simulate` with a system and named options: `run a = simulate(A, t = 0..10)`. Other calls have lines of their own: `plot`, `check`, `export`.",
    ),
    entry(
        "E0469",
        "a state that cannot be taken over",
        "`from` takes the whole state of an earlier run: `from = a.end` or `from = a.start`. Every state of the system must exist there under the same name.",
    ),
    entry(
        "E0470",
        "a plot that cannot be drawn",
        "A plot is a call with what stands across and what stands upwards: `plot lines(a.t, [a.x, b.x])`. All columns must come from the same sample times. Vector fields have two components over two ranges: `plot quiver([u, v], x in -1..1, y in -1..1)`. Fields over time are those of a run: `plot image(a.c, t = [0, 1])`, `plot film(a.c)`.",
    ),
    entry(
        "E0471",
        "an export that cannot be written",
        "A run is exported to .csv, .npz or .json: `export a to \"a.csv\"`. All runs and checks together are `export results to \"all.json\"`.",
    ),
    entry(
        "E0472",
        "several starts",
        "A run may begin from several states: `run a = simulate(A) { init x = i for i in 1..10 }` makes a trajectory \
         for each value, `a[2].x` is one of them, `a.x` all. A system itself has one start, and a run with one start \
         has no numbered trajectories. Lines of several starts beside each other have the same number of values: the \
         k-th of each belongs to trajectory k.",
    ),
    entry(
        "E0473",
        "not the end of a run",
        "`a.outcome` is compared with the name of an outcome by `==` or `!=`: `check a.outcome == Finished`. The names \
         are those of `summary.json`; `hamel list codes` explains the failures.",
    ),
    entry(
        "E0474",
        "an expression without a value",
        "`hamel eval` prints the value of one expression: numbers with units, constants of the file, and, with \
         `--in FILE`, the names of a system at its start. What only a run can know has no value here.",
    ),
    entry(
        "E0475",
        "an option of runs that lose their past",
        "A dissipative motion that is run backwards carries along how far an error of its start grows. `noise` says how \
         large that error is, relative to the largest magnitude of each variable, and `tolerance` how large it may \
         become before the run ends in `ReversalLost`. Before: `run a = simulate(A, t = 0..1, noise = 1e-4)`; after: \
         `run b = simulate(reversed(A), from = a.end, t = 0..1, noise = 1e-4)`.",
    ),
    entry(
        "E0476",
        "a series where a number is needed",
        "The call of a `run` may read numbers of the lines above it: a parameter, `a.k`, a value at a time, `a.x(3)`, or \
         one over the whole run, `max(a.x)`. It reads them in `init`, `param` and options; the equations of the system \
         read them through a parameter.",
    ),
];
