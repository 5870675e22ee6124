//! Segue's file formats: bytes in, bytes out. No files, no threads, no clocks.
//!
//! | format | read | write |
//! |---|---|---|
//! | project (`project.json`) | [`Project::from_json`] | [`Project::to_json`] |
//! | container (`.segue`, plug-in state, presets) | [`container::Package::from_bytes`] | [`container::Package::to_bytes`] |
//! | session log (`.seglog`) | [`session::LogReader`] | [`session::LogWriter`] |
//!
//! Three promises hold for all of them:
//! - every size is compared with its cap in [`limits`] before memory is taken for it;
//! - no input panics: what cannot be read is an [`Error`] that names the place and the way out;
//! - what this version does not know (JSON keys, chunks, flags) is kept and written back.
//!
//! docs/formats.md describes the same bytes for people who write them without this crate.

#![forbid(unsafe_code)]

pub mod container;
mod error;
mod json;
pub mod limits;
pub mod project;
pub mod session;
mod version;

pub use error::{Error, ErrorKind, Place, Problem, Problems, Result};
pub use json::Extra;
pub use project::{Project, Warning};
pub use version::Version;
