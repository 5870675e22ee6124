//! How much there is of pictures, found out before any of them is read.

use std::io::{Read, Result, Seek, SeekFrom};

use lofty::file::FileType;

/// Blocks, chunks, frames or pages visited before giving up.
const MOST_STEPS: u32 = 10_000;

/// The pictures of a file.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Bytes of them, and of what is around them.
    pub(super) bytes: u64,
    /// Those in frames of ID3 that lie in the file as they are.
    pub(super) frames: Vec<PlainFrame>,
}

/// A frame of ID3 with a picture in it, neither packed nor encrypted.
#[derive(Debug)]
pub(super) struct PlainFrame {
    /// Where it begins behind its head.
    pub(super) at: u64,
    pub(super) size: u64,
    /// Of the tag: 2, 3 or 4.
    pub(super) version: u8,
}

impl Found {
    /// Whether there are such frames, and no other pictures.
    pub(super) fn are_plain_frames(&self) -> bool {
        let sizes = self.frames.iter().map(|frame| frame.size);
        !self.frames.is_empty() && sizes.sum::<u64>() == self.bytes
    }
}

/// The pictures in the tags of a file, as far as its structure tells. Where it makes no sense, what was
/// found before that: whoever reads the file will say what is wrong.
pub(super) fn pictures(file: &mut (impl Read + Seek), kind: FileType) -> Found {
    let mut found = Found::default();
    // A structure that ends too early has no more pictures.
    let _ = add(file, kind, &mut found);
    found
}

fn add<R: Read + Seek>(file: &mut R, kind: FileType, found: &mut Found) -> Result<()> {
    let at = id3(file, 0, found)?;
    match kind {
        FileType::Flac => flac(file, at, &mut found.bytes),
        FileType::Mp4 => {
            found.bytes += crate::decode::mp4_pictures(file);
            Ok(())
        }
        FileType::Wav => chunks(file, found, u32::from_le_bytes),
        FileType::Aiff => chunks(file, found, u32::from_be_bytes),
        FileType::Vorbis | FileType::Opus => ogg(file, &mut found.bytes),
        _ => Ok(()),
    }
}

fn bytes_at<const N: usize>(file: &mut (impl Read + Seek), at: u64) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Adds the blocks of pictures of a FLAC stream at `at`.
fn flac(file: &mut (impl Read + Seek), mut at: u64, sum: &mut u64) -> Result<()> {
    const PICTURE: u8 = 6;
    const LAST: u8 = 0x80;
    at += 4;
    for _ in 0..MOST_STEPS {
        let [kind, a, b, c] = bytes_at(file, at)?;
        let size = u64::from(u32::from_be_bytes([0, a, b, c]));
        if kind & !LAST == PICTURE {
            *sum += size;
        }
        if kind & LAST != 0 {
            break;
        }
        at += 4 + size;
    }
    Ok(())
}

/// Adds what is in ID3 tags that are chunks of a file like WAV or AIFF.
fn chunks(
    file: &mut (impl Read + Seek),
    found: &mut Found,
    number: fn([u8; 4]) -> u32,
) -> Result<()> {
    let mut at = 12;
    for _ in 0..MOST_STEPS {
        let [a, b, c, d, size @ ..]: [u8; 8] = bytes_at(file, at)?;
        let size = u64::from(number(size));
        if [a, b, c, d].eq_ignore_ascii_case(b"ID3 ") {
            id3(file, at + 8, found)?;
        }
        at += 8 + size + size % 2;
    }
    Ok(())
}

/// Adds the pictures of an ID3v2 tag at `at`, if there is one, and answers where it ends.
fn id3(file: &mut (impl Read + Seek), at: u64, found: &mut Found) -> Result<u64> {
    const EXTENDED: u8 = 0x40;
    const UNSYNCHRONISED: u8 = 0x80;
    let head: [u8; 10] = bytes_at(file, at)?;
    let [b'I', b'D', b'3', version, _, flags, a, b, c, d] = head else {
        return Ok(at);
    };
    let end = at + 10 + syncsafe([a, b, c, d]);
    let mut place = at + 10;
    if flags & EXTENDED != 0 && version > 2 {
        let size = bytes_at(file, place)?;
        place += match version {
            3 => 4 + u64::from(u32::from_be_bytes(size)),
            _ => syncsafe(size),
        };
    }
    for _ in 0..MOST_STEPS {
        let Frame {
            name,
            size,
            head,
            is_plain,
        } = frame(file, place, version)?;
        if name[0] == 0 || place + head + size > end {
            break;
        }
        if [*b"APIC", *b"PIC\0"].contains(&name) {
            found.bytes += size;
            if is_plain && flags & UNSYNCHRONISED == 0 {
                let at = place + head;
                found.frames.push(PlainFrame { at, size, version });
            }
        }
        place += head + size;
    }
    Ok(end)
}

/// The head of a frame of ID3.
struct Frame {
    name: [u8; 4],
    /// Bytes without the head.
    size: u64,
    /// Bytes of the head.
    head: u64,
    /// Whether no flag says that the bytes mean something else.
    is_plain: bool,
}

fn frame(file: &mut (impl Read + Seek), at: u64, version: u8) -> Result<Frame> {
    if version == 2 {
        let [a, b, c, x, y, z] = bytes_at(file, at)?;
        return Ok(Frame {
            name: [a, b, c, 0],
            size: u32::from_be_bytes([0, x, y, z]).into(),
            head: 6,
            is_plain: true,
        });
    }
    let [a, b, c, d, size @ .., _, format]: [u8; 10] = bytes_at(file, at)?;
    let size = match version {
        3 => u32::from_be_bytes(size).into(),
        _ => syncsafe(size),
    };
    Ok(Frame {
        name: [a, b, c, d],
        size,
        head: 10,
        is_plain: format == 0,
    })
}

/// Seven bits a byte.
fn syncsafe(bytes: [u8; 4]) -> u64 {
    bytes
        .iter()
        .fold(0, |sum, byte| sum << 7 | u64::from(byte & 0x7F))
}

/// Adds the bytes that pictures have in the comments of an Ogg stream, the second packet: there they
/// are text, three bytes in four.
fn ogg(file: &mut (impl Read + Seek), sum: &mut u64) -> Result<()> {
    let mut packet = Packet {
        file,
        left: 0,
        next: 0,
        pages: 0,
    };
    // What is not a number of bytes up to the vendor's name differs between codecs.
    packet.find_comments()?;
    let vendor = packet.number()?;
    packet.skip(vendor)?;
    let count = packet.number()?;
    for _ in 0..count.min(MOST_STEPS) {
        const NAME: &[u8; 22] = b"METADATA_BLOCK_PICTURE";
        let size = packet.number()?;
        let mut name = [0; NAME.len()];
        let known = name.len().min(usize::try_from(size).unwrap_or(usize::MAX));
        packet.read(&mut name[..known])?;
        if name.eq_ignore_ascii_case(NAME) {
            *sum += u64::from(size) / 4 * 3;
        }
        packet.skip(size - u32::try_from(known).unwrap_or(size))?;
    }
    Ok(())
}

/// The packet of comments, over the pages that it lies in.
struct Packet<'f, R> {
    file: &'f mut R,
    /// Bytes of this page from the file's place on.
    left: u32,
    /// Where the next page begins.
    next: u64,
    pages: u32,
}

impl<R: Read + Seek> Packet<'_, R> {
    /// Goes to the vendor's name: behind the first page, which holds the first packet alone.
    fn find_comments(&mut self) -> Result<()> {
        self.page()?;
        self.page()?;
        let mut magic = [0; 8];
        self.read(&mut magic[..7])?;
        if magic.starts_with(b"OpusTag") {
            self.read(&mut magic[7..])?;
        }
        Ok(())
    }

    /// Goes to the bytes of the next page.
    fn page(&mut self) -> Result<()> {
        let head: [u8; 27] = bytes_at(self.file, self.next)?;
        self.pages += 1;
        if !head.starts_with(b"OggS") || self.pages > MOST_STEPS {
            return Err(std::io::ErrorKind::InvalidData.into());
        }
        let mut lengths = [0; 255];
        let lengths = &mut lengths[..usize::from(head[26])];
        self.file.read_exact(lengths)?;
        self.left = lengths.iter().map(|n| u32::from(*n)).sum();
        self.next += 27 + lengths.len() as u64 + u64::from(self.left);
        Ok(())
    }

    /// Bytes that are there of the next `wanted`.
    fn part(&mut self, wanted: u32) -> Result<u32> {
        while self.left == 0 {
            self.page()?;
        }
        let part = wanted.min(self.left);
        self.left -= part;
        Ok(part)
    }

    fn read(&mut self, mut out: &mut [u8]) -> Result<()> {
        while !out.is_empty() {
            let part = self.part(u32::try_from(out.len()).unwrap_or(u32::MAX))?;
            let (now, later) = out.split_at_mut(part as usize);
            self.file.read_exact(now)?;
            out = later;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<u32> {
        let mut bytes = [0; 4];
        self.read(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn skip(&mut self, mut bytes: u32) -> Result<()> {
        while bytes > 0 {
            let part = self.part(bytes)?;
            self.file.seek(SeekFrom::Current(part.into()))?;
            bytes -= part;
        }
        Ok(())
    }
}
