//! The table of units.
//!
//! Sources: SI Brochure, 9th edition (BIPM 2019, tables 2, 4, 5, 7, 8); IAU 2012 resolution B2 (au), 2015
//! resolution B2 (pc); the light year is c times 365.25 days; international yard and pound agreement of
//! 1959; NIST Special Publication 811 (2008), appendix B, for the rest; CODATA 2022 for the dalton, the
//! only measured value here.
//!
//! Compared once with the registry of the Python package pint 0.25.3: 82 of 87 rows agree to 1e-12. The rest
//! are differences of convention (pint keeps gauss, maxwell and oersted in the Gaussian system, and takes
//! the parsec from the tangent of a second of arc, 8e-13 away from the IAU definition) or unknown to it (Torr).

/// Which SI prefixes go before a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prefixed {
    /// None.
    No,
    /// All of them.
    All,
    /// From kilo up: `Myr`.
    Large,
    /// From milli down: `mrad`.
    Small,
}

impl Prefixed {
    /// Whether the prefix with this decimal exponent may stand.
    pub(super) fn allows(self, exponent: i32) -> bool {
        match self {
            Prefixed::No => false,
            Prefixed::All => true,
            Prefixed::Large => exponent >= 3,
            Prefixed::Small => exponent <= -2,
        }
    }
}

/// One unit.
pub(super) struct Row {
    /// As written between brackets.
    pub name: &'static str,
    /// The size in SI units without the power of π: a decimal or a quotient of two.
    pub factor: &'static str,
    /// The exponent of π in the size.
    pub pi: i32,
    /// Exponents of m, kg, s, A, K, mol, cd.
    pub dimension: [i32; 7],
    /// Which prefixes it takes.
    pub prefixes: Prefixed,
    /// What it is called.
    pub text: &'static str,
}

const fn row(
    name: &'static str,
    factor: &'static str,
    dimension: [i32; 7],
    prefixes: Prefixed,
    text: &'static str,
) -> Row {
    Row { name, factor, pi: 0, dimension, prefixes, text }
}

const fn with_pi(name: &'static str, factor: &'static str, pi: i32, dimension: [i32; 7], text: &'static str) -> Row {
    Row { name, factor, pi, dimension, prefixes: Prefixed::No, text }
}

/// SI prefixes with their decimal exponents (BIPM 2022), two letters before one.
pub(super) const PREFIXES: &[(&str, i32)] = &[
    ("da", 1),
    ("Q", 30),
    ("R", 27),
    ("Y", 24),
    ("Z", 21),
    ("E", 18),
    ("P", 15),
    ("T", 12),
    ("G", 9),
    ("M", 6),
    ("k", 3),
    ("h", 2),
    ("d", -1),
    ("c", -2),
    ("m", -3),
    ("μ", -6),
    ("n", -9),
    ("p", -12),
    ("f", -15),
    ("a", -18),
    ("z", -21),
    ("y", -24),
    ("r", -27),
    ("q", -30),
];

/// Micro on a keyboard without Greek.
pub(super) const MICRO: &[(&str, i32)] = &[("u", -6)];

use Prefixed::{All, Large, No, Small};

const NUMBER: [i32; 7] = [0; 7];
const LENGTH: [i32; 7] = [1, 0, 0, 0, 0, 0, 0];
const AREA: [i32; 7] = [2, 0, 0, 0, 0, 0, 0];
const VOLUME: [i32; 7] = [3, 0, 0, 0, 0, 0, 0];
const MASS: [i32; 7] = [0, 1, 0, 0, 0, 0, 0];
const TIME: [i32; 7] = [0, 0, 1, 0, 0, 0, 0];
const RATE: [i32; 7] = [0, 0, -1, 0, 0, 0, 0];
const SPEED: [i32; 7] = [1, 0, -1, 0, 0, 0, 0];
const FORCE: [i32; 7] = [1, 1, -2, 0, 0, 0, 0];
const PRESSURE: [i32; 7] = [-1, 1, -2, 0, 0, 0, 0];
const ENERGY: [i32; 7] = [2, 1, -2, 0, 0, 0, 0];
const POWER: [i32; 7] = [2, 1, -3, 0, 0, 0, 0];
const CHARGE: [i32; 7] = [0, 0, 1, 1, 0, 0, 0];
const INDUCTION: [i32; 7] = [0, 1, -2, -1, 0, 0, 0];

/// Every unit, the SI first.
pub(super) const TABLE: &[Row] = &[
    // Base units; the gram stands for the kilogram because prefixes go before it.
    row("m", "1", LENGTH, All, "metre"),
    row("g", "1e-3", MASS, All, "gram"),
    row("s", "1", TIME, All, "second"),
    row("A", "1", [0, 0, 0, 1, 0, 0, 0], All, "ampere"),
    row("K", "1", [0, 0, 0, 0, 1, 0, 0], All, "kelvin"),
    row("mol", "1", [0, 0, 0, 0, 0, 1, 0], All, "mole"),
    row("cd", "1", [0, 0, 0, 0, 0, 0, 1], All, "candela"),
    // Derived units with names of their own.
    row("rad", "1", NUMBER, Small, "radian"),
    row("sr", "1", NUMBER, Small, "steradian"),
    row("Hz", "1", RATE, All, "hertz"),
    row("N", "1", FORCE, All, "newton"),
    row("Pa", "1", PRESSURE, All, "pascal"),
    row("J", "1", ENERGY, All, "joule"),
    row("W", "1", POWER, All, "watt"),
    row("C", "1", CHARGE, All, "coulomb"),
    row("V", "1", [2, 1, -3, -1, 0, 0, 0], All, "volt"),
    row("F", "1", [-2, -1, 4, 2, 0, 0, 0], All, "farad"),
    row("Ω", "1", [2, 1, -3, -2, 0, 0, 0], All, "ohm"),
    row("ohm", "1", [2, 1, -3, -2, 0, 0, 0], All, "ohm"),
    row("S", "1", [-2, -1, 3, 2, 0, 0, 0], All, "siemens"),
    row("Wb", "1", [2, 1, -2, -1, 0, 0, 0], All, "weber"),
    row("T", "1", INDUCTION, All, "tesla"),
    row("H", "1", [2, 1, -2, -2, 0, 0, 0], All, "henry"),
    row("lm", "1", [0, 0, 0, 0, 0, 0, 1], All, "lumen"),
    row("lx", "1", [-2, 0, 0, 0, 0, 0, 1], All, "lux"),
    row("Bq", "1", RATE, All, "becquerel"),
    row("Gy", "1", [2, 0, -2, 0, 0, 0, 0], All, "gray"),
    row("Sv", "1", [2, 0, -2, 0, 0, 0, 0], All, "sievert"),
    row("kat", "1", [0, 0, -1, 0, 0, 1, 0], All, "katal"),
    // Time.
    row("min", "60", TIME, No, "minute"),
    row("h", "3600", TIME, No, "hour"),
    row("d", "86400", TIME, No, "day"),
    row("wk", "604800", TIME, No, "week"),
    row("yr", "31557600", TIME, Large, "Julian year of 365.25 days"),
    // Angles.
    with_pi("deg", "1/180", 1, NUMBER, "degree"),
    with_pi("°", "1/180", 1, NUMBER, "degree"),
    with_pi("arcmin", "1/10800", 1, NUMBER, "minute of arc"),
    with_pi("arcsec", "1/648000", 1, NUMBER, "second of arc"),
    with_pi("mas", "1/648000000", 1, NUMBER, "thousandth of a second of arc"),
    with_pi("gon", "1/200", 1, NUMBER, "gon"),
    with_pi("rev", "2", 1, NUMBER, "revolution"),
    with_pi("rpm", "1/30", 1, RATE, "revolution per minute"),
    // Ratios.
    row("%", "1e-2", NUMBER, No, "per cent"),
    row("ppm", "1e-6", NUMBER, No, "part per million"),
    // Length, area, volume.
    row("au", "149597870700", LENGTH, No, "astronomical unit"),
    row("ly", "9460730472580800", LENGTH, Large, "light year"),
    Row { name: "pc", factor: "96939420213600000", pi: -1, dimension: LENGTH, prefixes: All, text: "parsec" },
    row("Å", "1e-10", LENGTH, No, "ångström"),
    row("in", "0.0254", LENGTH, No, "inch"),
    row("ft", "0.3048", LENGTH, No, "foot"),
    row("yd", "0.9144", LENGTH, No, "yard"),
    row("mi", "1609.344", LENGTH, No, "mile"),
    row("nmi", "1852", LENGTH, No, "nautical mile"),
    row("ha", "1e4", AREA, No, "hectare"),
    row("b", "1e-28", AREA, All, "barn"),
    row("L", "1e-3", VOLUME, All, "litre"),
    row("l", "1e-3", VOLUME, All, "litre"),
    row("gal", "3.785411784e-3", VOLUME, No, "US gallon"),
    // Mass.
    row("t", "1000", MASS, No, "tonne"),
    row("u", "1.66053906892e-27", MASS, No, "dalton"),
    row("Da", "1.66053906892e-27", MASS, All, "dalton"),
    row("lb", "0.45359237", MASS, No, "pound"),
    row("oz", "0.028349523125", MASS, No, "ounce"),
    row("slug", "4.4482216152605/0.3048", MASS, No, "slug"),
    // Speed.
    row("mph", "0.44704", SPEED, No, "mile per hour"),
    row("kn", "1852/3600", SPEED, No, "knot"),
    // Force and pressure.
    row("dyn", "1e-5", FORCE, No, "dyne"),
    row("lbf", "4.4482216152605", FORCE, No, "pound-force"),
    row("kgf", "9.80665", FORCE, No, "kilogram-force"),
    row("bar", "1e5", PRESSURE, All, "bar"),
    row("atm", "101325", PRESSURE, No, "standard atmosphere"),
    row("Torr", "101325/760", PRESSURE, No, "torr"),
    row("mmHg", "133.322387415", PRESSURE, No, "millimetre of mercury"),
    row("psi", "4.4482216152605/6.4516e-4", PRESSURE, No, "pound-force per square inch"),
    // Energy and power.
    row("eV", "1.602176634e-19", ENERGY, All, "electronvolt"),
    row("erg", "1e-7", ENERGY, No, "erg"),
    row("cal", "4.184", ENERGY, All, "thermochemical calorie"),
    row("Wh", "3600", ENERGY, All, "watt hour"),
    row("hp", "745.69987158227022", POWER, No, "mechanical horsepower, 550 foot pound-force per second"),
    // Electricity and magnetism.
    row("Ah", "3600", CHARGE, All, "ampere hour"),
    row("G", "1e-4", INDUCTION, All, "gauss"),
    row("Mx", "1e-8", [2, 1, -2, -1, 0, 0, 0], No, "maxwell"),
    with_pi("Oe", "250", -1, [-1, 0, 0, 1, 0, 0, 0], "oersted"),
    // Flow.
    row("P", "0.1", [-1, 1, -1, 0, 0, 0, 0], Small, "poise"),
    row("St", "1e-4", [2, 0, -1, 0, 0, 0, 0], Small, "stokes"),
    // Radiation and acceleration.
    row("Ci", "3.7e10", RATE, All, "curie"),
    row("Gal", "1e-2", [1, 0, -2, 0, 0, 0, 0], Small, "gal"),
];

const CELSIUS: &str =
    "degrees Celsius have an offset; write kelvin: 20 °C is 293.15 [K], and a difference of 20 °C is 20 [K]";
const FAHRENHEIT: &str =
    "degrees Fahrenheit have an offset; write kelvin: 68 °F is 293.15 [K], and a difference of 9 °F is 5 [K]";

/// Temperature scales with an offset.
pub(super) const AFFINE: &[(&str, &str)] = &[
    ("°C", CELSIUS),
    ("degC", CELSIUS),
    ("celsius", CELSIUS),
    ("Celsius", CELSIUS),
    ("°F", FAHRENHEIT),
    ("degF", FAHRENHEIT),
    ("fahrenheit", FAHRENHEIT),
    ("Fahrenheit", FAHRENHEIT),
];

/// Words (in lower case) that people write for units.
pub(super) const WORDS: &[(&str, &str)] = &[
    ("meter", "m"),
    ("metre", "m"),
    ("meters", "m"),
    ("metres", "m"),
    ("gram", "g"),
    ("grams", "g"),
    ("kilogram", "kg"),
    ("kilograms", "kg"),
    ("kilo", "kg"),
    ("sec", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("minute", "min"),
    ("minutes", "min"),
    ("mins", "min"),
    ("hr", "h"),
    ("hrs", "h"),
    ("hour", "h"),
    ("hours", "h"),
    ("day", "d"),
    ("days", "d"),
    ("week", "wk"),
    ("weeks", "wk"),
    ("a", "yr"),
    ("y", "yr"),
    ("year", "yr"),
    ("years", "yr"),
    ("amp", "A"),
    ("ampere", "A"),
    ("kelvin", "K"),
    ("mole", "mol"),
    ("candela", "cd"),
    ("radian", "rad"),
    ("radians", "rad"),
    ("degree", "deg"),
    ("degrees", "deg"),
    ("hertz", "Hz"),
    ("cps", "Hz"),
    ("newton", "N"),
    ("newtons", "N"),
    ("pascal", "Pa"),
    ("joule", "J"),
    ("joules", "J"),
    ("watt", "W"),
    ("watts", "W"),
    ("coulomb", "C"),
    ("volt", "V"),
    ("volts", "V"),
    ("farad", "F"),
    ("tesla", "T"),
    ("gauss", "G"),
    ("henry", "H"),
    ("weber", "Wb"),
    ("inch", "in"),
    ("inches", "in"),
    ("foot", "ft"),
    ("feet", "ft"),
    ("mile", "mi"),
    ("miles", "mi"),
    ("pound", "lb"),
    ("pounds", "lb"),
    ("lbs", "lb"),
    ("micron", "μm"),
    ("angstrom", "Å"),
    ("liter", "L"),
    ("litre", "L"),
    ("tonne", "t"),
    ("ton", "t"),
    ("amu", "u"),
    ("dalton", "Da"),
    ("ev", "eV"),
    ("parsec", "pc"),
    ("lightyear", "ly"),
    ("percent", "%"),
    ("kph", "km/h"),
    ("kmh", "km/h"),
    ("cc", "cm^3"),
    ("ccm", "cm^3"),
    ("sqm", "m^2"),
];
