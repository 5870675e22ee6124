//! What plays: assets, sounds, clips, note mappings, macros.

use super::{is_default, is_false, is_zero};
use crate::json::{Extra, number};
use serde::{Deserialize, Serialize};

/// One audio file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Asset {
    /// Unique among the assets, at most 128 bytes.
    pub id: String,
    /// Path inside the project folder; see [`super::check_asset_path`].
    pub file: String,
    /// BLAKE3 of the file's bytes, 64 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// Whether it plays from memory or from the disk.
    #[serde(default, skip_serializing_if = "is_default")]
    pub stream: Streaming,
    /// Unknown keys.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Asset {
    /// An asset without a known hash. `[thread-safe]`
    pub fn new(id: impl Into<String>, file: impl Into<String>) -> Asset {
        Asset {
            id: id.into(),
            file: file.into(),
            ..Asset::default()
        }
    }
}

/// Where an asset plays from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Streaming {
    /// From the disk if it is long.
    #[default]
    Auto,
    /// From the disk.
    Always,
    /// From memory.
    Never,
}

/// How an asset sounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sound {
    /// Unique among the sounds, at most 128 bytes.
    pub id: String,
    /// The asset.
    pub asset: String,
    /// The bus it plays into; absent: the master bus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bus: Option<String>,
    /// Level in dB, -144 (silence) to 24.
    #[serde(
        default,
        skip_serializing_if = "is_zero",
        serialize_with = "number::write"
    )]
    pub gain_db: f64,
    /// -1 (left) to 1 (right).
    #[serde(
        default,
        skip_serializing_if = "is_zero",
        serialize_with = "number::write"
    )]
    pub pan: f64,
    /// Pitch in semitones, -36 to 36 (an eighth to eight times the speed).
    #[serde(
        default,
        skip_serializing_if = "is_zero",
        serialize_with = "number::write"
    )]
    pub pitch_st: f64,
    /// How it is interpolated.
    #[serde(default, skip_serializing_if = "is_default")]
    pub quality: Quality,
    /// Cutoff of its low-pass in Hz, 10 to 192000; absent: none.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "number::write_some"
    )]
    pub lpf_hz: Option<f64>,
    /// Cutoff of its high-pass in Hz, 10 to 192000; absent: none.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "number::write_some"
    )]
    pub hpf_hz: Option<f64>,
    /// Fade at its start in ms, 0 to 600000.
    #[serde(
        default,
        skip_serializing_if = "is_zero",
        serialize_with = "number::write"
    )]
    pub fade_in_ms: f64,
    /// Fade when it is stopped in ms, 0 to 600000.
    #[serde(
        default,
        skip_serializing_if = "is_zero",
        serialize_with = "number::write"
    )]
    pub fade_out_ms: f64,
    /// Who keeps its voice when there are too few: 0 (first to go) to 100; default 50.
    #[serde(default = "middle", skip_serializing_if = "is_middle")]
    pub priority: u32,
    /// The part that repeats; absent: it plays once.
    #[serde(rename = "loop", default, skip_serializing_if = "Option::is_none")]
    pub loop_points: Option<LoopPoints>,
    /// How many may play at once, 1 to 65535; absent: no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_instances: Option<u32>,
    /// Unknown keys.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Sound {
    /// The asset as it is, into the master bus. `[thread-safe]`
    pub fn new(id: impl Into<String>, asset: impl Into<String>) -> Sound {
        Sound {
            id: id.into(),
            asset: asset.into(),
            bus: None,
            gain_db: 0.0,
            pan: 0.0,
            pitch_st: 0.0,
            quality: Quality::default(),
            lpf_hz: None,
            hpf_hz: None,
            fade_in_ms: 0.0,
            fade_out_ms: 0.0,
            priority: middle(),
            loop_points: None,
            max_instances: None,
            extra: Extra::new(),
        }
    }
}

/// How a voice reads between two samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Two samples.
    Linear,
    /// Four samples, Hermite.
    #[default]
    Hermite4,
    /// Sixteen samples, windowed sinc.
    Sinc16,
}

/// The repeated part of a sound, in frames of the asset at its own sample rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoopPoints {
    /// First frame.
    #[serde(default, skip_serializing_if = "is_default")]
    pub start_smp: u64,
    /// First frame after it; absent: the end of the asset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_smp: Option<u64>,
    /// How often it repeats; 0 (the default): until it is stopped.
    #[serde(default, skip_serializing_if = "is_default")]
    pub count: u32,
    /// Unknown keys.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A sound at a place of the timeline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Clip {
    /// Unique among the clips that have one, at most 128 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The sound.
    pub sound: String,
    /// Where it starts, in quarter notes; 0 to 1000000.
    #[serde(serialize_with = "number::write")]
    pub at_beats: f64,
    /// When it is stopped, in quarter notes after the start; absent: it plays to its end.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "number::write_some"
    )]
    pub length_beats: Option<f64>,
    /// Level in dB on top of the sound's, -144 (silence) to 24.
    #[serde(
        default,
        skip_serializing_if = "is_zero",
        serialize_with = "number::write"
    )]
    pub gain_db: f64,
    /// -1 to 1 in place of the sound's; absent: the sound's.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "number::write_some"
    )]
    pub pan: Option<f64>,
    /// Whether it repeats until `length_beats`, whatever the sound says.
    #[serde(rename = "loop", default, skip_serializing_if = "is_false")]
    pub looped: bool,
    /// Unknown keys.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Clip {
    /// The whole sound from `at_beats` on. `[thread-safe]`
    pub fn new(sound: impl Into<String>, at_beats: f64) -> Clip {
        Clip {
            sound: sound.into(),
            at_beats,
            ..Clip::default()
        }
    }
}

/// A sound that notes play.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoteMap {
    /// Lowest and highest key, 0 to 127.
    pub keys: [u32; 2],
    /// The key at which the sound has its own pitch, 0 to 127.
    pub root: u32,
    /// The sound.
    pub sound: String,
    /// The channel it listens to, 0 to 15; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<u32>,
    /// Softest and loudest velocity, 1 to 127; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub velocity: Option<[u32; 2]>,
    /// Level in dB on top of the sound's, -144 (silence) to 24.
    #[serde(
        default,
        skip_serializing_if = "is_zero",
        serialize_with = "number::write"
    )]
    pub gain_db: f64,
    /// Unknown keys.
    #[serde(flatten)]
    pub extra: Extra,
}

impl NoteMap {
    /// The sound on the keys `low` to `high`, at its own pitch on `root`. `[thread-safe]`
    pub fn new(sound: impl Into<String>, low: u32, high: u32, root: u32) -> NoteMap {
        NoteMap {
            keys: [low, high],
            root,
            sound: sound.into(),
            channel: None,
            velocity: None,
            gain_db: 0.0,
            extra: Extra::new(),
        }
    }
}

/// A control that a host automates: it moves parameters of inserts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Macro {
    /// Unique among the macros, at most 128 bytes.
    pub id: String,
    /// The name the host shows, at most 128 bytes.
    pub name: String,
    /// 0 to 1.
    #[serde(
        default,
        skip_serializing_if = "is_zero",
        serialize_with = "number::write"
    )]
    pub value: f64,
    /// What MIDI moves it as well; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub midi: Option<MidiSource>,
    /// The parameters it moves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<MacroTarget>,
    /// Unknown keys.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A parameter that a macro moves, evenly along its scale, from `min` (macro at 0) to `max` (at 1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MacroTarget {
    /// The bus of the insert.
    pub bus: String,
    /// The insert.
    pub insert: String,
    /// The parameter's name. Which ones there are is the engine's matter.
    pub param: String,
    /// Its value while the macro is at 0, in the parameter's unit.
    #[serde(serialize_with = "number::write")]
    pub min: f64,
    /// Its value while the macro is at 1; may be below `min`.
    #[serde(serialize_with = "number::write")]
    pub max: f64,
    /// Unknown keys.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What MIDI may move a macro: `cc0` to `cc127`, `bend`, `pressure` (of a channel), `program`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum MidiSource {
    /// A controller, 0 to 127.
    Cc(u8),
    /// Pitch bend; its centre is 0.5.
    Bend,
    /// Channel pressure.
    Pressure,
    /// Program change: program 0 is 0, program 127 is 1.
    Program,
}

impl From<MidiSource> for String {
    fn from(source: MidiSource) -> String {
        match source {
            MidiSource::Cc(number) => format!("cc{number}"),
            MidiSource::Bend => "bend".to_owned(),
            MidiSource::Pressure => "pressure".to_owned(),
            MidiSource::Program => "program".to_owned(),
        }
    }
}

impl TryFrom<String> for MidiSource {
    type Error = String;

    fn try_from(text: String) -> Result<MidiSource, String> {
        match text.as_str() {
            "bend" => return Ok(MidiSource::Bend),
            "pressure" => return Ok(MidiSource::Pressure),
            "program" => return Ok(MidiSource::Program),
            _ => {}
        }
        let digits = text.strip_prefix("cc").filter(|d| !d.starts_with('+'));
        let number = digits.and_then(|digits| digits.parse().ok());
        match number.filter(|number| *number < 128) {
            Some(number) => Ok(MidiSource::Cc(number)),
            None => Err(format!(
                "{text:?} is not cc0 to cc127, bend, pressure or program"
            )),
        }
    }
}

fn middle() -> u32 {
    50
}

fn is_middle(priority: &u32) -> bool {
    *priority == middle()
}
