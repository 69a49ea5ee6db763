//! A scene as SVG 1.1, with its provenance in `<metadata>`.

use super::scene::{Anchor, Colour, Dash, Point, Scene, Shape, Stroke};
use super::text::{Level, Rich, SCRIPT};
use crate::report::ReportError;
use std::fmt::Write as _;

/// Letters of the same widths on most systems; the first is the one that the layout measures.
const FONTS: &str = "DejaVu Sans, Verdana, Bitstream Vera Sans, Helvetica, Arial, sans-serif";

/// The picture as text; `title` is read out by screen readers, `provenance` is one JSON document.
pub fn svg(scene: &Scene, title: &str, provenance: &str) -> Result<Vec<u8>, ReportError> {
    let mut out = String::new();
    let (w, h) = (number(scene.width), number(scene.height));
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" version=\"1.1\" \
         width=\"{w}pt\" height=\"{h}pt\" viewBox=\"0 0 {w} {h}\" font-family=\"{FONTS}\" role=\"img\">\n\
         <title>{}</title>\n",
        escaped(title)
    );
    if !provenance.is_empty() {
        let _ = writeln!(out, "<metadata>{}</metadata>", escaped(provenance));
    }
    let _ = writeln!(out, "<rect width=\"{w}\" height=\"{h}\" fill=\"#ffffff\"/>");
    for shape in &scene.shapes {
        write_shape(&mut out, shape)?;
    }
    out.push_str("</svg>\n");
    Ok(out.into_bytes())
}

fn write_shape(out: &mut String, shape: &Shape) -> Result<(), ReportError> {
    match shape {
        Shape::Line { points, stroke } => {
            let _ = writeln!(out, "<path d=\"{}\" fill=\"none\"{}/>", path(points), stroked(*stroke));
        }
        Shape::Area { points, fill, opacity } => {
            let faint = if *opacity < 1.0 { format!(" fill-opacity=\"{}\"", number(*opacity)) } else { String::new() };
            let _ = writeln!(out, "<path d=\"{}Z\" fill=\"{}\"{faint}/>", path(points), hex(*fill));
        }
        Shape::Circle { centre, radius, fill, stroke } => {
            let edge = stroke.map_or_else(String::new, stroked);
            let (x, y, r) = (number(centre.0), number(centre.1), number(*radius));
            let _ = writeln!(out, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\" fill=\"{}\"{edge}/>", hex(*fill));
        }
        Shape::Dots { centres, radius, fill } => {
            // Lines without length and with round ends: a tenth of the size of as many circles.
            let places: String = centres.iter().map(|(x, y)| format!("M{} {}h0", number(*x), number(*y))).collect();
            let (width, colour) = (number(2.0 * radius), hex(*fill));
            let _ = writeln!(
                out,
                "<path d=\"{places}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" stroke-linecap=\"round\"/>"
            );
        }
        Shape::Text { at, anchor, size, colour, text } => write_text(out, *at, *anchor, *size, *colour, text),
        Shape::Image { at, size, columns, pixels } => {
            let bytes = super::raster::pixels_as_png(*columns, pixels)?;
            let _ = writeln!(
                out,
                "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" \
                 style=\"image-rendering:pixelated\" xlink:href=\"data:image/png;base64,{}\"/>",
                number(at.0),
                number(at.1),
                number(size.0),
                number(size.1),
                base64(&bytes)
            );
        }
    }
    Ok(())
}

fn write_text(out: &mut String, at: Point, anchor: Anchor, size: f64, colour: Colour, text: &Rich) {
    let anchor = match anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let (x, y, s) = (number(at.0), number(at.1), number(size));
    let _ = write!(
        out,
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{s}\" fill=\"{}\"{anchor} xml:space=\"preserve\">",
        hex(colour)
    );
    let mut height = 0.0;
    for run in &text.0 {
        let level = shift(run.level) * size;
        let mut style = String::new();
        if level != height {
            let _ = write!(style, " dy=\"{}\"", number(level - height));
        }
        if run.level != Level::Base {
            let _ = write!(style, " font-size=\"{}\"", number(size * SCRIPT));
        }
        if run.italic {
            style.push_str(" font-style=\"italic\"");
        }
        let content = escaped(&run.text);
        if style.is_empty() {
            out.push_str(&content);
        } else {
            let _ = write!(out, "<tspan{style}>{content}</tspan>");
        }
        height = level;
    }
    out.push_str("</text>\n");
}

/// How far below the line a run stands, relative to the size.
pub fn shift(level: Level) -> f64 {
    match level {
        Level::Base => 0.0,
        Level::Sub => 0.2,
        Level::Super => -0.36,
    }
}

fn path(points: &[Point]) -> String {
    let mut out = String::with_capacity(points.len() * 12);
    for (i, (x, y)) in points.iter().enumerate() {
        out.push(if i == 0 { 'M' } else { 'L' });
        out.push_str(&number(*x));
        out.push(' ');
        out.push_str(&number(*y));
    }
    out
}

fn stroked(stroke: Stroke) -> String {
    let mut out = format!(" stroke=\"{}\" stroke-width=\"{}\"", hex(stroke.colour), number(stroke.width));
    if stroke.dash == Dash::Solid {
        out.push_str(" stroke-linejoin=\"round\" stroke-linecap=\"round\"");
    } else {
        let lengths: Vec<String> = stroke.dash.lengths().iter().map(|l| number(*l)).collect();
        let _ = write!(out, " stroke-dasharray=\"{}\"", lengths.join(" "));
    }
    out
}

fn hex(colour: Colour) -> String {
    format!("#{:02x}{:02x}{:02x}", colour.0, colour.1, colour.2)
}

/// Two digits after the point at most: a hundredth of a point is far below what print can show.
pub fn number(value: f64) -> String {
    let mut text = format!("{value:.2}");
    while text.ends_with('0') {
        text.pop();
    }
    if text.ends_with('.') {
        text.pop();
    }
    if text == "-0" { "0".to_owned() } else { text }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() && c != '\n' => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().enumerate().fold(0u32, |word, (i, byte)| word | u32::from(*byte) << (16 - 8 * i));
        for i in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * i)) as usize & 63];
            out.push(if i <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}
