//! What the adaptive layers hear of stages: the built-in signals, as the game goes.

use super::event::StageEvent;
use super::table::Stage;

/// A signal and its value.
pub type SignalValue = (&'static str, f32);

/// Follows a game and says how its signals move. All values are raw; the adaptive profile says how
/// they are normalised.
#[derive(Clone, Debug, Default)]
pub struct SignalTracker {
    wins: u32,
    losses: u32,
    /// Wins were counted, but not told yet: the end of the spin tells them.
    is_untold: bool,
    /// Bets won or lost since the start.
    profit: f64,
    /// Mean of the last spins, in bets.
    trend: f64,
}

/// How much the last spin counts in the trend.
const TREND: f64 = 0.2;

impl SignalTracker {
    /// A game at its start.
    pub fn new() -> Self {
        Self::default()
    }

    /// The signals that an event moves, in their order.
    pub fn take(&mut self, event: &StageEvent) -> Vec<SignalValue> {
        match &event.stage {
            Stage::UiSpinPress {} => vec![
                ("win_tier", 0.0),
                ("win_x_bet", 0.0),
                ("cascade_depth", 0.0),
                ("near_miss_intensity", 0.0),
                ("anticipation_level", 0.0),
            ],
            Stage::EvaluateWins {} => self.spin(event),
            Stage::SpinEnd {} => {
                let mut moved = match std::mem::take(&mut self.is_untold) {
                    true => self.spin(event),
                    false => Vec::new(),
                };
                moved.extend(self.settle(event));
                moved
            }
            Stage::BigWinTier { tier, .. } => vec![("win_tier", f32::from(*tier))],
            Stage::AnticipationTensionLayer { tension, .. } => {
                let levels = f32::from(super::anticipation::LEVELS);
                vec![("anticipation_level", f32::from(*tension) / levels)]
            }
            Stage::AnticipationOff { .. } => vec![("anticipation_level", 0.0)],
            Stage::CascadeStep { index, multiplier } => vec![
                ("cascade_depth", single(f64::from(*index) + 1.0)),
                ("multiplier", single(*multiplier)),
            ],
            Stage::MultiplierChange { value } => vec![("multiplier", single(*value))],
            Stage::MultiplierApply { multiplier, .. } => vec![("multiplier", single(*multiplier))],
            Stage::NearMiss { proximity, .. } => vec![("near_miss_intensity", single(*proximity))],
            Stage::JackpotTrigger { .. } => vec![("jackpot_proximity", 1.0)],
            Stage::JackpotEnd {} => vec![("jackpot_proximity", 0.0)],
            other => of_feature(other),
        }
    }

    /// What the window won. A win that does not cover what was paid for it is a loss; spins of a
    /// feature cost nothing.
    #[expect(clippy::cast_precision_loss, reason = "a signal is no account")]
    fn spin(&mut self, event: &StageEvent) -> Vec<SignalValue> {
        let (Some(win), Some(bet)) = (event.payload.win, event.payload.bet) else {
            self.is_untold = event.stage == (Stage::EvaluateWins {});
            return Vec::new();
        };
        self.is_untold = false;
        let paid = if in_feature(event) { 0 } else { bet };
        if win > paid {
            (self.wins, self.losses) = (self.wins.saturating_add(1), 0);
        } else {
            (self.wins, self.losses) = (0, self.losses.saturating_add(1));
        }
        let times = win as f64 / bet.max(1) as f64;
        let (wins, losses) = (single(self.wins.into()), single(self.losses.into()));
        vec![
            ("win_x_bet", single(times)),
            ("consecutive_wins", wins),
            ("consecutive_losses", losses),
            ("win_streak_length", wins),
            ("loss_streak_length", losses),
        ]
    }

    /// What a spin that was paid for gave in the end, with all that it led to.
    #[expect(clippy::cast_precision_loss, reason = "a signal is no account")]
    fn settle(&mut self, event: &StageEvent) -> Vec<SignalValue> {
        let (Some(win), Some(bet), false) =
            (event.payload.win, event.payload.bet, in_feature(event))
        else {
            return Vec::new();
        };
        let gained = win as f64 / bet.max(1) as f64 - 1.0;
        self.profit += gained;
        self.trend += TREND * (gained - self.trend);
        vec![
            ("balance_trend", single(self.trend)),
            ("session_profit", single(self.profit)),
        ]
    }
}

/// Whether an event belongs to a spin that a feature gave.
fn in_feature(event: &StageEvent) -> bool {
    event.payload.feature.is_some()
}

fn of_feature(stage: &Stage) -> Vec<SignalValue> {
    match stage {
        Stage::FeatureEnter {
            total_steps,
            multiplier,
            ..
        } => vec![
            ("feature_progress", 0.0),
            ("spins_in_feature", 0.0),
            (
                "total_feature_spins",
                single(total_steps.unwrap_or(0).into()),
            ),
            ("multiplier", single(*multiplier)),
        ],
        Stage::FeatureStep {
            index,
            remaining,
            multiplier,
        } => {
            let done = f64::from(*index) + 1.0;
            let left = f64::from(remaining.unwrap_or(0));
            vec![
                ("spins_in_feature", single(done)),
                ("respins_remaining", single(left)),
                ("feature_progress", single(done / (done + left))),
                ("multiplier", single(*multiplier)),
            ]
        }
        Stage::FeatureRetrigger {
            new_total: Some(total),
            ..
        } => vec![("total_feature_spins", single(f64::from(*total)))],
        Stage::FeatureExit { .. } => vec![
            ("feature_progress", 0.0),
            ("spins_in_feature", 0.0),
            ("respins_remaining", 0.0),
            ("total_feature_spins", 0.0),
            ("multiplier", 1.0),
        ],
        _ => Vec::new(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "signals are of single precision"
)]
fn single(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::FeatureType;

    fn take(
        tracker: &mut SignalTracker,
        stage: Stage,
        win: i64,
        is_free: bool,
    ) -> Vec<SignalValue> {
        let mut event = StageEvent::new(stage, 0.0);
        (event.payload.win, event.payload.bet) = (Some(win), Some(100));
        event.payload.feature = is_free.then_some(FeatureType::FreeSpins);
        tracker.take(&event)
    }

    /// A paid spin of 100 that wins 50 and leads to three free spins: 0, 40 and 310.
    #[test]
    fn free_spins_cost_nothing_and_the_balance_has_everything() {
        let mut tracker = SignalTracker::new();
        let value = |all: &[SignalValue], name: &str| {
            let found = all.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| *value)
        };
        let base = take(&mut tracker, Stage::EvaluateWins {}, 50, false);
        assert_eq!(value(&base, "consecutive_losses"), Some(1.0));
        assert_eq!(value(&base, "session_profit"), None);
        for (win, wins, losses) in [(0, 0.0, 2.0), (40, 1.0, 0.0), (310, 2.0, 0.0)] {
            let free = take(&mut tracker, Stage::EvaluateWins {}, win, true);
            assert_eq!(value(&free, "consecutive_wins"), Some(wins), "{win}");
            assert_eq!(value(&free, "consecutive_losses"), Some(losses), "{win}");
            assert_eq!(take(&mut tracker, Stage::SpinEnd {}, win, true), []);
        }
        let end = take(&mut tracker, Stage::SpinEnd {}, 400, false);
        assert_eq!(value(&end, "session_profit"), Some(3.0));
        assert_eq!(value(&end, "balance_trend"), Some(0.6));
        let end = take(&mut tracker, Stage::SpinEnd {}, 0, false);
        assert_eq!(value(&end, "session_profit"), Some(2.0));
        assert_eq!(value(&end, "consecutive_losses"), None);
    }

    /// A game that says what it won after its wins were counted, or not at all, as it is nothing.
    #[test]
    fn a_win_that_is_told_late_counts_at_the_end_of_its_spin() {
        let mut tracker = SignalTracker::new();
        for (win, expected) in [(0, (0.0, 1.0)), (0, (0.0, 2.0)), (300, (1.0, 0.0))] {
            let counted = StageEvent::new(Stage::EvaluateWins {}, 0.0);
            assert_eq!(tracker.take(&counted), []);
            let end = take(&mut tracker, Stage::SpinEnd {}, win, false);
            let value = |name: &str| end.iter().find(|(known, _)| *known == name).unwrap().1;
            let streaks = (value("consecutive_wins"), value("consecutive_losses"));
            assert_eq!(streaks, expected, "{win}");
            assert!(end.iter().any(|(name, _)| *name == "session_profit"));
        }
    }
}
