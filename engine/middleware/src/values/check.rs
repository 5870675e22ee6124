//! What compiling a part reports, and the names it looks up.

use std::fmt::Display;
use std::ops::RangeInclusive;

use segue_rt::ids::BusId;

use crate::ids::{NodeIx, RtpcIx, StateIx, SwitchIx, TagIx};

/// What is wrong with a part of a project. `[main-thread]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where below the part: `children[1].child`; empty is the part itself.
    pub path: String,
    /// The value, the allowed range and the way out.
    pub message: String,
}

/// A compiled part, or everything that is wrong with it.
pub type Found<T> = Result<T, Vec<Problem>>;

/// Looks up the names of a project. An error is the message for the author, with the nearest name.
/// `[main-thread]`
pub trait Resolve {
    /// An RTPC.
    fn rtpc(&self, name: &str) -> Result<RtpcIx, String>;
    /// A state group.
    fn state_group(&self, name: &str) -> Result<StateIx, String>;
    /// A value of a state group; 0 is `none`.
    fn state_value(&self, group: StateIx, value: &str) -> Result<u8, String>;
    /// A switch group.
    fn switch_group(&self, name: &str) -> Result<SwitchIx, String>;
    /// A value of a switch group, from 0.
    fn switch_value(&self, group: SwitchIx, value: &str) -> Result<u8, String>;
    /// A container or sound.
    fn node(&self, name: &str) -> Result<NodeIx, String>;
    /// A bus.
    fn bus(&self, name: &str) -> Result<BusId, String>;
    /// A tag of events.
    fn tag(&self, name: &str) -> Result<TagIx, String>;
}

/// Collects problems while a part is compiled. `[main-thread]`
#[derive(Debug, Default)]
pub struct Checks {
    problems: Vec<Problem>,
}

impl Checks {
    /// Nothing wrong so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reports a problem.
    pub fn say(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem {
            path: path.into(),
            message: message.into(),
        });
    }

    /// Reports a number that is not in `range` or no number at all.
    pub fn within<T>(&mut self, path: impl Into<String>, value: T, range: RangeInclusive<T>)
    where
        T: Display + PartialOrd,
    {
        if !range.contains(&value) {
            let (lo, hi) = range.into_inner();
            self.say(path, format!("{value} is not in {lo}..={hi}"));
        }
    }

    /// Reports a pair that is not finite, not in `range` or not in order.
    pub fn pair(&mut self, path: impl Into<String>, pair: [f32; 2], range: RangeInclusive<f32>) {
        let path = path.into();
        self.within(format!("{path}[0]"), pair[0], range.clone());
        self.within(format!("{path}[1]"), pair[1], range);
        if pair[0] > pair[1] {
            let [lo, hi] = pair;
            self.say(
                path,
                format!("{lo} is above {hi}: write the lower end first"),
            );
        }
    }

    /// The value, or `None` and a report of why there is none.
    pub fn take<T>(&mut self, path: impl Into<String>, value: Result<T, String>) -> Option<T> {
        value.map_err(|message| self.say(path, message)).ok()
    }

    /// The part, or `None` and a report of all its problems, below `path`.
    pub fn part<T>(&mut self, path: &str, part: Found<T>) -> Option<T> {
        part.map_err(|problems| {
            for problem in problems {
                self.say(join(path, &problem.path), problem.message);
            }
        })
        .ok()
    }

    /// `value` if nothing was wrong. `None` without a report is never given.
    pub fn finish<T>(self, value: Option<T>) -> Found<T> {
        match value {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => Err(self.problems),
        }
    }
}

fn join(above: &str, below: &str) -> String {
    match below {
        "" => above.to_owned(),
        below if below.starts_with('[') || above.is_empty() => format!("{above}{below}"),
        below => format!("{above}.{below}"),
    }
}

/// Milliseconds in whole frames at `sample_rate` hertz, at least 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates, and times are checked before"
)]
pub(crate) fn frames(ms: f64, sample_rate: f64) -> u64 {
    (ms * sample_rate / 1000.0).round() as u64
}

/// The same for times that are checked to be short: at most 2³²-1 frames.
pub(crate) fn short_frames(ms: f32, sample_rate: f64) -> u32 {
    u32::try_from(frames(f64::from(ms), sample_rate)).unwrap_or(u32::MAX)
}

/// The nearest `f32`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "rounding is what is asked for"
)]
pub(crate) fn narrow(x: f64) -> f32 {
    x as f32
}

/// A place as an index. Tables are checked to be far smaller than 2³².
pub(crate) fn index(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// A linear factor of decibels.
pub(crate) fn db_to_gain(db: f64) -> f32 {
    narrow(10f64.powf(db / 20.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_carry_path_value_and_range() {
        let mut checks = Checks::new();
        checks.within("depth_db", f32::NAN, -96.0..=0.0);
        checks.pair("pitch_st", [3.0, -3.0], -24.0..=24.0);
        let inner: Found<()> = Err(vec![Problem {
            path: "[2].x".into(),
            message: "no".into(),
        }]);
        assert!(checks.part("points", inner).is_none());
        let problems = checks.finish(Some(())).unwrap_err();
        let said: Vec<_> = problems.iter().map(|p| (&*p.path, &*p.message)).collect();
        assert_eq!(
            said,
            [
                ("depth_db", "NaN is not in -96..=0"),
                ("pitch_st", "3 is above -3: write the lower end first"),
                ("points[2].x", "no"),
            ]
        );
    }

    #[test]
    fn frames_round_to_the_nearest() {
        assert_eq!(frames(10.0, 44_100.0), 441);
        assert_eq!(frames(0.011, 48_000.0), 1);
        assert_eq!(frames(-5.0, 48_000.0), 0);
    }
}
