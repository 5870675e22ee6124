//! Traces of live games: `*.trace.jsonl`, one JSON object a line.
//!
//! | line | what |
//! |---|---|
//! | the first | `{"format":"segue.trace","version":1,"run","part","project_hash","adapter_hash","engine_version","sample_rate_hz","seed","clock"}` |
//! | an accepted message | `{"n","src","via","t_rx_us","t_game_us","t_audio_smp","t_next_smp"?,"frame","stages":[ids],"calls":[[smp, call], …]}` |
//! | more calls of it | `{"n","calls":[…]}` |
//! | a call that came later than planned, or never (null) | `{"n","call","moved_smp"}` |
//! | a refusal | `{"n","src","refused":code,"text"}` |
//! | the last of a part that another one follows | `{"next_part"}` |
//! | the end | `{"end_smp"}` |
//!
//! Files are only appended to. Tokens never appear: `auth` and `hello` are no messages.
//!
//! A recording breaks off without its last line when it is killed, or when its file cannot be written
//! any more (a full disk, a file that was removed): the writer says so once, and what plays goes on.
//! Whoever reads it then has every whole line before; a line that is cut short is named and left out.
//! A trace of any length is read with the same memory: a line, and a window of calls that may still be
//! moved.

mod calls;
mod diff;
mod file;
mod read;
mod short;
mod survey;
mod via;
mod write;

pub use calls::{HELD_MAX, Heard, TraceCalls};
pub use diff::{Difference, diff};
pub use read::{
    SKIPPED_MAX, Skipped, TraceCall, TraceError, TraceMessage, TraceReader, TraceRow, TraceState,
};
pub use survey::TraceSurvey;
pub use via::Via;
pub use write::{Recorded, TraceWriter};

use crate::hub::Peer;

/// What the first line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceHeader {
    /// Hash of the project that played; empty for none.
    pub project_hash: String,
    /// Hash of the adapter; empty for none.
    pub adapter_hash: String,
    /// Which Segue.
    pub engine_version: String,
    /// Frames a second.
    pub sample_rate_hz: u32,
    /// Seed of everything random.
    pub seed: u64,
}

const FORMAT: &str = "segue.trace";
const VERSION: u64 = 1;
/// Longest line in bytes.
pub const LINE_MAX_BYTES: usize = 131_072;
/// Largest file in bytes. What is larger is not read, so a writer begins the next part before.
pub const FILE_MAX_BYTES: u64 = 100_000_000;

/// `connector/number` of a conversation.
#[must_use]
pub fn source(connector: &str, peer: Peer) -> String {
    format!("{connector}/{}", peer.number)
}

/// 64 bits of FNV-1a as 16 hexadecimal digits: tells versions apart, not enemies.
#[must_use]
pub fn hash(bytes: &[u8]) -> String {
    use segue_rt::game::{FNV_BASIS, fnv1a};
    format!("{:016x}", fnv1a(bytes, FNV_BASIS))
}

#[cfg(test)]
pub(crate) mod tests;
