//! PAR sheets as comma-separated values: the first cell of a row says what the row holds.
//!
//! One character separates the cells of a sheet: the first `,`, `;` or tab of its first row. Where that
//! is no comma, a comma is one of decimals, as spreadsheets of half the world write it.
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
use super::{meant, problem};
use crate::error::{Error, Result};
use crate::limits;
use segue_slot::game::{
    Award, Feature, FeatureRules, FreeSpins, Jackpot, JackpotTrigger, Pay, Pick, Place, Prize,
    PrizeKind, SymbolKind, Tier, Trigger, limits as game_limits,
};
use segue_slot::par::{Figure, ParSheet, ParSymbol};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Most rows of a reel, the highest number of a reel, most cells of a window, and the longest strip:
/// bounds of a game, in the types of a sheet.
const ROWS_MAX: u8 = 8;
const REEL_MAX: u8 = 7;
const CELLS_MAX: u8 = 64;
const STRIP_MAX: u32 = 1024;
const _: () = assert!(
    ROWS_MAX as usize == game_limits::MAX_ROWS
        && REEL_MAX as usize + 1 == game_limits::MAX_REELS
        && CELLS_MAX as usize == game_limits::MAX_REELS * game_limits::MAX_ROWS
        && STRIP_MAX as usize == game_limits::MAX_STRIP
);

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
    // Letters of UTF-16 without its mark are UTF-8 with zeros between them.
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || bytes.contains(&0) {
        let text = "it looks like UTF-16; save it as CSV in UTF-8";
        return Err(problem("PAR sheet", text));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let text = format!("byte {} is no UTF-8; save it as UTF-8", error.valid_up_to());
        problem("PAR sheet", text)
    })?;
    let mut sheet = ParSheet::default();
    let rows = (1..).zip(text.lines());
    let rows = rows.filter(|(_, line)| !is_note(line));
    let separator = rows.clone().find_map(|(_, line)| separator(line));
    let separator = separator.unwrap_or(',');
    for (number, line) in rows {
        let cells = cells(line, separator);
        let cells = cells.ok_or_else(|| {
            let text =
                "a quote is opened and not closed in this line; close it, or write two for one";
            problem(format!("line {number}"), text)
        })?;
        let first = cells.first().map_or("", String::as_str);
        if first.is_empty() {
            continue;
        }
        let row = Row {
            number,
            separator,
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
    /// What stands between the cells of the sheet.
    separator: char,
    /// Those behind the first.
    cells: &'a [String],
}

const ROWS: [&str; 12] = [
    "name",
    "id",
    "bet",
    "rows",
    "length",
    "line",
    "symbol",
    "exclude",
    "pick",
    "free_spins",
    "jackpot",
    "stated",
];

/// A half of a cell of two numbers: what it is, and its range.
type Half<T> = (&'static str, RangeInclusive<T>);

impl Row<'_> {
    fn read(&self, what: &str, sheet: &mut ParSheet) -> Result<()> {
        match what {
            "name" => {
                sheet.name = self.cell(0, "the name")?.to_owned();
                self.ends(1)?;
            }
            "id" => {
                sheet.id = self.cell(0, "the short name")?.to_owned();
                self.ends(1)?;
            }
            "bet" => {
                self.ends(1)?;
                let what = "the bet in credits";
                sheet.bet_credits = self.value(0, what, 0..=game_limits::MAX_BET)?;
                self.put(sheet, "bet_credits", 0);
            }
            "rows" => self.rows(sheet)?,
            "length" => self.lengths(sheet)?,
            "line" => self.line(sheet)?,
            "symbol" => self.symbol(sheet)?,
            "exclude" => self.exclude(sheet)?,
            "pick" => self.pick(sheet)?,
            "free_spins" => self.free_spins(sheet)?,
            "jackpot" => self.jackpot(sheet)?,
            "stated" => self.stated(sheet)?,
            other => {
                let near = meant(other, ROWS);
                let known = ROWS.join(", ");
                let mut text = format!("a row begins with {other:?}; it can be {known}{near}");
                if other.contains([',', ';', '\t']) {
                    text += &format!("; {} separates the cells of this sheet", self.separator());
                }
                return Err(problem(self.head(), text));
            }
        }
        Ok(())
    }

    /// Where the row begins.
    fn head(&self) -> String {
        format!("line {}, column 1", self.number)
    }

    /// Where the cell `at` stands, from 0 behind the first; columns count cells from 1.
    fn column(&self, at: usize) -> String {
        format!("line {}, column {}", self.number, at + 2)
    }

    /// Remembers where a part of the sheet stands.
    fn put(&self, sheet: &mut ParSheet, path: impl Into<String>, at: usize) {
        sheet.places.insert(path.into(), self.column(at));
    }

    fn problem(&self, at: usize, text: impl Into<String>) -> Error {
        problem(self.column(at), text)
    }

    fn cell(&self, at: usize, what: &str) -> Result<&str> {
        let cell = self.cells.get(at).map(|cell| cell.as_str());
        cell.ok_or_else(|| self.problem(at, format!("{what} is missing; add the cell")))
    }

    /// The separator in words.
    fn separator(&self) -> &'static str {
        match self.separator {
            ';' => "a semicolon",
            '\t' => "a tab",
            _ => "a comma",
        }
    }

    /// Refuses what stands behind the last cell of a row.
    fn ends(&self, len: usize) -> Result<()> {
        let Some((at, cell)) = self.filled(len).next() else {
            return Ok(());
        };
        let separator = self.separator();
        let text = format!(
            "the row has a cell too many, {cell:?}; empty it, or put the cell before it in quotes if \
             {separator} belongs to its text"
        );
        Err(self.problem(at, text))
    }

    /// The cell with a point where it has a decimal comma.
    fn decimal(&self, at: usize, what: &str) -> Result<String> {
        let cell = self.cell(at, what)?;
        let point = cell.replacen(',', ".", 1);
        match self.separator {
            ',' if cell.contains(',') => {
                let text = format!(
                    "{what} is {cell:?}, but commas separate the cells of this sheet; write {point}, \
                     or export the sheet with semicolons"
                );
                Err(self.problem(at, text))
            }
            // Points and commas together are thousands, which no figure here has.
            _ if cell.contains('.') => Ok(cell.to_owned()),
            _ => Ok(point),
        }
    }

    fn stated(&self, sheet: &mut ParSheet) -> Result<()> {
        let (first, second) = (self.column(0), self.column(1));
        let name = self.cell(0, "the name of the figure")?;
        let value = self.decimal(1, "the figure")?;
        let stated = figure((&first, &second), name, &value)?;
        let is_count = matches!(
            stated.figure,
            Figure::LineHits | Figure::ScatterHits | Figure::FeatureHits
        );
        // 1.000 is a thousand where commas are decimal.
        if is_count && value.contains('.') {
            let text = format!(
                "the figure is {:?}, but must be a count such as 27000, without signs between its \
                 digits; correct it",
                self.cell(1, "the figure")?
            );
            return Err(self.problem(1, text));
        }
        self.ends(2)?;
        sheet.stated.push(stated);
        Ok(())
    }

    /// The cells from this one on that hold something, with their places.
    fn filled(&self, from: usize) -> impl Iterator<Item = (usize, &str)> {
        let cells = self.cells.iter().enumerate().skip(from);
        let cells = cells.map(|(at, cell)| (at, cell.as_str()));
        cells.filter(|(_, cell)| !cell.is_empty())
    }

    fn number<T>(&self, at: usize, what: &str, text: &str, allowed: RangeInclusive<T>) -> Result<T>
    where
        T: FromStr + PartialOrd + Display,
    {
        let found: Option<T> = text.parse().ok();
        let found = found.filter(|value| allowed.contains(value));
        found.ok_or_else(|| {
            let (least, most) = (allowed.start(), allowed.end());
            let text = format!(
                "{what} is {text:?}, but must be a whole number in {least}..={most}; correct the cell"
            );
            self.problem(at, text)
        })
    }

    /// The number that the cell `at` holds.
    fn value<T>(&self, at: usize, what: &str, allowed: RangeInclusive<T>) -> Result<T>
    where
        T: FromStr + PartialOrd + Display,
    {
        self.number(at, what, self.cell(at, what)?, allowed)
    }

    /// `key:value`, both numbers; `form` names them.
    fn pair<K, V>(
        &self,
        (at, text): (usize, &str),
        form: &str,
        key: Half<K>,
        value: Half<V>,
    ) -> Result<(K, V)>
    where
        K: FromStr + PartialOrd + Display,
        V: FromStr + PartialOrd + Display,
    {
        let Some((left, right)) = text.split_once(':') else {
            let text = format!(
                "{text:?} is not {form}, two whole numbers with a colon such as 3:50; correct the cell"
            );
            return Err(self.problem(at, text));
        };
        let left = self.number(at, key.0, left, key.1)?;
        Ok((left, self.number(at, value.0, right, value.1)?))
    }

    fn rows(&self, sheet: &mut ParSheet) -> Result<()> {
        let rows = self.filled(0);
        let rows = rows.map(|(at, _)| self.value(at, "the number of rows", 1..=ROWS_MAX));
        sheet.rows = rows.collect::<Result<_>>()?;
        sheet.places.insert("rows".to_owned(), self.head());
        Ok(())
    }

    fn lengths(&self, sheet: &mut ParSheet) -> Result<()> {
        sheet.lengths.clear();
        for (reel, (at, _)) in self.filled(0).enumerate() {
            let what = "the length of the strip";
            sheet.lengths.push(self.value(at, what, 1..=STRIP_MAX)?);
            self.put(sheet, format!("lengths[{reel}]"), at);
            self.put(sheet, format!("strips[{reel}]"), at);
        }
        sheet.places.insert("lengths".to_owned(), self.head());
        Ok(())
    }

    fn line(&self, sheet: &mut ParSheet) -> Result<()> {
        let mut line = Vec::new();
        for (reel, (at, _)) in self.filled(0).enumerate() {
            let rows = sheet.rows.get(reel).copied().unwrap_or(ROWS_MAX);
            let what = "the row that the line crosses, from the top,";
            line.push(self.value(at, what, 0..=rows - 1)?);
        }
        let path = format!("mode.lines[{}]", sheet.lines.len());
        sheet.places.insert(path, self.head());
        sheet.lines.push(line);
        Ok(())
    }

    fn symbol(&self, sheet: &mut ParSheet) -> Result<()> {
        let (of, reels) = (sheet.symbols.len(), sheet.rows.len());
        if reels == 0 {
            let text = "`rows` must come before the first symbol; move that row up";
            return Err(problem(self.head(), text));
        }
        let name = self.cell(0, "the name of the symbol")?.to_owned();
        self.put(sheet, format!("symbols[{of}]"), 0);
        let kind = match self.cell(1, "the kind of symbol")? {
            "regular" | "" => SymbolKind::Regular,
            "wild" => SymbolKind::Wild,
            "scatter" => SymbolKind::Scatter,
            "bonus" => SymbolKind::Bonus,
            "blank" => SymbolKind::Blank,
            other => {
                let text = format!(
                    "the kind of symbol is {other:?}, but must be regular, wild, scatter, bonus or \
                     blank; correct the cell"
                );
                return Err(self.problem(1, text));
            }
        };
        let weights = (2..2 + reels).map(|at| self.value(at, "the weight", 0..=STRIP_MAX));
        let weights = weights.collect::<Result<_>>()?;
        let mut pays = Vec::new();
        for (nth, (at, cell)) in self.filled(2 + reels).enumerate() {
            let count = ("the count", 1..=CELLS_MAX);
            let credits = ("the pay", 0..=game_limits::MAX_PAY);
            let (count, credits) = self.pair((at, cell), "count:credits", count, credits)?;
            self.put(sheet, format!("symbols[{of}].pays[{nth}]"), at);
            pays.push(Pay { count, credits });
        }
        sheet.symbols.push(ParSymbol {
            name,
            kind,
            excludes: Vec::new(),
            weights,
            pays,
        });
        Ok(())
    }

    fn exclude(&self, sheet: &mut ParSheet) -> Result<()> {
        let of = self.known_symbol(sheet, 0)?;
        for (at, cell) in self.filled(1) {
            let nth = sheet.symbols[of].excludes.len();
            self.put(sheet, format!("symbols[{of}].excludes[{nth}]"), at);
            sheet.symbols[of].excludes.push(cell.to_owned());
        }
        Ok(())
    }

    /// The place of the symbol that the cell `at` names.
    fn known_symbol(&self, sheet: &ParSheet, at: usize) -> Result<usize> {
        let name = self.cell(at, "the name of the symbol")?;
        let names = || sheet.symbols.iter().map(|symbol| symbol.name.as_str());
        let found = names().position(|known| known == name);
        found.ok_or_else(|| {
            let known = names().collect::<Vec<_>>().join(", ");
            let near = meant(name, names());
            let text = format!("there is no symbol {name:?} before it; there are [{known}]{near}");
            self.problem(at, text)
        })
    }

    fn trigger(
        &self,
        sheet: &ParSheet,
        place: Place,
        reels: Vec<u8>,
        count: u8,
    ) -> Result<Trigger> {
        let symbol = self.known_symbol(sheet, 1)?;
        Ok(Trigger {
            // Sheets with more symbols than that are refused when the game is made.
            symbol: u8::try_from(symbol).unwrap_or(u8::MAX),
            count,
            reels,
            place,
        })
    }

    /// Adds a feature and remembers where its parts stand.
    fn feature(
        &self,
        sheet: &mut ParSheet,
        trigger: Trigger,
        rules: FeatureRules,
        parts: &[(&str, usize)],
    ) -> Result<()> {
        let of = sheet.features.len();
        self.put(sheet, format!("features[{of}]"), 0);
        self.put(sheet, format!("features[{of}].trigger.symbol"), 1);
        for (part, at) in parts {
            self.put(sheet, format!("features[{of}].{part}"), *at);
        }
        sheet.features.push(Feature {
            name: self.cell(0, "the name of the feature")?.to_owned(),
            trigger,
            in_free_spins: false,
            rules,
        });
        Ok(())
    }

    fn pick(&self, sheet: &mut ParSheet) -> Result<()> {
        let place = match self.cell(2, "the place of the trigger")? {
            "line" => Place::Line,
            "window" => Place::Window,
            other => {
                let text = format!(
                    "the place of the trigger is {other:?}, but must be line or window; correct the \
                     cell"
                );
                return Err(self.problem(2, text));
            }
        };
        let reels = self.cell(3, "the reels of the trigger, such as 0|1|2,")?;
        let reels = reels.split('|');
        let reels = reels.map(|reel| self.number(3, "the reel", reel, 0..=REEL_MAX));
        let reels: Vec<u8> = reels.collect::<Result<_>>()?;
        let count = u8::try_from(reels.len()).unwrap_or(u8::MAX);
        let mut pick = Pick {
            picks: 1,
            min_prizes: 1,
            max_prizes: 1,
            replacement: true,
            prizes: Vec::new(),
        };
        let mut parts = vec![("trigger", 3)];
        for (at, cell) in self.filled(4) {
            let reveals = 1..=game_limits::MAX_REVEALS;
            if let Some(picks) = cell.strip_prefix("picks:") {
                pick.picks = self.number(at, "the number of picks", picks, reveals)?;
                parts.push(("rules.picks", at));
            } else if let Some(prizes) = cell.strip_prefix("prizes:") {
                let (least, most) = prizes.split_once('-').unwrap_or((prizes, prizes));
                let what = "the number of prizes of a pick";
                pick.min_prizes = self.number(at, what, least, reveals.clone())?;
                pick.max_prizes = self.number(at, what, most, reveals)?;
                parts.extend([("rules.min_prizes", at), ("rules.max_prizes", at)]);
            } else if cell == "without replacement" {
                pick.replacement = false;
            } else {
                let coins = ("the prize", 0..=game_limits::MAX_PAY);
                let weight = ("the weight", 1..=1_000_000);
                let (coins, weight) = self.pair((at, cell), "credits:weight", coins, weight)?;
                pick.prizes.push(Prize {
                    what: PrizeKind::Coins(coins),
                    weight,
                });
            }
        }
        let trigger = self.trigger(sheet, place, reels, count)?;
        self.feature(sheet, trigger, FeatureRules::Pick(pick), &parts)
    }

    fn free_spins(&self, sheet: &mut ParSheet) -> Result<()> {
        let most = game_limits::MAX_FREE_SPINS;
        let mut rules = FreeSpins {
            awards: Vec::new(),
            multiplier: 1,
            retrigger: Vec::new(),
            strips: None,
            max_spins: most,
            mercy: None,
        };
        let count = || ("the count", 1..=CELLS_MAX);
        let spins = || ("the number of spins", 1..=most);
        let mut parts = vec![("rules.awards", 2), ("trigger.count", 2)];
        for (at, cell) in self.filled(2) {
            if let Some(by) = cell.strip_prefix("multiplier:") {
                rules.multiplier = self.number(at, "the factor", by, 1..=1000)?;
            } else if let Some(more) = cell.strip_prefix("retrigger:") {
                let (count, spins) = self.pair((at, more), "count:spins", count(), spins())?;
                rules.retrigger.push(Award { count, spins });
                parts.push(("rules.retrigger", at));
            } else {
                let (count, spins) = self.pair((at, cell), "count:spins", count(), spins())?;
                rules.awards.push(Award { count, spins });
            }
        }
        let count = rules.awards.first().map_or(0, |award| award.count);
        let trigger = self.trigger(sheet, Place::Window, Vec::new(), count)?;
        self.feature(sheet, trigger, FeatureRules::FreeSpins(rules), &parts)
    }

    /// Tier, seed in bets, contribution in percent, cap in seeds or `none`, one in so many spins.
    fn jackpot(&self, sheet: &mut ParSheet) -> Result<()> {
        let name = self.cell(0, "the tier")?;
        let tier = Tier::ALL.into_iter().find(|tier| tier.name() == name);
        let tier = tier.ok_or_else(|| {
            let text = format!(
                "the tier is {name:?}, but must be mini, minor, major or grand; correct the cell"
            );
            self.problem(0, text)
        })?;
        let seed_bets = self.value(1, "the seed in bets", 0..=1_000_000)?;
        let percent = self.decimal(2, "the contribution in percent")?;
        let share: Option<f64> = super::par::without_percent(&percent).parse().ok();
        let share = share.filter(|share| (0.0..=50.0).contains(share));
        let share = share.ok_or_else(|| {
            let text = format!(
                "the contribution is {percent:?}, but must be a number of percent in 0..=50; correct \
                 the cell"
            );
            self.problem(2, text)
        })?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most 500000"
        )]
        let contribution_ppm = (share * 10_000.0).round() as u32;
        let cap_seeds = match self.cell(3, "the cap in seeds, or none,")? {
            "none" | "" => None,
            cap => Some(self.number(3, "the cap in seeds", cap, 1..=1_000_000)?),
        };
        let one_in = self.value(4, "the number of spins of one win", 1..=1_000_000_000_000)?;
        self.ends(5)?;
        self.put(sheet, format!("jackpots[{}]", sheet.jackpots.len()), 0);
        sheet.jackpots.push(Jackpot {
            tier,
            seed_bets,
            contribution_ppm,
            cap_seeds,
            trigger: JackpotTrigger::Random { one_in },
        });
        Ok(())
    }
}

/// Whether a line is a note: its first cell begins with `#`, in quotes or not.
fn is_note(line: &str) -> bool {
    line.trim_start().trim_start_matches('"').starts_with('#')
}

/// What separates cells, as the first that does tells.
fn separator(line: &str) -> Option<char> {
    let mut quoted = false;
    line.chars().find(|&c| {
        quoted ^= c == '"';
        !quoted && matches!(c, ',' | ';' | '\t')
    })
}

/// The cells of a row; quotes keep separators together, two of them are one. `None` if one is not closed.
fn cells(line: &str, separator: char) -> Option<Vec<String>> {
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
            c if c == separator && !quoted => cells.push(String::new()),
            c => cells.last_mut().into_iter().for_each(|cell| cell.push(c)),
        }
    }
    let cells = cells.into_iter().map(|cell| cell.trim().to_owned());
    (!quoted).then(|| cells.collect())
}

#[cfg(test)]
pub(super) mod tests;
