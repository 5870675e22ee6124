//! Sound that was made at a lower rate: its spectrum ends like a wall at half of that rate.
//!
//! Rule: the mean power spectrum of a few windows a second; for each usual lower rate whose half, c,
//! is at most 0.7 of half this rate: nine of ten bins from 0.7·c to 0.85·c are 30 dB or more above
//! every bin from 1.02·c on, and within 26 dB of the highest among them. Single tones leave most of
//! those bins empty, and a filter would have to fall by 100 dB an octave.

use segue_dsp::spectrum::{Spectrum, SpectrumOptions};

/// Rates that sound comes from, Hz.
const RATES: [f64; 11] = [
    8_000.0, 11_025.0, 12_000.0, 16_000.0, 22_050.0, 24_000.0, 32_000.0, 44_100.0, 48_000.0,
    88_200.0, 96_000.0,
];
/// Frames of a window, and frames handed on at a time.
const WINDOW: usize = 4096;
const STEP: usize = 256;
/// Windows in a row at first, then twice a second up to a minute, then every four seconds.
const AT_ONCE: u32 = 4;
const OFTEN: u32 = 124;
/// The wall, dB, and the level below which there is nothing to see, dB.
const WALL: f64 = 30.0;
/// Between bins of a band without gaps there is no more than this, dB.
const SPREAD: f64 = 26.0;
const NOTHING: f64 = -130.0;

/// Looks at a sound in passing.
pub(super) struct Band {
    rate: f64,
    spectrum: Spectrum,
    mono: Vec<f32>,
    /// Frames to pass by, and frames of the next window so far.
    wait: u64,
    taken: usize,
    /// There is a spectrum that nobody has looked at.
    is_new: bool,
    power: Vec<f64>,
    windows: u32,
}

impl Band {
    /// `None` at rates that have no lower one.
    pub(super) fn new(rate: u32) -> Option<Self> {
        let options = SpectrumOptions {
            size: WINDOW,
            ..SpectrumOptions::default()
        };
        let rate = f64::from(rate);
        let spectrum = Spectrum::new(rate, options).ok()?;
        let has_lower = RATES[0] <= 0.7 * rate;
        has_lower.then(|| Self {
            rate,
            power: vec![0.0; spectrum.levels().len()],
            spectrum,
            mono: Vec::with_capacity(STEP),
            wait: 0,
            taken: 0,
            is_new: false,
            windows: 0,
        })
    }

    pub(super) fn push(&mut self, planes: &[&[f32]]) {
        let frames = planes.first().map_or(0, |plane| plane.len());
        let mut at = 0;
        while at < frames {
            let pass = self.wait.min((frames - at) as u64);
            self.wait -= pass;
            at += usize::try_from(pass).unwrap_or(frames);
            // Pieces end at the same frames, however the sound comes in.
            let end = frames.min(at + STEP - self.taken % STEP);
            if at < end {
                self.take(planes, at..end);
                at = end;
            }
        }
    }

    fn take(&mut self, planes: &[&[f32]], range: std::ops::Range<usize>) {
        self.mono.clear();
        self.mono.resize(range.len(), 0.0);
        // Unequal shares: what is opposed in two channels stays.
        let mut share = 1.0;
        for plane in planes {
            for (sum, x) in self.mono.iter_mut().zip(&plane[range.clone()]) {
                *sum += share * x;
            }
            share *= 0.8;
        }
        self.taken += range.len();
        self.is_new |= self.spectrum.process(&self.mono);
        if self.taken.is_multiple_of(STEP) {
            let is_new = std::mem::take(&mut self.is_new);
            // Nothing from before the pause is in the window.
            if is_new && self.taken >= WINDOW + STEP {
                self.look();
            }
        }
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate in whole Hz"
    )]
    fn look(&mut self) {
        for (power, level) in self.power.iter_mut().zip(self.spectrum.levels()) {
            *power += 10f64.powf(f64::from(*level) / 10.0);
        }
        self.taken = 0;
        self.windows += 1;
        let rate = self.rate as u64;
        self.wait = match self.windows {
            0..AT_ONCE => 0,
            AT_ONCE..OFTEN => rate / 2,
            _ => rate * 4,
        };
    }

    /// Whether the spectrum ends like a wall.
    pub(super) fn is_upsampled(&self) -> bool {
        let lower = RATES.iter().map(|rate| rate / 2.0);
        let low = lower.filter(|half| *half <= 0.7 * self.rate / 2.0);
        self.windows > 0 && low.into_iter().any(|half| self.ends_at(half))
    }

    fn ends_at(&self, half: f64) -> bool {
        let level = |power: &f64| 10.0 * (power / f64::from(self.windows)).log10();
        let bins = |from: f64, to: f64| {
            let bin = self.rate / WINDOW as f64;
            let inside = move |(n, _): &(usize, &f64)| (from..=to).contains(&(*n as f64 * bin));
            let all = self.power.iter().enumerate().filter(inside);
            all.map(|(_, power)| level(power)).collect::<Vec<f64>>()
        };
        let mut below = bins(0.7 * half, 0.85 * half);
        below.sort_by(f64::total_cmp);
        // The last bins hold what meters and converters leave at the very end.
        let above = bins(1.02 * half, 0.99 * self.rate / 2.0);
        let highest = above.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let (tenth, most) = (below.get(below.len() / 10), below.last());
        tenth.zip(most).is_some_and(|(tenth, most)| {
            *tenth > NOTHING && most - tenth <= SPREAD && tenth - highest >= WALL
        })
    }
}
