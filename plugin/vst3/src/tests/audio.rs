//! Blocks: busses in every state, events on their exact frames.

use vst3::Steinberg::Vst::*;
use vst3::Steinberg::*;

use super::clap::{self, command};
use super::host::*;

#[track_caller]
fn check_main(rig: &Rig, mut block: Block, expect: f32) -> Block {
    assert_eq!(rig.process(&mut block), kResultOk);
    for channel in 0..2 {
        assert!(block.out(0, channel).iter().all(|sample| *sample == expect));
    }
    block
}

#[test]
fn all_busses_sound() {
    let rig = Rig::active();
    let mut block = Block::new(64);
    block.inputs[1] = stereo(64, 0.5);
    let block = check_main(&rig, block, 1.25);
    assert!(block.out(1, 1).iter().all(|sample| *sample == 0.5));
    assert_eq!(block.silence, [0, 0]);
}

#[test]
fn the_main_bus_sounds_alone() {
    let rig = Rig::active();
    let mut block = Block::new(64);
    block.inputs.truncate(1);
    block.outputs.truncate(1);
    check_main(&rig, block, 1.0);
}

#[test]
fn an_inactive_auxiliary_output_never_silences_the_main_one() {
    let rig = Rig::new();
    rig.activate_bus(true, 0, true);
    rig.activate_bus(false, 0, true);
    rig.activate_bus(false, 1, false);
    rig.activate();
    // As JUCE does: the bus is there without channels.
    let mut block = Block::new(64);
    block.inputs[1] = vec![];
    block.outputs[1] = vec![];
    check_main(&rig, block, 1.0);
    // As the SDK's host does: the bus has buffers. An inactive side-chain is not heard, and an
    // inactive output is left alone: older versions of JUCE have pointers to nowhere there.
    let untouched = |block: &Block| block.out(1, 0).iter().all(|sample| *sample == 9.0);
    let mut block = Block::new(64);
    block.inputs[1] = stereo(64, 0.5);
    assert!(untouched(&check_main(&rig, block, 1.0)));
    rig.deactivate();
    let mut block = Block::new(64);
    assert_ne!(rig.process(&mut block), kResultOk);
    assert!(untouched(&block));
}

#[test]
fn a_host_that_never_activates_busses_is_heard() {
    let rig = Rig::new();
    rig.activate();
    let mut block = Block::new(64);
    block.inputs[1] = stereo(64, 0.5);
    check_main(&rig, block, 1.25);
}

#[test]
fn missing_channels_are_silent() {
    let rig = Rig::active();
    let mut block = Block::new(64);
    block.inputs[0] = vec![Some(vec![1.0; 64])];
    block.outputs[0][1] = None;
    assert_eq!(rig.process(&mut block), kResultOk);
    assert!(block.out(0, 0).iter().all(|sample| *sample == 1.0));

    let mut block = Block::new(64);
    block.inputs[0][0] = None;
    assert_eq!(rig.process(&mut block), kResultOk);
    assert!(block.out(0, 0).iter().all(|sample| *sample == 0.0));
    assert!(block.out(0, 1).iter().all(|sample| *sample == 1.0));
}

#[test]
fn no_busses_and_no_lists_are_no_crash() {
    let rig = Rig::active();
    let mut block = Block {
        frames: 64,
        is_bare: true,
        ..Block::default()
    };
    assert_eq!(rig.process(&mut block), kResultOk);
    // SAFETY: null is what is tested.
    let result = unsafe { rig.processor.process(std::ptr::null_mut()) };
    assert_eq!(result, kInvalidArgument);
}

#[test]
fn more_busses_and_channels_than_declared_are_silenced() {
    let rig = Rig::new();
    rig.activate();
    let mut block = Block::new(64);
    block.outputs[0].push(Some(vec![9.0; 64]));
    block.outputs.push(stereo(64, 9.0));
    assert_eq!(rig.process(&mut block), kResultOk);
    assert!(block.out(0, 0).iter().all(|sample| *sample == 1.0));
    assert!(
        block
            .out(0, 2)
            .iter()
            .chain(block.out(2, 1))
            .all(|sample| *sample == 0.0)
    );
    assert_eq!((block.silence[0], block.silence[2]), (4, 3));
}

#[test]
fn buffers_may_be_shared() {
    let rig = Rig::active();
    let mut block = Block::new(64);
    block.is_in_place = true;
    block.changes.push((rig.id(0), 0, 0.25));
    assert_eq!(rig.process(&mut block), kResultOk);
    let input = block.inputs[0][0].as_ref().unwrap();
    assert!(input.iter().all(|sample| *sample == 0.5));
}

#[test]
fn silence_is_flagged_and_flags_are_cleared() {
    let rig = Rig::active();
    let mut block = Block::new(64);
    (block.inputs[0], block.inputs[1]) = (vec![], vec![]);
    assert_eq!(rig.process(&mut block), kResultOk);
    assert_eq!(block.silence, [3, 3]);
    assert!(block.out(0, 0).iter().all(|sample| *sample == 0.0));
    assert_eq!(check_main(&rig, Block::new(64), 1.0).silence[0], 0);
}

#[test]
fn a_block_longer_than_promised_is_split() {
    let rig = Rig::active();
    let frames = 3 * MAX + 17;
    let mut block = Block::new(frames);
    let places = [0, MAX - 1, MAX, 2 * MAX + 5, frames - 1];
    block.events = places
        .iter()
        .map(|at| note(*at as i32, 60, 1.0, -1))
        .collect();
    assert_eq!(rig.process(&mut block), kResultOk);
    for (at, sample) in block.out(0, 0).iter().enumerate() {
        let expect = if places.contains(&at) { 2.0 } else { 1.0 };
        assert_eq!(*sample, expect, "frame {at}");
    }
    let echoes: Vec<i32> = block
        .said_events
        .iter()
        .map(|event| event.sampleOffset)
        .collect();
    // The plug-in echoes with the times it saw; the adapter puts them back into the host's block.
    assert_eq!(echoes, places.map(|at| at as i32));
    assert_eq!(clap::LAST_BLOCK.get(), 17);
}

#[test]
fn automation_lands_on_its_frames() {
    let rig = Rig::active();
    let gain = rig.id(0);
    let mut block = Block::new(128);
    // Unsorted across parameters, several points for one, one point out of the block.
    block.changes = vec![
        (gain, 10, 0.0),
        (gain, 11, 1.0),
        (gain, 64, 0.25),
        (gain, 900, 0.5),
    ];
    block.changes.push((rig.id(2), 100, 1.0));
    assert_eq!(rig.process(&mut block), kResultOk);
    for (at, sample) in block.out(0, 0).iter().enumerate() {
        let expect = match at {
            0..10 => 1.0,
            10 => 0.0,
            11..64 => 2.0,
            64..100 => 0.5,
            _ => 1.0,
        };
        assert_eq!(*sample, expect, "frame {at}");
    }
    assert_eq!(rig.value(gain), 0.5);
}

#[test]
fn rubbish_in_the_lists_is_ignored() {
    let rig = Rig::active();
    let mut block = Block::new(32);
    block.changes = vec![
        (12_345, 0, 0.5),
        (rig.id(0), -5, f64::NAN),
        (rig.id(3), 0, 1.0),
    ];
    let mut far = note(-7, 300, f32::NAN, -9);
    far.busIndex = 77;
    block.events = vec![far];
    check_main(&rig, block, 1.0);
    assert_eq!(rig.value(rig.id(3)), 0.0);
}

#[test]
fn a_flood_of_points_ends_with_the_last() {
    let rig = Rig::active();
    let (gain, mode) = (rig.id(0), rig.id(1));
    let mut block = Block::new(256);
    block.changes = (0..20_000).map(|at| (gain, at / 80, 0.0)).collect();
    block.changes.push((gain, 255, 0.75));
    block.changes.push((mode, 255, 1.0));
    assert_eq!(rig.process(&mut block), kResultOk);
    assert_eq!(block.out(0, 0)[255], 1.5);
    assert_eq!(rig.value(mode), 1.0);
}

#[test]
fn notes_keep_their_ids_and_expressions_find_them() {
    let rig = Rig::active();
    let mut block = Block::new(64);
    let mut tuning = note(9, 0, 0.0, 0);
    tuning.r#type = Event_::EventTypes_::kNoteExpressionValueEvent as u16;
    tuning.__field0 = Event__type0 {
        noteExpressionValue: NoteExpressionValueEvent {
            typeId: NoteExpressionTypeIDs_::kTuningTypeID as u32,
            noteId: 42,
            value: 0.75,
        },
    };
    block.events = vec![note(7, 61, 0.5, 42), tuning];
    assert_eq!(rig.process(&mut block), kResultOk);
    let [on, expression] = block.said_events[..] else {
        panic!("{} events", block.said_events.len());
    };
    // SAFETY: the types say which variants are set.
    unsafe {
        let on = on.__field0.noteOn;
        assert_eq!((on.pitch, on.velocity, on.noteId), (61, 0.5, 42));
        let value = expression.__field0.noteExpressionValue;
        assert_eq!((value.noteId, value.value), (42, 0.75));
    }
}

#[test]
fn controllers_arrive_as_midi() {
    let rig = Rig::active();
    let mapping = rig.component.cast::<IMidiMapping>().unwrap();
    let mut id = 0;
    let mut find = |controller: i16| {
        // SAFETY: the place is on the stack.
        let result = unsafe { mapping.getMidiControllerAssignment(0, 3, controller, &raw mut id) };
        (result == kResultOk).then_some(id)
    };
    let bend = find(i16::from(crate::PITCH_BEND)).unwrap();
    let wheel = find(1).unwrap();
    assert_eq!(find(3), None);
    assert_ne!(bend, wheel);
    let mut block = Block::new(32);
    block.changes = vec![(bend, 3, 1.0)];
    assert_eq!(rig.process(&mut block), kResultOk);
    assert_eq!(clap::LAST_MIDI.get(), [0xe0, 0x7f, 0x7f]);
    assert_eq!(rig.value(bend), 1.0);
}

#[test]
fn a_block_without_frames_brings_parameters_now_and_notes_next() {
    let rig = Rig::active();
    let gain = rig.id(0);
    let mut empty = Block::new(0);
    empty.changes = vec![(gain, 0, 0.25)];
    empty.events = vec![note(0, 60, 0.5, 1)];
    assert_eq!(rig.process(&mut empty), kResultOk);
    assert_eq!(rig.value(gain), 0.25);
    let mut block = Block::new(8);
    assert_eq!(rig.process(&mut block), kResultOk);
    assert_eq!(block.out(0, 0), [1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
}

#[test]
fn an_error_of_the_plugin_is_silence() {
    let rig = Rig::active();
    let mut block = Block::new(32);
    block.changes.push((rig.id(4), 0, command::FAIL / 16.0));
    assert_eq!(rig.process(&mut block), kInternalError);
    assert!(block.out(0, 0).iter().all(|sample| *sample == 0.0));
}

#[test]
fn blocks_out_of_turn_are_silence() {
    let rig = Rig::new();
    let silent = |rig: &Rig| {
        let mut block = Block::new(32);
        assert_ne!(rig.process(&mut block), kResultOk);
        assert!(block.out(0, 0).iter().all(|sample| *sample == 0.0));
    };
    silent(&rig);
    rig.activate();
    check_main(&rig, Block::new(32), 1.0);
    rig.deactivate();
    silent(&rig);
    for _ in 0..20 {
        rig.activate();
        check_main(&rig, Block::new(32), 1.0);
        rig.deactivate();
    }
}

#[test]
fn samples_of_64_bits_are_refused() {
    let rig = Rig::active();
    // SAFETY: no pointers.
    let result = unsafe { rig.processor.canProcessSampleSize(1) };
    assert_eq!(result, kResultFalse);
}

#[test]
fn the_transport_moves_within_a_split_block() {
    let rig = Rig::active();
    // SAFETY: plain numbers, for which zero is valid.
    let mut context: ProcessContext = unsafe { std::mem::zeroed() };
    use vst3::Steinberg::Vst::ProcessContext_::StatesAndFlags_::*;
    context.state = (kPlaying | kTempoValid | kProjectTimeMusicValid) as u32;
    context.tempo = RATE / MAX as f64 * 60.0;
    context.projectTimeMusic = 2.0;
    let mut block = Block::new(2 * MAX);
    block.context = Some(context);
    assert_eq!(rig.process(&mut block), kResultOk);
    // One beat is one part; the second part starts at 3.
    assert_eq!(clap::LAST_BEATS.get(), 3 << 31);
}
