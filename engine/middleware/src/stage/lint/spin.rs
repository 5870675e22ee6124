//! The spins of a trace, and what each of them won.
//!
//! A game says what a spin won with its `spin_end`, or only in what it shows, or beside any other stage.
//! What is shown is added up, each amount once: a window's win is shown as it is presented, counts up and
//! stands; the total of a feature or bonus game contains what was shown in it; and what is shown behind one
//! of them is what the spin won in all.

use super::super::event::{StageEvent, StageTrace};
use super::super::table::Stage;

/// Features, bonus games and cascades that are on at a time, at most: some games end none of them. Deeper
/// ones are further windows of the innermost that is followed.
const SCOPES_MAX: usize = 64;

/// A spin of a trace: a press outside of features, and everything to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spin {
    /// Place of its press.
    pub first: usize,
    /// Place behind its last event.
    pub end: usize,
    /// From its press to its end or the next press, whichever is first, in milliseconds; `None`
    /// while it is not over.
    pub cycle_ms: Option<f64>,
    /// Everything it won, features included, in minor units; what was gambled away counts too. 0 where
    /// nothing is shown and the trace tells wins of other spins; `None` where it cannot be known.
    pub win: Option<i64>,
    /// Its bet in minor units; `None` where the game does not say it.
    pub bet: Option<i64>,
    /// A prize was missed by little.
    pub near_miss: bool,
}

impl Spin {
    /// A loss disguised as a win: it won, but not more than its bet. `None` where the bet or the win is
    /// not known, so that nobody can say.
    pub fn loss_as_win(&self) -> Option<bool> {
        let win = self.win?;
        // Who won nothing needs no bet for that.
        match self.bet {
            Some(bet) => Some(0 < win && win <= bet),
            None => (win == 0).then_some(false),
        }
    }

    /// True where it is known to be a loss disguised as a win.
    pub fn is_ldw(&self) -> bool {
        self.loss_as_win() == Some(true)
    }

    /// Its stages that post an event tagged `celebration`: their places in the trace, and that event.
    /// `celebrates` is as in [`LintProfile::check`](super::LintProfile::check).
    pub fn celebrations<'a>(
        &self,
        trace: &'a StageTrace,
        celebrates: &'a dyn Fn(&StageEvent) -> Option<String>,
    ) -> impl Iterator<Item = (usize, &'a StageEvent, String)> {
        let events = trace.events.iter().enumerate();
        let its = events.take(self.end).skip(self.first);
        its.filter_map(move |(at, event)| Some((at, event, celebrates(event)?)))
    }
}

/// The spins of a trace. Spins of a feature belong to the spin that began it.
pub fn spins(trace: &StageTrace) -> Vec<Spin> {
    let mut spins: Vec<Spin> = Vec::new();
    let mut features = 0_usize;
    let mut pressed = 0.0;
    let mut shown = Shown::default();
    for (at, event) in trace.events.iter().enumerate() {
        match event.stage {
            Stage::UiSpinPress {} if features == 0 => {
                if let Some(last) = spins.last_mut().filter(|spin| spin.cycle_ms.is_none()) {
                    last.cycle_ms = Some(event.timestamp_ms - pressed);
                }
                pressed = event.timestamp_ms;
                shown = Shown::default();
                spins.push(Spin {
                    first: at,
                    ..Spin::default()
                });
            }
            Stage::FeatureEnter { .. } => features += 1,
            Stage::FeatureExit { .. } => features = features.saturating_sub(1),
            _ => {}
        }
        if let Some(spin) = spins.last_mut() {
            spin.end = at + 1;
            shown.take(event, features == 0);
            spin.win = shown.won();
            spin.bet = spin.bet.or(event.payload.bet);
            spin.near_miss |= matches!(event.stage, Stage::NearMiss { .. });
            if matches!(event.stage, Stage::SpinEnd {}) && features == 0 {
                spin.cycle_ms = Some(event.timestamp_ms - pressed);
            }
        }
    }
    // A game that tells its wins, and none of this spin, says that it won nothing.
    if spins.iter().any(|spin| spin.win.is_some()) {
        for spin in spins.iter_mut().filter(|spin| spin.cycle_ms.is_some()) {
            spin.win = spin.win.or(Some(0));
        }
    }
    spins
}

/// What one spin shows of its wins, each amount counted once.
#[derive(Clone, Debug, Default)]
struct Shown {
    /// What its end says.
    end: Option<i64>,
    /// Features, bonus games and cascades that are on, from the outside; each holds what is in it.
    open: Vec<Scope>,
    /// Everything outside of them.
    outer: Scope,
    /// The highest amount that something besides a window was said to bring.
    highest: i64,
    /// What was at stake, or came of it.
    gambled: Option<i64>,
    /// The highest win beside a stage outside of features.
    beside: Option<i64>,
}

/// Wins of a part of a spin.
#[derive(Clone, Copy, Debug, Default)]
struct Scope {
    kind: Kind,
    /// Windows that are over, and what else ended.
    sum: i64,
    /// The window that is on, as it is presented.
    window: i64,
    /// What the cascade of that window brought.
    fallen: i64,
    /// Its count begins at the wins of the windows before.
    rolled_from: i64,
    /// A feature, bonus game or jackpot is over: what is shown from here on is the total.
    is_after: bool,
    /// What that brought, and what of it may still be shown as a jackpot.
    brought: i64,
    jackpots: i64,
    /// An amount was said.
    is_known: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Spin,
    Feature,
    Bonus,
    Cascade,
}

impl Scope {
    fn total(&self) -> i64 {
        self.sum.saturating_add(self.window.max(self.fallen))
    }

    /// The window's win, however often it is shown.
    fn show(&mut self, amount: i64) {
        self.is_known = true;
        if self.is_after {
            self.sum = self.sum.max(amount);
        } else {
            self.window = self.window.max(amount);
        }
    }

    /// The window's win begins to count up: from what it stands at, or from the wins before it.
    fn roll(&mut self, from: i64, to: i64) {
        let is_own = to.saturating_sub(from) == self.window;
        let is_on_top = from > self.window || self.kind == Kind::Feature && is_own;
        self.rolled_from = if is_on_top && !self.is_after { from } else { 0 };
        self.rolled(to);
    }

    fn rolled(&mut self, to: i64) {
        self.show(to.saturating_sub(self.rolled_from));
    }

    /// Another window follows.
    fn turn(&mut self) {
        *self = Self {
            kind: self.kind,
            sum: self.total(),
            is_known: self.is_known,
            ..Self::default()
        };
    }

    /// Something in it is over and brought so much.
    fn add(&mut self, amount: i64) {
        self.turn();
        self.is_known = true;
        self.is_after = true;
        self.sum = self.sum.saturating_add(amount);
        (self.brought, self.jackpots) = (amount, amount);
    }

    /// What is over has brought so much, as is said once more or for the first time.
    fn sum_up(&mut self, amount: i64) {
        if !self.is_after {
            return self.show(amount);
        }
        let more = amount.saturating_sub(self.brought).max(0);
        self.sum = self.sum.saturating_add(more);
        self.brought = self.brought.max(amount);
    }

    /// A jackpot: a part of what ended just before it, if that brought so much, else a win of its own.
    fn jackpot(&mut self, amount: i64) {
        if self.is_after && amount <= self.jackpots {
            self.jackpots -= amount;
        } else {
            self.add(amount);
            self.jackpots = 0;
        }
    }
}

impl Shown {
    fn take(&mut self, event: &StageEvent, is_outside: bool) {
        let win = event.payload.win;
        if is_outside {
            self.beside = self.beside.max(win);
        }
        match &event.stage {
            Stage::SpinEnd {} if is_outside => self.end = win.or(self.end),
            Stage::SpinEnd {} => self.show(win),
            Stage::UiSpinPress {} | Stage::FeatureStep { .. } | Stage::CascadeStep { .. } => {
                self.scope().turn();
            }
            Stage::EvaluateWins {} => {
                // A cascade comes before its window's wins are counted.
                if self.scope().window > 0 {
                    self.scope().turn();
                }
            }
            Stage::CascadeStart {} => self.begin(Kind::Cascade),
            Stage::CascadeEnd { total_win, .. } => self.close(Kind::Cascade, *total_win),
            Stage::FeatureEnter { .. } => self.begin(Kind::Feature),
            Stage::FeatureExit { total_win } => self.close(Kind::Feature, *total_win),
            Stage::FsSummary { total_win, .. } => self.scope().sum_up(*total_win),
            Stage::BonusEnter { .. } | Stage::BonusStart { .. } => {
                if self.scope().kind != Kind::Bonus {
                    self.begin(Kind::Bonus);
                }
            }
            Stage::BonusComplete { total, .. } => self.scope().show(*total),
            Stage::BonusExit { total_win } => self.close(Kind::Bonus, *total_win),
            Stage::JackpotPresent { amount, .. } => {
                self.highest = self.highest.max(*amount);
                self.scope().jackpot(*amount);
            }
            Stage::GambleStart { stake: amount }
            | Stage::GambleResult {
                new_amount: amount, ..
            }
            | Stage::GambleEnd { collected: amount } => {
                self.gambled = self.gambled.max(Some(*amount));
            }
            Stage::RollupStart { target, start } => self.scope().roll(*start, *target),
            Stage::RollupTick { current: to, .. } | Stage::RollupEnd { total: to } => {
                self.scope().rolled(*to);
            }
            stage => self.show(window_win(stage)),
        }
    }

    /// What the spin won; `None` where it says nothing.
    fn won(&self) -> Option<i64> {
        let scopes = || std::iter::once(&self.outer).chain(&self.open);
        let shown = scopes().fold(0_i64, |sum, scope| sum.saturating_add(scope.total()));
        let gambled = self.gambled.unwrap_or(0);
        match self.end {
            // A jackpot may be paid beside it, and what was gambled away was won all the same.
            Some(end) => Some(end.max(self.highest).max(gambled)),
            None if scopes().any(|scope| scope.is_known) => Some(shown.max(gambled)),
            None => self.gambled.max(self.beside),
        }
    }

    fn scope(&mut self) -> &mut Scope {
        self.open.last_mut().unwrap_or(&mut self.outer)
    }

    fn show(&mut self, amount: Option<i64>) {
        if let Some(amount) = amount {
            self.scope().show(amount);
        }
    }

    fn begin(&mut self, kind: Kind) {
        if self.open.len() < SCOPES_MAX {
            self.open.push(Scope {
                kind,
                ..Scope::default()
            });
        } else {
            self.scope().turn();
        }
    }

    /// The innermost of this kind is over, with all in it. Its total is what it brought, unless that is 0
    /// and more was shown.
    fn close(&mut self, kind: Kind, total: i64) {
        let mut shown = 0_i64;
        if let Some(at) = self.open.iter().rposition(|scope| scope.kind == kind) {
            let parts = self.open.drain(at..).map(|scope| scope.total());
            shown = parts.fold(0, i64::saturating_add);
        }
        let brought = if total > 0 { total } else { shown };
        let scope = self.scope();
        if kind == Kind::Cascade {
            // Its wins are the window's, which is presented behind it.
            scope.is_known = true;
            scope.fallen = scope.fallen.max(brought);
            return;
        }
        scope.add(brought);
        self.highest = self.highest.max(brought);
    }
}

/// What a stage says that its window won.
fn window_win(stage: &Stage) -> Option<i64> {
    match stage {
        Stage::WinPresent { win_amount, .. } => Some(*win_amount),
        Stage::BigWinTier { amount, .. } | Stage::WinLineShow { amount, .. } => Some(*amount),
        Stage::MultiplierApply { total, .. } => Some(*total),
        _ => None,
    }
}
