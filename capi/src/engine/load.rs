//! Bringing a project to an engine.

use std::ops::ControlFlow;
use std::sync::Arc;

use facade::{Control, LoadProgress};
use serde_json::json;

use crate::boundary::{OK, boundary_on};
use crate::engine::{ENGINES, segue_engine};
use crate::handle::{Handle, lock};
use crate::job::{Progress, cancelled, segue_job, start};
use crate::project::{PROJECTS, segue_project};
use crate::status::{Answer, segue_status};

/// Decodes a project's audio on a job's thread and installs it in the engine, once in its life. The
/// engine can be used and rendered meanwhile. The job's document is a JSON object: `sounds`,
/// `streamed`, `bytes`, `frames` (of the arrangement), `unplayable` (a list of `id`, `file`, `reason`:
/// the rest plays). `[thread-safe]`
///
/// Ownership: `out_job` becomes the caller's; `segue_job_destroy` ends it. Engine and project stay
/// the caller's and may be destroyed at any time.
/// Errors: `WRONG_ORDER` when something was loaded before (the job says it); `INVALID_DOCUMENT` when
/// it cannot be built (the job says it); `LIMIT_EXCEEDED`, `SYSTEM`, `STALE_HANDLE`, `NULL_POINTER`,
/// `POISONED`. Since 0.1.
///
/// # Safety
/// `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_engine_load(
    engine: *mut segue_engine,
    project: *mut segue_project,
    out_job: *mut *mut segue_job,
) -> segue_status {
    let handle = engine as Handle;
    boundary_on("segue_engine_load", &ENGINES, handle, |engine| {
        let open = Arc::clone(&*lock(&PROJECTS.enter(project as Handle)?.open));
        let config = engine.with(|control| Ok(control.config().clone()))?;
        let work = move |progress: &Progress| {
            let prepared = facade::prepare(&open, &config, &mut |at| loading(progress, &at))?;
            let engine = ENGINES.enter(handle).map_err(|_| cancelled())?;
            let report = engine.with(|control| Ok(control.install_project(prepared)?))?;
            lock(&engine.extra).loaded = Some((Arc::clone(&open), report.clone()));
            document(&json!({
                "sounds": report.sounds,
                "streamed": report.streamed,
                "bytes": report.bytes,
                "frames": report.frames,
                "unplayable": unplayable(&report.unplayable),
            }))
        };
        // SAFETY: the caller's promise.
        let job = unsafe { start("segue-load", out_job, work) }?;
        engine.adopt(&job);
        OK
    })
}

/// Loads a project again that has changed, while it plays: new and changed sounds, clips, keys,
/// tempo, everything interactive, and the values of the mixer. Voices that sound go on. Other calls
/// but those of the audio thread and the snapshots answer `BUSY` until the job is over. Its document
/// is a JSON object: `sounds`, `mixer`, `responses` (what has changed), `unplayable`, `kept`.
/// `[thread-safe]`
///
/// Ownership: as [`segue_engine_load`].
/// Errors: as [`segue_engine_load`]; the job ends with `INVALID_DOCUMENT` when buses, inserts, sends or
/// limits of voices are others than before, or the session is recorded: what plays goes on. Since 0.1.
///
/// # Safety
/// `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_engine_reload(
    engine: *mut segue_engine,
    project: *mut segue_project,
    out_job: *mut *mut segue_job,
) -> segue_status {
    let handle = engine as Handle;
    boundary_on("segue_engine_reload", &ENGINES, handle, |engine| {
        let open = Arc::clone(&*lock(&PROJECTS.enter(project as Handle)?.open));
        let work = move |progress: &Progress| {
            // Outside of the handle, so that destroying the engine does not wait for a decoder.
            let mut lent = Lent::take(handle)?;
            let report = lent
                .control()?
                .reload(&open, &mut |at| loading(progress, &at));
            drop(lent);
            let report = report?;
            document(&json!({
                "sounds": report.sounds,
                "mixer": report.mixer,
                "responses": report.responses,
                "unplayable": unplayable(&report.unplayable),
                "kept": unplayable(&report.kept),
            }))
        };
        // SAFETY: the caller's promise.
        let job = unsafe { start("segue-load", out_job, work) }?;
        engine.adopt(&job);
        OK
    })
}

/// The control side of an engine, for as long as this lives.
struct Lent {
    engine: Handle,
    control: Option<Control>,
}

impl Lent {
    fn take(engine: Handle) -> Answer<Self> {
        let entered = ENGINES.enter(engine).map_err(|_| cancelled())?;
        let control = Some(entered.take_control()?);
        Ok(Self { engine, control })
    }

    fn control(&mut self) -> Answer<&mut Control> {
        self.control.as_mut().ok_or_else(cancelled)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let (Some(control), Ok(engine)) = (self.control.take(), ENGINES.enter(self.engine)) else {
            return;
        };
        engine.give_back(control);
        if std::thread::panicking() {
            engine.poison();
        }
    }
}

fn loading(progress: &Progress, at: &LoadProgress<'_>) -> ControlFlow<()> {
    progress.step(at.done as u64, at.total as u64)
}

pub(crate) fn unplayable(rows: &[facade::Unplayable]) -> Vec<serde_json::Value> {
    let row =
        |row: &facade::Unplayable| json!({ "id": row.id, "file": row.file, "reason": row.reason });
    rows.iter().map(row).collect()
}

/// A JSON document as bytes.
pub(crate) fn document(value: &serde_json::Value) -> Answer<Vec<u8>> {
    Ok(value.to_string().into_bytes())
}
