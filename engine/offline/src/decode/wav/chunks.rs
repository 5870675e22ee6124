//! The chunk list of a WAV file.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::super::{DecodeOptions, SampleLoop, Warning};
use super::read_full;
use crate::channels::Layout;
use crate::error::{Error, Result, check_limit};
use crate::sample::Sample;

/// More chunks than this are refused.
const MAX_CHUNKS: u64 = 10_000;
/// Loops of `smpl` beyond this many are ignored.
const MAX_LOOPS: usize = 64;
/// Data sizes from here up are what streaming writers put in when they cannot know (sox, arecord).
const PLACEHOLDER: u64 = 0x7FFF_0000;
/// The largest of them below `NEARLY_UNKNOWN`; what lies between are sizes of large files.
const LARGEST_SIGNED: u64 = 0x8000_0000;
/// "Unknown", less the bytes of a header.
const NEARLY_UNKNOWN: u64 = 0xFFFF_0000;
/// "Unknown": too long for a data chunk of a file whose own size has 32 bits.
const UNKNOWN: u64 = 0xFFFF_FFFF;

/// How one sample is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Unsigned8,
    /// Left-justified little-endian in this many bytes (2, 3 or 4).
    Int(u8),
    Float32,
    Float64,
    /// 8 bits on a logarithmic scale (ITU-T G.711).
    ALaw,
    MuLaw,
}

/// What the chunks say.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) is_64: bool,
    pub(super) encoding: Encoding,
    pub(super) bits: u16,
    pub(super) rate: u32,
    pub(super) layout: Layout,
    pub(super) frame_bytes: usize,
    pub(super) frames: u64,
    pub(super) data_start: u64,
    pub(super) loops: Vec<SampleLoop>,
}

#[derive(Clone, Copy, Debug)]
struct Format {
    encoding: Encoding,
    bits: u16,
    rate: u32,
    layout: Layout,
    frame_bytes: usize,
}

#[derive(Clone, Copy, Debug)]
struct Data {
    start: u64,
    declared: u64,
    /// A size field that says "unknown".
    placeholder: bool,
}

#[derive(Debug, Default)]
struct Found {
    riff_end: u64,
    ds64_data: Option<u64>,
    format: Option<Format>,
    data: Option<Data>,
    fact: Option<u32>,
    loops: Vec<[u32; 4]>,
}

impl Encoding {
    pub(super) fn name(self, bits: u16) -> String {
        match self {
            Self::Unsigned8 | Self::Int(_) => format!("PCM {bits}-bit"),
            Self::Float32 => "PCM 32-bit float".to_owned(),
            Self::Float64 => "PCM 64-bit float".to_owned(),
            Self::ALaw => "A-law".to_owned(),
            Self::MuLaw => "mu-law".to_owned(),
        }
    }

    pub(super) fn fits_i16(self) -> bool {
        matches!(
            self,
            Self::Unsigned8 | Self::Int(2) | Self::ALaw | Self::MuLaw
        )
    }

    fn bytes(self) -> usize {
        match self {
            Self::Unsigned8 | Self::ALaw | Self::MuLaw => 1,
            Self::Int(n) => usize::from(n),
            Self::Float32 => 4,
            Self::Float64 => 8,
        }
    }

    /// Appends the samples in `bytes` (whole samples), full scale = 1.
    pub(super) fn decode<T: Sample>(self, bytes: &[u8], out: &mut Vec<T>) {
        let single = T::from_f32;
        match self {
            Self::Unsigned8 => {
                let sample = |b: &u8| single((f32::from(*b) - 128.0) / 128.0);
                out.extend(bytes.iter().map(sample));
            }
            Self::Int(2) => {
                let (pairs, _) = bytes.as_chunks::<2>();
                out.extend(
                    pairs
                        .iter()
                        .map(|b| single(f32::from(i16::from_le_bytes(*b)) / 32_768.0)),
                );
            }
            Self::Int(3) => {
                let (dozens, rest) = bytes.as_chunks::<12>();
                out.reserve(bytes.len() / 3);
                for dozen in dozens {
                    out.extend(four(dozen).map(T::from_i32));
                }
                let (triples, _) = rest.as_chunks::<3>();
                let wide = |b: &[u8; 3]| i32::from_le_bytes([0, b[0], b[1], b[2]]);
                out.extend(triples.iter().map(|b| T::from_i32(wide(b))));
            }
            Self::Int(_) => {
                let (quads, _) = bytes.as_chunks::<4>();
                out.extend(quads.iter().map(|b| T::from_i32(i32::from_le_bytes(*b))));
            }
            Self::Float32 => {
                let (quads, _) = bytes.as_chunks::<4>();
                out.extend(quads.iter().map(|b| single(f32::from_le_bytes(*b))));
            }
            Self::Float64 => {
                let (eights, _) = bytes.as_chunks::<8>();
                out.extend(eights.iter().map(|b| T::from_f64(f64::from_le_bytes(*b))));
            }
            Self::ALaw | Self::MuLaw => {
                let law = if self == Self::ALaw { a_law } else { mu_law };
                let sample = |b: &u8| single(f32::from(law(*b)) / 32_768.0);
                out.extend(bytes.iter().map(sample));
            }
        }
    }
}

/// What a byte of A-law is in 16 bits: 13 of them matter.
fn a_law(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let (segment, step) = (byte >> 4 & 7, i16::from(byte & 15) << 4);
    let size = match segment {
        0 => step + 8,
        _ => (step + 0x108) << (segment - 1),
    };
    if byte & 0x80 == 0 { -size } else { size }
}

/// What a byte of mu-law is in 16 bits: 14 of them matter.
fn mu_law(byte: u8) -> i16 {
    const BIAS: i16 = 0x84;
    let byte = !byte;
    let (segment, step) = (byte >> 4 & 7, i16::from(byte & 15) << 3);
    let size = ((step + BIAS) << segment) - BIAS;
    if byte & 0x80 == 0 { size } else { -size }
}

/// Four numbers of 24 bits, in the high bytes: words are loaded faster than bytes.
fn four(bytes: &[u8; 12]) -> [i32; 4] {
    let word =
        |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let [a, b, c] = [word(0), word(4), word(8)];
    let numbers = [
        a << 8,
        (a >> 24) << 8 | b << 16,
        (b >> 16) << 8 | c << 24,
        c & 0xFFFF_FF00,
    ];
    numbers.map(u32::cast_signed)
}

/// Reads all chunk headers of the file that starts at `offset`.
pub(super) fn read(
    path: &Path,
    file: &mut BufReader<File>,
    offset: u64,
    options: &DecodeOptions,
    warnings: &mut Vec<Warning>,
) -> Result<Header> {
    let io = |e| Error::io(path, "read", e);
    let file_len = file.seek(SeekFrom::End(0)).map_err(io)?;
    file.seek(SeekFrom::Start(offset)).map_err(io)?;
    let mut riff = [0; 12];
    if read_full(file, &mut riff).map_err(io)? < riff.len() {
        return Err(unreadable(path, "within its RIFF header"));
    }
    let is_64 = &riff[..4] != b"RIFF";
    let riff_size = u64::from(le32(&riff, 4));
    let mut found = Found {
        // A stream does not know its own length either: that is no end which may be missing.
        riff_end: match riff_size {
            UNKNOWN if !is_64 => 0,
            _ => offset.saturating_add(riff_size).saturating_add(8),
        },
        ..Found::default()
    };
    walk(path, file, offset, file_len, is_64, &mut found)?;
    header(path, file_len, is_64, found, options, warnings)
}

fn walk(
    path: &Path,
    file: &mut BufReader<File>,
    offset: u64,
    file_len: u64,
    is_64: bool,
    found: &mut Found,
) -> Result<()> {
    let io = |e| Error::io(path, "read", e);
    let mut at = offset.saturating_add(12);
    let mut count = 0;
    while at.saturating_add(8) <= file_len {
        count += 1;
        check_limit(path, "number of chunks", count, 0, MAX_CHUNKS)?;
        file.seek(SeekFrom::Start(at)).map_err(io)?;
        let mut head = [0; 8];
        file.read_exact(&mut head).map_err(io)?;
        let body = at + 8;
        let mut size = u64::from(le32(&head, 4));
        if &head[..4] == b"data" {
            size = data_size(file, body, size, file_len, is_64, found).map_err(io)?;
        } else {
            small_chunk(path, file, &head[..4], body, size, found)?;
        }
        at = body.saturating_add(size).saturating_add(size & 1);
    }
    Ok(())
}

/// Notes the first `data` chunk and returns how far to skip.
fn data_size(
    file: &mut BufReader<File>,
    body: u64,
    size: u64,
    file_len: u64,
    is_64: bool,
    found: &mut Found,
) -> std::io::Result<u64> {
    let (declared, placeholder) = match found.ds64_data {
        Some(size_64) if is_64 && size == UNKNOWN => (size_64, false),
        _ => (size, is_placeholder(file, body, size, file_len)?),
    };
    if found.data.is_none() {
        found.data = Some(Data {
            start: body,
            declared,
            placeholder,
        });
    }
    let rest = file_len.saturating_sub(body);
    Ok(if placeholder { rest } else { declared })
}

/// Whether a data size of 32 bits says nothing about the sound that starts at `body`, which then goes
/// on to the end of the file.
pub(crate) fn is_placeholder(
    file: &mut BufReader<File>,
    body: u64,
    size: u64,
    file_len: u64,
) -> std::io::Result<bool> {
    let end = body.saturating_add(size).saturating_add(size & 1);
    match size {
        0 => Ok(!chunk_follows(file, body, file_len)?),
        UNKNOWN => Ok(true),
        1..PLACEHOLDER => Ok(false),
        _ if size > file_len.saturating_sub(body) => Ok(true),
        // A stream that went on: behind a size that is meant there is a chunk, or nothing.
        ..=LARGEST_SIGNED | NEARLY_UNKNOWN.. => Ok(!chunk_follows(file, end, file_len)?),
        _ => Ok(false),
    }
}

/// Whether what comes at `at` is nothing, or a plausible chunk.
fn chunk_follows(file: &mut BufReader<File>, at: u64, file_len: u64) -> std::io::Result<bool> {
    if at >= file_len {
        return Ok(true);
    }
    file.seek(SeekFrom::Start(at))?;
    let mut head = [0; 8];
    if read_full(file, &mut head)? < head.len() {
        return Ok(false);
    }
    let ascii = head[..4].iter().all(|b| (b' '..=b'~').contains(b));
    Ok(ascii && u64::from(le32(&head, 4)).saturating_add(at + 8) <= file_len)
}

fn small_chunk(
    path: &Path,
    file: &mut BufReader<File>,
    id: &[u8],
    body: u64,
    size: u64,
    found: &mut Found,
) -> Result<()> {
    let wanted = match id {
        b"fmt " => 40,
        b"ds64" => 28,
        b"fact" => 4,
        b"smpl" => 36 + 24 * MAX_LOOPS as u64,
        _ => return Ok(()),
    };
    let mut bytes = Vec::new();
    file.take(size.min(wanted))
        .read_to_end(&mut bytes)
        .map_err(|e| Error::io(path, "read", e))?;
    let present = bytes.len() as u64;
    match id {
        b"fmt " if present < size.min(16) => {
            return Err(unreadable(path, "within its fmt chunk"));
        }
        b"fmt " if found.format.is_none() => found.format = Some(format(path, body, &bytes)?),
        b"ds64" if bytes.len() >= 28 => {
            found.riff_end = le64(&bytes, 0).saturating_add(8);
            found.ds64_data = Some(le64(&bytes, 8));
        }
        b"fact" if bytes.len() >= 4 => found.fact = Some(le32(&bytes, 0)),
        b"smpl" if bytes.len() >= 36 => found.loops = sample_loops(&bytes),
        _ => {}
    }
    Ok(())
}

/// Type, first frame, last frame, play count of each loop.
fn sample_loops(bytes: &[u8]) -> Vec<[u32; 4]> {
    let declared = usize::try_from(le32(bytes, 28)).unwrap_or(usize::MAX);
    let rows = bytes[36..].chunks_exact(24).take(declared.min(MAX_LOOPS));
    rows.map(|row| [le32(row, 4), le32(row, 8), le32(row, 12), le32(row, 20)])
        .collect()
}

fn format(path: &Path, body: u64, bytes: &[u8]) -> Result<Format> {
    if bytes.len() < 16 {
        let what = format!(
            "the fmt chunk has {} bytes, 16 or more are needed",
            bytes.len()
        );
        return Err(Error::corrupt_byte(path, body, what));
    }
    let (tag, channels, rate) = (le16(bytes, 0), le16(bytes, 2), le32(bytes, 4));
    let (align, mut bits) = (usize::from(le16(bytes, 12)), le16(bytes, 14));
    let container_bits = bits;
    let extensible = tag == 0xFFFE && bytes.len() >= 40;
    let tag = if extensible { le16(bytes, 24) } else { tag };
    if extensible && (1..=bits).contains(&le16(bytes, 18)) {
        bits = le16(bytes, 18);
    }
    let encoding = encoding(path, tag, container_bits)?;
    if matches!(encoding, Encoding::ALaw | Encoding::MuLaw) {
        bits = 16;
    }
    let frame_bytes = encoding.bytes() * usize::from(channels);
    if align != frame_bytes {
        let what = format!(
            "{channels} channels of {container_bits} bits need {frame_bytes} bytes per frame, \
             the fmt chunk says {align}"
        );
        return Err(Error::corrupt_byte(path, body + 12, what));
    }
    // No speakers at all are what older files state, too: those that their number usually has.
    let layout = match extensible
        .then(|| le32(bytes, 20))
        .filter(|mask| *mask != 0)
    {
        Some(mask) => Layout::from_mask(channels, mask),
        None => Layout::usual(channels),
    };
    Ok(Format {
        encoding,
        bits,
        rate,
        layout,
        frame_bytes,
    })
}

fn encoding(path: &Path, tag: u16, bits: u16) -> Result<Encoding> {
    let codec = match (tag, bits) {
        (1, 1..=8) => return Ok(Encoding::Unsigned8),
        (1, 9..=16) => return Ok(Encoding::Int(2)),
        (1, 17..=24) => return Ok(Encoding::Int(3)),
        (1, 25..=32) => return Ok(Encoding::Int(4)),
        (3, 32) => return Ok(Encoding::Float32),
        (3, 64) => return Ok(Encoding::Float64),
        (6, 8) => return Ok(Encoding::ALaw),
        (7, 8) => return Ok(Encoding::MuLaw),
        (1, _) => "integer PCM",
        (3, _) => "float PCM",
        (2, _) => "Microsoft ADPCM",
        (6, _) => "A-law",
        (7, _) => "mu-law",
        (0x11, _) => "IMA ADPCM",
        (0x31, _) => "GSM 6.10",
        (0x50, _) => "MPEG layer I/II",
        (0x55, _) => "MP3",
        (0xFF | 0x1600..=0x1610, _) => "AAC",
        (0x2000, _) => "AC-3",
        _ => "an unknown codec",
    };
    let found = format!("WAV with {codec} (format tag {tag:#06x}, {bits} bits)");
    Err(Error::unsupported(path, found))
}

fn header(
    path: &Path,
    file_len: u64,
    is_64: bool,
    found: Found,
    options: &DecodeOptions,
    warnings: &mut Vec<Warning>,
) -> Result<Header> {
    let missing = |place| unreadable(path, place);
    let format = found.format.ok_or_else(|| missing("before a fmt chunk"))?;
    options.check_format(path, u64::from(format.layout.channels()), format.rate)?;
    let data = found.data.ok_or_else(|| missing("before a data chunk"))?;
    let frame = format.frame_bytes as u64;
    let bytes = data_bytes(
        path,
        file_len,
        found.riff_end,
        data,
        frame,
        &format,
        options,
        warnings,
    )?;
    options.check_frames(path, bytes / frame, format.rate)?;
    if bytes % frame != 0 {
        warnings.push(Warning::PartialFrame {
            bytes: bytes % frame,
        });
    }
    let frames = bytes / frame;
    Ok(Header {
        is_64,
        encoding: format.encoding,
        bits: format.bits,
        rate: format.rate,
        layout: format.layout,
        frame_bytes: format.frame_bytes,
        frames,
        data_start: data.start,
        loops: checked_loops(&found.loops, frames, warnings),
    })
}

/// Bytes of `data` that are really there.
#[allow(
    clippy::too_many_arguments,
    reason = "one decision that needs the whole header"
)]
fn data_bytes(
    path: &Path,
    file_len: u64,
    riff_end: u64,
    data: Data,
    frame: u64,
    format: &Format,
    options: &DecodeOptions,
    warnings: &mut Vec<Warning>,
) -> Result<u64> {
    let rest = file_len.saturating_sub(data.start);
    let wrong = Warning::WrongDataSize {
        declared: data.declared,
        used: rest,
    };
    if data.placeholder {
        warnings.push(wrong);
        return Ok(rest);
    }
    if data.declared <= rest {
        return Ok(data.declared);
    }
    // Refused whatever the options: no real file is meant by such a size.
    options.check_frames(path, data.declared / frame, format.rate)?;
    if riff_end <= file_len {
        warnings.push(wrong);
        return Ok(rest);
    }
    if !options.allow_truncated {
        return Err(cut(path, "the data chunk", rest, data.declared));
    }
    let (found, expected) = (rest / frame, data.declared / frame);
    warnings.push(Warning::Truncated { found, expected });
    Ok(rest)
}

fn checked_loops(raw: &[[u32; 4]], frames: u64, warnings: &mut Vec<Warning>) -> Vec<SampleLoop> {
    let mut loops = Vec::new();
    for [_, start, last, count] in raw {
        let (start, end) = (u64::from(*start), u64::from(*last) + 1);
        if start < end && end <= frames {
            loops.push(SampleLoop {
                start,
                end,
                count: *count,
            });
        } else {
            warnings.push(Warning::LoopDropped { start, end });
        }
    }
    loops
}

fn cut(path: &Path, what: &'static str, found: u64, expected: u64) -> Error {
    Error::Truncated {
        path: path.to_owned(),
        what,
        found,
        expected,
        unit: "bytes",
    }
}

/// Whatever is allowed.
fn unreadable(path: &Path, place: &str) -> Error {
    Error::CutHeaders {
        path: path.to_owned(),
        place: place.to_owned(),
    }
}

fn le16(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn le32(bytes: &[u8], at: usize) -> u32 {
    u32::from(le16(bytes, at)) | u32::from(le16(bytes, at + 2)) << 16
}

fn le64(bytes: &[u8], at: usize) -> u64 {
    u64::from(le32(bytes, at)) | u64::from(le32(bytes, at + 4)) << 32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ends and the middle of the tables of ITU-T G.711, times 8 and 4.
    #[test]
    fn logarithmic_bytes_are_those_of_the_tables() {
        for (byte, size) in [
            (0xD5, 8),
            (0x55, -8),
            (0xC5, 264),
            (0xAA, 32_256),
            (0x2A, -32_256),
        ] {
            assert_eq!(a_law(byte), size, "{byte:#x}");
        }
        for (byte, size) in [
            (0xFF, 0),
            (0x7F, 0),
            (0xFE, 8),
            (0xEF, 132),
            (0x80, 32_124),
            (0x00, -32_124),
        ] {
            assert_eq!(mu_law(byte), size, "{byte:#x}");
        }
        // Sizes grow with the code, in steps that double eight times.
        let mut sizes: Vec<i16> = (0..128).map(|code| a_law((0x80 | code) ^ 0x55)).collect();
        assert!(sizes.is_sorted() && sizes[127] - sizes[126] == 1_024);
        sizes = (0..128).map(|code| mu_law(!code)).collect();
        assert!(sizes.is_sorted() && sizes[127] - sizes[126] == 1_024);
    }
}
