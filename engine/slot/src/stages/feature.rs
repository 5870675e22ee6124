//! Features and jackpots, from their entry to their exit.

use segue_middleware::stage::field::JackpotTier;
use segue_middleware::stage::{FeatureType, Stage};

use super::{Plan, number, times};
use crate::game::Tier;
use crate::result::{Feature, FeaturePlay, FreeSpinsPlay, HoldPlay, JackpotWin};

impl Plan<'_> {
    /// A feature, from now on.
    pub(super) fn feature(&mut self, feature: &Feature) {
        let outer = self.around.clone();
        match &feature.play {
            FeaturePlay::FreeSpins(play) => {
                let before = self.free.replace(feature.index);
                self.free_spins(play, feature.total_win);
                self.free = before;
            }
            FeaturePlay::HoldAndWin(play) => self.hold(play, feature.total_win),
            FeaturePlay::Pick(play) => {
                self.bonus(play, FeatureType::PickBonus, feature.total_win);
            }
            FeaturePlay::Wheel(play) => {
                self.bonus(play, FeatureType::WheelBonus, feature.total_win);
            }
        }
        self.around = outer;
    }

    fn free_spins(&mut self, play: &FreeSpinsPlay, total_win: i64) {
        let feature = FeatureType::FreeSpins;
        let multiplier = times(play.multiplier);
        self.within(feature, multiplier);
        self.enter(feature, Some(play.awarded), multiplier);
        let mut total = play.awarded;
        for (index, spin) in (0..).zip(&play.spins) {
            self.around.spins_remaining = Some(total.saturating_sub(index));
            self.spin(spin);
            for more in play.retriggers.iter().filter(|it| it.spin == index) {
                total = more.new_total;
                let stage = Stage::FeatureRetrigger {
                    additional: more.additional,
                    new_total: Some(more.new_total),
                };
                self.push(self.now, stage);
            }
            let remaining = total.saturating_sub(index + 1);
            self.step(index, Some(remaining), multiplier);
        }
        let counts = (number(play.spins.len()), number(play.retriggers.len()));
        self.leave(feature, total_win, counts);
    }

    fn hold(&mut self, play: &HoldPlay, total_win: i64) {
        let feature = FeatureType::HoldAndSpin;
        self.within(feature, 1.0);
        self.enter(feature, None, 1.0);
        for (index, round) in (0..).zip(&play.rounds) {
            self.now += self.rules.timing.first_stop_ms;
            self.around.spins_remaining = Some(round.respins_left);
            self.step(index, Some(round.respins_left), 1.0);
        }
        self.leave(feature, total_win, (number(play.rounds.len()), 0));
        self.jackpots(&play.jackpots);
    }

    fn enter(&mut self, feature: FeatureType, total_steps: Option<u32>, multiplier: f64) {
        let stage = Stage::FeatureEnter {
            feature,
            total_steps,
            multiplier,
        };
        self.push(self.now, stage);
        self.now += self.rules.timing.feature_enter_ms;
    }

    fn step(&mut self, index: u32, remaining: Option<u32>, multiplier: f64) {
        let stage = Stage::FeatureStep {
            index,
            remaining,
            multiplier,
        };
        self.push(self.now, stage);
        self.now += self.rules.timing.min_event_interval_ms;
    }

    fn leave(&mut self, feature: FeatureType, total_win: i64, (spins, retriggers): (u32, u32)) {
        self.around.win = Some(total_win);
        self.push(self.now, Stage::FeatureExit { total_win });
        self.now += self.rules.timing.min_event_interval_ms;
        let stage = Stage::FsSummary {
            total_win,
            spins_played: spins,
            retriggers,
            feature,
        };
        self.push(self.now, stage);
        self.now += self.rules.timing.feature_enter_ms;
    }

    /// Jackpots, one after the other, from now on.
    pub(super) fn jackpots(&mut self, jackpots: &[JackpotWin]) {
        for jackpot in jackpots {
            let (tier, amount) = (tier(jackpot.tier), jackpot.amount);
            let start = self.now + self.fixed(500.0);
            let at = |after: f64| start + after;
            let times = [0.0, 2500.0, 3000.0, 4000.0].map(|ms| at(self.fixed(ms)));
            let [trigger, reveal, present, end] = times;
            self.push(trigger, Stage::JackpotTrigger { tier });
            self.push(trigger, Stage::JackpotBuildup { tier });
            self.push(reveal, Stage::JackpotReveal { amount, tier });
            self.push(present, Stage::JackpotPresent { amount, tier });
            self.push(present, Stage::JackpotCelebration { tier });
            self.push(end, Stage::JackpotEnd {});
            self.now = end;
        }
    }
}

fn tier(tier: Tier) -> JackpotTier {
    match tier {
        Tier::Mini => JackpotTier::Mini,
        Tier::Minor => JackpotTier::Minor,
        Tier::Major => JackpotTier::Major,
        Tier::Grand => JackpotTier::Grand,
    }
}
