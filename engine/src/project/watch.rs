//! Notices that a project changed on the disk.
//!
//! Sizes and times of the files are looked at four times a second by a thread of its own. Unlike the
//! systems' notifications this works on every file system, also over a network, sees editors that
//! replace files as well as those that rewrite them, and needs no library; a few hundred files cost
//! less than a millisecond.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use super::{OpenProject, PROJECT_FILE, Project};
use crate::error::{Error, Result};

/// How often the files are looked at. A change is told once it has stood for one such time, so that
/// a file that is being written is not read half.
const EVERY: Duration = Duration::from_millis(250);

/// The files of a project, as [`Watch`] looks at them. `[thread-safe]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WatchedFiles(Vec<PathBuf>);

/// What a file was when it was looked at; `None` if it is not there.
type Stamp = Option<(u64, SystemTime)>;
type Stamps = BTreeMap<PathBuf, Stamp>;

/// A thread that watches. It ends when this is dropped, which waits for it. `[main-thread]`
///
/// Nothing is lost: a change is told at the latest two looks after it was made, and once if it was made
/// in several steps that follow each other closely.
#[derive(Debug)]
pub struct Watch {
    files: Option<Sender<(WatchedFiles, Stamps)>>,
    thread: Option<JoinHandle<()>>,
}

impl WatchedFiles {
    /// `project.json`, the adaptive profile and the audio files; nothing for a packed project, which
    /// does not change. `[thread-safe]`
    pub fn of(project: &OpenProject) -> WatchedFiles {
        if project.is_packed() {
            return WatchedFiles::default();
        }
        WatchedFiles::list(&project.root, &project.project)
    }

    /// What the `project.json` that lies in a folder names, whether it is there or not; `None` if
    /// that cannot be read. `[thread-safe]`
    pub fn named(folder: &Path) -> Option<WatchedFiles> {
        let text = fs::read(folder.join(PROJECT_FILE)).ok()?;
        let (project, _) = Project::from_json(&text).ok()?;
        Some(WatchedFiles::list(folder, &project))
    }

    fn list(folder: &Path, project: &Project) -> WatchedFiles {
        let profile = project.interactive.profile_file();
        let assets = project.assets.iter().map(|asset| asset.file.as_str());
        let all = [PROJECT_FILE].into_iter().chain(profile).chain(assets);
        WatchedFiles(all.map(|file| folder.join(file)).collect())
    }

    /// These files. `[thread-safe]`
    pub fn of_paths(paths: Vec<PathBuf>) -> WatchedFiles {
        WatchedFiles(paths)
    }

    fn look(&self) -> BTreeMap<&Path, Stamp> {
        self.0
            .iter()
            .map(|path| (path.as_path(), stamp(path)))
            .collect()
    }
}

fn stamp(path: &Path) -> Stamp {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}

impl Watch {
    /// Watches these files from now on; `changed` is called on another thread, and must not wait for
    /// the one that drops this value. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Io`] when the system gives no thread.
    pub fn start(files: WatchedFiles, changed: impl Fn() + Send + 'static) -> Result<Watch> {
        let (sender, commands) = channel();
        // What is there now is known; the thread may begin later.
        let mut eye = Eye::new(&files);
        let run = move || {
            let mut files = files;
            loop {
                match commands.recv_timeout(EVERY) {
                    Ok((others, stamps)) => {
                        files = others;
                        eye.keep(stamps);
                    }
                    Err(RecvTimeoutError::Disconnected) => return,
                    Err(RecvTimeoutError::Timeout) if eye.look(&files) => changed(),
                    Err(RecvTimeoutError::Timeout) => {}
                }
            }
        };
        let thread = std::thread::Builder::new().name("segue-watch".to_owned());
        let thread = thread.spawn(run);
        let thread = thread.map_err(|error| Error::io(Path::new(PROJECT_FILE), "watch", error))?;
        Ok(Watch {
            files: Some(sender),
            thread: Some(thread),
        })
    }

    /// From now on these files. What changes in them after this call is told. `[main-thread]`
    pub fn follow(&self, files: WatchedFiles) {
        if let Some(sender) = &self.files {
            let stamps = owned(&files.look());
            // The thread ends only when this is dropped.
            drop(sender.send((files, stamps)));
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.files = None;
        if let Some(thread) = self.thread.take() {
            // It does nothing that could panic.
            drop(thread.join());
        }
    }
}

/// What was seen so far.
struct Eye {
    /// What was told.
    known: BTreeMap<PathBuf, Stamp>,
    /// What was seen the last time.
    last: BTreeMap<PathBuf, Stamp>,
}

impl Eye {
    fn new(files: &WatchedFiles) -> Eye {
        let known = owned(&files.look());
        let last = known.clone();
        Eye { known, last }
    }

    /// Other files, as they were when they were named: those that are new count as seen.
    fn keep(&mut self, now: Stamps) {
        self.known.retain(|path, _| now.contains_key(path));
        for (path, stamp) in &now {
            self.known.entry(path.clone()).or_insert(*stamp);
        }
        self.last = now;
    }

    /// True when something changed and has stood since the last look.
    fn look(&mut self, files: &WatchedFiles) -> bool {
        let now = owned(&files.look());
        let stands = now == self.last;
        let changed = stands && now != self.known;
        if changed {
            self.known.clone_from(&now);
        }
        self.last = now;
        changed
    }
}

fn owned(stamps: &BTreeMap<&Path, Stamp>) -> BTreeMap<PathBuf, Stamp> {
    stamps
        .iter()
        .map(|(path, stamp)| ((*path).to_owned(), *stamp))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_once_and_only_when_it_stands() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("project.json");
        fs::write(&path, "1").unwrap();
        let files = WatchedFiles(vec![path.clone(), folder.path().join("new.wav")]);
        let mut eye = Eye::new(&files);
        assert!(!eye.look(&files));
        fs::write(&path, "12").unwrap();
        assert!(!eye.look(&files), "it may still be written");
        fs::write(&path, "123").unwrap();
        assert!(!eye.look(&files), "it was");
        assert!(eye.look(&files));
        assert!(!eye.look(&files), "told already");
        fs::write(folder.path().join("new.wav"), "x").unwrap();
        assert!(!eye.look(&files) && eye.look(&files), "a file that appears");
        fs::remove_file(&path).unwrap();
        assert!(!eye.look(&files) && eye.look(&files), "a file that goes");
    }

    #[test]
    fn other_files_are_no_change() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&a, "1").unwrap();
        fs::write(&b, "1").unwrap();
        let mut eye = Eye::new(&WatchedFiles(vec![a.clone()]));
        let both = WatchedFiles(vec![a, b.clone()]);
        eye.keep(owned(&both.look()));
        assert!(!eye.look(&both) && !eye.look(&both));
        fs::write(&b, "12").unwrap();
        assert!(!eye.look(&both) && eye.look(&both));
    }

    #[test]
    fn the_thread_tells_and_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "1").unwrap();
        let (sender, told) = channel();
        let watch = Watch::start(WatchedFiles(vec![path.clone()]), move || {
            _ = sender.send(())
        })
        .unwrap();
        fs::write(&path, "22").unwrap();
        told.recv().unwrap();
        drop(watch);
        assert!(told.recv().is_err(), "the thread has gone");
    }
}
