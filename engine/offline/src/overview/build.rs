//! Making overviews while decoding.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::Path;

use super::{BIN_FRAMES, HEADER_BYTES, MAGIC, OverviewInfo, STEP, UNIT, levels};
use crate::atomic::AtomicFile;
use crate::decode::{DecodeOptions, Decoder};
use crate::error::{Error, Result};
use crate::progress::Progress;

/// Bytes of a level that wait to be written.
const PENDING: usize = 64 * 1024;

/// Decodes `input` and writes its overview to `output`, atomically. Memory does not depend on the
/// length. `[thread-safe]`, blocks; `progress` counts frames.
///
/// # Errors
/// As [`Decoder`]; [`Error::Io`], [`Error::Cancelled`]: nothing is left behind. [`Error::Settings`]
/// if `output` is there and no overview: only overviews are replaced.
pub fn build(
    input: &Path,
    output: &Path,
    options: &DecodeOptions,
    progress: Progress<'_>,
) -> Result<OverviewInfo> {
    check_target(output)?;
    let hash = hash(input, progress)?;
    let frames = length(input, options, progress)?;
    let mut decoder = Decoder::open(input, options)?;
    let info = OverviewInfo {
        sample_rate: decoder.info().sample_rate,
        channels: decoder.info().layout.channels(),
        frames,
        levels: levels(frames),
        hash,
    };
    let mut builder = Builder::new(AtomicFile::create(output)?, info)?;
    while let Some(block) = decoder.next_block()? {
        builder.push(block)?;
        if let ControlFlow::Break(()) = progress(decoder.position(), frames) {
            return Err(Error::Cancelled);
        }
    }
    builder.finish()?;
    Ok(info)
}

/// Refuses a target that holds something else than an overview.
fn check_target(output: &Path) -> Result<()> {
    // A pipe would wait for somebody to write.
    crate::atomic::check_target(output)?;
    let Ok(file) = File::open(output) else {
        return Ok(());
    };
    let mut head = Vec::new();
    let read = file.take(MAGIC.len() as u64).read_to_end(&mut head);
    if read.is_err() || head.is_empty() || head == MAGIC {
        return Ok(());
    }
    Err(in_the_way(output))
}

fn in_the_way(output: &Path) -> Error {
    Error::Settings(format!(
        "{}: is there and is no waveform overview; choose another name, or remove it",
        output.display()
    ))
}

/// Frames that decoding yields, which headers may not know or get wrong.
fn length(input: &Path, options: &DecodeOptions, progress: Progress<'_>) -> Result<u64> {
    let mut decoder = Decoder::open(input, options)?;
    let is_certain = decoder.info().codec.starts_with("PCM") && decoder.warnings().is_empty();
    if let Some(frames) = decoder.info().frames.filter(|_| is_certain) {
        return Ok(frames);
    }
    while decoder.next_block()?.is_some() {
        if let ControlFlow::Break(()) = progress(0, 0) {
            return Err(Error::Cancelled);
        }
    }
    Ok(decoder.position())
}

fn hash(input: &Path, progress: Progress<'_>) -> Result<[u8; 32]> {
    let mut file = crate::input::open(input)?;
    let mut hasher = blake3::Hasher::new();
    let mut bytes = vec![0; 256 * 1024];
    loop {
        let n = file
            .read(&mut bytes)
            .map_err(|e| Error::io(input, "read", e))?;
        if n == 0 {
            return Ok(*hasher.finalize().as_bytes());
        }
        hasher.update(&bytes[..n]);
        if let ControlFlow::Break(()) = progress(0, 0) {
            return Err(Error::Cancelled);
        }
    }
}

struct Builder {
    file: AtomicFile,
    info: OverviewInfo,
    levels: Vec<Level>,
}

struct Level {
    /// Where the pending bytes go.
    offset: u64,
    pending: Vec<u8>,
    /// What is in the bin under way: frames (level 0) or bins.
    filled: u64,
    cells: Vec<Cell>,
}

/// One channel of a bin under way.
#[derive(Clone, Copy)]
struct Cell {
    min: f32,
    max: f32,
    energy: f64,
    frames: u64,
}

const EMPTY: Cell = Cell {
    min: f32::INFINITY,
    max: f32::NEG_INFINITY,
    energy: 0.0,
    frames: 0,
};

impl Cell {
    fn add(&mut self, x: f32) {
        self.min = self.min.min(x);
        self.max = self.max.max(x);
        self.energy += f64::from(x) * f64::from(x);
        self.frames += 1;
    }

    fn join(&mut self, other: &Cell) {
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.energy += other.energy;
        self.frames += other.frames;
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "values are clamped to an i16"
    )]
    fn bytes(&self) -> [u8; 6] {
        let value = |x: f32| x.clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16;
        let rms = (self.energy / self.frames.max(1) as f64).sqrt();
        let [a, b] = value((self.min * UNIT).floor()).to_le_bytes();
        let [c, d] = value((self.max * UNIT).ceil()).to_le_bytes();
        let [e, f] = value((rms * f64::from(UNIT)).ceil() as f32).to_le_bytes();
        [a, b, c, d, e, f]
    }
}

impl Builder {
    fn new(mut file: AtomicFile, info: OverviewInfo) -> Result<Self> {
        let channels = usize::from(info.channels);
        file.write_all(&info.header(0)).map_err(|e| file.error(e))?;
        let level = |level| Level {
            offset: info.offset(level),
            pending: Vec::new(),
            filled: 0,
            cells: vec![EMPTY; channels],
        };
        let levels = (0..info.levels).map(level).collect();
        Ok(Self { file, info, levels })
    }

    fn push(&mut self, interleaved: &[f32]) -> Result<()> {
        let channels = usize::from(self.info.channels);
        for frame in interleaved.chunks_exact(channels) {
            let level = &mut self.levels[0];
            for (cell, x) in level.cells.iter_mut().zip(frame) {
                cell.add(*x);
            }
            level.filled += 1;
            if level.filled == BIN_FRAMES {
                self.close(0)?;
            }
        }
        Ok(())
    }

    /// Ends the bin under way of a level and adds it to the next one.
    fn close(&mut self, index: usize) -> Result<()> {
        let (below, above) = self.levels.split_at_mut(index + 1);
        let Some(level) = below.last_mut() else {
            return Ok(());
        };
        level
            .pending
            .extend(level.cells.iter().flat_map(Cell::bytes));
        level.filled = 0;
        let is_next_full = above.first_mut().is_some_and(|next| {
            for (all, cell) in next.cells.iter_mut().zip(&level.cells) {
                all.join(cell);
            }
            next.filled += 1;
            next.filled == STEP
        });
        level.cells.fill(EMPTY);
        if level.pending.len() >= PENDING {
            level.write(&mut self.file)?;
        }
        if is_next_full {
            self.close(index + 1)
        } else {
            Ok(())
        }
    }

    fn finish(mut self) -> Result<()> {
        for index in 0..self.levels.len() {
            if self.levels[index].filled > 0 {
                self.close(index)?;
            }
            self.levels[index].write(&mut self.file)?;
        }
        let mut read = || -> std::io::Result<u32> {
            self.file.flush()?;
            self.file.seek(SeekFrom::Start(HEADER_BYTES))?;
            let (mut crc, mut bytes) = (0, vec![0; PENDING]);
            loop {
                match self.file.read(&mut bytes)? {
                    0 => return Ok(crc),
                    n => crc = crc32c::crc32c_append(crc, &bytes[..n]),
                }
            }
        };
        let crc = read().map_err(|e| self.file.error(e))?;
        let header = self.info.header(crc);
        let put = |file: &mut AtomicFile| {
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&header)
        };
        put(&mut self.file).map_err(|e| self.file.error(e))?;
        self.file.finish()
    }
}

impl Level {
    fn write(&mut self, file: &mut AtomicFile) -> Result<()> {
        let put = |file: &mut AtomicFile, bytes: &[u8]| {
            file.seek(SeekFrom::Start(self.offset))?;
            file.write_all(bytes)
        };
        put(file, &self.pending).map_err(|e| file.error(e))?;
        self.offset += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }
}
