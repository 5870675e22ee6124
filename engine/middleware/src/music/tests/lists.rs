//! Playlists, and another bank while one plays.

use super::rig::{Rig, form, rule, segment};
use crate::music::{Command, Commands, Music};
use crate::source::{self, Playlist, Sync};

const BAR: u64 = 96_000;

fn list(entries: &[(&str, u32)], shuffle: bool, looped: bool) -> source::Music {
    source::Music {
        segments: vec![
            segment("a", 120.0, 1),
            segment("b", 120.0, 1),
            segment("c", 120.0, 1),
        ],
        playlists: vec![Playlist {
            name: "list".to_owned(),
            entries: entries
                .iter()
                .map(|(name, n)| ((*name).to_owned(), *n))
                .collect(),
            shuffle,
            looped,
        }],
        transitions: vec![rule("*", "*", Sync::Immediate)],
        ..source::Music::default()
    }
}

#[test]
fn entries_play_as_often_as_they_say_each_on_the_exit_of_the_last() {
    let mut rig = Rig::new(&list(&[("a", 2), ("b", 1)], false, false));
    rig.play(7, "list");
    rig.until(10 * BAR);
    let expected = [(7, "a", 0), (7 + BAR, "a", 0), (7 + 2 * BAR, "b", 0)];
    assert_eq!(rig.starts(), expected);
    assert_eq!(rig.music.playing(), None);
}

#[test]
fn a_looped_list_never_drifts() {
    let mut source = list(&[("a", 1), ("b", 3)], false, true);
    for segment in &mut source.segments {
        segment.tempo_bpm = 97.3;
    }
    let mut rig = Rig::new(&source);
    rig.play(0, "list");
    rig.until(1000 * 118_397);
    let bar = (4.0 * 60.0 * 48_000.0 / 97.3 + 0.5f64).floor() as u64;
    for (n, (at, name, _)) in rig.starts().into_iter().enumerate() {
        assert_eq!(at, n as u64 * bar);
        assert_eq!(name, if n % 4 == 0 { "a" } else { "b" });
    }
    assert!(rig.starts().len() >= 1000);
}

#[test]
fn a_shuffled_list_plays_everything_and_repeats_nothing_over_its_end() {
    let mut rig = Rig::new(&list(&[("a", 1), ("b", 1), ("c", 1)], true, true));
    rig.play(0, "list");
    rig.until(600 * BAR);
    let names: Vec<&str> = rig.starts().iter().map(|it| it.1).collect();
    let mut orders = std::collections::BTreeSet::new();
    for deck in names.chunks_exact(3) {
        let mut sorted = deck.to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, ["a", "b", "c"]);
        orders.insert(deck.to_vec());
    }
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    assert_eq!(orders.len(), 6, "all orders come");
    let mut again = Rig::new(&list(&[("a", 1), ("b", 1), ("c", 1)], true, true));
    again.play(0, "list");
    again.until(600 * BAR);
    assert_eq!(again.starts(), rig.starts());
}

#[test]
fn a_new_seed_deals_the_orders_to_come() {
    let source = list(&[("a", 1), ("b", 1), ("c", 1)], true, true);
    let run = |seed: u64, at: u64| {
        let mut rig = Rig::new(&source);
        rig.music = Music::new(&rig.form, seed);
        rig.play(0, "list");
        rig.until(at);
        rig.music.reseed(77);
        rig.until(300 * BAR);
        let names: Vec<&str> = rig.starts().iter().map(|it| it.1).collect();
        names
    };
    let (own, fresh) = (run(1, 299 * BAR), run(77, 0));
    // In the middle of the eleventh order; what follows its last segment is planned with that.
    let changed = run(1, 31 * BAR);
    assert_eq!(changed[..33], own[..33]);
    assert_ne!(changed[33..], own[33..]);
    assert!(changed.windows(2).all(|pair| pair[0] != pair[1]));
    // An order whose head played last is another one, so not all are those of the seed.
    let orders = changed.chunks_exact(3).zip(fresh.chunks_exact(3)).skip(11);
    let (same, all) = orders.fold((0, 0), |(same, all), (a, b)| {
        (same + u32::from(a == b), all + 1)
    });
    assert!(all > 80 && same > all / 2, "{same} of {all}");
}

#[test]
fn a_way_out_of_a_list_takes_the_place_of_what_follows() {
    let mut source = list(&[("a", 1), ("b", 1)], false, true);
    source.transitions = vec![rule("list", "c", Sync::SegmentEnd)];
    source.segments[1].entry_cue_bars = 0.25;
    let mut rig = Rig::new(&source);
    rig.play(0, "list");
    // The pick-up of b sounds already.
    rig.play(BAR - 1000, "c");
    rig.until(2 * BAR - 1);
    let starts = rig.starts();
    let expected = [(0, "a", 0), (BAR - BAR / 4, "b", 0), (BAR, "c", 0)];
    assert_eq!(starts, expected);
    let (_, b) = rig.start_of("b");
    assert_eq!(rig.gain(b.play, BAR), None, "the pick-up was taken back");
}

#[test]
fn another_bank_goes_on_with_what_it_knows() {
    let old = list(&[("a", 1), ("b", 1), ("c", 1)], false, true);
    let mut rig = Rig::new(&old);
    rig.play(0, "list");
    rig.until(BAR + 10);
    let mut new = old.clone();
    new.segments.rotate_left(1);
    let new_form = form(&new);
    let mut music = Music::new(&new_form, 1);
    let mut out = Commands::default();
    music.carry_over(&new_form, BAR + 10, (&rig.music, &rig.form), None, &mut out);
    assert_eq!(out.iter().count(), 0, "nothing starts or stops");
    (rig.form, rig.music) = (new_form, music);
    rig.until(3 * BAR - 1);
    assert_eq!(
        rig.starts(),
        [(0, "a", 0), (BAR, "b", 0), (2 * BAR, "c", 0)]
    );
}

#[test]
fn another_bank_ends_what_it_does_not_know() {
    let mut rig = Rig::new(&list(&[("a", 1)], false, true));
    rig.play(0, "list");
    let mut new = list(&[("b", 1)], false, true);
    new.segments.remove(0);
    let form = form(&new);
    let mut music = Music::new(&form, 1);
    let mut out = Commands::default();
    music.carry_over(&form, 100, (&rig.music, &rig.form), None, &mut out);
    let (_, a) = rig.start_of("a");
    let ends = |command: &Command| matches!(command, Command::Fade { play, stop: true, .. } if *play == a.play);
    assert!(out.iter().any(ends));
    assert_eq!(music.playing(), None);
}

#[test]
fn a_rule_for_two_segments_holds_inside_of_a_list() {
    let run = |from: &str, sync, filler: Option<&str>| {
        let mut source = list(&[("a", 1), ("b", 1)], false, false);
        source.transitions.push(source::Transition {
            fade_out: super::rig::ms(100.0),
            fade_in: super::rig::ms(200.0),
            filler: filler.map(str::to_owned),
            ..rule(from, "b", sync)
        });
        let mut rig = Rig::new(&source);
        rig.play(0, "list");
        rig.until(4 * BAR);
        let fades = rig.said.iter().filter_map(|(at, said)| match said {
            Command::Fade { course, stop, .. } => Some((*at, course.end(), *stop)),
            _ => None,
        });
        (rig.starts(), fades.collect::<Vec<_>>())
    };
    let plain = (vec![(0, "a", 0), (BAR, "b", 0)], vec![]);
    let faded = (plain.0.clone(), vec![(BAR, BAR + 4_800, true)]);
    assert_eq!(run("a", Sync::SegmentEnd, None), faded);
    assert_eq!(run("*", Sync::SegmentEnd, None), plain, "it names one only");
    assert_eq!(run("a", Sync::Beat, None), plain, "it is for requests");
    let (starts, _) = run("a", Sync::SegmentEnd, Some("c"));
    assert_eq!(starts, [(0, "a", 0), (BAR, "c", 0), (2 * BAR, "b", 0)]);
}
