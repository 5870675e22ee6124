//! A voice pool on a mixer of plain buffers, with a clock and commands at frames.

use rtrb::{Consumer, RingBuffer};
use segue_dsp::simd::SimdLevel;
use segue_dsp::voice::VoiceKernels;

use crate::command::Reason;
use crate::ids::{BusId, SoundId, VoiceId};
use crate::limits::{LimitError, Limits, MAX_SPAN};
use crate::sound::{Planes, Sound, SoundSettings};
use crate::voices::{
    BusInputs, VoiceCommand, VoiceEvent, VoiceParams, VoicePolicy, VoiceReport, Voices,
};

pub(super) const RATE: f64 = 48_000.0;
pub(super) const TICK: u64 = 480;

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
pub(super) struct Rig {
    pub(super) voices: Voices,
    pub(super) reports: Consumer<VoiceReport>,
    pub(super) at: u64,
    pub(super) commands: Vec<(u64, VoiceCommand)>,
    pub(super) gain: f32,
    pub(super) left: Vec<f32>,
    pub(super) right: Vec<f32>,
}

pub(super) const SOUND: SoundId = SoundId::new(0, 1);
pub(super) const BUS: BusId = BusId::new(0, 1);

impl Rig {
    pub(super) fn new(policy: VoicePolicy) -> Self {
        Self::at_level(policy, SimdLevel::detect())
    }

    pub(super) fn at_level(policy: VoicePolicy, level: SimdLevel) -> Self {
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

    pub(super) fn with_sounds() -> Self {
        let mut rig = Self::new(VoicePolicy::new(RATE));
        rig.install_all();
        rig
    }

    pub(super) fn install_all(&mut self) {
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

    pub(super) fn install(&mut self, index: u32, sound: Result<Sound, LimitError>) {
        let sound = Box::new(sound.unwrap());
        assert!(
            self.voices
                .install_sound(SoundId::new(index, 1), sound)
                .is_none()
        );
    }

    pub(super) fn at(&mut self, frame: u64, command: VoiceCommand) -> &mut Self {
        self.commands.push((frame, command));
        self
    }

    pub(super) fn start(&mut self, frame: u64, id: u64, params: VoiceParams) -> &mut Self {
        self.at(
            frame,
            VoiceCommand::Start {
                voice: VoiceId(id),
                params,
            },
        )
    }

    /// Runs to `end` in blocks of the sizes that `blocks` gives.
    pub(super) fn run(&mut self, end: u64, mut blocks: impl FnMut() -> usize) -> &mut Self {
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
                assert_no_alloc::assert_no_alloc(|| self.voices.render(self.at, n, &mut buses));
                self.left.extend(&buses.left);
                self.right.extend(&buses.right);
                self.at += n as u64;
            }
        }
        self
    }

    pub(super) fn to(&mut self, end: u64) -> &mut Self {
        self.run(end, || 64)
    }

    pub(super) fn events(&mut self) -> Vec<(u64, u64, VoiceEvent, Reason)> {
        std::iter::from_fn(|| self.reports.pop().ok())
            .map(|r| (r.at, r.voice.0, r.event, r.reason))
            .collect()
    }
}

pub(super) fn sound(index: u32) -> VoiceParams {
    VoiceParams::new(SoundId::new(index, 1), BUS)
}

pub(super) fn largest_step(x: &[f32]) -> f32 {
    x.windows(2)
        .map(|p| (p[1] - p[0]).abs())
        .fold(0.0, f32::max)
}

pub(super) fn small(max_real: usize) -> VoicePolicy {
    VoicePolicy {
        max_real,
        ..VoicePolicy::new(RATE)
    }
}
