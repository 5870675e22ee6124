//! Writing jobs that share one gain.

use super::super::super::gain::Decision;
use super::super::super::report::Report;
use super::super::super::{Job, Monitor};
use super::super::measuring::Measured;
use super::super::{Before, RunOptions, Ticker};
use super::{Attempt, MOST_RETRIES, attempt, lower, publish, too_loud, write};
use crate::error::{Error, Result};

/// Results of at most this many jobs wait on the disk, open, until all of a group fit; those of a
/// larger one are written again.
const WAITING: usize = 128;

/// Writes the results of a group whose gain is decided. A lossy result that passes the ceiling takes
/// gain from all of them. `peak` is the highest true peak of the group, `name` what the target was
/// compared with.
pub(in super::super::super) fn write_group(
    jobs: &[Job],
    mut sounds: Vec<Measured>,
    mut decision: Decision,
    (name, peak): (&'static str, f64),
    (options, before): (RunOptions, Before<'_>),
    monitor: Monitor<'_>,
) -> Vec<Result<Report>> {
    if !jobs.iter().any(|job| job.settings.encoding.is_lossy()) {
        let mut reports = Vec::new();
        for (job, sound) in jobs.iter().zip(sounds) {
            let mut ticker = Ticker::new(monitor, options).telling(before);
            reports.push(write(job, sound, decision, name, &mut ticker));
        }
        return reports;
    }
    let mut tries = 0;
    let tried = loop {
        let mut round = Vec::new();
        for (job, sound) in jobs.iter().zip(&mut sounds) {
            let mut ticker = Ticker::new(monitor, options);
            let tried = attempt(job, sound, &decision, &mut None, &mut ticker);
            round.push(tried.map(|tried| Tried {
                excess: tried.excess,
                file: (jobs.len() <= WAITING).then_some(tried),
            }));
        }
        let excess = round.iter().flatten().map(|tried| tried.excess);
        let excess = excess.fold(0.0, f64::max);
        if excess <= 0.0 || tries == MOST_RETRIES {
            break round;
        }
        tries += 1;
        lower(&jobs[0], peak, &mut decision, excess, tries);
    };
    let mut reports = Vec::new();
    for ((job, mut sound), tried) in jobs.iter().zip(sounds).zip(tried) {
        let mut ticker = Ticker::new(monitor, options).telling(before);
        reports.push(tried.and_then(|tried| {
            if tried.excess > 0.0 {
                return Err::<Report, Error>(too_loud(&sound, tried.excess));
            }
            let file = match tried.file {
                Some(file) => file,
                None => attempt(job, &mut sound, &decision, &mut None, &mut ticker)?,
            };
            publish(job, sound, file, &decision, name, &mut ticker)
        }));
    }
    reports
}

struct Tried {
    excess: f64,
    file: Option<Attempt>,
}
