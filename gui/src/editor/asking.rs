//! What the user is asked for a file for, and what becomes of the answer.

use std::path::{Path, PathBuf};

use egui::Ui;

use crate::files::{FileDialog, Pick, Purpose};
use crate::gesture::{Ask, Requests};
use crate::model::Action;
use crate::model::snapshot::Snapshot;

/// Extensions of the audio files that a missing one can be.
const AUDIO: [&str; 13] = [
    "wav", "wave", "bwf", "aif", "aiff", "aifc", "flac", "mp3", "ogg", "oga", "m4a", "aac", "caf",
];

/// The dialog and what it is for.
#[derive(Debug)]
pub(crate) struct Asking {
    dialog: FileDialog,
    ask: Option<Ask>,
}

impl Default for Asking {
    fn default() -> Self {
        Self::new(FileDialog::new())
    }
}

impl Asking {
    pub(crate) fn new(dialog: FileDialog) -> Self {
        Self { dialog, ask: None }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.dialog.is_open()
    }

    /// Opens the dialog for what was asked, draws it, and makes the answer a request.
    pub(crate) fn show(&mut self, ui: &Ui, snapshot: &Snapshot, requests: &mut Requests) {
        if let Some(ask) = requests.take_asked()
            && let Some(purpose) = purpose(ask, snapshot)
        {
            self.dialog.open(purpose, near(ask, snapshot));
            self.ask = Some(ask);
        }
        let Some(path) = self.dialog.show(ui) else {
            return;
        };
        if let Some(ask) = self.ask.take() {
            requests.push(answer(ask, path));
        }
    }
}

fn answer(ask: Ask, path: PathBuf) -> Action {
    match ask {
        Ask::Open => Action::OpenPath(path),
        Ask::SaveAs => Action::SavePath(path),
        Ask::Relocate(id) => Action::RelocateTo(id, path),
        Ask::RelocateAll => Action::RelocateAllIn(path),
    }
}

/// Where the dialog begins: beside the project, or beside the one that was open last.
fn near(ask: Ask, snapshot: &Snapshot) -> Option<&Path> {
    let project = snapshot.project.path.as_deref();
    let recent = || snapshot.recent.first().map(PathBuf::as_path);
    match ask {
        Ask::Open | Ask::SaveAs => project.or_else(recent),
        Ask::Relocate(_) | Ask::RelocateAll => project,
    }
}

/// `None` if it has become pointless: the asset was found.
fn purpose(ask: Ask, snapshot: &Snapshot) -> Option<Purpose> {
    let (title, verb, pick) = match ask {
        Ask::Open => ("Open project".to_owned(), "Open", Pick::Project),
        Ask::SaveAs => {
            let name = snapshot.project.name.clone();
            let pick = Pick::NewProject { name };
            ("Save project as".to_owned(), "Save", pick)
        }
        Ask::Relocate(id) => {
            let asset = snapshot.missing.iter().find(|asset| asset.id == id)?;
            let title = ["Where is ", &asset.name, "?"].concat();
            (title, "Use this file", Pick::File(AUDIO.to_vec()))
        }
        Ask::RelocateAll => {
            let title = "Look for missing assets in".to_owned();
            (title, "Look here", Pick::Folder)
        }
    };
    Some(Purpose {
        title,
        verb: verb.to_owned(),
        pick,
    })
}
