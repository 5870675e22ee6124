//! The plug-ins' busses in every state a host leaves them in: the main output is never silent.

use crate::host::{Event, Host, Stereo};
use crate::projects::{rich_state, state};
use crate::unit::Unit;
use crate::vst3::Vst;
use segue_plugin::Kind;
use vst3::Steinberg::Vst::*;
use vst3::Steinberg::*;

const FRAMES: usize = 3_000;
const NOTE: [(usize, Event); 1] = [(10, Event::On(60, 1.0))];

fn count(vst: &Vst, direction: BusDirections) -> i32 {
    let audio = MediaTypes_::kAudio as i32;
    // SAFETY: no pointers.
    unsafe { vst.rig.component.getBusCount(audio, direction as i32) }
}

/// What CLAP's stereo layout gives.
fn main_of_clap() -> Stereo {
    let mut host = Host::playing(Kind::Instrument, &rich_state());
    host.render(FRAMES, &[], &NOTE, &[FRAMES])
}

#[test]
fn the_main_output_is_the_same_whatever_busses_there_are() {
    let main = main_of_clap();
    assert!(main[0][2_000] > 0.1);
    // All, the main one, some, and more than there are.
    for (active, passed) in [(17, 17), (1, 1), (1, 17), (17, 1), (5, 9), (17, 20)] {
        let mut vst = Vst::new(Kind::Instrument);
        assert!(vst.load(&rich_state()));
        assert_eq!(count(&vst, BusDirections_::kOutput), 17);
        for bus in 0..17 {
            vst.rig.activate_bus(false, bus, bus < active);
        }
        vst.start(48_000.0, 256);
        vst.outputs = passed;
        let outs = vst.run(FRAMES, &[], &NOTE, None);
        assert!(outs[0] == main, "{active} active, {passed} passed");
        // "tone" is the third bus besides the master.
        let active = usize::try_from(active).unwrap();
        let heard = |bus: usize| outs[bus].iter().flatten().any(|x| *x != 0.0);
        // The memory of inactive ones is not touched: some hosts have none there.
        for bus in 1..passed.min(active) {
            assert_eq!(heard(bus), bus == 3, "bus {bus}, {active} active");
        }
    }
}

#[test]
fn busses_without_channels_and_null_channels_silence_nothing_else() {
    let main = main_of_clap();
    let mut vst = Vst::new(Kind::Instrument);
    assert!(vst.load(&rich_state()));
    vst.rig.activate_bus(false, 0, true);
    vst.start(48_000.0, 256);
    vst.outputs = 17;
    let mut block = vst.block(FRAMES, &[]);
    // As JUCE does with inactive busses.
    for bus in &mut block.outputs[1..9] {
        bus.clear();
    }
    block.outputs[0][1] = None;
    vst.add(&mut block, NOTE[0].0, NOTE[0].1);
    assert_eq!(vst.rig.process(&mut block), kResultOk);
    assert!(block.out(0, 0) == main[0]);
}

#[test]
fn a_state_with_fewer_outputs_takes_no_bus_away() {
    let mut clap = Host::new(Kind::Instrument);
    clap.load(&rich_state()).unwrap();
    let stereo = clap.save();
    for is_active in [false, true] {
        let mut vst = Vst::new(Kind::Instrument);
        if is_active {
            vst.start(48_000.0, 256);
        }
        assert!(vst.load(&stereo));
        if is_active {
            vst.stop();
        }
        vst.select(true);
        vst.start(48_000.0, 256);
        let outs = vst.run(FRAMES, &[], &NOTE, None);
        assert!(outs[3].iter().flatten().any(|x| *x != 0.0), "{is_active}");
        vst.stop();
        for _ in 0..4 {
            vst.rig.ear.turn();
            assert_eq!(count(&vst, BusDirections_::kOutput), 17);
        }
    }
}

#[test]
fn a_side_chain_may_be_absent_inactive_or_empty() {
    let ones = || [vec![0.25; 512], vec![0.25; 512]];
    for change in 0..4 {
        let mut vst = Vst::new(Kind::Effect);
        assert_eq!(count(&vst, BusDirections_::kInput), 2);
        vst.rig.activate_bus(true, 0, true);
        vst.rig.activate_bus(false, 0, true);
        if change == 1 {
            vst.rig.activate_bus(true, 1, true);
        }
        vst.start(48_000.0, 512);
        let mut block = vst.block(512, &[ones(), ones()]);
        match change {
            2 => drop(block.inputs.pop()),
            3 => block.inputs[1].clear(),
            _ => {}
        }
        assert_eq!(vst.rig.process(&mut block), kResultOk);
        assert!(block.out(0, 0).iter().all(|x| *x == 0.25), "{change}");
    }
}

#[test]
fn rates_blocks_and_busses_come_and_go() {
    let mut vst = Vst::new(Kind::Instrument);
    assert!(vst.load(&state()));
    for (rate, max, is_multi) in [
        (44_100.0, 1, true),
        (96_000.0, 4_096, false),
        (8_000.0, 33, true),
        (384_000.0, 512, true),
        (1_000.0, 64, false),
        (768_000.0, 2_048, true),
    ] {
        vst.select(is_multi);
        vst.start(rate, max);
        for frames in [0, max, 3 * max + 1] {
            let outs = vst.run(frames, &[], &[(0, Event::On(60, 1.0))], None);
            assert!(outs.iter().flatten().flatten().all(|x| x.is_finite()));
            assert!(frames == 0 || outs[0][0][0] != 0.0, "{rate} {max}");
        }
        vst.stop();
    }
}
