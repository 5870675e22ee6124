use super::*;
use assert_no_alloc::assert_no_alloc;
use proptest::prelude::*;

const STEADY: ReconnectPolicy = ReconnectPolicy {
    jitter: 0.0,
    max_retries: Some(20),
    base_ms: 250,
    factor: 2.0,
    cap_ms: 30_000,
    reset_after_stable_ms: 10_000,
};

/// The waits in us until it gives up, or the first `most`, of a peer that is never there.
fn waits(policy: ReconnectPolicy, seed: JitterSeed, most: usize) -> (Vec<u64>, State) {
    let mut connection = Connection::new(policy, seed).unwrap();
    let mut now = 7;
    let mut waits = Vec::new();
    connection.connect(now);
    while waits.len() < most {
        connection.failed(now, Failure::Retryable);
        let State::Backoff { next_at_us, .. } = connection.state() else {
            break;
        };
        waits.push(next_at_us - now);
        connection.tick(next_at_us - 1);
        assert!(matches!(connection.state(), State::Backoff { .. }));
        now = next_at_us;
        connection.tick(now);
    }
    (waits, connection.state())
}

#[test]
fn twenty_retries_take_421_750_ms() {
    let (waits, end) = waits(STEADY, JitterSeed::default(), usize::MAX);
    let ms: Vec<u64> = waits.iter().map(|us| us / 1000).collect();
    assert_eq!(ms[..8], [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000]);
    assert_eq!((ms.len(), ms.iter().sum::<u64>()), (20, 421_750));
    assert_eq!(end, State::GaveUp { failures: 21 });
}

#[test]
fn a_thousand_failures_take_29_791_750_ms_and_end() {
    let policy = ReconnectPolicy {
        max_retries: Some(999),
        ..STEADY
    };
    let (waits, end) = waits(policy, JitterSeed::default(), usize::MAX);
    assert_eq!(
        (waits.len(), waits.iter().sum::<u64>()),
        (999, 29_791_750_000)
    );
    assert_eq!(end, State::GaveUp { failures: 1000 });
}

#[test]
fn without_a_maximum_it_never_gives_up() {
    let policy = ReconnectPolicy {
        max_retries: None,
        ..STEADY
    };
    let (waits, end) = waits(policy, JitterSeed::default(), 100_000);
    assert_eq!(waits.last(), Some(&30_000_000));
    assert!(matches!(
        end,
        State::Connecting {
            attempt: 100_000,
            ..
        }
    ));
    assert_eq!(policy.delay_us(u32::MAX, JitterSeed::default()), 30_000_000);
}

#[test]
fn jitter_comes_after_the_cap_and_is_the_same_for_a_seed() {
    let policy = ReconnectPolicy::default();
    let seed = JitterSeed {
        project: 0xabc,
        connector: 3,
    };
    let (first, _) = waits(policy, seed, usize::MAX);
    assert_eq!(first, waits(policy, seed, usize::MAX).0);
    let other = JitterSeed {
        connector: 4,
        ..seed
    };
    assert_ne!(first, waits(policy, other, usize::MAX).0);
    assert!(first[7..].iter().any(|wait| *wait > 30_000_000));
    for (wait, plain) in first.iter().zip(waits(STEADY, seed, usize::MAX).0) {
        assert!(wait.abs_diff(plain) <= plain / 5, "{wait} {plain}");
    }
}

/// Written down once, from the rule and not from this program.
#[test]
fn a_seed_has_its_delays_forever() {
    let seed = JitterSeed {
        project: 5,
        connector: 1,
    };
    let (waits, _) = waits(ReconnectPolicy::default(), seed, 10);
    let expected = [
        252_548, 436_359, 908_239, 1_729_580, 3_710_040, 8_498_524, 18_573_656, 34_961_732,
        25_959_974, 30_150_351,
    ];
    assert_eq!(waits, expected);
}

#[test]
fn failures_take_no_memory() {
    let policy = ReconnectPolicy {
        max_retries: None,
        ..ReconnectPolicy::default()
    };
    let mut connection = Connection::new(policy, JitterSeed::default()).unwrap();
    let mut now = 0;
    connection.connect(now);
    assert_no_alloc(|| {
        for _ in 0..100_000 {
            connection.failed(now, Failure::Retryable);
            now = connection.next_wake().unwrap();
            connection.tick(now);
        }
    });
    let State::Connecting { attempt, .. } = connection.state() else {
        panic!("{:?}", connection.state());
    };
    assert_eq!(attempt, 100_000);
}

#[test]
fn jitter_spreads_evenly() {
    let units: Vec<f64> = (0..100_000)
        .map(|n| JitterSeed::default().unit(n))
        .collect();
    assert!(units.iter().all(|unit| (-1.0..1.0).contains(unit)));
    for tenth in 0..10 {
        let from = f64::from(tenth) / 5.0 - 1.0;
        let is_there = |unit: &&f64| (from..from + 0.2).contains(*unit);
        let count = units.iter().filter(is_there).count();
        assert!(count.abs_diff(10_000) < 500, "tenth {tenth}: {count}");
    }
}

#[test]
fn only_a_stable_connection_forgets_its_failures() {
    let mut connection = Connection::new(STEADY, JitterSeed::default()).unwrap();
    connection.connect(0);
    connection.failed(0, Failure::Retryable);
    connection.tick(250_000);
    connection.opened(300_000);
    connection.failed(300_000 + 9_999_999, Failure::Retryable);
    let State::Backoff {
        attempt: 2,
        next_at_us,
    } = connection.state()
    else {
        panic!("{:?}", connection.state());
    };
    connection.tick(next_at_us);
    connection.opened(next_at_us);
    assert_eq!(connection.next_wake(), Some(next_at_us + 10_000_000));
    connection.tick(next_at_us + 10_000_000);
    assert!(matches!(
        connection.state(),
        State::Connected { attempt: 0, .. }
    ));
    assert_eq!(connection.next_wake(), None);
    connection.failed(next_at_us + 20_000_000, Failure::Retryable);
    assert!(matches!(
        connection.state(),
        State::Backoff { attempt: 1, .. }
    ));
}

#[test]
fn connecting_takes_five_seconds_at_most() {
    let mut connection = Connection::new(STEADY, JitterSeed::default()).unwrap();
    connection.connect(100);
    connection.tick(5_000_099);
    assert!(matches!(connection.state(), State::Connecting { .. }));
    connection.tick(5_000_100);
    assert_eq!(
        connection.state(),
        State::Backoff {
            attempt: 1,
            next_at_us: 5_250_100
        }
    );
}

#[test]
fn a_permanent_failure_is_not_tried_again() {
    let mut connection = Connection::new(STEADY, JitterSeed::default()).unwrap();
    connection.connect(0);
    connection.failed(1, Failure::Permanent);
    assert_eq!(connection.state(), State::GaveUp { failures: 1 });
    connection.connect(2);
    assert!(matches!(
        connection.state(),
        State::Connecting { attempt: 0, .. }
    ));
}

#[test]
fn connect_during_a_wait_tries_at_once_and_keeps_the_count() {
    let mut connection = Connection::new(STEADY, JitterSeed::default()).unwrap();
    connection.connect(0);
    connection.failed(0, Failure::Retryable);
    connection.connect(10);
    connection.connect(11);
    assert_eq!(
        connection.state(),
        State::Connecting {
            attempt: 1,
            since_us: 10
        }
    );
}

#[test]
fn closing_ends_within_half_a_second_and_can_be_taken_back() {
    let mut connection = Connection::new(STEADY, JitterSeed::default()).unwrap();
    for _ in 0..1000 {
        connection.connect(0);
        connection.opened(1);
        connection.close(2);
        connection.close(3);
        connection.tick(499_999);
        assert_eq!(connection.state(), State::Closing { since_us: 2 });
        connection.tick(500_002);
        assert_eq!(connection.state(), State::Disconnected);
        assert_eq!(connection.next_wake(), None);
    }
    connection.connect(0);
    connection.close(1);
    connection.connect(2);
    assert!(matches!(connection.state(), State::Connecting { .. }));
}

#[test]
fn a_policy_out_of_range_is_named() {
    let policy = ReconnectPolicy {
        factor: 0.5,
        ..STEADY
    };
    let error = Connection::new(policy, JitterSeed::default()).unwrap_err();
    assert_eq!(error.to_string(), "reconnect.factor 0.5 is not in 1..=100");
    let policy = ReconnectPolicy {
        cap_ms: 249,
        ..STEADY
    };
    assert_eq!(policy.check().unwrap_err().field, "cap_ms");
    let policy = ReconnectPolicy {
        jitter: f64::NAN,
        ..STEADY
    };
    assert_eq!(policy.check().unwrap_err().field, "jitter");
}

proptest! {
    /// Whatever happens in whatever order: no panic, time never runs backwards into a wake that
    /// was passed, and a close always ends it.
    #[test]
    fn any_order_of_events_is_survived(
        events in proptest::collection::vec((0..6_u8, 0..20_000_000_u64), 0..200)
    ) {
        let mut connection = Connection::new(STEADY, JitterSeed::default()).unwrap();
        let mut now = 0;
        for (event, later) in events {
            now += later;
            match event {
                0 => connection.connect(now),
                1 => connection.opened(now),
                2 => connection.failed(now, Failure::Retryable),
                3 => connection.failed(now, Failure::Permanent),
                4 => connection.close(now),
                _ => connection.closed(),
            }
            connection.tick(now);
            if !matches!(connection.state(), State::Connected { .. }) {
                prop_assert!(connection.next_wake().is_none_or(|wake| wake > now));
            }
        }
        connection.close(now);
        connection.tick(now + CLOSE_TIMEOUT_US);
        prop_assert_eq!(connection.state(), State::Disconnected);
    }
}
