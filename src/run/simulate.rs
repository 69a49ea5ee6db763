//! One run of one system: from its start to columns, certificates and verdicts.

use super::choose;
use super::horizon;
use super::nets;
use super::output::RunOutput;
use super::prepare::Prepared;
use super::record;
use super::recording::Recording;
use super::start::{self, Beginning};
use super::verdict::{self, Evidence, Numbers, Rows};
use super::watch::{Backwards, Watch, loses_its_past};
use crate::analyse::lyapunov::TOLERABLE;
use crate::diagnostic::{self, Diagnostic, Diagnostics};
use crate::integrate::{self, Growth, Quadrature, Settings, Span, Trajectory};
use crate::kernel::{self, Execution, Kernel, VectorField};
use crate::limits;
use crate::model::system::{FunctionalKind, SimulateOptions};
use crate::symbolic::{ExprId, Graph, Rational};
use std::sync::atomic::AtomicBool;

/// What is asked where a number is infinite or undefined.
pub(super) const NOT_FINITE: &str = "is something divided by zero, or a root taken of a negative number?";

/// What is asked where the mass matrix is singular for every state.
const SINGULAR: &str =
    "is a mass zero with these parameters, or does a combination of coordinates have no kinetic energy?";

/// What a run may be told from outside.
#[derive(Default)]
pub struct Conditions<'a> {
    /// Set to end the run after the current step.
    pub interrupt: Option<&'a AtomicBool>,
    /// Called now and then with the share of the span done and the steps so far.
    pub progress: Option<&'a mut dyn FnMut(f64, u64)>,
    /// A state to begin with in place of the starts.
    pub from: Option<Vec<f64>>,
    /// Whether states between the samples will be asked for.
    pub keep_dense: bool,
    /// Number of the trajectory, for random starts.
    pub trajectory: u64,
    /// One of many runs whose numbers are put together: the search for chaos is left out.
    pub one_of_many: bool,
    /// The trajectory, where an earlier run of the program has found it.
    pub known: Option<super::kept_run::Kept>,
    /// Instruction set, interpreter or machine code: no bit of the result depends on it.
    pub execution: Execution,
}

/// Runs a system. Diagnostics say why it cannot begin; once it has begun it always ends with an
/// outcome.
pub fn simulate(prepared: Prepared, conditions: Conditions<'_>, out: &mut Diagnostics) -> Option<RunOutput> {
    let clock = std::time::Instant::now();
    if let Some((name, at)) = prepared.system.abstract_functions.first() {
        out.push(
            Diagnostic::error(
                "E0323",
                *at,
                format!("`{name}` has no body, so this system can be derived but not simulated"),
            )
            .help(format!("give it one: `{name}(s) = …`")),
        );
        return None;
    }
    if let Some(unfitted) = prepared.unfitted() {
        out.push(unfitted);
        return None;
    }
    let options = prepared.system.simulate.clone().unwrap_or_default();
    let (_, known) = start::parameters(&prepared, out)?;
    let plan = plan(&prepared, &options, &known, out)?;
    let mut beginning = start_of(&prepared, &conditions, plan.span.start(), out)?;
    let mut kernel = match nets::kernel(&prepared, conditions.execution) {
        Ok(kernel) => kernel,
        Err(problem) => {
            out.push(*problem);
            return None;
        }
    };
    if let Err(failure) = kernel.set_parameters(&beginning.parameters) {
        out.push(start_failure(&prepared, &kernel, &failure));
        return None;
    }
    if let Some(y) = &conditions.from {
        beginning.y.clone_from(y);
    }
    check_start(&prepared, &mut kernel, &beginning, plan.span.start(), out)?;
    let recording = match Recording::new(&prepared, &kernel) {
        Ok(recording) => recording,
        Err(problem) => {
            out.push(*problem);
            return None;
        }
    };
    let mut choice =
        choose::choose(&prepared, &options, &mut kernel, &plan.span, &beginning.y, (plan.rtol, false), out)?;
    let breaks = breaks(&prepared, &beginning, &plan.span);
    let span = plan.span.clone().with_breaks(&breaks);
    let needs_dense =
        prepared.system.checks.iter().flat_map(|c| &c.functionals).any(|f| matches!(f.kind, FunctionalKind::At(_)));
    // Of many states what lies between rows is computed again where it is asked for.
    let keep_dense = (conditions.keep_dense || needs_dense) && beginning.y.len() <= limits::DENSE_OUTPUT;
    let settings = plan.settings(&choice, keep_dense, conditions.interrupt);
    let (trajectory, amplification) = match conditions.known {
        Some(known) => known,
        None => {
            let watched = (plan.backwards, conditions.progress);
            run(&prepared, &mut kernel, &beginning, &span, &settings, watched, out)?
        }
    };
    choice.linear = None;
    let mut output = RunOutput {
        prepared,
        beginning,
        choice,
        span,
        rtol: plan.rtol,
        atol: plan.atol,
        step: plan.step,
        trajectory,
        observed: Vec::new(),
        drifts: Vec::new(),
        balance: None,
        amplification,
        rise: None,
        horizon: None,
        verdicts: Vec::new(),
        seconds: 0.0,
        kernel,
    };
    recording.fill(&mut output);
    output.rise = rise(&output);
    if !conditions.one_of_many {
        horizon::look(&mut output, &options, out);
    }
    judge_all(&mut output);
    output.seconds = clock.elapsed().as_secs_f64();
    Some(output)
}

/// The largest rise of what a gradient flow makes fall, where the run goes with its time.
fn rise(output: &RunOutput) -> Option<f64> {
    let equations = &output.prepared.equations;
    let m = equations.monotone.as_ref()?;
    if equations.reversed != (output.span.direction() < 0.0) {
        return None;
    }
    let mut graph = equations.graph.clone();
    let found = record::along(&output.prepared, &mut graph, &output.kernel, &[m.value], &output.trajectory).ok()?;
    let values = found.values.first()?;
    let size = values.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    let most = values.windows(2).fold(0.0, |m: f64, w| m.max(w[1] - w[0]));
    Some(if size > 0.0 { most / size } else { 0.0 })
}

/// The method that a run of this system would take, and why.
pub fn method_of(prepared: &Prepared) -> Result<(String, String), String> {
    if let Some(unfitted) = prepared.unfitted() {
        return Err(unfitted.message);
    }
    let mut out = Diagnostics::new();
    let found = (|| {
        let options = prepared.system.simulate.clone().unwrap_or_default();
        let (_, known) = start::parameters(prepared, &mut out)?;
        let plan = plan(prepared, &options, &known, &mut out)?;
        let beginning = start::beginning(prepared, plan.span.start(), 0, &mut out)?;
        let mut kernel = nets::kernel(prepared, Execution::default()).ok()?;
        kernel.set_parameters(&beginning.parameters).ok()?;
        choose::choose(prepared, &options, &mut kernel, &plan.span, &beginning.y, (plan.rtol, false), &mut out)
    })();
    match found {
        Some(choice) => Ok((choose::entry(choice.method).name.to_owned(), choice.reason)),
        None => Err(out.sorted().into_iter().next().map_or_else(|| "it cannot be compiled".to_owned(), |d| d.message)),
    }
}

/// Numbers of the options of a run.
pub(super) struct Plan {
    pub span: Span,
    pub rtol: f64,
    pub atol: Option<f64>,
    pub step: Option<f64>,
    pub max_steps: u64,
    /// What the growth of errors of a run backwards may make of those of its start and of its steps.
    pub backwards: Backwards,
}

impl Plan {
    /// What the integrator is told, once a method is chosen.
    pub fn settings<'a>(
        &self,
        choice: &choose::Choice,
        keep_dense: bool,
        interrupt: Option<&'a AtomicBool>,
    ) -> Settings<'a> {
        Settings {
            method: choice.method,
            rtol: self.rtol,
            atol: self.atol,
            step: self.step.or(choice.step),
            when_stiff: choice.when_stiff,
            linear: choice.linear.clone(),
            max_steps: self.max_steps,
            keep_dense,
            interrupt,
            ..Settings::default()
        }
    }
}

/// The options of a run as numbers.
pub(super) fn plan(
    prepared: &Prepared,
    options: &SimulateOptions,
    known: &super::numbers::Known,
    out: &mut Diagnostics,
) -> Option<Plan> {
    let Some(time) = &options.time else {
        out.push(
            Diagnostic::error(
                "E0321",
                prepared.system.span,
                format!("`{}` does not say for how long it runs", prepared.system.name),
            )
            .help("write `simulate { t = 0..10 by 0.01 }` in the system, or give `--t 0..10`"),
        );
        return None;
    };
    let mut graph = prepared.equations.graph.clone();
    let mut number = |e: ExprId, at: crate::diagnostic::Span, what: &str, out: &mut Diagnostics| -> Option<f64> {
        match known.evaluate(&mut graph, &[e]) {
            Ok(v) if v[0].is_finite() => Some(v[0]),
            Ok(_) => {
                out.push(Diagnostic::error("E0465", at, format!("{what} is not a finite number")).help(NOT_FINITE));
                None
            }
            Err(error) => {
                out.push(
                    Diagnostic::error("E0465", at, format!("{what} cannot be computed: {error}"))
                        .help("it may depend on parameters only"),
                );
                None
            }
        }
    };
    let a = number(time.from, time.span, "the start of the run", out)?;
    let b = number(time.to, time.span, "the end of the run", out)?;
    let made = match (time.by, time.count) {
        (_, Some(count)) => {
            let n = number(count, time.span, "the number of samples", out)?;
            Span::count(a, b, n.max(2.0) as u64)
        }
        (Some(by), None) => {
            let h = number(by, time.span, "the distance of samples", out)?;
            Span::by(a, b, h)
        }
        (None, None) => Span::count(a, b, 1001),
    };
    let span = match made {
        Ok(span) => span,
        Err(error) => {
            out.push(
                Diagnostic::error("E0466", time.span, error.to_string())
                    .help("`by` is the distance of the rows that are kept, not of the steps"),
            );
            return None;
        }
    };
    let mut positive =
        |e: &Option<(ExprId, crate::diagnostic::Span)>, what: &str, out: &mut Diagnostics| -> Option<Option<f64>> {
            let Some((e, at)) = e else { return Some(None) };
            let v = number(*e, *at, what, out)?;
            if v > 0.0 {
                return Some(Some(v));
            }
            out.push(Diagnostic::error("E0407", *at, format!("{what} must be positive, and it is {v}")));
            None
        };
    let rtol = positive(&options.rtol, "`rtol`", out)?.unwrap_or(1e-10);
    if let Some((_, at)) = options.rtol.filter(|_| rtol < crate::limits::RTOL) {
        let message = format!(
            "`rtol` is {}, and numbers of double precision are no closer than 2.2e-16",
            diagnostic::number(rtol)
        );
        out.push(Diagnostic::error("E0407", at, message).help(format!(
            "{} is the smallest that is taken; 1e-12 is tight already",
            diagnostic::number(crate::limits::RTOL)
        )));
        return None;
    }
    let atol = positive(&options.atol, "`atol`", out)?;
    let step = positive(&options.step, "`step`", out)?;
    let max_steps = positive(&options.max_steps, "`max_steps`", out)?.map_or(crate::limits::STEPS, |m| m as u64);
    let tolerance = positive(&options.tolerance, "`tolerance`", out)?.unwrap_or(TOLERABLE);
    let noise = match &options.noise {
        None => 0.0,
        Some((e, at)) => match number(*e, *at, "`noise`", out)? {
            noise if noise >= 0.0 => noise,
            noise => {
                out.push(
                    Diagnostic::error("E0407", *at, format!("`noise` cannot be negative, and it is {noise}"))
                        .help("it is the size of the error of the start: 0 or more"),
                );
                return None;
            }
        },
    };
    let of_the_past = [("noise", &options.noise), ("tolerance", &options.tolerance)];
    for (name, (_, at)) in of_the_past.into_iter().filter_map(|(name, option)| Some((name, option.as_ref()?))) {
        if !loses_its_past(prepared, &span) {
            let help = match name {
                "noise" => {
                    "remove it; a disturbed start is `from = a.end + 1e-4*n.start`, `n` a run from a random start"
                }
                _ => "remove it; how exact a run is says `rtol`",
            };
            let message = format!("`{name}` is for runs that lose their past, and this is none");
            let d = Diagnostic::error("E0475", *at, message);
            out.push(d.note("it goes with its time, or it keeps all that it needs to go back").help(help));
            return None;
        }
    }
    Some(Plan { span, rtol, atol, step, max_steps, backwards: Backwards { rtol, noise, tolerance } })
}

fn start_of(prepared: &Prepared, conditions: &Conditions<'_>, t0: f64, out: &mut Diagnostics) -> Option<Beginning> {
    if let Some(y) = &conditions.from {
        let (parameters, mut known) = start::parameters(prepared, out)?;
        known.set(prepared.equations.time, vec![t0]);
        return Some(Beginning { parameters, y: y.clone(), known });
    }
    start::beginning(prepared, t0, conditions.trajectory, out)
}

/// Starts that make the equations not finite, singular, or break an `assume` are errors at the `init`.
pub(super) fn check_start(
    prepared: &Prepared,
    kernel: &mut Kernel,
    beginning: &Beginning,
    t0: f64,
    out: &mut Diagnostics,
) -> Option<()> {
    let place = prepared.system.starts.first().map_or(prepared.system.span, |s| s.span);
    let conditions: Vec<ExprId> = prepared.system.assumptions.iter().map(|a| a.condition).collect();
    let at_start = || match conditions.is_empty() {
        true => Ok(Vec::new()),
        false => record::at(prepared, &mut prepared.equations.graph.clone(), kernel, &conditions, t0, &beginning.y),
    };
    if let Ok(values) = at_start() {
        for (a, v) in prepared.system.assumptions.iter().zip(values) {
            if v == 0.0 {
                out.push(
                    Diagnostic::error("E0324", place, format!("this start breaks `assume {}`", a.text))
                        .label(a.span, "assumed here"),
                );
                return None;
            }
        }
    }
    let mut dy = vec![0.0; beginning.y.len()];
    if let Err(failure) = kernel.rates(t0, &beginning.y, &mut dy) {
        // A singular mass matrix at the start is an outcome with its time; anything else is the file's.
        if !matches!(failure, kernel::Failure::SingularMassMatrix { .. }) {
            out.push(start_failure(prepared, kernel, &failure));
            return None;
        }
    }
    Some(())
}

pub(super) fn start_failure(prepared: &Prepared, kernel: &Kernel, failure: &kernel::Failure) -> Diagnostic {
    let place = prepared.system.starts.first().map_or(prepared.system.span, |s| s.span);
    match failure {
        kernel::Failure::NonFinite { component } => {
            let name = kernel.component_name(*component);
            Diagnostic::error("E0325", place, format!("at this start the rate of `{name}` is not a finite number"))
                .help(NOT_FINITE)
        }
        kernel::Failure::SingularMassMatrix { rcond, component } => {
            let name = kernel.component_name(*component);
            Diagnostic::error(
                "E0326",
                place,
                format!("at this start the mass matrix is singular (rcond {rcond:.1e}) along `{name}`"),
            )
            .help(SINGULAR)
        }
        kernel::Failure::NewtonDiverged { component } => {
            let name = kernel.component_name(*component);
            Diagnostic::error(
                "E0327",
                place,
                format!("at this start the implicit equations cannot be solved for the rate of `{name}`"),
            )
            .help("no rate was found that fulfils them here: change the start, or the equation")
        }
    }
}

/// Instants at which a condition on time changes.
pub(super) fn breaks(prepared: &Prepared, beginning: &Beginning, span: &Span) -> Vec<f64> {
    let mut out = Vec::new();
    let mut graph = prepared.equations.graph.clone();
    let time = prepared.equations.time;
    for difference in &prepared.equations.switches {
        let mut at = |t: f64| {
            let mut known = beginning.known.clone();
            known.set(time, vec![t]);
            known.evaluate(&mut graph, &[*difference]).map_or(f64::NAN, |v| v[0])
        };
        let (a, b) = (span.start(), span.end());
        let (f0, f1) = (at(a), at(b));
        let middle = at(0.5 * (a + b));
        // Straight in time: the zero is exact.
        if (f0 + f1 - 2.0 * middle).abs() <= 1e-12 * (f0.abs() + f1.abs()) && f1 != f0 {
            out.push(refine(&mut at, a - f0 * (b - a) / (f1 - f0), a, b));
            continue;
        }
        const PARTS: usize = 4000;
        let mut left = (a, f0);
        for k in 1..=PARTS {
            let t = a + (b - a) * k as f64 / PARTS as f64;
            let f = at(t);
            if left.1 == 0.0 {
                out.push(left.0);
            } else if left.1 * f < 0.0 {
                out.push(bisect(&mut at, left.0, t));
            }
            left = (t, f);
        }
    }
    out
}

/// The float nearest to a zero of a straight line, by its sign on both sides.
fn refine(at: &mut dyn FnMut(f64) -> f64, guess: f64, a: f64, b: f64) -> f64 {
    if !(guess > a.min(b) && guess < a.max(b)) {
        return guess;
    }
    for candidate in [guess, guess.next_up(), guess.next_down()] {
        if at(candidate) == 0.0 {
            return candidate;
        }
    }
    guess
}

fn bisect(at: &mut dyn FnMut(f64) -> f64, mut a: f64, mut b: f64) -> f64 {
    let sign = at(a).signum();
    for _ in 0..200 {
        let m = 0.5 * (a + b);
        if m == a || m == b {
            break;
        }
        if at(m).signum() == sign { a = m } else { b = m }
    }
    b
}

/// The trajectory, and the amplification where it was carried along.
fn run(
    prepared: &Prepared,
    kernel: &mut Kernel,
    beginning: &Beginning,
    span: &Span,
    settings: &Settings<'_>,
    (backwards, progress): (Backwards, Option<&mut dyn FnMut(f64, u64)>),
    out: &mut Diagnostics,
) -> Option<(Trajectory, Option<f64>)> {
    let mut graph = prepared.equations.graph.clone();
    let conditions: Vec<ExprId> = prepared.system.assumptions.iter().map(|a| a.condition).collect();
    let observer = match conditions.is_empty() {
        true => None,
        false => {
            let opened = crate::formalism::with_rates(&mut graph, &prepared.equations, &conditions);
            match kernel.observer(&opened, &graph) {
                Ok(observer) => Some(observer),
                Err(error) => {
                    let message = format!("the assumptions cannot be compiled: {error}");
                    out.push(Diagnostic::error("E0522", prepared.system.assumptions[0].span, message));
                    return None;
                }
            }
        }
    };
    let mut beside = loses_its_past(prepared, span).then(|| kernel.clone());
    let mut watch = Watch {
        values: vec![1.0; conditions.len()],
        texts: prepared.system.assumptions.iter().map(|a| a.text.clone()).collect(),
        observer,
        progress,
        steps: 0,
        span: (span.start(), span.end()),
        growth: beside.as_mut().map(Growth::new),
        backwards,
    };
    let zero = graph.zero();
    let power = prepared.equations.energy.as_ref().map(|e| e.power).filter(|p| *p != zero);
    let balance = power.and_then(|power| {
        let opened = crate::formalism::with_rates(&mut graph, &prepared.equations, &[power]);
        kernel.observer(&opened, &graph).ok()
    });
    let trajectory = match balance {
        None => integrate::integrate(kernel, &beginning.y, span, settings, &mut watch),
        Some(mut balance) => {
            let sign = if prepared.equations.reversed { -1.0 } else { 1.0 };
            let mut integrand = |t: f64, y: &[f64], _: &[f64], out: &mut [f64]| {
                if balance.observe(t, y, out).is_err() {
                    out[0] = f64::NAN;
                }
                out[0] *= sign;
            };
            let quadrature = Quadrature { count: 1, integrand: &mut integrand };
            integrate::integrate_with(kernel, &beginning.y, span, settings, &mut watch, Some(quadrature))
        }
    };
    let amplification = watch.growth.map(|mut growth| growth.amplification());
    Some((trajectory, amplification))
}

struct RunEvidence<'a> {
    output: &'a RunOutput,
    graph: Graph,
}

impl RunEvidence<'_> {
    fn put_in(&mut self, exprs: &[ExprId], numbers: &Numbers) -> Result<Vec<ExprId>, String> {
        put_in(&mut self.graph, exprs, numbers)
    }
}

/// Functional leaves replaced by their values, where they have one value.
pub fn put_in(graph: &mut Graph, exprs: &[ExprId], numbers: &Numbers) -> Result<Vec<ExprId>, String> {
    let mut map = rustc_hash::FxHashMap::default();
    for (leaf, values) in numbers {
        let [value] = values.as_slice() else { continue };
        let Some(exact) = Rational::from_f64(*value) else {
            return Err("a quantity in this check is not a finite number".into());
        };
        let number = graph.number(exact);
        map.insert(*leaf, number);
    }
    Ok(graph.substitute_all(exprs, &map))
}

impl Evidence for RunEvidence<'_> {
    fn along(&mut self, exprs: &[ExprId], numbers: &Numbers) -> Result<Rows, String> {
        let exprs = self.put_in(exprs, numbers)?;
        record::along(&self.output.prepared, &mut self.graph, &self.output.kernel, &exprs, &self.output.trajectory)
            .map(|c| Rows { ends: vec![c.rows], columns: c.values })
            .map_err(|e| e.to_string())
    }

    fn at(&mut self, exprs: &[ExprId], time: ExprId, numbers: &Numbers) -> Result<Vec<Vec<f64>>, String> {
        let exprs = self.put_in(exprs, numbers)?;
        let time = self.put_in(&[time], numbers)?[0];
        let t = self.output.beginning.known.evaluate(&mut self.graph, &[time]).map_err(|e| e.to_string())?[0];
        let state = self.output.state_at(t)?;
        record::at(&self.output.prepared, &mut self.graph, &self.output.kernel, &exprs, t, &state)
            .map(|values| values.into_iter().map(|v| vec![v]).collect())
            .map_err(|e| e.to_string())
    }
}

/// After a failure outcome every check fails.
fn judge_all(output: &mut RunOutput) {
    let mut verdicts = Vec::new();
    for check in &output.prepared.system.checks {
        let mut evidence = RunEvidence { output, graph: output.prepared.equations.graph.clone() };
        let mut v = verdict::judge(check, &mut evidence);
        if output.trajectory.outcome.is_failure() {
            v.holds = false;
            v.trouble.get_or_insert_with(|| format!("the run ended in {}", output.trajectory.outcome.name()));
        }
        verdicts.push(v);
    }
    output.verdicts = verdicts;
}
