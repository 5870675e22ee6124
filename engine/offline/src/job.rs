//! A job: one file in, one file out, with everything in between.

mod chain;
mod crest;
mod gain;
mod group;
mod impulse;
pub(crate) mod planes;
mod report;
mod run;
mod scan;
mod settings;
mod target;
mod verify;

use std::ops::ControlFlow;
use std::path::PathBuf;

pub(crate) use group::run_group_telling;
pub(crate) use planes::Planes;
pub(crate) use run::{Kept, run_telling};
pub(crate) use target::{is_in_place, written};

pub use group::run_group;
pub use impulse::Impulse;
pub use report::{Detail, Report, Rule, Status};
pub use run::{MeasuredFile, RunOptions, measure, measure_with_history, run, run_with};
pub use settings::{
    ChannelMap, DitherKind, Exists, Fades, InsertSpec, LoudnessMode, MAX_INSERTS, Metadata,
    MonoFrom, Normalise, OverCeiling, Precision, Range, Settings, Tail, Trim, wav_format,
};
pub use target::{check_targets, content_key, location, suffixed};

/// One file in, one file out.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// The file to read.
    pub input: PathBuf,
    /// The file to write. It may be the input.
    pub output: PathBuf,
    /// What happens in between.
    pub settings: Settings,
}

/// What a job is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Looks for silence and DC.
    Scan,
    /// Measures loudness.
    Measure,
    /// Writes the result.
    Write,
    /// Reads the result back.
    Verify,
}

impl Stage {
    /// Name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scan => "scan",
            Self::Measure => "measure",
            Self::Write => "write",
            Self::Verify => "verify",
        }
    }
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JobProgress {
    /// What it is doing.
    pub stage: Stage,
    /// Number of the pass over the sound, from 1.
    pub pass: u32,
    /// Passes in all, as far as is known.
    pub passes: u32,
    /// Frames of this pass that are done. Never falls within a pass.
    pub done: u64,
    /// Frames of this pass; 0 if unknown.
    pub total: u64,
    /// Share of the whole job that is done, 0 to 1. Never falls.
    pub share: f64,
    /// Seconds that are left, by the pace so far; `None` in the first moments.
    pub eta_seconds: Option<f64>,
}

/// Called at least every few thousand frames. `Break` cancels: the job ends with
/// [`crate::Error::Cancelled`] and leaves nothing. A call that does not return pauses the job.
pub type Monitor<'a> = &'a mut dyn FnMut(&JobProgress) -> ControlFlow<()>;

/// Version of everything that decides the bytes of a result; part of every job's hash.
pub const JOB_VERSION: u32 = 11;

#[cfg(test)]
mod tests;
