//! SoLoud 2020-02-07 with its null driver: the caller asks for the mix.
//!
//! Two rows, its linear (default) and its Catmull-Rom resampler. Clipping is the plain one and the post-clip scaler is 1. The C
//! functions are called directly: the safe `mix` of the `soloud` crate takes a buffer half as long as the mixer fills. SoLoud
//! ramps volume and pan over each mixed block by itself; the play speed jumps.
//!
//! It holds 1023 voices of which 255 may sound: the loudest, so it takes part in the small W5.

use soloud_sys::soloud as ffi;

use crate::asset::Asset;
use crate::subject::{
    Contender, Error, Heap, Mix, RATE, Result, Role, Setup, Slot, Subject, constant_power, count32,
};

/// The rows of this engine.
pub(crate) fn contenders() -> Vec<Contender> {
    let linear = Contender {
        name: "soloud",
        quality: "linear",
        role: Role::Peer,
        heap: Heap::C,
        pan_gains: [constant_power; 2],
        supports,
        create: |setup| Ok(Box::new(Soloud::new(setup, LINEAR)?)),
    };
    let cubic = Contender {
        name: "soloud-cubic",
        quality: "4-point Catmull-Rom",
        create: |setup| Ok(Box::new(Soloud::new(setup, CATMULL_ROM)?)),
        ..linear
    };
    vec![linear, cubic]
}

/// `SoLoud::Soloud::RESAMPLER`.
const LINEAR: u32 = 1;
const CATMULL_ROM: u32 = 2;
/// `SoLoud::Soloud::BACKENDS::NULLDRIVER`, as the bindings number it.
const NULL_DRIVER: u32 = 16;
/// `NO_FPU_REGISTER_CHANGE`: otherwise the first mix would flush denormals for every later engine on this thread.
const FLAGS: u32 = 8;
/// `SAMPLE_GRANULARITY`, the least buffer the null driver accepts.
const BUFFER: u32 = 512;
/// `VOICE_COUNT`, of which one is never used.
const VOICES: usize = 1023;
/// SoLoud asserts that fewer than 256 are active.
const ACTIVE: usize = 255;

/// Fields drop in this order: a sound that goes stops its voices, so the engine must still be there.
struct Soloud {
    sounds: Vec<Sound>,
    engine: Engine,
    slots: Vec<Slot>,
    handles: Vec<u32>,
}

impl Soloud {
    fn new(setup: &Setup, resampler: u32) -> Result<Self> {
        let engine = Engine::new(setup.audible, resampler)?;
        let sounds = setup
            .assets
            .iter()
            .map(|asset| Sound::new(asset))
            .collect::<Result<_>>()?;
        Ok(Self {
            engine,
            sounds,
            slots: setup.slots.clone(),
            handles: vec![0; setup.slots.len()],
        })
    }
}

impl Subject for Soloud {
    fn start(&mut self, slot: usize, mix: Mix) -> Result<()> {
        let Slot { asset, looping } = self.slots[slot];
        let engine = self.engine.0;
        let sound = self.sounds[asset].0;
        // SAFETY: engine and sound are alive; a handle is a number that SoLoud checks.
        let handle = unsafe {
            let handle = ffi::Soloud_playEx(engine, sound.cast(), mix.gain, mix.pan, 1, 0);
            ffi::Soloud_setRelativePlaySpeed(engine, handle, narrow(mix.ratio));
            ffi::Soloud_setLooping(engine, handle, i32::from(looping));
            ffi::Soloud_setPause(engine, handle, 0);
            handle
        };
        self.handles[slot] = handle;
        Ok(())
    }

    fn retarget(&mut self, slot: usize, mix: Mix) -> Result<()> {
        let (engine, handle) = (self.engine.0, self.handles[slot]);
        // SAFETY: as in `start`.
        let code = unsafe {
            ffi::Soloud_setVolume(engine, handle, mix.gain);
            ffi::Soloud_setPan(engine, handle, mix.pan);
            ffi::Soloud_setRelativePlaySpeed(engine, handle, narrow(mix.ratio))
        };
        check(code, "set play speed")
    }

    fn render_block(&mut self, out: &mut [f32]) -> Result<()> {
        let frames = count32(out.len() / 2);
        // SAFETY: the engine was made with two channels, and `out` holds `frames` stereo frames.
        unsafe { ffi::Soloud_mix(self.engine.0, out.as_mut_ptr(), frames) }
        Ok(())
    }
}

/// An initialised engine.
struct Engine(*mut ffi::Soloud);

impl Engine {
    fn new(audible: usize, resampler: u32) -> Result<Self> {
        // SAFETY: `create` has no precondition; every other call gets the object it made. `Self` owns it at once, so that an
        // error below destroys it.
        unsafe {
            let engine = Self(ffi::Soloud_create());
            if engine.0.is_null() {
                return check(-1, "create").map(|()| engine);
            }
            check(
                ffi::Soloud_initEx(engine.0, FLAGS, NULL_DRIVER, RATE, BUFFER, 2),
                "init",
            )?;
            let active = count32(audible.clamp(1, ACTIVE));
            check(
                ffi::Soloud_setMaxActiveVoiceCount(engine.0, active),
                "set voices",
            )?;
            ffi::Soloud_setMainResampler(engine.0, resampler);
            ffi::Soloud_setPostClipScaler(engine.0, 1.0);
            Ok(engine)
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.0.is_null() {
            return;
        }
        // SAFETY: made in `new`, destroyed once.
        unsafe {
            ffi::Soloud_stopAll(self.0);
            ffi::Soloud_deinit(self.0);
            ffi::Soloud_destroy(self.0);
        }
    }
}

/// A loaded `Wav`.
struct Sound(*mut ffi::Wav);

impl Sound {
    fn new(asset: &Asset) -> Result<Self> {
        // SoLoud keeps the channels of a raw wave one after the other.
        let mut planar = asset.planar().concat();
        let (length, channels) = (count32(planar.len()), count32(asset.channels));
        // SAFETY: `planar` holds `length` samples and is copied (`aCopy` = 1) before it goes.
        unsafe {
            let sound = Self(ffi::Wav_create());
            let data = planar.as_mut_ptr();
            let rate = RATE as f32;
            check(
                ffi::Wav_loadRawWaveEx(sound.0, data, length, rate, channels, 1, 0),
                "load",
            )?;
            Ok(sound)
        }
    }
}

impl Drop for Sound {
    fn drop(&mut self) {
        // SAFETY: made in `new`, destroyed once; the engine it may call still exists, because `Soloud` drops it later.
        unsafe { ffi::Wav_destroy(self.0) }
    }
}

fn supports(setup: &Setup) -> std::result::Result<(), &'static str> {
    if setup.slots.len() > VOICES {
        Err("1023 voices at most")
    } else if setup.audible > ACTIVE {
        Err("255 active at most")
    } else {
        Ok(())
    }
}

fn check(code: i32, what: &str) -> Result<()> {
    if code == 0 {
        return Ok(());
    }
    Err(Error::Engine {
        subject: "soloud",
        what: format!("{what} failed with code {code}"),
    })
}

#[expect(clippy::cast_possible_truncation, reason = "SoLoud takes f32")]
fn narrow(value: f64) -> f32 {
    value as f32
}
