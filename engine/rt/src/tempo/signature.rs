//! Time signatures, bars and grid points.

use super::TempoError;

/// Beats in a bar and the note value of one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeSignature {
    numerator: u8,
    denominator: u8,
}

impl TimeSignature {
    /// Four quarter notes in a bar.
    pub const FOUR_FOUR: Self = Self {
        numerator: 4,
        denominator: 4,
    };

    /// `numerator` 1..=64 notes of value `denominator` (1, 2, 4, 8, 16, 32, 64) in a bar.
    ///
    /// # Errors
    /// [`TempoError::Signature`] for anything else.
    #[inline]
    pub fn new(numerator: u8, denominator: u8) -> Result<Self, TempoError> {
        if (1..=64).contains(&numerator) && denominator.is_power_of_two() && denominator <= 64 {
            return Ok(Self {
                numerator,
                denominator,
            });
        }
        Err(TempoError::Signature {
            numerator,
            denominator,
        })
    }

    /// Beats in a bar, 1..=64.
    #[inline]
    pub fn numerator(self) -> u8 {
        self.numerator
    }

    /// Note value of a beat: 1, 2, 4, 8, 16, 32 or 64.
    #[inline]
    pub fn denominator(self) -> u8 {
        self.denominator
    }

    /// Length of a bar in quarter notes, exact.
    pub fn bar_length(self) -> f64 {
        f64::from(self.numerator) * self.beat_length()
    }

    /// Length of one of its beats in quarter notes, exact.
    pub fn beat_length(self) -> f64 {
        4.0 / f64::from(self.denominator)
    }
}

impl Default for TimeSignature {
    fn default() -> Self {
        Self::FOUR_FOUR
    }
}

/// From `beats` on the time signature is `signature`. A new bar begins there, also when that cuts
/// the bar before it short.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignatureChange {
    /// Quarter-note beats from the start.
    pub beats: f64,
    /// What holds from there.
    pub signature: TimeSignature,
}

/// A musical position. All parts count from 0; bars before beat 0 are negative.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BarsBeats {
    /// Bar, 0 the first.
    pub bar: i64,
    /// Beat of the time signature within the bar, 0 the first.
    pub beat: u32,
    /// Part of that beat, 0..1.
    pub fraction: f64,
}

/// Points in time that things can be lined up with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Grid {
    /// Every beat of the time signature.
    Beat,
    /// Every bar line.
    Bar,
    /// Bar lines whose number, from 0, is a multiple of this (4 for a phrase), >= 1.
    Bars(u32),
    /// Every so many beats of the time signature, >= 1/1024, from where that began.
    Beats(f64),
}

/// A stretch of one time signature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Span {
    /// Where it begins, in quarter notes.
    pub(crate) beats: f64,
    /// Number of its first bar.
    pub(crate) bar: i64,
    /// Its time signature.
    pub(crate) signature: TimeSignature,
}

/// What musical positions mean under a list of at least one span.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bars<'a>(pub(crate) &'a [Span]);

impl Bars<'_> {
    pub(crate) fn signature(self, beats: f64) -> TimeSignature {
        self.at(beats).0.signature
    }

    pub(crate) fn split(self, beats: f64) -> BarsBeats {
        let (span, _) = self.at(beats);
        let length = span.signature.bar_length();
        let line = |bar: f64| span.beats + bar * length;
        let mut bars = ((beats - span.beats) / length).floor();
        // The subtraction and the division may have been rounded across a bar line.
        if line(bars) > beats {
            bars -= 1.0;
        } else if line(bars + 1.0) <= beats {
            bars += 1.0;
        }
        let beat = (beats - line(bars)) / span.signature.beat_length();
        let whole = beat
            .floor()
            .clamp(0.0, f64::from(span.signature.numerator() - 1));
        BarsBeats {
            bar: span.bar.saturating_add(super::nearest(bars)),
            beat: u32::try_from(super::nearest(whole)).unwrap_or(0),
            fraction: (beat - whole).max(0.0),
        }
    }

    pub(crate) fn join(self, position: BarsBeats) -> f64 {
        let after = self.0.partition_point(|span| span.bar <= position.bar);
        let span = &self.0[after.saturating_sub(1)];
        let bars = position.bar.saturating_sub(span.bar) as f64;
        let beat = f64::from(position.beat) + position.fraction;
        span.beats + bars * span.signature.bar_length() + beat * span.signature.beat_length()
    }

    pub(crate) fn next_grid(self, beats: f64, grid: Grid) -> Option<f64> {
        if !beats.is_finite() {
            return None;
        }
        match grid {
            Grid::Beat => Some(self.next(beats, TimeSignature::beat_length).0),
            Grid::Bar => Some(self.next(beats, TimeSignature::bar_length).0),
            Grid::Bars(count) => {
                let bar = self.next(beats, TimeSignature::bar_length).1;
                let count = i64::from(count);
                let past = bar.checked_rem_euclid(count)?;
                let bar = if past == 0 {
                    bar
                } else {
                    bar.saturating_add(count - past)
                };
                Some(self.join(BarsBeats {
                    bar,
                    ..BarsBeats::default()
                }))
            }
            Grid::Beats(count) => {
                (count.is_finite() && count >= 1.0 / 1_024.0).then(|| self.next_beats(beats, count))
            }
        }
    }

    /// First multiple of `unit` at or after `beats`, counted from where the signature began, or the
    /// next signature when that comes first; and the number of the bar that begins there, if `unit`
    /// is a bar.
    fn next(self, beats: f64, unit: fn(TimeSignature) -> f64) -> (f64, i64) {
        let (span, after) = self.at(beats);
        let unit = unit(span.signature);
        let count = next_multiple(span.beats, beats, unit);
        let next = span.beats + count * unit;
        match after {
            Some(after) if next >= after.beats => (after.beats, after.bar),
            _ => (next, span.bar.saturating_add(super::nearest(count))),
        }
    }

    /// The same of `count` beats. A host tells of one bar among others: its time signature began with
    /// bar 0.
    fn next_beats(self, beats: f64, count: f64) -> f64 {
        let (span, after) = self.at(beats);
        let unit = count * span.signature.beat_length();
        let is_first = self
            .0
            .first()
            .is_some_and(|first| first.beats == span.beats);
        let bars = if is_first { span.bar as f64 } else { 0.0 };
        let origin = span.beats - bars * span.signature.bar_length();
        let next = origin + unit * next_multiple(origin, beats, unit);
        after.map_or(next, |after| next.min(after.beats))
    }

    /// The span at `beats`, and the one after it.
    fn at(&self, beats: f64) -> (&Span, Option<&Span>) {
        let after = self.0.partition_point(|span| span.beats <= beats).max(1);
        (&self.0[after - 1], self.0.get(after))
    }
}

/// Numbers the bars of a checked list of changes.
pub(super) fn spans(changes: &[SignatureChange]) -> Box<[Span]> {
    let mut list: Vec<Span> = Vec::with_capacity(changes.len());
    for change in changes {
        let bar = list.last().map_or(0, |before| {
            let length = before.signature.bar_length();
            let bars = next_multiple(before.beats, change.beats, length);
            before.bar + super::nearest(bars)
        });
        list.push(Span {
            beats: change.beats,
            bar,
            signature: change.signature,
        });
    }
    list.into()
}

/// Smallest whole `n` with `origin + n * unit >= value`, in exactly this arithmetic: the point that
/// was found is found again.
fn next_multiple(origin: f64, value: f64, unit: f64) -> f64 {
    let count = ((value - origin) / unit).ceil();
    if origin + (count - 1.0) * unit >= value {
        count - 1.0
    } else if origin + count * unit < value {
        count + 1.0
    } else {
        count
    }
}
