use core::f64::consts::TAU;

use proptest::prelude::*;

use super::*;
use crate::testing::{TruePeakOracle, db, ebu_3341_burst, filter, low_pass, noise};

const RATE: f64 = 48e3;
const RATES: [f64; 4] = [44.1e3, 48e3, 96e3, 192e3];

fn build(rate: f64, channels: usize, values: &[(u16, f32)]) -> Limiter {
    Limiter::new(Setup::new(rate, channels).unwrap(), values).unwrap()
}

/// The signal through a limiter, with its latency removed and the same length.
fn limited(limiter: &mut Limiter, x: &[f32]) -> Vec<f32> {
    let mut y = x.to_vec();
    y.resize(x.len() + limiter.latency() as usize, 0.0);
    limiter.process(0, &mut [&mut y], None);
    y.split_off(limiter.latency() as usize)
}

fn narrow(x: Vec<f64>) -> Vec<f32> {
    x.into_iter().map(math::to_f32).collect()
}

/// A sine of `cycles` per frame between tapers of `taper` frames.
fn tone(cycles: f64, amplitude: f64, degrees: f64, taper: f64, frames: usize) -> Vec<f64> {
    let edge = |i: usize| (i.min(frames - i) as f64 / taper).min(1.0);
    let wave = |i: usize| (TAU * (cycles * i as f64 + degrees / 360.0)).sin();
    (0..frames).map(|i| amplitude * edge(i) * wave(i)).collect()
}

/// Silence around a signal, so that band-limiting cuts nothing off.
fn padded(x: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let silence = || core::iter::repeat_n(0.0, 600);
    silence().chain(x).chain(silence()).collect()
}

/// Sustained tones, at +6 dB against the EBU's cases 15 to 19, and others.
fn sustained(rate: f64) -> Vec<(String, Vec<f32>)> {
    let ebu = [
        (0.25, 1.0, 0.0),
        (0.25, 1.0, 45.0),
        (1.0 / 6.0, 1.0, 60.0),
        (0.125, 1.0, 67.5),
        (0.25, 2.82, 45.0),
    ];
    let others =
        [50.0, 997.0, 5_000.0, 12_345.0, 19_001.0, 0.45 * rate].map(|hz| (hz / rate, 2.0, 10.0));
    let name = |(cycles, amplitude, degrees): (f64, f64, f64)| {
        let x = tone(cycles, amplitude * 1.5, degrees, 480.0, 14_400);
        (
            format!("tone {:.0} Hz at {degrees}", cycles * rate),
            narrow(x),
        )
    };
    ebu.into_iter().chain(others).map(name).collect()
}

/// Everything else that the limiter must hold.
fn transients(rate: f64) -> Vec<(String, Vec<f32>)> {
    let mut signals: Vec<(String, Vec<f32>)> = (0..4)
        .map(|offset| {
            let burst = ebu_3341_burst(offset).into_iter().map(|x| x * 2.0);
            (format!("EBU burst {offset}"), burst.collect())
        })
        .collect();
    let bursts = (0..14_400).map(|i| {
        let on = (i / 1_440) % 2 == 1;
        if on {
            2.0 * (TAU * 997.0 * f64::from(i) / rate).sin()
        } else {
            0.0
        }
    });
    let square = (0..9_600).map(|i| if (i / 55) % 2 == 0 { 1.5 } else { -1.5 });
    let white = || noise(3).take(14_400).map(|x| 2.0 * f64::from(x));
    let gated = tone(0.25, 1.41, 45.0, 24.0, 960).repeat(8);
    let mut clicks = vec![0.0; 9_600];
    for (i, level) in (500..9_000)
        .step_by(611)
        .zip([4.0, -2.0, 1.2, -8.0].into_iter().cycle())
    {
        clicks[i] = level;
        clicks[i + 1] = -0.7 * level;
    }
    for (band, cutoff) in [("20 kHz", 20e3 / rate), ("0.45 fs", 0.45)] {
        // The filter's transition ends at the band's edge.
        let taps = low_pass(cutoff - 0.01, 255);
        let mut add = |name: &str, x: Vec<f64>| {
            signals.push((format!("{name} to {band}"), narrow(filter(&x, &taps))));
        };
        add("bursts", padded(bursts.clone()));
        add("square", padded(square.clone()));
        add("noise", padded(white()));
        add("clicks", padded(clicks.clone()));
    }
    signals.push(("gated fs/4".into(), narrow(padded(gated))));
    signals
}

/// Settings that differ in all that bears on the ceiling.
const SETTINGS: [&[(u16, f32)]; 4] = [
    &[],
    &[(Limiter::RELEASE, 1.0), (Limiter::LOOK_AHEAD, 0.5)],
    &[
        (Limiter::CEILING, -12.0),
        (Limiter::AUTO, 1.0),
        (Limiter::LOOK_AHEAD, 5.0),
    ],
    &[(Limiter::INPUT, 12.0), (Limiter::CEILING, 0.0)],
];

#[test]
fn nothing_passes_the_ceiling() {
    let oracle = TruePeakOracle::new();
    for (rate, values) in RATES
        .into_iter()
        .flat_map(|rate| SETTINGS.map(|v| (rate, v)))
    {
        let ceiling = values
            .iter()
            .find(|v| v.0 == Limiter::CEILING)
            .map_or(-1.0, |v| v.1);
        let check = |name: &str, x: &[f32]| {
            let y = limited(&mut build(rate, 1, values), x);
            let over = db(oracle.peak(&y)) - f64::from(ceiling);
            assert!(over <= 0.05, "{name} at {rate} {values:?}: {over} dB over");
            assert!(
                peak_of(&y) <= math::db_to_gain(ceiling),
                "{name} at {rate} {values:?}: sample"
            );
            over
        };
        for (name, x) in sustained(rate) {
            let over = check(&name, &x);
            assert!(
                over >= -0.35,
                "{name} at {rate} {values:?}: {over} dB under"
            );
        }
        for (name, x) in transients(rate) {
            check(&name, &x);
        }
    }
}

#[test]
fn no_side_of_a_stereo_signal_passes_the_ceiling() {
    let oracle = TruePeakOracle::new();
    for (rate, link) in RATES
        .into_iter()
        .flat_map(|rate| [0.0, 50.0, 100.0].map(|l| (rate, l)))
    {
        let signals = transients(rate);
        let others = signals.iter().cycle().skip(3);
        for ((name, x), (other, z)) in signals.iter().zip(others) {
            let frames = x.len().min(z.len());
            let mut limiter = build(rate, 2, &[(Limiter::LINK, link)]);
            let silence = vec![0.0; limiter.latency() as usize];
            let [mut left, mut right] = [x, z].map(|x| [&x[..frames], &silence].concat());
            limiter.process(0, &mut [&mut left, &mut right], None);
            for y in [left, right] {
                let over = db(oracle.peak(&y)) + 1.0;
                assert!(
                    over <= 0.05,
                    "{name} beside {other} at {rate}, {link} %: {over}"
                );
            }
        }
    }
}

/// Before the change the old ceiling holds, and from its end and the latency on the new one.
#[test]
fn a_ceiling_that_moves_holds() {
    let oracle = TruePeakOracle::new();
    for (rate, [before, after]) in RATES
        .into_iter()
        .flat_map(|rate| [[-1.0, -12.0], [-12.0, -1.0], [0.0, -24.0]].map(|c| (rate, c)))
    {
        let ramp = math::to_count(rate * 0.01);
        let noise = noise(6)
            .take(20_000)
            .map(|x| 2.0 * f64::from(x))
            .collect::<Vec<_>>();
        let x = narrow(filter(&noise, &low_pass(0.44, 255)));
        let mut limiter = build(rate, 1, &[(Limiter::CEILING, before)]);
        let latency = limiter.latency() as usize;
        let mut y = x.clone();
        let (first, second) = y.split_at_mut(9_999);
        limiter.process(0, &mut [first], None);
        limiter.set_param(Limiter::CEILING, after);
        limiter.process(9_999, &mut [second], None);
        let check = |range: core::ops::Range<usize>, ceiling: f32| {
            let over = db(oracle.peak_within(&y, range)) - f64::from(ceiling);
            assert!(over <= 0.05, "{before} to {after} at {rate}: {over} over");
        };
        check(0..9_999 - 32, before);
        check(9_999..9_999 + ramp + latency, before.max(after));
        // Not to the end: being cut off is a peak of its own.
        check(9_999 + ramp + latency + 32..19_900, after);
    }
}

/// Frame by frame in double precision: what the peaks ask for, its maximum over the look-ahead, the
/// release, and two means in a row.
#[test]
fn gains_follow_a_twin_in_double_precision() {
    for rate in RATES {
        let setup = Setup::new(rate, 1).unwrap();
        let values = [(Limiter::LOOK_AHEAD, 1.5), (Limiter::RELEASE, 60.0)];
        let x: Vec<f32> = crate::testing::swells(9, rate, math::to_count(rate))
            .iter()
            .map(|x| 3.0 * x)
            .collect();
        let mut limiter = build(rate, 1, &values);
        let mut y = x.clone();
        limiter.process(0, &mut [&mut y], None);
        let mut detector = TruePeakDetector::new(Accuracy::Limiter, DOUBLINGS);
        let mut peaks = vec![0.0; x.len()];
        detector.process(&x, 0.0, &mut peaks);
        let look_ahead = setup.frames(1.5);
        let latency = look_ahead + detector.delay();
        let threshold = 10_f64.powf(-1.1 / 20.0);
        let wanted: Vec<f64> = peaks
            .iter()
            .map(|peak| (1.0 - threshold / f64::from(*peak)).max(0.0))
            .collect();
        let last =
            |x: &[f64], n: usize, frames: usize| x[(n + 1).saturating_sub(frames)..=n].to_vec();
        let (keep, mut envelope) = ((-1000.0 / (60.0 * rate)).exp(), 0.0_f64);
        let released: Vec<f64> = (0..x.len())
            .map(|n| {
                let held = last(&wanted, n, look_ahead + 4);
                envelope = held.into_iter().fold(envelope * keep, f64::max);
                envelope
            })
            .collect();
        let mean = |x: &[f64], frames: usize| -> Vec<f64> {
            let sum = |n| last(x, n, frames).into_iter().sum::<f64>();
            (0..x.len()).map(|n| sum(n) / frames as f64).collect()
        };
        let smooth = mean(
            &mean(&released, look_ahead / 2),
            look_ahead - look_ahead / 2,
        );
        let twin: Vec<f64> = (latency..x.len())
            .map(|n| f64::from(x[n - latency]) * (1.0 - smooth[n]))
            .collect();
        let error = crate::testing::apart_db(&y[latency..], &twin);
        assert!(error < -110.0, "{rate}: {error} dB");
    }
}

#[test]
fn gain_never_exceeds_one() {
    for rate in RATES {
        for (name, x) in transients(rate) {
            let y = limited(&mut build(rate, 1, &[]), &x);
            assert!(
                x.iter().zip(&y).all(|(x, y)| y.abs() <= x.abs()),
                "{name} at {rate}"
            );
        }
    }
}

#[test]
fn below_the_ceiling_it_is_a_delay() {
    let oracle = TruePeakOracle::new();
    for rate in [8e3, 44_100.0, 48e3, 96e3, 384e3] {
        for (name, x) in sustained(RATE).into_iter().chain(transients(RATE)) {
            let scale = math::db_to_gain(-1.2) / oracle.peak(&x);
            let x: Vec<f32> = x.iter().map(|x| x * scale).collect();
            assert_eq!(limited(&mut build(rate, 1, &[]), &x), x, "{name} at {rate}");
        }
    }
}

#[test]
fn after_limiting_it_is_a_delay_again() {
    let mut x = vec![0.4; 200_000];
    x[100..140].fill(3.0);
    let values = [(Limiter::RELEASE, 20.0), (Limiter::AUTO, 1.0)];
    let y = limited(&mut build(RATE, 1, &values), &x);
    assert!(y[3_000] < 0.4);
    assert!(y[199_000..] == x[199_000..]);
}

#[test]
fn channels_follow_the_link() {
    let loud: Vec<f32> = noise(1).take(9_600).map(|x| x * 3.0).collect();
    let quiet: Vec<f32> = noise(2).take(9_600).map(|x| x * 0.3).collect();
    let run = |link: f32, x: [&Vec<f32>; 2]| {
        let mut limiter = build(RATE, 2, &[(Limiter::LINK, link)]);
        let [mut a, mut b] = x.map(Clone::clone);
        limiter.process(0, &mut [&mut a, &mut b], None);
        (a, b, limiter.latency() as usize)
    };
    for link in [0.0, 50.0, 100.0] {
        let (a, b, _) = run(link, [&loud, &loud]);
        assert_eq!(a, b, "L = R stays L = R at {link}");
        assert_eq!(
            a,
            run(100.0, [&loud, &quiet]).0,
            "the loudest ignores the others"
        );
    }
    let (_, free, latency) = run(0.0, [&loud, &quiet]);
    assert_eq!(free[latency..], quiet[..9_600 - latency]);
    let (_, linked, _) = run(100.0, [&loud, &quiet]);
    assert!(peak_of(&linked[2_000..]) < 0.2);
}

#[test]
fn opening_the_link_starts_from_the_shared_gain() {
    let loud = noise(1).take(4_000).map(|x| x * 3.0);
    let mut a: Vec<f32> = loud.chain(core::iter::repeat_n(0.0, 5_600)).collect();
    let x = vec![0.3; 9_600];
    let mut b = x.clone();
    let mut limiter = build(RATE, 2, &[(Limiter::RELEASE, 50.0)]);
    limiter.process(0, &mut [&mut a[..4_800], &mut b[..4_800]], None);
    limiter.set_param(Limiter::LINK, 0.0);
    limiter.process(4_800, &mut [&mut a[4_800..], &mut b[4_800..]], None);
    let gains = [4_799, 4_801, 5_000, 9_500].map(|i| b[i] / 0.3);
    assert!(
        gains[0] < 0.6 && (gains[0] - gains[1]).abs() < 0.001,
        "{gains:?}"
    );
    assert!(
        (gains[0] - gains[2]).abs() < 0.1,
        "it releases from where it was: {gains:?}"
    );
    assert!(gains[3] > 0.9, "{gains:?}");
}

#[test]
fn reset_repeats_the_bits_and_latency_is_the_delay() {
    let x: Vec<f32> = noise(8).take(5_000).map(|x| x * 2.0).collect();
    for rate in [8e3, 44_100.0, 192e3] {
        let mut limiter = build(rate, 1, &[(Limiter::LOOK_AHEAD, 10.0)]);
        let first = limited(&mut limiter, &x);
        assert!(limiter.reading() < -3.0);
        limiter.reset();
        assert_eq!(limiter.reading(), 0.0);
        assert_eq!(limited(&mut limiter, &x), first);
    }
    assert_eq!(build(RATE, 1, &[]).latency(), 72 + 27);
    assert!(Limiter::new(Setup::new(RATE, 1).unwrap(), &[(Limiter::CEILING, 1.0)]).is_err());
}

#[test]
fn recovers_from_nonsense() {
    let mut limiter = build(RATE, 1, &[(Limiter::RELEASE, 10.0)]);
    let mut x = vec![0.1; 20_000];
    x[100] = f32::NAN;
    x[200] = f32::INFINITY;
    x[300] = 100.0;
    x[400] = 1e-40;
    let y = limited(&mut limiter, &x);
    assert!(y[12_000..] == x[12_000..]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn splits_give_the_same_bits(
        steps in prop::collection::vec((0_usize..700, 0_u16..6, 0.0_f32..=1.0), 1..30),
        start in 0_u64..1_000,
        seed in any::<u64>(),
    ) {
        let total = steps.iter().map(|step| step.0).sum();
        // Short bursts, so that the limiter rests in between.
        let level = |i: usize| if (i / 150).is_multiple_of(5) { 2.0 } else { 0.05 };
        let source = || -> Vec<f32> {
            noise(seed).take(total).enumerate().map(|(i, x)| x * level(i)).collect()
        };
        let run = |longest: usize| {
            let mut limiter = build(44_100.0, 2, &[(Limiter::RELEASE, 1.0)]);
            let (mut a, mut b) = (source(), source());
            b.reverse();
            let mut done = 0;
            for &(frames, param, value) in &steps {
                for from in (done..done + frames).step_by(longest) {
                    let range = from..(done + frames).min(from + longest);
                    let (a, b) = (&mut a[range.clone()], &mut b[range]);
                    limiter.process(start + from as u64, &mut [a, b], None);
                }
                let row = Limiter::PARAMS[usize::from(param)];
                limiter.set_param(param, row.min + (row.max - row.min) * value);
                done += frames;
            }
            (a, b)
        };
        let whole = run(1_000_000);
        for longest in [1, 32, 61] {
            prop_assert!(run(longest) == whole);
        }
    }
}
