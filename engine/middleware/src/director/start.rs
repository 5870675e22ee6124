//! Starts: how a node becomes instances, down to voices.

use segue_rt::command::Reason;
use segue_rt::game::NameId;
use segue_rt::ids::{BusId, SoundId};
use segue_rt::voices::{LoopSpec, VoiceGroup, VoiceParams};

use super::line::Line;
use super::pool::{Base, Leaf, NONE, Run};
use super::state::{Cx, Due, State};
use super::voices::Record;
use crate::bank::event::Fade;
use crate::bank::node::{Kind, Sound};
use crate::ids::NodeIx;
use crate::music::Course;
use crate::telemetry::{Outcome, What};

/// A node that starts now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    pub(super) node: NodeIx,
    pub(super) parent: u32,
    pub(super) play: u32,
    /// Number in the parent.
    pub(super) child: u8,
    pub(super) base: Base,
    pub(super) fade_in: Fade,
    /// Before its end.
    pub(super) fade_out: Fade,
    /// First frame of the sounds.
    pub(super) offset: u64,
    /// Frame of the sounds at which they end.
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
            base: Base::PLAIN,
            fade_in: Fade::NONE,
            fade_out: Fade::NONE,
            offset: 0,
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
        let Some(at) = self.pool.take(start.node, start.parent, start.play) else {
            return Outcome::Full;
        };
        self.prepare(cx, at, &start);
        let node = &cx.bank.nodes[start.node.at()];
        let result = match &node.kind {
            Kind::Sound(sound) => self.start_sound(cx, at, &start, sound),
            _ => self.start_container(cx, at, &start),
        };
        if start.parent == NONE {
            self.plays.get_mut(start.play).tops += 1;
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
        let inst = self.pool.get_mut(at);
        inst.child = start.child;
        inst.started = cx.at;
        inst.base = start.base;
        inst.course = start.course;
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
        let own = if start.fade_out.frames > 0 && start.looping.is_none() {
            let length = cx.bank.nodes[start.node.at()].length;
            let left = length.map(|length| length.saturating_sub(start.offset));
            left.map_or(u64::MAX, |left| self.bent(cx, at, left))
        } else {
            u64::MAX
        };
        let length = own.min(start.length);
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

    /// How long so many frames take at the pitch that an instance begins with.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a count of frames; a float cast saturates"
    )]
    fn bent(&self, cx: &Cx<'_>, at: u32, frames: u64) -> u64 {
        let plain = VoiceParams::new(SoundId::new(0, 0), BusId::new(0, 0));
        let pitch = self.mix(cx.bank, at, &plain, cx.at).pitch;
        (frames as f64 / pitch).ceil() as u64
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
        let mix = self.mix(cx.bank, at, &template, cx.at);
        let params = VoiceParams {
            bus: self.bus_of(cx, at).unwrap_or(template.bus),
            gain: mix.gain,
            pan: mix.pan,
            width: mix.width,
            pitch: mix.pitch,
            lpf_hz: mix.lpf_hz,
            hpf_hz: mix.hpf_hz,
            priority: self.plays.get(start.play).priority,
            start: template.start.max(start.offset),
            length: length_of(start, &template, mix.pitch),
            looping: loop_of(start, &template, sound),
            groups: self.groups_of(cx, at),
            ..template
        };
        let voice = cx.desk.start(&params);
        self.pool.get_mut(at).run = Run::Leaf(Leaf {
            voice,
            sent: mix,
            masked: false,
            endless: params.looping.unrolled(sound.frames) == u64::MAX,
        });
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

    /// The limits that a voice counts against: its event's, the nearest limited container's, and
    /// its object's.
    fn groups_of(&self, cx: &Cx<'_>, leaf: u32) -> [VoiceGroup; 3] {
        let play = self.plays.get(self.pool.get(leaf).play);
        let mut container = VoiceGroup::default();
        let mut at = leaf;
        while at != NONE && container.limit == 0 {
            let inst = self.pool.get(at);
            container = VoiceGroup {
                key: inst.node.0 + 1,
                limit: cx.bank.nodes[inst.node.at()].max_voices,
            };
            at = inst.parent;
        }
        [
            VoiceGroup {
                key: play.event().map_or(0, |event| event + 1),
                limit: 0,
            },
            container,
            VoiceGroup {
                key: play.slot + 1,
                limit: 0,
            },
        ]
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
        self.pool.get(leaf).follows && self.values_move(cx.at)
    }
}

/// Output frames from the start to the end of a trim; the pitch of the start counts.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a count of frames; a float cast saturates"
)]
fn length_of(start: &Start, template: &VoiceParams, pitch: f64) -> u64 {
    if start.end == u64::MAX || start.looping.is_some() {
        return template.length;
    }
    let frames = start.end.saturating_sub(start.offset);
    (frames as f64 / pitch).round() as u64
}

fn loop_of(start: &Start, template: &VoiceParams, sound: &Sound) -> LoopSpec {
    start.looping.map_or(template.looping, |looping| LoopSpec {
        end: looping.end.min(sound.frames),
        ..looping
    })
}
