//! Batched programs: products with weights, elementwise chains, their derivatives, and networks.
//!
//! A [`Builder`] holds a program in single assignment over two kinds of values ([`Shape`]): *lanes*,
//! one column per sample of the batch, and *shared* matrices such as weights. [`Builder::vjp`] and
//! [`Builder::jvp`] give derivatives as values of the same builder, so any order is available.
//! [`net::emit`] writes a multilayer perceptron with its directional derivatives in the fewest
//! products that are known. [`Compiled`] plans a program once and runs it over blocks of the batch.
//!
//! | file | what it holds |
//! |---|---|
//! | [`builder`] | values and operations, shared and folded |
//! | `fold` | what elementwise operations simplify to |
//! | `partial` | the derivative of every elementwise operation |
//! | `jvp` `vjp` | derivatives of programs, forwards and backwards |
//! | [`run`] | plans, kernels, products, shares of the batch |
//! | [`net`] | perceptrons: forward pass, tangents, gradients, parameter gradients |
//! | [`ordered`] | execution in f64 with a fixed order of every sum, in stages |

pub mod builder;
pub mod evaluate;
mod fold;
mod jvp;
pub mod net;
pub mod ordered;
mod partial;
pub mod run;
mod vjp;

pub use builder::{Builder, Multiplication, ProductForm, Products, Shape, Value};
pub use evaluate::evaluate;
pub use ordered::Ordered;
pub use run::{Columns, Compiled, Number, Options};
