//! The plug-ins in hosts of this process: CLAP, as the library and as the built file, and VST3.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::unnecessary_cast,
    reason = "one interface counts in i32 and f64, the other in u32; enumerations of VST3 differ by system"
)]
#![allow(
    clippy::print_stderr,
    reason = "long runs and measurements say what they found"
)]

mod bounce;
mod chase;
#[cfg(target_os = "linux")]
mod editor;
mod host;
mod memory;
mod notes;
mod params;
mod presets;
mod projects;
mod reload;
mod render;
mod robust;
mod sandbox;
mod session;
mod soak;
mod states;
mod transport;
mod unit;
mod vst3;

#[global_allocator]
static ALLOCATOR: memory::Counting = memory::Counting;
