//! How a message came.

use serde_json::{Map, Value};

/// How a message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// A game said it in a frame.
    Game,
    /// Over OSC.
    Osc,
    /// Segue wrote it: the end of a game, or a command that was carried out.
    Segue,
}

impl Via {
    const ALL: [Self; 3] = [Self::Game, Self::Osc, Self::Segue];

    /// Its name in traces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Game => "game",
            Self::Osc => "osc",
            Self::Segue => "segue",
        }
    }

    /// That of a message's row; `None` for a name that is not known.
    pub(crate) fn of_row(row: &Map<String, Value>) -> Option<Self> {
        match row.get("via") {
            Some(name) => Self::ALL.into_iter().find(|via| *name == via.name()),
            None => Some(Self::guess(row)),
        }
    }

    /// Rows that do not say it: OSC came through a connector with such a name, and Segue's own have
    /// the number 0.
    fn guess(row: &Map<String, Value>) -> Self {
        let frame = row.get("frame");
        let has = |key: &str| frame.is_some_and(|frame| frame["data"].get(key).is_some());
        let source = row.get("src").and_then(Value::as_str).unwrap_or("");
        let is_first = frame.is_some_and(|frame| frame["seq"] == 0);
        if source.starts_with("osc") && has("address") {
            Self::Osc
        } else if is_first && (has("closed") || has("command")) {
            Self::Segue
        } else {
            Self::Game
        }
    }
}
