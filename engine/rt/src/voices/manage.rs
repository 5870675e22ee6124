//! The pool of voices: starting, limits, stealing, virtual voices and their return.

mod commands;
mod limits;
mod ticks;

use rtrb::Producer;
use segue_dsp::math;
use segue_dsp::voice::{self, VoiceKernels};

use super::filter::VoiceFilter;
use super::lanes::Lane;
use super::real::{NO_LANE, Voice};
use super::render::{self, Bench, Feed, Outcome};
use super::table::Table;
use super::virtuals::Virtual;
use super::window::streamed_from;
use super::{
    BusInputs, GAME_VOICES, MAX_PLACE, RETURN_SECONDS, TAIL_SLOTS, VoiceCommand, VoiceEvent,
    VoiceParams, VoicePolicy, VoiceReport,
};
use crate::command::Reason;
use crate::ids::{BusId, SoundId, VoiceId};
use crate::limits::Limits;
use crate::sound::Sound;

/// Marks a place in the list of virtual voices.
const VIRTUAL: u32 = 1 << 31;

/// Reports for the program beyond one a voice: of voices that start and end within a tick.
const NEWS: usize = 16_384;

/// Voices ahead of their turn when their memory is asked for.
const AHEAD: usize = 4;

/// All voices of an engine, and the sounds they play. Lives on the audio thread.
pub struct Voices {
    policy: VoicePolicy,
    rate: f64,
    /// Frames of the fade-in after a seek or a return.
    return_frames: u32,
    bench: Bench,
    slots: Box<[Slot]>,
    /// Slots in use, in the order in which they are summed.
    order: Vec<u32>,
    free: Vec<u32>,
    virtuals: Vec<Virtual>,
    /// How many virtual voices there are of each priority.
    virtual_priorities: Box<[u32; 256]>,
    /// No virtual voice is over before this frame.
    next_virtual_end: u64,
    /// Candidates for a return, refilled at every tick.
    candidates: Vec<(Rank, u32)>,
    table: Table,
    sounds: Box<[SoundSlot]>,
    lanes: Box<[Lane]>,
    leaving: Vec<u32>,
    #[allow(clippy::vec_box, reason = "their boxes are dropped elsewhere")]
    retired: Vec<Box<Sound>>,
    bus_limits: Box<[(BusId, u32)]>,
    /// Whether any of them is one.
    limits_buses: bool,
    real: usize,
    tails: usize,
    reports: Producer<VoiceReport>,
    lost_reports: u64,
    /// What happened to the program's voices since it last looked.
    /// With their numbers, by which rows of one frame keep their order.
    news: Vec<(usize, VoiceReport)>,
    /// How many of them were read.
    news_read: usize,
    /// There was no room for all of it.
    news_lost: bool,
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
    /// Frames of streamed sounds that were not there in time and silent.
    pub missing_frames: u64,
}

impl Voices {
    /// Voices at `rate` hertz under `policy`, within `limits`; as many of them as there are `lanes`
    /// can stream at once. Reports go to `reports`; when that
    /// queue is full they are counted and lost. `[main-thread]`
    pub fn new(
        rate: f64,
        limits: &Limits,
        policy: VoicePolicy,
        kernels: VoiceKernels,
        lanes: Vec<Lane>,
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
            return_frames: narrow(math::to_count(rate * RETURN_SECONDS)),
            bench: Bench::new(kernels, rate),
            slots: vec![empty; slots].into_boxed_slice(),
            order: Vec::with_capacity(slots),
            free: (0..narrow(slots)).rev().collect(),
            virtuals: Vec::with_capacity(limits.virtual_voices),
            virtual_priorities: Box::new([0; 256]),
            next_virtual_end: u64::MAX,
            candidates: Vec::with_capacity(limits.virtual_voices),
            table: Table::new(limits.real_voices + limits.virtual_voices),
            sounds: (0..limits.sounds).map(|_| SoundSlot::default()).collect(),
            lanes: lanes.into_boxed_slice(),
            leaving: Vec::with_capacity(limits.sounds),
            retired: Vec::with_capacity(limits.sounds),
            bus_limits: vec![(BusId::new(0, 0), 0); limits.buses].into_boxed_slice(),
            limits_buses: false,
            real: 0,
            tails: 0,
            reports,
            lost_reports: 0,
            news: Vec::with_capacity(limits.real_voices + limits.virtual_voices + NEWS),
            news_read: 0,
            news_lost: false,
        }
    }

    /// Bytes one real voice takes.
    pub const BYTES_PER_VOICE: usize = size_of::<Slot>();
    /// Bytes one virtual voice takes.
    pub const BYTES_PER_VIRTUAL_VOICE: usize = size_of::<Virtual>() + size_of::<(Rank, u32)>();

    /// Frames in which a voice comes back after a seek or from being virtual.
    pub(crate) fn return_frames(&self) -> u32 {
        self.return_frames
    }

    /// Present numbers. `[audio-thread]`
    pub fn counts(&self) -> VoiceCounts {
        VoiceCounts {
            real: self.real,
            virtual_voices: self.virtuals.len(),
            tails: self.tails,
            lost_reports: self.lost_reports,
            missing_frames: self.lanes.iter().map(Lane::missing).sum(),
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

    /// Fades out and ends every voice for which `fade` gives a number of frames. `[audio-thread]`
    pub fn release(&mut self, at: u64, fade: impl Fn(&VoiceParams) -> Option<u32>) {
        for &slot in &self.order {
            let voice = &mut self.slots[slot as usize].voice;
            if let Some(frames) = fade(&voice.params).filter(|_| !voice.tail) {
                voice.stop(at, frames, Reason::StopAction);
            }
        }
        self.drop_virtuals(at, |v| fade(&v.params).map(|_| (at, Reason::StopAction)));
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
            VoiceCommand::BusLimit { bus, limit } => self.limit_bus(bus, limit),
            VoiceCommand::Stop { voice, .. }
            | VoiceCommand::Pause { voice, .. }
            | VoiceCommand::Resume { voice, .. }
            | VoiceCommand::Gain { voice, .. }
            | VoiceCommand::Pan { voice, .. }
            | VoiceCommand::Width { voice, .. }
            | VoiceCommand::Pitch { voice, .. }
            | VoiceCommand::Filter { voice, .. }
            | VoiceCommand::Priority { voice, .. }
            | VoiceCommand::Seek { voice, .. }
            | VoiceCommand::Leave { voice }
            | VoiceCommand::LeaveLoop { voice } => {
                self.wake(at, command, buses);
                match self.table.get(voice) {
                    None => {}
                    Some(place) if place & VIRTUAL != 0 => {
                        self.apply_virtual(at, (place & !VIRTUAL) as usize, command);
                    }
                    Some(slot) => self.apply_real(at, slot as usize, command),
                }
            }
        }
    }

    /// Adds every voice to its bus, over the `frames` frames that the buses offer from `at` on: at
    /// most [`MAX_SPAN`](crate::limits::MAX_SPAN). `[audio-thread]`
    pub fn render(&mut self, at: u64, frames: usize, buses: &mut impl BusInputs) {
        let mut kept = 0;
        for n in 0..self.order.len() {
            self.prefetch(n + AHEAD, frames);
            let slot = self.order[n];
            let Slot { voice, filter } = &mut self.slots[slot as usize];
            let sound = self.sounds[voice.params.sound.index()].sound.as_deref();
            let outcome = match (sound, buses.input(voice.params.bus)) {
                (Some(sound), Some(bus)) => {
                    switch_lane(voice, &mut self.lanes);
                    let lane = self.lanes.get_mut(usize::from(voice.lane));
                    self.bench
                        .render(voice, filter, &mut Feed { sound, lane }, at, bus)
                }
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

    /// Brings the voices whose turn is soon close: nearly all the time of a voice would be spent
    /// waiting for its memory.
    fn prefetch(&self, next: usize, frames: usize) {
        if let Some(&slot) = self.order.get(next + 1) {
            voice::prefetch(std::slice::from_ref(&self.slots[slot as usize].voice));
        }
        let Some(&slot) = self.order.get(next) else {
            return;
        };
        let voice = &self.slots[slot as usize].voice;
        if let Some(sound) = &self.sounds[voice.params.sound.index()].sound {
            render::prefetch(voice, sound, frames);
        }
    }

    /// Where no real time has to be kept: called again and again while the I/O thread is behind,
    /// so that nothing is ever missing. `[audio-thread]`
    pub fn set_wait(&mut self, wait: Option<fn()>) {
        self.bench.set_wait(wait);
    }

    /// Housekeeping every 10 ms of the absolute clock: ended virtual voices go, inaudible voices
    /// become virtual, audible ones come back. `[audio-thread]`
    pub fn tick(&mut self, at: u64, buses: &impl BusInputs) {
        self.retire_sounds(at);
        self.drop_ended_virtuals(at);
        self.hide_inaudible(at, buses);
        self.bring_back(at, buses);
    }

    /// Ends the virtual voices whose bus was removed; the others end as soon as they find none.
    /// `[audio-thread]`
    pub(crate) fn drop_homeless(&mut self, at: u64, buses: &impl BusInputs) {
        self.drop_virtuals(at, |v| {
            (!buses.exists(v.params.bus)).then_some((at, Reason::StaleId))
        });
    }

    fn limit_bus(&mut self, bus: BusId, limit: u32) {
        if let Some(row) = self.bus_limits.get_mut(bus.index()) {
            *row = (bus, limit);
            self.limits_buses = self.bus_limits.iter().any(|row| row.1 > 0);
        }
    }

    /// A bus that came with a graph has the limit that it was made with; one that was there before
    /// keeps its own. `[audio-thread]`
    pub(crate) fn meet_bus(&mut self, bus: BusId, limit: u32) {
        let known = self.bus_limits.get(bus.index());
        if known.is_some_and(|row| row.0 != bus) {
            self.limit_bus(bus, limit);
        }
    }

    /// The next of what happened to the program's voices, in order after [`Voices::sort_news`]. When
    /// more happens than there is room for, the rest is not listed: look at [`Voices::place`].
    /// `[audio-thread]`
    pub(crate) fn next_news(&mut self) -> Option<VoiceReport> {
        let (_, report) = *self.news.get(self.news_read)?;
        self.news_read += 1;
        Some(report)
    }

    /// Forgets the news that were read, and puts the others in the order of their frames: those of
    /// one span come voice by voice, and where spans end must not be heard. What a program does in
    /// a tick after it has read makes news for the next tick.
    pub(crate) fn sort_news(&mut self) {
        self.news.drain(..self.news_read);
        self.news_read = 0;
        self.news
            .sort_unstable_by_key(|(number, report)| (report.at, *number));
        for (place, (number, _)) in self.news.iter_mut().enumerate() {
            *number = place;
        }
    }

    /// Whether more happened, since this was asked last, than [`Voices::next_news`] lists.
    /// `[audio-thread]`
    pub(crate) fn take_news_lost(&mut self) -> bool {
        std::mem::take(&mut self.news_lost)
    }

    /// Nobody is there to read them.
    pub(crate) fn forget_news(&mut self) {
        self.news.clear();
        self.news_read = 0;
        self.news_lost = false;
    }

    /// Where a voice is in its unrolled sound, in frames; `None` when it is over. `[audio-thread]`
    pub(crate) fn place(&self, at: u64, id: VoiceId) -> Option<u64> {
        let place = self.table.get(id)?;
        let n = (place & !VIRTUAL) as usize;
        if place & VIRTUAL != 0 {
            return Some(self.virtuals[n].place(at).frame);
        }
        Some(self.slots[n].voice.place.frame)
    }

    /// Length of a sound of the pool in frames. `[audio-thread]`
    pub(crate) fn sound_frames(&self, id: SoundId) -> Option<u64> {
        self.sound(id).map(Sound::frames)
    }

    fn sound(&self, id: SoundId) -> Option<&Sound> {
        let slot = self.sounds.get(id.index())?;
        (slot.id == Some(id) && !slot.leaving).then_some(slot.sound.as_deref())?
    }

    fn start(&mut self, at: u64, id: VoiceId, params: VoiceParams, buses: &impl BusInputs) {
        let start = params.start.min(MAX_PLACE);
        let params = VoiceParams { start, ..params };
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
        if !self.can_stream(params.sound) {
            self.report(at, id, VoiceEvent::Refused, Reason::LimitGlobal, 0);
            return;
        }
        match self.make_room(at, &rank, &params, buses, false) {
            Ok(()) => {
                self.enter(voice);
                self.report(at, id, VoiceEvent::Started, Reason::None, 0);
            }
            Err(reason) => self.give_way(at, &voice, reason, VoiceEvent::Refused),
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
        self.virtual_priorities[usize::from(v.params.priority)] += 1;
        self.next_virtual_end = self.next_virtual_end.min(v.end());
        self.virtuals.push(v);
        self.count_instance(v.params.sound, 1);
    }

    /// Slots and virtual voices hold their sound.
    fn count_instance(&mut self, sound: SoundId, by: i32) {
        let slot = &mut self.sounds[sound.index()];
        slot.instances = slot.instances.saturating_add_signed(by);
    }

    /// True when a voice of `sound` could stream now, or need not.
    fn can_stream(&self, sound: SoundId) -> bool {
        let streamed = self.sound(sound).is_some_and(Sound::is_streamed);
        !streamed || self.lanes.iter().any(|lane| !lane.busy)
    }

    /// Lends a lane to a voice of a streamed sound that goes on at its place.
    fn lend_lane(&mut self, voice: &mut Voice) {
        voice.lane = NO_LANE;
        voice.next_lane = NO_LANE;
        let Some(sound) = self
            .sound(voice.params.sound)
            .filter(|sound| sound.is_streamed())
        else {
            return;
        };
        let looping = voice.params.looping;
        let first = streamed_from(sound, looping);
        voice.lane = self.take_lane();
        if let Some(lane) = self.lanes.get_mut(usize::from(voice.lane)) {
            lane.start(voice.params.sound, looping, voice.place.frame.max(first));
        }
    }

    /// Marks a lane as lent; [`NO_LANE`] when all are.
    fn take_lane(&mut self) -> u16 {
        let free = self.lanes.iter().position(|lane| !lane.busy);
        let Some(lane) = free.and_then(|n| u16::try_from(n).ok()) else {
            return NO_LANE;
        };
        self.lanes[usize::from(lane)].busy = true;
        lane
    }

    fn release_lane(&mut self, lane: u16) {
        if let Some(lane) = self.lanes.get_mut(usize::from(lane)) {
            lane.busy = false;
        }
    }

    /// Gives `voice` a slot at the end of the summing order.
    fn enter(&mut self, mut voice: Voice) {
        let Some(slot) = self.free.pop() else { return };
        self.lend_lane(&mut voice);
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
        self.release_lane(voice.lane);
        self.release_lane(voice.next_lane);
        self.count_instance(voice.params.sound, -1);
        self.free.push(slot);
    }

    /// Ends every voice at once, fading ones too. `[audio-thread]`
    pub(crate) fn silence(&mut self, at: u64) {
        for &slot in &self.order {
            let voice = &mut self.slots[slot as usize].voice;
            voice.stop_at = at;
            voice.ending = Reason::StopAction;
            voice.stopping = true;
        }
        self.drop_virtuals(at, |_| Some((at, Reason::StopAction)));
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

    fn drop_ended_virtuals(&mut self, at: u64) {
        if at >= self.next_virtual_end {
            self.drop_virtuals(at, |v| v.over(at));
            let ends = self.virtuals.iter().map(Virtual::end);
            self.next_virtual_end = ends.min().unwrap_or(u64::MAX);
        }
    }

    fn remove_virtual(&mut self, n: usize) -> Virtual {
        let gone = self.virtuals.swap_remove(n);
        self.table.remove(gone.id);
        self.virtual_priorities[usize::from(gone.params.priority)] -= 1;
        self.count_instance(gone.params.sound, -1);
        if let Some(moved) = self.virtuals.get(n) {
            self.table.set(moved.id, VIRTUAL | narrow(n));
        }
        gone
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
        if voice.0 & GAME_VOICES == GAME_VOICES {
            let room = self.news.len() < self.news.capacity();
            if room {
                self.news.push((self.news.len(), row));
            }
            self.news_lost |= !room;
        }
    }
}

/// Goes over to the lane that carries what follows a left loop, once it is near.
fn switch_lane(voice: &mut Voice, lanes: &mut [Lane]) {
    if voice.next_lane == NO_LANE || voice.place.frame < voice.switch_at {
        return;
    }
    if let Some(lane) = lanes.get_mut(usize::from(voice.lane)) {
        lane.busy = false;
    }
    voice.lane = voice.next_lane;
    voice.next_lane = NO_LANE;
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "places are checked against limits below 2^31"
)]
const fn narrow(n: usize) -> u32 {
    n as u32
}
