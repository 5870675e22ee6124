//! Which reels a game awaits, where that is other than what follows from its triggers.

use super::check::{CORRECT, range};
use super::{Game, SymbolKind};
use crate::{Error, Result};

/// How a game awaits its reels. By itself every feature is awaited whose trigger is a scatter or a
/// bonus symbol, on the reels that can still bring it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anticipation {
    /// Kinds of symbols that are awaited: scatters, bonus symbols.
    pub triggers: Vec<SymbolKind>,
    /// What holds of every feature.
    pub all: Awaits,
    /// What is other of single ones, by their names.
    pub features: Vec<(String, Awaits)>,
    /// Awaited reels are awaited all together, not one after the other.
    pub parallel: bool,
    /// The tension rises from reel to reel.
    pub tension_escalation: bool,
    /// For games made so: the reels behind the last trigger are awaited, which gives results away.
    pub final_grid: bool,
}

/// When the reels of a feature are awaited. What is not said is as the game says of all, else as
/// usual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Awaits {
    /// So many triggers have landed before a reel is awaited, 1 to 64. Usually two, or one where two
    /// give the award, and the reel by itself can bring all that are missing.
    pub min_trigger_count: Option<u8>,
    /// The reels that may be awaited, in ascending order, and whose triggers count for it; usually
    /// those of the trigger. None of them: never.
    pub allowed_reels: Option<Vec<u8>>,
    /// A reel that could bring the last missing trigger is awaited, however many are asked for.
    pub near_miss_anticipation: Option<bool>,
    /// Reels are awaited though the award is certain.
    pub continue_after_award: Option<bool>,
}

impl Default for Anticipation {
    fn default() -> Anticipation {
        Anticipation {
            triggers: vec![SymbolKind::Scatter, SymbolKind::Bonus],
            all: Awaits::default(),
            features: Vec::new(),
            parallel: false,
            tension_escalation: true,
            final_grid: false,
        }
    }
}

impl Awaits {
    /// This, with `other` where it says nothing.
    fn or(&self, other: &Awaits) -> Awaits {
        let reels = self.allowed_reels.as_ref().or(other.allowed_reels.as_ref());
        Awaits {
            min_trigger_count: self.min_trigger_count.or(other.min_trigger_count),
            allowed_reels: reels.cloned(),
            near_miss_anticipation: self.near_miss_anticipation.or(other.near_miss_anticipation),
            continue_after_award: self.continue_after_award.or(other.continue_after_award),
        }
    }
}

impl Anticipation {
    /// What holds of the feature of a name. `[thread-safe]`
    pub fn of(&self, feature: &str) -> Awaits {
        let own = self.features.iter().find(|(name, _)| name == feature);
        own.map_or_else(|| self.all.clone(), |(_, own)| own.or(&self.all))
    }
}

impl Game {
    pub(super) fn check_anticipation(&self) -> Result<()> {
        let rules = &self.anticipation;
        for kind in &rules.triggers {
            if !matches!(kind, SymbolKind::Scatter | SymbolKind::Bonus) {
                let (place, allowed) = ("anticipation.triggers", "scatter or bonus");
                let value = format!("{kind:?}").to_lowercase();
                return Err(Error::invalid(place, "a trigger", value, allowed, CORRECT));
            }
        }
        self.check_awaits("anticipation", &rules.all)?;
        for (name, awaits) in &rules.features {
            let place = format!("anticipation.features.{name}");
            if !self.features.iter().any(|feature| feature.name == *name) {
                let known: Vec<&str> = self.features.iter().map(|it| it.name.as_str()).collect();
                let allowed = format!("one of the game's [{}]", known.join(", "));
                let value = format!("{name:?}");
                return Err(Error::invalid(
                    place,
                    "the feature",
                    value,
                    allowed,
                    CORRECT,
                ));
            }
            self.check_awaits(&place, awaits)?;
        }
        Ok(())
    }

    fn check_awaits(&self, place: &str, awaits: &Awaits) -> Result<()> {
        if let Some(least) = awaits.min_trigger_count {
            range(
                format!("{place}.min_trigger_count"),
                "the count",
                least,
                1..=64,
            )?;
        }
        let most = self.rows.len() as u8 - 1;
        let mut before = None;
        for &reel in awaits.allowed_reels.iter().flatten() {
            let place = format!("{place}.allowed_reels");
            range(place.as_str(), "the reel", reel, 0..=most)?;
            if let Some(before) = before.filter(|&before| before >= reel) {
                let value = format!("{reel} after {before}");
                let allowed = "in ascending order, each once";
                return Err(Error::invalid(place, "the reel", value, allowed, CORRECT));
            }
            before = Some(reel);
        }
        Ok(())
    }
}
