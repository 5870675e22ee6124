//! What in a project deserves a look before it ships.

use facade::check::{Finding, check_project};
use serde_json::json;

use crate::boundary::{OK, boundary_on};
use crate::engine::load::document;
use crate::handle::Handle;
use crate::job::{Progress, segue_job, start};
use crate::project::{PROJECTS, segue_project};
use crate::status::segue_status;

/// Looks for what is missing, unused, unreachable or out of range in a project; its audio files are
/// read. The job's document is a JSON object: `clean`, and `findings`, a list of `kind` (as in
/// `segue check`: `missing_asset`, `unused_sound`, `loop_without_stop`, ...), `path` (the place in
/// `file`), `file`, `line` and `column` (null without one) and `message`. It counts audio files. `[thread-safe]`
///
/// Ownership: `out_job` becomes the caller's; `segue_job_destroy` ends it. The project stays the
/// caller's and may be destroyed at any time.
/// Errors: the job says `INVALID_DOCUMENT` for what cannot be built at all, `CANCELLED`;
/// `LIMIT_EXCEEDED` above 64 jobs, `SYSTEM`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_project_check(
    project: *mut segue_project,
    out_job: *mut *mut segue_job,
) -> segue_status {
    boundary_on(
        "segue_project_check",
        &PROJECTS,
        project as Handle,
        |project| {
            let open = project.now();
            let work = move |progress: &Progress| {
                let findings = check_project(&open, None, &mut |at| {
                    progress.step(at.done as u64, at.total as u64)
                })?;
                let place = |number: usize| (number > 0).then_some(number);
                let row = |it: &Finding| {
                    json!({"kind": it.kind.name(), "path": it.path, "file": it.file,
                        "line": place(it.line), "column": place(it.column), "message": it.message})
                };
                document(&json!({
                    "clean": findings.is_empty(),
                    "findings": findings.iter().map(row).collect::<Vec<_>>(),
                }))
            };
            // SAFETY: the caller's promise.
            unsafe { start("segue-check", out_job, work) }?;
            OK
        },
    )
}
