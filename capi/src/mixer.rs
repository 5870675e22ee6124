//! Buses and sends. Edits of the mixer are heard after [`segue_mixer_commit`]; controls move at once.

pub mod inserts;
pub mod presets;

use std::ffi::c_char;

use facade::Edit;
use facade::rt::command::MixerCommand;
use facade::rt::graph::SendTap;
use facade::rt::ids::{BusId, kind};

use crate::boundary::{OK, boundary_glance, boundary_on};
use crate::engine::{ENGINES, Engine, segue_engine};
use crate::handle::Handle;
use crate::ids;
use crate::memory::{
    Record, flag, needed, needed_record, put, put_record, put_records, put_text, take_name,
};
use crate::status::{
    Answer, Failure, SEGUE_STATUS_DEFERRED, SEGUE_STATUS_UNKNOWN_NAME, segue_status,
};
use crate::voices::{frames, gain, glanced_frames, within};

/// The bus of this name; `master` is always there. `[thread-safe]`
///
/// Sizes: `name` at most 1,024 bytes.
/// Ownership: `out_bus` is the caller's.
/// Errors: `INVALID_ARGUMENT` for an empty name;
/// `UNKNOWN_NAME`, `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`, `NULL_POINTER`,
/// `POISONED`. Since 0.1.
///
/// # Safety
/// `name` is NULL or `name_length` bytes; `out_bus` is NULL or a `uint64_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_bus_find(
    engine: *mut segue_engine,
    name: *const c_char,
    name_length: usize,
    out_bus: *mut u64,
) -> segue_status {
    boundary_on("segue_bus_find", &ENGINES, engine as Handle, |engine| {
        needed("out_bus", out_bus)?;
        // SAFETY: the caller's promise.
        let name = unsafe { take_name("name", name, name_length) }?;
        let bus = engine.with(|control| Ok(control.bus(name)?))?;
        // SAFETY: checked above, the caller's promise.
        unsafe { put("out_bus", out_bus, ids::given(bus)) }?;
        OK
    })
}

/// The name of a bus, not NUL-terminated. `[thread-safe]`
///
/// Ownership: `text` holds `capacity` bytes of the caller; NULL with 0 asks for the length only.
/// Errors: `STALE_ID`, `BUFFER_TOO_SMALL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
/// Since 0.1.
///
/// # Safety
/// `text` is NULL or `capacity` bytes; `length` is NULL or a `size_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_bus_get_name(
    engine: *mut segue_engine,
    bus: u64,
    text: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> segue_status {
    boundary_on("segue_bus_get_name", &ENGINES, engine as Handle, |engine| {
        engine.with(|control| {
            let found = control.graph().bus(ids::taken::<kind::Bus>("bus", bus)?);
            let bus = found.map_err(facade::Error::from)?;
            // SAFETY: the caller's promise.
            unsafe { put_text(text, capacity, length, &bus.name) }
        })?;
        OK
    })
}

/// One bus of the mixer, with the values that were last set, also for a frame that is still to come: without
/// what states, RTPCs and ducking add.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_bus_info {
    /// `sizeof(segue_bus_info)`.
    pub struct_size: u32,
    /// How many inserts it has.
    pub inserts: u32,
    /// Its id.
    pub bus: u64,
    /// Where it plays into; 0 for the master.
    pub output: u64,
    /// How many sends leave it.
    pub sends: u32,
    /// Its fader in decibels; -infinity is silent.
    pub gain_db: f32,
    /// -1 left to 1 right.
    pub pan: f32,
    /// 1 while it is muted.
    pub is_muted: u32,
    /// 1 while it is soloed.
    pub is_soloed: u32,
    /// 0; so that the size is a multiple of 8.
    pub reserved: u32,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_bus_info {
    const NAME: &'static str = "segue_bus_info";
}

/// Every bus, the master first, with the edits that were not committed yet. `[thread-safe]`
///
/// Ownership: `buses` holds `capacity` structs of the caller, the first with its `struct_size` set;
/// NULL with 0 asks for the length only.
/// Errors: `BUFFER_TOO_SMALL`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
/// Since 0.1.
///
/// # Safety
/// `buses` is NULL or `capacity` structs of `struct_size` bytes; `length` is NULL or a `size_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_engine_get_buses(
    engine: *mut segue_engine,
    buses: *mut segue_bus_info,
    capacity: usize,
    length: *mut usize,
) -> segue_status {
    boundary_on(
        "segue_engine_get_buses",
        &ENGINES,
        engine as Handle,
        |engine| {
            let rows = engine.with(|control| {
                let buses = control.graph().buses().iter();
                buses
                    .map(|bus| bus_info(control, bus))
                    .collect::<Answer<Vec<_>>>()
            })?;
            // SAFETY: the caller's promise.
            unsafe { put_records("buses", buses, capacity, length, &rows) }?;
            OK
        },
    )
}

/// One bus, as [`segue_engine_get_buses`] tells it. `[thread-safe]`
///
/// Ownership: `out_info` is the caller's, with its `struct_size` set.
/// Errors: `STALE_ID`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_info` is NULL or a struct of `struct_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_bus_get_info(
    engine: *mut segue_engine,
    bus: u64,
    out_info: *mut segue_bus_info,
) -> segue_status {
    boundary_on("segue_bus_get_info", &ENGINES, engine as Handle, |engine| {
        // SAFETY: the caller's promise.
        unsafe { needed_record("out_info", out_info) }?;
        let info = engine.with(|control| {
            let bus = ids::taken::<kind::Bus>("bus", bus)?;
            control.check_bus(bus)?;
            let found = control.graph().bus(bus);
            bus_info(control, found.map_err(facade::Error::from)?)
        })?;
        // SAFETY: the caller's promise.
        unsafe { put_record("out_info", out_info, &info) }?;
        OK
    })
}

fn bus_info(control: &facade::Control, bus: &facade::rt::graph::Bus) -> Answer<segue_bus_info> {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let values = control.bus_values(bus.id)?;
    Ok(segue_bus_info {
        struct_size: 0,
        inserts: count(bus.inserts.len()),
        bus: ids::given(bus.id),
        output: bus.output.map_or(0, ids::given),
        sends: count(bus.sends.len()),
        gain_db: decibels(values.gain),
        pan: values.pan,
        is_muted: u32::from(values.mute),
        is_soloed: u32::from(values.solo),
        reserved: 0,
    })
}

/// An insert in its chain, with the values that were last set.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_insert_info {
    /// `sizeof(segue_insert_info)`.
    pub struct_size: u32,
    /// Its kind: place in the list of `segue_get_insert_kinds`.
    pub kind: u32,
    /// Its id.
    pub insert: u64,
    /// Bus that keys it; 0: its own signal.
    pub key: u64,
    /// Frames by which its output lags.
    pub latency: u32,
    /// How many parameters it has.
    pub params: u32,
    /// Its wet share, 0 dry to 1 wet.
    pub mix: f32,
    /// 1 while it is bypassed.
    pub is_bypassed: u32,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_insert_info {
    const NAME: &'static str = "segue_insert_info";
}

/// The inserts of a bus in the order of the signal, with the edits that were not committed yet. `[thread-safe]`
///
/// Ownership: `inserts` holds `capacity` structs of the caller, the first with its `struct_size` set; NULL
/// with 0 asks for the length only.
/// Errors: `STALE_ID`, `BUFFER_TOO_SMALL`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `inserts` is NULL or `capacity` structs of `struct_size` bytes; `length` is NULL or a `size_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_bus_get_inserts(
    engine: *mut segue_engine,
    bus: u64,
    inserts: *mut segue_insert_info,
    capacity: usize,
    length: *mut usize,
) -> segue_status {
    boundary_on(
        "segue_bus_get_inserts",
        &ENGINES,
        engine as Handle,
        |engine| {
            let row = |control: &facade::Control, insert: &facade::rt::graph::InsertNode| {
                let values = control.insert_values(insert.id)?;
                Ok(segue_insert_info {
                    struct_size: 0,
                    kind: u32::from(insert.meta.kind),
                    insert: ids::given(insert.id),
                    key: insert.meta.key.map_or(0, ids::given),
                    latency: insert.meta.latency,
                    params: u32::try_from(values.params.len()).unwrap_or(u32::MAX),
                    mix: values.mix,
                    is_bypassed: u32::from(values.bypass),
                })
            };
            let rows = on_bus(engine, bus, |control, bus| {
                let inserts = bus.inserts.iter();
                inserts.map(|insert| row(control, insert)).collect()
            })?;
            // SAFETY: the caller's promise.
            unsafe { put_records("inserts", inserts, capacity, length, &rows) }?;
            OK
        },
    )
}

/// A send of a bus.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_send_info {
    /// `sizeof(segue_send_info)`.
    pub struct_size: u32,
    /// 1: before the fader; 0: after it.
    pub pre_fader: u32,
    /// Its id.
    pub send: u64,
    /// The bus it feeds.
    pub to: u64,
    /// Its gain in decibels as it was last set; -infinity is silent.
    pub gain_db: f32,
    /// 0; so that the size is a multiple of 8.
    pub reserved: u32,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_send_info {
    const NAME: &'static str = "segue_send_info";
}

/// The sends of a bus, with the edits that were not committed yet. `[thread-safe]`
///
/// Ownership: `sends` holds `capacity` structs of the caller, the first with its `struct_size` set; NULL with 0
/// asks for the length only.
/// Errors: `STALE_ID`, `BUFFER_TOO_SMALL`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `sends` is NULL or `capacity` structs of `struct_size` bytes; `length` is NULL or a `size_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_bus_get_sends(
    engine: *mut segue_engine,
    bus: u64,
    sends: *mut segue_send_info,
    capacity: usize,
    length: *mut usize,
) -> segue_status {
    boundary_on(
        "segue_bus_get_sends",
        &ENGINES,
        engine as Handle,
        |engine| {
            let row = |control: &facade::Control, send: &facade::rt::graph::SendNode| {
                Ok(segue_send_info {
                    struct_size: 0,
                    pre_fader: u32::from(send.tap == SendTap::PreFader),
                    send: ids::given(send.id),
                    to: ids::given(send.to),
                    gain_db: decibels(control.send_gain(send.id)?),
                    reserved: 0,
                })
            };
            let rows = on_bus(engine, bus, |control, bus| {
                let sends = bus.sends.iter();
                sends.map(|send| row(control, send)).collect()
            })?;
            // SAFETY: the caller's promise.
            unsafe { put_records("sends", sends, capacity, length, &rows) }?;
            OK
        },
    )
}

/// Rows about a bus of the graph.
fn on_bus<T>(
    engine: &Engine,
    bus: u64,
    look: impl FnOnce(&facade::Control, &facade::rt::graph::Bus) -> Answer<Vec<T>>,
) -> Answer<Vec<T>> {
    engine.with(|control| {
        let found = control.graph().bus(ids::taken::<kind::Bus>("bus", bus)?);
        look(control, found.map_err(facade::Error::from)?)
    })
}

/// A linear gain in decibels; -infinity is silence.
fn decibels(gain: f32) -> f32 {
    20.0 * gain.log10()
}

/// Adds a bus that plays into `output`. Heard after [`segue_mixer_commit`]. `[thread-safe]`
///
/// `name` is unique, 1..=128 bytes.
///
/// Sizes: `name` at most 1,024 bytes.
/// Ownership: `out_bus` is the caller's; [`segue_bus_remove`] ends it.
/// Errors: `STALE_ID` for the output, `EXISTS` for a name that is taken, `INVALID_ARGUMENT` for one that is too long,
/// `LIMIT_EXCEEDED`, `INVALID_UTF8`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `name` is NULL or `name_length` bytes; `out_bus` is NULL or a `uint64_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_bus_add(
    engine: *mut segue_engine,
    name: *const c_char,
    name_length: usize,
    output: u64,
    out_bus: *mut u64,
) -> segue_status {
    boundary_on("segue_bus_add", &ENGINES, engine as Handle, |engine| {
        needed("out_bus", out_bus)?;
        // SAFETY: the caller's promise.
        let name = unsafe { take_name("name", name, name_length) }?;
        let output = ids::taken::<kind::Bus>("output", output)?;
        let bus = engine.with(|control| Ok(control.add_bus(name, output)?))?;
        // SAFETY: checked above, the caller's promise.
        unsafe { put("out_bus", out_bus, ids::given(bus)) }?;
        Ok(SEGUE_STATUS_DEFERRED)
    })
}

/// Removes a bus, not the master; what played into it plays into its output. Heard after
/// [`segue_mixer_commit`]. `[thread-safe]`
///
/// Ownership: the id is stale afterwards, and so are those of its inserts and sends.
/// Errors: `STALE_ID`, `INVALID_ARGUMENT` for the master, `STALE_HANDLE`, `NULL_POINTER`,
/// `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_bus_remove(engine: *mut segue_engine, bus: u64) -> segue_status {
    boundary_on("segue_bus_remove", &ENGINES, engine as Handle, |engine| {
        let bus = ids::taken::<kind::Bus>("bus", bus)?;
        edit(engine, Edit::RemoveBus { bus })
    })
}

/// Plays a bus, not the master, into another one. Heard after [`segue_mixer_commit`]. `[thread-safe]`
///
/// Ownership: none.
/// Errors: `STALE_ID`, `INVALID_ARGUMENT` for the master, and for a circle, which the text names,
/// `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_bus_set_output(
    engine: *mut segue_engine,
    bus: u64,
    output: u64,
) -> segue_status {
    boundary_on(
        "segue_bus_set_output",
        &ENGINES,
        engine as Handle,
        |engine| {
            let (bus, output) = (
                ids::taken::<kind::Bus>("bus", bus)?,
                ids::taken::<kind::Bus>("output", output)?,
            );
            edit(engine, Edit::SetOutput { bus, output })
        },
    )
}

/// What [`segue_bus_set`] sets.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum segue_bus_control {
    /// Fader in decibels, at most 24; -96 and below is silent. The ramp is at least 10 ms.
    SEGUE_BUS_GAIN_DB = 1,
    /// -1 left to 1 right. The ramp does not count.
    SEGUE_BUS_PAN = 2,
    /// 0 or 1. The ramp does not count.
    SEGUE_BUS_MUTE = 3,
    /// 0 or 1: while any bus is soloed, only those, what feeds them and what they feed are heard.
    SEGUE_BUS_SOLO = 4,
}

/// Moves a control of a bus (`SEGUE_BUS_...`), reached after `ramp_s` seconds, 0..=3600. Allocates
/// nothing. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `INVALID_ARGUMENT` for an unknown control or a value, `STALE_ID`, `QUEUE_FULL`,
/// `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_bus_set(
    engine: *mut segue_engine,
    bus: u64,
    control: i32,
    value: f32,
    ramp_s: f64,
    at: u64,
) -> segue_status {
    use segue_bus_control as to;
    boundary_glance(
        "segue_bus_set",
        &ENGINES,
        engine as Handle,
        |engine| set_strip(engine, bus, control, value, ramp_s, at),
        move |engine| {
            let ramp = frames(engine, "ramp_s", ramp_s)?;
            let bus = ids::taken::<kind::Bus>("bus", bus)?;
            let is = |known: to| control == known as i32;
            if is(to::SEGUE_BUS_GAIN_DB) {
                let gain = gain("value", value)?;
                send(engine, bus, MixerCommand::BusGain { bus, gain, ramp }, at)
            } else if is(to::SEGUE_BUS_PAN) {
                let pan = within("value", value, -1.0, 1.0, "-1..=1")?;
                send(engine, bus, MixerCommand::BusPan { bus, pan }, at)
            } else if is(to::SEGUE_BUS_MUTE) {
                let on = switch("value", value)?;
                send(engine, bus, MixerCommand::BusMute { bus, on }, at)
            } else if is(to::SEGUE_BUS_SOLO) {
                let on = switch("value", value)?;
                send(engine, bus, MixerCommand::BusSolo { bus, on }, at)
            } else {
                Err(Failure::range("control", control, "1..=4 (SEGUE_BUS_...)"))
            }
        },
    )
}

/// Moves the gain of a send, if all is well.
#[inline(always)]
fn set_send_gain(engine: &Engine, send: u64, gain_db: f32, at: u64) -> bool {
    let send = ids::glanced(send);
    engine.control().glance_send_gain(at, send, gain_db)
}

/// Moves a control of a bus, if all is well. The fader, which games move most, goes first and alone.
#[inline(always)]
fn set_strip(engine: &Engine, bus: u64, control: i32, value: f32, ramp_s: f64, at: u64) -> bool {
    let Some(ramp) = glanced_frames(engine, ramp_s) else {
        return false;
    };
    let bus = ids::glanced(bus);
    match control == segue_bus_control::SEGUE_BUS_GAIN_DB as i32 {
        true => engine.control().glance_bus_gain(at, bus, value, ramp),
        false => set_other(engine, bus, control, value, at),
    }
}

#[inline(never)]
fn set_other(engine: &Engine, bus: BusId, control: i32, value: f32, at: u64) -> bool {
    use segue_bus_control as to;
    let is = |known: to| control == known as i32;
    let mut control = engine.control();
    if is(to::SEGUE_BUS_PAN) {
        return control.glance_bus_pan(at, bus, value);
    }
    let is_solo = is(to::SEGUE_BUS_SOLO);
    let is_switch = is_solo || is(to::SEGUE_BUS_MUTE);
    let is_sound = value == 0.0 || value == 1.0;
    is_switch && is_sound && control.glance_bus_switch(at, bus, is_solo, value == 1.0)
}

/// The send from one bus to another in the project. `[thread-safe]`
///
/// Sizes: `from` at most 1,024 bytes, `to` at most 1,024 bytes.
/// Ownership: `out_send` is the caller's.
/// Errors: `INVALID_ARGUMENT` for an empty name;
/// `UNKNOWN_NAME`, `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`, `NULL_POINTER`,
/// `POISONED`. Since 0.1.
///
/// # Safety
/// `from` and `to` are NULL or as many bytes as their lengths say; `out_send` is NULL or a
/// `uint64_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_send_find(
    engine: *mut segue_engine,
    from: *const c_char,
    from_length: usize,
    to: *const c_char,
    to_length: usize,
    out_send: *mut u64,
) -> segue_status {
    boundary_on("segue_send_find", &ENGINES, engine as Handle, |engine| {
        needed("out_send", out_send)?;
        // SAFETY: the caller's promise.
        let from = unsafe { take_name("from", from, from_length) }?;
        // SAFETY: the caller's promise.
        let to = unsafe { take_name("to", to, to_length) }?;
        let found = engine.with(|control| Ok(control.send_of(from, to)))?;
        let Some(send) = found else {
            let text = format!("there is no send from {from:?} to {to:?}");
            return Err(Failure::text(SEGUE_STATUS_UNKNOWN_NAME, text));
        };
        // SAFETY: checked above, the caller's promise.
        unsafe { put("out_send", out_send, ids::given(send)) }?;
        OK
    })
}

/// Adds a send with a gain in decibels (at most 24), before the fader (`pre_fader` 1) or after it (0).
/// Heard after [`segue_mixer_commit`]. `[thread-safe]`
///
/// Ownership: `out_send` is the caller's; [`segue_send_remove`] ends it.
/// Errors: `STALE_ID`, `INVALID_ARGUMENT`, also for a circle, which the text names,
/// `LIMIT_EXCEEDED` above `segue_engine_config.sends` (at most 16 a bus), `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_send` is NULL or a `uint64_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_send_add(
    engine: *mut segue_engine,
    from: u64,
    to: u64,
    gain_db: f32,
    pre_fader: u32,
    out_send: *mut u64,
) -> segue_status {
    boundary_on("segue_send_add", &ENGINES, engine as Handle, |engine| {
        needed("out_send", out_send)?;
        let gain = gain("gain_db", gain_db)?;
        let tap = match flag("pre_fader", pre_fader)? {
            false => SendTap::PostFader,
            true => SendTap::PreFader,
        };
        let (from, to) = (
            ids::taken::<kind::Bus>("from", from)?,
            ids::taken::<kind::Bus>("to", to)?,
        );
        let send = engine.with(|control| Ok(control.add_send(from, to, gain, tap)?))?;
        // SAFETY: checked above, the caller's promise.
        unsafe { put("out_send", out_send, ids::given(send)) }?;
        Ok(SEGUE_STATUS_DEFERRED)
    })
}

/// Removes a send. Heard after [`segue_mixer_commit`]. `[thread-safe]`
///
/// Ownership: the id is stale afterwards.
/// Errors: `STALE_ID`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_send_remove(engine: *mut segue_engine, send: u64) -> segue_status {
    boundary_on("segue_send_remove", &ENGINES, engine as Handle, |engine| {
        let send = ids::taken::<kind::Send>("send", send)?;
        edit(engine, Edit::RemoveSend { send })
    })
}

/// Moves the gain of a send, in decibels, at most 24; -96 and below is silent. `[thread-safe]`
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
pub unsafe extern "C" fn segue_send_set_gain(
    engine: *mut segue_engine,
    send: u64,
    gain_db: f32,
    at: u64,
) -> segue_status {
    boundary_glance(
        "segue_send_set_gain",
        &ENGINES,
        engine as Handle,
        |engine| set_send_gain(engine, send, gain_db, at),
        |engine| {
            let send = ids::taken::<kind::Send>("send", send)?;
            let gain = gain("gain_db", gain_db)?;
            engine.with(|control| {
                control.check_send(send)?;
                let command = MixerCommand::SendGain { send, gain };
                Ok(control.send_mixer(at, command)?)
            })?;
            OK
        },
    )
}

/// Lets a bus have at most `frames` frames of latency, from a voice to its output (`enabled` 1), or any (0: `frames` does
/// not count): as `max_latency` of a project. Counts from the next [`segue_mixer_commit`], which is refused while the mixer
/// has more. `[thread-safe]`
///
/// Ownership: none.
/// Errors: `INVALID_ARGUMENT` for `enabled`, `STALE_ID`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_bus_set_max_latency(
    engine: *mut segue_engine,
    bus: u64,
    enabled: u32,
    frames: u32,
) -> segue_status {
    boundary_on(
        "segue_bus_set_max_latency",
        &ENGINES,
        engine as Handle,
        |engine| {
            let bus = ids::taken::<kind::Bus>("bus", bus)?;
            let frames = flag("enabled", enabled)?.then_some(frames);
            edit(engine, Edit::SetMaxLatency { bus, frames })
        },
    )
}

/// Brings all edits since the last commit to the audio thread, without a click: what goes fades out,
/// what comes fades in, nothing else is touched. `[thread-safe]`
///
/// Ownership: none.
/// Errors: `BUSY` while two commits are still under way: try again after the next block and
/// `segue_engine_update`; `QUEUE_FULL`, `INVALID_DOCUMENT` also for a bus that has more latency than it may have, `STALE_HANDLE`, `NULL_POINTER`,
/// `POISONED`. Since 0.1.
///
/// # Safety
/// Any value of `engine` is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_mixer_commit(engine: *mut segue_engine) -> segue_status {
    boundary_on("segue_mixer_commit", &ENGINES, engine as Handle, |engine| {
        engine.with(|control| Ok(control.commit()?))?;
        OK
    })
}

#[inline(always)]
fn send(engine: &Engine, bus: BusId, command: MixerCommand, at: u64) -> Answer<segue_status> {
    let mut control = engine.control();
    control.check_bus(bus)?;
    control.send_mixer(at, command)?;
    OK
}

/// Carries out an edit that is heard after the next commit.
fn edit(engine: &Engine, edit: Edit) -> Answer<segue_status> {
    engine.with(|control| Ok(control.apply(edit)?))?;
    Ok(SEGUE_STATUS_DEFERRED)
}

/// 0 or 1.
#[inline]
fn switch(name: &'static str, value: f32) -> Answer<bool> {
    match value {
        0.0 => Ok(false),
        1.0 => Ok(true),
        other => Err(Failure::range(name, other, "0 or 1")),
    }
}
