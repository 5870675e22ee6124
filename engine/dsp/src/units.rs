//! Newtypes for the units of public signatures, so that a level is never taken for a factor.
//!
//! All conversions are plain arithmetic, `[thread-safe]` and fit for the audio thread; only
//! `Display` is for the control thread.

use core::fmt;
use core::ops::{Add, Neg, Sub};

use crate::math;

/// A level or a change of level in decibels of amplitude (20·log10).
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Decibels(pub f32);

impl Decibels {
    /// Nothing at all: minus infinity, an amplitude factor of exactly 0.
    pub const SILENCE: Self = Self(f32::NEG_INFINITY);
    /// No change: an amplitude factor of exactly 1.
    pub const IDENTITY: Self = Self(0.0);

    /// The level of an amplitude factor; 0 gives [`Self::SILENCE`]. The sign is ignored.
    #[must_use]
    pub fn from_gain(gain: f32) -> Self {
        Self(math::gain_to_db(gain.abs()))
    }

    /// The amplitude factor 10^(dB/20).
    #[must_use]
    pub fn to_gain(self) -> f32 {
        math::db_to_gain(self.0)
    }
}

/// A frequency or a rate in 1/s.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Hertz(pub f32);

impl Hertz {
    /// Concert pitch, the A above middle C.
    pub const A4: Self = Self(440.0);
    /// Lowest sample rate of the engine.
    pub const MIN_SAMPLE_RATE: Self = Self(8_000.0);
    /// Highest sample rate of the engine.
    pub const MAX_SAMPLE_RATE: Self = Self(384_000.0);

    /// The duration of one period; 0 Hz gives infinity.
    #[must_use]
    pub fn period(self) -> Seconds {
        Seconds(1.0 / f64::from(self.0))
    }
}

/// A programme loudness in LUFS, or a difference of two in LU (ITU-R BS.1770-5).
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Lufs(pub f32);

impl Lufs {
    /// No measurable programme.
    pub const SILENCE: Self = Self(f32::NEG_INFINITY);
    /// Blocks below this level never count (the absolute gate of BS.1770-5).
    pub const ABSOLUTE_GATE: Self = Self(-70.0);
    /// Target level of EBU R 128.
    pub const EBU_R128: Self = Self(-23.0);

    /// The gain that brings this loudness to `target`; silence needs no change.
    #[must_use]
    pub fn gain_to(self, target: Self) -> Decibels {
        if self.0.is_finite() {
            Decibels(target.0 - self.0)
        } else {
            Decibels::IDENTITY
        }
    }
}

/// A duration or a position in seconds.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Seconds(pub f64);

impl Seconds {
    /// No time.
    pub const ZERO: Self = Self(0.0);

    /// From milliseconds.
    #[must_use]
    pub fn from_millis(ms: f64) -> Self {
        Self(ms / 1000.0)
    }

    /// The nearest number of frames at `sample_rate` frames per second; negative gives 0.
    #[must_use]
    pub fn to_frames(self, sample_rate: f64) -> usize {
        math::to_count(self.0 * sample_rate)
    }
}

/// A musical interval in equal-tempered semitones.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Semitones(pub f32);

impl Semitones {
    /// No interval.
    pub const UNISON: Self = Self(0.0);
    /// A doubling of frequency.
    pub const OCTAVE: Self = Self(12.0);

    /// The interval of a frequency ratio; 2 gives 12.
    #[must_use]
    pub fn from_ratio(ratio: f64) -> Self {
        Self(math::to_f32(12.0 * math::log2_f64(ratio)))
    }

    /// The frequency ratio 2^(st/12); whole octaves are exact.
    #[must_use]
    pub fn to_ratio(self) -> f64 {
        math::exp2_f64(f64::from(self.0) / 12.0)
    }
}

macro_rules! arithmetic {
    ($($unit:ident),*) => {$(
        impl Add for $unit {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }

        impl Sub for $unit {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }

        impl Neg for $unit {
            type Output = Self;
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }
    )*};
}

arithmetic!(Decibels, Lufs, Seconds, Semitones);

/// `-6.0 dB`
impl fmt::Display for Decibels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} dB", self.0)
    }
}

/// `440 Hz`, `2.50 kHz`
impl fmt::Display for Hertz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.abs() {
            hz if hz < 100.0 => write!(f, "{:.1} Hz", self.0),
            hz if hz < 999.5 => write!(f, "{:.0} Hz", self.0),
            _ => write!(f, "{:.2} kHz", self.0 / 1000.0),
        }
    }
}

/// `-23.0 LUFS`
impl fmt::Display for Lufs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} LUFS", self.0)
    }
}

/// `1.50 ms`, `2.50 s`
impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.abs() < 1.0 {
            write!(f, "{:.2} ms", self.0 * 1000.0)
        } else {
            write!(f, "{:.2} s", self.0)
        }
    }
}

/// `+7.00 st`
impl fmt::Display for Semitones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:+.2} st", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_convert_both_ways() {
        assert_eq!(Decibels::SILENCE.to_gain(), 0.0);
        assert_eq!(Decibels::IDENTITY.to_gain(), 1.0);
        assert_eq!(Decibels::from_gain(0.0), Decibels::SILENCE);
        assert!((Decibels(20.0).to_gain() - 10.0).abs() < 1e-5);
        assert!((Decibels::from_gain(-0.5).0 + 6.0206).abs() < 1e-5);
        assert!(Decibels::SILENCE < Decibels(-200.0));
    }

    #[test]
    fn pitch_converts_both_ways() {
        assert_eq!(Semitones::OCTAVE.to_ratio(), 2.0);
        assert_eq!(Semitones(-24.0).to_ratio(), 0.25);
        assert_eq!(Semitones::from_ratio(2.0), Semitones::OCTAVE);
        assert!((Semitones(7.0).to_ratio() - 1.498_307_076_876_681_5).abs() < 1e-15);
    }

    #[test]
    fn time_and_loudness() {
        assert_eq!(Seconds::from_millis(1.5).to_frames(48_000.0), 72);
        assert_eq!(Seconds(-1.0).to_frames(48_000.0), 0);
        assert_eq!(Hertz(100.0).period(), Seconds(0.01));
        assert_eq!(Lufs(-30.0).gain_to(Lufs::EBU_R128), Decibels(7.0));
        assert_eq!(Lufs::SILENCE.gain_to(Lufs::EBU_R128), Decibels::IDENTITY);
        assert_eq!(
            Decibels(3.0) - Decibels(1.0) + -Decibels(2.0),
            Decibels::IDENTITY
        );
    }

    #[test]
    fn text_names_the_unit() {
        assert_eq!(Decibels(-6.02).to_string(), "-6.0 dB");
        assert_eq!(Decibels::SILENCE.to_string(), "-inf dB");
        assert_eq!(Hertz(31.5).to_string(), "31.5 Hz");
        assert_eq!(Hertz::A4.to_string(), "440 Hz");
        assert_eq!(Hertz(999.6).to_string(), "1.00 kHz");
        assert_eq!(Lufs::EBU_R128.to_string(), "-23.0 LUFS");
        assert_eq!(Seconds(0.0015).to_string(), "1.50 ms");
        assert_eq!(Seconds(2.5).to_string(), "2.50 s");
        assert_eq!(Semitones(7.0).to_string(), "+7.00 st");
    }
}
