//! Rows of reports as JSON. They hold no times: the same work gives the same rows.

use std::path::{Path, PathBuf};

use segue_offline::job::{MeasuredFile, Report, Status};
use segue_offline::measure::Measurement;
use serde_json::{Map, Value, json};

/// What is not above this is silence, dB: less than the rounding of any sample that is stored.
const SILENT: f64 = -250.0;

/// The paths of a job as the user wrote them.
#[derive(Clone, Debug)]
pub struct Names {
    /// What is read.
    pub input: String,
    /// What was asked for.
    pub output: String,
}

/// What `segue measure --json` says of a file, and nothing else.
pub fn measurement(file: &str, m: &Measurement) -> Value {
    let mut object = Map::new();
    object.insert("file".to_owned(), file.into());
    levels(&mut object, m);
    Value::Object(object)
}

/// The same of a file, with a `status` if it was cut or damaged and that was allowed.
pub fn measured(file: &str, measured: &MeasuredFile) -> Value {
    let mut row = measurement(file, &measured.measurement);
    if measured.is_partial() {
        row["status"] = Status::Partial.name().into();
    }
    row
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
pub fn report(number: usize, names: &Names, report: &Report) -> Value {
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
pub fn renamed(mut row: Value, number: usize, names: &Names) -> Value {
    let output = PathBuf::from(row["output"].as_str().unwrap_or_default());
    row["index"] = json!(number);
    row["input"] = json!(names.input);
    row["output"] = json!(written(&names.output, &output));
    row
}

/// A job that failed.
pub fn failed(number: usize, names: &Names, error: &str) -> Value {
    json!({
        "index": number,
        "input": names.input,
        "output": names.output,
        "status": "failed",
        "error": error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
