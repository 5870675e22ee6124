//! Writes a container into memory.

use super::header::{ChunkHeader, Header, VERSION};
use super::{Caps, END_BYTES, Tag};
use crate::error::{Error, Result};
use crate::limits;
use crate::version::Version;

/// Writes chunks in the order in which they come.
#[derive(Debug)]
pub struct Writer {
    bytes: Vec<u8>,
    version: Version,
    flags: u16,
    caps: Caps,
    chunks: u64,
}

impl Writer {
    /// A writer of an empty container of the current version. `[thread-safe]`
    pub fn new(caps: Caps) -> Writer {
        Writer::with_version(VERSION, 0, caps)
    }

    /// A writer of a container that keeps the version and flags it was read with.
    pub(super) fn with_version(version: Version, flags: u16, caps: Caps) -> Writer {
        Writer {
            bytes: vec![0; Header::BYTES],
            version,
            flags,
            caps,
            chunks: 0,
        }
    }

    /// Appends a chunk. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Limit`]; then the container is as before.
    pub fn chunk(&mut self, tag: Tag, version: Version, flags: u16, payload: &[u8]) -> Result<()> {
        let header = ChunkHeader::new(tag, version, flags, payload);
        header.check_cap(self.bytes.len() as u64, &self.caps)?;
        let total = (self.bytes.len() + ChunkHeader::BYTES + payload.len() + END_BYTES) as u64;
        let subject = || format!("the size of the container with chunk {tag} in bytes");
        Error::check_limit("container_bytes", subject, total, self.caps.total)?;
        let chunks = self.chunks + 1;
        let subject = || "the number of chunks".to_owned();
        Error::check_limit(
            "container_chunks",
            subject,
            chunks,
            limits::CONTAINER_CHUNKS as u64,
        )?;
        self.chunks = chunks;
        self.bytes.extend_from_slice(&header.to_bytes());
        self.bytes.extend_from_slice(payload);
        Ok(())
    }

    /// The finished container. `[thread-safe]`
    pub fn finish(mut self) -> Vec<u8> {
        let total_len = (self.bytes.len() + END_BYTES) as u64;
        let header = Header {
            version: self.version,
            flags: self.flags,
            total_len,
        };
        self.bytes[..Header::BYTES].copy_from_slice(&header.to_bytes());
        let crc = crc32c::crc32c(&self.bytes);
        self.bytes.extend_from_slice(&crc.to_le_bytes());
        self.bytes
    }
}
