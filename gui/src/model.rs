//! What the editor shows and what it can ask for.

use std::path::PathBuf;

pub(crate) mod analysis;
pub(crate) mod game;
pub(crate) mod snapshot;
pub(crate) mod song;

use snapshot::{BusId, Position, Snapshot};

/// The side of the editor that knows the engine. `[main-thread]`
///
/// Life of a frame:
/// 1. [`Model::refresh`] once, before anything is drawn.
/// 2. [`Model::snapshot`], any number of times; it stays the same for the whole frame.
/// 3. [`Model::act`] for each thing the user did, in the order in which it was done.
///
/// What an action changes appears in a later snapshot, and so does what went wrong: as an
/// [`ErrorReport`](snapshot::ErrorReport). The editor never assumes that an action succeeded.
pub trait Model {
    /// Brings the snapshot up to date. Meter peaks and clips are those since the last call.
    fn refresh(&mut self);

    /// Everything the editor reads.
    fn snapshot(&self) -> &Snapshot;

    /// Does, or begins to do, what the user asked for. Must not wait: loading and saving belong to
    /// other threads. The editor itself lets the user choose files.
    fn act(&mut self, action: Action);
}

/// Something the user asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Open this project: one that the user chose, a recent one, or one dropped on the window.
    OpenPath(PathBuf),
    /// Open the project that comes with Segue.
    OpenFactory,
    /// Save at the project's [`path`](snapshot::Project::path), which it has.
    Save,
    /// Save at this place, where the user agreed to replace what is there: a container if it ends
    /// in `.segue`, else a folder.
    SavePath(PathBuf),
    /// Start the transport.
    Play,
    /// Stop the transport where it is.
    Stop,
    /// Put the transport at a place.
    Seek(Position),
    /// Put the transport at a place in quarter notes from the start.
    SeekTo(f64),
    /// Turn the loop on or off.
    SetLoop(bool),
    /// A hand is on a control: its automation is being written from here on.
    Begin(Control),
    /// A new value for a control, always between its [`Action::Begin`] and its [`Action::End`].
    /// Gain in decibels (negative infinity: silence), pan in -1..=1, a macro and a game value in 0..=1.
    Set(Control, f32),
    /// The hand let go.
    End(Control),
    /// Mute or unmute a bus.
    SetMute(BusId, bool),
    /// Solo or unsolo a bus.
    SetSolo(BusId, bool),
    /// Post the event at this place of [`Game::events`](game::Game::events), on no object.
    Post(usize),
    /// Fade out everything that posts play.
    StopPosts,
    /// Set the state group at the first place to the value at the second.
    SetState(usize, usize),
    /// Measure this bus from now on, and no other: [`analysis`](snapshot::Snapshot::analysis).
    Analyse(BusId),
    /// Forget what was measured: a new programme begins.
    ResetAnalysis,
    /// Let integrated loudness and loudness range wait, or go on.
    PauseAnalysis(bool),
    /// A missing asset is this file.
    RelocateTo(u64, PathBuf),
    /// Look for all missing assets in this folder.
    RelocateAllIn(PathBuf),
    /// The user chose the item of the owner's [`menu`](snapshot::Snapshot::menu) with this id.
    Chosen(u32),
    /// The user has read an error.
    DismissError(u64),
    /// Silence, now: all notes off, all voices stopped.
    Panic,
}

/// A value that can be held, dragged and automated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Control {
    /// The fader of a bus, in decibels.
    Gain(BusId),
    /// The pan of a bus: -1 left, 0 centre, 1 right.
    Pan(BusId),
    /// A macro by its index, normalised to 0..=1.
    Macro(usize),
    /// A game value by its place in [`Game::rtpcs`](game::Game::rtpcs), normalised to 0..=1.
    Rtpc(usize),
}
