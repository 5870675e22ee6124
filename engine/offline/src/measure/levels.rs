//! Sums over all samples, and the faults they show.

use super::decibels;
use super::dynamics::energy;

/// -60 dBFS: below it a frame is silent.
pub(crate) const SILENCE: f32 = 0.001;
/// -40 dBFS: a sound that starts or ends above it clicks.
const CLICK: f32 = 0.01;
/// A mean beyond this is a fault.
const DC: f64 = 0.01;

/// Something a person should look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flag {
    /// A channel's mean is beyond ±0.01.
    Dc,
    /// Samples at or beyond full scale.
    Clips,
    /// More than half of it is below -60 dBFS.
    MostlySilent,
    /// Left and right cancel one another: correlation below -0.9.
    OutOfPhase,
    /// It starts or ends above -40 dBFS.
    EdgeClick,
    /// Its spectrum ends like a wall far below half the rate: it was made at a lower one.
    Upsampled,
}

impl Flag {
    /// Name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dc => "dc",
            Self::Clips => "clips",
            Self::MostlySilent => "mostly_silent",
            Self::OutOfPhase => "out_of_phase",
            Self::EdgeClick => "edge_click",
            Self::Upsampled => "upsampled",
        }
    }
}

pub(super) struct Levels {
    sums: Vec<f64>,
    energies: Vec<f64>,
    cross: f64,
    clips: u64,
    frames: u64,
    first: f32,
    last: f32,
    silent: u64,
    before: Option<u64>,
    /// Frame behind the last one that is not silent.
    loud_end: u64,
}

pub(super) struct Summary {
    pub(super) rms: f64,
    pub(super) dc: Vec<f64>,
    pub(super) clips: u64,
    pub(super) silence: [u64; 2],
    pub(super) flags: Vec<Flag>,
}

impl Levels {
    pub(super) fn new(channels: usize) -> Self {
        Self {
            sums: vec![0.0; channels],
            energies: vec![0.0; channels],
            cross: 0.0,
            clips: 0,
            frames: 0,
            first: 0.0,
            last: 0.0,
            silent: 0,
            before: None,
            loud_end: 0,
        }
    }

    pub(super) fn push(&mut self, planes: &[&[f32]]) {
        let frames = planes.first().map_or(0, |plane| plane.len());
        if frames == 0 {
            return;
        }
        let at = |i: usize| {
            planes
                .iter()
                .fold(0.0f32, |peak, plane| peak.max(plane[i].abs()))
        };
        if self.frames == 0 {
            self.first = at(0);
        }
        self.last = at(frames - 1);
        for (c, plane) in planes.iter().enumerate() {
            self.sums[c] += sum(plane);
            self.energies[c] += energy(plane);
            self.clips += count(plane, |x| x.abs() >= 1.0);
        }
        if let [left, right] = planes {
            self.cross += left
                .iter()
                .zip(*right)
                .map(|(l, r)| f64::from(l * r))
                .sum::<f64>();
        }
        self.count_silence(planes, frames);
        self.frames += frames as u64;
    }

    fn count_silence(&mut self, planes: &[&[f32]], frames: usize) {
        let mut loudest = vec![0.0f32; frames];
        for plane in planes {
            for (l, x) in loudest.iter_mut().zip(*plane) {
                *l = l.max(x.abs());
            }
        }
        self.silent += count(&loudest, |x| x < SILENCE);
        let is_loud = |x: &f32| *x >= SILENCE;
        if let Some(last) = loudest.iter().rposition(is_loud) {
            self.loud_end = self.frames + last as u64 + 1;
            let first = || loudest.iter().position(is_loud).unwrap_or(0);
            self.before
                .get_or_insert_with(|| self.frames + first() as u64);
        }
    }

    pub(super) fn finish(self, frames: u64) -> Summary {
        let count = frames.max(1) as f64;
        let dc: Vec<f64> = self.sums.iter().map(|sum| sum / count).collect();
        let mean = self.energies.iter().sum::<f64>() / (count * self.energies.len().max(1) as f64);
        let flags = self.flags(&dc);
        Summary {
            rms: decibels(mean.sqrt()),
            clips: self.clips,
            silence: [self.before.unwrap_or(frames), frames - self.loud_end],
            dc,
            flags,
        }
    }

    fn flags(&self, dc: &[f64]) -> Vec<Flag> {
        let both = self.energies.iter().product::<f64>().sqrt();
        let opposed = self.energies.len() == 2 && both > 0.0 && self.cross / both < -0.9;
        let rows = [
            (dc.iter().any(|dc| dc.abs() > DC), Flag::Dc),
            (self.clips > 0, Flag::Clips),
            (self.silent * 2 > self.frames, Flag::MostlySilent),
            (opposed, Flag::OutOfPhase),
            (self.first > CLICK || self.last > CLICK, Flag::EdgeClick),
        ];
        rows.into_iter()
            .filter(|row| row.0)
            .map(|row| row.1)
            .collect()
    }
}

/// In a fixed order of eight sums.
fn sum(x: &[f32]) -> f64 {
    let mut sums = [0.0f64; 8];
    let (eights, rest) = x.as_chunks::<8>();
    for eight in eights {
        for (sum, x) in sums.iter_mut().zip(eight) {
            *sum += f64::from(*x);
        }
    }
    sums.iter().sum::<f64>() + rest.iter().map(|x| f64::from(*x)).sum::<f64>()
}

fn count(x: &[f32], is_one: impl Fn(f32) -> bool) -> u64 {
    x.iter().map(|x| u64::from(is_one(*x))).sum()
}
