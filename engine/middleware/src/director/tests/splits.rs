//! The same calls give the same commands, however time is cut.

use segue_rt::game::{GameCall, NameId, ObjectId, PlayingId};

use super::containers::{container, ground, random, rtpc, step, switch_group};
use super::desk::Told;
use super::music::adaptive;
use super::stage::{Stage, action, event, play};
use crate::source::{
    Action, ActionKind, Blend, BlendChild, ContainerKind, Duck, DuckSource, DuckTrigger, Fade,
    Interactive, Interp, Sequence, SequenceEnd, Shape, Switch,
};

/// A bit of everything.
pub(crate) fn everything() -> Interactive {
    let fade = |ms| Fade {
        ms,
        shape: Shape::S2,
    };
    let blend = |child: &str, x_lo, x_hi| BlendChild {
        child: child.into(),
        x_lo,
        x_hi,
        gain_db: 0.0,
    };
    let containers = vec![
        container("r", random(&[("a", 3), ("b", 1), ("s", 1)])),
        container(
            "s",
            ContainerKind::Sequence(Sequence {
                steps: vec![step("a", 0.0, 41.7), step("c", 33.3, 0.0)],
                speed: 1.3,
                end: SequenceEnd::Stop,
            }),
        ),
        container(
            "w",
            ContainerKind::Switch(Switch {
                group: "ground".into(),
                values: vec![
                    ("wood".into(), vec!["loop".into()]),
                    ("stone".into(), vec!["r".into()]),
                ],
                fade_in_ms: 13.0,
                fade_out_ms: 17.0,
                ..Switch::default()
            }),
        ),
        container(
            "m",
            ContainerKind::Blend(Blend {
                rtpc: "x".into(),
                smooth_ms: 37.0,
                children: vec![blend("long", 0.0, 0.7), blend("loop", 0.3, 1.0)],
                ..Blend::default()
            }),
        ),
    ];
    let faded = |target: &str| Action {
        fade: fade(23.0),
        fade_out: fade(11.0),
        delay_ms: 3.7,
        ..play(target)
    };
    let stop = Action {
        fade: fade(31.0),
        ..action(ActionKind::StopAll)
    };
    let duck = Duck {
        name: "d".into(),
        source: DuckSource::Bus("sfx".into()),
        target_bus: "music".into(),
        depth_db: -9.0,
        attack_ms: 20.0,
        hold_ms: 5.0,
        release_ms: 50.0,
        trigger: DuckTrigger::Activity,
        threshold_lin: 0.01,
        curve: Shape::Sine,
    };
    Interactive {
        rtpcs: vec![rtpc(
            "x",
            Interp::Exponential {
                up_ms: 30.0,
                down_ms: 60.0,
            },
        )],
        switches: vec![switch_group()],
        containers,
        events: vec![
            event("r", vec![faded("r")]),
            event("hit", vec![play("c")]),
            event("w", vec![play("w")]),
            event("m", vec![faded("m")]),
            event("stop", vec![stop]),
            event("pause", vec![action(ActionKind::PauseAll)]),
            event("resume", vec![action(ActionKind::ResumeAll)]),
            event(
                "loud",
                vec![action(ActionKind::SetVolume(String::new(), -3.0))],
            ),
        ],
        ducks: vec![duck],
        adaptive: Some(adaptive()),
        ..Interactive::default()
    }
}

pub(super) fn random_calls(stage: &mut Stage, count: u64, span: u64) {
    let mut state = 0x1234_5678_u64;
    let mut draw = move |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for object in 1..=4 {
        stage.register(0, object);
    }
    let events = ["r", "w", "m", "stop", "pause", "resume", "loud"];
    for n in 0..count {
        let at = draw(span);
        let object = draw(5);
        match draw(6) {
            0 => stage.rtpc(at, "x", draw(1_000) as f32 / 1_000.0),
            1 => stage.at(
                at,
                ground(["wood", "stone", "air"][draw(3) as usize], object),
            ),
            2 => stage.at(
                at,
                GameCall::Signal {
                    signal: NameId::of("danger"),
                    value: draw(2) as f32,
                },
            ),
            3 => stage.at(
                at,
                GameCall::StopPlaying {
                    playing: PlayingId(draw(n + 1) + 1),
                    fade: 500,
                },
            ),
            4 => stage.at(
                at,
                GameCall::Place {
                    object: ObjectId(object),
                    emitter: 0,
                    pan: draw(200) as f32 / 100.0 - 1.0,
                    width: 1.0,
                },
            ),
            _ => {
                stage.post_on(at, events[draw(7) as usize], object);
                &mut *stage
            }
        };
    }
}

#[test]
fn blocks_do_not_matter() {
    let source = everything();
    let run = |block| {
        let mut stage = Stage::new(&source);
        random_calls(&mut stage, 600, 200_000);
        stage.run_in(240_000, block);
        std::mem::take(&mut stage.desk.told)
    };
    let whole: Vec<(u64, Told)> = run(2_048);
    assert!(whole.len() > 5_000, "{}", whole.len());
    for block in [16, 31, 64, 128, 1_000] {
        let other = run(block);
        let differs = whole.iter().zip(&other).position(|(a, b)| a != b);
        assert_eq!(
            differs.map(|n| (&whole[n], &other[n])),
            None,
            "block {block}"
        );
        assert_eq!(whole.len(), other.len(), "block {block}");
    }
}

#[test]
fn a_flood_of_calls_keeps_within_its_bounds() {
    let source = everything();
    let mut stage = Stage::new(&source);
    for n in 0..20_000 {
        stage.post(n / 2, "hit");
    }
    stage.run(48_000);
    let counts = stage.director.counts();
    assert_eq!(counts.posts + counts.refused, 20_000);
    assert!(counts.refused > 0, "there is room for 4,096 posts");
}
