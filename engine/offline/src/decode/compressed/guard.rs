//! The border to symphonia: a file that starts later, and panics turned into errors.

use std::fs::File;
use std::io::{Read, Result as IoResult, Seek, SeekFrom};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use symphonia::core::io::MediaSource;

use super::super::Container;
use crate::error::{Error, Result};

/// Runs foreign parsing code; a panic in it (an overflow on hostile input) is a corrupt file.
///
/// The state that `work` touched must not be used again after an error.
pub(super) fn guard<T>(path: &Path, frame: u64, work: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|_| Error::corrupt_frame(path, frame, "the data contradicts itself"))
}

/// Parts of a file, one behind the other.
pub(super) struct OffsetFile {
    file: File,
    parts: Vec<Range<u64>>,
    /// Where reading goes on, counted over the parts.
    at: u64,
    len: u64,
    /// Zeros behind the parts that are still given out.
    zeros: usize,
    /// Places in the file, and the bytes that are seen there.
    seen: Vec<Seen>,
}

/// Zeros that a demuxer gets to read behind a cut file: plenty for one that skips the sound, and few
/// for one that takes them for tables of as many rows as a broken number says.
const MOST_ZEROS: usize = 1 << 20;

/// Set in the head of the last block of metadata in FLAC.
const LAST: u8 = 0x80;

impl OffsetFile {
    /// The file from `offset` on. `len` is the length of the whole file in bytes.
    pub(super) fn new(file: File, offset: u64, len: u64) -> Self {
        let whole = offset..len.max(offset);
        Self::of_parts(file, Vec::from([whole]))
    }

    pub(super) fn of_parts(file: File, parts: Vec<Range<u64>>) -> Self {
        let len = parts.iter().map(|part| part.end - part.start).sum();
        Self {
            file,
            parts,
            at: 0,
            len,
            zeros: MOST_ZEROS,
            seen: Vec::new(),
        }
    }

    /// A cut file whose sound goes on with zeros up to `end`, which counts from `offset`: the demuxer
    /// wants to see all of it. It ends there.
    pub(super) fn extended(
        file: File,
        offset: u64,
        len: u64,
        end: u64,
        container: Container,
    ) -> Self {
        let form = u32::try_from(end.saturating_sub(8)).unwrap_or(u32::MAX);
        let seen = match container {
            Container::Aiff => (offset + 4..).zip(form.to_be_bytes()).collect(),
            _ => Vec::new(),
        };
        Self {
            len: end,
            ..Self::seen_as(file, offset, len, seen)
        }
    }

    /// A FLAC file without its texts and pictures: the demuxer would keep them in memory, and stop at
    /// damaged ones.
    pub(super) fn without_tags(mut file: File, offset: u64, len: u64) -> Self {
        match flac_parts(&mut file, offset, len) {
            Ok((parts, last)) => Self {
                seen: last.into_iter().collect(),
                ..Self::of_parts(file, parts)
            },
            // The demuxer will say what is wrong.
            Err(_) => Self::new(file, offset, len),
        }
    }

    /// The file from `offset` on with other bytes in some places of it.
    pub(super) fn seen_as(file: File, offset: u64, len: u64, seen: Vec<Seen>) -> Self {
        Self {
            seen,
            ..Self::new(file, offset, len)
        }
    }

    /// Place in the file, and bytes until the end of the part.
    fn place(&self) -> Option<(u64, u64)> {
        let mut before = 0;
        self.parts.iter().find_map(|part| {
            let (inside, len) = (self.at - before, part.end - part.start);
            before += len.min(inside);
            (inside < len).then(|| (part.start + inside, len - inside))
        })
    }
}

/// A place in a file, and the byte that is seen there.
type Seen = (u64, u8);

/// What lies around texts and pictures, and the head of the block that becomes the last one if it was
/// one of those.
fn flac_parts(file: &mut File, offset: u64, len: u64) -> IoResult<(Vec<Range<u64>>, Option<Seen>)> {
    const HIDDEN: [u8; 2] = [4, 6];
    let (mut parts, mut start, mut at) = (Vec::new(), offset, offset + 4);
    let mut kept = None;
    loop {
        let mut head = [0; 4];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut head)?;
        let [kind, a, b, c] = head;
        let end = at + 4 + u64::from(u32::from_be_bytes([0, a, b, c]));
        if end > len {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        // Nothing is hidden in front of the first block, which says what the sound is.
        let is_hidden = kept.is_some() && HIDDEN.contains(&(kind & !LAST));
        if is_hidden {
            parts.push(start..at);
            start = end;
        } else {
            kept = Some((at, kind | LAST));
        }
        if kind & LAST != 0 {
            parts.push(start..len);
            return Ok((parts, kept.filter(|_| is_hidden)));
        }
        at = end;
    }
}

impl Read for OffsetFile {
    fn read(&mut self, buf: &mut [u8]) -> IoResult<usize> {
        let Some((place, left)) = self.place() else {
            // Behind the parts, if it goes on.
            let left = usize::try_from(self.len - self.at).unwrap_or(usize::MAX);
            let n = left.min(buf.len()).min(self.zeros);
            buf[..n].fill(0);
            self.zeros -= n;
            self.at += n as u64;
            return Ok(n);
        };
        // The place of the file is shared with whoever looks for damage in it.
        self.file.seek(SeekFrom::Start(place))?;
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buf.len());
        let n = self.file.read(&mut buf[..most])?;
        for (at, byte) in &self.seen {
            let inside = at.checked_sub(place).map(usize::try_from);
            if let Some(Ok(inside)) = inside
                && let Some(there) = buf[..n].get_mut(inside)
            {
                *there = *byte;
            }
        }
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for OffsetFile {
    fn seek(&mut self, pos: SeekFrom) -> IoResult<u64> {
        let target = match pos {
            SeekFrom::Start(n) => Some(n),
            SeekFrom::Current(n) => self.at.checked_add_signed(n),
            SeekFrom::End(n) => self.len.checked_add_signed(n),
        };
        let target = target.ok_or(std::io::ErrorKind::InvalidInput)?;
        self.at = target.min(self.len);
        Ok(self.at)
    }
}

impl MediaSource for OffsetFile {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.len)
    }
}
