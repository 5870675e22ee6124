//! Values of options, and how numbers read.

use segue_engine::format::project::Seed;
use segue_engine::rt::tempo::{MAX_BPM, MIN_BPM};
use std::num::NonZeroUsize;

/// Longest render or play in seconds: a day.
const LONGEST: f64 = 86_400.0;

/// Largest block in frames.
const LARGEST_BLOCK: usize = 65_536;

/// Length in seconds: above 0, at most a day.
pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value <= LONGEST => Ok(value),
        _ => Err(format!(
            "a length is a number of seconds above 0, at most {LONGEST}"
        )),
    }
}

/// A place in a sound or a recording, in seconds.
pub(crate) fn moment(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.0..=LONGEST).contains(&value) => Ok(value),
        _ => Err(format!("a place is a number of seconds, 0 to {LONGEST}")),
    }
}

/// Tempo in quarter notes a minute.
pub(crate) fn tempo(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (MIN_BPM..=MAX_BPM).contains(&value) => Ok(value),
        _ => Err(format!(
            "a tempo is a number in {MIN_BPM}..={MAX_BPM} quarter notes a minute"
        )),
    }
}

/// A seed: a number, hexadecimal digits behind `0x`, or 16 of them as in a project.
pub(crate) fn seed(text: &str) -> Result<u64, String> {
    let parsed = Seed::parse(text).map(|seed| seed.0);
    parsed.ok_or_else(|| format!("a seed is {}", Seed::FORMS))
}

/// Up to 10^12 of something: `250000`, `250_000`, `1e8`, `2.5e5`.
pub(crate) fn many(text: &str) -> Option<u64> {
    let text = text.replace('_', "");
    let (digits, zeros) = text.split_once(['e', 'E']).unwrap_or((&text, "0"));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part = part.trim_end_matches('0');
    let zeros: u32 = zeros.parse().ok()?;
    // Digits behind the point are zeros that are not; more of them than zeros is no whole number.
    let zeros = zeros.checked_sub(u32::try_from(part.len()).ok()?)?;
    let digits: u64 = format!("{whole}{part}").parse().ok()?;
    let many = digits.checked_mul(10_u64.checked_pow(zeros)?);
    many.filter(|many| (1..=1_000_000_000_000).contains(many))
}

/// The same of what there are at most `MOST` of.
pub(crate) fn up_to<const MOST: u32>(text: &str) -> Result<u32, String> {
    let number = many(text).and_then(|many| u32::try_from(many).ok());
    let number = number.filter(|&number| number <= MOST);
    number.ok_or_else(|| format!("a number is 1..={MOST}, such as 250 or 1e3"))
}

/// How a render is cut into blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// All of this many frames.
    Frames(NonZeroUsize),
    /// Of a different, random length each.
    Random,
}

/// A block size in frames, or `random`.
pub(crate) fn block(text: &str) -> Result<Block, String> {
    if text == "random" {
        return Ok(Block::Random);
    }
    let frames = text
        .parse()
        .ok()
        .filter(|frames: &NonZeroUsize| frames.get() <= LARGEST_BLOCK);
    frames
        .map(Block::Frames)
        .ok_or_else(|| format!("a block is 1..={LARGEST_BLOCK} frames, or `random`"))
}

/// Seconds as `3:07.25`.
pub(crate) fn clock(seconds: f64) -> String {
    let seconds = (seconds * 100.0).round() / 100.0;
    let minutes = (seconds / 60.0).floor();
    format!("{minutes}:{:05.2}", seconds - minutes * 60.0)
}

/// A size for people, as `4.8 MB`.
pub(crate) fn size(bytes: u64) -> String {
    let value = bytes as f64;
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", value / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", value / 1e6),
        _ => format!("{:.1} GB", value / 1e9),
    }
}

/// A count with its word: `1 file`, `2 files`.
pub(crate) fn count(number: usize, word: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {word}{ending}")
}

/// A level for people; nothing is minus infinity.
pub(crate) fn level(db: Option<f64>, unit: &str) -> String {
    match db.filter(|db| db.is_finite()) {
        Some(db) => format!("{db:.1} {unit}"),
        None => "silence".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_accept_their_range_and_say_it() {
        assert_eq!(seconds("0.5"), Ok(0.5));
        for bad in ["0", "-1", "nan", "inf", "86401", "x"] {
            assert!(seconds(bad).unwrap_err().contains("above 0"), "{bad}");
        }
        assert_eq!(seed("0xff"), Ok(255));
        assert_eq!(seed("18446744073709551615"), Ok(u64::MAX));
        assert_eq!(seed("00000000000000ff"), Ok(255), "as a project writes it");
        assert_eq!(
            seed("0000000000000010"),
            Ok(16),
            "16 digits are never decimal"
        );
        assert_eq!(seed("10"), Ok(10));
        assert!(seed("ff").is_err(), "neither a number nor 16 digits");
        assert!(seed("-1").is_err() && seed("0x").is_err());
        assert_eq!(block("random"), Ok(Block::Random));
        assert!(matches!(block("512"), Ok(Block::Frames(n)) if n.get() == 512));
        for bad in ["0", "-1", "65537", "huge"] {
            assert!(block(bad).unwrap_err().contains("1..=65536"), "{bad}");
        }
        assert!(tempo("1000").is_err() && tempo("140") == Ok(140.0));
        let thousand = up_to::<1000>;
        assert_eq!((thousand("1e3"), thousand("1_000")), (Ok(1000), Ok(1000)));
        assert_eq!((thousand("2.5e1"), thousand("1")), (Ok(25), Ok(1)));
        for bad in ["0", "-1", "1001", "1e4", "1.5", "1e20", ""] {
            assert!(thousand(bad).unwrap_err().contains("1..=1000,"), "{bad}");
        }
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(clock(0.0), "0:00.00");
        assert_eq!(clock(187.254), "3:07.25");
        assert_eq!(clock(59.999), "1:00.00");
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(4_800_000), "4.8 MB");
        assert_eq!(count(1, "file"), "1 file");
        assert_eq!(count(0, "file"), "0 files");
        assert_eq!(level(Some(-1.04), "dBTP"), "-1.0 dBTP");
        assert_eq!(level(None, "LUFS"), "silence");
        assert_eq!(level(Some(f64::NEG_INFINITY), "LUFS"), "silence");
    }
}
