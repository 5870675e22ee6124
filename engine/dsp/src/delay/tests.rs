use super::*;
use crate::testing::noise;
use DelayParam as P;

const FS: f64 = 48_000.0;
const RATES: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];

fn delay(channels: usize, rows: &[(P, f32)]) -> Delay {
    at_rate(FS, channels, rows)
}

fn at_rate(fs: f64, channels: usize, rows: &[(P, f32)]) -> Delay {
    let values: Vec<_> = rows.iter().map(|(row, v)| (*row as u16, *v)).collect();
    Delay::new(Setup::new(fs, channels).unwrap(), &values).unwrap()
}

fn impulse(frames: usize) -> Vec<f32> {
    let mut x = vec![0.0; frames];
    x[0] = 1.0;
    x
}

/// Where the energy of `x` is, in frames, and its sum.
fn centre(x: &[f32]) -> (f64, f64) {
    let sum: f64 = x.iter().map(|x| f64::from(*x)).sum();
    let moment = x.iter().enumerate().map(|(n, x)| n as f64 * f64::from(*x));
    (moment.sum::<f64>() / sum, sum)
}

#[test]
fn taps_are_powers_of_the_feedback() {
    for feedback in [70.0_f32, -50.0, 100.0] {
        let mut d = delay(1, &[(P::Time, 10.0), (P::Feedback, feedback)]);
        let mut y = impulse(48_000);
        d.process(0, &mut [&mut y], None);
        for (n, y) in y.iter().enumerate() {
            let repeat = n / 480;
            let expected = if n % 480 == 0 && n > 0 {
                (f64::from(feedback) / 100.0).powi(i32::try_from(repeat).unwrap() - 1)
            } else {
                0.0
            };
            assert!((f64::from(*y) - expected).abs() < 1e-6, "frame {n}: {y}");
        }
    }
}

/// Milliseconds, beats and the frequencies in the loop mean the same at every rate.
#[test]
fn times_and_cuts_do_not_move_with_the_rate() {
    for fs in RATES {
        let frames = |seconds: f64| crate::math::to_count(seconds * fs);
        let mut d = at_rate(fs, 1, &[(P::Time, 10.0), (P::Feedback, 70.0)]);
        let mut y = impulse(frames(0.1));
        d.process(0, &mut [&mut y], None);
        for repeat in 1..9 {
            let tap = f64::from(y[frames(0.01) * repeat]);
            let expected = 0.7_f64.powi(i32::try_from(repeat).unwrap() - 1);
            assert!((tap - expected).abs() < 1e-6, "{fs} {repeat}: {tap}");
        }
        let beat = [(P::Sync, 1.0), (P::Beats, 0.25), (P::Feedback, 0.0)];
        let mut d = at_rate(fs, 1, &beat);
        d.set_clock(Clock {
            bpm: 100.0,
            ..Clock::STOPPED
        });
        let mut y = impulse(frames(0.3));
        d.process(0, &mut [&mut y], None);
        let (place, _) = centre(&y);
        assert!((place - 0.15 * fs).abs() < 0.01, "{fs}: {place}");
        // At its frequency a cut in the loop takes 3 dB, or what its order says, from the second
        // repeat: the same at every rate.
        let level = |fs: f64, freq: f64| {
            let rows = [(P::Time, 500.0), (P::Feedback, 100.0), (P::HighCut, 2000.0)];
            let mut d = at_rate(fs, 1, &rows);
            let frames = |seconds: f64| crate::math::to_count(seconds * fs);
            let mut y = crate::testing::sine(freq, 0.0, fs, frames(1.5));
            y[frames(0.5)..].fill(0.0);
            d.process(0, &mut [&mut y], None);
            20.0 * crate::testing::amplitude_at(&y[frames(1.1)..frames(1.4)], freq / fs).log10()
        };
        for freq in [500.0, 2000.0, 4000.0] {
            let (here, there) = (level(fs, freq), level(192_000.0, freq));
            assert!((here - there).abs() < 0.6, "{fs} {freq}: {here} {there}");
        }
        assert!(level(fs, 4000.0) < level(fs, 500.0) - 5.0, "{fs}");
    }
}

#[test]
fn one_frame_is_the_shortest() {
    let mut d = delay(1, &[(P::Time, 0.02), (P::Feedback, 0.0)]);
    let mut y = impulse(10);
    d.process(0, &mut [&mut y], None);
    assert_eq!(y[..3], [0.0, 1.0, 0.0]);
}

#[test]
fn beats_are_exact_over_a_thousand_repeats() {
    // 1/32 beat at 133.7 bpm is 673.15 frames.
    let mut d = delay(
        1,
        &[(P::Sync, 1.0), (P::Beats, 0.03125), (P::Feedback, 100.0)],
    );
    let bpm = 133.7;
    d.set_clock(Clock {
        bpm,
        ..Clock::STOPPED
    });
    let exact = 0.03125 * 60.0 / bpm * FS;
    let frames = crate::math::to_count(1001.0 * exact);
    let mut y = impulse(frames + 400);
    d.process(0, &mut [&mut y], None);
    let middle = crate::math::to_count(1000.0 * exact);
    let (place, sum) = centre(&y[middle - 300..middle + 300]);
    let error = place + (middle - 300) as f64 - 1000.0 * exact;
    assert!(error.abs() < 0.5, "{error}");
    assert!((sum - 1.0).abs() < 0.01, "{sum}");
}

#[test]
fn too_many_beats_are_halved_until_they_fit() {
    let d = delay(1, &[(P::Sync, 1.0), (P::Beats, 16.0)]);
    // 8 s at 120 bpm.
    assert_eq!(d.time.target(FS), 4.0 * FS);
}

#[test]
fn ping_pong_goes_left_right_left() {
    let mut d = delay(
        2,
        &[(P::Time, 10.0), (P::Feedback, 50.0), (P::PingPong, 1.0)],
    );
    let (mut l, mut r) = (impulse(2_400), impulse(2_400));
    d.process(0, &mut [&mut l, &mut r], None);
    let taps = |x: &[f32]| [480, 960, 1440, 1920].map(|n| x[n]);
    assert_eq!(taps(&l), [1.0, 0.0, 0.25, 0.0]);
    assert_eq!(taps(&r), [0.0, 0.5, 0.0, 0.125]);
}

#[test]
fn cuts_work_on_every_further_repeat() {
    for (row, freq, pass) in [(P::LowCut, 2000.0, 0.0), (P::HighCut, 1000.0, 1.0)] {
        let mut d = delay(1, &[(P::Time, 100.0), (P::Feedback, 100.0), (row, freq)]);
        let mut y = vec![0.5; 48_000];
        y[4_800..].fill(0.0);
        d.process(0, &mut [&mut y], None);
        // The first repeat is untouched, the second one has lost or kept its 0 Hz.
        assert_eq!(y[9_000], 0.5);
        assert!((y[13_800] - 0.5 * pass).abs() < 1e-3, "{}", y[13_800]);
    }
}

#[test]
fn a_new_time_is_faded_to_in_20_ms() {
    let mut d = delay(1, &[(P::Time, 20.0), (P::Feedback, 0.0)]);
    let ramp = |n: u32| n as f32 / 96_000.0;
    let mut y: Vec<f32> = (0..24_000).map(ramp).collect();
    let (before, after) = y.split_at_mut(9_600);
    d.process(0, &mut [before], None);
    d.set_param(P::Time as u16, 40.0);
    d.process(9_600, &mut [after], None);
    let at = |n: u32| ramp(n - 960);
    assert!((y[9_600] - at(9_600)).abs() < 1e-6);
    // Half-way it is half-way, and then it stays.
    assert!((y[10_080] - (at(10_080) - ramp(480))).abs() < 1e-5);
    assert!((y[10_560] - (at(10_560) - ramp(960))).abs() < 1e-6);
    let steps = y[9_601..].windows(2).map(|pair| (pair[1] - pair[0]).abs());
    assert!(steps.fold(0.0, f32::max) < 3.0 / 96_000.0);
}

#[test]
fn tape_glides_without_a_step() {
    let rows = [
        (P::Time, 20.0),
        (P::Feedback, 0.0),
        (P::Change, 1.0),
        (P::Glide, 100.0),
    ];
    let mut d = delay(1, &rows);
    let tone = |n: u32| (f64::from(n) * 100.0 * std::f64::consts::TAU / FS).sin();
    let mut y: Vec<f32> = (0..96_000).map(|n| crate::math::to_f32(tone(n))).collect();
    let (before, after) = y.split_at_mut(9_600);
    d.process(0, &mut [before], None);
    d.set_param(P::Time as u16, 40.0);
    d.process(9_600, &mut [after], None);
    // After 100 ms 63.2 % of the 960 frames are done.
    let done = d.time.frames;
    assert_eq!(done, 1920.0);
    let steps = y[2_000..].windows(2).map(|pair| (pair[1] - pair[0]).abs());
    assert!(steps.fold(0.0, f32::max) < 0.0131 * 1.01);
    let exact = tone(95_000 - 1920);
    assert!((f64::from(y[95_000]) - exact).abs() < 1e-6);
}

#[test]
fn ten_minutes_at_full_feedback_stay_bounded() {
    let setup = Setup::new(8_000.0, 1).unwrap();
    let rows = [(P::Time, 7.77), (P::Feedback, 100.0)];
    let values: Vec<_> = rows.iter().map(|(row, v)| (*row as u16, *v)).collect();
    let mut d = Delay::new(setup, &values).unwrap();
    let mut noise = noise(5);
    let mut block = vec![0.0; 8_000];
    for second in 0..600 {
        block.iter_mut().for_each(|x| *x = noise.next().unwrap());
        d.process(second * 8_000, &mut [&mut block], None);
        assert!(block.iter().all(|x| x.abs() <= 4.5), "second {second}");
    }
}
