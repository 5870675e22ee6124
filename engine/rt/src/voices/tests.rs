//! Voices against their specification.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small known numbers"
)]

mod ends;
mod limits;
mod rig;
mod splits;
mod steals;

use rig::{RATE, Rig, largest_step, sound};
use segue_dsp::voice::Quality;

use super::*;
use crate::sound::{Planes, Sound, SoundSettings};

#[test]
fn a_voice_starts_and_ends_on_its_frames() {
    let mut rig = Rig::with_sounds();
    rig.start(
        101,
        7,
        VoiceParams {
            pan: -1.0,
            ..sound(0)
        },
    )
    .to(3_500);
    assert!(rig.left[..101].iter().all(|x| *x == 0.0));
    assert_eq!(rig.left[101], -1.0);
    assert!(rig.right.iter().all(|x| *x == 0.0));
    let expected: Vec<f32> = (0..3_000)
        .map(|n| ((n * 7919) % 2001) as f32 / 1000.0 - 1.0)
        .collect();
    assert_eq!(rig.left[101..3_101], expected[..]);
    assert!(rig.left[3_101..].iter().all(|x| *x == 0.0));
    let events = rig.events();
    assert_eq!(events[0], (101, 7, VoiceEvent::Started, Reason::None));
    // At its own pitch nothing is between frames, nor beyond the last.
    assert_eq!(events[1], (3_101, 7, VoiceEvent::Ended, Reason::NaturalEnd));
}

#[test]
fn sixteen_bit_sounds_are_exact() {
    let mut rig = Rig::with_sounds();
    rig.start(
        0,
        1,
        VoiceParams {
            pan: 1.0,
            ..sound(2)
        },
    )
    .to(3_000);
    let expected =
        (0..3_000).map(|n| f32::from(((n as f32 * 0.02).sin() * 30_000.0) as i16) / 32_768.0);
    assert!(rig.right.iter().copied().eq(expected));
}

#[test]
fn loops_repeat_and_then_the_tail_follows() {
    let mut rig = Rig::with_sounds();
    let looping = LoopSpec {
        start: 100,
        end: 1_100,
        count: 3,
    };
    rig.start(
        0,
        1,
        VoiceParams {
            pan: -1.0,
            looping,
            ..sound(0)
        },
    )
    .to(6_000);
    let source = |n: usize| ((n * 7919) % 2001) as f32 / 1000.0 - 1.0;
    for n in 0..5_000 {
        let at = match n {
            0..1_100 => n,
            1_100..3_100 => 100 + (n - 1_100) % 1_000,
            _ => n - 2_000,
        };
        assert_eq!(rig.left[n], source(at), "frame {n}");
    }
    assert!(rig.left[5_000..].iter().all(|x| *x == 0.0));
}

#[test]
fn a_loop_can_be_left() {
    let mut rig = Rig::with_sounds();
    let looping = LoopSpec {
        start: 0,
        end: 1_000,
        count: 0,
    };
    rig.start(
        0,
        1,
        VoiceParams {
            looping,
            ..sound(0)
        },
    );
    rig.at(2_500, VoiceCommand::LeaveLoop { voice: VoiceId(1) })
        .to(8_000);
    let ended = rig.events().pop().unwrap();
    assert_eq!((ended.0, ended.3), (5_000, Reason::NaturalEnd));
}

#[test]
fn fades_and_gain_changes_are_straight_lines() {
    let mut rig = Rig::with_sounds();
    rig.start(
        0,
        1,
        VoiceParams {
            pan: -1.0,
            fade_in: 1_000,
            ..sound(3)
        },
    );
    rig.at(
        2_003,
        VoiceCommand::Gain {
            voice: VoiceId(1),
            gain: 0.5,
            ramp: 480,
        },
    );
    rig.at(
        4_001,
        VoiceCommand::Stop {
            voice: VoiceId(1),
            fade: 500,
        },
    )
    .to(5_000);
    let line = |n: usize| match n {
        0..1_000 => n as f32 / 1_000.0,
        1_000..2_003 => 1.0,
        2_003..2_483 => 1.0 - 0.5 * (n - 2_003) as f32 / 480.0,
        2_483..4_001 => 0.5,
        4_001..4_501 => 0.5 * (1.0 - (n - 4_001) as f32 / 500.0),
        _ => 0.0,
    };
    for n in 0..5_000 {
        assert!(
            (rig.left[n] - line(n)).abs() < 1e-5,
            "frame {n}: {} {}",
            rig.left[n],
            line(n)
        );
    }
    assert_eq!(rig.left[2_483], 0.5, "exact arrival");
    assert_eq!(
        rig.events().pop().unwrap(),
        (4_501, 1, VoiceEvent::Ended, Reason::StopAction)
    );
}

#[test]
fn a_set_length_ends_with_its_fade() {
    let mut rig = Rig::with_sounds();
    let params = VoiceParams {
        pan: -1.0,
        length: 2_000,
        fade_out: 100,
        ..sound(3)
    };
    rig.start(10, 1, params).to(3_000);
    assert_eq!(rig.left[1_909], 1.0);
    assert!((rig.left[1_960] - 0.5).abs() < 1e-6);
    assert_eq!(rig.left[2_010], 0.0);
    assert_eq!(
        rig.events().pop().unwrap(),
        (2_010, 1, VoiceEvent::Ended, Reason::NaturalEnd)
    );
}

#[test]
fn pause_keeps_the_place() {
    let mut rig = Rig::with_sounds();
    rig.start(
        0,
        1,
        VoiceParams {
            pan: -1.0,
            ..sound(0)
        },
    );
    rig.at(
        1_000,
        VoiceCommand::Pause {
            voice: VoiceId(1),
            fade: 0,
        },
    );
    rig.at(
        5_000,
        VoiceCommand::Resume {
            voice: VoiceId(1),
            fade: 0,
        },
    )
    .to(7_000);
    assert!(rig.left[1_000..5_000].iter().all(|x| *x == 0.0));
    let source = |n: usize| ((n * 7919) % 2001) as f32 / 1000.0 - 1.0;
    assert_eq!(rig.left[5_000], source(1_000));
}

#[test]
fn seeking_does_not_click() {
    let mut rig = Rig::with_sounds();
    rig.start(
        0,
        1,
        VoiceParams {
            pan: -1.0,
            ..sound(3)
        },
    );
    rig.at(
        1_000,
        VoiceCommand::Seek {
            voice: VoiceId(1),
            frame: 30_000,
        },
    )
    .to(9_000);
    assert!(largest_step(&rig.left[1..8_000]) < 0.005);
    assert_eq!(rig.voices.counts().tails, 0);
    let mut rig = Rig::with_sounds();
    rig.start(
        0,
        1,
        VoiceParams {
            pan: -1.0,
            ..sound(1)
        },
    );
    rig.at(
        1_000,
        VoiceCommand::Seek {
            voice: VoiceId(1),
            frame: 2_000,
        },
    )
    .to(1_500);
    assert_eq!(rig.left[1_400], ((2_400) as f32 * 0.02).sin());
}

#[test]
fn crossing_ratio_one_does_not_click() {
    for quality in [Quality::Linear, Quality::Hermite4, Quality::Sinc16] {
        let mut rig = Rig::with_sounds();
        rig.start(
            0,
            1,
            VoiceParams {
                pitch: 0.7,
                quality,
                pan: -1.0,
                ..sound(1)
            },
        );
        rig.at(
            100,
            VoiceCommand::Pitch {
                voice: VoiceId(1),
                ratio: 1.0,
                ramp: 480,
            },
        );
        rig.at(
            900,
            VoiceCommand::Pitch {
                voice: VoiceId(1),
                ratio: 1.4,
                ramp: 480,
            },
        )
        .to(2_200);
        let slope = 0.02 * 1.4;
        assert!(
            largest_step(&rig.left) < slope * 1.05,
            "{quality:?} {}",
            largest_step(&rig.left)
        );
    }
}

#[test]
fn crossing_an_octave_does_not_click() {
    let slow: Vec<f32> = (0..90_000).map(|n| (n as f32 * 0.02).sin()).collect();
    for quality in [Quality::Linear, Quality::Hermite4, Quality::Sinc16] {
        let mut rig = Rig::new(VoicePolicy::new(RATE));
        rig.install(
            0,
            Sound::resident(&Planes::F32(&[&slow]), SoundSettings::default()),
        );
        rig.start(
            0,
            1,
            VoiceParams {
                pitch: 0.5,
                quality,
                pan: -1.0,
                ..sound(0)
            },
        );
        rig.at(
            9,
            VoiceCommand::Pitch {
                voice: VoiceId(1),
                ratio: 8.0,
                ramp: 9_600,
            },
        )
        .to(12_000);
        assert!(
            largest_step(&rig.left) < 0.16 * 1.05,
            "{quality:?} {}",
            largest_step(&rig.left)
        );
        let place = rig.voices.counts();
        assert_eq!(place.real, 1);
    }
}

#[test]
fn high_pitch_does_not_alias() {
    // 9 kHz at ratio 4 would be 36 kHz: it must vanish, not fold down to 12 kHz.
    let tone: Vec<f32> = (0..90_000)
        .map(|n| (n as f64 * std::f64::consts::TAU * 9_000.0 / RATE).sin() as f32)
        .collect();
    for quality in [Quality::Hermite4, Quality::Sinc16] {
        let mut rig = Rig::new(VoicePolicy::new(RATE));
        rig.install(
            0,
            Sound::resident(&Planes::F32(&[&tone]), SoundSettings::default()),
        );
        rig.start(
            0,
            1,
            VoiceParams {
                pitch: 4.0,
                quality,
                pan: -1.0,
                ..sound(0)
            },
        )
        .to(9_600);
        let peak = rig.left[480..].iter().fold(0.0_f32, |a, x| a.max(x.abs()));
        assert!(peak < 0.05, "{quality:?}: {peak}");
    }
}

#[test]
fn filters_pass_and_stop() {
    let rms = |x: &[f32]| (x.iter().map(|x| x * x).sum::<f32>() / x.len() as f32).sqrt();
    let play = |lpf_hz, hpf_hz| {
        let mut rig = Rig::with_sounds();
        rig.start(
            0,
            1,
            VoiceParams {
                lpf_hz,
                hpf_hz,
                pan: -1.0,
                ..sound(1)
            },
        )
        .to(2_900);
        rms(&rig.left[1_000..])
    };
    // The left channel is a sine of 153 Hz.
    let plain = play(0.0, 0.0);
    assert!((play(15_000.0, 0.0) / plain - 1.0).abs() < 0.01);
    assert!((play(153.0, 0.0) / plain - 0.707).abs() < 0.02);
    assert!((play(0.0, 153.0) / plain - 0.707).abs() < 0.02);
    assert!((play(0.0, 1_530.0) / plain - 0.01).abs() < 0.002);
}

#[test]
fn switching_a_filter_on_does_not_click() {
    let mut rig = Rig::with_sounds();
    rig.start(
        0,
        1,
        VoiceParams {
            pan: -1.0,
            ..sound(1)
        },
    );
    rig.at(
        1_000,
        VoiceCommand::Filter {
            voice: VoiceId(1),
            lpf_hz: 500.0,
            hpf_hz: 30.0,
        },
    )
    .to(2_900);
    assert!(
        largest_step(&rig.left) < 0.022,
        "{}",
        largest_step(&rig.left)
    );
}
