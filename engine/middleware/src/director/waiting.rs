//! Actions that wait while another bank takes over: each waits on as the same action, wherever that is
//! now.

use segue_rt::command::Reason;

use super::state::{Cx, Due, State};
use crate::bank::Bank;
use crate::bank::event::Action;

impl State {
    /// Gives what waits on the agenda of `old` its number under the new bank. What that bank no longer
    /// does is dropped and told. The plays still have the numbers of the old bank's events.
    pub(super) fn take_waiting(&mut self, cx: &Cx<'_>, old_bank: &Bank, old: &mut Self) {
        let number_of = |event: u32, number: u8| {
            let there = cx.bank.names.events.find(old_bank.names.events.id(event))?;
            let was = &old_bank.events[event as usize].actions;
            renumber(was, &cx.bank.events[there as usize].actions, number.into())
        };
        let plays = &mut old.plays;
        old.agenda.retain(|due| {
            let Due::Fire {
                play,
                generation,
                action,
            } = due
            else {
                return true;
            };
            let it = plays.get(*play);
            let event = it.event().filter(|_| plays.is(*play, *generation));
            let number = event.and_then(|event| number_of(event, *action));
            *action = number.unwrap_or_default();
            number.is_some()
        });
        for at in 0..u32::try_from(old.plays.capacity()).unwrap_or(u32::MAX) {
            let it = *old.plays.get(at);
            let Some(event) = it.event().filter(|_| it.live && it.waits != 0) else {
                continue;
            };
            let (mut waits, mut held) = (0_u64, 0_u64);
            for number in (0..64).filter(|number| it.waits & 1 << number != 0) {
                match number_of(event, number) {
                    Some(new) => {
                        waits |= 1 << new;
                        held |= (it.held >> number & 1) << new;
                    }
                    None => {
                        let name = old_bank.names.events.id(event);
                        self.ignore(cx.at, name, it.object, Reason::BankSwap);
                        old.counts.ignored += 1;
                    }
                }
            }
            let there = old.plays.get_mut(at);
            there.pending -= it.waits.count_ones() - waits.count_ones();
            (there.waits, there.held) = (waits, held);
        }
    }

    /// Plays whose last action was dropped are over.
    pub(super) fn finish_idle(&mut self, cx: &Cx<'_>) {
        for play in 0..u32::try_from(self.plays.capacity()).unwrap_or(u32::MAX) {
            self.finish_if_idle(cx, play);
        }
    }
}

/// Which of the actions of `new` one of `old` is: one that was written just the same, else one that
/// does the same to the same target. No two of `old` become the same.
fn renumber(old: &[Action], new: &[Action], number: usize) -> Option<u8> {
    let wanted = old.get(number)?;
    let same = |action: &Action| action.written == wanted.written;
    let rank = old[..number].iter().filter(|it| same(it)).count();
    let exact = nth(new, rank, |_, action| same(action));
    let alike = || {
        let left = |from: &[Action], others: &[Action], at: usize| {
            let written = from[at].written;
            let rank = from[..at].iter().filter(|it| it.written == written).count();
            others.iter().filter(|it| it.written == written).count() <= rank
        };
        let does = |action: &Action| action.does == wanted.does;
        let before = (0..number).filter(|at| does(&old[*at]) && left(old, new, *at));
        let rank = before.count();
        nth(new, rank, |at, action| does(action) && left(new, old, at))
    };
    exact.or_else(alike)
}

/// The place of the action with so many before it that `fits` takes as well.
fn nth(actions: &[Action], rank: usize, fits: impl Fn(usize, &Action) -> bool) -> Option<u8> {
    let mut places = (0..actions.len()).filter(|at| fits(*at, &actions[*at]));
    places.nth(rank).and_then(|at| u8::try_from(at).ok())
}
