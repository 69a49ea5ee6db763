//! Physics: E03xx.

use super::{Entry, entry};

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "E0301",
        "a derivative of too high an order",
        "The equation of a coordinate gives its second derivative and that of a state its first; no higher \
         one is known along the motion. Before: `x'''`; after: `x''`.",
    ),
    entry(
        "E0302",
        "the time derivative of an input",
        "An `input` comes from outside, as values in time, and has no derivative. A function of time that is \
         known is a definition: `u = sin(ω*t)`, and `u'` exists.",
    ),
    entry(
        "E0303",
        "a derivative where none may stand",
        "A Lagrangian, Rayleigh function or force contains coordinates and their first derivatives; a \
         Hamiltonian contains none. Before: `hamiltonian H = m*q'^2/2`; after: `hamiltonian H = p^2/(2*m)`.",
    ),
    entry(
        "E0304",
        "a force on something that does not move",
        "A force does work on a coordinate, or on a point: a vector coordinate or a definition that depends \
         on coordinates. It never acts on a `state` or a parameter. Before: `force f on l = 2`; after: `force \
         f on tip = [0, 2]`.",
    ),
    entry(
        "E0305",
        "a second generator",
        "A system has one Lagrangian, Hamiltonian or dissipative function, one bracket and one mass. Add the parts up in one \
         line. Before: `lagrangian L1 = T`, `lagrangian L2 = -V`; after: `lagrangian L = T - V`.",
    ),
    entry(
        "E0306",
        "a component that would not take part",
        "The generator of a component counts only through the outer one, which must contain it. Before: \
         `lagrangian L = a.L`; after: `lagrangian L = a.L + b.L - V`. Where the outer system states none, \
         those of the components are added.",
    ),
    entry(
        "E0307",
        "a bracket of the wrong size",
        "J has one row and one column for each component of the states, in the order of declaration. Before: \
         a 2 × 2 bracket for three states; after: `bracket J = hat(Π)`.",
    ),
    entry(
        "E0308",
        "two equations for one variable",
        "Every coordinate, momentum, state and component ends with exactly one equation. A generator gives \
         one to each of its variables. Before: `lagrangian L = …` and `x'' = -x`; after: `force f on x = …` \
         in place of the second.",
    ),
    entry(
        "E0309",
        "a variable without an equation",
        "Nothing says how this variable moves, and nothing is assumed. State its rate, `x' = …`, its \
         acceleration, `q'' = …`, or a generator that contains it; a quantity that stands still is a `param`.",
    ),
    entry(
        "E0310",
        "a Lagrangian that does not determine an acceleration",
        "The mass matrix ∂²L/∂q'∂q' has a row of zeros: this velocity occurs in L not at all or only \
         linearly. Before: `L = 1/2*m*θ'^2 - V(θ, φ)`; after: a kinetic term for φ, `param φ`, or a state \
         with an equation of its own.",
    ),
    entry(
        "E0311",
        "too many or too few equations",
        "There are as many equations as rates that they have to give. The note names the variables without an \
         equation of their own. Remove one, or state the one that is missing.",
    ),
    entry(
        "E0312",
        "an equation without a rate",
        "`equation` is solved for the highest derivatives, and this one contains none, so it is a constraint \
         between values. Before: `equation x^2 + y^2 = 1`; after: a coordinate that keeps it, such as an \
         angle.",
    ),
    entry(
        "E0313",
        "a force or dissipation with nothing to act beside",
        "`force`, `rayleigh` and `irrotational` add to the equations of a Lagrangian or Hamiltonian. Beside \
         stated equations write them into the equation: `x'' = -k*x - c*x'`.",
    ),
    entry(
        "E0314",
        "a coordinate without a momentum",
        "Hamilton's equations need a momentum for each coordinate. Before: `coord q, w` with `momentum p of \
         q`; after: `momentum p, s of q, w`. With a `bracket` the pairs are not needed.",
    ),
    entry(
        "E0315",
        "a momentum without a Hamiltonian",
        "A momentum is a variable of a `hamiltonian` system. In a Lagrangian system it is a definition: `p = \
         ∂(L, q')`.",
    ),
    entry(
        "E0316",
        "a bracket without a Hamiltonian",
        "A bracket turns the gradient of a Hamiltonian into rates, `z' = J ∇H`. State `hamiltonian H = …` \
         beside it.",
    ),
    entry(
        "E0317",
        "a system in which nothing moves",
        "There is no `coord` and no `state`, so there is nothing to derive. Declare one; constants and \
         functions alone stand at the top level of a file.",
    ),
    entry(
        "E0318",
        "a reversed system that depends on time",
        "`reversed(A)` runs A's equations with every rate negated in forward time, which has no meaning where \
         `t` stands in them. Integrate A itself backwards: `t = 20..0`.",
    ),
    entry(
        "E0320",
        "a start that is missing",
        "Nothing starts at zero by itself: every coordinate, velocity, momentum and state needs an `init`. \
         Before: `init x = 1`; after: `init x = 1, x' = 0`. A mirror starts where its original does.",
    ),
    entry(
        "E0321",
        "a run without a length",
        "The system has no `simulate` block and the command line gives no `--t`. Write `simulate { t = 0..10 \
         [s] }`, or call with `--t 0..10[s]`.",
    ),
    entry(
        "E0323",
        "a function without a body cannot be simulated",
        "`V(s) : [J]` stands for any function: general equations are derived with it. A run needs its values. \
         Before: `V(s) : [J]`; after: `V(s) = 1/2*k*s^2`.",
    ),
    entry(
        "E0324",
        "a start that breaks an assumption",
        "`assume` is tested at the start and at every step, and the start breaks it already. Change the start \
         or the assumption: for `assume r > 0`, `init r = 1 [m]`.",
    ),
    entry(
        "E0325",
        "a start at which a rate is not finite",
        "At this start the equations give infinity or no number: something is divided by zero, or a root is \
         taken of a negative number. Two bodies at one place are the common case: move one of them.",
    ),
    entry(
        "E0326",
        "a start at which the mass matrix is singular",
        "At this start the accelerations are not determined along the named coordinate, as at the poles of \
         Euler angles. Start beside it, or use other coordinates.",
    ),
    entry(
        "E0327",
        "a start at which implicit equations cannot be solved",
        "Newton's method finds no rates at this start. The equations may have none there: look for roots of \
         negative numbers and for jumps.",
    ),
    entry(
        "E0328",
        "an irrotational part in a Lagrangian system",
        "`irrotational D` acts on coordinates and momenta: `q' += ∂D/∂q`, `p' += ∂D/∂p`. A Lagrangian system \
         has no momenta among its variables. Write a `rayleigh` function or a `force`.",
    ),
    entry(
        "E0329",
        "a force or dissipation beside a bracket",
        "With a bracket the equations are `z' = J ∇H` and nothing else, so a force or Rayleigh function \
         beside it would be lost. Put dissipation into the matrix, `bracket J = S - D`, or state the rates \
         without a bracket.",
    ),
    entry(
        "E0330",
        "a system that has no Legendre transform",
        "`legendre(A)` turns coordinates and velocities into coordinates and momenta `p = ∂L/∂q'`, so A needs a \
         `lagrangian`. A system with a `hamiltonian` has its momenta already; one with `q'' = …` has no \
         Lagrangian to take them from.",
    ),
    entry(
        "E0350",
        "an activation that is not smooth enough",
        "The equations of a Lagrangian take two derivatives of a net in it, those of a Hamiltonian one, and a fit \
         takes one more, by the weights. `relu` has a first derivative almost everywhere and a second that is \
         zero where it exists: a mass matrix made of it would be zero, and training would not see what the \
         equations use. Write `softplus`, which has the same shape, or `tanh`, `swish`, `sin`.",
    ),
    entry(
        "E0351",
        "a net that is not fitted",
        "A system with nets has equations, and no numbers before its weights are found. Every command derives and \
         checks it; a run of its first, random weights would say nothing about anything. Fit it in an experiment, \
         `fit m = train(A, on = …)`, and run `m`; where the first weights themselves are of interest, write \
         `simulate(A, untrained = true)`.",
    ),
    entry(
        "E0352",
        "weights that do not fit their net",
        "Weights belong to one architecture: as many arrays, of the same sizes, all of finite numbers. These were found \
         for another one. Give the net the architecture that it had when it was fitted, or fit it again.",
    ),
    entry(
        "E0331",
        "something beside a dissipative function",
        "A `dissipative` function gives the whole equation of each coordinate and state, damping included; a \
         `rayleigh` or `irrotational` function or a `force` has no place beside it. Before: `dissipative D = \
         …`, `rayleigh R = 1/2*r*q'^2`; after: `dissipative D = … + 1/2*r*q*q'`.",
    ),
    entry(
        "E0333",
        "a mass that does not fit",
        "A `mass` is one number, or a square matrix with a row for each component; it stands before the rates \
         of states that have `x' = …` or a `dissipative` function, or before the accelerations of coordinates \
         of a `dissipative` function. A Lagrangian or Hamiltonian holds its masses itself. Before: `mass M = \
         [1, 2]`; after: `mass M = [1, 0; 0, 2]`.",
    ),
    entry(
        "E0334",
        "a mass that is not symmetric",
        "A dissipative function falls along its motion because its mass is symmetric and positive definite. \
         Another matrix makes another flow, which is stated as one: `equation M*x' = …`. Before: `mass M = \
         [2, 1; 0, 2]`; after: `mass M = [2, 1; 1, 2]`.",
    ),
];
