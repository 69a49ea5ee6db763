//! One pair of axes with what is drawn between them.

use super::arrow::{Arrow, arrow_head, arrows, heads_along};
use super::palette::{AXIS, GRID, INK, PAPER};
use super::ruler::{Quantity, Ruler, Scale, Tick, extent};
use super::scene::{Anchor, Colour, Dash, Point, Scene, Shape, Stroke};
use super::sign::{BAR, SWATCH, draw_bar, draw_swatch};
use super::text::Rich;
use super::trace::{Frame, clipped, thinned, wrapped};

pub use super::sign::{ColourBar, Swatch};

/// Size of captions and legends in points.
pub const CAPTION: f64 = 8.0;
/// Size of tick labels in points.
pub const SMALL: f64 = 7.0;
pub(super) const TICK: f64 = 2.5;
const HEADER: f64 = 13.0;
pub(super) const LEGEND_ROW: f64 = 10.0;
const TITLE_ROW: f64 = 13.0;
/// The widest name in a legend, as a share of the panel.
const LEGEND_ROOM: f64 = 0.7;
/// A sign at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Where a motion begins, or a stable fixed point: a disc.
    Disc,
    /// An unstable fixed point: a ring.
    Ring,
    /// A saddle: a cross.
    Cross,
}

/// One thing between the axes, in the units of the data.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// A line through points; wrapped where an axis is periodic.
    Curve {
        /// In order.
        points: Vec<Point>,
        /// How.
        stroke: Stroke,
        /// A disc at the start and an arrow head at the end.
        ends: bool,
    },
    /// Many separate lines of one kind: streamlines, level sets.
    Lines {
        /// Each in order.
        lines: Vec<Vec<Point>>,
        /// How.
        stroke: Stroke,
        /// Arrow heads along each.
        heads: bool,
    },
    /// Only the arrow heads of lines.
    Heads {
        /// Each in order.
        lines: Vec<Vec<Point>>,
        /// Their colour.
        colour: Colour,
    },
    /// Arrows at points.
    Arrows {
        /// Their middles, directions, lengths and colours.
        arrows: Vec<Arrow>,
        /// How many would fill the frame: the unit of their lengths is the distance of neighbours then.
        filling: f64,
    },
    /// Discs.
    Dots {
        /// Their centres.
        points: Vec<Point>,
        /// In points of the page.
        radius: f64,
        /// Disc or ring.
        hollow: bool,
        /// Inside of a disc, edge of a ring.
        colour: Colour,
    },
    /// A sign of its own.
    Mark {
        /// Where.
        at: Point,
        /// Which sign.
        sign: Sign,
        /// Its colour.
        colour: Colour,
    },
    /// A filled polygon.
    Area {
        /// Its corners.
        points: Vec<Point>,
        /// Inside.
        fill: Colour,
        /// From 0 to 1.
        opacity: f64,
    },
    /// Equal rectangles of colour.
    Image {
        /// Left and right edge.
        x: (f64, f64),
        /// Lower and upper edge.
        y: (f64, f64),
        /// Rectangles in a row.
        columns: usize,
        /// Rows from the upper edge.
        pixels: Vec<Colour>,
    },
}

impl Layer {
    /// Every point that the axes must show.
    fn points(&self) -> Box<dyn Iterator<Item = Point> + '_> {
        match self {
            Layer::Curve { points, .. } | Layer::Dots { points, .. } | Layer::Area { points, .. } => {
                Box::new(points.iter().copied())
            }
            Layer::Lines { lines, .. } | Layer::Heads { lines, .. } => Box::new(lines.iter().flatten().copied()),
            Layer::Mark { at, .. } => Box::new(std::iter::once(*at)),
            Layer::Arrows { arrows, .. } => Box::new(arrows.iter().map(|a| a.at)),
            Layer::Image { x, y, .. } => Box::new([(x.0, y.0), (x.1, y.1)].into_iter()),
        }
    }
}

/// A pair of axes; ranges that are not given come from the layers.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Panel {
    /// Across.
    pub x: Quantity,
    /// Upwards.
    pub y: Quantity,
    /// Ends of the axis across.
    pub x_range: Option<(f64, f64)>,
    /// Ends of the axis upwards.
    pub y_range: Option<(f64, f64)>,
    /// How values become places across.
    pub x_scale: Scale,
    /// How values become places upwards.
    pub y_scale: Scale,
    /// One unit is as long across as upwards.
    pub equal: bool,
    /// The axis across has no labels; so where a panel below has the same axis.
    pub bare: bool,
    /// The axis upwards has none; so where a panel to the left has the same axis.
    pub bare_left: bool,
    /// Back to front.
    pub layers: Vec<Layer>,
    /// Name and sign of each series.
    pub legend: Vec<(Rich, Swatch)>,
    /// A line above everything; empty for none, as figures in print have theirs below.
    pub title: String,
    /// The scale of colours.
    pub bar: Option<ColourBar>,
    /// Names in place of ticks across, where things stand beside each other that are no numbers.
    pub x_names: Vec<(f64, String)>,
}

/// A panel with its axes fixed, ready for a place of its size.
struct Fitted<'a> {
    panel: &'a Panel,
    x: Ruler,
    y: Ruler,
    /// Left, top, right, bottom of the space between the axes.
    frame: Frame,
}

impl Panel {
    /// Room that tick labels need to the left of the frame in a rectangle of this size.
    pub fn left_inset(&self, width: f64, height: f64) -> f64 {
        // A legend of more rows leaves a lower frame and other ticks, so several heights are tried.
        let room = |share: f64| {
            let frame = [0.0, 0.0, 0.85 * width, share * (height - self.above())];
            widest(&self.fitted(frame).y)
        };
        [0.6, 0.8, 1.0, 1.2].map(room).into_iter().fold(0.0, f64::max) + TICK + 3.0
    }

    /// Room above the frame: title and caption.
    fn above(&self) -> f64 {
        if self.title.is_empty() { HEADER } else { HEADER + TITLE_ROW }
    }

    fn below(&self) -> f64 {
        if self.bare { 4.0 } else { 22.0 }
    }

    fn ranges(&self) -> ((f64, f64), (f64, f64)) {
        let x = self.x_range.unwrap_or_else(|| self.data_extent(|p| p.0, &self.x, self.x_scale));
        let y = self.y_range.unwrap_or_else(|| self.data_extent(|p| p.1, &self.y, self.y_scale));
        (x, y)
    }

    fn data_extent(&self, coordinate: impl Fn(&Point) -> f64 + Copy, quantity: &Quantity, scale: Scale) -> (f64, f64) {
        let values = self.layers.iter().flat_map(|layer| layer.points()).map(|p| coordinate(&p));
        if let Some(period) = quantity.period {
            let (low, high) = extent(values, 0.0);
            let half = 0.5 * period;
            return if low >= -half && high <= half && high - low < 0.6 * period {
                extent([low, high].into_iter(), 0.06)
            } else {
                (-half, half)
            };
        }
        match scale {
            Scale::Linear => extent(values, 0.06),
            Scale::Log => {
                let (low, high) = extent(values.filter(|v| *v > 0.0), 0.0);
                (low * 0.8, high * 1.25)
            }
        }
    }

    /// Draws the panel into the rectangle `outer`, its frame starting `left` points inside.
    pub fn draw(&self, scene: &mut Scene, outer: Frame, left: f64) {
        let bar = if self.bar.is_some() { BAR } else { 0.0 };
        let (start, end) = (outer[0] + left, outer[2] - 9.0 - bar);
        let rows = self.legend_rows(end - start, 0.4 * (outer[3] - outer[1]));
        let header = self.above() + LEGEND_ROW * rows.len().saturating_sub(1) as f64;
        let frame = self.shrunk([start, outer[1] + header, end, outer[3] - self.below()]);
        let fitted = self.fitted(frame);
        fitted.shade(scene);
        fitted.grid(scene);
        for layer in &self.layers {
            fitted.layer(scene, layer);
        }
        fitted.axes(scene, Some(rows.len().saturating_sub(1)));
        self.draw_legend(scene, frame, &rows);
        if !self.title.is_empty() {
            let middle = 0.5 * (outer[0] + outer[2]);
            let title = Rich::plain(self.title.clone()).within(outer[2] - outer[0], CAPTION + 1.0);
            scene.text((middle, outer[1] + 9.0), Anchor::Middle, CAPTION + 1.0, INK, title);
        }
        if let Some(bar) = &self.bar {
            draw_bar(scene, bar, frame);
        }
    }

    /// A frame of the shape of two ranges to one scale, so that nothing is shown around them.
    fn shrunk(&self, [left, top, right, bottom]: Frame) -> Frame {
        match self.aspect() {
            Some(aspect) if right - left > (bottom - top) * aspect => {
                [left, top, left + (bottom - top) * aspect, bottom]
            }
            Some(aspect) => [left, top, right, top + (right - left) / aspect],
            None => [left, top, right, bottom],
        }
    }

    /// Width of the frame for its height, where both ranges are given and to one scale.
    pub fn aspect(&self) -> Option<f64> {
        let (x, y) = (self.x_range?, self.y_range?);
        let aspect = (x.1 - x.0) / (y.1 - y.0);
        (self.equal && aspect.is_finite() && aspect > 0.0).then_some(aspect)
    }

    /// Height of a panel so wide whose frame is as high as its aspect asks, within these limits.
    pub fn natural_height(&self, width: f64, (least, most): (f64, f64)) -> Option<f64> {
        let aspect = self.aspect()?;
        let bar = if self.bar.is_some() { BAR } else { 0.0 };
        let across = width - self.left_inset(width, 0.86 * width) - 15.0 - bar;
        let rows = self.legend_rows(across, width).len().saturating_sub(1);
        let around = self.above() + LEGEND_ROW * rows as f64 + self.below() + 3.0;
        Some((across / aspect).clamp(least, most) + around)
    }

    /// Draws only the frame, what is in it, and the labels of its axes; the title stands above its middle.
    /// For several frames beside each other, whose places are known.
    pub fn draw_framed(&self, scene: &mut Scene, frame: Frame) {
        let fitted = self.fitted(frame);
        fitted.shade(scene);
        fitted.grid(scene);
        for layer in &self.layers {
            fitted.layer(scene, layer);
        }
        fitted.axes(scene, None);
        if !self.title.is_empty() {
            let title = Rich::plain(self.title.clone()).within(frame[2] - frame[0] + 6.0, CAPTION);
            scene.text((0.5 * (frame[0] + frame[2]), frame[1] - 4.0), Anchor::Middle, CAPTION, INK, title);
        }
    }

    /// Width of the widest label across in a frame of this size.
    pub fn label_width(&self, width: f64, height: f64) -> f64 {
        widest(&self.fitted([0.0, 0.0, width, height]).x)
    }

    /// Room that the labels upwards need to the left of a frame of this height, with the caption above them.
    pub fn framed_left(&self, width: f64, height: f64) -> f64 {
        let y = self.fitted([0.0, 0.0, width, height]).y;
        widest(&y).max(y.caption.width(CAPTION)) + TICK + 3.0
    }

    fn fitted(&self, frame: Frame) -> Fitted<'_> {
        let ((mut x0, mut x1), (mut y0, mut y1)) = self.ranges();
        let (width, height) = (frame[2] - frame[0], frame[3] - frame[1]);
        if self.equal {
            let unit = ((x1 - x0) / width).max((y1 - y0) / height);
            let (x, y) = (0.5 * (x0 + x1), 0.5 * (y0 + y1));
            (x0, x1) = (x - 0.5 * unit * width, x + 0.5 * unit * width);
            (y0, y1) = (y - 0.5 * unit * height, y + 0.5 * unit * height);
        }
        let size = |low: f64, high: f64| low.abs().max(high.abs());
        let (mut x_size, mut y_size) = (size(x0, x1), size(y0, y1));
        if self.equal {
            (x_size, y_size) = (x_size.max(y_size), x_size.max(y_size));
        }
        let mut count = (width / 22.0).clamp(3.0, 10.0) as usize;
        let x = loop {
            let ruler = Ruler::sized(&self.x, x0, x1, self.x_scale, count, x_size);
            if count <= 1 || labels_fit(&ruler, width) {
                break ruler;
            }
            count -= 1;
        };
        let mut x = x;
        if !self.x_names.is_empty() {
            let room = width / self.x_names.len() as f64 - 4.0;
            let tick = |(value, name): &(f64, String)| Tick {
                value: *value,
                label: Rich::plain(name.clone()).within(room, SMALL),
            };
            x.ticks = self.x_names.iter().map(tick).collect();
        }
        let y = Ruler::sized(&self.y, y0, y1, self.y_scale, y_count(height), y_size);
        Fitted { panel: self, x, y, frame }
    }

    /// The entries of the legend row by row, in at most `height`. The first row stands beside the
    /// caption, and has no entry where the caption leaves no room.
    fn legend_rows(&self, width: f64, height: f64) -> Vec<Vec<usize>> {
        if self.legend.is_empty() {
            return Vec::new();
        }
        let caption = Rich::symbol(&self.y.label).spaced(Rich::unit(&self.y.unit)).width(CAPTION) + 24.0;
        let mut rows: Vec<Vec<usize>> = vec![Vec::new()];
        let mut used = 0.0;
        for (i, (label, _)) in self.legend.iter().enumerate() {
            let item = label.width(CAPTION).min(LEGEND_ROOM * width) + SWATCH + 11.0;
            let room = if rows.len() == 1 { width - caption } else { width };
            if used + item > room && (rows.len() > 1 || used > 0.0 || item <= width) {
                rows.push(Vec::new());
                used = 0.0;
            }
            used += item;
            if let Some(row) = rows.last_mut() {
                row.push(i);
            }
        }
        rows.truncate(1 + (height / LEGEND_ROW) as usize);
        rows
    }

    fn draw_legend(&self, scene: &mut Scene, frame: Frame, rows: &[Vec<usize>]) {
        for (number, row) in rows.iter().enumerate() {
            let y = frame[1] - 5.5 - LEGEND_ROW * (rows.len() - 1 - number) as f64;
            let mut x = frame[2];
            for i in row.iter().rev() {
                let (label, swatch) = &self.legend[*i];
                let label = label.clone().within(LEGEND_ROOM * (frame[2] - frame[0]), CAPTION);
                let width = label.width(CAPTION);
                scene.text((x, y), Anchor::End, CAPTION, INK, label);
                x -= width + 3.0;
                draw_swatch(scene, *swatch, (x - SWATCH, y - 2.6));
                x -= SWATCH + 8.0;
            }
        }
    }
}

pub(super) fn y_count(height: f64) -> usize {
    (height / 17.0).clamp(2.0, 8.0) as usize
}

fn widest(ruler: &Ruler) -> f64 {
    ruler.ticks.iter().map(|t| t.label.width(SMALL)).fold(0.0, f64::max)
}

fn labels_fit(ruler: &Ruler, width: f64) -> bool {
    ruler.ticks.windows(2).all(|pair| {
        let gap = (ruler.fraction(pair[1].value) - ruler.fraction(pair[0].value)) * width;
        0.5 * (pair[0].label.width(SMALL) + pair[1].label.width(SMALL)) + 9.0 <= gap
    })
}

impl Fitted<'_> {
    fn place(&self, p: Point) -> Point {
        let [left, top, right, bottom] = self.frame;
        (left + self.x.fraction(p.0) * (right - left), bottom - self.y.fraction(p.1) * (bottom - top))
    }

    /// The stretch of the axis along which values are not to be trusted.
    fn shade(&self, scene: &mut Scene) {
        let Some((from, to)) = self.panel.x.doubtful else { return };
        let [left, top, right, bottom] = self.frame;
        let x = |value: f64| self.place((value, self.y.low)).0.clamp(left, right);
        let (from, to) = (x(from), x(to));
        if from != to {
            let points = vec![(from, top), (to, top), (to, bottom), (from, bottom)];
            scene.push(Shape::Area { points, fill: INK, opacity: 0.07 });
        }
    }

    fn grid(&self, scene: &mut Scene) {
        let [left, top, right, bottom] = self.frame;
        let thin = Stroke { colour: GRID, width: 0.5, dash: Dash::Solid };
        for tick in self.x.ticks.iter().filter(|_| self.panel.x_names.is_empty()) {
            let x = self.place((tick.value, self.y.low)).0;
            scene.line((x, top), (x, bottom), thin);
        }
        for tick in &self.y.ticks {
            let y = self.place((self.x.low, tick.value)).1;
            scene.line((left, y), (right, y), thin);
        }
    }

    /// Axes with their labels; the caption upwards stands above so many rows of a legend, or above the labels.
    fn axes(&self, scene: &mut Scene, legend_rows: Option<usize>) {
        let [left, top, right, bottom] = self.frame;
        let thin = Stroke { colour: AXIS, width: 0.6, dash: Dash::Solid };
        scene.push(Shape::Line { points: vec![(left, top), (left, bottom), (right, bottom)], stroke: thin });
        for tick in &self.y.ticks {
            let y = self.place((self.x.low, tick.value)).1;
            scene.line((left - TICK, y), (left, y), thin);
            if !self.panel.bare_left {
                scene.text((left - TICK - 2.0, y + 0.36 * SMALL), Anchor::End, SMALL, INK, tick.label.clone());
            }
        }
        for tick in &self.x.ticks {
            let x = self.place((tick.value, self.y.low)).0;
            scene.line((x, bottom), (x, bottom + TICK), thin);
            if !self.panel.bare {
                scene.text((x, bottom + TICK + 7.5), Anchor::Middle, SMALL, INK, tick.label.clone());
            }
        }
        // Over a scale of colours stands its own caption.
        let room = right - left - if self.panel.bar.is_some() { 0.4 * BAR } else { 0.0 };
        let caption = self.y.caption.clone().within(room, CAPTION);
        match legend_rows {
            _ if self.panel.bare_left => {}
            Some(rows) => {
                let y = top - 5.5 - LEGEND_ROW * rows as f64;
                scene.text((left - TICK - 2.0, y), Anchor::Start, CAPTION, INK, caption);
            }
            None => scene.text((left - TICK - 2.0, top - 5.5), Anchor::End, CAPTION, INK, caption),
        }
        if !self.panel.bare {
            let caption = self.x.caption.clone().within(room, CAPTION);
            scene.text((0.5 * (left + right), bottom + 19.5), Anchor::Middle, CAPTION, INK, caption);
        }
    }

    fn traced(&self, points: &[Point]) -> Vec<Vec<Point>> {
        let mut pieces = Vec::new();
        for piece in wrapped(points, self.panel.x.period, self.panel.y.period) {
            let placed: Vec<Point> = piece.iter().map(|p| self.place(*p)).collect();
            for part in clipped(&placed, self.frame) {
                pieces.push(thinned(&part));
            }
        }
        pieces
    }

    fn inside(&self, at: Point) -> bool {
        let [left, top, right, bottom] = self.frame;
        at.0 >= left - 0.5 && at.0 <= right + 0.5 && at.1 >= top - 0.5 && at.1 <= bottom + 0.5
    }

    fn layer(&self, scene: &mut Scene, layer: &Layer) {
        match layer {
            Layer::Curve { points, stroke, ends } => {
                let pieces = self.traced(points);
                let first = pieces.first().and_then(|p| p.first().copied());
                let last = pieces.last().cloned();
                for points in pieces {
                    scene.push(Shape::Line { points, stroke: *stroke });
                }
                if *ends {
                    if let Some(line) = last {
                        arrow_head(scene, &line, line.len() - 1, stroke.colour, 4.5);
                    }
                    if let Some(centre) = first {
                        let edge = Stroke { colour: PAPER, width: 0.6, dash: Dash::Solid };
                        scene.push(Shape::Circle { centre, radius: 2.2, fill: stroke.colour, stroke: Some(edge) });
                    }
                }
            }
            Layer::Lines { lines, stroke, heads } => {
                for line in lines {
                    for piece in self.traced(line) {
                        if *heads {
                            heads_along(scene, &piece, stroke.colour);
                        }
                        scene.push(Shape::Line { points: piece, stroke: *stroke });
                    }
                }
            }
            Layer::Dots { points, radius, hollow, colour } => {
                let wrapped = points.iter().flat_map(|p| wrapped(&[*p], self.panel.x.period, self.panel.y.period));
                let centres: Vec<Point> = wrapped.map(|p| self.place(p[0])).filter(|p| self.inside(*p)).collect();
                if *hollow {
                    let stroke = Some(Stroke { colour: *colour, width: 0.4 * radius.min(2.0), dash: Dash::Solid });
                    for centre in centres {
                        scene.push(Shape::Circle { centre, radius: *radius, fill: PAPER, stroke });
                    }
                } else if !centres.is_empty() {
                    scene.push(Shape::Dots { centres, radius: *radius, fill: *colour });
                }
            }
            Layer::Heads { lines, colour } => {
                for piece in lines.iter().flat_map(|line| self.traced(line)) {
                    heads_along(scene, &piece, *colour);
                }
            }
            Layer::Arrows { arrows: list, filling } => {
                let [left, top, right, bottom] = self.frame;
                let unit = ((right - left) * (bottom - top) / filling.max(1.0)).sqrt();
                let scale = ((right - left) / (self.x.high - self.x.low), (bottom - top) / (self.y.high - self.y.low));
                let shown = list.iter().map(|a| (self.place(a.at), a)).filter(|(p, _)| self.inside(*p));
                arrows(scene, shown, scale, unit);
            }
            Layer::Mark { at, sign, colour } => self.mark(scene, self.place(*at), *sign, *colour),
            Layer::Area { points, fill, opacity } => {
                let [left, top, right, bottom] = self.frame;
                let within = |p: &Point| {
                    let p = self.place(*p);
                    (p.0.clamp(left, right), p.1.clamp(top, bottom))
                };
                scene.push(Shape::Area { points: points.iter().map(within).collect(), fill: *fill, opacity: *opacity });
            }
            Layer::Image { x, y, columns, pixels } => {
                let (from, to) = (self.place((x.0, y.1)), self.place((x.1, y.0)));
                let size = (to.0 - from.0, to.1 - from.1);
                scene.push(Shape::Image { at: from, size, columns: *columns, pixels: pixels.clone() });
            }
        }
    }

    fn mark(&self, scene: &mut Scene, at: Point, sign: Sign, colour: Colour) {
        if !self.inside(at) {
            return;
        }
        let line = Stroke { colour, width: 1.0, dash: Dash::Solid };
        match sign {
            Sign::Disc => scene.push(Shape::Circle { centre: at, radius: 2.6, fill: colour, stroke: None }),
            Sign::Ring => scene.push(Shape::Circle { centre: at, radius: 2.4, fill: PAPER, stroke: Some(line) }),
            Sign::Cross => {
                scene.line((at.0 - 2.4, at.1 - 2.4), (at.0 + 2.4, at.1 + 2.4), line);
                scene.line((at.0 - 2.4, at.1 + 2.4), (at.0 + 2.4, at.1 - 2.4), line);
            }
        }
    }
}
