//! Loudness, peaks and dynamics of files.

use std::ffi::c_char;
use std::path::{Path, PathBuf};

use facade::jobs::Encoding;
use facade::jobs::job::{JobProgress, Settings, measure, measure_with_history};
use facade::jobs::measure::Measurement;
use facade::jobs::plot::{Size, loudness_png, loudness_svg};
use facade::jobs::rows;
use facade::render::WavFormat;
use facade::{Error, ErrorKind};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::boundary::{OK, boundary};
use crate::engine::load::document;
use crate::job::{Progress, segue_job, start};
use crate::library::check_abi;
use crate::memory::needed;
use crate::offline::{MAX_FILES, at};
use crate::options::options;
use crate::status::{Answer, Failure, SEGUE_STATUS_INVALID_ARGUMENT, segue_status};

/// Measures audio files as `segue measure` does (BS.1770-5, EBU R 128, DR). `abi` is `SEGUE_ABI` of
/// the header. `[thread-safe]`
///
/// `options` is a JSON object (`options_length` bytes of UTF-8) with:
/// - `files`: paths, 1..=100000 of them.
/// - `plot`: file for a picture of loudness over time, `.svg` or `.png`; for one file; default: none.
/// - `width`, `height`: of the picture in pixels, 100..=16384 and 60..=16384; default 1000 and 400.
/// - `allow_truncated`: take what is there of files that were cut; default false.
///
/// The job's document is a JSON object: `files` (how many), `failed` (how many), `rows`, a list with
/// a row for each file: `file`, `sample_rate` (Hz), `channels`, `seconds`, `lufs_i`, `lufs_m_max`,
/// `lufs_s_max` (LUFS), `lra` (LU), `true_peak_dbtp`, `sample_peak_dbfs` (null for silence), `dr`,
/// `warnings` (texts); or `file`, `error` for one that cannot be measured, which is no error of the
/// job. It counts files, 1,000 steps each.
///
/// Sizes: `options` at most 64 MiB.
/// Ownership: the text stays the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
/// Errors: `ABI_MISMATCH`, `INVALID_DOCUMENT` for the options, `INVALID_ARGUMENT`, `LIMIT_EXCEEDED`,
/// `INVALID_UTF8`, `SYSTEM`, `NULL_POINTER`; the job says `CANCELLED`, and `SYSTEM`,
/// `NOT_FOUND` (its folder), `WRONG_FILE` (a device or pipe) or `INVALID_ARGUMENT` for the picture. Since 0.1.
///
/// # Safety
/// `options` is NULL or `options_length` bytes; `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_measure(
    abi: u32,
    options: *const c_char,
    options_length: usize,
    out_job: *mut *mut segue_job,
) -> segue_status {
    boundary("segue_measure", || {
        check_abi(abi)?;
        needed("out_job", out_job)?;
        // SAFETY: the caller's promise.
        let wanted: Wanted = unsafe { self::options(options, options_length) }?;
        wanted.check()?;
        let work = move |progress: &Progress| wanted.run(progress);
        // SAFETY: the caller's promise.
        unsafe { start("segue-offline", out_job, work) }?;
        OK
    })
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    files: Vec<PathBuf>,
    plot: Option<PathBuf>,
    width: Option<u32>,
    height: Option<u32>,
    allow_truncated: bool,
}

impl Wanted {
    fn check(&self) -> Answer {
        let wrong = |name, problem| {
            let status = SEGUE_STATUS_INVALID_ARGUMENT;
            Err(Failure::argument(status, name, problem))
        };
        if self.files.is_empty() {
            return wrong("files", "is empty; name at least one file");
        }
        if self.files.len() > MAX_FILES {
            return Err(Failure::limit("files", self.files.len(), MAX_FILES));
        }
        let Some(plot) = &self.plot else {
            return Ok(());
        };
        if self.files.len() > 1 {
            return wrong("plot", "is for one file; measure them one by one");
        }
        match ending(plot).as_str() {
            "svg" | "png" => Ok(()),
            _ => wrong("plot", "does not end with .svg or .png"),
        }
    }

    fn run(&self, progress: &Progress) -> Answer<Vec<u8>> {
        let (mut rows, mut failed) = (Vec::new(), 0);
        let total = self.files.len();
        for (number, file) in self.files.iter().enumerate() {
            let mut monitor = |step: &JobProgress| at(progress, number as f64 + step.share, total);
            match self.measure(file, &mut monitor) {
                Ok(row) => rows.push(row),
                Err(error) if error.kind() == ErrorKind::Cancelled => return Err(error.into()),
                // Of one file and its picture, the picture is what was asked for besides.
                Err(error) if self.plot.is_some() => return Err(error.into()),
                Err(error) => {
                    failed += 1;
                    let file = file.display().to_string();
                    rows.push(json!({"file": file, "error": error.to_string()}));
                }
            }
        }
        document(&json!({"files": self.files.len(), "failed": failed, "rows": rows}))
    }

    fn measure(
        &self,
        file: &Path,
        monitor: facade::jobs::job::Monitor<'_>,
    ) -> facade::Result<Value> {
        let mut settings = Settings::new(Encoding::Wav(WavFormat::F32));
        settings.decode.allow_truncated = self.allow_truncated;
        let measured = match self.plot {
            Some(_) => measure_with_history(file, &settings, monitor)?,
            None => measure(file, &settings, monitor)?,
        };
        if let Some(plot) = &self.plot {
            self.draw(&measured.measurement, plot)?;
        }
        let mut row = rows::measured(&file.display().to_string(), &measured);
        let warnings = measured.warnings.iter().map(ToString::to_string);
        row["warnings"] = warnings.collect();
        Ok(row)
    }

    fn draw(&self, m: &Measurement, plot: &Path) -> Result<(), Error> {
        let size = Size {
            width: self.width.unwrap_or(1_000),
            height: self.height.unwrap_or(400),
        };
        let drawn = match ending(plot).as_str() {
            "svg" => loudness_svg(m, size, plot),
            _ => loudness_png(m, size, plot),
        };
        Ok(drawn?)
    }
}

fn ending(path: &Path) -> String {
    let ending = path.extension().unwrap_or_default();
    ending.to_string_lossy().to_lowercase()
}
