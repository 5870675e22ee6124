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
