//! Every size that is fixed when an engine is made, in one table.

use std::fmt;

/// More of something than its limit allows. Raised before memory is taken. `[thread-safe]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitError {
    /// Name of the limit, as in docs/limits.md.
    pub limit: &'static str,
    /// What was asked for.
    pub value: usize,
    /// The most that is allowed.
    pub max: usize,
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} is over the limit of {}",
            self.limit, self.value, self.max
        )
    }
}

impl std::error::Error for LimitError {}

/// One row of the limit table.
pub struct Limit {
    /// Its name in errors and in docs/limits.md.
    pub name: &'static str,
    /// What you get when you do not choose.
    pub default: usize,
    /// Smallest allowed choice.
    pub min: usize,
    /// Largest allowed choice.
    pub max: usize,
}

/// The limit table: docs/limits.md repeats it and `cargo xtask tidy` compares the two.
pub const LIMITS: &[Limit] = &[
    Limit {
        name: "sample_rate",
        default: 48_000,
        min: 8_000,
        max: 384_000,
    },
    Limit {
        name: "buses",
        default: 64,
        min: 1,
        max: 256,
    },
    Limit {
        name: "inserts",
        default: 256,
        min: 0,
        max: 1_024,
    },
    Limit {
        name: "sends",
        default: 256,
        min: 0,
        max: 1_024,
    },
    Limit {
        name: "sounds",
        default: 4_096,
        min: 1,
        max: 65_536,
    },
    Limit {
        name: "real_voices",
        default: 256,
        min: 1,
        max: 10_000,
    },
    Limit {
        name: "virtual_voices",
        default: 4_096,
        min: 0,
        max: 65_536,
    },
    Limit {
        name: "commands",
        default: 4_096,
        min: 64,
        max: 65_536,
    },
    Limit {
        name: "streams",
        default: 32,
        min: 0,
        max: 256,
    },
];

/// Sizes of one engine, each within its row of [`LIMITS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Buses, the master included.
    pub buses: usize,
    /// Inserts on all buses together.
    pub inserts: usize,
    /// Sends of all buses together.
    pub sends: usize,
    /// Sounds in the pool.
    pub sounds: usize,
    /// Voices that are rendered.
    pub real_voices: usize,
    /// Voices that are only kept track of.
    pub virtual_voices: usize,
    /// Commands that wait for the audio thread.
    pub commands: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let of = |name| {
            LIMITS
                .iter()
                .find(|row| row.name == name)
                .map_or(0, |row| row.default)
        };
        Self {
            buses: of("buses"),
            inserts: of("inserts"),
            sends: of("sends"),
            sounds: of("sounds"),
            real_voices: of("real_voices"),
            virtual_voices: of("virtual_voices"),
            commands: of("commands"),
        }
    }
}

/// Longest span the renderer hands to its parts at once, in frames.
pub const MAX_SPAN: usize = 256;
