//! Voices against their specification, on a mixer of plain buffers.

use proptest::prelude::*;
use rtrb::{Consumer, RingBuffer};
use segue_dsp::simd::SimdLevel;
use segue_dsp::voice::VoiceKernels;

use super::*;
use crate::limits::{Limits, MAX_SPAN};
use crate::sound::{Planes, Sound, SoundSettings};

const RATE: f64 = 48_000.0;
const TICK: u64 = 480;

struct Buses {
    left: Vec<f32>,
    right: Vec<f32>,
    gain: f32,
}

impl BusInputs for Buses {
    fn exists(&self, bus: BusId) -> bool {
        bus.index() < 4
    }
    fn input(&mut self, _: BusId) -> Option<[&mut [f32]; 2]> {
        Some([&mut self.left, &mut self.right])
    }
    fn path_gain(&self, _: BusId) -> f32 {
        self.gain
    }
}

/// A voice pool with a clock, commands at frames, and everything it put out.
struct Rig {
    voices: Voices,
    reports: Consumer<VoiceReport>,
    at: u64,
    commands: Vec<(u64, VoiceCommand)>,
    gain: f32,
    left: Vec<f32>,
    right: Vec<f32>,
}

const SOUND: SoundId = SoundId::new(0, 1);
const BUS: BusId = BusId::new(0, 1);

impl Rig {
    fn new(policy: VoicePolicy) -> Self {
        Self::at_level(policy, SimdLevel::detect())
    }

    fn at_level(policy: VoicePolicy, level: SimdLevel) -> Self {
        let (producer, reports) = RingBuffer::new(4096);
        let limits = Limits {
            real_voices: policy.max_real,
            virtual_voices: 64,
            sounds: 8,
            ..Limits::default()
        };
        let kernels = VoiceKernels::for_level(level);
        let voices = Voices::new(RATE, &limits, policy, kernels, vec![], producer);
        Self {
            voices,
            reports,
            at: 0,
            commands: vec![],
            gain: 1.0,
            left: vec![],
            right: vec![],
        }
    }

    fn with_sounds() -> Self {
        let mut rig = Self::new(VoicePolicy::new(RATE));
        rig.install_all();
        rig
    }

    fn install_all(&mut self) {
        let noise: Vec<f32> = (0..3_000)
            .map(|n| ((n * 7919) % 2001) as f32 / 1000.0 - 1.0)
            .collect();
        let slow: Vec<f32> = (0..3_000).map(|n| (n as f32 * 0.02).sin()).collect();
        let short: Vec<i16> = slow.iter().map(|x| (x * 30_000.0) as i16).collect();
        let settings = SoundSettings::default();
        self.install(0, Sound::resident(&Planes::F32(&[&noise]), settings));
        self.install(1, Sound::resident(&Planes::F32(&[&slow, &noise]), settings));
        self.install(2, Sound::resident(&Planes::I16(&[&short]), settings));
        let ones = vec![1.0; 40_000];
        self.install(3, Sound::resident(&Planes::F32(&[&ones]), settings));
    }

    fn install(&mut self, index: u32, sound: Result<Sound, crate::limits::LimitError>) {
        let sound = Box::new(sound.unwrap());
        assert!(
            self.voices
                .install_sound(SoundId::new(index, 1), sound)
                .is_none()
        );
    }

    fn at(&mut self, frame: u64, command: VoiceCommand) -> &mut Self {
        self.commands.push((frame, command));
        self
    }

    fn start(&mut self, frame: u64, id: u64, params: VoiceParams) -> &mut Self {
        self.at(
            frame,
            VoiceCommand::Start {
                voice: VoiceId(id),
                params,
            },
        )
    }

    /// Runs to `end` in blocks of the sizes that `blocks` gives.
    fn run(&mut self, end: u64, mut blocks: impl FnMut() -> usize) -> &mut Self {
        self.commands.sort_by_key(|c| c.0);
        let commands = std::mem::take(&mut self.commands);
        let mut next = 0;
        while self.at < end {
            let block_end = (self.at + blocks() as u64).min(end);
            while self.at < block_end {
                let mut buses = Buses {
                    left: vec![],
                    right: vec![],
                    gain: self.gain,
                };
                if self.at.is_multiple_of(TICK) {
                    assert_no_alloc::assert_no_alloc(|| self.voices.tick(self.at, &buses));
                }
                while next < commands.len() && commands[next].0 <= self.at {
                    let command = &commands[next].1;
                    assert_no_alloc::assert_no_alloc(|| {
                        self.voices.apply(self.at, command, &buses);
                    });
                    next += 1;
                }
                let event = commands.get(next).map_or(u64::MAX, |c| c.0);
                let stop = block_end.min(event).min((self.at / TICK + 1) * TICK);
                let n = ((stop - self.at) as usize).min(MAX_SPAN);
                buses.left = vec![0.0; n];
                buses.right = vec![0.0; n];
                assert_no_alloc::assert_no_alloc(|| self.voices.render(self.at, &mut buses));
                self.left.extend(&buses.left);
                self.right.extend(&buses.right);
                self.at += n as u64;
            }
        }
        self
    }

    fn to(&mut self, end: u64) -> &mut Self {
        self.run(end, || 64)
    }

    fn events(&mut self) -> Vec<(u64, u64, VoiceEvent, Reason)> {
        std::iter::from_fn(|| self.reports.pop().ok())
            .map(|r| (r.at, r.voice.0, r.event, r.reason))
            .collect()
    }
}

fn sound(index: u32) -> VoiceParams {
    VoiceParams::new(SoundId::new(index, 1), BUS)
}

fn largest_step(x: &[f32]) -> f32 {
    x.windows(2)
        .map(|p| (p[1] - p[0]).abs())
        .fold(0.0, f32::max)
}

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
    // Hermite sounds one frame beyond the last.
    assert_eq!(events[1], (3_102, 7, VoiceEvent::Ended, Reason::NaturalEnd));
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
    assert_eq!((ended.0, ended.3), (5_001, Reason::NaturalEnd));
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

fn small(max_real: usize) -> VoicePolicy {
    VoicePolicy {
        max_real,
        ..VoicePolicy::new(RATE)
    }
}

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
        (StealMode::Oldest, 1),
        (StealMode::Quietest, 2),
        (StealMode::LowestPriority, 3),
    ];
    for (steal_mode, victim) in cases {
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
        let reason = if victim == 2 {
            Reason::PriorityLost
        } else {
            Reason::PriorityLost
        };
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
        [(100, 4, VoiceEvent::Refused, Reason::LimitGlobal)]
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
    assert_eq!(events[2], (9_120, 1, VoiceEvent::Real, Reason::None));
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
    assert_eq!(ended[0], (30, 1, VoiceEvent::Ended, Reason::LimitEvent));
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

/// A command of any kind for one of a few voices.
fn any_command() -> impl Strategy<Value = VoiceCommand> {
    let voice = (1_u64..12).prop_map(VoiceId);
    let params = (
        0_u32..4,
        -1_f32..1.0,
        0.125_f64..8.0,
        0_usize..3,
        0_u8..100,
        0_u32..900,
        0_u64..2_000,
        any::<(bool, bool, bool)>(),
        1_u64..5_000,
    )
        .prop_map(
            |(index, pan, pitch, quality, priority, fade, start, (a, b, c), length)| VoiceParams {
                pan,
                pitch: if a { 1.0 } else { pitch },
                quality: [Quality::Linear, Quality::Hermite4, Quality::Sinc16][quality],
                priority,
                fade_in: fade,
                fade_out: fade / 2,
                start,
                length: if b { u64::MAX } else { length },
                looping: LoopSpec {
                    start: 700,
                    end: 2_700,
                    count: u32::from(c) * 4,
                },
                lpf_hz: if c { 2_000.0 } else { 0.0 },
                ..sound(index)
            },
        );
    (voice, params, 0_u8..12, 0_u32..700).prop_map(|(voice, params, kind, ramp)| match kind {
        0..=3 => VoiceCommand::Start { voice, params },
        4 => VoiceCommand::Stop { voice, fade: ramp },
        5 => VoiceCommand::Gain {
            voice,
            gain: params.pan.abs(),
            ramp,
        },
        6 => VoiceCommand::Pan {
            voice,
            pan: params.pan,
            ramp,
        },
        7 => VoiceCommand::Pitch {
            voice,
            ratio: params.pitch,
            ramp,
        },
        8 => VoiceCommand::Filter {
            voice,
            lpf_hz: 100.0 + ramp as f32,
            hpf_hz: params.lpf_hz / 40.0,
        },
        9 => VoiceCommand::Seek {
            voice,
            frame: params.start,
        },
        10 if ramp % 2 == 0 => VoiceCommand::Pause { voice, fade: ramp },
        10 => VoiceCommand::Resume { voice, fade: ramp },
        _ => VoiceCommand::LeaveLoop { voice },
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn blocks_and_levels_do_not_change_a_bit(
        commands in prop::collection::vec((0_u64..6_000, any_command()), 1..40),
        blocks in prop::collection::vec(0_usize..700, 1..50),
        max_real in 1_usize..6,
    ) {
        let mut results = vec![];
        for (fixed, level) in [(true, SimdLevel::Scalar), (false, SimdLevel::Scalar), (false, SimdLevel::detect())] {
            let mut rig = Rig::at_level(small(max_real), level);
            rig.install_all();
            rig.commands.clone_from(&commands);
            let mut n = 0;
            rig.run(7_000, || {
                n += 1;
                if fixed { 64 } else { blocks[n % blocks.len()].max(usize::from(n % 7 == 0)) }
            });
            let bits: Vec<u32> = rig.left.iter().chain(&rig.right).map(|x| x.to_bits()).collect();
            let mut events = rig.events();
            events.sort_by_key(|e| (e.0, e.1, e.2 as u8));
            results.push((bits, events));
        }
        prop_assert!(results[0].0 == results[1].0, "blocks");
        prop_assert!(results[1].0 == results[2].0, "levels");
        prop_assert_eq!(&results[0].1, &results[1].1);
    }
}
