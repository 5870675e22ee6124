//! Writing jobs that share one gain.

use super::super::super::gain::Decision;
use super::super::super::group::group_level;
use super::super::super::report::Report;
use super::super::super::{Job, Monitor};
use super::super::measuring::Measured;
use super::super::{Before, RunOptions, Ticker};
use super::{Attempt, MOST_RETRIES, attempt, level, lower, publish, too_loud, write};
use crate::error::{Error, Result};
use crate::measure::Measurement;

/// Results of at most this many jobs wait on the disk, open, until all of a group fit; those of a
/// larger one are written again.
const WAITING: usize = 128;

/// Writes the results of a group whose gain is decided. A lossy result that passes the ceiling takes
/// gain from all of them, and what coding does to the level of all together is made up for. `peak` is
/// the highest true peak of the group, `name` what the target was compared with.
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
    decision.reads_levels = jobs[0]
        .settings
        .normalise
        .is_some_and(|normalise| level::has_level(&normalise));
    let (mut tries, mut corrections) = (0, 0);
    let tried = loop {
        let mut round = Vec::new();
        for (job, sound) in jobs.iter().zip(&mut sounds) {
            let mut ticker = Ticker::new(monitor, options);
            let tried = attempt(job, sound, &decision, &mut None, &mut ticker);
            round.push(tried.map(|tried| Tried {
                excess: tried.excess,
                own: tried.checked.own.clone(),
                file: (jobs.len() <= WAITING).then_some(tried),
            }));
        }
        let excess = round.iter().flatten().map(|tried| tried.excess);
        let excess = excess.fold(0.0, f64::max);
        if excess <= 0.0 {
            let found = found(jobs, &round);
            if level::is_corrected(&jobs[0], &mut decision, peak, found, &mut corrections) {
                continue;
            }
            break round;
        }
        if tries == MOST_RETRIES {
            break round;
        }
        tries += 1;
        let is_over = |tried: &Result<Tried>| tried.as_ref().is_ok_and(|it| it.excess > 0.0);
        let mut rows = jobs.iter().zip(&round);
        let is_lossy = rows.any(|(job, it)| job.settings.encoding.is_lossy() && is_over(it));
        lower(&jobs[0], peak, &mut decision, (excess, is_lossy), tries);
    };
    let mut reports = Vec::new();
    for ((job, mut sound), tried) in jobs.iter().zip(sounds).zip(tried) {
        let mut ticker = Ticker::new(monitor, options).telling(before);
        reports.push(tried.and_then(|tried| {
            if tried.excess > 0.0 {
                return Err::<Report, Error>(too_loud(job, &sound, tried.excess));
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

/// The level of all results as one, and the highest of their true peaks.
fn found(jobs: &[Job], round: &[Result<Tried>]) -> Option<(f64, f64)> {
    let mode = jobs.first()?.settings.normalise?.mode;
    let own: Vec<&Measurement> = round
        .iter()
        .flatten()
        .filter_map(|tried| tried.own.as_ref())
        .collect();
    let peak = own.iter().map(|own| own.true_peak);
    let peak = peak.fold(f64::NEG_INFINITY, f64::max);
    (own.len() == jobs.len()).then(|| (group_level(mode, &own).0, peak))
}

struct Tried {
    excess: f64,
    own: Option<Measurement>,
    file: Option<Attempt>,
}
