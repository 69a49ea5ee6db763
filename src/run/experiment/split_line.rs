//! `split d into train 0.7, valid 0.15, test 0.15 { by = rows | trajectories | values(day) | blocks(x = 5), shuffle = true, first = test }`

use super::ExperimentOutput;
use super::option;
use super::place::{Shape, Source};
use super::plan::Planner;
use crate::data::Dataset;
use crate::data::split::{self, By, Order};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::limits;
use crate::model;
use crate::syntax::tree::{Config, Expr, ExprKind, Ident};

/// A split, resolved.
pub struct SplitLine {
    span: Span,
    /// The data, among the results.
    result: usize,
    /// Names of the parts as written.
    names: Vec<String>,
    shapes: Vec<Shape>,
    fractions: Vec<f64>,
    /// Places of the parts in the order in which rows are dealt.
    dealt: Vec<usize>,
    by: By,
    groups: Groups,
    order: Order,
}

/// What keeps rows together, by columns.
#[derive(Clone, Debug, PartialEq)]
enum Groups {
    /// Nothing.
    None,
    /// Equal values.
    Values(Vec<usize>),
    /// Blocks of a rectangle: so many along each column.
    Blocks(Vec<(usize, usize)>),
}

impl Groups {
    /// `values(day)`, `blocks(x = 5, y = 5)`.
    fn read(planner: &mut Planner, shape: &Shape, e: &Expr) -> Option<Groups> {
        let ExprKind::Call { callee, args } = &*e.kind else { return Some(Groups::None) };
        let word = model::text_of(callee);
        let plain = args.iter().all(|a| a.each.is_none() && a.tweaks.is_none() && !a.is_range) && !args.is_empty();
        let named = |b: bool| args.iter().all(|a| a.name.is_some() == b);
        match word.as_str() {
            "values" if plain && named(false) => {
                let columns = args.iter().map(|a| planner.column_of(shape, &a.value)).collect::<Option<Vec<_>>>()?;
                Some(Groups::Values(columns))
            }
            "blocks" if plain && named(true) => {
                let mut list = Vec::new();
                for a in args {
                    let name = a.name.as_ref()?;
                    let target = Expr { span: name.span, kind: Box::new(ExprKind::Name(name.name.clone())) };
                    let column = planner.column_of(shape, &target)?;
                    list.push((column, planner.count("a number of blocks", &a.value, limits::SPLIT_BLOCKS)?));
                }
                Some(Groups::Blocks(list))
            }
            _ => {
                planner.out.push(
                    Diagnostic::error("E0484", e.span, "rows are kept together by `values` or by `blocks`")
                        .help("write `by = values(day)`, or `by = blocks(x = 5, y = 5)` for so many blocks along each"),
                );
                None
            }
        }
    }

    /// The group of each row.
    fn keys(&self, data: &Dataset) -> Vec<Vec<u64>> {
        let mut keys = vec![Vec::new(); data.rows()];
        let mut add = |list: Vec<u64>| keys.iter_mut().zip(list).for_each(|(k, v)| k.push(v));
        match self {
            Groups::None => {}
            Groups::Values(columns) => {
                columns.iter().for_each(|c| add(data.values(*c).into_iter().map(split::key).collect()));
            }
            Groups::Blocks(list) => {
                for (column, n) in list {
                    let values = data.values(*column);
                    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
                    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    let place = |v: f64| ((v - low) / (high - low) * *n as f64).floor();
                    let block = |v: f64| if high > low { (place(v) as u64).min(*n as u64 - 1) } else { 0 };
                    add(values.into_iter().map(block).collect());
                }
            }
        }
        keys
    }
}

/// Resolves the line and makes the parts known to the lines behind it.
pub(super) fn plan(
    planner: &mut Planner,
    span: Span,
    data: &Ident,
    parts: &[(Ident, String, Span)],
    config: Option<&Config>,
) -> Option<SplitLine> {
    let of = Expr { span: data.span, kind: Box::new(ExprKind::Name(data.name.clone())) };
    let result = planner.data_named(&of)?;
    let Source::Data(shape) = &planner.sources[result] else { return None };
    let shape = (**shape).clone();
    if let Some(first) = shape.split {
        planner.out.push(
            Diagnostic::error("E0484", span, format!("`{}` is split already", data.name))
                .label(first, "the first time")
                .help("name all parts in one line"),
        );
        return None;
    }
    let mut fine = true;
    let mut fractions = Vec::new();
    for (k, (name, text, at)) in parts.iter().enumerate() {
        let value: f64 = text.parse().unwrap_or(f64::NAN);
        if !(value > 0.0 && value <= 1.0) {
            planner.out.push(
                Diagnostic::error("E0484", *at, format!("the fraction of `{}` is between 0 and 1", name.name))
                    .help("write `split d into train 0.8, test 0.2`"),
            );
            fine = false;
        }
        fractions.push(value);
        if let Some((first, ..)) = parts[..k].iter().find(|p| p.0.name == name.name) {
            planner.out.push(
                Diagnostic::error("E0484", name.span, format!("two parts are called `{}`", name.name))
                    .label(first.span, "the first one"),
            );
            fine = false;
        }
        let taken = name.name == "t" || name.name == "init" || shape.names.iter().any(|n| n.name == name.name);
        if taken {
            let message = format!("`{}.{}` is a column already", data.name, name.name);
            planner.out.push(Diagnostic::error("E0484", name.span, message).help("call the part otherwise"));
            fine = false;
        }
    }
    let sum: f64 = fractions.iter().sum();
    if fine && (sum - 1.0).abs() > 1e-9 {
        let message = format!("these fractions add up to {}, and not to 1", crate::diagnostic::number(sum));
        let help = if sum > 1.0 {
            "make one of them smaller"
        } else {
            "name a part for the rest, `rest 0.1`, where it is not wanted"
        };
        planner.out.push(Diagnostic::error("E0484", span, message).help(help));
        fine = false;
    }
    let (mut by, mut shuffle, mut numpy) = (None, false, false);
    let mut groups = Groups::None;
    let mut seed = planner.seed;
    let mut dealt: Vec<usize> = (0..parts.len()).collect();
    let mut out = std::mem::take(&mut planner.out);
    let list = option::read("`split`", &["by", "shuffle", "first", "generator", "seed"], config, &mut out);
    planner.out = out;
    for (name, e) in list {
        match name {
            "by" if matches!(&*e.kind, ExprKind::Call { .. }) => {
                groups = Groups::read(planner, &shape, e)?;
                by = Some((By::Groups, e.span));
            }
            "by" => {
                by = Some((planner.word("by", e, &[("rows", By::Rows), ("trajectories", By::Trajectories)])?, e.span))
            }
            "shuffle" => shuffle = planner.word("shuffle", e, &[("true", true), ("false", false)])?,
            "generator" => numpy = planner.word("generator", e, &[("numpy", true), ("counted", false)])?,
            "seed" => match planner.seed_of(e) {
                Some(s) => seed = s,
                None => fine = false,
            },
            _ => {
                let word = model::text_of(e);
                match parts.iter().position(|p| p.0.name == word) {
                    Some(k) => {
                        dealt.remove(k);
                        dealt.insert(0, k);
                    }
                    None => {
                        let names: Vec<String> = parts.iter().map(|p| p.0.name.clone()).collect();
                        let d = Diagnostic::error("E0484", e.span, format!("no part is called `{word}`"));
                        let near = model::suggest(&word, names.iter().map(String::as_str)).map(str::to_owned);
                        planner.out.push(match near {
                            Some(near) => d.help(format!("did you mean `{near}`?")),
                            None => d.help(format!("the parts are {}", model::list_names(&names))),
                        });
                        fine = false;
                    }
                }
            }
        }
    }
    let several = shape.trajectories.filter(|n| *n > 1);
    if let (Some((By::Trajectories, at)), None) = (by, several) {
        let message = format!("`{}` has no several trajectories that could be parted", data.name);
        planner.out.push(Diagnostic::error("E0484", at, message).help("write `by = rows`"));
        fine = false;
    }
    if !fine {
        return None;
    }
    let by = by.map_or(if several.is_some() { By::Trajectories } else { By::Rows }, |b| b.0);
    let order = match (shuffle, numpy) {
        (false, _) => Order::Given,
        (true, false) => Order::Shuffled(seed),
        (true, true) => match u32::try_from(seed) {
            Ok(seed) => Order::Legacy(seed),
            Err(_) => {
                planner.out.push(Diagnostic::error(
                    "E0467",
                    span,
                    "NumPy's legacy generator takes seeds up to 4294967295",
                ));
                return None;
            }
        },
    };
    let total = match by {
        By::Trajectories => several,
        By::Rows => shape.rows,
        // known once their values are read
        By::Groups => None,
    };
    let in_turn: Vec<f64> = dealt.iter().map(|k| fractions[*k]).collect();
    let mut sizes = vec![None; parts.len()];
    if let Some(n) = total {
        for (size, k) in split::sizes(&in_turn, n).into_iter().zip(&dealt) {
            sizes[*k] = Some(size);
            if size == 0 {
                let what = if by == By::Rows { "rows" } else { "trajectories" };
                let message = format!("the part `{}` would be empty: there are {n} {what}", parts[*k].0.name);
                planner.out.push(
                    Diagnostic::error("E0484", parts[*k].0.span, message)
                        .help("give it a larger fraction, or take more data"),
                );
                return None;
            }
        }
    }
    let mut shapes = Vec::new();
    let names: Vec<String> = parts.iter().map(|p| format!("{}.{}", data.name, p.0.name)).collect();
    for (name, size) in names.iter().zip(&sizes) {
        let mut part = shape.clone();
        let scattered = by == By::Groups || by == By::Rows && order != Order::Given;
        part.scattered |= scattered;
        part.trajectories = if by == By::Trajectories { *size } else { None };
        part.rows = if by == By::Rows { *size } else { None };
        part.starts = match (shape.scattered, by, scattered) {
            (true, By::Rows, _) => shape.starts.clone().zip(*size).map(|(s, n)| (s.0, n)),
            (false, By::Trajectories, _) => shape.starts.clone().zip(*size).map(|(s, n)| (s.0, n)),
            _ => None,
        };
        planner.scopes.push(part.scope(name));
        planner.sources.push(Source::Data(Box::new(part.clone())));
        shapes.push(part);
    }
    if let Source::Data(shape) = &mut planner.sources[result] {
        shape.split = Some(span);
    }
    Some(SplitLine { span, result, names, shapes, fractions: in_turn, dealt, by, groups, order })
}

/// Makes the parts.
pub(super) fn execute(line: &SplitLine, output: &mut ExperimentOutput, out: &mut Diagnostics) {
    let Some(of) = output.data(line.result) else { return };
    let made = match line.by {
        By::Groups => split::by_groups(&of.data, &line.groups.keys(&of.data), &line.fractions, line.order),
        by => split::split(&of.data, &line.fractions, by, line.order),
    };
    let mut parts: Vec<_> = made.into_iter().map(Some).collect();
    if parts.iter().flatten().any(|p| p.rows() == 0) {
        let message = format!("a part of `{}` would be empty: it has {} rows", of.name, of.data.rows());
        out.push(Diagnostic::error("E0484", line.span, message).help("give it a larger fraction, or take more data"));
        return;
    }
    for (k, (name, shape)) in line.names.iter().zip(&line.shapes).enumerate() {
        let dealt = line.dealt.iter().position(|d| *d == k);
        if let Some(part) = dealt.and_then(|d| parts[d].take()) {
            output.add_data(name, part, shape);
        }
    }
}
