//! A scene as PNG, with its provenance in a text chunk. Letters are drawn by kuva, all else by [`Canvas`].

use super::canvas::Canvas;
use super::scene::{Anchor, Colour, Dash, Point, Scene, Shape};
use super::svg::shift;
use super::text::{Level, Rich, SCRIPT, run_width};
use crate::report::ReportError;
use kuva::backend::raster::RasterBackend;
use kuva::render::color::Color;
use kuva::render::render::{Primitive, Scene as KuvaScene, TextAnchor, TextSpan};
use std::io::Cursor;

/// Pixels for one point: 216 to an inch, sharp in a column and on a screen.
pub const PIXELS_PER_POINT: f64 = 3.0;
/// kuva's letters have whole sizes, so its page is measured in hundredths of a point.
const FINE: f64 = 100.0;

/// The picture as bytes; `provenance` is one JSON document, `title` a line.
pub fn png(scene: &Scene, title: &str, provenance: &str) -> Result<Vec<u8>, ReportError> {
    let Pixels { width, height, bytes } = pixels(scene, PIXELS_PER_POINT)?;
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let per_metre = (PIXELS_PER_POINT * 72.0 / 0.0254) as u32;
    let unit = png::Unit::Meter;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit }));
    inscribe(&mut encoder, title, provenance)?;
    written(encoder, &bytes)?;
    Ok(out)
}

/// Writes title, program and provenance into a PNG.
pub fn inscribe(encoder: &mut png::Encoder<&mut Vec<u8>>, title: &str, provenance: &str) -> Result<(), ReportError> {
    encoder.add_itxt_chunk("Title".to_owned(), title.to_owned()).map_err(ReportError::archive)?;
    encoder
        .add_text_chunk("Software".to_owned(), format!("hamel {}", crate::report::version()))
        .map_err(ReportError::archive)?;
    if !provenance.is_empty() {
        encoder.add_itxt_chunk("provenance".to_owned(), provenance.to_owned()).map_err(ReportError::archive)?;
    }
    Ok(())
}

/// A page as pixels.
pub struct Pixels {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Red, green and blue, row after row from the top.
    pub bytes: Vec<u8>,
}

/// A scene with so many pixels for a point.
pub fn pixels(scene: &Scene, per_point: f64) -> Result<Pixels, ReportError> {
    let (letters, width, height) = letters(scene, per_point)?;
    let mut canvas = Canvas::new(width, height);
    for shape in &scene.shapes {
        draw(&mut canvas, shape, per_point);
    }
    canvas.multiply(letters.chunks_exact(4).map(|p| [p[0], p[1], p[2]]));
    Ok(Pixels { width, height, bytes: canvas.into_pixels() })
}

/// A small picture of one pixel for each colour, for embedding in an SVG.
pub fn pixels_as_png(columns: usize, pixels: &[Colour]) -> Result<Vec<u8>, ReportError> {
    let rows = pixels.len() / columns.max(1);
    let bytes: Vec<u8> = pixels.iter().flat_map(|c| [c.0, c.1, c.2]).collect();
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, columns as u32, rows as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    written(encoder, &bytes)?;
    Ok(out)
}

fn written(encoder: png::Encoder<&mut Vec<u8>>, pixels: &[u8]) -> Result<(), ReportError> {
    let mut writer = encoder.write_header().map_err(ReportError::archive)?;
    writer.write_image_data(pixels).map_err(ReportError::archive)?;
    writer.finish().map_err(ReportError::archive)
}

/// Loads the letters, which takes longer than a picture; called early on another thread, it costs
/// nobody any time.
pub fn load_letters() {
    let mut scene = Scene::new(4.0, 4.0);
    for name in ["x", "error"] {
        scene.text((1.0, 3.0), Anchor::Start, 1.0, Colour(0, 0, 0), Rich::symbol(name));
    }
    // Only the side effect counts: kuva keeps its fonts for the life of the process.
    let _ = letters(&scene, PIXELS_PER_POINT);
}

/// The labels of a scene on white: red, green, blue and alpha of each pixel, width, height.
fn letters(scene: &Scene, per_point: f64) -> Result<(Vec<u8>, usize, usize), ReportError> {
    let mut page = KuvaScene::new(scene.width * FINE, scene.height * FINE);
    for shape in &scene.shapes {
        if let Shape::Text { at, anchor, size, colour, text } = shape {
            set(&mut page.elements, *at, *anchor, *size, *colour, text);
        }
    }
    let scale = (per_point / FINE) as f32;
    let drawn = RasterBackend { scale }.render_scene(&page).map_err(ReportError::archive)?;
    let mut reader = png::Decoder::new(Cursor::new(drawn)).read_info().map_err(ReportError::archive)?;
    let size = reader.output_buffer_size().ok_or_else(|| ReportError::archive("the picture is too large"))?;
    let mut pixels = vec![0; size];
    let info = reader.next_frame(&mut pixels).map_err(ReportError::archive)?;
    Ok((pixels, info.width as usize, info.height as usize))
}

fn set(page: &mut Vec<Primitive>, at: Point, anchor: Anchor, size: f64, ink: Colour, text: &Rich) {
    let mut x = match anchor {
        Anchor::Start => at.0,
        Anchor::Middle => at.0 - text.width(size) / 2.0,
        Anchor::End => at.0 - text.width(size),
    };
    for run in &text.0 {
        let scaled = if run.level == Level::Base { size } else { size * SCRIPT };
        page.push(Primitive::RichText {
            x: x * FINE,
            y: (at.1 + shift(run.level) * size) * FINE,
            spans: vec![TextSpan { italic: run.italic, ..TextSpan::plain(run.text.clone()) }],
            size: (scaled * FINE).round() as u32,
            anchor: TextAnchor::Start,
            color: Some(Color::Rgb(ink.0, ink.1, ink.2)),
        });
        x += run_width(run, size);
    }
}

fn draw(canvas: &mut Canvas, shape: &Shape, per_point: f64) {
    let place = |p: &Point| (p.0 * per_point, p.1 * per_point);
    let places = |points: &[Point]| points.iter().map(place).collect::<Vec<Point>>();
    match shape {
        Shape::Line { points, stroke } => {
            let width = stroke.width * per_point;
            match stroke.dash {
                Dash::Solid => canvas.line(&sharpened(places(points), width), width, stroke.colour),
                dash => {
                    for piece in dashes(points, dash.lengths()) {
                        canvas.line(&places(&piece), width, stroke.colour);
                    }
                }
            }
        }
        Shape::Area { points, fill, opacity } => canvas.polygon(&places(points), *fill, *opacity),
        Shape::Circle { centre, radius, fill, stroke } => {
            let (centre, radius) = (place(centre), radius * per_point);
            let edge = stroke.map_or(0.0, |s| 0.5 * s.width * per_point);
            if let Some(stroke) = stroke {
                canvas.disc(centre, radius + edge, stroke.colour);
            }
            canvas.disc(centre, radius - edge, *fill);
        }
        Shape::Dots { centres, radius, fill } => {
            canvas.discs(&places(centres), radius * per_point, *fill);
        }
        Shape::Image { at, size, columns, pixels } => {
            let rows = pixels.len() / columns.max(&1);
            for (i, colour) in pixels.iter().enumerate() {
                let corner = |column: usize, row: usize| {
                    let (x, y) = (column as f64 / *columns as f64, row as f64 / rows as f64);
                    place(&(at.0 + x * size.0, at.1 + y * size.1))
                };
                let (column, row) = (i % columns, i / columns);
                canvas.rectangle(corner(column, row), corner(column + 1, row + 1), *colour);
            }
        }
        Shape::Text { .. } => {}
    }
}

/// Upright and level lines are moved to where they fill whole pixels.
fn sharpened(mut points: Vec<Point>, width: f64) -> Vec<Point> {
    if points.len() > 3 {
        return points;
    }
    let odd = width.round() as i64 % 2 != 0;
    let snap = |v: f64| if odd { v.floor() + 0.5 } else { v.round() };
    for i in 1..points.len() {
        if points[i].0 == points[i - 1].0 {
            let x = snap(points[i].0);
            (points[i - 1].0, points[i].0) = (x, x);
        }
        if points[i].1 == points[i - 1].1 {
            let y = snap(points[i].1);
            (points[i - 1].1, points[i].1) = (y, y);
        }
    }
    points
}

/// Cuts a line into dashes; the pattern runs on through the corners.
fn dashes(points: &[Point], lengths: &[f64]) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    let mut piece: Vec<Point> = points.first().copied().into_iter().collect();
    let (mut which, mut left) = (0, lengths[0]);
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let (dx, dy) = (to.0 - from.0, to.1 - from.1);
            let length = (dx * dx + dy * dy).sqrt();
            if length <= left {
                left -= length;
                piece.push(to);
                break;
            }
            from = (from.0 + dx * left / length, from.1 + dy * left / length);
            piece.push(from);
            if which % 2 == 0 {
                pieces.push(std::mem::take(&mut piece));
            }
            piece = vec![from];
            which += 1;
            left = lengths[which % lengths.len()];
        }
    }
    if which % 2 == 0 && piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}
