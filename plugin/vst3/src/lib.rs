//! Drives any CLAP entry as a VST3. It knows the two plug-in interfaces and nothing of Segue.
//!
//! ```
//! use clap_sys::{entry::clap_plugin_entry, version::CLAP_VERSION};
//!
//! #[unsafe(no_mangle)]
//! #[allow(non_upper_case_globals)]
//! pub static clap_entry: clap_plugin_entry = clap_plugin_entry {
//!     clap_version: CLAP_VERSION,
//!     init: None,
//!     deinit: None,
//!     get_factory: None,
//! };
//!
//! segue_vst3::export!(clap_entry);
//! ```
//!
//! gives a shared library that is a CLAP and a VST3 at once. [`Module`] is the same without exports.
//!
//! # One object
//!
//! Processor and controller are one COM object, so the plug-in exists once and parameters need no
//! messages between two halves. The class is therefore not "distributable".
//!
//! # Threads
//!
//! | VST3 call | CLAP side |
//! |---|---|
//! | `initialize`, `terminate`, `setActive`, state, parameters, view | main thread |
//! | `process` | audio thread; starts the plug-in with the first block |
//! | `setProcessing(false)`, `setActive(false)` | stop it, in the role of the audio thread |
//!
//! What the audio thread owns lies behind a gate that it passes with one atomic operation and never
//! waits at. If the main thread happens to be inside, because the host deactivates or flushes while
//! it processes, the block is silent. `process` never allocates, locks or waits.
//!
//! # What the host may do wrong
//!
//! Fewer busses or channels than declared, null buffers, inactive busses, one buffer for two
//! channels: the plug-in sees all its ports all the same, silent where nothing comes in, and writes
//! to memory of its own where nothing goes out. Blocks that are longer than promised are split.
//! Panics stop at the border.

#![allow(
    non_snake_case,
    non_upper_case_globals,
    reason = "the names of both interfaces are C and C++ names"
)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "one interface counts in i32 and f64, the other in u32; values are clamped first"
)]
#![allow(
    clippy::unnecessary_cast,
    reason = "enumerations of VST3 are signed on Windows and unsigned elsewhere"
)]

mod class;
mod component;
mod controller;
mod events;
mod factory;
mod gate;
mod guard;
mod host;
mod instance;
mod layout;
mod library;
mod midi;
mod notes;
mod output;
mod params;
mod path;
mod plugin;
mod ports;
mod process;
mod run_loop;
mod state;
mod text;
mod ticks;
mod timers;
mod transport;
mod view;

#[cfg(test)]
mod tests;

use std::ffi::CStr;

pub use class::class_id;
pub use library::Module;
pub use midi::{CHANNEL_PRESSURE, PITCH_BEND, USUAL_CONTROLLERS};

/// Takes what a plug-in logs: the severity of CLAP's log extension and the text. `[thread-safe]`,
/// and it must be fit for the audio thread.
pub type LogSink = fn(severity: i32, text: &CStr);

/// What an adapter can be told.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The MIDI controllers that get a proxy parameter: 0 to 127, [`CHANNEL_PRESSURE`] and
    /// [`PITCH_BEND`], each once. VST3 has no other way to pass them. Plug-ins without a note port
    /// that speaks MIDI get none.
    pub controllers: &'static [u8],
    /// Where log texts go; nowhere if absent.
    pub log: Option<LogSink>,
}

impl Options {
    /// The usual controllers, no log.
    pub const DEFAULT: Self = Self {
        controllers: USUAL_CONTROLLERS,
        log: None,
    };
}

impl Default for Options {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Exports the functions of a VST3 module that drives a CLAP entry: `export!(ENTRY)` or
/// `export!(ENTRY, OPTIONS)`.
///
/// `ENTRY` is the path of a `static` with the layout of `clap_plugin_entry`, of whatever version of
/// `clap-sys`; it must keep CLAP's rules. `OPTIONS` is a constant [`Options`].
#[macro_export]
macro_rules! export {
    ($entry:path) => {
        $crate::export!($entry, $crate::Options::DEFAULT);
    };
    ($entry:path, $options:expr) => {
        const _: () = {
            // SAFETY: a static is valid until the end of the program, and the caller of the macro
            // vouches for CLAP's rules.
            static MODULE: $crate::Module =
                unsafe { $crate::Module::new((&raw const $entry).cast(), $options) };

            #[unsafe(no_mangle)]
            extern "system" fn GetPluginFactory() -> *mut ::std::ffi::c_void {
                MODULE.factory()
            }

            #[cfg(target_os = "linux")]
            #[unsafe(no_mangle)]
            extern "system" fn ModuleEntry(_library: *mut ::std::ffi::c_void) -> bool {
                MODULE.enter()
            }

            #[cfg(target_os = "linux")]
            #[unsafe(no_mangle)]
            extern "system" fn ModuleExit() -> bool {
                MODULE.exit()
            }

            #[cfg(target_os = "macos")]
            #[unsafe(no_mangle)]
            extern "system" fn bundleEntry(_bundle: *mut ::std::ffi::c_void) -> bool {
                MODULE.enter()
            }

            #[cfg(target_os = "macos")]
            #[unsafe(no_mangle)]
            extern "system" fn bundleExit() -> bool {
                MODULE.exit()
            }

            #[cfg(target_os = "windows")]
            #[unsafe(no_mangle)]
            extern "system" fn InitDll() -> bool {
                MODULE.enter()
            }

            #[cfg(target_os = "windows")]
            #[unsafe(no_mangle)]
            extern "system" fn ExitDll() -> bool {
                MODULE.exit()
            }
        };
    };
}

/// Writes an answer to a place of the host.
///
/// # Safety
/// `place` is null or valid for a `T`.
unsafe fn write_out<T>(place: *mut T, value: T) -> vst3::Steinberg::tresult {
    if place.is_null() {
        return vst3::Steinberg::kInvalidArgument;
    }
    // SAFETY: not null, and the caller vouches for the rest.
    unsafe { place.write(value) };
    vst3::Steinberg::kResultOk
}
