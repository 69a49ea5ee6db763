//! Learning: systems with holes and data to systems without.
//!
//! | file | what it holds |
//! |---|---|
//! | [`initialise`] | first weights |

pub mod initialise;
