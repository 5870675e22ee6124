//! How many voices play at once, and what happens to the others.

use super::timeline::{is_true, yes};
use crate::json::{Extra, number};
use serde::{Deserialize, Serialize};

/// Voice limits and stealing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Voices {
    /// Voices that are rendered, 1 to 10000; default 256.
    #[serde(skip_serializing_if = "is_max_real")]
    pub max_real: u32,
    /// Voices that are only counted on, 0 to 65536; default 4096.
    #[serde(skip_serializing_if = "is_max_virtual")]
    pub max_virtual: u32,
    /// Whose voice is taken when there are too few.
    #[serde(skip_serializing_if = "super::is_default")]
    pub steal_mode: StealMode,
    /// Fade of a stolen voice in ms, 0 to 50; default 5.
    #[serde(
        skip_serializing_if = "is_steal_fade_ms",
        serialize_with = "number::write"
    )]
    pub steal_fade_ms: f64,
    /// What happens to a start above the limit.
    #[serde(skip_serializing_if = "super::is_default")]
    pub on_limit: OnLimit,
    /// What a virtual voice does.
    #[serde(skip_serializing_if = "super::is_default")]
    pub virtual_mode: VirtualMode,
    /// A voice below this level in dB becomes virtual, -144 to 0; default -80.
    #[serde(
        skip_serializing_if = "is_virtual_below_db",
        serialize_with = "number::write"
    )]
    pub virtual_below_db: f64,
    /// A virtual voice above this level in dB is heard again, `virtual_below_db` to 0; default
    /// -74.
    #[serde(
        skip_serializing_if = "is_real_above_db",
        serialize_with = "number::write"
    )]
    pub real_above_db: f64,
    /// Whether loops become virtual but are never stolen; default true.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub protect_loops: bool,
    /// Unknown keys.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Default for Voices {
    fn default() -> Voices {
        Voices {
            max_real: 256,
            max_virtual: 4096,
            steal_mode: StealMode::default(),
            steal_fade_ms: 5.0,
            on_limit: OnLimit::default(),
            virtual_mode: VirtualMode::default(),
            virtual_below_db: -80.0,
            real_above_db: -74.0,
            protect_loops: true,
            extra: Extra::new(),
        }
    }
}

/// Whose voice is taken when there are too few.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StealMode {
    /// Nobody's.
    None,
    /// The one that started first.
    Oldest,
    /// The one that is heard least.
    Quietest,
    /// The one of the lowest priority.
    #[default]
    LowestPriority,
}

/// What happens to a start above the limit when no voice is stolen for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnLimit {
    /// It is refused.
    Reject,
    /// It starts as a virtual voice.
    #[default]
    Virtual,
}

/// What a virtual voice does until it is heard again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VirtualMode {
    /// It ends.
    Stop,
    /// Its time goes on.
    #[default]
    Elapsed,
    /// It goes on where it was.
    Freeze,
    /// It starts anew.
    Restart,
}

pub(super) fn is_default(voices: &Voices) -> bool {
    *voices == Voices::default()
}

macro_rules! is_default_field {
    ($($function:ident: $field:ident: $type:ty;)*) => {$(
        fn $function(value: &$type) -> bool {
            *value == Voices::default().$field
        }
    )*};
}

is_default_field! {
    is_max_real: max_real: u32;
    is_max_virtual: max_virtual: u32;
    is_steal_fade_ms: steal_fade_ms: f64;
    is_virtual_below_db: virtual_below_db: f64;
    is_real_above_db: real_above_db: f64;
}
