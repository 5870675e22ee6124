//! What lies between two states of a game and is not in them: reels begin to turn, wins are counted,
//! a spin is over. Stages come in the order of the FSM, and every loop that a snapshot begins is ended.
//!
//! A spin ends when the next begins, as a state does not say that nothing follows. A win has counted up
//! when it stood for [`HOLD_MS`], whether or not a state says so, it is paid out, or something else follows.

use super::super::Made;
use super::{REELS_MAX, Rolling, Seen, Snapshots};
use segue_middleware::stage::Stage;
use segue_middleware::stage::fsm::State;

/// A win that stands for so long counts up no more, in ms.
pub const HOLD_MS: f64 = 250.0;

impl Snapshots {
    /// A spin begins: the balance falls, or, in a feature or without a balance, reels begin to turn.
    pub(super) fn begin(&mut self, before: &Seen, now: &Seen, made: &mut Made<'_>) {
        let fell = matches!((before.balance, now.balance), (Some(old), Some(new)) if new < old);
        // Where the balance is known, reels that turn by themselves cost nothing: respins, cascades.
        let may = before.is_feature || now.is_feature || !self.paths.contains_key("balance");
        let turns = may && now.turns_after(before) && !is_asked(made.fsm.state());
        // Without reels nothing says that the spin before is over.
        let is_spinning = self.is_spinning && self.paths.contains_key("reels");
        if is_spinning || !(fell || turns) {
            return;
        }
        self.end_rollup(made);
        made.sure = match fell {
            true => self.sure(&["balance"]),
            false => self.sure(&["reels"]),
        };
        self.end_spin(made);
        made.stage(Stage::UiSpinPress {}, self.at_ms);
        self.won.begin(now);
        self.is_spinning = true;
    }

    /// Reels turn, of which `new` have landed already.
    pub(super) fn start(&mut self, new: u16, made: &mut Made<'_>) {
        if made.fsm.state() != State::SpinActive {
            return;
        }
        self.turning = self.whole | self.all_reels | new;
        for reel in reels_of(self.turning) {
            made.stage(Stage::ReelSpinningStart { reel }, self.at_ms);
        }
    }

    /// A reel no longer turns.
    pub(super) fn stop(&mut self, reel: u8, made: &mut Made<'_>) {
        if self.turning >> reel & 1 == 1 {
            self.turning &= !(1 << reel);
            // As sure as its beginning, so that what was heard is ended.
            let sure = std::mem::replace(&mut made.sure, self.sure(&["reels"]));
            made.stage(Stage::ReelSpinningStop { reel }, self.at_ms);
            made.sure = sure;
        }
    }

    /// What follows needs wins that are counted.
    pub(super) fn count_wins(&mut self, made: &mut Made<'_>) {
        if matches!(made.fsm.state(), State::ReelsStopping | State::Cascade) {
            self.stop_all(made);
            made.stage(Stage::EvaluateWins {}, self.at_ms);
        }
    }

    /// The spin that is on is over.
    pub(super) fn end_spin(&mut self, made: &mut Made<'_>) {
        self.count_wins(made);
        self.stop_all(made);
        let state = made.fsm.state();
        // In a feature the next spin follows as it is.
        if state != State::Feature && state.allows(State::Idle) {
            made.stage(Stage::SpinEnd {}, self.at_ms);
            made.around_last(self.won.around());
        }
    }

    /// The win of the state before counts up no more, as far as this state says so. That it stood for
    /// [`HOLD_MS`] is said by who knows when its stages are heard.
    pub(super) fn settle(&mut self, before: &Seen, now: &Seen, made: &mut Made<'_>) {
        if self.rolling.is_none() || now.win > before.win {
            return;
        }
        let paid = matches!((before.balance, now.balance), (Some(old), Some(new)) if new > old);
        let follows = before.is_feature != now.is_feature || before.step != now.step;
        if paid || follows || now.win < before.win {
            self.end_rollup(made);
        }
    }

    /// A win grew from `start`: this spin's, or, as in free spins, that of all spins by this one's.
    pub(super) fn grow(&mut self, start: i64, now: &Seen, now_ms: f64, made: &mut Made<'_>) {
        self.count_wins(made);
        if made.fsm.state() == State::WinEvaluation {
            let present = Stage::WinPresent {
                win_amount: now.win.saturating_sub(start),
                line_count: 0,
            };
            made.stage(present, self.at_ms);
        }
        if made.fsm.state() == State::WinPresentation {
            let target = now.win;
            made.stage(Stage::RollupStart { target, start }, self.at_ms);
        }
        let tick = Stage::RollupTick {
            current: now.win,
            progress: 1.0,
        };
        made.stage(tick, self.at_ms);
        self.rolling = Some(Rolling {
            total: now.win,
            grew_ms: now_ms,
        });
    }

    /// When the win grew that counts up, in ms, and to what.
    pub(in super::super) fn rolls_since(&self) -> Option<(f64, i64)> {
        self.rolling.map(|it| (it.grew_ms, it.total))
    }

    /// No state came for [`HOLD_MS`] since the win grew.
    pub(in super::super) fn hold_ends(&mut self, made: &mut Made<'_>) {
        self.at_ms = 0.0;
        self.end_rollup(made);
        if let Some(before) = &self.before {
            made.around_from(0, before.win, before.bet, self.won.feature());
        }
    }

    fn end_rollup(&mut self, made: &mut Made<'_>) {
        if let Some(Rolling { total, .. }) = self.rolling.take() {
            made.sure = self.sure(&["win"]);
            made.stage(Stage::RollupEnd { total }, self.at_ms);
        }
    }

    fn stop_all(&mut self, made: &mut Made<'_>) {
        for reel in reels_of(self.turning) {
            self.stop(reel, made);
        }
    }
}

/// A spin was asked for, and its reels have not landed.
pub(super) const fn is_asked(state: State) -> bool {
    matches!(
        state,
        State::SpinActive | State::ReelsSpinning | State::Anticipation
    )
}

/// Reels of a set, ascending.
pub(super) fn reels_of(set: u16) -> impl Iterator<Item = u8> {
    (0..REELS_MAX).filter(move |reel| set >> reel & 1 == 1)
}
