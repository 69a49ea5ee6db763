//! From values to slots: dead code goes, products fuse with sums, slots are reused.

use super::builder::{Definition, TapeBuilder, Value};
use super::operation::Operation;
use super::tape::{Instruction, Tape, UNIFORM};

/// An instruction over values, before slots.
#[derive(Clone, Copy)]
struct Draft {
    operation: Operation,
    arguments: [Value; 3],
    target: Value,
    /// The cosine of a `SinCos`.
    second: Option<Value>,
}

/// Lays the values that `outputs` need into slots.
pub(super) fn allocate(builder: &TapeBuilder, outputs: &[Value]) -> Tape {
    let uses = count_uses(builder, outputs);
    let drafts = fuse(builder, &uses);
    assign_slots(builder, &drafts, outputs)
}

/// How often each value is read by a live operation or as an output; 0 means dead.
fn count_uses(builder: &TapeBuilder, outputs: &[Value]) -> Vec<u32> {
    let mut uses = vec![0u32; builder.values.len()];
    for output in outputs {
        // An output must survive as a value of its own, so it counts twice.
        uses[output.0 as usize] += 2;
    }
    for at in (0..builder.values.len()).rev() {
        if uses[at] > 0
            && let Definition::Computed(operation, arguments) = &builder.values[at]
        {
            for argument in &arguments[..operation.arity()] {
                uses[argument.0 as usize] += 1;
            }
        }
    }
    uses
}

/// Live operations in order; a product that only one sum reads joins it, `sin x` joins `cos x`.
fn fuse(builder: &TapeBuilder, uses: &[u32]) -> Vec<Draft> {
    let computed = |v: Value| match builder.values[v.0 as usize] {
        Definition::Computed(operation, arguments) => Some((operation, arguments)),
        _ => None,
    };
    let product = |v: Value| match computed(v) {
        Some((Operation::Mul, arguments)) if uses[v.0 as usize] == 1 => Some(arguments),
        _ => None,
    };
    let mut fused = vec![false; builder.values.len()];
    let mut drafts: Vec<Draft> = Vec::new();
    let mut partner: rustc_hash::FxHashMap<Value, [Option<Value>; 2]> = rustc_hash::FxHashMap::default();
    for at in (0..builder.values.len()).rev() {
        let target = Value(at as u32);
        let Some((operation, arguments)) = computed(target) else { continue };
        if uses[at] == 0 || fused[at] {
            continue;
        }
        match operation {
            Operation::Sin => partner.entry(arguments[0]).or_default()[0] = Some(target),
            Operation::Cos => partner.entry(arguments[0]).or_default()[1] = Some(target),
            _ => {}
        }
        let [a, b, _] = arguments;
        let joined = match operation {
            Operation::Add => product(b)
                .map(|p| (b, Operation::MulAdd, [p[0], p[1], a]))
                .or_else(|| product(a).map(|p| (a, Operation::MulAdd, [p[0], p[1], b]))),
            Operation::Sub => product(b)
                .map(|p| (b, Operation::NegMulAdd, [p[0], p[1], a]))
                .or_else(|| product(a).map(|p| (a, Operation::MulSub, [p[0], p[1], b]))),
            _ => None,
        };
        let (operation, arguments) = match joined {
            Some((inner, operation, arguments)) => {
                fused[inner.0 as usize] = true;
                (operation, arguments)
            }
            None => (operation, arguments),
        };
        drafts.push(Draft { operation, arguments, target, second: None });
    }
    drafts.reverse();
    // The earlier one of a pair computes both.
    let mut done = vec![false; builder.values.len()];
    drafts.retain_mut(|draft| {
        if done[draft.target.0 as usize] {
            return false;
        }
        if matches!(draft.operation, Operation::Sin | Operation::Cos)
            && let Some([Some(sine), Some(cosine)]) = partner.get(&draft.arguments[0]).copied()
        {
            draft.operation = Operation::SinCos;
            draft.target = sine;
            draft.second = Some(cosine);
            done[sine.0 as usize] = true;
            done[cosine.0 as usize] = true;
        }
        true
    });
    drafts
}

fn assign_slots(builder: &TapeBuilder, drafts: &[Draft], outputs: &[Value]) -> Tape {
    const NOWHERE: u32 = UNIFORM - 1;
    let count = builder.values.len();
    let mut tape = Tape { inputs: builder.inputs as usize, uniforms: builder.uniforms as usize, ..Tape::default() };
    // The last draft that reads each value; outputs are read after the end.
    let mut last_read = vec![0usize; count];
    for (at, draft) in drafts.iter().enumerate() {
        for argument in &draft.arguments[..draft.operation.arity()] {
            last_read[argument.0 as usize] = at;
        }
    }
    for output in outputs {
        last_read[output.0 as usize] = usize::MAX;
    }
    let mut place = vec![NOWHERE; count];
    let mut used_constant = vec![false; count];
    let arguments = drafts.iter().flat_map(|d| &d.arguments[..d.operation.arity()]);
    for value in arguments.chain(outputs) {
        used_constant[value.0 as usize] = true;
    }
    for (at, definition) in builder.values.iter().enumerate() {
        match *definition {
            Definition::Constant(bits) if used_constant[at] => {
                place[at] = UNIFORM | tape.constants.len() as u32;
                tape.constants.push(f64::from_bits(bits));
            }
            Definition::Input(number) => place[at] = number,
            _ => {}
        }
    }
    for (at, definition) in builder.values.iter().enumerate() {
        if let Definition::Uniform(number) = *definition {
            place[at] = UNIFORM | (tape.constants.len() as u32 + number);
        }
    }
    let mut free: Vec<u32> = Vec::new();
    let mut slots = builder.inputs;
    for (at, definition) in builder.values.iter().enumerate() {
        if let Definition::Input(number) = *definition
            && !used_constant[at]
        {
            free.push(number);
        }
    }
    for (at, draft) in drafts.iter().enumerate() {
        let arity = draft.operation.arity();
        let arguments = draft.arguments.map(|v| place[v.0 as usize]);
        for (k, value) in draft.arguments[..arity].iter().enumerate() {
            let slot = arguments[k];
            let repeated = draft.arguments[..k].contains(value);
            if slot & UNIFORM == 0 && last_read[value.0 as usize] == at && !repeated {
                free.push(slot);
            }
        }
        let mut take = |value: Value| {
            let slot = free.pop().unwrap_or_else(|| {
                slots += 1;
                slots - 1
            });
            place[value.0 as usize] = slot;
            slot
        };
        let target = take(draft.target);
        let mut c = arguments[2];
        if let Some(second) = draft.second {
            c = take(second);
        }
        tape.code.push(Instruction { operation: draft.operation, a: arguments[0], b: arguments[1], c, target });
    }
    tape.slots = slots as usize;
    tape.outputs = outputs.iter().map(|v| place[v.0 as usize]).collect();
    tape
}
