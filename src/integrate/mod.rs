//! Kernel → trajectory, with an outcome.
