//! The session log: everything that reached the renderer, with its sample time.
//!
//! Append-only and crash tolerant. Little-endian throughout:
//!
//! ```text
//! prelude  magic "SEGL", version u16, flags u16, header length u32, project length u32,
//!          CRC-32C u32 of these 16 bytes
//! header   JSON, see `LogHeader`
//! project  the bytes of project.json
//!          CRC-32C u32 of header and project
//! group*   "ROWS", payload length u32, number of rows u32, CRC-32C u32 of the payload,
//!          CRC-32C u32 of these 16 bytes; payload
//! end      the same with "DONE", length 16, 0 rows; payload: total frames u64, number of rows u64
//! ```
//!
//! A row in the payload of a group, all numbers as LEB128 varints:
//!
//! ```text
//! tag * 2 + (1 if it has a sequence number)
//! zigzag(at - at of the row before in this group, from 0)
//! [zigzag(seq - seq of the last row that had one in this group, from 0)]
//! payload length, payload
//! ```
//!
//! Differences wrap around. A group with another tag is skipped: newer minor versions may add some.
//! Rows are in the order in which the renderer received them; `at` need
//! not ascend, because a command may be sent ahead of its time.
//!
//! What a reader makes of the bytes behind the last whole group: fewer bytes than declared, or
//! nothing but zeros (a file system that had grown the file but not written it yet), is a log that
//! was cut short, and all whole groups count. Anything else is damage.

mod header;
mod reader;
mod varint;
mod writer;

pub use header::{LogAsset, LogHeader};
pub use reader::{LogEnd, LogReader, Rows};
pub use writer::LogWriter;

use crate::version::Version;

/// The first four bytes of a session log.
pub const MAGIC: [u8; 4] = *b"SEGL";

/// The session log version this crate writes.
pub const VERSION: Version = Version::new(1, 0);

/// What the format is called in errors.
const WHAT: &str = "session log";

/// Bytes of the prelude and of the header of a group.
const HEAD_BYTES: usize = 20;
const ROWS: [u8; 4] = *b"ROWS";
const DONE: [u8; 4] = *b"DONE";

/// Bytes of the payload of the end marker.
const DONE_BYTES: usize = 16;

/// One thing that reached the renderer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The engine's absolute frame at which it takes effect.
    pub at: u64,
    /// The sender's sequence number, if it has one.
    pub seq: Option<u64>,
    /// What it is; the engine's matter.
    pub tag: u16,
    /// Its bytes, at most 65536; the engine's matter.
    pub payload: &'a [u8],
}

#[cfg(test)]
mod tests;
