//! Scenarios: spins that were chosen, one after the other, to show or to test a game.
//!
//! ```text
//! segue_slot_set_scenario -> segue_slot_get_step, segue_slot_play_scenario, segue_slot_get_stages ...
//! ```

use std::ffi::c_char;
use std::sync::Arc;

use facade::slot::scenario::{Order, PRESETS, Scenario};
use facade::slot::{Machine, SlotError, scenario_to_json, spun_value};
use serde_json::json;

use crate::boundary::{OK, boundary, boundary_on};
use crate::engine::load::document;
use crate::handle::Handle;
use crate::job::{Progress, cancelled, segue_job};
use crate::memory::buffer::{give, segue_buffer};
use crate::memory::{MAX_JSON, Record, needed, needed_record, put_record, take_name, take_text};
use crate::slot::jobs::lend;
use crate::slot::{Player, SLOTS, segue_slot, unreadable};
use crate::status::{
    Answer, Failure, SEGUE_STATUS_INVALID_DOCUMENT, SEGUE_STATUS_NOTHING, segue_status,
};

/// Most steps of a scenario that are played by one job.
pub const MAX_PLAYED: usize = 10_000;
/// Steps of one that goes on for ever, unless the caller says otherwise.
const ENDLESS: usize = 100;

/// The step of a scenario that comes next.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_slot_step {
    /// `sizeof(segue_slot_step)`.
    pub struct_size: u32,
    /// Its number in `steps` of the document, from 0.
    pub step: u32,
    /// What is waited before it, in milliseconds.
    pub delay_ms: u32,
    /// 1: the scenario never ends by itself.
    pub is_endless: u32,
    /// Steps that were played.
    pub played: u64,
    /// Steps that are left, this one included; 0 of an endless one.
    pub left: u64,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_slot_step {
    const NAME: &'static str = "segue_slot_step";
}

/// A scenario that is played.
#[derive(Clone)]
pub(super) struct Playing {
    scenario: Arc<Scenario>,
    /// What is left of its steps.
    order: Order,
    played: u64,
}

impl Playing {
    fn new(scenario: Arc<Scenario>) -> Self {
        let order = scenario.order();
        Self {
            scenario,
            order,
            played: 0,
        }
    }

    /// From its first step.
    pub(super) fn anew(&self) -> Self {
        Self::new(Arc::clone(&self.scenario))
    }

    /// The step that comes next, and what stands behind it.
    fn next(&self) -> Option<(usize, Self)> {
        let mut behind = self.clone();
        behind.played += 1;
        Some((behind.order.next()?, behind))
    }

    /// Steps that are left; of an endless one 0.
    fn left(&self) -> u64 {
        match self.scenario.is_endless() {
            true => 0,
            false => self.order.count() as u64,
        }
    }
}

impl Player {
    fn playing(&self) -> Answer<&Playing> {
        self.scenario.as_ref().ok_or_else(|| {
            let text = "the game has no scenario; call segue_slot_set_scenario";
            Failure::plain(SEGUE_STATUS_NOTHING, text)
        })
    }

    fn next_step(&self) -> Answer<(usize, Playing)> {
        self.playing()?.next().ok_or_else(|| {
            let text = "the scenario is over; segue_slot_begin begins it anew";
            Failure::plain(SEGUE_STATUS_NOTHING, text)
        })
    }

    /// Plays up to so many steps, 0: what is left. The rows of those that were played are in the log,
    /// also when one of them fails.
    fn perform(&mut self, machine: &Machine, steps: usize, progress: &Progress) -> Answer<Vec<u8>> {
        let playing = self.playing()?;
        let most = match (steps, playing.scenario.is_endless()) {
            (0, true) => ENDLESS,
            (0, false) => MAX_PLAYED,
            (steps, _) => steps,
        };
        let total = playing.order.take(most).count();
        let scenario = Arc::clone(&playing.scenario);
        // Each spin as text at once: as values they would be many times as large.
        let mut spins = Vec::new();
        for done in 0..total {
            if progress.step(done as u64, total as u64).is_break() {
                return Err(cancelled());
            }
            let (at, behind) = self.next_step()?;
            let spun = self.play(machine, |recorder| {
                let goes_on = || !progress.is_cancelled();
                let step = &scenario.steps[at];
                Ok(Scenario::spin_while(&goes_on, step, recorder)?)
            })?;
            spins.push(spun_value(machine, &spun.0, &spun.1).to_string());
            self.scenario = Some(behind);
        }
        _ = progress.step(total as u64, total as u64);
        let game = document(&json!(machine.game().id))?;
        let (game, spins) = (String::from_utf8_lossy(&game), spins.join(","));
        Ok(format!("{{\"game\":{game},\"spins\":[{spins}]}}").into_bytes())
    }
}

/// The names of the built-in scenarios, as a JSON object: `scenarios`, a list of texts. `[thread-safe]`
///
/// Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
/// Errors: `NULL_POINTER`. Since 0.1.
///
/// # Safety
/// `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_get_slot_scenarios(out_document: *mut segue_buffer) -> segue_status {
    boundary("segue_get_slot_scenarios", || {
        needed("out_document", out_document)?;
        let json = document(&json!({"scenarios": PRESETS}))?;
        // SAFETY: not NULL, the caller's promise.
        unsafe { give("out_document", out_document, json) }?;
        OK
    })
}

/// Checks whether a game can play a scenario (a document in JSON, docs/slot.md): every outcome is one that a spin of
/// it gives, every stop is on its strips. Nothing is changed. `[thread-safe]`
///
/// Sizes: `json` at most 16 MiB.
/// Ownership: the document stays the caller's.
/// Errors: `INVALID_DOCUMENT` with the place, and for a step that cannot be: the text names it and says why;
/// `NEWER_VERSION`, `WRONG_FILE` for a document of another kind, `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`,
/// `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `json` is NULL or `json_length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_check_scenario(
    slot: *mut segue_slot,
    json: *const c_char,
    json_length: usize,
) -> segue_status {
    boundary_on(
        "segue_slot_check_scenario",
        &SLOTS,
        slot as Handle,
        |slot| {
            // SAFETY: the caller's promise.
            let json = unsafe { take_text("json", json, json_length, MAX_JSON) }?;
            read(json, &slot.machine)?;
            OK
        },
    )
}

/// Gives a game a scenario to play (a document in JSON, docs/slot.md) from its first step on; `(NULL, 0)` takes it
/// away. [`segue_slot_begin`](super::spin::segue_slot_begin) begins it anew. `[thread-safe]`
///
/// Sizes: `json` at most 16 MiB.
/// Ownership: the document stays the caller's.
/// Errors: as [`segue_slot_check_scenario`], and then the one before stays; `BUSY`. Since 0.1.
///
/// # Safety
/// `json` is NULL or `json_length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_set_scenario(
    slot: *mut segue_slot,
    json: *const c_char,
    json_length: usize,
) -> segue_status {
    boundary_on("segue_slot_set_scenario", &SLOTS, slot as Handle, |slot| {
        // SAFETY: the caller's promise.
        let json = unsafe { take_text("json", json, json_length, MAX_JSON) }?;
        let scenario = match json.is_empty() {
            true => None,
            false => Some(Playing::new(Arc::new(read(json, &slot.machine)?))),
        };
        slot.with(|player| {
            player.scenario = scenario;
            OK
        })
    })
}

/// Gives a game a built-in scenario to play, of which it plays what it can give: `win_showcase`, `free_spins`,
/// `cascade`, `jackpot`, `hold_and_win`, `stress`, `audio_test` or `near_miss`; else as
/// [`segue_slot_set_scenario`]. `[thread-safe]`
///
/// Sizes: `name` at most 1,024 bytes.
/// Ownership: the text stays the caller's.
/// Errors: `UNKNOWN_NAME` with the nearest one; `INVALID_DOCUMENT` when the game gives nothing of it; then
/// the one before stays; `INVALID_ARGUMENT` for an empty name, `INVALID_UTF8`, `LIMIT_EXCEEDED`, `BUSY`,
/// `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `name` is NULL or `name_length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_set_scenario_builtin(
    slot: *mut segue_slot,
    name: *const c_char,
    name_length: usize,
) -> segue_status {
    let handle = slot as Handle;
    boundary_on("segue_slot_set_scenario_builtin", &SLOTS, handle, |slot| {
        // SAFETY: the caller's promise.
        let name = unsafe { take_name("name", name, name_length) }?;
        let scenario =
            Scenario::preset(name, &slot.machine).ok_or_else(|| facade::Error::Unknown {
                what: "built-in scenario",
                name: name.to_owned(),
                known: PRESETS.map(str::to_owned).to_vec(),
            })?;
        scenario.check(&slot.machine).map_err(facade::Error::from)?;
        slot.with(|player| {
            player.scenario = Some(Playing::new(Arc::new(scenario)));
            OK
        })
    })
}

/// The scenario of a game as a document in JSON, as [`segue_slot_set_scenario`] takes it: to be shown, or edited.
/// `[thread-safe]`
///
/// Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
/// Errors: `NOTHING` for a game without one; `INVALID_DOCUMENT`, `BUSY`, `STALE_HANDLE`, `NULL_POINTER`,
/// `POISONED`. Since 0.1.
///
/// # Safety
/// `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_get_scenario(
    slot: *mut segue_slot,
    out_document: *mut segue_buffer,
) -> segue_status {
    boundary_on("segue_slot_get_scenario", &SLOTS, slot as Handle, |slot| {
        needed("out_document", out_document)?;
        let scenario = slot.with(|player| Ok(Arc::clone(&player.playing()?.scenario)))?;
        let json = unreadable(scenario_to_json(&scenario, slot.machine.game()))?;
        // SAFETY: not NULL, the caller's promise.
        unsafe { give("out_document", out_document, json) }?;
        OK
    })
}

/// The step of the scenario that comes next: what to wait before it, and how many are left. `[thread-safe]`
///
/// Ownership: `out_step` is the caller's, with its `struct_size` set.
/// Errors: `NOTHING` for a game without a scenario, and behind its last step; `STRUCT_SIZE`, `BUSY`,
/// `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_step` is NULL or a struct of `struct_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_get_step(
    slot: *mut segue_slot,
    out_step: *mut segue_slot_step,
) -> segue_status {
    boundary_on("segue_slot_get_step", &SLOTS, slot as Handle, |slot| {
        // SAFETY: the caller's promise.
        unsafe { needed_record("out_step", out_step) }?;
        slot.with(|player| {
            let (at, _) = player.next_step()?;
            let playing = player.playing()?;
            let step = segue_slot_step {
                struct_size: 0,
                step: u32::try_from(at).unwrap_or(u32::MAX),
                delay_ms: playing.scenario.steps[at].delay_ms,
                is_endless: u32::from(playing.scenario.is_endless()),
                played: playing.played,
                left: playing.left(),
            };
            // SAFETY: not NULL, the caller's promise.
            unsafe { put_record("out_step", out_step, &step) }?;
            OK
        })
    })
}

/// Plays the next `steps` steps of the scenario, 1..=10,000, as far as it has so many: 1 to show them one by one, 0 for
/// what is left (at most 10,000 of it, and 100 of one that goes on for ever). Each is a spin of the player, with its row
/// in the log, as of [`segue_slot_force`](super::jobs::segue_slot_force): a step that names an outcome is looked for. The
/// job's document is that of `segue slot scenario --json`: `game`, and `spins`, a list of what
/// [`segue_slot_get_result`](super::spin::segue_slot_get_result) gives. It counts steps. Until it is over the other calls
/// that need the player answer `BUSY`. One that is cancelled or fails leaves the player behind the steps that it has
/// played. `[thread-safe]`
///
/// Ownership: `out_job` becomes the caller's; `segue_job_destroy` ends it. The game stays the caller's
/// and may be destroyed at any time.
/// Errors: `INVALID_ARGUMENT` for `steps`; `NOTHING` for a game without a scenario, and behind its last step; the job
/// says `INVALID_DOCUMENT` when a step was not found in 10,000,000 spins and there are too many stops to look at all of
/// them, `LIMIT_EXCEEDED` when the log is full (100,000 spins), or `CANCELLED`; `LIMIT_EXCEEDED`, `SYSTEM`, `BUSY`, `STALE_HANDLE`,
/// `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_play_scenario(
    slot: *mut segue_slot,
    steps: u32,
    out_job: *mut *mut segue_job,
) -> segue_status {
    let handle = slot as Handle;
    boundary_on("segue_slot_play_scenario", &SLOTS, handle, |slot| {
        needed("out_job", out_job)?;
        let most = steps as usize;
        if most > MAX_PLAYED {
            return Err(Failure::range("steps", steps, "0..=10000"));
        }
        slot.with(|player| player.next_step())?;
        let work = move |machine: &Machine, player: &mut Player, progress: &Progress| {
            player.perform(machine, most, progress)
        };
        // SAFETY: the caller's promise.
        unsafe { lend((handle, slot), out_job, work) }?;
        OK
    })
}

/// A scenario that the game can play.
fn read(json: &str, machine: &Machine) -> Answer<Scenario> {
    let refused = |error: facade::format::Error| facade::Error::Format {
        path: "(memory)".into(),
        source: Box::new(error),
    };
    let game = machine.game();
    let scenario = facade::format::slot::scenario_from_json(json.as_bytes(), game);
    let scenario = scenario.map_err(refused)?;
    scenario.check(machine).map_err(|error| match error {
        SlotError::Invalid { .. } | SlotError::Impossible { .. } => {
            let text = facade::format::slot::invalid(&error).to_string();
            Failure::text(SEGUE_STATUS_INVALID_DOCUMENT, format!("scenario: {text}"))
        }
        other => facade::Error::from(other).into(),
    })?;
    Ok(scenario)
}
