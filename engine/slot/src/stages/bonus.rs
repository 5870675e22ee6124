//! Bonus games and the gamble.

use segue_middleware::stage::field::GambleOutcome as Outcome;
use segue_middleware::stage::{FeatureType, Stage};

use super::{Plan, number};
use crate::result::{GambleOutcome, GamblePlay, PickPlay, Revealed};

impl Plan<'_> {
    /// A pick or a wheel, from now on; its jackpots come when it is over.
    pub(super) fn bonus(&mut self, play: &PickPlay, bonus: FeatureType, total_win: i64) {
        self.around.feature = Some(bonus);
        self.push(self.now, Stage::BonusEnter { bonus });
        self.now += self.rules.timing.feature_enter_ms;
        let used = play.reveals.iter().map(|it| it.pick + 1).max().unwrap_or(0);
        let picks = used;
        self.push(self.now, Stage::BonusStart { bonus, picks });
        let mut asked = None;
        for reveal in &play.reveals {
            if asked != Some(reveal.pick) {
                asked = Some(reveal.pick);
                self.now += self.rules.timing.min_event_interval_ms;
                let options = play.options;
                self.push(self.now, Stage::BonusChoice { bonus, options });
            }
            self.now += self.rules.timing.win_line_ms;
            let (prize, value) = prize(reveal.what);
            let terminal = reveal.terminal;
            self.push(self.now, Stage::BonusReveal { value, terminal });
            let prize = prize.to_owned();
            self.push(self.now, Stage::BonusPrizeReveal { prize, value });
        }
        self.now += self.rules.timing.win_reveal_delay_ms;
        self.around.win = Some(total_win);
        let complete = Stage::BonusComplete {
            total: total_win,
            picks_used: used,
        };
        self.push(self.now, complete);
        self.now += self.rules.timing.min_event_interval_ms;
        self.push(self.now, Stage::BonusExit { total_win });
        self.jackpots(&play.jackpots);
    }

    /// The player risks the win, from now on.
    pub(super) fn gamble(&mut self, play: &GamblePlay) {
        self.now += self.rules.timing.min_event_interval_ms;
        if play.rounds.is_empty() && play.stake <= 0 {
            return;
        }
        // What is at stake is a win that is shown.
        self.push(self.now, Stage::GambleStart { stake: play.stake });
        for round in &play.rounds {
            self.now += self.rules.timing.min_event_interval_ms;
            let choice = round.choice.to_string();
            self.push(self.now, Stage::GambleChoice { choice });
            self.now += self.rules.timing.win_line_ms;
            let stage = Stage::GambleResult {
                result: outcome(round.outcome),
                new_amount: round.amount,
            };
            self.push(self.now, stage);
        }
        self.now += self.rules.timing.min_event_interval_ms;
        let collected = play.collected;
        self.push(self.now, Stage::GambleEnd { collected });
    }
}

fn outcome(outcome: GambleOutcome) -> Outcome {
    match outcome {
        GambleOutcome::Win => Outcome::Win,
        GambleOutcome::Lose => Outcome::Lose,
        GambleOutcome::Draw => Outcome::Draw,
    }
}

/// The word of a prize and what it is worth by itself.
fn prize(what: Revealed) -> (&'static str, i64) {
    match what {
        Revealed::Coins(amount) => ("coins", amount),
        Revealed::Multiplier(by) => ("multiplier", by),
        Revealed::ExtraPicks(picks) => ("extra_picks", number(picks as usize).into()),
        Revealed::Jackpot(tier) => (tier.name(), 0),
        Revealed::Collect => ("collect", 0),
        Revealed::EndGame => ("end_game", 0),
    }
}
