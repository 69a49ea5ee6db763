//! Signs of a legend, and the scale of colours beside a frame.

use super::palette::{AXIS, INK, PAPER, Ramp};
use super::panel::{CAPTION, SMALL, TICK, y_count};
use super::ruler::{Quantity, Ruler, Scale};
use super::scene::{Anchor, Colour, Dash, Point, Scene, Shape, Stroke};
use super::trace::Frame;

/// Room for the sign before a name.
pub const SWATCH: f64 = 13.0;
/// Room for a scale of colours beside the frame.
pub const BAR: f64 = 46.0;

/// What stands before a name in a legend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Swatch {
    /// A piece of line.
    Line(Stroke),
    /// A disc.
    Disc(Colour),
    /// A ring.
    Ring(Colour),
    /// A cross.
    Cross(Colour),
    /// A box of colour.
    Box(Colour),
}

/// The scale of colours beside an image.
#[derive(Clone, Debug, PartialEq)]
pub struct ColourBar {
    /// What the colours mean.
    pub quantity: Quantity,
    /// Value of the first colour.
    pub low: f64,
    /// Value of the last colour.
    pub high: f64,
    /// Colour of a share from 0 to 1.
    pub ramp: Ramp,
}

/// Draws a sign, its left end at a place.
pub fn draw_swatch(scene: &mut Scene, swatch: Swatch, at: Point) {
    let middle = (at.0 + SWATCH - 4.0, at.1);
    match swatch {
        Swatch::Line(stroke) => {
            let wide = Stroke { width: stroke.width.max(1.2), ..stroke };
            scene.line(at, (at.0 + SWATCH, at.1), wide);
        }
        Swatch::Disc(fill) => scene.push(Shape::Circle { centre: middle, radius: 2.0, fill, stroke: None }),
        Swatch::Cross(colour) => {
            let (x, y) = middle;
            let stroke = Stroke { colour, width: 1.0, dash: Dash::Solid };
            scene.line((x - 2.4, y - 2.4), (x + 2.4, y + 2.4), stroke);
            scene.line((x - 2.4, y + 2.4), (x + 2.4, y - 2.4), stroke);
        }
        Swatch::Box(fill) => {
            let (x, y) = middle;
            let points = vec![(x - 3.2, y - 3.0), (x + 3.2, y - 3.0), (x + 3.2, y + 3.0), (x - 3.2, y + 3.0)];
            scene.push(Shape::Area { points, fill, opacity: 1.0 });
        }
        Swatch::Ring(colour) => {
            let stroke = Some(Stroke { colour, width: 0.9, dash: Dash::Solid });
            scene.push(Shape::Circle { centre: middle, radius: 1.8, fill: PAPER, stroke });
        }
    }
}

/// Draws the scale to the right of a frame.
pub fn draw_bar(scene: &mut Scene, bar: &ColourBar, frame: Frame) {
    let [_, top, right, bottom] = frame;
    let (left, width) = (right + 8.0, 8.0);
    let pixels: Vec<Colour> = (0..64).map(|i| bar.ramp.colour(1.0 - (f64::from(i) + 0.5) / 64.0)).collect();
    scene.push(Shape::Image { at: (left, top), size: (width, bottom - top), columns: 1, pixels });
    let ruler = Ruler::new(&bar.quantity, bar.low, bar.high, Scale::Linear, y_count(bottom - top));
    let thin = Stroke { colour: AXIS, width: 0.6, dash: Dash::Solid };
    for tick in &ruler.ticks {
        let y = bottom - ruler.fraction(tick.value) * (bottom - top);
        scene.line((left + width, y), (left + width + TICK, y), thin);
        scene.text((left + width + TICK + 1.5, y + 0.36 * SMALL), Anchor::Start, SMALL, INK, tick.label.clone());
    }
    let caption = ruler.caption.within(BAR, CAPTION);
    scene.text((left + width + 26.0, top - 5.5), Anchor::End, CAPTION, INK, caption);
}
