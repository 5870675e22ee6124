//! Documents of options: UTF-8 JSON objects with known keys only.
//!
//! Whatever is not given has its default; `(NULL, 0)` is an empty document. A key that is not known, or
//! a value of another type, is `INVALID_DOCUMENT` with line and column, before anything is done.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::memory::{MAX_DOCUMENT, take_text};
use crate::status::{Answer, Failure, SEGUE_STATUS_INVALID_DOCUMENT};

/// The options of `(pointer, length)`.
///
/// # Safety
/// As [`text`].
pub(crate) unsafe fn options<T: DeserializeOwned + Default>(
    pointer: *const std::ffi::c_char,
    length: usize,
) -> Answer<T> {
    // SAFETY: the caller's promise.
    let text = unsafe { take_text("options", pointer, length, MAX_DOCUMENT) }?;
    if text.trim().is_empty() {
        return Ok(T::default());
    }
    serde_json::from_str(text).map_err(|error| wrong("options", &error))
}

/// What is wrong with a document.
pub(crate) fn wrong(what: &str, error: &serde_json::Error) -> Failure {
    Failure::text(SEGUE_STATUS_INVALID_DOCUMENT, format!("{what}: {error}"))
}

/// A number up to 2^64, also as a text: JSON numbers of many languages end at 2^53.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Seed {
    Number(u64),
    Text(SeedText),
}

/// Digits, or hexadecimal digits behind `0x`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct SeedText(u64);

impl TryFrom<String> for SeedText {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
        let parsed = match hex {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => text.parse(),
        };
        parsed
            .map(Self)
            .map_err(|_| "a seed is in 0..=2^64-1, or 0x and hexadecimal digits")
    }
}

impl Seed {
    pub(crate) fn value(self) -> u64 {
        match self {
            Self::Number(number) | Self::Text(SeedText(number)) => number,
        }
    }
}
