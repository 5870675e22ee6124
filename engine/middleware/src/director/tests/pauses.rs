//! A pause stops the time of what is paused, once its fade (5 ms here) is over: fades, grids, and
//! everything that is planned.

use segue_rt::game::{GameCall, NameId};
use segue_rt::ids::VoiceId;

use super::music::{adaptive, segment};
use super::stage::{Stage, action, event, play};
use crate::source::{
    Action, ActionKind, Fade, FadeLength, Interactive, Music, MusicFade, Playlist, Segment, Shape,
    Stinger, Sync, Transition,
};
use crate::telemetry::What;

fn slowly(kind: ActionKind) -> Action {
    Action {
        fade: Fade {
            ms: 1_000.0,
            shape: Shape::Linear,
        },
        ..action(kind)
    }
}

fn controls() -> Vec<crate::source::Event> {
    vec![
        event("pause", vec![action(ActionKind::PauseAll)]),
        event("resume", vec![action(ActionKind::ResumeAll)]),
    ]
}

fn faded() -> Interactive {
    let mut events = controls();
    events.push(event("in", vec![slowly(ActionKind::Play("long".into()))]));
    events.push(event("go", vec![play("long")]));
    events.push(event("stop", vec![slowly(ActionKind::StopAll)]));
    let quiet = ActionKind::FadeTo(String::new(), 0.5, false);
    events.push(event("quiet", vec![slowly(quiet)]));
    Interactive {
        events,
        ..Interactive::default()
    }
}

#[test]
fn a_fade_stands_still_while_it_is_paused() {
    let mut stage = Stage::new(&faded());
    stage.post(0, "in");
    stage.post(23_760, "pause");
    stage.post(240_000, "resume");
    stage.run(300_000);
    for (t, gain) in [
        (24_100, 0.5),
        (150_000, 0.5),
        (240_032, 0.5),
        (252_000, 0.75),
        (265_000, 1.0),
    ] {
        let is = stage.gain_at(VoiceId(1), t);
        assert!((is - gain).abs() < 2e-3, "{t}: {is}");
    }
}

#[test]
fn a_fade_that_is_asked_for_in_a_pause_begins_behind_it() {
    let mut stage = Stage::new(&faded());
    stage.post(0, "go");
    stage.post(10_000, "pause");
    stage.post(30_000, "quiet");
    stage.post(100_000, "resume");
    stage.run(200_000);
    for (t, gain) in [(99_000, 1.0), (124_000, 0.75), (149_000, 0.5)] {
        let is = stage.gain_at(VoiceId(1), t);
        assert!((is - gain).abs() < 2e-3, "{t}: {is}");
    }
}

#[test]
fn a_stop_that_is_paused_ends_behind_the_pause_or_with_the_next_stop() {
    let mut stage = Stage::new(&faded());
    stage.post(0, "go");
    stage.post(10_000, "stop");
    stage.post(33_760, "pause");
    stage.post(100_000, "resume");
    stage.run(150_000);
    let stops = |stage: &Stage| -> Vec<String> {
        let voices = stage.voices().into_iter();
        voices.filter(|line| line.contains("stop")).collect()
    };
    assert_eq!(stops(&stage), ["124000 1 stop 0"]);
    let mut stage = Stage::new(&faded());
    stage.post(0, "go");
    stage.post(10_000, "stop");
    stage.post(34_000, "pause");
    stage.post(60_000, "stop");
    stage.run(70_000);
    assert_eq!(stops(&stage), ["60000 1 stop 0"]);
}

fn way(sync: Sync) -> Transition {
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
        filler_mode: crate::source::FillerMode::Before,
    }
}

/// A beat is 24,000 frames, a segment 192,000.
fn score() -> Interactive {
    let music = |name: &str| action(ActionKind::PlayMusic(name.into()));
    let mut events = controls();
    events.push(event("calm", vec![music("calm")]));
    events.push(event("wild", vec![music("wild")]));
    events.push(event("list", vec![music("list")]));
    events.push(event("stop", vec![action(ActionKind::StopAll)]));
    for (name, kind) in [
        ("pause_calm", ActionKind::Pause("long".into())),
        ("resume_calm", ActionKind::Resume("long".into())),
    ] {
        events.push(event(name, vec![action(kind)]));
    }
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
            transitions: vec![way(Sync::Beat)],
            stingers: vec![Stinger {
                name: "hit".into(),
                source: "a".into(),
                sync: Sync::Beat,
                anchor_ms: 0.0,
                duck_db: -12.0,
                attack_ms: 10.0,
                release_ms: 10.0,
                priority: 50,
                can_interrupt: false,
                look_ahead_ms: 0.0,
            }],
        },
        events,
        ..Interactive::default()
    }
}

/// Paused by everything or by its name.
const PAUSES: [[&str; 2]; 2] = [["pause", "resume"], ["pause_calm", "resume_calm"]];

#[test]
fn the_grid_of_paused_music_waits() {
    for [pause, resume] in PAUSES {
        let mut stage = Stage::new(&score());
        stage.post(0, "calm");
        stage.post(47_760, pause);
        stage.post(245_001, resume);
        stage.post(250_000, "wild");
        stage.run(400_000);
        let starts: Vec<(u64, &str)> = stage.starts().iter().map(|it| (it.0, it.1)).collect();
        // Music that was at 53,000 - 1 when it was asked for: beat 3 is at 72,000.
        assert_eq!(starts, [(0, "long"), (72_000 + 197_001, "loop")], "{pause}");
    }
}

#[test]
fn a_segment_does_not_come_to_its_exit_while_it_is_paused() {
    for [pause, resume] in PAUSES {
        let mut stage = Stage::new(&score());
        stage.post(0, "list");
        stage.post(47_760, pause);
        stage.post(245_001, resume);
        stage.run(500_000);
        let starts: Vec<(u64, &str)> = stage.starts().iter().map(|it| (it.0, it.1)).collect();
        assert_eq!(
            starts,
            [(0, "long"), (192_000 + 197_001, "loop")],
            "{pause}"
        );
    }
}

#[test]
fn what_is_asked_of_paused_music_comes_on_its_grid_behind_the_pause() {
    let mut stage = Stage::new(&score());
    stage.post(0, "calm");
    stage.post(49_000, "wild");
    stage.post(59_760, "pause");
    stage.post(160_000, "resume");
    stage.run(300_000);
    let starts: Vec<u64> = stage.starts().iter().map(|it| it.0).collect();
    assert_eq!(starts, [0, 172_000], "asked for before the pause");
    let mut stage = Stage::new(&score());
    stage.post(0, "calm");
    stage.post(59_760, "pause");
    stage.post(100_000, "wild");
    stage.post(160_000, "resume");
    stage.run(300_000);
    let starts: Vec<u64> = stage.starts().iter().map(|it| it.0).collect();
    assert_eq!(starts, [0, 172_000], "asked for in the pause");
    for t in (172_000..176_800).step_by(32) {
        let [a, b] = [1, 2].map(|voice| stage.gain_at(VoiceId(voice), t));
        assert!((a * a + b * b - 1.0).abs() < 1e-3, "{t}: {a} {b}");
    }
}

#[test]
fn a_stop_ends_the_pause_of_music() {
    let mut stage = Stage::new(&score());
    stage.post(0, "calm");
    stage.post(60_000, "pause");
    stage.post(70_000, "stop");
    stage.post(100_000, "wild");
    stage.run(200_000);
    let starts: Vec<u64> = stage.starts().iter().map(|it| it.0).collect();
    assert_eq!(starts, [0, 100_000]);
}

#[test]
fn a_duck_of_music_waits_with_its_stinger() {
    let mut stage = Stage::new(&score());
    stage.post(0, "calm");
    let stinger = NameId::of("hit");
    stage.at(20_000, GameCall::Stinger { stinger });
    stage.post(25_000, "pause");
    stage.post(100_000, "resume");
    stage.run(120_000);
    let music = |t| 20.0 * stage.gain_at(VoiceId(1), t).log10();
    for (t, db) in [(24_900, -12.0), (102_000, -12.0), (105_000, 0.0)] {
        assert!((music(t) - db).abs() < 0.1, "{t}: {}", music(t));
    }
}

fn layers() -> Interactive {
    let mut events = controls();
    for (name, kind) in [
        ("pause_one", ActionKind::Pause("loop".into())),
        ("resume_one", ActionKind::Resume("loop".into())),
    ] {
        events.push(event(name, vec![action(kind)]));
    }
    Interactive {
        adaptive: Some(adaptive()),
        events,
        ..Interactive::default()
    }
}

#[test]
fn paused_layers_stay_in_step_with_each_other_and_their_grid() {
    for [pause, resume] in [["pause", "resume"], ["pause_one", "resume_one"]] {
        let mut stage = Stage::new(&layers());
        stage.post(9_760, pause);
        stage.post(110_007, resume);
        let signal = NameId::of("danger");
        stage.at(130_000, GameCall::Signal { signal, value: 1.0 });
        stage.run(200_000);
        let granted = stage.rows().into_iter().find_map(|row| match row.what {
            What::Sync { granted_at, .. } if row.at > 0 => Some((row.at, granted_at)),
            _ => None,
        });
        assert_eq!(granted, Some((130_080, 48_000 + 100_007)), "{pause}");
        let told: Vec<String> = stage.voices();
        for line in [
            "9760 1 pause",
            "9760 2 pause",
            "110007 1 resume",
            "110007 2 resume",
        ] {
            let found = told.iter().filter(|it| it.starts_with(line)).count();
            assert_eq!(found, 1, "{pause}: {line}");
        }
    }
}

#[test]
fn a_change_of_paused_layers_comes_behind_the_pause() {
    let mut stage = Stage::new(&layers());
    stage.post(30_000, "pause");
    let signal = NameId::of("danger");
    stage.at(40_000, GameCall::Signal { signal, value: 1.0 });
    stage.post(130_001, "resume");
    stage.run(200_000);
    let long = VoiceId(2);
    assert_eq!(stage.gain_at(long, 148_000), 0.0);
    assert!(stage.gain_at(long, 190_000) > 0.99);
}

#[test]
fn a_pause_is_the_same_for_all_blocks() {
    let mut source = score();
    source.adaptive = Some(adaptive());
    let run = |block| {
        let mut stage = Stage::new(&source);
        for (at, name) in [
            (0, "list"),
            (50_003, "pause"),
            (61_017, "wild"),
            (90_001, "resume"),
            (130_777, "pause_calm"),
            (140_007, "list"),
            (151_003, "resume_calm"),
            (200_001, "pause"),
            (210_001, "stop"),
            (220_013, "wild"),
            (230_013, "resume"),
        ] {
            stage.post(at, name);
        }
        let stinger = NameId::of("hit");
        stage.at(45_000, GameCall::Stinger { stinger });
        let signal = NameId::of("danger");
        stage.at(55_000, GameCall::Signal { signal, value: 1.0 });
        stage.run_in(300_000, block);
        std::mem::take(&mut stage.desk.told)
    };
    let whole = run(2_048);
    for block in [1, 16, 31, 64, 128, 1_000] {
        assert!(whole == run(block), "block {block}");
    }
}

#[test]
fn a_reset_in_a_pause_begins_behind_it_from_where_the_way_stands() {
    let mut source = faded();
    let quiet = ActionKind::SetVolume("long".into(), -20.0);
    let reset = ActionKind::Reset("long".into());
    source.events.push(event("down", vec![slowly(quiet)]));
    source.events.push(event("reset", vec![slowly(reset)]));
    let mut stage = Stage::new(&source);
    stage.post(0, "go");
    stage.post(24_000, "down");
    stage.post(47_760, "pause");
    stage.post(144_000, "reset");
    stage.post(192_000, "resume");
    stage.run(300_000);
    // Half of the way down, and from there back within a second.
    for (t, db) in [
        (60_000, -10.0),
        (150_000, -10.0),
        (192_032, -10.0),
        (216_000, -5.0),
        (240_500, 0.0),
    ] {
        let is = 20.0 * stage.gain_at(VoiceId(1), t).log10();
        assert!((is - db).abs() < 0.1, "{t}: {is}");
    }
}

/// Grants that were told: asked at, granted at.
fn grants(stage: &mut Stage) -> Vec<(u64, u64)> {
    let rows = stage.rows().into_iter();
    rows.filter_map(|row| match row.what {
        What::Sync {
            asked_at,
            granted_at,
            ..
        } => Some((asked_at, granted_at)),
        _ => None,
    })
    .collect()
}

#[test]
fn a_stinger_that_waits_through_a_pause_tells_where_it_comes() {
    let stinger = NameId::of("hit");
    // Asked for before the pause and in it; ended by a resume and by a stop of the music.
    for (asked, frozen, end) in [
        (50_000, 50_000, "resume"),
        (80_000, 60_240, "resume"),
        (50_000, 50_000, "stop_music"),
        (80_000, 60_240, "stop_music"),
    ] {
        let mut source = score();
        let stop = action(ActionKind::StopMusic);
        source.events.push(event("stop_music", vec![stop]));
        let mut stage = Stage::new(&source);
        stage.post(0, "calm");
        stage.post(60_000, "pause");
        stage.at(asked, GameCall::Stinger { stinger });
        stage.post(160_001, end);
        stage.run(300_000);
        let told = grants(&mut stage);
        let [first, second] = told[1..] else {
            panic!("{told:?}");
        };
        assert_eq!(first, (frozen, 72_000), "{end}");
        assert_eq!(second, (frozen, 72_000 + 99_761), "{end}");
        let starts = stage.starts();
        assert_eq!(starts[1].0, second.1, "{end}: {starts:?}");
    }
}

#[test]
fn a_stinger_that_does_not_come_is_told() {
    use segue_rt::command::Reason;
    let stinger = NameId::of("hit");
    let mut stage = Stage::new(&score());
    stage.post(0, "calm");
    stage.at(50_000, GameCall::Stinger { stinger });
    stage.post(60_000, "pause");
    stage.post(100_000, "stop");
    stage.run(200_000);
    let gone = |row: &crate::telemetry::Row| {
        let lost = What::Ignored {
            name: stinger,
            object: segue_rt::game::ObjectId::GLOBAL,
            reason: Reason::StopAction,
        };
        row.at == 100_000 && row.what == lost
    };
    assert!(stage.rows().iter().any(gone));
    assert_eq!(stage.starts().len(), 1);
}
