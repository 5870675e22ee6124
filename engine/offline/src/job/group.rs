//! Jobs that share one gain: an album, a container, a sprite.

use super::gain::{self, Decision};
use super::report::Report;
use super::run::{Before, Measured, Ticker, check_ceiling, measured, prepare, write_group};
use super::settings::{LoudnessMode, Normalise};
use super::{Job, Monitor, RunOptions, check_targets};
use crate::error::{Error, Result};
use crate::measure::{Measurement, group_loudness};

/// Carries out jobs with one gain for all of them: that of the loudness of all sounds as one
/// programme, or else of the largest of their levels. The highest true peak decides the ceiling.
/// What a lossy result needs less of to stay below the ceiling, all have less of.
/// The target is that of the first job. `[thread-safe]`, blocks.
///
/// # Errors
/// Any [`Error`] of a job before the first result is written; the reports then hold those of the
/// jobs. [`Error::SameTarget`]; [`Error::Settings`] if a job has no target.
pub fn run_group(
    jobs: &[Job],
    options: RunOptions,
    monitor: Monitor<'_>,
) -> Result<Vec<Result<Report>>> {
    run_group_telling(jobs, options, None, monitor)
}

/// The same, and tells of every result before it is published.
pub(crate) fn run_group_telling(
    jobs: &[Job],
    options: RunOptions,
    before: Before<'_>,
    monitor: Monitor<'_>,
) -> Result<Vec<Result<Report>>> {
    check_targets(jobs.iter().map(|job| job.output.as_path()))?;
    let Some(normalise) = jobs.first().map(|job| job.settings.normalise) else {
        return Ok(Vec::new());
    };
    let no_target = || Error::Settings("a group needs a target".to_owned());
    let normalise = normalise.ok_or_else(no_target)?;
    if normalise.mode == LoudnessMode::DynamicRange {
        let text = "a group shares a gain, which leaves the dynamic range of each sound what it is; \
                    do the jobs one by one";
        return Err(Error::Settings(text.to_owned()));
    }
    // One gain has one target: what the others say of theirs does not count.
    let jobs: Vec<Job> = jobs.iter().map(|job| job.with_target(normalise)).collect();
    let mut sounds = Vec::new();
    for job in &jobs {
        let mut ticker = Ticker::new(monitor, options);
        let prepared = prepare(job, &mut ticker)?;
        let mut sound = measured(job, prepared, true, &mut ticker)?;
        // A group may be large: every sound is read again for writing.
        sound.forget();
        sounds.push(sound);
    }
    let measurements: Vec<&Measurement> = sounds.iter().filter_map(Measured::measurement).collect();
    let (level, name) = group_level(normalise.mode, &measurements);
    let peak = measurements
        .iter()
        .map(|m| m.true_peak)
        .fold(f64::NEG_INFINITY, f64::max);
    let decision = Decision {
        is_shared: true,
        ..gain::decide(&normalise, level, peak)
    };
    for job in &jobs {
        check_ceiling(job, &decision)?;
    }
    Ok(write_group(
        &jobs,
        sounds,
        decision,
        (name, peak),
        (options, before),
        monitor,
    ))
}

impl Job {
    /// The same with another target.
    fn with_target(&self, normalise: Normalise) -> Self {
        let mut job = self.clone();
        job.settings.normalise = Some(normalise);
        job
    }
}

pub(super) fn group_level(
    mode: LoudnessMode,
    measurements: &[&Measurement],
) -> (f64, &'static str) {
    let is_long = measurements.iter().any(|m| m.one_shot.is_none());
    if mode == LoudnessMode::Lufs && is_long {
        let histories = measurements.iter().map(|m| m.history.as_slice());
        return (group_loudness(histories), "i");
    }
    let levels = measurements.iter().map(|m| gain::level(mode, m));
    levels.fold(
        (f64::NEG_INFINITY, "max_m"),
        |a, b| if b.0 > a.0 { b } else { a },
    )
}
