//! `"format": "segue.par"`: a PAR sheet.

use super::game::{Count, FeatureFile, JackpotFile, KindFile, regular};
use super::{check_stamp, document, meant, problem};
use crate::error::Result;
use crate::json::Document;
use segue_slot::game::Pay;
use segue_slot::par::{Figure, ParSheet, ParSymbol, Stated};
use serde::Deserialize;
use serde_json::Number;
use std::collections::BTreeMap;

const DOCUMENT: Document = document("PAR sheet");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SheetFile {
    format: String,
    version: u32,
    #[serde(default)]
    id: String,
    name: String,
    rows: Vec<u8>,
    #[serde(default)]
    lines: Vec<Vec<u8>>,
    #[serde(default)]
    bet_credits: i64,
    lengths: Vec<u32>,
    symbols: Vec<SymbolFile>,
    #[serde(default)]
    features: Vec<FeatureFile>,
    #[serde(default)]
    jackpots: Vec<JackpotFile>,
    /// Figures by name: percent, or counts.
    #[serde(default)]
    stated: BTreeMap<String, Number>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SymbolFile {
    name: String,
    #[serde(default = "regular")]
    kind: KindFile,
    #[serde(default)]
    excludes: Vec<String>,
    weights: Vec<u32>,
    #[serde(default)]
    pays: BTreeMap<Count, i64>,
}

/// Reads a PAR sheet. [`ParSheet::game`] says whether its numbers agree. `[thread-safe]`
///
/// # Errors
/// [`crate::Error::Limit`], [`crate::Error::Json`], [`crate::Error::Unrecognised`],
/// [`crate::Error::Newer`], and [`crate::Error::Invalid`] for names that do not exist.
pub fn sheet_from_json(bytes: &[u8]) -> Result<ParSheet> {
    let text = DOCUMENT.check_caps(bytes)?;
    let file: SheetFile = DOCUMENT.parse(text)?;
    check_stamp(&file.format, file.version, "segue.par")?;
    let names: Vec<String> = file
        .symbols
        .iter()
        .map(|symbol| symbol.name.clone())
        .collect();
    let features = file.features.into_iter().enumerate();
    let jackpots = file.jackpots.into_iter().enumerate();
    let stated = file.stated.iter().map(|(name, value)| {
        let place = format!("stated.{name}");
        figure(("stated", &place), name, &value.to_string())
    });
    Ok(ParSheet {
        id: if file.id.is_empty() {
            id_of(&file.name)
        } else {
            file.id
        },
        name: file.name,
        rows: file.rows,
        lines: file.lines,
        bet_credits: file.bet_credits,
        lengths: file.lengths,
        symbols: file.symbols.into_iter().map(SymbolFile::symbol).collect(),
        features: features
            .map(|(at, feature)| feature.feature(at, &names))
            .collect::<Result<_>>()?,
        jackpots: jackpots
            .map(|(at, jackpot)| jackpot.jackpot(at, &names))
            .collect::<Result<_>>()?,
        stated: stated.collect::<Result<_>>()?,
        places: BTreeMap::new(),
    })
}

impl SymbolFile {
    fn symbol(self) -> ParSymbol {
        let pays = self.pays.into_iter();
        ParSymbol {
            name: self.name,
            kind: self.kind.into(),
            excludes: self.excludes,
            weights: self.weights,
            pays: pays
                .map(|(Count(count), credits)| Pay { count, credits })
                .collect(),
        }
    }
}

/// A stated figure by its name, with the places that are printed. `places` are those of the name and of
/// the value.
pub(super) fn figure(places: (&str, &str), name: &str, text: &str) -> Result<Stated> {
    let known = Figure::ALL.iter().find(|(_, known)| *known == name);
    let Some(&(figure, _)) = known else {
        let names: Vec<&str> = Figure::ALL.iter().map(|(_, name)| *name).collect();
        let near = meant(name, names.iter().copied());
        let known = names.join(", ");
        let text = format!("there is no figure {name:?}; there are {known}{near}");
        return Err(problem(places.0, text));
    };
    let is_count = matches!(
        figure,
        Figure::LineHits | Figure::ScatterHits | Figure::FeatureHits
    );
    let digits = if is_count {
        text
    } else {
        without_percent(text)
    };
    let value = digits.parse().ok().filter(|value: &f64| value.is_finite());
    let value = value.ok_or_else(|| {
        let wanted = match is_count {
            true => "a count such as 27",
            false => "a number of percent such as 96.2",
        };
        let text = format!("the figure is {text:?}, but must be {wanted}; correct it");
        problem(places.1, text)
    })?;
    let places = digits.split_once('.').map_or(0, |(_, places)| places.len());
    Ok(Stated {
        figure,
        value,
        places: u32::try_from(places).unwrap_or(u32::MAX).min(15),
    })
}

/// The number of a percentage, whose sign may be left out.
pub(super) fn without_percent(text: &str) -> &str {
    text.strip_suffix('%').map_or(text, str::trim_end)
}

/// A short name out of one for people.
pub(super) fn id_of(name: &str) -> String {
    let words = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let id = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
    if id.is_empty() { "game".to_owned() } else { id }
}

#[cfg(test)]
mod tests {
    use super::super::csv::{sheet_from_csv, tests::sheet};
    use super::super::game_to_json;
    use super::*;
    use segue_slot::presets::{Payback, lobstermania};
    use serde_json::{Value, json};

    /// The sheet that the tests of CSV have.
    fn written() -> Value {
        let game = lobstermania(Payback::High, 1);
        let symbol = |(at, symbol): (usize, &segue_slot::game::Symbol)| {
            let count = |strip: &Vec<u8>| {
                let shown = strip.iter().filter(|&&shown| usize::from(shown) == at);
                shown.count()
            };
            let weights: Vec<usize> = game.strips.iter().map(count).collect();
            let kind = ["regular", "wild", "scatter", "bonus", "blank"][symbol.kind as usize];
            let pays = symbol.pays.iter();
            let pays = pays.map(|pay| (pay.count.to_string(), json!(pay.credits)));
            let pays: Value = pays.collect::<serde_json::Map<_, _>>().into();
            json!({"name": symbol.name, "kind": kind, "weights": weights, "pays": pays})
        };
        let symbols: Vec<Value> = game.symbols.iter().enumerate().map(symbol).collect();
        let file: Value = serde_json::from_slice(&game_to_json(&game).unwrap()).unwrap();
        json!({
            "format": "segue.par", "version": 1, "name": "Lobstermania, 96.2 %",
            "rows": [3, 3, 3, 3, 3], "lengths": [47, 46, 48, 50, 50],
            "symbols": symbols, "features": file["features"],
            "stated": {"rtp": 96.2, "line_hits": 9_142_500, "event_frequency": 5.2},
        })
    }

    fn read(text: &str) -> Result<ParSheet> {
        sheet_from_json(text.as_bytes())
    }

    #[test]
    fn a_sheet_gives_the_same_game_as_the_one_in_csv() {
        let known = sheet_from_csv(sheet().as_bytes()).unwrap();
        let found = read(&written().to_string()).unwrap();
        assert_eq!(found.game().unwrap(), known.game().unwrap());
        assert_eq!(found.stated.len(), 3);
        for stated in &found.stated {
            assert!(known.stated.contains(stated), "{stated:?}");
        }
    }

    #[test]
    fn a_wrong_key_or_format_is_named() {
        let text = written().to_string();
        for (from, to, expected) in [
            ("\"rows\":", "\"rowz\":", "unknown field `rowz`"),
            (
                "\"kind\":\"wild\"",
                "\"kind\":\"wild\",\"wieghts\":[1]",
                ".wieghts (line 1, column",
            ),
            (
                "\"line_hits\":",
                "\"line_hist\":",
                "there is no figure \"line_hist\"",
            ),
            (
                "\"line_hits\":",
                "\"line_hist\":",
                "did you mean \"line_hits\"?",
            ),
            (
                "\"rows\":",
                "\"rows\":[1],\"rows\":",
                "rows (line 1, column",
            ),
            (
                "\"rows\":",
                "\"rows\":[1],\"rows\":",
                "this key is written twice",
            ),
            // Keys that are data, too.
            (
                "\"rtp\":",
                "\"rtp\":90,\"rtp\":",
                "stated.rtp (line 1, column",
            ),
            (
                "\"5\":10000",
                "\"5\":1,\"5\":10000",
                ".pays.5 (line 1, column",
            ),
            (
                "\"segue.par\"",
                "\"segue.slot\"",
                "this is not a segue.par: `format` is \"segue.slot\"",
            ),
            ("\"version\":1", "\"version\":2", "version"),
        ] {
            assert!(text.contains(from), "{from}");
            let refused = read(&text.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(refused.contains(expected), "{to}: {refused}");
        }
    }

    #[test]
    fn weights_that_do_not_add_up_to_the_length_are_refused() {
        let refused = |change: &dyn Fn(&mut Value)| {
            let mut sheet = written();
            change(&mut sheet);
            let sheet = read(&sheet.to_string()).unwrap();
            sheet.game().unwrap_err().to_string()
        };
        assert_eq!(
            refused(&|it| it["lengths"][1] = 47.into()),
            "reel 2: the sum of weights is 46, but must be 47, the length of the strip; change a weight of \
             this reel, or its length"
        );
        let weights = refused(&|it| it["symbols"][2]["weights"][4] = 6.into());
        assert!(
            weights.starts_with("reel 5: the sum of weights is 51, but must be 50"),
            "{weights}"
        );
        let missing = refused(&|it| {
            it["symbols"][2]["weights"].as_array_mut().unwrap().pop();
        });
        assert!(
            missing.contains("the number of weights is 4, but must be 5, one per reel"),
            "{missing}"
        );
    }
}
