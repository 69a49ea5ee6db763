//! Learned functions: nodes collected into groups, groups written as tensor programs.

use super::space::SpaceId;
use super::{Array, LowerError, Lowering};
use crate::kernel::net::{NetGroup, NetInput, NetOutput};
use crate::kernel::program::After;
use crate::limits;
use crate::symbolic::{ExprId, NetId, Node};
use crate::tensor::net::{self, Direction};
use crate::tensor::{Builder, Ordered, Shape, Value};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// The derivatives of one net at one point for the terms of one space.
#[derive(Debug)]
pub(crate) struct Group {
    net: NetId,
    point: ExprId,
    space: SpaceId,
    nodes: Vec<Wanted>,
}

/// Which elements of a node are read.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    elements: BTreeSet<u32>,
    /// Whether the whole array is an argument, or is read at a running index.
    whole: bool,
}

/// One of them.
#[derive(Debug)]
struct Wanted {
    expr: ExprId,
    weight: Option<ExprId>,
    tangents: Box<[ExprId]>,
    /// Where it goes.
    base: u32,
    length: u32,
    /// When all it is made of is there.
    ready: (u8, u32),
}

/// An array of numbers known for each element, where it is written out.
type Elements = Vec<(u32, ExprId)>;

impl Lowering<'_> {
    /// Takes a node into its group; its value is an array.
    pub(super) fn lower_net(&mut self, expr: ExprId) -> Result<(), LowerError> {
        let graph = self.graph;
        let Node::Net { net, point, weight, tangents } = graph.node(expr) else { return Ok(()) };
        let space = self.values.spaces.of(expr);
        let terms = self.values.spaces.count(space)?;
        let length = graph.array_length(expr).unwrap_or(0);
        let base = self.program.reserve(terms * length as usize);
        let mut ready = (0, 0);
        for array in std::iter::once(point).chain(weight).chain(tangents.iter()) {
            self.note_read(*array, None);
            if let Some(number) = self.array_numbers.get(array) {
                let array = self.arrays[*number as usize];
                ready = ready.max((array.tier, array.phase));
            }
        }
        let wanted = Wanted { expr, weight: *weight, tangents: tangents.clone(), base, length, ready };
        match self.nets.iter_mut().find(|g| (g.net, g.point, g.space) == (*net, *point, space)) {
            Some(group) => group.nodes.push(wanted),
            None => self.nets.push(Group { net: *net, point: *point, space, nodes: vec![wanted] }),
        }
        let (tier, phase) = ready;
        self.name_array(
            expr,
            Array { base, length: length as usize, outer: space, tier, phase: phase + 1, outside: 0 },
        );
        Ok(())
    }

    /// Notes what is read of a net: an element, or the whole array.
    pub(super) fn note_read(&mut self, array: ExprId, index: Option<ExprId>) {
        if !matches!(self.graph.node(array), Node::Net { .. }) {
            return;
        }
        let reads = self.net_reads.entry(array).or_default();
        match index.and_then(|index| u32::try_from(self.graph.as_integer(index)?).ok()) {
            Some(element) => drop(reads.elements.insert(element)),
            None => reads.whole = true,
        }
    }

    /// The elements of a gradient of a directional derivative that are read, where they are few enough to
    /// be second derivatives by pairs of directions: `(∂/∂x w·Df[t])ᵢ = w·D²f[t, eᵢ]` needs the stream of
    /// `eᵢ` and no way back. A mass matrix reads the velocities, whose streams it has anyway.
    fn elements_read(&self, group: &Group) -> Vec<Option<BTreeSet<u32>>> {
        let support = |array: &ExprId| -> Option<Vec<u32>> {
            let elements = self.written_out(*array)?;
            let zero = |e: ExprId| self.graph.as_number(e).is_some_and(|n| n.is_zero());
            Some(elements.into_iter().filter(|(_, value)| !zero(*value)).map(|(k, _)| k).collect())
        };
        let candidate = |node: &Wanted| -> Option<BTreeSet<u32>> {
            let reads = self.net_reads.get(&node.expr)?;
            let fits = node.weight.is_some() && !node.tangents.is_empty() && !reads.whole;
            fits.then(|| reads.elements.clone())
        };
        let found: Vec<Option<BTreeSet<u32>>> = group.nodes.iter().map(candidate).collect();
        let directions: BTreeSet<(ExprId, Option<Vec<u32>>)> =
            group.nodes.iter().flat_map(|n| n.tangents.iter()).map(|t| (*t, support(t))).collect();
        // One stream for each unit vector, and for each direction that they do not span.
        let streams = |units: &BTreeSet<u32>| {
            let single = directions.iter().filter_map(|(_, s)| s.as_deref().filter(|s| s.len() == 1).map(|s| s[0]));
            let units: BTreeSet<u32> = single.chain(units.iter().copied()).collect();
            let inputs = self.graph.net_info(group.net).inputs;
            let spanned = |s: &Option<Vec<u32>>| match s {
                Some(support) => support.iter().all(|k| units.contains(k)),
                None => units.len() == inputs as usize,
            };
            units.len() + directions.iter().filter(|(_, s)| !spanned(s)).count()
        };
        let units: BTreeSet<u32> = found.iter().flatten().flatten().copied().collect();
        let gradients = found.iter().flatten().count();
        if streams(&units) <= streams(&BTreeSet::new()) + gradients { found } else { vec![None; group.nodes.len()] }
    }

    /// The arrays of a net node that are computed: directions and weights of plain numbers are part of
    /// its program.
    pub(super) fn for_each_net_array(&self, expr: ExprId, mut visit: impl FnMut(ExprId)) {
        if let Node::Net { point, weight, tangents, .. } = self.graph.node(expr) {
            visit(*point);
            weight.iter().chain(tangents.iter()).filter(|a| self.numbers(**a).is_none()).for_each(|a| visit(*a));
        }
    }

    /// The elements of an array that is written out, absent ones being 0.
    fn written_out(&self, array: ExprId) -> Option<Elements> {
        let Node::Scatter { entries, .. } = self.graph.node(array) else { return None };
        let mut elements = Elements::with_capacity(entries.len());
        for entry in entries {
            let at = u32::try_from(self.graph.as_integer(entry.index)?).ok()?;
            if elements.iter().any(|(k, _)| *k == at) {
                return None;
            }
            elements.push((at, entry.value));
        }
        Some(elements)
    }

    /// The elements of an array of numbers.
    fn numbers(&self, array: ExprId) -> Option<Vec<(u32, f64)>> {
        let number = |(at, value): (u32, ExprId)| Some((at, self.graph.as_number(value)?.to_f64()));
        self.written_out(array)?.into_iter().map(number).collect()
    }

    /// Writes the programs of all groups and schedules their stages.
    pub(super) fn finish_nets(&mut self) -> Result<(), LowerError> {
        for group in std::mem::take(&mut self.nets) {
            let group = self.finish_net(group)?;
            let number = self.program.nets.len();
            for (stage, (tier, phase)) in group.stages.iter().enumerate() {
                let stage = stage as u32;
                if !group.program.is_idle(stage) {
                    self.afters.push((*tier, *phase, After::Net { group: number, stage }));
                }
            }
            self.program.nets.push(group);
        }
        Ok(())
    }

    fn finish_net(&mut self, group: Group) -> Result<NetGroup, LowerError> {
        let info = self.graph.net_info(group.net).clone();
        let mut writer = Writer { b: Builder::new(), inputs: Vec::new(), slots: FxHashMap::default() };
        let shapes = info.architecture.weights(info.inputs, info.outputs);
        let parameters: Vec<Value> =
            shapes.iter().zip(0..).map(|(w, slot)| writer.b.parameter(slot, w.rows, w.columns)).collect();
        let point = self.array_input(&mut writer, &group, group.point)?;
        let elements = self.elements_read(&group);
        let mut requests = Vec::with_capacity(group.nodes.len());
        let mut scales = Vec::with_capacity(group.nodes.len());
        for node in &group.nodes {
            let mut scale = None;
            let weight = match node.weight {
                None => None,
                Some(array) => Some(match self.numbers(array) {
                    Some(numbers) => {
                        let mut column = vec![0.0; info.outputs as usize];
                        numbers.into_iter().for_each(|(k, x)| column[k as usize] = x);
                        let column: Vec<Value> = column.into_iter().map(|x| writer.b.constant(x)).collect();
                        writer.b.concat(&column)
                    }
                    // The gradient of one output is linear in its weight: all weights share one.
                    None if info.outputs == 1 => {
                        scale = Some(self.array_input(&mut writer, &group, array)?);
                        writer.b.constant(1.0)
                    }
                    None => self.array_input(&mut writer, &group, array)?,
                }),
            };
            let tangents: Result<Vec<Direction>, LowerError> =
                node.tangents.iter().map(|t| self.direction(&mut writer, &group, *t, info.inputs)).collect();
            requests.push(net::Request { weight, tangents: tangents? });
            scales.push(scale);
        }
        let b = &mut writer.b;
        // Streams of unit vectors first: what they span costs no product.
        let mut order: Vec<usize> = (0..requests.len()).filter(|k| elements[*k].is_some()).collect();
        order.sort_by_key(|k| requests[*k].tangents.iter().map(Vec::len).max());
        let mut values: Vec<Option<Value>> = vec![None; requests.len()];
        let whole: Vec<usize> = (0..requests.len()).filter(|k| elements[*k].is_none()).collect();
        let asked: Vec<net::Request> = whole.iter().map(|k| requests[*k].clone()).collect();
        let (shape, inputs, outputs) = (&info.architecture, info.inputs, info.outputs);
        let found = net::emit(b, shape, inputs, outputs, &parameters, point, &asked);
        whole.iter().zip(found).for_each(|(k, value)| values[*k] = Some(value));
        for k in order {
            let net::Request { weight, tangents } = &requests[k];
            let zero = b.zeros(Shape::lanes(1));
            let mut rows = vec![zero; inputs as usize];
            for element in elements[k].iter().flatten() {
                let unit = vec![(*element, b.constant(1.0))];
                let tangents = tangents.iter().cloned().chain([unit]).collect();
                let term = net::Term { weight: *weight, tangents };
                rows[*element as usize] = net::contraction(b, shape, inputs, outputs, &parameters, point, &[term]);
            }
            values[k] = Some(b.concat(&rows));
        }
        let scaled = |(value, scale): (Option<Value>, Option<Value>)| {
            let value = value.expect("invariant: every node is written");
            scale.map_or(value, |scale| b.mul(scale, value))
        };
        let values: Vec<Value> = values.into_iter().zip(scales).map(scaled).collect();
        let mut stages: Vec<(u8, u32)> = group.nodes.iter().map(|n| n.ready).collect();
        stages.extend(writer.inputs.iter().map(|(_, ready)| *ready));
        stages.sort_unstable();
        stages.dedup();
        let stage_of = |ready: (u8, u32)| stages.partition_point(|s| *s < ready) as u32;
        let slots: Vec<u32> = writer.inputs.iter().map(|(_, ready)| stage_of(*ready)).collect();
        let outputs: Vec<(Value, u32)> =
            values.iter().zip(&group.nodes).map(|(value, node)| (*value, stage_of(node.ready))).collect();
        let program = Ordered::new(&writer.b, stages.len() as u32, |slot| slots[slot as usize], &outputs);
        let count = self.values.spaces.count(group.space)?;
        let numbers = program.kept_numbers().saturating_mul(count as u64);
        if numbers > limits::NET_NUMBERS {
            return Err(LowerError::NetTooLarge { name: info.name, terms: count, numbers });
        }
        let inputs = writer.inputs.into_iter().zip(slots).map(|((input, _), stage)| NetInput { stage, ..input });
        Ok(NetGroup {
            net: group.net.index(),
            count,
            program,
            inputs: inputs.collect(),
            stages,
            outputs: group
                .nodes
                .iter()
                .zip(&outputs)
                .map(|(node, (_, stage))| NetOutput { base: node.base, length: node.length, stage: *stage })
                .collect(),
        })
    }

    /// A direction: numbers and elements of an array.
    fn direction(
        &mut self,
        writer: &mut Writer,
        group: &Group,
        array: ExprId,
        inputs: u32,
    ) -> Result<Direction, LowerError> {
        let Some(elements) = self.written_out(array) else {
            let whole = self.array_input(writer, group, array)?;
            return Ok((0..inputs).map(|k| (k, writer.b.slice(whole, k, 1))).collect());
        };
        let mut direction = Direction::with_capacity(elements.len());
        for (k, value) in elements {
            let coefficient = match self.graph.as_number(value) {
                Some(number) => writer.b.constant(number.to_f64()),
                None => self.element_input(writer, group, array, k, value)?,
            };
            direction.push((k, coefficient));
        }
        Ok(direction)
    }

    /// An array of cells as an input, each once.
    fn array_input(&mut self, writer: &mut Writer, group: &Group, array: ExprId) -> Result<Value, LowerError> {
        if let Some(value) = writer.slots.get(&array) {
            return Ok(*value);
        }
        let (cells, length, ready) = self.array_cells(group, array)?;
        let value = writer.input(NetInput { cells, length, stage: 0 }, ready);
        writer.slots.insert(array, value);
        Ok(value)
    }

    /// One element of an array, by what it is: the same quantity in two directions is one input.
    fn element_input(
        &mut self,
        writer: &mut Writer,
        group: &Group,
        array: ExprId,
        k: u32,
        expr: ExprId,
    ) -> Result<Value, LowerError> {
        if let Some(value) = writer.slots.get(&expr) {
            return Ok(*value);
        }
        let (mut cells, _, ready) = self.array_cells(group, array)?;
        cells.iter_mut().for_each(|cell| *cell += k);
        let value = writer.input(NetInput { cells, length: 1, stage: 0 }, ready);
        writer.slots.insert(expr, value);
        Ok(value)
    }

    /// The first cell of an array for each term of a group, its length, and when it is there.
    fn array_cells(&mut self, group: &Group, array: ExprId) -> Result<(Vec<u32>, u32, (u8, u32)), LowerError> {
        let number = *self.array_numbers.get(&array).ok_or(LowerError::NotScalar)?;
        let Array { base, length, outer, tier, phase, .. } = self.arrays[number as usize];
        let terms = self.values.spaces.projection(group.space, outer)?;
        let cells = terms.into_iter().map(|term| base + term * length as u32).collect();
        Ok((cells, length as u32, (tier, phase)))
    }
}

/// A program under construction.
struct Writer {
    b: Builder,
    /// By slot: what goes in, and when it is there.
    inputs: Vec<(NetInput, (u8, u32))>,
    slots: FxHashMap<ExprId, Value>,
}

impl Writer {
    fn input(&mut self, input: NetInput, ready: (u8, u32)) -> Value {
        let slot = self.inputs.len() as u32;
        let value = self.b.input(slot, input.length);
        self.inputs.push((input, ready));
        value
    }
}
