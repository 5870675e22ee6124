//! Which stage may follow which.
//!
//! What a feature, a bonus game or a jackpot brought is a win that is shown: after `feature_exit`,
//! `bonus_exit` and `jackpot_end` the game is in [`State::WinPresentation`].

use std::fmt;

use super::table::{Stage, StageId};

/// Features inside one another at most.
pub const FEATURE_DEPTH: usize = 8;

macro_rules! states {
    ($($(#[$about:meta])* $state:ident -> [$($next:ident),* $(,)?];)*) => {
        /// What a game is doing.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub enum State {
            #[default]
            $($(#[$about])* $state,)*
        }

        impl State {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$state),*];

            /// The states that may come after this one.
            pub const fn next(self) -> &'static [Self] {
                match self {
                    $(Self::$state => &[$(Self::$next),*],)*
                }
            }
        }
    };
}

states! {
    /// Nothing; the end of every spin.
    Idle -> [SpinActive];
    /// A spin was asked for.
    SpinActive -> [ReelsSpinning];
    /// Reels turn.
    ReelsSpinning -> [ReelsSpinning, Anticipation, ReelsStopping];
    /// A reel is awaited.
    Anticipation -> [Anticipation, ReelsStopping];
    /// Reels land.
    ReelsStopping -> [ReelsStopping, Anticipation, WinEvaluation, Cascade];
    /// Symbols fall.
    Cascade -> [WinEvaluation, Idle];
    /// Wins are counted.
    WinEvaluation -> [Idle, WinPresentation, Feature, Bonus, Jackpot];
    /// A win is shown.
    WinPresentation -> [Rollup, BigWin, Idle, Gamble, Feature, Bonus, Jackpot];
    /// A win counts up.
    Rollup -> [BigWin, Idle, Gamble, Feature, Bonus, Jackpot];
    /// A big win is celebrated.
    BigWin -> [BigWin, Idle, Gamble, Feature, Bonus, Jackpot];
    /// A feature is on.
    Feature -> [SpinActive, Idle];
    /// A bonus game is on.
    Bonus -> [Bonus, Idle, Rollup, Feature];
    /// A jackpot falls.
    Jackpot -> [Idle, Rollup, Feature];
    /// The win is at stake.
    Gamble -> [Idle];
}

impl State {
    /// Whether `next` may come after this one.
    pub fn allows(self, next: Self) -> bool {
        self.next().contains(&next)
    }
}

/// A stage that may not come where it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Place of the event.
    pub index: usize,
    /// The state in which it came.
    pub state: State,
    /// The stage.
    pub stage: StageId,
    /// Why not.
    pub why: Why,
}

/// Why a stage may not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Its state does not follow the one before.
    Order,
    /// A feature ends that never began.
    NoFeature,
    /// More features inside one another than [`FEATURE_DEPTH`].
    TooDeep,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (index, stage, state) = (self.index, self.stage.name(), self.state);
        match self.why {
            Why::Order => write!(
                f,
                "event {index}: {stage} may not come in {state:?}; next may be {:?}",
                state.next()
            ),
            Why::NoFeature => write!(f, "event {index}: {stage} without a feature_enter before"),
            Why::TooDeep => write!(
                f,
                "event {index}: {stage} is more than {FEATURE_DEPTH} features deep"
            ),
        }
    }
}

/// Follows the stages of one game.
#[derive(Clone, Debug, Default)]
pub struct Fsm {
    state: State,
    features: usize,
    /// A stage that may not come changes nothing.
    strict: bool,
    seen: usize,
}

/// What a stage does to the state.
enum Move {
    Stay,
    To(State),
    Enter,
    Exit,
    End,
    /// What this state brought is a win that is shown now.
    Shown(State),
}

impl Fsm {
    /// At rest. With `strict` a stage that may not come changes nothing; else it is followed.
    pub fn new(strict: bool) -> Self {
        Self {
            strict,
            ..Self::default()
        }
    }

    /// The same, in the same state, strict or not.
    #[must_use]
    pub const fn with_strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// What the game is doing.
    pub const fn state(&self) -> State {
        self.state
    }

    /// How many features are inside one another.
    pub const fn features(&self) -> usize {
        self.features
    }

    /// Takes the next stage.
    ///
    /// # Errors
    /// The violation. A strict one has not taken the stage then; else it has.
    pub fn take(&mut self, stage: &Stage) -> Result<(), Violation> {
        let index = self.seen;
        self.seen += 1;
        let (next, features, why) = self.step(stage);
        let violated = why.map(|why| Violation {
            index,
            state: self.state,
            stage: stage.id(),
            why,
        });
        if !self.strict || violated.is_none() {
            (self.state, self.features) = (next, features);
        }
        violated.map_or(Ok(()), Err)
    }

    /// The state and depth after a stage, and why it may not come.
    fn step(&self, stage: &Stage) -> (State, usize, Option<Why>) {
        let order = |next| (!self.state.allows(next)).then_some(Why::Order);
        match moves(stage) {
            Move::Stay => (self.state, self.features, None),
            Move::Shown(from) if self.state == from => {
                (State::WinPresentation, self.features, None)
            }
            Move::Shown(_) => (self.state, self.features, None),
            Move::To(next) => (next, self.features, order(next)),
            Move::Enter if self.features == FEATURE_DEPTH => {
                (State::Feature, self.features, Some(Why::TooDeep))
            }
            Move::Enter => (State::Feature, self.features + 1, order(State::Feature)),
            Move::Exit => match self.features.checked_sub(1) {
                Some(left) => {
                    let why = (self.state != State::Feature).then_some(Why::Order);
                    (State::WinPresentation, left, why)
                }
                None => (self.state, 0, Some(Why::NoFeature)),
            },
            Move::End if self.features > 0 => (State::Feature, self.features, order(State::Idle)),
            Move::End => (State::Idle, 0, order(State::Idle)),
        }
    }
}

fn moves(stage: &Stage) -> Move {
    match stage {
        Stage::UiSpinPress {} => Move::To(State::SpinActive),
        Stage::ReelSpinningStart { .. } => Move::To(State::ReelsSpinning),
        Stage::AnticipationOn { .. } => Move::To(State::Anticipation),
        Stage::ReelStop { .. } => Move::To(State::ReelsStopping),
        Stage::CascadeStart {} => Move::To(State::Cascade),
        Stage::EvaluateWins {} => Move::To(State::WinEvaluation),
        Stage::WinPresent { .. } => Move::To(State::WinPresentation),
        Stage::RollupStart { .. } => Move::To(State::Rollup),
        Stage::BigWinTier { .. } => Move::To(State::BigWin),
        Stage::FeatureEnter { .. } => Move::Enter,
        Stage::FeatureExit { .. } => Move::Exit,
        Stage::BonusEnter { .. } | Stage::BonusStart { .. } => Move::To(State::Bonus),
        Stage::JackpotTrigger { .. } => Move::To(State::Jackpot),
        Stage::BonusExit { .. } => Move::Shown(State::Bonus),
        Stage::JackpotEnd {} => Move::Shown(State::Jackpot),
        Stage::GambleStart { .. } => Move::To(State::Gamble),
        Stage::SpinEnd {} => Move::End,
        _ => Move::Stay,
    }
}

/// Every violation in a list of stages, followed as if they had been legal.
pub fn violations<'a>(stages: impl IntoIterator<Item = &'a Stage>) -> Vec<Violation> {
    let mut fsm = Fsm::new(false);
    let taken = stages.into_iter().map(|stage| fsm.take(stage));
    taken.filter_map(Result::err).collect()
}
