//! The method of a run and its step, with the reason in words.

use super::prepare::Prepared;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::integrate::Span;
use crate::integrate::auto::{self, StructureFacts};
use crate::integrate::krylov::Linear;
use crate::integrate::method::{METHODS, Method, MethodEntry, Needs, exponential, exponential_sparse};
use crate::kernel::{Kernel, Linearised, VectorField};
use crate::model::system::SimulateOptions;
use std::sync::Arc;

/// What a run will use.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The method.
    pub method: Method,
    /// Why, a clause.
    pub reason: String,
    /// Whether the file asked for this method by name.
    pub named: bool,
    /// Step of a fixed-step method, where one was found from the tolerance.
    pub step: Option<f64>,
    /// The method to hand over to where the motion turns out stiff.
    pub when_stiff: Option<Method>,
    /// The matrices of a large linear system, which the choice had to look at: the run takes them.
    pub linear: Option<Arc<Linear>>,
}

/// The entry of a method.
pub fn entry(method: Method) -> &'static MethodEntry {
    METHODS.iter().find(|e| e.method == method).expect("invariant: every method is listed")
}

/// The method that a name stands for.
pub fn by_name(name: &str) -> Option<&'static MethodEntry> {
    METHODS.iter().find(|e| e.name == name || e.aliases.contains(&name))
}

/// Whether the method that the options name exists; a run is not needed to say so.
pub fn known(options: &SimulateOptions) -> Result<(), Box<Diagnostic>> {
    let Some((name, span)) = options.method.as_ref().filter(|m| m.0 != "auto" && by_name(&m.0).is_none()) else {
        return Ok(());
    };
    let names: Vec<&str> = METHODS.iter().map(|e| e.name).collect();
    let d = Diagnostic::error("E0501", *span, format!("there is no method `{name}`"));
    Err(Box::new(match nearest(name, &names) {
        Some(near) => d.help(format!("did you mean `{near}`?")),
        None => d.help(format!("the methods are auto, {}", names.join(", "))),
    }))
}

/// Chooses as `language.md` 12.6 says: the first that applies. Where inputs are `driven`, by columns, nothing is constant.
#[allow(clippy::too_many_arguments)]
pub fn choose(
    prepared: &Prepared,
    options: &SimulateOptions,
    kernel: &mut Kernel,
    span: &Span,
    y: &[f64],
    (rtol, driven): (f64, bool),
    out: &mut Diagnostics,
) -> Option<Choice> {
    let partitioned = kernel.partition().is_some();
    let facts = &prepared.equations.facts;
    if let Some((name, span)) = &options.method {
        if name != "auto" {
            let Some(entry) = by_name(name) else {
                out.extend(known(options).err().map(|d| *d));
                return None;
            };
            let missing = match entry.needs {
                Needs::Nothing => None,
                Needs::Partition | Needs::LinearDrift if !partitioned => {
                    Some("positions and momenta that each move by the other alone")
                }
                Needs::LinearConstant if !facts.linear || driven => Some("a linear system with constant coefficients"),
                Needs::GradientFlow if !facts.gradient_flow => {
                    Some("a gradient flow: `dissipative D` of states, with a constant mass and without explicit time")
                }
                _ => None,
            };
            if let Some(missing) = missing {
                out.push(
                    Diagnostic::error(
                        "E0502",
                        *span,
                        format!(
                            "`{name}` needs {missing}, and `{}` is not of that kind (by the form of its equations)",
                            prepared.system.name
                        ),
                    )
                    .help("take `gauss6` for a Hamiltonian that does not separate, or `auto`"),
                );
                return None;
            }
            if entry.embedded_order.is_none() && entry.method != Method::Exponential && options.step.is_none() {
                out.push(
                    Diagnostic::error("E0503", *span, format!("`{name}` has a fixed step, and none is given"))
                        .help(format!("write `method = {name}, step = …`")),
                );
                return None;
            }
            return Some(Choice {
                method: entry.method,
                reason: "the file asks for it".into(),
                named: true,
                step: None,
                when_stiff: None,
                linear: None,
            });
        }
    }
    let linear_drift = partitioned && facts.has_mass;
    let linear_constant = facts.linear && facts.autonomous && !driven && options.step.is_none();
    // Integrals carried along need short steps, and reversed time a growing flow: neither is for one Krylov space.
    let rows_alone = prepared.equations.energy.is_none() && span.direction() > 0.0;
    let large = y.len() > exponential::LARGEST;
    let linear = match large && linear_constant && rows_alone {
        true => exponential_sparse::symmetric(kernel, span.start(), y).ok().flatten(),
        false => None,
    };
    let symmetric = linear.is_some();
    // Matrices at the start are looked at where a dense Jacobian would be too large, or much is there to be gained.
    let matrices = if large && !symmetric { kernel.linearised(span.start(), y).ok().flatten() } else { None };
    let matrices = matrices.filter(Linearised::is_sparse);
    let decays = matrices.as_ref().map_or(0.0, auto::fastest_decay) * span.length();
    let structure = StructureFacts {
        bracket: facts.bracket,
        linear_constant,
        symmetric,
        stiff: decays > auto::STIFF,
        sparse: matrices.is_some(),
        separable: partitioned,
        linear_drift,
        shortest_period: if partitioned { auto::shortest_period(kernel, span.start(), y) } else { None },
    };
    let mut chosen = auto::choose(&structure, y.len(), span, rtol);
    if options.step.is_some() && !facts.bracket {
        // A fixed step asks for structure, not for a point to a tolerance.
        let (method, reason) = if partitioned {
            (Method::KahanLi6, "a fixed step is given, and the equations separate")
        } else if facts.gradient_flow {
            (Method::DiscreteGradient, "a fixed step is given, and its functional must fall in every step")
        } else {
            (Method::Gauss6, "a fixed step is given, and the equations do not separate")
        };
        chosen = auto::Choice { method, step: None, when_stiff: None, reason: reason.to_owned() };
    }
    Some(Choice {
        method: chosen.method,
        reason: chosen.reason,
        named: false,
        step: chosen.step,
        when_stiff: chosen.when_stiff,
        linear: linear.filter(|_| chosen.method == Method::Exponential).map(Arc::new),
    })
}

fn nearest<'n>(name: &str, names: &[&'n str]) -> Option<&'n str> {
    names
        .iter()
        .copied()
        .map(|n| (strsim::damerau_levenshtein(n, name), n))
        .filter(|(d, n)| *d <= 3 && *d < n.len())
        .min()
        .map(|d| d.1)
}
