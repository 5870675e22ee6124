//! The projects that come with Segue, built in: plug-ins and app carry them wherever they are.
#![forbid(unsafe_code)]

/// A project: path and bytes of each of its files, `project.json` first.
pub type Files = &'static [(&'static str, &'static [u8])];

/// "Night chase", the factory project.
pub const NIGHT_CHASE: Files = include!(concat!(env!("OUT_DIR"), "/factory.rs"));
