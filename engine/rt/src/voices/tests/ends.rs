//! A set end in the sound's own frames holds whatever the pitch does.

use super::rig::{Rig, largest_step, sound};
use crate::command::Reason;
use crate::ids::VoiceId;
use crate::voices::{LoopSpec, VoiceCommand, VoiceEvent, VoiceParams};

const FADE: u32 = 240;

/// Ones, left only, up to frame `end` of the sound.
fn trimmed(end: u64) -> VoiceParams {
    VoiceParams {
        pan: -1.0,
        end,
        fade_out: FADE,
        ..sound(3)
    }
}

fn pitch(ratio: f64, ramp: u32) -> VoiceCommand {
    VoiceCommand::Pitch {
        voice: VoiceId(1),
        ratio,
        ramp,
    }
}

fn end_of(rig: &mut Rig) -> u64 {
    let events = rig.events();
    let ended = |it: &&(u64, u64, VoiceEvent, Reason)| it.2 == VoiceEvent::Ended;
    let end = events.iter().find(ended).unwrap();
    assert_eq!(end.3, Reason::NaturalEnd);
    end.0
}

#[test]
fn it_is_reached_in_the_sounds_own_frames() {
    // At pitch 1; at 2 from the frame 1,000 on; at 1/2 from there.
    for (ratio, end) in [(1.0, 4_000), (2.0, 2_500), (0.5, 7_000)] {
        let mut rig = Rig::with_sounds();
        rig.start(0, 1, trimmed(4_000));
        rig.at(1_000, pitch(ratio, 0)).to(9_000);
        assert_eq!(end_of(&mut rig), end, "{ratio}");
        let at = |n: u64| rig.left[n as usize];
        assert_eq!(at(end - 1 - u64::from(FADE)), 1.0, "{ratio}");
        assert!(
            (at(end - u64::from(FADE) / 2) - 0.5).abs() < 0.01,
            "{ratio}"
        );
        assert_eq!(at(end), 0.0);
        assert!(largest_step(&rig.left[1..]) < 0.01, "{ratio}");
    }
}

#[test]
fn a_gliding_pitch_ends_there_too_in_any_blocks() {
    let run = |block: usize| {
        let mut rig = Rig::with_sounds();
        rig.start(37, 1, trimmed(9_000));
        rig.at(1_001, pitch(3.0, 2_000)).at(3_501, pitch(0.4, 900));
        rig.run(12_000, || block);
        let end = end_of(&mut rig);
        (end, rig.left)
    };
    let (end, whole) = run(512);
    // 963 frames at 1, 2,000 on the way to 3 (4,000), 500 at 3, 900 on the way to 0.4 (1,530),
    // and the remaining 1,006 at 0.4.
    assert!((6_915..=6_918).contains(&end), "{end}");
    assert!(largest_step(&whole[38..]) < 0.01);
    for block in [1, 31, 64, 1_000] {
        assert_eq!((end, &whole), (run(block).0, &run(block).1), "{block}");
    }
}

#[test]
fn without_a_fade_it_ends_on_its_frame() {
    let mut rig = Rig::with_sounds();
    let params = VoiceParams {
        fade_out: 0,
        ..trimmed(1_000)
    };
    rig.start(0, 1, params).to(2_000);
    assert_eq!(end_of(&mut rig), 1_000);
    assert_eq!((rig.left[999], rig.left[1_000]), (1.0, 0.0));
}

#[test]
fn loops_and_seeks_come_to_it() {
    let looping = LoopSpec {
        start: 1_000,
        end: 2_000,
        count: 3,
    };
    let mut rig = Rig::with_sounds();
    let params = VoiceParams {
        looping,
        ..trimmed(2_000)
    };
    rig.start(0, 1, params).to(6_000);
    assert_eq!(end_of(&mut rig), 4_000);

    let endless = LoopSpec {
        count: 0,
        ..looping
    };
    let mut rig = Rig::with_sounds();
    let params = VoiceParams {
        looping: endless,
        ..trimmed(2_500)
    };
    let voice = VoiceId(1);
    rig.start(0, 1, params);
    rig.at(5_300, VoiceCommand::LeaveLoop { voice }).to(8_000);
    // The pass that began at 5,000 is the last one; 500 frames follow it.
    assert_eq!(end_of(&mut rig), 6_500);

    let mut rig = Rig::with_sounds();
    rig.start(0, 1, trimmed(4_000));
    rig.at(
        1_000,
        VoiceCommand::Seek {
            voice,
            frame: 3_000,
        },
    )
    .to(6_000);
    assert_eq!(end_of(&mut rig), 2_000);
}

#[test]
fn a_start_near_it_fades_in_what_is_left() {
    let mut rig = Rig::with_sounds();
    let params = VoiceParams {
        start: 3_900,
        ..trimmed(4_000)
    };
    rig.start(0, 1, params).to(1_000);
    assert_eq!(end_of(&mut rig), 100);
}
