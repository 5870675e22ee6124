use super::*;
use CompressorParam as P;

const FS: f64 = 48_000.0;

const RATES: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];

fn compressor(channels: usize, rows: &[(P, f32)]) -> Compressor {
    compressor_at(FS, channels, rows)
}

fn compressor_at(rate: f64, channels: usize, rows: &[(P, f32)]) -> Compressor {
    let values: Vec<_> = rows.iter().map(|(row, v)| (*row as u16, *v)).collect();
    Compressor::new(Setup::new(rate, channels).unwrap(), &values).unwrap()
}

fn db(gain: f64) -> f64 {
    20.0 * gain.log10()
}

fn sine(freq: f64, level_db: f64, frames: usize) -> Vec<f32> {
    crate::testing::sine(freq, level_db, FS, frames)
}

/// The textbook curve: output level for an input level, dB.
fn ideal(x: f64, threshold: f64, ratio: f64, knee: f64, range: f64) -> f64 {
    let s = 1.0 / ratio - 1.0;
    let over = x - threshold;
    let y = if 2.0 * over <= -knee {
        x
    } else if 2.0 * over < knee {
        x + s * (over + knee / 2.0).powi(2) / (2.0 * knee)
    } else {
        threshold + over / ratio
    };
    y.max(x - range)
}

/// Reduction in dB after half a second of `signal`.
fn settled(compressor: &mut Compressor, signal: &[f32]) -> f64 {
    let mut y = signal.to_vec();
    compressor.process(0, &mut [&mut y], None);
    f64::from(compressor.reading())
}

#[test]
fn constant_levels_follow_the_static_curve() {
    for rate in RATES {
        for (ratio, knee, range) in [
            (2.0, 12.0, 60.0),
            (4.0, 0.0, 60.0),
            (100.0, 6.0, 60.0),
            (8.0, 6.0, 9.0),
        ] {
            let rows = [
                (P::Threshold, -24.0),
                (P::Ratio, ratio),
                (P::Knee, knee),
                (P::Range, range),
                (P::Attack, 5.0),
            ];
            let ratio = if ratio >= 100.0 {
                f64::INFINITY
            } else {
                ratio.into()
            };
            for level in -60..=0_i32 {
                let x = f64::from(level);
                let out = settled_level(&mut compressor_at(rate, 1, &rows), x, rate);
                let expected = ideal(x, -24.0, ratio, knee.into(), range.into());
                assert!(
                    (out - expected).abs() < 0.02,
                    "{x} dB at {rate}: {out}, not {expected}"
                );
            }
        }
    }
}

/// The level that comes out after a quarter of a second of ±`level` dB.
fn settled_level(compressor: &mut Compressor, level: f64, rate: f64) -> f64 {
    let x = to_f32(10_f64.powf(level / 20.0));
    let signs = [-1.0, 1.0, 1.0].iter().cycle();
    let mut y: Vec<f32> = signs
        .take(crate::math::to_count(0.25 * rate))
        .map(|sign| x * sign)
        .collect();
    compressor.process(0, &mut [&mut y], None);
    db(f64::from(y[y.len() - 1].abs()))
}

#[test]
fn sines_read_their_peak_or_rms() {
    for (rate, freq) in RATES
        .into_iter()
        .flat_map(|rate| [100.0, 131.0, 997.0, 9001.0].map(|freq| (rate, freq)))
    {
        for level in [-20.0, -6.0, 0.0] {
            let signal = crate::testing::sine(freq, level, rate, crate::math::to_count(rate));
            let rows = |detector| {
                [
                    (P::Threshold, -30.0),
                    (P::Knee, 0.0),
                    (P::Detector, detector),
                ]
            };
            let peak = settled(&mut compressor_at(rate, 1, &rows(0.0)), &signal);
            let expected = -0.75 * (level + 30.0);
            assert!(
                (peak - expected).abs() < 0.1,
                "{freq} Hz at {rate}: {peak}, not {expected}"
            );
            let rms = settled(&mut compressor_at(rate, 1, &rows(1.0)), &signal);
            let expected = -0.75 * (level - 3.01 + 30.0);
            assert!(
                (rms - expected).abs() < 0.2,
                "{freq} Hz at {rate}: {rms}, not {expected}"
            );
        }
    }
}

#[test]
fn steps_follow_the_exponential() {
    let (attack, release) = (20.0, 150.0);
    let rows = [
        (P::Threshold, -20.0),
        (P::Ratio, 4.0),
        (P::Knee, 0.0),
        (P::Attack, attack),
        (P::Release, release),
    ];
    for rate in RATES {
        let frames = |seconds: f64| crate::math::to_count(seconds * rate);
        let loud = frames(0.2)..frames(1.2);
        let level = |n: usize| if loud.contains(&n) { -6.0 } else { -20.0 };
        let signal: Vec<f32> = (0..frames(2.2))
            .map(|n| to_f32(10_f64.powf(level(n) / 20.0)))
            .collect();
        let mut y = signal.clone();
        compressor_at(rate, 1, &rows).process(0, &mut [&mut y], None);
        let reduction = |n: usize| db(f64::from(y[n]) / f64::from(signal[n]));
        let full = -0.75 * 14.0;
        let ms = |frames: usize| frames as f64 * 1000.0 / rate;
        // The window holds the loud level.
        let window = Setup::new(rate, 1).unwrap().frames(5.0);
        for k in 1..=10 {
            let after = k * frames(0.01);
            let expected = full * (1.0 - (-ms(after) / f64::from(attack)).exp());
            let got = reduction(loud.start + after - 1);
            assert!(
                (got - expected).abs() < 0.05,
                "attack {k} at {rate}: {got}, not {expected}"
            );
            let after = k * frames(0.05);
            let expected = full * (-ms(after) / f64::from(release)).exp();
            let got = reduction(loud.end + window - 1 + after - 1);
            assert!(
                (got - expected).abs() < 0.05,
                "release {k} at {rate}: {got}, not {expected}"
            );
        }
    }
}

/// Frame by frame, with std's functions: the level, the textbook curve, the branching smoother.
#[test]
fn it_follows_a_twin_in_double_precision() {
    for rate in RATES {
        for (detector, bound) in [(0.0, -100.0), (1.0, -90.0)] {
            let rows = [
                (P::Threshold, -24.0),
                (P::Ratio, 4.0),
                (P::Knee, 12.0),
                (P::Range, 15.0),
                (P::Attack, 3.0),
                (P::Release, 80.0),
                (P::MakeUp, 3.0),
                (P::Detector, detector),
            ];
            let x = crate::testing::swells(5, rate, crate::math::to_count(rate));
            let mut y = x.clone();
            compressor_at(rate, 1, &rows).process(0, &mut [&mut y], None);
            let window = Setup::new(rate, 1).unwrap().frames(5.0);
            let keep = |ms: f64| (-1000.0 / (ms * rate)).exp();
            let (mut power, mut gain) = (0.0, 0.0);
            let twin = x.iter().enumerate().map(|(n, x_n)| {
                power = keep(10.0) * power + (1.0 - keep(10.0)) * f64::from(*x_n).powi(2);
                let last = &x[(n + 1).saturating_sub(window)..=n];
                let peak = last.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
                let level = if detector == 0.0 {
                    db(f64::from(peak).max(1e-10))
                } else {
                    0.5 * db(power.max(1e-20))
                };
                let wanted = ideal(level, -24.0, 4.0, 12.0, 15.0) - level;
                let keep = keep(if wanted < gain { 3.0 } else { 80.0 });
                gain = keep * gain + (1.0 - keep) * wanted;
                f64::from(*x_n) * 10_f64.powf((gain + 3.0) / 20.0)
            });
            let error = crate::testing::apart_db(&y, &twin.collect::<Vec<_>>());
            assert!(error < bound, "detector {detector} at {rate}: {error} dB");
        }
    }
}

#[test]
fn no_attack_ducks_at_once() {
    let mut c = compressor(
        1,
        &[
            (P::Attack, 0.0),
            (P::Threshold, -20.0),
            (P::Ratio, 100.0),
            (P::Knee, 0.0),
        ],
    );
    let mut y = [0.01, 0.01, 1.0, 1.0];
    c.process(0, &mut [&mut y], None);
    assert_eq!(y[1], 0.01);
    assert!((db(f64::from(y[2])) + 20.0).abs() < 0.01);
}

#[test]
fn look_ahead_delays_exactly_and_ducks_before_the_peak() {
    for ms in [0.0, 0.01, 1.0, 20.0] {
        let mut c = compressor(1, &[(P::LookAhead, ms), (P::Ratio, 1.0)]);
        let delay = c.latency() as usize;
        assert_eq!(delay, crate::math::to_count(f64::from(ms) * 48.0));
        let signal = sine(997.0, -1.0, 4000);
        let mut y = signal.clone();
        c.process(0, &mut [&mut y], None);
        assert_eq!(y[delay..], signal[..4000 - delay]);
        assert!(y[..delay].iter().all(|y| *y == 0.0));
    }
    let mut c = compressor(
        1,
        &[
            (P::LookAhead, 5.0),
            (P::Attack, 1.0),
            (P::Threshold, -20.0),
            (P::Ratio, 100.0),
            (P::Knee, 0.0),
        ],
    );
    let mut y = vec![0.0_f32; 3000];
    y[1000..].fill(1.0);
    c.process(0, &mut [&mut y], None);
    assert_eq!(y[1239], 0.0);
    assert!((db(f64::from(y[1240])) + 20.0).abs() < 0.2, "{}", y[1240]);
}

#[test]
fn the_key_decides_to_the_frame() {
    let mut c = compressor(
        1,
        &[(P::Attack, 0.0), (P::Threshold, -40.0), (P::Release, 1.0)],
    );
    let mut y = vec![0.5_f32; 1000];
    let mut key = vec![0.0_f32; 1000];
    key[500] = 1.0;
    c.process(0, &mut [&mut y], Some(&[&key, &key]));
    assert!(y[..500].iter().all(|y| *y == 0.5));
    assert!(y[500] < 0.05);
}

#[test]
fn make_up_lifts_by_half_the_reduction_at_full_scale() {
    let rows = [
        (P::Threshold, -24.0),
        (P::Ratio, 4.0),
        (P::AutoMakeUp, 1.0),
        (P::MakeUp, 2.0),
    ];
    let mut c = compressor(1, &rows);
    let mut y = vec![0.001_f32; 100];
    c.process(0, &mut [&mut y], None);
    let gain = db(f64::from(y[99]) / 0.001);
    assert!((gain - (2.0 + 0.5 * 0.75 * 24.0)).abs() < 0.01, "{gain}");
}

#[test]
fn link_joins_the_channels() {
    let reductions = |link| {
        let mut c = compressor(
            2,
            &[(P::Link, link), (P::Threshold, -40.0), (P::Attack, 0.0)],
        );
        let (mut l, mut r) = (vec![1.0_f32; 200], vec![0.02_f32; 200]);
        c.process(0, &mut [&mut l, &mut r], None);
        [db(f64::from(l[199])), db(f64::from(r[199]) / 0.02)]
    };
    let [l, r] = reductions(100.0);
    assert!((l - r).abs() < 1e-4 && (l + 30.0).abs() < 0.01);
    let [l, r] = reductions(0.0);
    assert!(
        (l + 30.0).abs() < 0.01 && (r + 0.75 * (40.0 - 33.98)).abs() < 0.1,
        "{l} {r}"
    );
    let [_, half] = reductions(50.0);
    assert!(half < r - 5.0 && half > -20.0, "{half}");
}

#[test]
fn a_link_that_is_turned_goes_from_one_window_to_those_of_each() {
    let rows = [(P::Threshold, -40.0), (P::Attack, 0.0), (P::Release, 1.0)];
    let mut c = compressor(2, &rows);
    // The right side alone is quiet, and hears the left one's clicks only through the link.
    let left: Vec<f32> = (0..96_000)
        .map(|n| if n % 100 == 0 { 1.0 } else { 0.0 })
        .collect();
    let right = vec![0.02_f32; left.len()];
    let mut gains = Vec::new();
    let pieces = left.chunks(4_800).zip(right.chunks(4_800)).enumerate();
    for (piece, (left, right)) in pieces {
        match piece {
            5 => c.set_param(P::Link as u16, 0.0),
            12 => c.set_param(P::Link as u16, 100.0),
            _ => {}
        }
        let (mut l, mut r) = (left.to_vec(), right.to_vec());
        c.process(4_800 * piece as u64, &mut [&mut l, &mut r], None);
        gains.extend(r.iter().map(|r| db(f64::from(*r) / 0.02)));
    }
    let own = -0.75 * (40.0 - 33.98);
    for (frame, wanted) in [(20_000, -30.0), (56_000, own), (95_000, -30.0)] {
        assert!(
            (gains[frame] - wanted).abs() < 0.1,
            "{frame}: {}",
            gains[frame]
        );
    }
    // It turns within 20 ms a step of 63 %: nothing jumps.
    let steps = gains.windows(2).map(|pair| (pair[1] - pair[0]).abs());
    let (_, steps): (Vec<_>, Vec<_>) = steps.enumerate().filter(|(n, _)| *n > 1_000).unzip();
    let largest = steps.into_iter().fold(0.0, f64::max);
    assert!(largest < 0.2, "{largest} dB from one frame to the next");
}

#[test]
fn the_key_filter_and_listen_are_heard() {
    let signal = sine(50.0, 0.0, 24_000);
    let rows = |filter| {
        [
            (P::Threshold, -20.0),
            (P::KeyFilter, filter),
            (P::KeyFreq, 2000.0),
        ]
    };
    assert!(settled(&mut compressor(1, &rows(0.0)), &signal) < -14.0);
    assert!(settled(&mut compressor(1, &rows(1.0)), &signal) > -0.01);
    let mut c = compressor(1, &[(P::Listen, 1.0), (P::LookAhead, 1.0)]);
    let (mut y, key) = (vec![0.3_f32; 100], vec![0.7_f32; 100]);
    c.process(0, &mut [&mut y], Some(&[&key]));
    assert_eq!((y[47], y[48]), (0.0, 0.7));
}

#[test]
fn switching_the_detector_does_not_jump() {
    let mut c = compressor(
        1,
        &[(P::Threshold, -30.0), (P::Attack, 0.0), (P::Release, 1.0)],
    );
    let signal = sine(2000.0, 0.0, 24_000);
    let mut y = signal.clone();
    let (before, after) = y.split_at_mut(12_000);
    c.process(0, &mut [before], None);
    let peak = c.reading();
    c.set_param(P::Detector as u16, 1.0);
    c.process(12_000, &mut [after], None);
    let rms = c.reading();
    assert!(
        (f64::from(rms - peak) - 0.75 * 3.01).abs() < 0.1,
        "{peak} {rms}"
    );
    let gain = |y: &[f32]| y.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
    let windows: Vec<f32> = y[11_000..13_000].chunks(48).map(gain).collect();
    for pair in windows.windows(2) {
        assert!((pair[1] / pair[0] - 1.0).abs() < 0.05, "{pair:?}");
    }
}
