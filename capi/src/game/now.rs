//! What a game does right now: where its values stand, how loud its layers are.
//!
//! All of it is as of the last `segue_engine_dispatch` while `segue_engine_listen` was on.

use facade::game::Activity;
use facade::rt::game::{NameId, ObjectId};

use crate::boundary::{OK, boundary_glance, boundary_on};
use crate::engine::{ENGINES, Engine, segue_engine};
use crate::handle::Handle;
use crate::memory::{Record, glanced, needed, put, put_records};
use crate::status::{Answer, Failure, SEGUE_STATUS_NOTHING, segue_status};

/// The adaptive context and level, as of the last `segue_engine_dispatch` while `segue_engine_listen` was on.
/// `[thread-safe]`
///
/// Ownership: `out_context` and `out_level` are the caller's; each may be NULL.
/// Errors: `NOTHING` before a context or level was told, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
/// Since 0.1.
///
/// # Safety
/// `out_context` is NULL or a `uint64_t`; `out_level` is NULL or a `uint32_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_level_get(
    engine: *mut segue_engine,
    out_context: *mut u64,
    out_level: *mut u32,
) -> segue_status {
    boundary_glance(
        "segue_level_get",
        &ENGINES,
        engine as Handle,
        // SAFETY: the caller's promise.
        |engine| unsafe { level_now(engine, out_context, out_level) },
        |engine| {
            let (context, level) = told(engine, |now| now.level)?;
            // SAFETY: not NULL, the caller's promise.
            unsafe {
                if !out_context.is_null() {
                    put("out_context", out_context, context.0)?;
                }
                if !out_level.is_null() {
                    put("out_level", out_level, u32::from(level))?;
                }
            }
            OK
        },
    )
}

/// Where an RTPC goes that was set for everybody (object 0) or an object, as of the last `segue_engine_dispatch` while
/// `segue_engine_listen` was on. `[thread-safe]`
///
/// Ownership: `out_value` is the caller's.
/// Errors: `NOTHING` for one that was not told, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_value` is NULL or a `float`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_rtpc_get(
    engine: *mut segue_engine,
    rtpc: u64,
    object: u64,
    out_value: *mut f32,
) -> segue_status {
    boundary_glance(
        "segue_rtpc_get",
        &ENGINES,
        engine as Handle,
        // SAFETY: the caller's promise.
        |engine| unsafe { glanced(out_value, rtpc_now(engine, rtpc, object)) },
        |engine| {
            needed("out_value", out_value)?;
            let value = told(engine, |now| {
                now.rtpcs.get(&(NameId(rtpc), ObjectId(object))).copied()
            })?;
            // SAFETY: checked above, the caller's promise.
            unsafe { put("out_value", out_value, value) }?;
            OK
        },
    )
}

/// The value of a state group that was set, 0 for `none`, as of the last `segue_engine_dispatch` while
/// `segue_engine_listen` was on. `[thread-safe]`
///
/// Ownership: `out_value` is the caller's.
/// Errors: `NOTHING` for one that was not told, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_value` is NULL or a `uint64_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_state_get(
    engine: *mut segue_engine,
    group: u64,
    out_value: *mut u64,
) -> segue_status {
    boundary_glance(
        "segue_state_get",
        &ENGINES,
        engine as Handle,
        // SAFETY: the caller's promise.
        |engine| unsafe { glanced(out_value, state_now(engine, group)) },
        |engine| {
            needed("out_value", out_value)?;
            let value = told(engine, |now| now.states.get(&NameId(group)).copied())?;
            // SAFETY: checked above, the caller's promise.
            unsafe { put("out_value", out_value, value.0) }?;
            OK
        },
    )
}

/// The value of a switch group that was set on an object (0: for everybody without a value of its own),
/// as of the last `segue_engine_dispatch` while
/// `segue_engine_listen` was on. `[thread-safe]`
///
/// Ownership: `out_value` is the caller's.
/// Errors: `NOTHING` for one that was not told, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_value` is NULL or a `uint64_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_switch_get(
    engine: *mut segue_engine,
    group: u64,
    object: u64,
    out_value: *mut u64,
) -> segue_status {
    boundary_glance(
        "segue_switch_get",
        &ENGINES,
        engine as Handle,
        // SAFETY: the caller's promise.
        |engine| unsafe { glanced(out_value, switch_now(engine, group, object)) },
        |engine| {
            needed("out_value", out_value)?;
            let value = told(engine, |now| {
                now.switches
                    .get(&(NameId(group), ObjectId(object)))
                    .copied()
            })?;
            // SAFETY: checked above, the caller's promise.
            unsafe { put("out_value", out_value, value.0) }?;
            OK
        },
    )
}

/// An adaptive layer of the context that is heard.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_layer_info {
    /// `sizeof(segue_layer_info)`.
    pub struct_size: u32,
    /// Its volume, linear: 0 silent, 1 as it was recorded.
    pub gain: f32,
    /// The volume that its level wants of it, linear.
    pub target: f32,
    /// 0; so that the size is a multiple of 8.
    pub reserved: u32,
    /// What it plays, as a name's id.
    pub layer: u64,
    /// The context it belongs to.
    pub context: u64,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_layer_info {
    const NAME: &'static str = "segue_layer_info";
}

/// The adaptive layers and how loud each is, as of the last `segue_engine_dispatch` while
/// `segue_engine_listen` was on;
/// none before. They are told every 10 ms while they move (`SEGUE_EVENT_LAYER`). `[thread-safe]`
///
/// Ownership: `layers` holds `capacity` structs of the caller, the first with its `struct_size` set; NULL with 0
/// asks for the length only.
/// Errors: `BUFFER_TOO_SMALL`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `layers` is NULL or `capacity` structs of `struct_size` bytes; `length` is NULL or a `size_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_engine_get_layers(
    engine: *mut segue_engine,
    layers: *mut segue_layer_info,
    capacity: usize,
    length: *mut usize,
) -> segue_status {
    boundary_on(
        "segue_engine_get_layers",
        &ENGINES,
        engine as Handle,
        |engine| {
            let rows = engine.with(|control| {
                let now = control.activity();
                let row = |(layer, [gain, target]): (&NameId, &[f32; 2])| segue_layer_info {
                    struct_size: 0,
                    gain: *gain,
                    target: *target,
                    reserved: 0,
                    layer: layer.0,
                    context: now.layers_of.0,
                };
                Ok(now.layers.iter().map(row).collect::<Vec<_>>())
            })?;
            // SAFETY: the caller's promise.
            unsafe { put_records("layers", layers, capacity, length, &rows) }?;
            OK
        },
    )
}

/// A rule of ducking that is active.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_duck_info {
    /// `sizeof(segue_duck_info)`.
    pub struct_size: u32,
    /// By how much it ducks, decibels.
    pub gain_db: f32,
    /// The rule, as a name's id.
    pub duck: u64,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_duck_info {
    const NAME: &'static str = "segue_duck_info";
}

/// The rules of ducking that are active, as of the last `segue_engine_dispatch` while
/// `segue_engine_listen` was on;
/// none before. `[thread-safe]`
///
/// Ownership: `ducks` holds `capacity` structs of the caller, the first with its `struct_size` set; NULL with 0
/// asks for the length only.
/// Errors: `BUFFER_TOO_SMALL`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `ducks` is NULL or `capacity` structs of `struct_size` bytes; `length` is NULL or a `size_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_engine_get_ducks(
    engine: *mut segue_engine,
    ducks: *mut segue_duck_info,
    capacity: usize,
    length: *mut usize,
) -> segue_status {
    boundary_on(
        "segue_engine_get_ducks",
        &ENGINES,
        engine as Handle,
        |engine| {
            let rows = engine.with(|control| {
                let now = control.activity();
                let row = |(duck, gain_db): (&NameId, &f32)| segue_duck_info {
                    struct_size: 0,
                    gain_db: *gain_db,
                    duck: duck.0,
                };
                Ok(now.ducks.iter().map(row).collect::<Vec<_>>())
            })?;
            // SAFETY: the caller's promise.
            unsafe { put_records("ducks", ducks, capacity, length, &rows) }?;
            OK
        },
    )
}

/// What events have told.
fn told<T>(engine: &Engine, look: impl FnOnce(&Activity) -> Option<T>) -> Answer<T> {
    engine.with(|control| {
        look(control.activity()).ok_or_else(|| {
            let text = "nothing was told of it; listen, set it, render and dispatch first";
            Failure::plain(SEGUE_STATUS_NOTHING, text)
        })
    })
}

/// # Safety
/// `out_context` is NULL or a `uint64_t`; `out_level` is NULL or a `uint32_t`.
#[inline(always)]
unsafe fn level_now(engine: &Engine, out_context: *mut u64, out_level: *mut u32) -> bool {
    let Some((context, level)) = engine.control().activity().level else {
        return false;
    };
    // Either may be NULL, and the other is written all the same.
    // SAFETY: the caller's promise.
    unsafe {
        glanced(out_context, Some(context.0));
        glanced(out_level, Some(u32::from(level)));
    }
    true
}

#[inline(always)]
fn rtpc_now(engine: &Engine, rtpc: u64, object: u64) -> Option<f32> {
    let place = (NameId(rtpc), ObjectId(object));
    engine.control().activity().rtpcs.get(&place).copied()
}

#[inline(always)]
fn state_now(engine: &Engine, group: u64) -> Option<u64> {
    let control = engine.control();
    let value = control.activity().states.get(&NameId(group));
    value.map(|value| value.0)
}

#[inline(always)]
fn switch_now(engine: &Engine, group: u64, object: u64) -> Option<u64> {
    let control = engine.control();
    let place = (NameId(group), ObjectId(object));
    let value = control.activity().switches.get(&place);
    value.map(|value| value.0)
}
