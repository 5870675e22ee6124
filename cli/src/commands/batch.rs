//! `segue batch`: a manifest of jobs, in shards, with a journal; and merging of their reports.

use super::Output;
use super::convert::{answer, bits, detail, workers, write_report};
use crate::cancel::Cancel;
use crate::console::Console;
use crate::failure::Failure;
use crate::jobs;
use crate::jobs::options::JobOptions;
use crate::jobs::rows::Names;
use clap::{Args, Subcommand};
use segue_engine::jobs::batch::{BatchItem, BatchOptions, Shard};
use segue_engine::jobs::job::{Exists, Job};
use segue_engine::jobs::{HASH, journal_beside, name_by_content};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  segue batch jobs.jsonl
  segue batch jobs.jsonl --shard 2/8 --report part-2.jsonl
  segue batch merge part-*.jsonl -o report.csv

A manifest has a line of JSON a job:
  {\"input\": \"a.wav\", \"output\": \"out/a.opus\", \"profile\": \"stream\", \"bitrate\": 96}
with the options of `segue convert` by their names (`fade_in`, ...). Paths start from the folder of
the manifest. In an output, {hash} stands for a hash of the input's bytes and the settings. A run
that was stopped goes on when it is started again. docs/offline.md shows GNU parallel and Slurm.";

/// Bytes of a manifest or a report, and of one line.
const MAX_BYTES: u64 = 256 << 20;

/// Do many jobs from a manifest, alone or as one of several shards
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Batch {
    #[command(subcommand)]
    command: Option<BatchCommand>,
    /// The manifest: a line of JSON a job
    #[arg(required = true)]
    manifest: Option<PathBuf>,
    /// Do only every n-th job, from the i-th
    #[arg(long, default_value = "1/1", value_name = "I/N")]
    shard: String,
    /// Jobs done at a time, 1 to 64 [default: processors]
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    /// Where it is noted what was done [default: beside the manifest, one a shard]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Do everything again, and note nothing
    #[arg(long, conflicts_with = "journal")]
    no_journal: bool,
    /// Write the report: .csv or .jsonl
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[command(flatten)]
    pub(super) output: Output,
}

#[derive(Debug, Subcommand)]
enum BatchCommand {
    Merge(Merge),
}

/// Merge the reports of shards into one
#[derive(Debug, Args)]
struct Merge {
    /// The reports, as JSON lines
    #[arg(required = true)]
    reports: Vec<PathBuf>,
    /// The report to write: .csv or .jsonl
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    out: PathBuf,
}

/// A line of a manifest.
#[derive(Deserialize)]
struct Line {
    input: String,
    output: String,
    #[serde(default)]
    group: Option<String>,
    #[serde(flatten)]
    options: serde_json::Map<String, Value>,
}

impl Batch {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        match (&self.command, &self.manifest) {
            (Some(BatchCommand::Merge(merge)), _) => merge.run(console),
            (None, Some(manifest)) => self.run_manifest(console, manifest),
            (None, None) => Err(Failure::usage("no manifest")),
        }
    }

    fn run_manifest(&self, console: &Console, manifest: &Path) -> Result<(), Failure> {
        let cancel = Cancel::listen(|| ())?;
        let shard = Shard::parse(&self.shard).map_err(|e| Failure::usage(e.to_string()))?;
        let (mut items, mut names) = read(manifest)?;
        let keys = name_by_content(&mut items, shard, &mut || cancel.flow())?;
        for (name, key) in names.iter_mut().zip(keys) {
            if let Some(key) = key {
                name.output = name.output.replace(HASH, &key);
            }
        }
        let options = BatchOptions {
            workers: workers(self.workers),
            shard,
            journal: (!self.no_journal).then(|| self.journal(manifest, shard)),
            detail: detail(self.report.is_some()),
        };
        let done = jobs::run(console, &cancel, &items, &names, &options)?;
        if let Some(path) = &self.report {
            write_report(path, &done.rows)?;
        } else if !self.output.json {
            for row in &done.rows {
                answer(console, row)?;
            }
        }
        if self.output.json {
            let summary = json!({
                "jobs": done.rows.len() + done.cancelled,
                "failed": done.failed,
                "cancelled": done.cancelled,
            });
            console.answer(String::new, || summary)?;
        }
        done.verdict()
    }

    fn journal(&self, manifest: &Path, shard: Shard) -> PathBuf {
        let own = || journal_beside(manifest, shard);
        self.journal.clone().unwrap_or_else(own)
    }
}

fn read_text(path: &Path) -> Result<String, Failure> {
    let size = std::fs::metadata(path)
        .map_err(|e| Failure::io(path, "open", &e))?
        .len();
    if size > MAX_BYTES {
        let text = format!(
            "{}: {size} bytes are not in 0..={MAX_BYTES}",
            path.display()
        );
        return Err(Failure::new(text));
    }
    std::fs::read_to_string(path).map_err(|e| Failure::io(path, "read", &e))
}

/// Lines with their numbers from 1; empty ones and those that start with # are left out.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = (1..).zip(text.lines());
    lines.filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
}

fn read(manifest: &Path) -> Result<(Vec<BatchItem>, Vec<Names>), Failure> {
    let text = read_text(manifest)?;
    let folder = manifest.parent().unwrap_or(Path::new(""));
    let (mut items, mut names) = (Vec::new(), Vec::new());
    for (number, line) in lines(&text) {
        let at = |failure: Failure| Failure {
            message: format!("{}, line {number}: {}", manifest.display(), failure.message),
            ..failure
        };
        let (item, name) = parse(line, folder).map_err(at)?;
        items.push(item);
        names.push(name);
    }
    Ok((items, names))
}

fn parse(line: &str, folder: &Path) -> Result<(BatchItem, Names), Failure> {
    let wrong = |e: serde_json::Error| Failure::usage(format!("this is no job: {e}"));
    let line: Line = serde_json::from_str(line).map_err(wrong)?;
    let mut options: JobOptions =
        serde_json::from_value(Value::Object(line.options)).map_err(wrong)?;
    for path in [&mut options.chain, &mut options.project]
        .into_iter()
        .flatten()
    {
        *path = folder.join(&*path);
    }
    let (input, output) = (folder.join(&line.input), folder.join(&line.output));
    let mut settings = options.words()?.settings(&output, bits(&input))?;
    if line.output.contains(HASH) {
        // The name says what is in it: whatever is there is the same, or half of a former try.
        settings.exists = Exists::Overwrite;
    }
    let item = BatchItem {
        job: Job {
            input,
            output,
            settings,
        },
        group: line.group,
    };
    Ok((
        item,
        Names {
            input: line.input,
            output: line.output,
        },
    ))
}

impl Merge {
    /// Rows by the number of their job; one that was done counts more than one that failed.
    fn run(&self, console: &Console) -> Result<(), Failure> {
        let mut rows: BTreeMap<u64, Value> = BTreeMap::new();
        for path in &self.reports {
            for (number, line) in lines(&read_text(path)?) {
                let wrong =
                    |what: &str| Failure::new(format!("{}, line {number}: {what}", path.display()));
                let row: Value =
                    serde_json::from_str(line).map_err(|e| wrong(&format!("no JSON: {e}")))?;
                let index = row["index"].as_u64().ok_or_else(|| wrong("no index"))?;
                let is_better = rows.get(&index).is_none_or(|old| old["status"] == "failed");
                if is_better {
                    rows.insert(index, row);
                }
            }
        }
        let rows: Vec<Value> = rows.into_values().collect();
        write_report(&self.out, &rows)?;
        let failed = rows.iter().filter(|row| row["status"] == "failed").count();
        console.note(&format!("{} jobs, {failed} failed", rows.len()));
        Ok(())
    }
}
