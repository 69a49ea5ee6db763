//! `plot lines(a.t, [a.x, b.x]) { title = "…" }`: arguments and options, before anything has run.

use super::helmholtz_line;
use super::place::Source;
use super::plan::Planner;
use super::plane;
use super::strip::{self, StripLine};
use super::style::{self, Style};
use super::vectors;
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::Dimension;
use crate::model;
use crate::model::experiment::ExperimentValues;
use crate::syntax::tree::*;

/// What a kind of plot takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// `lines(x, [y, z])`
    Pair,
    /// `histogram([x, y])`
    Values,
    /// `drift(a)`
    Run,
    /// `losses(m, n)`
    Fits,
    /// `curve([f(v), g(v)], v in 0..1)`
    Curve,
    /// `image(a.H, q in -1..1, p in -1..1)`
    Plane,
    /// `quiver([u, v], q in -1..1, p in -1..1)`, over the same with a potential behind the comma
    Flow,
    /// `quiver(d.x, d.y, d.u, d.v)`
    Vectors,
    /// `film(a.c)`, `image(a.c, t = [0, 1])`
    Fields,
    /// `against(h.V(x), s.V(x), x in -1..1)`
    Against,
    /// `helmholtz(parts)`
    Parts,
    /// `path(a.x, a.y, b.x, b.y)`
    Paths,
}

/// Kinds that an experiment can draw, each with what it takes, an example and its own options.
const KINDS: &[(&str, Takes, &str, &[&str])] = &[
    ("lines", Takes::Pair, "lines(a.t, [a.x, b.x])", &[]),
    ("phase", Takes::Pair, "phase(a.x, a.x')", &[]),
    ("path", Takes::Pair, "path(a.x, a.y, b.x, b.y)", &[]),
    ("scatter", Takes::Pair, "scatter(a.x, a.v)", &["size"]),
    ("histogram", Takes::Values, "histogram(a.x)", &["bins"]),
    ("drift", Takes::Run, "drift(a)", &[]),
    ("overview", Takes::Run, "overview(a)", &[]),
    ("losses", Takes::Fits, "losses(m, n)", &[]),
    ("scores", Takes::Fits, "scores(m, n)", &[]),
    ("against", Takes::Against, "against(h.V(x), a.V(x), x in -1..1)", &[]),
    ("curve", Takes::Curve, "curve(f(v), v in 0..1 count 200)", &[]),
    ("field", Takes::Plane, "field(a.H, q in -π..π, p in -4..4)", &[]),
    ("image", Takes::Plane, "image(a.V, x in -2..2, y in -2..2)", &[]),
    ("film", Takes::Fields, "film(a.c)", &["range", "frames", "fps", "format"]),
    ("helmholtz", Takes::Parts, "helmholtz(parts)", &["count"]),
    ("quiver", Takes::Flow, "quiver([a.q', a.p'], q in -2..2, p in -2..2)", &["count"]),
    ("stream", Takes::Flow, "stream([a.q', a.p'], q in -2..2, p in -2..2)", &["count"]),
];

/// Options of every kind but `overview`.
const COMMON: &[&str] = &["title", "xlabel", "ylabel", "xrange", "yrange"];

/// A plot, resolved.
pub struct PlotLine {
    /// Kind, by its word.
    pub kind: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// Name of its files, without an ending.
    pub stem: String,
    /// The line.
    pub span: Span,
    /// The line as written.
    pub text: String,
    /// Across first where the kind takes a pair, then upwards.
    pub values: Option<ExperimentValues>,
    /// How many of the values stand across.
    pub across: usize,
    /// Of a kind that takes a run: which.
    pub run: usize,
    /// Of a kind that takes fits, or decompositions: which.
    pub fits: Vec<usize>,
    /// Of fits: whether the noise of the data is a floor of their loss.
    pub floors: Vec<bool>,
    /// Of two sides: how they are written.
    pub sides: Vec<String>,
    /// Of fields over time: which, and when.
    pub strip: Option<StripLine>,
    /// Options.
    pub style: Style,
}

/// Resolves the line.
pub(super) fn plan(
    planner: &mut Planner,
    stem: String,
    span: Span,
    value: &Expr,
    config: Option<&Config>,
) -> Option<PlotLine> {
    let ExprKind::Call { callee, args } = &*value.kind else {
        return fail(planner, value.span, "a plot is a call".into(), "write `plot lines(a.t, [a.x, b.x])`".into());
    };
    let word = match &*callee.kind {
        ExprKind::Name(n) => n.as_str(),
        _ => "",
    };
    let Some(&(kind, takes, usage, own)) = KINDS.iter().find(|k| k.0 == word) else {
        let names: Vec<&str> = KINDS.iter().map(|k| k.0).collect();
        let message = format!("`{}` is not a kind of plot", planner.program.files.text(callee.span));
        let help = match model::suggest(word, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the kinds are {}", names.join(", ")),
        };
        return fail(planner, callee.span, message, help);
    };
    let usage = format!("write `plot {usage}`");
    // Over ranges an image is of a function, and without them of a field.
    let (takes, own): (Takes, &[&str]) = match takes {
        Takes::Plane if kind == "image" && !args.iter().any(|a| a.is_range) => (Takes::Fields, &["range"]),
        Takes::Flow if !args.is_empty() && !args.iter().any(|a| a.is_range) => (Takes::Vectors, own),
        // Two at a time, where there are more.
        Takes::Pair if kind == "path" && args.len() > 2 => (Takes::Paths, own),
        _ => (takes, own),
    };
    let known: Vec<&str> = match takes {
        _ if kind == "overview" => Vec::new(),
        Takes::Fields | Takes::Parts => [&COMMON[..3], own].concat(),
        _ => [COMMON, own].concat(),
    };
    let style = style::read(planner, &format!("`plot {kind}`"), &known, config);
    let text = planner.program.files.text(span).split_whitespace().collect::<Vec<_>>().join(" ");
    let mut line = PlotLine {
        kind,
        takes,
        stem,
        span: value.span,
        text,
        values: None,
        across: 0,
        run: 0,
        fits: Vec::new(),
        floors: Vec::new(),
        sides: Vec::new(),
        strip: None,
        style,
    };
    if takes == Takes::Fields {
        if let Some(odd) = args.iter().find(|a| a.is_range || a.each.is_some() || a.tweaks.is_some()) {
            return fail(planner, odd.span, format!("`{kind}` takes plain arguments"), usage);
        }
        line.strip = Some(strip::plan(planner, kind, args, value.span)?);
        return Some(line);
    }
    if let Some(odd) = args.iter().find(|a| a.each.is_some() || a.tweaks.is_some() || (a.name.is_some() && !a.is_range))
    {
        return fail(planner, odd.span, format!("`{kind}` takes plain arguments"), usage);
    }
    if takes == Takes::Parts {
        if args.is_empty() || args.iter().any(|a| a.is_range) {
            return fail(planner, value.span, format!("`{kind}` takes fields that are taken apart"), usage);
        }
        for a in args {
            let of = planner.data_named(&a.value)?;
            let Source::Data(shape) = &planner.sources[of] else { continue };
            if !helmholtz_line::VECTORS.iter().all(|v| shape.names.iter().any(|n| n.name == *v)) {
                let message = format!("`{}` is no field that was taken apart", planner.scopes[of].name);
                let help = "write `data parts = helmholtz(d)` above, and `plot helmholtz(parts)`".into();
                return fail(planner, a.value.span, message, help);
            }
            line.fits.push(of);
        }
        return Some(line);
    }
    if takes == Takes::Fits {
        if args.is_empty() || args.iter().any(|a| a.is_range) {
            return fail(planner, value.span, format!("`{kind}` takes fits"), usage);
        }
        for a in args {
            let fit = planner.fit_named(&a.value)?;
            let Source::Fit(source) = &planner.sources[fit] else { continue };
            if kind == "scores" && !source.compared {
                let name = planner.scopes[fit].name.clone();
                let message = format!("`{name}` has no scores: no line above compares it");
                return fail(
                    planner,
                    a.value.span,
                    message,
                    format!("write `compare [{name}] on d {{ metrics = … }}`"),
                );
            }
            line.floors.push(source.has_floor());
            line.fits.push(fit);
        }
        return Some(line);
    }
    let (plain, ranges): (Vec<Arg>, Vec<Arg>) = args.iter().cloned().partition(|a| !a.is_range);
    let expected = match takes {
        Takes::Pair => (2, 0, "what stands across and what stands upwards"),
        Takes::Values => (1, 0, "values, or a list of them"),
        Takes::Run | Takes::Fits | Takes::Parts => (1, 0, "a run"),
        Takes::Curve => (1, 1, "a function, or a list of them, and one variable with its range"),
        Takes::Plane => (1, 2, "a function and two variables with their ranges"),
        Takes::Flow => (1, 2, "both components and two variables with their ranges"),
        Takes::Vectors => {
            (4, 0, "both components over two ranges, or four columns: two of places and two of components")
        }
        Takes::Fields => (1, 0, "a field"),
        Takes::Paths => {
            (plain.len() + plain.len() % 2, 0, "what stands across and upwards of each path, two quantities at a time")
        }
        Takes::Against => (2, 2, "what is learned, what is true, and one or two variables with their ranges"),
    };
    let both = takes == Takes::Against && ranges.len() == 1;
    let potential = takes == Takes::Flow && (plain.len(), ranges.len()) == (2, 2);
    if (plain.len(), ranges.len()) != (expected.0, expected.1) && !(both && plain.len() == 2) && !potential {
        return fail(planner, value.span, format!("`{kind}` takes {}", expected.2), usage);
    }
    if takes == Takes::Run {
        let name = plain[0].value.clone();
        let found = planner.scopes.iter().position(|s| matches!(&*name.kind, ExprKind::Name(n) if *n == s.name));
        let Some(run) = found else {
            return fail(planner, name.span, format!("`{kind}` takes the name of a run above"), usage);
        };
        if planner.scopes[run].kind == crate::model::experiment::ResultKind::Data {
            let help = "plot `lines` or `scatter` of its columns".into();
            return fail(planner, name.span, format!("`{kind}` is of a run, and this is data"), help);
        }
        if planner.scopes[run].trajectories.is_some() {
            return fail(
                planner,
                name.span,
                format!("`{kind}` shows one trajectory, and this run has several"),
                "plot `lines` or `phase` of its columns".into(),
            );
        }
        line.run = run;
        return Some(line);
    }
    values(planner, &mut line, &plain, &ranges)?;
    Some(line)
}

/// The arguments as expressions over earlier results.
fn values(planner: &mut Planner, line: &mut PlotLine, plain: &[Arg], ranges: &[Arg]) -> Option<()> {
    let Some(last) = plain.last() else { return Some(()) };
    // Elements of a list are curves of their own.
    let mut listed: Vec<Expr> = match &*last.value.kind {
        ExprKind::List { rows, unit: None }
            if rows.len() == 1 && line.kind != "field" && !matches!(line.takes, Takes::Flow | Takes::Paths) =>
        {
            rows[0].clone()
        }
        _ => vec![last.value.clone()],
    };
    let mut exprs: Vec<Expr> = plain[..plain.len() - 1].iter().map(|a| a.value.clone()).collect();
    line.across = exprs.len();
    if matches!(line.takes, Takes::Flow | Takes::Vectors | Takes::Paths) {
        line.across = 0;
        if let Some(first) = exprs.first_mut().or(listed.first_mut()).filter(|_| line.takes == Takes::Flow) {
            vectors::whole_flow(planner, first, ranges);
        }
    }
    if line.takes == Takes::Against {
        let text = |a: &Arg| planner.program.files.text(a.value.span).split_whitespace().collect::<Vec<_>>().join(" ");
        line.sides = plain.iter().map(text).collect();
        exprs = flat(&exprs[0]);
        line.across = 0;
    }
    exprs.extend(listed);
    let (made, problems) = model::resolve_values(&planner.program, planner.module, &exprs, ranges, &planner.scopes);
    planner.out.extend(problems.sorted());
    let made = made?;
    planner.values_at_times(&made.functionals, &made.graph, &made.bindings, last.span)?;
    planner.derivatives_over(&made, last.span)?;
    if matches!(line.takes, Takes::Pair | Takes::Values | Takes::Vectors | Takes::Paths) {
        planner.fits_have(&made.bindings, false, last.span)?;
    }
    if line.takes == Takes::Against {
        sides(planner, &made, ranges.len(), last.span)?;
    }
    if line.across == 1 && made.parts.first().is_some_and(|n| *n > 1) {
        let first = planner.program.files.text(exprs[0].span).to_owned();
        let message = "one quantity stands across, and this has several components".to_owned();
        let help = match (line.kind, exprs.len()) {
            ("path", 1 | 2) if !first.starts_with('[') => {
                format!("a path is of one point: `path({first}[1], {first}[2])`")
            }
            _ if first.starts_with('[') => "lists stand upwards only, behind the comma".to_owned(),
            _ => format!("choose one: `{first}[1]`"),
        };
        return fail(planner, exprs[0].span, message, help);
    }
    let wants_one = match line.takes {
        Takes::Plane if line.kind == "image" => 1..=1,
        Takes::Plane => 1..=2,
        Takes::Flow if plain.len() == 2 => 3..=3,
        Takes::Flow => 2..=2,
        Takes::Vectors => 4..=4,
        Takes::Paths => plain.len()..=plain.len(),
        _ => 1..=usize::MAX,
    };
    if !wants_one.contains(&(made.items.len() - line.across)) {
        let (message, help) = match line.takes {
            Takes::Flow => {
                ("shows a field of two components", "write both: `[u, v]`; one number behind them is a potential")
            }
            Takes::Vectors => ("takes four columns of one number each", "write `quiver(d.x, d.y, d.u, d.v)`"),
            Takes::Paths => {
                ("takes one number across and one upwards for each path", "write `path(a.x, a.y, b.x, b.y)`")
            }
            _ => ("shows one function of two variables", "give it one number for each point"),
        };
        return fail(planner, last.span, format!("`{}` {message}", line.kind), help.into());
    }
    one_dimension(planner, line, &made, last.span)?;
    if matches!(line.takes, Takes::Curve | Takes::Plane | Takes::Flow | Takes::Against) {
        plane::check(planner, &made, last.span)?;
    }
    line.values = Some(made);
    Some(())
}

/// The entries of `[a, b]`, or the one expression.
fn flat(e: &Expr) -> Vec<Expr> {
    match &*e.kind {
        ExprKind::List { rows, unit: None } if rows.len() == 1 => rows[0].clone(),
        _ => vec![e.clone()],
    }
}

/// Both sides are one number each, or over two variables the two components of a flow, in the same dimensions.
fn sides(planner: &mut Planner, made: &ExperimentValues, ranges: usize, at: Span) -> Option<()> {
    let n = made.items.len();
    let half = n / 2;
    let alike = n.is_multiple_of(2) && (0..half).all(|k| made.items[k].2 == made.items[half + k].2);
    if n == 2 && made.items[0].2 != made.items[1].2 {
        // told with both dimensions, as of any two that share an axis
        return Some(());
    }
    if alike && (n == 2 || n == 4 && ranges == 2) {
        return Some(());
    }
    fail(
        planner,
        at,
        "`against` compares a number with a number, or over two variables a flow with a flow".into(),
        "write `against(h.V(x), a.V(x), x in -1..1)`, or `against([r.q', r.p'], [s.q', s.p'], q in -1..1, p in -1..1)`"
            .into(),
    )
}

/// Upwards stands one dimension, except where each has a panel of its own; a path has one for both axes.
fn one_dimension(planner: &mut Planner, line: &PlotLine, made: &ExperimentValues, at: Span) -> Option<()> {
    if line.kind == "lines" || line.takes == Takes::Against && made.items.len() > 2 {
        return Some(());
    }
    if line.takes != Takes::Against
        && let ([u, v, ..], [x, y]) = (made.items.as_slice(), made.ranges.as_slice())
    {
        // Both components of a flow: each is a rate of its own axis.
        return match (u.2.div(&x.dimension), v.2.div(&y.dimension)) {
            (Ok(a), Ok(b)) if a == b => Some(()),
            _ => fail(
                planner,
                at,
                format!("the components of a flow are rates of `{}` and of `{}`, and these are not", x.name, y.name),
                "write the rates of both variables, in the order of their ranges".into(),
            ),
        };
    }
    if let (Takes::Vectors, [x, y, u, v]) = (line.takes, made.items.as_slice()) {
        return match (u.2.div(&x.2), v.2.div(&y.2)) {
            (Ok(a), Ok(b)) if a == b => Some(()),
            _ => fail(
                planner,
                at,
                format!("`{}` and `{}` are no components of one vector along `{}` and `{}`", u.0, v.0, x.0, y.0),
                "the columns are places across and upwards, then components across and upwards".into(),
            ),
        };
    }
    let from = if line.kind == "path" { 0 } else { line.across };
    let mut list = made.items[from..].iter();
    let Some((first, _, d)) = list.next() else { return Some(()) };
    let shown = |d: &Dimension| {
        if d.is_one() { "a pure number".to_owned() } else { format!("[{}]", crate::dimension::si_unit(d)) }
    };
    match list.find(|i| i.2 != *d) {
        None => Some(()),
        Some((other, _, e)) => fail(
            planner,
            at,
            format!("`{first}` is {} and `{other}` is {}, and they share an axis", shown(d), shown(e)),
            "plot them with `lines`, which gives each unit its own panel".into(),
        ),
    }
}

pub(super) fn fail<T>(planner: &mut Planner, span: Span, message: String, help: String) -> Option<T> {
    planner.out.push(Diagnostic::error("E0470", span, message).help(help));
    None
}
