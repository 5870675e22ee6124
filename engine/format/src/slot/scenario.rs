//! `"format": "segue.scenario"`: spins that were chosen.

use super::{check_stamp, document, number, problem};
use crate::error::Result;
use crate::json::Document;
use segue_slot::force::Outcome;
use segue_slot::game::Game;
use segue_slot::scenario::{Repeat, Scenario, Step, StepKind};
use serde::{Deserialize, Serialize};

const DOCUMENT: Document = document("scenario");

const FORMAT: &str = "segue.scenario";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScenarioFile {
    format: String,
    version: u32,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(default)]
    repeat: RepeatFile,
    steps: Vec<StepFile>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RepeatFile {
    #[default]
    Once,
    Forever,
    Count(u32),
    PingPong,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepFile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stops: Option<Vec<u16>>,
    #[serde(default)]
    delay_ms: u32,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    note: String,
}

/// Reads a scenario for a game; [`Scenario::check`] says whether the game can play it.
/// `[thread-safe]`
///
/// # Errors
/// [`crate::Error::Limit`], [`crate::Error::Json`], [`crate::Error::Unrecognised`],
/// [`crate::Error::Newer`], and [`crate::Error::Invalid`] for an outcome that does not exist.
pub fn scenario_from_json(bytes: &[u8], game: &Game) -> Result<Scenario> {
    let text = DOCUMENT.check_caps(bytes)?;
    let file: ScenarioFile = DOCUMENT.parse(text)?;
    check_stamp(&file.format, file.version, FORMAT)?;
    let steps = file.steps.into_iter().enumerate();
    let step = |(at, step): (usize, StepFile)| {
        let what = match (step.outcome, step.stops) {
            (Some(outcome), None) => {
                let path = format!("steps[{at}].outcome");
                StepKind::Outcome(outcome_at(&outcome, game, &path)?)
            }
            (None, Some(stops)) => StepKind::Stops(stops),
            (None, None) => StepKind::Any,
            (Some(_), Some(_)) => {
                let text = "a step has either an outcome or stops";
                return Err(problem(format!("steps[{at}]"), text));
            }
        };
        Ok(Step {
            what,
            delay_ms: step.delay_ms,
            note: step.note,
        })
    };
    Ok(Scenario {
        name: file.name,
        steps: steps.map(step).collect::<Result<_>>()?,
        repeat: match file.repeat {
            RepeatFile::Once => Repeat::Once,
            RepeatFile::Forever => Repeat::Forever,
            RepeatFile::Count(count) => Repeat::Count(count),
            RepeatFile::PingPong => Repeat::PingPong,
        },
    })
}

/// Writes a scenario for a game, the same text for the same scenario. `[thread-safe]`
///
/// # Errors
/// [`crate::Error::Limit`] if the text becomes too long; [`crate::Error::Invalid`] for a symbol that the
/// game does not have.
pub fn scenario_to_json(scenario: &Scenario, game: &Game) -> Result<Vec<u8>> {
    let steps = scenario.steps.iter().enumerate();
    let step = |(at, step): (usize, &Step)| {
        let (outcome, stops) = match &step.what {
            StepKind::Any => (None, None),
            StepKind::Outcome(outcome) => {
                let path = format!("steps[{at}].outcome");
                (Some(text_of(*outcome, game, &path)?), None)
            }
            StepKind::Stops(stops) => (None, Some(stops.clone())),
        };
        Ok(StepFile {
            outcome,
            stops,
            delay_ms: step.delay_ms,
            note: step.note.clone(),
        })
    };
    DOCUMENT.write(&ScenarioFile {
        format: FORMAT.to_owned(),
        version: 1,
        name: scenario.name.clone(),
        repeat: match scenario.repeat {
            Repeat::Once => RepeatFile::Once,
            Repeat::Forever => RepeatFile::Forever,
            Repeat::Count(count) => RepeatFile::Count(count),
            Repeat::PingPong => RepeatFile::PingPong,
        },
        steps: steps.map(step).collect::<Result<_>>()?,
    })
}

/// An outcome as [`outcome_from_text`] reads it.
fn text_of(outcome: Outcome, game: &Game, path: &str) -> Result<String> {
    let Outcome::Shows { symbol, count } = outcome else {
        return Ok(outcome.to_string());
    };
    let found = game.symbols.get(usize::from(symbol));
    let found = found.ok_or_else(|| problem(path, format!("the game has no symbol {symbol}")))?;
    Ok(format!("shows:{}x{count}", found.name))
}

/// An outcome by its name; `shows:SYMBOLxCOUNT` takes the name of a symbol. `[thread-safe]`
///
/// # Errors
/// [`crate::Error::Invalid`] with the outcomes there are.
pub fn outcome_from_text(text: &str, game: &Game) -> Result<Outcome> {
    outcome_at(text, game, "outcome")
}

fn outcome_at(text: &str, game: &Game, path: &str) -> Result<Outcome> {
    let shows = text
        .strip_prefix("shows:")
        .and_then(|shows| shows.rsplit_once('x'));
    if let Some((symbol, count)) = shows
        && let Ok(count) = count.parse()
    {
        let names: Vec<String> = game
            .symbols
            .iter()
            .map(|symbol| symbol.name.clone())
            .collect();
        let symbol = number(&names, symbol, path)?;
        return Ok(Outcome::Shows { symbol, count });
    }
    Outcome::parse(text).ok_or_else(|| {
        let form = match text.split_once(':') {
            Some(("between", _)) => Some(
                "between:150..300 is a win from 1.5 to below 3 bets: whole \
                hundredths of the bet from 0 on, the second larger than the first or left out",
            ),
            Some(("shows", _)) => Some(
                "shows:SYMBOLxCOUNT is a symbol by its name and how often it is \
                in view, 0 to 255",
            ),
            _ => None,
        };
        if let Some(form) = form {
            return problem(path, format!("{text:?} is no outcome: {form}"));
        }
        let names: Vec<String> = Outcome::named().iter().map(ToString::to_string).collect();
        let near = crate::nearest(text, names.iter().map(String::as_str));
        let near = near.map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
        let text = format!(
            "{text:?} is none of {}, between:FROM..TO in hundredths of the bet, or \
             shows:SYMBOLxCOUNT{near}",
            names.join(", ")
        );
        problem(path, text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_slot::presets::{Volatility, demo};

    #[test]
    fn steps_are_read_and_mistakes_named() {
        let game = demo(Volatility::Low);
        let text = r#"{"format": "segue.scenario", "version": 1, "repeat": {"count": 3}, "steps":
            [{"outcome": "big", "delay_ms": 10, "note": "n"}, {"stops": [1, 2, 3, 4, 5]}, {},
             {"outcome": "shows:Coinx6"}, {"outcome": "between:150..300"}]}"#;
        let scenario = scenario_from_json(text.as_bytes(), &game).unwrap();
        assert_eq!(scenario.repeat, Repeat::Count(3));
        let what: Vec<StepKind> = scenario
            .steps
            .iter()
            .map(|step| step.what.clone())
            .collect();
        let between = Outcome::Between {
            from: 150,
            to: Some(300),
        };
        assert_eq!(
            what,
            [
                StepKind::Outcome(Outcome::Big),
                StepKind::Stops(vec![1, 2, 3, 4, 5]),
                StepKind::Any,
                StepKind::Outcome(Outcome::Shows {
                    symbol: 10,
                    count: 6
                }),
                StepKind::Outcome(between),
            ]
        );
        let written = scenario_to_json(&scenario, &game).unwrap();
        assert_eq!(scenario_from_json(&written, &game).unwrap(), scenario);
        for repeat in [Repeat::Once, Repeat::Forever, Repeat::PingPong] {
            let scenario = Scenario {
                repeat,
                name: "Named".to_owned(),
                ..scenario.clone()
            };
            let written = scenario_to_json(&scenario, &game).unwrap();
            assert_eq!(scenario_from_json(&written, &game).unwrap(), scenario);
        }
        let wrong = text.replace("\"big\"", "\"bigg\"");
        let refused = scenario_from_json(wrong.as_bytes(), &game)
            .unwrap_err()
            .to_string();
        assert!(
            refused.contains("steps[0].outcome") && refused.contains("\"big\"?"),
            "{refused}"
        );
        let wrong = text.replace("Coinx6", "Coimx6");
        let refused = scenario_from_json(wrong.as_bytes(), &game)
            .unwrap_err()
            .to_string();
        assert!(refused.contains("did you mean \"Coin\""), "{refused}");
        for (wrong, form) in [
            ("between:200..100", "the second larger than the first"),
            ("between:1.5..3", "whole hundredths of the bet"),
            ("shows:Coin", "how often it is in view"),
            ("shows:Coinx256", "0 to 255"),
        ] {
            let refused = outcome_from_text(wrong, &game).unwrap_err().to_string();
            assert!(refused.contains(form), "{refused}");
        }
    }
}
