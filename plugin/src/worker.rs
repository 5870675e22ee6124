//! The thread that loads projects and drops what the audio thread lets go of.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use clack_plugin::host::HostSharedHandle;
use rtrb::{Consumer, Producer};
use segue_engine::project::OpenProject;
use segue_engine::{Control, EngineConfig, LoadReport, create};
use segue_gui::{Call, LiveEngine};

use crate::deck::{Deck, Parcel, Routes};
use crate::document::Document;
use crate::error::{Error, Result};
use crate::follow::Follow;
use crate::params::{COUNT, Param};
use crate::shared::{Core, Outcome};

/// How often it looks at what came back.
const TICK: Duration = Duration::from_millis(25);
/// Streamed sounds that can play at a time in one instance.
const STREAMS: usize = 16;

/// What the worker is asked to do; in order, nothing is lost.
pub(crate) enum Message {
    /// An audio thread is about to run: where decks go, and where they come back.
    Start {
        sample_rate: u32,
        decks: Producer<Parcel>,
        old: Consumer<Parcel>,
    },
    /// The audio thread is gone, and so are loads up to this number.
    Stop(u64),
    /// Load a project and let it play.
    Load(Box<Job>),
    /// Follow what this document was opened from, and nothing else.
    Follow(Arc<Document>),
    /// Take over what was saved there.
    Renew(Box<Job>),
    /// Do something to the engine that plays.
    Call(Call),
    /// Do something that takes long and has nothing to do with an engine.
    Errand(Box<dyn FnOnce() + Send>),
}

/// A project to be loaded.
pub(crate) struct Job {
    /// Given by [`Core::ask`].
    pub(crate) number: u64,
    pub(crate) document: Arc<Document>,
    pub(crate) values: [f64; COUNT],
}

/// The worker as the main thread sees it. Dropping it ends and joins the thread; a load under way
/// is broken off.
pub(crate) struct Worker {
    sender: Option<Sender<Message>>,
    thread: Option<JoinHandle<()>>,
    core: Arc<Core>,
}

impl Worker {
    /// Starts the thread. `host` is only used to ask for a callback on the main thread.
    /// `[main-thread]`
    pub(crate) fn start(core: &Arc<Core>, host: HostSharedHandle<'static>) -> Result<Self> {
        let (sender, messages) = mpsc::channel();
        let mut desk = Desk {
            core: Arc::clone(core),
            host,
            link: None,
            engines: Vec::new(),
            waiting: None,
            waiting_routes: None,
            follow: None,
        };
        let thread = std::thread::Builder::new()
            .name("segue-worker".to_owned())
            .spawn(move || desk.run(&messages))?;
        Ok(Self {
            sender: Some(sender),
            thread: Some(thread),
            core: Arc::clone(core),
        })
    }

    /// A way to tell it something. It only ends when all of them are gone.
    pub(crate) fn sender(&self) -> Result<Sender<Message>> {
        self.sender.clone().ok_or(Error::NoWorker)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.core.ask();
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            // A panic in it has been reported by the panic hook.
            _ = thread.join();
        }
    }
}

/// The worker's own things.
pub(crate) struct Desk {
    pub(crate) core: Arc<Core>,
    pub(crate) host: HostSharedHandle<'static>,
    link: Option<Link>,
    /// The control sides of all decks that exist, the newest last.
    pub(crate) engines: Vec<Control>,
    /// A deck that did not fit into the queue yet, and routes for the newest one.
    waiting: Option<Box<Deck>>,
    waiting_routes: Option<Box<Routes>>,
    /// What is followed on the disk.
    pub(crate) follow: Option<Follow>,
}

/// The way to the audio thread.
struct Link {
    sample_rate: u32,
    decks: Producer<Parcel>,
    old: Consumer<Parcel>,
}

impl Desk {
    fn run(&mut self, messages: &Receiver<Message>) {
        loop {
            let wait = if self.engines.is_empty() {
                Duration::from_secs(3_600)
            } else {
                TICK
            };
            match messages.recv_timeout(wait) {
                Ok(message) => self.handle(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.tidy();
        }
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::Start {
                sample_rate,
                decks,
                old,
            } => {
                self.link = Some(Link {
                    sample_rate,
                    decks,
                    old,
                });
            }
            Message::Stop(number) => {
                self.link = None;
                self.waiting = None;
                self.waiting_routes = None;
                self.engines.clear();
                self.core.status().engine = None;
                self.core.finish(number, None);
            }
            Message::Load(job) => self.load(*job),
            Message::Follow(document) => {
                // The one before has ended when the next begins.
                self.follow = None;
                self.follow = Follow::start(document, &self.core, self.host);
            }
            Message::Renew(job) => self.renew(*job),
            Message::Call(call) => {
                if let Some(control) = self.engines.last_mut() {
                    // A full queue or a stale id: the editor shows what is, not what was asked for.
                    _ = call(control);
                }
            }
            Message::Errand(body) => body(),
        }
    }

    fn load(&mut self, job: Job) {
        let number = job.number;
        let Some(rate) = self.link.as_ref().map(|link| link.sample_rate) else {
            return self.core.finish(number, None);
        };
        let made = make(&self.core, &job, rate);
        if self.core.is_outdated(number) {
            return self.core.finish(number, None);
        }
        let result = match made {
            Ok((control, deck, report)) => {
                let latency = deck.latency();
                self.play(control, deck);
                Ok((report, Some(latency)))
            }
            Err(error) => Err(error.to_string()),
        };
        let Job {
            document, values, ..
        } = job;
        let outcome = Outcome {
            document,
            result,
            values,
            renewed: None,
        };
        self.core.finish(number, Some(outcome));
        self.host.request_callback();
    }

    /// Lets a deck play instead of the one that plays.
    pub(crate) fn play(&mut self, mut control: Control, deck: Box<Deck>) {
        self.core.status().engine = Some(LiveEngine::new(&mut control));
        // They are for the deck before.
        self.waiting_routes = None;
        if self.waiting.replace(deck).is_some() {
            // It never reached the audio thread.
            self.engines.pop();
        }
        self.engines.push(control);
        self.pass_on();
    }

    /// Gives the newest deck other routes.
    pub(crate) fn send_routes(&mut self, routes: Box<Routes>) {
        self.waiting_routes = Some(routes);
        self.pass_on();
    }

    /// The rate of the audio thread, while there is one.
    pub(crate) fn sample_rate(&self) -> Option<u32> {
        self.link.as_ref().map(|link| link.sample_rate)
    }

    /// Hands the newest deck and its routes to the audio thread when there is room.
    fn pass_on(&mut self) {
        let Some(link) = &mut self.link else {
            return;
        };
        if let Some(deck) = self.waiting.take()
            && let Err(rtrb::PushError::Full(Parcel::Deck(deck))) =
                link.decks.push(Parcel::Deck(deck))
        {
            self.waiting = Some(deck);
            return;
        }
        if let Some(routes) = self.waiting_routes.take()
            && let Err(rtrb::PushError::Full(Parcel::Routes(routes))) =
                link.decks.push(Parcel::Routes(routes))
        {
            self.waiting_routes = Some(routes);
        }
    }

    /// Drops decks that came back, with their control sides, and what renderers let go of.
    fn tidy(&mut self) {
        self.pass_on();
        let Some(link) = &mut self.link else {
            return;
        };
        while let Ok(parcel) = link.old.pop() {
            if let Parcel::Deck(deck) = parcel {
                drop(deck);
                // Decks come back in the order in which they were made.
                drop(self.engines.remove(0));
            }
        }
        let is_watched = self.core.is_watched();
        for control in &mut self.engines {
            control.set_profiling(is_watched);
            // Nothing is recorded, so there is nothing that could fail.
            _ = control.update();
        }
        let engine = self.core.status().engine.clone();
        match (engine, self.engines.last_mut()) {
            (Some(engine), Some(control)) if is_watched => engine.update(control),
            // What is shown once somebody looks is what holds then.
            (Some(engine), Some(control)) => engine.skip(control),
            _ => {}
        }
    }
}

/// Loads a project into a deck. Blocks.
fn make(core: &Core, job: &Job, sample_rate: u32) -> Result<(Control, Box<Deck>, LoadReport)> {
    let mut project = job.document.project().clone();
    for (number, entry) in project.macros.iter_mut().enumerate() {
        entry.value = job.values[Param::Macro(number).index()];
    }
    let open = job.document.unpack(project)?;
    Ok(build(core, job.number, &open, &job.values, sample_rate)?)
}

/// Loads what was opened into a deck for the parameters `values`. Blocks.
pub(crate) fn build(
    core: &Core,
    number: u64,
    open: &OpenProject,
    values: &[f64; COUNT],
    sample_rate: u32,
) -> segue_engine::Result<(Control, Box<Deck>, LoadReport)> {
    let mut config = EngineConfig::for_project(&open.project, Some(sample_rate));
    config.streams = STREAMS;
    let (mut control, renderer, _) = create(config)?;
    let report = control.load_project(open, &mut core.steps(number))?;
    let deck = Deck::new(&control, renderer, &open.project, values);
    Ok((control, Box::new(deck), report))
}
