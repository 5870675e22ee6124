//! `segue ingest`: live games.

mod asks;
mod clip;
mod connect;
mod coverage;
mod diff;
mod live;
mod offline;
mod record;
mod replay;
mod run;
mod timed;
mod told;
mod tracefile;
mod wizard;

use super::Output;
use crate::console::Console;
use crate::failure::Failure;
use clap::{Args, Subcommand};
use std::path::Path;

const EXAMPLES: &str = "\
Examples:
  segue ingest run game                                  # listens, and plays what games say
  segue ingest run game --adapter acme.toml --trace a.trace.jsonl
  segue ingest run game --offline -o take.wav --once     # without an output, to a file
  segue ingest run game --commands < lines                # a line: command pause
  segue ingest record -o samples.trace.jsonl             # only writes down what games say
  segue ingest wizard samples.trace.jsonl -o acme.toml   # proposes an adapter
  segue ingest replay game a.trace.jsonl -o again.wav    # the same bits
  segue ingest replay game a.trace.jsonl --mode adapter --adapter new.toml
  segue ingest coverage a.trace.jsonl --adapter acme.toml --min 0.9
  segue ingest clip game a.trace.jsonl --at 16           # on the timeline of the project

docs/ingest.md shows how to connect a game.";

/// Live games: play, record and replay what a game says over WebSocket, TCP or OSC
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Ingest {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Wizard(wizard::Wizard),
    Run(Box<run::Run>),
    Record(record::Record),
    Replay(replay::Replay),
    Coverage(coverage::Coverage),
    Diff(diff::Diff),
    Clip(clip::Clip),
}

impl Ingest {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        match &self.command {
            Command::Wizard(command) => command.run(console),
            Command::Run(command) => command.run(console),
            Command::Record(command) => command.run(console),
            Command::Replay(command) => command.run(console),
            Command::Coverage(command) => command.run(console),
            Command::Diff(command) => command.run(console),
            Command::Clip(command) => command.run(console),
        }
    }

    pub(super) fn output(&self) -> Output {
        match &self.command {
            Command::Wizard(command) => command.output,
            Command::Run(command) => command.output,
            Command::Record(command) => command.output,
            Command::Replay(command) => command.output,
            Command::Coverage(command) => command.output,
            Command::Diff(command) => command.output,
            Command::Clip(command) => command.output,
        }
    }
}

/// Bytes of an adapter at most.
const ADAPTER_BYTES: u64 = 100_000_000;

/// Reads an adapter's text.
fn read_adapter(path: &Path) -> Result<String, Failure> {
    let failed = |error| Failure::io(path, "read", &error);
    let bytes = std::fs::metadata(path).map_err(failed)?.len();
    if bytes > ADAPTER_BYTES {
        let text = format!(
            "{}: {bytes} bytes; an adapter has at most {ADAPTER_BYTES}",
            path.display()
        );
        return Err(Failure::new(text));
    }
    std::fs::read_to_string(path).map_err(failed)
}

/// An error about an adapter, with its file.
fn about(path: &Path, error: &segue_engine::Error) -> Failure {
    let text = error.to_string();
    // What TOML says ends with a line break.
    let text = text.strip_prefix("adapter: ").unwrap_or(&text).trim_end();
    Failure::new(format!("{}: {text}", path.display()))
}
