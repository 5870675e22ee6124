//! `segue check`: what in a project deserves a look before it ships.

use super::Output;
use crate::cancel::Cancel;
use crate::console::Console;
use crate::failure::Failure;
use crate::progress::Bar;
use crate::values::count;
use clap::Args;
use segue_engine::check::{Finding, Kind, check_project, check_refused};
use segue_engine::format::nearest;
use segue_engine::project::{OpenProject, open};
use serde_json::{Value, json};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  segue check game
  segue check game --json | jq '.findings[] | select(.kind == \"missing_asset\")'
  segue check game --allow state_never_set,unused_sound   # in CI

Exit codes: 0 nothing was found, 1 something was, 2 wrong usage.";

/// Find what is missing, unused, unreachable or out of range in a project
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Check {
    /// The project folder or packed project
    project: PathBuf,
    /// Kinds of findings that are fine
    #[arg(long, value_delimiter = ',', value_parser = kind, value_name = "KINDS")]
    allow: Vec<Kind>,
    #[command(flatten)]
    pub(super) output: Output,
}

fn kind(text: &str) -> Result<Kind, String> {
    let found = Kind::ALL.iter().find(|kind| kind.name() == text);
    found.copied().ok_or_else(|| {
        let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        match nearest(text, names.iter().copied()) {
            Some(near) => format!("there is no such kind; did you mean {near}?"),
            None => format!("there is no such kind; kinds are {}", names.join(", ")),
        }
    })
}

impl Check {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let cancel = Cancel::listen(|| ())?;
        let mut findings = match open(&self.project) {
            Ok(project) => look(&project, console, &cancel)?,
            Err(error) => check_refused(&self.project, error)?,
        };
        findings.retain(|finding| !self.allow.contains(&finding.kind));
        console.answer(|| text(&findings), || object(&findings))?;
        match findings.is_empty() {
            true => Ok(()),
            false => Err(Failure::found()),
        }
    }
}

fn look(
    project: &OpenProject,
    console: &Console,
    cancel: &Cancel,
) -> Result<Vec<Finding>, Failure> {
    // Those that are about a place are findings.
    for warning in project.warnings.iter().filter(|it| it.path().is_none()) {
        console.warn(&warning.to_string());
    }
    let bar = Bar::new(console, "Reading");
    let findings = check_project(project, None, &mut |progress| {
        bar.at(progress.done as u64, progress.total as u64);
        bar.say(progress.asset);
        cancel.flow()
    })?;
    drop(bar);
    Ok(findings)
}

fn text(findings: &[Finding]) -> String {
    let lines: String = findings
        .iter()
        .map(|finding| format!("{finding}\n"))
        .collect();
    match findings.len() {
        0 => "nothing was found".to_owned(),
        number => format!("{lines}{}", count(number, "finding")),
    }
}

fn object(findings: &[Finding]) -> Value {
    let place = |number: usize| (number > 0).then_some(number);
    let row = |it: &Finding| {
        json!({"kind": it.kind.name(), "path": it.path, "file": it.file, "line": place(it.line),
            "column": place(it.column), "message": it.message})
    };
    json!({
        "clean": findings.is_empty(),
        "findings": findings.iter().map(row).collect::<Vec<_>>(),
    })
}
