//! Another bank takes over: what it still has by name goes on, the rest fades out.

use segue_rt::command::Reason;
use segue_rt::voices::VoiceCommand;

use super::containers::step_length;
use super::pool::{NONE, Run};
use super::state::{Cx, Dirty, PlaceKey, State, next_quantum};
use crate::bank::node::{Kind, Node};
use crate::bank::{Bank, SendPart};
use crate::containers::sequence::SequenceState;
use crate::containers::switch::{SwitchBy, SwitchPlan, SwitchState};
use crate::ids::{NodeIx, RtpcIx, StateIx, SwitchIx};
use crate::values::states::{Target, TargetIx};

/// Time in which fades out what another bank does not have, in seconds.
pub(super) const GONE_SECONDS: f64 = 0.020;

impl State {
    /// Takes over from a director of other sizes: its voices fade out, and the mixer is where it was made.
    pub(super) fn replace(&mut self, cx: &mut Cx<'_>, old_bank: &Bank, old: &Self) {
        let fade = cx.bank.frames(GONE_SECONDS);
        for record in old.voices.iter() {
            let voice = record.voice;
            cx.desk.voice(&VoiceCommand::Stop { voice, fade });
        }
        old_bank
            .mixer
            .buses
            .iter()
            .for_each(|bus| cx.desk.bus_trim(bus.id, 1.0, fade));
        let sends = old_bank.mixer.sends.iter();
        sends.for_each(|send| cx.desk.send_trim(send.id, 1.0, fade));
    }

    /// Takes over from a director of the same sizes.
    pub(super) fn take_over(&mut self, cx: &mut Cx<'_>, old_bank: &Bank, old: &mut Self) {
        self.take_values(cx, old_bank, old);
        self.take_waiting(cx, old_bank, old);
        self.take_tables(cx, old_bank, old);
        self.buses.take_over(cx.at, (cx.bank, old_bank), &old.buses);
        let kept = |send: &&SendPart| cx.bank.mixer.sends.iter().any(|it| it.id == send.id);
        let sends = old_bank.mixer.sends.iter().filter(|send| !kept(send));
        // Those that nothing moves any more are where the mixer has them.
        let fade = cx.bank.frames(GONE_SECONDS);
        sends.for_each(|send| cx.desk.send_trim(send.id, 1.0, fade));
        self.count_voices(cx);
        for play in 0..u32::try_from(self.plays.capacity()).unwrap_or(u32::MAX) {
            if self.plays.get(play).live {
                let mut top = self.pool.top(play);
                while let Some(at) = top {
                    top = self.pool.next_sibling(at);
                    self.adopt(cx, old_bank, at);
                }
            }
        }
        self.finish_idle(cx);
        self.take_score(cx, old_bank, &mut old.score);
        self.dirty = Dirty::All;
        self.control = old.control.min(next_quantum(cx.at));
    }

    fn take_values(&mut self, cx: &Cx<'_>, old_bank: &Bank, old: &Self) {
        let (names, was) = (&cx.bank.names, &old_bank.names);
        let (values, before) = (&cx.bank.values, &old_bank.values);
        let rtpc = |at: RtpcIx| was.rtpcs.find(names.rtpcs.id(at.0)).map(RtpcIx);
        self.values.rtpcs.carry_over(&old.values.rtpcs, &rtpc);
        let state = |at: StateIx| was.states.find(names.states.id(at.0)).map(StateIx);
        let target = |at: TargetIx| {
            let there = match values.states.targets()[at.0 as usize] {
                Target::Node(node) => Target::Node(old_bank.node_of(cx.bank, node)?),
                bus @ Target::Bus(_) => bus,
            };
            before.states.target(there)
        };
        let from = (&old.values.states, &before.states);
        self.values
            .states
            .carry_over(&values.states, cx.at, from, &state, &target);
        let switch = |at: SwitchIx| was.switches.find(names.switches.id(at.0)).map(SwitchIx);
        let from = (&old.values.switches, &before.switches);
        self.values
            .switches
            .carry_over(&values.switches, from, &switch);
        let plan = |node: usize| match &cx.bank.nodes[node].kind {
            Kind::Random(plan) => Some(plan),
            _ => None,
        };
        let containers = old_bank.container_names().len();
        let map = |node: usize| {
            let there = old_bank.node_of(cx.bank, NodeIx(u32::try_from(node).ok()?))?;
            Some(there.at()).filter(|at| *at < containers)
        };
        self.randoms.carry_over(&old.randoms, &plan, &map);
        if let Some(seed) = old.given_seed {
            self.reseed(seed);
        }
    }

    fn take_tables(&mut self, cx: &Cx<'_>, old_bank: &Bank, old: &mut Self) {
        let (names, was) = (&cx.bank.names, &old_bank.names);
        let event = |at: u32| names.events.find(was.events.id(at));
        self.plays.take_over(&mut old.plays, event);
        std::mem::swap(&mut self.objects, &mut old.objects);
        std::mem::swap(&mut self.pool, &mut old.pool);
        std::mem::swap(&mut self.voices, &mut old.voices);
        std::mem::swap(&mut self.agenda, &mut old.agenda);
        std::mem::swap(&mut self.moving, &mut old.moving);
        std::mem::swap(&mut self.switchers, &mut old.switchers);
        std::mem::swap(&mut self.blends, &mut old.blends);
        self.notes
            .take_over(&mut old.notes, (&cx.bank.notes, &old_bank.notes));
        self.groups.take_over(&old.groups, cx.bank, old_bank);
        self.holds.take_over(&old.holds, cx.bank, old_bank);
        self.waits_gone = old.waits_gone;
        self.retime = old.retime;
        self.own_ids = old.own_ids;
        self.picks = old.picks;
        self.budget = old.budget;
        self.counts = old.counts;
        self.told_wakes = old.told_wakes;
        for record in self.voices.iter_mut() {
            record.event_ix = record.event_ix.and_then(event);
        }
        for (at, posts) in (0..).zip(&old.posts) {
            if let Some(new) = event(at) {
                self.posts[new as usize] = *posts;
            }
        }
        for (key, place) in old.places.entries() {
            if let Some(node) = cx.bank.node_of(old_bank, key.node) {
                let places = place.under(cx.bank, old_bank);
                self.places.insert(PlaceKey { node, ..*key }, places);
            }
        }
    }

    /// An instance and all below it find their nodes in the new bank, or go.
    fn adopt(&mut self, cx: &mut Cx<'_>, old_bank: &Bank, at: u32) {
        let inst = self.pool.get(at);
        let (old_node, parent, child) = (inst.node, inst.parent, inst.child);
        let new = cx.bank.node_of(old_bank, old_node);
        let new = new.filter(|new| alike(&old_bank.nodes[old_node.at()], &cx.bank.nodes[new.at()]));
        let place = new.and_then(|new| match parent {
            NONE => Some((new, child)),
            parent => {
                let above = &cx.bank.nodes[self.pool.get(parent).node.at()];
                Some((new, number(above, new, child)?))
            }
        });
        let Some((node, child)) = place else {
            return self.drop_gone(cx, at);
        };
        let above = parent != NONE && self.pool.get(parent).follows;
        let about = &cx.bank.nodes[node.at()];
        let mixed = matches!(about.kind, Kind::Blend { .. });
        let inst = self.pool.get_mut(at);
        inst.node = node;
        inst.child = child;
        if let Run::Leaf(leaf) = &mut inst.run
            && cx.bank.values.hdr.is_empty()
        {
            leaf.masked = false;
        }
        inst.follows = above || mixed || !about.bindings.is_empty() || about.state.is_some();
        self.adopt_run(cx, old_bank, at, old_node);
        let mut next = self.pool.first_child(at);
        while let Some(below) = next {
            next = self.pool.next_sibling(below);
            self.adopt(cx, old_bank, below);
        }
    }

    fn adopt_run(&mut self, cx: &Cx<'_>, old_bank: &Bank, at: u32, old_node: NodeIx) {
        let inst = self.pool.get_mut(at);
        let own = inst.own_time(cx.at);
        let node = &cx.bank.nodes[inst.node.at()];
        match (
            &mut inst.run,
            &node.kind,
            &old_bank.nodes[old_node.at()].kind,
        ) {
            (Run::Sequence(state), Kind::Sequence(plan), _) => {
                let about = inst.node;
                let natural = |step: u8| step_length(cx.bank, about, step);
                let old = state.clone();
                *state = SequenceState::new(plan, own, natural);
                state.carry_over(plan, own, &old, natural);
            }
            (Run::Switch(state), Kind::Switch(plan), Kind::Switch(old_plan)) => {
                let value = |value: u8| renumber(cx.bank, plan, old_bank, old_plan, value);
                let old = *state;
                *state = SwitchState::new(0);
                state.carry_over(&old, &value);
            }
            _ => {}
        }
        let next = self.next_change(cx, at);
        self.wake(at, next);
    }

    /// Fades out what the new bank does not have.
    fn drop_gone(&mut self, cx: &mut Cx<'_>, root: u32) {
        let fade = cx.bank.frames(GONE_SECONDS);
        let mut next = Some(root);
        while let Some(at) = next {
            next = self.pool.after(root, at);
            let inst = self.pool.get_mut(at);
            inst.node = NodeIx(0);
            if let Run::Leaf(leaf) = std::mem::replace(&mut inst.run, Run::Chosen) {
                let voice = leaf.voice;
                self.voices.leave(voice, Reason::BankSwap);
                cx.desk.voice(&VoiceCommand::Stop { voice, fade });
            }
        }
        self.end(cx, root, Reason::BankSwap);
    }
}

/// Whether an instance of one may go on as the other.
fn alike(old: &Node, new: &Node) -> bool {
    std::mem::discriminant(&old.kind) == std::mem::discriminant(&new.kind)
}

/// Which child of a container a node is: the one it was, or another that plays the same.
fn number(above: &Node, node: NodeIx, was: u8) -> Option<u8> {
    let children = match &above.kind {
        Kind::Switch(plan) => plan.nodes(),
        _ => &above.children,
    };
    if children.get(usize::from(was)) == Some(&node) {
        return Some(was);
    }
    let place = children.iter().position(|child| *child == node)?;
    u8::try_from(place).ok()
}

/// The new number of a value of the group that a switch container follows.
fn renumber(
    bank: &Bank,
    plan: &SwitchPlan,
    old_bank: &Bank,
    old: &SwitchPlan,
    value: u8,
) -> Option<u8> {
    match (plan.by, old.by) {
        (SwitchBy::Switch(group), SwitchBy::Switch(was)) => {
            let name = old_bank.values.switches.value_name(was, value)?;
            bank.values.switches.value(group, name)
        }
        (SwitchBy::State(group), SwitchBy::State(was)) => {
            let name = old_bank.values.states.value_name(was, value)?;
            bank.values.states.value(group, name)
        }
        _ => None,
    }
}
