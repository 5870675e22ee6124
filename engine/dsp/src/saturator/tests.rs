use super::*;
use crate::testing::{amplitude_at, noise, sine, through};

const FS: f64 = 48_000.0;
const RATES: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];

fn saturator(rows: &[(u16, f32)]) -> Saturator {
    at_rate(FS, rows)
}

fn at_rate(fs: f64, rows: &[(u16, f32)]) -> Saturator {
    Saturator::new(Setup::new(fs, 1).unwrap(), rows).unwrap()
}

/// The choice of a shape.
fn choice(shape: Shape) -> f32 {
    1.0 + Shape::ALL.iter().position(|s| *s == shape).unwrap() as f32
}

/// The curves as textbooks write them.
fn ideal(shape: Shape, x: f64) -> f64 {
    match shape {
        Shape::Tanh => x.tanh(),
        Shape::Cubic if x.abs() >= 1.5 => x.signum(),
        Shape::Cubic => x - 4.0 / 27.0 * x.powi(3),
        Shape::Asymmetric if x < 0.0 => 0.5 * (2.0 * x).tanh(),
        Shape::Asymmetric => x.tanh(),
        Shape::Hard => x.clamp(-1.0, 1.0),
        Shape::Fold => x.sin(),
    }
}

#[test]
fn static_curves_are_those_of_the_books() {
    for shape in Shape::ALL {
        for drive in [0.0_f32, 12.0, 36.0] {
            for bias in [0.0_f32, 0.3, -0.7] {
                let rows = [
                    (Saturator::SHAPE, choice(shape)),
                    (Saturator::DRIVE, drive),
                    (Saturator::BIAS, bias),
                    (Saturator::OVERSAMPLING, 0.0),
                ];
                let mut s = saturator(&rows);
                // Without the DC blocker, which is another stage.
                s.block.snap(0.0);
                let x: Vec<f32> = (-200..=200_i16).map(|i| f32::from(i) / 100.0).collect();
                let y = through(&mut s, &x);
                let (gain, bias) = (10_f64.powf(f64::from(drive) / 20.0), f64::from(bias));
                for (x, y) in x.iter().zip(&y) {
                    let at = |x: f64| ideal(shape, x + bias) - ideal(shape, bias);
                    let expected = at(gain * f64::from(*x));
                    let error = (f64::from(*y) - expected).abs();
                    assert!(error < 1e-5, "{shape:?} {drive} dB at {x}: {error}");
                }
            }
        }
    }
}

#[test]
fn odd_shapes_make_no_even_harmonics() {
    for shape in Shape::ALL {
        for oversampling in 0..4_u8 {
            let rows = [
                (Saturator::SHAPE, choice(shape)),
                (Saturator::DRIVE, 12.0),
                (Saturator::OVERSAMPLING, oversampling.into()),
            ];
            let y = through(&mut saturator(&rows), &sine(997.0, 0.0, FS, 144_000));
            let level = |k: f64| {
                let y = &y[96_000..];
                20.0 * (amplitude_at(y, k * 997.0 / FS) / amplitude_at(y, 997.0 / FS)).log10()
            };
            let loudest = [2.0, 4.0, 6.0, 8.0]
                .map(level)
                .into_iter()
                .fold(-999.0, f64::max);
            if shape.is_odd() {
                assert!(loudest <= -120.0, "{shape:?} {oversampling}: {loudest}");
            } else {
                assert!(loudest > -30.0, "{shape:?}: {loudest}");
            }
        }
    }
}

/// Energy between 20 Hz and 20 kHz that is at no harmonic of 4999 Hz, re the fundamental, dB.
fn aliases(shape: Shape, drive: f32, oversampling: u8) -> f64 {
    let rows = [
        (Saturator::SHAPE, choice(shape)),
        (Saturator::DRIVE, drive),
        (Saturator::OVERSAMPLING, oversampling.into()),
    ];
    let y = through(&mut saturator(&rows), &sine(4999.0, 0.0, FS, 96_000));
    let y = &y[48_000..];
    let mut folded: Vec<u32> = (2..=600)
        .map(|k| k * 4999 % 48_000)
        .map(|f: u32| f.min(48_000 - f))
        .filter(|f| (20..=20_000).contains(f) && f % 4999 != 0)
        .collect();
    folded.sort_unstable();
    folded.dedup();
    let power = |f: u32| amplitude_at(y, f64::from(f) / FS).powi(2);
    let energy: f64 = folded.into_iter().map(power).sum();
    10.0 * (energy / power(4999)).log10()
}

#[test]
fn aliases_stay_below_the_table() {
    for (shape, drive, table) in [
        (Shape::Tanh, 12.0, [-24.0, -55.0, -95.0, -95.0]),
        (Shape::Tanh, 24.0, [-13.0, -24.0, -38.0, -70.0]),
        (Shape::Hard, 12.0, [-20.0, -33.0, -48.0, -58.0]),
    ] {
        for (oversampling, bound) in (0..).zip(table) {
            let level = aliases(shape, drive, oversampling);
            assert!(
                level <= bound,
                "{shape:?} {drive} dB at {oversampling}: {level}, not {bound}"
            );
        }
    }
}

#[test]
fn latency_is_whole_and_measured() {
    for (oversampling, latency) in (0_u8..).zip([0_usize, 79, 87, 91]) {
        let rows = [
            (Saturator::DRIVE, 0.0),
            (Saturator::OVERSAMPLING, oversampling.into()),
        ];
        let mut s = saturator(&rows);
        assert_eq!(s.latency() as usize, latency);
        let x = sine(997.0, -60.0, FS, 4_800);
        let y = through(&mut s, &x);
        let worst = (1_000..4_800).map(|n| (y[n] - x[n - latency]).abs());
        assert!(worst.fold(0.0, f32::max) < 1e-6);
    }
}

#[test]
fn a_bias_leaves_no_offset() {
    let rows = [(Saturator::BIAS, 0.5), (Saturator::DRIVE, 12.0)];
    let y = through(&mut saturator(&rows), &sine(100.0, 0.0, FS, 96_000));
    let mean = y[48_000..].iter().map(|y| f64::from(*y)).sum::<f64>() / 48_000.0;
    assert!(mean.abs() < 1e-4, "{mean}");
    // A bias moves the sine out of the middle of the curve: it makes even harmonics.
    let second = amplitude_at(&y[48_000..], 200.0 / FS);
    assert!(second > 0.05, "{second}");
}

#[test]
fn compensation_keeps_quiet_signals_and_trim_is_a_gain() {
    for (compensate, expected) in [(0.0, 18.0), (1.0, -6.0)] {
        let rows = [
            (Saturator::DRIVE, 24.0),
            (Saturator::TRIM, -6.0),
            (Saturator::COMPENSATE, compensate),
        ];
        let y = through(&mut saturator(&rows), &sine(997.0, -80.0, FS, 48_000));
        let gain = 20.0 * amplitude_at(&y[24_000..], 997.0 / FS).log10() + 80.0;
        assert!((gain - expected).abs() < 0.01, "{gain}");
    }
}

#[test]
fn tilt_turns_around_1_khz() {
    for fs in RATES {
        for (freq, expected) in [(30.0, -3.0), (15_000.0, 3.0), (1000.0, 0.0)] {
            let rows = [(Saturator::TILT, 6.0), (Saturator::DRIVE, 0.0)];
            let second = crate::math::to_count(fs);
            let x = sine(freq, -60.0, fs, 2 * second);
            let y = through(&mut at_rate(fs, &rows), &x);
            let gain = 20.0 * amplitude_at(&y[second..], freq / fs).log10() + 60.0;
            assert!((gain - expected).abs() < 0.4, "{fs} {freq}: {gain}");
        }
    }
}

/// The curve is that of the books at every rate, with the oversampling that is usual: a tone far
/// below half the rate meets what a straight line of f64 gives.
#[test]
fn harmonics_are_those_of_the_curve_at_every_rate() {
    for fs in RATES {
        for shape in Shape::ALL {
            let rows = [
                (Saturator::SHAPE, choice(shape)),
                (Saturator::DRIVE, 6.0),
                (Saturator::OVERSAMPLING, 1.0),
            ];
            let second = crate::math::to_count(fs);
            let x = sine(300.0, -6.0, fs, 2 * second);
            let y = through(&mut at_rate(fs, &rows), &x);
            let gain = 10_f64.powf(6.0 / 20.0);
            let exact: Vec<f32> = x
                .iter()
                .map(|x| crate::math::to_f32(ideal(shape, gain * f64::from(*x))))
                .collect();
            for k in [1.0, 3.0, 5.0] {
                let level = |x: &[f32]| amplitude_at(&x[second..], k * 300.0 / fs);
                let (found, wanted) = (level(&y), level(&exact));
                let apart = (found - wanted).abs();
                // 0.01 dB of ripple are 1e-3.
                assert!(apart < 1e-3, "{shape:?} {fs} {k}: {found} {wanted}");
            }
        }
    }
}

/// Times are in seconds, frequencies in Hz: neither moves with the rate.
#[test]
fn the_dc_blocker_is_at_5_hz_at_every_rate() {
    for fs in RATES {
        let rows = [(Saturator::DRIVE, 0.0), (Saturator::BIAS, 0.2)];
        let second = crate::math::to_count(fs);
        let level = |freq: f64| {
            let y = through(&mut at_rate(fs, &rows), &sine(freq, -60.0, fs, 3 * second));
            20.0 * amplitude_at(&y[second..], freq / fs).log10()
        };
        let loss = level(200.0) - level(5.0);
        assert!((loss - 3.01).abs() < 0.15, "{fs}: {loss}");
    }
}

/// The same in a straight line: zeros between the frames, one long filter per doubling, std's
/// tanh, every other frame.
#[test]
fn it_follows_a_twin_in_double_precision() {
    let x: Vec<f32> = noise(8).take(3_000).map(|x| 0.5 * x).collect();
    for doublings in 0..4_usize {
        let rows = [
            (Saturator::DRIVE, 12.0),
            (Saturator::OVERSAMPLING, doublings as f32),
        ];
        let y = through(&mut saturator(&rows), &x);
        let gain = 10_f64.powf(12.0 / 20.0);
        let mut signal: Vec<f64> = x.iter().map(|x| gain * f64::from(*x)).collect();
        for doubling in 0..doublings {
            let stuffed: Vec<f64> = signal.iter().flat_map(|x| [2.0 * x, 0.0]).collect();
            signal = crate::oversample::twin(&stuffed, doubling);
        }
        signal.iter_mut().for_each(|x| *x = x.tanh());
        let pad = crate::oversample::twin_padding(doublings);
        signal.splice(0..0, vec![0.0; pad]);
        for doubling in (0..doublings).rev() {
            let low = crate::oversample::twin(&signal, doubling);
            signal = low.into_iter().step_by(2).collect();
        }
        let (mut error, mut energy) = (0.0, 0.0);
        for (y, t) in y.iter().zip(&signal) {
            error += (f64::from(*y) - t).powi(2);
            energy += t * t;
        }
        let level = 10.0 * (error / energy).log10();
        assert!(level < -120.0, "{doublings}: {level}");
    }
}

#[test]
fn a_change_of_shape_makes_no_step() {
    let mut s = saturator(&[(Saturator::SHAPE, 1.0), (Saturator::DRIVE, 12.0)]);
    let mut y = sine(50.0, 0.0, FS, 9_600);
    let mut slope = 0.0_f32;
    for (n, part) in y.chunks_mut(1_200).enumerate() {
        s.set_param(Saturator::SHAPE, (n % 6) as f32);
        s.process(n as u64 * 1_200, &mut [part], None);
    }
    for pair in y[200..].windows(2) {
        slope = slope.max((pair[1] - pair[0]).abs());
    }
    // 50 Hz at 12 dB of drive, plus the ramp of two full-scale shapes over 10 ms.
    let steepest = 4.0 * std::f32::consts::TAU * 50.0 / 48_000.0 + 2.0 * 1.6 / 480.0;
    assert!(slope < 1.3 * steepest, "{slope} {steepest}");
}
