//! Hostile and unlucky texts through load, resolve, derive and ten steps of a run: mutations of the
//! gallery, soups, and the pathological list. Nothing panics, every place lies inside its text, nothing
//! takes long or much memory.
//!
//! `HAMEL_SOAK=full` (with `--release`) tries 50,000 mutations and 200,000 soups and holds each to one
//! second; `HOSTILE_ROUNDS` sets another number. Every text follows from its number alone.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

mod support;

use hamel::diagnostic::{Diagnostic, Files};
use hamel::model::{self, SystemRequest};
use hamel::run::prepare::Prepared;
use hamel::run::simulate::Conditions;
use hamel::run::source::EmbeddedSources;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How far a text came.
#[derive(Default)]
struct Reached {
    parsed: usize,
    resolved: usize,
    derived: usize,
    ran: usize,
}

/// Whether the long form of these tests is asked for.
fn is_soak() -> bool {
    std::env::var("HAMEL_SOAK").is_ok_and(|v| v == "full")
}

/// How many texts are tried.
fn rounds(short: u64, full: u64) -> u64 {
    let asked = std::env::var("HOSTILE_ROUNDS").ok().and_then(|r| r.parse().ok());
    asked.unwrap_or(if is_soak() { full } else { short })
}

/// Most memory that this process has had in MiB, where the system tells.
fn peak_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok()).map_or(0.0, |kib| kib / 1024.0)
}

/// Ten steps of a system that resolved and derived; whether a run began.
fn ten_steps(mut prepared: Prepared, all: &mut hamel::diagnostic::Diagnostics, text: &str) -> bool {
    let ten = prepared.equations.graph.integer(10);
    let Some(options) = &mut prepared.system.simulate else { return false };
    options.max_steps = Some((ten, prepared.system.span));
    let mut said = hamel::diagnostic::Diagnostics::new();
    let run = hamel::run::simulate(prepared, Conditions::default(), &mut said);
    assert!(run.is_some() || said.has_errors(), "a run that does not begin, without a word:\n{text}");
    if let Some(run) = &run {
        assert!(run.trajectory.states.iter().all(|v| v.is_finite()), "{}\n{text}", run.trajectory.outcome);
        all.extend(hamel::run::ending::diagnostic(run));
    }
    all.extend(said.sorted());
    run.is_some()
}

fn diagnose(text: &str, reached: &mut Reached) -> Vec<Diagnostic> {
    let (program, mut all) = model::load("hostile.sys", text, &EmbeddedSources);
    let parsed = program.broken.is_empty();
    reached.parsed += usize::from(parsed);
    let names = model::system_names(&program);
    let (mut resolved, mut derived) = (parsed && !names.is_empty(), parsed && !names.is_empty());
    let mut ran = false;
    for (name, _) in names {
        let (system, problems) = model::resolve_system(&program, &name, &SystemRequest::default());
        all.extend(problems.sorted());
        resolved &= system.is_some();
        if system.is_none() {
            assert!(all.has_errors(), "`{name}` is given up without a word:\n{text}");
        }
        let prepared = system.and_then(|system| {
            let (equations, problems) = hamel::formalism::derive(&system);
            all.extend(problems.sorted());
            assert!(equations.is_some() || all.has_errors(), "`{name}` is not derived, without a word:\n{text}");
            equations.map(|equations| Prepared {
                system,
                equations,
                seed: 0,
                given: Vec::new(),
                weights: Vec::new(),
                fitted: Vec::new(),
                on_paper: None,
            })
        });
        derived &= prepared.is_some();
        if let Some(prepared) = prepared.filter(|_| !all.has_errors()) {
            ran |= ten_steps(prepared, &mut all, text);
        }
    }
    reached.ran += usize::from(ran);
    reached.resolved += usize::from(resolved);
    reached.derived += usize::from(derived);
    let list = all.sorted();
    inside(&list, &program.files, text);
    list
}

fn inside(list: &[Diagnostic], files: &Files, text: &str) {
    for d in list {
        for span in std::iter::once(d.span).chain(d.labels.iter().map(|l| l.span)) {
            let file = files.get(span.file).expect("a file");
            assert!(file.text.get(span.start as usize..span.end as usize).is_some(), "{d:?}\n{text}");
        }
    }
}

/// Numbers that follow from a seed: xorshift64*.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % n.max(1)
    }
}

fn corpus() -> Vec<String> {
    let mut texts = Vec::new();
    for folder in ["systems", "tests/language", "tests/held_out"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut paths: Vec<_> =
            std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()).collect();
        paths.sort();
        for path in paths.iter().filter(|p| p.extension().is_some_and(|e| e == "sys")) {
            texts.push(std::fs::read_to_string(path).expect("a text"));
        }
    }
    texts
}

/// Words, numbers, signs and spaces; together they are the text.
fn tokens(text: &str) -> Vec<&str> {
    let kind = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' => 0,
        c if c.is_whitespace() => 1,
        _ => 2,
    };
    let mut out = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, c) in text.char_indices() {
        let now = kind(c);
        if at > start && (before != Some(now) || now == 2) {
            out.push(&text[start..at]);
            start = at;
        }
        before = Some(now);
    }
    out.push(&text[start..]);
    out
}

/// Deletes, doubles, exchanges or replaces a few tokens.
fn mutate(text: &str, other: &str, dice: &mut Dice) -> String {
    const EXTREME: [&str; 16] = [
        "0",
        "-1",
        "1e400",
        "1e-400",
        "999999999999999999999",
        "0..0",
        "1..10000000",
        "'",
        "''",
        "[1, 2]",
        "[m]",
        "t",
        "sum(i for i in 1..99)",
        "x",
        "^",
        "{}",
    ];
    let mut list: Vec<String> = tokens(text).into_iter().map(str::to_owned).collect();
    let others = tokens(other);
    for _ in 0..1 + dice.below(3) {
        let (at, from) = (dice.below(list.len()), dice.below(list.len()));
        match dice.below(6) {
            0 => {
                list.remove(at);
            }
            1 => list.insert(at, list[from].clone()),
            2 => list.swap(at, from),
            3 => list[at] = others[dice.below(others.len())].to_owned(),
            4 => list[at] = EXTREME[dice.below(EXTREME.len())].to_owned(),
            _ => list[at] = list[from].clone(),
        }
        if list.is_empty() {
            break;
        }
    }
    list.concat()
}

/// Tries texts one after the other: none panics, and the slowest is known. A text that does not end in two
/// minutes is printed and ends the process.
struct Trial {
    reached: Reached,
    slow: Vec<(Duration, u64)>,
}

/// Time that this process has kept a processor busy, which other work on the machine does not change; the
/// time since the first call where the system does not tell.
fn busy() -> Duration {
    static FIRST: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |k: usize| fields.get(k).and_then(|f| f.parse::<u64>().ok());
    match (ticks(11), ticks(12)) {
        (Some(user), Some(system)) => Duration::from_millis(10 * (user + system)),
        _ => FIRST.get_or_init(Instant::now).elapsed(),
    }
}

/// What one text may take: a second in a release build, more in one without optimisation.
fn bound() -> Duration {
    Duration::from_secs(if cfg!(debug_assertions) { 12 } else { 1 })
}

/// Held by the one test that is measured.
static ALONE: Mutex<()> = Mutex::new(());

static UNDER_WAY: Mutex<Option<(Instant, String)>> = Mutex::new(None);

fn watch_for_hangs() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    let watch = || loop {
        std::thread::sleep(Duration::from_secs(5));
        if let Some((begun, text)) = &*UNDER_WAY.lock().unwrap() {
            if begun.elapsed() > Duration::from_secs(120) {
                eprintln!("a text that does not end:\n{text}");
                std::process::exit(101);
            }
        }
    };
    ONCE.call_once(|| drop(std::thread::spawn(watch)));
}

impl Trial {
    fn new() -> Trial {
        watch_for_hangs();
        Trial { reached: Reached::default(), slow: Vec::new() }
    }

    fn of(&mut self, round: u64, text: &str) {
        let busy_before = busy();
        *UNDER_WAY.lock().unwrap() = Some((Instant::now(), format!("# round {round}\n{text}")));
        let reached = &mut self.reached;
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| diagnose(text, reached)));
        assert!(outcome.is_ok(), "round {round} panics on\n{text}");
        let took = busy() - busy_before;
        *UNDER_WAY.lock().unwrap() = None;
        if took > bound() {
            println!("{took:?} in round {round}:\n{text}");
        }
        self.slow.push((took, round));
        self.slow.sort_by(|a, b| b.cmp(a));
        self.slow.truncate(10);
    }

    /// The report, and the bounds.
    fn end(&self, what: &str, rounds: u64) {
        let r = &self.reached;
        let memory = peak_memory();
        println!(
            "{rounds} {what}: {} parse, {} resolve, {} derive, {} run; at most {memory:.0} MiB; slowest {:?}",
            r.parsed, r.resolved, r.derived, r.ran, self.slow
        );
        assert!(self.slow[0].0 <= bound(), "slow: {:?}", self.slow);
        assert!(memory < 512.0, "{memory:.0} MiB");
    }
}

fn mutation(round: u64, texts: &[String]) -> String {
    let mut dice = Dice(round.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    for _ in 0..4 {
        dice.below(2);
    }
    let (a, b) = (dice.below(texts.len()), dice.below(texts.len()));
    mutate(&texts[a], &texts[b], &mut dice)
}

#[test]
fn mutated_files_end_in_diagnostics_or_run() {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let rounds = rounds(600, 50_000);
    let texts = corpus();
    let mut trial = Trial::new();
    for round in 0..rounds {
        trial.of(round, &mutation(round, &texts));
    }
    trial.end("mutations", rounds);
    let reached = &trial.reached;
    assert!(reached.ran as u64 * 20 > rounds, "a generator that breaks everything finds nothing");
}

#[test]
fn soups_are_diagnosed() {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let rounds = rounds(400, 200_000);
    let mut trial = Trial::new();
    for round in 0..rounds {
        let length = support::Random::new(round).below(120);
        trial.of(round, &support::token_soup(round, length));
    }
    trial.end("soups", rounds);
}

fn system(body: &str) -> String {
    format!("system A {{\n  state x\n  x' = -x\n{body}}}\n")
}

/// Texts with the code that one of their diagnostics has; none: the text is fine.
fn pathological() -> Vec<(&'static str, String, Option<&'static str>)> {
    let chain = |n: usize, last: &str| -> String {
        let lines: Vec<String> = (0..n).map(|i| format!("  a{i} = a{} + 1\n", i + 1)).collect();
        system(&format!("{}  a{n} = {last}\n", lines.concat()))
    };
    let many = |n: usize| -> String {
        let lines: Vec<String> = (0..n).map(|i| format!("  param p{i} = {i} + 1\n")).collect();
        system(&lines.concat())
    };
    let nested = |n: usize| format!("{}x{}", "(".repeat(n), ")".repeat(n));
    let components: Vec<String> = (1..40).map(|i| format!("system A{i} {{\n  sub a = A{}\n}}\n", i - 1)).collect();
    let equations: String = (0..5000).map(|i| format!("  state s{i}\n  s{i}' = -s{i} + x\n")).collect();
    vec![
        ("a chain of 20,000 definitions", chain(20_000, "x"), Some("E0510")),
        ("a ring of 20,000 definitions", chain(20_000, "a0"), Some("E0510")),
        ("a ring of 3,000 definitions", chain(3000, "a0"), Some("E0121")),
        ("20,000 parameters", many(20_000), None),
        ("5,000 states with equations", system(&equations), None),
        (
            "20,000 mistakes",
            system(&(0..20_000).map(|i| format!("  b{i} = q{i}\n")).collect::<String>()),
            Some("E0118"),
        ),
        ("a range to 10^18", system("  a = sum(i for i in 1..1000000000000000000)\n"), Some("E0515")),
        ("a range from -10^18", system("  a = sum(i for i in -1000000000000000000..5)\n"), Some("E0515")),
        (
            "the least integer",
            system("  a = sum(i for i in -9223372036854775808..-9223372036854775807)\n"),
            Some("E0515"),
        ),
        (
            "sums of 10^6 in 10^6",
            system("  a = sum(sum(i*j*x for j in 1..1000000) for i in 1..1000000)\n"),
            Some("E0516"),
        ),
        (
            "sums of 10^6 in 10^6 by definitions",
            system("  b[i in 1..1000000] = sum(i*j*x for j in 1..1000000)\n  a = sum(b[i] for i in 1..1000000)\n"),
            Some("E0516"),
        ),
        (
            "written-out sums in sums",
            system(&format!(
                "  a = {}x*i0{}\n",
                "sum(".repeat(12),
                (0..12).map(|k| format!(" for i{k} in 1..12)")).collect::<String>()
            )),
            Some("E0524"),
        ),
        (
            "a constant of 10^18",
            "const n = 1000000000000000000\nsystem A {\n  state x[1..n]\n  x' = -x\n}\n".into(),
            Some("E0515"),
        ),
        (
            "ten million components",
            "system A {\n  state x[1..10000000]\n  x[i]' = -x[i] for i in 1..10000000\n}\n".into(),
            Some("E0517"),
        ),
        (
            "components in components",
            format!("system A0 {{\n  state x\n  x' = -x\n}}\n{}", components.concat()),
            Some("E0512"),
        ),
        ("a component of itself", "system A {\n  sub a = A\n}\n".into(), Some("E0121")),
        ("a system that extends itself", "system A extends A {\n}\n".into(), Some("E0121")),
        ("a function that calls itself", format!("fn f(n) = f(n - 1)\n{}", system("  a = f(3)\n")), Some("E0121")),
        (
            "functions in a ring",
            format!("fn f(n) = g(n)\nfn g(n) = h(n)\nfn h(n) = f(n)\n{}", system("  a = f(3)\n")),
            Some("E0121"),
        ),
        (
            "functions that double",
            format!(
                "fn f0(n) = n + n\n{}{}",
                (1..40).map(|i| format!("fn f{i}(n) = f{0}(n) + f{0}(n)\n", i - 1)).collect::<String>(),
                system("  a = f39(x)\n")
            ),
            Some("E0524"),
        ),
        ("a large identity", system("  a = det(identity(4000000000))\n"), Some("E0514")),
        ("a large product", system("  a = [i for i in 1..64, j in 1..64]*[i for i in 1..64, j in 1..64]\n"), None),
        ("an exponent of 10^9", system("  a = x^1000000000\n"), None),
        ("a power of 10^9", system("  a = 3^1000000000\n"), Some("E0228")),
        ("a small power", system("  a = 3^-1000000000\n"), Some("E0228")),
        ("powers of powers", system(&format!("  a = x{}\n", "^x".repeat(100))), None),
        ("too many powers of powers", system(&format!("  a = x{}\n", "^x".repeat(1000))), Some("E0105")),
        ("brackets", system(&format!("  a = {}\n", nested(100_000))), Some("E0105")),
        ("division by zero", system("  a = 1/(2 - 2)\n"), Some("E0227")),
        ("zero to -1", system("  a = 0^-1\n"), Some("E0227")),
        ("a long sum", system(&format!("  a = x{}\n", " + x*x".repeat(50_000))), None),
        (
            "an exact number that grows",
            system(&format!("  a = {}\n", vec!["1.0000000000001"; 400].join("*"))),
            Some("E0511"),
        ),
        ("a derivative of a derivative", system(&format!("  a = x{}\n", "'".repeat(60))), Some("E0301")),
        (
            "imaginary constants",
            "system A {\n  param a = sqrt(-1), b = ln(0), c = asin(2)\n  state x\n  x' = -a*b*c*x\n}\n".into(),
            None,
        ),
        ("an empty text", String::new(), None),
        ("a byte-order mark and returns", "\u{feff}system A {\r\n  state x\r\n  x' = -x\r\n}\r\n".into(), None),
    ]
}

#[test]
fn pathological_texts_end_soon_and_with_a_word() {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut wrong = Vec::new();
    for (what, text, code) in pathological() {
        let before = busy();
        let list = diagnose(&text, &mut Reached::default());
        let took = busy() - before;
        println!("{what}: {took:?}, {} diagnostics", list.len());
        if took > bound() {
            wrong.push(format!("{what} took {took:?}"));
        }
        match code {
            Some(code) if !list.iter().any(|d| d.code == code) => {
                let found: Vec<&str> = list.iter().map(|d| d.code).take(5).collect();
                wrong.push(format!("{what}: {found:?} in place of {code}"));
            }
            None if list.iter().any(Diagnostic::is_error) => wrong.push(format!("{what}: {}", list[0].message)),
            _ => {}
        }
        let longest = list.iter().map(|d| d.message.len()).max().unwrap_or(0);
        if longest > 400 {
            wrong.push(format!("{what}: a message of {longest} bytes"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
