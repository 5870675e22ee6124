use super::*;
use crate::testing::{amplitude_at, sine, through};
use DeesserParam as P;

const FS: f64 = 48_000.0;

const RATES: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];

fn deesser(rows: &[(P, f32)]) -> Deesser {
    deesser_at(FS, rows)
}

fn deesser_at(rate: f64, rows: &[(P, f32)]) -> Deesser {
    let values: Vec<_> = rows.iter().map(|(row, v)| (*row as u16, *v)).collect();
    Deesser::new(Setup::new(rate, 1).unwrap(), &values).unwrap()
}

/// A vowel at 200 Hz and a sibilant at `freq`, both at -12 dBFS; the gains of both in dB.
fn gains(rate: f64, rows: &[(P, f32)], freq: f64) -> [f64; 2] {
    let second = crate::math::to_count(rate);
    let [low, high] = [200.0, freq].map(|freq| sine(freq, -12.0, rate, 2 * second));
    let x: Vec<f32> = low.iter().zip(&high).map(|(a, b)| a + b).collect();
    let y = through(&mut deesser_at(rate, rows), &x);
    [200.0, freq].map(|freq| {
        let level = |x: &[f32]| amplitude_at(&x[second..], freq / rate);
        20.0 * (level(&y) / level(&x)).log10()
    })
}

#[test]
fn split_takes_the_sibilant_and_leaves_the_voice() {
    for (rate, shape) in RATES
        .into_iter()
        .flat_map(|rate| [0.0, 1.0].map(|shape| (rate, shape)))
    {
        let rows = [
            (P::Shape, shape),
            (P::Threshold, -40.0),
            (P::Range, 10.0),
            (P::Ratio, 100.0),
        ];
        let freq = if shape == 0.0 { 6500.0 } else { 15_000.0 };
        let [voice, sibilant] = gains(rate, &rows, freq);
        assert!(voice.abs() < 0.05, "{shape} at {rate}: {voice}");
        // The shelf of 6 dB per octave has not come down all the way there.
        let ratio = |f: f64| (std::f64::consts::PI * f / rate).tan();
        let over = ratio(freq) / ratio(6500.0);
        let g = 10_f64.powf(-0.5);
        let shelf = 10.0 * ((1.0 + (over * g).powi(2)) / (1.0 + over * over)).log10();
        let expected = if shape == 0.0 { -10.0 } else { shelf };
        assert!(
            (sibilant - expected).abs() < 0.1,
            "{shape} at {rate}: {sibilant}"
        );
    }
}

#[test]
fn wide_takes_both_alike() {
    let rows = [
        (P::Mode, 1.0),
        (P::Threshold, -40.0),
        (P::Range, 10.0),
        (P::Ratio, 100.0),
    ];
    for rate in RATES {
        for gain in gains(rate, &rows, 6500.0) {
            assert!((gain + 10.0).abs() < 0.05, "{rate}: {gain}");
        }
    }
}

#[test]
fn below_the_threshold_it_is_exact() {
    let mut d = deesser(&[(P::Threshold, 0.0)]);
    let x = sine(6500.0, -12.0, FS, 9_600);
    assert_eq!(through(&mut d, &x), x);
    // A loud voice without sibilants does not set it off.
    let mut d = deesser(&[(P::Threshold, -30.0)]);
    let x = sine(200.0, -3.0, FS, 9_600);
    through(&mut d, &x);
    assert!(d.reading() > -0.1, "{}", d.reading());
}

#[test]
fn a_sine_in_the_band_gets_the_reduction_of_the_curve() {
    let rows = [(P::Threshold, -30.0), (P::Ratio, 4.0), (P::Range, 24.0)];
    for rate in RATES {
        for level in [-40.0, -30.0, -22.0, -14.0, -6.0_f64] {
            let seconds = crate::math::to_count(rate);
            let mut d = deesser_at(rate, &rows);
            let y = through(&mut d, &sine(6500.0, level, rate, 2 * seconds));
            let out = 20.0 * amplitude_at(&y[seconds..], 6500.0 / rate).log10();
            let expected = if level > -30.0 {
                -30.0 + (level + 30.0) / 4.0
            } else {
                level
            };
            // The knee of the curve rounds its corner.
            let slack = if level == -30.0 { 1.2 } else { 0.15 };
            assert!(
                (out - expected).abs() < slack,
                "{level} dB at {rate}: {out}, not {expected}"
            );
        }
    }
}

/// Frame by frame, with std's functions: the detector's band, its level, the textbook curve, the
/// branching smoother, and the bell, the shelf or the whole signal that is turned down.
#[test]
fn it_follows_a_twin_in_double_precision() {
    for rate in RATES {
        let x = crate::testing::swells(7, rate, crate::math::to_count(0.5 * rate));
        for (shape, mode) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
            let rows = [
                (P::Shape, shape),
                (P::Mode, mode),
                (P::Freq, 5000.0),
                (P::Q, 2.0),
                (P::Threshold, -36.0),
                (P::Ratio, 4.0),
                (P::Range, 15.0),
                (P::Attack, 2.0),
                (P::Release, 50.0),
            ];
            let y = through(&mut deesser_at(rate, &rows), &x);
            let error = crate::testing::apart_db(&y, &twin(&x, rate, shape, mode));
            assert!(error < -100.0, "{shape} {mode} at {rate}: {error} dB");
        }
    }
}

fn twin(x: &[f32], rate: f64, shape: f32, mode: f32) -> Vec<f64> {
    let (freq, q, threshold, slope, range) = (5000.0, 2.0, -36.0, 0.25 - 1.0, 15.0);
    let x: Vec<f64> = x.iter().map(|x| f64::from(*x)).collect();
    let mut heard = x.clone();
    let detector = crate::eq::Band {
        kind: params::kind(shape),
        freq,
        gain_db: 0.0,
        q,
        order: 4,
    };
    for section in detector.design(rate).as_slice() {
        crate::testing::section_twin(section, &mut heard);
    }
    // What is turned down: the bilinear transforms of k·s/(s² + k·s + 1) and s/(s + 1).
    let (g, k) = ((std::f64::consts::PI * freq / rate).tan(), 1.0 / q);
    let (zeros, poles) = match shape {
        0.0 => (
            [k * g, 0.0, -k * g],
            [1.0 + g * (g + k), 2.0 * (g * g - 1.0), 1.0 + g * (g - k)],
        ),
        _ => ([1.0, -1.0, 0.0], [1.0 + g, g - 1.0, 0.0]),
    };
    let mut band = x.clone();
    if mode == 0.0 {
        crate::testing::biquad_twin(zeros, poles, &mut band);
    }
    let window = Setup::new(rate, 1).unwrap().frames(5.0);
    let keep = |ms: f64| (-1000.0 / (ms * rate)).exp();
    let (attack, release, knee) = (keep(2.0), keep(50.0), 6.0);
    let mut reduction = 0.0;
    let frame = |(n, (x, band)): (usize, (&f64, &f64))| {
        let last = &heard[(n + 1).saturating_sub(window)..=n];
        let peak = last.iter().fold(1e-10_f64, |m, x| m.max(x.abs()));
        let over = 20.0 * peak.log10() - threshold;
        let wanted = if 2.0 * over <= -knee {
            0.0
        } else if 2.0 * over < knee {
            slope * (over + knee / 2.0).powi(2) / (2.0 * knee)
        } else {
            slope * over
        };
        let wanted = f64::max(wanted, -range);
        let keep = if wanted < reduction { attack } else { release };
        reduction = keep * reduction + (1.0 - keep) * wanted;
        x + (10_f64.powf(reduction / 20.0) - 1.0) * band
    };
    x.iter().zip(&band).enumerate().map(frame).collect()
}

#[test]
fn listen_puts_out_the_band() {
    let rows = [(P::Listen, 1.0), (P::Freq, 8000.0), (P::Q, 2.0)];
    let [voice, sibilant] = gains(FS, &rows, 8000.0);
    assert!(voice < -30.0 && sibilant.abs() < 0.2, "{voice} {sibilant}");
}

#[test]
fn look_ahead_is_its_latency() {
    assert_eq!(deesser(&[]).latency(), 0);
    let frames = 9_600;
    for (look_ahead, latency) in [(0.0, 0), (2.0, 96), (13.7, 658), (20.0, 960)] {
        let mut d = deesser(&[(P::LookAhead, look_ahead), (P::Threshold, 0.0)]);
        assert_eq!(d.latency(), latency);
        let x = sine(6500.0, -12.0, FS, frames);
        let y = through(&mut d, &x);
        let latency = latency as usize;
        assert!(y[..latency].iter().all(|y| *y == 0.0));
        assert_eq!(y[latency..], x[..frames - latency], "{look_ahead} ms");
        // And ahead it looks: the gain has come down when a sibilant arrives.
        let mut d = deesser(&[
            (P::LookAhead, look_ahead),
            (P::Threshold, -40.0),
            (P::Attack, 0.5),
            (P::Mode, 1.0),
        ]);
        let mut burst = vec![0.0; 2_000];
        burst.extend(sine(6500.0, 0.0, FS, 2_000));
        let first = 2_000 + latency..2_000 + latency + 8;
        let loudest = |y: &[f32]| y.iter().fold(0.0_f32, |m, y| m.max(y.abs()));
        let heard = loudest(&through(&mut d, &burst)[first]);
        assert_eq!(heard < 0.6, look_ahead > 0.0, "{look_ahead} ms: {heard}");
    }
}
