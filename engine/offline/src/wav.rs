//! Writing WAV, and RF64 above 4 GiB.

pub mod bext;
pub mod chunk;
pub(crate) mod ixml;
pub mod positions;

use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use crate::atomic::AtomicFile;
use crate::channels::Layout;
use crate::error::{Error, Result, check_limit};
use crate::quantize::{Dither, Quantizer};
use crate::sample::Sample;
use chunk::{Chunk, WavChunks};

/// `RIFF` + `JUNK` (28 bytes) + extensible `fmt ` + `fact` + `data` header.
const HEADER_BYTES: u64 = 12 + (8 + 28) + (8 + 40) + (8 + 4) + 8;
/// Samples converted at a time.
const CHUNK: usize = 8192;

/// How samples are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WavFormat {
    /// 8-bit integer, unsigned as WAV wants it.
    U8,
    /// 16-bit integer.
    I16,
    /// 24-bit integer.
    I24,
    /// 32-bit integer.
    I32,
    /// 32-bit float: bit-exact, no dither, no clipping.
    F32,
    /// 64-bit float: bit-exact, no dither, no clipping.
    F64,
}

/// What a [`WavWriter`] writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WavSpec {
    /// Channels (1 to 64) and their speakers.
    pub layout: Layout,
    /// Rate in Hz, 8000 to 384000.
    pub sample_rate: u32,
    /// How samples are stored.
    pub format: WavFormat,
    /// Noise for the integer formats.
    pub dither: Dither,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WavSummary {
    /// Length.
    pub frames: u64,
    /// Samples beyond full scale that an integer format clamped.
    pub clips: u64,
    /// Size of the file.
    pub bytes: u64,
}

/// Streams interleaved samples into a WAV file that appears when it is complete.
///
/// 1. [`create`](Self::create) opens a temporary file in the destination folder.
/// 2. [`write`](Self::write) any number of times. A file that outgrows 4 GiB becomes RF64: the
///    space for its sizes is reserved at the start.
/// 3. [`finish`](Self::finish) writes the sizes, syncs, and renames over the target.
///
/// Dropping instead leaves no trace. The bytes depend only on the spec and the samples.
#[derive(Debug)]
pub struct WavWriter {
    file: AtomicFile,
    spec: WavSpec,
    channels: u16,
    quantizer: Quantizer,
    frames: u64,
    bytes: Vec<u8>,
    /// Samples that were rounded.
    whole: Vec<i32>,
    chunks: WavChunks,
    /// Largest RIFF size that stays WAV; tests lower it.
    rf64_above: u64,
}

/// Largest RIFF size that stays WAV: what 32 bits hold.
#[cfg(not(test))]
fn rf64_above() -> u64 {
    u64::from(u32::MAX)
}

#[cfg(test)]
thread_local! {
    /// Tests of whole jobs lower it for their thread.
    pub(crate) static RF64_ABOVE: std::cell::Cell<u64> = const { std::cell::Cell::new(u32::MAX as u64) };
}

#[cfg(test)]
fn rf64_above() -> u64 {
    RF64_ABOVE.get()
}

impl WavFormat {
    /// Bytes of one sample.
    pub fn bytes(self) -> u16 {
        match self {
            Self::U8 => 1,
            Self::I16 => 2,
            Self::I24 => 3,
            Self::I32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// Bits of one sample.
    pub fn bits(self) -> u16 {
        self.bytes() * 8
    }

    /// Whether it is one of the float formats.
    pub fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }
}

impl WavWriter {
    /// Opens a temporary file next to `target`. `[thread-safe]`, blocks.
    ///
    /// # Errors
    /// [`Error::Limit`] for the rate or the channels, [`Error::Io`].
    pub fn create(target: &Path, spec: WavSpec) -> Result<Self> {
        Self::with_chunks(target, spec, WavChunks::default())
    }

    /// The same with chunks beside the audio; see [`WavChunks`] for where they go.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn with_chunks(target: &Path, spec: WavSpec, chunks: WavChunks) -> Result<Self> {
        let channels = spec.layout.channels();
        check_limit(target, "number of channels", channels.into(), 1, 64)?;
        check_limit(
            target,
            "sample rate in Hz",
            spec.sample_rate.into(),
            8_000,
            384_000,
        )?;
        let mut writer = Self {
            file: AtomicFile::create(target)?,
            spec,
            channels,
            quantizer: Quantizer::interleaved(
                spec.format.bits().into(),
                spec.dither,
                channels.into(),
            ),
            frames: 0,
            bytes: Vec::new(),
            whole: Vec::new(),
            chunks,
            rf64_above: rf64_above(),
        };
        let header = writer.header();
        writer.put(&header)?;
        writer.file.begin_body();
        Ok(writer)
    }

    /// Appends whole interleaved frames, full scale = 1. Blocks.
    ///
    /// # Errors
    /// [`Error::NonFinite`] before anything of this call is written, [`Error::Argument`] for a
    /// broken frame, [`Error::Io`]. The target is untouched.
    pub fn write<T: Sample>(&mut self, interleaved: &[T]) -> Result<()> {
        let channels = usize::from(self.channels);
        if !interleaved.len().is_multiple_of(channels) {
            let value = interleaved.len() as u64;
            let allowed = "the multiples of the number of channels";
            return Err(Error::Argument {
                what: "number of interleaved samples",
                value,
                allowed,
            });
        }
        if let Some(i) = T::first_non_finite(interleaved) {
            return Err(Error::NonFinite {
                path: self.file.target().to_owned(),
                frame: self.frames + (i / channels) as u64,
                channel: i % channels,
            });
        }
        for chunk in interleaved.chunks(CHUNK) {
            self.encode(chunk);
            self.file
                .write_all(&self.bytes)
                .map_err(|e| self.file.error(e))?;
        }
        self.frames += (interleaved.len() / channels) as u64;
        Ok(())
    }

    /// Number of channels.
    pub(crate) fn channels(&self) -> u16 {
        self.channels
    }

    /// Frames written so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Completes the header, syncs and publishes the file. Blocks.
    ///
    /// # Errors
    /// [`Error::Io`]; nothing is left behind and the target is untouched.
    pub fn finish(self) -> Result<WavSummary> {
        let (file, summary) = self.complete()?;
        file.finish()?;
        Ok(summary)
    }

    /// Appends bytes of the `data` chunk that are in the file's format already (whole frames).
    pub(crate) fn write_raw(&mut self, bytes: &[u8]) -> Result<()> {
        self.put(bytes)?;
        let frame = usize::from(self.channels) * usize::from(self.spec.format.bytes());
        self.frames += (bytes.len() / frame) as u64;
        Ok(())
    }

    /// Completes the file without publishing it.
    pub(crate) fn complete(mut self) -> Result<(AtomicFile, WavSummary)> {
        let data = self.data_bytes();
        if data % 2 == 1 {
            self.put(&[0])?;
        }
        let behind = std::mem::take(&mut self.chunks.behind);
        for chunk in &behind {
            chunk.write(&mut self.file)?;
        }
        self.chunks.behind = behind;
        let header = self.header();
        self.file
            .seek(SeekFrom::Start(0))
            .map_err(|e| self.file.error(e))?;
        self.put(&header)?;
        self.file.flush().map_err(|e| self.file.error(e))?;
        let summary = WavSummary {
            frames: self.frames,
            clips: self.quantizer.clips(),
            bytes: self.riff_bytes() + 8,
        };
        Ok((self.file, summary))
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|e| self.file.error(e))
    }

    fn data_bytes(&self) -> u64 {
        self.frames * u64::from(self.channels) * u64::from(self.spec.format.bytes())
    }

    fn encode<T: Sample>(&mut self, samples: &[T]) {
        let Self {
            bytes,
            whole,
            quantizer,
            ..
        } = self;
        if self.spec.format.is_float() || self.spec.format == WavFormat::U8 {
            bytes.clear();
        }
        match self.spec.format {
            WavFormat::F64 => {
                bytes.extend(samples.iter().flat_map(|x| x.widen().to_le_bytes()));
                return;
            }
            WavFormat::F32 => {
                bytes.extend(samples.iter().flat_map(|x| x.narrow().to_le_bytes()));
                return;
            }
            _ => quantizer.quantize_all(samples, whole),
        }
        match self.spec.format {
            WavFormat::U8 => {
                let low = |y: &i32| y.wrapping_add(128).to_le_bytes()[0];
                bytes.extend(whole.iter().map(low));
            }
            WavFormat::I16 => pack::<2>(whole, bytes),
            WavFormat::I24 => pack_24(whole, bytes),
            _ => pack::<4>(whole, bytes),
        }
    }

    fn riff_bytes(&self) -> u64 {
        let data = self.data_bytes();
        let beside: u64 = [&self.chunks.front, &self.chunks.behind]
            .into_iter()
            .flatten()
            .map(Chunk::stored_bytes)
            .sum();
        HEADER_BYTES - 8 + data + data % 2 + beside
    }

    /// The whole header for the present length, which does not change its own length.
    fn header(&self) -> Vec<u8> {
        let data = self.data_bytes();
        let riff = self.riff_bytes();
        let large = riff > self.rf64_above;
        let size = |n: u64| {
            if large {
                u32::MAX
            } else {
                u32::try_from(n).unwrap_or(u32::MAX)
            }
        };
        let mut h = Vec::new();
        h.extend(match (large, self.chunks.large_is_bw64) {
            (false, _) => b"RIFF",
            (true, false) => b"RF64",
            (true, true) => b"BW64",
        });
        h.extend(size(riff).to_le_bytes());
        h.extend(b"WAVE");
        h.extend(if large { b"ds64" } else { b"JUNK" });
        h.extend(28u32.to_le_bytes());
        let sizes = if large {
            [riff, data, self.frames]
        } else {
            [0; 3]
        };
        h.extend(sizes.iter().flat_map(|n| n.to_le_bytes()));
        h.extend([0; 4]);
        for chunk in &self.chunks.front {
            chunk.append_to(&mut h);
        }
        self.format_chunks(&mut h);
        h.extend(b"data");
        h.extend(size(data).to_le_bytes());
        h
    }

    /// `fmt ` and what pads it to a constant length: `fact` for float and extensible formats.
    fn format_chunks(&self, h: &mut Vec<u8>) {
        let format = self.spec.format;
        let align = self.channels * format.bytes();
        let is_float = format.is_float();
        let extensible = self.channels > 2 || format.bits() > 16;
        let tag: u16 = if extensible { 0xFFFE } else { 1 };
        h.extend(b"fmt ");
        h.extend(if extensible { 40u32 } else { 16 }.to_le_bytes());
        h.extend(tag.to_le_bytes());
        h.extend(self.channels.to_le_bytes());
        h.extend(self.spec.sample_rate.to_le_bytes());
        h.extend((self.spec.sample_rate * u32::from(align)).to_le_bytes());
        h.extend(align.to_le_bytes());
        h.extend(format.bits().to_le_bytes());
        if !extensible {
            // The room of the extension and of `fact`, so that the data starts at one place.
            h.extend(b"JUNK");
            h.extend(28u32.to_le_bytes());
            h.extend([0; 28]);
            return;
        }
        h.extend(22u16.to_le_bytes());
        h.extend(format.bits().to_le_bytes());
        h.extend(self.spec.layout.mask().to_le_bytes());
        // KSDATAFORMAT_SUBTYPE_PCM or _IEEE_FLOAT.
        h.extend(if is_float { 3u16 } else { 1 }.to_le_bytes());
        h.extend(*b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xAA\x00\x38\x9B\x71");
        h.extend(b"fact");
        h.extend(4u32.to_le_bytes());
        h.extend(u32::try_from(self.frames).unwrap_or(u32::MAX).to_le_bytes());
    }
}

/// The low three bytes of each number, the lowest first, four numbers at a time.
fn pack_24(whole: &[i32], bytes: &mut Vec<u8>) {
    bytes.resize(whole.len() * 3, 0);
    let (fours, rest) = whole.as_chunks::<4>();
    let (dozens, last) = bytes.as_chunks_mut::<12>();
    for (place, four) in dozens.iter_mut().zip(fours) {
        let [a, b, c, d] = four.map(i32::cast_unsigned);
        let words = [
            a & 0xFF_FFFF | b << 24,
            (b >> 8) & 0xFFFF | c << 16,
            (c >> 16) & 0xFF | d << 8,
        ];
        for (bytes, word) in place.as_chunks_mut::<4>().0.iter_mut().zip(words) {
            *bytes = word.to_le_bytes();
        }
    }
    for (place, y) in last.as_chunks_mut::<3>().0.iter_mut().zip(rest) {
        place.copy_from_slice(&y.to_le_bytes()[..3]);
    }
}

/// The low `N` bytes of each number, the lowest first.
fn pack<const N: usize>(whole: &[i32], bytes: &mut Vec<u8>) {
    bytes.resize(whole.len() * N, 0);
    let (places, _) = bytes.as_chunks_mut::<N>();
    for (place, y) in places.iter_mut().zip(whole) {
        place.copy_from_slice(&y.to_le_bytes()[..N]);
    }
}

#[cfg(test)]
mod tests;
