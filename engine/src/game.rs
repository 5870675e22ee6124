//! The game's side of an engine: events, game values and objects by name.
//!
//! | job | function |
//! |---|---|
//! | post an event | [`Control::post`] |
//! | any call, now or at a frame | [`Control::call`] |
//! | the same by ids instead of names, without allocation | [`Control::find_name`], [`Control::game_call`] |
//! | a stage of a slot game | [`Control::post_stage`] |
//! | what a project knows by name | [`Control::game_names`] |
//! | what happens, row by row | [`Control::next_row`] |
//! | what plays and holds right now | [`Control::activity`] |
//!
//! A call names things as the project does. It is checked here, on the control thread: an unknown
//! name is an error with the nearest one, a value out of range an error with the range.

mod activity;
mod by_id;
mod call;
pub(crate) mod lasting;
mod names;
mod order;
mod resolve;
mod stages;

pub use activity::Activity;
pub use by_id::NameKind;
pub use call::{Call, Summary};
pub use names::{GameNames, object_id};
pub use order::RowOrder;
pub use segue_middleware::Counts;

use std::sync::Arc;

use crate::control::Control;
use crate::error::Result;
use crate::load::LoadedGame;
use names::Session;
use resolve::Resolved;
pub use segue_middleware::telemetry;
use segue_middleware::telemetry::{Listener, Row};
use segue_middleware::{Config, Director};
use segue_rt::command::Plain;
use segue_rt::game::{GameCall, NameId, ObjectId, PlayingId, Program};
pub use stages::{StageFeed, StagePost, stage_value};

/// What an engine keeps for its game.
#[derive(Debug, Default)]
pub(crate) struct Game {
    pub(crate) names: GameNames,
    /// What follows the stages of a slot game.
    pub(crate) stages: stages::StageSide,
    session: Session,
    listener: Option<Listener>,
    /// Of the program before, whose last rows may not be read yet.
    before: Option<Listener>,
    activity: Activity,
    /// What macros were turned to since the project was loaded, by their places.
    pub(crate) turned: Vec<Option<f64>>,
    /// What the game has set the signals of the project to.
    signals: by_id::IdMap<NameId, Option<f32>>,
    /// Whether somebody wants to hear what happens.
    listens: bool,
}

impl Game {
    /// Whether something carries out calls.
    pub(crate) fn is_begun(&self) -> bool {
        self.listener.is_some()
    }

    /// What carries out the calls from now on; the texts of names and the telemetry are its own.
    pub(crate) fn begin(&mut self, loaded: LoadedGame) -> Box<dyn Program> {
        let config = Config {
            clock: Some(crate::control::nanoseconds),
            ..Config::default()
        };
        self.stages.table = Arc::clone(loaded.bank.stages());
        self.stages.lasting = loaded.lasting;
        let (director, listener) = Director::new(loaded.bank, &config);
        listener.listen(self.listens);
        // What was not read yet has happened all the same.
        while let Some(row) = self.before.as_mut().and_then(Listener::next_row) {
            self.activity.note(&row);
        }
        self.before = self.listener.replace(listener);
        let names = std::mem::replace(&mut self.names, loaded.names);
        self.names.come_after(names);
        let before = std::mem::take(&mut self.signals);
        let value = |id| before.get(&id).copied().flatten();
        let ids = self.names.signals.iter().map(|name| NameId::of(name));
        self.signals = ids.map(|id| (id, value(id))).collect();
        Box::new(director)
    }

    /// What a signal was last set to; `None` for one that the project does not have.
    #[inline(always)]
    pub(crate) fn signal(&mut self, signal: NameId) -> Option<&mut Option<f32>> {
        self.signals.get_mut(&signal)
    }

    /// Keeps what a call sets that nobody tells. Allocates nothing.
    #[inline(always)]
    pub(crate) fn note_call(&mut self, call: &GameCall) {
        if let GameCall::Signal { signal, value } = *call
            && let Some(place) = self.signal(signal)
        {
            *place = Some(value);
        }
    }
}

impl Control {
    /// Posts an event on an object (`""` is the global one) at the absolute frame `at`, or
    /// [`NOW`](crate::NOW). What it plays is called by the returned id. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Unknown`](crate::Error::Unknown) for the event or an object that was not registered;
    /// [`Error::QueueFull`](crate::Error::QueueFull).
    pub fn post(&mut self, event: &str, object: &str, at: u64) -> Result<PlayingId> {
        let call = Call::Post {
            event: event.to_owned(),
            object: object.to_owned(),
            emitter: 0,
            gain_db: 0.0,
            label: None,
        };
        Ok(self.call(&call, at)?.unwrap_or_default())
    }

    /// Carries out a call at the absolute frame `at`, or [`NOW`](crate::NOW). A post returns the id
    /// of what it plays. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Unknown`](crate::Error::Unknown) for a name, [`Error::Argument`](crate::Error::Argument)
    /// for a value; [`Error::QueueFull`](crate::Error::QueueFull). Nothing has changed then.
    pub fn call(&mut self, call: &Call, at: u64) -> Result<Option<PlayingId>> {
        match call {
            Call::Stage {
                event,
                object,
                game,
            } => return Ok(self.post_stage_of(game, event, object, at)?.playing),
            Call::PostOf {
                game,
                event,
                object,
            } => return self.post_of(game, event, object, at).map(Some),
            Call::EndStages { game: None } => return self.end_stages(at).map(|()| None),
            Call::EndStages { game: Some(game) } => {
                return self.end_stages_of(game, at).map(|()| None);
            }
            Call::PauseStages { game, on } => {
                return self.pause_stages_of(game, *on, at).map(|()| None);
            }
            _ => {}
        }
        let rate = f64::from(self.config().sample_rate);
        let game = self.game();
        let (made, playing) = match game.session.resolve(&game.names, call, rate)? {
            Resolved::Game(made) => (Plain::Game(made), posted(&made)),
            Resolved::Plain(plain) => (plain, None),
            Resolved::Macro { index, value } => {
                self.set_macro(index, value, at)?;
                return Ok(None);
            }
        };
        self.send(at, made)?;
        self.game_mut().session.note(call);
        Ok(playing)
    }

    /// The most commands that a call becomes. `[main-thread]`
    pub(crate) fn commands_of(&self, call: &Call) -> usize {
        match call {
            Call::Macro { id, .. } => {
                let names = &self.game().names.macros;
                let index = names.iter().position(|name| name == id);
                let targets = index.and_then(|index| self.macro_targets().get(index));
                targets.map_or(1, Vec::len)
            }
            Call::Stage { game, .. } => self.stage_commands(game),
            Call::EndStages { game } => self.end_commands(game.as_deref()),
            Call::PauseStages { game, .. } => self.pause_commands(game),
            // The post, and its pause where its game is paused.
            Call::PostOf { .. } => 2,
            _ => 1,
        }
    }

    /// Checks a call as [`Control::call`] does, without carrying it out: the names of a whole scene
    /// before its first call. Objects and labels that `known` has are taken as there.
    /// `[main-thread]`
    ///
    /// # Errors
    /// As [`Control::call`].
    pub fn check_call(&self, call: &Call, known: &mut CheckedCalls) -> Result<()> {
        let object = match call {
            Call::Stage { object, .. } => &stages::on_object(object),
            Call::EndStages { .. } | Call::PauseStages { .. } => return Ok(()),
            call => call,
        };
        let rate = f64::from(self.config().sample_rate);
        known.0.resolve(&self.game().names, object, rate)?;
        known.0.note(call);
        Ok(())
    }

    /// Whether an object is there.
    fn check_object(&self, object: &str) -> Result<()> {
        let rate = f64::from(self.config().sample_rate);
        let game = self.game();
        let call = stages::on_object(object);
        game.session.resolve(&game.names, &call, rate).map(|_| ())
    }

    /// Begins or ends to listen to what happens: posts, decisions, voices, levels, transitions,
    /// ducking. While nobody listens it costs nothing. `[main-thread]`
    pub fn listen(&mut self, on: bool) {
        let game = self.game_mut();
        game.listens = on;
        if let Some(listener) = &game.listener {
            listener.listen(on);
        }
    }

    /// The next thing that happened, oldest first. [`GameNames::text`] gives the texts
    /// of its names. `[main-thread]`
    pub fn next_row(&mut self) -> Option<Row> {
        let game = self.game_mut();
        let before = game.before.as_mut().and_then(Listener::next_row);
        let row = match before {
            Some(row) => row,
            None => game.listener.as_mut()?.next_row()?,
        };
        game.activity.note(&row);
        Some(row)
    }

    /// What the game did since the project was loaded, whether or not somebody listens.
    /// `[main-thread]`
    pub fn game_counts(&self) -> Counts {
        let listener = self.game().listener.as_ref();
        listener.map(Listener::counts).unwrap_or_default()
    }

    /// What the game does, as of the last row that was read. `[main-thread]`
    #[inline]
    pub fn activity(&self) -> &Activity {
        &self.game().activity
    }

    /// What an adaptive signal was last set to, also for a frame still to come; `None` before, and for those that
    /// the engine measures itself. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::StaleId`](crate::Error::StaleId) for a signal that the project does not have.
    #[inline]
    pub fn signal_value(&self, signal: NameId) -> Result<Option<f32>> {
        let found = self.game().signals.get(&signal).copied();
        found.ok_or_else(|| crate::Error::stale("signal", signal.0))
    }

    /// [`Control::signal_value`] of one that was set, in fewer steps. `[main-thread]`
    #[inline(always)]
    pub fn glance_signal(&self, signal: NameId) -> Option<f32> {
        *self.game().signals.get(&signal)?
    }

    /// What the project knows by name. `[main-thread]`
    pub fn game_names(&self) -> &GameNames {
        &self.game().names
    }

    /// Moves a macro of the project, 0 to 1: the parameters it moves, and its RTPCs.
    /// `[main-thread]`
    ///
    /// # Errors
    /// [`Error::QueueFull`](crate::Error::QueueFull); some of its targets may have moved then.
    pub fn set_macro(&mut self, index: usize, value: f64, at: u64) -> Result<()> {
        let Some(count) = self.macro_targets().get(index).map(Vec::len) else {
            return Ok(());
        };
        let turned = &mut self.game_mut().turned;
        if turned.len() <= index {
            turned.resize(index + 1, None);
        }
        turned[index] = Some(value);
        for place in 0..count {
            let target = self.macro_targets()[index][place];
            // Apart, as [`Control::send`] copies the largest command there is.
            match target.command(value) {
                Plain::Mixer(command) => self.send_mixer(at, command)?,
                Plain::Game(call) => self.send_game(at, call)?,
                other => self.send(at, other)?,
            }
        }
        Ok(())
    }

    /// The name of an object that is registered. `[main-thread]`
    pub fn object_name(&self, object: ObjectId) -> Option<&str> {
        let mut objects = self.game().session.objects.iter();
        objects
            .find(|(_, id)| **id == object)
            .map(|(name, _)| name.as_str())
    }
}

impl Control {
    /// The name of an object for people: also of one that is gone, which rows still tell of. The latest 4,096
    /// of those are known. `[main-thread]`
    pub fn object_text(&self, object: ObjectId) -> Option<&str> {
        let gone = || self.game().session.gone.get(object);
        self.object_name(object).or_else(gone)
    }
}

/// What calls that were checked have made known.
#[derive(Debug, Default)]
pub struct CheckedCalls(Session);

fn posted(call: &GameCall) -> Option<PlayingId> {
    match call {
        GameCall::Post { playing, .. } => Some(*playing),
        _ => None,
    }
}

#[cfg(test)]
pub(crate) mod tests;
