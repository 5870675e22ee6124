//! The parameters: one table, the same for both plug-ins.
//!
//! Hosts know a parameter by the hash of its string id, so ids never change.

use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Macros of a project that are parameters.
pub(crate) const MACROS: usize = 32;
/// RTPCs of a project that are parameters.
pub(crate) const RTPCS: usize = 64;
/// Parameters in all.
pub const COUNT: usize = 2 + MACROS + RTPCS;
/// The place of the first RTPC.
const FIRST_RTPC: usize = 2 + MACROS;

/// Lowest master gain, which is silence.
const SILENCE_DB: f64 = -96.0;
const MAX_DB: f64 = 12.0;

/// One parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// A macro of the project, by its place; its name follows the project.
    Macro(usize),
    /// An RTPC of the project, by its `host_param`, from its least value at 0 to its largest at 1; its
    /// name follows the project.
    Rtpc(usize),
    /// Gain of the main output, in dB.
    MasterGain,
    /// Passes the input, delayed by the latency; an instrument falls silent.
    Bypass,
}

impl Param {
    /// Parameter `index` of the host's list.
    pub fn from_index(index: usize) -> Option<Param> {
        match index {
            0 => Some(Param::Bypass),
            1 => Some(Param::MasterGain),
            2..FIRST_RTPC => Some(Param::Macro(index - 2)),
            _ => (index < COUNT).then(|| Param::Rtpc(index - FIRST_RTPC)),
        }
    }

    /// True if hosts know it: of a project's macros the first are parameters.
    pub(crate) fn is_known(self) -> bool {
        match self {
            Param::Macro(number) => number < MACROS,
            Param::Rtpc(number) => number < RTPCS,
            Param::MasterGain | Param::Bypass => true,
        }
    }

    /// Its place in the host's list.
    pub fn index(self) -> usize {
        match self {
            Param::Bypass => 0,
            Param::MasterGain => 1,
            Param::Macro(number) => number + 2,
            Param::Rtpc(number) => number + FIRST_RTPC,
        }
    }

    /// All, in the host's order.
    pub fn all() -> impl Iterator<Item = Param> {
        (0..COUNT).filter_map(Param::from_index)
    }

    /// The stable string id: `bypass`, `master_gain`, `macro_01` to `macro_32`, `rtpc_01` to
    /// `rtpc_64`.
    pub fn id(self) -> String {
        match self {
            Param::Bypass => "bypass".to_owned(),
            Param::MasterGain => "master_gain".to_owned(),
            Param::Macro(number) => format!("macro_{:02}", number + 1),
            Param::Rtpc(number) => format!("rtpc_{:02}", number + 1),
        }
    }

    /// What hosts call it: the FNV-1a hash of the string id, below 2^31.
    pub fn number(self) -> u32 {
        NUMBERS[self.index()]
    }

    pub(crate) fn from_number(number: u32) -> Option<Param> {
        let index = NUMBERS.iter().position(|it| *it == number)?;
        Param::from_index(index)
    }

    /// Smallest, largest and usual value.
    pub fn range(self) -> (f64, f64, f64) {
        match self {
            Param::MasterGain => (SILENCE_DB, MAX_DB, 0.0),
            Param::Macro(_) | Param::Rtpc(_) | Param::Bypass => (0.0, 1.0, 0.0),
        }
    }

    /// `value` brought into the range; what is no number becomes the usual value.
    pub(crate) fn clamp(self, value: f64) -> f64 {
        let (min, max, usual) = self.range();
        match self {
            _ if value.is_nan() => usual,
            Param::Bypass => f64::from(value >= 0.5),
            _ => value.clamp(min, max),
        }
    }

    /// Writes a value for people.
    pub(crate) fn write(self, value: f64, out: &mut impl Write) -> fmt::Result {
        let value = self.clamp(value);
        match self {
            Param::Bypass => out.write_str(if value >= 0.5 { "On" } else { "Off" }),
            Param::MasterGain if value <= SILENCE_DB => out.write_str("-inf dB"),
            // Adding 0 turns -0.00 into 0.00.
            Param::MasterGain => write!(out, "{:.2} dB", hundredths(value)),
            Param::Macro(_) | Param::Rtpc(_) => write!(out, "{:.2} %", hundredths(value * 100.0)),
        }
    }

    /// Reads what people and [`Param::write`] write, with or without the unit.
    pub(crate) fn read(self, text: &str) -> Option<f64> {
        let text = text.trim().to_ascii_lowercase();
        let number = |unit: &str| {
            let digits = text.strip_suffix(unit).unwrap_or(&text).trim();
            let digits = digits.replace('\u{2212}', "-").replace(',', ".");
            digits.parse().ok().filter(|it: &f64| !it.is_nan())
        };
        let value = match self {
            Param::Bypass => match text.as_str() {
                "on" | "yes" | "true" => 1.0,
                "off" | "no" | "false" => 0.0,
                _ => number("")?,
            },
            Param::MasterGain => number("db")?,
            Param::Macro(_) | Param::Rtpc(_) => number("%")? / 100.0,
        };
        Some(self.clamp(value))
    }
}

/// Linear gain of a level in dB; the lowest is silence.
pub(crate) fn gain(db: f64) -> f32 {
    if db <= SILENCE_DB {
        return 0.0;
    }
    segue_engine::db_to_gain(segue_engine::to_f32(db))
}

fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0 + 0.0
}

/// The values the host knows, without modulation. Lossless, any order of writers: the last one
/// counts. `[thread-safe]`
pub(crate) struct Values {
    values: [AtomicU64; COUNT],
    /// Grows when somebody other than the audio thread has written.
    generation: AtomicU64,
    /// One bit for each that is in the user's hand.
    held: [AtomicU64; COUNT.div_ceil(64)],
}

impl Values {
    pub(crate) fn new() -> Self {
        let usual = |index| Param::from_index(index).map_or(0.0, |param| param.range().2);
        Self {
            values: std::array::from_fn(|index| AtomicU64::new(f64::to_bits(usual(index)))),
            generation: AtomicU64::new(0),
            held: [const { AtomicU64::new(0) }; COUNT.div_ceil(64)],
        }
    }

    pub(crate) fn get(&self, param: Param) -> f64 {
        f64::from_bits(self.values[param.index()].load(Relaxed))
    }

    pub(crate) fn all(&self) -> [f64; COUNT] {
        std::array::from_fn(|index| f64::from_bits(self.values[index].load(Relaxed)))
    }

    /// Sets a value from the audio thread. `[audio-thread]`
    pub(crate) fn note(&self, param: Param, value: f64) {
        self.values[param.index()].store(value.to_bits(), Relaxed);
    }

    /// Sets a value that the audio thread has yet to hear of. `[main-thread]`
    pub(crate) fn set(&self, param: Param, value: f64) {
        self.note(param, param.clamp(value));
        self.generation
            .fetch_add(1, std::sync::atomic::Ordering::Release);
    }

    /// Takes a parameter into the user's hand, or out of it. `[thread-safe]`
    pub(crate) fn hold(&self, param: Param, is_held: bool) {
        let (bits, bit) = self.held_bit(param);
        if is_held {
            bits.fetch_or(bit, Relaxed);
        } else {
            bits.fetch_and(!bit, Relaxed);
        }
    }

    /// Nothing is in anyone's hand. `[main-thread]`
    pub(crate) fn release(&self) {
        self.held.iter().for_each(|bits| bits.store(0, Relaxed));
    }

    /// True while the user's hand is on it, and the host's automation waits. `[audio-thread]`
    pub(crate) fn is_held(&self, param: Param) -> bool {
        let (bits, bit) = self.held_bit(param);
        bits.load(Relaxed) & bit != 0
    }

    fn held_bit(&self, param: Param) -> (&AtomicU64, u64) {
        let index = param.index();
        (&self.held[index / 64], 1 << (index % 64))
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(std::sync::atomic::Ordering::Acquire)
    }
}

const NUMBERS: [u32; COUNT] = numbers();

#[allow(clippy::cast_possible_truncation, reason = "digits")]
const fn numbers() -> [u32; COUNT] {
    let mut numbers = [0; COUNT];
    numbers[0] = hash(b"bypass");
    numbers[1] = hash(b"master_gain");
    let mut number = 1;
    while number <= MACROS {
        let (tens, ones) = (b'0' + (number / 10) as u8, b'0' + (number % 10) as u8);
        numbers[number + 1] = hash(&[b'm', b'a', b'c', b'r', b'o', b'_', tens, ones]);
        number += 1;
    }
    number = 1;
    while number <= RTPCS {
        let (tens, ones) = (b'0' + (number / 10) as u8, b'0' + (number % 10) as u8);
        numbers[FIRST_RTPC + number - 1] = hash(&[b'r', b't', b'p', b'c', b'_', tens, ones]);
        number += 1;
    }
    numbers
}

/// FNV-1a of 32 bits without the highest bit, which VST3 keeps for itself.
const fn hash(id: &[u8]) -> u32 {
    let mut hash = 0x811c_9dc5_u32;
    let mut at = 0;
    while at < id.len() {
        hash = (hash ^ id[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash & 0x7fff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_are_those_of_every_session_ever_saved() {
        let known = [
            (Param::Bypass, "bypass"),
            (Param::MasterGain, "master_gain"),
            (Param::Macro(0), "macro_01"),
            (Param::Macro(31), "macro_32"),
            (Param::Rtpc(0), "rtpc_01"),
            (Param::Rtpc(63), "rtpc_64"),
        ];
        for (param, id) in known {
            assert_eq!(param.id(), id);
        }
        for param in Param::all() {
            assert_eq!(param.number(), hash(param.id().as_bytes()));
            assert_eq!(Param::from_number(param.number()), Some(param));
        }
        let all: BTreeSet<_> = NUMBERS.into_iter().collect();
        assert_eq!(all.len(), COUNT);
        // Of the FNV reference: 0xbf9cf968 for "foobar".
        assert_eq!(hash(b"foobar"), 0x3f9c_f968);
    }

    #[test]
    fn texts_read_back() {
        for param in Param::all() {
            let (min, max, _) = param.range();
            for step in 0..=100 {
                let value = min + (max - min) * f64::from(step) / 100.0;
                let mut text = String::new();
                param.write(value, &mut text).unwrap();
                let back = param.read(&text).unwrap();
                assert!((back - param.clamp(value)).abs() < 0.006, "{text}");
                let mut again = String::new();
                param.write(back, &mut again).unwrap();
                assert_eq!(text, again);
            }
        }
        let cases = [
            (Param::MasterGain, "-6", Some(-6.0)),
            (Param::MasterGain, "-inf dB", Some(SILENCE_DB)),
            (Param::MasterGain, "loud", None),
            (Param::Macro(0), " 37,5 %", Some(0.375)),
            (Param::Macro(0), "NaN", None),
            (Param::Bypass, "On", Some(1.0)),
        ];
        for (param, text, value) in cases {
            assert_eq!(param.read(text), value, "{text}");
        }
    }
}
