//! The clock of the game, seen from here.
//!
//! A probe is four readings, in microseconds: `t0` sent here, `t1` received there, `t2` sent there,
//! `t3` received here (RFC 5905, section 8). Nothing arrives before it was sent, so their clock less
//! ours is at most `t1 - t0` and at least `t2 - t3`. Their clock may run faster or slower than ours by
//! up to 200 ppm, evenly: a line through time that lies within the bounds of the last 128 probes, two
//! minutes of them, is all that can be, and where such lines end now is how much the offset can be. The
//! middle of that is believed. Probes that leave no line are of a clock that was set: the older ones go.
//!
//! The first 8 probes set the offset. In the first minute it moves at once where it could be further off
//! than half of the shortest way and a millisecond; after that it never jumps by less than 50 ms, which
//! is told. It is followed by at most 0.15 ms a second, and by 1 ms a second while it is 5 ms off or more.
//! So messages a tenth of a second apart stay so to a sample at 48 kHz, also where their ways and those
//! of the probes differ by much.

use std::collections::VecDeque;

/// Probes whose shortest way is told.
const WINDOW: usize = 16;
/// Microseconds over which drift is measured.
const DRIFT_WINDOW_US: i64 = 60_000_000;
/// Probes that are kept.
const PROBES: usize = 128;
/// Most that a clock runs faster or slower than another.
const DRIFT_MAX: f64 = 0.000_2;
/// Bounds that exclude each other by no more are of clocks that show milliseconds, as those of browsers do.
const GRAIN_US: f64 = 1000.0;
/// Probes that set the offset: those right after hello.
const FIRST: u32 = 8;
/// Probes after which nothing but a step moves it at once: about a minute.
const SETTLED: u32 = 64;
/// What may be off in the first minute: half of the shortest way and this, in microseconds.
const ALLOWED_US: f64 = 1000.0;
/// Correction per microsecond of what is far: 1 ms/s.
const SLEW_FAR: f64 = 0.001;
/// What is far, in microseconds.
const FAR_SLEW_US: f64 = 5000.0;
/// Correction per microsecond of what is near: less than a sample at 48 kHz, and what the offset is
/// rounded by, between two messages 0.1 s apart of which one came 30 ms later than the other. Drift of
/// up to 150 ppm is followed with it.
const SLEW_NEAR: f64 = 0.000_15;
/// Beyond this the clock jumps, in microseconds.
const STEP_US: f64 = 50_000.0;
/// What is left to correct is corrected over so long, in microseconds.
const SETTLE_US: f64 = 4_000_000.0;

/// One probe. Microseconds of the clock of the side that took the reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Sent here.
    pub t0: i64,
    /// Received there.
    pub t1: i64,
    /// Sent there.
    pub t2: i64,
    /// Received here.
    pub t3: i64,
}

#[derive(Clone, Copy, Debug)]
struct Reading {
    at_us: i64,
    /// Their clock less ours is at least and at most this.
    bounds_us: (i64, i64),
    /// How fast their clock can run, by what this reading and those before it say.
    drift: (f64, f64),
}

impl Reading {
    const fn rtt_us(&self) -> i64 {
        self.bounds_us.1 - self.bounds_us.0
    }

    /// How fast their clock can have run from `earlier` to this one.
    #[expect(clippy::cast_precision_loss, reason = "differences of clocks")]
    fn drift_since(&self, earlier: &Self) -> (f64, f64) {
        // Two at a time either agree or exclude each other.
        let passed = self.at_us.saturating_sub(earlier.at_us).max(1) as f64;
        let rise = |to: i64, from: i64| to.saturating_sub(from) as f64;
        (
            (rise(self.bounds_us.0, earlier.bounds_us.1) - GRAIN_US) / passed,
            (rise(self.bounds_us.1, earlier.bounds_us.0) + GRAIN_US) / passed,
        )
    }
}

/// Both at a time.
const fn meet(one: (f64, f64), other: (f64, f64)) -> (f64, f64) {
    (one.0.max(other.0), one.1.min(other.1))
}

/// Follows the clock of one peer. Bounded: 128 probes. `[thread-safe]`
#[derive(Clone, Debug, Default)]
pub struct PeerClock {
    probes: VecDeque<Reading>,
    /// Probes so far.
    seen: u32,
    /// The least and the most that the offset can be, as of the last probe.
    bounds_us: Option<(f64, f64)>,
    /// Offset in use and when it was brought up to date.
    applied: Option<(f64, i64)>,
}

impl PeerClock {
    /// Takes a probe. Answers by how many microseconds the clock jumped, if it did so by more than
    /// 50 ms after the first probe. A probe that cannot be (answered before it was asked) is dropped.
    pub fn probe(&mut self, probe: Probe) -> Option<f64> {
        let there = probe.t2.checked_sub(probe.t1)?;
        let bounds_us = (
            probe.t2.checked_sub(probe.t3)?,
            probe.t1.checked_sub(probe.t0)?,
        );
        let rtt_us = bounds_us.1.checked_sub(bounds_us.0)?;
        if rtt_us < 0 || there < 0 {
            return None;
        }
        self.take(Reading {
            at_us: probe.t3,
            bounds_us,
            drift: (-DRIFT_MAX, DRIFT_MAX),
        });
        self.seen = self.seen.saturating_add(1);
        let jump = self.advance(probe.t3);
        self.settle();
        jump
    }

    /// Keeps a reading, and of those before it what it leaves possible.
    #[expect(clippy::cast_precision_loss, reason = "differences of clocks")]
    fn take(&mut self, mut reading: Reading) {
        if self.probes.len() == PROBES {
            self.probes.pop_front();
        }
        let any = reading.drift;
        let (least, most) = loop {
            let since = self.probes.iter().map(|it| reading.drift_since(it));
            reading.drift = since.fold(any, meet);
            let known = self.probes.iter().map(|it| it.drift);
            let drift = known.fold(reading.drift, meet);
            if drift.0 <= drift.1 {
                break drift;
            }
            // Their clock was set: what was seen before says nothing now.
            self.probes.pop_front();
        };
        self.probes.push_back(reading);
        let age = |it: &Reading| reading.at_us.saturating_sub(it.at_us).max(0) as f64;
        let lo = |it: &Reading| it.bounds_us.0 as f64 + least * age(it);
        let hi = |it: &Reading| it.bounds_us.1 as f64 + most * age(it);
        self.bounds_us = Some((
            self.probes.iter().map(lo).fold(f64::MIN, f64::max),
            self.probes.iter().map(hi).fold(f64::MAX, f64::min),
        ));
    }

    /// Their clock less ours in microseconds, as it is used; `None` before the first probe.
    #[must_use]
    pub fn offset_us(&self) -> Option<f64> {
        self.applied.map(|(offset, _)| offset)
    }

    /// The shortest way to and fro among the probes that are compared, in microseconds.
    #[must_use]
    pub fn rtt_us(&self) -> Option<i64> {
        self.window().map(Reading::rtt_us).min()
    }

    /// How much faster their clock runs than ours, in parts per million over the last minute;
    /// 0 until there are 8 probes.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "at most a minute of microseconds"
    )]
    pub fn drift_ppm(&self) -> f64 {
        let Some(last) = self.probes.back() else {
            return 0.0;
        };
        let recent = |reading: &&Reading| last.at_us - reading.at_us <= DRIFT_WINDOW_US;
        let mut points: Vec<&Reading> = self.probes.iter().filter(recent).collect();
        // The quicker half says more.
        points.sort_by_key(|reading| reading.rtt_us());
        points.truncate(points.len().div_ceil(2));
        let point = |reading: &&Reading| {
            let at = (reading.at_us - last.at_us) as f64;
            (
                at,
                i64::midpoint(reading.bounds_us.0, reading.bounds_us.1) as f64,
            )
        };
        let points: Vec<(f64, f64)> = points.iter().map(point).collect();
        if points.len() < 4 {
            return 0.0;
        }
        slope(&points) * 1e6
    }

    /// A reading of their clock in ours; the time of receipt before the first probe.
    /// Microseconds.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "an offset between two clocks of 64 bits"
    )]
    pub fn to_local(&mut self, theirs_us: i64, received_us: i64) -> i64 {
        self.advance(received_us);
        match self.applied {
            Some((offset, _)) => theirs_us.saturating_sub(offset.round() as i64),
            None => received_us,
        }
    }

    fn window(&self) -> impl Iterator<Item = &Reading> {
        self.probes.iter().rev().take(WINDOW)
    }

    /// How far the offset in use can be off as of the last probe, in microseconds, if both clocks show
    /// microseconds.
    #[cfg(test)]
    fn uncertain_us(&self) -> Option<f64> {
        let ((least, most), offset) = (self.bounds_us?, self.offset_us()?);
        Some((most - offset).max(offset - least))
    }

    /// What the offset is believed to be, and how far from that it is certainly off by no more than
    /// half of the shortest way and a millisecond. In microseconds.
    #[expect(clippy::cast_precision_loss, reason = "a difference of clocks")]
    fn target_us(&self) -> Option<(f64, f64)> {
        let (least, most) = self.bounds_us?;
        let allowed = self.rtt_us()? as f64 / 2.0 + ALLOWED_US;
        let slack = (allowed - (most - least) / 2.0).max(0.0);
        Some((f64::midpoint(least, most), slack))
    }

    /// Follows the probes up to `now_us`.
    #[expect(clippy::cast_precision_loss, reason = "time between two calls")]
    fn advance(&mut self, now_us: i64) -> Option<f64> {
        let (target, _) = self.target_us()?;
        let Some((offset, at_us)) = &mut self.applied else {
            self.applied = Some((target, now_us));
            return None;
        };
        let passed = now_us.saturating_sub(*at_us).max(0) as f64;
        *at_us = now_us.max(*at_us);
        let error = target - *offset;
        if error.abs() > STEP_US {
            *offset = target;
            return Some(error);
        }
        let is_far = error.abs() >= FAR_SLEW_US;
        let fastest = if is_far { SLEW_FAR } else { SLEW_NEAR };
        let slew = fastest.min(error.abs() / SETTLE_US) * passed;
        *offset += error.clamp(-slew, slew);
        None
    }

    /// Moves the offset at once, as long as little is known.
    fn settle(&mut self) {
        let target = self.target_us();
        if let (Some((target, slack)), Some((offset, _))) = (target, &mut self.applied) {
            if self.seen <= FIRST {
                *offset = target;
            } else if self.seen <= SETTLED {
                *offset = offset.clamp(target - slack, target + slack);
            }
        }
    }
}

/// Least squares.
#[expect(clippy::cast_precision_loss, reason = "a few hundred points")]
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean_x = points.iter().map(|point| point.0).sum::<f64>() / count;
    let mean_y = points.iter().map(|point| point.1).sum::<f64>() / count;
    let (mut xy, mut xx) = (0.0, 0.0);
    for (x, y) in points {
        xy += (x - mean_x) * (y - mean_y);
        xx += (x - mean_x) * (x - mean_x);
    }
    if xx > 0.0 { xy / xx } else { 0.0 }
}

/// When what a message asks for is to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// With the first frame of the next block.
    Immediate,
    /// So long after the game's own time that most messages have arrived: microseconds, at most
    /// 500,000.
    JitterBuffer {
        /// The wait.
        latency_us: u32,
    },
}

/// When a message takes effect, in microseconds of our clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// When; `None` for at once.
    pub at_us: Option<i64>,
    /// By how much it came too late, 0 for in time.
    pub late_us: i64,
}

/// A message for more than an hour from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the message is for {ahead_us} us from now; at most 3600000000 us (an hour) ahead is taken: \
     check the sender's clock"
)]
pub struct TooFarAhead {
    /// How far.
    pub ahead_us: i64,
}

/// Furthest ahead in microseconds.
const HOUR_US: i64 = 3_600_000_000;

impl Timing {
    /// When a message of time `theirs_us`, received at `received_us`, takes effect.
    ///
    /// # Errors
    /// [`TooFarAhead`] beyond an hour.
    pub fn due(
        self,
        clock: &mut PeerClock,
        theirs_us: i64,
        received_us: i64,
    ) -> Result<Due, TooFarAhead> {
        let Self::JitterBuffer { latency_us } = self else {
            return Ok(Due {
                at_us: None,
                late_us: 0,
            });
        };
        let local = clock.to_local(theirs_us, received_us);
        let at_us = local.saturating_add(i64::from(latency_us));
        let ahead_us = at_us.saturating_sub(received_us);
        match ahead_us {
            HOUR_US.. if ahead_us > HOUR_US => Err(TooFarAhead { ahead_us }),
            0.. => Ok(Due {
                at_us: Some(at_us),
                late_us: 0,
            }),
            _ => Ok(Due {
                at_us: None,
                late_us: ahead_us.saturating_neg(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Uniform numbers of a small generator.
    struct Chance(u64);

    impl Chance {
        fn between(&mut self, lo: i64, hi: i64) -> i64 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            lo + (self.0 >> 33) as i64 % (hi - lo)
        }
    }

    /// Their clock at our time.
    fn theirs(ours: i64, offset: i64, ppm: i64) -> i64 {
        ours + offset + ours * ppm / 1_000_000
    }

    fn probe(
        clock: &mut PeerClock,
        at: i64,
        ways: (i64, i64),
        there: &dyn Fn(i64) -> i64,
    ) -> Option<f64> {
        clock.probe(Probe {
            t0: at,
            t1: there(at + ways.0),
            t2: there(at + ways.0 + 100),
            t3: at + ways.0 + 100 + ways.1,
        })
    }

    /// Every probe, the first one too, as it is taken and before the next.
    #[test]
    fn random_ways_and_drift_stay_within_half_the_shortest_way_and_a_millisecond() {
        for (seed, ppm) in (0..300).zip([50, -50, 0].into_iter().cycle()) {
            let mut chance = Chance(seed);
            let mut clock = PeerClock::default();
            let there = |ours| theirs(ours, 123_456_789, ppm);
            let mut now = 0;
            for n in 0..600 {
                let ways = (chance.between(5_000, 80_000), chance.between(5_000, 80_000));
                assert_eq!(probe(&mut clock, now, ways, &there), None);
                let error = |at| (clock.offset_us().unwrap() - (there(at) - at) as f64).abs();
                let bound = clock.rtt_us().unwrap() as f64 / 2.0 + 1000.0;
                let taken = now + ways.0 + 100 + ways.1;
                // What is rounded, and drift on the way, come to a few microseconds.
                let certain = clock.uncertain_us().unwrap() + 20.0;
                assert!(error(taken) <= certain, "seed {seed}, probe {n}: {certain}");
                now += if n < 8 { 100_000 } else { 1_000_000 };
                for error in [error(taken), error(now)] {
                    assert!(error <= bound, "seed {seed}, probe {n}: {error} > {bound}");
                }
            }
        }
    }

    /// Browsers show whole milliseconds.
    #[test]
    fn a_coarse_clock_is_followed_to_its_grain() {
        let mut clock = PeerClock::default();
        let there = |ours| theirs(ours, 777_777, 30) / 1000 * 1000;
        for n in 0..300 {
            let at = n * 1_000_100;
            assert_eq!(probe(&mut clock, at, (60, 90), &there), None);
            let error = clock.offset_us().unwrap() - (theirs(at, 777_777, 30) - at) as f64;
            assert!(error.abs() <= 1200.0, "probe {n}: {error}");
        }
        assert_eq!(clock.probes.len(), PROBES, "none excludes another");
    }

    #[test]
    fn drift_is_measured() {
        let mut clock = PeerClock::default();
        for n in 0..60 {
            probe(&mut clock, n * 1_000_000, (3000, 3000), &|ours| {
                theirs(ours, -5_000_000, 80)
            });
        }
        assert!(
            (clock.drift_ppm() - 80.0).abs() < 1.0,
            "{}",
            clock.drift_ppm()
        );
    }

    #[test]
    fn a_small_step_of_a_settled_clock_is_followed_at_a_millisecond_a_second() {
        let mut clock = PeerClock::default();
        let minute = 60_000_000;
        for n in 0..=64 {
            probe(
                &mut clock,
                n * 1_000_000 - 4_000_000,
                (1000, 1000),
                &|ours| ours,
            );
        }
        let before = clock.offset_us().unwrap();
        // A shorter way with an offset 10 ms further.
        assert_eq!(
            probe(&mut clock, minute + 1_000_000, (10, 10), &|ours| ours
                + 10_000),
            None
        );
        let _ = clock.to_local(0, minute + 2_000_120);
        let moved = clock.offset_us().unwrap() - before;
        assert!((1000.0..=2000.0).contains(&moved), "{moved}");
        let _ = clock.to_local(0, minute + 7_000_000);
        let _ = clock.to_local(0, minute + 80_000_000);
        // As near as the probes say: they are 20 us wide.
        assert!((clock.offset_us().unwrap() - 10_000.0).abs() <= 10.5);
    }

    #[test]
    fn the_first_probes_set_the_clock() {
        let mut clock = PeerClock::default();
        probe(&mut clock, 0, (70_000, 5_000), &|ours| ours);
        assert_eq!(clock.offset_us(), Some(32_500.0));
        assert_eq!(probe(&mut clock, 100_000, (2000, 2000), &|ours| ours), None);
        assert!(clock.offset_us().unwrap().abs() < 100.0, "{clock:?}");
    }

    #[test]
    fn a_step_beyond_fifty_milliseconds_jumps_and_is_told() {
        let mut clock = PeerClock::default();
        assert_eq!(probe(&mut clock, 0, (1000, 1000), &|ours| ours), None);
        let jump = probe(&mut clock, 1_000_000, (10, 10), &|ours| ours + 60_000);
        assert_eq!(jump, Some(60_000.0));
        assert_eq!(clock.to_local(60_005, 1_000_200), 5);
    }

    #[test]
    fn before_the_first_probe_it_is_the_time_of_receipt() {
        let mut clock = PeerClock::default();
        assert_eq!(clock.to_local(77, 123), 123);
        assert_eq!(
            (clock.offset_us(), clock.rtt_us(), clock.drift_ppm()),
            (None, None, 0.0)
        );
    }

    #[test]
    fn probes_that_cannot_be_are_dropped() {
        let mut clock = PeerClock::default();
        let probes = [
            (10, 0, 0, 5),
            (0, 5, 4, 10),
            (i64::MIN, i64::MAX, 0, i64::MAX),
        ];
        for (t0, t1, t2, t3) in probes {
            assert_eq!(clock.probe(Probe { t0, t1, t2, t3 }), None);
        }
        assert_eq!(clock.offset_us(), None);
    }

    #[test]
    fn a_settled_buffer_keeps_the_games_distances() {
        let mut chance = Chance(3);
        let mut clock = PeerClock::default();
        let there = |ours| theirs(ours, 9_000_000, 0);
        for n in 0..16 {
            probe(&mut clock, n * 100_000, (2000, 2000), &there);
        }
        let timing = Timing::JitterBuffer { latency_us: 20_000 };
        let mut last = None;
        for n in 0..1000 {
            let sent = 2_000_000 + n * 33_333;
            let received = sent + 2000 + chance.between(0, 15_000);
            let due = timing.due(&mut clock, there(sent), received).unwrap();
            assert_eq!(due.late_us, 0);
            let at = due.at_us.unwrap();
            if let Some(last) = last.replace(at) {
                assert!((at - last - 33_333).abs() <= 20, "{}", at - last);
            }
        }
    }

    #[test]
    fn late_is_at_once_and_far_ahead_is_refused() {
        let mut clock = PeerClock::default();
        probe(&mut clock, 0, (0, 0), &|ours| ours);
        let timing = Timing::JitterBuffer { latency_us: 20_000 };
        let late = timing.due(&mut clock, 1_000_000, 1_030_000).unwrap();
        assert_eq!((late.at_us, late.late_us), (None, 10_000));
        let at_the_limit = timing.due(&mut clock, 3_599_980_000, 0).unwrap();
        assert_eq!(at_the_limit.at_us, Some(3_600_000_000));
        let error = timing.due(&mut clock, 3_599_980_001, 0).unwrap_err();
        assert_eq!(error.ahead_us, 3_600_000_001);
        let at_once = Timing::Immediate.due(&mut clock, i64::MAX, 0).unwrap();
        assert_eq!(at_once.at_us, None);
    }
}
