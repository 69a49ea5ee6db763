//! Shapes in points (1/72 inch), x to the right and y down: what both writers of pictures understand.

use super::text::Rich;

/// A place on the page.
pub type Point = (f64, f64);

/// Red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

/// Broken or not; lengths in multiples of the width of a thin line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Dash {
    /// Unbroken.
    #[default]
    Solid,
    /// Dashes.
    Dashed,
    /// Dots.
    Dotted,
}

impl Dash {
    /// Lengths of line and gap in points; empty for an unbroken line.
    pub fn lengths(self) -> &'static [f64] {
        match self {
            Dash::Solid => &[],
            Dash::Dashed => &[4.0, 2.0],
            Dash::Dotted => &[1.0, 1.6],
        }
    }
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    /// Its colour.
    pub colour: Colour,
    /// Its width in points.
    pub width: f64,
    /// Broken or not.
    pub dash: Dash,
}

/// Which point of a text lies at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The left end of the base line.
    Start,
    /// The middle of the base line.
    Middle,
    /// The right end of the base line.
    End,
}

/// One thing drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// An open line through points.
    Line {
        /// At least two.
        points: Vec<Point>,
        /// How.
        stroke: Stroke,
    },
    /// A filled polygon.
    Area {
        /// Its corners.
        points: Vec<Point>,
        /// Its colour.
        fill: Colour,
        /// From 0 (invisible) to 1.
        opacity: f64,
    },
    /// A disc or a ring.
    Circle {
        /// Its centre.
        centre: Point,
        /// Its radius.
        radius: f64,
        /// Inside.
        fill: Colour,
        /// Edge.
        stroke: Option<Stroke>,
    },
    /// Equal discs.
    Dots {
        /// Their centres.
        centres: Vec<Point>,
        /// Their radius.
        radius: f64,
        /// Inside.
        fill: Colour,
    },
    /// A label.
    Text {
        /// Place of the anchor.
        at: Point,
        /// Which point is placed.
        anchor: Anchor,
        /// Size of the letters.
        size: f64,
        /// Colour of the letters.
        colour: Colour,
        /// What it says.
        text: Rich,
    },
    /// A picture of equal rectangles.
    Image {
        /// Upper left corner.
        at: Point,
        /// Width and height on the page.
        size: (f64, f64),
        /// Rectangles in a row.
        columns: usize,
        /// Row after row from the top.
        pixels: Vec<Colour>,
    },
}

/// A page.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Width in points.
    pub width: f64,
    /// Height in points.
    pub height: f64,
    /// Back to front.
    pub shapes: Vec<Shape>,
}

impl Scene {
    /// An empty page.
    pub fn new(width: f64, height: f64) -> Scene {
        Scene { width, height, shapes: Vec::new() }
    }

    /// Adds a shape in front.
    pub fn push(&mut self, shape: Shape) {
        self.shapes.push(shape);
    }

    /// Adds a straight line.
    pub fn line(&mut self, from: Point, to: Point, stroke: Stroke) {
        self.push(Shape::Line { points: vec![from, to], stroke });
    }

    /// Adds a label.
    pub fn text(&mut self, at: Point, anchor: Anchor, size: f64, colour: Colour, text: Rich) {
        if !text.0.is_empty() {
            self.push(Shape::Text { at, anchor, size, colour, text });
        }
    }

    /// Left, top, right and bottom of every label, with what it says: what must not overlap.
    pub fn text_boxes(&self) -> Vec<([f64; 4], String)> {
        let mut boxes = Vec::new();
        for shape in &self.shapes {
            if let Shape::Text { at, anchor, size, text, .. } = shape {
                let width = text.width(*size);
                let left = match anchor {
                    Anchor::Start => at.0,
                    Anchor::Middle => at.0 - width / 2.0,
                    Anchor::End => at.0 - width,
                };
                boxes.push(([left, at.1 - 0.76 * size, left + width, at.1 + 0.22 * size], text.text()));
            }
        }
        boxes
    }
}
