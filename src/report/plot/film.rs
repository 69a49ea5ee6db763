//! Pages after each other: animated PNG, and GIF for programs that show no animated PNG.
//!
//! Each page after the first holds only the rectangle that changes. Colours of a GIF are those of all pages, by
//! median cut (Heckbert 1982) where there are more than 256.

use super::PlotKind;
use super::raster::{Pixels, inscribe, pixels};
use super::scene::Scene;
use crate::report::ReportError;
use std::collections::BTreeMap;

/// The entry of [`super::PLOTS`].
pub const KIND: PlotKind = PlotKind { name: "film", about: "fields over time as a moving picture, APNG and GIF" };

/// Pixels for one point: a page of 510 points is 1020 pixels wide.
const PER_POINT: f64 = 2.0;
/// Colours of a GIF.
const COLOURS: usize = 256;

/// Pages as pixels.
pub struct Film {
    pages: Vec<Pixels>,
    /// Pages in a second.
    fps: f64,
}

/// A rectangle of a page: left, top, width, height.
type Part = (usize, usize, usize, usize);

impl Film {
    /// Draws the pages; all must be of one size.
    pub fn new(scenes: &[Scene], fps: f64) -> Result<Film, ReportError> {
        let pages = scenes.iter().map(|s| pixels(s, PER_POINT)).collect::<Result<Vec<Pixels>, _>>()?;
        let Some(first) = pages.first() else { return Err(ReportError::archive("a film has at least one page")) };
        if pages.iter().any(|p| (p.width, p.height) != (first.width, first.height)) {
            return Err(ReportError::archive("the pages of a film differ in size"));
        }
        Ok(Film { pages, fps })
    }

    /// What changes on a page: the whole of the first, at least one pixel of the others.
    fn part(&self, k: usize) -> Part {
        let page = &self.pages[k];
        let Some(before) = k.checked_sub(1).map(|b| &self.pages[b]) else { return (0, 0, page.width, page.height) };
        let (mut left, mut top, mut right, mut bottom) = (page.width, page.height, 0, 0);
        for y in 0..page.height {
            let row = 3 * y * page.width..3 * (y + 1) * page.width;
            let differ = |x: &usize| page.bytes[row.start + 3 * x..][..3] != before.bytes[row.start + 3 * x..][..3];
            if page.bytes[row.clone()] == before.bytes[row.clone()] {
                continue;
            }
            let (Some(a), Some(b)) = ((0..page.width).find(differ), (0..page.width).rev().find(differ)) else {
                continue;
            };
            (left, right) = (left.min(a), right.max(b + 1));
            (top, bottom) = (top.min(y), y + 1);
        }
        if right == 0 { (0, 0, 1, 1) } else { (left, top, right - left, bottom - top) }
    }

    fn bytes(&self, k: usize, (left, top, width, height): Part) -> Vec<u8> {
        let page = &self.pages[k];
        let row = |y: usize| &page.bytes[3 * (y * page.width + left)..][..3 * width];
        (top..top + height).flat_map(row).copied().collect()
    }

    /// As animated PNG that runs for ever; a program that knows none shows the first page.
    pub fn apng(&self, title: &str, provenance: &str) -> Result<Vec<u8>, ReportError> {
        let mut out = Vec::new();
        let (width, height) = (self.pages[0].width as u32, self.pages[0].height as u32);
        let mut encoder = png::Encoder::new(&mut out, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Balanced);
        inscribe(&mut encoder, title, provenance)?;
        if self.pages.len() > 1 {
            encoder.set_animated(self.pages.len() as u32, 0).map_err(ReportError::archive)?;
            encoder.set_frame_delay((1000.0 / self.fps).round() as u16, 1000).map_err(ReportError::archive)?;
            encoder.set_dispose_op(png::DisposeOp::None).map_err(ReportError::archive)?;
            encoder.set_blend_op(png::BlendOp::Source).map_err(ReportError::archive)?;
        }
        let mut writer = encoder.write_header().map_err(ReportError::archive)?;
        for k in 0..self.pages.len() {
            let part = self.part(k);
            if k > 0 {
                // The old place must not reach over the page with the new size.
                writer.reset_frame_position().map_err(ReportError::archive)?;
                writer.set_frame_dimension(part.2 as u32, part.3 as u32).map_err(ReportError::archive)?;
                writer.set_frame_position(part.0 as u32, part.1 as u32).map_err(ReportError::archive)?;
            }
            writer.write_image_data(&self.bytes(k, part)).map_err(ReportError::archive)?;
        }
        writer.finish().map_err(ReportError::archive)?;
        Ok(out)
    }

    /// As GIF that runs for ever.
    pub fn gif(&self) -> Result<Vec<u8>, ReportError> {
        let size = |n: usize| u16::try_from(n).map_err(ReportError::archive);
        let (colours, place) = self.colours();
        let table: Vec<u8> = colours.iter().flatten().copied().collect();
        let (width, height) = (size(self.pages[0].width)?, size(self.pages[0].height)?);
        let mut out = Vec::new();
        let mut encoder = gif::Encoder::new(&mut out, width, height, &table).map_err(ReportError::archive)?;
        encoder.set_repeat(gif::Repeat::Infinite).map_err(ReportError::archive)?;
        for k in 0..self.pages.len() {
            let part = self.part(k);
            let buffer: Vec<u8> = self.bytes(k, part).chunks_exact(3).map(|c| place[&[c[0], c[1], c[2]]]).collect();
            let frame = gif::Frame {
                left: size(part.0)?,
                top: size(part.1)?,
                width: size(part.2)?,
                height: size(part.3)?,
                delay: (100.0 / self.fps).round().clamp(2.0, 60_000.0) as u16,
                dispose: gif::DisposalMethod::Keep,
                buffer: buffer.into(),
                ..gif::Frame::default()
            };
            encoder.write_frame(&frame).map_err(ReportError::archive)?;
        }
        drop(encoder);
        Ok(out)
    }

    /// At most 256 colours, and which of them stands for each colour of the pages.
    fn colours(&self) -> (Vec<[u8; 3]>, BTreeMap<[u8; 3], u8>) {
        let mut count: BTreeMap<[u8; 3], u64> = BTreeMap::new();
        for c in self.pages.iter().flat_map(|p| p.bytes.chunks_exact(3)) {
            *count.entry([c[0], c[1], c[2]]).or_default() += 1;
        }
        let mut boxes: Vec<Vec<([u8; 3], u64)>> = vec![count.into_iter().collect()];
        while boxes.len() < COLOURS {
            // The box that spreads most is halved across its longest side, at the middle of that side.
            let widest = boxes.iter().enumerate().max_by_key(|(k, b)| (spread(b).1, usize::MAX - k));
            let Some((k, axis, width)) = widest.map(|(k, b)| (k, spread(b).0, spread(b).1)) else { break };
            if width == 0 {
                break;
            }
            let old = boxes.swap_remove(k);
            let middle = old.iter().map(|c| u32::from(c.0[axis])).min().unwrap_or(0) + width / 2;
            let (low, high) = old.into_iter().partition(|c| u32::from(c.0[axis]) <= middle);
            boxes.extend([low, high]);
        }
        let mut place = BTreeMap::new();
        let mut colours = Vec::new();
        for (k, b) in boxes.iter().enumerate() {
            let total: u64 = b.iter().map(|c| c.1).sum();
            let mean = |axis: usize| {
                let sum: u64 = b.iter().map(|c| c.1 * u64::from(c.0[axis])).sum();
                ((sum + total / 2) / total.max(1)) as u8
            };
            colours.push([mean(0), mean(1), mean(2)]);
            place.extend(b.iter().map(|c| (c.0, k as u8)));
        }
        (colours, place)
    }
}

/// The longest side of a box of colours, and its length.
fn spread(colours: &[([u8; 3], u64)]) -> (usize, u32) {
    let side = |axis: usize| {
        let values = colours.iter().map(|c| u32::from(c.0[axis]));
        values.clone().max().unwrap_or(0) - values.min().unwrap_or(0)
    };
    (0..3).map(|axis| (axis, side(axis))).max_by_key(|s| (s.1, 3 - s.0)).unwrap_or((0, 0))
}
