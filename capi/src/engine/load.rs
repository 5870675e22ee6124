//! Bringing a project to an engine.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use facade::{Control, LoadProgress};
use serde_json::json;

use crate::boundary::{OK, boundary_on};
use crate::engine::{ENGINES, Engine, segue_engine};
use crate::handle::{Handle, lock};
use crate::job::{Progress, cancelled, segue_job, start};
use crate::memory::needed;
use crate::project::{PROJECTS, segue_project};
use crate::status::{Answer, segue_status};

/// Decodes a project's audio on a job's thread and installs it in the engine, once in its life. The
/// engine can be used and rendered meanwhile; the job waits for room in the queue of commands. The job's document is a JSON object: `sounds`,
/// `streamed`, `bytes`, `frames` (of the arrangement), `unplayable` (a list of `id`, `file`, `reason`:
/// the rest plays). `[thread-safe]`
///
/// Ownership: `out_job` becomes the caller's; `segue_job_destroy` ends it. Engine and project stay
/// the caller's and may be destroyed at any time.
/// Errors: `WRONG_ORDER` when something was loaded before, or the mixer was edited: a project brings its own. The job says it
/// where that happened while it worked, as another load does; it says `INVALID_DOCUMENT` for what cannot be built,
/// `LIMIT_EXCEEDED` for more buses, inserts, sends or sounds than the engine was made for, `CANCELLED` and `SYSTEM`. `BUSY`
/// while another thread destroys the engine; `LIMIT_EXCEEDED` above 64 jobs, `SYSTEM`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
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
        needed("out_job", out_job)?;
        let open = Arc::clone(&*lock(&PROJECTS.enter(project as Handle)?.open));
        let config = engine.with(|control| {
            control.check_load()?;
            Ok(control.config().clone())
        })?;
        let mine = Mine::new(handle, engine);
        let work = move |progress: &Progress| {
            let prepared = facade::prepare(&open, &config, &mut |at| loading(progress, &at))?;
            mine.until(progress, Control::has_room_for_project)?;
            let report = mine.with(|control| Ok(control.install_project(prepared)?))?;
            lock(&mine.engine.extra).loaded = Some((Arc::clone(&open), report.clone()));
            document(&json!({
                "sounds": report.sounds,
                "streamed": report.streamed,
                "bytes": report.bytes,
                "frames": report.frames,
                "unplayable": unplayable(&report.unplayable),
            }))
        };
        // SAFETY: the caller's promise.
        engine.employ(|| unsafe { start("segue-load", out_job, work) })?;
        OK
    })
}

/// Loads a project again that has changed, while it plays: new and changed sounds, clips, keys,
/// tempo, everything interactive, and the mixer. Voices that sound go on; those on a bus that is gone
/// fade out within 10 ms. Ids of buses, sends and inserts that stay go on, also of a bus that only has
/// another name. The engine can be used meanwhile; the job waits for room in the queue of commands, and
/// for an earlier change of the mixer. The job's document is a JSON object: `sounds`, `mixer`,
/// `responses` (what has changed), `rewired` (whether buses, sends or inserts came, went or moved),
/// `unplayable`, `kept`, `renewed` (played, with another hash than the project says). `[thread-safe]`
///
/// Ownership: as [`segue_engine_load`].
/// Errors: `WRONG_ORDER` when nothing was loaded before, the session is recorded, limits of voices are
/// others than before, or the engine was made for fewer buses, inserts or sends; the job says it when edits of the mixer
/// wait for `segue_mixer_commit`, or another load came first: what plays goes on; else as [`segue_engine_load`]. Since 0.1.
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
        needed("out_job", out_job)?;
        let open = Arc::clone(&*lock(&PROJECTS.enter(project as Handle)?.open));
        let plan = engine.with(|control| Ok(control.plan_reload(&open)?))?;
        let mine = Mine::new(handle, engine);
        let work = move |progress: &Progress| {
            let prepared = plan.prepare(&open, &mut |at| loading(progress, &at))?;
            mine.until(progress, |control| {
                control.has_room_for_reload(&prepared, &open)
            })?;
            let report = mine.with(|control| Ok(control.finish_reload(prepared, &open)?))?;
            lock(&mine.engine.extra).loaded = Some((Arc::clone(&open), report.load.clone()));
            document(&json!({
                "sounds": report.sounds,
                "mixer": report.mixer,
                "responses": report.responses,
                "rewired": report.is_rewired,
                "unplayable": unplayable(&report.load.unplayable),
                "kept": unplayable(&report.load.kept),
                "renewed": unplayable(&report.load.renewed),
            }))
        };
        // SAFETY: the caller's promise.
        engine.employ(|| unsafe { start("segue-load", out_job, work) })?;
        OK
    })
}

/// An engine as its jobs hold it. A panic in one of them poisons its handle: what the panic left may be
/// half-done.
struct Mine {
    handle: Handle,
    engine: Arc<Engine>,
}

impl Mine {
    fn new(handle: Handle, engine: &Arc<Engine>) -> Self {
        let engine = Arc::clone(engine);
        Self { handle, engine }
    }

    fn with<T>(&self, body: impl FnOnce(&mut Control) -> Answer<T>) -> Answer<T> {
        self.engine.with(body)
    }

    /// Waits until something holds of the engine, or the job is cancelled.
    fn until(&self, progress: &Progress, holds: impl Fn(&Control) -> bool) -> Answer {
        while !self.with(|control| {
            control.update()?;
            Ok(holds(control))
        })? {
            if progress.is_cancelled() {
                return Err(cancelled());
            }
            std::thread::park_timeout(ROOM);
        }
        Ok(())
    }
}

impl Drop for Mine {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Ok(entered) = ENGINES.enter(self.handle)
        {
            entered.poison();
        }
    }
}

/// How long a job waits before it looks for room in the queue again.
const ROOM: Duration = Duration::from_millis(5);

fn loading(progress: &Progress, at: &LoadProgress<'_>) -> ControlFlow<()> {
    progress.step(at.done as u64, at.total as u64)
}

pub(crate) fn unplayable(rows: &[facade::Unplayable]) -> Vec<serde_json::Value> {
    rows.iter().map(facade::Unplayable::value).collect()
}

/// A JSON document as bytes.
pub(crate) fn document(value: &serde_json::Value) -> Answer<Vec<u8>> {
    Ok(value.to_string().into_bytes())
}
