//! The border to symphonia: a file that starts later, and panics turned into errors.

use std::fs::File;
use std::io::{Read, Result as IoResult, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use symphonia::core::io::MediaSource;

use crate::error::{Error, Result};

/// Runs foreign parsing code; a panic in it (an overflow on hostile input) is a corrupt file.
///
/// The state that `work` touched must not be used again after an error.
pub(super) fn guard<T>(path: &Path, frame: u64, work: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|_| Error::corrupt_frame(path, frame, "the data contradicts itself"))
}

/// A file without its first `offset` bytes.
pub(super) struct OffsetFile {
    file: File,
    offset: u64,
    len: u64,
}

impl OffsetFile {
    /// `len` is the length of the whole file in bytes.
    pub(super) fn new(mut file: File, offset: u64, len: u64) -> IoResult<Self> {
        file.seek(SeekFrom::Start(offset))?;
        Ok(Self {
            file,
            offset,
            len: len.saturating_sub(offset),
        })
    }
}

impl Read for OffsetFile {
    fn read(&mut self, buf: &mut [u8]) -> IoResult<usize> {
        self.file.read(buf)
    }
}

impl Seek for OffsetFile {
    fn seek(&mut self, pos: SeekFrom) -> IoResult<u64> {
        let target = match pos {
            SeekFrom::Start(n) => SeekFrom::Start(n.saturating_add(self.offset)),
            other => other,
        };
        Ok(self.file.seek(target)?.saturating_sub(self.offset))
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
