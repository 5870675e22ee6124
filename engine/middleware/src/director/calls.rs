//! Calls of the game.

use segue_rt::command::Reason;
use segue_rt::game::{GameCall, NameId, ObjectId, PlayingId};

use super::objects::{Object, Spot};
use super::post::Request;
use super::state::{Cx, Dirty, State};
use crate::bank::event::Fade;
use crate::ids::{NodeIx, RtpcIx, StateIx, SwitchIx};
use crate::source::Shape;
use crate::telemetry::{Outcome, What};
use crate::values::rtpc::{Set, Who};

/// Time in which what an object plays ends when the object does, in seconds.
const UNREGISTER_SECONDS: f64 = 0.020;

impl State {
    pub(super) fn call(&mut self, cx: &mut Cx<'_>, call: &GameCall) {
        match *call {
            GameCall::Register {
                object,
                pan,
                width,
                stop_on_unregister,
            } => self.register(cx, object, Spot { pan, width }, stop_on_unregister),
            GameCall::Place {
                object,
                emitter,
                pan,
                width,
            } => self.place(cx, object, emitter, Spot { pan, width }),
            GameCall::Unregister { object } => self.unregister(cx, object),
            GameCall::Post {
                event,
                object,
                emitter,
                gain,
                playing,
            } => {
                let request = Request {
                    gain,
                    ..Request::of_game(event, object, emitter, playing)
                };
                self.post_by_name(cx, request);
            }
            GameCall::StopPlaying { playing, fade } => self.stop_playing(cx, playing, linear(fade)),
            GameCall::PausePlaying { playing, on, fade } => {
                self.each_of(playing, |state, play| {
                    state.pause_play(cx, play, on, linear(fade));
                    state.hold_in(cx, play, None, on);
                });
            }
            GameCall::StopAll { object, fade } => self.stop_object(cx, object, linear(fade)),
            _ => self.value_call(cx, call),
        }
    }

    fn value_call(&mut self, cx: &mut Cx<'_>, call: &GameCall) {
        match *call {
            GameCall::SetRtpc {
                rtpc,
                object,
                playing,
                value,
                ramp,
            } => {
                let who = Who { object, playing };
                match cx.bank.names.rtpcs.find(rtpc) {
                    Some(at) => _ = self.set_rtpc(cx, RtpcIx(at), who, value, ramp),
                    None => self.ignore(cx.at, rtpc, object, Reason::StaleId),
                }
            }
            GameCall::ResetRtpc {
                rtpc,
                object,
                playing,
            } => match cx.bank.names.rtpcs.find(rtpc) {
                Some(at) => self.reset_rtpc(cx, RtpcIx(at), Who { object, playing }),
                None => self.ignore(cx.at, rtpc, object, Reason::StaleId),
            },
            GameCall::SetState { group, value } => self.state_call(cx, group, value),
            GameCall::SetSwitch {
                group,
                object,
                value,
            } => self.switch_call(cx, group, object, value),
            GameCall::SetPlayCount {
                container,
                object,
                play_n,
            } => self.set_play_count(cx, container, object, play_n),
            GameCall::Reseed { seed } => {
                self.reseed(seed);
                self.teller.tell(cx.at, What::Reseed { seed });
            }
            _ => self.score_call(cx, call),
        }
    }

    fn register(&mut self, cx: &Cx<'_>, id: ObjectId, spot: Spot, stop: bool) {
        if id == ObjectId::GLOBAL {
            return self.ignore(cx.at, NameId::NONE, id, Reason::StaleId);
        }
        let Some(object) = self.objects.register(id) else {
            return self.ignore(cx.at, NameId::NONE, id, Reason::LimitGameObjects);
        };
        object.spot = spot;
        object.stop_on_unregister = stop;
        self.touch(cx.at, Dirty::All);
    }

    fn place(&mut self, cx: &Cx<'_>, id: ObjectId, emitter: u8, spot: Spot) {
        let slot = self.objects.find(id);
        let object = slot.and_then(|slot| self.objects.get_mut(slot));
        let emitter = object.and_then(|object| object.emitters.get_mut(usize::from(emitter)));
        let Some(emitter) = emitter else {
            return self.ignore(cx.at, NameId::NONE, id, Reason::ObjectGone);
        };
        *emitter = spot;
        self.touch(cx.at, Dirty::All);
    }

    fn unregister(&mut self, cx: &mut Cx<'_>, id: ObjectId) {
        let Some((slot, object)) = self.objects.remove(id) else {
            return self.ignore(cx.at, NameId::NONE, id, Reason::ObjectGone);
        };
        if self.plays.first_of_object(slot).is_some() {
            self.leave_behind(cx, slot, &object);
        } else {
            self.forget_values(id);
        }
        self.teller.tell(cx.at, What::Unregistered { object: id });
        self.holds.forget_object(id);
        self.places.retain(|key, _| key.object != id);
        self.touch(cx.at, Dirty::Followers);
    }

    /// What an object plays keeps the values that it had: a new object of the same id is another.
    fn leave_behind(&mut self, cx: &mut Cx<'_>, slot: u32, object: &Object) {
        let heir = self.objects.heir();
        self.values.rtpcs.hand_over(object.id, heir);
        self.values.switches.hand_over(object.id, heir);
        self.randoms.hand_over(object.id, heir);
        let fade = linear(cx.bank.frames(UNREGISTER_SECONDS));
        while let Some(play) = self.plays.first_of_object(slot) {
            let spot = object.place(self.plays.get(play).emitter);
            self.objects.inherits(heir);
            self.plays.detach(play, spot, heir);
            if object.stop_on_unregister {
                self.stop_play(cx, play, fade, Reason::ObjectGone);
            }
        }
        self.disinherit(heir);
    }

    /// One play less of what an object left; with the last one its values go.
    pub(super) fn disinherit(&mut self, heir: ObjectId) {
        if self.objects.disinherits(heir) {
            self.forget_values(heir);
        }
    }

    fn forget_values(&mut self, id: ObjectId) {
        self.values.rtpcs.forget_object(id);
        self.values.switches.forget_object(id);
        self.randoms.forget_object(id);
    }

    fn stop_playing(&mut self, cx: &mut Cx<'_>, playing: PlayingId, fade: Fade) {
        self.each_of(playing, |state, play| {
            state.plays.mark_stopping(play);
            state.stop_play(cx, play, fade, Reason::StopAction);
        });
    }

    /// Everything that belongs to a post of the game.
    fn each_of(&mut self, playing: PlayingId, mut each: impl FnMut(&mut Self, u32)) {
        let all = u32::try_from(self.plays.capacity()).unwrap_or(u32::MAX);
        if self.plays.nested == 0 {
            if let Some(play) = self.plays.find(playing) {
                each(self, play);
            }
            return;
        }
        for play in 0..all {
            let it = self.plays.get(play);
            if it.live && it.root == playing {
                each(self, play);
            }
        }
    }

    fn stop_object(&mut self, cx: &mut Cx<'_>, id: ObjectId, fade: Fade) {
        let Some(slot) = self.objects.find(id) else {
            return self.ignore(cx.at, NameId::NONE, id, Reason::ObjectGone);
        };
        let all = u32::try_from(self.plays.capacity()).unwrap_or(u32::MAX);
        for play in 0..all {
            let it = self.plays.get(play);
            if it.live && (slot == 0 || it.slot == slot) {
                if slot == 0 {
                    self.plays.mark_stopping(play);
                }
                self.stop_play(cx, play, fade, Reason::StopAction);
            }
        }
        if slot == 0 {
            self.stop_score(cx, fade.frames);
        }
    }

    pub(super) fn set_rtpc(
        &mut self,
        cx: &Cx<'_>,
        at: RtpcIx,
        who: Who,
        value: f32,
        ramp: u32,
    ) -> Outcome {
        let rtpcs = &cx.bank.values.rtpcs;
        if !self.is_there(who) {
            // Nothing would ever take its value back.
            self.ignore(cx.at, rtpcs.at(at).name, who.object, Reason::ObjectGone);
            return Outcome::Nothing;
        }
        let set = self.values.rtpcs.set(rtpcs, cx.at, at, who, value, ramp);
        let [least, most] = [rtpcs.at(at).min, rtpcs.at(at).max];
        let result = match set {
            Set::Done | Set::Clamped => Outcome::Done,
            _ => Outcome::Full,
        };
        self.teller.tell(
            cx.at,
            What::Rtpc {
                rtpc: rtpcs.at(at).name,
                object: who.object,
                playing: who.playing,
                value: value.max(least).min(most),
                result,
            },
        );
        self.touch(cx.at, Dirty::Followers);
        result
    }

    /// Whether somebody can have a value: an object that is registered, or a post that plays.
    fn is_there(&self, who: Who) -> bool {
        self.objects.knows(who.object)
            && (who.playing == PlayingId(0) || self.plays.has_root(who.playing))
    }

    pub(super) fn reset_rtpc(&mut self, cx: &Cx<'_>, at: RtpcIx, who: Who) {
        self.values
            .rtpcs
            .reset(&cx.bank.values.rtpcs, cx.at, at, who);
        let rtpc = cx.bank.values.rtpcs.at(at).name;
        let Who { object, playing } = who;
        self.teller.tell(
            cx.at,
            What::RtpcReset {
                rtpc,
                object,
                playing,
            },
        );
        self.touch(cx.at, Dirty::Followers);
    }

    fn state_call(&mut self, cx: &mut Cx<'_>, group: NameId, value: NameId) {
        let found = cx.bank.names.states.find(group).and_then(|at| {
            let values = &cx.bank.names.state_values[at as usize];
            let value = match value {
                NameId::NONE => 0,
                value => values.find(value)?,
            };
            Some((StateIx(at), u8::try_from(value).ok()?))
        });
        match found {
            Some((group, value)) => self.set_state(cx, group, value),
            None => self.ignore(cx.at, group, ObjectId::GLOBAL, Reason::StaleId),
        }
    }

    pub(super) fn set_state(&mut self, cx: &mut Cx<'_>, group: StateIx, value: u8) {
        let groups = &cx.bank.values.states;
        let from = self.values.states.value(group);
        if !self.values.states.set(groups, cx.at, group, value) {
            return;
        }
        let names = &cx.bank.names.state_values[group.at()];
        self.teller.tell(
            cx.at,
            What::State {
                group: cx.bank.names.states.id(group.0),
                from: names.id(u32::from(from)),
                to: names.id(u32::from(value)),
            },
        );
        self.touch(cx.at, Dirty::Followers);
        self.switches_changed(cx);
    }

    fn switch_call(&mut self, cx: &mut Cx<'_>, group: NameId, object: ObjectId, value: NameId) {
        let found = cx.bank.names.switches.find(group).and_then(|at| {
            let value = cx.bank.names.switch_values[at as usize].find(value)?;
            Some((SwitchIx(at), u8::try_from(value).ok()?))
        });
        match found {
            Some((group, value)) => _ = self.set_switch(cx, group, object, value),
            None => self.ignore(cx.at, group, object, Reason::StaleId),
        }
    }

    pub(super) fn set_switch(
        &mut self,
        cx: &mut Cx<'_>,
        group: SwitchIx,
        object: ObjectId,
        value: u8,
    ) -> Outcome {
        let groups = &cx.bank.values.switches;
        let name = cx.bank.names.switches.id(group.0);
        if groups.follows(group) {
            // Its RTPC sets it; a call would only hold until that moves.
            self.ignore(cx.at, name, object, Reason::FollowsRtpc);
            return Outcome::Nothing;
        }
        if !self.objects.knows(object) {
            // Nothing would ever take its value back.
            self.ignore(cx.at, name, object, Reason::ObjectGone);
            return Outcome::Nothing;
        }
        if !self.values.switches.set(groups, group, object, value) {
            self.ignore(cx.at, name, object, Reason::LimitOwnValues);
            return Outcome::Full;
        }
        self.tell_switch(cx, group, object, value);
        self.switches_changed(cx);
        Outcome::Done
    }

    pub(super) fn tell_switch(
        &mut self,
        cx: &Cx<'_>,
        group: SwitchIx,
        object: ObjectId,
        value: u8,
    ) {
        let names = &cx.bank.names;
        self.teller.tell(
            cx.at,
            What::Switch {
                group: names.switches.id(group.0),
                object,
                to: names.switch_values[group.at()].id(u32::from(value)),
            },
        );
    }

    fn set_play_count(&mut self, cx: &Cx<'_>, container: NameId, object: ObjectId, play_n: u64) {
        let node = cx.bank.names.nodes.find(container).map(NodeIx);
        let done = node.is_some_and(|node| self.set_random_count(cx.bank, node, object, play_n));
        if !done {
            self.ignore(cx.at, container, object, Reason::StaleId);
        }
    }
}

/// A straight fade over so many frames.
pub(super) const fn linear(frames: u32) -> Fade {
    Fade {
        frames,
        shape: Shape::Linear,
    }
}
