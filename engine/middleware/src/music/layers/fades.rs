//! How the sounds of a context come and go.

use crate::adaptive::{LayerAt, TransitionForm};
use crate::music::command::{Command, PlayNo};
use crate::music::course::Course;
use crate::music::form::FadeForm;
use crate::source::Shape;

/// One sound of the context.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layer {
    pub(super) play: PlayNo,
    pub(super) course: Course,
    /// What the level wants of it.
    pub(super) at: Option<LayerAt>,
}

/// Fades of a change: frames and shapes, and where the arriving one begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fades {
    pub(super) out: (u32, Shape),
    pub(super) into: (u32, Shape),
    pub(super) out_at: u64,
    pub(super) in_at: u64,
}

impl Layer {
    /// Another gain, from the one it has.
    pub(super) fn fade(&mut self, to: Option<LayerAt>, fades: &Fades) {
        let now = self.course.exact(fades.out_at);
        self.course = match (self.at, to) {
            (None, Some(to)) => arrive(now, to.gain, fades),
            (Some(from), Some(to)) if now >= f64::from(from.gain) => {
                let (frames, shape) = fades.into;
                Course::glide(now, to.gain, fades.out_at, frames, shape)
            }
            (Some(_), Some(to)) => arrive(now, to.gain, fades),
            (from, None) => {
                let full = from.map_or(0.0, |from| from.gain);
                let (frames, shape) = fades.out;
                Course::leave(now, full, fades.out_at, frames, shape)
            }
        };
    }

    /// Its way to another pan: at once while it is silent.
    pub(super) fn moved(&self, to: Option<LayerAt>, fades: &Fades) -> Option<Command> {
        let to = to?;
        let silent = self.at.is_none();
        if self.at.is_some_and(|from| from.pan == to.pan) {
            return None;
        }
        Some(Command::Pan {
            play: self.play,
            pan: to.pan,
            ramp: if silent { 0 } else { fades.into.0 },
        })
    }
}

impl Fades {
    /// The fades of a change at frame `at`, of sounds with beats of so many frames: what arrives
    /// begins `fade_out - overlap` later. `own` is a fade and an overlap that hold instead.
    pub(super) fn new(
        how: &TransitionForm,
        at: u64,
        own: Option<(u32, u32)>,
        [old, new]: [f64; 2],
    ) -> Self {
        let length = |fade: &FadeForm, beat| (fade.length(beat), fade.shape);
        let mut out = length(&how.fade_out, old);
        let mut into = length(&how.fade_in, new);
        let mut overlap = how.overlap;
        if let Some((frames, own)) = own {
            (out.0, into.0, overlap) = (frames, frames, own);
        }
        Self {
            out,
            into,
            out_at: at,
            in_at: at + u64::from(out.0.saturating_sub(overlap)),
        }
    }

    /// The same, each over so many frames at least: sounds that are under way do not jump.
    pub(super) fn at_least(mut self, frames: u32) -> Self {
        self.out.0 = self.out.0.max(frames);
        self.into.0 = self.into.0.max(frames);
        self
    }

    pub(super) fn end(&self) -> u64 {
        let out = self.out_at + u64::from(self.out.0);
        out.max(self.in_at + u64::from(self.into.0))
    }
}

pub(super) fn arrive(now: f64, gain: f32, fades: &Fades) -> Course {
    let (frames, shape) = fades.into;
    Course::enter(now, gain, fades.in_at, frames, shape)
}
