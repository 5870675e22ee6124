//! Brings the edited graph to the mixer.

use std::collections::HashMap;
use std::fmt;

use segue_dsp::CELL;
use segue_dsp::insert::Insert;
use segue_dsp::processor::{Processor, Setup};

use super::diff::Diff;
use super::{Graph, InsertNode};
use crate::ids::{BusId, InsertId};
use crate::limits::Limits;
use crate::mixer::{GraphUpdate, InsertState, MixerSetup, Ring};
use crate::schedule::{CompileError, Layout, Schedule, compile};

/// Most updates that may be on their way or in the mixer at a time.
const MAX_IN_FLIGHT: usize = 2;

/// A processor for an insert of the graph.
pub type NewProcessor = (InsertId, Box<dyn Processor>);

/// Compares the graph with what the mixer already has and makes the [`GraphUpdate`]s that bring it
/// up to date. One per mixer, and all its updates go to that mixer, in order. `[main-thread]`
pub struct GraphCommit {
    limits: Limits,
    sample_rate: f64,
    /// What the mixer has once everything that was committed is installed.
    schedule: Schedule,
    /// Length of the delay memory of each edge slot, in frames; 0: none.
    capacities: Vec<usize>,
    in_flight: usize,
}

/// Why a graph was not committed. Nothing has changed, and no processor was taken.
#[derive(Debug, PartialEq)]
pub enum CommitError {
    /// The graph cannot be played.
    Compile(CompileError),
    /// A new insert, or one with a new latency, came without its processor.
    NoProcessor(InsertId),
    /// A processor came for an insert that is not in the graph.
    NoInsert(InsertId),
    /// A processor has another latency than the graph says.
    Latency {
        /// The insert.
        insert: InsertId,
        /// Frames that the graph says.
        graph: u32,
        /// Frames of the processor.
        processor: u32,
    },
    /// Two updates are on their way; try again when one was retired.
    Busy,
}

impl fmt::Display for CommitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compile(e) => e.fmt(f),
            Self::NoProcessor(id) => write!(f, "insert {id:?} is new but has no processor"),
            Self::NoInsert(id) => write!(f, "a processor came for insert {id:?}, which is gone"),
            Self::Latency {
                insert,
                graph,
                processor,
            } => write!(
                f,
                "insert {insert:?} lags {processor} frames, but the graph says {graph}"
            ),
            Self::Busy => f.write_str("two changes of the graph are under way; try again soon"),
        }
    }
}

impl std::error::Error for CommitError {}

impl GraphCommit {
    /// For a mixer of the same setup that was just made.
    pub fn new(setup: &MixerSetup) -> Self {
        let layout = Layout::new(&setup.limits);
        Self {
            limits: setup.limits.clone(),
            sample_rate: setup.sample_rate,
            schedule: Schedule::empty(layout),
            capacities: vec![0; layout.edges()],
            in_flight: 0,
        }
    }

    /// True if [`GraphCommit::commit`] would not be refused as busy.
    pub fn is_ready(&self) -> bool {
        self.in_flight < MAX_IN_FLIGHT
    }

    /// True if nothing that was committed is still on its way: what is committed now begins at
    /// once.
    pub fn is_idle(&self) -> bool {
        self.in_flight == 0
    }

    /// Makes the update from the last committed graph to this one. `processors` holds one for
    /// every insert that is new, and for those that shall be replaced; on success it is empty
    /// afterwards. They are stereo, made for the setup's sample rate, and as after `reset`.
    ///
    /// # Errors
    /// [`CommitError`]; then nothing has changed.
    pub fn commit(
        &mut self,
        graph: &Graph,
        processors: &mut Vec<NewProcessor>,
    ) -> Result<Box<GraphUpdate>, CommitError> {
        if !self.is_ready() {
            return Err(CommitError::Busy);
        }
        let schedule = compile(graph, &self.limits).map_err(CommitError::Compile)?;
        let nodes: HashMap<InsertId, (BusId, InsertNode)> = (graph.buses().iter())
            .flat_map(|bus| bus.inserts.iter().map(|node| (node.id, (bus.id, *node))))
            .collect();
        self.check_processors(&nodes, processors)?;
        let replaced: Vec<InsertId> = processors.iter().map(|(id, _)| *id).collect();
        let fade = crate::mixer::fade_frames(self.sample_rate);
        let diff = Diff::new(&self.schedule, &schedule, &replaced, graph);
        let mut update = Box::new(diff.update(self.sample_rate, fade));
        for (id, processor) in processors.drain(..) {
            if let Some((bus, node)) = nodes.get(&id) {
                let held = diff.is_held(*bus);
                let state = self.insert_state(*bus, node, processor, held);
                place_insert(&mut update, state);
            }
        }
        self.make_rings(&mut update);
        self.schedule = schedule;
        self.in_flight += 1;
        Ok(update)
    }

    /// Takes back an update that the mixer has retired, and drops what it has let go of.
    pub fn retire(&mut self, update: Box<GraphUpdate>) {
        drop(update);
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Frames from a voice to the master's output once everything committed is installed.
    pub fn latency(&self) -> u32 {
        self.schedule.latency()
    }

    fn check_processors(
        &self,
        nodes: &HashMap<InsertId, (BusId, InsertNode)>,
        processors: &[NewProcessor],
    ) -> Result<(), CommitError> {
        for (id, processor) in processors {
            let Some((_, node)) = nodes.get(id) else {
                return Err(CommitError::NoInsert(*id));
            };
            let (insert, graph, processor) = (*id, node.meta.latency, processor.latency());
            if graph != processor {
                return Err(CommitError::Latency {
                    insert,
                    graph,
                    processor,
                });
            }
        }
        let known = |id: InsertId, latency: u32| {
            let old = self.schedule.inserts.iter().find(|step| step.id == id);
            old.is_some_and(|old| old.latency == latency)
                || processors.iter().any(|(new, _)| *new == id)
        };
        let mut nodes = nodes.values().map(|(_, node)| node);
        match nodes.find(|node| !known(node.id, node.meta.latency)) {
            Some(node) => Err(CommitError::NoProcessor(node.id)),
            None => Ok(()),
        }
    }

    fn insert_state(
        &self,
        bus: BusId,
        node: &InsertNode,
        processor: Box<dyn Processor>,
        held: bool,
    ) -> Box<InsertState> {
        let setup = Setup {
            sample_rate: self.sample_rate,
            channels: 2,
        };
        let mut insert = Insert::new(processor, setup, CELL).with_mix(node.meta.mix);
        if held || node.meta.bypass {
            insert = insert.bypassed();
        }
        let mut state = InsertState::new(node.id, bus, insert, node.meta.bypass);
        state.held = held;
        Box::new(state)
    }

    /// Adds memory for delays that outgrow theirs.
    fn make_rings(&mut self, update: &mut GraphUpdate) {
        for change in update.then.edges.iter().filter(|change| change.delay > 0) {
            let needed = Ring::capacity_for(change.delay);
            let capacity = &mut self.capacities[change.slot];
            if *capacity < needed {
                *capacity = needed;
                let ring = Some(Ring::new(change.delay));
                update.first.rings.push((change.slot, ring));
            }
        }
    }
}

/// Puts an insert into its slot, in place of the removal that may stand there.
fn place_insert(update: &mut GraphUpdate, state: Box<InsertState>) {
    let slot = state.id.index();
    let inserts = &mut update.then.inserts;
    match inserts.iter_mut().find(|(other, _)| *other == slot) {
        Some((_, place)) => *place = Some(state),
        None => inserts.push((slot, Some(state))),
    }
}
