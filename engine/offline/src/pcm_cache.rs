//! The audio pool's cache: sounds decoded and resampled once, kept by content.

mod file;
mod import;

pub use file::{CachedLoop, PcmFile, PcmFormat, PcmHeader, PcmSpec, PcmWriter};
pub use import::{ImportOptions, ImportedAsset, cache_path, import};

use std::path::Path;

use crate::error::{Result, check_limit};

/// Planar samples of a whole sound.
#[derive(Clone, Debug, PartialEq)]
pub enum PcmSamples {
    /// Full scale = 32768. One vector per channel.
    I16(Vec<Vec<i16>>),
    /// Full scale = 1. One vector per channel.
    F32(Vec<Vec<f32>>),
}

/// A whole sound in memory, stored as compactly as its source allows.
#[derive(Clone, Debug, PartialEq)]
pub struct PcmData {
    /// One or two channels.
    pub samples: PcmSamples,
    /// Rate in Hz.
    pub sample_rate: u32,
    /// Length.
    pub frames: u64,
    /// Loops of the source, in frames at `sample_rate`.
    pub loops: Vec<CachedLoop>,
}

/// Frames read at a time.
const BLOCK_FRAMES: usize = 16_384;

/// Loads a cache file into memory. `[thread-safe]`, blocks; the check sum of the data is verified.
///
/// # Errors
/// As [`PcmFile::open`]; [`crate::Error::Limit`] if the samples need more than `max_bytes`,
/// [`crate::Error::Corrupt`] for a wrong check sum.
pub fn load_planar(path: &Path, max_bytes: u64) -> Result<PcmData> {
    let mut file = PcmFile::open(path)?;
    let header = file.header().clone();
    check_limit(
        path,
        "bytes of audio in memory",
        header.data_bytes(),
        0,
        max_bytes,
    )?;
    file.verify()?;
    let channels = usize::from(header.channels);
    let samples = match header.format {
        PcmFormat::I16 => PcmSamples::I16(planar(
            channels,
            |at, out| file.read_i16(at, out),
            header.frames,
        )?),
        PcmFormat::F32 => PcmSamples::F32(planar(
            channels,
            |at, out| file.read_f32(at, out),
            header.frames,
        )?),
    };
    let (sample_rate, frames) = (header.sample_rate, header.frames);
    Ok(PcmData {
        samples,
        sample_rate,
        frames,
        loops: header.loops,
    })
}

fn planar<T: Copy + Default>(
    channels: usize,
    mut read: impl FnMut(u64, &mut [T]) -> Result<usize>,
    frames: u64,
) -> Result<Vec<Vec<T>>> {
    // Bounded by the caller's `max_bytes` and by the size of the file.
    let capacity = usize::try_from(frames).unwrap_or(0);
    let mut planes = vec![Vec::with_capacity(capacity); channels];
    let mut block = vec![T::default(); BLOCK_FRAMES * channels];
    let mut at = 0;
    loop {
        let got = read(at, &mut block)?;
        if got == 0 {
            return Ok(planes);
        }
        for (c, plane) in planes.iter_mut().enumerate() {
            plane.extend(block[..got * channels].iter().skip(c).step_by(channels));
        }
        at += got as u64;
    }
}

#[cfg(test)]
mod tests;
