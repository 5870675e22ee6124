//! `segue ingest run`: games are heard.

use super::connect::Connect;
use super::tracefile::{self, Exists};
use crate::commands::Output;
use crate::commands::render::{How, text, warn};
use crate::console::Console;
use crate::failure::Failure;
use crate::values::seconds;
use clap::Args;
use segue_engine::ingest::Summary;
use segue_engine::render::RenderReport;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Play what games say: they connect over WebSocket, TCP or OSC, and their stages are heard
#[derive(Debug, Args)]
pub(super) struct Run {
    /// The project folder or packed project
    pub(super) project: PathBuf,
    #[command(flatten)]
    pub(super) connect: Connect,
    /// What a game's own messages mean: a TOML file, read again when it is saved
    #[arg(long, value_name = "FILE")]
    pub(super) adapter: Option<PathBuf>,
    /// Record everything here, for `segue ingest replay`; ends with .trace.jsonl
    #[arg(long, value_name = "FILE")]
    pub(super) trace: Option<PathBuf>,
    /// When the trace exists: fail, overwrite
    #[arg(long, value_enum, default_value = "fail", requires = "trace")]
    pub(super) exists: Exists,
    /// Where to write what happens, as JSON Lines; `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub(super) events: Option<PathBuf>,
    /// Send games the commands of standard input, a line each: command NAME {"argument": value}
    #[arg(long)]
    pub(super) commands: bool,
    /// Play without an output, at the pace of the clock
    #[arg(long)]
    pub(super) offline: bool,
    /// With --offline: the WAV file to write
    #[arg(
        short = 'o',
        long = "output",
        value_name = "FILE",
        requires = "offline"
    )]
    pub(super) out: Option<PathBuf>,
    /// End when every game that was connected is gone, after --tail seconds
    #[arg(long)]
    pub(super) once: bool,
    /// Seconds that are played after the last game is gone
    #[arg(long, value_parser = seconds, default_value = "1", value_name = "SECONDS")]
    pub(super) tail: f64,
    /// Stop after this many seconds
    #[arg(long, value_parser = seconds, allow_negative_numbers = true)]
    pub(super) seconds: Option<f64>,
    #[command(flatten)]
    pub(super) how: How,
    /// The output: an id or name of `segue devices`
    #[arg(long, value_name = "NAME", conflicts_with = "offline")]
    pub(super) device: Option<String>,
    /// Frames of the output's buffer
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=65_536), value_name = "FRAMES", conflicts_with = "offline")]
    pub(super) buffer: Option<u32>,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Run {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        if let Some(trace) = &self.trace {
            tracefile::check(trace, self.exists)?;
        }
        match self.offline {
            true => self.offline(console),
            false => self.live(console),
        }
    }

    pub(super) fn adapter_text(&self) -> Result<Option<String>, Failure> {
        let text = self.adapter.as_deref().map(super::read_adapter);
        text.transpose()
    }

    /// An error that is about the adapter names its file.
    pub(super) fn failure(&self, error: segue_engine::Error) -> Failure {
        match (&error, &self.adapter) {
            (segue_engine::Error::Adapter(_), Some(path)) => super::about(path, &error),
            _ => error.into(),
        }
    }
}

/// The answer of a run: with a file or through an output.
pub(super) struct Heard<'a> {
    pub(super) project: &'a Path,
    pub(super) seconds: f64,
    pub(super) render: Option<&'a RenderReport>,
    pub(super) output: Option<&'a str>,
    pub(super) summary: &'a Summary,
    pub(super) connectors: &'a [(String, bool)],
    pub(super) coverage: Value,
}

impl Heard<'_> {
    pub(super) fn answer(&self, console: &Console) -> Result<(), Failure> {
        if let Some(render) = self.render {
            warn(console, render);
        }
        console.answer(|| self.text(), || self.object())
    }

    fn text(&self) -> String {
        let mut told = match (self.render, self.output) {
            (Some(render), _) if !render.path.as_os_str().is_empty() => text(render) + "\n",
            (_, Some(output)) => format!("played {:.1} s through {output}\n", self.seconds),
            _ => format!("played {:.1} s\n", self.seconds),
        };
        told += &summary_text(self.summary, self.connectors);
        told
    }

    fn object(&self) -> Value {
        json!({
            "project": self.project.display().to_string(),
            "seconds": self.seconds,
            "output": self.output,
            "render": self.render.filter(|it| !it.path.as_os_str().is_empty()).map(RenderReport::value),
            "live": self.summary.write(self.connectors),
            "coverage": self.coverage,
        })
    }
}

/// What a game did, for people.
pub(super) fn summary_text(summary: &Summary, connectors: &[(String, bool)]) -> String {
    let mut text = format!(
        "messages    {}, stages {}, games {}\n",
        summary.messages,
        summary.stage_count(),
        summary.opened
    );
    // Writing to a string does not fail.
    for (id, count) in &summary.stages {
        let (name, bound) = (id.name(), count.bound);
        let _ = writeln!(text, "  {name:<28} {:>6}, bound {bound:>6}", count.seen);
    }
    for (code, count) in &summary.refused {
        let _ = writeln!(text, "refused     {count} ({code})");
    }
    for ((connector, reason, kind), count) in &summary.drops {
        let name = connectors.get(usize::from(*connector));
        let name = name.map_or("", |(name, _)| name);
        let _ = writeln!(text, "dropped     {count} ({name}: {reason} {kind})");
    }
    if summary.late > 0 {
        let _ = writeln!(text, "late        {}", summary.late);
    }
    let loops = summary.open_loops.len();
    let cut = summary.loops_cut;
    let _ = writeln!(
        text,
        "loops       {cut} ended with their game, {loops} open"
    );
    text
}
