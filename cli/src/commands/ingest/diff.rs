//! `segue ingest diff`: what two traces did differently.

use crate::commands::Output;
use crate::console::Console;
use crate::failure::Failure;
use clap::Args;
use segue_engine::ingest::{Difference, diff};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Compare what two traces did: stages that are added, missing or moved by more than a sample
#[derive(Debug, Args)]
pub(super) struct Diff {
    /// A trace
    first: PathBuf,
    /// Another one
    second: PathBuf,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Diff {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let first = super::replay::read(&self.first, console)?;
        let second = super::replay::read(&self.second, console)?;
        answer(console, &diff(&first, &second))
    }
}

/// Says the differences; the exit code is 1 when there are any.
pub(super) fn answer(console: &Console, differences: &[Difference]) -> Result<(), Failure> {
    console.answer(
        || match differences {
            [] => "no difference".to_owned(),
            some => some.iter().map(line).collect::<Vec<_>>().join("\n"),
        },
        || {
            let all: Vec<Value> = differences.iter().map(Difference::write).collect();
            json!({"equal": differences.is_empty(), "differences": all})
        },
    )?;
    match differences {
        [] => Ok(()),
        _ => Err(Failure::found()),
    }
}

fn line(difference: &Difference) -> String {
    match difference {
        Difference::Added { at, call } => format!("added    {at:>10}  {call}"),
        Difference::Missing { at, call } => format!("missing  {at:>10}  {call}"),
        Difference::Moved { from, to, call } => format!("moved    {from:>10}  to {to}  {call}"),
    }
}
