//! Machine code for scalar tapes, by Cranelift.
//!
//! The same operations in the same order as the interpreter's, no contraction, and the functions of
//! [`crate::real`] called by address: the same bits. A tape is verified before it is compiled; where
//! compiling is not possible the interpreter runs.
//!
//! This is one of the two files with `unsafe`. Machine code reads and writes the slots of its tape
//! and nothing else; the verifier proves every slot to be below [`Tape::slots`], and
//! [`Native::run`] checks that the arena has as many.
#![allow(unsafe_code)]

use crate::lanes::{Function1, Function2, Level, Operation, Tape, UNIFORM, scalar_entry};
use crate::limits;
use cranelift_codegen::ir::condcodes::FloatCC;
use cranelift_codegen::ir::{self, AbiParam, InstBuilder, MemFlagsData, Signature, types};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{Linkage, Module};
use rustc_hash::FxHashMap;
use std::fmt;

/// A compiled tape.
pub struct Native {
    /// Owns the code; given back when dropped.
    module: Option<JITModule>,
    entry: extern "C" fn(*mut f64),
    slots: usize,
}

// SAFETY: after compilation the code is read-only and holds no state; the module is only touched
// again when it is dropped, by one owner.
unsafe impl Send for Native {}
// SAFETY: as above; `run` borrows all it changes from the caller.
unsafe impl Sync for Native {}

impl fmt::Debug for Native {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Native").field("slots", &self.slots).finish_non_exhaustive()
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // SAFETY: `entry` is the only pointer into the module's memory and is dropped with it.
            unsafe { module.free_memory() };
        }
    }
}

impl Native {
    /// Compiles a tape whose addresses are all slots; `None` where it is too long, faulty, or the
    /// machine is none that code can be made for.
    pub fn compile(tape: &Tape, level: Level) -> Option<Native> {
        let plain = tape.uniforms == 0 && tape.outputs.iter().all(|output| output & UNIFORM == 0);
        // The C ABI of Windows returns pairs through memory, which the code below does not expect.
        if cfg!(windows) || !plain || tape.code.len() > limits::NATIVE_OPERATIONS || tape.verify().is_err() {
            return None;
        }
        let mut flags = settings::builder();
        flags.set("opt_level", "speed").ok()?;
        flags.set("use_colocated_libcalls", "false").ok()?;
        flags.set("is_pic", "false").ok()?;
        let isa = cranelift_native::builder().ok()?.finish(settings::Flags::new(flags)).ok()?;
        let mut module = JITModule::new(JITBuilder::with_isa(isa, cranelift_module::default_libcall_names()));
        let mut context = module.make_context();
        let pointer = module.target_config().pointer_type();
        context.func.signature.params.push(AbiParam::new(pointer));
        let mut scratch = FunctionBuilderContext::new();
        let mut builder = FunctionBuilder::new(&mut context.func, &mut scratch);
        let block = builder.create_block();
        builder.append_block_params_for_function_params(block);
        builder.switch_to_block(block);
        builder.seal_block(block);
        let cells = builder.block_params(block)[0];
        let call_conv = module.target_config().default_call_conv;
        Translator { builder: &mut builder, cells, pointer, call_conv, level, values: FxHashMap::default() }
            .translate(tape)?;
        builder.ins().return_(&[]);
        builder.finalize(module.target_config());
        let name = module.declare_function("tape", Linkage::Export, &context.func.signature).ok()?;
        module.define_function(name, &mut context).ok()?;
        module.finalize_definitions().ok()?;
        let code = module.get_finalized_function(name);
        // SAFETY: the function was just defined with this signature and the default C ABI.
        let entry = unsafe { std::mem::transmute::<*const u8, extern "C" fn(*mut f64)>(code) };
        Some(Native { module: Some(module), entry, slots: tape.slots })
    }

    /// Runs it: slot `k` is `cells[k]`.
    pub fn run(&self, cells: &mut [f64]) {
        assert!(cells.len() >= self.slots, "invariant: the arena holds every slot of its tapes");
        (self.entry)(cells.as_mut_ptr());
    }
}

/// Functions of one argument without vector form, by number.
extern "C" fn call1(number: i64, x: f64) -> f64 {
    Function1::ALL.get(number as usize).map_or(f64::NAN, |f| f.value(x))
}

/// Functions of two arguments, by number.
extern "C" fn call2(number: i64, x: f64, y: f64) -> f64 {
    Function2::ALL.get(number as usize).map_or(f64::NAN, |f| f.value(x, y))
}

struct Translator<'a, 'b> {
    builder: &'a mut FunctionBuilder<'b>,
    cells: ir::Value,
    pointer: ir::Type,
    call_conv: cranelift_codegen::isa::CallConv,
    level: Level,
    /// What each slot holds now.
    values: FxHashMap<u32, ir::Value>,
}

impl Translator<'_, '_> {
    fn translate(&mut self, tape: &Tape) -> Option<()> {
        for i in &tape.code {
            let arguments = [i.a, i.b, i.c];
            let mut loaded = [self.cells; 3];
            for (value, slot) in loaded.iter_mut().zip(arguments).take(i.operation.arity()) {
                *value = self.read(slot);
            }
            if i.operation == Operation::SinCos {
                let results = self.call(scalar_entry(self.level, i.operation)?, &[loaded[0]], 2);
                self.values.insert(i.target, results[0]);
                self.values.insert(i.c, results[1]);
            } else {
                let result = self.operation(i.operation, loaded)?;
                self.values.insert(i.target, result);
            }
        }
        self.store(&tape.outputs)
    }

    /// Writes the results to their cells, neighbours in pairs: what follows reads them as vectors,
    /// and a processor cannot hand two narrow stores on to one wide load.
    fn store(&mut self, outputs: &[u32]) -> Option<()> {
        let mut slots = outputs.to_vec();
        slots.sort_unstable();
        slots.dedup();
        let mut left = slots.as_slice();
        while let [slot, rest @ ..] = left {
            let offset = i32::try_from(*slot as usize * size_of::<f64>()).ok()?;
            let mut value = self.read(*slot);
            left = rest;
            if let [next, rest @ ..] = rest
                && *next == slot + 1
            {
                let second = self.read(*next);
                let pair = self.builder.ins().scalar_to_vector(types::F64X2, value);
                value = self.builder.ins().insertlane(pair, second, 1);
                left = rest;
            }
            // In bounds, but a pair need not lie at a multiple of its size.
            self.builder.ins().store(MemFlagsData::new().with_notrap(), value, self.cells, offset);
        }
        Some(())
    }

    fn read(&mut self, slot: u32) -> ir::Value {
        if let Some(&value) = self.values.get(&slot) {
            return value;
        }
        let offset = slot as i32 * size_of::<f64>() as i32;
        let value = self.builder.ins().load(types::F64, MemFlagsData::trusted(), self.cells, offset);
        self.values.insert(slot, value);
        value
    }

    fn constant(&mut self, x: f64) -> ir::Value {
        self.builder.ins().f64const(x)
    }

    /// 1 where the condition holds, else 0.
    fn truth(&mut self, condition: ir::Value) -> ir::Value {
        let (one, zero) = (self.constant(1.0), self.constant(0.0));
        self.builder.ins().select(condition, one, zero)
    }

    fn is_true(&mut self, x: ir::Value) -> ir::Value {
        let zero = self.constant(0.0);
        self.builder.ins().fcmp(FloatCC::NotEqual, x, zero)
    }

    /// Calls a C function of numbers (an integer first, where there is one).
    fn call(&mut self, address: *const u8, arguments: &[ir::Value], results: usize) -> Vec<ir::Value> {
        let mut signature = Signature::new(self.call_conv);
        for argument in arguments {
            let kind = self.builder.func.dfg.value_type(*argument);
            signature.params.push(AbiParam::new(kind));
        }
        signature.returns.extend((0..results).map(|_| AbiParam::new(types::F64)));
        let signature = self.builder.import_signature(signature);
        let address = self.builder.ins().iconst(self.pointer, address as i64);
        let call = self.builder.ins().call_indirect(signature, address, arguments);
        self.builder.inst_results(call).to_vec()
    }

    fn operation(&mut self, operation: Operation, [a, b, c]: [ir::Value; 3]) -> Option<ir::Value> {
        use FloatCC::{Equal, GreaterThan, LessThan, LessThanOrEqual, NotEqual, Unordered};
        Some(match operation {
            Operation::Copy => a,
            Operation::Add => self.builder.ins().fadd(a, b),
            Operation::Sub => self.builder.ins().fsub(a, b),
            Operation::Mul => self.builder.ins().fmul(a, b),
            Operation::Div => self.builder.ins().fdiv(a, b),
            Operation::MulAdd => {
                let product = self.builder.ins().fmul(a, b);
                self.builder.ins().fadd(product, c)
            }
            Operation::MulSub => {
                let product = self.builder.ins().fmul(a, b);
                self.builder.ins().fsub(product, c)
            }
            Operation::NegMulAdd => {
                let product = self.builder.ins().fmul(a, b);
                self.builder.ins().fsub(c, product)
            }
            Operation::Neg => self.builder.ins().fneg(a),
            Operation::Abs => self.builder.ins().fabs(a),
            Operation::Sqrt => self.builder.ins().sqrt(a),
            Operation::Min | Operation::Max => {
                let order = if operation == Operation::Min { LessThan } else { GreaterThan };
                let before = self.builder.ins().fcmp(order, a, b);
                let nan = self.builder.ins().fcmp(Unordered, a, a);
                let first = self.builder.ins().bor(before, nan);
                self.builder.ins().select(first, a, b)
            }
            Operation::Sign => {
                let (zero, one, minus) = (self.constant(0.0), self.constant(1.0), self.constant(-1.0));
                let below = self.builder.ins().fcmp(LessThan, a, zero);
                let above = self.builder.ins().fcmp(GreaterThan, a, zero);
                let signed = self.builder.ins().select(below, minus, a);
                self.builder.ins().select(above, one, signed)
            }
            Operation::Less | Operation::LessEqual | Operation::Equal | Operation::NotEqual => {
                let order = match operation {
                    Operation::Less => LessThan,
                    Operation::LessEqual => LessThanOrEqual,
                    Operation::Equal => Equal,
                    _ => NotEqual,
                };
                let holds = self.builder.ins().fcmp(order, a, b);
                self.truth(holds)
            }
            Operation::And | Operation::Or => {
                let (a, b) = (self.is_true(a), self.is_true(b));
                let holds = match operation {
                    Operation::And => self.builder.ins().band(a, b),
                    _ => self.builder.ins().bor(a, b),
                };
                self.truth(holds)
            }
            Operation::Not => {
                let zero = self.constant(0.0);
                let holds = self.builder.ins().fcmp(Equal, a, zero);
                self.truth(holds)
            }
            Operation::Select => {
                let condition = self.is_true(a);
                self.builder.ins().select(condition, b, c)
            }
            Operation::Sin | Operation::Cos | Operation::Exp | Operation::Ln | Operation::Tanh => {
                self.call(scalar_entry(self.level, operation)?, &[a], 1)[0]
            }
            Operation::SinCos => return None,
            Operation::Call1(f) => {
                let number = self.builder.ins().iconst(types::I64, f as i64);
                self.call(call1 as extern "C" fn(i64, f64) -> f64 as *const u8, &[number, a], 1)[0]
            }
            Operation::Call2(f) => {
                let number = self.builder.ins().iconst(types::I64, f as i64);
                self.call(call2 as extern "C" fn(i64, f64, f64) -> f64 as *const u8, &[number, a, b], 1)[0]
            }
        })
    }
}
