//! Logs of spins: one JSON object a line.

use super::{document, problem};
use crate::error::Result;
use crate::json::Document;
use segue_slot::log::LogRow;
use serde::{Deserialize, Serialize};

const DOCUMENT: Document = document("row of a spin log");

#[derive(Serialize, Deserialize)]
struct RowFile {
    spin: u64,
    seed: u64,
    stream: u64,
    counter_before: u64,
    counter_after: u64,
    coin: i64,
    #[serde(default)]
    given: bool,
    stops: Vec<u16>,
    rows: Vec<u8>,
    /// Millionths of a minor unit, as text: they can be longer than a JSON number may be.
    #[serde(default)]
    meters: Vec<String>,
    bet: i64,
    win: i64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    stages: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    audio_decisions: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    project_hash: String,
    #[serde(default)]
    engine_version: String,
}

/// Reads a row. `[thread-safe]`
///
/// # Errors
/// [`crate::Error::Limit`], [`crate::Error::Json`] and [`crate::Error::Invalid`].
pub fn row_from_json(bytes: &[u8]) -> Result<LogRow> {
    let text = DOCUMENT.check_caps(bytes)?;
    let row: RowFile = DOCUMENT.parse(text)?;
    let meters = row.meters.iter().map(|meter| {
        meter
            .parse()
            .map_err(|_| problem("meters", format!("{meter:?} is no whole number")))
    });
    Ok(LogRow {
        meters: meters.collect::<Result<_>>()?,
        spin: row.spin,
        seed: row.seed,
        stream: row.stream,
        counter_before: row.counter_before,
        counter_after: row.counter_after,
        coin: row.coin,
        given: row.given,
        stops: row.stops,
        rows: row.rows,
        bet: row.bet,
        win: row.win,
        stages: row.stages,
        audio_decisions: row.audio_decisions,
        project_hash: row.project_hash,
        engine_version: row.engine_version,
    })
}

/// Refuses a log without rows, of which nothing can be said. `[thread-safe]`
///
/// # Errors
/// [`crate::Error::Invalid`].
pub fn check_rows(rows: &[LogRow]) -> Result<()> {
    match rows.is_empty() {
        true => Err(problem("log", "it has no rows; name a log of spins")),
        false => Ok(()),
    }
}

/// Writes a row without a line break. `[thread-safe]`
///
/// # Errors
/// [`crate::Error::Json`]; rows of this crate do not give it.
pub fn row_to_json(row: &LogRow) -> Result<String> {
    let row = RowFile {
        spin: row.spin,
        seed: row.seed,
        stream: row.stream,
        counter_before: row.counter_before,
        counter_after: row.counter_after,
        coin: row.coin,
        given: row.given,
        stops: row.stops.clone(),
        rows: row.rows.clone(),
        meters: row.meters.iter().map(ToString::to_string).collect(),
        bet: row.bet,
        win: row.win,
        stages: row.stages.clone(),
        audio_decisions: row.audio_decisions.clone(),
        project_hash: row.project_hash.clone(),
        engine_version: row.engine_version.clone(),
    };
    serde_json::to_string(&row).map_err(|error| problem("log", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_slot::Machine;
    use segue_slot::log::Recorder;
    use segue_slot::presets::{Volatility, demo};

    #[test]
    fn a_log_without_rows_is_refused() {
        let text = check_rows(&[]).unwrap_err().to_string();
        assert!(text.contains("it has no rows"), "{text}");
        assert!(check_rows(&[LogRow::default()]).is_ok());
    }

    #[test]
    fn a_row_survives_a_round_trip_and_replays() {
        let machine = Machine::new(demo(Volatility::Studio)).unwrap();
        let mut recorder = Recorder::new(&machine, u64::MAX, 1, 3).unwrap();
        for n in 0..50 {
            let (mut row, result) = recorder.spin().unwrap();
            if n % 2 == 0 {
                row.stages = vec!["spin_end".to_owned()];
                row.project_hash = "ab".to_owned();
            }
            let text = row_to_json(&row).unwrap();
            assert!(!text.contains("audio_decisions"), "nothing sounded: {text}");
            let read = row_from_json(text.as_bytes()).unwrap();
            assert_eq!(read, row);
            assert_eq!(machine.replay(&read).unwrap(), result);
        }
    }
}
