//! What is left of abuse, and of sound, once it is over.

use super::*;
use crate::denormals::FlushGuard;
use crate::processor::Tail;

/// Frames of the tail, and of a minute where it is longer or has no end.
fn tail(insert: &Insert, minute: usize) -> Option<usize> {
    match insert.tail() {
        Tail::Frames(frames) => usize::try_from(frames).ok().filter(|n| *n < minute),
        Tail::Infinite => None,
    }
}

/// A second of +40 dBFS noise during which every parameter jumps between its edges, a jump on
/// every frame; then all of them return.
fn abuse(scene: &Scene, insert: &mut Insert) {
    let mut abused = scene.clone();
    abused.input.iter_mut().flatten().for_each(|x| *x *= 400.0);
    abused.input[0][4000..4100].fill(1e-40);
    let rows = scene.row.params.iter().enumerate();
    let live: Vec<_> = rows.filter(|(_, info)| !info.structural).collect();
    let mut random = noise(77);
    for (frame, (number, info)) in live.iter().cycle().take(scene.frames()).enumerate() {
        let edge = if random.next().unwrap() < 0.0 {
            0.0
        } else {
            1.0
        };
        let event = Event::Param(u16::try_from(*number).unwrap(), value_at(info, edge));
        abused.events.push((frame, event));
    }
    for channel in abused.render_with(insert, &[64]) {
        assert!(channel.iter().all(|x| x.is_finite()), "{}", scene.row.id);
    }
    for (number, info) in live {
        let row = u16::try_from(number).unwrap();
        let own = scene.values.iter().find(|(number, _)| *number == row);
        insert.set_param(row, own.map_or(info.default, |(_, value)| *value));
    }
}

/// Root mean square of all channels.
fn rms(output: &[Vec<f32>]) -> f64 {
    let all = output.iter().flatten().map(|x| f64::from(*x).powi(2));
    (all.sum::<f64>() / (output.len() * output[0].len()) as f64).sqrt()
}

#[test]
fn what_was_abused_falls_silent_within_its_tail_and_works_again() {
    let _flush = FlushGuard::new();
    for row in PROCESSORS {
        for seed in 0..4 {
            let mut scene = Scene::new(row, 2, 48_000);
            scene.values = random_values(row, seed);
            let mut insert = scene.insert(64);
            abuse(&scene, &mut insert);
            // The parameters take their time to come back, and until then any tail is theirs.
            scene.start = 48_000;
            scene.input.iter_mut().for_each(|x| x.fill(0.0));
            scene.render_with(&mut insert, &[64]);
            let Some(tail) = tail(&insert, 60 * 48_000) else {
                continue;
            };
            // A tail counts 120 dB down from full scale; this began 52 dB above that. And gains may
            // take their release to come back, the slowest 16 s.
            scene.start += 48_000;
            scene.input = vec![vec![0.0; (tail * 3 / 2 + 480).max(80 * 48_000)]; 2];
            let rest = scene.render_with(&mut insert, &[64]);
            let left = rest.iter().flat_map(|x| &x[tail * 3 / 2..]);
            let loudest = left.fold(0.0_f32, |m, x| m.max(x.abs()));
            assert!(loudest < 1e-6, "{} seed {seed}: {loudest}", row.id);
            scene.start += rest[0].len() as u64;
            scene.input = Scene::new(row, 2, 48_000).input;
            let again = rms(&scene.render_with(&mut insert, &[64]));
            let fresh = rms(&scene.render(&[64]));
            let ratio = 20.0 * ((again + 1e-9) / (fresh + 1e-9)).log10();
            assert!(ratio.abs() < 0.5, "{} seed {seed}: {ratio} dB", row.id);
        }
    }
}

/// Rates, and the seconds of silence at each.
const SILENCES: [(f64, u64); 5] = [
    (8_000.0, 60),
    (44_100.0, 60),
    (48_000.0, 60),
    (96_000.0, 60),
    (192_000.0, 60),
];

/// A second of noise, then silence, a second at a time; gives the insert and the first frame after.
fn silenced(scene: &mut Scene, seconds: u64, mut heard: impl FnMut(&[Vec<f32>])) -> Insert {
    let mut insert = scene.insert(512);
    scene.render_with(&mut insert, &[512]);
    scene.input.iter_mut().for_each(|x| x.fill(0.0));
    for _ in 0..seconds {
        scene.start += scene.frames() as u64;
        heard(&scene.render_with(&mut insert, &[512]));
    }
    scene.start += scene.frames() as u64;
    insert
}

fn noisy(row: &'static ProcessorInfo, rate: f64, seed: u64) -> Scene {
    let mut scene = Scene::new(row, 2, crate::math::to_count(rate));
    scene.setup.sample_rate = rate;
    scene.values = random_values(row, seed);
    scene
}

fn count_subnormals(output: &[Vec<f32>]) -> usize {
    let all = output.iter().flatten();
    all.filter(|x| x.is_subnormal() || !x.is_finite()).count()
}

/// Under the guard that every callback holds, silence ends 600 dB below full scale: a filter may
/// stay where the steps that would take it further are flushed. The last second runs without the
/// guard, which would hide what is left.
#[test]
fn a_minute_of_silence_leaves_nothing() {
    for (seed, (rate, seconds)) in (12..).zip(SILENCES) {
        for row in PROCESSORS {
            let mut scene = noisy(row, rate, seed);
            let flush = FlushGuard::new();
            let mut bad = 0;
            let mut insert = silenced(&mut scene, seconds, |y| bad += count_subnormals(y));
            assert_eq!(bad, 0, "{} at {rate}", row.id);
            // 120 dB a tail: eight of them end below the smallest number there is.
            let all = tail(&insert, usize::MAX).map_or(u64::MAX, |n| 8 * n as u64);
            drop(flush);
            if all < seconds * scene.frames() as u64 {
                let rest = scene.render_with(&mut insert, &[512]);
                let left = rest.iter().flatten().filter(|x| x.abs() > 1e-30).count();
                assert_eq!(left, 0, "{} at {rate}", row.id);
            }
        }
    }
}

/// The same without the guard: there are processors that need it, and the test above sees them.
#[test]
fn without_the_guard_subnormals_are_left() {
    let needs_it = |row: &&ProcessorInfo| {
        let mut scene = noisy(super::super::info(row.kind), 8_000.0, 12);
        let mut found = 0;
        silenced(&mut scene, 60, |y| found += count_subnormals(y));
        found > 0
    };
    let found: Vec<_> = PROCESSORS
        .iter()
        .filter(needs_it)
        .map(|row| row.id)
        .collect();
    assert!(
        found.contains(&"reverb") || found.contains(&"eq"),
        "{found:?}"
    );
}
