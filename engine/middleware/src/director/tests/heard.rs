//! What the renderer puts out tells where each sound is and how loud: behind pauses everything is in
//! its place, and what was silent is there on its frame.

use segue_rt::game::{GameCall, NameId};
use segue_rt::voices::VoicePolicy;

use super::containers::{container, rtpc, step};
use super::music::{adaptive, segment, transition};
use super::real::{Real, Wave};
use super::stage::{RATE, Stage, action, event, play};
use crate::source::{
    Action, ActionKind, Blend, BlendChild, BlendLaw, BlendWarp, Container, ContainerKind, Fade,
    FadeLength, Interactive, Interp, LevelTransition, Music, MusicFade, Playlist, Segment,
    Sequence, SequenceEnd, Shape, Sync, Transition,
};
use crate::telemetry::What;

/// `a` and `long` on the left, all others on the right; what is heard is the frame, from 1 on.
const LINES: Wave = |sound, n| {
    let x = (n + 1) as f32 / UNIT;
    let left = matches!(sound, 0 | 3);
    vec![if left { x } else { 0.0 }, if left { 0.0 } else { x }]
};

/// The same sides, the same level throughout.
const ONES: Wave = |sound, _| {
    let left = matches!(sound, 0 | 3);
    vec![
        f32::from(u8::from(left)) * 0.5,
        f32::from(u8::from(!left)) * 0.5,
    ]
};

const UNIT: f32 = 524_288.0;

/// Frame of the sound that is heard with its full gain.
fn frame(x: f32) -> f32 {
    x * UNIT - 1.0
}

fn heard(source: &Interactive, wave: Wave, posts: &[(u64, &str)], until: u64) -> Real {
    let mut stage = Stage::new(source);
    for (at, name) in posts {
        match name.strip_prefix("x=") {
            Some(x) => _ = stage.rtpc(*at, "x", x.parse().unwrap()),
            None if *name == "danger" => {
                let signal = NameId::of("danger");
                stage.at(*at, GameCall::Signal { signal, value: 1.0 });
            }
            None => _ = stage.post(*at, name),
        }
    }
    let mut real = Real::with_waves(120.0, VoicePolicy::new(RATE), source, wave);
    real.calls(&stage.take_calls());
    real.run(until, 512);
    real
}

fn first(side: &[f32], from: usize) -> usize {
    from + side[from..].iter().position(|x| *x != 0.0).unwrap()
}

fn last(side: &[f32], until: usize) -> usize {
    side[..until].iter().rposition(|x| *x != 0.0).unwrap()
}

/// Frame of the last change that was granted.
fn granted(real: &mut Real) -> usize {
    let rows = real.rows().into_iter();
    let mut frames = rows.filter_map(|row| match row.what {
        What::Sync { granted_at, .. } => Some(granted_at as usize),
        _ => None,
    });
    frames.next_back().unwrap()
}

/// Pauses and resumes with fades of 0 to 500 ms, as `pause300` and the like.
fn controls() -> Vec<crate::source::Event> {
    let mut events = Vec::new();
    for ms in [0, 25, 50, 300, 500] {
        for (name, kind) in [
            ("pause", ActionKind::PauseAll),
            ("resume", ActionKind::ResumeAll),
        ] {
            let fade = Fade {
                ms: ms as f32,
                shape: Shape::Linear,
            };
            let action = Action {
                fade,
                ..action(kind)
            };
            events.push(event(&format!("{name}{ms}"), vec![action]));
        }
    }
    events
}

/// A bar is 96,000 frames, `calm` has two of them.
fn score() -> Interactive {
    let music = |name: &str| action(ActionKind::PlayMusic(name.into()));
    let mut events = controls();
    for name in ["calm", "wild", "list"] {
        events.push(event(name, vec![music(name)]));
    }
    let none = MusicFade {
        length: FadeLength::Ms(0.0),
        shape: Shape::Linear,
    };
    let entry = |name: &str| (name.to_owned(), 1);
    Interactive {
        music: Music {
            segments: vec![
                segment("calm", "long"),
                Segment {
                    bars: 4,
                    ..segment("wild", "loop")
                },
            ],
            playlists: vec![Playlist {
                name: "list".into(),
                entries: vec![entry("calm"), entry("wild")],
                ..Playlist::default()
            }],
            transitions: vec![Transition {
                fade_out: none,
                fade_in: none,
                ..transition(Sync::Bar)
            }],
            ..Music::default()
        },
        events,
        ..Interactive::default()
    }
}

/// The change to `wild` comes on the first bar of `calm` that is heard, and where it was granted.
fn check_bar(posts: &[(u64, &str)]) -> usize {
    let mut all = vec![(0, "calm")];
    all.extend(posts);
    let mut real = heard(&score(), LINES, &all, 200_000);
    let enters = first(&real.right, 0);
    let here = frame(real.out[enters - 1]) + 1.0;
    assert!((here - 96_000.0).abs() <= 1.0, "{posts:?}: {here}");
    assert_eq!(enters, granted(&mut real), "{posts:?}");
    enters
}

#[test]
fn a_change_behind_a_pause_lands_on_the_bar_that_is_heard() {
    for (pause, fade) in [("pause0", 240), ("pause300", 14_400), ("pause500", 24_000)] {
        for resume in ["resume0", "resume500"] {
            let posts = [(24_000, pause), (72_000, resume), (100_000, "wild")];
            assert_eq!(
                check_bar(&posts),
                96_000 + 48_000 - fade,
                "{pause} {resume}"
            );
        }
    }
    // However often.
    let mut posts = Vec::new();
    for n in 0..10 {
        posts.push((4_800 + n * 4_800, "pause0"));
        posts.push((7_200 + n * 4_800, "resume0"));
    }
    posts.push((60_000, "wild"));
    assert_eq!(check_bar(&posts), 96_000 + 10 * (2_400 - 240));
}

#[test]
fn a_resume_in_the_fade_of_the_pause_holds_nothing() {
    let posts = [(24_000, "pause300"), (28_800, "resume0"), (50_000, "wild")];
    assert_eq!(check_bar(&posts), 96_000);
    // Down again before it is up: only what stood still counts.
    let posts = [
        (24_000, "pause300"),
        (28_800, "resume500"),
        (33_600, "pause50"),
        (48_000, "resume0"),
        (60_000, "wild"),
    ];
    assert_eq!(check_bar(&posts), 96_000 + 48_000 - 36_000);
}

#[test]
fn a_playlist_has_no_gap_behind_a_pause() {
    for (pause, fade) in [("pause0", 240), ("pause300", 14_400)] {
        let posts = [(0, "list"), (48_000, pause), (144_000, "resume0")];
        let real = heard(&score(), LINES, &posts, 320_000);
        let enters = first(&real.right, 0);
        assert_eq!(frame(real.out[enters]), 192_000.0, "{pause}");
        assert_eq!(enters, 192_000 + 96_000 - fade, "{pause}");
    }
}

/// What begins in the fade of a pause begins on its frame, at the level of that fade, and stands
/// still with the rest.
#[test]
fn what_is_due_in_the_fade_of_a_pause_comes_into_it() {
    let (begins, silent) = (192_000, 197_600);
    let posts = [(0, "list"), (183_200, "pause300"), (300_000, "resume50")];
    let real = heard(&score(), LINES, &posts, 320_000);
    assert_eq!(first(&real.right, 0), begins);
    for n in (begins..silent).step_by(100) {
        let level = (silent - n) as f32 / 14_400.0;
        let there = (n - begins + 1) as f32 % 4_800.0 / UNIT;
        let is = real.right[n];
        assert!((is - level * there).abs() < 1e-6, "{n}: {is} {level}");
    }
    assert!(real.right[silent..300_000].iter().all(|x| *x == 0.0));
    // Both went on from where they stood, by the same frames.
    let passed = 310_000 - 300_000;
    assert_eq!(frame(real.out[310_000]), (silent + passed) as f32);
    let other = (silent - begins + passed) % 4_800;
    assert!((frame(real.right[310_000]) - other as f32).abs() < 0.01);
}

fn sequence() -> Interactive {
    let kind = ContainerKind::Sequence(Sequence {
        steps: vec![step("a", 0.0, 0.0), step("b", 100.0, 0.0)],
        speed: 1.0,
        end: SequenceEnd::Stop,
    });
    let mut events = controls();
    events.push(event("go", vec![play("s")]));
    Interactive {
        containers: vec![container("s", kind)],
        events,
        ..Interactive::default()
    }
}

#[test]
fn a_sequence_has_no_gap_behind_a_pause() {
    let pauses: [&[(u64, &str)]; 6] = [
        &[(2_000, "pause25"), (24_000, "resume0")],
        &[(2_000, "pause0"), (24_000, "resume0")],
        &[(2_000, "pause50"), (3_000, "resume25")],
        // It comes to its second step in the fade.
        &[(4_000, "pause25"), (24_000, "resume0")],
        &[(2_000, "pause25"), (3_200, "resume0")],
        &[
            (1_000, "pause0"),
            (2_000, "resume0"),
            (3_000, "pause0"),
            (9_000, "resume0"),
        ],
    ];
    for pauses in pauses {
        let mut posts = vec![(0, "go")];
        posts.extend(pauses);
        let real = heard(&sequence(), LINES, &posts, 60_000);
        let (ends, begins) = (last(&real.out, 60_000), first(&real.right, 0));
        assert_eq!(begins, ends + 1, "{pauses:?}");
    }
}

fn layers(how: LevelTransition, levels: [&[&str]; 2]) -> Interactive {
    let mut adaptive = adaptive();
    let named = |asset: &&str| crate::source::Layer {
        asset: (*asset).into(),
        ..crate::source::Layer::default()
    };
    let levels = levels.map(|level| level.iter().map(named).collect());
    adaptive.contexts[0].levels = levels.into();
    adaptive.transitions = vec![how];
    Interactive {
        adaptive: Some(adaptive),
        events: controls(),
        ..Interactive::default()
    }
}

fn way(into: f32, out: f32, overlap: f32) -> LevelTransition {
    let fade = |ms| MusicFade {
        length: FadeLength::Ms(ms),
        shape: Shape::Linear,
    };
    LevelTransition {
        name: "upshift_energetic".into(),
        sync: Sync::Beat,
        max_wait_ms: 60_000.0,
        fade_in: fade(into),
        fade_out: fade(out),
        overlap_ms: overlap,
        ..LevelTransition::default()
    }
}

#[test]
fn layers_stay_in_step_with_each_other_and_their_beat_behind_pauses() {
    let source = layers(way(50.0, 50.0, 50.0), [&["loop"], &["loop", "long"]]);
    // `long` is silent and virtual by the second pause.
    let posts = [
        (1_000, "pause25"),
        (5_000, "resume0"),
        (15_000, "pause500"),
        (60_000, "resume0"),
        (70_000, "pause300"),
        (75_000, "resume0"),
        (76_000, "danger"),
    ];
    let stood = (5_000 - 2_200) + (60_000 - 39_000);
    let mut real = heard(&source, LINES, &posts, 140_000);
    let enters = granted(&mut real);
    assert_eq!(enters, 72_000 + stood);
    assert_eq!(first(&real.out, 0), enters + 1);
    let here = frame(real.right[enters]) as usize;
    assert_eq!(here, 72_000 % 4_800);
    // Both are where they would be.
    let place = 130_000 - stood;
    assert_eq!(frame(real.out[130_000]) as usize, place);
    assert_eq!(frame(real.right[130_000]) as usize, place % 4_800);
}

fn power(real: &Real, n: usize) -> f32 {
    let [a, b] = [real.out[n] / 0.5, real.right[n] / 0.5];
    a * a + b * b
}

/// What comes was silent for long. Gains are straight lines between multiples of 32.
#[test]
fn a_change_of_layers_keeps_its_power_from_its_very_frame() {
    for (ms, bpm) in [
        (0.0, 120.0),
        (20.0, 120.0),
        (200.0, 120.0),
        (0.0, 117.0),
        (20.0, 97.3),
    ] {
        let mut source = layers(way(ms, ms, ms), [&["loop"], &["long"]]);
        source.adaptive.as_mut().unwrap().contexts[0].bpm = bpm;
        let mut real = heard(&source, ONES, &[(60_000, "danger")], 130_000);
        let begins = granted(&mut real);
        assert_eq!(first(&real.out, 0), begins + 1, "{ms} {bpm}");
        let frames = (ms * 48.0).max(240.0) as usize;
        for n in (begins..begins + frames + 960).filter(|n| n % 32 == 0) {
            let power = power(&real, n);
            assert!((power - 1.0).abs() <= 1e-6, "{ms} {bpm}, {n}: {power}");
        }
        assert!(real.out[begins + frames..].iter().all(|x| *x == 0.5));
        assert!(real.right[begins + frames..].iter().all(|x| *x == 0.0));
        assert_eq!(real.right[begins], 0.5, "{ms} {bpm}");
    }
    // The one that comes later begins then, to the frame.
    let source = layers(way(250.0, 200.0, 100.0), [&["loop"], &["long"]]);
    let mut real = heard(&source, ONES, &[(60_000, "danger")], 130_000);
    let begins = granted(&mut real) + 4_800;
    assert_eq!(first(&real.out, 0), begins + 1);
}

fn blend() -> Container {
    let child = |child: &str, x_lo, x_hi| BlendChild {
        child: child.into(),
        x_lo,
        x_hi,
        gain_db: 0.0,
    };
    let kind = ContainerKind::Blend(Blend {
        rtpc: "x".into(),
        smooth_ms: 0.0,
        children: vec![child("long", 0.0, 0.75), child("loop", 0.25, 1.0)],
        law: BlendLaw::Power,
        warp: BlendWarp::Linear,
    });
    container("mix", kind)
}

#[test]
fn a_blend_has_no_hole_where_its_value_jumps() {
    let source = Interactive {
        rtpcs: vec![rtpc("x", Interp::None)],
        containers: vec![blend()],
        events: vec![event("go", vec![play("mix")])],
        ..Interactive::default()
    };
    let posts = [
        (0, "go"),
        (24_001, "x=1"),
        (60_000, "x=0.5"),
        (96_007, "x=0"),
    ];
    let real = heard(&source, ONES, &posts, 110_000);
    for n in 100..110_000 {
        let power = power(&real, n);
        // Half way between two points both are at the half.
        assert!(power > 0.49, "{n}: {power}");
        assert!(n % 32 > 0 || (power - 1.0).abs() <= 1e-6, "{n}: {power}");
    }
}

#[test]
fn what_was_muted_is_heard_from_the_frame_of_the_unmute() {
    let mut events = vec![event("go", vec![play("long")])];
    for (name, kind) in [
        ("mute", ActionKind::Mute("long".into())),
        ("unmute", ActionKind::Unmute("long".into())),
    ] {
        events.push(event(name, vec![action(kind)]));
    }
    let source = Interactive {
        events,
        ..Interactive::default()
    };
    for at in [96_000, 96_001, 96_300, 96_479] {
        let posts = [(0, "go"), (48_000, "mute"), (at, "unmute")];
        let real = heard(&source, LINES, &posts, 100_000);
        let at = at as usize;
        // A way of 10 ms from silence on.
        assert_eq!(first(&real.out, 60_000), at + 1);
        for n in 1..480 {
            let whole = (at + n + 1) as f32 / UNIT;
            let is = real.out[at + n] / whole * 480.0;
            assert!((is - n as f32).abs() < 0.01, "{at} + {n}: {is}");
        }
        assert_eq!(frame(real.out[at + 480]) as usize, at + 480);
    }
}
