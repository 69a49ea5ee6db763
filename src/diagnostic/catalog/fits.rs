//! Fits: E054x, W0590, W0591.

use super::{Entry, entry};

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "E0540",
        "a fit that is not understood",
        "`fit m = train(A, on = d.train, valid = d.valid) { … }` finds the nets of a system, and the parameters that `learn` \
         names, from data. What says how stands in braces: `loss`, `optimizer`, `epochs` or `steps`, `batch`, `precision`.",
    ),
    entry(
        "E0541",
        "data that a loss cannot use",
        "`derivative` and `residual` compare rates, which are made with the data: `targets = analytic`, `forward`, `central` \
         or `mean_slopes`. `trajectory(horizon = …)` follows rows in time, so it needs trajectories.",
    ),
    entry(
        "E0542",
        "nothing of this name can be learned",
        "`learn` names nets and parameters of the system, `learn = [Rθ, l]`. Inputs are given by the data, and constants \
         are part of the equations.",
    ),
    entry(
        "E0543",
        "an unknown loss, optimizer or schedule",
        "`hamel list losses`, `hamel list optimizers` and `hamel list schedules` show what there is, with the settings of \
         each. The first setting of an optimizer is its rate: `adam(1e-3, decay = 1e-4)`.",
    ),
    entry(
        "E0544",
        "a fit where a run is meant",
        "A fit is a system and numbers: what was learned, `loss`, `valid_loss`, `steps`, `params`. Quantities that move belong \
         to a run of it: `run r = simulate(m, t = 0..10)`, then `r.q`.",
    ),
    entry(
        "E0545",
        "a function that cannot be distilled",
        "`distill(h.Rθ)` takes a function of a fit by its name: a net of its system, or a definition with arguments. Its value is one \
         number, and beside its arguments it reads parameters only. What is found is a function and two numbers, `f.rmse` and \
         `f.complexity`.",
    ),
    entry(
        "E0546",
        "weights that do not fit a changed system",
        "`adapt(m with { scale D by 2 })`, `adapt(m(n = 100))` and `simulate(m(n = 100), …)` take the nets of the fit as they are, \
         so the changed system must have nets of the same names, widths, inputs and outputs. A net of a few neighbours in a sum \
         over `1..n` does; a net of all of them does not.",
    ),
    entry(
        "E0547",
        "how a function is distilled",
        "`operators` is a list of texts, `[\"+\", \"*\", \"^\", \"sin\"]`: signs, and names of functions of one argument. A net is sampled at \
         the arguments that it has in its system at the rows of the training; another function, or a net that is called in a sum, \
         needs a range for every argument: `distill(h.U) { x = -1 [m]..1 [m] count 50 }`.",
    ),
    entry(
        "E0548",
        "equations that this loss cannot learn through",
        "A loss is differentiated by the weights through the equations, so these must give the rates: explicitly, or as the \
         solution of linear equations. A loss along runs also needs trials at least as long as its horizon, and scales of nets are taken from arguments that \
         can be computed at the rows (`scale = false` leaves them at 1).",
    ),
    entry(
        "E0549",
        "a weight that is none",
        "The weight of a loss is one number per row, finite and not negative: an expression in the names of the system, or \
         `1/noise`, for which the data must declare the noise of their columns.",
    ),
    entry(
        "W0590",
        "a training that met no number",
        "The loss of a step was infinite or not a number, so the training ended with the weights before it. The message names \
         the row and the component: an outlier, a state where a learned mass matrix is singular, or a rate that is too high.",
    ),
    entry(
        "W0591",
        "a training that made the loss larger",
        "At the end the loss is larger than at the weights that the training began with, so nothing was learned. Mostly the \
         rate is too high: every step goes too far. With `valid` the weights are those of its best check all the same.",
    ),
];
