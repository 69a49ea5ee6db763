//! What can be typed: one struct for each command.

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use std::path::PathBuf;

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "hamel",
    about = "Symbolic and numeric mechanics from one readable file: derive, compile, integrate, check.",
    disable_help_subcommand = true,
    disable_version_flag = true,
    propagate_version = false,
    max_term_width = 100,
    override_usage = "hamel <COMMAND> [FILE] [OPTIONS]",
    before_help = "  hamel new pendulum && cd pendulum\n  hamel simulate pendulum.sys",
    after_help = "Topics: hamel help exit-codes | environment | units | methods\nGallery: hamel list gallery, then hamel example NAME"
)]
pub struct Arguments {
    /// What every command accepts.
    #[command(flatten)]
    pub common: Common,
    /// Version of the program.
    #[arg(short = 'V', long)]
    pub version: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What every command accepts.
#[derive(Clone, Debug, Default, Args)]
pub struct Common {
    /// One JSON document on standard output and nothing else
    #[arg(long, global = true, display_order = 900)]
    pub json: bool,
    /// Only what was asked for, and errors
    #[arg(short, long, global = true, display_order = 901)]
    pub quiet: bool,
    /// When to use colours
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto", display_order = 902)]
    pub color: Colour,
    /// No progress bar and no progress lines
    #[arg(long, global = true, display_order = 903)]
    pub no_progress: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` says otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How diagnostics are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DiagnosticFormat {
    /// With the source text.
    Human,
    /// One line each: file:line:column: error[E0101]: …
    Short,
    /// One JSON document a line.
    Json,
}

/// Options of every command that reads a source file.
#[derive(Clone, Debug, Default, Args)]
pub struct Reading {
    /// Folder that imports and data must lie in [default: the folder of FILE]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub root: Option<PathBuf>,
    /// How diagnostics are written [default: $HAMEL_FORMAT or human]
    #[arg(long = "format", value_enum, value_name = "FORMAT")]
    pub diagnostics: Option<DiagnosticFormat>,
}

/// All commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a system: trajectory, pictures, conserved quantities, checks
    Simulate(Simulate),
    /// Run an experiment of a file
    Run(Run),
    /// Remove what is kept of a file between its runs
    Clean(Clean),
    /// Print the equations of motion, momenta and facts
    Derive(Derive),
    /// Say what was detected and which method follows, or explain a diagnostic
    Explain(Explain),
    /// Report everything wrong with files; nothing is run
    Check(Check),
    /// Run the checks of files
    Test(Test),
    /// Format files in place
    Fmt(Fmt),
    /// Evaluate an expression: hamel eval '2*π*sqrt(l/g)' --in FILE
    Eval(Eval),
    /// Print a stage of the work on a file
    Show(Show),
    /// List what there is: gallery, plots, codes, …
    List(List),
    /// Make a folder with a file to start from
    New(New),
    /// Print a file of the gallery
    Example(Example),
    /// Print the completions of a shell
    Completions(Completions),
    /// Print help on a command or topic
    Help(Help),
}

/// What can replace the settings of a file.
#[derive(Clone, Debug, Default, Args)]
pub struct Settings {
    /// Only this system
    #[arg(long, value_name = "NAME")]
    pub system: Option<String>,
    /// Another value for a parameter: --set m1=2[kg]
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    pub set: Vec<String>,
    /// Another span: --t 0..50[s]
    #[arg(long = "t", value_name = "FROM..TO", allow_hyphen_values = true)]
    pub t: Option<String>,
    /// Another method: --method dop853
    #[arg(long, value_name = "NAME")]
    pub method: Option<String>,
    /// Another relative tolerance
    #[arg(long, value_name = "NUMBER")]
    pub rtol: Option<String>,
    /// Another absolute tolerance, in SI
    #[arg(long, value_name = "NUMBER")]
    pub atol: Option<String>,
    /// A fixed step: --step 0.01[s]
    #[arg(long, value_name = "TIME")]
    pub step: Option<String>,
    /// Seed of random starts [default: 0]
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
}

/// Which names stand in the header of `trajectory.csv`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum HeaderNames {
    /// As the language spells them: θ1'
    #[default]
    Exact,
    /// Plain aliases: theta1_dot
    Ascii,
}

/// Where results go.
#[derive(Clone, Debug, Default, Args)]
pub struct Results {
    /// Folder for results [default: out/FILE]
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,
    /// Names in the header of trajectory.csv
    #[arg(long, value_enum, value_name = "KIND", default_value = "exact")]
    pub names: HeaderNames,
}

/// `hamel simulate FILE`
#[derive(Clone, Debug, Args)]
#[command(
    before_help = "  hamel simulate pendulum.sys\n  hamel simulate pendulum.sys --set l=2[m] --t 0..50[s] --out long"
)]
pub struct Simulate {
    /// A .sys file, or - for standard input
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// What replaces the file's settings.
    #[command(flatten)]
    pub settings: Settings,
    /// Where results go.
    #[command(flatten)]
    pub results: Results,
    /// How the file is read.
    #[command(flatten)]
    pub reading: Reading,
}

/// `hamel run FILE [EXPERIMENT]`
#[derive(Clone, Debug, Args)]
#[command(
    before_help = "  hamel run duffing.sys\n  hamel run duffing.sys sweep --out results\n  hamel run systems/experiments"
)]
pub struct Run {
    /// A .sys file, or a folder: all experiments of its files, and their scores in one table
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Which experiment [default: all]
    pub experiment: Option<String>,
    /// Of a folder: those in a folder `long` below it too, which take hours
    #[arg(long)]
    pub all: bool,
    /// Where results go.
    #[command(flatten)]
    pub results: Results,
    /// Seed of random starts [default: 0]
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// Compute everything anew; kept results and checkpoints are not read
    #[arg(long)]
    pub fresh: bool,
    /// How the file is read.
    #[command(flatten)]
    pub reading: Reading,
}

/// `hamel clean FILE`
#[derive(Clone, Debug, Args)]
#[command(before_help = "  hamel clean duffing.sys")]
pub struct Clean {
    /// A .sys file
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Folder for its results [default: out/FILE]
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,
}

/// How equations are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum EquationFormat {
    /// Text for a terminal.
    #[default]
    Text,
    /// LaTeX.
    Latex,
    /// Markdown with LaTeX inside.
    Markdown,
}

/// `hamel derive FILE`
#[derive(Clone, Debug, Args)]
#[command(before_help = "  hamel derive pendulum.sys\n  hamel derive pendulum.sys --format latex > equations.tex")]
pub struct Derive {
    /// A .sys file
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Only this system
    #[arg(long, value_name = "NAME")]
    pub system: Option<String>,
    /// How equations are written
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub format: EquationFormat,
    /// Folder that imports and data must lie in [default: the folder of FILE]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub root: Option<PathBuf>,
}

/// `hamel explain FILE` or `hamel explain E0204`
#[derive(Clone, Debug, Args)]
#[command(before_help = "  hamel explain pendulum.sys\n  hamel explain E0204")]
pub struct Explain {
    /// A .sys file, or the code of a diagnostic
    #[arg(value_name = "FILE|CODE", value_hint = ValueHint::FilePath)]
    pub target: String,
    /// Only this system
    #[arg(long, value_name = "NAME")]
    pub system: Option<String>,
    /// How the file is read.
    #[command(flatten)]
    pub reading: Reading,
}

/// `hamel check FILE…`
#[derive(Clone, Debug, Args)]
#[command(before_help = "  hamel check *.sys --format short")]
pub struct Check {
    /// .sys files, or - for standard input
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// How files are read.
    #[command(flatten)]
    pub reading: Reading,
}

/// `hamel test PATH…`
#[derive(Clone, Debug, Args)]
#[command(before_help = "  hamel test .\n  hamel test systems --all")]
pub struct Test {
    /// .sys files, or folders of them
    #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// Experiments that fit something, too
    #[arg(long)]
    pub all: bool,
    /// How files are read.
    #[command(flatten)]
    pub reading: Reading,
}

/// `hamel fmt FILE…`
#[derive(Clone, Debug, Args)]
#[command(before_help = "  hamel fmt pendulum.sys\n  hamel fmt --check *.sys")]
pub struct Fmt {
    /// .sys files, or - from standard input to standard output
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// Change nothing; exit with 1 where something would change
    #[arg(long)]
    pub check: bool,
    /// How diagnostics are written [default: $HAMEL_FORMAT or human]
    #[arg(long = "format", value_enum, value_name = "FORMAT")]
    pub diagnostics: Option<DiagnosticFormat>,
}

/// `hamel eval EXPRESSION [--in FILE]`
#[derive(Clone, Debug, Args)]
#[command(before_help = "  hamel eval '1 [au]/(3e8 [m/s])'\n  hamel eval '2*π*sqrt(l/g)' --in pendulum.sys")]
pub struct Eval {
    /// An expression of the language
    #[arg(allow_hyphen_values = true)]
    pub expression: String,
    /// With the names of this file; of a system at its start
    #[arg(long = "in", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
    /// With the names of this system [default: the only one]
    #[arg(long, value_name = "NAME")]
    pub system: Option<String>,
    /// How the file is read.
    #[command(flatten)]
    pub reading: Reading,
}

/// What `show` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// The tree of the text.
    Tree,
    /// Names, shapes and dimensions.
    System,
    /// The equations of motion.
    Equations,
    /// The compiled operations.
    Tape,
}

/// `hamel show FILE --stage STAGE`
#[derive(Clone, Debug, Args)]
#[command(before_help = "  hamel show pendulum.sys --stage equations")]
pub struct Show {
    /// A .sys file
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Which stage
    #[arg(long, value_enum, value_name = "STAGE")]
    pub stage: Stage,
    /// Only this system
    #[arg(long, value_name = "NAME")]
    pub system: Option<String>,
    /// How the file is read.
    #[command(flatten)]
    pub reading: Reading,
}

/// `hamel list WHAT`
#[derive(Clone, Debug, Args)]
#[command(before_help = "  hamel list\n  hamel list methods\n  hamel list units k")]
pub struct List {
    /// Which list [default: the lists]
    pub what: Option<String>,
    /// Only entries that begin so; of `schemas` the document itself
    pub name: Option<String>,
}

/// `hamel new NAME`
#[derive(Clone, Debug, Args)]
#[command(before_help = "  hamel new pendulum\n  hamel new earth --like kepler")]
pub struct New {
    /// Name of the new folder and of the file in it
    #[arg(required_unless_present = "list")]
    pub name: Option<String>,
    /// Start from this file of the gallery
    #[arg(long, value_name = "TEMPLATE")]
    pub like: Option<String>,
    /// List the files to start from
    #[arg(long)]
    pub list: bool,
}

/// `hamel example NAME`
#[derive(Clone, Debug, Args)]
#[command(before_help = "  hamel example kepler > kepler.sys")]
pub struct Example {
    /// Name in the gallery
    pub name: String,
}

/// `hamel completions SHELL`
#[derive(Clone, Debug, Args)]
#[command(before_help = "  hamel completions bash > ~/.local/share/bash-completion/completions/hamel")]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// `hamel help [TOPIC]`
#[derive(Clone, Debug, Args)]
pub struct Help {
    /// A command, or exit-codes, environment, units, methods
    pub topic: Option<String>,
}
