use super::*;
use segue_engine::format::project::{Bus, Insert, Macro, MacroTarget as Target};
use segue_engine::project::open_in;
use segue_engine::{EngineConfig, create};
use std::ops::ControlFlow;
use std::path::Path;

const RATE: u32 = 48_000;

fn project() -> Project {
    let mut project = Project::new("Play");
    let mut master = Bus::new("master");
    master.inserts = vec![Insert::new("trim", "gain")];
    project.buses = vec![master];
    let target = |min, max| Target {
        bus: "master".to_owned(),
        insert: "trim".to_owned(),
        param: "gain".to_owned(),
        min,
        max,
        ..Target::default()
    };
    let entry = |id: &str, midi| Macro {
        id: id.to_owned(),
        name: id.to_owned(),
        midi: Some(midi),
        targets: vec![target(-12.0, 0.0)],
        ..Macro::default()
    };
    project.macros = vec![entry("a", MidiSource::Cc(7)), entry("b", MidiSource::Cc(1))];
    project
}

fn deck() -> (Control, Box<Deck>) {
    let project = project();
    let (mut control, renderer, _) =
        create(EngineConfig::for_project(&project, Some(RATE))).unwrap();
    let open = open_in(Path::new(""), project.clone());
    control
        .load_project(&open, &mut |_| ControlFlow::Continue(()))
        .unwrap();
    let deck = Deck::new(&control, renderer, &project);
    (control, Box::new(deck))
}

fn render(player: &mut Player, frames: usize) -> Vec<f32> {
    let (mut left, mut right) = (vec![9.0; frames], vec![9.0; frames]);
    player.render(&mut left, &mut right);
    left
}

#[test]
fn controllers_move_macros_and_tell_the_window() {
    let signals = Arc::new(Signals::default());
    let (mut player, mut link) = player(RATE, &signals);
    let (_control, deck) = deck();
    assert!(link.decks.push(Parcel::Deck(deck)).is_ok());
    let midi = |bytes| Midi { bytes, offset: 3 };
    link.server.push(midi([0xb0, 1, 127])).unwrap();
    link.ports.push(midi([0xb3, 9, 64])).unwrap();
    assert_eq!(render(&mut player, 64), [0.0; 64]);
    assert_eq!(signals.moved().collect::<Vec<_>>(), [(1, 1.0)]);
    assert_eq!(signals.moved().count(), 0, "each move is told once");
    assert_eq!(signals.heard.load(Relaxed), 2);
}

#[test]
fn routes_change_while_a_deck_plays_and_the_old_ones_come_back() {
    let signals = Arc::new(Signals::default());
    let (mut player, mut link) = player(RATE, &signals);
    let (control, deck) = deck();
    assert!(link.decks.push(Parcel::Deck(deck)).is_ok());
    render(&mut player, 64);
    let mut other = project();
    other.macros.reverse();
    let routes = Box::new(Routes::new(&control, &other));
    assert!(link.decks.push(Parcel::Routes(routes)).is_ok());
    link.ports
        .push(Midi {
            bytes: [0xb0, 1, 127],
            offset: 0,
        })
        .unwrap();
    render(&mut player, 64);
    let moved: Vec<_> = signals.moved().collect();
    let sources = other.macros.iter().map(|it| it.midi);
    let place = sources.clone().position(|it| it == Some(MidiSource::Cc(1)));
    assert_eq!(moved, [(place.unwrap(), 1.0)]);
    assert!(matches!(link.old.pop(), Ok(Parcel::Routes(_))));
}

#[test]
fn the_old_deck_comes_back_when_it_has_faded_out() {
    let signals = Arc::new(Signals::default());
    let (mut player, mut link) = player(RATE, &signals);
    let (decks, controls): (Vec<_>, Vec<_>) = (0..2)
        .map(|_| deck())
        .map(|(control, deck)| (deck, control))
        .unzip();
    for deck in decks {
        assert!(link.decks.push(Parcel::Deck(deck)).is_ok());
    }
    render(&mut player, 100);
    render(&mut player, 100);
    assert!(link.old.pop().is_err(), "it is fading out");
    render(&mut player, 10_000);
    assert!(link.old.pop().is_ok());
    drop(controls);
}

#[test]
fn the_test_tone_is_a_440_that_swells_and_fades() {
    let signals = Arc::new(Signals::default());
    let (mut player, _link) = player(RATE, &signals);
    assert_eq!(render(&mut player, 100), [0.0; 100]);
    signals.tone.store(true, Relaxed);
    let tone = render(&mut player, 48_000);
    assert!(tone[0].abs() < 1e-3, "no click");
    let peak = tone.iter().copied().fold(0.0, f32::max);
    assert!((peak - TONE_GAIN).abs() < 1e-3, "{peak}");
    let rises = tone.windows(2).filter(|two| two[0] < 0.0 && two[1] >= 0.0);
    assert!((439..=441).contains(&rises.count()));
    signals.tone.store(false, Relaxed);
    render(&mut player, 4_800);
    assert_eq!(render(&mut player, 100), [0.0; 100]);
}
