//! What takes long: looking for an outcome, a great many spins, exact odds, PAR sheets.

use std::ffi::c_char;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use facade::slot::exact::SpinOdds;
use facade::slot::par::{Comparison, Verdict};
use facade::slot::{
    Machine, SimOptions, count_all, game_to_json, html, odds_value, open_sheet, outcome_from_text,
    png, sim_value, simulate, spun_value, write_file,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::boundary::{OK, boundary, boundary_on};
use crate::engine::load::document;
use crate::handle::{Handle, lock};
use crate::job::{Progress, cancelled, segue_job, start};
use crate::library::check_abi;
use crate::memory::{needed, take_name, take_path};
use crate::options::{Seed, options};
use crate::slot::{Player, SLOTS, Slot, lent, segue_slot, unreadable};
use crate::status::{
    Answer, Failure, SEGUE_STATUS_INVALID_DOCUMENT, SEGUE_STATUS_UNKNOWN_NAME, segue_status,
};

/// Looks for the next spin that gives an outcome: a legal one, as likely as any other that gives it.
/// It becomes the player's last spin, with its row in the log. Outcomes are `lose`, `small`, `medium`, `big`,
/// `mega`, `epic`, `ultra`, `near_miss`, `cascade`, `free_spins`, `hold_and_win`, `pick`, `wheel`,
/// `jackpot:mini` (`minor`, `major`, `grand`), `between:FROM..TO` in hundredths of the bet, and
/// `shows:SYMBOLxCOUNT`. The job's document is that of
/// [`segue_slot_get_result`](super::spin::segue_slot_get_result). Until it is over the other calls that
/// need the player answer `BUSY`. One that is cancelled leaves the player where it was. `[thread-safe]`
///
/// Sizes: `outcome` at most 1,024 bytes.
/// Ownership: `out_job` becomes the caller's; `segue_job_destroy` ends it. The game stays the caller's
/// and may be destroyed at any time.
/// Errors: `INVALID_ARGUMENT` for an empty name;
/// `UNKNOWN_NAME` for the outcome; the job says `INVALID_DOCUMENT` when no spin of the game gives
/// it, or none was found in 10,000,000 spins and there are too many stops to look at all of them: the
/// text tells which, and the player is where it was; or `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_UTF8`, `SYSTEM`, `BUSY`,
/// `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `outcome` is NULL or `outcome_length` bytes; `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_force(
    slot: *mut segue_slot,
    outcome: *const c_char,
    outcome_length: usize,
    out_job: *mut *mut segue_job,
) -> segue_status {
    let handle = slot as Handle;
    boundary_on("segue_slot_force", &SLOTS, handle, |slot| {
        needed("out_job", out_job)?;
        // SAFETY: the caller's promise.
        let text = unsafe { take_name("outcome", outcome, outcome_length) }?;
        let outcome = outcome_from_text(text, slot.machine.game()).map_err(|error| {
            Failure::text(SEGUE_STATUS_UNKNOWN_NAME, format!("outcome: {error}"))
        })?;
        let work = move |machine: &Machine, player: &mut Player, progress: &Progress| {
            let spun = player.play(machine, |recorder| {
                Ok(recorder.force_while(&|| !progress.is_cancelled(), outcome)?)
            })?;
            document(&spun_value(machine, &spun.0, &spun.1))
        };
        // SAFETY: the caller's promise.
        unsafe { lend((handle, slot), out_job, work) }?;
        OK
    })
}

/// Starts a job that has the player of a game; it is back when the job is over, or cannot be started.
///
/// # Safety
/// As [`start`].
pub(super) unsafe fn lend(
    (handle, slot): (Handle, &Slot),
    out_job: *mut *mut segue_job,
    work: impl FnOnce(&Machine, &mut Player, &Progress) -> Answer<Vec<u8>> + Send + 'static,
) -> Answer {
    let player = lock(&slot.player).take().ok_or_else(lent)?;
    // The job takes it out when it runs; when it cannot be started it comes back.
    let hand = Arc::new(Mutex::new(Some(player)));
    let (machine, taken) = (Arc::clone(&slot.machine), Arc::clone(&hand));
    let work = move |progress: &Progress| {
        let player = lock(&taken).take().ok_or_else(cancelled)?;
        let mut lent = Lent {
            handle,
            player: Some(player),
        };
        let player = lent.player.as_mut().ok_or_else(cancelled)?;
        work(&machine, player, progress)
    };
    // SAFETY: the caller's promise.
    match unsafe { start("segue-slot", out_job, work) } {
        Ok(_) => Ok(()),
        Err(failure) => {
            *lock(&slot.player) = lock(&hand).take();
            Err(failure)
        }
    }
}

/// A player outside of its game, until this is dropped. A panic on the way poisons the game.
struct Lent {
    handle: Handle,
    player: Option<Player>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        // A game that is gone needs no player any more.
        if let Ok(slot) = SLOTS.enter_even_poisoned(self.handle) {
            *lock(&slot.player) = self.player.take();
            if std::thread::panicking() {
                slot.poison();
            }
        }
    }
}

/// Plays a great many spins on several threads and compares them with the counted odds. The player stays
/// where it is. `[thread-safe]`
///
/// `options` is a JSON object (`options_length` bytes of UTF-8, or NULL and 0) with any of:
/// - `spins`: 1..=1e12; default 1000000. `seed`: a number or a text of digits; default 1.
/// - `coin`: minor units a credit, 1 or more; default 1. `workers`: threads, 1 or more, of which 256 work; default: one for
///   each core.
/// - `sessions`: of which the balance is kept for the pictures, 0..=200; default 12. `session_spins`:
///   their spins, 1..=100000; default 1000.
/// - `report`: file for a report with pictures, HTML; `png`: file for the pictures; default: none.
///
/// The job's document is a JSON object with the keys of `segue slot sim --json`: `game`, `spins`, `bet`,
/// `won`, `rtp`, `rtp_sigma`, `rtp_95`, `rtp_counted`, `rtp_exact`, `rtp_basis` (`exact`, `counted`, `estimated`:
/// what stands behind `rtp_counted`), `hits`, `variance_bets`, `losses_as_wins`,
/// `big_wins`, `highest`, `near_misses`, `cascades`, `feature_spins`, `features`, `free_spins`, `jackpots`,
/// `jackpots_won`, `histogram` (wins and how often), `convergence` (spins, return, sigma). It counts spins;
/// the same options give the same document, whatever the number of threads.
///
/// Sizes: `options` at most 64 MiB.
/// Ownership: the text stays the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
/// The game may be destroyed meanwhile.
/// Errors: `INVALID_DOCUMENT` for the options, `INVALID_ARGUMENT` for a number out of range; the job says
/// `INVALID_DOCUMENT` for a credit that is too large, `INVALID_ARGUMENT`, `NOT_FOUND` for the folder of a picture,
/// `EXISTS` for one in the place of a file of another kind, `WRONG_FILE` for a device or pipe, `SYSTEM`, `CANCELLED`;
/// `LIMIT_EXCEEDED`, `INVALID_UTF8`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `options` is NULL or `options_length` bytes; `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_simulate(
    slot: *mut segue_slot,
    options: *const c_char,
    options_length: usize,
    out_job: *mut *mut segue_job,
) -> segue_status {
    boundary_on("segue_slot_simulate", &SLOTS, slot as Handle, |slot| {
        needed("out_job", out_job)?;
        // SAFETY: the caller's promise.
        let wanted: Simulate = unsafe { self::options(options, options_length) }?;
        let how = wanted.how()?;
        let machine = Arc::clone(&slot.machine);
        let work = move |progress: &Progress| {
            let report = simulate(&machine, &how, &mut |at| progress.step(at.done, at.total))?;
            if let Some(path) = &wanted.report {
                write_file(path, html(machine.game(), &report, how.seed).as_bytes())?;
            }
            if let Some(path) = &wanted.png {
                write_file(path, &png(&report, path)?)?;
            }
            document(&sim_value(&machine, &report))
        };
        // SAFETY: the caller's promise.
        unsafe { start("segue-slot", out_job, work) }?;
        OK
    })
}

/// Counts the odds of a game exactly: return, hits, variance, and how often it pays what. The player
/// stays where it is. `[thread-safe]`
///
/// `options` is a JSON object (`options_length` bytes of UTF-8, or NULL and 0) with any of:
/// - `brute_force`: look at every stop vector too, whatever their number; default false.
/// - `workers`: threads for that, 1 or more, of which 256 work; default: one for each core.
///
/// The job's document is a JSON object with the keys of `segue slot enumerate --json` (docs/slot.md). It
/// counts stop vectors.
///
/// Sizes: `options` at most 64 MiB.
/// Ownership: as [`segue_slot_simulate`].
/// Errors: `INVALID_DOCUMENT` for the options; the job says `INVALID_ARGUMENT`, `INVALID_DOCUMENT` for a
/// count that does not fit, `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_UTF8`, `SYSTEM`, `STALE_HANDLE`,
/// `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `options` is NULL or `options_length` bytes; `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_enumerate(
    slot: *mut segue_slot,
    options: *const c_char,
    options_length: usize,
    out_job: *mut *mut segue_job,
) -> segue_status {
    boundary_on("segue_slot_enumerate", &SLOTS, slot as Handle, |slot| {
        needed("out_job", out_job)?;
        // SAFETY: the caller's promise.
        let wanted: Enumerate = unsafe { self::options(options, options_length) }?;
        let machine = Arc::clone(&slot.machine);
        let work = move |progress: &Progress| {
            let mut at = |done, total| progress.step(done, total);
            let mut odds = machine.odds(&mut at).map_err(facade::Error::from)?;
            if wanted.brute_force {
                let joint = count_all(&machine, wanted.workers, &mut at)?;
                odds.spin = SpinOdds::Exact(joint);
            }
            let mut value = odds_value(machine.game(), &odds);
            value["brute_force"] = wanted.brute_force.into();
            document(&value)
        };
        // SAFETY: the caller's promise.
        unsafe { start("segue-slot", out_job, work) }?;
        OK
    })
}

/// Makes a game out of a PAR sheet (`sheet_path` is its path: CSV by its ending, else JSON; docs/slot.md)
/// and compares every figure that the sheet states with the counted one. `abi` is `SEGUE_ABI` of the
/// header. `[thread-safe]`
///
/// The job's document is a JSON object: `game` (its id), `rtp` (0 to 1), `figures`, a list of `figure`,
/// `stated`, `counted` (or null), `verdict` (`equal`, `rounded`, `differs`, `cannot be counted`), `is_true`
/// (no figure differs, and all could be counted), and `document`, the game, which
/// [`segue_slot_open_memory`](super::segue_slot_open_memory) opens. It counts stop vectors.
///
/// Sizes: `sheet_path` at most 4,096 bytes.
/// Ownership: the text stays the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
/// Errors: `ABI_MISMATCH`; the job says `NOT_FOUND`, `WRONG_FILE`, `INVALID_DOCUMENT` with the place, `LIMIT_EXCEEDED`,
/// `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_ARGUMENT`, `INVALID_UTF8`, `SYSTEM`, `NULL_POINTER`. Since 0.1.
///
/// # Safety
/// `sheet_path` is NULL or `sheet_path_length` bytes; `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_import(
    abi: u32,
    sheet_path: *const c_char,
    sheet_path_length: usize,
    out_job: *mut *mut segue_job,
) -> segue_status {
    boundary("segue_slot_import", || {
        check_abi(abi)?;
        needed("out_job", out_job)?;
        // SAFETY: the caller's promise.
        let file = unsafe { take_path("sheet_path", sheet_path, sheet_path_length) }?.to_owned();
        let work = move |progress: &Progress| {
            let sheet = open_sheet(&file)?;
            let mut at = |done, total| progress.step(done, total);
            let (odds, rows) = sheet.compare(&mut at).map_err(facade::Error::from)?;
            let game = sheet.game().map_err(facade::Error::from)?;
            let text = unreadable(game_to_json(&game))?;
            let text: Value = serde_json::from_slice(&text)
                .map_err(|error| Failure::text(SEGUE_STATUS_INVALID_DOCUMENT, error.to_string()))?;
            let is_true = |it: &Comparison| matches!(it.verdict, Verdict::Equal | Verdict::Rounded);
            document(&json!({
                "game": sheet.id,
                "rtp": odds.rtp.float,
                "figures": rows.iter().map(figure).collect::<Vec<_>>(),
                "is_true": rows.iter().all(is_true),
                "document": text,
            }))
        };
        // SAFETY: the caller's promise.
        unsafe { start("segue-slot", out_job, work) }?;
        OK
    })
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Simulate {
    spins: Option<u64>,
    seed: Option<Seed>,
    coin: Option<i64>,
    workers: Option<usize>,
    sessions: Option<u64>,
    session_spins: Option<u64>,
    report: Option<PathBuf>,
    png: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Enumerate {
    brute_force: bool,
    workers: Option<usize>,
}

impl Simulate {
    fn how(&self) -> Answer<SimOptions> {
        let within = |name, value: Option<u64>, default, (min, max), allowed| {
            let value = value.unwrap_or(default);
            match (min..=max).contains(&value) {
                true => Ok(value),
                false => Err(Failure::range(name, value as f64, allowed)),
            }
        };
        let most = 1_000_000_000_000;
        let spins = within("spins", self.spins, 1_000_000, (1, most), "1..=1e12")?;
        let sessions = within("sessions", self.sessions, 12, (0, 200), "0..=200")?;
        let each = (1, 100_000);
        let each = within(
            "session_spins",
            self.session_spins,
            1_000,
            each,
            "1..=100000",
        )?;
        Ok(SimOptions {
            spins,
            seed: self.seed.map_or(1, Seed::value),
            coin: self.coin.unwrap_or(1),
            workers: self.workers,
            sessions: (sessions, each),
        })
    }
}

fn figure(row: &Comparison) -> Value {
    json!({
        "figure": row.figure.name(),
        "stated": row.stated,
        "counted": row.counted,
        "verdict": match row.verdict {
            Verdict::Equal => "equal",
            Verdict::Rounded => "rounded",
            Verdict::Differs => "differs",
            Verdict::Unknown => "cannot be counted",
        },
    })
}
