//! The project that is held, followed on the disk: what somebody else saves is heard at once.

use super::{News, Order, Worker, lock};
use crate::app::player::{Parcel, Routes};
use crate::commands::Output;
use crate::console::Console;
use crate::failure::Failure;
use segue_engine::project::{self, OpenProject, Project, Watch, WatchedFiles};
use segue_engine::rt::graph::CommitError;
use segue_engine::{Error, LoadReport, Unplayable};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Weak};

/// A project on the disk, and whether it was saved since somebody asked.
pub(super) struct Follow {
    path: PathBuf,
    root: PathBuf,
    /// What was opened or taken over last.
    held: Arc<OpenProject>,
    /// As which the window may still know it: before it was saved here.
    before: Vec<Weak<OpenProject>>,
    watch: Watch,
    changed: Arc<AtomicBool>,
    /// What was read last, until it is taken over.
    read: Option<Arc<OpenProject>>,
    /// What is on the disk could not be taken over.
    is_refused: bool,
}

/// What became of a save that was taken over.
pub(crate) struct Taken {
    pub(crate) open: Arc<OpenProject>,
    /// Audio files that do not play.
    pub(crate) unplayable: Vec<Unplayable>,
    /// Those that are gone or broken, and are heard as they were.
    pub(crate) kept: Vec<Unplayable>,
    /// Those that are heard and have another hash than the project says.
    pub(crate) renewed: Vec<Unplayable>,
}

impl Follow {
    /// Follows `open`, which was opened at `path`; a packed project does not change.
    pub(super) fn start(path: &Path, open: &Arc<OpenProject>) -> Result<Option<Follow>, Failure> {
        if open.is_packed() {
            return Ok(None);
        }
        let changed = Arc::new(AtomicBool::new(false));
        let theirs = Arc::clone(&changed);
        let watch = Watch::start(WatchedFiles::of(open), move || theirs.store(true, Relaxed))?;
        Ok(Some(Follow {
            path: path.to_owned(),
            root: open.root.clone(),
            held: Arc::clone(open),
            before: Vec::new(),
            watch,
            changed,
            read: None,
            is_refused: false,
        }))
    }

    /// Goes on after what was held as `open` before it was saved here.
    pub(super) fn come_after(&mut self, open: &Arc<OpenProject>, before: Option<Follow>) {
        let known = before.into_iter().flat_map(|it| it.before);
        self.before = known.filter(|it| it.strong_count() > 0).collect();
        self.before.push(Arc::downgrade(open));
    }

    /// Whether saving `open` to `path` would replace what somebody else has written and nobody has
    /// heard, or what is heard and not in it.
    ///
    /// # Errors
    /// It would.
    pub(super) fn check_save(&self, open: &Arc<OpenProject>, path: &Path) -> Result<(), Failure> {
        if !is_inside(path, &self.root) {
            return Ok(());
        }
        if self.is_refused {
            let text = "somebody else has saved it meanwhile, and that cannot be taken over";
            let way_out = "mend what is on the disk first, or save somewhere else";
            return Err(Failure::new(text).hint(way_out));
        }
        let waits = self.changed.load(Relaxed) || self.read.is_some();
        if waits || !self.holds(open) || self.held.is_replaced() {
            let text = "somebody else has saved it meanwhile, and that is being taken over";
            let way_out = "save again when it is heard, or save somewhere else";
            return Err(Failure::new(text).hint(way_out));
        }
        Ok(())
    }

    /// Whether `open` is what is on the disk, as far as was looked.
    fn holds(&self, open: &Arc<OpenProject>) -> bool {
        let mut before = self.before.iter();
        Arc::ptr_eq(&self.held, open)
            || before.any(|it| std::ptr::eq(it.as_ptr(), Arc::as_ptr(open)))
    }

    /// The project as it is on the disk, if that has changed.
    fn read(&self) -> Option<segue_engine::Result<OpenProject>> {
        if !self.changed.swap(false, Relaxed) {
            return None;
        }
        // Before it is read: a file that is missing and comes meanwhile is a change.
        if let Some(files) = WatchedFiles::named(&self.root) {
            self.watch.follow(files);
        }
        Some(project::open(&self.path))
    }
}

/// Whether a path is this folder or lies in it, however both are written; false for what is not there.
fn is_inside(path: &Path, folder: &Path) -> bool {
    let both = (path.canonicalize(), folder.canonicalize());
    matches!(both, (Ok(path), Ok(folder)) if path.starts_with(&folder))
}

impl Worker {
    /// Reads what was saved. The window adds what the user changed, and has it taken over.
    pub(super) fn look_at_disk(&mut self) {
        match self.follow.as_ref().and_then(Follow::read) {
            None => {}
            Some(Ok(open)) => {
                let open = Arc::new(open);
                if let Some(follow) = &mut self.follow {
                    follow.read = Some(Arc::clone(&open));
                }
                self.tell(News::Changed(open));
            }
            Some(Err(error)) => self.refuse_save(error.into()),
        }
    }

    fn refuse_save(&mut self, failure: Failure) {
        if let Some(follow) = &mut self.follow {
            follow.is_refused = true;
        }
        let hint = failure.hint.as_deref().unwrap_or_default();
        let text = format!(
            "the save was not taken over; what plays goes on\n{}\n{hint}",
            failure.message
        );
        Console::new(Output::default()).warn(text.trim_end());
        self.tell(News::NotTaken(failure));
    }

    /// Takes over a save, with what the user has changed meanwhile in it.
    pub(super) fn take_over(&mut self, open: &Arc<OpenProject>, project: Project) {
        // It may be another project by now, or be saved once more.
        let read = self.follow.as_mut().map(|it| &mut it.read);
        let is_last = |read: &mut Arc<OpenProject>| Arc::ptr_eq(read, open);
        if read.and_then(|read| read.take_if(is_last)).is_none() {
            return;
        }
        let taken = open
            .holding(project)
            .map_err(Failure::from)
            .and_then(|now| self.exchange(open, &now));
        lock(&self.state).loading = None;
        match taken {
            Ok(taken) => {
                if let Some(follow) = &mut self.follow {
                    follow.is_refused = false;
                    follow.held = Arc::clone(open);
                    follow.before.clear();
                }
                self.tell(News::Taken(taken));
            }
            Err(failure) => self.refuse_save(failure),
        }
    }

    /// Brings a project to the engine that plays an earlier state of it; into a new one where that
    /// takes other limits of voices, say.
    fn exchange(&mut self, open: &Arc<OpenProject>, now: &OpenProject) -> Result<Taken, Failure> {
        let taken = |report: LoadReport| Taken {
            open: Arc::clone(open),
            unplayable: report.unplayable,
            kept: report.kept,
            renewed: report.renewed,
        };
        let plan = match self.engines.last() {
            Some(engine) => engine.control.plan_reload(now),
            None => return Ok(taken(self.load_now(now, None)?)),
        };
        let plan = match plan {
            Err(Error::Restart { .. }) => {
                let place = self.place();
                return Ok(taken(self.load_now(now, place)?));
            }
            plan => plan?,
        };
        let prepared = plan.prepare(now, &mut |progress| self.step(&now.project.name, progress))?;
        let Some(engine) = self.engines.last_mut() else {
            return Ok(taken(LoadReport::default()));
        };
        let report = match engine.control.finish_reload(prepared, now) {
            // Two saves with other buses within some 10 ms, or nobody hears what plays.
            Err(Error::Commit(CommitError::Busy)) => {
                let place = self.place();
                return Ok(taken(self.load_now(now, place)?));
            }
            report => report?.load,
        };
        let routes = Routes::new(&engine.control, &now.project);
        // Its sounds may have other lengths now.
        engine.live = engine.live.renewed(&engine.control);
        lock(&self.state).engine = Some(engine.live.clone());
        if let Some(line) = &mut self.line {
            line.send(Parcel::Routes(Box::new(routes)));
        }
        Ok(taken(report))
    }

    /// Serves the window while something is being loaded.
    pub(super) fn step(
        &mut self,
        name: &str,
        progress: segue_engine::LoadProgress<'_>,
    ) -> std::ops::ControlFlow<()> {
        use std::ops::ControlFlow;
        use std::sync::mpsc::TryRecvError;
        let done = progress.done as f32 + progress.share;
        let loading = segue_gui::Loading {
            fraction: done / progress.total.max(1) as f32,
            step: progress.asset.to_owned(),
        };
        lock(&self.state).loading = Some((name.to_owned(), loading));
        loop {
            match self.orders.try_recv() {
                Ok(Order::Call(call)) => self.call(call),
                Ok(order) => self.backlog.push_back(order),
                Err(TryRecvError::Empty) => return ControlFlow::Continue(()),
                Err(TryRecvError::Disconnected) => return ControlFlow::Break(()),
            }
        }
    }
}

#[cfg(test)]
mod tests;
