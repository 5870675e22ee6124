//! A slot machine that is true to its strips: outcomes are stop vectors, odds are counted.
//!
//! It knows no audio, no files, no threads and no clock. A [`game::Game`] is plain data; what a
//! spin of it gave is a [`result::SpinResult`]. Money is `i64` in minor units, never floating
//! point; ratios are derived.
//!
//! The generator is no certified one: do not run games for money with it.

#![forbid(unsafe_code)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "reels, rows, symbols, counts and money are bounded by game::limits, which is checked \
              before a Machine is made"
)]

mod error;
mod evaluate;
pub mod exact;
pub mod force;
pub mod gamble;
pub mod game;
mod grid;
mod jackpot;
pub mod log;
mod machine;
pub mod par;
pub mod presets;
#[cfg(test)]
mod proofs;
pub mod result;
mod rng;
pub mod scenario;
pub mod sim;
mod spin;
pub mod stages;

pub use error::{Error, Result};
pub use jackpot::Meters;
pub use machine::{Machine, Stops};
pub use rng::Rng;
