//! Adaptive layers: signals and rules that move the music between levels.

mod contexts;
mod profile;
mod rules;

pub use contexts::{
    Arc, ArcPhase, Constraints, Context, ContextEntry, ContextExit, EntryWay, Layer, LevelChoice,
    LevelTransition, Stability, SummaryStingers,
};
pub use profile::{AssetManifest, Metadata, NamedAsset, Profile, ProfileSource};
pub use rules::{
    Normalise, Rule, RuleAction, RuleActionKind, RuleCondition, RuleTest, SideEffects, Signal,
};
