//! Interactive music: segments, playlists, transitions, stingers.

use super::super::check::Checker;
use super::json::{Faults, Json, expected, no_word};
use super::lower::Lower;
use crate::json::path::Path;
use segue_middleware::source;
use serde_json::{Value, json};
use source::{FillerMode, MarkerKind, Shape, Sync};

object! {
    /// Everything of the music.
    pub struct Music {
        /// Pieces of music.
        segments: Vec<Segment> = Vec::new(),
        /// Segments one after the other.
        playlists: Vec<Playlist> = Vec::new(),
        /// How to get from one to another.
        transitions: Vec<Transition> = Vec::new(),
        /// Short pieces over what plays.
        stingers: Vec<Stinger> = Vec::new(),
    }
}

object! {
    /// A piece of music with a grid.
    pub struct Segment {
        /// Unique.
        name: String = String::new() => needed,
        /// The sound or container that it plays.
        source: String = String::new() => needed,
        /// 20 to 400 beats (of `beat_unit`) a minute; default 120.
        tempo_bpm: f64 = 120.0,
        /// Default 4.
        beats_per_bar: u8 = 4,
        /// Default 4.
        beat_unit: u8 = 4,
        /// Length in bars from the entry cue on.
        bars: u32 = 0,
        /// Bars before the entry cue (pick-up).
        entry_cue_bars: f64 = 0.0,
        /// Bars from the start of the sound to the exit cue; 0 is entry plus `bars`.
        exit_cue_bars: f64 = 0.0,
        /// Loop in frames of the asset; end 0 is no loop.
        loop_start_smp: u64 = 0,
        /// Loop in frames of the asset; end 0 is no loop.
        loop_end_smp: u64 = 0,
        /// Ascending.
        markers: Vec<Marker> = Vec::new(),
    }
}

object! {
    /// A named place in a segment.
    pub struct Marker {
        /// Frames of the asset.
        pos_smp: u64 = 0,
        /// What it is for.
        kind: MarkerKind = MarkerKind::Generic,
        /// Unique in the segment.
        name: String = String::new(),
    }
}

object! {
    /// Segments one after the other.
    pub struct Playlist {
        /// Unique.
        name: String = String::new() => needed,
        /// Segments in their order.
        entries: Vec<PlaylistEntry> = Vec::new(),
        /// Shuffled instead.
        shuffle: bool = false,
        /// From the start after the last.
        looped ("loop"): bool = false,
    }
}

object! {
    /// A segment of a playlist.
    pub struct PlaylistEntry {
        /// The segment.
        segment: String = String::new() => needed,
        /// How often it plays; default 1.
        plays: u32 = 1,
    }
}

object! {
    /// How the music gets from one segment to another.
    pub struct Transition {
        /// Segment or playlist, or `*`.
        from: String = "*".to_owned(),
        /// Segment or playlist, or `*`.
        to: String = "*".to_owned(),
        /// Where the old one is left.
        sync: Sync = Sync::Immediate,
        /// The longest wait for that, 0..=600000 ms; default 4000.
        max_wait_ms: f64 = 4_000.0,
        /// Of the old one.
        fade_out: MusicFade = MusicFade::default(),
        /// Of the new one.
        fade_in: MusicFade = MusicFade::default(),
        /// How much the fades overlap.
        overlap_ms: f64 = 0.0,
        /// A segment between them.
        filler: Option<String> = None,
        /// Whether the filler sounds before the new one or with it.
        filler_mode: FillerMode = FillerMode::Before,
        ..#[doc = "Where the new one begins."] destination: Destination,
    }
}

variants! {
    /// Where a new segment begins.
    pub enum Destination by "destination" default Entry {
        /// At its entry cue.
        "entry" Entry {}
        /// At a marker.
        "marker" Marker {
            /// The marker.
            marker: String = String::new(),
        }
        /// As many seconds in as the old one.
        "same_time" SameTime {}
        /// At the same beat, modulo its length.
        "same_beat" SameBeat {}
        /// At the same share of its length.
        "same_ratio" SameRatio {}
    }
}

object! {
    /// A fade in time (`ms`) or `beats`, not both.
    pub struct MusicFade {
        /// Milliseconds.
        ms: Option<f64> = None,
        /// Beats of the segment that fades.
        beats: Option<f64> = None,
        /// The way.
        shape: Shape = Shape::Linear,
    }
    checked by check_fade
}

fn check_fade(fade: &MusicFade, at: Path<'_>, c: &mut Checker) {
    if fade.ms.is_some() && fade.beats.is_some() {
        c.problem(at, || {
            "a fade has a length in \"ms\" or in \"beats\"; leave one out".into()
        });
    }
}

impl MusicFade {
    /// A fade of so many milliseconds in a straight line. `[thread-safe]`
    pub fn ms(ms: f64) -> MusicFade {
        MusicFade {
            ms: Some(ms),
            ..MusicFade::default()
        }
    }
}

object! {
    /// A short piece over what plays.
    pub struct Stinger {
        /// Unique.
        name: String = String::new() => needed,
        /// The sound or container that it plays.
        source: String = String::new() => needed,
        /// What it waits for.
        sync: Sync = Sync::Immediate,
        /// This place of it lands on the grid point.
        anchor_ms: f64 = 0.0,
        /// What the music does meanwhile; default 0 dB.
        duck_db: f64 = 0.0,
        /// Of the duck; default 50 ms.
        attack_ms: f64 = 50.0,
        /// Of the duck; default 200 ms.
        release_ms: f64 = 200.0,
        /// Against other stingers; default 50.
        priority: u8 = 50,
        /// It may end one of lower or equal priority that sounds.
        can_interrupt: bool = false,
        /// The grid point is at least this far away; default 50 ms.
        look_ahead_ms: f64 = 50.0,
    }
}

words! {
    MarkerKind {
        "generic" Generic,
        "entry" Entry,
        "exit" Exit,
        "sync" Sync,
    }
    FillerMode { "before" Before, "concurrent" Concurrent, }
}

const SYNCS: [(&str, Sync); 7] = [
    ("immediate", Sync::Immediate),
    ("beat", Sync::Beat),
    ("bar", Sync::Bar),
    ("phrase", Sync::Phrase),
    ("next_downbeat", Sync::NextDownbeat),
    ("marker", Sync::Marker),
    ("segment_end", Sync::SegmentEnd),
];

/// One of the words, or `{"grid": beats}`.
impl Json for Sync {
    fn read(value: Value, at: Path<'_>, faults: &mut Faults) -> Self {
        let words = SYNCS.map(|(word, _)| word);
        match value {
            Value::String(word) => match SYNCS.iter().find(|(known, _)| *known == word) {
                Some((_, sync)) => return *sync,
                None => faults.push(at, no_word(&word, &words)),
            },
            Value::Object(mut map) if map.len() == 1 && map.contains_key("grid") => {
                let beats = map.shift_remove("grid").unwrap_or_default();
                return Self::Grid(f64::read(beats, at.key("grid"), faults));
            }
            other => {
                let what = format!("one of {} or {{\"grid\": beats}}", words.join(", "));
                faults.push(at, expected(&what, &other));
            }
        }
        Self::default()
    }

    fn write(&self) -> Value {
        match self {
            Self::Grid(beats) => json!({"grid": beats.write()}),
            other => {
                let row = SYNCS.iter().find(|(_, sync)| sync == other);
                row.map_or(Value::Null, |(word, _)| (*word).into())
            }
        }
    }

    fn check(&self, at: Path<'_>, c: &mut Checker) {
        if let Self::Grid(beats) = self {
            beats.check(at.key("grid"), c);
        }
    }
}

lower! {
    Music { segments, playlists, transitions, stingers }
    Segment {
        name, source, tempo_bpm, beats_per_bar, beat_unit, bars, entry_cue_bars, exit_cue_bars,
        loop_start_smp, loop_end_smp, markers
    }
    Marker { pos_smp, kind, name }
    Playlist { name, entries, shuffle, looped }
    Transition {
        from, to, sync, max_wait_ms, fade_out, fade_in, overlap_ms, destination, filler,
        filler_mode
    }
    Stinger {
        name, source, sync, anchor_ms, duck_db, attack_ms, release_ms, priority, can_interrupt,
        look_ahead_ms
    }
}

impl Lower<(String, u32)> for PlaylistEntry {
    fn lower(&self) -> (String, u32) {
        (self.segment.clone(), self.plays)
    }
}

impl Lower<source::MusicFade> for MusicFade {
    fn lower(&self) -> source::MusicFade {
        let length = match (self.ms, self.beats) {
            (_, Some(beats)) => source::FadeLength::Beats(beats.lower()),
            (ms, None) => source::FadeLength::Ms(ms.unwrap_or(0.0).lower()),
        };
        source::MusicFade {
            length,
            shape: self.shape,
        }
    }
}

impl Lower<source::Destination> for Destination {
    fn lower(&self) -> source::Destination {
        match self {
            Self::Entry {} => source::Destination::Entry,
            Self::Marker { marker } => source::Destination::Marker(marker.clone()),
            Self::SameTime {} => source::Destination::SameTime,
            Self::SameBeat {} => source::Destination::SameBeat,
            Self::SameRatio {} => source::Destination::SameRatio,
        }
    }
}
