//! The interactive part of a project: the key `interactive` of `project.json`.
//!
//! The types mirror the JSON one to one; [`Interactive::lower`] gives what the compiler takes. Here
//! shapes, sizes and the presence of names are checked. Ranges and references are checked by the
//! compiler, whose problems [`Project::place_problems`](super::Project::place_problems)
//! shows at their line.

#[macro_use]
mod tables;
mod adaptive;
mod containers;
mod entries;
mod events;
mod json;
mod lower;
mod music;
mod notes;
mod place;
pub mod stages;
mod syncs;

pub use adaptive::*;
pub use containers::*;
pub use entries::Entries;
pub use events::*;
pub use music::*;
pub use notes::*;
pub use segue_middleware::source::{
    ArcForm, BindingTarget, BlendLaw, BlendWarp, Compare, DuckTrigger, FillerMode, GroupMode,
    LimitRule, MarkerKind, OnChange, RandomMode, Scope, SequenceEnd, Shape, Sync,
};
pub use stages::{StageBinding, StageClip, Stages};
pub use syncs::*;

use super::check::Checker;
use crate::error::{Place, Result};
use crate::json::path::Path;
pub(super) use json::Idle;
use json::{Faults, Json};
use lower::Lower;
use segue_middleware::source;
use segue_middleware::values::duck::slot_matrix;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

object! {
    /// Everything interactive of a project. An empty one is a project without it.
    pub struct Interactive {
        /// Continuous game values.
        rtpcs: Vec<Rtpc> = Vec::new(),
        /// Global discrete values.
        states: Vec<StateGroup> = Vec::new(),
        /// Discrete values of game objects.
        switches: Vec<SwitchGroup> = Vec::new(),
        /// What selects sounds. Containers and sounds share one space of names.
        containers: Vec<Container> = Vec::new(),
        /// What a game calls.
        events: Vec<Event> = Vec::new(),
        /// What holds for every game object.
        game_objects: GameObjects = GameObjects::default(),
        /// Which buses make way for which.
        ducks: Vec<Duck> = Vec::new(),
        /// Buses of which each makes all behind it give way, the more the further behind: the slots of
        /// a game.
        duck_matrix: Vec<String> = Vec::new(),
        /// Buses with a high dynamic range.
        hdr: Vec<Hdr> = Vec::new(),
        /// Interactive music.
        music: Music = Music::default(),
        /// Adaptive layers: the profile, or the name of its file in the project folder.
        adaptive: Option<ProfileSource> = None,
        /// Notes that post events.
        notes: Vec<NoteEvent> = Vec::new(),
        /// Macros that move game values.
        macros: Vec<MacroRtpc> = Vec::new(),
        /// What stages of slot games do.
        stages: Stages = Stages::default(),
    }
}

impl Interactive {
    /// What the compiler takes. `profile` is the adaptive profile where a file of its own has it;
    /// one inside of the project goes first. `[thread-safe]`
    pub fn lower(&self, profile: Option<&Profile>) -> source::Interactive {
        let inline = match &self.adaptive {
            Some(ProfileSource::Inline(profile)) => Some(&**profile),
            _ => None,
        };
        source::Interactive {
            rtpcs: self.rtpcs.lower(),
            states: self.states.lower(),
            switches: self.switches.lower(),
            containers: self.containers.lower(),
            events: self.events.lower(),
            game_objects: self.game_objects.lower(),
            ducks: self.all_ducks(),
            hdr: self.hdr.lower(),
            music: self.music.lower(),
            adaptive: inline.or(profile).map(Profile::lower),
            notes: self.notes.lower(),
            macros: self.macros.lower(),
            stages: self.stages.lower(),
        }
    }

    /// The ducks that were written, then those of the matrix.
    fn all_ducks(&self) -> Vec<source::Duck> {
        let buses: Vec<&str> = self.duck_matrix.iter().map(String::as_str).collect();
        let mut ducks = self.ducks.lower();
        ducks.extend(slot_matrix(&buses));
        ducks
    }

    /// The file of the adaptive profile in the project folder, where it has one. `[thread-safe]`
    pub fn profile_file(&self) -> Option<&str> {
        match &self.adaptive {
            Some(ProfileSource::File(file)) => Some(file),
            _ => None,
        }
    }

    pub(super) fn check_at(&self, at: Path<'_>, c: &mut Checker) {
        self.check(at, c);
    }
}

/// Every fault of the shape of the key `interactive`, which stands in `text`.
pub(super) fn check_shapes(value: Value, text: &[u8]) -> Result<()> {
    let mut faults = Faults::default();
    Interactive::read(value, Path::Root.key(KEY), &mut faults);
    let mut checker = Checker::default();
    faults.report(&mut checker);
    checker.into_result(Some(text)).map(drop)
}

/// The place in a project's text of a path that the compiler said.
pub(super) fn place(path: &str, text: &[u8]) -> Place {
    place::place(&[KEY], path, text)
}

/// The place of a path that starts at the document: of a project, or of a profile's own file.
pub(super) fn document_place(path: &str, text: &[u8]) -> Place {
    place::place(&[], path, text)
}

const KEY: &str = "interactive";

impl Serialize for Interactive {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.write().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Interactive {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut faults = Faults::default();
        let value = Value::deserialize(deserializer)?;
        let read = Self::read(value, Path::Root, &mut faults);
        match faults.first() {
            None => Ok(read),
            Some(fault) => Err(serde::de::Error::custom(fault)),
        }
    }
}

#[cfg(test)]
mod tests;
