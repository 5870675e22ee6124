//! What happens to a file, in words: the same names on the command line, in manifests and in the
//! options of the C ABI.

mod encoding;

use std::path::{Path, PathBuf};

use segue_offline::Encoding;
use segue_offline::Error as JobError;
use segue_offline::decode::FileInfo;
use segue_offline::job::{
    ChannelMap, DitherKind, Exists, Fades, InsertSpec, LoudnessMode, MonoFrom, Normalise,
    OverCeiling, Precision, Range, Settings, Tail, Trim,
};
use segue_offline::profile::{PROFILES, find};
use segue_offline::resample::Tier;

use crate::error::{Error, Result};
use crate::project::open;

/// Everything that a job can do; what is not given stays as it is. docs/offline.md describes it.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// Format: wav, bw64, aiff, flac, ogg, opus, mp3, m4a, aac [default: from the output's name].
    pub format: Option<String>,
    /// Sample format: 8, 16, 24, 32, 32f, 64f [default: that of the input, at least 16].
    pub bits: Option<String>,
    /// Quality: FLAC 0 to 8 [5], Ogg Vorbis -1 to 10 [6], MP3 0 (best) to 9 (variable bit rate).
    pub quality: Option<f32>,
    /// Bit rate in kbit/s: Opus [128], MP3 [320], AAC [256].
    pub bitrate: Option<u16>,
    /// Sample rate in Hz, 8000 to 384000.
    pub rate: Option<u32>,
    /// What converts the rate: offline (for masters), stream (what drifting clocks get) [default:
    /// offline].
    pub resampler: Option<String>,
    /// Samples between the stages: single (32-bit floats), best (64-bit floats) [default: single].
    pub precision: Option<String>,
    /// Noise before rounding: none, rectangular, tpdf, shaped [default: tpdf].
    pub dither: Option<String>,
    /// Channels: keep, mono, left, right, mid, side, stereo.
    pub channels: Option<String>,
    /// Start in seconds.
    pub start: Option<f64>,
    /// End in seconds.
    pub end: Option<f64>,
    /// Cut silence below this level off both ends, dBFS.
    pub trim: Option<f64>,
    /// Seconds of silence that stay.
    pub trim_keep: Option<f64>,
    /// Take away the mean of each channel.
    pub remove_dc: bool,
    /// Fade in over this many seconds.
    pub fade_in: Option<f64>,
    /// Fade out over this many seconds.
    pub fade_out: Option<f64>,
    /// Chain of inserts.
    pub chain: Option<Vec<InsertSpec>>,
    /// Take the inserts of a bus of this project.
    pub project: Option<PathBuf>,
    /// The bus.
    pub bus: Option<String>,
    /// Beats a minute for inserts in time with them [default: that of the project, else 120].
    pub tempo: Option<f64>,
    /// What sounds on behind the end: auto, none, or seconds.
    pub tail: Option<String>,
    /// Target, ceiling and measure by name: ebu-r128, stream, podcast, sfx, ...
    pub profile: Option<String>,
    /// Target in LUFS (or dB, see --mode).
    pub target: Option<f64>,
    /// What is brought to the target: lufs, max_m, max_s, rms, peak, true_peak, dr.
    pub mode: Option<String>,
    /// True-peak ceiling in dBTP [default: -1 with a target]; without a target the level stays.
    pub ceiling: Option<f64>,
    /// No ceiling.
    pub no_ceiling: bool,
    /// Above the ceiling: reduce, limit, fail.
    pub over: Option<String>,
    /// Most gain reduction of the limiter, dB.
    pub max_limiting: Option<f64>,
    /// The sound is a loop: measure it going round.
    pub is_loop: bool,
    /// Set a tag: TITLE=Text; an empty text removes it.
    pub tags: Vec<String>,
    /// Leave tags and chunks of the input out.
    pub drop_tags: bool,
    /// Write ReplayGain 2 tags (Opus: R128_TRACK_GAIN).
    pub replay_gain: bool,
    /// Write a bext chunk with the loudness (WAV).
    pub bext: bool,
    /// When the output exists: fail, overwrite, suffix.
    pub exists: Option<String>,
    /// Take what is there of a file that was cut.
    pub allow_truncated: bool,
    /// Set samples that are NaN or infinite to 0.
    pub sanitize: bool,
    /// Replace corrupt packets by silence.
    pub conceal: bool,
    /// Do not read the result back before it is published.
    pub no_verify: bool,
}

impl Words {
    /// The settings for a result of this name, of an input of this kind (`None`: it cannot be read, and
    /// the job will say why). `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Audio`] for a word or number that cannot be, with what is allowed; as
    /// [`open`](crate::project::open) for the project.
    pub fn settings(&self, output: &Path, input: Option<&FileInfo>) -> Result<Settings> {
        let encoding = self.encoding(output, input)?;
        self.check_effect(encoding)?;
        let mut settings = Settings::new(encoding);
        settings.decode.allow_truncated = self.allow_truncated;
        settings.decode.sanitize = self.sanitize;
        settings.decode.conceal = self.conceal;
        settings.rate = self.rate;
        settings.remove_dc = self.remove_dc;
        settings.verify = !self.no_verify;
        settings.range = Range {
            start: self.start.unwrap_or(0.0),
            end: self.end,
        };
        settings.fades = Fades {
            fade_in: self.fade_in.unwrap_or(0.0),
            fade_out: self.fade_out.unwrap_or(0.0),
        };
        let keep = self.trim_keep.unwrap_or(0.0);
        settings.trim = self.trim.map(|below_db| Trim { below_db, keep });
        settings.channels = choose("channels", self.channels.as_deref(), CHANNELS)?;
        settings.precision = choose("precision", self.precision.as_deref(), PRECISIONS)?;
        settings.resampler = choose("resampler", self.resampler.as_deref(), RESAMPLERS)?;
        settings.dither = choose("dither", self.dither.as_deref(), DITHERS)?;
        settings.exists = choose("exists", self.exists.as_deref(), EXISTS)?;
        settings.tail = self.tail()?;
        (settings.inserts, settings.bpm) = self.inserts(settings.bpm)?;
        settings.bpm = self.tempo.unwrap_or(settings.bpm);
        settings.normalise = self.normalise()?;
        settings.metadata.keep = !self.drop_tags;
        settings.metadata.replay_gain = self.replay_gain;
        settings.metadata.bext = self.bext;
        settings.metadata.set = self
            .tags
            .iter()
            .map(|tag| tag_of(tag))
            .collect::<Result<_, _>>()?;
        settings.check()?;
        Ok(settings)
    }

    /// The target, if there is one. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Audio`] for a word that cannot be.
    pub fn normalise(&self) -> Result<Option<Normalise>> {
        let mut normalise = match (&self.profile, self.target) {
            (None, None) => match self.only_ceiling()? {
                Some(normalise) => normalise,
                None => return Ok(None),
            },
            (Some(id), _) => find(id).ok_or_else(|| unknown_profile(id))?.normalise(),
            (None, Some(target)) => Normalise::new(LoudnessMode::Lufs, target),
        };
        normalise.target = self.target.unwrap_or(normalise.target);
        if let Some(mode) = &self.mode {
            normalise.mode = choose("mode", Some(mode), MODES)?;
        }
        normalise.ceiling = match (self.no_ceiling, self.ceiling) {
            (true, _) => None,
            (false, None) => normalise.ceiling,
            (false, ceiling) => ceiling,
        };
        normalise.over = choose("over", self.over.as_deref(), OVER)?;
        normalise.max_limiting = self.max_limiting.unwrap_or(normalise.max_limiting);
        normalise.is_loop = self.is_loop;
        Ok(Some(normalise))
    }

    /// Refuses what would have no effect, so that nobody believes in it.
    fn check_effect(&self, encoding: Encoding) -> Result<()> {
        use Encoding as E;
        let is_wav = matches!(encoding, E::Wav(_) | E::Bw64(_));
        let has_quality = matches!(encoding, E::Flac { .. } | E::Vorbis { .. } | E::Mp3(_));
        let has_bitrate = matches!(encoding, E::Opus { .. } | E::Mp3(_) | E::Aac { .. });
        let has_bits = is_wav || matches!(encoding, E::Aiff { .. } | E::Flac { .. });
        let vbr = self.quality.is_some() && self.bitrate.is_some();
        let has_inserts = self.chain.is_some() || self.project.is_some();
        let name = encoding.name();
        let of = |what: &str, formats: &str| format!("{what} is for {formats}, not for {name}");
        let rows = [
            (
                self.quality.is_some() && !has_quality,
                of("quality", "FLAC, Ogg Vorbis and MP3"),
            ),
            (
                self.bitrate.is_some() && !has_bitrate,
                of("bitrate", "Opus, MP3 and AAC"),
            ),
            (vbr && has_quality && has_bitrate, of_both()),
            (
                self.bits.is_some() && !has_bits,
                of("bits", "WAV, BW64, AIFF and FLAC"),
            ),
            (self.bext && !is_wav, of("bext", "WAV and BW64")),
            (
                self.replay_gain && !encoding.holds_replay_gain(),
                of(
                    "replay_gain",
                    "FLAC, Ogg Vorbis, Opus, AIFF, MP3 and M4A (WAV states its loudness with bext)",
                ),
            ),
            (
                self.max_limiting.is_some() && self.over.as_deref() != Some("limit"),
                "max_limiting is for over=limit, which is not given".to_owned(),
            ),
            (
                self.trim_keep.is_some() && self.trim.is_none(),
                "trim_keep is for trim, which is not given".to_owned(),
            ),
            (
                self.resampler.is_some() && self.rate.is_none() && !encoding.is_lossy(),
                "resampler is for a new rate, which is not given".to_owned(),
            ),
            (
                self.tempo.is_some() && !has_inserts,
                "tempo is for inserts, and there is no chain and no project".to_owned(),
            ),
        ];
        match rows.into_iter().find(|row| row.0) {
            Some((_, text)) => Err(wrong(text)),
            None => Ok(()),
        }
    }

    /// Without a target the level stays, and a ceiling still counts.
    fn only_ceiling(&self) -> Result<Option<Normalise>> {
        let stray = [
            (self.mode.is_some(), "mode"),
            (self.is_loop, "loop"),
            (self.no_ceiling, "no ceiling"),
        ];
        if let Some((_, what)) = stray.into_iter().find(|row| row.0) {
            return Err(wrong(format!(
                "{what} needs a target; give a target or a profile as well, or leave it out"
            )));
        }
        let has_ceiling =
            self.ceiling.is_some() || self.over.is_some() || self.max_limiting.is_some();
        Ok(has_ceiling.then(|| Normalise::below(-1.0)))
    }

    /// The inserts, and the beats a minute that they go by.
    fn inserts(&self, bpm: f64) -> Result<(Vec<InsertSpec>, f64)> {
        match (&self.chain, &self.project, &self.bus) {
            (Some(chain), None, None) => Ok((chain.clone(), bpm)),
            (None, Some(project), Some(bus)) => {
                let project = open(project)?;
                let first = project.project.tempo.first();
                let bpm = first.map_or(120.0, |point| point.bpm);
                Ok((super::bus_inserts(&project, bus)?, bpm))
            }
            (None, None, None) => Ok((Vec::new(), bpm)),
            (Some(_), ..) => Err(wrong("a chain and a bus; give one of them")),
            _ => Err(wrong("a bus needs its project, and a project its bus")),
        }
    }

    fn tail(&self) -> Result<Tail> {
        match self.tail.as_deref() {
            None | Some("auto") => Ok(Tail::Auto),
            Some("none") => Ok(Tail::None),
            Some(text) => match text.parse::<f64>() {
                Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(Tail::Seconds(seconds)),
                _ => Err(wrong(format!(
                    "tail {text:?} is not auto, none or seconds in 0..=86400"
                ))),
            },
        }
    }
}

/// Names of choices; the first one is the default.
type Choices<T> = &'static [(&'static str, T)];

const CHANNELS: Choices<ChannelMap> = &[
    ("keep", ChannelMap::Keep),
    ("mono", ChannelMap::Mono(MonoFrom::Mean)),
    ("left", ChannelMap::Mono(MonoFrom::Left)),
    ("right", ChannelMap::Mono(MonoFrom::Right)),
    ("mid", ChannelMap::Mono(MonoFrom::Mid)),
    ("side", ChannelMap::Mono(MonoFrom::Side)),
    ("stereo", ChannelMap::Stereo),
];
const PRECISIONS: Choices<Precision> = &[("single", Precision::Single), ("best", Precision::Best)];
const RESAMPLERS: Choices<Tier> = &[("offline", Tier::Offline), ("stream", Tier::Stream)];
const DITHERS: Choices<DitherKind> = &[
    ("tpdf", DitherKind::Tpdf),
    ("none", DitherKind::None),
    ("rectangular", DitherKind::Rectangular),
    ("shaped", DitherKind::Shaped),
];
const EXISTS: Choices<Exists> = &[
    ("fail", Exists::Fail),
    ("overwrite", Exists::Overwrite),
    ("suffix", Exists::Suffix),
];
const OVER: Choices<OverCeiling> = &[
    ("reduce", OverCeiling::Reduce),
    ("limit", OverCeiling::Limit),
    ("fail", OverCeiling::Fail),
];
const MODES: Choices<LoudnessMode> = &[
    ("lufs", LoudnessMode::Lufs),
    ("max_m", LoudnessMode::MaxMomentary),
    ("max_s", LoudnessMode::MaxShortTerm),
    ("rms", LoudnessMode::Rms),
    ("peak", LoudnessMode::Peak),
    ("true_peak", LoudnessMode::TruePeak),
    ("dr", LoudnessMode::DynamicRange),
];

fn choose<T: Copy>(what: &str, text: Option<&str>, choices: Choices<T>) -> Result<T> {
    let name = text.unwrap_or(choices[0].0);
    let found = choices.iter().find(|row| row.0 == name.replace('-', "_"));
    found.map(|row| row.1).ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(|row| row.0).collect();
        wrong(format!("{what} {name:?} is not in {}", names.join(", ")))
    })
}

fn unknown_profile(id: &str) -> Error {
    let ids: Vec<&str> = PROFILES.iter().map(|profile| profile.id).collect();
    wrong(format!("profile {id:?} is not in {}", ids.join(", ")))
}

fn of_both() -> String {
    "quality is a variable and bitrate a constant bit rate of MP3; give one of them".to_owned()
}

fn tag_of(text: &str) -> Result<(String, String)> {
    match text.split_once('=') {
        Some((name, value)) => Ok((name.trim().to_uppercase(), value.to_owned())),
        None => Err(wrong(format!("the tag {text:?} is not NAME=TEXT"))),
    }
}

fn wrong(text: impl Into<String>) -> Error {
    JobError::Settings(text.into()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_offline::wav::WavFormat;

    #[test]
    fn formats_come_from_the_name_and_the_input() {
        let options = Words::default();
        let info = |codec: &str, bits, channels| FileInfo {
            container: segue_offline::decode::Container::Wav,
            codec: codec.to_owned(),
            sample_rate: 48_000,
            layout: segue_offline::channels::Layout::usual(channels),
            frames: None,
            bits,
            exact_i16: false,
            loops: Vec::new(),
        };
        let encoding = |name: &str, bits| {
            let input = info("PCM", bits, 2);
            options.encoding(Path::new(name), Some(&input)).unwrap()
        };
        assert_eq!(encoding("a.wav", 32), Encoding::Wav(WavFormat::I32));
        for (bits, format) in [(32, WavFormat::F32), (64, WavFormat::F64)] {
            let input = info("PCM float", bits, 2);
            let made = options.encoding(Path::new("a.wav"), Some(&input)).unwrap();
            assert_eq!(made, Encoding::Wav(format));
        }
        let bitrate = |options: &Words, channels| {
            let input = info("PCM", 16, channels);
            options.encoding(Path::new("a.opus"), Some(&input)).unwrap()
        };
        let stereo = Words {
            channels: Some("stereo".to_owned()),
            ..Words::default()
        };
        for (words, channels, bits) in [(&options, 1, 128), (&options, 6, 384), (&stereo, 6, 128)] {
            let expect = Encoding::Opus {
                bitrate: bits * 1000,
            };
            assert_eq!(bitrate(words, channels), expect);
        }
        assert_eq!(
            encoding("a.FLAC", 24),
            Encoding::Flac {
                bits: 24,
                level: Some(5)
            }
        );
        assert_eq!(
            encoding("a.flac", 32),
            Encoding::Flac {
                bits: 24,
                level: Some(5)
            }
        );
        assert_eq!(encoding("a.aif", 8), Encoding::Aiff { bits: 16 });
        let text = options
            .encoding(Path::new("a.xyz"), None)
            .unwrap_err()
            .to_string();
        assert!(text.contains("\"xyz\""), "{text}");
    }

    #[test]
    fn words_are_checked_with_their_choices() {
        let bad = |options: Words| {
            options
                .settings(Path::new("a.wav"), None)
                .unwrap_err()
                .to_string()
        };
        let dither = Some("pink".to_owned());
        assert_eq!(
            bad(Words {
                dither,
                ..Words::default()
            }),
            "dither \"pink\" is not in tpdf, none, rectangular, shaped"
        );
        let profile = Some("loud".to_owned());
        assert!(
            bad(Words {
                profile,
                ..Words::default()
            })
            .contains("ebu-r128")
        );
        for stray in [
            Words {
                mode: Some("peak".to_owned()),
                ..Words::default()
            },
            Words {
                is_loop: true,
                ..Words::default()
            },
            Words {
                no_ceiling: true,
                ..Words::default()
            },
        ] {
            assert!(bad(stray).contains("needs a target"));
        }
        let limiting = Words {
            max_limiting: Some(3.0),
            over: Some("reduce".to_owned()),
            target: Some(-16.0),
            ..Words::default()
        };
        assert!(bad(limiting).contains("over=limit"));
        let replay_gain = Words {
            replay_gain: true,
            ..Words::default()
        };
        assert!(bad(replay_gain.clone()).contains("not for WAV"));
        for name in ["a.flac", "a.ogg", "a.opus", "a.aiff"] {
            replay_gain.settings(Path::new(name), None).unwrap();
        }
        let tag = Words {
            tags: vec!["game_cue=boss".to_owned()],
            ..Words::default()
        };
        assert!(bad(tag).contains("no place for the tag GAME_CUE"));
        let ceiling = Words {
            ceiling: Some(-2.0),
            over: Some("limit".to_owned()),
            ..Words::default()
        };
        let normalise = ceiling.normalise().unwrap().unwrap();
        assert_eq!(
            (normalise.mode, normalise.ceiling, normalise.over),
            (LoudnessMode::Keep, Some(-2.0), OverCeiling::Limit)
        );
        let target = Some(500.0);
        assert!(
            bad(Words {
                target,
                ..Words::default()
            })
            .contains("-100..=20")
        );
    }
}
