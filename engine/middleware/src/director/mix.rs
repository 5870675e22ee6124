//! What each voice is told: the product of everything above it, at the frames where it is looked at.
//!
//! While something moves, voices are looked at on every 32nd frame and where a way ends, and each
//! is told a straight line to where it will be at the next such frame. A jump of a game value takes
//! 10 ms.

use segue_rt::voices::{PITCH_RANGE, RAMP_SECONDS, VoiceCommand, VoiceParams};

use super::pool::{Inst, Leaf, Mix, NONE, OPEN_HPF, OPEN_LPF, Pool, Run};
use super::state::{Cx, Dirty, State, Watched, next_quantum};
use crate::bank::Bank;
use crate::bank::node::{Kind, Node};
use crate::source::BindingTarget;
use crate::values::rtpc::Who;
use crate::values::states::Effect;

/// How far the playback rates of everything above a voice go together.
const RATE_RANGE: (f32, f32) = (0.25, 4.0);

/// Everything above a voice together.
struct Sum {
    gain: f32,
    db: f32,
    pitch_st: f32,
    rate: f32,
    pan: f32,
    width: f32,
    /// Least and largest cut-off; 0 is none.
    lpf_hz: f32,
    hpf_hz: f32,
}

impl State {
    /// What the voice of a leaf is told for frame `t`.
    pub(super) fn mix(&self, bank: &Bank, leaf: u32, template: &VoiceParams, t: u64) -> Mix {
        let inst = self.pool.get(leaf);
        let play = self.plays.get(inst.play);
        let who = play.who();
        let mut sum = Sum::of(template);
        let mut at = leaf;
        // As where it starts: the bus of the action, else the nearest container's.
        let (mut said, mut near) = (None, None);
        while at != NONE {
            let inst = self.pool.get(at);
            let node = &bank.nodes[inst.node.at()];
            (said, near) = (said.or(inst.base.bus), near.or(node.bus));
            sum.instance(inst, t);
            self.add_node(&mut sum, bank, node, who, t);
            if inst.parent != NONE {
                sum.gain *= self.blend_gain(bank, inst.parent, inst.child, t);
            }
            at = inst.parent;
        }
        let bus = said.or(near).unwrap_or(template.bus);
        for target in bank.values.states_over(bus) {
            let effect = self.values.states.effect(&bank.values.states, t, *target);
            sum.voice_effect(&effect);
        }
        let spot = self.spot_of(inst.play);
        sum.pan += spot.pan;
        sum.width *= spot.width;
        sum.gain *= play.gain;
        if play.source.is_ducked() {
            sum.gain *= self.score.duck_gain(t);
        }
        sum.mix(template)
    }

    fn spot_of(&self, play: u32) -> super::objects::Spot {
        let play = self.plays.get(play);
        let placed = || Some(self.objects.get(play.slot)?.place(play.emitter));
        let spot = play.detached.or_else(placed);
        spot.unwrap_or(super::objects::Spot::CENTRE)
    }

    fn add_node(&self, sum: &mut Sum, bank: &Bank, node: &Node, who: Who, t: u64) {
        sum.gain *= node.gain;
        sum.pitch_st += node.pitch_st;
        sum.pan += node.pan;
        for binding in &node.bindings {
            let value = self
                .values
                .rtpcs
                .get(&bank.values.rtpcs, t, binding.rtpc, who);
            sum.bind(binding.target, binding.curve.value(value));
        }
        if let Some(target) = node.state {
            let effect = self.values.states.effect(&bank.values.states, t, target);
            sum.db += effect.volume_db;
            sum.voice_effect(&effect);
        }
    }

    /// Gain of a child of a blend container; 1 below others.
    fn blend_gain(&self, bank: &Bank, parent: u32, child: u8, t: u64) -> f32 {
        let inst = self.pool.get(parent);
        let (Run::Blend(state), Kind::Blend { plan, .. }) =
            (&inst.run, &bank.nodes[inst.node.at()].kind)
        else {
            return 1.0;
        };
        let mut gains = [0.0; 8];
        plan.gains(state.value(t), &mut gains, |_| {});
        gains.get(usize::from(child)).copied().unwrap_or(0.0)
    }

    /// Something of an instance begins to move now: what is below it is told.
    pub(super) fn moves(&mut self, cx: &mut Cx<'_>, at: u32) {
        self.moves_later(cx, at);
        if self.pool.get(at).moves_until() > cx.at {
            self.update_below(cx, at, self.control);
        } else {
            let ramp = cx.at + u64::from(cx.bank.frames(RAMP_SECONDS));
            self.update_below(cx, at, ramp);
        }
    }

    /// The same, but nothing below it plays yet.
    pub(super) fn moves_later(&mut self, cx: &Cx<'_>, at: u32) {
        let inst = self.pool.get_mut(at);
        if inst.moves_until() <= cx.at {
            return;
        }
        let next = next_quantum(cx.at).min(inst.next_end(cx.at));
        let known = std::mem::replace(&mut inst.moving, true);
        self.control = self.control.min(next);
        if known {
            return;
        }
        watch(&mut self.moving, &self.pool, at);
    }

    /// Whether game values are on their way at a frame.
    pub(super) fn values_move(&self, at: u64) -> bool {
        self.values.rtpcs.moving(at) || self.values.states.moving(at) || self.score.duck_moves(at)
    }

    /// Looks at what moves; the next look is planned.
    pub(super) fn control(&mut self, cx: &mut Cx<'_>) {
        let now = cx.at;
        let dirty = std::mem::take(&mut self.dirty);
        let aimed = self.aim_blends(cx);
        let pool = &mut self.pool;
        self.moving.retain(|&(at, generation)| {
            let there = pool.is(at, generation);
            let inst = pool.get_mut(at);
            inst.moving &= !there || inst.moves_until() > now;
            there && inst.moving
        });
        // Those that left the list are at their end already.
        let follow = aimed || self.values_move(now) || self.blends_move(cx);
        let buses = self.buses_move(cx);
        let ends = self
            .moving
            .iter()
            .map(|(at, _)| self.pool.get(*at).next_end(now));
        let next = ends.min().unwrap_or(u64::MAX).min(next_quantum(now));
        let jump = now + u64::from(cx.bank.frames(RAMP_SECONDS));
        match (dirty, follow) {
            (Dirty::All, _) => self.update_leaves(cx, true, if follow { next } else { jump }),
            (_, true) => self.update_leaves(cx, false, next),
            (Dirty::Followers, false) => self.update_leaves(cx, false, jump),
            (Dirty::Clean, false) => {}
        }
        for n in 0..self.moving.len() {
            self.update_below(cx, self.moving[n].0, next);
        }
        if follow || buses || dirty != Dirty::Clean {
            let until = if follow || buses { next } else { jump };
            self.update_buses(cx, until);
        }
        let busy = follow || buses || !self.moving.is_empty();
        self.control = if busy { next } else { u64::MAX };
    }

    fn update_leaves(&mut self, cx: &mut Cx<'_>, all: bool, until: u64) {
        let all = all || !cx.bank.values.state_buses.is_empty();
        for n in 0..self.voices.len() {
            let leaf = self.voices.get(n).inst;
            if leaf != NONE && (all || self.pool.get(leaf).follows || self.is_ducked(leaf)) {
                self.update(cx, leaf, until);
            }
        }
    }

    fn is_ducked(&self, leaf: u32) -> bool {
        let play = self.pool.get(leaf).play;
        self.plays.get(play).source.is_ducked()
    }

    pub(super) fn update_below(&mut self, cx: &mut Cx<'_>, root: u32, until: u64) {
        let mut next = Some(root);
        while let Some(at) = next {
            next = self.pool.after(root, at);
            if matches!(self.pool.get(at).run, Run::Leaf(_)) {
                self.update(cx, at, until);
            }
        }
    }

    /// Tells a voice where it will be at frame `until`, as far as that is news.
    pub(super) fn update(&mut self, cx: &mut Cx<'_>, leaf: u32, until: u64) {
        let inst = self.pool.get(leaf);
        let (
            Run::Leaf(Leaf {
                voice,
                sent,
                masked,
                ..
            }),
            Kind::Sound(sound),
        ) = (&inst.run, &cx.bank.nodes[inst.node.at()].kind)
        else {
            return;
        };
        let (voice, sent, masked) = (*voice, *sent, *masked);
        let Some(template) = &sound.voice else {
            return;
        };
        let mut mix = self.mix(cx.bank, leaf, template, until);
        self.voices.set_gain(voice, mix.gain);
        if masked {
            mix.gain = 0.0;
        }
        if mix == sent {
            return;
        }
        let ramp = u32::try_from(until.saturating_sub(cx.at)).unwrap_or(u32::MAX);
        tell(cx, voice, &sent, &mix, ramp);
        if let Run::Leaf(leaf) = &mut self.pool.get_mut(leaf).run {
            leaf.sent = mix;
        }
        if mix.pitch != sent.pitch {
            self.look_again(cx, leaf);
        }
    }
}

/// Puts an instance on a list that it is not on.
pub(super) fn watch(list: &mut Vec<Watched>, pool: &Pool, at: u32) {
    if list.len() == list.capacity() {
        forget_gone(list, pool);
    }
    if list.len() < list.capacity() {
        list.push((at, pool.get(at).generation));
    }
}

/// Takes what left the pool from a list.
pub(super) fn forget_gone(list: &mut Vec<Watched>, pool: &Pool) {
    list.retain(|&(at, generation)| pool.is(at, generation));
}

/// Commands for what changed.
fn tell(cx: &mut Cx<'_>, voice: segue_rt::ids::VoiceId, sent: &Mix, mix: &Mix, ramp: u32) {
    if mix.gain != sent.gain {
        let gain = mix.gain;
        cx.desk.voice(&VoiceCommand::Gain { voice, gain, ramp });
    }
    if mix.pan != sent.pan {
        let pan = mix.pan;
        cx.desk.voice(&VoiceCommand::Pan { voice, pan, ramp });
    }
    if mix.width != sent.width {
        let width = mix.width;
        cx.desk.voice(&VoiceCommand::Width { voice, width, ramp });
    }
    if mix.pitch != sent.pitch {
        let ratio = mix.pitch;
        cx.desk.voice(&VoiceCommand::Pitch { voice, ratio, ramp });
    }
    if (mix.lpf_hz, mix.hpf_hz) != (sent.lpf_hz, sent.hpf_hz) {
        cx.desk.voice(&VoiceCommand::Filter {
            voice,
            lpf_hz: mix.lpf_hz,
            hpf_hz: mix.hpf_hz,
        });
    }
}

impl Sum {
    fn of(template: &VoiceParams) -> Self {
        Self {
            gain: template.gain,
            db: 0.0,
            pitch_st: 0.0,
            rate: 1.0,
            pan: template.pan,
            width: template.width,
            lpf_hz: template.lpf_hz,
            hpf_hz: template.hpf_hz,
        }
    }

    fn instance(&mut self, inst: &Inst, t: u64) {
        let t = inst.fades_at(t);
        let base = &inst.base;
        self.gain *= base.gain * inst.fade.value(t) * inst.mute.value(t) * inst.hush.value(t);
        self.gain *= inst.course.map_or(1.0, |course| course.gain(t));
        self.db += inst.volume_db.value(t);
        self.pitch_st += base.pitch_st + inst.pitch_st.value(t);
        self.pan += base.pan + inst.pan.value(t);
        self.low(base.lpf_hz);
        self.high(base.hpf_hz);
        let (lpf, hpf) = (inst.lpf.value(t), inst.hpf.value(t));
        if lpf < OPEN_LPF {
            self.low(lpf.exp2());
        }
        if hpf > OPEN_HPF {
            self.high(hpf.exp2());
        }
    }

    fn low(&mut self, hz: f32) {
        if hz > 0.0 && (self.lpf_hz == 0.0 || hz < self.lpf_hz) {
            self.lpf_hz = hz;
        }
    }

    fn high(&mut self, hz: f32) {
        self.hpf_hz = self.hpf_hz.max(hz);
    }

    /// What a state does besides its level.
    fn voice_effect(&mut self, effect: &Effect) {
        self.pitch_st += effect.pitch_st;
        self.low(effect.lpf_hz);
        self.high(effect.hpf_hz);
    }

    fn bind(&mut self, target: BindingTarget, y: f32) {
        match target {
            BindingTarget::Volume => self.db += y,
            BindingTarget::Pitch => self.pitch_st += y,
            BindingTarget::Lpf => self.low(y),
            BindingTarget::Hpf => self.high(y),
            BindingTarget::Pan => self.pan += y,
            BindingTarget::Width => self.width *= y,
            BindingTarget::PlaybackRate => self.rate *= y,
        }
    }

    fn mix(&self, template: &VoiceParams) -> Mix {
        let db = if self.db == 0.0 {
            1.0
        } else {
            10_f32.powf(self.db / 20.0)
        };
        let rate = self.rate.clamp(RATE_RANGE.0, RATE_RANGE.1);
        let bend = f64::from(self.pitch_st / 12.0).exp2() * f64::from(rate);
        Mix {
            gain: (self.gain * db).clamp(0.0, 16.0),
            pitch: (template.pitch * bend).clamp(PITCH_RANGE.0, PITCH_RANGE.1),
            pan: self.pan.clamp(-1.0, 1.0),
            width: self.width.clamp(0.0, 2.0),
            lpf_hz: self.lpf_hz,
            hpf_hz: self.hpf_hz,
        }
    }
}
