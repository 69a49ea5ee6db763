//! The forms an expression can take.

use super::function::Function;
use super::net::NetId;
use super::rational::Rational;
use std::borrow::Cow;
use std::sync::Arc;

/// An expression of one [`super::Graph`]. Children have smaller numbers than their parents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExprId(pub(super) u32);

impl ExprId {
    /// Its place in the arena, for tables with one entry per expression.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A declared symbol of one [`super::Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SymbolId(pub(super) u32);

impl SymbolId {
    /// Its place in the order of declaration.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// An index domain of one [`super::Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainId(pub(super) u32);

impl DomainId {
    /// Its place in the order of creation.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One node of the graph.
///
/// Scalars are real numbers; a power with an exponent that is no integer is defined for bases `≥ 0`
/// (`> 0` where the exponent is negative) only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// An exact rational.
    Number(Rational),
    /// π
    Pi,
    /// A real scalar.
    Symbol(SymbolId),
    /// `constant + Σ coefficient·term`: terms sorted by id, each once, no term a number, coefficients
    /// not zero; a [`Node::Product`] among the terms has coefficient 1.
    Sum {
        /// The number in front.
        constant: Rational,
        /// Terms with their coefficients.
        terms: Box<[(ExprId, Rational)]>,
    },
    /// `coefficient·Π base^exponent`: bases sorted by id, each once, exponents not zero.
    Product {
        /// The number in front, not zero.
        coefficient: Rational,
        /// Bases with their rational exponents.
        factors: Box<[(ExprId, Rational)]>,
    },
    /// `base^exponent` where the exponent is not a rational number; defined for bases `> 0`, for base 0
    /// with an exponent `≥ 0` (`0^0 = 1`), and for bases `< 0` where the exponent is an integer.
    Power {
        /// Base.
        base: ExprId,
        /// Exponent.
        exponent: ExprId,
    },
    /// A function of [`super::function::FUNCTIONS`].
    Call {
        /// Which.
        function: Function,
        /// Its arguments.
        args: Box<[ExprId]>,
    },
    /// A function without a body: `∂^orders V (args)`.
    Abstract {
        /// The name.
        symbol: SymbolId,
        /// How often it is differentiated by each argument.
        orders: Box<[u32]>,
        /// Its arguments.
        args: Box<[ExprId]>,
    },
    /// A truth value.
    Bool(bool),
    /// A comparison of two scalars; `Greater` and `GreaterEqual` are turned round.
    Compare {
        /// Which.
        op: Comparison,
        /// Left side.
        left: ExprId,
        /// Right side.
        right: ExprId,
    },
    /// All of them hold.
    And(Box<[ExprId]>),
    /// One of them holds.
    Or(Box<[ExprId]>),
    /// It does not hold.
    Not(ExprId),
    /// `if condition then then else otherwise`
    Select {
        /// Which branch.
        condition: ExprId,
        /// Where it holds.
        then: ExprId,
        /// Elsewhere.
        otherwise: ExprId,
    },
    /// Variable number `position` of a domain, an integer.
    Index {
        /// The domain.
        domain: DomainId,
        /// Which of its variables.
        position: u32,
    },
    /// An array of [`SymbolInfo::length`] reals.
    ArraySymbol(SymbolId),
    /// `array[index]`, from 0. Reading a [`Node::Scan`] or [`Node::Scatter`] outside its extent gives 0
    /// (an empty sum).
    Read {
        /// What is read.
        array: ExprId,
        /// An integer expression.
        index: ExprId,
    },
    /// The sum of `body` over all tuples of `domain` in lexicographic order.
    SumOver {
        /// What is run over.
        domain: DomainId,
        /// One term.
        body: ExprId,
    },
    /// The least or greatest value of `body` over all tuples of `domain`.
    Fold {
        /// Which of the two.
        op: FoldOp,
        /// What is run over.
        domain: DomainId,
        /// One term.
        body: ExprId,
    },
    /// Running sums over a domain of one variable `j = lo..hi`: the array with, at `k = 0..=hi-lo`,
    /// `Σ body(j)` over `j = lo..lo+k` (`reverse`: over `j = lo+k..hi`).
    Scan {
        /// What is run over.
        domain: DomainId,
        /// One term.
        body: ExprId,
        /// Sums from the upper end.
        reverse: bool,
    },
    /// The array with, at `k`, the sum of the values of all entries and index tuples whose index is `k`.
    /// An entry runs over the free domains of its index and value, without those in `outer`; indices
    /// outside `0..length` add nothing.
    Scatter {
        /// Number of elements.
        length: u32,
        /// Domains that stay free (nearly always none).
        outer: Box<[DomainId]>,
        /// What is added where.
        entries: Box<[Entry]>,
    },
    /// A derivative of a learned function `f`: without weight the array `Dᵏf(x)[t₁ … t_k]`, with one the
    /// array `∂/∂x (w·Dᵏf(x)[t₁ … t_k])`; see [`super::net`].
    Net {
        /// `f`
        net: NetId,
        /// `x`, an array of its inputs.
        point: ExprId,
        /// `w`, an array of its outputs.
        weight: Option<ExprId>,
        /// The directions, arrays of its inputs, sorted: their order does not matter.
        tangents: Box<[ExprId]>,
    },
}

/// `value` is added at `index`, for all tuples of the domains that are free in the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Entry {
    /// Where, from 0: an integer expression.
    pub index: ExprId,
    /// What.
    pub value: ExprId,
}

/// A comparison of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Comparison {
    /// `<`
    Less,
    /// `≤`
    LessEqual,
    /// `>`
    Greater,
    /// `≥`
    GreaterEqual,
    /// `=`
    Equal,
    /// `≠`
    NotEqual,
}

impl Comparison {
    /// Whether it holds between two ordered values.
    pub fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Comparison::Less => left < right,
            Comparison::LessEqual => left <= right,
            Comparison::Greater => left > right,
            Comparison::GreaterEqual => left >= right,
            Comparison::Equal => left == right,
            Comparison::NotEqual => left != right,
        }
    }
}

/// Which end of the order a [`Node::Fold`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FoldOp {
    /// The least.
    Min,
    /// The greatest.
    Max,
}

/// What the indices of a family run over: a box of integer ranges, thinned by a condition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Domain {
    /// Depth of nesting: a domain inside another one has a larger level.
    pub level: u32,
    /// Inclusive ranges, first variable slowest; `hi < lo` is empty.
    pub ranges: Vec<(i64, i64)>,
    /// A condition over the indices of [`Domain::base`] and of outer domains.
    pub condition: Option<ExprId>,
    /// The same level and ranges without condition, whose [`Node::Index`] nodes the condition uses.
    pub base: Option<DomainId>,
}

impl Domain {
    /// Number of tuples before the condition (saturating).
    pub fn extent(&self) -> u64 {
        self.ranges.iter().fold(1u64, |n, (lo, hi)| {
            n.saturating_mul(u64::try_from(i128::from(*hi) - i128::from(*lo) + 1).unwrap_or(0))
        })
    }
}

/// Names of the elements of an array: a list that a variable shares with its rates, and the primes behind each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ElementNames {
    names: Arc<[String]>,
    primes: usize,
}

impl ElementNames {
    /// The names of a list, so many times differentiated.
    pub fn new(names: Arc<[String]>, primes: usize) -> Self {
        ElementNames { names, primes }
    }

    /// The name of an element, where it has one.
    pub fn get(&self, k: usize) -> Option<Cow<'_, str>> {
        let name = self.names.get(k)?;
        Some(if self.primes == 0 { Cow::Borrowed(name) } else { Cow::Owned(name.clone() + &"'".repeat(self.primes)) })
    }

    /// All names.
    pub fn iter(&self) -> impl Iterator<Item = Cow<'_, str>> {
        (0..self.names.len()).filter_map(|k| self.get(k))
    }
}

/// What is known of a symbol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SymbolInfo {
    /// As the user wrote it, primes included.
    pub name: String,
    /// Number of elements of an array; `None` for a scalar or an abstract function.
    pub length: Option<u32>,
    /// Names of the elements for printing (`r[sun][1]`), of an abstract function those of its arguments,
    /// component by component; may be empty.
    pub element_names: ElementNames,
    /// Sizes of the axes, first slowest, where the array has several (printing of reads at an index
    /// that is no number), of an abstract function the components of each argument, 0 for a number; may be
    /// empty.
    pub shape: Vec<u32>,
    /// Declared or assumed `> 0`, every element.
    pub positive: bool,
    /// Where it stands on paper.
    pub standing: Standing,
}

/// Where a symbol stands among the factors of a product on paper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// First: what only multiplies.
    #[default]
    Coefficient,
    /// What moves.
    Variable,
    /// Its rates, and what stands for them.
    Rate,
    /// Last, behind the functions: what an equation is solved for.
    Highest,
}

impl SymbolInfo {
    /// A real scalar.
    pub fn scalar(name: impl Into<String>) -> Self {
        SymbolInfo { name: name.into(), ..Self::default() }
    }

    /// An array of reals.
    pub fn array(name: impl Into<String>, length: u32) -> Self {
        SymbolInfo { name: name.into(), length: Some(length), ..Self::default() }
    }

    /// The same, known to be `> 0`.
    pub fn positive(mut self) -> Self {
        self.positive = true;
        self
    }

    /// The same with its place on paper.
    pub fn standing(mut self, standing: Standing) -> Self {
        self.standing = standing;
        self
    }

    /// The same with the sizes of its axes.
    pub fn shaped(mut self, shape: &[u32]) -> Self {
        self.shape = shape.to_vec();
        self
    }

    /// The same with names of the elements.
    pub fn elements(mut self, names: ElementNames) -> Self {
        self.element_names = names;
        self
    }
}

impl Node {
    /// Calls `visit` for each child, in order. The condition of a domain is no child.
    pub fn for_each_child(&self, mut visit: impl FnMut(ExprId)) {
        match self {
            Node::Number(_)
            | Node::Pi
            | Node::Symbol(_)
            | Node::Bool(_)
            | Node::Index { .. }
            | Node::ArraySymbol(_) => {}
            Node::Sum { terms: list, .. } | Node::Product { factors: list, .. } => {
                list.iter().for_each(|(child, _)| visit(*child));
            }
            Node::Power { base, exponent } => [*base, *exponent].into_iter().for_each(visit),
            Node::Call { args, .. } | Node::Abstract { args, .. } | Node::And(args) | Node::Or(args) => {
                args.iter().copied().for_each(visit);
            }
            Node::Compare { left, right, .. } => [*left, *right].into_iter().for_each(visit),
            Node::Not(child) => visit(*child),
            Node::Select { condition, then, otherwise } => {
                [*condition, *then, *otherwise].into_iter().for_each(visit);
            }
            Node::Read { array, index } => [*array, *index].into_iter().for_each(visit),
            Node::SumOver { body, .. } | Node::Fold { body, .. } | Node::Scan { body, .. } => visit(*body),
            Node::Scatter { entries, .. } => {
                for entry in entries {
                    visit(entry.index);
                    visit(entry.value);
                }
            }
            Node::Net { point, weight, tangents, .. } => {
                visit(*point);
                weight.iter().chain(tangents.iter()).copied().for_each(visit);
            }
        }
    }

    /// The domain that a [`Node::SumOver`], [`Node::Fold`] or [`Node::Scan`] binds.
    pub fn bound_domain(&self) -> Option<DomainId> {
        match self {
            Node::SumOver { domain, .. } | Node::Fold { domain, .. } | Node::Scan { domain, .. } => Some(*domain),
            _ => None,
        }
    }
}
