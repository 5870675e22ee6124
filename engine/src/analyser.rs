//! Every measure of one bus: loudness, true peak, needles, spectrum.

use segue_dsp::ballistics::Needle;
use segue_dsp::denormals::FlushGuard;
use segue_dsp::loudness::{LoudnessMeter, layout_weights};
use segue_rt::tap::TapListener;

pub use segue_dsp::ballistics::Ballistics;
pub use segue_dsp::loudness::LoudnessReading;
pub use segue_dsp::spectrum::{Spectrum, SpectrumOptions};

use crate::error::Result;

/// Seconds of signal that wait at most until [`BusAnalyser::update`] takes them.
pub(crate) const PATIENCE_SECONDS: f64 = 2.0;
/// Frames that are worked on at a time.
const PIECE: usize = 512;

/// Measures what a bus puts out, away from the audio thread, which only copies the signal: buses
/// that nobody analyses cost nothing. Made by [`Control::analyse`](crate::control::Control::analyse); dropping
/// it ends the copying. One thread at a time.
///
/// What it loses: nothing when [`update`](Self::update) is called at least every two seconds. Frames that
/// were lost are counted; the measures then go on as if they had never been.
pub struct BusAnalyser {
    listener: TapListener,
    loudness: LoudnessMeter,
    needles: [[Needle; 2]; Ballistics::ALL.len()],
    spectrum: Spectrum,
    frames: u64,
}

/// What a [`BusAnalyser`] reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BusAnalysis {
    /// M, S, I, their maxima, LRA, true and sample peak since the last reset.
    pub loudness: LoudnessReading,
    /// True peak over integrated loudness, LU; `None` while there is nothing to compare.
    pub plr: Option<f32>,
    /// Where the needles of left and right stand, in the order of [`Ballistics::ALL`]: the
    /// amplitude of a steady sine that would bring them there.
    pub needles: [[f32; 2]; Ballistics::ALL.len()],
    /// Frames that were measured since it was made.
    pub frames: u64,
    /// Frames that were lost because they were not taken in time.
    pub lost_frames: u64,
}

impl BusAnalysis {
    /// Where the needles of left and right stand after one standard.
    pub fn needle(&self, ballistics: Ballistics) -> [f32; 2] {
        self.needles[ballistics as usize]
    }
}

impl BusAnalyser {
    pub(crate) fn new(
        listener: TapListener,
        sample_rate: f64,
        spectrum: SpectrumOptions,
    ) -> Result<Self> {
        let needle = |ballistics| Needle::new(ballistics, sample_rate);
        Ok(Self {
            listener,
            loudness: LoudnessMeter::new(sample_rate, layout_weights(2)),
            needles: Ballistics::ALL.map(|it| [needle(it), needle(it)]),
            spectrum: Spectrum::new(sample_rate, spectrum)?,
            frames: 0,
        })
    }

    /// Measures everything that has arrived; true when there is a new spectrum. Call it as often
    /// as you want to look. `[thread-safe]`
    pub fn update(&mut self) -> bool {
        // The needles fall for as long as it is silent.
        let _flush = FlushGuard::new();
        let mut new_spectrum = false;
        let (loudness, needles) = (&mut self.loudness, &mut self.needles);
        let spectrum = &mut self.spectrum;
        let taken = self.listener.take(|frames| {
            for piece in frames.chunks(PIECE) {
                let (mut left, mut right) = ([0.0; PIECE], [0.0; PIECE]);
                let mut middle = [0.0; PIECE];
                for (i, [l, r]) in piece.iter().enumerate() {
                    (left[i], right[i], middle[i]) = (*l, *r, 0.5 * (l + r));
                }
                let n = piece.len();
                loudness.process(&[&left[..n], &right[..n]]);
                for [l, r] in needles.iter_mut() {
                    l.process(&left[..n]);
                    r.process(&right[..n]);
                }
                new_spectrum |= spectrum.process(&middle[..n]);
            }
        });
        self.frames += taken as u64;
        new_spectrum
    }

    /// All measures as they stand after the last [`update`](Self::update). `[thread-safe]`
    pub fn reading(&self) -> BusAnalysis {
        let loudness = self.loudness.reading();
        let peak = segue_dsp::math::gain_to_db(loudness.true_peak);
        let plr = peak - loudness.integrated.0;
        BusAnalysis {
            loudness,
            plr: plr.is_finite().then_some(plr),
            needles: self
                .needles
                .each_ref()
                .map(|sides| sides.each_ref().map(|n| segue_dsp::math::to_f32(n.value()))),
            frames: self.frames,
            lost_frames: self.listener.lost(),
        }
    }

    /// Levels in dB of the middle of both sides, bin by bin from 0 Hz to half the sample rate.
    /// `[thread-safe]`
    pub fn spectrum(&self) -> &Spectrum {
        &self.spectrum
    }

    /// Forgets everything: a new programme begins. `[thread-safe]`
    pub fn reset(&mut self) {
        self.loudness.reset();
        self.needles.iter_mut().flatten().for_each(Needle::reset);
        self.spectrum.reset();
    }

    /// Leaves what follows out of I and LRA. `[thread-safe]`
    pub fn pause(&mut self) {
        self.loudness.pause();
    }

    /// Goes on with I and LRA. `[thread-safe]`
    pub fn resume(&mut self) {
        self.loudness.resume();
    }

    /// True when the bus or the engine is gone. `[thread-safe]`
    pub fn is_over(&self) -> bool {
        self.listener.is_over()
    }
}

#[cfg(test)]
mod tests;
