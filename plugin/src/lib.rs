//! Segue and Segue FX as CLAP plug-ins, and as VST3 through `segue-vst3`.
//!
//! | thread | type | what it does |
//! |---|---|---|
//! | main | [`MainThread`] | the project, state, parameters' texts, ports, what the host asks |
//! | audio | `Processor` | events, transport, rendering; swaps decks with a cross-fade |
//! | worker | `worker` | loads projects into decks, drops what the audio thread lets go of |
//! | window | `gui` | the editor; on Windows and macOS that is the main thread |
//!
//! A deck is an engine's renderer with what the plug-in needs to drive it. A load that fails leaves
//! the deck that plays untouched. The whole plug-in is behind `clap_entry`; [`entry`] gives it to
//! adapters in the same process.

// clack's callbacks are safe; what is unsafe here is one promise about the host's lifetime.
#![deny(unsafe_code)]

mod deck;
mod document;
mod edits;
mod entry;
mod error;
mod events;
mod factory;
mod follow;
mod gui;
mod kind;
mod line;
mod main_thread;
mod params;
mod ports;
mod preset;
mod processor;
mod ramp;
mod shared;
mod swap;
mod thru;
mod transport;
mod worker;

pub use entry::{SegueEntry, entry};
pub use error::{Error, Result};
pub use kind::Kind;
pub use main_thread::MainThread;
pub use params::{COUNT as PARAM_COUNT, Param};

clack_plugin::clack_export_entry!(SegueEntry);
segue_vst3::export!(crate::clap_entry);
