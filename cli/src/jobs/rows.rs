//! Rows of reports, as JSON and as CSV.

use serde_json::{Value, json};

pub(crate) use segue_engine::jobs::rows::{Names, failed, measured, renamed, report};

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
}
