//! Functions in single precision against double precision.

use super::support::Numbers;
use hamel::real;
use hamel::tensor::Number;
use hamel::tensor::run::Core;

/// Distance in units in the last place of the nearest single-precision number.
fn ulps(x: f32, truth: f64) -> f64 {
    if f64::from(x) == truth || (x.is_nan() && truth.is_nan()) {
        return 0.0;
    }
    let near = (truth as f32).abs();
    let spacing = f64::from(f32::from_bits(near.to_bits() + 1)) - f64::from(near);
    (f64::from(x) - truth).abs() / spacing.max(f64::from(f32::MIN_POSITIVE) * f64::from(f32::EPSILON))
}

/// The largest error over both dense and logarithmic samples.
fn worst(f: Core, range: (f64, f64), truth: fn(f64) -> f64) -> (f64, f32) {
    let mut r = Numbers::new("single");
    let mut worst = (0.0, 0.0);
    let (low, high) = range;
    let mut check = |x: f32| {
        let e = ulps(f32::general(f, x), truth(f64::from(x)));
        if !(e <= worst.0) {
            worst = (e, x);
        }
    };
    for x in r.array(400_000) {
        check((0.5 * (low + high) + 0.5 * (high - low) * x) as f32);
        let small = f32::from_bits(((x.abs() * 0.9 * f64::from(f32::MAX.to_bits())) as u32).max(0x0080_0000));
        for s in [small, -small] {
            if f64::from(s) >= low && f64::from(s) <= high {
                check(s);
            }
        }
    }
    worst
}

#[test]
fn errors_are_small() {
    let cases: [(Core, (f64, f64), fn(f64) -> f64, f64); 7] = [
        (Core::Sin, (-60.0, 60.0), real::sin, 2.0),
        (Core::Cos, (-60.0, 60.0), real::cos, 2.0),
        (Core::Exp, (-87.0, 88.0), real::exp, 2.0),
        (Core::Ln, (0.0, 1e30), real::ln, 2.0),
        (Core::Tanh, (-15.0, 15.0), real::tanh, 3.0),
        (Core::Sigmoid, (-80.0, 80.0), real::sigmoid, 3.0),
        (Core::Softplus, (-80.0, 80.0), real::softplus, 3.0),
    ];
    let mut wrong = Vec::new();
    for (f, range, truth, bound) in cases {
        let (error, at) = worst(f, range, truth);
        if !(error <= bound) {
            wrong.push(format!("{f:?}: {error} ulp at {at}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn ends_are_those_of_the_functions() {
    for f in Core::ALL {
        for x in [0.0f32, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 1e30, -1e30, 200.0, -200.0, 1e-40] {
            let single = f32::general(f, x);
            let double = f64::general(f, f64::from(x)) as f32;
            let same = single == double
                || (single.is_nan() && double.is_nan())
                || (single - double).abs() <= 3e-7 * double.abs() + 2e-38;
            assert!(same, "{f:?} at {x}: {single}, not {double}");
        }
    }
}
