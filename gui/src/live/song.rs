//! The time line of a project.

use segue_engine::format::project::{Bus, Clip};
use segue_engine::project::{MASTER, Project};
use segue_engine::rt::tempo::{BarsBeats, TempoMap};

use super::engine::Length;
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
        let length = |sound: &str| self.engine.as_ref()?.engine.length(sound);
        self.snapshot.song = song(project, tempo, &length);
    }
}

fn song(project: &Project, tempo: &TempoMap, length: &dyn Fn(&str) -> Option<Length>) -> Song {
    let range = song_range(project).map_or(0.0, |(_, end)| end);
    let least = range.max(project.length_beats.unwrap_or(0.0));
    let once = lanes(project, tempo, length, least);
    let pieces = once.iter().flat_map(|lane| &lane.pieces);
    let end = pieces.map(|piece| piece.to).fold(least, f64::max);
    Song {
        // What does not end goes on until everything else has.
        lanes: lanes(project, tempo, length, end),
        end,
        bars: bars(tempo, end),
        ..Song::default()
    }
}

fn lanes(
    project: &Project,
    tempo: &TempoMap,
    length: &dyn Fn(&str) -> Option<Length>,
    end: f64,
) -> Vec<Lane> {
    let bus_of = |clip: &Clip| {
        let sound = project.sounds.iter().find(|it| it.id == clip.sound)?;
        Some(sound.bus.as_deref().unwrap_or(MASTER))
    };
    let lane = |bus: &Bus| {
        let clips = project.clips.iter();
        let clips = clips.filter(|clip| bus_of(clip) == Some(bus.id.as_str()));
        Lane {
            name: strips::name_of(bus),
            pieces: clips
                .map(|clip| piece(clip, tempo, length(&clip.sound), end))
                .collect(),
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

/// What does not end by itself goes on until it is cut, else until `end`.
fn piece(clip: &Clip, tempo: &TempoMap, length: Option<Length>, end: f64) -> Piece {
    let from = clip.at_beats;
    let cut = clip.length_beats.map(|beats| from + beats);
    // A sound's own loop goes before that of the clip.
    let repeats = clip.looped && length.is_none_or(|it| !it.has_loop);
    let whole = match length {
        Some(Length { whole, .. }) if !repeats => whole,
        _ => None,
    };
    let to = match (whole.map(|whole| later(tempo, from, whole)), length) {
        (Some(whole), _) => cut.map_or(whole, |cut| cut.min(whole)),
        (None, None) if !repeats => cut.unwrap_or(from),
        (None, length) => cut.unwrap_or_else(|| {
            let once = length.map_or(from, |it| later(tempo, from, it.once));
            once.max(end)
        }),
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

#[cfg(test)]
mod tests {
    use super::*;
    use segue_engine::format::project::Sound;
    use segue_engine::project::tempo_map;

    /// Where clips at 0 of sounds that are 1 s long end, at 120 beats a minute.
    fn end(loops: Option<u32>, clip: &Clip, more: &[Clip]) -> f64 {
        let mut project = Project::new("P");
        project.sounds = vec![Sound::new("a", "a"), Sound::new("b", "b")];
        project.clips = std::iter::once(clip).chain(more).cloned().collect();
        let tempo = tempo_map(&project, 48_000).unwrap();
        let length = |sound: &str| {
            let loops = loops.filter(|_| sound == "a");
            Some(Length {
                once: 1.0,
                whole: match loops {
                    Some(0) => None,
                    Some(times) => Some(f64::from(times)),
                    None => Some(1.0),
                },
                has_loop: loops.is_some(),
            })
        };
        let to = song(&project, &tempo, &length).lanes[0].pieces[0].to;
        (to * 1e6).round() / 1e6
    }

    #[test]
    fn loops_last_as_long_as_they_are_heard() {
        let clip = Clip::new("a", 0.0);
        let other = [Clip::new("b", 8.0)];
        assert_eq!(end(None, &clip, &other), 2.0);
        assert_eq!(end(Some(3), &clip, &other), 6.0);
        assert_eq!(end(Some(0), &clip, &other), 10.0, "until the song ends");
        assert_eq!(end(Some(0), &clip, &[]), 2.0, "there is nothing else");
        let mut cut = clip.clone();
        cut.length_beats = Some(4.0);
        assert_eq!(end(None, &cut, &other), 2.0);
        assert_eq!(end(Some(3), &cut, &other), 4.0);
        assert_eq!(end(Some(0), &cut, &other), 4.0);
        let mut looped = clip;
        looped.looped = true;
        assert_eq!(end(None, &looped, &other), 10.0);
        assert_eq!(
            end(Some(3), &looped, &other),
            6.0,
            "its own loop goes first"
        );
    }
}
