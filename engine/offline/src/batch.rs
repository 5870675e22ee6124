//! Many jobs: workers, shards, a journal to go on from, and one failure that stops no other.

mod journal;

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::atomic::remove_leftovers;
use crate::error::{Error, Result, check_limit};
use crate::job::{
    Detail, Exists, Job, JobProgress, Report, RunOptions, check_targets, location,
    run_group_telling, run_telling, suffixed, written,
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
    /// Why it cannot be done, where that is known before: it fails with this, and the others go on.
    pub refused: Option<String>,
    /// The number of a job before it that reads the same bytes and does the same to the same name:
    /// only that one is done, and this one has its result.
    pub same_as: Option<usize>,
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
    /// A former run had done it, and input, settings and output are what they were, or another job of
    /// this run is the same ([`BatchItem::same_as`]); its row.
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
/// Only for the batch as a whole, before anything is done: [`Error::SameTarget`];
/// [`Error::Settings`], also for a job that reads what another one writes ([`dependent`]);
/// [`Error::Limit`]; and [`Error::Io`], [`Error::NotAJournal`] and [`Error::InUse`] for the journal.
pub fn run_batch(
    items: &[BatchItem],
    options: &BatchOptions,
    row: RowMaker<'_>,
    monitor: BatchMonitor<'_>,
) -> Result<Vec<Option<Outcome>>> {
    check(items, options)?;
    let mut journal = options.journal.as_deref().map(Journal::open).transpose()?;
    if let Some(journal) = &mut journal {
        let own = items.iter().zip(selected(items, options.shard));
        let own = own.filter(|(_, is_own)| *is_own);
        journal.read_others(own.map(|(item, _)| item.job.output.as_path()));
    }
    clean(items);
    let is_done_elsewhere = |number: &usize| items[*number].same_as.is_some();
    let (mut units, mut same) = (Vec::new(), Vec::new());
    let own: Vec<Unit> = self::units(items)
        .into_iter()
        .enumerate()
        .filter(|(number, _)| options.shard.has(*number))
        .map(|(_, unit)| unit)
        .collect();
    for unit in own {
        let (again, once): (Unit, Unit) = unit.into_iter().partition(is_done_elsewhere);
        same.extend(again);
        if !once.is_empty() {
            units.push(once);
        }
    }
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
    same.iter().for_each(|number| run.share(*number));
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
    let alone = items.iter().filter(|item| item.same_as.is_none());
    check_targets(alone.map(|item| item.job.output.as_path()))?;
    match dependent(items) {
        None => Ok(()),
        Some((reader, writer)) => Err(Error::Settings(format!(
            "{}: job {} reads this file, and job {} writes it, so that the order would decide what \
             is read; do them in two batches",
            items[reader].job.input.display(),
            reader + 1,
            writer + 1
        ))),
    }
}

/// The first job that reads a file that another one writes, and that other one: what it would read
/// depends on which of them comes first. A job may write what it reads itself. `[thread-safe]`, asks
/// the disk.
pub fn dependent(items: &[BatchItem]) -> Option<(usize, usize)> {
    let name = |path: &Path| path.to_string_lossy().to_lowercase();
    let mut writers = HashMap::new();
    for (number, item) in items.iter().enumerate() {
        let takes_another = item.job.settings.exists == Exists::Suffix
            && item.job.output.symlink_metadata().is_ok();
        if !takes_another {
            writers.entry(name(&written(&item.job))).or_insert(number);
        }
    }
    items.iter().enumerate().find_map(|(number, item)| {
        let writer = *writers.get(&name(&location(&item.job.input)))?;
        (writer != number && item.same_as != Some(writer)).then_some((number, writer))
    })
}

/// Jobs alone, and groups at the place of their first job.
fn units(items: &[BatchItem]) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut places = HashMap::new();
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
    let folders: BTreeSet<PathBuf> = items
        .iter()
        .flat_map(|item| folders_of(&item.job.output))
        .collect();
    for folder in folders {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            &folder
        };
        _ = remove_leftovers(folder);
    }
}

/// Where a result is written: beside its name, or, in place of a file behind a link, beside that file.
fn folders_of(output: &Path) -> impl Iterator<Item = PathBuf> {
    let behind = if output.is_symlink() {
        output.canonicalize().ok()
    } else {
        None
    };
    let files = [Some(output.to_owned()), behind].into_iter().flatten();
    files.filter_map(|file| file.parent().map(Path::to_owned))
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
        self.is_stopped() && units > 0
    }

    fn is_stopped(&self) -> bool {
        self.next.load(Ordering::Relaxed) >= usize::MAX / 2
    }

    fn cancel(&self) {
        self.next.store(usize::MAX / 2, Ordering::Relaxed);
    }

    fn unit(&self, unit: &[usize]) {
        let refused = |number: &usize| self.items[*number].refused.clone();
        if let Some(reason) = unit.iter().find_map(refused) {
            for number in unit {
                self.end(*number, Outcome::Failed(reason.clone()));
            }
            return;
        }
        let keys: Vec<Option<Key>> = unit.iter().map(|number| self.key(unit, *number)).collect();
        if self.is_stopped() {
            // Inputs that were not hashed to their end have no key.
            unit.iter()
                .for_each(|number| self.end(*number, Outcome::Cancelled));
            return;
        }
        if let Some(rows) = self.done_before(&keys) {
            for (number, row) in unit.iter().zip(rows) {
                self.end(*number, Outcome::Skipped(row));
            }
            return;
        }
        let begun = self.check_group(&keys);
        let jobs = match begun.and_then(|()| self.begin(unit, &keys)) {
            Ok(jobs) => jobs,
            Err(error) => {
                for number in unit {
                    self.end(*number, Outcome::Failed(error.to_string()));
                }
                return;
            }
        };
        let results = self.run(unit, &jobs, &keys);
        for ((number, key), result) in unit.iter().zip(&keys).zip(results) {
            let outcome = match result {
                Ok(report) => self.note(*number, &report),
                Err(error) => self.withdraw(key.as_ref(), &error),
            };
            self.end(*number, outcome);
        }
    }

    /// Refuses to take results of a former run for inputs: a job by itself would not be done again.
    fn check_group(&self, keys: &[Option<Key>]) -> Result<()> {
        let Some(journal) = &self.journal else {
            return Ok(());
        };
        let journal = journal
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let replaced = keys.iter().flatten().find(|key| journal.has_replaced(key));
        match replaced {
            None => Ok(()),
            Some(key) => Err(Error::Settings(format!(
                "{}: a former run put the result in the place of this input, and not those of all \
                 others of its group; put the inputs back, or write the results elsewhere",
                key.target.display()
            ))),
        }
    }

    /// Notes that the jobs begin, and says where they may write: a file of ours that a former run
    /// wrote may be replaced.
    fn begin(&self, unit: &[usize], keys: &[Option<Key>]) -> Result<Vec<Job>> {
        let mut jobs = Vec::new();
        for (number, key) in unit.iter().zip(keys) {
            let mut job = self.items[*number].job.clone();
            if let (Some(journal), Some(key)) = (&self.journal, key) {
                let mut journal = journal
                    .lock()
                    .unwrap_or_else(|poisoned| poisoned.into_inner());
                begin_one(&mut journal, key, &mut job)?;
            }
            jobs.push(job);
        }
        Ok(jobs)
    }

    /// What became of a job without result; the journal is told that there is none.
    fn withdraw(&self, key: Option<&Key>, error: &Error) -> Outcome {
        if let (Some(journal), Some(key)) = (&self.journal, key) {
            let mut journal = journal
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            if let Err(second) = journal.end(key) {
                return Outcome::Failed(format!("{error}; and {second}"));
            }
        }
        match error {
            Error::Cancelled => Outcome::Cancelled,
            error => Outcome::Failed(error.to_string()),
        }
    }

    fn run(&self, unit: &[usize], jobs: &[Job], keys: &[Option<Key>]) -> Vec<Result<Report>> {
        let first = unit.first().copied().unwrap_or(0);
        let before = |report: &Report| {
            let place = jobs.iter().position(|job| job.output == report.output);
            let of = place.and_then(|place| Some((unit[place], keys[place].as_ref()?)));
            match of {
                Some((number, key)) if key.is_in_place => self.add(number, report),
                _ => Ok(()),
            }
        };
        let mut monitor = |progress: &JobProgress| self.tell(BatchEvent::Progress(first, progress));
        if self.items[first].group.is_none() {
            return jobs
                .iter()
                .map(|job| run_telling(job, self.options, Some(&before), &mut monitor))
                .collect();
        }
        let results = run_group_telling(jobs, self.options, Some(&before), &mut monitor);
        results.unwrap_or_else(|error| {
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

    /// What decides whether a job was done; `None` without journal or without input.
    fn key(&self, unit: &[usize], number: usize) -> Option<Key> {
        self.journal.as_ref()?;
        let mut job = self.items[number].job.clone();
        if let (Some(_), Some(first)) = (&self.items[number].group, unit.first()) {
            // A group has the target of its first job.
            job.settings.normalise = self.items[*first].job.settings.normalise;
        }
        Key::of(&job, &mut || match self.is_stopped() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        })
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
                .and_then(|key| journal::hash(&done.path(&key.target)?))
                .is_some_and(|found| found == done.output)
        };
        keys.iter()
            .zip(&found)
            .all(is_there)
            .then(|| found.into_iter().map(|d| d.row).collect())
    }

    /// Notes what was done.
    fn note(&self, number: usize, report: &Report) -> Outcome {
        match self.add(number, report) {
            Ok(()) => Outcome::Done((self.row)(number, report)),
            // The file is there; only going on from here would do it again.
            Err(error) => Outcome::Failed(format!("done, but not noted: {error}")),
        }
    }

    /// Notes a result in the journal, if there is one.
    fn add(&self, number: usize, report: &Report) -> Result<()> {
        let Some(journal) = &self.journal else {
            return Ok(());
        };
        let row = (self.row)(number, report);
        let mut journal = journal
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        journal.add(&self.items[number].job.output, report, &row)
    }

    /// Ends a job that is the same as one that has ended.
    fn share(&self, number: usize) {
        let outcome = {
            let outcomes = self
                .outcomes
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            let first = self.items[number].same_as;
            first.and_then(|first| outcomes.get(first).cloned().flatten())
        };
        let outcome = match outcome {
            Some(Outcome::Done(row) | Outcome::Skipped(row)) => Outcome::Skipped(row),
            Some(Outcome::Failed(error)) => Outcome::Failed(error),
            Some(Outcome::Cancelled) | None => Outcome::Cancelled,
        };
        self.end(number, outcome);
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

/// Decides where the job writes, and notes it if nothing is there.
fn begin_one(journal: &mut Journal, key: &Key, job: &mut Job) -> Result<()> {
    if let Some(path) = journal.ours(&key.target) {
        job.output = path;
        job.settings.exists = Exists::Overwrite;
        return Ok(());
    }
    if job.output.symlink_metadata().is_ok() {
        if job.settings.exists != Exists::Suffix {
            return Ok(());
        }
        job.output = suffixed(&job.output)?;
    }
    journal.begin(key, &job.output)
}

#[cfg(test)]
mod tests;
