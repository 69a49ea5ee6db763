//! Small plots made of characters: braille dots where the screen has them, full stops where not.

/// A curve as lines of `width` characters, `height` lines; the values are equally spaced in time.
/// Each character shows two columns and four rows of dots. Where a curve is steep its column is
/// filled, so that it stays one line; where it is broken (`NaN`) nothing is drawn.
pub fn curve(values: &[f64], width: usize, height: usize, unicode: bool) -> Vec<String> {
    let (columns, rows) = (2 * width, 4 * height);
    let finite = values.iter().copied().filter(|v| v.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    let mut dots = vec![false; columns * rows];
    if low <= high && width > 0 && height > 0 {
        let flat = high - low <= 1e-9 * low.abs().max(high.abs());
        let row =
            |v: f64| if flat { rows / 2 } else { ((high - v) / (high - low) * (rows - 1) as f64).round() as usize };
        let mut before: Option<usize> = None;
        for column in 0..columns {
            let range = range(values.len(), columns, column);
            let here = values[range].iter().copied().filter(|v| v.is_finite());
            let (least, most) = here.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
            if least > most {
                before = None;
                continue;
            }
            let (top, bottom) = (row(most), row(least));
            // Joined to the column before it, half-way.
            let (from, to) = match before {
                Some(last) if last < top => (last + 1, bottom),
                Some(last) if last > bottom => (top, last - 1),
                _ => (top, bottom),
            };
            for r in from.min(top)..=to.max(bottom) {
                dots[r * columns + column] = true;
            }
            before = Some(if before.is_some_and(|last| last < top) { bottom } else { top });
        }
    }
    let dot = |x: usize, y: usize| dots[y * columns + x];
    (0..height)
        .map(|line| {
            let text: String = (0..width)
                .map(|c| if unicode { cell(&dot, 2 * c, 4 * line) } else { plain(&dot, 2 * c, 4 * line) })
                .collect();
            text.trim_end_matches([' ', '\u{2800}']).to_owned()
        })
        .collect()
}

/// The samples that fall into a column; at least one.
fn range(samples: usize, columns: usize, column: usize) -> std::ops::Range<usize> {
    let from = column * samples / columns;
    let to = ((column + 1) * samples / columns).max(from + 1).min(samples);
    from.min(to)..to
}

/// The braille character with these dots.
fn cell(dot: &impl Fn(usize, usize) -> bool, x: usize, y: usize) -> char {
    const BITS: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
    let mut code = 0x2800;
    for (dy, bits) in BITS.iter().enumerate() {
        for (dx, bit) in bits.iter().enumerate() {
            if dot(x + dx, y + dy) {
                code |= bit;
            }
        }
    }
    char::from_u32(code).unwrap_or(' ')
}

/// A character whose height shows where the dots are.
fn plain(dot: &impl Fn(usize, usize) -> bool, x: usize, y: usize) -> char {
    let has = |dy: usize| dot(x, y + dy) || dot(x + 1, y + dy);
    match (has(0) || has(1), has(2) || has(3)) {
        (true, true) => ':',
        (true, false) => '\'',
        (false, true) => '.',
        (false, false) => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_climbs_from_corner_to_corner() {
        let ramp: Vec<f64> = (0..80).map(f64::from).collect();
        let lines = curve(&ramp, 10, 3, true);
        assert_eq!(lines.len(), 3);
        assert!(lines[0].ends_with('⠉') || lines[0].ends_with('⠁') || lines[0].chars().count() == 10);
        assert!(lines[2].starts_with(['⡀', '⣀', '⢀', '⣠', '⡠']), "{lines:?}");
        let plain = curve(&ramp, 10, 3, false);
        assert!(plain.concat().is_ascii());
    }

    #[test]
    fn constant_empty_and_broken_data_are_drawn_without_harm() {
        assert_eq!(curve(&[], 5, 2, true), ["", ""]);
        assert!(curve(&[3.0; 7], 5, 2, true).concat().chars().any(|c| c != '\u{2800}'));
        let broken = [0.0, f64::NAN, f64::INFINITY, 1.0];
        assert_eq!(curve(&broken, 4, 1, true).len(), 1);
    }
}
