//! What differs between two states of a game.

mod lead;
mod won;

use super::emit::Paths;
use super::money::Money;
use super::{Found, Made, Report};
pub use lead::HOLD_MS;
use lead::{is_asked, reels_of};
use segue_middleware::stage::Stage;
use segue_middleware::stage::field::FeatureType;
use segue_middleware::stage::resolve::ResolverProfile;
use segue_middleware::stage::table::REEL_MAX;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use won::Won;

/// Names of `snapshot_paths`.
pub(super) const KEYS: &[&str] = &[
    "reels",
    "win",
    "balance",
    "bet",
    "big_win",
    "feature_active",
    "feature_type",
    "step",
    "multiplier",
    "total_win",
    "reel_count",
];
/// The largest number of reels.
const REELS_MAX: u8 = REEL_MAX + 1;
/// Most symbols of a reel, as in the table of stages.
const SYMBOLS_MAX: usize = 64;

/// What of a state is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
struct Seen {
    /// It is known which reels stand.
    has_reels: bool,
    /// Which reels stand, a bit each.
    reels: u16,
    /// All reels, where the state has a place for each or their number is known.
    places: u16,
    /// How long the list was that was taken for the numbers of reels.
    numbered: Option<usize>,
    win: i64,
    total_win: Option<i64>,
    balance: Option<i64>,
    bet: i64,
    big_win: u8,
    is_feature: bool,
    step: Option<u32>,
    multiplier: Option<f64>,
}

/// A win that counts up.
#[derive(Clone, Copy, Debug)]
struct Rolling {
    /// To this.
    total: i64,
    /// When it grew, in ms.
    grew_ms: f64,
}

/// The second layer. Knows the snapshot before.
#[derive(Clone, Debug)]
pub(super) struct Snapshots {
    paths: Paths,
    /// How sure each path is, where it is not quite.
    sures: BTreeMap<String, f64>,
    thresholds: Vec<u32>,
    stuck_after: u32,
    /// How many reels there are, where the file says so.
    reel_count: Option<u32>,
    /// `reels` was a list with a place for each reel: whatever whole numbers it has later are no numbers of reels.
    has_places: bool,
    stop_interval_ms: f64,
    before: Option<Seen>,
    is_spinning: bool,
    /// Reels that were seen to stand.
    all_reels: u16,
    /// The reels of a whole spin, where that is known.
    whole: u16,
    /// Reels that were said to turn.
    turning: u16,
    rolling: Option<Rolling>,
    /// What the spin that is on has won.
    won: Won,
    /// Where the next stage of this state comes, in ms behind it.
    at_ms: f64,
    equal: u32,
}

impl Seen {
    /// Reels that stood in the state before begin to turn. One that has no place any more does not.
    const fn turns_after(&self, before: &Self) -> bool {
        let there = if self.places == 0 {
            u16::MAX
        } else {
            self.places
        };
        before.reels & there & !self.reels != 0
    }
}

impl Snapshots {
    /// Another timing profile from the next state on.
    pub(super) fn set_profile(&mut self, profile: &ResolverProfile) {
        self.stop_interval_ms = profile.stop_interval_ms;
    }

    pub(super) fn new(
        paths: Paths,
        sures: BTreeMap<String, f64>,
        thresholds: Vec<u32>,
        stuck_after: u32,
        reel_count: Option<u8>,
        profile: &ResolverProfile,
    ) -> Self {
        Self {
            paths,
            sures,
            thresholds,
            stuck_after,
            reel_count: reel_count.map(u32::from),
            has_places: false,
            stop_interval_ms: profile.stop_interval_ms,
            before: None,
            is_spinning: false,
            all_reels: 0,
            whole: 0,
            turning: 0,
            rolling: None,
            won: Won::default(),
            at_ms: 0.0,
            equal: 0,
        }
    }

    pub(super) fn take(
        &mut self,
        message: &Json,
        money: Money,
        now_ms: f64,
        made: &mut Made<'_>,
    ) -> Found {
        if self
            .paths
            .values()
            .all(|path| path.first(message).is_none())
        {
            return Found::Nothing;
        }
        self.look_for_places(message);
        let seen = match self.look(message, money) {
            Ok(seen) => self.complete(seen, message),
            Err(text) => {
                made.report(Report::Refused { text });
                return Found::Nothing;
            }
        };
        made.is_mapped = true;
        let Some(before) = self.before.replace(seen.clone()) else {
            self.all_reels = seen.reels | seen.places;
            self.whole = seen.places;
            match seen.is_feature {
                true => self.won.enter(self.feature_type(message)),
                false if self.won.feature().is_some() => self.won.exit(None),
                false => {}
            }
            return Found::Nothing;
        };
        self.count_equal(&before, &seen, made);
        let count = made.count();
        self.compare(&before, &seen, message, now_ms, made);
        if made.is_heard_from(count) {
            Found::Enough
        } else {
            Found::Nothing
        }
    }

    /// A list with anything but different numbers of reels in it has a place for each reel, and so had those before
    /// it, which could have been either.
    fn look_for_places(&mut self, message: &Json) {
        let Some(Json::Array(reels)) = self.at("reels", message) else {
            return;
        };
        let count = self.count_of(message).unwrap_or(REELS_MAX.into());
        if self.has_places || are_numbers(reels, count) {
            return;
        }
        self.has_places = true;
        let Some(before) = &mut self.before else {
            return;
        };
        if let Some(length) = before.numbered.take() {
            let all = first(length);
            (before.reels, before.places) = (all, all);
            (self.whole, self.all_reels) = (all, all);
        }
    }

    /// How many reels there are, where that is known.
    fn count_of(&self, message: &Json) -> Option<u32> {
        self.whole_number("reel_count", message).or(self.reel_count)
    }

    fn whole_number(&self, name: &str, message: &Json) -> Option<u32> {
        let value = self.at(name, message).and_then(Json::as_u64);
        value.and_then(|value| u32::try_from(value).ok())
    }

    /// Ends what another one began.
    pub(super) fn follow_up(&mut self, before: &Self) {
        self.won = before.won.clone();
        self.turning = before.turning;
        self.rolling = before.rolling;
    }

    fn count_equal(&mut self, before: &Seen, now: &Seen, made: &mut Made<'_>) {
        self.equal = if before == now { self.equal + 1 } else { 0 };
        // The first of them counts too.
        if self.is_spinning && self.equal + 1 == self.stuck_after {
            made.report(Report::Stuck {
                snapshots: self.stuck_after,
            });
        }
    }

    /// In the order in which a game goes through them.
    fn compare(
        &mut self,
        before: &Seen,
        now: &Seen,
        message: &Json,
        now_ms: f64,
        made: &mut Made<'_>,
    ) {
        self.at_ms = 0.0;
        let count = made.count();
        self.settle(before, now, made);
        self.begin(before, now, made);
        self.won.see(before, now);
        self.stops(before, now, message, made);
        self.wins(before, now, now_ms, made);
        let feature = self.won.feature();
        made.around_from(count, now.win, now.bet, feature);
        let count = made.count();
        self.features(before, now, message, made);
        made.around_from(count, now.win, now.bet, feature.or(self.won.feature()));
    }

    fn features(&mut self, before: &Seen, now: &Seen, message: &Json, made: &mut Made<'_>) {
        made.sure = self.sure(&["feature_active", "feature_type"]);
        if !before.is_feature && now.is_feature {
            self.count_wins(made);
            self.won.enter(self.feature_type(message));
            let kind = self.at("feature_type", message).cloned();
            let event = json!({"feature_type": kind.unwrap_or("free_spins".into()),
                               "multiplier": now.multiplier.unwrap_or(1.0)});
            made.named("feature_enter", &event, self.at_ms);
        }
        if let (Some(old), Some(new)) = (before.step, now.step)
            && old != new
            && now.is_feature
        {
            made.sure = self.sure(&["feature_active", "step"]);
            let event = json!({"index": new, "multiplier": now.multiplier.unwrap_or(1.0)});
            made.named("feature_step", &event, self.at_ms);
        }
        if let Some(new) = now.multiplier
            && before.multiplier.is_some_and(|old| old != new)
        {
            made.sure = self.sure(&["multiplier"]);
            made.named("multiplier_change", &json!({"value": new}), self.at_ms);
        }
        if before.is_feature && !now.is_feature {
            made.sure = match now.total_win {
                Some(_) => self.sure(&["feature_active", "total_win"]),
                None => self.sure(&["feature_active", "win"]),
            };
            if made.fsm.features() > 0 {
                self.end_spin(made);
            }
            self.won.exit(now.total_win);
            let total_win = now.total_win.unwrap_or(now.win);
            made.stage(Stage::FeatureExit { total_win }, self.at_ms);
        }
    }

    fn stops(&mut self, before: &Seen, now: &Seen, message: &Json, made: &mut Made<'_>) {
        let is_new_spin = now.turns_after(before);
        let is_asked = self.is_spinning || is_asked(made.fsm.state());
        let is_first = now.has_reels && !before.has_reels;
        let mut old = match is_new_spin {
            true if is_asked => 0,
            _ if is_first && !is_asked => now.reels,
            _ => before.reels,
        };
        if now.places != 0 {
            // Reels that have a place only now stood nowhere, so they do not land, unless they turned.
            if before.places != 0 && !is_asked {
                old |= now.places & !before.places;
            }
            (self.whole, self.all_reels) = (now.places, now.places);
        } else if is_new_spin && before.reels == self.all_reels {
            self.whole |= self.all_reels;
        }
        let new = now.reels & !old;
        made.sure = self.sure(&["reels"]);
        if is_new_spin || new != 0 {
            self.start(new, made);
        }
        for (place, reel) in reels_of(new).enumerate() {
            if place > 0 {
                self.at_ms += self.stop_interval_ms;
            }
            let symbols = self.symbols(reel, message);
            self.stop(reel, made);
            made.stage(Stage::ReelStop { reel, symbols }, self.at_ms);
        }
        if new != 0 && self.whole != 0 && now.reels & self.whole == self.whole {
            self.count_wins(made);
        }
        self.all_reels |= now.reels;
        if now.reels == self.all_reels && now.reels != 0 {
            self.is_spinning = false;
        } else if is_new_spin && is_asked {
            self.is_spinning = true;
        }
    }

    fn wins(&mut self, before: &Seen, now: &Seen, now_ms: f64, made: &mut Made<'_>) {
        made.sure = self.sure(&["win"]);
        if before.win == 0 && now.win > 0 {
            self.count_wins(made);
            let stage = Stage::WinPresent {
                win_amount: now.win,
                line_count: 0,
            };
            made.stage(stage, self.at_ms);
        } else if now.win > before.win {
            self.grow(before.win, now, now_ms, made);
        }
        let tier = now.big_win.max(self.tier(now));
        let old = before.big_win.max(self.tier(before));
        if tier > old {
            made.sure = match self.paths.contains_key("big_win") {
                true => self.sure(&["big_win", "win"]),
                false => self.sure(&["win", "bet"]),
            };
            made.stage(
                Stage::BigWinTier {
                    tier,
                    amount: now.win,
                },
                self.at_ms,
            );
        }
    }

    /// The tier by win over bet, for games that name none.
    fn tier(&self, seen: &Seen) -> u8 {
        if seen.bet <= 0 || self.paths.contains_key("big_win") {
            return 0;
        }
        let reached =
            |from: &&u32| i128::from(seen.win) >= i128::from(seen.bet) * i128::from(**from);
        let reached = self.thresholds.iter().filter(reached).count();
        u8::try_from(reached.min(5)).unwrap_or(5)
    }

    fn look(&self, message: &Json, money: Money) -> Result<Seen, String> {
        let amount = |name: &str| match self.at(name, message) {
            Some(value) => money
                .amount(value)
                .map(Some)
                .map_err(|why| format!("{name}: {why}")),
            None => Ok(None),
        };
        let whole = |name: &str| self.whole_number(name, message);
        let count = self.count_of(message);
        let reels = self.at("reels", message);
        let (reels, places, numbered) = match reels {
            Some(Json::Array(reels)) if self.has_places => {
                (standing(reels), first(reels.len()), None)
            }
            Some(Json::Array(reels)) => (numbers(reels), counted(count), Some(reels.len())),
            Some(Json::Number(reels)) => {
                let reels = reels.as_u64().unwrap_or(0);
                let reels = usize::try_from(reels).unwrap_or(usize::MAX);
                (first(reels), counted(count), None)
            }
            Some(_) => (0, counted(count), None),
            None => (0, 0, None),
        };
        let all = if places == 0 { u16::MAX } else { places };
        Ok(Seen {
            has_reels: self.says("reels", message),
            reels: reels & all,
            places,
            numbered,
            win: amount("win")?.unwrap_or(0),
            total_win: amount("total_win")?,
            balance: amount("balance")?,
            bet: amount("bet")?.unwrap_or(0),
            big_win: match self.at("big_win", message) {
                Some(Json::Bool(is_on)) => u8::from(*is_on),
                _ => u8::try_from(whole("big_win").unwrap_or(0).min(5)).unwrap_or(5),
            },
            is_feature: self.at("feature_active", message).is_some_and(is_on),
            step: whole("step"),
            multiplier: self.at("multiplier", message).and_then(Json::as_f64),
        })
    }

    /// A state without `reels` is a part of one: what it does not say is as it was.
    fn complete(&self, mut seen: Seen, message: &Json) -> Seen {
        let is_said = |name: &str| !self.paths.contains_key(name) || self.says(name, message);
        let Some(before) = &self.before else {
            return seen;
        };
        seen.balance = seen.balance.or(before.balance);
        if is_said("reels") {
            return seen;
        }
        seen.has_reels = before.has_reels;
        (seen.reels, seen.places) = (before.reels, before.places);
        seen.numbered = before.numbered;
        if !is_said("win") {
            seen.win = before.win;
        }
        if !is_said("bet") {
            seen.bet = before.bet;
        }
        if !is_said("big_win") {
            seen.big_win = before.big_win;
        }
        if !is_said("feature_active") {
            seen.is_feature = before.is_feature;
        }
        seen.total_win = seen.total_win.or(before.total_win);
        seen.step = seen.step.or(before.step);
        seen.multiplier = seen.multiplier.or(before.multiplier);
        seen
    }

    /// The feature that a state tells.
    fn feature_type(&self, message: &Json) -> FeatureType {
        let word = self.at("feature_type", message).and_then(Json::as_str);
        let known = word.and_then(FeatureType::of_word);
        known.unwrap_or(FeatureType::FreeSpins)
    }

    /// The least of how sure these paths are.
    fn sure(&self, names: &[&str]) -> f64 {
        let sures = names.iter().filter_map(|name| self.sures.get(*name));
        sures.copied().fold(1.0, f64::min)
    }

    /// Symbols of a reel, where the snapshot has a list of lists.
    fn symbols(&self, reel: u8, message: &Json) -> Vec<u16> {
        let reels = self.at("reels", message);
        let column = reels.and_then(|reels| reels.get(usize::from(reel))?.as_array());
        let symbol = |value: &Json| value.as_u64().and_then(|id| u16::try_from(id).ok());
        column
            .map(|column| column.iter().filter_map(symbol).take(SYMBOLS_MAX).collect())
            .unwrap_or_default()
    }

    /// Whether a state says this at all, be it `null`.
    fn says(&self, name: &str, message: &Json) -> bool {
        let path = self.paths.get(name);
        path.is_some_and(|path| path.first(message).is_some())
    }

    fn at<'a>(&self, name: &str, message: &'a Json) -> Option<&'a Json> {
        self.paths
            .get(name)?
            .first(message)
            .filter(|value| !value.is_null())
    }
}

/// Whether a list may say which reels stand, by different numbers below `count`.
fn are_numbers(reels: &[Json], count: u32) -> bool {
    let numbers: Option<BTreeSet<u64>> = reels.iter().map(Json::as_u64).collect();
    numbers.is_some_and(|numbers| {
        let is_reel = numbers.last().is_none_or(|last| *last < u64::from(count));
        numbers.len() == reels.len() && is_reel
    })
}

/// Reels that a list names by their numbers.
fn numbers(reels: &[Json]) -> u16 {
    let numbers = reels.iter().filter_map(Json::as_u64);
    numbers.fold(0, |all, reel| {
        all | bit(usize::try_from(reel).unwrap_or(99))
    })
}

/// Reels whose place in a list says that they stand.
fn standing(reels: &[Json]) -> u16 {
    let stands = |(_, reel): &(usize, &Json)| !reel.is_null() && **reel != Json::Bool(false);
    let standing = reels.iter().enumerate().filter(stands);
    standing.fold(0, |all, (reel, _)| all | bit(reel))
}

/// The first reels, so many of them.
fn first(count: usize) -> u16 {
    (0..count.min(REELS_MAX.into())).fold(0, |all, reel| all | bit(reel))
}

/// All reels, where their number is known.
fn counted(count: Option<u32>) -> u16 {
    first(count.unwrap_or(0).min(REELS_MAX.into()) as usize)
}

/// The place of a reel in a set; none beyond the last one.
fn bit(reel: usize) -> u16 {
    match reel < usize::from(REELS_MAX) {
        true => 1 << reel,
        false => 0,
    }
}

fn is_on(value: &Json) -> bool {
    match value {
        Json::Bool(on) => *on,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !text.is_empty(),
        _ => false,
    }
}
