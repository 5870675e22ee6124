//! What game values move, and how several that move one thing combine.

use std::sync::Arc;

use segue_rt::ids::{BusId, InsertId, SendId, VoiceId};
use segue_rt::voices::{VoiceCommand, VoiceParams};

use super::containers::{container, random, rtpc};
use super::desk::Told;
use super::stage::{Stage, event, play, world};
use crate::compile::{World, WorldParam, compile};
use crate::source::{
    Binding, BindingTarget, Container, Curve, CurvePoint, GlobalTarget, Interactive, Interp,
    RtpcTarget, Shape,
};

const VOICE: VoiceId = VoiceId(1);
/// 10 ms: how long a jump of a game value takes.
const RAMP: u32 = 480;

/// A straight line from a y at 0 to a y at 1.
fn line([from, to]: [f32; 2]) -> Curve {
    let point = |x, y| CurvePoint {
        x,
        y,
        shape: Shape::Linear,
    };
    Curve {
        points: vec![point(0.0, from), point(1.0, to)],
    }
}

fn bound(name: &str, child: &str, target: BindingTarget, ends: [f32; 2]) -> Container {
    let mut it = container(name, random(&[(child, 1)]));
    it.props.bindings = vec![Binding {
        rtpc: "x".into(),
        target,
        curve: line(ends),
    }];
    it
}

/// What a voice starts with in a container within another, both of them bound, and what it is told
/// when the value jumps from 0 to 1.
fn moved(target: BindingTarget, outer: [f32; 2], inner: [f32; 2]) -> (VoiceParams, VoiceCommand) {
    let source = Interactive {
        rtpcs: vec![rtpc("x", Interp::None)],
        containers: vec![
            bound("outer", "inner", target, outer),
            bound("inner", "long", target, inner),
        ],
        events: vec![event("go", vec![play("outer")])],
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    stage.post(7, "go");
    stage.rtpc(1_000, "x", 1.0);
    stage.run(9_600);
    // Values are looked at on every 32nd frame.
    match stage.desk.told[..] {
        [
            (7, Told::Start(VOICE, start)),
            (1_024, Told::Voice(command)),
        ] => (start, command),
        _ => panic!("{:?}", stage.desk.told),
    }
}

fn near(is: f32, expected: f32) {
    assert!((is / expected - 1.0).abs() < 1e-6, "{is} {expected}");
}

#[test]
fn levels_add_in_decibels() {
    let (start, told) = moved(BindingTarget::Volume, [-6.0, -26.0], [-14.0, -34.0]);
    near(start.gain, 0.1);
    let VoiceCommand::Gain {
        voice: VOICE,
        gain,
        ramp: RAMP,
    } = told
    else {
        panic!("{told:?}");
    };
    near(gain, 0.001);
}

#[test]
fn semitones_add() {
    let (start, told) = moved(BindingTarget::Pitch, [3.0, -9.0], [9.0, -15.0]);
    assert_eq!(start.pitch, 2.0);
    let expected = VoiceCommand::Pitch {
        voice: VOICE,
        ratio: 0.25,
        ramp: RAMP,
    };
    assert_eq!(told, expected);
}

/// Cut-offs of a voice at its start and after the jump.
fn cutoffs(target: BindingTarget, outer: [f32; 2], inner: [f32; 2]) -> [(f32, f32); 2] {
    let (start, told) = moved(target, outer, inner);
    let VoiceCommand::Filter {
        voice: VOICE,
        lpf_hz,
        hpf_hz,
    } = told
    else {
        panic!("{told:?}");
    };
    [(start.lpf_hz, start.hpf_hz), (lpf_hz, hpf_hz)]
}

#[test]
fn the_lowest_low_pass_holds_and_the_highest_high_pass() {
    let lpf = |outer, inner| cutoffs(BindingTarget::Lpf, outer, inner);
    let (open, dull) = ([2_000.0, 8_000.0], [5_000.0, 1_000.0]);
    let expected = [(2_000.0, 0.0), (1_000.0, 0.0)];
    assert_eq!(lpf(open, dull), expected);
    assert_eq!(lpf(dull, open), expected, "whichever is the outer one");
    let hpf = |outer, inner| cutoffs(BindingTarget::Hpf, outer, inner);
    let (full, thin) = ([200.0, 100.0], [50.0, 400.0]);
    let expected = [(0.0, 200.0), (0.0, 400.0)];
    assert_eq!(hpf(full, thin), expected);
    assert_eq!(hpf(thin, full), expected, "whichever is the outer one");
}

#[test]
fn pans_add_as_far_as_to_one_side() {
    let (start, told) = moved(BindingTarget::Pan, [0.5, -0.75], [0.25, -0.5]);
    assert_eq!(start.pan, 0.75);
    let expected = VoiceCommand::Pan {
        voice: VOICE,
        pan: -1.0,
        ramp: RAMP,
    };
    assert_eq!(told, expected);
}

#[test]
fn widths_multiply_up_to_twice() {
    let (start, told) = moved(BindingTarget::Width, [0.5, 2.0], [0.5, 1.5]);
    assert_eq!(start.width, 0.25);
    let expected = VoiceCommand::Width {
        voice: VOICE,
        width: 2.0,
        ramp: RAMP,
    };
    assert_eq!(told, expected);
}

#[test]
fn playback_rates_multiply_from_a_quarter_to_four_times() {
    let check = |outer, inner, [first, then]: [f64; 2]| {
        let (start, told) = moved(BindingTarget::PlaybackRate, outer, inner);
        assert_eq!(start.pitch, first);
        let expected = VoiceCommand::Pitch {
            voice: VOICE,
            ratio: then,
            ramp: RAMP,
        };
        assert_eq!(told, expected);
    };
    check([0.5, 2.0], [1.5, 1.25], [0.75, 2.5]);
    check([4.0, 0.5], [2.0, 0.25], [4.0, 0.25]);
}

/// What the mixer is told, a line each: the frame, what, where it goes, and the frames on the way.
fn mixer(stage: &Stage) -> Vec<String> {
    let told = stage.desk.told.iter();
    told.filter_map(|(at, told)| {
        Some(match told {
            Told::Bus(bus, gain, ramp) => format!("{at} bus {} {gain:.6} {ramp}", bus.index()),
            Told::Send(send, gain, ramp) => {
                format!("{at} send {} {gain:.6} {ramp}", send.index())
            }
            Told::Param(insert, row, value) => {
                format!("{at} insert {} {row} {value}", insert.index())
            }
            _ => return None,
        })
    })
    .collect()
}

#[test]
fn buses_sends_and_inserts_follow_and_levels_add_in_decibels() {
    let target = |target, ends| RtpcTarget {
        target,
        curve: line(ends),
    };
    let music = || GlobalTarget::BusVolume("music".into());
    let send = |to: &str| GlobalTarget::Send("sfx".into(), to.into());
    let tone = GlobalTarget::InsertParam("sfx".into(), "tone".into(), "freq_hz".into());
    let (mut x, mut y) = (rtpc("x", Interp::None), rtpc("y", Interp::None));
    x.targets = vec![
        target(music(), [-6.0, -26.0]),
        target(send("reverb"), [-10.0, -30.0]),
        target(send("delay"), [-20.0, 0.0]),
        target(tone, [500.0, 8_000.0]),
    ];
    y.targets = vec![
        target(music(), [-14.0, -34.0]),
        target(send("reverb"), [-30.0, -50.0]),
    ];
    let source = Interactive {
        rtpcs: vec![x, y],
        ..Interactive::default()
    };
    let mut world = World {
        sends: vec![
            ("sfx".into(), "reverb".into(), SendId::new(0, 1)),
            ("sfx".into(), "delay".into(), SendId::new(1, 1)),
        ],
        inserts: vec![WorldParam {
            bus: "sfx".into(),
            insert: "tone".into(),
            param: "freq_hz".into(),
            id: InsertId::new(0, 1),
            row: 3,
            range: [20.0, 20_000.0],
        }],
        ..world()
    };
    world.buses.push(("reverb".into(), BusId::new(4, 1)));
    world.buses.push(("delay".into(), BusId::new(5, 1)));
    let bank = compile(&source, &world).unwrap_or_else(|found| panic!("{found:?}"));
    let mut stage = Stage::of(Arc::new(bank));
    stage.rtpc(1_000, "x", 1.0).rtpc(5_000, "y", 1.0);
    stage.run(9_600);
    let expected = [
        "0 bus 2 0.100000 0",
        "0 send 0 0.010000 0",
        "0 send 1 0.100000 0",
        "0 insert 0 3 500",
        "1024 bus 2 0.010000 480",
        "1024 send 0 0.001000 480",
        "1024 send 1 1.000000 480",
        "1024 insert 0 3 8000",
        "5024 bus 2 0.001000 480",
        "5024 send 0 0.000100 480",
    ];
    assert_eq!(mixer(&stage), expected);
}
