//! Trajectories as arrays and texts, to be kept between two runs of the program.

use crate::integrate::{Interpolants, Method, Outcome, Statistics, Switch, Trajectory};
use crate::learn::saved::Saved;

/// A trajectory with the growth of a perturbation that was carried along.
pub type Kept = (Trajectory, Option<f64>);

/// All of them; `None` where one did not reach its end.
pub fn record<'t>(runs: impl Iterator<Item = (&'t Trajectory, Option<f64>)>, seconds: f64) -> Option<Saved> {
    let mut saved = Saved::default();
    let mut count = 0;
    for (k, (trajectory, amplification)) in runs.enumerate() {
        let Outcome::Finished { time: end } = trajectory.outcome else { return None };
        let (p, s) = (trajectory, trajectory.statistics);
        let dense = p.interpolants();
        let coefficients = dense.as_ref().map_or(&[][..], |d| &d.coefficients);
        let pieces: Vec<f64> = dense.iter().flat_map(|d| &d.pieces).flatten().copied().collect();
        let mut numbers = |name: &str, values: &[f64]| saved.numbers(&format!("{k} {name}"), values);
        numbers("times", &p.times);
        numbers("states", &p.states);
        numbers("quadratures", &p.quadratures);
        numbers("coefficients", coefficients);
        numbers("pieces", &pieces);
        let counts = [s.steps, s.rejected, s.evaluations, s.jacobians, s.newton_iterations].map(|n| n as f64);
        numbers("costs", &[&counts[..], &[s.step_min, s.step_max]].concat());
        let sizes = [p.dimension as f64, p.quadrature_count as f64, f64::from(u8::from(dense.is_some())), end];
        numbers("sizes", &sizes);
        numbers("step", p.step.as_slice());
        numbers("amplification", amplification.as_slice());
        numbers("switches", &p.switches.iter().map(|s| s.time).collect::<Vec<f64>>());
        let mut words = vec![p.method.name().to_owned()];
        words.extend(p.switches.iter().flat_map(|s| [s.method.name().to_owned(), s.reason.clone()]));
        saved.texts.insert(format!("{k} words"), words.join("\n"));
        count = k + 1;
    }
    saved.numbers("count", &[count as f64]);
    saved.numbers("seconds", &[seconds]);
    Some(saved)
}

/// What [`record`] gave, and the seconds that it took.
pub fn recorded(saved: &Saved) -> Option<(Vec<Kept>, f64)> {
    let (&[count], &[seconds]) = (saved.array("count")?, saved.array("seconds")?) else { return None };
    let one = |k: usize| {
        let numbers = |name: &str| saved.array(&format!("{k} {name}"));
        let words = saved.texts.get(&format!("{k} words"))?;
        let mut words = words.split('\n');
        let method = Method::from_name(words.next()?)?;
        let &[dimension, quadrature_count, dense, end] = numbers("sizes")? else { return None };
        let &[steps, rejected, evaluations, jacobians, newton, step_min, step_max] = numbers("costs")? else {
            return None;
        };
        let mut switches = Vec::new();
        for time in numbers("switches")? {
            let (method, reason) = (Method::from_name(words.next()?)?, words.next()?.to_owned());
            switches.push(Switch { time: *time, method, reason });
        }
        let (pieces, rest) = numbers("pieces")?.as_chunks::<3>();
        let trajectory = Trajectory {
            times: numbers("times")?.to_vec(),
            states: numbers("states")?.to_vec(),
            dimension: dimension as usize,
            quadratures: numbers("quadratures")?.to_vec(),
            quadrature_count: quadrature_count as usize,
            method,
            step: numbers("step")?.first().copied(),
            switches,
            outcome: Outcome::Finished { time: end },
            statistics: Statistics {
                steps: steps as u64,
                rejected: rejected as u64,
                evaluations: evaluations as u64,
                jacobians: jacobians as u64,
                newton_iterations: newton as u64,
                step_min,
                step_max,
            },
            dense: None,
        };
        let coefficients = numbers("coefficients")?.to_vec();
        let dense = (dense == 1.0).then(|| Interpolants { pieces: pieces.to_vec(), coefficients });
        let whole = rest.is_empty();
        Some((trajectory.interpolated(dense).filter(|_| whole)?, numbers("amplification")?.first().copied()))
    };
    let all: Option<Vec<Kept>> = (0..count as usize).map(one).collect();
    Some((all?, seconds))
}
