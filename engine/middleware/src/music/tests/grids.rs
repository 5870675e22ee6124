//! Grid points, fallbacks, and sync errors.

use proptest::prelude::*;

use super::rig::{RATE, Rig, rule, segment};
use crate::music::Grid;
use crate::music::grid::{Point, grant};
use crate::source::{self, Marker, MarkerKind, Sync};

proptest! {
    #[test]
    fn the_next_point_is_the_first_of_the_closed_form(
        t0 in -1e6f64..1e9,
        bpm in 20.0f64..400.0,
        rate in prop::sample::select(vec![8_000.0, 44_100.0, 48_000.0, 192_000.0]),
        per_bar in 1u8..=16,
        ahead in 0u64..100_000_000,
        n in prop::sample::select(vec![0.25, 0.5, 1.0, 1.5, 3.0, 7.0]),
    ) {
        let grid = Grid { t0, beat: 60.0 * rate / bpm, per_bar };
        let earliest = (t0.max(0.0) as u64).saturating_add(ahead);
        for (sync, beats) in [
            (Sync::Beat, 1.0),
            (Sync::Bar, f64::from(per_bar)),
            (Sync::NextDownbeat, f64::from(per_bar)),
            (Sync::Phrase, 4.0 * f64::from(per_bar)),
            (Sync::Grid(n), n),
        ] {
            let point = grid.next(sync, earliest).unwrap();
            let place = |k: f64| t0 + k * beats * 60.0 * rate / bpm;
            let k = ((point.frame as f64 - t0) / (beats * grid.beat)).round();
            prop_assert!((point.frame as f64 - place(k)).abs() <= 0.5 + 1e-3);
            prop_assert!(point.frame >= earliest);
            prop_assert!(place(k - 1.0) + 0.5 < earliest as f64 + 1e-3);
            prop_assert!((point.frame as f64 - point.exact).abs() <= 0.5);
        }
    }
}

#[test]
fn too_long_a_wait_falls_to_the_next_finer_grid_and_is_not_clipped() {
    let points = [
        (Sync::Marker, 900),
        (Sync::SegmentEnd, 950),
        (Sync::Phrase, 800),
        (Sync::Bar, 400),
        (Sync::NextDownbeat, 400),
        (Sync::Grid(3.0), 300),
        (Sync::Beat, 100),
    ];
    let next = |sync: Sync| {
        points
            .iter()
            .find(|it| it.0 == sync)
            .map(|it| Point::at(it.1))
    };
    for (sync, max_wait, granted, frame) in [
        (Sync::SegmentEnd, 950, Sync::SegmentEnd, 950),
        (Sync::SegmentEnd, 949, Sync::Phrase, 800),
        (Sync::Marker, 899, Sync::Phrase, 800),
        (Sync::Marker, 799, Sync::Bar, 400),
        (Sync::Phrase, 399, Sync::Beat, 100),
        (Sync::Bar, 399, Sync::Beat, 100),
        (Sync::NextDownbeat, 399, Sync::Beat, 100),
        (Sync::NextDownbeat, 400, Sync::NextDownbeat, 400),
        (Sync::Grid(3.0), 299, Sync::Beat, 100),
        (Sync::Phrase, 99, Sync::Immediate, 3),
        (Sync::Immediate, 0, Sync::Immediate, 3),
    ] {
        let found = grant(sync, 0, 3, max_wait, next);
        assert_eq!(
            (found.sync, found.point.frame),
            (granted, frame),
            "{sync:?} {max_wait}"
        );
    }
}

#[test]
fn a_grid_without_points_falls_too() {
    let found = grant(Sync::Marker, 10, 10, u64::MAX, |sync| {
        (sync == Sync::Bar).then(|| Point::at(77))
    });
    assert_eq!((found.sync, found.point.frame), (Sync::Bar, 77));
    let found = grant(Sync::Marker, 10, 12, u64::MAX, |_| None);
    assert_eq!((found.sync, found.point.frame), (Sync::Immediate, 12));
}

proptest! {
    /// A way between segments is within a frame of its exact point on the segment's own grid.
    #[test]
    fn music_changes_on_the_grid_of_what_plays(
        bpm in 20.0f64..400.0,
        start in 0u64..1_000_000,
        wait in 0u64..400_000,
        sync in prop::sample::select(vec![Sync::Beat, Sync::Bar, Sync::Phrase, Sync::Grid(3.0)]),
    ) {
        let mut rig = Rig::new(&source::Music {
            segments: vec![segment("a", bpm, 1000), segment("b", 120.0, 4)],
            transitions: vec![rule("*", "*", sync)],
            ..source::Music::default()
        });
        rig.play(start, "a");
        rig.play(start + wait, "b");
        let row = rig.syncs()[1];
        rig.until(row.frame);
        let beats = match sync { Sync::Beat => 1.0, Sync::Bar => 4.0, Sync::Phrase => 16.0, _ => 3.0 };
        let period = beats * 60.0 * RATE / bpm;
        // Points lie at the nearest frame: one that rounds up to the asking itself still counts.
        let point = |k: f64| start as f64 + k * period;
        let floor = (wait as f64 / period).floor();
        let k = if (point(floor) + 0.5).floor() >= (start + wait) as f64 { floor } else { floor + 1.0 };
        let exact = point(k);
        prop_assert!((rig.start_of("b").0 as f64 - exact).abs() <= 1.0);
        prop_assert!(row.error_smp.abs() <= 0.5);
        prop_assert_eq!(row.granted, sync);
    }
}

fn looped() -> source::Segment {
    // A beat is 24000 frames, a bar 96000. The loop is bars 2 and 3.
    source::Segment {
        loop_start_smp: 192_000,
        loop_end_smp: 384_000,
        markers: vec![
            Marker {
                pos_smp: 100_000,
                kind: MarkerKind::Generic,
                name: "no".to_owned(),
            },
            Marker {
                pos_smp: 250_000,
                kind: MarkerKind::Sync,
                name: "yes".to_owned(),
            },
        ],
        ..segment("a", 120.0, 8)
    }
}

/// The frame that is granted at `asked` in a looped segment that started at frame 0.
fn granted(sync: Sync, asked: u64, leave_at: Option<u64>) -> (Sync, u64) {
    let mut rig = Rig::new(&source::Music {
        segments: vec![looped(), segment("b", 120.0, 4)],
        transitions: vec![rule("*", "*", sync)],
        ..source::Music::default()
    });
    rig.play(0, "a");
    if let Some(at) = leave_at {
        rig.with(at, |music, form, out| music.leave_loop(form, at, out));
    }
    rig.play(asked, "b");
    let row = rig.syncs()[1];
    (row.granted, row.frame)
}

#[test]
fn a_loop_takes_its_grid_and_markers_along() {
    for (sync, asked, expected) in [
        (Sync::Marker, 0, (Sync::Marker, 250_000)),
        (Sync::Marker, 250_001, (Sync::Marker, 442_000)),
        (
            Sync::Marker,
            192_000 * 50,
            (Sync::Marker, 192_000 * 49 + 250_000),
        ),
        (Sync::Bar, 384_001, (Sync::Bar, 480_000)),
        // Phrases begin at bars 0 and 4; the loop has none after its start.
        (Sync::Phrase, 10, (Sync::Bar, 96_000)),
        // Its exit cue is never reached: the loop's end takes its place.
        (Sync::SegmentEnd, 0, (Sync::SegmentEnd, 384_000)),
        (Sync::SegmentEnd, 384_001, (Sync::SegmentEnd, 576_000)),
    ] {
        assert_eq!(granted(sync, asked, None), expected, "{sync:?} {asked}");
    }
}

#[test]
fn a_loop_that_was_left_comes_to_its_exit_cue() {
    // Left in the second pass: it jumps back once, and bar 8 comes a loop later.
    let exit = 8 * 96_000 + 192_000;
    assert_eq!(
        granted(Sync::SegmentEnd, 500_000, Some(400_000)),
        (Sync::SegmentEnd, exit)
    );
    // No marker follows; a phrase does.
    let phrase = 4 * 96_000 + 192_000;
    assert_eq!(
        granted(Sync::Marker, 500_000, Some(400_000)),
        (Sync::Phrase, phrase)
    );
}
