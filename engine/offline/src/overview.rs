//! Waveform overviews: minimum, maximum and RMS of a sound at several scales, in a small file.
//!
//! ```text
//! 0   8  "SEGUEWV" and a zero byte
//! 8   4  version, 1
//! 12  4  rate in Hz
//! 16  2  channels
//! 18  2  levels
//! 20  8  frames
//! 28  32 BLAKE3 of the sound's file
//! 60  4  CRC-32C of everything behind the header
//! 64  4  CRC-32C of the header up to here
//! 68     level 0, level 1, ...: bins in order, in each bin minimum, maximum and RMS per channel
//! ```
//! All numbers are little-endian; a value is an i16 in steps of 1/8192, so ±4.0, rounded outwards.
//! A bin of level 0 covers 256 frames, one of the next level four of the level below.

mod build;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result, check_limit};

pub use build::build;

const MAGIC: &[u8; 8] = b"SEGUEWV\0";
const VERSION: u32 = 1;
pub(crate) const HEADER_BYTES: u64 = 68;
/// Frames of a bin of level 0, and bins of a level in one of the next.
pub(crate) const BIN_FRAMES: u64 = 256;
pub(crate) const STEP: u64 = 4;
/// Steps of 1.0.
pub(crate) const UNIT: f32 = 8192.0;
/// Longest sound: 24 h at 384 kHz.
const MAX_FRAMES: u64 = 24 * 3600 * 384_000;
const MAX_LEVELS: u64 = 32;
/// Bytes of one channel of a bin.
pub(crate) const CELL: u64 = 6;

/// One stretch of one channel.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// Smallest sample, rounded down to 1/8192.
    pub min: f32,
    /// Largest sample, rounded up.
    pub max: f32,
    /// Root of the mean square, rounded up.
    pub rms: f32,
}

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverviewInfo {
    /// Rate of the sound in Hz.
    pub sample_rate: u32,
    /// Its channels.
    pub channels: u16,
    /// Its length.
    pub frames: u64,
    /// Number of levels.
    pub levels: u16,
    /// BLAKE3 of its file.
    pub hash: [u8; 32],
}

/// An overview on disk. Reading a stretch costs as much as its picture is wide.
#[derive(Debug)]
pub struct Overview {
    path: PathBuf,
    file: File,
    info: OverviewInfo,
    data_crc: u32,
}

impl OverviewInfo {
    /// Bins of a level.
    pub fn bins(&self, level: u16) -> u64 {
        self.frames.div_ceil(frames_per_bin(level))
    }

    /// Offset of a level in the file.
    pub(crate) fn offset(&self, level: u16) -> u64 {
        let bins: u64 = (0..level).map(|level| self.bins(level)).sum();
        HEADER_BYTES + bins * self.bin_bytes()
    }

    pub(crate) fn bin_bytes(&self) -> u64 {
        CELL * u64::from(self.channels)
    }

    /// Size of the file.
    pub fn bytes(&self) -> u64 {
        self.offset(self.levels)
    }

    pub(crate) fn header(&self, data_crc: u32) -> Vec<u8> {
        let mut h = MAGIC.to_vec();
        h.extend(VERSION.to_le_bytes());
        h.extend(self.sample_rate.to_le_bytes());
        h.extend(self.channels.to_le_bytes());
        h.extend(self.levels.to_le_bytes());
        h.extend(self.frames.to_le_bytes());
        h.extend(self.hash);
        h.extend(data_crc.to_le_bytes());
        h.extend(crc32c::crc32c(&h).to_le_bytes());
        h
    }
}

/// Frames of a bin of a level.
pub fn frames_per_bin(level: u16) -> u64 {
    BIN_FRAMES.saturating_mul(STEP.saturating_pow(u32::from(level)))
}

/// Levels of a sound: the last one has at most four bins.
pub(crate) fn levels(frames: u64) -> u16 {
    let mut level = 0;
    while frames.div_ceil(frames_per_bin(level)) > STEP {
        level += 1;
    }
    level + 1
}

impl Overview {
    /// Opens a file and checks its header. `[thread-safe]`, blocks.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::NotAudio`] if it is something else; [`Error::Corrupt`],
    /// [`Error::Truncated`], [`Error::Limit`] for a damaged one; [`Error::Unsupported`] for one of
    /// a later version.
    pub fn open(path: &Path) -> Result<Self> {
        let io = |e| Error::io(path, "read", e);
        let mut file = File::open(path).map_err(|e| Error::io(path, "open", e))?;
        let len = file.metadata().map_err(io)?.len();
        let mut head = Vec::new();
        Read::by_ref(&mut file)
            .take(HEADER_BYTES)
            .read_to_end(&mut head)
            .map_err(io)?;
        let (info, data_crc) = parse(path, &head)?;
        if len < info.bytes() {
            return Err(Error::Truncated {
                path: path.to_owned(),
                what: "the waveform overview",
                found: len,
                expected: info.bytes(),
                unit: "bytes",
            });
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            info,
            data_crc,
        })
    }

    /// What the header says.
    pub fn info(&self) -> &OverviewInfo {
        &self.info
    }

    /// Reads everything and compares the check sum.
    ///
    /// # Errors
    /// [`Error::Corrupt`], [`Error::Io`].
    pub fn verify(&mut self) -> Result<()> {
        let io = |e| Error::io(&self.path, "read", e);
        self.file.seek(SeekFrom::Start(HEADER_BYTES)).map_err(io)?;
        let mut left = self.info.bytes() - HEADER_BYTES;
        let (mut crc, mut bytes) = (0, vec![0; 64 * 1024]);
        while left > 0 {
            let n = usize::try_from(left)
                .unwrap_or(bytes.len())
                .min(bytes.len());
            self.file.read_exact(&mut bytes[..n]).map_err(io)?;
            crc = crc32c::crc32c_append(crc, &bytes[..n]);
            left -= n as u64;
        }
        if crc == self.data_crc {
            return Ok(());
        }
        Err(Error::corrupt_byte(
            &self.path,
            HEADER_BYTES,
            "the check sum of the overview is wrong",
        ))
    }

    /// Bins of one channel of a level; bins behind the end are left out.
    ///
    /// # Errors
    /// [`Error::Argument`] for the level or the channel, [`Error::Io`].
    pub fn bins(
        &mut self,
        level: u16,
        channel: u16,
        range: std::ops::Range<u64>,
    ) -> Result<Vec<Bin>> {
        if level >= self.info.levels {
            return Err(argument(
                "level",
                level.into(),
                "the levels of the overview",
            ));
        }
        if channel >= self.info.channels {
            return Err(argument(
                "channel",
                channel.into(),
                "the channels of the overview",
            ));
        }
        let end = range.end.min(self.info.bins(level));
        let count = end.saturating_sub(range.start);
        let io = |e| Error::io(&self.path, "read", e);
        let width = self.info.bin_bytes();
        let start = self.info.offset(level) + range.start.min(end) * width;
        self.file.seek(SeekFrom::Start(start)).map_err(io)?;
        let mut bytes = Vec::new();
        Read::by_ref(&mut self.file)
            .take(count * width)
            .read_to_end(&mut bytes)
            .map_err(io)?;
        // At most 64 channels of 6 bytes.
        let (width, at) = (
            usize::try_from(width).unwrap_or(1),
            usize::from(channel) * 6,
        );
        Ok(bytes
            .chunks_exact(width)
            .map(|bin| decode(&bin[at..at + 6]))
            .collect())
    }

    /// The picture of a stretch of one channel, `pixels` bins wide; reads at most four bins a
    /// pixel. A stretch beyond the end is empty.
    ///
    /// # Errors
    /// As [`bins`](Self::bins).
    pub fn picture(
        &mut self,
        channel: u16,
        frames: std::ops::Range<u64>,
        pixels: u32,
    ) -> Result<Vec<Bin>> {
        let len = frames.end.saturating_sub(frames.start);
        let level = self.level(len, pixels);
        let per_bin = frames_per_bin(level);
        let first = frames.start / per_bin;
        let bins = self.bins(level, channel, first..frames.end.div_ceil(per_bin))?;
        let edge = |pixel: u64| frames.start + u128_scale(len, pixel, u64::from(pixels.max(1)));
        let picture = (0..u64::from(pixels)).map(|pixel| {
            let from = (edge(pixel) / per_bin).saturating_sub(first);
            let to = edge(pixel + 1)
                .div_ceil(per_bin)
                .saturating_sub(first)
                .max(from + 1);
            let index = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(bins.len());
            join(&bins[index(from)..index(to)])
        });
        Ok(picture.collect())
    }

    /// The coarsest level with at least a bin a pixel.
    fn level(&self, frames: u64, pixels: u32) -> u16 {
        let per_pixel = frames / u64::from(pixels.max(1));
        let fits = |level: &u16| frames_per_bin(*level) <= per_pixel.max(BIN_FRAMES);
        (0..self.info.levels).rev().find(fits).unwrap_or(0)
    }
}

fn u128_scale(len: u64, part: u64, whole: u64) -> u64 {
    u64::try_from(u128::from(len) * u128::from(part) / u128::from(whole)).unwrap_or(u64::MAX)
}

fn argument(what: &'static str, value: u64, allowed: &'static str) -> Error {
    Error::Argument {
        what,
        value,
        allowed,
    }
}

fn join(bins: &[Bin]) -> Bin {
    let Some(first) = bins.first() else {
        return Bin::default();
    };
    let power: f32 = bins.iter().map(|bin| bin.rms * bin.rms).sum();
    // A pixel has few bins.
    let count = bins.len() as f32;
    bins.iter().fold(
        Bin {
            rms: (power / count).sqrt(),
            ..*first
        },
        |all, bin| Bin {
            min: all.min.min(bin.min),
            max: all.max.max(bin.max),
            rms: all.rms,
        },
    )
}

fn decode(cell: &[u8]) -> Bin {
    let value = |at: usize| f32::from(i16::from_le_bytes([cell[at], cell[at + 1]])) / UNIT;
    Bin {
        min: value(0),
        max: value(2),
        rms: value(4),
    }
}

fn parse(path: &Path, head: &[u8]) -> Result<(OverviewInfo, u32)> {
    if !head.starts_with(MAGIC) {
        return Err(Error::NotAudio {
            path: path.to_owned(),
            found: "no waveform overview".to_owned(),
        });
    }
    let Some(head) = head.first_chunk::<68>() else {
        let (found, expected) = (head.len() as u64, HEADER_BYTES);
        let (path, what) = (path.to_owned(), "the header of the overview");
        return Err(Error::Truncated {
            path,
            what,
            found,
            expected,
            unit: "bytes",
        });
    };
    let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let half = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
    if word(64) != crc32c::crc32c(&head[..64]) {
        return Err(Error::corrupt_byte(
            path,
            64,
            "the check sum of the header is wrong",
        ));
    }
    if word(8) != VERSION {
        let found = format!("a waveform overview of version {}", word(8));
        return Err(Error::unsupported(path, found));
    }
    let frames = u64::from(word(20)) | u64::from(word(24)) << 32;
    check_limit(path, "number of frames", frames, 0, MAX_FRAMES)?;
    check_limit(path, "number of channels", half(16).into(), 1, 64)?;
    check_limit(path, "number of levels", half(18).into(), 1, MAX_LEVELS)?;
    let mut hash = [0; 32];
    hash.copy_from_slice(&head[28..60]);
    let info = OverviewInfo {
        sample_rate: word(12),
        channels: half(16),
        frames,
        levels: half(18),
        hash,
    };
    if info.levels != levels(frames) {
        return Err(Error::corrupt_byte(
            path,
            18,
            "the number of levels does not fit the length",
        ));
    }
    Ok((info, word(60)))
}

#[cfg(test)]
mod tests;
