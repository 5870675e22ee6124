//! Loops, cues and markers against the length of what they are in.

use std::collections::BTreeMap;

use segue_format::Project;
use segue_middleware::source::{Interactive, Segment};

use super::reach::entry;
use super::sounds::SoundFacts;
use super::{Findings, Kind};
use crate::load::AssetLength;

/// How far behind the end of a file a cue in bars may be, in seconds: nobody hears it, and bars
/// seldom are whole frames.
const ROUNDING_S: f64 = 0.01;

pub(super) fn check(
    project: &Project,
    source: &Interactive,
    facts: &BTreeMap<String, SoundFacts>,
    findings: &mut Findings,
) {
    let length = |sound: &str| facts.get(sound).and_then(|it| it.length);
    for (n, sound) in project.sounds.iter().enumerate() {
        if let (Some(points), Some(length)) = (&sound.loop_points, length(&sound.id)) {
            let ends = [points.start_smp, points.end_smp.unwrap_or(0)];
            looping(
                &format!("sounds[{n}].loop"),
                ["start_smp", "end_smp"],
                ends,
                length,
                findings,
            );
        }
    }
    for (n, segment) in source.music.segments.iter().enumerate() {
        if let Some(length) = length(&segment.source) {
            let path = format!("interactive.music.segments[{n}]");
            self::segment(project, segment, &path, length, findings);
        }
    }
    let contexts = source.adaptive.iter().flat_map(|it| &it.contexts);
    for context in contexts {
        for (n, level) in context.levels.iter().enumerate() {
            for (m, layer) in level.iter().enumerate() {
                if let Some(length) = length(&layer.asset) {
                    let name = entry(&context.name);
                    let path = format!("interactive.adaptive.contexts{name}.levels[{n}][{m}]");
                    let ends = [layer.loop_start_smp, layer.loop_end_smp];
                    looping(&path, SMP, ends, length, findings);
                }
            }
        }
    }
}

/// The keys of the loop of a segment or layer.
const SMP: [&str; 2] = ["loop_start_smp", "loop_end_smp"];

/// A loop of a sound; end 0 is the end of the file.
fn looping(
    path: &str,
    keys: [&str; 2],
    [start, end]: [u64; 2],
    length: AssetLength,
    findings: &mut Findings,
) {
    let file = format!("{} frames, the length of the file", length.asset_frames());
    if start > 0 && length.frame(start) >= length.frames {
        let message = format!("{start} is not below {file}: there is nothing to repeat");
        let path = format!("{path}.{}", keys[0]);
        findings.add(Kind::OutsideOfAsset, path, message);
    } else if end > 0 && length.frame(end) > length.frames {
        let message = format!("{end} is above {file}: the loop ends with the file");
        let path = format!("{path}.{}", keys[1]);
        findings.add(Kind::OutsideOfAsset, path, message);
    }
}

fn segment(
    project: &Project,
    it: &Segment,
    path: &str,
    length: AssetLength,
    findings: &mut Findings,
) {
    if it.loop_end_smp > 0 {
        looping(
            path,
            SMP,
            [it.loop_start_smp, it.loop_end_smp],
            length,
            findings,
        );
    }
    // What repeats has no end that a cue could be behind.
    let mut sounds = project.sounds.iter();
    let sound = sounds.find(|sound| sound.id == it.source);
    let repeats = it.loop_end_smp > 0 || sound.is_some_and(|it| it.loop_points.is_some());
    let bar = 60.0 / it.tempo_bpm * f64::from(it.beats_per_bar);
    let outside = |bars: f64| bars * bar > length.seconds() + ROUNDING_S;
    let frames = length.asset_frames();
    let bars = length.seconds() / bar;
    let file = format!("the file, which has {bars:.3} bars ({frames} frames)");
    let entry = it.entry_cue_bars;
    if !repeats && entry > 0.0 && entry * bar >= length.seconds() {
        let message = format!("{entry} is not inside of {file}: nothing of the segment is heard");
        findings.add(
            Kind::OutsideOfAsset,
            format!("{path}.entry_cue_bars"),
            message,
        );
    } else if !repeats && outside(it.exit_cue_bars) {
        let exit = it.exit_cue_bars;
        let message = format!("{exit} is behind {file}: it is silent until then");
        findings.add(
            Kind::OutsideOfAsset,
            format!("{path}.exit_cue_bars"),
            message,
        );
    }
    for (n, marker) in it.markers.iter().enumerate() {
        let pos = marker.pos_smp;
        if length.frame(pos) > length.frames {
            let message = format!(
                "{pos} is above {frames} frames, the length of the file: music does not come there"
            );
            let path = format!("{path}.markers[{n}].pos_smp");
            findings.add(Kind::OutsideOfAsset, path, message);
        }
    }
}
