//! Units as written → exact factors and dimensions, with the `unit` lines of the modules.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::dimension::{self, Lookup, Unit};
use crate::syntax::tree::*;
use indexmap::IndexMap;
use num_rational::Ratio;

/// Units that `unit` lines declare.
pub type OwnUnits = IndexMap<String, Unit>;

/// The unit that the text between brackets means; `None` after a diagnostic.
pub fn resolve(unit: &UnitExpr, own: &OwnUnits, diagnostics: &mut Diagnostics) -> Option<Unit> {
    product(&unit.product, own, diagnostics)
}

fn product(p: &UnitProduct, own: &OwnUnits, diagnostics: &mut Diagnostics) -> Option<Unit> {
    let mut result = Unit::one();
    let mut failed = false;
    let mut slash = false;
    for factor in &p.factors {
        if slash {
            // More than one factor behind a `/`: reading the text has said so already.
            return None;
        }
        slash = factor.op == UnitOp::Divide;
        let base = match &factor.base {
            UnitBase::One => Some(Unit::one()),
            UnitBase::Product(inner) => product(inner, own, diagnostics),
            UnitBase::Name(name) => match own.get(name) {
                Some(unit) => Some(unit.clone()),
                None => named(name, factor, own, diagnostics),
            },
        };
        let Some(base) = base else {
            failed = true;
            continue;
        };
        let (n, d) = factor.exponent;
        let sign = if factor.op == UnitOp::Divide { -1 } else { 1 };
        let exponent = match (i32::try_from(n * sign), i32::try_from(d)) {
            (Ok(n), Ok(d)) if d != 0 && n.abs() <= 64 && d <= 64 => Ratio::new(n, d),
            _ => {
                diagnostics.push(
                    Diagnostic::error("E0211", factor.span, "this exponent of a unit is out of range")
                        .help("exponents of units go from -64 to 64"),
                );
                failed = true;
                continue;
            }
        };
        match base.pow(exponent).and_then(|b| result.mul(&b)) {
            Ok(unit) => result = unit,
            Err(error) => {
                diagnostics.push(Diagnostic::error(
                    "E0211",
                    factor.span,
                    format!("this unit cannot be converted exactly: {error}"),
                ));
                failed = true;
            }
        }
    }
    (!failed).then_some(result)
}

fn named(name: &str, factor: &UnitFactor, own: &OwnUnits, diagnostics: &mut Diagnostics) -> Option<Unit> {
    match dimension::lookup(name) {
        Lookup::Unit(unit) => Some(unit),
        Lookup::Affine(advice) => {
            diagnostics.push(
                Diagnostic::error(
                    "E0212",
                    factor.span,
                    format!("`{name}` has a zero of its own, so it is not a factor"),
                )
                .help(advice),
            );
            None
        }
        Lookup::Unknown(suggestions) => {
            let near = super::suggest(name, own.keys().map(String::as_str))
                .map(str::to_owned)
                .or_else(|| suggestions.first().map(ToString::to_string));
            let d = Diagnostic::error("E0213", factor.span, format!("`{name}` is not a unit"));
            diagnostics.push(match near {
                Some(near) => d.help(format!(
                    "did you mean `{near}`? A unit of your own is declared with `unit {name} = 1 [{near}]`"
                )),
                None => d.help(format!(
                    "units stand between brackets: `[m/s^2]`; one of your own is declared with `unit {name} = …`"
                )),
            });
            None
        }
    }
}

/// Whether any unit is written in an item, its experiments included.
pub fn item_has_unit(item: &Item) -> bool {
    let mut finder = Finder { found: false };
    match item {
        Item::Unit(_) => return true,
        Item::Use(_) => {}
        Item::Const(c) => finder.constant(c),
        Item::Set(s) => finder.set(s),
        Item::Fn(f) => finder.function(f),
        Item::Net(n) => finder.net(n),
        Item::System(s) => finder.system(s),
        Item::Experiment(e) => e.lines.iter().for_each(|l| finder.line(l)),
        Item::Line(l) => finder.line(l),
    }
    finder.found
}

struct Finder {
    found: bool,
}

impl Finder {
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
        self.found |= n.ty.unit.is_some();
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
        self.found |= ty.as_ref().is_some_and(|t| t.unit.is_some());
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
        if self.found {
            return;
        }
        match &*e.kind {
            ExprKind::Number { unit, .. } | ExprKind::Text(_, unit) => self.found |= unit.is_some(),
            ExprKind::Name(_) => {}
            ExprKind::List { rows, unit } => {
                self.found |= unit.is_some();
                rows.iter().flatten().for_each(|e| self.expr(e));
            }
            ExprKind::ListFor { element, each, unit } => {
                self.found |= unit.is_some();
                self.expr(element);
                each.generators.iter().for_each(|(_, e)| self.expr(e));
            }
            ExprKind::Table { entries, unit } => {
                self.found |= unit.is_some();
                entries.iter().for_each(|(_, e)| self.expr(e));
            }
            ExprKind::Paren(e) => self.expr(e),
            ExprKind::Tuple(list) | ExprKind::And(list) | ExprKind::Or(list) => list.iter().for_each(|e| self.expr(e)),
            ExprKind::Call { callee, args } => {
                self.expr(callee);
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
