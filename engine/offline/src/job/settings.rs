//! What happens between reading and writing.

use segue_dsp::convolution::{Convolution, Latency};
use segue_dsp::processor::{Clock, ProcessorKind, Setup};

use super::{Impulse, JOB_VERSION};
use crate::decode::DecodeOptions;
use crate::error::{Error, Result};
use crate::resample::Tier;
use crate::sink::Encoding;
use crate::tags;
use crate::wav::WavFormat;

/// Most inserts of a job.
pub const MAX_INSERTS: usize = 32;

/// Everything a job does, in the order in which it does it.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Limits, and what to do about damage.
    pub decode: DecodeOptions,
    /// Which channels go on.
    pub channels: ChannelMap,
    /// Which part goes on.
    pub range: Range,
    /// Cuts silence off the ends.
    pub trim: Option<Trim>,
    /// Takes the mean of each channel away.
    pub remove_dc: bool,
    /// Rate of the result in Hz; `None`: that of the input, or the next one that the format has.
    pub rate: Option<u32>,
    /// How the rate is converted; matters where `rate` differs from that of the input.
    pub resampler: Tier,
    /// What the samples are computed in.
    pub precision: Precision,
    /// Processors, in order.
    pub inserts: Vec<InsertSpec>,
    /// Quarter notes a minute for processors that count in beats, 1 to 999. The song starts with
    /// the first frame.
    pub bpm: f64,
    /// What sounds on behind the end.
    pub tail: Tail,
    /// Linear in amplitude, at the ends of the result.
    pub fades: Fades,
    /// Brings the level to a target.
    pub normalise: Option<Normalise>,
    /// Format of the result.
    pub encoding: Encoding,
    /// Noise for integer formats; left out where nothing changes.
    pub dither: DitherKind,
    /// Tags and chunks.
    pub metadata: Metadata,
    /// What to do when the output exists.
    pub exists: Exists,
    /// Reads the result back before it is published.
    pub verify: bool,
}

impl Settings {
    /// Converts to `encoding` and nothing else: everything is kept, dither is TPDF, the result is
    /// read back, and an existing file is an error.
    pub fn new(encoding: Encoding) -> Self {
        Self {
            decode: DecodeOptions::default(),
            channels: ChannelMap::Keep,
            range: Range::default(),
            trim: None,
            remove_dc: false,
            rate: None,
            resampler: Tier::Offline,
            precision: Precision::Single,
            inserts: Vec::new(),
            bpm: 120.0,
            tail: Tail::Auto,
            fades: Fades::default(),
            normalise: None,
            encoding,
            dither: DitherKind::Tpdf,
            metadata: Metadata::default(),
            exists: Exists::Fail,
            verify: true,
        }
    }

    /// A hash of everything that decides the bytes of the result except the input. It changes with
    /// [`JOB_VERSION`]. `[thread-safe]`
    pub fn hash(&self) -> String {
        // What does not reach the bytes is left out.
        let same = Self {
            exists: Exists::Fail,
            verify: true,
            ..self.clone()
        };
        let text = format!("segue job {JOB_VERSION} {same:?}");
        blake3::hash(text.as_bytes()).to_hex().to_string()
    }

    /// Whether samples reach the encoder as they were decoded.
    pub(crate) fn is_neutral(&self) -> bool {
        self.channels == ChannelMap::Keep
            && self.range == Range::default()
            && self.trim.is_none()
            && !self.remove_dc
            && self.inserts.is_empty()
            && self.fades == Fades::default()
            && !matches!(self.tail, Tail::Seconds(_))
            && self.normalise.is_none()
    }

    /// Checks every number. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Settings`] that names the value and its range; [`Error::Feature`].
    pub fn check(&self) -> Result<()> {
        let wrong = |text: String| Err(Error::Settings(text));
        if let Some(rate) = self.rate.filter(|rate| !(8_000..=384_000).contains(rate)) {
            return wrong(format!("rate {rate} is not in 8000..=384000 Hz"));
        }
        if self.inserts.len() > MAX_INSERTS {
            return wrong(format!(
                "inserts {} is not in 0..={MAX_INSERTS}",
                self.inserts.len()
            ));
        }
        self.inserts.iter().try_for_each(InsertSpec::check)?;
        if !(1.0..=999.0).contains(&self.bpm) {
            return wrong(format!("tempo {} is not in 1..=999 bpm", self.bpm));
        }
        let seconds = [
            self.range.start,
            self.range.end.unwrap_or(0.0),
            self.fades.fade_in,
            self.fades.fade_out,
        ];
        if let Some(bad) = seconds.iter().find(|s| !(0.0..=86_400.0).contains(*s)) {
            return wrong(format!("seconds {bad} is not in 0..=86400"));
        }
        if let Some(end) = self.range.end.filter(|end| *end <= self.range.start) {
            let start = self.range.start;
            return wrong(format!(
                "the range holds nothing: its end, {end} s, is not behind its start, {start} s"
            ));
        }
        if let Some(trim) = &self.trim {
            trim.check()?;
        }
        if let Some(normalise) = &self.normalise {
            normalise.check()?;
        }
        self.encoding.check_settings()?;
        self.metadata.check(&self.encoding)
    }
}

/// What samples are between the stages of a job. The sample-rate converter and the loudness meters
/// compute in f64 in either case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Precision {
    /// f32: errors 150 dB below full scale.
    #[default]
    Single,
    /// f64 from the decoder to the rounding of the result; inserts compute in f32, as those of the
    /// engine do, and so does everything in front of a lossy encoder's door.
    Best,
}

/// Which channels go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ChannelMap {
    /// All.
    #[default]
    Keep,
    /// One, made of this.
    Mono(MonoFrom),
    /// Two: mono on both, more folded after ITU-R BS.775.
    Stereo,
}

/// What mono is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MonoFrom {
    /// The mean of all channels.
    #[default]
    Mean,
    /// The first channel.
    Left,
    /// The second channel.
    Right,
    /// (L + R) / 2.
    Mid,
    /// (L - R) / 2.
    Side,
}

/// A part of the input, in seconds from its start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Range {
    /// First second, 0 to 86,400.
    pub start: f64,
    /// Where it ends, behind the start; `None`: at the end.
    pub end: Option<f64>,
}

/// How silence is cut off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trim {
    /// What is below this at the ends goes, dBFS: -120 to -20.
    pub below_db: f64,
    /// Seconds of it that stay at each end, 0 to 10.
    pub keep: f64,
}

impl Default for Trim {
    fn default() -> Self {
        Self {
            below_db: -60.0,
            keep: 0.0,
        }
    }
}

impl Trim {
    fn check(&self) -> Result<()> {
        if !(-120.0..=-20.0).contains(&self.below_db) {
            return Err(Error::Settings(format!(
                "trim {} is not in -120..=-20 dBFS",
                self.below_db
            )));
        }
        if !(0.0..=10.0).contains(&self.keep) {
            return Err(Error::Settings(format!(
                "silence kept {} is not in 0..=10 s",
                self.keep
            )));
        }
        Ok(())
    }
}

/// One processor of the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct InsertSpec {
    /// Its type.
    pub kind: ProcessorKind,
    /// Parameters in place of the defaults: row and value.
    pub values: Vec<(u16, f32)>,
    /// 0 (dry) to 1 (wet).
    pub mix: f32,
    /// Delays only.
    pub bypass: bool,
    /// What a convolution convolves with.
    pub response: Option<Impulse>,
}

impl InsertSpec {
    fn convolves(&self) -> bool {
        self.kind == ProcessorKind::Convolution
    }

    fn latency(&self) -> Latency {
        let row = |row: &&(u16, f32)| row.0 == Convolution::LATENCY;
        let value = self.values.iter().rev().find(row);
        Latency::from_value(value.map_or(0.0, |row| row.1))
    }

    fn check(&self) -> Result<()> {
        if self.convolves() && !self.bypass && self.response.is_none() {
            let text = "a convolution has no impulse response and would leave the sound as it is; \
                        give it one (\"ir\"), or take it out";
            return Err(Error::Settings(text.to_owned()));
        }
        if !self.convolves() && self.response.is_some() {
            let text =
                "only a convolution has an impulse response; take \"ir\" out of the other insert";
            return Err(Error::Settings(text.to_owned()));
        }
        Ok(())
    }

    pub(crate) fn build(&self, setup: Setup, bpm: f64) -> Result<segue_dsp::insert::Insert> {
        if !(0.0..=1.0).contains(&self.mix) {
            return Err(Error::Settings(format!("mix {} is not in 0..=1", self.mix)));
        }
        let mut processor = segue_dsp::processor::build(self.kind, setup, &self.values)?;
        if let Some(impulse) = self.response.as_ref().filter(|_| self.convolves()) {
            let response = impulse.response(setup, self.latency())?;
            _ = processor.exchange(Box::new(response));
        }
        let mut insert =
            segue_dsp::insert::Insert::new(processor, setup, super::planes::BLOCK_FRAMES)
                .with_mix(self.mix);
        insert.set_clock(Clock {
            at: 0,
            bpm,
            beats: 0.0,
            playing: true,
        });
        Ok(if self.bypass {
            insert.bypassed()
        } else {
            insert
        })
    }
}

/// What sounds on behind the end of the input, through the inserts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Tail {
    /// As long as the inserts say until -120 dBFS, at most a minute.
    #[default]
    Auto,
    /// Nothing: the result is as long as the input.
    None,
    /// This many seconds, 0 to 86,400.
    Seconds(f64),
}

/// Seconds of a linear fade at each end; 0 is none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fades {
    /// At the start.
    pub fade_in: f64,
    /// At the end.
    pub fade_out: f64,
}

/// What is brought to a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoudnessMode {
    /// Integrated loudness; below 3 s the largest M with silence around the sound.
    Lufs,
    /// Largest momentary loudness, LUFS.
    MaxMomentary,
    /// Largest short-term loudness, LUFS.
    MaxShortTerm,
    /// RMS over everything, dBFS.
    Rms,
    /// Largest sample, dBFS.
    Peak,
    /// Largest true peak, dBTP.
    TruePeak,
    /// DR after TT 1.3, dB: peaks are pressed together or pulled apart, and the loud passages keep
    /// their level.
    DynamicRange,
    /// Nothing: the level stays, and only the ceiling counts. The target means nothing.
    Keep,
}

/// What happens when the target would push the true peak above the ceiling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OverCeiling {
    /// Less gain: the target is missed.
    #[default]
    Reduce,
    /// The limiter, up to `max_limiting` dB; beyond that less gain.
    Limit,
    /// An error.
    Fail,
}

/// A target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalise {
    /// What is measured.
    pub mode: LoudnessMode,
    /// Target in the mode's unit, -100 to 20.
    pub target: f64,
    /// Ceiling in dBTP, -24 to 20; `None`: none.
    pub ceiling: Option<f64>,
    /// What happens above it.
    pub over: OverCeiling,
    /// Most gain reduction of the limiter in dB, 0 to 24.
    pub max_limiting: f64,
    /// The sound is a loop: it is measured on the second of two passes.
    pub is_loop: bool,
}

impl Normalise {
    /// `target` in `mode`, ceiling -1 dBTP, `reduce`, at most 6 dB of limiting.
    pub fn new(mode: LoudnessMode, target: f64) -> Self {
        Self {
            mode,
            target,
            ceiling: Some(-1.0),
            over: OverCeiling::Reduce,
            max_limiting: 6.0,
            is_loop: false,
        }
    }

    /// Leaves the level alone below a ceiling in dBTP.
    pub fn below(ceiling: f64) -> Self {
        Self {
            ceiling: Some(ceiling),
            ..Self::new(LoudnessMode::Keep, 0.0)
        }
    }

    fn check(&self) -> Result<()> {
        let is_level = self.mode != LoudnessMode::DynamicRange;
        if is_level && !(-100.0..=20.0).contains(&self.target) {
            return Err(Error::Settings(format!(
                "target {} is not in -100..=20",
                self.target
            )));
        }
        let limits = self.over == OverCeiling::Limit;
        if !is_level {
            self.check_dynamics()?;
        }
        let lowest = -24.0;
        let highest = if limits { 0.0 } else { 20.0 };
        if let Some(c) = self.ceiling.filter(|c| !(lowest..=highest).contains(c)) {
            return Err(Error::Settings(format!(
                "ceiling {c} is not in {lowest}..={highest} dBTP"
            )));
        }
        if limits && self.ceiling.is_none() {
            return Err(Error::Settings("the limiter needs a ceiling".to_owned()));
        }
        if !(0.0..=24.0).contains(&self.max_limiting) {
            let value = self.max_limiting;
            return Err(Error::Settings(format!(
                "max_limiting {value} is not in 0..=24 dB"
            )));
        }
        Ok(())
    }
}

impl Normalise {
    fn check_dynamics(&self) -> Result<()> {
        let wrong = |text: String| Err(Error::Settings(text));
        if !(0.0..=40.0).contains(&self.target) {
            let target = self.target;
            return wrong(format!("dynamic range {target} is not in 0..=40 dB"));
        }
        if self.over == OverCeiling::Limit {
            let text = "a limiter behind it would change the dynamic range; let the ceiling take \
                        gain (reduce)";
            return wrong(text.to_owned());
        }
        if self.is_loop {
            let text = "the dynamic range of a loop is that of the sound; leave the loop out";
            return wrong(text.to_owned());
        }
        Ok(())
    }
}

/// Noise before rounding to integers; its seed comes from the job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DitherKind {
    /// None.
    None,
    /// Rectangular, one step wide.
    Rectangular,
    /// Triangular.
    #[default]
    Tpdf,
    /// Triangular, and the error moved to where ears are less sensitive.
    Shaped,
}

/// Tags and chunks of the result.
#[derive(Clone, Debug, PartialEq)]
pub struct Metadata {
    /// Takes over the tags, pictures and (WAV to WAV) all chunks of the input.
    pub keep: bool,
    /// Texts to set: Vorbis name (`TITLE`) and text; an empty text removes.
    pub set: Vec<(String, String)>,
    /// Writes ReplayGain 2 (reference -18 LUFS), and for Opus `R128_TRACK_GAIN` (-23 LUFS).
    pub replay_gain: bool,
    /// Writes `bext` version 2 with the loudness of the result (WAV).
    pub bext: bool,
}

impl Default for Metadata {
    fn default() -> Self {
        Self {
            keep: true,
            set: Vec::new(),
            replay_gain: false,
            bext: false,
        }
    }
}

impl Metadata {
    fn check(&self, encoding: &Encoding) -> Result<()> {
        let mut names = self.set.iter().map(|row| &row.0);
        if let Some(name) = names.find(|name| !tags::is_vorbis_name(name)) {
            return Err(Error::Settings(format!(
                "the tag name {name:?} is not printable ASCII without ="
            )));
        }
        let mut texts = self.set.iter().filter(|row| !row.1.is_empty());
        match texts.find(|row| !tags::has_place(encoding, &row.0)) {
            Some((name, _)) => Err(Error::Settings(format!(
                "{} has no place for the tag {name}; leave it out, or choose FLAC, Ogg Vorbis, Ogg \
                 Opus or AIFF, which hold every tag",
                encoding.name()
            ))),
            None => Ok(()),
        }
    }
}

/// What to do when the output exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Exists {
    /// An error.
    #[default]
    Fail,
    /// Replace it, atomically.
    Overwrite,
    /// Write `name-2.wav`, `name-3.wav`, ... instead.
    Suffix,
}

/// The integer and float formats of WAV by the usual names.
pub fn wav_format(name: &str) -> Option<WavFormat> {
    Some(match name {
        "8" => WavFormat::U8,
        "16" => WavFormat::I16,
        "24" => WavFormat::I24,
        "32" => WavFormat::I32,
        "32f" => WavFormat::F32,
        "64f" => WavFormat::F64,
        _ => return None,
    })
}
