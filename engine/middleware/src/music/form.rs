//! Music as the machine reads it: frames and places, no names.

pub(crate) mod build;

use segue_rt::game::{FNV_BASIS, NameId, fnv1a};

use crate::adaptive::lookup::{Found, Hashed, Lookup};
use crate::ids::{MusicIx, NodeIx, SegmentIx, StingerIx};
use crate::source::{FillerMode, MarkerKind, Shape, Sync};

/// Everything of the music, compiled. Immutable; `[thread-safe]`.
#[derive(Clone, Debug)]
pub struct MusicForm {
    pub(super) segments: Box<[SegmentForm]>,
    pub(super) playlists: Box<[PlaylistForm]>,
    pub(super) rules: Box<[RuleForm]>,
    pub(super) stingers: Box<[StingerForm]>,
    pub(super) sample_rate: f64,
    music: Hashed,
    stinger_names: Hashed,
    ids: Box<[NameId]>,
    stinger_ids: Box<[NameId]>,
}

#[derive(Clone, Debug)]
pub(super) struct SegmentForm {
    pub(super) node: NodeIx,
    /// Frames of a beat.
    pub(super) beat: f64,
    pub(super) per_bar: u8,
    /// Beats from the entry cue to the end of its bars.
    pub(super) beats: f64,
    /// Frames from the start of the sound.
    pub(super) entry: u64,
    pub(super) exit: u64,
    pub(super) looping: Option<[u64; 2]>,
    pub(super) markers: Box<[MarkerForm]>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct MarkerForm {
    pub(super) pos: u64,
    pub(super) kind: MarkerKind,
    pub(super) name: NameId,
}

#[derive(Clone, Debug)]
pub(super) struct PlaylistForm {
    /// Segments and how often each plays.
    pub(super) entries: Box<[(SegmentIx, u32)]>,
    pub(super) shuffle: bool,
    pub(super) looped: bool,
    /// The bytes of its name, on which its chance hangs.
    name: Box<[u8]>,
}

impl PlaylistForm {
    /// The key of its draws under a seed.
    pub(super) fn key(&self, seed: u64) -> u64 {
        fnv1a(&self.name, fnv1a(&seed.to_le_bytes(), FNV_BASIS))
    }
}

/// What plays or is asked for: a segment by itself, or one of a playlist.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    Any,
    Segment(SegmentIx),
    Playlist(MusicIx),
}

impl Side {
    /// How special a match is; `None` is none.
    fn matches(self, played: Option<(SegmentIx, MusicIx)>) -> Option<u8> {
        match (self, played) {
            (Self::Any, _) => Some(0),
            (Self::Segment(one), Some((segment, _))) if one == segment => Some(2),
            (Self::Playlist(one), Some((_, music))) if one == music => Some(1),
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct RuleForm {
    pub(super) from: Side,
    pub(super) to: Side,
    pub(super) sync: Sync,
    /// Frames; `u64::MAX` is without end.
    pub(super) max_wait: u64,
    pub(super) fade_out: FadeForm,
    pub(super) fade_in: FadeForm,
    pub(super) destination: Goal,
    pub(super) filler: Option<SegmentIx>,
    pub(super) filler_mode: FillerMode,
}

/// A destination with its marker as a hash.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Goal {
    Entry,
    Marker(NameId),
    SameTime,
    SameBeat,
    SameRatio,
}

/// A fade in frames, or in beats of the sound that fades.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FadeForm {
    pub(crate) frames: u32,
    pub(crate) beats: f32,
    pub(crate) shape: Shape,
}

impl FadeForm {
    pub(crate) const fn frames(frames: u32) -> Self {
        Self {
            frames,
            beats: 0.0,
            shape: Shape::Linear,
        }
    }

    /// Frames, where a beat has `beat` of them.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative; a cast saturates"
    )]
    pub(crate) fn length(&self, beat: f64) -> u32 {
        if self.beats > 0.0 {
            (f64::from(self.beats) * beat + 0.5).floor() as u32
        } else {
            self.frames
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct StingerForm {
    pub(super) node: NodeIx,
    /// Length in frames, where it is known.
    pub(super) length: Option<u64>,
    pub(super) sync: Sync,
    pub(super) anchor: u64,
    pub(super) look_ahead: u64,
    pub(super) duck_db: f32,
    pub(super) attack: u32,
    pub(super) release: u32,
    pub(super) priority: u8,
    pub(super) can_interrupt: bool,
}

impl MusicForm {
    /// Checks and resolves the music of a project. Errors: every problem, with its path below
    /// `music`. `[main-thread]`
    pub fn new(
        source: &crate::source::Music,
        lookup: &Lookup<'_>,
        sample_rate: f64,
    ) -> Result<Self, Vec<Found>> {
        build::form(source, lookup, sample_rate)
    }

    /// The segment or playlist of a name. `[thread-safe]`
    pub fn music(&self, name: NameId) -> Option<MusicIx> {
        self.music.find(name).map(MusicIx)
    }

    /// The stinger of a name. `[thread-safe]`
    pub fn stinger(&self, name: NameId) -> Option<StingerIx> {
        self.stinger_names.find(name).map(StingerIx)
    }

    /// The name of a segment or playlist. `[thread-safe]`
    pub fn music_id(&self, music: MusicIx) -> NameId {
        self.ids.get(music.at()).copied().unwrap_or_default()
    }

    /// The name of a stinger. `[thread-safe]`
    pub fn stinger_id(&self, stinger: StingerIx) -> NameId {
        let id = self.stinger_ids.get(stinger.at());
        id.copied().unwrap_or_default()
    }

    /// Entries of the longest playlist.
    pub(super) fn longest(&self) -> usize {
        let lengths = self.playlists.iter().map(|it| it.entries.len());
        lengths.max().unwrap_or(0)
    }

    /// The playlist behind a place, or the segment.
    pub(super) fn playlist(&self, music: MusicIx) -> Option<&PlaylistForm> {
        let at = music.at().checked_sub(self.segments.len())?;
        self.playlists.get(at)
    }

    pub(super) fn segment(&self, segment: SegmentIx) -> &SegmentForm {
        &self.segments[segment.at()]
    }

    /// The rule for a way from what plays to what is asked for: the most special one, and of
    /// several the first.
    /// The rule for two segments inside a playlist: one that names both, at the end of the first.
    pub(super) fn rule_inside(&self, from: SegmentIx, to: SegmentIx) -> Option<&RuleForm> {
        let named = |side: &Side, segment| matches!(side, Side::Segment(one) if *one == segment);
        let mut rules = self.rules.iter();
        rules.find(|rule| {
            rule.sync == Sync::SegmentEnd && named(&rule.from, from) && named(&rule.to, to)
        })
    }

    pub(super) fn rule(
        &self,
        from: Option<(SegmentIx, MusicIx)>,
        to: (SegmentIx, MusicIx),
    ) -> Option<&RuleForm> {
        let mut best: Option<(u8, &RuleForm)> = None;
        for rule in &self.rules {
            let special = match (rule.from.matches(from), rule.to.matches(Some(to))) {
                (Some(from), Some(to)) => from + to,
                _ => continue,
            };
            if best.is_none_or(|(most, _)| special > most) {
                best = Some((special, rule));
            }
        }
        best.map(|(_, rule)| rule)
    }
}
