//! The writing pass: gain, limiter, encoder, reading back, publishing.

mod copy;
mod limiting;
mod metadata;

use std::path::Path;

use super::super::gain::{self, Decision};
use super::super::planes::{self, Planes};
use super::super::report::{Detail, Report, Rule, Status};
use super::super::settings::{DitherKind, Normalise};
use super::super::verify::{Checked, Wanted, verify};
use super::super::{Job, Stage};
use super::Ticker;
use super::measuring::{Measured, pass};
use super::prepare::{Prepared, hash_file};
use crate::decode::Warning;
use crate::error::{Error, Result};
use crate::measure::{Measurement, Measurer, Parts};
use crate::quantize::Dither;
use crate::sink::{self, SinkSpec, Written};
use crate::wav::chunk::WavChunks;
use limiting::LimiterStage;

/// A lossy format is encoded again at most this often when its peaks pass the ceiling.
const MOST_RETRIES: u32 = 2;
/// How much lower than needed the next try is, dB.
const RETRY_MARGIN: f64 = 0.1;

/// What a writing pass left.
struct Pass {
    written: Written,
    /// Measured on the way, if nothing was before.
    measurement: Option<Measurement>,
    /// Measured behind the limiter, if it ran.
    limited: Option<Measurement>,
    limiter_db: f64,
    /// Frames that were written.
    frames: u64,
    warnings: Vec<Warning>,
}

/// Writes the result of a job whose gain is decided. `name` is what the target was compared with.
pub(in super::super) fn write(
    job: &Job,
    mut measured: Measured,
    mut decision: Decision,
    name: &'static str,
    ticker: &mut Ticker<'_, '_>,
) -> Result<Report> {
    if let (Some(ceiling), Some(normalise)) = (decision.limit, &job.settings.normalise) {
        decision = limiting::tune(job, &measured, decision, normalise, ceiling, ticker)?;
    }
    let is_copy = copy::is_copy(&job.settings, &measured.prepared);
    let mut tries = 0;
    loop {
        let mut pass = match copy::raw(job, &measured, is_copy, ticker)? {
            Some(pass) => pass,
            None => write_once(job, &measured, &decision, is_copy, ticker)?,
        };
        if let Some(measurement) = pass.measurement.take() {
            measured.set(measurement);
        }
        let checked = check(job, &measured, &pass, ticker)?;
        let excess = excess(job.settings.normalise.as_ref(), &checked);
        if excess <= 0.0 {
            let outcome = Outcome {
                decision,
                name,
                is_copy,
                checked,
            };
            return publish(job, measured, pass, &outcome, ticker);
        }
        tries += 1;
        if tries > MOST_RETRIES {
            return Err(Error::Verify {
                path: measured.prepared.target.clone(),
                reason: format!(
                    "the decoded true peak is {excess:.2} dB above the ceiling after {tries} tries"
                ),
            });
        }
        decision.gain_db -= excess + RETRY_MARGIN;
        decision.rule = Rule::LossyPeak;
    }
}

/// How far a lossy result's true peak is above the ceiling, dB.
fn excess(normalise: Option<&Normalise>, checked: &Checked) -> f64 {
    match (normalise.and_then(|n| n.ceiling), checked.true_peak) {
        (Some(ceiling), Some(peak)) => peak - ceiling,
        _ => 0.0,
    }
}

fn write_once(
    job: &Job,
    measured: &Measured,
    decision: &Decision,
    is_copy: bool,
    ticker: &mut Ticker<'_, '_>,
) -> Result<Pass> {
    let prepared = &measured.prepared;
    let parts = super::parts(&job.settings, ticker.detail());
    let (spec, chunks) = sink_spec(job, measured, decision, is_copy)?;
    let mut sink = sink::open(&prepared.target, job.settings.encoding, spec, chunks)?;
    let mut measurer = measured
        .measurement()
        .is_none()
        .then(|| Measurer::of(parts, prepared.plan.rate, prepared.layout, false));
    let mut stage = OutputStage::new(prepared, decision, parts)?;
    super::start(ticker, Stage::Write, prepared.plan.frames);
    let (mut interleaved, mut frames) = (Vec::new(), 0u64);
    let warnings = pass(job, prepared, &measured.kept, |block| {
        if let Some(measurer) = &mut measurer {
            measurer.push(&planes::slices(block));
        }
        frames += planes::frames(block) as u64;
        stage.process(block);
        planes::interleave(block, &mut interleaved);
        sink.write(&interleaved)?;
        ticker.at(frames)
    })?;
    let mut rest: Planes = vec![Vec::new(); usize::from(prepared.layout.channels())];
    stage.finish(&mut rest);
    planes::interleave(&rest, &mut interleaved);
    sink.write(&interleaved)?;
    ticker.tell()?;
    let (limited, limiter_db) = stage.into_result();
    Ok(Pass {
        written: sink.finish()?,
        measurement: measurer.map(Measurer::finish),
        limited,
        limiter_db,
        frames,
        warnings,
    })
}

/// Gain and limiter.
struct OutputStage {
    gain: f32,
    limiter: Option<(LimiterStage, Measurer)>,
}

impl OutputStage {
    /// `parts` is what is measured behind the limiter.
    fn new(prepared: &Prepared, decision: &Decision, parts: Parts) -> Result<Self> {
        let channels = usize::from(prepared.layout.channels());
        let limiter = match decision.limit {
            None => None,
            Some(ceiling) => Some((
                LimiterStage::new(ceiling, prepared.plan.rate, channels)?,
                Measurer::of(parts, prepared.plan.rate, prepared.layout, false),
            )),
        };
        Ok(Self {
            gain: amplitude(decision.gain_db),
            limiter,
        })
    }

    fn process(&mut self, block: &mut Planes) {
        if self.gain != 1.0 {
            let gain = self.gain;
            block.iter_mut().flatten().for_each(|x| *x *= gain);
        }
        if let Some((limiter, measurer)) = &mut self.limiter {
            limiter.process(block);
            measurer.push(&planes::slices(block));
        }
    }

    fn finish(&mut self, rest: &mut Planes) {
        if let Some((limiter, measurer)) = &mut self.limiter {
            limiter.flush(rest);
            measurer.push(&planes::slices(rest));
        }
    }

    fn into_result(self) -> (Option<Measurement>, f64) {
        match self.limiter {
            Some((limiter, measurer)) => (Some(measurer.finish()), limiter.reduction_db()),
            None => (None, 0.0),
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "a gain is an f32")]
fn amplitude(db: f64) -> f32 {
    if db == 0.0 {
        1.0
    } else {
        10f64.powf(db / 20.0) as f32
    }
}

fn sink_spec(
    job: &Job,
    measured: &Measured,
    decision: &Decision,
    is_copy: bool,
) -> Result<(SinkSpec, WavChunks)> {
    let prepared = &measured.prepared;
    let (tags, chunks) = metadata::collect(job, measured, decision, is_copy)?;
    let seed = seed(job, prepared);
    let frames = prepared.plan.frames.unwrap_or(0);
    let is_exact = copy::keeps_samples(job, prepared, decision);
    let dither = if is_exact {
        Dither::None
    } else {
        dither(job.settings.dither, seed)
    };
    let (layout, rate) = (prepared.layout, prepared.plan.rate);
    Ok((
        SinkSpec {
            layout,
            rate,
            frames,
            dither,
            seed,
            tags,
            verify: job.settings.verify,
        },
        chunks,
    ))
}

/// From the input's length and beginning and the settings: the same job draws the same noise.
fn seed(job: &Job, prepared: &Prepared) -> u64 {
    let text = format!("{} {}", prepared.head_hash, job.settings.hash());
    let hash = blake3::hash(text.as_bytes());
    let (head, _) = hash
        .as_bytes()
        .split_first_chunk::<8>()
        .unwrap_or((&[0; 8], &[]));
    u64::from_le_bytes(*head)
}

fn dither(kind: DitherKind, seed: u64) -> Dither {
    match kind {
        DitherKind::None => Dither::None,
        DitherKind::Rectangular => Dither::Rectangular { seed },
        DitherKind::Tpdf => Dither::Tpdf { seed },
        DitherKind::Shaped => Dither::Shaped { seed },
    }
}

/// Reads back what was written, if the settings say so.
fn check(
    job: &Job,
    measured: &Measured,
    pass: &Pass,
    ticker: &mut Ticker<'_, '_>,
) -> Result<Checked> {
    if !job.settings.verify {
        return Ok(Checked::default());
    }
    super::start(ticker, Stage::Verify, Some(pass.frames));
    let wanted = Wanted {
        rate: measured.prepared.plan.rate,
        channels: usize::from(measured.prepared.layout.channels()),
        frames: pass.frames,
        true_peak: ticker.detail() == Detail::Full
            || job.settings.normalise.is_some_and(|n| n.ceiling.is_some()),
        hash: ticker.detail() == Detail::Full,
    };
    verify(&pass.written.file, &job.settings.encoding, &wanted, ticker)
}

/// What a report needs beside the measurement.
struct Outcome {
    decision: Decision,
    name: &'static str,
    is_copy: bool,
    checked: Checked,
}

fn publish(
    job: &Job,
    measured: Measured,
    pass: Pass,
    outcome: &Outcome,
    ticker: &mut Ticker<'_, '_>,
) -> Result<Report> {
    let file = pass.written.file;
    let temporary = file.temporary().to_owned();
    let output_hash = match (&outcome.checked.hash, ticker.detail()) {
        (Some(hash), _) => hash.clone(),
        (None, Detail::Full) => hash_file(&temporary, ticker)?,
        (None, Detail::Needed) => String::new(),
    };
    let bytes = size(&temporary)?;
    file.finish()?;
    let target = measured.prepared.target.clone();
    let (source, input_hash) = (
        measured.prepared.info.codec.clone(),
        measured.prepared.input_hash.clone(),
    );
    let mode = job.settings.normalise.map(|n| n.mode);
    let (measurement, mut warnings) = measured.into_parts()?;
    if warnings.is_empty() {
        warnings = pass.warnings;
    }
    let gain_db = outcome.decision.gain_db;
    let level = |m: &Measurement| mode.map_or(m.loudness().0, |mode| gain::level(mode, m).0);
    let after = pass.limited.as_ref();
    Ok(Report {
        input: job.input.clone(),
        output: target,
        status: status(&warnings, outcome.decision.rule),
        source,
        format: job.settings.encoding.name(),
        bytes,
        input_hash,
        settings_hash: job.settings.hash(),
        output_hash,
        measure: outcome.name,
        gain_db,
        limiter_db: pass.limiter_db,
        rule: outcome.decision.rule,
        result_level: after.map_or_else(|| level(&measurement) + gain_db, level),
        result_true_peak: outcome
            .checked
            .true_peak
            .unwrap_or_else(|| after.map_or(measurement.true_peak + gain_db, |m| m.true_peak)),
        clips: pass.written.clips,
        codec_delay: pass.written.delay,
        is_copy: outcome.is_copy,
        measured: measurement,
        warnings,
    })
}

fn status(warnings: &[Warning], rule: Rule) -> Status {
    let is_damage = |warning: &Warning| {
        matches!(
            warning,
            Warning::Truncated { .. } | Warning::Concealed { .. } | Warning::Sanitized { .. }
        )
    };
    match rule {
        _ if warnings.iter().any(is_damage) => Status::Partial,
        Rule::Silence => Status::Silent,
        _ => Status::Done,
    }
}

fn size(path: &Path) -> Result<u64> {
    let meta = std::fs::metadata(path).map_err(|e| Error::io(path, "read", e))?;
    Ok(meta.len())
}
