//! All children, mixed by an RTPC.

use std::f64::consts::FRAC_PI_2;

use super::decision::{ChildRow, Reason};
use crate::source::{self, BlendLaw, BlendWarp};
use crate::values::check::{Checks, Found, db_to_gain, narrow};
use crate::values::course::{Course, Interp, MAX_WAY_MS};

/// Most children of a blend.
pub const MAX_BLEND_CHILDREN: usize = 8;

/// Milliseconds in which a blend follows its input at the fastest, as faders do: less clicks.
const SHORTEST_MS: f64 = 10.0;

/// A checked blend. At every x at most two children are heard.
#[derive(Clone, Debug, PartialEq)]
pub struct BlendPlan {
    /// By their ranges, upwards.
    ranges: Box<[Range]>,
    law: BlendLaw,
    warp: BlendWarp,
    smooth: Interp,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Range {
    lo: f64,
    hi: f64,
    /// Place in the container as written.
    child: u8,
    gain: f32,
}

impl BlendPlan {
    /// Checks a blend; names are not looked at. `[main-thread]`
    ///
    /// # Errors
    /// What is wrong, by `children[n].x_hi` and the like: also a range inside another one, and
    /// three ranges over one x.
    pub fn compile(source: &source::Blend, sample_rate: f64) -> Found<Self> {
        let mut checks = Checks::new();
        let count = source.children.len();
        if !(1..=MAX_BLEND_CHILDREN).contains(&count) {
            let message = format!("{count} children; a blend has 1..={MAX_BLEND_CHILDREN}");
            checks.say("children", message);
        }
        checks.within("smooth_ms", source.smooth_ms, 0.0..=MAX_WAY_MS);
        let mut ranges = Vec::new();
        for (child, about) in (0u8..).zip(&source.children) {
            let (lo, hi) = (about.x_lo, about.x_hi);
            if !(lo.is_finite() && hi.is_finite() && lo < hi) {
                let message = format!("{hi} is not above x_lo {lo}");
                checks.say(format!("children[{child}].x_hi"), message);
            }
            checks.within(
                format!("children[{child}].gain_db"),
                about.gain_db,
                -96.0..=24.0,
            );
            ranges.push(Range {
                lo: f64::from(lo),
                hi: f64::from(hi),
                child,
                gain: db_to_gain(f64::from(about.gain_db)),
            });
        }
        ranges.sort_by(|a, b| a.lo.total_cmp(&b.lo).then(a.hi.total_cmp(&b.hi)));
        // One that is none has been told, and says nothing about the others.
        let whole: Vec<Range> = ranges.iter().filter(|it| it.lo < it.hi).copied().collect();
        check_overlaps(&mut checks, &whole);
        let t90 = f64::from(source.smooth_ms).max(SHORTEST_MS) * sample_rate / 1000.0;
        checks.finish(Some(Self {
            ranges: ranges.into(),
            law: source.law,
            warp: source.warp,
            smooth: Interp::critical(t90),
        }))
    }

    /// Writes the linear gain of every child at `x`, in the order as written, and returns how many
    /// there are. `rows` hears of every child. `[audio-thread]`
    pub fn gains(
        &self,
        x: f32,
        gains: &mut [f32; MAX_BLEND_CHILDREN],
        mut rows: impl FnMut(ChildRow),
    ) -> usize {
        let x = f64::from(x);
        for (n, range) in self.ranges.iter().enumerate() {
            let below = n.checked_sub(1).map(|n| &self.ranges[n]);
            let gain = range.gain * self.share(x, range, below, self.ranges.get(n + 1));
            gains[usize::from(range.child)] = gain;
            rows(ChildRow {
                child: range.child,
                reason: if gain > 0.0 {
                    Reason::Selected
                } else {
                    Reason::GainZero
                },
                weight_or_gain: gain,
            });
        }
        self.ranges.len()
    }

    /// How many children there are.
    pub fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// 0..=1 at x, without the child's own gain. Where two ranges only touch, the upper one begins.
    fn share(&self, x: f64, range: &Range, below: Option<&Range>, above: Option<&Range>) -> f32 {
        let ends = above.is_some_and(|above| x >= range.hi && above.lo <= range.hi);
        if x < range.lo || x > range.hi || ends {
            return 0.0;
        }
        let (comes, goes) = match (below, above) {
            (Some(below), _) if x < below.hi => (position(x, range.lo, below.hi), 0.0),
            (_, Some(above)) if x > above.lo => (1.0, position(x, above.lo, range.hi)),
            _ => return 1.0,
        };
        let (comes, goes) = (self.warp.at(comes), self.warp.at(goes));
        narrow(match self.law {
            BlendLaw::Power => (FRAC_PI_2 * comes).sin() * (FRAC_PI_2 * goes).cos(),
            BlendLaw::Amplitude => comes * (1.0 - goes),
        })
    }
}

fn check_overlaps(checks: &mut Checks, ranges: &[Range]) {
    for (n, range) in ranges.iter().enumerate() {
        let path = format!("children[{}]", range.child);
        if let Some(last) = n.checked_sub(1).map(|n| &ranges[n])
            && range.hi <= last.hi
        {
            let message = format!(
                "{}..{} lies inside {}..{} of children[{}]: let one begin and end before the other",
                narrow(range.lo),
                narrow(range.hi),
                narrow(last.lo),
                narrow(last.hi),
                last.child
            );
            checks.say(&path, message);
        }
        if let Some(first) = n.checked_sub(2).map(|n| &ranges[n])
            && range.lo < first.hi
        {
            let message = format!(
                "three ranges over {}: begin at {} or above, where children[{}] ends",
                narrow(range.lo),
                narrow(first.hi),
                first.child
            );
            checks.say(&path, message);
        }
    }
}

fn position(x: f64, lo: f64, hi: f64) -> f64 {
    ((x - lo) / (hi - lo)).clamp(0.0, 1.0)
}

impl BlendWarp {
    /// w(u) for u in 0..=1. `[thread-safe]`
    #[must_use]
    pub fn at(self, u: f64) -> f64 {
        match self {
            Self::Linear => u,
            Self::Smooth => u * u * (3.0 - 2.0 * u),
            Self::Log => (1.0 + 9.0 * u).log10(),
            Self::Exp => (10f64.powf(u) - 1.0) / 9.0,
        }
    }
}

/// The smoothed input of one playing blend. `[audio-thread]`
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlendState {
    course: Course,
}

impl BlendState {
    /// Begins at `x`.
    #[must_use]
    pub fn new(x: f32) -> Self {
        Self {
            course: Course::rest(x),
        }
    }

    /// The smoothed value at frame `at`, while the RTPC is at `x`. To be called at every point of
    /// the control grid while [`Self::moving`] or the RTPC moves.
    pub fn input(&mut self, plan: &BlendPlan, at: u64, x: f32) -> f32 {
        self.course = self.course.towards(at, x, &plan.smooth, 0);
        narrow(self.course.value(at))
    }

    /// The smoothed value at a frame, while the RTPC stays where it was last.
    #[must_use]
    pub fn value(&self, at: u64) -> f32 {
        narrow(self.course.value(at))
    }

    /// Where it is going.
    #[must_use]
    pub fn target(&self) -> f32 {
        narrow(self.course.target())
    }

    /// Whether it moves after frame `at`.
    #[must_use]
    pub fn moving(&self, at: u64) -> bool {
        at < self.course.still_at()
    }
}

#[cfg(test)]
mod tests;
