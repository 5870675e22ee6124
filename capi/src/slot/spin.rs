//! Spinning, and what a spin gave.

use std::ffi::c_char;

use facade::format::stages::trace_to_json;
use facade::slot::log::LogRow;
use facade::slot::result::SpinResult;
use facade::slot::stages::StageRules;
use facade::slot::{row_to_json, spun_value};

use crate::boundary::{OK, boundary_on};
use crate::engine::load::document;
use crate::handle::Handle;
use crate::memory::buffer::{give, segue_buffer};
use crate::memory::{
    MAX_DOCUMENT, MAX_NAME, Record, needed, needed_record, put, put_record, take_text,
};
use crate::project::segue_project;
use crate::slot::scenario::Playing;
use crate::slot::session::{named_profile, table_of};
use crate::slot::{Player, SLOTS, segue_slot, unreadable};
use crate::status::{
    Answer, Failure, SEGUE_STATUS_INVALID_ARGUMENT, SEGUE_STATUS_INVALID_DOCUMENT,
    SEGUE_STATUS_NOTHING, segue_status,
};

/// Most reels of a game.
pub const MAX_REELS: usize = 8;
/// Most spins that are skipped to begin at a later one.
pub const MAX_SKIP: usize = 100_000;

/// What a spin gave, in short.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_slot_spin_record {
    /// `sizeof(segue_slot_spin_record)`.
    pub struct_size: u32,
    /// Reels: how many of `stops` count.
    pub reels: u32,
    /// Number of the spin, 0 the first of the seed.
    pub spin: u64,
    /// Numbers that the seed had drawn before it.
    pub counter_before: u64,
    /// Numbers that it has drawn after it.
    pub counter_after: u64,
    /// The bet, in minor units of the currency.
    pub bet: i64,
    /// All it won, features and jackpots too, in minor units.
    pub win: i64,
    /// Where each reel stopped.
    pub stops: [u32; 8],
    /// Wins that removed their symbols, one after the other.
    pub cascades: u32,
    /// Features that it began.
    pub features: u32,
    /// Jackpots that fell, in features too.
    pub jackpots: u32,
    /// 1: the stops were given or searched for, not drawn.
    pub is_given: u32,
    /// 1: a near miss.
    pub is_near_miss: u32,
    /// 0; so that the size is a multiple of 8.
    pub reserved: u32,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_slot_spin_record {
    const NAME: &'static str = "segue_slot_spin_record";
}

/// Begins anew at the spin `spin` (0..=100,000; 0 the first) of a seed, at `coin` minor units a
/// credit (1 or more; 0 is 1): the jackpots stand as if those before had been spun. The same
/// arguments always give the same spins. The log is empty then, and a scenario at its first step. `[thread-safe]`
///
/// Ownership: the caller keeps the game.
/// Errors: `INVALID_ARGUMENT` for the spin, and for a credit that is below 0 or too large for the
/// game; then nothing has changed. `BUSY`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_begin(
    slot: *mut segue_slot,
    seed: u64,
    coin: i64,
    spin: u64,
) -> segue_status {
    boundary_on("segue_slot_begin", &SLOTS, slot as Handle, |slot| {
        if spin > MAX_SKIP as u64 {
            return Err(Failure::range("spin", spin as f64, "0..=100000"));
        }
        let coin = if coin == 0 { 1 } else { coin };
        let mut begun = Player::at(&slot.machine, seed, coin, spin).map_err(argument)?;
        slot.with(|player| {
            begun.scenario = player.scenario.as_ref().map(Playing::anew);
            *player = begun;
            OK
        })
    })
}

/// The next spin, drawn. `[thread-safe]`
///
/// Ownership: `out_spin` is the caller's, with its `struct_size` set.
/// Errors: `LIMIT_EXCEEDED` when the log is full (100,000 spins): [`segue_slot_take_log`]; `STRUCT_SIZE`, `BUSY`,
/// `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_spin` is NULL or a struct of `struct_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_spin(
    slot: *mut segue_slot,
    out_spin: *mut segue_slot_spin_record,
) -> segue_status {
    boundary_on("segue_slot_spin", &SLOTS, slot as Handle, |slot| {
        // SAFETY: the caller's promise.
        unsafe { needed_record("out_spin", out_spin) }?;
        slot.with(|player| {
            let spun = player.play(&slot.machine, |recorder| Ok(recorder.spin()?))?;
            // SAFETY: not NULL, the caller's promise.
            unsafe { put_record("out_spin", out_spin, &record(spun)) }?;
            OK
        })
    })
}

/// The next spin, at given stops: `count` of them, one a reel, each below the length of its strip. What
/// else is random is drawn. `[thread-safe]`
///
/// Ownership: `stops` stays the caller's; `out_spin` is the caller's, with its `struct_size` set.
/// Errors: `INVALID_ARGUMENT` for stops that the game does not have, `LIMIT_EXCEEDED` for more than 8 of them, and when the
/// log is full (100,000 spins); else as [`segue_slot_spin`]. Since 0.1.
///
/// # Safety
/// `stops` is NULL or `count` numbers; `out_spin` is NULL or a struct of `struct_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_spin_at(
    slot: *mut segue_slot,
    stops: *const u32,
    count: usize,
    out_spin: *mut segue_slot_spin_record,
) -> segue_status {
    boundary_on("segue_slot_spin_at", &SLOTS, slot as Handle, |slot| {
        if count > MAX_REELS {
            return Err(Failure::limit("stops", count, MAX_REELS));
        }
        if count > 0 {
            needed("stops", stops)?;
        }
        // SAFETY: the caller's promise.
        unsafe { needed_record("out_spin", out_spin) }?;
        // SAFETY: not NULL, the caller's promise; read one by one, so that it need not be aligned.
        let stops = (0..count).map(|at| unsafe { stops.add(at).read_unaligned() });
        // One above 65,535 is beyond every strip.
        let stops: Vec<u16> = stops
            .map(|it| u16::try_from(it).unwrap_or(u16::MAX))
            .collect();
        slot.with(|player| {
            let at = |recorder: &mut facade::slot::log::Recorder<'_>| {
                Ok(recorder.spin_at(&stops, None)?)
            };
            let spun = player
                .play(&slot.machine, at)
                .map_err(|failure| match failure.status {
                    SEGUE_STATUS_INVALID_DOCUMENT => {
                        failure.with_status(SEGUE_STATUS_INVALID_ARGUMENT)
                    }
                    _ => failure,
                })?;
            // SAFETY: not NULL, the caller's promise.
            unsafe { put_record("out_spin", out_spin, &record(spun)) }?;
            OK
        })
    })
}

/// Everything that the last spin gave, as a JSON object: `spin`, `seed`, `stream`, `counter_before`,
/// `counter_after`, `given`, and `result`: stops, window, wins by line, cascades, features, jackpots, near
/// miss (docs/slot.md). `[thread-safe]`
///
/// Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
/// Errors: `NOTHING` before the first spin; `BUSY`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_get_result(
    slot: *mut segue_slot,
    out_document: *mut segue_buffer,
) -> segue_status {
    boundary_on("segue_slot_get_result", &SLOTS, slot as Handle, |slot| {
        needed("out_document", out_document)?;
        let value = slot.with(|player| {
            let (row, result) = last(player)?;
            Ok(spun_value(&slot.machine, row, result))
        })?;
        // SAFETY: not NULL, the caller's promise.
        unsafe { give("out_document", out_document, document(&value)?) }?;
        OK
    })
}

/// The stages of the last spin, each at its time, as a trace in JSON (docs/stages.md): what
/// [`segue_stages_validate`](crate::stages::segue_stages_validate) checks and whose events
/// [`segue_stage_post`](crate::stages::segue_stage_post) takes. `timing` is the name of a timing
/// profile: `normal` (also for an empty name), `turbo`, `mobile`, `studio`, `instant`, or one of the
/// project's; `project` may be NULL, its win tiers count where it is not. `[thread-safe]`
///
/// Sizes: `timing` at most 1,024 bytes.
/// Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it. The project is only
/// read.
/// Errors: `NOTHING` before the first spin; `UNKNOWN_NAME` for the profile, with the nearest one;
/// `INVALID_UTF8`, `LIMIT_EXCEEDED`, `BUSY`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `timing` is NULL or `timing_length` bytes; `out_document` is NULL or a `segue_buffer`; one that holds
/// something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_get_stages(
    slot: *mut segue_slot,
    project: *mut segue_project,
    timing: *const c_char,
    timing_length: usize,
    out_document: *mut segue_buffer,
) -> segue_status {
    boundary_on("segue_slot_get_stages", &SLOTS, slot as Handle, |slot| {
        needed("out_document", out_document)?;
        // SAFETY: the caller's promise.
        let timing = unsafe { take_text("timing", timing, timing_length, MAX_NAME) }?;
        let timing = if timing.is_empty() { "normal" } else { timing };
        let table = table_of(project)?;
        let profile = named_profile(&table, timing)?;
        let mut rules = StageRules::new(profile, slot.machine.game());
        rules.tiers = Some(table.tiers().clone());
        let trace = slot.with(|player| {
            let (row, result) = last(player)?;
            let mut trace = rules.spin(result);
            let game = &slot.machine.game().id;
            trace.game_id.clone_from(game);
            trace.trace_id = format!("{game}-{:x}-{}", row.seed, row.spin);
            trace.metadata = vec![("seed".to_owned(), format!("{:016x}", row.seed))];
            Ok(trace)
        })?;
        let json = unreadable(trace_to_json(&trace))?;
        // SAFETY: not NULL, the caller's promise.
        unsafe { give("out_document", out_document, json) }?;
        OK
    })
}

/// Takes the log of what was spun since [`segue_slot_begin`] or the last time: JSON Lines, a row a
/// spin, each of which [`segue_slot_replay`] plays again alone. The log is empty then; the player
/// stays where it is. `[thread-safe]`
///
/// Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
/// Errors: `INVALID_DOCUMENT` when it cannot be written: the log stays; `BUSY`, `STALE_HANDLE`,
/// `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_take_log(
    slot: *mut segue_slot,
    out_document: *mut segue_buffer,
) -> segue_status {
    boundary_on("segue_slot_take_log", &SLOTS, slot as Handle, |slot| {
        needed("out_document", out_document)?;
        let text = slot.with(|player| {
            let mut text = String::new();
            for row in &player.log {
                text += &unreadable(row_to_json(row))?;
                text.push('\n');
            }
            player.log.clear();
            Ok(text)
        })?;
        // SAFETY: not NULL, the caller's promise.
        unsafe { give("out_document", out_document, text.into_bytes()) }?;
        OK
    })
}

/// Plays every row of a log again and compares: stops, win and random numbers must be the same.
/// The player stays where it is. `[thread-safe]`
///
/// Ownership: the log stays the caller's; `out_spins`, how many rows there were, is the caller's.
/// Errors: `INVALID_DOCUMENT` for a row that cannot be read, or gives something else than it says (the
/// text names the spin), and for a log without rows; `INVALID_UTF8`, `LIMIT_EXCEEDED` above 64 MiB,
/// `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `log` is NULL or `log_length` bytes; `out_spins` is NULL or a `uint64_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_replay(
    slot: *mut segue_slot,
    log: *const c_char,
    log_length: usize,
    out_spins: *mut u64,
) -> segue_status {
    boundary_on("segue_slot_replay", &SLOTS, slot as Handle, |slot| {
        needed("out_spins", out_spins)?;
        // SAFETY: the caller's promise.
        let log = unsafe { take_text("log", log, log_length, MAX_DOCUMENT) }?;
        let rows = log.split('\n').filter(|row| !row.is_empty());
        let mut spins = 0_u64;
        for row in rows {
            let read = facade::format::slot::row_from_json(row.as_bytes()).map_err(|error| {
                let text = format!("log, line {}: {error}", spins + 1);
                Failure::text(SEGUE_STATUS_INVALID_DOCUMENT, text)
            })?;
            slot.machine.replay(&read).map_err(facade::Error::from)?;
            spins += 1;
        }
        if spins == 0 {
            let text = "the log has no rows: nothing was compared";
            return Err(Failure::plain(SEGUE_STATUS_INVALID_DOCUMENT, text));
        }
        // SAFETY: checked above, the caller's promise.
        unsafe { put("out_spins", out_spins, spins) }?;
        OK
    })
}

/// What a game refuses of a call is an argument of it.
pub(super) fn argument(error: facade::Error) -> Failure {
    Failure::from(error).with_status(SEGUE_STATUS_INVALID_ARGUMENT)
}

fn last(player: &Player) -> Answer<&(LogRow, SpinResult)> {
    player.last.as_ref().ok_or_else(|| {
        let text = "nothing was spun yet; call segue_slot_spin";
        Failure::plain(SEGUE_STATUS_NOTHING, text)
    })
}

fn record((row, result): &(LogRow, SpinResult)) -> segue_slot_spin_record {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let mut stops = [0; MAX_REELS];
    for (place, stop) in stops.iter_mut().zip(&result.stops) {
        *place = u32::from(*stop);
    }
    segue_slot_spin_record {
        struct_size: 0,
        reels: count(result.stops.len()),
        spin: row.spin,
        counter_before: row.counter_before,
        counter_after: row.counter_after,
        bet: result.bet,
        win: result.total_win,
        stops,
        cascades: count(result.cascade.len()),
        features: count(result.features.len()),
        jackpots: count(result.all_jackpots().len()),
        is_given: u32::from(row.given),
        is_near_miss: u32::from(result.near_miss.is_some()),
        reserved: 0,
    }
}
