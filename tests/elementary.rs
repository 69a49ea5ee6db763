//! The vector forms of the elementary functions against numbers of 1,400 bits.
#![allow(clippy::disallowed_methods, reason = "tests open files and have oracles of their own")]

use hamel::real;

/// The distance of `value` from `nearest + rest` in units of the last place of `nearest`.
fn error(value: f64, nearest: f64, rest: f64) -> f64 {
    let place = (nearest.abs().next_up() - nearest.abs()).max(f64::from_bits(1));
    if place.is_nan() || value == nearest && nearest.is_infinite() {
        return if value == nearest { 0.0 } else { f64::INFINITY };
    }
    ((value - nearest) - rest).abs() / place
}

#[test]
fn elementary_functions_are_within_one_unit_of_the_last_place() {
    let mut worst: Vec<(&str, f64, f64)> = Vec::new();
    let mut count = 0;
    for line in include_str!("reference/elementary.csv").lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |k: usize| f64::from_bits(u64::from_str_radix(fields[k], 16).expect("bits"));
        let (x, nearest, rest) = (number(1), number(2), number(3));
        let value = match fields[0] {
            "sin" => real::sin(x),
            "cos" => real::cos(x),
            "exp" => real::exp(x),
            "ln" => real::ln(x),
            "tanh" => real::tanh(x),
            other => panic!("{other}"),
        };
        let off = error(value, nearest, rest);
        count += 1;
        match worst.iter_mut().find(|(name, ..)| *name == fields[0]) {
            Some(known) if off > known.1 => (known.1, known.2) = (off, x),
            Some(_) => {}
            None => worst.push((fields[0], off, x)),
        }
        let both = real::sin_cos(x);
        match fields[0] {
            "sin" => assert_eq!(both.0.to_bits(), value.to_bits(), "sin {x:e} beside cos"),
            "cos" => assert_eq!(both.1.to_bits(), value.to_bits(), "cos {x:e} beside sin"),
            _ => {}
        }
    }
    println!("{count} values, largest errors {worst:?}");
    assert!(count > 2_000 && worst.len() == 5);
    for (name, off, x) in worst {
        assert!(off <= 1.0, "{name} {x:e} is off by {off} units of the last place");
    }
}

#[test]
fn ends_of_the_elementary_functions() {
    let bits = f64::to_bits;
    for zero in [0.0, -0.0] {
        assert_eq!([real::sin(zero), real::tanh(zero)].map(bits), [zero, zero].map(bits));
        assert_eq!([real::cos(zero), real::exp(zero)], [1.0, 1.0]);
    }
    assert_eq!(real::ln(0.0), f64::NEG_INFINITY);
    assert_eq!(real::ln(1.0).to_bits(), 0);
    assert_eq!([real::exp(f64::INFINITY), real::exp(f64::NEG_INFINITY)], [f64::INFINITY, 0.0]);
    assert_eq!([real::tanh(f64::INFINITY), real::tanh(f64::NEG_INFINITY)], [1.0, -1.0]);
    for value in [real::ln(-1.0), real::sin(f64::INFINITY), real::cos(f64::NEG_INFINITY)] {
        assert!(value.is_nan());
    }
    for function in [real::sin, real::cos, real::exp, real::ln, real::tanh] {
        assert!(function(f64::NAN).is_nan());
    }
}
