//! The same calls into miniaudio's `ma_engine`, which has no queue: they write into its objects.

use std::mem::MaybeUninit;
use std::ptr::null_mut;

use maudio_sys::ffi as ma;

use crate::library::Status;
use crate::{RATE, Result};

/// `MA_SOUND_FLAG_NO_SPATIALIZATION`; the bindings' own constant changes its type from platform to platform.
const NO_SPATIALIZATION: u32 = 0x4000;
/// Frames of its sound.
const FRAMES: usize = 48_000;

/// Everything at fixed addresses.
pub(crate) struct Peer(Box<Parts>);

struct Parts {
    engine: MaybeUninit<ma::ma_engine>,
    group: MaybeUninit<ma::ma_sound>,
    sound: MaybeUninit<ma::ma_sound>,
    source: MaybeUninit<ma::ma_audio_buffer_ref>,
    samples: Vec<f32>,
}

impl Peer {
    pub(crate) fn new() -> Result<Self> {
        let mut parts = Box::new(Parts {
            engine: MaybeUninit::uninit(),
            group: MaybeUninit::uninit(),
            sound: MaybeUninit::uninit(),
            source: MaybeUninit::uninit(),
            samples: vec![0.1; FRAMES],
        });
        // SAFETY: each object is written before it is read and stays in the box; one that fails ends the program.
        unsafe {
            let mut config = ma::ma_engine_config_init();
            config.noDevice = 1;
            config.channels = 2;
            config.sampleRate = RATE;
            let engine = parts.engine.as_mut_ptr();
            check(ma::ma_engine_init(&config, engine))?;
            let group = parts.group.as_mut_ptr();
            check(ma::ma_sound_group_init(engine, 0, null_mut(), group))?;
            let source = parts.source.as_mut_ptr();
            let samples = parts.samples.as_ptr().cast();
            let format = ma::ma_format_ma_format_f32;
            let frames = parts.samples.len() as u64;
            check(ma::ma_audio_buffer_ref_init(
                format, 1, samples, frames, source,
            ))?;
            let mut config = ma::ma_sound_config_init_2(engine);
            config.pDataSource = source.cast();
            config.flags = NO_SPATIALIZATION;
            check(ma::ma_sound_init_ex(
                engine,
                &config,
                parts.sound.as_mut_ptr(),
            ))?;
        }
        Ok(Self(parts))
    }

    fn engine(&self) -> *mut ma::ma_engine {
        self.0.engine.as_ptr().cast_mut()
    }

    fn group(&self) -> *mut ma::ma_sound {
        self.0.group.as_ptr().cast_mut()
    }

    fn sound(&self) -> *mut ma::ma_sound {
        self.0.sound.as_ptr().cast_mut()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // SAFETY: initialised in `new`; sounds before the engine.
        unsafe {
            ma::ma_sound_uninit(self.sound());
            ma::ma_audio_buffer_ref_uninit(self.0.source.as_mut_ptr());
            ma::ma_sound_group_uninit(self.group());
            ma::ma_engine_uninit(self.engine());
        }
    }
}

fn check(result: ma::ma_result) -> Result<()> {
    match result {
        ma::ma_result_MA_SUCCESS => Ok(()),
        code => Err(format!("miniaudio answers {code}").into()),
    }
}

/// One of the calls `times` times; the results of all, or'ed.
pub(crate) type Repeat = fn(&Peer, usize) -> Status;

/// Makes a [`Repeat`] of one call.
macro_rules! repeat {
    (|$peer:ident| $call:expr) => {
        |$peer: &Peer, times: usize| {
            let mut all = 0;
            for _ in 0..times {
                // SAFETY: initialised objects, used by this thread only.
                all |= unsafe { $call };
            }
            all
        }
    };
}

pub(crate) const FRAME: Repeat = repeat!(|peer| {
    std::hint::black_box(ma::ma_engine_get_time_in_pcm_frames(peer.engine()));
    0
});
pub(crate) const BUS: Repeat = repeat!(|peer| {
    ma::ma_sound_group_set_volume(peer.group(), 0.9);
    0
});
pub(crate) const PLAY: Repeat = repeat!(|peer| ma::ma_sound_start(peer.sound()));
pub(crate) const VOICE: Repeat = repeat!(|peer| {
    ma::ma_sound_set_volume(peer.sound(), 0.9);
    0
});
pub(crate) const STOP: Repeat = repeat!(|peer| ma::ma_sound_stop(peer.sound()));
pub(crate) const SEEK: Repeat =
    repeat!(|peer| ma::ma_engine_set_time_in_pcm_frames(peer.engine(), 24_000));
pub(crate) const NO_ENGINE: Repeat = repeat!(|peer| {
    let _ = peer;
    ma::ma_engine_set_volume(null_mut(), 0.9)
});
