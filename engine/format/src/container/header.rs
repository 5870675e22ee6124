//! The fixed-size headers of a container and of a chunk.

use super::{Caps, END_BYTES, Tag, WHAT};
use crate::error::{Error, Result, begins_otherwise};
use crate::version::Version;

/// The first four bytes of a container.
pub const MAGIC: [u8; 4] = *b"SEGU";

/// The container version this crate writes.
pub const VERSION: Version = Version::new(1, 0);

/// The first 20 bytes of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The version the container was written in.
    pub version: Version,
    /// Reserved.
    pub flags: u16,
    /// Bytes of the whole container, this header and the checksum at its end included.
    pub total_len: u64,
}

impl Header {
    /// Bytes of a header.
    pub const BYTES: usize = 20;

    /// Reads the header from the first bytes of a container and checks the total length against
    /// `caps`, so that it may be allocated. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Unrecognised`], [`Error::Truncated`], [`Error::Corrupt`], [`Error::Newer`],
    /// [`Error::Limit`].
    pub fn parse(bytes: &[u8], caps: &Caps) -> Result<Header> {
        let magic_len = bytes.len().min(MAGIC.len());
        if bytes.is_empty() || bytes[..magic_len] != MAGIC[..magic_len] {
            let found = begins_otherwise(bytes);
            return Err(Error::Unrecognised {
                expected: "Segue container",
                found,
            });
        }
        let Some(head) = bytes.first_chunk::<{ Header::BYTES }>() else {
            return Err(truncated("header", 0, Header::BYTES as u64, bytes.len()));
        };
        let [_, _, _, _, v0, v1, f0, f1, len @ .., c0, c1, c2, c3] = *head;
        let crc = u32::from_le_bytes([c0, c1, c2, c3]);
        if crc != crc32c::crc32c(&head[..16]) {
            return Err(corrupt("header", 0, "its checksum does not match"));
        }
        let version = Version(u16::from_le_bytes([v0, v1]));
        if version.major() > VERSION.major() {
            return Err(Error::Newer {
                what: WHAT,
                found: version.to_string(),
                supported: format!("{}.x", VERSION.major()),
            });
        }
        let total_len = u64::from_le_bytes(len);
        let subject = || "the size of the container in bytes".to_owned();
        Error::check_limit("container_bytes", subject, total_len, caps.total)?;
        if total_len < (Header::BYTES + END_BYTES) as u64 {
            let reason = format!("a total length of {total_len} is less than an empty container's");
            return Err(corrupt("header", 8, &reason));
        }
        Ok(Header {
            version,
            flags: u16::from_le_bytes([f0, f1]),
            total_len,
        })
    }

    /// The header as bytes. `[thread-safe]`
    pub fn to_bytes(&self) -> [u8; Header::BYTES] {
        let mut bytes = [0; Header::BYTES];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..6].copy_from_slice(&self.version.0.to_le_bytes());
        bytes[6..8].copy_from_slice(&self.flags.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.total_len.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..16]);
        bytes[16..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }
}

/// The 20 bytes before the payload of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkHeader {
    /// What the chunk is.
    pub tag: Tag,
    /// The version of the chunk's payload.
    pub version: Version,
    /// Reserved.
    pub flags: u16,
    /// Bytes of the payload.
    pub len: u64,
    /// CRC-32C of the 16 bytes before it and of the payload.
    pub crc: u32,
}

impl ChunkHeader {
    /// Bytes of a chunk header.
    pub const BYTES: usize = 20;

    /// The header of a chunk with this payload. `[thread-safe]`
    pub fn new(tag: Tag, version: Version, flags: u16, payload: &[u8]) -> ChunkHeader {
        let len = payload.len() as u64;
        let mut header = ChunkHeader {
            tag,
            version,
            flags,
            len,
            crc: 0,
        };
        header.crc = header.checksum(payload);
        header
    }

    /// Reads the chunk header at `offset` of the container from its bytes and checks the payload's
    /// length against `caps`, so that it may be allocated. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::Limit`].
    pub fn parse(bytes: &[u8], offset: u64, caps: &Caps) -> Result<ChunkHeader> {
        let Some(head) = bytes.first_chunk::<{ ChunkHeader::BYTES }>() else {
            let needed = ChunkHeader::BYTES as u64;
            return Err(truncated(
                "the header of a chunk",
                offset,
                needed,
                bytes.len(),
            ));
        };
        let [t0, t1, t2, t3, v0, v1, f0, f1, len @ .., c0, c1, c2, c3] = *head;
        let header = ChunkHeader {
            tag: Tag([t0, t1, t2, t3]),
            version: Version(u16::from_le_bytes([v0, v1])),
            flags: u16::from_le_bytes([f0, f1]),
            len: u64::from_le_bytes(len),
            crc: u32::from_le_bytes([c0, c1, c2, c3]),
        };
        header.check_cap(offset, caps)?;
        Ok(header)
    }

    /// Checks the payload of the chunk at `offset` of the container. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Corrupt`] that names the chunk.
    pub fn check(&self, payload: &[u8], offset: u64) -> Result<()> {
        if payload.len() as u64 == self.len && self.checksum(payload) == self.crc {
            return Ok(());
        }
        Err(corrupt(&self.part(), offset, "its checksum does not match"))
    }

    /// The header as bytes. `[thread-safe]`
    pub fn to_bytes(&self) -> [u8; ChunkHeader::BYTES] {
        let mut bytes = [0; ChunkHeader::BYTES];
        bytes[..16].copy_from_slice(&self.checked_bytes());
        bytes[16..].copy_from_slice(&self.crc.to_le_bytes());
        bytes
    }

    pub(super) fn check_cap(&self, offset: u64, caps: &Caps) -> Result<()> {
        let (limit, max) = caps.chunk(self.tag);
        let subject = || format!("the size of {} at offset {offset} in bytes", self.part());
        Error::check_limit(limit, subject, self.len, max)
    }

    pub(super) fn part(&self) -> String {
        format!("chunk {}", self.tag)
    }

    fn checksum(&self, payload: &[u8]) -> u32 {
        crc32c::crc32c_append(crc32c::crc32c(&self.checked_bytes()), payload)
    }

    fn checked_bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&self.tag.0);
        bytes[4..6].copy_from_slice(&self.version.0.to_le_bytes());
        bytes[6..8].copy_from_slice(&self.flags.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.len.to_le_bytes());
        bytes
    }
}

pub(super) fn truncated(part: &str, offset: u64, needed: u64, have: usize) -> Error {
    Error::Truncated {
        what: WHAT,
        part: part.to_owned(),
        offset,
        needed,
        have: have as u64,
    }
}

pub(super) fn corrupt(part: &str, offset: u64, reason: &str) -> Error {
    Error::Corrupt {
        what: WHAT,
        part: part.to_owned(),
        offset,
        reason: reason.to_owned(),
    }
}
