//! What happens every 10 ms: inaudible voices become virtual, audible ones come back.

use super::{Rank, VIRTUAL, Voices};
use crate::command::Reason;
use crate::sound::Sound;
use crate::voices::real::{Ramp, Voice};
use crate::voices::virtuals::Virtual;
use crate::voices::{BusInputs, StealMode, TAIL_SLOTS, VirtualMode, VoiceCommand, VoiceEvent};

/// Ticks of 10 ms below the threshold after which a voice becomes virtual.
const QUIET_TICKS: u8 = 5;
/// Virtual voices that may push out real ones of lower priority at one tick.
const TAKEOVERS: usize = 16;

impl Voices {
    pub(super) fn hide_inaudible(&mut self, at: u64, buses: &impl BusInputs) {
        let below = self.policy.virtual_below;
        let ends = self.policy.virtual_mode == VirtualMode::Stop;
        for n in 0..self.order.len() {
            let slot = self.order[n] as usize;
            let voice = &self.slots[slot].voice;
            if voice.tail || voice.paused || voice.stopping {
                continue;
            }
            let audibility = self.rank(voice, at, buses).audibility;
            let before = std::mem::replace(&mut self.slots[slot].voice.audibility, audibility);
            let voice = &mut self.slots[slot].voice;
            voice.quiet_ticks = match audibility < below {
                // What only fades in would not come back, or again and again.
                true if audibility > before && (ends || before > 0.0) => voice.quiet_ticks,
                true => voice.quiet_ticks.saturating_add(1),
                false => 0,
            };
            let goes = voice.quiet_ticks >= QUIET_TICKS && self.tails < TAIL_SLOTS;
            if goes && (ends || self.takes_virtual()) {
                self.steal(at, n, Reason::Inaudible);
            }
        }
    }

    /// A virtual voice that nobody would hear, and whose gain now begins to rise, is real from that
    /// very frame if there is room: its own way up is its fade-in. So is one that is heard when its
    /// pause ends.
    pub(super) fn wake(&mut self, at: u64, command: &VoiceCommand, buses: &impl BusInputs) {
        let (VoiceCommand::Gain { voice, .. } | VoiceCommand::Resume { voice, .. }) = *command
        else {
            return;
        };
        let place = self.table.get(voice).filter(|place| place & VIRTUAL != 0);
        let Some(place) = place.filter(|_| self.real < self.policy.max_real) else {
            return;
        };
        let v = self.virtuals[(place & !VIRTUAL) as usize];
        let heard = self.loudness(v.params.sound) * buses.path_gain(v.params.bus);
        let was = v.params.gain * heard;
        let (audibility, fade, paused) = match *command {
            VoiceCommand::Gain { gain, .. } => {
                let rises = gain > v.params.gain && gain * heard > 0.0;
                if !rises || was >= self.policy.virtual_below || v.stands_still(at) {
                    return;
                }
                let fade = v.pause.unwrap_or(Ramp::hold(1.0));
                (gain * heard, fade, v.pause.is_some())
            }
            VoiceCommand::Resume { fade, .. } if v.pause.is_some() => {
                (was, Ramp::new(0.0, 1.0, at, fade), false)
            }
            _ => return,
        };
        if v.over(at).is_some() || audibility <= 0.0 {
            return;
        }
        let rank = Rank {
            priority: v.params.priority,
            audibility,
            started: v.started,
            id: v.id,
        };
        // It leaves with what stood still of it.
        if !paused && v.pause.is_some() {
            self.virtuals[(place & !VIRTUAL) as usize].resume(at);
        }
        self.take_over(at, &rank, buses);
        let real = self.table.get(voice).filter(|place| place & VIRTUAL == 0);
        if let Some(slot) = real {
            let voice = &mut self.slots[slot as usize].voice;
            (voice.fade, voice.paused) = (fade, paused);
        }
    }

    pub(super) fn bring_back(&mut self, at: u64, buses: &impl BusInputs) {
        let free = self.policy.max_real.saturating_sub(self.real);
        if self.virtuals.is_empty() || (free == 0 && !self.may_take_over()) {
            return;
        }
        self.candidates.clear();
        for n in 0..self.virtuals.len() {
            let v = self.virtuals[n];
            let level = v.params.gain * self.loudness(v.params.sound);
            let audibility = level * buses.path_gain(v.params.bus);
            if v.pause.is_none() && audibility > self.policy.real_above {
                let rank = Rank {
                    priority: v.params.priority,
                    audibility,
                    started: v.started,
                    id: v.id,
                };
                self.candidates.push((rank, 0));
            }
        }
        let wanted = (free + TAKEOVERS).min(self.candidates.len());
        self.sort_best(wanted);
        for n in 0..wanted {
            let (rank, _) = self.candidates[n];
            if !self.take_over(at, &rank, buses) {
                break;
            }
        }
    }

    /// True when some virtual voice could push out a real one: only by its priority. Without a
    /// look at every virtual voice, so that a crowd of them costs nothing.
    fn may_take_over(&self) -> bool {
        let highest = self.virtual_priorities.iter().rposition(|n| *n > 0);
        let outranked = |slot: &u32| {
            let voice = &self.slots[*slot as usize].voice;
            !voice.tail && Some(usize::from(voice.params.priority)) < highest
        };
        self.policy.steal_mode == StealMode::LowestPriority
            && self.tails < TAIL_SLOTS
            && self.order.iter().any(outranked)
    }

    /// Brings the `wanted` best candidates to the front, best first.
    fn sort_best(&mut self, wanted: usize) {
        let mut candidates = std::mem::take(&mut self.candidates);
        let best_first = |a: &(Rank, u32), b: &(Rank, u32)| self.goes_first(&b.0, &a.0);
        if wanted < candidates.len() && wanted > 0 {
            candidates.select_nth_unstable_by(wanted - 1, best_first);
        }
        candidates[..wanted].sort_unstable_by(best_first);
        self.candidates = candidates;
    }

    /// Makes the virtual voice of `rank` real when there is room, or when it outranks a real one
    /// in priority. Returns false when nothing below it will find room either.
    fn take_over(&mut self, at: u64, rank: &Rank, buses: &impl BusInputs) -> bool {
        let Some(place) = self.table.get(rank.id) else {
            return true;
        };
        let n = (place & !VIRTUAL) as usize;
        let params = self.virtuals[n].params;
        if self.real >= self.policy.max_real {
            let lower = self.order.iter().any(|&slot| {
                let voice = &self.slots[slot as usize].voice;
                !voice.tail && voice.params.priority < rank.priority
            });
            if !lower
                || self.tails >= TAIL_SLOTS
                || self.policy.steal_mode != StealMode::LowestPriority
            {
                return false;
            }
        }
        if !self.can_stream(params.sound) {
            return true;
        }
        // The voice leaves the list first, so that the one it pushes out finds room there.
        let returning = self.remove_virtual(n);
        if self.make_room(at, rank, &params, buses, true).is_err() {
            self.push_virtual(returning);
            return true;
        }
        self.resume_virtual(at, &returning);
        true
    }

    fn resume_virtual(&mut self, at: u64, from: &Virtual) {
        let channels = self.sound(from.params.sound).map_or(1, Sound::channels);
        let mut voice = Voice::new(from.id, from.params, channels, at);
        voice.place = from.place(at);
        voice.started = from.started;
        voice.ending = from.ending;
        voice.stop_at = from.stop_at;
        let release = u64::from(from.params.fade_out);
        let set = from.stop_at != u64::MAX && release > 0;
        voice.release_at = if set {
            from.stop_at.saturating_sub(release).max(at)
        } else {
            u64::MAX
        };
        voice.fade = Ramp::new(0.0, 1.0, at, self.return_frames);
        let age = at - from.started;
        self.enter(voice);
        self.report(at, from.id, VoiceEvent::Real, Reason::None, age);
    }
}
