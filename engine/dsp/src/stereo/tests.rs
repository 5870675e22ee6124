use super::*;
use crate::testing::{amplitude_at, noise, sine};
use StereoParam as P;

const FS: f64 = 48_000.0;
const RATES: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];

fn stereo(rows: &[(P, f32)]) -> Stereo {
    at_rate(FS, rows)
}

fn at_rate(fs: f64, rows: &[(P, f32)]) -> Stereo {
    let values: Vec<_> = rows.iter().map(|(row, v)| (*row as u16, *v)).collect();
    Stereo::new(Setup::new(fs, 2).unwrap(), &values).unwrap()
}

/// What becomes of one frame.
fn frame(rows: &[(P, f32)], (left, right): (f32, f32)) -> (f32, f32) {
    let (mut l, mut r) = ([left], [right]);
    stereo(rows).process(0, &mut [&mut l, &mut r], None);
    (l[0], r[0])
}

#[test]
fn width_is_exact_at_1_and_mono_at_0() {
    let pairs: Vec<_> = noise(1).zip(noise(2)).take(2000).collect();
    for &(l, r) in &pairs {
        assert_eq!(frame(&[], (l, r)), (l, r));
        let (a, b) = frame(&[(P::Width, 0.0)], (l, r));
        assert_eq!(a, b);
        let middle = 0.5 * (f64::from(l) + f64::from(r));
        assert!((f64::from(a) - middle).abs() <= f64::from(f32::EPSILON) * middle.abs().max(1e-9));
        let (a, b) = frame(&[(P::Width, 200.0)], (l, r));
        // M stays, S doubles.
        assert!((0.5 * (a + b) - 0.5 * (l + r)).abs() < 2e-7);
        assert!((0.5 * (a - b) - (l - r)).abs() < 3e-7);
    }
}

#[test]
fn the_utility_does_what_it_says() {
    let x = (0.5, -0.25);
    assert_eq!(frame(&[(P::InvertLeft, 1.0)], x), (-0.5, -0.25));
    assert_eq!(frame(&[(P::InvertRight, 1.0)], x), (0.5, 0.25));
    assert_eq!(frame(&[(P::Swap, 1.0)], x), (-0.25, 0.5));
    assert_eq!(frame(&[(P::Mono, 1.0)], x), (0.125, 0.125));
    assert_eq!(frame(&[(P::Gain, -120.0)], x), (0.0, 0.0));
    let encoded = frame(&[(P::MidSide, 1.0)], x);
    assert_eq!(encoded, (0.125, 0.375));
    assert_eq!(frame(&[(P::MidSide, 2.0)], encoded), x);
}

#[test]
fn balance_follows_the_four_laws() {
    let laws = [
        PanLaw::Minus3,
        PanLaw::Minus4Point5,
        PanLaw::Minus6,
        PanLaw::Balance,
    ];
    for (index, law) in (0_u8..).zip(laws) {
        for i in -100..=100_i8 {
            let pan = f32::from(i) / 100.0;
            let rows = [(P::PanLaw, f32::from(index)), (P::Pan, pan)];
            let (l, r) = frame(&rows, (1.0, 1.0));
            let (el, er) = pan::gains(law, pan);
            assert!(
                (l - el).abs() <= 1e-6 && (r - er).abs() <= 1e-6,
                "{law:?} {pan}"
            );
        }
    }
}

#[test]
fn dual_pan_places_both_channels() {
    let rows = [(P::PanMode, 1.0), (P::PanLaw, 0.0)];
    assert_eq!(frame(&rows, (0.5, -0.25)), (0.5, -0.25));
    let crossed = [&rows[..], &[(P::PanLeft, 1.0), (P::PanRight, -1.0)]].concat();
    assert_eq!(frame(&crossed, (0.5, -0.25)), (-0.25, 0.5));
    let inwards = [&rows[..], &[(P::PanLeft, 0.0)]].concat();
    let (l, r) = frame(&inwards, (1.0, 0.0));
    assert!((l - 0.5_f32.sqrt()).abs() < 1e-6 && (r - l).abs() < 1e-6);
}

#[test]
fn rotation_turns_the_image_and_keeps_its_power() {
    let rows = |pan| [(P::PanMode, 2.0), (P::Pan, pan)];
    let (l, r) = frame(&rows(1.0), (0.5, 0.5));
    assert!(l.abs() < 1e-7 && (r - 0.5 * 2_f32.sqrt()).abs() < 1e-6);
    for i in -100..=100_i8 {
        let (l, r) = frame(&rows(f32::from(i) / 100.0), (0.6, -0.3));
        assert!((l * l + r * r - 0.45).abs() < 1e-6);
    }
}

#[test]
fn bass_mono_takes_the_side_below_its_frequency() {
    for fs in RATES {
        let second = crate::math::to_count(fs);
        let gain = |freq: f64, sign: f32| {
            let mut l = sine(freq, 0.0, fs, 2 * second);
            let mut r: Vec<f32> = l.iter().map(|x| sign * x).collect();
            let rows = [(P::BassMono, 1.0), (P::BassFreq, 100.0)];
            at_rate(fs, &rows).process(0, &mut [&mut l, &mut r], None);
            20.0 * amplitude_at(&l[second..], freq / fs).log10()
        };
        assert!((gain(100.0, -1.0) + 3.01).abs() < 0.05, "{fs}");
        assert!((gain(25.0, -1.0) + 24.1).abs() < 0.2, "{fs}");
        assert!(gain(2000.0, -1.0).abs() < 0.05, "{fs}");
        assert!(gain(25.0, 1.0).abs() < 1e-6, "{fs}");
    }
}

#[test]
fn the_dc_filter_removes_what_is_constant() {
    for fs in RATES {
        let second = crate::math::to_count(fs);
        let (mut l, mut r) = (vec![0.5; 2 * second], sine(1000.0, 0.0, fs, 2 * second));
        at_rate(fs, &[(P::DcFilter, 1.0)]).process(0, &mut [&mut l, &mut r], None);
        assert!(l[2 * second - 1].abs() < 1e-6, "{fs}");
        let gain = amplitude_at(&r[second..], 1000.0 / fs);
        assert!((gain - 1.0).abs() < 1e-3, "{fs}: {gain}");
    }
}

#[test]
fn changes_take_10_ms_from_their_frame() {
    for fs in RATES {
        let mut tools = at_rate(fs, &[]);
        let ramp = crate::math::to_count(0.01 * fs);
        let frames = ramp + 200;
        let (mut l, mut r) = (vec![1.0; frames], vec![0.0; frames]);
        let ((la, lb), (ra, rb)) = (l.split_at_mut(101), r.split_at_mut(101));
        tools.process(0, &mut [la, ra], None);
        tools.set_param(P::Swap as u16, 1.0);
        tools.process(101, &mut [lb, rb], None);
        assert_eq!((l[101], r[101]), (1.0, 0.0), "{fs}");
        let share = (ramp / 2) as f32 / ramp as f32;
        let half = 101 + ramp / 2;
        let apart = (l[half] - 1.0 + share).abs().max((r[half] - share).abs());
        assert!(apart < 2e-6, "{fs}: {apart}");
        assert_eq!((l[101 + ramp], r[101 + ramp]), (0.0, 1.0), "{fs}");
    }
}
