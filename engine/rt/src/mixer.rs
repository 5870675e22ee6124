//! The mixer on the audio thread: sums, inserts, faders, delays and meters, as a
//! [`Schedule`](crate::schedule::Schedule) orders them.
//!
//! Every output bit is a function of the input and of the absolute frames at which commands and
//! updates arrive, never of how time was cut into spans: the work is done in pieces that end at
//! absolute multiples of a cell, and whatever is decided once per piece (the guard against NaN,
//! falling asleep) is decided by absolute frame.

mod bus;
mod desk;
mod edge;
mod glide;
mod transition;
mod update;

pub(crate) use bus::{InsertState, fade_frames};
pub(crate) use edge::Ring;
pub use update::GraphUpdate;
pub(crate) use update::{Arrival, Become, Departure, Dip, EdgeChange, NewBus, NewSend};

use std::sync::Arc;

use segue_dsp::processor::{Clock, Resource, Tail};

use bus::NO_BUS;
use desk::{Desk, Segment};
use transition::Transition;

use crate::command::{MixerCommand, Reason};
use crate::ids::{BusId, SendId};
use crate::limits::{Limits, MAX_SPAN};
use crate::meters::{MeterBoard, MeterGrid};
use crate::schedule::{BusSet, BusStep, Layout, Schedule};
use crate::tap::{MAX_TAPS, Tap};

/// Updates that the mixer holds at most: under way, waiting and retired.
const BACKLOG: usize = 4;

/// What a mixer is made for.
#[derive(Clone, Debug)]
pub struct MixerSetup {
    /// Frames per second, 8000 to 384000.
    pub sample_rate: f64,
    /// How many slots it has.
    pub limits: Limits,
}

/// All buses of one engine. Made on the control thread; everything else is `[audio-thread]`
/// unless noted, and neither allocates, frees, locks nor panics.
///
/// Life cycle of a span: [`begin`](Self::begin), [`keep_time`](Self::keep_time), any number of [`input`](Self::input),
/// [`process`](Self::process), then [`output`](Self::output). Between spans, at the frame where
/// the next one starts: [`apply`](Self::apply) and [`install`](Self::install).
///
/// It starts without any bus; the first update brings the master. Updates that arrive before the
/// first span, or right after [`reset`](Self::reset), take effect at once and without a fade.
pub struct Mixer {
    sample_rate: f64,
    desk: Desk,
    schedule: Schedule,
    master: BusId,
    transition: Option<Transition>,
    waiting: Option<Box<GraphUpdate>>,
    /// The update whose schedule runs but has not come to rest yet.
    settling: Option<Box<GraphUpdate>>,
    /// When it does.
    settled_at: u64,
    retired: [Option<Box<GraphUpdate>>; BACKLOG],
    /// True until the first span.
    pristine: bool,
    /// Whether buses went since somebody asked.
    has_lost_buses: bool,
    latency_changed: bool,
    board: Arc<MeterBoard>,
    grid: MeterGrid,
    /// With room for [`MAX_TAPS`], so that none is ever moved to a larger place.
    #[expect(
        clippy::vec_box,
        reason = "they come and go in their boxes: the audio thread makes and frees none"
    )]
    taps: Vec<Box<Tap>>,
    /// Gain from before the fader of each bus slot to the master's output.
    paths: Box<[f32]>,
    /// By bus slot, like them: itself and what leads to it.
    insides: Box<[BusSet]>,
    /// True while `paths` may be out of date or some fader moves.
    paths_stale: bool,
}

impl Mixer {
    /// A mixer without buses. Allocates everything it will ever use. `[main-thread]`
    pub fn new(setup: &MixerSetup) -> Self {
        let layout = Layout::new(&setup.limits);
        Self {
            sample_rate: setup.sample_rate,
            desk: Desk::new(layout, setup.sample_rate),
            schedule: Schedule::empty(layout),
            master: NO_BUS,
            transition: None,
            waiting: None,
            settling: None,
            settled_at: 0,
            retired: Default::default(),
            pristine: true,
            has_lost_buses: false,
            latency_changed: false,
            board: Arc::new(MeterBoard::new(layout.buses, layout.inserts)),
            grid: MeterGrid::new(setup.sample_rate),
            taps: Vec::with_capacity(MAX_TAPS),
            paths: vec![0.0; layout.buses].into_boxed_slice(),
            insides: vec![BusSet::default(); layout.buses].into_boxed_slice(),
            paths_stale: true,
        }
    }

    /// Where the meters are published. `[main-thread]`
    pub fn board(&self) -> Arc<MeterBoard> {
        Arc::clone(&self.board)
    }

    /// Carries out a command at frame `at`, the next one to be processed. Its values were checked.
    /// A bus, send or insert that an installed update will bring is found as well: the command
    /// then sets its first value.
    ///
    /// # Errors
    /// [`Reason::StaleId`]: the id names nothing.
    pub fn apply(&mut self, at: u64, command: &MixerCommand) -> Result<(), Reason> {
        if self.apply_live(at, command) {
            self.paths_stale = true;
            return Ok(());
        }
        if self.coming().any(|update| update.apply(command)) {
            return Ok(());
        }
        Err(Reason::StaleId)
    }

    /// Moves the gain that the game has over a bus, on top of its fader, in a straight line over
    /// `ramp` frames; 0 is at once. A bus that an installed update will bring begins with it. Nothing
    /// happens for a stale id.
    pub fn trim_bus(&mut self, at: u64, bus: BusId, gain: f32, ramp: u32) {
        match self.desk.bus(bus) {
            Some(bus) => {
                bus.set_trim(at, gain, ramp);
                self.paths_stale = true;
            }
            None => _ = self.coming().any(|update| update.trim_bus(bus, gain)),
        }
    }

    /// The same for a send.
    pub fn trim_send(&mut self, at: u64, send: SendId, gain: f32, ramp: u32) {
        match self.desk.send(send) {
            Some(send) => {
                send.trim.set(at, gain, ramp);
                self.paths_stale = true;
            }
            None => _ = self.coming().any(|update| update.trim_send(send, gain)),
        }
    }

    /// The updates that were installed and are not heard yet.
    fn coming(&mut self) -> impl Iterator<Item = &mut Box<GraphUpdate>> {
        let coming = self.transition.iter_mut().map(|t| &mut t.update);
        coming.chain(&mut self.waiting)
    }

    /// Mean square of a bus after its fader over the 10 ms of the absolute clock that end at `at`;
    /// 0 for silence and for a stale id.
    pub fn bus_power(&self, at: u64, bus: BusId) -> f32 {
        let state = self.desk.buses.get(bus.index());
        state
            .filter(|state| state.id == bus)
            .map_or(0.0, |state| state.power(at))
    }

    /// Starts a span of `frames` (at most [`MAX_SPAN`]): no voice has written yet.
    pub fn begin(&mut self, frames: usize) {
        self.desk.begin(frames.min(MAX_SPAN));
    }

    /// Says where the song is in the span that begins at frame `at`, for inserts in time with it:
    /// `song` is asked for the cell boundaries in the span. Call it after [`begin`](Self::begin).
    pub fn keep_time(&mut self, at: u64, song: impl Fn(u64) -> Clock) {
        self.desk.keep_time(at, song);
    }

    /// Where voices *add* their signal for `bus`: left and right, as many frames as the span has.
    /// `None` if the bus is not live (yet, see [`Mixer::is_coming`]).
    pub fn input(&mut self, bus: BusId) -> Option<[&mut [f32]; 2]> {
        self.desk.input(bus)
    }

    /// True while this bus is live.
    pub fn exists(&self, bus: BusId) -> bool {
        self.desk
            .buses
            .get(bus.index())
            .is_some_and(|live| live.id == bus)
    }

    /// True if an installed update will bring this bus at [`Mixer::next_boundary`] or later: a
    /// voice for it should start then.
    pub fn is_coming(&self, bus: BusId) -> bool {
        let coming = self.transition.iter().map(|t| &t.update);
        coming.chain(&self.waiting).any(|update| update.brings(bus))
    }

    /// Processes frames `at..at + frames`, at most [`MAX_SPAN`], and does what is due up to and
    /// including the frame after them.
    pub fn process(&mut self, at: u64, frames: usize) {
        let frames = frames.min(MAX_SPAN);
        self.pristine &= frames == 0;
        let end = at + frames as u64;
        let mut now = at;
        self.advance(now);
        while now < end {
            let stop = end.min(self.next_boundary(now)).min(self.grid.next(now));
            self.run(at, now, stop);
            if stop == self.grid.next(now) {
                self.publish(stop);
            }
            self.advance(stop);
            now = stop;
        }
    }

    /// Left and right of the master, [`MAX_SPAN`] frames, of which the span's are valid. Silent
    /// before the first update.
    pub fn output(&self) -> [&[f32]; 2] {
        let [left, right] = &self.desk.post[self.master.index()];
        [left, right]
    }

    /// The same of any bus, after its fader.
    pub fn bus_output(&self, bus: BusId) -> Option<[&[f32]; 2]> {
        self.desk.buses.get(bus.index()).filter(|b| b.id == bus)?;
        let [left, right] = self.desk.post.get(bus.index())?;
        Some([left, right])
    }

    /// Frames by which [`Mixer::bus_output`] of a bus is ahead of [`Mixer::output`]: the latency of
    /// what comes after it. 0 for a bus that is not live.
    pub fn lead(&self, bus: BusId) -> u32 {
        let Some(step) = self.schedule.buses.iter().find(|step| step.id == bus) else {
            return 0;
        };
        let inserts = self.schedule.inserts_of(step).iter();
        let states =
            inserts.filter_map(|insert| self.desk.inserts.get(insert.id.index())?.as_ref());
        let own: u32 = states.map(|state| state.insert.latency()).sum();
        self.schedule.latency.saturating_sub(step.arrive + own)
    }

    /// Hands a resource to the processor of an insert, live or coming, and keeps its bus awake for
    /// the new tail. What comes back is to be dropped on the control thread; see
    /// [`Processor::exchange`](segue_dsp::processor::Processor::exchange).
    pub fn give(
        &mut self,
        at: u64,
        insert: crate::ids::InsertId,
        resource: Resource,
    ) -> Option<Resource> {
        let mut resource = Some(resource);
        let live = self.change_insert(at, insert, |state| {
            resource = resource.take().and_then(|r| state.insert.exchange(r));
        });
        if !live {
            self.coming().any(|update| {
                update.insert(insert, |state| {
                    resource = resource.take().and_then(|r| state.insert.exchange(r));
                })
            });
        }
        resource
    }

    /// Copies what a bus puts out into `tap` from now on, also while the bus is still to come. It
    /// comes back when there are [`MAX_TAPS`] already.
    pub fn add_tap(&mut self, tap: Box<Tap>) -> Option<Box<Tap>> {
        if self.taps.len() >= MAX_TAPS {
            return Some(tap);
        }
        self.taps.push(tap);
        None
    }

    /// A tap that nobody listens to any more, or whose bus is gone.
    pub fn take_dead_tap(&mut self) -> Option<Box<Tap>> {
        let buses = &self.desk.buses;
        let (transition, waiting) = (&self.transition, &self.waiting);
        let coming = |bus: BusId| {
            let updates = transition.iter().map(|t| &t.update).chain(waiting);
            updates.into_iter().any(|update| update.brings(bus))
        };
        let is_dead = |tap: &Tap| {
            let lives = buses.get(tap.bus.index()).is_some_and(|b| b.id == tap.bus);
            tap.is_abandoned() || !(lives || coming(tap.bus))
        };
        let place = self.taps.iter().position(|tap| is_dead(tap))?;
        Some(self.taps.swap_remove(place))
    }

    /// A resource that an insert has let go of.
    pub fn take_spent(&mut self) -> Option<Resource> {
        let mut inserts = self.desk.inserts.iter_mut().flatten();
        inserts.find_map(|state| state.insert.take_spent())
    }

    /// Frames from a voice to [`Mixer::output`], for every voice.
    pub fn latency(&self) -> u32 {
        self.schedule.latency
    }

    /// How long the master sounds at most after all inputs fell silent: as if all inserts were in
    /// one row.
    pub fn tail(&self) -> Tail {
        let states = self.desk.inserts.iter().flatten();
        let mut frames = u64::from(self.latency());
        for tail in states.map(|state| state.insert.tail()) {
            match tail {
                Tail::Frames(more) => frames = frames.saturating_add(more),
                Tail::Infinite => return Tail::Infinite,
            }
        }
        Tail::Frames(frames)
    }

    /// True once after the latency has changed.
    pub fn take_latency_changed(&mut self) -> bool {
        std::mem::take(&mut self.latency_changed)
    }

    /// True once after buses were removed: nothing plays on them any more.
    pub fn take_lost_buses(&mut self) -> bool {
        std::mem::take(&mut self.has_lost_buses)
    }

    /// Brings [`Mixer::path_gain`] up to date for frame `at`; call it wherever voices decide
    /// whether they are audible. Costs nothing while no fader has moved.
    pub fn update_path_gains(&mut self, at: u64) {
        if !self.paths_stale {
            return;
        }
        let desk = &self.desk;
        let settled = |step: &BusStep| desk.buses[step.id.index()].is_settled(at);
        self.paths_stale = !self.schedule.buses.iter().all(settled)
            || !desk.sends.iter().all(|send| send.is_settled(at));
        self.paths.fill(0.0);
        self.paths[self.master.index()] = 1.0;
        for step in self.schedule.buses.iter().rev() {
            // What reads this bus comes later in the schedule, so the sum of its ways is complete.
            let slot = step.id.index();
            self.insides[slot] = step.inside;
            let onward = self.paths[slot];
            for edge in self.schedule.edges_of(step) {
                let gain = onward * desk.loudest(edge, at);
                self.paths[edge.source.index()] += gain;
            }
            // What keys an insert is heard in what the insert does, whatever its own fader says.
            for insert in self.schedule.inserts_of(step) {
                if let Some(key) = &insert.key {
                    self.paths[key.source.index()] += onward;
                }
            }
        }
        let [through, _] = desk.buses[self.master.index()].loudest(at);
        self.paths.iter_mut().for_each(|gain| *gain *= through);
    }

    /// Whether `bus` is `of`, or its outputs lead to it, as of the last [`Mixer::update_path_gains`].
    pub fn is_inside(&self, bus: BusId, of: BusId) -> bool {
        self.exists(of) && self.exists(bus) && self.insides[of.index()].has(bus.index())
    }

    /// Largest linear gain from the direct input of `bus` to the master's output over all ways,
    /// faders, sends, mute and solo included and inserts not, and what the bus keys as far as that is
    /// heard, as of the last [`Mixer::update_path_gains`]: while a fader moves, the larger of where it is and where it
    /// heads for. 0 for a stale id.
    pub fn path_gain(&self, bus: BusId) -> f32 {
        let live = self
            .desk
            .buses
            .get(bus.index())
            .is_some_and(|b| b.id == bus);
        let gain = self.paths.get(bus.index()).copied();
        gain.filter(|_| live).unwrap_or(0.0)
    }

    /// Silence everywhere, all fades finished, all updates installed; parameters are kept. `at` is
    /// the next frame to be processed.
    pub fn reset(&mut self, at: u64) {
        self.complete(at);
        self.desk.reset();
        self.refresh_cuts(at, true);
        self.paths_stale = true;
    }

    /// Processes frames `now..stop` of a span that began at `begin`.
    #[allow(clippy::cast_possible_truncation, reason = "within one span")]
    fn run(&mut self, begin: u64, now: u64, stop: u64) {
        let segment = Segment {
            at: now,
            offset: (now - begin) as usize,
            frames: (stop - now) as usize,
        };
        for step in &self.schedule.buses {
            self.desk.run(&self.schedule, step, segment);
        }
        for tap in &mut self.taps {
            let slot = tap.bus.index();
            if self.desk.buses.get(slot).is_some_and(|b| b.id == tap.bus) {
                let [left, right] = &self.desk.post[slot];
                let part = segment.offset..segment.offset + segment.frames;
                tap.write(&left[part.clone()], &right[part]);
            }
        }
    }

    /// From now on every bus and all inserts are timed by a clock of nanoseconds, or no longer.
    pub(crate) fn watch(&mut self, clock: Option<fn() -> u64>) {
        self.desk.stopwatch = clock;
    }

    /// Nanoseconds that inserts took since the last call, while they were watched.
    pub(crate) fn take_inserts_ns(&mut self) -> u64 {
        std::mem::take(&mut self.desk.inserts_ns)
    }

    /// A block that was watched is over: what each bus took in it is published.
    pub(crate) fn end_block(&mut self) {
        for step in &self.schedule.buses {
            let bus = &mut self.desk.buses[step.id.index()];
            let spent = std::mem::take(&mut bus.spent_ns);
            self.board.publish_cost(step.id, bus.costs.count(spent));
        }
    }

    fn publish(&mut self, at: u64) {
        for step in &self.schedule.buses {
            let bus = &mut self.desk.buses[step.id.index()];
            if bus.is_measured(at) || bus.bad_cells > 0 {
                let bad_cells = std::mem::take(&mut bus.bad_cells);
                self.board.publish(step.id, &bus.meter.take(), bad_cells);
            }
        }
        for (slot, state) in self.desk.inserts.iter().enumerate() {
            let shown = state.as_ref().map(|it| (it.id, it.insert.reading()));
            self.board.publish_insert(slot, shown);
        }
    }

    /// Carries out a command on something that is live; false if it is not.
    fn apply_live(&mut self, at: u64, command: &MixerCommand) -> bool {
        use MixerCommand as C;
        let fade = self.desk.times.fade;
        match *command {
            C::BusGain { bus, gain, ramp } => {
                let bus = self.desk.bus(bus);
                bus.map(|bus| bus.set_gain(at, gain, ramp.max(fade)))
                    .is_some()
            }
            C::BusPan { bus, pan } => {
                let bus = self.desk.bus(bus);
                bus.map(|bus| bus.set_pan(at, pan, fade)).is_some()
            }
            C::BusMute { bus, on } => {
                let found = self.desk.bus(bus).map(|bus| bus.mute = on).is_some();
                self.refresh_cuts(at, false);
                found
            }
            C::BusSolo { bus, on } => {
                let found = self.desk.bus(bus).map(|bus| bus.solo = on).is_some();
                self.refresh_cuts(at, false);
                found
            }
            C::SendGain { send, gain } => {
                let send = self.desk.send(send);
                send.map(|send| send.gain.set(at, gain, fade)).is_some()
            }
            C::InsertParam {
                insert,
                param,
                value,
            } => self.change_insert(at, insert, |state| state.insert.set_param(param, value)),
            C::InsertMix { insert, mix } => {
                self.change_insert(at, insert, |state| state.insert.set_mix(mix))
            }
            C::InsertBypass { insert, on } => {
                self.change_insert(at, insert, |state| state.set_bypass(on))
            }
        }
    }

    /// Changes a live insert and wakes its bus, so that the change takes its time there.
    fn change_insert(
        &mut self,
        at: u64,
        id: crate::ids::InsertId,
        change: impl FnOnce(&mut InsertState),
    ) -> bool {
        let found = self.desk.insert(id).map(|state| {
            change(state);
            state.bus
        });
        let Some(bus) = found else {
            return false;
        };
        let step = self.schedule.buses.iter().find(|step| step.id == bus);
        if let Some(step) = step {
            self.desk.refresh_tails(&self.schedule, step, at);
        }
        true
    }
}

#[cfg(test)]
mod tests;
