//! The thread that loads projects and drops what the audio thread lets go of.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use clack_plugin::host::HostSharedHandle;
use rtrb::{Consumer, Producer};
use segue_engine::{Control, EngineConfig, LoadReport, create};
use segue_gui::{Call, LiveEngine};

use crate::deck::Deck;
use crate::document::Document;
use crate::error::{Error, Result};
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
        decks: Producer<Box<Deck>>,
        old: Consumer<Box<Deck>>,
    },
    /// The audio thread is gone, and so are loads up to this number.
    Stop(u64),
    /// Load a project and let it play.
    Load(Box<Job>),
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
struct Desk {
    core: Arc<Core>,
    host: HostSharedHandle<'static>,
    link: Option<Link>,
    /// The control sides of all decks that exist, the newest last.
    engines: Vec<Control>,
    /// A deck that did not fit into the queue yet.
    waiting: Option<Box<Deck>>,
}

/// The way to the audio thread.
struct Link {
    sample_rate: u32,
    decks: Producer<Box<Deck>>,
    old: Consumer<Box<Deck>>,
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
                self.engines.clear();
                self.core.status().engine = None;
                self.core.finish(number, None);
            }
            Message::Load(job) => self.load(*job),
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
            Ok((mut control, deck, report)) => {
                self.core.status().engine = Some(LiveEngine::new(&mut control));
                let latency = deck.latency();
                if self.waiting.replace(deck).is_some() {
                    // It never reached the audio thread.
                    self.engines.pop();
                }
                self.engines.push(control);
                self.pass_on();
                Ok((report, latency))
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
        };
        self.core.finish(number, Some(outcome));
        self.host.request_callback();
    }

    /// Hands the newest deck to the audio thread when there is room.
    fn pass_on(&mut self) {
        let (Some(link), Some(deck)) = (&mut self.link, self.waiting.take()) else {
            return;
        };
        if let Err(rtrb::PushError::Full(deck)) = link.decks.push(deck) {
            self.waiting = Some(deck);
        }
    }

    /// Drops decks that came back, with their control sides, and what renderers let go of.
    fn tidy(&mut self) {
        self.pass_on();
        let Some(link) = &mut self.link else {
            return;
        };
        while let Ok(deck) = link.old.pop() {
            drop(deck);
            // Decks come back in the order in which they were made.
            drop(self.engines.remove(0));
        }
        let is_watched = self.core.is_watched();
        for control in &mut self.engines {
            control.set_profiling(is_watched);
            // Nothing is recorded, so there is nothing that could fail.
            _ = control.update();
            if !is_watched {
                // What is shown once somebody looks is what holds then.
                while control.next_row().is_some() {}
            }
        }
        let engine = self.core.status().engine.clone().filter(|_| is_watched);
        if let (Some(engine), Some(control)) = (engine, self.engines.last_mut()) {
            engine.update(control);
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
    let mut config = EngineConfig::for_project(&open.project, Some(sample_rate));
    config.streams = STREAMS;
    let (mut control, renderer, _) = create(config)?;
    let report = control.load_project(&open, &mut |progress| {
        let done = progress.done as f32 + progress.share;
        core.status().progress = Some(done / progress.total.max(1) as f32);
        if core.is_outdated(job.number) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    let deck = Deck::new(&control, renderer, &open.project, &job.values);
    Ok((control, Box::new(deck), report))
}
