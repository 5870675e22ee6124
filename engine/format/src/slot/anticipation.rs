//! `anticipation` of a game's file: which reels are awaited.

use super::game::KindFile;
use segue_slot::game;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnticipationFile {
    #[serde(default = "usual_triggers")]
    triggers: Vec<KindFile>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min_trigger_count: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    allowed_reels: Option<Vec<u8>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    near_miss_anticipation: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    continue_after_award: Option<bool>,
    #[serde(default)]
    parallel: bool,
    #[serde(default = "yes")]
    tension_escalation: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compat: Option<CompatFile>,
    /// By the name of a feature.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    features: BTreeMap<String, AwaitsFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AwaitsFile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min_trigger_count: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    allowed_reels: Option<Vec<u8>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    near_miss_anticipation: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    continue_after_award: Option<bool>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CompatFile {
    FinalGrid,
}

fn usual_triggers() -> Vec<KindFile> {
    let usual = game::Anticipation::default().triggers;
    usual.into_iter().map(Into::into).collect()
}

fn yes() -> bool {
    true
}

impl From<AnticipationFile> for game::Anticipation {
    fn from(file: AnticipationFile) -> game::Anticipation {
        let features = file.features.into_iter();
        game::Anticipation {
            triggers: file.triggers.into_iter().map(Into::into).collect(),
            all: game::Awaits {
                min_trigger_count: file.min_trigger_count,
                allowed_reels: file.allowed_reels,
                near_miss_anticipation: file.near_miss_anticipation,
                continue_after_award: file.continue_after_award,
            },
            features: features.map(|(name, it)| (name, it.into())).collect(),
            parallel: file.parallel,
            tension_escalation: file.tension_escalation,
            final_grid: file.compat.is_some(),
        }
    }
}

impl From<AwaitsFile> for game::Awaits {
    fn from(file: AwaitsFile) -> game::Awaits {
        game::Awaits {
            min_trigger_count: file.min_trigger_count,
            allowed_reels: file.allowed_reels,
            near_miss_anticipation: file.near_miss_anticipation,
            continue_after_award: file.continue_after_award,
        }
    }
}

impl AnticipationFile {
    /// `None` where the game says nothing.
    pub(super) fn of(rules: &game::Anticipation) -> Option<AnticipationFile> {
        let all = &rules.all;
        let feature = |(name, it): &(String, game::Awaits)| {
            let file = AwaitsFile {
                min_trigger_count: it.min_trigger_count,
                allowed_reels: it.allowed_reels.clone(),
                near_miss_anticipation: it.near_miss_anticipation,
                continue_after_award: it.continue_after_award,
            };
            (name.clone(), file)
        };
        (*rules != game::Anticipation::default()).then(|| AnticipationFile {
            triggers: rules.triggers.iter().map(|kind| (*kind).into()).collect(),
            min_trigger_count: all.min_trigger_count,
            allowed_reels: all.allowed_reels.clone(),
            near_miss_anticipation: all.near_miss_anticipation,
            continue_after_award: all.continue_after_award,
            parallel: rules.parallel,
            tension_escalation: rules.tension_escalation,
            compat: rules.final_grid.then_some(CompatFile::FinalGrid),
            features: rules.features.iter().map(feature).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{game_from_json, game_to_json};
    use segue_slot::game::{Anticipation, Awaits, SymbolKind};
    use segue_slot::presets::{Volatility, demo};

    fn text(anticipation: &str) -> Vec<u8> {
        let text = game_to_json(&demo(Volatility::Low)).unwrap();
        let mut value: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert!(value.get("anticipation").is_none(), "it says nothing usual");
        value["anticipation"] = serde_json::from_str(anticipation).unwrap();
        serde_json::to_vec(&value).unwrap()
    }

    #[test]
    fn a_game_says_which_reels_are_awaited() {
        let name = demo(Volatility::Low).features[1].name.clone();
        let all = r#"{"triggers": ["bonus"], "min_trigger_count": 2, "allowed_reels": [0, 2, 4],
            "parallel": true, "tension_escalation": false, "near_miss_anticipation": true,
            "continue_after_award": true, "compat": "final_grid",
            "features": {"NAME": {"min_trigger_count": 4}}}"#;
        let game = game_from_json(&text(&all.replace("NAME", &name))).unwrap();
        let four = Awaits {
            min_trigger_count: Some(4),
            ..Awaits::default()
        };
        let wanted = Anticipation {
            triggers: vec![SymbolKind::Bonus],
            all: Awaits {
                min_trigger_count: Some(2),
                allowed_reels: Some(vec![0, 2, 4]),
                near_miss_anticipation: Some(true),
                continue_after_award: Some(true),
            },
            features: vec![(name, four)],
            parallel: true,
            tension_escalation: false,
            final_grid: true,
        };
        assert_eq!(game.anticipation, wanted);
        let again = game_from_json(&game_to_json(&game).unwrap()).unwrap();
        assert_eq!(again, game);
    }

    #[test]
    fn mistakes_are_named() {
        for (wrong, says) in [
            (
                r#"{"triggers": ["wild"]}"#,
                "anticipation.triggers: a trigger is wild",
            ),
            (
                r#"{"allowed_reels": [5]}"#,
                "the reel is 5, but must be 0..=4",
            ),
            (
                r#"{"allowed_reels": [2, 2]}"#,
                "the reel is 2 after 2, but must be in ascending order, each once",
            ),
            (
                r#"{"allowed_reels": [4, 1]}"#,
                "the reel is 1 after 4, but must be in ascending order, each once",
            ),
            (r#"{"min_trigger_count": 0}"#, "must be 1..=64"),
            (r#"{"min_triggers": 2}"#, "unknown field `min_triggers`"),
            (r#"{"features": {"Fre spins": {}}}"#, "Fre spins"),
            (r#"{"compat": "last_grid"}"#, "last_grid"),
        ] {
            let error = game_from_json(&text(wrong)).unwrap_err().to_string();
            assert!(error.contains(says), "{wrong}: {error}");
        }
    }
}
