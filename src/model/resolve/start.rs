//! `init` lines: a start for every component.

use super::super::grid::FieldStart;
use super::super::system::{Derivation, Draw, Role, Start, StartValue};
use super::super::value::{Array, Family, Scalar, Source, Value};
use super::declare::Kept;
use super::variable::trailing_unit;
use super::{Env, Resolver};
use crate::diagnostic::{Diagnostic, Span};
use crate::limits;
use crate::symbolic::{ExprId, Node};
use crate::syntax::tree::*;
use rustc_hash::FxHashMap;

/// What a start is of: variable, order, component, trajectory.
fn key_of(start: &Start) -> (usize, u32, usize, Option<usize>) {
    (start.variable, start.order, start.component, start.trajectory)
}

impl Resolver<'_> {
    pub fn starts(&mut self, kept: &[Kept]) -> (Vec<Start>, Vec<FieldStart>) {
        let mut out: Vec<Start> = Vec::new();
        let mut fields: Vec<FieldStart> = Vec::new();
        let mut known: FxHashMap<(usize, u32, usize, Option<usize>), usize> = FxHashMap::default();
        // Starts of the outer system replace those of its components; those of an extension or a
        // `with` replace those of what they are built on, component by component.
        for own in [false, true] {
            for k in kept.iter().filter(|k| k.own == own) {
                let StmtKind::Init(list) = &k.stmt.kind else { continue };
                let env = self.env(k.instance, k.module);
                for init in list {
                    let before = fields.len();
                    let made = self.start(init, &env, &mut fields).unwrap_or_default();
                    let whole =
                        fields.get(before).filter(|s| self.pending[s.variable].variable.field.is_none()).cloned();
                    self.one_start_of_each_field(&mut fields, before);
                    if let Some(family) = whole {
                        self.family_over_members(&family, &mut out);
                        known = out.iter().enumerate().map(|(at, s)| (key_of(s), at)).collect();
                    }
                    let mut reported = false;
                    for start in made {
                        let key = key_of(&start);
                        let over = |f: &&FieldStart| {
                            let plain = self.pending[f.variable].variable.field.is_none();
                            plain
                                && (f.variable, f.order, f.trajectory)
                                    == (start.variable, start.order, start.trajectory)
                        };
                        let family = fields.iter().find(over).map(|f| f.span);
                        if let Some(first) = family.filter(|span| self.block_of(*span) == self.block_of(start.span)) {
                            let name = self.start_name(&start);
                            self.report(
                                Diagnostic::error("E0449", start.span, format!("`{name}` has two starts"))
                                    .label(first, "the first one")
                                    .help("remove one of them"),
                            );
                            break;
                        }
                        let Some(&at) = known.get(&key) else {
                            known.insert(key, out.len());
                            out.push(start);
                            continue;
                        };
                        let first = out[at].span;
                        if self.block_of(first) != self.block_of(start.span) {
                            out[at] = start;
                        } else if !reported {
                            reported = true;
                            let name = self.start_name(&start);
                            self.report(
                                Diagnostic::error("E0449", start.span, format!("`{name}` has two starts"))
                                    .label(first, "the first one")
                                    .help("remove one of them"),
                            );
                        }
                    }
                }
            }
        }
        self.several_over_one(&mut out);
        (out, fields)
    }

    /// A later line in another block replaces the start of a field; in one block two are a mistake.
    fn one_start_of_each_field(&mut self, fields: &mut Vec<FieldStart>, before: usize) {
        let new: Vec<FieldStart> = fields.drain(before..).collect();
        for start in new {
            let place = |s: &FieldStart| (s.variable, s.order, s.trajectory);
            let Some(at) = fields.iter().position(|s| place(s) == place(&start)) else {
                fields.push(start);
                continue;
            };
            if self.block_of(fields[at].span) != self.block_of(start.span) {
                fields[at] = start;
                continue;
            }
            let name = self.pending[start.variable].variable.name.clone();
            self.report(
                Diagnostic::error("E0449", start.span, format!("`{name}` has two starts"))
                    .label(fields[at].span, "the first one")
                    .help("remove one of them"),
            );
        }
    }

    /// Starts of single trajectories stand in place of the one for all; both in one call are a mistake.
    fn several_over_one(&mut self, starts: &mut Vec<Start>) {
        let place = |s: &Start| (s.variable, s.order, s.component);
        let several: FxHashMap<_, Span> =
            starts.iter().filter(|s| s.trajectory.is_some()).map(|s| (place(s), s.span)).collect();
        if several.is_empty() {
            return;
        }
        for s in starts.iter().filter(|s| s.trajectory.is_none() && self.call_starts.contains(&s.span)) {
            if let Some(other) = several.get(&place(s)) {
                let name = self.start_name(s);
                let d = Diagnostic::error("E0449", s.span, format!("`{name}` has two starts"));
                self.diagnostics.push(d.label(*other, "the other one").help("remove one of them"));
            }
        }
        starts.retain(|s| s.trajectory.is_some() || !several.contains_key(&place(s)));
    }

    /// The system or line of the text that a place lies in.
    pub(super) fn block_of(&self, span: Span) -> Option<(usize, usize)> {
        let inside = |item: &Item| match item {
            Item::System(s) => s.span.file == span.file && s.span.start <= span.start && span.end <= s.span.end,
            _ => false,
        };
        self.program
            .modules
            .iter()
            .enumerate()
            .find_map(|(m, module)| module.items.iter().position(|item| inside(item)).map(|k| (m, k)))
    }

    pub fn start_name(&self, start: &Start) -> String {
        let v = &self.pending[start.variable].variable;
        format!("{}{}", v.elements[start.component], "'".repeat(start.order as usize))
    }

    /// One entry of an `init` line, expanded to components.
    pub fn start(&mut self, init: &Init, env: &Env, fields: &mut Vec<FieldStart>) -> Option<Vec<Start>> {
        if let Some(start) = init.each.as_ref().and_then(|clause| self.family_start(init, clause, env)) {
            fields.push(start);
            return Some(Vec::new());
        }
        let envs = match &init.each {
            None => vec![env.clone()],
            Some(clause) => match self.written_out(clause, env, limits::TUPLES)? {
                Some(envs) => envs,
                None => {
                    return self.fail(Diagnostic::error(
                        "E0515",
                        clause.span,
                        format!("these are more than {} starts", limits::TUPLES),
                    ));
                }
            },
        };
        let several = self.several(init)?;
        if several {
            if envs.is_empty() || envs.len() > limits::TRAJECTORIES {
                let span = init.each.as_ref().map_or(init.span, |e| e.span);
                let message =
                    format!("a run has from 1 to {} trajectories, and this is {}", limits::TRAJECTORIES, envs.len());
                return self.fail(Diagnostic::error("E0472", span, message));
            }
            if self.trajectories.is_some_and(|n| n != envs.len()) {
                let n = self.trajectories.unwrap_or(0);
                let message = format!("another start of this run makes {n} trajectories, and this one {}", envs.len());
                return self.fail(
                    Diagnostic::error("E0472", init.span, message)
                        .help("the k-th value of each belongs to trajectory k, so they have one number"),
                );
            }
            self.trajectories = Some(envs.len());
        }
        let mut out = Vec::new();
        for (k, inner) in envs.iter().enumerate() {
            let (from, first) = (out.len(), fields.len());
            self.one_start(init, inner, &mut out, fields)?;
            if several {
                out[from..].iter_mut().for_each(|s: &mut Start| s.trajectory = Some(k));
                fields[first..].iter_mut().for_each(|s| s.trajectory = Some(k));
            }
        }
        Some(out)
    }

    /// Whether `for` makes a trajectory for each value: its variables do not stand on the left.
    fn several(&mut self, init: &Init) -> Option<bool> {
        let Some(each) = &init.each else { return Some(false) };
        let on_left = each.generators.iter().filter(|g| init.target.mentions(&g.0.name)).count();
        if on_left == each.generators.len() {
            return Some(false);
        }
        let text = self.text(init.target.span);
        if on_left > 0 {
            return self.fail(
                Diagnostic::error("E0472", each.span, format!("of these variables only some stand in `{text}`"))
                    .help("put all of them into the index on the left, or none for one trajectory each"),
            );
        }
        if !self.call_starts.contains(&init.span) {
            return self.fail(
                Diagnostic::error(
                    "E0472",
                    each.span,
                    format!("this gives `{text}` several starts, and a system has one"),
                )
                .help("several starts are given where it is run: `run a = simulate(A) { init x = … for i in 1..10 }`"),
            );
        }
        Some(true)
    }

    fn one_start(&mut self, init: &Init, env: &Env, out: &mut Vec<Start>, fields: &mut Vec<FieldStart>) -> Option<()> {
        let target = self.eval(&init.target, env)?;
        let span = init.target.span;
        if let Some((variable, order, target)) = self.whole_field(&target, span) {
            return self.start_of_field(init, (variable, order), target, env, out, fields);
        }
        let names: Option<Vec<super::super::value::IndexSet>> = match &target {
            Value::Family(Family { sets, source: Source::Leaf { .. }, .. }) => Some(sets.clone()),
            _ => None,
        };
        let target = self.to_array(target, span)?;
        let mut places = Vec::with_capacity(target.items.len());
        for s in &target.items {
            let found =
                self.leaf_of(s.expr).and_then(|(v, order, index)| Some((v, order, self.graph.as_integer(index)?)));
            let Some((variable, order, component)) = found else {
                let text = self.text(span);
                return self.fail(
                    Diagnostic::error("E0450", span, format!("`{text}` is nothing that starts"))
                        .help("starts are given to coordinates, their velocities (`x'`), momenta and states"),
                );
            };
            self.may_start(variable, order, span)?;
            places.push((variable, order, component as usize));
        }
        if init.distributed {
            return self.distributed(init, &target, &places, env, out);
        }
        let value = match (&*init.value.kind, names) {
            (ExprKind::Table { entries, unit }, Some(sets)) => {
                self.table(entries, unit.as_ref(), &sets, init.value.span, env)?
            }
            _ => {
                let v = self.element(&init.value, None, env)?;
                self.to_array(v, init.value.span)?
            }
        };
        let (value, target) = self.broadcast(value, init.value.span, target, span, "a start and its value")?;
        self.start_reads(&value, init.value.span)?;
        for ((v, t), place) in value.items.iter().zip(&target.items).zip(places) {
            self.same_for(&v.dim, init.value.span, &t.dim, span, "be a start of")?;
            out.push(Start {
                span: init.span,
                variable: place.0,
                order: place.1,
                component: place.2,
                value: StartValue::Expr(v.expr),
                trajectory: None,
            });
        }
        Some(())
    }

    /// The field that a value is, with how often it is differentiated.
    fn whole_field(&mut self, value: &Value, span: Span) -> Option<(usize, u32, Array)> {
        let target = match value {
            Value::Real(_) | Value::Array(_) => self.to_array(value.clone(), span)?,
            _ => return None,
        };
        let (variable, order) = self.field_marked(&target)?;
        Some((variable, order, target))
    }

    fn start_of_field(
        &mut self,
        init: &Init,
        (variable, order): (usize, u32),
        target: Array,
        env: &Env,
        out: &mut Vec<Start>,
        fields: &mut Vec<FieldStart>,
    ) -> Option<()> {
        let span = init.target.span;
        self.may_start(variable, order, span)?;
        if init.distributed {
            let target = self.spread(target, span)?;
            let places: Vec<(usize, u32, usize)> = (0..target.items.len()).map(|k| (variable, order, k)).collect();
            return self.distributed(init, &target, &places, env, out);
        }
        let value = self.element(&init.value, None, env)?;
        let value = self.to_array(value, init.value.span)?;
        let (value, target) = self.broadcast(value, init.value.span, target, span, "a start and its value")?;
        self.start_reads(&value, init.value.span)?;
        for (v, t) in value.items.iter().zip(&target.items) {
            self.same_for(&v.dim, init.value.span, &t.dim, span, "be a start of")?;
        }
        let values: Vec<ExprId> = value.items.iter().map(|s| s.expr).collect();
        fields.push(self.field_start(variable, order, &values, init.span)?);
        Some(())
    }

    /// Whether a derivative of a variable has a start of its own.
    pub(super) fn may_start(&mut self, variable: usize, order: u32, span: Span) -> Option<()> {
        let role = self.pending[variable].variable.role;
        // A Legendre transform takes the starts of its momenta from those of the velocities.
        let transformed = self.derivations.iter().any(|d| matches!(d, Derivation::Legendre(_)));
        let has_momentum = !transformed
            && self.pending.iter().any(|p| p.variable.role == Role::Momentum && p.variable.of == Some(variable));
        if order > 1 || order == 1 && (role != Role::Coordinate || has_momentum) {
            let text = self.text(span);
            let d = Diagnostic::error(
                "E0450",
                span,
                format!("`{text}` follows from the equations and has no start of its own"),
            );
            return self.fail(if has_momentum {
                d.help("a coordinate with a momentum starts with its value and its momentum")
            } else {
                d
            });
        }
        Some(())
    }

    /// A start may read parameters and other starts; a derivative that the equations give is none.
    pub(super) fn start_reads(&mut self, value: &Array, span: Span) -> Option<()> {
        let exprs: Vec<ExprId> = value.items.iter().map(|s| s.expr).collect();
        for leaf in self.graph.free_leaves(&exprs) {
            let Some(&(v, order)) = self.places.get(&leaf) else { continue };
            let v = &self.pending[v].variable;
            if order > u32::from(v.role == Role::Coordinate) {
                let shown = format!("{}{}", v.name, "'".repeat(order as usize));
                return self.fail(
                    Diagnostic::error(
                        "E0454",
                        span,
                        "a start cannot read a derivative that follows from the equations",
                    )
                    .at(format!("reads `{shown}`"))
                    .help("starts may read parameters and the starts of other variables"),
                );
            }
        }
        Some(())
    }

    fn distributed(
        &mut self,
        init: &Init,
        target: &Array,
        places: &[(usize, u32, usize)],
        env: &Env,
        out: &mut Vec<Start>,
    ) -> Option<()> {
        let (normal, (x, a), (y, b)) = match &*init.value.kind {
            // An axis of a grid: its points lie between both ends, as random ones would.
            ExprKind::Range { from, to, .. } if self.call_axes.contains(&init.span) => {
                let lo = match trailing_unit(from).is_none() {
                    true => self.lower_end(from, to, env),
                    false => self.scalar(from, env),
                };
                let hi = self.scalar(to, env);
                (false, (lo?, from.span), (hi?, to.span))
            }
            _ => self.distribution(&init.value, env)?,
        };
        self.start_reads(&Array { shape: vec![2], items: vec![x.clone(), y.clone()] }, init.value.span)?;
        for (t, place) in target.items.iter().zip(places) {
            self.same_for(&x.dim, a, &t.dim, init.target.span, "be a start of")?;
            self.same_for(&y.dim, b, &t.dim, init.target.span, "be a start of")?;
            let value = if normal { StartValue::Normal(x.expr, y.expr) } else { StartValue::Uniform(x.expr, y.expr) };
            out.push(Start {
                span: init.span,
                variable: place.0,
                order: place.1,
                component: place.2,
                value,
                trajectory: None,
            });
        }
        Some(())
    }

    /// `uniform(lo, hi)` or `normal(mean, deviation)`: whether it is normal, and both numbers with their places.
    fn distribution(&mut self, value: &Expr, env: &Env) -> Option<(bool, (Scalar, Span), (Scalar, Span))> {
        let wrong = |span: Span| {
            Diagnostic::error("E0451", span, "after `~` stands a distribution")
                .help("write `uniform(lo, hi)` or `normal(mean, deviation)`")
        };
        let ExprKind::Call { callee, args } = &*value.kind else { return self.fail(wrong(value.span)) };
        let ExprKind::Name(word) = &*callee.kind else { return self.fail(wrong(callee.span)) };
        let [a, b] = args.as_slice() else { return self.fail(wrong(value.span)) };
        if word != "uniform" && word != "normal" {
            return self.fail(wrong(callee.span));
        }
        let (x, y) = (self.scalar(&a.value, env), self.scalar(&b.value, env));
        let (x, y) = (x?, y?);
        let known = |s: &Self, e: ExprId| s.graph.as_number(e).map(|n| n.to_f64());
        match (known(self, x.expr), known(self, y.expr)) {
            (Some(lo), Some(hi)) if word == "uniform" && lo > hi => self.fail(
                Diagnostic::error("E0451", value.span, "the lower end of this distribution is above its upper end")
                    .help("write `uniform(lo, hi)`, the smaller one first"),
            ),
            (_, Some(deviation)) if word == "normal" && deviation < 0.0 => self.fail(
                Diagnostic::error("E0451", b.span, "a standard deviation is not negative")
                    .help("write `normal(mean, deviation)`"),
            ),
            _ => Some((word == "normal", (x, a.span), (y, b.span))),
        }
    }

    /// Parameters that the call draws, component by component.
    pub fn draws(&mut self, instance: usize) -> Vec<Draw> {
        let env = self.env(instance, self.call_module);
        let mut out = Vec::new();
        for (draw, new) in std::mem::take(&mut self.call_draws) {
            if let Some(list) = self.one_draw(&draw, !new, &env) {
                out.extend(list);
            }
        }
        out
    }

    fn one_draw(&mut self, draw: &Init, own: bool, env: &Env) -> Option<Vec<Draw>> {
        let span = draw.target.span;
        let target = self.eval(&draw.target, env)?;
        let target = self.to_array(target, span)?;
        let (normal, (x, a), (y, b)) = self.distribution(&draw.value, env)?;
        if self.moves(&[x.expr, y.expr]) {
            return self.fail(
                Diagnostic::error("E0455", draw.value.span, "a distribution cannot depend on what moves")
                    .help("it is drawn before the run begins: use parameters and constants"),
            );
        }
        let mut out = Vec::with_capacity(target.items.len());
        for item in &target.items {
            let Some((parameter, component)) = self.parameter_of(item.expr) else {
                let text = self.text(span);
                return self.fail(
                    Diagnostic::error("E0488", span, format!("`{text}` is no parameter that could be drawn")).help(
                        "after `param` stands a parameter of the system; a number of the call alone follows `draw`",
                    ),
                );
            };
            self.same_for(&x.dim, a, &item.dim, span, "be a value of")?;
            self.same_for(&y.dim, b, &item.dim, span, "be a value of")?;
            let value = if normal { StartValue::Normal(x.expr, y.expr) } else { StartValue::Uniform(x.expr, y.expr) };
            out.push(Draw { span: draw.span, parameter, component, value, own });
        }
        Some(out)
    }

    /// The parameter, and the component of it, that an expression is.
    fn parameter_of(&mut self, e: ExprId) -> Option<(usize, usize)> {
        let (array, index) = match self.graph.node(e) {
            Node::Symbol(_) => (e, None),
            Node::Read { array, index } => (*array, Some(*index)),
            _ => return None,
        };
        let parameter = self.parameters.iter().position(|p| p.parameter.leaf == array && !p.parameter.input)?;
        let component = match index {
            Some(index) => usize::try_from(self.graph.as_integer(index)?).ok()?,
            None => 0,
        };
        Some((parameter, component))
    }
}
