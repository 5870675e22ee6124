//! Stops, pauses and ends.

use segue_rt::command::Reason;
use segue_rt::voices::VoiceCommand;

use super::plays::Source;
use super::pool::{NONE, Run};
use super::state::{Cx, State};
use crate::bank::event::Fade;
use crate::telemetry::What;

impl State {
    /// Fades everything of a play out, and cancels what waits to start something.
    pub(super) fn stop_play(&mut self, cx: &mut Cx<'_>, play: u32, fade: Fade, reason: Reason) {
        let it = self.plays.get(play);
        if !it.live {
            return;
        }
        // While it sounds on other objects it is one post that plays.
        if it.parts == 0 {
            self.plays.mark_stopping(play);
        }
        let mut top = self.pool.top(play);
        while let Some(at) = top {
            top = self.pool.next_sibling(at);
            self.pool.get_mut(at).forget_pause(cx.at);
            self.stop_inst(cx, at, fade, reason);
        }
        self.cancel_starts(cx, play);
    }

    /// The same with its parts on other objects. It may be over with the last of them.
    pub(super) fn stop_whole(&mut self, cx: &mut Cx<'_>, play: u32, fade: Fade, reason: Reason) {
        self.plays.mark_stopping(play);
        let mut next = self.plays.next_part(play, None);
        while let Some(part) = next {
            next = self.plays.next_part(play, Some(part));
            self.stop_play(cx, part, fade, reason);
        }
        self.stop_play(cx, play, fade, reason);
    }

    /// Fades an instance and all below it out.
    pub(super) fn stop_inst(&mut self, cx: &mut Cx<'_>, at: u32, fade: Fade, reason: Reason) {
        self.stop_inst_at(cx, at, 0.0, fade, reason);
    }

    /// The same, to a gain from which it falls to silence and ends.
    pub(super) fn stop_inst_at(
        &mut self,
        cx: &mut Cx<'_>,
        at: u32,
        gain: f32,
        fade: Fade,
        reason: Reason,
    ) {
        if fade.frames == 0 && self.pool.get(at).started == cx.at {
            // Nothing of it was heard yet.
            return self.end(cx, at, reason);
        }
        let fade = Fade {
            frames: fade.frames.max(cx.bank.declick()),
            ..fade
        };
        let stop_at = cx.at.saturating_add(u64::from(fade.frames));
        let inst = self.pool.get_mut(at);
        let held = inst.is_held(cx.at);
        if inst.stopping && inst.stop_at <= stop_at && !held {
            return;
        }
        if !inst.stopping {
            self.leave(cx, at);
        }
        let inst = self.pool.get_mut(at);
        inst.stopping = true;
        inst.stop_at = stop_at;
        inst.fade = inst.fade.towards(gain, cx.at, fade);
        let generation = inst.generation;
        self.blame(at, reason);
        if reason != Reason::NaturalEnd {
            self.remember(cx, at);
        }
        if held {
            return self.end(cx, at, reason);
        }
        let due = super::state::Due::Wake {
            inst: at,
            generation,
        };
        if !self.agenda.put(stop_at, due) {
            return self.end(cx, at, reason);
        }
        self.moves(cx, at);
    }

    /// The voices below count against no limit any more: they are on their way out.
    pub(super) fn leave(&self, cx: &mut Cx<'_>, root: u32) {
        let mut next = Some(root);
        while let Some(at) = next {
            next = self.pool.after(root, at);
            if let Some(voice) = self.pool.get(at).voice() {
                cx.desk.voice(&VoiceCommand::Leave { voice });
            }
        }
    }

    /// Notes why the voices below will end.
    fn blame(&mut self, root: u32, reason: Reason) {
        let mut next = Some(root);
        while let Some(at) = next {
            next = self.pool.after(root, at);
            if let Some(voice) = self.pool.get(at).voice() {
                self.voices.blame(voice, reason);
            }
        }
    }

    /// An instance comes to its end now: what it plays is silent or of no more use.
    pub(super) fn end(&mut self, cx: &mut Cx<'_>, at: u32, reason: Reason) {
        let (parent, play) = {
            let inst = self.pool.get(at);
            (inst.parent, inst.play)
        };
        self.blame_quietly(at, reason);
        self.drop_tree(cx, at);
        self.child_gone(cx, parent, play);
    }

    fn blame_quietly(&mut self, root: u32, reason: Reason) {
        let mut next = Some(root);
        while let Some(at) = next {
            next = self.pool.after(root, at);
            if let Some(voice) = self.pool.get(at).voice() {
                self.voices.leave(voice, reason);
            }
        }
    }

    /// Stops the voices of an instance and of all below, and gives all of them back.
    pub(super) fn drop_tree(&mut self, cx: &mut Cx<'_>, at: u32) {
        while let Some(child) = self.pool.first_child(at) {
            self.drop_tree(cx, child);
        }
        if let Run::Leaf(leaf) = self.pool.get(at).run {
            let voice = leaf.voice;
            self.voices.leave(voice, Reason::StopAction);
            cx.desk.voice(&VoiceCommand::Stop { voice, fade: 0 });
        }
        self.pool.release(at);
    }

    /// A child is gone. A container without children ends, unless more is to come.
    fn child_gone(&mut self, cx: &mut Cx<'_>, parent: u32, play: u32) {
        if parent == NONE {
            self.plays.get_mut(play).tops -= 1;
            return self.finish_if_idle(cx, play);
        }
        if self.pool.first_child(parent).is_none() && !self.has_more(cx, parent) {
            let reason = Reason::NaturalEnd;
            self.end(cx, parent, reason);
        }
    }

    /// A play of which nothing plays or waits is over.
    pub(super) fn finish_if_idle(&mut self, cx: &Cx<'_>, play: u32) {
        let it = *self.plays.get(play);
        if !it.live || !it.is_idle() {
            return;
        }
        self.plays.release(play);
        if it.detached.is_some() {
            self.disinherit(it.holder);
        }
        if self.values.rtpcs.has_instances() && !self.plays.has_root(it.root) {
            self.values.rtpcs.forget_playing(it.root);
        }
        if let Some(host) = it.host {
            self.plays.get_mut(host).parts -= 1;
            return self.finish_if_idle(cx, host);
        }
        match it.source {
            Source::Event(event) => {
                let what = What::Finished {
                    event: cx.bank.names.events.id(event),
                    object: it.object,
                    playing: it.id,
                };
                self.teller.tell(cx.at, what);
            }
            source => self.score.over(source),
        }
    }

    /// Something of an instance is due.
    pub(super) fn wake_due(&mut self, cx: &mut Cx<'_>, at: u32, generation: u32) {
        if !self.pool.is(at, generation) {
            return;
        }
        let inst = self.pool.get(at);
        if inst.is_held(cx.at) {
            return;
        }
        if inst.stopping {
            if cx.at < inst.stop_at {
                return;
            }
            if inst.fade.value(cx.at) > 0.0 {
                // It was faded to a gain that is heard.
                self.pool.get_mut(at).stop_at = u64::MAX;
                return self.stop_inst(cx, at, Fade::NONE, Reason::StopAction);
            }
            return self.end(cx, at, Reason::StopAction);
        }
        let own = inst.own_time(cx.at);
        if own >= inst.release {
            let fade = inst.release_fade;
            return self.stop_inst(cx, at, fade, Reason::NaturalEnd);
        }
        if inst.fades_at_end && own >= inst.looks_at {
            let generation = inst.generation;
            self.look_at_end(cx, at);
            if !self.pool.is(at, generation) {
                return;
            }
        }
        self.run_container(cx, at, own);
    }
}
