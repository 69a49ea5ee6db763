//! Statements of a system.

use super::{Builder, Node};
use crate::diagnostic::Diagnostic;
use crate::syntax::parser::Rule;
use crate::syntax::tree::{
    Action, Assign, Check, Crossing, Equation, Event, Expr, ExprKind, FieldVar, ForClause, Generator, GridAxis, Ident,
    Index, Init, Named, Param, PathPart, Stmt, StmtKind, Variable,
};

impl Builder<'_> {
    pub(super) fn stmt(&mut self, node: Node<'_>) -> Stmt {
        let doc = self.doc(&node);
        let span = self.span(&node);
        self.starts.push(span.start as usize);
        let inner = node.into_inner().next().expect("invariant: a statement holds one");
        let kind = self.kind(inner, doc.clone());
        Stmt { span, doc, kind }
    }

    fn kind(&mut self, node: Node<'_>, doc: Option<String>) -> StmtKind {
        match node.as_rule() {
            Rule::param_stmt | Rule::input_stmt => {
                let input = node.as_rule() == Rule::input_stmt;
                let list = node
                    .into_inner()
                    .filter(|p| matches!(p.as_rule(), Rule::param_one | Rule::input_one))
                    .map(|p| self.param(p))
                    .collect();
                if input { StmtKind::Input(list) } else { StmtKind::Param(list) }
            }
            Rule::const_item => StmtKind::Const(self.consts(node, doc)),
            Rule::set_item => StmtKind::Set(self.set_item(node, doc)),
            Rule::fn_item => StmtKind::Fn(self.fn_item(node, doc)),
            Rule::net_item => StmtKind::Net(self.net_item(node, doc)),
            Rule::coord_stmt => StmtKind::Coord(self.variables(node)),
            Rule::state_stmt => StmtKind::State(self.variables(node)),
            Rule::momentum_stmt => {
                let (names, of) = self.pairing(node);
                StmtKind::Momentum { names, of }
            }
            Rule::mirror_stmt => {
                let (names, of) = self.pairing(node);
                StmtKind::Mirror { names, of }
            }
            Rule::grid_stmt => self.grid(node),
            Rule::field_stmt => StmtKind::Field(
                node.into_inner().filter(|p| p.as_rule() == Rule::field_one).map(|p| self.field(p)).collect(),
            ),
            Rule::boundary_stmt => StmtKind::Boundary(
                node.into_inner().filter(|p| p.as_rule() == Rule::equation).map(|p| self.equation(p)).collect(),
            ),
            Rule::sub_stmt => self.sub(node),
            Rule::generator_stmt => self.generator_stmt(node),
            Rule::force_stmt => self.force(node),
            Rule::constraint_stmt => {
                let nonholonomic = node.as_str().starts_with('n');
                let (name, equation) = self.named_equation(node);
                StmtKind::Constraint { nonholonomic, name, equation }
            }
            Rule::equation_stmt => {
                let (name, equation) = self.named_equation(node);
                StmtKind::Equation { name, equation }
            }
            Rule::event_stmt => StmtKind::Event(self.event(node)),
            Rule::init_stmt => StmtKind::Init(self.inits(node)),
            Rule::guess_stmt => StmtKind::Guess(self.inits(node)),
            Rule::assume_stmt => StmtKind::Assume(
                node.into_inner().filter(|p| p.as_rule() == Rule::expr).map(|p| self.expr(p)).collect(),
            ),
            Rule::observe_stmt => StmtKind::Observe(self.nameds(node)),
            Rule::invariant_stmt => StmtKind::Invariant(self.nameds(node)),
            Rule::check_stmt => StmtKind::Check(self.check(node)),
            Rule::simulate_stmt => {
                let config = node.into_inner().find(|p| p.as_rule() == Rule::config);
                StmtKind::Simulate(self.config(config.expect("invariant: `simulate` has its options")))
            }
            Rule::scale_stmt => {
                let mut parts = node.into_inner().filter(|p| !matches!(p.as_rule(), Rule::kw_scale | Rule::kw_by));
                let target = parts.next().expect("invariant: `scale` has a target");
                let by = parts.next().expect("invariant: `scale` has a factor");
                StmtKind::Scale { target: self.expr(target), by: self.expr(by) }
            }
            _ => self.assign(node),
        }
    }

    /// `with { scale D by 2, param m = 1 }` behind an argument.
    pub(super) fn tweaks(&mut self, node: Node<'_>) -> Vec<Stmt> {
        let mut out = Vec::new();
        for part in node.into_inner().filter(|p| p.as_rule() != Rule::kw_with) {
            let span = self.span(&part);
            let kind = self.kind(part, None);
            out.push(Stmt { span, doc: None, kind });
        }
        out
    }

    fn name_ix(&mut self, node: Node<'_>) -> (Ident, Option<Index>) {
        let mut parts = node.into_inner();
        let name = self.ident(&parts.next().expect("invariant: it begins with a name"));
        (name, parts.next().map(|i| self.index(i)))
    }

    fn param(&mut self, node: Node<'_>) -> Param {
        let span = self.span(&node);
        let (mut name, mut axes, mut ty, mut value, mut bounds) = (None, Vec::new(), None, None, None);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::name_ix => name = Some(self.name_ix(part)),
                Rule::on_axes => axes = self.on_axes(part),
                Rule::type_ann => ty = Some(self.type_expr(part)),
                Rule::rexpr => bounds = Some(self.expr(part)),
                Rule::kw_in => {}
                _ => value = Some(self.value(part)),
            }
        }
        let (name, index) = name.expect("invariant: a parameter has a name");
        Param { span, name, index, axes, ty, value, bounds }
    }

    /// `table` or `expr`, or the `value` around one of them.
    fn value(&mut self, node: Node<'_>) -> Expr {
        if node.as_rule() == Rule::value {
            return self.expr(node.into_inner().next().expect("invariant: a value holds one"));
        }
        self.expr(node)
    }

    fn variables(&mut self, node: Node<'_>) -> Vec<Variable> {
        let mut out = Vec::new();
        for one in node.into_inner().filter(|p| p.as_rule() == Rule::var_one) {
            let span = self.span(&one);
            let (mut name, mut ty, mut periodic) = (None, None, false);
            for part in one.into_inner() {
                match part.as_rule() {
                    Rule::name_ix => name = Some(self.name_ix(part)),
                    Rule::type_ann => ty = Some(self.type_expr(part)),
                    _ => periodic = true,
                }
            }
            let (name, index) = name.expect("invariant: a variable has a name");
            out.push(Variable { span, name, index, ty, periodic });
        }
        out
    }

    /// `p of q`; a type belongs to the last name in front.
    fn pairing(&mut self, node: Node<'_>) -> (Vec<Variable>, Vec<Variable>) {
        let mut lists: Vec<Vec<Variable>> = Vec::new();
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::names => lists.push(
                    part.into_inner()
                        .map(|n| {
                            let span = self.span(&n);
                            let (name, index) = self.name_ix(n);
                            Variable { span, name, index, ty: None, periodic: false }
                        })
                        .collect(),
                ),
                Rule::type_ann => {
                    let ty = self.type_expr(part);
                    if let Some(last) = lists.first_mut().and_then(|l| l.last_mut()) {
                        last.ty = Some(ty);
                    }
                }
                _ => {}
            }
        }
        let of = lists.pop().unwrap_or_default();
        (lists.pop().unwrap_or_default(), of)
    }

    fn grid(&mut self, node: Node<'_>) -> StmtKind {
        let (mut axes, mut options) = (Vec::new(), Vec::new());
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::grid_axis => {
                    let (mut name, mut range, mut periodic) = (None, None, false);
                    for p in part.into_inner() {
                        match p.as_rule() {
                            Rule::ident => name = Some(self.ident(&p)),
                            Rule::rexpr => range = Some(self.expr(p)),
                            Rule::periodic => periodic = true,
                            _ => {}
                        }
                    }
                    let name = name.expect("invariant: an axis has a name");
                    axes.push(GridAxis { name, range: range.expect("invariant: an axis has a range"), periodic });
                }
                Rule::grid_opt => options.push(self.ident_and_expr(part)),
                _ => {}
            }
        }
        StmtKind::Grid { axes, options }
    }

    fn field(&mut self, node: Node<'_>) -> FieldVar {
        let (mut name, mut axes, mut ty) = (None, Vec::new(), None);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::ident => name = Some(self.ident(&part)),
                Rule::on_axes => axes = self.on_axes(part),
                _ => ty = Some(self.type_expr(part)),
            }
        }
        FieldVar { name: name.expect("invariant: a field has a name"), axes, ty }
    }

    /// `(x, y)`
    fn on_axes(&mut self, node: Node<'_>) -> Vec<Ident> {
        node.into_inner().map(|part| self.ident(&part)).collect()
    }

    fn equation(&mut self, node: Node<'_>) -> Equation {
        let span = self.span(&node);
        let (mut sides, mut each) = (Vec::new(), None);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::for_clause => each = Some(self.for_clause(part)),
                _ => sides.push(self.expr(part)),
            }
        }
        let right = sides.pop().expect("invariant: an equation has a right side");
        Equation { span, left: sides.pop().expect("invariant: an equation has a left side"), right, each }
    }

    fn named_equation(&mut self, node: Node<'_>) -> (Option<Ident>, Equation) {
        let (mut name, mut equation) = (None, None);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::ident => name = Some(self.ident(&part)),
                Rule::equation => equation = Some(self.equation(part)),
                _ => {}
            }
        }
        (name, equation.expect("invariant: there is an equation"))
    }

    fn sub(&mut self, node: Node<'_>) -> StmtKind {
        let (mut name, mut value) = (None, None);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::name_ix => name = Some(self.name_ix(part)),
                Rule::expr => value = Some(self.expr(part)),
                _ => {}
            }
        }
        let (name, index) = name.expect("invariant: a component has a name");
        StmtKind::Sub { name, index, value: value.expect("invariant: a component has a call") }
    }

    fn generator_stmt(&mut self, node: Node<'_>) -> StmtKind {
        let word = node.clone().into_inner().next().expect("invariant: a generator has its word");
        let keyword = self.span(&word);
        let kind = match word.as_str().trim_end() {
            "lagrangian" => Generator::Lagrangian,
            "hamiltonian" => Generator::Hamiltonian,
            "rayleigh" => Generator::Rayleigh,
            "irrotational" => Generator::Irrotational,
            "dissipative" => Generator::Dissipative,
            "mass" => Generator::Mass,
            _ => Generator::Bracket,
        };
        let (name, value) = self.ident_and_expr(node);
        StmtKind::Generator { kind, keyword, name, value }
    }

    fn force(&mut self, node: Node<'_>) -> StmtKind {
        let (mut name, mut on, mut value) = (None, None, None);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::ident => name = Some(self.ident(&part)),
                Rule::post => on = Some(self.expr(part)),
                Rule::expr => value = Some(self.expr(part)),
                _ => {}
            }
        }
        StmtKind::Force {
            name: name.expect("invariant: a force has a name"),
            on: on.expect("invariant: a force acts on something"),
            value: value.expect("invariant: a force has a value"),
        }
    }

    fn event(&mut self, node: Node<'_>) -> Event {
        let (mut name, mut subject, mut crossing, mut actions) = (None, None, None, Vec::new());
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::ident => name = Some(self.ident(&part)),
                Rule::trigger => {
                    let mut direction = None;
                    for p in part.into_inner() {
                        match p.as_rule() {
                            Rule::expr => subject = Some(self.expr(p)),
                            Rule::kw_falls => direction = Some(Crossing::FallsBelow),
                            Rule::kw_rises => direction = Some(Crossing::RisesAbove),
                            Rule::kw_crosses => direction = Some(Crossing::Crosses),
                            Rule::sum => crossing = direction.map(|d| (d, self.expr(p))),
                            _ => {}
                        }
                    }
                }
                Rule::action => actions.push(self.action(part)),
                _ => {}
            }
        }
        Event {
            name: name.expect("invariant: an event has a name"),
            subject: subject.expect("invariant: an event has a trigger"),
            crossing,
            actions,
        }
    }

    fn action(&mut self, node: Node<'_>) -> Action {
        let span = self.span(&node);
        let mut parts = node.into_inner();
        let first = parts.next().expect("invariant: an action has a part");
        if first.as_rule() == Rule::kw_stop {
            return Action::Stop(span, parts.next().map(|s| self.string(&s)));
        }
        let target = self.expr(first);
        Action::Set { target, value: self.expr(parts.next().expect("invariant: `:=` has a right side")) }
    }

    fn inits(&mut self, node: Node<'_>) -> Vec<Init> {
        let mut out = Vec::new();
        for one in node.into_inner().filter(|p| p.as_rule() == Rule::init_one) {
            let span = self.span(&one);
            let (mut target, mut value, mut each): (Option<Expr>, _, _) = (None, None, None);
            for part in one.into_inner() {
                match part.as_rule() {
                    Rule::post => target = Some(self.expr(part)),
                    Rule::for_clause => each = Some(self.for_clause(part)),
                    _ => value = Some(self.value(part)),
                }
            }
            let target = target.expect("invariant: a start has a target");
            let distributed = self.token_at(target.span.end) == "~";
            out.push(Init { span, target, distributed, value: value.expect("invariant: a start has a value"), each });
        }
        out
    }

    fn nameds(&mut self, node: Node<'_>) -> Vec<Named> {
        let mut out = Vec::new();
        for one in node.into_inner().filter(|p| p.as_rule() == Rule::named) {
            let span = self.span(&one);
            let (mut name, mut index, mut ty, mut value) = (None, None, None, None);
            for part in one.into_inner() {
                match part.as_rule() {
                    Rule::ident => name = Some(self.ident(&part)),
                    Rule::index => index = Some(self.index(part)),
                    Rule::type_ann => ty = Some(self.type_expr(part)),
                    _ => value = Some(self.expr(part)),
                }
            }
            out.push(Named { span, name, index, ty, value: value.expect("invariant: there is an expression") });
        }
        out
    }

    pub(super) fn check(&mut self, node: Node<'_>) -> Check {
        let span = self.span(&node);
        let (mut condition, mut within, mut because) = (None, None, None);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::expr if condition.is_none() => condition = Some(self.expr(part)),
                Rule::expr => within = Some(self.expr(part)),
                Rule::string => because = Some(self.string(&part)),
                _ => {}
            }
        }
        Check { span, condition: condition.expect("invariant: a check has a condition"), within, because }
    }

    /// Definitions and equations with a bare name (or `der(…)`) on the left.
    fn assign(&mut self, node: Node<'_>) -> StmtKind {
        let mut parts = node.into_inner().peekable();
        let first = parts.next().expect("invariant: it begins with a name");
        if first.as_rule() == Rule::kw_der {
            let of = self.expr(parts.next().expect("invariant: `der` has an argument"));
            let value = self.expr(parts.next().expect("invariant: there is a right side"));
            let each = parts.next().map(|c| self.for_clause(c));
            return rate(of, value, each);
        }
        let (name, dots) = self.dotted(&first);
        self.declared.insert(name.name.clone());
        self.generator_word(&name);
        let mut assign = Assign {
            name,
            formals: None,
            path: Vec::new(),
            primes: dots,
            index_after: None,
            ty: None,
            value: None,
            each: None,
        };
        for part in parts {
            match part.as_rule() {
                Rule::formals => assign.formals = Some(self.formals(part)),
                Rule::index if assign.primes > 0 => {
                    if assign.index_after.is_some() {
                        let place = self.span(&part);
                        self.diagnostics.push(
                            Diagnostic::error("E0146", place, "a second index behind the derivative")
                                .help("write the indices in one bracket, or before the prime: `r[1]'`"),
                        );
                    }
                    assign.index_after = Some(self.index(part));
                }
                Rule::index => assign.path.push(PathPart::Index(self.index(part))),
                Rule::dotname => {
                    let (field, dots) = self.dotted(&part.into_inner().next().expect("invariant: a dot has a name"));
                    if assign.primes > 0 {
                        self.diagnostics.push(
                            Diagnostic::error("E0146", field.span, "a field of a derivative")
                                .help("write the prime at the end: `a.θ'`"),
                        );
                    }
                    assign.primes += dots;
                    assign.path.push(PathPart::Field(field));
                }
                Rule::prime => assign.primes += part.as_str().chars().count() as u32,
                Rule::type_ann => assign.ty = Some(self.type_expr(part)),
                Rule::for_clause => assign.each = Some(self.for_clause(part)),
                _ => assign.value = Some(self.expr(part)),
            }
        }
        self.dot_statement(assign)
    }

    /// `lagrangian = T - V` defines a name and generates nothing.
    fn generator_word(&mut self, name: &Ident) {
        let words = ["lagrangian", "hamiltonian", "rayleigh", "irrotational", "dissipative"];
        if words.contains(&name.name.as_str()) {
            let message = format!("this defines a name `{}` and generates no equations", name.name);
            self.diagnostics.push(Diagnostic::warning("W0145", name.span, message).help(format!(
                "write `{} {} = …` with a name",
                name.name,
                name.name[..1].to_uppercase()
            )));
        }
    }

    /// `dot(q) = v` is `q' = v`, as in expressions.
    fn dot_statement(&mut self, assign: Assign) -> StmtKind {
        if assign.name.name != "dot" || assign.ty.is_some() || assign.value.is_none() {
            return StmtKind::Assign(assign);
        }
        match (assign.formals, assign.value) {
            (Some(formals), Some(value))
                if formals.len() == 1 && formals[0].ty.is_none() && formals[0].default.is_none() =>
            {
                let of = Expr { span: formals[0].span, kind: Box::new(ExprKind::Name(formals[0].name.name.clone())) };
                rate(of, value, assign.each)
            }
            (formals, value) => StmtKind::Assign(Assign { formals, value, ..assign }),
        }
    }
}

/// `der(of) = value`; where `of` is what may stand on the left of a definition, that with a prime.
fn rate(of: Expr, value: Expr, each: Option<ForClause>) -> StmtKind {
    let mut path = Vec::new();
    let mut at = &of;
    let (mut primes, mut index_after) = (1, None);
    if let ExprKind::Index { base, index } = &*at.kind
        && matches!(*base.kind, ExprKind::Prime { .. })
    {
        index_after = Some(index.clone());
        at = base;
    }
    if let ExprKind::Prime { base, order, .. } = &*at.kind {
        primes += order;
        at = base;
    }
    loop {
        match &*at.kind {
            ExprKind::Field { base, name } => {
                path.push(PathPart::Field(name.clone()));
                at = base;
            }
            ExprKind::Index { base, index } => {
                path.push(PathPart::Index(index.clone()));
                at = base;
            }
            ExprKind::Name(name) => {
                let name = Ident { name: name.clone(), span: at.span };
                path.reverse();
                return StmtKind::Assign(Assign {
                    name,
                    formals: None,
                    path,
                    primes,
                    index_after,
                    ty: None,
                    value: Some(value),
                    each,
                });
            }
            _ => return StmtKind::Der { of, value, each },
        }
    }
}
