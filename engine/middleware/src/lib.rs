//! Segue's interactive engine: what a game calls becomes what is heard.
//!
//! | module | thread | what |
//! |---|---|---|
//! | [`source`] | any | the author's names and units |
//! | [`compile()`] | main | checks them and makes a [`Bank`] |
//! | [`Bank`] | any | flat, immutable, names as hashes |
//! | [`Director`] | audio | carries out game calls on a [`Desk`](segue_rt::game::Desk) |
//!
//! Nothing on the audio thread allocates, frees, locks or looks at a text, and nothing depends on
//! how time is cut into blocks: work is done at the exact frame of a call, at every 32 frames while
//! a gain moves, and at every 10 ms.

#![forbid(unsafe_code)]

pub mod ids;
pub mod source;
