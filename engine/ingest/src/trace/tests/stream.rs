//! Long traces: what is held of them does not grow with them.

use super::*;
use crate::adapter::Adapter;
use crate::live::{Adapted, covered};
use crate::schedule::{RESERVED, SCHEDULE_MAX};
use crate::trace::HELD_MAX;
use proptest::prelude::*;

fn said(n: u64, at: u64, calls: &[u64]) -> TraceRow {
    let calls = calls.iter().map(|at| TraceCall::at(*at, reel_stop(0)));
    TraceRow::Message(Box::new(TraceMessage {
        n,
        source: "a/1".to_owned(),
        via: Via::Game,
        message: message(n),
        at,
        next: at,
        calls: calls.collect(),
    }))
}

/// A day of a game: every message does two things, one of them later, which comes later still or
/// never.
fn day(messages: u64) -> impl Iterator<Item = Result<TraceRow, TraceError>> {
    (0..messages).flat_map(|n| {
        let at = n * 100;
        let moved = n.checked_sub(50).map(|n| TraceRow::Moved {
            n,
            call: 1,
            at: (n % 3 > 0).then_some(n * 100 + 7000),
        });
        let message = said(n, at, &[at, at + 5000]);
        std::iter::once(message).chain(moved).map(Ok)
    })
}

#[test]
fn no_more_is_held_of_a_longer_trace() {
    let messages = 4 * HELD_MAX as u64;
    let mut calls = TraceCalls::heard(day(messages));
    let (mut count, mut last, mut most) = (0, 0, 0);
    while let Some(call) = calls.next() {
        let at = call.unwrap().at;
        assert!(at >= last, "{at} after {last}");
        (count, last, most) = (count + 1, at, most.max(calls.held()));
    }
    let never = (messages - 50).div_ceil(3);
    assert_eq!(count, 2 * messages - never);
    assert!(most <= HELD_MAX + 1, "{most}");
    assert_eq!(calls.stale(), 0);
}

#[test]
fn of_a_file_a_line_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.trace.jsonl");
    let writer = TraceWriter::create(&path, header()).unwrap();
    let mut writer = writer.with_part_max(40_000);
    for n in 1..=3000 {
        write(&mut writer, n, &[(n, reel_stop(0))]);
    }
    writer.finish(3000).unwrap();
    let files = std::fs::read_dir(folder.path()).unwrap();
    let bytes: u64 = files.map(|it| it.unwrap().metadata().unwrap().len()).sum();
    assert!(bytes > 600_000, "{bytes}");
    let mut reader = TraceReader::open(&path).unwrap();
    let mut rows = 0;
    while let Some(row) = reader.next() {
        row.unwrap();
        rows += 1;
        assert!(reader.held() < 1024, "{}", reader.held());
    }
    // The last row is the end.
    assert_eq!((rows, reader.state().end), (3001, Some(3000)));
    let survey = TraceSurvey::of(&path).unwrap();
    assert_eq!((survey.calls, survey.frames), (3000, 3000));
}

#[test]
fn a_row_about_what_was_given_out_changes_nothing_and_is_counted() {
    let late = TraceRow::Moved {
        n: 0,
        call: 0,
        at: None,
    };
    let no_call = TraceRow::Moved {
        n: 39,
        call: 9,
        at: Some(5),
    };
    let messages = (0..40).map(|n| said(n, n, &[n]));
    let back = said(40, 0, &[0]);
    let rows = messages.chain([late, no_call, back]).map(Ok);
    let mut calls = TraceCalls::heard(rows).holding(10);
    let frames: Vec<u64> = calls.by_ref().map(|call| call.unwrap().at).collect();
    assert_eq!(frames.len(), 41);
    assert!(frames.is_sorted(), "{frames:?}");
    assert_eq!(calls.stale(), 3);
}

/// Another adapter holds what waits for its frame, as a live game does, and no more.
#[test]
fn what_waits_too_long_with_another_adapter_is_never_heard() {
    let press = json!({"stage": "ui_spin_press", "timestamp_ms": 0});
    let later = json!({"stage": "reel_stop", "reel": 0, "symbols": [], "timestamp_ms": 3_000_000});
    let row = |n: u64| {
        let data = if n == 1 { &press } else { &later };
        let TraceRow::Message(mut it) = said(n, n, &[]) else {
            return None;
        };
        it.message.kind = FrameKind::StageEvent;
        it.message.data = data.as_object().unwrap().clone();
        Some(Ok(TraceRow::Message(it)))
    };
    let count = SCHEDULE_MAX as u64 + 500;
    let rows = (1..=count).filter_map(row);
    let adapted = Adapted::new(&header(), rows, Adapter::native());
    let heard = TraceCalls::heard(adapted).count();
    assert_eq!(heard, 1 + SCHEDULE_MAX + RESERVED);
    let rows = (1..=count).filter_map(row);
    let coverage = covered(&header(), rows, Adapter::native()).unwrap();
    assert_eq!(coverage.messages(), count);
}

proptest! {
    /// Whatever moves while few wait: the order is that of the whole trace.
    #[test]
    fn a_window_gives_the_order_of_the_whole(
        ahead in prop::collection::vec((0..400_u64, 0..4_u8), 1..300),
    ) {
        let mut rows = Vec::new();
        let mut waiting: Vec<(u64, u64)> = Vec::new();
        for (n, (ahead, fate)) in (0..).zip(&ahead) {
            let now = n * 20;
            // What is due is carried out, some of it later than planned.
            waiting.retain(|(at, n)| {
                let is_due = *at <= now;
                if is_due && n % 3 == 0 {
                    rows.push(TraceRow::Moved { n: *n, call: 0, at: Some(now) });
                }
                !is_due
            });
            rows.push(said(n, now, &[now + ahead]));
            match fate {
                0 => rows.push(TraceRow::Moved { n, call: 0, at: None }),
                _ => waiting.push((now + ahead, n)),
            }
        }
        let whole = whole::Trace::of_rows(rows.clone()).calls();
        let mut calls = TraceCalls::heard(rows.into_iter().map(Ok)).holding(48);
        let few = calls.by_ref().map(Result::unwrap);
        let few: Vec<_> = few.map(|it| (it.at, it.effect)).collect();
        prop_assert_eq!(few, whole);
        prop_assert_eq!(calls.stale(), 0);
    }
}
