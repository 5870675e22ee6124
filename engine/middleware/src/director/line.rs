//! A value on its way from one to another.

use crate::bank::event::Fade;
use crate::source::Shape;

/// `from + (to - from)·s((t - at)/frames)`, the ends hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    at: u64,
    from: f32,
    to: f32,
    frames: u32,
    shape: Shape,
}

impl Line {
    /// A value that stays.
    pub(super) const fn rest(value: f32) -> Self {
        Self {
            at: 0,
            from: value,
            to: value,
            frames: 0,
            shape: Shape::Linear,
        }
    }

    /// From `from` at frame `at` to `to`.
    pub(super) const fn new(from: f32, to: f32, at: u64, fade: Fade) -> Self {
        Self {
            at,
            from,
            to,
            frames: fade.frames,
            shape: fade.shape,
        }
    }

    /// From where it is at frame `at` to `to`.
    pub(super) fn towards(&self, to: f32, at: u64, fade: Fade) -> Self {
        Self::new(self.value(at), to, at, fade)
    }

    /// The value at frame `t`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a share in 0..=1 fits"
    )]
    pub(super) fn value(&self, t: u64) -> f32 {
        if t >= self.end() {
            return self.to;
        }
        let share = t.saturating_sub(self.at) as f64 / f64::from(self.frames);
        self.from + (self.to - self.from) * self.shape.at(share) as f32
    }

    /// Where it goes.
    pub(super) fn target(&self) -> f32 {
        self.to
    }

    /// Nothing happened for `by` frames from frame `since` on.
    pub(super) fn wait(&mut self, since: u64, by: u64) {
        if self.end() > since {
            self.at = self.at.saturating_add(by);
        }
    }

    /// The first frame at which it is at its end.
    pub(super) fn end(&self) -> u64 {
        self.at.saturating_add(u64::from(self.frames))
    }
}
