//! Times of a scene.

use segue_rt::tempo::{BarsBeats, MAX_BEATS, TempoMap};

/// Longest time of a scene, in seconds: a day.
const MAX_SECONDS: f64 = 86_400.0;

/// A stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Span {
    /// Seconds.
    Seconds(f64),
    /// Frames.
    Frames(u64),
    /// Quarter notes.
    Beats(f64),
}

/// A point of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// So long after the start.
    At(Span),
    /// So long after the line before.
    After(Span),
    /// A bar and beat from 1, and thousandths of that beat.
    Bar {
        /// From 1.
        bar: u32,
        /// From 1.
        beat: u32,
        /// 0..1000.
        thousandths: u32,
    },
}

/// What a time looks like, for errors.
pub(super) const FORMS: &str = "seconds (1.5), m:ss.mmm (0:01.500), bar.beat.thousandths (4.1.000), \
                                quarter notes (b16.5), frames (48000smp), or any of them after the \
                                line before (+0.25, +b1)";

impl When {
    /// Reads a time; `None` when the word does not look like one.
    pub(super) fn parse(word: &str) -> Option<Result<When, String>> {
        let first = word.trim_start_matches('+').chars().next()?;
        let after_b = word.trim_start_matches('+').strip_prefix('b');
        let is_beats = after_b.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if !word.starts_with('+') && !first.is_ascii_digit() && !is_beats {
            return None;
        }
        let read = match word.strip_prefix('+') {
            Some(span) => Span::parse(span).map(When::After),
            None => bar(word).or_else(|| Span::parse(word).map(When::At)),
        };
        Some(read.ok_or_else(|| format!("{word:?} is no time; a time is {FORMS}")))
    }

    /// The frame of this time, when the line before was at `last`.
    pub(super) fn frame(self, last: u64, tempo: &TempoMap) -> Result<u64, String> {
        let signature = |bar: u32| {
            let place = BarsBeats {
                bar: i64::from(bar) - 1,
                ..BarsBeats::default()
            };
            tempo.signature(tempo.beats_of(place))
        };
        match self {
            When::At(span) => Ok(span.after(0, tempo)),
            When::After(span) => Ok(span.after(last, tempo)),
            When::Bar { bar, beat, .. } if beat > u32::from(signature(bar).numerator()) => {
                let most = signature(bar).numerator();
                Err(format!(
                    "bar {bar} has {most} beats; there is no beat {beat}"
                ))
            }
            When::Bar {
                bar,
                beat,
                thousandths,
            } => {
                let place = BarsBeats {
                    bar: i64::from(bar) - 1,
                    beat: beat - 1,
                    fraction: f64::from(thousandths) / 1_000.0,
                };
                Ok(tempo.frame(tempo.beats_of(place)))
            }
        }
    }
}

impl Span {
    /// Reads a stretch of time; `None` when it is none or too long.
    pub(super) fn parse(word: &str) -> Option<Span> {
        if let Some(beats) = word.strip_prefix('b') {
            return number(beats)
                .filter(|beats| *beats <= MAX_BEATS)
                .map(Span::Beats);
        }
        if let Some(frames) = word.strip_suffix("smp") {
            let frames = frames.parse().ok().filter(|frames: &u64| *frames < 1 << 40);
            return frames.map(Span::Frames);
        }
        let seconds = match word.split_once(':') {
            Some((minutes, seconds)) => {
                let minutes: u32 = minutes.parse().ok()?;
                let seconds = number(seconds).filter(|seconds| *seconds < 60.0)?;
                f64::from(minutes) * 60.0 + seconds
            }
            None => match (word.strip_suffix("ms"), word.strip_suffix('s')) {
                (Some(ms), _) => number(ms)? / 1_000.0,
                (None, Some(seconds)) => number(seconds)?,
                (None, None) => number(word)?,
            },
        };
        Some(Span::Seconds(seconds)).filter(|_| seconds <= MAX_SECONDS)
    }

    /// The frame that is so long after another one.
    pub(super) fn after(self, start: u64, tempo: &TempoMap) -> u64 {
        self.times(1, start, tempo)
    }

    /// The frame that is `n` times so long after another one; without summing up what is rounded.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most a day of frames, and not negative"
    )]
    pub(super) fn times(self, n: u32, start: u64, tempo: &TempoMap) -> u64 {
        let n = f64::from(n);
        match self {
            Span::Seconds(seconds) => {
                start + (seconds * n * f64::from(tempo.sample_rate())).round() as u64
            }
            Span::Frames(frames) => start + (frames as f64 * n) as u64,
            Span::Beats(beats) if start == 0 => tempo.frame(beats * n),
            Span::Beats(beats) => tempo
                .frame(tempo.beats(start as f64) + beats * n)
                .max(start),
        }
    }
}

/// A number without a sign.
fn number(text: &str) -> Option<f64> {
    let starts = text.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    text.parse()
        .ok()
        .filter(|number: &f64| starts && number.is_finite())
}

/// `4.1.000`.
fn bar(word: &str) -> Option<When> {
    let mut parts = word.split('.');
    let (bar, beat, fine) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let whole = |text: &str| text.parse::<u32>().ok();
    let (bar, beat) = (whole(bar)?, whole(beat)?);
    let digits = fine.len() <= 3 && !fine.is_empty();
    let thousandths = whole(&format!("{fine:0<3}")).filter(|_| digits)?;
    (bar >= 1 && beat >= 1 && bar < 1 << 24).then_some(When::Bar {
        bar,
        beat,
        thousandths,
    })
}
