//! Numbers as people read them.

/// Six significant digits without zeros at the end, as the screen writes numbers.
pub fn number(value: f64) -> String {
    digits(value, 6)
}

/// `count` significant digits without zeros at the end.
pub fn digits(value: f64, count: usize) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "undefined"
        } else if value > 0.0 {
            "infinite"
        } else {
            "-infinite"
        }
        .to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{value:.*e}", count - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
    };
    if (-3..count as i32).contains(&exponent) {
        trim(&format!("{value:.*}", (count as i32 - 1 - exponent).max(0) as usize))
    } else {
        format!("{}e{exponent}", trim(mantissa))
    }
}
