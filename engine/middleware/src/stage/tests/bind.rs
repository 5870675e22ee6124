//! Bindings: what is found for a stage, and that a bank keeps them.

use super::super::bind::CELEBRATION;
use super::super::tiers::WinTiers;
use super::super::timing::TimingProfile;
use super::super::{Stage, StageEvent};
use super::free_spins;
use crate::source::{Action, Event, Interactive, StageBinding, Stages};
use crate::{Bank, BankFile, World, compile};

fn source(bindings: &[(&str, &str)]) -> Interactive {
    let event = |name: &str, tags: &[&str]| Event {
        name: name.to_owned(),
        actions: vec![Action::default()],
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        ..Event::default()
    };
    let binding = |(stage, event): &(&str, &str)| StageBinding {
        stage: (*stage).to_owned(),
        event: (*event).to_owned(),
        ..StageBinding::default()
    };
    Interactive {
        events: vec![event("a", &[]), event("b", &[CELEBRATION]), event("c", &[])],
        stages: Stages {
            bindings: bindings.iter().map(binding).collect(),
            ..Stages::default()
        },
        ..Interactive::default()
    }
}

fn bank(source: &Interactive) -> Bank {
    let world = World {
        sample_rate: 48_000.0,
        ..World::default()
    };
    compile(source, &world).unwrap()
}

fn stop(reel: u8, symbol: Option<&str>) -> StageEvent {
    let symbols = Vec::new();
    let mut event = StageEvent::new(Stage::ReelStop { reel, symbols }, 0.0);
    event.payload.symbol = symbol.map(str::to_owned);
    event
}

#[test]
fn the_most_special_binding_is_found() {
    let bank = bank(&source(&[
        ("REEL_STOP", "a"),
        ("REEL_STOP_SCATTER", "b"),
        ("reel_stop:reel=4", "c"),
        ("feature_enter", "a"),
        ("feature_enter.free_spins", "b"),
        ("feature_enter.free_spins:multiplier=2", "c"),
    ]));
    let table = bank.stages();
    let posts = |event: &StageEvent| table.find(event).map(|at| table.bound()[at].event.as_str());
    assert_eq!(posts(&stop(0, None)), Some("a"));
    assert_eq!(posts(&stop(0, Some("scatter"))), Some("b"));
    assert_eq!(posts(&stop(0, Some("wild"))), Some("a"));
    assert_eq!(posts(&stop(4, Some("scatter"))), Some("c"));
    assert_eq!(posts(&StageEvent::new(free_spins(), 0.0)), Some("c"));
    assert_eq!(posts(&StageEvent::new(Stage::SpinEnd {}, 0.0)), None);
    let celebrates: Vec<bool> = table.bound().iter().map(|it| it.celebrates).collect();
    assert_eq!(celebrates, [false, true, false, false, true, false]);
}

#[test]
fn the_win_of_a_stage_is_in_its_name() {
    let bank = bank(&source(&[
        ("WIN_EQUAL", "a"),
        ("WIN_PRESENT_6", "b"),
        ("WIN_PRESENT", "c"),
    ]));
    let table = bank.stages();
    let posts = |win: i64| {
        let stage = Stage::WinPresent {
            win_amount: win,
            line_count: 1,
        };
        let mut event = StageEvent::new(stage, 0.0);
        event.payload.win = Some(win);
        event.payload.bet = Some(100);
        table.bound()[table.find(&event).unwrap()].event.clone()
    };
    assert_eq!(
        [50, 100, 101, 1_999, 2_000].map(posts),
        ["c", "a", "c", "b", "c"]
    );
}

#[test]
fn a_bank_file_keeps_bindings_tiers_and_profiles() {
    let mut source = source(&[("REEL_STOP", "a")]);
    source.stages.bindings[0].rtpcs = vec![("reel".to_owned(), "x".to_owned())];
    source.stages.tiers = Some(WinTiers::default());
    source.stages.profiles = vec![TimingProfile::normal().scaled(2.0)];
    let file = BankFile {
        source,
        unknown: Vec::new(),
    };
    let bytes = file.to_bytes().unwrap();
    assert_eq!(BankFile::from_bytes(&bytes).unwrap(), file);
}

#[test]
fn wrong_tables_are_refused_with_their_place() {
    let mut source = source(&[]);
    source.stages.tiers = Some(WinTiers {
        big: Vec::new(),
        ..WinTiers::default()
    });
    let mut slow = TimingProfile::normal();
    slow.first_stop_ms = -1.0;
    source.stages.profiles = vec![slow];
    let world = World {
        sample_rate: 48_000.0,
        ..World::default()
    };
    let problems = compile(&source, &world).unwrap_err();
    let paths: Vec<&str> = problems.iter().map(|it| it.path.as_str()).collect();
    assert!(paths.contains(&"stages.tiers.big"), "{paths:?}");
    assert!(paths.contains(&"stages.profiles[0]"), "{paths:?}");
}
