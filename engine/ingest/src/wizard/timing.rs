//! The unit of a game's times, and whether they are times within a spin.

use super::purpose::tokens;
use super::score::Each;
use crate::adapter::{Clock, Unit};
use serde_json::Value as Json;

/// Steps from one event to the next that are kept.
const STEPS_MAX: usize = 10_000;
/// Latest time within a spin in milliseconds.
const TIME_MAX_MS: f64 = 3_600_000.0;

pub(super) struct Times {
    pub(super) unit: Unit,
    /// Times beyond a spin are those of a clock that nobody else has: receipt counts then.
    pub(super) clock: Clock,
}

/// Looks at all times at a path.
pub(super) fn find(path: &str, each: &Each<'_>) -> Times {
    let (mut before, mut last_run) = (None, None);
    let (mut steps, mut largest) = (Vec::new(), 0.0_f64);
    each(&mut |run, event| {
        if last_run.replace(run) != Some(run) {
            before = None;
        }
        let Some(now) = event.pointer(path).and_then(Json::as_f64) else {
            return;
        };
        largest = largest.max(now);
        let step = before.replace(now).map(|before: f64| now - before);
        if let Some(step) = step.filter(|step| *step > 0.0 && steps.len() < STEPS_MAX) {
            steps.push(step);
        }
    });
    steps.sort_by(f64::total_cmp);
    let step = steps.get(steps.len() / 2).copied().unwrap_or(0.0);
    let unit = by_name(path).unwrap_or_else(|| by_size(step, largest));
    let ms_per_unit = match unit {
        Unit::S => 1000.0,
        Unit::Ms => 1.0,
        Unit::Us => 0.001,
    };
    let clock = match largest * ms_per_unit {
        ms if ms <= TIME_MAX_MS => Clock::Game,
        _ => Clock::Receive,
    };
    Times { unit, clock }
}

fn by_name(path: &str) -> Option<Unit> {
    let words = tokens(path.rsplit('/').next().unwrap_or(path));
    match words.last().map(String::as_str) {
        Some("s" | "sec" | "secs" | "seconds") => Some(Unit::S),
        Some("ms" | "millis" | "milliseconds") => Some(Unit::Ms),
        Some("us" | "micros" | "microseconds") => Some(Unit::Us),
        _ => None,
    }
}

/// By the steps from event to event, which are tenths of a second; times since 1970 by themselves.
fn by_size(step: f64, largest: f64) -> Unit {
    match (largest, step) {
        (1e9..1e11, _) => Unit::S,
        (1e11..1e14, _) => Unit::Ms,
        (1e14.., _) => Unit::Us,
        (_, step) if step > 0.0 && step < 5.0 => Unit::S,
        (_, step) if step >= 5000.0 => Unit::Us,
        _ => Unit::Ms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_show_in_names_and_sizes() {
        for (step, largest, expected) in [
            (0.15, 3.0, Unit::S),
            (150.0, 3000.0, Unit::Ms),
            (150_000.0, 3e6, Unit::Us),
            (0.1, 1.7e9, Unit::S),
            (100.0, 1.7e12, Unit::Ms),
            (1e5, 1.7e15, Unit::Us),
            (0.0, 0.0, Unit::Ms),
        ] {
            assert_eq!(by_size(step, largest), expected, "{step} {largest}");
        }
        assert_eq!(by_name("/d/t_us"), Some(Unit::Us));
        assert_eq!(by_name("/timeMs"), Some(Unit::Ms));
        assert_eq!(by_name("/time"), None);
    }
}
