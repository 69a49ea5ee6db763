//! What physicists call a dimension.

use super::exponents::Dimension;

/// Exponents of m, kg, s, A, K, mol, cd; the noun; the unit to show, empty for the base units.
type Name = ([i32; 7], &'static str, &'static str);

/// The first match counts, so each dimension has one name; where a dimension serves two quantities
/// (energy and torque, 1/s) the noun is the one that mechanics means most often.
const NAMES: &[Name] = &[
    ([0, 0, 0, 0, 0, 0, 0], "pure number", "1"),
    ([1, 0, 0, 0, 0, 0, 0], "length", "m"),
    ([0, 1, 0, 0, 0, 0, 0], "mass", "kg"),
    ([0, 0, 1, 0, 0, 0, 0], "time", "s"),
    ([0, 0, 0, 1, 0, 0, 0], "current", "A"),
    ([0, 0, 0, 0, 1, 0, 0], "temperature", "K"),
    ([0, 0, 0, 0, 0, 1, 0], "amount of substance", "mol"),
    ([0, 0, 0, 0, 0, 0, 1], "luminous intensity", "cd"),
    ([2, 0, 0, 0, 0, 0, 0], "area", "m²"),
    ([3, 0, 0, 0, 0, 0, 0], "volume", "m³"),
    ([-1, 0, 0, 0, 0, 0, 0], "wave number", "1/m"),
    ([1, 0, -1, 0, 0, 0, 0], "velocity", "m/s"),
    ([1, 0, -2, 0, 0, 0, 0], "acceleration", "m/s²"),
    ([1, 0, -3, 0, 0, 0, 0], "jerk", "m/s³"),
    ([0, 0, -1, 0, 0, 0, 0], "angular velocity or rate", "1/s"),
    ([0, 0, -2, 0, 0, 0, 0], "angular acceleration", "1/s²"),
    ([2, 0, -1, 0, 0, 0, 0], "diffusivity", "m²/s"),
    ([2, 0, -2, 0, 0, 0, 0], "energy per mass", "J/kg"),
    ([3, 0, -2, 0, 0, 0, 0], "gravitational parameter", "m³/s²"),
    ([3, -1, -2, 0, 0, 0, 0], "gravitational constant", "m³/(kg s²)"),
    ([1, 1, -1, 0, 0, 0, 0], "momentum", "kg m/s"),
    ([2, 1, -1, 0, 0, 0, 0], "angular momentum or action", "J s"),
    ([2, 1, 0, 0, 0, 0, 0], "moment of inertia", "kg m²"),
    ([1, 1, 0, 0, 0, 0, 0], "first moment of mass", "kg m"),
    ([1, 1, -2, 0, 0, 0, 0], "force", "N"),
    ([2, 1, -2, 0, 0, 0, 0], "energy", "J"),
    ([2, 1, -3, 0, 0, 0, 0], "power", "W"),
    ([-1, 1, -2, 0, 0, 0, 0], "pressure", "Pa"),
    ([0, 1, -2, 0, 0, 0, 0], "stiffness", "N/m"),
    ([-1, 1, -1, 0, 0, 0, 0], "viscosity", "Pa s"),
    ([0, 1, -1, 0, 0, 0, 0], "damping coefficient", "kg/s"),
    ([-3, 1, 0, 0, 0, 0, 0], "density", "kg/m³"),
    ([-2, 1, 0, 0, 0, 0, 0], "mass per area", "kg/m²"),
    ([-1, 1, 0, 0, 0, 0, 0], "mass per length", "kg/m"),
    ([0, 0, 1, 1, 0, 0, 0], "charge", "C"),
    ([-3, 0, 1, 1, 0, 0, 0], "charge density", "C/m³"),
    ([-2, 0, 0, 1, 0, 0, 0], "current density", "A/m²"),
    ([2, 1, -3, -1, 0, 0, 0], "voltage", "V"),
    ([1, 1, -3, -1, 0, 0, 0], "electric field", "V/m"),
    ([2, 1, -3, -2, 0, 0, 0], "resistance", "Ω"),
    ([-2, -1, 3, 2, 0, 0, 0], "conductance", "S"),
    ([-2, -1, 4, 2, 0, 0, 0], "capacitance", "F"),
    ([-3, -1, 4, 2, 0, 0, 0], "permittivity", "F/m"),
    ([2, 1, -2, -2, 0, 0, 0], "inductance", "H"),
    ([1, 1, -2, -2, 0, 0, 0], "permeability", "H/m"),
    ([2, 1, -2, -1, 0, 0, 0], "magnetic flux", "Wb"),
    ([0, 1, -2, -1, 0, 0, 0], "magnetic field", "T"),
    ([1, 1, -2, -1, 0, 0, 0], "vector potential", "T m"),
    ([-1, 0, 0, 1, 0, 0, 0], "magnetic field strength", "A/m"),
    ([2, 0, 0, 1, 0, 0, 0], "magnetic moment", "A m²"),
    ([0, -1, 1, 1, 0, 0, 0], "charge per mass", "C/kg"),
    ([2, 1, -2, 0, -1, 0, 0], "entropy or heat capacity", "J/K"),
    ([2, 0, -2, 0, -1, 0, 0], "specific heat capacity", "J/(kg K)"),
    ([1, 1, -3, 0, -1, 0, 0], "thermal conductivity", "W/(m K)"),
    ([0, 1, -3, 0, 0, 0, 0], "power per area", "W/m²"),
    ([-3, 0, 0, 0, 0, 1, 0], "concentration", "mol/m³"),
    ([0, 1, 0, 0, 0, -1, 0], "molar mass", "kg/mol"),
    ([2, 1, -2, 0, 0, -1, 0], "molar energy", "J/mol"),
    ([2, 1, -2, 0, -1, -1, 0], "molar entropy", "J/(mol K)"),
    ([0, 0, -1, 0, 0, 1, 0], "catalytic activity", "kat"),
    ([-2, 0, 0, 0, 0, 0, 1], "illuminance", "lx"),
];

fn named(dimension: &Dimension) -> Option<&'static Name> {
    NAMES.iter().find(|n| Dimension::new(n.0) == *dimension)
}

/// The noun for messages: `energy`, `power`, `angular velocity or rate`; none where nobody has a word.
pub fn describe(dimension: &Dimension) -> Option<&'static str> {
    named(dimension).map(|n| n.1)
}

/// The noun with its article, or the base units: `an energy`, `a power`, `a quantity in kg²·m`.
pub fn with_article(dimension: &Dimension) -> String {
    match describe(dimension) {
        Some(noun) if noun.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {noun}"),
        Some(noun) => format!("a {noun}"),
        None => format!("a quantity in {dimension}"),
    }
}

/// The SI unit that columns and axes show: `J`, `m/s`, `kg m²`, else the base units. It can be read back
/// between brackets.
pub fn si_unit(dimension: &Dimension) -> String {
    named(dimension).map_or_else(|| dimension.to_string(), |n| n.2.to_string())
}

/// The name of the one unit, a base unit or a named one, that is this dimension or its inverse: `m`, `s`,
/// `J`; none where it takes several.
pub fn single_unit(dimension: &Dimension) -> Option<&'static str> {
    let inverse = Dimension::one().div(dimension).ok();
    let single = |d: &Dimension| named(d).map(|n| n.2).filter(|unit| unit.chars().all(char::is_alphabetic));
    single(dimension).or_else(|| single(&inverse?))
}
