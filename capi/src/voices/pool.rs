//! The audio pool: the sounds that can be played.

use std::ffi::c_char;

use facade::PooledSound;
use facade::rt::ids::kind;

use crate::boundary::{OK, boundary_on};
use crate::engine::{ENGINES, segue_engine};
use crate::handle::Handle;
use crate::ids;
use crate::memory::{Record, needed_array, put_records, put_text};
use crate::status::{Failure, segue_status};

/// A sound of the audio pool, as the project plays it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_sound_info {
    /// `sizeof(segue_sound_info)`.
    pub struct_size: u32,
    /// 1 when it is read from the disk while it plays; 0 when all of it is in memory.
    pub is_streamed: u32,
    /// Its id, for [`segue_voice_play`](super::segue_voice_play).
    pub sound: u64,
    /// Its name's id, as events and [`segue_voice_info`](super::list::segue_voice_info) tell it.
    pub asset: u64,
    /// The bus it plays into.
    pub bus: u64,
    /// Its length at the engine's rate.
    pub frames: u64,
    /// Gain in decibels; -infinity is silent.
    pub gain_db: f32,
    /// -1 left to 1 right.
    pub pan: f32,
    /// Semitones.
    pub pitch_st: f32,
    /// 0 (first to go) to 100.
    pub priority: u32,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_sound_info {
    const NAME: &'static str = "segue_sound_info";
}

/// The sounds of the loaded project, by their names. One whose audio file is missing is not there. `[thread-safe]`
///
/// Ownership: `sounds` holds `capacity` structs of the caller, the first with its `struct_size` set; NULL with 0
/// asks for the length only.
/// Errors: `BUFFER_TOO_SMALL`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `sounds` is NULL or `capacity` structs of `struct_size` bytes; `length` is NULL or a `size_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_engine_get_sounds(
    engine: *mut segue_engine,
    sounds: *mut segue_sound_info,
    capacity: usize,
    length: *mut usize,
) -> segue_status {
    boundary_on(
        "segue_engine_get_sounds",
        &ENGINES,
        engine as Handle,
        |engine| {
            let rows: Vec<_> =
                engine.with(|control| Ok(control.sounds().iter().map(row).collect()))?;
            // SAFETY: the caller's promise.
            unsafe { put_records("sounds", sounds, capacity, length, &rows) }?;
            OK
        },
    )
}

fn row(sound: &PooledSound<'_>) -> segue_sound_info {
    let params = &sound.params;
    segue_sound_info {
        struct_size: 0,
        is_streamed: u32::from(sound.streamed),
        sound: ids::given(params.sound),
        asset: facade::rt::game::NameId::of(sound.name).0,
        bus: ids::given(params.bus),
        frames: sound.frames,
        gain_db: 20.0 * params.gain.log10(),
        pan: params.pan,
        pitch_st: facade::to_f32(12.0 * params.pitch.log2()),
        priority: u32::from(params.priority),
    }
}

/// The name of a sound, for [`segue_sound_find`](super::segue_sound_find). Not NUL-terminated. `[thread-safe]`
///
/// Ownership: `text` holds `capacity` bytes of the caller; NULL with 0 asks for the length only.
/// Errors: `STALE_ID`, `BUFFER_TOO_SMALL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `text` is NULL or `capacity` bytes; `length` is NULL or a `size_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_sound_get_name(
    engine: *mut segue_engine,
    sound: u64,
    text: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> segue_status {
    boundary_on(
        "segue_sound_get_name",
        &ENGINES,
        engine as Handle,
        |engine| {
            needed_array("text", text, capacity, length)?;
            let id = sound;
            let sound = ids::taken::<kind::Sound>("sound", sound)?;
            engine.with(|control| {
                let Some(name) = control.sound_name(sound) else {
                    return Err(Failure::id("sound", id));
                };
                // SAFETY: the caller's promise.
                unsafe { put_text(text, capacity, length, name) }
            })?;
            OK
        },
    )
}
