//! The plug-ins in an in-process CLAP host, as the library and as the built file.

#![allow(clippy::unwrap_used, reason = "tests")]

#[cfg(target_os = "linux")]
mod editor;
mod host;
mod presets;
mod projects;
mod render;
mod robust;
mod session;

#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
