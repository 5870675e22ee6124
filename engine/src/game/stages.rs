//! Stages of slot games: what they post, and what goes on until another stage ends it.
//!
//! A stage becomes calls of the game at its frame: the ends of the loops that it ends, the signals
//! that it moves, the RTPCs of its binding, and the post. Nothing of it is new to the audio thread,
//! and a session log holds the calls.
//!
//! Several games may play at once. Each has a name (`""` is the host's own), an order and loops of its own.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::Call;
use super::lasting::{Kept, Lasting};
use crate::control::Control;
use crate::error::Result;
use crate::project::OpenProject;
use crate::stage_report::Games;
use segue_middleware::source::{self, Posts};
use segue_middleware::stage::bind::{Bound, StageTable, celebration};
use segue_middleware::stage::fsm::{Fsm, Violation};
use segue_middleware::stage::loops::{Change, Loop, Loops};
use segue_middleware::stage::signals::SignalTracker;
use segue_middleware::stage::table::{FieldInfo, StageInfo};
use segue_middleware::stage::timing::{Scheduled, TimingProfile};
use segue_middleware::stage::{Stage, StageEvent, StageId, StageTrace};
use segue_rt::command::Plain;
use segue_rt::game::{GameCall, NameId, PlayingId};
use serde_json::{Value, json};

/// The fade with which a post ends that no binding made, in seconds; that of bindings by default.
const FADE_S: f64 = 0.05;

/// The latest posts of a game that are paused with it, besides what is kept for its end.
const RECENT: usize = 32;

/// Games that are followed at a time.
const GAMES_MAX: usize = 1024;

/// What follows the stages of games.
#[derive(Debug, Default)]
pub(crate) struct StageSide {
    pub(crate) table: Arc<StageTable>,
    /// What the events of the project leave behind that does not end by itself.
    pub(crate) lasting: Lasting,
    /// One set, as the layers that they move are one.
    signals: SignalTracker,
    /// By name; from its first stage until it is ended.
    games: BTreeMap<String, StageGame>,
    /// Games that began so far.
    begun: u64,
}

impl StageSide {
    /// The game that is to go where another one begins: one more than there may be.
    fn oldest_before(&self, game: &str) -> Option<String> {
        if self.games.len() < GAMES_MAX || self.games.contains_key(game) {
            return None;
        }
        // The host's own stays.
        let others = self.games.iter().filter(|(name, _)| !name.is_empty());
        let oldest = others.min_by_key(|(_, game)| game.number);
        oldest.map(|(name, _)| name.clone())
    }

    /// That of this name; at its first stage it begins.
    fn game(&mut self, name: &str) -> &mut StageGame {
        let begun = &mut self.begun;
        self.games.entry(name.to_owned()).or_insert_with(|| {
            *begun += 1;
            StageGame {
                number: *begun,
                ..StageGame::default()
            }
        })
    }
}

/// What follows the stages of one game.
#[derive(Debug, Default)]
struct StageGame {
    /// How many had begun with it.
    number: u64,
    order: Fsm,
    loops: Loops,
    /// What the open loops play.
    playing: Vec<Playing>,
    /// What its posts have left behind besides.
    kept: Kept,
    /// Its latest posts, the oldest first: what ends by itself is paused too.
    recent: VecDeque<PlayingId>,
    is_paused: bool,
}

/// A loop, what it plays, and the fade with which it ends, in seconds.
type Playing = (Loop, PlayingId, f64);

impl StageGame {
    /// Everything of it that may sound, each once.
    fn sounding(&self) -> BTreeSet<PlayingId> {
        let loops = self.playing.iter().map(|(_, playing, _)| *playing);
        let kept = self.kept.posts().map(|(playing, _)| playing);
        loops
            .chain(kept)
            .chain(self.recent.iter().copied())
            .collect()
    }

    fn note_recent(&mut self, playing: PlayingId) {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(playing);
    }

    /// The most commands that its end becomes.
    fn end_commands(&self) -> usize {
        let recent = if self.is_paused { self.recent.len() } else { 0 };
        self.playing.len() + self.kept.commands() + recent
    }

    /// What the loops played that are over, in the order of their ends.
    fn over(&mut self, change: &Change) -> Vec<Playing> {
        let ended = change.ended.iter().chain(&change.cut);
        let place = |over: &Loop| {
            let place = self.playing.iter().position(|(it, ..)| it == over)?;
            Some(self.playing.remove(place))
        };
        ended.filter_map(place).collect()
    }
}

/// What became of a stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StagePost {
    /// The binding that was found, as its place in [`StageTable::bound`].
    pub bound: Option<usize>,
    /// What it plays; a loop that goes on, and a stage that nothing is bound to, play nothing new.
    pub playing: Option<PlayingId>,
    /// It may not come where it came. It was carried out all the same.
    pub violation: Option<Violation>,
}

impl Control {
    /// Carries out a stage on an object (`""` is the global one) at the absolute frame `at`, or
    /// [`NOW`](crate::NOW). Stages are posted in the order in which they are heard. A stage that
    /// nothing is bound to is no error. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Unknown`](crate::Error::Unknown) for an object that was not registered; then
    /// nothing has changed. [`Error::QueueFull`](crate::Error::QueueFull): some of its calls may
    /// have been queued.
    pub fn post_stage(&mut self, event: &StageEvent, object: &str, at: u64) -> Result<StagePost> {
        self.post_stage_of("", event, object, at)
    }

    /// As [`post_stage`](Self::post_stage), for one of several games, by a name of your choice: its stages are
    /// followed on their own, and end no loop of another one. [`Control::end_stages_of`] forgets it. 1024 are
    /// followed at a time: one more, and the one that began first is ended. `[main-thread]`
    ///
    /// # Errors
    /// As [`post_stage`](Self::post_stage).
    pub fn post_stage_of(
        &mut self,
        game: &str,
        event: &StageEvent,
        object: &str,
        at: u64,
    ) -> Result<StagePost> {
        self.check_object(object)?;
        if let Some(oldest) = self.game().stages.oldest_before(game) {
            self.end_stages_of(&oldest, at)?;
        }
        self.have_room(self.stage_commands(game))?;
        let side = &mut self.game_mut().stages;
        let its = side.game(game);
        let violation = its.order.take(&event.stage).err();
        let change = its.loops.take(&event.stage);
        let over = its.over(&change);
        let signals = side.signals.take(event);
        let table = Arc::clone(&side.table);
        self.stop_loops(&over, at)?;
        if matches!(event.stage, Stage::UiSpinPress {}) {
            self.send(at, Plain::Game(GameCall::NewSpin))?;
        }
        for (signal, value) in signals {
            self.set_stage_signal(signal, value, at)?;
        }
        let bound = table.find(event);
        let mut post = StagePost {
            bound,
            playing: None,
            violation,
        };
        if let Some(binding) = bound.and_then(|at| table.bound().get(at)) {
            let playing = self.post_bound(event, binding, &change, object, at)?;
            post.playing = playing;
            self.begin_paused(game, playing, at)?;
            self.note_post(game, event, binding, &change, playing);
        }
        Ok(post)
    }

    /// Posts an event on an object (`""` is the global one) at the absolute frame `at`, or
    /// [`NOW`](crate::NOW), as one of several games: [`Control::end_stages_of`] ends what of it goes on.
    /// `[main-thread]`
    ///
    /// # Errors
    /// As [`Control::post`]; nothing has changed then.
    pub fn post_of(&mut self, game: &str, event: &str, object: &str, at: u64) -> Result<PlayingId> {
        let id = NameId::of(event);
        let leaves = self.game().stages.lasting.get(&id).cloned();
        if let Some(oldest) = self.game().stages.oldest_before(game) {
            self.end_stages_of(&oldest, at)?;
        }
        // The post, and its pause where its game is paused.
        self.have_room(2)?;
        let playing = self.post(event, object, at)?;
        let its = self.game_mut().stages.game(game);
        if let Some(leaves) = leaves {
            its.kept.note(id, &leaves, playing, FADE_S);
        }
        self.begin_paused(game, Some(playing), at)?;
        Ok(playing)
    }

    /// Pauses everything that stages and [posts](Self::post_of) of one game play, or lets it go on; what they post
    /// meanwhile begins paused, behind its first 5 ms. That is everything that [`end_stages_of`](Self::end_stages_of) would end, and the
    /// latest 32 posts. Pausing twice is pausing once, and the end of the game ends what is paused too. Music,
    /// states, switches, RTPCs and signals are not paused. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::QueueFull`](crate::Error::QueueFull); nothing has changed then.
    pub fn pause_stages_of(&mut self, game: &str, on: bool, at: u64) -> Result<()> {
        if on && let Some(oldest) = self.game().stages.oldest_before(game) {
            self.end_stages_of(&oldest, at)?;
        }
        self.have_room(self.pause_commands(game))?;
        let stages = &mut self.game_mut().stages;
        if !on && !stages.games.contains_key(game) {
            return Ok(());
        }
        let its = stages.game(game);
        if std::mem::replace(&mut its.is_paused, on) == on {
            return Ok(());
        }
        let fade = self.frames_of(FADE_S);
        for playing in self.game_mut().stages.game(game).sounding() {
            self.send(
                at,
                Plain::Game(GameCall::PausePlaying { playing, on, fade }),
            )?;
        }
        Ok(())
    }

    /// The most commands that a pause of a game becomes.
    pub(super) fn pause_commands(&self, game: &str) -> usize {
        let game = self.game().stages.games.get(game);
        game.map_or(0, |game| game.sounding().len())
    }

    /// A post of a game begins; paused, where its game is.
    fn begin_paused(&mut self, game: &str, playing: Option<PlayingId>, at: u64) -> Result<()> {
        let its = self.game_mut().stages.games.get_mut(game);
        let (Some(its), Some(playing)) = (its, playing) else {
            return Ok(());
        };
        its.note_recent(playing);
        if !its.is_paused {
            return Ok(());
        }
        let (on, fade) = (true, 0);
        self.send(
            at,
            Plain::Game(GameCall::PausePlaying { playing, on, fade }),
        )
    }

    /// Ends everything that stages and [posts](Self::post_of) of games have begun and not ended, of all
    /// games; as [`end_stages_of`](Self::end_stages_of) each. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::QueueFull`](crate::Error::QueueFull).
    pub fn end_stages(&mut self, at: u64) -> Result<()> {
        self.have_room(self.end_commands(None))?;
        let games = std::mem::take(&mut self.game_mut().stages.games);
        for game in games.values() {
            self.end_game(game, at)?;
        }
        let contexts = games.values().map(|game| game.kept.contexts());
        self.leave_contexts(contexts.max().unwrap_or(0), at)
    }

    /// Ends everything that the stages and [posts](Self::post_of) of one game have begun and not ended: it is
    /// gone, or begins anew. That is the loops of its stages and whatever else it posted that may go on without
    /// end, the latest 24 of those; what ends by itself rings out. The adaptive contexts that it entered are left,
    /// unless another game is in one too. Music, states, switches, RTPCs and signals stay. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::QueueFull`](crate::Error::QueueFull).
    pub fn end_stages_of(&mut self, game: &str, at: u64) -> Result<()> {
        self.have_room(self.end_commands(Some(game)))?;
        let Some(game) = self.game_mut().stages.games.remove(game) else {
            return Ok(());
        };
        self.end_game(&game, at)?;
        let others = &self.game().stages.games;
        let contexts = match others.values().any(|other| other.kept.contexts() > 0) {
            true => 0,
            false => game.kept.contexts(),
        };
        self.leave_contexts(contexts, at)
    }

    /// Stops what a game plays.
    fn end_game(&mut self, game: &StageGame, at: u64) -> Result<()> {
        self.stop_loops(&game.playing, at)?;
        for (playing, fade) in game.kept.posts() {
            self.stop_post(playing, fade, at)?;
        }
        if game.is_paused {
            // What would ring out stands still, and nobody lets it go on.
            for playing in &game.recent {
                self.stop_post(*playing, FADE_S, at)?;
            }
        }
        Ok(())
    }

    fn leave_contexts(&mut self, count: usize, at: u64) -> Result<()> {
        for _ in 0..count {
            self.send(at, Plain::Game(GameCall::LeaveContext { summary: 0 }))?;
        }
        Ok(())
    }

    /// Nothing is followed of which only a part could be sent: loops would never end.
    fn have_room(&self, needed: usize) -> Result<()> {
        let needed = needed.min(self.config().limits.commands);
        match self.free_commands() < needed {
            true => Err(self.queue_full()),
            false => Ok(()),
        }
    }

    /// Which event each stage posts. `[main-thread]`
    pub fn stage_table(&self) -> &Arc<StageTable> {
        &self.game().stages.table
    }

    /// Stages to which the project binds a sound. `[main-thread]`
    pub fn bound_stages(&self) -> BTreeSet<StageId> {
        self.stage_table().bound_stages()
    }

    /// The most commands that the end of a game, or of all, becomes.
    pub(super) fn end_commands(&self, game: Option<&str>) -> usize {
        let games = self.game().stages.games.iter();
        let its = games.filter(|(name, _)| game.is_none_or(|game| game == *name));
        its.map(|(_, game)| game.end_commands()).sum()
    }

    /// The most commands that a stage of a game becomes: loops that end, a spin, signals, RTPCs, and a post with
    /// its pause.
    pub(super) fn stage_commands(&self, game: &str) -> usize {
        let (names, side) = (&self.game().names, &self.game().stages);
        let rtpcs = side.table.bound().iter().map(|it| it.rtpcs.len());
        let playing = side.games.get(game).map_or(0, |game| game.playing.len());
        playing + 1 + names.signals.len() + rtpcs.max().unwrap_or(0) + 3
    }

    fn post_bound(
        &mut self,
        event: &StageEvent,
        binding: &Bound,
        change: &Change,
        object: &str,
        at: u64,
    ) -> Result<Option<PlayingId>> {
        let table = Arc::clone(self.stage_table());
        for (field, rtpc) in &binding.rtpcs {
            if let Some(value) = table.number_of(event, field) {
                let call = Call::Rtpc {
                    rtpc: rtpc.clone(),
                    value: crate::to_f32(value),
                    object: object.to_owned(),
                    label: None,
                    ramp: 0.0,
                };
                self.call(&call, at)?;
            }
        }
        let loops = event.stage.id().loops() && !binding.each;
        if loops && change.goes_on {
            return Ok(None);
        }
        let post = Call::Post {
            event: binding.event.clone(),
            object: object.to_owned(),
            emitter: 0,
            gain_db: event.gain_db,
            label: None,
        };
        Ok(Some(self.call(&post, at)?.unwrap_or_default()))
    }

    /// Remembers what a loop plays, for its end, and what else goes on, for that of the game.
    fn note_post(
        &mut self,
        game: &str,
        event: &StageEvent,
        binding: &Bound,
        change: &Change,
        playing: Option<PlayingId>,
    ) {
        let loops = event.stage.id().loops() && !binding.each;
        let side = &mut self.game_mut().stages;
        let (Some(playing), Some(game)) = (playing, side.games.get_mut(game)) else {
            return;
        };
        let id = binding.event_id();
        let begun = change.begun.filter(|_| loops);
        if let Some(begun) = begun {
            game.playing.push((begun, playing, binding.fade_s));
        }
        match (side.lasting.get(&id), begun) {
            (Some(leaves), None) => game.kept.note(id, leaves, playing, binding.fade_s),
            (Some(leaves), Some(_)) => game.kept.note_contexts(leaves),
            (None, _) => {}
        }
    }

    fn stop_loops(&mut self, over: &[Playing], at: u64) -> Result<()> {
        for (_, playing, fade) in over {
            self.stop_post(*playing, *fade, at)?;
        }
        Ok(())
    }

    fn stop_post(&mut self, playing: PlayingId, fade_s: f64, at: u64) -> Result<()> {
        let fade = self.frames_of(fade_s);
        self.send(at, Plain::Game(GameCall::StopPlaying { playing, fade }))
    }

    /// Signals that the project does not have are nobody's business.
    fn set_stage_signal(&mut self, signal: &str, value: f32, at: u64) -> Result<()> {
        if self
            .game()
            .names
            .signals
            .iter()
            .any(|known| known == signal)
        {
            let signal = signal.to_owned();
            self.call(&Call::Signal { signal, value }, at)?;
        }
        Ok(())
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a fade of at most a minute"
    )]
    fn frames_of(&self, seconds: f64) -> u32 {
        (seconds * f64::from(self.config().sample_rate)).round() as u32
    }
}

/// A call that is right where a stage on this object is.
pub(super) fn on_object(object: &str) -> Call {
    Call::StopAll {
        object: object.to_owned(),
        fade: 0.0,
    }
}

impl OpenProject {
    /// Which event each stage posts, as the compiler makes it; it checks that when the project is
    /// played. `[thread-safe]`
    pub fn stage_table(&self) -> StageTable {
        let interactive = self.interactive();
        let posts = Posts::among(&interactive.events);
        let source::Stages {
            bindings,
            tiers,
            profiles,
        } = interactive.stages;
        let bound = bindings.into_iter().map(|it| Bound {
            celebration: celebration(&posts, &it.event),
            stage: it.stage,
            event: it.event,
            each: it.each,
            fade_s: f64::from(it.fade_ms) / 1000.0,
            rtpcs: it.rtpcs,
        });
        StageTable::new(bound.collect(), tiers, profiles)
    }
}

/// Feeds a trace to an engine as it plays, each stage at its frame.
#[derive(Clone, Debug)]
pub struct StageFeed {
    trace: StageTrace,
    items: Vec<Fed>,
    next: usize,
    start: u64,
    rate: f64,
}

/// A stage that is posted, or the end of its game.
#[derive(Clone, Debug)]
struct Fed {
    /// Frames from the start.
    at: u64,
    game: Arc<str>,
    /// Place of the stage; `None` for the end.
    stage: Option<usize>,
}

impl StageFeed {
    /// A trace that begins at the absolute frame `start`. Latency is compensated as `profile` says.
    /// `[thread-safe]`
    pub fn new(trace: StageTrace, profile: &TimingProfile, sample_rate: u32, start: u64) -> Self {
        let rate = f64::from(sample_rate);
        let own: Arc<str> = "".into();
        let fed = |it: &Scheduled| Fed {
            at: it.audio_smp,
            game: Arc::clone(&own),
            stage: Some(it.index),
        };
        Self {
            items: profile.schedule(&trace, rate).iter().map(fed).collect(),
            trace,
            next: 0,
            start,
            rate,
        }
    }

    /// Its stages are of these games, and their ends are heard too. For a trace whose latency is
    /// compensated already. `[thread-safe]`
    #[must_use]
    pub fn of_games(mut self, games: &Games) -> Self {
        if games.is_own() {
            return self;
        }
        let mut whose: Vec<Arc<str>> = vec!["".into(); self.trace.events.len()];
        let mut ends = Vec::new();
        for part in games.parts() {
            for place in &part.events {
                if let Some(game) = whose.get_mut(*place) {
                    *game = Arc::clone(&part.game);
                }
            }
            if let Some(gone) = part.gone {
                let fed = Fed {
                    at: frames(gone.at_ms / 1000.0 * self.rate),
                    game: Arc::clone(&part.game),
                    stage: None,
                };
                ends.push((gone.before * 2, fed));
            }
        }
        let stages = self.items.into_iter().map(|mut it| {
            let place = it.stage.unwrap_or_default();
            if let Some(game) = whose.get(place) {
                it.game = Arc::clone(game);
            }
            (place * 2 + 1, it)
        });
        ends.extend(stages);
        ends.sort_by_key(|(order, it)| (it.at, *order));
        self.items = ends.into_iter().map(|(_, it)| it).collect();
        self
    }

    /// Frame of the last stage.
    pub fn end(&self) -> u64 {
        let last = self.items.last().map_or(0, |it| it.at);
        self.start + last
    }

    /// The calls with their absolute frames, in the order in which they are heard.
    pub fn calls(&self) -> impl Iterator<Item = (u64, Call)> {
        let call = |it: &Fed| {
            let game = (*it.game).to_owned();
            let call = match it.stage {
                Some(place) => Call::Stage {
                    event: Box::new(self.trace.events.get(place)?.clone()),
                    object: String::new(),
                    game,
                },
                None => Call::EndStages { game: Some(game) },
            };
            Some((self.start + it.at, call))
        };
        self.items.iter().filter_map(call)
    }

    /// Posts every stage that comes before frame `until` and was not posted; how many that were.
    /// Called again after [`Error::QueueFull`](crate::Error::QueueFull) it goes on where it was.
    /// `[main-thread]`
    ///
    /// # Errors
    /// As [`Control::post_stage`].
    pub fn feed(&mut self, control: &mut Control, until: u64) -> Result<usize> {
        let mut posted = 0;
        while let Some(it) = self.items.get(self.next) {
            let at = self.start + it.at;
            if at >= until {
                break;
            }
            match it.stage {
                // Nothing of it was carried out where it fails, so it comes again.
                None => {
                    control.end_stages_of(&it.game, at)?;
                    self.next += 1;
                }
                Some(place) => {
                    // It counts as posted whatever comes: a stage must not begin twice.
                    self.next += 1;
                    if let Some(event) = self.trace.events.get(place) {
                        posted += 1;
                        control.post_stage_of(&it.game, event, "", at)?;
                    }
                }
            }
        }
        Ok(posted)
    }
}

/// A time in frames to the next of them.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "frames far below 2^53, and not negative"
)]
fn frames(exact: f64) -> u64 {
    exact.round().max(0.0) as u64
}

/// A row of the table of stages, as `segue stages list --json` and libsegue tell it. `[thread-safe]`
pub fn stage_value(info: &StageInfo) -> Value {
    let field = |field: &FieldInfo| json!({"name": field.name, "optional": field.optional, "allowed": field.kind.to_string()});
    let aliases: Vec<&str> = info.aliases.iter().map(|(alias, _)| *alias).collect();
    json!({
        "id": info.id.to_string(),
        "name": info.name,
        "aliases": aliases,
        "loops": info.loops,
        "ducks": info.ducks,
        "about": info.about,
        "fields": info.fields.iter().map(field).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests;
