//! The adapter in an in-process host, driving the small plug-in of [`clap`].

mod audio;
mod clap;
mod control;
mod host;
mod random;

use assert_no_alloc::AllocDisabler;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;
