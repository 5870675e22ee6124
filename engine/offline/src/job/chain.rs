//! From the file to the samples before the gain: decode, channels, range, DC, rate, inserts, fades.
//!
//! Two chains of one job give the same bits, which is why a second pass needs no memory.

mod seam;

use std::path::Path;

use segue_dsp::denormals::FlushGuard;
use segue_dsp::insert::Insert;
use segue_dsp::processor::{Setup, Tail as ProcessorTail};

use super::planes::{self, BLOCK_FRAMES, Planes};
use super::scan::Cut;
use super::settings::{ChannelMap, MonoFrom, Settings, Tail};
use crate::channels::{Layout, StereoFold};
use crate::decode::{Decoder, FileInfo, Warning};
use crate::error::{Error, Result};
use crate::resample::StreamResampler;
use crate::sample::{Flow, Sample};
use seam::Seam;

/// Longest tail that inserts may ask for by themselves, in seconds.
const LONGEST_TAIL: u64 = 60;

/// Samples of one job on their way, block by block.
pub(crate) struct Chain<T = f32> {
    source: Source<T>,
    dc: Vec<f64>,
    resampler: Option<StreamResampler>,
    /// Around a loop that is resampled.
    seam: Option<Seam<T>>,
    inserts: Inserts,
    fade_in: u64,
    /// Length of the fade, and the frame behind its end.
    fade_out: Option<(u64, u64)>,
    resampled: Planes<T>,
    /// Frames handed out.
    given: u64,
    ended: bool,
}

/// The decoder, the channels that go on, and the part that goes on.
pub(crate) struct Source<T = f32> {
    decoder: Decoder<T>,
    map: Map,
    pub(crate) layout: Layout,
    cut: Cut,
    /// Frames decoded so far.
    at: u64,
    mapped: Vec<T>,
}

enum Map {
    Keep,
    Mono(MonoFrom),
    Fold(StereoFold),
}

struct Inserts {
    inserts: Vec<Insert>,
    at: u64,
    /// Frames of latency still to drop in front.
    skip: u64,
    /// Silent frames to run through behind the end.
    flush: u64,
    scratch: Planes,
}

impl<T: Sample> Source<T> {
    pub(crate) fn open(path: &Path, settings: &Settings, cut: Cut) -> Result<Self> {
        let decoder = Decoder::open_as(path, &settings.decode)?;
        let from = decoder.info().layout;
        let (map, layout) = map(path, settings.channels, from)?;
        Ok(Self {
            decoder,
            map,
            layout,
            cut,
            at: 0,
            mapped: Vec::new(),
        })
    }

    pub(crate) fn info(&self) -> &FileInfo {
        self.decoder.info()
    }

    pub(crate) fn warnings(&self) -> &[Warning] {
        self.decoder.warnings()
    }

    pub(crate) fn position(&self) -> u64 {
        self.at
    }

    /// Replaces `out` by the next frames of the part; `false` at its end. There may be none, for
    /// example in front of the part: whoever asks gets to say whether to go on.
    pub(crate) fn next(&mut self, out: &mut Planes<T>) -> Result<bool> {
        planes::clear(out);
        if self.at >= self.cut.end {
            return Ok(false);
        }
        let channels = self.decoder.channels().max(1);
        let Some(block) = self.decoder.next_block()? else {
            return Ok(false);
        };
        let frames = (block.len() / channels) as u64;
        let keep = part(self.at, frames, &self.cut, channels);
        self.at += frames;
        if matches!(self.map, Map::Keep) {
            planes::split(&block[keep], out);
        } else {
            map_block(&self.map, channels, &block[keep], &mut self.mapped);
            planes::split(&self.mapped, out);
        }
        Ok(true)
    }
}

/// Samples of a block of `frames` from frame `at` that lie in the cut.
fn part(at: u64, frames: u64, cut: &Cut, channels: usize) -> std::ops::Range<usize> {
    let index = |frame: u64| {
        let inside = frame.clamp(at, at + frames) - at;
        // A block is in memory: its length fits.
        usize::try_from(inside).unwrap_or(0) * channels
    };
    index(cut.start)..index(cut.end).max(index(cut.start))
}

fn map(path: &Path, channels: ChannelMap, from: Layout) -> Result<(Map, Layout)> {
    let needs_two = |what: &str| {
        Err(Error::Settings(format!(
            "{}: {what} needs two channels, the file has {}",
            path.display(),
            from.channels()
        )))
    };
    Ok(match channels {
        ChannelMap::Keep => (Map::Keep, from),
        ChannelMap::Stereo if from.channels() == 2 => (Map::Keep, Layout::usual(2)),
        ChannelMap::Stereo => (Map::Fold(StereoFold::new(from)), Layout::usual(2)),
        ChannelMap::Mono(MonoFrom::Mid | MonoFrom::Side) if from.channels() != 2 => {
            return needs_two("mid or side");
        }
        ChannelMap::Mono(MonoFrom::Right) if from.channels() < 2 => return needs_two("right"),
        ChannelMap::Mono(how) => (Map::Mono(how), Layout::usual(1)),
    })
}

fn map_block<T: Sample>(map: &Map, channels: usize, block: &[T], out: &mut Vec<T>) {
    out.clear();
    let half = T::from_f32(0.5);
    let frames = block.chunks_exact(channels);
    match map {
        Map::Keep => out.extend_from_slice(block),
        Map::Fold(fold) => fold.process(block, out),
        Map::Mono(MonoFrom::Mean) => {
            let share = T::from_f64(1.0 / channels as f64);
            let sum = |frame: &[T]| frame.iter().fold(T::default(), |sum, x| sum + *x);
            out.extend(frames.map(|frame| sum(frame) * share));
        }
        Map::Mono(MonoFrom::Left) => out.extend(frames.map(|frame| frame[0])),
        Map::Mono(MonoFrom::Right) => out.extend(frames.map(|frame| frame[1])),
        Map::Mono(MonoFrom::Mid) => out.extend(frames.map(|f| (f[0] + f[1]) * half)),
        Map::Mono(MonoFrom::Side) => out.extend(frames.map(|f| (f[0] - f[1]) * half)),
    }
}

/// Frames by which the chain makes the sound longer.
pub(crate) fn tail_frames(settings: &Settings, rate: u32, channels: usize) -> Result<u64> {
    let inserts = Inserts::new(settings, rate, channels)?;
    Ok(inserts.flush - inserts.skip)
}

/// What a chain needs to know beside the settings.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) cut: Cut,
    /// Mean of each channel to take away; empty: none.
    pub(crate) dc: Vec<f64>,
    /// Rate of the result.
    pub(crate) rate: u32,
    /// Length of the result in frames, once it is known.
    pub(crate) frames: Option<u64>,
}

impl<T: Flow> Chain<T> {
    pub(crate) fn open(path: &Path, settings: &Settings, plan: &Plan) -> Result<Self> {
        let source = Source::open(path, settings, plan.cut)?;
        let channels = usize::from(source.layout.channels());
        let (from, to) = (source.info().sample_rate, plan.rate);
        let resampler = (from != to)
            .then(|| StreamResampler::new(from, to, channels, settings.resampler))
            .transpose()?;
        let seam = match resampler {
            Some(_) => Seam::open(path, settings, plan)?,
            None => None,
        };
        let inserts = Inserts::new(settings, plan.rate, channels)?;
        let frames = |seconds: f64| to_frames(seconds, plan.rate);
        // A fade that is longer than the sound is as long as the sound.
        let longest = plan.frames.unwrap_or(u64::MAX);
        let fade_out = frames(settings.fades.fade_out);
        Ok(Self {
            source,
            dc: plan.dc.clone(),
            resampler,
            seam,
            inserts,
            fade_in: frames(settings.fades.fade_in).min(longest),
            fade_out: plan
                .frames
                .filter(|_| fade_out > 0)
                .map(|end| (fade_out.min(end), end)),
            resampled: vec![Vec::new(); channels],
            given: 0,
            ended: false,
        })
    }

    pub(crate) fn source(&self) -> &Source<T> {
        &self.source
    }

    /// Replaces `out` by the next frames, of which there may be none; `false` at the end.
    pub(crate) fn next(&mut self, out: &mut Planes<T>) -> Result<bool> {
        let _flush = FlushGuard::new();
        planes::clear(out);
        if self.ended {
            return Ok(false);
        }
        self.step(out)?;
        self.fade(out);
        self.given += planes::frames(out) as u64;
        Ok(true)
    }

    fn step(&mut self, out: &mut Planes<T>) -> Result<()> {
        let has_more = self.source.next(out)?;
        if has_more {
            for (plane, dc) in out.iter_mut().zip(&self.dc) {
                plane
                    .iter_mut()
                    .for_each(|x| *x = T::from_f64(x.widen() - dc));
            }
        }
        self.resample(out, has_more)?;
        if has_more {
            self.inserts.process(out);
        } else {
            self.inserts.process(out);
            self.ended = self.inserts.flush(out);
        }
        Ok(())
    }

    fn resample(&mut self, out: &mut Planes<T>, has_more: bool) -> Result<()> {
        let Some(resampler) = &mut self.resampler else {
            return Ok(());
        };
        planes::clear(&mut self.resampled);
        if let Some(seam) = &mut self.seam {
            let before = seam.before();
            if planes::frames(&before) > 0 {
                resampler.push(&planes::slices(&before), &mut self.resampled)?;
            }
            if has_more {
                seam.see(out);
            } else {
                resampler.push(&planes::slices(&seam.behind()), &mut self.resampled)?;
            }
        }
        if has_more {
            resampler.push(&planes::slices(out), &mut self.resampled)?;
        } else if let Some(resampler) = self.resampler.take() {
            resampler.finish(&mut self.resampled)?;
        }
        if let Some(seam) = &mut self.seam {
            seam.cut(&mut self.resampled);
        }
        std::mem::swap(out, &mut self.resampled);
        Ok(())
    }

    fn fade(&self, out: &mut Planes<T>) {
        let frames = planes::frames(out) as u64;
        if self.given < self.fade_in {
            let gain = |i: u64| ratio(i, self.fade_in).min(1.0);
            scale(out, self.given, gain);
        }
        if let Some((len, end)) = self
            .fade_out
            .filter(|(len, end)| self.given + frames > end - len)
        {
            let gain = |i: u64| ratio(end.saturating_sub(i), len).min(1.0);
            scale(out, self.given, gain);
        }
    }
}

fn scale<T: Sample>(out: &mut Planes<T>, at: u64, gain: impl Fn(u64) -> f64) {
    for plane in out {
        let frames = plane.iter_mut().zip(at..);
        frames.for_each(|(x, i)| *x = *x * T::from_f64(gain(i)));
    }
}

fn ratio(a: u64, b: u64) -> f64 {
    a as f64 / b.max(1) as f64
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be 0..=86400 s"
)]
pub(crate) fn to_frames(seconds: f64, rate: u32) -> u64 {
    (seconds * f64::from(rate)).round() as u64
}

/// Refuses more channels than a processor (`what`: "inserts work") has.
pub(crate) fn check_width(path: &Path, what: &str, layout: Layout) -> Result<()> {
    let (channels, most) = (layout.channels(), Setup::MAX_CHANNELS);
    if usize::from(channels) <= most {
        return Ok(());
    }
    let path = path.display();
    Err(Error::Settings(format!(
        "{path}: {what} on 1 to {most} channels, and this has {channels}; fold them (--channels stereo or \
         mono), or do without"
    )))
}

impl Inserts {
    fn new(settings: &Settings, rate: u32, channels: usize) -> Result<Self> {
        if settings.inserts.is_empty() {
            let flush = match settings.tail {
                Tail::Seconds(seconds) => to_frames(seconds, rate),
                Tail::Auto | Tail::None => 0,
            };
            return Ok(Self {
                inserts: Vec::new(),
                at: 0,
                skip: 0,
                flush,
                scratch: Vec::new(),
            });
        }
        let setup = Setup::new(f64::from(rate), channels)?;
        let build = |spec: &super::InsertSpec| spec.build(setup, settings.bpm);
        let inserts = settings
            .inserts
            .iter()
            .map(build)
            .collect::<Result<Vec<_>>>()?;
        let skip = inserts
            .iter()
            .map(|insert| u64::from(insert.latency()))
            .sum();
        let tail = match settings.tail {
            Tail::None => 0,
            Tail::Seconds(seconds) => to_frames(seconds, rate),
            Tail::Auto => tail(inserts.iter().zip(&settings.inserts), rate),
        };
        Ok(Self {
            inserts,
            at: 0,
            skip,
            flush: skip + tail,
            scratch: Vec::new(),
        })
    }

    /// Runs the inserts over `io` and drops the latency in front. They compute in f32, as the
    /// engine's do.
    fn process<T: Flow>(&mut self, io: &mut Planes<T>) {
        if planes::frames(io) > 0 && !self.inserts.is_empty() {
            let mut scratch = std::mem::take(&mut self.scratch);
            T::through(io, &mut scratch, |io| self.process_single(io));
            self.scratch = scratch;
        }
    }

    fn process_single(&mut self, io: &mut Planes) {
        let frames = planes::frames(io);
        let mut slices: Vec<&mut [f32]> = io.iter_mut().map(Vec::as_mut_slice).collect();
        for insert in &mut self.inserts {
            insert.process(self.at, &mut slices, None);
        }
        self.at += frames as u64;
        let drop = usize::try_from(self.skip).unwrap_or(usize::MAX).min(frames);
        self.skip -= drop as u64;
        io.iter_mut().for_each(|plane| {
            plane.drain(..drop);
        });
    }

    /// Appends what is still inside, a block at a time; `true` when nothing is left.
    fn flush<T: Flow>(&mut self, io: &mut Planes<T>) -> bool {
        let frames = usize::try_from(self.flush)
            .unwrap_or(usize::MAX)
            .min(BLOCK_FRAMES);
        if frames == 0 {
            return true;
        }
        let mut silence: Planes<T> = vec![vec![T::default(); frames]; io.len()];
        self.process(&mut silence);
        self.flush -= frames as u64;
        for (plane, more) in io.iter_mut().zip(&silence) {
            plane.extend_from_slice(more);
        }
        self.flush == 0
    }
}

/// Frames beyond the latency until all inserts have fallen silent. What is not mixed in is never
/// heard.
fn tail<'a>(inserts: impl Iterator<Item = (&'a Insert, &'a super::InsertSpec)>, rate: u32) -> u64 {
    let longest = LONGEST_TAIL * u64::from(rate);
    let frames = |insert: &Insert| match insert.tail() {
        ProcessorTail::Frames(frames) => frames.saturating_sub(u64::from(insert.latency())),
        ProcessorTail::Infinite => longest,
    };
    inserts
        .filter(|(_, spec)| spec.mix > 0.0)
        .map(|(insert, _)| frames(insert))
        .fold(0, u64::saturating_add)
        .min(longest)
}
