//! Ways between segments: rules, destinations, cues, fillers.

use super::rig::{RATE, Rig, lookup, ms, rule, segment};
use crate::music::{Command, MusicForm, Role};
use crate::source::{self, Destination, FadeLength, FillerMode, Marker, Music, Playlist, Segment};
use crate::source::{Sync, Transition};

const BAR: u64 = 96_000;

fn music(transitions: Vec<Transition>) -> Music {
    Music {
        segments: vec![
            segment("a", 120.0, 8),
            segment("b", 60.0, 4),
            segment("c", 120.0, 2),
        ],
        playlists: vec![Playlist {
            name: "list".to_owned(),
            entries: vec![("b".to_owned(), 1), ("c".to_owned(), 1)],
            ..Playlist::default()
        }],
        transitions,
        ..Music::default()
    }
}

#[test]
fn the_most_special_rule_holds() {
    let rules = [
        (rule("*", "*", Sync::Phrase), "any"),
        (rule("a", "*", Sync::Bar), "from"),
        (rule("a", "list", Sync::Beat), "playlist"),
        (rule("a", "b", Sync::Grid(2.0)), "both"),
    ];
    let granted = |to: &str, kept: &[usize]| {
        let kept = kept.iter().map(|n| rules[*n].0.clone()).collect();
        let mut rig = Rig::new(&music(kept));
        rig.play(0, "a");
        rig.play(1000, to);
        rig.syncs()[1].granted
    };
    for (to, kept, expected) in [
        ("b", vec![0, 1, 2, 3], Sync::Grid(2.0)),
        ("c", vec![0, 1, 3], Sync::Bar),
        // Its first segment is b: a rule for the segment is more special than for the list.
        ("list", vec![0, 1, 2, 3], Sync::Grid(2.0)),
        ("list", vec![0, 1, 2], Sync::Beat),
        ("b", vec![0], Sync::Phrase),
        ("b", vec![], Sync::Immediate),
    ] {
        assert_eq!(granted(to, &kept), expected, "{to} {kept:?}");
    }
}

#[test]
fn the_wait_counts_from_the_request() {
    let mut bar = rule("*", "*", Sync::Bar);
    bar.max_wait_ms = 500.0;
    let mut rig = Rig::new(&music(vec![bar]));
    rig.play(0, "a");
    rig.play(BAR - 24_000, "b");
    assert_eq!(rig.syncs()[1].frame, BAR);
    let mut rig = Rig::new(&rig_source(500.0));
    rig.play(0, "a");
    rig.play(BAR - 24_001, "b");
    let row = rig.syncs()[1];
    assert_eq!(
        (row.asked, row.granted, row.frame),
        (Sync::Bar, Sync::Beat, BAR - 24_000)
    );
}

#[test]
fn no_wait_at_all_is_at_once() {
    let mut rig = Rig::new(&rig_source(0.0));
    rig.play(0, "a");
    rig.play(BAR - 24_001, "b");
    let row = rig.syncs()[1];
    assert_eq!(
        (row.asked, row.granted, row.frame),
        (Sync::Bar, Sync::Immediate, BAR - 24_001)
    );
    let mut rig = Rig::new(&rig_source(0.0));
    rig.play(0, "a");
    rig.play(BAR, "b");
    assert_eq!(
        (rig.syncs()[1].granted, rig.syncs()[1].frame),
        (Sync::Bar, BAR)
    );
}

fn rig_source(max_wait_ms: f32) -> Music {
    let mut bar = rule("*", "*", Sync::Bar);
    bar.max_wait_ms = max_wait_ms;
    music(vec![bar])
}

#[test]
fn destinations_are_the_same_place_in_another_tempo() {
    let marker = Marker {
        pos_smp: 12_345,
        kind: source::MarkerKind::Entry,
        name: "there".to_owned(),
    };
    // Left at beat 20 = 10 s. b has 16 beats of a second each, a has 32.
    for (destination, offset) in [
        (Destination::Entry, 0),
        (Destination::Marker("there".to_owned()), 12_345),
        (Destination::SameTime, 480_000),
        (Destination::SameBeat, 4 * 48_000),
        (Destination::SameRatio, 10 * 48_000),
    ] {
        let mut to = rule("a", "b", Sync::Beat);
        to.destination = destination.clone();
        let mut source = music(vec![to]);
        source.segments[1].markers.push(marker.clone());
        let mut rig = Rig::new(&source);
        rig.play(0, "a");
        rig.play(480_000 - 5, "b");
        rig.until(480_000);
        assert_eq!(rig.starts()[1], (480_000, "b", offset), "{destination:?}");
    }
}

#[test]
fn a_pick_up_sounds_before_and_a_tail_after_the_change() {
    let mut source = music(vec![rule("*", "*", Sync::SegmentEnd)]);
    source.segments[1].entry_cue_bars = 0.5;
    let mut rig = Rig::new(&source);
    rig.play(0, "a");
    rig.play(1000, "b");
    rig.until(20 * BAR);
    // Half a bar of b is two of its seconds.
    assert_eq!(rig.starts()[1], (8 * BAR - 96_000, "b", 0));
    let (_, a) = rig.start_of("a");
    let (_, b) = rig.start_of("b");
    assert_eq!(rig.gain(b.play, 8 * BAR - 1), Some(1.0));
    assert_eq!(rig.gain(a.play, 9 * BAR), Some(1.0), "the tail rings out");
}

#[test]
fn too_late_for_the_whole_pick_up_the_rest_of_it_sounds() {
    let mut source = music(vec![rule("*", "*", Sync::Bar)]);
    source.segments[1].entry_cue_bars = 0.5;
    let mut rig = Rig::new(&source);
    rig.play(0, "a");
    rig.play(BAR - 1000, "b");
    assert_eq!(rig.starts()[1], (BAR - 1000, "b", 95_000));
    // What was asked for instead ends the pick-up.
    rig.play(BAR - 500, "c");
    rig.until(2 * BAR);
    let (_, b) = rig.start_of("b");
    assert_eq!(rig.gain(b.play, BAR - 500), Some(1.0));
    assert_eq!(rig.gain(b.play, BAR + 480), None);
    assert_eq!(rig.music.playing().map(|it| it.0.0), Some(2));
}

#[test]
fn a_change_between_cues_fades_in_ms_or_beats() {
    let mut fades = rule("*", "*", Sync::Bar);
    fades.fade_out = ms(250.0);
    fades.fade_in.length = FadeLength::Beats(0.5);
    let mut rig = Rig::new(&music(vec![fades]));
    rig.play(0, "a");
    rig.play(1000, "b");
    rig.until(3 * BAR);
    let (_, a) = rig.start_of("a");
    let (at, b) = rig.start_of("b");
    assert_eq!(at, BAR);
    // Half a beat of b is 24000 frames.
    let half = std::f32::consts::FRAC_1_SQRT_2;
    for (play, t, gain) in [
        (a.play, BAR, Some(1.0)),
        (a.play, BAR + 6_000, Some(half)),
        (a.play, BAR + 12_000, None),
        (b.play, BAR, Some(0.0)),
        (b.play, BAR + 12_000, Some(half)),
        (b.play, BAR + 24_000, Some(1.0)),
    ] {
        let found = rig.gain(play, t);
        let near = found.zip(gain).is_none_or(|(a, b)| (a - b).abs() < 1e-6);
        assert!(
            near && found.is_some() == gain.is_some(),
            "{play:?} {t}: {found:?}"
        );
    }
}

#[test]
fn a_filler_sounds_before_or_with_what_was_asked_for() {
    for (mode, expected) in [
        (FillerMode::Before, vec![(BAR, "c", 0), (3 * BAR, "b", 0)]),
        (FillerMode::Concurrent, vec![(BAR, "b", 0), (BAR, "c", 0)]),
    ] {
        let mut way = rule("a", "b", Sync::Bar);
        way.filler = Some("c".to_owned());
        way.filler_mode = mode;
        let mut rig = Rig::new(&music(vec![way]));
        rig.play(0, "a");
        rig.play(1000, "b");
        rig.until(4 * BAR);
        assert_eq!(rig.starts()[1..], expected, "{mode:?}");
        let role = rig.start_of("c").1.role;
        let concurrent = mode == FillerMode::Concurrent;
        assert_eq!(role == Role::Filler, concurrent);
        assert_eq!(rig.music.playing().map(|it| it.1.0), Some(1));
    }
}

#[test]
fn without_music_the_transport_gives_the_grid() {
    let mut rig = Rig::new(&music(vec![rule("*", "*", Sync::Bar)]));
    rig.play(5, "a");
    assert_eq!(rig.starts(), [(5, "a", 0)], "no grid: at once");
    let mut rig = Rig::new(&music(vec![rule("*", "*", Sync::Bar)]));
    rig.transport = Some(crate::music::Grid {
        t0: 100.0,
        beat: 24_000.0,
        per_bar: 3,
    });
    rig.play(5, "a");
    rig.play(6, "a");
    rig.until(BAR);
    assert_eq!(rig.starts(), [(100, "a", 0)]);
}

#[test]
fn asking_for_what_plays_takes_back_what_was_planned() {
    let mut rig = Rig::new(&music(vec![rule("*", "*", Sync::Bar)]));
    rig.play(0, "a");
    rig.play(1000, "b");
    assert_eq!(rig.music.waiting().map(|it| it.1), Some(BAR));
    rig.play(2000, "a");
    rig.until(9 * BAR);
    assert_eq!(rig.starts().len(), 1);
    assert_eq!(rig.music.playing(), None, "a came to its end");
}

#[test]
fn music_stops_from_the_gain_it_has() {
    let slow = Transition {
        fade_in: ms(1000.0),
        ..rule("*", "a", Sync::Immediate)
    };
    let mut rig = Rig::new(&music(vec![slow]));
    rig.play(0, "a");
    rig.with(480, |music, form, out| {
        music.stop(form, 480, 4800, None, out)
    });
    let (_, a) = rig.start_of("a");
    let before = rig.gain(a.play, 479).unwrap();
    let after = rig.gain(a.play, 481).unwrap();
    assert!(
        before < 0.9 && (before - after).abs() < 0.01,
        "{before} {after}"
    );
    assert_eq!(rig.gain(a.play, 480 + 4800), None);
    assert_eq!(rig.music.next_boundary(&rig.form), u64::MAX);
}

#[test]
fn two_rules_for_one_way_are_refused() {
    let twice = music(vec![
        rule("a", "b", Sync::Beat),
        rule("*", "b", Sync::Beat),
        rule("a", "b", Sync::Bar),
    ]);
    let found = lookup(|lookup| MusicForm::new(&twice, lookup, RATE)).unwrap_err();
    let paths: Vec<&str> = found.iter().map(|(path, _)| &**path).collect();
    assert_eq!(paths, ["transitions[2]"]);
}

#[test]
fn what_is_wrong_is_told_with_its_path() {
    let mut wrong = music(vec![rule("a", "nowhere", Sync::Grid(0.0))]);
    wrong.transitions[0].destination = Destination::Marker("gone".to_owned());
    wrong.transitions[0].fade_out = ms(-1.0);
    wrong.transitions[0].filler = Some("list".to_owned());
    wrong.segments[0] = Segment {
        source: "zz".to_owned(),
        tempo_bpm: f64::NAN,
        beats_per_bar: 0,
        beat_unit: 3,
        bars: 0,
        loop_end_smp: 5_000_000,
        ..wrong.segments[0].clone()
    };
    wrong.segments[1].exit_cue_bars = 0.5;
    wrong.segments[1].entry_cue_bars = 1.0;
    wrong.segments[2].loop_start_smp = 5;
    wrong.segments[2].name = "b".to_owned();
    wrong.playlists[0].entries.clear();
    let found = lookup(|lookup| MusicForm::new(&wrong, lookup, RATE)).unwrap_err();
    let paths: Vec<&str> = found.iter().map(|(path, _)| &**path).collect();
    for path in [
        "segments[0].source",
        "segments[0].tempo_bpm",
        "segments[0].beats_per_bar",
        "segments[0].beat_unit",
        "segments[0].bars",
        "segments[0].loop_end_smp",
        "segments[1].exit_cue_bars",
        "segments[2].loop_start_smp",
        "segments[2]",
        "playlists[0].entries",
        "transitions[0].to",
        "transitions[0].sync",
        "transitions[0].fade_out",
        "transitions[0].marker",
        "transitions[0].filler",
    ] {
        assert!(paths.contains(&path), "{path} is missing in {paths:?}");
    }
}

#[test]
fn a_break_is_told_to_the_play() {
    let mut source = music(vec![]);
    source.segments[0].loop_end_smp = BAR;
    let mut rig = Rig::new(&source);
    rig.play(0, "a");
    rig.with(BAR + 5, |music, form, out| {
        music.leave_loop(form, BAR + 5, out)
    });
    let (_, a) = rig.start_of("a");
    assert_eq!(a.looping, Some([0, BAR]));
    assert!(rig.said.contains(&(BAR + 5, Command::LeaveLoop(a.play))));
    rig.until(20 * BAR);
    assert_eq!(rig.music.playing(), None);
}
