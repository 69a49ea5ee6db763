//! Declarations of learned functions: E049x.

use super::{Entry, entry};

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "E0490",
        "a net without an architecture",
        "The right side of a `net` says how it is computed: `mlp([64, 64], tanh)` has two hidden layers of 64 and \
         the activation `tanh` between them; `cholesky_mlp([64, 64], softplus)` is for a positive definite matrix. \
         Arguments and results are real quantities: numbers, vectors and matrices. A function with a formula is \
         `fn f(x) = …`.",
    ),
    entry(
        "E0491",
        "hidden widths that are none",
        "The first argument of an architecture is the list of its hidden widths: `[64, 64]`, or `[64]` for one \
         layer. A width is a whole number that is known when the file is read, a number or a `const`, and the net \
         must not have more weights than can be held with their gradients.",
    ),
    entry(
        "E0492",
        "an unknown activation",
        "The second argument of an architecture is the function between its layers: `tanh`, `softplus`, `sigmoid`, \
         `swish`, `sin` or `relu`. All but `relu` have every derivative, which a Lagrangian or a Hamiltonian needs.",
    ),
    entry(
        "E0493",
        "an option that an architecture does not have",
        "Behind widths and activation stand options by name: `seed = 1` for the first weights, `init = uniform`, \
         `orthogonal` or `lnn` for how they are drawn, `residual = true` to add the layer before where the widths \
         agree, `bias = false` and `output_bias = false` to leave out constants. Anything else is an error: an \
         option that is passed over would train another net than the one that was meant.",
    ),
    entry(
        "E0494",
        "a result that the architecture does not give",
        "A result `spd(n)` is positive definite by construction, as `L*L^T` of a lower triangular `L` with a positive \
         diagonal; `cholesky_mlp` makes it, and nothing else. An `mlp` gives numbers, vectors, matrices and \
         symmetric matrices without further promise.",
    ),
    entry(
        "E0495",
        "an attribute that a net does not have",
        "Behind `with` stand properties that hold by construction: `periodic(q)` or `periodic(q, L)`, `even(v)`, \
         `odd(v)`, `nonnegative`, and `strongly_convex(v)`. They take arguments of the net by their names; a \
         period is a constant of the dimension of its argument.",
    ),
    entry(
        "E0496",
        "attributes that contradict each other",
        "No function has these properties together, or none but zero: what is even and odd is zero, what is odd and \
         nowhere negative is zero, what is periodic is not convex, and only a number is convex. Remove one of them.",
    ),
    entry(
        "E0497",
        "an activation that is not convex",
        "`strongly_convex(v)` makes the net convex layer by layer: weights behind the first layer are positive, and \
         the activation must be convex and increasing. `softplus` is both and has every derivative. `tanh`, `sin`, \
         `sigmoid` and `swish` are not convex.",
    ),
    entry(
        "W0499",
        "a net that nothing calls",
        "The net is declared and no equation, force or observed quantity reads it, so a fit has nothing to find its \
         weights by. Use it, or remove it. A net of the top level belongs to the systems that call it.",
    ),
    entry(
        "E0550",
        "a comparison of what is no fit",
        "A comparison names fits and data: `compare [mlp, hnn] on d.test { metrics = [rmse(q)] }`. Models come from \
         `fit` lines above it, each once. A law with nothing to learn is compared as the truth that its data come \
         from: every score is against it.",
    ),
    entry(
        "E0551",
        "a metric that cannot be taken",
        "Metrics are listed by `hamel list metrics`, each with its equation. Their quantities are in the names of the \
         system that made the data, or of the columns. A quantity of the true system is read of a model through the \
         columns that show its state: with `observe = { q = θ, v = θ' }` a model with `q` and `v` shows θ and its \
         rate. What nothing in a model stands for cannot be compared, and errors of different units do not add up.",
    ),
    entry(
        "E0552",
        "a metric of rates without rates",
        "`derivative_mse` compares rates at the rows of the data with theirs: make them with the data, `targets = \
         central`. `floor` is the same score of the true law at the same noisy rows, which is known only where the \
         data come from `sample` or `states`, and where their columns show its state. No model can be told from the \
         true law below its floor.",
    ),
    entry(
        "E0553",
        "rollouts that cannot start, or cannot go on so long",
        "Models start where trajectories of the data start, and are compared with the truth from there. Of data from \
         `sample` and `states` the truth is simulated again, for as long as `rollout = 0..20 by 0.05` says. Of a file \
         nothing is known beyond its rows, so `rollout` is left out and the models run over the times of the rows. \
         Shuffled rows are no starts; other data may give them: `starts = e`. Inputs that are columns of the data are \
         straight between their rows, and a model cannot be run beyond them.",
    ),
    entry(
        "E0554",
        "a published value of nothing",
        "`published = { hnn.energy_mse = 3.84e-4 ± 6.5e-5 }` stands beside a score of the same line, named by its model \
         and its metric, in the unit of that score. *match* is a median within the published spread, *beat* a \
         better one, *short* a worse one; a score at the floor of the noise is never called a gain.",
    ),
    entry(
        "E0555",
        "a truth that does not last",
        "The system that made the data fails before the end of the rollouts from one of their starts, so there is \
         nothing to compare models with. Shorten `rollout`, or take other starts.",
    ),
    entry(
        "W0550",
        "rollouts that failed",
        "A model was run from the starts of the data, and some runs ended early: a learned field may be singular or \
         grow without bound where there were no data. Scores over such a run are infinite, so that no failure \
         looks like a small error; its valid time ends where it failed. The table says how many there were.",
    ),
];
