//! Game values and what follows them: curves, RTPCs, states, switches, conditions, ducking, HDR.
//!
//! Every part comes twice: a *compiled form* that is made once on the control thread and only read
//! afterwards, and a *state* that is sized by it and runs on the audio thread without allocation.
//! All times are absolute frames; a value at frame t is a closed form of its last change, so it does
//! not matter how often or where it is looked at.
//!
//! | module | what |
//! |---|---|
//! | [`check`] | problems with their paths, and the names that a part looks up |
//! | [`curve`] | curves over game values, exact at every x |
//! | [`course`] | how a value moves to a target |
//! | [`rtpc`] | continuous values: of what one post plays, of an object, of everybody |
//! | [`states`] | global values that move nodes and buses |
//! | [`switches`] | values of objects, set or following an RTPC |
//! | [`condition`] | what must hold |
//! | [`duck`] | buses that make way |
//! | [`hdr`] | windows that the loudest voice moves |
//! | [`sparse`] | the bounded table behind values of single objects |
//!
//! When banks are exchanged, `carry_over` copies a state into the one of the new bank.

#[cfg(test)]
mod alloc_tests;
pub mod check;
pub mod condition;
pub mod course;
pub mod curve;
pub mod duck;
pub mod hdr;
pub mod rtpc;
mod shape;
pub mod sparse;
pub mod states;
pub mod switches;
#[cfg(test)]
pub(crate) mod testing;
