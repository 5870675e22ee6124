//! Sounds, voices and notes.

pub mod list;
pub mod pool;

use std::ffi::c_char;

use facade::PlayOptions;
use facade::rt::ids::{VoiceId, kind};
use facade::rt::keymap::{NoteEvent, NoteKind};
use facade::rt::voices::VoiceCommand;

use crate::boundary::{OK, boundary_glance, boundary_on};
use crate::engine::{ENGINES, Engine, segue_engine};
use crate::handle::Handle;
use crate::ids;
use crate::memory::{Record, config, flag, needed, put, take_name};
use crate::status::{Answer, Failure, segue_status};

/// The sound of this name in the loaded project, as an id for [`segue_voice_play`]. `[thread-safe]`
///
/// Sizes: `name` at most 1,024 bytes.
/// Ownership: `out_sound` is the caller's.
/// Errors: `INVALID_ARGUMENT` for an empty name;
/// `UNKNOWN_NAME`, `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`, `NULL_POINTER`,
/// `POISONED`. Since 0.1.
///
/// # Safety
/// `name` is NULL or `name_length` bytes; `out_sound` is NULL or a `uint64_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_sound_find(
    engine: *mut segue_engine,
    name: *const c_char,
    name_length: usize,
    out_sound: *mut u64,
) -> segue_status {
    boundary_on("segue_sound_find", &ENGINES, engine as Handle, |engine| {
        needed("out_sound", out_sound)?;
        // SAFETY: the caller's promise.
        let name = unsafe { take_name("name", name, name_length) }?;
        let sound = engine.with(|control| Ok(control.find_sound(name)?))?;
        // SAFETY: checked above, the caller's promise.
        unsafe { put("out_sound", out_sound, ids::given(sound)) }?;
        OK
    })
}

/// How a sound is started, on top of what the project says about it. All 0 is as it is.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_play_options {
    /// `sizeof(segue_play_options)`.
    pub struct_size: u32,
    /// Gain in decibels, at most 24; -96 and below is silent.
    pub gain_db: f32,
    /// -1..=1, added to the project's.
    pub pan: f32,
    /// Semitones, -36..=36, added to the project's.
    pub pitch_st: f32,
    /// Frame of the sound it starts at.
    pub start: u64,
    /// Frames of fade-in; the longer of this and the project's is used.
    pub fade_in: u32,
    /// 1 to 100 (last to go), instead of the project's; 0 leaves that.
    pub priority: u32,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_play_options {
    const NAME: &'static str = "segue_play_options";
}

/// Starts a sound. `options` may be NULL. The project's gain times that of the options must be at most 16, and
/// its pitch times theirs within 0.125..=8. Whether it sounds, an event tells: a limit of voices may
/// be against it. Allocates nothing. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: `out_voice`, which may be NULL, gets an id that is never used again.
/// Errors: `STALE_ID` for a sound that is gone or was loaded anew, `INVALID_ARGUMENT`, `STRUCT_SIZE`,
/// `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `options` is NULL or a struct of `struct_size` bytes; `out_voice` is NULL or a `uint64_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_voice_play(
    engine: *mut segue_engine,
    sound: u64,
    options: *const segue_play_options,
    at: u64,
    out_voice: *mut u64,
) -> segue_status {
    boundary_glance(
        "segue_voice_play",
        &ENGINES,
        engine as Handle,
        // SAFETY: the caller's promise.
        |engine| unsafe { options.is_null() && play_plain(engine, sound, at, out_voice) },
        move |engine| {
            let sound = ids::taken::<kind::Sound>("sound", sound)?;
            let options = match options.is_null() {
                true => PlayOptions {
                    at,
                    ..PlayOptions::default()
                },
                // SAFETY: the caller's promise.
                false => play_options(&unsafe { config(options) }?, at)?,
            };
            let voice = engine.control().play_id(sound, &options)?;
            if !out_voice.is_null() {
                // SAFETY: not NULL, the caller's promise.
                unsafe { put("out_voice", out_voice, voice.0) }?;
            }
            OK
        },
    )
}

/// Starts a sound without options and writes its voice, if all is well.
///
/// # Safety
/// `out` is NULL or the caller's.
#[inline(always)]
unsafe fn play_plain(engine: &Engine, sound: u64, at: u64, out: *mut u64) -> bool {
    let Some(voice) = engine.control().glance_play(ids::glanced(sound), at) else {
        return false;
    };
    if !out.is_null() {
        // SAFETY: not NULL, the caller's promise.
        unsafe { out.write_unaligned(voice.0) };
    }
    true
}

#[inline]
fn play_options(said: &segue_play_options, at: u64) -> Answer<PlayOptions> {
    within("pitch_st", said.pitch_st, -36.0, 36.0, "-36..=36")?;
    Ok(PlayOptions {
        at,
        gain: gain("gain_db", said.gain_db)?,
        pan: within("pan", said.pan, -1.0, 1.0, "-1..=1")?,
        pitch: ratio(said.pitch_st),
        start: said.start,
        fade_in: said.fade_in,
        priority: priority(said.priority)?,
    })
}

/// 0 is the project's.
#[inline]
fn priority(said: u32) -> Answer<Option<u8>> {
    match u8::try_from(said) {
        Ok(0) => Ok(None),
        Ok(priority) if priority <= 100 => Ok(Some(priority)),
        _ => Err(Failure::range("priority", said, "0..=100")),
    }
}

/// What [`segue_voice_set`] sets.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum segue_voice_control {
    /// Gain in decibels, at most 24; -96 and below is silent.
    SEGUE_VOICE_GAIN_DB = 1,
    /// -1 left to 1 right.
    SEGUE_VOICE_PAN = 2,
    /// 0 mono, 1 as it is, 2 twice as wide.
    SEGUE_VOICE_WIDTH = 3,
    /// Semitones, -36..=36.
    SEGUE_VOICE_PITCH_ST = 4,
    /// 0 (first to go) to 100, whole. The ramp does not count.
    SEGUE_VOICE_PRIORITY = 5,
}

/// Moves a control of a voice (`SEGUE_VOICE_...`), reached after `ramp_s` seconds, 0..=3600. A voice that is over is no error. Allocates nothing. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `INVALID_ARGUMENT` for an unknown control or a value, `STALE_ID` for a voice that never was, `QUEUE_FULL`,
/// `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_voice_set(
    engine: *mut segue_engine,
    voice: u64,
    control: i32,
    value: f32,
    ramp_s: f64,
    at: u64,
) -> segue_status {
    use segue_voice_control as to;
    boundary_glance(
        "segue_voice_set",
        &ENGINES,
        engine as Handle,
        |engine| set_plain(engine, voice, control, value, ramp_s, at),
        move |engine| {
            let voice = ids::voice(voice)?;
            let ramp = frames(engine, "ramp_s", ramp_s)?;
            let is = |known: to| control == known as i32;
            if is(to::SEGUE_VOICE_GAIN_DB) {
                let gain = gain("value", value)?;
                steer(engine, voice, VoiceCommand::Gain { voice, gain, ramp }, at)
            } else if is(to::SEGUE_VOICE_PAN) {
                let pan = within("value", value, -1.0, 1.0, "-1..=1")?;
                steer(engine, voice, VoiceCommand::Pan { voice, pan, ramp }, at)
            } else if is(to::SEGUE_VOICE_WIDTH) {
                let width = within("value", value, 0.0, 2.0, "0..=2")?;
                steer(
                    engine,
                    voice,
                    VoiceCommand::Width { voice, width, ramp },
                    at,
                )
            } else if is(to::SEGUE_VOICE_PITCH_ST) {
                within("value", value, -36.0, 36.0, "-36..=36")?;
                let ratio = ratio(value);
                steer(
                    engine,
                    voice,
                    VoiceCommand::Pitch { voice, ratio, ramp },
                    at,
                )
            } else if is(to::SEGUE_VOICE_PRIORITY) {
                let priority = whole("value", value, 100)?;
                steer(
                    engine,
                    voice,
                    VoiceCommand::Priority { voice, priority },
                    at,
                )
            } else {
                Err(Failure::range(
                    "control",
                    control,
                    "1..=5 (SEGUE_VOICE_...)",
                ))
            }
        },
    )
}

/// Moves gain, pan or width of a voice, if that is what is to be moved and all is well.
#[inline(always)]
fn set_plain(engine: &Engine, voice: u64, control: i32, value: f32, ramp_s: f64, at: u64) -> bool {
    use segue_voice_control as to;
    let is = |known: to| control == known as i32;
    let Some(ramp) = glanced_frames(engine, ramp_s) else {
        return false;
    };
    // It knows which ids are those of voices.
    let voice = VoiceId(voice);
    let mut control = engine.control();
    if is(to::SEGUE_VOICE_GAIN_DB) {
        control.glance_voice_gain(at, voice, value, ramp)
    } else {
        let is_width = is(to::SEGUE_VOICE_WIDTH);
        let is_place = is_width || is(to::SEGUE_VOICE_PAN);
        is_place && control.glance_voice_place(at, voice, is_width, value, ramp)
    }
}

/// Sets both filters of a voice: cut-off of the low-pass and of the high-pass in hertz, 0..=192000; 0 opens one.
/// Allocates nothing. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: as [`segue_voice_set`]. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_voice_set_filter(
    engine: *mut segue_engine,
    voice: u64,
    low_pass_hz: f32,
    high_pass_hz: f32,
    at: u64,
) -> segue_status {
    boundary_on(
        "segue_voice_set_filter",
        &ENGINES,
        engine as Handle,
        |engine| {
            let voice = ids::voice(voice)?;
            let hertz =
                |name, value| within(name, value, 0.0, 192_000.0, "0..=192000 Hz, 0 for none");
            let command = VoiceCommand::Filter {
                voice,
                lpf_hz: hertz("low_pass_hz", low_pass_hz)?,
                hpf_hz: hertz("high_pass_hz", high_pass_hz)?,
            };
            steer(engine, voice, command, at)
        },
    )
}

/// Fades a voice out over `fade_s` seconds, 0..=3600, and ends it. One that is over is no error.
/// Allocates nothing. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `INVALID_ARGUMENT`, `STALE_ID` for a voice that never was, `QUEUE_FULL`, `STALE_HANDLE`,
/// `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_voice_stop(
    engine: *mut segue_engine,
    voice: u64,
    fade_s: f64,
    at: u64,
) -> segue_status {
    boundary_on("segue_voice_stop", &ENGINES, engine as Handle, |engine| {
        let voice = ids::voice(voice)?;
        let fade = frames(engine, "fade_s", fade_s)?;
        steer(engine, voice, VoiceCommand::Stop { voice, fade }, at)
    })
}

/// Fades a voice out and keeps its position (`on` 1), or goes on where it was (`on` 0), within `fade_s`
/// seconds, 0..=3600. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: as [`segue_voice_stop`]. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_voice_pause(
    engine: *mut segue_engine,
    voice: u64,
    on: u32,
    fade_s: f64,
    at: u64,
) -> segue_status {
    boundary_on("segue_voice_pause", &ENGINES, engine as Handle, |engine| {
        let voice = ids::voice(voice)?;
        let fade = frames(engine, "fade_s", fade_s)?;
        let command = match flag("on", on)? {
            false => VoiceCommand::Resume { voice, fade },
            true => VoiceCommand::Pause { voice, fade },
        };
        steer(engine, voice, command, at)
    })
}

/// Jumps to a frame of the sound, 0..=2^48, without a click. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: as [`segue_voice_stop`]. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_voice_seek(
    engine: *mut segue_engine,
    voice: u64,
    frame: u64,
    at: u64,
) -> segue_status {
    boundary_on("segue_voice_seek", &ENGINES, engine as Handle, |engine| {
        let voice = ids::voice(voice)?;
        steer(engine, voice, VoiceCommand::Seek { voice, frame }, at)
    })
}

/// Leaves the voice's loop at its end and plays the rest. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: as [`segue_voice_stop`]. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_voice_leave_loop(
    engine: *mut segue_engine,
    voice: u64,
    at: u64,
) -> segue_status {
    boundary_on(
        "segue_voice_leave_loop",
        &ENGINES,
        engine as Handle,
        |engine| {
            let voice = ids::voice(voice)?;
            steer(engine, voice, VoiceCommand::LeaveLoop { voice }, at)
        },
    )
}

/// Fades out every voice over `fade_s` seconds, 0..=3600. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: as [`segue_voice_stop`]. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_voice_stop_all(
    engine: *mut segue_engine,
    fade_s: f64,
    at: u64,
) -> segue_status {
    boundary_on(
        "segue_voice_stop_all",
        &ENGINES,
        engine as Handle,
        |engine| {
            let fade = frames(engine, "fade_s", fade_s)?;
            send(engine, VoiceCommand::StopAll { fade }, at)
        },
    )
}

/// A note of the project's key map: `velocity` above 0, up to 1, is a key that goes down, 0 one
/// that is let go. Keys 0..=127, channels 0..=15. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `INVALID_ARGUMENT`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
/// Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_note_send(
    engine: *mut segue_engine,
    channel: u32,
    key: u32,
    velocity: f32,
    at: u64,
) -> segue_status {
    boundary_on("segue_note_send", &ENGINES, engine as Handle, |engine| {
        let small = |name, value: u32, allowed, end| match u8::try_from(value) {
            Ok(narrow) if narrow < end => Ok(narrow),
            _ => Err(Failure::range(name, value, allowed)),
        };
        let channel = small("channel", channel, "0..=15", 16)?;
        let key = small("key", key, "0..=127", 128)?;
        within("velocity", velocity, 0.0, 1.0, "0..=1")?;
        let kind = if velocity > 0.0 {
            NoteKind::On
        } else {
            NoteKind::Off
        };
        let note = NoteEvent {
            kind,
            channel,
            key,
            velocity,
            note_id: -1,
            at,
        };
        engine.control().send_note(at, note)?;
        OK
    })
}

#[inline(always)]
fn send(engine: &Engine, command: VoiceCommand, at: u64) -> Answer<segue_status> {
    engine.control().send_voice(at, command)?;
    OK
}

/// The same to one voice, if there ever was one of this id: whether it still sounds, only the audio thread knows.
#[inline(always)]
fn steer(engine: &Engine, voice: VoiceId, command: VoiceCommand, at: u64) -> Answer<segue_status> {
    let mut control = engine.control();
    if !control.is_made(voice) {
        return Err(Failure::id("voice", voice.0));
    }
    control.send_voice(at, command)?;
    OK
}

/// Semitones as a playback rate; most calls ask for none.
#[inline]
fn ratio(semitones: f32) -> f64 {
    match semitones {
        0.0 => 1.0,
        semitones => (f64::from(semitones) / 12.0).exp2(),
    }
}

#[inline]
pub(crate) fn within(
    name: &'static str,
    value: f32,
    min: f32,
    max: f32,
    allowed: &'static str,
) -> Answer<f32> {
    match (min..=max).contains(&value) {
        true => Ok(value),
        false => Err(Failure::range(name, value, allowed)),
    }
}

/// Decibels as a linear gain: at most 24 dB, silent from -96 dB down.
#[inline]
pub(crate) fn gain(name: &'static str, db: f32) -> Answer<f32> {
    within(name, db, f32::NEG_INFINITY, 24.0, "..=24 dB")?;
    Ok(match db > -96.0 {
        true => facade::db_to_gain(db),
        false => 0.0,
    })
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a checked range"
)]
fn whole(name: &'static str, value: f32, max: u8) -> Answer<u8> {
    match (0.0..=f32::from(max)).contains(&value) && value.fract() == 0.0 {
        true => Ok(value as u8),
        false => Err(Failure::range(name, value, "0..=100, whole numbers")),
    }
}

/// Seconds, 0..=3600, as frames of an engine.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a checked range"
)]
#[inline]
pub(crate) fn frames(engine: &Engine, name: &'static str, seconds: f64) -> Answer<u32> {
    let frames = glanced_frames(engine, seconds);
    frames.ok_or_else(|| Failure::range(name, seconds, "0..=3600 seconds"))
}

/// The same; `None` for any other time.
#[inline(always)]
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a checked range"
)]
pub(crate) fn glanced_frames(engine: &Engine, seconds: f64) -> Option<u32> {
    if seconds == 0.0 {
        return Some(0);
    }
    let frames = || (seconds * f64::from(engine.shared.sample_rate()) + 0.5) as u32;
    (0.0..=3_600.0).contains(&seconds).then(frames)
}
