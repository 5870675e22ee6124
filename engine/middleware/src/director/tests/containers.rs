//! Containers, alone and inside one another.

use segue_rt::game::{GameCall, NameId, ObjectId};
use segue_rt::ids::VoiceId;
use segue_rt::voices::{OnLimit, StealMode, VoicePolicy};

use super::real::Real;
use super::stage::{RATE, SOUNDS, Stage, action, bank, event, play};
use crate::director::Config;
use crate::music::Grid;
use crate::source::{
    ActionKind, Blend, BlendChild, BlendLaw, BlendWarp, Condition, Container, ContainerKind, Group,
    GroupChild, GroupMode, Interactive, Interp, OnChange, Props, Random, RandomChild, RandomMode,
    Rtpc, Sequence, SequenceEnd, Step, Switch, SwitchGroup,
};
use crate::telemetry::{Choice, Row, What};

pub(super) fn container(name: &str, kind: ContainerKind) -> Container {
    Container {
        name: name.to_owned(),
        props: Props::default(),
        kind,
    }
}

pub(super) fn random(children: &[(&str, u32)]) -> ContainerKind {
    let children = children.iter().map(|(child, weight)| RandomChild {
        child: (*child).to_owned(),
        weight: *weight,
        pitch_st: [0.0; 2],
        volume_db: [0.0; 2],
    });
    ContainerKind::Random(Random {
        children: children.collect(),
        mode: RandomMode::Weighted,
        ..Random::default()
    })
}

pub(super) fn step(child: &str, start_ms: f64, duration_ms: f64) -> Step {
    Step {
        child: child.to_owned(),
        start_ms,
        duration_ms,
        loop_count: 1,
        ..Step::default()
    }
}

pub(super) fn rtpc(name: &str, interp: Interp) -> Rtpc {
    Rtpc {
        name: name.to_owned(),
        unit: String::new(),
        min: 0.0,
        max: 1.0,
        default: 0.0,
        interp,
        host_param: None,
        targets: Vec::new(),
    }
}

pub(super) fn switch_group() -> SwitchGroup {
    SwitchGroup {
        name: "ground".into(),
        values: vec!["wood".into(), "stone".into(), "air".into()],
        ..SwitchGroup::default()
    }
}

fn playing(containers: Vec<Container>) -> Interactive {
    let first = containers[0].name.clone();
    Interactive {
        rtpcs: vec![rtpc("x", Interp::None)],
        switches: vec![switch_group()],
        containers,
        events: vec![
            event("go", vec![play(&first)]),
            event("stop", vec![action(ActionKind::StopAll)]),
            event("break", vec![action(ActionKind::Break(first))]),
        ],
        ..Interactive::default()
    }
}

pub(super) fn ground(value: &str, object: u64) -> GameCall {
    GameCall::SetSwitch {
        group: NameId::of("ground"),
        object: ObjectId(object),
        value: NameId::of(value),
    }
}

fn names(stage: &Stage) -> Vec<&'static str> {
    stage.starts().into_iter().map(|start| start.1).collect()
}

/// Every play of container `r` of the children a, b and c is in the seed log, and is heard again
/// alone.
fn replays(kind: ContainerKind) {
    let source = playing(vec![container("r", kind)]);
    let mut stage = Stage::new(&source);
    for n in 0..50 {
        stage.post(n * 480, "go");
    }
    stage.run(48_000);
    let heard = names(&stage);
    let seeds: Vec<(u64, u8)> = stage
        .rows()
        .into_iter()
        .filter_map(|row| match row.what {
            What::Seed { play_n, child, .. } => Some((play_n, child)),
            _ => None,
        })
        .collect();
    assert_eq!(seeds.len(), 50);
    for ((_, child), name) in seeds.iter().zip(&heard) {
        assert_eq!(["a", "b", "c"][usize::from(*child)], *name);
    }
    assert_eq!(seeds[7].0, 7);
    for (n, play) in (0_u64..).zip(&heard) {
        let mut again = Stage::new(&source);
        again.at(
            480,
            GameCall::SetPlayCount {
                container: NameId::of("r"),
                object: ObjectId::GLOBAL,
                play_n: n,
            },
        );
        again.post(480, "go");
        again.run(960);
        assert_eq!(names(&again), [*play], "play {n}");
        let ignored = |row: &Row| matches!(row.what, What::Ignored { .. });
        assert!(!again.rows().iter().any(ignored), "play {n}");
    }
}

#[test]
fn a_seed_log_plays_the_same_again() {
    replays(random(&[("a", 1), ("b", 2), ("c", 3)]));
    let children = [("a", 1), ("b", 2), ("c", 3)].map(|(child, weight)| GroupChild {
        child: child.to_owned(),
        weight,
        ..GroupChild::default()
    });
    replays(ContainerKind::Group(Group {
        mode: GroupMode::Random,
        children: children.to_vec(),
    }));
}

#[test]
fn every_child_gets_a_decision() {
    let source = playing(vec![container("r", random(&[("a", 0), ("b", 1)]))]);
    let mut stage = Stage::new(&source);
    stage.post(0, "go");
    stage.run(480);
    let reasons: Vec<_> = stage
        .rows()
        .into_iter()
        .filter_map(|row| match row.what {
            What::Decision { child, reason, .. } => Some((child, reason)),
            _ => None,
        })
        .collect();
    assert_eq!(
        reasons,
        [
            (NameId::of("a"), Choice::WeightZero),
            (NameId::of("b"), Choice::Selected)
        ]
    );
}

/// Children that were chosen, and those that found no room.
fn told(rows: &[Row]) -> Vec<(&'static str, Choice)> {
    let name = |id: NameId| SOUNDS.iter().find(|it| NameId::of(it.0) == id).unwrap().0;
    let rows = rows.iter().filter_map(|row| match row.what {
        What::Decision { child, reason, .. } => Some((name(child), reason)),
        _ => None,
    });
    rows.collect()
}

#[test]
fn a_child_without_room_is_told_as_such() {
    use Choice::{Limit, Selected};
    let children = ["long", "b", "c"].map(|child| GroupChild {
        child: child.to_owned(),
        weight: 1,
        ..GroupChild::default()
    });
    let source = playing(vec![container(
        "g",
        ContainerKind::Group(Group {
            mode: GroupMode::All,
            children: children.to_vec(),
        }),
    )]);
    let chosen = [("long", Selected), ("b", Selected), ("c", Selected)];
    // No room for the voices of two.
    let policy = VoicePolicy {
        max_real: 1,
        steal_mode: StealMode::None,
        on_limit: OnLimit::Reject,
        ..VoicePolicy::new(RATE)
    };
    let mut real = Real::under(policy, &source);
    let mut calls = Stage::new(&source);
    calls.post(481, "go");
    real.calls(&calls.take_calls());
    real.run(4_800, 480);
    let rows = real.rows();
    let expected = [&chosen[..], &[("b", Limit), ("c", Limit)]].concat();
    assert_eq!(told(&rows), expected);
    // No room for the instances of two.
    let config = Config {
        instances: 2,
        ..Config::default()
    };
    let mut stage = Stage::with(bank(&source), &config);
    stage.post(0, "go");
    stage.run(480);
    assert_eq!(told(&stage.rows()), expected);
}

#[test]
fn a_sequence_starts_its_steps_on_their_frames_and_ends() {
    let sequence = ContainerKind::Sequence(Sequence {
        steps: vec![
            step("a", 0.0, 0.0),
            step("b", 12.5, 50.0),
            step("c", 30.0, 0.0),
        ],
        speed: 1.0,
        end: SequenceEnd::Stop,
    });
    let mut stage = Stage::new(&playing(vec![container("s", sequence)]));
    stage.post(100, "go");
    stage.run(24_000);
    let starts: Vec<_> = stage.starts().iter().map(|it| (it.0, it.1)).collect();
    assert_eq!(starts, [(100, "a"), (700, "b"), (1_540, "c")]);
    // b ends after 50 ms, without a click.
    assert!(
        stage.voices().contains(&"3100 2 stop 0".to_owned()),
        "{:?}",
        stage.voices()
    );
    assert_eq!(stage.gain_at(VoiceId(2), 3_100), 0.0);
    let over = |row: &crate::telemetry::Row| matches!(row.what, What::Finished { .. });
    assert_eq!(stage.rows().iter().filter(|row| over(row)).count(), 1);
}

#[test]
fn a_looped_sequence_does_not_drift_and_break_ends_it() {
    let sequence = ContainerKind::Sequence(Sequence {
        steps: vec![step("c", 0.0, 0.0), step("c", 100.0, 33.3)],
        speed: 0.7,
        end: SequenceEnd::Loop,
    });
    let mut stage = Stage::new(&playing(vec![container("s", sequence)]));
    stage.post(0, "go");
    stage.post(479_000, "break");
    stage.run(500_000);
    let starts: Vec<u64> = stage.starts().iter().map(|it| it.0).collect();
    let length = 133.3 * 48.0 / f64::from(0.7_f32);
    for (k, at) in starts.iter().step_by(2).enumerate() {
        assert_eq!(*at, (k as f64 * length).round() as u64, "loop {k}");
    }
    assert!(starts.len() > 100);
    assert!(starts.iter().all(|at| *at < 479_000));
}

#[test]
fn a_switch_changes_with_fades_and_goes_on_in_place() {
    let switch = ContainerKind::Switch(Switch {
        group: "ground".into(),
        values: vec![
            ("wood".into(), vec!["long".into()]),
            ("stone".into(), vec!["b".into()]),
        ],
        fade_in_ms: 10.0,
        fade_out_ms: 20.0,
        continue_position: true,
        ..Switch::default()
    });
    let mut stage = Stage::new(&playing(vec![container("s", switch)]));
    stage.register(0, 1);
    stage.post_on(0, "go", 1);
    stage.at(1_000, ground("stone", 2));
    stage.at(2_000, ground("stone", 1));
    stage.at(4_000, ground("air", 0));
    stage.run(20_000);
    assert_eq!(stage.starts(), [(0, "long", 1.0), (2_000, "b", 0.0)]);
    let started = stage.desk.told.iter().find_map(|(at, told)| match told {
        super::desk::Told::Start(_, params) if *at == 2_000 => Some(params.start),
        _ => None,
    });
    assert_eq!(started, Some(2_000));
    let gains = |t| (stage.gain_at(VoiceId(1), t), stage.gain_at(VoiceId(2), t));
    assert_eq!(gains(2_480).1, 1.0);
    assert!((gains(2_480).0 - 0.5).abs() < 0.01);
    assert_eq!(gains(2_960).0, 0.0);
}

#[test]
fn a_switch_waits_for_the_end_or_the_grid() {
    let heard = |on_change, transport| {
        let switch = ContainerKind::Switch(Switch {
            group: "ground".into(),
            values: vec![
                ("wood".into(), vec!["a".into()]),
                ("stone".into(), vec!["c".into()]),
            ],
            on_change,
            ..Switch::default()
        });
        let mut stage = Stage::new(&playing(vec![container("s", switch)]));
        stage.desk.transport = transport;
        stage.post(0, "go");
        stage.at(1_000, ground("stone", 0));
        stage.run(60_000);
        stage
            .starts()
            .iter()
            .map(|it| (it.0, it.1))
            .collect::<Vec<_>>()
    };
    assert_eq!(heard(OnChange::AfterEnd, None), [(0, "a"), (4_800, "c")]);
    let sync = OnChange::Sync(crate::source::Sync::Beat);
    assert_eq!(
        heard(sync, None),
        [(0, "a"), (1_000, "c")],
        "nothing gives a beat"
    );
    // At frame 1,000 it is at beat 0.9 of 120 bpm: the next is 2,400 frames away.
    let place = Grid {
        t0: 1_000.0 - 0.9 * 24_000.0,
        beat: 24_000.0,
        per_bar: 4,
    };
    assert_eq!(heard(sync, Some(place)), [(0, "a"), (3_400, "c")]);
}

#[test]
fn a_group_plays_what_its_conditions_allow() {
    let child = |child: &str, value: &str| GroupChild {
        child: child.into(),
        conditions: vec![Condition::Switch {
            group: "ground".into(),
            value: value.into(),
        }],
        priority: 0,
        weight: 1,
    };
    let group = ContainerKind::Group(Group {
        mode: GroupMode::All,
        children: vec![child("a", "wood"), child("b", "stone"), child("c", "stone")],
    });
    let mut stage = Stage::new(&playing(vec![container("g", group)]));
    stage.post(0, "go");
    stage.at(10, ground("stone", 0));
    stage.post(20, "go");
    stage.run(480);
    assert_eq!(names(&stage), ["a", "b", "c"]);
}

#[test]
fn a_blend_keeps_its_power_while_its_rtpc_moves() {
    let child = |child: &str, x_lo, x_hi| BlendChild {
        child: child.into(),
        x_lo,
        x_hi,
        gain_db: 0.0,
    };
    let blend = ContainerKind::Blend(Blend {
        rtpc: "x".into(),
        smooth_ms: 0.0,
        children: vec![child("long", 0.0, 0.75), child("loop", 0.25, 1.0)],
        law: BlendLaw::Power,
        warp: BlendWarp::Linear,
    });
    let mut source = playing(vec![container("mix", blend)]);
    source.rtpcs = vec![rtpc(
        "x",
        Interp::Linear {
            up_ms: 1_000.0,
            down_ms: 1_000.0,
        },
    )];
    let mut stage = Stage::new(&source);
    stage.post(0, "go");
    stage.rtpc(1_000, "x", 1.0);
    stage.run(60_000);
    assert_eq!(names(&stage), ["long", "loop"]);
    let gains = |t| [1, 2].map(|voice| stage.gain_at(VoiceId(voice), t));
    assert_eq!(gains(500), [1.0, 0.0]);
    for t in (1_024..52_000).step_by(32) {
        let [a, b] = gains(t);
        assert!((a * a + b * b - 1.0).abs() < 1e-4, "{t}: {a} {b}");
    }
    // It follows its RTPC, some milliseconds later.
    let middle = (24_000..26_000).step_by(32).find(|t| {
        let [a, b] = gains(*t);
        (a - b).abs() < 0.01
    });
    assert!(middle.is_some_and(|t| t < 25_600), "{middle:?}");
    assert_eq!(gains(59_000), [0.0, 1.0]);
}

#[test]
fn containers_nest_and_a_missing_child_ends_with_a_reason() {
    let inner = container("inner", random(&[("a", 1)]));
    let outer = ContainerKind::Sequence(Sequence {
        steps: vec![step("inner", 0.0, 0.0), step("broken", 10.0, 0.0)],
        speed: 1.0,
        end: SequenceEnd::Stop,
    });
    let broken = container("broken", random(&[("gone", 1)]));
    let source = playing(vec![container("outer", outer), inner, broken]);
    let mut stage = Stage::new(&source);
    stage.post(0, "go");
    stage.run(9_600);
    assert_eq!(names(&stage), ["a"]);
    let rows = stage.rows();
    let missing = |row: &crate::telemetry::Row| {
        matches!(
            row.what,
            What::Refused {
                reason: segue_rt::command::Reason::AssetMissing,
                ..
            }
        )
    };
    assert_eq!(rows.iter().filter(|row| missing(row)).count(), 1);
    assert!(
        rows.iter()
            .any(|row| matches!(row.what, What::Finished { .. }))
    );
}

#[test]
fn properties_of_all_containers_above_add_up() {
    let mut outer = container("outer", random(&[("inner", 1)]));
    outer.props = Props {
        gain_db: -6.0,
        pitch_st: 12.0,
        pan: 0.25,
        bus: Some("music".into()),
        max_voices: 3,
        ..Props::default()
    };
    let mut inner = container("inner", random(&[("a", 1)]));
    inner.props = Props {
        gain_db: -6.0,
        pan: 0.5,
        ..Props::default()
    };
    let mut stage = Stage::new(&playing(vec![outer, inner]));
    stage.post(0, "go");
    stage.run(480);
    let params = stage.desk.told.iter().find_map(|(_, told)| match told {
        super::desk::Told::Start(_, params) => Some(*params),
        _ => None,
    });
    let params = params.unwrap();
    assert!((20.0 * params.gain.log10() + 12.0).abs() < 1e-4);
    assert_eq!((params.pan, params.pitch), (0.75, 2.0));
    assert_eq!(params.bus.index(), 2);
    assert_eq!(params.groups[1].limit, 3);
    assert_ne!(params.groups[1].key, 0);
}

#[test]
fn sequences_go_on_inside_of_a_step() {
    // a from 0, b from 200 ms, c from 500 ms on.
    let steps = vec![
        step("a", 0.0, 0.0),
        step("b", 200.0, 0.0),
        step("c", 500.0, 0.0),
    ];
    let sequence = ContainerKind::Sequence(Sequence {
        steps,
        speed: 1.0,
        end: SequenceEnd::Stop,
    });
    let source = Interactive {
        events: vec![
            event("go", vec![action(ActionKind::PlayAndContinue("s".into()))]),
            event("stop", vec![action(ActionKind::Stop("s".into()))]),
        ],
        ..playing(vec![container("s", sequence)])
    };
    let starts = |calls: &[(u64, &str)], until: u64| {
        let mut stage = Stage::new(&source);
        for (at, event) in calls {
            stage.post(*at, event);
        }
        stage.run(until);
        let told = stage.desk.told.iter();
        let starts = told.filter_map(|(at, told)| match told {
            super::desk::Told::Start(_, params) => {
                Some((*at, SOUNDS[params.sound.index()].0, params.start))
            }
            _ => None,
        });
        starts.collect::<Vec<_>>()
    };
    // At 12,000 it is 2,400 frames into b.
    let first = [(0, "a", 0), (9_600, "b", 0)];
    let after = [(20_000, "b", 2_400), (20_000 + 12_000, "c", 0)];
    let continued = starts(&[(0, "go"), (12_000, "stop"), (20_000, "go")], 40_000);
    assert_eq!(continued, [first.as_slice(), &after].concat());
}
