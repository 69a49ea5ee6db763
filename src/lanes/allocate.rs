//! From values to slots: dead code goes, products fuse with sums, slots are reused.

use super::builder::{Definition, Placement, TapeBuilder, Value};
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
pub(super) fn allocate(builder: &TapeBuilder, outputs: &[(Value, Option<u32>)], placement: Placement<'_>) -> Tape {
    let uses = count_uses(builder, outputs);
    let drafts = fuse(builder, &uses);
    assign_slots(builder, &drafts, outputs, placement)
}

/// How often each value is read by a live operation or as an output; 0 means dead.
fn count_uses(builder: &TapeBuilder, outputs: &[(Value, Option<u32>)]) -> Vec<u32> {
    let mut uses = vec![0u32; builder.values.len()];
    for (output, _) in outputs {
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

fn assign_slots(
    builder: &TapeBuilder,
    drafts: &[Draft],
    outputs: &[(Value, Option<u32>)],
    placement: Placement<'_>,
) -> Tape {
    const NOWHERE: u32 = u32::MAX;
    let count = builder.values.len();
    // The last draft that reads each value; outputs are read after the end.
    let mut last_read = vec![0usize; count];
    let mut live = vec![false; count];
    for (at, draft) in drafts.iter().enumerate() {
        for argument in &draft.arguments[..draft.operation.arity()] {
            last_read[argument.0 as usize] = at;
            live[argument.0 as usize] = true;
        }
    }
    let mut wanted = vec![NOWHERE; count];
    for (output, slot) in outputs {
        last_read[output.0 as usize] = usize::MAX;
        live[output.0 as usize] = true;
        if let (Some(slot), NOWHERE) = (slot, wanted[output.0 as usize]) {
            wanted[output.0 as usize] = *slot;
        }
    }
    let mut tape = Tape { slots: placement.scratch as usize, ..Tape::default() };
    let mut place = vec![NOWHERE; count];
    for (at, definition) in builder.values.iter().enumerate().filter(|(at, _)| live[*at]) {
        let address = match *definition {
            Definition::Constant(bits) => (placement.constant)(f64::from_bits(bits)),
            Definition::Input(number) => placement.inputs[number as usize],
            Definition::Computed(..) => continue,
        };
        place[at] = address;
        if address & UNIFORM != 0 {
            tape.uniforms = tape.uniforms.max((address & !UNIFORM) as usize + 1);
        } else {
            tape.filled.push(address);
            tape.slots = tape.slots.max(address as usize + 1);
        }
    }
    // Only the tape's own slots are reused: inputs and wanted outputs belong to the caller.
    let mut free: Vec<u32> = Vec::new();
    let mut next = placement.scratch;
    for (at, draft) in drafts.iter().enumerate() {
        let arity = draft.operation.arity();
        let arguments = draft.arguments.map(|v| place[v.0 as usize]);
        for (k, value) in draft.arguments[..arity].iter().enumerate() {
            let slot = arguments[k];
            let own = slot >= placement.scratch && slot & UNIFORM == 0;
            if own && last_read[value.0 as usize] == at && !draft.arguments[..k].contains(value) {
                free.push(slot);
            }
        }
        let mut take = |value: Value| {
            let slot = match wanted[value.0 as usize] {
                NOWHERE => free.pop().unwrap_or_else(|| {
                    next += 1;
                    next - 1
                }),
                slot => slot,
            };
            tape.slots = tape.slots.max(slot as usize + 1);
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
    for &(value, slot) in outputs {
        let from = place[value.0 as usize];
        let to = slot.unwrap_or(from);
        if to != from {
            tape.code.push(Instruction { operation: Operation::Copy, a: from, b: from, c: from, target: to });
            tape.slots = tape.slots.max(to as usize + 1);
        }
        tape.outputs.push(to);
    }
    tape
}
