//! `segue ingest diff`: what two traces did differently.

use super::replay::{heard, survey};
use crate::cancel::Cancel;
use crate::commands::Output;
use crate::console::Console;
use crate::failure::Failure;
use crate::telemetry;
use clap::Args;
use segue_engine::Control;
use segue_engine::Error;
use segue_engine::game::telemetry::Row;
use segue_engine::ingest::{Difference, Heard, TraceError, TraceSurvey, diff};
use segue_engine::project::{OpenProject, open};
use segue_engine::render::{RenderOptions, render_trace};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

/// The numbers of conversations differ from one recording to the next: whose a call is does not count.
fn unnamed(call: Result<Heard, TraceError>) -> Result<Heard, TraceError> {
    call.map(|call| Heard {
        source: Arc::from(""),
        ..call
    })
}

impl Diff {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let cancel = Cancel::listen(|| ())?;
        let first = survey(&self.first, console)?;
        let second = survey(&self.second, console)?;
        let mut found = Found::default();
        let calls = [&self.first, &self.second].map(|path| heard(path));
        let [left, right] = calls;
        let (left, right) = (left?.map(unnamed), right?.map(unnamed));
        diff(left, right, |difference| found.take(difference)).map_err(Error::from)?;
        let Some(path) = &self.project else {
            return found.answer(console, None);
        };
        let project = open(path)?;
        let chosen = |path: &Path, trace: &TraceSurvey| choices(&project, path, trace, &cancel);
        let first = chosen(&self.first, &first)?;
        let second = chosen(&self.second, &second)?;
        found.answer(console, Some(&compared(&first, &second)))
    }
}

/// What containers chose, in order.
fn choices(
    project: &OpenProject,
    path: &Path,
    trace: &TraceSurvey,
    cancel: &Cancel,
) -> Result<Vec<Value>, Failure> {
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
    render_trace(
        project,
        &|| heard(path),
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

/// Differences that are listed; further ones are counted.
const LISTED_MAX: usize = 10_000;

/// What differs.
#[derive(Debug, Default)]
pub(super) struct Found {
    listed: Vec<Difference>,
    count: u64,
}

impl Found {
    pub(super) fn take(&mut self, difference: Difference) {
        self.count += 1;
        if self.listed.len() < LISTED_MAX {
            self.listed.push(difference);
        }
    }

    /// Says the differences; the exit code is 1 when there are any.
    pub(super) fn answer(
        &self,
        console: &Console,
        choices: Option<&[Value]>,
    ) -> Result<(), Failure> {
        let is_equal = self.count == 0 && choices.is_none_or(<[Value]>::is_empty);
        let chosen = choices.unwrap_or(&[]);
        console.answer(
            || match is_equal {
                true => "no difference".to_owned(),
                false => {
                    let calls = self.listed.iter().map(line);
                    let more = self.count - self.listed.len() as u64;
                    let more = (more > 0).then(|| format!("and {more} more that are not listed"));
                    let chosen = chosen.iter().map(choice);
                    let all = calls.chain(more).chain(chosen);
                    all.collect::<Vec<_>>().join("\n")
                }
            },
            || {
                let all: Vec<Value> = self.listed.iter().map(Difference::write).collect();
                json!({"equal": is_equal, "count": self.count, "differences": all,
                    "decisions": choices})
            },
        )?;
        match is_equal {
            true => Ok(()),
            false => Err(Failure::found()),
        }
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
