//! What music asks of whoever plays it.

use super::course::{Course, DuckCourse};
use super::grid::Granted;
use crate::ids::{NodeIx, StingerIx};
use crate::source::Sync;

/// One start of a node; never used twice by the same machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlayNo(pub u64);

/// What a play is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A segment, or a filler before one.
    Segment,
    /// A filler together with a segment.
    Filler,
    /// An adaptive layer.
    Layer,
    /// A stinger: not ducked.
    Stinger,
}

/// A node that starts now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StartPlay {
    /// Its number.
    pub play: PlayNo,
    /// What it is for.
    pub role: Role,
    /// Sound or container.
    pub node: NodeIx,
    /// Frame of the engine's rate within it, its loops unrolled.
    pub offset: u64,
    /// Frames of the engine's rate that repeat without end; `None` as the node says.
    pub looping: Option<[u64; 2]>,
    /// -1..=1, added to the node's.
    pub pan: f32,
    /// Its gain, on top of the node's.
    pub course: Course,
}

/// Which duck; the music's gain is the product of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DuckSlot {
    /// The stinger of the music.
    MusicStinger = 0,
    /// A change of level or context.
    Transition = 1,
    /// A stinger of the adaptive profile.
    AdaptiveStinger = 2,
}

/// A wish that holds from the frame on at which it comes out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Command {
    /// Starts a node.
    Start(StartPlay),
    /// Gives a play another course; it begins with the gain that the old one has now.
    Fade {
        /// Whose.
        play: PlayNo,
        /// The new gain.
        course: Course,
        /// The play ends where the course ends.
        stop: bool,
    },
    /// Moves the pan of a play in a straight line.
    Pan {
        /// Whose.
        play: PlayNo,
        /// -1..=1, added to the node's.
        pan: f32,
        /// Frames from now on.
        ramp: u32,
    },
    /// A loop of the play ends with this pass.
    LeaveLoop(PlayNo),
    /// Another course of one duck.
    Duck(DuckSlot, DuckCourse),
    /// For telemetry: what was asked for and what was granted.
    Sync(SyncRow),
    /// For telemetry: a stinger that waited does not come, another one does.
    GaveWay(StingerIx),
}

/// A granted point of a grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SyncRow {
    /// Frame of the request.
    pub asked_at: u64,
    /// The grid that was asked for.
    pub asked: Sync,
    /// The grid that was granted.
    pub granted: Sync,
    /// Its point.
    pub frame: u64,
    /// Distance of that frame from the exact point, in frames: within ±½.
    pub error_smp: f32,
}

impl SyncRow {
    /// What was granted to a request at frame `asked_at`.
    #[expect(clippy::cast_possible_truncation, reason = "within ±½")]
    pub(crate) fn new(asked_at: u64, asked: Sync, granted: &Granted) -> Self {
        let point = granted.point;
        Self {
            asked_at,
            asked,
            granted: granted.sync,
            frame: point.frame,
            error_smp: (point.frame as f64 - point.exact) as f32,
        }
    }

    /// The same, later by so many frames: it was paused.
    pub(crate) fn later(self, by: u64) -> Self {
        let frame = self.frame.saturating_add(by);
        Self { frame, ..self }
    }
}

/// Most commands of one call: a context of 40 layers that goes and one that comes.
pub const COMMANDS: usize = 128;

/// The commands of one call, in order. It cannot be filled by what one call may ask for; beyond
/// that they are dropped and counted.
#[derive(Clone, Debug)]
pub struct Commands {
    list: Box<[Option<Command>; COMMANDS]>,
    count: usize,
    lost: u64,
}

impl Default for Commands {
    /// Allocates. `[main-thread]`
    fn default() -> Self {
        Self {
            list: Box::new([None; COMMANDS]),
            count: 0,
            lost: 0,
        }
    }
}

impl Commands {
    /// Forgets all of them. `[audio-thread]`
    pub fn clear(&mut self) {
        self.count = 0;
    }

    /// All, in the order in which they hold. `[audio-thread]`
    pub fn iter(&self) -> impl Iterator<Item = &Command> {
        self.list[..self.count].iter().flatten()
    }

    /// How many were dropped since this was made. `[audio-thread]`
    pub fn lost(&self) -> u64 {
        self.lost
    }

    pub(crate) fn push(&mut self, command: Command) {
        match self.list.get_mut(self.count) {
            Some(free) => {
                *free = Some(command);
                self.count += 1;
            }
            None => self.lost += 1,
        }
    }
}
