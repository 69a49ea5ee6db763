//! The binary `hamel`.

fn main() {}
