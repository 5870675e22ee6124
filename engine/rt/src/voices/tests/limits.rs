//! Limits, stealing, virtual voices and their return.

use super::rig::{BUS, RATE, Rig, SOUND, largest_step, small, sound};
use crate::command::Reason;
use crate::ids::{BusId, SoundId, VoiceId};
use crate::sound::{Planes, Sound, SoundSettings};
use crate::voices::{
    LoopSpec, OnLimit, StealMode, VirtualMode, VoiceCommand, VoiceEvent, VoiceParams, VoicePolicy,
};

fn crowd(policy: VoicePolicy) -> Rig {
    let mut rig = Rig::new(policy);
    rig.install_all();
    let loud = |gain, priority| VoiceParams {
        gain,
        priority,
        ..sound(3)
    };
    rig.start(0, 1, loud(0.5, 50))
        .start(10, 2, loud(0.2, 60))
        .start(20, 3, loud(0.9, 40));
    rig.to(100);
    rig.events();
    rig
}

#[test]
fn each_steal_mode_takes_its_victim() {
    let cases = [
        // Their priorities are below that of the new voice, but decide only in the last mode.
        (StealMode::Oldest, 1, Reason::LimitGlobal),
        (StealMode::Quietest, 2, Reason::LimitGlobal),
        (StealMode::LowestPriority, 3, Reason::PriorityLost),
    ];
    for (steal_mode, victim, reason) in cases {
        let mut rig = crowd(VoicePolicy {
            steal_mode,
            on_limit: OnLimit::Reject,
            ..small(3)
        });
        rig.start(
            100,
            4,
            VoiceParams {
                priority: 80,
                gain: 0.95,
                ..sound(3)
            },
        )
        .to(1_000);
        let events = rig.events();
        assert!(
            events.contains(&(100, victim, VoiceEvent::Ended, reason)),
            "{steal_mode:?} {events:?}"
        );
        assert!(events.contains(&(100, 4, VoiceEvent::Started, Reason::None)));
        assert!(largest_step(&rig.left[101..]) < 0.01, "the fade clicks");
        assert_eq!(rig.voices.counts().real, 3);
    }
}

#[test]
fn the_new_voice_competes_and_may_lose() {
    let mut rig = crowd(VoicePolicy {
        on_limit: OnLimit::Reject,
        ..small(3)
    });
    rig.start(
        100,
        4,
        VoiceParams {
            priority: 10,
            ..sound(3)
        },
    )
    .to(200);
    assert_eq!(
        rig.events(),
        [(100, 4, VoiceEvent::Refused, Reason::PriorityLost)]
    );
    let mut rig = crowd(VoicePolicy {
        steal_mode: StealMode::None,
        ..small(3)
    });
    rig.start(
        100,
        4,
        VoiceParams {
            priority: 99,
            ..sound(3)
        },
    )
    .to(200);
    assert_eq!(
        rig.events(),
        [(100, 4, VoiceEvent::Virtual, Reason::LimitGlobal)]
    );
}

#[test]
fn equal_priorities_name_the_limit() {
    let mut rig = crowd(VoicePolicy {
        on_limit: OnLimit::Reject,
        ..small(3)
    });
    rig.start(
        100,
        4,
        VoiceParams {
            priority: 40,
            gain: 1.0,
            ..sound(3)
        },
    )
    .to(200);
    assert_eq!(
        rig.events()[0],
        (100, 3, VoiceEvent::Ended, Reason::LimitGlobal)
    );
}

#[test]
fn loops_are_virtualised_never_stolen() {
    let looping = LoopSpec {
        start: 0,
        end: 40_000,
        count: 0,
    };
    let policy = VoicePolicy {
        on_limit: OnLimit::Reject,
        ..small(1)
    };
    let mut rig = Rig::new(policy);
    rig.install_all();
    rig.start(
        0,
        1,
        VoiceParams {
            looping,
            priority: 1,
            ..sound(3)
        },
    );
    rig.start(
        100,
        2,
        VoiceParams {
            priority: 99,
            ..sound(3)
        },
    )
    .to(200);
    assert!(
        rig.events()
            .contains(&(100, 2, VoiceEvent::Refused, Reason::LimitGlobal))
    );
}

#[test]
fn a_virtual_voice_returns_on_its_exact_frame() {
    let source: Vec<f32> = (0..40_000).map(|n| (n as f32 * 0.01).sin()).collect();
    let mut rig = Rig::new(small(1));
    rig.install(
        0,
        Sound::resident(&Planes::F32(&[&source]), SoundSettings::default()),
    );
    let params = VoiceParams {
        pitch: 0.75,
        pan: -1.0,
        ..sound(0)
    };
    rig.start(0, 1, params);
    rig.start(
        1_000,
        2,
        VoiceParams {
            priority: 60,
            length: 3_000,
            gain: 0.01,
            ..sound(0)
        },
    )
    .to(9_000);
    let events = rig.events();
    assert!(
        events.contains(&(1_000, 1, VoiceEvent::Virtual, Reason::PriorityLost)),
        "{events:?}"
    );
    // The other one ends at 4,000; the next tick is at 4,320.
    assert!(
        events.contains(&(4_320, 1, VoiceEvent::Real, Reason::None)),
        "{events:?}"
    );
    let mut alone = Rig::new(small(1));
    alone.install(
        0,
        Sound::resident(&Planes::F32(&[&source]), SoundSettings::default()),
    );
    alone.start(0, 1, params).to(9_000);
    assert_eq!(rig.left[4_600..9_000], alone.left[4_600..9_000]);
}

#[test]
fn inaudible_voices_become_virtual_and_come_back() {
    let mut rig = Rig::with_sounds();
    let looping = LoopSpec {
        start: 0,
        end: 40_000,
        count: 0,
    };
    rig.start(
        0,
        1,
        VoiceParams {
            looping,
            ..sound(3)
        },
    );
    rig.at(
        1_000,
        VoiceCommand::Gain {
            voice: VoiceId(1),
            gain: 0.0,
            ramp: 480,
        },
    );
    rig.at(
        9_000,
        VoiceCommand::Gain {
            voice: VoiceId(1),
            gain: 0.5,
            ramp: 480,
        },
    )
    .to(12_000);
    let events = rig.events();
    assert_eq!(
        events[1],
        (3_840, 1, VoiceEvent::Virtual, Reason::Inaudible)
    );
    assert_eq!(events[2], (9_000, 1, VoiceEvent::Real, Reason::None));
}

/// A voice of a rising line that falls silent at frame 1,480 and is to sound again from 9,000 on.
fn silent_for_a_while(mode: VirtualMode) -> Rig {
    let mut rig = Rig::new(VoicePolicy {
        virtual_mode: mode,
        ..VoicePolicy::new(RATE)
    });
    let line: Vec<f32> = (0..40_000).map(|n| n as f32 / 40_000.0).collect();
    let line = Sound::resident(&Planes::F32(&[&line]), SoundSettings::default());
    rig.install(0, line);
    let voice = VoiceId(1);
    let gain = |gain| VoiceCommand::Gain {
        voice,
        gain,
        ramp: 480,
    };
    rig.start(0, 1, sound(0));
    rig.at(1_000, gain(0.0)).at(9_000, gain(1.0)).to(12_000);
    rig
}

#[test]
fn each_virtual_mode_comes_back_at_its_place() {
    let (hidden, back) = (3_840, 9_000);
    for (mode, place) in [
        (VirtualMode::Elapsed, back),
        (VirtualMode::Freeze, hidden),
        (VirtualMode::Restart, 0),
    ] {
        let mut rig = silent_for_a_while(mode);
        let events = rig.events();
        let hides = (hidden, 1, VoiceEvent::Virtual, Reason::Inaudible);
        let returns = (back, 1, VoiceEvent::Real, Reason::None);
        assert_eq!(events[1..], [hides, returns], "{mode:?}");
        // What is heard tells the frame of the sound.
        let unit = rig.left[800] / 800.0;
        let here = rig.left[11_000] / unit;
        let expected = (place + 11_000 - back) as f32;
        assert!((here - expected).abs() < 1.0, "{mode:?}: {here} {expected}");
        let early = &rig.left[1_600..9_000];
        assert!(early.iter().all(|x| *x == 0.0), "{mode:?}");
    }
}

/// A rising line in full gain, virtual from frame 3,840 on, with commands from there on.
fn line_virtual_with(commands: &[(u64, VoiceCommand)]) -> Rig {
    let mut rig = Rig::new(VoicePolicy::new(RATE));
    let line: Vec<f32> = (0..40_000).map(|n| n as f32 / 40_000.0).collect();
    let line = Sound::resident(&Planes::F32(&[&line]), SoundSettings::default());
    rig.install(0, line);
    let params = VoiceParams {
        pan: -1.0,
        ..sound(0)
    };
    rig.start(0, 1, params).at(1_000, gain(0.0, 480));
    for (at, command) in commands {
        rig.at(*at, *command);
    }
    rig.to(20_000);
    rig
}

const fn gain(gain: f32, ramp: u32) -> VoiceCommand {
    VoiceCommand::Gain {
        voice: VoiceId(1),
        gain,
        ramp,
    }
}

const fn pause(fade: u32) -> VoiceCommand {
    VoiceCommand::Pause {
        voice: VoiceId(1),
        fade,
    }
}

const fn resume(fade: u32) -> VoiceCommand {
    VoiceCommand::Resume {
        voice: VoiceId(1),
        fade,
    }
}

#[test]
fn a_gain_that_rises_from_silence_is_heard_from_its_frame_without_another_fade() {
    let rig = line_virtual_with(&[(9_007, gain(0.5, 100)), (9_107, gain(1.0, 0))]);
    assert!(rig.left[1_600..9_008].iter().all(|x| *x == 0.0));
    for n in 1..100 {
        let expected = (9_007 + n) as f32 / 40_000.0 * n as f32 * 0.005;
        let is = rig.left[9_007 + n];
        assert!((is - expected).abs() < 1e-6, "{n}: {is} {expected}");
    }
    assert_eq!(rig.left[9_107], 9_107.0 / 40_000.0);
}

#[test]
fn a_slow_rise_below_the_threshold_does_not_come_and_go() {
    let mut commands = Vec::new();
    for n in 0..250_u16 {
        commands.push((9_600 + u64::from(n) * 32, gain(f32::from(n + 1) * 1e-7, 32)));
    }
    let mut rig = line_virtual_with(&commands);
    let real = |events: &[(u64, u64, VoiceEvent, Reason)]| {
        events.iter().filter(|it| it.2 == VoiceEvent::Real).count()
    };
    assert_eq!(real(&rig.events()), 1);
}

#[test]
fn a_virtual_voice_stands_still_from_the_end_of_its_pause() {
    let rise = (9_000, gain(1.0, 0));
    for (commands, stood) in [
        (vec![(5_000, pause(700)), (8_000, resume(0)), rise], 2_300),
        (vec![(5_000, pause(0)), (8_000, resume(500)), rise], 3_000),
        (vec![(5_000, pause(700)), (5_300, resume(0)), rise], 0),
        (
            vec![
                (5_000, pause(700)),
                (7_000, gain(1.0, 0)),
                (9_000, resume(0)),
            ],
            3_300,
        ),
    ] {
        let rig = line_virtual_with(&commands);
        assert!(rig.left[1_600..9_000].iter().all(|x| *x == 0.0));
        let expected = (9_000 - stood) as f32 / 40_000.0;
        assert_eq!(rig.left[9_000], expected, "{commands:?}");
    }
}

#[test]
fn what_rises_in_the_fade_of_a_pause_is_heard_in_it() {
    let commands = [
        (8_000, pause(1_000)),
        (8_400, gain(1.0, 0)),
        (12_000, resume(100)),
    ];
    let rig = line_virtual_with(&commands);
    for n in 8_400..9_000 {
        let expected = n as f32 / 40_000.0 * (9_000 - n) as f32 / 1_000.0;
        let is = rig.left[n];
        assert!((is - expected).abs() < 1e-6, "{n}: {is} {expected}");
    }
    assert!(rig.left[9_000..12_000].iter().all(|x| *x == 0.0));
    assert_eq!(rig.left[12_100], 9_100.0 / 40_000.0);
}

#[test]
fn an_inaudible_voice_ends_where_none_become_virtual() {
    let mut rig = silent_for_a_while(VirtualMode::Stop);
    let ends = (3_840, 1, VoiceEvent::Ended, Reason::Inaudible);
    assert_eq!(rig.events()[1..], [ends]);
    assert_eq!(rig.voices.place(12_000, VoiceId(1)), None);
    assert_eq!(
        (rig.voices.counts().real, rig.voices.counts().tails),
        (0, 0)
    );
    assert!(rig.left[1_600..].iter().all(|x| *x == 0.0));
}

#[test]
fn a_long_fade_in_is_no_silence() {
    let policy = VoicePolicy {
        virtual_mode: VirtualMode::Stop,
        ..VoicePolicy::new(RATE)
    };
    let mut rig = Rig::new(policy);
    rig.install_all();
    let voice = VoiceId(1);
    rig.start(
        0,
        1,
        VoiceParams {
            gain: 0.0,
            ..sound(3)
        },
    );
    // Below -80 dB for 90 ms.
    for n in 0..200_u64 {
        let gain = (n as f32 / 200.0).powi(6);
        rig.at(
            n * 96,
            VoiceCommand::Gain {
                voice,
                gain,
                ramp: 96,
            },
        );
    }
    rig.to(19_200);
    assert_eq!(rig.events().len(), 1, "it only started");
    assert!(rig.left[19_000].abs() > 0.5);
}

#[test]
fn instances_and_buses_have_limits() {
    let ones = vec![1.0; 40_000];
    let mut rig = Rig::new(VoicePolicy {
        on_limit: OnLimit::Reject,
        ..small(8)
    });
    let settings = SoundSettings {
        max_instances: 2,
        ..SoundSettings::default()
    };
    rig.install(0, Sound::resident(&Planes::F32(&[&ones]), settings));
    rig.install(
        1,
        Sound::resident(&Planes::F32(&[&ones]), SoundSettings::default()),
    );
    rig.at(0, VoiceCommand::BusLimit { bus: BUS, limit: 3 });
    for id in 1..=3 {
        rig.start(id * 10, id, sound(0));
    }
    for id in 4..=5 {
        rig.start(id * 10, id, sound(1));
    }
    rig.to(1_000);
    let ended: Vec<_> = rig
        .events()
        .into_iter()
        .filter(|e| e.2 == VoiceEvent::Ended)
        .collect();
    assert_eq!(ended[0], (30, 1, VoiceEvent::Ended, Reason::LimitSound));
    assert_eq!(ended[1], (50, 2, VoiceEvent::Ended, Reason::LimitBus));
}

#[test]
fn refusals_carry_their_reason() {
    let mut rig = Rig::with_sounds();
    rig.start(0, 1, VoiceParams::new(SoundId::new(6, 1), BUS));
    rig.start(0, 2, VoiceParams::new(SoundId::new(0, 9), BUS));
    rig.start(0, 3, VoiceParams::new(SOUND, BusId::new(77, 1)));
    rig.start(0, 4, sound(0)).start(0, 4, sound(0)).to(10);
    let refused = |id, reason| (0, id, VoiceEvent::Refused, reason);
    assert_eq!(
        rig.events(),
        [
            refused(1, Reason::AssetMissing),
            refused(2, Reason::AssetMissing),
            refused(3, Reason::StaleId),
            (0, 4, VoiceEvent::Started, Reason::None),
            refused(4, Reason::StaleId),
        ]
    );
}

#[test]
fn a_removed_sound_leaves_after_its_last_voice() {
    let mut rig = Rig::with_sounds();
    rig.start(0, 1, sound(3)).to(100);
    rig.voices.remove_sound(100, SoundId::new(3, 1));
    assert!(rig.voices.take_retired().is_none());
    rig.start(200, 2, sound(3)).to(1_500);
    assert!(rig.voices.take_retired().is_some());
    let events = rig.events();
    assert!(
        events.contains(&(340, 1, VoiceEvent::Ended, Reason::AssetMissing)),
        "{events:?}"
    );
    assert!(events.contains(&(200, 2, VoiceEvent::Refused, Reason::AssetMissing)));
}

#[test]
fn nobody_is_stolen_for_a_voice_that_another_limit_refuses() {
    let ones = vec![1.0; 40_000];
    let other = BusId::new(1, 1);
    let mut rig = Rig::new(VoicePolicy {
        on_limit: OnLimit::Reject,
        ..small(8)
    });
    let settings = SoundSettings {
        max_instances: 1,
        ..SoundSettings::default()
    };
    rig.install(0, Sound::resident(&Planes::F32(&[&ones]), settings));
    rig.install(
        1,
        Sound::resident(&Planes::F32(&[&ones]), SoundSettings::default()),
    );
    rig.at(0, VoiceCommand::BusLimit { bus: BUS, limit: 1 });
    rig.start(
        0,
        1,
        VoiceParams {
            priority: 10,
            bus: other,
            ..sound(0)
        },
    );
    rig.start(
        0,
        2,
        VoiceParams {
            priority: 90,
            ..sound(1)
        },
    );
    rig.start(
        500,
        3,
        VoiceParams {
            priority: 50,
            ..sound(0)
        },
    )
    .to(1_000);
    let events = rig.events();
    assert!(
        events.contains(&(500, 3, VoiceEvent::Refused, Reason::PriorityLost)),
        "{events:?}"
    );
    assert!(
        !events.iter().any(|e| e.2 == VoiceEvent::Ended),
        "{events:?}"
    );
}

#[test]
fn a_loop_is_left_only_once() {
    let mut rig = Rig::with_sounds();
    let looping = LoopSpec {
        start: 0,
        end: 100,
        count: 0,
    };
    let leave = VoiceCommand::LeaveLoop { voice: VoiceId(1) };
    rig.start(
        0,
        1,
        VoiceParams {
            looping,
            ..sound(0)
        },
    );
    rig.at(50, leave).at(500, leave).to(8_000);
    let ended = rig.events().pop().unwrap();
    assert_eq!((ended.0, ended.3), (3_000, Reason::NaturalEnd));
}

#[test]
fn a_paused_virtual_voice_keeps_its_length() {
    let mut rig = Rig::new(small(1));
    rig.install_all();
    let voice = VoiceId(1);
    rig.start(
        0,
        1,
        VoiceParams {
            length: 2_000,
            ..sound(3)
        },
    );
    rig.at(1_000, VoiceCommand::Pause { voice, fade: 0 });
    rig.start(
        5_000,
        2,
        VoiceParams {
            priority: 99,
            length: 500,
            ..sound(3)
        },
    );
    rig.at(20_000, VoiceCommand::Resume { voice, fade: 0 })
        .to(30_000);
    let ended = rig
        .events()
        .into_iter()
        .find(|e| e.1 == 1 && e.2 == VoiceEvent::Ended);
    assert_eq!(ended.map(|e| e.0), Some(21_000));
}

/// A voice that returns fades in; while it does, it must not look quieter than its equals.
#[test]
fn equal_voices_at_a_limit_do_not_change_places() {
    let ones = vec![1.0; 400_000];
    let mut rig = Rig::new(small(8));
    let settings = SoundSettings {
        max_instances: 2,
        ..SoundSettings::default()
    };
    rig.install(0, Sound::resident(&Planes::F32(&[&ones]), settings));
    for id in 1..=4 {
        rig.start(id * 10, id, sound(0));
    }
    rig.to(48_000);
    let changes = rig.events();
    let count = |kind| changes.iter().filter(|event| event.2 == kind).count();
    assert_eq!(
        (count(VoiceEvent::Virtual), count(VoiceEvent::Real)),
        (2, 0),
        "{changes:?}"
    );
}
