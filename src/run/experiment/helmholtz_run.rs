//! A `helmholtz` line at work: the field on a grid, its parts, their rows.

use super::ExperimentOutput;
use super::field_rows::{self, Component};
use super::helmholtz_line::{From, HelmholtzLine, USAGE};
use super::plane;
use crate::analyse::helmholtz::gridding::{self, Axis, Gridded, Gridding, Samples};
use crate::analyse::helmholtz::lattice::Lattice;
use crate::analyse::helmholtz::{self, Boundary, Method, Parts, Refusal};
use crate::data::dataset::{Column, Content};
use crate::data::{Dataset, Origin};
use crate::diagnostic::{self, Diagnostic, Diagnostics};
use crate::limits;
use crate::model::experiment::ExperimentValues;

/// A message and what to do.
type Trouble = (String, String);

fn fail(message: &str, help: &str) -> Trouble {
    (message.to_owned(), help.to_owned())
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

/// A field on a grid, and what it was made of.
struct Given {
    axes: (Axis, Axis),
    field: Gridded,
    name: String,
    /// How many samples it has.
    samples: usize,
    /// Both potentials at the corners, where the system itself has them.
    own: Option<[Vec<f64>; 2]>,
}

fn decomposed(line: &HelmholtzLine, output: &ExperimentOutput, out: &mut Diagnostics) -> Result<Dataset, Trouble> {
    let given = match &line.from {
        From::Rows { of, at, field, only, grid, gridding, reach } => {
            let source = output.data(*of).ok_or_else(|| fail("its data are gone", USAGE))?;
            let samples = samples(&source.data, *at, *field, only)?;
            let ((x, y), field) = gridded(&samples, *grid, *gridding, *reach)?;
            Given { axes: (x, y), field, name: source.name.clone(), samples: samples.x.len(), own: None }
        }
        From::Flow { values, text, own } => over(line, values, text, own.as_deref(), output)?,
    };
    let (ax, ay) = given.axes;
    let gridded = &given.field;
    let periodic = line.boundary == Boundary::Periodic;
    let missing = gridded.valid.iter().filter(|v| !**v).count();
    let lattice =
        Lattice { nx: ax.count, ny: ay.count, hx: ax.step, hy: ay.step, periodic, valid: gridded.valid.clone() };
    let parts = match &given.own {
        Some([stream, potential]) => helmholtz::of_potentials(&lattice, &gridded.f, stream.clone(), potential.clone()),
        None => solved(line, &lattice, gridded, missing)?,
    };
    let mut note = None;
    if !gridded.placed {
        let error = diagnostic::number(gridded.error);
        note = Some(format!("its {} samples are interpolated to {} × {} points", given.samples, ax.count, ay.count))
            .map(|m| (m, format!("a sample predicted from the others is off by {error} (root mean square, SI)")));
    } else if missing > 0 {
        note = Some(format!("{missing} of {} points of the grid have no row", lattice.points()))
            .map(|m| (m, "they are left out as land: nothing crosses their rim but by the irrotational part".into()));
    }
    if let Some((message, more)) = note {
        out.push(Diagnostic::note_only("W0483", line.span, message).note(more));
    }
    let said = parts.said(&lattice, line.boundary);
    Ok(dataset(line, &given, &parts, &said))
}

fn solved(line: &HelmholtzLine, lattice: &Lattice, gridded: &Gridded, missing: usize) -> Result<Parts, Trouble> {
    let many = lattice.points() >= limits::HELMHOLTZ_FACTORED && !lattice.periodic;
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
    let mut parts = helmholtz::decompose(lattice, &gridded.f, line.boundary, method);
    // Where points are missing here and there at random, the coarse grids say too little.
    let unasked = line.method.is_none() && method == Method::Multigrid;
    if unasked && matches!(parts, Err(Refusal::Unsolved(_))) && lattice.points() <= limits::HELMHOLTZ_DIRECT {
        parts = helmholtz::decompose(lattice, &gridded.f, line.boundary, Method::Direct);
    }
    parts.map_err(|r| match r {
        Refusal::TooSmall => fail("a grid has at least two points a side", "give `grid = [nx, ny]`"),
        Refusal::Missing(n) => (
            format!("{n} points of the grid are missing, and this method needs all of them"),
            "write `method = direct`, or fill them: `grid = [nx, ny]` interpolates".into(),
        ),
        Refusal::NotFinite(k) => (
            format!("the field is not finite at point {k} of the grid"),
            "leave its row out of the data, or interpolate over it: `grid = [nx, ny]`".into(),
        ),
        Refusal::Torus => fail("multigrid does not go around a torus", "write `method = direct`, or `spectral`"),
        Refusal::Unsolved(why) => (
            format!("the equations of the potentials cannot be solved: {why}"),
            "write `method = direct`, a sparse factor, or take a smaller grid: `grid = [nx, ny]`".into(),
        ),
    })
}

/// The rows that are picked.
fn samples(data: &Dataset, at: [usize; 2], field: [Component; 2], only: &[(usize, f64)]) -> Result<Samples, Trouble> {
    let Some(([x, y], f, _)) = field_rows::columns(data, at, field, only) else {
        return Err(fail("its rates are gone", USAGE));
    };
    if x.len() < 4 {
        return Err((
            format!("{} rows are too few for a field in a plane", x.len()),
            "look at `where`, which picks them".into(),
        ));
    }
    Ok(Samples { x, y, f })
}

/// Functions at the points of a grid, and the potentials of the system at its corners.
fn over(
    line: &HelmholtzLine,
    values: &ExperimentValues,
    text: &str,
    own: Option<&ExperimentValues>,
    output: &ExperimentOutput,
) -> Result<Given, Trouble> {
    let told = |message: String| (message, "take ranges in which the flow is finite".to_owned());
    let ends = plane::ends(values).map_err(told)?;
    let periodic = line.boundary == Boundary::Periodic;
    let axis = |k: usize| {
        let count = values.ranges[k].count.unwrap_or(super::helmholtz_line::POINTS);
        let (from, to) = ends[k];
        // of a period the last point is the first one
        let step = (to - from) / (if periodic { count } else { count - 1 }) as f64;
        Axis { from, step, count }
    };
    let (x, y) = (axis(0), axis(1));
    let places = |nx: usize, ny: usize, shift: f64| -> Vec<Vec<f64>> {
        let at = |a: &Axis, k: usize| a.from + a.step * (k as f64 - shift);
        (0..nx * ny).map(|k| vec![at(&x, k % nx), at(&y, k / nx)]).collect()
    };
    let mut columns = plane::evaluate(values, output, &places(x.count, y.count, 0.0)).map_err(told)?;
    let (Some(v), Some(u)) = (columns.pop(), columns.pop()) else {
        return Err(fail("a flow has two components", USAGE));
    };
    let valid: Vec<bool> = u.iter().zip(&v).map(|(u, v)| u.is_finite() && v.is_finite()).collect();
    let own = match own {
        None => None,
        Some(own) => {
            let (nx, ny) = if periodic { (x.count, y.count) } else { (x.count + 1, y.count + 1) };
            let mut columns = plane::evaluate(own, output, &places(nx, ny, 0.5)).map_err(told)?.into_iter();
            let stream = columns.next().unwrap_or_default();
            let mut potential = vec![0.0; stream.len()];
            columns.for_each(|c| potential.iter_mut().zip(c).for_each(|(sum, v)| *sum += v));
            if stream.iter().chain(&potential).any(|v| !v.is_finite()) {
                return Err(told("its potentials are not finite half a step around the points".into()));
            }
            Some([stream, potential])
        }
    };
    let samples = u.len();
    let field = Gridded { f: [u, v], valid, error: 0.0, placed: true };
    Ok(Given { axes: (x, y), field, name: text.to_owned(), samples, own })
}

/// The grid, and the field on it.
fn gridded(
    samples: &Samples,
    grid: Option<[usize; 2]>,
    how: Gridding,
    reach: Option<f64>,
) -> Result<((Axis, Axis), Gridded), Trouble> {
    if let Some(axes) = Axis::of(&samples.x).zip(Axis::of(&samples.y)) {
        let (x, y) = axes;
        let fits = grid.is_none_or(|g| g == [x.count, y.count]);
        let small = x.count.saturating_mul(y.count) <= limits::HELMHOLTZ_POINTS;
        // shuffled parts of a grid are samples to be filled in where a grid is asked for
        let whole = grid.is_none() || x.count * y.count == samples.x.len();
        if fits
            && small
            && whole
            && let Some(placed) = gridding::placed(samples, x, y)
        {
            return Ok(((x, y), placed));
        }
    }
    let Some([nx, ny]) = grid else {
        return Err((
            "the rows do not stand on an even grid, one on each point".into(),
            "say how many points it shall have, `helmholtz(d, grid = [50, 50])`, or pick one time: `where = { t = 0 }`"
                .into(),
        ));
    };
    let axes = Axis::over(&samples.x, nx).zip(Axis::over(&samples.y, ny));
    let (x, y) = axes.ok_or_else(|| ("all rows have the same coordinate".to_owned(), USAGE.to_owned()))?;
    Ok(((x, y), gridding::interpolated(samples, x, y, how, reach)))
}

fn dataset(line: &HelmholtzLine, given: &Given, parts: &Parts, said: &[Vec<f64>; 4]) -> Dataset {
    let ((x, y), gridded) = (given.axes, &given.field);
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
    values.extend(said.iter().map(|c| pick(c)));
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
        origin: Origin::Parts { of: given.name.clone() },
        labels: vec!["1".into()],
    };
    Dataset::of_states(content, kept.len())
}
