//! The level of what a lossy result decodes to: the gain makes up for what coding takes or adds.

use super::super::super::Job;
use super::super::super::gain::{self, Decision, MOST};
use super::super::super::report::Rule;
use super::super::super::settings::{LoudnessMode, Normalise, OverCeiling};
use crate::measure::Measurement;

/// A result is written again with another gain at most this often.
const MOST_CORRECTIONS: u32 = 3;
/// A level that is this close to the target needs no correction, LU.
const CLOSE_ENOUGH: f64 = 0.05;
/// A target that is missed by more was not reached, LU.
const REACHED: f64 = 0.1;

/// Whether the level of the result is only known from reading it back.
pub(super) fn is_read_back(job: &Job) -> bool {
    job.settings.encoding.is_lossy() && job.settings.normalise.is_some_and(|n| has_level(&n))
}

/// Whether there is a level that a gain can bring to a target. That of a loop is not the one that
/// reading it once has.
pub(super) fn has_level(normalise: &Normalise) -> bool {
    let other = matches!(
        normalise.mode,
        LoudnessMode::Keep | LoudnessMode::DynamicRange
    );
    !other && !normalise.is_loop
}

/// The level that the target of the job is compared with.
pub(super) fn of(job: &Job, own: &Measurement) -> f64 {
    let mode = job.settings.normalise.map(|n| n.mode);
    mode.map_or(f64::NAN, |mode| gain::level(mode, own).0)
}

/// Changes the gain if the result misses its target, and whether it has to be written again. `found` is
/// the level and the true peak (dBTP) of what was decoded, `peak` the true peak before the gain.
/// What is missed in the end has a rule that says so.
pub(super) fn is_corrected(
    job: &Job,
    decision: &mut Decision,
    peak: f64,
    found: Option<(f64, f64)>,
    corrections: &mut u32,
) -> bool {
    let normalise = job.settings.normalise.filter(has_level);
    let (Some(normalise), Some((level, own_peak))) = (normalise, found) else {
        return false;
    };
    let missing = normalise.target - level;
    let is_near = !missing.is_finite() || missing.abs() <= CLOSE_ENOUGH;
    if is_near || decision.rule != Rule::Target {
        return false;
    }
    if *corrections < MOST_CORRECTIONS {
        *corrections += 1;
        let before = decision.gain_db;
        correct(&normalise, decision, peak, missing, own_peak);
        if decision.gain_db != before {
            return true;
        }
    }
    if missing.abs() > REACHED && decision.rule == Rule::Target {
        decision.rule = Rule::Unreached;
    }
    false
}

fn correct(normalise: &Normalise, decision: &mut Decision, peak: f64, missing: f64, own_peak: f64) {
    let wanted = decision.gain_db + missing;
    let mut gain_db = wanted.clamp(-MOST, MOST);
    if gain_db != wanted {
        decision.rule = Rule::Range;
    }
    let limits = normalise.over == OverCeiling::Limit;
    match normalise.ceiling {
        Some(ceiling) if limits && peak + gain_db > ceiling => {
            let limit = *decision.limit.get_or_insert(ceiling);
            let most = limit - peak + normalise.max_limiting;
            if gain_db > most {
                (gain_db, decision.rule) = (most, Rule::Limiting);
            }
        }
        // What it decodes to may come up to the ceiling.
        Some(ceiling) if !limits && missing > ceiling - own_peak => {
            gain_db = decision.gain_db + (ceiling - own_peak).max(0.0);
            decision.rule = Rule::Ceiling;
        }
        _ => {}
    }
    decision.gain_db = gain_db.clamp(-MOST, MOST);
}
