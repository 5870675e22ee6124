//! The interactive engine: events, objects, RTPCs, states, switches, containers, adaptive layers.
//!
//! Names are looked up once (`segue_name_find`) and are ids from then on. An id stays the same when
//! the project is loaded again; one that the project lost is `STALE_ID`.

pub mod counts;
pub mod music;
pub mod now;
pub mod values;

use std::ffi::c_char;

use facade::game::{Call, NameKind, object_id};
use facade::rt::game::{GameCall, NameId, ObjectId, PlayingId};
use serde_json::json;

use crate::boundary::{OK, boundary_on};
use crate::engine::load::document;
use crate::engine::{ENGINES, Engine, segue_engine};
use crate::handle::Handle;
use crate::memory::buffer::{give, segue_buffer};
use crate::memory::{
    MAX_DOCUMENT, Record, config, flag, needed, put, put_text, take_name, take_text,
};
use crate::status::{Answer, Failure, SEGUE_STATUS_INVALID_DOCUMENT, segue_status};
use crate::voices::{frames, gain, within};

/// What a name of a project is the name of.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum segue_name_kind {
    /// An event.
    SEGUE_NAME_EVENT = 1,
    /// An RTPC.
    SEGUE_NAME_RTPC = 2,
    /// A state group.
    SEGUE_NAME_STATE_GROUP = 3,
    /// A switch group.
    SEGUE_NAME_SWITCH_GROUP = 4,
    /// A value of a state or switch group; `none` is 0.
    SEGUE_NAME_VALUE = 5,
    /// An adaptive signal.
    SEGUE_NAME_SIGNAL = 6,
    /// An adaptive context.
    SEGUE_NAME_CONTEXT = 7,
    /// A stinger.
    SEGUE_NAME_STINGER = 8,
    /// A container.
    SEGUE_NAME_CONTAINER = 9,
}

const KINDS: [NameKind; 9] = [
    NameKind::Event,
    NameKind::Rtpc,
    NameKind::StateGroup,
    NameKind::SwitchGroup,
    NameKind::Value,
    NameKind::Signal,
    NameKind::Context,
    NameKind::Stinger,
    NameKind::Container,
];

/// The id of a name (`kind` is one of `SEGUE_NAME_...`). `[thread-safe]`
///
/// Sizes: `name` at most 1,024 bytes.
/// Ownership: `out_id` is the caller's.
/// Errors: `UNKNOWN_NAME` with the nearest one, `INVALID_ARGUMENT` for the kind, `INVALID_UTF8`,
/// `LIMIT_EXCEEDED`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `name` is NULL or `name_length` bytes; `out_id` is NULL or a `uint64_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_name_find(
    engine: *mut segue_engine,
    kind: i32,
    name: *const c_char,
    name_length: usize,
    out_id: *mut u64,
) -> segue_status {
    boundary_on("segue_name_find", &ENGINES, engine as Handle, |engine| {
        needed("out_id", out_id)?;
        let place = usize::try_from(kind.wrapping_sub(1)).ok();
        let found = place.and_then(|place| KINDS.get(place).copied());
        let kind = found.ok_or_else(|| Failure::range("kind", kind, "1..=9 (SEGUE_NAME_...)"))?;
        // SAFETY: the caller's promise.
        let name = unsafe { take_name("name", name, name_length) }?;
        let id = engine.with(|control| Ok(control.find_name(kind, name)?))?;
        // SAFETY: checked above, the caller's promise.
        unsafe { put("out_id", out_id, id.0) }?;
        OK
    })
}

/// The text of a name's id, for events; empty for one the project does not have. Not NUL-terminated.
/// `[thread-safe]`
///
/// Ownership: `text` holds `capacity` bytes of the caller; NULL with 0 asks for the length only.
/// Errors: `BUFFER_TOO_SMALL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `text` is NULL or `capacity` bytes; `length` is NULL or a `size_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_name_get_text(
    engine: *mut segue_engine,
    id: u64,
    text: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> segue_status {
    boundary_on(
        "segue_name_get_text",
        &ENGINES,
        engine as Handle,
        |engine| {
            engine.with(|control| {
                let found = control.game_names().text(NameId(id)).unwrap_or("");
                // SAFETY: the caller's promise.
                unsafe { put_text(text, capacity, length, found) }
            })?;
            OK
        },
    )
}

/// Everything the project knows by name, as a JSON object: `events`, `rtpcs` (`name`, `min`, `max`), `states`
/// and `switches` (`name`, `values`), `signals`, `contexts`, `stingers`, `containers`, `macros`.
/// `[thread-safe]`
///
/// Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
/// Errors: `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_engine_get_names(
    engine: *mut segue_engine,
    out_document: *mut segue_buffer,
) -> segue_status {
    boundary_on(
        "segue_engine_get_names",
        &ENGINES,
        engine as Handle,
        |engine| {
            needed("out_document", out_document)?;
            let names = engine.with(|control| Ok(control.game_names().clone()))?;
            let group =
                |(name, values): &(String, Vec<String>)| json!({ "name": name, "values": values });
            let rtpc = |(name, [min, max]): &(String, [f32; 2])| json!({ "name": name, "min": min, "max": max });
            let value = json!({
                "events": names.events,
                "rtpcs": names.rtpcs.iter().map(rtpc).collect::<Vec<_>>(),
                "states": names.states.iter().map(group).collect::<Vec<_>>(),
                "switches": names.switches.iter().map(group).collect::<Vec<_>>(),
                "signals": names.signals,
                "contexts": names.contexts,
                "stingers": names.stingers,
                "containers": names.containers,
                "macros": names.macros,
            });
            // SAFETY: checked above, the caller's promise.
            unsafe { give("out_document", out_document, document(&value)?) }?;
            OK
        },
    )
}

/// A game object. All 0 is in the middle, as wide as it is.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_object_options {
    /// `sizeof(segue_object_options)`.
    pub struct_size: u32,
    /// 1: what it plays goes on when it is removed; 0: it ends within 20 ms.
    pub detach: u32,
    /// -1 left to 1 right.
    pub pan: f32,
    /// Added to the width of 1 of what it plays: -1 mono, 0 as it is, 1 twice as wide.
    pub widen: f32,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_object_options {
    const NAME: &'static str = "segue_object_options";
}

/// Makes a game object of this name, or moves the one that is there. `options` may be NULL. The
/// object 0 is the global one, which is always there. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Sizes: `name` at most 1,024 bytes.
/// Ownership: `out_object` is the caller's; [`segue_object_remove`] ends the object.
/// Errors: `INVALID_ARGUMENT` for an empty name or a value, `INVALID_UTF8`, `LIMIT_EXCEEDED`,
/// `STRUCT_SIZE`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `name` is NULL or `name_length` bytes; `options` is NULL or a struct of `struct_size` bytes;
/// `out_object` is NULL or a `uint64_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_object_add(
    engine: *mut segue_engine,
    name: *const c_char,
    name_length: usize,
    options: *const segue_object_options,
    at: u64,
    out_object: *mut u64,
) -> segue_status {
    boundary_on("segue_object_add", &ENGINES, engine as Handle, |engine| {
        needed("out_object", out_object)?;
        // SAFETY: the caller's promise.
        let object = unsafe { take_name("name", name, name_length) }?;
        // SAFETY: the caller's promise.
        let options = unsafe { config(options) }?;
        let call = Call::Register {
            object: object.to_owned(),
            pan: Some(within("pan", options.pan, -1.0, 1.0, "-1..=1")?),
            width: Some(1.0 + within("widen", options.widen, -1.0, 1.0, "-1..=1")?),
            detach: Some(flag("detach", options.detach)?),
        };
        engine.with(|control| Ok(control.call(&call, at)?))?;
        // SAFETY: checked above, the caller's promise.
        unsafe { put("out_object", out_object, object_id(object).0) }?;
        OK
    })
}

/// Ends a game object. Its id is that of its name: an object that is made anew under the name has it again.
/// `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: the id is stale afterwards.
/// Errors: `STALE_ID`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_object_remove(
    engine: *mut segue_engine,
    object: u64,
    at: u64,
) -> segue_status {
    boundary_on(
        "segue_object_remove",
        &ENGINES,
        engine as Handle,
        |engine| {
            engine.with(|control| Ok(control.unregister_id(ObjectId(object), at)?))?;
            OK
        },
    )
}

/// Places one emitter of an object, 0..=7: `pan` -1..=1 is added to the object's, `width` 0..=2 times the
/// object's. Allocates nothing. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `STALE_ID`, `INVALID_ARGUMENT`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`,
/// `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_object_place(
    engine: *mut segue_engine,
    object: u64,
    emitter: u32,
    pan: f32,
    width: f32,
    at: u64,
) -> segue_status {
    boundary_on("segue_object_place", &ENGINES, engine as Handle, |engine| {
        let call = GameCall::Place {
            object: ObjectId(object),
            emitter: narrow("emitter", emitter, "0..=7")?,
            pan,
            width,
        };
        send(engine, &call, at)
    })
}

/// How an event is posted. All 0 is as the project says.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_post_options {
    /// `sizeof(segue_post_options)`.
    pub struct_size: u32,
    /// Which emitter of the object, 0..=7.
    pub emitter: u32,
    /// Of all that it plays, in decibels, at most 24; -96 and below is silent.
    pub gain_db: f32,
    /// 0; so that the size is a multiple of 8.
    pub reserved: u32,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_post_options {
    const NAME: &'static str = "segue_post_options";
    const RESERVED: Option<usize> = Some(std::mem::offset_of!(segue_post_options, reserved));
}

/// Posts an event on an object (0: the global one) at the absolute frame `at` (0: at once). `options`
/// may be NULL. Allocates nothing. `[thread-safe]`
///
/// Ownership: `out_playing`, which may be NULL, gets the id of what it plays; never used again.
/// Errors: `STALE_ID` for the event or the object, `INVALID_ARGUMENT`, `STRUCT_SIZE`, `QUEUE_FULL`,
/// `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `options` is NULL or a struct of `struct_size` bytes; `out_playing` is NULL or a `uint64_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_event_post(
    engine: *mut segue_engine,
    event: u64,
    object: u64,
    options: *const segue_post_options,
    at: u64,
    out_playing: *mut u64,
) -> segue_status {
    boundary_on("segue_event_post", &ENGINES, engine as Handle, |engine| {
        let (event, object) = (NameId(event), ObjectId(object));
        let (emitter, gain) = match options.is_null() {
            true => (0, 1.0),
            // SAFETY: the caller's promise.
            false => posted(&unsafe { config(options) }?)?,
        };
        let playing = engine.control().post_id(event, object, emitter, gain, at)?;
        if !out_playing.is_null() {
            // SAFETY: not NULL, the caller's promise.
            unsafe { put("out_playing", out_playing, playing.0) }?;
        }
        OK
    })
}

/// Emitter and linear gain.
fn posted(options: &segue_post_options) -> Answer<(u8, f32)> {
    let emitter = narrow("emitter", options.emitter, "0..=7")?;
    Ok((emitter, gain("gain_db", options.gain_db)?))
}

/// Fades out what a post plays over `fade_s` seconds, 0..=3600. One that is over is no error. Allocates
/// nothing. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `STALE_ID` for an id that was never given, `INVALID_ARGUMENT`, `QUEUE_FULL`,
/// `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_playing_stop(
    engine: *mut segue_engine,
    playing: u64,
    fade_s: f64,
    at: u64,
) -> segue_status {
    boundary_on("segue_playing_stop", &ENGINES, engine as Handle, |engine| {
        let call = GameCall::StopPlaying {
            playing: one(playing)?,
            fade: frames(engine, "fade_s", fade_s)?,
        };
        send(engine, &call, at)
    })
}

/// Pauses what a post plays (`on` 1), or goes on with it (0), within `fade_s` seconds, 0..=3600.
/// `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: as [`segue_playing_stop`]. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_playing_pause(
    engine: *mut segue_engine,
    playing: u64,
    on: u32,
    fade_s: f64,
    at: u64,
) -> segue_status {
    boundary_on(
        "segue_playing_pause",
        &ENGINES,
        engine as Handle,
        |engine| {
            let call = GameCall::PausePlaying {
                playing: one(playing)?,
                on: flag("on", on)?,
                fade: frames(engine, "fade_s", fade_s)?,
            };
            send(engine, &call, at)
        },
    )
}

/// Fades out everything on an object over `fade_s` seconds, 0..=3600; on object 0: everything.
/// `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `STALE_ID`, `INVALID_ARGUMENT`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`,
/// `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_object_stop_all(
    engine: *mut segue_engine,
    object: u64,
    fade_s: f64,
    at: u64,
) -> segue_status {
    boundary_on(
        "segue_object_stop_all",
        &ENGINES,
        engine as Handle,
        |engine| {
            let call = GameCall::StopAll {
                object: ObjectId(object),
                fade: frames(engine, "fade_s", fade_s)?,
            };
            send(engine, &call, at)
        },
    )
}

/// Carries out one line of a scene, such as `post door_open on hero` (docs/scene.md), without its time: for
/// consoles and scripts. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Sizes: `line` at most 64 MiB.
/// Ownership: `line` stays the caller's.
/// Errors: `INVALID_DOCUMENT` for a line that cannot be read, or has a time or a repetition, `UNKNOWN_NAME`, `INVALID_ARGUMENT`,
/// `INVALID_UTF8`, `LIMIT_EXCEEDED`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
/// Since 0.1.
///
/// # Safety
/// `line` is NULL or `line_length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_call_line(
    engine: *mut segue_engine,
    line: *const c_char,
    line_length: usize,
    at: u64,
) -> segue_status {
    boundary_on("segue_call_line", &ENGINES, engine as Handle, |engine| {
        // SAFETY: the caller's promise.
        let line = unsafe { take_text("line", line, line_length, MAX_DOCUMENT) }?;
        let wrong = |reason: String| {
            Failure::text(SEGUE_STATUS_INVALID_DOCUMENT, format!("line: {reason}"))
        };
        let parsed = facade::scene::Line::parse(line).map_err(wrong)?;
        let Some(parsed) = parsed else { return OK };
        if parsed.when.is_some() || parsed.repeat.is_some() {
            let reason =
                "it has a time or a repetition; give the time as `at`, and call again".to_owned();
            return Err(wrong(reason));
        }
        let Some(call) = parsed.call else { return OK };
        engine.with(|control| Ok(control.call(&call, at)?))?;
        OK
    })
}

#[inline(always)]
fn send(engine: &Engine, call: &GameCall, at: u64) -> Answer<segue_status> {
    engine.control().game_call(call, at)?;
    OK
}

#[inline]
fn narrow(name: &'static str, value: u32, allowed: &'static str) -> Answer<u8> {
    u8::try_from(value).map_err(|_| Failure::range(name, value, allowed))
}

/// One post, not all of them.
#[inline]
fn one(playing: u64) -> Answer<PlayingId> {
    match playing {
        0 => Err(Failure::another("playing", "post", 0)),
        id => Ok(PlayingId(id)),
    }
}
