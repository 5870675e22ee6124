//! `segue ingest diff`: what two traces did differently.

use crate::cancel::Cancel;
use crate::commands::Output;
use crate::console::Console;
use crate::failure::Failure;
use crate::telemetry;
use clap::Args;
use segue_engine::Control;
use segue_engine::game::telemetry::Row;
use segue_engine::ingest::{Difference, Trace, diff, scene_of};
use segue_engine::project::{OpenProject, open};
use segue_engine::render::{RenderOptions, render_scene};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Compare what two traces did: stages that are added, missing or moved by more than a sample
#[derive(Debug, Args)]
pub(super) struct Diff {
    /// A trace
    first: PathBuf,
    /// Another one
    second: PathBuf,
    /// Play both with this project and compare what its containers chose, too
    #[arg(long, value_name = "PROJECT")]
    project: Option<PathBuf>,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Diff {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let cancel = Cancel::listen(|| ())?;
        let first = super::replay::read(&self.first, console)?;
        let second = super::replay::read(&self.second, console)?;
        let differences = diff(&first, &second);
        let Some(path) = &self.project else {
            return answer(console, &differences, None);
        };
        let project = open(path)?;
        let chosen = |trace: &Trace| choices(&project, trace, &cancel);
        let (first, second) = (chosen(&first)?, chosen(&second)?);
        answer(console, &differences, Some(&compared(&first, &second)))
    }
}

/// What containers chose, in order.
fn choices(project: &OpenProject, trace: &Trace, cancel: &Cancel) -> Result<Vec<Value>, Failure> {
    let mut found = Vec::new();
    let mut rows = |control: &Control, row: &Row| {
        let mut row = telemetry::object(control, row);
        if row["type"] == "decision"
            && let Some(object) = row.as_object_mut()
        {
            // It costs another time in every run.
            object.remove("cost_ns");
            found.push(row);
        }
    };
    let options = RenderOptions {
        seed: Some(trace.header.seed),
        rate: Some(trace.header.sample_rate_hz),
        ..RenderOptions::default()
    };
    let scene = scene_of("trace", trace);
    render_scene(
        project,
        &scene,
        &options,
        None,
        Some(&mut rows),
        &mut |_| cancel.flow(),
    )?;
    Ok(found)
}

/// Choices that differ in more than their time; those that only one side has are null on the other.
fn compared(first: &[Value], second: &[Value]) -> Vec<Value> {
    let same = |left: &Value, right: &Value| {
        let keys = ["container", "child", "object", "reason"];
        keys.iter().all(|key| left[key] == right[key])
    };
    (0..first.len().max(second.len()))
        .map(|at| (first.get(at), second.get(at)))
        .filter(|pair| !matches!(pair, (Some(left), Some(right)) if same(left, right)))
        .map(|(left, right)| json!({"first": left, "second": right}))
        .collect()
}

/// Says the differences; the exit code is 1 when there are any.
pub(super) fn answer(
    console: &Console,
    differences: &[Difference],
    choices: Option<&[Value]>,
) -> Result<(), Failure> {
    let is_equal = differences.is_empty() && choices.is_none_or(<[Value]>::is_empty);
    let chosen = choices.unwrap_or(&[]);
    console.answer(
        || match is_equal {
            true => "no difference".to_owned(),
            false => {
                let calls = differences.iter().map(line);
                let chosen = chosen.iter().map(choice);
                calls.chain(chosen).collect::<Vec<_>>().join("\n")
            }
        },
        || {
            let all: Vec<Value> = differences.iter().map(Difference::write).collect();
            json!({"equal": is_equal, "differences": all, "decisions": choices})
        },
    )?;
    match is_equal {
        true => Ok(()),
        false => Err(Failure::found()),
    }
}

fn line(difference: &Difference) -> String {
    match difference {
        Difference::Added { at, call } => format!("added    {at:>10}  {call}"),
        Difference::Missing { at, call } => format!("missing  {at:>10}  {call}"),
        Difference::Moved { from, to, call } => format!("moved    {from:>10}  to {to}  {call}"),
    }
}

fn choice(pair: &Value) -> String {
    let side = |key: &str| match &pair[key] {
        Value::Null => "nothing".to_owned(),
        row => format!(
            "{} in {} at {}",
            row["child"], row["container"], row["t_smp"]
        ),
    };
    format!("decision {}, then {}", side("first"), side("second"))
}
