//! Gains as functions of the frame.
//!
//! A gain never jumps and never turns back: a new course starts with the gain that the old one has.
//! An arriving and a leaving sound with the same shape and length keep Σg² = 1.

use std::f64::consts::FRAC_PI_2;

use crate::source::Shape;

/// The gain of a play: `scale·sin(π/2·p)` or `scale·p`, where p goes from one value to another over
/// some frames, by a shape. Before its first frame it holds the first value, from its last on the
/// last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Course {
    at: u64,
    frames: u32,
    shape: Shape,
    law: Law,
    scale: f64,
    from: f64,
    to: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Law {
    Power,
    Amplitude,
}

impl Course {
    /// A gain that stays. `[thread-safe]`
    pub fn fixed(gain: f32) -> Self {
        Self {
            at: 0,
            frames: 0,
            shape: Shape::Linear,
            law: Law::Amplitude,
            scale: 1.0,
            from: f64::from(gain),
            to: f64::from(gain),
        }
    }

    /// Comes from `now` to `gain` over `frames` from frame `at` on:
    /// `gain·sin(π/2·s(u))` from silence. `[thread-safe]`
    pub fn enter(now: f64, gain: f32, at: u64, frames: u32, shape: Shape) -> Self {
        let gain = f64::from(gain);
        if now > gain {
            return Self::between(now, gain, at, frames, shape);
        }
        Self {
            at,
            frames,
            shape,
            law: Law::Power,
            scale: gain,
            from: phase(now, gain),
            to: 1.0,
        }
    }

    /// Goes from `now`, of a sound whose full gain is `full`, to silence over `frames` from frame
    /// `at` on: `full·cos(π/2·s(u))` from there. `[thread-safe]`
    pub fn leave(now: f64, full: f32, at: u64, frames: u32, shape: Shape) -> Self {
        let full = f64::from(full).max(now);
        Self {
            at,
            frames,
            shape,
            law: Law::Power,
            scale: full,
            from: phase(now, full),
            to: 0.0,
        }
    }

    /// From one gain to another in proportion to the shape. `[thread-safe]`
    pub fn glide(now: f64, gain: f32, at: u64, frames: u32, shape: Shape) -> Self {
        Self::between(now, f64::from(gain), at, frames, shape)
    }

    fn between(from: f64, to: f64, at: u64, frames: u32, shape: Shape) -> Self {
        Self {
            at,
            frames,
            shape,
            law: Law::Amplitude,
            scale: 1.0,
            from,
            to,
        }
    }

    /// Linear gain at frame `t`. `[thread-safe]`
    #[expect(clippy::cast_possible_truncation, reason = "a gain needs no more")]
    pub fn gain(&self, t: u64) -> f32 {
        self.exact(t) as f32
    }

    /// The same for another course to start with: near full gain, single precision would move it
    /// along the sine by what can be heard. `[thread-safe]`
    pub fn exact(&self, t: u64) -> f64 {
        let p = self.from + (self.to - self.from) * self.progress(t);
        let gain = match self.law {
            Law::Amplitude => p,
            Law::Power if p <= 0.0 => 0.0,
            Law::Power if p >= 1.0 => 1.0,
            Law::Power => (FRAC_PI_2 * p).sin(),
        };
        self.scale * gain
    }

    /// Nothing happened for `by` frames from frame `since` on. `[thread-safe]`
    pub fn wait(&mut self, since: u64, by: u64) {
        if self.end() > since {
            self.at = self.at.saturating_add(by);
        }
    }

    /// The first frame at which it is at its end. `[thread-safe]`
    pub fn end(&self) -> u64 {
        self.at.saturating_add(u64::from(self.frames))
    }

    /// The first frame at which it moves. `[thread-safe]`
    pub fn start(&self) -> u64 {
        self.at
    }

    /// Whether it is at its end at frame `t`. `[thread-safe]`
    pub fn is_over(&self, t: u64) -> bool {
        t >= self.end()
    }

    fn progress(&self, t: u64) -> f64 {
        if t >= self.end() {
            1.0
        } else if t <= self.at {
            0.0
        } else {
            let t = (t - self.at) as f64 / f64::from(self.frames);
            self.shape.at(t)
        }
    }
}

/// The way of one duck: a straight line in dB over frames, the ends hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DuckCourse {
    at: u64,
    frames: u32,
    from_db: f32,
    to_db: f32,
}

impl DuckCourse {
    /// No duck. `[thread-safe]`
    pub const OFF: Self = Self {
        at: 0,
        frames: 0,
        from_db: 0.0,
        to_db: 0.0,
    };

    /// From `from_db` to `to_db` over `frames` from frame `at` on; 0 frames is at once.
    /// `[thread-safe]`
    pub fn new(from_db: f32, to_db: f32, at: u64, frames: u32) -> Self {
        Self {
            at,
            frames,
            from_db,
            to_db,
        }
    }

    /// Decibels at frame `t`. `[thread-safe]`
    pub fn db(&self, t: u64) -> f32 {
        if self.is_over(t) {
            self.to_db
        } else if t <= self.at {
            self.from_db
        } else {
            let way = (t - self.at) as f32 / self.frames as f32;
            self.from_db + (self.to_db - self.from_db) * way
        }
    }

    /// Decibels at its end. `[thread-safe]`
    pub fn to_db(&self) -> f32 {
        self.to_db
    }

    /// Nothing happened for `by` frames from frame `since` on. `[thread-safe]`
    pub fn wait(&mut self, since: u64, by: u64) {
        if self.end() > since {
            self.at = self.at.saturating_add(by);
        }
    }

    /// Linear gain at frame `t`. `[thread-safe]`
    pub fn gain(&self, t: u64) -> f32 {
        10f32.powf(self.db(t) / 20.0)
    }

    /// The first frame at which it is at its end. `[thread-safe]`
    pub fn end(&self) -> u64 {
        self.at.saturating_add(u64::from(self.frames))
    }

    /// Whether it is at its end at frame `t`. `[thread-safe]`
    pub fn is_over(&self, t: u64) -> bool {
        t >= self.end()
    }
}

/// Where on a quarter of a sine a gain is, 0..=1.
fn phase(gain: f64, full: f64) -> f64 {
    if full <= 0.0 {
        return 0.0;
    }
    (gain / full).clamp(0.0, 1.0).asin() / FRAC_PI_2
}
