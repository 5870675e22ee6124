//! Spins that give what is asked for, each a legal one.

use crate::game::{FeatureKind, JackpotTrigger, SymbolId, Tier};
use crate::jackpot::Meters;
use crate::machine::{Machine, Stops};
use crate::result::SpinResult;
use crate::rng::Rng;
use crate::spin::{Glance, Scene, Table};
use crate::{Error, Result, exact};
use std::fmt;

/// Spins that are drawn before the stops are gone through.
pub const MAX_TRIALS: u64 = 10_000_000;

/// Up to so many stop vectors are looked at before a spin is drawn.
const AT_SIGHT: u64 = 1 << 16;

/// What a spin is to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing.
    Lose,
    /// A win of at least 1 and below 5 bets.
    Small,
    /// At least 5 and below 15 bets.
    Medium,
    /// At least 15 and below 25 bets.
    Big,
    /// At least 25 and below 50 bets.
    Mega,
    /// At least 50 and below 100 bets.
    Epic,
    /// At least 100 bets.
    Ultra,
    /// A win of at least `from` and below `to` hundredths of the bet; no `to` is no upper end.
    Between {
        /// In hundredths of the bet.
        from: i64,
        /// In hundredths of the bet.
        to: Option<i64>,
    },
    /// A feature of a kind.
    Feature(FeatureKind),
    /// A jackpot.
    Jackpot(Tier),
    /// One trigger short of a feature.
    NearMiss,
    /// A cascade of at least one further window.
    Cascade,
    /// At least so many of a symbol in the window.
    Shows {
        /// The symbol.
        symbol: SymbolId,
        /// How many.
        count: u8,
    },
}

/// A spin that gives what was asked for, with what is needed to play it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forced {
    /// Where in the random stream it begins.
    pub counter: u64,
    /// The stops were given, not drawn at `counter`.
    pub given: bool,
    /// The stops.
    pub stops: Stops,
    /// Spins that were drawn before.
    pub trials: u64,
    /// What it gave.
    pub result: SpinResult,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Lose => f.write_str("lose"),
            Outcome::Small => f.write_str("small"),
            Outcome::Medium => f.write_str("medium"),
            Outcome::Big => f.write_str("big"),
            Outcome::Mega => f.write_str("mega"),
            Outcome::Epic => f.write_str("epic"),
            Outcome::Ultra => f.write_str("ultra"),
            Outcome::Between { from, to: Some(to) } => write!(f, "between:{from}..{to}"),
            Outcome::Between { from, to: None } => write!(f, "between:{from}.."),
            Outcome::Feature(FeatureKind::FreeSpins) => f.write_str("free_spins"),
            Outcome::Feature(FeatureKind::HoldAndWin) => f.write_str("hold_and_win"),
            Outcome::Feature(FeatureKind::Pick) => f.write_str("pick"),
            Outcome::Feature(FeatureKind::Wheel) => f.write_str("wheel"),
            Outcome::Jackpot(tier) => write!(f, "jackpot:{}", tier.name()),
            Outcome::NearMiss => f.write_str("near_miss"),
            Outcome::Cascade => f.write_str("cascade"),
            Outcome::Shows { symbol, count } => write!(f, "shows:{symbol}x{count}"),
        }
    }
}

impl Outcome {
    /// The outcomes with a name of their own. `[thread-safe]`
    pub fn named() -> Vec<Outcome> {
        use Outcome::*;
        let mut all = vec![
            Lose, Small, Medium, Big, Mega, Epic, Ultra, NearMiss, Cascade,
        ];
        let kinds = [
            FeatureKind::FreeSpins,
            FeatureKind::HoldAndWin,
            FeatureKind::Pick,
            FeatureKind::Wheel,
        ];
        all.extend(kinds.map(Feature));
        all.extend(Tier::ALL.map(Jackpot));
        all
    }

    /// The outcome of a name, `between:FROM..TO` in hundredths of the bet, or `shows:SYMBOLxCOUNT`
    /// with the number of a symbol. `[thread-safe]`
    pub fn parse(text: &str) -> Option<Outcome> {
        if let Some(range) = text.strip_prefix("between:") {
            let (from, to) = range.split_once("..")?;
            let to = if to.is_empty() {
                None
            } else {
                Some(to.parse().ok()?)
            };
            let from: i64 = from.parse().ok()?;
            let is_sound = from >= 0 && to.is_none_or(|to| to > from);
            return is_sound.then_some(Outcome::Between { from, to });
        }
        if let Some(shows) = text.strip_prefix("shows:") {
            let (symbol, count) = shows.split_once('x')?;
            return Some(Outcome::Shows {
                symbol: symbol.parse().ok()?,
                count: count.parse().ok()?,
            });
        }
        Outcome::named()
            .into_iter()
            .find(|outcome| outcome.to_string() == text)
    }

    /// Whether a spin gives it. `[thread-safe]`
    pub fn matches(&self, result: &SpinResult) -> bool {
        let win = self
            .range()
            .is_none_or(|range| in_range(result.total_win, result.bet, range));
        win && match self {
            Outcome::Feature(kind) => result.features.iter().any(|feature| feature.kind == *kind),
            Outcome::Jackpot(tier) => result.all_jackpots().iter().any(|won| won.tier == *tier),
            Outcome::NearMiss => result.near_miss.is_some(),
            Outcome::Cascade => !result.cascade.is_empty(),
            Outcome::Shows { symbol, count } => {
                let cells = result.window.iter().flatten();
                cells.filter(|shown| *shown == symbol).count() >= usize::from(*count)
            }
            _ => true,
        }
    }

    /// The win that it asks for, in hundredths of the bet.
    fn range(&self) -> Option<(i64, Option<i64>)> {
        match *self {
            Outcome::Lose => Some((0, Some(1))),
            Outcome::Small => Some((100, Some(500))),
            Outcome::Medium => Some((500, Some(1500))),
            Outcome::Big => Some((1500, Some(2500))),
            Outcome::Mega => Some((2500, Some(5000))),
            Outcome::Epic => Some((5000, Some(10_000))),
            Outcome::Ultra => Some((10_000, None)),
            Outcome::Between { from, to } => Some((from, to)),
            _ => None,
        }
    }

    /// False if a spin that leads to nothing more cannot be it.
    fn may_match(&self, glance: &Glance, coin: i64, bet: i64) -> bool {
        match self {
            Outcome::NearMiss => glance.near_miss,
            Outcome::Feature(_) | Outcome::Jackpot(_) | Outcome::Cascade => glance.leads_on,
            Outcome::Shows { .. } => true,
            _ if glance.leads_on => true,
            _ => self
                .range()
                .is_none_or(|range| in_range(glance.credits * coin, bet, range)),
        }
    }

    /// Whether a jackpot that comes at random can still make it, beside a window that does not.
    fn is_open(&self, glance: &Glance, coin: i64, bet: i64) -> bool {
        let won = glance.credits * coin;
        match self {
            Outcome::Jackpot(_) => true,
            _ => self
                .range()
                .is_some_and(|(_, to)| to.is_none_or(|to| in_range(won, bet, (0, Some(to))))),
        }
    }
}

/// `Lose` is a win of 0, also where a hundredth of the bet is less than a minor unit.
fn in_range(win: i64, bet: i64, (from, to): (i64, Option<i64>)) -> bool {
    let (win, bet) = (i128::from(win) * 100, i128::from(bet));
    win >= bet * i128::from(from)
        && to.is_none_or(|to| win < bet * i128::from(to))
        && (from > 0 || to != Some(1) || win == 0)
}

/// True in `outcomes` of `all` cases; beyond 64 bits to 64 digits.
fn chance(rng: &mut Rng, outcomes: u128, all: u128) -> bool {
    let beyond = (u128::BITS - all.leading_zeros()).saturating_sub(u64::BITS);
    u128::from(rng.below((all >> beyond) as u64)) < outcomes >> beyond
}

/// Asks now and then whether a search goes on.
fn check(goes_on: &dyn Fn() -> bool, number: u64) -> Result<()> {
    match number.is_multiple_of(4_096) && !goes_on() {
        true => Err(Error::Cancelled),
        false => Ok(()),
    }
}

impl Machine {
    /// Draws spins until one gives the outcome: each spin that does is as likely as any other.
    /// `rng` and `meters` are left as if only that spin had been played; where all stops were looked at, `rng`
    /// is one number further.
    ///
    /// # Errors
    /// [`Error::Impossible`] if no stop gives it, [`Error::Budget`] if none was found in 10^7
    /// spins and the stops are too many to look at all, or what is drawn after them decides; those of
    /// [`Machine::bet`]. `[thread-safe]`
    pub fn force(
        &self,
        outcome: Outcome,
        rng: &mut Rng,
        meters: &mut Meters,
        coin: i64,
    ) -> Result<Forced> {
        self.force_while(&|| true, outcome, rng, meters, coin)
    }

    /// The same, as long as `goes_on` says so: it is asked every 4,096 spins.
    ///
    /// # Errors
    /// As [`Machine::force`]; [`Error::Cancelled`]. `[thread-safe]`
    pub fn force_while(
        &self,
        goes_on: &dyn Fn() -> bool,
        outcome: Outcome,
        rng: &mut Rng,
        meters: &mut Meters,
        coin: i64,
    ) -> Result<Forced> {
        self.force_within(MAX_TRIALS, goes_on, outcome, rng, meters, coin)
    }

    /// [`Machine::force_while`] with a bound of its own for the spins that are drawn.
    pub(crate) fn force_within(
        &self,
        most: u64,
        goes_on: &dyn Fn() -> bool,
        outcome: Outcome,
        rng: &mut Rng,
        meters: &mut Meters,
        coin: i64,
    ) -> Result<Forced> {
        let bet = self.bet(coin)?;
        self.can_give(outcome)?;
        let stops = self.every_stop().len();
        for trials in 0..most {
            check(goes_on, trials)?;
            // As many were drawn as a look at all takes: what no stop gives is not drawn on for.
            if Some(trials) == stops && trials > AT_SIGHT {
                self.look(goes_on, outcome)?;
            }
            let counter = rng.counter();
            let stops = self.draw(0, rng);
            let mut grown = meters.clone();
            let jackpots = self.draw_jackpots(rng, &mut grown);
            let glance = self.glance(&stops, &Scene::base(coin));
            if jackpots.is_empty() && !outcome.may_match(&glance, coin, bet) {
                continue;
            }
            let mut table = Table {
                rng,
                meters: &mut grown,
                coin,
            };
            let result = self.finish(stops, jackpots, &mut table);
            if outcome.matches(&result) {
                *meters = grown;
                return Ok(Forced {
                    counter,
                    given: false,
                    stops,
                    trials,
                    result,
                });
            }
        }
        self.search(most, goes_on, outcome, rng, meters, coin)
    }

    /// Goes through every stop vector: the last resort.
    fn search(
        &self,
        trials: u64,
        goes_on: &dyn Fn() -> bool,
        outcome: Outcome,
        rng: &mut Rng,
        meters: &mut Meters,
        coin: i64,
    ) -> Result<Forced> {
        let space = self.every_stop();
        let len = space.len().filter(|&len| len <= exact::MAX_STATES);
        let budget = |open: Option<u128>| Error::Budget {
            game: self.game().id.clone(),
            wanted: self.told(outcome),
            trials,
            states: self.states(),
            max: u128::from(exact::MAX_STATES),
            // No more than could be looked at.
            open: open.map(|open| u64::try_from(open).unwrap_or(u64::MAX)),
        };
        let len = len.ok_or_else(|| budget(None))?;
        // Stops are chosen with numbers of their own: those of `rng` are for what the stops lead to.
        let mut choice = Rng::new(rng.raw(), rng.stream());
        let start = rng.counter();
        let (mut found, mut matches, mut open) = (None, 0_u128, 0_u128);
        let has_random_jackpots = self.has_random_jackpots();
        for number in 0..len {
            check(goes_on, number)?;
            let (stops, outcomes) = space.weighted_stops(self, number);
            let glance = self.glance(&stops, &Scene::base(coin));
            let bet = self.game().bet_credits * coin;
            if !outcome.may_match(&glance, coin, bet) {
                if has_random_jackpots && outcome.is_open(&glance, coin, bet) {
                    open += outcomes;
                }
                continue;
            }
            if self.may_give(outcome, &stops) {
                open += outcomes;
            }
            let (mut trial, mut grown) = (Rng::at(rng.seed(), rng.stream(), start), meters.clone());
            let result = self.play_from(stops, &mut trial, &mut grown, coin);
            if outcome.matches(&result) {
                matches += outcomes;
                // Each match replaces the one before with the chance that makes all equally likely.
                if chance(&mut choice, outcomes, matches) {
                    found = Some((stops, result, trial, grown));
                }
            }
        }
        let Some((stops, result, trial, grown)) = found else {
            return Err(match open {
                0 => self.at_no_stop(outcome),
                _ => budget(Some(open)),
            });
        };
        (*rng, *meters) = (trial, grown);
        Ok(Forced {
            counter: start,
            given: true,
            stops,
            trials,
            result,
        })
    }

    /// Refuses what no stop vector can give.
    fn look(&self, goes_on: &dyn Fn() -> bool, outcome: Outcome) -> Result<()> {
        let space = self.every_stop();
        for number in 0..space.len().unwrap_or(0) {
            check(goes_on, number)?;
            if self.may_give(outcome, &space.stops(self, number)) {
                return Ok(());
            }
        }
        Err(self.at_no_stop(outcome))
    }

    /// Whether a spin at these stops can give it: certain where nothing more is drawn.
    fn may_give(&self, outcome: Outcome, stops: &Stops) -> bool {
        let scene = Scene::base(1);
        let draws = self.has_random_jackpots();
        let bet = self.game().bet_credits;
        if !draws && !outcome.may_match(&self.glance(stops, &scene), 1, bet) {
            return false;
        }
        let (result, places) = self.window_result(stops, &scene);
        let mut jackpots = self.game().jackpots.iter();
        let leads_on = draws
            || self.is_awarded(false, &places)
            || jackpots.any(|jackpot| self.shows_jackpot(jackpot.trigger, &places));
        match outcome {
            _ if !leads_on => outcome.matches(&result),
            Outcome::Feature(_) => self.is_awarded(false, &places),
            Outcome::Jackpot(_) => true,
            Outcome::NearMiss | Outcome::Cascade | Outcome::Shows { .. } => {
                outcome.matches(&result)
            }
            // What follows adds to what the window won, and takes nothing.
            _ => {
                let to = outcome.range().and_then(|(_, to)| to);
                to.is_none_or(|to| in_range(result.base_win, bet, (0, Some(to))))
            }
        }
    }

    fn at_no_stop(&self, outcome: Outcome) -> Error {
        let why = format!("all {} stops were looked at", self.states());
        self.impossible(outcome, why)
    }

    fn has_random_jackpots(&self) -> bool {
        let mut triggers = self.game().jackpots.iter().map(|jackpot| jackpot.trigger);
        triggers.any(|trigger| matches!(trigger, JackpotTrigger::Random { .. }))
    }

    /// Refuses what the rules, the highest win and the strips exclude at first sight: up to 65,536 stop
    /// vectors are looked at. What passes may still turn out to be impossible.
    ///
    /// # Errors
    /// [`Error::Impossible`]. `[thread-safe]`
    pub fn can_give(&self, outcome: Outcome) -> Result<()> {
        let game = self.game();
        let why = match outcome {
            Outcome::Feature(kind) => {
                let mut features =
                    (0..game.features.len()).filter(|at| game.features[*at].kind() == kind);
                let name = outcome.to_string().replace('_', " ");
                match (
                    features.clone().next(),
                    features.any(|at| self.awards_among(at) > 0),
                ) {
                    (None, _) => Some(format!("its rules have no {name}")),
                    (Some(_), false) => Some(format!("its strips cannot trigger its {name}")),
                    (Some(_), true) => None,
                }
            }
            Outcome::Jackpot(tier) => {
                let has_it = game.jackpots.iter().any(|jackpot| jackpot.tier == tier);
                let why = || match game.jackpots.is_empty() {
                    true => "its rules have no jackpots".to_owned(),
                    false => format!("its rules have no {} jackpot", tier.name()),
                };
                (!has_it).then(why)
            }
            Outcome::Cascade => {
                (game.cascade.is_none()).then(|| "its rules have no cascade".to_owned())
            }
            Outcome::NearMiss => {
                let has_one = self.triggers.iter().any(|trigger| self.is_missed(trigger));
                let why = "its rules have no feature that scatters or bonus symbols trigger";
                (!has_one).then(|| why.to_owned())
            }
            Outcome::Shows { symbol, count } => {
                let most = self.most_in_view(symbol);
                let name = self.symbol_name(symbol);
                let why = || format!("its strips show at most {most} of {name} at once");
                (most < u32::from(count)).then(why)
            }
            _ => self.is_beyond(outcome),
        };
        if let Some(why) = why {
            return Err(self.impossible(outcome, why));
        }
        match self.every_stop().len() {
            Some(1..=AT_SIGHT) => self.look(&|| true, outcome),
            _ => Ok(()),
        }
    }

    /// Why no win is as high as it asks for.
    fn is_beyond(&self, outcome: Outcome) -> Option<String> {
        let (from, _) = outcome.range()?;
        let bet = i128::from(self.game().bet_credits);
        let least = bet.saturating_mul(i128::from(from));
        let most = self.most.saturating_mul(100);
        (most < least).then(|| {
            let bets = self.most / bet;
            format!("a spin wins no more than {bets} bets, with all that it leads to")
        })
    }

    /// An outcome as a person writes it.
    fn told(&self, outcome: Outcome) -> String {
        match outcome {
            Outcome::Shows { symbol, count } => {
                format!("shows:{}x{count}", self.symbol_name(symbol))
            }
            _ => outcome.to_string(),
        }
    }

    /// The name of a symbol, or the number of one that is not there.
    fn symbol_name(&self, symbol: SymbolId) -> String {
        let named = self.game().symbols.get(usize::from(symbol));
        named.map_or_else(|| symbol.to_string(), |symbol| symbol.name.clone())
    }

    fn impossible(&self, outcome: Outcome, why: String) -> Error {
        Error::Impossible {
            place: String::new(),
            game: self.game().id.clone(),
            wanted: self.told(outcome),
            why,
        }
    }
}
