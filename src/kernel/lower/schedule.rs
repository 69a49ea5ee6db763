//! Stages, cells, tapes: from values to a program.

use super::space::SpaceId;
use super::values::{Definition, Place, ValueId};
use super::{LowerError, Lowering, SinkTarget};
use crate::kernel::program::{After, BlockTape, BlockTapes, Cells, LoopStage, Program, ScalarStage, Solver, Stage};
use crate::lanes::{Placement, TapeBuilder, UNIFORM, Value};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Tier, phase and space: what is computed together.
type StageKey = (u8, u32, SpaceId);

fn key(place: Place) -> StageKey {
    (place.tier, place.phase, place.space)
}

/// Stages under construction, in order.
type Groups = BTreeMap<StageKey, Group>;

/// A stage under construction.
#[derive(Default)]
struct Group {
    values: Vec<ValueId>,
    sinks: Vec<(ValueId, SinkTarget)>,
}

/// A stage whose tape is drawn, waiting for the number of cells.
struct Drawn {
    count: usize,
    builder: TapeBuilder,
    /// Cells and tier of each input.
    inputs: Vec<(Cells, u8)>,
    outputs: Vec<(Value, Cells)>,
}

impl Lowering<'_> {
    /// Cuts the values into stages and lays out their tapes.
    pub(super) fn schedule(mut self) -> Result<Program, LowerError> {
        self.finish_nets()?;
        let groups = self.group()?;
        let mut drawn: BTreeMap<StageKey, Drawn> = BTreeMap::new();
        let mut index_cells = FxHashMap::default();
        let stored = groups.1;
        for (at, group) in groups.0 {
            drawn.insert(at, self.draw(at, group, &stored, &mut index_cells)?);
        }
        self.scan_in_place(&mut drawn);
        for stage in drawn.values() {
            for x in stage.builder.constants() {
                self.program.constant_cell(x);
            }
        }
        let cells = self.program.cells();
        self.program.singles = cells;
        self.program.blocks = cells;
        self.find_cell_tiers(&drawn);
        self.program.systems = self.afters.iter().filter(|(_, _, after)| matches!(after, After::Solve { .. })).count();
        // Behind the stages of a phase stands what reads them, in the order it was asked for.
        let mut afters: BTreeMap<(u8, u32), Vec<After>> = BTreeMap::new();
        for (tier, phase, after) in std::mem::take(&mut self.afters) {
            afters.entry((tier, phase)).or_default().push(after);
        }
        let mut phases: Vec<(u8, u32)> = drawn.keys().map(|(t, p, _)| (*t, *p)).chain(afters.keys().copied()).collect();
        phases.sort_unstable();
        phases.dedup();
        let mut drawn = drawn.into_iter().peekable();
        for at in phases {
            while let Some(((tier, _, space), stage)) = drawn.next_if(|((t, p, _), _)| (*t, *p) == at) {
                let stage = if space == SpaceId::SCALAR {
                    Stage::Scalar(self.finish_scalar(tier, stage))
                } else {
                    Stage::Loop(self.finish_loop(tier, stage))
                };
                self.program.stages[tier as usize].push(stage);
            }
            for after in afters.remove(&at).unwrap_or_default() {
                self.program.stages[at.0 as usize].push(Stage::After(after));
            }
        }
        Ok(self.program)
    }

    /// Live values and sinks by stage, and the cells of values that other stages read.
    fn group(&mut self) -> Result<(Groups, FxHashMap<ValueId, u32>), LowerError> {
        let mut groups = Groups::new();
        let mut stored: FxHashMap<ValueId, u32> = FxHashMap::default();
        let sinks = std::mem::take(&mut self.sinks);
        let mut live = vec![false; self.values.len()];
        let mut elsewhere: Vec<ValueId> = Vec::new();
        let mut read = |values: &super::Values<'_>, live: &mut [bool], value: ValueId, by: StageKey| {
            live[value.0 as usize] = true;
            if values.is_computed(value) && key(values.place(value)) != by {
                elsewhere.push(value);
            }
        };
        for sink in &sinks {
            read(&self.values, &mut live, sink.value, key(sink.place));
        }
        for at in (0..self.values.len() as u32).rev().map(ValueId) {
            if let (true, Definition::Computed(operation, arguments)) =
                (live[at.0 as usize], self.values.definition(at))
            {
                let by = key(self.values.place(at));
                for argument in &arguments[..operation.arity()] {
                    read(&self.values, &mut live, *argument, by);
                }
                groups.entry(by).or_default().values.push(at);
            }
        }
        for group in groups.values_mut() {
            group.values.reverse();
        }
        elsewhere.sort_unstable();
        elsewhere.dedup();
        for value in elsewhere {
            let place = self.values.place(value);
            let base = match self.materialised.get(&(value, place.space)) {
                Some(&base) => base,
                None => {
                    let count = self.values.spaces.count(place.space)?;
                    let base = self.program.reserve(count);
                    let sinks = &mut groups.entry(key(place)).or_default().sinks;
                    sinks.push((value, SinkTarget::Cells(base)));
                    base
                }
            };
            stored.insert(value, base);
        }
        for sink in sinks {
            groups.entry(key(sink.place)).or_default().sinks.push((sink.value, sink.to));
        }
        Ok((groups, stored))
    }

    /// Draws the tape of one stage.
    fn draw(
        &mut self,
        at: StageKey,
        group: Group,
        stored: &FxHashMap<ValueId, u32>,
        index_cells: &mut FxHashMap<(crate::symbolic::ExprId, SpaceId), u32>,
    ) -> Result<Drawn, LowerError> {
        let space = at.2;
        let count = self.values.spaces.count(space)?;
        let mut drawn = Drawn { count, builder: TapeBuilder::new(), inputs: Vec::new(), outputs: Vec::new() };
        let mut known: FxHashMap<ValueId, Value> = FxHashMap::default();
        let here = |s: &Self, v: ValueId| s.values.is_computed(v) && key(s.values.place(v)) == at;
        let mut needed: Vec<ValueId> = Vec::new();
        for &value in &group.values {
            if let Definition::Computed(operation, arguments) = self.values.definition(value) {
                needed.extend(&arguments[..operation.arity()]);
            }
        }
        needed.extend(group.sinks.iter().map(|(value, _)| *value));
        for value in needed {
            if known.contains_key(&value) || here(self, value) {
                continue;
            }
            let drawn_value = match self.values.as_constant(value) {
                Some(x) => drawn.builder.constant(x),
                None => {
                    let cells = self.cells_of(value, space, stored, index_cells)?;
                    drawn.inputs.push((cells, self.values.place(value).tier));
                    drawn.builder.input()
                }
            };
            known.insert(value, drawn_value);
        }
        for value in group.values {
            if let Definition::Computed(operation, arguments) = self.values.definition(value) {
                let arguments = arguments.map(|a| known[&a]);
                let result = drawn.builder.apply(operation, &arguments[..operation.arity()]);
                known.insert(value, result);
            }
        }
        for (value, to) in group.sinks {
            let cells = match to {
                SinkTarget::Cells(base) => Cells::Affine { base, stride: u32::from(space != SpaceId::SCALAR) },
                SinkTarget::Table(table) => Cells::new(table),
            };
            drawn.outputs.push((known[&value], cells));
        }
        Ok(drawn)
    }

    /// Where a stage over `space` reads a value that it does not compute.
    fn cells_of(
        &mut self,
        value: ValueId,
        space: SpaceId,
        stored: &FxHashMap<ValueId, u32>,
        index_cells: &mut FxHashMap<(crate::symbolic::ExprId, SpaceId), u32>,
    ) -> Result<Cells, LowerError> {
        let of = self.values.place(value).space;
        let spread = |s: &mut Self, base: u32| -> Result<Cells, LowerError> {
            let terms = s.values.spaces.projection(space, of)?;
            Ok(Cells::new(terms.into_iter().map(|term| base + term).collect()))
        };
        match self.values.definition(value) {
            Definition::Cell(cell) => Ok(Cells::Affine { base: cell, stride: 0 }),
            Definition::Element { array, index } => {
                Ok(Cells::new(self.element_cells(self.arrays[array as usize], index, space)?))
            }
            Definition::Index(expr) => {
                if let Some(&base) = index_cells.get(&(expr, space)) {
                    return Ok(Cells::Affine { base, stride: 1 });
                }
                let values = self.values.spaces.values(space, expr)?;
                let base = self.program.constant_cells(&values);
                index_cells.insert((expr, space), base);
                Ok(Cells::Affine { base, stride: 1 })
            }
            Definition::PerTerm(base) => spread(self, base),
            Definition::Computed(..) => {
                let base = stored[&value];
                if of == SpaceId::SCALAR { Ok(Cells::Affine { base, stride: 0 }) } else { spread(self, base) }
            }
            Definition::Constant(_) => Err(LowerError::NotScalar),
        }
    }

    /// Running sums whose terms nobody else reads replace them: less memory to walk through.
    fn scan_in_place(&mut self, drawn: &mut BTreeMap<StageKey, Drawn>) {
        let mut readers = vec![0u32; self.program.cells()];
        for stage in drawn.values() {
            for (cells, _) in &stage.inputs {
                (0..stage.count).for_each(|term| readers[cells.at(term)] += 1);
            }
        }
        for (_, _, after) in &self.afters {
            after.for_each_read(&self.program, |cell| readers[cell as usize] += 1);
        }
        for binding in &self.program.outputs {
            (0..binding.length).for_each(|k| readers[binding.cell as usize + k] += 1);
        }
        for (tier, phase, after) in &mut self.afters {
            let After::Scan { source, target, count, .. } = after else { continue };
            let (from, to, count) = (*source, *target, *count);
            let written = drawn.iter_mut().filter(|((t, p, _), _)| t == tier && p == phase);
            let outputs = written.flat_map(|(_, stage)| &mut stage.outputs);
            let terms: Vec<&mut Cells> = outputs
                .map(|(_, cells)| cells)
                .filter(|cells| **cells == Cells::Affine { base: from, stride: 1 })
                .collect();
            if (from..from + count).all(|cell| readers[cell as usize] == 1) && terms.len() == 1 {
                terms.into_iter().for_each(|cells| *cells = Cells::Affine { base: to, stride: 1 });
                *source = to;
            }
        }
    }

    /// Notes for each cell which tier writes it.
    fn find_cell_tiers(&mut self, drawn: &BTreeMap<StageKey, Drawn>) {
        let mut tiers = vec![0u8; self.program.cells()];
        let mut mark = |base: u32, count: usize, tier: u8| tiers[base as usize..base as usize + count].fill(tier);
        for (tier, bindings) in self.program.inputs.iter().enumerate() {
            bindings.iter().for_each(|b| mark(b.cell, b.length, tier as u8));
        }
        for after in self.afters.iter().map(|(_, _, after)| after) {
            if let After::Solve { number, solver: Solver::Symmetric { n, .. } | Solver::General { n, .. }, .. } = after
                && let Some(matrix) = self.program.matrix_of(*number)
            {
                mark(matrix, n * n, 1);
            }
        }
        for ((tier, ..), stage) in drawn {
            for (_, cells) in &stage.outputs {
                (0..stage.count).map(|term| cells.at(term)).filter(|cell| *cell != 0).for_each(|cell| {
                    mark(cell as u32, 1, *tier);
                });
            }
        }
        for (tier, _, after) in &self.afters {
            after.for_each_written(&self.program, |base, count| mark(base, count, *tier));
        }
        self.program.cell_tiers = tiers;
    }

    fn finish_scalar(&mut self, tier: u8, drawn: Drawn) -> ScalarStage {
        let scratch = self.program.cells() as u32;
        let outputs: Vec<(Value, Option<u32>)> =
            drawn.outputs.iter().map(|(value, cells)| (*value, Some(cells.first()))).collect();
        let inputs: Vec<u32> = drawn.inputs.iter().map(|(cells, _)| cells.first()).collect();
        let program = &mut self.program;
        let mut constant = |x: f64| program.constant_cell(x);
        let single = drawn.builder.finish(&outputs, Placement { inputs: &inputs, constant: &mut constant, scratch });
        self.program.singles = self.program.singles.max(single.slots);
        ScalarStage { single, native: None, blocks: self.finish_blocks(tier, &drawn) }
    }

    fn finish_loop(&mut self, tier: u8, drawn: Drawn) -> LoopStage {
        let mut loads = Vec::new();
        let inputs: Vec<u32> = drawn
            .inputs
            .iter()
            .map(|(cells, _)| match cells {
                Cells::Affine { base, stride: 0 } => base | UNIFORM,
                cells => {
                    loads.push((loads.len() as u32, cells.clone()));
                    loads.len() as u32 - 1
                }
            })
            .collect();
        let outputs: Vec<(Value, Option<u32>)> = drawn.outputs.iter().map(|(value, _)| (*value, None)).collect();
        let program = &mut self.program;
        let mut constant = |x: f64| program.constant_cell(x) | UNIFORM;
        let scratch = loads.len() as u32;
        let terms = drawn.builder.finish(&outputs, Placement { inputs: &inputs, constant: &mut constant, scratch });
        let stores = terms.outputs.iter().copied().zip(drawn.outputs.iter().map(|(_, cells)| cells.clone())).collect();
        LoopStage { count: drawn.count, terms, loads, stores, blocks: self.finish_blocks(tier, &drawn) }
    }

    fn finish_blocks(&mut self, tier: u8, drawn: &Drawn) -> BlockTapes {
        if tier == 0 {
            return BlockTapes::default();
        }
        let wide = (tier > 1).then(|| self.finish_block_tape(1, drawn));
        BlockTapes { narrow: self.finish_block_tape(tier, drawn), wide }
    }

    /// The tape of a stage for blocks: earlier tiers than `uniform_below` are uniform.
    fn finish_block_tape(&mut self, uniform_below: u8, drawn: &Drawn) -> BlockTape {
        let mut block = BlockTape::default();
        let mut places = 0;
        let mut inputs = Vec::with_capacity(drawn.inputs.len());
        let moves = |cells: &Cells| !matches!(cells, Cells::Affine { stride: 0, .. });
        for (cells, tier) in &drawn.inputs {
            inputs.push(if *tier < uniform_below {
                match cells {
                    Cells::Affine { base, stride: 0 } => block.fixed_uniforms.push((places, *base)),
                    cells => block.moving_uniforms.push((places, cells.clone())),
                }
                places += 1;
                (places - 1) | UNIFORM
            } else {
                let slot = block.frame.len() as u32;
                block.frame.push(cells.first());
                if moves(cells) {
                    block.moving.push((slot, cells.clone()));
                }
                slot
            });
        }
        let mut outputs: Vec<(Value, Option<u32>)> = Vec::with_capacity(drawn.outputs.len());
        for (value, cells) in &drawn.outputs {
            let slot = block.frame.len() as u32;
            block.frame.push(cells.first());
            if moves(cells) {
                block.targets.push((slot, cells.clone()));
            }
            outputs.push((*value, Some(slot)));
        }
        let scratch = block.frame.len() as u32;
        let program = &mut self.program;
        let fixed = &mut block.fixed_uniforms;
        let mut constant = |x: f64| {
            fixed.push((places, program.constant_cell(x)));
            places += 1;
            (places - 1) | UNIFORM
        };
        let tape = drawn.builder.finish(&outputs, Placement { inputs: &inputs, constant: &mut constant, scratch });
        // Blocks behind the cells serve as scratch; the first of them takes what has no target.
        let behind = program.cells() as u32 + 1;
        block.frame.extend((0..(tape.slots as u32).saturating_sub(scratch)).map(|k| behind + k));
        program.blocks = program.blocks.max(behind as usize + tape.slots - scratch as usize);
        block.tape = tape;
        block
    }
}
