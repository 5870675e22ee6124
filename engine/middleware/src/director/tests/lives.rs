//! What is over, gone or paused leaves nothing behind that hurts what plays.

use segue_rt::command::Reason;
use segue_rt::game::{GameCall, NameId, ObjectId, PlayingId};

use super::containers::{container, ground, random, rtpc, switch_group};
use super::desk::Told;
use super::music::{adaptive, segment};
use super::stage::{Stage, action, event, play};
use crate::source::{
    ActionKind, Binding, BindingTarget, Blend, BlendChild, BlendLaw, BlendWarp, ContainerKind,
    Curve, CurvePoint, Event, Interactive, Interp, Music, RandomMode, Scope, Shape, Switch,
    SwitchFollow,
};
use crate::telemetry::{Outcome, Row, What};

#[test]
fn a_switch_goes_on_when_the_child_that_gives_way_is_paused() {
    let switch = ContainerKind::Switch(Switch {
        group: "ground".into(),
        values: vec![
            ("wood".into(), vec!["long".into()]),
            ("stone".into(), vec!["b".into()]),
        ],
        ..Switch::default()
    });
    let mut source = Interactive {
        switches: vec![switch_group()],
        containers: vec![container("s", switch)],
        events: vec![event("go", vec![play("s")])],
        ..Interactive::default()
    };
    let pause = action(ActionKind::Pause("long".into()));
    source.events.push(event("pause", vec![pause]));
    let mut stage = Stage::new(&source);
    stage.post(0, "go");
    stage.post(1_000, "pause");
    stage.at(2_000, ground("stone", 0));
    stage.run(20_000);
    let names: Vec<_> = stage.starts().iter().map(|it| it.1).collect();
    assert_eq!(names, ["long", "b"]);
    let finished =
        |row: &Row| matches!(row.what, What::Finished { event, .. } if event == NameId::of("go"));
    let at: Vec<u64> = stage
        .rows()
        .iter()
        .filter(|row| finished(row))
        .map(|row| row.at)
        .collect();
    assert_eq!(at, [12_000], "the tick after the new child is over");
}
