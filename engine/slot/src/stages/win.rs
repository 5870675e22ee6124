//! Wins: shown, counted up, celebrated.

use segue_middleware::stage::Stage;
use segue_middleware::stage::tiers::{WinClass, WinTiers};

use super::{Plan, number};
use crate::result::{LineWin, SpinResult};

/// After the count, in milliseconds.
const ROLLUP_TAIL: f64 = 100.0;
/// Ticks a second without win tiers.
const TICKS: f64 = 20.0;
/// Most ticks of one count.
const MOST_TICKS: u32 = 10_000;

/// How a win counts up.
struct Count {
    /// Milliseconds.
    length: f64,
    ticks: u32,
    /// Big-win tiers: from when on, after the start.
    big: Vec<f64>,
    /// How long the game waits after it.
    tail: f64,
}

impl Plan<'_> {
    /// Shows what the window won, from now on.
    pub(super) fn win(&mut self, result: &SpinResult) {
        let amount = result.base_win;
        if amount <= 0 {
            return;
        }
        let lines = lines(result);
        let at = self.now + self.rules.timing.win_reveal_delay_ms;
        let line_count = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let stage = Stage::WinPresent {
            win_amount: amount,
            line_count,
        };
        self.push(at, stage);
        let shown = lines.iter().take(self.rules.max_lines_shown);
        self.now = at;
        for (line, amount) in shown {
            let (line, amount) = (*line, *amount);
            self.push(self.now, Stage::WinLineShow { line, amount });
            self.now += self.rules.timing.win_line_ms;
        }
        if let Some(count) = self.count(amount, result.bet) {
            self.roll_up(amount, &count);
        }
    }

    fn roll_up(&mut self, amount: i64, count: &Count) {
        let from = self.now;
        let start = Stage::RollupStart {
            target: amount,
            start: 0,
        };
        self.push(from, start);
        for (tier, offset) in (1..).zip(&count.big) {
            self.push(from + offset, Stage::BigWinTier { tier, amount });
        }
        for tick in 1..=count.ticks {
            let progress = f64::from(tick) / f64::from(count.ticks);
            let current = share(amount, tick, count.ticks);
            let stage = Stage::RollupTick { current, progress };
            self.push(from + count.length * progress, stage);
        }
        let end = from + count.length + self.fixed(ROLLUP_TAIL);
        self.push(end, Stage::RollupEnd { total: amount });
        self.now = end + count.tail;
    }

    /// How a win counts up; `None` where it is there at once.
    fn count(&self, win: i64, bet: i64) -> Option<Count> {
        match &self.rules.tiers {
            Some(tiers) => self.count_by_tier(tiers, tiers.class(win, bet)),
            None => Some(self.count_by_profile(win, bet)),
        }
    }

    fn count_by_tier(&self, tiers: &WinTiers, class: WinClass) -> Option<Count> {
        let (length, rate) = tiers.rollup(class)?;
        let (mut big, mut tail) = (Vec::new(), 0.0);
        if let WinClass::Big(last) = class {
            let mut at = tiers.intro_ms;
            for tier in tiers.big.iter().take(last + 1) {
                big.push(self.fixed(at));
                at += tier.duration_ms;
            }
            tail = self.fixed(tiers.end_ms + tiers.fade_out_ms);
        }
        let length = self.fixed(length);
        Some(Count {
            length,
            ticks: ticks(length, rate),
            big,
            tail,
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "a duration is no account")]
    fn count_by_profile(&self, win: i64, bet: i64) -> Count {
        let timing = &self.rules.timing;
        let speed = timing.rollup_credits_per_s;
        let length = if speed > 0.0 {
            (1000.0 * win as f64 / speed).clamp(500.0, 10_000.0)
        } else {
            0.0
        };
        let reached = |times: i128| i128::from(win) >= i128::from(bet.max(1)) * times;
        let steps = [(100, 3.0), (50, 2.5), (25, 2.0), (15, 1.5), (10, 1.0)];
        let step = steps.iter().find(|(times, _)| reached(*times));
        Count {
            length,
            ticks: ticks(length, TICKS),
            big: step.map(|_| 0.0).into_iter().collect(),
            tail: step.map_or(0.0, |(_, factor)| timing.big_win_base_ms * factor),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates"
)]
fn ticks(length_ms: f64, rate: f64) -> u32 {
    ((length_ms / 1000.0 * rate).round() as u32).clamp(1, MOST_TICKS)
}

/// What stands after so many of all ticks; everything after the last.
fn share(amount: i64, tick: u32, ticks: u32) -> i64 {
    let part = i128::from(amount) * i128::from(tick) / i128::from(ticks.max(1));
    i64::try_from(part).unwrap_or(amount)
}

/// Everything that the windows of a spin paid: the line, or its place where it is none, and the
/// amount.
fn lines(result: &SpinResult) -> Vec<(u16, i64)> {
    let fallen = result.cascade.iter().flat_map(|fall| &fall.line_wins);
    let lines = result.line_wins.iter().chain(fallen);
    let scatters = result.scatter_wins.iter();
    let numbered = |(at, win): (usize, &LineWin)| {
        let place = u16::try_from(number(at)).unwrap_or(u16::MAX);
        (win.line.unwrap_or(place), win.amount)
    };
    let mut all: Vec<_> = lines.enumerate().map(numbered).collect();
    let first = all.len();
    all.extend((first..).zip(scatters).map(|(at, win)| {
        let place = u16::try_from(number(at)).unwrap_or(u16::MAX);
        (place, win.amount)
    }));
    all
}
