//! Behaviour of the symbolic layer, against dual numbers and against itself written out.

mod expressions;
mod families;
mod printing;
mod raw;
mod rules;
