//! The `bext` chunk of Broadcast Wave, version 2 (EBU Tech 3285).

use super::chunk::Chunk;

/// Bytes before the coding history.
const FIXED: usize = 602;
const VERSION_AT: usize = 346;
const LOUDNESS_AT: usize = 412;
const TIME_AT: usize = 338;
/// A loudness that is not stated.
const UNSET: u16 = 0x7FFF;

/// Loudness as `bext` states it; `None` is "not stated".
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BextLoudness {
    /// I, LUFS.
    pub integrated: Option<f64>,
    /// LRA, LU.
    pub range: Option<f64>,
    /// Largest true peak, dBTP.
    pub true_peak: Option<f64>,
    /// Largest M, LUFS.
    pub max_momentary: Option<f64>,
    /// Largest S, LUFS.
    pub max_short_term: Option<f64>,
}

/// A `bext` chunk of version 2 with this loudness; texts, dates and history come from `old` where
/// there is one. No date is made up: the same job gives the same bytes.
pub fn with_loudness(old: Option<&[u8]>, loudness: &BextLoudness) -> Chunk {
    let mut bytes = old.map(<[u8]>::to_vec).unwrap_or_default();
    if bytes.len() < FIXED {
        bytes.resize(FIXED, 0);
    }
    bytes[VERSION_AT..VERSION_AT + 2].copy_from_slice(&2u16.to_le_bytes());
    let fields = [
        loudness.integrated,
        loudness.range,
        loudness.true_peak,
        loudness.max_momentary,
        loudness.max_short_term,
    ];
    for (i, field) in fields.into_iter().enumerate() {
        let at = LOUDNESS_AT + 2 * i;
        bytes[at..at + 2].copy_from_slice(&hundredths(field).to_le_bytes());
    }
    Chunk::new(*b"bext", bytes)
}

/// Takes back what `bytes` say of the loudness, where their version has places for that.
pub fn without_loudness(mut bytes: Vec<u8>) -> Chunk {
    let version = bytes.get(VERSION_AT..).and_then(<[u8]>::first_chunk);
    if version.is_some_and(|version| u16::from_le_bytes(*version) >= 2) {
        let fields = bytes.get_mut(LOUDNESS_AT..LOUDNESS_AT + 10);
        let (fields, _) = fields.unwrap_or_default().as_chunks_mut();
        fields.fill(UNSET.to_le_bytes());
    }
    Chunk::new(*b"bext", bytes)
}

/// Appends a line to the coding history, in which every one who makes another sound of a sound says what
/// the new one is (EBU R 98). What was there stays.
pub fn with_history(mut bytes: Vec<u8>, line: &str) -> Vec<u8> {
    if bytes.len() < FIXED {
        bytes.resize(FIXED, 0);
    }
    let history = &bytes[FIXED..];
    let end = history.iter().rposition(|b| *b != 0).map_or(0, |at| at + 1);
    bytes.truncate(FIXED + end);
    if end > 0 && !bytes.ends_with(b"\n") {
        bytes.extend(b"\r\n");
    }
    bytes.extend(line.as_bytes());
    bytes.extend(b"\r\n");
    bytes
}

/// Moves the time reference (frames since midnight) to another rate and start.
pub fn shift_time(bytes: &mut [u8], map: impl Fn(u64) -> u64) {
    if let Some(field) = bytes.get_mut(TIME_AT..TIME_AT + 8) {
        let mut word = [0; 8];
        word.copy_from_slice(field);
        field.copy_from_slice(&map(u64::from_le_bytes(word)).to_le_bytes());
    }
}

/// In steps of 0.01, as EBU Tech 3285 wants it.
#[allow(
    clippy::cast_possible_truncation,
    reason = "clamped to the range of the field"
)]
fn hundredths(value: Option<f64>) -> u16 {
    match value.filter(|v| v.is_finite()) {
        Some(v) => ((v * 100.0).round().clamp(-9_999.0, 9_999.0) as i16).cast_unsigned(),
        None => UNSET,
    }
}
