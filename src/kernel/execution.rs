//! How a kernel runs: instruction set, interpreter or machine code. The bits are the same for every
//! choice, so it is free, and nothing that a run reports depends on it.

use crate::lanes::Level;

/// When the scalar tapes of a kernel become machine code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Code {
    /// Once the interpreter has spent as much on them as the compiler would: never more than twice
    /// the time of the better choice, however long the run.
    #[default]
    WhenItPays,
    /// Never.
    Interpreter,
    /// At once.
    Native,
}

/// How a kernel runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Execution {
    /// Instruction set of the interpreter and of the functions that machine code calls.
    pub level: Level,
    /// Interpreter or machine code.
    pub code: Code,
}

impl Default for Execution {
    fn default() -> Self {
        Execution { level: Level::detect(), code: Code::WhenItPays }
    }
}

impl Execution {
    /// Words and what they change.
    pub const NAMES: [&'static str; 5] = ["interpreter", "native", "baseline", "avx2", "avx512"];

    /// Reads words joined by `+`, as in `avx2+interpreter`; `None` for a word that is none of
    /// [`Execution::NAMES`] or an instruction set that this machine lacks.
    pub fn named(text: &str) -> Option<Execution> {
        let mut execution = Execution::default();
        for word in text.split('+') {
            let is_level = |level: &&Level| level.name().replace('-', "").eq_ignore_ascii_case(word);
            match word {
                "interpreter" => execution.code = Code::Interpreter,
                "native" => execution.code = Code::Native,
                _ => execution.level = *Level::available().iter().find(is_level)?,
            }
        }
        Some(execution)
    }
}

/// Executed operations after which machine code pays for a tape of `operations`.
///
/// Measured on one machine: the compiler takes 0.6 ms and 7 µs an operation, the interpreter loses
/// 1.5 ns an operation on machine code.
pub(super) fn pays_after(operations: usize) -> u64 {
    400_000 + 4_700 * operations as u64
}
