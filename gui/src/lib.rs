//! Segue's editor: what the plug-in window, the app window and the tests all show.
//!
//! The views read one [`Snapshot`] of a [`Model`] a frame and ask for [`Action`]s. They know no
//! plug-in, no audio device, no file and no thread; they keep only what belongs to looking: held
//! peaks, a half-typed number, a scroll position. An owner does three things:
//!
//! 1. [`theme::install`] once per [`egui::Context`].
//! 2. [`Editor::show`] in every frame, with its model.
//! 3. [`Editor::close`] when the window goes, so that a knob in the user's hand is let go.
//!
//! It also keeps an [`EditorSize`] and gives it back when the window opens again.
//!
//! Everything here runs on the thread of the window: `[main-thread]`.
#![forbid(unsafe_code)]

mod ballistics;
mod editor;
mod gesture;
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
pub use model::snapshot::{
    Bus, BusId, ErrorReport, Levels, Loop, Macro, MacroSlot, MissingAsset, Performance, Position,
    Project, ProjectState, Snapshot, Transport,
};
pub use model::{Action, Control, Model};
pub use repaint::{ACTIVE_INTERVAL, IDLE_INTERVAL, Repaint};
pub use scale::{MAX_GAIN_DB, SCALE_BOTTOM_DB, SCALE_TOP_DB, db_from_travel, travel_from_db};
pub use size::EditorSize;
