//! Actions that set values.

use segue_rt::game::{NameId, ObjectId};

use super::events::{events, fade};
use super::mixer::music;
use super::music::{hit, segment};
use super::stage::{Stage, action, event};
use crate::source::{
    Action, ActionKind, Interactive, Music, RtpcTarget, Shape, StateChange, StateGroup,
    StateTarget, StateValue,
};
use crate::telemetry::What;

#[test]
fn an_action_sets_a_state_and_the_state_moves_its_bus() {
    let calm = StateValue {
        name: "calm".into(),
        changes: vec![StateChange {
            target: StateTarget::Bus("music".into()),
            volume_db: -20.0,
            pitch_st: 0.0,
            lpf_hz: None,
            hpf_hz: None,
        }],
    };
    let set = |value: &str| action(ActionKind::SetState("mood".into(), value.into()));
    let source = Interactive {
        states: vec![StateGroup {
            name: "mood".into(),
            values: vec![calm],
            default_transition_ms: 100.0,
            ..StateGroup::default()
        }],
        ..events(vec![
            event("rest", vec![set("calm")]),
            event("go on", vec![set("none")]),
        ])
    };
    let mut stage = Stage::new(&source);
    stage.post(1_000, "rest");
    stage.post(20_000, "go on");
    stage.run(30_000);
    let rows = stage.rows().into_iter();
    let states: Vec<_> = rows
        .filter_map(|row| match row.what {
            What::State { group, from, to } => Some((row.at, group, from, to)),
            _ => None,
        })
        .collect();
    let [mood, none, calm] = ["mood", "none", "calm"].map(NameId::of);
    assert_eq!(
        states,
        [(1_000, mood, none, calm), (20_000, mood, calm, none)]
    );
    let told = music(&stage);
    let (down, up): (Vec<_>, Vec<_>) = told.into_iter().partition(|it| it.0 < 20_000);
    for (way, gain, end) in [(down, 0.1, 5_800), (up, 1.0, 24_800)] {
        let (at, last, ramp): (u64, f32, u32) = way[way.len() - 1];
        assert!((last - gain).abs() < 1e-6, "{last}");
        assert!((end..end + 32).contains(&(at + u64::from(ramp))), "{way:?}");
    }
}

#[test]
fn an_action_moves_a_bus_within_its_fade() {
    let set = |db, ms| Action {
        fade: fade(ms),
        ..action(ActionKind::SetBusVolume("music".into(), db))
    };
    let source = events(vec![
        event("down", vec![set(-20.0, 100.0)]),
        event("up", vec![set(0.0, 50.0)]),
    ]);
    let mut stage = Stage::new(&source);
    stage.post(1_003, "down");
    stage.post(12_000, "up");
    stage.run(24_000);
    let told = music(&stage);
    let (down, up): (Vec<_>, Vec<_>) = told.into_iter().partition(|it| it.0 < 12_000);
    let end = |(at, _, ramp): &(u64, f32, u32)| at + u64::from(*ramp);
    for (way, [from, to], [begin, frames]) in [
        (down, [0.0, -20.0], [1_003, 4_800]),
        (up, [-20.0, 0.0], [12_000, 2_400]),
    ] {
        assert_eq!(way[0].0, begin);
        let last = end(&way[way.len() - 1]);
        assert!(
            (begin + frames..begin + frames + 32).contains(&last),
            "{last}"
        );
        // Straight lines in dB, and each goes on where the one before ends.
        assert!(way.windows(2).all(|pair| end(&pair[0]) == pair[1].0));
        for it in &way {
            let share = ((end(it) - begin) as f32 / frames as f32).min(1.0);
            let db = from + (to - from) * share;
            assert!((20.0 * it.1.log10() - db).abs() < 1e-3, "{it:?} {db}");
        }
    }
}

#[test]
fn an_action_takes_a_game_value_back_to_its_default() {
    let mut health = super::containers::rtpc("health", crate::source::Interp::None);
    health.default = 0.5;
    let point = |x, y| crate::source::CurvePoint {
        x,
        y,
        shape: Shape::Linear,
    };
    health.targets = vec![RtpcTarget {
        target: crate::source::GlobalTarget::BusVolume("music".into()),
        curve: crate::source::Curve {
            points: vec![point(0.0, -40.0), point(1.0, 0.0)],
        },
    }];
    let source = Interactive {
        rtpcs: vec![health],
        ..events(vec![
            event(
                "hit",
                vec![action(ActionKind::SetRtpc("health".into(), 0.0))],
            ),
            event("heal", vec![action(ActionKind::ResetRtpc("health".into()))]),
        ])
    };
    let mut stage = Stage::new(&source);
    stage.post(1_000, "hit");
    stage.post(5_000, "heal");
    stage.run(9_600);
    let told: Vec<_> = music(&stage)
        .into_iter()
        .map(|(at, gain, ramp)| format!("{at} {gain:.6} {ramp}"))
        .collect();
    let expected = ["0 0.100000 0", "1024 0.010000 480", "5024 0.100000 480"];
    assert_eq!(told, expected);
    let reset = stage.rows().into_iter().find_map(|row| match row.what {
        What::RtpcReset { rtpc, object, .. } => Some((row.at, rtpc, object)),
        _ => None,
    });
    let health = NameId::of("health");
    assert_eq!(reset, Some((5_000, health, ObjectId::GLOBAL)));
}

#[test]
fn an_action_triggers_a_stinger_on_the_grid() {
    let music = action(ActionKind::PlayMusic("calm".into()));
    let trigger = action(ActionKind::Trigger("hit".into()));
    let source = Interactive {
        music: Music {
            segments: vec![segment("calm", "long")],
            stingers: vec![hit()],
            ..Music::default()
        },
        ..events(vec![
            event("calm", vec![music]),
            event("hit", vec![trigger]),
        ])
    };
    let mut stage = Stage::new(&source);
    stage.post(0, "calm");
    // A beat is 24,000 frames, and 50 ms are looked ahead: the second comes too late for the beat.
    stage.post(21_600, "hit");
    stage.post(45_601, "hit");
    stage.run(90_000);
    let starts: Vec<_> = stage.starts().iter().map(|it| (it.0, it.1)).collect();
    assert_eq!(starts, [(0, "long"), (24_000, "a"), (72_000, "a")]);
}
