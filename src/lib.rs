//! `hamel`: one readable `.sys` file states a physical system; the library derives its equations
//! exactly, compiles them, and integrates them with the method their structure deserves.
//!
//! ```text
//! Source ─parse→ Ast ─resolve→ System ─derive→ EquationsOfMotion ─compile→ Kernel ─integrate→ Trajectory ─report→ Report
//! ```
//!
//! - **Syntax**: [`syntax`] turns text into [`syntax::tree::Ast`] and back.
//! - **Model**: [`model`] binds names, shapes, index sets and dimensions into a `System`.
//! - **Derivation**: [`formalism`] turns a system into its equations of motion.
//! - **Numbers**: [`kernel`] compiles them, [`integrate`] steps them, [`report`] writes them down.
//!
//! Modules are declared in the order of their layers; a module imports only from those above it.

// Layer 1
pub mod diagnostic;
pub mod files;
pub mod limits;
pub mod real;
// Layer 2
pub mod dimension;
pub mod symbolic;
pub mod syntax;
// Layer 3
pub mod data;
// Layer 4
pub mod model;
// Layer 5
pub mod formalism;
// Layer 6
pub mod lanes;
// Layer 7
pub mod tensor;
// Layer 8
pub mod kernel;
// Layer 9
pub mod integrate;
// Layer 10
pub mod learn;
// Layer 11
pub mod analyse;
pub mod distill;
// Layer 12
pub mod report;
// Layer 13
pub mod run;
// Layer 14
pub mod cli;
