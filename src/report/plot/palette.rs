//! Colours that people with any colour vision tell apart, and that differ in a grey print.

use super::scene::{Colour, Dash, Stroke};

/// Text and marks.
pub const INK: Colour = Colour(0x22, 0x22, 0x22);
/// Axes.
pub const AXIS: Colour = Colour(0x55, 0x55, 0x55);
/// The grid behind the data.
pub const GRID: Colour = Colour(0xe9, 0xe9, 0xe9);
/// Streamlines and level sets: behind the data, before the grid.
pub const FAINT: Colour = Colour(0xb4, 0xb4, 0xb4);
/// Where a picture has no value.
pub const MISSING: Colour = Colour(0xc9, 0xc9, 0xc9);
/// The page.
pub const PAPER: Colour = Colour(0xff, 0xff, 0xff);

/// Dark blue, vermilion, amber, sky blue: dark to light in grey (about 27, 45, 66 and 61 per cent),
/// after the set for colour-blind readers of Okabe and Ito (2008).
const LINES: [Colour; 4] =
    [Colour(0x00, 0x44, 0x88), Colour(0xc8, 0x50, 0x2d), Colour(0xde, 0xa0, 0x20), Colour(0x62, 0xa8, 0xd6)];

/// Most series that get a colour and a dash of their own; more are shaded in order.
pub const DISTINCT: usize = 8;

/// The line of series `index` of `count`: four colours, then the same dashed; a ramp for many.
pub fn line(index: usize, count: usize) -> Stroke {
    if count > DISTINCT {
        let colour = sequential(0.05 + 0.8 * index as f64 / (count - 1) as f64);
        return Stroke { colour, width: 0.7, dash: Dash::Solid };
    }
    let dash = if index < LINES.len() { Dash::Solid } else { Dash::Dashed };
    Stroke { colour: LINES[index % LINES.len()], width: 1.0, dash }
}

/// A scale of colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Ramp {
    /// [`sequential`]
    #[default]
    Sequential,
    /// [`diverging`]
    Diverging,
    /// [`strength`]
    Strength,
}

impl Ramp {
    /// The colour at a share from 0 to 1.
    pub fn colour(self, share: f64) -> Colour {
        match self {
            Ramp::Sequential => sequential(share),
            Ramp::Diverging => diverging(share),
            Ramp::Strength => strength(share),
        }
    }
}

/// From dark blue (0) over green to yellow (1), lightness growing evenly (viridis of matplotlib, nine stops).
pub fn sequential(share: f64) -> Colour {
    const STOPS: [Colour; 9] = [
        Colour(0x44, 0x01, 0x54),
        Colour(0x47, 0x2c, 0x7a),
        Colour(0x3b, 0x51, 0x8b),
        Colour(0x2c, 0x71, 0x8e),
        Colour(0x21, 0x90, 0x8d),
        Colour(0x27, 0xad, 0x81),
        Colour(0x5c, 0xc8, 0x63),
        Colour(0xaa, 0xdc, 0x32),
        Colour(0xfd, 0xe7, 0x25),
    ];
    between(&STOPS, share)
}

/// From pale blue (0) to dark violet (1), darkness growing evenly: of thin lines and arrows on a white page the strong
/// ones must be the dark ones, and the weak ones still be seen.
pub fn strength(share: f64) -> Colour {
    const STOPS: [Colour; 6] = [
        Colour(0xad, 0xc8, 0xe0),
        Colour(0x7f, 0xae, 0xd4),
        Colour(0x52, 0x8d, 0xc2),
        Colour(0x3e, 0x66, 0xa8),
        Colour(0x3d, 0x3d, 0x85),
        Colour(0x3a, 0x10, 0x52),
    ];
    between(&STOPS, share)
}

/// From blue (0) over white (0.5) to red (1), for values on both sides of zero.
pub fn diverging(share: f64) -> Colour {
    const STOPS: [Colour; 5] = [
        Colour(0x1c, 0x4a, 0x8c),
        Colour(0x7f, 0xae, 0xd4),
        Colour(0xf7, 0xf7, 0xf5),
        Colour(0xe3, 0x93, 0x6c),
        Colour(0xa3, 0x2b, 0x1c),
    ];
    between(&STOPS, share)
}

fn between(stops: &[Colour], share: f64) -> Colour {
    let place = share.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
    let below = (place as usize).min(stops.len() - 2);
    let part = place - below as f64;
    let mix = |a: u8, b: u8| (f64::from(a) + part * (f64::from(b) - f64::from(a))).round() as u8;
    let (a, b) = (stops[below], stops[below + 1]);
    Colour(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}
