//! Musical time: beats to frames and back in closed form, bars and grid points.
//!
//! A beat is a quarter note, whatever the time signature. Beat 0 is the start of the song; beats
//! before it (a host's count-in) run at the first tempo.

mod signature;

use std::fmt;

use crate::limits::LimitError;
pub(crate) use signature::{Bars, Span};
pub use signature::{BarsBeats, Grid, SignatureChange, TimeSignature};

/// Slowest tempo in quarter notes a minute.
pub const MIN_BPM: f64 = 1.0;
/// Fastest tempo in quarter notes a minute.
pub const MAX_BPM: f64 = 999.0;
/// Latest position in quarter-note beats: 69 days at the fastest tempo, and at the slowest tempo
/// and the highest sample rate still a whole number of frames in an f64.
pub const MAX_BEATS: f64 = 1e8;
/// Most tempo points, and most signature changes, in one map.
pub const MAX_POINTS: usize = 4_096;

/// How the tempo gets from one point to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TempoCurve {
    /// Stays until the next point.
    #[default]
    Step,
    /// Changes linearly **in time** to the tempo of the next point. (Linear in time, as a performer
    /// speeds up, needs only a square root both ways; linear in beats would need a logarithm, whose
    /// last bit differs from one system to another.)
    Linear,
}

/// From `beats` on the tempo is `bpm`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TempoPoint {
    /// Quarter-note beats from the start, 0..=[`MAX_BEATS`].
    pub beats: f64,
    /// Quarter notes a minute, [`MIN_BPM`]..=[`MAX_BPM`].
    pub bpm: f64,
    /// The way to the next point; of no effect on the last one.
    pub curve: TempoCurve,
}

/// Why a [`TempoMap`] was refused. Nothing is wrong with the engine: correct the value.
#[derive(Clone, Debug, PartialEq)]
pub enum TempoError {
    /// Frames a second out of range.
    SampleRate(u32),
    /// A tempo out of range.
    Bpm(f64),
    /// A position out of range.
    Beats(f64),
    /// The first point or signature is missing or not at beat 0.
    Start,
    /// A point or signature is not after the one before it.
    Order(f64),
    /// No such time signature.
    Signature {
        /// Beats in a bar.
        numerator: u8,
        /// Note value of one of them.
        denominator: u8,
    },
    /// More points than a map may have.
    Limit(LimitError),
}

impl fmt::Display for TempoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SampleRate(rate) => write!(f, "sample_rate {rate} is not in 8000..=384000"),
            Self::Bpm(bpm) => write!(f, "tempo {bpm} bpm is not in {MIN_BPM}..={MAX_BPM}"),
            Self::Beats(beats) => write!(f, "position {beats} beats is not in 0..={MAX_BEATS}"),
            Self::Start => write!(f, "the first tempo and time signature must be at beat 0"),
            Self::Order(beats) => {
                write!(
                    f,
                    "beat {beats} comes twice or too late: sort the points and keep one"
                )
            }
            Self::Signature {
                numerator,
                denominator,
            } => write!(
                f,
                "time signature {numerator}/{denominator}: use 1..=64 over 1, 2, 4, 8, 16, 32 or 64"
            ),
            Self::Limit(limit) => limit.fmt(f),
        }
    }
}

impl std::error::Error for TempoError {}

/// Tempo and time signatures of a song at one sample rate.
///
/// Every conversion is a closed form from the start of its segment, so nothing accumulates: a whole
/// frame goes to beats and back to the same frame over more than 24 h at every sample rate. Built
/// and checked on the control thread; every method after that is `[thread-safe]` and allocates
/// nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct TempoMap {
    sample_rate: u32,
    segments: Box<[Segment]>,
    spans: Box<[Span]>,
}

impl TempoMap {
    /// A map for `sample_rate` frames a second (8,000..=384,000). Both lists are sorted by beats
    /// and begin at beat 0. `[main-thread]`
    ///
    /// # Errors
    /// [`TempoError`] names the value that is out of range.
    pub fn new(
        sample_rate: u32,
        points: &[TempoPoint],
        signatures: &[SignatureChange],
    ) -> Result<Self, TempoError> {
        if !(8_000..=384_000).contains(&sample_rate) {
            return Err(TempoError::SampleRate(sample_rate));
        }
        check_positions("tempo_points", points.iter().map(|point| point.beats))?;
        check_positions(
            "time_signatures",
            signatures.iter().map(|change| change.beats),
        )?;
        if let Some(bad) = points
            .iter()
            .find(|p| !(MIN_BPM..=MAX_BPM).contains(&p.bpm))
        {
            return Err(TempoError::Bpm(bad.bpm));
        }
        Ok(Self {
            sample_rate,
            segments: segments(sample_rate, points),
            spans: signature::spans(signatures),
        })
    }

    /// A map of one tempo and one time signature. `[main-thread]`
    ///
    /// # Errors
    /// As [`TempoMap::new`].
    pub fn constant(
        sample_rate: u32,
        bpm: f64,
        signature: TimeSignature,
    ) -> Result<Self, TempoError> {
        let point = TempoPoint {
            beats: 0.0,
            bpm,
            curve: TempoCurve::Step,
        };
        let change = SignatureChange {
            beats: 0.0,
            signature,
        };
        Self::new(sample_rate, &[point], &[change])
    }

    /// Frames a second.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Exact position in frames from beat 0; negative before it.
    pub fn frames(&self, beats: f64) -> f64 {
        let after = self
            .segments
            .partition_point(|segment| segment.beats <= beats);
        self.segments[after.saturating_sub(1)].frames_at(beats)
    }

    /// The frame a beat falls on: `floor(frames + 1/2)`, 0 before beat 0.
    pub fn frame(&self, beats: f64) -> u64 {
        u64::try_from(nearest(self.frames(beats))).unwrap_or(0)
    }

    /// Beats at a position in frames from beat 0.
    pub fn beats(&self, frames: f64) -> f64 {
        let after = self
            .segments
            .partition_point(|segment| segment.frames <= frames);
        self.segments[after.saturating_sub(1)].beats_at(frames)
    }

    /// Tempo at a beat in quarter notes a minute.
    pub fn bpm(&self, beats: f64) -> f64 {
        let after = self
            .segments
            .partition_point(|segment| segment.beats <= beats);
        let segment = &self.segments[after.saturating_sub(1)];
        segment.speed_at(beats) * 60.0 * f64::from(self.sample_rate)
    }

    /// Time signature at a beat.
    pub fn signature(&self, beats: f64) -> TimeSignature {
        self.bars().signature(beats)
    }

    /// Bar, beat and fraction at a beat.
    pub fn bars_beats(&self, beats: f64) -> BarsBeats {
        self.bars().split(beats)
    }

    /// Quarter-note beats at a bar, beat and fraction: the inverse of [`TempoMap::bars_beats`].
    pub fn beats_of(&self, position: BarsBeats) -> f64 {
        self.bars().join(position)
    }

    /// First grid point at or after `beats`; none when `beats` or the grid makes no sense.
    pub fn next_grid(&self, beats: f64, grid: Grid) -> Option<f64> {
        self.bars().next_grid(beats, grid)
    }

    pub(crate) fn bars(&self) -> Bars<'_> {
        Bars(&self.spans)
    }
}

/// `floor(x + 1/2)`: the one rule by which a time in frames becomes a whole frame. Saturates; not a
/// number gives 0.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the conversion saturates, which is what is wanted"
)]
pub(crate) fn nearest(frames: f64) -> i64 {
    (frames + 0.5).floor() as i64
}

/// One stretch of constant or linearly changing tempo. Speeds are in beats per frame.
#[derive(Clone, Debug, PartialEq)]
struct Segment {
    beats: f64,
    frames: f64,
    speed: f64,
    /// Beats per frame, per frame: 0 for a step.
    acceleration: f64,
}

impl Segment {
    fn speed_at(&self, beats: f64) -> f64 {
        let run = beats - self.beats;
        if self.acceleration == 0.0 || run <= 0.0 {
            return self.speed;
        }
        // v² = v0² + 2·a·s
        (self.speed * self.speed + 2.0 * self.acceleration * run)
            .max(0.0)
            .sqrt()
    }

    fn frames_at(&self, beats: f64) -> f64 {
        let mean = 0.5 * (self.speed + self.speed_at(beats));
        self.frames + (beats - self.beats) / mean
    }

    fn beats_at(&self, frames: f64) -> f64 {
        let run = frames - self.frames;
        let gain = if run > 0.0 {
            0.5 * self.acceleration * run
        } else {
            0.0
        };
        self.beats + run * (self.speed + gain)
    }
}

fn segments(sample_rate: u32, points: &[TempoPoint]) -> Box<[Segment]> {
    let speed = |bpm: f64| bpm / (60.0 * f64::from(sample_rate));
    let (mut frames, mut lost) = (0.0_f64, 0.0_f64);
    let mut list = Vec::with_capacity(points.len());
    for (index, point) in points.iter().enumerate() {
        let next = points.get(index + 1);
        let ramp = next.filter(|_| point.curve == TempoCurve::Linear);
        let from = speed(point.bpm);
        let to = ramp.map_or(from, |next| speed(next.bpm));
        let length = next.map_or(0.0, |next| next.beats - point.beats);
        let acceleration = ramp.map_or(0.0, |_| (to - from) * (to + from) / (2.0 * length));
        list.push(Segment {
            beats: point.beats,
            frames: frames + lost,
            speed: from,
            acceleration,
        });
        // Kahan's sum: the starts of 4,096 segments are each right to the last bit.
        let step = 2.0 * length / (from + to);
        let sum = frames + step;
        lost += if frames >= step {
            (frames - sum) + step
        } else {
            (step - sum) + frames
        };
        frames = sum;
    }
    list.into()
}

fn check_positions(
    limit: &'static str,
    positions: impl ExactSizeIterator<Item = f64>,
) -> Result<(), TempoError> {
    if positions.len() > MAX_POINTS {
        return Err(TempoError::Limit(LimitError {
            limit,
            value: positions.len(),
            max: MAX_POINTS,
        }));
    }
    let mut last = None;
    for beats in positions {
        if !(0.0..=MAX_BEATS).contains(&beats) {
            return Err(TempoError::Beats(beats));
        }
        match last {
            None if beats != 0.0 => return Err(TempoError::Start),
            Some(before) if beats <= before => return Err(TempoError::Order(beats)),
            _ => last = Some(beats),
        }
    }
    last.map(|_| ()).ok_or(TempoError::Start)
}

#[cfg(test)]
mod tests;
