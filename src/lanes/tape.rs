//! A finished tape: instructions over slots.

use super::operation::Operation;

/// Marks an argument that is the same for all lanes: the rest is its place among the uniforms.
pub const UNIFORM: u32 = 1 << 31;

/// One operation: `target ← operation(a, b, c)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// What to compute.
    pub operation: Operation,
    /// First argument: a slot, or [`UNIFORM`] with the place of a uniform.
    pub a: u32,
    /// Second argument.
    pub b: u32,
    /// Third argument; for `SinCos` the slot of the cosine.
    pub c: u32,
    /// Slot of the result.
    pub target: u32,
}

/// A straight-line program over slots of lanes, which it reads and writes in place.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    /// In order of execution.
    pub code: Vec<Instruction>,
    /// One more than the largest slot.
    pub slots: usize,
    /// One more than the largest uniform.
    pub uniforms: usize,
    /// The slots that must be filled before.
    pub filled: Vec<u32>,
    /// Where the results lie, in the order they were asked for: slots, or [`UNIFORM`] and a place.
    pub outputs: Vec<u32>,
}

/// What is wrong with a tape, and at which instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An argument or target outside the slots or uniforms.
    OutOfRange(usize),
    /// A slot is read before anything was written there.
    ReadBeforeWrite(usize),
}

impl Tape {
    /// Checks that every argument is in range and that every slot is written before it is read.
    pub fn verify(&self) -> Result<(), Fault> {
        let mut written = vec![false; self.slots];
        for &slot in &self.filled {
            *written.get_mut(slot as usize).ok_or(Fault::OutOfRange(0))? = true;
        }
        let check = |written: &[bool], at: usize, argument: u32| {
            if argument & UNIFORM != 0 {
                let place = (argument & !UNIFORM) as usize;
                return if place < self.uniforms { Ok(()) } else { Err(Fault::OutOfRange(at)) };
            }
            match written.get(argument as usize) {
                None => Err(Fault::OutOfRange(at)),
                Some(false) => Err(Fault::ReadBeforeWrite(at)),
                Some(true) => Ok(()),
            }
        };
        for (at, i) in self.code.iter().enumerate() {
            let arguments = [i.a, i.b, i.c];
            for &argument in &arguments[..i.operation.arity()] {
                check(&written, at, argument)?;
            }
            let second = (i.operation == Operation::SinCos).then_some(i.c);
            for target in [Some(i.target), second].into_iter().flatten() {
                *written.get_mut(target as usize).ok_or(Fault::OutOfRange(at))? = true;
            }
        }
        self.outputs.iter().try_for_each(|&output| check(&written, self.code.len(), output))
    }
}
