//! Engines that end while jobs work for them.

use std::ptr::null_mut;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use super::support::{engine, ok};
use crate::engine::{ENGINES, destroy_by, segue_engine};
use crate::handle::{Handle, PATIENCE};
use crate::job::{Progress, segue_job, segue_job_destroy, start};
use crate::status::segue_status::{SEGUE_STATUS_BUSY, SEGUE_STATUS_STALE_HANDLE};
use crate::status::{Answer, segue_status};

fn status<T>(answer: Answer<T>) -> segue_status {
    answer.map(|_| ()).unwrap_err().status
}

/// Starts a job for the engine that ends when its gate is opened, and not when it is cancelled.
fn stubborn(engine: Handle, gate: Receiver<()>) -> Answer<*mut segue_job> {
    let mut job = null_mut();
    let engine = ENGINES.enter(engine)?;
    engine.employ(|| {
        let work = move |_: &Progress| {
            // Closed or opened, it is over.
            _ = gate.recv();
            Ok(Vec::new())
        };
        // SAFETY: the place is there.
        unsafe { start("segue-test", &raw mut job, work) }
    })?;
    Ok(job)
}

fn destroy(job: *mut segue_job) {
    // SAFETY: a handle.
    ok(unsafe { segue_job_destroy(job) });
}

#[test]
fn an_engine_ends_after_its_jobs_and_takes_no_new_ones_meanwhile() {
    let engine = engine(null_mut::<crate::project::segue_project>());
    let handle = engine.cast::<segue_engine>() as Handle;
    let gates: Vec<_> = (0..3).map(|_| channel()).collect();
    let (open, gates): (Vec<_>, Vec<_>) = gates.into_iter().unzip();
    let jobs: Vec<_> = gates
        .into_iter()
        .map(|gate| stubborn(handle, gate).unwrap())
        .collect();
    // They do not end in time: the engine lives on, and so do its jobs.
    assert_eq!(
        status(destroy_by(handle, Instant::now())),
        SEGUE_STATUS_BUSY
    );
    let (opened, gate) = channel();
    drop(opened);
    destroy(stubborn(handle, gate).unwrap());

    std::thread::scope(|scope| {
        let owner = scope.spawn(|| destroy_by(handle, Instant::now() + PATIENCE));
        // Those who come meanwhile are told to wait, not that it is gone.
        let refused = loop {
            let (opened, gate) = channel();
            drop(opened);
            match stubborn(handle, gate) {
                Ok(job) => destroy(job),
                Err(failure) => break failure.status,
            }
        };
        assert_eq!(refused, SEGUE_STATUS_BUSY);
        drop(open);
        assert!(owner.join().unwrap().is_ok());
    });
    assert_eq!(status(ENGINES.enter(handle)), SEGUE_STATUS_STALE_HANDLE);
    jobs.into_iter().for_each(destroy);
}
