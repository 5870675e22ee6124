//! What plays: a pool of instances of nodes, in trees below posts.

use segue_rt::ids::{BusId, VoiceId};
use segue_rt::voices::{LoopSpec, VoiceParams};

use super::holds::Prop;
use super::line::Line;
use super::lists::Lists;
use crate::containers::blend::BlendState;
use crate::containers::sequence::SequenceState;
use crate::containers::switch::SwitchState;
use crate::ids::NodeIx;
use crate::music::Course;

/// No instance.
pub(super) const NONE: u32 = u32::MAX;

/// One playing sound or container.
#[derive(Clone, Debug)]
pub(super) struct Inst {
    pub(super) generation: u32,
    pub(super) live: bool,
    pub(super) node: NodeIx,
    /// [`NONE`] at the top.
    pub(super) parent: u32,
    pub(super) play: u32,
    /// 0..=100: that of its voices.
    pub(super) priority: u8,
    /// Which child of its parent it is.
    pub(super) child: u8,
    pub(super) started: u64,
    /// Frames that it stood still for.
    pub(super) lag: u64,
    /// It is paused: from this frame on, the end of the fade of its pause, it stands still.
    pub(super) paused: Option<u64>,
    /// The frame at which that fade began for it.
    pub(super) pauses_at: u64,
    pub(super) base: Base,
    /// What the action that started it says of the loops of its sounds.
    pub(super) looping: Option<LoopSpec>,
    /// Fades of its own: in, out, to a gain.
    pub(super) fade: Line,
    /// 0 while it is muted.
    pub(super) mute: Line,
    /// Below 1 where it came into the fade of a pause, until it goes on.
    pub(super) hush: Line,
    /// What actions set: dB, semitones, and log2 of hertz.
    pub(super) volume_db: Line,
    pub(super) pitch_st: Line,
    pub(super) lpf: Line,
    pub(super) hpf: Line,
    /// Gain that the music gives it, and its pan.
    pub(super) course: Option<Course>,
    pub(super) pan: Line,
    /// Frame of its own time at which it fades out by itself, and how; [`u64::MAX`] for never.
    pub(super) release: u64,
    pub(super) release_fade: crate::bank::event::Fade,
    /// The same fade leads to the natural end of its sounds, whenever that is.
    pub(super) fades_at_end: bool,
    /// Frame of its own time at which it is looked at for that.
    pub(super) looks_at: u64,
    /// It ends when its fade does.
    pub(super) stopping: bool,
    /// Frame at which it is stopped for good, while `stopping`.
    pub(super) stop_at: u64,
    /// It, or something above it, follows game values.
    pub(super) follows: bool,
    /// It is in the list of what moves.
    pub(super) moving: bool,
    pub(super) run: Run,
}

/// What an instance starts with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Base {
    pub(super) gain: f32,
    pub(super) pitch_st: f32,
    pub(super) pan: f32,
    /// Hz; 0 is off.
    pub(super) lpf_hz: f32,
    pub(super) hpf_hz: f32,
    /// Where everything below it goes.
    pub(super) bus: Option<BusId>,
}

impl Base {
    pub(super) const PLAIN: Self = Self {
        gain: 1.0,
        pitch_st: 0.0,
        pan: 0.0,
        lpf_hz: 0.0,
        hpf_hz: 0.0,
        bus: None,
    };
}

/// What an instance does.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "the pool is made once; a box would have to be freed on the audio thread"
)]
pub(super) enum Run {
    /// A container that has chosen.
    Chosen,
    Leaf(Leaf),
    Blend(BlendState),
    Sequence(SequenceState),
    Switch(SwitchState),
}

/// A voice and what it was told last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaf {
    pub(super) voice: VoiceId,
    pub(super) sent: Mix,
    /// Too far below an HDR window to be heard.
    pub(super) masked: bool,
    /// Frames of its sound, as far as it is played, and what of them repeats.
    pub(super) frames: u64,
    pub(super) looping: LoopSpec,
    /// Frames with all loops; [`u64::MAX`] is without end.
    pub(super) length: u64,
}

impl Leaf {
    pub(super) fn new(voice: VoiceId, params: &VoiceParams, frames: u64, sent: Mix) -> Self {
        Self {
            voice,
            sent,
            masked: false,
            frames: frames.min(params.end),
            looping: params.looping,
            length: params.unrolled(frames),
        }
    }

    /// The same, at unrolled frame `place` of a loop that never ends: over with that pass.
    pub(super) fn pass_at(&self, place: Option<u64>) -> Self {
        let mut pass = *self;
        if let Some(place) = place.filter(|_| self.length == u64::MAX) {
            pass.length = place.saturating_add(self.looping.locate(place, self.frames).1);
        }
        pass
    }

    /// Its loop ends with the pass that it is in at unrolled frame `place`.
    pub(super) fn leave_loop(&mut self, place: u64) {
        self.looping = self.looping.left_at(place, self.frames);
        self.length = self.looping.unrolled(self.frames);
    }
}

/// All that a voice is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mix {
    pub(super) gain: f32,
    pub(super) pitch: f64,
    pub(super) pan: f32,
    pub(super) width: f32,
    pub(super) lpf_hz: f32,
    pub(super) hpf_hz: f32,
}

impl Inst {
    fn empty() -> Self {
        Self {
            generation: 0,
            live: false,
            node: NodeIx(0),
            parent: NONE,
            play: NONE,
            priority: 0,
            child: 0,
            started: 0,
            lag: 0,
            paused: None,
            pauses_at: 0,
            base: Base::PLAIN,
            looping: None,
            fade: Line::rest(1.0),
            mute: Line::rest(1.0),
            hush: Line::rest(1.0),
            volume_db: Line::rest(0.0),
            pitch_st: Line::rest(0.0),
            lpf: Line::rest(OPEN_LPF),
            hpf: Line::rest(OPEN_HPF),
            course: None,
            pan: Line::rest(0.0),
            release: u64::MAX,
            release_fade: crate::bank::event::Fade::default(),
            fades_at_end: false,
            looks_at: u64::MAX,
            stopping: false,
            stop_at: u64::MAX,
            follows: false,
            moving: false,
            run: Run::Chosen,
        }
    }

    /// The frame at which all its own ways are over.
    pub(super) fn moves_until(&self) -> u64 {
        let lines = [
            &self.fade,
            &self.mute,
            &self.hush,
            &self.volume_db,
            &self.pitch_st,
            &self.lpf,
            &self.hpf,
            &self.pan,
        ];
        let own = lines.into_iter().map(Line::end).max().unwrap_or(0);
        own.max(self.course.map_or(0, |course| course.end()))
    }

    /// The first frame after `at` at which one of its ways ends.
    pub(super) fn next_end(&self, at: u64) -> u64 {
        let lines = [
            &self.fade,
            &self.mute,
            &self.hush,
            &self.volume_db,
            &self.pitch_st,
            &self.pan,
        ];
        let ends = lines.into_iter().map(Line::end);
        let ends = ends.chain(
            self.course
                .iter()
                .flat_map(|course| [course.start(), course.end()]),
        );
        ends.filter(|end| *end > at).min().unwrap_or(u64::MAX)
    }

    /// Where something is that actions set.
    pub(super) fn line_mut(&mut self, prop: Prop) -> &mut Line {
        match prop {
            Prop::Volume => &mut self.volume_db,
            Prop::Pitch => &mut self.pitch_st,
            Prop::Lpf => &mut self.lpf,
            Prop::Hpf => &mut self.hpf,
            Prop::Mute => &mut self.mute,
        }
    }

    /// Its own time at frame `at`: while it stands still, it does not run.
    pub(super) fn own_time(&self, at: u64) -> u64 {
        self.fades_at(at).saturating_sub(self.lag)
    }

    /// The frame at which its fades are: they stand still with it.
    pub(super) fn fades_at(&self, at: u64) -> u64 {
        self.paused.map_or(at, |since| since.min(at))
    }

    /// Whether it stands still at frame `at`: in the fade of its pause it goes on like its voices.
    pub(super) fn is_held(&self, at: u64) -> bool {
        self.paused.is_some_and(|since| since <= at)
    }

    /// It fades from frame `at` on and stands still from `until` on; false when it is paused already.
    pub(super) fn pause(&mut self, at: u64, until: u64) -> bool {
        let news = self.paused.is_none();
        if news {
            (self.paused, self.pauses_at) = (Some(until), at);
        }
        news
    }

    /// A stop in the fade of its pause is the last word: nothing of it waits for the end of the pause.
    pub(super) fn forget_pause(&mut self, at: u64) {
        if !self.is_held(at) {
            self.paused = None;
        }
    }

    /// Its pause ends at frame `at`: what it was on its way to comes later by the time for which it
    /// stood still.
    pub(super) fn go_on(&mut self, at: u64) {
        let Some(since) = self.paused.take() else {
            return;
        };
        let by = at.saturating_sub(since);
        self.lag += by;
        for line in [
            &mut self.fade,
            &mut self.mute,
            &mut self.hush,
            &mut self.volume_db,
            &mut self.pitch_st,
            &mut self.lpf,
            &mut self.hpf,
            &mut self.pan,
        ] {
            line.wait(since, by);
        }
        if let Some(course) = &mut self.course {
            course.wait(since, by);
        }
        if self.stopping {
            self.stop_at = self.stop_at.saturating_add(by);
        }
    }

    pub(super) fn voice(&self) -> Option<VoiceId> {
        match self.run {
            Run::Leaf(leaf) => Some(leaf.voice),
            _ => None,
        }
    }
}

/// log2 of the cut-offs at which filters are off.
pub(super) const OPEN_LPF: f32 = 14.5;
pub(super) const OPEN_HPF: f32 = 4.0;

/// The instances, and who is below whom.
#[derive(Debug)]
pub(super) struct Pool {
    insts: Box<[Inst]>,
    free: Vec<u32>,
    /// Lists of children by instance; behind them the tops by post.
    below: Lists,
}

impl Pool {
    pub(super) fn new(insts: usize, plays: usize) -> Self {
        let count = u32::try_from(insts).unwrap_or(u32::MAX);
        Self {
            insts: vec![Inst::empty(); insts].into_boxed_slice(),
            free: (0..count).rev().collect(),
            below: Lists::new(insts + plays, insts),
        }
    }

    /// Takes a free instance, below `parent` or at the top of `play`.
    pub(super) fn take(&mut self, node: NodeIx, parent: u32, play: u32) -> Option<u32> {
        let at = self.free.pop()?;
        let inst = &mut self.insts[at as usize];
        *inst = Inst {
            generation: inst.generation.wrapping_add(1),
            live: true,
            node,
            parent,
            play,
            ..Inst::empty()
        };
        self.below.push(self.list(parent, play), at);
        Some(at)
    }

    /// Gives an instance without children back.
    pub(super) fn release(&mut self, at: u32) {
        let inst = &mut self.insts[at as usize];
        inst.live = false;
        let list = self.list(self.insts[at as usize].parent, self.insts[at as usize].play);
        self.below.remove(list, at);
        self.free.push(at);
    }

    pub(super) fn get(&self, at: u32) -> &Inst {
        &self.insts[at as usize]
    }

    pub(super) fn get_mut(&mut self, at: u32) -> &mut Inst {
        &mut self.insts[at as usize]
    }

    /// Whether the occupant of a slot is still that of `generation`.
    pub(super) fn is(&self, at: u32, generation: u32) -> bool {
        let inst = &self.insts[at as usize];
        inst.live && inst.generation == generation
    }

    /// The first instance at the top of a post.
    pub(super) fn top(&self, play: u32) -> Option<u32> {
        self.below.first(self.list(NONE, play))
    }

    pub(super) fn first_child(&self, at: u32) -> Option<u32> {
        self.below.first(at as usize)
    }

    pub(super) fn next_sibling(&self, at: u32) -> Option<u32> {
        self.below.next(at)
    }

    /// The instance after `at` in the tree below `root`, parents first.
    pub(super) fn after(&self, root: u32, at: u32) -> Option<u32> {
        self.first_child(at).or_else(|| self.behind(root, at))
    }

    /// The same, but without what is below `at`.
    pub(super) fn behind(&self, root: u32, mut at: u32) -> Option<u32> {
        while at != root {
            if let Some(next) = self.next_sibling(at) {
                return Some(next);
            }
            at = self.get(at).parent;
        }
        None
    }

    fn list(&self, parent: u32, play: u32) -> usize {
        match parent {
            NONE => self.insts.len() + play as usize,
            parent => parent as usize,
        }
    }
}
