//! Actions.

use super::holds::{Prop, Whom};
use super::plays::{Play, Source};
use super::post::Request;
use super::start::Start;
use super::state::{Cx, State};
use crate::bank::event::{Action, Do, Place, Target};
use crate::bank::node::Kind;
use crate::containers::rng::{container_key, draw, mix64, pick};
use crate::director::pool::{Base, NONE, Run};
use crate::ids::NodeIx;
use crate::source::Scope;
use crate::telemetry::Outcome;
use crate::values::rtpc::Who;
use segue_rt::command::Reason;
use segue_rt::game::ObjectId;
use segue_rt::voices::{LoopSpec, VoiceCommand};

impl State {
    /// Carries out an action of a post.
    pub(super) fn act(
        &mut self,
        cx: &mut Cx<'_>,
        play: u32,
        action: &Action,
        depth: usize,
    ) -> Outcome {
        match action.what {
            Do::Nothing => Outcome::Done,
            Do::Play(node) => self.act_play(cx, play, action, node, false),
            Do::Continue(node) => self.act_play(cx, play, action, node, true),
            Do::Post(event) => self.act_post(cx, play, event, action.scope, depth),
            Do::Stop(_)
            | Do::Pause(_)
            | Do::Resume(_)
            | Do::Break(_)
            | Do::Mute(..)
            | Do::SetVolume(..)
            | Do::SetPitch(..)
            | Do::SetLpf(..)
            | Do::SetHpf(..)
            | Do::Seek(..)
            | Do::FadeTo(..) => self.act_on_instances(cx, play, action),
            Do::Reset(_) => self.act_reset(cx, play, action),
            _ => self.act_on_values(cx, play, action),
        }
    }

    fn act_post(
        &mut self,
        cx: &mut Cx<'_>,
        play: u32,
        event: crate::ids::EventIx,
        scope: Scope,
        depth: usize,
    ) -> Outcome {
        if depth + 1 >= crate::limits::POST_DEPTH {
            return Outcome::Depth;
        }
        let it = *self.plays.get(play);
        let mut post = |state: &mut Self, object, emitter| {
            let request = Request {
                event: segue_rt::game::NameId::NONE,
                object,
                emitter,
                gain: it.gain,
                id: state.own_id(),
                root: it.root,
                depth: depth + 1,
                stopped: it.stopping,
            };
            state.post(cx, event, request);
        };
        match scope {
            Scope::All => {
                let slots = u32::try_from(crate::limits::OBJECTS).unwrap_or(u32::MAX);
                for slot in 1..=slots {
                    if let Some(object) = self.objects.get(slot).map(|object| object.id) {
                        post(self, object, 0);
                    }
                }
            }
            Scope::Global => post(self, ObjectId::GLOBAL, 0),
            _ if it.detached.is_some() => post(self, ObjectId::GLOBAL, it.emitter),
            _ => post(self, it.object, it.emitter),
        }
        Outcome::Done
    }

    /// Actions on game values, music and adaptive layers.
    fn act_on_values(&mut self, cx: &mut Cx<'_>, play: u32, action: &Action) -> Outcome {
        let who = self.scope_who(play, action.scope);
        let ramp = action.fade.frames;
        match action.what {
            Do::SetState(group, value) => self.set_state(cx, group, value),
            Do::SetSwitch(group, value) => return self.set_switch(cx, group, who.object, value),
            Do::SetRtpc(rtpc, value) => return self.set_rtpc(cx, rtpc, who, value, ramp),
            Do::ResetRtpc(rtpc) => self.reset_rtpc(cx, rtpc, who),
            Do::SetBusVolume(bus, db) => self.set_bus_volume(cx, bus, db, action.fade),
            Do::Trigger(stinger) => return self.trigger(cx, stinger),
            Do::PlayMusic(music) => return self.play_music(cx, music),
            Do::StopMusic => self.stop_music(cx, ramp),
            Do::EnterContext(context) => return self.enter_context(cx, context, 1.0),
            Do::LeaveContext => return self.leave_context(cx, 0),
            Do::SetSignal(signal, value) => return self.set_signal(cx, signal, value),
            _ => {}
        }
        Outcome::Done
    }

    /// On whom values are set.
    fn scope_who(&self, play: u32, scope: Scope) -> Who {
        let it = self.plays.get(play);
        match scope {
            Scope::Global | Scope::All => Who::GLOBAL,
            _ => Who::object(it.holder),
        }
    }

    fn act_play(
        &mut self,
        cx: &mut Cx<'_>,
        play: u32,
        action: &Action,
        node: NodeIx,
        go_on: bool,
    ) -> Outcome {
        if action.scope == Scope::All {
            return self.play_on_all(cx, play, action, node, go_on);
        }
        if action.scope == Scope::Global && self.plays.get(play).slot != 0 {
            return self.play_beside(cx, play, 0, action, node, go_on);
        }
        self.play_here(cx, play, action, node, go_on)
    }

    /// Plays on every registered object: each gets a play of its own that belongs to the post.
    fn play_on_all(
        &mut self,
        cx: &mut Cx<'_>,
        play: u32,
        action: &Action,
        node: NodeIx,
        go_on: bool,
    ) -> Outcome {
        let mut result = Outcome::Nothing;
        let slots = u32::try_from(crate::limits::OBJECTS).unwrap_or(u32::MAX);
        for slot in 1..=slots {
            if self.objects.get(slot).is_some() {
                result = self.play_beside(cx, play, slot, action, node, go_on);
            }
        }
        result
    }

    fn play_beside(
        &mut self,
        cx: &mut Cx<'_>,
        play: u32,
        slot: u32,
        action: &Action,
        node: NodeIx,
        go_on: bool,
    ) -> Outcome {
        let Some(object) = self.objects.get(slot).map(|object| object.id) else {
            return Outcome::Nothing;
        };
        let it = *self.plays.get(play);
        let beside = Play {
            id: self.own_id(),
            slot,
            object,
            holder: object,
            detached: None,
            stopping: false,
            tops: 0,
            pending: 1,
            waits: 0,
            host: Some(play),
            parts: 0,
            held: 0,
            ..it
        };
        let Some(beside) = self.plays.take(beside) else {
            return Outcome::Full;
        };
        let generation = self.plays.get(beside).generation;
        let result = self.play_here(cx, beside, action, node, go_on);
        self.unpend(cx, beside, generation);
        result
    }

    fn play_here(
        &mut self,
        cx: &mut Cx<'_>,
        play: u32,
        action: &Action,
        node: NodeIx,
        go_on: bool,
    ) -> Outcome {
        let how = &action.play;
        let it = *self.plays.get(play);
        self.recall(&it, node, go_on);
        let trim_start = cx.bank.frames64(how.trim_start_s);
        let trim_end = cx.bank.frames64(how.trim_end_s);
        let start = Start {
            base: Base {
                gain: how.gain,
                pitch_st: how.pitch_st,
                pan: how.pan,
                lpf_hz: how.lpf_hz,
                hpf_hz: how.hpf_hz,
                bus: how.bus,
            },
            fade_in: action.fade,
            fade_out: how.fade_out,
            offset: trim_start,
            goes_on: go_on,
            end: if trim_end == 0 { u64::MAX } else { trim_end },
            priority: Some(how.priority),
            looping: looping(cx, node, how.loop_count, trim_start, trim_end),
            ..Start::at_top(node, play)
        };
        self.start(cx, start)
    }

    /// Actions on what plays.
    fn act_on_instances(&mut self, cx: &mut Cx<'_>, play: u32, action: &Action) -> Outcome {
        let held = self.hold(cx, play, action);
        let targets = self.targets(cx, play, action);
        let cancelled = self.cancel(cx, play, action, target_of(&action.what))
            || self.hold_waiting(cx, play, action);
        let result = match held {
            Some(false) => Outcome::Full,
            None if targets.is_empty() && !cancelled => Outcome::Nothing,
            _ => Outcome::Done,
        };
        if matches!(action.what, Do::Stop(_)) {
            self.stop_machines(cx, play, &targets, action);
        }
        if let Do::Pause(target) | Do::Resume(target) = action.what {
            let on = matches!(action.what, Do::Pause(_));
            self.pause_machines(cx, play, action, (target, &targets), on);
        }
        for at in &targets {
            if self.pool.get(*at).live {
                self.act_on(cx, *at, action);
            }
        }
        self.scratch = targets;
        self.scratch.clear();
        result
    }

    /// Music that is about to be stopped ends for its machine too, or the next call for it would
    /// change nothing. A stop of everything concerns stingers that wait, as what else waits.
    fn stop_machines(&mut self, cx: &mut Cx<'_>, play: u32, targets: &[u32], action: &Action) {
        let source = |at: &u32| self.plays.get(self.pool.get(*at).play).source;
        let music = |source| match source {
            Source::Music(play) => self.score.music.has(play),
            _ => false,
        };
        let stops_music = targets.iter().map(source).any(music);
        let layer = |source| matches!(source, Source::Layer(_));
        let stops_all = target_of(&action.what).is_none();
        let stops_layers = stops_all && targets.iter().map(source).any(layer);
        if stops_all && self.is_whole(play, action.scope) {
            self.forget_stingers(cx);
        }
        if stops_music {
            self.stop_music(cx, action.fade.frames);
        }
        if stops_layers {
            self.score.end_layers();
        }
    }

    fn act_on(&mut self, cx: &mut Cx<'_>, at: u32, action: &Action) {
        let (now, fade) = (self.pool.get(at).fades_at(cx.at), action.fade);
        match action.what {
            Do::Stop(_) => {
                self.pool.get_mut(at).forget_pause(cx.at);
                self.stop_inst(cx, at, fade, Reason::StopAction);
            }
            Do::Pause(_) => self.pause_inst(cx, at, true, fade),
            Do::Resume(_) => self.pause_inst(cx, at, false, fade),
            Do::Break(_) => self.break_inst(cx, at),
            Do::Seek(_, place) => self.seek_inst(cx, at, place),
            Do::FadeTo(_, _, true) => self.fade_and_stop(cx, at, action),
            Do::FadeTo(_, gain, false) => {
                let inst = self.pool.get_mut(at);
                inst.fade = inst.fade.towards(gain, now, fade);
                self.moves(cx, at);
            }
            ref what => {
                if let Some((prop, to)) = Prop::of(what) {
                    let line = self.pool.get_mut(at).line_mut(prop);
                    *line = line.towards(to, now, fade);
                    self.moves(cx, at);
                }
            }
        }
    }

    /// Keeps what an action sets for plays to come. `None` when it sets nothing that holds: it may
    /// be about single instances.
    fn hold(&mut self, cx: &Cx<'_>, play: u32, action: &Action) -> Option<bool> {
        let set = Prop::of(&action.what)?;
        let whom = self.whom(play, action.scope)?;
        let target = target_of(&action.what);
        Some(self.holds.set((target, whom), set, cx.at, action.fade))
    }

    /// On whom a scope sets something for plays to come.
    fn whom(&self, play: u32, scope: Scope) -> Option<Whom> {
        match scope {
            Scope::Global | Scope::All => Some(Whom::Everybody),
            Scope::GameObject => Some(Whom::Object(self.plays.get(play).object)),
            Scope::Emitter | Scope::FirstOnly | Scope::Random => None,
        }
    }

    /// Takes back what was set: what plays moves to what is left of it.
    fn act_reset(&mut self, cx: &mut Cx<'_>, play: u32, action: &Action) -> Outcome {
        let target = target_of(&action.what);
        if let Some(whom) = self.whom(play, action.scope) {
            self.holds.reset(target, whom);
        }
        let targets = self.targets(cx, play, action);
        for at in &targets {
            let inst = self.pool.get_mut(*at);
            let object = self.plays.get(inst.play).object;
            let is_top = inst.parent == NONE;
            let now = inst.fades_at(cx.at);
            for prop in Prop::ALL {
                let held = self.holds.line(inst.node, is_top, object, prop);
                let to = held.map_or(prop.neutral(), |line| line.target());
                let line = inst.line_mut(prop);
                *line = line.towards(to, now, action.fade);
            }
            self.moves(cx, *at);
        }
        self.scratch = targets;
        self.scratch.clear();
        Outcome::Done
    }

    fn fade_and_stop(&mut self, cx: &mut Cx<'_>, at: u32, action: &Action) {
        let Do::FadeTo(_, gain, _) = action.what else {
            return;
        };
        self.pool.get_mut(at).forget_pause(cx.at);
        self.stop_inst_at(cx, at, gain, action.fade, Reason::StopAction);
    }

    /// What an action concerns: instances of its target, or everything at the top, in its scope.
    fn targets(&mut self, cx: &Cx<'_>, play: u32, action: &Action) -> Vec<u32> {
        let mut found = std::mem::take(&mut self.scratch);
        found.clear();
        let it = *self.plays.get(play);
        let target = target_of(&action.what);
        let all = u32::try_from(self.plays.capacity()).unwrap_or(u32::MAX);
        let everywhere = matches!(action.scope, Scope::Global | Scope::All)
            || (it.holder == ObjectId::GLOBAL
                && matches!(action.scope, Scope::FirstOnly | Scope::Random));
        if everywhere {
            for other in (0..all).filter(|other| self.plays.get(*other).live) {
                self.targets_in(other, target, &mut found);
            }
        } else {
            for other in self.plays.of_object(it.slot) {
                // Plays that objects let go are on the list of the global one, but not its own.
                let there = self.plays.get(other);
                let same = action.scope != Scope::Emitter || there.emitter == it.emitter;
                if same && there.holder == it.holder {
                    self.targets_in(other, target, &mut found);
                }
            }
        }
        self.pick_targets(cx, &it, action, &mut found);
        found
    }

    fn targets_in(&self, play: u32, target: Target, found: &mut Vec<u32>) {
        let mut top = self.pool.top(play);
        while let Some(root) = top {
            let mut next = Some(root);
            while let Some(at) = next {
                let hit = target.is_none_or(|node| self.pool.get(at).node == node);
                next = if hit {
                    found.push(at);
                    self.pool.behind(root, at)
                } else {
                    self.pool.after(root, at)
                };
            }
            top = self.pool.next_sibling(root);
        }
    }

    /// Leaves one of them, where the scope says so: none that is on its way out already.
    fn pick_targets(&mut self, cx: &Cx<'_>, play: &Play, action: &Action, found: &mut Vec<u32>) {
        if matches!(action.scope, Scope::FirstOnly | Scope::Random) {
            found.retain(|at| !self.goes(*at));
        }
        let kept = match action.scope {
            Scope::FirstOnly => found.iter().copied().min_by_key(|at| {
                let inst = self.pool.get(*at);
                (inst.started, self.plays.get(inst.play).id)
            }),
            Scope::Random if !found.is_empty() => {
                let event = play.event().map(|event| cx.bank.names.events.id(event));
                let bank = cx.bank;
                let key = container_key(
                    self.seed(bank),
                    event.unwrap_or_default(),
                    play.object,
                    bank.session,
                );
                // Several picks on one frame are several draws.
                let key = !key ^ mix64(self.picks.next(cx.at));
                let at = pick(draw(key, cx.at, 0), found.len() as u64);
                usize::try_from(at)
                    .ok()
                    .and_then(|at| found.get(at).copied())
            }
            _ => return,
        };
        found.clear();
        found.extend(kept);
    }

    /// Whether an instance, or something above it, fades out. In a pause it may yet be told otherwise.
    pub(super) fn goes(&self, mut at: u32) -> bool {
        while at != NONE {
            let inst = self.pool.get(at);
            if inst.stopping && inst.paused.is_none() {
                return true;
            }
            at = inst.parent;
        }
        false
    }

    fn break_inst(&mut self, cx: &mut Cx<'_>, root: u32) {
        let generation = self.pool.get(root).generation;
        let mut next = Some(root);
        // A look at an end may be that end.
        while let Some(at) = next.filter(|_| self.pool.is(root, generation)) {
            next = self.pool.after(root, at);
            let inst = self.pool.get_mut(at);
            match &mut inst.run {
                Run::Leaf(leaf) => {
                    let voice = leaf.voice;
                    if let Some(place) = cx.desk.voice_place(voice) {
                        leaf.leave_loop(place);
                    }
                    cx.desk.voice(&VoiceCommand::LeaveLoop { voice });
                }
                Run::Sequence(sequence) => sequence.leave(),
                _ => continue,
            }
            self.look_again(cx, at);
        }
    }

    fn seek_inst(&mut self, cx: &mut Cx<'_>, root: u32, place: Place) {
        let generation = self.pool.get(root).generation;
        let mut next = Some(root);
        // A look at an end may be that end.
        while let Some(at) = next.filter(|_| self.pool.is(root, generation)) {
            next = self.pool.after(root, at);
            let inst = self.pool.get(at);
            let (Kind::Sound(sound), Some(voice)) =
                (&cx.bank.nodes[inst.node.at()].kind, inst.voice())
            else {
                continue;
            };
            let frame = sound.frame_of(place, cx.bank.rate);
            cx.desk.voice(&VoiceCommand::Seek { voice, frame });
            self.look_again(cx, at);
        }
    }
}

fn target_of(what: &Do) -> Target {
    match *what {
        Do::Stop(target)
        | Do::Pause(target)
        | Do::Resume(target)
        | Do::Break(target)
        | Do::Mute(target, _)
        | Do::SetVolume(target, _)
        | Do::SetPitch(target, _)
        | Do::SetLpf(target, _)
        | Do::SetHpf(target, _)
        | Do::Seek(target, _)
        | Do::Reset(target)
        | Do::FadeTo(target, ..) => target,
        _ => None,
    }
}

/// The loop that an action asks for; `None` leaves the sounds their own.
fn looping(cx: &Cx<'_>, node: NodeIx, count: u32, start: u64, end: u64) -> Option<LoopSpec> {
    if count == 1 {
        return None;
    }
    let whole = match &cx.bank.nodes[node.at()].kind {
        Kind::Sound(sound) => sound.frames,
        // Each sound loops over its own length.
        _ => u64::MAX,
    };
    let end = if end == 0 { whole } else { end.min(whole) };
    Some(LoopSpec { start, end, count })
}
