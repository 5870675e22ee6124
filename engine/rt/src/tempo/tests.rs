use super::*;
use proptest::prelude::*;

fn four_four() -> SignatureChange {
    SignatureChange {
        beats: 0.0,
        signature: TimeSignature::FOUR_FOUR,
    }
}

fn point(beats: f64, bpm: f64, curve: TempoCurve) -> TempoPoint {
    TempoPoint { beats, bpm, curve }
}

fn map(points: &[TempoPoint]) -> TempoMap {
    TempoMap::new(48_000, points, &[four_four()]).unwrap()
}

fn signatures(list: &[(f64, u8, u8)]) -> TempoMap {
    let list: Vec<_> = list
        .iter()
        .map(|&(beats, numerator, denominator)| SignatureChange {
            beats,
            signature: TimeSignature::new(numerator, denominator).unwrap(),
        })
        .collect();
    TempoMap::new(48_000, &[point(0.0, 120.0, TempoCurve::Step)], &list).unwrap()
}

#[test]
fn steps_have_the_frames_of_the_formula() {
    let map = map(&[
        point(0.0, 120.0, TempoCurve::Step),
        point(8.0, 90.0, TempoCurve::Step),
    ]);
    assert_eq!(map.frame(8.0), 8 * 24_000);
    assert_eq!(map.frame(11.0), 8 * 24_000 + 3 * 32_000);
    assert_eq!(map.beats(8.0 * 24_000.0 + 16_000.0), 8.5);
    assert_eq!(map.bpm(7.9), 120.0);
    assert_eq!(map.bpm(8.0), 90.0);
    assert_eq!(map.frames(-1.0), -24_000.0);
}

#[test]
fn a_ramp_is_linear_in_time() {
    // 60 to 180 bpm over 16 beats: at a mean of 120 that takes 8 s.
    let map = map(&[
        point(0.0, 60.0, TempoCurve::Linear),
        point(16.0, 180.0, TempoCurve::Step),
    ]);
    assert_eq!(map.frame(16.0), 8 * 48_000);
    // Half of the time: 120 bpm; beats = 4 s at a mean of 90 bpm.
    let half = map.beats(4.0 * 48_000.0);
    assert!((half - 6.0).abs() < 1e-12);
    assert!((map.bpm(half) - 120.0).abs() < 1e-9);
    assert_eq!(map.frame(17.0), 8 * 48_000 + 16_000);
}

#[test]
fn a_frame_is_rounded_half_up() {
    // 48 kHz at 999 bpm: 2882.88 frames a beat.
    let map = TempoMap::constant(48_000, 999.0, TimeSignature::FOUR_FOUR).unwrap();
    assert_eq!(map.frame(1.0), 2_883);
    assert_eq!(
        (nearest(0.5), nearest(1.49), nearest(-0.5), nearest(-0.51)),
        (1, 1, 0, -1)
    );
    assert_eq!(nearest(f64::NAN), 0);
}

#[test]
fn bad_maps_are_named() {
    let step = |beats, bpm| point(beats, bpm, TempoCurve::Step);
    let check = |rate, points: &[TempoPoint], expect: &str| {
        let error = TempoMap::new(rate, points, &[four_four()]).unwrap_err();
        assert_eq!(error.to_string(), expect);
    };
    check(
        1,
        &[step(0.0, 120.0)],
        "sample_rate 1 is not in 8000..=384000",
    );
    check(48_000, &[step(0.0, 0.5)], "tempo 0.5 bpm is not in 1..=999");
    check(
        48_000,
        &[step(0.0, f64::NAN)],
        "tempo NaN bpm is not in 1..=999",
    );
    check(
        48_000,
        &[],
        "the first tempo and time signature must be at beat 0",
    );
    check(
        48_000,
        &[step(0.0, 120.0), step(0.0, 130.0)],
        "beat 0 comes twice or too late: sort the points and keep one",
    );
    check(
        48_000,
        &[step(0.0, 120.0), step(f64::INFINITY, 130.0)],
        "position inf beats is not in 0..=100000000",
    );
    check(
        48_000,
        &vec![step(0.0, 120.0); 5_000],
        "tempo_points: 5000 is over the limit of 4096",
    );
    for (numerator, denominator) in [(0, 4), (65, 4), (4, 0), (4, 3), (4, 128)] {
        assert!(TimeSignature::new(numerator, denominator).is_err());
    }
}

#[test]
fn a_signature_change_begins_a_bar() {
    // Two bars of 4/4, one and a half of 6/8 (3 quarters each), then 3/4.
    let map = signatures(&[(0.0, 4, 4), (8.0, 6, 8), (12.5, 3, 4)]);
    let check = |beats, bar, beat, fraction| {
        let expect = BarsBeats {
            bar,
            beat,
            fraction,
        };
        assert_eq!(map.bars_beats(beats), expect);
        assert_eq!(map.beats_of(expect), beats);
    };
    check(0.0, 0, 0, 0.0);
    check(7.75, 1, 3, 0.75);
    check(8.25, 2, 0, 0.5);
    check(12.25, 3, 2, 0.5);
    check(12.5, 4, 0, 0.0);
    check(17.5, 5, 2, 0.0);
    check(-0.5, -1, 3, 0.5);
}

#[test]
fn grids_give_the_first_point_not_before() {
    let map = signatures(&[(0.0, 4, 4), (8.0, 6, 8), (12.5, 3, 4)]);
    let check = |beats, grid, expect| assert_eq!(map.next_grid(beats, grid), expect, "{beats}");
    check(3.0, Grid::Beat, Some(3.0));
    check(3.1, Grid::Beat, Some(4.0));
    check(8.1, Grid::Beat, Some(8.5));
    check(4.1, Grid::Bar, Some(8.0));
    check(11.1, Grid::Bar, Some(12.5));
    check(12.6, Grid::Bar, Some(15.5));
    check(0.1, Grid::Bars(4), Some(12.5));
    check(12.6, Grid::Bars(4), Some(24.5));
    check(-0.5, Grid::Bars(4), Some(0.0));
    check(0.1, Grid::Beats(1.5), Some(1.5));
    // From where the signature began, and the next one cuts it short.
    check(8.1, Grid::Beats(3.0), Some(9.5));
    check(11.1, Grid::Beats(3.0), Some(12.5));
    check(12.6, Grid::Beats(4.0), Some(16.5));
    check(0.1, Grid::Bars(0), None);
    check(0.1, Grid::Beats(0.0), None);
    check(f64::NAN, Grid::Bar, None);
}

fn any_map() -> impl Strategy<Value = TempoMap> {
    let stretch = (0.001..20_000.0_f64, MIN_BPM..=MAX_BPM, any::<bool>());
    let rate = prop::sample::select(vec![8_000, 44_100, 48_000, 96_000, 192_000, 384_000]);
    (rate, prop::collection::vec(stretch, 1..12)).prop_map(|(rate, list)| {
        let mut at = 0.0_f64;
        let points: Vec<_> = list
            .into_iter()
            .map(|(step, bpm, ramp)| {
                let curve = if ramp {
                    TempoCurve::Linear
                } else {
                    TempoCurve::Step
                };
                let here = point(at, bpm, curve);
                at += step;
                here
            })
            .collect();
        TempoMap::new(rate, &points, &[four_four()]).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_frame_comes_back_over_a_day(map in any_map(), part in 0.0..1.0_f64) {
        let day = 86_400 * u64::from(map.sample_rate());
        let frame = u64::try_from(nearest(part * day as f64)).unwrap();
        prop_assert_eq!(map.frame(map.beats(frame as f64)), frame);
    }

    #[test]
    fn time_runs_forward(map in any_map(), a in 0.0..200_000.0_f64, b in 0.0..200_000.0_f64) {
        let (early, late) = (a.min(b), a.max(b));
        prop_assert!(map.frame(early) <= map.frame(late));
        let step = map.frames(late) - map.frames(early);
        let slowest = (late - early) * 60.0 * f64::from(map.sample_rate());
        prop_assert!(step >= slowest / MAX_BPM * 0.999_999 - 1e-3);
        prop_assert!(step <= slowest / MIN_BPM * 1.000_001 + 1e-3);
    }

    #[test]
    fn a_ramp_is_the_limit_of_small_steps(from in 20.0..300.0_f64, to in 20.0..300.0_f64) {
        let ramp = map(&[point(0.0, from, TempoCurve::Linear), point(32.0, to, TempoCurve::Step)]);
        let seconds = ramp.frames(32.0) / 48_000.0;
        // Midpoint rule over time: an independent integral of the tempo.
        let cells = 10_000;
        let beats: f64 = (0..cells)
            .map(|cell| {
                let part = (f64::from(cell) + 0.5) / f64::from(cells);
                (from + (to - from) * part) / 60.0 * seconds / f64::from(cells)
            })
            .sum();
        prop_assert!((beats - 32.0).abs() < 1e-6);
    }

    #[test]
    fn musical_positions_come_back(beats in -100.0..100_000.0_f64, cut in 0.1..50.0_f64) {
        let map = signatures(&[(0.0, 7, 8), (cut, 5, 16), (cut + 20.0, 3, 2)]);
        let position = map.bars_beats(beats);
        prop_assert!((0.0..1.0).contains(&position.fraction));
        prop_assert!(position.beat < 7);
        prop_assert!((map.beats_of(position) - beats).abs() < 1e-9);
        for grid in [Grid::Beat, Grid::Bar, Grid::Bars(4), Grid::Beats(1.3)] {
            let next = map.next_grid(beats, grid).unwrap();
            prop_assert!(next >= beats);
            prop_assert_eq!(map.next_grid(next, grid), Some(next));
        }
    }
}
