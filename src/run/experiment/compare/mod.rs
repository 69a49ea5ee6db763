//! `compare [m, n] on d.test { metrics = [rmse(q), energy_mse(E)], rollout = 0..20 by 0.05, repeat = 5 }`
//!
//! | file | what it does |
//! |---|---|
//! | [`metric`] | scores of columns, each with its equation |
//! | [`metric_rates`] | scores of rates at rows |
//! | `line` | the line resolved: models, data, options, what later lines read |
//! | `model` | a model's places in the data |
//! | `quantity` | quantities of metrics, in the names of the true system and of the columns |
//! | `options` | metrics, spans, published values |
//! | `rollout` | runs of the truth and of models from the starts of data |
//! | `again` | fits with other seeds, stage by stage |
//! | `execute` | rollouts, scores |

mod again;
mod execute;
mod line;
pub mod metric;
pub mod metric_rates;
mod model;
mod options;
mod quantity;
mod rollout;

pub use line::CompareLine;

pub(super) use execute::execute;
pub(super) use line::{models, plan};
