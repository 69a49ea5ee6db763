//! Derivation reports: the equations of motion, what is conserved, and the facts behind them.

use super::nets;
use super::prepare::Prepared;
use super::start;
use crate::analyse::sampled::{self, Question};
use crate::diagnostic::Diagnostics;
use crate::formalism;
use crate::kernel::Execution;
use crate::limits;
use crate::model::system::{Derivation, Role};
use crate::symbolic::{ExprId, Graph, Latex, Node, Text, index_letters};
use serde::Serialize;

/// How formulas are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Plain Unicode.
    Text,
    /// LaTeX.
    Latex,
    /// Markdown with LaTeX inside.
    Markdown,
}

/// One line of a report: a name or left side, and a formula.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Left of the equals sign.
    pub left: String,
    /// Right of it.
    pub right: String,
    /// A remark.
    pub note: String,
    /// For which indices: `i = 2, …, 31`.
    pub range: String,
}

/// A fact and how sure it is.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    /// `proved` or `probable`.
    pub certainty: &'static str,
    /// A sentence.
    pub text: String,
    /// Random states that a probable fact was seen at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub states: Option<usize>,
}

impl Fact {
    /// How sure, for people.
    pub fn grounds(&self) -> String {
        match self.states {
            Some(states) => format!("{}, at {states} random states", self.certainty),
            None => self.certainty.to_owned(),
        }
    }
}

/// A net of a system.
#[derive(Clone, Debug, Serialize)]
pub struct Learned {
    /// Its full name.
    pub name: String,
    /// Numbers that it takes.
    pub inputs: u32,
    /// Numbers that it gives.
    pub outputs: u32,
    /// Widths of its hidden layers.
    pub hidden: Vec<u32>,
    /// Its activation.
    pub activation: &'static str,
    /// How many weights it has.
    pub weights: u64,
    /// Whether they were found in training.
    pub trained: bool,
}

impl Learned {
    /// "Hθ: 2 → 64 → 64 → 1, tanh, 4417 weights, not fitted".
    pub fn text(&self) -> String {
        let widths = std::iter::once(self.inputs).chain(self.hidden.iter().copied()).chain([self.outputs]);
        let widths: Vec<String> = widths.map(|w| w.to_string()).collect();
        let state = if self.trained { "fitted" } else { "not fitted" };
        format!("{}: {}, {}, {} weights, {state}", self.name, widths.join(" → "), self.activation, self.weights)
    }
}

/// The nets of a system, in the order in which it reads them.
pub fn nets(prepared: &Prepared) -> Vec<Learned> {
    let graph = &prepared.system.graph;
    let of = |learned: &crate::model::LearnedNet| {
        let info = graph.net_info(learned.net);
        Learned {
            name: learned.name.clone(),
            inputs: info.inputs,
            outputs: info.outputs,
            hidden: info.architecture.hidden.clone(),
            activation: info.architecture.activation.name(),
            weights: info.architecture.count(info.inputs, info.outputs),
            trained: learned.trained,
        }
    };
    prepared.system.nets.iter().map(of).collect()
}

/// The report on one system.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Name of the system.
    pub name: String,
    /// The formalism's word.
    pub form: String,
    /// Generators: `L = …`.
    pub definitions: Vec<Row>,
    /// Equations of motion.
    pub equations: Vec<Row>,
    /// Momenta.
    pub momenta: Vec<Row>,
    /// Conserved quantities.
    pub conserved: Vec<Row>,
    /// Potentials of the flow, where they are asked for.
    pub potentials: Vec<Row>,
    /// Learned functions.
    pub nets: Vec<Learned>,
    /// Facts.
    pub facts: Vec<Fact>,
}

/// What stands in place of a longer one.
const TOO_LONG: &str = "… (too long to be written out)";

/// A formula as it is written on a board, collected by powers of `rates`.
fn print(g: &mut Graph, e: ExprId, rates: &[ExprId], form: Form) -> String {
    let e = g.present(e, rates);
    written(g, e, form)
}

fn written(g: &Graph, e: ExprId, form: Form) -> String {
    if g.count_written(e) > limits::EQUATION_WRITTEN {
        return TOO_LONG.to_owned();
    }
    match form {
        Form::Text => Text::new().print(g, e),
        Form::Latex | Form::Markdown => Latex::new().print(g, e),
    }
}

fn symbol(name: &str, form: Form) -> String {
    match form {
        Form::Text => name.to_owned(),
        Form::Latex | Form::Markdown => Latex::new().symbol(name),
    }
}

/// The Hamiltonian, or of a Lagrangian system its energy function `q'·∂L/∂q' − L`.
pub fn energy(prepared: &Prepared, form: Form) -> Vec<Row> {
    let prepared = prepared.on_paper.as_deref().unwrap_or(prepared);
    let mut graph = prepared.equations.graph.clone();
    let rates = rates_of(&mut graph, &prepared.system);
    let (name, value) = match (&prepared.system.hamiltonian, &prepared.equations.energy) {
        (Some(h), _) => (h.name.clone(), h.value),
        (None, Some(e)) => ("H".to_owned(), e.value),
        (None, None) => return Vec::new(),
    };
    let right = print(&mut graph, value, &rates, form);
    vec![Row { left: symbol(&name, form), right, note: String::new(), range: String::new() }]
}

/// Velocities, accelerations and momenta, component by component.
fn rates_of(g: &mut Graph, system: &crate::model::System) -> Vec<ExprId> {
    let mut rates = Vec::new();
    for v in &system.variables {
        let momentum = (v.role == crate::model::system::Role::Momentum).then_some(v.leaf);
        for leaf in [v.rate, v.second].into_iter().chain(momentum) {
            if v.scalar {
                rates.push(leaf);
                continue;
            }
            for k in 0..v.elements.len().min(64) {
                let index = g.integer(k as i64);
                rates.push(g.read(leaf, index));
            }
        }
    }
    rates
}

/// The report on a system.
pub fn sheet(prepared: &Prepared, form: Form) -> Sheet {
    let facts = facts(prepared).into_iter().chain(probable(prepared)).collect();
    let nets = nets(prepared);
    let read = prepared.on_paper.as_deref().unwrap_or(prepared);
    let (system, equations) = (&read.system, &read.equations);
    let row = |left: String, right: String| Row { left, right, note: String::new(), range: String::new() };
    let mut g = equations.graph.clone();
    let rates = rates_of(&mut g, system);
    let mut definitions = Vec::new();
    for generator in
        system.lagrangian.iter().chain(&system.hamiltonian).chain(&system.rayleigh).chain(&system.irrotational)
    {
        definitions.push(row(symbol(&generator.name, form), print(&mut g, generator.value, &rates, form)));
    }
    let (mut graph, lines) = formalism::lines(equations);
    let rates_of_lines = rates_of(&mut graph, system);
    let mut sheet_lines = Vec::new();
    let in_plane = lines.iter().any(|l| l.range.is_some_and(|d| graph.domain_info(d).ranges.len() > 1));
    let readable = |l: &formalism::Line| {
        let sides = [l.left, l.right];
        let vector = |e: &ExprId| matches!(graph.node(*e), Node::Scatter { .. });
        sides.iter().all(|e| graph.count_written(*e) <= limits::EQUATION_IN_PLANE)
            && !graph.reachable(&sides).iter().any(vector)
    };
    let lines = if in_plane && !lines.iter().all(readable) { Vec::new() } else { lines };
    for l in &lines {
        // Already collected by what the equations are solved for.
        let left = written(&graph, l.left, form);
        let right = print(&mut graph, l.right, &rates_of_lines, form);
        let range = l.range.map_or_else(String::new, |d| {
            let ranges = graph.domain_info(d).ranges.clone();
            let dots = if form == Form::Text { "…" } else { "\\dots" };
            let letters = index_letters(&graph, ranges.len());
            let one = |(letter, (low, high)): (&String, &(i64, i64))| format!("{letter} = {low}, {dots}, {high}");
            let mut parts: Vec<String> = letters.iter().zip(&ranges).map(one).collect();
            let same = if form == Form::Text { "≡" } else { "\\equiv" };
            parts.extend(l.rounds.iter().map(|(k, n)| format!("{0} + {n} {same} {0}", letters[*k as usize])));
            parts.join("; ")
        });
        sheet_lines.push(Row { left, right, note: String::new(), range });
    }
    // Equations that cannot be read are counted, not left out.
    let dots = if form == Form::Text { "…" } else { "\\dots" };
    let counted = |n: usize| format!("{dots} ({n} equations, too long or too irregular to be written out)");
    if sheet_lines.iter().all(|l| l.left == TOO_LONG && l.right == TOO_LONG) {
        let blocks = equations.blocks.iter().map(|b| match b {
            formalism::Block::Explicit { length, .. } => (*length, 0),
            formalism::Block::Linear { length, .. } | formalism::Block::Newton { length, .. } => (0, *length),
        });
        let (explicit, solved) = blocks.fold((0, 0), |(a, b), (x, y)| (a + x, b + y));
        sheet_lines = vec![row(dots.to_owned(), counted(if solved > 0 { solved } else { explicit }))];
    } else {
        let lefts: Vec<ExprId> = lines.iter().map(|l| l.left).collect();
        let written = graph.reachable(&lefts);
        for block in &equations.blocks {
            let leaves: Vec<(ExprId, usize)> = match block {
                formalism::Block::Explicit { offset, length, .. } => {
                    let own = equations.states.iter().zip(&equations.rate_leaves);
                    let own = own.filter(|(s, _)| (*offset..offset + length).contains(&s.offset));
                    own.filter_map(|(s, rate)| Some(((*rate)?, s.length))).collect()
                }
                formalism::Block::Linear { unknowns, .. } | formalism::Block::Newton { unknowns, .. } => {
                    unknowns.iter().map(|u| (u.leaf, u.length)).collect()
                }
            };
            for (leaf, n) in leaves.into_iter().filter(|l| !written.contains(&l.0)) {
                let Some(name) = graph.symbol_of(leaf).map(|s| graph.symbol_info(s).name.clone()) else { continue };
                sheet_lines.push(row(symbol(&name, form), counted(n)));
            }
        }
    }
    let mut momenta = Vec::new();
    let doubled = system.derivations.iter().any(|d| matches!(d, Derivation::Doubled(_)));
    if let (Some(l), false) = (&system.lagrangian, doubled) {
        for (of, v) in system.variables.iter().enumerate() {
            if v.role != Role::Coordinate || v.elements.len() > 6 {
                continue;
            }
            let partner = system.variables.iter().find(|p| p.role == Role::Momentum && p.of == Some(of));
            for (k, name) in v.elements.iter().enumerate() {
                let leaf = if v.scalar {
                    v.rate
                } else {
                    let index = g.integer(k as i64);
                    g.read(v.rate, index)
                };
                let p = g.gradient(l.value, &[leaf])[0];
                let name = partner.map_or_else(|| formalism::momentum_name(name), |p| p.elements[k].clone());
                momenta.push(row(symbol(&name, form), print(&mut g, p, &rates, form)));
            }
        }
    }
    let legendre = system.derivations.iter().any(|d| matches!(d, Derivation::Legendre(_)));
    let known = if legendre { formalism::solved(&mut g, equations) } else { Default::default() };
    let mut conserved = Vec::new();
    for i in &equations.invariants {
        let value = g.substitute(i.value, &known);
        // A momentum that is a state is its own value.
        let own = print(&mut g, value, &rates, form);
        let left = symbol(&i.name, form);
        let right = if own == left { "const".into() } else { own };
        conserved.push(Row { left, right, note: i.reason.clone(), range: String::new() });
    }
    Sheet {
        name: system.name.clone(),
        form: equations.form.word().to_owned(),
        definitions,
        equations: sheet_lines,
        momenta,
        conserved,
        potentials: Vec::new(),
        nets,
        facts,
    }
}

/// The flow of a plane as a rotation and a gradient, `x' = ∂H/∂y + ∂D/∂x`, `y' = −∂H/∂x + ∂D/∂y`: first as it is
/// declared, where it is, then in the gauge in which `D` holds nothing harmonic.
///
/// # Errors
/// Why there are none, as a sentence.
pub fn potentials(prepared: &Prepared, form: Form) -> Result<Vec<Row>, String> {
    let prepared = prepared.on_paper.as_deref().unwrap_or(prepared);
    let (system, equations) = (&prepared.system, &prepared.equations);
    let mut g = equations.graph.clone();
    let names = start::state_names(prepared);
    let plane: Vec<ExprId> = equations.states.iter().filter(|s| s.length == 1).map(|s| s.leaf).collect();
    let rates: Vec<ExprId> = equations.rate_leaves.iter().copied().flatten().collect();
    let (&[x, y], &[u, v], 2) = (&plane[..], &rates[..], names.len()) else {
        return Err(format!("`{}` has {} numbers for its state, and a plane has two", system.name, names.len()));
    };
    // A momentum that is none of the states is one of another form of the equations.
    let momentum = |leaf: ExprId| system.variables.iter().any(|w| w.leaf == leaf && w.role == Role::Momentum);
    let (x, y, u, v) = if momentum(x) { (y, x, v, u) } else { (x, y, u, v) };
    let flow = formalism::with_rates(&mut g, equations, &[u, v]);
    let rates = rates_of(&mut g, system);
    let (x_name, y_name) = (print(&mut g, x, &rates, form), print(&mut g, y, &rates, form));
    let row = |left: &str, right: String, note: String| Row { left: left.into(), right, note, range: String::new() };
    let mut rows = Vec::new();
    if let Some(h) = &system.hamiltonian {
        let mut d = g.zero();
        for part in &system.irrotational {
            d = g.add(d, part.value);
        }
        // only where there is nothing else in the flow
        let (gh, gd) = (g.gradient(h.value, &[x, y]), g.gradient(d, &[x, y]));
        let back = [g.add(gh[1], gd[0]), g.sub(gd[1], gh[0])];
        let zero = g.zero();
        let whole = back.iter().zip(&flow).all(|(b, f)| {
            let off = g.sub(*b, *f);
            let off = g.expand(off);
            g.present(off, &[]) == zero
        });
        if whole {
            rows.push(row("H", print(&mut g, h.value, &rates, form), "as declared".into()));
            rows.push(row("D", print(&mut g, d, &rates, form), "as declared".into()));
        }
    }
    let Some(found) = formalism::potentials(&mut g, [flow[0], flow[1]], [x, y]) else {
        return if rows.is_empty() {
            Err(format!(
                "no potentials of the flow of `{}` are found by its form: they are where {x_name}' and {y_name}' are {}",
                system.name,
                formalism::COVERED
            ))
        } else {
            Ok(rows)
        };
    };
    let gauge = if found.polynomial {
        format!("gauge: D is a multiple of {x_name}² + {y_name}² and holds nothing harmonic")
    } else {
        format!(
            "gauge: D is made of the functions of the flow and their integrals without constants, its polynomial is a \
             multiple of {x_name}² + {y_name}²"
        )
    };
    let other = "any harmonic function may be added to D, and its conjugate taken from H".to_owned();
    rows.push(row("H", print(&mut g, found.stream, &rates, form), other));
    rows.push(row("D", print(&mut g, found.potential, &rates, form), gauge));
    Ok(rows)
}

impl Sheet {
    /// The report as one text.
    pub fn text(&self, form: Form) -> String {
        let mut out = String::new();
        match form {
            Form::Text => {
                out.push_str(&format!("{} · {}\n", self.name, self.form));
                for (title, rows) in [
                    ("given", &self.definitions),
                    ("momenta", &self.momenta),
                    ("equations of motion", &self.equations),
                    ("conserved", &self.conserved),
                    ("parts of the flow: a rotation by H, a gradient of D", &self.potentials),
                ] {
                    if rows.is_empty() {
                        continue;
                    }
                    out.push_str(&format!("\n  {title}\n"));
                    for r in rows {
                        let notes: String = [&r.range, &r.note]
                            .iter()
                            .filter(|n| !n.is_empty())
                            .map(|n| format!("    ({n})"))
                            .collect();
                        out.push_str(&format!("    {} = {}{notes}\n", r.left, r.right));
                    }
                }
                if !self.nets.is_empty() {
                    out.push_str("\n  learned\n");
                }
                for net in &self.nets {
                    out.push_str(&format!("    {}\n", net.text()));
                }
                if !self.facts.is_empty() {
                    out.push_str("\n  facts\n");
                }
                for f in &self.facts {
                    out.push_str(&format!("    {} ({})\n", f.text, f.grounds()));
                }
            }
            Form::Latex => {
                out.push_str(&format!("% {}, {}\n", self.name, self.form));
                for rows in [&self.definitions, &self.momenta, &self.equations, &self.conserved, &self.potentials] {
                    if rows.is_empty() {
                        continue;
                    }
                    out.push_str("\\begin{align*}\n");
                    let lines: Vec<String> = rows
                        .iter()
                        .map(|r| {
                            let range = if r.range.is_empty() { String::new() } else { format!(" & ({})", r.range) };
                            format!("  {} &= {}{range}", r.left, r.right)
                        })
                        .collect();
                    out.push_str(&lines.join(" \\\\\n"));
                    out.push_str("\n\\end{align*}\n");
                }
            }
            Form::Markdown => {
                out.push_str(&format!("## {}\n\n{}\n", self.name, self.form));
                for (title, rows) in [
                    ("Given", &self.definitions),
                    ("Momenta", &self.momenta),
                    ("Equations of motion", &self.equations),
                    ("Conserved", &self.conserved),
                    ("Parts of the flow: a rotation by H, a gradient of D", &self.potentials),
                ] {
                    if rows.is_empty() {
                        continue;
                    }
                    out.push_str(&format!("\n### {title}\n\n"));
                    for r in rows {
                        let note = if r.note.is_empty() { String::new() } else { format!("\n({})\n", r.note) };
                        let range = if r.range.is_empty() { String::new() } else { format!(" \\quad ({})", r.range) };
                        out.push_str(&format!("$$ {} = {}{range} $$\n{note}", r.left, r.right));
                    }
                }
                if !self.nets.is_empty() {
                    out.push_str("\n### Learned\n\n");
                }
                for net in &self.nets {
                    out.push_str(&format!("- {}\n", net.text()));
                }
                if !self.facts.is_empty() {
                    out.push_str("\n### Facts\n\n");
                }
                for f in &self.facts {
                    out.push_str(&format!("- {} ({})\n", f.text, f.grounds()));
                }
            }
        }
        out
    }
}

/// What was proved, in sentences.
pub fn facts(prepared: &Prepared) -> Vec<Fact> {
    let e = &prepared.equations;
    let f = &e.facts;
    let mut out = Vec::new();
    let mut proved = |text: String| out.push(Fact { certainty: "proved", text, states: None });
    proved(if f.autonomous {
        "t occurs nowhere: autonomous".into()
    } else {
        "t occurs in the equations: explicit time".into()
    });
    if f.has_mass {
        let form = match (f.constant_mass, f.diagonal_mass) {
            (true, true) => "is constant and diagonal",
            (true, false) => "is constant",
            (false, true) => "is diagonal and depends on the state",
            (false, false) => "depends on the state",
        };
        proved(format!("the mass matrix {form}"));
    }
    if formalism::partition(e).is_some() {
        proved("positions move by momenta (or velocities) alone and these by positions alone: separable".into());
    }
    if f.linear {
        proved("every rate is linear in the states, with constant coefficients".into());
    }
    if f.dissipative {
        proved("there is dissipation".into());
    }
    if let Some(m) = &e.monotone {
        proved(format!("{} never grows: {}", m.name, m.reason));
    }
    if f.keeps_volume {
        proved("the flow keeps the volume of phase space".into());
    }
    if f.bracket {
        proved("the equations come from a bracket".into());
    }
    if f.state_switch {
        proved("a kink or jump depends on the state".into());
    }
    if !e.switches.is_empty() {
        proved(format!(
            "{} condition{} on time split the run",
            e.switches.len(),
            if e.switches.len() == 1 { "" } else { "s" }
        ));
    }
    for i in &e.invariants {
        proved(format!("{} is conserved: {}", i.name, i.reason));
    }
    out
}

/// What holds at random states around the start, in sentences; it decides nothing. Empty where the
/// system cannot be compiled, and where it would be said of weights that nobody found.
pub fn probable(prepared: &Prepared) -> Vec<Fact> {
    if prepared.system.nets.iter().any(|n| !n.trained) {
        return Vec::new();
    }
    let (system, equations) = (&prepared.system, &prepared.equations);
    let mut silent = Diagnostics::new();
    if prepared.unfitted().is_some() {
        return Vec::new();
    }
    let (Ok(mut kernel), Some((parameters, known))) =
        (nets::kernel(prepared, Execution::default()), start::parameters(prepared, &mut silent))
    else {
        return Vec::new();
    };
    if kernel.set_parameters(&parameters).is_err() {
        return Vec::new();
    }
    let mut graph = equations.graph.clone();
    let time = system.simulate.as_ref().and_then(|options| options.time.clone());
    let span = time
        .and_then(|time| known.evaluate(&mut graph, &[time.from, time.to]).ok())
        .map_or((0.0, 1.0), |ends| (ends[0], ends[1]));
    let n = equations.states.iter().map(|s| s.length).sum();
    let beginning = start::beginning(prepared, span.0, 0, &mut silent).map_or_else(|| vec![0.0; n], |b| b.y);
    let mut turning = vec![false; n];
    for s in &equations.states {
        let turns = system.variables.iter().any(|v| v.rate == s.leaf || v.leaf == s.leaf && v.role == Role::Momentum);
        turning[s.offset..s.offset + s.length].fill(turns);
    }
    let quantities: Vec<(String, Vec<ExprId>)> =
        system.observables.iter().filter(|o| o.invariant).map(|o| (o.name.clone(), o.items.clone())).collect();
    let zero = graph.zero();
    let energy = equations.energy.as_ref().filter(|e| e.power != zero);
    let name = if system.hamiltonian.is_some() { "H" } else { "E" };
    let assumptions: Vec<ExprId> = system.assumptions.iter().map(|a| a.condition).collect();
    let question = Question {
        equations,
        assumptions: &assumptions,
        quantities: &quantities,
        energy: energy.map(|e| (name.to_owned(), e.value)),
        turning: &turning,
        span,
        start: &beginning,
    };
    let found = sampled::sample(&mut kernel, &question);
    let fact = |text| Fact { certainty: "probable", text, states: Some(found.states) };
    found.facts.into_iter().map(fact).collect()
}
