//! Ends of trims and the fades that lead to an end keep to the sound's own frames, whatever the
//! pitch does after the start.

use segue_rt::ids::VoiceId;

use super::containers::{container, random, step, switch_group};
use super::desk::Told;
use super::real::Real;
use super::stage::{Stage, action, event, play};
use crate::source::{
    Action, ActionKind, Container, ContainerKind, Fade, Interactive, SeekTo, Sequence, SequenceEnd,
    Shape, Switch,
};

fn fade(ms: f32) -> Fade {
    Fade {
        ms,
        shape: Shape::Linear,
    }
}

/// Plays `go`, and moves the pitch of it by `st` semitones over `ms` with `bend`.
fn source(go: Action, st: f32, ms: f32) -> Interactive {
    let bend = Action {
        fade: fade(ms),
        ..action(ActionKind::SetPitch(String::new(), st))
    };
    Interactive {
        containers: vec![container("some", random(&[("b", 1)]))],
        events: vec![event("go", vec![go]), event("bend", vec![bend])],
        ..Interactive::default()
    }
}

/// The last frame at which something is heard.
fn last_heard(source: &Interactive, bend_at: Option<u64>) -> u64 {
    let mut stage = Stage::new(source);
    stage.post(0, "go");
    if let Some(at) = bend_at {
        stage.post(at, "bend");
    }
    let mut real = Real::new(source);
    real.calls(&stage.take_calls());
    real.run(30_000, 256);
    let bend = |three: &[f32]| (three[0] - 2.0 * three[1] + three[2]).abs();
    // A sine of 0.1 that fades within 5 ms; the start is left out.
    let worst = real.out[100..].windows(3).map(bend).fold(0.0, f32::max);
    assert!(worst < 1e-3, "a click of {worst}");
    real.out.iter().rposition(|x| *x != 0.0).unwrap() as u64
}

#[test]
fn a_trim_ends_in_the_frames_of_the_sound() {
    let trimmed = Action {
        trim_start_smp: 1_000,
        trim_end_smp: 9_000,
        ..play("long")
    };
    // 8,000 frames; an octave up from frame 2,000 on, the ramp of a jump takes 10 ms: 480 frames
    // at 3/2 on the way.
    let near = |found: u64, expected: u64| assert!(found.abs_diff(expected) <= 8, "{found}");
    near(last_heard(&source(trimmed.clone(), 12.0, 0.0), None), 7_999);
    near(
        last_heard(&source(trimmed.clone(), 12.0, 0.0), Some(2_000)),
        5_119,
    );
    near(
        last_heard(&source(trimmed.clone(), -12.0, 0.0), Some(2_000)),
        13_759,
    );
    // Three passes of the trimmed part, at twice the speed from the start.
    let looped = Action {
        pitch_st: 12.0,
        loop_count: 3,
        trim_start_smp: 0,
        trim_end_smp: 8_000,
        ..play("long")
    };
    let mut stage = Stage::new(&source(looped, 0.0, 0.0));
    stage.post(0, "go");
    stage.run(30_000);
    let over = stage.rows().into_iter().find_map(|row| match row.what {
        crate::telemetry::What::Voice { .. } => Some(row.at),
        _ => None,
    });
    assert_eq!(over, Some(12_000));
}

#[test]
fn a_fade_before_the_end_begins_in_time() {
    let heard = |go: &Action, st, bend_at: Option<u64>| {
        let mut stage = Stage::new(&source(go.clone(), st, 0.0));
        stage.post(0, "go");
        if let Some(at) = bend_at {
            stage.post(at, "bend");
        }
        stage.run(40_000);
        let begins = stage.desk.told.iter().find_map(|(at, told)| match told {
            Told::Voice(segue_rt::voices::VoiceCommand::Gain { .. }) => Some(*at),
            _ => None,
        });
        let over = stage
            .voices()
            .iter()
            .rposition(|line| line.ends_with("stop 0"));
        let over = over.map(|n| stage.voices()[n].split(' ').next().unwrap().parse::<u64>());
        (
            begins.unwrap(),
            over.unwrap().unwrap(),
            stage.gain_at(VoiceId(1), begins.unwrap()),
        )
    };
    for target in ["b", "some"] {
        let go = Action {
            fade_out: fade(50.0),
            ..play(target)
        };
        // 9,600 frames, the last 2,400 of them fade.
        assert_eq!(heard(&go, 0.0, None), (7_200, 9_600, 1.0), "{target}");
        // From frame 1,600 on twice as fast.
        let (begins, over, _) = heard(&go, 12.0, Some(1_600));
        assert!((3_195..3_205).contains(&begins), "{target}: {begins}");
        assert!((5_595..5_605).contains(&over), "{target}: {over}");
        let (begins, over, _) = heard(&go, -12.0, Some(1_600));
        assert!((15_195..15_205).contains(&begins), "{target}: {begins}");
        assert!((17_595..17_605).contains(&over), "{target}: {over}");
        // Its own pitch counts too.
        let slow = Action {
            pitch_st: -12.0,
            ..go
        };
        assert_eq!(heard(&slow, 0.0, None), (16_800, 19_200, 1.0), "{target}");
    }
}

/// The beginning and the end of the only fade of `go`, which the events of `more` are posted into.
fn faded(source: &Interactive, more: &[(u64, &str)]) -> (u64, u64) {
    let mut stage = Stage::new(source);
    stage.post(0, "go");
    for (at, event) in more {
        stage.post(*at, event);
    }
    stage.run(100_000);
    let begins = stage.desk.told.iter().find_map(|(at, told)| match told {
        Told::Voice(segue_rt::voices::VoiceCommand::Gain { .. }) => Some(*at),
        _ => None,
    });
    let told = stage.voices();
    let over = told.iter().rfind(|line| line.ends_with("stop 0"));
    let over = over.and_then(|line| line.split(' ').next()?.parse().ok());
    (begins.unwrap_or(0), over.unwrap_or(0))
}

/// `go` with 50 ms of fade before its end, among `containers`, and other `events`.
fn fading(go: Action, containers: Vec<Container>, events: Vec<(&str, ActionKind)>) -> Interactive {
    let go = Action {
        fade_out: fade(50.0),
        ..go
    };
    let mut source = Interactive {
        switches: vec![switch_group()],
        containers,
        events: vec![event("go", vec![go])],
        ..Interactive::default()
    };
    for (name, kind) in events {
        source.events.push(event(name, vec![action(kind)]));
    }
    source
}

#[test]
fn a_fade_before_the_end_comes_after_the_last_pass_of_a_loop() {
    let go = Action {
        loop_count: 3,
        ..play("b")
    };
    let found = faded(&fading(go, Vec::new(), Vec::new()), &[]);
    assert_eq!(found, (26_400, 28_800));
    // An endless one has no end, until its loop is left: then it plays its pass out.
    let leave = vec![("leave", ActionKind::Break(String::new()))];
    let source = fading(play("loop"), Vec::new(), leave);
    assert_eq!(faded(&source, &[]), (0, 0));
    assert_eq!(faded(&source, &[(11_000, "leave")]), (12_000, 14_400));
}

#[test]
fn a_seek_brings_the_fade_before_the_end_nearer() {
    let mut seek = vec![(
        "seek",
        ActionKind::Seek("long".into(), SeekTo::Samples(470_400)),
    )];
    seek.push(("pause", ActionKind::PauseAll));
    seek.push(("resume", ActionKind::ResumeAll));
    let source = fading(play("long"), Vec::new(), seek);
    // 9,600 frames are left, of which 2,400 fade.
    assert_eq!(faded(&source, &[(4_800, "seek")]), (12_000, 14_400));
    let paused = [(2_000, "pause"), (4_800, "seek"), (20_000, "resume")];
    assert_eq!(faded(&source, &paused), (27_200, 29_600));
}

#[test]
fn a_fade_before_the_end_of_a_sequence_is_that_of_its_last_child() {
    let steps = vec![step("a", 0.0, 0.0), step("b", 200.0, 0.0)];
    let sequence = Sequence {
        steps,
        speed: 1.0,
        end: SequenceEnd::Stop,
    };
    let sequence = || container("s", ContainerKind::Sequence(sequence.clone()));
    let nested = container("some", random(&[("s", 1)]));
    for target in ["s", "some"] {
        let source = fading(play(target), vec![sequence(), nested.clone()], Vec::new());
        assert_eq!(faded(&source, &[]), (16_800, 19_200), "{target}");
    }
    // One that repeats has no end; with a break this pass is the last.
    let Container {
        kind: ContainerKind::Sequence(mut loops),
        ..
    } = sequence()
    else {
        unreachable!()
    };
    loops.end = SequenceEnd::Loop;
    let leave = vec![("leave", ActionKind::Break(String::new()))];
    let loops = container("s", ContainerKind::Sequence(loops));
    let source = fading(play("s"), vec![loops], leave);
    assert_eq!(faded(&source, &[]), (0, 0));
    assert_eq!(faded(&source, &[(30_000, "leave")]), (36_000, 38_400));
}

#[test]
fn a_fade_before_the_end_of_a_switch_keeps_to_what_plays() {
    let switch = ContainerKind::Switch(Switch {
        group: "ground".into(),
        values: vec![
            ("wood".into(), vec!["loop".into()]),
            ("stone".into(), vec!["b".into()]),
        ],
        ..Switch::default()
    });
    let to_stone = ActionKind::SetSwitch("ground".into(), "stone".into());
    let source = fading(
        play("w"),
        vec![container("w", switch)],
        vec![("stone", to_stone)],
    );
    assert_eq!(faded(&source, &[]), (0, 0));
    assert_eq!(faded(&source, &[(10_000, "stone")]).1, 19_600);
}
