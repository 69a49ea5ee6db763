//! The program as a person meets it: what is printed where, which files appear, which code it ends with.

#![allow(clippy::disallowed_methods)]

use assert_cmd::Command;
use std::path::Path;

fn hamel(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("hamel").expect("the binary");
    command.current_dir(folder).env("XDG_STATE_HOME", folder.join("state"));
    for variable in ["NO_COLOR", "CLICOLOR_FORCE", "HAMEL_FORMAT", "HAMEL_HINTS", "LC_ALL", "LANG"] {
        command.env_remove(variable);
    }
    command
}

/// Exit code, standard output, standard error.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = hamel(folder).args(arguments).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("utf-8");
    (output.status.code().expect("a code"), text(output.stdout), text(output.stderr))
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn alone_it_prints_short_help() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, out, err) = run(folder.path(), &[]);
    assert_eq!((code, err.as_str()), (0, ""));
    for word in ["hamel new pendulum", "simulate", "derive", "hamel list gallery"] {
        assert!(out.contains(word), "{out}");
    }
    assert!(!out.contains('\u{1b}'), "no colours into a pipe");
    assert!(out.lines().count() <= 40, "one screen");
    assert!(files(folder.path()).is_empty(), "help writes nothing");
}

#[test]
fn new_makes_one_file_and_never_touches_what_exists() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, out, err) = run(folder.path(), &["new", "pendulum"]);
    assert_eq!((code, out.as_str()), (0, ""));
    assert!(err.contains("wrote pendulum") && err.contains("hamel simulate pendulum.sys"), "{err}");
    assert_eq!(files(folder.path()), ["pendulum"]);
    assert_eq!(files(&folder.path().join("pendulum")), ["pendulum.sys"]);
    let text = std::fs::read_to_string(folder.path().join("pendulum/pendulum.sys")).expect("the file");
    assert!(text.lines().count() <= 18 && text.matches("check").count() == 1 && text.contains('#'));
    let (_, problems) = hamel::syntax::parse(0, &text);
    assert!(problems.is_empty(), "{problems:?}");

    std::fs::write(folder.path().join("pendulum/pendulum.sys"), "mine").expect("a change");
    let (code, _, err) = run(folder.path(), &["new", "pendulum"]);
    assert_eq!(code, 2);
    assert!(err.contains("exists already"), "{err}");
    assert_eq!(std::fs::read_to_string(folder.path().join("pendulum/pendulum.sys")).expect("the file"), "mine");
}

#[test]
fn new_refuses_names_that_lead_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["..", "a/b", "../x", "/tmp/x", "", ".", "a b", "a\\b", "C:x", "-x", &"x".repeat(100)] {
        let (code, _, err) = run(folder.path(), &["new", "--", name]);
        assert_eq!(code, 2, "{name}");
        assert!(err.starts_with("error: "), "{err}");
    }
    assert!(files(folder.path()).is_empty());
}

#[test]
fn every_file_of_the_gallery_can_be_printed_and_copied() {
    let folder = tempfile::tempdir().expect("a folder");
    let names: Vec<&str> = hamel::files::gallery().iter().map(|(name, _)| *name).collect();
    assert!(!names.is_empty());
    for (name, text) in hamel::files::gallery().iter().take(3) {
        let (code, out, _) = run(folder.path(), &["example", name]);
        assert_eq!((code, out.as_str()), (0, *text));
        let copy = format!("my_{name}");
        assert_eq!(run(folder.path(), &["new", &copy, "--like", name]).0, 0);
        let written = std::fs::read_to_string(folder.path().join(&copy).join(format!("{copy}.sys"))).expect("a file");
        assert_eq!(written, *text);
    }
    let (_, out, _) = run(folder.path(), &["new", "--list"]);
    assert!(names.iter().all(|name| out.lines().any(|line| line.starts_with(name))), "{out}");
    let near = format!("{}x", names[0]);
    let (code, _, err) = run(folder.path(), &["example", &near]);
    assert_eq!(code, 2);
    assert!(err.contains(&format!("did you mean `{}`?", names[0])), "{err}");
}

#[test]
fn every_command_answers_with_one_json_document() {
    let folder = tempfile::tempdir().expect("a folder");
    let example = hamel::files::gallery()[0].0;
    let mut commands: Vec<Vec<&str>> = vec![
        vec![],
        vec!["--version"],
        vec!["help"],
        vec!["help", "exit-codes"],
        vec!["help", "simulate"],
        vec!["list"],
        vec!["list", "plots"],
        vec!["list", "codes"],
        vec!["new", "a"],
        vec!["example", example],
        vec!["completions", "bash"],
        vec!["list", "methods"],
        vec!["list", "functions"],
        vec!["list", "units"],
        vec!["list", "schemas", "summary"],
        vec!["list", "folders"],
        vec!["list", "lines"],
        vec!["list", "gallery"],
        vec!["list", "activations"],
        vec!["list", "initialisations"],
        vec!["list", "losses"],
        vec!["list", "optimizers"],
        vec!["list", "schedules"],
        vec!["clean", "e.sys"],
        vec!["eval", "1 [au]/(3e8 [m/s])"],
        vec!["eval", "2*π*sqrt(l/g)", "--in", "p.sys"],
        vec!["check", "p.sys"],
        vec!["test", "p.sys"],
        vec!["derive", "p.sys"],
        vec!["explain", "p.sys"],
        vec!["simulate", "p.sys", "--t", "0..1[s]"],
        vec!["run", "e.sys"],
        vec!["show", "p.sys", "--stage", "tape"],
        vec!["show", "p.sys", "--stage", "tree"],
        vec!["fmt", "p.sys"],
    ];
    std::fs::write(folder.path().join("p.sys"), include_str!("../src/cli/template.sys")).expect("a file");
    let experiment = "experiment e { run a = simulate(Pendulum)\n check drift(a.E) < 1e-8 }\n";
    std::fs::write(folder.path().join("e.sys"), format!("{}{experiment}", include_str!("../src/cli/template.sys")))
        .expect("a file");
    commands.push(vec!["explain", hamel::run::codes::codes()[0].code]);
    for mut command in commands {
        command.push("--json");
        let (code, out, _) = run(folder.path(), &command);
        assert_eq!(code, 0, "{command:?}");
        let document: serde_json::Value =
            serde_json::from_str(&out).unwrap_or_else(|e| panic!("{command:?}: {e}\n{out}"));
        assert_eq!(document["schema"], 1, "{command:?}");
    }
}

#[test]
fn mistakes_on_the_command_line_end_with_two_and_a_suggestion() {
    let folder = tempfile::tempdir().expect("a folder");
    for (arguments, word) in [
        (vec!["simulat", "x.sys"], "simulate"),
        (vec!["simulate"], "<FILE>"),
        (vec!["simulate", "x.sys", "--mehtod", "rk4"], "--method"),
        (vec!["derive", "x.sys", "--format", "latx"], "latex"),
        (vec!["list", "plot"], "plots"),
        (vec!["help", "exit-code"], "exit-codes"),
        (vec!["show", "x.sys"], "--stage"),
        (vec!["completions", "tcsh"], "bash"),
    ] {
        let (code, out, err) = run(folder.path(), &arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.contains(word), "{arguments:?}: {err}");
    }
}

#[test]
fn settings_have_the_syntax_of_the_language() {
    use clap::Parser;
    let typed = [
        "hamel",
        "simulate",
        "x.sys",
        "--set",
        "m1=-2[kg]",
        "--set",
        "k=3",
        "--t",
        "-5..5[s]",
        "--step",
        "1e-3[s]",
        "-o",
        "out",
        "--names",
        "ascii",
        "-q",
    ];
    let arguments = hamel::cli::args::Arguments::try_parse_from(typed).expect("it parses");
    assert!(arguments.common.quiet);
    let Some(hamel::cli::args::Command::Simulate(simulate)) = arguments.command else { panic!("simulate") };
    assert_eq!(simulate.settings.set, ["m1=-2[kg]", "k=3"]);
    assert_eq!(simulate.settings.t.as_deref(), Some("-5..5[s]"));
    assert_eq!(simulate.results.out.as_deref(), Some(Path::new("out")));
}

#[test]
fn exit_codes_environment_and_topics_are_documented() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, out, _) = run(folder.path(), &["help", "exit-codes"]);
    for code in ["0", "1", "2", "3", "130"] {
        assert!(out.lines().any(|line| line.trim_start().starts_with(code)), "{out}");
    }
    let (_, out, _) = run(folder.path(), &["help", "environment"]);
    for name in ["HAMEL_FORMAT", "HAMEL_HINTS", "NO_COLOR", "CLICOLOR_FORCE"] {
        assert!(out.contains(name), "{out}");
    }
    for topic in ["units", "methods", "fmt", "test"] {
        assert_eq!(run(folder.path(), &["help", topic]).0, 0);
    }
}

#[test]
fn completions_exist_for_five_shells() {
    let folder = tempfile::tempdir().expect("a folder");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (code, out, _) = run(folder.path(), &["completions", shell]);
        assert_eq!(code, 0);
        assert!(out.contains("simulate") && out.contains("rtol"), "{shell}");
    }
}

#[test]
fn every_code_has_its_page() {
    let folder = tempfile::tempdir().expect("a folder");
    for entry in hamel::run::codes::codes() {
        let (code, out, _) = run(folder.path(), &["explain", &entry.code.to_lowercase()]);
        assert_eq!(code, 0);
        assert!(out.contains(entry.title), "{out}");
        assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    }
}

#[test]
fn colours_follow_the_conventions() {
    let folder = tempfile::tempdir().expect("a folder");
    let coloured = |command: &mut Command| {
        let output = command.output().expect("it runs");
        output.stdout.contains(&0x1b) || output.stderr.contains(&0x1b)
    };
    assert!(!coloured(&mut hamel(folder.path())), "a pipe has no colours");
    assert!(coloured(hamel(folder.path()).env("CLICOLOR_FORCE", "1")));
    assert!(coloured(hamel(folder.path()).args(["--color", "always"])));
    assert!(!coloured(hamel(folder.path()).env("CLICOLOR_FORCE", "1").args(["--color", "never"])));
    assert!(!coloured(hamel(folder.path()).env("NO_COLOR", "1").env_remove("CLICOLOR_FORCE")));
}

#[test]
fn a_closed_pipe_is_quiet() {
    let folder = tempfile::tempdir().expect("a folder");
    let binary = assert_cmd::cargo::cargo_bin("hamel");
    let mut child = std::process::Command::new(binary)
        .args(["completions", "zsh"])
        .current_dir(folder.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn quiet_leaves_the_answer_and_errors() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(run(folder.path(), &["new", "a", "--quiet"]), (0, String::new(), String::new()));
    let (code, _, err) = run(folder.path(), &["new", "a", "--quiet"]);
    assert_eq!(code, 2);
    assert!(!err.is_empty());
    assert!(run(folder.path(), &["list", "plots", "-q"]).1.contains("phase"));
}

#[test]
fn fmt_rewrites_in_place_once_and_keeps_permissions() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.sys");
    let loose = "sys 0.1\nsystem   A{\nparam m=1[kg]   # a mass\n coord x:[m]\n}\n";
    std::fs::write(&path, loose).expect("a file");
    let (code, out, err) = run(folder.path(), &["fmt", "--check", "a.sys"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("would change a.sys"), "{err}");
    assert_eq!(std::fs::read_to_string(&path).expect("untouched"), loose);
    #[cfg(unix)]
    let mode = {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("permissions");
        || std::fs::metadata(&path).expect("a file").permissions().mode() & 0o777
    };
    assert_eq!(run(folder.path(), &["fmt", "a.sys"]).0, 0);
    let tidy = std::fs::read_to_string(&path).expect("a file");
    assert_ne!(tidy, loose);
    assert!(tidy.contains("# a mass"));
    #[cfg(unix)]
    assert_eq!(mode(), 0o640);
    assert_eq!(run(folder.path(), &["fmt", "--check", "a.sys"]), (0, String::new(), String::new()));
    assert_eq!(files(folder.path()), ["a.sys"], "nothing is left beside it");

    let output = hamel(folder.path()).args(["fmt", "-"]).write_stdin(loose).output().expect("it runs");
    assert_eq!(String::from_utf8(output.stdout).expect("utf-8"), tidy);
}

#[test]
fn fmt_leaves_files_with_errors_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("bad.sys"), "system A { param = }\n").expect("a file");
    std::fs::write(folder.path().join("bytes.sys"), b"# \xff\n").expect("a file");
    let (code, out, err) = run(folder.path(), &["fmt", "bad.sys", "none.sys", "bytes.sys", "--format", "short"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("bad.sys:1:") && err.contains("none.sys") && err.contains("UTF-8"), "{err}");
    assert_eq!(std::fs::read_to_string(folder.path().join("bad.sys")).expect("a file"), "system A { param = }\n");
}

#[test]
fn the_file_that_new_writes_is_formatted() {
    let folder = tempfile::tempdir().expect("a folder");
    run(folder.path(), &["new", "a"]);
    let (code, _, err) = run(folder.path(), &["fmt", "--check", "a/a.sys"]);
    assert_eq!(code, 0, "{err}");
}

/// What fails is one document too, with the exit code in it.
#[test]
fn mistakes_are_documents_too() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("bad.sys"), "system A { coord x\n x'' = -y\n init x = 1, x' = 0 }\n")
        .expect("a file");
    for (arguments, exit) in [
        (vec!["simulate", "none.sys"], 2),
        (vec!["simulate", "bad.sys"], 2),
        (vec!["check", "bad.sys"], 2),
        (vec!["run", "bad.sys"], 2),
        (vec!["list", "nothing"], 2),
        (vec!["simulat"], 2),
        (vec!["eval", "1 +"], 2),
        (vec!["explain", "E9999"], 2),
    ] {
        let (code, out, err) = run(folder.path(), &[&arguments[..], &["--json"]].concat());
        assert_eq!(code, exit, "{arguments:?}: {err}");
        let document: serde_json::Value =
            serde_json::from_str(&out).unwrap_or_else(|e| panic!("{arguments:?}: {e}\n{out}"));
        assert_eq!(document["schema"], 1, "{arguments:?}");
    }
    let (_, out, _) = run(folder.path(), &["simulate", "bad.sys", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&out).expect("json");
    assert_eq!((document["exit"].as_u64(), document["diagnostics"][0]["code"].as_str()), (Some(2), Some("E0118")));
}

#[test]
fn lists_hold_what_the_program_is_made_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = |what: &[&str]| {
        let (code, out, err) = run(folder.path(), what);
        assert_eq!((code, err.as_str()), (0, ""), "{what:?}");
        assert!(out.lines().all(|l| l.chars().count() <= 80), "{what:?}: {out}");
        out
    };
    let methods = lines(&["list", "methods"]);
    for m in hamel::integrate::METHODS {
        assert!(methods.lines().any(|l| l.split_whitespace().next() == Some(m.name)), "{}", m.name);
    }
    assert!(methods.contains("order 8") && methods.contains("symplectic form") && methods.contains("Hairer"));
    let functions = lines(&["list", "functions"]);
    for name in ["sin", "atan2", "sum", "drift", "hessian"] {
        assert!(functions.lines().any(|l| l.split_whitespace().next() == Some(name)), "{name}");
    }
    for name in ["g", "deg", "eV", "furlong"] {
        let found = lines(&["list", "units"]).lines().any(|l| l.split_whitespace().next() == Some(name));
        assert_eq!(found, name != "furlong", "{name}");
    }
    for what in ["codes", "exit-codes", "folders", "gallery", "library", "lines", "plots", "schemas"] {
        assert!(!lines(&["list", what]).is_empty());
    }
    // A narrower question.
    assert!(lines(&["list", "methods", "dop"]).starts_with("dop853"));
    // Schemas are JSON Schemas, and the summary of a run fits.
    let schema: serde_json::Value =
        serde_json::from_str(&run(folder.path(), &["list", "schemas", "summary"]).1).expect("json");
    std::fs::write(folder.path().join("p.sys"), include_str!("../src/cli/template.sys")).expect("a file");
    assert_eq!(run(folder.path(), &["simulate", "p.sys", "--t", "0..1[s]"]).0, 0);
    let summary = std::fs::read(folder.path().join("out/p/summary.json")).expect("a summary");
    let summary: serde_json::Value = serde_json::from_slice(&summary).expect("json");
    let required: Vec<&str> =
        schema["required"].as_array().expect("a list").iter().filter_map(|v| v.as_str()).collect();
    for key in &required {
        assert!(summary.get(key).is_some(), "{key}");
    }
    for (key, _) in summary.as_object().expect("an object") {
        assert!(schema["properties"].get(key).is_some(), "the schema does not know `{key}`");
    }
}

#[test]
fn eval_answers_small_questions() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("p.sys"), include_str!("../src/cli/template.sys")).expect("a file");
    let answer = |arguments: &[&str]| run(folder.path(), arguments).1;
    assert_eq!(answer(&["eval", "1/3 + 1/6"]), "0.5\n");
    assert_eq!(answer(&["eval", "5 [mm] + 1 [in]"]), "0.0304 [m]\n");
    assert_eq!(answer(&["eval", "m*g*l", "--in", "p.sys"]), "9.81 [J]\n");
    assert_eq!(answer(&["eval", "[1, 2]×1", "--in", "p.sys"]), "");
    // A quantity of the state has its value at the start.
    let (code, out, err) = run(folder.path(), &["eval", "V", "--in", "p.sys"]);
    assert_eq!((code, out.trim_end().ends_with("[J]")), (0, true), "{out}{err}");
    let value: f64 = out.split_whitespace().next().expect("a number").parse().expect("a number");
    assert!((value - 9.81 * 0.5).abs() < 1e-12);
    let (code, _, err) = run(folder.path(), &["eval", "m + g", "--in", "p.sys"]);
    assert_eq!(code, 2);
    assert!(err.contains("E0204"), "{err}");
    let (code, _, err) = run(folder.path(), &["eval", "lenght", "--in", "p.sys"]);
    assert_eq!(code, 2);
    assert!(err.contains("unknown name"), "{err}");
}

/// An experiment cannot write outside of its folder.
#[test]
fn exports_stay_in_their_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, line) in
        [("a", "\"../x.json\""), ("b", "\"/tmp/x.json\""), ("c", "\"x/../../../y.json\""), ("d", "\"x.exe\"")]
    {
        let text = format!(
            "{}experiment e {{ run a = simulate(Pendulum, t = 0..1 [s])\n export results to {line} }}\n",
            include_str!("../src/cli/template.sys")
        );
        std::fs::write(folder.path().join(format!("{name}.sys")), text).expect("a file");
        let (code, _, err) = run(folder.path(), &["run", &format!("{name}.sys")]);
        assert_eq!(code, 2, "{line}: {err}");
        assert!(err.contains("E0471"), "{err}");
        assert!(!folder.path().join("out").exists(), "nothing is run, nothing is written");
    }
}

/// `next` is said once, on a terminal only; a pipe never sees it.
#[test]
fn hints_are_for_terminals() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("p.sys"), include_str!("../src/cli/template.sys")).expect("a file");
    let (code, out, err) = run(folder.path(), &["simulate", "p.sys"]);
    assert_eq!(code, 0, "{err}");
    assert!(!out.contains("next  "), "{out}");
    assert!(out.contains("finished at t = 20 s"), "{out}");
    assert!(out.lines().all(|l| l.chars().count() <= 80), "{out}");
}

/// The same on a terminal, through `script` where the system has it: colours, the hint once, the greeting
/// once and only once.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_colours_the_hint_and_a_greeting_once() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("p.sys"), include_str!("../src/cli/template.sys")).expect("a file");
    let binary = assert_cmd::cargo::cargo_bin("hamel");
    let on_terminal = |line: &str| {
        let output = std::process::Command::new("script")
            .args(["-qec", &format!("{} {line}", binary.display()), "/dev/null"])
            .current_dir(folder.path())
            .env("XDG_STATE_HOME", folder.path().join("state"))
            .env("LC_ALL", "C.UTF-8")
            .env("TERM", "xterm")
            .env_remove("NO_COLOR")
            .stdin(std::process::Stdio::null())
            .output();
        output.ok().filter(|o| o.status.success()).map(|o| String::from_utf8_lossy(&o.stdout).into_owned())
    };
    let Some(first) = on_terminal("") else { return };
    assert!(first.contains("hamel new pendulum") && first.contains("gallery"), "{first}");
    let again = on_terminal("").expect("it runs");
    assert_ne!(first, again, "greeted once");
    let run = on_terminal("simulate p.sys").expect("it runs");
    assert!(run.contains('\u{1b}'), "colours");
    assert_eq!(run.matches("next  ").count(), 1, "{run}");
}

/// Mistakes of a first hour: what the screen says, and how often.
#[test]
fn beginners_mistakes_are_answered_once_and_to_the_point() {
    let folder = tempfile::tempdir().expect("a folder");
    let template = include_str!("../src/cli/template.sys");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    write("pendulum.sys", template);
    let (code, _, err) = run(folder.path(), &["simulate", "pendulem.sys"]);
    assert_eq!((code, err.contains("did you mean `pendulum.sys`?")), (2, true), "{err}");
    // A missing `*` is one mistake, and nothing that follows from it is another.
    write("star.sys", &template.replace("1/2*m*(l", "1/2 m*(l"));
    let (code, _, err) = run(folder.path(), &["simulate", "star.sys"]);
    assert_eq!((code, err.matches("error").count()), (2, 1), "{err}");
    assert!(err.contains("multiplication is written `*`"), "{err}");
    write("unit.sys", &template.replace("L = T - V", "L = T - g"));
    let (code, _, err) = run(folder.path(), &["simulate", "unit.sys"]);
    assert_eq!((code, err.contains("an energy cannot be added to an acceleration")), (2, true), "{err}");
    std::fs::create_dir(folder.path().join("folder")).expect("a folder");
    let (code, _, err) = run(folder.path(), &["simulate", "folder"]);
    assert_eq!((code, err.contains("is a folder")), (2, true), "{err}");
    let (code, _, err) = run(folder.path(), &["new", "folder"]);
    assert_eq!((code, err.contains("exists already")), (2, true), "{err}");
    // Results where a file stands in the way: the work was done, and cannot be kept.
    write("out", "a file");
    let (code, _, err) = run(folder.path(), &["simulate", "pendulum.sys", "--t", "0..1[s]"]);
    assert_eq!((code, err.starts_with("error: ")), (1, true), "{err}");
}

/// The first Ctrl-C ends the run in good order: results are written, the code is 130.
#[cfg(unix)]
#[test]
fn an_interrupt_writes_what_there_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let text =
        include_str!("../src/cli/template.sys").replace("t = 0..20 [s] by 0.01 [s]", "t = 0..1e6 [s] by 1e4 [s]");
    std::fs::write(folder.path().join("p.sys"), text).expect("a file");
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("hamel"))
        .args(["simulate", "p.sys"])
        .current_dir(folder.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    // A plain line of progress says that the run is under way.
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().expect("a pipe")));
    let kill = |pid: u32| std::process::Command::new("kill").args(["-INT", &pid.to_string()]).status().expect("kill");
    let first = lines.next().expect("a line of progress").expect("text");
    assert!(first.contains('%'), "{first}");
    kill(child.id());
    while lines.next().is_some() {}
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(130));
    let summary = std::fs::read(folder.path().join("out/p/summary.json")).expect("a summary");
    let summary: serde_json::Value = serde_json::from_slice(&summary).expect("json");
    assert_eq!(summary["outcome"], "Interrupted");
    assert!(folder.path().join("out/p/trajectory.csv").exists());
}

/// What the program says, word for word, where no bad file can be kept for it: mistakes of a command line,
/// files too large for the repository, and a run that is told something.
#[test]
fn what_is_said_of_a_command_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    write("p.sys", include_str!("../src/cli/template.sys"));
    let definitions: String = (0..20_000).map(|i| format!("  a{i} = a{} + 1\n", i + 1)).collect();
    write("chain.sys", &format!("system A {{\n  state x\n  x' = -x\n{definitions}  a20000 = x\n}}\n"));
    write(
        "chaos.sys",
        "# Lorenz (1963)\nsystem Lorenz {\n  state x, y, z\n  x' = 10*(y - x)\n  y' = x*(28 - z) - y\n  \
         z' = x*y - 8/3*z\n  init x = 1, y = 1, z = 1\n  simulate { t = 0..60 by 0.1, rtol = 1e-8 }\n}\n",
    );
    for (name, exit, arguments) in [
        ("setting_without_value", 2, vec!["simulate", "p.sys", "--set", "m1"]),
        ("two_expressions", 2, vec!["eval", "1 const b = 2"]),
        ("expression_without_value", 2, vec!["eval", "t"]),
        ("chain_of_definitions", 2, vec!["check", "chain.sys"]),
        ("chaotic_motion", 0, vec!["simulate", "chaos.sys", "--quiet"]),
    ] {
        let (code, _, err) = run(folder.path(), &arguments);
        assert_eq!(code, exit, "{arguments:?}: {err}");
        insta::assert_snapshot!(format!("said_{name}"), err);
    }
}
