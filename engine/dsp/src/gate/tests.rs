use super::*;
use crate::testing::{db, sine, through};
use GateParam as P;

const FS: f64 = 48_000.0;

const RATES: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];

fn gate(channels: usize, rows: &[(P, f32)]) -> Gate {
    gate_at(FS, channels, rows)
}

fn gate_at(rate: f64, channels: usize, rows: &[(P, f32)]) -> Gate {
    let values: Vec<_> = rows.iter().map(|(row, v)| (*row as u16, *v)).collect();
    Gate::new(Setup::new(rate, channels).unwrap(), &values).unwrap()
}

/// Frames of the peak detector's window.
fn window(rate: f64) -> usize {
    Setup::new(rate, 1).unwrap().frames(5.0)
}

/// ±`level_db`, so that every frame has that magnitude.
fn square(level_db: f64, frames: usize) -> Vec<f32> {
    let x = to_f32(10_f64.powf(level_db / 20.0));
    (0..frames)
        .map(|n| if n % 3 == 0 { -x } else { x })
        .collect()
}

/// The textbook curve: output level for an input level, dB.
fn ideal(x: f64, threshold: f64, ratio: f64, knee: f64, range: f64) -> f64 {
    let over = x - threshold;
    let y = if 2.0 * over >= knee {
        x
    } else if 2.0 * over > -knee {
        x + (1.0 - ratio) * (over - knee / 2.0).powi(2) / (2.0 * knee)
    } else {
        threshold + ratio * over
    };
    y.max(x - range)
}

#[test]
fn constant_levels_follow_the_static_curve() {
    let cases = [
        (2.0, 12.0, 90.0),
        (4.0, 0.0, 90.0),
        (1.5, 24.0, 90.0),
        (8.0, 6.0, 20.0),
    ];
    for (rate, (ratio, knee, range)) in RATES
        .into_iter()
        .flat_map(|rate| cases.map(|case| (rate, case)))
    {
        let rows = [
            (P::Threshold, -30.0),
            (P::Ratio, ratio),
            (P::Knee, knee),
            (P::Range, range),
            (P::Hysteresis, 0.0),
            (P::Release, 5.0),
            (P::Hold, 0.0),
        ];
        for level in -60..=0_i32 {
            let x = f64::from(level);
            let frames = crate::math::to_count(0.5 * rate);
            let y = through(&mut gate_at(rate, 1, &rows), &square(x, frames));
            let expected = ideal(x, -30.0, ratio.into(), knee.into(), range.into());
            let out = db(y[frames - 1].abs());
            assert!(
                (out - expected).abs() < 0.02,
                "{x} dB at {rate}: {out}, not {expected}"
            );
        }
    }
}

#[test]
fn an_infinite_ratio_is_a_switch_of_exactly_the_range() {
    for (level, gain) in [(-41.0, -37.0), (-39.0, 0.0)] {
        let rows = [(P::Range, 37.0), (P::Hysteresis, 0.0), (P::Release, 5.0)];
        let y = through(&mut gate(1, &rows), &square(level, 24_000));
        let out = db(y[23_999].abs());
        assert!((out - level - gain).abs() < 0.002, "{level}: {out}");
    }
}

#[test]
fn sines_read_their_peak_or_rms() {
    for freq in [100.0, 131.0, 997.0, 9001.0] {
        for (detector, offset, tolerance) in [(0.0, 0.0, 0.1), (1.0, -3.01, 0.2)] {
            let rows = [
                (P::Ratio, 3.0),
                (P::Range, 90.0),
                (P::Hysteresis, 0.0),
                (P::Hold, 0.0),
                (P::Attack, 50.0),
                (P::Release, 50.0),
                (P::Threshold, -20.0),
                (P::Detector, detector),
            ];
            let mut g = gate(1, &rows);
            through(&mut g, &sine(freq, -32.0, FS, 96_000));
            let expected = 2.0 * (-32.0 + offset + 20.0);
            let reading = f64::from(g.reading());
            assert!(
                (reading - expected).abs() < 2.0 * tolerance,
                "{freq}: {reading}"
            );
        }
    }
}

#[test]
fn steps_follow_the_exponential() {
    let (attack, release) = (20.0, 150.0);
    let rows = [
        (P::Range, 30.0),
        (P::Attack, attack),
        (P::Release, release),
        (P::Hold, 0.0),
    ];
    for rate in RATES {
        let second = crate::math::to_count(rate);
        let x = [
            square(-60.0, second),
            square(-20.0, second),
            square(-60.0, 2 * second),
        ]
        .concat();
        let y = through(&mut gate_at(rate, 1, &rows), &x);
        let gain = |n: usize| db(y[n].abs() / x[n].abs());
        for step in 1..=10 {
            let n = step * second / 160;
            // The frame of the step itself is the first of the exponential.
            let t = (n + 1) as f64 * 1000.0 / rate;
            let open = -30.0 * (-t / f64::from(attack)).exp();
            let is = gain(second + n);
            assert!(
                (is - open).abs() < 0.05,
                "opening {t} ms at {rate}: {is}, not {open}"
            );
            let closed = -30.0 * (1.0 - (-t / f64::from(release)).exp());
            let is = gain(2 * second + window(rate) - 1 + n);
            assert!(
                (is - closed).abs() < 0.05,
                "closing {t} ms at {rate}: {is}, not {closed}"
            );
        }
    }
}

#[test]
fn hold_is_exact() {
    for (rate, hold) in RATES
        .into_iter()
        .flat_map(|rate| [0_u8, 10, 100].map(|hold| (rate, hold)))
    {
        let rows = [
            (P::Hold, f32::from(hold)),
            (P::Attack, 0.0),
            (P::Release, 1.0),
        ];
        let hold = Setup::new(rate, 1).unwrap().frames(hold.into());
        let x = [square(-10.0, 1000), square(-70.0, hold + 10_000)].concat();
        let y = through(&mut gate_at(rate, 1, &rows), &x);
        let end = 1000 + window(rate) - 1 + hold;
        assert_eq!(y[..end], x[..end], "{hold} frames at {rate}");
        assert!(y[end].abs() < x[end].abs(), "{hold} frames at {rate}");
    }
}

/// Frame by frame, with std's functions: the level, hysteresis, hold, the textbook curve, the
/// branching smoother.
#[test]
fn it_follows_a_twin_in_double_precision() {
    let (threshold, hysteresis, ratio, knee, range) = (-20.0, 4.0, 3.0, 6.0, 40.0);
    let rows = [
        (P::Threshold, -20.0),
        (P::Hysteresis, 4.0),
        (P::Ratio, 3.0),
        (P::Knee, 6.0),
        (P::Range, 40.0),
        (P::Attack, 2.0),
        (P::Release, 60.0),
        (P::Hold, 20.0),
    ];
    for rate in RATES {
        let x = crate::testing::swells(6, rate, crate::math::to_count(rate));
        let y = through(&mut gate_at(rate, 1, &rows), &x);
        let hold = Setup::new(rate, 1).unwrap().frames(20.0);
        let keep = |ms: f64| (-1000.0 / (ms * rate)).exp();
        let (mut is_open, mut held, mut left, mut gain) = (false, -range, 0, -range);
        let twin = x.iter().enumerate().map(|(n, x_n)| {
            let last = &x[(n + 1).saturating_sub(window(rate))..=n];
            let peak = last.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
            let level = 20.0 * f64::from(peak).max(1e-10).log10();
            is_open = level >= threshold - if is_open { hysteresis } else { 0.0 };
            let corner = threshold - if is_open { hysteresis } else { 0.0 };
            let wanted = ideal(level, corner, ratio, knee, range) - level;
            if wanted >= held {
                (held, left) = (wanted, hold);
            } else if left > 0 {
                left -= 1;
            } else {
                held = wanted;
            }
            let keep = keep(if held < gain { 60.0 } else { 2.0 });
            gain = keep * gain + (1.0 - keep) * held;
            f64::from(*x_n) * 10_f64.powf(gain / 20.0)
        });
        let error = crate::testing::apart_db(&y, &twin.collect::<Vec<_>>());
        assert!(error < -100.0, "{rate}: {error} dB");
    }
}

#[test]
fn half_the_hysteresis_does_not_chatter() {
    // 2 Hz up and down between the threshold and the hysteresis below it.
    let wave = |n: u32| -43.0 + 2.9 * (f64::from(n) * 2.0 * std::f64::consts::TAU / FS).sin();
    let level = |n| to_f32(10_f64.powf(wave(n) / 20.0));
    let wobble: Vec<f32> = (0..96_000).map(level).collect();
    let rows = [(P::Hysteresis, 6.0), (P::Hold, 0.0), (P::Release, 1.0)];
    let mut g = gate(1, &rows);
    let closed = through(&mut g, &wobble);
    assert!(closed.iter().zip(&wobble).all(|(y, x)| (y / x) < 0.0011));
    let x = [square(-20.0, 4800), wobble].concat();
    let y = through(&mut gate(1, &rows), &x);
    assert_eq!(y[2000..], x[2000..]);
    // Without hysteresis the same signal opens and closes it when the threshold is in its middle.
    let rows = [(P::Hysteresis, 0.0), (P::Threshold, -43.0), (P::Hold, 0.0)];
    let y = through(&mut gate(1, &rows), &x);
    assert!(y[4800..].iter().zip(&x[4800..]).any(|(y, x)| y / x < 0.01));
}

#[test]
fn a_ducker_turns_down_by_its_range_under_a_key() {
    let rows = [
        (P::Mode, 1.0),
        (P::Range, 12.0),
        (P::Attack, 5.0),
        (P::Release, 50.0),
        (P::Hold, 20.0),
    ];
    let mut g = gate(1, &rows);
    let mut y = vec![0.5; 96_000];
    let key = [
        square(-80.0, 24_000),
        square(-10.0, 24_000),
        square(-80.0, 48_000),
    ]
    .concat();
    g.process(0, &mut [&mut y], Some(&[&key]));
    assert_eq!(y[..24_000], [0.5; 24_000]);
    let ducked = db(y[47_999] / 0.5);
    assert!((ducked + 12.0).abs() < 0.01, "{ducked}");
    let held = 48_000 + window(FS) - 1 + 960;
    assert!(y[held - 1] <= y[47_999] && y[held] > y[held - 1]);
    assert!(db(y[95_999] / 0.5) > -0.01);
}

#[test]
fn look_ahead_opens_before_the_attack_arrives() {
    let rows = [(P::LookAhead, 5.0), (P::Attack, 1.0)];
    let mut g = gate(1, &rows);
    assert_eq!(g.latency(), 240);
    let x = [vec![0.0; 4800], square(-6.0, 4800)].concat();
    let y = through(&mut g, &x);
    let first = y[4800 + 240] / x[4800];
    assert!(db(first) > -0.5, "{first}");
    let mut without = gate(1, &[(P::Attack, 1.0)]);
    assert!(db(through(&mut without, &x)[4800] / x[4800]) < -50.0);
}

#[test]
fn the_key_filter_decides_what_opens_it() {
    let rows = [(P::KeyFilter, 1.0), (P::KeyFreq, 2000.0), (P::Release, 5.0)];
    for (freq, gain) in [(100.0, -60.0), (8000.0, 0.0)] {
        let mut g = gate(1, &rows);
        through(&mut g, &sine(freq, -12.0, FS, 48_000));
        assert!((f64::from(g.reading()) - gain).abs() < 0.1, "{freq}");
    }
}
