//! The pool of voices: starting, limits, stealing, virtual voices and their return.

use std::cmp::Ordering;

use rtrb::Producer;
use segue_dsp::voice::VoiceKernels;

use super::filter::VoiceFilter;
use super::real::{Ramp, Voice, frames_u32, step_of};
use super::render::{Bench, Outcome};
use super::table::Table;
use super::virtuals::Virtual;
use super::{
    BusInputs, LoopSpec, OnLimit, Owner, RETURN_SECONDS, StealMode, TAIL_SLOTS, VirtualMode,
    VoiceCommand, VoiceEvent, VoiceParams, VoicePolicy, VoiceReport,
};
use crate::command::Reason;
use crate::ids::{BusId, SoundId, VoiceId};
use crate::limits::Limits;
use crate::sound::Sound;

/// Ticks of 10 ms below the threshold after which a voice becomes virtual.
const QUIET_TICKS: u8 = 5;
/// Virtual voices that may push out real ones of lower priority at one tick.
const TAKEOVERS: usize = 16;
/// Marks a place in the list of virtual voices.
const VIRTUAL: u32 = 1 << 31;

/// All voices of an engine, and the sounds they play. Lives on the audio thread.
pub struct Voices {
    policy: VoicePolicy,
    rate: f64,
    bench: Bench,
    slots: Box<[Slot]>,
    /// Slots in use, in the order in which they are summed.
    order: Vec<u32>,
    free: Vec<u32>,
    virtuals: Vec<Virtual>,
    /// Candidates for a return, refilled at every tick.
    candidates: Vec<(Rank, u32)>,
    table: Table,
    sounds: Box<[SoundSlot]>,
    leaving: Vec<u32>,
    retired: Vec<Box<Sound>>,
    bus_limits: Box<[(BusId, u32)]>,
    real: usize,
    tails: usize,
    reports: Producer<VoiceReport>,
    lost_reports: u64,
}

#[derive(Clone, Copy)]
struct Slot {
    voice: Voice,
    filter: VoiceFilter,
}

#[derive(Default)]
struct SoundSlot {
    id: Option<SoundId>,
    sound: Option<Box<Sound>>,
    instances: u32,
    leaving: bool,
}

/// What decides who has to go; the least of a total order goes first.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rank {
    priority: u8,
    audibility: f32,
    started: u64,
    id: VoiceId,
}

/// How many voices there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VoiceCounts {
    /// Rendered voices, tails not counted.
    pub real: usize,
    /// Virtual voices.
    pub virtual_voices: usize,
    /// Stolen voices that still fade.
    pub tails: usize,
    /// Reports that found their queue full.
    pub lost_reports: u64,
}

impl Voices {
    /// Voices at `rate` hertz under `policy`, within `limits`. Reports go to `reports`; when that
    /// queue is full they are counted and lost. `[main-thread]`
    pub fn new(
        rate: f64,
        limits: &Limits,
        policy: VoicePolicy,
        kernels: VoiceKernels,
        reports: Producer<VoiceReport>,
    ) -> Self {
        let policy = VoicePolicy {
            max_real: policy.max_real.clamp(1, limits.real_voices),
            max_virtual: policy.max_virtual.min(limits.virtual_voices),
            ..policy
        };
        let slots = limits.real_voices + TAIL_SLOTS;
        let nobody = VoiceParams::new(SoundId::new(0, 0), BusId::new(0, 0));
        let empty = Slot {
            voice: Voice::new(VoiceId(0), nobody, 1, 0),
            filter: VoiceFilter::new(rate),
        };
        Self {
            policy,
            rate,
            bench: Bench::new(kernels, rate),
            slots: vec![empty; slots].into_boxed_slice(),
            order: Vec::with_capacity(slots),
            free: (0..narrow(slots)).rev().collect(),
            virtuals: Vec::with_capacity(limits.virtual_voices),
            candidates: Vec::with_capacity(limits.virtual_voices),
            table: Table::new(limits.real_voices + limits.virtual_voices),
            sounds: (0..limits.sounds).map(|_| SoundSlot::default()).collect(),
            leaving: Vec::with_capacity(limits.sounds),
            retired: Vec::with_capacity(limits.sounds),
            bus_limits: vec![(BusId::new(0, 0), 0); limits.buses].into_boxed_slice(),
            real: 0,
            tails: 0,
            reports,
            lost_reports: 0,
        }
    }

    /// Bytes one real voice takes.
    pub const BYTES_PER_VOICE: usize = size_of::<Slot>();
    /// Bytes one virtual voice takes.
    pub const BYTES_PER_VIRTUAL_VOICE: usize = size_of::<Virtual>() + size_of::<(Rank, u32)>();

    /// Present numbers. `[audio-thread]`
    pub fn counts(&self) -> VoiceCounts {
        VoiceCounts {
            real: self.real,
            virtual_voices: self.virtuals.len(),
            tails: self.tails,
            lost_reports: self.lost_reports,
        }
    }

    /// Puts `sound` into its slot; returns a sound to drop elsewhere when the slot was taken.
    /// `[audio-thread]`
    pub fn install_sound(&mut self, id: SoundId, sound: Box<Sound>) -> Option<Box<Sound>> {
        match self.sounds.get_mut(id.index()) {
            Some(slot) if slot.sound.is_none() => {
                *slot = SoundSlot {
                    id: Some(id),
                    sound: Some(sound),
                    ..SoundSlot::default()
                };
                None
            }
            _ => Some(sound),
        }
    }

    /// Takes a sound out: its voices fade in 5 ms, and then it comes out of
    /// [`Voices::take_retired`]. `[audio-thread]`
    pub fn remove_sound(&mut self, at: u64, id: SoundId) {
        if self.sound(id).is_none() {
            return;
        }
        self.sounds[id.index()].leaving = true;
        self.leaving.push(narrow(id.index()));
        let fade = self.policy.steal_fade;
        self.stop_where(at, fade, Reason::AssetMissing, |voice| {
            voice.params.sound == id
        });
    }

    /// A sound that no voice plays any more, to be dropped off the audio thread. `[audio-thread]`
    pub fn take_retired(&mut self) -> Option<Box<Sound>> {
        self.retired.pop()
    }

    /// Fades out and ends every voice of `owner`. `[audio-thread]`
    pub fn stop_owner(&mut self, at: u64, owner: Owner, fade: u32) {
        self.stop_where(at, fade, Reason::StopAction, |voice| {
            voice.params.owner == owner
        });
        self.drop_virtuals(at, |v| {
            (v.params.owner == owner).then_some((at, Reason::StopAction))
        });
    }

    /// Carries out `command` at frame `at`. A voice that is over makes it do nothing.
    /// `[audio-thread]`
    pub fn apply(&mut self, at: u64, command: &VoiceCommand, buses: &impl BusInputs) {
        match *command {
            VoiceCommand::Start { voice, params } => self.start(at, voice, params, buses),
            VoiceCommand::StopAll { fade } => {
                self.stop_where(at, fade, Reason::StopAction, |_| true);
                self.drop_virtuals(at, |_| Some((at, Reason::StopAction)));
            }
            VoiceCommand::BusLimit { bus, limit } => {
                if let Some(row) = self.bus_limits.get_mut(bus.index()) {
                    *row = (bus, limit);
                }
            }
            VoiceCommand::Stop { voice, .. }
            | VoiceCommand::Pause { voice, .. }
            | VoiceCommand::Resume { voice, .. }
            | VoiceCommand::Gain { voice, .. }
            | VoiceCommand::Pan { voice, .. }
            | VoiceCommand::Pitch { voice, .. }
            | VoiceCommand::Filter { voice, .. }
            | VoiceCommand::Priority { voice, .. }
            | VoiceCommand::Seek { voice, .. }
            | VoiceCommand::LeaveLoop { voice } => match self.table.get(voice) {
                None => {}
                Some(place) if place & VIRTUAL != 0 => {
                    self.apply_virtual(at, (place & !VIRTUAL) as usize, command);
                }
                Some(slot) => self.apply_real(at, slot as usize, command),
            },
        }
    }

    /// Adds every voice over `at..at + frames` to its bus. `frames` is at most
    /// [`MAX_SPAN`](crate::limits::MAX_SPAN). `[audio-thread]`
    pub fn render(&mut self, at: u64, buses: &mut impl BusInputs) {
        let mut kept = 0;
        for n in 0..self.order.len() {
            let slot = self.order[n];
            let Slot { voice, filter } = &mut self.slots[slot as usize];
            let sound = self.sounds[voice.params.sound.index()].sound.as_deref();
            let outcome = match (sound, buses.input(voice.params.bus)) {
                (Some(sound), Some(bus)) => self.bench.render(voice, filter, sound, at, bus),
                _ => Outcome::Ended {
                    at,
                    reason: Reason::StaleId,
                },
            };
            match outcome {
                Outcome::Plays => {
                    self.order[kept] = slot;
                    kept += 1;
                }
                Outcome::Ended { at, reason } => self.finish(slot, at, reason),
            }
        }
        self.order.truncate(kept);
    }

    /// Housekeeping every 10 ms of the absolute clock: ended virtual voices go, inaudible voices
    /// become virtual, audible ones come back. `[audio-thread]`
    pub fn tick(&mut self, at: u64, buses: &impl BusInputs) {
        self.retire_sounds(at);
        self.drop_virtuals(at, |v| v.over(at));
        self.hide_inaudible(at, buses);
        self.bring_back(at, buses);
    }

    fn sound(&self, id: SoundId) -> Option<&Sound> {
        let slot = self.sounds.get(id.index())?;
        (slot.id == Some(id) && !slot.leaving).then_some(slot.sound.as_deref())?
    }

    fn start(&mut self, at: u64, id: VoiceId, params: VoiceParams, buses: &impl BusInputs) {
        let refusal = if id.0 == 0 || self.table.get(id).is_some() || !buses.exists(params.bus) {
            Some(Reason::StaleId)
        } else {
            self.sound(params.sound)
                .is_none()
                .then_some(Reason::AssetMissing)
        };
        if let Some(reason) = refusal {
            self.report(at, id, VoiceEvent::Refused, reason, 0);
            return;
        }
        let channels = self.sound(params.sound).map_or(1, Sound::channels);
        let voice = Voice::new(id, params, channels, at);
        let rank = Rank {
            priority: params.priority,
            audibility: params.gain * self.loudness(params.sound) * buses.path_gain(params.bus),
            started: at,
            id,
        };
        match self.make_room(at, &rank, &params, buses) {
            Ok(()) => {
                self.enter(voice);
                self.report(at, id, VoiceEvent::Started, Reason::None, 0);
            }
            Err(reason) => self.give_way(at, &voice, reason, VoiceEvent::Refused),
        }
    }

    /// Makes a place for a voice of `rank`, or says which limit is in the way.
    fn make_room(
        &mut self,
        at: u64,
        rank: &Rank,
        params: &VoiceParams,
        buses: &impl BusInputs,
    ) -> Result<(), Reason> {
        let (sound, bus) = (params.sound, params.bus);
        let instances = self.sound(sound).map_or(0, |s| s.settings().max_instances) as usize;
        self.hold_limit(at, rank, Reason::LimitEvent, instances, buses, |v| {
            v.params.sound == sound
        })?;
        let limit = self.bus_limits.get(bus.index()).filter(|row| row.0 == bus);
        let limit = limit.map_or(0, |row| row.1 as usize);
        self.hold_limit(at, rank, Reason::LimitBus, limit, buses, |v| {
            v.params.bus == bus
        })?;
        self.hold_limit(
            at,
            rank,
            Reason::LimitGlobal,
            self.policy.max_real,
            buses,
            |_| true,
        )
    }

    /// Steals one of the voices that `counts` says belong under `limit` when it is reached.
    fn hold_limit(
        &mut self,
        at: u64,
        rank: &Rank,
        reason: Reason,
        limit: usize,
        buses: &impl BusInputs,
        counts: impl Fn(&Voice) -> bool,
    ) -> Result<(), Reason> {
        if limit == 0 || self.real < limit {
            return Ok(());
        }
        let mut members = 0;
        let mut victim: Option<(Rank, usize)> = None;
        for n in 0..self.order.len() {
            let voice = &self.slots[self.order[n] as usize].voice;
            if voice.tail || !counts(voice) {
                continue;
            }
            members += 1;
            if !self.may_steal(voice) {
                continue;
            }
            let other = self.rank(voice, at, buses);
            if victim.is_none_or(|(least, _)| self.goes_first(&other, &least) == Ordering::Less) {
                victim = Some((other, n));
            }
        }
        if members < limit {
            return Ok(());
        }
        match victim {
            Some((least, n)) if self.goes_first(&least, rank) == Ordering::Less => {
                let outranked = least.priority < rank.priority;
                let reason = if outranked {
                    Reason::PriorityLost
                } else {
                    reason
                };
                self.steal(at, n, reason);
                Ok(())
            }
            _ => Err(reason),
        }
    }

    fn may_steal(&self, voice: &Voice) -> bool {
        let looping = voice.params.looping.end > voice.params.looping.start;
        let safe = !looping || !self.policy.protect_loops || self.takes_virtual();
        self.policy.steal_mode != StealMode::None && safe
    }

    fn takes_virtual(&self) -> bool {
        self.policy.on_limit == OnLimit::Virtual
            && self.policy.virtual_mode != VirtualMode::Stop
            && self.virtuals.len() < self.policy.max_virtual
    }

    fn rank(&self, voice: &Voice, at: u64, buses: &impl BusInputs) -> Rank {
        let loudness = self.loudness(voice.params.sound);
        Rank {
            priority: voice.params.priority,
            audibility: voice.level(at) * loudness * buses.path_gain(voice.params.bus),
            started: voice.started,
            id: voice.id,
        }
    }

    fn loudness(&self, sound: SoundId) -> f32 {
        let slot = self.sounds.get(sound.index());
        slot.and_then(|slot| slot.sound.as_deref())
            .map_or(0.0, |s| s.settings().loudness)
    }

    /// Total order of who goes first.
    fn goes_first(&self, a: &Rank, b: &Rank) -> Ordering {
        let age = a.started.cmp(&b.started).then(a.id.cmp(&b.id));
        let audibility = a.audibility.total_cmp(&b.audibility);
        let priority = a.priority.cmp(&b.priority);
        match self.policy.steal_mode {
            StealMode::Oldest | StealMode::None => age,
            StealMode::Quietest => audibility.then(priority).then(age),
            StealMode::LowestPriority => priority.then(audibility).then(age),
        }
    }

    /// Takes the voice at `order[n]` out of the mix with a short fade.
    fn steal(&mut self, at: u64, n: usize, reason: Reason) {
        let slot = self.order[n] as usize;
        let voice = self.slots[slot].voice;
        self.give_way(at, &voice, reason, VoiceEvent::Ended);
        self.real -= 1;
        self.tails += 1;
        let fade = self.policy.steal_fade;
        let tail = &mut self.slots[slot].voice;
        tail.tail = true;
        tail.id = VoiceId(0);
        tail.stop(at, fade, reason);
        if self.tails > TAIL_SLOTS {
            self.cut_oldest_tail();
        }
    }

    /// Ends the tail that is nearest to its end, to make place for another.
    fn cut_oldest_tail(&mut self) {
        let tails = self
            .order
            .iter()
            .enumerate()
            .filter(|(_, s)| self.slots[**s as usize].voice.tail);
        let nearest = tails.min_by_key(|(n, s)| (self.slots[**s as usize].voice.stop_at, *n));
        if let Some((n, &slot)) = nearest {
            self.order.remove(n);
            self.free_slot(slot);
        }
    }

    /// Keeps a voice that lost its place as a virtual one, or reports `otherwise`.
    fn give_way(&mut self, at: u64, voice: &Voice, reason: Reason, otherwise: VoiceEvent) {
        let age = at - voice.started;
        let known = otherwise == VoiceEvent::Ended;
        if !voice.stopping && self.takes_virtual() {
            self.hide(at, voice);
            self.report(at, voice.id, VoiceEvent::Virtual, reason, age);
            return;
        }
        if known {
            self.table.remove(voice.id);
        }
        self.report(at, voice.id, otherwise, reason, age);
    }

    /// Adds `voice` to the virtual ones.
    fn hide(&mut self, at: u64, voice: &Voice) {
        let frames = self.sound(voice.params.sound).map_or(0, Sound::frames);
        self.push_virtual(Virtual::of(voice, frames, self.policy.virtual_mode, at));
    }

    fn push_virtual(&mut self, v: Virtual) {
        self.table.set(v.id, VIRTUAL | narrow(self.virtuals.len()));
        self.virtuals.push(v);
        self.count_instance(v.params.sound, 1);
    }

    /// Slots and virtual voices hold their sound.
    fn count_instance(&mut self, sound: SoundId, by: i32) {
        let slot = &mut self.sounds[sound.index()];
        slot.instances = slot.instances.saturating_add_signed(by);
    }

    /// Gives `voice` a slot at the end of the summing order.
    fn enter(&mut self, voice: Voice) {
        let Some(slot) = self.free.pop() else { return };
        let params = voice.params;
        let mut filter = VoiceFilter::new(self.rate);
        filter.aim(self.rate, params.lpf_hz, params.hpf_hz, true);
        self.table.set(voice.id, slot);
        self.slots[slot as usize] = Slot { voice, filter };
        self.order.push(slot);
        self.real += 1;
        self.count_instance(params.sound, 1);
    }

    /// The voice in `slot` is over; its place in `order` is the caller's business.
    fn finish(&mut self, slot: u32, at: u64, reason: Reason) {
        let voice = self.slots[slot as usize].voice;
        if !voice.tail {
            self.table.remove(voice.id);
            self.report(
                at,
                voice.id,
                VoiceEvent::Ended,
                reason,
                at.saturating_sub(voice.started),
            );
        }
        self.free_slot(slot);
    }

    fn free_slot(&mut self, slot: u32) {
        let voice = self.slots[slot as usize].voice;
        if voice.tail {
            self.tails -= 1;
        } else {
            self.real -= 1;
        }
        self.count_instance(voice.params.sound, -1);
        self.free.push(slot);
    }

    fn stop_where(&mut self, at: u64, fade: u32, reason: Reason, which: impl Fn(&Voice) -> bool) {
        for &slot in &self.order {
            let voice = &mut self.slots[slot as usize].voice;
            if !voice.tail && which(voice) {
                voice.stop(at, fade, reason);
            }
        }
    }

    /// Ends the virtual voices for which `over` tells when and why.
    fn drop_virtuals(&mut self, now: u64, over: impl Fn(&Virtual) -> Option<(u64, Reason)>) {
        let mut n = 0;
        while n < self.virtuals.len() {
            match over(&self.virtuals[n]) {
                None => n += 1,
                Some((at, reason)) => {
                    let gone = self.remove_virtual(n);
                    let age = at.min(now).saturating_sub(gone.started);
                    self.report(at, gone.id, VoiceEvent::Ended, reason, age);
                }
            }
        }
    }

    fn remove_virtual(&mut self, n: usize) -> Virtual {
        let gone = self.virtuals.swap_remove(n);
        self.table.remove(gone.id);
        self.count_instance(gone.params.sound, -1);
        if let Some(moved) = self.virtuals.get(n) {
            self.table.set(moved.id, VIRTUAL | narrow(n));
        }
        gone
    }

    fn hide_inaudible(&mut self, at: u64, buses: &impl BusInputs) {
        let below = self.policy.virtual_below;
        for n in 0..self.order.len() {
            let slot = self.order[n] as usize;
            let voice = self.slots[slot].voice;
            if voice.tail || voice.paused || voice.stopping {
                continue;
            }
            let quiet = self.rank(&voice, at, buses).audibility < below;
            let ticks = if quiet {
                voice.quiet_ticks.saturating_add(1)
            } else {
                0
            };
            self.slots[slot].voice.quiet_ticks = ticks;
            if ticks >= QUIET_TICKS && self.tails < TAIL_SLOTS && self.takes_virtual() {
                self.steal(at, n, Reason::Inaudible);
            }
        }
    }

    fn bring_back(&mut self, at: u64, buses: &impl BusInputs) {
        if self.virtuals.is_empty() {
            return;
        }
        self.candidates.clear();
        for n in 0..self.virtuals.len() {
            let v = self.virtuals[n];
            let level = v.params.gain * self.loudness(v.params.sound);
            let audibility = level * buses.path_gain(v.params.bus);
            if !v.paused && audibility > self.policy.real_above {
                let rank = Rank {
                    priority: v.params.priority,
                    audibility,
                    started: v.started,
                    id: v.id,
                };
                self.candidates.push((rank, 0));
            }
        }
        let free = self.policy.max_real.saturating_sub(self.real);
        let wanted = (free + TAKEOVERS).min(self.candidates.len());
        self.sort_best(wanted);
        for n in 0..wanted {
            let (rank, _) = self.candidates[n];
            if !self.take_over(at, &rank, buses) {
                break;
            }
        }
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
        // The voice leaves the list first, so that the one it pushes out finds room there.
        let returning = self.remove_virtual(n);
        if self.make_room(at, rank, &params, buses).is_err() {
            self.push_virtual(returning);
            return true;
        }
        self.resume_virtual(at, &returning);
        true
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "5 ms of frames"
    )]
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
        voice.fade = Ramp::new(0.0, 1.0, at, (self.rate * RETURN_SECONDS).round() as u32);
        let age = at - from.started;
        self.enter(voice);
        self.report(at, from.id, VoiceEvent::Real, Reason::None, age);
    }

    fn retire_sounds(&mut self, at: u64) {
        let mut n = 0;
        while n < self.leaving.len() {
            let index = self.leaving[n] as usize;
            let id = self.sounds[index].id;
            self.drop_virtuals(at, |v| {
                (Some(v.params.sound) == id).then_some((at, Reason::AssetMissing))
            });
            if self.sounds[index].instances > 0 {
                n += 1;
                continue;
            }
            self.leaving.swap_remove(n);
            if let Some(sound) = self.sounds[index].sound.take() {
                self.retired.push(sound);
            }
            self.sounds[index] = SoundSlot::default();
        }
    }

    fn apply_real(&mut self, at: u64, slot: usize, command: &VoiceCommand) {
        let Slot { voice, filter } = &mut self.slots[slot];
        match *command {
            VoiceCommand::Stop { fade, .. } => voice.stop(at, fade, Reason::StopAction),
            VoiceCommand::Pause { fade, .. } => voice.pause(at, fade),
            VoiceCommand::Resume { fade, .. } => voice.resume(at, fade),
            VoiceCommand::Gain { gain, ramp, .. } => {
                voice.params.gain = gain;
                voice.retarget(at, ramp);
            }
            VoiceCommand::Pan { pan, ramp, .. } => {
                voice.params.pan = pan;
                voice.retarget(at, ramp);
            }
            VoiceCommand::Pitch { ratio, ramp, .. } => voice.pitch_to(at, ratio, ramp),
            VoiceCommand::Filter { lpf_hz, hpf_hz, .. } => {
                voice.params.lpf_hz = lpf_hz;
                voice.params.hpf_hz = hpf_hz;
                filter.aim(self.rate, lpf_hz, hpf_hz, false);
            }
            VoiceCommand::Priority { priority, .. } => voice.params.priority = priority,
            VoiceCommand::Seek { frame, .. } => self.seek(at, slot, frame),
            VoiceCommand::LeaveLoop { .. } => {
                leave_loop(&mut voice.params.looping, voice.place.frame)
            }
            _ => {}
        }
    }

    fn apply_virtual(&mut self, at: u64, n: usize, command: &VoiceCommand) {
        let frames = self
            .sound(self.virtuals[n].params.sound)
            .map_or(0, Sound::frames);
        let v = &mut self.virtuals[n];
        match *command {
            VoiceCommand::Stop { .. } => {
                v.stop_at = at;
                v.ending = Reason::StopAction;
                let id = v.id;
                self.drop_virtuals(at, |v| (v.id == id).then_some((at, Reason::StopAction)));
            }
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
            VoiceCommand::Priority { priority, .. } => v.params.priority = priority,
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
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "5 ms of frames"
    )]
    fn seek(&mut self, at: u64, slot: usize, frame: u64) {
        let fade = (self.rate * RETURN_SECONDS).round() as u32;
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
        let voice = &mut self.slots[slot].voice;
        voice.place = super::real::Place { frame, fraction: 0 };
        if !voice.paused {
            voice.fade = Ramp::new(0.0, 1.0, at, fade);
        }
        voice.cut(at);
    }

    fn report(&mut self, at: u64, voice: VoiceId, event: VoiceEvent, reason: Reason, age: u64) {
        let row = VoiceReport {
            at,
            voice,
            event,
            reason,
            age,
        };
        if self.reports.push(row).is_err() {
            self.lost_reports += 1;
        }
    }
}

/// Lets the pass that `frame` (unrolled) is in be the last one.
fn leave_loop(looping: &mut LoopSpec, frame: u64) {
    if looping.end > looping.start {
        let pass = frame.saturating_sub(looping.start) / (looping.end - looping.start);
        looping.count = frames_u32(pass.saturating_add(1));
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "places are checked against limits below 2^31"
)]
const fn narrow(n: usize) -> u32 {
    n as u32
}
