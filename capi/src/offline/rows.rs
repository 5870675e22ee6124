//! Rows of reports as JSON, with the keys of the command-line tool. They hold no times: the same
//! work gives the same rows.

use facade::jobs::job::Report;
use facade::jobs::measure::Measurement;
use serde_json::{Map, Value, json};

/// The paths of a job as the caller wrote them.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) input: String,
    pub(super) output: String,
}

/// What was measured of a file.
pub(super) fn measurement(file: &str, m: &Measurement) -> Value {
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
        ("lufs_m_max", level(m.max_momentary)),
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
    match db.is_finite() {
        true => json!((db * 1e4).round() / 1e4),
        false => Value::Null,
    }
}

/// A job that was done.
pub(super) fn report(number: usize, names: &Names, report: &Report) -> Value {
    let m = &report.measured;
    let mut object = Map::new();
    let head = [
        ("index", json!(number)),
        ("input", json!(names.input)),
        ("output", json!(names.output)),
        ("status", json!(report.status.name())),
        ("source", json!(report.source)),
        ("format", json!(report.format)),
        ("bytes", json!(report.bytes)),
    ];
    object.extend(head.map(|(name, value)| (name.to_owned(), value)));
    levels(&mut object, m);
    let flags: Vec<&str> = m.flags.iter().map(|flag| flag.name()).collect();
    let warnings: Vec<String> = report.warnings.iter().map(ToString::to_string).collect();
    let dc = m.dc.iter().map(|dc| json!((dc * 1e8).round() / 1e8));
    let rest = [
        ("measure", json!(report.measure)),
        ("slope", level(report.slope)),
        ("gain_db", level(report.gain_db)),
        ("limiter_db", level(report.limiter_db)),
        ("rule", json!(report.rule.name())),
        ("result_level", level(report.result_level)),
        ("result_true_peak_dbtp", level(report.result_true_peak)),
        ("clips", json!(report.clips)),
        ("dc", dc.collect()),
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

/// A job that failed.
pub(super) fn failed(number: usize, names: &Names, error: &str) -> Value {
    json!({
        "index": number,
        "input": names.input,
        "output": names.output,
        "status": "failed",
        "error": error,
    })
}
