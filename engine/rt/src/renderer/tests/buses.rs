//! Audio from outside, and outputs of single buses.

use super::super::*;
use crate::graph::{Graph, GraphCommit, SendTap};
use crate::tempo::TimeSignature;
use assert_no_alloc::assert_no_alloc;

/// An engine with the buses "a" and "b" into the master; "a" also sends to "b".
fn rig() -> (Renderer, Link, [BusId; 2]) {
    let limits = Limits::default();
    let setup = RendererSetup {
        sample_rate: 48_000,
        limits: limits.clone(),
        policy: VoicePolicy::new(48_000.0),
        simd: SimdLevel::detect(),
        lanes: (0, 64),
        record: false,
        clock: || 0,
    };
    let tempo = TempoMap::constant(48_000, 120.0, TimeSignature::FOUR_FOUR).unwrap();
    let (renderer, mut link) = renderer(&setup, tempo).unwrap();
    let mut graph = Graph::new(&limits);
    let master = graph.master();
    let buses = ["a", "b"].map(|name| graph.add_bus(name, master).unwrap());
    let [a, b] = buses;
    graph.add_send(a, b, 0.5, SendTap::PostFader).unwrap();
    let mixer = MixerSetup {
        sample_rate: 48_000.0,
        limits,
    };
    let update = GraphCommit::new(&mixer).commit(&graph, &mut Vec::new());
    let command = Command::Install(Install::Graph(update.unwrap()));
    link.commands.push(0, command).unwrap();
    (renderer, link, buses)
}

fn noise(frames: usize, mut state: u32) -> Vec<f32> {
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..frames).map(|_| next()).collect()
}

/// Master, "a", "b" and a stale id, for noise on both buses in blocks of these sizes.
fn render(sizes: &[usize]) -> Vec<[Vec<f32>; 2]> {
    let (mut renderer, _link, [a, b]) = rig();
    let stale = BusId::from_bits(u64::MAX - 1);
    let frames = 4_000;
    let given = [1, 2, 3, 4].map(|seed| noise(frames, seed));
    let empty = || [vec![9.0; frames], vec![9.0; frames]];
    let mut outs = vec![empty(), empty(), empty(), empty()];
    let (mut at, mut sizes) = (0, sizes.iter().cycle());
    while at < frames {
        let end = frames.min(at + sizes.next().unwrap());
        let side = |n: usize| &given[n][at..end];
        let inputs = [(a, [0, 1]), (b, [2, 3]), (stale, [0, 0])].map(|(bus, sides)| BusInput {
            bus,
            sides: sides.map(side),
        });
        let buses = [None, Some(a), Some(b), Some(stale)];
        let mut outputs: Vec<_> = outs
            .iter_mut()
            .zip(buses)
            .map(|(pair, bus)| BusOutput {
                bus,
                sides: pair.each_mut().map(|side| &mut side[at..end]),
            })
            .collect();
        assert_no_alloc(|| renderer.process_buses(end - at, &inputs, &mut outputs));
        at = end;
    }
    outs
}

#[test]
fn audio_from_outside_runs_through_its_buses_for_any_blocks() {
    let whole = render(&[4_000]);
    for sizes in [&[1, 31, 32, 33][..], &[256], &[257, 3], &[64, 1_000]] {
        assert_eq!(render(sizes), whole, "{sizes:?}");
    }
    let [master, a, b, stale] = &whole[..] else {
        panic!("four outputs");
    };
    // At their defaults buses pass what they get, so all sums are known.
    let given = [1, 2, 3, 4].map(|seed| noise(4_000, seed));
    for side in 0..2 {
        assert_eq!(a[side], given[side]);
        assert!(stale[side].iter().all(|x| *x == 0.0));
        for n in 0..4_000 {
            let wanted = given[2 + side][n] + 0.5 * given[side][n];
            assert!((b[side][n] - wanted).abs() < 1e-6);
            assert!((master[side][n] - a[side][n] - b[side][n]).abs() < 1e-6);
        }
    }
}

#[test]
fn short_sides_bound_what_is_rendered_and_reset_silences() {
    let (mut renderer, _link, [a, _]) = rig();
    let (ones, mut left, mut right) = ([1.0; 64], [9.0; 64], [9.0; 10]);
    let input = [BusInput {
        bus: a,
        sides: [&ones, &ones],
    }];
    let mut output = [BusOutput {
        bus: None,
        sides: [&mut left, &mut right],
    }];
    renderer.process_buses(64, &input, &mut output);
    assert_eq!((renderer.now(), left[9] > 0.5, left[10]), (10, true, 9.0));
    renderer.reset();
    let (mut left, mut right) = ([9.0; 64], [9.0; 64]);
    renderer.process(&mut [&mut left, &mut right]);
    assert!(left.iter().chain(&right).all(|x| *x == 0.0));
    assert_eq!(
        (renderer.bus_lead(a), renderer.tail()),
        (0, Tail::Frames(0))
    );
}
