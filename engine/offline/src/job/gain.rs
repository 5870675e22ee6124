//! From what was measured to the gain.

use super::crest::Curve;
use super::report::Rule;
use super::settings::{LoudnessMode, Normalise, OverCeiling};
use crate::measure::Measurement;

/// Largest gain either way, dB.
pub(crate) const MOST: f64 = 40.0;
/// Below this a sound is silence, LUFS.
const SILENT: f64 = -70.0;

/// What will be done to the samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Decision {
    pub(crate) gain_db: f64,
    pub(crate) rule: Rule,
    /// The limiter's ceiling, dBTP, if it runs.
    pub(crate) limit: Option<f64>,
    /// Where the true peak would be above the ceiling, if the job must fail.
    pub(crate) fails_at: Option<f64>,
    /// What is done to levels before the gain.
    pub(crate) curve: Curve,
    /// The gain is that of a group: no sound may have one of its own.
    pub(crate) is_shared: bool,
    /// Every result is measured as it decodes: one of those that share the gain is lossy.
    pub(crate) reads_levels: bool,
}

impl Decision {
    pub(crate) const NONE: Self = Self {
        gain_db: 0.0,
        rule: Rule::None,
        limit: None,
        fails_at: None,
        curve: Curve::NONE,
        is_shared: false,
        reads_levels: false,
    };
}

/// The measured level that the target is compared with, and its name.
pub(crate) fn level(mode: LoudnessMode, m: &Measurement) -> (f64, &'static str) {
    match mode {
        LoudnessMode::Lufs | LoudnessMode::Keep => m.loudness(),
        // A sound below 3 s is measured with silence around it, whatever its place in the file.
        LoudnessMode::MaxMomentary => (m.one_shot.unwrap_or(m.max_momentary), "max_m"),
        LoudnessMode::MaxShortTerm => (m.max_short_term, "max_s"),
        LoudnessMode::Rms => (m.rms, "rms"),
        LoudnessMode::Peak => (m.sample_peak, "peak"),
        LoudnessMode::TruePeak => (m.true_peak, "true_peak"),
        LoudnessMode::DynamicRange => (m.dynamics.map_or(f64::NAN, |d| d.range), "dr"),
    }
}

/// The gain for one sound (or a group with this level and true peak).
pub(crate) fn decide(normalise: &Normalise, level: f64, true_peak: f64) -> Decision {
    if normalise.mode == LoudnessMode::Keep {
        return below(normalise, Decision::NONE, true_peak);
    }
    if level.is_nan() || level < SILENT {
        return Decision {
            rule: Rule::Silence,
            ..Decision::NONE
        };
    }
    let wanted = normalise.target - level;
    let gain_db = wanted.clamp(-MOST, MOST);
    let rule = if gain_db == wanted {
        Rule::Target
    } else {
        Rule::Range
    };
    let free = Decision {
        gain_db,
        rule,
        ..Decision::NONE
    };
    below(normalise, free, true_peak)
}

/// The same, with the ceiling.
pub(crate) fn below(normalise: &Normalise, free: Decision, true_peak: f64) -> Decision {
    match normalise.ceiling {
        Some(ceiling) if true_peak + free.gain_db > ceiling => {
            held(normalise, free, true_peak, ceiling)
        }
        _ => free,
    }
}

fn held(normalise: &Normalise, free: Decision, true_peak: f64, ceiling: f64) -> Decision {
    let headroom = ceiling - true_peak;
    match normalise.over {
        OverCeiling::Fail => Decision {
            fails_at: Some(true_peak + free.gain_db),
            ..free
        },
        OverCeiling::Reduce => {
            if headroom < -MOST {
                return Decision {
                    fails_at: Some(true_peak - MOST),
                    ..free
                };
            }
            Decision {
                gain_db: headroom.min(MOST),
                rule: Rule::Ceiling,
                ..free
            }
        }
        OverCeiling::Limit => {
            let most = (headroom + normalise.max_limiting).min(free.gain_db);
            if most < -MOST {
                // Behind a limiter that works as hard as it may.
                return Decision {
                    fails_at: Some(true_peak - MOST - normalise.max_limiting),
                    ..free
                };
            }
            let rule = if most < free.gain_db {
                Rule::Limiting
            } else {
                free.rule
            };
            Decision {
                gain_db: most,
                rule,
                limit: Some(ceiling),
                ..free
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lufs(target: f64, over: OverCeiling) -> Normalise {
        Normalise {
            over,
            ..Normalise::new(LoudnessMode::Lufs, target)
        }
    }

    #[test]
    fn every_rule() {
        let reduce = lufs(-16.0, OverCeiling::Reduce);
        let row = |n: &Normalise, level, peak| {
            let d = decide(n, level, peak);
            (d.gain_db, d.rule)
        };
        assert_eq!(row(&reduce, -23.0, -20.0), (7.0, Rule::Target));
        assert_eq!(row(&reduce, -23.0, -5.0), (4.0, Rule::Ceiling));
        assert_eq!(row(&reduce, -10.0, 0.5), (-6.0, Rule::Target));
        assert_eq!(row(&reduce, -65.0, -50.0), (40.0, Rule::Range));
        assert_eq!(row(&reduce, -71.0, -50.0), (0.0, Rule::Silence));
        assert_eq!(
            row(&reduce, f64::NEG_INFINITY, f64::NEG_INFINITY),
            (0.0, Rule::Silence)
        );
        let limit = lufs(-16.0, OverCeiling::Limit);
        assert_eq!(row(&limit, -23.0, -5.0), (7.0, Rule::Target));
        assert_eq!(decide(&limit, -23.0, -5.0).limit, Some(-1.0));
        assert_eq!(row(&limit, -30.0, -5.0), (10.0, Rule::Limiting));
        let keep = Normalise::below(-1.0);
        assert_eq!(row(&keep, -30.0, -5.0), (0.0, Rule::None));
        assert_eq!(row(&keep, -90.0, 2.0), (-3.0, Rule::Ceiling));
        let fail = decide(&lufs(-16.0, OverCeiling::Fail), -23.0, -5.0);
        assert_eq!(fail.fails_at, Some(2.0));
    }

    #[test]
    fn a_ceiling_that_no_gain_holds_is_an_error() {
        let fails = |n: &Normalise, peak| decide(n, 60.0, peak).fails_at;
        let reduce = lufs(-23.0, OverCeiling::Reduce);
        assert_eq!(fails(&reduce, 39.0), None);
        assert_eq!(fails(&reduce, 39.5), Some(-0.5));
        assert_eq!(fails(&Normalise::below(-1.0), 46.0), Some(6.0));
        // The limiter takes 6 dB.
        let limit = lufs(-23.0, OverCeiling::Limit);
        assert_eq!(fails(&limit, 45.0), None);
        assert_eq!(decide(&limit, 60.0, 45.0).gain_db, -40.0);
        assert_eq!(fails(&limit, 86.0), Some(40.0));
    }
}
