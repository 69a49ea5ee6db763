//! Potentials of a flow in a plane: `x' = ∂H/∂y + ∂D/∂x`, `y' = −∂H/∂x + ∂D/∂y`.
//!
//! The flow is read as a polynomial, waves and ridges ([`terms`]), and each kind has an inverse of the Laplacian that
//! ends. `D` is determined up to a harmonic function. Of a polynomial flow it is the one that holds none
//! ([`polynomial`]); of waves the one that is a polynomial times the same wave ([`waves`]); of powers and logarithms of
//! one linear form the one that comes from integrals along that form without a constant ([`ridges`]). A flow without
//! divergence has `D = 0`.
//!
//! What is found is put back into the flow, and only where the difference is 0 by form are there potentials.

mod polynomial;
mod proof;
mod read;
mod ridges;
mod terms;
mod waves;

use crate::limits;
use crate::symbolic::{ExprId, Function, Graph, Node};
use terms::{Ridge, Series, Terms, Wave};

/// What a flow is made of that has potentials by form, for messages and the manual.
pub const COVERED: &str = "sums of polynomials times sin, cos, exp, sinh and cosh of linear forms, or times powers and \
                           logarithms of one linear form";

/// `H` and `D`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Potentials {
    /// `H`
    pub stream: ExprId,
    /// `D`
    pub potential: ExprId,
    /// Whether the flow is a polynomial.
    pub polynomial: bool,
}

/// The potentials of a flow in `at`, with coefficients free of it; `None` where its form shows none of [`COVERED`], or
/// more than [`limits::HELMHOLTZ_TERMS`] terms or a degree above [`limits::HELMHOLTZ_DEGREE`].
pub fn potentials(g: &mut Graph, flow: [ExprId; 2], at: [ExprId; 2]) -> Option<Potentials> {
    let plain = flow.map(|f| polynomial::read(g, f, at));
    let made = match plain {
        [Some(u), Some(v)] => {
            let parts = polynomial::potentials(g, [u, v])?;
            let [stream, potential] = parts.map(|p| polynomial::written(g, &p, at));
            Potentials { stream, potential, polynomial: true }
        }
        _ => of_terms(g, flow, at)?,
    };
    // it is what it says, by form
    let (h, d) = (g.gradient(made.stream, &at), g.gradient(made.potential, &at));
    let back = [g.add(h[1], d[0]), g.sub(d[1], h[0])];
    let exact = back.iter().zip(flow).all(|(b, f)| {
        let off = g.sub(*b, f);
        proof::vanishes(g, off, at)
    });
    (exact && !g.is_full()).then_some(made)
}

fn of_terms(g: &mut Graph, flow: [ExprId; 2], at: [ExprId; 2]) -> Option<Potentials> {
    let mut parts: Vec<Terms> = Vec::with_capacity(2);
    for f in flow {
        let f = g.expand(f);
        parts.push(read::read(g, f, at)?);
    }
    let plain = Wave::none(g);
    let mut polynomials = [parts[0].of_wave(&plain), parts[1].of_wave(&plain)];
    let (mut streams, mut potentials) = (Vec::new(), Vec::new());

    let mut ridges: Vec<Ridge> = Vec::new();
    for (ridge, _) in parts.iter().flat_map(|p| &p.ridges) {
        match ridges.iter_mut().find(|r| r.base == ridge.base) {
            // what has one side only leaves one to the rest of its flow
            Some(known) => known.both_sides &= ridge.both_sides,
            None => ridges.push(*ridge),
        }
    }
    for ridge in ridges {
        let own = [parts[0].of_ridge(g, &ridge), parts[1].of_ridge(g, &ridge)];
        let ([stream, potential], taken) = ridges::potentials(g, &ridge, [&own[0], &own[1]])?;
        streams.push(ridges::written(g, &ridge, &stream, at));
        potentials.push(ridges::written(g, &ridge, &potential, at));
        for (taken, polynomial) in taken.iter().zip(&mut polynomials) {
            let (series, _) = terms::parted(g, &ridge, taken)?;
            terms::gather(g, polynomial, &series);
        }
    }

    let hyperbolic = flow.iter().any(|f| is_hyperbolic(g, *f));
    let mut waves: Vec<Wave> = Vec::new();
    for (wave, _) in parts.iter().flat_map(|p| &p.waves) {
        if *wave != plain && !waves.contains(wave) {
            waves.push(*wave);
        }
    }
    let (mut stream, mut potential) = (Vec::new(), Vec::new());
    for wave in waves {
        let (u, v) = (parts[0].of_wave(&wave), parts[1].of_wave(&wave));
        let [h, d] = waves::potentials(g, &wave, [&u, &v]);
        stream.push((wave, h));
        potential.push((wave, d));
    }
    streams.push(waves::written(g, &stream, hyperbolic, at));
    potentials.push(waves::written(g, &potential, hyperbolic, at));

    let small = |p: &Series| p.keys().all(|(m, n)| m + n <= limits::HELMHOLTZ_DEGREE);
    if !polynomials.iter().all(small) {
        return None;
    }
    let polynomials = polynomials.map(|p| p.into_iter().map(|(place, c)| (place, c[0])).collect());
    let [h, d] = polynomial::potentials(g, polynomials)?;
    streams.push(polynomial::written(g, &h, at));
    potentials.push(polynomial::written(g, &d, at));
    Some(Potentials { stream: g.sum(&streams), potential: g.sum(&potentials), polynomial: false })
}

/// Whether `sinh` or `cosh` occurs, so that a reader meets them again.
fn is_hyperbolic(g: &Graph, e: ExprId) -> bool {
    let known = |n: &ExprId| matches!(g.node(*n), Node::Call { function: Function::Sinh | Function::Cosh, .. });
    g.reachable(&[e]).iter().any(known)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests have oracles of their own")]
mod tests;
