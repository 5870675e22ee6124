//! What a project makes of stages.

use super::make::{SPUN, Spins};
use super::{profile_of, read_file, told};
use crate::cancel::Cancel;
use crate::commands::Output;
use crate::commands::render::Stages as Progress;
use crate::console::Console;
use crate::failure::Failure;
use clap::Args;
use segue_engine::format::stages as format;
use segue_engine::middleware::stage::lint::LintProfile;
use segue_engine::middleware::stage::loops::Loop;
use segue_engine::project::open;
use segue_engine::stage_report::{OpenLoop, StageReport, Told, report};
use serde_json::json;
use std::fmt::Write;
use std::path::PathBuf;

/// Play a trace or simulated spins without a sound and report: what was heard, what was forgotten,
/// what must not be
#[derive(Debug, Args)]
pub(super) struct Report {
    /// The project folder or packed project
    project: PathBuf,
    /// A trace of stages, or the recording of a live game; without it spins are simulated
    #[arg(conflicts_with_all = SPUN)]
    trace: Option<PathBuf>,
    #[command(flatten)]
    spins: Spins,
    /// A lint profile in place of the usual one
    #[arg(long, value_name = "FILE")]
    lint: Option<PathBuf>,
    /// Write the usual lint profile here, to be edited, and do nothing else
    #[arg(long, value_name = "FILE")]
    write_lint: Option<PathBuf>,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Report {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        if let Some(path) = &self.write_lint {
            return write_lint(path, console);
        }
        let cancel = Cancel::listen(|| ())?;
        let project = open(&self.project)?;
        let lint = match &self.lint {
            Some(path) => read_file(path, |bytes| format::lint_from_json(bytes).map(|it| it.0))?,
            None => LintProfile::uk(),
        };
        let table = project.stage_table();
        let name = self.spins.profile.as_deref();
        let (told, awards) = match &self.trace {
            Some(path) => (told(&table, path, name)?, Vec::new()),
            None => {
                let played = self.spins.played();
                let trace = played.trace(&table)?.0;
                let profile = profile_of(&table, name, &trace)?;
                (Told::spun(trace, profile), played.awards()?)
            }
        };
        let mut progress = Progress::new(console, &cancel);
        let report = report(&project, told, &lint, &awards, &mut |step| {
            progress.at(step)
        })?;
        drop(progress);
        console.answer(|| text(&report), || report.value())?;
        match report.is_clean() {
            true => Ok(()),
            false => Err(Failure::found()),
        }
    }
}

fn write_lint(path: &PathBuf, console: &Console) -> Result<(), Failure> {
    let text = format::lint_to_json(&LintProfile::uk());
    let text = text.map_err(|error| Failure::new(error.to_string()))?;
    std::fs::write(path, text).map_err(|error| Failure::io(path, "write", &error))?;
    let shown = path.display().to_string();
    console.answer(|| shown.clone(), || json!({"path": shown}))
}

fn text(report: &StageReport) -> String {
    let mut text = String::from("stage                          seen   bound  posted  played\n");
    // Writing to a string does not fail.
    for (id, count) in &report.stages {
        let name = id.name();
        let (seen, bound) = (count.seen, count.bound);
        let _ = writeln!(
            text,
            "{name:<28} {seen:>7} {bound:>7} {:>7} {:>7}",
            count.posted, count.played
        );
    }
    let unbound: Vec<&str> = report.unbound().map(|id| id.name()).collect();
    let mut line = |what: &str, list: String| {
        let list = if list.is_empty() {
            "none".to_owned()
        } else {
            list
        };
        let _ = writeln!(text, "{what:<28} {list}");
    };
    line("without a binding", unbound.join(", "));
    line("never triggered", report.never_triggered.join(", "));
    let missing: Vec<&str> = report.without_asset.keys().map(String::as_str).collect();
    line("bound without a sound", missing.join(", "));
    let loops: Vec<String> = report.open_loops.iter().map(loop_text).collect();
    line("loops without an end", loops.join(", "));
    let posts: Vec<String> = report.open_posts.iter().map(posts_text).collect();
    line("still playing at the end", posts.join(", "));
    if !report.gone_loops.is_empty() {
        let gone: Vec<String> = report.gone_loops.iter().map(gone_text).collect();
        line("ended as the game was gone", gone.join(", "));
    }
    let wrong: Vec<String> = report.violations.iter().map(ToString::to_string).collect();
    line("out of order", wrong.join("; "));
    line("spins", report.spins.to_string());
    line("losses shown as wins", report.losses_as_wins.to_string());
    line("of unknown bet", report.unknown_bets.to_string());
    line("of unknown win", report.unknown_wins.to_string());
    let cycle = report.min_cycle_ms.map(|ms| format!("{ms:.0} ms"));
    line("shortest spin", cycle.unwrap_or_default());
    line("voices stolen", report.voice_steals.to_string());
    line("posts refused", report.refused.to_string());
    line("ducks that stay down", report.stuck_ducks.join(", "));
    for finding in &report.lint {
        let place = finding
            .event
            .map_or_else(String::new, |at| format!("event {at}: "));
        let (rule, message, source) = (finding.rule.name(), &finding.message, &finding.source);
        line(rule, format!("{place}{message} ({source})"));
    }
    text
}

fn posts_text((event, count): (&String, &u64)) -> String {
    match count {
        1 => event.clone(),
        _ => format!("{event} ({count} times)"),
    }
}

fn gone_text(it: &Loop) -> String {
    let reel = it.reel.map(|reel| format!(" of reel {reel}"));
    format!("{}{}", it.stage.name(), reel.unwrap_or_default())
}

fn loop_text(it: &OpenLoop) -> String {
    let reel = it
        .reel
        .map_or_else(String::new, |reel| format!(" of reel {reel}"));
    let cut = it
        .cut_at
        .map_or_else(String::new, |at| format!(", cut at event {at}"));
    format!("{}{reel}{cut}", it.stage.name())
}
