//! A host that keeps a perfect song position, and less perfect ones.

use super::*;

/// Plays `blocks` under `host`, which is asked at the first frame of each.
fn follow(
    transport: &mut Transport<u8>,
    host: &dyn Fn(u64) -> HostTransport,
    blocks: &[u64],
    length: u64,
) -> Vec<Call> {
    let mut calls = Calls::new();
    let mut blocks = blocks.iter().cycle();
    let mut at = 0;
    while at < length {
        let end = (at + blocks.next().map_or(64, |&block| block)).min(length);
        let state = host(at);
        assert_no_alloc(|| {
            transport.host(at, &state);
            while at < end {
                transport.run(at, &mut calls);
                let next = transport.next_boundary(at);
                assert!(next > at);
                at = next.min(end);
            }
        });
    }
    calls.0
}

/// At `bpm`, from beat 0 at frame 0.
fn steady(bpm: f64, at: u64) -> HostTransport {
    HostTransport {
        playing: true,
        beats: Some(at as f64 * bpm / 60.0 / 48_000.0),
        bpm: Some(bpm),
        ..HostTransport::default()
    }
}

fn transport(list: &[Clip<u8>]) -> Transport<u8> {
    // The map's tempo differs from the host's, which has the say.
    Transport::new(tempo(48_000, 77.0), clips(list))
}

fn metronome() -> Vec<Clip<u8>> {
    (0..64_u32)
        .map(|beat| clip(beat, f64::from(beat), None, Some(100)))
        .collect()
}

#[test]
fn beats_land_on_the_hosts_frames() {
    let calls = follow(
        &mut transport(&metronome()),
        &|at| steady(131.0, at),
        &[480, 31],
        200_000,
    );
    for (beat, call) in (0..).zip(&calls) {
        let frame = nearest(f64::from(beat) * 60.0 * 48_000.0 / 131.0);
        assert_eq!(*call, Call::Start(frame.cast_unsigned(), beat, 0));
    }
    assert_eq!(calls.len(), 10);
}

#[test]
fn a_jump_is_a_seek_and_a_nudge_is_not() {
    let shifted = |by: f64| {
        move |at: u64| {
            let mut host = steady(120.0, at);
            if at >= 48_000 {
                host.beats = host.beats.map(|beats| beats + by);
            }
            host
        }
    };
    let list = [clip(0, 0.0, None, None), clip(1, 3.0, None, Some(10))];
    // Half a millisecond is 24 frames.
    let calls = follow(&mut transport(&list), &shifted(0.001), &[480], 100_000);
    assert_eq!(
        calls,
        [Call::Start(0, 0, 0), Call::Start(72_000 - 24, 1, 0)]
    );
    let calls = follow(&mut transport(&list), &shifted(0.5), &[480], 100_000);
    let expect = [
        Call::Start(0, 0, 0),
        Call::Stop(48_000),
        Call::Start(48_000, 0, 60_000),
        Call::Start(60_000, 1, 0),
    ];
    assert_eq!(calls, expect);
}

#[test]
fn the_hosts_loop_wraps_inside_a_block_and_only_once() {
    let range = LoopRange {
        start_beats: 1.0,
        end_beats: 2.0,
    };
    let host = |at: u64| {
        let beats = at as f64 / 24_000.0;
        let laps = (beats - 1.0).floor().max(0.0);
        HostTransport {
            beats: Some(beats - laps),
            range: Some(range),
            ..steady(120.0, at)
        }
    };
    let list = [clip(0, 1.0, None, None)];
    let mut expect = vec![Call::Start(24_000, 0, 0)];
    for lap in 2..8 {
        expect.extend([Call::Stop(lap * 24_000), Call::Start(lap * 24_000, 0, 0)]);
    }
    for blocks in [&[480_u64][..], &[1_000, 77], &[50_000], &[1]] {
        assert_eq!(
            follow(&mut transport(&list), &host, blocks, 190_000),
            expect,
            "{blocks:?}"
        );
    }
}

#[test]
fn a_host_that_wraps_a_little_later_does_not_double() {
    // The host's loop is 20 frames longer than it says.
    let host = |at: u64| {
        let late = at >= 48_020;
        HostTransport {
            beats: Some(at as f64 / 24_000.0 - if late { 48_020.0 / 24_000.0 - 1.0 } else { 0.0 }),
            range: Some(LoopRange {
                start_beats: 1.0,
                end_beats: 2.0,
            }),
            ..steady(120.0, at)
        }
    };
    let list = [clip(0, 1.0, None, None)];
    let calls = follow(&mut transport(&list), &host, &[10], 60_000);
    let expect = [
        Call::Start(24_000, 0, 0),
        Call::Stop(48_000),
        Call::Start(48_000, 0, 0),
    ];
    assert_eq!(calls, expect);
}

#[test]
fn a_tempo_ramp_of_the_host_is_no_jump() {
    // 60 to 180 bpm in 4 s: within a block of 8,192 the position strays by up to 5 ms.
    let host = |at: u64| {
        let seconds = at as f64 / 48_000.0;
        HostTransport {
            beats: Some(seconds + 15.0 * seconds * seconds / 60.0),
            bpm: Some(60.0 + 30.0 * seconds),
            ..steady(60.0, at)
        }
    };
    for (block, error) in [(256, 1.0), (2_048, 24.0), (8_192, 300.0)] {
        let calls = follow(&mut transport(&metronome()), &host, &[block], 192_000);
        assert_eq!(calls.len(), 8);
        for (beat, call) in (0_u32..).zip(&calls) {
            let Call::Start(at, index, 0) = *call else {
                panic!("{call:?}")
            };
            let exact = ((1.0 + f64::from(beat)).sqrt() - 1.0) * 2.0 * 48_000.0;
            assert_eq!(index, beat);
            assert!(
                (at as f64 - exact).abs() <= error,
                "beat {beat}: {at} for {exact}"
            );
        }
    }
}

#[test]
fn start_and_stop_follow_the_host() {
    let host = |at: u64| HostTransport {
        playing: (480..960).contains(&at),
        beats: Some(4.0 + at.saturating_sub(480).min(480) as f64 / 24_000.0),
        ..steady(120.0, at)
    };
    let list = [clip(0, 0.0, None, None)];
    let calls = follow(&mut transport(&list), &host, &[480], 4_800);
    assert_eq!(calls, [Call::Start(480, 0, 96_000), Call::Stop(960)]);
}

#[test]
fn without_a_position_the_clock_runs_on() {
    let host = |bpm: Option<f64>| {
        move |at: u64| HostTransport {
            playing: true,
            beats: if at == 0 { Some(f64::NAN) } else { None },
            bpm,
            ..HostTransport::default()
        }
    };
    let calls = follow(&mut transport(&metronome()), &host(None), &[480], 40_000);
    assert_eq!(calls, [Call::Start(0, 0, 0), Call::Start(37_403, 1, 0)]);
    let calls = follow(
        &mut transport(&metronome()),
        &host(Some(120.0)),
        &[480],
        40_000,
    );
    assert_eq!(calls, [Call::Start(0, 0, 0), Call::Start(24_000, 1, 0)]);
}

#[test]
fn bars_are_the_hosts_and_commands_wait() {
    let mut transport = transport(&[]);
    let host = HostTransport {
        beats: Some(10.0),
        signature: TimeSignature::new(3, 4).ok(),
        bar_start_beats: Some(8.0),
        bar: Some(2),
        ..steady(90.0, 0)
    };
    transport.host(0, &host);
    assert!(!transport.command(0, TransportCommand::Stop));
    let shot = transport.snapshot(16_000);
    assert_eq!((shot.position.bar, shot.position.beat), (2, 2));
    assert_eq!(
        (shot.bpm, shot.signature.numerator(), shot.hosted),
        (90.0, 3, true)
    );
    transport.release_host(32_000);
    let shot = transport.snapshot(32_000);
    assert!((shot.beats - 11.0).abs() < 1e-9);
    assert!((shot.bpm - 77.0).abs() < 1e-9);
    assert!(transport.command(32_000, TransportCommand::Stop));
}

/// From 60 to 180 bpm within 10 s, from beat 0 at frame 0.
fn accelerating(at: u64) -> HostTransport {
    let (frames, rate) = (at as f64, 48_000.0 * 60.0);
    let bpm_per_frame = 120.0 / 480_000.0;
    HostTransport {
        beats: Some((60.0 * frames + 0.5 * bpm_per_frame * frames * frames) / rate),
        bpm: Some(60.0 + bpm_per_frame * frames),
        bpm_per_frame,
        ..steady(60.0, at)
    }
}

#[test]
fn a_tempo_ramp_is_followed_inside_of_a_block() {
    for blocks in [&[480_000][..], &[64], &[4_096, 1, 17]] {
        let calls = follow(&mut transport(&metronome()), &accelerating, blocks, 480_000);
        // Beats after t seconds: t + t * t / 10, of which there are 20 in 10 s.
        assert_eq!(calls.len(), 20);
        for (beat, call) in (0_u32..).zip(&calls) {
            let seconds = 5.0 * ((1.0 + 0.4 * f64::from(beat)).sqrt() - 1.0);
            let frame = nearest(seconds * 48_000.0).unsigned_abs();
            assert_eq!(*call, Call::Start(frame, beat, 0), "{blocks:?}");
        }
    }
}

#[test]
fn a_ramp_ends_at_the_slowest_and_the_fastest_tempo() {
    for (bpm, bpm_per_frame, last) in [(100.0, -1.0, 1.0), (100.0, 1.0, 999.0)] {
        let mut transport = transport(&metronome());
        let host = HostTransport {
            bpm_per_frame,
            ..steady(bpm, 0)
        };
        transport.host(0, &host);
        assert_eq!(
            transport.snapshot(50).bpm.round(),
            bpm + 50.0 * bpm_per_frame
        );
        assert_eq!(transport.snapshot(48_000).bpm.round(), last);
        let speed = transport.beats(96_001) - transport.beats(96_000);
        assert!((speed * 48_000.0 * 60.0 - last).abs() < 1e-3);
    }
}

proptest! {
    #[test]
    fn the_hosts_blocks_do_not_matter(
        list in any_clips(),
        bpm in 30.0..400.0_f64,
        blocks in prop::collection::vec(1..4_096_u64, 1..20),
    ) {
        // A host that rounds its beats: by up to 0.2 frames at the slowest tempo here.
        let host = |at: u64| {
            let exact = steady(bpm, at);
            let beats = exact.beats.map(|beats| (beats * 2.5e5).round() / 2.5e5);
            HostTransport { beats, ..exact }
        };
        let whole = follow(&mut transport(&list), &host, &[200_000], 200_000);
        let split = follow(&mut transport(&list), &host, &blocks, 200_000);
        prop_assert_eq!(split, whole);
    }

    #[test]
    fn no_host_upsets_it(
        list in any_clips(),
        says in prop::collection::vec(any::<(u64, bool, Option<f64>, Option<f64>)>(), 1..20),
        range in any::<Option<(f64, f64)>>(),
    ) {
        let mut transport = transport(&list);
        let mut calls = Calls::new();
        for (at, playing, beats, bpm) in says {
            let host = HostTransport {
                playing,
                beats,
                bpm,
                bpm_per_frame: beats.unwrap_or(0.0),
                signature: Some(TimeSignature::FOUR_FOUR),
                bar_start_beats: bpm,
                bar: Some(i64::MAX),
                range: range.map(|(start_beats, end_beats)| LoopRange { start_beats, end_beats }),
            };
            assert_no_alloc(|| {
                transport.host(at, &host);
                transport.run(at, &mut calls);
                transport.snapshot(at);
                transport.next_grid(at, Grid::Beat);
            });
            prop_assert!(at == u64::MAX || transport.next_boundary(at) > at);
        }
    }
}
