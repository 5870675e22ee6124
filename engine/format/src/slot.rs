//! Slot games as text: games, PAR sheets, scenarios, logs, and what a spin gave.
//!
//! Games, sheets and scenarios are written by people, so a key that is not known is an error that
//! names the place and the keys there are: a typing mistake must not change odds in silence.

mod anticipation;
mod csv;
mod game;
mod log;
mod odds;
mod par;
mod result;
mod scenario;

pub use csv::sheet_from_csv;
pub use game::{game_from_json, game_to_json};
pub use log::{check_rows, row_from_json, row_to_json};
pub use odds::odds_value;
pub use par::sheet_from_json;
pub use result::spin_value;
pub use scenario::{outcome_from_text, scenario_from_json, scenario_to_json};

use crate::error::{Error, Problem, Problems, Result};
use crate::json::Document;
use crate::{Place, limits};

const fn document(name: &'static str) -> Document {
    Document {
        name,
        limit: "project_json_bytes",
        max_bytes: limits::PROJECT_JSON_BYTES,
    }
}

/// What a game says is wrong about a document: the same, at its place in it. `[thread-safe]`
pub fn invalid(error: &segue_slot::Error) -> Error {
    let (path, message) = match error {
        segue_slot::Error::Invalid { place, .. } | segue_slot::Error::Impossible { place, .. } => {
            let text = error.to_string();
            let message = text.strip_prefix(&format!("{place}: ")).map(str::to_owned);
            (place.clone(), message.unwrap_or(text))
        }
        other => (String::new(), other.to_string()),
    };
    problem(path, message)
}

/// One problem at a path.
fn problem(path: impl Into<String>, message: impl Into<String>) -> Error {
    let place = Place {
        path: path.into(),
        ..Place::default()
    };
    let message = message.into();
    Error::Invalid(Problems {
        list: vec![Problem { place, message }],
        more: 0,
    })
}

/// `format` must be this, and `version` 1.
fn check_stamp(found: &str, version: u32, format: &'static str) -> Result<()> {
    if found != format {
        return Err(Error::Unrecognised {
            expected: format,
            found: format!("`format` is {found:?}"),
        });
    }
    match version {
        1 => Ok(()),
        0 => Err(problem("version", "0 is not 1")),
        newer => Err(Error::Newer {
            what: format,
            found: newer.to_string(),
            supported: "1".to_owned(),
        }),
    }
}

/// The number of a symbol by its name.
fn number(names: &[String], name: &str, path: &str) -> Result<u8> {
    let at = names.iter().position(|known| known == name);
    if let Some(at) = at.and_then(|at| u8::try_from(at).ok()) {
        return Ok(at);
    }
    let known = names.join(", ");
    let near = meant(name, names.iter().map(String::as_str));
    Err(problem(
        path,
        format!("there is no symbol {name:?}; the game has {known}{near}"),
    ))
}

/// `; did you mean "rtp"?`, where a name is near enough.
fn meant<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let near = crate::nearest(name, known);
    // Another letter is no slip of the first.
    let is_slip = |near: &&str| name.chars().count() > 1 || near.eq_ignore_ascii_case(name);
    let near = near.filter(is_slip);
    near.map_or_else(String::new, |near| format!("; did you mean {near:?}?"))
}
