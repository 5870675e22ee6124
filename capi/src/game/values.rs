//! RTPCs, states, switches, containers and macros.

use facade::rt::game::{GameCall, NameId, ObjectId, PlayingId};

use super::send;
use crate::boundary::{OK, boundary_on};
use crate::engine::{ENGINES, segue_engine};
use crate::handle::Handle;
use crate::status::{Failure, SEGUE_STATUS_INVALID_ARGUMENT, SEGUE_STATUS_STALE_ID, segue_status};
use crate::voices::{frames, within};

/// Sets an RTPC in its unit, clamped to its range, within `ramp_s` seconds (0..=3600): for everybody
/// (object 0), an object, or only what a post plays (`playing` not 0). Allocates nothing. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `STALE_ID`, `INVALID_ARGUMENT` for a value that is not finite, `QUEUE_FULL`,
/// `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_rtpc_set(
    engine: *mut segue_engine,
    rtpc: u64,
    object: u64,
    playing: u64,
    value: f32,
    ramp_s: f64,
    at: u64,
) -> segue_status {
    boundary_on("segue_rtpc_set", &ENGINES, engine as Handle, |engine| {
        let call = GameCall::SetRtpc {
            rtpc: NameId(rtpc),
            object: ObjectId(object),
            playing: PlayingId(playing),
            value,
            ramp: frames(engine, "ramp_s", ramp_s)?,
        };
        send(engine, &call, at)
    })
}

/// Takes a value of an RTPC back: that of everybody (object 0), an object, or a post. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `STALE_ID`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_rtpc_reset(
    engine: *mut segue_engine,
    rtpc: u64,
    object: u64,
    playing: u64,
    at: u64,
) -> segue_status {
    boundary_on("segue_rtpc_reset", &ENGINES, engine as Handle, |engine| {
        let call = GameCall::ResetRtpc {
            rtpc: NameId(rtpc),
            object: ObjectId(object),
            playing: PlayingId(playing),
        };
        send(engine, &call, at)
    })
}

/// Sets a state group; `value` 0 is `none`. Allocates nothing. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `STALE_ID` for the group, or a value it does not have, `QUEUE_FULL`, `STALE_HANDLE`,
/// `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_state_set(
    engine: *mut segue_engine,
    group: u64,
    value: u64,
    at: u64,
) -> segue_status {
    boundary_on("segue_state_set", &ENGINES, engine as Handle, |engine| {
        let (group, value) = (NameId(group), NameId(value));
        send(engine, &GameCall::SetState { group, value }, at)
    })
}

/// Sets a switch group on an object (0: for everybody without a value of its own). Allocates nothing.
/// `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `STALE_ID` for the group, the object, or a value the group does not have, `QUEUE_FULL`,
/// `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_switch_set(
    engine: *mut segue_engine,
    group: u64,
    object: u64,
    value: u64,
    at: u64,
) -> segue_status {
    boundary_on("segue_switch_set", &ENGINES, engine as Handle, |engine| {
        let call = GameCall::SetSwitch {
            group: NameId(group),
            object: ObjectId(object),
            value: NameId(value),
        };
        match send(engine, &call, at) {
            Err(failure) if value == 0 && failure.is_of("value") => {
                let text = "value 0 is the value `none`, which this group does not have; \
                            segue_name_find gives the id of another";
                Err(Failure::plain(SEGUE_STATUS_STALE_ID, text))
            }
            sent => sent,
        }
    })
}

/// The next play of a container on an object is that of number `play_n`, to hear a choice of a seed log
/// (events of kind `SEGUE_EVENT_SEED`) again. `[thread-safe]`
///
/// The container is of the type `random`, or a group of the mode `random`. `at` is an absolute frame; 0, or one
/// that has passed, is at once.
///
/// Ownership: none.
/// Errors: `STALE_ID`, `INVALID_ARGUMENT` (a container that does not choose by chance), `QUEUE_FULL`,
/// `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_container_set_play_count(
    engine: *mut segue_engine,
    container: u64,
    object: u64,
    play_n: u64,
    at: u64,
) -> segue_status {
    boundary_on(
        "segue_container_set_play_count",
        &ENGINES,
        engine as Handle,
        |engine| {
            let call = GameCall::SetPlayCount {
                container: NameId(container),
                object: ObjectId(object),
                play_n,
            };
            send(engine, &call, at)
        },
    )
}

/// Another seed: from here on everything random draws as if the project had begun with it. Containers go on
/// where they are (docs/interactive.md, "Another seed"). Allocates nothing. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_seed_set(
    engine: *mut segue_engine,
    seed: u64,
    at: u64,
) -> segue_status {
    boundary_on("segue_seed_set", &ENGINES, engine as Handle, |engine| {
        send(engine, &GameCall::Reseed { seed }, at)
    })
}

/// Moves a macro of the project by its number in `segue_engine_get_names`, 0..=1: the parameters it moves, and its RTPCs.
/// `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `INVALID_ARGUMENT`, `QUEUE_FULL` (some of its targets may have moved), `STALE_HANDLE`,
/// `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_macro_set(
    engine: *mut segue_engine,
    index: u32,
    value: f32,
    at: u64,
) -> segue_status {
    boundary_on("segue_macro_set", &ENGINES, engine as Handle, |engine| {
        within("value", value, 0.0, 1.0, "0..=1")?;
        engine.with(|control| match control.macro_targets().len() {
            count if (index as usize) < count => {
                Ok(control.set_macro(index as usize, f64::from(value), at)?)
            }
            count => Err(no_macro(index, count)),
        })?;
        OK
    })
}

fn no_macro(index: u32, count: usize) -> Failure {
    let text = match count.checked_sub(1) {
        None => format!("index {index} is no macro: the project that was loaded has none"),
        Some(last) => format!("index {index} is not in 0..={last}, the macros of the project"),
    };
    Failure::text(SEGUE_STATUS_INVALID_ARGUMENT, text)
}
