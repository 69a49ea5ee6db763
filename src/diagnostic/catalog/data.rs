//! Data of experiments: E048x.

use super::{Entry, entry};

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "E0480",
        "data from nowhere",
        "A `data` line is a call: `sample(A) { … }` for trajectories, `states(A) { … }` for states, `csv(\"x.csv\", x = \
         \"position\" [mm])` for a table, `npz(\"x.npz\", x = \"x\")` for an archive of NumPy, \
         `npy(u = \"u.npy\") { axes = [day, x], x = 0..1 }` for arrays over common axes, one row for each element, \
         `helmholtz(d)` for the parts of a field, `drifters(d)` for what it carries. States have no times, so \
         their system must not depend on `t`.",
    ),
    entry(
        "W0480",
        "two data sets of the same random numbers",
        "A random number depends on the seed, the trajectory, the name and the component only, so two lines that sample \
         one system under one seed begin with the same states. A model would be tested on what it was trained on. Give \
         one line a seed of its own, `seed = 2`, or sample once and `split`.",
    ),
    entry(
        "E0481",
        "a data file that cannot be read",
        "The path is relative to the file that names it and stays below its folder (`--root DIR` widens it). A table is \
         UTF-8 text with a comma, semicolon, tab or blanks between its cells; an archive holds arrays of one or two axes.",
    ),
    entry(
        "W0481",
        "rows with a missing value",
        "An empty cell, `nan`, `na` or `null` is a missing value. Its row is left out and is a gap: no difference, no \
         trajectory and no roll-out goes across it.",
    ),
    entry(
        "W0482",
        "data that everybody fetches for himself",
        "The line says with `source = \"…\"` where its file comes from, and the file is not here. The line and those that \
         read it are passed over. A path that begins with `data/` is looked for beside the file that names it, then below \
         the folder that the environment variable `HAMEL_DATA` names: `HAMEL_DATA=~/sets hamel run x.sys` reads \
         `data/a/b.txt` from `~/sets/a/b.txt`.",
    ),
    entry(
        "E0482",
        "a column that is not there",
        "Columns of a file are named as its first line names them, or by their number from 1; where there is no such line, \
         with `header = false`. Columns of data are named as the system that is fitted names its variables.",
    ),
    entry(
        "W0483",
        "a field that was filled in or has holes",
        "`helmholtz` places rows that stand on an even grid, and points without a row are missing, such as land. Other rows are \
         interpolated to the grid that is asked for: `gridding = linear` by the plane through the nearest eight, `nearest` by \
         the nearest one. The note says how far a row lies from what the others say of it; the parts know nothing of that \
         error. `reach = 2` leaves out points farther than two spacings from every row. `drifters` end where the field does.",
    ),
    entry(
        "E0483",
        "a cell that is no number",
        "Every cell of a column that is read is a finite number, or missing (empty, `nan`, `na`, `null`). Decimal points are \
         points. The message names line and column; `skip = 2` passes over lines before the table.",
    ),
    entry(
        "E0484",
        "a split that cannot be made",
        "`split d into train 0.7, valid 0.15, test 0.15` takes fractions of trajectories where there are several, else of \
         rows (`by = rows`), in order; `first = test` deals that part first, and `shuffle = true` deals by chance. The \
         fractions add up to 1, no part is empty, each has a name of its own, and data are split once. Rows that are \
         neighbours of each other leak from one part into the other when they are dealt singly: `by = values(day)` keeps \
         rows of one value together, `by = blocks(x = 5, y = 5)` those of one of 5 × 5 blocks; the fractions are then of \
         the groups.",
    ),
    entry(
        "E0485",
        "noise that cannot be added",
        "Noise is `normal(0, σ)` in the dimension of its column: for all columns, `noise = normal(0, 0.1)`; for values and \
         rates, `noise = { states = …, targets = … }`; for single columns, `noise = { x = 1 [mm], θ = 0.2 [deg] }`.",
    ),
    entry(
        "E0486",
        "rates that are not there",
        "Rates are exact, `targets = analytic`, where a system makes the data, else differences of neighbouring rows with \
         their actual steps: `forward`, `central` or `mean_slopes`. They need times, and never go across a gap or a change \
         of trial.",
    ),
    entry(
        "E0487",
        "a trajectory that does not reach its end",
        "Data are complete or they are not made: one of the random starts leads where the equations cannot be followed. \
         Narrow the starts, shorten `t`, or follow the advice on the outcome.",
    ),
    entry(
        "E0488",
        "data that are not described",
        "`observe = { q = θ, v = θ' }` names columns; `draw a ~ uniform(-1, 1)` a random number of the call; `param g ~ \
         normal(9.8, 0.1)` a random parameter of the system; `trajectories = 100` or `count = 100` how many there are. In \
         `states`, `init q = -1..1 count 25` is an axis of a grid. `t`, `trial` and `init` are no names of columns.",
    ),
    entry(
        "E0489",
        "rows out of order",
        "Within a trial the times grow from row to row, and the rows of a trial stand together. Sort the file; where it \
         holds several recordings, name the column that tells them apart: `trial = \"run\"`.",
    ),
    entry(
        "E0498",
        "a field that is not described",
        "`helmholtz(d, grid = [25, 25]) { at = [x, y], field = [u, v] }` takes two columns of coordinates and two of \
         components, alike in their units, or the rates of the coordinates; `helmholtz(m, q in -1..1 count 50, p in -1..1 count \
         50)` takes the flow of a run or a fit. `where = { day = 12 }` picks rows. `boundary` is `neumann` (the rotational part \
         does not cross the rim: the least rotation), `dirichlet` (D = 0 on the rim: the least dissipation) or `periodic`; \
         `method` is `spectral`, `direct`, `multigrid`, `own` (the H and D of the system), or `relaxation` with `sweeps`, which \
         is the published one, solved to no end. `drifters(d) { at = [x, y], along = day, starts = [0, 1; 2, 3], t = 0..20 by \
         0.5 }` follows what the field carries: components are rates of the coordinates, and `along` names the times of a \
         field that changes.",
    ),
    entry(
        "E0499",
        "a field that cannot be taken apart",
        "The parts of a field stand on an even grid: rows that stand on one, each at a point of its own, or others with \
         `grid = [nx, ny]`. Transforms and the relaxation need every point; `method = direct` and `multigrid` do not. Drifters \
         need a field around the places that they start at and at all their times. Potentials are written out for flows of \
         two numbers that are sums of polynomials times sin, cos, exp, sinh and cosh of linear forms, or times powers and \
         logarithms of one linear form.",
    ),
];
