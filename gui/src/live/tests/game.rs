//! A game is tried and heard as the editor asks.

use super::*;
use segue_engine::format::project::interactive::Interactive;

/// An event that sets a state, a game value, a state group.
fn interactive() -> Interactive {
    serde_json::from_value(serde_json::json!({
        "rtpcs": [{"name": "speed", "max": 200, "default": 50, "unit": "km/h"}],
        "states": [{"name": "Combat", "values": [{"name": "calm"}, {"name": "fight"}]}],
        "events": [
            {"name": "Fight", "actions": [{"do": "set_state", "group": "Combat", "value": "fight"}]},
            {"name": "Nothing", "actions": [{"do": "set_rtpc", "rtpc": "speed", "value": 100}]},
        ],
    }))
    .unwrap()
}

fn rig() -> Rig {
    let mut project = project();
    project.interactive = interactive();
    Rig::of(project)
}

fn game(rig: &Rig) -> &crate::Game {
    &rig.picture.snapshot().game
}

#[test]
fn a_project_says_what_can_be_called() {
    let rig = rig();
    let game = game(&rig);
    let names: Vec<&str> = game.events.iter().map(|it| &*it.name).collect();
    assert_eq!(names, ["Fight", "Nothing"]);
    let speed = &game.rtpcs[0];
    assert_eq!(
        (speed.value, speed.range, &*speed.unit),
        (0.25, [0.0, 200.0], "km/h")
    );
    assert_eq!(game.states[0].values, ["none", "calm", "fight"]);
    assert_eq!(game.states[0].current, 0);
    assert!(game.log.is_empty());
}

#[test]
fn what_is_posted_is_done_and_told() {
    let mut rig = rig();
    rig.act(Action::Post(0));
    rig.run(0.1);
    assert_eq!(game(&rig).states[0].current, 2);
    let log = &game(&rig).log;
    assert!(log.iter().any(|line| line.ends_with("  Fight")), "{log:?}");
    assert!(
        log.iter().any(|line| line.ends_with("Combat = fight")),
        "{log:?}"
    );
    rig.act(Action::Post(1));
    rig.run(0.1);
    assert_eq!(game(&rig).rtpcs[0].value, 0.5);
    // What is posted from a page that is out of date is nothing.
    assert!(rig.picture.act(&Action::Post(9)).is_none());
}

#[test]
fn states_and_values_are_set_and_heard() {
    let mut rig = rig();
    rig.act(Action::SetState(0, 1));
    rig.act(Action::Begin(Control::Rtpc(0)));
    rig.act(Action::Set(Control::Rtpc(0), 0.75));
    rig.run(0.1);
    assert_eq!(game(&rig).states[0].current, 1);
    assert_eq!(game(&rig).rtpcs[0].value, 0.75);
    rig.control.post("Nothing", "", segue_engine::NOW).unwrap();
    rig.run(0.1);
    assert_eq!(game(&rig).rtpcs[0].value, 0.75, "a hand is on it");
    rig.act(Action::End(Control::Rtpc(0)));
    rig.control.post("Fight", "", segue_engine::NOW).unwrap();
    rig.run(0.1);
    assert_eq!(game(&rig).rtpcs[0].value, 0.5);
    rig.act(Action::SetState(0, 0));
    rig.run(0.1);
    assert_eq!(game(&rig).states[0].current, 0);
}

#[test]
fn the_log_is_bounded() {
    let mut rig = rig();
    for _ in 0..40 {
        for _ in 0..3 {
            rig.act(Action::Post(0));
        }
        rig.run(0.02);
    }
    assert_eq!(game(&rig).log.len(), 50);
}
