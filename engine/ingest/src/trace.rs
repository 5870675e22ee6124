//! Traces of live games: `*.trace.jsonl`, one JSON object a line.
//!
//! | line | what |
//! |---|---|
//! | the first | `{"format":"segue.trace","version":1,"project_hash","adapter_hash","engine_version","sample_rate_hz","seed","clock"}` |
//! | an accepted message | `{"n","src","t_rx_us","t_game_us","t_audio_smp","frame","stages":[ids],"calls":[[smp, call], …]}` |
//! | more calls of it | `{"n","calls":[…]}` |
//! | a call that came later than planned, or never (null) | `{"n","call","moved_smp"}` |
//! | a refusal | `{"n","src","refused":code,"text"}` |
//! | the end | `{"end_smp"}` |
//!
//! Files are only appended to. Tokens never appear: `auth` and `hello` are no messages.

mod diff;
mod read;
mod write;

pub use diff::{Difference, diff};
pub use read::{TraceError, TraceFile, TraceMessage};
pub use write::{Recorded, TraceWriter};

use crate::hub::Peer;
use serde_json::{Value, json};

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

impl TraceHeader {
    fn write(&self) -> Value {
        json!({
            "format": FORMAT,
            "version": VERSION,
            "project_hash": self.project_hash,
            "adapter_hash": self.adapter_hash,
            "engine_version": self.engine_version,
            "sample_rate_hz": self.sample_rate_hz,
            "seed": self.seed.to_string(),
            "clock": "us",
        })
    }
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
mod tests;
