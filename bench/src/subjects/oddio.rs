//! oddio 0.7: a `Mixer` of `Speed<Cycle>` (loops) or `Speed<FramesSignal>` (one-shots).
//!
//! oddio has no pan outside of its spatial scene, which does other work. A signal of our own, [`Pan`], applies left and right
//! gain in one pass and ramps them in 10 ms; it takes the place of oddio's `Gain`, whose ramp is always 100 ms.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use oddio::{
    Cycle, Frames, FramesSignal, Mixer, MixerControl, MonoToStereo, Signal, Speed, SpeedControl,
};

use crate::subject::{
    Contender, Heap, Mix, RAMP_FRAMES, RATE, Result, Role, Setup, Slot, Subject, balance,
    real_voices_only,
};

/// The rows of this engine.
pub(crate) fn contenders() -> Vec<Contender> {
    vec![Contender {
        name: "oddio",
        quality: "linear",
        role: Role::Peer,
        heap: Heap::Rust,
        pan_gains: [balance; 2],
        supports: real_voices_only,
        create: |setup| Ok(Box::new(Oddio::new(setup))),
    }]
}

struct Oddio {
    control: MixerControl<[f32; 2]>,
    mixer: Mixer<[f32; 2]>,
    assets: Vec<Sound>,
    slots: Vec<Slot>,
    voices: Vec<Option<Voice>>,
}

/// Mono stays mono until after the interpolation.
enum Sound {
    Mono(Arc<Frames<f32>>),
    Stereo(Arc<Frames<[f32; 2]>>),
}

struct Voice {
    speed: SpeedControl,
    gains: Arc<Gains>,
}

impl Oddio {
    fn new(setup: &Setup) -> Self {
        let (control, mixer) = Mixer::new();
        let assets = setup.assets.iter().map(|asset| {
            if asset.channels == 1 {
                Sound::Mono(Frames::from_slice(RATE, &asset.samples))
            } else {
                Sound::Stereo(Frames::from_iter(
                    RATE,
                    (0..asset.frames).map(|i| asset.frame(i)),
                ))
            }
        });
        Self {
            control,
            mixer,
            assets: assets.collect(),
            slots: setup.slots.clone(),
            voices: setup.slots.iter().map(|_| None).collect(),
        }
    }

    fn play<S>(&mut self, signal: S, mix: Mix) -> Voice
    where
        S: Signal<Frame = [f32; 2]> + Send + 'static,
    {
        let (mut speed, signal) = Speed::new(signal);
        speed.set_speed(narrow(mix.ratio));
        let gains = Arc::new(Gains::new(mix));
        self.control.play(Pan::new(signal, Arc::clone(&gains)));
        Voice { speed, gains }
    }
}

impl Subject for Oddio {
    fn start(&mut self, slot: usize, mix: Mix) -> Result<()> {
        let Slot { asset, looping } = self.slots[slot];
        let voice = match (&self.assets[asset], looping) {
            (Sound::Mono(frames), true) => {
                let signal = Cycle::new(Arc::clone(frames));
                self.play(MonoToStereo::new(signal), mix)
            }
            (Sound::Mono(frames), false) => {
                let signal = FramesSignal::from(Arc::clone(frames));
                self.play(MonoToStereo::new(signal), mix)
            }
            (Sound::Stereo(frames), true) => {
                let signal = Cycle::new(Arc::clone(frames));
                self.play(signal, mix)
            }
            (Sound::Stereo(frames), false) => {
                let signal = FramesSignal::from(Arc::clone(frames));
                self.play(signal, mix)
            }
        };
        self.voices[slot] = Some(voice);
        Ok(())
    }

    fn retarget(&mut self, slot: usize, mix: Mix) -> Result<()> {
        if let Some(voice) = &mut self.voices[slot] {
            voice.speed.set_speed(narrow(mix.ratio));
            voice.gains.set(mix);
        }
        Ok(())
    }

    fn render_block(&mut self, out: &mut [f32]) -> Result<()> {
        oddio::run(&mut self.mixer, RATE, oddio::frame_stereo(out));
        Ok(())
    }
}

/// Left and right gain, written by the control side.
struct Gains([AtomicU32; 2]);

impl Gains {
    fn new(mix: Mix) -> Self {
        let gains = Self(Default::default());
        gains.set(mix);
        gains
    }

    fn set(&self, mix: Mix) {
        for (cell, side) in self.0.iter().zip(balance(mix.pan)) {
            cell.store((mix.gain * side).to_bits(), Relaxed);
        }
    }

    fn read(&self) -> [f32; 2] {
        [0, 1].map(|side| f32::from_bits(self.0[side].load(Relaxed)))
    }
}

/// Applies left and right gain to a stereo signal; new gains are reached on a straight line.
struct Pan<S> {
    gains: Arc<Gains>,
    target: [f32; 2],
    current: [f32; 2],
    step: [f32; 2],
    /// Frames of the line that are left.
    left: usize,
    inner: S,
}

impl<S> Pan<S> {
    fn new(inner: S, gains: Arc<Gains>) -> Self {
        let target = gains.read();
        Self {
            gains,
            target,
            current: target,
            step: [0.0; 2],
            left: 0,
            inner,
        }
    }

    fn aim(&mut self) {
        let target = self.gains.read();
        if target != self.target {
            self.target = target;
            self.left = RAMP_FRAMES;
            self.step = [0, 1].map(|side| (target[side] - self.current[side]) / RAMP_FRAMES as f32);
        }
    }
}

impl<S: Signal<Frame = [f32; 2]>> Signal for Pan<S> {
    type Frame = [f32; 2];

    fn sample(&mut self, interval: f32, out: &mut [[f32; 2]]) {
        self.inner.sample(interval, out);
        self.aim();
        let (ramp, rest) = out.split_at_mut(self.left.min(out.len()));
        for frame in &mut *ramp {
            self.current[0] += self.step[0];
            self.current[1] += self.step[1];
            frame[0] *= self.current[0];
            frame[1] *= self.current[1];
        }
        self.left -= ramp.len();
        if self.left == 0 {
            self.current = self.target;
        }
        for frame in rest {
            frame[0] *= self.current[0];
            frame[1] *= self.current[1];
        }
    }

    fn is_finished(&self) -> bool {
        self.inner.is_finished()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "oddio takes f32")]
fn narrow(value: f64) -> f32 {
    value as f32
}
