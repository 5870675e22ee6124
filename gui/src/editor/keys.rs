//! Keys that mean the same everywhere, and files that are dropped anywhere.

use egui::{Key, KeyboardShortcut, Modifiers, Ui};

use crate::gesture::{Ask, Requests};
use crate::model::Action;
use crate::model::snapshot::{ProjectState, Snapshot};

pub(crate) const OPEN: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::O);
pub(crate) const SAVE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::S);
pub(crate) const SAVE_AS: KeyboardShortcut =
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::S);
const PLAY: KeyboardShortcut = KeyboardShortcut::new(Modifiers::NONE, Key::Space);

/// A shortcut as this system writes it.
pub(crate) fn text(ui: &Ui, shortcut: &KeyboardShortcut) -> String {
    ui.ctx().format_shortcut(shortcut)
}

/// Takes keys before any view sees them: Space plays and stops wherever the focus is, unless
/// something is typed. A focused button is pressed with Enter.
pub(crate) fn handle(ui: &Ui, snapshot: &Snapshot, requests: &mut Requests) {
    let pressed = |shortcut| ui.input_mut(|input| input.consume_shortcut(shortcut));
    let has_project = snapshot.project.state == ProjectState::Ready;
    // The longer shortcut first: the shorter one matches it too.
    if pressed(&SAVE_AS) && has_project {
        requests.ask(Ask::SaveAs);
    }
    if pressed(&SAVE) && has_project {
        requests.save(snapshot.project.path.is_some());
    }
    if pressed(&OPEN) {
        requests.ask(Ask::Open);
    }
    let transport = &snapshot.transport;
    let has_transport = snapshot.master.is_some() && !transport.is_hosted;
    if has_transport && !ui.ctx().text_edit_focused() && pressed(&PLAY) {
        requests.push(if transport.is_playing {
            Action::Stop
        } else {
            Action::Play
        });
    }
    drop_files(ui, requests);
}

/// The first of the dropped files is the project; a plug-in's host may drop none.
fn drop_files(ui: &Ui, requests: &mut Requests) {
    let path = ui.input(|input| Some(input.raw.dropped_files.first()?.path().to_owned()));
    if let Some(path) = path.filter(|path| !path.as_os_str().is_empty()) {
        requests.push(Action::OpenPath(path));
    }
}
