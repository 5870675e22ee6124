//! Slot games: spins that are drawn or chosen, their stages, their odds.
//!
//! ```text
//! open -> segue_slot_begin (seed) -> segue_slot_spin ... -> segue_slot_get_result, segue_slot_get_stages
//! ```
//!
//! A game is open with a player, who stands at a spin of a seed: the same seed gives the same spins,
//! on every machine. It knows no audio; [`segue_stage_post`](crate::stages::segue_stage_post) plays
//! what a spin shows. The generator is no certified one: do not run games for money with it.

pub mod gamble;
pub mod jobs;
pub mod scenario;
pub mod session;
pub mod spin;

use std::ffi::c_char;
use std::sync::{Arc, Mutex};

use facade::slot::log::{LogRow, Recorder, Standing};
use facade::slot::result::SpinResult;
use facade::slot::{Machine, builtin, builtin_names, game_to_json, open_game};
use serde_json::json;

use crate::boundary::{OK, boundary, boundary_on};
use crate::engine::load::document;
use crate::handle::{Handle, Table, lock};
use crate::library::check_abi;
use crate::memory::buffer::{give, segue_buffer};
use crate::memory::{MAX_JSON, needed, put, take_name, take_path, take_text};
use crate::status::{
    Answer, Failure, SEGUE_STATUS_BUSY, SEGUE_STATUS_INVALID_DOCUMENT, SEGUE_STATUS_NOT_FOUND,
    segue_status,
};

/// Most slot games that are open at a time.
pub const MAX_SLOTS: usize = 64;
/// Most spins that the log of a game holds; take it before.
pub const MAX_LOG: usize = 100_000;

pub(crate) static SLOTS: Table<Slot, 4, MAX_SLOTS> = Table::new("slot");

/// An open slot game. Opaque.
#[repr(C)]
pub struct segue_slot {
    private: [u8; 0],
}

pub(crate) struct Slot {
    pub(crate) machine: Arc<Machine>,
    /// `None` while a job has it.
    player: Mutex<Option<Player>>,
}

/// Whoever spins.
pub(crate) struct Player {
    standing: Standing,
    /// What was spun and not taken yet.
    log: Vec<LogRow>,
    last: Option<(LogRow, SpinResult)>,
    gambles: gamble::Gambles,
    /// What is chosen for it.
    scenario: Option<scenario::Playing>,
}

impl Player {
    /// A player at a spin of a seed, 0 the first; those before it are spun unseen.
    fn at(machine: &Machine, seed: u64, coin: i64, spin: u64) -> facade::Result<Self> {
        let mut recorder = Recorder::new(machine, seed, 0, coin)?;
        for _ in 0..spin {
            recorder.spin()?;
        }
        Ok(Self {
            standing: recorder.standing(),
            log: Vec::new(),
            last: None,
            gambles: gamble::Gambles::new(seed),
            scenario: None,
        })
    }

    /// Spins once, and stays where it was when that fails.
    fn play(
        &mut self,
        machine: &Machine,
        spin: impl FnOnce(&mut Recorder<'_>) -> facade::Result<(LogRow, SpinResult)>,
    ) -> Answer<&(LogRow, SpinResult)> {
        if self.log.len() >= MAX_LOG {
            let text = format!("the log holds {MAX_LOG} spins; take it with segue_slot_take_log");
            let status = crate::status::SEGUE_STATUS_LIMIT_EXCEEDED;
            return Err(Failure::text(status, text));
        }
        let mut recorder = Recorder::resume(machine, self.standing.clone());
        let (row, result) = spin(&mut recorder)?;
        self.standing = recorder.standing();
        self.gambles.go_on();
        let row = LogRow {
            engine_version: env!("CARGO_PKG_VERSION").to_owned(),
            ..row
        };
        self.log.push(row.clone());
        Ok(self.last.insert((row, result)))
    }
}

impl Slot {
    fn new(machine: Machine) -> Answer<Self> {
        let player = Player::at(&machine, 1, 1, 0)?;
        Ok(Self {
            machine: Arc::new(machine),
            player: Mutex::new(Some(player)),
        })
    }

    /// Uses the player.
    fn with<T>(&self, body: impl FnOnce(&mut Player) -> Answer<T>) -> Answer<T> {
        match lock(&self.player).as_mut() {
            Some(player) => body(player),
            None => Err(lent()),
        }
    }
}

fn lent() -> Failure {
    let text = "a job plays this game; wait for it";
    Failure::plain(SEGUE_STATUS_BUSY, text)
}

/// Opens a slot game from a JSON file (docs/slot.md). Its player stands at spin 0 of seed 1, at a
/// credit of 1. `abi` is `SEGUE_ABI` of the header. `[thread-safe]`
///
/// `path` is UTF-8 of `path_length` bytes, at most 4,096, not NUL-terminated.
///
/// Sizes: `path` at most 4,096 bytes.
/// Ownership: `out_slot` becomes the caller's; `segue_slot_destroy` ends it.
/// Errors: `ABI_MISMATCH`, `NOT_FOUND`, `INVALID_DOCUMENT` with the place, `NEWER_VERSION`, `WRONG_FILE`,
/// `SYSTEM`, `LIMIT_EXCEEDED`, `INVALID_UTF8`, `INVALID_ARGUMENT`, `NULL_POINTER`. Since 0.1.
///
/// # Safety
/// `path` is NULL or `path_length` bytes; `out_slot` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_open(
    abi: u32,
    path: *const c_char,
    path_length: usize,
    out_slot: *mut *mut segue_slot,
) -> segue_status {
    boundary("segue_slot_open", || {
        check_abi(abi)?;
        needed("out_slot", out_slot)?;
        // SAFETY: the caller's promise.
        let path = unsafe { take_path("path", path, path_length) }?;
        if !path.exists() {
            let text = format!("{}: there is no such file", path.display());
            return Err(Failure::text(SEGUE_STATUS_NOT_FOUND, text));
        }
        let machine = open_game(path)?;
        // SAFETY: checked above, the caller's promise.
        unsafe { publish(out_slot, machine) }
    })
}

/// Opens a slot game from a JSON document in memory, at most 16 MiB; else as [`segue_slot_open`].
/// `[thread-safe]`
///
/// Ownership: the document stays the caller's. `out_slot` becomes the caller's;
/// `segue_slot_destroy` ends it.
/// Errors: as [`segue_slot_open`]. Since 0.1.
///
/// # Safety
/// `json` is NULL or `json_length` bytes; `out_slot` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_open_memory(
    abi: u32,
    json: *const c_char,
    json_length: usize,
    out_slot: *mut *mut segue_slot,
) -> segue_status {
    boundary("segue_slot_open_memory", || {
        check_abi(abi)?;
        needed("out_slot", out_slot)?;
        // SAFETY: the caller's promise.
        let json = unsafe { take_text("json", json, json_length, MAX_JSON) }?;
        let game = facade::format::slot::game_from_json(json.as_bytes()).map_err(|error| {
            facade::Error::Format {
                path: "(memory)".into(),
                source: Box::new(error),
            }
        })?;
        let machine = Machine::new(game).map_err(facade::Error::from)?;
        // SAFETY: checked above, the caller's promise.
        unsafe { publish(out_slot, machine) }
    })
}

/// Opens a built-in slot game: `lobstermania-96`, `lobstermania-85`, `demo-low`, `demo-medium`,
/// `demo-high` or `demo-studio`; else as [`segue_slot_open`]. `[thread-safe]`
///
/// Sizes: `name` at most 1,024 bytes.
/// Ownership: `out_slot` becomes the caller's; `segue_slot_destroy` ends it.
/// Errors: `INVALID_ARGUMENT` for an empty name;
/// `ABI_MISMATCH`, `UNKNOWN_NAME` with the nearest one, `INVALID_UTF8`, `LIMIT_EXCEEDED`,
/// `NULL_POINTER`. Since 0.1.
///
/// # Safety
/// `name` is NULL or `name_length` bytes; `out_slot` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_open_builtin(
    abi: u32,
    name: *const c_char,
    name_length: usize,
    out_slot: *mut *mut segue_slot,
) -> segue_status {
    boundary("segue_slot_open_builtin", || {
        check_abi(abi)?;
        needed("out_slot", out_slot)?;
        // SAFETY: the caller's promise.
        let name = unsafe { take_name("name", name, name_length) }?;
        let game = builtin(name).ok_or_else(|| facade::Error::Unknown {
            what: "built-in game",
            name: name.to_owned(),
            known: builtin_names().map(str::to_owned).to_vec(),
        })?;
        let machine = Machine::new(game).map_err(facade::Error::from)?;
        // SAFETY: checked above, the caller's promise.
        unsafe { publish(out_slot, machine) }
    })
}

/// # Safety
/// `out` is the caller's.
unsafe fn publish(out: *mut *mut segue_slot, machine: Machine) -> Answer<segue_status> {
    let handle = SLOTS.insert(Slot::new(machine)?)?;
    // SAFETY: the caller's promise.
    unsafe { put("out_slot", out, handle as *mut segue_slot) }?;
    OK
}

/// Closes a slot game. Jobs that use it go on with what they need. `[thread-safe]`
///
/// Ownership: the handle is stale afterwards. NULL is allowed and does nothing.
/// Errors: `STALE_HANDLE`, `BUSY` when calls on other threads do not leave within 10 s. Since 0.1.
///
/// # Safety
/// Any value of `slot` is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_destroy(slot: *mut segue_slot) -> segue_status {
    boundary("segue_slot_destroy", || {
        if !slot.is_null() {
            drop(SLOTS.remove(slot as Handle)?);
        }
        OK
    })
}

/// The game's document as UTF-8 JSON, as [`segue_slot_open_memory`] takes it. `[thread-safe]`
///
/// Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
/// Errors: `INVALID_DOCUMENT`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_get_json(
    slot: *mut segue_slot,
    out_document: *mut segue_buffer,
) -> segue_status {
    boundary_on("segue_slot_get_json", &SLOTS, slot as Handle, |slot| {
        needed("out_document", out_document)?;
        let json = unreadable(game_to_json(slot.machine.game()))?;
        // SAFETY: not NULL, the caller's promise.
        unsafe { give("out_document", out_document, json) }?;
        OK
    })
}

/// The names of the built-in games, as a JSON object: `games`, a list of texts. `[thread-safe]`
///
/// Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
/// Errors: `NULL_POINTER`. Since 0.1.
///
/// # Safety
/// `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_get_slot_builtins(out_document: *mut segue_buffer) -> segue_status {
    boundary("segue_get_slot_builtins", || {
        needed("out_document", out_document)?;
        let json = document(&json!({"games": builtin_names()}))?;
        // SAFETY: not NULL, the caller's promise.
        unsafe { give("out_document", out_document, json) }?;
        OK
    })
}

/// Something of the formats that cannot be read or written.
fn unreadable<T>(answer: facade::format::Result<T>) -> Answer<T> {
    let failed = |error: facade::format::Error| error.to_string();
    answer.map_err(|error| Failure::text(SEGUE_STATUS_INVALID_DOCUMENT, failed(error)))
}
