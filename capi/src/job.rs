//! Work that takes long: it runs on a thread of its own, tells how far it is, can be cancelled, and
//! leaves a document.
//!
//! ```text
//! start (segue_engine_load, segue_measure, ...) -> wait / progress / cancel -> result -> destroy
//! ```

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::boundary::{OK, boundary, boundary_on};
use crate::handle::{Handle, PATIENCE, Table, lock};
use crate::memory::buffer::{give, segue_buffer};
use crate::memory::{Record, needed, put, put_record};
use crate::status::{
    Answer, Failure, SEGUE_STATUS_BUSY, SEGUE_STATUS_CANCELLED, SEGUE_STATUS_NOTHING,
    SEGUE_STATUS_PANICKED, SEGUE_STATUS_SYSTEM, SEGUE_STATUS_TIMEOUT, segue_status,
};

/// Most jobs that live at a time.
pub const MAX_JOBS: usize = 64;
/// Longest wait of one call, in milliseconds.
pub const MAX_WAIT_MS: u32 = 3_600_000;

pub(crate) static JOBS: Table<Job, 2, MAX_JOBS> = Table::new("job");

/// Threads of jobs that run now.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// A job. Opaque.
#[repr(C)]
pub struct segue_job {
    private: [u8; 0],
}

/// How far a job is.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_job_progress {
    /// `sizeof(segue_job_progress)`.
    pub struct_size: u32,
    /// 1 when it is over, well or not.
    pub is_over: u32,
    /// Units that are done: files, spins or frames, whatever the job counts.
    pub done: u64,
    /// All units; 0 while it is not known.
    pub total: u64,
    /// Seconds since it was started; until its end, if it is over.
    pub elapsed_s: f64,
    /// Seconds that are left at this pace; negative while it is not known.
    pub left_s: f64,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_job_progress {
    const NAME: &'static str = "segue_job_progress";
}

pub(crate) struct Job {
    shared: Arc<Progress>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the job and its owner share.
pub(crate) struct Progress {
    cancelled: AtomicBool,
    done: AtomicU64,
    total: AtomicU64,
    began: Instant,
    end: Mutex<Option<End>>,
    ended: Condvar,
}

struct End {
    after: Duration,
    result: Result<Vec<u8>, (segue_status, String)>,
}

impl Progress {
    /// Says how far the job is; breaks when it shall end.
    pub(crate) fn step(&self, done: u64, total: u64) -> ControlFlow<()> {
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
        match self.is_cancelled() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Asks the job to end; it does at its next step.
    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Waits for the job's end, at most this long; true when it is over.
    pub(crate) fn wait(&self, most: Duration) -> bool {
        let end = lock(&self.end);
        let waited = self
            .ended
            .wait_timeout_while(end, most, |end| end.is_none());
        let (end, _) = waited.unwrap_or_else(std::sync::PoisonError::into_inner);
        end.is_some()
    }

    fn look(&self) -> segue_job_progress {
        let (done, total) = (
            self.done.load(Ordering::Relaxed),
            self.total.load(Ordering::Relaxed),
        );
        let over = lock(&self.end).as_ref().map(|end| end.after);
        let elapsed = over.unwrap_or_else(|| self.began.elapsed()).as_secs_f64();
        #[allow(clippy::cast_precision_loss, reason = "an estimate")]
        let left = match (over, done.min(total)) {
            (Some(_), _) => 0.0,
            (None, 0) => -1.0,
            (None, done) => elapsed * (total - done) as f64 / done as f64,
        };
        segue_job_progress {
            struct_size: 0,
            is_over: u32::from(over.is_some()),
            done,
            total,
            elapsed_s: elapsed,
            left_s: left,
        }
    }
}

/// Runs `work` on a thread of its own and writes the job's handle to `out`. What `work` returns is
/// the job's document.
///
/// # Safety
/// `out` is NULL or the caller's pointer.
pub(crate) unsafe fn start(
    thread: &str,
    out: *mut *mut segue_job,
    work: impl FnOnce(&Progress) -> Answer<Vec<u8>> + Send + 'static,
) -> Answer<Arc<Progress>> {
    needed("out_job", out)?;
    let shared = Arc::new(Progress {
        cancelled: AtomicBool::new(false),
        done: AtomicU64::new(0),
        total: AtomicU64::new(0),
        began: Instant::now(),
        end: Mutex::new(None),
        ended: Condvar::new(),
    });
    let job = Job {
        shared: Arc::clone(&shared),
        thread: Mutex::new(None),
    };
    let handle = JOBS.insert(job)?;
    let inside = Arc::clone(&shared);
    let run = move || {
        THREADS.fetch_add(1, Ordering::Relaxed);
        let work = || {
            #[cfg(feature = "test-panics")]
            crate::panics::strike_job();
            work(&inside)
        };
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        let result = match caught {
            Ok(Ok(document)) => Ok(document),
            Ok(Err(failure)) => Err((failure.status, failure.to_string())),
            Err(payload) => {
                crate::boundary::drop_payload(payload);
                let text = "a defect of the library; what the job made is lost";
                Err((SEGUE_STATUS_PANICKED, text.to_owned()))
            }
        };
        THREADS.fetch_sub(1, Ordering::Relaxed);
        let after = inside.began.elapsed();
        *lock(&inside.end) = Some(End { after, result });
        inside.ended.notify_all();
    };
    match std::thread::Builder::new()
        .name(thread.to_owned())
        .spawn(run)
    {
        Ok(thread) => {
            if let Ok(job) = JOBS.enter(handle) {
                *lock(&job.thread) = Some(thread);
            }
        }
        Err(error) => {
            JOBS.remove(handle)?;
            let text = format!("the system has no thread for the job: {error}");
            return Err(Failure::text(SEGUE_STATUS_SYSTEM, text));
        }
    }
    // SAFETY: checked above, the caller's promise.
    unsafe { put("out_job", out, handle as *mut segue_job) }?;
    Ok(shared)
}

/// Threads of jobs that run now.
pub(crate) fn threads() -> usize {
    THREADS.load(Ordering::Relaxed)
}

/// Waits until a job is over, at most `timeout_ms` milliseconds (0: only looks; the most is
/// 3,600,000). `[thread-safe]`
///
/// Ownership: the caller keeps the job.
/// Errors: `TIMEOUT` while it runs; `INVALID_ARGUMENT`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. How the job
/// ended says [`segue_job_get_result`]. Since 0.1.
///
/// # Safety
/// Any value of `job` is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_job_wait(job: *mut segue_job, timeout_ms: u32) -> segue_status {
    // Waits outside of the handle, so that other threads can cancel and destroy it.
    boundary("segue_job_wait", || {
        if timeout_ms > MAX_WAIT_MS {
            return Err(Failure::range("timeout_ms", timeout_ms, "0..=3600000"));
        }
        let shared = Arc::clone(&JOBS.enter(job as Handle)?.shared);
        match shared.wait(Duration::from_millis(u64::from(timeout_ms))) {
            true => OK,
            false => Err(Failure::plain(SEGUE_STATUS_TIMEOUT, "the job still runs")),
        }
    })
}

/// Tells how far a job is. `[thread-safe]`
///
/// Ownership: `out_progress` is the caller's, with its `struct_size` set.
/// Errors: `STALE_HANDLE`, `NULL_POINTER`, `STRUCT_SIZE`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_progress` is NULL or a struct of `struct_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_job_get_progress(
    job: *mut segue_job,
    out_progress: *mut segue_job_progress,
) -> segue_status {
    boundary_on("segue_job_get_progress", &JOBS, job as Handle, |job| {
        // SAFETY: the caller's promise.
        unsafe { put_record("out_progress", out_progress, &job.shared.look()) }?;
        OK
    })
}

/// Asks a job to end. It ends soon after, with `CANCELLED` as its result, or with what it had
/// finished just then. `[thread-safe]`
///
/// Ownership: the caller keeps the job.
/// Errors: `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. A job that is over is no error. Since 0.1.
///
/// # Safety
/// Any value of `job` is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_job_cancel(job: *mut segue_job) -> segue_status {
    boundary_on("segue_job_cancel", &JOBS, job as Handle, |job| {
        job.shared.cancel();
        OK
    })
}

/// What a job has made: a document of UTF-8 JSON, as the function that started it says. Can be
/// taken more than once. `[thread-safe]`
///
/// Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
/// Errors: `NOTHING` while it runs; else the status the job ended with, with its text
/// as the last error; `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_job_get_result(
    job: *mut segue_job,
    out_document: *mut segue_buffer,
) -> segue_status {
    boundary_on("segue_job_get_result", &JOBS, job as Handle, |job| {
        needed("out_document", out_document)?;
        let end = lock(&job.shared.end);
        match end.as_ref().map(|end| &end.result) {
            None => {
                let text = "the job still runs; wait for it";
                Err(Failure::plain(SEGUE_STATUS_NOTHING, text))
            }
            Some(Err((status, text))) => Err(Failure::text(*status, text.clone())),
            Some(Ok(document)) => {
                // SAFETY: not NULL, the caller's promise.
                unsafe { give("out_document", out_document, document.clone()) }?;
                OK
            }
        }
    })
}

/// Cancels a job if it runs, waits up to 10 s for its end, and frees it. `[thread-safe]`
///
/// Ownership: the handle is stale afterwards. NULL is allowed and does nothing.
/// Errors: `BUSY` when it does not end in time: it lives on, try again; `STALE_HANDLE`. Since 0.1.
///
/// # Safety
/// Any value of `job` is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_job_destroy(job: *mut segue_job) -> segue_status {
    boundary("segue_job_destroy", || {
        if job.is_null() {
            return OK;
        }
        let shared = Arc::clone(&JOBS.enter_even_poisoned(job as Handle)?.shared);
        shared.cancel();
        if !shared.wait(PATIENCE) {
            let text = "the job has not ended within 10 s; try again";
            return Err(Failure::plain(SEGUE_STATUS_BUSY, text));
        }
        let job = JOBS.remove(job as Handle)?;
        if let Some(thread) = lock(&job.thread).take() {
            // It has nothing left to do but to return.
            _ = thread.join();
        }
        OK
    })
}

/// For jobs that end between two steps.
pub(crate) fn cancelled() -> Failure {
    Failure::plain(SEGUE_STATUS_CANCELLED, "the job was cancelled")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::buffer::segue_buffer_free;
    use crate::status::{SEGUE_STATUS_OK, SEGUE_STATUS_STALE_HANDLE};
    use std::ptr::null_mut;
    use std::sync::mpsc::channel;

    fn begin(work: impl FnOnce(&Progress) -> Answer<Vec<u8>> + Send + 'static) -> *mut segue_job {
        let mut job = null_mut();
        // SAFETY: the place is there.
        assert!(unsafe { start("segue-test", &raw mut job, work) }.is_ok());
        job
    }

    fn wait(job: *mut segue_job, timeout_ms: u32) -> segue_status {
        // SAFETY: any handle.
        unsafe { segue_job_wait(job, timeout_ms) }
    }

    fn result(job: *mut segue_job) -> Result<Vec<u8>, segue_status> {
        let mut out = segue_buffer {
            data: null_mut(),
            length: 0,
            capacity: 0,
        };
        // SAFETY: any handle, and a place; what is in it is read before it is freed.
        unsafe {
            match segue_job_get_result(job, &raw mut out) {
                SEGUE_STATUS_OK => {
                    let bytes = std::slice::from_raw_parts(out.data, out.length).to_vec();
                    assert_eq!(segue_buffer_free(&raw mut out), SEGUE_STATUS_OK);
                    Ok(bytes)
                }
                status => Err(status),
            }
        }
    }

    fn destroy(job: *mut segue_job) -> segue_status {
        // SAFETY: any handle.
        unsafe { segue_job_destroy(job) }
    }

    #[test]
    fn a_job_tells_how_far_it_is_and_what_it_made() {
        let (reached, at_half) = channel();
        let (go_on, may_go_on) = channel::<()>();
        let job = begin(move |progress| {
            _ = progress.step(5, 10);
            _ = reached.send(());
            _ = may_go_on.recv();
            Ok(b"made".to_vec())
        });
        at_half.recv().unwrap();
        assert_eq!(wait(job, 0), SEGUE_STATUS_TIMEOUT);
        assert_eq!(result(job), Err(SEGUE_STATUS_NOTHING));
        // SAFETY: all 0 is a value of a record.
        let mut progress: segue_job_progress = unsafe { std::mem::zeroed() };
        progress.struct_size = u32::try_from(size_of::<segue_job_progress>()).unwrap();
        // SAFETY: a handle and a place.
        let told = unsafe { segue_job_get_progress(job, &raw mut progress) };
        assert_eq!(told, SEGUE_STATUS_OK);
        assert_eq!(
            (progress.done, progress.total, progress.is_over),
            (5, 10, 0)
        );
        go_on.send(()).unwrap();
        assert_eq!(wait(job, MAX_WAIT_MS), SEGUE_STATUS_OK);
        // As often as one likes.
        assert_eq!(
            (result(job), result(job)),
            (Ok(b"made".to_vec()), Ok(b"made".to_vec()))
        );
        assert_eq!(destroy(job), SEGUE_STATUS_OK);
        assert_eq!(
            (destroy(job), wait(job, 0)),
            (SEGUE_STATUS_STALE_HANDLE, SEGUE_STATUS_STALE_HANDLE)
        );
    }

    #[test]
    fn a_panic_and_a_cancellation_are_how_a_job_ended() {
        let job = begin(|_| panic!("once"));
        assert_eq!(wait(job, MAX_WAIT_MS), SEGUE_STATUS_OK);
        assert_eq!(result(job), Err(SEGUE_STATUS_PANICKED));
        assert_eq!(destroy(job), SEGUE_STATUS_OK);
        let (began, is_on) = channel();
        let job = begin(move |progress| {
            _ = began.send(());
            while progress.step(0, 0).is_continue() {
                std::thread::yield_now();
            }
            Err(cancelled())
        });
        is_on.recv().unwrap();
        // SAFETY: a handle.
        assert_eq!(unsafe { segue_job_cancel(job) }, SEGUE_STATUS_OK);
        assert_eq!(wait(job, MAX_WAIT_MS), SEGUE_STATUS_OK);
        assert_eq!(result(job), Err(SEGUE_STATUS_CANCELLED));
        assert_eq!(destroy(job), SEGUE_STATUS_OK);
    }

    /// Those who wait for a job while it is destroyed come back.
    #[test]
    fn waiting_ends_when_another_thread_destroys() {
        let job = begin(|progress| {
            while progress.step(0, 0).is_continue() {
                std::thread::yield_now();
            }
            Err(cancelled())
        });
        let handle = job as Handle;
        std::thread::scope(|scope| {
            let waits = scope.spawn(move || wait(handle as *mut segue_job, MAX_WAIT_MS));
            assert_eq!(destroy(job), SEGUE_STATUS_OK);
            let waited = waits.join().unwrap();
            assert!(
                waited == SEGUE_STATUS_OK || waited == SEGUE_STATUS_STALE_HANDLE,
                "{waited:?}"
            );
        });
    }
}
