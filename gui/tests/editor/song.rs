//! The time line: what stands on it, and how the user goes to a place.

use egui_kittest::kittest::Queryable as _;
use segue_gui::Action;

use crate::looks::check_image;
use crate::model::{playing, singing};
use crate::stage::{User, stage};

#[test]
fn what_stands_on_it_is_told() {
    let mut user = stage(singing());
    user.click("Song");
    for name in ["Music", "intro", "verse", "line 12", "Stages", "big win"] {
        assert!(user.query_all_by_label(name).next().is_some(), "{name}");
    }
    assert_eq!(user.get_all_by_label("beat").count(), 8);
    let rect = |name: &str| user.get_by_label(name).rect();
    assert!((rect("verse").left() - rect("intro").right()).abs() < 2.0);
    assert!((rect("verse").width() / rect("intro").width() - 2.0).abs() < 0.05);
}

#[test]
fn a_click_on_the_bars_goes_there() {
    let mut user = stage(singing());
    user.click("Song");
    user.click("Go to a place in the song");
    let actions = user.take();
    // The middle of 64 quarter notes.
    let [Action::SeekTo(beats)] = actions[..] else {
        panic!("{actions:?}");
    };
    assert!((beats - 32.0).abs() < 0.5, "{beats}");
}

#[test]
fn under_a_host_it_is_only_shown() {
    let mut snapshot = singing();
    snapshot.transport.is_hosted = true;
    let mut user = stage(snapshot);
    user.click("Song");
    user.click("Go to a place in the song");
    assert_eq!(user.take(), []);
}

#[test]
fn an_empty_one_says_so() {
    let mut user = stage(playing(3));
    user.click("Song");
    assert!(
        user.query_by_label("Nothing stands on the time line.")
            .is_some()
    );
}

#[test]
fn it_looks_as_it_did() {
    let mut user = stage(singing());
    user.click("Song");
    user.run_steps(2);
    check_image("song", &user.render().expect("a picture"));
}
