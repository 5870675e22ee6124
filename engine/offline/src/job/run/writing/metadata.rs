//! Tags and chunks of the result.

use super::super::super::gain::Decision;
use super::super::super::{Job, settings::Metadata};
use super::super::measuring::Measured;
use super::super::prepare::Prepared;
use crate::aiff;
use crate::decode::{CHANNEL_MASK, Warning, unheld};
use crate::error::Result;
use crate::measure::Measurement;
use crate::sink::Encoding;
use crate::tags::{self, Tags};
use crate::wav::WavFormat;
use crate::wav::bext::{self, BextLoudness};
use crate::wav::chunk::{Chunk, MAX_EDITABLE, WavChunks, read_chunks};
use crate::wav::ixml;
use crate::wav::positions::{LeftOut, PositionMap, moved};

/// References of ReplayGain 2 and of EBU R 128, LUFS.
const REPLAY_GAIN: f64 = -18.0;
const R128: f64 = -23.0;
/// Notes on a level that is no longer that of the sound.
const STALE: [&str; 7] = [
    "REPLAYGAIN_TRACK_GAIN",
    "REPLAYGAIN_TRACK_PEAK",
    "REPLAYGAIN_ALBUM_GAIN",
    "REPLAYGAIN_ALBUM_PEAK",
    "R128_TRACK_GAIN",
    "R128_ALBUM_GAIN",
    // What iTunes measured.
    "ITUNNORM",
];
/// Frames of a loop, as games write them into tags.
const LOOP: [&str; 3] = ["LOOPSTART", "LOOPLENGTH", "LOOPEND"];

/// The levels that a result states: those measured, moved by a gain that came behind.
#[derive(Clone, Copy)]
pub(super) struct Levels<'a> {
    measurement: &'a Measurement,
    gain_db: f64,
}

impl<'a> Levels<'a> {
    /// Of the result itself.
    pub(super) fn of(measurement: &'a Measurement) -> Self {
        Self {
            measurement,
            gain_db: 0.0,
        }
    }

    /// Whether a lossy result with these levels may state them: to a twentieth of a LU, and its true
    /// peak to half a dB.
    pub(super) fn are_close_to(&self, own: &Measurement) -> bool {
        let is_close = |told: f64, own: f64, most: f64| {
            told == own || (told + self.gain_db - own).abs() < most
        };
        is_close(self.measurement.loudness().0, own.loudness().0, 0.05)
            && is_close(self.measurement.true_peak, own.true_peak, 0.5)
    }

    /// Of what was measured before the gain, and the gain.
    pub(super) fn behind(measured: &'a Measured, decision: &Decision) -> Option<Self> {
        let measurement = measured.before_gain()?;
        Some(Self {
            measurement,
            gain_db: decision.gain_db,
        })
    }
}

/// What goes into the file beside the samples.
pub(super) struct Beside {
    pub(super) tags: Tags,
    pub(super) chunks: WavChunks,
    /// What does not go into it.
    pub(super) notes: Vec<Warning>,
}

/// Gathers it. What the settings want to be stated is that of `levels`.
pub(super) fn collect(
    job: &Job,
    prepared: &Prepared,
    levels: Option<Levels<'_>>,
    is_copy: bool,
) -> Result<Beside> {
    let metadata = &job.settings.metadata;
    let mut tags = match metadata.keep {
        true => prepared.tags(job)?,
        false => Tags::default(),
    };
    let (old, has_texts) = old_chunks(job, prepared)?;
    // It is part of the format, and follows the channels.
    tags.set(CHANNEL_MASK, "");
    let mut notes = Vec::new();
    if let Some(reason) = tags.unread() {
        let reason = reason.to_owned();
        notes.push(Warning::TagsUnread { reason });
    }
    let has_stale = !is_copy && STALE.iter().any(|name| tags.get(name).is_some());
    if has_stale {
        STALE.iter().for_each(|name| tags.set(name, ""));
    }
    let map = position_map(prepared);
    let mut left_out = LeftOut::default();
    let moves_loop = !map.is_identity() && move_loop(&mut tags, &map, &mut left_out);
    // Chapters are times in the input.
    let cuts = map.start > 0 || map.end != u64::MAX;
    let drops_chapters = cuts && tags.drop_chapters();
    if drops_chapters {
        let lost = ["the ID3 chapters of a sound that is cut".to_owned()];
        notes.extend(no_place(&job.settings.encoding, &lost));
    }
    if let Some(levels) = levels.filter(|_| metadata.replay_gain) {
        replay_gain(&mut tags, &job.settings.encoding, levels);
    }
    for (name, text) in &metadata.set {
        tags.set(name, text);
    }
    let mut chunks = WavChunks::default();
    let writes_texts = match job.settings.encoding {
        Encoding::Wav(format) | Encoding::Bw64(format) => {
            let changes = metadata.replay_gain || !metadata.set.is_empty() || moves_loop;
            let texts = !has_texts || changes || has_stale || drops_chapters;
            let moved = left_out.add(moved(old, &map)?);
            let moved = restated(moved, format.bits(), prepared)?;
            let has_all;
            (chunks, has_all) = self::chunks(moved, prepared, &tags, texts)?;
            bext_chunk(&mut chunks, metadata, levels, is_copy)?;
            if !is_copy {
                coding_history(&mut chunks, format, prepared)?;
            }
            texts && !has_all
        }
        Encoding::Aiff { .. } => {
            let moved = left_out.add(moved(old, &map)?);
            let held = aiff::held(&moved)?;
            notes.extend(chunks_lost(&job.settings.encoding, &moved, Some(&held))?);
            chunks.behind = held.chunks;
            true
        }
        _ => {
            notes.extend(chunks_lost(&job.settings.encoding, &old, None)?);
            true
        }
    };
    if metadata.keep {
        notes.extend(parts_lost(job, &tags, &chunks)?);
    }
    if writes_texts {
        notes.extend(texts_lost(&job.settings.encoding, &tags));
    }
    let LeftOut { loops, cues } = left_out;
    if loops + cues > 0 {
        notes.push(Warning::CutOff { loops, cues });
    }
    Ok(Beside {
        tags,
        chunks,
        notes,
    })
}

/// The chunks of the input, and whether its texts are among them: those of WAV, or what AIFF says in
/// the same words.
fn old_chunks(job: &Job, prepared: &Prepared) -> Result<(Vec<Chunk>, bool)> {
    if !job.settings.metadata.keep {
        return Ok((Vec::new(), false));
    }
    let chunks = read_chunks(&job.input)?;
    if !chunks.is_empty() {
        return Ok((chunks, true));
    }
    Ok((aiff::chunks(&job.input, prepared.info.sample_rate)?, false))
}

/// Parts of the input that have names of their own, for which the result has no place.
fn parts_lost(job: &Job, tags: &Tags, chunks: &WavChunks) -> Result<Option<Warning>> {
    let encoding = &job.settings.encoding;
    let (what, blocks) = unheld(&job.input)?;
    let has_frames = match encoding {
        Encoding::Aiff { .. } | Encoding::Mp3(_) => true,
        _ => chunks
            .behind
            .iter()
            .any(|chunk| chunk.id.eq_ignore_ascii_case(b"id3 ")),
    };
    let has_atoms = matches!(encoding, Encoding::Aac { adts: false, .. });
    let (mut frames, mut atoms) = (tags.frame_names(), tags.atom_names());
    frames.retain(|_| !has_frames);
    atoms.retain(|_| !has_atoms);
    let lost = [
        names(what, blocks),
        names("ID3 frames", frames),
        names("MP4 atoms", atoms),
    ];
    let lost: Vec<String> = lost.into_iter().flatten().collect();
    Ok(no_place(encoding, &lost))
}

/// The chunks, with what `iXML` says about the samples.
fn restated(mut chunks: Vec<Chunk>, bits: u16, prepared: &Prepared) -> Result<Vec<Chunk>> {
    let bits = (bits != prepared.info.bits).then_some(bits);
    let has_other_tracks = prepared.layout.channels() != prepared.info.layout.channels();
    if bits.is_none() && !has_other_tracks {
        return Ok(chunks);
    }
    let is_text = |chunk: &&mut Chunk| chunk.id == *b"iXML" && chunk.len() <= MAX_EDITABLE;
    for chunk in chunks.iter_mut().filter(is_text) {
        let mut bytes = chunk.bytes()?;
        ixml::restate(&mut bytes, bits, has_other_tracks);
        *chunk = Chunk::new(chunk.id, bytes);
    }
    Ok(chunks)
}

fn position_map(prepared: &Prepared) -> PositionMap {
    let (plan, from) = (&prepared.plan, prepared.info.sample_rate);
    let cuts_end = prepared.info.frames.is_none_or(|all| plan.cut.end < all);
    PositionMap {
        start: plan.cut.start,
        end: if cuts_end { plan.cut.end } else { u64::MAX },
        from,
        to: plan.rate,
        frames: plan.frames.unwrap_or(u64::MAX),
    }
}

/// Moves the loop that the tags tell of; whether there is one.
fn move_loop(tags: &mut Tags, map: &PositionMap, left_out: &mut LeftOut) -> bool {
    let [start, length, end] = LOOP.map(|name| tags.get(name)?.trim().parse::<u64>().ok());
    let Some(first) = start else {
        return false;
    };
    let behind = length.map(|length| first.saturating_add(length)).or(end);
    // With a start only, the loop goes on to the end.
    let Some((from, to)) = map.stretch(first, behind.unwrap_or(u64::MAX)) else {
        LOOP.iter().for_each(|name| tags.set(name, ""));
        left_out.loops += 1;
        return true;
    };
    let rows = [(start, from), (length, to - from), (end, to)];
    for (name, (old, new)) in LOOP.iter().zip(rows) {
        if old.is_some() {
            tags.set(name, &new.to_string());
        }
    }
    true
}

fn replay_gain(tags: &mut Tags, encoding: &Encoding, levels: Levels<'_>) {
    let (m, gain_db) = (levels.measurement, levels.gain_db);
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

/// The chunks of a WAV input, with the texts of `tags` in place of its own if they are not the same,
/// or of another input. Whether all texts and pictures are among them.
fn chunks(
    old: Vec<Chunk>,
    prepared: &Prepared,
    tags: &Tags,
    writes_texts: bool,
) -> Result<(WavChunks, bool)> {
    let mut chunks = WavChunks::default();
    let mut has_id3 = false;
    for chunk in old {
        match &chunk.id {
            b"id3 " | b"ID3 " if writes_texts => has_id3 = true,
            b"LIST" if writes_texts && chunk.bytes()?.starts_with(b"INFO") => {}
            b"bext" => chunks.front.push(Chunk::new(*b"bext", chunk.bytes()?)),
            _ => chunks.behind.push(chunk),
        }
    }
    if writes_texts {
        let info = tags.riff_info(&prepared.target)?;
        if let Some(body) = info.get(8..).filter(|body| !body.is_empty()) {
            chunks.behind.push(Chunk::new(*b"LIST", body.to_vec()));
        }
    }
    if has_id3 {
        let id3 = tags.id3(&prepared.target)?;
        let mut body = Vec::new();
        id3.write(&mut body)
            .map_err(|e| crate::error::Error::io(&prepared.target, "write", e))?;
        if !body.is_empty() {
            chunks.behind.push(Chunk::new(*b"id3 ", body));
        }
    }
    Ok((chunks, has_id3))
}

/// States the loudness in `bext`, or takes back that of another sound.
fn bext_chunk(
    chunks: &mut WavChunks,
    metadata: &Metadata,
    levels: Option<Levels<'_>>,
    is_copy: bool,
) -> Result<()> {
    if let Some(levels) = levels.filter(|_| metadata.bext) {
        let old = chunks.front.pop().map(|chunk| chunk.bytes()).transpose()?;
        chunks.front = vec![bext::with_loudness(old.as_deref(), &loudness(levels))];
    } else if !is_copy {
        for chunk in &mut chunks.front {
            *chunk = bext::without_loudness(chunk.bytes()?);
        }
    }
    Ok(())
}

/// Says in `bext`, if there is one, what has become of the sound.
fn coding_history(chunks: &mut WavChunks, format: WavFormat, prepared: &Prepared) -> Result<()> {
    let mode = match prepared.layout.channels() {
        1 => ",M=mono",
        2 => ",M=stereo",
        // There is no word for more.
        _ => "",
    };
    // A comma would begin another field.
    let kind = if format.is_float() { "; float" } else { "" };
    let line = format!(
        "A=PCM,F={},W={}{mode},T=Segue {}{kind}",
        prepared.plan.rate,
        format.bits(),
        env!("CARGO_PKG_VERSION"),
    );
    for chunk in &mut chunks.front {
        *chunk = Chunk::new(chunk.id, bext::with_history(chunk.bytes()?, &line));
    }
    Ok(())
}

fn loudness(levels: Levels<'_>) -> BextLoudness {
    let (m, gain_db) = (levels.measurement, levels.gain_db);
    let level = |value: f64| value.is_finite().then_some(value + gain_db);
    BextLoudness {
        integrated: level(m.integrated),
        range: Some(m.range),
        true_peak: level(m.true_peak),
        max_momentary: level(m.max_momentary),
        max_short_term: level(m.max_short_term),
    }
}

/// Texts and pictures that the format has no place for.
fn texts_lost(encoding: &Encoding, tags: &Tags) -> Option<Warning> {
    let mut names: Vec<&str> = tags.texts.iter().map(|row| row.0.as_str()).collect();
    names.retain(|name| !tags::has_place(encoding, name));
    names.dedup();
    let pictures = if tags::holds_pictures(encoding) {
        0
    } else {
        tags.picture_count()
    };
    let mut lost = Vec::new();
    if !names.is_empty() {
        lost.push(format!("the tags {}", names.join(", ")));
    }
    if pictures > 0 {
        lost.push(format!("pictures ({pictures})"));
    }
    (!lost.is_empty()).then(|| Warning::NoPlace {
        format: encoding.name(),
        what: lost.join(" and "),
    })
}

/// Chunks of a WAV file, which other formats have no place for: loops and cue points by their number,
/// others by their names. Of those that AIFF has a place for, `held` says what is lost.
fn chunks_lost(
    encoding: &Encoding,
    chunks: &[Chunk],
    held: Option<&aiff::Held>,
) -> Result<Option<Warning>> {
    let (mut lost, mut others) = (Vec::new(), Vec::new());
    if let Some(held) = held {
        let rows = [("loops", held.lost_loops), ("cue points", held.lost_points)];
        let rows = rows.iter().filter(|row| row.1 > 0);
        lost.extend(rows.map(|(what, count)| format!("{what} ({count})")));
    }
    for chunk in chunks {
        if held.is_some() && aiff::knows(&chunk.id) {
            continue;
        }
        let (what, at) = match &chunk.id {
            b"smpl" => ("loops", 28),
            b"cue " => ("cue points", 0),
            // Texts are told by their names, and labels go with what they name.
            b"LIST" | b"id3 " | b"ID3 " | b"plst" | b"PEAK" => continue,
            id => {
                others.push(String::from_utf8_lossy(id).trim().to_owned());
                continue;
            }
        };
        if chunk.len() > MAX_EDITABLE {
            continue;
        }
        let bytes = chunk.bytes()?;
        let count = bytes.get(at..).and_then(<[u8]>::first_chunk);
        let count = u32::from_le_bytes(count.copied().unwrap_or_default());
        if count > 0 {
            lost.push(format!("{what} ({count})"));
        }
    }
    lost.extend(names("chunks", others));
    Ok(no_place(encoding, &lost))
}

/// "the chunks bext, iXML", each once, a few of them.
fn names(what: &str, mut names: Vec<String>) -> Option<String> {
    const MOST: usize = 20;
    names.sort();
    names.dedup();
    names.truncate(MOST);
    (!names.is_empty()).then(|| format!("the {what} {}", names.join(", ")))
}

fn no_place(encoding: &Encoding, lost: &[String]) -> Option<Warning> {
    (!lost.is_empty()).then(|| Warning::NoPlace {
        format: encoding.name(),
        what: lost.join(" and "),
    })
}
