//! Texts that nobody would write: soups, mutations, and the pathological list, each within bounds.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

mod support;

use hamel::diagnostic::{Diagnostic, Files, Format, render_all};
use hamel::syntax::{format, parse, parse_expr, parse_type, parse_unit};
use std::time::Duration;
use support::Random;

/// How many of each kind are tried: 200,000 with `HAMEL_SOAK=full`.
fn soups() -> u64 {
    if std::env::var("HAMEL_SOAK").is_ok_and(|v| v == "full") { 200_000 } else { 1500 }
}

fn places_are_inside(text: &str, diagnostics: &[Diagnostic]) {
    for d in diagnostics {
        for span in std::iter::once(d.span).chain(d.labels.iter().map(|l| l.span)) {
            let (start, end) = (span.start as usize, span.end as usize);
            assert!(start <= end && end <= text.len(), "{} at {start}..{end} of {}: {text:?}", d.code, text.len());
            assert!(
                text.is_char_boundary(start) && text.is_char_boundary(end),
                "{} at {start}..{end}: {text:?}",
                d.code
            );
        }
        assert!(!d.message.is_empty() && d.message.len() < 600, "{}: {}", d.code, d.message);
        assert!(hamel::syntax::CODES.iter().any(|e| e.code == d.code), "{}", d.code);
    }
}

/// No panic, places inside, the same answer twice; a text without errors survives the formatter.
fn survives(text: &str, what: &str) -> bool {
    let (_, diagnostics) = parse(0, text);
    places_are_inside(text, &diagnostics);
    let clean = !diagnostics.iter().any(Diagnostic::is_error);
    if clean {
        let written = format(text).expect("no errors");
        assert!(!parse(0, &written).1.iter().any(Diagnostic::is_error), "{what}: {text:?}\nbecame\n{written}");
        assert_eq!(format(&written).expect("no errors"), written, "{what}: {text:?}");
    }
    clean
}

fn examples() -> Vec<String> {
    let mut paths: Vec<_> =
        std::fs::read_dir("tests/language").expect("the examples").map(|e| e.expect("an entry").path()).collect();
    paths.sort();
    paths.retain(|p| p.extension().is_some_and(|e| e == "sys"));
    paths.iter().map(|p| std::fs::read_to_string(p).expect("a text")).collect()
}

#[test]
fn byte_soup_is_refused_politely() {
    for seed in 0..soups() {
        let length = Random::new(seed).below(400);
        survives(&support::byte_soup(seed, length), &format!("bytes {seed}"));
    }
}

#[test]
fn token_soup_is_refused_politely() {
    for seed in 0..soups() {
        let count = Random::new(seed).below(120);
        let text = support::token_soup(seed, count);
        survives(&text, &format!("tokens {seed}"));
        if seed % 10 == 0 {
            assert_eq!(parse(0, &text).1, parse(0, &text).1);
            let mut files = Files::new();
            files.add("soup.sys", text.clone());
            render_all(&parse(0, &text).1, &files, Format::Human { colour: false });
        }
    }
}

#[test]
fn a_raised_power_in_front_of_an_equals_sign_stays_raised() {
    let text = "experiment e {\n  fit law = discover(orbit) { library² = powers(-2..2), units = strict }\n}\n";
    assert!(survives(text, "found by mutation 6565"), "it parses");
}

#[test]
fn mutated_examples_are_read_or_refused() {
    let examples = examples();
    let mut clean = 0;
    for seed in 0..soups() {
        let mut r = Random::new(seed);
        let (text, other) = (r.pick(&examples), r.pick(&examples));
        let changes = 1 + r.below(4);
        clean += u64::from(survives(&support::mutate(seed, text, other, changes), &format!("mutation {seed}")));
    }
    println!("{clean} of {} mutated texts still parse", soups());
    assert!(clean > soups() / 50, "mutations that never parse test nothing");
}

#[test]
fn pieces_of_expressions_are_refused_politely() {
    for seed in 0..soups() {
        let text = support::token_soup(seed, 1 + Random::new(seed).below(12));
        for result in
            [parse_expr(0, &text).err(), parse_type(0, &text).err(), parse_unit(0, &text).err()].into_iter().flatten()
        {
            assert!(!result.is_empty());
            places_are_inside(&text, &result);
        }
    }
}

/// A text, its name, and whether it must be refused.
fn pathological() -> Vec<(&'static str, String, bool)> {
    // A tenth of it where nothing is optimised.
    const N: usize = if cfg!(debug_assertions) { 10_000 } else { 100_000 };
    let inside = |body: &str| ["system S {\n  V = ", body, "\n}\n"].concat();
    let chain = |term: &str, sign: &str, n: usize| vec![term; n].join(sign);
    let mut list = vec![
        ("sum of 10^6 terms", inside(&chain("x", "+", 10 * N)), false),
        ("product of 10^6 factors", inside(&chain("x", "*", 10 * N)), false),
        ("10^5 powers in a sum", inside(&chain("x^2", "+", N)), false),
        ("10^5 comparisons", inside(&chain("x", "<", N)), false),
        ("10^5 conditions", inside(&chain("x < 1", " and ", N)), false),
        ("list of 10^5 entries", inside(&format!("[{}]", chain("1", ",", N))), false),
        ("name of 1 MiB", inside(&"a".repeat(1 << 20)), true),
        ("Greek name of 1 MiB", inside(&"θ".repeat(1 << 19)), true),
        ("number of 10^5 digits", inside(&"1".repeat(N)), true),
        ("exponent of 10^5 digits", inside(&format!("1e{}", "9".repeat(N))), true),
        ("raised 10^5 digits", inside(&format!("x{}", "²".repeat(N))), true),
        ("10^5 primes", inside(&format!("x{}", "'".repeat(N))), true),
        ("10^5 fields", inside(&format!("x{}", ".a".repeat(N))), true),
        ("10^5 indices", inside(&format!("x{}", "[i]".repeat(N))), true),
        ("10^5 calls", inside(&format!("f{}", "()".repeat(N))), true),
        ("10^5 primes with blanks", inside(&format!("x{}", " '".repeat(N))), true),
        ("string of 1 MiB", inside(&format!("\"{}\"", "a".repeat(1 << 20))), false),
        ("open string of 1 MiB", inside(&format!("\"{}", "a".repeat(1 << 20))), true),
        ("comment of 1 MiB", format!("# {}\n", "a".repeat(1 << 20)), false),
        ("10^5 comments", "# a\n".repeat(N), false),
        ("10^5 documentations", format!("system S {{\n{}  x = 1\n}}", "## a\n".repeat(N)), false),
        ("10^5 line breaks", format!("system S {{{}}}", "\n".repeat(N)), false),
        ("10^5 stray braces", "}".repeat(N), true),
        ("10^5 stray parentheses", inside(&")".repeat(N)), true),
        ("10^5 NULs", "\0".repeat(N), true),
        ("10^5 NULs apart", "\0 ".repeat(N), true),
        ("bidirectional", "# \u{202e}abc\nsystem S { }".to_string(), true),
        ("BOM and CRLF", "\u{feff}system S {\r\n  coord x\r\n}\r\n".to_string(), false),
        ("10^5 bad statements", format!("system S {{\n{}}}", "  x = 1 2\n".repeat(N / 10)), true),
        ("10^5 misspelt statements", format!("system S {{\n{}}}", "  parm m = 1\n".repeat(N / 10)), true),
        ("10^5 bad items", "foo bar\n".repeat(N / 2), true),
        ("10^5 systems", "system S { coord x }\n".repeat(N / 2), false),
        ("10^5 unclosed systems", "system S {\n".repeat(N / 2), true),
        ("10^5 unclosed parentheses", inside(&"f(\n".repeat(N)), true),
        ("bad words on one line", format!("system S {{ x = {} }}", "a b ".repeat(N / 2)), true),
        ("a range to 10^18", "set s = 1..1000000000000000000\n".to_string(), false),
        ("unit of 10^5 factors", inside(&format!("1 [{}]", "m ".repeat(N))), false),
        ("unit of 10^5 quotients", inside(&format!("1 [m{}]", "/s".repeat(N))), true),
        ("10^5 names in a line", format!("system S {{ coord {} }}", chain("x", ",", N)), false),
        (
            "flat else-if statements",
            format!("system S {{\n{}}}", "  x = if a then 1 else if b then 2 else 3\n".repeat(N / 10)),
            false,
        ),
    ];
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("f(", ")"),
        ("x[", "]"),
        ("{", "}"),
        ("1 [(", ")]"),
        ("-", ""),
        ("not ", ""),
        ("x^", ""),
        ("if a then b else ", ""),
        ("if ", " then a else b"),
        ("if a then ", " else b"),
        ("- -", ""),
        ("x^-", ""),
        ("der(", ")"),
        ("sum(x for i in ", ")"),
        ("[x for i in ", "]"),
        ("f(a with { scale D by ", " })"),
        ("(a, ", ")"),
    ] {
        list.push(("nesting of 10^5", inside(&[open.repeat(N), "x".into(), close.repeat(N)].concat()), true));
        list.push(("nesting of 10^5 that stays open", inside(&[open.repeat(N), "x".into()].concat()), true));
    }
    for (open, close) in [("{ a = ", "}"), ("{ a = { b = ", "} }")] {
        list.push((
            "options of 10^5 levels",
            format!("system S {{ simulate {}1{} }}", open.repeat(N), close.repeat(N)),
            true,
        ));
    }
    // The bad end of a long statement whose lines all look like the beginning of one.
    let nested =
        format!("system S {{\n{}{}1 2{}\n}}", "  x = f(\n".repeat(100), "  a = 1,\n".repeat(20_000), ")".repeat(100));
    list.push(("a mistake at the bottom of 100 calls", nested, true));
    let open = format!("system S {{\n{}{}1 2\n}}", "  x = f(\n".repeat(15), "  a = 1,\n".repeat(20_000));
    list.push(("a mistake at the bottom of 15 open calls", open, true));
    list
}

/// CPU time of this thread, so that a busy machine does not fail a test.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(stat.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0))
}

/// Everything is answered; in a release build each in little time. `-- --nocapture` prints the slowest.
#[test]
fn the_pathological_list_is_answered_in_time() {
    let mut times = Vec::new();
    for (name, text, refused) in pathological() {
        let started = cpu();
        let (ast, diagnostics) = parse(0, &text);
        drop(ast);
        let time = cpu() - started;
        places_are_inside(&text, &diagnostics);
        let errors = diagnostics.iter().filter(|d| d.is_error()).count();
        assert_eq!(errors > 0, refused, "{name}: {:?} {:#?}", text.get(..60), diagnostics.first());
        let mut files = Files::new();
        files.add("long.sys", text.as_str());
        render_all(&diagnostics, &files, Format::Short);
        times.push((time, name, text.get(..40).unwrap_or("").to_string()));
    }
    times.sort();
    times.reverse();
    for (time, name, text) in times.iter().take(12) {
        println!("{time:>10.1?} {name}: {text:?}");
    }
    assert!(cfg!(debug_assertions) || times[0].0 < Duration::from_secs(3), "{:?}", times[0]);
}

#[test]
fn nesting_at_the_limit_fits_a_small_stack() {
    let levels = hamel::limits::NESTING - 4;
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("f(", ")"),
        ("x[", "]"),
        ("-", ""),
        ("x^", ""),
        ("not ", ""),
        ("if a then b else ", ""),
        ("f(a = ", ")"),
        ("f(a with { scale D by ", " })"),
        ("sum(x for i in ", ")"),
    ] {
        let levels = if open.contains('{') { levels / 2 } else { levels };
        let text = format!("system S {{\n  V = {}x{}\n}}\n", open.repeat(levels), close.repeat(levels));
        let thread = std::thread::Builder::new().stack_size(2 << 20);
        let handle = thread.spawn(move || {
            let (ast, diagnostics) = parse(0, &text);
            assert!(diagnostics.is_empty(), "{diagnostics:?}");
            format(&text).expect("no errors");
            drop(ast);
        });
        handle.expect("a thread").join().unwrap_or_else(|_| panic!("`{open}` at the limit"));
    }
}

/// Prints the time per byte: `cargo test --release --test syntax_hostile megabyte -- --nocapture`.
#[test]
fn a_megabyte_of_each_example_takes_linear_time() {
    let size = if cfg!(debug_assertions) { 1 << 17 } else { 1 << 20 };
    let mut worst = 0.0f64;
    for text in examples() {
        let text = text.replace("sys 0.1", "");
        let count = |n: usize| text.repeat(n / text.len() + 1);
        let time = |text: &str| {
            let started = cpu();
            let (ast, diagnostics) = parse(0, text);
            assert!(diagnostics.is_empty() && !ast.items.is_empty());
            (cpu() - started).as_secs_f64() / text.len() as f64 * 1e9
        };
        let (small, large) = (time(&count(size / 8)), time(&count(size)));
        worst = worst.max(large);
        println!("{small:6.0} ns/byte at {} KiB, {large:6.0} ns/byte at {} KiB", size >> 13, size >> 10);
    }
    println!("worst {worst:.0} ns/byte");
    assert!(cfg!(debug_assertions) || worst < 2000.0, "{worst} ns/byte");
}
