//! `segue batch`: a manifest of jobs, in shards, with a journal; and merging of their reports.

use super::Output;
use super::convert::{answer, check_report, detail, make_folders, probed, workers, write_report};
use crate::cancel::Cancel;
use crate::console::Console;
use crate::failure::{Failure, Kind, with_words};
use crate::jobs::options::JobOptions;
use crate::jobs::rows::Names;
use crate::jobs::sides::Sides;
use crate::jobs::{self, Hints};
use clap::{Args, Subcommand};
use segue_engine::Error;
use segue_engine::files;
use segue_engine::jobs::batch::{BatchItem, BatchOptions, Shard, dependent, selected};
use segue_engine::jobs::helpers::{Helper, check_results};
use segue_engine::jobs::job::{Exists, Job, Settings};
use segue_engine::jobs::{Encoding, HASH, MAX_MANIFEST, journal_beside, name_by_content};
use segue_engine::render::WavFormat;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
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
    /// Merge although reports of shards are missing
    #[arg(long)]
    partial: bool,
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
        let (mut items, mut names, helpers) = read(manifest)?;
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
        self.check_sides(manifest, &items, &helpers, options.journal.as_deref())?;
        self.report.as_deref().map_or(Ok(()), check_report)?;
        let made = folders_of_results(&items, shard);
        let done = jobs::run(console, &cancel, &items, &names, &options, Hints::Manifest);
        for folder in made {
            // Those without a result: others are not empty.
            _ = std::fs::remove_dir(folder);
        }
        let done = done?;
        if let Some(path) = &self.report {
            write_report(path, &done.rows)?;
        } else if !self.output.json {
            for row in &done.rows {
                answer(console, row)?;
            }
        }
        if self.output.json {
            let summary = json!({
                "jobs": done.rows.len(),
                "failed": done.failed,
                "cancelled": done.cancelled,
            });
            console.answer(String::new, || summary)?;
        }
        done.verdict(console)
    }

    /// Manifest, inputs, outputs, chains, projects, impulse responses, journal and report: no file is
    /// two of these, but that an output may be an input.
    fn check_sides(
        &self,
        manifest: &Path,
        items: &[BatchItem],
        helpers: &[Helper],
        journal: Option<&Path>,
    ) -> Result<(), Failure> {
        let mut sides = Sides::default();
        sides.take(manifest, "the manifest");
        for item in items {
            sides.take(&item.job.input, "an input");
            sides.take(&item.job.output, "an output");
        }
        let mut results = Sides::default();
        items
            .iter()
            .for_each(|item| results.take(&item.job.output, "an output"));
        results.claim("manifest", manifest)?;
        check_results(items.iter().map(|item| item.job.output.as_path()), helpers)?;
        // Many jobs may use one of them.
        for (path, what) in helpers {
            sides.take(path, what);
        }
        for (option, path) in [("--journal", journal), ("--report", self.report.as_deref())] {
            if let Some(path) = path {
                sides.claim(option, path)?;
            }
        }
        Ok(())
    }

    fn journal(&self, manifest: &Path, shard: Shard) -> PathBuf {
        let own = || journal_beside(manifest, shard);
        self.journal.clone().unwrap_or_else(own)
    }
}

/// Makes the folders of the results of a shard, and returns those that were not there, the deepest first.
/// Where it fails, the job will say what is wrong.
fn folders_of_results(items: &[BatchItem], shard: Shard) -> Vec<PathBuf> {
    let own = items.iter().zip(selected(items, shard));
    let own = own.filter(|(item, is_own)| *is_own && item.refused.is_none());
    let folders: BTreeSet<&Path> = own
        .filter_map(|(item, _)| item.job.output.parent())
        .collect();
    let made = folders
        .into_iter()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut made: Vec<PathBuf> = made
        .filter_map(|folder| make_folders(folder).ok())
        .flatten()
        .collect();
    made.sort_by_key(|folder| std::cmp::Reverse(folder.components().count()));
    made
}

fn read_text(path: &Path) -> Result<String, Failure> {
    Ok(files::read_text(path, "manifest_bytes", MAX_MANIFEST)?)
}

/// Lines with their numbers from 1; empty ones and those that start with # are left out.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = (1..).zip(text.lines());
    lines.filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
}

/// The jobs, their names, and the files that they need beside their inputs.
type Jobs = (Vec<BatchItem>, Vec<Names>, Vec<Helper>);

fn read(manifest: &Path) -> Result<Jobs, Failure> {
    let text = read_text(manifest)?;
    let folder = manifest.parent().unwrap_or(Path::new(""));
    let (mut items, mut names, mut helpers) = (Vec::new(), Vec::new(), Vec::new());
    let mut known = BTreeSet::new();
    let mut places = Vec::new();
    for (number, line) in lines(&text) {
        places.push(number);
        let at = |failure: Failure| Failure {
            message: format!("{}, line {number}: {}", manifest.display(), failure.message),
            ..failure
        };
        let (item, name, options) = parse(line, folder).map_err(at)?;
        items.push(item);
        names.push(name);
        // Most lines of a manifest name the same ones.
        let own = (
            options.chain.clone(),
            options.project.clone(),
            options.bus.clone(),
        );
        if known.insert(own) {
            helpers.extend(options.helpers());
        }
    }
    if let Some((reader, writer)) = dependent(&items) {
        return Err(Failure::usage(format!(
            "{}, line {}: this job reads {}, and line {} writes it, so that the order would decide \
             what is read",
            manifest.display(),
            places[reader],
            items[reader].job.input.display(),
            places[writer]
        ))
        .hint("do them in two batches, one behind the other"));
    }
    if items.is_empty() {
        let text = format!("{}: there is no job in this manifest", manifest.display());
        return Err(
            Failure::usage(text).hint("a job is a line of JSON with an input and an output")
        );
    }
    Ok((items, names, helpers))
}

fn parse(line: &str, folder: &Path) -> Result<(BatchItem, Names, JobOptions), Failure> {
    let wrong =
        |e: serde_json::Error| Failure::usage(format!("this is no job: {}", jobs::plain(&e)));
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
    let in_words = |error: Error| Failure {
        message: with_words(&error.to_string()),
        ..Failure::from(error)
    };
    let made = options.words().and_then(|words| {
        let settings = words.settings(&output, probed(&input).as_ref());
        settings.map_err(in_words)
    });
    let (mut settings, refused) = match made {
        Ok(settings) => (settings, None),
        // A file that this job needs is missing or damaged: that is no matter of the others.
        Err(failure) if failure.kind == Kind::Failed => {
            let stand_in = Settings::new(Encoding::Wav(WavFormat::I16));
            (stand_in, Some(failure.message))
        }
        Err(failure) => return Err(failure),
    };
    if refused.is_none() && line.group.is_some() && settings.normalise.is_none() {
        return Err(Failure::usage(
            "a group shares one gain, and this job has no profile and no target",
        ));
    }
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
        refused,
        same_as: None,
    };
    Ok((
        item,
        Names {
            input: line.input,
            output: line.output,
        },
        options,
    ))
}

impl Merge {
    /// Rows by the number of their job; one that was done counts more than one that failed.
    fn run(&self, console: &Console) -> Result<(), Failure> {
        let mut sides = Sides::default();
        self.reports
            .iter()
            .for_each(|path| sides.take(path, "an input"));
        sides.claim("--output", &self.out)?;
        check_report(&self.out)?;
        let mut rows: BTreeMap<u64, Value> = BTreeMap::new();
        let mut total = None;
        for path in &self.reports {
            for (number, line) in lines(&read_text(path)?) {
                let wrong =
                    |what: &str| Failure::new(format!("{}, line {number}: {what}", path.display()));
                let row: Value =
                    serde_json::from_str(line).map_err(|e| wrong(&format!("no JSON: {e}")))?;
                let index = row["index"].as_u64().ok_or_else(|| wrong("no index"))?;
                let of = row["of"].as_u64();
                check_place(index, of).map_err(|text| wrong(&text))?;
                if let (Some(of), Some(total)) = (of, total.filter(|total| Some(*total) != of)) {
                    let text = format!("it is of a batch of {of} jobs, the others of {total}");
                    return Err(wrong(&text));
                }
                total = of.or(total);
                let known = rows.get(&index);
                known.map_or(Ok(()), |known| {
                    check_same(known, &row).map_err(|text| wrong(&text))
                })?;
                let is_better = known.is_none_or(is_undone);
                if is_better {
                    rows.insert(index, row);
                }
            }
        }
        let missing = missing(&rows, total);
        if !self.partial && !missing.is_empty() {
            let text = format!(
                "{} of {} jobs are in no report, the first of them at index {}",
                missing.len(),
                missing.len() + rows.len(),
                missing[0]
            );
            return Err(Failure::new(text)
                .hint("give the reports of all shards, or --partial to merge what is there"));
        }
        let rows: Vec<Value> = rows.into_values().collect();
        write_report(&self.out, &rows)?;
        let count = |status: &str| rows.iter().filter(|row| row["status"] == status).count();
        let mut note = format!("{} jobs, {} failed", rows.len(), count("failed"));
        for (number, what) in [
            (count("cancelled"), "cancelled"),
            (missing.len(), "missing"),
        ] {
            if number > 0 {
                note += &format!(", {number} {what}");
            }
        }
        console.note(&note);
        Ok(())
    }
}

/// Jobs of the largest batch.
const MOST_JOBS: u64 = 100_000;

/// Whether a later try may know better.
fn is_undone(row: &Value) -> bool {
    row["status"] == "failed" || row["status"] == "cancelled"
}

/// Refuses two rows of one job of which at most one can be true.
fn check_same(known: &Value, row: &Value) -> Result<(), String> {
    if known["input"] != row["input"] {
        return Err(format!(
            "job {} reads {} here and {} in another report: these are no reports of one batch",
            row["index"], row["input"], known["input"]
        ));
    }
    if !is_undone(known) && !is_undone(row) && known != row {
        return Err(format!(
            "job {} was done in two reports that contradict one another; give the newest report of \
             each shard",
            row["index"]
        ));
    }
    Ok(())
}

/// Refuses numbers that no batch has.
fn check_place(index: u64, of: Option<u64>) -> Result<(), String> {
    let most = of.unwrap_or(MOST_JOBS);
    match most <= MOST_JOBS && index < most {
        true => Ok(()),
        false => Err(format!(
            "job {index} of {most} is none; a batch has at most {MOST_JOBS}, counted from 0"
        )),
    }
}

/// The jobs below `total`, or else below the last one, that have no row.
fn missing(rows: &BTreeMap<u64, Value>, total: Option<u64>) -> Vec<u64> {
    let last = rows.keys().next_back().map_or(0, |last| last + 1);
    let all = 0..total.unwrap_or(last);
    all.filter(|index| !rows.contains_key(index)).collect()
}
