//! The control thread: owns engine and output, loads, saves, and does what windows ask for.

mod follow;
mod output;

use super::midi;
use super::player::{Deck, Parcel, Signals};
use super::settings::Audio;
use crate::audio::{self, Listed};
use crate::commands::Output;
use crate::console::Console;
use crate::failure::Failure;
use follow::Follow;
pub(super) use follow::Taken;
use output::Line;
use segue_engine::project::{self, OpenProject, Project};
use segue_engine::{Control, EngineConfig, LoadReport, Unplayable, create};
use segue_gui::{Call, LiveEngine, Loading};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the engine is looked after.
const TICK: Duration = Duration::from_millis(20);
/// Ticks between two looks for MIDI ports that have come or gone.
const PORT_TICKS: u32 = 100;

/// What the control thread is asked for; done in order.
pub(super) enum Order {
    /// Open a project and play it instead of the one that is there.
    Open(Source),
    /// Do something to the engine that plays.
    Call(Call),
    /// Save a project, which was opened as this one, here.
    Save(Arc<OpenProject>, Project, PathBuf),
    /// Find missing audio files, and load the project again.
    Relocate(Arc<OpenProject>, Project, Search),
    /// Play the project that is held as it was saved by somebody else, with what the user changed.
    TakeOver(Arc<OpenProject>, Project),
    /// Play through another output, and go on where it was.
    Use(Audio, Option<(Arc<OpenProject>, Project)>),
    /// Listen to these MIDI ports.
    Listen(Vec<String>),
    /// Look for outputs and MIDI ports.
    Rescan,
}

/// A project to open.
#[derive(Clone, Debug)]
pub(super) enum Source {
    Path(PathBuf),
    Factory,
}

/// Where missing audio files are.
#[derive(Debug)]
pub(super) enum Search {
    /// The asset with this id is this file.
    File(String, PathBuf),
    /// They are somewhere below this folder.
    Folder(PathBuf),
}

/// What has happened; in order, nothing is lost.
pub(super) enum News {
    /// Another project is held, and plays if there is an output.
    Opened {
        open: Arc<OpenProject>,
        path: Option<PathBuf>,
        unplayable: Vec<Unplayable>,
    },
    /// The project that is held was loaded again.
    Reloaded(Vec<Unplayable>),
    /// It was saved.
    Saved {
        open: Arc<OpenProject>,
        project: Box<Project>,
        path: PathBuf,
    },
    /// The project that is held was saved by somebody else, and this is what is on the disk now.
    Changed(Arc<OpenProject>),
    /// That is what plays now.
    Taken(Taken),
    /// What was saved by somebody else cannot be played; what plays goes on.
    NotTaken(Failure),
    /// An output could not be opened, so the one before plays on.
    Stayed { refused: Audio, kept: Audio },
    /// Something did not work: what, and why.
    Failed(String, Failure),
}

/// What is so at the moment. `[thread-safe]`
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// The engine that plays.
    pub(super) engine: Option<LiveEngine>,
    /// The name of the project that is being loaded, and how far it is.
    pub(super) loading: Option<(String, Loading)>,
    pub(super) output: Option<Running>,
    /// What can be chosen; `None` until it was looked for.
    pub(super) choice: Option<Arc<Choice>>,
}

/// The output that plays.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Running {
    pub(super) name: String,
    pub(super) system: String,
    pub(super) rate: u32,
    /// Frames it asks for at a time; 0 before the first time.
    pub(super) block: u64,
    pub(super) dropouts: u64,
    /// The MIDI port that it brings along.
    pub(super) midi_port: Option<String>,
}

/// What this machine has.
#[derive(Debug, Default)]
pub(super) struct Choice {
    pub(super) systems: Vec<&'static str>,
    pub(super) outputs: Vec<Listed>,
    pub(super) midi: Vec<String>,
}

/// The control thread as the window sees it. Dropping it ends and joins the thread.
pub(super) struct Desk {
    orders: Option<Sender<Order>>,
    news: Receiver<News>,
    state: Arc<Mutex<State>>,
    pub(super) signals: Arc<Signals>,
    thread: Option<JoinHandle<()>>,
}

impl Desk {
    /// Starts the thread. `wake` is called when there is something new to show.
    pub(super) fn start(wake: impl Fn() + Send + 'static) -> Result<Desk, Failure> {
        let (orders, incoming) = channel();
        let (outgoing, news) = channel();
        let state = Arc::new(Mutex::new(State::default()));
        let signals = Arc::new(Signals::default());
        let (their_state, their_signals) = (Arc::clone(&state), Arc::clone(&signals));
        // Made on the thread itself: not every system lets outputs and MIDI ports change threads.
        let work = move || {
            let queues = (incoming, outgoing);
            let mut worker = Worker::new(queues, their_state, their_signals, Box::new(wake));
            worker.run();
        };
        let thread = std::thread::Builder::new()
            .name("segue-control".to_owned())
            .spawn(work)
            .map_err(|error| Failure::new(format!("cannot start a thread: {error}")))?;
        Ok(Desk {
            orders: Some(orders),
            news,
            state,
            signals,
            thread: Some(thread),
        })
    }

    /// Asks for something.
    pub(super) fn ask(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // The thread only ends with this value.
            _ = orders.send(order);
        }
    }

    pub(super) fn news(&self) -> Option<News> {
        self.news.try_recv().ok()
    }

    pub(super) fn state(&self) -> State {
        lock(&self.state).clone()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // A panic in it has been reported by the panic hook.
            _ = thread.join();
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The thread's own things.
struct Worker {
    orders: Receiver<Order>,
    /// Orders that came while something was being loaded.
    backlog: VecDeque<Order>,
    news: Sender<News>,
    state: Arc<Mutex<State>>,
    signals: Arc<Signals>,
    wake: Box<dyn Fn() + Send>,
    wanted: Audio,
    /// The rate that the output was asked for on a project's behalf.
    preferred: Option<u32>,
    line: Option<Line>,
    /// Where the transport was in beats, and whether it played, when the output was closed.
    left_at: Option<(f64, bool)>,
    /// The project that is held, if it lies in a folder.
    follow: Option<Follow>,
    /// The control sides of all decks that exist, the one that plays last.
    engines: Vec<Engine>,
    ports: midi::Ports,
    ticks: u32,
}

struct Engine {
    control: Control,
    live: LiveEngine,
    /// Where it begins, with its first block.
    start: Option<(f64, bool)>,
}

impl Worker {
    fn new(
        (orders, news): (Receiver<Order>, Sender<News>),
        state: Arc<Mutex<State>>,
        signals: Arc<Signals>,
        wake: Box<dyn Fn() + Send>,
    ) -> Worker {
        Worker {
            orders,
            backlog: VecDeque::new(),
            news,
            state,
            signals,
            wake,
            wanted: Audio::default(),
            preferred: None,
            line: None,
            left_at: None,
            follow: None,
            engines: Vec::new(),
            ports: midi::Ports::default(),
            ticks: 0,
        }
    }

    fn run(&mut self) {
        loop {
            let order = match self.backlog.pop_front() {
                Some(order) => Ok(order),
                None => self.orders.recv_timeout(TICK),
            };
            match order {
                Ok(order) => self.handle(order),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.look_after();
        }
        self.ports.close();
        // The audio thread goes before the control sides of what it plays.
        self.line = None;
    }

    fn handle(&mut self, order: Order) {
        match order {
            Order::Open(source) => self.open(&source),
            Order::Call(call) => self.call(call),
            Order::Save(open, project, path) => self.save(&open, project, &path),
            Order::Relocate(open, project, search) => self.relocate(&open, project, &search),
            Order::TakeOver(open, project) => self.take_over(&open, project),
            Order::Use(audio, held) => self.play_through(audio, held),
            Order::Listen(names) => self.listen(&names),
            Order::Rescan => self.rescan(),
        }
        (self.wake)();
    }

    fn tell(&self, news: News) {
        // The window goes last.
        _ = self.news.send(news);
        (self.wake)();
    }

    fn fail(&self, what: &str, failure: Failure) {
        self.tell(News::Failed(what.to_owned(), failure));
    }

    fn call(&mut self, call: Call) {
        let Some(engine) = self.engines.last_mut() else {
            return;
        };
        if let Err(error) = call(&mut engine.control) {
            self.fail("That could not be done", error.into());
        }
    }

    fn open(&mut self, source: &Source) {
        let opened = match source {
            Source::Path(path) => project::open(path),
            Source::Factory => super::factory::open(),
        };
        let path = match source {
            Source::Path(_) => opened.as_ref().ok().map(|open| open.source.clone()),
            Source::Factory => None,
        };
        let loaded = opened.map_err(Failure::from).and_then(|open| {
            let open = Arc::new(open);
            // What is saved while it is being loaded is a change.
            let path = path.as_ref();
            let follow = path.map(|path| Follow::start(path, &open)).transpose()?;
            self.check_output(&open.project);
            self.left_at = None;
            let unplayable = self.load_now(&open, None)?.unplayable;
            Ok((open, unplayable, follow.flatten()))
        });
        match loaded {
            Ok((open, unplayable, follow)) => {
                self.follow = follow;
                self.tell(News::Opened {
                    open,
                    path,
                    unplayable,
                });
            }
            Err(failure) => self.fail("The project could not be opened", failure),
        }
    }

    /// An output whose rate is not chosen follows the project's, if it can.
    fn check_output(&mut self, project: &Project) {
        let Some(rate) = self.line.as_ref().map(Line::rate) else {
            return;
        };
        let wanted = project.sample_rate;
        let is_free = self.wanted.rate.is_none() && wanted.is_some();
        if is_free
            && wanted != self.preferred
            && wanted != Some(rate)
            && let Err(failure) = self.connect(wanted)
        {
            self.tell_silence(failure);
        }
    }

    fn save(&mut self, open: &Arc<OpenProject>, project: Project, path: &Path) {
        // What is written here is nobody else's save.
        let before = self.follow.take();
        let allowed = before.iter().try_for_each(|it| it.check_save(open, path));
        let saved = allowed.and_then(|()| Ok(project::save_as(open, &project, path)?));
        let path = match saved {
            Ok(path) => path,
            Err(failure) => {
                self.follow = before;
                return self.fail("The project could not be saved", failure);
            }
        };
        // It is on the disk: what fails now is another matter.
        let read = project::open(&path).map_err(Failure::from);
        let read = read.and_then(|now| {
            let now = Arc::new(now);
            let follow = Follow::start(&path, &now)?;
            Ok((now, follow))
        });
        let (now, failure) = match read {
            Ok((now, follow)) => {
                self.follow = follow;
                if let Some(follow) = &mut self.follow {
                    follow.come_after(open, before);
                }
                (now, None)
            }
            Err(failure) => (Arc::clone(open), Some(failure)),
        };
        self.tell(News::Saved {
            open: now,
            project: Box::new(project),
            path,
        });
        if let Some(failure) = failure {
            let way_out = "open the project again";
            let what = "The project is saved, but what others save in it is not heard";
            self.fail(what, failure.hint(way_out));
        }
    }

    fn relocate(&mut self, open: &Arc<OpenProject>, project: Project, search: &Search) {
        let found = match search {
            Search::File(id, file) => project::relocate(open, id, file),
            Search::Folder(folder) => {
                let nothing = || {
                    Failure::new(format!(
                        "{}: none of the missing files is there",
                        folder.display()
                    ))
                };
                match project::relocate_all(open, folder) {
                    Ok(found) if found.is_empty() => {
                        let failure = nothing().hint("choose the folder that holds them");
                        return self.fail("Nothing was found", failure);
                    }
                    other => other.map(drop),
                }
            }
        };
        if let Err(error) = found {
            return self.fail("The audio file could not be used", error.into());
        }
        self.reload(open, project);
    }

    /// Loads the project that is held once more, and goes on where it was.
    fn reload(&mut self, open: &Arc<OpenProject>, project: Project) {
        let place = self.place();
        match self.load(open, project, place) {
            Ok(unplayable) => self.tell(News::Reloaded(unplayable)),
            Err(failure) => self.fail("The project could not be loaded", failure),
        }
    }

    /// Where the transport is, in beats, and whether it plays.
    fn place(&self) -> Option<(f64, bool)> {
        let engine = self.engines.last()?;
        let now = engine.control.shared().snapshot();
        if now.frame == 0 {
            // Nothing was rendered yet, so it is still where it is to begin.
            return engine.start;
        }
        Some((now.transport.beats.max(0.0), now.transport.playing))
    }

    /// Builds an engine for a project as the user has it.
    fn load(
        &mut self,
        open: &Arc<OpenProject>,
        project: Project,
        place: Option<(f64, bool)>,
    ) -> Result<Vec<Unplayable>, Failure> {
        Ok(self.load_now(&open.holding(project)?, place)?.unplayable)
    }

    /// Builds an engine for a project and lets it play. Without an output nothing is built.
    fn load_now(
        &mut self,
        now: &OpenProject,
        place: Option<(f64, bool)>,
    ) -> Result<LoadReport, Failure> {
        let Some(rate) = self.line.as_ref().map(Line::rate) else {
            now.check(&EngineConfig::for_project(&now.project, None))?;
            return Ok(LoadReport {
                unplayable: missing(now),
                ..LoadReport::default()
            });
        };
        let mut config = EngineConfig::for_project(&now.project, Some(rate));
        config.takes_changed = !now.is_packed();
        let (mut control, renderer, _) = create(config)?;
        let loaded =
            control.load_project(now, &mut |progress| self.step(&now.project.name, progress));
        lock(&self.state).loading = None;
        let report = loaded?;
        start(&mut control, &now.project, place)?;
        let deck = Box::new(Deck::new(&control, renderer, &now.project));
        let live = LiveEngine::new(&mut control);
        lock(&self.state).engine = Some(live.clone());
        if let Some(line) = &mut self.line {
            line.send(Parcel::Deck(deck));
        }
        self.engines.push(Engine {
            control,
            live,
            start: place,
        });
        crate::reload::warn_renewed(&Console::new(Output::default()), &report);
        Ok(report)
    }

    fn play_through(&mut self, audio: Audio, held: Option<(Arc<OpenProject>, Project)>) {
        let rate = held.as_ref().and_then(|(_, project)| project.sample_rate);
        self.switch(audio, rate);
        let Some((open, project)) = held.filter(|_| self.line.is_some()) else {
            return;
        };
        let place = self.left_at.take();
        match self.load(&open, project, place) {
            Ok(unplayable) => self.tell(News::Reloaded(unplayable)),
            Err(failure) => self.fail("The project could not be loaded", failure),
        }
    }

    /// Plays through another output; through the one before, if that one played and this one cannot.
    fn switch(&mut self, audio: Audio, preferred_rate: Option<u32>) {
        let played = self.line.is_some();
        let before = std::mem::replace(&mut self.wanted, audio);
        let Err(failure) = self.connect(preferred_rate) else {
            return;
        };
        if played && before != self.wanted {
            let kept = before.clone();
            let refused = std::mem::replace(&mut self.wanted, before);
            if self.connect(preferred_rate).is_ok() {
                self.tell(News::Stayed { refused, kept });
                return self.fail("The output stays as it was", failure);
            }
        }
        self.tell_silence(failure);
    }

    /// Opens the output that is wanted, and closes the one that was open.
    fn connect(&mut self, preferred_rate: Option<u32>) -> Result<(), Failure> {
        self.disconnect();
        self.preferred = preferred_rate;
        let line = Line::open(&self.wanted.request(preferred_rate), &self.signals)?;
        if let Some(failure) = line.midi_failure() {
            self.fail("MIDI through JACK does not work", Failure::new(failure));
        }
        let reopened = self.ports.update(line.sink());
        self.line = Some(line);
        self.show_output();
        if let Err(text) = reopened {
            self.fail("A MIDI input could not be opened", midi_failure(text));
        }
        Ok(())
    }

    /// No output could be opened.
    fn tell_silence(&self, failure: Failure) {
        let way_out = "choose another output under Settings";
        let hint = match failure.hint.as_deref() {
            None | Some("") => way_out.to_owned(),
            Some(hint) => format!("{hint}; or {way_out}"),
        };
        self.fail("There is no sound", failure.hint(hint));
    }

    fn disconnect(&mut self) {
        self.left_at = self.place().or(self.left_at);
        self.ports.close();
        self.line = None;
        self.engines.clear();
        let mut state = lock(&self.state);
        state.engine = None;
        state.output = None;
    }

    fn listen(&mut self, names: &[String]) {
        let result = match &self.line {
            Some(line) => self.ports.listen(names, line.sink()),
            None => {
                self.ports.want(names);
                Ok(())
            }
        };
        if let Err(text) = result {
            self.fail("A MIDI input could not be opened", midi_failure(text));
        }
    }

    fn rescan(&mut self) {
        audio::hush();
        let choice = Choice {
            systems: audio::systems(),
            outputs: audio::outputs(),
            midi: midi::names(),
        };
        lock(&self.state).choice = Some(Arc::new(choice));
    }

    /// What is to be done again and again.
    fn look_after(&mut self) {
        self.tidy();
        self.look_at_disk();
        let lost = self.line.as_mut().and_then(|line| line.lost());
        if let Some(failure) = lost {
            self.disconnect();
            let hint = "plug it in or start its server, or choose another output; then press \
                        Connect under Settings";
            self.fail("The output has gone", failure.hint(hint));
        }
        self.show_output();
        self.ticks = self.ticks.wrapping_add(1);
        if self.ticks.is_multiple_of(PORT_TICKS)
            && let Some(line) = &self.line
        {
            // Told once, when the user chose it; from then on it is only waited for.
            _ = self.ports.update(line.sink());
        }
    }

    /// Drops decks that came back, with their control sides, and what renderers let go of.
    fn tidy(&mut self) {
        let Some(line) = &mut self.line else {
            return;
        };
        for _ in 0..line.take_old() {
            // Decks come back in the order in which they were made.
            drop(self.engines.remove(0));
        }
        for Engine { control, live, .. } in &mut self.engines {
            // Nothing is recorded, so there is nothing that could fail.
            _ = control.update();
            live.update(control);
            while control.next_report().is_some() {}
        }
    }

    fn show_output(&self) {
        let running = self.line.as_ref().map(Line::running);
        lock(&self.state).output = running;
    }
}

fn midi_failure(text: String) -> Failure {
    Failure::new(text).hint("close the program that uses it, then choose it again under Settings")
}

/// Brings a new engine to the place where the one before was.
fn start(
    control: &mut Control,
    project: &Project,
    place: Option<(f64, bool)>,
) -> segue_engine::Result<()> {
    let region = project.loop_region.as_ref().filter(|region| region.enabled);
    if let Some(region) = region {
        control.set_loop(true, region.start_beats, region.end_beats)?;
    }
    let Some((beats, plays)) = place else {
        return Ok(());
    };
    control.seek(beats)?;
    if plays { control.play() } else { Ok(()) }
}

fn missing(open: &OpenProject) -> Vec<Unplayable> {
    let missing = open.missing.iter();
    missing
        .map(|asset| Unplayable {
            id: asset.id.clone(),
            file: asset.file.clone(),
            reason: asset.reason.clone(),
        })
        .collect()
}
