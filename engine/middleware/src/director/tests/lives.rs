//! What is over, gone or paused leaves nothing behind that hurts what plays.

use segue_rt::command::Reason;
use segue_rt::game::{GameCall, NameId, ObjectId, PlayingId};

use super::containers::{container, ground, random, rtpc, switch_group};
use super::desk::Told;
use super::music::{adaptive, segment};
use super::stage::{Stage, action, event, play};
use crate::ids::RtpcIx;
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

/// Plays `long` at once and lets another event play `loop`, both as loud as an RTPC says.
fn nested() -> Interactive {
    let mut louder = container("layer", random(&[("loop", 1)]));
    louder.props.bindings = vec![Binding {
        rtpc: "x".into(),
        target: BindingTarget::Pitch,
        curve: Curve {
            points: vec![
                CurvePoint {
                    x: 0.0,
                    y: 0.0,
                    shape: Shape::Linear,
                },
                CurvePoint {
                    x: 1.0,
                    y: 12.0,
                    shape: Shape::Linear,
                },
            ],
        },
    }];
    Interactive {
        rtpcs: vec![rtpc("x", Interp::None)],
        containers: vec![louder],
        events: vec![
            event(
                "outer",
                vec![play("c"), action(ActionKind::PostEvent("inner".into()))],
            ),
            event("inner", vec![play("layer")]),
            Event {
                cooldown_ms: 60_000.0,
                ..event("once", vec![play("c")])
            },
        ],
        ..Interactive::default()
    }
}

fn rtpc_of(playing: PlayingId, value: f32) -> GameCall {
    GameCall::SetRtpc {
        rtpc: NameId::of("x"),
        object: ObjectId::GLOBAL,
        playing,
        value,
        ramp: 0,
    }
}

#[test]
fn a_value_of_a_post_holds_as_long_as_anything_of_it_plays() {
    let mut stage = Stage::new(&nested());
    let outer = stage.post(0, "outer");
    stage.at(1_000, rtpc_of(outer, 1.0));
    // By then only what the other event started is left, and it looks at its values again.
    stage.rtpc(12_000, "x", 0.0);
    stage.run(24_000);
    let pitches: Vec<String> = stage
        .voices()
        .into_iter()
        .filter(|it| it.contains("pitch"))
        .collect();
    assert_eq!(pitches, ["1024 2 pitch 2.0000 480"]);
}

#[test]
fn values_of_posts_that_do_not_play_take_no_room() {
    let mut stage = Stage::new(&nested());
    stage.register(0, 1);
    for n in 0..9_000_u64 {
        // All but the first are refused.
        let playing = stage.post(n * 10, "once");
        stage.at(n * 10, rtpc_of(playing, 1.0));
    }
    stage.run(100_000);
    _ = stage.rows();
    stage.at(
        100_000,
        GameCall::SetRtpc {
            rtpc: NameId::of("x"),
            object: ObjectId(1),
            playing: PlayingId(0),
            value: 0.5,
            ramp: 0,
        },
    );
    stage.run(100_480);
    let results: Vec<Outcome> = stage
        .rows()
        .into_iter()
        .filter_map(|row| match row.what {
            What::Rtpc { result, .. } => Some(result),
            _ => None,
        })
        .collect();
    assert_eq!(results, [Outcome::Done]);
}

#[test]
fn objects_that_are_gone_leave_no_places_behind() {
    let mut source = Interactive {
        events: vec![
            event("go", vec![play("long")]),
            event(
                "on",
                vec![action(ActionKind::PlayAndContinue("long".into()))],
            ),
            event("stop", vec![action(ActionKind::StopAll)]),
        ],
        ..Interactive::default()
    };
    source.events[2].actions[0].scope = Scope::GameObject;
    let mut stage = Stage::new(&source);
    for object in 1..=5_000_u64 {
        let at = object * 100;
        stage.register(at, object);
        stage.post_on(at, "go", object);
        stage.post_on(at + 50, "stop", object);
        stage.at(
            at + 60,
            GameCall::Unregister {
                object: ObjectId(object),
            },
        );
    }
    stage.post(600_000, "go");
    stage.post(604_800, "stop");
    stage.post(610_000, "on");
    stage.run(620_000);
    let last = stage
        .desk
        .told
        .iter()
        .rev()
        .find_map(|(_, told)| match told {
            Told::Start(_, params) => Some(params.start),
            _ => None,
        });
    assert_eq!(last, Some(4_800));
}
/// A blend and a switch that have played, and nothing that moves.
fn followers(containers: bool) -> Interactive {
    let blend = ContainerKind::Blend(Blend {
        rtpc: "x".into(),
        smooth_ms: 0.0,
        children: vec![BlendChild {
            child: "a".into(),
            x_lo: 0.0,
            x_hi: 1.0,
            gain_db: 0.0,
        }],
        law: BlendLaw::Power,
        warp: BlendWarp::Linear,
    });
    let switch = ContainerKind::Switch(Switch {
        group: "ground".into(),
        values: vec![("wood".into(), vec!["a".into()])],
        ..Switch::default()
    });
    let mut source = Interactive {
        rtpcs: vec![rtpc("x", Interp::None)],
        switches: vec![switch_group()],
        events: vec![event("go", vec![play("long")])],
        ..Interactive::default()
    };
    if containers {
        source.containers = (0..8)
            .map(|n| container(&format!("r{n}"), random(&[("a", 1)])))
            .chain([container("blend", blend), container("switch", switch)])
            .collect();
        source.events.push(event("blend", vec![play("blend")]));
        source.events.push(event("switch", vec![play("switch")]));
    }
    source
}

#[test]
fn containers_that_were_over_before_a_smaller_bank_came_are_not_looked_at() {
    let mut stage = Stage::new(&followers(true));
    stage.post(0, "blend");
    stage.post(0, "switch");
    stage.run(24_000);
    stage.swap(&followers(false));
    stage.rtpc(24_100, "x", 0.5);
    stage.at(24_200, ground("stone", 0));
    stage.post(24_300, "go");
    stage.run(48_000);
    assert_eq!(stage.starts().last(), Some(&(24_300, "long", 1.0)));
}

#[test]
fn a_deck_of_another_bank_holds_no_children_that_are_gone() {
    let deck = |children: &[(&str, u32)]| {
        let ContainerKind::Random(mut random) = random(children) else {
            unreachable!("a random container")
        };
        random.mode = RandomMode::Shuffle;
        Interactive {
            containers: vec![container("deck", ContainerKind::Random(random))],
            events: vec![event("go", vec![play("deck")])],
            ..Interactive::default()
        }
    };
    for first in 1..3 {
        let mut stage = Stage::new(&deck(&[("a", 1), ("b", 0), ("c", 1), ("loop", 1)]));
        for n in 0..first {
            stage.post(n * 100, "go");
        }
        stage.run(480);
        // The child that never played was deleted: as many are dealt as before.
        stage.swap(&deck(&[("a", 1), ("c", 1), ("loop", 1)]));
        for n in 0..6 {
            stage.post(500 + n * 100, "go");
        }
        stage.run(4_800);
        assert_eq!(stage.starts().len(), 6 + first as usize);
    }
}

#[test]
fn music_that_was_stopped_with_everything_begins_again() {
    for target in ["", "long"] {
        let stop = action(ActionKind::Stop(target.to_owned()));
        let mut looped = segment("calm", "long");
        looped.loop_end_smp = 96_000;
        let mut source = Interactive {
            music: Music {
                segments: vec![looped],
                ..Music::default()
            },
            events: vec![
                event("calm", vec![action(ActionKind::PlayMusic("calm".into()))]),
                event("quiet", vec![stop]),
            ],
            ..Interactive::default()
        };
        source.events[1].actions[0].scope = Scope::Global;
        let mut stage = Stage::new(&source);
        stage.post(0, "calm");
        stage.post(10_000, "quiet");
        stage.post(20_000, "calm");
        stage.run(30_000);
        let starts: Vec<_> = stage.starts().iter().map(|it| it.0).collect();
        assert_eq!(starts, [0, 20_000], "{target:?}");
    }
}

#[test]
fn layers_that_were_stopped_with_everything_begin_with_the_next_context() {
    let context = adaptive().contexts[0].name.clone();
    let mut source = Interactive {
        adaptive: Some(adaptive()),
        events: vec![
            event("quiet", vec![action(ActionKind::StopAll)]),
            event(
                "on",
                vec![action(ActionKind::EnterContext(context.clone()))],
            ),
        ],
        ..Interactive::default()
    };
    source.events[0].actions[0].scope = Scope::Global;
    for by_call in [true, false] {
        let mut stage = Stage::new(&source);
        stage.run(9_600);
        let first = stage.starts().len();
        assert!(first > 0);
        if by_call {
            stage.at(
                9_600,
                GameCall::StopAll {
                    object: ObjectId::GLOBAL,
                    fade: 480,
                },
            );
        } else {
            stage.post(9_600, "quiet");
        }
        stage.run(20_000);
        // Another bank does not wake them.
        stage.swap(&source);
        stage.run(30_000);
        assert_eq!(stage.starts().len(), first);
        stage.post(30_000, "on");
        stage.run(200_000);
        assert_eq!(stage.starts().len(), 2 * first, "called {by_call}");
    }
}

#[test]
fn a_fade_before_the_end_knows_the_pitch() {
    let mut slow = play("a");
    slow.pitch_st = -12.0;
    slow.fade_out = crate::source::Fade {
        ms: 50.0,
        shape: Shape::Linear,
    };
    let source = Interactive {
        events: vec![event("go", vec![slow])],
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    stage.post(0, "go");
    stage.run(20_000);
    let voice = segue_rt::ids::VoiceId(1);
    // It takes 9,600 frames, the last 2,400 of them fade.
    let gains = [7_200, 8_400, 9_600].map(|t| stage.gain_at(voice, t));
    assert_eq!(gains[0], 1.0);
    assert!((gains[1] - 0.5).abs() < 0.01, "{gains:?}");
    assert_eq!(gains[2], 0.0);
}

#[test]
fn a_switch_that_follows_an_rtpc_takes_no_calls_and_nobody_that_is_gone_has_one() {
    let mut gear = switch_group();
    gear.name = "gear".into();
    gear.follow = Some(SwitchFollow {
        rtpc: "x".into(),
        thresholds: vec![0.3, 0.6],
        hysteresis: 0.0,
    });
    let source = Interactive {
        rtpcs: vec![rtpc("x", Interp::None)],
        switches: vec![switch_group(), gear],
        events: vec![event(
            "set",
            vec![action(ActionKind::SetSwitch("gear".into(), "air".into()))],
        )],
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    stage.run(480);
    _ = stage.rows();
    stage.post(480, "set");
    stage.at(500, ground("air", 7));
    stage.run(4_800);
    let rows = stage.rows();
    let switched = rows
        .iter()
        .any(|row| matches!(row.what, What::Switch { .. }));
    let ignored = rows.iter().filter_map(|row| match row.what {
        What::Ignored { name, reason, .. } => Some((name, reason)),
        _ => None,
    });
    assert!(!switched);
    assert_eq!(
        ignored.collect::<Vec<_>>(),
        [
            (NameId::of("gear"), Reason::FollowsRtpc),
            (NameId::of("ground"), Reason::ObjectGone)
        ]
    );
}

/// A sound whose pitch follows `x`, on objects that let go of what they play.
#[test]
fn a_new_object_does_not_move_what_another_of_its_name_let_go() {
    let mut stage = Stage::new(&nested());
    let register = |pan| GameCall::Register {
        object: ObjectId(1),
        pan,
        width: 1.0,
        stop_on_unregister: false,
    };
    let x = |value| GameCall::SetRtpc {
        rtpc: NameId::of("x"),
        object: ObjectId(1),
        playing: PlayingId(0),
        value,
        ramp: 0,
    };
    let object = ObjectId(1);
    stage.at(0, register(0.0)).at(0, x(1.0));
    stage.post_on(0, "inner", 1);
    stage.at(4_800, GameCall::Unregister { object });
    stage.at(9_600, register(0.5)).at(9_600, x(0.5));
    stage.post_on(9_600, "inner", 1);
    stage.at(14_400, x(0.0));
    stage.run(24_000);
    let moved: Vec<String> = stage
        .voices()
        .into_iter()
        .filter(|it| it.contains("pitch") || it.contains("pan"))
        .collect();
    assert_eq!(
        moved,
        ["14432 2 pitch 1.0000 480"],
        "only the new one moves"
    );
    let objects = stage.director.state.values.rtpcs.objects_with(RtpcIx(0));
    assert_eq!(objects.count(), 2, "of both there is one that plays");
    // What was let go belongs to nobody: it ends with everything else.
    stage.at(
        24_000,
        GameCall::StopAll {
            object: ObjectId::GLOBAL,
            fade: 0,
        },
    );
    stage.run(48_000);
    let objects = stage.director.state.values.rtpcs.objects_with(RtpcIx(0));
    assert_eq!(objects.count(), 1, "only the object that is registered");
}

/// A stop that waits with what was let go concerns that alone.
#[test]
fn what_is_let_go_stops_nothing_else() {
    let late = crate::source::Action {
        delay_ms: 100.0,
        ..action(ActionKind::StopAll)
    };
    let source = Interactive {
        events: vec![
            event("brief", vec![play("long"), late]),
            event("loop", vec![play("loop")]),
        ],
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    let object = ObjectId(1);
    stage.at(
        0,
        GameCall::Register {
            object,
            pan: 0.0,
            width: 1.0,
            stop_on_unregister: false,
        },
    );
    stage.post_on(0, "brief", 1);
    stage.post(0, "loop");
    stage.at(480, GameCall::Unregister { object });
    stage.run(48_000);
    let stops: Vec<String> = stage
        .voices()
        .into_iter()
        .filter(|it| it.contains("stop"))
        .collect();
    assert_eq!(stops, ["5040 1 stop 0"]);
}
