//! Interactive music: segments, playlists, transitions, stingers.

use super::Shape;

/// Everything of the music.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Music {
    /// Pieces of music.
    pub segments: Vec<Segment>,
    /// Segments one after the other. Segments and playlists share one space of names.
    pub playlists: Vec<Playlist>,
    /// How to get from one to another; the most special rule holds. One way has one rule.
    pub transitions: Vec<Transition>,
    /// Short pieces over what plays.
    pub stingers: Vec<Stinger>,
}

/// A piece of music with a grid.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Segment {
    /// Unique.
    pub name: String,
    /// The sound or container that it plays.
    pub source: String,
    /// 20..=400 beats (of `beat_unit`) a minute.
    pub tempo_bpm: f64,
    /// 1..=64.
    pub beats_per_bar: u8,
    /// 1, 2, 4, .. 64.
    pub beat_unit: u8,
    /// Length in bars from the entry cue on.
    pub bars: u32,
    /// Bars before the entry cue (pick-up).
    pub entry_cue_bars: f64,
    /// Bars from the start of the sound to the exit cue; 0 is entry plus `bars`.
    pub exit_cue_bars: f64,
    /// Loop in frames of the asset; end 0 is no loop.
    pub loop_start_smp: u64,
    /// Loop in frames of the asset; end 0 is no loop.
    pub loop_end_smp: u64,
    /// Ascending.
    pub markers: Vec<Marker>,
}

/// A named place in a segment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Marker {
    /// Frames of the asset.
    pub pos_smp: u64,
    /// What it is for.
    pub kind: MarkerKind,
    /// Unique in the segment.
    pub name: String,
}

/// What a marker is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MarkerKind {
    /// To be named as a destination.
    #[default]
    Generic,
    /// A place to come in.
    Entry,
    /// A place to leave.
    Exit,
    /// A place to leave for sync `marker`.
    Sync,
}

/// Segments one after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Playlist {
    /// Unique.
    pub name: String,
    /// Segments and how often each plays, 1..
    pub entries: Vec<(String, u32)>,
    /// In their order, or shuffled.
    pub shuffle: bool,
    /// From the start after the last.
    pub looped: bool,
}

/// How the music gets from one segment to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// Segment or playlist, or `*`.
    pub from: String,
    /// Segment or playlist, or `*`.
    pub to: String,
    /// Where the old one is left.
    pub sync: Sync,
    /// The longest wait for that, 0..=600000 ms; above it the next finer grid holds, with 0 the
    /// change is at once.
    pub max_wait_ms: f32,
    /// Of the old one.
    pub fade_out: MusicFade,
    /// Of the new one.
    pub fade_in: MusicFade,
    /// How much the fades overlap, in ms.
    pub overlap_ms: f32,
    /// Where the new one begins.
    pub destination: Destination,
    /// A segment between them.
    pub filler: Option<String>,
    /// Whether the filler sounds before the new one or with it.
    pub filler_mode: FillerMode,
}

/// A fade in time or beats.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MusicFade {
    /// How long.
    pub length: FadeLength,
    /// The way.
    pub shape: Shape,
}

/// How long a fade is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FadeLength {
    /// Milliseconds.
    Ms(f32),
    /// Beats of the segment that fades.
    Beats(f32),
}

impl Default for FadeLength {
    fn default() -> Self {
        Self::Ms(0.0)
    }
}

/// A point of time that something waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Sync {
    /// At once.
    #[default]
    Immediate,
    /// The next beat.
    Beat,
    /// The next bar.
    Bar,
    /// The next of every four bars.
    Phrase,
    /// The next first beat of a bar.
    NextDownbeat,
    /// The next multiple of so many beats, above 0.
    Grid(f64),
    /// The next sync or exit marker.
    Marker,
    /// The exit cue.
    SegmentEnd,
}

/// Where the new segment begins.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Destination {
    /// At its entry cue.
    #[default]
    Entry,
    /// At a marker.
    Marker(String),
    /// As many seconds in as the old one.
    SameTime,
    /// At the same beat, modulo its length.
    SameBeat,
    /// At the same share of its length.
    SameRatio,
}

/// When a filler sounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FillerMode {
    /// Before the new segment.
    #[default]
    Before,
    /// Together with it.
    Concurrent,
}

/// A short piece over what plays.
#[derive(Clone, Debug, PartialEq)]
pub struct Stinger {
    /// Unique.
    pub name: String,
    /// The sound or container that it plays.
    pub source: String,
    /// What it waits for.
    pub sync: Sync,
    /// This place of it lands on the grid point, ms.
    pub anchor_ms: f32,
    /// What the music does meanwhile, dB.
    pub duck_db: f32,
    /// Of the duck.
    pub attack_ms: f32,
    /// Of the duck.
    pub release_ms: f32,
    /// Against other stingers.
    pub priority: u8,
    /// It may end one of lower or equal priority that sounds.
    pub can_interrupt: bool,
    /// The grid point is at least this far away, ms.
    pub look_ahead_ms: f32,
}
