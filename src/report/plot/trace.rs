//! Lines through samples: broken at the wrap of an angle, cut at the frame, thinned to what shows.

use super::scene::Point;

/// Cuts a curve where a periodic coordinate passes the border ±period/2, and wraps its values. The
/// pieces reach the border exactly, at the place found by linear interpolation.
pub fn wrapped(points: &[Point], period_x: Option<f64>, period_y: Option<f64>) -> Vec<Vec<Point>> {
    let pieces = cut(points.to_vec(), period_y, |p| p.1, |p, v| (p.0, v));
    pieces.into_iter().flat_map(|piece| cut(piece, period_x, |p| p.0, |p, v| (v, p.1))).collect()
}

fn cut(
    points: Vec<Point>,
    period: Option<f64>,
    value: impl Fn(Point) -> f64,
    with: impl Fn(Point, f64) -> Point,
) -> Vec<Vec<Point>> {
    let Some(period) = period.filter(|p| *p > 0.0) else { return vec![points] };
    let turn = |v: f64| (v / period + 0.5).floor();
    let mut pieces = Vec::new();
    let mut piece: Vec<Point> = Vec::new();
    let mut last: Option<Point> = None;
    for point in points {
        let here = turn(value(point));
        if let Some(before) = last.filter(|b| turn(value(*b)) != here) {
            let from = turn(value(before));
            if (here - from).abs() == 1.0 {
                let border = (from.max(here) - 0.5) * period;
                let share = (border - value(before)) / (value(point) - value(before));
                let at = (before.0 + share * (point.0 - before.0), before.1 + share * (point.1 - before.1));
                let edge = if here > from { 0.5 * period } else { -0.5 * period };
                piece.push(with(at, edge));
                pieces.push(std::mem::take(&mut piece));
                piece.push(with(at, -edge));
            } else {
                pieces.push(std::mem::take(&mut piece));
            }
        }
        piece.push(with(point, value(point) - here * period));
        last = Some(point);
    }
    pieces.push(piece);
    pieces.retain(|p| !p.is_empty());
    pieces
}

/// A rectangle on the page: left, top, right, bottom.
pub type Frame = [f64; 4];

/// The parts of a line inside a frame.
pub fn clipped(points: &[Point], frame: Frame) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    let mut open = false;
    for pair in points.windows(2) {
        match clip_segment(pair[0], pair[1], frame) {
            Some((from, to)) => {
                if !open || from != pair[0] {
                    pieces.push(vec![from]);
                }
                if let Some(piece) = pieces.last_mut() {
                    piece.push(to);
                }
                open = to == pair[1];
            }
            None => open = false,
        }
    }
    pieces
}

/// Liang and Barsky: the part of a segment inside a frame.
fn clip_segment(from: Point, to: Point, [left, top, right, bottom]: Frame) -> Option<(Point, Point)> {
    if !(from.0.is_finite() && from.1.is_finite() && to.0.is_finite() && to.1.is_finite()) {
        return None;
    }
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    for (step, room) in [(-dx, from.0 - left), (dx, right - from.0), (-dy, from.1 - top), (dy, bottom - from.1)] {
        if step == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if step < 0.0 {
            enter = enter.max(room / step);
        } else {
            leave = leave.min(room / step);
        }
    }
    if enter > leave {
        return None;
    }
    let at = |s: f64| (from.0 + s * dx, from.1 + s * dy);
    Some((if enter > 0.0 { at(enter) } else { from }, if leave < 1.0 { at(leave) } else { to }))
}

/// Most points of one line in a picture; a longer one is thinned more coarsely.
const POINTS: usize = 60_000;
/// Points looked back upon when a line is straightened; bounds the work to a multiple of the length.
const WINDOW: usize = 48;

/// The same line to within a small part of a point, with as few points as one pass finds.
pub fn thinned(points: &[Point]) -> Vec<Point> {
    let mut tolerance = 0.04;
    loop {
        let thin = straightened(points, tolerance);
        if thin.len() <= POINTS || tolerance > 1.0 {
            return thin;
        }
        tolerance *= 2.0;
    }
}

fn straightened(points: &[Point], tolerance: f64) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    let mut anchor = 0;
    let mut last = 0;
    for (i, point) in points.iter().enumerate() {
        if i == 0 {
            kept.push(*point);
            continue;
        }
        let between = &points[anchor + 1..i];
        let straight =
            between.len() <= WINDOW && between.iter().all(|p| distance(*p, points[anchor], *point) <= tolerance);
        if !straight {
            kept.push(points[last]);
            anchor = last;
        }
        last = i;
    }
    if last > 0 {
        kept.push(points[last]);
    }
    kept
}

/// Distance of a point from a segment.
fn distance(p: Point, from: Point, to: Point) -> f64 {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx * dx + dy * dy;
    let share = if length > 0.0 { (((p.0 - from.0) * dx + (p.1 - from.1) * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    let (ex, ey) = (p.0 - from.0 - share * dx, p.1 - from.1 - share * dy);
    (ex * ex + ey * ey).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_angle_that_turns_over_is_broken_at_the_wrap() {
        let turning: Vec<Point> = (0..=100).map(|i| (f64::from(i), 0.1 * f64::from(i))).collect();
        let period = 2.0 * std::f64::consts::PI;
        let pieces = wrapped(&turning, None, Some(period));
        assert_eq!(pieces.len(), 3);
        for piece in &pieces {
            assert!(piece.iter().all(|p| p.1.abs() <= 0.5 * period + 1e-12));
            assert!(piece.windows(2).all(|w| (w[1].1 - w[0].1).abs() < 0.2));
        }
        assert_eq!(pieces[0].last().map(|p| p.1), Some(0.5 * period));
        assert_eq!(pieces[1].first().map(|p| p.1), Some(-0.5 * period));
    }

    #[test]
    fn thinning_keeps_the_line() {
        let wave: Vec<Point> =
            (0..20_000).map(|i| (0.02 * f64::from(i), (0.001 * f64::from(i % 700)) * 40.0)).collect();
        let thin = thinned(&wave);
        assert!(thin.len() < wave.len() / 5, "{}", thin.len());
        let mut segment = 0;
        for p in &wave {
            while thin[segment + 1].0 < p.0 {
                segment += 1;
            }
            assert!(distance(*p, thin[segment], thin[segment + 1]) < 0.05);
        }
    }

    #[test]
    fn what_leaves_the_frame_is_cut() {
        let pieces = clipped(&[(-5.0, 5.0), (5.0, 5.0), (5.0, 50.0), (7.0, 50.0), (7.0, 1.0)], [0.0, 0.0, 10.0, 10.0]);
        assert_eq!(pieces, vec![vec![(0.0, 5.0), (5.0, 5.0), (5.0, 10.0)], vec![(7.0, 10.0), (7.0, 1.0)]]);
    }
}
