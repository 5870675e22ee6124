//! Bands whose shapes change by cross-fading two instances of the cascade.

use super::chain::{BandSettings, BandShape, Chain, heard};
use crate::math::{sin_cos, to_f32};
use crate::planar::{self, MAX_CHANNELS};
use crate::processor::{Setup, Tail};
use crate::smooth::RAMP_MS;

/// Most bands of a bank.
pub(crate) const MAX_BANDS: usize = 16;
/// Frames cross-faded at a time.
const PIECE: usize = 64;

/// Up to 16 bands in series.
///
/// Frequencies, gains and quality factors move smoothly on the cell grid. A change of shape starts
/// a cross-fade of 10 ms at its exact frame: equal power when a band that is heard changes what it
/// does, linear when bands only come or go. A change during a cross-fade waits for its end.
#[derive(Debug)]
pub(crate) struct Bank {
    chains: [Chain; 2],
    /// The chain that is heard, or faded out.
    current: usize,
    wanted: [BandShape; MAX_BANDS],
    bands: usize,
    /// True when `wanted` may differ from what the current chain plays.
    dirty: bool,
    fade: Option<Fade>,
    /// cos(π/2·i/n) for i = 0..=n, n the frames of a cross-fade.
    curve: Vec<f32>,
}

#[derive(Clone, Copy, Debug)]
struct Fade {
    done: usize,
    equal_power: bool,
}

impl Bank {
    /// A bank at rest with `bands`, at most 16. `[main-thread]`
    pub(crate) fn new(setup: Setup, bands: &[BandSettings]) -> Self {
        let off = BandShape {
            on: false,
            solo: false,
            kind: super::BandKind::Bell,
            order: 2,
            placement: super::Placement::Stereo,
        };
        let mut wanted = [off; MAX_BANDS];
        for (shape, band) in wanted.iter_mut().zip(bands) {
            *shape = band.shape;
        }
        let frames = setup.frames(RAMP_MS).max(1);
        let quarter = core::f64::consts::FRAC_PI_2 / frames as f64;
        let mut bank = Self {
            chains: [Chain::new(setup, bands), Chain::new(setup, bands)],
            current: 0,
            wanted,
            bands: bands.len().min(MAX_BANDS),
            dirty: false,
            fade: None,
            curve: (0..=frames)
                .map(|i| to_f32(sin_cos(quarter * i as f64).1.max(0.0)))
                .collect(),
        };
        bank.reset();
        bank
    }

    /// Changes the shape of `band`. `[audio-thread]`
    pub(crate) fn change_shape(&mut self, band: usize, change: impl FnOnce(&mut BandShape)) {
        if let Some(shape) = self.wanted.get_mut(band) {
            change(shape);
            self.dirty = true;
        }
    }

    /// Moves `band` to a frequency in Hz. `[audio-thread]`
    pub(crate) fn set_freq(&mut self, band: usize, hertz: f64) {
        for chain in &mut self.chains {
            chain.set_freq(band, hertz);
        }
    }

    /// Moves `band` to a gain in dB. `[audio-thread]`
    pub(crate) fn set_gain(&mut self, band: usize, db: f64) {
        for chain in &mut self.chains {
            chain.set_gain(band, db);
        }
    }

    /// Moves `band` to a quality factor. `[audio-thread]`
    pub(crate) fn set_q(&mut self, band: usize, q: f64) {
        for chain in &mut self.chains {
            chain.set_q(band, q);
        }
    }

    /// Forgets the signal and finishes every change. `[audio-thread]`
    pub(crate) fn reset(&mut self) {
        for chain in &mut self.chains {
            chain.reset(&self.wanted[..self.bands]);
        }
        self.fade = None;
        self.dirty = false;
    }

    /// Frames until it is silent after its input. `[audio-thread]`
    pub(crate) fn tail(&self) -> Tail {
        let [a, b] = &self.chains;
        let frames = match self.fade {
            Some(_) => a.tail().max(b.tail()),
            None => self.chains[self.current].tail(),
        };
        Tail::Frames(crate::math::to_count(frames.ceil()) as u64)
    }

    /// Whether [`Self::process`] leaves everything as it is until a band is changed. `[audio-thread]`
    pub(crate) fn is_idle(&self) -> bool {
        !self.dirty && self.fade.is_none() && self.chains[self.current].is_idle()
    }

    /// Processes `io` in place from absolute frame `at`. `[audio-thread]`
    pub(crate) fn process(&mut self, at: u64, io: &mut [&mut [f32]]) {
        let (channels, frames) = (io.len(), planar::len(io));
        let mut start = 0;
        while start < frames {
            if self.dirty && self.fade.is_none() {
                self.begin_fade();
            }
            let now = at.wrapping_add(start as u64);
            let end = match self.fade {
                None => frames,
                Some(fade) => frames.min(start + PIECE.min(self.fade_frames() - fade.done)),
            };
            let mut part = planar::frames(io, &(start..end));
            let part = &mut part[..channels];
            match self.fade {
                None => self.chains[self.current].process(now, part),
                Some(fade) => self.cross_fade(now, part, fade),
            }
            start = end;
        }
    }

    fn fade_frames(&self) -> usize {
        self.curve.len() - 1
    }

    /// Prepares the other chain to play what is wanted, if that sounds different.
    fn begin_fade(&mut self) {
        self.dirty = false;
        let wanted = &self.wanted[..self.bands];
        let [a, b] = &mut self.chains;
        let (old, new) = if self.current == 0 { (a, b) } else { (b, a) };
        let (mut differs, mut turns) = (false, false);
        for band in 0..self.bands {
            let (before, after) = old.turn(band, heard(wanted, band));
            differs |= before != after;
            turns |= before != after && before.is_some() && after.is_some();
        }
        if differs {
            new.copy_from(old);
            new.adopt(wanted);
            self.fade = Some(Fade {
                done: 0,
                equal_power: turns,
            });
        } else {
            old.adopt(wanted);
        }
    }

    fn cross_fade(&mut self, at: u64, io: &mut [&mut [f32]], fade: Fade) {
        let frames = planar::len(io);
        let mut copy = [[0.0_f32; PIECE]; MAX_CHANNELS];
        for (copy, channel) in copy.iter_mut().zip(io.iter()) {
            copy[..frames].copy_from_slice(channel);
        }
        let mut rows = copy.iter_mut();
        let mut other: [&mut [f32]; MAX_CHANNELS] = core::array::from_fn(|_| {
            rows.next()
                .map_or_else(Default::default, |r| &mut r[..frames])
        });
        self.chains[self.current].process(at, io);
        self.chains[1 - self.current].process(at, &mut other[..io.len()]);
        let length = self.fade_frames();
        for i in 0..frames {
            let frame = fade.done + i;
            let (sine, cosine) = (self.curve[length - frame], self.curve[frame]);
            let share = frame as f32 / length as f32;
            for (y, x) in io.iter_mut().zip(&other) {
                y[i] = if fade.equal_power {
                    cosine * y[i] + sine * x[i]
                } else {
                    y[i] + share * (x[i] - y[i])
                };
            }
        }
        let done = fade.done + frames;
        self.fade = (done < length).then_some(Fade { done, ..fade });
        if self.fade.is_none() {
            self.current = 1 - self.current;
        }
    }
}
