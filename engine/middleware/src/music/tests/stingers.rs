//! Stingers: where they land, who may interrupt whom, and how the music makes way.

use segue_rt::command::Reason;
use segue_rt::game::NameId;

use super::rig::{NODES, Rig, rule, segment};
use crate::music::{Command, DuckCourse, DuckSlot, Grid, Outer, Role};
use crate::source::{self, Playlist, Stinger, Sync};

fn stinger(name: &str, source: &str, sync: Sync) -> Stinger {
    Stinger {
        name: name.to_owned(),
        source: source.to_owned(),
        sync,
        anchor_ms: 0.0,
        duck_db: -6.0,
        attack_ms: 10.0,
        release_ms: 100.0,
        priority: 50,
        can_interrupt: false,
        look_ahead_ms: 50.0,
    }
}

fn rig(stingers: Vec<Stinger>) -> Rig {
    let mut rig = Rig::new(&source::Music {
        segments: vec![segment("a", 120.0, 100)],
        transitions: vec![rule("*", "*", Sync::Immediate)],
        stingers,
        ..source::Music::default()
    });
    rig.play(0, "a");
    rig
}

fn ask(rig: &mut Rig, at: u64, name: &str) -> Result<u64, Reason> {
    let stinger = rig.form.stinger(NameId::of(name)).unwrap();
    let mut result = Ok(0);
    rig.with(at, |music, form, out| {
        result = music.stinger(form, at, stinger, None, out);
    });
    result
}

fn ducks(rig: &Rig) -> Vec<(u64, DuckCourse)> {
    let ducks = rig.said.iter().filter_map(|(at, command)| match command {
        Command::Duck(DuckSlot::MusicStinger, course) => Some((*at, *course)),
        _ => None,
    });
    ducks.collect()
}

#[test]
fn its_anchor_lands_on_the_grid_after_the_look_ahead() {
    for (anchor_ms, look_ahead_ms, asked, lands) in [
        (0.0, 50.0, 1000, 24_000),
        // 2400 frames ahead is behind the beat: the one after it.
        (0.0, 50.0, 21_601, 48_000),
        (0.0, 50.0, 21_600, 24_000),
        (250.0, 50.0, 1000, 24_000),
        (250.0, 50.0, 12_001, 48_000),
    ] {
        let mut it = stinger("s", "short", Sync::Beat);
        (it.anchor_ms, it.look_ahead_ms) = (anchor_ms, look_ahead_ms);
        let mut rig = rig(vec![it]);
        assert_eq!(ask(&mut rig, asked, "s"), Ok(lands), "{anchor_ms} {asked}");
        rig.until(100_000);
        let (at, start) = rig.start_of("short");
        assert_eq!(
            (at, start.role),
            (lands - (anchor_ms * 48.0) as u64, Role::Stinger)
        );
    }
}

#[test]
fn at_once_is_at_once() {
    let mut rig = rig(vec![stinger("s", "short", Sync::Immediate)]);
    assert_eq!(ask(&mut rig, 1000, "s"), Ok(1000));
    assert_eq!(rig.start_of("short").0, 1000);
}

#[test]
fn the_music_makes_way_until_it_is_over() {
    let mut rig = rig(vec![stinger("s", "short", Sync::Beat)]);
    ask(&mut rig, 1000, "s").unwrap();
    rig.until(100_000);
    let ducks = ducks(&rig);
    let expected = [
        (24_000, DuckCourse::new(0.0, -6.0, 24_000, 480)),
        (48_000, DuckCourse::new(-6.0, 0.0, 48_000, 4800)),
    ];
    assert_eq!(ducks, expected);
}

#[test]
fn where_nobody_knows_its_length_its_end_is_told() {
    let mut rig = rig(vec![stinger("s", "box", Sync::Immediate)]);
    ask(&mut rig, 1000, "s").unwrap();
    rig.until(1_000_000);
    assert_eq!(ducks(&rig).len(), 1);
    let play = rig.start_of("box").1.play;
    rig.with(1_000_001, |music, _, out| music.ended(1_000_001, play, out));
    let (at, course) = ducks(&rig)[1];
    assert_eq!((at, course.db(1_000_001 + 4800)), (1_000_001, 0.0));
}

#[test]
fn only_one_that_may_and_is_no_less_important_interrupts() {
    for (priority, can_interrupt, result) in [
        (50, true, Ok(0)),
        (51, true, Ok(0)),
        (49, true, Err(Reason::PriorityLost)),
        (100, false, Err(Reason::PriorityLost)),
    ] {
        let mut second = stinger("second", "b", Sync::Immediate);
        (second.priority, second.can_interrupt) = (priority, can_interrupt);
        let mut rig = rig(vec![stinger("first", "short", Sync::Immediate), second]);
        ask(&mut rig, 1000, "first").unwrap();
        let found = ask(&mut rig, 2000, "second");
        assert_eq!(found.map(|_| 0), result, "{priority} {can_interrupt}");
        let first = rig.start_of("short").1.play;
        let sounds = rig.gain(first, 2000 + 480).is_some();
        assert_eq!(sounds, result.is_err());
        let started = rig.starts().iter().any(|it| it.1 == NODES[1]);
        assert_eq!(started, result.is_ok());
    }
}

#[test]
fn one_that_waits_is_replaced_and_never_sounds() {
    let mut second = stinger("second", "b", Sync::Beat);
    second.can_interrupt = true;
    let mut rig = rig(vec![stinger("first", "short", Sync::Bar), second]);
    assert_eq!(ask(&mut rig, 1000, "first"), Ok(96_000));
    assert_eq!(ask(&mut rig, 2000, "second"), Ok(24_000));
    rig.until(300_000);
    let names: Vec<&str> = rig.starts().iter().map(|it| it.1).collect();
    assert_eq!(names, ["a", "b"]);
    let first = rig.form.stinger(NameId::of("first")).unwrap();
    let gave_way = |it: &&(u64, Command)| it.1 == Command::GaveWay(first);
    let told: Vec<u64> = rig.said.iter().filter(gave_way).map(|it| it.0).collect();
    assert_eq!(told, [2000]);
}

#[test]
fn one_that_begins_before_another_lands_is_heard_until_then() {
    let mut second = stinger("second", "b", Sync::Beat);
    (second.can_interrupt, second.priority) = (true, 90);
    let mut rig = rig(vec![stinger("first", "box", Sync::Bar), second]);
    assert_eq!(ask(&mut rig, 1000, "first"), Ok(96_000));
    assert_eq!(ask(&mut rig, 94_080, "second"), Ok(120_000));
    rig.until(300_000);
    assert_eq!(rig.start_of("box").0, 96_000);
    assert_eq!(rig.start_of("b").0, 120_000);
    let first = rig.start_of("box").1.play;
    assert!(rig.gain(first, 119_999) == Some(1.0));
    assert_eq!(rig.gain(first, 120_480), None);
    let gave_way = |it: &(u64, Command)| matches!(it.1, Command::GaveWay(_));
    assert!(!rig.said.iter().any(gave_way));
}

#[test]
fn more_that_wait_than_there_is_room_for_give_way() {
    let many = (1..=6_u32).map(|n| {
        let mut it = stinger(&format!("s{n}"), "short", Sync::Grid(f64::from(n)));
        (it.can_interrupt, it.look_ahead_ms) = (true, 0.0);
        it
    });
    let mut rig = rig(many.collect());
    for n in 1..=6_u32 {
        assert_eq!(
            ask(&mut rig, 1000, &format!("s{n}")),
            Ok(u64::from(n) * 24_000)
        );
    }
    rig.until(300_000);
    let starts: Vec<u64> = rig.starts().iter().skip(1).map(|it| it.0).collect();
    assert_eq!(starts, [24_000, 48_000, 72_000, 144_000]);
    let gave_way = |it: &&(u64, Command)| matches!(it.1, Command::GaveWay(_));
    assert_eq!(rig.said.iter().filter(gave_way).count(), 2);
}

/// Where the last stinger was said to land.
fn granted(rig: &Rig) -> Option<(Sync, u64, f32)> {
    let rows = rig.syncs();
    let last = rows.iter().rfind(|row| row.asked != Sync::Immediate);
    last.map(|row| (row.granted, row.frame, row.error_smp))
}

#[test]
fn a_change_that_comes_first_takes_a_stinger_along_to_its_grid() {
    let mut rig = Rig::new(&source::Music {
        segments: vec![segment("a", 120.0, 100), segment("b", 90.0, 100)],
        transitions: vec![rule("*", "b", Sync::Beat)],
        stingers: vec![stinger("s", "short", Sync::Bar)],
        ..source::Music::default()
    });
    rig.play(0, "a");
    // Asked for after the change: beats of `b` are 32,000 frames from 120,000 on.
    rig.play(105_600, "b");
    assert_eq!(ask(&mut rig, 119_000, "s"), Ok(248_000));
    rig.until(400_000);
    assert_eq!(rig.start_of("short").0, 248_000);
    assert_eq!(granted(&rig), Some((Sync::Bar, 248_000, 0.0)));
}

#[test]
fn a_stinger_that_waits_moves_with_a_change_that_is_asked_for() {
    let mut late = stinger("s", "short", Sync::Bar);
    late.anchor_ms = 100.0;
    let mut rig = Rig::new(&source::Music {
        segments: vec![segment("a", 120.0, 100), segment("b", 90.0, 100)],
        transitions: vec![rule("*", "b", Sync::Beat)],
        stingers: vec![late],
        ..source::Music::default()
    });
    rig.play(0, "a");
    assert_eq!(ask(&mut rig, 96_100, "s"), Ok(192_000));
    rig.play(118_000, "b");
    // The first bar of `b`, at 120,000, is too near for what comes before the anchor.
    rig.until(400_000);
    assert_eq!(rig.start_of("short").0, 248_000 - 4_800);
    assert_eq!(granted(&rig), Some((Sync::Bar, 248_000, 0.0)));
}

#[test]
fn a_stinger_lands_on_the_grid_of_the_segment_that_follows_by_itself() {
    let list = |plays: &[&str]| Playlist {
        name: "list".into(),
        entries: plays.iter().map(|it| ((*it).to_owned(), 1)).collect(),
        ..Playlist::default()
    };
    let rig = |look_ahead_ms, list| {
        let mut it = stinger("s", "short", Sync::Bar);
        it.look_ahead_ms = look_ahead_ms;
        let mut rig = Rig::new(&source::Music {
            segments: vec![
                segment("a", 120.0, 1),
                segment("b", 90.0, 1),
                segment("c", 100.0, 100),
            ],
            playlists: vec![list],
            stingers: vec![it],
            ..source::Music::default()
        });
        rig.play(0, "list");
        rig
    };
    // `a` ends at 96,000, before it may land; a bar of `b` is as long as `b`, and `c` begins then.
    let mut near = rig(50.0, list(&["a", "b", "c"]));
    assert_eq!(ask(&mut near, 95_000, "s"), Ok(224_000));
    near.until(400_000);
    assert_eq!(granted(&near), Some((Sync::Bar, 224_000, 0.0)));
    // What comes behind `b` is known when `b` begins: bars of `c` are 115,200 frames from 224,000 on.
    let mut far = rig(8_000.0, list(&["a", "b", "c"]));
    assert!(ask(&mut far, 10, "s").is_ok());
    far.until(600_000);
    assert_eq!(far.start_of("short").0, 454_400);
    assert_eq!(granted(&far), Some((Sync::Bar, 454_400, 0.0)));
    // Behind the last one there is only its own grid.
    let mut last = rig(50.0, list(&["a"]));
    assert_eq!(ask(&mut last, 95_000, "s"), Ok(192_000));
}

/// What a stinger on bars becomes when the music `a` (120 bpm) is stopped shortly before
/// `b` comes, over so many frames: where it starts, and what was said of it.
fn after_a_stop(fade: u32, others: Option<Grid>) -> (u64, Option<(Sync, u64, f32)>) {
    let mut waits = stinger("s", "short", Sync::Bar);
    waits.anchor_ms = 10.0;
    let mut rig = Rig::new(&source::Music {
        segments: vec![segment("a", 120.0, 100), segment("b", 90.0, 100)],
        transitions: vec![rule("*", "b", Sync::Phrase)],
        stingers: vec![waits],
        ..source::Music::default()
    });
    rig.play(0, "a");
    rig.play(1_000, "b");
    // `b` comes with the next phrase of `a`, at 384,000, which is too soon for the look ahead.
    assert_eq!(ask(&mut rig, 383_000, "s"), Ok(384_000 + 128_000));
    rig.with(383_500, |music, form, out| {
        music.stop(form, 383_500, fade, others.map(Outer::Even).as_ref(), out);
    });
    rig.until(1_000_000);
    (rig.start_of("short").0, granted(&rig))
}

#[test]
fn a_stinger_whose_segment_does_not_come_lands_on_what_is_still_heard() {
    // The music is gone before its next beat, and nothing else has a grid: at once.
    let at_once = (383_500, Some((Sync::Immediate, 383_980, 0.0)));
    assert_eq!(after_a_stop(480, None), at_once);
    // Its next beat that is far enough away, at 408,000, is still heard, its next bar is not.
    let on_beat = (408_000 - 480, Some((Sync::Beat, 408_000, 0.0)));
    assert_eq!(after_a_stop(48_000, None), on_beat);
    let on_bar = (480_000 - 480, Some((Sync::Bar, 480_000, 0.0)));
    assert_eq!(after_a_stop(192_000, None), on_bar);
    // Something else goes on: its next bar.
    let others = Grid {
        t0: 400_000.0,
        beat: 20_000.0,
        per_bar: 3,
    };
    let on_others = (400_000 - 480, Some((Sync::Bar, 400_000, 0.0)));
    assert_eq!(after_a_stop(480, Some(others)), on_others);
}

#[test]
fn a_stinger_on_a_point_of_the_music_that_stops_stays_there() {
    let mut rig = rig(vec![stinger("s", "short", Sync::Bar)]);
    assert_eq!(ask(&mut rig, 2_000, "s"), Ok(96_000));
    rig.with(3_000, |music, form, out| {
        music.stop(form, 3_000, 480, None, out)
    });
    rig.until(200_000);
    assert_eq!(rig.start_of("short").0, 96_000);
}
