//! The recording of a live game on a project's timeline.

use std::ffi::c_char;
use std::path::Path;
use std::sync::Arc;

use facade::ingest::{TraceReader, clip_of};
use serde::Deserialize;
use serde_json::json;

use crate::boundary::{OK, boundary_on};
use crate::engine::load::document;
use crate::handle::{Handle, lock};
use crate::job::{Progress, segue_job, start};
use crate::memory::{needed, take_path};
use crate::options::options;
use crate::project::save::still_wanted;
use crate::project::{PROJECTS, segue_project};
use crate::status::{Answer, Failure, SEGUE_STATUS_EXISTS, segue_status};

/// Puts the stages of the recording of a live game (`path`, the `trace` of
/// [`segue_live_start`](crate::live::segue_live_start)) as a clip on the timeline of a project, which the
/// transport plays (`interactive.stages.clips`, docs/ingest.md), as `segue ingest clip` does. The project is changed as by
/// `segue_project_set_json`: save it to keep it, load it to hear it. `[thread-safe]`
///
/// `options` is a JSON object (`options_length` bytes of UTF-8, or NULL and 0) with any of:
/// - `at`: where it begins, in quarter notes; default 0.
/// - `name`: what it is called; default: the name of the file.
/// - `from`: what comes before this second of the recording is left out; default 0.
/// - `length`: what comes so many seconds later is left out; default: nothing.
///
/// The job's document is a JSON object: `clip` (its name), `stages` (how many), `seconds`, `at_beats`, `left_out` (calls
/// that are no stages).
///
/// Sizes: `path` at most 4,096 bytes, `options` at most 64 MiB.
/// Ownership: the texts stay the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it. The
/// project stays the caller's.
/// Errors: `INVALID_DOCUMENT` for the options; `INVALID_ARGUMENT`; the job says `EXISTS` for a name that the project has,
/// `INVALID_ARGUMENT` for a part without stages, or with more than 10,000, `NOT_FOUND`, `WRONG_FILE`, `NEWER_VERSION`,
/// `DAMAGED`, `INVALID_DOCUMENT` for numbers that a project cannot have, `STALE_HANDLE` when the project is gone meanwhile,
/// `SYSTEM`, `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_UTF8`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Each text is NULL or as many bytes as its length says; `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_project_add_clip(
    project: *mut segue_project,
    path: *const c_char,
    path_length: usize,
    options: *const c_char,
    options_length: usize,
    out_job: *mut *mut segue_job,
) -> segue_status {
    let handle = project as Handle;
    boundary_on("segue_project_add_clip", &PROJECTS, handle, |_| {
        needed("out_job", out_job)?;
        // SAFETY: the caller's promise.
        let trace = unsafe { take_path("path", path, path_length) }?.to_owned();
        // SAFETY: the caller's promise.
        let wanted: Wanted = unsafe { self::options(options, options_length) }?;
        let work = move |progress: &Progress| wanted.add(handle, &trace, progress);
        // SAFETY: the caller's promise.
        unsafe { start("segue-trace", out_job, work) }?;
        OK
    })
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    at: f64,
    name: Option<String>,
    from: f64,
    length: Option<f64>,
}

impl Wanted {
    fn add(&self, project: Handle, trace: &Path, progress: &Progress) -> Answer<Vec<u8>> {
        let name = self.name.clone().unwrap_or_else(|| name_of(trace));
        let reader = TraceReader::open(trace).map_err(facade::Error::from)?;
        let (clip, others) = clip_of(reader, &name, self.at, self.from, self.length)?;
        still_wanted(progress)?;
        let (stages, seconds) = (clip.events.len(), clip.end_ms() / 1000.0);
        let project = PROJECTS.enter(project)?;
        // Held meanwhile, so that no other edit is lost.
        let mut now = lock(&project.open);
        let mut changed = now.project.clone();
        let clips = &mut changed.interactive.stages.clips;
        if clips.iter().any(|clip| clip.name == name) {
            let text = format!("the project has a clip {name:?} already; give it another name");
            return Err(Failure::text(SEGUE_STATUS_EXISTS, text));
        }
        clips.push(clip);
        let json = changed.to_json().map_err(|error| facade::Error::Format {
            path: now.source.clone(),
            source: Box::new(error),
        })?;
        *now = Arc::new(now.edited(&json)?);
        document(
            &json!({"clip": name, "stages": stages, "seconds": seconds, "at_beats": self.at,
            "left_out": others}),
        )
    }
}

/// The name of a recording without its ending.
fn name_of(trace: &Path) -> String {
    let name = trace.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.strip_suffix(".trace.jsonl").unwrap_or(&name);
    stem.to_owned()
}
