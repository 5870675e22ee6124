//! Pictures: loudness over time, and waveforms. The same input gives the same bytes.

mod canvas;

use std::fmt::Write as _;
use std::path::Path;

use crate::atomic::write_atomic;
use crate::error::{Error, Result};
use crate::measure::Measurement;
use crate::overview::{Bin, Overview};
use canvas::{Canvas, Colour};

/// Levels shown, LUFS.
const TOP: f64 = 0.0;
const BOTTOM: f64 = -60.0;
const MARGIN: u32 = 40;

const PAPER: Colour = [250, 250, 248];
const INK: Colour = [60, 60, 66];
const GRID: Colour = [222, 222, 218];
const MOMENTARY: Colour = [150, 178, 214];
const SHORT_TERM: Colour = [28, 84, 150];
const INTEGRATED: Colour = [190, 70, 50];
const PEAK: Colour = [120, 150, 190];

/// What the curves are, in their colours.
const LEGEND: [(&str, Colour); 2] = [("M", MOMENTARY), ("S", SHORT_TERM)];

/// Most pixels of a side of a picture.
const MAX_PIXELS: u32 = 16_384;

/// Size of a picture in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// 100 to 16,384.
    pub width: u32,
    /// 60 to 16,384.
    pub height: u32,
}

impl Size {
    /// Whether there are pictures of this size.
    ///
    /// # Errors
    /// [`Error::Settings`].
    pub fn check(self) -> Result<()> {
        let rows = [("width", self.width, 100), ("height", self.height, 60)];
        match rows
            .iter()
            .find(|row| !(row.2..=MAX_PIXELS).contains(&row.1))
        {
            Some((what, value, lowest)) => Err(Error::Settings(format!(
                "{what} {value} is not in {lowest}..={MAX_PIXELS} pixels"
            ))),
            None => Ok(()),
        }
    }
}

/// M, S and I over time as an SVG file. The measurement needs its history. `[thread-safe]`
///
/// # Errors
/// [`Error::Settings`] for the size, [`Error::Io`].
pub fn loudness_svg(m: &Measurement, size: Size, target: &Path) -> Result<()> {
    size.check()?;
    write_atomic(target, svg(m, size).as_bytes())
}

/// The same as a PNG file.
///
/// # Errors
/// As [`loudness_svg`].
pub fn loudness_png(m: &Measurement, size: Size, target: &Path) -> Result<()> {
    size.check()?;
    let axes = Axes::new(m, size);
    let mut canvas = Canvas::new(size, PAPER);
    for level in axes.levels() {
        let y = pixel(axes.y(level));
        canvas.line((MARGIN, y), (size.width - MARGIN / 2, y), GRID);
        canvas.text(2, y.saturating_sub(3), &format!("{level:.0}"), INK);
    }
    for second in axes.seconds() {
        let x = pixel(axes.x(second));
        canvas.line((x, MARGIN / 2), (x, size.height - MARGIN / 2), GRID);
        canvas.text(
            x.saturating_sub(8),
            size.height - MARGIN / 2 + 5,
            &clock(second),
            INK,
        );
    }
    for (line, colour) in [
        (axes.line(m, false), MOMENTARY),
        (axes.line(m, true), SHORT_TERM),
    ] {
        for pair in line.windows(2) {
            let at = |point: (f64, f64)| (pixel(point.0), pixel(point.1));
            canvas.line(at(pair[0]), at(pair[1]), colour);
        }
    }
    canvas.text(2, 4, "LUFS", INK);
    for (n, (name, colour)) in (0..).zip(LEGEND) {
        canvas.text(MARGIN + 4 + 14 * n, 4, name, colour);
    }
    if m.integrated.is_finite() {
        let y = pixel(axes.y(m.integrated));
        canvas.line((MARGIN, y), (size.width - MARGIN / 2, y), INTEGRATED);
        canvas.text(
            MARGIN + 4,
            y.saturating_sub(9),
            &format!("I {:.1} LUFS", m.integrated),
            INTEGRATED,
        );
    }
    write_atomic(target, &canvas.png(target)?)
}

/// The waveform of a stretch as a PNG file, one lane per channel.
///
/// # Errors
/// As [`Overview::picture`]; [`Error::Settings`] for the size.
pub fn waveform_png(
    overview: &mut Overview,
    frames: std::ops::Range<u64>,
    size: Size,
    target: &Path,
) -> Result<()> {
    size.check()?;
    let channels = overview.info().channels;
    let mut canvas = Canvas::new(size, PAPER);
    let lane = size.height / u32::from(channels).max(1);
    for channel in 0..channels {
        let top = lane * u32::from(channel);
        let bins = overview.picture(channel, frames.clone(), size.width)?;
        let row = |value: f32| {
            let half = f64::from(lane) / 2.0;
            pixel(f64::from(top) + half - f64::from(value.clamp(-1.0, 1.0)) * (half - 1.0))
        };
        canvas.line((0, row(0.0)), (size.width - 1, row(0.0)), GRID);
        for (x, Bin { min, max, rms }) in (0..).zip(bins) {
            canvas.line((x, row(max)), (x, row(min)), PEAK);
            canvas.line(
                (x, row(rms.min(max))),
                (x, row((-rms).max(min))),
                SHORT_TERM,
            );
        }
    }
    write_atomic(target, &canvas.png(target)?)
}

/// From time and level to the picture.
struct Axes {
    size: Size,
    seconds: f64,
}

impl Axes {
    fn new(m: &Measurement, size: Size) -> Self {
        Self {
            size,
            seconds: m.seconds().max(0.1),
        }
    }

    fn x(&self, seconds: f64) -> f64 {
        let width = f64::from(self.size.width) - 1.5 * f64::from(MARGIN);
        f64::from(MARGIN) + width * seconds / self.seconds
    }

    fn y(&self, level: f64) -> f64 {
        let height = f64::from(self.size.height) - f64::from(MARGIN);
        let share = (TOP - level.clamp(BOTTOM, TOP)) / (TOP - BOTTOM);
        f64::from(MARGIN) / 2.0 + height * share
    }

    fn levels(&self) -> impl Iterator<Item = f64> + use<> {
        (0..=6).map(|i| TOP - 10.0 * f64::from(i))
    }

    /// Round times, at most about ten of them.
    fn seconds(&self) -> Vec<f64> {
        const STEPS: [f64; 12] = [
            0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0, 1800.0, 3600.0, 10_800.0,
        ];
        let step = STEPS
            .into_iter()
            .find(|step| self.seconds / step <= 10.0)
            .unwrap_or(21_600.0);
        let mut times = Vec::new();
        let mut at = 0.0;
        while at <= self.seconds {
            times.push(at);
            at += step;
        }
        times
    }

    /// Points of S or M, thinned to the width of the picture: of each column the largest.
    fn line(&self, m: &Measurement, short_term: bool) -> Vec<(f64, f64)> {
        let level = |i: usize| {
            let point = &m.history[i];
            f64::from(if short_term {
                point.short_term
            } else {
                point.momentary
            })
        };
        let group = m.history.len().div_ceil(self.size.width as usize).max(1);
        let starts = (0..m.history.len()).step_by(group);
        let point = |start: usize| {
            let end = m.history.len().min(start + group);
            let loudest = (start..end).map(level).fold(f64::NEG_INFINITY, f64::max);
            // A value every 100 ms, the first after the first of them.
            (self.x((start + 1) as f64 / 10.0), self.y(loudest))
        };
        starts.map(point).collect()
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "inside of a picture of at most 16,384 pixels"
)]
fn pixel(at: f64) -> u32 {
    at.round().clamp(0.0, 16_384.0) as u32
}

fn clock(seconds: f64) -> String {
    if seconds < 60.0 && seconds.fract() != 0.0 {
        return format!("{seconds:.1}");
    }
    format!("{:.0}:{:02.0}", (seconds / 60.0).floor(), seconds % 60.0)
}

fn svg(m: &Measurement, size: Size) -> String {
    let axes = Axes::new(m, size);
    let (w, h) = (size.width, size.height);
    let colour = |c: Colour| format!("#{:02x}{:02x}{:02x}", c[0], c[1], c[2]);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" \
         viewBox=\"0 0 {w} {h}\" font-family=\"sans-serif\" font-size=\"10\">\n\
         <rect width=\"{w}\" height=\"{h}\" fill=\"{}\"/>\n",
        colour(PAPER)
    );
    let right = w - MARGIN / 2;
    let mut put = |text: String| {
        // Writing to a String cannot fail.
        _ = writeln!(out, "{text}");
    };
    for level in axes.levels() {
        let y = axes.y(level);
        put(format!(
            "<path d=\"M{MARGIN} {y:.1}H{right}\" stroke=\"{}\"/>\
             <text x=\"4\" y=\"{:.1}\" fill=\"{}\">{level:.0}</text>",
            colour(GRID),
            y + 3.0,
            colour(INK)
        ));
    }
    for second in axes.seconds() {
        let x = axes.x(second);
        put(format!(
            "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"{}\">{}</text>",
            h - 5,
            colour(INK),
            clock(second)
        ));
    }
    for (line, c) in [
        (axes.line(m, false), MOMENTARY),
        (axes.line(m, true), SHORT_TERM),
    ] {
        let points: Vec<String> = line.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        put(format!(
            "<polyline fill=\"none\" stroke=\"{}\" points=\"{}\"/>",
            colour(c),
            points.join(" ")
        ));
    }
    put(format!(
        "<text x=\"4\" y=\"12\" fill=\"{}\">LUFS</text>",
        colour(INK)
    ));
    for (n, (name, c)) in (0..).zip(LEGEND) {
        put(format!(
            "<text x=\"{}\" y=\"12\" fill=\"{}\">{name}</text>",
            MARGIN + 4 + 14 * n,
            colour(c)
        ));
    }
    if m.integrated.is_finite() {
        let y = axes.y(m.integrated);
        put(format!(
            "<path d=\"M{MARGIN} {y:.1}H{right}\" stroke=\"{0}\"/><text x=\"{1}\" y=\"{2:.1}\" \
             fill=\"{0}\">I {3:.1} LUFS, LRA {4:.1} LU, {5:.1} dBTP</text>",
            colour(INTEGRATED),
            MARGIN + 4,
            y - 4.0,
            m.integrated,
            m.range,
            m.true_peak
        ));
    }
    out.push_str("</svg>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::Layout;
    use crate::measure::Measurer;

    /// 10 s at -20 LUFS, 10 s at -40.
    fn measurement() -> Measurement {
        let mut measurer = Measurer::new(48_000, Layout::usual(2), true);
        for amplitude in [0.1f64, 0.01] {
            let x: Vec<f32> = (0..480_000)
                .map(|i| (amplitude * (f64::from(i) * 0.130_899_7).sin()) as f32)
                .collect();
            measurer.push(&[&x, &x]);
        }
        measurer.finish()
    }

    #[test]
    fn the_svg_has_the_curves_where_the_levels_are() {
        let size = Size {
            width: 800,
            height: 400,
        };
        let m = measurement();
        let text = svg(&m, size);
        assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"));
        assert!(text.contains("I -20."));
        for label in [">LUFS<", "#96b2d6\">M<", "#1c5496\">S<"] {
            assert!(text.contains(label), "{label}");
        }
        let axes = Axes::new(&m, size);
        let line = axes.line(&m, true);
        assert_eq!(line.len(), 200);
        assert!((line[60].1 - axes.y(-20.0)).abs() < 1.0);
        assert!((line[180].1 - axes.y(-40.0)).abs() < 1.0);
    }

    #[test]
    fn the_png_reads_back_and_repeats() {
        let dir = tempfile::tempdir().unwrap();
        let size = Size {
            width: 640,
            height: 300,
        };
        let (a, b) = (dir.path().join("a.png"), dir.path().join("b.png"));
        loudness_png(&measurement(), size, &a).unwrap();
        loudness_png(&measurement(), size, &b).unwrap();
        let bytes = std::fs::read(&a).unwrap();
        assert_eq!(bytes, std::fs::read(&b).unwrap());
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (640, 300));
        let axes = Axes::new(&measurement(), size);
        let at = |x: f64, y: f64| {
            let i = (pixel(y) * 640 + pixel(x)) as usize * 3;
            [pixels[i], pixels[i + 1], pixels[i + 2]]
        };
        assert_eq!(at(axes.x(18.0), axes.y(-40.0)), SHORT_TERM);
        assert_eq!(at(axes.x(18.0), axes.y(-25.0)), PAPER);
        // The legend names the curves in their colours.
        assert_eq!(at(f64::from(MARGIN) + 4.0, 8.0), MOMENTARY);
        assert_eq!(at(f64::from(MARGIN) + 18.0, 4.0), SHORT_TERM);
    }

    #[test]
    fn sizes_are_checked() {
        let bad = Size {
            width: 20,
            height: 400,
        };
        let text = loudness_svg(&measurement(), bad, Path::new("x.svg"))
            .unwrap_err()
            .to_string();
        assert_eq!(text, "width 20 is not in 100..=16384 pixels");
    }
}
