//! Lines, discs, polygons and rectangles as pixels, smoothed by how much of each pixel they cover.

use super::scene::{Colour, Point};

/// Rows into which a pixel is cut where a polygon is filled.
const SLICES: usize = 4;

/// A white page of pixels; all lengths are in pixels, a pixel's centre lies at its index plus one half.
pub struct Canvas {
    width: usize,
    height: usize,
    /// Red, green, blue, row after row from the top.
    pixels: Vec<u8>,
    /// How much of each pixel the shape being drawn covers, 255 for all; zero between shapes.
    mask: Vec<u8>,
    /// First and last row of the mask that are in use, with their columns.
    used: Option<[usize; 4]>,
}

impl Canvas {
    /// A white page.
    pub fn new(width: usize, height: usize) -> Canvas {
        Canvas { width, height, pixels: vec![255; width * height * 3], mask: vec![0; width * height], used: None }
    }

    /// Red, green and blue of every pixel, row after row.
    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// A line with round ends and joins. Where it crosses itself nothing is drawn twice.
    pub fn line(&mut self, points: &[Point], width: f64, colour: Colour) {
        for pair in points.windows(2) {
            self.cover_segment(pair[0], pair[1], width);
        }
        self.blend(colour, 1.0);
    }

    /// A disc.
    pub fn disc(&mut self, centre: Point, radius: f64, colour: Colour) {
        self.cover_segment(centre, centre, 2.0 * radius);
        self.blend(colour, 1.0);
    }

    /// Equal discs, covering each pixel once.
    pub fn discs(&mut self, centres: &[Point], radius: f64, colour: Colour) {
        for centre in centres {
            self.cover_segment(*centre, *centre, 2.0 * radius);
        }
        self.blend(colour, 1.0);
    }

    /// A filled polygon; what its edge goes around an even number of times is outside.
    pub fn polygon(&mut self, corners: &[Point], colour: Colour, opacity: f64) {
        let (top, bottom) = bounds(corners.iter().map(|p| p.1));
        let first = top.floor().max(0.0) as usize;
        let last = (bottom.ceil().max(0.0) as usize).min(self.height);
        let mut row = vec![0.0f64; self.width];
        for y in first..last {
            row.fill(0.0);
            for slice in 0..SLICES {
                let at = y as f64 + (slice as f64 + 0.5) / SLICES as f64;
                let mut crossings = crossings(corners, at);
                crossings.sort_by(f64::total_cmp);
                for pair in crossings.chunks_exact(2) {
                    add_span(&mut row, pair[0], pair[1], 1.0 / SLICES as f64);
                }
            }
            for (x, part) in row.iter().enumerate() {
                if *part > 0.0 {
                    self.cover(x, y, *part);
                }
            }
        }
        self.blend(colour, opacity);
    }

    /// A rectangle with its edges on whole pixels.
    pub fn rectangle(&mut self, (left, top): Point, (right, bottom): Point, colour: Colour) {
        let column = |x: f64| (x.round().max(0.0) as usize).min(self.width);
        let row = |y: f64| (y.round().max(0.0) as usize).min(self.height);
        let (from, to) = (column(left), column(right));
        for y in row(top)..row(bottom) {
            for pixel in self.pixels[(y * self.width + from) * 3..(y * self.width + to) * 3].chunks_exact_mut(3) {
                pixel.copy_from_slice(&[colour.0, colour.1, colour.2]);
            }
        }
    }

    /// Darkens the page by another one: ink on white becomes ink on what is here.
    pub fn multiply(&mut self, other: impl Iterator<Item = [u8; 3]>) {
        for (pixel, ink) in self.pixels.chunks_exact_mut(3).zip(other) {
            for (value, factor) in pixel.iter_mut().zip(ink) {
                *value = ((u32::from(*value) * u32::from(factor) + 127) / 255) as u8;
            }
        }
    }

    /// Covers the pixels near a segment by their distance from it, column by column where it is flat
    /// and row by row where it is steep.
    fn cover_segment(&mut self, from: Point, to: Point, width: f64) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx * dx + dy * dy;
        let half = 0.5 * width.max(1.0);
        let strength = width.min(1.0);
        let reach = half + 1.0;
        let flat = dx.abs() >= dy.abs();
        // Along: the direction in which the segment is longer; across: the other.
        let (a0, a1, c0, c1) = if flat { (from.0, to.0, from.1, to.1) } else { (from.1, to.1, from.0, to.0) };
        let slope = if a1 == a0 { 0.0 } else { (c1 - c0) / (a1 - a0) };
        let spread = reach * (1.0 + slope * slope).sqrt();
        let (along, across) = if flat { (self.width, self.height) } else { (self.height, self.width) };
        let within = |v: f64, size: usize| (v.max(0.0) as usize).min(size);
        for i in within(a0.min(a1) - reach, along)..within(a0.max(a1) + reach + 1.0, along) {
            let place = (i as f64 + 0.5).clamp(a0.min(a1), a0.max(a1));
            let middle = c0 + slope * (place - a0);
            for j in within(middle - spread, across)..within(middle + spread + 1.0, across) {
                let (x, y) = if flat { (i, j) } else { (j, i) };
                let (px, py) = (x as f64 + 0.5 - from.0, y as f64 + 0.5 - from.1);
                let share = if length > 0.0 { ((px * dx + py * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
                let (ex, ey) = (px - share * dx, py - share * dy);
                let part = (half + 0.5 - (ex * ex + ey * ey).sqrt()).min(1.0) * strength;
                if part > 0.0 {
                    self.cover(x, y, part);
                }
            }
        }
    }

    fn cover(&mut self, x: usize, y: usize, part: f64) {
        let value = (part.min(1.0) * 255.0 + 0.5) as u8;
        let here = &mut self.mask[y * self.width + x];
        *here = (*here).max(value);
        self.used = Some(match self.used {
            None => [x, y, x, y],
            Some([left, top, right, bottom]) => [left.min(x), top.min(y), right.max(x), bottom.max(y)],
        });
    }

    /// Lays a colour over the covered pixels and clears the mask.
    fn blend(&mut self, colour: Colour, opacity: f64) {
        let Some([left, top, right, bottom]) = self.used.take() else { return };
        let strength = (opacity.clamp(0.0, 1.0) * 255.0 + 0.5) as u32;
        for y in top..=bottom {
            let row = y * self.width;
            for x in left..=right {
                let part = u32::from(std::mem::take(&mut self.mask[row + x])) * strength;
                if part == 0 {
                    continue;
                }
                let pixel = &mut self.pixels[(row + x) * 3..(row + x) * 3 + 3];
                for (value, ink) in pixel.iter_mut().zip([colour.0, colour.1, colour.2]) {
                    let mixed = u32::from(*value) * (65_025 - part) + u32::from(ink) * part;
                    *value = ((mixed + 32_512) / 65_025) as u8;
                }
            }
        }
    }
}

fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)))
}

/// Where a horizontal line crosses the edge of a polygon.
fn crossings(corners: &[Point], y: f64) -> Vec<f64> {
    let edges = corners.iter().zip(corners.iter().cycle().skip(1));
    edges.filter(|(a, b)| (a.1 <= y) != (b.1 <= y)).map(|(a, b)| a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0)).collect()
}

/// Adds the part of each pixel that lies between two places of a row.
fn add_span(row: &mut [f64], from: f64, to: f64, weight: f64) {
    let (from, to) = (from.clamp(0.0, row.len() as f64), to.clamp(0.0, row.len() as f64));
    let (first, last) = (from as usize, (to.ceil() as usize).min(row.len()));
    for (x, value) in row.iter_mut().enumerate().take(last).skip(first) {
        let part = (to.min(x as f64 + 1.0) - from.max(x as f64)).max(0.0);
        *value += part * weight;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK: Colour = Colour(0, 0, 0);

    /// Ink on the page, in pixels.
    fn ink(canvas: Canvas) -> f64 {
        canvas.into_pixels().chunks(3).map(|p| 1.0 - f64::from(p[0]) / 255.0).sum()
    }

    #[test]
    fn shapes_cover_their_area() {
        let mut canvas = Canvas::new(100, 100);
        canvas.disc((50.3, 49.6), 20.0, BLACK);
        assert!((ink(canvas) - std::f64::consts::PI * 400.0).abs() < 4.0);

        let mut canvas = Canvas::new(100, 100);
        canvas.polygon(&[(10.2, 10.7), (80.4, 30.1), (40.0, 90.9)], BLACK, 1.0);
        let area = 0.5 * ((80.4f64 - 10.2) * (90.9 - 10.7) - (40.0 - 10.2) * (30.1 - 10.7)).abs();
        assert!((ink(canvas) - area).abs() < 4.0);

        for to in [(90.0, 13.0), (13.0, 90.0), (90.0, 80.0), (10.0, 90.0), (85.0, 10.0)] {
            let mut canvas = Canvas::new(100, 100);
            canvas.line(&[(10.0, 10.0), to], 3.0, BLACK);
            let (dx, dy): (f64, f64) = (to.0 - 10.0, to.1 - 10.0);
            let length = (dx * dx + dy * dy).sqrt();
            let expected = 3.0 * length + std::f64::consts::PI * 2.25;
            assert!((ink(canvas) - expected).abs() < 0.03 * expected, "{to:?}");
        }
    }

    #[test]
    fn a_line_over_itself_is_no_darker_and_outside_is_ignored() {
        let once = |points: &[Point]| {
            let mut canvas = Canvas::new(40, 40);
            canvas.line(points, 2.0, BLACK);
            ink(canvas)
        };
        assert_eq!(once(&[(5.0, 5.0), (30.0, 20.0)]), once(&[(5.0, 5.0), (30.0, 20.0), (5.0, 5.0)]));
        assert_eq!(once(&[(-100.0, -50.0), (-3.0, -50.0)]), 0.0);
        let mut canvas = Canvas::new(4, 4);
        canvas.rectangle((-10.0, 1.0), (10.0, 2.0), BLACK);
        assert_eq!(ink(canvas), 4.0);
    }
}
