//! What is known of each game at a time: several play at once, and none hears of another.

use crate::adapter::{self, Adapter, HOLD_MS};
use crate::hub::Peer;
use crate::schedule::Planner;
use segue_middleware::stage::loops::{Loop, Loops};
use segue_middleware::stage::{Stage, StageId};
use std::collections::BTreeMap;

/// One game. There is one for each conversation that said something and is not over.
#[derive(Debug)]
pub(super) struct Game {
    /// What the adapter saw of it.
    pub(super) seen: adapter::Game,
    pub(super) planner: Planner,
    /// It said a stage.
    pub(super) plays: bool,
    /// Its loops that are heard.
    loops: Loops,
    hold: Option<Hold>,
}

/// A win that counts up ends by itself, where the game says nothing further.
#[derive(Clone, Copy, Debug)]
struct Hold {
    /// When the win grew and to what, as the adapter says it.
    grew: (f64, i64),
    /// The frame of the end.
    at: u64,
}

impl Game {
    fn new(seen: adapter::Game, rate: u32) -> Self {
        Self {
            seen,
            planner: Planner::new(rate),
            plays: false,
            loops: Loops::new(),
            hold: None,
        }
    }

    /// A stage of it is heard.
    pub(super) fn heard(&mut self, stage: &Stage) {
        self.plays = true;
        self.loops.take(stage);
    }

    /// A message was taken, whose last stage is heard at frame `last`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a quarter of a second"
    )]
    pub(super) fn hold_from(&mut self, last: u64, rate: f64) {
        let hold = (HOLD_MS * rate / 1000.0).round() as u64;
        self.hold = self.seen.rolls_since().map(|grew| match self.hold {
            Some(before) if before.grew == grew => before,
            _ => Hold {
                grew,
                at: last.saturating_add(hold),
            },
        });
    }

    /// Takes the frame of the end of its win, where that is before frame `until`.
    pub(super) fn hold_before(&mut self, until: u64) -> Option<u64> {
        self.hold.take_if(|it| it.at < until).map(|it| it.at)
    }
}

/// A profile that this adapter does not have, as its project has another, leaves that of its file.
fn choose(adapter: &Adapter, seen: &mut adapter::Game, profile: Option<&String>) {
    if let Some(name) = profile {
        let _ = adapter.set_profile(seen, name);
    }
}

/// All games. `[main-thread]`
#[derive(Debug)]
pub(super) struct Games {
    rate: u32,
    of: BTreeMap<Peer, Game>,
    /// Timing profiles that games asked for, until their conversation ends.
    profiles: BTreeMap<Peer, String>,
}

impl Games {
    pub(super) const fn new(rate: u32) -> Self {
        Self {
            rate,
            of: BTreeMap::new(),
            profiles: BTreeMap::new(),
        }
    }

    /// That of a peer; at its first message it begins.
    pub(super) fn get(&mut self, peer: Peer, adapter: &Adapter) -> &mut Game {
        let rate = self.rate;
        let profile = self.profiles.get(&peer);
        self.of.entry(peer).or_insert_with(|| {
            let mut seen = adapter.game();
            choose(adapter, &mut seen, profile);
            Game::new(seen, rate)
        })
    }

    /// What of a game has no times of its own takes those of this timing profile from now on.
    ///
    /// # Errors
    /// The names that there are.
    pub(super) fn set_profile(
        &mut self,
        peer: Peer,
        name: &str,
        adapter: &Adapter,
    ) -> Result<(), String> {
        adapter.set_profile(&mut self.get(peer, adapter).seen, name)?;
        self.profiles.insert(peer, name.to_owned());
        Ok(())
    }

    /// The timing profile that a game asked for.
    pub(super) fn profile(&self, peer: Peer) -> Option<&str> {
        self.profiles.get(&peer).map(String::as_str)
    }

    /// The conversation of a game is over.
    pub(super) fn leave(&mut self, peer: Peer) {
        self.profiles.remove(&peer);
    }

    /// That of a peer, if it said something.
    pub(super) fn known(&mut self, peer: Peer) -> Option<&mut Game> {
        self.of.get_mut(&peer)
    }

    /// A game is over, or begins anew; how many of its loops went on.
    pub(super) fn end(&mut self, peer: Peer) -> usize {
        let game = self.of.remove(&peer);
        game.map_or(0, |game| game.loops.open().len())
    }

    /// Another adapter takes over.
    pub(super) fn go_on(&mut self, adapter: &Adapter) {
        for (peer, game) in &mut self.of {
            game.seen = adapter.go_on(&game.seen);
            choose(adapter, &mut game.seen, self.profiles.get(peer));
        }
    }

    /// Loops of one game that go on.
    pub(super) fn open_of(&self, peer: Peer) -> impl Iterator<Item = &Loop> {
        let game = self.of.get(&peer).into_iter();
        game.flat_map(|game| game.loops.open().iter().map(|(it, _)| it))
    }

    /// Loops that go on, of all games.
    pub(super) fn open(&self) -> Vec<(StageId, Option<u8>)> {
        let open = self.of.keys().flat_map(|peer| self.open_of(*peer));
        open.map(|it| (it.stage, it.reel)).collect()
    }

    /// Whose win ends by itself before frame `until`.
    pub(super) fn holds_before(&self, until: u64) -> Vec<Peer> {
        let is_due = |game: &Game| game.hold.is_some_and(|it| it.at < until);
        let due = self.of.iter().filter(|(_, game)| is_due(game));
        due.map(|(peer, _)| *peer).collect()
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.of.len()
    }
}
