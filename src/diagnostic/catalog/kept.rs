//! Results that are kept between runs, and files of fitted systems: E056x.

use super::{Entry, entry};

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "E0562",
        "a file of a fitted system that cannot be used",
        "`use \"m.safetensors\" (A)` reads a file that `export m to \"m.safetensors\"` wrote, where `m` is a fit of the system \
         `A`. It carries the text of `A`, what that imports, and what was found, with a digest of everything: a file that \
         was changed or cut off is refused, and so are weights that another program wrote, since nothing says which \
         function they belong to. A fit of a system that has no name of its own, `train(doubled(A), …)`, cannot be \
         imported by one: declare `system B = doubled(A)` and fit that.",
    ),
    entry(
        "W0560",
        "a kept result that cannot be used",
        "What a fit found, and the checkpoints of one that was stopped, are kept below the folder for results, each under \
         a key of everything that it depends on and with a digest of its contents. This one was changed, cut off, or is of \
         something else, so it is not used and the fit is computed anew. `hamel clean FILE` removes everything that is kept \
         of a file; nothing is lost by that but time.",
    ),
    entry(
        "W0561",
        "a result that cannot be kept",
        "The folder for results could not be written: it is full, or belongs to somebody else. The result itself is right \
         and complete. Without checkpoints a fit that is interrupted starts anew.",
    ),
];
