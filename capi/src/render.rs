//! Projects, scenes and recorded sessions to WAV files, faster than real time and with its bits.

mod trace;

use std::ffi::c_char;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use facade::project::OpenProject;
use facade::render::{
    BlockSize, RenderOptions, RenderProgress, WavFormat, render, render_scene, replay_with,
};
use facade::scene::{SCENE_BYTES, Scene};
use serde::de::{Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use crate::boundary::{OK, boundary, boundary_on};
use crate::engine::load::document;
use crate::handle::Handle;
use crate::job::{Progress, segue_job, start};
use crate::library::check_abi;
use crate::memory::{needed, take_path};
use crate::options::{Seed, options};
use crate::project::{PROJECTS, segue_project};
use crate::status::{Answer, Failure, SEGUE_STATUS_INVALID_ARGUMENT, segue_status};

/// Renders a project to the stereo WAV file `path`, which appears when it is complete, in the
/// place of what was there. With a scene or the recording of a live game, its calls are carried out and the transport
/// stands until it runs it; else the transport runs from the start. `[thread-safe]`
///
/// `options` is a JSON object (`options_length` bytes of UTF-8, or NULL and 0) with any of:
/// - `seconds`: length, 0..=86400; default: the arrangement's, with a scene its own.
/// - `seed`: seed of everything random, a number or a text of digits; default: the project's.
/// - `rate`: Hz, 8000..=384000; default: the project's, else 48000.
/// - `block`: frames rendered at a time, 1..=65536, or `"random"`; default 512. The samples do not
///   depend on it.
/// - `bits`: `"16"`, `"24"` (default), or `"32f"`, the engine's own samples.
/// - `log`: path of a session log to write, for [`segue_replay`]; default: none.
/// - `scene`: the text of a scene (docs/scene.md), at most 16 MiB; default: none.
/// - `trace`: file of the recording of a live game (the `trace` of
///   [`segue_live_start`](crate::live::segue_live_start)), rendered to the bits that were heard as long as the project
///   is the same: it has its own `seed` and `rate`, and its length where `seconds` is not given; default: none.
/// - `adapter`: text of an adapter (TOML) that says what the messages of `trace` mean, in place of what was made of them;
///   default: none.
/// - `cache`: folder for decoded sounds; default: the user's.
///
/// The job's document is a JSON object: `path`, `frames`, `sample_rate`, `seconds`,
/// `loudness_lufs`, `true_peak_dbtp`, `sample_peak_db` (null for silence), `clips`, `missing` (a list of
/// `id`, `file`, `reason`), `unread_frames`, `cut_short`, and with a scene or `trace` `calls`; with a `trace`
/// `cut_short` is true for one that broke off, `skipped_lines` counts what of it cannot be read, and `other_project` says
/// whether the project is another one than it was recorded with. It counts sounds first and frames then.
///
/// Sizes: `path` at most 4,096 bytes, `options` at most 64 MiB.
/// Ownership: texts stay the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
/// The project stays the caller's and may be destroyed at any time.
/// Errors: `INVALID_DOCUMENT` for the options; `EXISTS` for a file of the project itself; `NOT_FOUND` for a folder that is
/// not there; `INVALID_ARGUMENT`; the job says `INVALID_DOCUMENT` with the line of a scene, or what cannot be built,
/// `WRONG_FILE` for a device or pipe and for what is no recording, `NOT_FOUND`, `NEWER_VERSION`, `DAMAGED` for a recording,
/// `EXISTS` for a `log` in the place of something else, `SYSTEM`, `CANCELLED`;
/// `LIMIT_EXCEEDED`, `INVALID_UTF8`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
/// Since 0.1.
///
/// # Safety
/// Each text is NULL or as many bytes as its length says; `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_render(
    project: *mut segue_project,
    path: *const c_char,
    path_length: usize,
    options: *const c_char,
    options_length: usize,
    out_job: *mut *mut segue_job,
) -> segue_status {
    boundary_on("segue_render", &PROJECTS, project as Handle, |project| {
        needed("out_job", out_job)?;
        // SAFETY: the caller's promise.
        let out = unsafe { take_path("path", path, path_length) }?.to_owned();
        // SAFETY: the caller's promise.
        let wanted: Wanted = unsafe { self::options(options, options_length) }?;
        let open = project.now();
        wanted.check()?;
        let scene = wanted.scene()?;
        let how = wanted.how(&open, &out)?;
        let work = move |progress: &Progress| {
            let at = &mut |step: RenderProgress<'_>| rendering(progress, &step);
            let value = match (&scene, &wanted.trace) {
                (None, Some(_)) => trace::render(&open, &wanted, how, &out, at)?,
                (None, None) => render(&open, &how, &out, at)?.value(),
                (Some(scene), _) => {
                    let report = render_scene(&open, scene, &how, Some(&out), None, at)?;
                    let mut value = report.render.value();
                    value["calls"] = report.calls.into();
                    value
                }
            };
            document(&value)
        };
        // SAFETY: the caller's promise.
        unsafe { start("segue-render", out_job, work) }?;
        OK
    })
}

/// Renders a recorded session (`log_path`, a path) to the stereo WAV file `path`: the bits of the
/// session, the latency of its inserts left out, as long as `missing_frames` of `segue_engine_state` was 0: what the
/// disk did not deliver in time is heard here. Its project must lie where it was. `abi` is `SEGUE_ABI` of the header. `[thread-safe]`
///
/// `options` is a JSON object (or NULL and 0) with any of:
/// - `bits`: `"16"`, `"24"` (default), or `"32f"`, the bits of the session.
/// - `cache`: folder for decoded sounds; default: the user's.
///
/// The job's document is that of [`segue_render`]; `cut_short` is true for a log without its end.
///
/// Sizes: `log_path` at most 4,096 bytes, `path` at most 4,096 bytes, `options` at most 64 MiB.
/// Ownership: texts stay the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
/// Errors: `ABI_MISMATCH`, `INVALID_DOCUMENT` for the options, `INVALID_ARGUMENT` when both paths are the
/// same; the job says `NOT_FOUND`, `WRONG_FILE` (also for an audio file that has changed), `DAMAGED`,
/// `NEWER_VERSION`, `SYSTEM`, `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_UTF8`, `NULL_POINTER`. Since 0.1.
///
/// # Safety
/// Each text is NULL or as many bytes as its length says; `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_replay(
    abi: u32,
    log_path: *const c_char,
    log_path_length: usize,
    path: *const c_char,
    path_length: usize,
    options: *const c_char,
    options_length: usize,
    out_job: *mut *mut segue_job,
) -> segue_status {
    boundary("segue_replay", || {
        check_abi(abi)?;
        needed("out_job", out_job)?;
        // SAFETY: the caller's promise.
        let log = unsafe { take_path("log_path", log_path, log_path_length) }?.to_owned();
        // SAFETY: the caller's promise.
        let out = unsafe { take_path("path", path, path_length) }?.to_owned();
        // SAFETY: the caller's promise.
        let wanted: Replay = unsafe { self::options(options, options_length) }?;
        differ(&log, &out, "session log")?;
        let work = move |progress: &Progress| {
            let at = &mut |step: RenderProgress<'_>| rendering(progress, &step);
            let format = wanted.bits.format();
            let report = replay_with(&log, &out, format, wanted.cache.clone(), at)?;
            document(&report.value())
        };
        // SAFETY: the caller's promise.
        unsafe { start("segue-render", out_job, work) }?;
        OK
    })
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    seconds: Option<f64>,
    seed: Option<Seed>,
    rate: Option<u32>,
    block: Option<Block>,
    bits: Bits,
    log: Option<PathBuf>,
    scene: Option<String>,
    trace: Option<PathBuf>,
    adapter: Option<String>,
    cache: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Replay {
    bits: Bits,
    cache: Option<PathBuf>,
}

#[derive(Clone, Copy)]
enum Block {
    Frames(usize),
    Random,
}

impl<'de> Deserialize<'de> for Block {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_any(BlockVisitor)
    }
}

struct BlockVisitor;

impl Visitor<'_> for BlockVisitor {
    type Value = Block;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a whole number in 1..=65536, or \"random\"")
    }

    fn visit_u64<E>(self, frames: u64) -> Result<Block, E> {
        Ok(Block::Frames(usize::try_from(frames).unwrap_or(usize::MAX)))
    }

    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Block, E> {
        match word {
            "random" => Ok(Block::Random),
            other => Err(E::invalid_value(Unexpected::Str(other), &self)),
        }
    }
}

/// How samples are stored.
#[derive(Clone, Copy, Default, Deserialize)]
enum Bits {
    #[serde(rename = "16")]
    Integer16,
    #[default]
    #[serde(rename = "24")]
    Integer24,
    #[serde(rename = "32f")]
    Float32,
}

impl Bits {
    fn format(self) -> WavFormat {
        match self {
            Bits::Integer16 => WavFormat::I16,
            Bits::Integer24 => WavFormat::I24,
            Bits::Float32 => WavFormat::F32,
        }
    }
}

impl Wanted {
    /// Refuses keys that do nothing beside others.
    fn check(&self) -> Answer {
        let wrong = |name, problem| {
            let status = SEGUE_STATUS_INVALID_ARGUMENT;
            Err(Failure::argument(status, name, problem))
        };
        let has_own = "cannot be given beside trace, which has its own; leave it out";
        match self.trace.is_some() {
            true if self.scene.is_some() => wrong("scene", "cannot be given beside trace"),
            true if self.seed.is_some() => wrong("seed", has_own),
            true if self.rate.is_some() => wrong("rate", has_own),
            false if self.adapter.is_some() => wrong("adapter", "is for a trace; give it too"),
            _ => Ok(()),
        }
    }

    fn scene(&self) -> Answer<Option<Scene>> {
        let Some(text) = &self.scene else {
            return Ok(None);
        };
        if text.len() > SCENE_BYTES {
            return Err(Failure::limit("scene", text.len(), SCENE_BYTES));
        }
        Ok(Some(Scene::parse("scene", text)?))
    }

    /// Results must not take the place of the project's own files, nor of one another.
    fn how(&self, project: &OpenProject, out: &Path) -> Answer<RenderOptions> {
        project.refuse_as_output(out)?;
        if let Some(log) = &self.log {
            project.refuse_as_output(log)?;
            differ(log, out, "session log")?;
        }
        for result in [Some(out), self.log.as_deref()].into_iter().flatten() {
            let trace = self.trace.as_deref();
            trace.map_or(Ok(()), |trace| differ(trace, result, "trace"))?;
        }
        let seed = self.seed.map(Seed::value);
        Ok(RenderOptions {
            seconds: self.seconds,
            seed,
            rate: self.rate,
            block: match self.block {
                None => BlockSize::Fixed(512),
                Some(Block::Frames(frames)) => BlockSize::Fixed(frames),
                Some(Block::Random) => BlockSize::Random(seed.unwrap_or(project.project.seed.0)),
            },
            log: self.log.clone(),
            format: self.bits.format(),
            cache: self.cache.clone(),
        })
    }
}

fn differ(other: &Path, out: &Path, what: &str) -> Answer {
    if std::path::absolute(other).ok() != std::path::absolute(out).ok() {
        return Ok(());
    }
    let text = format!("path names the {what} too; give each a file of its own");
    Err(Failure::text(SEGUE_STATUS_INVALID_ARGUMENT, text))
}

pub(crate) fn rendering(progress: &Progress, step: &RenderProgress<'_>) -> ControlFlow<()> {
    match step {
        RenderProgress::Loading(at) => progress.step(at.done as u64, at.total as u64),
        RenderProgress::Rendering { done, total } => progress.step(*done, *total),
    }
}
