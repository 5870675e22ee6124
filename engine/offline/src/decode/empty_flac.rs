//! FLAC files without a single frame, which symphonia cannot open.

use std::io::{Read, Seek, SeekFrom};

use super::{Block, Container, FileInfo, Source};
use crate::channels::Layout;
use crate::error::Result;

/// Metadata blocks visited before giving up.
const MAX_BLOCKS: u32 = 1000;

/// Yields nothing.
pub(super) struct Empty;

impl<T> Source<T> for Empty {
    fn read(&mut self, _block: &mut Block<T>) -> Result<bool> {
        Ok(false)
    }
}

/// The format of a FLAC file that ends after its metadata and promises no frames; `None` for any
/// other file. Leaves the position anywhere.
pub(super) fn find(file: &mut (impl Read + Seek), offset: u64) -> Option<FileInfo> {
    let len = file.seek(SeekFrom::End(0)).ok()?;
    let mut at = offset.checked_add(4)?;
    let mut info = None;
    for _ in 0..MAX_BLOCKS {
        let mut head = [0; 4];
        file.seek(SeekFrom::Start(at)).ok()?;
        file.read_exact(&mut head).ok()?;
        let [kind, a, b, c] = head;
        if kind & 0x7F == 0 {
            let mut block = [0; 34];
            file.read_exact(&mut block).ok()?;
            info = Some(stream_info(&block)?);
        }
        at = at.checked_add(4 + u64::from(u32::from_be_bytes([0, a, b, c])))?;
        if kind & 0x80 != 0 {
            return info.filter(|_| at == len);
        }
    }
    None
}

/// `None` if frames are promised.
fn stream_info(block: &[u8; 34]) -> Option<FileInfo> {
    let packed = block[10..18]
        .iter()
        .fold(0u64, |n, b| (n << 8) | u64::from(*b));
    if packed & 0xF_FFFF_FFFF != 0 {
        return None;
    }
    // Masked to 20, 3 and 5 bits.
    let sample_rate = u32::try_from(packed >> 44).ok()?;
    let channels = u16::try_from((packed >> 41) & 7).ok()? + 1;
    let bits = u16::try_from((packed >> 36) & 31).ok()? + 1;
    Some(FileInfo {
        container: Container::Flac,
        codec: format!("FLAC {bits}-bit"),
        sample_rate,
        layout: Layout::usual(channels),
        frames: Some(0),
        bits,
        exact_i16: bits <= 16,
        loops: Vec::new(),
    })
}
