//! Where what was stopped goes on, and what an action says of the loops of what is chosen later.

use segue_rt::voices::VoiceParams;

use super::containers::{container, ground, random, step, switch_group};
use super::desk::Told;
use super::stage::{SOUNDS, Stage, action, event, play};
use crate::source::{
    Action, ActionKind, Container, ContainerKind, Fade, Group, GroupChild, Interactive, Random,
    RandomMode, Sequence, SequenceEnd, Shape, Switch,
};
use crate::telemetry::What;

fn source(containers: Vec<Container>, go: Action) -> Interactive {
    Interactive {
        switches: vec![switch_group()],
        containers,
        events: vec![
            event("go", vec![go]),
            event("stop", vec![action(ActionKind::StopAll)]),
            event("break", vec![action(ActionKind::Break(String::new()))]),
        ],
        ..Interactive::default()
    }
}

fn params(stage: &Stage) -> Vec<(u64, VoiceParams)> {
    let told = stage.desk.told.iter();
    let starts = told.filter_map(|(at, told)| match told {
        Told::Start(_, params) => Some((*at, *params)),
        _ => None,
    });
    starts.collect()
}

/// What started, and where in its sound.
fn starts(stage: &Stage) -> Vec<(&'static str, u64)> {
    let params = params(stage).into_iter();
    let name = |it: &VoiceParams| SOUNDS[it.sound.index()].0;
    params.map(|(_, it)| (name(&it), it.start)).collect()
}

fn finished(stage: &mut Stage) -> Vec<u64> {
    let rows = stage.rows().into_iter();
    let rows = rows.filter(|row| matches!(row.what, What::Finished { .. }));
    rows.map(|row| row.at).collect()
}

#[test]
fn a_sound_that_faded_out_at_its_end_begins_anew() {
    let go = Action {
        fade_out: Fade {
            ms: 50.0,
            shape: Shape::Linear,
        },
        ..action(ActionKind::PlayAndContinue("b".into()))
    };
    let mut stage = Stage::new(&source(Vec::new(), go));
    stage.post(0, "go");
    stage.post(24_000, "go");
    stage.post(26_000, "stop");
    stage.post(30_000, "go");
    stage.run(48_000);
    assert_eq!(starts(&stage), [("b", 0), ("b", 0), ("b", 2_000)]);
}

#[test]
fn another_choice_does_not_begin_at_the_place_of_the_last_one() {
    let ContainerKind::Random(choice) = random(&[("long", 1), ("b", 1)]) else {
        unreachable!()
    };
    let choice = ContainerKind::Random(Random {
        mode: RandomMode::RoundRobin,
        ..choice
    });
    let go = action(ActionKind::PlayAndContinue("r".into()));
    let mut stage = Stage::new(&source(vec![container("r", choice)], go.clone()));
    for (at, event) in [(0, "go"), (4_800, "stop"), (10_000, "go"), (12_000, "stop")] {
        stage.post(at, event);
    }
    stage.run(20_000);
    assert_eq!(starts(&stage), [("long", 0), ("b", 0)]);
    // The same choice goes on.
    let one = container("r", random(&[("long", 1)]));
    let mut stage = Stage::new(&source(vec![one], go));
    for (at, event) in [(0, "go"), (4_800, "stop"), (10_000, "go"), (12_000, "stop")] {
        stage.post(at, event);
    }
    stage.run(20_000);
    assert_eq!(starts(&stage), [("long", 0), ("long", 4_800)]);
}

#[test]
fn all_of_a_group_go_on_where_each_of_them_was() {
    let steps = vec![step("c", 0.0, 0.0), step("b", 300.0, 0.0)];
    let sequence = ContainerKind::Sequence(Sequence {
        steps,
        speed: 1.0,
        end: SequenceEnd::Stop,
    });
    let children = ["loop", "s", "long"].map(|child| GroupChild {
        child: child.into(),
        ..GroupChild::default()
    });
    let group = ContainerKind::Group(Group {
        children: children.into(),
        ..Group::default()
    });
    let containers = vec![container("all", group), container("s", sequence)];
    let go = action(ActionKind::PlayAndContinue("all".into()));
    let mut stage = Stage::new(&source(containers, go));
    stage.post(0, "go");
    stage.post(20_000, "stop");
    stage.post(40_000, "go");
    stage.run(48_000);
    // Of an endless loop any pass is the same: 20,000 is 800 frames into its fifth.
    assert_eq!(
        starts(&stage)[4..],
        [("loop", 800), ("b", 5_600), ("long", 20_000)]
    );
}

/// `w` plays `wood` or `stone`.
fn switched(wood: &str, stone: &str, continue_position: bool) -> Container {
    let switch = ContainerKind::Switch(Switch {
        group: "ground".into(),
        values: vec![
            ("wood".into(), vec![wood.into()]),
            ("stone".into(), vec![stone.into()]),
        ],
        continue_position,
        ..Switch::default()
    });
    container("w", switch)
}

#[test]
fn a_switch_goes_on_at_the_frame_of_a_loop_and_not_behind_the_end() {
    for (stone, begins, over) in [("b", 1_000, 33_600), ("c", 1_000, 26_400)] {
        let mut stage = Stage::new(&source(vec![switched("loop", stone, true)], play("w")));
        stage.post(0, "go");
        // The sixth pass of 4,800 frames.
        stage.at(25_000, ground("stone", 0));
        stage.run(48_000);
        assert_eq!(starts(&stage), [("loop", 0), (stone, begins)]);
        assert_eq!(finished(&mut stage), [over]);
    }
    // One that would be over by then.
    let mut stage = Stage::new(&source(vec![switched("loop", "c", true)], play("w")));
    stage.post(0, "go");
    stage.at(28_000, ground("stone", 0));
    stage.run(48_000);
    assert_eq!(starts(&stage), [("loop", 0), ("c", 0)]);
}

#[test]
fn a_later_choice_repeats_as_the_action_said() {
    let go = Action {
        loop_count: 0,
        ..play("w")
    };
    let mut stage = Stage::new(&source(vec![switched("a", "b", false)], go));
    stage.post(0, "go");
    stage.at(20_000, ground("stone", 0));
    stage.run(96_000);
    let loops: Vec<_> = params(&stage)
        .iter()
        .map(|(_, it)| (it.looping.end, it.looping.count))
        .collect();
    assert_eq!(loops, [(4_800, 0), (9_600, 0)]);
    assert_eq!(finished(&mut stage), []);
}

#[test]
fn a_sequence_repeats_as_often_as_the_action_says() {
    let steps = vec![step("a", 0.0, 0.0), step("c", 100.0, 0.0)];
    let sequence = |end| {
        ContainerKind::Sequence(Sequence {
            steps: steps.clone(),
            speed: 1.0,
            end,
        })
    };
    let frames = |loop_count, end, until| {
        let go = Action {
            loop_count,
            ..play("s")
        };
        let containers = vec![container("s", sequence(end))];
        let mut stage = Stage::new(&source(containers, go));
        stage.post(0, "go");
        stage.run(until);
        let frames: Vec<u64> = params(&stage).iter().map(|it| it.0).collect();
        (frames, finished(&mut stage).len())
    };
    let three = vec![0, 4_800, 7_200, 12_000, 14_400, 19_200];
    for end in [SequenceEnd::Stop, SequenceEnd::Loop] {
        assert_eq!(frames(3, end, 48_000), (three.clone(), 1), "{end:?}");
    }
    let (endless, over) = frames(0, SequenceEnd::Stop, 72_000);
    assert_eq!((endless.len(), over), (20, 0));
    // What is held at the end is held at the end of the last pass.
    let (held, over) = frames(2, SequenceEnd::HoldLast, 48_000);
    assert_eq!((held.len(), over), (4, 0));
}
