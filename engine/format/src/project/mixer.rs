//! The mixer: buses, inserts, sends.

use super::{MASTER, is_default, is_false, is_zero};
use crate::json::{Extra, number};
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// One mixer channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bus {
    /// Unique among the buses, at most 128 bytes.
    pub id: String,
    /// The name people see; absent: the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The bus it plays into; absent: the master bus. The master bus has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// Fader in dB, -144 (silence) to 24.
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
    /// How `pan` shares the level between the channels.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pan_law: PanLaw,
    /// Silences the bus and its post-fader sends.
    #[serde(default, skip_serializing_if = "is_false")]
    pub mute: bool,
    /// Silences all buses that are neither soloed nor on the way of a soloed one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub solo: bool,
    /// Most voices that play at a time on it and on the buses that play into it; 0 (the default) is no
    /// limit.
    #[serde(default, skip_serializing_if = "is_default")]
    pub max_voices: u16,
    /// Most frames of latency, at the rate of the engine, from a voice to the output of the bus;
    /// absent: no limit. A mixer that has more is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_latency: Option<u32>,
    /// Processors, in order, before the fader.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inserts: Vec<Insert>,
    /// Further buses it plays into.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sends: Vec<Send>,
    /// Unknown keys.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Bus {
    /// A bus at 0 dB into the master bus. `[thread-safe]`
    pub fn new(id: impl Into<String>) -> Bus {
        Bus {
            id: id.into(),
            ..Bus::default()
        }
    }

    /// The id of the bus it plays into; `None` for the master bus. `[thread-safe]`
    pub fn output_id(&self) -> Option<&str> {
        (self.id != MASTER).then(|| self.output.as_deref().unwrap_or(MASTER))
    }
}

/// How a pan position shares the level between left and right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PanLaw {
    /// Constant power: -3 dB in the centre.
    Minus3,
    /// Between constant power and constant voltage: -4.5 dB in the centre.
    #[serde(rename = "minus4_5")]
    Minus4_5,
    /// Constant voltage: -6 dB in the centre.
    Minus6,
    /// 0 dB in the centre; panning only attenuates the far channel. A bus is stereo, so this is
    /// what leaves it as it is.
    #[default]
    Balance,
}

/// One processor of a bus.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Insert {
    /// Unique on its bus, at most 128 bytes.
    pub id: String,
    /// Which processor, such as `eq` or `compressor`. Which ones there are is the engine's matter.
    pub kind: String,
    /// Passes the signal unchanged, delayed as before.
    #[serde(default, skip_serializing_if = "is_false")]
    pub bypass: bool,
    /// Share of the processed signal, 0 (dry) to 1 (wet, the default).
    #[serde(
        default = "one",
        skip_serializing_if = "is_one",
        serialize_with = "number::write"
    )]
    pub mix: f64,
    /// The bus whose signal controls the processor; absent: its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The asset that is its impulse response, for processors that work with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ir: Option<String>,
    /// One of the processor's presets: values for some parameters. Which ones there are is the
    /// engine's matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// Parameter values by name, in the parameter's unit; those not named have the preset's or
    /// their default.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", with = "params")]
    pub params: BTreeMap<String, f64>,
    /// Unknown keys.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Insert {
    /// A processor with default parameters. `[thread-safe]`
    pub fn new(id: impl Into<String>, kind: impl Into<String>) -> Insert {
        Insert {
            id: id.into(),
            kind: kind.into(),
            bypass: false,
            mix: 1.0,
            key: None,
            ir: None,
            preset: None,
            params: BTreeMap::new(),
            extra: Extra::new(),
        }
    }
}

/// A second way from one bus to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Send {
    /// The bus that receives it.
    pub to: String,
    /// Level in dB, -144 (silence) to 24.
    #[serde(
        default,
        skip_serializing_if = "is_zero",
        serialize_with = "number::write"
    )]
    pub gain_db: f64,
    /// Whether it is taken before or after the fader.
    #[serde(default, skip_serializing_if = "is_default")]
    pub position: SendPosition,
    /// Unknown keys.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Send {
    /// A post-fader send at 0 dB. `[thread-safe]`
    pub fn new(to: impl Into<String>) -> Send {
        Send {
            to: to.into(),
            gain_db: 0.0,
            position: SendPosition::default(),
            extra: Extra::new(),
        }
    }
}

/// Where a send takes its signal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendPosition {
    /// After inserts, before fader, pan and mute.
    Pre,
    /// After fader, pan and mute.
    #[default]
    Post,
}

fn one() -> f64 {
    1.0
}

fn is_one(value: &f64) -> bool {
    value.to_bits() == one().to_bits()
}

/// Parameter values: numbers written like all others, no name twice.
mod params {
    use super::*;
    use serde::ser::{SerializeMap, Serializer};

    pub(super) fn serialize<S: Serializer>(
        params: &BTreeMap<String, f64>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        struct Number<'a>(&'a f64);
        impl Serialize for Number<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                number::write(self.0, serializer)
            }
        }
        let mut map = serializer.serialize_map(Some(params.len()))?;
        for (name, value) in params {
            map.serialize_entry(name, &Number(value))?;
        }
        map.end()
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<String, f64>, D::Error> {
        deserializer.deserialize_map(Params)
    }

    struct Params;

    impl<'de> Visitor<'de> for Params {
        type Value = BTreeMap<String, f64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("parameter names with numbers")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut params = BTreeMap::new();
            while let Some((name, value)) = map.next_entry::<String, f64>()? {
                if params.contains_key(&name) {
                    return Err(de::Error::custom(format_args!(
                        "the parameter {name:?} is set twice; leave one out"
                    )));
                }
                params.insert(name, value);
            }
            Ok(params)
        }
    }
}
