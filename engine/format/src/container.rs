//! The single-file container: packed projects, presets and the plug-in's state.
//!
//! Little-endian throughout:
//!
//! ```text
//! header  magic "SEGU", version u16, flags u16, total length u64, CRC-32C u32 of these 16 bytes
//! chunk*  tag 4 bytes, version u16, flags u16, length u64, CRC-32C u32, payload
//! end     CRC-32C u32 of everything before it
//! ```
//!
//! The total length includes the last four bytes. A chunk's CRC covers the 16 bytes before it and
//! the payload, so a damaged tag or length is found as well. Flags are reserved: written as 0,
//! kept when read. [`Package`] gives the chunks their meaning; [`Reader`] and [`Writer`] do not
//! care; [`Header`] and [`ChunkHeader`] let a caller read a file piece by piece, with every length
//! checked before memory is taken for it.

mod header;
mod package;
mod plugin_state;
mod reader;
mod states;
mod writer;

pub use header::{ChunkHeader, Header, MAGIC, VERSION};
pub use package::{Meta, Package, PackedAsset};
pub use plugin_state::{EditorSize, OutputLayout, PluginState};
pub use reader::{Chunk, Chunks, Reader};
pub use states::States;
pub use writer::Writer;

use crate::limits;
use std::fmt;

/// What the format is called in errors.
pub(crate) const WHAT: &str = "container";

/// Bytes of the checksum at the end.
const END_BYTES: usize = 4;

/// What a chunk is: four bytes, by convention capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub [u8; 4]);

impl Tag {
    /// The bytes of `project.json`.
    pub const PROJECT: Tag = Tag(*b"PROJ");
    /// One asset: path length u16, path, the file's bytes.
    pub const ASSET: Tag = Tag(*b"ASST");
    /// JSON metadata, see [`Meta`].
    pub const META: Tag = Tag(*b"META");
    /// JSON of a plug-in's own state, see [`PluginState`].
    pub const PLUGIN: Tag = Tag(*b"PLUG");
    /// One state: name length u16, name, the blob. See [`States`].
    pub const STATE: Tag = Tag(*b"STAT");
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({self})")
    }
}

/// How large a container and its chunks may be, in bytes. The default is the table in
/// [`crate::limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// The whole container.
    pub total: u64,
    /// The payload of `PROJ`.
    pub project: u64,
    /// The payload of `META`.
    pub meta: u64,
    /// The payload of `PLUG`.
    pub plugin: u64,
    /// The payload of an `ASST`.
    pub asset: u64,
    /// The payload of a chunk with another tag.
    pub unknown: u64,
}

impl Default for Caps {
    fn default() -> Caps {
        Caps {
            total: limits::CONTAINER_BYTES as u64,
            project: limits::PROJECT_JSON_BYTES as u64,
            meta: limits::META_CHUNK_BYTES as u64,
            plugin: limits::PLUGIN_CHUNK_BYTES as u64,
            asset: limits::ASSET_CHUNK_BYTES as u64,
            unknown: limits::UNKNOWN_CHUNK_BYTES as u64,
        }
    }
}

impl Caps {
    /// The name and value of the limit for the payload of a chunk. `[thread-safe]`
    pub fn chunk(&self, tag: Tag) -> (&'static str, u64) {
        match tag {
            Tag::PROJECT => ("project_json_bytes", self.project),
            Tag::META => ("meta_chunk_bytes", self.meta),
            Tag::PLUGIN => ("plugin_chunk_bytes", self.plugin),
            Tag::ASSET => ("asset_chunk_bytes", self.asset),
            _ => ("unknown_chunk_bytes", self.unknown),
        }
    }
}

#[cfg(test)]
mod tests;
