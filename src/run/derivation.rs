//! Derivation reports: the equations of motion, what is conserved, and the facts behind them.

use super::prepare::Prepared;
use crate::formalism;
use crate::kernel::Kernel;
use crate::model::system::{Derivation, Role};
use crate::symbolic::{ExprId, Graph, Latex, Text, index_letter};
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
}

/// A fact and how sure it is.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    /// `proved` or `probable`.
    pub certainty: &'static str,
    /// A sentence.
    pub text: String,
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
    /// Facts.
    pub facts: Vec<Fact>,
}

/// Longest formula, in nodes, that a report writes out.
const WRITTEN: u64 = 4_000;

fn print(g: &Graph, e: ExprId, form: Form) -> String {
    if g.count_written(e) > WRITTEN {
        return "… (too long to be written out)".to_owned();
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

/// The report on a system.
pub fn sheet(prepared: &Prepared, form: Form) -> Sheet {
    let (system, equations) = (&prepared.system, &prepared.equations);
    let row = |left: String, right: String| Row { left, right, note: String::new() };
    let mut definitions = Vec::new();
    let mut g = equations.graph.clone();
    for generator in
        system.lagrangian.iter().chain(&system.hamiltonian).chain(&system.rayleigh).chain(&system.irrotational)
    {
        let value = formalism::brief(&mut g, generator.value);
        definitions.push(row(symbol(&generator.name, form), print(&g, value, form)));
    }
    let (graph, lines) = formalism::lines(equations);
    let mut sheet_lines = Vec::new();
    for l in &lines {
        let mut made = row(print(&graph, l.left, form), print(&graph, l.right, form));
        if let Some((low, high)) = l.range.map(|d| graph.domain_info(d).ranges[0]) {
            let i = index_letter(&graph);
            match form {
                Form::Text => made.note = format!("{i} = {low}..{high}"),
                Form::Latex | Form::Markdown => {
                    made.right = format!("{}, \\quad {i} = {low},\\ldots,{high}", made.right);
                }
            }
        }
        sheet_lines.push(made);
    }
    let mut momenta = Vec::new();
    let doubled = system.derivations.iter().any(|d| matches!(d, Derivation::Doubled(_)));
    if let (Some(l), false) = (&system.lagrangian, doubled) {
        for v in system.variables.iter().filter(|v| v.role == Role::Coordinate && v.elements.len() <= 6) {
            for (k, name) in v.elements.iter().enumerate() {
                let leaf = if v.scalar {
                    v.rate
                } else {
                    let index = g.integer(k as i64);
                    g.read(v.rate, index)
                };
                let p = g.gradient(l.value, &[leaf])[0];
                let p = formalism::brief(&mut g, p);
                momenta.push(row(symbol(&formalism::momentum_name(name), form), print(&g, p, form)));
            }
        }
    }
    let legendre = system.derivations.iter().any(|d| matches!(d, Derivation::Legendre(_)));
    let known = if legendre { formalism::solved(&mut g, equations) } else { Default::default() };
    let mut conserved = Vec::new();
    for i in &equations.invariants {
        let value = g.substitute(i.value, &known);
        let value = formalism::brief(&mut g, value);
        // A momentum that is a state is its own value.
        let own = print(&g, value, form);
        let left = symbol(&i.name, form);
        conserved.push(Row { right: if own == left { "const".into() } else { own }, left, note: i.reason.clone() });
    }
    Sheet {
        name: system.name.clone(),
        form: equations.form.word().to_owned(),
        definitions,
        equations: sheet_lines,
        momenta,
        conserved,
        facts: facts(prepared),
    }
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
                ] {
                    if rows.is_empty() {
                        continue;
                    }
                    out.push_str(&format!("\n  {title}\n"));
                    for r in rows {
                        let note = if r.note.is_empty() { String::new() } else { format!("    ({})", r.note) };
                        out.push_str(&format!("    {} = {}{note}\n", r.left, r.right));
                    }
                }
                out.push_str("\n  facts\n");
                for f in &self.facts {
                    out.push_str(&format!("    {} ({})\n", f.text, f.certainty));
                }
            }
            Form::Latex => {
                out.push_str(&format!("% {}, {}\n", self.name, self.form));
                for rows in [&self.definitions, &self.momenta, &self.equations, &self.conserved] {
                    if rows.is_empty() {
                        continue;
                    }
                    out.push_str("\\begin{align*}\n");
                    let lines: Vec<String> = rows.iter().map(|r| format!("  {} &= {}", r.left, r.right)).collect();
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
                ] {
                    if rows.is_empty() {
                        continue;
                    }
                    out.push_str(&format!("\n### {title}\n\n"));
                    for r in rows {
                        let note = if r.note.is_empty() { String::new() } else { format!("\n({})\n", r.note) };
                        out.push_str(&format!("$$ {} = {} $$\n{note}", r.left, r.right));
                    }
                }
                out.push_str("\n### Facts\n\n");
                for f in &self.facts {
                    out.push_str(&format!("- {} ({})\n", f.text, f.certainty));
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
    let mut proved = |text: String| out.push(Fact { certainty: "proved", text });
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
    if f.partition.is_some() {
        proved("positions move by momenta (or velocities) alone and these by positions alone: separable".into());
    }
    if f.linear {
        proved("every rate is linear in the states, with constant coefficients".into());
    }
    if f.dissipative {
        proved("there is dissipation".into());
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

/// The compiled operations, counted.
pub fn tape(prepared: &Prepared) -> Result<String, String> {
    let kernel = Kernel::compile(&prepared.equations).map_err(|e| e.to_string())?;
    Ok(format!(
        "{}: {} instructions compiled, {} operations executed for one evaluation of {} rates\n",
        prepared.system.name,
        kernel.operations(),
        kernel.operations_executed(),
        prepared.equations.states.iter().map(|s| s.length).sum::<usize>()
    ))
}
