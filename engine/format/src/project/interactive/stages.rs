//! Stages of slot games: which event each posts, traces, timing profiles, win tiers, lint profiles.
//!
//! | document | `"format"` | read | write |
//! |---|---|---|---|
//! | trace | `segue.stages` | [`trace_from_json`] | [`trace_to_json`] |
//! | timing profile | `segue.timing` | [`timing_from_json`] | [`timing_to_json`] |
//! | win tiers | `segue.tiers` | [`tiers_from_json`] | [`tiers_to_json`] |
//! | lint profile | `segue.lint` | [`lint_from_json`] | [`lint_to_json`] |
//!
//! A stage is one object: `{"type": "reel_stop", "reel": 2, "symbols": [1, 5, 7]}`. Its schema is
//! [`segue_middleware::stage::docs::schema`].

mod clip;
mod lint;
mod stage;
#[cfg(test)]
mod tests;
mod tiers;
mod timing;
mod trace;

pub use clip::StageClip;
pub use stage::{stage_from_value, stage_to_value};

use super::super::Warning;
use super::super::check::Checker;
use super::entries::Entries;
use super::json::{Faults, Json, object};
use super::lower::Lower;
use crate::error::{Error, Result};
use crate::json::Document;
use crate::json::path::Path;
use crate::limits;
use segue_middleware::source;
use segue_middleware::stage::StageTrace;
use segue_middleware::stage::lint::LintProfile;
use segue_middleware::stage::tiers::WinTiers;
use segue_middleware::stage::timing::TimingProfile;
use serde_json::Value;
use timing::Timing;

object! {
    /// What stages do.
    pub struct Stages {
        /// Stages and what they post.
        bindings: Vec<StageBinding> = Vec::new(),
        /// Win tiers; absent: the usual table.
        tiers: Option<tiers::Tiers> = None,
        /// Timing profiles besides the built-in ones.
        profiles: Vec<Timing> = Vec::new(),
        /// Recorded stages on the timeline.
        clips: Vec<StageClip> = Vec::new(),
    }
}

object! {
    /// A stage and what it posts.
    pub struct StageBinding {
        /// A name (`REEL_STOP_2`) or a qualified one (`feature_enter.free_spins`).
        stage: String = String::new() => needed,
        /// The event.
        event: String = String::new() => needed,
        /// A stage that goes on posts every time it comes, not only when it begins.
        each: bool = false,
        /// What a stage that goes on plays ends with this fade.
        fade_ms: f64 = 50.0,
        /// Fields of the stage and the RTPCs that are set to them before the post.
        rtpcs: Entries<String> = Entries::default(),
    }
}

lower! {
    StageBinding { stage, event, each, fade_ms, rtpcs }
}

impl Lower<source::Stages> for Stages {
    fn lower(&self) -> source::Stages {
        source::Stages {
            bindings: self.bindings.lower(),
            tiers: self.tiers.as_ref().map(tiers::Tiers::lower),
            profiles: self.profiles.iter().map(|it| it.0.clone()).collect(),
        }
    }
}

/// Reads a trace. What was read but not understood is in the warnings. `[thread-safe]`
///
/// # Errors
/// As [`Project::from_json`](crate::Project::from_json); [`Error::Invalid`] also for times that go
/// back.
pub fn trace_from_json(bytes: &[u8]) -> Result<(StageTrace, Vec<Warning>)> {
    let (trace, warnings) = read::<trace::Trace>(&TRACE, bytes)?;
    Ok((trace.lower(), warnings))
}

/// Writes a trace. `[thread-safe]`
///
/// # Errors
/// [`Error::Invalid`] and [`Error::Limit`] for what could not be read again.
pub fn trace_to_json(trace: &StageTrace) -> Result<Vec<u8>> {
    write(&TRACE, &trace::Trace::of(trace))
}

/// Reads a timing profile. Fields that are not there are those of the profile `normal`.
/// `[thread-safe]`
///
/// # Errors
/// As [`trace_from_json`].
pub fn timing_from_json(bytes: &[u8]) -> Result<(TimingProfile, Vec<Warning>)> {
    let (timing, warnings) = read::<Timing>(&TIMING, bytes)?;
    Ok((timing.0, warnings))
}

/// Writes a timing profile with all its fields. `[thread-safe]`
///
/// # Errors
/// As [`trace_to_json`].
pub fn timing_to_json(profile: &TimingProfile) -> Result<Vec<u8>> {
    write(&TIMING, &Timing(profile.clone()))
}

/// Reads a table of win tiers. `[thread-safe]`
///
/// # Errors
/// As [`trace_from_json`]; a table with gaps, overlaps or an end is refused.
pub fn tiers_from_json(bytes: &[u8]) -> Result<(WinTiers, Vec<Warning>)> {
    let (tiers, warnings) = read::<tiers::Tiers>(&TIERS, bytes)?;
    let tiers = tiers.lower();
    let mut checker = Checker::default();
    for (path, message) in tiers.problems() {
        checker.problem_at(crate::json::path::parse(&path), message);
    }
    checker.into_result(Some(TIERS.document().check_caps(bytes)?))?;
    Ok((tiers, warnings))
}

/// Writes a table of win tiers. `[thread-safe]`
///
/// # Errors
/// As [`trace_to_json`].
pub fn tiers_to_json(tiers: &WinTiers) -> Result<Vec<u8>> {
    write(&TIERS, &tiers::Tiers::of(tiers))
}

/// Reads a lint profile. `[thread-safe]`
///
/// # Errors
/// As [`trace_from_json`].
pub fn lint_from_json(bytes: &[u8]) -> Result<(LintProfile, Vec<Warning>)> {
    let (lint, warnings) = read::<lint::Lint>(&LINT, bytes)?;
    Ok((lint.lower(), warnings))
}

/// Writes a lint profile. `[thread-safe]`
///
/// # Errors
/// As [`trace_to_json`].
pub fn lint_to_json(profile: &LintProfile) -> Result<Vec<u8>> {
    write(&LINT, &lint::Lint::of(profile))
}

/// A document and what its key `format` says.
struct Form {
    name: &'static str,
    format: &'static str,
}

const TRACE: Form = Form {
    name: "stage trace",
    format: "segue.stages",
};
const TIMING: Form = Form {
    name: "timing profile",
    format: "segue.timing",
};
const TIERS: Form = Form {
    name: "win tiers",
    format: "segue.tiers",
};
const LINT: Form = Form {
    name: "lint profile",
    format: "segue.lint",
};

/// The version of these documents that is written, and the newest that is read.
const VERSION: u64 = 1;

impl Form {
    fn document(&self) -> Document {
        Document {
            name: self.name,
            limit: "project_json_bytes",
            max_bytes: limits::PROJECT_JSON_BYTES,
        }
    }
}

fn read<T: Json>(form: &Form, bytes: &[u8]) -> Result<(T, Vec<Warning>)> {
    let document = form.document();
    let text = document.check_caps(bytes)?;
    let value: Value = document.parse(text)?;
    let mut faults = Faults::default();
    let mut map = object(value, Path::Root, &mut faults);
    check_stamp(
        form,
        map.shift_remove("format"),
        map.shift_remove("version"),
    )?;
    let read = T::read(Value::Object(map), Path::Root, &mut faults);
    let mut checker = Checker::default();
    faults.report(&mut checker);
    read.check(Path::Root, &mut checker);
    let warnings = checker.into_result(Some(text))?;
    Ok((read, warnings))
}

fn write<T: Json>(form: &Form, value: &T) -> Result<Vec<u8>> {
    let mut checker = Checker::default();
    value.check(Path::Root, &mut checker);
    checker.into_result(None)?;
    let mut map = crate::json::Extra::new();
    map.insert("format".to_owned(), form.format.into());
    map.insert("version".to_owned(), VERSION.into());
    if let Value::Object(fields) = value.write() {
        map.extend(fields);
    }
    form.document().write(&Value::Object(map))
}

/// Refuses another document and a newer one.
fn check_stamp(form: &Form, format: Option<Value>, version: Option<Value>) -> Result<()> {
    let unrecognised = |found: String| Error::Unrecognised {
        expected: form.name,
        found,
    };
    if format.as_ref().and_then(Value::as_str) != Some(form.format) {
        let found = format.map_or("nothing".to_owned(), |it| super::super::brief(&it));
        let text = format!("the key \"format\" is {found}, not {:?}", form.format);
        return Err(unrecognised(text));
    }
    match version.as_ref().map(Value::as_u64) {
        Some(Some(found)) if found > VERSION => Err(Error::Newer {
            what: form.name,
            found: found.to_string(),
            supported: VERSION.to_string(),
        }),
        Some(Some(_)) => Ok(()),
        _ => Err(unrecognised(format!(
            "the key \"version\" is missing or no whole number; the current version is {VERSION}"
        ))),
    }
}
