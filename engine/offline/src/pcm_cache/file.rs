//! The cache file: a 256-byte header, then interleaved little-endian samples.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 8 | magic `SEGUEPCM` |
//! | 8 | 4 | version, 3 |
//! | 12 | 2 | channels, 1 or 2 |
//! | 14 | 2 | format: 1 = i16, 2 = f32 |
//! | 16 | 4 | sample rate in Hz |
//! | 20 | 4 | number of loops, at most 8 |
//! | 24 | 8 | frames |
//! | 32 | 32 | BLAKE3 of the source file |
//! | 64 | 160 | loops: start u64, end u64, count u32 |
//! | 224 | 4 | loudness, f32 |
//! | 228 | 20 | zero |
//! | 248 | 4 | CRC-32C of the data |
//! | 252 | 4 | CRC-32C of the 252 bytes before |

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::atomic::AtomicFile;
use crate::error::{Error, Result, check_limit};

const MAGIC: &[u8; 8] = b"SEGUEPCM";
/// Raised whenever the same source and options give another file: 3 has the loops of AIFF.
const VERSION: u32 = 3;
/// Bytes of the header.
const HEADER: usize = 256;
/// Place of the loudness in the header.
const LOUDNESS: usize = 224;
/// Loops kept per sound.
pub(super) const MAX_LOOPS: usize = 8;
/// 24 h at 384 kHz.
const MAX_FRAMES: u64 = 24 * 3600 * 384_000;
/// Bytes moved at a time.
const BUFFER: usize = 128 * 1024;

/// How samples are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PcmFormat {
    /// 16-bit integers, full scale 32768.
    I16,
    /// 32-bit floats, full scale 1.
    F32,
}

/// A loop in frames of the cached sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CachedLoop {
    /// First frame.
    pub start: u64,
    /// Frame behind the last one.
    pub end: u64,
    /// How often it plays; 0 is for ever.
    pub count: u32,
}

/// What a [`PcmWriter`] is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PcmSpec {
    /// 1 or 2.
    pub channels: u16,
    /// How samples are stored.
    pub format: PcmFormat,
    /// Rate in Hz, 8000 to 384000.
    pub sample_rate: u32,
    /// BLAKE3 of the source file.
    pub source: [u8; 32],
}

/// What a cache file says about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct PcmHeader {
    /// 1 or 2.
    pub channels: u16,
    /// How samples are stored.
    pub format: PcmFormat,
    /// Rate in Hz.
    pub sample_rate: u32,
    /// Length.
    pub frames: u64,
    /// BLAKE3 of the source file.
    pub source: [u8; 32],
    /// At most 8 loops.
    pub loops: Vec<CachedLoop>,
    /// The largest RMS of a channel over any tenth of a second, full scale = 1: what decisions
    /// about audibility need before the whole sound was read.
    pub loudness: f32,
    data_crc: u32,
}

impl PcmFormat {
    /// Bytes of one sample.
    pub fn bytes(self) -> u64 {
        match self {
            Self::I16 => 2,
            Self::F32 => 4,
        }
    }
}

impl PcmHeader {
    /// Size of the samples in bytes.
    pub fn data_bytes(&self) -> u64 {
        self.frames * self.frame_bytes()
    }

    fn frame_bytes(&self) -> u64 {
        u64::from(self.channels) * self.format.bytes()
    }

    fn encode(&self) -> Vec<u8> {
        let mut h = Vec::with_capacity(HEADER);
        h.extend(MAGIC);
        h.extend(VERSION.to_le_bytes());
        h.extend(self.channels.to_le_bytes());
        h.extend(match self.format {
            PcmFormat::I16 => [1, 0],
            PcmFormat::F32 => [2, 0],
        });
        h.extend(self.sample_rate.to_le_bytes());
        // At most MAX_LOOPS.
        h.extend(u32::try_from(self.loops.len()).unwrap_or(0).to_le_bytes());
        h.extend(self.frames.to_le_bytes());
        h.extend(self.source);
        for l in &self.loops {
            h.extend(l.start.to_le_bytes());
            h.extend(l.end.to_le_bytes());
            h.extend(l.count.to_le_bytes());
        }
        h.resize(LOUDNESS, 0);
        h.extend(self.loudness.to_le_bytes());
        h.resize(HEADER - 8, 0);
        h.extend(self.data_crc.to_le_bytes());
        h.extend(crc32c::crc32c(&h).to_le_bytes());
        h
    }

    fn decode(path: &Path, h: &[u8; HEADER]) -> Result<Self> {
        let bad = |at, what: &str| Error::corrupt_byte(path, at, format!("cache file: {what}"));
        if &h[..8] != MAGIC {
            return Err(bad(0, "no SEGUEPCM header"));
        }
        let u32_at = |at: usize| u32::from_le_bytes([h[at], h[at + 1], h[at + 2], h[at + 3]]);
        let u64_at = |at: usize| u64::from(u32_at(at)) | u64::from(u32_at(at + 4)) << 32;
        if u32_at(252) != crc32c::crc32c(&h[..252]) {
            return Err(bad(252, "wrong check sum of the header"));
        }
        check_limit(
            path,
            "cache file version",
            u32_at(8).into(),
            VERSION.into(),
            VERSION.into(),
        )?;
        let channels = u16::from_le_bytes([h[12], h[13]]);
        check_limit(path, "number of channels", channels.into(), 1, 2)?;
        let format = match h[14..16] {
            [1, 0] => PcmFormat::I16,
            [2, 0] => PcmFormat::F32,
            _ => return Err(bad(14, "unknown sample format")),
        };
        check_limit(path, "sample rate in Hz", u32_at(16).into(), 8_000, 384_000)?;
        check_limit(
            path,
            "number of loops",
            u32_at(20).into(),
            0,
            MAX_LOOPS as u64,
        )?;
        check_limit(path, "number of frames", u64_at(24), 0, MAX_FRAMES)?;
        let mut source = [0; 32];
        source.copy_from_slice(&h[32..64]);
        let row = |i: usize| CachedLoop {
            start: u64_at(64 + 20 * i),
            end: u64_at(72 + 20 * i),
            count: u32_at(80 + 20 * i),
        };
        let loops: Vec<CachedLoop> = (0..MAX_LOOPS).map(row).take(u32_at(20) as usize).collect();
        let frames = u64_at(24);
        if loops.iter().any(|l| l.start >= l.end || l.end > frames) {
            return Err(bad(64, "a loop outside of the sound"));
        }
        let loudness = f32::from_bits(u32_at(LOUDNESS));
        if !(loudness.is_finite() && loudness >= 0.0) {
            return Err(bad(LOUDNESS as u64, "a loudness that is no level"));
        }
        let (sample_rate, data_crc) = (u32_at(16), u32_at(248));
        Ok(Self {
            channels,
            format,
            sample_rate,
            frames,
            source,
            loops,
            loudness,
            data_crc,
        })
    }
}

/// Streams samples into a cache file that appears when it is complete.
#[derive(Debug)]
pub struct PcmWriter {
    file: AtomicFile,
    header: PcmHeader,
    level: Level,
    bytes: Vec<u8>,
}

impl PcmWriter {
    /// Opens a temporary file next to `target`. `[thread-safe]`, blocks.
    ///
    /// # Errors
    /// [`Error::Limit`] for channels or rate, [`Error::Io`].
    pub fn create(target: &Path, spec: &PcmSpec) -> Result<Self> {
        check_limit(target, "number of channels", spec.channels.into(), 1, 2)?;
        check_limit(
            target,
            "sample rate in Hz",
            spec.sample_rate.into(),
            8_000,
            384_000,
        )?;
        let mut file = AtomicFile::create(target)?;
        file.write_all(&[0; HEADER])
            .map_err(|e| Error::io(target, "write", e))?;
        let header = PcmHeader {
            channels: spec.channels,
            format: spec.format,
            sample_rate: spec.sample_rate,
            frames: 0,
            source: spec.source,
            loops: Vec::new(),
            loudness: 0.0,
            data_crc: 0,
        };
        Ok(Self {
            file,
            header,
            level: Level::default(),
            bytes: Vec::new(),
        })
    }

    /// Appends whole interleaved frames, full scale = 1. An i16 file takes whole numbers of
    /// 1/32768 unchanged and rounds others.
    ///
    /// # Errors
    /// [`Error::Argument`] for a broken frame, [`Error::Io`].
    pub fn write(&mut self, interleaved: &[f32]) -> Result<()> {
        let channels = usize::from(self.header.channels);
        if !interleaved.len().is_multiple_of(channels) {
            let value = interleaved.len() as u64;
            let allowed = "the multiples of the number of channels";
            return Err(Error::Argument {
                what: "number of interleaved samples",
                value,
                allowed,
            });
        }
        let tenth = self.header.sample_rate / 10;
        self.level.add(interleaved, channels, tenth);
        self.bytes.clear();
        match self.header.format {
            PcmFormat::I16 => {
                self.bytes
                    .extend(interleaved.iter().flat_map(|x| to_i16(*x).to_le_bytes()));
            }
            PcmFormat::F32 => {
                self.bytes
                    .extend(interleaved.iter().flat_map(|x| x.to_le_bytes()));
            }
        }
        self.header.data_crc = crc32c::crc32c_append(self.header.data_crc, &self.bytes);
        self.header.frames += (interleaved.len() / channels) as u64;
        self.file
            .write_all(&self.bytes)
            .map_err(|e| self.file.error(e))
    }

    /// Frames written so far.
    pub fn frames(&self) -> u64 {
        self.header.frames
    }

    /// Writes the header and publishes the file. Loops beyond the eighth or outside of the sound
    /// are left out.
    ///
    /// # Errors
    /// [`Error::Io`]; nothing is left behind.
    pub fn finish(mut self, loops: &[CachedLoop]) -> Result<PcmHeader> {
        let frames = self.header.frames;
        let inside = loops.iter().filter(|l| l.start < l.end && l.end <= frames);
        self.header.loops = inside.copied().take(MAX_LOOPS).collect();
        self.header.loudness = self.level.finish();
        let header = self.header.encode();
        let done = self
            .file
            .seek(SeekFrom::Start(0))
            .and_then(|_| self.file.write_all(&header));
        done.map_err(|e| self.file.error(e))?;
        self.file.finish()?;
        Ok(self.header)
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "clamped to i16; NaN becomes 0"
)]
/// Measures [`PcmHeader::loudness`].
#[derive(Debug, Default)]
struct Level {
    /// Sum of the squares of each channel over the present tenth of a second, and its frames.
    squares: [f64; 2],
    frames: u32,
    /// Largest mean square so far.
    largest: f64,
}

impl Level {
    fn add(&mut self, interleaved: &[f32], channels: usize, tenth: u32) {
        for frame in interleaved.chunks_exact(channels) {
            for (sum, sample) in self.squares.iter_mut().zip(frame) {
                *sum += f64::from(*sample).powi(2);
            }
            self.frames += 1;
            if self.frames == tenth {
                self.close();
            }
        }
    }

    fn close(&mut self) {
        let sum = self.squares[0].max(self.squares[1]);
        self.largest = self.largest.max(sum / f64::from(self.frames.max(1)));
        (self.squares, self.frames) = ([0.0; 2], 0);
    }

    #[allow(clippy::cast_possible_truncation, reason = "a level")]
    fn finish(&mut self) -> f32 {
        self.close();
        self.largest.sqrt() as f32
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "clamped to the range of i16"
)]
fn to_i16(x: f32) -> i16 {
    (x * 32_768.0).round_ties_even().clamp(-32_768.0, 32_767.0) as i16
}

/// An open cache file with random access; each reader has its own file handle and position.
#[derive(Debug)]
pub struct PcmFile {
    path: PathBuf,
    file: File,
    header: PcmHeader,
    /// Where the handle stands, in frames; `u64::MAX` if unknown.
    at: u64,
    bytes: Vec<u8>,
}

impl PcmFile {
    /// Opens a cache file and checks its header and its size, not the data (see
    /// [`verify`](Self::verify)). `[thread-safe]`, blocks for one read.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Corrupt`], [`Error::Truncated`], [`Error::Limit`].
    pub fn open(path: &Path) -> Result<Self> {
        let mut file = File::open(path).map_err(|e| Error::io(path, "open", e))?;
        let len = file
            .metadata()
            .map_err(|e| Error::io(path, "open", e))?
            .len();
        let cut = |what, expected| Error::Truncated {
            path: path.to_owned(),
            what,
            found: len,
            expected,
            unit: "bytes",
        };
        if len < HEADER as u64 {
            return Err(cut("the header of the cache file", HEADER as u64));
        }
        let mut bytes = [0; HEADER];
        file.read_exact(&mut bytes)
            .map_err(|e| Error::io(path, "read", e))?;
        let header = PcmHeader::decode(path, &bytes)?;
        let expected = HEADER as u64 + header.data_bytes();
        if len < expected {
            return Err(cut("the cache file", expected));
        }
        if len > expected {
            return Err(Error::corrupt_byte(
                path,
                expected,
                "cache file: bytes behind the data",
            ));
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            header,
            at: 0,
            bytes: Vec::new(),
        })
    }

    /// Format, length and source.
    pub fn header(&self) -> &PcmHeader {
        &self.header
    }

    /// Reads all the data and compares its check sum. Blocks.
    ///
    /// # Errors
    /// [`Error::Corrupt`], [`Error::Io`].
    pub fn verify(&mut self) -> Result<()> {
        let mut crc = 0;
        let mut left = self.header.data_bytes();
        self.seek(0)?;
        self.at = u64::MAX;
        while left > 0 {
            let n = usize::try_from(left).unwrap_or(BUFFER).min(BUFFER);
            self.fill(n)?;
            crc = crc32c::crc32c_append(crc, &self.bytes);
            left -= n as u64;
        }
        if crc == self.header.data_crc {
            return Ok(());
        }
        Err(Error::corrupt_byte(
            &self.path,
            HEADER as u64,
            "cache file: wrong check sum of the data",
        ))
    }

    /// Reads interleaved frames from frame `start` on, as f32 whatever is stored. Fills whole
    /// frames of `out` and returns how many; less than asked for only at the end.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Truncated`] if the file shrank.
    pub fn read_f32(&mut self, start: u64, out: &mut [f32]) -> Result<usize> {
        match self.header.format {
            PcmFormat::I16 => self.read_blocks(start, out, |bytes, out| {
                let pairs = bytes.as_chunks::<2>().0.iter();
                out.iter_mut()
                    .zip(pairs)
                    .for_each(|(o, b)| *o = f32::from(i16::from_le_bytes(*b)) / 32_768.0);
            }),
            PcmFormat::F32 => self.read_blocks(start, out, |bytes, out| {
                let quads = bytes.as_chunks::<4>().0.iter();
                out.iter_mut()
                    .zip(quads)
                    .for_each(|(o, b)| *o = f32::from_le_bytes(*b));
            }),
        }
    }

    /// Reads interleaved frames of an i16 file without conversion, as [`read_f32`](Self::read_f32).
    ///
    /// # Errors
    /// [`Error::Argument`] for an f32 file; as [`read_f32`](Self::read_f32).
    pub fn read_i16(&mut self, start: u64, out: &mut [i16]) -> Result<usize> {
        if self.header.format != PcmFormat::I16 {
            return Err(Error::Argument {
                what: "sample format f32",
                value: 32,
                allowed: "i16",
            });
        }
        self.read_blocks(start, out, |bytes, out| {
            let pairs = bytes.as_chunks::<2>().0.iter();
            out.iter_mut()
                .zip(pairs)
                .for_each(|(o, b)| *o = i16::from_le_bytes(*b));
        })
    }

    fn read_blocks<T>(
        &mut self,
        start: u64,
        out: &mut [T],
        decode: fn(&[u8], &mut [T]),
    ) -> Result<usize> {
        let channels = usize::from(self.header.channels);
        let left = usize::try_from(self.header.frames.saturating_sub(start)).unwrap_or(usize::MAX);
        let frames = (out.len() / channels).min(left);
        if frames == 0 {
            return Ok(0);
        }
        self.seek(start)?;
        // Two bytes at least per sample, eight at most per frame.
        let frame_bytes = usize::try_from(self.header.frame_bytes()).unwrap_or(8);
        for piece in out[..frames * channels].chunks_mut(BUFFER / frame_bytes * channels) {
            self.at = u64::MAX;
            self.fill(piece.len() / channels * frame_bytes)?;
            decode(&self.bytes, piece);
        }
        self.at = start + frames as u64;
        Ok(frames)
    }

    fn seek(&mut self, frame: u64) -> Result<()> {
        if self.at != frame {
            let byte = HEADER as u64 + frame * self.header.frame_bytes();
            let done = self.file.seek(SeekFrom::Start(byte));
            done.map_err(|e| Error::io(&self.path, "read", e))?;
            self.at = frame;
        }
        Ok(())
    }

    fn fill(&mut self, len: usize) -> Result<()> {
        self.bytes.resize(len, 0);
        self.file
            .read_exact(&mut self.bytes)
            .map_err(|e| Error::io(&self.path, "read", e))
    }
}
