//! How a result is stored, in words.

use std::path::Path;

use segue_offline::decode::FileInfo;
use segue_offline::job::wav_format;
use segue_offline::wav::WavFormat;
use segue_offline::{Encoding, Mp3Mode};

use super::{Words, wrong};
use crate::error::Result;

const FORMATS: &str = "wav, bw64, aiff, flac, ogg, opus, mp3, m4a, aac";

impl Words {
    /// The extension of results of this format, for an input of this name. `[thread-safe]`
    pub fn extension(&self, input: &Path) -> String {
        let own = input
            .extension()
            .map(|e| e.to_string_lossy().to_lowercase());
        let name = self.format.clone().or(own).unwrap_or_default();
        match kind(&name) {
            Some(Kind::Bw64) | None => "wav".to_owned(),
            Some(_) if name == "vorbis" => "ogg".to_owned(),
            Some(_) => name,
        }
    }

    pub(super) fn encoding(&self, output: &Path, input: Option<&FileInfo>) -> Result<Encoding> {
        let extension = output
            .extension()
            .map(|e| e.to_string_lossy().to_lowercase());
        let name = self.format.clone().or(extension).unwrap_or_default();
        let kind = kind(&name).ok_or_else(|| {
            wrong(format!(
                "{}: the format {name:?} is none of {FORMATS}; give a format, or an output name that \
                 ends with one",
                output.display()
            ))
        })?;
        let kbps = |default: u16| u32::from(self.bitrate.unwrap_or(default)) * 1000;
        Ok(match kind {
            Kind::Wav => Encoding::Wav(self.wav_bits(input)?),
            Kind::Bw64 => Encoding::Bw64(self.wav_bits(input)?),
            Kind::Aiff => Encoding::Aiff {
                bits: self.integer_bits(input)?,
            },
            Kind::Flac => Encoding::Flac {
                bits: self.integer_bits(input)?,
                level: Some(self.level(5.0, 8)?),
            },
            Kind::Vorbis => Encoding::Vorbis {
                quality: self.quality.unwrap_or(6.0),
            },
            Kind::Opus => Encoding::Opus {
                bitrate: kbps(self.opus_kbps(input)),
            },
            Kind::Mp3 if self.quality.is_some() => Encoding::Mp3(Mp3Mode::Vbr(self.level(2.0, 9)?)),
            Kind::Mp3 => Encoding::Mp3(Mp3Mode::Cbr(self.bitrate.unwrap_or(320))),
            Kind::M4a => Encoding::Aac {
                bitrate: kbps(256),
                adts: false,
            },
            Kind::Aac => Encoding::Aac {
                bitrate: kbps(256),
                adts: true,
            },
        })
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked range"
    )]
    fn level(&self, default: f32, most: u8) -> Result<u8> {
        let level = self.quality.unwrap_or(default);
        if level.fract() != 0.0 || !(0.0..=f32::from(most)).contains(&level) {
            return Err(wrong(format!(
                "quality {level} is not a whole number in 0..={most}"
            )));
        }
        Ok(level as u8)
    }

    /// 64 kbit/s for each channel of the result, and 128 for mono as well.
    fn opus_kbps(&self, input: Option<&FileInfo>) -> u16 {
        let channels = match self.channels.as_deref() {
            None | Some("keep") => input.map_or(2, |info| info.layout.channels()),
            Some(_) => 2,
        };
        64 * channels.clamp(2, 8)
    }

    /// A result has the depth of its input unless told otherwise.
    fn wav_bits(&self, input: Option<&FileInfo>) -> Result<WavFormat> {
        let default = match input.map(|info| (info.bits, info.is_float())) {
            None | Some((0..=16, false)) => "16",
            Some((17..=24, false)) => "24",
            Some((_, false)) => "32",
            Some((0..=32, true)) => "32f",
            Some((_, true)) => "64f",
        };
        let text = self.bits.as_deref().unwrap_or(default);
        wav_format(text)
            .ok_or_else(|| wrong(format!("bits {text:?} is not in 8, 16, 24, 32, 32f, 64f")))
    }

    fn integer_bits(&self, input: Option<&FileInfo>) -> Result<u16> {
        match self.bits.as_deref() {
            None if input.is_none_or(|info| info.bits <= 16 && !info.is_float()) => Ok(16),
            None | Some("24") => Ok(24),
            Some("16") => Ok(16),
            Some(text) => Err(wrong(format!("bits {text:?} is not in 16, 24"))),
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Wav,
    Bw64,
    Aiff,
    Flac,
    Vorbis,
    Opus,
    Mp3,
    M4a,
    Aac,
}

fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "wav" | "wave" => Kind::Wav,
        "bw64" | "rf64" => Kind::Bw64,
        "aiff" | "aif" => Kind::Aiff,
        "flac" => Kind::Flac,
        "ogg" | "oga" | "vorbis" => Kind::Vorbis,
        "opus" => Kind::Opus,
        "mp3" => Kind::Mp3,
        "m4a" | "mp4" => Kind::M4a,
        "aac" => Kind::Aac,
        _ => return None,
    })
}
