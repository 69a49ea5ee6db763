//! formalism
