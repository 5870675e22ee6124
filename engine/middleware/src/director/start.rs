//! Starts: how a node becomes instances, down to voices.

use segue_rt::command::Reason;
use segue_rt::game::NameId;
use segue_rt::voices::{LoopSpec, VoiceParams};

use super::holds::Prop;
use super::line::Line;
use super::pool::{Base, Leaf, NONE, Run};
use super::state::{Cx, Due, State};
use super::voices::Record;
use crate::bank::event::Fade;
use crate::bank::node::{Kind, Sound, once_if_endless};
use crate::ids::NodeIx;
use crate::music::Course;
use crate::telemetry::{Outcome, What};

/// Frames so near to the beginning of a fade-out that the way there is not halved any more.
pub(super) const NEAR: u64 = 64;

/// A node that starts now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    pub(super) node: NodeIx,
    pub(super) parent: u32,
    pub(super) play: u32,
    /// Number in the parent.
    pub(super) child: u8,
    /// At the top: that of its voices, where it is not the play's.
    pub(super) priority: Option<u8>,
    pub(super) base: Base,
    pub(super) fade_in: Fade,
    /// Before its end.
    pub(super) fade_out: Fade,
    /// First frame of the sounds.
    pub(super) offset: u64,
    /// That is the place of another sound: a sound that is over by then begins at its start.
    pub(super) is_borrowed: bool,
    /// Sounds and sequences begin where they were stopped, as far as that was kept.
    pub(super) goes_on: bool,
    /// Frame of the sounds at which they end, whatever their pitch.
    pub(super) end: u64,
    /// Frames after which it ends.
    pub(super) length: u64,
    /// Instead of the sounds' own loops.
    pub(super) looping: Option<LoopSpec>,
    pub(super) course: Option<Course>,
}

impl Start {
    /// A node at the top of a play, as it is.
    pub(super) const fn at_top(node: NodeIx, play: u32) -> Self {
        Self {
            node,
            parent: NONE,
            play,
            child: 0,
            priority: None,
            base: Base::PLAIN,
            fade_in: Fade::NONE,
            fade_out: Fade::NONE,
            offset: 0,
            is_borrowed: false,
            goes_on: false,
            end: u64::MAX,
            length: u64::MAX,
            looping: None,
            course: None,
        }
    }

    /// A child of `parent`, otherwise plain, with what this start says of its sounds.
    pub(super) const fn below(&self, parent: u32, child: u8, node: NodeIx) -> Self {
        Self {
            offset: self.offset,
            is_borrowed: self.is_borrowed,
            goes_on: self.goes_on,
            end: self.end,
            looping: self.looping,
            parent,
            child,
            ..Self::at_top(node, self.play)
        }
    }
}

impl State {
    /// Starts a node. It is gone again when nothing of it plays.
    pub(super) fn start(&mut self, cx: &mut Cx<'_>, start: Start) -> Outcome {
        let result = self.start_one(cx, &start);
        if result == Outcome::Full {
            self.tell_limit(cx, cx.at, (start.parent, start.node));
        }
        result
    }

    fn start_one(&mut self, cx: &mut Cx<'_>, start: &Start) -> Outcome {
        let Some(at) = self.pool.take(start.node, start.parent, start.play) else {
            return Outcome::Full;
        };
        self.prepare(cx, at, start);
        self.hush(cx, at, start);
        let generation = self.pool.get(at).generation;
        let node = &cx.bank.nodes[start.node.at()];
        let result = match &node.kind {
            Kind::Sound(sound) => self.start_sound(cx, at, start, sound),
            _ => self.start_container(cx, at, start),
        };
        if start.parent == NONE {
            self.plays.get_mut(start.play).tops += 1;
        }
        if result == Outcome::Done && start.fade_out.frames > 0 {
            self.pool.get_mut(at).fades_at_end = true;
            self.look_at_end(cx, at);
        }
        if result == Outcome::Done && self.pool.is(at, generation) {
            self.join_pause(cx, at, start);
        }
        if result != Outcome::Done {
            self.drop_tree(cx, at);
            if start.parent == NONE {
                self.plays.get_mut(start.play).tops -= 1;
            }
        }
        result
    }

    fn prepare(&mut self, cx: &mut Cx<'_>, at: u32, start: &Start) {
        let node = &cx.bank.nodes[start.node.at()];
        let above = start.parent != NONE && self.follows_below(cx, start.parent);
        let play = self.plays.get(start.play);
        let (object, own) = (play.object, start.priority.unwrap_or(play.priority));
        let priority = match start.parent {
            NONE => own,
            parent => self.pool.get(parent).priority,
        };
        let inst = self.pool.get_mut(at);
        for prop in Prop::ALL {
            let held = self
                .holds
                .line(start.node, start.parent == NONE, object, prop);
            if let Some(line) = held {
                *inst.line_mut(prop) = line;
            }
        }
        inst.priority = priority;
        inst.child = start.child;
        inst.started = cx.at;
        inst.base = start.base;
        inst.course = start.course;
        inst.looping = start.looping;
        inst.follows = above || !node.bindings.is_empty() || node.state.is_some();
        if start.fade_in.frames > 0 {
            inst.fade = Line::new(0.0, 1.0, cx.at, start.fade_in);
        }
        self.plan_release(cx, at, start);
        if self.pool.get(at).moves_until() > cx.at {
            self.moves_later(cx, at);
        }
    }

    /// Everything below a blend follows its RTPC.
    fn follows_below(&self, cx: &Cx<'_>, parent: u32) -> bool {
        let inst = self.pool.get(parent);
        inst.follows || matches!(cx.bank.nodes[inst.node.at()].kind, Kind::Blend { .. })
    }

    /// Sees to it that it fades out before its end.
    fn plan_release(&mut self, cx: &Cx<'_>, at: u32, start: &Start) {
        self.pool.get_mut(at).release_fade = start.fade_out;
        let length = start.length;
        if length == u64::MAX {
            return;
        }
        let fade = match start.fade_out.frames {
            0 => Fade {
                frames: cx.bank.declick(),
                ..Fade::NONE
            },
            _ => start.fade_out,
        };
        let inst = self.pool.get_mut(at);
        inst.release_fade = fade;
        inst.release = cx.at + length.saturating_sub(u64::from(fade.frames));
        self.wake(at, self.pool.get(at).release);
    }

    /// Where a fade-out that leads to the natural end is near that end, it begins; else it is looked
    /// at again, for the pitch may move on the way.
    pub(super) fn look_at_end(&mut self, cx: &mut Cx<'_>, at: u32) {
        let fade = self.pool.get(at).release_fade;
        let left = self.left_below(cx, at);
        if left == u64::MAX {
            self.pool.get_mut(at).looks_at = u64::MAX;
            return;
        }
        let early = left.saturating_sub(u64::from(fade.frames));
        if early > 0 {
            let ahead = if early > NEAR { early / 2 } else { early };
            let inst = self.pool.get_mut(at);
            inst.looks_at = inst.own_time(cx.at) + ahead;
            return self.wake(at, self.pool.get(at).looks_at);
        }
        let frames = u32::try_from(left).unwrap_or(u32::MAX);
        let fade = Fade {
            frames: fade.frames.min(frames),
            ..fade
        };
        self.stop_inst(cx, at, fade, Reason::NaturalEnd);
    }

    /// Something of an instance moves, comes or goes: it and what is above it may have to look earlier
    /// for the fade at their ends.
    pub(super) fn look_again(&mut self, cx: &mut Cx<'_>, from: u32) {
        let mut at = from;
        while at != NONE && self.pool.get(at).live {
            let inst = self.pool.get(at);
            let parent = inst.parent;
            if inst.fades_at_end && !inst.stopping {
                let own = inst.own_time(cx.at);
                if inst.is_held(cx.at) {
                    // When it goes on, it is looked at first.
                    self.pool.get_mut(at).looks_at = own;
                } else {
                    let (fade, planned) = (inst.release_fade.frames, inst.looks_at);
                    let left = self.left_below(cx, at).saturating_sub(fade.into());
                    if own.saturating_add(left) < planned {
                        self.look_at_end(cx, at);
                    }
                }
            }
            if matches!(&self.pool.get(at).run, Run::Switch(state) if state.waits_for_end()) {
                self.look_for_end(cx, at);
            }
            at = parent;
        }
    }

    /// Frames until everything of an instance is over by itself, where what never ends counts to
    /// the end of the pass that it is in; `u64::MAX` when nobody knows yet.
    pub(super) fn left_of_pass(&self, cx: &Cx<'_>, at: u32) -> u64 {
        let inst = self.pool.get(at);
        let mut left = match (&inst.run, &cx.bank.nodes[inst.node.at()].kind) {
            (Run::Leaf(leaf), _) => left_of(cx, &leaf.pass_at(cx.desk.voice_place(leaf.voice))),
            (Run::Sequence(state), Kind::Sequence(plan)) if state.passes() == u64::MAX => {
                let end = state.pass_end(plan);
                return end.saturating_sub(inst.own_time(cx.at));
            }
            // Each step that begins looks again.
            (Run::Sequence(state), Kind::Sequence(plan)) if state.next_due(plan) != u64::MAX => {
                u64::MAX
            }
            _ => 0,
        };
        let mut next = self.pool.first_child(at);
        while let Some(child) = next {
            next = self.pool.next_sibling(child);
            left = left.max(match self.pool.get(child).is_held(cx.at) {
                true => u64::MAX,
                false => self.left_of_pass(cx, child),
            });
        }
        left.min(self.left_to_stop(cx, at))
    }

    /// Frames until an instance ends from outside, `u64::MAX` for never.
    fn left_to_stop(&self, cx: &Cx<'_>, at: u32) -> u64 {
        let inst = self.pool.get(at);
        let mut left = u64::MAX;
        if inst.stopping {
            left = left.min(inst.stop_at.saturating_sub(cx.at));
        }
        if inst.release != u64::MAX {
            let over = inst.release.saturating_add(inst.release_fade.frames.into());
            left = left.min(over.saturating_sub(inst.own_time(cx.at)));
        }
        left
    }

    /// Frames until everything of an instance is over by itself, at its present pitch; `u64::MAX`
    /// when it never is, or nobody knows yet: what changes that looks again.
    pub(super) fn left_below(&self, cx: &Cx<'_>, at: u32) -> u64 {
        let inst = self.pool.get(at);
        let mut left = match (&inst.run, &cx.bank.nodes[inst.node.at()].kind) {
            (Run::Leaf(leaf), _) => left_of(cx, leaf),
            // Each step that begins looks again.
            (Run::Sequence(state), Kind::Sequence(plan)) if state.next_due(plan) != u64::MAX => {
                u64::MAX
            }
            // It waits for its next value.
            (Run::Switch(state), _) if state.waits() || self.pool.first_child(at).is_none() => {
                u64::MAX
            }
            _ => 0,
        };
        let mut next = self.pool.first_child(at);
        while let Some(child) = next {
            next = self.pool.next_sibling(child);
            left = left.max(match self.pool.get(child).is_held(cx.at) {
                true => u64::MAX,
                false => self.left_below(cx, child),
            });
        }
        left.min(self.left_to_stop(cx, at))
    }

    /// Looks at an instance again at a frame of its own time.
    pub(super) fn wake(&mut self, inst: u32, own_time: u64) {
        let it = self.pool.get(inst);
        let due = Due::Wake {
            inst,
            generation: it.generation,
        };
        let at = own_time.saturating_add(it.lag);
        if at != u64::MAX && !self.agenda.put(at, due) {
            self.counts.lost_wakes += 1;
        }
    }

    fn start_sound(&mut self, cx: &mut Cx<'_>, at: u32, start: &Start, sound: &Sound) -> Outcome {
        let Some(template) = sound.voice else {
            self.tell_missing(cx, start);
            return Outcome::Missing;
        };
        if !self.voices.has_room() {
            return Outcome::Full;
        }
        let looping = loop_of(start, &template, sound);
        let kept = start.goes_on.then(|| self.going_on.take(start.node));
        let kept = kept.flatten();
        let whole = looping.unrolled(sound.frames.min(start.end));
        let offset = match kept {
            Some(place) if place < whole => place,
            // It was kept of a longer play.
            Some(_) => start.offset,
            None if start.is_borrowed && start.offset >= whole => 0,
            None => start.offset,
        };
        let mix = self.mix(cx.bank, at, &template, cx.at);
        let (groups, outer) = self.groups_of(cx, at);
        let params = VoiceParams {
            bus: self.bus_of(cx, at).unwrap_or(template.bus),
            gain: mix.gain,
            pan: mix.pan,
            width: mix.width,
            pitch: mix.pitch,
            lpf_hz: mix.lpf_hz,
            hpf_hz: mix.hpf_hz,
            priority: self.pool.get(at).priority,
            start: template.start.max(offset),
            end: start.end,
            // In the middle of a sound nothing begins with a click.
            fade_in: match kept {
                Some(place) if place > template.start => template.fade_in.max(cx.bank.declick()),
                _ => template.fade_in,
            },
            fade_out: match start.end {
                u64::MAX => template.fade_out,
                _ => template.fade_out.max(cx.bank.declick()),
            },
            looping,
            groups,
            outer,
            ..template
        };
        let voice = cx.desk.start(&params);
        self.pool.get_mut(at).run = Run::Leaf(Leaf::new(voice, &params, sound.frames, mix));
        let play = self.plays.get(start.play);
        let event = play.event();
        self.voices.add(Record {
            voice,
            inst: at,
            asset: cx.bank.names.nodes.id(start.node.0),
            event: event.map_or(NameId::NONE, |event| cx.bank.names.events.id(event)),
            event_ix: event,
            object: play.object,
            bus: params.bus,
            priority: params.priority,
            loudness_db: sound.loudness_db,
            gain: mix.gain,
            paused: false,
            reason: Reason::None,
        });
        self.voice_began(cx, params.bus, event);
        if self.is_moving(cx, at) {
            self.update(cx, at, self.control);
        }
        Outcome::Done
    }

    fn tell_missing(&mut self, cx: &Cx<'_>, start: &Start) {
        let play = self.plays.get(start.play);
        let event = play.event().map(|event| cx.bank.names.events.id(event));
        self.counts.missing += 1;
        self.counts.refuse(Reason::AssetMissing);
        self.teller.tell(
            cx.at,
            What::Refused {
                event: event.unwrap_or_default(),
                object: play.object,
                playing: play.id,
                reason: Reason::AssetMissing,
            },
        );
    }

    /// The bus of what plays below an instance: that of the action, else the nearest container's.
    fn bus_of(&self, cx: &Cx<'_>, at: u32) -> Option<segue_rt::ids::BusId> {
        let (mut next, mut near) = (at, None);
        while next != NONE {
            let inst = self.pool.get(next);
            near = near.or(cx.bank.nodes[inst.node.at()].bus);
            if inst.base.bus.is_some() {
                return inst.base.bus;
            }
            next = inst.parent;
        }
        near
    }

    /// Whether a leaf or something above it is on its way.
    fn is_moving(&self, cx: &Cx<'_>, leaf: u32) -> bool {
        let mut at = leaf;
        while at != NONE {
            let inst = self.pool.get(at);
            if inst.moves_until() > cx.at {
                return true;
            }
            at = inst.parent;
        }
        let by_bus = !cx.bank.values.state_buses.is_empty();
        (by_bus || self.pool.get(leaf).follows) && self.values_move(cx.at)
    }
}

/// Frames until a voice ends by itself at its present pitch.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a count of frames; a float cast saturates"
)]
fn left_of(cx: &Cx<'_>, leaf: &Leaf) -> u64 {
    if leaf.length == u64::MAX {
        return u64::MAX;
    }
    let place = cx.desk.voice_place(leaf.voice).unwrap_or(leaf.length);
    let left = leaf.length.saturating_sub(place);
    (left as f64 / leaf.sent.pitch).ceil() as u64
}

fn loop_of(start: &Start, template: &VoiceParams, sound: &Sound) -> LoopSpec {
    let own = template.looping;
    match start.looping {
        // Of a container each sound has its own loop: once, or for ever within it.
        Some(LoopSpec {
            end: u64::MAX,
            count: 1,
            ..
        }) => once_if_endless(own, sound.frames),
        Some(LoopSpec {
            end: u64::MAX,
            count: 0,
            ..
        }) if own.unrolled(sound.frames) == u64::MAX => own,
        Some(looping) => LoopSpec {
            end: looping.end.min(sound.frames),
            ..looping
        },
        None => own,
    }
}
