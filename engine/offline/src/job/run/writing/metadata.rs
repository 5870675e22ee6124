//! Tags and chunks of the result.

use super::super::super::gain::Decision;
use super::super::super::{Job, settings::Metadata};
use super::super::measuring::Measured;
use crate::error::Result;
use crate::measure::Measurement;
use crate::sink::Encoding;
use crate::tags::Tags;
use crate::wav::bext::{self, BextLoudness};
use crate::wav::chunk::{Chunk, WavChunks, read_chunks};
use crate::wav::positions::{PositionMap, moved};

/// References of ReplayGain 2 and of EBU R 128, LUFS.
const REPLAY_GAIN: f64 = -18.0;
const R128: f64 = -23.0;
/// Notes on a level that is no longer that of the sound.
const STALE: [&str; 5] = [
    "REPLAYGAIN_TRACK_GAIN",
    "REPLAYGAIN_TRACK_PEAK",
    "REPLAYGAIN_ALBUM_GAIN",
    "REPLAYGAIN_ALBUM_PEAK",
    "R128_TRACK_GAIN",
];

/// What goes into the file beside the samples.
pub(super) fn collect(
    job: &Job,
    measured: &Measured,
    decision: &Decision,
    is_copy: bool,
) -> Result<(Tags, WavChunks)> {
    let metadata = &job.settings.metadata;
    let mut tags = if metadata.keep {
        Tags::read(&job.input)?
    } else {
        Tags::default()
    };
    if !is_copy {
        STALE.iter().for_each(|name| tags.set(name, ""));
    }
    if let Some(measurement) = measured.before_gain().filter(|_| metadata.replay_gain) {
        replay_gain(
            &mut tags,
            &job.settings.encoding,
            measurement,
            decision.gain_db,
        );
    }
    for (name, text) in &metadata.set {
        tags.set(name, text);
    }
    let chunks = match job.settings.encoding {
        Encoding::Wav(_) | Encoding::Bw64(_) => chunks(job, measured, decision, &tags)?,
        _ => WavChunks::default(),
    };
    Ok((tags, chunks))
}

fn replay_gain(tags: &mut Tags, encoding: &Encoding, m: &Measurement, gain_db: f64) {
    let loudness = m.loudness().0 + gain_db;
    if !loudness.is_finite() {
        return;
    }
    if matches!(encoding, Encoding::Opus { .. }) {
        // Q7.8: 256 steps a dB.
        let steps = ((R128 - loudness) * 256.0)
            .round()
            .clamp(-32_768.0, 32_767.0);
        tags.set("R128_TRACK_GAIN", &format!("{steps:.0}"));
        return;
    }
    let peak = 10f64.powf((m.true_peak + gain_db) / 20.0);
    tags.set(
        "REPLAYGAIN_TRACK_GAIN",
        &format!("{:.2} dB", REPLAY_GAIN - loudness),
    );
    tags.set("REPLAYGAIN_TRACK_PEAK", &format!("{peak:.6}"));
}

/// All chunks of a WAV input with their positions moved; the tags of another input as `INFO`.
fn chunks(job: &Job, measured: &Measured, decision: &Decision, tags: &Tags) -> Result<WavChunks> {
    let metadata = &job.settings.metadata;
    let prepared = &measured.prepared;
    let old = if metadata.keep {
        read_chunks(&job.input)?
    } else {
        Vec::new()
    };
    let writes_info = old.is_empty() || changes_texts(metadata);
    let map = PositionMap {
        start: prepared.plan.cut.start,
        from: prepared.info.sample_rate,
        to: prepared.plan.rate,
        frames: prepared.plan.frames.unwrap_or(u64::MAX),
    };
    let mut chunks = WavChunks::default();
    for chunk in moved(old, &map)? {
        match &chunk.id {
            b"LIST" | b"id3 " | b"ID3 " if writes_info && is_text(&chunk)? => {}
            b"bext" => chunks.front.push(Chunk::new(*b"bext", chunk.bytes()?)),
            _ => chunks.behind.push(chunk),
        }
    }
    if metadata.bext
        && let Some(measurement) = measured.before_gain()
    {
        let old = chunks.front.pop().map(|chunk| chunk.bytes()).transpose()?;
        let loudness = loudness(measurement, decision.gain_db);
        chunks.front = vec![bext::with_loudness(old.as_deref(), &loudness)];
    }
    if writes_info {
        let info = tags.riff_info(&prepared.target)?;
        if let Some(body) = info.get(8..).filter(|body| !body.is_empty()) {
            chunks.behind.push(Chunk::new(*b"LIST", body.to_vec()));
        }
    }
    Ok(chunks)
}

fn changes_texts(metadata: &Metadata) -> bool {
    metadata.replay_gain || !metadata.set.is_empty()
}

/// Whether the chunk holds the texts that `INFO` will hold.
fn is_text(chunk: &Chunk) -> Result<bool> {
    Ok(&chunk.id != b"LIST" || chunk.bytes()?.starts_with(b"INFO"))
}

fn loudness(m: &Measurement, gain_db: f64) -> BextLoudness {
    let level = |value: f64| value.is_finite().then_some(value + gain_db);
    BextLoudness {
        integrated: level(m.integrated),
        range: Some(m.range),
        true_peak: level(m.true_peak),
        max_momentary: level(m.max_momentary),
        max_short_term: level(m.max_short_term),
    }
}
