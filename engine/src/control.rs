//! The control side of an engine.

mod edit;
mod glance;
mod play;
mod reload;
mod values;

use std::cell::Cell;
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use rtrb::Consumer;
use segue_format::Project;
use segue_rt::command::{Command, Install, MixerCommand, Plain, Timed, TransportCommand};
use segue_rt::game::GameCall;
use segue_rt::graph::{Graph, GraphCommit};
use segue_rt::ids::{BusId, IdPool, InsertId, SoundId, kind};
use segue_rt::keymap::NoteEvent;
use segue_rt::line::Sender;
use segue_rt::meters::{MeterBoard, MeterReader};
use segue_rt::mixer::MixerSetup;
use segue_rt::profiler::{Cost, LoadReport as Load, ProfileReader, Profiler, ThreadKind, profiler};
use segue_rt::renderer::{LogRow, Renderer, RendererSetup, Retired, renderer};
use segue_rt::snapshot::{EngineSnapshot, STATE_WORDS, SnapshotReader};
use segue_rt::tap::{MAX_TAPS, tap};
use segue_rt::tempo::{TempoMap, TimeSignature};
use segue_rt::timeline::{Part, Timeline};
use segue_rt::transport::HostTransport;
use segue_rt::voices::{VoiceCommand, VoiceReport};

pub use edit::Edit;
use edit::Unheard;
pub use play::{PlayOptions, PooledSound};
pub use reload::{PreparedReload, ReloadPlan, ReloadReport};
use values::MixerValues;
pub use values::{BusValues, InsertValues};

use crate::analyser::{BusAnalyser, PATIENCE_SECONDS, SpectrumOptions};
use crate::config::{EngineConfig, STREAM_FRAMES};
use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::game::Game;
use crate::load::{
    self, LoadProgress, LoadReport, Loaded, LoadedGame, MacroTarget, Names, Prepared,
};
use crate::project::OpenProject;
use crate::session::Recorder;

/// Time of a command that is meant for the next frame that is rendered.
pub const NOW: u64 = 0;

/// Installs that loading a project takes at most.
const PROJECT_INSTALLS: usize = 6;
/// Builds what the engine plays, queues commands, and drops what comes back. One thread at a time:
/// `Send`, not `Sync`.
///
/// Life cycle:
/// 1. [`create`] makes it together with the [`Renderer`], which goes to the audio thread;
/// 2. [`Control::load_project`] once;
/// 3. commands, in any order, and [`Control::update`] every 20 ms or so;
/// 4. dropping it stops the I/O thread. The renderer goes on with what it has, silent where a
///    stream would be needed, and may be dropped before or after.
pub struct Control {
    config: EngineConfig,
    commands: Sender<Timed>,
    retired: Consumer<Retired>,
    reports: Consumer<VoiceReport>,
    log: Option<Consumer<LogRow>>,
    profile: ProfileReader,
    /// Measures this side itself.
    own: (Profiler, ProfileReader),
    /// The threads of live games.
    nets: Vec<ProfileReader>,
    /// The frame of the last update.
    updated: u64,
    shared: Shared,
    disk: Disk,
    graph: Graph,
    commit: GraphCommit,
    sound_ids: IdPool<kind::Sound>,
    names: Names,
    /// What the mixer was last told.
    values: MixerValues,
    macros: Vec<Vec<MacroTarget>>,
    host_params: Vec<(u8, MacroTarget)>,
    game: Game,
    /// What is loaded, to compare with when it is loaded again.
    project: Option<Box<Project>>,
    /// The same as the transport has it.
    song: Option<Box<Song>>,
    /// Sounds that a reload replaced; voices may still play them.
    stale_sounds: std::collections::VecDeque<SoundId>,
    /// Processors of inserts that were added and not committed yet.
    new_processors: Vec<segue_rt::graph::NewProcessor>,
    /// Taps that the audio thread has, or will have.
    taps: usize,
    next_voice: u64,
    started: play::Started,
    next_install: u32,
    /// While a session is replayed, installs wait here for their row instead of being queued.
    held: Option<Vec<Option<Install>>>,
    recorder: Option<Recorder>,
    /// Whether there was one.
    has_recorded: bool,
    /// Command numbers of the installs, until a recorder takes them over.
    early_installs: Vec<u64>,
    /// Edits since the project was loaded, until a recorder takes them over.
    early_edits: Vec<Edit>,
    loaded: bool,
    /// How often the mixer was edited.
    edits: u64,
    /// The same at the last commit.
    committed: u64,
    /// Ids that were made since the last commit: the audio thread does not know them yet.
    unheard: Unheard,
    /// How often something was loaded.
    loads: u64,
    not_sync: PhantomData<Cell<()>>,
}

/// The time line that the audio thread has. A reload that leaves it as it is does not touch what it
/// plays.
#[derive(PartialEq)]
struct Song {
    tempo: TempoMap,
    timeline: Timeline<Part>,
}

/// What anyone may look at, from any thread.
#[derive(Clone)]
pub struct Shared {
    snapshots: SnapshotReader,
    meters: Arc<MeterBoard>,
    sample_rate: u32,
}

/// An engine: the control side, the audio side, and what anyone may look at. `[main-thread]`
///
/// # Errors
/// [`Error::Argument`] or [`Error::Limit`] for a size out of range, before memory is taken;
/// [`Error::Io`] when the system has no thread for reading streams.
pub fn create(config: EngineConfig) -> Result<(Control, Renderer, Shared)> {
    config.check()?;
    let rate = config.sample_rate;
    let setup = RendererSetup {
        sample_rate: rate,
        limits: config.limits.clone(),
        policy: config.policy,
        simd: config.simd,
        lanes: (config.streams, STREAM_FRAMES),
        record: config.record,
        clock: nanoseconds,
    };
    let tempo = TempoMap::constant(rate, 120.0, TimeSignature::FOUR_FOUR)?;
    let (renderer, link) = renderer(&setup, tempo)?;
    let disk = Disk::start(link.lanes, rate)
        .map_err(|e| Error::io(Path::new("segue-disk"), "start", e))?;
    let shared = Shared {
        snapshots: link.snapshots,
        meters: link.meters,
        sample_rate: rate,
    };
    let mixer = MixerSetup {
        sample_rate: f64::from(rate),
        limits: config.limits.clone(),
    };
    let mut control = Control {
        commands: link.commands,
        retired: link.retired,
        reports: link.reports,
        log: link.log,
        profile: link.profile,
        own: profiler(ThreadKind::Control, rate, nanoseconds),
        nets: Vec::new(),
        updated: 0,
        shared: shared.clone(),
        disk,
        graph: Graph::new(&config.limits),
        values: MixerValues::default(),
        commit: GraphCommit::new(&mixer),
        sound_ids: IdPool::new(config.limits.sounds, "sounds"),
        names: Names::default(),
        macros: Vec::new(),
        host_params: Vec::new(),
        game: Game::default(),
        project: None,
        song: None,
        stale_sounds: std::collections::VecDeque::new(),
        new_processors: Vec::new(),
        taps: 0,
        next_voice: 1,
        started: play::Started::default(),
        next_install: 0,
        held: None,
        recorder: None,
        has_recorded: false,
        early_installs: Vec::new(),
        early_edits: Vec::new(),
        loaded: false,
        edits: 0,
        committed: 0,
        unheard: Unheard::default(),
        loads: 0,
        config,
        not_sync: PhantomData,
    };
    control
        .names
        .buses
        .insert("master".to_owned(), control.graph.master());
    control.values = MixerValues::new(&control.graph);
    Ok((control, renderer, shared))
}

impl Control {
    /// What the engine was made for.
    pub fn config(&self) -> &EngineConfig {
        &self.config
    }

    /// What anyone may look at.
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Frames from a voice to the output once everything committed is installed.
    pub fn latency(&self) -> u32 {
        self.commit.latency()
    }

    /// What each macro of the project moves, in the project's order. `[main-thread]`
    pub fn macro_targets(&self) -> &[Vec<MacroTarget>] {
        &self.macros
    }

    /// The RTPCs of the project that a plug-in's host may automate, each with the number of its
    /// parameter, 0 to 63. `[main-thread]`
    pub fn host_params(&self) -> &[(u8, MacroTarget)] {
        &self.host_params
    }

    /// Decodes the project's audio and installs everything; what is missing is listed in the
    /// report and the rest plays. Blocks while it decodes. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::AlreadyLoaded`] the second time; what the project says that cannot be built;
    /// [`Error::Cancelled`] when `progress` breaks; [`Error::QueueFull`] when too many commands
    /// wait already. The engine is as before then.
    pub fn load_project(
        &mut self,
        open: &OpenProject,
        progress: &mut dyn FnMut(LoadProgress<'_>) -> ControlFlow<()>,
    ) -> Result<LoadReport> {
        self.check_load()?;
        let prepared = load::prepare(open, &self.config, progress)?;
        self.install_project(prepared)
    }

    /// Installs a project that was built by [`prepare`](crate::prepare) for this engine's
    /// configuration. Fast: nothing is decoded. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::AlreadyLoaded`] the second time; [`Error::Argument`] when it was built for another
    /// configuration; [`Error::QueueFull`] when too many commands wait already. The engine is
    /// as before then.
    pub fn install_project(&mut self, prepared: Prepared) -> Result<LoadReport> {
        self.check_load()?;
        let (mine, its) = (&self.config, &prepared.config);
        if mine.sample_rate != its.sample_rate || mine.sizes() != its.sizes() {
            return Err(Error::Argument {
                what: "project built for",
                value: format!("{} Hz, {:?}", its.sample_rate, its.sizes()),
                allowed: "the engine's own sample rate and sizes",
            });
        }
        let loaded = &prepared.loaded;
        let values = MixerValues::of(&loaded.graph, &loaded.names, &prepared.project)?;
        let report = self.install_all(prepared.loaded)?;
        self.values = values;
        self.sound_ids = prepared.ids;
        self.project = Some(prepared.project);
        Ok(report)
    }

    /// Whether a project can be loaded into this engine at all. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::AlreadyLoaded`]; [`Error::Restart`] when its mixer was edited before: a project brings
    /// a mixer of its own.
    pub fn check_load(&self) -> Result<()> {
        match (self.loaded, self.edits > 0) {
            (true, _) => Err(Error::AlreadyLoaded),
            (false, true) => Err(Error::Restart {
                what: "the mixer was edited before, and a project brings its own".to_owned(),
            }),
            (false, false) => Ok(()),
        }
    }

    /// Whether [`Control::install_project`] would find room in the queue now. `[main-thread]`
    pub fn has_room_for_project(&self) -> bool {
        self.commands.room() >= PROJECT_INSTALLS && self.commit.is_ready()
    }

    fn install_all(&mut self, loaded: Loaded) -> Result<LoadReport> {
        let Loaded {
            graph,
            mut processors,
            tempo,
            sounds,
            streams,
            keymap,
            timeline,
            game,
            ..
        } = loaded;
        if self.held.is_none() && self.commands.room() < PROJECT_INSTALLS {
            return Err(self.queue_full());
        }
        let update = self.commit.commit(&graph, &mut processors)?;
        self.loaded = true;
        self.loads += 1;
        self.game.turned.clear();
        self.graph = graph;
        self.names = loaded.names;
        self.macros = loaded.macros;
        self.host_params = loaded.host_params;
        for (sound, source) in streams {
            self.disk.add(sound, source);
        }
        self.install(Install::Graph(update))?;
        let song = Song { tempo, timeline };
        self.install(Install::Tempo(Box::new(song.tempo.clone())))?;
        self.install(Install::Sounds(sounds))?;
        self.install(Install::KeyMap(Box::new(keymap)))?;
        self.install(Install::Timeline(Box::new(song.timeline.clone())))?;
        self.song = Some(Box::new(song));
        self.install_game(game)?;
        Ok(loaded.report)
    }

    /// Writes everything that reaches the renderer from the engine's first frame on to a session
    /// log. To be called after [`Control::load_project`] and before the renderer has run; the
    /// engine must have been made with `record`, for this project. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::NotRecording`] without `record`, and the second time; [`Error::Argument`] when the rules for voices are
    /// not the project's, since a replay takes them from there; [`Error::Io`].
    pub fn record_to(
        &mut self,
        path: &Path,
        open: &OpenProject,
        report: &LoadReport,
    ) -> Result<()> {
        if self.log.is_none() || self.has_recorded {
            return Err(Error::NotRecording);
        }
        let rules = EngineConfig::for_project(&open.project, Some(self.config.sample_rate)).policy;
        if self.config.policy != rules {
            return Err(Error::Argument {
                what: "policy",
                value: format!("{:?}", self.config.policy),
                allowed: "the project's own, so that a replay has them",
            });
        }
        let mut recorder = Recorder::create(path, &self.config, open, report)?;
        for (index, number) in (0..).zip(self.early_installs.drain(..)) {
            recorder.note_install(number, index);
        }
        for edit in self.early_edits.drain(..) {
            recorder.edit(&edit)?;
        }
        self.recorder = Some(recorder);
        self.has_recorded = true;
        Ok(())
    }

    /// Drops what the audio thread has let go of and writes the session log. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Io`] when the session log cannot be written; [`Error::LogGap`] once when rows of it
    /// were lost. Recording ends then, the engine goes on.
    pub fn update(&mut self) -> Result<()> {
        let now = self.shared.snapshots.read();
        let frames = now.frame - self.updated.min(now.frame);
        self.updated = now.frame;
        self.own.0.begin(u32::try_from(frames).unwrap_or(u32::MAX));
        let done = self.collect(now.lost_log_rows);
        self.own.0.end();
        done
    }

    /// The work of an update; so many rows of the session log were `lost`.
    fn collect(&mut self, lost: u64) -> Result<()> {
        while let Ok(retired) = self.retired.pop() {
            match retired {
                Retired::Graph(update) => self.commit.retire(update),
                Retired::Tap(_) => self.taps = self.taps.saturating_sub(1),
                _ => {}
            }
        }
        let (Some(recorder), Some(log)) = (&mut self.recorder, &mut self.log) else {
            return Ok(());
        };
        let written = recorder.collect(log);
        if lost > 0 || written.is_err() {
            self.recorder = None;
            written?;
            return Err(Error::LogGap { rows: lost });
        }
        Ok(())
    }

    /// Ends the session log after `frames` rendered frames ([`Renderer::now`]). Nothing happens
    /// when nothing is recorded. `[main-thread]`
    ///
    /// # Errors
    /// As [`Control::update`].
    pub fn finish_recording(&mut self, frames: u64) -> Result<()> {
        self.update()?;
        self.recorder
            .take()
            .map_or(Ok(()), |recorder| recorder.finish(frames))
    }

    /// Measures what a bus puts out from now on: loudness, true peak, needles and a spectrum, away
    /// from the audio thread. Not recorded, since nothing is heard of it. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Graph`] for an unknown bus; [`Error::Limit`] "meter_taps" while as many buses are
    /// analysed as can be (drop an analyser and call [`Control::update`]); [`Error::Dsp`] for the
    /// spectrum's options; [`Error::QueueFull`].
    pub fn analyse(&mut self, bus: BusId, spectrum: SpectrumOptions) -> Result<BusAnalyser> {
        self.graph.bus(bus)?;
        if self.taps >= MAX_TAPS {
            return Err(segue_rt::limits::LimitError {
                limit: "meter_taps",
                value: self.taps + 1,
                max: MAX_TAPS,
            }
            .into());
        }
        let rate = f64::from(self.config.sample_rate);
        let capacity = segue_dsp::math::to_count(PATIENCE_SECONDS * rate);
        let (tap, listener) = tap(bus, capacity);
        let analyser = BusAnalyser::new(listener, rate, spectrum)?;
        self.push(NOW, Command::Install(Install::Tap(Box::new(tap))))?;
        self.taps += 1;
        Ok(analyser)
    }

    /// The next thing that happened to a voice. `[main-thread]`
    pub fn next_report(&mut self) -> Option<VoiceReport> {
        self.reports.pop().ok()
    }

    /// Switches the profilers of all threads on or off. `[main-thread]`
    pub fn set_profiling(&self, on: bool) {
        let readers = [&self.profile, &self.own.1, &self.disk.profile];
        for reader in readers.into_iter().chain(&self.nets) {
            reader.set_enabled(on);
        }
    }

    /// A profiler for the thread of a live game: a block is from waking up to sleep, and lasts until it wakes up again.
    pub(crate) fn watch_net(&mut self) -> Profiler {
        self.nets.retain(|reader| !reader.is_abandoned());
        let (net, reader) = profiler(ThreadKind::Net, NET_RATE, nanoseconds);
        reader.set_enabled(self.profile.is_enabled());
        self.nets.push(reader);
        net
    }

    /// How long the audio thread's blocks take; all zero while profiling is off. `[main-thread]`
    pub fn load(&mut self) -> Load {
        self.profile.report()
    }

    /// The same of every thread, the audio thread first: of this side, where a block is an update and lasts
    /// as long as what was rendered since the one before; of the thread that reads streams, where it is
    /// one piece of one sound and lasts as long as that plays; and of each live game's, where it is from waking up
    /// to sleep and lasts until it wakes up again. Their stages are zero. `[main-thread]`
    pub fn loads(&mut self) -> Vec<Load> {
        self.nets.retain(|reader| !reader.is_abandoned());
        let fixed = [
            (ThreadKind::Audio, &mut self.profile),
            (ThreadKind::Control, &mut self.own.1),
            (ThreadKind::Disk, &mut self.disk.profile),
        ];
        let nets = self.nets.iter_mut().map(|net| (ThreadKind::Net, net));
        let of = |(thread, reader): (ThreadKind, &mut ProfileReader)| Load {
            thread,
            ..reader.report()
        };
        fixed.into_iter().chain(nets).map(of).collect()
    }

    /// Queues a plain command for the absolute frame `at`, or [`NOW`]. One for a bus, send or insert that was
    /// added and not committed yet waits for the commit. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Argument`] for a value out of range; [`Error::QueueFull`] when the audio thread has
    /// not taken enough yet: nothing is lost, try again after the next block.
    pub fn send(&mut self, at: u64, plain: Plain) -> Result<()> {
        match plain {
            Plain::Mixer(command) => self.send_mixer(at, command),
            Plain::Game(call) => self.send_game(at, call),
            plain => {
                play::check(&plain)?;
                self.push_plain(at, plain)
            }
        }
    }

    // Those for one kind of command are inlined: what the caller knows of it is not asked again.

    /// [`Control::send`] for the mixer. `[main-thread]`
    ///
    /// # Errors
    /// As [`Control::send`].
    #[inline(always)]
    pub fn send_mixer(&mut self, at: u64, command: MixerCommand) -> Result<()> {
        play::check_mixer(&command)?;
        if let MixerCommand::InsertParam {
            insert,
            param,
            value,
        } = command
        {
            self.check_param(insert, param, value)?;
        }
        let most = self.config.limits.commands;
        if !(self.unheard.is_empty() || self.unheard.is_known(command)) {
            self.unheard.keep(at, command, most)?;
        } else {
            self.push_plain(at, Plain::Mixer(command))?;
        }
        self.values.note(&command);
        Ok(())
    }

    /// [`Control::send`] for voices. `[main-thread]`
    ///
    /// # Errors
    /// As [`Control::send`].
    #[inline(always)]
    pub fn send_voice(&mut self, at: u64, command: VoiceCommand) -> Result<()> {
        play::check_voice(&command)?;
        self.push_plain(at, Plain::Voice(command))
    }

    /// [`Control::send`] for the transport. `[main-thread]`
    ///
    /// # Errors
    /// As [`Control::send`].
    #[inline(always)]
    pub fn send_transport(&mut self, at: u64, command: TransportCommand) -> Result<()> {
        play::check_transport(&command)?;
        self.push_plain(at, Plain::Transport(command))
    }

    /// [`Control::send`] for a note. `[main-thread]`
    ///
    /// # Errors
    /// As [`Control::send`].
    #[inline(always)]
    pub fn send_note(&mut self, at: u64, note: NoteEvent) -> Result<()> {
        play::check_note(&note)?;
        self.push_plain(at, Plain::Note(note))
    }

    /// [`Control::send`] for what a host says of its transport; `None` lets go of the host. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::QueueFull`].
    #[inline(always)]
    pub fn send_host(&mut self, at: u64, host: Option<HostTransport>) -> Result<()> {
        match host {
            Some(host) => self.push_plain(at, Plain::Host(host)),
            None => self.push_plain(at, Plain::ReleaseHost),
        }
    }

    /// The same for a call of the game, whose names were looked up.
    #[inline(always)]
    pub(crate) fn send_game(&mut self, at: u64, call: GameCall) -> Result<()> {
        play::check_game(&call)?;
        self.push_plain(at, Plain::Game(call))?;
        self.game.note_call(&call);
        Ok(())
    }

    /// Queues a row of a session log. Its insert may be gone from the graph already, since a
    /// removal is heard only after its commit. `[main-thread]`
    pub(crate) fn send_again(&mut self, at: u64, plain: Plain) -> Result<()> {
        match self.send(at, plain) {
            Err(Error::StaleInsert) => self.push_plain(at, plain),
            sent => sent,
        }
    }

    /// Commands that can be queued now; one that is sent takes a place until the audio thread has
    /// taken it. `[main-thread]`
    pub fn free_commands(&self) -> usize {
        self.commands.room()
    }

    /// Frames of streamed sounds that could not be read so far and are silent. `[main-thread]`
    pub fn unread_frames(&self) -> u64 {
        self.disk.unread_frames()
    }

    #[inline]
    pub(crate) fn game(&self) -> &Game {
        &self.game
    }

    #[inline]
    pub(crate) fn game_mut(&mut self) -> &mut Game {
        &mut self.game
    }

    /// Brings what carries out the calls of a game to the audio thread.
    fn install_game(&mut self, game: Option<LoadedGame>) -> Result<()> {
        let Some(game) = game else { return Ok(()) };
        let program = self.game.begin(game);
        self.install(Install::Program(program))
    }

    fn install(&mut self, install: Install) -> Result<()> {
        let index = self.next_install;
        if let Some(held) = &mut self.held {
            held.push(Some(install));
        } else {
            let number = self.push(NOW, Command::Install(install))?;
            match &mut self.recorder {
                Some(recorder) => recorder.note_install(number, index),
                None => self.early_installs.push(number),
            }
        }
        self.next_install = index + 1;
        Ok(())
    }

    /// From now on installs wait for [`Control::replay_install`]. For replays.
    pub(crate) fn hold_installs(&mut self) {
        self.held = Some(Vec::new());
    }

    /// Queues the held install `index` for frame `at`. False when there is none.
    pub(crate) fn replay_install(&mut self, at: u64, index: u32) -> Result<bool> {
        let held = self
            .held
            .as_mut()
            .and_then(|held| held.get_mut(index as usize));
        match held.and_then(Option::take) {
            Some(install) => self.push(at, Command::Install(install)).map(|_| true),
            None => Ok(false),
        }
    }

    fn push(&mut self, at: u64, command: Command) -> Result<u64> {
        let pushed = self.commands.push(at, command);
        pushed.map_err(|_| self.queue_full())
    }

    /// The same for a command that holds nothing. Inlined, so that only what it says is written where it waits: the
    /// room for one is large.
    #[inline(always)]
    fn push_plain(&mut self, at: u64, plain: Plain) -> Result<()> {
        match self.commands.push_plain(at, || plain) {
            true => Ok(()),
            false => Err(self.queue_full()),
        }
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn queue_full(&self) -> Error {
        Error::QueueFull {
            capacity: self.config.limits.commands,
        }
    }
}

impl Shared {
    /// The engine's state, published every 10 ms of its clock. `[thread-safe]`
    #[inline]
    pub fn snapshot(&self) -> EngineSnapshot {
        self.snapshots.read()
    }

    /// The same as plain words, as [`SnapshotReader::words`] has them. `[thread-safe]`
    #[inline(always)]
    pub fn snapshot_words(&self, look: impl FnOnce(&[AtomicU64; STATE_WORDS])) -> bool {
        self.snapshots.words(look)
    }

    /// A reader of the meters with peaks of its own. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Limit`] while as many readers look as there are places.
    pub fn meters(&self) -> Result<MeterReader> {
        self.meters.subscribe().map_err(|_| {
            let max = segue_rt::meters::MAX_READERS;
            segue_rt::limits::LimitError {
                limit: "meter_readers",
                value: max + 1,
                max,
            }
            .into()
        })
    }

    /// What an insert shows, as of the last 10 ms; see `segue_dsp`'s `Processor::shows`. `None` for an
    /// insert that is not heard (yet, or any more). `[thread-safe]`
    #[inline]
    pub fn insert_reading(&self, insert: InsertId) -> Option<f32> {
        self.meters.insert(insert)
    }

    /// How long a bus takes in a block, with its inserts: see [`MeterBoard::cost`]. `[thread-safe]`
    pub fn bus_cost(&self, bus: BusId) -> Option<Cost> {
        self.meters.cost(bus)
    }

    /// Frames a second. `[thread-safe]`
    #[inline]
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }
}

/// The clock that the blocks of a live game's thread are told in: microseconds.
const NET_RATE: u32 = 1_000_000;

/// Nanoseconds since the first call, for the profiler.
pub(crate) fn nanoseconds() -> u64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
