//! `segue ingest record`: what a game says, without a sound.

use super::connect::Connect;
use super::run::summary_text;
use super::told::Told;
use super::tracefile::{self, Exists};
use crate::cancel::Cancel;
use crate::commands::Output;
use crate::console::Console;
use crate::failure::Failure;
use crate::values::seconds;
use clap::Args;
use segue_engine::ingest::{LiveGame, LiveOptions, Nobody};
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

/// How often the game is looked after.
const TICK: Duration = Duration::from_millis(10);
/// Frames a second of a trace without an engine.
const RATE: u64 = 48_000;

/// Write down what games say, for an adapter that is to be made
#[derive(Debug, Args)]
pub(super) struct Record {
    /// The trace to write; ends with .trace.jsonl
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    out: PathBuf,
    /// When the trace exists: fail, overwrite
    #[arg(long, value_enum, default_value = "fail")]
    exists: Exists,
    #[command(flatten)]
    connect: Connect,
    /// What a game's own messages mean: a TOML file
    #[arg(long, value_name = "FILE")]
    adapter: Option<PathBuf>,
    /// Where to write what happens, as JSON Lines; `-` is standard output
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// End when every game that was connected is gone
    #[arg(long)]
    once: bool,
    /// Stop after this many seconds
    #[arg(long, value_parser = seconds, allow_negative_numbers = true)]
    seconds: Option<f64>,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Record {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let cancel = Cancel::listen(|| ())?;
        tracefile::check(&self.out, self.exists)?;
        let text = self.adapter.as_deref().map(super::read_adapter);
        let text = text.transpose()?;
        let options = LiveOptions {
            connectors: self.connect.configs(0)?,
            adapter: text.as_deref(),
            trace: Some(&self.out),
            trace_exists: self.exists.into(),
            project_hash: String::new(),
        };
        let mut game = LiveGame::start(options, None).map_err(|error| match &self.adapter {
            Some(path) if matches!(error, segue_engine::Error::Adapter(_)) => {
                super::about(path, &error)
            }
            _ => error.into(),
        })?;
        let mut told = Told::create(console, self.events.as_deref())?;
        let limit = self.seconds.map(|seconds| (seconds * 1e6).round());
        let mut frame = 0;
        loop {
            game.wait(TICK);
            let now_us = game.now_us();
            frame = (now_us * RATE / 1_000_000).max(frame);
            // What is planned for later is carried out when it is due, behind what comes until then.
            game.pump(&mut Nobody, frame, 1)?;
            while let Some(row) = game.next_row() {
                told.live(&row);
            }
            told.flush()?;
            let is_over = limit.is_some_and(|limit| now_us as f64 >= limit);
            if is_over || cancel.is_pressed() || (self.once && game.is_left()) {
                break;
            }
        }
        let connectors = game.connectors().to_vec();
        let summary = game.finish(frame)?;
        if told.is_answer() {
            return Ok(());
        }
        let path = self.out.display().to_string();
        console.answer(
            || format!("{path}\n{}", summary_text(&summary, &connectors)),
            || json!({"path": path, "live": summary.write(&connectors)}),
        )
    }
}
