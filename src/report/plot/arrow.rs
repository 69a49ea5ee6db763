//! Arrows: heads along lines, and the arrows of a vector field.

use super::scene::{Colour, Dash, Point, Scene, Shape, Stroke};

/// An arrow of a vector field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrow {
    /// Its middle.
    pub at: Point,
    /// Its direction in the units of both axes.
    pub direction: Point,
    /// Its length: 1 is the distance of neighbours.
    pub length: f64,
    /// Its colour.
    pub colour: Colour,
}

/// Distance of arrow heads along a line.
const APART: f64 = 70.0;
/// Size of the heads along lines.
const HEAD: f64 = 3.4;

/// Arrow heads along a line: one in the middle, or as many as keep a distance.
pub fn heads_along(scene: &mut Scene, line: &[Point], colour: Colour) {
    let whole = length(line);
    if whole <= 14.0 {
        return;
    }
    let count = (whole / APART).round().max(1.0);
    let (mut along, mut next) = (0.0, 0.5);
    for tip in 1..line.len() {
        along += distance(line[tip - 1], line[tip]);
        if along >= next * whole / count {
            arrow_head(scene, line, tip, colour, HEAD);
            next += 1.0;
        }
    }
}

/// Arrows around places of the page; `scale` is points of the page for the units of the axes, `unit` the length of 1.
pub fn arrows<'a>(scene: &mut Scene, shown: impl Iterator<Item = (Point, &'a Arrow)>, scale: Point, unit: f64) {
    let width = (0.075 * unit).clamp(0.45, 1.1);
    let mut resting: Vec<Point> = Vec::new();
    let mut colour_of_rest = None;
    for (at, arrow) in shown {
        let (dx, dy) = (arrow.direction.0 * scale.0, -arrow.direction.1 * scale.1);
        let size = (dx * dx + dy * dy).sqrt();
        let reach = arrow.length * unit;
        if !(size > 0.0 && size.is_finite() && reach >= 0.4) {
            if size == 0.0 || reach < 0.4 {
                resting.push(at);
                colour_of_rest = Some(arrow.colour);
            }
            continue;
        }
        let (ux, uy) = (dx / size, dy / size);
        let (from, tip) =
            ((at.0 - 0.5 * reach * ux, at.1 - 0.5 * reach * uy), (at.0 + 0.5 * reach * ux, at.1 + 0.5 * reach * uy));
        let head = (0.42 * reach).min(0.34 * unit).max(1.1).min(reach);
        let base = (tip.0 - ux * head, tip.1 - uy * head);
        let half = 0.38 * head;
        let stroke = Stroke { colour: arrow.colour, width, dash: Dash::Solid };
        scene.line(from, (tip.0 - 0.7 * ux * head, tip.1 - 0.7 * uy * head), stroke);
        let corners = vec![tip, (base.0 - uy * half, base.1 + ux * half), (base.0 + uy * half, base.1 - ux * half)];
        scene.push(Shape::Area { points: corners, fill: arrow.colour, opacity: 1.0 });
    }
    if let Some(fill) = colour_of_rest {
        scene.push(Shape::Dots { centres: resting, radius: 0.4, fill });
    }
}

fn length(line: &[Point]) -> f64 {
    line.windows(2).map(|w| distance(w[0], w[1])).sum()
}

fn distance(a: Point, b: Point) -> f64 {
    ((a.0 - b.0) * (a.0 - b.0) + (a.1 - b.1) * (a.1 - b.1)).sqrt()
}

/// A filled triangle whose tip is point `tip` of the line, along the line's direction there.
pub fn arrow_head(scene: &mut Scene, line: &[Point], tip: usize, colour: Colour, size: f64) {
    let Some(end) = line.get(tip).copied() else { return };
    let Some(start) = line[..tip].iter().rev().find(|p| distance(**p, end) > 0.7 * size).copied() else { return };
    let reach = distance(start, end);
    let (ux, uy) = ((end.0 - start.0) / reach, (end.1 - start.1) / reach);
    let base = (end.0 - ux * size, end.1 - uy * size);
    let half = 0.42 * size;
    let corners = vec![end, (base.0 - uy * half, base.1 + ux * half), (base.0 + uy * half, base.1 - ux * half)];
    scene.push(Shape::Area { points: corners, fill: colour, opacity: 1.0 });
}
