//! Inserts and their parameters.

use std::ffi::c_char;

use facade::rt::command::MixerCommand;
use facade::rt::ids::{InsertId, kind};
use facade::{Edit, inserts};
use serde_json::json;

use super::edit;
use crate::boundary::{OK, boundary, boundary_glance, boundary_on};
use crate::engine::load::document;
use crate::engine::{ENGINES, Engine, segue_engine};
use crate::handle::Handle;
use crate::ids;
use crate::memory::buffer::{give, segue_buffer};
use crate::memory::{
    MAX_NAME, flag, glanced, needed, needed_array, put, put_values, take_name, take_text,
};
use crate::status::{
    Answer, Failure, SEGUE_STATUS_DEFERRED, SEGUE_STATUS_INVALID_ARGUMENT,
    SEGUE_STATUS_UNKNOWN_NAME, segue_status,
};
use crate::voices::within;

/// Every kind of insert with its parameters, as JSON: a list of `kind`, `name`, and `params` with `id`,
/// `unit`, `min`, `max`, `default`, `structural` (only read when the insert is made). The place of a
/// parameter in its list is its number. `[thread-safe]`
///
/// Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
/// Errors: `NULL_POINTER`. Since 0.1.
///
/// # Safety
/// `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_get_insert_kinds(out_document: *mut segue_buffer) -> segue_status {
    boundary("segue_get_insert_kinds", || {
        needed("out_document", out_document)?;
        let param = |row: &inserts::ParamInfo| {
            json!({
                "id": row.id,
                "unit": row.unit,
                "min": row.min,
                "max": row.max,
                "default": row.default,
                "structural": row.structural,
            })
        };
        let kind = |info: &inserts::ProcessorInfo| {
            let params: Vec<_> = info.params.iter().map(param).collect();
            json!({ "kind": info.id, "name": info.name, "params": params })
        };
        let kinds: Vec<_> = inserts::INSERTS.iter().map(kind).collect();
        // SAFETY: checked above, the caller's promise.
        unsafe { give("out_document", out_document, document(&json!(kinds))?) }?;
        OK
    })
}

/// The insert of this name on a bus of the project. `[thread-safe]`
///
/// Sizes: `bus_name` at most 1,024 bytes, `name` at most 1,024 bytes.
/// Ownership: `out_insert` is the caller's.
/// Errors: `INVALID_ARGUMENT` for an empty name;
/// `UNKNOWN_NAME`, `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`, `NULL_POINTER`,
/// `POISONED`. Since 0.1.
///
/// # Safety
/// `bus_name` and `name` are NULL or as many bytes as their lengths say; `out_insert` is NULL or
/// a `uint64_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_insert_find(
    engine: *mut segue_engine,
    bus_name: *const c_char,
    bus_name_length: usize,
    name: *const c_char,
    name_length: usize,
    out_insert: *mut u64,
) -> segue_status {
    boundary_on("segue_insert_find", &ENGINES, engine as Handle, |engine| {
        needed("out_insert", out_insert)?;
        // SAFETY: the caller's promise.
        let bus = unsafe { take_name("bus_name", bus_name, bus_name_length) }?;
        // SAFETY: the caller's promise.
        let name = unsafe { take_name("name", name, name_length) }?;
        let Some(insert) = engine.with(|control| Ok(control.insert(bus, name)))? else {
            let text = format!("there is no insert called {name:?} on the bus {bus:?}");
            return Err(Failure::text(SEGUE_STATUS_UNKNOWN_NAME, text));
        };
        // SAFETY: checked above, the caller's promise.
        unsafe { put("out_insert", out_insert, ids::given(insert)) }?;
        OK
    })
}

/// Adds an insert of a kind (`segue_get_insert_kinds`) at a place in the chain of a bus, 0 first, with a
/// preset of that kind (`segue_get_insert_presets`), or with its defaults (NULL and 0). Heard after
/// `segue_mixer_commit`. `[thread-safe]`
///
/// Sizes: `kind` at most 1,024 bytes, `preset` at most 1,024 bytes.
/// Ownership: `out_insert` is the caller's; [`segue_insert_remove`] ends it.
/// Errors: `STALE_ID` for the bus, `UNKNOWN_NAME` for the kind or the preset, `INVALID_ARGUMENT` for the place,
/// `LIMIT_EXCEEDED`, `INVALID_UTF8`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `kind` is NULL or `kind_length` bytes, `preset` NULL or `preset_length` bytes; `out_insert` is NULL or a
/// `uint64_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_insert_add(
    engine: *mut segue_engine,
    bus: u64,
    position: u32,
    kind: *const c_char,
    kind_length: usize,
    preset: *const c_char,
    preset_length: usize,
    out_insert: *mut u64,
) -> segue_status {
    boundary_on("segue_insert_add", &ENGINES, engine as Handle, |engine| {
        needed("out_insert", out_insert)?;
        // SAFETY: the caller's promise.
        let kind = unsafe { take_name("kind", kind, kind_length) }?;
        // SAFETY: the caller's promise.
        let preset = unsafe { take_text("preset", preset, preset_length, MAX_NAME) }?;
        let values: Vec<(&str, f64)> = match (preset, inserts::insert(kind)) {
            // What is wrong with the kind, adding it says.
            ("", _) | (_, None) => Vec::new(),
            (name, Some(_)) => {
                let values = inserts::preset(kind, name)?.iter();
                values.map(|(id, value)| (*id, f64::from(*value))).collect()
            }
        };
        let (bus, position) = (ids::taken::<kind::Bus>("bus", bus)?, position as usize);
        let insert =
            engine.with(|control| Ok(control.add_insert(bus, position, kind, &values)?))?;
        // SAFETY: checked above, the caller's promise.
        unsafe { put("out_insert", out_insert, ids::given(insert)) }?;
        Ok(SEGUE_STATUS_DEFERRED)
    })
}

/// Removes an insert. Heard after `segue_mixer_commit`. `[thread-safe]`
///
/// Ownership: the id is stale afterwards.
/// Errors: `STALE_ID`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_insert_remove(
    engine: *mut segue_engine,
    insert: u64,
) -> segue_status {
    boundary_on(
        "segue_insert_remove",
        &ENGINES,
        engine as Handle,
        |engine| {
            let insert = ids::taken::<kind::Insert>("insert", insert)?;
            edit(engine, Edit::RemoveInsert { insert })
        },
    )
}

/// Moves an insert within its chain, 0 first. Heard after `segue_mixer_commit`. `[thread-safe]`
///
/// Ownership: none.
/// Errors: `STALE_ID`, `INVALID_ARGUMENT` for the place, `STALE_HANDLE`, `NULL_POINTER`,
/// `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_insert_move(
    engine: *mut segue_engine,
    insert: u64,
    position: u32,
) -> segue_status {
    boundary_on("segue_insert_move", &ENGINES, engine as Handle, |engine| {
        let insert = ids::taken::<kind::Insert>("insert", insert)?;
        let position = position as usize;
        edit(engine, Edit::MoveInsert { insert, position })
    })
}

/// Keys an insert by another bus, or by its own signal (`key` 0). Heard after `segue_mixer_commit`.
/// `[thread-safe]`
///
/// Ownership: none.
/// Errors: `STALE_ID`, `INVALID_ARGUMENT` for a circle, which the text names, `STALE_HANDLE`,
/// `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_insert_set_key(
    engine: *mut segue_engine,
    insert: u64,
    key: u64,
) -> segue_status {
    boundary_on(
        "segue_insert_set_key",
        &ENGINES,
        engine as Handle,
        |engine| {
            let insert = ids::taken::<kind::Insert>("insert", insert)?;
            let key = match key {
                0 => None,
                key => Some(ids::taken::<kind::Bus>("key", key)?),
            };
            edit(engine, Edit::SetKey { insert, key })
        },
    )
}

/// Sets a parameter of an insert by its number (`segue_get_insert_kinds`), in its unit. Allocates nothing.
/// `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `STALE_ID`, `INVALID_ARGUMENT` for the number or the value, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_insert_set_param(
    engine: *mut segue_engine,
    insert: u64,
    param: u32,
    value: f32,
    at: u64,
) -> segue_status {
    boundary_glance(
        "segue_insert_set_param",
        &ENGINES,
        engine as Handle,
        |engine| set_param(engine, insert, param, value, at),
        move |engine| {
            // One above is beyond every insert.
            let given = param;
            let param = u16::try_from(given).unwrap_or(u16::MAX);
            let insert = ids::taken::<kind::Insert>("insert", insert)?;
            let command = MixerCommand::InsertParam {
                insert,
                param,
                value,
            };
            send(engine, insert, command, at).map_err(|failure| match failure.argument_of() {
                Some("param") => beyond(engine, insert, given).unwrap_or(failure),
                _ => failure,
            })
        },
    )
}

/// A parameter that the insert does not have.
fn beyond(engine: &Engine, insert: InsertId, param: u32) -> Option<Failure> {
    let count = engine.with(|control| Ok(control.insert_values(insert)?.params.len()));
    let last = count.ok()?.checked_sub(1)?;
    let text = format!(
        "param {param} is not in 0..={last}, the parameters of this insert; \
         segue_get_insert_kinds lists them"
    );
    Some(Failure::text(SEGUE_STATUS_INVALID_ARGUMENT, text))
}

/// The parameters of an insert as they were last set, in their units, by their numbers
/// (`segue_get_insert_kinds`); also those that were set for a frame that is still to come, and without what
/// RTPCs add. `[thread-safe]`
///
/// Ownership: `values` holds `capacity` floats of the caller; NULL with 0 asks for the length only.
/// Errors: `STALE_ID`, `BUFFER_TOO_SMALL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `values` is NULL or `capacity` floats; `length` is NULL or a `size_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_insert_get_params(
    engine: *mut segue_engine,
    insert: u64,
    values: *mut f32,
    capacity: usize,
    length: *mut usize,
) -> segue_status {
    boundary_on(
        "segue_insert_get_params",
        &ENGINES,
        engine as Handle,
        |engine| {
            needed_array("values", values, capacity, length)?;
            engine.with(|control| {
                let found = control.insert_values(ids::taken::<kind::Insert>("insert", insert)?)?;
                // SAFETY: the caller's promise.
                unsafe { put_values("values", values, capacity, length, &found.params) }
            })?;
            OK
        },
    )
}

/// Sets every parameter of an insert to what a preset of its kind says (`segue_get_insert_presets`), or to its
/// default; mix and bypass stay. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Sizes: `preset` at most 1,024 bytes.
/// Ownership: the text stays the caller's.
/// Errors: `STALE_ID`, `UNKNOWN_NAME` for the preset, with the nearest one, `INVALID_ARGUMENT` when it needs
/// another value of a `structural` parameter: add a new insert with the preset; `QUEUE_FULL` while there is no
/// room for all of them; then nothing has changed. `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`,
/// `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `preset` is NULL or `preset_length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_insert_apply_preset(
    engine: *mut segue_engine,
    insert: u64,
    preset: *const c_char,
    preset_length: usize,
    at: u64,
) -> segue_status {
    boundary_on(
        "segue_insert_apply_preset",
        &ENGINES,
        engine as Handle,
        |engine| {
            // SAFETY: the caller's promise.
            let preset = unsafe { take_name("preset", preset, preset_length) }?;
            let insert = ids::taken::<kind::Insert>("insert", insert)?;
            engine.with(|control| Ok(control.apply_preset(insert, preset, at)?))?;
            OK
        },
    )
}

/// Moves the wet share of an insert, 0 dry to 1 wet. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `INVALID_ARGUMENT`, `STALE_ID`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`,
/// `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_insert_set_mix(
    engine: *mut segue_engine,
    insert: u64,
    mix: f32,
    at: u64,
) -> segue_status {
    boundary_glance(
        "segue_insert_set_mix",
        &ENGINES,
        engine as Handle,
        |engine| set_mix(engine, insert, mix, at),
        |engine| {
            let insert = ids::taken::<kind::Insert>("insert", insert)?;
            let mix = within("mix", mix, 0.0, 1.0, "0..=1")?;
            send(engine, insert, MixerCommand::InsertMix { insert, mix }, at)
        },
    )
}

/// Bypasses an insert (`on` 1) without a click and without changing the latency, or not (0).
/// `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `STALE_ID`, `INVALID_ARGUMENT`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_insert_set_bypass(
    engine: *mut segue_engine,
    insert: u64,
    on: u32,
    at: u64,
) -> segue_status {
    boundary_glance(
        "segue_insert_set_bypass",
        &ENGINES,
        engine as Handle,
        |engine| set_bypass(engine, insert, on, at),
        |engine| {
            let insert = ids::taken::<kind::Insert>("insert", insert)?;
            let on = flag("on", on)?;
            send(
                engine,
                insert,
                MixerCommand::InsertBypass { insert, on },
                at,
            )
        },
    )
}

/// What an insert shows, as of the last 10 ms: the gain change of dynamics in dB, the correlation of what
/// stereo tools make (-1 to 1), and of others the level change from input to output in dB. Takes no lock.
/// `[thread-safe]`
///
/// Ownership: `out_reading` is the caller's.
/// Errors: `STALE_ID` for an insert that is not heard (yet, or any more), `STALE_HANDLE`, `NULL_POINTER`,
/// `POISONED`. Since 0.1.
///
/// # Safety
/// `out_reading` is NULL or a `float`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_insert_get_reading(
    engine: *mut segue_engine,
    insert: u64,
    out_reading: *mut f32,
) -> segue_status {
    boundary_glance(
        "segue_insert_get_reading",
        &ENGINES,
        engine as Handle,
        // SAFETY: the caller's promise.
        |engine| unsafe { glanced(out_reading, reading_now(engine, insert)) },
        |engine| {
            needed("out_reading", out_reading)?;
            let id = insert;
            let shown = engine
                .shared
                .insert_reading(ids::taken::<kind::Insert>("insert", insert)?);
            let stale = || Failure::unheard("insert", id);
            // SAFETY: checked above, the caller's promise.
            unsafe { put("out_reading", out_reading, shown.ok_or_else(stale)?) }?;
            OK
        },
    )
}

fn send(engine: &Engine, insert: InsertId, command: MixerCommand, at: u64) -> Answer<segue_status> {
    engine.with(|control| {
        control.check_insert(insert)?;
        Ok(control.send_mixer(at, command)?)
    })?;
    OK
}

/// Sets a parameter, if all is well.
#[inline(always)]
fn set_param(engine: &Engine, insert: u64, param: u32, value: f32, at: u64) -> bool {
    let insert = ids::glanced(insert);
    let narrow = u16::try_from(param);
    narrow.is_ok_and(|param| engine.control().glance_param(at, insert, param, value))
}

/// Sets the wet share, if all is well.
#[inline(always)]
fn set_mix(engine: &Engine, insert: u64, mix: f32, at: u64) -> bool {
    let insert = ids::glanced(insert);
    engine.control().glance_mix(at, insert, mix)
}

/// Bypasses an insert or not, if all is well.
#[inline(always)]
fn set_bypass(engine: &Engine, insert: u64, on: u32, at: u64) -> bool {
    let insert = ids::glanced(insert);
    on <= 1 && engine.control().glance_bypass(at, insert, on == 1)
}

#[inline(always)]
fn reading_now(engine: &Engine, insert: u64) -> Option<f32> {
    engine.shared.insert_reading(ids::glanced(insert))
}
