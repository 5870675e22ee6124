//! What can be wrong with a graph or a schedule.

use std::fmt;

use crate::ids::InsertId;
use crate::limits::LimitError;

/// Why a graph cannot be played. `[thread-safe]`
#[derive(Clone, Debug, PartialEq)]
pub enum CompileError {
    /// The graph was made for larger limits.
    Limit(LimitError),
    /// A bus feeds itself; the names along the circle, the first one repeated at the end.
    Cycle {
        /// Names of the buses.
        path: Vec<String>,
    },
    /// More latency than a bus may have.
    Latency {
        /// Name of the bus.
        bus: String,
        /// Frames from a voice to its output.
        frames: u32,
        /// The most that is allowed.
        max: u32,
        /// The insert that adds most of it.
        insert: Option<InsertId>,
        /// Name of the bus this insert is on.
        insert_bus: String,
        /// Frames it adds.
        insert_frames: u32,
    },
    /// The result is not sound: a defect of the compiler, never of the graph.
    Flaw(Flaw),
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit(limit) => limit.fmt(f),
            Self::Cycle { path } => write!(f, "a bus feeds itself: {}", path.join(" -> ")),
            Self::Latency {
                bus,
                frames,
                max,
                insert,
                insert_bus,
                insert_frames,
            } => {
                write!(
                    f,
                    "bus {bus:?} has {frames} frames of latency, over its {max}"
                )?;
                match insert {
                    Some(id) => write!(
                        f,
                        "; insert {id:?} on bus {insert_bus:?} adds {insert_frames}: \
                         shorten its look-ahead or remove it"
                    ),
                    None => Ok(()),
                }
            }
            Self::Flaw(flaw) => write!(f, "the schedule is not sound: {flaw}"),
        }
    }
}

impl std::error::Error for CompileError {}

/// What the verifier found in a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A slot does not exist.
    OutOfBounds,
    /// A bus, edge or insert occurs twice, or a step reaches into another one's.
    Twice,
    /// A step reads what no earlier step wrote.
    ReadBeforeWrite,
    /// Two ways into one sum differ in latency.
    Misaligned,
    /// The last bus is not the one everything flows into, or something does not reach it.
    Loose,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfBounds => "a slot does not exist",
            Self::Twice => "something is processed twice",
            Self::ReadBeforeWrite => "a step reads what was not written yet",
            Self::Misaligned => "two ways into one sum differ in latency",
            Self::Loose => "a bus does not reach the master",
        })
    }
}
