//! Files that the user chooses in the editor's own dialog, down to the disk and up to the ear.

use std::fs;
use std::path::Path;

use segue_engine::format::container::{Package, PluginState};
use segue_plugin::Kind;

use super::screen::RETURN;
use super::{Editor, Screen};
use crate::host::{Event, Host};
use crate::projects::{project, state, wav};

// In an editor of the usual size.
/// *Locate* of the only asset that is missing.
const LOCATE: [i16; 2] = [752, 346];
/// The line with the path, in a dialog for files that are there and in one for new ones.
const PATH: [i16; 2] = [560, 176];
const NEW_PATH: [i16; 2] = [560, 156];
/// The first file, and the button that takes it.
const FIRST: [i16; 2] = [620, 212];
const USE: [i16; 2] = [850, 526];
const MENU: [i16; 2] = [28, 28];
const SAVE_AS: [i16; 2] = [46, 178];

/// Replaces a line of text, once it has the keyboard, and presses Enter.
fn fill(editor: &Editor, line: [i16; 2], text: &str) {
    let screen = Screen::get();
    let before = editor.look();
    screen.click(line);
    screen.wait_until("the keyboard", || screen.has_keyboard(editor.parent));
    editor.look_again(&before);
    screen.ctrl(u32::from(b'a'));
    screen.type_text(text);
    screen.key(RETURN);
}

/// The level of the sound on key 60.
fn level(host: &mut Host) -> f32 {
    let out = host.render(4_096, &[], &[(0, Event::On(60, 1.0))], &[256]);
    out[0][2_000].abs()
}

/// A session whose only audio file lies in a folder that is gone.
fn without_its_folder(gone: &Path) -> Vec<u8> {
    let mut package = Package::new(project(&state()).to_json().unwrap()).unwrap();
    let plugin = PluginState {
        assets_root: Some(gone.to_str().unwrap().to_owned()),
        ..PluginState::default()
    };
    package.set_plugin_state(&plugin).unwrap();
    package.to_bytes().unwrap()
}

#[test]
fn a_missing_file_is_located_and_heard() {
    let screen = Screen::get();
    let folder = tempfile::tempdir().unwrap();
    let (gone, found) = (folder.path().join("gone"), folder.path().join("found"));
    fs::create_dir(&found).unwrap();
    fs::write(found.join("kick.wav"), wav()).unwrap();
    let mut host = Host::playing(Kind::Instrument, &without_its_folder(&gone));
    assert_eq!(level(&mut host), 0.0);
    let editor = Editor::open(&mut host);
    let asked = editor.look();
    screen.click(LOCATE);
    editor.look_again(&asked);
    fill(&editor, PATH, found.to_str().unwrap());
    // The folder is read meanwhile: what is not there yet cannot be clicked.
    screen.wait_until("the sound", || {
        screen.click(FIRST);
        screen.click(USE);
        host.idle();
        level(&mut host) > 0.1
    });
    assert_eq!(fs::read(gone.join("assets/step.wav")).unwrap(), wav());
    assert_eq!(host.error(), None);
    let saved = host.save();
    // The reference stays, and the file is known again by what is in it.
    let asset = &project(&saved).assets[0];
    assert_eq!(asset.file, "assets/step.wav");
    assert!(asset.hash.is_some());
    editor.close(&mut host);

    let mut again = Host::playing(Kind::Instrument, &saved);
    assert!(level(&mut again) > 0.1);
}

#[test]
fn a_project_is_saved_as_a_file_and_as_a_folder() {
    let screen = Screen::get();
    let folder = tempfile::tempdir().unwrap();
    let (packed, open) = (folder.path().join("kept.segue"), folder.path().join("kept"));
    let mut host = Host::playing(Kind::Instrument, &state());
    let editor = Editor::open(&mut host);
    for (target, proof) in [
        (&packed, packed.clone()),
        (&open, open.join("project.json")),
    ] {
        let before = editor.look();
        screen.click(MENU);
        let menu = editor.look_again(&before);
        screen.click(SAVE_AS);
        editor.look_again(&menu);
        fill(&editor, NEW_PATH, target.to_str().unwrap());
        screen.wait_until("the saved project", || {
            host.idle();
            proof.is_file()
        });
    }
    assert_eq!(host.error(), None);
    assert_eq!(project(&fs::read(&packed).unwrap()), project(&state()));
    assert_eq!(fs::read(open.join("assets/step.wav")).unwrap(), wav());
    editor.close(&mut host);

    // What was saved opens, and plays.
    for path in [&packed, &open] {
        let held = segue_engine::project::open(path).unwrap();
        assert_eq!(held.project, project(&state()));
        assert!(held.missing.is_empty());
    }
    let mut again = Host::playing(Kind::Instrument, &fs::read(&packed).unwrap());
    assert!(level(&mut again) > 0.1);
}
