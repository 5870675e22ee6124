//! An adapter's file: what of a game's messages means what. TOML; a key that is not known is an
//! error with its line.

use serde::Deserialize;
use std::collections::BTreeMap;

/// Largest file in bytes.
pub const FILE_MAX_BYTES: usize = 100_000_000;

/// The file as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// 1.
    pub schema: u32,
    /// Name of the adapter.
    pub adapter_id: String,
    /// Who makes the game.
    #[serde(default)]
    pub company_name: String,
    /// What the game runs on.
    #[serde(default)]
    pub engine_name: String,
    /// Of the adapter.
    #[serde(default)]
    pub version: String,
    /// Which layers run, in this order; all three when absent.
    #[serde(default = "all_layers")]
    pub layers: Vec<Layer>,
    /// So many equal snapshots within a spin are told as `stuck`.
    #[serde(default = "five")]
    pub stuck_snapshots: u32,
    /// So many reels, 1 to 10, for states that say `reels` as a count or as numbers; `snapshot_paths.reel_count`
    /// says it where it changes.
    #[serde(default)]
    pub reel_count: Option<u8>,
    /// Win over bet from which each tier of a big win holds, for games that name none.
    #[serde(default = "thresholds")]
    pub bigwin_thresholds: Vec<u32>,
    /// How amounts are written.
    #[serde(default)]
    pub money: MoneyFile,
    /// Names of events and what they mean.
    #[serde(default)]
    pub event_mapping: BTreeMap<String, Mapping>,
    /// Where things stand in an event.
    #[serde(default)]
    pub payload_paths: BTreeMap<String, String>,
    /// Where things stand in a snapshot.
    #[serde(default)]
    pub snapshot_paths: BTreeMap<String, String>,
    /// Rules over snapshots and events.
    #[serde(default)]
    pub rule: Vec<Rule>,
    /// Times.
    #[serde(default)]
    pub timing: Timing,
    /// What is let through.
    #[serde(default)]
    pub validation: Validation,
    /// How sure the paths are, as `"payload_paths.win" = 0.65`; 1 where nothing is said.
    #[serde(default)]
    pub confidence: BTreeMap<String, f64>,
    /// Words that hint at stages, for events that `event_mapping` does not have.
    #[serde(default)]
    pub heuristics: Vec<Heuristic>,
    /// Free.
    #[serde(default)]
    pub metadata: BTreeMap<String, toml::Value>,
}

/// A way to make stages of messages.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// Events by name.
    DirectEvent,
    /// What differs from the snapshot before.
    SnapshotDiff,
    /// Rules.
    RuleBased,
}

/// How amounts are written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoneyFile {
    /// Digits after the point, 0 to 6.
    pub exponent: u32,
    /// `decimal_string`: texts and whole numbers in major units; `integer`: minor units.
    pub source: MoneySource,
}

/// See [`MoneyFile::source`].
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum MoneySource {
    /// `"12.34"`.
    DecimalString,
    /// `1234`.
    Integer,
}

impl Default for MoneyFile {
    fn default() -> Self {
        Self {
            exponent: 2,
            source: MoneySource::Integer,
        }
    }
}

/// What an event means.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Mapping {
    /// A stage, or `ignore`.
    Name(String),
    /// A stage with parameters.
    Full(FullMapping),
}

/// A stage with parameters: `$x` is the payload's field x, anything else stands for itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FullMapping {
    /// The stage.
    pub stage: String,
    /// Its fields.
    #[serde(default)]
    pub params: BTreeMap<String, toml::Value>,
    /// Later layers see the message too.
    #[serde(default, rename = "continue")]
    pub goes_on: bool,
    /// How sure that is, 0 to 1.
    #[serde(default = "sure")]
    pub confidence: f64,
}

impl Mapping {
    /// How sure it is, 0 to 1.
    pub(super) const fn confidence(&self) -> f64 {
        match self {
            Self::Name(_) => 1.0,
            Self::Full(full) => full.confidence,
        }
    }
}

/// A rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name.
    pub id: String,
    /// Higher ones are asked first.
    #[serde(default)]
    pub priority: i32,
    /// When it fires.
    pub when: Predicate,
    /// The stage.
    pub emit: String,
    /// Its fields, as in [`FullMapping`].
    #[serde(default)]
    pub params: BTreeMap<String, toml::Value>,
    /// Once when it becomes true, or with every message while it is.
    #[serde(default)]
    pub once: Once,
    /// Silent for so long after it fired, in ms.
    #[serde(default)]
    pub cooldown_ms: f64,
    /// Later rules and layers see the message too.
    #[serde(default, rename = "continue")]
    pub goes_on: bool,
    /// How sure it is, 0 to 1.
    #[serde(default = "sure")]
    pub confidence: f64,
}

/// See [`Rule::once`].
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Once {
    /// When it becomes true.
    #[default]
    Edge,
    /// While it is true.
    Level,
}

/// What is to be true: exactly one of the conditions.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predicate {
    /// One of these.
    pub any: Option<Vec<Predicate>>,
    /// Each of these.
    pub all: Option<Vec<Predicate>>,
    /// Not this.
    pub not: Option<Box<Predicate>>,
    /// Each of these after the one before, all within `within_ms`.
    pub sequence: Option<Vec<Predicate>>,
    /// See `sequence`.
    pub within_ms: Option<f64>,
    /// So many ms since the rule fired, or since the beginning.
    pub time_elapsed_ms: Option<f64>,
    /// Where the value of the following stands.
    pub path: Option<String>,
    /// It is this.
    pub equals: Option<toml::Value>,
    /// It is another than in the message before.
    pub changed: Option<bool>,
    /// It is larger than in the message before.
    pub increased: Option<bool>,
    /// It is smaller than in the message before.
    pub decreased: Option<bool>,
    /// It is text in which this regular expression is found.
    pub matches: Option<String>,
    /// It is there.
    pub present: Option<bool>,
    /// It is not there.
    pub absent: Option<bool>,
}

/// Times of a game.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// Unit of its times.
    #[serde(default)]
    pub unit: Unit,
    /// Whose time counts.
    #[serde(default)]
    pub clock: Clock,
    /// Timing profile for what has no times: a built-in one, or one of the project.
    #[serde(default = "normal")]
    pub profile: String,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            unit: Unit::Ms,
            clock: Clock::Game,
            profile: normal(),
        }
    }
}

/// Unit of a game's times.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Seconds.
    S,
    /// Milliseconds.
    #[default]
    Ms,
    /// Microseconds.
    Us,
}

/// Whose time counts.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// The game's.
    #[default]
    Game,
    /// That of receipt.
    Receive,
}

/// What is let through.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validation {
    /// A stage that may not come is refused; else it passes with a row.
    #[serde(default)]
    pub strict_fsm: bool,
    /// Unknown events are skipped and counted; else each is a row.
    #[serde(default = "yes")]
    pub allow_unknown: bool,
    /// Stages that are less sure make no sound, 0 to 1.
    #[serde(default = "half")]
    pub min_confidence: f64,
}

impl Default for Validation {
    fn default() -> Self {
        Self {
            strict_fsm: false,
            allow_unknown: true,
            min_confidence: 0.5,
        }
    }
}

/// Words that hint at a stage.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heuristic {
    /// Any of these in an event's name.
    pub keywords: Vec<String>,
    /// The stage.
    pub stage: String,
    /// How sure that is, 0 to 1.
    pub confidence: f64,
}

/// Why a file is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not TOML, or a key or type that is not known; with line and column.
    #[error("{0}")]
    Toml(String),
    /// Something that cannot be.
    #[error("{field}: {message}")]
    Field {
        /// Where: `rule[2].when.all[0].path`.
        field: String,
        /// What is wrong, and what is allowed.
        message: String,
    },
    /// Over [`FILE_MAX_BYTES`].
    #[error("an adapter of {bytes} bytes; at most {FILE_MAX_BYTES} are taken")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
}

impl File {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigError::Toml`] and [`ConfigError::TooLarge`].
    pub fn read(text: &str) -> Result<Self, ConfigError> {
        if text.len() > FILE_MAX_BYTES {
            return Err(ConfigError::TooLarge { bytes: text.len() });
        }
        let file: Self =
            toml::from_str(text).map_err(|error| ConfigError::Toml(error.to_string()))?;
        if file.schema == 1 {
            return Ok(file);
        }
        Err(ConfigError::Field {
            field: "schema".to_owned(),
            message: format!("{} is not known here, only 1: update Segue", file.schema),
        })
    }
}

fn all_layers() -> Vec<Layer> {
    vec![Layer::DirectEvent, Layer::SnapshotDiff, Layer::RuleBased]
}

const fn five() -> u32 {
    5
}

fn thresholds() -> Vec<u32> {
    vec![20, 50, 100, 250, 500]
}

fn normal() -> String {
    "normal".to_owned()
}

const fn yes() -> bool {
    true
}

const fn sure() -> f64 {
    1.0
}

const fn half() -> f64 {
    0.5
}
