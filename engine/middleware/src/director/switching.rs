//! Switch containers: what plays follows a switch or state group.

use segue_rt::command::Reason;
use segue_rt::game::ObjectId;

use super::calls::linear;
use super::containers::{better, note};
use super::mix::{forget_gone, watch};
use super::pool::{NONE, Run};
use super::start::{NEAR, Start};
use super::state::{Cx, State};
use crate::bank::node::Kind;
use crate::containers::switch::{SwitchBy, SwitchPlan, SwitchState};
use crate::music::command::SyncRow;
use crate::music::grid::{Granted, grant};
use crate::source::Sync;
use crate::telemetry::{Outcome, What};

impl State {
    pub(super) fn start_switch(
        &mut self,
        cx: &mut Cx<'_>,
        at: u32,
        start: &Start,
        plan: &SwitchPlan,
    ) -> Outcome {
        let value = self.switch_value(cx, plan.by, self.object_of(at));
        let began = self.begin_decision();
        let wanted = self.teller.wanted();
        plan.report(value, |row| note(&mut self.rows, wanted, row));
        self.tell_decision(cx, at, began, plan.nodes());
        self.pool.get_mut(at).run = Run::Switch(SwitchState::new(value));
        watch(&mut self.switchers, &self.pool, at);
        let mut result = Outcome::Nothing;
        for child in plan.children(value) {
            let node = plan.nodes()[usize::from(*child)];
            let outcome = self.start(cx, start.below(at, *child, node));
            result = better(result, outcome);
        }
        result
    }

    fn switch_value(&self, cx: &Cx<'_>, by: SwitchBy, object: ObjectId) -> u8 {
        match by {
            SwitchBy::Switch(group) => {
                self.values
                    .switches
                    .get(&cx.bank.values.switches, group, object)
            }
            SwitchBy::State(group) => self.values.states.value(group),
        }
    }

    /// The instance, state and plan of the container at place `n` of those that play; `None` for one that is gone,
    /// or whose node is that of an older bank.
    fn switcher<'a>(&self, cx: &Cx<'a>, n: usize) -> Option<(u32, SwitchState, &'a SwitchPlan)> {
        let &(at, generation) = self.switchers.get(n)?;
        if !self.pool.is(at, generation) {
            return None;
        }
        let inst = self.pool.get(at);
        match (&inst.run, &cx.bank.nodes[inst.node.at()].kind) {
            (Run::Switch(state), Kind::Switch(plan)) => Some((at, *state, plan)),
            _ => None,
        }
    }

    /// A switch or state has another value: containers that play look again.
    pub(super) fn switches_changed(&mut self, cx: &mut Cx<'_>) {
        // What starts meanwhile knows the new value, and must find room without a move of the rest.
        forget_gone(&mut self.switchers, &self.pool);
        for n in 0..self.switchers.len() {
            let Some((at, mut state, plan)) = self.switcher(cx, n) else {
                continue;
            };
            let inst = self.pool.get(at);
            let (own, lag) = (inst.own_time(cx.at), inst.lag);
            let value = self.switch_value(cx, plan.by, self.object_of(at));
            let mut told = None;
            state.turn(plan, own, value, |sync| {
                let granted = self.sync_point(cx, *sync);
                told = Some((*sync, granted));
                granted.point.frame.saturating_sub(lag)
            });
            self.pool.get_mut(at).run = Run::Switch(state);
            if let Some((asked, granted)) = told {
                self.tell_sync(cx, &SyncRow::new(cx.at, asked, &granted));
            }
            self.turn_switch(cx, at, plan);
            self.look_again(cx, at);
        }
    }

    /// The transport goes another way: changes that wait for a point of it wait for the one that is next now.
    pub(super) fn move_switches(&mut self, cx: &mut Cx<'_>) {
        for n in 0..self.switchers.len() {
            let Some((at, mut state, plan)) = self.switcher(cx, n) else {
                continue;
            };
            let inst = self.pool.get(at);
            let (own, lag) = (inst.own_time(cx.at), inst.lag);
            let Some(sync) = plan.waits_for(&state, own).filter(|_| !inst.is_held(cx.at)) else {
                continue;
            };
            let granted = self.sync_point(cx, sync);
            let due = granted.point.frame.saturating_sub(lag);
            if state.move_to(due) {
                self.pool.get_mut(at).run = Run::Switch(state);
                self.tell_sync(cx, &SyncRow::new(cx.at, sync, &granted));
                self.wake(at, due);
            }
        }
    }

    /// The next point of a grid; now, while nothing has one.
    fn sync_point(&self, cx: &Cx<'_>, sync: Sync) -> Granted {
        let grid = self.grid(cx);
        grant(sync, cx.at, cx.at, u64::MAX, |sync| {
            grid.and_then(|grid| grid.next(sync, cx.at))
        })
    }

    /// Carries out a change that is due, or waits for it.
    pub(super) fn turn_switch(&mut self, cx: &mut Cx<'_>, at: u32, plan: &SwitchPlan) {
        let inst = self.pool.get_mut(at);
        if inst.stopping || inst.is_held(cx.at) {
            return;
        }
        let own = inst.own_time(cx.at);
        let Run::Switch(state) = &mut inst.run else {
            return;
        };
        if state.waits_for_end() {
            return self.look_for_end(cx, at);
        }
        match state.take_due(own) {
            Some((from, to)) => self.change_switch(cx, at, plan, (from, to)),
            None => {
                let next = state.next_due();
                self.wake(at, next);
            }
        }
    }

    /// A switch above an instance that changes in this frame does so first; true when that ends the
    /// instance, so that nothing of it begins any more.
    pub(super) fn turn_above(&mut self, cx: &mut Cx<'_>, at: u32) -> bool {
        let generation = self.pool.get(at).generation;
        let mut above = self.pool.get(at).parent;
        while above != NONE && self.pool.is(at, generation) {
            let inst = self.pool.get(above);
            let parent = inst.parent;
            let own = inst.own_time(cx.at);
            if let (Run::Switch(state), Kind::Switch(plan)) =
                (&inst.run, &cx.bank.nodes[inst.node.at()].kind)
                && state.next_due() <= own
            {
                let went = self.goes(at);
                self.turn_switch(cx, above, plan);
                return !self.pool.is(at, generation) || !went && self.goes(at);
            }
            above = parent;
        }
        false
    }

    /// A change waits for the end of what plays. Where that is near, its frame is that of the change;
    /// else it is looked at again, for the pitch may move on the way.
    pub(super) fn look_for_end(&mut self, cx: &Cx<'_>, at: u32) {
        let left = self.left_of_pass(cx, at);
        let inst = self.pool.get_mut(at);
        let own = inst.own_time(cx.at);
        let Run::Switch(state) = &mut inst.run else {
            return;
        };
        let ahead = if left > NEAR { left / 2 } else { left };
        let due = match left {
            u64::MAX => u64::MAX,
            _ => own.saturating_add(ahead),
        };
        if left <= NEAR {
            state.ended(due);
        } else if due >= state.next_due() && state.next_due() > own {
            // It is looked at before that anyway.
            return;
        } else {
            state.look_at(due);
        }
        self.wake(at, due);
    }

    fn change_switch(&mut self, cx: &mut Cx<'_>, at: u32, plan: &SwitchPlan, (from, to): (u8, u8)) {
        let began = self.begin_decision();
        let wanted = self.teller.wanted();
        plan.report(to, |row| note(&mut self.rows, wanted, row));
        self.tell_decision(cx, at, began, plan.nodes());
        let mut place = 0;
        if plan.continue_position {
            self.each_going(at, plan, (from, to), |state, child| {
                if state.left_below(cx, child) > 0 {
                    place = state.place_below(cx, child).unwrap_or(place);
                }
            });
        }
        self.each_going(at, plan, (from, to), |state, child| state.leave(cx, child));
        // What comes starts first: without a child the container would be over.
        let play = self.pool.get(at).play;
        for child in plan.coming(from, to) {
            let node = plan.nodes()[usize::from(child)];
            let start = Start {
                parent: at,
                child,
                fade_in: linear(plan.fade_in),
                offset: place,
                is_borrowed: plan.continue_position,
                looping: self.pool.get(at).looping,
                ..Start::at_top(node, play)
            };
            self.start(cx, start);
        }
        self.each_going(at, plan, (from, to), |state, child| {
            let reason = match state.left_below(cx, child) {
                0 => Reason::NaturalEnd,
                _ => Reason::StopAction,
            };
            state.stop_inst(cx, child, linear(plan.fade_out), reason);
        });
        self.look_again(cx, at);
    }

    /// Children that a change ends and that do not end already.
    fn each_going(
        &mut self,
        at: u32,
        plan: &SwitchPlan,
        (from, to): (u8, u8),
        mut each: impl FnMut(&mut Self, u32),
    ) {
        let mut next = self.pool.first_child(at);
        while let Some(child) = next {
            next = self.pool.next_sibling(child);
            let it = self.pool.get(child);
            if !it.stopping && plan.going(from, to).any(|going| going == it.child) {
                each(self, child);
            }
        }
    }

    /// Switch groups that follow RTPCs look where those are.
    pub(super) fn follow_switches(&mut self, cx: &mut Cx<'_>) {
        let before = self.values.switches.changes();
        let values = &mut self.values;
        let teller = &mut self.teller;
        let groups = &cx.bank.values.switches;
        let rtpcs = (&cx.bank.values.rtpcs, &values.rtpcs);
        values
            .switches
            .follow(groups, rtpcs, cx.at, |group, object, value| {
                let to = groups.value_name(group, value).unwrap_or_default();
                let group = groups.name(group);
                teller.tell(cx.at, What::Switch { group, object, to });
            });
        if self.values.switches.changes() != before {
            self.switches_changed(cx);
        }
    }
}
