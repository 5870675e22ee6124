//! Rows of reports, as JSON and as CSV. They hold no times: the same work gives the same rows.

use segue_engine::jobs::job::Report;
use segue_engine::jobs::measure::Measurement;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// What is not above this is silence, dB: less than the rounding of any sample that is stored.
const SILENT: f64 = -250.0;

/// The paths of a job as the user wrote them.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) input: String,
    pub(crate) output: String,
}

/// Columns of a CSV report, in order.
const COLUMNS: &[&str] = &[
    "index",
    "of",
    "input",
    "output",
    "status",
    "error",
    "source",
    "format",
    "bytes",
    "sample_rate",
    "channels",
    "seconds",
    "lufs_i",
    "lufs_m_max",
    "lufs_s_max",
    "lra",
    "true_peak_dbtp",
    "sample_peak_dbfs",
    "dr",
    "measure",
    "slope",
    "gain_db",
    "limiter_db",
    "rule",
    "result_level",
    "result_true_peak_dbtp",
    "clips",
    "dc",
    "flags",
    "warnings",
    "codec_delay",
    "input_hash",
    "settings_hash",
    "output_hash",
];

/// What `segue measure --json` says of a file, and nothing else.
pub(crate) fn measurement(file: &str, m: &Measurement) -> Value {
    let mut object = Map::new();
    object.insert("file".to_owned(), file.into());
    levels(&mut object, m);
    Value::Object(object)
}

fn levels(object: &mut Map<String, Value>, m: &Measurement) {
    let rows = [
        ("sample_rate", json!(m.sample_rate)),
        ("channels", json!(m.channels)),
        ("seconds", json!(m.seconds())),
        ("lufs_i", level(m.integrated)),
        // Below 3 s with silence around the sound: momentary loudness needs 400 ms.
        ("lufs_m_max", level(m.one_shot.unwrap_or(m.max_momentary))),
        ("lufs_s_max", level(m.max_short_term)),
        ("lra", level(m.range)),
        ("true_peak_dbtp", level(m.true_peak)),
        ("sample_peak_dbfs", level(m.sample_peak)),
        ("dr", json!(m.dynamic_range)),
    ];
    object.extend(rows.map(|(name, value)| (name.to_owned(), value)));
}

/// JSON has no infinity: silence is null. Four decimals are more than any meter has.
fn level(db: f64) -> Value {
    if db.is_finite() && db > SILENT {
        json!((db * 1e4).round() / 1e4)
    } else {
        Value::Null
    }
}

/// A job that was done.
pub(crate) fn report(number: usize, names: &Names, report: &Report) -> Value {
    let m = &report.measured;
    let mut object = Map::new();
    let head = [
        ("index", json!(number)),
        ("input", json!(names.input)),
        ("output", json!(written(&names.output, &report.output))),
        ("status", json!(report.status.name())),
        ("source", json!(report.source)),
        ("format", json!(report.format)),
        ("bytes", json!(report.bytes)),
    ];
    object.extend(head.map(|(name, value)| (name.to_owned(), value)));
    levels(&mut object, m);
    let flags: Vec<&str> = m.flags.iter().map(|flag| flag.name()).collect();
    let warnings: Vec<String> = report.warnings.iter().map(ToString::to_string).collect();
    let dc: Vec<Value> =
        m.dc.iter()
            .map(|dc| json!((dc * 1e8).round() / 1e8))
            .collect();
    let rest = [
        ("measure", json!(report.measure)),
        ("slope", level(report.slope)),
        ("gain_db", level(report.gain_db)),
        ("limiter_db", level(report.limiter_db)),
        ("rule", json!(report.rule.name())),
        ("result_level", level(report.result_level)),
        ("result_true_peak_dbtp", level(report.result_true_peak)),
        ("clips", json!(report.clips)),
        ("dc", json!(dc)),
        ("silence_frames", json!(m.silence)),
        ("flags", json!(flags)),
        ("codec_delay", json!(report.codec_delay)),
        ("is_copy", json!(report.is_copy)),
        ("warnings", json!(warnings)),
        ("input_hash", json!(report.input_hash)),
        ("settings_hash", json!(report.settings_hash)),
        ("output_hash", json!(report.output_hash)),
    ];
    object.extend(rest.map(|(name, value)| (name.to_owned(), value)));
    Value::Object(object)
}

/// The name as the user wrote it, with the file name that the result really got.
fn written(asked: &str, output: &Path) -> String {
    match output.file_name() {
        Some(name) if Path::new(asked).file_name() != Some(name) => {
            Path::new(asked).with_file_name(name).display().to_string()
        }
        _ => asked.to_owned(),
    }
}

/// The row of a former run, with the number and the names that the job has now.
pub(crate) fn renamed(mut row: Value, number: usize, names: &Names) -> Value {
    let output = PathBuf::from(row["output"].as_str().unwrap_or_default());
    row["index"] = json!(number);
    row["input"] = json!(names.input);
    row["output"] = json!(written(&names.output, &output));
    row
}

/// A job that failed.
pub(crate) fn failed(number: usize, names: &Names, error: &str) -> Value {
    json!({
        "index": number,
        "input": names.input,
        "output": names.output,
        "status": "failed",
        "error": error,
    })
}

/// A job that was not done because the user stopped.
pub(crate) fn cancelled(number: usize, names: &Names) -> Value {
    json!({
        "index": number,
        "input": names.input,
        "output": names.output,
        "status": "cancelled",
    })
}

/// A file that was not measured.
pub(crate) fn not_measured(file: &str, status: &str, error: Option<&str>) -> Value {
    let mut row = json!({ "file": file, "status": status });
    if let Some(error) = error {
        row["error"] = error.into();
    }
    row
}

/// A line a row.
pub(crate) fn jsonl(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

/// A table with the columns that have a value in any row, and those for failures (RFC 4180).
pub(crate) fn csv(rows: &[Value]) -> String {
    let own = ["file"].into_iter().chain(COLUMNS.iter().copied());
    let is_used = |name: &str| rows.iter().any(|row| row.get(name).is_some());
    let columns: Vec<&str> = own
        .filter(|name| matches!(*name, "status" | "error") || is_used(name))
        .collect();
    let mut out = columns.join(",") + "\r\n";
    for row in rows {
        let cells: Vec<String> = columns.iter().map(|name| cell(row.get(*name))).collect();
        out += &(cells.join(",") + "\r\n");
    }
    out
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::Array(values)) => {
            let text = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
            let texts: Vec<String> = values.iter().map(text).collect();
            cell(Some(&Value::String(texts.join("; "))))
        }
        Some(Value::String(text)) if text.contains([',', '"', '\n', '\r']) => {
            format!("\"{}\"", text.replace('"', "\"\""))
        }
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_quotes_and_leaves_out_empty_columns() {
        let names = Names {
            input: "a,\"b\".wav".into(),
            output: "c.wav".into(),
        };
        let rows = [failed(3, &names, "no")];
        assert_eq!(
            csv(&rows),
            "index,input,output,status,error\r\n3,\"a,\"\"b\"\".wav\",c.wav,failed,no\r\n"
        );
    }

    #[test]
    fn lists_are_cells_of_their_own() {
        let rows = [json!({"dc": [0.5, -0.25], "flags": ["dc", "clips"], "warnings": ["a, b"]})];
        assert_eq!(
            csv(&rows),
            "status,error,dc,flags,warnings\r\n,,0.5; -0.25,dc; clips,\"a, b\"\r\n"
        );
    }

    #[test]
    fn rows_of_former_runs_have_the_names_of_this_one() {
        let names = Names {
            input: "in/a.wav".into(),
            output: "out/a.wav".into(),
        };
        let row = json!({"index": 4, "input": "x", "output": "y/a-2.wav", "dr": 3});
        assert_eq!(
            renamed(row, 7, &names),
            json!({"index": 7, "input": "in/a.wav", "output": "out/a-2.wav", "dr": 3})
        );
    }

    #[test]
    fn silence_is_null() {
        assert_eq!(level(f64::NEG_INFINITY), Value::Null);
        assert_eq!(
            level(-672.7),
            Value::Null,
            "what a decoder makes of silence"
        );
        assert_eq!(level(-23.000_04), json!(-23.0));
    }
}
