//! What a valid project may hold: one function per object.

mod buses;
mod keys;

use super::check::{Checker, Ids};
use super::{
    Asset, Clip, LoopPoints, LoopRegion, MacroTarget, NoteMap, Project, Sound, TempoPoint,
    TimeSignaturePoint, Voices, check_asset_path,
};
use crate::json::path::Path;
use crate::limits;

const BEATS: std::ops::RangeInclusive<f64> = 0.0..=1e6;
const GAIN_DB: std::ops::RangeInclusive<f64> = -144.0..=24.0;
const ANY_NUMBER: std::ops::RangeInclusive<f64> = -1e9..=1e9;
const PAN: std::ops::RangeInclusive<f64> = -1.0..=1.0;
const FILTER_HZ: std::ops::RangeInclusive<f64> = 10.0..=192_000.0;
const FADE_MS: std::ops::RangeInclusive<f64> = 0.0..=600_000.0;

/// Checks a whole project, in the order of the document.
pub(super) fn project(project: &Project, c: &mut Checker) {
    let root = Path::Root;
    head(project, c);
    tempo(root.key("tempo"), &project.tempo, c);
    signatures(root.key("time_signatures"), &project.time_signatures, c);
    if let Some(region) = &project.loop_region {
        loop_region(root.key("loop"), region, c);
    }
    let assets = assets(root.key("assets"), &project.assets, c);
    let buses = buses::buses(root.key("buses"), &project.buses, &assets, c);
    let sounds = sounds(root.key("sounds"), &project.sounds, &assets, &buses, c);
    clips(root.key("clips"), &project.clips, &sounds, c);
    notes(root.key("notes"), &project.notes, &sounds, c);
    voices(root.key("voices"), &project.voices, c);
    macros(project, c);
    project.interactive.check_at(root.key("interactive"), c);
    c.unknown(root, &project.extra, || keys::PROJECT.into());
}

fn head(project: &Project, c: &mut Checker) {
    let root = Path::Root;
    c.name(root.key("name"), &project.name);
    for (key, text, max) in [
        ("author", &project.author, limits::NAME_BYTES),
        ("description", &project.description, limits::TEXT_BYTES),
        ("licence", &project.licence, limits::NAME_BYTES),
    ] {
        c.text(root.key(key), text.as_deref().unwrap_or_default(), max);
    }
    c.range_if(root.key("sample_rate"), project.sample_rate, 8000..=384_000);
    if let Some(length) = project.length_beats {
        positive_beats(root.key("length_beats"), length, c);
    }
}

fn tempo(at: Path<'_>, points: &[TempoPoint], c: &mut Checker) {
    if !c.count(at, "tempo changes", points.len(), limits::TEMPO_POINTS) {
        return;
    }
    ascending(at, points.iter().map(|point| point.at_beats), c);
    for (index, point) in points.iter().enumerate() {
        let at = at.index(index);
        c.range(at.key("bpm"), point.bpm, 1.0..=999.0);
        c.unknown(at, &point.extra, || keys::TEMPO.into());
    }
}

fn signatures(at: Path<'_>, points: &[TimeSignaturePoint], c: &mut Checker) {
    if !c.count(at, "time signatures", points.len(), limits::TIME_SIGNATURES) {
        return;
    }
    ascending(at, points.iter().map(|point| point.at_beats), c);
    for (index, point) in points.iter().enumerate() {
        let at = at.index(index);
        c.range(at.key("numerator"), point.numerator, 1..=64);
        let denominator = point.denominator;
        if !denominator.is_power_of_two() || denominator > 64 {
            c.problem(at.key("denominator"), || {
                format!("{denominator} is not one of 1, 2, 4, 8, 16, 32 and 64")
            });
        }
        c.unknown(at, &point.extra, || keys::SIGNATURE.into());
    }
}

/// Positions of a map over time: the first at 0, each after the one before.
fn ascending(at: Path<'_>, positions: impl Iterator<Item = f64>, c: &mut Checker) {
    let mut last = None;
    for (index, position) in positions.enumerate() {
        let entry = at.index(index);
        let place = entry.key("at_beats");
        c.range(place, position, BEATS);
        match last {
            None if position != 0.0 => {
                c.problem(place, || {
                    format!("the first entry is at {position}, not at beat 0")
                });
            }
            Some(last) if position <= last => {
                c.problem(place, || {
                    format!("{position} is not after {last}, where the entry before it is")
                });
            }
            _ => {}
        }
        last = Some(position);
    }
    if last.is_none() {
        c.problem(at, || {
            "this is empty; leave the key out for the default".into()
        });
    }
}

fn loop_region(at: Path<'_>, region: &LoopRegion, c: &mut Checker) {
    c.range(at.key("start_beats"), region.start_beats, BEATS);
    c.range(at.key("end_beats"), region.end_beats, BEATS);
    let (start, end) = (region.start_beats, region.end_beats);
    if end <= start {
        c.problem(at.key("end_beats"), || {
            format!("{end} is not after start_beats, {start}")
        });
    }
    c.unknown(at, &region.extra, || keys::LOOP_REGION.into());
}

fn assets<'a>(at: Path<'_>, assets: &'a [Asset], c: &mut Checker) -> Ids<'a> {
    let mut ids = Ids::new();
    if !c.count(at, "assets", assets.len(), limits::ASSETS) {
        return ids;
    }
    for (index, asset) in assets.iter().enumerate() {
        let at = at.index(index);
        c.id(at.key("id"), &asset.id, index, &mut ids);
        if let Err(message) = check_asset_path(&asset.file) {
            c.problem(at.key("file"), || message);
        }
        let hash = asset.hash.as_deref();
        if hash.is_some_and(|hash| !is_hash(hash)) {
            c.problem(at.key("hash"), || {
                "a hash is 64 lower-case hexadecimal digits (BLAKE3 of the file); remove the key \
                 if it is not known"
                    .into()
            });
        }
        c.unknown(at, &asset.extra, || keys::ASSET.into());
    }
    ids
}

fn sounds<'a>(
    at: Path<'_>,
    sounds: &'a [Sound],
    assets: &Ids<'_>,
    buses: &Ids<'_>,
    c: &mut Checker,
) -> Ids<'a> {
    let mut ids = Ids::new();
    if !c.count(at, "sounds", sounds.len(), limits::SOUNDS) {
        return ids;
    }
    for (index, entry) in sounds.iter().enumerate() {
        let at = at.index(index);
        c.id(at.key("id"), &entry.id, index, &mut ids);
        c.reference(at.key("asset"), "asset", &entry.asset, assets);
        if let Some(bus) = &entry.bus {
            c.reference(at.key("bus"), "bus", bus, buses);
        }
        sound(at, entry, c);
    }
    ids
}

fn sound(at: Path<'_>, sound: &Sound, c: &mut Checker) {
    c.range(at.key("gain_db"), sound.gain_db, GAIN_DB);
    c.range(at.key("pan"), sound.pan, PAN);
    c.range(at.key("pitch_st"), sound.pitch_st, -36.0..=36.0);
    c.range_if(at.key("lpf_hz"), sound.lpf_hz, FILTER_HZ);
    c.range_if(at.key("hpf_hz"), sound.hpf_hz, FILTER_HZ);
    c.range(at.key("fade_in_ms"), sound.fade_in_ms, FADE_MS);
    c.range(at.key("fade_out_ms"), sound.fade_out_ms, FADE_MS);
    c.range(at.key("priority"), sound.priority, 0..=100);
    if let Some(points) = &sound.loop_points {
        loop_points(at.key("loop"), points, c);
    }
    c.range_if(at.key("max_instances"), sound.max_instances, 1..=65_535);
    c.unknown(at, &sound.extra, || keys::SOUND.into());
}

fn loop_points(at: Path<'_>, points: &LoopPoints, c: &mut Checker) {
    let start = points.start_smp;
    if let Some(end) = points.end_smp.filter(|end| *end <= start) {
        c.problem(at.key("end_smp"), || {
            format!("{end} is not after start_smp, {start}")
        });
    }
    c.unknown(at, &points.extra, || keys::LOOP_POINTS.into());
}

fn clips(at: Path<'_>, clips: &[Clip], sounds: &Ids<'_>, c: &mut Checker) {
    if !c.count(at, "clips", clips.len(), limits::CLIPS) {
        return;
    }
    let mut ids = Ids::new();
    for (index, clip) in clips.iter().enumerate() {
        let at = at.index(index);
        if let Some(id) = &clip.id {
            c.id(at.key("id"), id, index, &mut ids);
        }
        c.reference(at.key("sound"), "sound", &clip.sound, sounds);
        c.range(at.key("at_beats"), clip.at_beats, BEATS);
        if let Some(length) = clip.length_beats {
            positive_beats(at.key("length_beats"), length, c);
        }
        c.range(at.key("gain_db"), clip.gain_db, GAIN_DB);
        c.range_if(at.key("pan"), clip.pan, PAN);
        c.unknown(at, &clip.extra, || keys::CLIP.into());
    }
}

fn notes(at: Path<'_>, notes: &[NoteMap], sounds: &Ids<'_>, c: &mut Checker) {
    if !c.count(at, "note mappings", notes.len(), limits::NOTES) {
        return;
    }
    for (index, note) in notes.iter().enumerate() {
        let at = at.index(index);
        span(at.key("keys"), note.keys, 0..=127, c);
        c.range(at.key("root"), note.root, 0..=127);
        c.reference(at.key("sound"), "sound", &note.sound, sounds);
        c.range_if(at.key("channel"), note.channel, 0..=15);
        if let Some(velocity) = note.velocity {
            span(at.key("velocity"), velocity, 1..=127, c);
        }
        c.range(at.key("gain_db"), note.gain_db, GAIN_DB);
        c.unknown(at, &note.extra, || keys::NOTE.into());
    }
}

/// A lowest and a highest value.
fn span(
    at: Path<'_>,
    [low, high]: [u32; 2],
    range: std::ops::RangeInclusive<u32>,
    c: &mut Checker,
) {
    c.range(at.index(0), low, range.clone());
    c.range(at.index(1), high, range);
    if high < low {
        c.problem(at.index(1), || {
            format!("{high} is below {low}; put the lower value first")
        });
    }
}

fn voices(at: Path<'_>, voices: &Voices, c: &mut Checker) {
    c.range(at.key("max_real"), voices.max_real, 1..=10_000);
    c.range(at.key("max_virtual"), voices.max_virtual, 0..=65_536);
    c.range(at.key("steal_fade_ms"), voices.steal_fade_ms, 0.0..=50.0);
    c.range(
        at.key("virtual_below_db"),
        voices.virtual_below_db,
        -144.0..=0.0,
    );
    c.range(at.key("real_above_db"), voices.real_above_db, -144.0..=0.0);
    let (below, above) = (voices.virtual_below_db, voices.real_above_db);
    if above < below {
        c.problem(at.key("real_above_db"), || {
            format!("{above} is below virtual_below_db, {below}")
        });
    }
    c.unknown(at, &voices.extra, || keys::VOICES.into());
}

fn macros(project: &Project, c: &mut Checker) {
    let at = Path::Root.key("macros");
    if !c.count(at, "macros", project.macros.len(), limits::MACROS) {
        return;
    }
    let mut ids = Ids::new();
    for (index, entry) in project.macros.iter().enumerate() {
        let at = at.index(index);
        c.id(at.key("id"), &entry.id, index, &mut ids);
        c.name(at.key("name"), &entry.name);
        c.range(at.key("value"), entry.value, 0.0..=1.0);
        macro_targets(project, at.key("targets"), &entry.targets, c);
        c.unknown(at, &entry.extra, || keys::MACRO.into());
    }
}

fn macro_targets(project: &Project, at: Path<'_>, targets: &[MacroTarget], c: &mut Checker) {
    if !c.count(at, "targets", targets.len(), limits::MACRO_TARGETS) {
        return;
    }
    for (index, target) in targets.iter().enumerate() {
        let at = at.index(index);
        let (bus, insert) = (&target.bus, &target.insert);
        let found = project.bus(bus).map(|bus| &bus.inserts);
        // While the mixer has problems of its own, they are said first.
        if c.is_clean() && !found.is_some_and(|inserts| inserts.iter().any(|it| it.id == *insert)) {
            c.problem(at, || {
                format!("there is no insert {insert:?} on a bus {bus:?}")
            });
        }
        c.name(at.key("param"), &target.param);
        c.range(at.key("min"), target.min, ANY_NUMBER);
        c.range(at.key("max"), target.max, ANY_NUMBER);
        c.unknown(at, &target.extra, || keys::MACRO_TARGET.into());
    }
}

fn positive_beats(at: Path<'_>, beats: f64, c: &mut Checker) {
    c.range(at, beats, BEATS);
    if beats == 0.0 {
        c.problem(at, || {
            "a length of 0 plays nothing; remove the key or make it longer".into()
        });
    }
}

fn is_hash(hash: &str) -> bool {
    hash.len() == 64
        && hash
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
