//! Bindings: what is found for a stage, and that a bank keeps them.

use super::super::bind::CELEBRATION;
use super::super::tiers::WinTiers;
use super::super::timing::TimingProfile;
use super::super::{Stage, StageEvent};
use super::free_spins;
use crate::source::{Action, ActionKind, Event, Interactive, StageBinding, Stages};
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
    let celebrations = table.bound().iter();
    let celebrations: Vec<_> = celebrations.map(|it| it.celebration.as_deref()).collect();
    assert_eq!(celebrations, [None, Some("b"), None, None, Some("b"), None]);
}

#[test]
fn an_event_celebrates_through_what_it_posts() {
    let mut source = source(&[("WIN_PRESENT", "a"), ("REEL_STOP", "c")]);
    let posts = |event: &str| Action {
        kind: ActionKind::PostEvent(event.to_owned()),
        ..Action::default()
    };
    source.events[0].actions.push(posts("wrap"));
    source.events.push(Event {
        name: "wrap".to_owned(),
        actions: vec![posts("b")],
        ..Event::default()
    });
    let bank = bank(&source);
    let celebrations = bank.stages().bound().iter();
    let celebrations: Vec<_> = celebrations.map(|it| it.celebration.as_deref()).collect();
    assert_eq!(celebrations, [Some("b"), None]);
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

#[test]
fn an_alias_is_bound_and_looked_up_as_its_stage() {
    use super::super::bind::check_name;
    use super::super::names::chain;
    assert_eq!(chain("SPIN_START"), ["UI_SPIN_PRESS"]);
    assert_eq!(
        chain("reel_spinning_2"),
        ["REEL_SPINNING_START_2", "REEL_SPINNING_START"]
    );
    assert_eq!(chain("REEL_SPINNING_START"), ["REEL_SPINNING_START"]);
    assert_eq!(chain("REEL_SPINNING_STOP")[0], "REEL_SPINNING_STOP");
    for name in ["SPIN_START", "reel_spinning", "Reel_Spinning"] {
        assert_eq!(check_name(name), Ok(()), "{name}");
    }
    assert!(check_name("SPIN_STRAT").is_err());
    let bank = bank(&source(&[("SPIN_START", "a"), ("REEL_SPINNING", "b")]));
    let table = bank.stages();
    let press = StageEvent::new(Stage::UiSpinPress {}, 0.0);
    assert_eq!(table.find(&press), Some(0));
    let turns = StageEvent::new(Stage::ReelSpinningStart { reel: 1 }, 0.0);
    assert_eq!(table.find(&turns), Some(1));
    assert_eq!(table.bound_stages().len(), 2);
}

/// A name that is looked up finds what its stage posts.
#[test]
fn a_qualified_name_finds_what_its_stage_posts() {
    use super::super::bind::check_name;
    let bank = bank(&source(&[
        ("FEATURE_ENTER", "a"),
        ("feature_enter:multiplier=2", "b"),
        ("Feature_Enter.free_spins", "c"),
        ("REEL_STOP_2", "a"),
        ("reel_stop:reel=4", "b"),
    ]));
    let table = bank.stages();
    let found = |name: &str| {
        table
            .find_name(name)
            .map(|(name, at)| format!("{name} {at}"))
    };
    for (name, expected) in [
        ("feature_enter.free_spins", "feature_enter.free_spins 2"),
        // Of two with as many conditions the project's first, whatever the order in the name.
        (
            "feature_enter.free_spins:multiplier=2",
            "feature_enter:multiplier=2 1",
        ),
        (
            "feature_enter.free_spins:multiplier=3",
            "feature_enter.free_spins 2",
        ),
        ("feature_enter.respin", "FEATURE_ENTER 0"),
        ("reel_stop:reel=2", "REEL_STOP_2 3"),
        ("reel_stop:reel=4", "reel_stop:reel=4 4"),
    ] {
        assert_eq!(check_name(name), Ok(()), "{name}");
        assert_eq!(found(name).as_deref(), Some(expected), "{name}");
    }
    assert_eq!(found("reel_stop:reel=3"), None);
    let free = StageEvent::new(free_spins(), 0.0);
    assert_eq!(table.find(&free), Some(1));
    let error = check_name("jackpot_present.huge").unwrap_err();
    assert!(error.contains("\"huge\" is not one of mini"), "{error}");
}

#[test]
fn tension_and_tiers_move_rtpcs() {
    let mut source = source(&[("ANTICIPATION_TENSION", "a"), ("big_win_tier", "b")]);
    source.rtpcs = vec![crate::source::Rtpc {
        name: "x".to_owned(),
        unit: String::new(),
        min: 0.0,
        max: 4.0,
        default: 0.0,
        interp: crate::source::Interp::None,
        host_param: None,
        targets: Vec::new(),
    }];
    let fields = [
        "volume_lin",
        "pitch_st",
        "intensity",
        "reel_speed",
        "tension",
    ];
    let bound = |field: &&str| ((*field).to_owned(), "x".to_owned());
    source.stages.bindings[0].rtpcs = fields.iter().map(bound).collect();
    source.stages.bindings[1].rtpcs = ["visual", "audio_intensity"].iter().map(bound).collect();
    let bank = bank(&source);
    let number = |stage: &Stage, field: &str| {
        let event = StageEvent::new(stage.clone(), 0.0);
        bank.stages().number_of(&event, field).unwrap()
    };
    let third = Stage::AnticipationTensionLayer {
        reel: 4,
        tension: 3,
        reason: None,
        progress: 0.0,
    };
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
    let wanted = [0.8, 3.0, 0.7 * 1.15 * 1.15, 0.3, 3.0];
    for (field, wanted) in fields.iter().zip(wanted) {
        close(number(&third, field), wanted);
    }
    let tier = Stage::BigWinTier { tier: 3, amount: 1 };
    close(number(&tier, "visual"), 1.4);
    close(number(&tier, "audio_intensity"), 1.2);
    // What a stage does not have is still refused.
    source.stages.bindings[1].rtpcs = vec![bound(&"pitch_st")];
    let world = World {
        sample_rate: 48_000.0,
        ..World::default()
    };
    assert!(compile(&source, &world).is_err());
}

#[test]
fn a_profile_is_made_slower_by_its_name() {
    let bank = bank(&source(&[]));
    let table = bank.stages();
    let slow = table.profile("normal@1.5").unwrap();
    assert_eq!(
        (slow.name.as_str(), slow.first_stop_ms),
        ("normal@1.5", 1200.0)
    );
    assert_eq!(slow.audio_latency_comp_ms, 5.0);
    assert_eq!(table.profile("turbo@0.5").unwrap().first_stop_ms, 200.0);
    for wrong in ["normal@0", "normal@21", "normal@x", "other@2", "normal@2@2"] {
        assert!(table.profile(wrong).is_none(), "{wrong}");
    }
}
