//! The mixer as the audio thread sees it: flat steps with slot numbers and no names.

mod compile;
mod error;
mod verify;

use std::ops::Range;

pub use compile::compile;
pub use error::{CompileError, Flaw};
pub use verify::verify;

use segue_dsp::pan::PanLaw;

use crate::ids::{BusId, InsertId, SendId};
use crate::limits::Limits;

/// Longest latency from a voice to the master's output, in frames. It bounds the memory that
/// compensation can take.
pub const MAX_LATENCY: u32 = 1 << 20;

/// What the audio thread does for every span: one step per bus, sources before what they feed.
///
/// Invariants, checked by [`verify`]: every bus is processed once and the master last; what a step
/// reads was written by an earlier one; all slots exist; and all ways into a sum have the same
/// latency. `[thread-safe]`
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    pub(crate) layout: Layout,
    pub(crate) buses: Vec<BusStep>,
    /// Edges of all steps, each step's in one piece.
    pub(crate) edges: Vec<EdgeStep>,
    /// Inserts of all steps, each step's in one piece.
    pub(crate) inserts: Vec<InsertStep>,
    pub(crate) latency: u32,
}

impl Schedule {
    /// The schedule of a mixer without any bus.
    pub(crate) fn empty(layout: Layout) -> Self {
        Self {
            layout,
            buses: Vec::new(),
            edges: Vec::new(),
            inserts: Vec::new(),
            latency: 0,
        }
    }

    /// Frames from a voice to the master's output; the same for every voice.
    pub fn latency(&self) -> u32 {
        self.latency
    }

    /// Buses in the order they are processed.
    pub fn bus_count(&self) -> usize {
        self.buses.len()
    }

    pub(crate) fn edges_of(&self, step: &BusStep) -> &[EdgeStep] {
        self.edges.get(step.edges.clone()).unwrap_or_default()
    }

    pub(crate) fn inserts_of(&self, step: &BusStep) -> &[InsertStep] {
        self.inserts.get(step.inserts.clone()).unwrap_or_default()
    }
}

/// One bus: sum its direct input and its edges, run its inserts, apply its fader.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BusStep {
    pub(crate) id: BusId,
    /// Latency of its sum; the voices' direct input is delayed by it.
    pub(crate) arrive: u32,
    pub(crate) edges: Range<usize>,
    pub(crate) inserts: Range<usize>,
    pub(crate) law: PanLaw,
    /// True when a pre-fader send or a key reads it.
    pub(crate) pre_read: bool,
    /// Itself, all that feeds it and all it feeds, by bus slot.
    pub(crate) relatives: BusSet,
    /// Itself and all whose outputs lead to it, by bus slot.
    pub(crate) inside: BusSet,
    /// Most real voices in there as it begins; 0 is no limit.
    pub(crate) max_voices: u32,
}

/// One way into a bus, or to the key input of an insert.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct EdgeStep {
    pub(crate) source: BusId,
    pub(crate) to: BusId,
    pub(crate) kind: EdgeKind,
    /// Compensation, in frames.
    pub(crate) delay: u32,
}

/// What an edge is in the graph, and so where its signal is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EdgeKind {
    /// The source's output: after its fader.
    Output,
    /// A send before gain and pan.
    PreSend(SendId),
    /// A send after gain and pan.
    PostSend(SendId),
    /// The key of an insert: before mute and fader.
    Key(InsertId),
}

/// One insert, with the edge of its key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct InsertStep {
    pub(crate) id: InsertId,
    pub(crate) latency: u32,
    pub(crate) key: Option<EdgeStep>,
}

/// How many slots of each kind an engine has, and where the states of the edges lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) buses: usize,
    pub(crate) sends: usize,
    pub(crate) inserts: usize,
}

impl Layout {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            buses: limits.buses.max(1),
            sends: limits.sends,
            inserts: limits.inserts,
        }
    }

    /// Slots for edges: per bus its direct input and its output, per send, per key.
    pub(crate) fn edges(&self) -> usize {
        2 * self.buses + self.sends + self.inserts
    }

    /// Slot of the voices' direct input of a bus.
    pub(crate) fn input(&self, bus: BusId) -> usize {
        bus.index()
    }

    /// Slot of an edge.
    pub(crate) fn edge(&self, edge: &EdgeStep) -> usize {
        match edge.kind {
            EdgeKind::Output => self.buses + edge.source.index(),
            EdgeKind::PreSend(id) | EdgeKind::PostSend(id) => 2 * self.buses + id.index(),
            EdgeKind::Key(id) => 2 * self.buses + self.sends + id.index(),
        }
    }
}

/// Most buses that "buses" in the limit table allows.
const MOST_BUSES: usize = 256;

/// A set of bus slots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BusSet([u64; MOST_BUSES / 64]);

impl BusSet {
    pub(crate) fn set(&mut self, slot: usize, on: bool) {
        if let Some(word) = self.0.get_mut(slot / 64) {
            let bit = 1 << (slot % 64);
            *word = if on { *word | bit } else { *word & !bit };
        }
    }

    pub(crate) fn has(&self, slot: usize) -> bool {
        let word = self.0.get(slot / 64);
        word.is_some_and(|word| word & (1 << (slot % 64)) != 0)
    }

    pub(crate) fn union(&mut self, other: &Self) {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a |= b;
        }
    }

    pub(crate) fn intersects(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).any(|(a, b)| a & b != 0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests;
