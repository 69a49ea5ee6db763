//! What is computed: operations of one evaluation and, of learned functions, the products with their weights, in
//! an evaluation and in a step of training.

use super::prepare::Prepared;
use super::start;
use crate::diagnostic::Diagnostics;
use crate::kernel::Kernel;
use crate::learn::objective::pointwise::wider;
use crate::learn::objective::{Kind, Norm, Pointwise};
use crate::learn::rows::Rows;
use crate::learn::weights::{Layout, Owner};
use crate::symbolic::{Graph, NetId};
use crate::tensor::{Multiplication, ProductForm};

/// The tier of stages that run once for each direction.
const DIRECTIONS: u8 = 2;

/// Products with one matrix of one net.
struct Counted {
    net: NetId,
    /// Which array of its weights.
    array: usize,
    form: ProductForm,
    /// Whether the matrix lies between hidden layers.
    hidden: bool,
    /// Whether they are made once for each direction of a tangent.
    directed: bool,
    count: usize,
}

/// The compiled operations, counted; for nets the products, listed.
pub fn tape(prepared: &Prepared) -> Result<String, String> {
    let equations = &prepared.equations;
    let kernel = Kernel::compile(equations).map_err(|e| e.to_string())?;
    let mut text = format!(
        "{}: {} instructions compiled, {} operations executed for one evaluation of {} rates\n",
        prepared.system.name,
        kernel.operations(),
        kernel.operations_executed(),
        equations.states.iter().map(|s| s.length).sum::<usize>()
    );
    let graph = &equations.graph;
    let ids: Vec<NetId> = graph.nets().map(|n| n.0).collect();
    if ids.is_empty() {
        return Ok(text);
    }
    let threshold = wider(graph);
    let mut evaluation: Vec<Counted> = Vec::new();
    for group in kernel.net_groups() {
        for (stage, m) in group.program.multiplications() {
            let (Some(slot), directed) = (m.slot, group.stages[stage as usize].0 == DIRECTIONS) else { continue };
            count(&mut evaluation, (ids[group.net], slot as usize, directed), &m, threshold);
        }
    }
    text.push_str("  products of one evaluation\n");
    text.push_str(&listed(graph, &evaluation));
    match training(prepared, &ids, threshold) {
        Ok(step) => {
            text.push_str("  products of one training step, loss = derivative\n");
            text.push_str(&listed(graph, &step));
        }
        Err(why) => text.push_str(&format!("  no training step: {why}\n")),
    }
    Ok(text)
}

fn count(list: &mut Vec<Counted>, of: (NetId, usize, bool), m: &Multiplication, threshold: u32) {
    let ((net, array, directed), form) = (of, m.form);
    match list.iter_mut().find(|c| (c.net, c.array, c.directed, c.form) == (net, array, directed, form)) {
        Some(known) => known.count += 1,
        None => list.push(Counted { net, array, form, hidden: m.is_hidden(threshold), directed, count: 1 }),
    }
}

/// The products of the loss that compares the rates of states, but of coordinates whose rate is a state.
fn training(prepared: &Prepared, ids: &[NetId], threshold: u32) -> Result<Vec<Counted>, String> {
    let equations = &prepared.equations;
    let layout = Layout::new(&equations.graph, ids, &[]);
    let mut nothing = Diagnostics::new();
    let (values, _) = start::parameters(prepared, &mut nothing).ok_or("a parameter has no value")?;
    let names = start::state_names(prepared);
    let one = || Some(vec![1.0]);
    let is_copied = |name: &String| names.contains(&format!("{name}'"));
    let n = names.len();
    let rows = Rows {
        count: 1,
        time: vec![0.0],
        trials: vec![0, 1],
        states: names.iter().map(|_| one()).collect(),
        rates: names.iter().map(|name| if is_copied(name) { None } else { one() }).collect(),
        weights: vec![None; n],
        noise: vec![None; n],
        periodic: vec![false; n],
        velocity: vec![None; n],
        inputs: Vec::new(),
        hold: false,
    };
    let made = Pointwise::<f64>::new(equations, &layout, &values, &[], &rows, Kind::Derivative, Norm::L2, 1);
    let step = made.map_err(|e| e.to_string())?;
    let mut list = Vec::new();
    for (m, part) in step.multiplications() {
        if let Some(Owner::Net(net, array)) = part.map(|p| p.owner) {
            count(&mut list, (net, array, false), m, threshold);
        }
    }
    Ok(list)
}

/// A line for each net and kind of its matrices, and the sum over hidden layers.
fn listed(graph: &Graph, list: &[Counted]) -> String {
    let mut out = String::new();
    let mut total = 0;
    for (net, info) in graph.nets() {
        let names = info.architecture.weights(info.inputs, info.outputs);
        for (hidden, which) in [(true, "hidden layers"), (false, "first and last layer")] {
            let mut own: Vec<&Counted> = list.iter().filter(|c| c.net == net && c.hidden == hidden).collect();
            own.sort_by_key(|c| (c.array, c.form, c.directed));
            let parts: Vec<String> = own
                .iter()
                .map(|c| {
                    let w = names.get(c.array).map_or("W", |w| w.name.as_str());
                    let what = match c.form {
                        ProductForm::Forwards => format!("{} {w} x", c.count),
                        ProductForm::Backwards => format!("{} {w}ᵀ z", c.count),
                        ProductForm::Gradient => format!("{} z xᵀ for {w}", c.count),
                    };
                    if c.directed { format!("{what} for each direction") } else { what }
                })
                .collect();
            let sum: usize = own.iter().map(|c| c.count).sum();
            if hidden {
                total += sum;
            }
            if hidden || sum > 0 {
                let parts = if parts.is_empty() { "none".to_owned() } else { parts.join(", ") };
                out.push_str(&format!("    {}, {which}: {sum} ({parts})\n", info.name));
            }
        }
    }
    out.push_str(&format!("    with matrices between hidden layers: {total}\n"));
    out
}
