//! From a system to its equations of motion.

pub mod equations;
pub mod facts;
