//! The binary `hamel`.

fn main() -> std::process::ExitCode {
    hamel::cli::main()
}
