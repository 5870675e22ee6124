//! Transforms for the convolution of real blocks, cut into small steps of work.
//!
//! A pair of real blocks (the former and the latest one, B frames each) becomes B complex points:
//! `u[n] = (former[n] − i·latest[n])·ω^n` with `ω = e^(−iπ/2B)`, then a transform of length B. The
//! product of two such spectra, point by point, is the negacyclic convolution of 2B real frames,
//! whose second half is not wrapped when one factor is B frames and B zeros ("right-angle"
//! convolution; Nussbaumer, Fast Fourier Transform and Convolution Algorithms, 1982). No point is
//! special, so spectra may stay in any order.
//!
//! The transform of length B = N1·N2 is done as N2 columns of length N1, twiddles, and N1 rows of
//! length N2; each column and each row is a step of its own.

use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use crate::math::{sin_cos, to_f32};
use crate::simd::wide;

pub(super) type Point = Complex<f32>;

/// A transform of one length, shared by everything that uses it.
pub(super) struct Transform {
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// ω^n.
    weights: Vec<Point>,
    /// e^(−2πi·k·n/B) for row k and column n.
    twiddles: Vec<Point>,
    column: [Arc<dyn Fft<f32>>; 2],
    row: [Arc<dyn Fft<f32>>; 2],
    /// The whole transform, for what is not in a hurry.
    whole: Arc<dyn Fft<f64>>,
}

/// Room for one column and for what the plans need.
pub(super) struct Scratch {
    line: Vec<Point>,
    plan: Vec<Point>,
}

impl Transform {
    /// For blocks of `rows·columns` frames, both powers of two. Allocates. `[main-thread]`
    pub(super) fn new(rows: usize, columns: usize) -> Self {
        let block = rows * columns;
        let turn = |share: f64| {
            let (sine, cosine) = sin_cos(-core::f64::consts::TAU * share);
            Point::new(to_f32(cosine), to_f32(sine))
        };
        let twiddle = |n: usize| {
            let (k, n) = (n / columns, n % columns);
            turn((k * n % block) as f64 / block as f64)
        };
        let mut planner = FftPlanner::new();
        let column = [
            planner.plan_fft_forward(rows),
            planner.plan_fft_inverse(rows),
        ];
        let row = [
            planner.plan_fft_forward(columns),
            planner.plan_fft_inverse(columns),
        ];
        Self {
            columns,
            rows,
            weights: (0..block)
                .map(|n| turn(n as f64 / (4 * block) as f64))
                .collect(),
            twiddles: (0..block).map(twiddle).collect(),
            column,
            row,
            whole: FftPlanner::new().plan_fft_forward(block),
        }
    }

    pub(super) fn block(&self) -> usize {
        self.rows * self.columns
    }

    pub(super) fn scratch(&self) -> Scratch {
        let plans = self.column.iter().chain(&self.row);
        let plan = plans.map(|plan| plan.get_inplace_scratch_len()).max();
        Scratch {
            line: vec![Point::default(); self.rows],
            plan: vec![Point::default(); plan.unwrap_or(0)],
        }
    }

    /// Column `n` of the transform of a pair of blocks.
    pub(super) fn forward_column(
        &self,
        n: usize,
        pair: impl Fn(usize) -> (f32, f32),
        work: &mut [Point],
        scratch: &mut Scratch,
    ) {
        for (k, x) in scratch.line.iter_mut().enumerate() {
            let place = k * self.columns + n;
            let (former, latest) = pair(place);
            *x = Point::new(former, -latest) * self.weights[place];
        }
        self.transform_column(0, scratch);
        for (k, x) in scratch.line.iter().enumerate() {
            let place = k * self.columns + n;
            work[place] = *x * self.twiddles[place];
        }
    }

    #[inline]
    fn transform_column(&self, way: usize, scratch: &mut Scratch) {
        if self.rows > 1 {
            self.column[way].process_with_scratch(&mut scratch.line, &mut scratch.plan);
        }
    }

    /// Row `k`; writes the real and the imaginary parts of its points to `spectrum`.
    pub(super) fn forward_row(
        &self,
        k: usize,
        work: &mut [Point],
        spectrum: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let row = &mut work[k * self.columns..(k + 1) * self.columns];
        self.row[0].process_with_scratch(row, &mut scratch.plan);
        let (re, im) = spectrum.split_at_mut(self.block());
        let places = k * self.columns..(k + 1) * self.columns;
        let parts = re[places.clone()].iter_mut().zip(&mut im[places]);
        for ((re, im), x) in parts.zip(row.iter()) {
            (*re, *im) = (x.re, x.im);
        }
    }

    /// Row `k` of the way back.
    pub(super) fn backward_row(
        &self,
        k: usize,
        spectrum: &[f32],
        work: &mut [Point],
        scratch: &mut Scratch,
    ) {
        let (re, im) = spectrum.split_at(self.block());
        let places = k * self.columns..(k + 1) * self.columns;
        let row = &mut work[places.clone()];
        for (x, (re, im)) in row
            .iter_mut()
            .zip(re[places.clone()].iter().zip(&im[places.clone()]))
        {
            *x = Point::new(*re, *im);
        }
        self.row[1].process_with_scratch(row, &mut scratch.plan);
        for (x, twiddle) in row.iter_mut().zip(&self.twiddles[places]) {
            *x *= twiddle.conj();
        }
    }

    /// Column `n` of the way back: its frames of the half that is not wrapped.
    pub(super) fn backward_column(
        &self,
        n: usize,
        work: &[Point],
        out: &mut [f32],
        scratch: &mut Scratch,
    ) {
        for (k, x) in scratch.line.iter_mut().enumerate() {
            *x = work[k * self.columns + n];
        }
        self.transform_column(1, scratch);
        for (k, x) in scratch.line.iter().enumerate() {
            let place = k * self.columns + n;
            out[place] = -(*x * self.weights[place].conj()).im;
        }
    }

    /// The spectrum of a piece of an impulse response, scaled for the way there and back.
    /// Allocates. `[main-thread]`
    pub(super) fn spectrum_of(&self, piece: &[f32]) -> Vec<f32> {
        let block = self.block();
        // In double precision, so that only the signal's own rounding is left.
        let frame = |n: usize| {
            let (sine, cosine) = sin_cos(-core::f64::consts::TAU * n as f64 / (4 * block) as f64);
            let h = f64::from(piece.get(n).copied().unwrap_or(0.0)) / block as f64;
            Complex::new(h * cosine, h * sine)
        };
        let mut points: Vec<Complex<f64>> = (0..block).map(frame).collect();
        self.whole.process(&mut points);
        let mut spectrum = vec![0.0; 2 * block];
        for k in 0..self.rows {
            for m in 0..self.columns {
                let point = points[k + self.rows * m];
                spectrum[k * self.columns + m] = to_f32(point.re);
                spectrum[block + k * self.columns + m] = to_f32(point.im);
            }
        }
        spectrum
    }
}

wide! {
    /// Adds the product of two spectra, `points` of them, to `sum`; or writes it when `first`.
    pub(super) fn multiply_add(
        sum: &mut [f32],
        x: &[f32],
        h: &[f32],
        points: core::ops::Range<usize>,
        first: bool,
    ) {
        let block = sum.len() / 2;
        let (sum_re, sum_im) = sum.split_at_mut(block);
        let (sum_re, sum_im) = (&mut sum_re[points.clone()], &mut sum_im[points.clone()]);
        let parts = |spectrum: &'_ [f32]| -> (core::ops::Range<usize>, core::ops::Range<usize>) {
            let block = spectrum.len() / 2;
            (points.clone(), block + points.start..block + points.end)
        };
        let (re, im) = parts(x);
        let (x_re, x_im) = (&x[re.clone()], &x[im.clone()]);
        let (h_re, h_im) = (&h[re], &h[im]);
        if first {
            sum_re.fill(0.0);
            sum_im.fill(0.0);
        }
        let n = sum_re.len();
        let (x_re, x_im, h_re, h_im) = (&x_re[..n], &x_im[..n], &h_re[..n], &h_im[..n]);
        let sum_im = &mut sum_im[..n];
        for i in 0..n {
            sum_re[i] += x_re[i] * h_re[i] - x_im[i] * h_im[i];
            sum_im[i] += x_re[i] * h_im[i] + x_im[i] * h_re[i];
        }
    }
}

#[cfg(test)]
mod tests {
    use rustfft::{FftPlannerAvx, FftPlannerScalar, FftPlannerSse};

    use super::*;
    use crate::testing::noise;

    /// `rustfft` takes what the CPU has. What another CPU makes of a transform differs by less than
    /// is heard (docs/limits.md).
    #[test]
    fn transforms_of_all_kinds_of_cpu_agree() {
        let mut kinds = 1;
        for length in (3..=13).map(|bits| 1 << bits) {
            let part = noise(3).zip(noise(4));
            let input: Vec<Point> = part
                .map(|(re, im)| Point::new(re, im))
                .take(length)
                .collect();
            let of = |plan: Arc<dyn Fft<f32>>| {
                let mut x = input.clone();
                plan.process(&mut x);
                x
            };
            let plain = of(FftPlannerScalar::new().plan_fft_forward(length));
            let mut others = vec![of(FftPlanner::new().plan_fft_forward(length))];
            if let Ok(mut planner) = FftPlannerSse::new() {
                others.push(of(planner.plan_fft_forward(length)));
            }
            if let Ok(mut planner) = FftPlannerAvx::new() {
                others.push(of(planner.plan_fft_forward(length)));
            }
            kinds = kinds.max(others.len());
            let power = |x: &mut dyn Iterator<Item = Point>| {
                x.map(|x| f64::from(x.re).powi(2) + f64::from(x.im).powi(2))
                    .sum::<f64>()
            };
            for other in others {
                let error = power(&mut other.iter().zip(&plain).map(|(a, b)| a - b));
                let db = 10.0
                    * (error / power(&mut plain.iter().copied()))
                        .max(1e-40)
                        .log10();
                println!("{length}: {db:.1} dB");
                assert!(db < -120.0, "{length}: {db} dB");
            }
        }
        assert!(kinds > 1 || !cfg!(target_arch = "x86_64"));
    }

    #[test]
    fn a_pair_of_blocks_is_convolved_without_wrapping() {
        for (rows, columns) in [(1, 32), (16, 16), (32, 64)] {
            let transform = Transform::new(rows, columns);
            let block = transform.block();
            let x: Vec<f32> = noise(1).take(2 * block).collect();
            let h: Vec<f32> = noise(2).take(block).collect();
            let (mut work, mut scratch) = (vec![Point::default(); block], transform.scratch());
            let mut spectrum = vec![0.0; 2 * block];
            for n in 0..columns {
                let pair = |place: usize| (x[place], x[place + block]);
                transform.forward_column(n, pair, &mut work, &mut scratch);
            }
            for k in 0..rows {
                transform.forward_row(k, &mut work, &mut spectrum, &mut scratch);
            }
            let mut product = vec![0.0; 2 * block];
            let other = transform.spectrum_of(&h);
            multiply_add(&mut product, &spectrum, &other, 0..block, true);
            let mut out = vec![0.0; block];
            for k in 0..rows {
                transform.backward_row(k, &product, &mut work, &mut scratch);
            }
            for n in 0..columns {
                transform.backward_column(n, &work, &mut out, &mut scratch);
            }
            for (n, y) in out.iter().enumerate() {
                let exact: f64 = (0..block)
                    .map(|j| f64::from(h[j]) * f64::from(x[n + block - j]))
                    .sum();
                let off = (f64::from(*y) - exact).abs();
                assert!(off < 1e-4, "{rows} x {columns}, {n}: {y} {exact}");
            }
        }
    }
}
