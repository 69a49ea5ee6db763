//! `grid` and `field` statements.

use super::super::super::grid::{Axis, ELEMENTS, Elements, Field, Grid};
use super::super::super::system::{Role, Variable};
use super::super::super::value::{Dim, Family, IndexSet, Scalar, Source, Value};
use super::super::declare::{Collected, Kept};
use super::super::expr::to_value;
use super::super::{DeclKind, Env, Pending, Resolver};
use super::Mark;
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::Dimension;
use crate::limits;
use crate::symbolic::ExprId;
use crate::syntax::tree::{self, *};
use rustc_hash::FxHashMap;

/// A grid with the dimensions of its axes while they are inferred.
#[derive(Debug)]
pub(crate) struct PendingGrid {
    pub axes: Vec<Axis>,
    pub dims: Vec<Dim>,
    /// Where the ends of each axis are written.
    pub ends: Vec<(Span, Span)>,
    pub elements: Elements,
    pub consistent: bool,
    pub span: Span,
}

/// Where a variable lives.
#[derive(Clone, Debug)]
pub(crate) struct OnGrid {
    pub grid: usize,
    pub components: usize,
}

/// Grids and fields of a system while it is resolved.
#[derive(Debug, Default)]
pub(crate) struct Grids {
    pub grids: Vec<PendingGrid>,
    /// Which variables are fields.
    pub on: FxHashMap<usize, OnGrid>,
    pub symbols: FxHashMap<Mark, ExprId>,
    pub marks: FxHashMap<ExprId, Mark>,
    pub boundaries: super::Boundaries,
    /// Sides at which an equation asked for a condition that is not there.
    pub wanting: Vec<(usize, usize, bool)>,
    /// Arrays of pictures.
    pub pictures: super::table::Pictures,
    /// Pictures of elements that were read at points.
    pub misread: Vec<ExprId>,
}

/// A `grid` line, with the declarations of its axes.
#[derive(Clone, Debug)]
pub(crate) struct DeclaredGrid {
    pub instance: usize,
    pub module: usize,
    pub span: Span,
    pub axes: Vec<(usize, GridAxis)>,
    pub options: Vec<(Ident, Expr)>,
}

/// A field of a `field` line.
#[derive(Clone, Debug)]
pub(crate) struct DeclaredField {
    pub decl: usize,
    pub instance: usize,
    pub module: usize,
    pub field: FieldVar,
}

impl Grids {
    /// Takes new numbers of the variables.
    pub fn renumber(&mut self, place: &[usize]) {
        let on = std::mem::take(&mut self.on);
        self.on = on.into_iter().map(|(k, v)| (place[k], v)).collect();
        let marks = std::mem::take(&mut self.marks);
        self.marks = marks
            .into_iter()
            .map(|(leaf, mark)| match mark {
                Mark::Value { variable, component, order } => {
                    (leaf, Mark::Value { variable: place[variable], component, order })
                }
                other => (leaf, other),
            })
            .collect();
        self.symbols = self.marks.iter().map(|(leaf, mark)| (*mark, *leaf)).collect();
    }
}

impl Resolver<'_> {
    /// Makes the grids, then the fields on them.
    pub(in super::super) fn grids_and_fields(&mut self, collected: &Collected) {
        for g in &collected.grids {
            if self.grid(g).is_none() {
                for (decl, _) in &g.axes {
                    self.settle(*decl, None);
                }
            }
        }
        for f in &collected.fields {
            let role = role_of(f, &collected.kept);
            if self.declared_field(f, role).is_none() {
                self.settle(f.decl, None);
            }
        }
    }

    fn grid(&mut self, g: &DeclaredGrid) -> Option<()> {
        let env = self.env(g.instance, g.module);
        if g.axes.len() > 2 {
            return self.fail(
                Diagnostic::error(
                    "E0360",
                    g.span,
                    format!("a grid has one or two axes, and this has {}", g.axes.len()),
                )
                .help("write `grid x in 0..1 count 64, y in 0..1 count 64`"),
            );
        }
        let number = self.fields.grids.len();
        let (mut axes, mut dims, mut ends) = (Vec::new(), Vec::new(), Vec::new());
        let prefix = self.instances[g.instance].prefix.clone();
        for (_, axis) in &g.axes {
            let (made, dim) = self.axis(axis, &prefix, &env)?;
            axes.push(made);
            dims.push(dim);
            if let ExprKind::Range { from, to, .. } = &*axis.range.kind {
                ends.push((from.span, to.span));
            }
        }
        let (elements, consistent) = self.grid_options(g, axes.len())?;
        let points = axes.iter().map(|a| a.count).fold(1, usize::saturating_mul);
        if points > limits::STATES {
            return self.fail(
                Diagnostic::error("E0517", g.span, format!("this grid has more than {} points", limits::STATES))
                    .help("use a smaller `count`"),
            );
        }
        self.fields.grids.push(PendingGrid { axes, dims: dims.clone(), ends, elements, consistent, span: g.span });
        for (axis, ((decl, written), dim)) in g.axes.iter().zip(dims).enumerate() {
            let expr = self.mark(Mark::Coordinate { grid: number, axis }, &format!("{prefix}{}", written.name.name));
            self.settle(*decl, Some(Value::Real(Scalar { expr, dim })));
        }
        Some(())
    }

    fn axis(&mut self, axis: &GridAxis, prefix: &str, env: &Env) -> Option<(Axis, Dim)> {
        let name = &axis.name.name;
        let wrong = |text: &str| Diagnostic::error("E0360", axis.range.span, text.to_owned());
        let ExprKind::Range { from, to, by, count } = &*axis.range.kind else {
            return self.fail(
                wrong("an axis has two ends and a number of points")
                    .help(format!("write `grid {name} in 0..1 count 101`")),
            );
        };
        if let Some(by) = by {
            return self.fail(
                Diagnostic::error("E0360", by.span, "an axis has a number of points, not a step")
                    .help(format!("write `grid {name} in 0..1 count 101`: the points include both ends")),
            );
        }
        let Some(count) = count else {
            return self.fail(
                wrong("this axis has no number of points")
                    .help(format!("write `grid {name} in {} count 101`", self.text(axis.range.span))),
            );
        };
        let (lo, hi) = (self.lower_end(from, to, env), self.scalar(to, env));
        let n = self.whole(count, env)?;
        let (lo, hi) = (lo?, hi?);
        let dim = self.same_for(&lo.dim, from.span, &hi.dim, to.span, "be the other end of")?;
        if self.moves(&[lo.expr, hi.expr]) {
            return self.fail(wrong("the ends of an axis stand still: they are numbers or parameters"));
        }
        if let (Some(a), Some(b)) = (self.graph.as_number(lo.expr), self.graph.as_number(hi.expr))
            && a >= b
        {
            return self.fail(wrong("the lower end of this axis is not below its upper end").help("write `lo..hi`"));
        }
        let least = 3;
        if n < least || n > limits::STATES as i64 {
            return self.fail(Diagnostic::error(
                "E0360",
                count.span,
                format!("an axis has from {least} to {} points, and this has {n}", limits::STATES),
            ));
        }
        let made = Axis {
            name: format!("{prefix}{name}"),
            span: axis.name.span,
            from: lo.expr,
            to: hi.expr,
            count: n as usize,
            periodic: axis.periodic,
            dimension: Dimension::one(),
        };
        Some((made, dim))
    }

    fn grid_options(&mut self, g: &DeclaredGrid, axes: usize) -> Option<(Elements, bool)> {
        let (mut elements, mut consistent) = (None, None);
        for (name, value) in &g.options {
            let word = match &*value.kind {
                ExprKind::Name(word) => word.as_str(),
                _ => "",
            };
            match name.name.as_str() {
                "elements" => {
                    let found = ELEMENTS.iter().find(|e| e.0 == word).map(|e| e.1);
                    let Some(found) = found else {
                        let near = super::super::super::suggest(word, ELEMENTS.iter().map(|e| e.0));
                        let d = Diagnostic::error("E0360", value.span, "this is no family of elements");
                        return self.fail(match near {
                            Some(near) => d.help(format!("did you mean `{near}`?")),
                            None => d.help("there are `differences`, `p1` (a line) and `q4` (two axes)"),
                        });
                    };
                    let fits = match found {
                        Elements::Differences => true,
                        Elements::P1 => axes == 1,
                        Elements::Q4 => axes == 2,
                    };
                    if !fits {
                        let (have, want) = if axes == 1 { ("one axis", "p1") } else { ("two axes", "q4") };
                        return self.fail(
                            Diagnostic::error("E0360", value.span, format!("`{word}` does not fit a grid of {have}"))
                                .help(format!("write `elements = {want}`, or `differences`")),
                        );
                    }
                    elements = Some(found);
                }
                "mass" => match word {
                    "lumped" | "consistent" => consistent = Some((word == "consistent", value.span)),
                    _ => {
                        return self.fail(
                            Diagnostic::error("E0360", value.span, "the mass of a grid is `lumped` or `consistent`")
                                .help("`lumped` gives every point its share; `consistent` keeps the whole matrix"),
                        );
                    }
                },
                other => {
                    let d = Diagnostic::error("E0360", name.span, format!("a grid has no option `{other}`"));
                    return self.fail(match super::super::super::suggest(other, ["elements", "mass"].into_iter()) {
                        Some(near) => d.help(format!("did you mean `{near}`?")),
                        None => d.help("its options are `elements` and `mass`"),
                    });
                }
            }
        }
        let elements = elements.unwrap_or(Elements::Differences);
        if let (Elements::Differences, Some((true, span))) = (elements, consistent) {
            return self.fail(
                Diagnostic::error("E0360", span, "differences have a lumped mass")
                    .help("a consistent mass belongs to elements: `with elements = p1, mass = consistent`"),
            );
        }
        Some((elements, consistent.is_some_and(|c| c.0)))
    }

    fn declared_field(&mut self, f: &DeclaredField, role: Role) -> Option<()> {
        let env = self.env(f.instance, f.module);
        let span = f.field.name.span;
        let full = format!("{}{}", self.instances[f.instance].prefix, f.field.name.name);
        let grid = self.grid_with(&f.field.axes, f.field.name.span, f.instance)?;
        let stated = match &f.field.ty {
            Some(ty) => Some(self.stated(ty, &env)?),
            None => None,
        };
        let shape = stated.as_ref().and_then(|s| s.shape.clone()).unwrap_or_default();
        let components = shape.iter().product::<usize>().max(1);
        let counts: Vec<usize> = self.fields.grids[grid].axes.iter().map(|a| a.count).collect();
        let count = counts.iter().product::<usize>().saturating_mul(components);
        self.components_made = self.components_made.saturating_add(count);
        if self.components_made > limits::STATES {
            return self.exhausted_states(span, count);
        }
        let sets: Vec<IndexSet> = counts.iter().map(|n| IndexSet::Range { lo: 1, hi: *n as i64 }).collect();
        let elements = Self::element_names(&full, &sets, &shape);
        let [leaf, rate, second] = self.moving_leaves(&full, &elements, false, role);
        let dim = match stated.and_then(|s| s.dim) {
            Some(dim) => dim,
            None => self.unknown(&full, span),
        };
        let number = self.pending.len();
        for (order, l) in [leaf, rate, second].into_iter().enumerate() {
            self.places.insert(l, (number, order as u32));
        }
        self.fields.on.insert(number, OnGrid { grid, components });
        let members = Value::Family(Family {
            sets,
            source: Source::Leaf { array: leaf, shape: shape.clone(), dim: dim.clone() },
            primes: 0,
        });
        self.decls[f.decl].kind = DeclKind::Variable(number);
        self.pending.push(Pending {
            variable: Variable {
                name: full,
                span,
                role,
                leaf,
                rate,
                second,
                elements,
                scalar: false,
                dimension: Dimension::one(),
                periodic: false,
                of: None,
                mirror: false,
                field: None,
            },
            dim: dim.clone(),
            value: members,
        });
        let marks = self.field_value(number, 0);
        self.settle(f.decl, Some(to_value(Self::as_array(marks, shape, dim))));
        Some(())
    }

    /// The grid whose axes a field names, all of them and in order.
    pub(in super::super) fn grid_with(&mut self, written: &[Ident], name: Span, instance: usize) -> Option<usize> {
        let names: Vec<&str> = written.iter().map(|a| a.name.as_str()).collect();
        let prefix = self.instances[instance].prefix.clone();
        let own = |g: &PendingGrid| -> Vec<String> {
            g.axes.iter().map(|a| a.name.strip_prefix(&prefix).unwrap_or(&a.name).to_owned()).collect()
        };
        if let Some(found) = self.fields.grids.iter().position(|g| own(g) == names) {
            return Some(found);
        }
        let known: Vec<String> = self.fields.grids.iter().map(own).map(|n| n.join(", ")).collect();
        let at = written.first().map_or(name, |a| a.span);
        let failed = written.iter().any(|a| {
            let decl = self.instances[instance].names.get(&a.name);
            decl.is_some_and(|d| matches!(self.decls[*d].slot, super::super::Slot::Failed))
        });
        if failed {
            return None;
        }
        let d = Diagnostic::error("E0361", at, format!("there is no grid with the axes `{}`", names.join(", ")));
        self.fail(match known.first() {
            Some(axes) => {
                let name = self.text(name);
                d.help(format!("all axes of a grid are named, in order: `{name}({axes})`"))
            }
            None => d.help(format!("declare it: `grid {} in 0..1 count 64`", names.join(" in 0..1 count 64, "))),
        })
    }

    /// What a partner of a field is: a mirror, a momentum.
    pub(in super::super) fn partner_on_grid(&mut self, of: usize, number: usize, dim: &Dim) -> Option<Value> {
        let on = self.fields.on.get(&of)?.clone();
        self.fields.on.insert(number, on);
        let Value::Family(Family { source: Source::Leaf { shape, .. }, .. }) = self.pending[of].value.clone() else {
            return None;
        };
        let marks = self.field_value(number, 0);
        Some(to_value(Self::as_array(marks, shape, dim.clone())))
    }

    /// What the system keeps of its grids.
    pub(in super::super) fn finished_grids(&mut self) -> Vec<Grid> {
        let grids = std::mem::take(&mut self.fields.grids);
        grids
            .into_iter()
            .map(|g| {
                let dims = g.dims;
                let axes = g.axes.into_iter().zip(dims).map(|(a, d)| Axis { dimension: self.final_dimension(&d), ..a });
                Grid { span: g.span, axes: axes.collect(), elements: g.elements, consistent: g.consistent }
            })
            .collect()
    }

    /// What the variables keep of being fields.
    pub(in super::super) fn finished_fields(&mut self, stated: &super::super::equation::Stated) {
        let generators = stated.lagrangian.iter().map(|g| &g.0).chain(stated.hamiltonian.iter().map(|g| &g.0));
        let dissipative = stated.dissipative.iter().map(|d| &d.0);
        let keyword = generators.chain(dissipative).map(|g| g.keyword).next();
        if let Some(keyword) = keyword {
            self.slopes_beside_generator(keyword);
        }
        let density = stated.mass.as_ref().and_then(|(m, span)| Some((m.items.first()?.expr, *span)));
        self.mass_of_fields(stated);
        for variable in 0..self.pending.len() {
            let Some(on) = self.fields.on.get(&variable).cloned() else { continue };
            let fixed = self.fixed_components(variable);
            let sides = self.prescribed_sides(variable);
            let Some(kinetic) = self.kinetic(variable, density) else { continue };
            self.pending[variable].variable.field =
                Some(Field { grid: on.grid, components: on.components, fixed, sides, kinetic });
        }
    }
}

impl Resolver<'_> {
    /// A `mass` beside fields is the density before `u'` in the equations of a dissipative function.
    fn mass_of_fields(&mut self, stated: &super::super::equation::Stated) {
        let Some((m, span)) = stated.mass.as_ref().filter(|_| !self.fields.on.is_empty()) else { return };
        let other = (0..self.pending.len()).find(|k| !self.fields.on.contains_key(k));
        let d = if stated.dissipative.is_empty() {
            Diagnostic::error("E0333", *span, "a `mass` of a field belongs to a `dissipative` function")
                .help("in a flow write the density into the equation: `u' = div(k*grad(u))/ρ`")
        } else if m.items.len() != 1 {
            Diagnostic::error("E0333", *span, "the mass of a field is a density, one number at each point")
                .help("write `mass M = ρ(x)`; how points share it is said by the grid, `mass = consistent`")
        } else if let Some(k) = other {
            Diagnostic::error("E0333", *span, "it is not said which variables this `mass` is of")
                .label(self.pending[k].variable.span, "this is no field")
                .help("put the factor of the others into the function")
        } else {
            return;
        };
        self.report(d);
    }

    /// Dimensions of the axes that a field lives on.
    pub(in super::super) fn volume_of(&self, variable: usize) -> Vec<Dim> {
        self.fields.on.get(&variable).map(|on| self.fields.grids[on.grid].dims.clone()).unwrap_or_default()
    }
}

/// A field is a coordinate where something gives it a second-order equation.
fn role_of(f: &DeclaredField, kept: &[Kept]) -> Role {
    let name = &f.field.name.name;
    let own = |k: &&Kept| k.instance == f.instance;
    let primes = |n: u32| {
        kept.iter().filter(own).any(|k| match &k.stmt.kind {
            StmtKind::Assign(a) => a.primes == n && a.name.name == *name,
            _ => false,
        })
    };
    if primes(1) {
        return Role::State;
    }
    let generated = kept.iter().any(|k| {
        use tree::Generator::{Hamiltonian, Lagrangian};
        matches!(&k.stmt.kind, StmtKind::Generator { kind: Lagrangian | Hamiltonian, .. })
    });
    let starts_with_rate = kept.iter().filter(own).any(|k| match &k.stmt.kind {
        StmtKind::Init(list) => list.iter().any(|i| match &*i.target.kind {
            ExprKind::Prime { base, .. } => matches!(&*base.kind, ExprKind::Name(n) if n == name),
            _ => false,
        }),
        _ => false,
    });
    if primes(2) || generated || starts_with_rate { Role::Coordinate } else { Role::State }
}
