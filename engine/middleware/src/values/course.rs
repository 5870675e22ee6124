//! How a value moves to a target: closed forms of its last change.

use super::check::{Checks, Found};
use crate::source;

/// How a value gets to a new target; times in frames.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Interp {
    /// At once.
    #[default]
    None,
    /// In a straight line that takes this long, up and down.
    Linear(f64, f64),
    /// One-pole with these time constants, up and down.
    Exponential(f64, f64),
    /// At most so much a frame.
    Slew(f64),
    /// Critically damped with this ω per frame.
    Critical(f64),
}

/// ω·T90 of a critically damped step: (1+3.8897)·e^-3.8897 = 0.1.
const OMEGA_T90: f64 = 3.8897;
/// Time constants after which a one-pole is at its target: e^-14 < 10⁻⁶.
const DECAYED: f64 = 14.0;
/// The same for a critically damped way: (1+20)·e^-20 < 10⁻⁷.
const DAMPED: f64 = 20.0;
/// Longest time of a way, ms.
pub const MAX_WAY_MS: f32 = 60_000.0;

impl Interp {
    /// Checks times of 0..=60000 ms and a slew above 0. `[main-thread]`
    ///
    /// # Errors
    /// What is wrong, by `up_ms` and the like.
    pub fn compile(source: &source::Interp, sample_rate: f64) -> Found<Self> {
        let mut checks = Checks::new();
        let mut time = |path: &str, ms: f32| {
            checks.within(path, ms, 0.0..=MAX_WAY_MS);
            f64::from(ms) * sample_rate / 1000.0
        };
        let interp = match *source {
            source::Interp::None => Self::None,
            source::Interp::Linear { up_ms, down_ms } => {
                Self::Linear(time("up_ms", up_ms), time("down_ms", down_ms))
            }
            source::Interp::Exponential { up_ms, down_ms } => {
                Self::Exponential(time("up_ms", up_ms), time("down_ms", down_ms))
            }
            source::Interp::Critical { t90_ms } => Self::critical(time("t90_ms", t90_ms)),
            source::Interp::Slew { per_s } => {
                if !(per_s.is_finite() && per_s > 0.0) {
                    checks.say(
                        "per_s",
                        format!(
                            "slew_per_s {per_s} is not above 0: say how far it moves a second, or \
                             write \"interp\": \"none\" to jump"
                        ),
                    );
                }
                Self::Slew(f64::from(per_s) / sample_rate)
            }
        };
        checks.finish(Some(interp))
    }

    /// Critically damped, at 90 % after `t90` frames; 0 is at once.
    #[must_use]
    pub fn critical(t90: f64) -> Self {
        if t90 > 0.0 {
            Self::Critical(OMEGA_T90 / t90)
        } else {
            Self::None
        }
    }
}

/// A value that moves to a target, as a function of the frame. `[audio-thread]`
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Course {
    start: u64,
    /// The first frame at which it is at its target.
    still: u64,
    /// Frames over which the goal itself moves to `to`.
    ramp: f64,
    way: Way,
    /// Value and slope per frame at `start`.
    from: Motion,
    /// The same at the end of the ramp.
    bend: Motion,
    goal_from: f64,
    to: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    /// A straight line over so many frames.
    Line(f64),
    /// One-pole with this time constant.
    Decay(f64),
    /// Critically damped with this ω.
    Critical(f64),
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Motion {
    y: f64,
    v: f64,
}

impl Course {
    /// A value that stays.
    #[must_use]
    pub fn rest(value: f32) -> Self {
        let y = f64::from(value);
        let from = Motion { y, v: 0.0 };
        Self {
            start: 0,
            still: 0,
            ramp: 0.0,
            way: Way::Line(0.0),
            from,
            bend: from,
            goal_from: y,
            to: y,
        }
    }

    /// From where it is at frame `at` to `to`, whose goal moves there over `ramp` frames. A course
    /// that goes to `to` already is not begun anew.
    #[must_use]
    pub fn towards(&self, at: u64, to: f32, interp: &Interp, ramp: u32) -> Self {
        let to = f64::from(to);
        let ramp = f64::from(ramp);
        if to == self.to && ramp == 0.0 && self.elapsed(at) >= self.ramp {
            return *self;
        }
        let from = self.motion(at);
        let mut new = Self {
            start: at,
            still: at,
            ramp,
            way: way(interp, from.y, to, ramp),
            from,
            bend: from,
            goal_from: self.goal(at),
            to,
        };
        new.bend = new.follow(ramp);
        new.still = at.saturating_add(new.length());
        new
    }

    /// The value at a frame, from its start on.
    #[must_use]
    pub fn value(&self, at: u64) -> f64 {
        self.motion(at).y
    }

    /// Where it is going.
    #[must_use]
    pub fn target(&self) -> f64 {
        self.to
    }

    /// The first frame at which it is at its target.
    #[must_use]
    pub fn still_at(&self) -> u64 {
        self.still
    }

    fn elapsed(&self, at: u64) -> f64 {
        at.saturating_sub(self.start) as f64
    }

    /// What it follows at a frame.
    fn goal(&self, at: u64) -> f64 {
        let t = self.elapsed(at);
        if t >= self.ramp {
            return self.to;
        }
        self.goal_from + (self.to - self.goal_from) * (t / self.ramp)
    }

    fn motion(&self, at: u64) -> Motion {
        if at >= self.still {
            return Motion { y: self.to, v: 0.0 };
        }
        let t = self.elapsed(at);
        match self.way {
            Way::Line(length) => Motion {
                y: self.from.y + (self.to - self.from.y) * (t / length),
                v: 0.0,
            },
            _ if t < self.ramp => self.follow(t),
            _ => settle(self.way, self.bend, self.to, t - self.ramp),
        }
    }

    /// While the goal moves: the answer of the way to a ramp.
    fn follow(&self, t: f64) -> Motion {
        if self.ramp <= 0.0 {
            return self.from;
        }
        let slope = (self.to - self.goal_from) / self.ramp;
        // What it tends to: the goal's line, behind it by the way's own delay.
        let delay = match self.way {
            Way::Line(_) => return self.from,
            Way::Decay(tau) => tau,
            Way::Critical(omega) => 2.0 / omega,
        };
        let behind = |t: f64| self.goal_from + slope * (t - delay);
        let start = Motion {
            y: self.from.y - behind(0.0),
            v: self.from.v - slope,
        };
        let left = settle(self.way, start, 0.0, t);
        Motion {
            y: behind(t) + left.y,
            v: slope + left.v,
        }
    }

    fn length(&self) -> u64 {
        let frames = match self.way {
            Way::Line(length) => length,
            Way::Decay(tau) => self.ramp + DECAYED * tau,
            Way::Critical(omega) => self.ramp + DAMPED / omega,
        };
        whole(frames.ceil())
    }
}

/// The way of a change that begins now.
fn way(interp: &Interp, from: f64, to: f64, ramp: f64) -> Way {
    let pick = |up: f64, down: f64| if to >= from { up } else { down };
    match *interp {
        Interp::None => Way::Line(ramp),
        Interp::Linear(up, down) => Way::Line(ramp + pick(up, down)),
        Interp::Slew(per_frame) => Way::Line(((to - from).abs() / per_frame).max(ramp)),
        Interp::Exponential(up, down) => match pick(up, down) {
            tau if tau > 0.0 => Way::Decay(tau),
            _ => Way::Line(ramp),
        },
        Interp::Critical(omega) => Way::Critical(omega),
    }
}

/// The way to a goal that stays, `t` frames after `from`.
fn settle(way: Way, from: Motion, to: f64, t: f64) -> Motion {
    let e = from.y - to;
    match way {
        Way::Line(_) => Motion { y: to, v: 0.0 },
        Way::Decay(tau) => Motion {
            y: to + e * (-t / tau).exp(),
            v: 0.0,
        },
        Way::Critical(omega) => {
            let c = from.v + omega * e;
            let fade = (-omega * t).exp();
            Motion {
                y: to + (e + c * t) * fade,
                v: (from.v - omega * c * t) * fade,
            }
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates"
)]
fn whole(frames: f64) -> u64 {
    frames as u64
}

#[cfg(test)]
mod tests;
