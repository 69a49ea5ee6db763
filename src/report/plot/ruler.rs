//! Axes: their ends, ticks, tick labels and captions, chosen from the data.

use super::text::Rich;

/// What is drawn along an axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quantity {
    /// Name as the language spells it; a caption with spaces is set upright.
    pub label: String,
    /// SI unit of the values, `""` for a pure number.
    pub unit: String,
    /// Length after which values are the same (2π of an angle): they are drawn wrapped around zero.
    pub period: Option<f64>,
    /// A stretch of the axis on which values are not to be trusted one by one, from … to: it is shaded.
    pub doubtful: Option<(f64, f64)>,
}

impl Quantity {
    /// A quantity that does not wrap.
    pub fn new(label: impl Into<String>, unit: impl Into<String>) -> Quantity {
        Quantity { label: label.into(), unit: unit.into(), ..Quantity::default() }
    }

    /// The same, wrapped around zero with this period.
    pub fn periodic(mut self, period: f64) -> Quantity {
        self.period = Some(period);
        self
    }

    /// The same, shaded where values are not to be trusted.
    pub fn doubtful(mut self, stretch: Option<(f64, f64)>) -> Quantity {
        self.doubtful = stretch;
        self
    }

    /// Whether ticks are multiples of π.
    pub fn is_angle(&self) -> bool {
        self.unit == "rad"
    }
}

/// How values become places.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub enum Scale {
    /// In proportion.
    #[default]
    Linear,
    /// By the logarithm; values must be positive.
    Log,
}

impl Scale {
    /// A number that grows in proportion to the place.
    pub fn apply(self, value: f64) -> f64 {
        match self {
            Scale::Linear => value,
            Scale::Log => log10(value),
        }
    }
}

/// A tick with its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where, in the units of the data.
    pub value: f64,
    /// What is written there.
    pub label: Rich,
}

/// An axis ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruler {
    /// Value at its start.
    pub low: f64,
    /// Value at its end.
    pub high: f64,
    /// How values become places.
    pub scale: Scale,
    /// In ascending order.
    pub ticks: Vec<Tick>,
    /// Symbol and unit.
    pub caption: Rich,
}

impl Ruler {
    /// An axis from `low` to `high` with about `count` ticks.
    pub fn new(quantity: &Quantity, low: f64, high: f64, scale: Scale, count: usize) -> Ruler {
        Ruler::sized(quantity, low, high, scale, count, low.abs().max(high.abs()))
    }

    /// The same with a prefix for values of this size, so that two axes of one scale have one unit.
    pub fn sized(quantity: &Quantity, low: f64, high: f64, scale: Scale, count: usize, size: f64) -> Ruler {
        let symbol = Rich::symbol(&quantity.label);
        let (ticks, caption) = match scale {
            Scale::Log => (powers(low, high, count), symbol.spaced(Rich::unit(&quantity.unit))),
            Scale::Linear if quantity.is_angle() && high - low > 0.6 * PI => {
                (multiples_of_pi(low, high, count), symbol.spaced(Rich::unit(&quantity.unit)))
            }
            Scale::Linear => decimals(quantity, symbol, low, high, count, size),
        };
        Ruler { low, high, scale, ticks, caption }
    }

    /// Place of a value: 0 at the start, 1 at the end.
    pub fn fraction(&self, value: f64) -> f64 {
        let (low, high) = (self.scale.apply(self.low), self.scale.apply(self.high));
        (self.scale.apply(value) - low) / (high - low)
    }
}

const PI: f64 = std::f64::consts::PI;

/// Logarithm to base ten, for places on paper.
pub fn log10(value: f64) -> f64 {
    crate::real::log10(value)
}

/// Largest `e` with `10^e ≤ abs(value)`; 0 for zero.
pub fn exponent(value: f64) -> i32 {
    let text = format!("{:e}", value.abs());
    text.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0)
}

/// `10^e`, correctly rounded.
pub fn power_of_ten(exponent: i32) -> f64 {
    format!("1e{exponent}").parse().unwrap_or(f64::INFINITY)
}

/// Least and greatest finite value with a margin; an interval of some width where all are equal (to
/// rounding), so that a constant is a flat line and not a picture of its last digit.
pub fn extent(values: impl Iterator<Item = f64>, margin: f64) -> (f64, f64) {
    let (low, high) =
        values.filter(|v| v.is_finite()).fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if low > high {
        return (0.0, 1.0);
    }
    let size = low.abs().max(high.abs());
    if high - low <= 1e-9 * size {
        let half = if size > 0.0 { 0.1 * size } else { 1.0 };
        return (low - half, high + half);
    }
    let extra = margin * (high - low);
    (low - extra, high + extra)
}

/// The step of 1, 2 or 5 times a power of ten that gives at most `count` steps.
fn nice_step(range: f64, count: usize) -> f64 {
    let rough = range / count.max(1) as f64;
    let ten = power_of_ten(exponent(rough));
    let steps = [1.0, 2.0, 5.0, 10.0];
    steps.iter().map(|s| s * ten).find(|s| *s >= rough * 0.999_999).unwrap_or(10.0 * ten)
}

/// The multiples of `step` in an interval.
fn multiples(low: f64, high: f64, step: f64) -> impl Iterator<Item = f64> {
    let slack = 1e-9 * (high - low);
    let (first, last) = (((low - slack) / step).ceil(), ((high + slack) / step).floor());
    (0..=(last - first).clamp(0.0, 100.0) as u32).map(move |k| first + f64::from(k)).filter(move |k| *k <= last)
}

fn decimals(quantity: &Quantity, symbol: Rich, low: f64, high: f64, count: usize, size: f64) -> (Vec<Tick>, Rich) {
    let range = high - low;
    // Far from zero and narrow: the ticks are differences from a round value near the data.
    let offset = if range < 1e-4 * size {
        let unit = power_of_ten(exponent(range) + 1);
        (0.5 * (low + high) / unit).round() * unit
    } else {
        0.0
    };
    let (low, high) = (low - offset, high - offset);
    let shown = if offset == 0.0 { size } else { low.abs().max(high.abs()) };
    let (shift, unit) = scaled_unit(&quantity.unit, shown);
    let factor = power_of_ten(shift);
    let step = nice_step(range / factor, count);
    let digits = (-exponent(step)).max(0) as usize;
    let ticks = multiples(low / factor, high / factor, step)
        .map(|k| Tick {
            value: k * step * factor + offset,
            label: Rich::plain(minus(&format!("{:.digits$}", k * step))),
        })
        .collect();
    let mut caption = symbol;
    if offset != 0.0 {
        let sign = if offset < 0.0 { "+" } else { "−" };
        let precision = (exponent(size) - exponent(range)).clamp(1, 15) as usize;
        caption = caption.spaced(Rich::plain(format!("{sign} {}", short(offset.abs(), precision))));
    }
    (ticks, caption.spaced(unit))
}

fn minus(text: &str) -> String {
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| c == '0' || c == '.') => rest.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => text.to_owned(),
    }
}

/// A number with so many digits after the first and no zeros at the end.
fn short(value: f64, digits: usize) -> String {
    let e = exponent(value);
    if (-3..6).contains(&e) {
        let text = format!("{value:.*}", (digits as i32 - e).max(0) as usize);
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    } else {
        format!("{value:.digits$e}")
    }
}

/// The power of ten that labels leave out, and the unit that says so: a prefix where the unit takes
/// one, a power of ten elsewhere.
fn scaled_unit(unit: &str, size: f64) -> (i32, Rich) {
    const PREFIXES: [(i32, &str); 11] = [
        (-15, "f"),
        (-12, "p"),
        (-9, "n"),
        (-6, "µ"),
        (-3, "m"),
        (0, ""),
        (3, "k"),
        (6, "M"),
        (9, "G"),
        (12, "T"),
        (15, "P"),
    ];
    if size == 0.0 || (0.1..1e4).contains(&size) {
        return (0, Rich::unit(unit));
    }
    let shift = exponent(size).div_euclid(3) * 3;
    let prefix = PREFIXES.iter().find(|(e, _)| *e == shift).map(|(_, p)| *p);
    let takes_prefix = match unit {
        "s" => shift < 0,
        "m" | "N" | "J" | "W" | "V" | "A" | "Pa" | "Hz" | "C" | "T" | "F" | "K" | "eV" | "Wb" | "H" | "Ω" => true,
        "N m" => true,
        _ => false,
    };
    match prefix {
        Some(prefix) if takes_prefix => (shift, Rich::unit(&format!("{prefix}{unit}"))),
        _ => {
            let shift = if unit == "s" || unit == "rad" { exponent(size) } else { shift };
            let mut caption = Rich::plain("[");
            caption.append(Rich::power(shift));
            if !unit.is_empty() {
                caption.append(Rich::plain(" "));
                caption.push_unit(unit);
            }
            caption.append(Rich::plain("]"));
            (shift, caption)
        }
    }
}

fn multiples_of_pi(low: f64, high: f64, count: usize) -> Vec<Tick> {
    let range = (high - low) / PI;
    let candidates = [0.25, 0.5, 1.0, 2.0, 4.0];
    let fitting = candidates.iter().copied().find(|step| range / step <= count.max(2) as f64 + 0.1);
    let step = fitting.unwrap_or_else(|| nice_step(range, count).max(5.0));
    multiples(low / PI, high / PI, step)
        .map(|k| Tick { value: k * step * PI, label: Rich::plain(pi_label((k * step * 4.0).round() as i64)) })
        .collect()
}

/// `quarters`·π/4 as text.
fn pi_label(quarters: i64) -> String {
    let sign = if quarters < 0 { "−" } else { "" };
    let size = quarters.unsigned_abs();
    let (above, below) = match size % 4 {
        0 => (size / 4, 1),
        2 => (size / 2, 2),
        _ => (size, 4),
    };
    let number = if above == 1 { String::new() } else { above.to_string() };
    match (above, below) {
        (0, _) => "0".to_owned(),
        (_, 1) => format!("{sign}{number}π"),
        _ => format!("{sign}{number}π/{below}"),
    }
}

/// Powers of ten on a logarithmic axis, thinned to at most about `count`.
fn powers(low: f64, high: f64, count: usize) -> Vec<Tick> {
    let first = exponent(low) + i32::from(power_of_ten(exponent(low)) < low * 0.999_999);
    let last = exponent(high * 1.000_001);
    let every = ((last - first).max(0) as usize / count.max(1) + 1) as i32;
    (first..=last)
        .filter(|e| (e - last).rem_euclid(every) == 0)
        .map(|e| Tick { value: power_of_ten(e), label: Rich::power(e) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ruler: &Ruler) -> Vec<String> {
        ruler.ticks.iter().map(|t| t.label.text()).collect()
    }

    #[test]
    fn angles_are_ticked_in_multiples_of_pi() {
        let angle = Quantity::new("θ", "rad").periodic(2.0 * PI);
        assert_eq!(labels(&Ruler::new(&angle, -PI, PI, Scale::Linear, 4)), ["−π", "−π/2", "0", "π/2", "π"]);
        assert_eq!(labels(&Ruler::new(&angle, -7.0 * PI, 0.0, Scale::Linear, 5)), ["−6π", "−4π", "−2π", "0"]);
    }

    #[test]
    fn prefixes_and_powers_keep_labels_short() {
        let metres = Ruler::new(&Quantity::new("x", "m"), 0.0, 2e-9, Scale::Linear, 4);
        assert_eq!(metres.caption.text(), "x [nm]");
        assert_eq!(labels(&metres), ["0.0", "0.5", "1.0", "1.5", "2.0"]);
        let spin = Ruler::new(&Quantity::new("L", "kg m^2/s"), 0.0, 3e34, Scale::Linear, 3);
        assert_eq!(spin.caption.text(), "L [1033 kg m2/s]");
        let far = Ruler::new(&Quantity::new("E", "J"), 12.345_6, 12.345_7, Scale::Linear, 4);
        assert!(far.caption.text().starts_with("E − 12.34"), "{}", far.caption.text());
    }

    #[test]
    fn powers_of_ten_are_thinned() {
        let error = Quantity::new("error", "");
        assert_eq!(labels(&Ruler::new(&error, 1e-16, 2e-10, Scale::Log, 4)), ["10−16", "10−14", "10−12", "10−10"]);
        assert_eq!(labels(&Ruler::new(&error, 0.5, 200.0, Scale::Log, 6)), ["100", "101", "102"]);
    }

    #[test]
    fn exponents_are_exact() {
        for (value, e) in [(1.0, 0), (0.1, -1), (999.0, 2), (1e-300, -300), (1000.0, 3)] {
            assert_eq!(exponent(value), e);
        }
    }
}
