use core::f64::consts::{SQRT_2, TAU};

use assert_no_alloc::assert_no_alloc;

use super::params::PARAMS;
use super::*;
use crate::processor::{Preset, ProcessorKind, info, presets};
use crate::testing::noise;

type P = ReverbParam;

const RATE: f64 = 48_000.0;
const OCTAVES: [f64; 7] = [125.0, 250.0, 500.0, 1e3, 2e3, 4e3, 8e3];

fn reverb_at(rate: f64, values: &[(P, f32)]) -> Reverb {
    let rows: Vec<_> = values
        .iter()
        .map(|(row, value)| (*row as u16, *value))
        .collect();
    Reverb::new(Setup::new(rate, 2).unwrap(), &rows).unwrap()
}

fn render(reverb: &mut Reverb, at: &mut u64, io: &mut [Vec<f32>; 2]) {
    let [left, right] = io;
    for (left, right) in left.chunks_mut(4096).zip(right.chunks_mut(4096)) {
        let frames = left.len() as u64;
        assert_no_alloc(|| reverb.process(*at, &mut [left, right], None));
        *at += frames;
    }
}

/// Responses of both outputs to an impulse on one side.
fn responses(rate: f64, values: &[(P, f32)], side: usize, seconds: f64) -> [Vec<f32>; 2] {
    let frames = to_count(seconds * rate);
    let mut io = [vec![0.0; frames], vec![0.0; frames]];
    io[side][0] = 1.0;
    render(&mut reverb_at(rate, values), &mut 0, &mut io);
    io
}

/// Values that hold still, with these on top.
fn still(values: &[(P, f32)]) -> Vec<(P, f32)> {
    let mut all = vec![(P::ModDepth, 0.0), (P::PreDelay, 0.0)];
    all.extend_from_slice(values);
    all
}

/// One biquad of a Butterworth low- or high-pass of fourth order; `turn` is its corner over the rate.
fn biquad(x: &mut [f64], turn: f64, q: f64, high: bool) {
    let (sine, cosine) = (TAU * turn).sin_cos();
    let alpha = sine / (2.0 * q);
    let b = if high {
        (1.0 + cosine) / 2.0
    } else {
        (1.0 - cosine) / 2.0
    };
    let (a0, a1, a2) = (1.0 + alpha, -2.0 * cosine, 1.0 - alpha);
    let b1 = if high { -2.0 * b } else { 2.0 * b };
    let mut s = [0.0; 2];
    for x in x {
        let y = (b * *x + s[0]) / a0;
        s[0] = b1 * *x - a1 * y + s[1];
        s[1] = b * *x - a2 * y;
        *x = y;
    }
}

/// The octave around `hz` of a sound at `rate`.
fn octave(x: &[f32], hz: f64, rate: f64) -> Vec<f64> {
    let mut band: Vec<f64> = x.iter().map(|x| f64::from(*x)).collect();
    for q in [0.541_196_1, 1.306_563] {
        biquad(&mut band, hz / SQRT_2 / rate, q, true);
        biquad(&mut band, (hz * SQRT_2 / rate).min(0.45), q, false);
    }
    band
}

/// T30 of an energy decay (energy per frame) after Schroeder: twice the time from -5 to -35 dB.
fn t30(energy: &[f64], rate: f64) -> f64 {
    let mut left = 0.0;
    let mut curve: Vec<f64> = energy
        .iter()
        .rev()
        .map(|e| {
            left += e;
            left
        })
        .collect();
    curve.reverse();
    let level = |n: usize| 10.0 * (curve[n] / curve[0]).log10();
    let first = (0..curve.len()).find(|n| level(*n) <= -5.0).unwrap();
    let last = (first..curve.len()).find(|n| level(*n) <= -35.0).unwrap();
    // The slope that fits best, as the standard wants it.
    let (mut sx, mut sy, mut sxx, mut sxy, mut count) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for n in (first..last).step_by(16) {
        let (x, y) = (n as f64 / rate, level(n));
        (sx, sy, sxx, sxy, count) = (sx + x, sy + y, sxx + x * x, sxy + x * y, count + 1.0);
    }
    -60.0 / ((count * sxy - sx * sy) / (count * sxx - sx * sx))
}

/// T30 in the octaves, from the responses of all ways through the room.
fn measured(rate: f64, values: &[(P, f32)], seconds: f64) -> [f64; 7] {
    let ways = [0, 1].map(|side| responses(rate, values, side, seconds));
    OCTAVES.map(|hz| {
        let mut energy = vec![0.0; ways[0][0].len()];
        for way in ways.iter().flatten() {
            let band = octave(way, hz, rate);
            energy.iter_mut().zip(band).for_each(|(e, x)| *e += x * x);
        }
        t30(&energy, rate)
    })
}

#[test]
fn every_octave_fades_in_the_time_that_is_set() {
    for (rate, seconds, size) in [
        (RATE, 0.1, 100.0),
        (RATE, 0.3, 100.0),
        (RATE, 1.0, 20.0),
        (RATE, 2.0, 100.0),
        (RATE, 2.0, 200.0),
        (RATE, 8.0, 100.0),
        (RATE, 30.0, 100.0),
        (44_100.0, 0.3, 100.0),
        (44_100.0, 2.0, 100.0),
        (96_000.0, 0.3, 100.0),
        (96_000.0, 2.0, 100.0),
        (192_000.0, 0.3, 100.0),
        (192_000.0, 2.0, 100.0),
    ] {
        let values = still(&[
            (P::Decay, seconds),
            (P::LowRatio, 1.0),
            (P::HighRatio, 1.0),
            (P::Size, size),
        ]);
        let wanted = f64::from(seconds);
        let got = measured(rate, &values, 0.8 * wanted + 0.3);
        for (hz, got) in OCTAVES.iter().zip(got) {
            let off = got / wanted - 1.0;
            assert!(
                off.abs() < 0.1,
                "{seconds} s, size {size}, {hz} Hz at {rate}: {got}"
            );
        }
    }
}

#[test]
fn low_and_high_ratios_bend_the_decay() {
    for (low, high) in [(1.5, 0.5), (0.5, 0.8), (2.0, 1.0), (1.0, 0.3)] {
        let values = still(&[
            (P::Decay, 2.0),
            (P::LowRatio, low),
            (P::LowFreq, 300.0),
            (P::HighRatio, high),
            (P::HighFreq, 3_000.0),
        ]);
        let got = measured(RATE, &values, 2.0 * f64::from(low.max(1.0)));
        let rate_at = |hz: f64| {
            let low = (1.0 / f64::from(low) - 1.0) / (1.0 + (hz / 300.0).powi(2));
            let high = (1.0 / f64::from(high) - 1.0) / (1.0 + (3_000.0 / hz).powi(2));
            (1.0 + low + high) / 2.0
        };
        for (hz, got) in OCTAVES.iter().zip(got) {
            // The octave's decay is the sum of the decays of all its frequencies.
            let of_time = |n: usize| -> f64 {
                let rates =
                    (0..40).map(|k| rate_at(hz * 2f64.powf((f64::from(k) + 0.5) / 40.0 - 0.5)));
                rates
                    .map(|rate| 10f64.powf(-6.0 * rate * n as f64 / RATE))
                    .sum()
            };
            let curve: Vec<f64> = (0..192_000).map(of_time).collect();
            let wanted = t30(&curve, RATE);
            let off = got / wanted - 1.0;
            assert!(off.abs() < 0.1, "{low} {high}, {hz} Hz: {got} for {wanted}");
        }
    }
}

/// Share of the frames beyond one standard deviation, over that of a Gaussian noise: the echo density
/// after Abel and Huang (2006). Their windows are 20 to 30 ms; a noise itself would have 0.8 to 1.2 in
/// some of those, so these are 50 ms.
fn density(window: &[f32]) -> f64 {
    let power = window.iter().map(|x| x * x).sum::<f32>() / window.len() as f32;
    let beyond = window.iter().filter(|x| x.abs() > power.sqrt()).count();
    beyond as f64 / window.len() as f64 / 0.3173
}

#[test]
fn echoes_are_dense_after_100_ms() {
    for rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0] {
        // A larger room takes longer.
        for (size, from) in [(60.0, 0.1), (100.0, 0.1), (140.0, 0.2)] {
            for (side, high_ratio) in [(0, 1.0), (1, 0.5)] {
                let values = still(&[(P::Size, size), (P::HighRatio, high_ratio)]);
                let frames = to_count(0.05 * rate);
                for response in responses(rate, &values, side, 0.6) {
                    let tail = &response[to_count(from * rate)..];
                    for window in tail.windows(frames).step_by(frames / 2) {
                        let density = density(window);
                        assert!(
                            density >= 0.9,
                            "{rate} Hz, size {size}, side {side}: {density}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn the_measure_of_density_knows_noise_and_echoes() {
    let gauss = |n: usize| -> Vec<f32> {
        let uniform: Vec<f32> = noise(5).take(12 * n).collect();
        uniform.chunks(12).map(|x| x.iter().sum()).collect()
    };
    assert!((density(&gauss(48_000)) - 1.0).abs() < 0.02);
    let mut sparse = gauss(48_000);
    for (n, x) in sparse.iter_mut().enumerate() {
        *x *= f32::from(n % 8 == 0);
    }
    assert!(density(&sparse) < 0.5);
}

#[test]
fn the_sides_are_independent_and_have_no_mean() {
    for side in [0, 1] {
        let [left, right] = responses(RATE, &still(&[(P::LowRatio, 1.0)]), side, 6.0);
        let dot = |a: &[f32], b: &[f32]| -> f64 {
            a.iter()
                .zip(b)
                .map(|(a, b)| f64::from(*a) * f64::from(*b))
                .sum()
        };
        for window in [4_800..9_600, 9_600..24_000, 24_000..96_000] {
            let (l, r) = (&left[window.clone()], &right[window]);
            let rho = dot(l, r) / (dot(l, l) * dot(r, r)).sqrt();
            assert!(rho.abs() < 0.2, "side {side}: {rho}");
        }
        for signal in [&left, &right] {
            let mean = signal.iter().map(|x| f64::from(*x)).sum::<f64>() / signal.len() as f64;
            let rms = (dot(signal, signal) / signal.len() as f64).sqrt();
            assert!(mean.abs() < 1e-4 * rms, "{mean} of {rms}");
        }
    }
}

#[test]
fn it_is_silent_after_2_2_decay_times() {
    for seconds in [0.3_f32, 2.0, 8.0] {
        let values = [
            (P::Decay, seconds),
            (P::LowRatio, 1.0),
            (P::HighRatio, 1.0),
            (P::PreDelay, 0.0),
        ];
        let mut reverb = reverb_at(RATE, &values);
        let sound = |seed| noise(seed).take(96_000).collect::<Vec<f32>>();
        let (mut io, mut at) = ([sound(1), sound(2)], 0);
        render(&mut reverb, &mut at, &mut io);
        assert!(io[0].iter().any(|x| x.abs() > 0.5));
        let fade = to_count(2.2 * f64::from(seconds) * RATE);
        let mut io = [vec![0.0; fade + 10_000], vec![0.0; fade + 10_000]];
        render(&mut reverb, &mut at, &mut io);
        let loudest = io[0][fade..].iter().fold(0.0_f32, |m, x| m.max(x.abs()));
        assert!(loudest <= 1e-6, "{seconds} s: {loudest}");
    }
}

#[test]
fn a_frozen_room_neither_fades_nor_grows_for_ten_minutes() {
    let values = [
        (P::Size, 200.0),
        (P::Decay, 30.0),
        (P::ModDepth, 100.0),
        (P::ModRate, 3.0),
    ];
    let mut reverb = reverb_at(RATE, &values);
    let second = |seed| {
        noise(seed)
            .take(48_000)
            .map(|x| 0.5 * x)
            .collect::<Vec<f32>>()
    };
    let (mut io, mut at) = ([second(1), second(2)], 0);
    render(&mut reverb, &mut at, &mut io);
    reverb.set_param(P::Freeze as u16, 1.0);
    assert_eq!(reverb.tail(), Tail::Infinite);
    let power = |io: &[Vec<f32>; 2]| io.iter().flatten().map(|x| x * x).sum::<f32>();
    let mut levels = Vec::new();
    for second_number in 0..600 {
        let mut io = [second(3), second(4)];
        render(&mut reverb, &mut at, &mut io);
        if second_number % 60 == 59 || second_number == 1 {
            levels.push(power(&io));
        }
    }
    for level in &levels {
        assert!((level / levels[0] - 1.0).abs() < 0.1, "{levels:?}");
    }
    reverb.set_param(P::Freeze as u16, 0.0);
    reverb.set_param(P::Decay as u16, 0.1);
    let mut io = [vec![0.0; 96_000], vec![0.0; 96_000]];
    render(&mut reverb, &mut at, &mut io);
    assert!(io[0][90_000..].iter().all(|x| x.abs() < 1e-6), "it lets go");
}

#[test]
fn the_largest_room_stays_bounded_for_ten_minutes() {
    let values = [
        (P::Size, 200.0),
        (P::Decay, 30.0),
        (P::LowRatio, 4.0),
        (P::HighRatio, 2.0),
        (P::ModDepth, 100.0),
    ];
    let mut reverb = reverb_at(RATE, &values);
    let mut at = 0;
    let mut loudest = 0.0_f32;
    for second in 0..600 {
        let sound = |seed| noise(seed).take(48_000).collect::<Vec<f32>>();
        let mut io = [sound(2 * second), sound(2 * second + 1)];
        render(&mut reverb, &mut at, &mut io);
        loudest = io.iter().flatten().fold(loudest, |m, x| m.max(x.abs()));
    }
    assert!(loudest < 20.0, "{loudest}");
}

#[test]
fn no_change_clicks() {
    let tone = |n: usize| 0.5 * crate::math::to_f32((TAU * 220.0 * n as f64 / RATE).sin());
    let frames = 96_000;
    let steepest = |x: &[f32]| {
        x.windows(2)
            .fold(0.0_f32, |m, w| m.max((w[1] - w[0]).abs()))
    };
    for (row, info) in PARAMS.iter().enumerate() {
        for edge in [info.min, info.max] {
            let mut reverb = reverb_at(RATE, &[]);
            let mut at = 0;
            let sound = || (0..frames).map(tone).collect::<Vec<f32>>();
            let mut before = [sound(), sound()];
            render(&mut reverb, &mut at, &mut before);
            reverb.set_param(u16::try_from(row).unwrap(), edge);
            let mut after = [sound(), sound()];
            render(&mut reverb, &mut at, &mut after);
            let joint = [before[0][frames - 1], after[0][0]];
            let rest = steepest(&before[0][48_000..]).max(steepest(&after[0][48_000..]));
            let change = steepest(&after[0][..48_000]).max(steepest(&joint));
            // The tone's own slope at its loudest, and what a fade of a few ms adds.
            let peak = before[0]
                .iter()
                .chain(&after[0])
                .fold(0.0_f32, |m, x| m.max(x.abs()));
            let slope = peak * crate::math::to_f32(TAU * 220.0 / RATE);
            assert!(
                change <= rest.max(slope) * 1.3,
                "{} to {edge}: {change} {rest}",
                info.id
            );
        }
    }
}

#[test]
fn modulation_spreads_a_tone() {
    let tone = |n: usize| crate::math::to_f32((TAU * 1_000.0 * n as f64 / RATE).sin());
    let wobble = |depth: f32| {
        let values = [(P::ModDepth, depth), (P::ModRate, 2.0), (P::Decay, 4.0)];
        let sound = || (0..480_000).map(tone).collect::<Vec<f32>>();
        let mut io = [sound(), sound()];
        render(&mut reverb_at(RATE, &values), &mut 0, &mut io);
        let rms = |x: &[f32]| (x.iter().map(|x| x * x).sum::<f32>() / x.len() as f32).sqrt();
        let levels: Vec<f32> = io[0][384_000..].chunks(2_400).map(rms).collect();
        let max = levels.iter().copied().fold(0.0, f32::max);
        levels.iter().copied().fold(max, f32::min) / max
    };
    assert!(wobble(0.0) > 0.99);
    assert!(wobble(100.0) < 0.8);
}

#[test]
fn presets_are_rooms() {
    let row = info(ProcessorKind::Reverb);
    for Preset { name, values } in presets("reverb") {
        let setup = Setup::new(44_100.0, 2).unwrap();
        let values: Vec<_> = values
            .iter()
            .map(|(id, x)| (row.param(id).unwrap(), *x))
            .collect();
        let mut reverb = Reverb::new(setup, &values).expect(name);
        let mut io = [vec![0.0; 44_100], vec![0.0; 44_100]];
        io[0][0] = 1.0;
        render(&mut reverb, &mut 0, &mut io);
        for side in io {
            let energy: f32 = side.iter().map(|x| x * x).sum();
            assert!((0.02..2.0).contains(&energy), "{name}: {energy}");
        }
    }
}

/// Frames of an impulse response; `BLESS=1` prints them anew.
#[test]
fn it_sounds_as_it_did() {
    let [left, right] = responses(RATE, &[(P::ModDepth, 100.0)], 0, 1.5);
    let frames = (0..left.len())
        .step_by(701)
        .flat_map(|n| [left[n], right[n]]);
    let text = include_str!("golden.txt");
    if std::env::var_os("BLESS").is_some() {
        let lines: Vec<String> = frames.map(|x| x.to_string()).collect();
        panic!("put this into golden.txt:\n{}", lines.join("\n"));
    }
    let golden: Vec<f32> = text.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(golden.len(), left.len().div_ceil(701) * 2);
    for (n, (got, wanted)) in frames.zip(golden).enumerate() {
        assert!((got - wanted).abs() < 1e-6, "{n}: {got} {wanted}");
    }
}
