//! Less dynamic range: a compressor whose threshold is looked for.
//!
//! No gain changes dynamic range. A gentle compressor in front of it does (3:1 over a knee of 12 dB, 5 ms
//! of look-ahead, 2 ms and 100 ms), all channels alike; the highest threshold with which the range
//! is no larger than the target wins.

use segue_dsp::processor::{ProcessorKind, info};

use super::super::gain::{self, Decision};
use super::super::report::{Report, Rule};
use super::super::settings::{InsertSpec, Normalise};
use super::super::{Job, gain::level};
use super::measuring::{Measured, measured};
use super::{Ticker, check_ceiling, prepare, write};
use crate::error::{Error, Result};
use crate::measure::Measurement;

/// Thresholds tried, and the dB below the peak where the lowest one is.
const ROUNDS: u32 = 8;
const DEEPEST: f64 = 40.0;
/// Lowest threshold of the compressor, dBFS.
const LOWEST: f64 = -60.0;
/// A range this little below the target is close enough, dB.
const CLOSE_ENOUGH: f64 = 0.1;

/// The compressor beside its threshold.
const GENTLE: [(&str, f32); 5] = [
    ("ratio", 3.0),
    ("knee", 12.0),
    ("attack", 2.0),
    ("release", 100.0),
    ("look_ahead", 5.0),
];

/// Carries out a job whose target is a dynamic range.
pub(super) fn run(
    job: &Job,
    before: Measured,
    normalise: &Normalise,
    ticker: &mut Ticker<'_, '_>,
) -> Result<Report> {
    let measurement = before.measurement().cloned().ok_or_else(not_measured)?;
    let rule = match measurement.dynamic_range_exact {
        None => Some(Rule::Silence),
        Some(range) if range <= normalise.target => Some(Rule::DynamicRangeKept),
        Some(_) => None,
    };
    if let Some(rule) = rule {
        return finish(job, before, normalise, rule, ticker);
    }
    let (compressed, sound, rule) = search(job, &before, &measurement, normalise, ticker)?;
    let report = finish(&compressed, sound, normalise, rule, ticker)?;
    // The compressor is part of the target and not of the settings.
    Ok(Report {
        settings_hash: job.settings.hash(),
        measured: measurement,
        ..report
    })
}

fn not_measured() -> Error {
    Error::Settings("the sound was not measured".to_owned())
}

/// Sees to the ceiling and writes.
fn finish(
    job: &Job,
    sound: Measured,
    normalise: &Normalise,
    rule: Rule,
    ticker: &mut Ticker<'_, '_>,
) -> Result<Report> {
    let measurement = sound.measurement().ok_or_else(not_measured)?;
    let (level, name) = level(normalise.mode, measurement);
    let mut decision: Decision = gain::decide(normalise, level, measurement.true_peak);
    check_ceiling(job, &decision)?;
    if decision.rule == Rule::None || rule == Rule::Unreached {
        decision.rule = rule;
    }
    write(job, sound, decision, name, ticker)
}

/// The job with its compressor, what comes out of it, and how the search ended.
fn search(
    job: &Job,
    before: &Measured,
    measurement: &Measurement,
    normalise: &Normalise,
    ticker: &mut Ticker<'_, '_>,
) -> Result<(Job, Measured, Rule)> {
    let mut high = measurement.sample_peak.min(0.0);
    let mut low = (high - DEEPEST).max(LOWEST);
    let mut best = None;
    for round in 0..ROUNDS {
        // The deepest one first: it says whether there is any.
        let threshold = if round == 0 { low } else { (low + high) / 2.0 };
        let compressed = with_compressor(job, threshold);
        let sound = through(&compressed, before, ticker)?;
        let range = sound.measurement().and_then(|m| m.dynamic_range_exact);
        let spare = normalise.target - range.unwrap_or(0.0);
        if spare < 0.0 && round == 0 {
            return Ok((compressed, sound, Rule::Unreached));
        }
        if spare < 0.0 {
            high = threshold;
            continue;
        }
        low = threshold;
        best = Some((compressed, sound, Rule::Target));
        if spare < CLOSE_ENOUGH {
            break;
        }
    }
    best.ok_or_else(not_measured)
}

/// Measures the sound behind the compressor.
fn through(job: &Job, before: &Measured, ticker: &mut Ticker<'_, '_>) -> Result<Measured> {
    let mut prepared = prepare::open(job, ticker)?;
    prepared.target.clone_from(&before.prepared.target);
    prepared.input_hash.clone_from(&before.prepared.input_hash);
    measured(job, prepared, false, ticker)
}

#[allow(clippy::cast_possible_truncation, reason = "a parameter is an f32")]
fn with_compressor(job: &Job, threshold: f64) -> Job {
    let kind = ProcessorKind::Compressor;
    let rows = GENTLE.into_iter().chain([("threshold", threshold as f32)]);
    let values = rows.filter_map(|(name, value)| Some((info(kind).param(name)?, value)));
    let mut job = job.clone();
    job.settings.inserts.push(InsertSpec {
        kind,
        values: values.collect(),
        mix: 1.0,
        bypass: false,
        response: None,
    });
    job
}
