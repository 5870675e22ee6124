use std::f64::consts::TAU;

use proptest::prelude::*;

use super::*;
use crate::testing::Noise;

fn sine(hz: f64, rate: u32, frames: usize) -> Vec<f64> {
    (0..frames)
        .map(|n| 0.5 * (TAU * hz * n as f64 / f64::from(rate)).sin())
        .collect()
}

/// Runs a tier on f64 data; `Import` rounds its input and output to f32.
fn run(x: &[f64], from: u32, to: u32, tier: Tier) -> Vec<f64> {
    match tier {
        Tier::Offline => resample(&[x.to_vec()], from, to, tier).unwrap().remove(0),
        Tier::Import | Tier::Stream => {
            let x = x.iter().map(|x| *x as f32).collect();
            let y = resample(&[x], from, to, tier).unwrap().remove(0);
            y.into_iter().map(f64::from).collect()
        }
    }
}

/// What is away from the edges, where the silence around the sound shows.
fn middle(y: &[f64]) -> &[f64] {
    &y[4000..y.len() - 4000]
}

/// DFT of one frequency: (cosine, sine) amplitudes, exact if whole periods fit.
fn line(y: &[f64], hz: f64, rate: u32) -> (f64, f64) {
    let w = TAU * hz / f64::from(rate);
    let scale = 2.0 / y.len() as f64;
    y.iter().enumerate().fold((0.0, 0.0), |(c, s), (n, y)| {
        let (sin, cos) = (w * n as f64).sin_cos();
        (c + scale * y * cos, s + scale * y * sin)
    })
}

/// Amplitude of the tone at `hz`, and of everything else, both in dB below the input's 0.5.
fn tone_and_rest(y: &[f64], hz: f64, rate: u32) -> (f64, f64) {
    let mut rest = y.to_vec();
    let (mut a, mut b) = (0.0, 0.0);
    // Repeated projection solves the least squares although the window is not whole periods.
    for _ in 0..20 {
        let (c, s) = line(&rest, hz, rate);
        (a, b) = (a + c, b + s);
        let w = TAU * hz / f64::from(rate);
        for (n, x) in rest.iter_mut().enumerate() {
            let (sin, cos) = (w * n as f64).sin_cos();
            *x -= c * cos + s * sin;
        }
    }
    (db(f64::hypot(a, b)), db(rms(&rest) * 2f64.sqrt()))
}

fn rms(y: &[f64]) -> f64 {
    (y.iter().map(|y| y * y).sum::<f64>() / y.len() as f64).sqrt()
}

fn db(amplitude: f64) -> f64 {
    20.0 * (amplitude / 0.5).max(1e-20).log10()
}

/// Ripple, THD+N at 997 Hz, THD+N at 19001 Hz, image and alias of dsp.md section 5.
const LIMITS: [(Tier, [f64; 4]); 3] = [
    (Tier::Stream, [0.01, -130.0, -130.0, -130.0]),
    (Tier::Import, [0.01, -130.0, -130.0, -130.0]),
    (Tier::Offline, [0.001, -175.0, -170.0, -170.0]),
];

#[test]
fn ripple_of_80_tones_up_to_20_khz() {
    let mut x = vec![0.0; 44_100 / 2];
    for k in 1..=80 {
        let tone = sine(250.0 * f64::from(k), 44_100, x.len());
        x.iter_mut().zip(tone).for_each(|(x, t)| *x += t / 80.0);
    }
    for (tier, [limit, ..]) in LIMITS {
        let y = run(&x, 44_100, 48_000, tier);
        let y = &y[4800..4800 + 9600];
        for k in 1..=80 {
            let (c, s) = line(y, 250.0 * f64::from(k), 48_000);
            let ripple = db(f64::hypot(c, s) * 80.0);
            assert!(ripple.abs() < limit, "{tier:?} {} Hz: {ripple} dB", 250 * k);
        }
    }
}

#[test]
fn distortion_images_and_aliases() {
    for (tier, [_, low, high, image]) in LIMITS {
        for (hz, limit) in [(997.0, low), (19_001.0, high)] {
            for (from, to) in [(44_100, 48_000), (48_000, 44_100)] {
                let y = run(&sine(hz, from, 40_000), from, to, tier);
                let (tone, rest) = tone_and_rest(middle(&y), hz, to);
                assert!(
                    tone.abs() < 0.01 && rest < limit,
                    "{tier:?} {hz} {from}: {tone} {rest}"
                );
            }
        }
        let y = run(&sine(21_000.0, 44_100, 40_000), 44_100, 48_000, tier);
        let (_, rest) = tone_and_rest(middle(&y), 21_000.0, 48_000);
        assert!(rest < image, "{tier:?} image {rest}");
        for hz in [22_300.0, 22_600.0, 23_000.0, 23_500.0] {
            let y = run(&sine(hz, 48_000, 40_000), 48_000, 44_100, tier);
            let alias = db(rms(middle(&y)) * 2f64.sqrt());
            assert!(alias < image, "{tier:?} alias of {hz}: {alias}");
        }
    }
}

#[test]
fn aligned_with_the_input_and_unity_at_dc() {
    for (from, to) in [
        (44_100, 48_000),
        (48_000, 44_100),
        (8_000, 48_000),
        (96_000, 44_100),
    ] {
        // A band-limited bump around a known time.
        let bump = |rate: u32, n: usize| {
            let t = n as f64 / f64::from(rate) - 0.1;
            (-(t * 2000.0).powi(2)).exp()
        };
        let x: Vec<f64> = (0..from as usize / 5).map(|n| bump(from, n)).collect();
        let y = run(&x, from, to, Tier::Offline);
        assert_eq!(y.len(), to as usize / 5);
        let worst = (0..y.len())
            .map(|n| (y[n] - bump(to, n)).abs())
            .fold(0.0, f64::max);
        assert!(worst < 1e-6, "{from} to {to}: {worst}");
        let dc = run(&vec![1.0; from as usize / 2], from, to, Tier::Offline);
        assert!((dc[dc.len() / 2] - 1.0).abs() < 1e-6);
    }
}

/// Within a hundredth of a frame of the lower rate.
#[test]
fn the_stream_is_aligned_with_the_input() {
    for (from, to) in [
        (44_100, 48_000),
        (48_000, 44_100),
        (48_000, 96_000),
        (96_000, 48_000),
        (44_100, 192_000),
        (8_000, 48_000),
    ] {
        let bump = |rate: u32, n: usize| {
            let t = n as f64 / f64::from(rate) - 0.1;
            (-(t * 2000.0).powi(2)).exp()
        };
        let x: Vec<f64> = (0..from as usize / 5).map(|n| bump(from, n)).collect();
        let y = run(&x, from, to, Tier::Stream);
        assert_eq!(y.len(), to as usize / 5);
        let worst = (0..y.len())
            .map(|n| (y[n] - bump(to, n)).abs())
            .fold(0.0, f64::max);
        // Where it is steepest, the bump changes by 0.858 in 1/2000 s.
        let change = 0.01 / f64::from(from.min(to)) * 2000.0 * 0.858;
        assert!(worst < change + 1e-4, "{from} to {to}: {worst}");
    }
}

#[test]
fn edge_cases() {
    let x = vec![vec![0.25f32, -1.0, f32::MIN_POSITIVE]];
    let empty: [Vec<f32>; 0] = [];
    assert_eq!(resample(&x, 44_100, 44_100, Tier::Import).unwrap(), x);
    assert_eq!(
        resample(&empty, 44_100, 48_000, Tier::Import).unwrap(),
        [[0f32; 0]; 0]
    );
    assert_eq!(
        resample(&[Vec::<f32>::new()], 44_100, 48_000, Tier::Import).unwrap(),
        [[0f32; 0]]
    );
    assert_eq!(
        resample(&[vec![1.0f32]], 44_100, 48_000, Tier::Import).unwrap()[0].len(),
        1
    );
    assert_eq!(
        resample(&[vec![0.0f32; 999]], 44_100, 48_000, Tier::Import).unwrap()[0],
        [0.0; 1087]
    );
    assert_eq!(
        resample(&[vec![0.5f32; 3]], 8_000, 384_000, Tier::Import).unwrap()[0].len(),
        144
    );
    assert!(resample(&[vec![1.0f32]], 0, 48_000, Tier::Import).is_err());
    assert!(resample(&[vec![1.0f32], vec![]], 44_100, 48_000, Tier::Import).is_err());
    assert!(StreamResampler::new(1, 2, 65, Tier::Import).is_err());
    assert_eq!(output_frames(u64::MAX, 1, 768_000), u64::MAX);
    assert_eq!(
        [output_frames(1, 2, 1), output_frames(147, 44_100, 48_000)],
        [1, 160]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn pieces_may_be_cut_anywhere(cuts in prop::collection::vec(0usize..4000, 1..12), seed: u64) {
        let mut noise = Noise(seed);
        let total: usize = cuts.iter().sum();
        let x: Vec<Vec<f32>> = (0..2).map(|_| (0..total).map(|_| noise.sample()).collect()).collect();
        for tier in [Tier::Import, Tier::Stream] {
            let whole = resample(&x, 44_100, 48_000, tier).unwrap();
            prop_assert_eq!(whole[0].len() as u64, output_frames(total as u64, 44_100, 48_000));
            let mut stream = StreamResampler::new(44_100, 48_000, 2, tier).unwrap();
            let mut y = vec![Vec::new(); 2];
            let mut at = 0;
            for n in &cuts {
                stream.push(&[&x[0][at..at + n], &x[1][at..at + n]], &mut y).unwrap();
                at += n;
            }
            stream.finish(&mut y).unwrap();
            prop_assert_eq!(y, whole);
        }
    }
}
