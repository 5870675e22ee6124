//! What runs on Segue's audio thread: clock, commands, transport, mixer, voices, meters.
//!
//! Three types carry the three threads: [`renderer::Renderer`] lives on the audio thread, the
//! control side queues [`command::Command`]s, and everybody may read snapshots. Nothing here
//! allocates, frees, locks or makes a system call once it was built.

#![deny(unsafe_code)]

pub mod command;
pub mod game;
pub mod graph;
pub mod ids;
pub mod keymap;
pub mod limits;
pub mod line;
pub mod meters;
pub mod mixer;
pub mod profiler;
mod queue;
pub mod renderer;
pub mod schedule;
pub mod snapshot;
pub mod sound;
pub mod stream;
pub mod tap;
pub mod tempo;
pub mod timeline;
pub mod transport;
pub mod voices;

#[cfg(test)]
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
