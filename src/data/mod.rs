//! Rows to learn from: bytes → [`Dataset`] with names, units, trials and gaps.
//!
//! | file | what it does |
//! |---|---|
//! | [`dataset`] | columns in SI, rows grouped in trials, parts without copies |
//! | [`rates`] | rates from differences, never across a gap or a change of trial |
//! | [`split`] | parts by fractions, in order or shuffled |
//! | [`table`] | columns of a file as asked for: units, trials, missing cells |
//! | [`csv`] | tables of text |
//! | [`npz`] | archives of NumPy |
//! | [`image`] | pictures as numbers |
//! | [`npy`] | arrays over common axes |
//! | [`legacy`] | NumPy's legacy random numbers, to rebuild published sets |
//!
//! It knows no system and opens no file.

pub mod csv;
pub mod dataset;
pub mod image;
pub mod legacy;
pub mod npy;
pub mod npz;
pub mod rates;
pub mod split;
pub mod table;

pub use dataset::{Column, Content, Dataset, Named, Origin, Starts, Times, Trial, component};
pub use rates::Targets;
pub use table::{Problem, Wanted};
