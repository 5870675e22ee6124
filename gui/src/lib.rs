//! Segue's editor: what the plug-in window, the app window and the tests all show.
//!
//! The views read one [`Snapshot`] of a [`Model`] a frame and ask for [`Action`]s. They know no
//! plug-in and no audio device; they keep only what belongs to looking: held peaks, a half-typed
//! number, a scroll position. Files are chosen in the editor itself, by a [`files::FileDialog`] that
//! needs no desktop. An owner does three things:
//!
//! 1. [`theme::install`] once per [`egui::Context`].
//! 2. [`Editor::show`] in every frame, with its model.
//! 3. [`Editor::close`] when the window goes, so that a knob in the user's hand is let go.
//!
//! A model of a real engine keeps a [`LivePicture`], which makes the snapshot out of a [`LiveEngine`]
//! and the project that is held, and turns actions into [`Call`]s for the engine's control thread.
//!
//! It also keeps an [`EditorSize`] and gives it back when the window opens again.
//!
//! Everything here runs on the thread of the window: `[main-thread]`.
#![forbid(unsafe_code)]

mod ballistics;
pub mod dialog;
mod editor;
pub mod files;
mod frame;
mod gesture;
mod live;
mod model;
mod repaint;
mod scale;
mod size;
pub mod text;
pub mod theme;
mod views;
mod widgets;

pub use ballistics::{FALL_DB_PER_SECOND, HOLD_SECONDS, MeterBallistics};
pub use editor::Editor;
pub use frame::frame_end;
pub use live::{Call, LiveEngine, LivePicture, Loading};
pub use model::analysis::{Analysis, InsertReading};
pub use model::game::{Game, GameEvent, GameState};
pub use model::snapshot::{
    Bus, BusId, ErrorReport, Levels, Loop, Macro, MacroSlot, MenuItem, MissingAsset, Performance,
    Position, Project, ProjectState, Snapshot, Transport,
};
pub use model::song::{Lane, Piece, Song};
pub use model::{Action, Control, Model};
pub use repaint::{ACTIVE_INTERVAL, IDLE_INTERVAL, Repaint};
pub use scale::{MAX_GAIN_DB, SCALE_BOTTOM_DB, SCALE_TOP_DB, db_from_travel, travel_from_db};
pub use size::EditorSize;
