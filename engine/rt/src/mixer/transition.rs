//! From one schedule to the next, at exact frames. See [`GraphUpdate`] for the way.

use super::bus::{NO_BUS, NO_SEND, SendState};
use super::glide::Glide;
use super::update::{Arrival, Become, Departure, EdgeChange, GraphUpdate};
use super::{BACKLOG, Mixer};
use crate::schedule::BusSet;

/// An update on its way.
pub(super) struct Transition {
    pub(super) update: Box<GraphUpdate>,
    pub(super) exchange_at: u64,
}

impl Mixer {
    /// Starts to change over to `update` at frame `at`, the next one to be processed. The update
    /// comes back through [`Mixer::take_retired`], full of what is no longer needed.
    ///
    /// While an earlier one is under way, one more waits for its end, at its exact frame. A third
    /// one, one made for another engine, or any while nobody takes the retired ones, is handed
    /// back unchanged and may be tried again. Nothing is ever cut short. `[audio-thread]`
    #[must_use]
    pub fn install(&mut self, at: u64, update: Box<GraphUpdate>) -> Option<Box<GraphUpdate>> {
        let fits = update.schedule.layout == self.desk.layout
            && update.sample_rate == self.sample_rate
            && self.held_updates() < BACKLOG;
        self.advance(at);
        if !fits || self.waiting.is_some() {
            return Some(update);
        }
        if self.transition.is_some() || at < self.settled_at {
            self.waiting = Some(update);
        } else {
            self.depart(at, update);
        }
        None
    }

    /// An update that is done, to be dropped on the control thread
    /// ([`GraphCommit::retire`](crate::graph::GraphCommit::retire)). `[audio-thread]`
    pub fn take_retired(&mut self) -> Option<Box<GraphUpdate>> {
        self.retired.iter_mut().find_map(Option::take)
    }

    /// The next frame after `at` at which the graph changes: no span may cross it, or what is new
    /// there would miss its first frames. `u64::MAX` when none is due. `[audio-thread]`
    pub fn next_boundary(&self, at: u64) -> u64 {
        let exchange = self.transition.as_ref().map(|t| t.exchange_at);
        let next = exchange.or(self.waiting.as_ref().map(|_| self.settled_at));
        next.filter(|next| *next > at).unwrap_or(u64::MAX)
    }

    /// Does everything that is due at `at`.
    pub(super) fn advance(&mut self, at: u64) {
        while let Some(transition) = self.transition.take_if(|t| t.exchange_at <= at) {
            self.exchange(transition.exchange_at, transition.update);
        }
        let resting = self.transition.is_none() && self.settled_at <= at;
        if !resting {
            return;
        }
        self.retire();
        if let Some(update) = self.waiting.take() {
            self.depart(at, update);
        }
    }

    /// Gives the update that has come to rest back.
    fn retire(&mut self) {
        let free = self.retired.iter_mut().find(|slot| slot.is_none());
        if let Some(free) = free {
            *free = self.settling.take();
        }
    }

    /// Finishes everything that is under way at once.
    pub(super) fn complete(&mut self, at: u64) {
        self.pristine = true;
        self.retire();
        if let Some(transition) = self.transition.take() {
            self.exchange(at, transition.update);
        }
        if let Some(update) = self.waiting.take() {
            self.depart(at, update);
        }
        self.settled_at = 0;
    }

    fn held_updates(&self) -> usize {
        let retired = self.retired.iter().flatten().count();
        let settling = usize::from(self.settling.is_some());
        let waiting = usize::from(self.waiting.is_some());
        retired + settling + waiting + usize::from(self.transition.is_some())
    }

    fn depart(&mut self, at: u64, mut update: Box<GraphUpdate>) {
        self.lengthen(at, &mut update.first);
        if self.pristine || update.hold == 0 {
            return self.exchange(at, update);
        }
        self.fade_out(at, &update.first);
        self.transition = Some(Transition {
            exchange_at: at + u64::from(update.hold),
            update,
        });
    }

    fn lengthen(&mut self, at: u64, first: &mut Departure) {
        for (slot, ring) in &mut first.rings {
            if let Some(edge) = self.desk.edges.get_mut(*slot) {
                edge.lengthen(at, ring);
            }
        }
        for slot in &first.record {
            if let Some(edge) = self.desk.edges.get_mut(*slot) {
                edge.record();
            }
        }
    }

    fn fade_out(&mut self, at: u64, first: &Departure) {
        let fade = self.desk.times.fade;
        for slot in &first.fade_out {
            if let Some(edge) = self.desk.edges.get_mut(*slot) {
                edge.fade_out(at, fade);
            }
        }
        for dip in &first.dips {
            if let Some(bus) = self.desk.bus(dip.bus) {
                bus.dip.set(at, 0.0, fade);
            }
        }
        for id in &first.bypass {
            let insert = self.desk.insert(*id);
            let bus = insert.map(|insert| {
                insert.hold(true);
                insert.bus
            });
            if let Some(bus) = bus.and_then(|bus| self.desk.bus(bus)) {
                bus.stir(at);
            }
        }
    }

    fn exchange(&mut self, at: u64, mut update: Box<GraphUpdate>) {
        std::mem::swap(&mut self.schedule, &mut update.schedule);
        self.exchange_slots(&mut update.then);
        for change in &update.then.edges {
            self.change_edge(at, *change);
        }
        for dip in &update.first.dips {
            self.end_dip(at, dip.bus, dip.after);
        }
        self.release_inserts(&update.then);
        self.refresh_buses(at);
        self.settled_at = if self.pristine {
            at
        } else {
            at + u64::from(update.settle)
        };
        self.latency_changed |= self.schedule.latency != update.schedule.latency;
        self.settling = Some(update);
        if self.settled_at <= at {
            self.retire();
        }
    }

    fn exchange_slots(&mut self, then: &mut Arrival) {
        for id in &then.removed_buses {
            if let Some(bus) = self.desk.bus(*id) {
                bus.id = NO_BUS;
                self.board.close(*id);
                self.has_lost_buses = true;
            }
        }
        for id in &then.removed_sends {
            if let Some(send) = self.desk.send(*id) {
                send.id = NO_SEND;
            }
        }
        for (slot, insert) in &mut then.inserts {
            if let Some(place) = self.desk.inserts.get_mut(*slot) {
                std::mem::swap(place, insert);
            }
        }
        for new in &then.new_buses {
            if let Some(bus) = self.desk.buses.get_mut(new.id.index()) {
                bus.start(new.id, &new.strip, new.trim);
                self.board.open(new.id);
            }
        }
        for new in &then.new_sends {
            if let Some(send) = self.desk.sends.get_mut(new.id.index()) {
                *send = SendState {
                    id: new.id,
                    gain: Glide::rest(new.gain),
                    trim: Glide::rest(new.trim),
                };
            }
        }
        self.master = self.schedule.buses.last().map_or(NO_BUS, |step| step.id);
        self.paths_stale = true;
    }

    fn change_edge(&mut self, at: u64, change: EdgeChange) {
        let fade = self.desk.times.fade;
        let Some(edge) = self.desk.edges.get_mut(change.slot) else {
            return;
        };
        match change.how {
            Become::Longer if self.pristine => edge.start(change.delay, Glide::rest(1.0)),
            Become::Longer => edge.set_delay(at, change.delay, fade),
            Become::Rising if !self.pristine => {
                let start = at + u64::from(change.delay);
                edge.start(change.delay, Glide::new(0.0, 1.0, start, fade));
            }
            Become::Rising | Become::Present => edge.start(change.delay, Glide::rest(1.0)),
        }
    }

    fn end_dip(&mut self, at: u64, bus: crate::ids::BusId, after: u32) {
        let fade = self.desk.times.fade;
        let pristine = self.pristine;
        if let Some(bus) = self.desk.bus(bus) {
            bus.dip = if pristine {
                Glide::rest(1.0)
            } else {
                Glide::new(0.0, 1.0, at + u64::from(after), fade)
            };
        }
    }

    /// New inserts fade in from their bypass, as far as they were put in bypassed.
    fn release_inserts(&mut self, then: &Arrival) {
        for (slot, _) in &then.inserts {
            let place = self.desk.inserts.get_mut(*slot).and_then(Option::as_mut);
            if let Some(insert) = place.filter(|insert| insert.held) {
                insert.hold(false);
                if self.pristine {
                    insert.insert.reset();
                }
            }
        }
    }

    /// Brings what buses know of the schedule up to date.
    fn refresh_buses(&mut self, at: u64) {
        let fade = self.desk.times.fade;
        for step in &self.schedule.buses {
            if let Some(bus) = self.desk.bus(step.id) {
                bus.set_law(at, step.law, fade);
            }
            self.desk.refresh_tails(&self.schedule, step, at);
        }
        self.refresh_cuts(at, self.pristine);
    }

    /// Mute and solo of all buses: `at_once` or within 10 ms.
    pub(super) fn refresh_cuts(&mut self, at: u64, at_once: bool) {
        let mut soloed = BusSet::default();
        for step in &self.schedule.buses {
            let solo = self.desk.buses[step.id.index()].solo;
            soloed.set(step.id.index(), solo);
        }
        for step in &self.schedule.buses {
            let related = soloed.is_empty() || step.relatives.intersects(&soloed);
            let bus = &mut self.desk.buses[step.id.index()];
            let target = if related && !bus.mute { 1.0 } else { 0.0 };
            if std::mem::take(&mut bus.is_new) || at_once {
                bus.cut = Glide::rest(target);
            } else {
                bus.cut.set(at, target, self.desk.times.fade);
            }
        }
    }
}
