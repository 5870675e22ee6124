//! Pauses. What is paused fades, and everything of it goes on until that fade is over: then its voices
//! stand still, and with them its time, for as long as they do. A resume before that holds nothing.
//! What begins in the fade comes in at the level that the fade has then, and stands still with the rest.
//!
//! The machines of music and layers stand still with what they play.

use segue_rt::voices::VoiceCommand;

use super::line::Line;
use super::plays::Source;
use super::pool::{NONE, Run};
use super::score::Machine;
use super::start::Start;
use super::state::{Cx, State};
use crate::bank::event::{Action, Fade, Target};
use crate::source::Scope;
use crate::values::check::narrow;
use segue_rt::game::ObjectId;

impl State {
    /// A pause or resume of the music, of a segment, or of everything that is on the global object,
    /// concerns all of the music; the same holds for the layers, which stay in step.
    pub(super) fn pause_machines(
        &mut self,
        cx: &mut Cx<'_>,
        play: u32,
        action: &Action,
        (target, targets): (Target, &[u32]),
        on: bool,
    ) {
        let whole = self.is_whole(play, action.scope);
        let source = |at: &u32| self.plays.get(self.pool.get(*at).play).source;
        let mut hit = [whole && target.is_none(); 2];
        for source in targets.iter().map(source) {
            hit[0] |= matches!(source, Source::Music(_));
            hit[1] |= matches!(source, Source::Layer(_));
        }
        for (machine, hit) in [Machine::Music, Machine::Layers].into_iter().zip(hit) {
            if hit {
                self.pause_machine(cx, machine, on, action.fade);
            }
        }
    }

    /// Whether a scope has everything in it that is on the global object.
    pub(super) fn is_whole(&self, play: u32, scope: Scope) -> bool {
        match scope {
            Scope::Global | Scope::All => true,
            Scope::GameObject => self.plays.get(play).holder == ObjectId::GLOBAL,
            _ => false,
        }
    }

    pub(super) fn pause_play(&mut self, cx: &mut Cx<'_>, play: u32, on: bool, fade: Fade) {
        let mut top = self.pool.top(play);
        while let Some(at) = top {
            top = self.pool.next_sibling(at);
            self.pause_inst(cx, at, on, fade);
        }
    }

    /// Pauses an instance and all below it, or lets them go on.
    pub(super) fn pause_inst(&mut self, cx: &mut Cx<'_>, root: u32, on: bool, fade: Fade) {
        let frames = fade.frames.max(cx.bank.declick());
        if on {
            self.halt(cx, root, cx.at + u64::from(frames));
        } else {
            self.go_on(cx, root, frames);
        }
    }

    /// An instance and all below it fade until frame `until`, and stand still from there on.
    fn halt(&mut self, cx: &mut Cx<'_>, root: u32, until: u64) {
        let fade = u32::try_from(until.saturating_sub(cx.at)).unwrap_or(u32::MAX);
        let mut next = Some(root);
        while let Some(at) = next {
            next = self.pool.after(root, at);
            let inst = self.pool.get_mut(at);
            let news = inst.pause(cx.at, until);
            if let Some(voice) = inst.voice().filter(|_| news) {
                cx.desk.voice(&VoiceCommand::Pause { voice, fade });
                self.voice_paused(cx, voice, true);
            }
        }
    }

    fn go_on(&mut self, cx: &mut Cx<'_>, root: u32, fade: u32) {
        let mut next = Some(root);
        while let Some(at) = next {
            next = self.pool.after(root, at);
            let inst = self.pool.get_mut(at);
            if inst.paused.is_none() {
                continue;
            }
            let held = inst.is_held(cx.at);
            inst.go_on(cx.at);
            if held {
                self.wake_again(cx, at);
            }
            self.end_hush(cx, at, if held { 0 } else { fade });
            self.moves(cx, at);
            if let Some(voice) = self.pool.get(at).voice() {
                cx.desk.voice(&VoiceCommand::Resume { voice, fade });
                self.voice_paused(cx, voice, false);
            }
        }
        self.look_again(cx, root);
    }

    /// What came into the fade of a pause has all of its gain behind it: at once where it was silent
    /// by then.
    fn end_hush(&mut self, cx: &mut Cx<'_>, at: u32, frames: u32) {
        let inst = self.pool.get_mut(at);
        if inst.hush.target() == 1.0 {
            return;
        }
        inst.hush = inst.hush.towards(1.0, cx.at, super::calls::linear(frames));
        if frames == 0 {
            self.update_below(cx, at, cx.at);
        }
    }

    /// Behind a pause: everything it waits for is put on the agenda anew.
    fn wake_again(&mut self, cx: &Cx<'_>, at: u32) {
        let inst = self.pool.get_mut(at);
        let own = inst.own_time(cx.at);
        if let Run::Switch(state) = &mut inst.run {
            state.look_at(own);
        }
        let inst = self.pool.get(at);
        self.wake(at, inst.release.min(inst.looks_at));
        self.wake(at, self.next_change(cx, at));
        let inst = self.pool.get(at);
        if inst.stopping {
            self.wake(at, inst.stop_at.saturating_sub(inst.lag));
        }
    }

    /// The fade of a pause that something comes into: its first frame, and that from which on what
    /// is around stands still.
    fn pause_around(&self, start: &Start) -> Option<[u64; 2]> {
        if start.parent != NONE {
            let above = self.pool.get(start.parent);
            return above.paused.map(|until| [above.pauses_at, until]);
        }
        match self.plays.get(start.play).source {
            Source::Music(_) | Source::MusicStinger(_) => self.score.pausing(Machine::Music),
            Source::Layer(_) | Source::LayerStinger(_) => self.score.pausing(Machine::Layers),
            Source::Event(_) | Source::Gone => None,
        }
    }

    /// Whatever starts in the fade of a pause has the level of that fade.
    pub(super) fn hush(&mut self, cx: &Cx<'_>, at: u32, start: &Start) {
        if let Some([from, until]) = self.pause_around(start) {
            let whole = until.saturating_sub(from).max(1);
            let left = until.saturating_sub(cx.at).min(whole);
            self.pool.get_mut(at).hush = Line::rest(narrow(left as f64 / whole as f64));
        }
    }

    /// It fades with the rest, and stands still with it.
    pub(super) fn join_pause(&mut self, cx: &mut Cx<'_>, at: u32, start: &Start) {
        if let Some([_, until]) = self.pause_around(start) {
            self.halt(cx, at, until);
        }
    }

    fn pause_machine(&mut self, cx: &mut Cx<'_>, machine: Machine, on: bool, fade: Fade) {
        for n in 0..self.score.plays.len() {
            let (key, play) = self.score.plays.entries()[n];
            if key.0 == machine {
                self.pause_play(cx, play, on, fade);
            }
        }
        let until = cx.at + u64::from(fade.frames.max(cx.bank.declick()));
        let grid = match machine {
            Machine::Music => Self::transport_grid(cx),
            Machine::Layers => self.outer_grid(cx, cx.at),
        };
        let (score, grid) = (&mut self.score, grid.as_ref());
        match (machine, &cx.bank.adaptive, &mut score.adaptive) {
            (Machine::Music, ..) if on => score.music.pause(cx.at, until),
            (Machine::Music, ..) => {
                let form = &cx.bank.music;
                score.music.resume(form, cx.at, grid, &mut score.commands);
            }
            (Machine::Layers, Some(_), Some((_, layers))) if on => layers.pause(cx.at, until),
            (Machine::Layers, Some(form), Some((_, layers))) => {
                layers.resume(form, cx.at, grid, &mut score.commands);
            }
            _ => {}
        }
        self.perform(cx, machine);
    }
}
