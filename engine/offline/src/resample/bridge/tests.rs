use std::f64::consts::TAU;

use super::*;

/// What is needed for these blocks, 3 ms for the clocks, and a millisecond of jitter.
fn bridge(from: u32, to: u32, blocks: [usize; 2]) -> ClockBridge {
    let mut spec = BridgeSpec {
        from,
        to,
        channels: 1,
        blocks,
        latency: 0,
    };
    spec.latency = spec.least() + from as usize * 4 / 1_000;
    ClockBridge::new(spec).unwrap()
}

/// A sine of `hz` on a device whose clock is `fast` times its nominal rate, as another device hears
/// it. Blocks of different sizes come and go at their own times, which jitter by up to a millisecond.
fn heard(
    from: u32,
    to: u32,
    hz: f64,
    fast: impl Fn(f64) -> f64,
    seconds: f64,
) -> (Vec<f32>, [u64; 2]) {
    heard_in(from, to, [441, 512], hz, fast, seconds)
}

fn heard_in(
    from: u32,
    to: u32,
    blocks: [u16; 2],
    hz: f64,
    fast: impl Fn(f64) -> f64,
    seconds: f64,
) -> (Vec<f32>, [u64; 2]) {
    let (mut bridge, mut noise) = (
        bridge(from, to, blocks.map(usize::from)),
        crate::testing::Noise(3),
    );
    let [block_in, block_out] = blocks;
    let (mut phase, mut next_in, mut next_out) = (0.0f64, 0.0, 0.02);
    let mut heard = Vec::new();
    while next_out < seconds {
        let late = f64::from(noise.sample()).abs() * 0.001;
        if next_in <= next_out {
            let rate = f64::from(from) * fast(next_in);
            let block: Vec<f32> = (0..block_in)
                .map(|_| {
                    phase = (phase + hz / rate).fract();
                    (0.5 * (TAU * phase).sin()) as f32
                })
                .collect();
            bridge.push(next_in + late, &[&block]).unwrap();
            next_in += f64::from(block_in) / rate;
        } else {
            let mut block = vec![0.0; usize::from(block_out)];
            bridge.pull(next_out + late, &mut [&mut block]).unwrap();
            heard.extend(block);
            next_out += f64::from(block_out) / f64::from(to);
        }
    }
    (heard, bridge.faults())
}

/// Frequency by the phase at the ends of `x`, which turns by less than half a period off `near`.
fn pitch(x: &[f32], near: f64, rate: f64) -> f64 {
    let phase = |part: &[f32], start: usize| {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, x) in part.iter().enumerate() {
            // Hann: the ends of the window do not matter.
            let window = 0.5 - 0.5 * (TAU * n as f64 / part.len() as f64).cos();
            let (sin, cos) = (TAU * near * (start + n) as f64 / rate).sin_cos();
            re += window * f64::from(*x) * cos;
            im -= window * f64::from(*x) * sin;
        }
        im.atan2(re)
    };
    let part = 4_800;
    let last = x.len() - part;
    let turned = phase(&x[last..], last) - phase(&x[..part], 0);
    let turned = (turned + 0.5 * TAU).rem_euclid(TAU) - 0.5 * TAU;
    near + turned / TAU * rate / last as f64
}

/// The curve of a sine is bounded by its frequency; a frame that is lost or doubled is far beyond.
fn roughest(x: &[f32], hz: f64, rate: f64) -> f64 {
    let w = TAU * hz / rate;
    let second = |w: &[f32]| (f64::from(w[0]) - 2.0 * f64::from(w[1]) + f64::from(w[2])).abs();
    let worst = x.windows(3).map(second).fold(0.0, f64::max);
    worst / (0.5 * 2.0 * (1.0 - w.cos()))
}

#[test]
fn a_fast_or_slow_clock_is_followed_without_clicks() {
    for (from, to, ppm) in [
        (48_000, 48_000, -300.0),
        (44_100, 48_000, 200.0),
        (48_000, 44_100, 0.0),
    ] {
        let (x, faults) = heard(from, to, 997.0, |_| 1.0 + ppm * 1e-6, 55.0);
        assert_eq!(faults, [0, 0], "{from} {to} {ppm}");
        let rate = f64::from(to);
        let settled = &x[45 * to as usize..][..9 * to as usize];
        // The sound's own second is the input's: it is as long as it was played.
        let hz = pitch(settled, 997.0, rate);
        assert!((hz / 997.0 - 1.0).abs() < 5e-6, "{from} {to} {ppm}: {hz}");
        let rough = roughest(&x[to as usize..], 997.0, rate);
        assert!(rough < 1.03, "{from} {to} {ppm}: {rough}");
    }
}

/// Clocks that are as far apart as is promised, at the latency that is promised to do.
#[test]
fn no_frame_is_lost_at_a_thousandth() {
    for blocks in [[441, 512], [128, 128], [128, 1_024]] {
        for (from, to) in [(44_100, 48_000), (48_000, 44_100)] {
            for ppm in [-1_000.0, 1_000.0] {
                let fast = |_| 1.0 + ppm * 1e-6;
                let (_, faults) = heard_in(from, to, blocks, 997.0, fast, 12.0);
                assert_eq!(faults, [0, 0], "{blocks:?} {from} {to} {ppm}");
            }
        }
    }
}

/// The ratio follows a clock that swings by 100 ppm either way in a minute.
#[test]
fn a_clock_that_wanders_is_followed() {
    let swing = |t: f64| 1.0 + 1e-4 * (TAU * t / 60.0).sin();
    let (x, faults) = heard(48_000, 48_000, 2_000.0, swing, 90.0);
    assert_eq!(faults, [0, 0]);
    assert!(roughest(&x[48_000..], 2_000.0, 48_000.0) < 1.01);
}

/// Without the loop a queue runs over: what cannot be followed is counted, and nothing breaks.
#[test]
fn what_cannot_be_followed_is_counted() {
    let (_, [dropped, missed]) = heard(48_000, 48_000, 997.0, |_| 1.02, 20.0);
    assert!(dropped > 0 && missed == 0);
    let (x, [dropped, missed]) = heard(48_000, 48_000, 997.0, |_| 0.98, 20.0);
    assert!(dropped == 0 && missed > 0);
    assert!(x.iter().all(|x| x.is_finite()));
}

#[test]
fn what_cannot_be_is_refused() {
    let spec = BridgeSpec {
        from: 48_000,
        to: 48_000,
        channels: 2,
        blocks: [128, 100],
        latency: 256,
    };
    for bad in [
        BridgeSpec { from: 0, ..spec },
        BridgeSpec { to: 999, ..spec },
        BridgeSpec {
            channels: 0,
            ..spec
        },
        BridgeSpec {
            channels: 65,
            ..spec
        },
        BridgeSpec {
            latency: 63,
            blocks: [0, 0],
            ..spec
        },
        BridgeSpec {
            latency: 227,
            ..spec
        },
        // The pull is 158 frames of the input.
        BridgeSpec {
            latency: 285,
            to: 30_476,
            ..spec
        },
        BridgeSpec {
            blocks: [usize::MAX, 0],
            ..spec
        },
    ] {
        assert!(matches!(ClockBridge::new(bad), Err(Error::Argument { .. })));
    }
    for good in [
        BridgeSpec {
            latency: 228,
            ..spec
        },
        BridgeSpec {
            latency: 286,
            to: 30_476,
            ..spec
        },
    ] {
        assert!(ClockBridge::new(good).is_ok());
    }
    let mut bridge = ClockBridge::new(spec).unwrap();
    assert!(bridge.push(0.0, &[&[0.0]]).is_err());
    assert!(bridge.push(0.0, &[&[0.0], &[]]).is_err());
    assert!(bridge.pull(0.0, &mut [&mut [0.0]]).is_err());
}
