//! The passes of a job, from the checks to the published file.

mod dynamics;
mod feed;
mod measuring;
mod prepare;
mod ticker;
mod writing;

use std::path::Path;

use super::gain::{self, Decision};
use super::report::{Detail, Report};
use super::settings::{LoudnessMode, OverCeiling, Settings};
use super::{Job, Monitor, Stage};
use crate::decode::{FileInfo, Warning};
use crate::error::{Error, Result};
use crate::measure::{Measurement, Parts};
use crate::sink::Encoding;
use crate::wav::WavFormat;

pub(crate) use feed::Kept;
pub(super) use measuring::{Measured, measured};
pub(super) use prepare::{hash_file, prepare};
pub(crate) use ticker::{Before, Ticker, Work};
pub(super) use writing::{write, write_group};

/// Bytes of samples that a job keeps between two passes unless it is told otherwise.
const MEMORY: usize = 24 << 20;

/// How a job is run. Nothing of it reaches the bytes of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunOptions {
    /// Most bytes of samples that are kept between two passes; what is longer is read again.
    pub memory: usize,
    /// What the report holds.
    pub detail: Detail,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            memory: MEMORY,
            detail: Detail::Full,
        }
    }
}

/// Carries out a job. `[thread-safe]`, blocks; memory does not depend on the length of the sound.
///
/// The bytes of the result depend on the input, the settings and [`super::JOB_VERSION`] only.
///
/// # Errors
/// Any [`Error`]; nothing is left behind, and an existing target is untouched.
pub fn run(job: &Job, monitor: Monitor<'_>) -> Result<Report> {
    run_with(job, RunOptions::default(), monitor)
}

/// The same, in another way.
///
/// # Errors
/// As [`run`].
pub fn run_with(job: &Job, options: RunOptions, monitor: Monitor<'_>) -> Result<Report> {
    run_ticking(job, &mut Ticker::new(monitor, options))
}

/// The same, and tells of the result before it is published.
pub(crate) fn run_telling<'a>(
    job: &Job,
    options: RunOptions,
    before: Before<'a>,
    monitor: Monitor<'a>,
) -> Result<Report> {
    run_ticking(job, &mut Ticker::new(monitor, options).telling(before))
}

fn run_ticking(job: &Job, ticker: &mut Ticker<'_, '_>) -> Result<Report> {
    let prepared = prepare(job, ticker)?;
    let Some(normalise) = &job.settings.normalise else {
        let measured = if job.settings.metadata.replay_gain || job.settings.metadata.bext {
            measured(job, prepared, false, ticker)?
        } else {
            Measured::later(prepared)
        };
        return write(job, measured, Decision::NONE, "i", ticker);
    };
    let mut measured = measured(job, prepared, false, ticker)?;
    let Some(measurement) = measured.measurement() else {
        return Err(Error::Settings("the sound was not measured".to_owned()));
    };
    let (level, name) = gain::level(normalise.mode, measurement);
    if normalise.mode == LoudnessMode::DynamicRange {
        let (decision, behind) = dynamics::tune(job, &measured, normalise, ticker)?;
        check_ceiling(job, &decision)?;
        measured.set_shaped(behind);
        return write(job, measured, decision, name, ticker);
    }
    let decision = gain::decide(normalise, level, measurement.true_peak);
    check_ceiling(job, &decision)?;
    write(job, measured, decision, name, ticker)
}

/// Fails if the settings say so, or if no gain that is allowed holds the ceiling.
pub(super) fn check_ceiling(job: &Job, decision: &Decision) -> Result<()> {
    match (
        decision.fails_at,
        job.settings
            .normalise
            .and_then(|n| Some((n.over, n.ceiling?))),
    ) {
        (Some(peak_dbtp), Some((OverCeiling::Fail, ceiling_dbtp))) => Err(Error::Peak {
            path: job.input.clone(),
            peak_dbtp,
            ceiling_dbtp,
        }),
        (Some(peak_dbtp), Some((_, ceiling_dbtp))) => Err(Error::OutOfReach {
            path: job.input.clone(),
            peak_dbtp,
            ceiling_dbtp,
        }),
        _ => Ok(()),
    }
}

/// What was measured of a file, and the file.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredFile {
    /// Format and length.
    pub info: FileInfo,
    /// Levels.
    pub measurement: Measurement,
    /// What was repaired or ignored.
    pub warnings: Vec<Warning>,
}

impl MeasuredFile {
    /// What is there is not all of it, or not what it was: it was cut or damaged, and the settings allow
    /// that.
    pub fn is_partial(&self) -> bool {
        self.warnings.iter().any(is_damage)
    }
}

fn is_damage(warning: &Warning) -> bool {
    matches!(
        warning,
        Warning::Truncated { .. }
            | Warning::EndMissing { .. }
            | Warning::Concealed { .. }
            | Warning::Sanitized { .. }
    )
}

/// Measures a file as it is. `[thread-safe]`, blocks.
///
/// # Errors
/// As [`crate::decode::Decoder`], and [`Error::Cancelled`].
pub fn measure(path: &Path, settings: &Settings, monitor: Monitor<'_>) -> Result<MeasuredFile> {
    measure_file(path, settings, false, monitor)
}

/// The same, and keeps M and S of every 100 ms.
///
/// # Errors
/// As [`measure`].
pub fn measure_with_history(
    path: &Path,
    settings: &Settings,
    monitor: Monitor<'_>,
) -> Result<MeasuredFile> {
    measure_file(path, settings, true, monitor)
}

fn measure_file(
    path: &Path,
    settings: &Settings,
    history: bool,
    monitor: Monitor<'_>,
) -> Result<MeasuredFile> {
    let job = Job {
        input: path.to_owned(),
        output: path.to_owned(),
        settings: Settings {
            encoding: Encoding::Wav(WavFormat::F32),
            ..settings.clone()
        },
    };
    let mut ticker = Ticker::new(monitor, RunOptions::default());
    let prepared = prepare::open(&job, &mut ticker)?;
    ticker.expect(Work::of(vec![Stage::Measure]));
    let info = prepared.info.clone();
    let measured = measured(&job, prepared, history, &mut ticker)?;
    let (measurement, warnings) = measured.into_parts()?;
    Ok(MeasuredFile {
        info,
        measurement,
        warnings,
    })
}

/// What has to be measured, for the job and for its report.
fn parts(settings: &Settings, detail: Detail) -> Parts {
    if detail == Detail::Full {
        return Parts::ALL;
    }
    let mut parts = Parts::default();
    if let Some(normalise) = settings.normalise {
        match normalise.mode {
            LoudnessMode::Lufs | LoudnessMode::MaxMomentary | LoudnessMode::MaxShortTerm => {
                parts.loudness = true;
            }
            LoudnessMode::Rms => parts.levels = true,
            LoudnessMode::Peak => parts.sample_peak = true,
            LoudnessMode::TruePeak => parts.true_peak = true,
            LoudnessMode::DynamicRange => parts.dynamics = true,
            LoudnessMode::Keep => {}
        }
        parts.true_peak |= normalise.ceiling.is_some();
    }
    if settings.metadata.replay_gain || settings.metadata.bext {
        (parts.loudness, parts.true_peak) = (true, true);
    }
    parts
}

/// Passes that a job will make, as far as its settings tell.
fn work(settings: &Settings, scans: bool) -> Work {
    let metadata = &settings.metadata;
    let measures = settings.normalise.is_some() || metadata.replay_gain || metadata.bext;
    let mode = settings.normalise.map(|normalise| normalise.mode);
    let limits = settings
        .normalise
        .is_some_and(|normalise| normalise.over == OverCeiling::Limit);
    let is_lossy = settings.encoding.is_lossy();
    let has_level = mode.is_some_and(|mode| mode != LoudnessMode::Keep);
    let rounds = match mode {
        Some(LoudnessMode::DynamicRange) => ROUNDS,
        Some(mode) if limits && mode != LoudnessMode::Keep => ROUNDS,
        _ => 0,
    };
    let mut passes = Vec::new();
    passes.extend(scans.then_some(Stage::Scan));
    passes.extend(measures.then_some(Stage::Measure));
    passes.extend(std::iter::repeat_n(Stage::Measure, rounds));
    // Coding moves levels and peaks: the second try is as a rule the last.
    let tries = if is_lossy && has_level { 2 } else { 1 };
    let verifies = settings.verify || (is_lossy && has_level);
    for _ in 0..tries {
        passes.push(Stage::Write);
        passes.extend(verifies.then_some(Stage::Verify));
    }
    Work {
        passes,
        measure: MEASURE_COST,
        write: if is_lossy { LOSSY_COST } else { 2.0 },
        verify: if is_lossy { MEASURE_COST } else { 1.0 },
        verifies,
        may_repeat: limits || (is_lossy && mode.is_some()),
    }
}

/// Passes behind the limiter, or a curve, that a target takes as a rule.
const ROUNDS: usize = 3;
/// What measuring, and a lossy encoder, take: about as many times what reading takes.
const MEASURE_COST: f64 = 3.0;
const LOSSY_COST: f64 = 8.0;

/// Tells the ticker of the next pass.
fn start(ticker: &mut Ticker<'_, '_>, stage: Stage, total: Option<u64>) {
    ticker.start(stage, total.unwrap_or(0));
}
