//! Another seed while it plays.

use std::sync::Arc;

use segue_rt::game::{GameCall, NameId, ObjectId};

use super::containers::container;
use super::desk::Told;
use super::music::{segment, transition};
use super::stage::{SOUNDS, Stage, action, bank, event, play, world};
use crate::bank::Bank;
use crate::compile::{World, compile};
use crate::source::{
    Action, ActionKind, ContainerKind, Group, GroupChild, GroupMode, Interactive, Playlist, Random,
    RandomChild, RandomMode, Scope, Segment, Sync,
};
use crate::telemetry::{Row, What};

const SEED: u64 = 0xFEDC_BA98_7654_3210;
/// Frames between two rounds of posts: by then everything short is over.
const ROUND: u64 = 12_000;
const ROUNDS: u64 = 40;

fn deck(mode: RandomMode) -> ContainerKind {
    let child = |child: &str| RandomChild {
        child: child.into(),
        weight: 1,
        pitch_st: [-3.0, 3.0],
        volume_db: [-6.0, 0.0],
    };
    ContainerKind::Random(Random {
        children: ["a", "b", "c"].map(child).to_vec(),
        mode,
        pitch_st: [-1.0, 1.0],
        ..Random::default()
    })
}

/// Chance of every kind there is.
fn source() -> Interactive {
    let child = |child: &str| GroupChild {
        child: child.into(),
        weight: 1,
        ..GroupChild::default()
    };
    let group = ContainerKind::Group(Group {
        mode: GroupMode::Random,
        children: ["a", "b", "c"].map(child).to_vec(),
    });
    let rare = Action {
        probability: 0.5,
        ..play("c")
    };
    let one_of_them = Action {
        scope: Scope::Random,
        ..action(ActionKind::Stop("long".into()))
    };
    let mut source = Interactive {
        containers: vec![
            container("any", deck(RandomMode::Weighted)),
            container("deck", deck(RandomMode::Shuffle)),
            container("history", deck(RandomMode::ShuffleHistory)),
            container("group", group),
        ],
        events: vec![
            event("any", vec![play("any")]),
            event("deck", vec![play("deck")]),
            event("history", vec![play("history")]),
            event("group", vec![play("group")]),
            event("rare", vec![rare]),
            event("long", vec![play("long"), play("long"), play("long")]),
            event("pick", vec![one_of_them]),
            event("music", vec![action(ActionKind::PlayMusic("list".into()))]),
        ],
        ..Interactive::default()
    };
    let short = |name: &str| Segment {
        tempo_bpm: 400.0,
        bars: 1,
        ..segment(name, name)
    };
    source.music.segments = ["a", "b", "c"].map(short).to_vec();
    source.music.playlists = vec![Playlist {
        name: "list".into(),
        entries: ["a", "b", "c"].map(|name| (name.into(), 1)).to_vec(),
        shuffle: true,
        looped: true,
    }];
    source.music.transitions = vec![transition(Sync::Immediate)];
    source
}

fn of_seed(source: &Interactive, seed: u64) -> Arc<Bank> {
    let world = World { seed, ..world() };
    Arc::new(compile(source, &world).unwrap())
}

/// Posts the events in every round from `from` on, on no object and on one of its own.
fn rounds(stage: &mut Stage, from: u64, events: &[&str]) {
    for round in from..ROUNDS {
        for event in events {
            stage.post(round * ROUND, event);
            stage.post_on(round * ROUND, event, 5);
        }
    }
}

fn reseed(stage: &mut Stage, at: u64) {
    stage.at(at, GameCall::Reseed { seed: SEED });
}

/// Starts from frame `from` on: where, what, and how.
fn heard(stage: &Stage, from: u64) -> Vec<(u64, &'static str, [u32; 2])> {
    let told = stage.desk.told.iter().filter(|(at, _)| *at >= from);
    let starts = told.filter_map(|(at, told)| match told {
        Told::Start(_, params) => {
            let how = [params.gain.to_bits(), (params.pitch as f32).to_bits()];
            Some((*at, SOUNDS[params.sound.index()].0, how))
        }
        _ => None,
    });
    starts.collect()
}

/// The seed log from frame `from` on.
fn log(rows: &[Row], from: u64) -> Vec<&Row> {
    let is_one = |row: &&Row| row.at >= from && matches!(row.what, What::Seed { .. });
    rows.iter().filter(is_one).collect()
}

#[test]
fn a_seed_before_everything_is_that_of_the_project() {
    let all = [
        "any", "deck", "history", "group", "rare", "long", "pick", "music",
    ];
    let run = |seed: u64, block: u64, reseeds: bool| {
        let mut stage = Stage::of(of_seed(&source(), seed));
        stage.register(0, 5);
        if reseeds {
            reseed(&mut stage, 0);
        }
        rounds(&mut stage, 0, &all);
        stage.run_in(ROUNDS * ROUND, block);
        let mut rows = stage.rows();
        let before = rows.len();
        rows.retain(|row| !matches!(row.what, What::Reseed { seed: SEED }));
        assert_eq!(before - rows.len(), usize::from(reseeds));
        (stage.voices(), heard(&stage, 0), rows)
    };
    let fresh = run(SEED, 512, false);
    assert!(fresh.1.len() > 400, "{}", fresh.1.len());
    assert_ne!(fresh, run(7, 512, false), "the seed means nothing");
    for block in [512, 37, 2_048] {
        assert_eq!(run(7, block, true), fresh, "block {block}");
    }
}

#[test]
fn from_its_frame_on_chance_is_that_of_a_start_with_the_seed() {
    // What of it no earlier choice counts for.
    let events = ["any", "group", "rare"];
    let middle = ROUNDS / 2 * ROUND;
    let run = |seed: u64, at: Option<u64>| {
        let mut stage = Stage::of(of_seed(&source(), seed));
        stage.register(0, 5);
        if let Some(at) = at {
            reseed(&mut stage, at);
        }
        rounds(&mut stage, 0, &events);
        stage.run(ROUNDS * ROUND);
        let rows = stage.rows();
        let told = |from| log(&rows, from).into_iter().copied().collect::<Vec<_>>();
        (told(0), told(middle), heard(&stage, middle))
    };
    let (own, fresh) = (run(7, None), run(SEED, None));
    let changed = run(7, Some(middle));
    assert_eq!(changed.0[..own.0.len() / 2], own.0[..own.0.len() / 2]);
    assert_eq!((&changed.1, &changed.2), (&fresh.1, &fresh.2));
    assert_ne!(changed.2, own.2);
    assert!(changed.2.iter().any(|start| start.1 == "c"));
}

#[test]
fn a_deck_is_dealt_to_its_end_and_nothing_comes_again_too_soon() {
    let run = |event: &str, seed: u64, at: u64| {
        let mut stage = Stage::of(of_seed(&source(), seed));
        reseed(&mut stage, at);
        for round in 0..30 {
            stage.post(round * ROUND, event);
        }
        stage.run(30 * ROUND);
        let names = heard(&stage, 0).into_iter().map(|start| start.1);
        names.collect::<Vec<_>>()
    };
    for seed in 0..20 {
        let own = run("deck", seed, 29 * ROUND);
        for cards in 1..3 {
            let all = run("deck", seed, cards * ROUND);
            assert_eq!(all[..3], own[..3], "the deck of before");
            // No history counts at the edges of these decks.
            assert_eq!(all[3..], run("deck", SEED, 0)[3..]);
            let all = run("history", seed, cards * ROUND);
            assert!(all.windows(2).all(|two| two[0] != two[1]), "{all:?}");
            for deck in all.chunks(3) {
                let mut deck = deck.to_vec();
                deck.sort_unstable();
                assert_eq!(deck, ["a", "b", "c"]);
            }
        }
    }
}

#[test]
fn a_play_of_the_seed_log_comes_again_under_its_seed() {
    let mut stage = Stage::of(of_seed(&source(), SEED));
    for round in 0..ROUNDS {
        stage.post(round * ROUND, "history");
    }
    stage.run(ROUNDS * ROUND);
    let all = heard(&stage, 0);
    for play_n in [0, 7, 20] {
        let mut again = Stage::new(&source());
        let container = NameId::of("history");
        let object = ObjectId::GLOBAL;
        again.post(0, "history");
        reseed(&mut again, 4_800);
        again.at(
            4_800,
            GameCall::SetPlayCount {
                container,
                object,
                play_n,
            },
        );
        again.post(4_800, "history");
        again.run(9_600);
        let found = heard(&again, 4_800);
        let expected = all[play_n as usize];
        let found = (found[0].1, found[0].2);
        assert_eq!(found, (expected.1, expected.2), "play {play_n}");
    }
}

#[test]
fn another_bank_keeps_the_seed_that_was_given() {
    let events = ["any", "group", "rare"];
    let run = |seed: u64, swaps: bool| {
        let mut stage = Stage::of(of_seed(&source(), seed));
        stage.register(0, 5);
        if swaps {
            reseed(&mut stage, 0);
        }
        // Both are there before the other bank comes.
        stage.post(0, "any");
        stage.post_on(0, "any", 5);
        stage.run(ROUND);
        if swaps {
            stage.swap(&source());
        }
        rounds(&mut stage, 1, &events);
        stage.run(ROUNDS * ROUND);
        heard(&stage, ROUND)
    };
    assert_eq!(run(7, true), run(SEED, false));
}

#[test]
fn one_of_several_is_picked_by_the_new_seed() {
    let run = |seed: u64, at: u64| {
        let mut stage = Stage::of(of_seed(&source(), seed));
        reseed(&mut stage, at);
        for n in 0..8 {
            stage.post(1_000 + n * 4_000, "long");
            stage.post(2_000 + n * 4_000, "pick");
        }
        stage.run(48_000);
        let mut stops = stage.voices();
        stops.retain(|line| line.contains("stop"));
        assert_eq!(stops.len(), 8);
        stops
    };
    let never = 47_999;
    let fresh = run(SEED, never);
    assert_ne!(run(7, never), fresh);
    assert_eq!(run(7, 500), fresh);
}

#[test]
fn the_seed_that_holds_changes_nothing() {
    let run = |again: bool| {
        let mut stage = Stage::of(bank(&source()));
        if again {
            stage.at(5 * ROUND, GameCall::Reseed { seed: world().seed });
        }
        rounds(&mut stage, 0, &["history", "any", "music"]);
        stage.run(ROUNDS * ROUND);
        heard(&stage, 0)
    };
    assert_eq!(run(true), run(false));
}
