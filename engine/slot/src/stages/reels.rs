//! Reels: they turn, are awaited, land, and symbols fall.

use segue_middleware::stage::Stage;
use segue_middleware::stage::anticipation::LEVELS;
use segue_middleware::stage::field::Reason;

use super::{Plan, number, times};
use crate::game::SymbolKind;
use crate::result::SpinResult;

/// From the end of the wait to the stop of its reel, in milliseconds.
const AFTER_WAIT: f64 = 50.0;
/// From one reel that begins to turn to the next.
const START_STEP: f64 = 10.0;

impl Plan<'_> {
    /// From the press to when everything lies still; the time of that.
    pub(super) fn reels(&mut self, result: &SpinResult) -> f64 {
        let press = self.now;
        self.push(press, Stage::UiSpinPress {});
        self.push(press, Stage::ReelSpinLoop {});
        let first = press + self.rules.timing.min_event_interval_ms;
        let mut turning = press;
        for reel in 0..reels(result) {
            turning = first + self.fixed(START_STEP) * f64::from(reel);
            self.push(turning, Stage::ReelSpinningStart { reel });
        }
        // A reel does not land before all of them turn.
        let landed = self.stops(result, press, turning);
        self.near_miss(result, landed);
        self.cascade(result, landed)
    }

    /// Lands the reels; the time of the last one.
    fn stops(&mut self, result: &SpinResult, press: f64, turning: f64) -> f64 {
        let rules = self.rules;
        let reasons = rules.anticipation.reasons(self.free, &result.window);
        let mut landed = press;
        let mut together = None;
        let mut level = 0;
        for reel in 0..reels(result) {
            let next = match reel {
                0 => (press + rules.timing.first_stop_ms).max(turning),
                _ => landed + rules.timing.stop_interval_ms,
            };
            let reason = reasons.get(usize::from(reel)).copied().flatten();
            landed = match reason {
                None => next,
                Some(reason) => {
                    level = (level + 1).min(LEVELS);
                    let sequential = rules.anticipation.sequential_stop;
                    let from = *together.get_or_insert(landed);
                    let from = if sequential { landed } else { from };
                    let tension = if rules.anticipation.tension_escalation {
                        level
                    } else {
                        1
                    };
                    let end = self.wait(reel, tension, reason, from) + self.fixed(AFTER_WAIT);
                    if sequential { end } else { end.max(next) }
                }
            };
            self.land(result, reel, landed);
        }
        landed
    }

    /// A reel is awaited from a time on; when the wait ends.
    fn wait(&mut self, reel: u8, tension: u8, reason: Reason, from: f64) -> f64 {
        let length = self.rules.timing.anticipation_ms;
        let frame = 1000.0 / self.rules.sample_rate;
        let half = length / 2.0;
        // Full tension comes after half of it, and never after the wait.
        let full = (half + frame)
            .max(length - self.fixed(AFTER_WAIT))
            .min(length);
        let reason = Some(reason);
        self.push(from, Stage::AnticipationOn { reel, reason });
        for (at, progress) in [(0.0, 0.0), (half, 0.5), (full, 1.0)] {
            let stage = Stage::AnticipationTensionLayer {
                reel,
                tension,
                reason,
                progress,
            };
            self.push(from + at, stage);
        }
        self.push(from + length, Stage::AnticipationOff { reel });
        from + length
    }

    fn land(&mut self, result: &SpinResult, reel: u8, at: f64) {
        let place = usize::from(reel);
        let symbols = result.window[place].iter().map(|symbol| u16::from(*symbol));
        let symbols = symbols.collect();
        self.push(at, Stage::ReelSpinningStop { reel });
        let stop = self.push(at, Stage::ReelStop { reel, symbols });
        stop.payload.symbol = special(result, place).map(str::to_owned);
    }

    fn near_miss(&mut self, result: &SpinResult, at: f64) {
        let Some(near) = &result.near_miss else {
            return;
        };
        let cells = result.window.iter().zip(&result.kinds);
        let mut cells = cells.flat_map(|(symbols, kinds)| symbols.iter().zip(kinds));
        let kind = cells.find(|(symbol, _)| **symbol == near.symbol);
        let reason = match kind {
            Some((_, SymbolKind::Bonus)) => Reason::Bonus,
            _ => Reason::Scatter,
        };
        let stage = Stage::NearMiss {
            reel: Some(near.reel),
            reason,
            proximity: near.proximity(),
        };
        self.push(at, stage);
    }

    /// Symbols fall; the time when they lie still.
    fn cascade(&mut self, result: &SpinResult, landed: f64) -> f64 {
        if result.cascade.is_empty() {
            return landed;
        }
        let step = self.rules.timing.cascade_step_ms;
        let mut at = landed + self.rules.timing.min_event_interval_ms;
        self.push(at, Stage::CascadeStart {});
        for (index, fall) in result.cascade.iter().enumerate() {
            at += step;
            let stage = Stage::CascadeStep {
                index: number(index),
                multiplier: times(fall.multiplier),
            };
            self.push(at, stage).payload.win = Some(fall.win);
        }
        let stage = Stage::CascadeEnd {
            steps: number(result.cascade.len()),
            total_win: result.cascade.iter().map(|fall| fall.win).sum(),
        };
        self.push(at + step, stage);
        at + step
    }
}

fn reels(result: &SpinResult) -> u8 {
    u8::try_from(result.window.len()).unwrap_or(u8::MAX)
}

/// The most special kind of symbol that a reel shows.
fn special(result: &SpinResult, reel: usize) -> Option<&'static str> {
    let kinds = result.kinds.get(reel)?;
    let order = [
        (SymbolKind::Bonus, "bonus"),
        (SymbolKind::Scatter, "scatter"),
        (SymbolKind::Wild, "wild"),
    ];
    let found = order.iter().find(|(kind, _)| kinds.contains(kind));
    found.map(|(_, word)| *word)
}
