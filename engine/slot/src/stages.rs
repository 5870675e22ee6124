//! From what a spin gave to the stages that show it, each at its time.
//!
//! Times are those of the picture, in milliseconds from the press;
//! [`TimingProfile::schedule`](segue_middleware::stage::timing::TimingProfile::schedule) turns them
//! into the frames at which they are heard. Nothing of a reel can be told from what comes before it
//! lands: reels are awaited by the causal rule.

mod anticipation;
mod bonus;
mod feature;
mod reels;
#[cfg(test)]
mod tests;
mod win;

use segue_middleware::stage::tiers::WinTiers;
use segue_middleware::stage::timing::TimingProfile;
use segue_middleware::stage::{FeatureType, Stage, StageEvent, StagePayload, StageTrace};

use crate::game::Game;
use crate::result::SpinResult;

pub use anticipation::{Anticipation, Awaited};

/// How stages are made of spins.
#[derive(Clone, Debug, PartialEq)]
pub struct StageRules {
    /// How long the game takes for what it shows.
    pub timing: TimingProfile,
    /// Win tiers; without them the profile says how long wins count up.
    pub tiers: Option<WinTiers>,
    /// Which reels are awaited.
    pub anticipation: Anticipation,
    /// Lines of a win that are shown one by one.
    pub max_lines_shown: usize,
    /// Frames a second: what must not fall together is a frame apart.
    pub sample_rate: f64,
}

impl StageRules {
    /// The rules of a game in a timing profile.
    pub fn new(timing: TimingProfile, game: &Game) -> Self {
        Self {
            timing,
            tiers: Some(WinTiers::default()),
            anticipation: Anticipation::of(game),
            max_lines_shown: 4,
            sample_rate: 48_000.0,
        }
    }

    /// The stages of a spin, from its press to its end, features and all, in the order of their
    /// times. `[thread-safe]`
    pub fn spin(&self, result: &SpinResult) -> StageTrace {
        self.spins(std::slice::from_ref(result), 0.0)
    }

    /// The stages of spins one after the other, `pause_ms` between them. `[thread-safe]`
    pub fn spins(&self, results: &[SpinResult], pause_ms: f64) -> StageTrace {
        let pauses = std::iter::once(0.0).chain(std::iter::repeat(pause_ms));
        self.session(pauses.zip(results))
    }

    /// The stages of a session: spins, each with the milliseconds that are waited before it.
    /// `[thread-safe]`
    pub fn session<'a>(
        &self,
        spins: impl IntoIterator<Item = (f64, &'a SpinResult)>,
    ) -> StageTrace {
        let mut plan = Plan::new(self);
        for (pause_ms, result) in spins {
            plan.now += pause_ms.max(0.0);
            plan.spin(result);
        }
        // Stable: stages of one time stay in the order in which they were made.
        plan.events
            .sort_by(|a, b| a.timestamp_ms.total_cmp(&b.timestamp_ms));
        StageTrace {
            events: plan.events,
            timing_profile: Some(self.timing.name.clone()),
            ..StageTrace::default()
        }
    }
}

/// Stages as they are made.
struct Plan<'a> {
    rules: &'a StageRules,
    events: Vec<StageEvent>,
    /// Where the game is, in milliseconds.
    now: f64,
    /// What is known around the stages that are made now.
    around: StagePayload,
    /// The feature whose free spins are played, by its number in the game.
    free: Option<u8>,
    /// Fixed times are 0 in a profile in which nothing takes time.
    fixed: f64,
}

impl<'a> Plan<'a> {
    fn new(rules: &'a StageRules) -> Self {
        Self {
            rules,
            events: Vec::new(),
            now: 0.0,
            around: StagePayload::default(),
            free: None,
            fixed: if rules.timing.is_instant() { 0.0 } else { 1.0 },
        }
    }

    /// A time that no profile changes, in milliseconds.
    fn fixed(&self, ms: f64) -> f64 {
        self.fixed * ms
    }

    fn push(&mut self, at: f64, stage: Stage) -> &mut StageEvent {
        let mut event = StageEvent::new(stage, at);
        event.payload = self.around.clone();
        self.events.push(event);
        let last = self.events.len() - 1;
        &mut self.events[last]
    }

    /// A whole spin, from now on.
    fn spin(&mut self, result: &SpinResult) {
        let outer = self.around.clone();
        self.around.bet = Some(result.bet);
        let landed = self.reels(result);
        let counted = landed
            + self
                .rules
                .timing
                .min_event_interval_ms
                .max(self.fixed(50.0));
        self.around.win = Some(result.base_win);
        self.around.ratio = ratio(result.base_win, result.bet);
        self.now = counted;
        self.push(counted, Stage::EvaluateWins {});
        self.win(result);
        self.jackpots(&result.jackpots);
        for feature in &result.features {
            self.feature(feature);
        }
        if let Some(gamble) = &result.gamble {
            self.gamble(gamble);
        }
        self.now += self.fixed(100.0);
        self.around.win = Some(result.paid());
        self.around.ratio = ratio(result.paid(), result.bet);
        self.push(self.now, Stage::SpinEnd {});
        self.around = outer;
    }

    /// Inside of a feature every stage knows it.
    fn within(&mut self, feature: FeatureType, multiplier: f64) {
        self.around.feature = Some(feature);
        self.around.multiplier = Some(multiplier);
    }
}

/// Win over bet, for people.
#[expect(clippy::cast_precision_loss, reason = "derived, never counted with")]
fn ratio(win: i64, bet: i64) -> Option<f64> {
    (bet > 0).then(|| win as f64 / bet as f64)
}

#[expect(clippy::cast_precision_loss, reason = "multipliers are far below 2^53")]
fn times(multiplier: i64) -> f64 {
    multiplier as f64
}

/// A place in a list as stages count.
fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
