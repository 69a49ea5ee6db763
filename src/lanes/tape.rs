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

/// A straight-line program over slots of lanes.
///
/// The caller fills the slots `0..inputs` and the uniforms, runs it, and reads the output slots.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    /// In order of execution.
    pub code: Vec<Instruction>,
    /// How many slots the caller fills, from slot 0 on.
    pub inputs: usize,
    /// How many slots there are.
    pub slots: usize,
    /// Values that are the same for all lanes: constants, then what the caller fills.
    pub constants: Vec<f64>,
    /// How many uniforms the caller fills, behind the constants.
    pub uniforms: usize,
    /// Where the results lie, in the order they were asked for: slots, or [`UNIFORM`].
    pub outputs: Vec<u32>,
}

/// What is wrong with a tape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An argument or target outside the slots or uniforms.
    OutOfRange(usize),
    /// A slot is read before anything was written there.
    ReadBeforeWrite(usize),
}

impl Tape {
    /// The uniforms with the constants in place and zeros for the caller's.
    pub fn fresh_uniforms(&self) -> Vec<f64> {
        let mut uniforms = self.constants.clone();
        uniforms.resize(self.constants.len() + self.uniforms, 0.0);
        uniforms
    }

    /// Checks that every argument is in range and that every slot is written before it is read.
    pub fn verify(&self) -> Result<(), Fault> {
        let uniforms = self.constants.len() + self.uniforms;
        let mut written = vec![false; self.slots];
        if self.inputs > self.slots {
            return Err(Fault::OutOfRange(0));
        }
        written[..self.inputs].fill(true);
        let check = |written: &[bool], at: usize, argument: u32| {
            if argument & UNIFORM != 0 {
                let place = (argument & !UNIFORM) as usize;
                return if place < uniforms { Ok(()) } else { Err(Fault::OutOfRange(at)) };
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
        for &output in &self.outputs {
            check(&written, self.code.len(), output)?;
        }
        Ok(())
    }
}
