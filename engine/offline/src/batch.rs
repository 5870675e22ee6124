//! Many jobs: workers, shards, a journal to go on from, and one failure that stops no other.

mod journal;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::atomic::remove_leftovers;
use crate::error::{Error, Result, check_limit};
use crate::job::{
    Detail, Job, JobProgress, Report, RunOptions, check_targets, run_group, run_with,
};
use journal::{Journal, Key};

/// Most jobs of a batch, and most workers.
const MAX_JOBS: u64 = 100_000;
const MAX_WORKERS: usize = 64;
/// Bytes of samples that all workers together keep between two passes.
const MEMORY: usize = 24 << 20;

/// Which jobs of a batch this run does: every `count`-th one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// 1 to `count`.
    pub index: u32,
    /// 1 to 100,000.
    pub count: u32,
}

impl Shard {
    /// Everything.
    pub const ALL: Self = Self { index: 1, count: 1 };

    /// `2/8`.
    ///
    /// # Errors
    /// [`Error::Settings`] that says how it is written.
    pub fn parse(text: &str) -> Result<Self> {
        let numbers = text
            .split_once('/')
            .and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match numbers {
            Some((index, count))
                if (1..=count).contains(&index) && u64::from(count) <= MAX_JOBS =>
            {
                Ok(Self { index, count })
            }
            _ => Err(Error::Settings(format!(
                "shard {text:?} is not i/n with 1 <= i <= n <= {MAX_JOBS}"
            ))),
        }
    }

    /// Whether the unit of this number, from 0, belongs to it.
    fn has(self, number: usize) -> bool {
        number as u64 % u64::from(self.count) == u64::from(self.index - 1)
    }
}

/// One job of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchItem {
    /// What to do.
    pub job: Job,
    /// Jobs of one group share one gain and are done together.
    pub group: Option<String>,
}

/// How a batch is run. Nothing of it reaches the bytes of the results.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchOptions {
    /// Jobs done at a time, 1 to 64.
    pub workers: usize,
    /// Which jobs.
    pub shard: Shard,
    /// What is done is noted here, and not done again.
    pub journal: Option<PathBuf>,
    /// What the reports hold; with a journal always everything, as it keeps them.
    pub detail: Detail,
}

/// What became of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done; the row that was made of its report.
    Done(String),
    /// A former run had done it, and input, settings and output are what they were; its row.
    Skipped(String),
    /// It failed; the others went on.
    Failed(String),
    /// The run was cancelled before or while it was done.
    Cancelled,
}

/// What happens during a batch.
#[derive(Clone, Copy, Debug)]
pub enum BatchEvent<'a> {
    /// A job of this number goes on.
    Progress(usize, &'a JobProgress),
    /// A job of this number has ended.
    Ended(usize, &'a Outcome),
}

/// Told of events from the threads of the workers; `Break` cancels the batch.
pub type BatchMonitor<'a> = &'a (dyn Fn(BatchEvent<'_>) -> ControlFlow<()> + Sync);

/// Makes a line of text of a report; the journal keeps it. It must not hold a line break.
pub type RowMaker<'a> = &'a (dyn Fn(usize, &Report) -> String + Sync);

/// What is done at one go: a job, or a group.
type Unit = Vec<usize>;

/// Does the jobs of the shard and returns the outcome of each by its number, `None` for jobs of
/// other shards. `[thread-safe]`, blocks.
///
/// # Errors
/// Only for the batch as a whole, before anything is done: [`Error::SameTarget`],
/// [`Error::Settings`], [`Error::Limit`], and [`Error::Io`] for the journal.
pub fn run_batch(
    items: &[BatchItem],
    options: &BatchOptions,
    row: RowMaker<'_>,
    monitor: BatchMonitor<'_>,
) -> Result<Vec<Option<Outcome>>> {
    check(items, options)?;
    clean(items);
    let journal = options.journal.as_deref().map(Journal::open).transpose()?;
    let units: Vec<Unit> = units(items)
        .into_iter()
        .enumerate()
        .filter(|(number, _)| options.shard.has(*number))
        .map(|(_, unit)| unit)
        .collect();
    let run = Run {
        items,
        journal: journal.map(Mutex::new),
        row,
        monitor,
        options: RunOptions {
            memory: MEMORY / options.workers.max(1),
            detail: match options.journal {
                Some(_) => Detail::Full,
                None => options.detail,
            },
        },
        outcomes: Mutex::new(vec![None; items.len()]),
        next: AtomicUsize::new(0),
    };
    let workers = options.workers.min(units.len()).max(1);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| run.work(&units));
        }
    });
    Ok(run
        .outcomes
        .into_inner()
        .unwrap_or_else(|poisoned| poisoned.into_inner()))
}

/// Which jobs belong to a shard.
pub fn selected(items: &[BatchItem], shard: Shard) -> Vec<bool> {
    let mut selected = vec![false; items.len()];
    for (number, unit) in units(items).iter().enumerate() {
        unit.iter()
            .for_each(|item| selected[*item] = shard.has(number));
    }
    selected
}

fn check(items: &[BatchItem], options: &BatchOptions) -> Result<()> {
    let whole = Path::new("batch");
    check_limit(whole, "number of files", items.len() as u64, 0, MAX_JOBS)?;
    if !(1..=MAX_WORKERS).contains(&options.workers) {
        let workers = options.workers;
        return Err(Error::Settings(format!(
            "workers {workers} is not in 1..={MAX_WORKERS}"
        )));
    }
    check_targets(items.iter().map(|item| item.job.output.as_path()))
}

/// Jobs alone, and groups at the place of their first job.
fn units(items: &[BatchItem]) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for (number, item) in items.iter().enumerate() {
        let place = match &item.group {
            Some(group) => *places.entry(group.as_str()).or_insert(units.len()),
            None => units.len(),
        };
        match units.get_mut(place) {
            Some(unit) => unit.push(number),
            None => units.push(vec![number]),
        }
    }
    units
}

/// What killed runs left in the folders of the results; a folder that is not there has nothing.
fn clean(items: &[BatchItem]) {
    let folders: BTreeSet<&Path> = items.iter().filter_map(|i| i.job.output.parent()).collect();
    for folder in folders {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        _ = remove_leftovers(folder);
    }
}

/// What the workers share.
struct Run<'a> {
    items: &'a [BatchItem],
    journal: Option<Mutex<Journal>>,
    row: RowMaker<'a>,
    monitor: BatchMonitor<'a>,
    options: RunOptions,
    outcomes: Mutex<Vec<Option<Outcome>>>,
    /// Number of the next unit; beyond the last one after a cancel.
    next: AtomicUsize,
}

impl Run<'_> {
    fn work(&self, units: &[Unit]) {
        while let Some(unit) = units.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            self.unit(unit);
        }
        // Units that nobody took after a cancel.
        let mut outcomes = self
            .outcomes
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        for number in units.iter().flatten() {
            if outcomes[*number].is_none() && self.is_cancelled(units.len()) {
                outcomes[*number] = Some(Outcome::Cancelled);
            }
        }
    }

    fn is_cancelled(&self, units: usize) -> bool {
        self.next.load(Ordering::Relaxed) >= usize::MAX / 2 && units > 0
    }

    fn cancel(&self) {
        self.next.store(usize::MAX / 2, Ordering::Relaxed);
    }

    fn unit(&self, unit: &[usize]) {
        let keys: Vec<Option<Key>> = unit.iter().map(|number| self.key(*number)).collect();
        if let Some(rows) = self.done_before(&keys) {
            for (number, row) in unit.iter().zip(rows) {
                self.end(*number, Outcome::Skipped(row));
            }
            return;
        }
        if let Err(error) = self.begin(&keys) {
            for number in unit {
                self.end(*number, Outcome::Failed(error.to_string()));
            }
            return;
        }
        for (number, result) in unit.iter().zip(self.run(unit, &keys)) {
            let outcome = match result {
                Ok(report) => self.note(*number, &report),
                Err(Error::Cancelled) => Outcome::Cancelled,
                Err(error) => Outcome::Failed(error.to_string()),
            };
            self.end(*number, outcome);
        }
    }

    /// Notes that the jobs begin.
    fn begin(&self, keys: &[Option<Key>]) -> Result<()> {
        let Some(journal) = &self.journal else {
            return Ok(());
        };
        let mut journal = journal
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        keys.iter().flatten().try_for_each(|key| journal.begin(key))
    }

    fn run(&self, unit: &[usize], keys: &[Option<Key>]) -> Vec<Result<Report>> {
        let jobs: Vec<Job> = unit
            .iter()
            .zip(keys)
            .map(|(number, key)| self.allowed(&self.items[*number].job, key.as_ref()))
            .collect();
        let first = unit.first().copied().unwrap_or(0);
        let mut monitor = |progress: &JobProgress| self.tell(BatchEvent::Progress(first, progress));
        if self.items[first].group.is_none() {
            return jobs
                .iter()
                .map(|job| run_with(job, self.options, &mut monitor))
                .collect();
        }
        run_group(&jobs, self.options, &mut monitor).unwrap_or_else(|error| {
            // The group stands or falls together: everyone hears of the one that failed.
            let text = error.to_string();
            let is_cancel = matches!(error, Error::Cancelled);
            let again = || match is_cancel {
                true => Error::Cancelled,
                false => Error::Settings(format!("the group failed: {text}")),
            };
            unit.iter().map(|_| Err(again())).collect()
        })
    }

    /// A file of ours that a former run wrote may be replaced.
    fn allowed(&self, job: &Job, key: Option<&Key>) -> Job {
        let mut job = job.clone();
        if let (Some(journal), Some(key)) = (&self.journal, key) {
            let journal = journal
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            if journal.is_ours(&key.target) {
                job.settings.exists = crate::job::Exists::Overwrite;
            }
        }
        job
    }

    /// What decides whether a job was done; `None` without journal or without input.
    fn key(&self, number: usize) -> Option<Key> {
        self.journal.as_ref()?;
        Key::of(
            &self.items[number].job,
            &mut || match self.next.load(Ordering::Relaxed) {
                next if next >= usize::MAX / 2 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            },
        )
    }

    /// The rows of all jobs of a unit, if all of them were done.
    fn done_before(&self, keys: &[Option<Key>]) -> Option<Vec<String>> {
        let journal = self.journal.as_ref()?;
        let found: Vec<journal::Done> = {
            let journal = journal
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            keys.iter()
                .map(|key| journal.find(key.as_ref()?))
                .collect::<Option<_>>()?
        };
        let is_there = |(key, done): (&Option<Key>, &journal::Done)| {
            key.as_ref()
                .is_some_and(|key| journal::hash(&key.target) == Some(done.output.clone()))
        };
        keys.iter()
            .zip(&found)
            .all(is_there)
            .then(|| found.into_iter().map(|d| d.row).collect())
    }

    /// Notes what was done.
    fn note(&self, number: usize, report: &Report) -> Outcome {
        let row = (self.row)(number, report);
        if let Some(journal) = &self.journal {
            let mut journal = journal
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            if let Err(error) = journal.add(report, &row) {
                // The file is there; only going on from here would do it again.
                return Outcome::Failed(format!("done, but not noted: {error}"));
            }
        }
        Outcome::Done(row)
    }

    fn end(&self, number: usize, outcome: Outcome) {
        _ = self.tell(BatchEvent::Ended(number, &outcome));
        let mut outcomes = self
            .outcomes
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        outcomes[number] = Some(outcome);
    }

    fn tell(&self, event: BatchEvent<'_>) -> ControlFlow<()> {
        let flow = (self.monitor)(event);
        if flow.is_break() {
            self.cancel();
        }
        flow
    }
}

#[cfg(test)]
mod tests;
