//! Vector field → trajectory, with an outcome.
//!
//! [`integrate`] steps `y' = f(t, y)` over a [`Span`] with one of the methods of
//! [`method::METHODS`] and returns a [`Trajectory`], which never comes without an [`Outcome`].
//! Nothing here knows the inside of a vector field.
//!
//! - [`span`]: the grid of samples, and the instants no step may cross.
//! - [`method`]: one file per method: order, properties, reference, then the step.
//! - [`controller`]: error norm, starting step, step-size control.
//! - [`auto`]: which method where the file leaves it open.
//! - [`growth`]: how a small perturbation grows along a run; `propagator`: the tangent map of many components.
//! - [`outcome`]: how a run can end, each ending with a sentence of advice.

mod adaptive;
pub mod auto;
mod companion;
pub mod controller;
mod driver;
mod fixed;
pub mod growth;
pub mod krylov;
pub mod method;
mod observer;
pub mod outcome;
mod pilot;
mod probe;
mod propagator;
mod reach;
pub mod span;
pub mod splitting;
mod stage_matrices;
pub mod trajectory;

pub use auto::{Choice, StructureFacts, choose, shortest_period};
pub use driver::{Settings, integrate, integrate_with};
pub use growth::Growth;
pub use method::{METHODS, Method, MethodEntry};
pub use observer::{Observer, Quadrature, Silent, Step, Stop};
pub use outcome::Outcome;
pub use span::{Span, SpanError};
pub use trajectory::{Interpolants, Statistics, Switch, Trajectory};
