//! PAR sheets: a game out of counts per reel, and every figure of the sheet next to the counted one.

use crate::exact::Odds;
use crate::game::limits::{MAX_REELS, MIN_REELS};
use crate::game::{
    CORRECT, Feature, Game, Jackpot, Line, Mode, Pay, Symbol, SymbolId, SymbolKind,
    reels_from_counts,
};
use crate::machine::Machine;
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// How far a figure may be off before it is reported, in percentage points.
pub const TOLERANCE: f64 = 0.01;

/// A PAR sheet as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParSheet {
    /// Short name of the game.
    pub id: String,
    /// Name of the game.
    pub name: String,
    /// Rows in view, one number per reel.
    pub rows: Vec<u8>,
    /// Lines; none is one line in the middle row.
    pub lines: Vec<Line>,
    /// Cost of a spin in credits; 0 is one a line.
    pub bet_credits: i64,
    /// Stops per reel, as the sheet states them.
    pub lengths: Vec<u32>,
    /// Symbols with their weights.
    pub symbols: Vec<ParSymbol>,
    /// Features.
    pub features: Vec<Feature>,
    /// Jackpots.
    pub jackpots: Vec<Jackpot>,
    /// Figures that the sheet states.
    pub stated: Vec<Stated>,
    /// Where its parts stand in the text, in words, by their paths as errors name them:
    /// `symbols[3].pays[0]`, `lengths[2]`, `mode.lines[0]`. What is not in it is named by its path.
    pub places: BTreeMap<String, String>,
}

/// A symbol of a sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParSymbol {
    /// Its name.
    pub name: String,
    /// What it does.
    pub kind: SymbolKind,
    /// Names of symbols that this wild does not stand for.
    pub excludes: Vec<String>,
    /// Stops per reel that show it.
    pub weights: Vec<u32>,
    /// What it pays.
    pub pays: Vec<Pay>,
}

/// A figure of a sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Stated {
    /// Which.
    pub figure: Figure,
    /// Percent; a count for counts.
    pub value: f64,
    /// Decimal places that are printed.
    pub places: u32,
}

/// What a figure says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Figure {
    /// All of the return, in percent.
    Rtp,
    /// That of lines, ways and the like.
    RtpLines,
    /// That of scatters.
    RtpScatters,
    /// That of all features.
    RtpFeatures,
    /// That of all jackpots.
    RtpJackpots,
    /// Spins that win or award something, in percent.
    HitFrequency,
    /// Wins of one line, of scatters, and awards, by outcome, in percent: a spin can have several.
    EventFrequency,
    /// Wins of one line, by outcome: a count.
    LineHits,
    /// Outcomes with a paying scatter: a count.
    ScatterHits,
    /// Awards of features: a count.
    FeatureHits,
}

/// A stated figure next to the counted one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Which.
    pub figure: Figure,
    /// What the sheet says.
    pub stated: f64,
    /// What the strips say; `None` if the game has no such figure.
    pub counted: Option<f64>,
    /// What to think of it.
    pub verdict: Verdict,
}

/// What to think of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They are no more than 0.01 percentage points apart; counts are equal.
    Equal,
    /// They are further apart, but the printed figure is the counted one, rounded.
    Rounded,
    /// They are further apart than that.
    Differs,
    /// It could not be counted.
    Unknown,
}

impl Figure {
    /// All figures with their names in files.
    pub const ALL: [(Figure, &'static str); 10] = [
        (Figure::Rtp, "rtp"),
        (Figure::RtpLines, "rtp_lines"),
        (Figure::RtpScatters, "rtp_scatters"),
        (Figure::RtpFeatures, "rtp_features"),
        (Figure::RtpJackpots, "rtp_jackpots"),
        (Figure::HitFrequency, "hit_frequency"),
        (Figure::EventFrequency, "event_frequency"),
        (Figure::LineHits, "line_hits"),
        (Figure::ScatterHits, "scatter_hits"),
        (Figure::FeatureHits, "feature_hits"),
    ];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        Figure::ALL[self as usize].1
    }

    fn is_count(self) -> bool {
        matches!(
            self,
            Figure::LineHits | Figure::ScatterHits | Figure::FeatureHits
        )
    }

    /// The counted one, in the unit of the sheet.
    fn of(self, odds: &Odds) -> Option<f64> {
        let states = odds.states as f64;
        let line_hits = odds.line.as_ref().map(|line| line.hits as f64);
        let scatter_hits: u128 = odds.scatters.iter().map(|scatter| scatter.tally.hits).sum();
        let awards: u128 = odds.features.iter().map(|feature| feature.awards).sum();
        let features: f64 = odds.features.iter().map(|feature| feature.rtp.float).sum();
        let jackpots: f64 = odds.jackpots.iter().map(|jackpot| jackpot.rtp.float).sum();
        let (scatter_hits, awards) = (scatter_hits as f64, awards as f64);
        Some(match self {
            Figure::Rtp => odds.rtp.float * 100.0,
            Figure::RtpLines => odds.rtp_lines.float * 100.0,
            Figure::RtpScatters => odds.rtp_scatters.float * 100.0,
            Figure::RtpFeatures => features * 100.0,
            Figure::RtpJackpots => jackpots * 100.0,
            Figure::HitFrequency => {
                let joint = odds.spin.tally();
                joint.wins_or_awards as f64 / joint.wins.states as f64 * 100.0
            }
            Figure::EventFrequency => (line_hits? + scatter_hits + awards) / states * 100.0,
            Figure::LineHits => line_hits?,
            Figure::ScatterHits => scatter_hits,
            Figure::FeatureHits => awards,
        })
    }
}

impl ParSheet {
    /// The game of the sheet, with strips that have its counts.
    ///
    /// # Errors
    /// [`Error::Invalid`] if weights do not add up to the length of their reel, and what
    /// [`Game::check`] refuses. `[thread-safe]`
    pub fn game(&self) -> Result<Game> {
        self.check_weights()?;
        let reels = self.rows.len();
        let lines = if self.lines.is_empty() {
            vec![self.rows.iter().map(|rows| rows / 2).collect()]
        } else {
            self.lines.clone()
        };
        let counts: Vec<Vec<u32>> = self
            .symbols
            .iter()
            .map(|symbol| symbol.weights.clone())
            .collect();
        let bet_credits = if self.bet_credits == 0 {
            lines.len() as i64
        } else {
            self.bet_credits
        };
        let rows = self.symbols.iter().enumerate();
        let symbols: Result<Vec<Symbol>> = rows.map(|(at, row)| self.symbol(at, row)).collect();
        let game = Game {
            id: self.id.clone(),
            name: self.name.clone(),
            currency_exponent: 2,
            bet_credits,
            rows: self.rows.clone(),
            symbols: symbols?,
            strips: reels_from_counts(&counts).into_iter().take(reels).collect(),
            mode: Mode::Lines(lines),
            features: self.features.clone(),
            jackpots: self.jackpots.clone(),
            ..Game::default()
        };
        game.check().map_err(|error| self.placed(error))?;
        Ok(game)
    }

    /// The same error about the sheet: at its place in the text, and with what helps there.
    fn placed(&self, mut error: Error) -> Error {
        if let Error::Invalid { place, way_out, .. } = &mut error {
            if *way_out == CORRECT {
                *way_out = "correct the sheet";
            }
            let parts = self.places.iter().filter_map(|(path, at)| {
                let rest = place.strip_prefix(path.as_str())?;
                let is_whole = rest.is_empty() || rest.starts_with(['.', '[']);
                is_whole.then_some((rest.len(), rest, at))
            });
            if let Some((_, rest, at)) = parts.min_by_key(|(left, ..)| *left) {
                *place = within(at, rest.trim_start_matches('.'));
            }
        }
        error
    }

    /// The place of a part in the text, or these words where that is not known.
    fn place(&self, path: &str, words: String) -> String {
        match self.places.get(path) {
            Some(at) => within(at, &words),
            None => words,
        }
    }

    /// Counts what the sheet states.
    ///
    /// # Errors
    /// Those of [`ParSheet::game`] and [`Machine::odds`]. `[thread-safe]`
    pub fn compare(
        &self,
        progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Result<(Odds, Vec<Comparison>)> {
        let machine = Machine::new(self.game()?).map_err(|error| self.placed(error))?;
        let odds = machine.odds(progress)?;
        let compare = |stated: &Stated| {
            let counted = stated.figure.of(&odds);
            Comparison {
                figure: stated.figure,
                stated: stated.value,
                counted,
                verdict: counted.map_or(Verdict::Unknown, |counted| verdict(stated, counted)),
            }
        };
        let comparisons = self.stated.iter().map(compare).collect();
        Ok((odds, comparisons))
    }

    fn check_weights(&self) -> Result<()> {
        let reels = self.rows.len();
        let way_out = "correct the sheet";
        if !(MIN_REELS..=MAX_REELS).contains(&reels) {
            let allowed = format!("{MIN_REELS}..={MAX_REELS}");
            let way_out = "give the rows in view of each reel, such as 3,3,3,3,3";
            return Err(Error::invalid(
                self.place("rows", "rows".to_owned()),
                "the number of reels",
                reels,
                allowed,
                way_out,
            ));
        }
        for (at, symbol) in self.symbols.iter().enumerate() {
            if symbol.weights.len() != reels {
                let words = format!("symbols[{at}] {:?}", symbol.name);
                let place = self.place(&format!("symbols[{at}]"), words);
                let (what, count) = ("the number of weights", symbol.weights.len());
                let allowed = format!("{reels}, one per reel");
                return Err(Error::invalid(place, what, count, allowed, way_out));
            }
        }
        if self.lengths.len() != reels {
            let (what, count) = ("the number of strip lengths", self.lengths.len());
            let allowed = format!("{reels}, one per reel");
            let place = self.place("lengths", "lengths".to_owned());
            return Err(Error::invalid(place, what, count, allowed, way_out));
        }
        for (reel, &length) in self.lengths.iter().enumerate() {
            let weights = self
                .symbols
                .iter()
                .map(|symbol| u64::from(symbol.weights[reel]));
            let sum: u64 = weights.sum();
            if sum != u64::from(length) {
                let words = format!("reel {}", reel + 1);
                let place = self.place(&format!("lengths[{reel}]"), words);
                let way_out = "change a weight of this reel, or its length";
                let allowed = format!("{length}, the length of the strip");
                return Err(Error::invalid(
                    place,
                    "the sum of weights",
                    sum,
                    allowed,
                    way_out,
                ));
            }
        }
        Ok(())
    }

    fn symbol(&self, of: usize, row: &ParSymbol) -> Result<Symbol> {
        let number = |(nth, name): (usize, &String)| {
            let at = self.symbols.iter().position(|symbol| symbol.name == *name);
            at.map(|at| at as SymbolId).ok_or_else(|| {
                let path = format!("symbols[{of}].excludes[{nth}]");
                let at = self.places.get(&path).cloned();
                let place = at.unwrap_or_else(|| format!("{:?}.excludes", row.name));
                let name = format!("{name:?}");
                let allowed = "the name of a symbol of the sheet";
                Error::invalid(place, "the symbol", name, allowed, "check the spelling")
            })
        };
        let excludes = row.excludes.iter().enumerate();
        Ok(Symbol {
            name: row.name.clone(),
            kind: row.kind,
            excludes: excludes.map(number).collect::<Result<_>>()?,
            pays: row.pays.clone(),
        })
    }
}

/// `line 4, column 3, reel 2`
fn within(at: &str, part: &str) -> String {
    match part {
        "" => at.to_owned(),
        part => format!("{at}, {part}"),
    }
}

fn verdict(stated: &Stated, counted: f64) -> Verdict {
    let apart = (stated.value - counted).abs();
    let half_a_place = 0.5 * 10_f64.powi(-(stated.places as i32));
    let slack = 1e-9;
    match stated.figure.is_count() {
        true if apart == 0.0 => Verdict::Equal,
        true => Verdict::Differs,
        false if apart <= TOLERANCE + slack => Verdict::Equal,
        false if apart <= half_a_place + slack => Verdict::Rounded,
        false => Verdict::Differs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presets::{Payback, lobstermania};

    /// The sheet of the 96.2 % game, as a person would type it in.
    fn sheet() -> ParSheet {
        let game = lobstermania(Payback::High, 1);
        let weights = |symbol: usize| {
            let count = |strip: &Vec<u8>| {
                strip
                    .iter()
                    .filter(|&&shown| usize::from(shown) == symbol)
                    .count() as u32
            };
            game.strips.iter().map(count).collect()
        };
        let rows = game.symbols.iter().enumerate();
        let symbols = rows.map(|(at, symbol)| ParSymbol {
            name: symbol.name.clone(),
            kind: symbol.kind,
            excludes: Vec::new(),
            weights: weights(at),
            pays: symbol.pays.clone(),
        });
        let stated = |figure, value, places| Stated {
            figure,
            value,
            places,
        };
        ParSheet {
            id: "sheet".to_owned(),
            rows: game.rows.clone(),
            lengths: vec![47, 46, 48, 50, 50],
            symbols: symbols.collect(),
            features: game.features.clone(),
            stated: vec![
                stated(Figure::Rtp, 96.2, 1),
                stated(Figure::EventFrequency, 5.2, 1),
                stated(Figure::LineHits, 9_142_500.0, 0),
                stated(Figure::ScatterHits, 4_126_464.0, 0),
                stated(Figure::FeatureHits, 150_001.0, 0),
                stated(Figure::RtpScatters, 10.7, 1),
            ],
            ..ParSheet::default()
        }
    }

    #[test]
    fn every_stated_figure_is_compared() {
        let (odds, rows) = sheet()
            .compare(&mut |_, _| ControlFlow::Continue(()))
            .unwrap();
        assert_eq!(odds.states, 259_440_000);
        let verdicts: Vec<Verdict> = rows.iter().map(|row| row.verdict).collect();
        use Verdict::*;
        assert_eq!(verdicts, [Equal, Rounded, Equal, Equal, Differs, Differs]);
        assert_eq!(rows[4].counted, Some(150_000.0));
    }

    #[test]
    fn a_sheet_without_reels_is_told_what_it_lacks() {
        let error = ParSheet::default().game().unwrap_err().to_string();
        assert_eq!(
            error,
            "rows: the number of reels is 0, but must be 3..=8; give the rows in view of each \
             reel, such as 3,3,3,3,3"
        );
    }

    #[test]
    fn what_is_wrong_with_the_game_is_told_of_the_sheet() {
        let mut sheet = sheet();
        sheet.symbols[1].pays[0].count = 9;
        let text = |sheet: &ParSheet| sheet.game().unwrap_err().to_string();
        assert_eq!(
            text(&sheet),
            "symbols[1].pays[0]: the count is 9, but must be 1..=5, one per reel of the game; \
             correct the sheet"
        );
        for (path, at) in [
            ("symbols[1]", "line 6, column 2"),
            ("symbols[1].pays[0]", "line 6, column 9"),
            ("symbols[10]", "line 15, column 2"),
        ] {
            sheet.places.insert(path.to_owned(), at.to_owned());
        }
        assert!(text(&sheet).starts_with("line 6, column 9: the count is 9"));
        sheet.places.remove("symbols[1].pays[0]");
        assert!(text(&sheet).starts_with("line 6, column 2, pays[0]: the count is 9"));
    }

    #[test]
    fn weights_must_add_up_to_the_length_of_the_strip() {
        let mut sheet = sheet();
        sheet.symbols[3].weights[2] += 1;
        assert_eq!(
            sheet.game().unwrap_err().to_string(),
            "reel 3: the sum of weights is 49, but must be 48, the length of the strip; change a \
             weight of this reel, or its length"
        );
        sheet.symbols[3].weights.pop();
        assert!(
            sheet
                .game()
                .unwrap_err()
                .to_string()
                .contains("one per reel")
        );
    }
}
