//! fundsp 0.23: one unit per voice in a `Sequencer`, played by its backend in blocks of 64.
//!
//! A voice is `WavePlayer` (loops) inside `Resample` (cubic, speed from a shared variable), then one gain per side.
//! fundsp's `panner` takes mono only, so left and right gain carry the pan for mono and stereo alike. Where the workload moves
//! parameters they go through `follow`; where it does not, they are read directly, which is cheaper.

use std::sync::Arc;

use fundsp::prelude32::*;

use crate::subject::{
    Contender, Heap, Mix, RATE, Result, Role, Setup, Slot, Subject, balance, real_voices_only,
};

/// Half-way time of `follow`, which then needs about 10 ms for the whole way.
const HALF: f32 = 0.0025;

/// The rows of this engine.
pub(crate) fn contenders() -> Vec<Contender> {
    vec![Contender {
        name: "fundsp",
        quality: "4-point cubic",
        role: Role::Peer,
        heap: Heap::Rust,
        pan_gains: [balance; 2],
        supports: real_voices_only,
        create: |setup| Ok(Box::new(Fundsp::new(setup))),
    }]
}

struct Fundsp {
    sequencer: Sequencer,
    backend: Box<dyn AudioUnit>,
    waves: Vec<Arc<Wave>>,
    slots: Vec<Slot>,
    knobs: Vec<Knobs>,
    smooth: bool,
    buffer: BufferVec,
}

/// The shared variables of one voice.
#[derive(Clone)]
struct Knobs {
    speed: Shared,
    left: Shared,
    right: Shared,
}

impl Knobs {
    fn new() -> Self {
        Self {
            speed: shared(1.0),
            left: shared(0.0),
            right: shared(0.0),
        }
    }

    fn set(&self, mix: Mix) {
        let [left, right] = balance(mix.pan);
        self.speed.set(narrow(mix.ratio));
        self.left.set(mix.gain * left);
        self.right.set(mix.gain * right);
    }
}

impl Fundsp {
    fn new(setup: &Setup) -> Self {
        let mut sequencer = Sequencer::new(0, 2, ReplayMode::None);
        sequencer.set_sample_rate(f64::from(RATE));
        let mut backend = sequencer.backend();
        backend.set_sample_rate(f64::from(RATE));
        let waves = setup.assets.iter().map(|asset| {
            let planar = asset.planar();
            let mut wave = Wave::new(0, f64::from(RATE));
            planar.iter().for_each(|channel| wave.push_channel(channel));
            Arc::new(wave)
        });
        Self {
            sequencer,
            backend: Box::new(backend),
            waves: waves.collect(),
            slots: setup.slots.clone(),
            knobs: setup.slots.iter().map(|_| Knobs::new()).collect(),
            smooth: setup.retargets,
            buffer: BufferVec::new(2),
        }
    }

    fn voice(&self, slot: usize) -> Box<dyn AudioUnit> {
        let Slot { asset, looping } = self.slots[slot];
        let wave = &self.waves[asset];
        let knobs = &self.knobs[slot];
        let again = looping.then_some(0);
        let player = |channel| An(WavePlayer::new(wave, channel, 0, wave.len(), again));
        let direct = || var(&knobs.left) | var(&knobs.right);
        let smooth = || (var(&knobs.left) >> follow(HALF)) | (var(&knobs.right) >> follow(HALF));
        if wave.channels() == 1 {
            let source = (var(&knobs.speed) >> resample(player(0))) >> split::<U2>();
            if self.smooth {
                Box::new(source * smooth())
            } else {
                Box::new(source * direct())
            }
        } else {
            let source = var(&knobs.speed) >> resample(player(0) | player(1));
            if self.smooth {
                Box::new(source * smooth())
            } else {
                Box::new(source * direct())
            }
        }
    }

    fn seconds(&self, slot: usize, ratio: f64) -> f64 {
        let Slot { asset, looping } = self.slots[slot];
        let length = self.waves[asset].len() as f64 / f64::from(RATE);
        if looping {
            f64::INFINITY
        } else {
            length / ratio
        }
    }
}

impl Subject for Fundsp {
    fn start(&mut self, slot: usize, mix: Mix) -> Result<()> {
        // A voice of its own set of variables: the previous one-shot of this slot may still hold the old ones.
        self.knobs[slot] = Knobs::new();
        self.knobs[slot].set(mix);
        let voice = self.voice(slot);
        let end = self.seconds(slot, mix.ratio);
        self.sequencer
            .push_relative(0.0, end, Fade::Smooth, 0.0, 0.0, voice);
        Ok(())
    }

    fn retarget(&mut self, slot: usize, mix: Mix) -> Result<()> {
        self.knobs[slot].set(mix);
        Ok(())
    }

    fn render_block(&mut self, out: &mut [f32]) -> Result<()> {
        for part in out.chunks_mut(2 * MAX_BUFFER_SIZE) {
            let frames = part.len() / 2;
            self.backend
                .process(frames, &BufferRef::empty(), &mut self.buffer.buffer_mut());
            for side in 0..2 {
                let channel = &self.buffer.channel_f32(side)[..frames];
                for (sample, value) in part[side..].iter_mut().step_by(2).zip(channel) {
                    *sample = *value;
                }
            }
        }
        Ok(())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "fundsp takes f32")]
fn narrow(value: f64) -> f32 {
    value as f32
}
