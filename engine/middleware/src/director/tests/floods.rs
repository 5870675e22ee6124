//! More than fits, and what is left of it afterwards.

use super::containers::{container, switch_group};
use super::stage::{Stage, event, play};
use crate::source::{ActionKind, ContainerKind, Event, Switch};

#[test]
fn lists_of_what_plays_hold_nothing_that_is_over() {
    let switch = ContainerKind::Switch(Switch {
        group: "ground".into(),
        values: vec![("wood".into(), vec!["c".into()])],
        ..Switch::default()
    });
    let mut source = super::splits::everything();
    source.adaptive = None;
    source.switches = vec![switch_group()];
    source.containers.push(container("short", switch));
    let stop = super::stage::action(ActionKind::Stop("m".into()));
    source.events.extend([
        event("short", vec![play("short")]),
        Event::clone(&event("off", vec![stop])),
    ]);
    let mut stage = Stage::new(&source);
    for n in 0..400 {
        stage.post(n * 480, "short");
        stage.post(n * 480, "m");
        stage.post(n * 480 + 240, "off");
    }
    stage.run(192_000);
    let state = &stage.director.state;
    let most = state.blends.len().max(state.switchers.len());
    // A fade of 5 ms, a delay of 3.7 ms and a sound of 50 ms: a few of them are alive.
    assert!(most < 20, "{most}");
    stage.run(240_000);
    let state = &stage.director.state;
    let left = [
        state.blends.len(),
        state.switchers.len(),
        state.moving.len(),
    ];
    assert_eq!(left, [0; 3]);
}
