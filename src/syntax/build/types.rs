//! Types and units.

use super::{Builder, Node};
use crate::diagnostic::{Diagnostic, Span};
use crate::syntax::parser::Rule;
use crate::syntax::tree::{ShapeExpr, ShapeKind, TypeExpr, UnitBase, UnitExpr, UnitFactor, UnitOp, UnitProduct};
use unicode_normalization::UnicodeNormalization;

impl Builder<'_> {
    /// `type_ann` or `type_expr`.
    pub(super) fn type_expr(&mut self, node: Node<'_>) -> TypeExpr {
        if node.as_rule() == Rule::type_ann {
            let inner = node.into_inner().next().expect("invariant: an annotation holds a type");
            return self.type_expr(inner);
        }
        let span = self.span(&node);
        let (mut shape, mut unit) = (None, None);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::shape => shape = Some(self.shape(part)),
                _ => unit = Some(self.unit(part)),
            }
        }
        TypeExpr { span, shape, unit }
    }

    fn shape(&mut self, node: Node<'_>) -> ShapeExpr {
        let mut parts = node.into_inner();
        let word = parts.next().expect("invariant: a shape has its word");
        let kind = match word.as_str() {
            "real" => ShapeKind::Real,
            "int" => ShapeKind::Int,
            "bool" => ShapeKind::Bool,
            "vector" => ShapeKind::Vector,
            "matrix" => ShapeKind::Matrix,
            "symmetric" => ShapeKind::Symmetric,
            "spd" => ShapeKind::Spd,
            _ => ShapeKind::Tensor,
        };
        let sizes = parts.map(|size| self.expr(size)).collect();
        ShapeExpr { kind, sizes }
    }

    /// `[kg m^2/s]`
    pub(super) fn unit(&mut self, node: Node<'_>) -> UnitExpr {
        let span = self.span(&node);
        let product = node.into_inner().next().expect("invariant: brackets hold a product");
        UnitExpr { span, product: self.unit_product(product) }
    }

    fn unit_product(&mut self, node: Node<'_>) -> UnitProduct {
        let span = self.span(&node);
        let mut factors: Vec<UnitFactor> = Vec::new();
        let mut op = UnitOp::Multiply;
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::unit_op => op = if part.as_str() == "/" { UnitOp::Divide } else { UnitOp::Multiply },
                _ => {
                    let factor = self.unit_factor(part, op);
                    factors.push(factor);
                    op = UnitOp::Multiply;
                }
            }
        }
        let divisions = factors.iter().position(|f| f.op == UnitOp::Divide);
        if let Some(at) = divisions
            && at + 1 < factors.len()
        {
            self.ambiguous_quotient(span, &factors, at);
        }
        UnitProduct { factors }
    }

    /// `[J/kg K]`, `[m/s/s]`: what the stroke divides by is anyone's guess.
    fn ambiguous_quotient(&mut self, span: Span, factors: &[UnitFactor], at: usize) {
        let written =
            |f: &UnitFactor| self.text.get(f.span.start as usize..f.span.end as usize).unwrap_or("").to_string();
        let (mut above, mut below) = (Vec::new(), Vec::new());
        let mut divided = Vec::new();
        for (i, f) in factors.iter().enumerate() {
            if i < at || (i > at && f.op == UnitOp::Multiply) {
                above.push(written(f))
            } else {
                below.push(written(f))
            }
            if i >= at {
                divided.push(written(f));
            }
        }
        let quotient = |above: &[String], below: &[String]| {
            let top = if above.is_empty() { "1".to_string() } else { above.join(" ") };
            let below = &powers(below);
            if below.len() == 1 { format!("[{top}/{}]", below[0]) } else { format!("[{top}/({})]", below.join(" ")) }
        };
        let everything_below = quotient(&above[..at], &divided);
        let help = if factors[at + 1..].iter().all(|f| f.op == UnitOp::Divide) {
            format!("write `{everything_below}`")
        } else {
            format!("write `{everything_below}` or `{}`", quotient(&above, &below))
        };
        self.diagnostics.push(
            Diagnostic::error("E0110", span, "more than one factor behind the `/` of a unit")
                .at("what is divided by what?")
                .note("a space multiplies; after a `/` stands one factor, or several in parentheses")
                .help(help),
        );
    }

    fn unit_factor(&mut self, node: Node<'_>, op: UnitOp) -> UnitFactor {
        let span = self.span(&node);
        let mut base = UnitBase::One;
        let mut exponent = (1, 1);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::unit_name => base = UnitBase::Name(part.as_str().nfkc().collect()),
                Rule::unit_num => base = UnitBase::One,
                Rule::unit_prod => base = UnitBase::Product(self.unit_product(part)),
                _ => {
                    let place = self.span(&part);
                    exponent = match unit_exponent(part.as_str()) {
                        Some(e) => e,
                        None => {
                            self.diagnostics.push(
                                Diagnostic::error("E0111", place, "this exponent of a unit is not a usable number")
                                    .note("exponents of units are whole numbers or fractions such as `^(1/2)`, up to a few digits"),
                            );
                            (1, 1)
                        }
                    };
                }
            }
        }
        UnitFactor { op, span, base, exponent }
    }
}

/// `s s` as `s^2`.
fn powers(factors: &[String]) -> Vec<String> {
    let mut out: Vec<(String, usize)> = Vec::new();
    for factor in factors {
        match out.iter_mut().find(|(f, _)| f == factor && !f.contains(['^', '('])) {
            Some((_, n)) => *n += 1,
            None => out.push((factor.clone(), 1)),
        }
    }
    out.into_iter().map(|(f, n)| if n == 1 { f } else { format!("{f}^{n}") }).collect()
}

/// Largest numerator or denominator of an exponent.
const EXPONENT: i64 = 1000;

/// `2`, `-1`, `(1/2)`, `²`, `⁻¹`.
fn unit_exponent(text: &str) -> Option<(i64, i64)> {
    let ascii: String = text.nfkc().map(|c| if c == '−' { '-' } else { c }).collect();
    let inner = ascii.trim_start_matches('(').trim_end_matches(')');
    let (numerator, denominator) = inner.split_once('/').unwrap_or((inner, "1"));
    let (n, d): (i64, i64) = (numerator.parse().ok()?, denominator.parse().ok()?);
    if d == 0 || n.abs() > EXPONENT || d > EXPONENT {
        return None;
    }
    let g = num_integer::gcd(n, d).max(1);
    Some((n / g, d / g))
}
