//! What a result depends on, as a key: equal keys, equal bits.
//!
//! A key is a digest of the resolved system (the whole arena of its graph, in order, so that everything that
//! decides the order of operations is in it), of the settings, of a fit the rows and the first weights, and of
//! this version of the program. Places in the text are not part of it, so comments, formatting and
//! other systems of the file do not matter; neither do the number of threads and the time between checkpoints,
//! which change no bit.

use super::draws::Axis;
use super::prepare::Prepared;
use super::training::Fit;
use crate::diagnostic::Span;
use crate::distill::{Budget, Operators, Samples};
use crate::lanes::Level;
use crate::learn::rows::Rows;
use crate::learn::train::Settings;
use crate::symbolic::{ExprId, Graph};
use sha2::{Digest, Sha256};
use std::fmt::{self, Write};

/// Counts the changes of this program after which the same input gives other bits. Raise it with each of them.
pub const NUMERICS: u32 = 5;

/// A digest that takes anything that can be shown.
struct Identity(Sha256);

impl Write for Identity {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

impl Identity {
    /// A digest for results of one kind. The instructions of the machine are part of it: products of matrices
    /// are rounded in another order on other ones.
    fn new(kind: &str) -> Identity {
        let mut id = Identity(Sha256::new());
        id.part(kind, &(crate::report::version(), NUMERICS, Level::detect()));
        id
    }

    /// A part under its name; the length in front keeps the parts apart.
    fn part(&mut self, name: &str, value: &dyn fmt::Debug) {
        let text = format!("{value:?}");
        // a digest takes any text
        let _ = writeln!(self, "{name} {} {text}", text.len());
    }

    fn numbers(&mut self, name: &str, values: &[f64]) {
        self.part(name, &values.len());
        values.iter().for_each(|x| self.0.update(x.to_bits().to_le_bytes()));
    }

    fn columns(&mut self, name: &str, columns: &[Option<Vec<f64>>]) {
        self.part(name, &columns.len());
        for c in columns {
            match c {
                Some(values) => self.numbers("column", values),
                None => self.part("column", &"none"),
            }
        }
    }

    fn graph(&mut self, graph: &Graph) {
        self.part("nodes", &graph.len());
        graph.iter().for_each(|(_, node)| self.part("node", node));
        graph.symbols().for_each(|(_, info)| self.part("symbol", info));
        graph.domains().for_each(|domain| self.part("domain", domain));
        graph.nets().for_each(|(_, info)| self.part("net", info));
    }

    fn prepared(&mut self, prepared: &Prepared) {
        let (system, equations) = (&prepared.system, &prepared.equations);
        self.graph(&equations.graph);
        self.part("time", &equations.time);
        self.part("leaves", &(&equations.parameters, &equations.states));
        self.part("rates", &(&equations.rate_leaves, &equations.second_leaves));
        self.part("blocks", &equations.blocks);
        self.part("form", &(equations.form, equations.reversed, &equations.switches));
        for p in &system.parameters {
            self.part("parameter", &(&p.name, p.leaf, &p.default, &p.elements, p.bounds, p.input, p.hidden));
        }
        for v in &system.variables {
            self.part("variable", &(&v.name, v.role, v.leaf, v.rate, &v.elements, v.periodic, v.of, v.mirror));
        }
        for n in &system.nets {
            let inputs: Vec<_> = n.inputs.iter().map(|p| (&p.shape, p.scale)).collect();
            self.part("learned", &(&n.name, n.net, n.seed, n.initialisation, inputs, n.output.scale, &n.calls));
        }
        self.part("seed", &prepared.seed);
        for (leaf, value) in &prepared.given {
            self.part("given", leaf);
            self.numbers("value", &[*value]);
        }
        for (name, arrays) in &prepared.weights {
            self.part("weights", name);
            arrays.iter().for_each(|a| self.numbers("array", a));
        }
        for (place, values) in &prepared.fitted {
            self.part("fitted", place);
            self.numbers("values", values);
        }
    }

    fn rows(&mut self, name: &str, rows: &Rows) {
        self.part(name, &(rows.count, &rows.trials, &rows.periodic, &rows.velocity));
        self.numbers("time", &rows.time);
        for columns in [&rows.states, &rows.rates, &rows.inputs, &rows.weights] {
            self.columns("columns", columns);
        }
        self.columns("noise", &rows.noise.iter().map(|s| s.map(|s| vec![s])).collect::<Vec<_>>());
    }

    fn key(self) -> String {
        self.0.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }
}

impl Identity {
    fn settings(&mut self, fit: &Fit) {
        self.part("learned", &(&fit.nets, &fit.parameters));
        for term in &fit.terms {
            self.part("term", &(term.share, term.loss, term.norm, term.weight));
        }
        self.part("settings", &Settings { checkpoint: None, ..fit.settings.clone() });
        self.part("computed", &(fit.single, fit.stated_precision, fit.scale, fit.hold));
    }
}

/// The key of a fit to these rows: 64 hexadecimal digits.
pub fn fit(fit: &Fit, rows: &Rows, valid: Option<&Rows>) -> String {
    let mut id = Identity::new("fit");
    id.prepared(&fit.prepared);
    for o in &fit.prepared.system.observables {
        id.part("observable", &(&o.name, &o.items));
    }
    id.settings(fit);
    id.rows("rows", rows);
    match valid {
        Some(rows) => id.rows("valid", rows),
        None => id.part("valid", &"none"),
    }
    id.key()
}

/// The key of the formulas that are sought for samples.
pub fn distill(samples: &Samples, operators: &Operators, budget: &Budget, seed: u64) -> String {
    let mut id = Identity::new("distill");
    id.part("inputs", &samples.inputs.len());
    samples.inputs.iter().for_each(|c| id.numbers("input", c));
    id.numbers("target", &samples.target);
    id.part("operators", &operators.names());
    id.part("budget", budget);
    id.part("seed", &seed);
    id.key()
}

/// The key of trajectories or states that a call samples, before their noise: `exprs` are the recorded quantities,
/// and `call` everything else that it says.
pub fn sample(prepared: &Prepared, exprs: &[(ExprId, u32)], axes: &[Axis], call: &dyn fmt::Debug) -> String {
    let mut id = Identity::new("sample");
    id.prepared(prepared);
    id.part("recorded", &exprs);
    id.part("call", call);
    id.starts(prepared, axes);
    id.key()
}

/// The key of the trajectories of a run: `from` are the whole states that they begin with, where they come from
/// earlier results.
pub fn run(prepared: &Prepared, from: &[Option<Vec<f64>>]) -> String {
    let mut id = Identity::new("run");
    id.prepared(prepared);
    id.part("trajectories", &from.len());
    id.columns("from", from);
    id.starts(prepared, &[]);
    id.key()
}

impl Identity {
    /// What trajectories begin with, how long they are, and how they are computed.
    fn starts(&mut self, prepared: &Prepared, axes: &[Axis]) {
        let (id, system) = (self, &prepared.system);
        // NumPy's numbers are drawn in the order of the text, so that order counts, and no place does.
        let mut places: Vec<Span> =
            system.starts.iter().map(|s| s.span).chain(system.draws.iter().map(|d| d.span)).collect();
        places.extend(system.field_starts.iter().map(|s| s.span));
        places.sort();
        let rank = |at: Span| places.iter().position(|p| *p == at);
        for s in &system.starts {
            let axis = axes.iter().find(|a| a.span == s.span).map(|a| a.count);
            id.part("start", &(s.variable, s.order, s.component, &s.value, s.trajectory, rank(s.span), axis));
        }
        for s in &system.field_starts {
            id.part("field", &(s.variable, s.order, &s.entries, s.trajectory, rank(s.span)));
        }
        for d in &system.draws {
            id.part("draw", &(d.parameter, d.component, &d.value, d.own, rank(d.span)));
        }
        id.part("derived", &prepared.equations.derived_starts);
        id.part("assumed", &system.assumptions.iter().map(|a| a.condition).collect::<Vec<_>>());
        let options = system.simulate.clone().unwrap_or_default();
        id.part("span", &options.time.map(|t| (t.from, t.to, t.by, t.count)));
        let plain = |option: Option<(ExprId, Span)>| option.map(|o| o.0);
        id.part("method", &options.method.map(|m| m.0));
        let (noise, tolerance) = (options.noise, options.tolerance);
        let numbers = [options.rtol, options.atol, options.step, options.max_steps, options.seed, noise, tolerance];
        id.part("options", &numbers.map(plain));
    }
}

/// Digests of the parts of a fit that its file names: settings, rows, and rows of `valid`. They hold on every machine.
pub fn of_fit(fit: &Fit, rows: &Rows, valid: Option<&Rows>) -> Vec<(&'static str, String)> {
    let digest = |make: &dyn Fn(&mut Identity)| {
        let mut id = Identity(Sha256::new());
        make(&mut id);
        id.key()
    };
    let mut out = vec![("settings", digest(&|id| id.settings(fit))), ("data", digest(&|id| id.rows("rows", rows)))];
    out.extend(valid.map(|rows| ("valid", digest(&|id| id.rows("rows", rows)))));
    out
}
