//! Which stage a game means by the name of an event.

use super::purpose::tokens;
use crate::adapter::Heuristic;
use segue_middleware::stage::StageInfo;
use segue_middleware::stage::field::Kind;
use segue_middleware::stage::table::{self, STAGES, Suffix};

/// What games call stages, besides the names of the table; words separated by `_`.
const FOREIGN: &[(&str, &[&str])] = &[
    (
        "ui_spin_press",
        &[
            "spin",
            "spin_begin",
            "begin_spin",
            "start_spin",
            "spin_request",
            "spin_pressed",
            "spin_button",
            "spin_clicked",
            "round_start",
            "round_begin",
            "game_start",
            "bet_placed",
            "place_bet",
            "play",
        ],
    ),
    (
        "reel_spin_loop",
        &[
            "reels_spin",
            "reels_spinning",
            "reels_start",
            "reels_started",
            "spinning",
            "spin_loop",
        ],
    ),
    (
        "reel_spinning_start",
        &["reel_start", "reel_spin", "reel_started", "start_reel"],
    ),
    (
        "reel_spinning_stop",
        &["reel_stopping", "reel_slow", "reel_brake"],
    ),
    (
        "reel_stop",
        &[
            "reel_land",
            "reel_landed",
            "reel_stopped",
            "stop_reel",
            "reel_end",
            "reel_ended",
        ],
    ),
    (
        "evaluate_wins",
        &[
            "evaluate",
            "evaluation",
            "win_evaluation",
            "check_wins",
            "calculate_win",
            "eval",
        ],
    ),
    (
        "spin_end",
        &[
            "spin_complete",
            "spin_completed",
            "spin_finished",
            "spin_done",
            "end_spin",
            "round_end",
            "round_ended",
            "round_complete",
            "game_end",
        ],
    ),
    (
        "anticipation_on",
        &[
            "anticipation",
            "anticipation_start",
            "tease",
            "teaser",
            "tease_start",
            "suspense",
        ],
    ),
    (
        "anticipation_off",
        &[
            "anticipation_end",
            "anticipation_stop",
            "tease_end",
            "tease_stop",
        ],
    ),
    (
        "win_present",
        &[
            "win",
            "show_win",
            "win_show",
            "win_shown",
            "payout",
            "pay",
            "award",
            "win_start",
            "coins",
        ],
    ),
    (
        "win_line_show",
        &[
            "line_win",
            "win_line",
            "show_line",
            "payline",
            "line_show",
            "line",
        ],
    ),
    (
        "rollup_start",
        &[
            "countup_start",
            "count_up_start",
            "countup",
            "count_up",
            "rollup",
        ],
    ),
    (
        "rollup_tick",
        &["countup_tick", "count_up_tick", "count_up_step"],
    ),
    (
        "rollup_end",
        &["countup_end", "count_up_end", "countup_done", "rollup_stop"],
    ),
    (
        "big_win_tier",
        &[
            "big_win",
            "bigwin",
            "mega_win",
            "epic_win",
            "super_win",
            "ultra_win",
        ],
    ),
    (
        "feature_enter",
        &[
            "feature_start",
            "feature_begin",
            "enter_feature",
            "free_spins_start",
            "free_spins_begin",
            "free_spins_enter",
            "free_spins",
            "free_games_start",
            "freespins_start",
            "feature",
        ],
    ),
    (
        "feature_step",
        &[
            "free_spin",
            "feature_spin",
            "feature_progress",
            "free_spin_played",
        ],
    ),
    (
        "feature_retrigger",
        &["retrigger", "more_spins", "extra_spins", "spins_added"],
    ),
    (
        "feature_exit",
        &[
            "feature_end",
            "exit_feature",
            "feature_complete",
            "free_spins_end",
            "free_spins_complete",
            "free_games_end",
            "freespins_end",
        ],
    ),
    (
        "cascade_start",
        &[
            "tumble_start",
            "avalanche_start",
            "cascade",
            "tumble",
            "avalanche",
        ],
    ),
    (
        "cascade_step",
        &[
            "tumble_step",
            "avalanche_step",
            "tumble_drop",
            "symbols_drop",
        ],
    ),
    ("cascade_end", &["tumble_end", "avalanche_end"]),
    (
        "bonus_enter",
        &[
            "bonus",
            "bonus_game",
            "bonus_trigger",
            "enter_bonus",
            "bonus_open",
        ],
    ),
    ("bonus_reveal", &["pick_reveal", "reveal"]),
    ("bonus_exit", &["bonus_end", "exit_bonus", "bonus_close"]),
    ("gamble_start", &["gamble", "gamble_enter", "double_up"]),
    ("gamble_end", &["gamble_exit", "gamble_collect"]),
    (
        "jackpot_trigger",
        &["jackpot", "jackpot_hit", "jackpot_won", "jackpot_win"],
    ),
    ("jackpot_end", &["jackpot_complete", "jackpot_done"]),
    ("idle_start", &["idle", "attract", "attract_start"]),
    (
        "multiplier_change",
        &["multiplier", "multiplier_changed", "multiplier_up"],
    ),
    ("wild_expand", &["expanding_wild", "wild_expanded"]),
    (
        "autoplay_start",
        &["auto_start", "autospin_start", "autoplay"],
    ),
    (
        "autoplay_stop",
        &["auto_stop", "autospin_stop", "autoplay_end"],
    ),
];
/// Words of events that sound does not want.
const SILENT: [&str; 8] = [
    "debug",
    "heartbeat",
    "ping",
    "pong",
    "telemetry",
    "analytics",
    "fps",
    "log",
];
/// Words around a name that say nothing.
const NOISE: [&str; 7] = ["on", "evt", "event", "slot", "msg", "the", "sfx"];
/// Words of which both names have one or neither has.
const ENDS: [&str; 12] = [
    "end",
    "ended",
    "finish",
    "finished",
    "complete",
    "completed",
    "done",
    "close",
    "closed",
    "exit",
    "off",
    "over",
];
const SIMILAR_MIN: f64 = 0.8;
/// Longest name that is compared, in characters.
const NAME_MAX: usize = 64;

/// What a name may mean.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meaning {
    /// A stage, and how near the name is to one of its names.
    Stage {
        stage: &'static StageInfo,
        name_match: f64,
        /// The number at the end of the name, where the stage has a field for it.
        number: Option<(&'static str, i64)>,
        /// A hint of the file said so, with its own confidence.
        hint: Option<f64>,
    },
    /// Nothing to be heard.
    Silent,
    /// Nobody knows.
    Unknown,
}

/// The stage that a name is nearest to; hints are asked where nothing else speaks for one.
pub(super) fn meaning(name: &str, hints: &[Heuristic]) -> Meaning {
    let mut words = tokens(name);
    let number = words.last().and_then(|word| word.parse::<i64>().ok());
    if number.is_some() {
        words.pop();
    }
    words.retain(|word| !NOISE.contains(&word.as_str()));
    if words.is_empty() || name.chars().count() > NAME_MAX {
        return Meaning::Unknown;
    }
    let found = exact(&words)
        .map(|stage| (stage, 1.0))
        .or_else(|| by_words(&words).map(|stage| (stage, 0.7)));
    if found.is_none_or(|(_, near)| near < 1.0)
        && words.iter().any(|word| SILENT.contains(&word.as_str()))
    {
        return Meaning::Silent;
    }
    let found = found.or_else(|| similar(&words).map(|stage| (stage, 0.5)));
    match found {
        Some((stage, name_match)) => Meaning::Stage {
            stage,
            name_match,
            number: number.and_then(|number| Some((numbered(stage, number)?, number))),
            hint: None,
        },
        None => hinted(name, hints),
    }
}

/// How many of these names mean something, over all.
pub(super) fn known_share<'a>(names: impl Iterator<Item = &'a String>, hints: &[Heuristic]) -> f64 {
    let (mut all, mut known) = (0_u32, 0_u32);
    for name in names {
        all += 1;
        known += u32::from(meaning(name, hints) != Meaning::Unknown);
    }
    f64::from(known) / f64::from(all.max(1))
}

fn exact(words: &[String]) -> Option<&'static StageInfo> {
    let name = words.join("_");
    let row = FOREIGN
        .iter()
        .find(|(_, names)| names.contains(&name.as_str()));
    table::parse(row.map_or(&name, |(stage, _)| stage)).ok()
}

/// All names, and the stage that each is of.
fn all_names() -> impl Iterator<Item = (&'static str, &'static StageInfo)> {
    let own = STAGES.iter().filter(|info| info.name != "custom");
    let own = own.map(|info| (info.name, info));
    let foreign = FOREIGN.iter().filter_map(|(stage, names)| {
        let info = table::parse(stage).ok()?;
        Some(names.iter().map(move |name| (*name, info)))
    });
    own.chain(foreign.flatten())
}

/// The stage one of whose names has all its words in `words`; the most words decide.
fn by_words(words: &[String]) -> Option<&'static StageInfo> {
    let is_in = |word: &str| words.iter().any(|it| it == word);
    let is_end = words.iter().any(|word| ENDS.contains(&word.as_str()));
    let fits = |name: &str| {
        let name_ends = name.split('_').any(|word| ENDS.contains(&word));
        name.split('_').all(is_in) && name_ends == is_end
    };
    let fitting = all_names().filter(|(name, _)| fits(name));
    // The first of the longest, so that the order of the table decides.
    let longest = fitting.reduce(|best, next| {
        let words = |name: &str| name.split('_').count();
        if words(next.0) > words(best.0) {
            next
        } else {
            best
        }
    });
    longest.map(|(_, stage)| stage)
}

fn similar(words: &[String]) -> Option<&'static StageInfo> {
    let name = words.join("_");
    let nearest = all_names()
        .map(|(known, stage)| {
            let near = strsim::normalized_damerau_levenshtein(known, &name);
            (near, stage)
        })
        .reduce(|best, next| if next.0 > best.0 { next } else { best });
    let (near, stage) = nearest?;
    (near >= SIMILAR_MIN && name.len() >= 4).then_some(stage)
}

fn hinted(name: &str, hints: &[Heuristic]) -> Meaning {
    let name = name.to_lowercase();
    let is_in = |hint: &&Heuristic| {
        hint.keywords
            .iter()
            .any(|word| name.contains(&word.to_lowercase()))
    };
    let found = hints.iter().find(is_in);
    let stage = found.and_then(|hint| Some((table::parse(&hint.stage).ok()?, hint.confidence)));
    match stage {
        Some((stage, confidence)) => Meaning::Stage {
            stage,
            name_match: 0.0,
            number: None,
            hint: Some(confidence),
        },
        None => Meaning::Unknown,
    }
}

/// The field that a number behind a name is of.
fn numbered(stage: &StageInfo, number: i64) -> Option<&'static str> {
    let field = stage.fields.iter().find(|it| it.suffix == Suffix::Number)?;
    let Kind::Int { min, max } = field.kind else {
        return None;
    };
    (min..=max).contains(&number).then_some(field.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(name: &str) -> (&'static str, f64) {
        match meaning(name, &[]) {
            Meaning::Stage {
                stage, name_match, ..
            } => (stage.name, name_match),
            Meaning::Silent => ("ignore", 1.0),
            Meaning::Unknown => ("", 0.0),
        }
    }

    #[test]
    fn names_of_games_mean_stages() {
        for (name, expected) in [
            ("reel_stop", ("reel_stop", 1.0)),
            ("onReelLanded", ("reel_stop", 1.0)),
            ("REEL.LAND.3", ("reel_stop", 1.0)),
            ("spin_start", ("ui_spin_press", 1.0)),
            ("MainReelStopQuick", ("reel_stop", 0.7)),
            ("bonus.win.shown", ("win_present", 0.7)),
            ("reel_stp", ("reel_stop", 0.5)),
            ("debug.reels", ("ignore", 1.0)),
            ("quux", ("", 0.0)),
            ("", ("", 0.0)),
        ] {
            assert_eq!(stage(name), expected, "{name}");
        }
    }

    #[test]
    fn every_foreign_name_is_of_one_stage_and_none_of_the_tables_own() {
        let mut names: Vec<&str> = all_names().map(|(name, _)| name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        for (stage, _) in FOREIGN {
            assert_eq!(table::named(stage).unwrap().name, *stage);
        }
    }

    #[test]
    fn hints_speak_last() {
        let hint = Heuristic {
            keywords: vec!["Quux".to_owned()],
            stage: "menu_open".to_owned(),
            confidence: 0.6,
        };
        let found = meaning("big_quuxes", std::slice::from_ref(&hint));
        assert!(
            matches!(found, Meaning::Stage { stage, hint: Some(0.6), .. } if stage.name == "menu_open")
        );
        let known = meaning("reel_stop_quux", &[hint]);
        assert!(
            matches!(known, Meaning::Stage { stage, hint: None, .. } if stage.name == "reel_stop")
        );
    }
}
