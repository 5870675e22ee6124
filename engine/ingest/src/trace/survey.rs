//! What a trace is, before it is used.

use super::{TraceCalls, TraceError, TraceHeader, TraceReader, TraceState};
use std::path::Path;

/// What a whole trace was found to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceSurvey {
    /// What the first line says.
    pub header: TraceHeader,
    /// What of it can be read.
    pub state: TraceState,
    /// Frames until its end, or until its last call where it broke off.
    pub frames: u64,
    /// Calls that are heard.
    pub calls: u64,
    /// Rows about calls that are not there: they change nothing.
    pub stale: u64,
}

impl TraceSurvey {
    /// Reads a trace to its end and holds nothing of it. `[thread-safe]`
    ///
    /// # Errors
    /// [`TraceError`].
    pub fn of(path: &Path) -> Result<Self, TraceError> {
        let mut all = TraceCalls::heard(TraceReader::open(path)?);
        let (mut calls, mut last) = (0, 0);
        for call in &mut all {
            last = call?.at;
            calls += 1;
        }
        let (rows, stale) = (all.rows(), all.stale());
        let state = rows.state().clone();
        Ok(Self {
            header: rows.header().clone(),
            frames: state.end.unwrap_or(last),
            state,
            calls,
            stale,
        })
    }
}
