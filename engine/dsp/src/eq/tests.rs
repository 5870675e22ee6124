use super::*;
use crate::math;
use crate::testing::{apart_db as error_db, section_twin as oracle};

fn noise(frames: usize, seed: u64) -> Vec<f32> {
    crate::testing::noise(seed).take(frames).collect()
}

fn eq(fs: f64, channels: usize, bands: &[&[(EqParam, f32)]]) -> Eq {
    let mut values = Vec::new();
    for (band, rows) in (0..).zip(bands) {
        values.push((Eq::row(band, EqParam::On), 1.0));
        let row = |&(param, value)| (Eq::row(band, param), value);
        values.extend(rows.iter().map(row));
    }
    Eq::new(Setup::new(fs, channels).unwrap(), &values).unwrap()
}

fn run(eq: &mut Eq, signal: &[f32]) -> Vec<f32> {
    let mut y = signal.to_vec();
    eq.process(0, &mut [&mut y], None);
    y
}

#[test]
fn single_precision_stays_100_db_below() {
    for (fs, freq, q, gain) in [
        (192_000.0, 20.0_f32, 4.0_f32, 12.0_f32),
        (48_000.0, 30.0, 1.0, 12.0),
        (48_000.0, 1000.0, 1.0, -12.0),
        (96_000.0, 20.0, 0.7, -30.0),
    ] {
        let signal = noise(4 * math::to_count(fs), 5);
        let band: &[_] = &[
            (EqParam::Freq, freq),
            (EqParam::Q, q),
            (EqParam::Gain, gain),
        ];
        let y = run(&mut eq(fs, 1, &[band]), &signal);
        let mut ideal: Vec<f64> = signal.iter().map(|x| f64::from(*x)).collect();
        let design = Band {
            kind: BandKind::Bell,
            freq: freq.into(),
            gain_db: gain.into(),
            q: q.into(),
            order: 2,
        };
        oracle(&design.design(fs).as_slice()[0], &mut ideal);
        let error = error_db(&y, &ideal);
        println!("{freq} Hz, Q {q}, {gain} dB at {fs}: {error:.1} dB");
        assert!(error < -100.0, "{freq} Hz at {fs}: {error} dB");
    }
}

#[test]
fn every_kind_follows_its_double_precision_twin() {
    let signal = noise(20_000, 9);
    let orders = |fs: f64| (1..=8_usize).map(move |order| (fs, order));
    for (index, kind) in BandKind::ALL.into_iter().enumerate() {
        for (fs, order) in [44_100.0, 48_000.0, 96_000.0, 192_000.0]
            .into_iter()
            .flat_map(orders)
        {
            let band: &[_] = &[
                (EqParam::Type, index as f32),
                (EqParam::Freq, 700.0),
                (EqParam::Gain, 9.0),
                (EqParam::Q, 0.9),
                (EqParam::Slope, (order - 1) as f32),
            ];
            let y = run(&mut eq(fs, 1, &[band]), &signal);
            let mut ideal: Vec<f64> = signal.iter().map(|x| f64::from(*x)).collect();
            let design = Band {
                kind,
                freq: 700.0,
                gain_db: 9.0,
                q: f64::from(0.9_f32),
                order,
            };
            for section in design.design(fs).as_slice() {
                oracle(section, &mut ideal);
            }
            let error = error_db(&y, &ideal);
            assert!(error < -110.0, "{kind:?} order {order} at {fs}: {error} dB");
        }
    }
}

#[test]
fn a_boost_and_its_cut_null() {
    let signal = noise(48_000, 1);
    let ideal: Vec<f64> = signal.iter().map(|x| f64::from(*x)).collect();
    for kind in [0.0, 1.0, 2.0, 3.0] {
        for freq in [80.0, 1000.0, 12_000.0] {
            let band = |gain: f32| {
                [
                    (EqParam::Type, kind),
                    (EqParam::Freq, freq),
                    (EqParam::Gain, gain),
                ]
            };
            let (boost, cut) = (band(12.0), band(-12.0));
            let y = run(&mut eq(48_000.0, 1, &[&boost, &cut]), &signal);
            let error = error_db(&y, &ideal);
            println!("kind {kind} at {freq} Hz: {error:.1} dB");
            assert!(error < -120.0, "kind {kind} at {freq} Hz: {error} dB");
        }
    }
}

/// The design is the exact inverse at any gain, Q, frequency and rate; what single precision adds to
/// that is bounded above.
#[test]
fn the_design_of_a_cut_undoes_that_of_the_boost() {
    let mut random = noise(1_000, 23).into_iter();
    let mut between = |low: f32, high: f32| {
        let share = 0.5 + 0.5 * random.next().unwrap();
        low * (high / low).powf(share)
    };
    for turn in 0..200 {
        let kind = [BandKind::Bell, BandKind::LowShelf, BandKind::HighShelf][turn % 3];
        let fs = [8_000.0, 44_100.0, 48_000.0, 96_000.0, 192_000.0][turn % 5];
        let q = match kind {
            BandKind::Bell => between(0.1, 40.0),
            _ => between(0.3, 1.2),
        };
        let freq = between(10.0, math::to_f32(0.45 * fs));
        let gain = between(0.5, 30.0);
        let signal = noise(math::to_count(fs / 4.0), turn as u64);
        let ideal: Vec<f64> = signal.iter().map(|x| f64::from(*x)).collect();
        let mut y = ideal.clone();
        for gain_db in [f64::from(gain), -f64::from(gain)] {
            let design = Band {
                kind,
                freq: freq.into(),
                gain_db,
                q: q.into(),
                order: 2,
            };
            for section in design.design(fs).as_slice() {
                oracle(section, &mut y);
            }
        }
        let power: f64 = ideal.iter().map(|x| x * x).sum();
        let error: f64 = y.iter().zip(&ideal).map(|(y, x)| (y - x).powi(2)).sum();
        let db = 10.0 * (error / power).max(1e-40).log10();
        assert!(
            db < -120.0,
            "{kind:?} {freq} Hz, Q {q}, {gain} dB at {fs}: {db} dB"
        );
    }
}

#[test]
fn bands_at_0_db_are_exact() {
    let signal = noise(1000, 2);
    let flat: &[_] = &[(EqParam::Gain, 0.0)];
    assert_eq!(run(&mut eq(48_000.0, 1, &[flat; 4]), &signal), signal);
    let mut returning = eq(48_000.0, 1, &[&[(EqParam::Gain, 6.0)]]);
    returning.set_param(Eq::row(0, EqParam::Gain), 0.0);
    run(&mut returning, &noise(48_000, 3));
    assert_eq!(run(&mut returning, &signal), signal);
    returning.set_param(Eq::row(0, EqParam::Type), 2.0);
    assert_eq!(run(&mut returning, &signal), signal);
}

/// Runs a stereo equaliser with one band in `placement` on two noises.
fn placed(placement: f32) -> [Vec<f32>; 4] {
    let band: &[_] = &[(EqParam::Gain, 12.0), (EqParam::Channel, placement)];
    let (left, right) = (noise(2000, 4), noise(2000, 5));
    let (mut l, mut r) = (left.clone(), right.clone());
    eq(48_000.0, 2, &[band]).process(0, &mut [&mut l, &mut r], None);
    [left, right, l, r]
}

#[test]
fn left_and_right_leave_the_other_channel_alone() {
    let [left, right, l, r] = placed(1.0);
    assert!(l != left && r == right);
    let [left, right, l, r] = placed(2.0);
    assert!(l == left && r != right);
}

#[test]
fn mid_and_side_leave_each_other_alone() {
    let largest = |x: &[f32], y: &[f32], sign: f32, l: &[f32], r: &[f32]| {
        let pairs = x.iter().zip(y).zip(l.iter().zip(r));
        pairs.fold(0.0_f32, |worst, ((x, y), (l, r))| {
            worst.max(((x + sign * y) - (l + sign * r)).abs())
        })
    };
    let [left, right, l, r] = placed(3.0);
    assert!(largest(&left, &right, -1.0, &l, &r) < 1e-5);
    assert!(largest(&left, &right, 1.0, &l, &r) > 0.1);
    let [left, right, l, r] = placed(4.0);
    assert!(largest(&left, &right, 1.0, &l, &r) < 1e-5);
    assert!(largest(&left, &right, -1.0, &l, &r) > 0.1);
}

#[test]
fn solo_silences_the_other_bands() {
    let signal = noise(3000, 6);
    let boost: &[_] = &[(EqParam::Gain, 12.0)];
    let solo: &[_] = &[(EqParam::Gain, -6.0), (EqParam::Solo, 1.0)];
    let both = run(&mut eq(48_000.0, 1, &[boost, solo]), &signal);
    let mut alone = eq(48_000.0, 1, &[&[], &[(EqParam::Gain, -6.0)]]);
    assert_eq!(both, run(&mut alone, &signal));
}

#[test]
fn switching_a_band_ends_in_its_steady_state() {
    let sine: Vec<f32> = (0..48_000_u32)
        .map(|n| (std::f32::consts::TAU * 997.0 * n as f32 / 48_000.0).sin())
        .collect();
    let rows: &[_] = &[(EqParam::Gain, 12.0), (EqParam::Freq, 1000.0)];
    let mut switched = eq(48_000.0, 1, &[rows]);
    switched.set_param(Eq::row(0, EqParam::On), 0.0);
    let mut y = sine.clone();
    let (before, after) = y.split_at_mut(24_000);
    switched.process(0, &mut [before], None);
    assert_eq!(before[480..], sine[480..24_000]);
    switched.set_param(Eq::row(0, EqParam::On), 1.0);
    switched.process(24_000, &mut [after], None);
    let steady = run(&mut eq(48_000.0, 1, &[rows]), &sine);
    for (a, b) in y[40_000..].iter().zip(&steady[40_000..]) {
        assert!((a - b).abs() < 1e-4);
    }
    let slope = y
        .windows(2)
        .map(|w| (w[1] - w[0]).abs())
        .fold(0.0, f32::max);
    assert!(slope < 4.0 * 0.1306 + 4.0 / 480.0, "{slope}");
}

#[test]
fn moving_bands_do_not_click() {
    let sine: Vec<f32> = (0..48_000_u32)
        .map(|n| (std::f32::consts::TAU * 100.0 * n as f32 / 48_000.0).sin())
        .collect();
    let mut eq = eq(48_000.0, 1, &[&[(EqParam::Freq, 200.0)]]);
    let mut y = sine.clone();
    for (i, part) in y.chunks_mut(1000).enumerate() {
        let gain = if i % 2 == 0 { 12.0 } else { -12.0 };
        eq.set_param(Eq::row(0, EqParam::Gain), gain);
        eq.set_param(
            Eq::row(0, EqParam::Freq),
            if i % 3 == 0 { 90.0 } else { 800.0 },
        );
        eq.process(i as u64 * 1000, &mut [part], None);
    }
    let slope = y
        .windows(2)
        .map(|w| (w[1] - w[0]).abs())
        .fold(0.0, f32::max);
    // 4 times the sine's own slope, and a ramp of 4 in 20 ms.
    assert!(slope < 4.0 * 0.0131 + 4.0 / 960.0, "{slope}");
}
