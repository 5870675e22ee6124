//! Segue: a real-time interactive-audio engine.

#![forbid(unsafe_code)]

pub mod error;
pub mod info;
pub mod project;

pub use error::{Error, ErrorKind, Result};
