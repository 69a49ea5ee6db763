//! Functions of systems for the lines of an experiment: what a system offers, and a call `h.Rθ(v, 0)`.

use super::super::experiment::ResultScope;
use super::super::function::{Argument, BorrowedNet, Functions, SystemFunction};
use super::super::value::{Array, Dim, Scalar, Value, describe_shape};
use super::expr::to_value;
use super::result::Bound;
use super::{Env, Resolver, Slot};
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::Term;
use crate::symbolic::{ExprId, Import, NetId, Node, Substitution};
use crate::syntax::tree::*;
use indexmap::IndexMap;
use std::sync::Arc;

/// Shape and dimension of an argument.
pub(crate) type ArgumentType = (Vec<usize>, Dim);

/// A function of a result that is called.
struct Called {
    result: usize,
    trajectory: Option<usize>,
    name: String,
}

impl Resolver<'_> {
    /// What the system `main` and its components offer. The graph and the diagnostics stay as they are.
    pub fn functions(&mut self, main: usize) -> Option<Arc<Functions>> {
        if self.on_paper || self.diagnostics.has_errors() {
            return None;
        }
        let mut found: IndexMap<String, usize> = IndexMap::new();
        let mut instances = vec![main];
        let mut at = 0;
        while at < instances.len() {
            let prefix = self.instances[instances[at]].prefix.clone();
            for (name, decl) in &self.instances[instances[at]].names {
                match &self.decls[*decl].slot {
                    Slot::Done(Value::Component(inner)) => instances.push(*inner),
                    Slot::Done(Value::Callable(function)) => {
                        found.insert(format!("{prefix}{name}"), *function);
                    }
                    _ => {}
                }
            }
            at += 1;
        }
        // Nets of the file, which systems share.
        let of_file: Vec<usize> = self.nets.keys().copied().filter(|d| !found.values().any(|f| f == d)).collect();
        for decl in of_file {
            let name = self.decls[decl].name.clone();
            found.entry(name).or_insert(decl);
        }
        if found.is_empty() {
            return None;
        }
        let before = (self.graph.clone(), self.diagnostics.clone(), self.abstracts.clone(), self.nets.clone());
        let known = self.graph.len();
        let mut list = IndexMap::new();
        for (name, decl) in found {
            let made = self.offered(decl, &name, known);
            self.diagnostics = before.1.clone();
            list.insert(name, made);
        }
        let graph = std::mem::replace(&mut self.graph, before.0);
        (self.abstracts, self.nets) = (before.2, before.3);
        // A system that is as large as it may be has no room for bodies.
        (!graph.is_full()).then(|| Arc::new(Functions { graph, list }))
    }

    /// One of them, or why it cannot be called from outside. `known` is the size of the system's graph.
    fn offered(&mut self, decl: usize, name: &str, known: usize) -> Result<SystemFunction, String> {
        let Some((formals, _, home)) = self.signature(decl) else { return Err(format!("`{name}` is no function")) };
        let at = self.decls[decl].span;
        let env = self.env(home.0, home.1);
        let plain = || format!("the arguments of `{name}` are no plain quantities, so it is called in its system only");
        let types = self.argument_types(decl, name, &formals, &env)?;
        let mut arguments = Vec::with_capacity(formals.len());
        let mut values = Vec::with_capacity(formals.len());
        for (formal, (shape, dim)) in formals.iter().zip(types) {
            let own = &formal.name.name;
            let elements = Self::element_names(own, &[], &shape);
            let leaf = self.leaf(own, &elements, shape.is_empty());
            let items: Vec<Scalar> = (0..elements.len())
                .map(|k| Scalar { expr: self.entry(leaf, shape.is_empty(), k), dim: dim.clone() })
                .collect();
            values.push((to_value(Array { shape: shape.clone(), items }), formal.span));
            let default = match &formal.default {
                Some(e) => {
                    let a = self.array(e, &env).filter(|a| a.shape == shape).ok_or_else(plain)?;
                    Some(a.items.iter().map(|s| s.expr).collect())
                }
                None => None,
            };
            let dimension = self.final_dimension(&dim);
            arguments.push(Argument { name: own.clone(), span: formal.span, shape, dimension, leaf, default });
        }
        let value = self.apply(decl, values, at, &env).ok_or_else(plain)?;
        let value = self.to_array(value, at).ok_or_else(plain)?;
        let items: Vec<ExprId> = value.items.iter().map(|s| s.expr).collect();
        let mut roots = items.clone();
        roots.extend(arguments.iter().flat_map(|a| a.default.iter().flatten()));
        let mut nets: Vec<NetId> = Vec::new();
        for e in self.graph.reachable(&roots) {
            match self.graph.node(e) {
                Node::Abstract { .. } => return Err(format!("`{name}` needs a function without a body")),
                Node::Net { net, .. } if !nets.contains(net) => nets.push(*net),
                _ => {}
            }
        }
        let mut reads = Vec::new();
        for leaf in self.graph.free_leaves(&roots) {
            if arguments.iter().any(|a| a.leaf == leaf) {
                continue;
            }
            let elements: Vec<ExprId> = match self.graph.array_length(leaf) {
                None => vec![leaf],
                Some(n) => (0..n as usize).map(|k| self.entry(leaf, false, k)).collect(),
            };
            if elements.iter().any(|e| e.index() >= known) {
                return Err(format!("`{name}` reads more of its system than has names"));
            }
            reads.push((leaf, elements));
        }
        let dimensions = value.items.iter().map(|s| self.final_dimension(&s.dim)).collect();
        Ok(SystemFunction { arguments, shape: value.shape, items, dimensions, reads, nets })
    }

    /// What the arguments are: as declared, else as in the first call of the file.
    fn argument_types(
        &mut self,
        decl: usize,
        name: &str,
        formals: &[Formal],
        env: &Env,
    ) -> Result<Vec<ArgumentType>, String> {
        if let Some(net) = self.nets.get(&decl) {
            return match net.is_called() {
                true => Ok(net.argument_types()),
                false => Err(format!("nothing calls the net `{name}`, so it is not trained")),
            };
        }
        let called = self.applied.get(&decl).cloned();
        let mut out = Vec::with_capacity(formals.len());
        for (k, formal) in formals.iter().enumerate() {
            let (mut shape, mut dim) = match called.as_ref().and_then(|c| c.get(k)).cloned().flatten() {
                Some((shape, dim)) => (Some(shape), Some(dim)),
                None => (None, None),
            };
            if let Some(ty) = &formal.ty {
                let Some(stated) = self.stated(ty, env) else {
                    return Err(format!("`{name}` has a type that is none"));
                };
                shape = stated.shape.or(shape);
                dim = stated.dim.or(dim);
            }
            let dim = match dim {
                Some(dim) => dim,
                None if !self.program.has_units => Dim::one(),
                None => {
                    let own = &formal.name.name;
                    return Err(format!("nothing says what `{own}` of `{name}` is: declare it, `{name}({own}: [m])`"));
                }
            };
            out.push((shape.unwrap_or_default(), dim));
        }
        Ok(out)
    }

    /// `h.Rθ(v, 0)`, `a[2].V(s)`, and `f(v, 0)` of a result that is a function itself; `None` where what is called is no function of a result.
    pub fn call_of_result(&mut self, callee: &Expr, args: &[Arg], span: Span, env: &Env) -> Option<Option<Value>> {
        let mut path: Vec<&str> = Vec::new();
        let mut at = callee;
        let (root, index) = loop {
            match &*at.kind {
                ExprKind::Field { base, name } => {
                    path.push(&name.name);
                    at = base;
                }
                ExprKind::Index { base, index } => match &*base.kind {
                    ExprKind::Name(root) => break (root, Some(index)),
                    _ => return None,
                },
                ExprKind::Name(root) => break (root, None),
                _ => return None,
            }
        };
        if env.local(root).is_some() {
            return None;
        }
        path.reverse();
        let name = path.join(".");
        let result = self.result_named(root, env)?;
        let functions = self.results[result].functions.clone()?;
        let function = functions.list.get(&name)?;
        let trajectory = match index.map(|index| self.trajectory(result, index, env)) {
            None => None,
            Some(Some(k)) => Some(k),
            Some(None) => return Some(None),
        };
        let called = Called { result, trajectory, name };
        Some(match function {
            Ok(function) => self.borrowed(&called, &functions, function, args, span, env),
            Err(why) => self.fail(
                Diagnostic::error("E0432", span, format!("`{}` cannot be called here", called.name)).note(why.clone()),
            ),
        })
    }

    /// The value of a function of a result, in the graph of the line.
    fn borrowed(
        &mut self,
        called: &Called,
        functions: &Functions,
        function: &SystemFunction,
        args: &[Arg],
        span: Span,
        env: &Env,
    ) -> Option<Value> {
        let reached = functions.graph.reachable(&function.items);
        let found = reached.iter().any(|e| matches!(functions.graph.node(*e), Node::Abstract { .. }));
        if self.is_call(env.module) && found {
            let own = &self.results[called.result].name;
            let message = format!("`{own}` is known when its line has run, and stands in no other system");
            let help = format!(
                "write its `definition` into the system: it is in the file of `export {own} to \"{own}.json\"`"
            );
            return self.fail(Diagnostic::error("E0432", span, message).help(help));
        }
        if self.is_call(env.module) && !function.nets.is_empty() {
            let message = format!("`{}` is learned, and stands in no other system than its own", called.name);
            return self.fail(
                Diagnostic::error("E0432", span, message)
                    .help("read it in a `check` or a `plot`, or run the fitted system itself"),
            );
        }
        let mut known = self.bound_to_arguments(called, function, args, span, env)?;
        for (leaf, elements) in &function.reads {
            let name = functions.graph.symbol_of(*leaf).map(|s| functions.graph.symbol_info(s).name.clone());
            let text = format!("{}.{}", self.results[called.result].name, name.unwrap_or_default());
            let bound: Vec<ExprId> = elements
                .iter()
                .map(|item| {
                    let (result, trajectory) = (called.result, called.trajectory);
                    self.bound(&text, Bound { result, trajectory, item: *item, primes: 0, inside: true })
                })
                .collect();
            let whole = functions.graph.array_length(*leaf).is_some();
            known.insert(*leaf, if whole { self.graph.bundle(&bound) } else { bound[0] });
        }
        let mut nets = rustc_hash::FxHashMap::default();
        for net in &function.nets {
            let info = functions.graph.net_info(*net).clone();
            let borrowed = BorrowedNet { result: called.result, name: info.name.clone() };
            let here = match self.borrowed_nets.iter().position(|b| *b == borrowed) {
                Some(k) => self.graph.nets().nth(k).map(|n| n.0)?,
                None => {
                    self.borrowed_nets.push(borrowed);
                    self.graph.net(info)
                }
            };
            nets.insert(*net, here);
        }
        // Defaults read no arguments, so they come first.
        let mut wanted: Vec<ExprId> = Vec::new();
        for a in function.arguments.iter().filter(|a| !known.contains_key(&a.leaf)) {
            wanted.extend(a.default.iter().flatten());
        }
        let import = |known: &Substitution| Import {
            other: &functions.graph,
            known: known.clone(),
            nets: nets.clone(),
            level: env.level,
        };
        let missing = "invariant: what a function reads has been bound";
        let mut defaults = self.graph.import(import(&known), &wanted).expect(missing).into_iter();
        for a in &function.arguments {
            if let (false, Some(default)) = (known.contains_key(&a.leaf), &a.default) {
                let items: Vec<ExprId> = defaults.by_ref().take(default.len()).collect();
                known.insert(a.leaf, if a.shape.is_empty() { items[0] } else { self.graph.bundle(&items) });
            }
        }
        let exprs = self.graph.import(import(&known), &function.items).expect(missing);
        let dim = |d| if self.program.has_units { Dim::Term(Term::from(d)) } else { Dim::one() };
        let items =
            exprs.into_iter().zip(&function.dimensions).map(|(expr, d)| Scalar { expr, dim: dim(*d) }).collect();
        Some(to_value(Array { shape: function.shape.clone(), items }))
    }

    /// What stands for the arguments: by position or by name, of their shape and dimension.
    fn bound_to_arguments(
        &mut self,
        called: &Called,
        function: &SystemFunction,
        args: &[Arg],
        span: Span,
        env: &Env,
    ) -> Option<Substitution> {
        let result = &self.results[called.result].name;
        let name = if called.name.is_empty() { result.clone() } else { format!("{result}.{}", called.name) };
        let names: Vec<&str> = function.arguments.iter().map(|a| a.name.as_str()).collect();
        let form = format!("its form is `{name}({})`", names.join(", "));
        let mut given: Vec<Option<(Array, Span)>> = vec![None; names.len()];
        let mut position = 0;
        let mut failed = false;
        for arg in args {
            let slot = match &arg.name {
                Some(word) if !arg.is_range => names.iter().position(|n| *n == word.name),
                Some(_) => None,
                None => {
                    position += 1;
                    Some(position - 1).filter(|p| *p < names.len())
                }
            };
            let value = self.array(&arg.value, env);
            let Some(slot) = slot.filter(|s| given[*s].is_none()) else {
                let plural = if names.len() == 1 { "" } else { "s" };
                let message = match &arg.name {
                    Some(word) => format!("`{name}` has no argument `{}` left", word.name),
                    None => format!("`{name}` takes {} argument{plural}, and {} are given", names.len(), args.len()),
                };
                self.report(Diagnostic::error("E0432", arg.span, message).help(form.clone()));
                return None;
            };
            match value {
                Some(value) => given[slot] = Some((value, arg.value.span)),
                None => failed = true,
            }
        }
        if failed {
            return None;
        }
        let mut known = Substitution::default();
        for (argument, value) in function.arguments.iter().zip(given) {
            let Some((mut a, at)) = value else {
                if argument.default.is_none() {
                    let message = format!("`{name}` needs a value for `{}`", argument.name);
                    return self.fail(Diagnostic::error("E0432", span, message).help(form));
                }
                continue;
            };
            if a.shape != argument.shape {
                let zero = a.shape.is_empty() && self.graph.as_number(a.items[0].expr).is_some_and(|n| n.is_zero());
                if !zero {
                    let (want, have) = (describe_shape(&argument.shape), describe_shape(&a.shape));
                    let message = format!("`{}` of `{name}` is {want}, and this is {have}", argument.name);
                    return self.fail(Diagnostic::error("E0225", at, message).label(argument.span, want));
                }
                a = Array {
                    items: vec![a.items[0].clone(); argument.shape.iter().product()],
                    shape: argument.shape.clone(),
                };
            }
            let wanted = Dim::Term(Term::from(argument.dimension));
            for s in &a.items {
                failed |= self.declared(&s.dim, at, &wanted, argument.span).is_none();
            }
            let items: Vec<ExprId> = a.items.iter().map(|s| s.expr).collect();
            known.insert(argument.leaf, if argument.shape.is_empty() { items[0] } else { self.graph.bundle(&items) });
        }
        (!failed).then_some(known)
    }

    /// What a result has of this name that is a function, for a message.
    pub fn is_function_of(scope: &ResultScope, name: &str) -> bool {
        scope.functions.as_ref().is_some_and(|f| f.list.contains_key(name))
    }

    /// Shape and dimension of what a function of the file is first called with.
    pub fn remember_call(&mut self, decl: usize, values: &[(Value, Span)]) {
        let of = |value: &Value| match value {
            Value::Real(s) => Some((Vec::new(), s.dim.clone())),
            Value::Array(a) => Some((a.shape.clone(), a.items.first()?.dim.clone())),
            _ => None,
        };
        // Of a literal zero nothing is known.
        let known = |t: &ArgumentType| t.1 != Dim::Any;
        let now: Vec<Option<ArgumentType>> = values.iter().map(|(v, _)| of(v).filter(known)).collect();
        self.applied.entry(decl).or_insert(now);
    }
}
