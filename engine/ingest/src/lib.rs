//! The connection to live games: connectors, adapters, traces.
//!
//! The way of a message: connector → frame check → numbers and clock ([`session`]) → adapter →
//! FSM check → trace → a stage at a sample. Everything here runs off the audio thread and is
//! bounded; nothing that a peer sends may panic, block, or take memory without limit.
#![forbid(unsafe_code)]

pub mod adapter;
pub mod clock;
pub mod connect;
pub mod effect;
pub mod frame;
pub mod hub;
pub mod inbox;
pub mod json;
mod lines;
pub mod live;
pub mod rate;
pub mod reconnect;
pub mod schedule;
pub mod session;
pub mod stage_json;
pub mod trace;
pub mod wizard;

#[cfg(test)]
mod alone;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod mutations;

#[cfg(test)]
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
