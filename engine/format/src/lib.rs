//! Segue's file formats: bytes in, bytes out. No files, no threads, no clocks.
//!
//! | format | read | write |
//! |---|---|---|
//! | project (`project.json`) | [`Project::from_json`] | [`Project::to_json`] |
//! | adaptive profile (`"segue.adaptive"`) | [`project::interactive::Profile::from_json`] | [`project::interactive::Profile::to_json`] |
//! | stage trace, timing profile, win tiers, lint profile | [`stages`] | [`stages`] |
//! | container (`.segue`, plug-in state, presets) | [`container::Package::from_bytes`] | [`container::Package::to_bytes`] |
//! | VST3 preset (`.vstpreset`) around a container | | [`vst3_preset::wrap`] |
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
mod nearest;
pub mod project;
pub mod session;
pub mod slot;
mod version;
pub mod vst3_preset;

pub use error::{Error, ErrorKind, Place, Problem, Problems, Result};
pub use json::Extra;
pub use nearest::nearest;
pub use project::interactive::stages;
pub use project::{Project, Warning};
pub use version::Version;

#[cfg(test)]
mod tests {
    use super::container::Package;
    use super::*;
    use session::LogReader;

    #[test]
    fn a_megabyte_of_noise_is_refused() {
        // xorshift64: any noise will do, the same on every run.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut noise = Vec::with_capacity(1 << 20);
        while noise.len() < 1 << 20 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            noise.extend(state.to_le_bytes());
        }
        assert!(Project::from_json(&noise).is_err());
        for magic in [b"SEGU", b"SEGL"] {
            noise[..4].copy_from_slice(magic);
            assert!(Package::from_bytes(&noise).is_err());
            assert!(LogReader::new(&noise).is_err());
        }
    }
}
