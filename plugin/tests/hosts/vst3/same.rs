//! What is heard through VST3 has the bits of CLAP.

use crate::host::{Event, Host, Stereo};
use crate::projects::{FRAMES, rich_state, state};
use crate::unit::{Unit, playing};
use crate::vst3::Vst;
use segue_plugin::{Kind, Param};
use segue_vst3_host::Said;
use vst3::Steinberg::Vst::RestartFlags_::{kLatencyChanged, kParamValuesChanged};
use vst3::Steinberg::Vst::*;
use vst3::Steinberg::kResultOk;

#[test]
fn a_note_starts_on_its_frame() {
    for time in [0, 1, 63, 777, 4_095] {
        for mut unit in playing(Kind::Instrument, &state()) {
            let events = [(time, Event::On(60, 1.0))];
            let out = unit.play(12_000, &[], &events, &[64, 100, 1], &|_| None);
            let first = out[0].iter().position(|x| *x != 0.0);
            let last = out[0].iter().rposition(|x| *x != 0.0);
            assert_eq!((first, last), (Some(time), Some(time + FRAMES - 1)));
        }
    }
}

#[test]
fn notes_automation_and_controllers_give_the_same_bits() {
    let events = [
        (5, Event::On(60, 1.0)),
        (700, Event::Value(Param::Macro(0), 1.0)),
        (1_301, Event::Value(Param::MasterGain, -42.0)),
        (2_002, Event::Midi([0xb0, 1, 32])),
        (2_400, Event::Off(60)),
        (3_000, Event::Value(Param::MasterGain, 12.0)),
        (3_100, Event::On(60, 0.5)),
        (5_000, Event::Value(Param::Bypass, 1.0)),
    ];
    let outs = playing(Kind::Instrument, &rich_state()).map(|mut unit| {
        assert!(unit.latency() > 0);
        unit.play(8_000, &[], &events, &[256, 1, 77], &|_| None)
    });
    assert!(outs[0][0][1_000] > 0.1);
    assert!(outs[0] == outs[1]);
}

#[test]
fn an_effect_and_its_side_chain_give_the_same_bits() {
    let wave = |step: f32| (0..6_000).map(|n| (n as f32 * step).sin() * 0.3).collect();
    let pair = |step: f32| -> Stereo { [wave(step), wave(step * 1.1)] };
    let inputs = [pair(0.05), pair(0.02)];
    let events = [
        (2_000, Event::Value(Param::Bypass, 1.0)),
        (4_000, Event::Value(Param::Bypass, 0.0)),
    ];
    let outs = playing(Kind::Effect, &rich_state())
        .map(|mut unit| unit.play(6_000, &inputs, &events, &[333], &|_| None));
    assert!(outs[0][0][1_000..].iter().any(|x| x.abs() > 0.1));
    assert!(outs[0] == outs[1]);
}

#[test]
fn a_state_of_one_format_is_one_of_the_other() {
    let mut clap = Host::new(Kind::Instrument);
    clap.load(&rich_state()).unwrap();
    clap.start(48_000.0, 512);
    let events = [(0, Event::Value(Param::Macro(0), 0.75))];
    clap.render(64, &[], &events, &[64]);
    let saved = clap.save();
    let mut vst = Vst::new(Kind::Instrument);
    assert!(vst.load(&saved));
    assert_eq!(Unit::value(&mut vst, Param::Macro(0)), 0.75);
    let again = vst.save();
    let mut clap = Host::new(Kind::Instrument);
    clap.load(&again).unwrap();
    assert_eq!(clap.value(Param::Macro(0)), 0.75);
    assert_eq!(clap.save(), again);
}

#[test]
fn a_state_set_while_playing_tells_values_and_latency() {
    let mut vst = Vst::new(Kind::Instrument);
    assert!(vst.load(&state()));
    vst.start(48_000.0, 512);
    vst.rig.ear.turn();
    vst.rig.ear.heard();
    assert!(vst.load(&rich_state()));
    vst.rig.ear.turn();
    let flags = |said: Vec<Said>| {
        let flags = said.into_iter().map(|said| match said {
            Said::Restart(flags) => flags,
            other => panic!("{other:?}"),
        });
        flags.fold(0, |all, flags| all | flags)
    };
    assert_ne!(flags(vst.rig.ear.heard()) & kParamValuesChanged, 0);
    assert_eq!(Unit::value(&mut vst, Param::Macro(0)), 0.5);
    vst.stop();
    vst.start(48_000.0, 512);
    vst.rig.ear.turn();
    assert_ne!(flags(vst.rig.ear.heard()) & kLatencyChanged, 0);
    assert!(Unit::latency(&mut vst) > 0);
}

#[test]
fn notes_go_out_with_their_ids_on_their_frames() {
    let mut vst = Vst::new(Kind::Instrument);
    assert!(vst.load(&state()));
    vst.start(48_000.0, 64);
    // Longer than was promised, so that it is split.
    let mut block = vst.block(300, &[]);
    for (time, event) in [
        (3, Event::On(61, 0.5)),
        (130, Event::Midi([0xb0, 1, 64])),
        (299, Event::Off(61)),
    ] {
        vst.add(&mut block, time, event);
    }
    assert_eq!(vst.rig.process(&mut block), kResultOk);
    let kinds: Vec<_> = block
        .said_events
        .iter()
        .map(|event| (event.sampleOffset, u32::from(event.r#type)))
        .collect();
    use Event_::EventTypes_::{kLegacyMIDICCOutEvent, kNoteOffEvent, kNoteOnEvent};
    let expected = [
        (3, kNoteOnEvent as u32),
        (130, kLegacyMIDICCOutEvent as u32),
        (299, kNoteOffEvent as u32),
    ];
    assert_eq!(kinds, expected);
    // SAFETY: the types say which variants are set.
    unsafe {
        let on = block.said_events[0].__field0.noteOn;
        assert_eq!((on.pitch, on.velocity, on.noteId), (61, 0.5, 61));
        let controller = block.said_events[1].__field0.midiCCOut;
        assert_eq!((controller.controlNumber, controller.value), (1, 64));
        assert_eq!(block.said_events[2].__field0.noteOff.noteId, 61);
        let count = |kind: Kind| {
            let vst = Vst::new(kind);
            let events = MediaTypes_::kEvent as i32;
            vst.rig
                .component
                .getBusCount(events, BusDirections_::kOutput as i32)
        };
        assert_eq!((count(Kind::Instrument), count(Kind::Effect)), (1, 0));
    }
}

#[test]
fn silence_is_what_comes_out_of_a_bad_block() {
    let mut vst = Vst::new(Kind::Effect);
    vst.start(48_000.0, 256);
    let mut bad: Stereo = [vec![0.25; 4_000], vec![0.25; 4_000]];
    for (n, x) in [(7, f32::NAN), (3_000, f32::INFINITY), (3_500, 1e-40)] {
        bad[0][n] = x;
    }
    let outs = vst.run(4_000, &[bad.clone(), bad], &[], None);
    let heard = outs[0].iter().flatten();
    assert!(heard.clone().all(|x| x.is_finite() && !x.is_subnormal()));
    assert!(heard.filter(|x| x.abs() > 0.2).count() > 7_900);
    let outs = vst.run(0, &[], &[(0, Event::Value(Param::MasterGain, -96.0))], None);
    assert!(outs[0][0].is_empty());
    assert_eq!(Unit::value(&mut vst, Param::MasterGain), -96.0);
}
