use crate::math::{to_count, to_f32};
use crate::processor::{Clock, Processor, ProcessorKind, Setup, build, info};
use crate::testing::{amplitude_at, noise};

const FS: f64 = 48_000.0;
const RATES: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];
const ALL: [ProcessorKind; 3] = [
    ProcessorKind::Chorus,
    ProcessorKind::Flanger,
    ProcessorKind::Phaser,
];

fn processor(kind: ProcessorKind, channels: usize, values: &[(&str, f32)]) -> Box<dyn Processor> {
    processor_at(FS, kind, channels, values)
}

fn processor_at(
    rate: f64,
    kind: ProcessorKind,
    channels: usize,
    values: &[(&str, f32)],
) -> Box<dyn Processor> {
    let row = |(id, value): &(&str, f32)| (info(kind).param(id).unwrap(), *value);
    let values: Vec<_> = values.iter().map(row).collect();
    build(kind, Setup::new(rate, channels).unwrap(), &values).unwrap()
}

/// Noise through a processor from absolute frame `at`.
fn from(processor: &mut dyn Processor, at: u64, x: &[f32]) -> Vec<f32> {
    let mut y = x.to_vec();
    processor.process(at, &mut [&mut y], None);
    y
}

#[test]
fn a_seek_finds_the_same_phase() {
    let x: Vec<f32> = noise(1).take(48_000).collect();
    for kind in ALL {
        let rows = [("rate", 0.37), ("feedback", 0.0), ("depth", 50.0)];
        let whole = from(&mut *processor(kind, 1, &rows), 1000, &x);
        // Starting later, after the lines are full, gives the same bits.
        let part = from(&mut *processor(kind, 1, &rows), 21_001, &x[20_001..]);
        assert_eq!(whole[40_000..], part[19_999..], "{kind:?}");
    }
}

#[test]
fn after_a_rest_it_is_where_it_would_have_been() {
    let x: Vec<f32> = noise(1).take(9_600).collect();
    for kind in ALL {
        let rows = [("rate", 0.37), ("feedback", 0.0), ("depth", 50.0)];
        let mut rested = processor(kind, 1, &rows);
        let mut y = vec![0.0; 4_800];
        rested.process(1_000, &mut [&mut y], None);
        let rested = from(&mut *rested, 70_007, &x);
        let fresh = from(&mut *processor(kind, 1, &rows), 70_007, &x);
        assert_eq!(rested, fresh, "{kind:?}");
    }
}

#[test]
fn in_time_with_the_song_it_follows_the_beat() {
    let x: Vec<f32> = noise(1).take(48_000).collect();
    let rows = [("sync", 1.0), ("beats", 2.0), ("feedback", 0.0)];
    for kind in ALL {
        let song = |at, beats| Clock {
            at,
            bpm: 90.0,
            beats,
            playing: true,
        };
        let mut first = processor(kind, 1, &rows);
        first.set_clock(song(0, 1.25));
        // The same beat at another frame of the clock, two cycles later.
        let mut second = processor(kind, 1, &rows);
        second.set_clock(song(9_600, 5.25));
        let (a, b) = (from(&mut *first, 0, &x), from(&mut *second, 9_600, &x));
        let worst = a.iter().zip(&b).map(|(a, b)| (a - b).abs());
        assert!(worst.fold(0.0, f32::max) < 1e-6, "{kind:?}");
        // Another beat sounds different.
        let mut third = processor(kind, 1, &rows);
        third.set_clock(song(0, 1.75));
        assert_ne!(a, from(&mut *third, 0, &x), "{kind:?}");
    }
}

#[test]
fn when_the_song_jumps_nothing_clicks() {
    let tone = |n: u32| to_f32((f64::from(n) * 200.0 * std::f64::consts::TAU / FS).sin());
    for kind in ALL {
        let rows = [
            ("sync", 1.0),
            ("beats", 4.0),
            ("feedback", 0.0),
            ("amount", 100.0),
        ];
        let mut p = processor(kind, 1, &rows);
        let mut y: Vec<f32> = (0..48_000).map(tone).collect();
        for (n, part) in y.chunks_mut(9_600).enumerate() {
            p.set_clock(Clock {
                at: n as u64 * 9_600,
                bpm: 120.0,
                beats: 1.7 * n as f64,
                playing: true,
            });
            p.process(n as u64 * 9_600, &mut [part], None);
        }
        let steps = y[4_800..].windows(2).map(|pair| (pair[1] - pair[0]).abs());
        // The steepest slope of the tone is 0.026; a jump of the tap would be up to 2.
        assert!(steps.fold(0.0, f32::max) < 0.08, "{kind:?}");
    }
}

#[test]
fn a_still_flanger_is_a_comb() {
    let rows = [
        ("depth", 0.0),
        ("delay", 1.0),
        ("feedback", 0.0),
        ("amount", 50.0),
    ];
    let teeth = [
        (500.0, 0.0),
        (1000.0, 1.0),
        (1500.0, 0.0),
        (250.0, 0.5_f64.sqrt()),
    ];
    for (rate, (freq, expected)) in RATES
        .into_iter()
        .flat_map(|rate| teeth.map(|tooth| (rate, tooth)))
    {
        let second = to_count(rate);
        let x = crate::testing::sine(freq, 0.0, rate, 2 * second);
        let mut flanger = processor_at(rate, ProcessorKind::Flanger, 1, &rows);
        let gain = amplitude_at(&from(&mut *flanger, 0, &x)[second..], freq / rate);
        assert!((gain - expected).abs() < 1e-4, "{freq} at {rate}: {gain}");
    }
}

#[test]
fn a_still_phaser_has_its_notches_where_they_belong() {
    for rate in RATES {
        // Two stages turn by half a cycle at the frequency; four stages at its tangents ±√2 − 1.
        let t = (std::f64::consts::PI * 1000.0 / rate).tan();
        let at = |factor: f64| ((t * factor).atan() * rate / std::f64::consts::PI).round();
        let root = std::f64::consts::SQRT_2;
        for (stages, freq) in [(0.0, 1000.0), (1.0, at(root - 1.0)), (1.0, at(root + 1.0))] {
            let rows = [
                ("depth", 0.0),
                ("freq", 1000.0),
                ("feedback", 0.0),
                ("stages", stages),
            ];
            let second = to_count(rate);
            let x = crate::testing::sine(freq, 0.0, rate, 2 * second);
            let mut phaser = processor_at(rate, ProcessorKind::Phaser, 1, &rows);
            let y = from(&mut *phaser, 0, &x);
            let gain = 20.0 * amplitude_at(&y[second..], freq / rate).log10();
            assert!(gain < -50.0, "{stages}: {gain} dB at {freq} of {rate}");
        }
    }
}

/// All-passes in double precision whose frequency is that of the sweep at the ends of cells, with
/// std's functions, and straight lines in between.
#[test]
fn a_moving_phaser_follows_a_twin_in_double_precision() {
    use std::f64::consts::{PI, TAU};
    let rows = [
        ("rate", 2.0),
        ("depth", 60.0),
        ("freq", 800.0),
        ("feedback", 0.0),
        ("amount", 50.0),
        ("stages", 1.0),
    ];
    for rate in RATES {
        let x: Vec<f32> = noise(6).take(to_count(0.5 * rate)).collect();
        let mut phaser = processor_at(rate, ProcessorKind::Phaser, 1, &rows);
        let y = from(&mut *phaser, 0, &x);
        let coefficient = |n: usize| {
            let octaves = 3.0 * 0.6 * (TAU * 2.0 * n as f64 / rate).sin();
            let t = (PI * 800.0 * octaves.exp2() / rate).tan();
            (t - 1.0) / (t + 1.0)
        };
        let mut states = [0.0; 4];
        let twin = x.iter().enumerate().map(|(n, x)| {
            let (cell, share) = (n - n % 32, (n % 32) as f64 / 32.0);
            let c = (1.0 - share) * coefficient(cell) + share * coefficient(cell + 32);
            let mut signal = f64::from(*x);
            for state in &mut states {
                let out = c * signal + *state;
                *state = signal - c * out;
                signal = out;
            }
            0.5 * (f64::from(*x) + signal)
        });
        let error = crate::testing::apart_db(&y, &twin.collect::<Vec<_>>());
        assert!(error < -100.0, "{rate}: {error} dB");
    }
}

/// Lines in double precision, read with the window's own formula, at delays that are those of the
/// sweep at the ends of cells, with std's functions, and straight lines in between.
#[test]
fn moving_delays_follow_a_twin_in_double_precision() {
    use std::f64::consts::TAU;
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    for (kind, voices, delay, feedback) in [
        (ProcessorKind::Chorus, 3, 9.0, 0.0),
        (ProcessorKind::Chorus, 1, 9.0, -50.0),
        (ProcessorKind::Flanger, 1, 3.0, 60.0),
    ] {
        let mut rows = vec![
            ("rate", 2.0),
            ("depth", 40.0),
            ("delay", delay),
            ("feedback", feedback),
            ("amount", 50.0),
        ];
        if kind == ProcessorKind::Chorus {
            rows.push(("voices", voices as f32 - 1.0));
        }
        for rate in RATES {
            // Quiet enough that nothing in the loop is bent.
            let sound = noise(8).take(to_count(0.25 * rate));
            let x: Vec<f32> = sound.map(|x| 0.25 * x).collect();
            let y = from(&mut *processor_at(rate, kind, 1, &rows), 0, &x);
            let length = |n: usize, voice: usize| {
                let cycles = 2.0 * n as f64 / rate + GOLDEN * voice as f64;
                let swing = 0.95 * 0.4 * (TAU * cycles).sin();
                f64::from(delay) * 0.001 * rate * (1.0 + swing)
            };
            let mut line = Vec::new();
            let twin = x.iter().enumerate().map(|(n, x)| {
                let (cell, share) = (n - n % 32, (n % 32) as f64 / 32.0);
                let tap = |voice: usize| {
                    let (start, end) = (length(cell, voice), length(cell + 32, voice));
                    between(&line, n as f64 - ((1.0 - share) * start + share * end))
                };
                let taps: Vec<f64> = (0..voices).map(tap).collect();
                line.push(f64::from(*x) + 0.01 * f64::from(feedback) * taps[0]);
                let moved = taps.iter().sum::<f64>() / (voices as f64).sqrt();
                0.5 * f64::from(*x) + 0.5 * moved
            });
            let error = crate::testing::apart_db(&y, &twin.collect::<Vec<_>>());
            assert!(error < -90.0, "{kind:?} of {voices} at {rate}: {error} dB");
        }
    }
}

/// What a line has at a place between its frames: 16 of them through a Kaiser window of 8.6.
fn between(line: &[f64], place: f64) -> f64 {
    let bessel = |x: f64| {
        let terms = (1..40).scan(1.0, |term, k| {
            *term *= x * x / 4.0 / f64::from(k * k);
            Some(*term)
        });
        1.0 + terms.sum::<f64>()
    };
    let weight = |t: f64| {
        let window = bessel(8.6 * (1.0 - (t / 8.0).powi(2)).max(0.0).sqrt());
        let angle = std::f64::consts::PI * t;
        window * if t == 0.0 { 1.0 } else { angle.sin() / angle }
    };
    let (mut sum, mut all) = (0.0, 0.0);
    for n in -7..=8 {
        let at = place.floor() + f64::from(n);
        let weight = weight(place - at);
        let frame = (at >= 0.0).then(|| line.get(to_count(at))).flatten();
        sum += weight * frame.copied().unwrap_or(0.0);
        all += weight;
    }
    sum / all
}

#[test]
fn chorus_voices_move_between_their_bounds() {
    // A ramp in, its delay out: y = x(n − d).
    let rows = [
        ("rate", 2.0),
        ("delay", 10.0),
        ("depth", 50.0),
        ("amount", 100.0),
        ("voices", 0.0),
    ];
    for rate in RATES {
        let x: Vec<f32> = (0..to_count(rate))
            .map(|n| to_f32(n as f64 / rate))
            .collect();
        let mut chorus = processor_at(rate, ProcessorKind::Chorus, 1, &rows);
        let y = from(&mut *chorus, 0, &x);
        let late = x.iter().zip(&y).skip(to_count(0.04 * rate));
        let delays = late.map(|(x, y)| 1_000.0 * (x - y));
        let (low, high) = delays.fold((f32::MAX, 0.0_f32), |(l, h), d| (l.min(d), h.max(d)));
        // 10 ms ± 95 % of the half.
        assert!(
            (low - 5.25).abs() < 0.05 && (high - 14.75).abs() < 0.05,
            "{rate}: {low} {high}"
        );
    }
}

#[test]
fn stereo_phase_parts_the_sides() {
    for kind in ALL {
        let run = |phase| {
            let x: Vec<f32> = noise(4).take(9_600).collect();
            let (mut l, mut r) = (x.clone(), x);
            let rows = [("stereo_phase", phase)];
            processor(kind, 2, &rows).process(0, &mut [&mut l, &mut r], None);
            (l, r)
        };
        let (l, r) = run(0.0);
        assert_eq!(l, r, "{kind:?}");
        let (l, r) = run(90.0);
        assert_ne!(l, r, "{kind:?}");
    }
}
