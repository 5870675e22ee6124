mod host;
mod oracle;

use super::*;
use crate::ids::SoundId;
use crate::tempo::{SignatureChange, TempoCurve, TempoPoint};
use assert_no_alloc::assert_no_alloc;
use proptest::prelude::*;

/// What a sink was told.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Call {
    Start(u64, u32, u64),
    Cut(u64, u32),
    Stop(u64),
}

struct Calls(Vec<Call>);

impl Calls {
    fn new() -> Self {
        Self(Vec::with_capacity(1 << 16))
    }
}

impl TransportSink<u8> for Calls {
    fn start_clip(&mut self, at: u64, clip: &Clip<u8>, offset_frames: u64) {
        self.0.push(Call::Start(at, clip.index, offset_frames));
    }
    fn stop_clip(&mut self, at: u64, clip: &Clip<u8>, _: u32) {
        self.0.push(Call::Cut(at, clip.index));
    }
    fn stop_clips(&mut self, at: u64, _: u32) {
        self.0.push(Call::Stop(at));
    }
}

/// What reaches a transport from outside.
enum Input {
    Command(TransportCommand),
    Tempo(Box<TempoMap>),
    Clips(Box<Timeline<u8>>),
}

const PLAY: Input = Input::Command(TransportCommand::Play);
const STOP: Input = Input::Command(TransportCommand::Stop);

fn seek(beats: f64) -> Input {
    Input::Command(TransportCommand::Seek { beats })
}

fn looped(start_beats: f64, end_beats: f64) -> Input {
    Input::Command(TransportCommand::Loop {
        enabled: true,
        start_beats,
        end_beats,
    })
}

fn clip(index: u32, start: f64, cut: Option<f64>, frames: Option<u64>) -> Clip<u8> {
    Clip {
        index,
        start_beats: start,
        length_beats: cut,
        length_frames: frames,
        sound: SoundId::new(index, 1),
        payload: 0,
    }
}

fn clips(list: &[Clip<u8>]) -> Box<Timeline<u8>> {
    Box::new(Timeline::new(list.to_vec()).unwrap())
}

fn tempo(rate: u32, bpm: f64) -> Box<TempoMap> {
    Box::new(TempoMap::constant(rate, bpm, TimeSignature::FOUR_FOUR).unwrap())
}

/// Renders as the renderer does: inputs at their frames, blocks of the given lengths (over and over)
/// until `length`. Nothing may allocate.
fn render(
    transport: &mut Transport<u8>,
    inputs: Vec<(u64, Input)>,
    blocks: &[u64],
    length: u64,
) -> Vec<Call> {
    let mut calls = Calls::new();
    let mut retired = Vec::with_capacity(inputs.len());
    let mut old_tempo = Vec::with_capacity(inputs.len());
    let mut inputs = inputs.into_iter().peekable();
    let mut blocks = blocks.iter().cycle();
    let mut at = 0;
    assert_no_alloc(|| {
        while at < length {
            let end = (at + blocks.next().map_or(64, |&block| block)).min(length);
            while at < end {
                while let Some((_, input)) = inputs.next_if(|input| input.0 <= at) {
                    match input {
                        Input::Command(command) => {
                            transport.command(at, command);
                        }
                        Input::Tempo(map) => old_tempo.push(transport.install_tempo(at, map)),
                        Input::Clips(list) => retired.push(transport.install_timeline(at, list)),
                    }
                }
                transport.run(at, &mut calls);
                let next = transport.next_boundary(at);
                assert!(next > at, "the run at {at} left something to do");
                let input = inputs.peek().map_or(u64::MAX, |input| input.0);
                at = next.min(input).min(end);
            }
        }
    });
    calls.0
}

fn check(list: &[Clip<u8>], inputs: Vec<(u64, Input)>, length: u64, expect: &[Call]) {
    // 24,000 frames a beat.
    let mut transport = Transport::new(tempo(48_000, 120.0), clips(list));
    assert_eq!(render(&mut transport, inputs, &[512], length), expect);
}

#[test]
fn clips_start_and_are_cut_on_their_frames() {
    let list = [
        clip(0, 1.0, None, Some(1_000)),
        clip(1, 0.5, Some(0.25), None),
        clip(2, 0.5, Some(0.25), Some(6_000)),
    ];
    let expect = [
        Call::Start(100 + 12_000, 1, 0),
        Call::Start(100 + 12_000, 2, 0),
        Call::Cut(100 + 18_000, 1),
        Call::Start(100 + 24_000, 0, 0),
    ];
    check(&list, vec![(100, PLAY)], 100_000, &expect);
}

#[test]
fn a_seek_finds_what_spans_the_position() {
    let list = [
        clip(0, 0.0, None, None),
        clip(1, 1.0, None, Some(24_000)),
        clip(2, 1.0, None, Some(24_001)),
        clip(3, 1.5, Some(1.0), None),
        clip(4, 2.0, None, Some(10)),
    ];
    let expect = [
        Call::Start(7, 0, 48_000),
        Call::Start(7, 2, 24_000),
        Call::Start(7, 3, 12_000),
        Call::Start(7, 4, 0),
        Call::Stop(1_000),
    ];
    check(
        &list,
        vec![(7, PLAY), (7, seek(2.0)), (1_000, STOP)],
        9_000,
        &expect,
    );
}

#[test]
fn a_clip_that_fills_the_loop_comes_once_a_lap() {
    let list = [
        clip(0, 0.0, Some(1.0), Some(24_000)),
        clip(1, 0.0, None, Some(24_000)),
        clip(2, 1.0, None, Some(24_000)),
    ];
    let mut expect = vec![Call::Start(0, 0, 0), Call::Start(0, 1, 0)];
    for lap in 1..4 {
        let at = lap * 24_000;
        expect.extend([Call::Stop(at), Call::Start(at, 0, 0), Call::Start(at, 1, 0)]);
    }
    check(
        &list,
        vec![(0, looped(0.0, 1.0)), (0, PLAY)],
        95_000,
        &expect,
    );
}

#[test]
fn a_loop_of_a_broken_number_of_frames_does_not_drift() {
    // 44.1 kHz at 130 bpm: 20353.846 frames a beat.
    let list = clips(&[clip(0, 1.0, None, Some(5))]);
    let mut transport = Transport::new(tempo(44_100, 130.0), list);
    let inputs = vec![(0, looped(1.0, 1.25)), (0, PLAY)];
    let calls = render(&mut transport, inputs, &[4_096], 44_100 * 3_600);
    let mut lap = 0_u32;
    for call in calls {
        if let Call::Start(at, ..) = call {
            let beats = 1.0 + 0.25 * f64::from(lap);
            assert_eq!(at as f64, (beats * 60.0 * 44_100.0 / 130.0 + 0.5).floor());
            lap += 1;
        }
    }
    assert_eq!(lap, 31_196);
}

#[test]
fn from_the_loops_end_it_runs_on() {
    let list = [clip(0, 1.0, None, Some(10)), clip(1, 1.5, None, Some(10))];
    for early in [0.0, 0.3 / 24_000.0] {
        let inputs = vec![(0, looped(0.0, 1.0)), (0, seek(1.0 - early)), (0, PLAY)];
        check(
            &list,
            inputs,
            40_000,
            &[Call::Start(0, 0, 0), Call::Start(12_000, 1, 0)],
        );
    }
}

#[test]
fn a_command_on_the_wrap_comes_after_it() {
    let list = [clip(0, 1.0, None, None)];
    let inputs = vec![
        (0, looped(1.0, 2.0)),
        (0, PLAY),
        (48_000, STOP),
        (50_000, PLAY),
    ];
    let expect = [
        Call::Start(24_000, 0, 0),
        Call::Stop(48_000),
        Call::Start(50_000, 0, 0),
        Call::Stop(74_000),
        Call::Start(74_000, 0, 0),
    ];
    check(&list, inputs, 80_000, &expect);
}

#[test]
fn a_swap_of_tempo_keeps_the_beat_and_the_sounds() {
    let list = [clip(0, 0.0, Some(3.0), None), clip(1, 2.0, None, Some(10))];
    let inputs = vec![(0, PLAY), (24_000, Input::Tempo(tempo(48_000, 60.0)))];
    let expect = [
        Call::Start(0, 0, 0),
        Call::Start(24_000 + 48_000, 1, 0),
        Call::Cut(24_000 + 96_000, 0),
    ];
    check(&list, inputs, 200_000, &expect);
}

#[test]
fn a_swap_of_clips_starts_those_at_the_position() {
    let new = clips(&[clip(5, 0.5, None, None), clip(6, 1.0, None, Some(1))]);
    let inputs = vec![(0, PLAY), (24_000, Input::Clips(new))];
    let expect = [
        Call::Start(0, 0, 0),
        Call::Stop(24_000),
        Call::Start(24_000, 5, 12_000),
        Call::Start(24_000, 6, 0),
    ];
    check(&[clip(0, 0.0, None, None)], inputs, 90_000, &expect);
}

#[test]
fn nonsense_is_refused() {
    let mut transport = Transport::new(tempo(48_000, 120.0), clips(&[]));
    for beats in [f64::NAN, -1.0, f64::INFINITY, 1e300] {
        assert!(!transport.command(0, TransportCommand::Seek { beats }));
    }
    for (start_beats, end_beats) in [(1.0, 1.0), (2.0, 1.0), (f64::NAN, 1.0), (0.0, f64::NAN)] {
        let command = TransportCommand::Loop {
            enabled: true,
            start_beats,
            end_beats,
        };
        assert!(!transport.command(0, command));
    }
}

#[test]
fn a_late_call_catches_up_at_once() {
    let list = clips(&[clip(0, 0.0, None, None)]);
    let mut transport = Transport::new(tempo(48_000, 120.0), list);
    transport.command(0, TransportCommand::Play);
    let command = TransportCommand::Loop {
        enabled: true,
        start_beats: 0.0,
        end_beats: 1.0,
    };
    transport.command(0, command);
    let mut calls = Calls::new();
    let late = 24_000 * 1_000_000 + 5;
    transport.run(late, &mut calls);
    assert_eq!(calls.0, [Call::Start(late, 0, 5)]);
    for at in [1 << 60, u64::MAX - 1, u64::MAX] {
        transport.run(at, &mut calls);
    }
}

#[test]
fn a_snapshot_tells_the_position() {
    let mut transport = Transport::new(tempo(48_000, 120.0), clips(&[]));
    transport.command(10, TransportCommand::Play);
    let shot = transport.snapshot(10 + 24_000 * 5 + 12_000);
    assert_eq!((shot.playing, shot.beats, shot.bpm), (true, 5.5, 120.0));
    assert_eq!(shot.frames, 132_000);
    let position = BarsBeats {
        bar: 1,
        beat: 1,
        fraction: 0.5,
    };
    assert_eq!(shot.position, position);
    assert_eq!(frame(&transport, 11, Grid::Beat), Some(24_010));
    assert_eq!(frame(&transport, 10, Grid::Bar), Some(10));
    assert_eq!(frame(&transport, 11, Grid::Bar), Some(96_010));
}

/// The frame of the next grid point.
fn frame(transport: &Transport<u8>, at: u64, grid: Grid) -> Option<u64> {
    transport.next_grid(at, grid).map(|point| point.frame)
}

#[test]
fn a_grid_goes_on_behind_the_loops_to_come() {
    let mut transport = Transport::new(tempo(48_000, 120.0), clips(&[]));
    let Input::Command(command) = looped(0.0, 3.0) else {
        return;
    };
    assert!(!transport.take_turned());
    transport.command(10, TransportCommand::Play);
    transport.command(10, command);
    assert!(transport.take_turned() && !transport.take_turned());
    // Three beats are 72,000 frames; in the third lap the second beat is at 2 x 72,000 + 24,000.
    assert_eq!(frame(&transport, 11, Grid::Bar), Some(72_010));
    assert_eq!(frame(&transport, 150_000, Grid::Beat), Some(168_010));
    assert_eq!(frame(&transport, 170_000, Grid::Bar), Some(216_010));
    let mut calls = Calls::new();
    transport.run(72_010, &mut calls);
    assert!(!transport.take_turned(), "a wrap was to be expected");
    assert_eq!(frame(&transport, 72_011, Grid::Bar), Some(144_010));
    transport.command(80_000, TransportCommand::Stop);
    assert!(transport.take_turned());
    assert_eq!(frame(&transport, 80_001, Grid::Bar), None);
}

/// A host tells of one bar: those before and behind it are as long.
#[test]
fn bars_and_beats_are_counted_from_where_the_host_says() {
    let mut transport = Transport::new(tempo(48_000, 120.0), clips(&[]));
    let host = HostTransport {
        playing: true,
        beats: Some(9.5),
        bpm: Some(120.0),
        signature: Some(TimeSignature::FOUR_FOUR),
        bar_start_beats: Some(9.0),
        bar: Some(2),
        ..HostTransport::default()
    };
    transport.host(0, &host);
    assert!(transport.take_turned());
    transport.host(
        480,
        &HostTransport {
            beats: Some(9.52),
            ..host
        },
    );
    assert!(!transport.take_turned(), "as it was to be expected");
    assert_eq!(frame(&transport, 1, Grid::Bar), Some(84_000));
    // Bar 4 begins at beat 17; eight beats from bar 0, which began at beat 1, lead there, too.
    assert_eq!(frame(&transport, 1, Grid::Bars(4)), Some(180_000));
    assert_eq!(frame(&transport, 1, Grid::Beats(8.0)), Some(180_000));
    transport.host(
        960,
        &HostTransport {
            beats: Some(9.54),
            bar_start_beats: Some(8.0),
            ..host
        },
    );
    assert!(transport.take_turned());
    assert_eq!(frame(&transport, 961, Grid::Bar), Some(60_000));
}

fn any_clip() -> impl Strategy<Value = (f64, Option<f64>, Option<u64>)> {
    let cut = prop::option::of(0.01..6.0_f64);
    (0.0..12.0_f64, cut, prop::option::of(1..40_000_u64))
}

fn any_clips() -> impl Strategy<Value = Vec<Clip<u8>>> {
    prop::collection::vec(any_clip(), 0..12).prop_map(|list| {
        let number = |(index, (start, cut, frames))| clip(index, start, cut, frames);
        (0..).zip(list).map(number).collect()
    })
}

fn any_input() -> impl Strategy<Value = Input> {
    let curve = any::<bool>().prop_map(|on| {
        if on {
            TempoCurve::Linear
        } else {
            TempoCurve::Step
        }
    });
    prop_oneof![
        Just(0).prop_map(|_| PLAY),
        Just(0).prop_map(|_| PLAY),
        Just(0).prop_map(|_| STOP),
        (0.0..12.0_f64).prop_map(seek),
        (0.0..6.0_f64, 0.001..6.0_f64).prop_map(|(start, length)| looped(start, start + length)),
        any_clips().prop_map(|list| Input::Clips(clips(&list))),
        (40.0..300.0_f64, 40.0..300.0_f64, curve).prop_map(|(first, second, curve)| {
            let point = |beats, bpm| TempoPoint { beats, bpm, curve };
            let change = SignatureChange {
                beats: 0.0,
                signature: TimeSignature::FOUR_FOUR,
            };
            let points = [point(0.0, first), point(5.0, second)];
            Input::Tempo(Box::new(TempoMap::new(8_000, &points, &[change]).unwrap()))
        }),
    ]
}

impl Clone for Input {
    fn clone(&self) -> Self {
        match self {
            Self::Command(command) => Self::Command(*command),
            Self::Tempo(map) => Self::Tempo(map.clone()),
            Self::Clips(list) => Self::Clips(list.clone()),
        }
    }
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Command(command) => command.fmt(f),
            Self::Tempo(map) => map.fmt(f),
            Self::Clips(list) => list.fmt(f),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn blocks_do_not_matter(
        list in any_clips(),
        mut inputs in prop::collection::vec((0..60_000_u64, any_input()), 0..12),
        blocks in prop::collection::vec(0..4_096_u64, 1..20),
    ) {
        inputs.sort_by_key(|input| input.0);
        inputs.insert(0, (0, PLAY));
        let play = |blocks: &[u64]| {
            let mut transport = Transport::new(tempo(8_000, 133.7), clips(&list));
            render(&mut transport, inputs.clone(), blocks, 80_000)
        };
        let whole = play(&[80_000]);
        let mut blocks = blocks;
        blocks.push(1);
        prop_assert_eq!(&play(&blocks), &whole);
        prop_assert_eq!(&play(&[16]), &whole);
    }

    #[test]
    fn no_input_upsets_it(
        list in any_clips(),
        inputs in prop::collection::vec((any::<u64>(), 0..4_u8, any::<f64>(), any::<f64>()), 0..30),
    ) {
        let mut transport = Transport::new(tempo(8_000, 133.7), clips(&list));
        let mut calls = Calls::new();
        for (at, kind, start_beats, end_beats) in inputs {
            let enabled = end_beats > 0.0;
            let command = match kind {
                0 => TransportCommand::Play,
                1 => TransportCommand::Stop,
                2 => TransportCommand::Seek { beats: start_beats },
                _ => TransportCommand::Loop { enabled, start_beats, end_beats },
            };
            assert_no_alloc(|| {
                transport.command(at, command);
                transport.run(at, &mut calls);
                transport.snapshot(at);
                transport.next_grid(at, Grid::Bars(4));
            });
            prop_assert!(at == u64::MAX || transport.next_boundary(at) > at);
        }
    }
}
