use core::f64::consts::TAU;

use ebur128::{EbuR128, Mode};
use proptest::prelude::*;

use super::*;
use crate::testing::noise;

const SILENCE: f64 = f64::NEG_INFINITY;

/// A phase-continuous 1 kHz sine through (seconds, dBFS) segments.
fn tones(rate: f64, segments: &[(f64, f64)]) -> Vec<f32> {
    let step = TAU * 1000.0 / rate;
    let level = |&(seconds, db): &(f64, f64)| {
        core::iter::repeat_n(10f64.powf(db / 20.0), math::to_count(seconds * rate))
    };
    let wave = |(i, a): (usize, f64)| math::to_f32(a * (step * i as f64).sin());
    segments
        .iter()
        .flat_map(level)
        .enumerate()
        .map(wave)
        .collect()
}

fn stereo(rate: f64) -> LoudnessMeter {
    LoudnessMeter::new(rate, layout_weights(2))
}

/// Reads a stereo signal, L = R.
fn read(rate: f64, x: &[f32]) -> LoudnessReading {
    let mut meter = stereo(rate);
    meter.process(&[x, x]);
    meter.reading()
}

fn assert_near(what: &str, found: f32, expected: f64, tolerance: f64) {
    let error = f64::from(found) - expected;
    assert!(
        error.abs() <= tolerance,
        "{what}: {found}, expected {expected}"
    );
}

fn assert_lufs(what: &str, found: Lufs, expected: f64) {
    assert_near(what, found.0, expected, 0.1);
}

#[test]
fn ebu_3341_cases_1_to_5() {
    for rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0] {
        for level in [-23.0, -33.0, -18.0] {
            let reading = read(rate, &tones(rate, &[(20.0, level)]));
            for loudness in [reading.momentary, reading.short_term, reading.integrated] {
                assert_lufs("cases 1, 2", loudness, level);
            }
        }
        let gated: [&[(f64, f64)]; 3] = [
            &[(10.0, -36.0), (60.0, -23.0), (10.0, -36.0)],
            &[
                (10.0, -72.0),
                (10.0, -36.0),
                (60.0, -23.0),
                (10.0, -36.0),
                (10.0, -72.0),
            ],
            &[(20.0, -26.0), (20.1, -20.0), (20.0, -26.0)],
        ];
        for (case, segments) in (3..).zip(gated) {
            let reading = read(rate, &tones(rate, segments));
            assert_lufs(&format!("case {case} at {rate}"), reading.integrated, -23.0);
        }
    }
}

#[test]
fn ebu_3341_case_6() {
    for rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0] {
        let [front, centre, side] = [-28.0, -24.0, -30.0].map(|db| tones(rate, &[(20.0, db)]));
        let mut meter = LoudnessMeter::new(rate, layout_weights(5));
        meter.process(&[&front, &front, &centre, &side, &side]);
        assert_lufs("case 6", meter.reading().integrated, -23.0);
    }
}

#[test]
fn ebu_3341_cases_9_and_12() {
    type Loudness = fn(&LoudnessReading) -> Lufs;
    let cases: [(f64, f64, usize, f64, Loudness); 2] = [
        (1.34, 1.66, 5, 3.0, |reading| reading.short_term),
        (0.18, 0.22, 25, 1.0, |reading| reading.momentary),
    ];
    for rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0] {
        for (loud, quiet, times, settled, loudness) in cases {
            let x = tones(rate, &[(loud, -20.0), (quiet, -30.0)].repeat(times));
            let (start, rest) = x.split_at(math::to_count(settled * rate));
            let mut meter = stereo(rate);
            meter.process(&[start, start]);
            for x in rest.chunks(math::to_count(rate / 100.0)) {
                meter.process(&[x, x]);
                assert_lufs("cases 9, 12", loudness(&meter.reading()), -23.0);
            }
        }
    }
}

#[test]
fn ebu_3341_cases_10_and_13() {
    for rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0] {
        for i in (0..20).map(f64::from) {
            let x = tones(rate, &[(i * 0.15, SILENCE), (3.0, -23.0), (1.0, SILENCE)]);
            assert_lufs("case 10", read(rate, &x).max_short_term, -23.0);
            let x = tones(rate, &[(i * 0.02, SILENCE), (0.4, -23.0), (1.0, SILENCE)]);
            assert_lufs("case 13", read(rate, &x).max_momentary, -23.0);
        }
    }
}

#[test]
fn ebu_3341_cases_11_and_14() {
    for rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0] {
        let (mut slow, mut fast) = (stereo(rate), stereo(rate));
        for i in (0..20).map(f64::from) {
            let gap = |step: f64, length: f64| {
                let level = -38.0 + i;
                [
                    (i * step, SILENCE),
                    (length, level),
                    (length - i * step, SILENCE),
                ]
            };
            let x = tones(rate, &gap(0.15, 3.0));
            slow.process(&[&x, &x]);
            assert_lufs("case 11", slow.reading().max_short_term, -38.0 + i);
            let x = tones(rate, &gap(0.02, 0.4));
            fast.process(&[&x, &x]);
            assert_lufs("case 14", fast.reading().max_momentary, -38.0 + i);
        }
    }
}

#[test]
fn ebu_3342_cases_1_to_4() {
    let cases: [(&[f64], f64); 4] = [
        (&[-20.0, -30.0], 10.0),
        (&[-20.0, -15.0], 5.0),
        (&[-40.0, -20.0], 20.0),
        (&[-50.0, -35.0, -20.0, -35.0, -50.0], 15.0),
    ];
    for (rate, (levels, expected)) in [44_100.0, 48_000.0, 96_000.0, 192_000.0]
        .into_iter()
        .flat_map(|rate| cases.map(|case| (rate, case)))
    {
        let segments: Vec<_> = levels.iter().map(|&level| (20.0, level)).collect();
        let x = tones(rate, &segments);
        let mut meter = stereo(rate);
        meter.process(&[&x, &x]);
        assert_near("LRA", meter.reading().range, expected, 1.0);
        meter.process(&[&x, &x]);
        assert_near("repeated", meter.reading().range, expected, 1.0);
        meter.finish();
        assert_near("LRA of the file", meter.reading().range, expected, 1.0);
    }
}

#[test]
fn peaks_come_from_all_channels() {
    let quiet = tones(48e3, &[(0.5, -40.0)]);
    let mut loud: Vec<f32> = (0..24_000).map(|i| [0.3, 0.3, -0.3, -0.3][i % 4]).collect();
    loud[..12_000].fill(0.0);
    let mut meter = LoudnessMeter::new(48e3, layout_weights(3));
    meter.process(&[&quiet, &quiet, &loud]);
    meter.finish();
    let reading = meter.reading();
    assert_eq!(reading.sample_peak, 0.3);
    assert!(reading.true_peak > 0.3 * 1.4, "{}", reading.true_peak);
}

#[test]
fn pauses_are_left_out_and_reset_is_a_new_meter() {
    let x = tones(48e3, &[(5.0, -23.0)]);
    let loud = tones(48e3, &[(2.0, -3.0), (0.1, SILENCE)]);
    let mut meter = stereo(48e3);
    meter.process(&[&x, &x]);
    meter.pause();
    meter.process(&[&loud, &loud]);
    meter.process(&[&loud[..777], &loud[..777]]);
    meter.resume();
    meter.process(&[&x, &x]);
    assert_lufs("without the pause", meter.reading().integrated, -23.0);
    assert!(meter.reading().max_momentary.0 > -10.0, "the peaks go on");
    meter.reset();
    meter.process(&[&x, &x]);
    assert_eq!(meter.reading(), read(48e3, &x));
}

/// Silence costs what sound does: no subnormal numbers are left to compute with, and what reads is
/// within -300 dB of what they would have come to.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[test]
fn what_follows_a_sound_is_free_of_subnormals() {
    for rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0] {
        let sound: Vec<f32> = noise(5).take(math::to_count(rate / 2.0)).collect();
        let hop = vec![0.0; math::to_count(rate / 100.0)];
        let mut meter = stereo(rate).without_true_peak();
        meter.process(&[&sound, &sound]);
        let k = KWeighting::new(rate);
        let mut plain = PairFilter::default();
        plain.process(&k, &sound, &sound);
        let mut was_subnormal = false;
        for step in 0..400 {
            meter.process(&[&hop, &hop]);
            plain.process(&k, &hop, &hop);
            for (x, y) in meter.filters[0].memory().zip(plain.memory()) {
                assert!(!x.is_subnormal(), "{rate}: {x} after {step} hops");
                assert!((x - y).abs() < 1e-15, "{rate}: {x} {y} after {step} hops");
                was_subnormal |= y.is_subnormal();
            }
        }
        assert!(was_subnormal, "{rate}");
        assert_eq!(meter.reading().momentary.0, f32::NEG_INFINITY);
    }
}

#[test]
fn silence_and_nonsense() {
    let mut meter = stereo(48e3);
    let silent = meter.reading();
    assert_eq!(
        (silent.integrated, silent.momentary),
        (Lufs::SILENCE, Lufs::SILENCE)
    );
    meter.process(&[&[f32::NAN; 700], &[f32::INFINITY; 700]]);
    let x = tones(48e3, &[(4.0, -23.0)]);
    meter.process(&[&x, &x]);
    assert_lufs("after NaN", meter.reading().integrated, -23.0);
    assert!(!meter.reading().range_is_stable);
}

/// Noise with the colour, the width and the changes of level of a programme.
fn programme(seed: u64, rate: f64, seconds: f64) -> [Vec<f32>; 2] {
    let mut levels = noise(seed ^ 99);
    let (mut left, mut right) = (noise(seed), noise(seed ^ 7));
    let (mut low, mut level) = ([0.0_f32; 2], -23.0);
    let (mut target, mut remaining) = (0.0, 0);
    let mut frame = |_| {
        if remaining == 0 {
            target = levels.next().unwrap() * 15.0 - 25.0;
            remaining = math::to_count(f64::from(levels.next().unwrap() + 2.0) * rate);
        }
        remaining -= 1;
        level += (target - level) / math::to_f32(0.3 * rate);
        let shared = left.next().unwrap();
        let x = [shared, 0.6 * shared + 0.4 * right.next().unwrap()];
        for (low, x) in low.iter_mut().zip(x) {
            *low += 0.2 * (x - *low);
        }
        low.map(|x| x * math::db_to_gain(level))
    };
    let frames: Vec<_> = (0..math::to_count(seconds * rate))
        .map(&mut frame)
        .collect();
    [0, 1].map(|i| frames.iter().map(|frame| frame[i]).collect())
}

#[test]
fn agrees_with_ebur128() {
    for seed in 1..=3 {
        let [left, right] = programme(seed, 48e3, 20.0);
        let mut oracle = EbuR128::new(2, 48_000, Mode::M | Mode::S | Mode::I).unwrap();
        let mut meter = stereo(48e3);
        for (hop, (l, r)) in left.chunks(4_800).zip(right.chunks(4_800)).enumerate() {
            oracle.add_frames_planar_f32(&[l, r]).unwrap();
            meter.process(&[l, r]);
            if hop % 10 == 9 {
                let reading = meter.reading();
                let momentary = oracle.loudness_momentary().unwrap();
                assert_near("M", reading.momentary.0, momentary, 0.02);
                assert_near(
                    "S",
                    reading.short_term.0,
                    oracle.loudness_shortterm().unwrap(),
                    0.02,
                );
            }
        }
        let integrated = meter.reading().integrated.0;
        assert_near("I", integrated, oracle.loudness_global().unwrap(), 0.02);
    }
}

/// The oracle takes S once a second only, so it needs a long programme for steady percentiles.
#[test]
fn range_agrees_with_ebur128() {
    for seed in 1..=3 {
        let [left, right] = programme(seed, 8e3, 600.0);
        let mut oracle = EbuR128::new(2, 8_000, Mode::LRA).unwrap();
        oracle.add_frames_planar_f32(&[&left, &right]).unwrap();
        let mut meter = stereo(8e3);
        meter.process(&[&left, &right]);
        let reading = meter.reading();
        assert_near("LRA", reading.range, oracle.loudness_range().unwrap(), 0.1);
        assert!(
            reading.range > 5.0 && reading.range_is_stable,
            "{}",
            reading.range
        );
    }
}

#[test]
fn weights_of_positions() {
    let weights = [
        (30.0, 0.0),
        (110.0, 0.0),
        (-90.0, 0.0),
        (135.0, 0.0),
        (110.0, 45.0),
    ];
    let weights = weights.map(|(azimuth, elevation)| channel_weight(azimuth, elevation));
    assert_eq!(weights, [1.0, 1.41, 1.41, 1.0, 1.0]);
    assert!((1..=8).all(|channels| layout_weights(channels).len() == channels));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn splits_give_the_same_bits(
        splits in prop::collection::vec(0_usize..9_000, 1..30),
        seed in any::<u64>(),
    ) {
        let total = splits.iter().sum();
        let [a, b, c] = [0, 1, 2].map(|i| noise(seed ^ i).take(total).collect::<Vec<_>>());
        let mut whole = LoudnessMeter::new(44_100.0, layout_weights(3));
        whole.process(&[&a, &b, &c]);
        let mut split = LoudnessMeter::new(44_100.0, layout_weights(3));
        let mut done = 0;
        for frames in splits {
            let range = done..done + frames;
            split.process(&[&a[range.clone()], &b[range.clone()], &c[range.clone()]]);
            done = range.end;
        }
        prop_assert_eq!(split.reading(), whole.reading());
    }
}
