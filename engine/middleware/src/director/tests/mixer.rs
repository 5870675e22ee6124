//! Ducks, states and notes.

use segue_rt::game::{GameCall, NameId, Program};
use segue_rt::ids::{BusId, VoiceId};
use segue_rt::keymap::{NoteEvent, NoteKind};

use super::desk::Told;
use super::stage::{Stage, action, event, play, world};
use crate::compile::{World, compile};
use crate::source::{
    Action, ActionKind, Duck, DuckSource, DuckTrigger, Event, Hdr, Interactive, NoteEvent as Note,
    Shape, StateChange, StateGroup, StateTarget, StateValue,
};
use crate::telemetry::{Row, What};

fn duck(name: &str, source: DuckSource) -> Duck {
    Duck {
        name: name.into(),
        source,
        target_bus: "music".into(),
        depth_db: -6.0,
        attack_ms: 0.0,
        hold_ms: 0.0,
        release_ms: 100.0,
        trigger: DuckTrigger::Activity,
        threshold_lin: 0.01,
        curve: Shape::Linear,
    }
}

/// What the music bus was told: frame, gain, ramp.
pub(super) fn music(stage: &Stage) -> Vec<(u64, f32, u32)> {
    let told = stage.desk.told.iter();
    told.filter_map(|(at, told)| match told {
        Told::Bus(bus, gain, ramp) if bus.index() == 2 => Some((*at, *gain, *ramp)),
        _ => None,
    })
    .collect()
}

#[test]
fn a_duck_without_attack_is_there_on_the_same_frame_and_rules_multiply() {
    let check = |rules: usize, expected: f32| {
        let speak = Action {
            bus: Some("vo".into()),
            ..play("a")
        };
        let tagged = Event {
            tags: vec!["voice".into()],
            ..event("say", vec![speak])
        };
        let ducks = [
            duck("by bus", DuckSource::Bus("vo".into())),
            duck("by tag", DuckSource::Tag("voice".into())),
        ];
        let source = Interactive {
            events: vec![tagged],
            ducks: ducks[..rules].to_vec(),
            ..Interactive::default()
        };
        let mut stage = Stage::new(&source);
        stage.post(1_003, "say");
        stage.run(20_000);
        let told = music(&stage);
        let (at, gain, ramp) = told[0];
        assert_eq!((at, ramp), (1_003, 0));
        assert!((20.0 * gain.log10() - expected).abs() < 1e-4, "{gain}");
        // The end at 5,803 is heard of at 6,240; 100 ms later all is as it was.
        let last = told[told.len() - 1];
        assert_eq!(last.1, 1.0);
        assert!(
            (11_000..11_100).contains(&(last.0 + u64::from(last.2))),
            "{last:?}"
        );
    };
    check(1, -6.0);
    check(2, -12.0);
}

#[test]
fn a_window_closes_when_its_loudest_voice_ends_by_itself() {
    let sound = Action {
        bus: Some("music".into()),
        ..play("a")
    };
    let source = Interactive {
        events: vec![event("go", vec![sound])],
        hdr: vec![Hdr {
            bus: "music".into(),
            threshold_db: -60.0,
            ratio: 4.0,
            release_ms: 120.0,
            range_db: 40.0,
        }],
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    stage.post(1_003, "go");
    stage.run(30_000);
    let told = music(&stage);
    assert!(told.iter().any(|it| it.1 < 0.5), "{told:?}");
    assert_eq!(told.last().map(|it| it.1), Some(1.0));
    // It opens with the tick behind the voice's start, and closes with that behind its release.
    let windows: Vec<_> = stage
        .rows()
        .into_iter()
        .filter_map(|row| match row.what {
            What::Hdr {
                bus,
                is_open,
                top_db,
                gain_db,
            } => Some((row.at, bus.index(), is_open, top_db, gain_db)),
            _ => None,
        })
        .collect();
    let [open, close] = windows[..] else {
        panic!("{windows:?}");
    };
    let (top, gain) = (open.3, open.4);
    assert_eq!((open.0, open.1, open.2), (1_440, 2, true));
    assert!(top > -60.0 && (gain + (top + 60.0) * 0.75).abs() < 1e-3);
    assert_eq!((close.1, close.2, close.3, close.4), (2, false, -60.0, 0.0));
    assert!((11_000..13_000).contains(&close.0), "{close:?}");
}

#[test]
fn a_voice_below_the_range_of_a_window_is_silent_until_the_window_is_back() {
    let on_music = |target: &str, gain_lin| Action {
        bus: Some("music".into()),
        gain_lin,
        ..play(target)
    };
    // The files are at -20 dB: the loop is at -60 dB, 40 below the loud one, the other is not so far.
    let source = Interactive {
        events: vec![
            event("bed", vec![on_music("loop", 0.01), on_music("long", 0.1)]),
            event("loud", vec![on_music("a", 1.0)]),
        ],
        hdr: vec![Hdr {
            bus: "music".into(),
            threshold_db: -60.0,
            ratio: 4.0,
            release_ms: 120.0,
            range_db: 25.0,
        }],
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    stage.post(0, "bed");
    stage.post(1_003, "loud");
    stage.run(24_000);
    let gains: Vec<String> = stage
        .voices()
        .into_iter()
        .filter(|line| line.contains("gain"))
        .collect();
    // "long" holds the window at -40 dB: down to there it falls by a 5,760th of 40 dB a frame from 6,240
    // on, the tick that hears of the end of "a", and is 25 dB above the loop 2,160 frames later.
    assert_eq!(gains, ["1440 1 gain 0.0000 480", "8640 1 gain 0.0100 480"]);
}

/// What the music bus is told while a loop begins at frame 0, is paused at 4,800, goes on at 19,200
/// and is stopped at 33,600. With `early` another one begins in the pause, and then the first one is stopped.
fn around_a_pause(duck: Duck, early: bool) -> Vec<(u64, f32, u32)> {
    let speak = Action {
        bus: Some("vo".into()),
        ..play("loop")
    };
    let source = Interactive {
        events: vec![
            Event {
                tags: vec!["voice".into()],
                ..event("say", vec![speak])
            },
            event("hold", vec![action(ActionKind::Pause("loop".into()))]),
            event("go on", vec![action(ActionKind::Resume("loop".into()))]),
            event("stop", vec![action(ActionKind::StopAll)]),
        ],
        ducks: vec![duck],
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    let playing = stage.post(0, "say");
    stage.post(4_800, "hold");
    // A second pause changes nothing.
    stage.post(5_280, "hold");
    if early {
        stage.post(12_000, "say");
        stage.at(14_400, GameCall::StopPlaying { playing, fade: 0 });
    }
    stage.post(19_200, "go on");
    stage.post(33_600, "stop");
    stage.run(43_200);
    music(&stage)
}

#[test]
fn a_paused_source_pushes_nobody() {
    let by_level = Duck {
        trigger: DuckTrigger::Level,
        ..duck("by level", DuckSource::Tag("voice".into()))
    };
    for (rule, late) in [
        (duck("by bus", DuckSource::Bus("vo".into())), 0),
        (duck("by tag", DuckSource::Tag("voice".into())), 0),
        // A level is looked at every 10 ms.
        (by_level, 480),
    ] {
        let told = around_a_pause(rule.clone(), false);
        let at = |t: u64| {
            let before = told.iter().rfind(|it| it.0 + u64::from(it.2) <= t);
            before.map_or(1.0, |it| it.1)
        };
        let full = 10_f32.powf(-6.0 / 20.0);
        let name = rule.name.clone();
        assert!((at(4_700) - full).abs() < 1e-4, "{name}: {told:?}");
        // Its release takes 100 ms.
        assert!(at(7_200) > full && at(7_200) < 1.0, "{name}: {told:?}");
        assert_eq!((at(10_200), at(19_100)), (1.0, 1.0), "{name}");
        assert!((at(19_200 + late) - full).abs() < 1e-4, "{name}: {told:?}");
        assert!((at(33_600) - full).abs() < 1e-4, "{name}: {told:?}");
        assert_eq!(at(40_000), 1.0, "{name}");
        // One that is stopped in its pause is not counted off twice.
        let told = around_a_pause(rule, true);
        let last = told.iter().rfind(|it| it.0 < 33_000).unwrap();
        assert!((last.1 - full).abs() < 1e-4, "{name}: {last:?}");
    }
}

#[test]
fn a_silent_loop_that_still_pushes_is_told() {
    let stuck = |gain_lin: f32, seconds: u64| {
        let speak = Action {
            gain_lin,
            ..play("loop")
        };
        let source = Interactive {
            events: vec![Event {
                tags: vec!["voice".into()],
                ..event("say", vec![speak])
            }],
            ducks: vec![duck("by tag", DuckSource::Tag("voice".into()))],
            ..Interactive::default()
        };
        let mut stage = Stage::new(&source);
        stage.post(0, "say");
        stage.run(seconds * 48_000);
        let stuck = |row: &Row| matches!(row.what, What::DuckStuck { duck } if duck == NameId::of("by tag"));
        stage.rows().iter().filter(|row| stuck(row)).count()
    };
    assert_eq!(stuck(0.0, 119), 0);
    assert_eq!(stuck(0.0, 250), 1, "once");
    // The file of the loop is at -20 dB.
    assert_eq!(stuck(1.0, 250), 0);
}

#[test]
fn a_state_moves_a_bus_and_a_sound_in_its_time() {
    let change = |target| StateChange {
        target,
        volume_db: -20.0,
        pitch_st: 0.0,
        lpf_hz: None,
        hpf_hz: None,
    };
    let calm = StateValue {
        name: "calm".into(),
        changes: vec![
            change(StateTarget::Bus("music".into())),
            change(StateTarget::Object("long".into())),
        ],
    };
    let source = Interactive {
        states: vec![StateGroup {
            name: "mood".into(),
            values: vec![calm],
            default_transition_ms: 1.0,
            transition_ms: vec![("none".into(), "calm".into(), 200.0)],
        }],
        events: vec![event("go", vec![play("long")])],
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    stage.post(0, "go");
    stage.at(
        2_400,
        GameCall::SetState {
            group: NameId::of("mood"),
            value: NameId::of("calm"),
        },
    );
    stage.run(24_000);
    let told = music(&stage);
    let ends = |(at, _, ramp): (u64, f32, u32)| at + u64::from(ramp);
    let first = told.iter().find(|it| it.1 < 1.0).copied().unwrap();
    assert!(ends(first) <= 2_400 + 64, "{first:?}");
    let last = told[told.len() - 1];
    assert!((12_000..12_064).contains(&ends(last)), "{last:?}");
    assert!((last.1 - 0.1).abs() < 1e-6);
    assert!((stage.gain_at(VoiceId(1), 23_000) - 0.1).abs() < 1e-6);
    let halfway = 20.0 * stage.gain_at(VoiceId(1), 7_200).log10();
    assert!((halfway + 10.0).abs() < 0.2, "{halfway}");
}

#[test]
fn a_state_of_a_bus_moves_pitch_and_filters_of_what_plays_into_it() {
    use segue_rt::voices::VoiceCommand;
    let deep = |bus: &str| StateGroup {
        name: "mood".into(),
        values: vec![StateValue {
            name: "calm".into(),
            changes: vec![StateChange {
                target: StateTarget::Bus(bus.into()),
                volume_db: 0.0,
                pitch_st: -12.0,
                lpf_hz: Some(500.0),
                hpf_hz: Some(50.0),
            }],
        }],
        default_transition_ms: 100.0,
        transition_ms: Vec::new(),
    };
    // The world's "music" goes into "master"; "long" plays on "music".
    for (bus, moves) in [("music", true), ("master", true), ("vo", false)] {
        let on_music = Action {
            bus: Some("music".into()),
            ..play("long")
        };
        let source = Interactive {
            states: vec![deep(bus)],
            events: vec![event("go", vec![on_music])],
            ..Interactive::default()
        };
        let mut world = world();
        let id = |name: &str| world.buses.iter().find(|it| it.0 == name).unwrap().1;
        world.outputs = vec![(id("music"), id("master")), (id("vo"), id("master"))];
        let mut stage = Stage::of(std::sync::Arc::new(compile(&source, &world).unwrap()));
        stage.post(0, "go");
        let state = NameId::of("mood");
        let value = NameId::of("calm");
        stage.at(
            2_400,
            GameCall::SetState {
                group: state,
                value,
            },
        );
        stage.run(24_000);
        stage.post(24_000, "go");
        stage.run(26_000);
        let told = stage.desk.told.iter().map(|(_, told)| *told);
        let (mut pitch, mut filter, mut second) = (1.0, (0.0, 0.0), None);
        for told in told {
            match told {
                Told::Voice(VoiceCommand::Pitch {
                    voice: VoiceId(1),
                    ratio,
                    ..
                }) => pitch = ratio,
                Told::Voice(VoiceCommand::Filter {
                    voice: VoiceId(1),
                    lpf_hz,
                    hpf_hz,
                }) => {
                    filter = (lpf_hz, hpf_hz);
                }
                Told::Start(VoiceId(2), params) => second = Some(params),
                _ => {}
            }
        }
        let second = second.unwrap();
        if moves {
            assert_eq!((pitch, filter), (0.5, (500.0, 50.0)), "{bus}");
            assert_eq!(
                (second.pitch, second.lpf_hz, second.hpf_hz),
                (0.5, 500.0, 50.0)
            );
        } else {
            assert_eq!(
                (pitch, filter, second.pitch),
                (1.0, (0.0, 0.0), 1.0),
                "{bus}"
            );
        }
    }
}

#[test]
fn a_note_posts_and_its_end_stops_loops_only() {
    let note = Note {
        keys: [60, 60],
        on: Some("both".into()),
        ..Note::default()
    };
    let source = Interactive {
        events: vec![event("both", vec![play("loop"), play("long")])],
        notes: vec![note],
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    stage.run(480);
    let mut at = |frame: u64, kind, key| {
        stage.run(frame);
        stage.desk.now = frame;
        stage.director.note(
            frame,
            &NoteEvent {
                kind,
                channel: 0,
                key,
                velocity: 1.0,
                note_id: -1,
                at: frame,
            },
            &mut stage.desk,
        )
    };
    assert!(at(960, NoteKind::On, 60));
    assert!(!at(961, NoteKind::On, 61));
    assert!(at(4_800, NoteKind::Off, 60));
    assert!(!at(4_801, NoteKind::Off, 60));
    stage.run(9_600);
    let stops: Vec<_> = stage
        .voices()
        .into_iter()
        .filter(|line| line.contains("stop"))
        .collect();
    assert_eq!(stops, ["5760 1 stop 0"]);
}

#[test]
fn a_bus_is_active_with_all_that_goes_into_it() {
    // `vo` goes into `sfx`, both and `music` into the master.
    let bus = |n| BusId::new(n, 1);
    let told = |source_bus: &str, target_bus: &str, plays_on: &str| {
        let duck = Duck {
            target_bus: target_bus.into(),
            ..duck("d", DuckSource::Bus(source_bus.into()))
        };
        let on = Action {
            bus: Some(plays_on.into()),
            ..play("a")
        };
        let source = Interactive {
            events: vec![event("say", vec![on])],
            ducks: vec![duck],
            ..Interactive::default()
        };
        let world = World {
            outputs: vec![(bus(3), bus(1)), (bus(1), bus(0)), (bus(2), bus(0))],
            ..world()
        };
        let bank = compile(&source, &world).unwrap_or_else(|found| panic!("{found:?}"));
        let mut stage = Stage::of(std::sync::Arc::new(bank));
        stage.post(480, "say");
        stage.run(960);
        let told = stage.desk.told.iter();
        told.filter(|(at, told)| *at == 480 && matches!(told, Told::Bus(..)))
            .count()
    };
    assert_eq!(told("sfx", "music", "sfx"), 1);
    assert_eq!(told("sfx", "music", "vo"), 1, "a child");
    assert_eq!(told("vo", "music", "sfx"), 0, "a parent");
    assert_eq!(told("master", "music", "vo"), 1, "a grandchild");
    assert_eq!(told("master", "music", "music"), 0, "nobody ducks itself");
    assert_eq!(told("vo", "sfx", "vo"), 1, "its own parent");
}
