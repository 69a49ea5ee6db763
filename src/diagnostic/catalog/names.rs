//! Syntax of names, scope and imports: E01xx.

use super::{Entry, entry};

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "E0118",
        "a name that is not declared",
        "No declaration, definition or import of this name is in sight. A system sees its own names and those \
         of its file, never another system's. Before: `V = m*gg*y`; after: `V = m*g*y` with `param g = 9.81 \
         [m/s^2]`.",
    ),
    entry(
        "W0123",
        "a name that hides a given function",
        "A declared name hides the function of that name in its block. That is allowed: `param norm = 2` \
         makes `norm` the parameter. Rename it where the function is wanted too.",
    ),
    entry(
        "E0129",
        "a file of another version",
        "The first line names a version of the language that this program does not read. Get the program that \
         reads it, or change the line to `sys 0.1` and look at what is then reported.",
    ),
    entry(
        "E0120",
        "a name that is declared twice",
        "One block declares a name once; generators, momenta, components, constraints, events and named \
         observables declare theirs too. The second one is reported with the first beside it. In `system B \
         extends A` the names of A count as declared; to give one a new value write `A with { param k = 3 }`.",
    ),
    entry(
        "E0121",
        "a definition that needs itself",
        "Definitions are meanings and not steps, so a ring of them has no meaning. Before: `a = b + 1`, `b = \
         2*a`; after: one of them is given a value. What changes in time is a `coord` or a `state`; a \
         recurrence over an index is a sum, `sum(l[j] for j in 1..i)`. Functions, systems and components \
         cannot contain themselves either.",
    ),
    entry(
        "E0122",
        "`t` or `π` declared",
        "The time `t` and the number `π` are given everywhere and cannot be declared. Choose another name: \
         `param t0 = 3 [s]`.",
    ),
    entry(
        "E0123",
        "an import that cannot be read",
        "The path of a `use` line leads to no text that may be read. A path in quotes is relative to the file \
         that names it and stays inside the folder of the main file; `std/…` is the library. Before: `use \
         \"nowhere.sys\"`; after: `use \"parts/elements.sys\"`.",
    ),
    entry(
        "E0124",
        "files that import each other",
        "Two files cannot each need the other. Move what both need into a third file and import that from \
         both: `use \"common.sys\" (spring)`.",
    ),
    entry(
        "E0125",
        "an import that has no such name",
        "The file or library exists and has no such name at its top level. The message lists what it has. \
         Before: `use \"elements.sys\" (sprng)`; after: `use \"elements.sys\" (spring)`.",
    ),
    entry(
        "E0126",
        "an import without a usable name",
        "`use \"my-elements.sys\"` would be read through `my-elements`, which is no name. Give it one with \
         `as`: `use \"my-elements.sys\" as elements`, or list what is wanted.",
    ),
];
