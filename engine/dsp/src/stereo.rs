//! Stereo tools: width, bass mono, utility, pan.

mod params;

pub use params::StereoParam;

use crate::error::DspError;
use crate::gain::amplitude;
use crate::math::{sin_cos, to_count, to_f32};
use crate::pan::{self, PanLaw};
use crate::planar;
use crate::processor::{ParamInfo, Processor, Setup, Shows, Tail, resolve};
use crate::smooth::{LogSmoother, Ramp};
use crate::tpt::{DcBlocker, Svf};

/// Rows to columns: what of left and right goes to left, and what to right.
type Matrix = [[f64; 2]; 2];

const IDENTITY: Matrix = [[1.0, 0.0], [0.0, 1.0]];

/// What one does to two channels.
///
/// In this order, on the first two channels: DC filter, M/S decoding, polarity, swap, mono, width,
/// bass mono, pan, M/S encoding, gain. Other channels have the DC filter and the gain only, a
/// single one the polarity of the left too. Everything moves linearly over 10 ms; at its defaults
/// the output is exactly the input.
#[derive(Debug)]
pub struct Stereo {
    values: [f32; params::ROWS],
    /// Up to the width.
    before: Mixing,
    /// From the pan on.
    behind: Mixing,
    gain: Ramp,
    /// Polarity of a single channel.
    polarity: Ramp,
    /// Shares of the bass mono and of the DC filter.
    bass: Ramp,
    dc: Ramp,
    bass_freq: LogSmoother,
    /// Of the side signal.
    high_pass: Svf,
    blockers: [DcBlocker; planar::MAX_CHANNELS],
    sample_rate: f64,
}

impl Stereo {
    /// Its parameters, in the order of [`StereoParam`].
    pub const PARAMS: &[ParamInfo] = params::PARAMS;

    /// Stereo tools for `setup` with `values` (row, value) in place of the defaults.
    /// `[main-thread]`
    ///
    /// # Errors
    /// [`DspError`] when the setup or a value is out of range.
    pub fn new(setup: Setup, values: &[(u16, f32)]) -> Result<Self, DspError> {
        setup.check()?;
        let values = resolve("stereo", Self::PARAMS, values)?;
        let rate = setup.sample_rate;
        let (zero, one) = (Ramp::new(0.0, rate), Ramp::new(1.0, rate));
        let identity = Mixing([[one, zero], [zero, one]]);
        let mut stereo = Self {
            values: core::array::from_fn(|row| values.get(row).copied().unwrap_or(0.0)),
            before: identity,
            behind: identity,
            gain: one,
            polarity: one,
            bass: zero,
            dc: zero,
            bass_freq: LogSmoother::new(120.0, rate),
            high_pass: Svf::SILENT,
            blockers: [DcBlocker::new(rate); planar::MAX_CHANNELS],
            sample_rate: rate,
        };
        stereo.update();
        stereo.reset();
        Ok(stereo)
    }

    fn value(&self, row: StereoParam) -> f32 {
        self.values[row as usize]
    }

    fn is_on(&self, row: StereoParam) -> bool {
        self.value(row) >= 0.5
    }

    /// Heads for what the values say.
    fn update(&mut self) {
        let switch = |on: bool| if on { 1.0 } else { 0.0 };
        self.before.set(self.front());
        self.behind.set(self.back());
        self.gain.set(amplitude(self.value(StereoParam::Gain)));
        let inverted = self.is_on(StereoParam::InvertLeft);
        self.polarity.set(if inverted { -1.0 } else { 1.0 });
        self.bass_freq.set(self.value(StereoParam::BassFreq).into());
        let bass = switch(self.is_on(StereoParam::BassMono));
        if bass > 0.0 && is_off(&self.bass) {
            self.high_pass.clear();
        }
        self.bass.set(bass);
        let dc = switch(self.is_on(StereoParam::DcFilter));
        if dc > 0.0 && is_off(&self.dc) {
            self.blockers.iter_mut().for_each(DcBlocker::clear);
        }
        self.dc.set(dc);
    }

    /// Everything up to the width.
    fn front(&self) -> Matrix {
        let mut matrix = IDENTITY;
        if self.value(StereoParam::MidSide).round() == 2.0 {
            matrix = [[1.0, 1.0], [1.0, -1.0]];
        }
        for (row, invert) in [StereoParam::InvertLeft, StereoParam::InvertRight]
            .into_iter()
            .enumerate()
        {
            if self.is_on(invert) {
                matrix[row] = matrix[row].map(|gain| -gain);
            }
        }
        if self.is_on(StereoParam::Swap) {
            matrix.swap(0, 1);
        }
        if self.is_on(StereoParam::Mono) {
            matrix = product([[0.5, 0.5], [0.5, 0.5]], matrix);
        }
        let width = f64::from(self.value(StereoParam::Width)) * 0.01;
        let (near, far) = (0.5 * (1.0 + width), 0.5 * (1.0 - width));
        product([[near, far], [far, near]], matrix)
    }

    /// The pan, and M/S encoding.
    fn back(&self) -> Matrix {
        let law = match to_count(self.value(StereoParam::PanLaw).into()) {
            0 => PanLaw::Minus3,
            1 => PanLaw::Minus4Point5,
            2 => PanLaw::Minus6,
            _ => PanLaw::Balance,
        };
        let gains = |row| {
            let (left, right) = pan::gains(law, self.value(row));
            (f64::from(left), f64::from(right))
        };
        let pan = match to_count(self.value(StereoParam::PanMode).into()) {
            0 => {
                let (left, right) = gains(StereoParam::Pan);
                [[left, 0.0], [0.0, right]]
            }
            1 => {
                let (ll, lr) = gains(StereoParam::PanLeft);
                let (rl, rr) = gains(StereoParam::PanRight);
                [[ll, rl], [lr, rr]]
            }
            _ => {
                let turn = f64::from(self.value(StereoParam::Pan)) * core::f64::consts::FRAC_PI_4;
                let (sine, cosine) = sin_cos(turn);
                [[cosine, -sine], [sine, cosine]]
            }
        };
        if self.value(StereoParam::MidSide).round() == 1.0 {
            return product([[0.5, 0.5], [0.5, -0.5]], pan);
        }
        pan
    }

    fn tune(&mut self) {
        let freq = self.bass_freq.value() / self.sample_rate;
        self.high_pass.tune(freq, core::f64::consts::FRAC_1_SQRT_2);
    }

    /// At most a cell.
    fn piece(&mut self, io: &mut [&mut [f32]]) {
        let frames = planar::len(io);
        if !is_off(&self.dc) {
            for (blocker, channel) in self.blockers.iter_mut().zip(io.iter_mut()) {
                for (i, x) in channel.iter_mut().enumerate() {
                    *x -= self.dc.at(i) * blocker.offset(*x);
                }
            }
        }
        match io {
            [left, right, ..] => {
                self.before.apply(left, right);
                self.mono_bass(left, right);
                self.behind.apply(left, right);
            }
            [only] => self.polarity.apply(only),
            [] => {}
        }
        io.iter_mut().for_each(|channel| self.gain.apply(channel));
        for ramp in [
            &mut self.gain,
            &mut self.polarity,
            &mut self.bass,
            &mut self.dc,
        ] {
            ramp.advance(frames);
        }
        self.before.advance(frames);
        self.behind.advance(frames);
    }

    /// Takes what is below the frequency out of the side signal.
    fn mono_bass(&mut self, left: &mut [f32], right: &mut [f32]) {
        if is_off(&self.bass) {
            return;
        }
        for (i, (l, r)) in left.iter_mut().zip(right.iter_mut()).enumerate() {
            let side = 0.5 * (*l - *r);
            let low = self.bass.at(i) * (side - self.high_pass.high_pass(side));
            *l -= low;
            *r += low;
        }
    }
}

fn is_off(ramp: &Ramp) -> bool {
    ramp.is_steady() && ramp.target() == 0.0
}

/// First `b`, then `a`.
fn product(a: Matrix, b: Matrix) -> Matrix {
    core::array::from_fn(|row| {
        core::array::from_fn(|column| a[row][0] * b[0][column] + a[row][1] * b[1][column])
    })
}

/// A matrix whose gains move.
#[derive(Clone, Copy, Debug)]
struct Mixing([[Ramp; 2]; 2]);

impl Mixing {
    fn set(&mut self, matrix: Matrix) {
        for (ramps, gains) in self.0.iter_mut().zip(matrix) {
            for (ramp, gain) in ramps.iter_mut().zip(gains) {
                ramp.set(to_f32(gain));
            }
        }
    }

    fn apply(&self, left: &mut [f32], right: &mut [f32]) {
        let [[ll, rl], [lr, rr]] = &self.0;
        let all = [ll, rl, lr, rr];
        let steady = all.iter().all(|ramp| ramp.is_steady());
        if steady && all.map(Ramp::target) == [1.0, 0.0, 0.0, 1.0] {
            return;
        }
        for (i, (l, r)) in left.iter_mut().zip(right.iter_mut()).enumerate() {
            let (x, y) = (*l, *r);
            *l = ll.at(i) * x + rl.at(i) * y;
            *r = lr.at(i) * x + rr.at(i) * y;
        }
    }

    fn advance(&mut self, frames: usize) {
        let ramps = self.0.as_flattened_mut();
        ramps.iter_mut().for_each(|ramp| ramp.advance(frames));
    }

    fn finish(&mut self) {
        let ramps = self.0.as_flattened_mut();
        ramps.iter_mut().for_each(Ramp::finish);
    }
}

impl Processor for Stereo {
    fn shows(&self) -> Shows {
        Shows::Correlation
    }

    fn latency(&self) -> u32 {
        0
    }

    fn tail(&self) -> Tail {
        /// ln 10^8
        const NEPERS: f64 = 18.42;
        let mut frames = 0;
        if !is_off(&self.bass) {
            let lowest = f64::from(self.value(StereoParam::BassFreq)).min(self.bass_freq.value());
            let decay = core::f64::consts::PI * core::f64::consts::SQRT_2 * lowest;
            frames += to_count(NEPERS / decay * self.sample_rate) as u64;
        }
        if !is_off(&self.dc) {
            frames += DcBlocker::tail(self.sample_rate);
        }
        Tail::Frames(frames)
    }

    fn reset(&mut self) {
        self.before.finish();
        self.behind.finish();
        for ramp in [
            &mut self.gain,
            &mut self.polarity,
            &mut self.bass,
            &mut self.dc,
        ] {
            ramp.finish();
        }
        self.bass_freq.finish();
        self.tune();
        self.high_pass.clear();
        self.blockers.iter_mut().for_each(DcBlocker::clear);
    }

    fn set_param(&mut self, param: u16, value: f32) {
        if let Some(slot) = self.values.get_mut(usize::from(param)) {
            *slot = value;
            self.update();
        }
    }

    fn process(&mut self, at: u64, io: &mut [&mut [f32]], _key: Option<&[&[f32]]>) {
        let channels = io.len();
        for piece in planar::cells(at, planar::len(io)) {
            let phase = planar::cell_phase(at, piece.start);
            if phase == 0 && self.bass_freq.tick() {
                self.tune();
            }
            let mut part = planar::frames(io, &piece);
            self.piece(&mut part[..channels]);
        }
    }
}

#[cfg(test)]
mod tests;
