//! Fields on grids: E036x.

use super::{Entry, entry};

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "E0360",
        "a grid that is not one",
        "A grid has one or two axes, each with two ends that stand still and a number of points from 3 on: \
         `grid x in 0..1 count 101, y in 0..2 count 201`. The points include both ends; with `periodic` the upper \
         one is left out. After `with` stand `elements = differences | p1 | q4` and `mass = lumped | consistent`.",
    ),
    entry(
        "E0361",
        "a field without its grid",
        "A field names all axes of one grid, in order: after `grid x in 0..1 count 64, y in 0..1 count 64` it is \
         `field c(x, y)`.",
    ),
    entry(
        "E0362",
        "a boundary that cannot hold",
        "A boundary states the value of a field, or its slope along the axis, at one end of that axis and once: \
         `boundary u(0) = T0, ∂(u, x)(L) = 0`, in two dimensions `c(0, y) = sin(y)`. An end is written as the grid \
         writes it. Beside an energy density the ends are natural (nothing flows through them), so a slope that is \
         not zero is part of the energy there.",
    ),
    entry(
        "E0363",
        "an end about which nothing is said",
        "A flow with derivatives in space looks beyond the last point, and what is there changes the solution. \
         Before: `u' = laplacian(u)` alone; after: with `boundary u(0) = 0, ∂(u, x)(1) = 0`. An energy density has \
         natural ends and needs no boundary.",
    ),
    entry(
        "E0364",
        "a number that differs from point to point",
        "One number is needed where an expression of a field or of a grid coordinate stands. An energy is the \
         integral of its density: `lagrangian L = integral(1/2*u'^2 - 1/2*∂(u, x)^2)`. The value at one place is \
         `u(0.5)`, the largest one in a check `max(u)`.",
    ),
    entry(
        "E0365",
        "an operator without a field",
        "`laplacian`, `div`, `grad(u)`, `integral` and `∂(u, x)` by a grid coordinate are of fields, all of them on one grid: \
         declare `grid x in 0..1 count 101` and `field u(x)`, and write `u' = laplacian(u)`. A relation over a grid holds the rate of the one field that it determines.",
    ),
    entry(
        "E0366",
        "a derivative that the grid does not have",
        "Linear elements have slopes and no second derivatives. More than two derivatives along an axis with ends \
         need two conditions at each, which a flow cannot state; an energy such as `1/2*EI*∂(∂(w, x), x)^2` has natural ends.",
    ),
    entry(
        "E0367",
        "a place on a grid",
        "A place has one coordinate for each axis, inside the grid, that stands still: `u(0.5)`, `c(0.2, 0.3)`. \
         Between points the value is interpolated linearly. A value at a time is `at(u, 2)`.",
    ),
    entry(
        "E0368",
        "a field that is too large to be written out",
        "Comparisons point by point and recorded fields make one column for each point. Compare one number in its place: \
         `max(abs(u - v)) < 1e-6`, or record a value at a place.",
    ),
    entry(
        "E0369",
        "a picture that has no place on a grid",
        "`image(\"plate.png\")` is a quantity on the one grid of a system, from 0 where the picture is black to 1 where it is \
         white; its rows run from the top, the largest `y`. With a pixel for each point it is a field like `x` and `y`; with \
         a pixel for each element of a finite-element grid it is a coefficient inside `integral(…)`. A picture of another \
         size is read with `image(\"plate.png\", nearest)` or `linear`.",
    ),
];
