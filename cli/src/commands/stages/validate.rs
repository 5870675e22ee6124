//! Whether traces are in order.

use super::read_trace;
use crate::commands::Output;
use crate::console::Console;
use crate::failure::Failure;
use crate::values::count;
use clap::Args;
use segue_engine::middleware::stage::StageTrace;
use segue_engine::middleware::stage::fsm::violations;
use segue_engine::middleware::stage::loops::Loops;
use serde_json::json;
use std::path::PathBuf;

/// Check traces: shape, order of the stages, ends of the loops
#[derive(Debug, Args)]
pub(super) struct Validate {
    /// Traces of stages
    #[arg(required = true, value_name = "FILE")]
    traces: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Validate {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let mut rows = Vec::new();
        let mut events = 0;
        for path in &self.traces {
            let trace = read_trace(path)?;
            events += trace.events.len();
            let found = findings(&trace).into_iter();
            rows.extend(found.map(|message| (path.display().to_string(), message)));
        }
        let text = || {
            let lines: String = rows
                .iter()
                .map(|(file, message)| format!("{file}: {message}\n"))
                .collect();
            let all = count(events, "event");
            format!("{lines}{all}, {}", count(rows.len(), "finding"))
        };
        console.answer(text, || {
            let row =
                |(file, message): &(String, String)| json!({"file": file, "message": message});
            let found: Vec<_> = rows.iter().map(row).collect();
            json!({"events": events, "clean": rows.is_empty(), "findings": found})
        })?;
        match rows.is_empty() {
            true => Ok(()),
            false => Err(Failure::found()),
        }
    }
}

fn findings(trace: &StageTrace) -> Vec<String> {
    let stages = || trace.events.iter().map(|event| &event.stage);
    let wrong = violations(stages());
    let mut found: Vec<String> = wrong.iter().map(ToString::to_string).collect();
    let mut loops = Loops::new();
    for (index, stage) in stages().enumerate() {
        for it in loops.take(stage).cut {
            let name = it.stage.name();
            found.push(format!(
                "event {index}: {name}{} had no end of its own",
                on(it.reel)
            ));
        }
    }
    found.extend(loops.open().iter().map(|(it, began)| {
        let name = it.stage.name();
        format!("event {began}: {name}{} never ends", on(it.reel))
    }));
    found
}

/// ` of reel 2`
fn on(reel: Option<u8>) -> String {
    reel.map_or_else(String::new, |reel| format!(" of reel {reel}"))
}
