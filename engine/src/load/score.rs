//! The project's tempo, clips and notes.

use std::collections::HashMap;

use segue_format::project::{self, Project};
use segue_rt::keymap::{KeyMap, KeyZone};
use segue_rt::tempo::{SignatureChange, TempoCurve, TempoMap, TempoPoint, TimeSignature};
use segue_rt::timeline::{Clip, Part, Timeline};
use segue_rt::voices::{LoopSpec, VoiceParams};

use super::Names;
use super::mixer::gain;
use crate::error::Result;
use crate::project::OpenProject;

pub(crate) fn tempo(project: &Project, sample_rate: u32) -> Result<TempoMap> {
    let points: Vec<TempoPoint> = project.tempo.iter().map(tempo_point).collect();
    let signatures = project
        .time_signatures
        .iter()
        .map(|change| {
            let part = |n: u32| u8::try_from(n).unwrap_or(u8::MAX);
            let signature = TimeSignature::new(part(change.numerator), part(change.denominator))?;
            Ok(SignatureChange {
                beats: change.at_beats,
                signature,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(TempoMap::new(sample_rate, &points, &signatures)?)
}

fn tempo_point(point: &project::TempoPoint) -> TempoPoint {
    let curve = if point.ramp {
        TempoCurve::Linear
    } else {
        TempoCurve::Step
    };
    TempoPoint {
        beats: point.at_beats,
        bpm: point.bpm,
        curve,
    }
}

/// The clips of playable sounds and of stages, and the frame at which the last one that ends does so.
pub(super) fn timeline(
    open: &OpenProject,
    names: &Names,
    lengths: &HashMap<String, u64>,
    tempo: &TempoMap,
) -> Result<(Timeline<Part>, u64)> {
    let project = &open.project;
    let mut clips = Vec::with_capacity(project.clips.len());
    let mut last = 0;
    for (index, clip) in (0..).zip(&project.clips) {
        let (Some(sound), Some(&frames)) =
            (names.sounds.get(&clip.sound), lengths.get(&clip.sound))
        else {
            continue;
        };
        let clip = player(clip, index, *sound, frames);
        last = last.max(end_of(&clip, tempo).unwrap_or(0));
        clips.push(clip);
    }
    let first = u32::try_from(project.clips.len()).unwrap_or(u32::MAX);
    let (stages, cues, end) = super::cues::cues(open, tempo, first);
    clips.extend(stages);
    Ok((Timeline::new(clips)?.with_cues(cues), last.max(end)))
}

#[allow(
    clippy::cast_precision_loss,
    reason = "a sound is shorter than 2^34 frames"
)]
#[allow(clippy::cast_possible_truncation, reason = "rounded up to frames")]
#[allow(clippy::cast_sign_loss, reason = "a length is not negative")]
fn player(clip: &project::Clip, index: u32, sound: VoiceParams, frames: u64) -> Clip<Part> {
    let mut params = sound;
    params.gain *= gain(clip.gain_db);
    if let Some(pan) = clip.pan {
        params.pan = super::mixer::narrow(pan);
    }
    if clip.looped && !params.looping.is_in(frames) {
        params.looping = LoopSpec {
            start: 0,
            end: frames,
            count: 0,
        };
    }
    let length = params.looping.unrolled(frames);
    let natural = (length as f64 / params.pitch).ceil() as u64;
    Clip {
        index,
        start_beats: clip.at_beats,
        length_beats: clip.length_beats,
        length_frames: (length != u64::MAX).then_some(natural),
        sound: params.sound,
        payload: Part::Sound(params),
    }
}

fn end_of<P>(clip: &Clip<P>, tempo: &TempoMap) -> Option<u64> {
    let natural = clip
        .length_frames
        .map(|frames| tempo.frame(clip.start_beats) + frames);
    let cut = clip
        .length_beats
        .map(|beats| tempo.frame(clip.start_beats + beats));
    match (natural, cut) {
        (Some(natural), Some(cut)) => Some(natural.min(cut)),
        (natural, cut) => natural.or(cut),
    }
}

pub(super) fn keymap(project: &Project, names: &Names) -> Result<KeyMap<VoiceParams>> {
    let zones = project
        .notes
        .iter()
        .filter_map(|note| zone(note, names))
        .collect();
    Ok(KeyMap::new(zones)?)
}

fn zone(note: &project::NoteMap, names: &Names) -> Option<KeyZone<VoiceParams>> {
    let mut payload = *names.sounds.get(&note.sound)?;
    payload.gain *= gain(note.gain_db);
    let key = |n: u32| u8::try_from(n).unwrap_or(127);
    let velocity = |n: u32| f32::from(key(n)) / 127.0;
    let [low, high] = note.velocity.unwrap_or([0, 127]);
    Some(KeyZone {
        keys: (key(note.keys[0]), key(note.keys[1])),
        velocities: (velocity(low), velocity(high)),
        channel: note.channel.map(key),
        root: Some(key(note.root)),
        sensitivity: 1.0,
        payload,
    })
}
