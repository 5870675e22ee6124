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

    /// The result of a spin.
    #[expect(clippy::cast_precision_loss, reason = "a signal is no account")]
    fn spin(&mut self, event: &StageEvent) -> Vec<SignalValue> {
        let (Some(win), Some(bet)) = (event.payload.win, event.payload.bet) else {
            return Vec::new();
        };
        // A win that does not cover its bet is a loss.
        if win > bet {
            (self.wins, self.losses) = (self.wins.saturating_add(1), 0);
        } else {
            (self.wins, self.losses) = (0, self.losses.saturating_add(1));
        }
        let times = win as f64 / bet.max(1) as f64;
        self.profit += times - 1.0;
        self.trend += TREND * (times - 1.0 - self.trend);
        let (wins, losses) = (single(self.wins.into()), single(self.losses.into()));
        vec![
            ("win_x_bet", single(times)),
            ("consecutive_wins", wins),
            ("consecutive_losses", losses),
            ("win_streak_length", wins),
            ("loss_streak_length", losses),
            ("balance_trend", single(self.trend)),
            ("session_profit", single(self.profit)),
        ]
    }
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
