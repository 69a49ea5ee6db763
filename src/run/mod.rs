//! The conductor: one file's tasks, from text to results in memory.
//!
//! | file | what it does |
//! |---|---|
//! | [`source`] | a file with its imports |
//! | [`prepare`] | a system with what the command line or an experiment sets on top |
//! | [`numbers`] | constant expressions to numbers |
//! | [`start`] | parameters and the state that a run begins with |
//! | [`codes`] | the pages of all diagnostics |
//! | [`nets`] | weights of learned functions |
//! | [`choose`] | the method and its step, with the reason |
//! | [`simulate`] | one run of one system |
//! | [`output`] | what a run produced, and what is asked of it |
//! | [`sample`] | many trajectories or states of one system |
//! | [`draws`] | random numbers of starts, parameters and noise |
//! | [`training`] | one fit |
//! | [`identity`] | what a result depends on, as a key |
//! | [`fitted_file`] | files of fitted systems |
//! | [`kept_run`] | trajectories as arrays, to be kept |
//! | [`store`] | where results of earlier runs are kept |
//! | `watch` | assumptions, growth of errors and progress along a run |
//! | `horizon` | how far a chaotic run can be trusted |
//! | [`record`] | columns, certificates and functionals along a run |
//! | [`verdict`] | checks |
//! | [`picture`] | figures of a run |
//! | [`ending`] | what is said of a run that failed |
//! | [`results`] | what a run leaves on the disk |
//! | [`derivation`] | reports on equations, momenta and facts |
//! | [`tape`] | what is computed, counted |
//! | [`evaluate`] | one expression with the names of a file |
//! | [`experiment`] | runs, plots, checks and exports, line by line |

pub mod choose;
pub mod codes;
pub mod derivation;
pub mod draws;
mod driven;
pub mod ending;
pub mod evaluate;
pub mod experiment;
pub mod fitted_file;
mod horizon;
pub mod identity;
pub mod kept_run;
pub mod natural;
pub mod nets;
pub mod numbers;
pub mod output;
pub mod picture;
pub mod prepare;
pub mod record;
mod recording;
pub mod results;
pub mod sample;
pub mod simulate;
pub mod source;
pub mod start;
pub mod store;
pub mod tape;
pub mod training;
pub mod verdict;
mod watch;

pub use output::RunOutput;
pub use prepare::{Overrides, Prepared};
pub use simulate::simulate;
pub use source::{Loaded, load_file};
