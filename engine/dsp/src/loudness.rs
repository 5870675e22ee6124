//! Programme loudness after ITU-R BS.1770-5, with the times and the range of EBU Tech 3341 and
//! 3342 (versions 4).
//!
//! The K-weighted energy is gathered in bins of 10 ms counted from the last reset, edge k at
//! frame `round(k·fs/100)`. Every 10 ms the momentary loudness is that of the last 40 bins, the
//! short-term loudness that of the last 300; an update costs the same whatever was heard before.
//! Gated values come from histograms of 0.01 LU that hold count and energy, so memory is bounded
//! and the error of the gate is below 0.01 LU.

mod histogram;
mod weighting;

use core::ops::Range;

use histogram::{Histogram, loudness_of};
use weighting::{KWeighting, PairFilter};

use crate::denormals::FlushGuard;
use crate::grid::TenMillis;
use crate::math;
use crate::meter::{larger, peak_of};
use crate::true_peak::TruePeakMeter;
use crate::units::Lufs;

/// Bins of the momentary and of the short-term window.
const MOMENTARY: usize = 40;
const SHORT_TERM: usize = 300;
/// Bins between two gating blocks, and between two values of the loudness range.
const HOP: u32 = 10;
/// Bins of silence that a file gets appended for its loudness range (EBU Tech 3342).
const FILE_TAIL: usize = 150;
/// Bins until the loudness range is called stable: one minute.
const STABLE: u32 = 6_000;

/// Weight of a loudspeaker by its position in degrees: 1.41 at the sides, 1 elsewhere; a
/// low-frequency effects channel has 0 (BS.1770-5, table 4). `[thread-safe]`
#[must_use]
pub fn channel_weight(azimuth: f32, elevation: f32) -> f32 {
    let side = elevation.abs() < 30.0 && (60.0..=120.0).contains(&azimuth.abs());
    if side { 1.41 } else { 1.0 }
}

/// Weights of the usual layout of that many channels: mono, stereo, L R C, L R Ls Rs,
/// L R C Ls Rs, 5.1, 6.1 and 7.1 in the order of WAVE files. `[thread-safe]`
#[must_use]
pub fn layout_weights(channels: usize) -> &'static [f32] {
    const SIDE: f32 = 1.41;
    match channels {
        0 | 1 => &[1.0],
        2 => &[1.0; 2],
        3 => &[1.0; 3],
        4 => &[1.0, 1.0, SIDE, SIDE],
        5 => &[1.0, 1.0, 1.0, SIDE, SIDE],
        6 => &[1.0, 1.0, 1.0, 0.0, SIDE, SIDE],
        7 => &[1.0, 1.0, 1.0, 0.0, 1.0, SIDE, SIDE],
        _ => &[1.0, 1.0, 1.0, 0.0, 1.0, 1.0, SIDE, SIDE],
    }
}

/// What a [`LoudnessMeter`] reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoudnessReading {
    /// M: the last 400 ms.
    pub momentary: Lufs,
    /// S: the last 3 s.
    pub short_term: Lufs,
    /// Largest M since the last reset.
    pub max_momentary: Lufs,
    /// Largest S since the last reset.
    pub max_short_term: Lufs,
    /// I: gated, since the last reset, pauses left out.
    pub integrated: Lufs,
    /// LRA in LU, over the same time as `integrated`.
    pub range: f32,
    /// Whether `range` rests on at least one minute.
    pub range_is_stable: bool,
    /// Largest |x| of the continuous signal over all channels since the last reset.
    pub true_peak: f32,
    /// Largest |x| over all samples since the last reset.
    pub sample_peak: f32,
}

/// Loudness and peaks of one programme.
#[derive(Clone, Debug)]
pub struct LoudnessMeter {
    weighting: KWeighting,
    channels: Vec<Channel>,
    filters: Vec<PairFilter>,
    grid: TenMillis,
    /// Frames since the last reset.
    at: u64,
    momentary: SlidingMean,
    short_term: SlidingMean,
    max_momentary: f64,
    max_short_term: f64,
    programme: Programme,
}

#[derive(Clone, Debug)]
struct Channel {
    weight: f64,
    /// Of a channel without a meter, which knows it, too.
    sample_peak: f32,
    true_peak: Option<TruePeakMeter>,
}

/// What start, pause and reset act on.
#[derive(Clone, Debug)]
struct Programme {
    running: bool,
    /// The bin under way began before the meter was started.
    torn: bool,
    /// Complete bins without a pause.
    bins: u32,
    /// Complete bins altogether.
    total: u32,
    blocks: Histogram,
    short_terms: Histogram,
}

impl LoudnessMeter {
    /// A running meter at `sample_rate` frames per second with one channel per weight (see
    /// [`layout_weights`]). `[main-thread]`
    #[must_use]
    pub fn new(sample_rate: f64, weights: &[f32]) -> Self {
        let channel = |weight: &f32| Channel {
            weight: f64::from(*weight),
            sample_peak: 0.0,
            true_peak: Some(TruePeakMeter::new(sample_rate)),
        };
        Self {
            weighting: KWeighting::new(sample_rate),
            channels: weights.iter().map(channel).collect(),
            filters: vec![PairFilter::default(); weights.len().div_ceil(2)],
            grid: TenMillis::new(sample_rate),
            at: 0,
            momentary: SlidingMean::new(MOMENTARY, sample_rate),
            short_term: SlidingMean::new(SHORT_TERM, sample_rate),
            max_momentary: 0.0,
            max_short_term: 0.0,
            programme: Programme::new(),
        }
    }

    /// The same meter, which does not look for the true peak: it then reads as the sample peak.
    /// `[main-thread]`
    #[must_use]
    pub fn without_true_peak(mut self) -> Self {
        for channel in &mut self.channels {
            channel.true_peak = None;
        }
        self
    }

    /// Whether the true peak is looked for. `[thread-safe]`
    #[must_use]
    pub fn has_true_peak(&self) -> bool {
        self.channels.iter().all(|c| c.true_peak.is_some())
    }

    /// Measures the next frames: one slice per channel, in the order of the weights; all are cut
    /// to the shortest. A missing channel counts as silent, and so does a bin with a NaN or an
    /// infinity in it. `[audio-thread]`
    ///
    /// Holds a [`FlushGuard`] of its own: the filters fall through subnormal numbers for good when a
    /// sound ends, and not every thread that measures renders, too.
    pub fn process(&mut self, channels: &[&[f32]]) {
        let _flush = FlushGuard::new();
        let frames = channels.iter().map(|x| x.len()).min().unwrap_or(0);
        let mut done = 0;
        while done < frames {
            let room = self.grid.room(self.at, frames - done);
            self.measure(channels, done..done + room);
            done += room;
            self.at += room as u64;
            if self.at == self.grid.end() {
                self.close_bin();
            }
        }
    }

    /// Ends a file: accounts for the true peak of the last frames and appends the silence that
    /// the loudness range of a file needs, to S but not to M and I. Reset before the next one.
    /// `[audio-thread]`
    pub fn finish(&mut self) {
        let meters = self.channels.iter_mut();
        meters
            .filter_map(|channel| channel.true_peak.as_mut())
            .for_each(TruePeakMeter::finish);
        for _ in 0..FILE_TAIL {
            self.short_term.push(0.0);
            self.programme.close_tail_bin(self.short_term.mean());
        }
    }

    /// Stops integrating I and LRA; M, S and the peaks go on. `[audio-thread]`
    pub fn pause(&mut self) {
        self.programme.running = false;
        self.programme.bins = 0;
    }

    /// Goes on integrating, with the next complete bin. `[audio-thread]`
    pub fn resume(&mut self) {
        self.programme.torn = !self.programme.running && self.at != self.grid.start();
        self.programme.running = true;
    }

    /// Forgets everything; the grid starts anew with the next frame. Running or paused stays.
    /// `[audio-thread]`
    pub fn reset(&mut self) {
        self.filters.fill(PairFilter::default());
        for channel in &mut self.channels {
            channel.sample_peak = 0.0;
            if let Some(meter) = &mut channel.true_peak {
                meter.reset();
            }
        }
        self.grid.seek(0);
        self.at = 0;
        self.momentary.clear();
        self.short_term.clear();
        self.max_momentary = 0.0;
        self.max_short_term = 0.0;
        self.programme.reset();
    }

    /// All values as they stand after the last complete bin. Walks the histograms once (about
    /// 10,000 steps): call it at the rate of a display. `[audio-thread]`
    #[must_use]
    pub fn reading(&self) -> LoudnessReading {
        let peak = |f: fn(&Channel) -> f32| self.channels.iter().map(f).fold(0.0, larger);
        LoudnessReading {
            momentary: lufs(self.momentary.mean()),
            short_term: lufs(self.short_term.mean()),
            max_momentary: lufs(self.max_momentary),
            max_short_term: lufs(self.max_short_term),
            integrated: lufs(self.programme.blocks.gated_energy(10.0)),
            range: math::to_f32(self.programme.short_terms.range()),
            range_is_stable: self.programme.total >= STABLE,
            true_peak: peak(|c| {
                c.true_peak
                    .as_ref()
                    .map_or(c.sample_peak, TruePeakMeter::peak)
            }),
            sample_peak: peak(|c| {
                c.true_peak
                    .as_ref()
                    .map_or(c.sample_peak, TruePeakMeter::sample_peak)
            }),
        }
    }

    /// Adds frames of one bin.
    fn measure(&mut self, channels: &[&[f32]], frames: Range<usize>) {
        for (channel, x) in self.channels.iter_mut().zip(channels) {
            let x = &x[frames.clone()];
            match &mut channel.true_peak {
                Some(meter) => meter.process(x),
                None => channel.sample_peak = larger(channel.sample_peak, peak_of(x)),
            }
        }
        for (filter, pair) in self.filters.iter_mut().zip(channels.chunks(2)) {
            match pair {
                [a, b] => filter.process(&self.weighting, &a[frames.clone()], &b[frames.clone()]),
                [a, ..] => filter.process_one(&self.weighting, &a[frames.clone()]),
                [] => {}
            }
        }
    }

    fn close_bin(&mut self) {
        let energies = self.filters.iter_mut().flat_map(PairFilter::take_energy);
        let weighted = self
            .channels
            .iter()
            .zip(energies)
            .map(|(c, energy)| c.weight * energy);
        let mut energy: f64 = weighted.sum();
        if !energy.is_finite() {
            self.filters.fill(PairFilter::default());
            energy = 0.0;
        }
        self.grid.advance();
        self.momentary.push(energy);
        self.short_term.push(energy);
        let (momentary, short_term) = (self.momentary.mean(), self.short_term.mean());
        self.max_momentary = self.max_momentary.max(momentary);
        self.max_short_term = self.max_short_term.max(short_term);
        self.programme.close_bin(momentary, short_term);
    }
}

impl Programme {
    fn new() -> Self {
        let (blocks, short_terms) = (Histogram::new(), Histogram::new());
        Self {
            running: true,
            torn: false,
            bins: 0,
            total: 0,
            blocks,
            short_terms,
        }
    }

    fn reset(&mut self) {
        (self.torn, self.bins, self.total) = (false, 0, 0);
        self.blocks.clear();
        self.short_terms.clear();
    }

    /// Counts a bin and what ends with it: a block of 400 ms, a short-term value.
    fn close_bin(&mut self, momentary: f64, short_term: f64) {
        if !self.running || core::mem::take(&mut self.torn) {
            return;
        }
        self.bins = self.bins.saturating_add(1);
        self.total = self.total.saturating_add(1);
        if self.bins.is_multiple_of(HOP) && self.bins as usize >= MOMENTARY {
            self.blocks.add(momentary);
        }
        if self.bins.is_multiple_of(HOP) && self.bins as usize >= SHORT_TERM {
            self.short_terms.add(short_term);
        }
    }

    /// Counts a bin of the silence after a file.
    fn close_tail_bin(&mut self, short_term: f64) {
        self.bins = self.bins.saturating_add(1);
        if self.bins.is_multiple_of(HOP) && self.bins as usize >= SHORT_TERM {
            self.short_terms.add(short_term);
        }
    }
}

/// Mean energy per frame over the last bins, without subtraction: nothing drifts, and silence is
/// exactly 0. One pass over the ring each time it wraps keeps an update cheap.
#[derive(Clone, Debug)]
struct SlidingMean {
    /// Before `next`: the bins of this round. From `next` on: for each bin of the last round the
    /// sum of it and all that followed in that round.
    bins: Vec<f64>,
    next: usize,
    /// Sum of this round.
    round: f64,
    frames: f64,
}

impl SlidingMean {
    fn new(bins: usize, sample_rate: f64) -> Self {
        let frames = bins as f64 * sample_rate / 100.0;
        Self {
            bins: vec![0.0; bins],
            next: 0,
            round: 0.0,
            frames,
        }
    }

    fn push(&mut self, energy: f64) {
        if self.next == self.bins.len() {
            let mut sum = 0.0;
            for bin in self.bins.iter_mut().rev() {
                sum += *bin;
                *bin = sum;
            }
            (self.next, self.round) = (0, 0.0);
        }
        self.bins[self.next] = energy;
        self.round += energy;
        self.next += 1;
    }

    fn mean(&self) -> f64 {
        (self.round + self.bins.get(self.next).unwrap_or(&0.0)) / self.frames
    }

    fn clear(&mut self) {
        self.bins.fill(0.0);
        (self.next, self.round) = (0, 0.0);
    }
}

fn lufs(energy: f64) -> Lufs {
    Lufs(math::to_f32(loudness_of(energy)))
}

#[cfg(test)]
mod tests;
