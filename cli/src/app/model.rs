//! The editor's model in the app.

use super::bounce::{Bounce, Job};
use super::desk::{Desk, News, Order, Running, Search, Source, State, Taken};
use super::settings::{Audio, Settings, Store};
use crate::failure::{Failure, Kind};
use segue_engine::project::{OpenProject, Project};
use segue_gui::{Action, LivePicture, MenuItem, Model, Snapshot};
use std::path::PathBuf;
use std::sync::Arc;

/// Items that the app adds to the menu.
pub(super) const BOUNCE: u32 = 1;
pub(super) const SETTINGS: u32 = 2;
pub(super) const QUIT: u32 = 3;

/// Headings of what is told of saves that somebody else made.
const NOT_TAKEN: &str = "The save was not taken over; what plays goes on";
const HEARD_AS_BEFORE: &str = "An audio file is heard as it was before";
/// What is told of one that is not the one of its hash.
const HAS_OTHER_HASH: &str = "An audio file is another than the project says";

/// What would lose unsaved changes and therefore waits for the user's word.
#[derive(Clone, Debug)]
pub(super) enum Next {
    Open(Source),
    Quit,
}

/// Project, settings and control thread as the window sees them.
pub(super) struct AppModel {
    desk: Desk,
    picture: LivePicture,
    held: Option<Arc<OpenProject>>,
    store: Store,
    pub(super) settings: Settings,
    pub(super) state: State,
    /// Asks before it does this.
    pub(super) pending: Option<Next>,
    /// What is done once the project is saved.
    after_save: Option<Next>,
    is_saving: bool,
    /// What was chosen in the menu, for the window.
    pub(super) chosen: Option<u32>,
    pub(super) may_quit: bool,
    pub(super) bounce: Option<Bounce>,
    /// The bounce that ended last, in words.
    pub(super) bounced: Option<String>,
    /// How the keys of the menu's items are written here.
    pub(super) shortcuts: Vec<(u32, String)>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl AppModel {
    /// Starts the control thread, opens the output and, if one is named, the project.
    pub(super) fn start(
        store: Store,
        project: Option<Source>,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> Result<AppModel, Failure> {
        let (settings, failure) = store.load();
        let theirs = Arc::clone(&wake);
        let desk = Desk::start(move || theirs())?;
        desk.ask(Order::Listen(settings.midi.clone()));
        desk.ask(Order::Use(settings.audio.clone(), None));
        let mut model = AppModel {
            desk,
            picture: LivePicture::new(),
            held: None,
            store,
            settings,
            state: State::default(),
            pending: None,
            after_save: None,
            is_saving: false,
            chosen: None,
            may_quit: false,
            bounce: None,
            bounced: None,
            shortcuts: Vec::new(),
            wake,
        };
        if let Some(failure) = failure {
            model.report("The settings could not be read", &failure);
        }
        if let Some(source) = project {
            model.desk.ask(Order::Open(source));
        }
        model.picture.snapshot_mut().has_factory = true;
        Ok(model)
    }

    /// Tells the user of a failure.
    pub(super) fn report(&mut self, what: &str, failure: &Failure) {
        if failure.kind != Kind::Cancelled {
            let hint = failure.hint.as_deref().unwrap_or_default();
            self.picture.report(what, &failure.message, hint);
        }
    }

    /// Does what may lose changes, after asking if there are any.
    pub(super) fn ask_first(&mut self, next: Next) {
        if self.picture.is_edited() {
            self.pending = Some(next);
        } else {
            self.go(next);
        }
    }

    /// Does it without asking.
    pub(super) fn go(&mut self, next: Next) {
        match next {
            Next::Open(source) => self.desk.ask(Order::Open(source)),
            Next::Quit => self.may_quit = true,
        }
        (self.wake)();
    }

    /// Saves, if it is known where, and then does it. False: the user has to say where first.
    pub(super) fn save_and_go(&mut self, next: Next) -> bool {
        let Some(path) = self.picture.snapshot().project.path.clone() else {
            self.after_save = Some(next);
            return false;
        };
        self.after_save = Some(next);
        self.save(path);
        true
    }

    /// The user did not say where to save.
    pub(super) fn forget_after_save(&mut self) {
        if !self.is_saving {
            self.after_save = None;
        }
    }

    fn save(&mut self, path: PathBuf) {
        if let Some((open, project)) = self.held() {
            self.is_saving = true;
            self.desk.ask(Order::Save(open, project, path));
        }
    }

    /// What is held, with the user's changes.
    fn held(&self) -> Option<(Arc<OpenProject>, Project)> {
        Some((self.held.clone()?, self.picture.project()?.clone()))
    }

    pub(super) fn project(&self) -> Option<&Project> {
        self.picture.project()
    }

    /// The name that a bounce has at first.
    pub(super) fn name(&self) -> &str {
        &self.picture.snapshot().project.name
    }

    /// Plays through another output, or the same one anew.
    pub(super) fn use_audio(&mut self, audio: Audio) {
        self.settings.audio = audio;
        let order = Order::Use(self.settings.audio.clone(), self.held());
        self.desk.ask(order);
        self.keep();
    }

    pub(super) fn listen(&mut self, ports: Vec<String>) {
        self.settings.midi = ports;
        self.desk.ask(Order::Listen(self.settings.midi.clone()));
        self.keep();
    }

    /// Looks for devices.
    pub(super) fn rescan(&self) {
        self.desk.ask(Order::Rescan);
    }

    pub(super) fn set_tone(&self, is_on: bool) {
        let tone = &self.desk.signals.tone;
        tone.store(is_on, std::sync::atomic::Ordering::Relaxed);
    }

    /// MIDI messages that were heard.
    pub(super) fn heard(&self) -> u64 {
        let heard = &self.desk.signals.heard;
        heard.load(std::sync::atomic::Ordering::Relaxed)
    }

    pub(super) fn output(&self) -> Option<&Running> {
        self.state.output.as_ref()
    }

    /// Writes the settings down.
    pub(super) fn keep(&mut self) {
        if let Err(failure) = self.store.save(&self.settings) {
            self.report("The settings could not be saved", &failure);
        }
    }

    /// Starts to bounce what is held.
    pub(super) fn start_bounce(&mut self, job: Job) {
        let Some((open, project)) = self.held() else {
            return;
        };
        let wake = Arc::clone(&self.wake);
        match Bounce::start(open, project, job, move || wake()) {
            Ok(bounce) => self.bounce = Some(bounce),
            Err(failure) => self.report("The bounce could not begin", &failure),
        }
    }

    fn take_bounce(&mut self) {
        let Some(result) = self.bounce.as_mut().and_then(Bounce::result) else {
            return;
        };
        self.bounce = None;
        match result {
            Ok(report) => {
                let path = report.path.display();
                self.bounced = Some(format!(
                    "{path}: {}, {:.1} LUFS",
                    crate::values::clock(report.seconds()),
                    report.loudness_lufs
                ));
            }
            Err(failure) => self.report("The bounce failed", &failure),
        }
    }

    fn take_news(&mut self, news: News) {
        match news {
            News::Opened {
                open,
                path,
                unplayable,
            } => {
                if let Some(path) = &path {
                    self.settings.add_recent(path);
                    self.keep();
                }
                self.picture.hold(open.project.clone(), path);
                self.picture.set_unplayable(&unplayable);
                for warning in &open.warnings {
                    let text = warning.to_string();
                    self.picture
                        .report("The project deserves a look", &text, "");
                }
                self.held = Some(open);
            }
            News::Reloaded(unplayable) => self.picture.set_unplayable(&unplayable),
            News::Saved {
                open,
                project,
                path,
            } => {
                self.is_saving = false;
                self.settings.add_recent(&path);
                self.keep();
                self.picture.mark_saved(*project, Some(path));
                self.held = Some(open);
                if let Some(next) = self.after_save.take() {
                    self.go(next);
                }
            }
            News::Changed(open) => {
                // What the user changed and has not saved stays.
                let project = self.picture.renewed(&open.project);
                self.desk.ask(Order::TakeOver(open, project));
            }
            News::Taken(taken) => self.take_save(taken),
            News::NotTaken(failure) => self.report(NOT_TAKEN, &failure),
            News::Stayed { refused, kept } => {
                // The user may have chosen yet another one meanwhile.
                if self.settings.audio == refused {
                    self.settings.audio = kept;
                    self.keep();
                }
            }
            News::Failed(what, failure) => {
                self.after_save = None;
                self.is_saving = false;
                self.report(&what, &failure);
            }
        }
    }

    /// The project was saved by somebody else, and plays.
    fn take_save(&mut self, taken: Taken) {
        let Taken {
            open,
            unplayable,
            kept,
            renewed,
        } = taken;
        let call = self.picture.renew(open.project.clone());
        self.desk.ask(Order::Call(call));
        self.picture.set_unplayable(&unplayable);
        self.picture.withdraw(NOT_TAKEN);
        self.picture.withdraw(HEARD_AS_BEFORE);
        for asset in &kept {
            let text = format!("{}: {}", asset.file, asset.reason);
            let hint = "mend it, and it is heard at once";
            self.picture.report(HEARD_AS_BEFORE, &text, hint);
        }
        self.picture.withdraw(HAS_OTHER_HASH);
        for asset in &renewed {
            let text = format!("{}: {}", asset.file, asset.reason);
            self.picture
                .report(HAS_OTHER_HASH, &text, "it is heard all the same");
        }
        self.held = Some(open);
    }

    /// Files are the app's; everything else is the picture's.
    fn act_on_files(&mut self, action: &Action) {
        match action {
            Action::OpenPath(path) => self.ask_first(Next::Open(Source::Path(path.clone()))),
            Action::OpenFactory => self.ask_first(Next::Open(Source::Factory)),
            Action::Save => {
                if let Some(path) = self.picture.snapshot().project.path.clone() {
                    self.save(path);
                }
            }
            Action::SavePath(path) => self.save(path.clone()),
            Action::RelocateTo(id, path) => {
                let asset = self.picture.unplayable(*id).map(|asset| asset.id.clone());
                if let Some(asset) = asset {
                    self.relocate(Search::File(asset, path.clone()));
                }
            }
            Action::RelocateAllIn(folder) => self.relocate(Search::Folder(folder.clone())),
            Action::Chosen(id) => self.chosen = Some(*id),
            _ => {}
        }
    }

    fn relocate(&self, search: Search) {
        if let Some((open, project)) = self.held() {
            self.desk.ask(Order::Relocate(open, project, search));
        }
    }

    fn menu(&self) -> Vec<MenuItem> {
        let keys = |id| self.shortcuts.iter().find(|(known, _)| *known == id);
        let item = |id, name: &str, is_enabled| MenuItem {
            id,
            name: name.to_owned(),
            shortcut: keys(id).map_or_else(String::new, |(_, text)| text.clone()),
            is_enabled,
        };
        vec![
            item(BOUNCE, "Bounce to file…", self.held.is_some()),
            item(SETTINGS, "Settings…", true),
            item(QUIT, "Quit", true),
        ]
    }
}

impl Model for AppModel {
    fn refresh(&mut self) {
        while let Some(news) = self.desk.news() {
            self.take_news(news);
        }
        self.take_bounce();
        self.state = self.desk.state();
        for (number, value) in self.desk.signals.moved().collect::<Vec<_>>() {
            self.picture.set_macro(number, value);
        }
        let loading = self.state.loading.clone();
        let loading = loading
            .as_ref()
            .map(|(name, it)| (name.as_str(), it.clone()));
        self.picture.set_loading(loading);
        if let Some(call) = self.picture.refresh(self.state.engine.as_ref()) {
            self.desk.ask(Order::Call(call));
        }
        let menu = self.menu();
        let snapshot = self.picture.snapshot_mut();
        snapshot.recent.clone_from(&self.settings.recent);
        snapshot.menu = menu;
    }

    fn snapshot(&self) -> &Snapshot {
        self.picture.snapshot()
    }

    fn act(&mut self, action: Action) {
        if matches!(action, Action::Play) && self.state.engine.is_none() {
            let failure = Failure::new("no output is open")
                .hint("choose one under Settings, in the menu at the top left");
            return self.report("There is no sound", &failure);
        }
        if let Some(call) = self.picture.act(&action) {
            self.desk.ask(Order::Call(call));
        }
        self.act_on_files(&action);
    }
}
