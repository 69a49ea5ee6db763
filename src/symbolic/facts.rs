//! What the form of an expression proves about its value, wherever that is defined.

use super::function::{Function, Range};
use super::graph::Graph;
use super::node::Node;

/// Proved properties; `false` means "not known".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// `≥ 0`
    pub nonnegative: bool,
    /// `≠ 0`
    pub nonzero: bool,
    /// An integer.
    pub integer: bool,
}

const POSITIVE: Facts = Facts { nonnegative: true, nonzero: true, integer: false };

impl Graph {
    pub(super) fn deduce(&self, node: &Node) -> Facts {
        match node {
            Node::Number(value) => {
                Facts { nonnegative: !value.is_negative(), nonzero: !value.is_zero(), integer: value.is_integer() }
            }
            Node::Pi => POSITIVE,
            Node::Symbol(symbol) | Node::ArraySymbol(symbol) => {
                if self.symbol_info(*symbol).positive {
                    POSITIVE
                } else {
                    Facts::default()
                }
            }
            Node::Sum { constant, terms } => {
                let nonnegative =
                    !constant.is_negative() && terms.iter().all(|(t, c)| c.is_positive() && self.facts(*t).nonnegative);
                Facts {
                    nonnegative,
                    nonzero: nonnegative
                        && (constant.is_positive() || terms.iter().any(|(t, _)| self.facts(*t).nonzero)),
                    integer: constant.is_integer()
                        && terms.iter().all(|(t, c)| c.is_integer() && self.facts(*t).integer),
                }
            }
            Node::Product { coefficient, factors } => Facts {
                // an even power, and one whose exponent is no integer, is ≥ 0 where it is defined
                nonnegative: coefficient.is_positive()
                    && factors.iter().all(|(b, e)| self.facts(*b).nonnegative || e.is_even() || !e.is_integer()),
                // a negative power is defined only where its base is not 0
                nonzero: factors.iter().all(|(b, e)| self.facts(*b).nonzero || e.is_negative()),
                integer: coefficient.is_integer()
                    && factors.iter().all(|(b, e)| self.facts(*b).integer && e.is_integer() && e.is_positive()),
            },
            Node::Power { base, .. } => {
                let base = self.facts(*base);
                Facts { nonnegative: base.nonnegative, nonzero: base.nonnegative && base.nonzero, integer: false }
            }
            Node::Call { function, args } => {
                let all = |get: fn(Facts) -> bool| args.iter().all(|a| get(self.facts(*a)));
                let any = |get: fn(Facts) -> bool| args.iter().any(|a| get(self.facts(*a)));
                let integer = match function {
                    Function::Floor | Function::Sign => true,
                    Function::Abs | Function::Min | Function::Max | Function::Modulo => all(|f| f.integer),
                    _ => false,
                };
                let positive = |f: Facts| f.nonnegative && f.nonzero;
                let (nonnegative, nonzero) = match function {
                    Function::Min => (all(|f| f.nonnegative), all(positive)),
                    Function::Max => (any(|f| f.nonnegative), any(positive)),
                    Function::Modulo => (self.facts(args[1]).nonnegative, false),
                    _ => match function.info().range {
                        Range::Positive => (true, true),
                        Range::NonNegative => (true, all(|f| f.nonzero) && function.info().zero_only_at_zero),
                        Range::SignOfArgument => (all(|f| f.nonnegative), all(|f| f.nonzero)),
                        Range::Real => (false, false),
                    },
                };
                Facts { nonnegative, nonzero, integer }
            }
            Node::Select { then, otherwise, .. } => {
                let (a, b) = (self.facts(*then), self.facts(*otherwise));
                Facts {
                    nonnegative: a.nonnegative && b.nonnegative,
                    nonzero: a.nonzero && b.nonzero,
                    integer: a.integer && b.integer,
                }
            }
            Node::Index { domain, position } => {
                let (lo, hi) = self.domain_info(*domain).ranges[*position as usize];
                Facts { nonnegative: lo >= 0, nonzero: lo > 0 || hi < 0, integer: true }
            }
            Node::Read { array, .. } => {
                let facts = self.facts(*array);
                // a scan or scatter may be read outside its extent, where it is 0
                let nonzero = facts.nonzero && matches!(self.node(*array), Node::ArraySymbol(_));
                Facts { nonzero, ..facts }
            }
            Node::SumOver { body, .. } | Node::Scan { body, .. } => Facts { nonzero: false, ..self.facts(*body) },
            Node::Fold { body, .. } => self.facts(*body),
            Node::Scatter { entries, .. } => Facts {
                nonnegative: entries.iter().all(|e| self.facts(e.value).nonnegative),
                nonzero: false,
                integer: entries.iter().all(|e| self.facts(e.value).integer),
            },
            Node::Abstract { .. }
            | Node::Net { .. }
            | Node::Bool(_)
            | Node::Compare { .. }
            | Node::And(_)
            | Node::Or(_)
            | Node::Not(_) => Facts::default(),
        }
    }
}
