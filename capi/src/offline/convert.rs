//! Files to other files: format, rate, channels, inserts, loudness, tags.

use std::ffi::c_char;
use std::path::{Path, PathBuf};

use facade::jobs::batch::{BatchItem, BatchOptions, Shard};
use facade::jobs::helpers::{Helper, check_results};
use facade::jobs::job::{Detail, Job};
use facade::jobs::rows::Names;
use facade::jobs::words::Words;

use crate::boundary::{OK, boundary};
use crate::job::{Progress, segue_job, start};
use crate::library::check_abi;
use crate::memory::needed;
use crate::offline::words::with_words;
use crate::offline::{MAX_FILES, probed, run, workers};
use crate::options::options;
use crate::status::{
    Answer, Failure, SEGUE_STATUS_INVALID_ARGUMENT, SEGUE_STATUS_SYSTEM, segue_status,
};

/// Converts audio files as `segue convert` does. `abi` is `SEGUE_ABI` of the header. `[thread-safe]`
///
/// `options` is a JSON object (`options_length` bytes of UTF-8) with:
/// - `inputs`: paths, 1..=100000 of them.
/// - `output`: the file to write, for one input; or `to`: the folder to write to, with the names of
///   the inputs. One of them is needed.
/// - `group`: one gain for all files, as for an album; default false.
/// - `workers`: files done at a time, 1..=64; default: as many as there are processors.
///
/// and any of these, which are described in docs/offline.md:
/// - `format`: `"wav"`, `"bw64"`, `"aiff"`, `"flac"`, `"ogg"`, `"opus"`, `"mp3"`, `"m4a"`, `"aac"`; default: from
///   the output's name. `bits`: `"8"`, `"16"`, `"24"`, `"32"`, `"32f"`, `"64f"`; default: the input's, at least 16.
///   `quality`: FLAC 0..=8 (5), Ogg Vorbis -1..=10 (6), MP3 0..=9. `bitrate`: kbit/s. `rate`: Hz, 8000..=384000.
///   `resampler`: `"offline"` (default), `"stream"`, only with a new rate. `precision`: `"single"` (default),
///   `"best"`, which computes in 64 bits. `dither`: `"tpdf"` (default), `"none"`, `"rectangular"`, `"shaped"`.
/// - `channels`: `"keep"` (default), `"mono"`, `"left"`, `"right"`, `"mid"`, `"side"`, `"stereo"`.
///   `start`, `end`: seconds. `trim`: dBFS below which silence is cut off both ends; `trim_keep`:
///   seconds of it that stay. `remove_dc`. `fade_in`, `fade_out`: seconds.
/// - `chain`: inserts, as `{"inserts": [{"kind", "preset", "params", "mix", "bypass", "ir"}]}` or the path of a
///   file with that; `ir` is the audio file that a convolution needs, from the folder of that file; or `project`
///   and `bus`, whose inserts are taken. `tempo`: beats a minute for them. `tail`: `"auto"` (default), `"none"`, or
///   seconds as a text.
/// - `profile`: a target by name (`"ebu-r128"`, `"stream"`, ...); `target`: LUFS, -100..=20; `mode`: `"lufs"`
///   (default), `"max_m"`, `"max_s"`, `"rms"`, `"peak"`, `"true_peak"`, `"dr"`, whose target is a dynamic range of
///   0..=40 dB; `ceiling`: dBTP (-1); `no_ceiling`; `over`: `"reduce"` (default), `"limit"`, `"fail"`;
///   `max_limiting`: dB; `loop`.
/// - `tags`: a list of `"NAME=Text"`; `drop_tags`; `replay_gain`; `bext`.
/// - `exists`: `"fail"` (default), `"overwrite"`, `"suffix"`; `allow_truncated`; `sanitize`; `conceal`;
///   `no_verify`.
///
/// The job's document is a JSON object: `jobs` (how many), `failed` (how many), `rows`, a list with a row for each
/// file: `index`, `input`, `output`, `status` (`"done"`, ...), `source`, `format`, `bytes`, what
/// [`segue_measure`](super::measure::segue_measure) says, `measure`, `slope` (dB out for a dB in of mode `dr`, else
/// 1), `gain_db`, `limiter_db`, `rule`, `result_level`, `result_true_peak_dbtp`, `clips`, `dc`, `silence_frames`,
/// `flags`, `codec_delay`, `is_copy`, `warnings`, `input_hash`, `settings_hash`, `output_hash`; or `index`,
/// `input`, `output`, `status` `"failed"` and `error`, which is no error of the job. It counts files, 1,000 steps
/// each. A job that was cancelled leaves the files that were done, and no part of another.
///
/// Sizes: `options` at most 64 MiB.
/// Ownership: the text stays the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
/// Errors: `ABI_MISMATCH`, `INVALID_DOCUMENT` for the options or the chain, with line and column, `INVALID_ARGUMENT` for a
/// value, `NOT_FOUND`, `WRONG_FILE`, `DAMAGED` for a chain or impulse response that is named, `LIMIT_EXCEEDED`,
/// `INVALID_UTF8`, `SYSTEM`, `NULL_POINTER`; the job says `CANCELLED`, `UNKNOWN_NAME` for a bus of
/// the project, `INVALID_ARGUMENT` also for two results of
/// one name, or one over a chain, a project or an impulse response that is used. Since 0.1.
///
/// # Safety
/// `options` is NULL or `options_length` bytes; `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_convert(
    abi: u32,
    options: *const c_char,
    options_length: usize,
    out_job: *mut *mut segue_job,
) -> segue_status {
    boundary("segue_convert", || {
        check_abi(abi)?;
        needed("out_job", out_job)?;
        // SAFETY: the caller's promise.
        let files = Files::new(unsafe { self::options(options, options_length) }?)?;
        // SAFETY: the caller's promise.
        unsafe { start("segue-offline", out_job, move |at| files.run(at)) }?;
        OK
    })
}

/// Brings audio files to a loudness as `segue normalize` does: [`segue_convert`] with a `profile` or a
/// `target`, which must be given. `[thread-safe]`
///
/// Sizes: `options` at most 64 MiB.
/// Ownership: as [`segue_convert`].
/// Errors: as [`segue_convert`]; `INVALID_ARGUMENT` without a target. Since 0.1.
///
/// # Safety
/// As [`segue_convert`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_normalize(
    abi: u32,
    options: *const c_char,
    options_length: usize,
    out_job: *mut *mut segue_job,
) -> segue_status {
    boundary("segue_normalize", || {
        check_abi(abi)?;
        needed("out_job", out_job)?;
        // SAFETY: the caller's promise.
        let files = Files::new(unsafe { self::options(options, options_length) }?)?;
        if files.words.normalise()?.is_none() {
            let problem = "is not given; name a profile such as ebu-r128, or a target such as -23";
            let status = SEGUE_STATUS_INVALID_ARGUMENT;
            return Err(Failure::argument(status, "target", problem));
        }
        // SAFETY: the caller's promise.
        unsafe { start("segue-offline", out_job, move |at| files.run(at)) }?;
        OK
    })
}

/// Which files, and what happens to them.
struct Files {
    inputs: Vec<PathBuf>,
    output: Option<PathBuf>,
    to: Option<PathBuf>,
    group: bool,
    workers: Option<usize>,
    /// What they need besides.
    helpers: Vec<Helper>,
    words: Words,
}

with_words! {
    /// The options of [`segue_convert`].
    Options {
        inputs: Vec<PathBuf>,
        output: Option<PathBuf>,
        to: Option<PathBuf>,
        group: bool,
        workers: Option<usize>,
    }
}

impl Files {
    fn new(mut options: Options) -> Answer<Self> {
        let wrong = |name, problem| {
            let status = SEGUE_STATUS_INVALID_ARGUMENT;
            Err(Failure::argument(status, name, problem))
        };
        let inputs = std::mem::take(&mut options.inputs);
        let (output, to) = (options.output.take(), options.to.take());
        let (group, workers) = (options.group, options.workers);
        let (words, helpers) = options.words(Path::new(""))?;
        let files = Self {
            inputs,
            output,
            to,
            group,
            workers,
            helpers,
            words,
        };
        if files.inputs.len() > MAX_FILES {
            return Err(Failure::limit("inputs", files.inputs.len(), MAX_FILES));
        }
        match (&files.output, &files.to, files.inputs.len()) {
            (_, _, 0) => wrong("inputs", "is empty; name at least one file"),
            (None, None, _) => wrong("output", "is not given; name a file, or a folder as to"),
            (Some(_), Some(_), _) => wrong("to", "is given besides output; give one of them"),
            (Some(_), None, 2..) => wrong("output", "is for one input; give to for several"),
            _ => Ok(files),
        }
    }

    fn run(&self, progress: &Progress) -> Answer<Vec<u8>> {
        let (mut items, mut names) = (Vec::new(), Vec::new());
        for input in &self.inputs {
            let output = self.target(input)?;
            let settings = self.words.settings(&output, probed(input).as_ref())?;
            names.push(Names {
                input: input.display().to_string(),
                output: output.display().to_string(),
            });
            items.push(BatchItem {
                job: Job {
                    input: input.clone(),
                    output,
                    settings,
                },
                group: self.group.then(String::new),
                refused: None,
                same_as: None,
            });
        }
        check_results(
            items.iter().map(|item| item.job.output.as_path()),
            &self.helpers,
        )?;
        let options = BatchOptions {
            workers: workers(self.workers),
            shard: Shard::ALL,
            journal: None,
            detail: Detail::Full,
        };
        run(progress, &items, &names, &options)
    }

    fn target(&self, input: &Path) -> Answer<PathBuf> {
        if let Some(output) = &self.output {
            return Ok(output.clone());
        }
        let folder = self.to.clone().unwrap_or_default();
        std::fs::create_dir_all(&folder).map_err(|error| {
            let text = format!("{}: cannot create: {error}", folder.display());
            Failure::text(SEGUE_STATUS_SYSTEM, text)
        })?;
        let mut file = input.file_stem().unwrap_or_default().to_owned();
        file.push(".");
        file.push(self.words.extension(input));
        Ok(folder.join(file))
    }
}
