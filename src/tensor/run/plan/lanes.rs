//! Lanes: kernels and steps in order, places by liveness.

use super::*;

/// A step with the slot after which it runs, before places are known.
enum Item {
    Kernel(KernelKey, Vec<(Value, bool)>),
    Own(Value),
}

impl Planner<'_> {
    /// Whether a value of this slot is computed in passing by the kernel `key`.
    fn computed_in(&self, v: Value, key: KernelKey) -> bool {
        let shape = self.b.shape(v);
        self.kind[v.0 as usize] == Kind::Inline
            && (shape.rows(), shape.cols()) == (key.1, key.2)
            && self.need[v.0 as usize].contains(&key.0)
    }

    pub(super) fn lane_steps(&mut self, outputs: &[Value]) {
        let items = self.schedule();
        self.place(&items, outputs);
        for item in &items {
            let step = match item {
                Item::Kernel(key, list) => Step::Kernel(self.kernel(*key, list)),
                Item::Own(v) => self.own_step(*v),
            };
            self.plan.steps.push(step);
        }
        self.beginnings();
        for &v in outputs {
            let shape = self.b.shape(v);
            let place = self.place_of(v);
            self.plan.lanes.push((place, shape.rows() as usize, shape.cols() as usize));
        }
    }

    /// Which sums over the batch begin with a whole product, and which begin at zero.
    fn beginnings(&mut self) {
        let mut touched: BTreeSet<usize> = BTreeSet::new();
        let mut begun = vec![false; self.plan.sums.len()];
        for step in &mut self.plan.steps {
            match step {
                Step::Kernel(kernel) => touched.extend(kernel.ops.iter().filter_map(|op| match op {
                    Op::SumLanes { acc, .. } | Op::Outer { acc, .. } => Some(*acc),
                    _ => None,
                })),
                Step::Outer { rows, cols, acc, first, .. } => {
                    *first = touched.insert(*acc);
                    if *first {
                        begun[*acc..*acc + *rows * *cols].fill(true);
                    }
                }
                _ => {}
            }
        }
        let mut at = 0;
        for part in begun.chunk_by(|a, b| a == b) {
            if !part[0] {
                self.plan.zeros.push(at..at + part.len());
            }
            at += part.len();
        }
    }

    /// Kernels and steps, slot after slot: kernels of one feature first, then the others, then steps.
    fn schedule(&self) -> Vec<Item> {
        let mut kernels: BTreeMap<KernelKey, Vec<(Value, bool)>> = BTreeMap::new();
        let mut own: BTreeMap<u32, Vec<Value>> = BTreeMap::new();
        for v in self.values() {
            let i = v.0 as usize;
            let shape = self.b.shape(v);
            match (self.b.definition(v), self.kind[i]) {
                (Definition::SumLanes(_), _) | (_, Kind::Sink) => {
                    kernels.entry(self.sink_key(v).1).or_default().push((v, true));
                }
                (Definition::Outer(z, x), _) => match thin_outer(self.b, *z, *x) {
                    Some(_) => kernels.entry(self.sink_key(v).1).or_default().push((v, true)),
                    None => {
                        let slot = self.latest(v, 0);
                        own.entry(slot).or_default().push(v);
                    }
                },
                (_, Kind::Inline) => {
                    for &slot in &self.need[i] {
                        kernels.entry((slot, shape.rows(), shape.cols())).or_default().push((v, false));
                    }
                }
                (_, Kind::Step) => own.entry(self.when[i] - 1).or_default().push(v),
                _ => {}
            }
        }
        let mut slots: BTreeSet<u32> = kernels.keys().map(|k| k.0).collect();
        slots.extend(own.keys());
        let mut items = Vec::new();
        for slot in slots {
            let keys: Vec<KernelKey> = kernels.range((slot, 0, 0)..(slot + 1, 0, 0)).map(|(k, _)| *k).collect();
            for key in keys {
                if let Some(list) = kernels.remove(&key) {
                    items.push(Item::Kernel(key, list));
                }
            }
            items.extend(own.remove(&slot).unwrap_or_default().into_iter().map(Item::Own));
        }
        items
    }

    /// Values in memory that an item reads.
    fn reads(&self, item: &Item) -> Vec<Value> {
        let mut out = Vec::new();
        let mut push = |v: Value| {
            let v = self.base(v);
            if self.is_lanes(v) {
                out.push(v);
            }
        };
        match item {
            Item::Own(v) => self.b.arguments(*v, &mut push),
            Item::Kernel(_, list) => {
                for (v, _) in list {
                    self.b.arguments(*v, |a| {
                        push(a);
                        if let Definition::Spread(of) = self.b.definition(a) {
                            push(*of);
                        }
                    });
                }
            }
        }
        out
    }

    /// Values in memory that an item makes.
    fn writes(&self, item: &Item) -> Vec<Value> {
        match item {
            Item::Own(v) => vec![*v],
            Item::Kernel(_, list) => {
                list.iter().filter(|(v, sink)| *sink || self.must[v.0 as usize]).map(|(v, _)| *v).collect()
            }
        }
        .into_iter()
        .filter(|v| self.is_lanes(*v))
        .collect()
    }

    /// Gives every value in memory its units, those of values that live at different times again.
    fn place(&mut self, items: &[Item], outputs: &[Value]) {
        let mut spans: BTreeMap<Value, (usize, usize)> = BTreeMap::new();
        for v in self.values() {
            if let Definition::Input { slot } = *self.b.definition(v) {
                spans.insert(v, (0, 0));
                let features = self.b.shape(v).rows() as usize;
                self.plan.inputs.push((slot as usize, features, v.0 as usize));
            }
        }
        for (at, item) in items.iter().enumerate() {
            for v in self.writes(item) {
                spans.entry(v).or_insert((at, at));
            }
            for v in self.reads(item) {
                if let Some(span) = spans.get_mut(&v) {
                    span.1 = at;
                }
            }
        }
        for &v in outputs {
            let base = self.base(v);
            if let Some(span) = spans.get_mut(&base) {
                span.1 = items.len();
            }
        }
        let sizes: Vec<(Value, usize, usize, usize)> = spans
            .into_iter()
            .map(|(v, (first, last))| {
                let shape = self.b.shape(v);
                (v, first, last, (shape.rows() * shape.cols()) as usize)
            })
            .collect();
        let (starts, units) = layout::place(&sizes.iter().map(|s| (s.1, s.2, s.3)).collect::<Vec<_>>());
        for ((v, ..), start) in sizes.iter().zip(starts) {
            let copies = self.b.shape(*v).cols() as usize;
            self.places.insert(*v, Place { unit: start, stride: copies });
        }
        self.plan.units = units;
        for input in &mut self.plan.inputs {
            input.2 = self.places[&Value(input.2 as u32)].unit;
        }
    }

    /// Where a value in memory, or a view of one, lies.
    fn place_of(&self, v: Value) -> Place {
        match self.b.definition(v) {
            Definition::Slice { of, from } => {
                let p = self.place_of(*of);
                Place { unit: p.unit + *from as usize * p.stride, ..p }
            }
            Definition::Reshape(of) => Place { stride: self.b.shape(v).cols() as usize, ..self.place_of(*of) },
            _ => *self.places.get(&v).unwrap_or_else(|| panic!("invariant: {v:?} is in memory")),
        }
    }

    fn own_step(&mut self, v: Value) -> Step {
        let shape = self.b.shape(v);
        match self.b.definition(v).clone() {
            Definition::Product(w, x) => self.product(v, w, x, false),
            Definition::ProductTransposed(w, x) => self.product(v, w, x, true),
            Definition::Outer(z, x) => {
                let (rows, cols) = (shape.rows() as usize, shape.cols() as usize);
                let copies = self.b.shape(z).cols() as usize;
                self.plan.work += rows * cols * copies;
                Step::Outer {
                    z: self.place_of(z),
                    rows,
                    x: self.place_of(x),
                    cols,
                    copies,
                    acc: self.acc[&v],
                    first: false,
                }
            }
            Definition::Solve(m, f) => Step::Solve {
                n: shape.rows() as usize,
                m: self.place_of(m),
                f: self.place_of(f),
                to: self.place_of(v),
                copies: shape.cols() as usize,
            },
            Definition::Concat(parts) => {
                let mut moves = Vec::new();
                let mut row = 0;
                for &part in &parts {
                    for k in 0..self.b.shape(part).rows() as usize {
                        moves.push(self.moved(part, k, v, row + k, false));
                    }
                    row += self.b.shape(part).rows() as usize;
                }
                Step::Moves { moves, units: shape.cols() as usize }
            }
            Definition::Gather(x, map) => {
                let moves =
                    map.iter().enumerate().map(|(i, &from)| self.moved(x, from as usize, v, i, false)).collect();
                Step::Moves { moves, units: shape.cols() as usize }
            }
            Definition::ScatterAdd(x, map) => {
                let to = self.place_of(v);
                let mut hit = vec![false; shape.rows() as usize];
                let mut moves = Vec::new();
                for (i, &target) in map.iter().enumerate() {
                    let target = target as usize;
                    let add = std::mem::replace(&mut hit[target], true);
                    moves.push(self.moved(x, i, v, target, add));
                }
                for (row, _) in hit.iter().enumerate().filter(|(_, h)| !**h) {
                    moves.push(Move { from: Moved::Zero, to: to.unit + row * to.stride, add: false });
                }
                Step::Moves { moves, units: shape.cols() as usize }
            }
            other => panic!("invariant: {other:?} is no step"),
        }
    }

    fn moved(&self, from: Value, row: usize, to: Value, to_row: usize, add: bool) -> Move {
        let target = self.place_of(to);
        let source = match self.b.definition(from) {
            Definition::Spread(of) if self.b.shape(*of) == Shape::NUMBER && !self.must[from.0 as usize] => {
                Moved::Number(self.shared_ref(*of))
            }
            _ => {
                let p = self.place_of(from);
                Moved::Unit(p.unit + row * p.stride)
            }
        };
        Move { from: source, to: target.unit + to_row * target.stride, add }
    }

    fn product(&mut self, v: Value, w: Value, x: Value, transposed: bool) -> Step {
        let (rows, inner) = (self.b.shape(v).rows() as usize, self.b.shape(x).rows() as usize);
        let copies = self.b.shape(x).cols() as usize;
        self.plan.work += rows * inner * copies;
        let mut w = self.shared_ref(w);
        if transposed {
            (w.row, w.col) = (w.col, w.row);
        }
        Step::Product { w, rows, inner, x: self.place_of(x), to: self.place_of(v), copies }
    }

    fn kernel(&mut self, key: KernelKey, list: &[(Value, bool)]) -> Kernel {
        let (_, features, copies) = key;
        let mut ops = Vec::with_capacity(list.len());
        for &(v, sink) in list {
            let op = if sink { self.sink(v, key) } else { self.inline(v, key) };
            ops.push(op);
        }
        let mut ops = joined(ops);
        let slots = layout::slots(&mut ops);
        self.plan.slots = self.plan.slots.max(slots);
        Kernel { features: features as usize, copies: copies as usize, ops }
    }

    /// How a kernel reads a value.
    fn operand(&self, v: Value, key: KernelKey) -> Operand {
        let v = self.unspread(v);
        if !self.is_lanes(v) {
            let mut r = self.shared_ref(v);
            if self.b.shape(v).rows() == 1 {
                r.row = 0;
            }
            return Operand::Shared(r);
        }
        if self.computed_in(v, key) && !self.must[v.0 as usize] {
            return Operand::Slot(v.0 as usize);
        }
        let place = self.place_of(v);
        if self.b.shape(v).rows() == 1 && key.1 != 1 { Operand::Row(place) } else { Operand::Full(place) }
    }

    fn target(&self, v: Value) -> Operand {
        if self.must[v.0 as usize] { Operand::Full(self.place_of(v)) } else { Operand::Slot(v.0 as usize) }
    }

    fn inline(&self, v: Value, key: KernelKey) -> Op {
        let to = self.target(v);
        match self.b.definition(v) {
            Definition::Elementwise(op, args) => Op::Apply { op: *op, to, args: args.map(|a| self.operand(a, key)) },
            Definition::Spread(of) => Op::Apply { op: Operation::Copy, to, args: [self.operand(*of, key); 3] },
            Definition::Product(w, x) => {
                Op::Thin { w: self.shared_ref(*w), count: self.b.shape(*x).rows() as usize, x: self.place_of(*x), to }
            }
            Definition::ProductTransposed(w, x) => {
                let r = self.shared_ref(*w);
                let w = SharedRef { row: r.col, col: r.row, ..r };
                Op::Thin { w, count: self.b.shape(*x).rows() as usize, x: self.place_of(*x), to }
            }
            other => panic!("invariant: {other:?} is not computed in passing"),
        }
    }

    fn sink(&self, v: Value, key: KernelKey) -> Op {
        let count = self.b.shape(v).rows() as usize;
        match *self.b.definition(v) {
            Definition::SumFeatures(x) => {
                Op::SumFeatures { of: self.operand(x, key), w: None, count: 1, to: self.place_of(v) }
            }
            // to_j = Σ_g w(j, g) x_g: by feature g a column of w
            Definition::Product(w, x) => {
                let r = self.shared_ref(w);
                let w = SharedRef { row: r.col, col: r.row, ..r };
                Op::SumFeatures { of: self.operand(x, key), w: Some(w), count, to: self.place_of(v) }
            }
            Definition::ProductTransposed(w, x) => {
                let w = self.shared_ref(w);
                Op::SumFeatures { of: self.operand(x, key), w: Some(w), count, to: self.place_of(v) }
            }
            Definition::SumLanes(x) => Op::SumLanes { of: self.operand(x, key), acc: self.acc[&v] },
            Definition::Outer(z, x) => {
                let cols = self.b.shape(v).cols() as usize;
                let (over, other, swapped) =
                    thin_outer(self.b, z, x).unwrap_or_else(|| panic!("invariant: a thin outer product"));
                let (row, col) = if swapped { (1, cols) } else { (cols, 1) };
                Op::Outer {
                    of: self.operand(over, key),
                    x: self.place_of(other),
                    count: self.b.shape(other).rows() as usize,
                    acc: self.acc[&v],
                    row,
                    col,
                }
            }
            ref other => panic!("invariant: {other:?} is no sink"),
        }
    }
}

/// Products that are read once in the same kernel, by a sum, join that operation. Both round. (Products of
/// three factors in one operation are no gain: the compiler makes single numbers of their registers.)
fn joined(ops: Vec<Op>) -> Vec<Op> {
    let mut readers: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    for (at, op) in ops.iter().enumerate() {
        let (read, count): ([Operand; 3], usize) = match *op {
            Op::Apply { op, args, .. } => (args, op.arity()),
            Op::Thin { to, .. } => ([to; 3], 0),
            Op::SumFeatures { of, .. } | Op::SumLanes { of, .. } | Op::Outer { of, .. } => ([of; 3], 1),
        };
        for operand in &read[..count] {
            if let Operand::Slot(v) = operand {
                readers.entry(*v).or_default().push(at);
            }
        }
    }
    let mut out: Vec<Option<Op>> = ops.into_iter().map(Some).collect();
    for at in 0..out.len() {
        let Some(Op::Apply { op: Operation::Mul, to: Operand::Slot(v), args: [x, y, _] }) = out[at] else { continue };
        let Some(&[reader]) = readers.get(&v).map(Vec::as_slice) else { continue };
        let Some(Op::Apply { op, to, args: [a, b, _] }) = out[reader] else { continue };
        let product = Operand::Slot(v);
        let other = if a == product { b } else { a };
        let fused = match op {
            Operation::Add => Op::Apply { op: Operation::MulAdd, to, args: [x, y, other] },
            Operation::Sub if a == product => Op::Apply { op: Operation::MulSub, to, args: [x, y, other] },
            Operation::Sub => Op::Apply { op: Operation::NegMulAdd, to, args: [x, y, other] },
            _ => continue,
        };
        (out[reader], out[at]) = (Some(fused), None);
    }
    out.into_iter().flatten().collect()
}
