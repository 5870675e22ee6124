//! What the user does to the instance, done on the main thread; what takes long, on the worker.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use segue_engine::project::{self, Project};
use segue_gui::{Action, merge};

use super::bridge::{Bridge, Request};
use crate::document::Document;
use crate::error::Result;
use crate::factory;
use crate::main_thread::MainThread;
use crate::worker::Message;

/// How something ended that the worker did for the editor.
pub(super) enum Done {
    /// Nothing is left to do.
    Well,
    /// Audio files of this project have been found.
    Found(Arc<Document>),
    /// It failed, and this is why.
    Badly(String),
}

impl MainThread<'_> {
    pub(super) fn act(&self, action: Action) {
        let done = match action {
            Action::OpenPath(path) => self.open(&path),
            Action::OpenFactory => {
                factory::document(factory::NIGHT_CHASE).and_then(|it| self.hold_new(it))
            }
            Action::SavePath(path) => self.save_as(path),
            Action::RelocateTo(id, file) => self.relocate_one(id, file),
            Action::RelocateAllIn(folder) => self.relocate_all(folder),
            _ => Ok(()),
        };
        if let Err(error) = done {
            self.say(&error);
        }
    }

    /// Keeps what the user changed in the mixer of the project `of`, if it is still held.
    pub(super) fn keep(&self, of: &Document, mut changed: Project) {
        let document = self.document();
        if !document.is_same_project(of) {
            return;
        }
        if document.revision() != of.revision() {
            // Somebody else has saved it meanwhile.
            changed = merge(of.project(), &changed, document.project());
        }
        // The parameters keep the macros' values.
        let before = &document.project().macros;
        for (entry, before) in changed.macros.iter_mut().zip(before) {
            entry.value = before.value;
        }
        if changed == *document.project() {
            return;
        }
        match document.with_project(&changed) {
            Ok(changed) => self.change(changed),
            Err(error) => self.say(&error),
        }
    }

    pub(super) fn finish(&self, done: Done) {
        match done {
            Done::Well => {}
            Done::Found(document) if document.is_same_project(&self.document()) => {
                if let Err(error) = self.reload() {
                    self.say(&error);
                }
            }
            Done::Found(_) => {}
            Done::Badly(text) => self.say_text(text),
        }
    }

    fn save_as(&self, path: PathBuf) -> Result<()> {
        let project = self.project_now();
        self.errand(move |document| {
            let open = document.unpack(project.clone())?;
            project::save_as(&open, &project, &path)?;
            Ok(Done::Well)
        })
    }

    /// One file, where the user says: with its folder if that has the project's others too, else as a
    /// copy where the project expects it.
    fn relocate_one(&self, id: u64, file: PathBuf) -> Result<()> {
        let missing = self.unplayable(id);
        let Some(missing) = missing else {
            return Ok(());
        };
        if let Some(root) = root_of(&file, &missing.file) {
            return self.relocate(&root);
        }
        self.errand(move |document| {
            let open = document.unpack(document.project().clone())?;
            project::relocate(&open, &missing.id, &file)?;
            Ok(Done::Found(document))
        })
    }

    /// All of them: the folder of the project itself, or one that has the files somewhere.
    fn relocate_all(&self, folder: PathBuf) -> Result<()> {
        let missing = self.report.borrow().unplayable.clone();
        if missing.iter().any(|it| folder.join(&it.file).is_file()) {
            return self.relocate(&folder);
        }
        self.errand(move |document| {
            let open = document.unpack(document.project().clone())?;
            project::relocate_all(&open, &folder)?;
            Ok(Done::Found(document))
        })
    }

    /// Lets the worker do what takes long; the end of it comes back as a request.
    fn errand(
        &self,
        body: impl FnOnce(Arc<Document>) -> Result<Done> + Send + 'static,
    ) -> Result<()> {
        let Some(bridge) = self.gui.bridge() else {
            return Ok(());
        };
        let document = self.document();
        self.send(Message::Errand(Box::new(move || {
            tell(&bridge, body(document))
        })))
    }
}

fn tell(bridge: &Bridge, done: Result<Done>) {
    let done = done.unwrap_or_else(|error| Done::Badly(error.to_string()));
    bridge.ask(Request::Done(done));
}

/// The folder in which `asset` is `file`.
fn root_of(file: &Path, asset: &str) -> Option<PathBuf> {
    let depth = Path::new(asset).components().count();
    file.ends_with(asset)
        .then(|| file.ancestors().nth(depth))
        .flatten()
        .map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_project_is_found_from_one_of_its_files() {
        let root = |file: &str, asset| root_of(Path::new(file), asset);
        let expected = Some(PathBuf::from("/there/night"));
        assert_eq!(
            root("/there/night/assets/kick.wav", "assets/kick.wav"),
            expected
        );
        assert_eq!(root("/there/night/kick.wav", "assets/kick.wav"), None);
        assert_eq!(root("/there/night/kick.wav", "kick.wav"), expected);
    }
}
