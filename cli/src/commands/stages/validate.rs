//! Whether traces are in order.

use super::read_trace;
use crate::commands::Output;
use crate::console::Console;
use crate::failure::Failure;
use crate::values::count;
use clap::Args;
use segue_engine::stage_report::disorder_of;
use serde_json::json;
use std::path::PathBuf;

/// Check traces: shape, order of the stages, ends of the loops
#[derive(Debug, Args)]
pub(super) struct Validate {
    /// Traces of stages, or recordings of live games
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
            let (trace, games, warnings) = read_trace(path)?;
            for warning in warnings {
                console.warn(&format!("{}: {warning}", path.display()));
            }
            events += trace.events.len();
            if trace.is_untimed() {
                let path = path.display();
                console.warn(&format!(
                    "{path}: nothing says when anything happens; it is played with the times of the \
                     timing profile"
                ));
            }
            let found = disorder_of(&trace, &games).into_iter();
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
