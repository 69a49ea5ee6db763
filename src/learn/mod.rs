//! Learning: systems with holes and data to systems without.
//!
//! ```text
//! equations with nets ─adjoint→ S ─lower→ program of loss and gradient ─train→ weights
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | [`lower`] | expressions with nets as batched programs |
//! | [`adjoint`] | rates, residuals and their cotangents |
//! | [`rows`] | data in the places of the equations |
//! | [`weights`] | everything that is learned as one vector |
//! | [`bindings`] | which slot of a program holds what |
//! | [`objective`] | losses |
//! | [`optimizer`] | rules that change weights |
//! | [`schedule`] | how their rate changes |
//! | [`initialise`] | first weights |
//! | [`batch`] | which rows a step takes |
//! | [`train`] | the loop |
//! | [`finished`] | a training that has ended, as numbers to keep |
//! | [`saved`] | weights and checkpoints as bytes |

pub mod adjoint;
pub mod batch;
pub mod bindings;
pub mod finished;
pub mod initialise;
pub mod lower;
pub mod objective;
pub mod optimizer;
pub mod rows;
pub mod saved;
pub mod schedule;
pub mod train;
pub mod weights;
