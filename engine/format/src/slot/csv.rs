//! PAR sheets as comma-separated values: the first cell of a row says what the row holds.
//!
//! ```text
//! name,Lucky Larry's Lobstermania
//! rows,3,3,3,3,3
//! length,47,46,48,50,50
//! line,1,1,1,1,1
//! symbol,WS,wild,2,2,1,4,2,2:5,3:100,4:500,5:10000
//! exclude,WS,LM
//! pick,Buoy bonus,LO,line,0|1|2,picks:3,prizes:2-3,10:10,5:5
//! free_spins,Free spins,LT,3:8,4:12,multiplier:2,retrigger:3:5
//! jackpot,grand,10000,0.1,none,1000000
//! stated,rtp,96.2
//! ```

use super::par::{figure, id_of};
use super::problem;
use crate::error::{Error, Result};
use crate::limits;
use segue_slot::game::{
    Award, Feature, FeatureRules, FreeSpins, Jackpot, JackpotTrigger, Pay, Pick, Place, Prize,
    PrizeKind, SymbolKind, Tier, Trigger, limits as game_limits,
};
use segue_slot::par::{ParSheet, ParSymbol};
use std::str::FromStr;

/// Reads a PAR sheet. [`ParSheet::game`] says whether its numbers agree. `[thread-safe]`
///
/// # Errors
/// [`Error::Limit`] if it is too long; [`Error::Invalid`] names the row that cannot be read.
pub fn sheet_from_csv(bytes: &[u8]) -> Result<ParSheet> {
    let len = bytes.len() as u64;
    let most = limits::PROJECT_JSON_BYTES as u64;
    let subject = || "the size of the PAR sheet in bytes".to_owned();
    Error::check_limit("project_json_bytes", subject, len, most)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let text = format!("byte {} is no UTF-8; save it as UTF-8", error.valid_up_to());
        problem("PAR sheet", text)
    })?;
    let mut sheet = ParSheet::default();
    for (number, line) in (1..).zip(text.lines()) {
        let cells = cells(line);
        let first = cells.first().map_or("", String::as_str);
        if first.is_empty() || first.starts_with('#') {
            continue;
        }
        let row = Row {
            number,
            cells: &cells[1..],
        };
        row.read(first, &mut sheet)?;
    }
    if sheet.id.is_empty() {
        sheet.id = id_of(&sheet.name);
    }
    Ok(sheet)
}

struct Row<'a> {
    number: usize,
    cells: &'a [String],
}

impl Row<'_> {
    fn read(&self, what: &str, sheet: &mut ParSheet) -> Result<()> {
        match what {
            "name" => sheet.name = self.cell(0)?.to_owned(),
            "id" => sheet.id = self.cell(0)?.to_owned(),
            "bet" => sheet.bet_credits = self.number(self.cell(0)?)?,
            "rows" => sheet.rows = self.numbers(0)?,
            "length" => sheet.lengths = self.numbers(0)?,
            "line" => sheet.lines.push(self.numbers(0)?),
            "symbol" => sheet.symbols.push(self.symbol(sheet.rows.len())?),
            "exclude" => self.exclude(sheet)?,
            "pick" => sheet.features.push(self.pick(sheet)?),
            "free_spins" => sheet.features.push(self.free_spins(sheet)?),
            "jackpot" => sheet.jackpots.push(self.jackpot()?),
            "stated" => sheet.stated.push(figure(self.cell(0)?, self.cell(1)?)?),
            other => {
                let text = format!(
                    "a row begins with {other:?}; it can be name, id, bet, rows, length, line, \
                     symbol, exclude, pick, free_spins, jackpot or stated"
                );
                return Err(self.problem(text));
            }
        }
        Ok(())
    }

    fn problem(&self, text: impl Into<String>) -> Error {
        problem(format!("line {}", self.number), text)
    }

    fn cell(&self, at: usize) -> Result<&str> {
        let cell = self.cells.get(at).map(|cell| cell.as_str());
        cell.ok_or_else(|| self.problem(format!("cell {} is missing", at + 2)))
    }

    fn number<T: FromStr>(&self, text: &str) -> Result<T> {
        text.parse()
            .map_err(|_| self.problem(format!("{text:?} is no number in range")))
    }

    fn numbers<T: FromStr>(&self, from: usize) -> Result<Vec<T>> {
        let cells = self.cells.iter().skip(from).filter(|cell| !cell.is_empty());
        cells.map(|cell| self.number(cell)).collect()
    }

    /// `key:value`, both numbers.
    fn pair<K: FromStr, V: FromStr>(&self, text: &str) -> Result<(K, V)> {
        let (key, value) = text
            .split_once(':')
            .ok_or_else(|| self.problem(format!("{text:?} is not two numbers with a colon")))?;
        Ok((self.number(key)?, self.number(value)?))
    }

    fn symbol(&self, reels: usize) -> Result<ParSymbol> {
        if reels == 0 {
            return Err(self.problem("`rows` must come before the first symbol"));
        }
        let kind = match self.cell(1)? {
            "regular" | "" => SymbolKind::Regular,
            "wild" => SymbolKind::Wild,
            "scatter" => SymbolKind::Scatter,
            "bonus" => SymbolKind::Bonus,
            "blank" => SymbolKind::Blank,
            other => {
                let text = format!("{other:?} is not regular, wild, scatter, bonus or blank");
                return Err(self.problem(text));
            }
        };
        let mut weights = Vec::with_capacity(reels);
        for reel in 0..reels {
            weights.push(self.number(self.cell(2 + reel)?)?);
        }
        let pays = self
            .cells
            .iter()
            .skip(2 + reels)
            .filter(|cell| !cell.is_empty());
        let pays = pays.map(|cell| {
            let (count, credits) = self.pair(cell)?;
            Ok(Pay { count, credits })
        });
        Ok(ParSymbol {
            name: self.cell(0)?.to_owned(),
            kind,
            excludes: Vec::new(),
            weights,
            pays: pays.collect::<Result<_>>()?,
        })
    }

    fn exclude(&self, sheet: &mut ParSheet) -> Result<()> {
        let wild = self.cell(0)?;
        let symbol = sheet.symbols.iter_mut().find(|symbol| symbol.name == wild);
        let symbol = symbol.ok_or_else(|| self.problem(format!("no symbol {wild:?} before it")))?;
        symbol.excludes.extend(
            self.cells
                .iter()
                .skip(1)
                .filter(|cell| !cell.is_empty())
                .cloned(),
        );
        Ok(())
    }

    fn trigger(
        &self,
        sheet: &ParSheet,
        place: Place,
        reels: Vec<u8>,
        count: u8,
    ) -> Result<Trigger> {
        let name = self.cell(1)?;
        let at = sheet.symbols.iter().position(|symbol| symbol.name == name);
        let symbol = at.and_then(|at| u8::try_from(at).ok());
        Ok(Trigger {
            symbol: symbol.ok_or_else(|| self.problem(format!("no symbol {name:?} before it")))?,
            count,
            reels,
            place,
        })
    }

    fn pick(&self, sheet: &ParSheet) -> Result<Feature> {
        let place = match self.cell(2)? {
            "line" => Place::Line,
            "window" => Place::Window,
            other => return Err(self.problem(format!("{other:?} is not line or window"))),
        };
        let reels: Vec<u8> = self
            .cell(3)?
            .split('|')
            .map(|reel| self.number(reel))
            .collect::<Result<_>>()?;
        let count = u8::try_from(reels.len()).unwrap_or(u8::MAX);
        let mut pick = Pick {
            picks: 1,
            min_prizes: 1,
            max_prizes: 1,
            replacement: true,
            prizes: Vec::new(),
        };
        for cell in self.cells.iter().skip(4).filter(|cell| !cell.is_empty()) {
            if let Some(picks) = cell.strip_prefix("picks:") {
                pick.picks = self.number(picks)?;
            } else if let Some(prizes) = cell.strip_prefix("prizes:") {
                let (least, most) = prizes.split_once('-').unwrap_or((prizes, prizes));
                (pick.min_prizes, pick.max_prizes) = (self.number(least)?, self.number(most)?);
            } else if cell == "without replacement" {
                pick.replacement = false;
            } else {
                let (coins, weight) = self.pair(cell)?;
                pick.prizes.push(Prize {
                    what: PrizeKind::Coins(coins),
                    weight,
                });
            }
        }
        Ok(Feature {
            name: self.cell(0)?.to_owned(),
            trigger: self.trigger(sheet, place, reels, count)?,
            in_free_spins: false,
            rules: FeatureRules::Pick(pick),
        })
    }

    fn free_spins(&self, sheet: &ParSheet) -> Result<Feature> {
        let mut rules = FreeSpins {
            awards: Vec::new(),
            multiplier: 1,
            retrigger: Vec::new(),
            strips: None,
            max_spins: game_limits::MAX_FREE_SPINS,
            mercy: None,
        };
        for cell in self.cells.iter().skip(2).filter(|cell| !cell.is_empty()) {
            if let Some(by) = cell.strip_prefix("multiplier:") {
                rules.multiplier = self.number(by)?;
            } else if let Some(more) = cell.strip_prefix("retrigger:") {
                let (count, spins) = self.pair(more)?;
                rules.retrigger.push(Award { count, spins });
            } else {
                let (count, spins) = self.pair(cell)?;
                rules.awards.push(Award { count, spins });
            }
        }
        let count = rules.awards.first().map_or(0, |award| award.count);
        Ok(Feature {
            name: self.cell(0)?.to_owned(),
            trigger: self.trigger(sheet, Place::Window, Vec::new(), count)?,
            in_free_spins: false,
            rules: FeatureRules::FreeSpins(rules),
        })
    }

    /// Tier, seed in bets, contribution in percent, cap in seeds or `none`, one in so many spins.
    fn jackpot(&self) -> Result<Jackpot> {
        let name = self.cell(0)?;
        let tier = Tier::ALL.into_iter().find(|tier| tier.name() == name);
        let percent: f64 = self.number(self.cell(2)?)?;
        if !(0.0..=50.0).contains(&percent) {
            return Err(self.problem(format!("a contribution of {percent} % is not in 0..=50")));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most 500000"
        )]
        let contribution_ppm = (percent * 10_000.0).round() as u32;
        Ok(Jackpot {
            tier: tier.ok_or_else(|| {
                self.problem(format!("{name:?} is not mini, minor, major or grand"))
            })?,
            seed_bets: self.number(self.cell(1)?)?,
            contribution_ppm,
            cap_seeds: match self.cell(3)? {
                "none" | "" => None,
                cap => Some(self.number(cap)?),
            },
            trigger: JackpotTrigger::Random {
                one_in: self.number(self.cell(4)?)?,
            },
        })
    }
}

/// The cells of a row; quotes keep commas together, two of them are one.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cells.last_mut().into_iter().for_each(|cell| cell.push('"'));
            }
            '"' => quoted = !quoted,
            ',' | ';' if !quoted => cells.push(String::new()),
            c => cells.last_mut().into_iter().for_each(|cell| cell.push(c)),
        }
    }
    cells
        .into_iter()
        .map(|cell| cell.trim().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_slot::presets::{Payback, lobstermania};

    /// Tables 1, 7 and 8 of the published sheet, as text.
    pub(super) fn sheet() -> String {
        let game = lobstermania(Payback::High, 1);
        let mut text = String::from(
            "# typed in\nname,\"Lobstermania, 96.2 %\"\nrows,3,3,3,3,3\nlength,47,46,48,50,50\n",
        );
        for (at, symbol) in game.symbols.iter().enumerate() {
            let kind = ["regular", "wild", "scatter", "bonus", "blank"][symbol.kind as usize];
            text += &format!("symbol,{},{kind}", symbol.name);
            for strip in &game.strips {
                let count = strip
                    .iter()
                    .filter(|&&shown| usize::from(shown) == at)
                    .count();
                text += &format!(",{count}");
            }
            for pay in &symbol.pays {
                text += &format!(",{}:{}", pay.count, pay.credits);
            }
            text += "\n";
        }
        let FeatureRules::Pick(pick) = &game.features[0].rules else {
            panic!("the bonus is a pick");
        };
        text += "pick,Buoy bonus,LO,line,0|1|2,picks:3,prizes:2-3";
        for prize in &pick.prizes {
            let PrizeKind::Coins(coins) = prize.what else {
                panic!("prizes are coins");
            };
            text += &format!(",{coins}:{}", prize.weight);
        }
        text + "\nstated,rtp,96.2\nstated,line_hits,9142500\nstated,event_frequency,5.2\n"
    }

    #[test]
    fn the_published_sheet_gives_the_published_game() {
        let sheet = sheet_from_csv(sheet().as_bytes()).unwrap();
        let game = sheet.game().unwrap();
        let known = lobstermania(Payback::High, 1);
        assert_eq!(game.strips, known.strips);
        assert_eq!(game.symbols, known.symbols);
        assert_eq!(game.features, known.features);
        assert_eq!((game.mode, game.bet_credits), (known.mode, 1));
        assert_eq!(
            (game.id.as_str(), sheet.stated[0].places),
            ("lobstermania-96-2", 1)
        );
    }

    #[test]
    fn a_wrong_row_is_named() {
        let refused = |row: &str| {
            let text = format!("{}{row}\n", sheet());
            sheet_from_csv(text.as_bytes()).unwrap_err().to_string()
        };
        assert!(refused("scatter,LT").starts_with("line 20: a row begins with \"scatter\""));
        assert!(refused("stated,rpt,96").contains("there is no figure \"rpt\""));
        assert!(refused("symbol,XX,wild,1,2,3").contains("cell 7 is missing"));
        assert!(refused("jackpot,huge,1,1,none,5").contains("mini, minor, major or grand"));
        assert!(refused("pick,P,ZZ,line,0").contains("no symbol \"ZZ\" before it"));
        assert!(sheet_from_csv(b"name,\xff").is_err());
    }
}
