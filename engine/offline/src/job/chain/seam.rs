//! Rate conversion of a loop: what lies beyond its end is its beginning.

use std::path::Path;

use super::super::planes::{self, Planes};
use super::super::settings::Settings;
use super::{Plan, Source};
use crate::error::Result;
use crate::resample::output_frames;
use crate::sample::Sample;

/// Frames at the lower rate that the converter looks at, on both sides together, and as many to spare.
const REACH: u64 = 2 * 1024;
/// A longer sound is converted as one that ends: it would be read once more without a word about it.
const LONGEST_SECONDS: u64 = 600;

/// Samples on either side, of all channels.
const MOST_SAMPLES: u64 = 1 << 20;

/// What goes through the converter around a sound whose loop reaches its end.
pub(super) struct Seam<T> {
    /// In front of the first frame: the last ones, if the loop is the whole sound.
    before: Planes<T>,
    /// The first frames of the loop, as they come by.
    head: Planes<T>,
    /// First frame of the loop, and frames that have come by.
    start: u64,
    at: u64,
    /// Frames on either side.
    most: usize,
    /// Frames at the new rate that are still to be dropped, and those to be handed out after that.
    skip: u64,
    left: u64,
}

impl<T: Sample> Seam<T> {
    /// `None` if there is no such loop, or if not all of the sound is kept.
    pub(super) fn open(path: &Path, settings: &Settings, plan: &Plan) -> Result<Option<Self>> {
        let mut source = Source::<T>::open(path, settings, plan.cut)?;
        let info = source.info();
        let (from, to) = (u64::from(info.sample_rate), u64::from(plan.rate));
        let frames = info.frames.unwrap_or(0);
        let found = info.loops.iter().find(|l| l.end == frames);
        let start = found.map(|l| l.start).filter(|start| *start < frames);
        let is_whole = plan.cut.start == 0 && plan.cut.end >= frames;
        let Some(start) = start.filter(|_| is_whole && frames <= LONGEST_SECONDS * from) else {
            return Ok(None);
        };
        // As many frames as are a whole number at both rates.
        let step = from / common(from, to);
        let most = (REACH * from.div_ceil(to).max(1)).next_multiple_of(step);
        let (rate, channels) = (info.sample_rate, usize::from(source.layout.channels()));
        // Odd rates need much around a sound: they go without, rather than take more memory than a job has.
        if most.saturating_mul(channels as u64) > MOST_SAMPLES {
            return Ok(None);
        }
        let mut seam = Self {
            before: vec![Vec::new(); channels],
            head: vec![Vec::new(); channels],
            start,
            at: 0,
            most: usize::try_from(most).unwrap_or(0),
            skip: 0,
            left: output_frames(frames, rate, plan.rate),
        };
        if start == 0 {
            seam.read_end(&mut source, &plan.dc)?;
            seam.skip = most * to / from;
        }
        Ok(Some(seam))
    }

    fn read_end(&mut self, source: &mut Source<T>, dc: &[f64]) -> Result<()> {
        let mut block = self.before.clone();
        while source.next(&mut block)? {
            for (end, plane) in self.before.iter_mut().zip(&block) {
                end.extend_from_slice(plane);
                let more = end.len().saturating_sub(self.most);
                end.drain(..more);
            }
        }
        for plane in &mut self.before {
            // A loop that is shorter comes more than once.
            *plane = plane.repeat(self.most.div_ceil(plane.len().max(1)));
            let more = plane.len().saturating_sub(self.most);
            plane.drain(..more);
        }
        for (plane, dc) in self.before.iter_mut().zip(dc) {
            plane
                .iter_mut()
                .for_each(|x| *x = T::from_f64(x.widen() - dc));
        }
        Ok(())
    }

    /// What goes in front, once.
    pub(super) fn before(&mut self) -> Planes<T> {
        std::mem::take(&mut self.before)
    }

    /// Looks at frames of the sound on their way.
    pub(super) fn see(&mut self, block: &Planes<T>) {
        let frames = planes::frames(block);
        let first = usize::try_from(self.start.saturating_sub(self.at)).unwrap_or(usize::MAX);
        for (head, plane) in self.head.iter_mut().zip(block) {
            let rest = plane.get(first..).unwrap_or_default();
            let more = (self.most - head.len()).min(rest.len());
            head.extend_from_slice(&rest[..more]);
        }
        self.at += frames as u64;
    }

    /// What goes behind.
    pub(super) fn behind(&self) -> Planes<T> {
        let round = |head: &Vec<T>| head.iter().copied().cycle().take(self.most).collect();
        self.head.iter().map(round).collect()
    }

    /// Takes what belongs to either side off frames at the new rate.
    pub(super) fn cut(&mut self, block: &mut Planes<T>) {
        let frames = planes::frames(block) as u64;
        let skip = self.skip.min(frames);
        let keep = (frames - skip).min(self.left);
        self.skip -= skip;
        self.left -= keep;
        // Both are lengths in memory.
        let index = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        for plane in block {
            plane.drain(..index(skip));
            plane.truncate(index(keep));
        }
    }
}

fn common(a: u64, b: u64) -> u64 {
    if b == 0 { a.max(1) } else { common(b, a % b) }
}
