//! A scene as PNG, with its provenance in a text chunk. The pixels are drawn by kuva.

use super::scene::{Anchor, Colour, Dash, Point, Scene, Shape, Stroke};
use super::svg::shift;
use super::text::{Level, Rich, SCRIPT, run_width};
use crate::report::ReportError;
use kuva::backend::raster::RasterBackend;
use kuva::render::color::Color;
use kuva::render::render::{Primitive, Scene as KuvaScene, TextAnchor, TextSpan};

/// Pixels for one point: 216 a inch, sharp in a column and on a screen.
pub const PIXELS_PER_POINT: f64 = 3.0;
/// Each pixel is the mean of this many squared, which smooths lines, joins and letters.
const SAMPLES: usize = 2;
/// kuva's letters have whole sizes, so its page is measured in hundredths of a point.
const FINE: f64 = 100.0;

/// The picture as bytes; `provenance` is one JSON document, `title` a line.
pub fn png(scene: &Scene, title: &str, provenance: &str) -> Result<Vec<u8>, ReportError> {
    let mut page = KuvaScene::new(scene.width * FINE, scene.height * FINE);
    for shape in &scene.shapes {
        convert(&mut page.elements, shape);
    }
    let scale = (PIXELS_PER_POINT * SAMPLES as f64 / FINE) as f32;
    let drawn = RasterBackend { scale }.render_scene(&page).map_err(ReportError::archive)?;
    let (width, height, pixels) = shrunk(&drawn)?;
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let per_metre = (PIXELS_PER_POINT * 72.0 / 0.0254) as u32;
    let unit = png::Unit::Meter;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit }));
    encoder.add_itxt_chunk("Title".to_owned(), title.to_owned()).map_err(ReportError::archive)?;
    encoder
        .add_text_chunk("Software".to_owned(), format!("hamel {}", crate::report::version()))
        .map_err(ReportError::archive)?;
    if !provenance.is_empty() {
        encoder.add_itxt_chunk("provenance".to_owned(), provenance.to_owned()).map_err(ReportError::archive)?;
    }
    let mut writer = encoder.write_header().map_err(ReportError::archive)?;
    writer.write_image_data(&pixels).map_err(ReportError::archive)?;
    writer.finish().map_err(ReportError::archive)?;
    Ok(out)
}

/// A small picture of one pixel for each colour, for embedding in an SVG.
pub fn pixels_as_png(columns: usize, pixels: &[Colour]) -> Result<Vec<u8>, ReportError> {
    let rows = pixels.len() / columns.max(1);
    let bytes: Vec<u8> = pixels.iter().flat_map(|c| [c.0, c.1, c.2]).collect();
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, columns as u32, rows as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(ReportError::archive)?;
    writer.write_image_data(&bytes).map_err(ReportError::archive)?;
    writer.finish().map_err(ReportError::archive)?;
    Ok(out)
}

/// Width, height and RGB bytes after averaging [`SAMPLES`] squared neighbours.
fn shrunk(drawn: &[u8]) -> Result<(usize, usize, Vec<u8>), ReportError> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(drawn)).read_info().map_err(ReportError::archive)?;
    let size = reader.output_buffer_size().ok_or_else(|| ReportError::archive("the picture is too large"))?;
    let mut fine = vec![0; size];
    let info = reader.next_frame(&mut fine).map_err(ReportError::archive)?;
    let channels = info.color_type.samples();
    let (width, height) = (info.width as usize / SAMPLES, info.height as usize / SAMPLES);
    let mut pixels = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            for channel in 0..3 {
                let mut sum = 0u32;
                for dy in 0..SAMPLES {
                    let line = (y * SAMPLES + dy) * info.line_size;
                    for dx in 0..SAMPLES {
                        sum += u32::from(fine[line + (x * SAMPLES + dx) * channels + channel]);
                    }
                }
                let count = (SAMPLES * SAMPLES) as u32;
                pixels.push(((sum + count / 2) / count) as u8);
            }
        }
    }
    Ok((width, height, pixels))
}

fn convert(page: &mut Vec<Primitive>, shape: &Shape) {
    match shape {
        Shape::Line { points, stroke } if stroke.dash == Dash::Solid => page.push(polyline(points, *stroke)),
        Shape::Line { points, stroke } => {
            page.extend(dashes(points, stroke.dash.lengths()).iter().map(|dash| polyline(dash, *stroke)));
        }
        Shape::Area { points, fill, opacity } => page.push(area(points, *fill, *opacity)),
        Shape::Circle { centre, radius, fill, stroke } => page.push(Primitive::Circle {
            cx: centre.0 * FINE,
            cy: centre.1 * FINE,
            r: radius * FINE,
            fill: colour(*fill),
            fill_opacity: None,
            stroke: stroke.map(|s| colour(s.colour)),
            stroke_width: stroke.map(|s| s.width * FINE),
        }),
        Shape::Dots { centres, radius, fill } => page.push(Primitive::CircleBatch {
            cx: centres.iter().map(|c| c.0 * FINE).collect(),
            cy: centres.iter().map(|c| c.1 * FINE).collect(),
            r: radius * FINE,
            fill: colour(*fill),
            fill_opacity: None,
            stroke: None,
            stroke_width: None,
        }),
        Shape::Text { at, anchor, size, colour, text } => place(page, *at, *anchor, *size, *colour, text),
        Shape::Image { at, size, columns, pixels } => page.push(image(*at, *size, *columns, pixels)),
    }
}

fn colour(c: Colour) -> Color {
    Color::Rgb(c.0, c.1, c.2)
}

fn polyline(points: &[Point], stroke: Stroke) -> Primitive {
    Primitive::PolyLine {
        points: points.iter().map(|p| (p.0 * FINE, p.1 * FINE)).collect(),
        stroke: colour(stroke.colour),
        stroke_width: stroke.width * FINE,
        stroke_dasharray: None,
    }
}

fn area(points: &[Point], fill: Colour, opacity: f64) -> Primitive {
    let mut d = String::new();
    for (i, (x, y)) in points.iter().enumerate() {
        d.push_str(&format!("{}{:.2} {:.2} ", if i == 0 { 'M' } else { 'L' }, x * FINE, y * FINE));
    }
    d.push('Z');
    Primitive::Path(Box::new(kuva::render::render::PathData {
        d,
        fill: Some(colour(fill)),
        stroke: Color::None,
        stroke_width: 0.0,
        opacity: (opacity < 1.0).then_some(opacity),
        stroke_dasharray: None,
    }))
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

fn place(page: &mut Vec<Primitive>, at: Point, anchor: Anchor, size: f64, ink: Colour, text: &Rich) {
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
            color: Some(colour(ink)),
        });
        x += run_width(run, size);
    }
}

/// Rectangles whose edges lie on whole fine pixels, so that no seam shows between them.
fn image(at: Point, size: (f64, f64), columns: usize, pixels: &[Colour]) -> Primitive {
    let per_point = PIXELS_PER_POINT * SAMPLES as f64;
    let snap = |v: f64| (v * per_point).round() / per_point * FINE;
    let rows = pixels.len() / columns.max(1);
    let (mut x, mut y, mut w, mut h, mut fills) = (vec![], vec![], vec![], vec![], vec![]);
    for row in 0..rows {
        for column in 0..columns {
            let edge_x = |c: usize| snap(at.0 + size.0 * c as f64 / columns as f64);
            let edge_y = |r: usize| snap(at.1 + size.1 * r as f64 / rows as f64);
            x.push(edge_x(column));
            y.push(edge_y(row));
            w.push(edge_x(column + 1) - edge_x(column));
            h.push(edge_y(row + 1) - edge_y(row));
            fills.push(colour(pixels[row * columns + column]));
        }
    }
    Primitive::RectBatch { x, y, w, h, fills }
}
