//! Which game began which loop, so that each is ended with its own.

use crate::hub::Peer;
use segue_middleware::stage::Stage;
use segue_middleware::stage::loops::{Loop, Loops};

/// Follows the loops of all games. `[thread-safe]`
#[derive(Debug, Default)]
pub(super) struct Owners {
    loops: Loops,
    /// A loop that several games said goes on until the last of them is gone.
    of: Vec<(Loop, Peer)>,
    /// Who began the spin that is on.
    spinning: Option<Peer>,
}

impl Owners {
    /// A game said a stage; it may be heard later.
    pub(super) fn says(&mut self, peer: Peer, stage: &Stage) {
        match stage {
            Stage::UiSpinPress {} => self.spinning = Some(peer),
            Stage::SpinEnd {} => self.spinning = None,
            _ => {}
        }
    }

    /// A stage of a game is heard.
    pub(super) fn take(&mut self, peer: Peer, stage: &Stage) {
        let change = self.loops.take(stage);
        self.of
            .retain(|(it, _)| !change.ended.contains(it) && !change.cut.contains(it));
        if !stage.id().loops() {
            return;
        }
        let its = Loop {
            stage: stage.id(),
            reel: stage.reel(),
        };
        if !self.of.contains(&(its, peer)) {
            self.of.push((its, peer));
        }
    }

    /// Loops that go on.
    pub(super) fn open(&self) -> impl Iterator<Item = &Loop> {
        self.loops.open().iter().map(|(it, _)| it)
    }

    /// A game is gone: the loops that nobody else keeps, and whether it was in a spin.
    pub(super) fn gone(&mut self, peer: Peer) -> (Vec<Loop>, bool) {
        let (its, others): (Vec<_>, Vec<_>) =
            self.of.drain(..).partition(|(_, owner)| *owner == peer);
        let is_kept = |it: &Loop| others.iter().any(|(kept, _)| kept == it);
        let left = its.into_iter().map(|(it, _)| it);
        let left = left.filter(|it| !is_kept(it)).collect();
        self.of = others;
        (left, self.spinning.take_if(|it| *it == peer).is_some())
    }

    /// All loops end; how many there were.
    pub(super) fn end_all(&mut self) -> usize {
        self.of.clear();
        self.spinning = None;
        self.loops.end_all().len()
    }

    /// These loops end; how many of them there were.
    pub(super) fn end_only(&mut self, only: &[Loop]) -> usize {
        self.of.retain(|(it, _)| !only.contains(it));
        self.loops.end_only(only).len()
    }
}
