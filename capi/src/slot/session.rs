//! Sessions: many spins with what is waited between them, as one trace of stages.

use std::ffi::c_char;
use std::path::PathBuf;
use std::sync::Arc;

use facade::format::stages::trace_to_json;
use facade::middleware::stage::StageTrace;
use facade::middleware::stage::bind::StageTable;
use facade::middleware::stage::timing::TimingProfile;
use facade::slot::{Machine, SessionOptions, open_scenario, spin_session};
use serde::Deserialize;

use crate::boundary::{OK, boundary_on};
use crate::handle::Handle;
use crate::job::{Progress, segue_job, start};
use crate::memory::needed;
use crate::options::{Seed, options};
use crate::project::{PROJECTS, segue_project};
use crate::slot::{SLOTS, segue_slot, unreadable};
use crate::status::{Answer, Failure, segue_status};

/// Which spins a session has: those of `segue stages make`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Session {
    pub(crate) spins: Option<u32>,
    pub(crate) seed: Option<Seed>,
    pub(crate) scenario: Option<PathBuf>,
    pub(crate) coin: Option<i64>,
    pub(crate) pause_ms: Option<f64>,
    pub(crate) gamble: Option<u32>,
    pub(crate) profile: Option<String>,
}

/// Plays a session away from the player, who stays where it is, and makes a trace of its stages, each at its time, as
/// `segue stages make` does (docs/stages.md): chosen spins first, drawn ones behind them. `project` may be NULL; where
/// it is not, its win tiers and timing profiles count. `[thread-safe]`
///
/// `options` is a JSON object (`options_length` bytes of UTF-8, or NULL and 0) with any of:
/// - `spins`: drawn spins, 1..=100000; default: 1, with a scenario none.
/// - `seed`: a number or a text of digits; default 1. `coin`: minor units a credit, 1..=1000000; default 5.
/// - `scenario`: a file, or the name of a built-in one, of which an endless one has 10,000 steps; default: none.
/// - `pause_ms`: before each drawn spin but the first, 0..=600000; default 500.
/// - `gamble`: rounds for which every win is risked, where the game has a gamble, 0..=5; default 0.
/// - `profile`: name of a timing profile; default `normal`.
///
/// The job's document is the trace. It counts spins.
///
/// Sizes: `options` at most 64 MiB.
/// Ownership: the text stays the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
/// The game and the project may be destroyed meanwhile.
/// Errors: `INVALID_DOCUMENT` for the options, `INVALID_ARGUMENT` for a number out of range, `UNKNOWN_NAME` for the
/// profile; the job says `UNKNOWN_NAME` for a scenario that is no file and not built in, `INVALID_DOCUMENT` for one that the
/// game cannot play, `NOT_FOUND`, `WRONG_FILE`, `NEWER_VERSION`, `INVALID_ARGUMENT`, `LIMIT_EXCEEDED` for a trace that is
/// too large, `SYSTEM`, `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_UTF8`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
/// Since 0.1.
///
/// # Safety
/// `options` is NULL or `options_length` bytes; `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_slot_make_trace(
    slot: *mut segue_slot,
    project: *mut segue_project,
    options: *const c_char,
    options_length: usize,
    out_job: *mut *mut segue_job,
) -> segue_status {
    boundary_on("segue_slot_make_trace", &SLOTS, slot as Handle, |slot| {
        needed("out_job", out_job)?;
        // SAFETY: the caller's promise.
        let wanted: Session = unsafe { self::options(options, options_length) }?;
        wanted.check()?;
        let table = table_of(project)?;
        let profile = named_profile(&table, wanted.profile.as_deref().unwrap_or("normal"))?;
        let machine = Arc::clone(&slot.machine);
        let work = move |progress: &Progress| {
            let trace = wanted.play(&machine, &table, profile, progress)?;
            unreadable(trace_to_json(&trace))
        };
        // SAFETY: the caller's promise.
        unsafe { start("segue-slot", out_job, work) }?;
        OK
    })
}

impl Session {
    pub(crate) fn check(&self) -> Answer {
        let range = |name, value: Option<f64>, (min, max), allowed| match value {
            // What is no number is not contained either.
            Some(value) if !(min..=max).contains(&value) => {
                Err(Failure::range(name, value, allowed))
            }
            _ => Ok(()),
        };
        let spins = self.spins.map(f64::from);
        range("spins", spins, (1.0, 100_000.0), "1..=100000")?;
        #[allow(clippy::cast_precision_loss, reason = "compared with 10^6")]
        let coin = self.coin.map(|coin| coin as f64);
        range("coin", coin, (1.0, 1e6), "1..=1000000")?;
        range("pause_ms", self.pause_ms, (0.0, 6e5), "0..=600000")?;
        range("gamble", self.gamble.map(f64::from), (0.0, 5.0), "0..=5")
    }

    /// Whether it says anything of spins.
    pub(crate) fn is_chosen(&self) -> bool {
        let is_chosen = self.spins.is_some() || self.scenario.is_some() || self.coin.is_some();
        is_chosen || self.seed.is_some() || self.pause_ms.is_some() || self.gamble.is_some()
    }

    /// The trace of it.
    pub(crate) fn play(
        &self,
        machine: &Machine,
        table: &StageTable,
        profile: TimingProfile,
        progress: &Progress,
    ) -> Answer<StageTrace> {
        let scenario = self.scenario.as_deref();
        let scenario = scenario.map(|path| open_scenario(path, machine));
        let scenario = scenario.transpose()?;
        let options = SessionOptions {
            scenario: scenario.as_ref(),
            spins: self.spins,
            seed: self.seed.map_or(1, Seed::value),
            coin: self.coin.unwrap_or(5),
            pause_ms: self.pause_ms.unwrap_or(500.0),
            gamble: self.gamble.unwrap_or(0),
        };
        let session = spin_session(machine, &options, &|done, total| progress.step(done, total))?;
        Ok(session.trace(machine, table, profile))
    }
}

/// The stages of a project; of none, those that every one has.
pub(crate) fn table_of(project: *mut segue_project) -> Answer<StageTable> {
    match project.is_null() {
        true => Ok(StageTable::default()),
        false => Ok(PROJECTS.enter(project as Handle)?.now().stage_table()),
    }
}

/// A timing profile of a table.
pub(crate) fn named_profile(table: &StageTable, name: &str) -> Answer<TimingProfile> {
    let found = table.profile(name).ok_or_else(|| facade::Error::Unknown {
        what: "timing profile",
        name: name.to_owned(),
        known: table.profile_names().map(str::to_owned).collect(),
    })?;
    Ok(found)
}
