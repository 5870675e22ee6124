//! Over a minute of everything at random, on the real renderer: the same bits and the same rows
//! for every size of blocks and when it is played again, other banks in between included.

use segue_rt::game::{GameCall, NameId, ObjectId, PlayingId};

use super::containers::{container, rtpc, switch_group};
use super::music::{segment, transition};
use super::real::{Real, Take};
use super::splits::everything;
use super::stage::{action, event, play};
use crate::containers::rng::mix64;
use crate::source::{
    Action, ActionKind, Condition, ContainerKind, Context, Fade, Group, GroupChild, Hdr,
    Interactive, Interp, Playlist, Random, RandomChild, RandomMode, Scope, SeekTo, Shape,
    StateChange, StateGroup, StateTarget, StateValue, Stinger, Sync,
};

const SECONDS: u64 = 64;
const END: u64 = SECONDS * 48_000;

/// Events that begin nothing new, and those that do.
const QUIET: [&str; 16] = [
    "stop", "pause", "resume", "loud", "mute", "unmute", "bend", "dull", "reset", "jump", "fade",
    "leave", "break", "stop r", "silence", "chill",
];
const LOUD: [&str; 13] = [
    "r", "hit", "w", "m", "deck", "again", "crowd", "chain", "late", "calm", "wild", "list",
    "sting",
];

fn whole() -> Interactive {
    let mut it = everything();
    it.rtpcs.push(rtpc("y", Interp::Critical { t90_ms: 80.0 }));
    it.states = vec![state_group()];
    it.hdr = vec![Hdr {
        bus: "sfx".into(),
        threshold_db: -30.0,
        ratio: 4.0,
        release_ms: 120.0,
        range_db: 40.0,
    }];
    let child = |name: &str| RandomChild {
        child: name.into(),
        weight: 1,
        pitch_st: [-3.0, 3.0],
        volume_db: [-6.0, 0.0],
    };
    let deck = Random {
        children: ["a", "b", "c", "s"].map(child).to_vec(),
        mode: RandomMode::ShuffleHistory,
        avoid_last: 2,
        pitch_st: [-1.0, 1.0],
        volume_db: [-2.0, 0.0],
    };
    it.containers
        .push(container("deck", ContainerKind::Random(deck)));
    it.containers.push(container("crowd", crowd()));
    music(&mut it);
    let adaptive = it.adaptive.as_mut().unwrap();
    let mut feature = Context {
        name: "FEATURE".into(),
        bpm: 97.3,
        ..adaptive.contexts[0].clone()
    };
    feature.exit.return_to = "BASE".into();
    adaptive.contexts.push(feature);
    it.events.extend(events());
    it
}

fn state_group() -> StateGroup {
    let change = |target, volume_db| StateChange {
        target,
        volume_db,
        pitch_st: 0.0,
        lpf_hz: None,
        hpf_hz: None,
    };
    let value = |name: &str, changes| StateValue {
        name: name.into(),
        changes,
    };
    StateGroup {
        name: "mood".into(),
        values: vec![
            value("dark", vec![change(StateTarget::Bus("music".into()), -6.0)]),
            value(
                "bright",
                vec![
                    change(StateTarget::Object("r".into()), 3.0),
                    StateChange {
                        pitch_st: 2.0,
                        lpf_hz: Some(4_000.0),
                        ..change(StateTarget::Object("m".into()), -3.0)
                    },
                ],
            ),
        ],
        default_transition_ms: 70.0,
        transition_ms: vec![("*".into(), "none".into(), 333.0)],
    }
}

/// What a condition lets through.
fn crowd() -> ContainerKind {
    let child = |name: &str, conditions| GroupChild {
        child: name.into(),
        conditions,
        priority: 0,
        weight: 1,
    };
    let dark = Condition::State {
        group: "mood".into(),
        value: "dark".into(),
        not: true,
    };
    let high = Condition::Rtpc {
        rtpc: "y".into(),
        min: 0.4,
        max: 1.0,
    };
    ContainerKind::Group(Group {
        children: vec![
            child("a", vec![dark]),
            child("b", vec![high]),
            child("c", Vec::new()),
        ],
        ..Group::default()
    })
}

fn music(it: &mut Interactive) {
    let mut wild = segment("wild", "long");
    (wild.tempo_bpm, wild.loop_start_smp, wild.loop_end_smp) = (143.7, 20_000, 90_000);
    it.music.segments = vec![segment("calm", "long"), wild, segment("turn", "b")];
    it.music.playlists = vec![Playlist {
        name: "list".into(),
        entries: vec![("calm".into(), 1), ("turn".into(), 2)],
        shuffle: true,
        looped: true,
    }];
    let mut filled = transition(Sync::Bar);
    (filled.from, filled.to, filled.filler) = ("calm".into(), "wild".into(), Some("turn".into()));
    it.music.transitions = vec![transition(Sync::Beat), filled];
    it.music.stingers = vec![Stinger {
        name: "horn".into(),
        source: "b".into(),
        sync: Sync::Beat,
        anchor_ms: 12.0,
        duck_db: -9.0,
        attack_ms: 15.0,
        release_ms: 60.0,
        priority: 50,
        can_interrupt: true,
        look_ahead_ms: 50.0,
    }];
}

fn events() -> Vec<crate::source::Event> {
    let slowly = |kind, ms| Action {
        fade: Fade {
            ms,
            shape: Shape::S3,
        },
        scope: Scope::All,
        ..action(kind)
    };
    let set = |name: &str, kind| event(name, vec![slowly(kind, 40.0)]);
    let r = || "r".to_owned();
    let late = Action {
        delay_ms: 123.4,
        probability: 0.6,
        eval_at_fire: true,
        ..play("c")
    };
    let mut limited = event(
        "again",
        vec![action(ActionKind::PlayAndContinue("b".into()))],
    );
    (limited.max_instances, limited.cooldown_ms) = (3, 90.0);
    vec![
        set("mute", ActionKind::Mute(r())),
        set("unmute", ActionKind::Unmute(r())),
        set("bend", ActionKind::SetPitch("m".into(), -4.0)),
        set("dull", ActionKind::SetLpf("w".into(), 900.0)),
        set("reset", ActionKind::Reset(String::new())),
        set("jump", ActionKind::Seek("m".into(), SeekTo::Fraction(0.4))),
        set("fade", ActionKind::FadeTo("m".into(), 0.3, false)),
        set("leave", ActionKind::LeaveContext),
        set("break", ActionKind::Break(String::new())),
        set("stop r", ActionKind::Stop(r())),
        set("silence", ActionKind::StopMusic),
        set("chill", ActionKind::SetSignal("danger".into(), 0.0)),
        event("deck", vec![play("deck")]),
        limited,
        event("crowd", vec![play("crowd")]),
        event("chain", vec![action(ActionKind::PostEvent("late".into()))]),
        event("late", vec![late]),
        set("calm", ActionKind::PlayMusic("calm".into())),
        set("wild", ActionKind::PlayMusic("wild".into())),
        set("list", ActionKind::PlayMusic("list".into())),
        set("sting", ActionKind::Trigger("horn".into())),
    ]
}

/// Other numbers everywhere, other values here and there, and something that is gone.
fn edited() -> Interactive {
    let mut it = whole();
    it.containers.retain(|it| it.name != "s");
    for container in &mut it.containers {
        if let ContainerKind::Random(random) = &mut container.kind {
            random.children.retain(|it| it.child != "s");
            random.avoid_last = random.avoid_last.min(1);
            container.props.gain_db = -2.0;
        }
    }
    it.containers.reverse();
    it.events.retain(|it| it.name != "dull");
    it.events.reverse();
    it.rtpcs.reverse();
    it.switches.insert(0, {
        let mut first = switch_group();
        first.name = "unused".into();
        first
    });
    it.music.segments.reverse();
    it.music.stingers[0].duck_db = -3.0;
    it.ducks[0].depth_db = -4.0;
    it
}

/// What is done at its frame; the chance is that of `seed` alone.
pub(super) enum Deed {
    Call(GameCall),
    Swap(bool),
}

fn deeds(seed: u64) -> Vec<(u64, Deed)> {
    let mut n = seed << 32;
    let mut draw = move |below: u64| {
        n += 1;
        mix64(n) % below
    };
    let register = |object| GameCall::Register {
        object: ObjectId(object),
        pan: 0.1,
        width: 1.2,
        stop_on_unregister: object.is_multiple_of(2),
    };
    let mut deeds: Vec<(u64, Deed)> = (1..=4)
        .map(|object| (0, Deed::Call(register(object))))
        .collect();
    let mut posts = 0;
    for swap in 0..6 {
        deeds.push((draw(END), Deed::Swap(swap % 2 == 0)));
    }
    for _ in 0..3_000 {
        let at = match draw(3) {
            0 => draw(END / 480) * 480,
            _ => draw(END),
        };
        let call = any_call(&mut draw, &mut posts, register);
        deeds.push((at, Deed::Call(call)));
    }
    deeds.sort_by_key(|(at, _)| *at);
    deeds
}

fn any_call(
    draw: &mut impl FnMut(u64) -> u64,
    posts: &mut u64,
    register: impl Fn(u64) -> GameCall,
) -> GameCall {
    let object = ObjectId(draw(5));
    let playing = PlayingId(draw(*posts + 1));
    let share = draw(1_001) as f32 / 1_000.0;
    let fade = draw(4_000) as u32;
    match draw(20) {
        0 => register(draw(4) + 1),
        1 => GameCall::Unregister {
            object: ObjectId(draw(4) + 1),
        },
        2 => GameCall::Place {
            object,
            emitter: draw(8) as u8,
            pan: share * 2.0 - 1.0,
            width: 2.0 - share,
        },
        3 => GameCall::StopPlaying { playing, fade },
        4 => GameCall::PausePlaying {
            playing,
            on: draw(2) == 0,
            fade,
        },
        5 | 6 => GameCall::SetRtpc {
            rtpc: NameId::of(["x", "y"][draw(2) as usize]),
            object,
            playing: PlayingId(if draw(4) == 0 { playing.0 } else { 0 }),
            value: share,
            ramp: fade,
        },
        7 => GameCall::ResetRtpc {
            rtpc: NameId::of("x"),
            object,
            playing: PlayingId(0),
        },
        8 => GameCall::SetState {
            group: NameId::of("mood"),
            value: [NameId::NONE, NameId::of("dark"), NameId::of("bright")][draw(3) as usize],
        },
        9 => super::containers::ground(["wood", "stone", "air"][draw(3) as usize], object.0),
        10 => GameCall::Signal {
            signal: NameId::of("danger"),
            value: share,
        },
        11 => score_call(draw, share),
        12 => GameCall::SetPlayCount {
            container: NameId::of(["r", "deck"][draw(2) as usize]),
            object,
            play_n: draw(900),
        },
        kind => {
            *posts += 1;
            let event = if kind < 16 {
                QUIET[draw(QUIET.len() as u64) as usize]
            } else {
                LOUD[draw(LOUD.len() as u64) as usize]
            };
            GameCall::Post {
                event: NameId::of(event),
                object,
                emitter: draw(8) as u8,
                gain: 1.0,
                playing: PlayingId(*posts),
            }
        }
    }
}

fn score_call(draw: &mut impl FnMut(u64) -> u64, strength: f32) -> GameCall {
    match draw(7) {
        0 | 1 => GameCall::EnterContext {
            context: NameId::of(["BASE", "FEATURE"][draw(2) as usize]),
            strength,
        },
        2 => GameCall::LeaveContext { summary: 0 },
        3 => GameCall::SetLevel {
            level: draw(2) as u8,
        },
        4 => GameCall::NewSpin,
        5 => GameCall::Reseed { seed: draw(4) },
        _ => GameCall::Stinger {
            stinger: NameId::of("horn"),
        },
    }
}

fn played(seed: u64, block: usize) -> Take {
    let banks = [whole(), edited()];
    let mut real = Real::new(&banks[0]);
    real.take(deeds(seed), END, block, &banks)
}

#[test]
fn a_long_scene_with_everything_in_it_depends_on_no_blocks() {
    let first = played(1, 2_048);
    assert!(first.heard > END / 2, "{} frames are heard", first.heard);
    for kind in [
        "Posted", "Refused", "Finished", "Action", "Decision", "Seed", "Reseed", "Voice", "Rtpc",
        "State", "Switch", "Level", "Context", "Sync", "Duck", "Ignored",
    ] {
        let told = first.rows.iter().any(|row| row.contains(kind));
        assert!(told, "nothing of the kind {kind} happens");
    }
    assert_ne!(played(2, 2_048).hash, first.hash, "another scene");
    for block in [2_048, 1_000, 128, 64, 31, 16] {
        let again = played(1, block);
        let rows = first.rows.iter().zip(&again.rows);
        let differs = rows.enumerate().find(|(_, (a, b))| a != b);
        assert_eq!(differs, None, "block {block}");
        assert_eq!(again, first, "block {block}");
    }
}
