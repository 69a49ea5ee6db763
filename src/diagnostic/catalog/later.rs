//! What later versions bring: E09xx.

use super::{Entry, entry};

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "E0900",
        "a statement that comes later",
        "The statement belongs to the language and is understood, and this version cannot honour it. It is \
         not passed over: nothing is run. Remove it, or state the physics in another way.",
    ),
    entry(
        "E0901",
        "a derivation that comes later",
        "This derivation belongs to the language and is not built yet. This version has `doubled`, \
         `reversed` and `legendre`. Nothing is run in its place.",
    ),
    entry(
        "W0901",
        "a switch that is not located",
        "`abs`, `sign`, `min`, `max`, `clamp` or `if` of something that moves stands in the equations. Error \
         control steps over the kink with small steps; locating it exactly comes with events. Tighten `rtol` \
         where it matters.",
    ),
    entry(
        "E0903",
        "a function that comes later",
        "This function belongs to constraints, which are not built yet. Nothing is put in its place. Remove it.",
    ),
    entry(
        "E0904",
        "a line of an experiment that comes with a later version",
        "The line is understood and cannot be honoured by this version, so nothing is run. `hamel list lines` says which lines work; remove this one, or run another experiment of the file.",
    ),
];
