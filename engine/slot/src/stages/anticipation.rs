//! Which reels of a game are awaited: a rule for each award, from its trigger and the strips.

use std::collections::BTreeMap;

use segue_middleware::stage::anticipation::AnticipationRule;
use segue_middleware::stage::event::stronger;
use segue_middleware::stage::field::Reason;

use crate::game::{
    Awaits, Feature, FeatureRules, Game, JackpotTrigger, Line, Mode, Place, Strip, SymbolId,
    SymbolKind,
};
use crate::result::Window;

/// How the reels of a game are awaited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anticipation {
    /// Awaited reels land one after the other, each awaited in its turn.
    pub sequential_stop: bool,
    /// The tension rises from reel to reel.
    pub tension_escalation: bool,
    /// What is awaited in spins that were paid for.
    pub paid: Vec<Awaited>,
    /// What is awaited in free spins, by the number of their feature in the game.
    pub free: BTreeMap<u8, Vec<Awaited>>,
}

/// An award that is awaited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// When.
    pub rule: AnticipationRule,
    /// The symbol that triggers it.
    pub symbol: SymbolId,
    /// The lines on which it counts, each by itself. None: anywhere in the window.
    pub lines: Vec<Line>,
}

impl Anticipation {
    /// How a game awaits its reels: by the triggers of its features and jackpots, and what it says
    /// itself. `[thread-safe]`
    pub fn of(game: &Game) -> Self {
        let free = (0_u8..).zip(&game.features);
        let free = free.filter(|(_, it)| matches!(it.rules, FeatureRules::FreeSpins(_)));
        Self {
            sequential_stop: !game.anticipation.parallel,
            tension_escalation: game.anticipation.tension_escalation,
            paid: paid(game),
            free: free
                .map(|(at, it)| (at, of_free_spins(game, at, it)))
                .collect(),
        }
    }

    /// Why each reel of a window is awaited, if it is; `free` is the feature whose free spin it is.
    pub(super) fn reasons(&self, free: Option<u8>, window: &Window) -> Vec<Option<Reason>> {
        let reasons = self.reasons_together(free, window, window.len());
        // All together begin with the first: nothing behind it has landed then.
        match reasons.iter().position(Option::is_some) {
            Some(first) if !self.sequential_stop => self.reasons_together(free, window, first),
            _ => reasons,
        }
    }

    /// The same, where the reels from `first` on are judged by those before it.
    fn reasons_together(
        &self,
        free: Option<u8>,
        window: &Window,
        first: usize,
    ) -> Vec<Option<Reason>> {
        let none = Vec::new();
        let awards = match free {
            None => &self.paid,
            Some(feature) => self.free.get(&feature).unwrap_or(&none),
        };
        let mut reasons = vec![None; window.len()];
        for award in awards {
            for (reason, awaited) in reasons.iter_mut().zip(award.awaited(window, first)) {
                if awaited {
                    let own = award.rule.reason;
                    *reason = Some(reason.map_or(own, |other| stronger(other, own)));
                }
            }
        }
        reasons
    }
}

impl Awaited {
    /// Which reels are awaited; on lines those that any line awaits.
    fn awaited(&self, window: &Window, first: usize) -> Vec<bool> {
        if self.lines.is_empty() {
            let count = |reel: &Vec<u8>| reel.iter().filter(|it| **it == self.symbol).count();
            let shows: Vec<usize> = window.iter().map(count).collect();
            return self.rule.awaited_together(&shows, first);
        }
        let mut awaited = vec![false; window.len()];
        for line in &self.lines {
            let shows = |(reel, row): (&Vec<u8>, &u8)| {
                usize::from(reel.get(usize::from(*row)) == Some(&self.symbol))
            };
            let shows: Vec<usize> = window.iter().zip(line).map(shows).collect();
            for (all, own) in awaited
                .iter_mut()
                .zip(self.rule.awaited_together(&shows, first))
            {
                *all |= own;
            }
        }
        awaited
    }
}

/// What is looked for, and where.
struct Wanted<'a> {
    symbol: SymbolId,
    need: u8,
    /// None: all of them.
    reels: &'a [u8],
    place: Place,
    strips: &'a [Strip],
    /// A symbol that a rule of free spins puts on a reel.
    put: Option<(SymbolId, u8)>,
    awaits: Awaits,
}

fn paid(game: &Game) -> Vec<Awaited> {
    let features = game.features.iter();
    let mut all: Vec<Awaited> = features
        .filter_map(|feature| award(game, &of_feature(game, feature)))
        .collect();
    for jackpot in &game.jackpots {
        if let JackpotTrigger::Symbols { symbol, count } = jackpot.trigger {
            let wanted = Wanted {
                symbol,
                need: count,
                reels: &[],
                place: Place::Window,
                strips: &game.strips,
                put: None,
                awaits: game.anticipation.all.clone(),
            };
            all.extend(award(game, &wanted).map(|mut award| {
                award.rule.reason = Reason::Jackpot;
                award
            }));
        }
    }
    all
}

fn of_feature<'a>(game: &'a Game, feature: &'a Feature) -> Wanted<'a> {
    let trigger = &feature.trigger;
    Wanted {
        symbol: trigger.symbol,
        need: trigger.count,
        reels: &trigger.reels,
        place: trigger.place,
        strips: &game.strips,
        put: None,
        awaits: game.anticipation.of(&feature.name),
    }
}

/// In free spins: their retrigger, and the features that they can award.
fn of_free_spins(game: &Game, at: u8, feature: &Feature) -> Vec<Awaited> {
    let FeatureRules::FreeSpins(rules) = &feature.rules else {
        return Vec::new();
    };
    let strips = game.free_strips(usize::from(at));
    let put = rules.mercy.map(|mercy| (mercy.symbol, mercy.reel));
    let there = |wanted| Wanted {
        strips,
        put,
        ..wanted
    };
    let retrigger = rules.retrigger.first().map(|first| Wanted {
        need: first.count,
        // Retriggers count in the window.
        place: Place::Window,
        ..there(of_feature(game, feature))
    });
    let is_free = |it: &Feature| matches!(it.rules, FeatureRules::FreeSpins(_));
    let others = game.features.iter();
    let others = others.filter(|it| it.in_free_spins && !is_free(it));
    let wanted = others.map(|it| there(of_feature(game, it)));
    let all = retrigger.into_iter().chain(wanted);
    all.filter_map(|wanted| award(game, &wanted)).collect()
}

/// The award of a trigger; `None` for one that is not awaited, or can never come.
fn award(game: &Game, wanted: &Wanted<'_>) -> Option<Awaited> {
    let kind = game.kind(wanted.symbol);
    let reason = match kind {
        SymbolKind::Scatter => Reason::Scatter,
        SymbolKind::Bonus => Reason::Bonus,
        _ => return None,
    };
    let lines = match (&game.mode, wanted.place) {
        (Mode::Lines(lines), Place::Line) => lines.clone(),
        _ => Vec::new(),
    };
    let awaits = &wanted.awaits;
    let most = (0..game.rows.len()).map(|reel| {
        let may = |reels: &[u8]| reels.iter().any(|it| usize::from(*it) == reel);
        let counts = wanted.reels.is_empty() || may(wanted.reels);
        let allowed = awaits.allowed_reels.as_deref().is_none_or(may);
        if !counts || !allowed {
            return 0;
        }
        let most = most_in_view(game, wanted, reel);
        if lines.is_empty() { most } else { most.min(1) }
    });
    let rule = AnticipationRule {
        min_trigger_count: awaits.min_trigger_count.map(usize::from),
        near_miss_anticipation: awaits.near_miss_anticipation.unwrap_or(false),
        continue_after_award: awaits.continue_after_award.unwrap_or(false),
        final_grid: game.anticipation.final_grid,
        ..AnticipationRule::new(reason, usize::from(wanted.need), most.collect())
    };
    let can_come = rule.most.iter().sum::<usize>() >= rule.need;
    (game.anticipation.triggers.contains(&kind) && can_come).then_some(Awaited {
        rule,
        symbol: wanted.symbol,
        lines,
    })
}

/// The most of a symbol that a reel can show at once.
fn most_in_view(game: &Game, wanted: &Wanted<'_>, reel: usize) -> usize {
    let (Some(strip), Some(rows)) = (wanted.strips.get(reel), game.rows.get(reel)) else {
        return 0;
    };
    let rows = usize::from(*rows);
    let seen = |stop: usize| {
        let window = strip.iter().cycle().skip(stop).take(rows);
        window.filter(|symbol| **symbol == wanted.symbol).count()
    };
    let most = (0..strip.len()).map(seen).max().unwrap_or(0);
    let put = wanted
        .put
        .is_some_and(|(symbol, on)| symbol == wanted.symbol && usize::from(on) == reel);
    (most + usize::from(put)).min(rows)
}
