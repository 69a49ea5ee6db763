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
];
