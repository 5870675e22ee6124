//! `segue ingest wizard`: an adapter out of recorded messages.

use crate::commands::Output;
use crate::console::Console;
use crate::failure::Failure;
use crate::values::{count, seed};
use clap::{Args, ValueEnum};
use segue_engine::ingest::proposal_value;
use segue_engine::ingest::wizard::{Proposal, Samples, WizardError, diff, propose};
use serde_json::json;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  segue ingest wizard messages.jsonl                       # what is found, and how sure that is
  segue ingest wizard messages.jsonl -o acme.toml
  segue ingest wizard a.trace.jsonl --current acme.toml -o acme-new.toml
  game --log | segue ingest wizard - -o -                  # the adapter on standard output

Samples are JSON, one message a line, or traces of `segue ingest record`. Of more than 10,000 messages
or 64 MB a part is chosen by the seed. Exit codes: 0 proposed, 1 nothing found, 2 wrong usage.";

/// Propose an adapter from recorded messages, with how sure each part is
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Wizard {
    /// Recorded messages: files with one JSON object a line, traces, or `-` for standard input
    #[arg(required = true)]
    samples: Vec<PathBuf>,
    /// The adapter to write; `-` is standard output
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    out: Option<PathBuf>,
    /// When the output exists: fail, or write beside it as adapter-2.toml; nothing is overwritten
    #[arg(long, value_enum, default_value = "fail")]
    exists: Exists,
    /// The adapter that is there: what a person wrote is kept, and what changes is shown
    #[arg(long, value_name = "FILE")]
    current: Option<PathBuf>,
    /// Chooses which messages are looked at where there are too many
    #[arg(long, default_value = "1", value_parser = seed)]
    seed: u64,
    #[command(flatten)]
    pub(super) output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Exists {
    Fail,
    Suffix,
}

/// Names that are tried beside one that is taken.
const SUFFIXES: u32 = 10_000;

impl Wizard {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        if let (Some(out), Exists::Fail) = (&self.out, self.exists)
            && out != Path::new("-")
            && out.exists()
        {
            return Err(taken(out));
        }
        let current = self
            .current
            .as_deref()
            .map(super::read_adapter)
            .transpose()?;
        let samples = self.read()?;
        let proposal = propose(&samples, &self.id(), current.as_deref());
        let proposal = proposal.map_err(|error| self.failure(&error))?;
        let changes = current.map(|current| diff(&current, &proposal.toml));
        for warning in &proposal.warnings {
            console.warn(warning);
        }
        if self.out.as_deref() == Some(Path::new("-")) {
            return console.write(proposal.toml.as_bytes());
        }
        let written = self
            .out
            .as_deref()
            .map(|out| self.write(out, &proposal.toml));
        let written = written.transpose()?;
        console.answer(
            || text(&proposal, &samples, changes.as_deref(), written.as_deref()),
            || {
                let mut object = proposal_value(&proposal, &samples, changes.as_deref());
                object["path"] = json!(written.as_ref().map(|path| path.display().to_string()));
                object
            },
        )
    }

    fn read(&self) -> Result<Samples, Failure> {
        let mut samples = Samples::new(self.seed);
        for path in &self.samples {
            let name = path.display().to_string();
            let read = match name.as_str() {
                "-" => samples.read("standard input", std::io::stdin().lock()),
                _ => File::open(path).and_then(|file| samples.read(&name, BufReader::new(file))),
            };
            read.map_err(|error| Failure::io(path, "read", &error))?;
        }
        Ok(samples)
    }

    /// The name of a new adapter: that of its file.
    fn id(&self) -> String {
        let named = self.out.as_deref().filter(|out| *out != Path::new("-"));
        let stem = named.and_then(|out| out.file_stem());
        let stem = stem.map(|stem| stem.to_string_lossy().chars().take(128).collect());
        stem.unwrap_or_else(|| "proposed".to_owned())
    }

    fn failure(&self, error: &WizardError) -> Failure {
        match (error, &self.current) {
            (WizardError::Current(error), Some(path)) => {
                Failure::new(format!("{}: {error}", path.display()))
            }
            _ => Failure::new(error.to_string()),
        }
    }

    /// Writes the whole file or nothing, and never over another; where it is then.
    fn write(&self, out: &Path, toml: &str) -> Result<PathBuf, Failure> {
        let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or_else(|| Path::new("."));
        let failed = |error: &std::io::Error| Failure::io(out, "write", error);
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(&error))?;
        file.write_all(toml.as_bytes())
            .map_err(|error| failed(&error))?;
        let most = match self.exists {
            Exists::Suffix => SUFFIXES,
            Exists::Fail => 1,
        };
        for n in 1..=most {
            let path = suffixed(out, n);
            match file.persist_noclobber(&path) {
                Ok(_) => return Ok(path),
                Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
                    file = error.file;
                }
                Err(error) => return Err(failed(&error.error)),
            }
        }
        Err(taken(out))
    }
}

fn taken(out: &Path) -> Failure {
    let failure = Failure::new(format!("{}: is there already", out.display()));
    failure.hint("nothing is overwritten: name another file, or add --exists suffix")
}

/// `acme.toml`, `acme-2.toml`, ...
fn suffixed(out: &Path, n: u32) -> PathBuf {
    if n == 1 {
        return out.to_owned();
    }
    let stem = out.file_stem().unwrap_or_default().to_string_lossy();
    let ending = out
        .extension()
        .map(|it| format!(".{}", it.to_string_lossy()));
    out.with_file_name(format!("{stem}-{n}{}", ending.unwrap_or_default()))
}

/// What a confidence means when the game runs.
fn effect(confidence: f64) -> &'static str {
    match confidence {
        0.8.. => "as loud as bound",
        0.5.. => "6 dB quieter",
        0.2.. => "not heard, told",
        _ => "not heard",
    }
}

fn text(
    proposal: &Proposal,
    samples: &Samples,
    changes: Option<&str>,
    written: Option<&Path>,
) -> String {
    let mut text = String::new();
    // Writing to a text does not fail.
    _ = writeln!(
        text,
        "{:<14} {:<26} {:>10}  example",
        "field of", "path", "confidence"
    );
    for found in &proposal.fields {
        let guess = &found.guess;
        let (purpose, path) = (guess.purpose.name(), &guess.path);
        let (sure, example) = (guess.confidence, &guess.example);
        let not = if found.is_proposed {
            ""
        } else {
            "   (not in the adapter)"
        };
        _ = writeln!(
            text,
            "{purpose:<14} {path:<26} {sure:>10.2}  {example}{not}"
        );
    }
    if !proposal.events.is_empty() {
        _ = writeln!(
            text,
            "\n{:<24} {:<22} {:>10} {:>8}  heard",
            "event", "stage", "confidence", "count"
        );
    }
    for event in &proposal.events {
        let (name, stage) = (&event.name, event.stage.unwrap_or("ignore"));
        let heard = event.stage.map_or("", |_| effect(event.confidence));
        let (sure, count) = (event.confidence, event.count);
        _ = writeln!(
            text,
            "{name:<24} {stage:<22} {sure:>10.2} {count:>8}  {heard}"
        );
    }
    let coverage = &proposal.coverage;
    let percent = coverage.share() * 100.0;
    let looked = count(samples.kept(), "message");
    let total = samples.total();
    _ = writeln!(
        text,
        "\n{looked} of {total} looked at; stages were made of {percent:.1} % of them"
    );
    let unmapped: Vec<String> = coverage
        .unknown()
        .iter()
        .map(|(name, seen)| format!("{name} ({})", seen.count))
        .collect();
    if !unmapped.is_empty() {
        _ = writeln!(text, "unmapped: {}", unmapped.join(", "));
    }
    if coverage.violations() > 0 {
        _ = writeln!(text, "out of order: {}", coverage.violations());
    }
    if let Some(changes) = changes {
        _ = writeln!(text, "\n{changes}");
    }
    match written {
        Some(path) => _ = writeln!(text, "\nwritten to {}", path.display()),
        None => text.push_str("\n-o FILE writes the adapter\n"),
    }
    text
}
