//! Adaptive layers: signals, contexts, levels; stingers and spins.

use facade::rt::game::{GameCall, NameId};

use super::{narrow, send};
use crate::boundary::{OK, boundary_glance, boundary_on};
use crate::engine::{ENGINES, Engine, segue_engine};
use crate::handle::Handle;
use crate::memory::{glanced, needed, put};
use crate::status::{Failure, SEGUE_STATUS_NOTHING, segue_status};

/// Sets an adaptive signal, as raw as the game has it; of several within 10 ms the last counts. Allocates
/// nothing. `[thread-safe]`
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
pub unsafe extern "C" fn segue_signal_set(
    engine: *mut segue_engine,
    signal: u64,
    value: f32,
    at: u64,
) -> segue_status {
    boundary_glance(
        "segue_signal_set",
        &ENGINES,
        engine as Handle,
        |engine| set_signal(engine, signal, value, at),
        move |engine| {
            let signal = NameId(signal);
            send(engine, &GameCall::Signal { signal, value }, at)
        },
    )
}

/// What an adaptive signal was last set to, also for a frame still to come; by a stage, too. `[thread-safe]`
///
/// Ownership: `out_value` is the caller's.
/// Errors: `STALE_ID`, `NOTHING` for one that was not set, such as those that the engine measures itself,
/// `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_value` is NULL or a `float`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_signal_get(
    engine: *mut segue_engine,
    signal: u64,
    out_value: *mut f32,
) -> segue_status {
    boundary_glance(
        "segue_signal_get",
        &ENGINES,
        engine as Handle,
        // SAFETY: the caller's promise.
        |engine| unsafe { glanced(out_value, signal_now(engine, signal)) },
        |engine| {
            needed("out_value", out_value)?;
            let value = engine.with(|control| Ok(control.signal_value(NameId(signal))?))?;
            let unset = || Failure::plain(SEGUE_STATUS_NOTHING, "the signal was not set yet");
            // SAFETY: checked above, the caller's promise.
            unsafe { put("out_value", out_value, value.ok_or_else(unset)?) }?;
            OK
        },
    )
}

/// Enters an adaptive context with a strength of 0..=1, for those that begin by strength. `[thread-safe]`
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
pub unsafe extern "C" fn segue_context_enter(
    engine: *mut segue_engine,
    context: u64,
    strength: f32,
    at: u64,
) -> segue_status {
    boundary_on(
        "segue_context_enter",
        &ENGINES,
        engine as Handle,
        |engine| {
            let context = NameId(context);
            send(engine, &GameCall::EnterContext { context, strength }, at)
        },
    )
}

/// Leaves the adaptive context as its exit says; `summary` 0 none, 1 small, 2 big, 3 mega tells which
/// stinger sums it up. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `INVALID_ARGUMENT`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_context_leave(
    engine: *mut segue_engine,
    summary: u32,
    at: u64,
) -> segue_status {
    boundary_on(
        "segue_context_leave",
        &ENGINES,
        engine as Handle,
        |engine| {
            let summary = narrow("summary", summary, "0..=3")?;
            send(engine, &GameCall::LeaveContext { summary }, at)
        },
    )
}

/// Sets the adaptive level, 0..=4, whatever the rules say. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `INVALID_ARGUMENT`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_level_set(
    engine: *mut segue_engine,
    level: u32,
    at: u64,
) -> segue_status {
    boundary_on("segue_level_set", &ENGINES, engine as Handle, |engine| {
        let level = narrow("level", level, "0..=4")?;
        send(engine, &GameCall::SetLevel { level }, at)
    })
}

/// Plays a stinger of the music. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `STALE_ID`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_stinger_play(
    engine: *mut segue_engine,
    stinger: u64,
    at: u64,
) -> segue_status {
    boundary_on("segue_stinger_play", &ENGINES, engine as Handle, |engine| {
        let stinger = NameId(stinger);
        send(engine, &GameCall::Stinger { stinger }, at)
    })
}

/// Tells that a new spin or round begins: what counts per spin starts anew. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value of `engine` is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_spin_begin(engine: *mut segue_engine, at: u64) -> segue_status {
    boundary_on("segue_spin_begin", &ENGINES, engine as Handle, |engine| {
        send(engine, &GameCall::NewSpin, at)
    })
}

/// Sets a signal, if all is well.
#[inline(always)]
fn set_signal(engine: &Engine, signal: u64, value: f32, at: u64) -> bool {
    let mut control = engine.control();
    control.glance_signal_set(at, NameId(signal), value)
}

#[inline(always)]
fn signal_now(engine: &Engine, signal: u64) -> Option<f32> {
    engine.control().glance_signal(NameId(signal))
}
