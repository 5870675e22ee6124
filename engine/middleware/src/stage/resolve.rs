//! Times for traces that have none: a game that tells what happens, but not when.

use super::bind::times_as_slow;
use super::event::StageTrace;
use super::table::Stage;
use super::timing::{PROFILES, TimingProfile};

/// How long things take, in milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolverProfile {
    /// What it is called.
    pub name: String,
    /// From the start of the reels to the first that lands.
    pub first_stop_ms: f64,
    /// From one reel to the next.
    pub stop_interval_ms: f64,
    /// One line is shown so long.
    pub win_line_ms: f64,
    /// Credits that count up in a second; 0 is at once.
    pub rollup_credits_per_s: f64,
    /// A feature opens so long.
    pub feature_enter_ms: f64,
    /// A step of a feature.
    pub feature_step_ms: f64,
    /// A cascade.
    pub cascade_ms: f64,
    /// A reel is awaited at least so long.
    pub anticipation_min_ms: f64,
    /// Before reels turn.
    pub reel_spinning_delay_ms: f64,
    /// Before wins are counted.
    pub evaluate_delay_ms: f64,
    /// Before a win is shown.
    pub win_present_delay_ms: f64,
    /// Before it counts up.
    pub rollup_start_delay_ms: f64,
    /// Before a big win.
    pub big_win_delay_ms: f64,
    /// Before the spin ends.
    pub spin_end_delay_ms: f64,
    /// Before nobody plays.
    pub idle_delay_ms: f64,
    /// How long each tier of a big win plays.
    pub big_win_tier_ms: [f64; 5],
}

impl ResolverProfile {
    /// The resolver of a timing profile by its name; `studio` and others are as `normal`.
    pub fn built_in(name: &str) -> Self {
        let (times, delay, tiers) = match name {
            "instant" => ([0.0; 8], 0.0, 0.0),
            "turbo" => (
                [300.0, 50.0, 100.0, 500.0, 400.0, 200.0, 150.0, 500.0],
                0.4,
                0.5,
            ),
            "mobile" => (
                [600.0, 120.0, 300.0, 150.0, 1000.0, 500.0, 400.0, 1500.0],
                0.8,
                1.0,
            ),
            _ => (
                [800.0, 150.0, 300.0, 100.0, 1000.0, 500.0, 400.0, 1500.0],
                1.0,
                1.0,
            ),
        };
        let [
            first,
            interval,
            line,
            speed,
            enter,
            step,
            cascade,
            anticipation,
        ] = times;
        Self {
            name: name.to_owned(),
            first_stop_ms: first,
            stop_interval_ms: interval,
            win_line_ms: line,
            rollup_credits_per_s: speed,
            feature_enter_ms: enter,
            feature_step_ms: step,
            cascade_ms: cascade,
            anticipation_min_ms: anticipation,
            reel_spinning_delay_ms: 100.0 * delay,
            evaluate_delay_ms: 100.0 * delay,
            win_present_delay_ms: 200.0 * delay,
            rollup_start_delay_ms: 100.0 * delay,
            big_win_delay_ms: 500.0 * delay,
            spin_end_delay_ms: 200.0 * delay,
            idle_delay_ms: 1000.0 * delay,
            big_win_tier_ms: [3000.0, 5000.0, 8000.0, 12_000.0, 15_000.0].map(|ms| ms * tiers),
        }
    }

    /// How long an amount counts up.
    #[expect(clippy::cast_precision_loss, reason = "a duration is no account")]
    fn rollup_ms(&self, amount: i64) -> f64 {
        if self.rollup_credits_per_s <= 0.0 {
            return 0.0;
        }
        (1000.0 * amount as f64 / self.rollup_credits_per_s).clamp(500.0, 10_000.0)
    }

    /// The resolver of a timing profile: the built-in one of its name, else the times of the profile
    /// itself, and the delays of `normal`. Of `NAME@K` everything takes K times as long.
    pub fn of(timing: &TimingProfile) -> Self {
        let (base, k) = times_as_slow(&timing.name).unwrap_or((&timing.name, 1.0));
        let name = timing.name.clone();
        let built_in = TimingProfile::built_in(base).map(|it| TimingProfile {
            name: name.clone(),
            ..it.scaled(k)
        });
        if built_in.as_ref() == Some(timing) {
            return Self {
                name,
                ..Self::built_in(base).scaled(k)
            };
        }
        Self {
            name,
            first_stop_ms: timing.first_stop_ms,
            stop_interval_ms: timing.stop_interval_ms,
            win_line_ms: timing.win_line_ms,
            rollup_credits_per_s: timing.rollup_credits_per_s,
            feature_enter_ms: timing.feature_enter_ms,
            cascade_ms: timing.cascade_step_ms,
            anticipation_min_ms: timing.anticipation_ms,
            ..Self::built_in(PROFILES[0]).scaled(k)
        }
    }

    /// Everything takes `k` times as long.
    fn scaled(self, k: f64) -> Self {
        Self {
            name: self.name,
            first_stop_ms: self.first_stop_ms * k,
            stop_interval_ms: self.stop_interval_ms * k,
            win_line_ms: self.win_line_ms * k,
            rollup_credits_per_s: self.rollup_credits_per_s / k,
            feature_enter_ms: self.feature_enter_ms * k,
            feature_step_ms: self.feature_step_ms * k,
            cascade_ms: self.cascade_ms * k,
            anticipation_min_ms: self.anticipation_min_ms * k,
            reel_spinning_delay_ms: self.reel_spinning_delay_ms * k,
            evaluate_delay_ms: self.evaluate_delay_ms * k,
            win_present_delay_ms: self.win_present_delay_ms * k,
            rollup_start_delay_ms: self.rollup_start_delay_ms * k,
            big_win_delay_ms: self.big_win_delay_ms * k,
            spin_end_delay_ms: self.spin_end_delay_ms * k,
            idle_delay_ms: self.idle_delay_ms * k,
            big_win_tier_ms: self.big_win_tier_ms.map(|ms| ms * k),
        }
    }

    /// Gives every event a time, in the order of the trace: times never go back.
    pub fn resolve(&self, trace: &mut StageTrace) {
        let ticks = ticks_ahead(trace);
        let mut clock = Clock {
            profile: self,
            now: 0.0,
            busy: 0.0,
            stops: 0,
            turning: false,
            rollup: (0.0, 0.0),
            tick: 0,
            ticks: 1,
        };
        for (event, ticks) in trace.events.iter_mut().zip(ticks) {
            clock.ticks = if ticks > 0 { ticks } else { clock.ticks };
            event.timestamp_ms = clock.place(&event.stage);
        }
        trace.timing_profile = Some(self.name.clone());
    }
}

/// At each `rollup_start`: how many ticks come before its end. 0 elsewhere.
fn ticks_ahead(trace: &StageTrace) -> Vec<u32> {
    let mut ticks = vec![0; trace.events.len()];
    let mut start = None;
    for (at, event) in trace.events.iter().enumerate() {
        match event.stage {
            Stage::RollupStart { .. } => start = Some(at),
            Stage::RollupTick { .. } => {
                if let Some(start) = start {
                    ticks[start] += 1;
                }
            }
            Stage::RollupEnd { .. } => start = None,
            _ => {}
        }
    }
    ticks
}

struct Clock<'a> {
    profile: &'a ResolverProfile,
    now: f64,
    /// What was begun takes until then.
    busy: f64,
    stops: u32,
    /// The reels of this spin turn.
    turning: bool,
    /// Start and length of the count.
    rollup: (f64, f64),
    tick: u32,
    ticks: u32,
}

impl Clock<'_> {
    /// The time of the next stage.
    fn place(&mut self, stage: &Stage) -> f64 {
        let profile = self.profile;
        let ready = self.now.max(self.busy);
        let after = |delay: f64| ready + delay;
        let at = match stage {
            Stage::UiSpinPress {} => {
                self.stops = 0;
                self.turning = false;
                ready
            }
            Stage::ReelSpinningStart { .. } if !self.turning => self.spin(ready),
            Stage::ReelStop { .. } => self.stop(),
            Stage::AnticipationOn { .. } => {
                self.busy = self.now + profile.anticipation_min_ms;
                self.now
            }
            Stage::AnticipationOff { .. } => ready,
            Stage::CascadeStep { .. } => after(profile.cascade_ms),
            Stage::EvaluateWins {} => after(profile.evaluate_delay_ms),
            Stage::WinPresent { .. } => after(profile.win_present_delay_ms),
            Stage::WinLineShow { .. } => {
                self.busy = ready + profile.win_line_ms;
                ready
            }
            Stage::RollupStart { target, .. } => self.count(*target),
            Stage::RollupTick { .. } => self.count_on(),
            Stage::RollupEnd { .. } => self.now.max(self.rollup.0 + self.rollup.1),
            Stage::BigWinTier { tier, .. } => self.big_win(*tier),
            Stage::FeatureEnter { .. } => {
                self.busy = ready + profile.feature_enter_ms;
                ready
            }
            Stage::FeatureStep { .. } => after(profile.feature_step_ms),
            Stage::SpinEnd {} => after(profile.spin_end_delay_ms),
            Stage::IdleStart {} => after(profile.idle_delay_ms),
            _ => self.now,
        };
        self.now = at.max(self.now);
        self.now
    }

    /// The first reel of a spin begins to turn.
    fn spin(&mut self, ready: f64) -> f64 {
        self.turning = true;
        ready + self.profile.reel_spinning_delay_ms
    }

    fn stop(&mut self) -> f64 {
        let wait = match self.stops {
            0 => self.now + self.profile.first_stop_ms,
            _ => self.now + self.profile.stop_interval_ms,
        };
        self.stops += 1;
        wait.max(self.busy)
    }

    fn count(&mut self, target: i64) -> f64 {
        let at = self.now.max(self.busy) + self.profile.rollup_start_delay_ms;
        self.rollup = (at, self.profile.rollup_ms(target));
        self.tick = 0;
        at
    }

    fn count_on(&mut self) -> f64 {
        self.tick += 1;
        let (start, length) = self.rollup;
        start + length * f64::from(self.tick) / f64::from(self.ticks.max(self.tick))
    }

    fn big_win(&mut self, tier: u8) -> f64 {
        let at = self.now.max(self.busy) + self.profile.big_win_delay_ms;
        let place = usize::from(tier.clamp(1, 5) - 1);
        self.busy = at + self.profile.big_win_tier_ms[place];
        at
    }
}
