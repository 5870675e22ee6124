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
/// A save is heard within a second: it is told after two looks at the latest, and the rest is for the reload.
const _: () = assert!(2 * EVERY.as_millis() < 1_000, "a save is told too late");

/// The files of a project, as [`Watch`] looks at them, and what they were when they were read. `[thread-safe]`
#[derive(Clone, Debug, Default)]
pub struct WatchedFiles {
    paths: Vec<PathBuf>,
    /// Of those of them that were read.
    read: Stamps,
}

/// What a file was when it was looked at; `None` if it is not there.
pub(super) type Stamp = Option<(u64, SystemTime)>;
pub(super) type Stamps = BTreeMap<PathBuf, Stamp>;

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
    /// `project.json`, the adaptive profile and the audio files, as they were when `project` was opened; nothing for
    /// a packed project, which does not change. `[thread-safe]`
    pub fn of(project: &OpenProject) -> WatchedFiles {
        if project.is_packed() {
            return WatchedFiles::default();
        }
        WatchedFiles {
            read: project.stamps.clone(),
            ..WatchedFiles::list(&project.root, &project.project)
        }
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
        WatchedFiles::of_paths(all.map(|file| folder.join(file)).collect())
    }

    /// These files. `[thread-safe]`
    pub fn of_paths(paths: Vec<PathBuf>) -> WatchedFiles {
        let read = Stamps::new();
        WatchedFiles { paths, read }
    }

    fn look(&self) -> BTreeMap<&Path, Stamp> {
        self.paths
            .iter()
            .map(|path| (path.as_path(), stamp(path)))
            .collect()
    }
}

/// What a file is now.
pub(super) fn stamp(path: &Path) -> Stamp {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}

impl Watch {
    /// Watches these files from the moment on in which they were read, else from now on; `changed` is called on another thread, and must not wait for
    /// the one that drops this value. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Io`] when the system gives no thread.
    pub fn start(files: WatchedFiles, changed: impl Fn() + Send + 'static) -> Result<Watch> {
        let (sender, commands) = channel();
        // The thread may begin later.
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
        let last = owned(&files.look());
        let mut known = last.clone();
        // A save since then was not heard yet.
        for (path, stamp) in &mut known {
            *stamp = files.read.get(path).copied().unwrap_or(*stamp);
        }
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
        let files = WatchedFiles::of_paths(vec![path.clone(), folder.path().join("new.wav")]);
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
    fn what_is_saved_between_the_read_and_the_watch_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        let project = |name: &str| {
            format!(
                r#"{{"format": "segue.project", "version": 1, "name": "{name}",
                "assets": [{{"id": "a", "file": "a.wav"}}], "interactive": {{"adaptive": "p.json"}}}}"#
            )
        };
        let profile = r#"{"format": "segue.adaptive", "version": 1, "contexts": {}}"#;
        for changed in ["", "project.json", "a.wav", "p.json"] {
            write(PROJECT_FILE, &project("P"));
            write("a.wav", "RIFF");
            write("p.json", profile);
            let open = crate::project::open(folder.path()).unwrap();
            match changed {
                "" => {}
                "project.json" => write(changed, &project("Other")),
                _ => write(
                    changed,
                    "longer than it was, whatever it is worth, and whoever wrote it",
                ),
            }
            let files = WatchedFiles::of(&open);
            let mut eye = Eye::new(&files);
            assert_eq!(eye.look(&files), !changed.is_empty(), "{changed}");
            assert!(!eye.look(&files), "{changed}: told already");
        }
    }

    #[test]
    fn other_files_are_no_change() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&a, "1").unwrap();
        fs::write(&b, "1").unwrap();
        let mut eye = Eye::new(&WatchedFiles::of_paths(vec![a.clone()]));
        let both = WatchedFiles::of_paths(vec![a, b.clone()]);
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
        let watch = Watch::start(WatchedFiles::of_paths(vec![path.clone()]), move || {
            _ = sender.send(())
        })
        .unwrap();
        fs::write(&path, "22").unwrap();
        told.recv().unwrap();
        drop(watch);
        assert!(told.recv().is_err(), "the thread has gone");
    }
}
