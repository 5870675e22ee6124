//! Stops concern what waits too.

use super::state::{Cx, State};
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
        let it = *self.plays.get(play);
        let mut any = false;
        match (&action.what, action.scope) {
            (Do::Stop(_) | Do::FadeTo(_, _, true), Scope::Global | Scope::All) => {
                for other in 0..u32::try_from(self.plays.capacity()).unwrap_or(u32::MAX) {
                    any |= self.cancel_in(cx, other, target);
                }
            }
            (Do::Stop(_) | Do::FadeTo(_, _, true), Scope::GameObject | Scope::Emitter) => {
                let mut next = self.plays.first_of_object(it.slot);
                while let Some(other) = next {
                    next = self.plays.next_of_object(other);
                    let there = self.plays.get(other);
                    let same = action.scope != Scope::Emitter || there.emitter == it.emitter;
                    if same && there.holder == it.holder {
                        any |= self.cancel_in(cx, other, target);
                    }
                }
            }
            _ => {}
        }
        any
    }

    /// The same for one play, which is over when nothing else of it plays or waits.
    fn cancel_in(&mut self, cx: &mut Cx<'_>, play: u32, target: Target) -> bool {
        let it = self.plays.get(play);
        let Some(event) = it.event().filter(|_| it.live && it.waits != 0) else {
            return false;
        };
        let actions = (0_u32..).zip(&cx.bank.events[event as usize].actions);
        let starts = actions.filter(|(_, action)| match action.what {
            Do::Play(node) | Do::Continue(node) => target.is_none_or(|target| target == node),
            Do::Post(_) | Do::PlayMusic(_) | Do::Trigger(_) | Do::EnterContext(_) => {
                target.is_none()
            }
            _ => false,
        });
        let starts = starts.fold(0_u64, |bits, (number, _)| bits | 1 << number);
        let gone = it.waits & starts;
        if gone == 0 {
            return false;
        }
        let it = self.plays.get_mut(play);
        it.waits &= !gone;
        it.pending -= gone.count_ones();
        self.finish_if_idle(cx, play);
        true
    }
}
