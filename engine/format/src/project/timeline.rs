//! Time and chance: tempo, time signatures, the loop, the seed.

use super::is_false;
use crate::json::{Extra, number};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The tempo from one beat on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TempoPoint {
    /// Where, in quarter notes from the start; 0 to 1000000.
    #[serde(serialize_with = "number::write")]
    pub at_beats: f64,
    /// Quarter notes a minute, 1 to 1000.
    #[serde(serialize_with = "number::write")]
    pub bpm: f64,
    /// Whether the tempo moves linearly in time to the next entry instead of jumping there.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ramp: bool,
    /// Unknown keys.
    #[serde(flatten)]
    pub extra: Extra,
}

impl TempoPoint {
    /// A constant tempo of `bpm` from `at_beats` on. `[thread-safe]`
    pub fn new(at_beats: f64, bpm: f64) -> TempoPoint {
        TempoPoint {
            at_beats,
            bpm,
            ramp: false,
            extra: Extra::new(),
        }
    }
}

/// The time signature from one beat on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeSignaturePoint {
    /// Where, in quarter notes from the start; 0 to 1000000.
    #[serde(serialize_with = "number::write")]
    pub at_beats: f64,
    /// Beats of a bar, 1 to 64.
    pub numerator: u32,
    /// The note value of one such beat: 1, 2, 4, 8, 16, 32 or 64.
    pub denominator: u32,
    /// Unknown keys.
    #[serde(flatten)]
    pub extra: Extra,
}

impl TimeSignaturePoint {
    /// `numerator`/`denominator` from `at_beats` on. `[thread-safe]`
    pub fn new(at_beats: f64, numerator: u32, denominator: u32) -> TimeSignaturePoint {
        TimeSignaturePoint {
            at_beats,
            numerator,
            denominator,
            extra: Extra::new(),
        }
    }
}

/// The part of the timeline that the transport repeats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoopRegion {
    /// First beat, 0 to 1000000.
    #[serde(serialize_with = "number::write")]
    pub start_beats: f64,
    /// Beat at which it jumps back; after the start.
    #[serde(serialize_with = "number::write")]
    pub end_beats: f64,
    /// Whether it does; default true.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub enabled: bool,
    /// Unknown keys.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The seed of everything random. In JSON 16 hexadecimal digits, because a JSON number holds
/// only 53 bits for sure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// How a person writes one, for errors.
    pub const FORMS: &'static str = "a number in 0..=18446744073709551615, 0x and 1 to 16 \
        hexadecimal digits, or 16 hexadecimal digits as in project.json";

    /// Reads one as a person writes it: [`Self::FORMS`]. `[thread-safe]`
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
        let hex = hex.or((text.len() == 16).then_some(text));
        let is_hex = |digits: &&str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let seed = match hex.filter(is_hex) {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => text.parse(),
        };
        seed.ok().map(Self)
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Seed, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let seed = u64::from_str_radix(&text, 16).ok().filter(|_| digits);
        seed.map(Seed).ok_or_else(|| {
            serde::de::Error::custom(format_args!(
                "the seed {text:?} is not 16 hexadecimal digits, such as \"00000000000004d2\""
            ))
        })
    }
}

pub(super) fn default_tempo() -> Vec<TempoPoint> {
    vec![TempoPoint::new(0.0, 120.0)]
}

pub(super) fn is_tempo(tempo: &Vec<TempoPoint>) -> bool {
    *tempo == default_tempo()
}

pub(super) fn default_signatures() -> Vec<TimeSignaturePoint> {
    vec![TimeSignaturePoint::new(0.0, 4, 4)]
}

pub(super) fn is_signatures(signatures: &Vec<TimeSignaturePoint>) -> bool {
    *signatures == default_signatures()
}

pub(super) fn yes() -> bool {
    true
}

pub(super) fn is_true(value: &bool) -> bool {
    *value
}
