//! The chunks of AIFF and Core Audio: what speakers they name, and how much of a cut file is there.

use std::fs::File;
use std::io::{Read, Result, Seek, SeekFrom};
use std::path::Path;

use super::Container;
use crate::channels::Layout;

/// Chunks visited before giving up.
const MAX_CHUNKS: usize = 10_000;
/// Blocks of metadata and comments in FLAC, likewise.
const MAX_BLOCKS: usize = 1_000;
const MAX_COMMENTS: usize = 10_000;
/// The comment in which FLAC names speakers other than the usual ones.
pub(crate) const CHANNEL_MASK: &str = "WAVEFORMATEXTENSIBLE_CHANNEL_MASK";

/// Tags of Core Audio layouts whose channels stand in the order of WAV; the low half is their number.
const USES_BITMAP: u32 = 1 << 16;
pub(crate) const DISCRETE: u32 = 147 << 16;
const NAMED: [(u32, u32); 6] = [
    (100 << 16 | 1, 0x4),
    (101 << 16 | 2, 0x3),
    (108 << 16 | 4, 0x33),
    (113 << 16 | 3, 0x7),
    (117 << 16 | 5, 0x37),
    (121 << 16 | 6, 0x3F),
];

/// A chunk: its name, where its body starts, and the bytes that it says it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Chunk {
    id: [u8; 4],
    start: u64,
    size: u64,
}

/// A sound of which the end is missing. Places are bytes from the start of the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// Where the sound would end.
    pub(super) end: u64,
    /// Bytes of sound that the header promises, and those that are there.
    pub(super) promised: u64,
    pub(super) present: u64,
}

/// The sound of AIFF, or of Core Audio with packets of one size, if it goes on beyond `len`, the end of
/// the file.
pub(super) fn cut(file: &mut File, container: Container, offset: u64, len: u64) -> Option<Cut> {
    if !matches!(container, Container::Aiff | Container::Caf) {
        return None;
    }
    let chunks = chunks(file, container, offset, len).ok()?;
    let (id, head) = match container {
        Container::Aiff => (b"SSND", 8),
        Container::Caf if has_one_packet_size(file, &chunks)? => (b"data", 4),
        _ => return None,
    };
    let sound = chunks.iter().find(|chunk| &chunk.id == id)?;
    // Core Audio writes -1 for a sound that goes on to the end.
    if sound.size > u64::MAX / 4 {
        return None;
    }
    let end = sound.start + sound.size;
    (end > len).then(|| Cut {
        end: end - offset,
        promised: sound.size.saturating_sub(head),
        present: len.saturating_sub(sound.start + head),
    })
}

fn has_one_packet_size(file: &mut File, chunks: &[Chunk]) -> Option<bool> {
    let format = chunks.iter().find(|chunk| &chunk.id == b"desc")?;
    let bytes = body(file, format, 20).ok()?;
    let (_, rest) = bytes.split_at_checked(16)?;
    Some(
        rest.first_chunk()
            .is_some_and(|size| u32::from_be_bytes(*size) > 0),
    )
}

/// The speakers that a `CHAN` chunk of AIFF names, if it does and they are as many as there are channels.
pub(super) fn aiff_layout(file: &mut File, offset: u64, len: u64, channels: u16) -> Option<Layout> {
    let chunks = chunks(file, Container::Aiff, offset, len).ok()?;
    let named = chunks.iter().find(|chunk| &chunk.id == b"CHAN")?;
    let bytes = body(file, named, 8).ok()?;
    let word = |at: usize| {
        bytes
            .get(at..)?
            .first_chunk()
            .map(|b| u32::from_be_bytes(*b))
    };
    let tag = word(0)?;
    let mask = match tag {
        USES_BITMAP => word(4)?,
        _ if tag & 0xFFFF_0000 == DISCRETE => return Some(Layout::discrete(channels)),
        _ => NAMED.iter().find(|row| row.0 == tag)?.1,
    };
    (mask.count_ones() == u32::from(channels)).then(|| Layout::from_mask(channels, mask))
}

/// The first `most` bytes of the first chunk of this name in an AIFF file at `(offset, len)`.
pub(crate) fn aiff_chunk(
    file: &mut File,
    (offset, len): (u64, u64),
    id: &[u8; 4],
    most: u64,
) -> Option<Vec<u8>> {
    let chunks = chunks(file, Container::Aiff, offset, len).ok()?;
    let named = chunks.iter().find(|chunk| &chunk.id == id)?;
    body(file, named, most).ok()
}

/// What a demuxer is to see in other places, so that it takes the tags of an AIFF file for nothing it
/// knows.
pub(super) fn aiff_tags(file: &mut File, offset: u64, len: u64) -> Vec<(u64, u8)> {
    const HEAD: u64 = 8;
    let chunks = chunks(file, Container::Aiff, offset, len).unwrap_or_default();
    let tags = chunks
        .iter()
        .filter(|chunk| chunk.id.eq_ignore_ascii_case(b"ID3 "));
    tags.flat_map(|chunk| (chunk.start - HEAD..).zip(*b"JUNK"))
        .collect()
}

fn chunks(file: &mut File, container: Container, offset: u64, len: u64) -> Result<Vec<Chunk>> {
    let is_caf = container == Container::Caf;
    let mut at = offset + if is_caf { 8 } else { 12 };
    let mut chunks = Vec::new();
    while chunks.len() < MAX_CHUNKS && at < len {
        file.seek(SeekFrom::Start(at))?;
        let mut id = [0; 4];
        let mut size = [0; 8];
        let width = if is_caf { 8 } else { 4 };
        file.read_exact(&mut id)?;
        file.read_exact(&mut size[8 - width..])?;
        let (start, size) = (at + 4 + width as u64, u64::from_be_bytes(size));
        chunks.push(Chunk { id, start, size });
        // Chunks of AIFF have an even number of bytes.
        let padded = if is_caf { size } else { size + size % 2 };
        at = start.saturating_add(padded);
    }
    Ok(chunks)
}

fn body(file: &mut File, chunk: &Chunk, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(chunk.start))?;
    file.take(chunk.size.min(most)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The speakers that a comment of a FLAC file names.
pub(super) fn flac_mask(file: &mut File, offset: u64) -> Option<u32> {
    const COMMENTS: u8 = 4;
    let mut at = offset + 4;
    for _ in 0..MAX_BLOCKS {
        let mut head = [0; 4];
        file.seek(SeekFrom::Start(at)).ok()?;
        file.read_exact(&mut head).ok()?;
        let [kind, a, b, c] = head;
        let end = at + 4 + u64::from(u32::from_be_bytes([0, a, b, c]));
        if kind & 0x7F == COMMENTS {
            return comment(file, at + 4, end);
        }
        if kind & 0x80 != 0 {
            return None;
        }
        at = end;
    }
    None
}

fn comment(file: &mut File, start: u64, end: u64) -> Option<u32> {
    let word = |file: &mut File, at: u64| {
        let mut bytes = [0; 4];
        file.seek(SeekFrom::Start(at)).ok()?;
        file.read_exact(&mut bytes).ok()?;
        Some(u64::from(u32::from_le_bytes(bytes)))
    };
    let mut at = start + 4 + word(file, start)?;
    let count = word(file, at)?;
    at += 4;
    for _ in 0..count.min(MAX_COMMENTS as u64) {
        let len = word(file, at)?;
        if at + 4 + len > end {
            return None;
        }
        // The name, `=` and at most eight digits behind `0x`.
        if len <= CHANNEL_MASK.len() as u64 + 12 {
            let mut bytes = Vec::new();
            Read::by_ref(file).take(len).read_to_end(&mut bytes).ok()?;
            let text = String::from_utf8_lossy(&bytes);
            let named = text
                .split_once('=')
                .filter(|row| row.0.eq_ignore_ascii_case(CHANNEL_MASK));
            if let Some((_, digits)) = named {
                let digits = digits
                    .trim()
                    .trim_start_matches("0x")
                    .trim_start_matches("0X");
                return u32::from_str_radix(digits, 16).ok();
            }
        }
        at += 4 + len;
    }
    None
}

/// What a file holds beside its sound that no result has, and what such parts are called: chunks of
/// AIFF and Core Audio, blocks of FLAC. Chunks of WAV are another matter.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) if the file cannot be opened.
pub(crate) fn unheld(path: &Path) -> crate::Result<(&'static str, Vec<String>)> {
    let (mut file, container, offset) = super::identify(path)?;
    let len = file.metadata().map_or(0, |meta| meta.len());
    let names = |known: &[&[u8; 4]], container: Container, file: &mut File| {
        let chunks = chunks(file, container, offset, len).unwrap_or_default();
        let others = chunks.iter().filter(|chunk| !known.contains(&&chunk.id));
        others
            .map(|chunk| String::from_utf8_lossy(&chunk.id).trim().to_owned())
            .collect()
    };
    Ok(match container {
        Container::Aiff => {
            // What MARK and INST hold is looked at as chunks of WAV.
            let known: [&[u8; 4]; 12] = [
                b"COMM", b"SSND", b"FVER", b"CHAN", b"ID3 ", b"id3 ", b"NAME", b"AUTH", b"(c) ",
                b"ANNO", b"MARK", b"INST",
            ];
            ("chunks", names(&known, container, &mut file))
        }
        Container::Caf => {
            let known: [&[u8; 4]; 6] = [b"desc", b"data", b"chan", b"pakt", b"kuki", b"free"];
            ("chunks", names(&known, container, &mut file))
        }
        Container::Flac => ("blocks", flac_blocks(&mut file, offset).unwrap_or_default()),
        _ => ("parts", Vec::new()),
    })
}

/// Blocks that hold neither texts nor pictures, nor what belongs to the encoding.
fn flac_blocks(file: &mut File, offset: u64) -> Result<Vec<String>> {
    let (mut names, mut at) = (Vec::new(), offset + 4);
    for _ in 0..MAX_BLOCKS {
        let mut head = [0; 4];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut head)?;
        let [kind, a, b, c] = head;
        match kind & 0x7F {
            2 => names.push("APPLICATION".to_owned()),
            5 => names.push("CUESHEET".to_owned()),
            _ => {}
        }
        if kind & 0x80 != 0 {
            break;
        }
        at += 4 + u64::from(u32::from_be_bytes([0, a, b, c]));
    }
    Ok(names)
}
