//! Impulse responses for the inserts of jobs.

use std::fmt;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::SystemTime;

use segue_dsp::convolution::{Latency, MAX_SECONDS, Preparation, Response, prepare};
use segue_dsp::processor::Setup;

use super::planes;
use crate::channels::StereoFold;
use crate::decode::{DecodeOptions, Decoder};
use crate::error::Result;
use crate::resample::{StreamResampler, Tier};

/// Seconds beyond the longest response that are read: silence at its start is trimmed.
const SPARE_SECONDS: f64 = 10.0;

/// The samples of an impulse response. Copies share them. Two are equal if their samples are.
#[derive(Clone)]
pub struct Impulse(Arc<Inner>);

struct Inner {
    channels: Vec<Vec<f32>>,
    rate: u32,
    /// BLAKE3 of rate and samples.
    hash: String,
    /// As made ready for the last rate that was asked for.
    ready: Mutex<Option<Ready>>,
}

/// Those that somebody has.
static OPEN: Mutex<Vec<(Key, Weak<Inner>)>> = Mutex::new(Vec::new());

/// What a file is known by, and what changes when somebody writes it.
#[derive(PartialEq, Eq)]
struct Key {
    path: PathBuf,
    len: u64,
    modified: SystemTime,
    identity: Identity,
}

/// Device, number, and the last change of the file: that of the content can be set to what it was.
#[cfg(unix)]
type Identity = (u64, u64, i64, i64);
#[cfg(not(unix))]
type Identity = ();

#[cfg(unix)]
fn identity(meta: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (meta.dev(), meta.ino(), meta.ctime(), meta.ctime_nsec())
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Identity {}

impl Key {
    fn of(path: &Path) -> Option<Self> {
        let meta = path.metadata().ok()?;
        Some(Self {
            path: path.canonicalize().ok()?,
            len: meta.len(),
            modified: meta.modified().ok()?,
            identity: identity(&meta),
        })
    }
}

/// A rate, and the channels at it.
type Ready = (u32, Arc<Vec<Vec<f32>>>);

impl PartialEq for Impulse {
    fn eq(&self, other: &Self) -> bool {
        self.0.hash == other.0.hash
    }
}

impl fmt::Debug for Impulse {
    /// Decides the hash of a job's settings: what is heard, and not where it came from.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Impulse({})", self.0.hash)
    }
}

impl Impulse {
    /// Reads an audio file; more than two channels are folded to stereo, as the engine does. As long
    /// as somebody has it, a file that did not change is not read again: the jobs of a batch share
    /// its samples. `[thread-safe]`, blocks.
    ///
    /// # Errors
    /// As [`Decoder::open`] and [`Decoder::next_block`].
    pub fn open(path: &Path) -> Result<Self> {
        let Some(key) = Key::of(path) else {
            return Self::read(path);
        };
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(_, impulse)| impulse.strong_count() > 0);
        let found = open.iter().find(|row| row.0 == key);
        if let Some(inner) = found.and_then(|row| row.1.upgrade()) {
            return Ok(Self(inner));
        }
        let impulse = Self::read(path)?;
        open.push((key, Arc::downgrade(&impulse.0)));
        Ok(impulse)
    }

    fn read(path: &Path) -> Result<Self> {
        let mut decoder = Decoder::open(path, &DecodeOptions::default())?;
        let info = decoder.info().clone();
        let fold = (info.layout.channels() > 2).then(|| StereoFold::new(info.layout));
        let mut channels = vec![Vec::new(); usize::from(info.layout.channels().min(2))];
        let longest = longest(info.sample_rate);
        let mut folded = Vec::new();
        while let Some(block) = decoder.next_block()? {
            let block = match &fold {
                Some(fold) => {
                    fold.process(block, &mut folded);
                    folded.as_slice()
                }
                None => block,
            };
            planes::split(block, &mut channels);
            if planes::frames(&channels) > longest {
                break;
            }
        }
        Ok(Self::new(channels, info.sample_rate))
    }

    fn new(channels: Vec<Vec<f32>>, rate: u32) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&rate.to_le_bytes());
        for channel in &channels {
            hasher.update(&(channel.len() as u64).to_le_bytes());
            channel
                .iter()
                .for_each(|x| _ = hasher.update(&x.to_le_bytes()));
        }
        Self(Arc::new(Inner {
            channels,
            rate,
            hash: hasher.finalize().to_hex().to_string(),
            ready: Mutex::new(None),
        }))
    }

    /// What a convolution of this setup works with.
    pub(super) fn response(&self, setup: Setup, latency: Latency) -> Result<Response> {
        let channels = self.ready(to_rate(setup.sample_rate))?;
        Ok(Response::new(
            &channels,
            setup.channels,
            setup.sample_rate,
            latency,
        )?)
    }

    /// At this rate, trimmed and normalised.
    fn ready(&self, rate: u32) -> Result<Arc<Vec<Vec<f32>>>> {
        let mut ready = self.0.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, channels)) = ready.as_ref().filter(|(of, _)| *of == rate) {
            return Ok(Arc::clone(channels));
        }
        let mut channels = self.resampled(rate)?;
        let longest = longest(rate);
        channels
            .iter_mut()
            .for_each(|plane| plane.truncate(longest));
        prepare(&mut channels, f64::from(rate), Preparation::default());
        let channels = Arc::new(channels);
        *ready = Some((rate, Arc::clone(&channels)));
        Ok(channels)
    }

    /// With the tier of the engine's cache.
    fn resampled(&self, rate: u32) -> Result<Vec<Vec<f32>>> {
        let from = &self.0.channels;
        if rate == self.0.rate {
            return Ok(from.clone());
        }
        let mut out = vec![Vec::new(); from.len()];
        let mut resampler = StreamResampler::new(self.0.rate, rate, from.len(), Tier::Import)?;
        resampler.push(&planes::slices(from), &mut out)?;
        resampler.finish(&mut out)?;
        Ok(out)
    }
}

fn longest(rate: u32) -> usize {
    segue_dsp::math::to_count((MAX_SECONDS + SPARE_SECONDS) * f64::from(rate))
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a job's rate is a whole number of Hz"
)]
fn to_rate(rate: f64) -> u32 {
    rate.round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::tests::support::Space;
    use crate::wav::WavFormat;

    #[test]
    fn jobs_share_a_file_until_it_changes() {
        let space = Space::new();
        let path = space.wav("ir.wav", 48_000, 1, WavFormat::F32, &[1.0, 0.5]);
        let first = Impulse::open(&path).unwrap();
        let again = Impulse::open(&space.path("./ir.wav")).unwrap();
        assert!(Arc::ptr_eq(&first.0, &again.0));
        space.wav("ir.wav", 48_000, 1, WavFormat::F32, &[1.0, 0.5, 0.25]);
        let changed = Impulse::open(&path).unwrap();
        assert!(changed != first && changed.0.channels[0].len() == 3);
        // Nobody has the first one any more: nothing keeps it.
        let gone = Arc::downgrade(&first.0);
        drop((first, again));
        assert!(gone.upgrade().is_none());
    }

    /// As long as the old file, and as old: what `cp -p` over it leaves.
    #[cfg(unix)]
    #[test]
    fn a_file_in_the_place_of_another_is_another() {
        let space = Space::new();
        let path = space.wav("ir.wav", 48_000, 1, WavFormat::F32, &[1.0, 0.5]);
        let old = Impulse::open(&path).unwrap();
        let other = space.wav("other.wav", 48_000, 1, WavFormat::F32, &[1.0, 0.25]);
        let meta = |path: &Path| path.metadata().unwrap();
        assert_eq!(meta(&path).len(), meta(&other).len());
        let modified = meta(&path).modified().unwrap();
        let file = std::fs::File::options().write(true).open(&other).unwrap();
        file.set_modified(modified).unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert_eq!(meta(&path).modified().unwrap(), modified);
        assert!(Impulse::open(&path).unwrap() != old);
    }
}
