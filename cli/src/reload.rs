//! A project that is loaded, and loaded again when it is saved.

use crate::audio::Event;
use crate::cancel::Cancel;
use crate::console::Console;
use crate::failure::Failure;
use crate::progress::Bar;
use crate::values::count;
use segue_engine::project::{OpenProject, Watch, WatchedFiles, open};
use segue_engine::{Control, LoadReport, PreparedReload, ReloadReport};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;

/// Loads a project, with a bar for who looks.
pub(crate) fn load(
    control: &mut Control,
    project: &OpenProject,
    console: &Console,
    cancel: &Cancel,
) -> Result<LoadReport, Failure> {
    let bar = Bar::new(console, "Loading");
    let report = control.load_project(project, &mut |progress| {
        bar.at(progress.done as u64, progress.total as u64);
        bar.say(progress.asset);
        cancel.flow()
    })?;
    drop(bar);
    for missing in &report.unplayable {
        console.warn(&format!(
            "{} is not heard: {}",
            missing.file, missing.reason
        ));
    }
    warn_renewed(console, &report);
    Ok(report)
}

/// Tells of files that are heard, and would not be in a game.
pub(crate) fn warn_renewed(console: &Console, report: &LoadReport) {
    for renewed in &report.renewed {
        console.warn(&format!(
            "{} was changed and is heard; {}",
            renewed.file, renewed.reason
        ));
    }
}

/// Follows a project on the disk.
pub(crate) struct Reloader {
    path: PathBuf,
    /// The project that plays; a packed one lies unpacked as long as it lives.
    project: OpenProject,
    watch: Option<Watch>,
    /// The session keeps its project.
    is_recorded: bool,
    /// A save that is built and waits for room.
    next: Option<Box<(OpenProject, PreparedReload)>>,
}

impl Reloader {
    /// Follows `project`, which was opened at `path`; [`Event::Changed`] is sent when it changes. A
    /// session that is recorded keeps its project.
    pub(crate) fn new(
        path: &Path,
        project: OpenProject,
        is_recorded: bool,
        sender: &Sender<Event>,
    ) -> Result<Reloader, Failure> {
        let sender = sender.clone();
        // Nobody listens any more when the command is ending anyway.
        let changed = move || drop(sender.send(Event::Changed));
        let watch = (!project.is_packed())
            .then(|| Watch::start(WatchedFiles::of(&project), changed))
            .transpose()?;
        Ok(Reloader {
            path: path.to_owned(),
            project,
            watch,
            is_recorded,
            next: None,
        })
    }

    pub(crate) fn project(&self) -> &OpenProject {
        &self.project
    }

    /// Brings what is on the disk into what plays. What is wrong is said, and what plays stays. What finds no room
    /// waits for [`Reloader::tend`]. Of a session that is recorded only that is said.
    pub(crate) fn reload(&mut self, control: &mut Control, console: &Console) {
        if self.is_recorded {
            console.warn(
                "the save is not heard: this session is recorded and keeps its project; end it and begin another",
            );
            return;
        }
        // Only the latest save counts.
        self.next = None;
        match self.prepare(control) {
            Ok(next) => {
                self.next = Some(Box::new(next));
                self.tend(control, console);
            }
            Err(error) => tell(Err(error), console),
        }
    }

    /// Takes over a save that waits, once there is room for it. To be called every 10 ms or so, beside
    /// [`Control::update`].
    pub(crate) fn tend(&mut self, control: &mut Control, console: &Console) {
        let has_room = |next: &mut Box<(OpenProject, PreparedReload)>| {
            control.has_room_for_reload(&next.1, &next.0)
        };
        if let Some(next) = self.next.take_if(has_room) {
            let (project, prepared) = *next;
            let report = control.finish_reload(prepared, &project);
            if report.is_ok() {
                self.project = project;
            }
            tell(report, console);
        }
    }

    fn prepare(&self, control: &Control) -> segue_engine::Result<(OpenProject, PreparedReload)> {
        // Before it is read: a file that is missing and comes meanwhile is a change.
        let named = WatchedFiles::named(&self.project.root);
        if let (Some(watch), Some(files)) = (&self.watch, named) {
            watch.follow(files);
        }
        let project = open(&self.path)?;
        let plan = control.plan_reload(&project)?;
        let prepared = plan.prepare(&project, &mut |_| ControlFlow::Continue(()))?;
        Ok((project, prepared))
    }
}

/// Says what became of a save.
fn tell(report: segue_engine::Result<ReloadReport>, console: &Console) {
    match report {
        Ok(report) => {
            console.note(&loaded(&report));
            for missing in &report.load.unplayable {
                console.warn(&format!(
                    "{} is not heard: {}",
                    missing.file, missing.reason
                ));
            }
            for kept in &report.load.kept {
                console.warn(&format!(
                    "{} was not taken over; what was loaded before plays on: {}",
                    kept.file, kept.reason
                ));
            }
            warn_renewed(console, &report.load);
        }
        Err(error) => {
            console.warn(&format!(
                "the save was not taken over; what plays goes on\n{error}"
            ));
        }
    }
}

fn loaded(report: &ReloadReport) -> String {
    let mut news = Vec::new();
    if !report.changed.is_empty() {
        news.push(format!("changed: {}", report.changed.join(", ")));
    }
    for (number, word) in [
        (report.sounds, "sound"),
        (report.mixer, "mixer value"),
        (report.responses, "impulse response"),
    ] {
        if number > 0 {
            news.push(format!("{} new", count(number, word)));
        }
    }
    match news.is_empty() {
        true => "the project was loaded again (nothing that is heard changed)".to_owned(),
        false => format!("the project was loaded again ({})", news.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_engine::{EngineConfig, create};
    use std::fs;
    use std::sync::mpsc::channel;

    #[test]
    fn the_note_says_what_changed() {
        let none = ReloadReport::default();
        assert!(loaded(&none).contains("nothing"), "{}", loaded(&none));
        let report = ReloadReport {
            changed: vec!["seed", "events"],
            sounds: 2,
            ..none
        };
        let note = "the project was loaded again (changed: seed, events; 2 sounds new)";
        assert_eq!(loaded(&report), note);
    }

    #[test]
    fn a_recorded_session_keeps_its_project() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let text = format!(
                "{{\"format\": \"segue.project\", \"version\": 1, \"name\": \"{name}\"}}"
            );
            fs::write(folder.path().join("project.json"), text).unwrap();
        };
        write("P");
        let (sender, events) = channel();
        let project = open(folder.path()).unwrap();
        let (mut control, _renderer, _) =
            create(EngineConfig::for_project(&project.project, None)).unwrap();
        let console = Console::new(crate::commands::Output::default());
        let mut reloader = Reloader::new(folder.path(), project, true, &sender).unwrap();
        write("Another");
        // The save is noticed, and only told.
        assert!(matches!(events.recv(), Ok(Event::Changed)));
        reloader.reload(&mut control, &console);
        assert_eq!(reloader.project().project.name, "P");
    }

    #[test]
    fn a_file_that_a_save_names_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let write = |interactive: &str| {
            let text = format!(
                "{{\"format\": \"segue.project\", \"version\": 1, \"name\": \"P\", \"interactive\": {interactive}}}"
            );
            fs::write(path.join("project.json"), text).unwrap();
        };
        write("{}");
        let (sender, events) = channel();
        let project = open(path).unwrap();
        let (mut control, _renderer, _) =
            create(EngineConfig::for_project(&project.project, None)).unwrap();
        let console = Console::new(crate::commands::Output::default());
        let mut reloader = Reloader::new(path, project, false, &sender).unwrap();
        write("{\"adaptive\": \"chase.json\"}");
        assert!(matches!(events.recv(), Ok(Event::Changed)));
        reloader.reload(&mut control, &console);
        assert!(reloader.project().profile.is_none(), "the file is missing");
        let profile = "{\"format\": \"segue.adaptive\", \"version\": 1, \"contexts\": {}}";
        fs::write(path.join("chase.json"), profile).unwrap();
        assert!(matches!(events.recv(), Ok(Event::Changed)));
    }
}
