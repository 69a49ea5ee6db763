//! Indexing, fields behind a dot, and families.

use super::super::value::{Array, Dim, Family, IndexSet, Scalar, Source, Value};
use super::expr::{to_value, too_large};
use super::{DeclKind, Env, Resolver, Slot};
use crate::diagnostic::{Diagnostic, Span};
use crate::limits;
use crate::symbolic::{ExprId, Node};
use crate::syntax::tree::*;
use std::sync::Arc;

/// Position of a named member.
pub(crate) fn member_position(set: &IndexSet, name: &str) -> Option<usize> {
    match set {
        IndexSet::Named { members, .. } => members.iter().position(|m| m == name),
        IndexSet::Range { .. } => None,
    }
}

/// An index: constant or running, from 0 in its set.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Position {
    Constant(usize),
    Running(ExprId),
}

impl Resolver<'_> {
    pub fn indexed(&mut self, base: &Expr, index: &Index, span: Span, env: &Env) -> Option<Value> {
        if let Some(member) = self.member_of_result(base, index, env) {
            return member;
        }
        let value = match &*base.kind {
            // `r'[i]` and `x[i]'` are the same thing; `(e)[i]` evaluates `e` first.
            ExprKind::Name(name) if env.local(name).is_none() => {
                let found = self.find(name, env);
                if found.is_none() && self.units_like(name, index) {
                    return self.fail(unit_behind_name(index, name));
                }
                match self.members_of_field(base, env) {
                    Some(members) => members,
                    None => self.name_value(name, base.span, env)?,
                }
            }
            _ => match self.members_of_field(base, env) {
                Some(members) => members,
                None => self.eval(base, env)?,
            },
        };
        let whole = matches!(value, Value::Real(_)) && self.units_like("", index);
        if whole || !matches!(value, Value::Family(_) | Value::Array(_)) && self.unit_slots(index, env) {
            let text = self.program.files.text(base.span).to_owned();
            return self.fail(unit_behind_name(index, &text));
        }
        self.index_value(value, index, base.span, span, env)
    }

    /// A field by its points, where it is indexed: `u[3]`, `u'[3]`.
    fn members_of_field(&mut self, base: &Expr, env: &Env) -> Option<Value> {
        let (name, primes) = match &*base.kind {
            ExprKind::Name(name) => (name, 0),
            ExprKind::Prime { base, order, .. } => match &*base.kind {
                ExprKind::Name(name) => (name, *order),
                _ => return None,
            },
            _ => return None,
        };
        if env.local(name).is_some() {
            return None;
        }
        let decl = self.find(name, env)?;
        let DeclKind::Variable(variable) = self.decls[decl].kind else { return None };
        let Value::Family(mut members) =
            self.fields.on.contains_key(&variable).then(|| self.pending[variable].value.clone())?
        else {
            return None;
        };
        members.primes += primes;
        Some(Value::Family(members))
    }

    /// Whether the slots look like a unit: `x [m]`, where `m` is no name of this scope.
    fn unit_slots(&mut self, index: &Index, env: &Env) -> bool {
        index.slots.iter().any(|slot| {
            let text = self.program.files.text(slot.value.span).to_owned();
            match &*slot.value.kind {
                ExprKind::Name(name) => env.local(name).is_none() && self.find(name, env).is_none() && is_unit(&text),
                ExprKind::Product { .. } | ExprKind::Power { .. } => is_unit(&text),
                _ => false,
            }
        })
    }

    fn units_like(&self, _name: &str, index: &Index) -> bool {
        index.slots.iter().all(|slot| is_unit(self.program.files.text(slot.value.span)))
    }

    pub fn index_value(&mut self, value: Value, index: &Index, base: Span, span: Span, env: &Env) -> Option<Value> {
        let mut value = value;
        let mut slots = index.slots.as_slice();
        while !slots.is_empty() {
            let (next, used) = match value {
                Value::Outcome(result, None) => {
                    (Value::Outcome(result, Some(self.trajectory(result, index, env)?)), slots.len())
                }
                Value::Family(f) => {
                    let count = f.sets.len().min(slots.len());
                    if count < f.sets.len() {
                        let (need, given) = (f.sets.len(), slots.len());
                        return self.fail(Diagnostic::error(
                            "E0230",
                            index.span,
                            format!("{need} indices are needed here, and {given} are given"),
                        ));
                    }
                    let mut at = Vec::with_capacity(count);
                    let mut failed = false;
                    for (slot, set) in slots[..count].iter().zip(&f.sets) {
                        match self.position(slot, set, env) {
                            Some(p) => at.push(p),
                            None => failed = true,
                        }
                    }
                    if failed {
                        return None;
                    }
                    (self.member(&f, &at, span)?, count)
                }
                Value::Array(a) => {
                    let set = IndexSet::Range { lo: 1, hi: a.shape[0] as i64 };
                    let at = self.position(&slots[0], &set, env)?;
                    (self.component_of(&a, at, span)?, 1)
                }
                other => {
                    let what = other.describe();
                    let text = self.program.files.text(base).to_owned();
                    return self.fail(
                        Diagnostic::error("E0231", index.span, format!("`{text}` is {what} and cannot be indexed"))
                            .label(base, what),
                    );
                }
            };
            value = next;
            slots = &slots[used..];
        }
        Some(value)
    }

    /// What an index slot means in a set.
    fn position(&mut self, slot: &IndexSlot, set: &IndexSet, env: &Env) -> Option<Position> {
        if slot.variable.is_some() {
            return self.fail(
                Diagnostic::error(
                    "E0232",
                    slot.value.span,
                    "`i in …` in brackets stands only on the left of a definition",
                )
                .help("sum over an index with `sum(… for i in 1..n)`"),
            );
        }
        let e = &slot.value;
        if let ExprKind::Name(name) = &*e.kind {
            if env.local(name).is_none() {
                if let Some(k) = member_position(set, name) {
                    return Some(Position::Constant(k));
                }
            }
        }
        // `wrap(k)`: modulo the range of the family.
        if let ExprKind::Call { callee, args } = &*e.kind {
            if let (ExprKind::Name(name), [arg]) = (&*callee.kind, args.as_slice()) {
                if name == "wrap" && self.find(name, env).is_none() {
                    let inner = self.scalar(&arg.value, env)?;
                    return self.wrapped(inner.expr, set, e.span);
                }
            }
        }
        if let IndexSet::Named { name: set_name, members } = set {
            let value = match &*e.kind {
                ExprKind::Name(name) if env.local(name).is_none() && self.find(name, env).is_none() => {
                    let d = Diagnostic::error("E0233", e.span, format!("`{name}` is not a member of `{set_name}`"));
                    let near = super::super::suggest(name, members.iter().map(String::as_str)).map(str::to_owned);
                    return self.fail(match near {
                        Some(near) => d.help(format!("did you mean `{near}`?")),
                        None => d.help(format!("its members are {}", super::super::list_names(members))),
                    });
                }
                _ => self.eval(e, env)?,
            };
            return match value {
                Value::Member { set: other, position } if other == *set => Some(self.fixed(position)),
                Value::Member { .. } => self.fail(Diagnostic::error(
                    "E0233",
                    e.span,
                    format!("this is a member of another set than `{set_name}`"),
                )),
                other => {
                    let what = other.describe();
                    self.fail(
                        Diagnostic::error(
                            "E0233",
                            e.span,
                            format!("a member of `{set_name}` is expected here, and this is {what}"),
                        )
                        .help(format!("its members are {}", super::super::list_names(members))),
                    )
                }
            };
        }
        let value = self.eval(e, env)?;
        let index = match value {
            Value::Member { position, .. } => {
                // A named member used in a range counts from the range's start.
                let first = self.graph.integer(set.first());
                self.graph.add(position, first)
            }
            other => self.to_scalar(other, e.span)?.expr,
        };
        let low = set.first();
        if let Some(r) = self.graph.as_number(index) {
            let (lo, hi) = (low, low + set.len() as i64 - 1);
            return match r.as_i64() {
                Some(k) if k >= lo && k <= hi => Some(Position::Constant((k - lo) as usize)),
                Some(k) => {
                    self.fail(Diagnostic::error("E0234", e.span, format!("index {k} is outside {lo}..{hi}")).help(
                        if k == 0 && lo == 1 {
                            "indices count from 1".to_owned()
                        } else if matches!(&*e.kind, ExprKind::Number { .. }) {
                            format!("there are {} here", set.len())
                        } else {
                            "change the range of the `for`, or use `wrap(i)` to go around a ring".to_owned()
                        },
                    ))
                }
                None => self.fail(Diagnostic::error("E0235", e.span, "an index must be a whole number")),
            };
        }
        if self.graph.domains_of(index).is_empty() {
            return self.fail(
                Diagnostic::error("E0235", e.span, "an index must be known when the file is read")
                    .help("use a `const`, a number, or a `for` variable"),
            );
        }
        self.in_bounds(index, set, e.span)?;
        let shift = self.graph.integer(-low);
        Some(Position::Running(self.graph.add(index, shift)))
    }

    fn fixed(&mut self, position: ExprId) -> Position {
        match self.graph.as_number(position).and_then(|r| r.as_i64()) {
            Some(k) => Position::Constant(k as usize),
            None => Position::Running(position),
        }
    }

    fn wrapped(&mut self, index: ExprId, set: &IndexSet, span: Span) -> Option<Position> {
        let n = set.len() as i64;
        if n == 0 {
            return self.fail(Diagnostic::error("E0234", span, "there is nothing to go around: the range is empty"));
        }
        let low = set.first();
        if let Some(k) = self.graph.as_number(index).and_then(|r| r.as_i64()) {
            return Some(Position::Constant((k - low).rem_euclid(n) as usize));
        }
        let shift = self.graph.integer(-low);
        let from_zero = self.graph.add(index, shift);
        let modulus = self.graph.integer(n);
        Some(Position::Running(self.graph.call(crate::symbolic::Function::Modulo, &[from_zero, modulus])))
    }

    /// Bounds of a running index are checked here, once, over its whole domain.
    fn in_bounds(&mut self, index: ExprId, set: &IndexSet, span: Span) -> Option<()> {
        let (lo, hi) = (set.first(), set.first() + set.len() as i64 - 1);
        let Some((least, most)) = self.graph.index_bounds(index) else {
            return self.fail(Diagnostic::error(
                "E0235",
                span,
                "an index must be built from whole numbers and `for` variables",
            ));
        };
        if least < lo || most > hi {
            let out = if least < lo { least } else { most };
            return self.fail(
                Diagnostic::error("E0234", span, format!("this index reaches {out}, outside {lo}..{hi}"))
                    .help("change the range of the `for`, or use `wrap(i)` to go around a ring"),
            );
        }
        Some(())
    }

    /// A member of a family, by position.
    pub fn member_at(&mut self, f: &Family, at: &[Position], span: Span) -> Option<Value> {
        self.member(f, at, span)
    }

    /// A member of a family.
    fn member(&mut self, f: &Family, at: &[Position], span: Span) -> Option<Value> {
        let value = match &f.source {
            Source::Leaf { array, shape, dim } => {
                let size: usize = shape.iter().product();
                let flat = self.flat(&f.sets, at);
                let mut items = Vec::with_capacity(size);
                for c in 0..size {
                    let index = self.offset(flat, size, c);
                    items.push(Scalar { expr: self.graph.read(*array, index), dim: dim.clone() });
                }
                to_value(Array { shape: shape.clone(), items })
            }
            Source::Definition(decl) => self.instantiate_definition(*decl, &f.sets, at, span)?,
        };
        if f.primes > 0 { self.primed(value, f.primes, span) } else { Some(value) }
    }

    /// The body of `name[i in S] = …` at an index; each index once.
    fn instantiate_definition(&mut self, decl: usize, sets: &[IndexSet], at: &[Position], span: Span) -> Option<Value> {
        let positions: Vec<ExprId> = at
            .iter()
            .map(|p| match p {
                Position::Constant(k) => self.graph.integer(*k as i64),
                Position::Running(e) => *e,
            })
            .collect();
        let key = (decl, positions.clone());
        if let Some(known) = self.family_cache.get(&key) {
            return known.clone();
        }
        let DeclKind::Definition(assign) = self.decls[decl].kind.clone() else { return None };
        if self.open.contains(&decl) && self.open.iter().filter(|d| **d == decl).count() > limits::EXPANSION_DEPTH {
            let name = self.decls[decl].name.clone();
            return self.fail(
                Diagnostic::error("E0121", self.decls[decl].span, format!("`{name}` is defined by itself"))
                    .help("a recurrence is written as a running sum: `sum(… for j in 1..i)`"),
            );
        }
        let mut env = self.env(self.decls[decl].instance, self.decls[decl].module);
        let names = self.definition_indices(&assign, &env)?;
        for (((name, _), set), position) in names.iter().zip(sets).zip(&positions) {
            let value = match set {
                IndexSet::Named { .. } => Value::Member { set: set.clone(), position: *position },
                IndexSet::Range { lo, .. } => {
                    let low = self.graph.integer(*lo);
                    Value::Real(Scalar { expr: self.graph.add(*position, low), dim: Dim::one() })
                }
            };
            env = env.with(name, value);
        }
        env.level = positions
            .iter()
            .flat_map(|p| self.graph.domains_of(*p).to_vec())
            .map(|d| self.graph.domain_info(d).level + 1)
            .max()
            .unwrap_or(0);
        env.terms = positions
            .iter()
            .flat_map(|p| self.graph.domains_of(*p).to_vec())
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .fold(1, |n: u64, d| n.saturating_mul(self.graph.domain_info(d).extent()));
        self.open.push(decl);
        let value = assign.value.as_ref().and_then(|e| {
            let value = self.eval(e, &env)?;
            self.annotated(value, assign.ty.as_ref(), e.span, &env)
        });
        self.open.pop();
        let _ = span;
        self.family_cache.insert(key, value.clone());
        value
    }

    fn constant_flat(&self, sets: &[IndexSet], at: &[Position]) -> Option<usize> {
        let mut flat = 0;
        for (set, p) in sets.iter().zip(at) {
            let Position::Constant(k) = p else { return None };
            flat = flat * set.len() + k;
        }
        Some(flat)
    }

    fn flat(&mut self, sets: &[IndexSet], at: &[Position]) -> Position {
        if let Some(k) = self.constant_flat(sets, at) {
            return Position::Constant(k);
        }
        let mut flat = self.graph.integer(0);
        for (set, p) in sets.iter().zip(at) {
            let n = self.graph.integer(set.len() as i64);
            let scaled = self.graph.mul(flat, n);
            let p = match p {
                Position::Constant(k) => self.graph.integer(*k as i64),
                Position::Running(e) => *e,
            };
            flat = self.graph.add(scaled, p);
        }
        Position::Running(flat)
    }

    fn offset(&mut self, flat: Position, size: usize, component: usize) -> ExprId {
        match flat {
            Position::Constant(k) => self.graph.integer((k * size + component) as i64),
            Position::Running(e) => {
                let n = self.graph.integer(size as i64);
                let scaled = self.graph.mul(e, n);
                let c = self.graph.integer(component as i64);
                self.graph.add(scaled, c)
            }
        }
    }

    /// Component of an explicit array; a running index chooses among the entries.
    fn component_of(&mut self, a: &Array, at: Position, span: Span) -> Option<Value> {
        let size: usize = a.shape[1..].iter().product();
        let part = |k: usize| {
            to_value(Array { shape: a.shape[1..].to_vec(), items: a.items[k * size..(k + 1) * size].to_vec() })
        };
        match at {
            Position::Constant(k) => Some(part(k)),
            Position::Running(index) => {
                // Entries that are one array in order are read from it.
                if size == 1 {
                    if let Some(array) = self.whole_leaf(&a.items) {
                        return Some(Value::Real(Scalar {
                            expr: self.graph.read(array, index),
                            dim: a.items[0].dim.clone(),
                        }));
                    }
                }
                let list: Vec<Value> = (0..a.shape[0]).map(part).collect();
                self.choose(&list, index, span)
            }
        }
    }

    /// The array whose entries 0, 1, 2, … these are.
    fn whole_leaf(&self, items: &[Scalar]) -> Option<ExprId> {
        let mut found = None;
        for (k, s) in items.iter().enumerate() {
            let Node::Read { array, index } = self.graph.node(s.expr) else { return None };
            let place = self.graph.as_number(*index)?.as_i64()?;
            if place != k as i64 || found.is_some_and(|f| f != *array) {
                return None;
            }
            found = Some(*array);
        }
        found
    }

    /// `if index = 0 then list[0] else if index = 1 then …`
    fn choose(&mut self, list: &[Value], index: ExprId, span: Span) -> Option<Value> {
        if list.len() > limits::BUNDLE {
            let message = format!(
                "a list of {} entries is read at a running index; more than {} are too many",
                list.len(),
                limits::BUNDLE
            );
            return self.fail(Diagnostic::error("E0526", span, message).help(
                "make it a parameter, `param w[i in 1..n] = …`, or a definition with an index, `w[i in 1..n] = …`",
            ));
        }
        let mut chosen: Option<Array> = None;
        for (k, value) in list.iter().enumerate().rev() {
            let a = self.to_array(value.clone(), span)?;
            chosen = Some(match chosen {
                None => a,
                Some(rest) => {
                    let place = self.graph.integer(k as i64);
                    let here = self.graph.compare(crate::symbolic::Comparison::Equal, index, place);
                    let mut items = Vec::with_capacity(a.items.len());
                    for (x, y) in a.items.iter().zip(&rest.items) {
                        let dim = self.same(&x.dim, span, &y.dim, span)?;
                        items.push(Scalar { expr: self.graph.select(here, x.expr, y.expr), dim });
                    }
                    Array { shape: a.shape, items }
                }
            });
        }
        chosen.map(to_value)
    }

    /// Every member of a family, written out.
    pub fn expand(&mut self, f: &Family, span: Span) -> Option<Array> {
        let count = members(&f.sets);
        if count > limits::EXPLICIT {
            return self.fail(too_large(span, count));
        }
        let mut items = Vec::new();
        let mut inner: Vec<usize> = Vec::new();
        for k in 0..count {
            let mut at = Vec::with_capacity(f.sets.len());
            let mut rest = k;
            for set in f.sets.iter().rev() {
                at.push(Position::Constant(rest % set.len()));
                rest /= set.len();
            }
            at.reverse();
            let value = self.member(f, &at, span)?;
            let a = self.to_array(value, span)?;
            inner = a.shape;
            items.extend(a.items);
            if items.len() > limits::EXPLICIT {
                return self.fail(too_large(span, count * inner.iter().product::<usize>()));
            }
        }
        let mut shape: Vec<usize> = f.sets.iter().map(IndexSet::len).collect();
        shape.extend(inner);
        Some(Array { shape, items })
    }

    /// `a.b`
    pub fn field(&mut self, base: &Expr, name: &Ident, span: Span, env: &Env) -> Option<Value> {
        // A result's names may have dots of their own: `r.a.θ`, `c[2].mirror.x`.
        if let Some((root, path)) = dotted(base) {
            if env.local(root.name()).is_none() {
                if let Some(result) = self.result_named(root.name(), env) {
                    let trajectory = match root {
                        Root::Whole(_) => None,
                        Root::One(_, index) => Some(self.trajectory(result, index, env)?),
                    };
                    let path = if path.is_empty() { name.name.clone() } else { format!("{path}.{}", name.name) };
                    return self.result_field(result, trajectory, &Ident { name: path, span: name.span });
                }
            }
        }
        // `λ.rod` and `mirror.x` are given before a dot only.
        if let ExprKind::Name(word) = &*base.kind {
            if (word == "mirror" || word == "λ") && env.local(word).is_none() && self.find(word, env).is_none() {
                let full = format!("{word}.{}", name.name);
                if let Some(&decl) = self.instances[env.instance].names.get(&full) {
                    return self.decl_value(decl, span);
                }
                if word == "mirror" {
                    return self.fail(
                        Diagnostic::error("E0427", span, format!("there is no mirror of `{}`", name.name))
                            .help("mirrors exist in a system made by `doubled(…)`"),
                    );
                }
                return self.later(super::declare::not_built(span, "constraint multipliers"));
            }
        }
        match self.eval(base, env)? {
            Value::Component(instance) => {
                // A name of a component behind the dot: its own names only, not the file's.
                match self.instances[instance].names.get(&name.name).copied() {
                    Some(decl) => self.decl_value(decl, span),
                    None => {
                        let names: Vec<String> =
                            self.instances[instance].names.keys().filter(|n| !n.ends_with(' ')).cloned().collect();
                        let d = Diagnostic::error("E0118", name.span, format!("this component has no `{}`", name.name));
                        let near =
                            super::super::suggest(&name.name, names.iter().map(String::as_str)).map(str::to_owned);
                        self.fail(match near {
                            Some(near) => d.help(format!("did you mean `{near}`?")),
                            None => d.help(format!("it has {}", super::super::list_names(&names))),
                        })
                    }
                }
            }
            Value::Module(instance) => {
                let module = self.instances[instance].module;
                match self.find_in_module(&name.name, module) {
                    Some(decl) => self.decl_value(decl, span),
                    None => {
                        let names: Vec<String> = self.program.modules[module].names.keys().cloned().collect();
                        self.fail(
                            Diagnostic::error("E0125", name.span, format!("the imported file has no `{}`", name.name))
                                .help(format!("it has {}", super::super::list_names(&names))),
                        )
                    }
                }
            }
            Value::Outcome(result, trajectory) => self.result_field(result, trajectory, name),
            other => {
                let what = other.describe();
                self.fail(
                    Diagnostic::error("E0428", span, format!("{what} has no parts behind a dot"))
                        .help("components of a vector are `v[1]`, `v[2]`, …"),
                )
            }
        }
    }

    /// A `set` or range after `in`.
    pub fn index_set(&mut self, e: &Expr, env: &Env) -> Option<IndexSet> {
        match &*e.kind {
            ExprKind::Paren(inner) => self.index_set(inner, env),
            ExprKind::Range { from, to, by, count } => {
                if let Some(extra) = by.as_ref().or(count.as_ref()) {
                    return self.fail(
                        Diagnostic::error("E0236", extra.span, "a range of indices goes up by one")
                            .help("write `a..b`"),
                    );
                }
                let lo = self.whole(from, env);
                let hi = self.whole(to, env);
                let (lo, hi) = (lo?, hi?);
                if lo.unsigned_abs() > 1 << 53 || hi.unsigned_abs() > 1 << 53 || hi.saturating_sub(lo) >= limits::RANGE
                {
                    return self.fail(Diagnostic::error(
                        "E0515",
                        e.span,
                        format!("this range has more than {} members, or its ends are too large", limits::RANGE),
                    ));
                }
                Some(IndexSet::Range { lo, hi: hi.max(lo - 1) })
            }
            _ => match self.eval(e, env)? {
                Value::Set(set) => Some(set),
                Value::Family(f) if f.sets.len() == 1 => Some(f.sets[0].clone()),
                other => {
                    let what = other.describe();
                    let mut d = Diagnostic::error(
                        "E0236",
                        e.span,
                        format!("a set or a range is expected here, and this is {what}"),
                    );
                    if matches!(other, Value::Real(_)) {
                        let text = self.program.files.text(e.span).to_owned();
                        d = d.help(format!("write `1..{text}`"));
                    }
                    self.fail(d)
                }
            },
        }
    }

    /// A whole number known when the file is read.
    pub fn whole(&mut self, e: &Expr, env: &Env) -> Option<i64> {
        let s = self.scalar(e, env)?;
        self.pure(&s, e.span, "a size or an index")?;
        match self.graph.as_number(s.expr).and_then(|r| r.as_i64()) {
            Some(n) => Some(n),
            None => self.fail(
                Diagnostic::error(
                    "E0235",
                    e.span,
                    "a whole number that is known when the file is read is expected here",
                )
                .help("use a number or a `const`; a `param` may change at run time"),
            ),
        }
    }

    pub fn set_value(&mut self, s: &SetItem, env: &Env) -> Option<Value> {
        let set = match &s.value {
            SetValue::Members(list) => {
                let mut members: Vec<String> = Vec::new();
                for m in list {
                    if members.contains(&m.name) {
                        self.report(Diagnostic::error(
                            "E0120",
                            m.span,
                            format!("`{}` stands twice in this set", m.name),
                        ));
                    } else {
                        members.push(m.name.clone());
                    }
                }
                IndexSet::Named { name: s.name.name.clone(), members: Arc::new(members) }
            }
            SetValue::Range(e) => self.index_set(e, env)?,
        };
        Some(Value::Set(set))
    }

    /// The total time derivative, `order` times.
    pub fn primed(&mut self, value: Value, order: u32, span: Span) -> Option<Value> {
        match value {
            Value::Family(mut f) => {
                f.primes += order;
                Some(Value::Family(f))
            }
            Value::Component(_) | Value::Callable(_) => self.fail(
                Diagnostic::error("E0237", span, "only a quantity has a time derivative")
                    .help("give the function its arguments first: `f(x)'`"),
            ),
            value => {
                let mut a = self.to_array(value, span)?;
                for _ in 0..order {
                    for s in &mut a.items {
                        s.expr = self.time_derivative(s.expr, span)?;
                        s.dim = self.per_time(&s.dim, span)?;
                    }
                }
                Some(to_value(a))
            }
        }
    }

    pub fn per_time(&mut self, dim: &Dim, span: Span) -> Option<Dim> {
        let time = Dim::Term(crate::dimension::Term::from(crate::dimension::Dimension::time()));
        self.dim_mul(dim, &time, true, span)
    }

    /// Marks a declaration as evaluated from outside.
    pub fn settle(&mut self, decl: usize, value: Option<Value>) {
        self.decls[decl].slot = match value {
            Some(v) => Slot::Done(v),
            None => Slot::Failed,
        };
    }
}

fn is_unit(text: &str) -> bool {
    let mut any = false;
    for part in text.split(['*', '/', '·', ' ', '^', '(', ')']).filter(|p| !p.is_empty()) {
        if part.trim_start_matches('-').chars().all(|c| c.is_ascii_digit()) {
            continue;
        }
        let name = part.trim_end_matches(['²', '³', '⁻', '¹', '⁴']);
        if !matches!(crate::dimension::lookup(name), crate::dimension::Lookup::Unit(_)) {
            return false;
        }
        any = true;
    }
    any
}

fn unit_behind_name(index: &Index, name: &str) -> Diagnostic {
    Diagnostic::error("E0238", index.span, "units follow numbers and types, not names").help(format!(
        "a quantity carries its unit from its declaration: write `{name}` alone, or multiply: `{name}*1 [m]`"
    ))
}

/// Number of tuples over some sets (saturating).
pub(crate) fn members(sets: &[IndexSet]) -> usize {
    sets.iter().fold(1, |n: usize, s| n.saturating_mul(s.len()))
}

/// What a path begins with.
enum Root<'e> {
    /// `a`
    Whole(&'e str),
    /// `a[k]`
    One(&'e str, &'e Index),
}

impl Root<'_> {
    fn name(&self) -> &str {
        match self {
            Root::Whole(name) | Root::One(name, _) => name,
        }
    }
}

/// `a.b.c` or `a[k].b.c` as its beginning and the rest.
fn dotted(e: &Expr) -> Option<(Root<'_>, String)> {
    match &*e.kind {
        ExprKind::Name(name) => Some((Root::Whole(name), String::new())),
        ExprKind::Index { base, index } => match &*base.kind {
            ExprKind::Name(name) => Some((Root::One(name, index), String::new())),
            _ => None,
        },
        ExprKind::Field { base, name } => {
            let (root, path) = dotted(base)?;
            Some((root, if path.is_empty() { name.name.clone() } else { format!("{path}.{}", name.name) }))
        }
        _ => None,
    }
}
