//! The time line of a project.

use segue_engine::format::project::{Bus, Clip};
use segue_engine::project::{MASTER, Project};
use segue_engine::rt::tempo::{BarsBeats, TempoMap};

use super::place::song_range;
use super::{LivePicture, strips};
use crate::model::song::{Lane, Piece, Song};

/// Bars that are marked.
const BARS: usize = 2_000;
/// The lane of recorded stages.
const STAGES: &str = "Stages";

impl LivePicture {
    /// What stands on the time line; with an engine also how long sounds are.
    pub(super) fn draw_song(&mut self) {
        let (Some(project), Some(tempo)) = (&self.project, &self.tempo) else {
            self.snapshot.song = Song::default();
            return;
        };
        let seconds = |sound: &str| self.engine.as_ref()?.engine.seconds(sound);
        let mut song = Song {
            lanes: lanes(project, tempo, &seconds),
            ..Song::default()
        };
        let pieces = song.lanes.iter().flat_map(|lane| &lane.pieces);
        let last = pieces.map(|piece| piece.to).fold(0.0, f64::max);
        let range = song_range(project).map_or(0.0, |(_, end)| end);
        song.end = last.max(range).max(project.length_beats.unwrap_or(0.0));
        song.bars = bars(tempo, song.end);
        self.snapshot.song = song;
    }
}

fn lanes(project: &Project, tempo: &TempoMap, seconds: &dyn Fn(&str) -> Option<f64>) -> Vec<Lane> {
    let bus_of = |clip: &Clip| {
        let sound = project.sounds.iter().find(|it| it.id == clip.sound)?;
        Some(sound.bus.as_deref().unwrap_or(MASTER))
    };
    let lane = |bus: &Bus| {
        let clips = project.clips.iter();
        let clips = clips.filter(|clip| bus_of(clip) == Some(bus.id.as_str()));
        Lane {
            name: strips::name_of(bus),
            pieces: clips.map(|clip| piece(clip, tempo, seconds)).collect(),
        }
    };
    let mut lanes: Vec<Lane> = strips::others(project).map(lane).collect();
    lanes.push(lane(&project.master()));
    let stages = project.interactive.stages.clips.iter();
    lanes.push(Lane {
        name: STAGES.to_owned(),
        pieces: stages
            .map(|clip| Piece {
                name: clip.name.clone(),
                from: clip.at_beats,
                to: later(tempo, clip.at_beats, clip.end_ms() / 1_000.0),
            })
            .collect(),
    });
    lanes.retain(|lane| !lane.pieces.is_empty());
    lanes
}

fn piece(clip: &Clip, tempo: &TempoMap, seconds: &dyn Fn(&str) -> Option<f64>) -> Piece {
    let from = clip.at_beats;
    let whole = seconds(&clip.sound).map(|seconds| later(tempo, from, seconds));
    let cut = clip.length_beats.map(|beats| from + beats);
    let to = match (cut, whole) {
        (Some(cut), _) if clip.looped => cut,
        (Some(cut), Some(whole)) => cut.min(whole),
        (cut, whole) => cut.or(whole).unwrap_or(from),
    };
    Piece {
        name: clip.sound.clone(),
        from,
        to,
    }
}

/// The place that is so many seconds after another.
fn later(tempo: &TempoMap, beats: f64, seconds: f64) -> f64 {
    let rate = f64::from(tempo.sample_rate());
    tempo.beats(tempo.frames(beats) + seconds * rate)
}

fn bars(tempo: &TempoMap, end: f64) -> Vec<f64> {
    let begin = |bar: i64| {
        tempo.beats_of(BarsBeats {
            bar,
            beat: 0,
            fraction: 0.0,
        })
    };
    (0..)
        .map(begin)
        .take(BARS)
        .take_while(|beats| *beats < end)
        .collect()
}
