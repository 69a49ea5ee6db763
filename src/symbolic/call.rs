//! Calls of functions: folding of exact values and the rules that hold wherever the left side is
//! defined. Inverse functions are cancelled only where that needs no condition (`ln exp x`), or where
//! it is met by a proved fact (`exp ln x` for `x > 0`): a domain error must stay visible.

use super::function::{Function, Parity};
use super::graph::Graph;
use super::node::{ExprId, Node};
use super::rational::Rational;
use super::sum::FLATTEN;

impl Graph {
    /// `function(args)`, canonical. A wrong number of arguments is a mistake of the caller.
    pub fn call(&mut self, function: Function, args: &[ExprId]) -> ExprId {
        let info = function.info();
        debug_assert!(info.arity.is_none_or(|n| n == args.len()), "{} takes {:?} arguments", info.name, info.arity);
        if matches!(function, Function::Min | Function::Max) {
            return self.extreme(function, args);
        }
        if let Some(folded) = self.fold_call(function, args) {
            return folded;
        }
        if info.parity != Parity::Neither && self.starts_negative(args[0]) {
            let positive = self.neg(args[0]);
            let value = self.call(function, &[positive]);
            return if info.parity == Parity::Odd { self.neg(value) } else { value };
        }
        self.intern(Node::Call { function, args: args.into() })
    }

    /// A function without a body; `orders` has one entry per argument.
    pub fn abstract_call(&mut self, symbol: super::SymbolId, orders: &[u32], args: &[ExprId]) -> ExprId {
        debug_assert_eq!(orders.len(), args.len());
        self.intern(Node::Abstract { symbol, orders: orders.into(), args: args.into() })
    }

    fn fold_call(&mut self, function: Function, args: &[ExprId]) -> Option<ExprId> {
        let x = args[0];
        let (zero, one) = (self.zero(), self.one());
        match function {
            Function::Sin | Function::Cos => return self.fold_angle(function, x),
            Function::Tan
            | Function::Asin
            | Function::Atan
            | Function::Sinh
            | Function::Tanh
            | Function::Asinh
            | Function::Atanh
            | Function::Erf
                if x == zero =>
            {
                return Some(zero);
            }
            Function::Cosh | Function::Exp if x == zero => return Some(one),
            Function::Ln | Function::Log10 | Function::Acosh | Function::Acos if x == one => return Some(zero),
            Function::Erfc if x == zero => return Some(one),
            Function::Sigmoid if x == zero => return Some(self.number(Rational::HALF)),
            Function::Cbrt => {
                if let Some(root) = self.as_number(x).and_then(|v| v.exact_root(3)) {
                    return Some(self.number(root));
                }
            }
            Function::Abs => {
                if self.is_nonnegative(x) {
                    return Some(x);
                }
                if let Node::Product { coefficient, .. } = self.node(x)
                    && !coefficient.is_one()
                {
                    let inverse = coefficient.checked_reciprocal();
                    let magnitude = coefficient.abs();
                    let inverse = self.exact(inverse);
                    let rest = self.scale(x, &inverse);
                    let rest = self.call(Function::Abs, &[rest]);
                    return Some(self.scale(rest, &magnitude));
                }
            }
            Function::Sign => {
                if x == zero {
                    return Some(zero);
                }
                if self.is_positive(x) {
                    return Some(one);
                }
            }
            Function::Floor => {
                if self.is_integer(x) {
                    return Some(x);
                }
                if let Some(value) = self.as_number(x).map(Rational::floor) {
                    return Some(self.number(value));
                }
            }
            Function::Modulo => {
                let quotient = self.as_number(x).zip(self.as_number(args[1])).and_then(|(a, b)| {
                    let whole = a.checked_div(b)?.floor();
                    a.checked_sub(&whole.checked_mul(b)?)
                });
                if let Some(rest) = quotient {
                    return Some(self.number(rest));
                }
                return self.fold_wrapped_index(x, args[1]);
            }
            Function::Atan2 if x == zero && self.is_positive(args[1]) => return Some(zero),
            // holds for all real x
            Function::Ln => {
                if let Node::Call { function: Function::Exp, args } = self.node(x) {
                    return Some(args[0]);
                }
            }
            // needs x > 0
            Function::Exp => {
                if let Node::Call { function: Function::Ln, args } = self.node(x)
                    && self.is_positive(args[0])
                {
                    return Some(args[0]);
                }
            }
            _ => {}
        }
        None
    }

    /// `mod(i, n) → i` for an index variable whose range lies in `0..n`.
    fn fold_wrapped_index(&mut self, x: ExprId, modulus: ExprId) -> Option<ExprId> {
        let n = self.as_integer(modulus)?;
        let (low, high) = self.index_range(x)?;
        (low >= 0 && high < n).then_some(x)
    }

    /// `sin` and `cos` at multiples of π/12 that have a short exact value.
    fn fold_angle(&mut self, function: Function, x: ExprId) -> Option<ExprId> {
        if x == self.zero() {
            return Some(if function == Function::Sin { self.zero() } else { self.one() });
        }
        let turns = match self.node(x) {
            Node::Pi => Rational::ONE,
            Node::Product { coefficient, factors } => match &factors[..] {
                [(base, e)] if e.is_one() && matches!(self.node(*base), Node::Pi) => coefficient.clone(),
                _ => return None,
            },
            _ => return None,
        };
        // in twelfths of π, reduced to one turn; the cosine is the sine a quarter turn later
        let twelfths = turns.checked_mul(&Rational::integer(12))?.as_i64()?;
        let shift = if function == Function::Cos { 6 } else { 0 };
        let k = (twelfths.rem_euclid(24) + shift).rem_euclid(24);
        let (k, negative) = if k >= 12 { (k - 12, true) } else { (k, false) };
        let square = match k.min(12 - k) {
            0 => Rational::ZERO,
            2 => Rational::new(1, 4)?,
            3 => Rational::HALF,
            4 => Rational::new(3, 4)?,
            6 => Rational::ONE,
            _ => return None,
        };
        let square = self.number(square);
        let value = self.sqrt(square);
        Some(if negative { self.neg(value) } else { value })
    }

    /// `min` and `max`: flattened, sorted, each argument once, numbers folded into one.
    fn extreme(&mut self, function: Function, args: &[ExprId]) -> ExprId {
        let mut number: Option<Rational> = None;
        let mut list: Vec<ExprId> = Vec::with_capacity(args.len());
        for arg in args {
            let inner = match self.node(*arg) {
                Node::Call { function: f, args } if *f == function && args.len() <= FLATTEN => args.to_vec(),
                _ => vec![*arg],
            };
            for x in inner {
                match self.as_number(x) {
                    Some(value) => {
                        number = Some(match number {
                            None => value.clone(),
                            Some(old) if function == Function::Min => old.min(value.clone()),
                            Some(old) => old.max(value.clone()),
                        });
                    }
                    None => list.push(x),
                }
            }
        }
        if let Some(value) = number {
            list.push(self.number(value));
        }
        list.sort_unstable();
        list.dedup();
        match &list[..] {
            [] => self.zero(),
            [single] => *single,
            _ => self.intern(Node::Call { function, args: list.into_boxed_slice() }),
        }
    }
}
