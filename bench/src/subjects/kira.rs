//! kira 0.12: `AudioManager` over a backend of our own that keeps the renderer and hands it to the caller.
//!
//! kira's `MockBackend` renders into a buffer nobody can read, so it cannot be checked; this one does the same calls.
//! Main track only, no effects, internal buffer of one block. Commands are tweens of 10 ms.

use std::sync::Arc;
use std::time::Duration;

use kira::backend::{Backend, Renderer};
use kira::sound::static_sound::{StaticSoundData, StaticSoundHandle, StaticSoundSettings};
use kira::track::MainTrackBuilder;
use kira::{AudioManager, AudioManagerSettings, Capacities, Decibels, Frame, Panning, Tween};

use crate::subject::{
    BLOCK, Contender, Error, Heap, Mix, RAMP_SECONDS, RATE, Result, Role, Setup, Subject, decibels,
    real_voices_only,
};

/// The rows of this engine.
pub(crate) fn contenders() -> Vec<Contender> {
    vec![Contender {
        name: "kira",
        quality: "4-point Hermite",
        role: Role::Peer,
        heap: Heap::Rust,
        pan_gains: [square_root; 2],
        supports: real_voices_only,
        create: |setup| Ok(Box::new(Kira::new(setup)?)),
    }]
}

struct Kira {
    manager: AudioManager<Offline>,
    /// One sound per slot, ready to be cloned: kira shares the frames.
    sounds: Vec<StaticSoundData>,
    handles: Vec<Option<StaticSoundHandle>>,
    ramp: Tween,
}

impl Kira {
    fn new(setup: &Setup) -> Result<Self> {
        let manager = AudioManager::new(AudioManagerSettings {
            capacities: Capacities::default(),
            main_track_builder: MainTrackBuilder::new().sound_capacity(setup.slots.len()),
            internal_buffer_size: BLOCK,
            backend_settings: (),
        })
        .map_err(|()| failed("cannot start the manager"))?;
        let frames: Vec<Arc<[Frame]>> = setup
            .assets
            .iter()
            .map(|asset| {
                (0..asset.frames)
                    .map(|i| asset.frame(i))
                    .map(|[left, right]| Frame::new(left, right))
                    .collect()
            })
            .collect();
        let sounds = setup.slots.iter().map(|slot| {
            let settings = StaticSoundSettings::new();
            StaticSoundData {
                sample_rate: RATE,
                frames: Arc::clone(&frames[slot.asset]),
                settings: if slot.looping {
                    settings.loop_region(..)
                } else {
                    settings
                },
                slice: None,
            }
        });
        Ok(Self {
            manager,
            sounds: sounds.collect(),
            handles: setup.slots.iter().map(|_| None).collect(),
            ramp: Tween {
                duration: Duration::from_secs_f64(RAMP_SECONDS),
                ..Tween::default()
            },
        })
    }
}

impl Subject for Kira {
    fn start(&mut self, slot: usize, mix: Mix) -> Result<()> {
        let sound = self.sounds[slot]
            .volume(Decibels(decibels(mix.gain)))
            .panning(Panning(mix.pan))
            .playback_rate(mix.ratio);
        let handle = self
            .manager
            .play(sound)
            .map_err(|e| failed(&e.to_string()))?;
        self.handles[slot] = Some(handle);
        Ok(())
    }

    fn retarget(&mut self, slot: usize, mix: Mix) -> Result<()> {
        if let Some(handle) = &mut self.handles[slot] {
            handle.set_volume(Decibels(decibels(mix.gain)), self.ramp);
            handle.set_panning(Panning(mix.pan), self.ramp);
            handle.set_playback_rate(mix.ratio, self.ramp);
        }
        Ok(())
    }

    fn render_block(&mut self, out: &mut [f32]) -> Result<()> {
        let renderer = self.manager.backend_mut().0.as_mut();
        let renderer = renderer.ok_or_else(|| failed("the renderer is missing"))?;
        renderer.on_start_processing();
        renderer.process(out, 2);
        Ok(())
    }
}

/// Keeps what kira would give to a device.
struct Offline(Option<Renderer>);

impl Backend for Offline {
    type Settings = ();
    type Error = ();

    fn setup((): (), _internal_buffer_size: usize) -> std::result::Result<(Self, u32), ()> {
        Ok((Self(None), RATE))
    }

    fn start(&mut self, renderer: Renderer) -> std::result::Result<(), ()> {
        self.0 = Some(renderer);
        Ok(())
    }
}

/// Square-root law with 0 dB in the centre.
fn square_root(pan: f32) -> [f32; 2] {
    [(1.0 - pan).sqrt(), (1.0 + pan).sqrt()]
}

fn failed(what: &str) -> Error {
    Error::Engine {
        subject: "kira",
        what: what.into(),
    }
}
