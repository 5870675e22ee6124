//! Clips on the song's time line: what starts where, and what sounds in the middle.

use std::fmt;

use crate::game::GameCall;
use crate::ids::SoundId;
use crate::limits::LimitError;
use crate::tempo::MAX_BEATS;
use crate::voices::VoiceParams;

/// Most clips on one time line.
pub const MAX_CLIPS: usize = 65_536;

/// A sound at a position. `P` is what the player of clips wants to know about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clip<P> {
    /// The caller's number for it, unique on its time line.
    pub index: u32,
    /// Where it starts, in quarter-note beats, 0..=[`MAX_BEATS`].
    pub start_beats: f64,
    /// Where it is cut off, in quarter-note beats after its start, > 0; none to let it ring out.
    pub length_beats: Option<f64>,
    /// How long its sound lasts as it is played, in engine frames; none for a loop without end.
    pub length_frames: Option<u64>,
    /// What sounds.
    pub sound: SoundId,
    /// What else its player needs.
    pub payload: P,
}

impl<P> Clip<P> {
    /// Where it is cut off in beats from the start of the song; infinite when it is not.
    pub fn end_beats(&self) -> f64 {
        self.length_beats
            .map_or(f64::INFINITY, |length| self.start_beats + length)
    }

    pub(crate) fn reach(&self) -> Reach {
        Reach {
            end_beats: self.end_beats(),
            length_frames: self.length_frames.unwrap_or(u64::MAX),
        }
    }
}

/// What a clip of the renderer is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    /// A sound, played by a voice.
    Sound(VoiceParams),
    /// A call of the game: its place in [`Cues::calls`]. Places grow with the order of the clips.
    Call(u32),
}

/// Calls of the game that the transport makes as it passes them: never late, and none of what a jump
/// leaves out. `[thread-safe]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cues {
    /// In the order of their clips.
    pub calls: Box<[GameCall]>,
    /// What ends everything that they begin: where the transport stops, jumps or wraps.
    pub ends: Box<[GameCall]>,
}

/// Why a [`Timeline`] was refused.
#[derive(Clone, Debug, PartialEq)]
pub enum TimelineError {
    /// More than [`MAX_CLIPS`] clips.
    Limit(LimitError),
    /// A clip starts out of range.
    Start {
        /// Number of the clip.
        index: u32,
        /// Where it starts.
        beats: f64,
    },
    /// A clip has a length that is not above 0.
    Length {
        /// Number of the clip.
        index: u32,
        /// Its length.
        beats: f64,
    },
    /// Two clips have this number.
    Twice(u32),
}

impl fmt::Display for TimelineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit(limit) => limit.fmt(f),
            Self::Start { index, beats } => {
                write!(
                    f,
                    "clip {index} starts at beat {beats}, not in 0..={MAX_BEATS}"
                )
            }
            Self::Length { index, beats } => {
                write!(
                    f,
                    "clip {index} is {beats} beats long: a length is above 0 and at most {MAX_BEATS}"
                )
            }
            Self::Twice(index) => write!(f, "two clips have the number {index}: renumber one"),
        }
    }
}

impl std::error::Error for TimelineError {}

/// An immutable list of clips, built and checked on the control thread.
///
/// Searches take a number of steps that grows with the logarithm of the number of clips, and
/// allocate nothing. `[thread-safe]` once it is built.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline<P> {
    /// By start, then by number.
    clips: Box<[Clip<P>]>,
    /// Positions in `clips` of those that are cut off, by end, then by number.
    ends: Box<[u32]>,
    /// A binary tree over `clips` as a heap: node n has the children 2n and 2n + 1, the leaves
    /// begin in the middle.
    reach: Box<[Reach]>,
    cues: Cues,
}

impl<P: Copy> Timeline<P> {
    /// Sorts and checks `clips`, at most [`MAX_CLIPS`]. `[main-thread]`
    ///
    /// # Errors
    /// [`TimelineError`] names the clip.
    pub fn new(clips: Vec<Clip<P>>) -> Result<Self, TimelineError> {
        check(&clips)?;
        let mut clips = clips.into_boxed_slice();
        clips.sort_by(|a, b| {
            a.start_beats
                .total_cmp(&b.start_beats)
                .then(a.index.cmp(&b.index))
        });
        let mut ends: Vec<u32> = (0_u32..)
            .zip(&clips)
            .filter(|(_, clip)| clip.length_beats.is_some())
            .map(|(position, _)| position)
            .collect();
        let key = |position: u32| &clips[position as usize];
        ends.sort_by(|&a, &b| {
            let (a, b) = (key(a), key(b));
            a.end_beats()
                .total_cmp(&b.end_beats())
                .then(a.index.cmp(&b.index))
        });
        Ok(Self {
            reach: reach_tree(&clips),
            ends: ends.into(),
            clips,
            cues: Cues::default(),
        })
    }

    /// With the calls that clips of it are. `[main-thread]`
    #[must_use]
    pub fn with_cues(self, cues: Cues) -> Self {
        Self { cues, ..self }
    }

    /// The calls that clips of it are.
    pub fn cues(&self) -> &Cues {
        &self.cues
    }

    /// A time line without clips. `[main-thread]`
    pub fn empty() -> Self {
        Self {
            clips: Box::new([]),
            ends: Box::new([]),
            reach: Box::new([]),
            cues: Cues::default(),
        }
    }

    /// All clips by start, then by number.
    pub fn clips(&self) -> &[Clip<P>] {
        &self.clips
    }

    /// The clip that is the `order`-th to be cut off.
    pub(crate) fn ending(&self, order: usize) -> Option<&Clip<P>> {
        self.ends
            .get(order)
            .and_then(|&position| self.clips.get(position as usize))
    }

    /// First place in the order of ends at which `passed` is false.
    pub(crate) fn end_partition(&self, mut passed: impl FnMut(f64) -> bool) -> usize {
        self.ends
            .partition_point(|&position| passed(self.clips[position as usize].end_beats()))
    }

    /// Calls `each` in order for those of the first `before` clips for which `lasts` is true.
    ///
    /// `lasts(start_beats, reach)` tells whether a clip that starts there and reaches that far still
    /// sounds; it must be true for a later start or a farther reach when it is true for an earlier
    /// one, so that whole branches are skipped.
    pub(crate) fn lasting(
        &self,
        before: usize,
        lasts: &dyn Fn(f64, Reach) -> bool,
        each: &mut dyn FnMut(&Clip<P>),
    ) {
        let before = before.min(self.clips.len());
        self.descend(1, 0..self.reach.len() / 2, before, lasts, each);
    }

    fn descend(
        &self,
        node: usize,
        range: std::ops::Range<usize>,
        before: usize,
        lasts: &dyn Fn(f64, Reach) -> bool,
        each: &mut dyn FnMut(&Clip<P>),
    ) {
        let last = range.end.min(before);
        if range.start >= last || !lasts(self.clips[last - 1].start_beats, self.reach[node]) {
            return;
        }
        if range.len() == 1 {
            return each(&self.clips[range.start]);
        }
        let middle = range.start + range.len() / 2;
        self.descend(2 * node, range.start..middle, before, lasts, each);
        self.descend(2 * node + 1, middle..range.end, before, lasts, each);
    }
}

/// How far a clip, or the farthest of several, can sound: up to the earlier of both.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Reach {
    /// Where it is cut off; infinite when it is not.
    pub(crate) end_beats: f64,
    /// Length of its sound; the largest number when that never ends.
    pub(crate) length_frames: u64,
}

impl Reach {
    fn max(self, other: Self) -> Self {
        Self {
            end_beats: self.end_beats.max(other.end_beats),
            length_frames: self.length_frames.max(other.length_frames),
        }
    }
}

fn check<P>(clips: &[Clip<P>]) -> Result<(), TimelineError> {
    if clips.len() > MAX_CLIPS {
        return Err(TimelineError::Limit(LimitError {
            limit: "clips",
            value: clips.len(),
            max: MAX_CLIPS,
        }));
    }
    for clip in clips {
        let index = clip.index;
        let beats = clip.start_beats;
        if !(0.0..=MAX_BEATS).contains(&beats) {
            return Err(TimelineError::Start { index, beats });
        }
        let beats = clip.length_beats.unwrap_or(1.0);
        if !(beats > 0.0 && beats <= MAX_BEATS) {
            return Err(TimelineError::Length { index, beats });
        }
    }
    let mut numbers: Vec<u32> = clips.iter().map(|clip| clip.index).collect();
    numbers.sort_unstable();
    match numbers.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(TimelineError::Twice(pair[0])),
        None => Ok(()),
    }
}

fn reach_tree<P>(clips: &[Clip<P>]) -> Box<[Reach]> {
    if clips.is_empty() {
        return Box::new([]);
    }
    let leaves = clips.len().next_power_of_two();
    let mut tree = vec![Reach::default(); 2 * leaves];
    for (leaf, clip) in tree[leaves..].iter_mut().zip(clips) {
        *leaf = clip.reach();
    }
    for node in (1..leaves).rev() {
        tree[node] = tree[2 * node].max(tree[2 * node + 1]);
    }
    tree.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn clip(index: u32, start_beats: f64, length_beats: Option<f64>) -> Clip<()> {
        Clip {
            index,
            start_beats,
            length_beats,
            length_frames: Some(100),
            sound: SoundId::new(0, 1),
            payload: (),
        }
    }

    #[test]
    fn bad_clips_are_named() {
        let check = |clips, expect: &str| {
            assert_eq!(Timeline::new(clips).unwrap_err().to_string(), expect);
        };
        check(
            vec![clip(3, -1.0, None)],
            "clip 3 starts at beat -1, not in 0..=100000000",
        );
        check(
            vec![clip(3, 0.0, Some(f64::NAN))],
            "clip 3 is NaN beats long: a length is above 0 and at most 100000000",
        );
        check(
            vec![clip(3, 0.0, None), clip(3, 1.0, None)],
            "two clips have the number 3: renumber one",
        );
        check(
            (0..70_000).map(|index| clip(index, 0.0, None)).collect(),
            "clips: 70000 is over the limit of 65536",
        );
    }

    #[test]
    fn few_nodes_are_asked() {
        let clips = (0..65_536)
            .map(|index| clip(index, f64::from(index), Some(1.5)))
            .collect();
        let timeline = Timeline::new(clips).unwrap();
        let asked = std::cell::Cell::new(0);
        let mut found = Vec::new();
        let lasts = |_: f64, reach: Reach| {
            asked.set(asked.get() + 1);
            reach.end_beats > 40_000.25
        };
        timeline.lasting(40_001, &lasts, &mut |clip| found.push(clip.index));
        assert_eq!(found, [39_999, 40_000]);
        assert!(asked.get() < 80, "asked {} times", asked.get());
    }

    proptest! {
        #[test]
        fn lasting_is_what_a_scan_finds(
            spans in prop::collection::vec((0..50_u8, prop::option::of(1..20_u8), 1..20_u8), 0..40),
            at in 0..60_u8,
            before in 0..45_usize,
        ) {
            let clips = (0..).zip(&spans).map(|(index, &(start, cut, frames))| Clip {
                length_frames: Some(u64::from(frames)),
                ..clip(index, f64::from(start), cut.map(f64::from))
            });
            let timeline = Timeline::new(clips.collect()).unwrap();
            let lasts = |start: f64, reach: Reach| {
                reach.end_beats > f64::from(at)
                    && start + reach.length_frames as f64 > f64::from(at)
            };
            let mut found = Vec::new();
            timeline.lasting(before, &lasts, &mut |clip| found.push(clip.index));
            let scan: Vec<u32> = timeline.clips().iter().take(before)
                .filter(|clip| lasts(clip.start_beats, clip.reach()))
                .map(|clip| clip.index)
                .collect();
            prop_assert_eq!(found, scan);
            let ends = (0..)
                .map_while(|order| timeline.ending(order).map(Clip::end_beats));
            prop_assert!(ends.is_sorted());
        }
    }
}
