//! The whole renderer: exact frames, any blocks, nothing allocated, nothing lost.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small known numbers"
)]

mod buses;
mod game;
mod rig;
mod splits;
mod streams;

use segue_dsp::processor::ProcessorKind;
use segue_dsp::voice::Quality;

use rig::{FRAMES, Rig, sample, setup};

use super::*;
use crate::command::TransportCommand;
use crate::ids::{BusId, SoundId};
use crate::profiler::Cost;
use crate::tempo::TimeSignature;

fn rig() -> Rig {
    Rig::new(&setup(SimdLevel::detect()))
}

/// A full-scale voice on the master, which passes sounds unchanged.
fn plain(rig: &Rig) -> VoiceParams {
    VoiceParams {
        gain: 1.0,
        ..rig.sound(1, 0)
    }
}

#[test]
fn commands_land_on_their_frame() {
    for blocks in [vec![1], vec![64], vec![1_000], vec![0, 3, 4_096]] {
        let mut rig = rig();
        rig.start(777, 1, plain(&rig));
        rig.run(2_000, &blocks);
        assert!(rig.out[0][..777].iter().all(|x| *x == 0.0));
        for n in 0..1_000 {
            assert_eq!(rig.out[0][777 + n], sample(0, n));
            assert_eq!(rig.out[1][777 + n], sample(1, n));
        }
        assert_eq!(rig.reports()[0].at, 777);
    }
}

#[test]
fn equal_frames_keep_their_order_and_late_ones_are_counted() {
    let mut rig = rig();
    rig.run(1_000, &[100]);
    rig.start(1_500, 1, plain(&rig));
    let voice = VoiceId(1);
    rig.at(1_500, Plain::Voice(VoiceCommand::Stop { voice, fade: 0 }));
    rig.start(200, 2, plain(&rig));
    rig.run(2_500, &[100]);
    let at: Vec<_> = (rig.reports().iter())
        .map(|r| (r.at, r.voice.0, r.event))
        .collect();
    use crate::voices::VoiceEvent::{Ended, Started};
    assert_eq!(
        at[..3],
        [(1_000, 2, Started), (1_500, 1, Started), (1_500, 1, Ended)]
    );
    assert_eq!(rig.link.snapshots.read().late, 1);
}

#[test]
fn the_log_has_every_row_at_its_frame() {
    let mut rig = rig();
    let params = plain(&rig);
    rig.start(777, 1, params);
    rig.at(900, Plain::Transport(TransportCommand::Play));
    rig.run(1_000, &[64]);
    let log = rig.log();
    let start = VoiceCommand::Start {
        voice: VoiceId(1),
        params,
    };
    let row = |at, what| LogRow { at, what };
    assert_eq!(
        log,
        [
            row(0, Logged::Install(0)),
            row(0, Logged::Install(1)),
            row(777, Logged::Plain(Plain::Voice(start))),
            row(900, Logged::Plain(Plain::Transport(TransportCommand::Play))),
        ]
    );
}

#[test]
fn a_full_queue_hands_the_command_back() {
    let mut rig = rig();
    let mut handed_back = 0;
    for n in 0..1_000 {
        let command = Command::Plain(Plain::Transport(TransportCommand::Stop));
        match rig.push(5_000 + n, command) {
            Ok(()) => assert_eq!(handed_back, 0, "room came back by itself"),
            Err(command) => {
                assert!(matches!(*command, Command::Plain(Plain::Transport(_))));
                handed_back += 1;
            }
        }
    }
    // Two installs are in the queue of 256 already.
    assert_eq!(handed_back, 1_000 - 254);
    // The renderer's own queue takes as many again, and then waits for their frames.
    rig.run(1_000, &[64]);
    assert_eq!(rig.link.snapshots.read().waiting, 254);
    rig.run(10_000, &[64]);
    assert_eq!(rig.link.snapshots.read().waiting, 0);
}

#[test]
fn what_was_replaced_comes_back_whole() {
    let mut rig = rig();
    rig.start(0, 1, plain(&rig));
    rig.run(500, &[64]);
    rig.at(600, Plain::RemoveSound(SoundId::new(1, 1)));
    rig.install(700, Install::KeyMap(Box::new(KeyMap::empty())));
    rig.install(700, Install::Timeline(Box::new(Timeline::empty())));
    let tempo = TempoMap::constant(rig::RATE, 90.0, crate::tempo::TimeSignature::default());
    rig.install(800, Install::Tempo(Box::new(tempo.unwrap())));
    rig.graph.set_strip(rig.buses[1], rig::quiet()).unwrap();
    rig.commit(900, vec![]);
    rig.run(6_000, &[64]);
    let mut counts = [0; 7];
    for retired in &rig.retired {
        counts[match retired {
            Retired::Graph(_) => 0,
            Retired::Tempo(_) => 1,
            Retired::Timeline(_) => 2,
            Retired::KeyMap(_) => 3,
            Retired::Sound(_) => 4,
            Retired::Sounds(_) => 5,
            Retired::Program(_) => 6,
            Retired::Resource(_) => 7,
            Retired::Tap(_) => 8,
        }] += 1;
    }
    assert_eq!(counts, [2, 1, 1, 1, 1, 1, 0]);
}

#[test]
fn nothing_is_lost_while_nobody_collects() {
    let mut rig = rig();
    rig.run(64, &[64]);
    rig.retired.clear();
    // 512 fit into the retire queue; the rest waits, and new commands wait for it.
    for round in 0..8 {
        for _ in 0..100 {
            rig.install(0, Install::KeyMap(Box::new(KeyMap::empty())));
        }
        let mut silence = [[0.0; 64]; 2];
        let [left, right] = &mut silence;
        rig.renderer.process(&mut [left, right]);
        if round == 6 {
            break;
        }
    }
    rig.run(1_000, &[64]);
    assert_eq!(rig.retired.len(), 700);
}

#[test]
fn any_number_of_channels_and_frames() {
    let mut stereo = rig();
    stereo.start(5, 1, plain(&stereo));
    stereo.run(5_000, &[5_000]);
    let mut mono = rig();
    mono.start(5, 1, plain(&mono));
    let mut out = vec![9.0; 5_000];
    mono.renderer.process(&mut []);
    mono.renderer.process(&mut [&mut []]);
    mono.renderer.process(&mut [&mut out]);
    for (n, mono) in out.iter().enumerate() {
        assert_eq!(*mono, 0.5 * (stereo.out[0][n] + stereo.out[1][n]));
    }
    let mut three = rig();
    three.start(5, 1, plain(&three));
    let mut out = [vec![9.0; 5_000], vec![9.0; 5_000], vec![9.0; 5_000]];
    let [a, b, c] = &mut out;
    three.renderer.process(&mut [a, b, c]);
    assert_eq!(out[..2], stereo.out);
    assert!(out[2].iter().all(|x| *x == 0.0));
}

#[test]
fn notes_play_and_end() {
    use crate::keymap::KeyZone;
    let mut rig = rig();
    let looping = crate::voices::LoopSpec {
        start: 0,
        end: FRAMES as u64,
        count: 0,
    };
    let zone = KeyZone {
        keys: (60, 72),
        velocities: (0.0, 1.0),
        channel: None,
        root: Some(60),
        sensitivity: 0.0,
        payload: VoiceParams {
            looping,
            ..plain(&rig)
        },
    };
    let keymap = KeyMap::new(vec![zone]).unwrap();
    rig.install(0, Install::KeyMap(Box::new(keymap)));
    let note = |kind, at| {
        Plain::Note(NoteEvent {
            kind,
            channel: 0,
            key: 60,
            velocity: 1.0,
            note_id: -1,
            at,
        })
    };
    rig.at(100, note(NoteKind::On, 100));
    rig.at(1_000, note(NoteKind::Off, 1_000));
    rig.run(3_000, &[64]);
    assert!(rig.out[0][..100].iter().all(|x| *x == 0.0));
    assert_eq!(rig.out[0][101], sample(0, 1));
    // 5 ms of fade.
    assert_ne!(rig.out[0][1_200], 0.0);
    assert!(rig.out[0][1_240..].iter().all(|x| *x == 0.0));
}

#[test]
fn a_delay_in_beats_follows_the_tempo_of_the_song() {
    for blocks in [vec![64], vec![1], vec![1_000, 7]] {
        let mut rig = rig();
        let values = [("sync", 1.0), ("beats", 0.25), ("feedback", 0.0)];
        let bus = rig.buses[0];
        let (_, delay) = rig.new_insert_with(bus, ProcessorKind::Delay, &values);
        rig.commit(0, vec![delay]);
        rig.start(777, 1, plain(&rig));
        // A quarter of a beat is 1,200 frames at 600 bpm, and 2,400 at 300.
        let tempo = TempoMap::constant(48_000, 300.0, TimeSignature::default()).unwrap();
        rig.install(10_000, Install::Tempo(Box::new(tempo)));
        rig.start(14_000, 2, plain(&rig));
        rig.run(20_000, &blocks);
        assert!(rig.out[0][..777 + 1_200].iter().all(|x| *x == 0.0));
        for n in 0..1_000 {
            assert_eq!(rig.out[0][777 + 1_200 + n], sample(0, n), "{n}");
            assert_eq!(rig.out[0][14_000 + 2_400 + n], sample(0, n), "{n}");
        }
    }
}

/// A clock that moves on by a nanosecond whenever it is read.
fn ticking() -> u64 {
    thread_local!(static NOW: std::cell::Cell<u64> = const { std::cell::Cell::new(0) });
    NOW.replace(NOW.get() + 1)
}

#[test]
fn inserts_and_buses_are_timed_while_somebody_looks() {
    let mut rig = Rig::new(&RendererSetup {
        clock: ticking,
        ..setup(SimdLevel::detect())
    });
    let [master, a, b] = rig.buses;
    let params = rig.sound(1, 1);
    rig.start(0, 1, params);
    rig.run(640, &[64]);
    let meters = std::sync::Arc::clone(&rig.link.meters);
    assert_eq!(meters.cost(master), Some(Cost::default()), "nobody looks");
    rig.link.profile.set_enabled(true);
    rig.run(1_280, &[64]);
    let report = rig.link.profile.report();
    let worst = |stage: Stage| report.stages[stage as usize].worst_ns;
    // Two cells of 32 frames, each with one read before and one behind the insert of a.
    assert_eq!((report.blocks, worst(Stage::Inserts)), (10, 2));
    let stages: u32 = Stage::ALL.into_iter().map(worst).sum();
    assert!(stages <= report.total.worst_ns, "{report:?}");
    // A bus is read twice itself.
    let costs = [master, a, b].map(|bus| meters.cost(bus).unwrap().worst_ns);
    assert_eq!(costs, [1, 5, 1]);
    assert_eq!(meters.cost(BusId::new(1, 77)), None);
}
