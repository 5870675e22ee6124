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

/// Takes over another state of the project that plays.
fn reload(rig: &mut Rig, project: &Project) {
    let open = open_in(Path::new(""), project.clone());
    let go = &mut |_: segue_engine::LoadProgress<'_>| ControlFlow::Continue(());
    rig.control.reload(&open, go).unwrap();
    rig.engine = rig.engine.renewed(&rig.control);
    let call = rig.picture.renew(project.clone());
    call(&mut rig.control).unwrap();
}

#[test]
fn what_was_heard_and_measured_goes_on_after_a_reload() {
    let mut rig = rig();
    let drums = rig.picture.snapshot().buses[0].id;
    rig.act(Action::Analyse(drums));
    rig.act(Action::Post(0));
    rig.act(Action::Post(1));
    rig.run(1.0);
    let before = game(&rig).clone();
    assert_eq!((before.states[0].current, before.rtpcs[0].value), (2, 0.5));
    let loud = |rig: &Rig| {
        let analysis = rig.picture.snapshot().analysis.as_ref();
        analysis.unwrap().true_peak_db
    };
    let measured = loud(&rig);
    assert!(measured.is_finite());
    let mut project = rig.saved().clone();
    project.buses[1].gain_db = -3.0;
    reload(&mut rig, &project);
    rig.look();
    assert_eq!(game(&rig).states, before.states);
    assert_eq!(game(&rig).rtpcs, before.rtpcs);
    assert_eq!(game(&rig).log, before.log);
    assert_eq!(loud(&rig), measured, "the bus is not measured anew");
}

#[test]
fn what_happens_while_nobody_looks_is_seen_later() {
    let mut rig = rig();
    rig.control.post("Fight", "", segue_engine::NOW).unwrap();
    for _ in 0..10 {
        let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
        rig.renderer.process(&mut [&mut left, &mut right]);
        rig.control.update().unwrap();
    }
    rig.engine.skip(&mut rig.control);
    rig.engine.update(&mut rig.control);
    rig.look();
    assert_eq!(game(&rig).states[0].current, 2);
    // And a new look at an engine that runs begins with what holds.
    rig.engine = LiveEngine::new(&mut rig.control);
    rig.look();
    assert_eq!(game(&rig).states[0].current, 2);
}

#[test]
fn room_for_layers_and_ducks_is_kept() {
    let mut project = project();
    project.interactive = serde_json::from_value(serde_json::json!({
        "adaptive": {
            "format": "segue.adaptive", "version": 1,
            "contexts": {
                "BASE": {"levels": [[{"asset": "pad"}], [{"asset": "pad"}, {"asset": "drums"}]]},
                "CASCADE": {"levels": [[{"asset": "arp"}]]},
            },
        },
        "ducks": [
            {"name": "a", "source_bus": "voice", "target_bus": "drums"},
            {"name": "b", "source_bus": "drums", "target_bus": "voice"},
            {"name": "c", "source_tag": "speech", "target_bus": "drums"},
        ],
    }))
    .unwrap();
    let mut picture = LivePicture::new();
    picture.hold(project, None);
    // The level, two layers, two of the ducks.
    assert_eq!(picture.snapshot().game.rows, 5);
}
