//! Generators, forces, and the equations that a file states itself.

use super::super::system::{Derivation, Equation, EquationKind, Force, Generator, Role};
use super::super::value::{Array, Dim};
use super::declare::Kept;
use super::{Env, Resolver};
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::{Dimension, Term};
use crate::symbolic::{Entry, ExprId, Node};
use crate::syntax::tree;
use crate::syntax::tree::*;

/// Equations before their dimensions are final.
#[derive(Default)]
pub(crate) struct Stated {
    /// With its declaration, and whether it stands in the system itself.
    pub lagrangian: Vec<(Generator, usize, bool)>,
    pub hamiltonian: Vec<(Generator, usize, bool)>,
    pub rayleigh: Vec<Generator>,
    pub irrotational: Vec<(Generator, Dim)>,
    pub dissipative: Vec<Generator>,
    pub mass: Option<(Vec<ExprId>, Span)>,
    pub bracket: Option<(Array, Span)>,
    pub forces: Vec<Force>,
    pub equations: Vec<Equation>,
}

impl Resolver<'_> {
    pub fn stated_equations(&mut self, kept: &[Kept]) -> Stated {
        let mut out = Stated::default();
        for k in kept {
            let env = self.env(k.instance, k.module);
            match &k.stmt.kind {
                StmtKind::Generator { kind, keyword, name, value } => {
                    self.generator(k, *kind, *keyword, name, value, &env, &mut out)
                }
                StmtKind::Force { name, on, value } => {
                    if let Some(force) = self.force(k, name, on, value, &env) {
                        out.forces.push(force);
                    }
                }
                StmtKind::Equation { equation, .. } => {
                    let made = self.implicit(equation, &env);
                    out.equations.extend(made);
                }
                StmtKind::Assign(a)
                    if a.primes > 0
                        || a.path.iter().any(|p| matches!(p, PathPart::Field(_)))
                        || a.index_after.is_some() =>
                {
                    let made = self.explicit(a, k.stmt.span, &env);
                    out.equations.extend(made);
                }
                StmtKind::Der { of, value, each } => {
                    let made = self.der(of, value, each.as_ref(), k.stmt.span, &env);
                    out.equations.extend(made);
                }
                _ => {}
            }
        }
        out
    }

    #[allow(clippy::too_many_arguments)]
    fn generator(
        &mut self,
        k: &Kept,
        kind: tree::Generator,
        keyword: Span,
        name: &Ident,
        value: &Expr,
        env: &Env,
        out: &mut Stated,
    ) {
        let Some(&decl) = k.decls.first() else { return };
        let Some(v) = self.decl_value(decl, name.span) else { return };
        match kind {
            tree::Generator::Mass | tree::Generator::Bracket => {
                let Some(a) = self.to_array(v, value.span) else { return };
                let first = match kind {
                    tree::Generator::Bracket => out.bracket.as_ref().map(|b| b.1),
                    _ => out.mass.as_ref().map(|m| m.1),
                };
                if let Some(first) = first {
                    let word = kind.word();
                    self.report(
                        Diagnostic::error("E0305", keyword, format!("a system has one `{word}`"))
                            .label(first, "the first one")
                            .help("add them up in one line"),
                    );
                    return;
                }
                if kind == tree::Generator::Bracket {
                    let n = a.shape.first().copied().unwrap_or(0);
                    if a.shape != [n, n] {
                        let what = super::super::value::describe_shape(&a.shape);
                        self.report(
                            Diagnostic::error(
                                "E0307",
                                value.span,
                                format!("a bracket is a square matrix, and this is {what}"),
                            )
                            .help("J has one row and one column for each component of the states"),
                        );
                        return;
                    }
                    out.bracket = Some((a, keyword));
                } else {
                    out.mass = Some((a.items.iter().map(|s| s.expr).collect(), keyword));
                }
                return;
            }
            _ => {}
        }
        let Some(s) = self.to_scalar(v, value.span) else { return };
        if self.whole_quantity(s.expr, value.span, &format!("this `{}`", kind.word())).is_none() {
            return;
        }
        let leaves = self.graph.free_leaves(&[s.expr]);
        let first_rates = kind != tree::Generator::Irrotational && kind != tree::Generator::Hamiltonian;
        for (v, order) in leaves.iter().filter_map(|l| self.places.get(l)).copied() {
            let v = &self.pending[v].variable;
            let allowed = u32::from(first_rates && v.role == Role::Coordinate);
            if order <= allowed {
                continue;
            }
            let shown = format!("{}{}", v.name, "'".repeat(order as usize));
            let d = Diagnostic::error(
                "E0303",
                value.span,
                match kind {
                    tree::Generator::Hamiltonian | tree::Generator::Irrotational => {
                        format!(
                            "`{}` is a function of coordinates, momenta, states and `t`, without derivatives",
                            kind.word()
                        )
                    }
                    _ => format!("a `{}` may contain first derivatives of coordinates only", kind.word()),
                },
            )
            .at(format!("contains `{shown}`"));
            self.report(match kind {
                tree::Generator::Hamiltonian => d.help("put the momentum in place of the velocity: `p^2/(2*m)`"),
                _ => d.help("`q''` follows from the equations and cannot stand in what makes them"),
            });
            return;
        }
        self.generator_dimension(kind, &s.dim, name, value.span);
        let generator = Generator {
            name: format!("{}{}", self.instances[k.instance].prefix, name.name),
            keyword,
            value: s.expr,
            dimension: Dimension::one(),
        };
        let _ = env;
        match kind {
            tree::Generator::Lagrangian => out.lagrangian.push((generator, decl, k.own)),
            tree::Generator::Hamiltonian => out.hamiltonian.push((generator, decl, k.own)),
            tree::Generator::Rayleigh => out.rayleigh.push(generator),
            tree::Generator::Irrotational => out.irrotational.push((generator, s.dim.clone())),
            tree::Generator::Dissipative => out.dissipative.push(generator),
            tree::Generator::Mass | tree::Generator::Bracket => {}
        }
    }

    /// `L`, `H` and `R` need not be energies (a file may scale them), but `R` has the dimension of
    /// `L` over time where both are stated; that is checked when all are known.
    fn generator_dimension(&mut self, kind: tree::Generator, dim: &Dim, name: &Ident, span: Span) {
        if !self.program.has_units {
            return;
        }
        let Dim::Term(term) = dim else { return };
        let key = match kind {
            tree::Generator::Lagrangian | tree::Generator::Hamiltonian => {
                self.energy.get_or_insert((term.clone(), name.span));
                return;
            }
            tree::Generator::Rayleigh => term.clone(),
            _ => return,
        };
        self.powers.push((key, span));
    }

    /// After all generators: every Rayleigh function is an energy over time.
    pub fn check_powers(&mut self) {
        let Some((energy, at)) = self.energy.clone() else { return };
        for (power, span) in std::mem::take(&mut self.powers) {
            let time = Term::from(Dimension::time());
            let Ok(rate) = energy.div(&time) else { continue };
            let origin = super::Origin { left: at, right: span };
            if self.dims.equate(&power, &rate, origin).is_err() {
                let (have, want) = (self.dimension_words(&power), self.dimension_words(&rate));
                self.report(
                    Diagnostic::error(
                        "E0208",
                        span,
                        format!("a Rayleigh function is {} here, and this is {}", want.0, have.0),
                    )
                    .at(have.1)
                    .label(at, "the energy that it takes from")
                    .help("for a damping force `-c*q'` write `rayleigh R = 1/2*c*q'^2`"),
                );
            }
        }
    }

    /// Dimensions that Hamilton's equations demand: `[p q] = [H t]`, `[D] = [q²/t] = [p²/t]` for an
    /// irrotational part, `[J_ik] = [z_i z_k]/[H t]` for a bracket.
    pub fn check_structure(&mut self, stated: &Stated) {
        let Some((energy, at)) = self.energy.clone().filter(|_| self.program.has_units) else { return };
        let legendre = self.derivations.iter().any(|d| matches!(d, Derivation::Legendre(_)));
        if stated.hamiltonian.is_empty() && !legendre {
            return;
        }
        let time = Term::from(Dimension::time());
        let Ok(action) = energy.mul(&time) else { return };
        for k in 0..self.pending.len() {
            let v = &self.pending[k].variable;
            let (Role::Momentum, Some(of), span, name) = (v.role, v.of, v.span, v.name.clone()) else { continue };
            let (Dim::Term(p), Dim::Term(q)) = (self.pending[k].dim.clone(), self.pending[of].dim.clone()) else {
                continue;
            };
            let Ok(product) = p.mul(&q) else { continue };
            let origin = super::Origin { left: span, right: at };
            if self.dims.equate(&product, &action, origin).is_err() {
                let have = self.dimension_words(&p);
                let coordinate = self.pending[of].variable.name.clone();
                let (place, want) =
                    (self.pending[of].variable.span, action.div(&q).map(|w| self.dimension_words(&w).1));
                self.report(
                    Diagnostic::error(
                        "E0217",
                        span,
                        format!("`{name}` cannot be the momentum of `{coordinate}`: it is {}", have.0),
                    )
                    .at(have.1)
                    .label(place, format!("the momentum of this is {}", want.unwrap_or_default()))
                    .label(at, "by this Hamiltonian"),
                );
            }
        }
        for d in &stated.irrotational {
            let Dim::Term(have) = d.1.clone() else { continue };
            let read = self.graph.free_leaves(&[d.0.value]);
            for (v, _) in read.iter().filter_map(|l| self.places.get(l).copied()).collect::<Vec<_>>() {
                let Dim::Term(z) = self.pending[v].dim.clone() else { continue };
                let Ok(want) = z.mul(&z).and_then(|square| square.div(&time)) else { continue };
                let origin = super::Origin { left: d.0.keyword, right: self.pending[v].variable.span };
                if self.dims.equate(&have, &want, origin).is_err() {
                    let name = self.pending[v].variable.name.clone();
                    let (has, wants) = (self.dimension_words(&have), self.dimension_words(&want));
                    self.report(
                        Diagnostic::error(
                            "E0218",
                            d.0.keyword,
                            format!("this adds its slope along `{name}` to `{name}'`, and the dimensions differ"),
                        )
                        .at(format!("is {}, and must be {}", has.1, wants.1))
                        .label(self.pending[v].variable.span, "declared here")
                        .help("an irrotational part has the dimension of the square of each variable over time"),
                    );
                    break;
                }
            }
        }
        if let Some((j, span)) = &stated.bracket {
            self.check_bracket(j, *span, &action, at);
        }
    }

    fn check_bracket(&mut self, j: &Array, span: Span, action: &Term, at: Span) {
        let mut dims: Vec<Dim> = Vec::new();
        for p in self.pending.iter().filter(|p| !p.variable.mirror) {
            dims.extend(std::iter::repeat_n(p.dim.clone(), p.variable.elements.len()));
        }
        let n = dims.len();
        if j.items.len() != n * n {
            return;
        }
        for (k, entry) in j.items.iter().enumerate() {
            let (Dim::Term(have), Dim::Term(row), Dim::Term(column)) = (&entry.dim, &dims[k / n], &dims[k % n]) else {
                continue;
            };
            if self.graph.as_number(entry.expr).is_some_and(|x| x.is_zero()) {
                continue;
            }
            let Ok(want) = row.mul(column).and_then(|z| z.div(action)) else { continue };
            if self.dims.equate(have, &want, super::Origin { left: span, right: at }).is_err() {
                let (has, wants) = (self.dimension_words(have), self.dimension_words(&want));
                let (i, k) = (k / n + 1, k % n + 1);
                self.report(
                    Diagnostic::error(
                        "E0219",
                        span,
                        format!("entry [{i}][{k}] of this bracket does not give the rate of state {i}"),
                    )
                    .at(format!("is {}, and must be {}", has.1, wants.1))
                    .label(at, "by this Hamiltonian"),
                );
                return;
            }
        }
    }

    fn force(&mut self, k: &Kept, name: &Ident, on: &Expr, value: &Expr, env: &Env) -> Option<Force> {
        let point = self.array(on, env);
        let given =
            k.decls.first().and_then(|d| self.decl_value(*d, name.span)).and_then(|v| self.to_array(v, value.span));
        let (point, given) = (point?, given?);
        for (a, span) in [(&point, on.span), (&given, value.span)] {
            for s in &a.items {
                self.whole_quantity(s.expr, span, "this")?;
            }
        }
        let reads = |r: &Self, a: &Array| -> Vec<(usize, u32)> {
            let exprs: Vec<ExprId> = a.items.iter().map(|s| s.expr).collect();
            r.graph.free_leaves(&exprs).iter().filter_map(|l| r.places.get(l).copied()).collect()
        };
        let is_coordinate = |r: &Self, v: usize| r.pending[v].variable.role == Role::Coordinate;
        for (a, at, most) in [(&point, on.span, 0), (&given, value.span, 1)] {
            let bad =
                reads(self, a).into_iter().find(|(v, order)| *order > if is_coordinate(self, *v) { most } else { 0 });
            if let Some((v, order)) = bad {
                let shown = format!("{}{}", self.pending[v].variable.name, "'".repeat(order as usize));
                let what = if most == 0 {
                    "a force acts on a coordinate or a point, not on a velocity"
                } else {
                    "a force may contain first derivatives of coordinates only"
                };
                return self.fail(Diagnostic::error("E0303", at, what).at(format!("contains `{shown}`")));
            }
        }
        if !reads(self, &point).iter().any(|(v, _)| is_coordinate(self, *v)) {
            let text = self.text(on.span);
            return self.fail(
                Diagnostic::error(
                    "E0304",
                    on.span,
                    format!(
                        "a force acts on a coordinate or on a point that moves with coordinates, and `{text}` does not"
                    ),
                )
                .help("name a `coord`, or a vector built from coordinates: `force f on tip = [0, -m*g]`"),
            );
        }
        let (point, given) = self.broadcast(point, on.span, given, value.span, "the point and its force")?;
        if let Some((energy, at)) = self.energy.clone() {
            for (x, f) in point.items.iter().zip(&given.items) {
                let work = self.dim_mul(&x.dim, &f.dim, false, value.span)?;
                if let Dim::Term(work) = &work {
                    if self.program.has_units
                        && self.dims.equate(work, &energy, super::Origin { left: value.span, right: at }).is_err()
                    {
                        let have = self.dimension_words(work);
                        return self.fail(
                            Diagnostic::error("E0209", value.span, "the work of this force is no energy")
                                .at(format!("force times displacement is {}", have.1))
                                .label(on.span, "what it acts on"),
                        );
                    }
                }
            }
        }
        Some(Force {
            name: format!("{}{}", self.instances[k.instance].prefix, name.name),
            span: k.stmt.span,
            on: point.items.iter().map(|s| s.expr).collect(),
            value: given.items.iter().map(|s| s.expr).collect(),
        })
    }

    /// The variable, component and order that a leaf stands for.
    pub fn leaf_of(&mut self, e: ExprId) -> Option<(usize, u32, ExprId)> {
        let (array, index) = match self.graph.node(e) {
            Node::Symbol(_) => (e, None),
            Node::Read { array, index } => (*array, Some(*index)),
            _ => return None,
        };
        let &(variable, order) = self.places.get(&array)?;
        let zero = self.graph.integer(0);
        Some((variable, order, index.unwrap_or(zero)))
    }

    /// `x' = …`, `q'' = …`, also of members and components.
    fn explicit(&mut self, a: &Assign, span: Span, env: &Env) -> Vec<Equation> {
        let Some(value) = &a.value else { return Vec::new() };
        let mut target = Expr { span: a.name.span, kind: Box::new(ExprKind::Name(a.name.name.clone())) };
        let mut generators: Vec<(Ident, Expr)> = a.each.iter().flat_map(|c| c.generators.clone()).collect();
        let parts = a.path.iter().cloned().chain(a.index_after.clone().map(PathPart::Index));
        for part in parts {
            target = match part {
                PathPart::Field(name) => {
                    Expr { span: target.span.to(name.span), kind: Box::new(ExprKind::Field { base: target, name }) }
                }
                PathPart::Index(mut index) => {
                    for slot in &mut index.slots {
                        if let Some(variable) = slot.variable.take() {
                            generators.push((variable.clone(), slot.value.clone()));
                            slot.value = Expr { span: variable.span, kind: Box::new(ExprKind::Name(variable.name)) };
                        }
                    }
                    Expr { span: target.span.to(index.span), kind: Box::new(ExprKind::Index { base: target, index }) }
                }
            };
        }
        if a.primes == 0 {
            self.report(
                Diagnostic::error("E0446", span, "a name of a component cannot be defined from outside")
                    .help("change it with `with { … }`, or give it as an argument: `sub a = A(m = 2)`"),
            );
            return Vec::new();
        }
        if let Some(ty) = &a.ty {
            self.report(Diagnostic::error("E0446", ty.span, "the type of a variable stands at its declaration").help(
                format!("write `coord {0} : …` or `state {0} : …`, and the equation without a type", a.name.name),
            ));
            return Vec::new();
        }
        let clause = (!generators.is_empty()).then(|| ForClause {
            span,
            generators,
            condition: a.each.as_ref().and_then(|c| c.condition.clone()),
        });
        self.rate_equation(&target, a.primes, value, clause.as_ref(), span, env)
    }

    fn der(&mut self, of: &Expr, value: &Expr, each: Option<&ForClause>, span: Span, env: &Env) -> Vec<Equation> {
        let Some(left) = self.array(of, env) else { return Vec::new() };
        let all_leaves = left.items.iter().all(|s| self.leaf_of(s.expr).is_some());
        if all_leaves {
            return self.rate_equation(of, 1, value, each, span, env);
        }
        let derived =
            Expr { span: of.span, kind: Box::new(ExprKind::Prime { base: of.clone(), order: 1, span: of.span }) };
        let equation = tree::Equation { span, left: derived, right: value.clone(), each: each.cloned() };
        self.implicit(&equation, env)
    }

    fn rate_equation(
        &mut self,
        target: &Expr,
        primes: u32,
        value: &Expr,
        clause: Option<&ForClause>,
        span: Span,
        env: &Env,
    ) -> Vec<Equation> {
        let mut out = Vec::new();
        let Some(envs) = self.equation_envs(clause, env) else { return out };
        for inner in &envs {
            if self.one_rate(target, primes, value, span, inner, &mut out).is_none() {
                return Vec::new();
            }
        }
        out
    }

    /// One environment for each member where they are few, else one for the whole family.
    fn equation_envs(&mut self, clause: Option<&ForClause>, env: &Env) -> Option<Vec<Env>> {
        let Some(clause) = clause else { return Some(vec![env.clone()]) };
        if let Some(envs) = self.written_out(clause, env, self.unroll)? {
            return Some(envs);
        }
        Some(vec![self.family(clause, env)?.0])
    }

    fn one_rate(
        &mut self,
        target: &Expr,
        primes: u32,
        value: &Expr,
        span: Span,
        env: &Env,
        out: &mut Vec<Equation>,
    ) -> Option<()> {
        let left = self.array(target, env);
        if left.is_none() && self.diagnostics.iter().last().is_some_and(|d| d.code == "E0514") {
            return None;
        }
        let right = self.array(value, env);
        let (left, right) = (left?, right?);
        let (left, right) = self.broadcast(left, target.span, right, value.span, "the two sides of this equation")?;
        if let Some((variable, order)) = self.field_marked(&left) {
            let order = order + primes;
            let role = self.pending[variable].variable.role;
            self.stated_order(order, role, span)?;
            for (l, r) in left.items.iter().zip(&right.items) {
                let mut dim = l.dim.clone();
                for _ in 0..primes {
                    dim = self.per_time(&dim, span)?;
                }
                self.same_for(&r.dim, value.span, &dim, target.span, "equal")?;
            }
            let exprs: Vec<ExprId> = right.items.iter().map(|s| s.expr).collect();
            let made = self.field_equation(variable, order, &exprs, value.span)?;
            out.push(Equation { span, ..made });
            return Some(());
        }
        for s in &right.items {
            self.whole_quantity(s.expr, value.span, "this rate")?;
        }
        for (l, r) in left.items.iter().zip(&right.items) {
            let Some((variable, order, index)) = self.leaf_of(l.expr) else {
                let text = self.text(target.span);
                return self.fail(
                    Diagnostic::error(
                        "E0447",
                        target.span,
                        format!("`{text}` is no coordinate or state, so its rate cannot be stated"),
                    )
                    .help(format!("declare it: `state {text}`, or state a relation with `equation … = …`")),
                );
            };
            let order = order + primes;
            let role = self.pending[variable].variable.role;
            self.stated_order(order, role, span)?;
            let mut dim = l.dim.clone();
            for _ in 0..primes {
                dim = self.per_time(&dim, span)?;
            }
            self.same_for(&r.dim, value.span, &dim, target.span, "equal")?;
            let entry = Entry { index, value: r.expr };
            match out.last_mut() {
                Some(Equation { span: s, kind: EquationKind::Explicit { variable: v, order: o, entries } })
                    if *s == span && *v == variable && *o == order =>
                {
                    entries.push(entry)
                }
                _ => {
                    out.push(Equation { span, kind: EquationKind::Explicit { variable, order, entries: vec![entry] } })
                }
            }
        }
        Some(())
    }

    /// Of which order the equation of a variable may be.
    fn stated_order(&mut self, order: u32, role: Role, span: Span) -> Option<()> {
        if order > 2 || order == 2 && role != Role::Coordinate {
            let what = if role == Role::Coordinate {
                "the equation of a `coord` states its second derivative"
            } else {
                "the equation of a `state` states its first derivative"
            };
            return self.fail(Diagnostic::error("E0448", span, what));
        }
        Some(())
    }

    /// `equation a = b`
    fn implicit(&mut self, equation: &tree::Equation, env: &Env) -> Vec<Equation> {
        let mut residual = Vec::new();
        let Some(envs) = self.equation_envs(equation.each.as_ref(), env) else { return Vec::new() };
        for inner in &envs {
            let left = self.array(&equation.left, inner);
            let right = self.array(&equation.right, inner);
            let (Some(left), Some(right)) = (left, right) else { return Vec::new() };
            let Some((left, right)) =
                self.broadcast(left, equation.left.span, right, equation.right.span, "the two sides of this equation")
            else {
                return Vec::new();
            };
            let mut local = Vec::new();
            for (l, r) in left.items.iter().zip(&right.items) {
                if self.same_for(&l.dim, equation.left.span, &r.dim, equation.right.span, "equal").is_none() {
                    return Vec::new();
                }
                let value = self.graph.sub(l.expr, r.expr);
                if self.is_local(value) {
                    local.push(value);
                    continue;
                }
                let index = self.graph.integer(residual.len() as i64);
                residual.push(Entry { index, value });
            }
            if !local.is_empty() && self.field_residual(&local, equation.span, &mut residual).is_none() {
                return Vec::new();
            }
        }
        vec![Equation { span: equation.span, kind: EquationKind::Implicit { residual } }]
    }
}
