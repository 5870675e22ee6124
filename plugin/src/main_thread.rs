//! The main thread: what an instance holds, and what the host asks.

use std::cell::{Cell, RefCell};
use std::ffi::CString;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use clack_extensions::audio_ports::{AudioPortRescanFlags, HostAudioPorts};
use clack_extensions::latency::{HostLatency, PluginLatencyImpl};
use clack_extensions::log::{HostLog, LogSeverity};
use clack_extensions::params::{HostParams, ParamRescanFlags};
use clack_extensions::render::{PluginRenderImpl, RenderMode};
use clack_extensions::state::{HostState, PluginStateImpl};
use clack_plugin::prelude::*;
use clack_plugin::stream::{InputStream, OutputStream};
use rtrb::{Consumer, Producer, RingBuffer};
use segue_engine::format::container::{EditorSize, OutputLayout, PluginState};
use segue_engine::project::Project;
use segue_engine::{LoadReport, Unplayable};
use std::io::Write;

use crate::document::Document;
use crate::edits::{self, Edit};
use crate::error::{Error, Result};
use crate::follow;
use crate::gui::Gui;
use crate::kind::Kind;
use crate::params::{COUNT, MACROS, Param};
use crate::shared::{Core, Outcome, Shared};
use crate::swap::Player;
use crate::worker::{Job, Message, Worker};

/// How long activation waits for a load, so that the first block is complete. A longer load goes on
/// beside it.
const ACTIVATION_WAIT: Duration = Duration::from_secs(20);
/// Decks on their way to the audio thread, and back.
const DECKS: usize = 8;

/// The project of an instance and what the host may ask about it. `[main-thread]`
pub struct MainThread<'a> {
    /// Goes first: its window looks at the rest.
    pub(crate) gui: Gui,
    pub(crate) host: HostMainThreadHandle<'a>,
    pub(crate) shared: &'a Shared<'a>,
    worker: RefCell<Option<Worker>>,
    document: RefCell<Arc<Document>>,
    /// What was loaded last without an error, with its parameters.
    loaded: RefCell<Option<(Arc<Document>, [f64; COUNT])>>,
    pub(crate) report: RefCell<LoadReport>,
    pub(crate) error: RefCell<Option<String>>,
    pub(crate) layout: Cell<OutputLayout>,
    /// The layout of a state that came while the ports could not change.
    wanted_layout: Cell<OutputLayout>,
    pub(crate) editor_size: Cell<Option<EditorSize>>,
    /// What the editor's VU meter calls 0, dBFS, if somebody chose it.
    pub(crate) vu_zero: Cell<Option<f32>>,
    active: Cell<bool>,
    /// What the host was told, and what is true.
    latency: Cell<u32>,
    loaded_latency: Cell<u32>,
    edits: RefCell<Producer<Edit>>,
    /// The other end while no audio thread has it.
    idle_edits: RefCell<Option<Consumer<Edit>>>,
}

impl<'a> PluginMainThread<'a, Shared<'a>> for MainThread<'a> {
    fn on_main_thread(&self) {
        self.collect();
        self.serve_editor();
        self.look_at_disk();
    }
}

impl<'a> MainThread<'a> {
    pub(crate) fn new(host: HostMainThreadHandle<'a>, shared: &'a Shared<'a>) -> Result<Self> {
        let (edits, idle_edits) = RingBuffer::new(edits::WAITING);
        Ok(Self {
            gui: Gui::new(),
            host,
            shared,
            worker: RefCell::new(None),
            document: RefCell::new(Arc::new(Document::new(shared.kind)?)),
            loaded: RefCell::new(None),
            report: RefCell::default(),
            error: RefCell::default(),
            layout: Cell::default(),
            wanted_layout: Cell::default(),
            editor_size: Cell::default(),
            vu_zero: Cell::default(),
            active: Cell::new(false),
            latency: Cell::new(0),
            loaded_latency: Cell::new(0),
            edits: RefCell::new(edits),
            idle_edits: RefCell::new(Some(idle_edits)),
        })
    }

    pub(crate) fn core(&self) -> &Core {
        &self.shared.core
    }

    /// What is held.
    pub(crate) fn document(&self) -> Arc<Document> {
        Arc::clone(&self.document.borrow())
    }

    /// Holds another project and lets it play; `None` keeps the parameters as they are.
    pub(crate) fn hold(&self, document: Document, values: Option<[f64; COUNT]>) -> Result<()> {
        let document = Arc::new(document);
        if let Some(values) = values {
            for param in Param::all() {
                self.core().values.set(param, values[param.index()]);
            }
        }
        *self.document.borrow_mut() = Arc::clone(&document);
        *self.error.borrow_mut() = None;
        self.announce_params();
        self.publish();
        self.follow()?;
        self.reload()
    }

    /// Holds the same project as it was saved by somebody else. The engine plays it already.
    pub(crate) fn hold_renewed(
        &self,
        document: Arc<Document>,
        values: [f64; COUNT],
        report: LoadReport,
        latency: Option<u32>,
    ) {
        *self.document.borrow_mut() = Arc::clone(&document);
        *self.error.borrow_mut() = None;
        if let Some(latency) = latency {
            *self.loaded.borrow_mut() = Some((document, values));
            self.change_latency(latency);
        }
        self.keep_hashes(&report);
        let kept = follow::kept(&report);
        *self.report.borrow_mut() = report;
        self.announce_params();
        self.publish();
        self.mark_dirty();
        if let Some(text) = kept {
            self.say_text(text);
        }
    }

    /// Whether anything was asked of a worker yet.
    pub(crate) fn has_worker(&self) -> bool {
        self.worker.borrow().is_some()
    }

    /// Opens a project or preset that the user has chosen.
    pub(crate) fn open(&self, path: &Path) -> Result<()> {
        self.hold_new(Document::open(path)?)
    }

    /// Holds a project that did not come out of the host's session.
    pub(crate) fn hold_new(&self, document: Document) -> Result<()> {
        let mut values = values_of(&document);
        for param in [Param::MasterGain, Param::Bypass] {
            // A preset has no say in what the user has set for the place it is loaded into.
            if !document.state().params.contains_key(&param.id()) {
                values[param.index()] = self.core().values.get(param);
            }
        }
        self.hold(document, Some(values))?;
        self.mark_dirty();
        Ok(())
    }

    /// Looks for the audio files in another folder.
    pub(crate) fn relocate(&self, root: &Path) -> Result<()> {
        self.collect();
        let moved = self.document().relocated(root)?;
        self.hold(moved, None)?;
        self.mark_dirty();
        Ok(())
    }

    /// Says that the session has something new to save.
    pub(crate) fn mark_dirty(&self) {
        if let Some(state) = self.host.get_extension::<HostState>() {
            state.mark_dirty(&self.host);
        }
    }

    /// Queues an edit for the host to hear of; false when too many wait. Values do not take the last
    /// places, so that gestures end.
    pub(crate) fn tell(&self, edit: Edit) -> bool {
        let is_crowded = self.edits.borrow().slots() < edits::WAITING / 8;
        if is_crowded && matches!(edit, Edit::Set(..)) {
            return false;
        }
        let done = self.edits.borrow_mut().push(edit).is_ok();
        if let Some(params) = self.host.get_extension::<HostParams>() {
            params.request_flush(&self.host);
        }
        done
    }

    /// Tells the host of edits while no audio thread does.
    pub(crate) fn send_edits(&self, output: &mut OutputEvents<'_>) {
        if let Some(edits) = self.idle_edits.borrow_mut().as_mut() {
            edits::send(edits, output);
        }
    }

    /// Asks the worker for something.
    pub(crate) fn send(&self, message: Message) -> Result<()> {
        let sent = self.worker_sender()?.send(message);
        sent.map_err(|_| Error::NoWorker)
    }

    /// A way to the worker. The worker only ends when all of them are gone.
    pub(crate) fn worker_sender(&self) -> Result<Sender<Message>> {
        let mut worker = self.worker.borrow_mut();
        let worker = match &mut *worker {
            Some(worker) => worker,
            none => none.insert(self.start_worker()?),
        };
        worker.sender()
    }

    #[allow(
        unsafe_code,
        reason = "the worker outlives no borrow that a compiler could check"
    )]
    fn start_worker(&self) -> Result<Worker> {
        // SAFETY: the worker is owned by this value and joined when it is dropped, which the host
        // waits for before it lets go of itself; until then the handle is valid.
        let host = unsafe { self.host.shared().with_arbitrary_lifetime() };
        Worker::start(&self.shared.core, host)
    }

    fn load(&self) -> Result<()> {
        // What ended until now is not lost to what ends next.
        self.collect();
        let number = self.core().ask();
        let job = Job {
            number,
            document: self.document(),
            values: self.core().values.all(),
        };
        let sent = self.send(Message::Load(Box::new(job)));
        if sent.is_err() {
            self.core().finish(number, None);
        }
        sent
    }

    /// Prepares for the audio thread: its decks, edits and rate.
    pub(crate) fn activate(&self, rate: f64) -> Result<(Player, Consumer<Edit>, u32)> {
        let rate = nearest_rate(rate);
        let (decks, incoming) = RingBuffer::new(DECKS);
        let (outgoing, old) = RingBuffer::new(DECKS);
        self.send(Message::Start {
            sample_rate: rate,
            decks,
            old,
        })?;
        self.load()?;
        self.core().wait(ACTIVATION_WAIT);
        self.collect();
        self.active.set(true);
        self.announce_latency();
        let edits = self.idle_edits.borrow_mut().take();
        let edits = edits.unwrap_or_else(|| self.renew_edits());
        Ok((Player::new(incoming, outgoing, rate), edits, rate))
    }

    fn renew_edits(&self) -> Consumer<Edit> {
        let (edits, other) = RingBuffer::new(edits::WAITING);
        *self.edits.borrow_mut() = edits;
        other
    }

    pub(crate) fn deactivate(&self, edits: Consumer<Edit>) {
        *self.idle_edits.borrow_mut() = Some(edits);
        self.active.set(false);
        let number = self.core().ask();
        if self.send(Message::Stop(number)).is_err() {
            self.core().finish(number, None);
        }
        self.apply_layout();
    }

    /// Takes note of a load that has ended.
    pub(crate) fn collect(&self) {
        let Some(outcome) = self.core().status().outcome.take() else {
            return;
        };
        let is_current = outcome.document.is_same_project(&self.document.borrow());
        if !is_current {
            return;
        }
        if let Some(of) = outcome.renewed.clone() {
            if let Err(error) = self.take_renewed(&of, outcome) {
                self.say(&error);
            }
            return;
        }
        let Outcome {
            document,
            result,
            values,
            ..
        } = outcome;
        match result {
            Ok((report, latency)) => {
                *self.loaded.borrow_mut() = Some((document, values));
                self.keep_hashes(&report);
                *self.report.borrow_mut() = report;
                self.change_latency(latency.unwrap_or_default());
            }
            Err(text) => self.revert(text),
        }
        self.publish();
    }

    /// After a failed load, what plays is what is held.
    fn revert(&self, text: String) {
        let before = self.loaded.borrow().clone();
        if let Some((document, values)) = before.filter(|_| self.active.get()) {
            *self.document.borrow_mut() = document;
            for param in Param::all() {
                self.core().values.set(param, values[param.index()]);
            }
            self.announce_params();
        }
        self.say_text(text);
    }

    fn keep_hashes(&self, report: &LoadReport) {
        let document = self.document();
        if !document.is_by_reference() && report.renewed.is_empty() {
            return;
        }
        let renewed: Vec<_> = report.renewed.iter().map(|it| it.id.as_str()).collect();
        if let Ok(hashed) = document.with_hashes(&report.hashes, &renewed) {
            let hashed = Arc::new(hashed);
            *self.document.borrow_mut() = Arc::clone(&hashed);
            if let Some(loaded) = self.loaded.borrow_mut().as_mut() {
                loaded.0 = hashed;
            }
        }
    }

    /// A host may only hear of another latency while it activates.
    fn change_latency(&self, latency: u32) {
        self.loaded_latency.set(latency);
        if latency != self.latency.get() && self.active.get() {
            self.host.shared().request_restart();
        }
    }

    fn announce_latency(&self) {
        let latency = self.loaded_latency.get();
        if latency == self.latency.replace(latency) {
            return;
        }
        if let Some(host) = self.host.get_extension::<HostLatency>() {
            host.changed(&self.host);
        }
    }

    fn announce_params(&self) {
        if let Some(params) = self.host.get_extension::<HostParams>() {
            let flags = ParamRescanFlags::VALUES | ParamRescanFlags::INFO | ParamRescanFlags::TEXT;
            params.rescan(&self.host, flags);
        }
        self.announce_ports(AudioPortRescanFlags::NAMES);
    }

    fn announce_ports(&self, what: AudioPortRescanFlags) {
        let Some(ports) = self.host.get_extension::<HostAudioPorts>() else {
            return;
        };
        if ports.is_rescan_flag_supported(&self.host, what) {
            ports.rescan(&self.host, what);
        }
    }

    /// Chooses the outputs; refused while an audio thread runs.
    pub(crate) fn select_layout(&self, layout: OutputLayout) {
        self.wanted_layout.set(layout);
        if layout == self.layout.get() {
            return;
        }
        if self.active.get() {
            self.host.shared().request_restart();
        } else {
            self.apply_layout();
        }
    }

    fn apply_layout(&self) {
        let wanted = self.wanted_layout.get();
        if wanted != self.layout.replace(wanted) {
            self.core().hear_all();
            self.announce_ports(AudioPortRescanFlags::LIST);
        }
    }

    /// What the session keeps beside the project.
    fn plugin_state(&self) -> PluginState {
        let document = self.document();
        let mut state = document.state().clone();
        for param in Param::all() {
            state
                .params
                .insert(param.id(), self.core().values.get(param));
        }
        state.layout = self.wanted_layout.get();
        state.editor = self.editor_size.get().or(state.editor);
        state.vu_zero_dbfs = self.vu_zero.get().or(state.vu_zero_dbfs);
        state
    }
}

impl PluginStateImpl for MainThread<'_> {
    fn save(&self, output: &mut OutputStream) -> Result<(), PluginError> {
        self.collect();
        let bytes = self.document().to_bytes(&self.plugin_state())?;
        output.write_all(&bytes)?;
        Ok(())
    }

    fn load(&self, input: &mut InputStream) -> Result<(), PluginError> {
        let document = Document::from_stream(input).inspect_err(|error| self.say(error))?;
        let (values, layout) = (values_of(&document), document.state().layout);
        if !self.gui.is_open() {
            self.editor_size.set(document.state().editor);
        }
        let vu_zero = document.state().vu_zero_dbfs;
        self.hold(document, Some(values))?;
        self.load_vu_zero(vu_zero);
        self.select_layout(layout);
        Ok(())
    }
}

impl MainThread<'_> {
    /// Keeps the text of an error for the editor, and tells the host's log.
    pub(crate) fn say(&self, error: &Error) {
        self.say_text(error.to_string());
    }

    pub(crate) fn say_text(&self, text: String) {
        let shared = self.host.shared();
        if let (Some(log), Ok(text)) = (
            shared.get_extension::<HostLog>(),
            CString::new(text.replace('\0', "")),
        ) {
            log.log(&shared, LogSeverity::Error, &text);
        }
        *self.error.borrow_mut() = Some(text);
        self.gui.count_error();
        self.publish();
    }

    /// True while nothing has been opened or built.
    pub(crate) fn is_blank(&self) -> bool {
        let kind = self.shared.kind;
        kind == Kind::Instrument && *self.document().project() == kind.new_project()
    }

    /// The project with its macros where they are.
    pub(crate) fn project_now(&self) -> Project {
        let mut project = self.document().project().clone();
        for (number, entry) in project.macros.iter_mut().enumerate().take(MACROS) {
            entry.value = self.core().values.get(Param::Macro(number));
        }
        project
    }

    /// The audio file that does not play and has this place in the list.
    pub(crate) fn unplayable(&self, place: u64) -> Option<Unplayable> {
        let place = usize::try_from(place).ok()?;
        self.report.borrow().unplayable.get(place).cloned()
    }

    /// Holds the same project with what the user changed in it. The engine knows already.
    pub(crate) fn change(&self, changed: Document) {
        let changed = Arc::new(changed);
        *self.document.borrow_mut() = Arc::clone(&changed);
        if let Some(loaded) = self.loaded.borrow_mut().as_mut()
            && loaded.0.is_same_project(&changed)
        {
            loaded.0 = Arc::clone(&changed);
        }
        self.publish();
        self.mark_dirty();
    }

    /// Loads what is held once more, if it plays.
    pub(crate) fn reload(&self) -> Result<()> {
        if self.active.get() {
            self.load()?;
        }
        Ok(())
    }
}

impl PluginLatencyImpl for MainThread<'_> {
    fn get(&self) -> u32 {
        self.latency.get()
    }
}

impl PluginRenderImpl for MainThread<'_> {
    fn has_hard_realtime_requirement(&self) -> bool {
        false
    }

    fn set(&self, mode: RenderMode) -> Result<(), PluginError> {
        self.core().set_offline(mode == RenderMode::Offline);
        // What was saved during an offline render is looked at now.
        self.host.shared().request_callback();
        Ok(())
    }
}

/// The parameters as a project wants them: those of its session, else its macros' own values
/// and what its RTPCs begin with.
fn values_of(document: &Document) -> [f64; COUNT] {
    let saved = &document.state().params;
    std::array::from_fn(|index| {
        let Some(param) = Param::from_index(index) else {
            return 0.0;
        };
        let value = saved.get(&param.id()).copied();
        value.map_or_else(|| document.own_value(param), |value| param.clamp(value))
    })
}

/// The engine's rate that is nearest to the host's.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped"
)]
fn nearest_rate(rate: f64) -> u32 {
    rate.round().clamp(8_000.0, 384_000.0) as u32
}
