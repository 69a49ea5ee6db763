//! What a text mentions that has to be known before anything of it is resolved: whether it writes units, and
//! which pictures it reads.

use crate::syntax::tree::*;

/// What stands somewhere in the items of a text, experiments included.
#[derive(Debug, Default)]
pub struct Mentions {
    /// Whether any unit is written.
    pub units: bool,
    /// Paths of `image("…")`, as written.
    pub pictures: Vec<String>,
}

/// What an item mentions.
pub fn mentions(item: &Item) -> Mentions {
    let mut found = Mentions::default();
    match item {
        Item::Unit(_) => found.units = true,
        Item::Use(_) => {}
        Item::Const(c) => found.constant(c),
        Item::Set(s) => found.set(s),
        Item::Fn(f) => found.function(f),
        Item::Net(n) => found.net(n),
        Item::System(s) => found.system(s),
        Item::Experiment(e) => e.lines.iter().for_each(|l| found.line(l)),
        Item::Line(l) => found.line(l),
    }
    found
}

impl Mentions {
    fn constant(&mut self, c: &Const) {
        self.ty(&c.ty);
        self.expr(&c.value);
    }

    fn set(&mut self, s: &SetItem) {
        if let SetValue::Range(e) = &s.value {
            self.expr(e);
        }
    }

    fn function(&mut self, f: &Function) {
        self.formals(&f.formals);
        self.ty(&f.ty);
        self.expr(&f.body);
    }

    fn net(&mut self, n: &Net) {
        self.formals(&n.formals);
        self.units |= n.ty.unit.is_some();
        self.expr(&n.body);
        n.attributes.iter().for_each(|a| self.expr(a));
    }

    fn formals(&mut self, formals: &[Formal]) {
        for f in formals {
            self.ty(&f.ty);
            f.default.iter().for_each(|d| self.expr(d));
        }
    }

    fn ty(&mut self, ty: &Option<TypeExpr>) {
        self.units |= ty.as_ref().is_some_and(|t| t.unit.is_some());
    }

    fn system(&mut self, s: &System) {
        match &s.body {
            SystemBody::Derived { value, with } => {
                self.expr(value);
                with.iter().flatten().for_each(|s| self.stmt(s));
            }
            SystemBody::Block { formals, extends, stmts } => {
                self.formals(formals);
                extends.iter().for_each(|e| self.expr(e));
                stmts.iter().for_each(|s| self.stmt(s));
            }
        }
    }

    fn each(&mut self, each: &Option<ForClause>) {
        for (_, e) in each.iter().flat_map(|f| &f.generators) {
            self.expr(e);
        }
    }

    fn stmt(&mut self, s: &Stmt) {
        match &s.kind {
            StmtKind::Param(list) | StmtKind::Input(list) => {
                for p in list {
                    self.ty(&p.ty);
                    p.value.iter().chain(&p.bounds).for_each(|e| self.expr(e));
                }
            }
            StmtKind::Const(list) => list.iter().for_each(|c| self.constant(c)),
            StmtKind::Set(s) => self.set(s),
            StmtKind::Fn(f) => self.function(f),
            StmtKind::Net(n) => self.net(n),
            StmtKind::Coord(list) | StmtKind::State(list) => list.iter().for_each(|v| self.ty(&v.ty)),
            StmtKind::Momentum { names, .. } | StmtKind::Mirror { names, .. } => {
                names.iter().for_each(|v| self.ty(&v.ty))
            }
            StmtKind::Grid { axes, options } => {
                axes.iter().for_each(|a| self.expr(&a.range));
                options.iter().for_each(|o| self.expr(&o.1));
            }
            StmtKind::Field(list) => list.iter().for_each(|f| self.ty(&f.ty)),
            StmtKind::Boundary(list) => list.iter().for_each(|e| self.equation(e)),
            StmtKind::Sub { value, .. } | StmtKind::Generator { value, .. } => self.expr(value),
            StmtKind::Force { on, value, .. } => {
                self.expr(on);
                self.expr(value);
            }
            StmtKind::Constraint { equation, .. } | StmtKind::Equation { equation, .. } => self.equation(equation),
            StmtKind::Event(e) => {
                self.expr(&e.subject);
                e.crossing.iter().for_each(|(_, x)| self.expr(x));
                for action in &e.actions {
                    if let Action::Set { value, .. } = action {
                        self.expr(value);
                    }
                }
            }
            StmtKind::Init(list) | StmtKind::Guess(list) => {
                for i in list {
                    self.expr(&i.value);
                    self.each(&i.each);
                }
            }
            StmtKind::Assume(list) => list.iter().for_each(|e| self.expr(e)),
            StmtKind::Observe(list) | StmtKind::Invariant(list) => {
                for n in list {
                    self.ty(&n.ty);
                    self.expr(&n.value);
                }
            }
            StmtKind::Check(c) => self.check(c),
            StmtKind::Simulate(c) => self.config(c),
            StmtKind::Scale { by, .. } => self.expr(by),
            StmtKind::Assign(a) => {
                self.ty(&a.ty);
                a.formals.iter().for_each(|f| self.formals(f));
                a.value.iter().for_each(|e| self.expr(e));
            }
            StmtKind::Der { of, value, .. } => {
                self.expr(of);
                self.expr(value);
            }
        }
    }

    fn equation(&mut self, e: &Equation) {
        self.expr(&e.left);
        self.expr(&e.right);
    }

    fn check(&mut self, c: &Check) {
        self.expr(&c.condition);
        c.within.iter().for_each(|w| self.expr(w));
    }

    fn config(&mut self, c: &Config) {
        for entry in &c.entries {
            match &entry.value {
                ConfigValue::Expr(e) => self.expr(e),
                ConfigValue::Config(c) => self.config(c),
            }
            entry.bounds.iter().for_each(|b| self.expr(b));
        }
    }

    fn line(&mut self, line: &Line) {
        match &line.kind {
            LineKind::Task { value, config, .. }
            | LineKind::Plot { value, config }
            | LineKind::Export { value, config, .. }
            | LineKind::Derive { value, config } => {
                self.expr(value);
                config.iter().for_each(|c| self.config(c));
            }
            LineKind::Sweep { value, axes, config, .. } => {
                self.expr(value);
                axes.iter().for_each(|a| self.expr(&a.range));
                config.iter().for_each(|c| self.config(c));
            }
            LineKind::Compare { value, on, config } => {
                self.expr(value);
                on.iter().for_each(|e| self.expr(e));
                config.iter().for_each(|c| self.config(c));
            }
            LineKind::Check(c) => self.check(c),
            LineKind::Seed(..) => {}
            LineKind::Split { config, .. } => config.iter().for_each(|c| self.config(c)),
            LineKind::Const(list) => list.iter().for_each(|c| self.constant(c)),
        }
    }

    fn expr(&mut self, e: &Expr) {
        match &*e.kind {
            ExprKind::Number { unit, .. } | ExprKind::Text(_, unit) => self.units |= unit.is_some(),
            ExprKind::Name(_) => {}
            ExprKind::List { rows, unit } => {
                self.units |= unit.is_some();
                rows.iter().flatten().for_each(|e| self.expr(e));
            }
            ExprKind::ListFor { element, each, unit } => {
                self.units |= unit.is_some();
                self.expr(element);
                each.generators.iter().for_each(|(_, e)| self.expr(e));
            }
            ExprKind::Table { entries, unit } => {
                self.units |= unit.is_some();
                entries.iter().for_each(|(_, e)| self.expr(e));
            }
            ExprKind::Paren(e) => self.expr(e),
            ExprKind::Tuple(list) | ExprKind::And(list) | ExprKind::Or(list) => list.iter().for_each(|e| self.expr(e)),
            ExprKind::Call { callee, args } => {
                self.expr(callee);
                if matches!(&*callee.kind, ExprKind::Name(word) if word == "image") {
                    let path = args.first().map(|a| &*a.value.kind);
                    self.pictures.extend(path.and_then(|k| match k {
                        ExprKind::Text(path, None) => Some(path.clone()),
                        _ => None,
                    }));
                }
                for a in args {
                    self.expr(&a.value);
                    a.tweaks.iter().flatten().for_each(|s| self.stmt(s));
                    self.each(&a.each);
                }
            }
            ExprKind::Index { base, index } => {
                self.expr(base);
                index.slots.iter().for_each(|s| self.expr(&s.value));
            }
            ExprKind::Field { base, .. } | ExprKind::Prime { base, .. } => self.expr(base),
            ExprKind::Power { base, exponent } => {
                self.expr(base);
                self.expr(exponent);
            }
            ExprKind::Unary { operand, .. } => self.expr(operand),
            ExprKind::Sum { first, rest } => {
                self.expr(first);
                rest.iter().for_each(|r| self.expr(&r.2));
            }
            ExprKind::Product { first, rest } => {
                self.expr(first);
                rest.iter().for_each(|r| self.expr(&r.2));
            }
            ExprKind::Compare { first, rest } => {
                self.expr(first);
                rest.iter().for_each(|r| self.expr(&r.2));
            }
            ExprKind::If { condition, then, otherwise } => {
                self.expr(condition);
                self.expr(then);
                self.expr(otherwise);
            }
            ExprKind::Range { from, to, by, count } => {
                self.expr(from);
                self.expr(to);
                by.iter().chain(count).for_each(|e| self.expr(e));
            }
        }
    }
}
