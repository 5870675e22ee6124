//! What is found out before the first pass: formats, lengths, hashes, room.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::super::chain::{Plan, Source, check_width, tail_frames};
use super::super::report::Detail;
use super::super::scan::{self, Cut};
use super::super::{Job, Stage, target};
use super::Ticker;
use crate::channels::Layout;
use crate::decode::FileInfo;
use crate::error::{Error, Result};
use crate::resample::output_frames;
use crate::sink::{Encoding, VORBIS_RATE};
use crate::tags::{self, Tags};

/// Bytes hashed at a time.
const HASH_BYTES: usize = 256 * 1024;

/// As many times the bytes of pictures are counted as memory: readers and encoders copy them.
const PICTURE_COPIES: u64 = 6;

/// A job that may begin.
pub(crate) struct Prepared {
    pub(crate) info: FileInfo,
    pub(crate) layout: Layout,
    pub(crate) plan: Plan,
    /// Where the result goes.
    pub(crate) target: PathBuf,
    /// BLAKE3 of the input; empty if no report holds it.
    pub(crate) input_hash: String,
    /// Hash of the length and the first bytes of the input.
    pub(crate) head_hash: String,
    /// The tags of the input, once they are read and as long as they are kept.
    tags: Option<Tags>,
}

impl Prepared {
    /// The tags of the input.
    pub(crate) fn tags(&self, job: &Job) -> Result<Tags> {
        self.tags.clone().map_or_else(|| Tags::read(&job.input), Ok)
    }

    /// They are read again when they are needed.
    pub(crate) fn forget_tags(&mut self) {
        self.tags = None;
    }

    /// Bytes of samples that may be kept beside the pictures.
    pub(crate) fn room(&self, most: usize) -> usize {
        let pictures = self.tags.as_ref().map_or(0, Tags::picture_bytes);
        let taken = pictures.saturating_mul(PICTURE_COPIES);
        most.saturating_sub(usize::try_from(taken).unwrap_or(usize::MAX))
    }
}

/// Checks everything that can be checked without writing, and scans if the settings need it.
pub(crate) fn prepare(job: &Job, ticker: &mut Ticker<'_, '_>) -> Result<Prepared> {
    job.settings.check()?;
    let target = target::resolve(job)?;
    let mut prepared = open(job, ticker)?;
    prepared.layout = job.settings.encoding.speakers_of(prepared.layout);
    job.settings.encoding.check(&target, prepared.layout)?;
    prepared.target = target;
    check_rate(job, &prepared)?;
    target::check_space(&prepared.target, least_bytes(job, &prepared))?;
    if job.settings.metadata.keep {
        let tags = Tags::read(&job.input)?;
        check_pictures(job, &prepared.target, &tags)?;
        prepared.tags = Some(tags);
    }
    prepared.head_hash = hash_head(&job.input)?;
    if ticker.detail() == Detail::Full {
        prepared.input_hash = hash_file(&job.input, ticker)?;
    }
    Ok(prepared)
}

/// Opens the input and, if the settings need it, scans it.
pub(crate) fn open(job: &Job, ticker: &mut Ticker<'_, '_>) -> Result<Prepared> {
    let settings = &job.settings;
    let any = Cut {
        start: 0,
        end: u64::MAX,
    };
    let source = Source::<f32>::open(&job.input, settings, any)?;
    let (info, layout) = (source.info().clone(), source.layout);
    if !settings.inserts.is_empty() {
        check_width(&job.input, "inserts work", layout)?;
    }
    let from = info.sample_rate;
    let rate = settings
        .rate
        .or_else(|| settings.encoding.required_rate(from))
        .unwrap_or(from);
    let mut cut = Cut::of(settings, from);
    check_start(job, cut, info.frames, from)?;
    let mut frames = info.frames.map(|total| cut.of_total(total));
    let mut dc = Vec::new();
    let scans = scan::is_needed(settings, info.frames);
    ticker.expect(super::work(settings, scans));
    if scans {
        super::start(ticker, Stage::Scan, info.frames);
        let found = scan::scan(&job.input, settings, cut, ticker)?;
        cut = found.cut;
        frames = Some(found.frames);
        if settings.remove_dc {
            dc = found.dc;
        }
    }
    let tail = tail_frames(settings, rate, usize::from(layout.channels()))?;
    let frames = frames.map(|frames| output_frames(frames, from, rate) + tail);
    Ok(Prepared {
        info,
        layout,
        plan: Plan {
            cut,
            dc,
            rate,
            frames,
        },
        target: job.output.clone(),
        input_hash: String::new(),
        head_hash: String::new(),
        tags: None,
    })
}

/// Bytes that the result takes at least.
fn least_bytes(job: &Job, prepared: &Prepared) -> u64 {
    let rate = prepared.plan.rate.max(1);
    let encoding = &job.settings.encoding;
    let bits = encoding.least_bits_per_second(rate, prepared.layout.channels());
    let frames = prepared.plan.frames.unwrap_or(0);
    let bytes = u128::from(frames) * u128::from(bits) / (8 * u128::from(rate));
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// A range that begins behind the end holds nothing; what has no length says so when it is read.
fn check_start(job: &Job, cut: Cut, frames: Option<u64>, rate: u32) -> Result<()> {
    match frames {
        Some(frames) if cut.start > 0 && cut.start >= frames => {
            let length = frames as f64 / f64::from(rate.max(1));
            Err(Error::Settings(format!(
                "{}: the start, {} s, is behind the end: the file is {length:.3} s long",
                job.input.display(),
                job.settings.range.start
            )))
        }
        _ => Ok(()),
    }
}

/// Refuses pictures with which the job would need more memory than it may.
fn check_pictures(job: &Job, target: &Path, tags: &Tags) -> Result<()> {
    let encoding = &job.settings.encoding;
    let (bytes, most) = (tags.picture_bytes(), tags::most_picture_bytes(encoding));
    if bytes <= most {
        return Ok(());
    }
    Err(Error::Unfit {
        path: target.to_owned(),
        format: encoding.name(),
        found: format!("pictures of {bytes} bytes, {most} are the most"),
        way_out: tags::SMALLER,
    })
}

fn check_rate(job: &Job, prepared: &Prepared) -> Result<()> {
    let encoding = &job.settings.encoding;
    let rate = prepared.plan.rate;
    if matches!(encoding, Encoding::Vorbis { .. }) && rate > VORBIS_RATE {
        return Err(Error::Unfit {
            path: prepared.target.clone(),
            format: encoding.name(),
            found: format!("a rate of {rate} Hz; {VORBIS_RATE} Hz is the most"),
            way_out: "give a lower one (--rate 192000), or choose FLAC or WAV",
        });
    }
    match encoding.required_rate(rate) {
        Some(_) => Err(Error::Unfit {
            path: prepared.target.clone(),
            format: encoding.name(),
            found: format!("a rate of {rate} Hz"),
            way_out: "leave the rate out and the next one that fits is taken, or choose WAV",
        }),
        None => Ok(()),
    }
}

/// A hash by which files differ that are not copies of one another, at the cost of one read.
fn hash_head(path: &Path) -> Result<String> {
    let io = |e| Error::io(path, "read", e);
    let file = crate::input::open(path)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(&file.metadata().map_err(io)?.len().to_le_bytes());
    let mut bytes = Vec::new();
    file.take(HASH_BYTES as u64)
        .read_to_end(&mut bytes)
        .map_err(io)?;
    hasher.update(&bytes);
    Ok(hasher.finalize().to_hex().to_string())
}

/// BLAKE3 of a file, as hexadecimal digits.
pub(crate) fn hash_file(path: &Path, ticker: &mut Ticker<'_, '_>) -> Result<String> {
    let io = |e| Error::io(path, "read", e);
    let mut file = crate::input::open(path)?;
    let mut hasher = blake3::Hasher::new();
    let mut bytes = vec![0; HASH_BYTES];
    loop {
        let n = file.read(&mut bytes).map_err(io)?;
        if n == 0 {
            return Ok(hasher.finalize().to_hex().to_string());
        }
        hasher.update(&bytes[..n]);
        ticker.tell()?;
    }
}
