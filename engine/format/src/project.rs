//! The project: what `project.json` says, version 1.
//!
//! A project is a folder with `project.json` and its assets. The types here mirror the JSON one to
//! one; a value that equals its default is not written. All of them are plain data: what they may
//! hold is checked by [`Project::validate`], which reading and writing do as well.

mod asset_path;
mod check;
pub mod interactive;
mod migrate;
mod mixer;
mod rules;
mod sound;
mod timeline;
mod voices;

pub use asset_path::check_asset_path;
pub use interactive::Interactive;
pub use mixer::{Bus, Insert, PanLaw, Send, SendPosition};
pub use sound::{
    Asset, Clip, LoopPoints, Macro, MacroTarget, MidiSource, NoteMap, Quality, Sound, Streaming,
};
pub use timeline::{LoopRegion, Seed, TempoPoint, TimeSignaturePoint};
pub use voices::{OnLimit, StealMode, VirtualMode, Voices};

use crate::error::{Error, Place, Problem, Problems, Result};
use crate::json::{Document, Extra, number};
use crate::limits;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// What `"format"` says in a project.
pub const FORMAT: &str = "segue.project";

/// The version of the project format this crate writes.
pub const VERSION: u64 = 1;

/// The id of the bus that is heard. It exists in every project, listed or not.
pub const MASTER: &str = "master";

pub(crate) const DOCUMENT: Document = Document {
    name: "project.json",
    limit: "project_json_bytes",
    max_bytes: limits::PROJECT_JSON_BYTES,
};

/// A whole project.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// The name people see, at most 128 bytes.
    pub name: String,
    /// Who made it, at most 128 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// What it is, at most 4096 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Under which licence it may be used, at most 128 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// The seed of everything random.
    #[serde(default)]
    pub seed: Seed,
    /// Preferred sample rate in Hz, 8000 to 384000; absent: whatever the device or host uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample_rate: Option<u32>,
    /// Default length of a render in beats, above 0; absent: until the last clip has ended.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "number::write_some"
    )]
    pub length_beats: Option<f64>,
    /// The tempo map: the first entry is at beat 0, the others ascend. Default: 120 bpm.
    #[serde(
        default = "timeline::default_tempo",
        skip_serializing_if = "timeline::is_tempo"
    )]
    pub tempo: Vec<TempoPoint>,
    /// The time signatures: the first entry is at beat 0, the others ascend. Default: 4/4.
    #[serde(
        default = "timeline::default_signatures",
        skip_serializing_if = "timeline::is_signatures"
    )]
    pub time_signatures: Vec<TimeSignaturePoint>,
    /// The part that the transport repeats.
    #[serde(rename = "loop", default, skip_serializing_if = "Option::is_none")]
    pub loop_region: Option<LoopRegion>,
    /// The audio files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<Asset>,
    /// The mixer. The bus [`MASTER`] exists even if it is not listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buses: Vec<Bus>,
    /// How assets sound.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sounds: Vec<Sound>,
    /// Which sounds play when on the timeline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clips: Vec<Clip>,
    /// Which sounds play on which notes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<NoteMap>,
    /// How many voices play at once, and what happens to the others.
    #[serde(default, skip_serializing_if = "voices::is_default")]
    pub voices: Voices,
    /// Controls that a host automates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub macros: Vec<Macro>,
    /// Events, game values, containers, ducking, music, adaptive layers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub interactive: Interactive,
    /// Unknown keys.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Project {
    /// An empty project: 120 bpm, 4/4, only the master bus. `[thread-safe]`
    pub fn new(name: impl Into<String>) -> Project {
        Project {
            name: name.into(),
            tempo: timeline::default_tempo(),
            time_signatures: timeline::default_signatures(),
            ..Project::default()
        }
    }

    /// Reads `project.json` of this or an older version and validates it. `[thread-safe]`
    ///
    /// A byte order mark at the start is accepted. What was read but not understood is listed in
    /// the warnings.
    ///
    /// # Errors
    /// [`Error::Limit`] before anything large is allocated; [`Error::Json`] with path, line and
    /// column, also for a key that is written twice; [`Error::Unrecognised`] without `"format": "segue.project"` and a version;
    /// [`Error::Newer`]; [`Error::Invalid`] as [`Project::validate`], with line and column.
    pub fn from_json(bytes: &[u8]) -> Result<(Project, Vec<Warning>)> {
        let text = DOCUMENT.check_caps(bytes)?;
        let (project, migrated) = parse(text)?;
        let unknown = project.check(Some(text))?;
        Ok((project, migrated.into_iter().chain(unknown).collect()))
    }

    /// Writes `project.json`: keys in the order of the types, two spaces, a newline at the end.
    /// Equal projects give equal bytes, and [`Project::from_json`] reads them back to an equal
    /// project. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Invalid`] as [`Project::validate`]; [`Error::Limit`] if the text would be too
    /// large or too deep to be read again; [`Error::Json`] if an unknown key has the name of a
    /// known one.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        let unknown = self.check(None)?;
        let document = Versioned {
            format: FORMAT,
            version: VERSION,
            project: self,
        };
        let text = DOCUMENT.write(&document)?;
        if !unknown.is_empty() {
            // An unknown key may have the name of a known one.
            parse(&text)?;
        }
        Ok(text)
    }

    /// Checks every range, id, reference, path and count. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Invalid`] with the first [`Problems::SHOWN`] problems, each with its JSON path.
    pub fn validate(&self) -> Result<()> {
        self.check(None).map(drop)
    }

    /// The bus with this id, if it is listed. `[thread-safe]`
    pub fn bus(&self, id: &str) -> Option<&Bus> {
        self.buses.iter().find(|bus| bus.id == id)
    }

    /// What an RTPC begins with: where the last macro that moves it stands, else its default. `[thread-safe]`
    pub fn first_rtpc(&self, rtpc: &interactive::Rtpc) -> f64 {
        let moves = self.interactive.macros.iter().rev();
        let mut moves = moves.filter(|it| it.rtpc == rtpc.name);
        let found = moves.find_map(|it| {
            let mut macros = self.macros.iter();
            Some((it, macros.find(|known| known.id == it.macro_id)?.value))
        });
        found.map_or(rtpc.default, |(it, at)| {
            let [low, high] = it.range.unwrap_or([rtpc.min, rtpc.max]);
            low + (high - low) * at.clamp(0.0, 1.0)
        })
    }

    /// The master bus: the listed one, or the default. `[thread-safe]`
    pub fn master(&self) -> Bus {
        self.bus(MASTER)
            .cloned()
            .unwrap_or_else(|| Bus::new(MASTER))
    }

    /// The place in `text`, this project's JSON, of each of the compiler's problems with the
    /// interactive part: its path below `interactive`, and its text. What does not exist is placed
    /// at its nearest ancestor. `profile` is the name and the text of the file of the adaptive
    /// profile, where it has one. `[thread-safe]`
    pub fn place_problems<'a>(
        text: &[u8],
        profile: Option<(&str, &[u8])>,
        problems: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Problems {
        let mut placed = Problems::default();
        for (path, message) in problems {
            if placed.list.len() < Problems::SHOWN {
                let place = Project::place(text, profile, path);
                let message = message.to_owned();
                placed.list.push(Problem { place, message });
            } else {
                placed.more += 1;
            }
        }
        placed
    }

    /// The place of any path of a project, from the document down. `[thread-safe]`
    pub fn locate(text: &[u8], profile: Option<(&str, &[u8])>, path: &str) -> Place {
        match path.strip_prefix("interactive.") {
            Some(below) => Project::place(text, profile, below),
            None => interactive::document_place(path, text),
        }
    }

    fn place(text: &[u8], profile: Option<(&str, &[u8])>, path: &str) -> Place {
        let in_profile = path.strip_prefix("adaptive.");
        match (profile, in_profile) {
            (Some((file, profile)), Some(path)) => Place {
                file: file.to_owned(),
                ..interactive::document_place(path, profile)
            },
            _ => interactive::place(path, text),
        }
    }

    /// Validates; problems are located in `text` if there is one. Returns the unknown keys.
    fn check(&self, text: Option<&[u8]>) -> Result<Vec<Warning>> {
        let mut checker = check::Checker::default();
        rules::project(self, &mut checker);
        checker.into_result(text)
    }
}

/// Something in a project that was read but deserves a look.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A key that this version does not know. It is kept.
    UnknownKey {
        /// Its JSON path.
        path: String,
        /// The known key that was probably meant.
        nearest: Option<String>,
    },
    /// A known key that means nothing where it stands.
    IdleKey {
        /// Its JSON path.
        path: String,
        /// Why it has no effect.
        reason: String,
    },
    /// A key that is not there, though what it would say is probably meant to be said.
    MissingKey {
        /// Its JSON path.
        path: String,
        /// What happens without it.
        reason: String,
    },
    /// There are this many more of such keys.
    MoreUnknownKeys(usize),
    /// The project was written in an older version and will be saved in the current one.
    Migrated {
        /// The version in the file.
        from: u64,
        /// The version it was brought to.
        to: u64,
    },
}

impl Warning {
    /// The JSON path that it is about, where it is about one. `[thread-safe]`
    pub fn path(&self) -> Option<&str> {
        match self {
            Warning::UnknownKey { path, .. }
            | Warning::IdleKey { path, .. }
            | Warning::MissingKey { path, .. } => Some(path),
            Warning::MoreUnknownKeys(_) | Warning::Migrated { .. } => None,
        }
    }

    /// What it says, without the path. `[thread-safe]`
    pub fn message(&self) -> String {
        match self {
            Warning::UnknownKey { nearest, .. } => {
                let text = "this version does not know this key; it is kept and has no effect";
                match nearest {
                    Some(near) => format!("{text}; did you mean {near:?}?"),
                    None => text.to_owned(),
                }
            }
            Warning::IdleKey { reason, .. } | Warning::MissingKey { reason, .. } => reason.clone(),
            Warning::MoreUnknownKeys(count) => {
                format!("and {count} more keys of which something is to be said")
            }
            Warning::Migrated { from, to } => format!(
                "the project has version {from}; it was read as version {to} and will be saved as \
                 that"
            ),
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = self.path() {
            write!(f, "{path}: ")?;
        }
        f.write_str(&self.message())
    }
}

#[derive(Serialize)]
struct Versioned<'a> {
    format: &'static str,
    version: u64,
    #[serde(flatten)]
    project: &'a Project,
}

/// The keys that say how to read the rest, and the one that is read with all its faults.
#[derive(Default, Deserialize)]
struct Stamp {
    format: Option<Value>,
    version: Option<Value>,
    interactive: Option<Value>,
}

fn parse(text: &[u8]) -> Result<(Project, Option<Warning>)> {
    let stamp: Stamp = DOCUMENT.parse(text)?;
    let version = check_stamp(&stamp)?;
    if let Some(value) = stamp.interactive {
        interactive::check_shapes(value, text)?;
    }
    let (mut project, warning): (Project, _) = if version == VERSION {
        (DOCUMENT.parse_again(text)?, None)
    } else {
        let value = migrate::migrate(DOCUMENT.parse_again(text)?, version, text)?;
        let warning = Warning::Migrated {
            from: version,
            to: VERSION,
        };
        (DOCUMENT.read_value(value, text)?, Some(warning))
    };
    project.extra.shift_remove("format");
    project.extra.shift_remove("version");
    Ok((project, warning))
}

fn check_stamp(stamp: &Stamp) -> Result<u64> {
    let unrecognised = |found: String| {
        Err(Error::Unrecognised {
            expected: "Segue project",
            found,
        })
    };
    match &stamp.format {
        Some(Value::String(format)) if format == FORMAT => {}
        Some(other) => {
            return unrecognised(format!("\"format\" is {}, not \"{FORMAT}\"", brief(other)));
        }
        None => return unrecognised(format!("the key \"format\": \"{FORMAT}\" is missing")),
    }
    match &stamp.version {
        Some(Value::Number(number)) => match number.as_u64() {
            Some(version) if version <= VERSION => Ok(version),
            Some(version) => Err(Error::Newer {
                what: "project",
                found: version.to_string(),
                supported: VERSION.to_string(),
            }),
            None => unrecognised(format!(
                "\"version\" is {number}, not a whole number from 0"
            )),
        },
        Some(other) => unrecognised(format!("\"version\" is {}, not a number", brief(other))),
        None => unrecognised(format!(
            "the key \"version\" is missing; the current version is {VERSION}"
        )),
    }
}

/// A value as short as an error text needs it.
fn brief(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Whether to leave a flag out of the JSON.
fn is_false(value: &bool) -> bool {
    !value
}

/// Whether to leave a number that defaults to 0 out of the JSON.
fn is_zero(value: &f64) -> bool {
    value.to_bits() == 0
}

/// Whether to leave a choice or number out of the JSON because it is the default.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests;
