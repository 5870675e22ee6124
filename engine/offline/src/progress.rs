//! Progress and cancellation of long jobs.

use std::ops::ControlFlow;

/// Called with (done, total) in the job's unit, at least every few thousand frames; total is 0 if
/// unknown. Returning `Break` cancels the job: it ends with `Error::Cancelled` and leaves nothing.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64) -> ControlFlow<()>;

/// A callback that never cancels.
pub fn no_progress(_done: u64, _total: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}
