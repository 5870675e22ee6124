//! What an editor sees of an instance and can do to it. Knows no window system.

use std::path::Path;
use std::sync::atomic::Ordering;

use segue_engine::Unplayable;
use segue_engine::format::container::EditorSize;
use segue_engine::project::Project;

use crate::edits::Edit;
use crate::error::Result;
use crate::factory;
use crate::main_thread::MainThread;
use crate::params::Param;
use crate::worker::{Call, Message};

/// An instance as its editor sees it. `[main-thread]`, never waits for the audio thread.
pub struct EditorModel<'a>(&'a MainThread<'a>);

/// How the last load went.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadState {
    /// Share of the load under way, 0..=1; none when nothing is being loaded.
    pub progress: Option<f32>,
    /// Audio files that do not play, and why.
    pub unplayable: Vec<Unplayable>,
    /// What went wrong last.
    pub error: Option<String>,
}

impl<'a> EditorModel<'a> {
    /// The editor's side of an instance.
    pub fn new(main_thread: &'a MainThread<'a>) -> Self {
        Self(main_thread)
    }

    /// The project that is held.
    pub fn project(&self) -> Project {
        self.0.document().project().clone()
    }

    /// How the last load went.
    pub fn load_state(&self) -> LoadState {
        LoadState {
            progress: self.0.core().status().progress,
            unplayable: self.0.report.borrow().unplayable.clone(),
            error: self.0.error.borrow().clone(),
        }
    }

    /// The engine that plays: position, meters, counts. `None` while none does.
    pub fn engine(&self) -> Option<segue_engine::Shared> {
        self.0.core().status().engine.clone()
    }

    /// Samples of the inputs that were no numbers, heard as silence, since the instance was made.
    pub fn bad_input(&self) -> u64 {
        self.0.core().bad_input.load(Ordering::Relaxed)
    }

    /// Events that came faster than they could be queued, since the instance was made.
    pub fn lost_events(&self) -> u64 {
        self.0.core().lost_events.load(Ordering::Relaxed)
    }

    /// A parameter's value as the host knows it.
    pub fn value(&self, param: Param) -> f64 {
        self.0.core().values.get(param)
    }

    /// A parameter's name.
    pub fn name(&self, param: Param) -> String {
        self.0.param_name(param).0
    }

    /// A hand takes hold of a parameter. False when too much waits for the host: try again.
    pub fn begin(&self, param: Param) -> bool {
        self.0.edit(Edit::Begin(param))
    }

    /// It moves it.
    pub fn set(&self, param: Param, value: f64) -> bool {
        self.0.edit(Edit::Set(param, value))
    }

    /// It lets go.
    pub fn end(&self, param: Param) -> bool {
        self.0.edit(Edit::End(param))
    }

    /// Opens a project or preset; the one that plays goes on until it is loaded, and when it cannot
    /// be.
    ///
    /// # Errors
    /// What is wrong with it, but for what only loading finds: see [`EditorModel::load_state`].
    pub fn open(&self, path: &Path) -> Result<()> {
        self.0.open(path)
    }

    /// Opens the factory project.
    ///
    /// # Errors
    /// As [`EditorModel::open`].
    pub fn open_factory(&self) -> Result<()> {
        self.0.hold_new(factory::document(factory::NIGHT_CHASE)?)
    }

    /// Looks for missing audio files in another folder.
    ///
    /// # Errors
    /// As [`EditorModel::open`].
    pub fn relocate(&self, folder: &Path) -> Result<()> {
        self.0.relocate(folder)
    }

    /// Does something to the engine that plays, soon and on another thread: faders, mutes,
    /// transport. What cannot be done is not done.
    ///
    /// # Errors
    /// [`crate::Error::NoWorker`].
    pub fn call(&self, call: Call) -> Result<()> {
        self.0.send(Message::Call(call))
    }

    /// The editor's size of the session.
    pub fn size(&self) -> Option<EditorSize> {
        self.0.editor_size.get()
    }

    /// Keeps the editor's size in the session.
    pub fn set_size(&self, size: EditorSize) {
        if self.0.editor_size.replace(Some(size)) != Some(size) {
            self.0.mark_dirty();
        }
    }
}
