//! The game's side: events, game values and states are tried by hand.

use egui::Modifiers;
use egui_kittest::kittest::Queryable as _;
use segue_gui::Action::{Begin, End, Post, Set, SetState, StopPosts};
use segue_gui::{Control, EditorSize};

use crate::looks::check_image;
use crate::model::{gaming, playing};
use crate::stage::{User, stage, stage_of, up};

#[test]
fn events_are_posted_and_stopped() {
    let mut user = stage(gaming());
    user.click("Game");
    user.click("Post Play_Footstep");
    user.click("Post Start_Chase");
    user.click("Stop all events");
    assert_eq!(user.take(), [Post(0), Post(4), StopPosts]);
}

#[test]
fn game_values_are_turned_like_macros() {
    let mut user = stage(gaming());
    user.click("Game");
    user.drag("Tension", &[up(20.0)], Modifiers::NONE);
    let rtpc = Control::Rtpc(1);
    let actions = user.take();
    assert_eq!(
        (actions.first(), actions.last()),
        (Some(&Begin(rtpc)), Some(&End(rtpc)))
    );
    let is_up =
        |it: &segue_gui::Action| matches!(it, Set(of, value) if *of == rtpc && *value > 0.4);
    assert!(is_up(&actions[1]), "{actions:?}");
}

#[test]
fn a_state_is_chosen_from_its_values() {
    let mut user = stage(gaming());
    user.click("Game");
    user.click("Combat: fight");
    user.click("calm");
    assert_eq!(user.take(), [SetState(0, 1)]);
    assert!(user.query_by_label("Combat: calm").is_some());
}

#[test]
fn what_happens_is_told_the_latest_first() {
    let mut user = stage(gaming());
    user.click("Game");
    let top = |label: &str| user.get_by_label(label).rect().top();
    assert!(top("14.75  chase level 2 to 3") < top("12.40  Start_Chase"));
    assert!(user.query_by_label("chase level 3").is_some());
    assert!(user.query_by_label("voice over music −6.0 dB").is_some());
}

#[test]
fn buttons_stay_where_they_are_when_layers_begin() {
    let mut before = gaming();
    before.game.level = None;
    before.game.layers.clear();
    before.game.ducks.clear();
    let top = |snapshot| {
        let mut user = stage(snapshot);
        user.click("Game");
        user.get_by_label("Post Start_Chase").rect().top()
    };
    assert_eq!(top(before), top(gaming()));
}

#[test]
fn a_project_without_a_game_says_so() {
    let mut user = stage(playing(3));
    user.click("Game");
    let text = "This project has no events, game values or states.";
    assert!(user.query_by_label(text).is_some());
}

#[test]
fn it_looks_as_it_did() {
    for (name, size) in [("game", [1080.0, 680.0]), ("game-small", EditorSize::MIN)] {
        let mut user = stage_of(gaming(), size, 1.0);
        user.click("Game");
        user.run_steps(2);
        check_image(name, &user.render().expect("a picture"));
    }
}
