//! Audio files in, audio files out: decode, resample, encode, cache.
//!
//! Everything blocks and may take long: call it from worker threads, never from the audio thread.
//! Long jobs take a [`Progress`] callback that can cancel them. A failed or cancelled job leaves
//! nothing behind, and no input, however damaged, makes this crate panic or take memory beyond the
//! limits it names.

#![deny(unsafe_code)]
#![cfg_attr(
    not(any(test, feature = "flac", feature = "opus")),
    forbid(unsafe_code)
)]
#![cfg_attr(
    test,
    allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "test signals are made by casts of known values"
    )
)]

mod aiff;
pub mod atomic;
pub mod batch;
pub mod channels;
pub mod decode;
mod error;
#[cfg(feature = "flac")]
pub mod flac;
mod input;
pub mod job;
pub mod measure;
pub mod overview;
pub mod pcm_cache;
pub mod plot;
pub mod profile;
mod progress;
pub mod quantize;
pub mod resample;
pub mod sample;
mod sink;
pub mod tags;
pub mod wav;

pub use error::{Error, Result};
pub use progress::{Progress, no_progress};
pub use sink::{Encoding, Mp3Mode};

#[cfg(test)]
mod testing;

#[cfg(test)]
mod memory_tests;
