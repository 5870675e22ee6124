//! The adaptive profile: inside of a project, or as a file of its own.

use super::super::super::check::Checker;
use super::super::super::{Warning, check_asset_path};
use super::super::entries::Entries;
use super::super::json::{Faults, Json, expected};
use super::super::lower::Lower;
use super::{Context, LevelTransition, Rule, Signal, Stability};
use crate::error::{Error, Result};
use crate::json::Document;
use crate::json::path::Path;
use crate::limits;
use segue_middleware::source;
use serde_json::Value;

/// What `"format"` says in a profile.
const FORMAT: &str = "segue.adaptive";

/// The version of profiles this crate writes.
const VERSION: u32 = 1;

const DOCUMENT: Document = Document {
    name: "adaptive profile",
    limit: "project_json_bytes",
    max_bytes: limits::PROJECT_JSON_BYTES,
};

object! {
    /// An adaptive profile.
    pub struct Profile {
        /// `segue.adaptive`; may be left out inside of a project.
        format: Option<String> = None,
        /// 1; may be left out inside of a project.
        version: Option<u32> = None,
        /// When it was made, for people.
        created: Option<String> = None,
        /// When it was changed, for people.
        modified: Option<String> = None,
        /// Who made it.
        author: Option<String> = None,
        /// About the game.
        metadata: Metadata = Metadata::default(),
        /// Signals besides the built-in ones.
        signals: Vec<Signal> = Vec::new(),
        /// Contexts by name; the first is where it begins.
        contexts: Entries<Context> = Entries::default(),
        /// At most 1024.
        rules: Vec<Rule> = Vec::new(),
        /// Transitions by name, besides those of every profile.
        transitions: Entries<LevelTransition> = Entries::default(),
        /// What keeps levels from flapping.
        stability: Stability = Stability::default(),
        /// Names of sounds.
        asset_manifest: AssetManifest = AssetManifest::default(),
    }
    checked by check_stamp
}

object! {
    /// About the game of a profile.
    pub struct Metadata {
        /// Its name.
        game_name: String = String::new(),
        /// Its id.
        game_id: String = String::new(),
        /// What it runs on.
        target_platforms: Vec<String> = Vec::new(),
        /// Megabytes of audio it may take; `segue check` compares. Default 150.
        audio_budget_mb: f64 = 150.0,
    }
}

object! {
    /// Names that a profile gives to sounds and containers.
    pub struct AssetManifest {
        /// For layers.
        tracks: Vec<NamedAsset> = Vec::new(),
        /// For rules and contexts.
        stingers: Vec<NamedAsset> = Vec::new(),
    }
}

object! {
    /// A name for a sound or container.
    pub struct NamedAsset {
        /// Unique in its list.
        name: String = String::new() => needed,
        /// The sound or container.
        asset: String = String::new() => needed,
    }
}

fn check_stamp(profile: &Profile, at: Path<'_>, c: &mut Checker) {
    if let Some(format) = profile.format.as_ref().filter(|format| *format != FORMAT) {
        c.problem(at.key("format"), || format!("{format:?} is not {FORMAT:?}"));
    }
    match profile.version {
        None | Some(VERSION) => {}
        Some(0) => c.problem(at.key("version"), || format!("0 is not {VERSION}")),
        Some(newer) => c.problem(at.key("version"), || {
            format!(
                "this profile has version {newer}, but this Segue reads up to version {VERSION}; \
                 open it with a newer Segue"
            )
        }),
    }
}

impl Profile {
    /// Reads a profile's own file. What was read but not understood is in the warnings.
    /// `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Limit`], [`Error::Json`], [`Error::Unrecognised`] without
    /// `"format": "segue.adaptive"` and a version, [`Error::Newer`], and [`Error::Invalid`] with line
    /// and column.
    pub fn from_json(bytes: &[u8]) -> Result<(Profile, Vec<Warning>)> {
        let text = DOCUMENT.check_caps(bytes)?;
        let value: Value = DOCUMENT.parse(text)?;
        stamp(&value)?;
        let mut faults = Faults::default();
        let profile = Profile::read(value, Path::Root, &mut faults);
        let mut checker = Checker::default();
        faults.report(&mut checker);
        profile.check(Path::Root, &mut checker);
        let warnings = checker.into_result(Some(text))?;
        Ok((profile, warnings))
    }

    /// Writes a profile's own file, with its format and version. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`Error::Limit`] if the text would be too large to be read again.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        let stamped = Profile {
            format: Some(FORMAT.to_owned()),
            version: Some(VERSION),
            ..self.clone()
        };
        let mut checker = Checker::default();
        stamped.check(Path::Root, &mut checker);
        checker.into_result(None)?;
        DOCUMENT.write(&stamped.write())
    }

    /// What the compiler takes. `[thread-safe]`
    pub fn lower(&self) -> source::Adaptive {
        let named = |entry: &NamedAsset| source::AdaptiveStinger {
            name: entry.name.clone(),
            asset: entry.asset.clone(),
        };
        let contexts = self.contexts.0.iter();
        let transitions = self.transitions.0.iter();
        source::Adaptive {
            signals: self.signals.lower(),
            contexts: contexts
                .map(|(name, context)| self.context(name, context))
                .collect(),
            rules: self.rules.lower(),
            transitions: transitions.map(|(name, way)| way.named(name)).collect(),
            stability: self.stability.lower(),
            stingers: self.asset_manifest.stingers.iter().map(named).collect(),
        }
    }

    fn context(&self, name: &str, context: &Context) -> source::Context {
        let mut lowered = context.named(name);
        for layer in lowered.levels.iter_mut().flatten() {
            let tracks = &self.asset_manifest.tracks;
            if let Some(track) = tracks.iter().find(|track| track.name == layer.asset) {
                layer.asset.clone_from(&track.asset);
            }
        }
        lowered
    }
}

/// Refuses what is no profile, and what is a newer one.
fn stamp(value: &Value) -> Result<()> {
    let unrecognised = |found: String| Error::Unrecognised {
        expected: "Segue adaptive profile",
        found,
    };
    match value.get("format") {
        Some(Value::String(format)) if format == FORMAT => {}
        Some(other) => return Err(unrecognised(expected(&format!("{FORMAT:?}"), other))),
        None => {
            let text = format!("the key \"format\": {FORMAT:?} is missing");
            return Err(unrecognised(text));
        }
    }
    match value.get("version").map(Value::as_u64) {
        Some(Some(version)) if version > u64::from(VERSION) => Err(Error::Newer {
            what: "adaptive profile",
            found: version.to_string(),
            supported: VERSION.to_string(),
        }),
        Some(Some(_)) => Ok(()),
        _ => Err(unrecognised(format!(
            "the key \"version\" is missing or no whole number; the current version is {VERSION}"
        ))),
    }
}

/// Where a project has its adaptive profile.
#[derive(Clone, Debug, PartialEq)]
pub enum ProfileSource {
    /// In `project.json`.
    Inline(Box<Profile>),
    /// In this file of the project folder.
    File(String),
}

impl Json for ProfileSource {
    fn read(value: Value, at: Path<'_>, faults: &mut Faults) -> Self {
        match value {
            Value::String(file) => Self::File(file),
            other => Self::Inline(Box::new(Profile::read(other, at, faults))),
        }
    }

    fn write(&self) -> Value {
        match self {
            Self::Inline(profile) => profile.write(),
            Self::File(file) => file.as_str().into(),
        }
    }

    fn check(&self, at: Path<'_>, c: &mut Checker) {
        match self {
            Self::Inline(profile) => profile.check(at, c),
            Self::File(file) => {
                if let Err(message) = check_asset_path(file) {
                    c.problem(at, || message);
                }
            }
        }
    }
}
