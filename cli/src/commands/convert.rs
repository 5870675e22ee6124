//! `segue convert` and `segue normalize`: files to other files.

use super::Output;
use crate::cancel::Cancel;
use crate::console::Console;
use crate::failure::{Failure, Kind};
use crate::jobs::options::JobOptions;
use crate::jobs::rows::Names;
use crate::jobs::sides::Sides;
use crate::jobs::{self, Hints, rows};
use crate::values::level;
use clap::{ArgGroup, Args};
use segue_engine::Error;
use segue_engine::jobs::batch::{BatchItem, BatchOptions, Shard};
use segue_engine::jobs::helpers::check_results;
use segue_engine::jobs::job::{Detail, Job};
use segue_engine::jobs::words::Words;
use segue_engine::jobs::{AtomicFile, write_atomic};
use serde_json::Value;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  segue convert voice.wav -o voice.opus --bitrate 96
  segue convert *.wav --to out --format flac --rate 48000
  segue convert drums.wav -o bus.wav --project game --bus drums
  segue convert take.wav -o take.flac --trim -60 --fade-out 0.05 --tag TITLE=Take";

const NORMALIZE_EXAMPLES: &str = "\
Examples:
  segue normalize mix.wav -o mix-r128.wav --profile ebu-r128
  segue normalize hits/*.wav --to out --profile sfx
  segue normalize album/*.flac --to out --target -16 --group
  segue normalize song.wav -o loud.wav --target -12 --over limit";

/// Convert audio files: format, rate, channels, inserts, loudness, tags
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Convert {
    #[command(flatten)]
    files: Files,
}

/// Bring audio files to a loudness
#[derive(Debug, Args)]
#[command(after_help = NORMALIZE_EXAMPLES)]
pub(crate) struct Normalize {
    #[command(flatten)]
    files: Files,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("result").required(true).args(["output", "to"]))]
struct Files {
    /// The files to read
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// The file to write, for one input
    #[arg(short = 'o', long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The folder to write to, with the names of the inputs
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    /// One gain for all files, as for an album
    #[arg(long)]
    group: bool,
    /// Files done at a time [default: processors]
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    /// Also write a report: .csv or .jsonl
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[command(flatten)]
    options: JobOptions,
    #[command(flatten)]
    output_style: Output,
}

impl Convert {
    pub(crate) fn output(&self) -> Output {
        self.files.output_style
    }

    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        self.files.run(console)
    }
}

impl Normalize {
    pub(crate) fn output(&self) -> Output {
        self.files.output_style
    }

    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        if self.files.options.words()?.normalise()?.is_none() {
            return Err(Failure::usage("no target")
                .hint("give --profile ebu-r128 (or another one), --target -23, or --ceiling -1"));
        }
        self.files.run(console)
    }
}

impl Files {
    fn run(&self, console: &Console) -> Result<(), Failure> {
        let cancel = Cancel::listen(|| ())?;
        let (items, names) = self.items()?;
        self.check_sides(&items)?;
        let made = self.to.as_deref().map_or(Ok(Vec::new()), make_folders)?;
        let done = self.work(console, &cancel, &items, &names);
        if matches!(&done, Err(failure) if failure.kind == Kind::Usage) {
            // Nothing was done: what is not empty stays.
            for folder in made {
                _ = std::fs::remove_dir(folder);
            }
        }
        done
    }

    fn work(
        &self,
        console: &Console,
        cancel: &Cancel,
        items: &[BatchItem],
        names: &[Names],
    ) -> Result<(), Failure> {
        self.report.as_deref().map_or(Ok(()), check_report)?;
        let options = BatchOptions {
            workers: workers(self.workers),
            shard: Shard::ALL,
            journal: None,
            detail: detail(self.report.is_some() || self.output_style.json),
        };
        let done = jobs::run(console, cancel, items, names, &options, Hints::Flags)?;
        if let Some(path) = &self.report {
            write_report(path, &done.rows)?;
        }
        for row in &done.rows {
            answer(console, row)?;
        }
        done.verdict(console)
    }

    /// No result may be a file that makes it, and the report none of the files that are read or made.
    fn check_sides(&self, items: &[BatchItem]) -> Result<(), Failure> {
        let helpers = self.options.helpers();
        check_results(items.iter().map(|item| item.job.output.as_path()), &helpers)?;
        let mut sides = Sides::default();
        for item in items {
            sides.take(&item.job.output, "an output");
            sides.take(&item.job.input, "an input");
        }
        for (path, what) in &helpers {
            sides.take(path, what);
        }
        match &self.report {
            Some(report) => sides.claim("--report", report),
            None => Ok(()),
        }
    }

    fn items(&self) -> Result<(Vec<BatchItem>, Vec<Names>), Failure> {
        if self.inputs.len() > 1 && self.output.is_some() {
            return Err(
                Failure::usage("--output is for one input").hint("give --to FOLDER for several")
            );
        }
        let paths = || self.inputs.iter().chain(&self.output).chain(&self.to);
        if paths().any(|path| path.as_os_str() == "-") {
            return Err(
                Failure::usage("`-` is no file: pipes are neither read nor written")
                    .hint("write to a file, or ./- for a file of this name"),
            );
        }
        if let Some(folder) = self.output.as_deref().filter(|path| path.is_dir()) {
            let text = format!(
                "{}: --output is a file, and this is a folder",
                folder.display()
            );
            return Err(Failure::usage(text).hint("give --to FOLDER to write into it"));
        }
        let words = self.options.words()?;
        if self.group && words.normalise()?.is_none() {
            return Err(Failure::usage("--group has no effect without a target")
                .hint("give --profile ebu-r128 (or another one), or --target -23"));
        }
        let mut items = Vec::new();
        let mut names = Vec::new();
        for input in &self.inputs {
            let output = self.target(input, &words);
            let settings = words.settings(&output, probed(input).as_ref())?;
            names.push(Names {
                input: input.display().to_string(),
                output: output.display().to_string(),
            });
            items.push(BatchItem {
                job: Job {
                    input: input.clone(),
                    output,
                    settings,
                },
                group: self.group.then(String::new),
                refused: None,
                same_as: None,
            });
        }
        Ok((items, names))
    }

    fn target(&self, input: &Path, words: &Words) -> PathBuf {
        if let Some(output) = &self.output {
            return output.clone();
        }
        let folder = self.to.clone().unwrap_or_default();
        let name = input.file_stem().unwrap_or_default().to_owned();
        let mut file = name;
        file.push(".");
        file.push(words.extension(input));
        folder.join(file)
    }
}

/// Format of a file, for what a result has by default; one that cannot be read will say so when its
/// turn comes.
pub(super) fn probed(input: &Path) -> Option<segue_engine::jobs::FileInfo> {
    let options = segue_engine::jobs::DecodeOptions {
        allow_truncated: true,
        ..Default::default()
    };
    segue_engine::jobs::probe(input, &options).ok()
}

/// Makes a folder with those it is in, and returns the ones that were not there, the deepest first.
pub(super) fn make_folders(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let is_new = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
    let new = folder.ancestors().take_while(is_new).map(Path::to_owned);
    let new: Vec<PathBuf> = new.collect();
    std::fs::create_dir_all(folder).map_err(|e| Failure::io(folder, "create", &e))?;
    Ok(new)
}

/// What costs time to find out is found out for reports only.
pub(super) fn detail(is_reported: bool) -> Detail {
    if is_reported {
        Detail::Full
    } else {
        Detail::Needed
    }
}

/// As many as there are processors, unless the user says otherwise.
pub(super) fn workers(given: Option<usize>) -> usize {
    given.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |n| n.get().min(64)))
}

/// Fails where no report can be written, before anything is done for it.
pub(super) fn check_report(path: &Path) -> Result<(), Failure> {
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    if !matches!(ending.as_deref(), Some("csv" | "jsonl")) {
        let text = format!(
            "{}: the name of a report ends with .csv or .jsonl",
            path.display()
        );
        return Err(Failure::usage(text));
    }
    // A temporary file that goes again when it is dropped.
    AtomicFile::create(path).map_err(Error::from)?;
    Ok(())
}

/// Writes rows as CSV or as JSON lines, by the name of the file.
pub(super) fn write_report(path: &Path, rows: &[Value]) -> Result<(), Failure> {
    let is_csv = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("csv"));
    let text = if is_csv {
        rows::csv(rows)
    } else {
        rows::jsonl(rows)
    };
    Ok(write_atomic(path, text.as_bytes()).map_err(Error::from)?)
}

/// One row on standard output.
pub(super) fn answer(console: &Console, row: &Value) -> Result<(), Failure> {
    console.answer(|| text(row), || row.clone())
}

/// What the level of a result is in.
fn unit(measure: Option<&str>) -> &'static str {
    match measure {
        Some("rms" | "peak") => "dBFS",
        Some("true_peak") => "dBTP",
        Some("dr") => "dB of dynamic range",
        _ => "LUFS",
    }
}

fn text(row: &Value) -> String {
    let word = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    if let status @ ("failed" | "cancelled") = row["status"].as_str().unwrap_or_default() {
        return format!("{}  {status}", word("input"));
    }
    let gain = row["gain_db"].as_f64().filter(|gain| *gain != 0.0);
    let gain = gain.map_or(String::new(), |gain| {
        format!("  {gain:+.2} dB ({})", word("rule"))
    });
    let is_silent = row["status"] == "silent";
    // A level that nobody asked for was not measured.
    let known = |name: &str, unit| match row[name].as_f64() {
        None if !is_silent => String::new(),
        db => format!("  {}", level(db, unit)),
    };
    let list = |name: &str| {
        let items = row[name].as_array().into_iter().flatten();
        items
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let status = match row["status"].as_str() {
        Some("done") | None => String::new(),
        Some(other) => format!("  {other}"),
    };
    // Warnings and clips are told where warnings go.
    let flags = match list("flags") {
        none if none.is_empty() => none,
        flags => format!("\n  look at   {flags}"),
    };
    format!(
        "{} -> {}  {}{}{}{gain}{status}{flags}",
        word("input"),
        word("output"),
        word("format"),
        known("result_level", unit(row["measure"].as_str())),
        known("result_true_peak_dbtp", "dBTP"),
    )
}
