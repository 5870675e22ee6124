//! The clock of the other side: what is held back, what is refused, what begins it anew.

use super::*;

/// A message that arrives at `received_us`, as it takes its time.
fn timed(
    session: &mut Session,
    (t_us, received_us): (i64, u64),
    presses: bool,
) -> Result<(i64, Option<Row>), TooFarAhead> {
    let mut message = Message {
        kind: FrameKind::StageEvent,
        seq: 3,
        t_us,
        received_us,
        data: Map::new(),
    };
    let timing = Timing::JitterBuffer { latency_us: 20_000 };
    let (due, row) = session.in_time(&mut message, timing, presses)?;
    assert_eq!(due.at_us.is_some(), due.late_us == 0);
    Ok((message.t_us, row))
}

#[test]
fn time_does_not_run_backwards() {
    let mut session = server();
    let row = Row::TimeBackwards { seq: 3, by_us: 50 };
    for (t_us, expected) in [
        (100, (100, None)),
        (50, (100, Some(row))),
        (120, (120, None)),
    ] {
        assert_eq!(timed(&mut session, (t_us, 7), false), Ok(expected));
    }
}

/// A server that knows its peer's clock, which is its own.
fn in_step() -> Session {
    let mut session = server();
    let data = json!({"t0_us": 0, "t1_us": 0, "t2_us": 0});
    session.receive(&frame("heartbeat", 2, 0, data), 0);
    assert_eq!(session.clock().offset_us(), Some(0.0));
    session
}

const SECOND: i64 = 1_000_000;

#[test]
fn what_is_refused_as_too_far_ahead_holds_nothing_up() {
    let mut session = in_step();
    assert_eq!(
        timed(&mut session, (SECOND, 1_000_000), false),
        Ok((SECOND, None))
    );
    let far = timed(&mut session, (7200 * SECOND, 2_000_000), false).unwrap_err();
    assert_eq!(far.ahead_us, 7198 * SECOND + 20_000);
    for n in 3..8 {
        let now = n * SECOND;
        let received = u64::try_from(now).unwrap();
        assert_eq!(timed(&mut session, (now, received), false), Ok((now, None)));
    }
}

#[test]
fn a_spin_begins_the_time_anew() {
    let mut session = in_step();
    let later = 3000 * SECOND;
    assert_eq!(
        timed(&mut session, (later, 1_000_000), false),
        Ok((later, None))
    );
    // Within its spin it holds the others up, and is told.
    let row = |by_us| Some(Row::TimeBackwards { seq: 3, by_us });
    let held = (later, row(2998 * SECOND));
    assert_eq!(
        timed(&mut session, (2 * SECOND, 2_000_000), false),
        Ok(held)
    );
    assert_eq!(
        timed(&mut session, (3 * SECOND, 3_000_000), true),
        Ok((3 * SECOND, None))
    );
    assert_eq!(
        timed(&mut session, (4 * SECOND, 4_000_000), false),
        Ok((4 * SECOND, None))
    );
    // One that was overtaken keeps its place, so that it does not come before the end of the spin before.
    let overtaken = (4 * SECOND, row(5));
    assert_eq!(
        timed(&mut session, (4 * SECOND - 5, 4_100_000), true),
        Ok(overtaken)
    );
}
