//! Commands for one voice, real or virtual.

use super::{Slot, Voices};
use crate::command::Reason;
use crate::ids::VoiceId;
use crate::sound::Sound;
use crate::voices::real::{Place, Ramp, frames_u32, step_of};
use crate::voices::window::streamed_from;
use crate::voices::{LoopSpec, TAIL_SLOTS, VoiceCommand, VoiceEvent};

impl Voices {
    pub(super) fn apply_real(&mut self, at: u64, slot: usize, command: &VoiceCommand) {
        let Slot { voice, filter } = &mut self.slots[slot];
        match *command {
            VoiceCommand::Stop { fade, .. } => voice.stop(at, fade, Reason::StopAction),
            VoiceCommand::Pause { fade, .. } => voice.pause(at, fade),
            VoiceCommand::Resume { fade, .. } => voice.resume(at, fade),
            VoiceCommand::Gain { gain, ramp, .. } => voice.gain_to(at, gain, ramp),
            VoiceCommand::Pan { pan, ramp, .. } => voice.pan_to(at, pan, ramp),
            VoiceCommand::Pitch { ratio, ramp, .. } => voice.pitch_to(at, ratio, ramp),
            VoiceCommand::Filter { lpf_hz, hpf_hz, .. } => {
                voice.params.lpf_hz = lpf_hz;
                voice.params.hpf_hz = hpf_hz;
                filter.aim(self.rate, lpf_hz, hpf_hz, false);
            }
            VoiceCommand::Priority { priority, .. } => voice.params.priority = priority,
            VoiceCommand::Seek { frame, .. } => self.seek(at, slot, frame),
            VoiceCommand::LeaveLoop { .. } => self.leave_loop(slot),
            _ => {}
        }
    }

    fn leave_loop(&mut self, slot: usize) {
        let voice = &mut self.slots[slot].voice;
        leave_loop(&mut voice.params.looping, voice.place.frame);
        let voice = *voice;
        let lane = self.lanes.get_mut(usize::from(voice.lane));
        let sound = self.sounds[voice.params.sound.index()].sound.as_deref();
        if let (Some(lane), Some(sound)) = (lane, sound) {
            // What lies ahead has changed: stream it anew.
            let first = streamed_from(sound, voice.params.looping).max(voice.place.frame);
            lane.start(voice.params.sound, voice.params.looping, first);
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
            VoiceCommand::Pause { .. } => v.set_paused(at, true),
            VoiceCommand::Resume { .. } => v.set_paused(at, false),
            VoiceCommand::Gain { gain, .. } => v.params.gain = gain,
            VoiceCommand::Pan { pan, .. } => v.params.pan = pan,
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
            VoiceCommand::LeaveLoop { .. } => {
                let place = v.place(at).frame;
                leave_loop(&mut v.params.looping, place);
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
        if !copy.voice.paused
            && self.tails < TAIL_SLOTS
            && let Some(place) = self.free.pop()
        {
            self.slots[place as usize] = copy;
            let tail = &mut self.slots[place as usize].voice;
            tail.tail = true;
            tail.id = VoiceId(0);
            tail.stop(at, fade, Reason::StopAction);
            self.order.push(place);
            self.tails += 1;
            self.count_instance(copy.voice.params.sound, 1);
        }
        let mut voice = self.slots[slot].voice;
        voice.place = Place { frame, fraction: 0 };
        // The copy keeps the lane; the voice goes on with another one.
        self.lend_lane(&mut voice);
        if !voice.paused {
            voice.fade = Ramp::new(0.0, 1.0, at, fade);
        }
        voice.cut(at);
        self.slots[slot].voice = voice;
    }
}

/// Lets the pass that `frame` (unrolled) is in be the last one.
fn leave_loop(looping: &mut LoopSpec, frame: u64) {
    if looping.end > looping.start {
        let pass = frame.saturating_sub(looping.start) / (looping.end - looping.start);
        looping.count = frames_u32(pass.saturating_add(1));
    }
}
