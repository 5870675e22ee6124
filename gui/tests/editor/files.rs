//! Choosing files in the editor: by pointer, by keys, by typing a path.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use segue_gui::files::FileDialog;
use segue_gui::{Action, Editor, Snapshot};

use crate::model::{Stage, empty, missing, playing};
use crate::stage::{User as _, stage};

/// A home with a project in a folder, one in a file, and a sound.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    for file in [
        "games/harbour/project.json",
        "games/Night Drive.segue",
        "games/kick.wav",
        "games/letter.txt",
        "Music/loops/a.wav",
        "readme.txt",
    ] {
        let path = home.path().join(file);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, b"x").expect("a file");
    }
    home
}

fn at_home(home: &tempfile::TempDir, snapshot: Snapshot) -> Harness<'static, Stage> {
    let mut user = stage(snapshot);
    let files = FileDialog::in_home(home.path().to_owned());
    user.state_mut().editor = Editor::with_files(files);
    user
}

/// Draws frames until something is there: folders are read on another thread.
fn wait(user: &mut Harness<'_, Stage>, what: &str, is_there: impl Fn(&Harness<'_, Stage>) -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !is_there(user) {
        assert!(Instant::now() < end, "{what} does not come");
        std::thread::yield_now();
        user.step();
    }
    user.run();
}

fn wait_for(user: &mut Harness<'_, Stage>, label: &str) {
    wait(user, label, |user| user.query_by_label(label).is_some());
}

fn double_click(user: &mut Harness<'_, Stage>, label: &str) {
    // So long that a click before does not count.
    user.run_steps(60);
    for _ in 0..2 {
        user.get_by_label(label).click();
        user.step();
        user.step();
    }
}

fn type_into(user: &mut Harness<'_, Stage>, label: &str, text: &str) {
    user.get_by_role_and_label(egui::accesskit::Role::TextInput, label)
        .focus();
    user.run();
    user.press(Modifiers::COMMAND, Key::A);
    user.enter(text);
}

/// The first thing that is asked for.
fn asked(user: &mut Harness<'_, Stage>) -> Action {
    wait(user, "an action", |user| {
        !user.state().model.actions.is_empty()
    });
    user.take().remove(0)
}

#[test]
fn a_project_is_opened_by_the_pointer() {
    let home = home();
    let mut user = at_home(&home, empty());
    user.state_mut().model.snapshot.recent.clear();
    user.run();
    user.click("Open project…");
    wait_for(&mut user, "games");
    assert!(user.query_by_label("readme.txt").is_none(), "no project");
    double_click(&mut user, "games");
    wait_for(&mut user, "harbour");
    assert!(user.query_by_label("letter.txt").is_none());
    user.get_by_label("Night Drive.segue").click();
    user.run();
    user.click("Open");
    let path = home.path().join("games/Night Drive.segue");
    assert_eq!(asked(&mut user), Action::OpenPath(path));
    assert!(user.query_by_label("harbour").is_none(), "it is closed");
    user.press(Modifiers::COMMAND, Key::O);
    wait_for(&mut user, "harbour");
    user.press(Modifiers::NONE, Key::Escape);
    assert!(user.query_by_label("harbour").is_none());
    assert_eq!(user.take(), []);
}

#[test]
fn a_project_is_opened_by_keys_alone() {
    let home = home();
    let mut user = at_home(&home, empty());
    user.state_mut().model.snapshot.recent.clear();
    user.press(Modifiers::COMMAND, Key::O);
    wait_for(&mut user, "games");
    user.press(Modifiers::NONE, Key::ArrowDown);
    user.press(Modifiers::NONE, Key::Enter);
    wait_for(&mut user, "harbour");
    user.press(Modifiers::NONE, Key::Backspace);
    wait_for(&mut user, "Music");
    user.press(Modifiers::NONE, Key::ArrowDown);
    user.press(Modifiers::NONE, Key::Enter);
    wait_for(&mut user, "harbour");
    user.press(Modifiers::NONE, Key::ArrowDown);
    user.press(Modifiers::NONE, Key::Enter);
    let path = home.path().join("games/harbour");
    assert_eq!(asked(&mut user), Action::OpenPath(path));
}

#[test]
fn a_path_is_typed_and_what_is_not_there_is_said() {
    let home = home();
    let mut user = at_home(&home, empty());
    user.state_mut().model.snapshot.recent.clear();
    user.press(Modifiers::COMMAND, Key::O);
    wait_for(&mut user, "games");
    type_into(&mut user, "Path", "nowhere");
    wait(&mut user, "a note", |user| {
        user.query_by_label_contains("there is nothing").is_some()
    });
    type_into(&mut user, "Path", "games/harbour");
    let path = home.path().join("games/harbour");
    assert_eq!(asked(&mut user), Action::OpenPath(path));
}

#[test]
fn a_project_is_saved_and_replaced_only_on_a_second_word() {
    let home = home();
    let mut snapshot = playing(3);
    snapshot.project.path = None;
    let mut user = at_home(&home, snapshot);
    user.press(Modifiers::COMMAND, Key::S);
    wait_for(&mut user, "games");
    user.click("Save");
    let path = home.path().join("Harbour at Dawn");
    assert_eq!(asked(&mut user), Action::SavePath(path));

    user.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::S);
    wait_for(&mut user, "games");
    user.get_by_label("One file").click();
    user.run();
    type_into(&mut user, "Name", "games/Night Drive");
    wait_for(&mut user, "Replace");
    assert_eq!(user.take(), []);
    user.click("Replace");
    let path = home.path().join("games/Night Drive.segue");
    assert_eq!(asked(&mut user), Action::SavePath(path));

    user.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::S);
    wait_for(&mut user, "games");
    type_into(&mut user, "Name", "games");
    wait(&mut user, "a note", |user| {
        user.query_by_label_contains("There is a folder").is_some()
    });
    assert!(user.query_by_label("Replace").is_none());
    assert_eq!(user.take(), []);
}

#[test]
fn a_missing_asset_is_shown_the_way() {
    let home = home();
    let mut user = at_home(&home, missing(3));
    user.state_mut().model.snapshot.project.path = None;
    user.click("Locate Kick 02");
    wait_for(&mut user, "games");
    double_click(&mut user, "games");
    wait_for(&mut user, "kick.wav");
    user.get_by_label("kick.wav").click();
    user.run();
    user.click("Use this file");
    let path = home.path().join("games/kick.wav");
    assert_eq!(asked(&mut user), Action::RelocateTo(2, path));

    user.click("Look in a folder…");
    wait_for(&mut user, "harbour");
    user.click("Look here");
    let path = home.path().join("games");
    assert_eq!(asked(&mut user), Action::RelocateAllIn(path));
}

#[test]
fn a_dialog_has_the_keys_for_itself() {
    let home = home();
    let mut user = at_home(&home, playing(3));
    user.press(Modifiers::COMMAND, Key::O);
    user.press(Modifiers::NONE, Key::Space);
    user.press(Modifiers::COMMAND, Key::S);
    assert_eq!(user.take(), []);
}

#[test]
fn dialogs_look_as_they_did() {
    let home = home();
    let mut user = at_home(&home, playing(9));
    user.state_mut().model.snapshot.project.path = None;
    user.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::S);
    wait_for(&mut user, "games");
    type_into(&mut user, "Path", "games");
    wait_for(&mut user, "harbour");
    // What a machine has is no part of the look.
    let path = PathBuf::from_iter(["/", "home", "me", "games"]);
    type_over(&mut user, &path);
    user.get_by_label("Night Drive.segue").hover();
    user.run();
    crate::looks::check_image("files", &user.render().expect("a picture"));
}

/// Types into the path without Enter.
fn type_over(user: &mut Harness<'_, Stage>, path: &std::path::Path) {
    user.get_by_role_and_label(egui::accesskit::Role::TextInput, "Path")
        .focus();
    user.run();
    user.press(Modifiers::COMMAND, Key::A);
    user.send(egui::Event::Text(path.display().to_string()));
    user.run();
}
