//! `"format": "segue.slot"`: a game.

use super::anticipation::AnticipationFile;
use super::{check_stamp, document, invalid, number, problem};
use crate::error::Result;
use crate::json::Document;
use segue_slot::game::{self, Game};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const FORMAT: &str = "segue.slot";
const DOCUMENT: Document = document("slot game");

/// Reads a game and checks it. `[thread-safe]`
///
/// # Errors
/// [`crate::Error::Limit`], [`crate::Error::Json`], [`crate::Error::Unrecognised`],
/// [`crate::Error::Newer`], and [`crate::Error::Invalid`] for the first value that cannot be.
pub fn game_from_json(bytes: &[u8]) -> Result<Game> {
    let text = DOCUMENT.check_caps(bytes)?;
    let file: GameFile = DOCUMENT.parse(text)?;
    check_stamp(&file.format, file.version, FORMAT)?;
    let game = file.game()?;
    game.check().map_err(|error| invalid(&error))?;
    Ok(game)
}

/// Writes a game, the same text for the same game. `[thread-safe]`
///
/// # Errors
/// [`crate::Error::Limit`] if the text becomes too long.
pub fn game_to_json(game: &Game) -> Result<Vec<u8>> {
    DOCUMENT.write(&GameFile::of(game))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GameFile {
    format: String,
    version: u32,
    id: String,
    name: String,
    #[serde(default = "two")]
    currency_exponent: u8,
    bet_credits: i64,
    rows: Vec<u8>,
    symbols: Vec<SymbolFile>,
    /// One text per reel: names of symbols between spaces.
    strips: Vec<String>,
    mode: ModeFile,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cascade: Option<CascadeFile>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    features: Vec<FeatureFile>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    jackpots: Vec<JackpotFile>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gamble: Option<GambleFile>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    anticipation: Option<AnticipationFile>,
}

fn two() -> u8 {
    2
}

fn one() -> i64 {
    1
}

/// A wheel has all its prizes in each turn, and so has a pick that does not say otherwise.
fn replaced() -> bool {
    true
}

fn one_prize() -> u32 {
    1
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SymbolFile {
    name: String,
    #[serde(default = "regular")]
    kind: KindFile,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    excludes: Vec<String>,
    /// Credits by count.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pays: BTreeMap<Count, i64>,
}

/// A number as a key. Behind a `type` key serde hands on keys as texts only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Count(pub(super) u8);

impl TryFrom<String> for Count {
    type Error = String;

    fn try_from(text: String) -> Result<Count, String> {
        let number = text.parse().map(Count);
        number.map_err(|_| format!("the key {text:?} is no number in 0..=255"))
    }
}

impl From<Count> for String {
    fn from(count: Count) -> String {
        count.0.to_string()
    }
}

/// Enumerations that a game and its file share, name by name.
macro_rules! same {
    ($(#[$meta:meta])* $file:ident = $type:ty { $($name:ident),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(super) enum $file {
            $($name),*
        }

        impl From<$file> for $type {
            fn from(value: $file) -> $type {
                match value {
                    $($file::$name => <$type>::$name),*
                }
            }
        }

        impl From<$type> for $file {
            fn from(value: $type) -> $file {
                match value {
                    $(<$type>::$name => $file::$name),*
                }
            }
        }
    };
}

same!(
    KindFile = game::SymbolKind {
        Regular,
        Wild,
        Scatter,
        Bonus,
        Blank
    }
);
same!(
    TierFile = game::Tier {
        Mini,
        Minor,
        Major,
        Grand
    }
);
same!(
    RemovalFile = game::Removal {
        WinningOnly,
        WholeReel,
        WithAdjacent
    }
);
same!(PlaceFile = game::Place { Window, Line });

pub(super) fn regular() -> KindFile {
    KindFile::Regular
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum ModeFile {
    Lines {
        lines: Vec<Vec<u8>>,
    },
    Ways {},
    Cluster {
        min: u8,
    },
    AllPays {
        min: u8,
    },
    /// Per reel: weight by number of rows.
    Megaways {
        heights: Vec<BTreeMap<Count, u32>>,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CascadeFile {
    max_steps: u32,
    multipliers: Vec<i64>,
    removal: RemovalFile,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FeatureFile {
    name: String,
    trigger: TriggerFile,
    #[serde(default)]
    in_free_spins: bool,
    rules: RulesFile,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TriggerFile {
    symbol: String,
    count: u8,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reels: Vec<u8>,
    #[serde(default = "window")]
    place: PlaceFile,
}

fn window() -> PlaceFile {
    PlaceFile::Window
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum RulesFile {
    FreeSpins {
        /// Spins by number of triggers.
        awards: BTreeMap<Count, u32>,
        #[serde(default = "one")]
        multiplier: i64,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        retrigger: BTreeMap<Count, u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        strips: Option<Vec<String>>,
        #[serde(default = "most_spins")]
        max_spins: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mercy: Option<MercyFile>,
    },
    HoldAndWin {
        respins: u32,
        blank_weight: u32,
        coins: Vec<CoinFile>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        full: Option<TierFile>,
    },
    Pick(PickFile),
    Wheel(PickFile),
}

fn most_spins() -> u32 {
    game::limits::MAX_FREE_SPINS
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MercyFile {
    after: u32,
    symbol: String,
    reel: u8,
    row: u8,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CoinFile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    credits: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jackpot: Option<TierFile>,
    weight: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PickFile {
    picks: u32,
    #[serde(default = "one_prize")]
    min_prizes: u32,
    #[serde(default = "one_prize")]
    max_prizes: u32,
    #[serde(default = "replaced")]
    replacement: bool,
    prizes: Vec<PrizeFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PrizeFile {
    what: PrizeKindFile,
    weight: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PrizeKindFile {
    Coins(i64),
    Multiplier(i64),
    ExtraPicks(u32),
    Jackpot(TierFile),
    EndGame,
    Collect,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JackpotFile {
    tier: TierFile,
    seed_bets: i64,
    contribution_ppm: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cap_seeds: Option<i64>,
    #[serde(default)]
    trigger: JackpotTriggerFile,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum JackpotTriggerFile {
    #[default]
    Features,
    Random {
        one_in: u64,
    },
    Symbols {
        symbol: String,
        count: u8,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GambleFile {
    kind: GambleKindFile,
    max_rounds: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", try_from = "GambleKindText")]
enum GambleKindFile {
    Colour,
    Coin,
    Suit,
    Ladder(Vec<i64>),
}

/// What stands behind `kind`: a ladder without its rungs is told what it lacks.
#[derive(Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "`colour`, `coin`, `suit`, or the rungs of a ladder such as {\"ladder\": [0, 1, 2, 5]}"
)]
enum GambleKindText {
    Name(String),
    Rungs { ladder: Vec<i64> },
}

impl TryFrom<GambleKindText> for GambleKindFile {
    type Error = String;

    fn try_from(text: GambleKindText) -> Result<GambleKindFile, String> {
        let rungs = "write the rungs of a ladder as {\"ladder\": [0, 1, 2, 5]}";
        match text {
            GambleKindText::Rungs { ladder } => Ok(GambleKindFile::Ladder(ladder)),
            GambleKindText::Name(name) => match name.as_str() {
                "colour" => Ok(GambleKindFile::Colour),
                "coin" => Ok(GambleKindFile::Coin),
                "suit" => Ok(GambleKindFile::Suit),
                "ladder" => Err(format!("a ladder has rungs; {rungs}")),
                other => Err(format!(
                    "the kind of gamble is {other:?}, but must be colour, coin or suit; {rungs}"
                )),
            },
        }
    }
}

impl GameFile {
    fn game(self) -> Result<Game> {
        let names: Vec<String> = self
            .symbols
            .iter()
            .map(|symbol| symbol.name.clone())
            .collect();
        let symbols = self.symbols.into_iter().enumerate();
        let symbols = symbols.map(|(at, symbol)| symbol.symbol(at, &names));
        let features = self.features.into_iter().enumerate();
        let features = features.map(|(at, feature)| feature.feature(at, &names));
        let jackpots = self.jackpots.into_iter().enumerate();
        let jackpots = jackpots.map(|(at, jackpot)| jackpot.jackpot(at, &names));
        Ok(Game {
            id: self.id,
            name: self.name,
            currency_exponent: self.currency_exponent,
            bet_credits: self.bet_credits,
            rows: self.rows,
            symbols: symbols.collect::<Result<_>>()?,
            strips: strips(&self.strips, &names, "strips")?,
            mode: self.mode.into(),
            cascade: self.cascade.map(|cascade| game::Cascade {
                max_steps: cascade.max_steps,
                multipliers: cascade.multipliers,
                removal: cascade.removal.into(),
            }),
            features: features.collect::<Result<_>>()?,
            jackpots: jackpots.collect::<Result<_>>()?,
            gamble: self.gamble.map(|gamble| game::Gamble {
                kind: match gamble.kind {
                    GambleKindFile::Colour => game::GambleKind::Colour,
                    GambleKindFile::Coin => game::GambleKind::Coin,
                    GambleKindFile::Suit => game::GambleKind::Suit,
                    GambleKindFile::Ladder(rungs) => game::GambleKind::Ladder(rungs),
                },
                max_rounds: gamble.max_rounds,
            }),
            anticipation: self.anticipation.map(Into::into).unwrap_or_default(),
        })
    }

    fn of(game: &Game) -> GameFile {
        let name = |symbol: u8| game.symbols[usize::from(symbol)].name.clone();
        let symbols = game.symbols.iter().map(|symbol| SymbolFile {
            name: symbol.name.clone(),
            kind: symbol.kind.into(),
            excludes: symbol.excludes.iter().map(|&symbol| name(symbol)).collect(),
            pays: symbol
                .pays
                .iter()
                .map(|pay| (Count(pay.count), pay.credits))
                .collect(),
        });
        GameFile {
            format: FORMAT.to_owned(),
            version: 1,
            id: game.id.clone(),
            name: game.name.clone(),
            currency_exponent: game.currency_exponent,
            bet_credits: game.bet_credits,
            rows: game.rows.clone(),
            symbols: symbols.collect(),
            strips: strip_texts(&game.strips, &name),
            mode: (&game.mode).into(),
            cascade: game.cascade.as_ref().map(|cascade| CascadeFile {
                max_steps: cascade.max_steps,
                multipliers: cascade.multipliers.clone(),
                removal: cascade.removal.into(),
            }),
            features: game
                .features
                .iter()
                .map(|feature| FeatureFile::of(feature, &name))
                .collect(),
            jackpots: game
                .jackpots
                .iter()
                .map(|jackpot| JackpotFile::of(jackpot, &name))
                .collect(),
            gamble: game.gamble.as_ref().map(|gamble| GambleFile {
                kind: match &gamble.kind {
                    game::GambleKind::Colour => GambleKindFile::Colour,
                    game::GambleKind::Coin => GambleKindFile::Coin,
                    game::GambleKind::Suit => GambleKindFile::Suit,
                    game::GambleKind::Ladder(rungs) => GambleKindFile::Ladder(rungs.clone()),
                },
                max_rounds: gamble.max_rounds,
            }),
            anticipation: AnticipationFile::of(&game.anticipation),
        }
    }
}

fn strips(texts: &[String], names: &[String], path: &str) -> Result<Vec<game::Strip>> {
    let strip = |(reel, text): (usize, &String)| {
        let path = format!("{path}[{reel}]");
        text.split_whitespace()
            .map(|name| number(names, name, &path))
            .collect()
    };
    texts.iter().enumerate().map(strip).collect()
}

fn strip_texts(strips: &[game::Strip], name: &impl Fn(u8) -> String) -> Vec<String> {
    let text = |strip: &game::Strip| {
        let names: Vec<String> = strip.iter().map(|&symbol| name(symbol)).collect();
        names.join(" ")
    };
    strips.iter().map(text).collect()
}

impl SymbolFile {
    fn symbol(self, at: usize, names: &[String]) -> Result<game::Symbol> {
        if self.name.contains(char::is_whitespace) {
            let text = format!(
                "{:?} has a space in it; strips are written with spaces",
                self.name
            );
            return Err(problem(format!("symbols[{at}].name"), text));
        }
        let path = format!("symbols[{at}].excludes");
        let excludes = self.excludes.iter().map(|name| number(names, name, &path));
        let pays = self.pays.into_iter();
        Ok(game::Symbol {
            name: self.name,
            kind: self.kind.into(),
            excludes: excludes.collect::<Result<_>>()?,
            pays: pays
                .map(|(Count(count), credits)| game::Pay { count, credits })
                .collect(),
        })
    }
}

impl From<ModeFile> for game::Mode {
    fn from(mode: ModeFile) -> game::Mode {
        match mode {
            ModeFile::Lines { lines } => game::Mode::Lines(lines),
            ModeFile::Ways {} => game::Mode::Ways,
            ModeFile::Cluster { min } => game::Mode::Cluster { min },
            ModeFile::AllPays { min } => game::Mode::AllPays { min },
            ModeFile::Megaways { heights } => {
                let reel = |reel: BTreeMap<Count, u32>| {
                    let heights = reel.into_iter();
                    heights
                        .map(|(Count(rows), weight)| game::Height { rows, weight })
                        .collect()
                };
                game::Mode::Megaways {
                    heights: heights.into_iter().map(reel).collect(),
                }
            }
        }
    }
}

impl From<&game::Mode> for ModeFile {
    fn from(mode: &game::Mode) -> ModeFile {
        match mode {
            game::Mode::Lines(lines) => ModeFile::Lines {
                lines: lines.clone(),
            },
            game::Mode::Ways => ModeFile::Ways {},
            game::Mode::Cluster { min } => ModeFile::Cluster { min: *min },
            game::Mode::AllPays { min } => ModeFile::AllPays { min: *min },
            game::Mode::Megaways { heights } => {
                let reel = |reel: &Vec<game::Height>| {
                    reel.iter()
                        .map(|height| (Count(height.rows), height.weight))
                        .collect()
                };
                ModeFile::Megaways {
                    heights: heights.iter().map(reel).collect(),
                }
            }
        }
    }
}

fn awards(awards: BTreeMap<Count, u32>) -> Vec<game::Award> {
    let awards = awards.into_iter();
    awards
        .map(|(Count(count), spins)| game::Award { count, spins })
        .collect()
}

impl FeatureFile {
    pub(super) fn feature(self, at: usize, names: &[String]) -> Result<game::Feature> {
        let path = format!("features[{at}]");
        Ok(game::Feature {
            name: self.name,
            trigger: game::Trigger {
                symbol: number(
                    names,
                    &self.trigger.symbol,
                    &format!("{path}.trigger.symbol"),
                )?,
                count: self.trigger.count,
                reels: self.trigger.reels,
                place: self.trigger.place.into(),
            },
            in_free_spins: self.in_free_spins,
            rules: self.rules.rules(&format!("{path}.rules"), names)?,
        })
    }

    fn of(feature: &game::Feature, name: &impl Fn(u8) -> String) -> FeatureFile {
        FeatureFile {
            name: feature.name.clone(),
            trigger: TriggerFile {
                symbol: name(feature.trigger.symbol),
                count: feature.trigger.count,
                reels: feature.trigger.reels.clone(),
                place: feature.trigger.place.into(),
            },
            in_free_spins: feature.in_free_spins,
            rules: RulesFile::of(&feature.rules, name),
        }
    }
}

impl RulesFile {
    fn rules(self, path: &str, names: &[String]) -> Result<game::FeatureRules> {
        Ok(match self {
            RulesFile::FreeSpins {
                awards: first,
                multiplier,
                retrigger,
                strips: own,
                max_spins,
                mercy,
            } => game::FeatureRules::FreeSpins(game::FreeSpins {
                awards: awards(first),
                multiplier,
                retrigger: awards(retrigger),
                strips: own
                    .map(|own| strips(&own, names, &format!("{path}.strips")))
                    .transpose()?,
                max_spins,
                mercy: mercy.map(|mercy| mercy.mercy(path, names)).transpose()?,
            }),
            RulesFile::HoldAndWin {
                respins,
                blank_weight,
                coins,
                full,
            } => game::FeatureRules::HoldAndWin(game::HoldAndWin {
                respins,
                blank_weight,
                coins: coins
                    .iter()
                    .map(|coin| coin.coin(path))
                    .collect::<Result<_>>()?,
                full: full.map(Into::into),
            }),
            RulesFile::Pick(pick) => game::FeatureRules::Pick(pick.pick()),
            RulesFile::Wheel(pick) => game::FeatureRules::Wheel(pick.pick()),
        })
    }

    fn of(rules: &game::FeatureRules, name: &impl Fn(u8) -> String) -> RulesFile {
        let by_count = |awards: &[game::Award]| {
            awards
                .iter()
                .map(|award| (Count(award.count), award.spins))
                .collect()
        };
        match rules {
            game::FeatureRules::FreeSpins(rules) => RulesFile::FreeSpins {
                awards: by_count(&rules.awards),
                multiplier: rules.multiplier,
                retrigger: by_count(&rules.retrigger),
                strips: rules.strips.as_ref().map(|own| strip_texts(own, name)),
                max_spins: rules.max_spins,
                mercy: rules.mercy.map(|mercy| MercyFile {
                    after: mercy.after,
                    symbol: name(mercy.symbol),
                    reel: mercy.reel,
                    row: mercy.row,
                }),
            },
            game::FeatureRules::HoldAndWin(rules) => RulesFile::HoldAndWin {
                respins: rules.respins,
                blank_weight: rules.blank_weight,
                coins: rules.coins.iter().map(CoinFile::of).collect(),
                full: rules.full.map(Into::into),
            },
            game::FeatureRules::Pick(pick) => RulesFile::Pick(PickFile::of(pick)),
            game::FeatureRules::Wheel(pick) => RulesFile::Wheel(PickFile::of(pick)),
        }
    }
}

impl MercyFile {
    fn mercy(self, path: &str, names: &[String]) -> Result<game::Mercy> {
        Ok(game::Mercy {
            after: self.after,
            symbol: number(names, &self.symbol, &format!("{path}.mercy.symbol"))?,
            reel: self.reel,
            row: self.row,
        })
    }
}

impl CoinFile {
    fn coin(&self, path: &str) -> Result<game::CoinPrize> {
        let what = match (self.credits, self.jackpot) {
            (Some(credits), None) => game::CoinValue::Credits(credits),
            (None, Some(tier)) => game::CoinValue::Jackpot(tier.into()),
            _ => {
                let text = "a coin has either `credits` or a `jackpot`";
                return Err(problem(format!("{path}.coins"), text));
            }
        };
        Ok(game::CoinPrize {
            what,
            weight: self.weight,
        })
    }

    fn of(coin: &game::CoinPrize) -> CoinFile {
        let (credits, jackpot) = match coin.what {
            game::CoinValue::Credits(credits) => (Some(credits), None),
            game::CoinValue::Jackpot(tier) => (None, Some(tier.into())),
        };
        CoinFile {
            credits,
            jackpot,
            weight: coin.weight,
        }
    }
}

impl PickFile {
    fn pick(self) -> game::Pick {
        let prize = |prize: PrizeFile| game::Prize {
            what: match prize.what {
                PrizeKindFile::Coins(credits) => game::PrizeKind::Coins(credits),
                PrizeKindFile::Multiplier(by) => game::PrizeKind::Multiplier(by),
                PrizeKindFile::ExtraPicks(more) => game::PrizeKind::ExtraPicks(more),
                PrizeKindFile::Jackpot(tier) => game::PrizeKind::Jackpot(tier.into()),
                PrizeKindFile::EndGame => game::PrizeKind::EndGame,
                PrizeKindFile::Collect => game::PrizeKind::Collect,
            },
            weight: prize.weight,
        };
        game::Pick {
            picks: self.picks,
            min_prizes: self.min_prizes,
            max_prizes: self.max_prizes,
            replacement: self.replacement,
            prizes: self.prizes.into_iter().map(prize).collect(),
        }
    }

    fn of(pick: &game::Pick) -> PickFile {
        let prize = |prize: &game::Prize| PrizeFile {
            what: match prize.what {
                game::PrizeKind::Coins(credits) => PrizeKindFile::Coins(credits),
                game::PrizeKind::Multiplier(by) => PrizeKindFile::Multiplier(by),
                game::PrizeKind::ExtraPicks(more) => PrizeKindFile::ExtraPicks(more),
                game::PrizeKind::Jackpot(tier) => PrizeKindFile::Jackpot(tier.into()),
                game::PrizeKind::EndGame => PrizeKindFile::EndGame,
                game::PrizeKind::Collect => PrizeKindFile::Collect,
            },
            weight: prize.weight,
        };
        PickFile {
            picks: pick.picks,
            min_prizes: pick.min_prizes,
            max_prizes: pick.max_prizes,
            replacement: pick.replacement,
            prizes: pick.prizes.iter().map(prize).collect(),
        }
    }
}

impl JackpotFile {
    pub(super) fn jackpot(self, at: usize, names: &[String]) -> Result<game::Jackpot> {
        let trigger = match self.trigger {
            JackpotTriggerFile::Features => game::JackpotTrigger::Features,
            JackpotTriggerFile::Random { one_in } => game::JackpotTrigger::Random { one_in },
            JackpotTriggerFile::Symbols { symbol, count } => game::JackpotTrigger::Symbols {
                symbol: number(names, &symbol, &format!("jackpots[{at}].trigger.symbol"))?,
                count,
            },
        };
        Ok(game::Jackpot {
            tier: self.tier.into(),
            seed_bets: self.seed_bets,
            contribution_ppm: self.contribution_ppm,
            cap_seeds: self.cap_seeds,
            trigger,
        })
    }

    fn of(jackpot: &game::Jackpot, name: &impl Fn(u8) -> String) -> JackpotFile {
        JackpotFile {
            tier: jackpot.tier.into(),
            seed_bets: jackpot.seed_bets,
            contribution_ppm: jackpot.contribution_ppm,
            cap_seeds: jackpot.cap_seeds,
            trigger: match jackpot.trigger {
                game::JackpotTrigger::Features => JackpotTriggerFile::Features,
                game::JackpotTrigger::Random { one_in } => JackpotTriggerFile::Random { one_in },
                game::JackpotTrigger::Symbols { symbol, count } => JackpotTriggerFile::Symbols {
                    symbol: name(symbol),
                    count,
                },
            },
        }
    }
}

#[cfg(test)]
mod tests;
