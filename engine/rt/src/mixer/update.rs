//! What travels to the mixer and back when the graph changes.

use super::bus::InsertState;
use super::edge::Ring;
use crate::command::MixerCommand;
use crate::graph::Strip;
use crate::ids::{BusId, InsertId, SendId};
use crate::schedule::Schedule;

/// One change of the graph for a running [`Mixer`](super::Mixer): the new schedule, everything
/// that is new, and how to get there without a click. Made by
/// [`GraphCommit`](crate::graph::GraphCommit). When it comes back from the mixer it holds what
/// the mixer has let go of, to be dropped on the control thread.
///
/// The way from one schedule to the next, in absolute frames from the installation:
/// 1. For `hold` frames the old schedule goes on. What will vanish or jump fades out within
///    10 ms: edges, inserts (into their bypass), and whole buses whose inserts with latency are
///    exchanged. Delays that will grow begin to remember. `hold` is 0 when nothing of this is
///    needed: what is only added is there at once.
/// 2. At `hold` the schedules are exchanged. New ways out of old buses, new inserts and the
///    buses that were faded out fade in within 10 ms, as soon as their delays have filled up;
///    compensation delays that change cross-fade between their two lengths.
/// 3. `settle` frames later the mixer is ready for the next change.
///
/// So neither state ever mixes with the other's edges: there are no intermediate cycles and no
/// third set of latencies.
pub struct GraphUpdate {
    pub(crate) sample_rate: f64,
    pub(crate) schedule: Schedule,
    /// Frames from the installation to the exchange.
    pub(crate) hold: u32,
    /// Frames from the exchange until everything rests.
    pub(crate) settle: u32,
    pub(crate) first: Departure,
    pub(crate) then: Arrival,
}

/// What happens at the installation.
#[derive(Default)]
pub(crate) struct Departure {
    /// Longer delay memories by edge slot; then the former ones.
    pub(crate) rings: Vec<(usize, Option<Ring>)>,
    /// Edge slots whose delay will grow.
    pub(crate) record: Vec<usize>,
    /// Edge slots that fade out.
    pub(crate) fade_out: Vec<usize>,
    /// Buses that fade out and in as a whole.
    pub(crate) dips: Vec<Dip>,
    /// Inserts that fade into their bypass.
    pub(crate) bypass: Vec<InsertId>,
}

/// What happens at the exchange.
#[derive(Default)]
pub(crate) struct Arrival {
    pub(crate) removed_buses: Vec<BusId>,
    pub(crate) removed_sends: Vec<SendId>,
    pub(crate) new_buses: Vec<NewBus>,
    pub(crate) new_sends: Vec<NewSend>,
    /// New or no inserts by slot; then the former ones.
    pub(crate) inserts: Vec<(usize, Option<Box<InsertState>>)>,
    pub(crate) edges: Vec<EdgeChange>,
}

/// A bus that begins.
pub(crate) struct NewBus {
    pub(crate) id: BusId,
    pub(crate) strip: Strip,
    /// What the game does on top of its fader.
    pub(crate) trim: f32,
}

/// A send that begins.
pub(crate) struct NewSend {
    pub(crate) id: SendId,
    pub(crate) gain: f32,
    /// What the game does on top of it.
    pub(crate) trim: f32,
}

impl NewBus {
    pub(crate) fn new(id: BusId, strip: Strip) -> Self {
        let trim = 1.0;
        Self { id, strip, trim }
    }
}

impl NewSend {
    pub(crate) fn new(id: SendId, gain: f32) -> Self {
        let trim = 1.0;
        Self { id, gain, trim }
    }
}

/// A bus that is faded out during the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dip {
    pub(crate) bus: BusId,
    /// Frames after the exchange until its inserts have filled up.
    pub(crate) after: u32,
}

/// What becomes of an edge at the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EdgeChange {
    pub(crate) slot: usize,
    pub(crate) delay: u32,
    pub(crate) how: Become,
}

/// How an edge changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Become {
    /// It was there, with another delay.
    Longer,
    /// It is new and nothing has been heard of its source: there at once.
    Present,
    /// It is new and its source may sound: it fades in once its delay has filled up.
    Rising,
}

impl GraphUpdate {
    /// Frames from the installation to the moment when new buses, sends and inserts are live.
    pub fn hold(&self) -> u32 {
        self.hold
    }

    /// True when it brings this bus.
    pub(crate) fn brings(&self, id: BusId) -> bool {
        self.then.new_buses.iter().any(|new| new.id == id)
    }

    /// Applies a command to something it brings, before it is heard. False if it is not here.
    /// `[audio-thread]`
    pub(crate) fn apply(&mut self, command: &MixerCommand) -> bool {
        use MixerCommand as C;
        match *command {
            C::BusGain { bus, gain, .. } => self.strip(bus, |strip| strip.gain = gain),
            C::BusPan { bus, pan } => self.strip(bus, |strip| strip.pan = pan),
            C::BusMute { bus, on } => self.strip(bus, |strip| strip.mute = on),
            C::BusSolo { bus, on } => self.strip(bus, |strip| strip.solo = on),
            C::SendGain { send, gain } => self.send(send, |it| it.gain = gain),
            C::InsertParam {
                insert,
                param,
                value,
            } => self.insert(insert, |state| state.insert.set_param(param, value)),
            C::InsertMix { insert, mix } => self.insert(insert, |state| state.insert.set_mix(mix)),
            C::InsertBypass { insert, on } => self.insert(insert, |state| state.set_bypass(on)),
        }
    }

    /// What the game does on top of a fader that it brings. `[audio-thread]`
    pub(super) fn trim_bus(&mut self, id: BusId, gain: f32) -> bool {
        self.bus(id, |bus| bus.trim = gain)
    }

    /// The same of a send. `[audio-thread]`
    pub(super) fn trim_send(&mut self, id: SendId, gain: f32) -> bool {
        self.send(id, |send| send.trim = gain)
    }

    fn strip(&mut self, id: BusId, change: impl FnOnce(&mut Strip)) -> bool {
        self.bus(id, |bus| change(&mut bus.strip))
    }

    fn bus(&mut self, id: BusId, change: impl FnOnce(&mut NewBus)) -> bool {
        let mut buses = self.then.new_buses.iter_mut();
        buses.find(|bus| bus.id == id).map(change).is_some()
    }

    fn send(&mut self, id: SendId, change: impl FnOnce(&mut NewSend)) -> bool {
        let mut sends = self.then.new_sends.iter_mut();
        sends.find(|send| send.id == id).map(change).is_some()
    }

    pub(super) fn insert(&mut self, id: InsertId, change: impl FnOnce(&mut InsertState)) -> bool {
        let inserts = self.then.inserts.iter_mut();
        let mut states = inserts.filter_map(|(_, state)| state.as_deref_mut());
        states.find(|state| state.id == id).map(change).is_some()
    }
}
