//! Commands for one voice, real or virtual.

use super::{Slot, Voices};
use crate::command::Reason;
use crate::ids::VoiceId;
use crate::limits::MAX_SPAN;
use crate::sound::Sound;
use crate::voices::real::{NO_LANE, Place, Ramp, Voice, step_of};
use crate::voices::window::streamed_from;
use crate::voices::{LoopSpec, MAX_PLACE, TAIL_SLOTS, VoiceCommand, VoiceEvent};

/// Source frames before the end of a left loop at which the next lane takes over: more than one
/// span at the highest pitch and its window.
const SWITCH_AHEAD: u64 = MAX_SPAN as u64 * 8 + 1_024;

impl Voices {
    pub(super) fn apply_real(&mut self, at: u64, slot: usize, command: &VoiceCommand) {
        let Slot { voice, filter } = &mut self.slots[slot];
        match *command {
            VoiceCommand::Stop { fade, .. } => voice.stop(at, fade, Reason::StopAction),
            VoiceCommand::Pause { fade, .. } => voice.pause(at, fade),
            VoiceCommand::Resume { fade, .. } => voice.resume(at, fade),
            VoiceCommand::Gain { gain, ramp, .. } => voice.gain_to(at, gain, ramp),
            VoiceCommand::Pan { pan, ramp, .. } => voice.pan_to(at, pan, ramp),
            VoiceCommand::Width { width, ramp, .. } => voice.width_to(at, width, ramp),
            VoiceCommand::Pitch { ratio, ramp, .. } => voice.pitch_to(at, ratio, ramp),
            VoiceCommand::Filter { lpf_hz, hpf_hz, .. } => {
                voice.params.lpf_hz = lpf_hz;
                voice.params.hpf_hz = hpf_hz;
                filter.aim(self.rate, lpf_hz, hpf_hz, false);
            }
            VoiceCommand::Priority { priority, .. } => voice.params.priority = priority,
            VoiceCommand::Seek { frame, .. } => self.seek(at, slot, frame),
            VoiceCommand::LeaveLoop { .. } => self.leave_loop(at, slot),
            VoiceCommand::Leave { .. } => {
                voice.leaves = true;
                voice.params.ungroup();
            }
            _ => {}
        }
    }

    /// Lets the present pass be the last one. A streamed voice gets a second lane for what follows
    /// the loop, and plays on from the one it has until it is near.
    fn leave_loop(&mut self, at: u64, slot: usize) {
        let mut voice = self.slots[slot].voice;
        let frames = self.sound(voice.params.sound).map_or(0, Sound::frames);
        let left = leave_loop(&mut voice.params.looping, frames, voice.place.frame);
        if left && voice.params.end != u64::MAX {
            // Now it has an end to come to.
            voice.cut(at);
        }
        if left && voice.lane != NO_LANE {
            self.stream_after_loop(&mut voice);
        }
        self.slots[slot].voice = voice;
    }

    fn stream_after_loop(&mut self, voice: &mut Voice) {
        let looping = voice.params.looping;
        let Some(sound) = self.sound(voice.params.sound) else {
            return;
        };
        let loop_end = looping.unrolled(sound.frames()) - (sound.frames() - looping.end);
        let first = streamed_from(sound, looping);
        voice.switch_at = loop_end.saturating_sub(SWITCH_AHEAD).max(voice.place.frame);
        self.release_lane(voice.next_lane);
        voice.next_lane = self.take_lane();
        // Without a second lane the one at hand starts again, with a gap if time is short.
        let (lane, from) = match voice.next_lane {
            NO_LANE => (voice.lane, voice.place.frame),
            next => (next, voice.switch_at),
        };
        if let Some(lane) = self.lanes.get_mut(usize::from(lane)) {
            lane.start(voice.params.sound, looping, from.max(first));
        }
    }

    pub(super) fn apply_virtual(&mut self, at: u64, n: usize, command: &VoiceCommand) {
        let frames = self
            .sound(self.virtuals[n].params.sound)
            .map_or(0, Sound::frames);
        if let VoiceCommand::Stop { .. } = command {
            let gone = self.remove_virtual(n);
            let age = at.saturating_sub(gone.started);
            self.report(at, gone.id, VoiceEvent::Ended, Reason::StopAction, age);
            return;
        }
        let v = &mut self.virtuals[n];
        // Whatever the command does to its end is found out at the next tick.
        self.next_virtual_end = 0;
        match *command {
            VoiceCommand::Pause { fade, .. } => v.pause(at, fade),
            VoiceCommand::Resume { .. } => v.resume(at),
            VoiceCommand::Gain { gain, .. } => v.params.gain = gain,
            VoiceCommand::Pan { pan, .. } => v.params.pan = pan,
            VoiceCommand::Width { width, .. } => v.params.width = width,
            VoiceCommand::Pitch { ratio, .. } => {
                v.params.pitch = ratio;
                v.set_step(at, step_of(ratio));
            }
            VoiceCommand::Filter { lpf_hz, hpf_hz, .. } => {
                v.params.lpf_hz = lpf_hz;
                v.params.hpf_hz = hpf_hz;
            }
            VoiceCommand::Priority { priority, .. } => {
                self.virtual_priorities[usize::from(v.params.priority)] -= 1;
                self.virtual_priorities[usize::from(priority)] += 1;
                v.params.priority = priority;
            }
            VoiceCommand::Seek { frame, .. } => v.set_place(at, frame),
            VoiceCommand::Leave { .. } => v.params.ungroup(),
            VoiceCommand::LeaveLoop { .. } => {
                let place = v.place(at).frame;
                leave_loop(&mut v.params.looping, frames, place);
                v.set_length(frames);
            }
            _ => {}
        }
    }

    /// Jumps: a copy of the voice fades out where it is, the voice fades in at `frame`.
    fn seek(&mut self, at: u64, slot: usize, frame: u64) {
        let fade = self.return_frames;
        let copy = self.slots[slot];
        if copy.voice.stopping {
            return;
        }
        // The copy keeps the lane, so there must be another one for the voice.
        let lanes = copy.voice.lane == NO_LANE || self.lanes.iter().any(|lane| !lane.busy);
        let fades = !copy.voice.paused && self.tails < TAIL_SLOTS && lanes;
        if let Some(place) = fades.then(|| self.free.pop()).flatten() {
            self.slots[place as usize] = copy;
            let tail = &mut self.slots[place as usize].voice;
            tail.tail = true;
            tail.id = VoiceId(0);
            tail.stop(at, fade, Reason::StopAction);
            self.order.push(place);
            self.tails += 1;
            self.count_instance(copy.voice.params.sound, 1);
        } else {
            self.release_lane(copy.voice.lane);
            self.release_lane(copy.voice.next_lane);
        }
        let mut voice = self.slots[slot].voice;
        voice.place = Place {
            frame: frame.min(MAX_PLACE),
            fraction: 0,
        };
        self.lend_lane(&mut voice);
        if !voice.paused {
            voice.fade = Ramp::new(0.0, 1.0, at, fade);
        }
        voice.cut(at);
        self.slots[slot].voice = voice;
    }
}

/// Lets the pass that `frame` (unrolled) is in be the last one, in a sound of `frames` frames. False
/// when there is no loop or its last pass has begun.
fn leave_loop(looping: &mut LoopSpec, frames: u64, frame: u64) -> bool {
    let left = looping.left_at(frame, frames);
    std::mem::replace(looping, left) != left
}
