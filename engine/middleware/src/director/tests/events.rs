//! Posts, actions, limits.

use segue_rt::command::Reason;
use segue_rt::game::{GameCall, NameId, ObjectId, PlayingId};
use segue_rt::ids::VoiceId;

use super::stage::{Stage, action, bank, event, play};
use crate::director::Config;
use crate::limits;
use crate::source::{
    Action, ActionKind, Condition, Event, Fade, Interactive, LimitRule, Rtpc, RtpcTarget, Scope,
    SeekTo, Shape, StateGroup, StateValue, SwitchGroup,
};
use crate::telemetry::{Outcome, What};
use crate::values::switches::MAX_OWN_SWITCH_VALUES;

pub(super) fn events(events: Vec<Event>) -> Interactive {
    Interactive {
        events,
        ..Interactive::default()
    }
}

pub(super) fn fade(ms: f32) -> Fade {
    Fade {
        ms,
        shape: Shape::Linear,
    }
}

fn refusals(stage: &mut Stage) -> Vec<Reason> {
    let rows = stage.rows().into_iter();
    rows.filter_map(|row| match row.what {
        What::Refused { reason, .. } => Some(reason),
        _ => None,
    })
    .collect()
}

/// Why voices ended, in order.
fn ends(stage: &mut Stage) -> Vec<(u64, Reason)> {
    let rows = stage.rows().into_iter();
    rows.filter_map(|row| match row.what {
        What::Voice { voice, reason, .. } => Some((voice.0, reason)),
        _ => None,
    })
    .collect()
}

#[test]
fn an_event_plays_at_its_frame_and_finishes() {
    let mut stage = Stage::new(&events(vec![event("go", vec![play("a")])]));
    let playing = stage.post(100, "go");
    stage.run(9_600);
    assert_eq!(stage.starts(), [(100, "a", 1.0)]);
    let finished = stage.rows().into_iter().find_map(|row| match row.what {
        What::Finished { playing, .. } => Some((row.at, playing)),
        _ => None,
    });
    // The end at 4,900 is heard of at the next tick.
    assert_eq!(finished, Some((5_280, playing)));
}

#[test]
fn the_gain_of_a_post_holds_for_all_that_it_plays() {
    let then = action(ActionKind::PostEvent("more".into()));
    let go = event("go", vec![play("a"), then]);
    let mut stage = Stage::new(&events(vec![go, event("more", vec![play("b")])]));
    let quiet = GameCall::Post {
        event: NameId::of("go"),
        object: ObjectId::GLOBAL,
        emitter: 0,
        gain: 0.5,
        playing: PlayingId(1),
    };
    stage.at(100, quiet);
    stage.run(9_600);
    assert_eq!(stage.starts(), [(100, "a", 0.5), (100, "b", 0.5)]);
}

#[test]
fn delays_are_exact() {
    let late = Action {
        delay_ms: 12.5,
        ..play("b")
    };
    let mut stage = Stage::new(&events(vec![event("go", vec![late, play("a")])]));
    stage.post(7, "go");
    stage.run(9_600);
    assert_eq!(stage.starts(), [(7, "a", 1.0), (607, "b", 1.0)]);
}

#[test]
fn a_stop_fades_from_where_it_is_and_ends_on_its_frame() {
    let stop = Action {
        fade: fade(100.0),
        ..action(ActionKind::Stop("long".into()))
    };
    let fading = Action {
        fade: fade(200.0),
        ..play("long")
    };
    let source = events(vec![event("go", vec![fading]), event("stop", vec![stop])]);
    let mut stage = Stage::new(&source);
    stage.post(0, "go");
    stage.post(4_800, "stop");
    stage.run(20_000);
    let gain = |t| stage.gain_at(VoiceId(1), t);
    for (t, expected) in [
        (0, 0.0),
        (2_400, 0.25),
        (4_800, 0.5),
        (7_200, 0.25),
        (9_600, 0.0),
    ] {
        assert!((gain(t) - expected).abs() < 1e-3, "{t}: {}", gain(t));
    }
    let lines = stage.voices();
    assert_eq!(lines.last().unwrap(), "9600 1 stop 0");
}

#[test]
fn pause_keeps_a_delayed_release_and_resume_goes_on() {
    let short = Action {
        fade_out: fade(10.0),
        ..play("b")
    };
    let source = events(vec![
        event("go", vec![short]),
        event("pause", vec![action(ActionKind::PauseAll)]),
        event("resume", vec![action(ActionKind::ResumeAll)]),
    ]);
    let mut stage = Stage::new(&source);
    stage.post(0, "go");
    stage.post(760, "pause");
    stage.post(21_000, "resume");
    stage.run(40_000);
    let lines = stage.voices();
    assert!(lines.contains(&"760 1 pause 240".to_owned()), "{lines:?}");
    assert!(
        lines.contains(&"21000 1 resume 240".to_owned()),
        "{lines:?}"
    );
    // 9,600 frames of sound, and 20,000 for which it stood still; the fade takes the last 480.
    let fades: Vec<_> = lines.iter().filter(|line| line.contains("gain")).collect();
    assert!(fades[0].starts_with("29120 1 gain"), "{fades:?}");
    assert!(lines.contains(&"29600 1 stop 0".to_owned()), "{lines:?}");
}

#[test]
fn limits_have_their_rules() {
    let with = |rule| Event {
        max_instances: 2,
        limit_rule: rule,
        ..event("go", vec![play("long")])
    };
    let check = |rule, started: usize, refused: &[Reason], ended: &[(u64, Reason)]| {
        let mut stage = Stage::new(&events(vec![with(rule)]));
        for at in [0, 10, 20] {
            stage.post(at, "go");
        }
        stage.run(4_800);
        assert_eq!(stage.starts().len(), started, "{rule:?}");
        let rows = stage.rows();
        let reasons: Vec<_> = rows
            .iter()
            .filter_map(|row| match row.what {
                What::Refused { reason, .. } => Some(reason),
                _ => None,
            })
            .collect();
        assert_eq!(reasons, refused, "{rule:?}");
        let over: Vec<_> = rows
            .iter()
            .filter_map(|row| match row.what {
                What::Voice { voice, reason, .. } => Some((voice.0, reason)),
                _ => None,
            })
            .collect();
        assert_eq!(over, ended, "{rule:?}");
    };
    check(LimitRule::DiscardNewest, 2, &[Reason::LimitEvent], &[]);
    check(LimitRule::DiscardOldest, 3, &[], &[(1, Reason::LimitEvent)]);
    check(
        LimitRule::DiscardLowestPriority,
        3,
        &[],
        &[(1, Reason::LimitEvent)],
    );
    check(LimitRule::Ignore, 3, &[], &[]);
}

#[test]
fn a_cooldown_refuses_until_it_has_passed() {
    let source = events(vec![Event {
        cooldown_ms: 10.0,
        ..event("go", vec![play("a")])
    }]);
    let mut stage = Stage::new(&source);
    for at in [0, 479, 480] {
        stage.post(at, "go");
    }
    stage.run(960);
    assert_eq!(stage.starts().len(), 2);
    assert_eq!(refusals(&mut stage), [Reason::Cooldown]);
}

#[test]
fn what_cannot_play_says_why() {
    let mut stage = Stage::new(&events(vec![event("go", vec![play("gone")])]));
    stage.post(0, "go");
    stage.post(0, "gone");
    stage.post_on(0, "go", 5);
    stage.run(480);
    assert_eq!(
        refusals(&mut stage),
        [Reason::AssetMissing, Reason::StaleId, Reason::ObjectGone]
    );
}

#[test]
fn a_post_beyond_all_that_may_play_names_that_limit() {
    let config = Config {
        playing: 2,
        ..Config::default()
    };
    let source = events(vec![event("go", vec![play("long")])]);
    let mut stage = Stage::with(bank(&source), &config);
    for _ in 0..3 {
        stage.post(0, "go");
    }
    stage.run(480);
    assert_eq!(refusals(&mut stage), [Reason::LimitPosts]);
}

/// The reasons for which calls were ignored.
fn ignored(stage: &mut Stage) -> Vec<(ObjectId, Reason)> {
    let rows = stage.rows().into_iter();
    rows.filter_map(|row| match row.what {
        What::Ignored { object, reason, .. } => Some((object, reason)),
        _ => None,
    })
    .collect()
}

#[test]
fn one_game_object_too_many_names_that_limit() {
    let mut stage = Stage::new(&events(vec![event("go", vec![play("long")])]));
    let most = limits::OBJECTS as u64;
    for object in 1..=most + 1 {
        stage.register(0, object);
    }
    // A place that is free again is taken.
    let gone = ObjectId(3);
    stage.at(480, GameCall::Unregister { object: gone });
    stage.register(480, most + 1);
    stage.run(960);
    let expected = [(ObjectId(most + 1), Reason::LimitGameObjects)];
    assert_eq!(ignored(&mut stage), expected);
    let counts = stage.director.counts();
    assert_eq!(counts.ignored, 1);
    assert_eq!(counts.refusals[Reason::LimitGameObjects as usize], 1);
    assert_eq!(counts.refusals.iter().sum::<u64>(), 1);
}

#[test]
fn one_value_too_many_of_objects_names_that_limit() {
    let groups = ["g", "h", "i"].map(|name| SwitchGroup {
        name: name.into(),
        values: vec!["x".into()],
        ..SwitchGroup::default()
    });
    let source = Interactive {
        switches: groups.to_vec(),
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    let values = MAX_OWN_SWITCH_VALUES as u64;
    let set = |group: &str, object| GameCall::SetSwitch {
        group: NameId::of(group),
        object: ObjectId(object),
        value: NameId::of("x"),
    };
    for object in 1..=values / 2 {
        stage.register(0, object);
        stage.at(0, set("g", object)).at(0, set("h", object));
    }
    stage.at(1, set("i", 1));
    stage.run(480);
    assert_eq!(ignored(&mut stage), [(ObjectId(1), Reason::LimitOwnValues)]);
}

#[test]
fn every_refusal_is_counted_by_its_reason() {
    let once = Event {
        max_instances: 1,
        ..event("once", vec![play("long")])
    };
    let gone = event("gone", vec![play("gone")]);
    let mut stage = Stage::new(&events(vec![once, gone]));
    for _ in 0..3 {
        stage.post(0, "once");
    }
    stage.post(0, "gone");
    stage.post(0, "nobody");
    stage.rtpc(0, "nothing", 1.0);
    stage.run(480);
    let counts = stage.listener.counts();
    let of = |reason| counts.refusals[reason as usize];
    assert_eq!(of(Reason::LimitEvent), 2);
    assert_eq!(of(Reason::AssetMissing), 1);
    assert_eq!(of(Reason::StaleId), 2);
    let all = counts.refused + counts.missing + counts.ignored;
    assert_eq!(counts.refusals.iter().sum::<u64>(), all);
}

#[test]
fn scopes_choose_whom_a_stop_concerns() {
    let check = |scope, stopped: &[u64]| {
        let stop = Action {
            scope,
            ..action(ActionKind::Stop("long".into()))
        };
        let source = events(vec![
            event("go", vec![play("long")]),
            event("stop", vec![stop]),
        ]);
        let mut stage = Stage::new(&source);
        stage.register(0, 1).register(0, 2);
        stage.post_on(0, "go", 1);
        stage.post_on(1, "go", 2);
        stage.post_on(2, "go", 1);
        stage.post_on(480, "stop", 1);
        stage.run(2_400);
        let mut over: Vec<_> = ends(&mut stage)
            .into_iter()
            .map(|(voice, _)| voice)
            .collect();
        over.sort_unstable();
        assert_eq!(over, stopped, "{scope:?}");
    };
    check(Scope::GameObject, &[1, 3]);
    check(Scope::Global, &[1, 2, 3]);
    check(Scope::All, &[1, 2, 3]);
    check(Scope::FirstOnly, &[1]);
}

#[test]
fn playing_on_all_objects_reaches_each() {
    let everywhere = Action {
        scope: Scope::All,
        ..play("a")
    };
    let mut stage = Stage::new(&events(vec![event("go", vec![everywhere])]));
    for object in 1..=3 {
        stage.register(0, object);
    }
    let playing = stage.post(0, "go");
    stage.at(480, GameCall::StopPlaying { playing, fade: 0 });
    stage.run(2_400);
    assert_eq!(stage.starts().len(), 3);
    assert_eq!(ends(&mut stage).len(), 3, "one post stops all of them");
}

#[test]
fn conditions_hold_at_the_post_or_when_it_is_carried_out() {
    let check = |eval_at_fire, played: usize| {
        let conditional = Action {
            delay_ms: 10.0,
            eval_at_fire,
            conditions: vec![Condition::State {
                group: "mood".into(),
                value: "calm".into(),
                not: false,
            }],
            ..play("a")
        };
        let source = Interactive {
            states: vec![StateGroup {
                name: "mood".into(),
                values: vec![StateValue {
                    name: "calm".into(),
                    changes: Vec::new(),
                }],
                ..StateGroup::default()
            }],
            ..events(vec![event("go", vec![conditional])])
        };
        let mut stage = Stage::new(&source);
        stage.post(0, "go");
        let group = NameId::of("mood");
        let value = NameId::of("calm");
        stage.at(100, GameCall::SetState { group, value });
        stage.run(960);
        assert_eq!(stage.starts().len(), played);
    };
    check(false, 0);
    check(true, 1);
}

#[test]
fn chance_is_a_function_of_seed_and_post() {
    let rare = Action {
        probability: 0.25,
        ..play("c")
    };
    let source = events(vec![event("go", vec![rare])]);
    let run = |block| {
        let mut stage = Stage::new(&source);
        for n in 0..2_000 {
            stage.post(n * 100, "go");
        }
        stage.run_in(200_000, block);
        stage.starts()
    };
    let played = run(512);
    assert!((400..600).contains(&played.len()), "{}", played.len());
    assert_eq!(played, run(37));
}

#[test]
fn more_than_a_ticks_actions_wait_for_the_next() {
    let many = (0..64).map(|_| play("c")).collect();
    let mut stage = Stage::new(&events(vec![event("go", many)]));
    for _ in 0..20 {
        stage.post(100, "go");
    }
    stage.run(1_440);
    let starts = stage.starts();
    assert_eq!(starts.iter().filter(|start| start.0 == 100).count(), 1_024);
    assert_eq!(starts.iter().filter(|start| start.0 == 480).count(), 256);
    let late: u32 = stage
        .rows()
        .into_iter()
        .map(|row| match row.what {
            What::Dropped { late_actions, .. } => late_actions,
            _ => 0,
        })
        .sum();
    assert_eq!(late, 256);
}

#[test]
fn events_post_events() {
    let source = events(vec![
        event("outer", vec![action(ActionKind::PostEvent("inner".into()))]),
        event("inner", vec![play("long")]),
    ]);
    let mut stage = Stage::new(&source);
    let playing = stage.post(0, "outer");
    stage.at(960, GameCall::StopPlaying { playing, fade: 480 });
    stage.run(4_800);
    assert_eq!(stage.starts(), [(0, "long", 1.0)]);
    assert_eq!(ends(&mut stage), [(1, Reason::StopAction)]);
}

#[test]
fn an_unregistered_object_stops_or_lets_go() {
    let check = |stop_on_unregister, ended: usize| {
        let mut stage = Stage::new(&events(vec![event("go", vec![play("long")])]));
        let object = ObjectId(9);
        stage.at(
            0,
            GameCall::Register {
                object,
                pan: 0.5,
                width: 1.0,
                stop_on_unregister,
            },
        );
        stage.post_on(0, "go", 9);
        stage.at(480, GameCall::Unregister { object });
        stage.post_on(481, "go", 9);
        stage.run(4_800);
        assert_eq!(stage.starts().len(), 1);
        let over = ends(&mut stage);
        assert_eq!(over.len(), ended);
        assert!(over.iter().all(|end| end.1 == Reason::ObjectGone));
    };
    check(true, 1);
    check(false, 0);
}

#[test]
fn set_actions_reach_what_plays() {
    let set = |kind| Action {
        fade: fade(100.0),
        ..action(kind)
    };
    let target = || "long".to_owned();
    let source = events(vec![
        event("go", vec![play("long")]),
        event(
            "set",
            vec![
                set(ActionKind::SetVolume(target(), -6.0)),
                set(ActionKind::SetPitch(target(), 12.0)),
                set(ActionKind::SetLpf(target(), 1_000.0)),
                action(ActionKind::Seek(target(), SeekTo::Seconds(2.0))),
                action(ActionKind::Break(target())),
            ],
        ),
        event("mute", vec![action(ActionKind::Mute(target()))]),
    ]);
    let mut stage = Stage::new(&source);
    stage.post(0, "go");
    stage.post(480, "set");
    stage.run(9_600);
    let lines = stage.voices();
    let last = |what: &str| {
        lines
            .iter()
            .rfind(|line| line.contains(what))
            .unwrap()
            .clone()
    };
    assert!(last("gain").contains("0.5012"), "{}", last("gain"));
    assert!(last("pitch").contains("2.0000"), "{}", last("pitch"));
    assert!(last("filter").ends_with("1000 0"), "{}", last("filter"));
    assert_eq!(last("seek"), "480 1 seek 96000");
    assert_eq!(last("leave"), "480 1 leave");
    stage.post(9_600, "mute");
    stage.run(14_400);
    assert_eq!(stage.gain_at(VoiceId(1), 14_000), 0.0);
}

#[test]
fn play_and_continue_goes_on_where_it_was_stopped() {
    let source = events(vec![
        event(
            "go",
            vec![action(ActionKind::PlayAndContinue("long".into()))],
        ),
        event("stop", vec![action(ActionKind::Stop("long".into()))]),
    ]);
    let mut stage = Stage::new(&source);
    stage.post(0, "go");
    stage.post(5_000, "stop");
    stage.post(9_000, "go");
    stage.run(9_600);
    let starts: Vec<u64> = stage
        .desk
        .told
        .iter()
        .filter_map(|(_, told)| match told {
            super::desk::Told::Start(_, params) => Some(params.start),
            _ => None,
        })
        .collect();
    assert_eq!(starts, [0, 5_000]);
}

#[test]
fn an_rtpc_moves_a_bus_in_straight_lines() {
    use crate::source::{Curve, CurvePoint, GlobalTarget, Interp};
    let point = |x, y| CurvePoint {
        x,
        y,
        shape: Shape::Linear,
    };
    let source = Interactive {
        rtpcs: vec![Rtpc {
            name: "health".into(),
            unit: String::new(),
            min: 0.0,
            max: 1.0,
            default: 1.0,
            interp: Interp::Linear {
                up_ms: 100.0,
                down_ms: 100.0,
            },
            host_param: None,
            targets: vec![RtpcTarget {
                target: GlobalTarget::BusVolume("music".into()),
                curve: Curve {
                    points: vec![point(0.0, -20.0), point(1.0, 0.0)],
                },
            }],
        }],
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    stage.rtpc(1_000, "health", 0.0);
    stage.run(9_600);
    let trims: Vec<(u64, f32)> = stage
        .desk
        .told
        .iter()
        .filter_map(|(at, told)| match told {
            super::desk::Told::Bus(_, gain, ramp) => Some((at + u64::from(*ramp), *gain)),
            _ => None,
        })
        .collect();
    let (first, last) = (trims[0], trims[trims.len() - 1]);
    assert_eq!(first.0 % 32, 0);
    assert!(trims.windows(2).all(|pair| pair[1].1 <= pair[0].1));
    assert!((last.1 - 0.1).abs() < 1e-6, "{last:?}");
    assert!((5_800..5_840).contains(&last.0), "{last:?}");
    let halfway = trims.iter().find(|(at, _)| *at >= 3_400).unwrap();
    let share = (halfway.0 - 1_000) as f32 / 4_800.0;
    assert!(
        (20.0 * halfway.1.log10() + 20.0 * share).abs() < 0.01,
        "{halfway:?}"
    );
}

#[test]
fn action_rows_tell_what_became_of_each() {
    let never = Action {
        probability: 0.0,
        ..play("a")
    };
    let stop = action(ActionKind::Stop("b".into()));
    let mut stage = Stage::new(&events(vec![event("go", vec![play("a"), never, stop])]));
    stage.post(0, "go");
    stage.run(480);
    let results: Vec<_> = stage
        .rows()
        .into_iter()
        .filter_map(|row| match row.what {
            What::Action { result, .. } => Some(result),
            _ => None,
        })
        .collect();
    assert_eq!(results, [Outcome::Done, Outcome::Chance, Outcome::Nothing]);
}

#[test]
fn voices_are_where_their_object_and_emitter_are() {
    let source = events(vec![event(
        "go",
        vec![Action {
            pan: 0.125,
            ..play("long")
        }],
    )]);
    let mut stage = Stage::new(&source);
    let object = ObjectId(3);
    let register = |pan| GameCall::Register {
        object,
        pan,
        width: 0.5,
        stop_on_unregister: true,
    };
    stage.at(0, register(0.5));
    stage.at(
        0,
        GameCall::Place {
            object,
            emitter: 0,
            pan: -0.25,
            width: 3.0,
        },
    );
    stage.post_on(10, "go", 3);
    stage.at(1_000, register(0.0));
    stage.run(4_800);
    let start = stage.desk.told.iter().find_map(|(_, told)| match told {
        super::desk::Told::Start(_, params) => Some((params.pan, params.width)),
        _ => None,
    });
    assert_eq!(start, Some((0.375, 1.5)));
    assert_eq!(stage.voices().last().unwrap(), "1024 1 pan -0.125 480");
}
