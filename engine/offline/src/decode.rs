//! Reading audio files of any supported kind as blocks of f32 or f64.

mod compressed;
mod empty_flac;
mod holes;
mod info;
mod mp4;
mod options;
#[cfg(feature = "opus")]
mod opus;
mod outline;
mod sniff;
mod wav;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::sample::Sample;

pub(crate) use mp4::picture_bytes as mp4_pictures;
pub(crate) use outline::{CHANNEL_MASK, DISCRETE, aiff_chunk, unheld};
pub(crate) use wav::{is_placeholder, raw as raw_wav, read_full};

pub use info::{FileInfo, SampleLoop, Warning};
pub use options::{DecodeLimits, DecodeOptions};
pub use sniff::Container;

/// Reads container, codec, length and format of a file without decoding it. `[thread-safe]`, blocks
/// on the disk for a few reads.
///
/// # Errors
/// As [`Decoder::open`].
pub fn probe(path: &Path, options: &DecodeOptions) -> Result<FileInfo> {
    Ok(Decoder::open(path, options)?.info)
}

/// A file being decoded from its start to its end.
///
/// 1. [`Decoder::open`] sniffs the bytes, reads the headers and checks every limit.
/// 2. [`Decoder::next_block`] until it returns `None`.
/// 3. [`Decoder::warnings`] tells what was repaired.
///
/// The stream is exactly as long as the sound that was encoded: encoder delay and padding of MP3
/// (LAME tag), AAC (edit list, iTunSMPB) and Vorbis (granule position) are removed. After an error
/// every further call returns `None`. Memory is bounded by one packet.
///
/// A `Decoder<f64>` keeps all bits of 32-bit integers and 64-bit floats.
pub struct Decoder<T = f32> {
    path: PathBuf,
    info: FileInfo,
    options: DecodeOptions,
    source: Box<dyn Source<T>>,
    block: Block<T>,
    /// Frames handed out.
    position: u64,
    sanitized: u64,
    warnings: Vec<Warning>,
    ended: bool,
}

/// Interleaved samples of one step of a [`Source`], and what happened on the way.
#[derive(Default)]
struct Block<T = f32> {
    samples: Vec<T>,
    concealed: u64,
}

/// A container and codec that yields interleaved samples.
trait Source<T = f32>: Send {
    /// Appends the next samples. `false` at the end of the data; `true` with nothing appended
    /// means "call again".
    fn read(&mut self, block: &mut Block<T>) -> Result<bool>;

    /// Called once at the end: what a check sum over all the audio says.
    fn verify(&mut self) -> Option<bool> {
        None
    }

    /// Whether the end of the stream is missing, without a length that tells how much.
    fn is_cut(&self) -> bool {
        false
    }
}

impl Decoder {
    /// Opens a file and reads its headers. `[thread-safe]`, blocks.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::NotAudio`], [`Error::Unsupported`], [`Error::Truncated`], [`Error::CutHeaders`],
    /// [`Error::Corrupt`], and [`Error::Limit`] for channels, rate or duration.
    pub fn open(path: &Path, options: &DecodeOptions) -> Result<Self> {
        Self::open_as(path, options)
    }
}

/// A source of f32 whose samples go on as f64: it has no bits beyond them.
#[cfg(feature = "opus")]
struct Widened<S> {
    inner: S,
    block: Block,
}

#[cfg(feature = "opus")]
impl<S: Source, T: Sample> Source<T> for Widened<S> {
    fn read(&mut self, block: &mut Block<T>) -> Result<bool> {
        self.block.samples.clear();
        let has_more = self.inner.read(&mut self.block)?;
        let samples = self.block.samples.iter();
        block.samples.extend(samples.map(|x| T::from_f32(*x)));
        block.concealed = self.block.concealed;
        Ok(has_more)
    }

    fn verify(&mut self) -> Option<bool> {
        self.inner.verify()
    }

    fn is_cut(&self) -> bool {
        self.inner.is_cut()
    }
}

impl<T: Sample> Decoder<T> {
    /// The same as [`Decoder::open`], with samples of either kind. `[thread-safe]`, blocks.
    ///
    /// # Errors
    /// As [`Decoder::open`].
    pub fn open_as(path: &Path, options: &DecodeOptions) -> Result<Self> {
        let (mut file, container, offset) = identify(path)?;
        let empty = match container {
            Container::Flac => empty_flac::find(&mut file, offset).map(|info| FileInfo {
                layout: outline::flac_mask(&mut file, offset)
                    .map_or(info.layout, |mask| info.layout.with_mask(mask)),
                ..info
            }),
            _ => None,
        };
        let (source, info, warnings): (Box<dyn Source<T>>, _, _) = match (container, empty) {
            (_, Some(info)) => {
                options.check_format(path, info.layout.channels().into(), info.sample_rate)?;
                (Box::new(empty_flac::Empty), info, Vec::new())
            }
            (Container::Wav | Container::Rf64, None) => {
                let (source, info, warnings) = wav::open(path, file, offset, options)?;
                (Box::new(source), info, warnings)
            }
            #[cfg(feature = "opus")]
            (Container::OggOpus, None) => {
                let (inner, info) = opus::open(path, file, offset, options)?;
                let block = Block::default();
                (Box::new(Widened { inner, block }), info, Vec::new())
            }
            #[cfg(not(feature = "opus"))]
            (Container::OggOpus, None) => {
                return Err(Error::Feature {
                    codec: "Ogg Opus",
                    feature: "opus",
                });
            }
            (_, None) => {
                let (source, info) = compressed::open::<T>(path, file, container, offset, options)?;
                (Box::new(source), info, Vec::new())
            }
        };
        Ok(Self {
            path: path.to_owned(),
            info,
            options: *options,
            source,
            block: Block::default(),
            position: 0,
            sanitized: 0,
            warnings,
            ended: false,
        })
    }

    /// Format and length.
    pub fn info(&self) -> &FileInfo {
        &self.info
    }

    /// Number of channels of every block.
    pub fn channels(&self) -> usize {
        usize::from(self.info.layout.channels())
    }

    /// Frames handed out so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// What was repaired or ignored so far; complete after the last block.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The next interleaved samples (whole frames, at least one; full scale is 1), or `None` at
    /// the end.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Corrupt`], [`Error::Truncated`], [`Error::NonFinite`],
    /// [`Error::FormatChange`], [`Error::Limit`] if the stream is longer than allowed.
    pub fn next_block(&mut self) -> Result<Option<&[T]>> {
        if self.ended {
            return Ok(None);
        }
        match self.step() {
            Ok(true) => Ok(Some(&self.block.samples)),
            Ok(false) => {
                self.ended = true;
                Ok(None)
            }
            Err(e) => {
                self.ended = true;
                Err(e)
            }
        }
    }

    fn step(&mut self) -> Result<bool> {
        self.block.samples.clear();
        while self.block.samples.is_empty() {
            if !self.source.read(&mut self.block)? {
                return self.finish().map(|()| false);
            }
        }
        self.check_finite()?;
        let frames = self.block.samples.len() / self.channels().max(1);
        self.position += frames as u64;
        let max = self.options.limits.max_frames(self.info.sample_rate);
        crate::error::check_limit(&self.path, "number of frames", self.position, 0, max)?;
        Ok(true)
    }

    fn check_finite(&mut self) -> Result<()> {
        let channels = self.channels().max(1);
        let Some(first) = T::first_non_finite(&self.block.samples) else {
            return Ok(());
        };
        if !self.options.sanitize {
            return Err(Error::NonFinite {
                path: self.path.clone(),
                frame: self.position + (first / channels) as u64,
                channel: first % channels,
            });
        }
        let is_bad = |x: &&mut T| !x.narrow().is_finite();
        for x in self.block.samples.iter_mut().filter(is_bad) {
            *x = T::default();
            self.sanitized += 1;
        }
        Ok(())
    }

    /// Judges the end of the stream against what the headers promised.
    fn finish(&mut self) -> Result<()> {
        let (found, concealed) = (self.position, self.block.concealed);
        if self.sanitized > 0 {
            self.warnings.push(Warning::Sanitized {
                samples: self.sanitized,
            });
        }
        if concealed > 0 {
            self.warnings.push(Warning::Concealed { frames: concealed });
        }
        if let Some(expected) = self.info.frames.filter(|n| *n > found) {
            return self.short(found, expected);
        }
        if self.source.is_cut() {
            self.warnings.push(Warning::EndMissing { found });
            return Ok(());
        }
        if let Some(expected) = self.info.frames.filter(|n| *n < found) {
            self.warnings.push(Warning::Longer { found, expected });
        }
        if self.source.verify() == Some(false) && concealed == 0 {
            let what = "the decoded audio does not match the file's MD5";
            if !self.options.conceal {
                return Err(Error::corrupt_frame(&self.path, found, what));
            }
            self.warnings.push(Warning::ChecksumMismatch);
        }
        Ok(())
    }

    fn short(&mut self, found: u64, expected: u64) -> Result<()> {
        if self.options.allow_truncated {
            self.warnings.push(Warning::Truncated { found, expected });
            return Ok(());
        }
        let (path, what) = (self.path.clone(), "audio data");
        Err(Error::Truncated {
            path,
            what,
            found,
            expected,
            unit: "frames",
        })
    }
}

/// A whole file in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// Format and length; `frames` is what was decoded.
    pub info: FileInfo,
    /// One vector per channel, full scale = 1.
    pub channels: Vec<Vec<f32>>,
    /// What was repaired.
    pub warnings: Vec<Warning>,
}

/// Decodes a whole file into memory. `[thread-safe]`, blocks; `progress` is called once per block
/// with frames (total 0 if unknown).
///
/// # Errors
/// As [`Decoder::open`] and [`Decoder::next_block`]; [`Error::Cancelled`];
/// [`Error::Limit`] if the decoded sound needs more than `max_bytes` of memory.
pub fn decode_file(
    path: &Path,
    options: &DecodeOptions,
    max_bytes: u64,
    progress: Progress<'_>,
) -> Result<Decoded> {
    let mut decoder = Decoder::open(path, options)?;
    let count = decoder.channels();
    let mut channels = vec![Vec::new(); count];
    let total = decoder.info.frames.unwrap_or(0);
    let check = |frames: u64| {
        let bytes = frames.saturating_mul(4 * count as u64);
        crate::error::check_limit(path, "bytes of decoded audio", bytes, 0, max_bytes)
    };
    check(total)?;
    while let Some(block) = decoder.next_block()? {
        for (c, channel) in channels.iter_mut().enumerate() {
            channel.extend(block.iter().skip(c).step_by(count));
        }
        check(decoder.position)?;
        if let ControlFlow::Break(()) = progress(decoder.position, total) {
            return Err(Error::Cancelled);
        }
    }
    let info = FileInfo {
        frames: Some(decoder.position),
        ..decoder.info
    };
    Ok(Decoded {
        info,
        channels,
        warnings: decoder.warnings,
    })
}

/// Opens the file and names its content; the offset is where the container starts.
pub(crate) fn identify(path: &Path) -> Result<(File, Container, u64)> {
    let mut file = crate::input::open(path)?;
    let meta = file.metadata().map_err(|e| Error::io(path, "open", e))?;
    let mut base = 0;
    for _ in 0..4 {
        match sniff::sniff(&head(path, &mut file, base)?) {
            sniff::Found::Audio { container, offset } => {
                return Ok((file, container, base + offset));
            }
            sniff::Found::UnsupportedAudio(found) => return Err(Error::unsupported(path, found)),
            sniff::Found::NotAudio(found) => {
                return Err(Error::NotAudio {
                    path: path.to_owned(),
                    found,
                });
            }
            sniff::Found::TagUntil(end) if base + end < meta.len() => base += end,
            sniff::Found::TagUntil(_) => break,
        }
    }
    Err(Error::NotAudio {
        path: path.to_owned(),
        found: "ID3 tags without audio".to_owned(),
    })
}

fn head(path: &Path, file: &mut File, base: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(base))
        .and_then(|_| file.take(sniff::HEAD_BYTES as u64).read_to_end(&mut bytes))
        .map_err(|e| Error::io(path, "read", e))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod bad_input_tests;

#[cfg(test)]
#[cfg(feature = "flac")]
mod damage_tests;
