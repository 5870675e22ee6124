//! Reads a container that is in memory, without copying it.

use super::header::{ChunkHeader, Header, corrupt, truncated};
use super::{Caps, END_BYTES, Tag};
use crate::error::{Error, Result};
use crate::limits;
use crate::version::Version;

/// A container whose lengths and checksums have all been verified.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    header: Header,
    body: &'a [u8],
}

/// One chunk of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// What it is.
    pub tag: Tag,
    /// The version of its payload.
    pub version: Version,
    /// Reserved.
    pub flags: u16,
    /// Its bytes.
    pub payload: &'a [u8],
    /// Where its header begins, in bytes from the start of the container.
    pub offset: u64,
}

/// The chunks of a [`Reader`] in order.
#[derive(Clone, Debug)]
pub struct Chunks<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// Verifies a whole container. Allocates nothing but the text of an error. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Unrecognised`], [`Error::Newer`], [`Error::Limit`], and [`Error::Truncated`] or
    /// [`Error::Corrupt`] with the chunk and its offset.
    pub fn new(data: &'a [u8], caps: &Caps) -> Result<Reader<'a>> {
        let header = Header::parse(data, caps)?;
        let total = usize::try_from(header.total_len).unwrap_or(usize::MAX);
        let body = data
            .get(Header::BYTES..data.len().min(total - END_BYTES))
            .unwrap_or_default();
        let verified = verify_chunks(body, caps);
        if data.len() < total {
            // If all chunks that can be seen are whole, the cut falls behind them.
            verified.map_err(|error| name_cut(error, data.len()))?;
            let needed = header.total_len;
            return Err(truncated("the chunks", 0, needed, data.len()));
        }
        verified?;
        verify_end(data, total)?;
        Ok(Reader { header, body })
    }

    /// The container's header. `[thread-safe]`
    pub fn header(&self) -> Header {
        self.header
    }

    /// The chunks in order. `[thread-safe]`
    pub fn chunks(&self) -> Chunks<'a> {
        Chunks {
            rest: self.body,
            offset: Header::BYTES,
        }
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        let uncapped = Caps {
            total: u64::MAX,
            project: u64::MAX,
            meta: u64::MAX,
            plugin: u64::MAX,
            asset: u64::MAX,
            unknown: u64::MAX,
        };
        let offset = self.offset as u64;
        let header = ChunkHeader::parse(self.rest, offset, &uncapped).ok()?;
        let len = usize::try_from(header.len).ok()?;
        let (payload, rest) = self.rest.get(ChunkHeader::BYTES..)?.split_at_checked(len)?;
        self.rest = rest;
        self.offset += ChunkHeader::BYTES + len;
        let ChunkHeader {
            tag,
            version,
            flags,
            ..
        } = header;
        Some(Chunk {
            tag,
            version,
            flags,
            payload,
            offset,
        })
    }
}

/// Walks `body`, which begins after the header, and checks caps, lengths and checksums.
fn verify_chunks(body: &[u8], caps: &Caps) -> Result<()> {
    let mut rest = body;
    let mut count = 0;
    while !rest.is_empty() {
        let offset = (Header::BYTES + body.len() - rest.len()) as u64;
        count += 1;
        let subject = || format!("the number of chunks up to offset {offset}");
        Error::check_limit(
            "container_chunks",
            subject,
            count,
            limits::CONTAINER_CHUNKS as u64,
        )?;
        let header = ChunkHeader::parse(rest, offset, caps)?;
        let needed = header.len.saturating_add(ChunkHeader::BYTES as u64);
        let payload = usize::try_from(needed).ok().and_then(|end| {
            let (chunk, after) = rest.split_at_checked(end)?;
            Some((chunk.get(ChunkHeader::BYTES..)?, after))
        });
        let Some((payload, after)) = payload else {
            return Err(truncated(&header.part(), offset, needed, rest.len()));
        };
        header.check(payload, offset)?;
        rest = after;
    }
    Ok(())
}

/// A cut file: counts the bytes that are there up to the end of the data.
fn name_cut(error: Error, data_len: usize) -> Error {
    match error {
        Error::Truncated {
            what,
            part,
            offset,
            needed,
            ..
        } => {
            let have = (data_len as u64).saturating_sub(offset);
            Error::Truncated {
                what,
                part,
                offset,
                needed,
                have,
            }
        }
        other => other,
    }
}

fn verify_end(data: &[u8], total: usize) -> Result<()> {
    let (all, after) = data.split_at_checked(total).unwrap_or((data, &[]));
    if !after.is_empty() {
        let reason = format!("{} bytes follow the end", after.len());
        return Err(corrupt("the end", total as u64, &reason));
    }
    let Some((content, end)) = all.split_last_chunk::<END_BYTES>() else {
        return Err(truncated("the end", 0, END_BYTES as u64, all.len()));
    };
    if u32::from_le_bytes(*end) != crc32c::crc32c(content) {
        let offset = content.len() as u64;
        return Err(corrupt(
            "the end",
            offset,
            "the checksum of the file does not match",
        ));
    }
    Ok(())
}
