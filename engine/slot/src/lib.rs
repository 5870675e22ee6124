//! A slot machine that is true to its strips: outcomes are stop vectors, odds are counted.
//!
//! It knows no audio, no files, no threads and no clock. A [`game::Game`] is plain data; what a
//! spin of it gave is a [`result::SpinResult`]. Money is `i64` in minor units, never floating
//! point; ratios are derived.
//!
//! The generator is no certified one: do not run games for money with it.

#![forbid(unsafe_code)]

mod error;
pub mod game;
pub mod result;
pub mod stages;

pub use error::{Error, Result};
