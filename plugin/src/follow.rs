//! The project of an instance, followed on the disk: what somebody else saves is heard at once.
//!
//! | thread | what it does |
//! |---|---|
//! | of the watch | notes that something was saved, and asks for a visit |
//! | main | asks the worker to take it over, unless a load or an offline render is under way |
//! | worker | reads it, builds it, brings it to the engine that plays |
//! | main | holds it, with what was changed here meanwhile |

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use clack_plugin::host::HostSharedHandle;
use segue_engine::format::project::interactive::ProfileSource;
use segue_engine::project::{self, OpenProject, PROJECT_FILE, Project, Watch, WatchedFiles};
use segue_engine::rt::graph::CommitError;
use segue_engine::{EngineConfig, Error as EngineError, LoadReport, Unplayable, prepare};
use segue_gui::{LiveEngine, merge, mixer};

use crate::deck::Routes;
use crate::document::Document;
use crate::error::Result;
use crate::main_thread::MainThread;
use crate::params::{COUNT, Param};
use crate::shared::{Core, Outcome, lock};
use crate::worker::{Desk, Job, Message, build};

/// What errors of a save begin with.
pub(crate) const NOT_TAKEN: &str = "the save was not taken over; what plays goes on";

/// A project folder that is watched. `[worker]`
pub(crate) struct Follow {
    document: Arc<Document>,
    root: PathBuf,
    /// The project as it was on the disk when it was looked at last: what differs from it in the
    /// session was changed here.
    base: Option<Project>,
    /// What was taken over last, as which revision: the base once the main thread holds that.
    next: Option<(u32, Project)>,
    watch: Watch,
}

impl Follow {
    /// Follows the folder that a document was opened from, if it was.
    pub(crate) fn start(
        document: Arc<Document>,
        core: &Arc<Core>,
        host: HostSharedHandle<'static>,
    ) -> Option<Follow> {
        let root = document.source()?.to_owned();
        // What was saved since it was read is a change.
        let files = document.read().map(|read| read.files.clone());
        let files = files.or_else(|| WatchedFiles::named(&root));
        let files = files.unwrap_or_else(|| WatchedFiles::of_paths(vec![root.join(PROJECT_FILE)]));
        let core = Arc::clone(core);
        let changed = move || {
            core.note_change();
            host.request_callback();
        };
        // A system without a thread left plays on without.
        let watch = Watch::start(files, changed).ok()?;
        let base = document.read().map(|read| read.project.clone());
        let base = base.or_else(|| Some(project::open(&root).ok()?.whole()));
        Some(Follow {
            document,
            root,
            base,
            next: None,
            watch,
        })
    }

    /// Takes note of what the main thread holds.
    fn settle(&mut self, held: &Document) {
        let next = self.next.take();
        if let Some((_, whole)) = next.filter(|(revision, _)| *revision == held.revision()) {
            self.base = Some(whole);
        }
    }

    fn read(&self) -> segue_engine::Result<OpenProject> {
        // Before it is read: a file that is missing and comes meanwhile is a change.
        if let Some(files) = WatchedFiles::named(&self.root) {
            self.watch.follow(files);
        }
        project::open(&self.root)
    }
}

/// What became of a save that was taken over.
struct Taken {
    document: Arc<Document>,
    report: LoadReport,
    /// `None` while no engine runs.
    latency: Option<u32>,
}

impl Desk {
    /// Takes over what was saved on the disk, for the document that the main thread holds.
    pub(crate) fn renew(&mut self, job: Job) {
        let number = job.number;
        let taken = self.take_over(&job).transpose();
        let is_late = self.core.is_outdated(number);
        let outcome = taken.filter(|_| !is_late).map(|taken| {
            let (document, result) = match taken {
                Ok(taken) => (taken.document, Ok((taken.report, taken.latency))),
                Err(error) => (Arc::clone(&job.document), Err(error.to_string())),
            };
            Outcome {
                document,
                result,
                values: job.values,
                renewed: Some(job.document),
            }
        });
        if outcome.is_none() {
            // Later, when what was in the way is over.
            self.core.note_change();
        }
        self.core.finish(number, outcome);
        self.host.request_callback();
    }

    /// `None`: not now.
    fn take_over(&mut self, job: &Job) -> Result<Option<Taken>> {
        let is_it = |follow: &Follow| follow.document.is_same_project(&job.document);
        let Some(follow) = self.follow.as_mut().filter(|it| is_it(it)) else {
            return Ok(Some(Taken {
                document: Arc::clone(&job.document),
                report: LoadReport::default(),
                latency: None,
            }));
        };
        follow.settle(&job.document);
        let open = follow.read()?;
        let whole = open.whole();
        let mine = job.document.project();
        let mut merged = merge(follow.base.as_ref().unwrap_or(&whole), mine, &whole);
        // The parameters keep the macros' values.
        merged.macros.clone_from(&whole.macros);
        let document = Arc::new(job.document.renewed(&open, &merged)?);
        let values = renewed_values(&job.document, &document, &job.values);
        let open = match document.is_relocated() {
            true => document.unpack(merged.clone())?,
            false => open,
        };
        let now = playing(open, &merged, &values);
        let Some(done) = self.exchange(job.number, &now, &values)? else {
            return Ok(None);
        };
        if let Some(follow) = &mut self.follow {
            follow.next = Some((document.revision(), whole));
        }
        let (report, latency) = done;
        Ok(Some(Taken {
            document,
            report,
            latency,
        }))
    }

    /// Brings a project to the engine that plays; into a new one where that takes another latency, say.
    fn exchange(
        &mut self,
        number: u64,
        now: &OpenProject,
        values: &[f64; COUNT],
    ) -> Result<Option<(LoadReport, Option<u32>)>> {
        let Some(rate) = self.sample_rate() else {
            // Nothing plays, so it is only tried.
            let config = EngineConfig::for_project(&now.project, None);
            let built = prepare(now, &config, &mut self.core.steps(number));
            return Ok(unless_late(built)?.map(|_| (missing(now), None)));
        };
        let plan = match self.engines.last().map(|control| control.plan_reload(now)) {
            // What was held could not be played, or takes another engine.
            None | Some(Err(EngineError::Restart { .. })) => {
                return self.begin_anew(number, now, values, rate);
            }
            Some(plan) => plan?,
        };
        let prepared = plan.prepare(now, &mut self.core.steps(number));
        let Some(prepared) = unless_late(prepared)? else {
            return Ok(None);
        };
        let core = Arc::clone(&self.core);
        let free = lock(&core.exchange);
        if self.is_in_the_way(number) {
            return Ok(None);
        }
        let Some(control) = self.engines.last_mut() else {
            return Ok(None);
        };
        // The deck was made for its latency.
        if prepared.latency() != control.latency() {
            drop(free);
            return self.begin_anew(number, now, values, rate);
        }
        let report = match control.finish_reload(prepared, now) {
            // Two saves with other buses within some 10 ms, or the host does not render.
            Err(EngineError::Commit(CommitError::Busy)) => {
                drop(free);
                return self.begin_anew(number, now, values, rate);
            }
            report => report?.load,
        };
        // Faders that were moved since are where they were. A full queue leaves them to the next save.
        _ = mixer(&now.project)(control);
        let latency = control.latency();
        let routes = Routes::new(control, &now.project);
        // Its sounds may have other lengths now.
        let live = self.core.status().engine.clone();
        let live = match live {
            Some(live) => live.renewed(control),
            None => LiveEngine::new(control),
        };
        self.core.status().engine = Some(live);
        self.send_routes(Box::new(routes));
        Ok(Some((report, Some(latency))))
    }

    /// Lets a new deck play.
    fn begin_anew(
        &mut self,
        number: u64,
        now: &OpenProject,
        values: &[f64; COUNT],
        rate: u32,
    ) -> Result<Option<(LoadReport, Option<u32>)>> {
        let made = unless_late(build(&self.core, number, now, values, rate))?;
        let core = Arc::clone(&self.core);
        let _free = lock(&core.exchange);
        let Some((control, deck, report)) = made.filter(|_| !self.is_in_the_way(number)) else {
            return Ok(None);
        };
        let latency = deck.latency();
        self.play(control, deck);
        Ok(Some((report, Some(latency))))
    }

    /// Another load was asked for, or an offline render has begun, in the middle of which nothing may
    /// change.
    fn is_in_the_way(&self, number: u64) -> bool {
        self.core.is_outdated(number) || self.core.is_offline()
    }
}

/// `None` where a load was broken off.
fn unless_late<T>(done: segue_engine::Result<T>) -> Result<Option<T>> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(EngineError::Cancelled) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What the engine is given: the folder's files and text, the project as it is held, and its macros
/// where they are.
fn playing(open: OpenProject, merged: &Project, values: &[f64; COUNT]) -> OpenProject {
    let mut now = open;
    let file: Option<ProfileSource> = now.project.interactive.adaptive.take();
    now.project = merged.clone();
    // What is wrong with a profile is told with its place in its own file.
    now.project.interactive.adaptive = file;
    for (number, entry) in now.project.macros.iter_mut().enumerate() {
        if let Some(value) = values.get(Param::Macro(number).index()) {
            entry.value = *value;
        }
    }
    now
}

fn missing(open: &OpenProject) -> LoadReport {
    let missing = open.missing.iter();
    let unplayable = missing.map(|asset| Unplayable {
        id: asset.id.clone(),
        file: asset.file.clone(),
        reason: asset.reason.clone(),
    });
    LoadReport {
        unplayable: unplayable.collect(),
        ..LoadReport::default()
    }
}

/// The parameters after a save: those that stood where the project begins follow it, all others
/// stay.
fn renewed_values(before: &Document, after: &Document, values: &[f64; COUNT]) -> [f64; COUNT] {
    let mut renewed = *values;
    for param in Param::all() {
        let (old, new) = (before.own_value(param), after.own_value(param));
        let value = &mut renewed[param.index()];
        if *value == old {
            *value = new;
        }
    }
    renewed
}

impl MainThread<'_> {
    /// Lets the worker follow what is held, if it lies in a folder.
    pub(crate) fn follow(&self) -> Result<()> {
        let document = self.document();
        match document.source() {
            None if !self.has_worker() => Ok(()),
            _ => self.send(Message::Follow(document)),
        }
    }

    /// Has a save taken over, unless something is in the way; then it is looked at later.
    pub(crate) fn look_at_disk(&self) {
        let core = self.core();
        if core.is_offline() || core.is_loading() || !core.take_change() {
            return;
        }
        let job = Job {
            number: core.ask(),
            document: self.document(),
            values: core.values.all(),
        };
        let number = job.number;
        if self.send(Message::Renew(Box::new(job))).is_err() {
            core.finish(number, None);
        }
    }

    /// Holds what the worker has taken over of `of`, or says why it has not.
    pub(crate) fn take_renewed(&self, of: &Document, outcome: Outcome) -> Result<()> {
        let Outcome {
            document, result, ..
        } = outcome;
        let (report, latency) = match result {
            Ok(done) => done,
            Err(text) => {
                self.say_text(format!("{NOT_TAKEN}\n{text}"));
                return Ok(());
            }
        };
        if of.revision() == document.revision() {
            return Ok(());
        }
        let now = self.document();
        let document = if now.project() == of.project() {
            document
        } else {
            let merged = merge(of.project(), now.project(), document.project());
            Arc::new(document.with_project(&merged)?)
        };
        let before = self.core().values.all();
        let values = renewed_values(of, &document, &before);
        for param in Param::all() {
            if values[param.index()] != before[param.index()] {
                self.core().values.set(param, values[param.index()]);
            }
        }
        self.hold_renewed(document, values, report, latency);
        Ok(())
    }
}

/// What is told of files that are gone or broken, and of those that have another hash than the project says.
pub(crate) fn kept(report: &LoadReport) -> Option<String> {
    let kept = report.kept.iter().map(|it| {
        let Unplayable { file, reason, .. } = it;
        format!("{file} was not taken over; what was loaded before plays on: {reason}")
    });
    let renewed = report.renewed.iter().map(|it| {
        let Unplayable { file, reason, .. } = it;
        format!("{file} was changed and is heard; {reason}")
    });
    let text = kept.chain(renewed).collect::<Vec<_>>().join("\n");
    (!text.is_empty()).then_some(text)
}

impl Core {
    /// Tells how far a load is, and breaks it off when another one is asked for.
    pub(crate) fn steps(
        &self,
        number: u64,
    ) -> impl FnMut(segue_engine::LoadProgress<'_>) -> ControlFlow<()> {
        move |progress| {
            let done = progress.done as f32 + progress.share;
            self.status().progress = Some(done / progress.total.max(1) as f32);
            if self.is_outdated(number) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_main_thread_does_not_hold_is_no_base() {
        let folder = tempfile::tempdir().unwrap();
        let json = r#"{"format": "segue.project", "version": 1, "name": "P"}"#;
        std::fs::write(folder.path().join(PROJECT_FILE), json).unwrap();
        let document = Arc::new(Document::open(folder.path()).unwrap());
        let mut follow = Follow {
            document: Arc::clone(&document),
            root: folder.path().to_owned(),
            base: None,
            next: Some((document.revision() + 1, Project::new("Lost"))),
            watch: Watch::start(WatchedFiles::default(), || ()).unwrap(),
        };
        follow.settle(&document);
        assert!(follow.base.is_none() && follow.next.is_none());
        follow.next = Some((document.revision(), Project::new("Held")));
        follow.settle(&document);
        assert_eq!(follow.base.unwrap().name, "Held");
    }
}
