//! Adaptive layers: signals and rules that move the music between levels.

use super::{MusicFade, Sync};

/// An adaptive profile: "segue.adaptive", version 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Adaptive {
    /// At most 256; the built-in ones need not be listed.
    pub signals: Vec<Signal>,
    /// At most 32; the first is where it begins.
    pub contexts: Vec<Context>,
    /// At most 1024.
    pub rules: Vec<Rule>,
    /// By name; those of the specification are there without being listed.
    pub transitions: Vec<LevelTransition>,
    /// What keeps levels from flapping.
    pub stability: Stability,
    /// Named sounds that rules and contexts start.
    pub stingers: Vec<AdaptiveStinger>,
}

/// A game value that rules look at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signal {
    /// Unique.
    pub name: String,
    /// How its normalised value comes about.
    pub normalise: Normalise,
    /// Before anybody sets it.
    pub default: f32,
}

/// How a value becomes 0..=1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Normalise {
    /// As it is.
    #[default]
    None,
    /// clamp((x-a)/(b-a)).
    Linear {
        /// Is 0.
        a: f32,
        /// Is 1.
        b: f32,
    },
    /// 1/(1+e^(-k(x-m))).
    Sigmoid {
        /// Steepness.
        k: f32,
        /// Is ½.
        m: f32,
    },
    /// 1-e^(-kx), at least 0.
    Asymptotic {
        /// Steepness.
        k: f32,
    },
}

/// A rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rule {
    /// Unique.
    pub id: String,
    /// For people.
    pub name: String,
    /// Whether it is looked at.
    pub enabled: bool,
    /// The highest first.
    pub priority: i32,
    /// Where it holds; empty is everywhere.
    pub contexts: Vec<String>,
    /// When.
    pub condition: RuleCondition,
    /// What.
    pub action: RuleAction,
    /// How; `None` is by direction.
    pub transition: Option<String>,
    /// A signal whose normalised value is the strength of the request.
    pub strength_signal: Option<String>,
    /// After it fired.
    pub cooldown_ms: f32,
    /// No other change for so long after it fired; 0 is that of the stability.
    pub hold_ms: f32,
    /// It waits for the hold of others.
    pub requires_hold_expired: bool,
    /// What else it does.
    pub side_effects: SideEffects,
}

/// What a rule does besides changing the level.
#[derive(Clone, Debug, PartialEq)]
pub struct SideEffects {
    /// A stinger of the profile.
    pub stinger: Option<String>,
    /// Its level, linear.
    pub volume_lin: f32,
    /// An event to post.
    pub emit_event: Option<String>,
    /// Added to the signal `momentum`.
    pub momentum_delta: f32,
}

impl Default for SideEffects {
    fn default() -> Self {
        Self {
            stinger: None,
            volume_lin: 0.7,
            emit_event: None,
            momentum_delta: 0.0,
        }
    }
}

/// A condition on signals, nested at most 16 deep. `raw` says which value of the signal is read.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum RuleCondition {
    /// Always holds.
    #[default]
    Always,
    /// Compares a signal with a number.
    Compare {
        /// The signal.
        signal: String,
        /// The raw value, not the normalised one.
        raw: bool,
        /// How.
        op: Compare,
        /// With what; for ranges the lower end.
        value: f32,
        /// The upper end of ranges.
        high: f32,
    },
    /// All hold.
    And(Vec<RuleCondition>),
    /// One holds.
    Or(Vec<RuleCondition>),
    /// It does not hold.
    Not(Box<RuleCondition>),
    /// It has held for so many ms without a break.
    HeldFor(Box<RuleCondition>, f32),
    /// They came true one after the other within so many ms.
    Sequence(Vec<RuleCondition>, f32),
}

/// How a signal is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compare {
    /// Above.
    #[default]
    Gt,
    /// Above or equal.
    Gte,
    /// Below.
    Lt,
    /// Below or equal.
    Lte,
    /// Equal.
    Eq,
    /// Not equal.
    Neq,
    /// Other than at the last tick.
    Changed,
    /// Above that of the last tick.
    Increased,
    /// Below it.
    Decreased,
    /// In `value..=high`.
    InRange,
    /// Not in it.
    OutOfRange,
    /// Below at the last tick, not below now.
    CrossedUp,
    /// Above at the last tick, not above now.
    CrossedDown,
    /// Not 0.
    IsTrue,
    /// 0.
    IsFalse,
}

/// What a rule asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum RuleAction {
    /// So many levels up, within these.
    StepUp {
        /// Levels.
        n: u8,
        /// Least level after it.
        min: u8,
        /// Largest level after it.
        max: u8,
    },
    /// So many levels down, within these.
    StepDown {
        /// Levels.
        n: u8,
        /// Least level after it.
        min: u8,
        /// Largest level after it.
        max: u8,
    },
    /// This level.
    SetLevel(u8),
    /// No change for so many ms.
    Hold(f32),
    /// Ends a hold.
    #[default]
    Release,
    /// This level for so many ms, then the level `back`.
    Pulse {
        /// Level.
        level: u8,
        /// Milliseconds.
        ms: f32,
        /// Afterwards.
        back: u8,
    },
}

/// A situation of the game with its own music: BASE, FREESPINS, ..
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    /// Unique.
    pub name: String,
    /// For people: `A minor`.
    pub key: String,
    /// Beats a minute.
    pub bpm: f64,
    /// Beats a bar and their note value.
    pub signature: [u8; 2],
    /// Levels from 0 up, at most 5, each with at most 8 layers.
    pub levels: Vec<Vec<Layer>>,
    /// The level it begins with.
    pub entry: ContextEntry,
    /// Played when it begins.
    pub entry_stinger: Option<String>,
    /// What the music does meanwhile, dB.
    pub entry_stinger_duck_db: f32,
    /// How it ends.
    pub exit: ContextExit,
    /// Bounds of its levels.
    pub constraints: Constraints,
    /// How its level develops by itself.
    pub arc: Arc,
}

/// One sound of a level.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layer {
    /// Sound or container; the same one in two levels goes on when the level changes.
    pub asset: String,
    /// Added, in dB.
    pub gain_db: f32,
    /// -1..=1.
    pub pan: f32,
    /// Loop in frames of the asset; end 0 is the whole.
    pub loop_start_smp: u64,
    /// Loop in frames of the asset; end 0 is the whole.
    pub loop_end_smp: u64,
}

/// The level a context begins with.
#[derive(Clone, Debug, PartialEq)]
pub enum ContextEntry {
    /// This one.
    Fixed(u8),
    /// By the strength of the trigger: the level of the last entry that is not above it.
    TriggerStrength(Vec<(f32, u8)>),
    /// That of the context before.
    Inherit,
    /// By the signal `momentum`, over the levels there are.
    MomentumInherit,
}

impl Default for ContextEntry {
    fn default() -> Self {
        Self::Fixed(0)
    }
}

/// How a context ends.
#[derive(Clone, Debug, PartialEq)]
pub struct ContextExit {
    /// The next context.
    pub return_to: String,
    /// Its level there; `None` is that context's own entry.
    pub level: Option<u8>,
    /// At 90 % of the feature, or when 2 spins are left, its level goes to 2.
    pub wind_down: bool,
    /// Of the change.
    pub fade_ms: f32,
    /// Of the change.
    pub overlap_ms: f32,
    /// Stingers for a small, big and mega result.
    pub summary_stingers: [Option<String>; 3],
}

impl Default for ContextExit {
    fn default() -> Self {
        Self {
            return_to: "BASE".to_owned(),
            level: None,
            wind_down: false,
            fade_ms: 2000.0,
            overlap_ms: 500.0,
            summary_stingers: [None, None, None],
        }
    }
}

/// Bounds of a context's levels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constraints {
    /// Least level.
    pub min: u8,
    /// Largest level.
    pub max: u8,
    /// Between two changes, ms.
    pub cooldown_ms: f32,
    /// Most changes between two spins.
    pub max_changes_per_spin: u8,
}

impl Default for Constraints {
    fn default() -> Self {
        Self {
            min: 0,
            max: 4,
            cooldown_ms: 1500.0,
            max_changes_per_spin: 2,
        }
    }
}

/// How the level of a context develops by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arc {
    /// The form.
    pub form: ArcForm,
    /// Phases over the context's progress (signal `feature_progress`), of equal length.
    pub phases: Vec<ArcPhase>,
}

/// The form of an arc.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ArcForm {
    /// Nothing of its own: data decide.
    #[default]
    DataDriven,
    /// Low first, high at the end.
    BuildToClimax,
    /// High first.
    FrontLoaded,
    /// Even.
    Sustained,
}

/// One phase of an arc.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ArcPhase {
    /// Added to requested levels, in levels, rounded.
    pub bias: f32,
    /// Least level.
    pub min: u8,
    /// Largest level.
    pub max: u8,
}

/// What keeps levels from flapping.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stability {
    /// After a change only rules that need no expired hold pass, ms.
    pub hold_ms: f32,
    /// After a change nothing passes, ms.
    pub cooldown_ms: f32,
    /// Strength that a change from level 0..=4 needs is this factor times ½, at most 1.
    pub inertia: [f32; 5],
    /// A request against the mean of the last directions fails from this mean on, 0..=2; above 1
    /// none does.
    pub momentum: f32,
    /// Unchanged for so long, the level decays, ms.
    pub decay_after_ms: f32,
    /// Levels a second.
    pub decay_per_s: f32,
    /// Down or up to here.
    pub baseline: f32,
    /// Must be false: there is nothing to fetch ahead.
    pub prediction: bool,
}

impl Default for Stability {
    fn default() -> Self {
        Self {
            hold_ms: 2000.0,
            cooldown_ms: 500.0,
            inertia: [1.0, 1.2, 1.5, 1.8, 2.0],
            momentum: 0.3,
            decay_after_ms: 5000.0,
            decay_per_s: 0.5,
            baseline: 1.0,
            prediction: false,
        }
    }
}

/// How a change of level is heard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LevelTransition {
    /// Unique.
    pub name: String,
    /// When.
    pub sync: Sync,
    /// The longest wait, 0..=600000 ms; above it the next finer grid holds, with 0 it is at once.
    pub max_wait_ms: f32,
    /// Of layers that come.
    pub fade_in: MusicFade,
    /// Of layers that go.
    pub fade_out: MusicFade,
    /// How much they overlap, ms.
    pub overlap_ms: f32,
    /// What the music does at the change, dB; `None` is nothing.
    pub duck_db: Option<f32>,
    /// Of the duck.
    pub attack_ms: f32,
    /// Of the duck.
    pub release_ms: f32,
}

/// A sound that rules and contexts start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AdaptiveStinger {
    /// Unique.
    pub name: String,
    /// Sound or container.
    pub asset: String,
}
