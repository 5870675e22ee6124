//! Source file in, cache file out.

use std::fs;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::file::{CachedLoop, PcmFile, PcmFormat, PcmHeader, PcmSpec, PcmWriter};
use crate::channels::StereoFold;
use crate::decode::{DecodeOptions, Decoder, FileInfo, Warning};
use crate::error::{Error, Result, check_limit};
use crate::progress::Progress;
use crate::resample::{StreamResampler, Tier, output_frames};

/// Bytes hashed at a time.
const HASH_BYTES: usize = 256 * 1024;

/// How sources become cache files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ImportOptions {
    /// Rate of the engine in Hz, 8000 to 384000.
    pub sample_rate: u32,
    /// Limits, and what to do about damage.
    pub decode: DecodeOptions,
}

/// A sound that is in the cache.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedAsset {
    /// The cache file.
    pub path: PathBuf,
    /// Its header: channels, format, rate, length, loops, hash of the source.
    pub header: PcmHeader,
    /// Format of the source file; `None` if the cache file was already there.
    pub source: Option<FileInfo>,
    /// What was repaired; empty if the cache file was already there.
    pub warnings: Vec<Warning>,
}

/// Where the sound of a source file is cached: hash of its bytes, rate, leniency.
pub fn cache_path(folder: &Path, source: &[u8; 32], options: &ImportOptions) -> PathBuf {
    let hash = blake3::Hash::from_bytes(*source).to_hex();
    let leniency = match options.decode.leniency() {
        0 => String::new(),
        digit => format!("-r{digit}"),
    };
    folder.join(format!("{hash}-{}{leniency}.pcm", options.sample_rate))
}

/// Brings a source file into the cache folder: hash, reuse a valid cache file of the same content,
/// else decode, fold more than two channels to stereo, resample to the engine's rate, write.
///
/// i16 is stored if the source is 16-bit or less, mono or stereo, and needs no resampling; else
/// f32. Memory does not depend on the length. `[thread-safe]`: two imports of one file may run at a
/// time, the later one replaces equal bytes. `progress` counts bytes while hashing, then frames.
///
/// # Errors
/// As [`Decoder::open`] and [`Decoder::next_block`]; [`Error::Cancelled`]; [`Error::Limit`] for the
/// rate; [`Error::Io`] for the cache folder. A corrupt cache file is no error, it is built again.
pub fn import(
    source: &Path,
    folder: &Path,
    options: &ImportOptions,
    progress: Progress<'_>,
) -> Result<ImportedAsset> {
    check_limit(
        source,
        "sample rate in Hz",
        options.sample_rate.into(),
        8_000,
        384_000,
    )?;
    let hash = hash_file(source, progress)?;
    let path = cache_path(folder, &hash, options);
    if let Some(header) = valid(&path, &hash, options.sample_rate) {
        return Ok(ImportedAsset {
            path,
            header,
            source: None,
            warnings: Vec::new(),
        });
    }
    fs::create_dir_all(folder).map_err(|e| Error::io(folder, "create", e))?;
    convert(source, path, hash, options, progress)
}

/// The header of a cache file that is whole and of the expected source.
fn valid(path: &Path, hash: &[u8; 32], sample_rate: u32) -> Option<PcmHeader> {
    let mut file = PcmFile::open(path).ok()?;
    let fits = file.header().source == *hash && file.header().sample_rate == sample_rate;
    (fits && file.verify().is_ok()).then(|| file.header().clone())
}

fn hash_file(path: &Path, progress: Progress<'_>) -> Result<[u8; 32]> {
    let io = |e| Error::io(path, "read", e);
    let mut file = crate::input::open(path)?;
    let meta = file.metadata().map_err(io)?;
    if !meta.is_file() {
        let found = if meta.is_dir() {
            "a folder"
        } else {
            "a device or pipe"
        };
        return Err(Error::NotAudio {
            path: path.to_owned(),
            found: found.to_owned(),
        });
    }
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; HASH_BYTES];
    let mut done = 0;
    loop {
        let n = file.read(&mut buffer).map_err(io)?;
        if n == 0 {
            return Ok(*hasher.finalize().as_bytes());
        }
        hasher.update(&buffer[..n]);
        done += n as u64;
        report(progress, done, meta.len())?;
    }
}

fn report(progress: Progress<'_>, done: u64, total: u64) -> Result<()> {
    match progress(done, total) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Cancelled),
    }
}

fn convert(
    source: &Path,
    path: PathBuf,
    hash: [u8; 32],
    options: &ImportOptions,
    progress: Progress<'_>,
) -> Result<ImportedAsset> {
    let mut decoder = Decoder::open(source, &options.decode)?;
    let info = decoder.info().clone();
    let (rate, channels) = (options.sample_rate, info.layout.channels().min(2));
    let compact = info.exact_i16 && info.layout.channels() <= 2 && info.sample_rate == rate;
    let format = if compact {
        PcmFormat::I16
    } else {
        PcmFormat::F32
    };
    let spec = PcmSpec {
        channels,
        format,
        sample_rate: rate,
        source: hash,
    };
    let mut writer = PcmWriter::create(&path, &spec)?;
    let mut pipe = Pipe::new(&info, rate)?;
    let total = info.frames.unwrap_or(0);
    while let Some(block) = decoder.next_block()? {
        pipe.push(block, &mut writer)?;
        report(progress, decoder.position(), total)?;
    }
    pipe.finish(&mut writer)?;
    let header = writer.finish(&scaled_loops(&info, rate))?;
    Ok(ImportedAsset {
        path,
        header,
        source: Some(info),
        warnings: decoder.warnings().to_vec(),
    })
}

/// Loops at the new rate, rounded to the nearest frame.
fn scaled_loops(info: &FileInfo, rate: u32) -> Vec<CachedLoop> {
    let scale = |frame| output_frames(frame, info.sample_rate, rate);
    let row = |l: &crate::decode::SampleLoop| CachedLoop {
        start: scale(l.start),
        end: scale(l.end),
        count: l.count,
    };
    info.loops.iter().map(row).collect()
}

/// Fold and resampler between decoder and writer.
struct Pipe {
    fold: Option<StereoFold>,
    /// `None` at equal rates.
    resampler: Option<StreamResampler>,
    folded: Vec<f32>,
    planes: Vec<Vec<f32>>,
    output: Vec<Vec<f32>>,
    interleaved: Vec<f32>,
}

impl Pipe {
    fn new(info: &FileInfo, rate: u32) -> Result<Self> {
        let channels = usize::from(info.layout.channels().min(2));
        let needs = info.sample_rate != rate;
        let resampler = || StreamResampler::new(info.sample_rate, rate, channels, Tier::Import);
        Ok(Self {
            fold: (info.layout.channels() > 2).then(|| StereoFold::new(info.layout)),
            resampler: needs.then(resampler).transpose()?,
            folded: Vec::new(),
            planes: vec![Vec::new(); channels],
            output: vec![Vec::new(); channels],
            interleaved: Vec::new(),
        })
    }

    fn push(&mut self, block: &[f32], writer: &mut PcmWriter) -> Result<()> {
        let block = match &self.fold {
            Some(fold) => {
                fold.process(block, &mut self.folded);
                self.folded.as_slice()
            }
            None => block,
        };
        let Some(resampler) = &mut self.resampler else {
            return writer.write(block);
        };
        let channels = self.planes.len();
        for (c, plane) in self.planes.iter_mut().enumerate() {
            plane.clear();
            plane.extend(block.iter().skip(c).step_by(channels));
        }
        let slices: Vec<&[f32]> = self.planes.iter().map(Vec::as_slice).collect();
        resampler.push(&slices, &mut self.output)?;
        self.drain(writer)
    }

    fn finish(mut self, writer: &mut PcmWriter) -> Result<()> {
        if let Some(resampler) = self.resampler.take() {
            resampler.finish(&mut self.output)?;
            self.drain(writer)?;
        }
        Ok(())
    }

    /// Writes what the resampler has ready.
    fn drain(&mut self, writer: &mut PcmWriter) -> Result<()> {
        self.interleaved.clear();
        let frames = self.output.first().map_or(0, Vec::len);
        for i in 0..frames {
            self.interleaved
                .extend(self.output.iter().map(|plane| plane[i]));
        }
        self.output.iter_mut().for_each(Vec::clear);
        writer.write(&self.interleaved)
    }
}
