//! Pictures as numbers: PNG in grey or colour → values from 0 (black) to 1 (white), row by row from the top.
//!
//! Colours become their luma of Rec. 709 of the values as they are stored, `0.2126 R + 0.7152 G + 0.0722 B`, without
//! any change of gamma; an alpha channel must be opaque everywhere.

use super::table::Problem;
use crate::limits;
use std::io::Cursor;

/// Weights of red, green and blue (ITU-R BT.709).
const LUMA: [f64; 3] = [0.2126, 0.7152, 0.0722];

/// A picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// From 0 (black) to 1 (white), row by row from the top.
    pub values: Vec<f64>,
}

/// How a picture of another size than the grid is read at the points of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resampling {
    /// The pixel in which the point lies.
    Nearest,
    /// Linear between the middles of the four pixels around the point.
    Linear,
}

/// Words for [`Resampling`], in the order of the manual.
pub const RESAMPLING: &[(&str, Resampling)] = &[("nearest", Resampling::Nearest), ("linear", Resampling::Linear)];

/// Reads a PNG of 1 to 16 bits; `file` names it for messages.
pub fn read(file: &str, bytes: &[u8]) -> Result<Picture, Problem> {
    let broken = |e: &dyn std::fmt::Display| Problem::new("E0481", format!("`{file}` cannot be read as PNG: {e}"));
    if !bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        let found = if bytes.starts_with(b"\xff\xd8") {
            "a JPEG"
        } else if bytes.starts_with(b"GIF8") {
            "a GIF"
        } else {
            "something else"
        };
        return Err(Problem::new("E0481", format!("`{file}` is no PNG but {found}"))
            .help("pictures are read as PNG, which loses nothing: convert it"));
    }
    let most = limits::PICTURE_PIXELS;
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: 16 * most });
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(|e| broken(&e))?;
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    if width.saturating_mul(height) > most {
        return Err(Problem::new(
            "E0481",
            format!("`{file}` has {width} × {height} pixels, and at most {most} are read"),
        )
        .help("scale it down to the size of the grid"));
    }
    if reader.info().animation_control().is_some() {
        return Err(
            Problem::new("E0481", format!("`{file}` is a film of several pictures")).help("save the one that is meant")
        );
    }
    let size = reader.output_buffer_size().ok_or_else(|| broken(&"it is too large"))?;
    let mut data = vec![0; size];
    let info = reader.next_frame(&mut data).map_err(|e| broken(&e))?;
    let sample = |k: usize| match info.bit_depth {
        png::BitDepth::Sixteen => f64::from(u16::from_be_bytes([data[2 * k], data[2 * k + 1]])) / 65_535.0,
        _ => f64::from(data[k]) / 255.0,
    };
    let (colours, alpha) = match info.color_type {
        png::ColorType::Grayscale => (1, false),
        png::ColorType::GrayscaleAlpha => (1, true),
        png::ColorType::Rgb => (3, false),
        png::ColorType::Rgba => (3, true),
        png::ColorType::Indexed => return Err(broken(&"its palette is missing")),
    };
    let channels = colours + usize::from(alpha);
    let mut values = Vec::with_capacity(width * height);
    for k in 0..width * height {
        let at = k * channels;
        if alpha && sample(at + colours) < 1.0 {
            let (row, column) = (k / width + 1, k % width + 1);
            let message =
                format!("`{file}`: the pixel in row {row}, column {column} is transparent, which is no value");
            return Err(Problem::new("E0481", message).help("save the picture without transparency, on white or black"));
        }
        values.push(match colours {
            1 => sample(at),
            _ => (0..3).map(|c| LUMA[c] * sample(at + c)).sum::<f64>().min(1.0),
        });
    }
    Ok(Picture { width, height, values })
}

impl Picture {
    /// The picture at the points of a grid of `nx` by `ny`, the first axis slowest: element `i·ny + j` is at column `i`
    /// from the left and row `j` from the *bottom*, since y points up. Without `resampling` the sizes must agree.
    ///
    /// Each point stands for a cell of equal size, as a pixel does: point `i` of `nx` lies at `(i + ½)/nx` of the width.
    pub fn on_grid(
        &self,
        file: &str,
        (nx, ny): (usize, usize),
        resampling: Option<Resampling>,
    ) -> Result<Vec<f64>, Problem> {
        let (width, height) = (self.width, self.height);
        if resampling.is_none() && (width, height) != (nx, ny) {
            let turned = if (height, width) == (nx, ny) { " (turned by a quarter it would fit)" } else { "" };
            let message = format!("`{file}` has {width} × {height} pixels and the grid {nx} × {ny} points{turned}");
            return Err(Problem::new("E0481", message).help(format!(
                "write `image(\"{file}\", nearest)` or `image(\"{file}\", linear)` to read it at the points, or take \
                 `count {width}` across and `count {height}` upwards"
            )));
        }
        let pixel = |column: usize, row: usize| self.values[row * width + column];
        let mut out = Vec::with_capacity(nx * ny);
        for i in 0..nx {
            for j in 0..ny {
                // From the left and from the top, in pixels.
                let (x, y) = (
                    (i as f64 + 0.5) / nx as f64 * width as f64,
                    (ny as f64 - j as f64 - 0.5) / ny as f64 * height as f64,
                );
                out.push(match resampling {
                    None => pixel(i, ny - 1 - j),
                    Some(Resampling::Nearest) => pixel((x as usize).min(width - 1), (y as usize).min(height - 1)),
                    Some(Resampling::Linear) => {
                        let (x, y) =
                            ((x - 0.5).clamp(0.0, (width - 1) as f64), (y - 0.5).clamp(0.0, (height - 1) as f64));
                        let (c, r) = (x as usize, y as usize);
                        let (d, s) = ((c + 1).min(width - 1), (r + 1).min(height - 1));
                        let (a, b) = (x - c as f64, y - r as f64);
                        (1.0 - b) * ((1.0 - a) * pixel(c, r) + a * pixel(d, r))
                            + b * ((1.0 - a) * pixel(c, s) + a * pixel(d, s))
                    }
                });
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(width: u32, height: u32, colour: png::ColorType, depth: png::BitDepth, data: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, width, height);
        encoder.set_color(colour);
        encoder.set_depth(depth);
        let mut writer = encoder.write_header().expect("header");
        writer.write_image_data(data).expect("data");
        writer.finish().expect("end");
        out
    }

    #[test]
    fn greys_of_any_depth_are_shares_of_white() {
        let eight = encoded(2, 2, png::ColorType::Grayscale, png::BitDepth::Eight, &[0, 255, 51, 102]);
        assert_eq!(read("a", &eight).expect("read").values, [0.0, 1.0, 0.2, 0.4]);
        let sixteen = encoded(2, 1, png::ColorType::Grayscale, png::BitDepth::Sixteen, &[0x33, 0x33, 0xff, 0xff]);
        assert_eq!(read("a", &sixteen).expect("read").values, [0.2, 1.0]);
        let one = encoded(4, 1, png::ColorType::Grayscale, png::BitDepth::One, &[0b0101_0000]);
        assert_eq!(read("a", &one).expect("read").values, [0.0, 1.0, 0.0, 1.0]);
        let rgb = encoded(2, 1, png::ColorType::Rgb, png::BitDepth::Eight, &[255, 255, 255, 0, 255, 0]);
        let values = read("a", &rgb).expect("read").values;
        assert!((values[0] - 1.0).abs() < 1e-15 && values[1] == 0.7152);
    }

    #[test]
    fn the_top_row_is_the_largest_y_and_the_first_axis_runs_to_the_right() {
        let picture = Picture { width: 3, height: 2, values: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] };
        assert_eq!(picture.on_grid("a", (3, 2), None).expect("fits"), [4.0, 1.0, 5.0, 2.0, 6.0, 3.0]);
        assert_eq!(
            picture.on_grid("a", (3, 2), Some(Resampling::Linear)).expect("fits"),
            [4.0, 1.0, 5.0, 2.0, 6.0, 3.0]
        );
        let twice = picture.on_grid("a", (6, 4), Some(Resampling::Nearest)).expect("near");
        assert_eq!(&twice[..8], [4.0, 4.0, 1.0, 1.0, 4.0, 4.0, 1.0, 1.0]);
        let error = picture.on_grid("a.png", (2, 3), None).expect_err("another size");
        assert!(error.message.contains("3 × 2") && error.message.contains("quarter"), "{}", error.message);
        // A plane stays a plane, away from the border.
        let ramp = Picture { width: 8, height: 8, values: (0..64).map(|k| f64::from(k % 8)).collect() };
        let fine = ramp.on_grid("a", (16, 16), Some(Resampling::Linear)).expect("linear");
        assert!((1..15).all(|i| (fine[16 * i + 5] - (0.5 * i as f64 - 0.25)).abs() < 1e-12));
    }

    #[test]
    fn what_is_no_picture_is_told() {
        let code = |bytes: &[u8]| read("a.png", bytes).expect_err("refused").message;
        assert!(code(b"\xff\xd8\xff\xe0").contains("JPEG"));
        assert!(code(b"").contains("no PNG"));
        let good = encoded(8, 8, png::ColorType::Grayscale, png::BitDepth::Eight, &[7; 64]);
        assert!(code(&good[..good.len() - 30]).contains("cannot be read"));
        let clear = encoded(1, 2, png::ColorType::GrayscaleAlpha, png::BitDepth::Eight, &[9, 255, 9, 128]);
        assert!(code(&clear).contains("row 2, column 1 is transparent"));
        let wide = encoded(6000, 3000, png::ColorType::Grayscale, png::BitDepth::One, &vec![0; 750 * 3000]);
        assert!(code(&wide).contains("6000 × 3000"));
    }
}
