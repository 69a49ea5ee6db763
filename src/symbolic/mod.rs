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
//! | learned functions | `net net_info nets net_call net_node bundle elements expand_nets` |
//! | calculus | `differentiate tangent tangents gradient gradient_entries hessian jacobian` |
//! | change | `substitute substitute_all expand gather present import` |
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
//! - `running_sum(domain, body, upto)` is `read(scan(domain, body, false), upto − lo)`: sums up to and
//!   with `upto`, 0 where `upto < lo`; `running_sum_from` counts from the upper end.
//! - A domain with a condition is `domain(level, ranges, Some(condition))`, the condition being written
//!   over the indices of `domain(level, ranges, None)`, the body over those of the new domain.
//! - `read` counts from 0. Reading a scan or scatter outside its extent gives 0, and scatter entries
//!   whose index lies outside add nothing.
//!
//! # Calculus
//!
//! - `differentiate(expr, leaf)` and `gradient(scalar, leaves)`: the leaves are scalar symbols or
//!   elements `read(array, number)`.
//! - `tangent(expr, seeds)`: a direction gives each scalar a scalar change, each array an array
//!   expression of its length; `expr` may be an array.
//! - `gradient_entries(scalar, leaves)`: the gradient in a flat vector as scatter entries, each counting
//!   once for every tuple of the free domains of its index and value: `scatter(n, entries)` is the
//!   gradient as an array, and its tangents are the columns of the Hessian (so the mass matrix).
//!
//! ```
//! use hamel::symbolic::{Graph, Seeds, SymbolInfo, Text};
//! let mut g = Graph::new();
//! let x = g.symbol(SymbolInfo::array("x", 100));
//! let x = g.array(x);
//! let links = g.domain(0, &[(1, 99)], None);
//! let i = g.index(links, 0);
//! let one = g.one();
//! let before = g.sub(i, one);
//! let (here, left) = (g.read(x, i), g.read(x, before));
//! let stretch = g.sub(here, left);
//! let square = g.powi(stretch, 2);
//! let energy = g.sum_over(links, square);
//! let entries = g.gradient_entries(energy, &[(x, 0)]);
//! assert_eq!(entries.len(), 2); // at i and at i − 1, for all 99 links
//! assert_eq!(Text::new().print(&g, energy), "sum((x[i + 1] - x[i])^2 for i in 1..99)");
//! ```
//!
//! # Budgets
//!
//! See [`Graph::is_full`]. No walk recurses deeper than domains are nested.

mod bounds;
mod call;
mod derivative;
pub mod evaluate;
mod expand;
mod facts;
mod family;
mod function;
mod gather;
mod gradient;
mod graph;
mod import;
mod logic;
pub mod net;
mod node;
mod polynomial;
mod present;
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
pub use graph::{Excess, Graph};
pub use import::Import;
pub use net::{Activation, Architecture, NetId, NetInfo, WeightShape};
pub use node::{
    Comparison, Domain, DomainId, ElementNames, Entry, ExprId, FoldOp, Node, Standing, SymbolId, SymbolInfo,
};
pub use polynomial::Quadratic;
pub use print::{Latex, Text, index_letters};
pub use rational::Rational;
pub use substitute::Substitution;
