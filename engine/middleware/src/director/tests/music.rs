//! Music and adaptive layers, as far as the director is concerned.

use segue_rt::game::{GameCall, NameId, ObjectId};
use segue_rt::ids::VoiceId;

use super::stage::{Stage, action, event};
use crate::source::{
    Action, ActionKind, Adaptive, Compare, Context, FadeLength, FillerMode, Interactive, Layer,
    Music, MusicFade, Rule, RuleAction, RuleCondition, Scope, Segment, Shape, Stinger, Sync,
    Transition,
};
use crate::telemetry::{GridKind, What};

pub(crate) fn segment(name: &str, source: &str) -> Segment {
    Segment {
        name: name.into(),
        source: source.into(),
        tempo_bpm: 120.0,
        beats_per_bar: 4,
        beat_unit: 4,
        bars: 2,
        ..Segment::default()
    }
}

pub(crate) fn transition(sync: Sync) -> Transition {
    let fade = MusicFade {
        length: FadeLength::Ms(100.0),
        shape: Shape::Linear,
    };
    Transition {
        from: "*".into(),
        to: "*".into(),
        sync,
        max_wait_ms: 10_000.0,
        fade_out: fade,
        fade_in: fade,
        overlap_ms: 0.0,
        destination: crate::source::Destination::Entry,
        filler: None,
        filler_mode: FillerMode::Before,
    }
}

/// Two segments that change on the beat within 100 ms.
fn calm_and_wild() -> Interactive {
    Interactive {
        music: Music {
            segments: vec![segment("calm", "long"), segment("wild", "long")],
            transitions: vec![transition(Sync::Beat)],
            ..Music::default()
        },
        events: vec![
            event("calm", vec![action(ActionKind::PlayMusic("calm".into()))]),
            event("wild", vec![action(ActionKind::PlayMusic("wild".into()))]),
            event("off", vec![action(ActionKind::StopMusic)]),
        ],
        ..Interactive::default()
    }
}

#[test]
fn music_begins_at_full_gain_out_of_silence() {
    let mut source = calm_and_wild();
    // One for everything would have its own word.
    source.music.transitions.clear();
    let mut stage = Stage::new(&source);
    for (from, events) in [(1_000, ["calm", "off"]), (200_000, ["wild", "off"])] {
        stage.post(from, events[0]);
        stage.run(from + 60_000);
        let starts = stage.starts();
        let voice = VoiceId(starts.len() as u64);
        let begin = starts.last().unwrap().0;
        assert!(begin >= from, "{starts:?}");
        for t in (begin..begin + 9_600).step_by(32) {
            assert_eq!(stage.gain_at(voice, t), 1.0, "{t}");
        }
        stage.post(from + 60_000, events[1]);
        stage.run(from + 150_000);
        assert_eq!(stage.gain_at(voice, from + 149_000), 0.0);
    }
}

#[test]
fn music_changes_on_the_beat_with_constant_power() {
    let mut stage = Stage::new(&calm_and_wild());
    stage.post(0, "calm");
    stage.post(30_000, "wild");
    stage.run(90_000);
    let starts: Vec<u64> = stage.starts().iter().map(|it| it.0).collect();
    assert_eq!(starts[..2], [0, 48_000], "a beat is 24,000 frames");
    for t in (48_000..52_800).step_by(32) {
        let [a, b] = [1, 2].map(|voice| stage.gain_at(VoiceId(voice), t));
        assert!((a * a + b * b - 1.0).abs() < 1e-3, "{t}: {a} {b}");
    }
    assert_eq!(stage.gain_at(VoiceId(1), 53_000), 0.0);
    let sync = stage.rows().into_iter().any(|row| {
        matches!(row.what, What::Sync { granted_at: 48_000, error_smp, .. } if error_smp == 0.0)
    });
    assert!(sync);
    stage.post(90_000, "off");
    stage.run(120_000);
    assert_eq!(stage.gain_at(VoiceId(2), 119_000), 0.0);
}

pub(super) fn hit() -> Stinger {
    Stinger {
        name: "hit".into(),
        source: "a".into(),
        sync: Sync::Beat,
        anchor_ms: 0.0,
        duck_db: -12.0,
        attack_ms: 10.0,
        release_ms: 10.0,
        priority: 50,
        can_interrupt: false,
        look_ahead_ms: 50.0,
    }
}

#[test]
fn a_stinger_ducks_the_music_and_not_itself() {
    let source = Interactive {
        music: Music {
            segments: vec![segment("calm", "long")],
            stingers: vec![hit()],
            ..Music::default()
        },
        events: vec![event(
            "calm",
            vec![action(ActionKind::PlayMusic("calm".into()))],
        )],
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    stage.post(0, "calm");
    let stinger = NameId::of("hit");
    stage.at(10_000, GameCall::Stinger { stinger });
    stage.run(40_000);
    let starts = stage.starts();
    assert_eq!((starts[1].0, starts[1].1), (24_000, "a"));
    let music = |t| 20.0 * stage.gain_at(VoiceId(1), t).log10();
    assert!((music(26_000) + 12.0).abs() < 0.1, "{}", music(26_000));
    assert!(music(39_000).abs() < 0.1, "{}", music(39_000));
    assert_eq!(stage.gain_at(VoiceId(2), 26_000), 1.0);
}

#[test]
fn a_stop_of_everything_concerns_a_stinger_that_waits() {
    let stops_all = |scope| Action {
        scope,
        ..action(ActionKind::StopAll)
    };
    let source = Interactive {
        music: Music {
            segments: vec![segment("calm", "long")],
            stingers: vec![hit()],
            ..Music::default()
        },
        events: vec![
            event("calm", vec![action(ActionKind::PlayMusic("calm".into()))]),
            event("music", vec![action(ActionKind::StopMusic)]),
            event("all", vec![stops_all(Scope::Global)]),
            event("here", vec![stops_all(Scope::GameObject)]),
        ],
        ..Interactive::default()
    };
    let heard = |stop: &str, object| {
        let mut stage = Stage::new(&source);
        stage.register(0, 1).post(0, "calm");
        let stinger = NameId::of("hit");
        stage.at(10_000, GameCall::Stinger { stinger });
        let all = GameCall::StopAll {
            object: ObjectId::GLOBAL,
            fade: 0,
        };
        match stop {
            "call" => _ = stage.at(12_000, all),
            stop => _ = stage.post_on(12_000, stop, object),
        }
        stage.run(100_000);
        stage.starts().len() == 2
    };
    assert!(heard("music", 0) && heard("here", 1));
    assert!(!heard("all", 1) && !heard("here", 0) && !heard("call", 0));
}

/// A context of two levels, a rule that climbs when `danger` does.
pub(super) fn adaptive() -> Adaptive {
    let layer = |asset: &str| Layer {
        asset: asset.into(),
        ..Layer::default()
    };
    Adaptive {
        signals: vec![crate::source::Signal {
            name: "danger".into(),
            ..crate::source::Signal::default()
        }],
        contexts: vec![Context {
            name: "BASE".into(),
            key: String::new(),
            bpm: 120.0,
            signature: [4, 4],
            levels: vec![vec![layer("loop")], vec![layer("loop"), layer("long")]],
            constraints: crate::source::Constraints {
                min: 0,
                max: 1,
                ..crate::source::Constraints::default()
            },
            ..Context::default()
        }],
        rules: vec![Rule {
            id: "up".into(),
            enabled: true,
            condition: RuleCondition::Compare {
                signal: "danger".into(),
                raw: true,
                op: Compare::Gt,
                value: 0.5,
                high: 0.0,
            },
            action: RuleAction::SetLevel(1),
            ..Rule::default()
        }],
        ..Adaptive::default()
    }
}

#[test]
fn adaptive_layers_play_and_climb_by_a_signal() {
    let source = Interactive {
        adaptive: Some(adaptive()),
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    let signal = NameId::of("danger");
    stage.at(100_000, GameCall::Signal { signal, value: 1.0 });
    stage.run(200_000);
    let level = |told: &[crate::telemetry::Row]| {
        told.iter().find_map(|row| match row.what {
            What::Level {
                rule,
                from,
                to,
                refusal: 0,
                ..
            } => Some((row.at, rule, from, to)),
            _ => None,
        })
    };
    let rows = stage.rows();
    let (at, rule, from, to) = level(&rows).unwrap();
    assert_eq!((rule, from, to), (NameId::of("up"), 0, 1));
    assert_eq!(at, 100_320, "the tick after the call");
    let begun: Vec<&str> = stage.starts().iter().map(|it| it.1).collect();
    assert!(
        begun.contains(&"loop") && begun.contains(&"long"),
        "{begun:?}"
    );
    let long = stage.starts().iter().position(|it| it.1 == "long").unwrap() as u64 + 1;
    assert!(stage.gain_at(VoiceId(long), 99_000) < 1e-3);
    assert!(stage.gain_at(VoiceId(long), 190_000) > 0.99);

    // What is told of its volume is what its voice has, tick by tick, until it moves no more.
    let told: Vec<(u64, f32, f32)> = rows
        .iter()
        .filter_map(|row| match row.what {
            What::Layer {
                layer,
                gain,
                target,
                ..
            } if layer == NameId::of("long") => Some((row.at, gain, target)),
            _ => None,
        })
        .collect();
    assert!(told.len() > 5, "{told:?}");
    assert!(
        told.windows(2).all(|pair| pair[0].0 < pair[1].0),
        "{told:?}"
    );
    for (at, gain, _) in told.iter().filter(|it| it.0 > 100_320) {
        assert_eq!(*gain, stage.gain_at(VoiceId(long), *at), "{at}: {told:?}");
    }
    let ducked = |it: &&(u64, f32, f32)| it.1 < 0.9 && it.0 > 130_000;
    assert!(
        told.iter().any(|it| ducked(&it)),
        "its transition ducks it: {told:?}"
    );
    assert_eq!((told[0].1, told[0].2), (0.0, 0.0));
    assert_eq!(told.last().map(|it| (it.1, it.2)), Some((1.0, 1.0)));
}

/// The grid of a context counts from where its layers began, also for the way out of it.
#[test]
fn a_context_is_left_on_its_own_grid() {
    let mut adaptive = adaptive();
    let mut cave = adaptive.contexts[0].clone();
    cave.name = "CAVE".into();
    adaptive.contexts.push(cave);
    let source = Interactive {
        adaptive: Some(adaptive),
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    let context = NameId::of("CAVE");
    let strength = 0.0;
    stage.at(96_000, GameCall::EnterContext { context, strength });
    stage.at(150_000, GameCall::LeaveContext { summary: 0 });
    stage.run(300_000);
    let granted: Vec<(u64, GridKind, u64)> = stage
        .rows()
        .iter()
        .filter_map(|row| match row.what {
            What::Sync {
                granted,
                granted_at,
                ..
            } if row.at > 0 => Some((row.at, granted, granted_at)),
            _ => None,
        })
        .collect();
    // The phrase would be 330,000 frames away: over the 4 s of `feature_exit`.
    assert_eq!(
        granted,
        [
            (96_000, GridKind::NextDownbeat, 96_000),
            (150_000, GridKind::Bar, 192_000)
        ]
    );
}

/// Who comes back before a change was granted finds what played, as it was.
#[test]
fn a_context_that_is_left_before_it_begins_changes_nothing() {
    let mut adaptive = adaptive();
    let mut cave = adaptive.contexts[0].clone();
    cave.name = "CAVE".into();
    adaptive.contexts.push(cave);
    let source = Interactive {
        adaptive: Some(adaptive),
        ..Interactive::default()
    };
    let base = GameCall::EnterContext {
        context: NameId::of("BASE"),
        strength: 0.0,
    };
    for back in [GameCall::LeaveContext { summary: 0 }, base] {
        let mut stage = Stage::new(&source);
        let context = NameId::of("CAVE");
        let strength = 0.0;
        stage.at(52_800, GameCall::EnterContext { context, strength });
        stage.at(62_400, back);
        stage.run(200_000);
        let starts = stage.starts();
        assert!(starts.iter().all(|it| it.0 == 0), "{back:?}: {starts:?}");
        let layer = starts.iter().position(|it| it.1 == "loop").unwrap() as u64 + 1;
        for t in (48_000..200_000).step_by(480) {
            assert_eq!(stage.gain_at(VoiceId(layer), t), 1.0, "{back:?} {t}");
        }
        let told = stage.rows().into_iter().any(|row| {
            matches!(
                row.what,
                What::Sync {
                    granted: GridKind::Immediate,
                    granted_at: 62_400,
                    ..
                }
            )
        });
        assert!(told, "what was planned is off");
    }
}

#[test]
fn the_duck_of_an_adaptive_stinger_ends_with_it() {
    let mut adaptive = adaptive();
    adaptive.stingers.push(crate::source::AdaptiveStinger {
        name: "tada".into(),
        asset: "c".into(),
    });
    adaptive.contexts[0].entry_stinger = Some("tada".into());
    adaptive.contexts[0].entry_stinger_duck_db = -12.0;
    let source = Interactive {
        adaptive: Some(adaptive),
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    stage.run(96_000);
    let starts = stage.starts();
    let layer = starts.iter().position(|it| it.1 == "loop").unwrap() as u64 + 1;
    let ducked = (0..9_600).map(|t| stage.gain_at(VoiceId(layer), t));
    assert!(starts.iter().any(|it| it.1 == "c") && ducked.fold(1.0, f32::min) < 0.5);
    let after = stage.gain_at(VoiceId(layer), 90_000);
    assert!(after > 0.99, "{after}");
}

fn ways() -> Interactive {
    Interactive {
        music: Music {
            segments: vec![segment("calm", "long"), segment("wild", "long")],
            transitions: vec![transition(Sync::Beat)],
            stingers: vec![Stinger {
                name: "hit".into(),
                source: "a".into(),
                sync: Sync::Immediate,
                anchor_ms: 0.0,
                duck_db: -12.0,
                attack_ms: 20.0,
                release_ms: 20.0,
                priority: 50,
                can_interrupt: false,
                look_ahead_ms: 0.0,
            }],
            ..Music::default()
        },
        events: vec![
            event("calm", vec![action(ActionKind::PlayMusic("calm".into()))]),
            event("wild", vec![action(ActionKind::PlayMusic("wild".into()))]),
            event("pause", vec![action(ActionKind::PauseAll)]),
            event("resume", vec![action(ActionKind::ResumeAll)]),
        ],
        ..Interactive::default()
    }
}

#[test]
fn a_pause_tells_anew_when_the_change_comes() {
    let mut stage = Stage::new(&ways());
    stage.post(0, "calm");
    stage.post(30_000, "wild");
    stage.post(39_760, "pause");
    stage.post(126_400, "resume");
    stage.run(200_000);
    let rows = stage.rows();
    let granted: Vec<_> = rows
        .iter()
        .filter_map(|row| match row.what {
            What::Sync {
                asked_at,
                granted_at,
                ..
            } if row.at > 0 => Some((row.at, asked_at, granted_at)),
            _ => None,
        })
        .collect();
    assert_eq!(
        granted,
        [(30_000, 30_000, 48_000), (126_400, 30_000, 134_400)]
    );
    assert!(stage.starts().iter().any(|it| it.0 == 134_400));
}

fn ignored(stage: &mut Stage) -> Vec<(u64, NameId)> {
    let rows = stage.rows();
    let rows = rows.iter().filter_map(|row| match row.what {
        What::Ignored { name, .. } => Some((row.at, name)),
        _ => None,
    });
    rows.collect()
}

#[test]
fn what_is_so_already_is_ignored_and_told() {
    let mut stage = Stage::new(&ways());
    stage.post(0, "calm");
    stage.post(1_000, "calm");
    stage.post(2_000, "wild");
    stage.post(3_000, "wild");
    // This one takes the change back.
    stage.post(4_000, "calm");
    stage.run(10_000);
    let (calm, wild) = (NameId::of("calm"), NameId::of("wild"));
    assert_eq!(ignored(&mut stage), [(1_000, calm), (3_000, wild)]);

    let source = Interactive {
        adaptive: Some(adaptive()),
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    let base = NameId::of("BASE");
    let context = base;
    let strength = 0.0;
    stage.at(1_000, GameCall::EnterContext { context, strength });
    stage.at(2_000, GameCall::LeaveContext { summary: 0 });
    stage.run(10_000);
    assert_eq!(ignored(&mut stage), [(1_000, base), (2_000, base)]);
}

#[test]
fn the_duck_of_a_stinger_is_told() {
    let mut stage = Stage::new(&ways());
    stage.post(0, "calm");
    let hit = NameId::of("hit");
    stage.at(4_800, GameCall::Stinger { stinger: hit });
    stage.run(20_000);
    let told: Vec<_> = stage
        .rows()
        .iter()
        .filter_map(|row| match row.what {
            What::Duck {
                duck,
                envelope,
                gain_db,
            } => {
                assert_eq!(duck, hit);
                Some((row.at, envelope, gain_db))
            }
            _ => None,
        })
        .collect();
    assert_eq!(told[0], (5_280, 0.5, -6.0));
    assert_eq!(told[1], (5_760, 1.0, -12.0));
    assert_eq!(
        told.last().map(|it| (it.1, it.2)),
        Some((0.0, 0.0)),
        "{told:?}"
    );
    assert_eq!(told.len(), 4, "{told:?}");
}
