//! The bars around the mixer: project, transport, errors, status, and the dialog.

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers, OutputCommand};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use segue_gui::{Action, MenuItem, Position};

use crate::model::{empty, failing, loading, missing, playing};
use crate::stage::{User, stage};

#[test]
fn the_header_says_who_keeps_the_project() {
    let said = |change: fn(&mut segue_gui::Project)| {
        let mut snapshot = playing(3);
        snapshot.project.is_dirty = false;
        change(&mut snapshot.project);
        let user = stage(snapshot);
        let notes = ["Saved", "Not saved", "Edited", "In the session"];
        notes.map(|note| user.query_by_label(note).is_some())
    };
    assert_eq!(said(|_| ()), [true, false, false, false]);
    assert_eq!(said(|it| it.path = None), [false, true, false, false]);
    assert_eq!(said(|it| it.is_dirty = true), [false, false, true, false]);
    let in_session = |it: &mut segue_gui::Project| {
        it.path = None;
        it.is_in_session = true;
    };
    assert_eq!(said(in_session), [false, false, false, true]);
}

#[test]
fn the_transport_is_played_by_its_buttons() {
    let mut user = stage(playing(3));
    for (label, action) in [
        ("Stop", Action::Stop),
        ("Stop", Action::Seek(Position::START)),
        ("Play", Action::Play),
        ("Go to start", Action::Seek(Position::START)),
        ("Loop 5|1.00 – 13|1.00", Action::SetLoop(false)),
        ("Loop 5|1.00 – 13|1.00", Action::SetLoop(true)),
        ("Panic: silence all voices", Action::Panic),
    ] {
        user.click(label);
        assert_eq!(user.take(), [action], "{label}");
    }
    user.click("Position in bars and beats");
    user.enter("7|2.5");
    assert_eq!(user.take(), [Action::Seek(Position { bar: 7, beat: 2.5 })]);
}

#[test]
fn keys_work_wherever_the_focus_is() {
    let mut user = stage(playing(3));
    for _ in 0..2 {
        for (modifiers, key, action) in [
            (Modifiers::NONE, Key::Space, Action::Stop),
            (Modifiers::NONE, Key::Space, Action::Play),
            (Modifiers::COMMAND, Key::S, Action::Save),
        ] {
            user.press(modifiers, key);
            assert_eq!(user.take(), [action]);
        }
        user.get_by_label("Mute of Music").focus();
        user.run();
    }
    user.press(Modifiers::NONE, Key::Enter);
    assert_eq!(
        user.take().len(),
        1,
        "Enter presses the button with the focus"
    );
}

#[test]
fn space_is_a_character_while_something_is_typed_and_the_hosts_while_it_plays() {
    let mut user = stage(playing(3));
    user.click("Type gain of Music");
    user.press(Modifiers::NONE, Key::Space);
    assert_eq!(user.take(), []);

    let mut snapshot = playing(3);
    snapshot.transport.is_hosted = true;
    let mut user = stage(snapshot);
    user.press(Modifiers::NONE, Key::Space);
    user.click("Stop");
    user.click("Position in bars and beats");
    assert_eq!(user.take(), []);
}

#[test]
fn the_focus_walks_by_tab_in_reading_order() {
    let mut user = stage(playing(2));
    let mut seen = Vec::new();
    for _ in 0..16 {
        user.press(Modifiers::NONE, Key::Tab);
        let nodes = user.root().children_recursive();
        let focused = nodes
            .into_iter()
            .find(|node| node.is_focused())
            .expect("a focus");
        seen.push(focused.accesskit_node().label().expect("a name"));
    }
    let expected = [
        "Menu",
        "Go to start",
        "Stop",
        "Play",
        "Loop 5|1.00 – 13|1.00",
        "Panic: silence all voices",
        "Pan of Music",
        "Gain of Music",
        "Mute of Music",
        "Solo of Music",
        "Pan of Drums",
        "Gain of Drums",
        "Mute of Drums",
        "Solo of Drums",
        "Pan of Master",
        "Gain of Master",
    ];
    assert_eq!(seen, expected);
}

#[test]
fn the_menu_opens_and_saves() {
    let mut snapshot = playing(3);
    snapshot.recent = empty().recent;
    snapshot.menu = vec![MenuItem {
        id: 7,
        name: "Bounce to file…".to_owned(),
        shortcut: "Ctrl+B".to_owned(),
        is_enabled: true,
    }];
    let mut user = stage(snapshot);
    for (item, action) in [
        ("Open factory project", Action::OpenFactory),
        ("Save Ctrl+S", Action::Save),
        ("Bounce to file… Ctrl+B", Action::Chosen(7)),
    ] {
        user.click("Menu");
        user.click(item);
        assert_eq!(user.take(), [action], "{item}");
    }
    user.click("Menu");
    user.click("Open recent");
    user.click("Night Drive");
    assert_eq!(
        user.take(),
        [Action::OpenPath(PathBuf::from("projects/Night Drive"))]
    );
}

#[test]
fn an_empty_editor_says_how_to_begin() {
    let mut user = stage(empty());
    user.click("Try the factory project");
    user.click("Harbour at Dawn");
    let path = PathBuf::from("projects/Harbour at Dawn");
    assert_eq!(user.take(), [Action::OpenFactory, Action::OpenPath(path)]);
    user.press(Modifiers::NONE, Key::Space);
    user.press(Modifiers::COMMAND, Key::S);
    user.click("Play");
    assert_eq!(user.take(), [], "there is nothing to play or save");
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("never read".to_owned())
    }
}

#[test]
fn a_dropped_project_is_opened() {
    let mut user = stage(empty());
    let path = PathBuf::from("projects/new");
    user.input_mut()
        .dropped_files
        .push(std::sync::Arc::new(Dropped(path.clone())));
    user.step();
    user.step();
    assert_eq!(user.take(), [Action::OpenPath(path)]);
}

#[test]
fn loading_shows_how_far_it_is() {
    let user = stage(loading());
    let bar = user
        .get_by_label("Loading")
        .accesskit_node()
        .numeric_value();
    assert!((bar.expect("a value") - 0.42).abs() < 1e-6);
    assert!(user.query_by_label_contains("42 %").is_some());
    let mut snapshot = playing(3);
    snapshot.project.state = loading().project.state;
    let user = stage(snapshot);
    assert!(
        user.query_by_label("Gain of Music").is_some(),
        "what was there keeps playing"
    );
}

#[test]
fn errors_are_told_copied_and_dismissed() {
    let mut user = stage(failing(1));
    assert!(user.query_by_label_contains("Free some space").is_some());
    user.get_by_label("Copy error").click();
    user.step();
    let copied: Vec<_> = user.output().platform_output.commands.clone();
    let told = "The project could not be saved\nprojects/harbour-1/project.json: no space left on \
                the device\nFree some space and save again, or save it somewhere else.";
    assert!(
        matches!(&copied[..], [OutputCommand::CopyText(text)] if text == told),
        "{copied:?}"
    );
    user.run();
    user.click("Dismiss error");
    assert_eq!(user.take(), [Action::DismissError(1)]);
    assert!(user.query_by_label("Dismiss error").is_none());
}

#[test]
fn missing_assets_are_found_or_left() {
    let mut user = stage(missing(3));
    user.click("Go on without");
    assert!(user.query_by_label("Locate Kick 01").is_none());
    user.click("3 assets missing");
    assert!(user.query_by_label("Locate Kick 01").is_some());
}

#[test]
fn a_dialog_keeps_the_rest_out_of_reach() {
    let mut user = stage(missing(3));
    let place = user.slider("Gain of Master").rect().center();
    user.hover_at(place);
    user.drag_at(place);
    user.run();
    user.send(egui::Event::PointerMoved(place + crate::stage::up(50.0)));
    assert_eq!(user.take(), []);
}
