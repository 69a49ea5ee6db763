//! Units against published values, dimensions and the solver against definitions.

use super::*;
use num_bigint::BigInt;
use num_rational::{BigRational, Ratio};
use num_traits::{ToPrimitive, Zero};
use proptest::prelude::*;

fn dim(e: [i32; 7]) -> Dimension {
    Dimension::new(e)
}

fn unit(name: &str) -> Unit {
    match lookup(name) {
        Lookup::Unit(unit) => unit,
        other => panic!("{name}: {other:?}"),
    }
}

fn value(unit: &Unit) -> f64 {
    let pi = match unit.pi {
        0 => 1.0,
        1 => std::f64::consts::PI,
        -1 => std::f64::consts::FRAC_1_PI,
        other => panic!("π^{other} in the table"),
    };
    unit.factor.to_f64().expect("a number") * pi
}

fn fraction(n: i32, d: i32) -> Exponent {
    Ratio::new(n, d)
}

/// SI Brochure, 9th edition: tables 2, 4 (derived units in base units) and 8; NIST SP 811 appendix B.
#[test]
fn published_values() {
    let cases: &[(&str, f64, [i32; 7])] = &[
        ("kg", 1.0, [0, 1, 0, 0, 0, 0, 0]),
        ("mg", 1e-6, [0, 1, 0, 0, 0, 0, 0]),
        ("Hz", 1.0, [0, 0, -1, 0, 0, 0, 0]),
        ("N", 1.0, [1, 1, -2, 0, 0, 0, 0]),
        ("Pa", 1.0, [-1, 1, -2, 0, 0, 0, 0]),
        ("J", 1.0, [2, 1, -2, 0, 0, 0, 0]),
        ("W", 1.0, [2, 1, -3, 0, 0, 0, 0]),
        ("C", 1.0, [0, 0, 1, 1, 0, 0, 0]),
        ("V", 1.0, [2, 1, -3, -1, 0, 0, 0]),
        ("F", 1.0, [-2, -1, 4, 2, 0, 0, 0]),
        ("Ω", 1.0, [2, 1, -3, -2, 0, 0, 0]),
        ("S", 1.0, [-2, -1, 3, 2, 0, 0, 0]),
        ("Wb", 1.0, [2, 1, -2, -1, 0, 0, 0]),
        ("T", 1.0, [0, 1, -2, -1, 0, 0, 0]),
        ("H", 1.0, [2, 1, -2, -2, 0, 0, 0]),
        ("lx", 1.0, [-2, 0, 0, 0, 0, 0, 1]),
        ("Sv", 1.0, [2, 0, -2, 0, 0, 0, 0]),
        ("kat", 1.0, [0, 0, -1, 0, 0, 1, 0]),
        ("min", 60.0, [0, 0, 1, 0, 0, 0, 0]),
        ("h", 3600.0, [0, 0, 1, 0, 0, 0, 0]),
        ("d", 86400.0, [0, 0, 1, 0, 0, 0, 0]),
        ("yr", 365.25 * 86400.0, [0, 0, 1, 0, 0, 0, 0]),
        ("Gyr", 365.25 * 86400.0e9, [0, 0, 1, 0, 0, 0, 0]),
        ("au", 149_597_870_700.0, [1, 0, 0, 0, 0, 0, 0]),
        ("ly", 9.460_730_472_580_8e15, [1, 0, 0, 0, 0, 0, 0]),
        ("pc", 3.085_677_581_491_367e16, [1, 0, 0, 0, 0, 0, 0]),
        ("deg", 0.017_453_292_519_943_295, [0; 7]),
        ("arcsec", 4.848_136_811_095_36e-6, [0; 7]),
        ("rev", std::f64::consts::TAU, [0; 7]),
        ("rpm", 0.104_719_755_119_659_77, [0, 0, -1, 0, 0, 0, 0]),
        ("eV", 1.602_176_634e-19, [2, 1, -2, 0, 0, 0, 0]),
        ("MeV", 1.602_176_634e-13, [2, 1, -2, 0, 0, 0, 0]),
        ("Da", 1.660_539_068_92e-27, [0, 1, 0, 0, 0, 0, 0]),
        ("L", 1e-3, [3, 0, 0, 0, 0, 0, 0]),
        ("mL", 1e-6, [3, 0, 0, 0, 0, 0, 0]),
        ("t", 1e3, [0, 1, 0, 0, 0, 0, 0]),
        ("ha", 1e4, [2, 0, 0, 0, 0, 0, 0]),
        ("bar", 1e5, [-1, 1, -2, 0, 0, 0, 0]),
        ("hPa", 100.0, [-1, 1, -2, 0, 0, 0, 0]),
        ("atm", 101_325.0, [-1, 1, -2, 0, 0, 0, 0]),
        ("psi", 6_894.757_293_168_361, [-1, 1, -2, 0, 0, 0, 0]),
        ("Torr", 133.322_368_421_052_6, [-1, 1, -2, 0, 0, 0, 0]),
        ("in", 0.0254, [1, 0, 0, 0, 0, 0, 0]),
        ("ft", 0.3048, [1, 0, 0, 0, 0, 0, 0]),
        ("mi", 1609.344, [1, 0, 0, 0, 0, 0, 0]),
        ("lb", 0.453_592_37, [0, 1, 0, 0, 0, 0, 0]),
        ("slug", 14.593_902_937_206_36, [0, 1, 0, 0, 0, 0, 0]),
        ("hp", 745.699_871_582_270_2, [2, 1, -3, 0, 0, 0, 0]),
        ("cal", 4.184, [2, 1, -2, 0, 0, 0, 0]),
        ("kcal", 4184.0, [2, 1, -2, 0, 0, 0, 0]),
        ("G", 1e-4, [0, 1, -2, -1, 0, 0, 0]),
        ("Oe", 79.577_471_545_947_67, [-1, 0, 0, 1, 0, 0, 0]),
        ("cP", 1e-3, [-1, 1, -1, 0, 0, 0, 0]),
        ("%", 0.01, [0; 7]),
        ("mT", 1e-3, [0, 1, -2, -1, 0, 0, 0]),
        ("qm", 1e-30, [1, 0, 0, 0, 0, 0, 0]),
        ("QW", 1e30, [2, 1, -3, 0, 0, 0, 0]),
        ("dam", 10.0, [1, 0, 0, 0, 0, 0, 0]),
    ];
    for (name, si, dimension) in cases {
        let unit = unit(name);
        assert!((value(&unit) / si - 1.0).abs() < 1e-14, "{name}: {} and not {si}", value(&unit));
        assert_eq!(unit.dimension, dim(*dimension), "{name}");
    }
}

#[test]
fn factors_are_exact() {
    assert_eq!(unit("in").factor, BigRational::new(BigInt::from(127), BigInt::from(5000)));
    assert_eq!((unit("deg").factor, unit("deg").pi), (BigRational::new(BigInt::from(1), BigInt::from(180)), 1));
    let degrees = unit("deg").div(&unit("arcsec")).expect("a quotient");
    assert_eq!((degrees.factor, degrees.pi), (BigRational::from_integer(BigInt::from(3600)), 0));
}

#[test]
fn names_that_could_be_read_twice_are_units_of_their_own() {
    for (name, text) in [("min", "minute"), ("cd", "candela"), ("ft", "foot"), ("mol", "mole"), ("pc", "parsec")] {
        assert!(unit_names().any(|(n, t, _)| n == name && t == text));
    }
    assert_eq!(unit("Pa").dimension, dim([-1, 1, -2, 0, 0, 0, 0]));
    // No name of the table is also a prefixed name, and no two prefixed names are the same text.
    let mut all: Vec<String> = Vec::new();
    for row in table::TABLE {
        all.push(row.name.to_string());
        let allowed = table::PREFIXES.iter().chain(table::MICRO).filter(|p| row.prefixes.allows(p.1));
        all.extend(allowed.map(|p| format!("{}{}", p.0, row.name)));
    }
    all.sort();
    let twice: Vec<_> = all.windows(2).filter(|w| w[0] == w[1]).map(|w| w[0].clone()).collect();
    assert_eq!(twice, Vec::<String>::new());
    for bad in ["kh", "mmin", "kdeg", "kkg", "μ", "k", "mm2", "dd", "kau", ""] {
        assert!(matches!(lookup(bad), Lookup::Unknown(_)), "{bad}");
    }
}

#[test]
fn lookalike_characters_are_one_unit() {
    assert_eq!(unit("µm"), unit("μm"));
    assert_eq!(unit("um"), unit("μm"));
    assert_eq!(unit("\u{2126}"), unit("Ω"));
    assert_eq!(unit("\u{212B}"), unit("Å"));
    assert_eq!(unit("\u{2113}"), unit("L"));
}

#[test]
fn offsets_are_refused_and_near_names_suggested() {
    for name in ["°C", "℃", "degC", "°F"] {
        assert!(matches!(lookup(name), Lookup::Affine(advice) if advice.contains("[K]")), "{name}");
    }
    let suggested = |name: &str| match lookup(name) {
        Lookup::Unknown(names) => names,
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!(suggested("sec"), ["s"]);
    assert_eq!(suggested("KG"), ["kg", "kG"]);
    assert_eq!(suggested("hz"), ["Hz"]);
    assert_eq!(suggested("degree"), ["deg"]);
    assert!(suggested("kilgram").is_empty() || !suggested("kilgram").contains(&"kilgram".to_string()));
    assert!(suggested("xyzzy").is_empty());
    assert!(suggested(&"x".repeat(10_000)).is_empty());
}

#[test]
fn powers_of_units() {
    let cm = unit("cm");
    assert_eq!(value(&cm.pow(fraction(3, 1)).expect("a power")), 1e-6);
    assert_eq!(cm.pow(fraction(1, 2)).expect("100 is a square").dimension.to_string(), "m^(1/2)");
    assert_eq!(unit("mm").pow(fraction(1, 2)), Err(UnitError::NotExact));
    assert_eq!(unit("km").pow(fraction(1_000_000, 1)), Err(UnitError::Overflow));
    assert_eq!(unit("m").pow(fraction(i32::MAX, 1)).expect("fits").dimension.exponents()[0], fraction(i32::MAX, 1));
    assert_eq!(unit("N").pow(fraction(i32::MAX, 1)), Err(UnitError::Overflow));
    let mut huge = unit("Qm");
    while let Ok(next) = huge.mul(&huge) {
        huge = next;
    }
    assert!(huge.factor.numer().bits() <= crate::limits::EXACT_BITS);
}

#[test]
fn dimensions_are_written_as_in_books() {
    assert_eq!(dim([2, 1, -3, 0, 0, 0, 0]).to_string(), "kg·m²/s³");
    assert_eq!(dim([0, 0, -1, 0, 0, 0, 0]).to_string(), "1/s");
    assert_eq!(dim([2, 0, -2, 0, -1, 0, 0]).to_string(), "m²/(s²·K)");
    assert_eq!(dim([12, 0, 0, 0, 0, 0, 0]).to_string(), "m^12");
    assert_eq!(Dimension::one().to_string(), "1");
    assert_eq!(with_article(&dim([2, 1, -2, 0, 0, 0, 0])), "an energy");
    assert_eq!(with_article(&dim([2, 1, -3, 0, 0, 0, 0])), "a power");
    assert_eq!(with_article(&dim([5, 1, 0, 0, 0, 0, 0])), "a quantity in kg·m⁵");
    assert_eq!(describe(&dim([0, 0, -1, 0, 0, 0, 0])), Some("angular velocity or rate"));
}

/// What a column shows must mean the dimension it was made from when it is read back.
#[test]
fn shown_units_mean_their_dimension() {
    let read = |text: &str| -> Dimension {
        let (above, below) = text.split_once('/').unwrap_or((text, ""));
        let product = |part: &str| -> Dimension {
            part.trim_matches(['(', ')']).split([' ', '·']).filter(|f| !f.is_empty() && *f != "1").fold(
                Dimension::one(),
                |all, factor| {
                    let digits: String = factor
                        .chars()
                        .filter_map(|c| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|d| d == c))
                        .map(|d| d.to_string())
                        .collect();
                    let name: String = factor.chars().filter(|c| !"⁰¹²³⁴⁵⁶⁷⁸⁹".contains(*c)).collect();
                    let power = digits.parse().unwrap_or(1);
                    all.mul(&unit(&name).dimension.pow(fraction(power, 1)).expect("small")).expect("small")
                },
            )
        };
        product(above).div(&product(below)).expect("small")
    };
    for m in -3..=3 {
        for kg in -1..=1 {
            for s in -4..=2 {
                for a in -2..=2 {
                    for other in [[0, 0, 0], [-1, 0, 0], [-1, -1, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1]] {
                        let d = dim([m, kg, s, a, other[0], other[1], other[2]]);
                        assert_eq!(read(&si_unit(&d)), d, "{}", si_unit(&d));
                    }
                }
            }
        }
    }
}

#[test]
fn exponents_never_panic() {
    let extreme = [i32::MIN, i32::MIN + 1, -1, 0, 1, i32::MAX - 1, i32::MAX];
    for n in extreme {
        for m in extreme {
            let a = Dimension::new([n; 7]);
            let b = Dimension::new([m; 7]);
            let _ = (a.mul(&b), a.div(&b), a.to_string());
            for d in extreme {
                let _ = a.pow(Ratio::new_raw(m, d));
            }
        }
    }
    assert_eq!(dim([1; 7]).pow(Ratio::new_raw(1, 0)), Err(Overflow));
}

/// `T = ½ m x'²`, `P = c x'²`, `L = T - P` with the mass, the length and `c` given: an energy and a power.
#[test]
fn a_conflict_names_both_sides_and_their_equations() {
    let mut solver = Solver::new();
    let (x, m, c, energy) = (
        solver.new_variable("coord x"),
        solver.new_variable("param m"),
        solver.new_variable("param c"),
        solver.new_variable("T"),
    );
    let power = solver.new_variable("P");
    let length: Term = dim([1, 0, 0, 0, 0, 0, 0]).into();
    let speed_squared =
        Term::from(x).div(&Dimension::time().into()).and_then(|v| v.pow(fraction(2, 1))).expect("small");
    solver.equate(&energy.into(), &Term::from(m).mul(&speed_squared).expect("small"), "T = 1/2*m*x'^2").expect("new");
    solver.equate(&power.into(), &Term::from(c).mul(&speed_squared).expect("small"), "P = c*x'^2").expect("new");
    solver.equate(&x.into(), &length, "x : [m]").expect("new");
    solver.equate(&m.into(), &dim([0, 1, 0, 0, 0, 0, 0]).into(), "m : [kg]").expect("new");
    assert_eq!(solver.value(&energy.into()), Some(dim([2, 1, -2, 0, 0, 0, 0])));
    assert_eq!(solver.value(&power.into()), None);
    solver.equate(&c.into(), &dim([0, 1, -1, 0, 0, 0, 0]).into(), "c : [kg/s]").expect("new");
    let before = solver.clone();
    let Err(EquateError::Conflict(conflict)) = solver.equate(&energy.into(), &power.into(), "T - P") else {
        panic!("an energy is no power");
    };
    assert_eq!(conflict.left.as_known().as_ref().and_then(describe), Some("energy"));
    assert_eq!(conflict.right.as_known().as_ref().and_then(describe), Some("power"));
    assert_eq!(conflict.left_because, ["T = 1/2*m*x'^2", "x : [m]", "m : [kg]"]);
    assert_eq!(conflict.right_because, ["P = c*x'^2", "x : [m]", "c : [kg/s]"]);
    assert_eq!(solver.value(&power.into()), before.value(&power.into()));
    assert_eq!(solver.origin(x), &"coord x");
}

#[test]
fn what_nothing_determines_becomes_a_pure_number() {
    let mut solver: Solver<u32> = Solver::new();
    let v: Vec<Var> = (0..4).map(|i| solver.new_variable(i)).collect();
    let metres: Term = dim([1, 0, 0, 0, 0, 0, 0]).into();
    solver.equate(&v[0].into(), &Term::from(v[1]).mul(&metres).expect("small"), 10).expect("new");
    solver.equate(&v[2].into(), &metres, 11).expect("new");
    let defaults = solver.default_remaining();
    assert_eq!(defaults.len(), 2, "one of the first two, and the last: {defaults:?}");
    assert!(v.iter().all(|v| solver.value(&(*v).into()).is_some()));
    let quotient = Term::from(v[0]).div(&v[1].into()).expect("small");
    assert_eq!(solver.value(&quotient), Some(dim([1, 0, 0, 0, 0, 0, 0])));
    assert_eq!(solver.free().count(), 0);
}

#[test]
fn thousands_of_unknowns_take_no_time() {
    // A chain, a star and a web of triples over 6,000 unknowns, most of them met in unlucky order.
    let mut solver: Solver<usize> = Solver::new();
    let n = 6_000;
    let v: Vec<Var> = (0..n).map(|i| solver.new_variable(i)).collect();
    let metres: Term = dim([1, 0, 0, 0, 0, 0, 0]).into();
    for i in 0..n / 3 {
        solver.equate(&v[i].into(), &Term::from(v[i + 1]).mul(&metres).expect("small"), i).expect("new");
    }
    for i in n / 3 + 1..2 * n / 3 {
        solver.equate(&v[n / 3].into(), &v[i].into(), i).expect("new");
    }
    for i in 2 * n / 3..n {
        let product = Term::from(v[i - 1]).mul(&v[i - 2].into()).and_then(|p| p.pow(fraction(1, 2))).expect("small");
        solver.equate(&v[i].into(), &product, i).expect("new");
    }
    solver.equate(&v[n / 2].into(), &metres, n).expect("new");
    assert_eq!(solver.value(&v[0].into()), Some(dim([n as i32 / 3 + 1, 0, 0, 0, 0, 0, 0])));
    assert_eq!(solver.free().count(), 0);
}

/// Rank and solvability by elimination on a dense matrix of big rationals: the definition.
mod dense {
    use super::*;

    /// Whether `target` is a combination of `rows`; returns the combined right side if so.
    pub fn combine(rows: &[(Vec<BigRational>, Vec<BigRational>)], target: &[BigRational]) -> Option<Vec<BigRational>> {
        let mut reduced: Vec<(Vec<BigRational>, Vec<BigRational>)> = Vec::new();
        let reduce =
            |left: &mut Vec<BigRational>, right: &mut Vec<BigRational>, by: &[(Vec<BigRational>, Vec<BigRational>)]| {
                for (l, r) in by {
                    let Some(lead) = l.iter().position(|c| !c.is_zero()) else { continue };
                    let factor = &left[lead] / &l[lead];
                    for (a, b) in left.iter_mut().zip(l) {
                        *a = &*a - b * &factor;
                    }
                    for (a, b) in right.iter_mut().zip(r) {
                        *a = &*a - b * &factor;
                    }
                }
            };
        for (l, r) in rows {
            let (mut l, mut r) = (l.clone(), r.clone());
            reduce(&mut l, &mut r, &reduced);
            if l.iter().any(|c| !c.is_zero()) {
                reduced.push((l, r));
            }
        }
        let mut left = target.to_vec();
        let mut right = vec![BigRational::zero(); rows.first().map_or(7, |r| r.1.len())];
        reduce(&mut left, &mut right, &reduced);
        left.iter().all(BigRational::is_zero).then(|| right.into_iter().map(|x| -x).collect())
    }
}

fn big(x: &Exponent) -> BigRational {
    BigRational::new(BigInt::from(*x.numer()), BigInt::from(*x.denom()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, rng_seed: proptest::test_runner::RngSeed::Fixed(2), ..ProptestConfig::default() })]

    /// Random equations over eight unknowns, true or with a wrong known factor: taken, known and refused
    /// exactly as elimination on a dense matrix of big rationals says.
    #[test]
    fn the_solver_is_elimination(
        hidden in prop::collection::vec(prop::array::uniform7(-2i32..3), 8),
        equations in prop::collection::vec((prop::collection::vec((0usize..8, -3i32..4, 1i32..3), 1..4), 0i32..6), 1..16),
    ) {
        let mut solver: Solver<usize> = Solver::new();
        let vars: Vec<Var> = (0..8).map(|i| solver.new_variable(i)).collect();
        let mut rows: Vec<(Vec<BigRational>, Vec<BigRational>)> = Vec::new();
        for (number, (factors, wrong)) in equations.iter().enumerate() {
            let mut left = Term::one();
            let mut truth = Dimension::one();
            for (v, n, d) in factors {
                left = left.mul_pow(&vars[*v].into(), fraction(*n, *d)).expect("small");
                truth = truth.mul(&dim(hidden[*v]).pow(fraction(*n, *d)).expect("small")).expect("small");
            }
            if *wrong == 0 {
                truth = truth.mul(&dim([1, 0, 0, 0, 0, 0, 0])).expect("small");
            }
            let mut coefficients = vec![BigRational::zero(); 8];
            for (v, e) in left.unknowns() {
                coefficients[v.index()] = big(e);
            }
            let right: Vec<BigRational> = truth.exponents().iter().map(big).collect();
            let said = dense::combine(&rows, &coefficients);
            let answer = solver.equate(&left, &truth.into(), number);
            match said {
                Some(known) if known != right => prop_assert!(matches!(answer, Err(EquateError::Conflict(_)))),
                Some(_) => prop_assert_eq!(answer, Ok(())),
                None => {
                    prop_assert_eq!(answer, Ok(()));
                    rows.push((coefficients, right));
                }
            }
            for (i, var) in vars.iter().enumerate() {
                let mut one = vec![BigRational::zero(); 8];
                one[i] = BigRational::from_integer(BigInt::from(1));
                let said = dense::combine(&rows, &one);
                let known = solver.value(&(*var).into()).map(|d| d.exponents().iter().map(big).collect::<Vec<_>>());
                prop_assert_eq!(said, known);
            }
        }
    }

    /// The laws of a commutative group with rational powers.
    #[test]
    fn dimensions_form_a_vector_space(
        a in prop::array::uniform7(-5i32..6), b in prop::array::uniform7(-5i32..6), n in -4i32..5, d in 1i32..5,
    ) {
        let (a, b, r) = (dim(a), dim(b), fraction(n, d));
        prop_assert_eq!(a.mul(&b), b.mul(&a));
        prop_assert_eq!(a.mul(&b).and_then(|p| p.div(&b)), Ok(a));
        let both = a.mul(&b).and_then(|p| p.pow(r));
        prop_assert_eq!(both, a.pow(r).and_then(|p| p.mul(&b.pow(r)?)));
    }
}
