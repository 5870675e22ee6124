use assert_no_alloc::assert_no_alloc;

use super::*;
use crate::testing::noise;

const RATE: f64 = 48_000.0;
const ALL: [Latency; 3] = [Latency::Zero, Latency::Partition, Latency::Saving];

fn sound(seed: u64, frames: usize) -> Vec<f32> {
    noise(seed).take(frames).map(|x| 0.25 * x).collect()
}

/// A decaying noise for each channel.
fn room(seed: u64, channels: u64, frames: usize) -> Vec<Vec<f32>> {
    let fade = |n: usize| crate::math::to_f32((-3.0 * n as f64 / frames as f64).exp());
    let channel = |c| {
        let noise = noise(seed + c).take(frames).enumerate();
        noise.map(|(n, x)| 0.1 * x * fade(n)).collect()
    };
    (0..channels).map(channel).collect()
}

fn convolution(channels: usize, latency: Latency, response: Option<&[Vec<f32>]>) -> Convolution {
    let setup = Setup::new(RATE, channels).unwrap();
    let choice = ALL.iter().position(|l| *l == latency).unwrap() as f32;
    let mut convolution = Convolution::new(setup, &[(0, choice)]).unwrap();
    if let Some(response) = response {
        assert!(
            convolution
                .exchange(boxed(response, channels, latency))
                .is_none()
        );
    }
    convolution
}

fn boxed(response: &[Vec<f32>], channels: usize, latency: Latency) -> Resource {
    Box::new(Response::new(response, channels, RATE, latency).unwrap())
}

/// Runs `io` through, cut into pieces of the `cuts` in turn.
fn render(convolution: &mut Convolution, at: u64, io: &mut [Vec<f32>], cuts: &[usize]) {
    let (mut done, frames) = (0, io[0].len());
    for cut in cuts.iter().cycle() {
        let end = frames.min(done + cut);
        let mut part: Vec<&mut [f32]> = io.iter_mut().map(|c| &mut c[done..end]).collect();
        assert_no_alloc(|| convolution.process(at + done as u64, &mut part, None));
        done = end;
        if done == frames {
            break;
        }
    }
}

/// One frame of `x` convolved with `h`, in double precision.
fn exact(x: &[f32], h: &[f32], frame: usize) -> f64 {
    let past = h.iter().take(frame + 1).enumerate();
    past.map(|(k, h)| f64::from(*h) * f64::from(x[frame - k]))
        .sum()
}

/// Level of the difference between `y` and what `exact` says at some of its frames, dB.
fn error_db(y: &[f32], lag: usize, exact: impl Fn(usize) -> f64) -> f64 {
    let (mut error, mut power) = (0.0, 0.0);
    for n in (lag..y.len()).step_by((y.len() - lag) / 400 + 1) {
        let wanted = exact(n - lag);
        error += (f64::from(y[n]) - wanted).powi(2);
        power += wanted * wanted;
    }
    10.0 * (error / power).log10()
}

#[test]
fn it_is_the_direct_convolution() {
    for latency in ALL {
        for length in [1, 31, 33, 300, 513, 4_000, 33_000, 90_000] {
            let h = room(3, 1, length);
            let x = sound(9, 100_000);
            let mut io = [x.clone()];
            let mut convolution = convolution(1, latency, Some(&h));
            render(&mut convolution, 0, &mut io, &[64]);
            let error = error_db(&io[0], latency.frames(), |n| exact(&x, &h[0], n));
            assert!(error < -120.0, "{latency:?}, {length} frames: {error} dB");
        }
    }
}

#[test]
fn twenty_seconds_are_convolved_to_their_end() {
    let mut h = vec![vec![0.0; 960_000]];
    for n in (0..960_000).step_by(7_919).chain([959_999]) {
        h[0][n] = if n % 2 == 0 { 0.3 } else { -0.2 };
    }
    let x = sound(5, 1_000_000);
    let mut io = [x.clone()];
    render(
        &mut convolution(1, Latency::Zero, Some(&h)),
        0,
        &mut io,
        &[512],
    );
    let taps: Vec<usize> = (0..960_000).filter(|n| h[0][*n] != 0.0).collect();
    let wanted = |n: usize| -> f64 {
        let past = taps.iter().filter(|k| **k <= n);
        past.map(|k| f64::from(h[0][*k]) * f64::from(x[n - k]))
            .sum()
    };
    let error = error_db(&io[0], 0, wanted);
    assert!(error < -120.0, "{error} dB");
    let mut late = vec![vec![0.0; 960_001]];
    late[0][0] = 1.0;
    assert!(Response::new(&late, 1, 44_100.0, Latency::Zero).is_err());
    let error = Response::new(&[vec![1.0], vec![1.0], vec![1.0]], 2, RATE, Latency::Zero);
    assert!(
        error
            .err()
            .unwrap()
            .to_string()
            .contains("channels (1, 2 or 4)")
    );
}

#[test]
fn stereo_and_true_stereo_go_their_ways() {
    let (l, r) = (sound(1, 8_000), sound(2, 8_000));
    for (channels, ways) in [
        (1, [[Some(0), None], [None, Some(0)]]),
        (2, [[Some(0), None], [None, Some(1)]]),
        (4, [[Some(0), Some(2)], [Some(1), Some(3)]]),
    ] {
        let h = room(7, channels, 5_000);
        let mut io = [l.clone(), r.clone()];
        render(
            &mut convolution(2, Latency::Zero, Some(&h)),
            0,
            &mut io,
            &[100],
        );
        for (out, from) in io.iter().zip(ways) {
            let way = |x: &[f32], h: Option<&Vec<f32>>, n| h.map_or(0.0, |h| exact(x, h, n));
            let [a, b] = from.map(|way: Option<usize>| way.map(|way| &h[way]));
            let error = error_db(out, 0, |n| way(&l, a, n) + way(&r, b, n));
            assert!(error < -120.0, "{channels}: {error} dB");
        }
    }
}

#[test]
fn without_a_response_the_input_passes() {
    for latency in ALL {
        let x = sound(4, 3_000);
        let mut io = [x.clone(), x.clone()];
        render(&mut convolution(2, latency, None), 17, &mut io, &[50]);
        let lag = latency.frames();
        assert_eq!(io[1][lag..], x[..3_000 - lag]);
        let mut io = [x.clone()];
        let mut convolution = convolution(1, latency, Some(&room(1, 1, 100)));
        convolution.exchange(Box::new(Response::none(latency)));
        render(&mut convolution, 0, &mut io, &[50]);
        assert_eq!(io[0][lag..], x[..3_000 - lag]);
    }
}

#[test]
fn cuts_and_whole_cells_of_shift_change_no_bit() {
    let h = room(11, 2, 40_000);
    let x = [sound(1, 90_000), sound(2, 90_000)];
    let run = |at: u64, cuts: &[usize]| {
        let mut io = x.clone();
        let mut convolution = convolution(2, Latency::Zero, Some(&h));
        render(&mut convolution, at, &mut io[..], cuts);
        io
    };
    let whole = run(7, &[90_000]);
    assert!(run(7, &[64]) == whole);
    assert!(run(7, &[1, 480, 0, 31, 4_000, 17]) == whole);
    assert!(run(7 + 32 * 1_000_003, &[333]) == whole);
    let mut used = convolution(2, Latency::Zero, Some(&h));
    render(&mut used, 7, &mut x.clone(), &[512]);
    used.reset();
    let mut io = x.clone();
    render(&mut used, 7, &mut io, &[512]);
    assert!(io == whole, "a reset forgets everything");
}

#[test]
fn a_new_response_fades_in_within_50_ms_with_its_past() {
    for (old_frames, new_frames) in [(6_000, 3_000), (3_000, 6_000), (40_000, 500), (0, 5_000)] {
        let (old, new) = (room(1, 1, old_frames.max(1)), room(5, 1, new_frames));
        let x = sound(9, 120_000);
        let mut io = [x.clone()];
        let first = (old_frames > 0).then_some(&old[..]);
        let mut convolution = convolution(1, Latency::Zero, first);
        let exchange = 50_001;
        let (before, after) = io[0].split_at_mut(exchange);
        render(&mut convolution, 0, &mut [before.to_vec()], &[64]);
        convolution.reset();
        let mut part = [before.to_vec()];
        render(&mut convolution, 0, &mut part, &[64]);
        before.copy_from_slice(&part[0]);
        let next = boxed(&new, 1, Latency::Zero);
        assert!(assert_no_alloc(|| convolution.exchange(next)).is_none());
        let mut part = [after.to_vec()];
        render(&mut convolution, exchange as u64, &mut part, &[64]);
        after.copy_from_slice(&part[0]);
        let old_at = |n| match old_frames {
            0 => f64::from(x[n]),
            _ => exact(&x, &old[0], n),
        };
        // The share of the new one, where the two differ enough to tell.
        let share = |n: usize| -> Option<f64> {
            let (old, new) = (old_at(n), exact(&x, &new[0], n));
            let clear = (new - old).abs() > 0.05;
            clear.then(|| (f64::from(io[0][n]) - old) / (new - old))
        };
        let shares: Vec<(usize, f64)> = (exchange..exchange + 20_000)
            .step_by(7)
            .filter_map(|n| Some((n, share(n)?)))
            .collect();
        let begin = shares
            .iter()
            .rposition(|(_, s)| *s < 1e-3)
            .map_or(exchange, |i| shares[i].0);
        let end = shares.iter().find(|(_, s)| *s > 0.999).unwrap().0;
        assert!(
            begin < exchange + 2 * 2_048 + 64,
            "{old_frames}: begins at {begin}"
        );
        assert!(
            (end - begin).abs_diff(2_400) < 150,
            "{old_frames}: takes {}",
            end - begin
        );
        for (n, share) in shares {
            let line = (n as f64 - begin as f64) / 2_400.0;
            assert!((share - line.clamp(0.0, 1.0)).abs() < 0.05, "{n}: {share}");
        }
        // From the longest partition that the former one had, all of the past is there.
        let error = error_db(&io[0][80_000..], 0, |n| exact(&x, &new[0], n + 80_000));
        assert!(error < -120.0, "{old_frames} to {new_frames}: {error} dB");
        let spent = assert_no_alloc(|| convolution.take_spent());
        assert_eq!(spent.is_some(), old_frames > 0);
    }
}

#[test]
fn the_latest_of_many_responses_wins() {
    let mut convolution = convolution(1, Latency::Zero, Some(&room(1, 1, 100)));
    let x = sound(3, 40_000);
    render(&mut convolution, 0, &mut [x.clone()], &[64]);
    let mut back = 0;
    for seed in 10..15 {
        let next = boxed(&room(seed, 1, 200), 1, Latency::Zero);
        back += usize::from(convolution.exchange(next).is_some());
    }
    assert_eq!(back, 4);
    let mut io = [x.clone()];
    render(&mut convolution, 40_000, &mut io, &[64]);
    let last = room(14, 1, 200);
    let error = error_db(&io[0][20_000..], 0, |n| exact(&x, &last[0], n + 20_000));
    assert!(error < -120.0, "{error} dB");
    let wrong: Resource = Box::new(5_u32);
    assert!(convolution.exchange(wrong).is_some());
    let other = boxed(&room(1, 1, 200), 1, Latency::Saving);
    assert!(convolution.exchange(other).is_some(), "another latency");
}

#[test]
fn no_cell_costs_more_than_three_times_the_mean() {
    for latency in ALL {
        for frames in [1_000, 10_000, 100_000, 480_000] {
            let h = room(1, 2, frames);
            let mut convolution = convolution(2, latency, Some(&h));
            let (mut costs, mut at) = (Vec::new(), 0);
            for cell in 0..4_096 {
                let mut io = [sound(cell, 32), sound(cell + 1, 32)];
                render(&mut convolution, at, &mut io, &[32]);
                costs.push(convolution.cost());
                at += 32;
            }
            // The first ones have no past yet.
            let costs = &costs[2_048..];
            let mean = costs.iter().sum::<usize>() / costs.len();
            let worst = costs.iter().copied().max().unwrap();
            assert!(
                mean > 0 && worst <= 3 * mean,
                "{latency:?} {frames}: {worst} of {mean}"
            );
        }
    }
}

#[test]
fn a_tone_stays_clean_through_long_partitions() {
    let mut h = vec![vec![0.0; 40_000]];
    h[0][39_000] = 1.0;
    let tone = |n: usize| (std::f64::consts::TAU * 997.0 * n as f64 / RATE).sin() * 0.891;
    let x: Vec<f32> = (0..120_000).map(|n| crate::math::to_f32(tone(n))).collect();
    let mut io = [x.clone()];
    render(
        &mut convolution(1, Latency::Zero, Some(&h)),
        0,
        &mut io,
        &[256],
    );
    // What is left when the tone that fits best is taken away.
    let second = &io[0][72_000..];
    let wave = |n: usize| (std::f64::consts::TAU * 997.0 * n as f64 / RATE).sin_cos();
    let (mut sine, mut cosine, mut power) = (0.0, 0.0, 0.0);
    for (n, y) in second.iter().enumerate() {
        let (s, c) = wave(n);
        let y = f64::from(*y);
        (sine, cosine, power) = (sine + y * s, cosine + y * c, power + y * y);
    }
    let (sine, cosine) = (sine / 24_000.0, cosine / 24_000.0);
    let residue = |(n, y): (usize, &f32)| {
        let (s, c) = wave(n);
        (f64::from(*y) - sine * s - cosine * c).powi(2)
    };
    let error: f64 = second.iter().enumerate().map(residue).sum();
    let level = 10.0 * (error / power).log10();
    assert!(level < -134.0, "{level} dB");
}

#[test]
fn recordings_are_trimmed_faded_and_normalised() {
    let mut channels = vec![vec![0.0_f32; 20_000]; 2];
    channels[0][5_000..15_000].fill(0.5);
    channels[1][6_000..12_000].fill(-0.25);
    prepare(&mut channels, RATE, Preparation::default());
    assert_eq!(channels[0].len(), 10_016);
    assert_eq!(channels[0][9_999 + 16], 0.0);
    let energy: f64 = channels[0].iter().map(|x| f64::from(*x).powi(2)).sum();
    assert!((energy - 1.0).abs() < 1e-4);
    assert!((channels[1][4_000] / channels[0][4_000] + 0.5).abs() < 1e-6);
    let mut silence = vec![vec![0.0; 100]];
    prepare(&mut silence, RATE, Preparation::default());
    assert!(silence[0].iter().all(|x| *x == 0.0));
    let mut long = vec![vec![1.0; 1_000_000]];
    prepare(
        &mut long,
        RATE,
        Preparation {
            trim: false,
            normalise: false,
        },
    );
    assert_eq!((long[0].len(), long[0][500]), (960_000, 1.0));
}

#[test]
fn a_pause_between_cells_is_silence() {
    let h = room(2, 1, 2_000);
    let mut convolution = convolution(1, Latency::Zero, Some(&h));
    let mut io = [sound(1, 1_000)];
    render(&mut convolution, 0, &mut io, &[64]);
    // Long enough for the tail, then a pause, then a start inside of a cell.
    let Tail::Frames(tail) = convolution.tail() else {
        panic!("it ends")
    };
    let mut silence = [vec![0.0; usize::try_from(tail).unwrap()]];
    render(&mut convolution, 1_000, &mut silence, &[64]);
    let x = sound(8, 9_000);
    let mut io = [x.clone()];
    render(&mut convolution, 1_000_013, &mut io, &[64]);
    let error = error_db(&io[0], 0, |n| exact(&x, &h[0], n));
    assert!(error < -120.0, "{error} dB");
}
