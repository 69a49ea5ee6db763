//! Rows of a plane field: which columns are its coordinates and components, and which rows are picked.

use super::option;
use super::place::Shape;
use super::plan::Planner;
use crate::data::Dataset;
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::Dimension;
use crate::model;
use crate::syntax::tree::*;

/// Part of a value by which a row may miss what `where` asks for.
const SAME: f64 = 1e-9;

/// What to do about a wrong `where`.
const WHERE: &str = "write `where = { day = 12 }`, with the unit of the column: it keeps the rows of that day";

/// A component of the field among the columns.
#[derive(Clone, Copy, Debug)]
pub(super) enum Component {
    Values(usize),
    Rates(usize),
}

fn wrong<T>(planner: &mut Planner, at: Span, message: &str, help: &str) -> Option<T> {
    planner.out.push(Diagnostic::error("E0498", at, message).help(help));
    None
}

/// Which columns are the coordinates and the components: as named, or where that is left out as the rows say
/// themselves; else what is not said.
pub(super) fn plane(
    source: &Shape,
    at: Option<[usize; 2]>,
    field: Option<[usize; 2]>,
) -> Result<([usize; 2], [Component; 2]), &'static str> {
    let at = match (at, source.columns.len()) {
        (Some(at), _) => at,
        (None, 2) => [0, 1],
        _ => return Err("which two columns are the coordinates is not said: `at = [x, y]`"),
    };
    match field {
        Some([u, v]) => Ok((at, [Component::Values(u), Component::Values(v)])),
        None if at.iter().all(|k| source.columns[*k].rated) => Ok((at, at.map(Component::Rates))),
        None => Err("the coordinates have no rates, so the field is to be named: `field = [u, v]`"),
    }
}

/// `where = { day = 12 }`: columns and the values that their rows must have, and the options beside it.
pub(super) type Picked = (Vec<(usize, f64)>, Option<Config>);

pub(super) fn picked(planner: &mut Planner, source: &Shape, config: Option<&Config>) -> Option<Picked> {
    let mut plain = config.cloned();
    let mut only = Vec::new();
    if let Some(c) = &mut plain {
        let found = c.entries.iter().position(|e| option::name_of(e) == Some("where"));
        if let Some(entry) = found.map(|k| c.entries.remove(k)) {
            let ConfigValue::Config(list) = &entry.value else {
                return wrong(planner, entry.span, "`where` names columns and their values", WHERE);
            };
            for e in &list.entries {
                let ConfigValue::Expr(wanted) = &e.value else {
                    return wrong(planner, e.span, "a column has one value here", WHERE);
                };
                let column = planner.column_of(source, &e.target)?;
                let (number, dimension) = planner.quantity(wanted)?;
                if dimension != source.columns[column].dimension {
                    return wrong(planner, wanted.span, "this value has another unit than its column", WHERE);
                }
                only.push((column, number));
            }
        }
    }
    Some((only, plain))
}

/// The dimension of a component.
pub(super) fn dimension(planner: &Planner, source: &Shape, component: Component) -> Dimension {
    let second = source.time.map_or_else(Dimension::one, |t| t.1);
    let time = if planner.program.has_units { Dimension::time() } else { second };
    match component {
        Component::Values(k) => source.columns[k].dimension,
        Component::Rates(k) => source.columns[k].dimension.div(&time).unwrap_or_else(|_| Dimension::one()),
    }
}

/// Coordinates and components of the rows that are picked and finite, and which rows they are.
pub(super) type Rows = ([Vec<f64>; 2], [Vec<f64>; 2], Vec<usize>);

pub(super) fn columns(data: &Dataset, at: [usize; 2], field: [Component; 2], only: &[(usize, f64)]) -> Option<Rows> {
    let column = |c: Component| match c {
        Component::Values(k) => Some(data.values(k)),
        Component::Rates(k) => data.rates(k),
    };
    let (x, y) = (data.values(at[0]), data.values(at[1]));
    let [Some(u), Some(v)] = field.map(column) else { return None };
    let asked: Vec<(Vec<f64>, f64)> = only.iter().map(|(k, v)| (data.values(*k), *v)).collect();
    let wanted = |row: &usize| {
        asked.iter().all(|(list, v)| (list[*row] - v).abs() <= SAME * v.abs().max(1.0))
            && [x[*row], y[*row], u[*row], v[*row]].iter().all(|v| v.is_finite())
    };
    let kept: Vec<usize> = (0..x.len()).filter(wanted).collect();
    let of = |list: &[f64]| kept.iter().map(|r| list[*r]).collect::<Vec<f64>>();
    Some(([of(&x), of(&y)], [of(&u), of(&v)], kept))
}

impl Planner {
    /// A column of data, by its name.
    pub(super) fn column_of(&mut self, shape: &Shape, e: &Expr) -> Option<usize> {
        let name = model::text_of(e);
        let found = shape.columns.iter().position(|c| c.name == name);
        if found.is_none() {
            let names: Vec<String> = shape.columns.iter().map(|c| c.name.clone()).collect();
            let d = Diagnostic::error("E0482", e.span, format!("the data have no column `{name}`"));
            let near = model::suggest(&name, names.iter().map(String::as_str)).map(str::to_owned);
            self.out.push(match near {
                Some(near) => d.help(format!("did you mean `{near}`?")),
                None => d.help(format!("its columns are {}", model::list_names(&names))),
            });
        }
        found
    }

    pub(super) fn pair<'e>(&mut self, e: &'e Expr) -> Option<[&'e Expr; 2]> {
        if let ExprKind::List { rows, unit: None } = &*e.kind
            && let [row] = rows.as_slice()
            && let [a, b] = row.as_slice()
        {
            return Some([a, b]);
        }
        wrong(self, e.span, "two things belong here", "write a list of two: `[x, y]`")
    }

    pub(super) fn two_columns(&mut self, shape: &Shape, e: &Expr) -> Option<[usize; 2]> {
        let [a, b] = self.pair(e)?;
        let [a, b] = [self.column_of(shape, a)?, self.column_of(shape, b)?];
        if a == b {
            return wrong(self, e.span, "these are one column, and two are needed", "write a list of two: `[x, y]`");
        }
        Some([a, b])
    }
}
