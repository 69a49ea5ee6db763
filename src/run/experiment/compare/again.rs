//! A fit once more with other seeds, from the first training that it goes on from.

use super::super::adapt_line;
use super::super::data_line::Matched;
use super::super::fit_line::FitSource;
use super::super::fit_result::lend;
use super::super::fit_run;
use super::super::place::Source;
use super::super::plan::Planner;
use super::super::{ExperimentOutput, Progress};
use crate::diagnostic::Diagnostics;
use crate::learn::train::Ending;
use crate::run::store::Store;
use crate::run::training::{Fit, Fitted};
use std::sync::atomic::{AtomicBool, Ordering};

/// One of the fits that a model is made by, each going on from the one before it.
pub(super) struct Stage {
    /// Its place among the results.
    result: usize,
    fit: Box<Fit>,
    /// What it learns from and is judged by; `None` where a fit was changed and not trained.
    rows: Option<Rows>,
}

struct Rows {
    on: (usize, Matched),
    valid: Option<(usize, Matched)>,
}

impl Planner {
    /// The stages of a fit, itself last.
    pub(super) fn stages(&self, result: usize) -> Vec<Stage> {
        let Source::Fit(source) = &self.sources[result] else { return Vec::new() };
        let FitSource { fit, on, valid, root, .. } = &**source;
        let mut stages = root.or(fit.from).map(|before| self.stages(before)).unwrap_or_default();
        let rows = root.is_none().then(|| Rows { on: on.clone(), valid: valid.clone() });
        stages.push(Stage { result, fit: fit.clone(), rows });
        stages
    }
}

/// What was fitted again, by result and repetition: several models may have stages in common.
#[derive(Default)]
pub(super) struct Again {
    made: Vec<(usize, usize, Fitted)>,
}

impl Again {
    /// The last of the stages with every seed, of batches and of the first weights of nets, greater by `shift`; `None` where
    /// a training failed or was interrupted.
    pub(super) fn fitted(
        &mut self,
        stages: &[Stage],
        shift: usize,
        output: &ExperimentOutput,
        interrupt: Option<&AtomicBool>,
        store: &dyn Store,
        progress: &mut Progress<'_>,
        out: &mut Diagnostics,
    ) -> Option<Fitted> {
        let mut last: Option<Fitted> = None;
        for stage in stages {
            if let Some(known) = self.made.iter().find(|m| (m.0, m.1) == (stage.result, shift)) {
                last = Some(known.2.clone());
                continue;
            }
            let found = match &stage.rows {
                None => adapt_line::adapted(&stage.fit, &last?),
                Some(rows) => {
                    let mut fit = shifted(&stage.fit, shift as u64);
                    if let Some(before) = &last {
                        lend(&before.prepared, &mut fit.prepared);
                    }
                    let of = |(data, found): &(usize, Matched)| {
                        output.data(*data).map(|d| fit_run::rows(&fit, &d.data, found))
                    };
                    let (on, valid) = (of(&rows.on)?, rows.valid.as_ref().and_then(of));
                    let name = format!("{} again with seed {}", fit.name, fit.settings.seed);
                    fit_run::trained(&name, &fit, &on, valid.as_ref(), interrupt, store, progress, out)?
                }
            };
            if found.training.ending == Ending::Interrupted || interrupt.is_some_and(|f| f.load(Ordering::Relaxed)) {
                return None;
            }
            self.made.push((stage.result, shift, found.clone()));
            last = Some(found);
        }
        last
    }
}

fn shifted(fit: &Fit, shift: u64) -> Fit {
    let mut fit = fit.clone();
    fit.settings.seed = fit.settings.seed.wrapping_add(shift);
    fit.prepared.seed = fit.prepared.seed.wrapping_add(shift);
    for net in &mut fit.prepared.system.nets {
        net.seed = net.seed.map(|s| s.wrapping_add(shift));
    }
    fit
}
