//! `segue ingest coverage`: what an adapter makes of recorded messages.

use crate::commands::Output;
use crate::console::Console;
use crate::failure::Failure;
use clap::Args;
use segue_engine::Error;
use segue_engine::ingest::{Adapter, TraceReader, coverage_value, covered, project_hash};
use segue_engine::project::{OpenProject, open};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Report what an adapter makes of a trace: mapped and unmapped names, what never came, stages
/// without a sound
#[derive(Debug, Args)]
pub(super) struct Coverage {
    /// The trace
    trace: PathBuf,
    /// The adapter: a TOML file; without it only Segue's own words mean something
    #[arg(long, value_name = "FILE")]
    adapter: Option<PathBuf>,
    /// The project whose bindings are compared with what was produced
    #[arg(long, value_name = "PROJECT")]
    project: Option<PathBuf>,
    /// Exit with 1 below this share of mapped messages, 0 to 1
    #[arg(long, default_value = "0", value_parser = share, value_name = "SHARE")]
    min: f64,
    #[command(flatten)]
    pub(super) output: Output,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("a share is a number in 0..=1".to_owned()),
    }
}

impl Coverage {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let trace = super::replay::survey(&self.trace, console)?;
        let project = self.project.as_deref().map(open).transpose()?;
        let table = project.as_ref().map(OpenProject::stage_table);
        let mut adapter = match &self.adapter {
            None => Adapter::native(),
            Some(path) => {
                let text = super::read_adapter(path)?;
                Adapter::read_for(&text, &table.clone().unwrap_or_default())
                    .map_err(|error| super::about(path, &error.into()))?
            }
        };
        if let Some(project) = &project {
            let hash = project_hash(project)?;
            let recorded = &trace.header.project_hash;
            if !recorded.is_empty() && *recorded != hash {
                adapter.flag_project(recorded);
                console.warn("the trace was recorded with another version of the project");
            }
        }
        let bound = table.map_or_else(BTreeSet::new, |table| table.bound_stages());
        let rows = TraceReader::open(&self.trace).map_err(Error::from)?;
        let coverage = covered(&trace.header, rows, adapter).map_err(Error::from)?;
        let value = coverage_value(&coverage, &bound);
        console.answer(|| text(&value), || value.clone())?;
        match coverage.share() < self.min || coverage.violations() > 0 && self.min > 0.0 {
            true => Err(Failure::found()),
            false => Ok(()),
        }
    }
}

fn text(value: &Value) -> String {
    let list = |key: &str| value[key].as_array().cloned().unwrap_or_default();
    let named = |key: &str, field: &str| {
        let items = list(key);
        let item = |item: &Value| {
            let name = item[field].as_str().unwrap_or("").to_owned();
            format!("{name} ({})", item["count"])
        };
        or_none(items.iter().map(item).collect())
    };
    let plain = |key: &str| {
        let items = list(key);
        let item = |item: &Value| item.as_str().unwrap_or("").to_owned();
        or_none(items.iter().map(item).collect())
    };
    let wrong = value["type_mismatches"].as_object();
    let wrong = wrong.into_iter().flatten();
    let wrong = wrong.map(|(field, count)| format!("{field} ({count})"));
    let percent = value["coverage"].as_f64().unwrap_or(0.0) * 100.0;
    [
        ("messages", value["messages"].to_string()),
        ("coverage", format!("{percent:.1} %")),
        ("mapped", named("mapped", "name")),
        ("unmapped", named("unmapped", "name")),
        ("mapped, never seen", plain("never_seen")),
        ("stages", named("stages", "stage")),
        ("bound, never produced", plain("bound_never_produced")),
        ("produced without a sound", plain("produced_without_audio")),
        ("unused paths", plain("unused_paths")),
        ("wrong types", or_none(wrong.collect())),
        ("out of order", value["fsm_violations"].to_string()),
        (
            "another project",
            value["other_project"].as_str().unwrap_or("no").to_owned(),
        ),
    ]
    .map(|(name, text)| format!("{name:<26} {text}"))
    .join("\n")
}

fn or_none(items: Vec<String>) -> String {
    match items.is_empty() {
        true => "none".to_owned(),
        false => items.join(", "),
    }
}
