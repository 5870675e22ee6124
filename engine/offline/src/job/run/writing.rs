//! The writing pass: gain, limiter, encoder, reading back, publishing.

mod copy;
mod group;
mod level;
mod limiting;
mod metadata;

use std::path::Path;

use super::super::chain::check_width;
use super::super::crest::CrestStage;
use super::super::gain::{self, Decision, MOST};
use super::super::planes::{self, Planes};
use super::super::report::{Detail, Report, Rule, Status};
use super::super::settings::{DitherKind, LoudnessMode, Precision};
use super::super::verify::{Checked, Wanted, verify};
use super::super::{Job, Stage, target};
use super::Ticker;
use super::measuring::{Measured, pass};
use super::prepare::{Prepared, hash_file};
use crate::decode::Warning;
use crate::error::{Error, Result};
use crate::measure::{Measurement, Measurer, Parts};
use crate::quantize::Dither;
use crate::sample::Flow;
use crate::sink::{self, SinkSpec, Written};
use crate::wav::chunk::WavChunks;
pub(in super::super) use group::write_group;
use limiting::{Limited, LimiterStage};
use metadata::Levels;

/// A lossy format is encoded again at most this often when its peaks pass the ceiling.
const MOST_RETRIES: u32 = 2;
/// How much lower than needed the next try is, dB.
const RETRY_MARGIN: f64 = 0.1;
/// The same behind the limiter, which works with the samples that are written.
const LIMITER_MARGIN: f64 = 0.02;
/// What the limiter lets through above the ceiling without another try, dB.
const LIMITER_TOLERANCE: f64 = 0.03;
/// The limiter has no lower ceiling, dBTP.
const LOWEST_LIMIT: f64 = -24.0;

/// The limiter may work this much harder than it may before the result is written again, dB.
const MOST_OVERWORK: f64 = 0.005;

/// What a writing pass left.
struct Pass {
    written: Written,
    /// Measured on the way, if nothing was before.
    measurement: Option<Measurement>,
    /// Measured behind the curve and the limiter, if one of them ran.
    limited: Option<Measurement>,
    limiter_db: f64,
    /// Frames that were written.
    frames: u64,
    /// What the decoder had to say.
    warnings: Vec<Warning>,
    /// What could not go into the file.
    notes: Vec<Warning>,
}

/// Writes the result of a job whose gain is decided. `name` is what the target was compared with.
pub(in super::super) fn write(
    job: &Job,
    mut measured: Measured,
    mut decision: Decision,
    name: &'static str,
    ticker: &mut Ticker<'_, '_>,
) -> Result<Report> {
    let mut limited = None;
    if decision.limit.is_some() {
        check_width(&job.input, "the limiter works", measured.prepared.layout)?;
    }
    if let (Some(ceiling), Some(normalise)) = (decision.limit, &job.settings.normalise)
        && !decision.is_shared
    {
        (decision, limited) = limiting::tune(job, &measured, decision, normalise, ceiling, ticker)?;
    }
    let peak = measured.measurement().map_or(0.0, |m| m.true_peak);
    let (mut tries, mut eased, mut corrections) = (0, 0, 0);
    loop {
        let tried = attempt(job, &mut measured, &decision, &mut limited, ticker)?;
        let overwork = overwork(job, &decision, &tried.pass);
        if overwork > MOST_OVERWORK && eased < MOST_RETRIES {
            eased += 1;
            decision.gain_db = (decision.gain_db - overwork).max(-MOST);
            decision.rule = Rule::Limiting;
            continue;
        }
        if tried.excess <= 0.0 {
            let own = tried.checked.own.as_ref();
            let own = own.filter(|_| level::is_read_back(job));
            let found = own.map(|own| (level::of(job, own), own.true_peak));
            if level::is_corrected(job, &mut decision, peak, found, &mut corrections) {
                continue;
            }
            return publish(job, measured, tried, &decision, name, ticker);
        }
        tries += 1;
        if tries > MOST_RETRIES {
            return Err(too_loud(job, &measured, tried.excess));
        }
        let is_lossy = job.settings.encoding.is_lossy();
        lower(job, peak, &mut decision, (tried.excess, is_lossy), tries);
        // The last try stays what it is: the sound before, softer by the excess.
        if tries < MOST_RETRIES
            && !is_lossy
            && let (Some(ceiling), Some(normalise)) = (decision.limit, &job.settings.normalise)
            && !decision.is_shared
        {
            (decision, limited) =
                limiting::tune(job, &measured, decision, normalise, ceiling, ticker)?;
        }
    }
}

/// A result that is complete but not published.
struct Attempt {
    pass: Pass,
    checked: Checked,
    is_copy: bool,
    /// How far the true peak of what it decodes to is above the ceiling, dB; at most 0: it is not.
    excess: f64,
}

/// Writes the result once and reads it back; a second time if only reading back told the levels that
/// it states. `limited` is what the last look behind the limiter found.
fn attempt(
    job: &Job,
    measured: &mut Measured,
    decision: &Decision,
    limited: &mut Option<Limited>,
    ticker: &mut Ticker<'_, '_>,
) -> Result<Attempt> {
    let metadata = &job.settings.metadata;
    let states = metadata.replay_gain || metadata.bext;
    if states && decision.limit.is_some() {
        limiting::look(job, measured, decision, limited, ticker)?;
    }
    let is_limited = decision.limit.is_some();
    let levels = match limited {
        Some(limited) if is_limited => Some(Levels::of(&limited.measurement)),
        _ => None,
    };
    let tried = once(job, measured, decision, levels, ticker)?;
    let is_lossy = job.settings.encoding.is_lossy();
    // What was clamped, and what a lossy format makes of the sound, reading back only tells.
    let Some(own) = tried.checked.own.clone().filter(|_| states) else {
        return Ok(tried);
    };
    let told = levels.or(Levels::behind(measured, decision));
    let is_told = told.is_some_and(|told| told.are_close_to(&own));
    if tried.excess > 0.0 || is_lossy && is_told {
        return Ok(tried);
    }
    drop(tried);
    once(job, measured, decision, Some(Levels::of(&own)), ticker)
}

fn once(
    job: &Job,
    measured: &mut Measured,
    decision: &Decision,
    levels: Option<Levels<'_>>,
    ticker: &mut Ticker<'_, '_>,
) -> Result<Attempt> {
    let is_copy = copy::is_copy(&job.settings, &measured.prepared);
    let before = Levels::behind(measured, decision);
    let levels = levels.or(before);
    let mut pass = match copy::raw(job, measured, levels, is_copy, ticker)? {
        Some(pass) => pass,
        None => match copy::precision(job, &measured.prepared, decision) {
            Precision::Single => {
                write_once::<f32>(job, measured, decision, levels, is_copy, ticker)?
            }
            Precision::Best => write_once::<f64>(job, measured, decision, levels, is_copy, ticker)?,
        },
    };
    if let Some(measurement) = pass.measurement.take() {
        measured.set(measurement);
    }
    let checked = check(job, measured, decision, &pass, ticker)?;
    Ok(Attempt {
        excess: excess(job, decision, &pass, &checked),
        pass,
        checked,
        is_copy,
    })
}

fn too_loud(job: &Job, measured: &Measured, excess: f64) -> Error {
    let tries = MOST_RETRIES + 1;
    let reason = if job.settings.encoding.is_lossy() {
        format!(
            "the decoded true peak is {excess:.2} dB above the ceiling after {tries} tries; lower the \
             target, raise the ceiling, or raise the bit rate or the quality"
        )
    } else {
        format!(
            "the true peak behind the limiter is {excess:.2} dB above the ceiling after {tries} tries; \
             raise the ceiling, or let it take gain (reduce)"
        )
    };
    Error::Verify {
        path: measured.prepared.target.clone(),
        reason,
    }
}

/// Makes the peaks of the next try lower. Behind the limiter less gain would leave them where they
/// are: its ceiling goes down, and in the last try the gain with it, which scales the whole sound.
/// `peak` is the true peak before the gain, dBTP; with the excess comes whether a lossy format made it.
fn lower(
    job: &Job,
    peak: f64,
    decision: &mut Decision,
    (excess, is_lossy): (f64, bool),
    tries: u32,
) {
    let margin = if is_lossy {
        decision.rule = Rule::LossyPeak;
        RETRY_MARGIN
    } else {
        LIMITER_MARGIN
    };
    // Another gain makes other peaks: the last try leaves more room.
    let by = excess + margin * f64::from(2 * tries - 1);
    let Some(limit) = decision.limit.as_mut() else {
        decision.gain_db = (decision.gain_db - by).max(-MOST);
        return;
    };
    // No limiter goes lower: there the gain alone takes it away.
    *limit = (*limit - by).max(LOWEST_LIMIT);
    if decision.is_shared && !is_lossy {
        return;
    }
    if tries == MOST_RETRIES {
        decision.gain_db = (decision.gain_db - by).max(-MOST);
    }
    if let Some(normalise) = &job.settings.normalise {
        let most = (*limit - peak + normalise.max_limiting).max(-MOST);
        if decision.gain_db > most {
            decision.gain_db = most;
            if !is_lossy && decision.rule == Rule::Target {
                decision.rule = Rule::Limiting;
            }
        }
    }
}

/// How much harder than it may the limiter worked, dB: what it finds between samples is not to the
/// hundredth what was measured there. A shared gain is left alone.
fn overwork(job: &Job, decision: &Decision, pass: &Pass) -> f64 {
    match job.settings.normalise {
        Some(normalise) if !decision.is_shared => pass.limiter_db - normalise.max_limiting,
        _ => 0.0,
    }
}

/// How far the true peak of a result that only its making tells is above the ceiling, dB: that of what
/// a lossy format decodes to, and that behind the limiter, which does not know what is above 0.47 of
/// the rate.
fn excess(job: &Job, decision: &Decision, pass: &Pass, checked: &Checked) -> f64 {
    let Some(ceiling) = job.settings.normalise.and_then(|n| n.ceiling) else {
        return 0.0;
    };
    if job.settings.encoding.is_lossy() {
        return checked.true_peak.map_or(0.0, |peak| peak - ceiling);
    }
    // What an integer format clamped and dithered is in what was read back.
    let result = checked.own.as_ref().or(pass.limited.as_ref());
    let excess = result.map_or(0.0, |result| result.true_peak - ceiling);
    if decision.limit.is_some() && excess > LIMITER_TOLERANCE {
        excess
    } else {
        0.0
    }
}

fn write_once<T: Flow>(
    job: &Job,
    measured: &Measured,
    decision: &Decision,
    levels: Option<Levels<'_>>,
    is_copy: bool,
    ticker: &mut Ticker<'_, '_>,
) -> Result<Pass> {
    let prepared = &measured.prepared;
    let parts = super::parts(&job.settings, ticker.detail());
    let (spec, chunks, notes) = sink_spec(job, measured, decision, levels, is_copy)?;
    let mut sink = sink::open(&prepared.target, job.settings.encoding, spec, chunks)?;
    let mut measurer = measured
        .measurement()
        .is_none()
        .then(|| Measurer::of(parts, prepared.plan.rate, prepared.layout, false));
    let mut stage = OutputStage::<T>::new(prepared, decision, parts)?;
    super::start(ticker, Stage::Write, prepared.plan.frames);
    let (mut interleaved, mut frames) = (Vec::new(), 0u64);
    let mut scratch = Planes::new();
    let warnings = pass::<T>(job, prepared, &measured.kept, |block| {
        if let Some(measurer) = &mut measurer {
            measurer.push(&T::narrowed(block, &mut scratch));
        }
        frames += planes::frames(block) as u64;
        stage.process(block);
        planes::interleave(block, &mut interleaved);
        T::encode(sink.as_mut(), &interleaved)?;
        ticker.at(frames)
    })?;
    let mut rest: Planes<T> = vec![Vec::new(); usize::from(prepared.layout.channels())];
    stage.finish(&mut rest);
    planes::interleave(&rest, &mut interleaved);
    T::encode(sink.as_mut(), &interleaved)?;
    ticker.tell()?;
    let (limited, limiter_db) = stage.into_result();
    Ok(Pass {
        written: sink.finish()?,
        measurement: measurer.map(Measurer::finish),
        limited,
        limiter_db,
        frames,
        warnings,
        notes,
    })
}

/// Curve, gain and limiter.
struct OutputStage<T> {
    crest: Option<CrestStage<T>>,
    gain: f64,
    limiter: Option<LimiterStage<T>>,
    /// What comes out, if it is more than the gain away from what goes in.
    measurer: Option<Measurer>,
    scratch: Planes,
}

impl<T: Flow> OutputStage<T> {
    /// `parts` is what is measured behind it.
    fn new(prepared: &Prepared, decision: &Decision, parts: Parts) -> Result<Self> {
        let (rate, channels) = (prepared.plan.rate, usize::from(prepared.layout.channels()));
        let limiter = decision
            .limit
            .map(|ceiling| LimiterStage::new(ceiling, rate, channels))
            .transpose()?;
        let has_curve = decision.curve.slope != 1.0;
        let crest = has_curve.then(|| CrestStage::new(decision.curve, rate, channels));
        let changes = limiter.is_some() || crest.is_some();
        Ok(Self {
            crest,
            gain: 10f64.powf(decision.gain_db / 20.0),
            limiter,
            measurer: changes.then(|| Measurer::of(parts, rate, prepared.layout, false)),
            scratch: Vec::new(),
        })
    }

    fn process(&mut self, block: &mut Planes<T>) {
        if let Some(crest) = &mut self.crest {
            crest.process(block);
        }
        if self.gain != 1.0 {
            let gain = T::from_f64(self.gain);
            block.iter_mut().flatten().for_each(|x| *x = *x * gain);
        }
        if let Some(limiter) = &mut self.limiter {
            limiter.process(block);
        }
        if let Some(measurer) = &mut self.measurer {
            measurer.push(&T::narrowed(block, &mut self.scratch));
        }
    }

    /// Appends what is still inside to `rest`, which is empty.
    fn finish(&mut self, rest: &mut Planes<T>) {
        if let Some(crest) = &mut self.crest {
            crest.flush(rest);
            self.crest = None;
            self.process(rest);
        }
        let mut behind: Planes<T> = vec![Vec::new(); rest.len()];
        if let Some(limiter) = &mut self.limiter {
            limiter.flush(&mut behind);
        }
        if let Some(measurer) = &mut self.measurer {
            measurer.push(&T::narrowed(&behind, &mut self.scratch));
        }
        for (plane, behind) in rest.iter_mut().zip(behind) {
            plane.extend(behind);
        }
    }

    fn into_result(self) -> (Option<Measurement>, f64) {
        let reduction = self.limiter.map_or(0.0, |limiter| limiter.reduction_db());
        (self.measurer.map(Measurer::finish), reduction)
    }
}

fn sink_spec(
    job: &Job,
    measured: &Measured,
    decision: &Decision,
    levels: Option<Levels<'_>>,
    is_copy: bool,
) -> Result<(SinkSpec, WavChunks, Vec<Warning>)> {
    let prepared = &measured.prepared;
    let beside = metadata::collect(job, prepared, levels, is_copy)?;
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
            tags: beside.tags,
            verify: job.settings.verify,
        },
        beside.chunks,
        beside.notes,
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

/// Reads back what was written, if the settings say so, or if only that tells the levels that the
/// file has to state.
fn check(
    job: &Job,
    measured: &Measured,
    decision: &Decision,
    pass: &Pass,
    ticker: &mut Ticker<'_, '_>,
) -> Result<Checked> {
    let metadata = &job.settings.metadata;
    let has_clips = pass.written.clips > 0;
    let must_read = decision.reads_levels || level::is_read_back(job);
    let reads = has_clips || must_read;
    let states_own =
        (metadata.replay_gain || metadata.bext) && (has_clips || job.settings.encoding.is_lossy());
    if !job.settings.verify && !states_own && !must_read {
        return Ok(Checked::default());
    }
    super::start(ticker, Stage::Verify, Some(pass.frames));
    let parts = super::parts(&job.settings, ticker.detail());
    let wanted = Wanted {
        rate: measured.prepared.plan.rate,
        layout: measured.prepared.layout,
        frames: pass.frames,
        true_peak: ticker.detail() == Detail::Full
            || job.settings.normalise.is_some_and(|n| n.ceiling.is_some()),
        hash: ticker.detail() == Detail::Full,
        levels: (reads || states_own).then_some(parts),
        history: decision.reads_levels,
    };
    verify(&pass.written.file, &job.settings.encoding, &wanted, ticker)
}

fn publish(
    job: &Job,
    measured: Measured,
    tried: Attempt,
    decision: &Decision,
    name: &'static str,
    ticker: &mut Ticker<'_, '_>,
) -> Result<Report> {
    let Attempt { pass, checked, .. } = tried;
    let file = pass.written.file;
    let temporary = file.temporary().to_owned();
    let output_hash = match (&checked.hash, ticker.detail()) {
        (Some(hash), _) => hash.clone(),
        (None, Detail::Full) => hash_file(&temporary, ticker)?,
        (None, Detail::Needed) => String::new(),
    };
    let bytes = size(&temporary)?;
    let (source, input_hash) = (
        measured.prepared.info.codec.clone(),
        measured.prepared.input_hash.clone(),
    );
    let mode = job.settings.normalise.map(|n| n.mode);
    let (measurement, mut warnings) = measured.into_parts()?;
    let measure = match mode {
        Some(_) => name,
        None => measurement.loudness().1,
    };
    if warnings.is_empty() {
        warnings = pass.warnings;
    }
    warnings.extend(pass.notes);
    let gain_db = decision.gain_db;
    let level = |m: &Measurement| mode.map_or(m.loudness().0, |mode| gain::level(mode, m).0);
    // A gain moves no range.
    let level_gain = match mode {
        Some(LoudnessMode::DynamicRange) => 0.0,
        _ => gain_db,
    };
    // What reading back told is nearest to the truth.
    let after = checked.own.as_ref().or(pass.limited.as_ref());
    let mut report = Report {
        input: job.input.clone(),
        output: job.output.clone(),
        status: status(&warnings, decision.rule),
        source,
        format: job.settings.encoding.name(),
        bytes,
        input_hash,
        settings_hash: job.settings.hash(),
        output_hash,
        measure,
        gain_db,
        slope: decision.curve.slope,
        limiter_db: pass.limiter_db,
        rule: decision.rule,
        result_level: after.map_or_else(|| level(&measurement) + level_gain, level),
        result_true_peak: checked
            .true_peak
            .unwrap_or_else(|| after.map_or(measurement.true_peak + gain_db, |m| m.true_peak)),
        clips: pass.written.clips,
        codec_delay: pass.written.delay,
        is_copy: tried.is_copy,
        measured: measurement,
        warnings,
    };
    ticker.complete()?;
    ticker.before(&report)?;
    report.output = target::publish(file, job)?;
    Ok(report)
}

fn status(warnings: &[Warning], rule: Rule) -> Status {
    match rule {
        _ if warnings.iter().any(super::is_damage) => Status::Partial,
        Rule::Silence => Status::Silent,
        _ => Status::Done,
    }
}

fn size(path: &Path) -> Result<u64> {
    let meta = std::fs::metadata(path).map_err(|e| Error::io(path, "read", e))?;
    Ok(meta.len())
}
