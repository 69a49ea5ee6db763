//! `data h = helmholtz(d, grid = [25, 25]) { at = [x, y], field = [u, v] }`: a plane field taken apart, as data again.
//!
//! A row is a point of the grid. Its columns are the coordinates, with the field as their rates, the vectors `field`,
//! `rotational`, `irrotational` and `harmonic`, and the potentials `H` and `D`:
//! `field = (∂H/∂y, −∂H/∂x) + (∂D/∂x, ∂D/∂y) + harmonic`.

use super::ExperimentOutput;
use super::option;
use super::place::{Shape, Source};
use super::plan::Planner;
use crate::analyse::helmholtz::gridding::{self, Axis, Gridded, Gridding, Samples};
use crate::analyse::helmholtz::lattice::Lattice;
use crate::analyse::helmholtz::{self, Boundary, Method, Parts, Refusal};
use crate::data::dataset::{Column, Content};
use crate::data::{Dataset, Named, Origin};
use crate::diagnostic::{self, Diagnostic, Diagnostics, Span};
use crate::dimension::Dimension;
use crate::limits;
use crate::model;
use crate::syntax::tree::*;

const OPTIONS: &[&str] = &["at", "field", "boundary", "method", "sweeps", "gridding", "reach"];
const USAGE: &str = "write `data h = helmholtz(d, grid = [25, 25]) { at = [x, y], field = [u, v] }`";
/// Sweeps of the relaxation where none are asked for, as published.
const SWEEPS: usize = 1_000;
/// Part of a value by which a row may miss what `where` asks for.
const SAME: f64 = 1e-9;
/// Vectors of the result, in the order of their columns.
const VECTORS: [&str; 4] = ["field", "rotational", "irrotational", "harmonic"];

/// A component of the field among the columns.
#[derive(Clone, Copy, Debug)]
enum Component {
    Values(usize),
    Rates(usize),
}

/// A decomposition, resolved.
pub(super) struct HelmholtzLine {
    span: Span,
    /// The data, among the results.
    of: usize,
    at: [usize; 2],
    field: [Component; 2],
    /// Columns and the values that their rows must have.
    only: Vec<(usize, f64)>,
    grid: Option<[usize; 2]>,
    boundary: Boundary,
    method: Option<Method>,
    gridding: Gridding,
    reach: Option<f64>,
    pub(super) shape: Shape,
}

/// Resolves the line.
pub(super) fn plan(planner: &mut Planner, value: &Expr, config: Option<&Config>) -> Option<(HelmholtzLine, Shape)> {
    let ExprKind::Call { args, .. } = &*value.kind else { return None };
    let Some(first) = args.first().filter(|a| a.name.is_none() && a.each.is_none() && a.tweaks.is_none()) else {
        return wrong(planner, value.span, "`helmholtz` takes the rows of data".into());
    };
    let of = planner.data_named(&first.value)?;
    let Source::Data(source) = &planner.sources[of] else { return None };
    let source = source.clone();
    let mut grid = None;
    for a in &args[1..] {
        match a.name.as_ref().map(|n| n.name.as_str()) {
            Some("grid") => grid = Some(planner.two_counts(&a.value)?),
            _ => return wrong(planner, a.span, "beside the data, `helmholtz` takes `grid = [nx, ny]`".into()),
        }
    }
    let mut plain = config.cloned();
    let mut only = Vec::new();
    if let Some(c) = &mut plain {
        let found = c.entries.iter().position(|e| option::name_of(e) == Some("where"));
        if let Some(entry) = found.map(|k| c.entries.remove(k)) {
            let ConfigValue::Config(list) = &entry.value else {
                return wrong(
                    planner,
                    entry.span,
                    "`where` names columns and their values: `where = { day = 12 }`".into(),
                );
            };
            for e in &list.entries {
                let ConfigValue::Expr(wanted) = &e.value else {
                    return wrong(planner, e.span, "a column has one value here: `where = { day = 12 }`".into());
                };
                let column = planner.column_of(&source, &e.target)?;
                let (number, dimension) = planner.quantity(wanted)?;
                if dimension != source.columns[column].dimension {
                    return wrong(planner, wanted.span, "this value has another unit than its column".into());
                }
                only.push((column, number));
            }
        }
    }
    let mut out = std::mem::take(&mut planner.out);
    let before = out.has_errors();
    let list = option::read("`helmholtz`", OPTIONS, plain.as_ref(), &mut out);
    let mut fine = before || !out.has_errors();
    planner.out = out;
    let (mut at, mut field): (Option<[usize; 2]>, Option<[usize; 2]>) = (None, None);
    let (mut boundary, mut method, mut sweeps) = (Boundary::Neumann, None, None);
    let (mut gridding, mut reach) = (Gridding::Linear, None);
    for (name, e) in list {
        match name {
            "at" => at = Some(planner.two_columns(&source, e)?),
            "field" => field = Some(planner.two_columns(&source, e)?),
            "boundary" => {
                let words = [
                    ("neumann", Boundary::Neumann),
                    ("dirichlet", Boundary::Dirichlet),
                    ("periodic", Boundary::Periodic),
                ];
                boundary = planner.word("boundary", e, &words)?;
            }
            "method" => {
                let words = [
                    ("spectral", Method::Spectral),
                    ("direct", Method::Direct),
                    ("multigrid", Method::Multigrid),
                    ("relaxation", Method::Relaxation(SWEEPS)),
                ];
                method = Some(planner.word("method", e, &words)?);
            }
            "sweeps" => sweeps = Some((planner.count("`sweeps`", e, limits::HELMHOLTZ_SWEEPS)?, e.span)),
            "gridding" => {
                let words = [("linear", Gridding::Linear), ("nearest", Gridding::Nearest)];
                gridding = planner.word("gridding", e, &words)?;
            }
            _ => {
                let (number, dimension) = planner.quantity(e)?;
                if !(dimension.is_one() && number > 0.0) {
                    return wrong(planner, e.span, "`reach` counts spacings of the grid: `reach = 2`".into());
                }
                reach = Some(number);
            }
        }
    }
    if let Some((n, span)) = sweeps {
        match &mut method {
            Some(Method::Relaxation(sweeps)) => *sweeps = n,
            _ => return wrong(planner, span, "only `method = relaxation` has sweeps".into()),
        }
    }
    let at = match (at, source.columns.len()) {
        (Some(at), _) => at,
        (None, 2) => [0, 1],
        _ => {
            return wrong(
                planner,
                value.span,
                "which two columns are the coordinates is not said: `at = [x, y]`".into(),
            );
        }
    };
    let rated = at.iter().all(|k| source.columns[*k].rated);
    let components = match field {
        Some([u, v]) => [Component::Values(u), Component::Values(v)],
        None if rated => at.map(Component::Rates),
        None => {
            return wrong(
                planner,
                value.span,
                "the coordinates have no rates, so the field is to be named: `field = [u, v]`".into(),
            );
        }
    };
    let [x, y] = at.map(|k| source.columns[k].dimension);
    let second = source.time.map_or_else(Dimension::one, |t| t.1);
    let time = if planner.program.has_units { Dimension::time() } else { second };
    let [u, v] = components.map(|c| match c {
        Component::Values(k) => source.columns[k].dimension,
        Component::Rates(k) => source.columns[k].dimension.div(&time).unwrap_or_else(|_| Dimension::one()),
    });
    if x != y || u != v {
        let message = "both coordinates have one unit, and both components too: a gradient adds them".to_owned();
        return wrong(planner, value.span, message);
    }
    let names = at.map(|k| source.columns[k].name.clone());
    if let Some(taken) = names.iter().find(|n| ["H", "D"].contains(&n.as_str()) || VECTORS.contains(&n.as_str())) {
        return wrong(planner, value.span, format!("`{taken}` is what the result calls one of its parts"));
    }
    fine &= !planner.out.has_errors() || before;
    if !fine {
        return None;
    }
    let mut columns: Vec<(String, Dimension, bool)> = names.iter().map(|n| (n.clone(), x, true)).collect();
    let mut named: Vec<Named> =
        (0..2).map(|k| Named { name: names[k].clone(), shape: Vec::new(), columns: k..k + 1 }).collect();
    for vector in VECTORS {
        let from = columns.len();
        columns.extend((1..=2).map(|k| (format!("{vector}[{k}]"), u, false)));
        named.push(Named { name: vector.to_owned(), shape: vec![2], columns: from..from + 2 });
    }
    for potential in ["H", "D"] {
        named.push(Named { name: potential.into(), shape: Vec::new(), columns: columns.len()..columns.len() + 1 });
        columns.push((potential.to_owned(), u.mul(&x).unwrap_or_else(|_| Dimension::one()), false));
    }
    let mut shape = Shape::new(columns, named, None);
    shape.scattered = true;
    let line = HelmholtzLine {
        span: value.span,
        of,
        at,
        field: components,
        only,
        grid,
        boundary,
        method,
        gridding,
        reach,
        shape: shape.clone(),
    };
    Some((line, shape))
}

fn wrong<T>(planner: &mut Planner, at: Span, message: String) -> Option<T> {
    planner.out.push(Diagnostic::error("E0498", at, message).help(USAGE));
    None
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

    fn pair<'e>(&mut self, e: &'e Expr) -> Option<[&'e Expr; 2]> {
        if let ExprKind::List { rows, unit: None } = &*e.kind
            && let [row] = rows.as_slice()
            && let [a, b] = row.as_slice()
        {
            return Some([a, b]);
        }
        wrong(self, e.span, "this is a list of two".into())
    }

    fn two_columns(&mut self, shape: &Shape, e: &Expr) -> Option<[usize; 2]> {
        let [a, b] = self.pair(e)?;
        let [a, b] = [self.column_of(shape, a)?, self.column_of(shape, b)?];
        if a == b {
            return wrong(self, e.span, "these are two different columns".into());
        }
        Some([a, b])
    }

    fn two_counts(&mut self, e: &Expr) -> Option<[usize; 2]> {
        let [a, b] = self.pair(e)?;
        let counts = [a, b].map(|e| self.count("`grid`", e, limits::HELMHOLTZ_POINTS));
        let [Some(a), Some(b)] = counts else { return None };
        if a < 2 || b < 2 || a.saturating_mul(b) > limits::HELMHOLTZ_POINTS {
            let message =
                format!("a grid has at least 2 points a side and at most {} in all", limits::HELMHOLTZ_POINTS);
            return wrong(self, e.span, message);
        }
        Some([a, b])
    }
}

/// Takes the field apart.
pub(super) fn execute(line: &HelmholtzLine, output: &ExperimentOutput, out: &mut Diagnostics) -> Option<Dataset> {
    match decomposed(line, output, out) {
        Ok(data) => Some(data),
        Err((message, help)) => {
            out.push(Diagnostic::error("E0499", line.span, message).help(help));
            None
        }
    }
}

fn decomposed(
    line: &HelmholtzLine,
    output: &ExperimentOutput,
    out: &mut Diagnostics,
) -> Result<Dataset, (String, String)> {
    let fail = |message: &str, help: &str| (message.to_owned(), help.to_owned());
    let source = output.data(line.of).ok_or_else(|| fail("its data are gone", USAGE))?;
    let data = &source.data;
    let column = |c: Component| match c {
        Component::Values(k) => Some(data.values(k)),
        Component::Rates(k) => data.rates(k),
    };
    let (x, y) = (data.values(line.at[0]), data.values(line.at[1]));
    let [Some(u), Some(v)] = line.field.map(column) else { return Err(fail("its rates are gone", USAGE)) };
    let asked: Vec<(Vec<f64>, f64)> = line.only.iter().map(|(k, v)| (data.values(*k), *v)).collect();
    let mut samples = Samples::default();
    for row in 0..x.len() {
        let wanted = asked.iter().all(|(list, v)| (list[row] - v).abs() <= SAME * v.abs().max(1.0));
        if wanted && [x[row], y[row], u[row], v[row]].iter().all(|v| v.is_finite()) {
            samples.x.push(x[row]);
            samples.y.push(y[row]);
            samples.f[0].push(u[row]);
            samples.f[1].push(v[row]);
        }
    }
    if samples.x.len() < 4 {
        return Err((
            format!("{} rows are too few for a field in a plane", samples.x.len()),
            "look at `where`, which picks them".into(),
        ));
    }
    let (ax, ay, gridded) = gridded(line, &samples)?;
    let periodic = line.boundary == Boundary::Periodic;
    let missing = gridded.valid.iter().filter(|v| !**v).count();
    let lattice =
        Lattice { nx: ax.count, ny: ay.count, hx: ax.step, hy: ay.step, periodic, valid: gridded.valid.clone() };
    let many = lattice.points() >= limits::HELMHOLTZ_FACTORED && !periodic;
    let method = line.method.unwrap_or(match missing {
        0 => Method::Spectral,
        _ if many => Method::Multigrid,
        _ => Method::Direct,
    });
    if method == Method::Direct && lattice.points() > limits::HELMHOLTZ_DIRECT {
        return Err((
            format!("{} points are too many for a sparse factor", lattice.points()),
            format!("take `method = multigrid`, or a grid of at most {} points", limits::HELMHOLTZ_DIRECT),
        ));
    }
    let mut parts = helmholtz::decompose(&lattice, &gridded.f, line.boundary, method);
    // Where points are missing here and there at random, the coarse grids say too little.
    let unasked = line.method.is_none() && method == Method::Multigrid;
    if unasked && matches!(parts, Err(Refusal::Unsolved(_))) && lattice.points() <= limits::HELMHOLTZ_DIRECT {
        parts = helmholtz::decompose(&lattice, &gridded.f, line.boundary, Method::Direct);
    }
    let parts = parts.map_err(|r| match r {
        Refusal::TooSmall => fail("a grid has at least two points a side", "give `grid = [nx, ny]`"),
        Refusal::Missing(n) => (
            format!("{n} points of the grid are missing, and this method needs all of them"),
            "write `method = direct`, or fill them: `grid = [nx, ny]` interpolates".into(),
        ),
        Refusal::NotFinite(k) => (format!("point {k} is not finite"), USAGE.into()),
        Refusal::Torus => fail("multigrid does not go around a torus", "write `method = direct`, or `spectral`"),
        Refusal::Unsolved(why) => (format!("the equations of the potentials cannot be solved: {why}"), USAGE.into()),
    })?;
    let mut note = None;
    if !gridded.placed {
        let error = diagnostic::number(gridded.error);
        note = Some(format!("its {} samples are interpolated to {} × {} points", samples.x.len(), ax.count, ay.count))
            .map(|m| (m, format!("a sample predicted from the others is off by {error} (root mean square, SI)")));
    } else if missing > 0 {
        note = Some(format!("{missing} of {} points of the grid have no row", lattice.points()))
            .map(|m| (m, "they are left out as land: nothing crosses their rim but by the irrotational part".into()));
    }
    if let Some((message, more)) = note {
        out.push(Diagnostic::note_only("W0483", line.span, message).note(more));
    }
    Ok(dataset(line, (ax, ay), &gridded, &parts, &source.name))
}

/// The grid, and the field on it.
fn gridded(line: &HelmholtzLine, samples: &Samples) -> Result<(Axis, Axis, Gridded), (String, String)> {
    if let Some(axes) = Axis::of(&samples.x).zip(Axis::of(&samples.y)) {
        let (x, y) = axes;
        let fits = line.grid.is_none_or(|g| g == [x.count, y.count]);
        let small = x.count.saturating_mul(y.count) <= limits::HELMHOLTZ_POINTS;
        // shuffled parts of a grid are samples to be filled in where a grid is asked for
        let whole = line.grid.is_none() || x.count * y.count == samples.x.len();
        if fits
            && small
            && whole
            && let Some(placed) = gridding::placed(samples, x, y)
        {
            return Ok((x, y, placed));
        }
    }
    let Some([nx, ny]) = line.grid else {
        return Err((
            "the rows do not stand on an even grid, one on each point".into(),
            "say how many points it shall have, `helmholtz(d, grid = [50, 50])`, or pick one time: `where = { t = 0 }`"
                .into(),
        ));
    };
    let axes = Axis::over(&samples.x, nx).zip(Axis::over(&samples.y, ny));
    let (x, y) = axes.ok_or_else(|| ("all rows have the same coordinate".to_owned(), USAGE.to_owned()))?;
    Ok((x, y, gridding::interpolated(samples, x, y, line.gridding, line.reach)))
}

fn dataset(line: &HelmholtzLine, (x, y): (Axis, Axis), gridded: &Gridded, parts: &Parts, name: &str) -> Dataset {
    let kept: Vec<usize> = (0..gridded.valid.len()).filter(|k| gridded.valid[*k]).collect();
    let pick = |list: &[f64]| kept.iter().map(|k| list[*k]).collect::<Vec<f64>>();
    let mut values = vec![
        kept.iter().map(|k| x.at(k % x.count)).collect::<Vec<f64>>(),
        kept.iter().map(|k| y.at(k / x.count)).collect(),
    ];
    for vectors in [&gridded.f, &parts.rotational, &parts.irrotational, &parts.harmonic] {
        values.extend(vectors.iter().map(|c| pick(c)));
    }
    values.extend([pick(&parts.stream_at), pick(&parts.potential_at)]);
    let columns = line
        .shape
        .columns
        .iter()
        .zip(values)
        .enumerate()
        .map(|(k, (c, values))| Column {
            name: c.name.clone(),
            dimension: c.dimension,
            unit: String::new(),
            factor: 1.0,
            values,
            rates: (k < 2).then(|| pick(&gridded.f[k])),
            noise: None,
        })
        .collect();
    let content = Content {
        columns,
        names: line.shape.names.clone(),
        times: None,
        starts: None,
        origin: Origin::Parts { of: name.to_owned() },
        labels: vec!["1".into()],
    };
    Dataset::of_states(content, kept.len())
}
