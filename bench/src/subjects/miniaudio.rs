//! miniaudio 0.11: `ma_engine` without a device, one `ma_sound` per slot over an `ma_audio_buffer_ref`.
//!
//! The C functions are called directly (through `maudio-sys`, which compiles the original source), because the references let all
//! voices share one copy of an asset. Spatialisation is off, which is the cheap path. Volume is smoothed over 10 ms where the
//! workload moves it; pan and pitch jump, because miniaudio offers nothing else. One-shots rewind the sound of their slot, which
//! is cheaper than making a new one.

use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;

use maudio_sys::ffi as ma;

use crate::asset::Asset;
use crate::subject::{
    Contender, Error, Heap, Mix, RAMP_FRAMES, RATE, Result, Role, Setup, Slot, Subject, balance,
    count32, real_voices_only,
};

/// The rows of this engine.
pub(crate) fn contenders() -> Vec<Contender> {
    vec![Contender {
        name: "miniaudio",
        quality: "linear",
        role: Role::Peer,
        heap: Heap::C,
        pan_gains: [balance; 2],
        supports: real_voices_only,
        create: |setup| Ok(Box::new(Miniaudio::new(setup)?)),
    }]
}

/// `MA_SOUND_FLAG_NO_SPATIALIZATION`; the bindings' own constant changes its type from platform to platform.
const NO_SPATIALIZATION: u32 = 0x4000;

/// Fields drop in this order: sounds before the engine they are attached to, assets last.
struct Miniaudio {
    voices: Vec<Voice>,
    engine: Engine,
    _assets: Vec<Arc<Asset>>,
}

impl Miniaudio {
    fn new(setup: &Setup) -> Result<Self> {
        let mut engine = Engine::new()?;
        let smooth = if setup.retargets {
            count32(RAMP_FRAMES)
        } else {
            0
        };
        let voices = setup
            .slots
            .iter()
            .map(|slot| Voice::new(&mut engine, &setup.assets[slot.asset], *slot, smooth))
            .collect::<Result<_>>()?;
        Ok(Self {
            voices,
            engine,
            _assets: setup.assets.clone(),
        })
    }
}

impl Subject for Miniaudio {
    fn start(&mut self, slot: usize, mix: Mix) -> Result<()> {
        let voice = &mut self.voices[slot];
        voice.set(mix);
        // SAFETY: `sound` is initialised, does not move and is used by this thread only.
        unsafe {
            check(ma::ma_sound_seek_to_pcm_frame(voice.sound(), 0), "seek")?;
            check(ma::ma_sound_start(voice.sound()), "start")
        }
    }

    fn retarget(&mut self, slot: usize, mix: Mix) -> Result<()> {
        self.voices[slot].set(mix);
        Ok(())
    }

    fn render_block(&mut self, out: &mut [f32]) -> Result<()> {
        let frames = out.len() as u64 / 2;
        let target = out.as_mut_ptr().cast();
        // SAFETY: the engine is initialised with two channels of f32, and `out` holds `frames` stereo frames.
        let result = unsafe {
            ma::ma_engine_read_pcm_frames(self.engine.raw(), target, frames, std::ptr::null_mut())
        };
        check(result, "read")
    }
}

/// An initialised `ma_engine` at a fixed address.
struct Engine(Pin<Box<MaybeUninit<ma::ma_engine>>>);

impl Engine {
    fn new() -> Result<Self> {
        let mut engine = Box::pin(MaybeUninit::<ma::ma_engine>::uninit());
        // SAFETY: the configuration is filled by its constructor; the engine is written only when the result says so, and
        // `uninit` runs only after success, because `Self` exists only then.
        unsafe {
            let mut config = ma::ma_engine_config_init();
            config.noDevice = 1;
            config.channels = 2;
            config.sampleRate = RATE;
            check(ma::ma_engine_init(&config, engine.as_mut_ptr()), "engine")?;
        }
        Ok(Self(engine))
    }

    fn raw(&mut self) -> *mut ma::ma_engine {
        self.0.as_mut_ptr()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // SAFETY: initialised in `new`, and every sound is gone: `Miniaudio` drops them first.
        unsafe { ma::ma_engine_uninit(self.raw()) }
    }
}

/// An initialised `ma_sound` and the data source it reads, at fixed addresses.
struct Voice(Box<Parts>);

struct Parts {
    sound: MaybeUninit<ma::ma_sound>,
    source: MaybeUninit<ma::ma_audio_buffer_ref>,
}

impl Voice {
    fn new(engine: &mut Engine, asset: &Asset, slot: Slot, smooth: u32) -> Result<Self> {
        let mut parts = Box::new(Parts {
            sound: MaybeUninit::uninit(),
            source: MaybeUninit::uninit(),
        });
        let channels = count32(asset.channels);
        // SAFETY: both objects are written before they are read, stay in their box, and the samples outlive them, because
        // `Miniaudio` holds the assets and drops them last.
        unsafe {
            let source = parts.source.as_mut_ptr();
            let samples = asset.samples.as_ptr().cast();
            let format = ma::ma_format_ma_format_f32;
            let frames = asset.frames as u64;
            let result = ma::ma_audio_buffer_ref_init(format, channels, samples, frames, source);
            check(result, "buffer")?;
            (*source).sampleRate = RATE;
            let mut config = ma::ma_sound_config_init_2(engine.raw());
            config.pDataSource = source.cast();
            config.flags = NO_SPATIALIZATION;
            config.volumeSmoothTimeInPCMFrames = smooth;
            config.isLooping = u32::from(slot.looping);
            let sound = parts.sound.as_mut_ptr();
            check(ma::ma_sound_init_ex(engine.raw(), &config, sound), "sound")?;
        }
        Ok(Self(parts))
    }

    fn sound(&mut self) -> *mut ma::ma_sound {
        self.0.sound.as_mut_ptr()
    }

    fn set(&mut self, mix: Mix) {
        // SAFETY: the sound is initialised; these three only store values.
        unsafe {
            ma::ma_sound_set_volume(self.sound(), mix.gain);
            ma::ma_sound_set_pan(self.sound(), mix.pan);
            ma::ma_sound_set_pitch(self.sound(), narrow(mix.ratio));
        }
    }
}

impl Drop for Voice {
    fn drop(&mut self) {
        // SAFETY: both were initialised in `new`; the engine still exists.
        unsafe {
            ma::ma_sound_uninit(self.sound());
            ma::ma_audio_buffer_ref_uninit(self.0.source.as_mut_ptr());
        }
    }
}

fn check(result: ma::ma_result, what: &str) -> Result<()> {
    if result == ma::ma_result_MA_SUCCESS {
        return Ok(());
    }
    Err(Error::Engine {
        subject: "miniaudio",
        what: format!("{what} failed with code {result}"),
    })
}

#[expect(clippy::cast_possible_truncation, reason = "miniaudio takes f32")]
fn narrow(value: f64) -> f32 {
    value as f32
}
