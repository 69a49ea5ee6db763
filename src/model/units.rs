//! Units as written → exact factors and dimensions, with the `unit` lines of the modules.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::dimension::{self, Lookup, Unit};
use crate::syntax::tree::*;
use indexmap::IndexMap;
use num_rational::Ratio;

/// Units that `unit` lines declare.
pub type OwnUnits = IndexMap<String, Unit>;

/// The unit that the text between brackets means; `None` after a diagnostic.
pub fn resolve(unit: &UnitExpr, own: &OwnUnits, diagnostics: &mut Diagnostics) -> Option<Unit> {
    product(&unit.product, own, diagnostics)
}

fn product(p: &UnitProduct, own: &OwnUnits, diagnostics: &mut Diagnostics) -> Option<Unit> {
    let mut result = Unit::one();
    let mut failed = false;
    let mut slash = false;
    for factor in &p.factors {
        if slash {
            // More than one factor behind a `/`: reading the text has said so already.
            return None;
        }
        slash = factor.op == UnitOp::Divide;
        let base = match &factor.base {
            UnitBase::One => Some(Unit::one()),
            UnitBase::Product(inner) => product(inner, own, diagnostics),
            UnitBase::Name(name) => match own.get(name) {
                Some(unit) => Some(unit.clone()),
                None => named(name, factor, own, diagnostics),
            },
        };
        let Some(base) = base else {
            failed = true;
            continue;
        };
        let (n, d) = factor.exponent;
        let sign = if factor.op == UnitOp::Divide { -1 } else { 1 };
        let exponent = match (i32::try_from(n * sign), i32::try_from(d)) {
            (Ok(n), Ok(d)) if d != 0 && n.abs() <= 64 && d <= 64 => Ratio::new(n, d),
            _ => {
                diagnostics.push(
                    Diagnostic::error("E0211", factor.span, "this exponent of a unit is out of range")
                        .help("exponents of units go from -64 to 64"),
                );
                failed = true;
                continue;
            }
        };
        match base.pow(exponent).and_then(|b| result.mul(&b)) {
            Ok(unit) => result = unit,
            Err(error) => {
                diagnostics.push(Diagnostic::error(
                    "E0211",
                    factor.span,
                    format!("this unit cannot be converted exactly: {error}"),
                ));
                failed = true;
            }
        }
    }
    (!failed).then_some(result)
}

fn named(name: &str, factor: &UnitFactor, own: &OwnUnits, diagnostics: &mut Diagnostics) -> Option<Unit> {
    match dimension::lookup(name) {
        Lookup::Unit(unit) => Some(unit),
        Lookup::Affine(advice) => {
            diagnostics.push(
                Diagnostic::error(
                    "E0212",
                    factor.span,
                    format!("`{name}` has a zero of its own, so it is not a factor"),
                )
                .help(advice),
            );
            None
        }
        Lookup::Unknown(suggestions) => {
            let near = super::suggest(name, own.keys().map(String::as_str))
                .map(str::to_owned)
                .or_else(|| suggestions.first().map(ToString::to_string));
            let d = Diagnostic::error("E0213", factor.span, format!("`{name}` is not a unit"));
            diagnostics.push(match near {
                Some(near) => d.help(format!(
                    "did you mean `{near}`? A unit of your own is declared with `unit {name} = 1 [{near}]`"
                )),
                None => d.help(format!(
                    "units stand between brackets: `[m/s^2]`; one of your own is declared with `unit {name} = …`"
                )),
            });
            None
        }
    }
}
