//! Offline jobs: audio files in, files and reports out, no engine.
//!
//! Each takes a JSON object of options with the names and the meaning of the command-line tool's,
//! runs as a job, and leaves a JSON object. docs/offline.md tells what is done to a file.
//! Paths that are not absolute start from the working directory of the process.

pub mod batch;
pub mod convert;
pub mod inspect;
pub mod measure;
pub mod waveform;
mod words;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;

use facade::jobs::batch::{BatchEvent, BatchItem, BatchOptions, Outcome, run_batch};
use facade::jobs::rows;
use serde_json::{Value, json};

use crate::engine::load::document;
use crate::handle::lock;
use crate::job::{Progress, cancelled};
use crate::status::{Answer, Failure, SEGUE_STATUS_INVALID_DOCUMENT};

/// Most files of one job.
pub const MAX_FILES: usize = 100_000;
/// Steps of the progress for one file.
const STEPS: f64 = 1_000.0;

/// Does many jobs and makes the document of all of them.
fn run(
    progress: &Progress,
    items: &[BatchItem],
    names: &[rows::Names],
    options: &BatchOptions,
) -> Answer<Vec<u8>> {
    let watch = Watch {
        progress,
        total: items.len(),
        state: Mutex::new((0, BTreeMap::new())),
    };
    let row = |number: usize, report: &_| rows::report(number, &names[number], report).to_string();
    let outcomes =
        run_batch(items, options, &row, &|event| watch.at(event)).map_err(facade::Error::from)?;
    let (mut rows, mut failed) = (Vec::new(), 0);
    for (number, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            None => {}
            Some(Outcome::Done(row)) => rows.push(parsed(&row)?),
            Some(Outcome::Skipped(row)) => {
                rows.push(rows::renamed(parsed(&row)?, number, &names[number]));
            }
            Some(Outcome::Cancelled) => return Err(cancelled()),
            Some(Outcome::Failed(error)) => {
                failed += 1;
                rows.push(rows::failed(number, &names[number], &error));
            }
        }
    }
    document(&json!({"jobs": rows.len(), "failed": failed, "rows": rows}))
}

/// A row comes from this library or from a journal, whose lines are checked.
fn parsed(row: &str) -> Answer<Value> {
    serde_json::from_str(row).map_err(|error| {
        let text = format!("a row of the journal is no JSON: {error}");
        Failure::text(SEGUE_STATUS_INVALID_DOCUMENT, text)
    })
}

/// What all workers are at, as one number.
struct Watch<'a> {
    progress: &'a Progress,
    total: usize,
    /// Files that have ended, and the share of each that goes on.
    state: Mutex<(usize, BTreeMap<usize, f64>)>,
}

impl Watch<'_> {
    fn at(&self, event: BatchEvent<'_>) -> ControlFlow<()> {
        let mut state = lock(&self.state);
        let (ended, shares) = &mut *state;
        match event {
            BatchEvent::Progress(number, progress) => {
                shares.insert(number, progress.share);
            }
            BatchEvent::Ended(number, _) => {
                shares.remove(&number);
                *ended += 1;
            }
        }
        let done = *ended as f64 + shares.values().sum::<f64>();
        self::at(self.progress, done, self.total)
    }
}

/// Files that are done, also in part, as progress.
fn at(progress: &Progress, done: f64, total: usize) -> ControlFlow<()> {
    progress.step(steps(done), steps(total as f64))
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most 100,000 files, and a share"
)]
fn steps(files: f64) -> u64 {
    (files * STEPS).round() as u64
}

/// Format of a file, for what a result has by default; one that cannot be read will say so when its
/// turn comes.
fn probed(input: &Path) -> Option<facade::jobs::FileInfo> {
    let options = facade::jobs::DecodeOptions {
        allow_truncated: true,
        ..Default::default()
    };
    facade::jobs::probe(input, &options).ok()
}

/// As many as there are processors, unless the caller says otherwise.
fn workers(given: Option<usize>) -> usize {
    given.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |n| n.get().min(64)))
}
