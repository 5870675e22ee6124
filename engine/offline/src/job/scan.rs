//! The pass before the others: where the sound starts and ends, and its DC.

use std::path::Path;

use super::chain::{Source, to_frames};
use super::planes::{self, Planes};
use super::run::Ticker;
use super::settings::{Fades, Settings, Trim};
use crate::error::Result;

/// Frames of the source that go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) start: u64,
    /// Behind the last one; `u64::MAX`: to the end.
    pub(crate) end: u64,
}

/// What the pass found.
pub(crate) struct Found {
    pub(crate) cut: Cut,
    /// Frames in the cut.
    pub(crate) frames: u64,
    /// Mean of each channel.
    pub(crate) dc: Vec<f64>,
}

impl Cut {
    /// The range of the settings at this rate.
    pub(crate) fn of(settings: &Settings, rate: u32) -> Self {
        let end = settings
            .range
            .end
            .map_or(u64::MAX, |end| to_frames(end, rate));
        Self {
            start: to_frames(settings.range.start, rate),
            end,
        }
    }

    /// How many of `total` frames are in it.
    pub(crate) fn of_total(&self, total: u64) -> u64 {
        self.end.min(total).saturating_sub(self.start)
    }
}

/// Whether a job needs this pass.
pub(crate) fn is_needed(settings: &Settings, frames: Option<u64>) -> bool {
    settings.trim.is_some()
        || settings.remove_dc
        || (settings.fades != Fades::default() && frames.is_none())
}

/// Reads the whole part of the source.
pub(crate) fn scan(
    path: &Path,
    settings: &Settings,
    cut: Cut,
    ticker: &mut Ticker<'_, '_>,
) -> Result<Found> {
    let mut source = Source::<f32>::open(path, settings, cut)?;
    let rate = source.info().sample_rate;
    let channels = usize::from(source.layout.channels());
    let mut block: Planes = vec![Vec::new(); channels];
    let mut sums = Sums::new(channels);
    let threshold = settings
        .trim
        .map_or(0.0, |trim| 10f64.powf(trim.below_db / 20.0));
    let (mut frames, mut loud) = (0u64, None::<(u64, u64)>);
    while source.next(&mut block)? {
        let len = planes::frames(&block);
        let is_loud = |i: &usize| {
            block
                .iter()
                .any(|plane| f64::from(plane[*i].abs()) >= threshold)
        };
        if settings.trim.is_some()
            && let Some(last) = (0..len).rev().find(is_loud)
        {
            let first = loud.map_or_else(
                || {
                    let first = (0..len).find(is_loud).unwrap_or(0);
                    sums.start(&block, first);
                    frames + first as u64
                },
                |(first, _)| first,
            );
            sums.mark(&block, last + 1);
            loud = Some((first, frames + last as u64 + 1));
        }
        sums.add(&block);
        frames += len as u64;
        ticker.at(source.position())?;
    }
    let kept = settings.trim.map(|trim| trimmed(trim, rate, frames, loud));
    let (start, end) = kept.unwrap_or((0, frames));
    Ok(Found {
        cut: Cut {
            start: cut.start + start,
            end: cut.start + end,
        },
        frames: end - start,
        dc: sums.means(loud, frames),
    })
}

/// Sums over each channel, in all and between the first and the last frame that is not silent.
struct Sums {
    all: Vec<f64>,
    at_start: Vec<f64>,
    at_end: Vec<f64>,
}

impl Sums {
    fn new(channels: usize) -> Self {
        let zeros = vec![0.0; channels];
        Self {
            all: zeros.clone(),
            at_start: zeros.clone(),
            at_end: zeros,
        }
    }

    /// The sums up to frame `end` of the block that comes next.
    fn up_to(&self, block: &Planes, end: usize) -> Vec<f64> {
        let sum = |(all, plane): (&f64, &Vec<f32>)| {
            all + plane[..end].iter().map(|x| f64::from(*x)).sum::<f64>()
        };
        self.all.iter().zip(block).map(sum).collect()
    }

    fn start(&mut self, block: &Planes, first: usize) {
        self.at_start = self.up_to(block, first);
    }

    fn mark(&mut self, block: &Planes, end: usize) {
        self.at_end = self.up_to(block, end);
    }

    fn add(&mut self, block: &Planes) {
        self.all = self.up_to(block, planes::frames(block));
    }

    /// Means over what is kept.
    fn means(&self, loud: Option<(u64, u64)>, frames: u64) -> Vec<f64> {
        match loud {
            None => self
                .all
                .iter()
                .map(|sum| sum / frames.max(1) as f64)
                .collect(),
            Some((first, end)) => {
                let count = (end - first).max(1) as f64;
                let sums = self.at_end.iter().zip(&self.at_start);
                sums.map(|(end, start)| (end - start) / count).collect()
            }
        }
    }
}

/// First frame and frame behind the last one; a sound that is silent all over loses everything.
fn trimmed(trim: Trim, rate: u32, frames: u64, loud: Option<(u64, u64)>) -> (u64, u64) {
    let keep = to_frames(trim.keep, rate);
    match loud {
        None => (0, 0),
        Some((first, end)) => (first.saturating_sub(keep), (end + keep).min(frames)),
    }
}
