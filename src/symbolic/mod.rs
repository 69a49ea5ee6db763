//! Hash-consed expressions: exact numbers, functions, families of terms, and their derivatives.
//!
//! # Building
//!
//! A [`Graph`] holds everything; an [`ExprId`] is an expression in it. Equal expressions are the same
//! id, so zero and equality are decided by form. Builders bring what they build into canonical form:
//!
//! ```
//! use hamel::symbolic::{Function, Graph, SymbolInfo};
//! let mut g = Graph::new();
//! let x = g.symbol(SymbolInfo::scalar("x"));
//! let x = g.scalar(x);
//! let (s, c) = (g.call(Function::Sin, &[x]), g.call(Function::Cos, &[x]));
//! let (s2, c2) = (g.powi(s, 2), g.powi(c, 2));
//! assert_eq!(g.sum(&[s2, c2]), g.one());
//! assert_eq!(g.differentiate(s, x), c);
//! ```
//!
//! | what | methods of [`Graph`] |
//! |---|---|
//! | numbers | `number integer rational pi zero one` |
//! | symbols | `symbol(SymbolInfo) -> SymbolId`, `scalar`, `array`, `symbol_info` |
//! | arithmetic | `sum add sub neg scale linear_combination`, `product mul div reciprocal`, `power powi pow_rational sqrt` |
//! | functions | `call(Function, args)`, `abstract_call`; the table is [`FUNCTIONS`] |
//! | truth | `boolean compare and or not select` |
//! | families | `domain index sum_over fold scan running_sum running_sum_from scatter scatter_within read` |
//! | calculus | `differentiate tangent tangents gradient gradient_entries hessian jacobian` |
//! | change | `substitute substitute_all expand shorten` |
//! | questions | `node domains_of reachable depends_on free_leaves count_nodes is_nonnegative is_positive is_integer degree_in is_polynomial_of_degree collect_quadratic is_even_in` |
//! | printing | [`Text`], [`Latex`] |
//! | value | [`evaluate()`], by definition |
//!
//! # Families
//!
//! A [`Domain`] is a box of integer ranges with an optional condition; `index(domain, k)` is its
//! `k`-th variable. An expression *depends on* the domains whose indices are free in it
//! ([`Graph::domains_of`]); `sum_over`, `fold` and `scan` bind theirs, a scatter binds all free ones of
//! its entries (but those in `outer`). Nested domains must have rising levels.
//!
//! # Budgets
//!
//! See [`Graph::is_full`]. No walk recurses deeper than domains are nested.

mod call;
mod derivative;
pub mod evaluate;
mod expand;
mod facts;
mod family;
mod function;
mod gradient;
mod graph;
mod logic;
mod node;
mod polynomial;
mod print;
mod product;
mod rational;
mod substitute;
mod sum;
mod summands;
mod walk;

pub use derivative::Seeds;
pub use evaluate::evaluate;
pub use function::{FUNCTIONS, Function, FunctionInfo, Parity, Range, Smoothness};
pub use graph::Graph;
pub use node::{Comparison, Domain, DomainId, Entry, ExprId, FoldOp, Node, SymbolId, SymbolInfo};
pub use polynomial::Quadratic;
pub use print::{Latex, Text};
pub use rational::Rational;
pub use substitute::Substitution;
