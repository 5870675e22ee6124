//! Rendering projects and session logs to files, faster than real time and with its bits.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::thread;

use segue_dsp::loudness::LoudnessMeter;
use segue_dsp::math::gain_to_db;
use segue_format::Project;
use segue_offline::channels::Layout;
use segue_offline::quantize::Dither;
use segue_offline::wav::{WavSpec, WavWriter};
pub use segue_offline::wav::WavFormat;
use segue_rt::renderer::Renderer;

use crate::config::EngineConfig;
use crate::control::{Control, create};
use crate::error::{Error, Result};
use crate::load::{LoadProgress, LoadReport, Unplayable};
use crate::project::{OpenProject, open};
use crate::session::{Entry, Session};

/// Length of a render of a project that has neither a length nor clips, in seconds.
const DEFAULT_SECONDS: f64 = 10.0;
/// Longest render, in seconds: 24 hours.
const MAX_SECONDS: f64 = 86_400.0;

/// How a project is rendered.
#[derive(Clone, Debug)]
pub struct RenderOptions {
    /// Length, 0..=86,400 s; `None` is the arrangement's.
    pub seconds: Option<f64>,
    /// Seed of everything random; `None` is the project's.
    pub seed: Option<u64>,
    /// Frames a second; `None` is the project's.
    pub rate: Option<u32>,
    /// Frames of a block. The bits do not depend on it.
    pub block: BlockSize,
    /// Where to write a session log.
    pub log: Option<PathBuf>,
    /// How samples are stored.
    pub format: WavFormat,
    /// Where decoded sounds are kept; `None` is the user's cache folder.
    pub cache: Option<PathBuf>,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self {
            seconds: None,
            seed: None,
            rate: None,
            block: BlockSize::Fixed(512),
            log: None,
            format: WavFormat::I24,
            cache: None,
        }
    }
}

/// Frames of the blocks that are rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockSize {
    /// Always as many, 1..=65,536.
    Fixed(usize),
    /// 0..=4,096, drawn from this seed.
    Random(u64),
}

/// How far a render is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RenderProgress<'a> {
    /// Sounds are being decoded.
    Loading(LoadProgress<'a>),
    /// Frames are being rendered.
    Rendering {
        /// Frames that are done.
        done: u64,
        /// Frames in all.
        total: u64,
    },
}

/// What was rendered.
#[derive(Clone, Debug)]
pub struct RenderReport {
    /// The file.
    pub path: PathBuf,
    /// Length in frames.
    pub frames: u64,
    /// Frames a second.
    pub sample_rate: u32,
    /// Integrated loudness (BS.1770-5) in LUFS; negative infinity for silence.
    pub loudness_lufs: f32,
    /// True peak in dBTP; negative infinity for silence.
    pub true_peak_dbtp: f32,
    /// Largest sample in dBFS; negative infinity for silence.
    pub sample_peak_db: f32,
    /// Samples beyond full scale that an integer format clamped.
    pub clips: u64,
    /// Assets that are missing or cannot be decoded; the rest was rendered.
    pub missing: Vec<Unplayable>,
    /// For a replay of a log that was cut short: true. What is whole was rendered.
    pub truncated: bool,
}

impl RenderReport {
    /// Length in seconds.
    #[allow(clippy::cast_precision_loss, reason = "for people")]
    pub fn seconds(&self) -> f64 {
        self.frames as f64 / f64::from(self.sample_rate)
    }
}

/// Called now and then; `Break` cancels, and nothing is left behind.
pub type Progress<'a> = &'a mut dyn FnMut(RenderProgress<'_>) -> ControlFlow<()>;

/// Renders `project` from its start, the transport running, to a stereo WAV file that appears when
/// it is complete. The latency of inserts is taken out. Blocks. `[main-thread]`
///
/// # Errors
/// [`Error::Argument`] for a rate, length or block out of range; what the project says that cannot
/// be built; [`Error::Io`]; [`Error::Cancelled`].
pub fn render(
    project: &OpenProject,
    options: &RenderOptions,
    out: &Path,
    progress: Progress<'_>,
) -> Result<RenderReport> {
    check(options)?;
    let mut config = EngineConfig::for_project(&project.project, options.rate);
    config.seed = options.seed.unwrap_or(config.seed);
    config.record = options.log.is_some();
    config.cache.clone_from(&options.cache);
    let (mut control, renderer, _) = create(config)?;
    let report = load(&mut control, project, progress)?;
    if let Some(log) = &options.log {
        control.record_to(log, project, &report)?;
    }
    control.play()?;
    let frames = length(options.seconds, &report, control.config().sample_rate);
    let mut session = Bounce::new(control, renderer, options.block, out, options.format)?;
    let total = frames + session.skip;
    session.run_to(total, total, progress)?;
    session.finish(frames, report.unplayable)
}

/// Renders a session log to a WAV file: the bits of the session. Blocks. `[main-thread]`
///
/// # Errors
/// [`Error::Format`] for a damaged log; [`Error::ChangedAsset`] when an asset is not what it was;
/// [`Error::BadLog`] when the rows do not fit the project; else as [`render`].
pub fn replay(
    log: &Path,
    out: &Path,
    format: WavFormat,
    progress: Progress<'_>,
) -> Result<RenderReport> {
    replay_with(log, out, format, None, progress)
}

/// As [`replay`], with the cache for decoded sounds in a folder of one's own.
///
/// # Errors
/// As [`replay`].
pub fn replay_with(
    log: &Path,
    out: &Path,
    format: WavFormat,
    cache: Option<PathBuf>,
    progress: Progress<'_>,
) -> Result<RenderReport> {
    let session = Session::read(log)?;
    let (project, _) = Project::from_json(&session.project).map_err(|e| Error::format(log, e))?;
    let mut config = EngineConfig::for_project(&project, Some(session.header.sample_rate));
    config.seed = session.header.seed.0;
    config.cache = cache;
    let opened = open(Path::new(&session.header.project_path))?.with_project(project);
    let (mut control, renderer, _) = create(config)?;
    control.hold_installs();
    let report = load(&mut control, &opened, progress)?;
    compare_assets(&session, &report, &opened)?;
    let last = session.rows.iter().map(|(at, _)| *at).max().unwrap_or(0);
    let frames = session.frames.unwrap_or(last);
    let mut bounce = Bounce::new(control, renderer, BlockSize::Fixed(512), out, format)?;
    for (at, entry) in session.rows {
        bounce.run_to(at.min(frames), frames, progress)?;
        bounce.enter(log, at, entry)?;
    }
    bounce.run_to(frames, frames, progress)?;
    let mut report = bounce.finish(frames.saturating_sub(bounce_skip(&report)), report.unplayable)?;
    report.truncated = session.frames.is_none();
    Ok(report)
}
