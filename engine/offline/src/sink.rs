//! Where the samples of a job go: one encoder per format behind one face.

#[cfg(feature = "aac")]
mod aac;
mod aiff;
#[cfg(feature = "mp3")]
mod mp3;
#[cfg(feature = "opus")]
pub(crate) mod opus;
#[cfg(feature = "vorbis")]
mod vorbis;
mod wav;

use std::path::Path;

use crate::atomic::AtomicFile;
use crate::channels::Layout;
use crate::error::{Error, Result};
use crate::quantize::Dither;
use crate::sample::Sample;
use crate::tags::Tags;
use crate::wav::WavFormat;
use crate::wav::chunk::WavChunks;

/// A format with its settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Encoding {
    /// WAV; RF64 above 4 GiB.
    Wav(WavFormat),
    /// The same, but BW64 above 4 GiB.
    Bw64(WavFormat),
    /// AIFF, 16 or 24 bits, at most 4 GiB.
    Aiff {
        /// 16 or 24.
        bits: u16,
    },
    /// FLAC, 16 or 24 bits, 1 to 8 channels.
    Flac {
        /// 16 or 24.
        bits: u16,
        /// Compression 0 to 8, as the `flac` program has them. `None`: the same bytes on every
        /// machine, see [`crate::flac`].
        level: Option<u8>,
    },
    /// Ogg Vorbis, 1 to 8 channels.
    Vorbis {
        /// -1 to 10, as `oggenc -q`.
        quality: f32,
    },
    /// Ogg Opus, 1 to 8 channels, at 48 kHz.
    Opus {
        /// Bits per second, 6,000 to 510,000 (256,000 a channel above stereo).
        bitrate: u32,
    },
    /// MP3, mono or stereo.
    Mp3(Mp3Mode),
    /// AAC-LC, mono or stereo.
    Aac {
        /// Bits per second, 16,000 to 512,000.
        bitrate: u32,
        /// `false`: MP4 (.m4a). `true`: ADTS (.aac), which has no place for delay and length.
        adts: bool,
    },
}

/// How MP3 spends its bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mp3Mode {
    /// Constant bit rate in kbit/s: 32 to 320, as MPEG-1 layer III has them.
    Cbr(u16),
    /// Variable, 0 (best) to 9, as `lame -V`.
    Vbr(u8),
}

/// What a [`Sink`] is told at its start.
#[derive(Clone, Debug)]
pub(crate) struct SinkSpec {
    pub(crate) layout: Layout,
    pub(crate) rate: u32,
    /// Length in frames, an estimate.
    pub(crate) frames: u64,
    pub(crate) dither: Dither,
    /// For the serial numbers of streams: from the job, so that the bytes repeat.
    pub(crate) seed: u64,
    pub(crate) tags: Tags,
    /// The encoder compares what it made with what it got, if it can.
    pub(crate) verify: bool,
}

/// What an encoder left.
pub(crate) struct Written {
    /// Complete but not published.
    pub(crate) file: AtomicFile,
    pub(crate) clips: u64,
    /// Encoder delay in frames, which decoders remove.
    pub(crate) delay: u32,
}

/// Takes samples and makes a file of them.
pub(crate) trait Sink {
    /// Whole interleaved frames, finite, full scale = 1.
    fn write(&mut self, interleaved: &[f32]) -> Result<()>;

    /// The same in f64; encoders that take f32 get the nearest ones.
    fn write_wide(&mut self, interleaved: &[f64]) -> Result<()> {
        let nearest: Vec<f32> = interleaved.iter().map(|x| x.narrow()).collect();
        self.write(&nearest)
    }

    fn finish(self: Box<Self>) -> Result<Written>;
}

impl Encoding {
    /// Name for people.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Wav(_) => "WAV",
            Self::Bw64(_) => "BW64",
            Self::Aiff { .. } => "AIFF",
            Self::Flac { .. } => "FLAC",
            Self::Vorbis { .. } => "Ogg Vorbis",
            Self::Opus { .. } => "Ogg Opus",
            Self::Mp3(_) => "MP3",
            Self::Aac { .. } => "AAC",
        }
    }

    /// Whether decoding gives other samples than were encoded.
    pub fn is_lossy(&self) -> bool {
        matches!(
            self,
            Self::Vorbis { .. } | Self::Opus { .. } | Self::Mp3(_) | Self::Aac { .. }
        )
    }

    /// Whether a file of this kind has a place for ReplayGain or `R128_TRACK_GAIN`.
    pub fn holds_replay_gain(&self) -> bool {
        crate::tags::has_place(self, "REPLAYGAIN_TRACK_GAIN")
    }

    /// Bits of an integer format; `None` for floats and lossy codecs, which take f32.
    pub fn integer_bits(&self) -> Option<u16> {
        match self {
            Self::Wav(format) | Self::Bw64(format) => (!format.is_float()).then(|| format.bits()),
            Self::Aiff { bits } | Self::Flac { bits, .. } => Some(*bits),
            Self::Aac { .. } => Some(16),
            Self::Vorbis { .. } | Self::Opus { .. } | Self::Mp3(_) => None,
        }
    }

    /// The rate that the format needs for sound of `rate` Hz, where it does not take every rate.
    pub fn required_rate(&self, rate: u32) -> Option<u32> {
        const MP3: &[u32] = &[
            8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000,
        ];
        const AAC: &[u32] = &[
            8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200,
            96_000,
        ];
        let known: &[u32] = match self {
            Self::Opus { .. } => return (rate != 48_000).then_some(48_000),
            Self::Mp3(_) => MP3,
            Self::Aac { .. } => AAC,
            _ => return None,
        };
        let next = known.iter().find(|known| **known >= rate);
        let needed = *next.or(known.last())?;
        (needed != rate).then_some(needed)
    }

    /// Bits per second that the result takes at least, for the check of free space. Nobody knows what
    /// a compressed one will take: a disk that it does not fit on shows when it is written.
    pub(crate) fn least_bits_per_second(&self, rate: u32, channels: u16) -> u64 {
        let samples = u64::from(rate) * u64::from(channels);
        match self {
            Self::Wav(format) | Self::Bw64(format) => samples * u64::from(format.bits()),
            Self::Aiff { bits } => samples * u64::from(*bits),
            // Most of it silence.
            Self::Flac { bits, .. } => samples * u64::from(*bits) / 32,
            Self::Vorbis { .. } => samples / 4,
            Self::Opus { bitrate } | Self::Aac { bitrate, .. } => u64::from(*bitrate) / 16,
            Self::Mp3(Mp3Mode::Cbr(kbps)) => u64::from(*kbps) * 1000,
            Self::Mp3(Mp3Mode::Vbr(_)) => 32_000,
        }
    }

    /// Checks settings, and whether `layout` fits the format. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Settings`], [`Error::Unfit`], [`Error::Feature`].
    pub fn check(&self, target: &Path, layout: Layout) -> Result<()> {
        self.check_settings()?;
        self.check_feature()?;
        let most = match self {
            Self::Wav(_) | Self::Bw64(_) | Self::Aiff { .. } => 64,
            Self::Flac { .. } | Self::Vorbis { .. } | Self::Opus { .. } => 8,
            Self::Mp3(_) | Self::Aac { .. } => 2,
        };
        let channels = layout.channels();
        if !(1..=most).contains(&channels) {
            return Err(Error::Unfit {
                path: target.to_owned(),
                format: self.name(),
                found: format!("{channels} channels"),
                way_out: "fold them to stereo or mono, or choose WAV",
            });
        }
        let is_fixed = !matches!(
            self,
            Self::Wav(_) | Self::Bw64(_) | Self::Aiff { .. } | Self::Flac { .. }
        );
        if is_fixed && !layout.is_usual() {
            return Err(Error::Unfit {
                path: target.to_owned(),
                format: self.name(),
                found: format!("{channels} channels with {}", layout.names()),
                way_out: "choose WAV or FLAC, or fold them (--channels stereo or mono)",
            });
        }
        Ok(())
    }

    /// The speakers that a result has. Only AIFF can state that up to eight channels have none; readers
    /// of the others take them for the usual ones, and so does whoever brings them to a level.
    pub(crate) fn speakers_of(&self, layout: Layout) -> Layout {
        match self {
            Self::Aiff { .. } => layout,
            _ if layout.mask() == 0 => Layout::usual(layout.channels()),
            _ => layout,
        }
    }

    /// Checks the numbers.
    pub(crate) fn check_settings(&self) -> Result<()> {
        let wrong = |text: String| Err(Error::Settings(text));
        match *self {
            Self::Aiff { bits } | Self::Flac { bits, .. } if ![16, 24].contains(&bits) => {
                wrong(format!("{}: bits {bits} is not in 16, 24", self.name()))
            }
            Self::Flac {
                level: Some(level), ..
            } if level > 8 => wrong(format!("FLAC: level {level} is not in 0..=8")),
            Self::Vorbis { quality } if !(-1.0..=10.0).contains(&quality) => {
                wrong(format!("Ogg Vorbis: quality {quality} is not in -1..=10"))
            }
            Self::Opus { bitrate } if !(6_000..=2_048_000).contains(&bitrate) => wrong(format!(
                "Ogg Opus: bitrate {} is not in 6..=2048 kbit/s",
                f64::from(bitrate) / 1e3
            )),
            Self::Mp3(Mp3Mode::Cbr(kbps)) if !MP3_KBPS.contains(&kbps) => wrong(format!(
                "MP3: bit rate {kbps} is not in 32, 40, 48, 64, 80, 96, 112, 128, 160, 192, 224, \
                 256, 320 kbit/s"
            )),
            Self::Mp3(Mp3Mode::Vbr(level)) if level > 9 => {
                wrong(format!("MP3: quality {level} is not in 0..=9"))
            }
            Self::Aac { bitrate, .. } if !(16_000..=512_000).contains(&bitrate) => wrong(format!(
                "AAC: bitrate {} is not in 16..=512 kbit/s",
                f64::from(bitrate) / 1e3
            )),
            _ => Ok(()),
        }
    }

    fn check_feature(&self) -> Result<()> {
        let (codec, feature, is_there) = match self {
            Self::Flac { .. } => ("FLAC encoding", "flac", cfg!(feature = "flac")),
            Self::Vorbis { .. } => ("Ogg Vorbis encoding", "vorbis", cfg!(feature = "vorbis")),
            Self::Opus { .. } => ("Ogg Opus", "opus", cfg!(feature = "opus")),
            Self::Mp3(_) => ("MP3 encoding (LAME, LGPL)", "mp3", cfg!(feature = "mp3")),
            Self::Aac { .. } => (
                "AAC encoding (Fraunhofer FDK)",
                "aac",
                cfg!(feature = "aac"),
            ),
            Self::Wav(_) | Self::Bw64(_) | Self::Aiff { .. } => return Ok(()),
        };
        if is_there {
            return Ok(());
        }
        Err(Error::Feature { codec, feature })
    }
}

/// The highest rate that libvorbis has settings for, Hz.
pub(crate) const VORBIS_RATE: u32 = 200_000;

const MP3_KBPS: [u16; 13] = [32, 40, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];

/// Opens the encoder of `encoding`; [`Encoding::check`] has passed.
pub(crate) fn open(
    target: &Path,
    encoding: Encoding,
    spec: SinkSpec,
    chunks: WavChunks,
) -> Result<Box<dyn Sink>> {
    Ok(match encoding {
        Encoding::Wav(format) => Box::new(wav::create(target, &spec, format, chunks)?),
        Encoding::Bw64(format) => {
            let chunks = WavChunks {
                large_is_bw64: true,
                ..chunks
            };
            Box::new(wav::create(target, &spec, format, chunks)?)
        }
        Encoding::Aiff { bits } => {
            Box::new(aiff::AiffSink::create(target, &spec, bits, chunks.behind)?)
        }
        #[cfg(feature = "flac")]
        Encoding::Flac { bits, level } => Box::new(crate::flac::sink::FlacSink::create(
            target, &spec, bits, level,
        )?),
        #[cfg(feature = "vorbis")]
        Encoding::Vorbis { quality } => {
            Box::new(vorbis::VorbisSink::create(target, &spec, quality)?)
        }
        #[cfg(feature = "opus")]
        Encoding::Opus { bitrate } => Box::new(opus::OpusSink::create(target, &spec, bitrate)?),
        #[cfg(feature = "mp3")]
        Encoding::Mp3(mode) => Box::new(mp3::Mp3Sink::create(target, &spec, mode)?),
        #[cfg(feature = "aac")]
        Encoding::Aac { bitrate, adts } => {
            Box::new(aac::AacSink::create(target, &spec, bitrate, adts)?)
        }
        #[cfg(not(all(
            feature = "flac",
            feature = "vorbis",
            feature = "opus",
            feature = "mp3",
            feature = "aac"
        )))]
        other => {
            other.check_feature()?;
            return Err(Error::Settings(format!(
                "{} cannot be written",
                other.name()
            )));
        }
    })
}

/// Where each channel of WAV order stands in Vorbis order (also that of Opus), for 1 to 8
/// channels of the usual layouts (Vorbis I, 4.3.9).
#[cfg(any(feature = "opus", feature = "vorbis"))]
pub(crate) fn vorbis_order(channels: usize) -> &'static [usize] {
    match channels {
        3 => &[0, 2, 1],
        5 => &[0, 2, 1, 3, 4],
        6 => &[0, 2, 1, 4, 5, 3],
        7 => &[0, 2, 1, 5, 6, 4, 3],
        8 => &[0, 2, 1, 6, 7, 4, 5, 3],
        n => &[0, 1, 2, 3][..n.min(4)],
    }
}
