//! Overviews and pictures of waveforms.

use std::ffi::c_char;
use std::path::PathBuf;

use facade::jobs::DecodeOptions;
use facade::jobs::overview::{Overview, build, frames_per_bin};
use facade::jobs::plot::{Size, waveform_png};
use serde::Deserialize;
use serde_json::json;

use crate::boundary::{OK, boundary};
use crate::engine::load::document;
use crate::job::{Progress, segue_job, start};
use crate::library::check_abi;
use crate::memory::needed;
use crate::options::options;
use crate::status::{Answer, Failure, SEGUE_STATUS_INVALID_ARGUMENT, segue_status};

/// Makes an overview of an audio file as `segue waveform` does: minimum, maximum and RMS at several
/// scales, in the format of docs/formats.md. `abi` is `SEGUE_ABI` of the header. `[thread-safe]`
///
/// `options` is a JSON object (`options_length` bytes of UTF-8) with:
/// - `file`: the path of the audio file. Needed.
/// - `output`: the overview to write; default: the file's name with `.wave`.
/// - `png`: also draw it to this file; default: none.
/// - `width`, `height`: of the picture in pixels, 100..=16384 and 60..=16384; default 1600 and 300.
///
/// The job's document is a JSON object: `path`, `bytes`, `sample_rate` (Hz), `channels`, `frames`,
/// `frames_per_bin` (a list, one a level). It counts frames.
///
/// Sizes: `options` at most 64 MiB.
/// Ownership: the text stays the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
/// Errors: `ABI_MISMATCH`, `INVALID_DOCUMENT` for the options, `INVALID_ARGUMENT`, `LIMIT_EXCEEDED`,
/// `INVALID_UTF8`, `SYSTEM`, `NULL_POINTER`; the job says `NOT_FOUND`, `WRONG_FILE`, `DAMAGED`,
/// `SYSTEM`, `CANCELLED`. Since 0.1.
///
/// # Safety
/// `options` is NULL or `options_length` bytes; `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_waveform(
    abi: u32,
    options: *const c_char,
    options_length: usize,
    out_job: *mut *mut segue_job,
) -> segue_status {
    boundary("segue_waveform", || {
        check_abi(abi)?;
        needed("out_job", out_job)?;
        // SAFETY: the caller's promise.
        let wanted: Wanted = unsafe { self::options(options, options_length) }?;
        if wanted.file.as_os_str().is_empty() {
            let problem = "is not given; name an audio file";
            let status = SEGUE_STATUS_INVALID_ARGUMENT;
            return Err(Failure::argument(status, "file", problem));
        }
        let work = move |progress: &Progress| wanted.run(progress);
        // SAFETY: the caller's promise.
        unsafe { start("segue-offline", out_job, work) }?;
        OK
    })
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    file: PathBuf,
    output: Option<PathBuf>,
    png: Option<PathBuf>,
    width: Option<u32>,
    height: Option<u32>,
}

impl Wanted {
    fn run(&self, progress: &Progress) -> Answer<Vec<u8>> {
        let beside = || self.file.with_extension("wave");
        let out = self.output.clone().unwrap_or_else(beside);
        let options = DecodeOptions::default();
        let mut at = |done, total| progress.step(done, total);
        let info = build(&self.file, &out, &options, &mut at).map_err(facade::Error::from)?;
        if let Some(png) = &self.png {
            let mut overview = Overview::open(&out).map_err(facade::Error::from)?;
            let size = Size {
                width: self.width.unwrap_or(1_600),
                height: self.height.unwrap_or(300),
            };
            let drawn = waveform_png(&mut overview, 0..info.frames, size, png);
            drawn.map_err(facade::Error::from)?;
        }
        let bins: Vec<u64> = (0..info.levels).map(frames_per_bin).collect();
        document(&json!({
            "path": out.display().to_string(),
            "bytes": info.bytes(),
            "sample_rate": info.sample_rate,
            "channels": info.channels,
            "frames": info.frames,
            "frames_per_bin": bins,
        }))
    }
}
