//! Traces of live games as traces of stages.

use super::games::{Games, Sorter};
use crate::error::{Error, Result};
use crate::ingest::{Effect, Heard, TraceCalls, TraceReader, object};
use segue_middleware::stage::{StageEvent, StageTrace};
use std::path::Path;

/// Stages of a live trace at most: a report holds them all.
pub const LIVE_STAGES: usize = 1_000_000;

/// Longest first line that is looked at, in bytes.
const HEADER: usize = 4096;

/// Whether a file that begins so is the trace of a live game. `[thread-safe]`
pub fn is_live(bytes: &[u8]) -> bool {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or(bytes);
    let first = std::str::from_utf8(first).unwrap_or_default();
    let header = (first.len() <= HEADER)
        .then(|| object(first).ok())
        .flatten();
    let format = header
        .as_ref()
        .and_then(|header| header.get("format")?.as_str());
    format == Some("segue.trace")
}

/// The stages of the trace of live games.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveStages {
    /// All of them, at the times at which they were heard: latency is compensated already.
    pub trace: StageTrace,
    /// Whose they are, and when each game was gone.
    pub games: Games,
    /// How many calls are neither stages nor ends of them.
    pub others: u64,
}

/// The stages of the trace of live games. `[thread-safe]`
///
/// # Errors
/// [`Error::Trace`]; [`Error::Argument`] for no stage, or more than [`LIVE_STAGES`].
pub fn live_stages(path: &Path) -> Result<LiveStages> {
    let reader = TraceReader::open(path).map_err(Error::from)?;
    let header = reader.header().clone();
    let rate = f64::from(header.sample_rate_hz);
    let (mut events, mut games, mut others) = (Vec::new(), Sorter::default(), 0);
    for call in TraceCalls::heard(reader) {
        let Heard { at, source, effect } = call?;
        #[expect(clippy::cast_precision_loss, reason = "frames far below 2^53")]
        let timestamp_ms = at as f64 / rate * 1000.0;
        let event = match effect {
            Effect::Stage(event) => event,
            Effect::EndStages => {
                games.end(&source, timestamp_ms, events.len());
                continue;
            }
            Effect::Pause { .. } => continue,
            _ => {
                others += 1;
                continue;
            }
        };
        if events.len() == LIVE_STAGES {
            return Err(out_of_trace("more than 1000000 stages".to_owned()));
        }
        games.stage(&source, events.len());
        events.push(StageEvent {
            timestamp_ms,
            ..*event
        });
    }
    if events.is_empty() {
        return Err(out_of_trace("no stage".to_owned()));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let trace = StageTrace {
        trace_id: name
            .strip_suffix(".trace.jsonl")
            .unwrap_or(&name)
            .to_owned(),
        events,
        adapter_id: Some(header.adapter_hash).filter(|hash| !hash.is_empty()),
        ..StageTrace::default()
    };
    Ok(LiveStages {
        trace,
        games: games.games(),
        others,
    })
}

fn out_of_trace(value: String) -> Error {
    Error::Argument {
        what: "trace",
        value,
        allowed: "1 to 1000000 stages; `segue ingest replay` plays a trace of any length",
    }
}
