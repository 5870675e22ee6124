//! What a project makes of stages: of a trace, of the recording of a live game, or of simulated spins.

use std::ffi::c_char;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use facade::format::stages::{lint_from_json, lint_to_json};
use facade::middleware::stage::bind::StageTable;
use facade::middleware::stage::lint::{Award, LintProfile};
use facade::project::OpenProject;
use facade::slot::{Machine, awards, builtin, builtin_names};
use facade::stage_report::{Told, is_live, live_stages, own_profile, report};
use serde::Deserialize;
use serde_json::Value;

use crate::boundary::{OK, boundary, boundary_on};
use crate::engine::load::document;
use crate::handle::Handle;
use crate::job::{Progress, segue_job, start};
use crate::memory::buffer::{give, segue_buffer};
use crate::memory::{MAX_DOCUMENT, needed};
use crate::options::{Seed, options};
use crate::project::{PROJECTS, segue_project};
use crate::render::rendering;
use crate::slot::session::{Session, named_profile};
use crate::slot::{SLOTS, segue_slot};
use crate::stages::{bad, trace};
use crate::status::{
    Answer, Failure, SEGUE_STATUS_INVALID_ARGUMENT, SEGUE_STATUS_INVALID_DOCUMENT, segue_status,
};

/// The game whose spins are simulated where none is named.
const USUAL_GAME: &str = "demo-studio";
/// Bytes of a file that tell what it is.
const START: u64 = 8192;

/// Plays stages on a project without a sound, and reports what was heard, what was forgotten and what must not be, as
/// `segue stages report` does (docs/stages.md). What is played is `trace` or `stages`, else simulated spins of the game
/// `slot`. `slot` may be NULL: its spins are those of the built-in game `demo-studio`. `[thread-safe]`
///
/// `options` is a JSON object (`options_length` bytes of UTF-8, or NULL and 0) with any of:
/// - `trace`: file of a trace, or of the recording of a live game (the `trace` of
///   [`segue_live_start`](crate::live::segue_live_start)).
/// - `stages`: a trace as an object, or a list of stages as [`segue_stage_post`](super::segue_stage_post) takes them.
/// - `profile`: name of the timing profile; not for the recording of a live game, which has its own times. Default: that
///   of the trace, else `normal`. A trace without times gets those of the profile.
/// - `lint`: a lint profile as an object; default: that of [`segue_get_lint_profile`].
/// - for simulated spins: `spins`, `seed`, `scenario`, `coin`, `pause_ms`, `gamble`, as
///   [`segue_slot_make_trace`](crate::slot::session::segue_slot_make_trace) has them.
///
/// The job's document is a JSON object: `clean`, `spins`, `stages` (a list of `id`, `stage`, `seen`, `bound`, `posted`,
/// `played`), `unbound`, `never_triggered`, `without_asset` (how often, by event), `open_loops` (a list of `stage`, `reel`,
/// `cut_at`), `open_posts` (how often, by event), `gone_loops`, `violations` (texts), `losses_as_wins`, `unknown_bets`,
/// `unknown_wins`, `min_cycle_ms` (or null), `voice_steals`, `refused`, `stuck_ducks`, `lint` (a list of `rule`, `event`,
/// `message`, `source`). It counts spins first, sounds then, and frames at last.
///
/// Sizes: `options` at most 64 MiB.
/// Ownership: the text stays the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
/// The project and the game may be destroyed meanwhile.
/// Errors: `INVALID_DOCUMENT` for the options; `INVALID_ARGUMENT` when there is more than one thing to play, and for a
/// number out of range; the job says `NOT_FOUND`, `WRONG_FILE`, `NEWER_VERSION`, `INVALID_DOCUMENT` with the place,
/// `UNKNOWN_NAME` for a profile or scenario, `INVALID_ARGUMENT` for a profile where there must be none and a recording
/// without stages, `SYSTEM`, `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_UTF8`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
/// Since 0.1.
///
/// # Safety
/// `options` is NULL or `options_length` bytes; `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_stages_report(
    project: *mut segue_project,
    slot: *mut segue_slot,
    options: *const c_char,
    options_length: usize,
    out_job: *mut *mut segue_job,
) -> segue_status {
    let handle = project as Handle;
    boundary_on("segue_stages_report", &PROJECTS, handle, |project| {
        needed("out_job", out_job)?;
        let machine = match slot.is_null() {
            true => None,
            false => Some(Arc::clone(&SLOTS.enter(slot as Handle)?.machine)),
        };
        // SAFETY: the caller's promise.
        let wanted: Wanted = unsafe { self::options(options, options_length) }?;
        let (source, lint) = (wanted.source(machine)?, wanted.lint()?);
        let open = project.now();
        let work = move |progress: &Progress| run(&open, &source, &lint, progress);
        // SAFETY: the caller's promise.
        unsafe { start("segue-stages", out_job, work) }?;
        OK
    })
}

/// The usual lint profile as a document in JSON, to be edited and given to [`segue_stages_report`]. `[thread-safe]`
///
/// Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
/// Errors: `INVALID_DOCUMENT`, `NULL_POINTER`. Since 0.1.
///
/// # Safety
/// `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_get_lint_profile(out_document: *mut segue_buffer) -> segue_status {
    boundary("segue_get_lint_profile", || {
        needed("out_document", out_document)?;
        let json = lint_to_json(&LintProfile::uk()).map_err(|error| {
            Failure::text(SEGUE_STATUS_INVALID_DOCUMENT, format!("lint: {error}"))
        })?;
        // SAFETY: not NULL, the caller's promise.
        unsafe { give("out_document", out_document, json) }?;
        OK
    })
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    trace: Option<PathBuf>,
    stages: Option<Value>,
    profile: Option<String>,
    lint: Option<Value>,
    spins: Option<u32>,
    seed: Option<Seed>,
    scenario: Option<PathBuf>,
    coin: Option<i64>,
    pause_ms: Option<f64>,
    gamble: Option<u32>,
}

/// What is played.
enum Source {
    File(PathBuf, Option<String>),
    Text(String, Option<String>),
    Spins(Arc<Machine>, Session),
}

impl Wanted {
    fn source(&self, machine: Option<Arc<Machine>>) -> Answer<Source> {
        let wrong = |name, problem| {
            let status = SEGUE_STATUS_INVALID_ARGUMENT;
            Err(Failure::argument(status, name, problem))
        };
        let session = self.session();
        session.check()?;
        let profile = self.profile.clone();
        match (&self.trace, &self.stages) {
            (None, None) => Ok(Source::Spins(machine.map_or_else(usual_game, Ok)?, session)),
            (Some(_), Some(_)) => wrong("stages", "cannot be given beside trace; leave one out"),
            _ if machine.is_some() => {
                wrong("slot", "cannot be given beside trace or stages; pass NULL")
            }
            _ if session.is_chosen() => wrong(
                "options",
                "say how to spin beside trace or stages; leave one out",
            ),
            (Some(path), None) => Ok(Source::File(path.clone(), profile)),
            (None, Some(stages)) => Ok(Source::Text(stages.to_string(), profile)),
        }
    }

    fn session(&self) -> Session {
        Session {
            spins: self.spins,
            seed: self.seed,
            scenario: self.scenario.clone(),
            coin: self.coin,
            pause_ms: self.pause_ms,
            gamble: self.gamble,
            profile: self.profile.clone(),
        }
    }

    fn lint(&self) -> Answer<LintProfile> {
        let Some(lint) = &self.lint else {
            return Ok(LintProfile::uk());
        };
        let read = lint_from_json(lint.to_string().as_bytes());
        Ok(read.map_err(|error| bad("lint", &error.to_string()))?.0)
    }
}

/// The game of the command line.
fn usual_game() -> Answer<Arc<Machine>> {
    let game = builtin(USUAL_GAME).ok_or_else(|| facade::Error::Unknown {
        what: "built-in game",
        name: USUAL_GAME.to_owned(),
        known: builtin_names().map(str::to_owned).to_vec(),
    })?;
    Ok(Arc::new(Machine::new(game).map_err(facade::Error::from)?))
}

fn run(
    project: &OpenProject,
    source: &Source,
    lint: &LintProfile,
    progress: &Progress,
) -> Answer<Vec<u8>> {
    let table = project.stage_table();
    let (told, awards): (Told, Vec<Award>) = match source {
        Source::File(path, profile) => (file(path, &table, profile.as_deref())?, Vec::new()),
        Source::Text(text, profile) => (timed(text, &table, profile.as_deref())?, Vec::new()),
        Source::Spins(machine, session) => {
            let profile = session.profile.as_deref().unwrap_or("normal");
            let profile = named_profile(&table, profile)?;
            let trace = session.play(machine, &table, profile.clone(), progress)?;
            (Told::spun(trace, profile), awards(machine))
        }
    };
    let found = report(project, told, lint, &awards, &mut |step| {
        rendering(progress, &step)
    })?;
    document(&found.value())
}

/// A trace, or the recording of a live game.
fn file(path: &Path, table: &StageTable, profile: Option<&str>) -> Answer<Told> {
    if is_recording(path) {
        if profile.is_some() {
            let problem = "cannot be given: the recording of a live game has its own times";
            let status = SEGUE_STATUS_INVALID_ARGUMENT;
            return Err(Failure::argument(status, "profile", problem));
        }
        return Ok(Told::live(live_stages(path)?));
    }
    let text = facade::files::read_text(path, "capi_document_bytes", MAX_DOCUMENT as u64)?;
    let named = |failure: Failure| {
        let text = format!("{}: {failure}", path.display());
        Failure::text(failure.status, text)
    };
    timed(&text, table, profile).map_err(named)
}

/// Whether a file begins as the recording of a live game does. One that cannot be read is none: reading it will tell.
fn is_recording(path: &Path) -> bool {
    // Opening a pipe would wait for somebody to write.
    if !std::fs::metadata(path).is_ok_and(|it| it.is_file()) {
        return false;
    }
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(START).read_to_end(&mut start));
    read.is_ok() && is_live(&start)
}

fn timed(text: &str, table: &StageTable, profile: Option<&str>) -> Answer<Told> {
    let trace = trace(text)?;
    let profile = match profile {
        Some(name) => named_profile(table, name)?,
        None => own_profile(table, &trace),
    };
    Ok(Told::timed(trace, profile))
}
