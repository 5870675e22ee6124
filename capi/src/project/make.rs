//! A playable project out of audio files.

use std::ffi::c_char;
use std::path::PathBuf;

use facade::project::{GroupKind, Naming, NamingRule, NewOptions, new_from_files};
use serde::Deserialize;

use crate::boundary::{OK, boundary};
use crate::engine::load::document;
use crate::job::{Progress, segue_job, start};
use crate::library::check_abi;
use crate::memory::needed;
use crate::offline::MAX_FILES;
use crate::options::options;
use crate::status::{Answer, Failure, SEGUE_STATUS_INVALID_ARGUMENT, segue_status};

/// Makes a playable project out of audio files, which are copied, as `segue new` does: long ones become music and
/// ambience, short ones one-shots, events play and stop all of them. The folder appears whole or not at all.
/// `abi` is `SEGUE_ABI` of the header. `[thread-safe]`
///
/// `options` is a JSON object (`options_length` bytes of UTF-8) with:
/// - `folder`: the folder to make; it must be new or empty.
/// - `files`: audio files, or folders of them, 1..=100000 paths.
/// - `name`: of the project; default: that of the folder. `tempo`: quarter notes a minute, 1..=999; default 120.
/// - `long_seconds`: files of so many seconds and more are long; default 8.
/// - `rules`: what the names of files say, in place of the built-in rules: a list of objects with `match` (a regular
///   expression), and `bus` or `group` (`variants` or `layers`).
///
/// The job's document is a JSON object with the keys of `segue new --json`: `path`, `name`, `seconds`, `sounds` (a list of
/// `id`, `source`, `file`, `role`, `bus`, `seconds`, `note`, `at_beats`), `groups` (a list of `name`, `kind`, `sounds`,
/// `rtpc`), `events` (how many), `skipped` (a list of `path`, `reason`: files that cannot be used are no error of the job).
/// It counts files. [`segue_project_open`](super::segue_project_open) opens the folder.
///
/// Sizes: `options` at most 64 MiB.
/// Ownership: the text stays the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
/// Errors: `ABI_MISMATCH`, `INVALID_DOCUMENT` for the options, `INVALID_ARGUMENT` for no folder, no files, a rule that
/// cannot be; the job says `EXISTS` for a folder that is not empty, `WRONG_FILE` when no file can be used,
/// `INVALID_ARGUMENT` for the tempo, `NOT_FOUND`, `SYSTEM`, `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_UTF8`,
/// `NULL_POINTER`. Since 0.1.
///
/// # Safety
/// `options` is NULL or `options_length` bytes; `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_project_make(
    abi: u32,
    options: *const c_char,
    options_length: usize,
    out_job: *mut *mut segue_job,
) -> segue_status {
    boundary("segue_project_make", || {
        check_abi(abi)?;
        needed("out_job", out_job)?;
        // SAFETY: the caller's promise.
        let wanted: Wanted = unsafe { self::options(options, options_length) }?;
        let how = wanted.how()?;
        let work = move |progress: &Progress| {
            let report = new_from_files(&wanted.folder, &wanted.files, &how, &mut |at| {
                progress.step(at.done as u64, at.total as u64)
            })?;
            document(&report.value())
        };
        // SAFETY: the caller's promise.
        unsafe { start("segue-new", out_job, work) }?;
        OK
    })
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    folder: PathBuf,
    files: Vec<PathBuf>,
    name: Option<String>,
    tempo: Option<f64>,
    long_seconds: Option<f64>,
    rules: Option<Vec<Rule>>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Rule {
    #[serde(rename = "match")]
    pattern: String,
    bus: Option<String>,
    group: Option<Group>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Group {
    Variants,
    Layers,
}

impl Wanted {
    fn how(&self) -> Answer<NewOptions> {
        let wrong = |name, problem| {
            let status = SEGUE_STATUS_INVALID_ARGUMENT;
            Err(Failure::argument(status, name, problem))
        };
        if self.folder.as_os_str().is_empty() {
            return wrong("folder", "is missing; name the folder to make");
        }
        if self.files.is_empty() {
            return wrong("files", "is empty; name at least one file");
        }
        if self.files.len() > MAX_FILES {
            return Err(Failure::limit("files", self.files.len(), MAX_FILES));
        }
        let usual = NewOptions::default();
        let long_seconds = self.long_seconds.unwrap_or(usual.long_seconds);
        if !(0.0..=86_400.0).contains(&long_seconds) {
            return Err(Failure::range("long_seconds", long_seconds, "0..=86400"));
        }
        let naming = self.rules.as_deref().map(naming).transpose()?;
        Ok(NewOptions {
            name: self.name.clone(),
            tempo_bpm: self.tempo.unwrap_or(usual.tempo_bpm),
            long_seconds,
            naming,
        })
    }
}

fn naming(rules: &[Rule]) -> Answer<Naming> {
    let rule = |rule: &Rule| NamingRule {
        pattern: rule.pattern.clone(),
        bus: rule.bus.clone(),
        group: rule.group.map(|group| match group {
            Group::Variants => GroupKind::Variants,
            Group::Layers => GroupKind::Layers,
        }),
    };
    let rules: Vec<NamingRule> = rules.iter().map(rule).collect();
    if rules.iter().any(|rule| rule.pattern.is_empty()) {
        let problem = "have one without `match`; give it";
        let status = SEGUE_STATUS_INVALID_ARGUMENT;
        return Err(Failure::argument(status, "rules", problem));
    }
    Naming::new(&rules).map_err(|error| {
        let text = format!("rules: {error}");
        Failure::text(SEGUE_STATUS_INVALID_ARGUMENT, text)
    })
}
