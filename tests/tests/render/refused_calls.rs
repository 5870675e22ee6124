//! Calls that the engine refuses: values that are none, cycles, ids of what is gone. After all of
//! them it plays on as if nothing had been asked.

use integration_tests::rig::{Rig, check_same};
use integration_tests::scene::Scene;
use segue_engine::rt::command::{MixerCommand, Plain, TransportCommand};
use segue_engine::rt::graph::SendTap;
use segue_engine::rt::ids::{InsertId, VoiceId};
use segue_engine::rt::keymap::{NoteEvent, NoteKind};
use segue_engine::rt::voices::{VoiceCommand, VoiceParams};
use segue_engine::{Control, Edit, Error, ErrorKind, NOW, PlayOptions};

use crate::refused::check_refused;

/// Asks for what is refused, then plays on beside an engine that was asked for nothing.
fn check_untouched(ask: impl FnOnce(&mut Control)) -> Rig {
    let scene = Scene::band();
    let [mut asked, mut untouched] = [(); 2].map(|()| Rig::new(&scene));
    ask(&mut asked.control);
    for rig in [&mut asked, &mut untouched] {
        rig.control.play().unwrap();
        rig.run_to(20_000);
    }
    check_same("after all refusals", &untouched.out, &asked.out);
    asked
}

/// Starts and changes of a voice with `x` where a value belongs.
fn voices(control: &Control, x: f32) -> Vec<Plain> {
    let params = control.sound("tone").unwrap();
    let (voice, ramp, ratio) = (VoiceId(1), 0, f64::from(x));
    let changes: [fn(&mut VoiceParams, f32); 6] = [
        |params, x| params.gain = x,
        |params, x| params.pan = x,
        |params, x| params.pitch = f64::from(x),
        |params, x| params.lpf_hz = x,
        |params, x| params.hpf_hz = x,
        |params, _| params.priority = 101,
    ];
    let start = |change: fn(&mut VoiceParams, f32)| {
        let mut params = params;
        change(&mut params, x);
        VoiceCommand::Start { voice, params }
    };
    let filter = |lpf_hz, hpf_hz| VoiceCommand::Filter {
        voice,
        lpf_hz,
        hpf_hz,
    };
    let (gain, pan, priority) = (x, x, 101);
    let others = [
        VoiceCommand::Gain { voice, gain, ramp },
        VoiceCommand::Pan { voice, pan, ramp },
        VoiceCommand::Pitch { voice, ratio, ramp },
        VoiceCommand::Priority { voice, priority },
        filter(x, 0.0),
        filter(0.0, x),
    ];
    let all = changes.into_iter().map(start).chain(others);
    all.map(Plain::Voice).collect()
}

/// Changes of the mixer with `x` where a value belongs.
fn mixer(control: &Control, x: f32) -> Vec<Plain> {
    let bus = control.bus("music").unwrap();
    let send = control.send_of("music", "fx").unwrap();
    let insert = control.insert("fx", "trim").unwrap();
    let (ramp, gain, pan, mix) = (0, x, x, x);
    let param = |param, value| MixerCommand::InsertParam {
        insert,
        param,
        value,
    };
    let all = [
        MixerCommand::BusGain { bus, gain, ramp },
        MixerCommand::BusPan { bus, pan },
        MixerCommand::SendGain { send, gain },
        MixerCommand::InsertMix { insert, mix },
        param(0, x),
        param(99, 0.0),
    ];
    all.into_iter().map(Plain::Mixer).collect()
}

/// Notes and moves of the transport with `x` where a value belongs.
fn score(x: f32) -> Vec<Plain> {
    let wide = f64::from(x);
    let jump = |start_beats, end_beats| TransportCommand::Loop {
        enabled: true,
        start_beats,
        end_beats,
    };
    let note = NoteEvent {
        kind: NoteKind::On,
        channel: 0,
        key: 60,
        velocity: x,
        note_id: -1,
        at: 0,
    };
    let moves = [
        TransportCommand::Seek { beats: wide },
        jump(wide, 4.0),
        jump(1.0, if wide > 0.0 { wide } else { 0.5 }),
        jump(2.0, 2.0),
    ];
    let moves = moves.into_iter().map(Plain::Transport);
    moves.chain([Plain::Note(note)]).collect()
}

/// Sounds that are started with `x` where a value belongs.
fn plays(x: f32) -> [PlayOptions; 2] {
    let plain = PlayOptions::default();
    let pitch = f64::from(x);
    [
        PlayOptions { gain: x, ..plain },
        PlayOptions { pitch, ..plain },
    ]
}

#[test]
fn values_that_are_no_values() {
    check_untouched(|control| {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -1e30, 1e30] {
            for plain in [voices(control, bad), mixer(control, bad), score(bad)].concat() {
                let sent = control.send(NOW, plain);
                let refused = matches!(sent, Err(Error::Argument { .. } | Error::Dsp(_)));
                assert!(refused, "{plain:?} {sent:?}");
            }
            for play in plays(bad) {
                check_refused(control.play_sound("noise", &play), ErrorKind::Usage, &[]);
            }
            let stop = control.stop_voice(VoiceId(1), f64::from(bad));
            check_refused(stop, ErrorKind::Usage, &["seconds"]);
            let [music, fx] = ["music", "fx"].map(|name| control.bus(name).unwrap());
            let send = control.add_send(music, fx, bad, SendTap::PreFader);
            check_refused(send, ErrorKind::Invalid, &["gain"]);
        }
        let pan = PlayOptions {
            pan: f32::NAN,
            ..PlayOptions::default()
        };
        check_refused(
            control.play_sound("noise", &pan),
            ErrorKind::Usage,
            &["pan"],
        );
    });
}

#[test]
fn cycles_and_names_that_are_taken_or_unknown() {
    check_untouched(|control| {
        let bus = |name| control.bus(name).unwrap();
        let [master, music, drums, fx] = ["master", "music", "drums", "fx"].map(bus);
        let output = |bus, output| Edit::SetOutput { bus, output };
        let send = |from, to| Edit::AddSend {
            from,
            to,
            gain: 1.0,
            tap: SendTap::PostFader,
        };
        let insert = |position, kind: &str| Edit::AddInsert {
            bus: fx,
            position,
            kind: kind.to_owned(),
            params: Vec::new(),
            key: None,
        };
        let add = |name: &str| Edit::AddBus {
            name: name.to_owned(),
            output: master,
        };
        let cases: [(Edit, &[&str]); 9] = [
            (send(fx, music), &["fx", "music"]),
            (send(fx, fx), &["fx"]),
            (send(master, fx), &["master"]),
            (output(fx, music), &["fx"]),
            (output(drums, drums), &["drums"]),
            (Edit::RemoveBus { bus: master }, &["master"]),
            (add("music"), &["music"]),
            (insert(9, "gain"), &["9"]),
            (
                insert(0, "reverb9"),
                &["reverb9", "did you mean \"reverb\"?"],
            ),
        ];
        for (edit, words) in cases {
            check_refused(control.apply(edit), ErrorKind::Invalid, words);
        }
        let unknown = control.bus("musik");
        check_refused(unknown, ErrorKind::Invalid, &["musik", "music"]);
        control.commit().unwrap();
    });
}

#[test]
fn ids_of_what_is_gone() {
    let asked = check_untouched(|control| {
        let [master, fx] = ["master", "fx"].map(|name| control.bus(name).unwrap());
        let insert = control.add_insert(fx, 0, "gain", &[]).unwrap();
        let bus = control.add_bus("new", master).unwrap();
        control.apply(Edit::RemoveBus { bus }).unwrap();
        control.apply(Edit::RemoveInsert { insert }).unwrap();
        // The slot is taken again, under another id.
        let other = control.add_bus("newer", master).unwrap();
        assert!(other.index() == bus.index() && other != bus);
        let none = InsertId::new(0, 0);
        let output = master;
        let edits = [
            Edit::RemoveBus { bus },
            Edit::SetOutput { bus, output },
            Edit::RemoveInsert { insert },
            Edit::MoveInsert {
                insert,
                position: 0,
            },
            Edit::SetKey {
                insert: none,
                key: None,
            },
        ];
        for edit in edits {
            check_refused(control.apply(edit), ErrorKind::Invalid, &[]);
        }
        check_refused(control.add_bus("x", bus), ErrorKind::Invalid, &[]);
        let set = control.set_insert(insert, "gain", 0.0);
        check_refused(set, ErrorKind::Invalid, &["removed"]);
        control.apply(Edit::RemoveBus { bus: other }).unwrap();
        control.commit().unwrap();
        // To the audio thread an id that is stale by then is nothing, and counted.
        control.set_bus_gain(bus, 0.0).unwrap();
    });
    assert_eq!(asked.shared.snapshot().stale, 1);
}
