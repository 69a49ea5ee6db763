//! What a `fit` line found, as later lines and files see it.

use crate::diagnostic::Diagnostics;
use crate::formalism;
use crate::learn::rows::Rows;
use crate::learn::saved::Saved;
use crate::run::training::{self, Fitted};
use crate::run::{prepare, record};
use crate::symbolic::{ExprId, Node};

/// A fit as later lines see it.
pub struct FitResult {
    /// The system with its nets and parameters found.
    pub fitted: Fitted,
    /// Numbers that lines read, by their leaves.
    pub values: Vec<(ExprId, f64)>,
    /// Parameters that the line gave to the system it names; else why the fit is no system by name.
    pub named: Result<Vec<String>, String>,
    /// Digests of how and from what it was learned.
    pub digests: Vec<(&'static str, String)>,
    /// Whether it is another fit with its system changed.
    pub adapted: bool,
}

/// Gives a system that is made of a fitted one the weights and parameters that were found, by their names.
pub(super) fn lend(own: &prepare::Prepared, prepared: &mut prepare::Prepared) {
    prepared.weights = own.weights.clone();
    for net in &mut prepared.system.nets {
        net.trained = true;
    }
    for (k, values) in &own.fitted {
        let name = &own.system.parameters[*k].name;
        // what the call sets on top stays as the call says
        if let Some(at) = prepared.system.parameters.iter().position(|p| p.name == *name) {
            let set = prepared.system.parameters[at].default != own.system.parameters[*k].default
                && prepared.system.parameters[at].span != own.system.parameters[*k].span;
            if !set {
                prepared.fitted.retain(|(place, _)| *place != at);
                prepared.fitted.push((at, values.clone()));
            }
        }
    }
}

impl FitResult {
    /// Gives a system that is made of the fitted one its weights and parameters, by their names.
    pub fn lend(&self, prepared: &mut prepare::Prepared) {
        lend(&self.fitted.prepared, prepared);
    }

    /// Numbers of bindings: what was found, and what depends on parameters alone.
    pub fn numbers(&self, items: &[(ExprId, u32)]) -> Result<Vec<Vec<f64>>, String> {
        let mut parameters = None;
        let mut one = |(item, _): &(ExprId, u32)| {
            if let Some(known) = self.values.iter().find(|v| v.0 == *item) {
                return Ok(vec![known.1]);
            }
            let prepared = &self.fitted.prepared;
            let unknown = || format!("`{}` is a fit: read this of a run of it", self.fitted.name);
            if !is_constant(prepared, *item) {
                return Err(unknown());
            }
            let known = parameters
                .get_or_insert_with(|| crate::run::start::parameters(prepared, &mut Diagnostics::new()))
                .as_ref()
                .ok_or_else(unknown)?;
            let mut graph = prepared.equations.graph.clone();
            known.1.evaluate(&mut graph, &[*item]).map_err(|e| e.to_string())
        };
        items.iter().map(&mut one).collect()
    }

    /// A quantity of the system, differentiated along its motion so often, at points: `places` are the components of the state that are given.
    pub fn over(
        &self,
        (item, primes): (ExprId, u32),
        places: &[Option<(usize, ExprId)>],
        points: &[Vec<f64>],
    ) -> Result<Vec<f64>, String> {
        let prepared = &self.fitted.prepared;
        let n = crate::run::start::state_names(prepared).len();
        let mut rows =
            Rows { count: points.len(), states: vec![None; n], time: vec![0.0; points.len()], ..Rows::default() };
        for (k, place) in places.iter().enumerate() {
            if let Some((at, _)) = place {
                rows.states[*at] = Some(points.iter().map(|p| p[k]).collect());
            }
        }
        let mut out = Diagnostics::new();
        let (values, _) = crate::run::start::parameters(prepared, &mut out).ok_or("a parameter has no value")?;
        let mut graph = prepared.equations.graph.clone();
        let item = record::differentiated(prepared, &mut graph, item, primes);
        let opened = formalism::with_rates(&mut graph, &prepared.equations, &[item]);
        Ok(training::along(prepared, graph, &values, &rows, &opened)?.remove(0))
    }

    /// What a results file says of it, with the time that it took.
    pub fn summary(&self) -> serde_json::Value {
        let mut all = self.facts();
        all["train_time"] = serde_json::json!(self.fitted.training.seconds);
        all
    }

    /// What is known of it: the same whenever and wherever it is made.
    pub fn facts(&self) -> serde_json::Value {
        let t = &self.fitted.training;
        let learned: serde_json::Map<String, serde_json::Value> =
            self.fitted.parameters.iter().map(|(name, v)| (name.clone(), serde_json::json!(v))).collect();
        let records: Vec<serde_json::Value> =
            t.records.iter().map(|r| serde_json::json!({ "step": r.step, "loss": r.loss, "valid": r.valid })).collect();
        serde_json::json!({
            "name": self.fitted.name, "system": self.fitted.prepared.system.name, "ending": t.ending.name(),
            "steps": t.steps, "loss": t.loss, "valid_loss": t.valid, "params": self.fitted.count, "learned": learned,
            "products_per_step": self.fitted.products.0, "records": records,
        })
    }

    /// The fitted system as a file, which another file can `use`.
    pub fn saved(&self, plan: &super::Plan) -> Saved {
        let (prepared, training) = (&self.fitted.prepared, &self.fitted.training);
        let mut saved = Saved::default();
        let mut text = |key: &str, value: String| saved.texts.insert(key.into(), value);
        text("kind", "fitted".into());
        text("system", prepared.system.name.clone());
        text("sha256", plan.hash.clone());
        text("version", crate::report::version().into());
        text("ending", training.ending.name().into());
        text("steps", training.best.to_string());
        text("loss", training.loss.to_string());
        if let Some(valid) = training.valid {
            text("valid_loss", valid.to_string());
        }
        for (key, digest) in &self.digests {
            text(key, digest.clone());
        }
        if let Err(why) = &self.named {
            text("alone", why.clone());
        }
        let mut declared = Vec::new();
        let mut arrays_of = serde_json::Map::new();
        for (name, arrays) in &prepared.weights {
            let info = prepared.equations.graph.nets().find(|(_, info)| info.name == *name).map(|n| n.1);
            let shapes = info.map(|i| i.architecture.weights(i.inputs, i.outputs)).unwrap_or_default();
            for (w, values) in shapes.iter().zip(arrays.iter()) {
                saved.shaped(&format!("net {name} {}", w.name), &[w.rows as usize, w.columns as usize], values);
            }
            let names: Vec<&str> = shapes.iter().map(|w| w.name.as_str()).collect();
            arrays_of.insert(name.clone(), serde_json::json!(names));
            let at = prepared.system.nets.iter().find(|n| n.name == *name).map(|n| n.span);
            declared.extend(at.map(|at| (format!("net {name}"), at)));
        }
        saved.texts.insert("arrays".into(), serde_json::Value::Object(arrays_of).to_string());
        for (k, values) in self.parameters() {
            let p = &prepared.system.parameters[k];
            let key = format!("param {}", p.name);
            saved.numbers(&key, &values);
            // One that the line gave is declared by the line, and not where a reader of the text finds it.
            if !self.named.as_deref().unwrap_or_default().contains(&p.name) {
                declared.push((key, p.span));
            }
        }
        crate::run::fitted_file::carry(&plan.program, &declared, &mut saved);
        saved
    }

    /// Parameters that the text of the system does not say: learned ones, scales, and those that the line gave.
    fn parameters(&self) -> Vec<(usize, Vec<f64>)> {
        let prepared = &self.fitted.prepared;
        let mut list = prepared.fitted.clone();
        let given = self.named.as_deref().unwrap_or_default();
        let mut out = Diagnostics::new();
        // The fit has computed them before, so they have values.
        let Some((_, known)) = crate::run::start::parameters(prepared, &mut out) else { return list };
        for (k, p) in prepared.system.parameters.iter().enumerate().filter(|(_, p)| given.contains(&p.name)) {
            if !list.iter().any(|(place, _)| *place == k) {
                list.extend(known.get(p.leaf).map(|values| (k, values.to_vec())));
            }
        }
        list
    }
}

/// Whether an expression of a system is a number that its parameters give.
pub(super) fn is_constant(prepared: &prepare::Prepared, item: ExprId) -> bool {
    let graph = &prepared.equations.graph;
    let given = |leaf: &ExprId| prepared.system.parameters.iter().any(|p| p.leaf == *leaf && !p.input);
    let learned = |e: &ExprId| matches!(graph.node(*e), Node::Net { .. } | Node::Abstract { .. });
    item.index() < graph.len()
        && graph.free_leaves(&[item]).iter().all(given)
        && !graph.reachable(&[item]).iter().any(learned)
}
