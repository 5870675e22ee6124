//! Jobs that leave the samples alone.

use std::fs::File;

use super::super::super::gain::Decision;
use super::super::super::planes;
use super::super::super::settings::{ChannelMap, Fades, MonoFrom, Precision, Settings};
use super::super::super::{Job, Stage};
use super::super::Ticker;
use super::super::measuring::{Measured, pass};
use super::super::prepare::Prepared;
use super::{Levels, Pass, sink_spec};
use crate::decode::{raw_wav, read_full};
use crate::error::{Error, Result};
use crate::measure::{Measurer, Parts};
use crate::sink::{Encoding, Written};
use crate::wav::{WavFormat, WavSpec, WavWriter};

/// Bytes copied at a time: whole frames of every format, up to 64 channels of 8 bytes.
const COPY_BYTES: usize = 64 * 8 * 512;

/// Whether the samples of the result are those of the input, all of them, bit for bit.
pub(super) fn is_copy(settings: &Settings, prepared: &Prepared) -> bool {
    settings.is_neutral()
        && prepared.plan.rate == prepared.info.sample_rate
        && holds(&settings.encoding, prepared)
}

/// Whether every sample that is written is one that was read: then there is nothing to dither.
pub(super) fn keeps_samples(job: &Job, prepared: &Prepared, decision: &Decision) -> bool {
    let settings = &job.settings;
    let picks = matches!(
        settings.channels,
        ChannelMap::Keep | ChannelMap::Mono(MonoFrom::Left | MonoFrom::Right)
    );
    picks
        && !settings.remove_dc
        && settings.inserts.is_empty()
        && settings.fades == Fades::default()
        && decision.gain_db == 0.0
        && decision.limit.is_none()
        && decision.curve.slope == 1.0
        && prepared.plan.rate == prepared.info.sample_rate
        && holds(&settings.encoding, prepared)
}

/// What the samples are computed in: f64 keeps those that f32 has no room for, where nothing changes.
pub(super) fn precision(job: &Job, prepared: &Prepared, decision: &Decision) -> Precision {
    let info = &prepared.info;
    let most = if info.is_float() { 32 } else { 24 };
    if info.bits > most && keeps_samples(job, prepared, decision) {
        return Precision::Best;
    }
    job.settings.precision
}

/// Whether the format holds every sample of the input exactly.
fn holds(encoding: &Encoding, prepared: &Prepared) -> bool {
    let info = &prepared.info;
    let is_float = info.is_float();
    let is_exact = ["PCM", "FLAC", "ALAC"]
        .iter()
        .any(|name| info.codec.starts_with(name));
    let float_bits = match encoding {
        Encoding::Wav(WavFormat::F64) | Encoding::Bw64(WavFormat::F64) => 64,
        Encoding::Wav(WavFormat::F32) | Encoding::Bw64(WavFormat::F32) => 32,
        _ => 0,
    };
    match (is_exact, is_float) {
        (false, _) => false,
        (true, true) => info.bits <= float_bits,
        (true, false) if float_bits > 0 => info.bits <= 24 || float_bits == 64 && info.bits <= 32,
        (true, false) => {
            !encoding.is_lossy()
                && encoding
                    .integer_bits()
                    .is_some_and(|bits| info.bits <= bits)
        }
    }
}

/// Copies the bytes of a WAV file into another one of the same sample format; `None` if this is not
/// such a job.
pub(super) fn raw(
    job: &Job,
    measured: &Measured,
    levels: Option<Levels<'_>>,
    is_copy: bool,
    ticker: &mut Ticker<'_, '_>,
) -> Result<Option<Pass>> {
    let (Encoding::Wav(format) | Encoding::Bw64(format)) = job.settings.encoding else {
        return Ok(None);
    };
    // A decoder that had something to say has repaired something.
    if !is_copy || !measured.warnings.is_empty() {
        return Ok(None);
    }
    let Some((found, mut bytes)) = raw_wav(&job.input, &job.settings.decode)? else {
        return Ok(None);
    };
    if found != format {
        return Ok(None);
    }
    let prepared = &measured.prepared;
    let parts = super::super::parts(&job.settings, ticker.detail());
    let mut measurement = None;
    // Integers are numbers, whatever the bits: floats are looked at before they are copied.
    if measured.measurement().is_none() {
        let mut measurer = Measurer::of(parts, prepared.plan.rate, prepared.layout, false);
        if parts != Parts::default() || format.is_float() {
            super::super::start(ticker, Stage::Measure, prepared.plan.frames);
            let mut frames = 0;
            let warnings = pass::<f32>(job, prepared, &measured.kept, |block| {
                measurer.push(&planes::slices(block));
                frames += planes::frames(block) as u64;
                ticker.at(frames)
            })?;
            if !warnings.is_empty() {
                return Ok(None);
            }
        }
        measurement = Some(measurer.finish());
    }
    let (spec, mut chunks, notes) = sink_spec(job, measured, &Decision::NONE, levels, true)?;
    chunks.large_is_bw64 = matches!(job.settings.encoding, Encoding::Bw64(_));
    let wav = WavSpec {
        layout: spec.layout,
        sample_rate: spec.rate,
        format,
        dither: spec.dither,
    };
    let mut writer = WavWriter::with_chunks(&prepared.target, wav, chunks)?;
    super::super::start(ticker, Stage::Write, prepared.plan.frames);
    copy(job, &mut bytes, &mut writer, format, ticker)?;
    let frames = writer.frames();
    let (file, summary) = writer.complete()?;
    Ok(Some(Pass {
        written: Written {
            file,
            clips: summary.clips,
            delay: 0,
        },
        measurement,
        limited: None,
        limiter_db: 0.0,
        frames,
        warnings: Vec::new(),
        notes,
    }))
}

fn copy(
    job: &Job,
    bytes: &mut std::io::Take<File>,
    writer: &mut WavWriter,
    format: WavFormat,
    ticker: &mut Ticker<'_, '_>,
) -> Result<()> {
    let frame = usize::from(writer.channels()) * usize::from(format.bytes());
    let mut buffer = vec![0; COPY_BYTES / frame * frame];
    loop {
        let filled = read_full(bytes, &mut buffer).map_err(|e| Error::io(&job.input, "read", e))?;
        if filled == 0 {
            break;
        }
        writer.write_raw(&buffer[..filled - filled % frame])?;
        ticker.at(writer.frames())?;
    }
    match bytes.limit() {
        0 => Ok(()),
        // The file has become shorter since its header was read.
        missing => Err(Error::Truncated {
            path: job.input.clone(),
            what: "audio data",
            found: writer.frames(),
            expected: writer.frames() + missing.div_ceil(frame as u64),
            unit: "frames",
        }),
    }
}
