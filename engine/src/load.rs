//! From a project to what the renderer plays: graph, processors, sounds, clips, key map.

mod cues;
mod game;
mod macros;
mod mixer;
mod pool;
mod responses;
mod score;
mod sounds;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

use segue_dsp::processor::ProcessorKind;
use segue_format::Project;
use segue_middleware::WorldSound;
use segue_rt::command::SoundBatch;
use segue_rt::graph::{Graph, NewProcessor};
use segue_rt::ids::{BusId, IdPool, InsertId, SendId, SoundId, kind};
use segue_rt::keymap::KeyMap;
use segue_rt::tempo::TempoMap;
use segue_rt::timeline::{Part, Timeline};
use segue_rt::voices::VoiceParams;

pub(crate) use cues::signals;
pub(crate) use game::{LoadedGame, facts};
pub use macros::MacroTarget;
pub(crate) use mixer::{
    Renewed, Running, build_processor, buses, gain, goes_on, named, preset, preset_values, renames,
};
pub(crate) use responses::Loaded as LoadedResponse;
pub(crate) use score::tempo;
pub(crate) use sounds::Known;
pub use sounds::{LoadProgress, Unplayable};

pub(crate) use macros::values as macro_values;

use crate::config::EngineConfig;
use crate::disk::FrameSource;
use crate::error::{Error, Result};
use crate::project::OpenProject;

/// Everything a project becomes, ready to be installed in this order.
pub(crate) struct Loaded {
    pub(crate) graph: Graph,
    pub(crate) processors: Vec<NewProcessor>,
    /// While a project is loaded again: how the mixer that plays becomes its own.
    pub(crate) renewed: Option<Renewed>,
    /// While a project is loaded again: what the inserts that stay convolve with.
    pub(crate) responses: Vec<responses::Loaded>,
    pub(crate) tempo: TempoMap,
    pub(crate) sounds: SoundBatch,
    pub(crate) streams: Vec<(SoundId, Box<dyn FrameSource>)>,
    pub(crate) keymap: KeyMap<VoiceParams>,
    pub(crate) timeline: Timeline<Part>,
    pub(crate) names: Names,
    pub(crate) macros: Vec<Vec<MacroTarget>>,
    /// RTPCs that a plug-in's host automates, by the number of the parameter.
    pub(crate) host_params: Vec<(u8, MacroTarget)>,
    pub(crate) game: Option<LoadedGame>,
    pub(crate) report: LoadReport,
}

/// What the project calls things, and what the engine does.
#[derive(Default)]
pub(crate) struct Names {
    pub(crate) buses: HashMap<String, BusId>,
    /// By bus and insert id.
    pub(crate) inserts: HashMap<(String, String), InsertId>,
    pub(crate) kinds: HashMap<InsertId, ProcessorKind>,
    /// By source and target bus.
    pub(crate) sends: HashMap<(String, String), SendId>,
    /// How each sound of the project is played.
    pub(crate) sounds: HashMap<String, VoiceParams>,
    /// The same by the place of its id.
    pub(crate) places: Vec<Option<VoiceParams>>,
    /// Their names by the same place.
    pub(crate) labels: Vec<String>,
    /// The samples behind each of them.
    pub(crate) known: HashMap<String, Known>,
    /// What each insert convolves with: its samples in the cache, or nothing.
    pub(crate) responses: HashMap<InsertId, Option<PathBuf>>,
    /// Every asset that plays, by its id.
    materials: HashMap<String, sounds::Material>,
    /// While a project is loaded again: what the engine has already.
    before: Option<Before>,
}

impl Names {
    /// Takes over what a mixer is called that may have been edited since these were made.
    pub(crate) fn keep_mixer(&mut self, of: &mut Self) {
        self.buses = std::mem::take(&mut of.buses);
        self.inserts = std::mem::take(&mut of.inserts);
        self.kinds = std::mem::take(&mut of.kinds);
        self.sends = std::mem::take(&mut of.sends);
    }
}

/// What the engine has of the project that is loaded again.
#[derive(Default)]
struct Before {
    /// By sound.
    known: HashMap<String, Known>,
    /// By asset.
    materials: HashMap<String, sounds::Material>,
    /// Whether something carries out the calls of a game.
    has_game: bool,
    /// The mixer, until it is brought to what the project says now.
    running: Option<Running>,
}

impl Names {
    /// The mixer and the samples of a project that is about to be loaded again, and whether it has a game's program.
    pub(crate) fn again(&self, running: Running, has_game: bool) -> Self {
        Self {
            buses: self.buses.clone(),
            inserts: self.inserts.clone(),
            kinds: self.kinds.clone(),
            sends: self.sends.clone(),
            sounds: HashMap::new(),
            places: Vec::new(),
            labels: Vec::new(),
            known: HashMap::new(),
            responses: self.responses.clone(),
            materials: HashMap::new(),
            before: Some(Before {
                known: self.known.clone(),
                materials: self.materials.clone(),
                has_game,
                running: Some(running),
            }),
        }
    }
}

/// What became of a project.
#[derive(Clone, Debug, Default)]
pub struct LoadReport {
    /// Sounds that can be played.
    pub sounds: usize,
    /// Assets that are missing or cannot be decoded; the rest plays.
    pub unplayable: Vec<Unplayable>,
    /// Assets of a project that was loaded again whose files are gone or broken: what was loaded
    /// before plays on.
    pub kept: Vec<Unplayable>,
    /// Assets that play although their files have another hash than the project says, because it was loaded again
    /// or [`EngineConfig::takes_changed`]: whoever saves a file wants to hear it.
    pub renewed: Vec<Unplayable>,
    /// Bytes of samples in memory.
    pub bytes: usize,
    /// Sounds that are streamed from disk.
    pub streamed: usize,
    /// Frames of the arrangement at the engine's rate: the project's length, or to the end of the
    /// last clip that ends. 0 when there is none.
    pub frames: u64,
    /// Hash (BLAKE3) of each asset that was read, by its path in the project folder.
    pub hashes: Vec<(String, String)>,
    /// Loudness of each asset that was read, by its id: the largest RMS over a tenth of a second in
    /// dB of full scale, minus infinity for silence.
    pub loudness: HashMap<String, f32>,
    /// Length of each asset that was read, by its id.
    pub lengths: HashMap<String, AssetLength>,
}

/// How long an asset is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AssetLength {
    /// Frames at the engine's rate.
    pub frames: u64,
    /// Frames a second of the engine.
    pub sample_rate: f64,
    /// Frames a second of the file: the unit of the places that a project gives in frames.
    pub asset_rate: f64,
}

impl AssetLength {
    /// The length in seconds. `[thread-safe]`
    pub fn seconds(self) -> f64 {
        self.frames as f64 / self.sample_rate
    }

    /// A frame of the file as a frame of the engine. `[thread-safe]`
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "far below 2^53, and a float cast saturates"
    )]
    pub fn frame(self, of_file: u64) -> u64 {
        (of_file as f64 * self.sample_rate / self.asset_rate).round() as u64
    }

    /// The length in frames of the file. `[thread-safe]`
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "far below 2^53, and a float cast saturates"
    )]
    pub fn asset_frames(self) -> u64 {
        (self.seconds() * self.asset_rate).round() as u64
    }
}

/// Checks everything of a project but its assets, as [`load`] will.
///
/// # Errors
/// What the project says cannot be built.
pub(crate) fn check(project: &Project, config: &EngineConfig) -> Result<()> {
    let mut names = Names::default();
    mixer::build(project, config, &mut names)?;
    macros::resolve(project, &names)?;
    tempo(project, config.sample_rate).map(|_| ())
}

/// A project that was decoded and built, and waits for an engine: see
/// [`Control::install_project`](crate::Control::install_project).
pub struct Prepared {
    pub(crate) loaded: Loaded,
    pub(crate) ids: IdPool<kind::Sound>,
    pub(crate) project: Box<Project>,
    /// What it was built for.
    pub(crate) config: EngineConfig,
}

/// Decodes the project's audio and builds everything for an engine of this configuration, away from
/// it: the engine can be used meanwhile. Blocks while it decodes. `[thread-safe]`
///
/// # Errors
/// What the project says that cannot be built; [`Error::Cancelled`] when `progress` breaks.
pub fn prepare(
    open: &OpenProject,
    config: &EngineConfig,
    progress: &mut dyn FnMut(LoadProgress<'_>) -> ControlFlow<()>,
) -> Result<Prepared> {
    let mut ids = IdPool::new(config.limits.sounds, "sounds");
    let loaded = load(open, config, &mut ids, progress)?;
    Ok(Prepared {
        loaded,
        ids,
        project: Box::new(open.whole()),
        config: config.clone(),
    })
}

/// Builds everything, with nothing shared with a running engine yet.
///
/// # Errors
/// What the project says cannot be built. Assets that cannot be played are no error.
pub(crate) fn load(
    open: &OpenProject,
    config: &EngineConfig,
    ids: &mut IdPool<kind::Sound>,
    progress: &mut dyn FnMut(LoadProgress<'_>) -> ControlFlow<()>,
) -> Result<Loaded> {
    load_with(open, config, ids, Names::default(), progress)
}

/// The same, with what `names` knows from before.
pub(crate) fn load_with(
    open: &OpenProject,
    config: &EngineConfig,
    ids: &mut IdPool<kind::Sound>,
    names: Names,
    progress: &mut dyn FnMut(LoadProgress<'_>) -> ControlFlow<()>,
) -> Result<Loaded> {
    let (mut loaded, sounds) = load_parts(open, config, ids, names, progress)?;
    loaded.game = game::load(open, config, &loaded.names, sounds)?;
    game::add_rtpcs(&mut loaded.macros, loaded.game.as_ref());
    loaded.host_params = game::host_params(loaded.game.as_ref());
    Ok(loaded)
}

/// Loads a project and hands what is interactive over to a check: the report, and the problems of
/// the compiler.
pub(crate) fn survey(
    open: &OpenProject,
    config: &EngineConfig,
    progress: &mut dyn FnMut(LoadProgress<'_>) -> ControlFlow<()>,
) -> Result<(LoadReport, Option<Error>)> {
    let mut ids = IdPool::new(config.limits.sounds, "sounds");
    let names = Names::default();
    let (loaded, sounds) = load_parts(open, config, &mut ids, names, progress)?;
    let problems = game::load(open, config, &loaded.names, sounds).err();
    Ok((loaded.report, problems))
}

/// Everything but what is interactive, and the sounds that may play.
fn load_parts(
    open: &OpenProject,
    config: &EngineConfig,
    ids: &mut IdPool<kind::Sound>,
    mut names: Names,
    progress: &mut dyn FnMut(LoadProgress<'_>) -> ControlFlow<()>,
) -> Result<(Loaded, Vec<WorldSound>)> {
    let project = &open.project;
    let running = names.before.as_mut().and_then(|it| it.running.take());
    let (graph, mut processors, mut renewed) = match running {
        Some(running) => {
            // This one is only built to see whether it can be; what can stay of the running one stays.
            let (graph, processors) = mixer::build(project, config, &mut Names::default())?;
            let renewed = mixer::renew(project, config, &mut names, running)?;
            (graph, processors, Some(renewed))
        }
        None => {
            let (graph, processors) = mixer::build(project, config, &mut names)?;
            (graph, processors, None)
        }
    };
    let macros = macros::resolve(project, &names)?;
    let tempo = tempo(project, config.sample_rate)?;
    let mut report = LoadReport::default();
    let pool = sounds::build(open, config, ids, &mut names, &mut report, progress)?;
    let responses = responses::build(project, config, &names, &names.materials, &mut report);
    let new = match &mut renewed {
        Some(renewed) => renewed.processors().collect(),
        None => processors.iter_mut().collect(),
    };
    let responses = responses::attach(project, &mut names, responses, new, &mut report);
    let keymap = score::keymap(project, &names)?;
    let (timeline, end) = score::timeline(open, &names, &pool.lengths, &tempo)?;
    report.frames = arrangement(project, &tempo, end);
    let loaded = Loaded {
        graph,
        processors,
        renewed,
        responses,
        tempo,
        sounds: pool.batch,
        streams: pool.streams,
        keymap,
        timeline,
        names,
        macros,
        host_params: Vec::new(),
        game: None,
        report,
    };
    Ok((loaded, pool.world))
}

fn arrangement(project: &Project, tempo: &TempoMap, end_of_clips: u64) -> u64 {
    project
        .length_beats
        .map_or(end_of_clips, |beats| tempo.frame(beats))
}
