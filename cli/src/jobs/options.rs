//! What happens to a file: the same names on the command line and in a manifest.

use super::chain;
use crate::failure::Failure;
use clap::Args;
use segue_engine::jobs::helpers::{CHAIN, Helper, RESPONSE, project_helpers};
use segue_engine::jobs::words::Words;
use serde::{Deserialize, Deserializer};
use std::path::PathBuf;

/// `24` is as good as `"24"`.
fn word_or_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Word(String),
    }
    let found = Option::<Either>::deserialize(from).map_err(|_| {
        serde::de::Error::custom(
            "bits are 8, 16, 24, 32, \"32f\" or \"64f\", as a text or a whole number",
        )
    })?;
    Ok(found.map(|found| match found {
        Either::Number(number) => number.to_string(),
        Either::Word(word) => word,
    }))
}

/// Everything that a job can do; what is not given stays as it is.
#[derive(Clone, Debug, Default, Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct JobOptions {
    /// Format: wav, bw64, aiff, flac, ogg, opus, mp3, m4a, aac [default: from the output's name]
    #[arg(long, short = 'f', help_heading = "Format")]
    pub(crate) format: Option<String>,
    /// Sample format: 8, 16, 24, 32, 32f, 64f [default: that of the input, at least 16]
    #[arg(long, help_heading = "Format")]
    #[serde(deserialize_with = "word_or_number")]
    pub(crate) bits: Option<String>,
    /// Quality: FLAC 0 to 8 [5], Ogg Vorbis -1 to 10 [6], MP3 0 (best) to 9 (variable bit rate)
    #[arg(long, allow_negative_numbers = true, help_heading = "Format")]
    pub(crate) quality: Option<f32>,
    /// Bit rate in kbit/s: Opus [128], MP3 [320], AAC [256]
    #[arg(long, value_name = "KBPS", help_heading = "Format")]
    pub(crate) bitrate: Option<u16>,
    /// Sample rate in Hz, 8000 to 384000
    #[arg(long, value_name = "HZ", help_heading = "Format")]
    pub(crate) rate: Option<u32>,
    /// What converts the rate: offline (for masters), stream (what drifting clocks get) [default:
    /// offline]
    #[arg(long, value_name = "TIER", help_heading = "Format")]
    pub(crate) resampler: Option<String>,
    /// Samples between the stages: single (32-bit floats), best (64-bit floats) [default: single]
    #[arg(long, help_heading = "Format")]
    pub(crate) precision: Option<String>,
    /// Noise before rounding: none, rectangular, tpdf, shaped [default: tpdf]
    #[arg(long, help_heading = "Format")]
    pub(crate) dither: Option<String>,
    /// Channels: keep, mono, left, right, mid, side, stereo
    #[arg(long, help_heading = "Sound")]
    pub(crate) channels: Option<String>,
    /// Start in seconds
    #[arg(long, value_name = "SECONDS", help_heading = "Sound")]
    pub(crate) start: Option<f64>,
    /// End in seconds
    #[arg(long, value_name = "SECONDS", help_heading = "Sound")]
    pub(crate) end: Option<f64>,
    /// Cut silence below this level off both ends, dBFS
    #[arg(
        long,
        value_name = "DB",
        allow_negative_numbers = true,
        help_heading = "Sound"
    )]
    pub(crate) trim: Option<f64>,
    /// Seconds of silence that stay
    #[arg(long, value_name = "SECONDS", help_heading = "Sound")]
    pub(crate) trim_keep: Option<f64>,
    /// Take away the mean of each channel
    #[arg(long, help_heading = "Sound")]
    pub(crate) remove_dc: bool,
    /// Fade in over this many seconds
    #[arg(long, value_name = "SECONDS", help_heading = "Sound")]
    pub(crate) fade_in: Option<f64>,
    /// Fade out over this many seconds
    #[arg(long, value_name = "SECONDS", help_heading = "Sound")]
    pub(crate) fade_out: Option<f64>,
    /// Chain of inserts: a JSON file {"inserts": [...]}, as a bus of project.json
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "project",
        help_heading = "Sound"
    )]
    pub(crate) chain: Option<PathBuf>,
    /// Take the inserts of a bus of this project
    #[arg(long, requires = "bus", help_heading = "Sound")]
    pub(crate) project: Option<PathBuf>,
    /// The bus
    #[arg(
        long,
        value_name = "NAME",
        requires = "project",
        help_heading = "Sound"
    )]
    pub(crate) bus: Option<String>,
    /// Beats a minute for inserts in time with them [default: that of the project, else 120]
    #[arg(long, value_name = "BPM", help_heading = "Sound")]
    pub(crate) tempo: Option<f64>,
    /// What sounds on behind the end: auto, none, or seconds
    #[arg(long, help_heading = "Sound")]
    pub(crate) tail: Option<String>,
    /// Target, ceiling and measure by name: ebu-r128, stream, podcast, sfx, ...
    #[arg(long, help_heading = "Loudness")]
    pub(crate) profile: Option<String>,
    /// Target in LUFS (or dB, see --mode)
    #[arg(
        long,
        value_name = "LUFS",
        allow_negative_numbers = true,
        help_heading = "Loudness"
    )]
    pub(crate) target: Option<f64>,
    /// What is brought to the target: lufs, max_m, max_s, rms, peak, true_peak, dr
    #[arg(long, help_heading = "Loudness")]
    pub(crate) mode: Option<String>,
    /// True-peak ceiling in dBTP [default: -1 with a target]; without a target the level stays
    #[arg(
        long,
        value_name = "DBTP",
        allow_negative_numbers = true,
        help_heading = "Loudness"
    )]
    pub(crate) ceiling: Option<f64>,
    /// No ceiling
    #[arg(long, conflicts_with = "ceiling", help_heading = "Loudness")]
    pub(crate) no_ceiling: bool,
    /// Above the ceiling: reduce, limit, fail
    #[arg(long, help_heading = "Loudness")]
    pub(crate) over: Option<String>,
    /// Most gain reduction of the limiter, dB
    #[arg(long, value_name = "DB", help_heading = "Loudness")]
    pub(crate) max_limiting: Option<f64>,
    /// The sound is a loop: measure it going round
    #[arg(long = "loop", help_heading = "Loudness")]
    #[serde(rename = "loop")]
    pub(crate) is_loop: bool,
    /// Set a tag: TITLE=Text; an empty text removes it
    #[arg(long = "tag", value_name = "NAME=TEXT", help_heading = "Metadata")]
    pub(crate) tags: Vec<String>,
    /// Leave tags and chunks of the input out
    #[arg(long, help_heading = "Metadata")]
    pub(crate) drop_tags: bool,
    /// Write ReplayGain 2 tags (Opus: R128_TRACK_GAIN)
    #[arg(long, help_heading = "Metadata")]
    pub(crate) replay_gain: bool,
    /// Write a bext chunk with the loudness (WAV)
    #[arg(long, help_heading = "Metadata")]
    pub(crate) bext: bool,
    /// When the output exists: fail, overwrite, suffix
    #[arg(long, help_heading = "Safety")]
    pub(crate) exists: Option<String>,
    /// Take what is there of a file that was cut
    #[arg(long, help_heading = "Safety")]
    pub(crate) allow_truncated: bool,
    /// Set samples that are NaN or infinite to 0
    #[arg(long, help_heading = "Safety")]
    pub(crate) sanitize: bool,
    /// Replace corrupt packets by silence
    #[arg(long, help_heading = "Safety")]
    pub(crate) conceal: bool,
    /// Do not read the result back before it is published
    #[arg(long, help_heading = "Safety")]
    pub(crate) no_verify: bool,
}

impl JobOptions {
    /// The files that the job needs beside its input, and what they are. What cannot be read has
    /// none; the job says why.
    pub(crate) fn helpers(&self) -> Vec<Helper> {
        let mut files = Vec::new();
        if let Some(chain) = &self.chain {
            let responses = chain::responses(chain);
            files.push((chain.clone(), CHAIN));
            files.extend(responses.into_iter().map(|path| (path, RESPONSE)));
        }
        let bus = self.bus.as_deref().unwrap_or_default();
        if let Some(project) = &self.project {
            files.extend(project_helpers(project, bus));
        }
        files
    }

    /// The same for the engine, which says what they mean; a chain's file is read.
    pub(crate) fn words(&self) -> Result<Words, Failure> {
        let it = self.clone();
        Ok(Words {
            chain: it.chain.as_deref().map(chain::read).transpose()?,
            format: it.format,
            bits: it.bits,
            quality: it.quality,
            bitrate: it.bitrate,
            rate: it.rate,
            resampler: it.resampler,
            precision: it.precision,
            dither: it.dither,
            channels: it.channels,
            start: it.start,
            end: it.end,
            trim: it.trim,
            trim_keep: it.trim_keep,
            remove_dc: it.remove_dc,
            fade_in: it.fade_in,
            fade_out: it.fade_out,
            project: it.project,
            bus: it.bus,
            tempo: it.tempo,
            tail: it.tail,
            profile: it.profile,
            target: it.target,
            mode: it.mode,
            ceiling: it.ceiling,
            no_ceiling: it.no_ceiling,
            over: it.over,
            max_limiting: it.max_limiting,
            is_loop: it.is_loop,
            tags: it.tags,
            drop_tags: it.drop_tags,
            replay_gain: it.replay_gain,
            bext: it.bext,
            exists: it.exists,
            allow_truncated: it.allow_truncated,
            sanitize: it.sanitize,
            conceal: it.conceal,
            no_verify: it.no_verify,
        })
    }
}
