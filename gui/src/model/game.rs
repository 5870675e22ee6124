//! What a game can call, and what it does now.

use super::snapshot::Macro;

/// The interactive part of a project at work.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Game {
    /// Events in the project's order.
    pub events: Vec<GameEvent>,
    /// Game values in the project's order: where they go, on no object.
    pub rtpcs: Vec<Macro>,
    /// State groups in the project's order.
    pub states: Vec<GameState>,
    /// The adaptive context and its level, once one is known.
    pub level: Option<(String, u8)>,
    /// Adaptive layers of that context and their gains in dB.
    pub layers: Vec<(String, f32)>,
    /// Ducks that are active and their gains in dB.
    pub ducks: Vec<(String, f32)>,
    /// Rows that are kept for level, layers and ducks, so that what is below them stays in its place.
    pub rows: usize,
    /// What happened last, a line each, the oldest first.
    pub log: Vec<String>,
}

impl Game {
    /// Whether a project has anything for a game to call or to follow.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.rtpcs.is_empty() && self.states.is_empty()
    }

    /// Rows of level, layers and ducks there are now.
    pub(crate) fn rows_now(&self) -> usize {
        usize::from(self.level.is_some()) + self.layers.len() + self.ducks.len()
    }
}

/// An event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GameEvent {
    /// What it is called.
    pub name: String,
    /// How many posts of it play.
    pub playing: usize,
}

/// A state group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GameState {
    /// What it is called.
    pub name: String,
    /// Its values, `none` first.
    pub values: Vec<String>,
    /// Which of them holds.
    pub current: usize,
}
