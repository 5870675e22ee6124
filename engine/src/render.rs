//! Rendering projects and session logs to files, faster than real time and with its bits.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::thread;

use segue_dsp::loudness::LoudnessMeter;
use segue_dsp::math::gain_to_db;
use segue_format::Project;
use segue_offline::channels::Layout;
use segue_offline::quantize::Dither;
pub use segue_offline::wav::WavFormat;
use segue_offline::wav::{WavSpec, WavWriter};
use segue_rt::renderer::Renderer;
use serde_json::{Value, json};

use crate::config::EngineConfig;
use crate::control::{Control, Edit, create};
use crate::error::{Error, Result};
use crate::load::{LoadProgress, LoadReport, Unplayable};
use crate::project::{OpenProject, open};
use crate::session::{Entry, Session};

mod live;
mod scene;

pub use live::{Driver, LiveEvent, LiveReport, Wish, render_live};
pub use scene::{OnRow, SceneReport, render_scene, render_trace};

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
    /// The file; empty when none was asked for.
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
    /// Frames of streamed sounds that could not be read while they played, and are silent.
    pub unread_frames: u64,
    /// Assets that are missing or cannot be decoded; the rest was rendered.
    pub missing: Vec<Unplayable>,
    /// For a replay of a log that was cut short: true. What is whole was rendered.
    pub truncated: bool,
}

impl RenderReport {
    /// As `segue render --json` and libsegue tell it. JSON has no infinity: silence is null.
    pub fn value(&self) -> Value {
        let missing: Vec<Value> = self.missing.iter().map(Unplayable::value).collect();
        json!({
            "path": self.path.display().to_string(),
            "frames": self.frames,
            "sample_rate": self.sample_rate,
            "seconds": self.seconds(),
            "loudness_lufs": self.loudness_lufs,
            "true_peak_dbtp": self.true_peak_dbtp,
            "sample_peak_db": self.sample_peak_db,
            "clips": self.clips,
            "missing": missing,
            "unread_frames": self.unread_frames,
            "cut_short": self.truncated,
        })
    }

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
    let Some(log) = &options.log else {
        return bounce((control, renderer), report, options, out, progress);
    };
    control.record_to(log, project, &report)?;
    let rendered = bounce((control, renderer), report, options, out, progress);
    if rendered.is_err() && log.is_file() {
        // Half a log is of no use without its file; that it cannot be removed is no news.
        _ = std::fs::remove_file(log);
    }
    rendered
}

fn bounce(
    (mut control, renderer): (Control, Renderer),
    report: LoadReport,
    options: &RenderOptions,
    out: &Path,
    progress: Progress<'_>,
) -> Result<RenderReport> {
    control.play()?;
    let frames = length(options.seconds, &report, control.config().sample_rate);
    let mut session = Bounce::new(control, renderer, options.block, Some(out), options.format)?;
    let total = frames + session.skip;
    session.run_to(total, total, progress)?;
    session.finish(frames, report.unplayable)
}

/// Renders a session log to a WAV file: the bits of the session. Blocks. `[main-thread]`
///
/// # Errors
/// [`Error::Format`] for a damaged log; [`Error::ChangedAsset`] when an asset is not what it was,
/// [`Error::NotPlayable`] when it is nothing that plays; [`Error::BadLog`] when the rows do not fit the project; else as [`render`].
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
    let (mut project, _) =
        Project::from_json(&session.project).map_err(|e| Error::format(log, e))?;
    for asset in &mut project.assets {
        // What was heard is held against the log, whatever its project says of the file.
        let was_heard = session.header.assets.iter().any(|it| it.file == asset.file);
        asset.hash = asset.hash.take().filter(|_| !was_heard);
    }
    let mut config = EngineConfig::for_project(&project, Some(session.header.sample_rate));
    config.seed = session.header.seed.0;
    config.set_sizes(&session.header.limits);
    config.cache = cache;
    let opened = open(Path::new(&session.header.project_path))?.with_project(project);
    let (mut control, renderer, _) = create(config)?;
    control.hold_installs();
    let report = load(&mut control, &opened, progress)?;
    compare_assets(&session, &report, &opened)?;
    let last = session.rows.iter().map(|(at, _)| *at).max().unwrap_or(0);
    let frames = session.frames.unwrap_or(last);
    let mut bounce = Bounce::new(control, renderer, BlockSize::Fixed(512), Some(out), format)?;
    for (at, entry) in session.rows {
        bounce.run_to(at.min(frames), frames, progress)?;
        bounce.enter(log, (at, frames), entry)?;
    }
    bounce.run_to(frames, frames, progress)?;
    let skip = bounce.skip.min(frames);
    let mut report = bounce.finish(frames - skip, report.unplayable)?;
    report.truncated = session.frames.is_none();
    Ok(report)
}

/// An engine without real time, and the file it is rendered to.
struct Bounce {
    control: Control,
    renderer: Renderer,
    blocks: Blocks,
    /// `None` when only what happens is of interest.
    writer: Option<WavWriter>,
    meter: LoudnessMeter,
    /// Frames of latency that are not written.
    skip: u64,
    planes: [Vec<f32>; 2],
    interleaved: Vec<f32>,
    path: PathBuf,
}

impl Bounce {
    fn new(
        control: Control,
        mut renderer: Renderer,
        block: BlockSize,
        out: Option<&Path>,
        format: WavFormat,
    ) -> Result<Self> {
        let config = control.config();
        let sample_rate = config.sample_rate;
        let dither = match format {
            WavFormat::F32 => Dither::None,
            _ => Dither::Tpdf { seed: config.seed },
        };
        let spec = WavSpec {
            layout: Layout::usual(2),
            sample_rate,
            format,
            dither,
        };
        let writer = out.map(|out| WavWriter::create(out, spec)).transpose()?;
        renderer.set_wait(Some(thread::yield_now));
        let skip = u64::from(control.latency());
        let meter = LoudnessMeter::new(f64::from(sample_rate), &[1.0, 1.0]);
        Ok(Self {
            control,
            renderer,
            blocks: Blocks::new(block),
            writer,
            meter,
            skip,
            planes: [Vec::new(), Vec::new()],
            interleaved: Vec::new(),
            path: out.map(Path::to_owned).unwrap_or_default(),
        })
    }

    /// Renders up to the absolute frame `end`.
    fn run_to(&mut self, end: u64, total: u64, progress: Progress<'_>) -> Result<()> {
        while self.renderer.now() < end {
            let left = usize::try_from(end - self.renderer.now()).unwrap_or(usize::MAX);
            let frames = self.blocks.next().min(left);
            self.block(frames)?;
            self.control.update()?;
            let done = self.renderer.now();
            if progress(RenderProgress::Rendering { done, total }).is_break() {
                return Err(Error::Cancelled);
            }
        }
        Ok(())
    }

    fn block(&mut self, frames: usize) -> Result<()> {
        let before = self.renderer.now();
        self.planes
            .iter_mut()
            .for_each(|plane| plane.resize(frames, 0.0));
        let [left, right] = &mut self.planes;
        self.renderer.process(&mut [left, right]);
        let skip = usize::try_from(self.skip.saturating_sub(before))
            .unwrap_or(0)
            .min(frames);
        let (left, right) = (&left[skip..], &right[skip..]);
        self.meter.process(&[left, right]);
        self.interleaved.clear();
        self.interleaved
            .extend(left.iter().zip(right).flat_map(|(l, r)| [*l, *r]));
        match &mut self.writer {
            Some(writer) => Ok(writer.write(&self.interleaved)?),
            None => Ok(()),
        }
    }

    /// Hands a row of a session log to the engine at its frame.
    fn enter(&mut self, log: &Path, (at, end): (u64, u64), entry: Entry) -> Result<()> {
        self.control.update()?;
        if self.control.free_commands() == 0 {
            // The session had as many on one frame.
            self.renderer.catch_up();
            self.control.update()?;
        }
        let bad = |what| Error::BadLog {
            path: log.to_owned(),
            what,
        };
        match entry {
            // What was recorded had been checked; the same values are queued again.
            Entry::Plain(plain) => self.control.send_again(at, plain),
            Entry::Edit(edit) => self.edit(edit, end),
            Entry::Install(index) => match self.control.replay_install(at, index)? {
                true => Ok(()),
                false => Err(bad(format!("install {index} was not prepared"))),
            },
        }
    }

    /// Carries out an edit of a session that ends at the frame `end`. A commit that waited for
    /// another one to be done waits for it here as well, to the frame.
    fn edit(&mut self, edit: Edit, end: u64) -> Result<()> {
        while edit == Edit::Commit && self.control.is_commit_busy() && self.renderer.now() < end {
            self.block(1)?;
            self.control.update()?;
        }
        self.control.apply(edit)
    }

    fn finish(mut self, frames: u64, missing: Vec<Unplayable>) -> Result<RenderReport> {
        self.control.finish_recording(self.renderer.now())?;
        let summary = self.writer.map(WavWriter::finish).transpose()?;
        self.meter.finish();
        let reading = self.meter.reading();
        Ok(RenderReport {
            path: self.path,
            frames,
            sample_rate: self.control.config().sample_rate,
            loudness_lufs: reading.integrated.0,
            true_peak_dbtp: gain_to_db(reading.true_peak),
            sample_peak_db: gain_to_db(reading.sample_peak),
            clips: summary.map_or(0, |summary| summary.clips),
            unread_frames: self.control.unread_frames(),
            missing,
            truncated: false,
        })
    }
}

/// The sizes of blocks.
enum Blocks {
    Fixed(usize),
    /// State of a SplitMix64 generator.
    Random(u64),
}

impl Blocks {
    fn new(size: BlockSize) -> Self {
        match size {
            BlockSize::Fixed(frames) => Self::Fixed(frames),
            BlockSize::Random(seed) => Self::Random(seed),
        }
    }

    fn next(&mut self) -> usize {
        match self {
            Self::Fixed(frames) => *frames,
            Self::Random(state) => {
                *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut z = *state;
                z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                usize::try_from((z >> 33) % 4_097).unwrap_or(0)
            }
        }
    }
}

fn load(
    control: &mut Control,
    project: &OpenProject,
    progress: Progress<'_>,
) -> Result<LoadReport> {
    control.load_project(project, &mut |loading| {
        progress(RenderProgress::Loading(loading))
    })
}

fn check(options: &RenderOptions) -> Result<()> {
    let bad = |what, value, allowed| {
        Err(Error::Argument {
            what,
            value,
            allowed,
        })
    };
    if let Some(seconds) = options.seconds.filter(|s| !(0.0..=MAX_SECONDS).contains(s)) {
        return bad("seconds", seconds.to_string(), "0..=86400");
    }
    match options.block {
        BlockSize::Fixed(frames) if !(1..=65_536).contains(&frames) => {
            bad("block", frames.to_string(), "1..=65536 frames, or random")
        }
        _ => Ok(()),
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked range"
)]
fn length(seconds: Option<f64>, report: &LoadReport, sample_rate: u32) -> u64 {
    let frames = |seconds: f64| (seconds * f64::from(sample_rate)).round() as u64;
    match seconds {
        Some(seconds) => frames(seconds),
        None if report.frames > 0 => report.frames.min(frames(MAX_SECONDS)),
        None => frames(DEFAULT_SECONDS),
    }
}

/// Every asset must be what it was when the session was recorded.
fn compare_assets(session: &Session, report: &LoadReport, opened: &OpenProject) -> Result<()> {
    for asset in &session.header.assets {
        let found = report.hashes.iter().find(|(file, _)| *file == asset.file);
        match found {
            Some((_, hash)) if *hash == asset.hash => {}
            Some((file, hash)) => {
                let path = opened.root.join(file);
                return Err(Error::ChangedAsset {
                    path,
                    hash: hash.clone(),
                    way_out: "put the file of the recording back",
                });
            }
            None => {
                let path = opened.source.clone();
                let is_gone = opened.missing.iter().any(|it| it.file == asset.file);
                let silent = report.unplayable.iter().find(|it| it.file == asset.file);
                return Err(match silent {
                    Some(silent) if !is_gone => Error::NotPlayable {
                        path: opened.root.join(&asset.file),
                        reason: silent.reason.clone(),
                    },
                    _ => Error::Missing {
                        path,
                        files: vec![asset.file.clone()],
                    },
                });
            }
        }
    }
    Ok(())
}
