//! Many jobs, from a list or a manifest, alone or as one of several shards.

use std::ffi::c_char;
use std::path::{Path, PathBuf};

use facade::files;
use facade::jobs::batch::{BatchItem, BatchOptions, Shard};
use facade::jobs::helpers::{Helper, check_results};
use facade::jobs::job::{Detail, Exists, Job};
use facade::jobs::rows::Names;
use facade::jobs::words::Words;
use facade::jobs::{HASH, MAX_MANIFEST, journal_beside, name_by_content};
use serde::Deserialize;

use crate::boundary::{OK, boundary};
use crate::job::{Progress, segue_job, start};
use crate::library::check_abi;
use crate::memory::needed;
use crate::offline::words::with_words;
use crate::offline::{MAX_FILES, probed, run, workers};
use crate::options::{self, options};
use crate::status::{
    Answer, Failure, SEGUE_STATUS_INVALID_ARGUMENT, SEGUE_STATUS_INVALID_DOCUMENT, segue_status,
};

/// Does many jobs as `segue batch` does. `abi` is `SEGUE_ABI` of the header. `[thread-safe]`
///
/// `options` is a JSON object (`options_length` bytes of UTF-8) with:
/// - `jobs`: a list of at most 100000 objects with `input`, `output`, `group` (jobs of one name share
///   one gain) and the words of [`segue_convert`](super::convert::segue_convert); or `manifest`: the path of
///   a file with such an object a line, whose paths start from its folder. One of them is needed. In an
///   output, `{hash}` stands for a hash of the input's bytes and the settings.
/// - `shard`: do only every n-th job, from the i-th, as `"i/n"`; default `"1/1"`.
/// - `workers`: files done at a time, 1..=64; default: as many as there are processors.
/// - `journal`: file that notes what was done, so that a job that was cancelled goes on where it was;
///   default: beside the manifest, none for a list. `no_journal`: do everything again, and note
///   nothing; default false.
///
/// The job's document is that of [`segue_convert`](super::convert::segue_convert), with rows for the jobs
/// of the shard.
///
/// Sizes: `options` at most 64 MiB.
/// Ownership: the text stays the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
/// Errors: `ABI_MISMATCH`, `INVALID_DOCUMENT` for the options, `INVALID_ARGUMENT`, `LIMIT_EXCEEDED`,
/// `INVALID_UTF8`, `SYSTEM`, `NULL_POINTER`; the job says `INVALID_DOCUMENT` with the line of a manifest, `WRONG_FILE`, `DAMAGED`,
/// `INVALID_ARGUMENT` also for a result over the manifest, a chain, a project or an impulse response that is used,
/// `NOT_FOUND`, `CANCELLED`. Since 0.1.
///
/// # Safety
/// `options` is NULL or `options_length` bytes; `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_batch(
    abi: u32,
    options: *const c_char,
    options_length: usize,
    out_job: *mut *mut segue_job,
) -> segue_status {
    boundary("segue_batch", || {
        check_abi(abi)?;
        needed("out_job", out_job)?;
        // SAFETY: the caller's promise.
        let wanted: Wanted = unsafe { self::options(options, options_length) }?;
        let shard = wanted.check()?;
        let work = move |progress: &Progress| wanted.run(shard, progress);
        // SAFETY: the caller's promise.
        unsafe { start("segue-offline", out_job, work) }?;
        OK
    })
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    jobs: Option<Vec<Entry>>,
    manifest: Option<PathBuf>,
    shard: Option<String>,
    workers: Option<usize>,
    journal: Option<PathBuf>,
    no_journal: bool,
}

/// Jobs, the names of their files, and what each needs besides.
type Jobs = (Vec<BatchItem>, Vec<Names>, Vec<Vec<Helper>>);

impl Wanted {
    fn check(&self) -> Answer<Shard> {
        let wrong = |name, problem| {
            let status = SEGUE_STATUS_INVALID_ARGUMENT;
            Err(Failure::argument(status, name, problem))
        };
        if let Some(jobs) = self.jobs.as_ref().filter(|jobs| jobs.len() > MAX_FILES) {
            return Err(Failure::limit("jobs", jobs.len(), MAX_FILES));
        }
        match (&self.jobs, &self.manifest) {
            (None, None) => return wrong("jobs", "is not given; give a list, or a manifest"),
            (Some(_), Some(_)) => return wrong("manifest", "is given besides jobs; give one"),
            _ => {}
        }
        let mut jobs = self.jobs.iter().flatten().enumerate();
        let lacking = jobs.find_map(|(number, job)| Some((number, job.lacking()?)));
        if let Some((number, failure)) = lacking {
            let text = format!("options: jobs[{number}]: {failure}");
            return Err(Failure::text(failure.status, text));
        }
        if self.journal.is_some() && self.no_journal {
            return wrong("no_journal", "is given besides journal; give one of them");
        }
        let shard = Shard::parse(self.shard.as_deref().unwrap_or("1/1"));
        Ok(shard.map_err(facade::Error::from)?)
    }

    fn run(&self, shard: Shard, progress: &Progress) -> Answer<Vec<u8>> {
        let (mut items, mut names, helpers) = self.items()?;
        let keys = name_by_content(&mut items, shard, &mut || progress.step(0, 0))?;
        for (name, key) in names.iter_mut().zip(keys) {
            if let Some(key) = key {
                name.output = name.output.replace(HASH, &key);
            }
        }
        let manifest = self
            .manifest
            .iter()
            .map(|path| (path.clone(), "the manifest"));
        let helpers: Vec<Helper> = helpers.into_iter().flatten().chain(manifest).collect();
        check_results(items.iter().map(|item| item.job.output.as_path()), &helpers)?;
        let beside = self.manifest.as_deref().map(|it| journal_beside(it, shard));
        let journal = self.journal.clone().or(beside);
        let options = BatchOptions {
            workers: workers(self.workers),
            shard,
            journal: journal.filter(|_| !self.no_journal),
            detail: Detail::Full,
        };
        run(progress, &items, &names, &options)
    }

    fn items(&self) -> Answer<Jobs> {
        let Some(manifest) = &self.manifest else {
            let jobs = self.jobs.iter().flatten().enumerate();
            let item = |(number, job): (usize, &Entry)| {
                job.clone().item(Path::new("")).map_err(|failure| {
                    Failure::text(failure.status, format!("jobs[{number}]: {failure}"))
                })
            };
            return jobs.map(item).collect();
        };
        let text = files::read_text(manifest, "manifest_bytes", MAX_MANIFEST)?;
        let folder = manifest.parent().unwrap_or(Path::new(""));
        let lines = (1..).zip(text.lines());
        let lines =
            lines.filter(|(_, it)| !it.trim().is_empty() && !it.trim_start().starts_with('#'));
        let shown = manifest.display();
        let item = |(number, line): (usize, &str)| {
            let entry: Entry = options::read(line).map_err(|fault| {
                let (column, problem) = (fault.column, &fault.problem);
                let text = format!("{shown}, line {number}, column {column}: {problem}");
                Failure::text(SEGUE_STATUS_INVALID_DOCUMENT, text)
            })?;
            entry.item(folder).map_err(|failure| {
                let text = format!("{shown}, line {number}: {failure}");
                Failure::text(failure.status, text)
            })
        };
        lines.map(item).collect()
    }
}

with_words! {
    /// One job of a list or a manifest.
    Entry {
        input: Option<String>,
        output: Option<String>,
        group: Option<String>,
    }
}

impl Entry {
    /// What is needed and not given.
    fn lacking(&self) -> Option<Failure> {
        let needed = [("input", &self.input), ("output", &self.output)];
        let (key, _) = needed.into_iter().find(|(_, given)| given.is_none())?;
        let text = format!("this is no job: the key `{key}` is missing; give it");
        Some(Failure::text(SEGUE_STATUS_INVALID_DOCUMENT, text))
    }

    /// The job, with paths from `folder`.
    fn item(mut self, folder: &Path) -> Answer<(BatchItem, Names, Vec<Helper>)> {
        if let Some(failure) = self.lacking() {
            return Err(failure);
        }
        let input_name = self.input.take().unwrap_or_default();
        let output_name = self.output.take().unwrap_or_default();
        let group = self.group.take();
        let (input, output) = (folder.join(&input_name), folder.join(&output_name));
        let (words, helpers) = self.words(folder)?;
        let mut settings = words.settings(&output, probed(&input).as_ref())?;
        if output_name.contains(HASH) {
            // The name says what is in it: whatever is there is the same, or half of a former try.
            settings.exists = Exists::Overwrite;
        }
        let names = Names {
            input: input_name,
            output: output_name,
        };
        let job = Job {
            input,
            output,
            settings,
        };
        let item = BatchItem {
            job,
            group,
            refused: None,
            same_as: None,
        };
        Ok((item, names, helpers))
    }
}
