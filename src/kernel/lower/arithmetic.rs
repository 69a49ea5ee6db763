//! Sums, products, powers, functions: from one node to operations.

use super::constant::rational_times_pi;
use super::values::ValueId;
use super::{LowerError, Lowering};
use crate::lanes::{Function1, Function2, Operation};
use crate::symbolic::{Comparison, ExprId, Function, Node, Rational};

/// Largest magnitude of an exponent that becomes a chain of products.
const CHAIN: i64 = 64;

impl Lowering<'_> {
    /// The operations of one node; its children are lowered.
    pub(super) fn lower_node(&mut self, expr: ExprId) -> Result<(), LowerError> {
        let graph = self.graph;
        let value = match graph.node(expr) {
            Node::Number(number) => self.values.constant(number.to_f64()),
            Node::Pi => self.values.constant(std::f64::consts::PI),
            Node::Bool(truth) => self.values.constant(crate::real::select::truth(*truth)),
            Node::Symbol(symbol) | Node::ArraySymbol(symbol) => {
                return Err(LowerError::Unbound { name: graph.symbol_info(*symbol).name.clone() });
            }
            Node::Abstract { symbol, .. } => {
                return Err(LowerError::Abstract { name: graph.symbol_info(*symbol).name.clone() });
            }
            Node::Sum { constant, terms } => self.lower_sum(constant, terms),
            Node::Product { coefficient, factors } => self.lower_product(coefficient, factors),
            Node::Power { base, exponent } => {
                let (base, exponent) = (self.lowered[base], self.lowered[exponent]);
                self.apply(Operation::Call2(Function2::Pow), &[base, exponent])
            }
            Node::Call { function, args } => self.lower_call(*function, args),
            Node::Compare { op, left, right } => {
                let (a, b) = (self.lowered[left], self.lowered[right]);
                match op {
                    Comparison::Less => self.apply(Operation::Less, &[a, b]),
                    Comparison::LessEqual => self.apply(Operation::LessEqual, &[a, b]),
                    Comparison::Greater => self.apply(Operation::Less, &[b, a]),
                    Comparison::GreaterEqual => self.apply(Operation::LessEqual, &[b, a]),
                    Comparison::Equal => self.apply(Operation::Equal, &[a, b]),
                    Comparison::NotEqual => self.apply(Operation::NotEqual, &[a, b]),
                }
            }
            Node::And(list) => self.fold_list(Operation::And, list, 1.0),
            Node::Or(list) => self.fold_list(Operation::Or, list, 0.0),
            Node::Not(child) => {
                let child = self.lowered[child];
                self.apply(Operation::Not, &[child])
            }
            Node::Select { condition, then, otherwise } => {
                let [c, a, b] = [condition, then, otherwise].map(|e| self.lowered[e]);
                match self.values.as_constant(c) {
                    Some(c) => {
                        if c != 0.0 {
                            a
                        } else {
                            b
                        }
                    }
                    None => self.apply(Operation::Select, &[c, a, b]),
                }
            }
            Node::Index { .. } => self.lower_index(expr),
            Node::Read { array, index } => self.lower_read(expr, *array, *index)?,
            Node::SumOver { domain, body } => self.lower_sum_over(expr, *domain, *body)?,
            Node::Fold { op, domain, body } => self.lower_fold(expr, *op, *domain, *body)?,
            Node::Scan { domain, body, reverse } => return self.lower_scan(expr, *domain, *body, *reverse),
            Node::Net { .. } => return self.lower_net(expr),
            Node::Scatter { length, outer, entries } => return self.lower_scatter(expr, *length, outer, entries),
        };
        self.lowered.insert(expr, value);
        Ok(())
    }

    fn fold_list(&mut self, operation: Operation, list: &[ExprId], empty: f64) -> ValueId {
        let values: Vec<ValueId> = list.iter().map(|e| self.lowered[e]).collect();
        let folded = values.into_iter().reduce(|a, b| self.values.apply(operation, &[a, b]));
        folded.unwrap_or_else(|| self.values.constant(empty))
    }

    /// Parts that are known earlier, or for fewer terms, come first: they are computed less often.
    fn order_parts<T>(&mut self, parts: &mut [(ValueId, T)]) {
        let values = &self.values;
        parts.sort_by_key(|(value, _)| {
            let place = values.place(*value);
            (place.tier, values.spaces.domains(place.space).len(), place.space)
        });
    }

    /// `constant + Σ c t`
    fn lower_sum(&mut self, constant: &Rational, terms: &[(ExprId, Rational)]) -> ValueId {
        // (magnitude, is subtracted)
        let mut parts: Vec<(ValueId, bool)> = Vec::with_capacity(terms.len() + 1);
        if !constant.is_zero() {
            parts.push((self.values.constant(constant.to_f64()), false));
        }
        for (term, c) in terms {
            let negative = c.is_negative();
            let magnitude = c.abs();
            let value = match self.graph.node(*term) {
                _ if magnitude.is_one() => self.lowered[term],
                Node::Product { coefficient, factors } if coefficient.is_one() => {
                    self.lower_product(&magnitude, factors)
                }
                Node::Pi => self.values.constant(rational_times_pi(&magnitude, 1)),
                _ => {
                    let scale = self.values.constant(magnitude.to_f64());
                    let value = self.lowered[term];
                    self.values.mul(scale, value)
                }
            };
            parts.push((value, negative));
        }
        self.order_parts(&mut parts);
        let first = parts.iter().position(|(_, negative)| !negative);
        let mut total = match first {
            Some(at) => parts.remove(at).0,
            None => {
                let (value, _) = parts.remove(0);
                self.apply(Operation::Neg, &[value])
            }
        };
        for (value, negative) in parts {
            total = if negative { self.values.sub(total, value) } else { self.values.add(total, value) };
        }
        total
    }

    /// `c Π b^e`: numerator over denominator.
    fn lower_product(&mut self, coefficient: &Rational, factors: &[(ExprId, Rational)]) -> ValueId {
        let mut power_of_pi = 0;
        let (mut above, mut below) = (Vec::new(), Vec::new());
        for (base, exponent) in factors {
            match (self.graph.node(*base), exponent.as_i64()) {
                (Node::Pi, Some(n)) => power_of_pi += n,
                _ => {
                    let value = self.lowered[base];
                    let power = self.lower_power(value, &exponent.abs());
                    if exponent.is_negative() { below.push((power, ())) } else { above.push((power, ())) }
                }
            }
        }
        let scale = rational_times_pi(coefficient, power_of_pi);
        let negative = scale < 0.0;
        if scale.abs() != 1.0 || above.is_empty() {
            above.push((self.values.constant(scale.abs()), ()));
        }
        self.order_parts(&mut above);
        self.order_parts(&mut below);
        let mut multiply =
            |parts: Vec<(ValueId, ())>| parts.into_iter().map(|(value, ())| value).reduce(|a, b| self.values.mul(a, b));
        let (above, below) = (multiply(above), multiply(below));
        let above = above.expect("invariant: a numerator is never empty");
        let value = match below {
            Some(below) => self.values.div(above, below),
            None => above,
        };
        if negative { self.apply(Operation::Neg, &[value]) } else { value }
    }

    /// `bᵉ` for e > 0.
    fn lower_power(&mut self, base: ValueId, exponent: &Rational) -> ValueId {
        match exponent.as_small() {
            Some((n, 1)) if n <= CHAIN => self.values.natural_power(base, n as u32),
            Some((n, 2)) if n <= CHAIN => {
                let root = self.apply(Operation::Sqrt, &[base]);
                if n == 1 {
                    return root;
                }
                let whole = self.values.natural_power(base, (n / 2) as u32);
                self.values.mul(whole, root)
            }
            _ => {
                let exponent = self.values.constant(exponent.to_f64());
                self.apply(Operation::Call2(Function2::Pow), &[base, exponent])
            }
        }
    }

    fn lower_call(&mut self, function: Function, args: &[ExprId]) -> ValueId {
        match elementwise(function) {
            Some(operation) => {
                let args: Vec<ValueId> = args.iter().map(|e| self.lowered[e]).collect();
                self.apply(operation, &args)
            }
            None => {
                let operation = if function == Function::Min { Operation::Min } else { Operation::Max };
                self.fold_list(operation, args, f64::NAN)
            }
        }
    }
}

/// The operation that a function is; none for least and greatest values, which take any number of
/// arguments.
pub fn elementwise(function: Function) -> Option<Operation> {
    use Operation::{Call1, Call2};
    Some(match function {
        Function::Min | Function::Max => return None,
        Function::Sin => Operation::Sin,
        Function::Cos => Operation::Cos,
        Function::Exp => Operation::Exp,
        Function::Ln => Operation::Ln,
        Function::Tanh => Operation::Tanh,
        Function::Abs => Operation::Abs,
        Function::Sign => Operation::Sign,
        Function::Tan => Call1(Function1::Tan),
        Function::Asin => Call1(Function1::Asin),
        Function::Acos => Call1(Function1::Acos),
        Function::Atan => Call1(Function1::Atan),
        Function::Sinh => Call1(Function1::Sinh),
        Function::Cosh => Call1(Function1::Cosh),
        Function::Asinh => Call1(Function1::Asinh),
        Function::Acosh => Call1(Function1::Acosh),
        Function::Atanh => Call1(Function1::Atanh),
        Function::Log10 => Call1(Function1::Log10),
        Function::Sigmoid => Call1(Function1::Sigmoid),
        Function::Softplus => Call1(Function1::Softplus),
        Function::Cbrt => Call1(Function1::Cbrt),
        Function::Floor => Call1(Function1::Floor),
        Function::Erf => Call1(Function1::Erf),
        Function::Erfc => Call1(Function1::Erfc),
        Function::Gamma => Call1(Function1::Gamma),
        Function::LnGamma => Call1(Function1::LnGamma),
        Function::Atan2 => Call2(Function2::Atan2),
        Function::Modulo => Call2(Function2::Modulo),
        Function::Polygamma => Call2(Function2::Polygamma),
        Function::BesselJ => Call2(Function2::Jn),
        Function::BesselY => Call2(Function2::Yn),
    })
}
