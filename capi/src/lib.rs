//! libsegue: the facade behind a C ABI. `include/segue.h` is made from this crate.
//!
//! Every exported function has one body: a call of one of the boundaries in [`boundary`], which
//! checks handles, catches panics, and turns what happened into a status. The public page is
//! docs/c-abi.md.
//!
//! | idea | where |
//! |---|---|
//! | what a call answers | [`status`] |
//! | panics, poison, the last error of a thread | [`boundary`] |
//! | opaque handles that know when they are stale | [`handle`] |
//! | pointers of the caller: texts, arrays, structs that grow | [`memory`] |
//! | work that takes long | [`job`] |

#![allow(
    non_camel_case_types,
    reason = "names of types are those that stand in segue.h"
)]

mod boundary;
pub mod engine;
pub mod events;
pub mod game;
mod handle;
mod ids;
pub mod job;
pub mod library;
pub mod live;
pub mod memory;
pub mod meters;
pub mod mixer;
pub mod offline;
mod options;
#[cfg(feature = "test-panics")]
pub mod panics;
pub mod project;
pub mod render;
pub mod slot;
pub mod stages;
pub mod status;
pub mod transport;
pub mod voices;

/// The number of this ABI. A library takes calls made for its own number only; it changes when
/// something that exists changes its meaning. What is added does not change it. [`segue_engine_create`] and
/// the other constructors ask for it.
///
/// [`segue_engine_create`]: engine::segue_engine_create
pub const SEGUE_ABI: u32 = 1;

#[cfg(test)]
mod tests;
