//! Pictures of curves and bars, as SVG and as pixels.

use super::font::glyph;
use std::fmt::Write;

/// Size of a picture in pixels.
const SIZE: (f64, f64) = (900.0, 360.0);

/// Space beside the axes: left, top, right, bottom.
const MARGIN: (f64, f64, f64, f64) = (84.0, 36.0, 20.0, 48.0);

/// Parts that an axis is cut into.
const TICKS: u32 = 4;

/// A picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plot {
    /// What it shows.
    pub title: String,
    /// What goes to the right.
    pub x: String,
    /// What goes up.
    pub y: String,
    /// What is drawn, the first below the others.
    pub series: Vec<Series>,
    /// Heights go up by powers of ten.
    pub logarithmic: bool,
    /// Values to the right are powers of ten.
    pub decades: bool,
}

/// Something that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Series {
    /// A line through points.
    Line {
        /// Red, green and blue.
        colour: [u8; 3],
        /// The points.
        points: Vec<(f64, f64)>,
    },
    /// Bars up from the bottom.
    Bars {
        /// Red, green and blue.
        colour: [u8; 3],
        /// Where each stands, and its height.
        points: Vec<(f64, f64)>,
    },
}

/// Values on an axis with their texts.
type Ticks = Vec<(f64, String)>;

/// What of the data the picture shows.
#[derive(Clone, Copy)]
struct View {
    x: (f64, f64),
    y: (f64, f64),
}

impl Series {
    fn points(&self) -> &[(f64, f64)] {
        match self {
            Series::Line { points, .. } | Series::Bars { points, .. } => points,
        }
    }
}

impl Plot {
    fn view(&self) -> View {
        let mut view = View {
            x: (f64::INFINITY, f64::NEG_INFINITY),
            y: (f64::INFINITY, f64::NEG_INFINITY),
        };
        for (x, y) in self.series.iter().flat_map(Series::points) {
            view.x = (view.x.0.min(*x), view.x.1.max(*x));
            let y = self.height(*y);
            view.y = (view.y.0.min(y), view.y.1.max(y));
        }
        if self
            .series
            .iter()
            .any(|series| matches!(series, Series::Bars { .. }))
        {
            view.y.0 = view.y.0.min(0.0);
        }
        for range in [&mut view.x, &mut view.y] {
            if !range.0.is_finite() {
                *range = (0.0, 1.0);
            }
            if range.1 - range.0 < 1e-12 {
                *range = (range.0 - 0.5, range.1 + 0.5);
            }
        }
        view
    }

    fn height(&self, y: f64) -> f64 {
        if self.logarithmic {
            y.max(1.0).log10()
        } else {
            y
        }
    }

    fn place(&self, view: View, (x, y): (f64, f64)) -> (f64, f64) {
        let (left, top, right, bottom) = MARGIN;
        let share = (x - view.x.0) / (view.x.1 - view.x.0);
        let high = (self.height(y) - view.y.0) / (view.y.1 - view.y.0);
        let across = left + share * (SIZE.0 - left - right);
        (across, SIZE.1 - bottom - high * (SIZE.1 - top - bottom))
    }

    /// Values on the axes with their texts: along x, then along y.
    fn ticks(&self, view: View) -> (Ticks, Ticks) {
        let along = |range: (f64, f64), is_log: bool| -> Ticks {
            let step = |number: u32| {
                let share = f64::from(number) / f64::from(TICKS);
                range.0 + share * (range.1 - range.0)
            };
            let places: Vec<f64> = (0..=TICKS).map(step).collect();
            let shown = |at: &f64| if is_log { 10_f64.powf(*at) } else { *at };
            let texts = labels(&places.iter().map(shown).collect::<Vec<_>>());
            places.into_iter().zip(texts).collect()
        };
        (along(view.x, self.decades), along(view.y, self.logarithmic))
    }

    /// The picture as an SVG element that stands for itself. `[thread-safe]`
    pub fn svg(&self) -> String {
        let view = self.view();
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" role=\"img\" \
             font-family=\"sans-serif\" font-size=\"12\" fill=\"#333\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
            SIZE.0, SIZE.1
        );
        // Writing to a String cannot fail.
        let _ = self.write_axes(&mut svg, view);
        for series in &self.series {
            let _ = self.write_series(&mut svg, view, series);
        }
        svg + "</svg>\n"
    }

    fn write_axes(&self, svg: &mut String, view: View) -> std::fmt::Result {
        let (left, top, right, bottom) = MARGIN;
        let (end, floor) = (SIZE.0 - right, SIZE.1 - bottom);
        let (title, x, y) = (escape(&self.title), escape(&self.x), escape(&self.y));
        writeln!(
            svg,
            "<text x=\"{left}\" y=\"20\" font-size=\"15\">{title}</text>"
        )?;
        let middle = f64::midpoint(left, end);
        let low = SIZE.1 - 8.0;
        writeln!(
            svg,
            "<text x=\"{middle}\" y=\"{low}\" text-anchor=\"middle\">{x}</text>"
        )?;
        writeln!(
            svg,
            "<text x=\"{end}\" y=\"20\" text-anchor=\"end\">{y}</text>"
        )?;
        let (along_x, along_y) = self.ticks(view);
        for (value, text) in along_x {
            let at = left + (value - view.x.0) / (view.x.1 - view.x.0) * (end - left);
            let below = floor + 18.0;
            writeln!(
                svg,
                "<text x=\"{at:.1}\" y=\"{below}\" text-anchor=\"middle\">{text}</text>"
            )?;
        }
        for (value, text) in along_y {
            let at = floor - (value - view.y.0) / (view.y.1 - view.y.0) * (floor - top);
            let before = left - 6.0;
            writeln!(
                svg,
                "<path d=\"M{left} {at:.1}H{end}\" stroke=\"#ddd\"/>\
                 <text x=\"{before}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>",
                at + 4.0
            )?;
        }
        Ok(())
    }

    fn write_series(&self, svg: &mut String, view: View, series: &Series) -> std::fmt::Result {
        match series {
            Series::Line { colour, points } => {
                write!(
                    svg,
                    "<polyline fill=\"none\" stroke=\"{}\" points=\"",
                    hex(*colour)
                )?;
                for point in points {
                    let (x, y) = self.place(view, *point);
                    write!(svg, "{x:.1},{y:.1} ")?;
                }
                svg.push_str("\"/>\n");
            }
            Series::Bars { colour, points } => {
                let floor = SIZE.1 - MARGIN.3;
                write!(
                    svg,
                    "<path stroke-width=\"3\" stroke=\"{}\" d=\"",
                    hex(*colour)
                )?;
                for point in points {
                    let (x, y) = self.place(view, *point);
                    write!(svg, "M{x:.1} {floor}V{y:.1}")?;
                }
                svg.push_str("\"/>\n");
            }
        }
        Ok(())
    }

    /// The picture as rows of red, green and blue.
    pub(super) fn pixels(&self) -> Canvas {
        let mut canvas = Canvas::new(SIZE.0, SIZE.1);
        let view = self.view();
        let (left, top, right, bottom) = MARGIN;
        let (end, floor) = (SIZE.0 - right, SIZE.1 - bottom);
        let dark = [60, 60, 60];
        canvas.text(&self.title, (left, 8.0), dark);
        canvas.text(&self.x, (left, SIZE.1 - 18.0), dark);
        canvas.text(
            &self.y,
            (end - 8.0 * self.y.chars().count() as f64, 8.0),
            dark,
        );
        let (along_x, along_y) = self.ticks(view);
        for (value, text) in along_x {
            let at = left + (value - view.x.0) / (view.x.1 - view.x.0) * (end - left);
            let half = 4.0 * text.chars().count() as f64;
            canvas.text(
                &text,
                ((at - half).min(end - 2.0 * half), floor + 8.0),
                dark,
            );
        }
        for (value, text) in along_y {
            let at = floor - (value - view.y.0) / (view.y.1 - view.y.0) * (floor - top);
            canvas.line((left, at), (end, at), [221, 221, 221]);
            let wide = 8.0 * text.chars().count() as f64;
            canvas.text(&text, ((left - 6.0 - wide).max(0.0), at - 5.0), dark);
        }
        for series in &self.series {
            match series {
                Series::Line { colour, points } => {
                    for pair in points.windows(2) {
                        let (from, to) = (self.place(view, pair[0]), self.place(view, pair[1]));
                        canvas.line(from, to, *colour);
                    }
                }
                Series::Bars { colour, points } => {
                    for point in points {
                        let (x, y) = self.place(view, *point);
                        for beside in [-1.0, 0.0, 1.0] {
                            canvas.line((x + beside, floor), (x + beside, y), *colour);
                        }
                    }
                }
            }
        }
        canvas
    }
}

/// Rows of pixels.
pub(super) struct Canvas {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Red, green, blue, row by row.
    pub(super) bytes: Vec<u8>,
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places outside of the picture are left out before they are indices"
)]
impl Canvas {
    fn new(width: f64, height: f64) -> Canvas {
        let (width, height) = (width as usize, height as usize);
        Canvas {
            width,
            height,
            bytes: vec![255; 3 * width * height],
        }
    }

    fn dot(&mut self, x: f64, y: f64, colour: [u8; 3]) {
        let inside =
            (0.0..self.width as f64).contains(&x) && (0.0..self.height as f64).contains(&y);
        if inside {
            let at = 3 * (y as usize * self.width + x as usize);
            self.bytes[at..at + 3].copy_from_slice(&colour);
        }
    }

    fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: [u8; 3]) {
        let (across, down) = (to.0 - from.0, to.1 - from.1);
        let steps = across.abs().max(down.abs()).ceil().clamp(1.0, 4096.0);
        for step in 0..=(steps as u32) {
            let share = f64::from(step) / steps;
            self.dot(from.0 + share * across, from.1 + share * down, colour);
        }
    }

    /// Letters of eight pixels' width.
    fn text(&mut self, text: &str, (x, y): (f64, f64), colour: [u8; 3]) {
        for (number, letter) in text.chars().enumerate() {
            let x = x + 8.0 * number as f64;
            for (row, dots) in glyph(letter).into_iter().enumerate() {
                for column in (0..3_u8).filter(|column| dots >> (2 - column) & 1 == 1) {
                    for (right, down) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
                        let x = x + 2.0 * f64::from(column) + right;
                        self.dot(x, y + 2.0 * row as f64 + down, colour);
                    }
                }
            }
        }
    }
}

/// Ascending numbers in few letters, and in as many as tell them apart.
fn labels(values: &[f64]) -> Vec<String> {
    let texts = |more: usize| -> Vec<String> {
        let text = |value: &f64| short(*value, more);
        values.iter().map(text).collect()
    };
    let differ = |texts: &Vec<String>| texts.windows(2).all(|pair| pair[0] != pair[1]);
    let found = (0..MORE_DIGITS).map(texts).find(differ);
    found.unwrap_or_else(|| texts(MORE_DIGITS))
}

/// Digits that are added at most where fewer do not tell the numbers of an axis apart.
const MORE_DIGITS: usize = 12;

/// A number in few letters, with so many digits more.
fn short(value: f64, more: usize) -> String {
    let size = value.abs();
    let one = 1 + more;
    match size {
        _ if size >= 1e9 => format!("{:.one$}G", value / 1e9),
        _ if size >= 1e6 => format!("{:.one$}M", value / 1e6),
        _ if size >= 1e4 => format!("{:.one$}k", value / 1e3),
        _ if size >= 100.0 || size == 0.0 => format!("{value:.more$}"),
        _ => format!("{value:.0$}", one + 1),
    }
}

fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_repeats_no_label() {
        let ticks = |low: f64, high: f64| {
            let at = |n: u32| low + f64::from(n) / f64::from(TICKS) * (high - low);
            labels(&(0..=TICKS).map(at).collect::<Vec<_>>())
        };
        let usual = ["0", "25.00", "50.00", "75.00", "100"];
        assert_eq!(ticks(0.0, 100.0), usual);
        let close = ["94.000", "94.005", "94.010", "94.015", "94.020"];
        assert_eq!(ticks(94.0, 94.02), close);
        let spins = ["250.00k", "250.05k", "250.10k", "250.15k", "250.20k"];
        assert_eq!(ticks(250_000.0, 250_200.0), spins);
        assert_eq!(
            ticks(199.5, 200.5),
            ["199.5", "199.8", "200.0", "200.2", "200.5"]
        );
        for range in [(-0.001, 0.002), (9_999.0, 10_001.0), (1e9, 1e9 + 5.0)] {
            let mut found = ticks(range.0, range.1);
            found.dedup();
            assert_eq!(found.len(), 5, "{found:?}");
        }
    }
}
