//! Stops and pauses concern what waits too.

use super::state::{Cx, Due, State};
use crate::bank::event::{Action, Do, Target};
use crate::source::Scope;

impl State {
    /// Actions that wait to start what a stop concerns, in its scope, are forgotten; false when
    /// there were none. The scopes of one instance concern only what plays.
    pub(super) fn cancel(
        &mut self,
        cx: &mut Cx<'_>,
        play: u32,
        action: &Action,
        target: Target,
    ) -> bool {
        match action.what {
            Do::Stop(_) | Do::FadeTo(_, _, true) => {
                self.in_scope(play, action.scope, |state, it| {
                    state.cancel_in(cx, it, target)
                })
            }
            _ => false,
        }
    }

    /// Actions that wait to start what a pause concerns, in its scope, wait on behind it; false
    /// when there were none. The scopes of one instance concern only what plays.
    pub(super) fn hold_waiting(&mut self, cx: &Cx<'_>, play: u32, action: &Action) -> bool {
        let (target, on) = match action.what {
            Do::Pause(target) => (target, true),
            Do::Resume(target) => (target, false),
            _ => return false,
        };
        self.in_scope(play, action.scope, |state, it| {
            state.hold_in(cx, it, target, on)
        })
    }

    /// Whether something is true for any of the plays in a scope; all of them are asked.
    fn in_scope(
        &mut self,
        play: u32,
        scope: Scope,
        mut each: impl FnMut(&mut Self, u32) -> bool,
    ) -> bool {
        let it = *self.plays.get(play);
        let mut any = false;
        match scope {
            Scope::Global | Scope::All => {
                for other in 0..u32::try_from(self.plays.capacity()).unwrap_or(u32::MAX) {
                    any |= each(self, other);
                }
            }
            Scope::GameObject | Scope::Emitter => {
                let mut next = self.plays.first_of_object(it.slot);
                while let Some(other) = next {
                    next = self.plays.next_of_object(other);
                    let there = self.plays.get(other);
                    let same = scope != Scope::Emitter || there.emitter == it.emitter;
                    if same && there.holder == it.holder {
                        any |= each(self, other);
                    }
                }
            }
            Scope::FirstOnly | Scope::Random => {}
        }
        any
    }

    /// The same for one play, which is over when nothing else of it plays or waits.
    fn cancel_in(&mut self, cx: &Cx<'_>, play: u32, target: Target) -> bool {
        let gone = self.waiting_starts(cx, play, target);
        self.take_back(cx, play, gone);
        gone != 0
    }

    /// What waits in a play that is stopped and would start something is forgotten. What waits to do
    /// something else still comes: it is not what was stopped.
    pub(super) fn cancel_starts(&mut self, cx: &Cx<'_>, play: u32) {
        let it = self.plays.get(play);
        let Some(event) = it.event().filter(|_| it.live && it.waits != 0) else {
            return;
        };
        // Behind its object's end nothing is posted there any more.
        let gone = it.detached.is_some();
        let actions = (0_u32..).zip(&cx.bank.events[event as usize].actions);
        let ends = actions.filter(|(_, action)| {
            ends_with_post(action) || gone && matches!(action.what, Do::Post(_))
        });
        let bits = it.waits & ends.fold(0_u64, |bits, (number, _)| bits | 1 << number);
        self.take_back(cx, play, bits);
    }

    fn take_back(&mut self, cx: &Cx<'_>, play: u32, gone: u64) {
        if gone == 0 {
            return;
        }
        let it = self.plays.get_mut(play);
        self.waits_gone |= it.held & gone != 0;
        it.waits &= !gone;
        it.held &= !gone;
        it.pending -= gone.count_ones();
        self.finish_if_idle(cx, play);
    }

    /// The waiting actions of a play that would start a target, or anything, a bit each. What was
    /// posted behind the action that asks, and only waits because there was no budget for either, is
    /// none of its business.
    fn waiting_starts(&self, cx: &Cx<'_>, play: u32, target: Target) -> u64 {
        let it = self.plays.get(play);
        let Some(event) = it.event().filter(|_| it.live && it.waits != 0) else {
            return 0;
        };
        let actions = (0_u32..).zip(&cx.bank.events[event as usize].actions);
        let starts = actions.filter(|(_, action)| starts(&action.what, target));
        let bits = it.waits & starts.fold(0_u64, |bits, (number, _)| bits | 1 << number);
        let behind = |number: u8| {
            self.moment
                .is_some_and(|now| it.posted.action(number) > now)
        };
        let known = (0..64).filter(|number| bits & 1 << number != 0 && !behind(*number));
        known.fold(0, |bits, number| bits | 1 << number)
    }

    /// Marks what of a play a pause holds, or lets go; false when that is no news. Their frames
    /// change with [`State::time_held`], later on this frame.
    pub(super) fn hold_in(&mut self, cx: &Cx<'_>, play: u32, target: Target, on: bool) -> bool {
        let starts = self.waiting_starts(cx, play, target);
        let it = self.plays.get_mut(play);
        let before = it.held;
        it.held = match on {
            true => before | starts,
            false => before & !starts,
        };
        let news = it.held != before;
        self.retime |= news;
        news
    }

    /// What is held waits behind every frame, with what was left of its delay; what is let go waits
    /// for the rest of it. What nobody waits for any more is forgotten. Looks at the whole agenda,
    /// so only once for all the news of a frame.
    pub(super) fn time_held(&mut self, cx: &Cx<'_>) {
        let (plays, at) = (&self.plays, cx.at);
        self.agenda.retime(|due, what| {
            let Due::Fire {
                play,
                generation,
                action,
            } = what
            else {
                return Some(due);
            };
            let (it, bit) = (plays.get(*play), 1_u64 << action);
            if !plays.is(*play, *generation) || it.waits & bit == 0 {
                return None;
            }
            Some(match (it.held & bit != 0, due >= HELD) {
                (true, false) => HELD + due.saturating_sub(at),
                (false, true) => at + (due - HELD),
                _ => due,
            })
        });
        self.waits_gone = false;
    }
}

/// Whether an action starts a target; without one, whether it starts anything.
fn starts(what: &Do, target: Target) -> bool {
    match *what {
        Do::Play(node) | Do::Continue(node) => target.is_none_or(|target| target == node),
        Do::Post(_) | Do::PlayMusic(_) | Do::Trigger(_) | Do::EnterContext(_) => target.is_none(),
        _ => false,
    }
}

/// Whether a stop of its post cancels an action: it would play something, or start something after a
/// delay. What was only late would have happened before the stop.
pub(super) fn ends_with_post(action: &Action) -> bool {
    let plays = matches!(action.what, Do::Play(_) | Do::Continue(_));
    plays || action.delay > 0 && starts(&action.what, None)
}

/// Behind every frame that a clock comes to: what waits here is held.
pub(super) const HELD: u64 = 1 << 62;
