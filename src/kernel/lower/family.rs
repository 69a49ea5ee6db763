//! Reads, sums over domains, running sums and scatters.

use super::space::SpaceId;
use super::values::{Definition, Place, ValueId};
use super::{Array, LowerError, Lowering, Sink, SinkTarget};
use crate::kernel::program::{After, Contribution};
use crate::symbolic::{DomainId, Entry, ExprId, FoldOp};

impl Lowering<'_> {
    pub(super) fn lower_index(&mut self, expr: ExprId) -> ValueId {
        let space = self.values.spaces.of(expr);
        self.values.load(Definition::Index(expr), Place { tier: 0, phase: 0, space })
    }

    pub(super) fn lower_read(&mut self, expr: ExprId, array: ExprId, index: ExprId) -> Result<ValueId, LowerError> {
        let number = *self.array_numbers.get(&array).ok_or(LowerError::NotScalar)?;
        let Array { tier, phase, .. } = self.arrays[number as usize];
        self.note_read(array, Some(index));
        let space = self.values.spaces.of(expr);
        if space == SpaceId::SCALAR {
            let cell = self.element_cells(self.arrays[number as usize], index, SpaceId::SCALAR)?[0];
            return Ok(self.values.load(Definition::Cell(cell), Place { tier, phase, space }));
        }
        Ok(self.values.load(Definition::Element { array: number, index }, Place { tier, phase, space }))
    }

    /// The cell of `array[index]` for every term of `space`.
    pub(super) fn element_cells(
        &mut self,
        array: Array,
        index: ExprId,
        space: SpaceId,
    ) -> Result<Vec<u32>, LowerError> {
        let indices = self.values.spaces.values(space, index)?;
        let outer = self.values.spaces.projection(space, array.outer)?;
        let cell = |(at, outer): (&f64, &u32)| {
            let inside = *at >= 0.0 && *at < array.length as f64 && at.fract() == 0.0;
            if inside { array.base + outer * array.length as u32 + *at as u32 } else { array.outside }
        };
        Ok(indices.iter().zip(&outer).map(cell).collect())
    }

    /// The terms of `whole` that belong to each term of `part`: where each run starts, and the end.
    fn segments(&mut self, whole: SpaceId, part: SpaceId) -> Result<Vec<u32>, LowerError> {
        let belongs = self.values.spaces.projection(whole, part)?;
        let mut starts = vec![0u32; self.values.spaces.count(part)? + 1];
        for part in &belongs {
            starts[*part as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        Ok(starts)
    }

    /// The spaces of a node that binds `domain`: with it and without.
    fn bound_spaces(&mut self, expr: ExprId, domain: DomainId) -> (SpaceId, SpaceId) {
        let outer = self.values.spaces.of(expr);
        let inner = self.values.spaces.space([domain]);
        (self.values.spaces.union(outer, inner), outer)
    }

    /// What a node that binds a domain leaves behind: one cell per term of the outer space.
    fn reduced(&mut self, base: u32, place: Place, outer: SpaceId) -> ValueId {
        let definition = if outer == SpaceId::SCALAR { Definition::Cell(base) } else { Definition::PerTerm(base) };
        self.values.load(definition, Place { tier: place.tier, phase: place.phase + 1, space: outer })
    }

    pub(super) fn lower_sum_over(
        &mut self,
        expr: ExprId,
        domain: DomainId,
        body: ExprId,
    ) -> Result<ValueId, LowerError> {
        let (whole, outer) = self.bound_spaces(expr, domain);
        let body = self.lowered[&body];
        let (source, place) = self.materialise(body, whole)?;
        let segments = self.segments(whole, outer)?;
        let target = self.program.reserve(segments.len() - 1);
        self.afters.push((place.tier, place.phase, After::Sum { source, segments, target }));
        Ok(self.reduced(target, place, outer))
    }

    pub(super) fn lower_fold(
        &mut self,
        expr: ExprId,
        op: FoldOp,
        domain: DomainId,
        body: ExprId,
    ) -> Result<ValueId, LowerError> {
        let (whole, outer) = self.bound_spaces(expr, domain);
        let body = self.lowered[&body];
        let (source, place) = self.materialise(body, whole)?;
        let segments = self.segments(whole, outer)?;
        let target = self.program.reserve(segments.len() - 1);
        let minimum = op == FoldOp::Min;
        self.afters.push((place.tier, place.phase, After::Extreme { source, segments, target, minimum }));
        Ok(self.reduced(target, place, outer))
    }

    pub(super) fn lower_scan(
        &mut self,
        expr: ExprId,
        domain: DomainId,
        body: ExprId,
        reverse: bool,
    ) -> Result<(), LowerError> {
        let (whole, outer) = self.bound_spaces(expr, domain);
        let body = self.lowered[&body];
        let (source, place) = self.materialise(body, whole)?;
        let count = self.values.spaces.count(whole)?;
        let length = usize::try_from(self.graph.domain_info(domain).extent()).unwrap_or(0);
        let target = self.program.reserve(count);
        let after = After::Scan { source, target, count: count as u32, length: length.max(1) as u32, reverse };
        self.afters.push((place.tier, place.phase, after));
        let array = Array { base: target, length, outer, tier: place.tier, phase: place.phase + 1, outside: 0 };
        self.name_array(expr, array);
        Ok(())
    }

    pub(super) fn lower_scatter(
        &mut self,
        expr: ExprId,
        length: u32,
        outer: &[DomainId],
        entries: &[Entry],
    ) -> Result<(), LowerError> {
        let outer = self.values.spaces.space(outer.iter().copied());
        let array = self.assemble(entries, length as usize, outer)?;
        self.name_array(expr, array);
        Ok(())
    }

    pub(super) fn name_array(&mut self, expr: ExprId, array: Array) {
        self.array_numbers.insert(expr, self.arrays.len() as u32);
        self.arrays.push(array);
    }

    /// The array, for each term of `outer`, whose element `k` is the sum of the values of all
    /// entries and terms with index `k`; entries in order, their terms in order.
    pub(super) fn assemble(&mut self, entries: &[Entry], length: usize, outer: SpaceId) -> Result<Array, LowerError> {
        if let Some(array) = self.lying_in_order(entries, length, outer)? {
            return Ok(array);
        }
        let terms = self.values.spaces.count(outer)?;
        let base = self.program.reserve(terms * length);
        let mut array = Array { base, length, outer, tier: 0, phase: 0, outside: 0 };
        let mut parts = Vec::with_capacity(entries.len());
        for entry in entries {
            let value = self.lower(entry.value)?;
            let mut space = self.values.spaces.of(entry.index);
            for other in [self.values.spaces.of(entry.value), outer] {
                space = self.values.spaces.union(space, other);
            }
            let cells = self.element_cells(array, entry.index, space)?;
            parts.push((value, space, cells));
        }
        let mut hits = vec![0u32; terms * length];
        for cell in parts.iter().flat_map(|(_, _, cells)| cells).filter(|cell| **cell != 0) {
            hits[(cell - base) as usize] += 1;
        }
        let zero = self.values.constant(0.0);
        for (at, _) in hits.iter().enumerate().filter(|(_, n)| **n == 0) {
            self.cell_values.insert(base + at as u32, zero);
        }
        let once = hits.iter().all(|n| *n <= 1);
        let scalar = parts.iter().all(|(_, space, ..)| *space == SpaceId::SCALAR);
        if once || scalar {
            self.assemble_directly(&mut array, parts);
            return Ok(array);
        }
        let mut contributions = Vec::with_capacity(parts.len());
        for (value, space, cells) in parts {
            let (source, place) = self.materialise(value, space)?;
            let ready = (place.tier, place.phase);
            (array.tier, array.phase) = (array.tier, array.phase).max(ready);
            contributions.push(Contribution { source, cells });
        }
        let after = After::Scatter { target: base, length: (terms * length) as u32, contributions };
        self.afters.push((array.tier, array.phase, after));
        array.phase += 1;
        Ok(array)
    }

    /// The array where its elements already lie side by side, as the velocities that are the rates
    /// of the coordinates do: nothing is copied.
    fn lying_in_order(
        &mut self,
        entries: &[Entry],
        length: usize,
        outer: SpaceId,
    ) -> Result<Option<Array>, LowerError> {
        if outer != SpaceId::SCALAR || entries.is_empty() {
            return Ok(None);
        }
        let mut found: Vec<Option<u32>> = vec![None; length];
        let mut ready: Option<Place> = None;
        for entry in entries {
            let value = self.lower(entry.value)?;
            let place = self.values.place(value);
            let space = self.values.spaces.of(entry.index);
            if self.values.spaces.of(entry.value) != space {
                return Ok(None);
            }
            let cells = match self.values.definition(value) {
                Definition::Cell(cell) => vec![cell],
                Definition::Element { array, index } => {
                    self.element_cells(self.arrays[array as usize], index, space)?
                }
                _ => return Ok(None),
            };
            let phase = ready.map_or(place.phase, |known| known.phase.max(place.phase));
            if ready.is_some_and(|known| known.tier != place.tier) {
                return Ok(None);
            }
            ready = Some(Place { phase, space: SpaceId::SCALAR, ..place });
            let indices = self.values.spaces.values(space, entry.index)?;
            for (index, cell) in indices.iter().zip(cells) {
                let inside = *index >= 0.0 && index.fract() == 0.0;
                match found.get_mut(*index as usize).filter(|_| inside) {
                    Some(empty @ None) => *empty = Some(cell),
                    _ => return Ok(None),
                }
            }
        }
        let (Some(Some(base)), Some(Place { tier, phase, .. })) = (found.first().copied(), ready) else {
            return Ok(None);
        };
        // Cells 0 and 1 stand for what is read outside.
        let in_order = base > 1 && found.iter().zip(base..).all(|(cell, expected)| *cell == Some(expected));
        Ok(in_order.then_some(Array { base, length, outer, tier, phase, outside: 0 }))
    }

    /// Without a scatter: every element is written by one term, or all entries are scalars. All are
    /// written in the same tier, so that a block of states finds all of them among the blocks.
    fn assemble_directly(&mut self, array: &mut Array, parts: Vec<(ValueId, SpaceId, Vec<u32>)>) {
        let tier = parts.iter().map(|(value, ..)| self.values.place(*value).tier).max().unwrap_or(0);
        array.tier = tier;
        let mut sums: indexmap::IndexMap<u32, ValueId, rustc_hash::FxBuildHasher> = indexmap::IndexMap::default();
        for (value, space, cells) in parts {
            if space == SpaceId::SCALAR {
                if cells[0] != 0 {
                    let sum = match sums.get(&cells[0]) {
                        Some(&sum) => self.values.add(sum, value),
                        None => value,
                    };
                    sums.insert(cells[0], sum);
                }
                continue;
            }
            let phase = self.values.consumer_phase(tier, space, &[value]);
            let place = Place { tier, phase, space };
            self.sinks.push(Sink { value, place, to: SinkTarget::Table(cells) });
            array.phase = array.phase.max(phase + 1);
        }
        for (cell, sum) in sums {
            let phase = self.values.consumer_phase(tier, SpaceId::SCALAR, &[sum]);
            let place = Place { tier, phase, space: SpaceId::SCALAR };
            self.sinks.push(Sink { value: sum, place, to: SinkTarget::Cells(cell) });
            self.cell_values.insert(cell, sum);
            array.phase = array.phase.max(phase + 1);
        }
    }
}
