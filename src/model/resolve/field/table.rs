//! Numbers at the points of a grid that no equation moves: `param κ(x, y) = …`, and pictures as coefficients and
//! starts, `image("plate.png")`.

use super::super::super::grid::Elements;
use super::super::super::system::Parameter;
use super::super::super::value::{Array, Dim, IndexSet, Scalar, Value};
use super::super::expr::to_value;
use super::super::{DeclKind, Env, PendingParameter, Resolver};
use super::Mark;
use super::place::Place;
use crate::data::image::{Picture, RESAMPLING, Resampling, read};
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::Dimension;
use crate::symbolic::{ExprId, Rational};
use crate::syntax::tree::*;
use rustc_hash::FxHashMap;

/// An array of numbers over a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Table {
    /// Its array.
    pub leaf: ExprId,
    /// Index into the grids.
    pub grid: usize,
    /// Which number of a point.
    pub component: usize,
    /// Numbers at a point.
    pub components: usize,
    /// Whether there is one for each element in place of each point.
    pub cells: bool,
}

/// Arrays of pictures that were read: path, grid and reading → array, and whether of elements.
pub(crate) type Pictures = FxHashMap<(String, usize, Option<&'static str>), (ExprId, bool)>;

impl Resolver<'_> {
    /// `param κ(x, y) = e`: a number at every point, with `e` as its default; `a` is `e` here.
    pub(in super::super) fn parameter_on_grid(
        &mut self,
        p: &Param,
        grid: usize,
        a: Array,
        dim: &Dim,
        bounds: Option<(ExprId, ExprId)>,
        env: &Env,
    ) -> Option<Value> {
        let value = p.value.as_ref().map_or(p.span, |v| v.span);
        let name = format!("{}{}", self.instances[env.instance].prefix, p.name.name);
        let mut all: Vec<ExprId> = a.items.iter().map(|s| s.expr).collect();
        all.push(self.fields.symbols[&Mark::Coordinate { grid, axis: 0 }]);
        self.one_grid(&all, value)?;
        let shape = a.shape.clone();
        let components = a.items.len();
        let counts = self.counts(grid);
        let default: Vec<ExprId> = if a.items.iter().any(|s| self.is_local(s.expr)) {
            self.spread(a, value)?.items.iter().map(|s| s.expr).collect()
        } else {
            let here: Vec<ExprId> = a.items.iter().map(|s| s.expr).collect();
            here.repeat(counts.iter().product())
        };
        let leaf = self.array_on_grid(&name, p.name.span, value, &counts, &shape, default, dim, (bounds, false));
        let marks = (0..components)
            .map(|component| {
                let shown = if components == 1 { name.clone() } else { format!("{name}[{}]", component + 1) };
                self.mark(Mark::Table(Table { leaf, grid, component, components, cells: false }), &shown)
            })
            .collect();
        Some(to_value(Self::as_array(marks, shape, dim.clone())))
    }

    /// The array of a parameter with one number for each of `counts`, times `shape`.
    #[allow(clippy::too_many_arguments, reason = "the parts of a parameter, once")]
    fn array_on_grid(
        &mut self,
        name: &str,
        span: Span,
        value: Span,
        counts: &[usize],
        shape: &[usize],
        default: Vec<ExprId>,
        dim: &Dim,
        (bounds, hidden): (Option<(ExprId, ExprId)>, bool),
    ) -> ExprId {
        let sets: Vec<IndexSet> = counts.iter().map(|n| IndexSet::Range { lo: 1, hi: *n as i64 }).collect();
        let elements = Self::element_names(name, &sets, shape);
        let leaf = self.leaf(name, &elements, false);
        let dimension = Dimension::one();
        let parameter = Parameter {
            name: name.to_owned(),
            span,
            value,
            leaf,
            default,
            elements,
            dimension,
            bounds,
            input: false,
            hidden,
        };
        self.parameters.push(PendingParameter { parameter, dim: dim.clone() });
        leaf
    }

    /// Points along each axis.
    pub(super) fn counts(&self, grid: usize) -> Vec<usize> {
        self.fields.grids[grid].axes.iter().map(|a| a.count).collect()
    }

    /// Whether an expression reads a field, wherever.
    pub(in super::super) fn moves_in_time(&self, expr: ExprId) -> bool {
        self.marks_in(expr).iter().any(|(_, mark)| match mark {
            Mark::Coordinate { .. } | Mark::Table(_) => false,
            Mark::Value { .. } => true,
            Mark::Slope { of, .. } => self.moves_in_time(*of),
        }) || self.graph.free_leaves(&[expr]).iter().any(|l| *l == self.time || self.places.contains_key(l))
    }

    /// `image("f.png")`, `image("f.png", linear)`, `image("f.png", x, y)` where there are several grids: 0 where the picture is black and 1 where it is white.
    ///
    /// With as many pixels as the grid has points each is a point; with as many as it has elements each is an element,
    /// and the quantity is constant inside.
    pub(in super::super) fn image(&mut self, args: &[Arg], span: Span, env: &Env) -> Option<Value> {
        const FORM: &str = "write `image(\"plate.png\")`, or `image(\"plate.png\", nearest)` where the sizes differ";
        let wrong = |span, message: &str| Diagnostic::error("E0369", span, message.to_owned()).help(FORM);
        let [file, how @ ..] = args else { return self.fail(wrong(span, "`image` names no file")) };
        let ExprKind::Text(path, None) = &*file.value.kind else {
            return self.fail(wrong(file.value.span, "`image` takes the path of a PNG in quotes"));
        };
        let mut resampling: Option<(&'static str, Resampling)> = None;
        let mut axes = Vec::new();
        for arg in how {
            let word = match &*arg.value.kind {
                ExprKind::Name(word) if arg.name.is_none() => word.as_str(),
                _ => "",
            };
            if self.find(word, env).is_some_and(|decl| matches!(self.decls[decl].kind, DeclKind::Axis)) {
                axes.push(Ident { name: word.to_owned(), span: arg.span });
                continue;
            }
            match RESAMPLING.iter().find(|r| r.0 == word) {
                Some(found) if resampling.is_none() => resampling = Some(*found),
                Some(_) => return self.fail(wrong(arg.span, "a picture is read in one way")),
                None => {
                    let near = super::super::super::suggest(word, RESAMPLING.iter().map(|r| r.0));
                    let d = wrong(arg.span, "this is no way to read a picture");
                    return self.fail(match near {
                        Some(near) => d.help(format!("did you mean `{near}`?")),
                        None => d.help("the ways are `nearest` and `linear`"),
                    });
                }
            }
        }
        let grid = match self.fields.grids.len() {
            _ if !axes.is_empty() => self.grid_with(&axes, file.value.span, env.instance)?,
            1 => 0,
            0 => {
                return self.fail(
                    wrong(span, "a picture has its values at the points of a grid, and there is none")
                        .help("declare one: `grid x in 0..1 count 64, y in 0..1 count 64`"),
                );
            }
            _ => {
                let names = self.grid_name(0);
                return self.fail(
                    wrong(span, "this system has several grids, and which one the picture lies on is not said")
                        .help(format!("name its axes: `image(\"{path}\", {names})`")),
                );
            }
        };
        let (leaf, cells) = self.picture_on(grid, path, resampling, file.value.span, env)?;
        let table = Table { leaf, grid, component: 0, components: 1, cells };
        let expr = self.mark(Mark::Table(table), &format!("image(\"{path}\")"));
        Some(Value::Real(Scalar { expr, dim: Dim::one() }))
    }

    fn picture_on(
        &mut self,
        grid: usize,
        path: &str,
        resampling: Option<(&'static str, Resampling)>,
        span: Span,
        env: &Env,
    ) -> Option<(ExprId, bool)> {
        let key = (format!("{}:{path}", env.module), grid, resampling.map(|r| r.0));
        if let Some(known) = self.fields.pictures.get(&key) {
            return Some(*known);
        }
        // A block of an experiment is a module behind the others, and reads what the main file may read.
        let bytes = [env.module, 0].iter().find_map(|m| self.program.pictures.get(&(*m, path.to_owned())));
        let picture: Picture = match bytes {
            Some(Ok(bytes)) => match read(path, bytes) {
                Ok(picture) => picture,
                Err(problem) => return self.fail(problem.at(span)),
            },
            Some(Err(why)) => return self.fail(Diagnostic::error("E0481", span, why.clone())),
            None => return self.fail(Diagnostic::error("E0481", span, format!("`{path}` cannot be read from here"))),
        };
        let counts = self.counts(grid);
        let (nx, ny) = (counts[0], counts.get(1).copied().unwrap_or(1));
        let of_elements: Vec<usize> =
            self.fields.grids[grid].axes.iter().map(|a| if a.periodic { a.count } else { a.count - 1 }).collect();
        let (mx, my) = (of_elements[0], of_elements.get(1).copied().unwrap_or(1));
        let finite = self.fields.grids[grid].elements != Elements::Differences;
        let cells = resampling.is_none()
            && finite
            && (picture.width, picture.height) == (mx, my)
            && (picture.width, picture.height) != (nx, ny);
        let (across, size) = if cells { ((mx, my), of_elements) } else { ((nx, ny), counts) };
        let values = match picture.on_grid(path, across, resampling.map(|r| r.1)) {
            Ok(values) => values,
            Err(problem) => return self.fail(problem.at(span)),
        };
        let exact = |v: &f64| Rational::from_f64(*v).unwrap_or(Rational::ZERO);
        let default: Vec<ExprId> = values.iter().map(|v| self.graph.number(exact(v))).collect();
        let name = format!("image(\"{path}\")");
        let leaf = self.array_on_grid(&name, span, span, &size, &[], default, &Dim::one(), (None, true));
        self.fields.pictures.insert(key, (leaf, cells));
        Some((leaf, cells))
    }

    /// A table at a place: in a middle the mean of its ends, outside along the parabola through the last three
    /// points.
    pub(super) fn table_at(&mut self, table: Table, place: &Place) -> ExprId {
        if table.cells {
            // Inside an integral over elements the place is an element, which `at_gauss` asks for.
            self.fields.misread.push(table.leaf);
            return self.graph.zero();
        }
        if let Some(axis) = place.spots.iter().position(|s| s.middle) {
            let spot = place.spots[axis];
            let (left, right) = (self.corner(spot, false), self.corner(spot, true));
            let a = self.table_at(table, &place.moved(axis, left));
            let b = self.table_at(table, &place.moved(axis, right));
            let (sum, half) = (self.graph.add(a, b), self.graph.rational(1, 2));
            return self.graph.mul(half, sum);
        }
        match self.outside(place) {
            Some(axis) => self.along_parabola(place, axis, |r, place| r.table_at(table, place)),
            None => self.table_entry(table, place),
        }
    }

    /// A table at a node, or of an element.
    pub(super) fn table_entry(&mut self, table: Table, place: &Place) -> ExprId {
        let flat = self.flat_at(place, table.component, table.components, table.cells);
        self.graph.read(table.leaf, flat)
    }

    /// Says so where a picture of elements was asked for its value at a point.
    pub(in super::super) fn pictures_are_read_inside(&mut self) {
        let Some(leaf) = self.fields.misread.first().copied() else { return };
        self.fields.misread.clear();
        let Some(p) = self.parameters.iter().find(|p| p.parameter.leaf == leaf) else { return };
        let (span, name) = (p.parameter.span, p.parameter.name.clone());
        self.report(
            Diagnostic::error(
                "E0369",
                span,
                format!("`{name}` has one pixel for each element, and its value at points is asked for"),
            )
            .note("such a picture is a coefficient inside `integral(…)`")
            .help("take a picture with one pixel for each point, or add `nearest` or `linear`"),
        );
    }
}
