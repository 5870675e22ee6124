//! The log of the spins of a session, with what was heard of each.

use crate::failure::Failure;
use crate::telemetry;
use segue_engine::Control;
use segue_engine::game::telemetry::{Row, What};
use segue_engine::middleware::stage::StageTrace;
use segue_engine::middleware::stage::lint::spins;
use segue_engine::middleware::stage::timing::TimingProfile;
use segue_engine::slot::log::LogRow;
use segue_engine::slot::{row_to_json, write_file};
use std::path::{Path, PathBuf};

/// A row per spin; those of an older Segue, and of `segue slot spin`, have the same keys.
pub(super) struct SpinLog {
    path: PathBuf,
    rows: Vec<LogRow>,
    /// Frames at which the spins begin to be heard.
    starts: Vec<u64>,
}

impl SpinLog {
    /// The rows of the spins of a trace, with their stages and what plays them.
    pub(super) fn new(
        path: &Path,
        mut rows: Vec<LogRow>,
        (trace, profile, rate): (&StageTrace, &TimingProfile, u32),
        project_hash: &str,
    ) -> SpinLog {
        let mut heard = vec![0; trace.events.len()];
        for it in profile.schedule(trace, f64::from(rate)) {
            heard[it.index] = it.audio_smp;
        }
        let all = spins(trace);
        for (row, spin) in rows.iter_mut().zip(&all) {
            let stages = trace.events[spin.first..spin.end].iter();
            row.stages = stages.map(|it| it.stage.id().name().to_owned()).collect();
            project_hash.clone_into(&mut row.project_hash);
            env!("CARGO_PKG_VERSION").clone_into(&mut row.engine_version);
        }
        SpinLog {
            path: path.to_owned(),
            rows,
            starts: all.iter().map(|spin| heard[spin.first]).collect(),
        }
    }

    /// Takes something that happened while the session was played.
    pub(super) fn row(&mut self, control: &Control, row: &Row) {
        let begun = self.starts.partition_point(|start| *start <= row.at);
        let spin = begun.checked_sub(1).and_then(|at| self.rows.get_mut(at));
        if let (Some(spin), Some(decision)) = (spin, decision(control, row)) {
            spin.audio_decisions.push(decision);
        }
    }

    /// Writes the log.
    pub(super) fn write(&self) -> Result<(), Failure> {
        let mut text = String::new();
        for row in &self.rows {
            text += &row_to_json(row).map_err(|error| Failure::new(error.to_string()))?;
            text.push('\n');
        }
        Ok(write_file(&self.path, text.as_bytes())?)
    }
}

/// What the engine decided, in words.
fn decision(control: &Control, row: &Row) -> Option<String> {
    let verb = match row.what {
        What::Posted { .. } => "post",
        What::Refused { .. } => "refuse",
        What::Decision { .. } => "choose",
        _ => return None,
    };
    let told = telemetry::object(control, row);
    let words = ["event", "container", "child", "reason"];
    let words = words.iter().filter_map(|key| told[*key].as_str());
    Some(words.fold(verb.to_owned(), |text, word| format!("{text} {word}")))
}
