//! What must hold for any input, setting and rate.

use super::*;
use crate::processor::{ProcessorKind, Tail, info};

fn assert_finite(output: &[Vec<f32>], what: &str) {
    for channel in output {
        let bad = channel.iter().position(|x| !x.is_finite());
        assert_eq!(bad, None, "{what}");
    }
}

#[test]
fn every_rate_and_single_frames_work() {
    for row in PROCESSORS {
        for rate in [8000.0, 11_025.0, 44_100.0, 96_000.0, 192_000.0, 384_000.0] {
            for seed in 0..3 {
                let mut scene = Scene::new(row, 1, 3000);
                scene.setup.sample_rate = rate;
                scene.values = random_values(row, seed);
                let output = scene.render(&[64]);
                assert_finite(&output, row.id);
                assert_same(&output, &scene.render(&[1]), row.id);
            }
        }
    }
}

#[test]
fn all_channel_counts_work() {
    for row in PROCESSORS {
        for channels in 1..=8 {
            let mut scene = Scene::new(row, channels, 1000);
            scene.values = random_values(row, 9);
            assert_finite(&scene.render(&[100]), row.id);
        }
    }
}

#[test]
fn extreme_parameters_every_frame_stay_finite() {
    for row in PROCESSORS {
        let mut scene = Scene::new(row, 2, 8000);
        for channel in &mut scene.input {
            channel.iter_mut().for_each(|x| *x *= 400.0);
            channel[4000..4100].fill(1e-40);
        }
        let mut random = noise(77);
        for frame in 0..8000 {
            let number = frame % row.params.len();
            let edge = if random.next().unwrap() < 0.0 {
                0.0
            } else {
                1.0
            };
            let value = value_at(&row.params[number], edge);
            scene
                .events
                .push((frame, Event::Param(u16::try_from(number).unwrap(), value)));
        }
        assert_finite(&scene.render(&[64]), row.id);
    }
}

#[test]
fn what_is_not_a_number_is_gone_after_reset() {
    for row in PROCESSORS {
        for poison in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut scene = Scene::new(row, 2, 3000);
            scene.values = random_values(row, 4);
            let mut insert = scene.insert(64);
            let clean = scene.render(&[64]);
            let mut poisoned = scene.clone();
            poisoned.input[0][1000] = poison;
            poisoned.key = Some([vec![poison; 3000], vec![0.5; 3000]]);
            poisoned.render_with(&mut insert, &[64]);
            insert.reset();
            assert_same(&scene.render_with(&mut insert, &[64]), &clean, row.id);
        }
    }
}

#[test]
fn the_tail_is_as_long_as_announced() {
    for row in PROCESSORS {
        for seed in 0..10 {
            let mut scene = Scene::new(row, 1, 2000);
            scene.values = random_values(row, seed);
            let mut insert = scene.insert(64);
            scene.render_with(&mut insert, &[64]);
            let Tail::Frames(tail) = insert.tail() else {
                continue;
            };
            let tail = usize::try_from(tail).unwrap();
            if tail > 400_000 {
                continue;
            }
            scene.start = 2000;
            scene.input = vec![vec![0.0; tail + 500]];
            let output = scene.render_with(&mut insert, &[512]);
            let loudest = output[0][tail..]
                .iter()
                .fold(0.0_f32, |m, x| m.max(x.abs()));
            assert!(
                loudest < 1e-6,
                "{} seed {seed}: {loudest} after {tail}",
                row.id
            );
        }
    }
}

/// Energy of `a − b − c` over the energy of `a`, dB.
fn residue_db(a: &[f32], b: &[f32], c: &[f32]) -> f64 {
    let energy = |x: f64| x * x;
    let (mut error, mut signal) = (0.0, 0.0);
    for ((a, b), c) in a.iter().zip(b).zip(c) {
        let (a, b, c) = (f64::from(*a), f64::from(*b), f64::from(*c));
        error += energy(a - b - c);
        signal += energy(a);
    }
    10.0 * (error / signal).max(1e-40).log10()
}

#[test]
fn linear_processors_superpose() {
    for kind in [
        ProcessorKind::Gain,
        ProcessorKind::Eq,
        ProcessorKind::Delay,
        ProcessorKind::Stereo,
        ProcessorKind::Reverb,
        ProcessorKind::Chorus,
        ProcessorKind::Flanger,
        ProcessorKind::Phaser,
        ProcessorKind::Convolution,
    ] {
        let mut scene = Scene::new(info(kind), 2, 20_000);
        if kind == ProcessorKind::Stereo {
            let param = |id| info(kind).param(id).unwrap();
            scene.values = vec![(param("width"), 160.0), (param("bass_mono"), 1.0)];
        }
        for band in 0..6 {
            let rows = [(0, 1.0), (3, 6.0 - 2.0 * f32::from(band))];
            if kind == ProcessorKind::Eq {
                scene
                    .values
                    .extend(rows.map(|(row, value)| (band * 8 + row, value)));
            }
        }
        let first = scene.input[0].clone();
        let second: Vec<f32> = noise(99).take(20_000).map(|x| 0.1 * x).collect();
        let mut outputs = Vec::new();
        let sum: Vec<f32> = first.iter().zip(&second).map(|(a, b)| a + b).collect();
        for input in [sum, first, second] {
            scene.input = vec![input.clone(), input.into_iter().rev().collect()];
            outputs.push(scene.render(&[64]).remove(0));
        }
        let residue = residue_db(&outputs[0], &outputs[1], &outputs[2]);
        assert!(residue < -120.0, "{kind:?}: {residue}");
    }
}

/// Every way in which a processor is nothing but a gain.
#[test]
fn gain_paths_add_no_distortion() {
    let gain = 10_f64.powf(f64::from(-6.7_f32) / 20.0);
    for (kind, values) in [
        (ProcessorKind::Gain, &[("gain", -6.7)][..]),
        (ProcessorKind::Stereo, &[("gain", -6.7)]),
        (ProcessorKind::Limiter, &[("input", -6.7)]),
        (
            ProcessorKind::Compressor,
            &[("ratio", 1.0), ("make_up", -6.7)],
        ),
    ] {
        let row = info(kind);
        let mut scene = Scene::new(row, 2, 50_000);
        let own = values
            .iter()
            .map(|(id, value)| (row.param(id).unwrap(), *value));
        scene.values = own.collect();
        // -1 dBFS.
        scene.input = vec![crate::testing::sine(997.0, -1.0, 48_000.0, 50_000); 2];
        let latency = scene.insert(1).latency() as usize;
        let output = scene.render(&[64]).remove(0);
        let (output, input) = (&output[latency..][..48_000], &scene.input[0][..48_000]);
        // The best fitting gain is no distortion.
        let dot = |a: &[f32], b: &[f32]| -> f64 {
            let pairs = a.iter().zip(b);
            pairs.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
        };
        let fitted = dot(output, input) / dot(input, input);
        assert!((fitted / gain - 1.0).abs() < 1e-6, "{kind:?}: {fitted}");
        let error: f64 = output
            .iter()
            .zip(input)
            .map(|(y, x)| (f64::from(*y) - fitted * f64::from(*x)).powi(2))
            .sum();
        let level = 10.0 * (error / dot(output, output)).log10();
        assert!(level < -145.0, "{kind:?}: {level}");
    }
}

#[test]
fn ten_minutes_of_noise_stay_finite() {
    let _flush = crate::denormals::FlushGuard::new();
    for row in PROCESSORS {
        let mut scene = Scene::new(row, 1, 8_000);
        scene.setup.sample_rate = 8_000.0;
        scene.values = random_values(row, 21);
        let mut insert = scene.insert(512);
        for second in 0..600 {
            scene.start = 8_000 * second;
            let output = scene.render_with(&mut insert, &[512]);
            assert_finite(&output, row.id);
            let loudest = output[0].iter().fold(0.0_f32, |m, x| m.max(x.abs()));
            assert!(loudest < 100.0, "{} second {second}: {loudest}", row.id);
        }
    }
}
