//! Segue's interactive engine: what a game calls becomes what is heard.
//!
//! | module | thread | what |
//! |---|---|---|
//! | [`source`] | any | the author's names and units |
//! | [`compile()`] | main | checks them and makes a [`Bank`] |
//! | [`stage`] | any | the stages of slot games: names, order, times, tiers |
//! | [`Bank`] | any | flat, immutable, names as hashes |
//! | [`Director`] | audio | carries out game calls on a [`Desk`](segue_rt::game::Desk) |
//!
//! Nothing on the audio thread allocates, frees, locks or looks at a text, and nothing depends on
//! how time is cut into blocks: work is done at the exact frame of a call, at every 32 frames while
//! a gain moves, and at every 10 ms.

#![forbid(unsafe_code)]

pub mod adaptive;
pub mod bank;
pub mod compile;
pub mod containers;
pub mod director;
pub mod ids;
pub mod limits;
pub mod music;
pub mod source;
pub mod stage;
pub mod telemetry;
pub mod values;

pub use bank::file::{BankError, BankFile};
pub use bank::{Bank, HostParam, MacroRtpc};
pub use compile::{World, WorldParam, WorldSound, compile};
pub use director::{Config, Counts, Director};
pub use values::check::Problem;

#[cfg(test)]
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
