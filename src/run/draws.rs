//! Random numbers of data: starts, drawn parameters, noise; each of its own index, or all from NumPy's legacy
//! generator in the order of the text.

use crate::data::legacy::RandomState;
use crate::diagnostic::Span;
use crate::model::system::{Start, StartValue};
use crate::real::Random;
use crate::run::prepare::Prepared;
use crate::run::start::{Chance, Counted};

/// What a random number is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    /// A start: variable, order, component.
    Start(usize, u32, usize),
    /// A drawn parameter, by its place among the draws.
    Draw(usize),
}

/// An axis of a grid of states: the start that it belongs to, by its place in the text, and its points.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    /// Where it is written.
    pub span: Span,
    /// Number of points, both ends among them.
    pub count: usize,
}

/// Noise of one column.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Noise {
    /// Its mean, in SI.
    pub mean: f64,
    /// Its standard deviation, in SI.
    pub deviation: f64,
}

/// All random numbers of NumPy's generator, for each trajectory in turn: first those of parameters and starts
/// in the order of the text, then the noise of each column over all rows, then that of the rates.
pub struct Legacy {
    order: Vec<For>,
    numbers: Vec<Vec<f64>>,
    noise: Vec<Vec<f64>>,
}

impl Legacy {
    /// Numbers for `count` trajectories of `rows` rows with so many noisy columns.
    pub fn new(prepared: &Prepared, axes: &[Axis], seed: u32, count: usize, rows: usize, noisy: usize) -> Legacy {
        let order = in_order(prepared, axes);
        let mut state = RandomState::new(seed);
        let (mut numbers, mut noise) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for _ in 0..count {
            let one = |(_, normal): &(For, bool)| if *normal { state.normal() } else { state.uniform() };
            numbers.push(order.iter().map(one).collect());
            noise.push((0..rows * noisy).map(|_| state.normal()).collect());
        }
        Legacy { order: order.into_iter().map(|o| o.0).collect(), numbers, noise }
    }

    fn number(&self, trajectory: usize, of: For) -> Option<f64> {
        self.order.iter().position(|o| *o == of).map(|k| self.numbers[trajectory][k])
    }
}

/// What is random, in the order of the text, and whether it is normal.
fn in_order(prepared: &Prepared, axes: &[Axis]) -> Vec<(For, bool)> {
    let normal = |v: &StartValue| match v {
        StartValue::Expr(_) => None,
        StartValue::Uniform(..) => Some(false),
        StartValue::Normal(..) => Some(true),
    };
    let mut list: Vec<(Span, usize, For, bool)> = Vec::new();
    for (place, d) in prepared.system.draws.iter().enumerate() {
        list.extend(normal(&d.value).map(|n| (d.span, d.component, For::Draw(place), n)));
    }
    for s in prepared.system.starts.iter().filter(|s| axes.iter().all(|a| a.span != s.span)) {
        let of = For::Start(s.variable, s.order, s.component);
        list.extend(normal(&s.value).map(|n| (s.span, s.component, of, n)));
    }
    list.sort_by_key(|(span, component, ..)| (span.file, span.start, *component));
    list.into_iter().map(|(.., of, normal)| (of, normal)).collect()
}

/// Whether anything differs from trajectory to trajectory.
pub fn anything_random(prepared: &Prepared) -> bool {
    !in_order(prepared, &[]).is_empty()
}

/// The random numbers of one trajectory.
pub struct Numbers<'a> {
    /// By index, where no other generator is asked for.
    pub counted: Counted<'a>,
    /// NumPy's.
    pub legacy: Option<&'a Legacy>,
    /// Axes of a grid, slowest first.
    pub axes: &'a [Axis],
}

impl Numbers<'_> {
    fn k(&self) -> usize {
        self.counted.trajectory as usize
    }

    /// Standard normal numbers for the noise of column `column` (of those that are noisy, rates behind
    /// values), called `name`.
    pub fn noise(&self, column: usize, name: &str, rows: usize) -> Vec<f64> {
        match self.legacy {
            Some(legacy) => legacy.noise[self.k()][column * rows..(column + 1) * rows].to_vec(),
            None => {
                let mut stream =
                    Random::new(self.counted.prepared.seed, &format!("noise {name}")).stream(self.counted.trajectory);
                (0..rows).map(|_| stream.normal()).collect()
            }
        }
    }
}

impl Chance for Numbers<'_> {
    fn start(&self, start: &Start, normal: bool) -> f64 {
        // The last axis runs fastest.
        let mut rest = self.k();
        for axis in self.axes.iter().rev() {
            if axis.span == start.span {
                return (rest % axis.count) as f64 / (axis.count - 1).max(1) as f64;
            }
            rest /= axis.count;
        }
        let of = For::Start(start.variable, start.order, start.component);
        match self.legacy.and_then(|l| l.number(self.k(), of)) {
            Some(number) => number,
            None => self.counted.start(start, normal),
        }
    }

    fn draw(&self, place: usize, normal: bool) -> f64 {
        match self.legacy.and_then(|l| l.number(self.k(), For::Draw(place))) {
            Some(number) => number,
            None => self.counted.draw(place, normal),
        }
    }
}
