//! Whether a game is sound.

use super::*;
use crate::{Error, Result};
use limits::*;
use std::fmt::Display;
use std::ops::RangeInclusive;

pub(crate) const CORRECT: &str = "correct the game's file";

/// `value` must be in `allowed`.
pub(super) fn range<T: PartialOrd + Display + Copy>(
    place: impl Into<String>,
    what: &'static str,
    value: T,
    allowed: RangeInclusive<T>,
) -> Result<()> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let allowed = match allowed.start() == allowed.end() {
        true => allowed.end().to_string(),
        false => format!("{}..={}", allowed.start(), allowed.end()),
    };
    Err(Error::invalid(place, what, value, allowed, CORRECT))
}

fn counted(place: &str, what: &'static str, len: usize, allowed: usize) -> Result<()> {
    range(place, what, len, allowed..=allowed)
}

impl Game {
    /// Refuses a game that cannot be played: the first thing that is wrong, its value, what is
    /// allowed, and what helps. `[thread-safe]`
    pub fn check(&self) -> Result<()> {
        let reels = self.strips.len();
        range(
            "strips",
            "the number of reels",
            reels,
            MIN_REELS..=MAX_REELS,
        )?;
        range(
            "currency_exponent",
            "the exponent",
            self.currency_exponent,
            0..=8,
        )?;
        range(
            "bet_credits",
            "the cost of a spin",
            self.bet_credits,
            1..=MAX_BET,
        )?;
        counted("rows", "the number of entries", self.rows.len(), reels)?;
        for (reel, &rows) in self.rows.iter().enumerate() {
            let place = format!("rows[{reel}]");
            range(place, "the number of rows", rows, 1..=MAX_ROWS as u8)?;
        }
        self.check_symbols()?;
        self.check_strips("strips", &self.strips)?;
        self.check_mode()?;
        self.cascade.as_ref().map_or(Ok(()), check_cascade)?;
        let features = self.features.len();
        range(
            "features",
            "the number of features",
            features,
            0..=MAX_FEATURES,
        )?;
        for (at, feature) in self.features.iter().enumerate() {
            self.check_feature(at, feature)?;
        }
        self.check_jackpots()?;
        self.check_anticipation()?;
        self.gamble.as_ref().map_or(Ok(()), check_gamble)
    }

    fn check_symbols(&self) -> Result<()> {
        let symbols = self.symbols.len();
        range("symbols", "the number of symbols", symbols, 1..=MAX_SYMBOLS)?;
        for (at, symbol) in self.symbols.iter().enumerate() {
            let place = format!("symbols[{at}]");
            if symbol.name.is_empty() || self.symbol(&symbol.name) != SymbolId::try_from(at).ok() {
                let name = format!("{:?}", symbol.name);
                let allowed = "a name that no other symbol has";
                return Err(Error::invalid(place, "the name", name, allowed, CORRECT));
            }
            if symbol.kind != SymbolKind::Wild && !symbol.excludes.is_empty() {
                let place = format!("{place}.excludes");
                let (count, way_out) = (symbol.excludes.len(), "remove them, or make it a wild");
                let allowed = "0 for a symbol that is no wild";
                return Err(Error::invalid(
                    place,
                    "the number of symbols that it does not stand for",
                    count,
                    allowed,
                    way_out,
                ));
            }
            for excluded in &symbol.excludes {
                self.check_symbol(&format!("{place}.excludes"), *excluded)?;
            }
            self.check_pays(&place, symbol)?;
        }
        Ok(())
    }

    fn check_pays(&self, place: &str, symbol: &Symbol) -> Result<()> {
        let (most, why) = self.highest_count(symbol.kind);
        let mut last = 0;
        for (at, pay) in symbol.pays.iter().enumerate() {
            let place = format!("{place}.pays[{at}]");
            let allowed = match pay.count {
                count if !(1..=most).contains(&count) => Some(format!("1..={most}, {why}")),
                count if count <= last => Some(format!("above {last}, the count before it")),
                _ => None,
            };
            if let Some(allowed) = allowed {
                let what = "the count";
                return Err(Error::invalid(place, what, pay.count, allowed, CORRECT));
            }
            range(place.as_str(), "the pay", pay.credits, 0..=MAX_PAY)?;
            last = pay.count;
        }
        let never_pays = matches!(symbol.kind, SymbolKind::Bonus | SymbolKind::Blank);
        if never_pays && !symbol.pays.is_empty() {
            let place = format!("{place}.pays");
            let way_out = "make it a scatter, or remove the pays";
            let count = symbol.pays.len();
            let allowed = "0 for a bonus or blank symbol";
            return Err(Error::invalid(
                place,
                "the number of pays",
                count,
                allowed,
                way_out,
            ));
        }
        Ok(())
    }

    /// The most symbols of this kind that can win together, and what that comes from.
    fn highest_count(&self, kind: SymbolKind) -> (u8, &'static str) {
        let by_reel = matches!(
            self.mode,
            Mode::Lines(_) | Mode::Ways | Mode::Megaways { .. }
        );
        if by_reel && kind != SymbolKind::Scatter {
            return (self.rows.len() as u8, "one per reel of the game");
        }
        let cells = self.rows.iter().copied().sum::<u8>();
        (cells, "one per cell of the window")
    }

    fn check_symbol(&self, place: &str, symbol: SymbolId) -> Result<()> {
        let most = SymbolId::try_from(self.symbols.len().saturating_sub(1));
        range(
            place,
            "the symbol",
            symbol,
            0..=most.unwrap_or(SymbolId::MAX),
        )
    }

    fn check_strips(&self, place: &str, strips: &[Strip]) -> Result<()> {
        counted(place, "the number of strips", strips.len(), self.rows.len())?;
        for (reel, (strip, &rows)) in strips.iter().zip(&self.rows).enumerate() {
            let place = format!("{place}[{reel}]");
            let shortest = usize::from(rows);
            range(
                place.as_str(),
                "the length",
                strip.len(),
                shortest..=MAX_STRIP,
            )?;
            for symbol in strip {
                self.check_symbol(&place, *symbol)?;
            }
        }
        Ok(())
    }

    fn check_mode(&self) -> Result<()> {
        let cells = self.rows.iter().copied().sum::<u8>();
        match &self.mode {
            Mode::Lines(lines) => self.check_lines(lines),
            Mode::Ways => Ok(()),
            Mode::Cluster { min } => range("mode.min", "the cluster", *min, 2..=cells),
            Mode::AllPays { min } => range("mode.min", "the count", *min, 1..=cells),
            Mode::Megaways { heights } => self.check_heights(heights),
        }
    }

    fn check_lines(&self, lines: &[Line]) -> Result<()> {
        range(
            "mode.lines",
            "the number of lines",
            lines.len(),
            1..=MAX_LINES,
        )?;
        for (at, line) in lines.iter().enumerate() {
            let place = format!("mode.lines[{at}]");
            counted(&place, "the number of reels", line.len(), self.rows.len())?;
            for (row, rows) in line.iter().zip(&self.rows) {
                range(place.as_str(), "the row", *row, 0..=rows - 1)?;
            }
            if let Some(other) = lines[..at].iter().position(|other| other == line) {
                let (value, way_out) = (format!("{line:?}"), "remove one of the two");
                let allowed = format!("another than mode.lines[{other}], which is the same");
                return Err(Error::invalid(place, "the line", value, allowed, way_out));
            }
        }
        Ok(())
    }

    fn check_heights(&self, heights: &[Vec<Height>]) -> Result<()> {
        let place = "mode.heights";
        counted(place, "the number of reels", heights.len(), self.rows.len())?;
        for (reel, (heights, &rows)) in heights.iter().zip(&self.rows).enumerate() {
            let place = format!("{place}[{reel}]");
            range(
                place.as_str(),
                "the number of heights",
                heights.len(),
                1..=MAX_ROWS,
            )?;
            for height in heights {
                range(place.as_str(), "the height", height.rows, 1..=rows)?;
                let place = format!("{place}.{}", height.rows);
                range(place, "the weight", height.weight, 1..=1_000_000)?;
            }
        }
        Ok(())
    }

    fn check_feature(&self, at: usize, feature: &Feature) -> Result<()> {
        let place = format!("features[{at}]");
        self.check_trigger(&format!("{place}.trigger"), &feature.trigger)?;
        let place = format!("{place}.rules");
        match &feature.rules {
            FeatureRules::FreeSpins(rules) => self.check_free_spins(&place, feature, rules),
            FeatureRules::HoldAndWin(rules) => self.check_hold(&place, rules),
            FeatureRules::Pick(rules) => self.check_pick(&place, rules, false),
            FeatureRules::Wheel(rules) => self.check_pick(&place, rules, true),
        }
    }

    fn check_trigger(&self, place: &str, trigger: &Trigger) -> Result<()> {
        self.check_symbol(&format!("{place}.symbol"), trigger.symbol)?;
        let most = self.rows.len() as u8 - 1;
        let mut next = 0;
        for &reel in &trigger.reels {
            range(format!("{place}.reels"), "the reel", reel, next..=most)?;
            next = reel + 1;
        }
        let on_line = trigger.place == Place::Line;
        if on_line && !matches!(self.mode, Mode::Lines(_)) {
            let way_out = "let it trigger anywhere in the window";
            let allowed = "`window` in a game without lines";
            return Err(Error::invalid(
                place,
                "the place",
                "`line`",
                allowed,
                way_out,
            ));
        }
        let (most, why) = self.most_triggers(trigger);
        if (1..=most).contains(&trigger.count) {
            return Ok(());
        }
        let (place, allowed) = (format!("{place}.count"), format!("1..={most}, {why}"));
        Err(Error::invalid(
            place,
            "the count",
            trigger.count,
            allowed,
            CORRECT,
        ))
    }

    /// The most triggers of a feature that can be in view, and what that comes from.
    fn most_triggers(&self, trigger: &Trigger) -> (u8, &'static str) {
        let counts = |reel: &u8| trigger.reels.is_empty() || trigger.reels.contains(reel);
        let reels = (0..self.rows.len() as u8).filter(counts);
        match trigger.place {
            Place::Line => (reels.count() as u8, "one per reel that counts"),
            Place::Window => {
                let cells = reels.map(|reel| self.rows[usize::from(reel)]).sum();
                (cells, "one per cell of the reels that count")
            }
        }
    }

    fn check_free_spins(&self, place: &str, feature: &Feature, rules: &FreeSpins) -> Result<()> {
        range(
            format!("{place}.max_spins"),
            "the number",
            rules.max_spins,
            1..=MAX_FREE_SPINS,
        )?;
        range(
            format!("{place}.multiplier"),
            "the factor",
            rules.multiplier,
            1..=1000,
        )?;
        range(
            format!("{place}.awards"),
            "the number of awards",
            rules.awards.len(),
            1..=64,
        )?;
        for (name, awards) in [("awards", &rules.awards), ("retrigger", &rules.retrigger)] {
            let mut least = if name == "awards" {
                feature.trigger.count
            } else {
                1
            };
            for award in awards {
                // Its key in the file is the count.
                let path = format!("{place}.{name}");
                range(path.as_str(), "the count", award.count, least..=64)?;
                range(
                    format!("{path}.{}", award.count),
                    "the number of spins",
                    award.spins,
                    1..=rules.max_spins,
                )?;
                least = award.count + 1;
            }
        }
        if rules.awards[0].count != feature.trigger.count {
            let place = format!("{place}.awards[0].count");
            let allowed = format!("{}, the count of the trigger", feature.trigger.count);
            let value = rules.awards[0].count;
            return Err(Error::invalid(place, "the count", value, allowed, CORRECT));
        }
        if let Some(strips) = &rules.strips {
            self.check_strips(&format!("{place}.strips"), strips)?;
        }
        if let Some(mercy) = &rules.mercy {
            let place = format!("{place}.mercy");
            self.check_symbol(&format!("{place}.symbol"), mercy.symbol)?;
            range(
                format!("{place}.after"),
                "the number of losses",
                mercy.after,
                1..=MAX_FREE_SPINS,
            )?;
            range(
                format!("{place}.reel"),
                "the reel",
                mercy.reel,
                0..=self.rows.len() as u8 - 1,
            )?;
            let rows = self.rows[usize::from(mercy.reel)];
            range(format!("{place}.row"), "the row", mercy.row, 0..=rows - 1)?;
        }
        Ok(())
    }

    fn check_hold(&self, place: &str, rules: &HoldAndWin) -> Result<()> {
        range(
            format!("{place}.respins"),
            "the number of respins",
            rules.respins,
            1..=100,
        )?;
        let coins = rules.coins.len();
        range(
            format!("{place}.coins"),
            "the number of coins",
            coins,
            1..=MAX_PRIZES,
        )?;
        range(
            format!("{place}.blank_weight"),
            "the weight",
            rules.blank_weight,
            1..=1_000_000,
        )?;
        for (at, coin) in rules.coins.iter().enumerate() {
            let place = format!("{place}.coins[{at}]");
            let weight = format!("{place}.weight");
            range(weight, "the weight", coin.weight, 1..=1_000_000)?;
            match coin.what {
                CoinValue::Credits(credits) => {
                    let place = format!("{place}.credits");
                    range(place, "the value", credits, 0..=MAX_PAY)?;
                }
                CoinValue::Jackpot(tier) => self.check_tier(&format!("{place}.jackpot"), tier)?,
            }
        }
        match rules.full {
            Some(tier) => self.check_tier(&format!("{place}.full"), tier),
            None => Ok(()),
        }
    }

    fn check_pick(&self, place: &str, rules: &Pick, is_wheel: bool) -> Result<()> {
        range(
            format!("{place}.picks"),
            "the number of picks",
            rules.picks,
            1..=MAX_REVEALS,
        )?;
        let (least, most) = (rules.min_prizes, rules.max_prizes);
        range(
            format!("{place}.min_prizes"),
            "the number",
            least,
            1..=MAX_REVEALS,
        )?;
        range(
            format!("{place}.max_prizes"),
            "the number",
            most,
            least..=MAX_REVEALS,
        )?;
        if is_wheel && !rules.replacement {
            let way_out = "leave it out, or make it a pick";
            return Err(Error::invalid(
                format!("{place}.replacement"),
                "`replacement`",
                false,
                "true for a wheel",
                way_out,
            ));
        }
        let prizes = rules.prizes.len();
        range(
            format!("{place}.prizes"),
            "the number of prizes",
            prizes,
            1..=MAX_PRIZES,
        )?;
        for (at, prize) in rules.prizes.iter().enumerate() {
            let place = format!("{place}.prizes[{at}]");
            let weight = format!("{place}.weight");
            range(weight, "the weight", prize.weight, 1..=1_000_000)?;
            let place = format!("{place}.what");
            match prize.what {
                PrizeKind::Coins(credits) => range(place, "the prize", credits, 0..=MAX_PAY)?,
                PrizeKind::Multiplier(by) => range(place, "the factor", by, 1..=1000)?,
                PrizeKind::ExtraPicks(more) => range(place, "the number", more, 1..=MAX_REVEALS)?,
                PrizeKind::Jackpot(tier) => self.check_tier(&place, tier)?,
                PrizeKind::EndGame | PrizeKind::Collect => {}
            }
        }
        Ok(())
    }

    fn check_tier(&self, place: &str, tier: Tier) -> Result<()> {
        if self.jackpots.iter().any(|jackpot| jackpot.tier == tier) {
            return Ok(());
        }
        let known = self.jackpots.iter().map(|jackpot| jackpot.tier.name());
        let allowed = format!(
            "one of the game's [{}]",
            known.collect::<Vec<_>>().join(", ")
        );
        let way_out = "add the jackpot to `jackpots`, or name another tier";
        Err(Error::invalid(
            place,
            "the jackpot",
            tier.name(),
            allowed,
            way_out,
        ))
    }

    fn check_jackpots(&self) -> Result<()> {
        for (at, jackpot) in self.jackpots.iter().enumerate() {
            let place = format!("jackpots[{at}]");
            if self.jackpots[..at]
                .iter()
                .any(|other| other.tier == jackpot.tier)
            {
                let (name, allowed) = (jackpot.tier.name(), "a tier that no other jackpot has");
                return Err(Error::invalid(place, "the tier", name, allowed, CORRECT));
            }
            range(
                format!("{place}.seed_bets"),
                "the seed in bets",
                jackpot.seed_bets,
                0..=1_000_000,
            )?;
            let contribution = jackpot.contribution_ppm;
            range(
                format!("{place}.contribution_ppm"),
                "the contribution in ppm",
                contribution,
                0..=500_000,
            )?;
            if let Some(cap) = jackpot.cap_seeds {
                let place = format!("{place}.cap_seeds");
                range(place, "the cap in seeds", cap, 1..=1_000_000)?;
            }
            match jackpot.trigger {
                JackpotTrigger::Features => {}
                JackpotTrigger::Random { one_in } => {
                    let place = format!("{place}.trigger.one_in");
                    range(place, "the number of spins", one_in, 1..=1_000_000_000_000)?;
                }
                JackpotTrigger::Symbols { symbol, count } => {
                    let place = format!("{place}.trigger");
                    self.check_symbol(&format!("{place}.symbol"), symbol)?;
                    let cells = self.rows.iter().copied().sum();
                    range(format!("{place}.count"), "the count", count, 1..=cells)?;
                }
            }
        }
        Ok(())
    }
}

fn check_cascade(cascade: &Cascade) -> Result<()> {
    range(
        "cascade.max_steps",
        "the number of steps",
        cascade.max_steps,
        1..=MAX_CASCADE,
    )?;
    let multipliers = &cascade.multipliers;
    range(
        "cascade.multipliers",
        "the number of entries",
        multipliers.len(),
        1..=64,
    )?;
    for (at, by) in multipliers.iter().enumerate() {
        let place = format!("cascade.multipliers[{at}]");
        range(place, "a multiplier", *by, 1..=1000)?;
    }
    Ok(())
}

fn check_gamble(gamble: &Gamble) -> Result<()> {
    range(
        "gamble.max_rounds",
        "the number of rounds",
        gamble.max_rounds,
        1..=MAX_GAMBLES,
    )?;
    let GambleKind::Ladder(rungs) = &gamble.kind else {
        return Ok(());
    };
    range(
        "gamble.kind.ladder",
        "the number of rungs",
        rungs.len(),
        3..=64,
    )?;
    let ascends = rungs.windows(2).all(|pair| pair[0] < pair[1]);
    let last = rungs[rungs.len() - 1];
    if rungs[0] == 0 && ascends && last <= 1_000_000 && rungs[..rungs.len() - 1].contains(&1) {
        return Ok(());
    }
    let allowed = "ascending from 0 up to 1000000, with a 1 that is not the last";
    let value = format!("{rungs:?}");
    Err(Error::invalid(
        "gamble.kind.ladder",
        "the rungs",
        value,
        allowed,
        CORRECT,
    ))
}
