//! The mixer while its graph changes.

use proptest::prelude::*;

use super::*;
use crate::graph::{CommitError, GraphError};

/// A slow, loud signal in which every jump shows: DC and a sine of 60 Hz.
#[allow(clippy::cast_precision_loss, reason = "a test signal")]
fn slow(_: BusId, at: u64) -> f32 {
    let phase = (at % 800) as f32 / 800.0 * std::f32::consts::TAU;
    0.5 + 0.5 * phase.sin()
}

/// Largest step of `slow` per frame.
const SLOPE: f32 = 0.5 * std::f32::consts::TAU / 800.0;

/// Largest step and largest level of what was put out from frame `from` on.
fn steps(rig: &Rig, from: usize) -> (f32, f32) {
    let mut largest = (0.0_f32, 0.0_f32);
    for channel in &rig.out {
        for pair in channel[from.max(1) - 1..].windows(2) {
            largest.0 = largest.0.max((pair[1] - pair[0]).abs());
            largest.1 = largest.1.max(pair[1].abs());
        }
    }
    largest
}

/// Runs a change in the middle of a signal: no click, and `after` frames later nothing moves.
fn check_change(prepare: impl Fn(&mut Rig), change: impl Fn(&mut Rig), frames: u64) -> Rig {
    let mut rig = Rig::new(slow);
    prepare(&mut rig);
    rig.install();
    rig.run(6_000);
    change(&mut rig);
    rig.install();
    rig.run(frames);
    let (step, level) = steps(&rig, 3_000);
    assert!(
        step <= level * (SLOPE + 3.0 / 480.0),
        "a step of {step} at a level of {level}"
    );
    assert!(rig.commit.is_ready() && rig.refused.is_empty());
    rig
}

fn two_buses(rig: &mut Rig) {
    rig.bus("a", "master");
    rig.bus("b", "master");
}

fn id(rig: &Rig, name: &str) -> BusId {
    rig.graph.find(name).unwrap()
}

#[test]
fn rerouting_an_output_fades() {
    let change = |rig: &mut Rig| {
        let (a, b) = (id(rig, "a"), id(rig, "b"));
        rig.graph.set_output(a, b).unwrap();
    };
    let rig = check_change(two_buses, change, 4_000);
    assert_eq!(rig.last(), 3.0 * slow(NO_BUS, 9_999));
}

#[test]
fn removing_a_bus_fades_it_out() {
    let change = |rig: &mut Rig| rig.graph.remove_bus(id(rig, "a")).unwrap();
    let rig = check_change(two_buses, change, 4_000);
    assert_eq!(rig.last(), 2.0 * slow(NO_BUS, 9_999));
}

#[test]
fn an_added_bus_is_there_at_once() {
    let mut rig = Rig::new(dc);
    rig.install();
    rig.run(1_000);
    let a = rig.bus("a", "master");
    rig.install();
    assert!(rig.mixer.input(a).is_some());
    rig.run(10);
    assert_eq!((rig.out[0][999], rig.out[0][1_000]), (1.0, 2.0));
}

#[test]
fn sends_come_and_go_with_a_fade() {
    let add = |rig: &mut Rig| {
        let (a, b) = (id(rig, "a"), id(rig, "b"));
        rig.graph.add_send(a, b, 1.0, SendTap::PreFader).unwrap();
    };
    let rig = check_change(two_buses, add, 4_000);
    assert_eq!(rig.last(), 4.0 * slow(NO_BUS, 9_999));
    let with_send = |rig: &mut Rig| {
        two_buses(rig);
        add(rig);
    };
    let remove = |rig: &mut Rig| {
        let send = rig.graph.bus(id(rig, "a")).unwrap().sends[0].id;
        rig.graph.remove_send(send).unwrap();
    };
    check_change(with_send, remove, 4_000);
    let tap = |rig: &mut Rig| {
        let send = rig.graph.bus(id(rig, "a")).unwrap().sends[0].id;
        rig.graph.set_send(send, 1.0, SendTap::PostFader).unwrap();
    };
    check_change(with_send, tap, 4_000);
}

#[test]
fn inserts_without_latency_cross_fade() {
    let add = |rig: &mut Rig| {
        rig.insert(id(rig, "a"), Kind::Times(-1.0), None);
    };
    let rig = check_change(two_buses, add, 4_000);
    assert_eq!(rig.last(), slow(NO_BUS, 9_999));
    let with_insert = |rig: &mut Rig| {
        two_buses(rig);
        rig.insert(id(rig, "a"), Kind::Times(-1.0), None);
    };
    let remove = |rig: &mut Rig| {
        let insert = rig.graph.bus(id(rig, "a")).unwrap().inserts[0].id;
        rig.graph.remove_insert(insert).unwrap();
    };
    let rig = check_change(with_insert, remove, 4_000);
    assert_eq!(rig.last(), 3.0 * slow(NO_BUS, 9_999));
    assert_eq!(rig.dropped.load(Relaxed), 1);
    let replace = |rig: &mut Rig| {
        let insert = rig.graph.bus(id(rig, "a")).unwrap().inserts[0].id;
        let processor = rig::Probe::new(Kind::Times(2.0), std::sync::Arc::clone(&rig.dropped));
        rig.new.push((insert, Box::new(processor)));
    };
    let rig = check_change(with_insert, replace, 4_000);
    assert_eq!(rig.last(), 4.0 * slow(NO_BUS, 9_999));
}

#[test]
fn inserts_with_latency_come_and_go_and_paths_stay_aligned() {
    for latency in [1, 72, 480, 2_000] {
        let add = |rig: &mut Rig| {
            rig.insert(id(rig, "a"), Kind::Delay(latency), None);
        };
        let rig = check_change(two_buses, add, 12_000);
        assert_eq!(rig.mixer.latency(), latency);
        assert_eq!(rig.last(), 3.0 * slow(NO_BUS, 17_999 - u64::from(latency)));
        let with_insert = |rig: &mut Rig| {
            two_buses(rig);
            add(rig);
        };
        let remove = |rig: &mut Rig| {
            let insert = rig.graph.bus(id(rig, "a")).unwrap().inserts[0].id;
            rig.graph.remove_insert(insert).unwrap();
        };
        let rig = check_change(with_insert, remove, 12_000);
        assert_eq!(rig.mixer.latency(), 0);
        assert_eq!(rig.last(), 3.0 * slow(NO_BUS, 17_999));
        let on_master = |rig: &mut Rig| {
            rig.insert(rig.graph.master(), Kind::Delay(latency), None);
        };
        let mut rig = check_change(two_buses, on_master, 12_000);
        assert!(rig.mixer.take_latency_changed());
    }
}

#[test]
fn inserts_change_places_and_keys_in_a_dip() {
    let chain = |rig: &mut Rig| {
        two_buses(rig);
        let (a, b) = (id(rig, "a"), id(rig, "b"));
        rig.insert(a, Kind::Delay(30), None);
        rig.insert(a, Kind::Times(0.5), None);
        rig.insert(a, Kind::Minus, Some(b));
    };
    let reorder = |rig: &mut Rig| {
        let first = rig.graph.bus(id(rig, "a")).unwrap().inserts[0].id;
        rig.graph.move_insert(first, 2).unwrap();
    };
    check_change(chain, reorder, 4_000);
    let unkey = |rig: &mut Rig| {
        let last = rig.graph.bus(id(rig, "a")).unwrap().inserts[2].id;
        rig.graph.set_key(last, None).unwrap();
    };
    let rig = check_change(chain, unkey, 4_000);
    assert_eq!(rig.last(), 2.0 * slow(NO_BUS, 9_969));
}

#[test]
fn a_second_update_waits_and_a_third_is_refused() {
    let mut rig = Rig::new(slow);
    let (a, b) = (rig.bus("a", "master"), rig.bus("b", "master"));
    rig.install();
    rig.run(1_000);
    rig.graph.remove_bus(a).unwrap();
    rig.install();
    let c = rig.bus("c", "master");
    rig.insert(c, Kind::Times(2.0), None);
    rig.install();
    assert!(rig.mixer.is_coming(c) && rig.mixer.input(c).is_none());
    rig.apply(MixerCommand::BusGain {
        bus: c,
        gain: 0.5,
        ramp: 0,
    })
    .unwrap();
    let busy = rig.commit.commit(&rig.graph, &mut rig.new).err();
    assert_eq!(busy, Some(CommitError::Busy));
    assert_eq!(rig.mixer.next_boundary(rig.at), 1_480);
    rig.run(479);
    assert!(rig.mixer.input(a).is_some() && rig.mixer.input(c).is_none());
    rig.run(1);
    assert!(rig.mixer.input(a).is_none() && rig.mixer.input(c).is_some());
    rig.run(100);
    assert_eq!(rig.last(), 3.0 * slow(NO_BUS, 1_579));
    rig.graph.remove_bus(b).unwrap();
    rig.install();
    rig.graph.remove_bus(c).unwrap();
    rig.install();
    rig.run(2_000);
    assert_eq!(rig.last(), slow(NO_BUS, 3_579));
    assert_eq!(rig.dropped.load(Relaxed), 1);
    let other = MixerSetup {
        sample_rate: 44_100.0,
        limits: Limits::default(),
    };
    let foreign = crate::graph::GraphCommit::new(&other).commit(&rig.graph, &mut Vec::new());
    assert!(rig.mixer.install(rig.at, foreign.unwrap()).is_some());
}

#[test]
fn what_is_coming_begins_with_the_gain_that_the_game_has_over_it() {
    let mut rig = Rig::new(slow);
    let (a, b) = (rig.bus("a", "master"), rig.bus("b", "master"));
    rig.install();
    rig.run(1_000);
    rig.graph.remove_bus(a).unwrap();
    let c = rig.bus("c", "master");
    let send = rig.graph.add_send(b, c, 1.0, SendTap::PostFader).unwrap();
    rig.install();
    assert!(rig.mixer.is_coming(c) && !rig.mixer.take_lost_buses());
    rig.mixer.trim_bus(rig.at, c, 0.5, 100);
    rig.mixer.trim_send(rig.at, send, 0.0, 100);
    rig.run(2_000);
    assert!(rig.mixer.take_lost_buses() && !rig.mixer.take_lost_buses());
    // The master's own, b, and half of c without the send.
    let wanted = 2.5 * slow(NO_BUS, rig.at - 1);
    assert!(
        (rig.last() - wanted).abs() < 1e-6,
        "{} {wanted}",
        rig.last()
    );
}

#[test]
fn the_exchange_is_exact_within_a_span_too() {
    let render = |split: usize| {
        let mut rig = Rig::new(noise);
        rig.uncut = true;
        let a = rig.bus("a", "master");
        rig.install();
        rig.run(1_000);
        rig.insert(a, Kind::Delay(700), None);
        rig.install();
        rig.graph.set_strip(a, Strip::default()).unwrap();
        rig.insert(rig.graph.master(), Kind::Smooth, None);
        rig.install();
        rig.run_split(5_000, &mut std::iter::repeat(split));
        rig.bits()
    };
    let expect = render(1);
    assert!(
        [32, 100, 256]
            .into_iter()
            .all(|split| render(split) == expect)
    );
}

#[test]
fn a_commit_checks_its_processors() {
    let mut rig = Rig::new(slow);
    let a = rig.bus("a", "master");
    let insert = rig.insert(a, Kind::Delay(8), None);
    let probe = |latency| {
        let dropped = std::sync::Arc::default();
        Box::new(rig::Probe::new(Kind::Delay(latency), dropped))
    };
    let mut commit = |processors: &mut Vec<crate::graph::NewProcessor>| {
        rig.commit
            .commit(&rig.graph, processors)
            .map(|_| ())
            .unwrap_err()
    };
    assert_eq!(commit(&mut Vec::new()), CommitError::NoProcessor(insert));
    let mut wrong = vec![(insert, probe(9) as _)];
    let e = commit(&mut wrong).to_string();
    assert_eq!(e, "insert 0v1 lags 9 frames, but the graph says 8");
    assert_eq!(wrong.len(), 1, "nothing was taken");
    let gone = InsertId::new(5, 1);
    let mut stray = vec![(insert, probe(8) as _), (gone, probe(0) as _)];
    assert_eq!(commit(&mut stray), CommitError::NoInsert(gone));
    rig.install();
}

/// A random edit or command: what, and three numbers that choose.
type Move = (u8, u8, u8, u8);

/// Applies one random move; refused edits change nothing.
fn play(rig: &mut Rig, &(what, a, b, n): &Move) {
    let buses = rig.graph.buses();
    let pick = |k: u8| buses[usize::from(k) % buses.len()].clone();
    let (bus, other) = (pick(a), pick(b));
    let latency = u32::from(n) * u32::from(n & 1);
    let _refused: Result<(), GraphError> = match what % 12 {
        0 | 1 if buses.len() < 7 => rig
            .graph
            .add_bus(&format!("bus {} {n}", rig.at), bus.id)
            .map(|_| ()),
        2 => rig.graph.set_output(bus.id, other.id),
        3 if bus.sends.len() < 2 => rig
            .graph
            .add_send(bus.id, other.id, 0.3, SendTap::PreFader)
            .map(|_| ()),
        4 if bus.inserts.len() < 3 => {
            rig.insert(
                bus.id,
                if latency > 0 {
                    Kind::Delay(latency)
                } else {
                    Kind::Smooth
                },
                None,
            );
            Ok(())
        }
        5 => bus.inserts.first().map_or(Ok(()), |i| {
            rig.new.retain(|(id, _)| *id != i.id);
            rig.graph.remove_insert(i.id)
        }),
        6 => bus
            .inserts
            .last()
            .map_or(Ok(()), |i| rig.graph.move_insert(i.id, 0)),
        7 => bus
            .sends
            .first()
            .map_or(Ok(()), |s| rig.graph.remove_send(s.id)),
        8 if n < 128 => {
            let gone = |id: &InsertId| bus.inserts.iter().any(|i| i.id == *id);
            if bus.output.is_some() {
                rig.new.retain(|(id, _)| !gone(id));
            }
            rig.graph.remove_bus(bus.id)
        }
        9 => command(
            rig,
            MixerCommand::BusMute {
                bus: bus.id,
                on: n & 1 == 1,
            },
        ),
        10 => command(
            rig,
            MixerCommand::BusSolo {
                bus: bus.id,
                on: n < 40,
            },
        ),
        _ => {
            let gain = f32::from(n) / 255.0;
            command(
                rig,
                MixerCommand::BusGain {
                    bus: bus.id,
                    gain,
                    ramp: 0,
                },
            )
        }
    };
}

fn command(rig: &mut Rig, command: MixerCommand) -> Result<(), GraphError> {
    // A bus of the graph that was not committed yet is unknown to the mixer.
    let _unknown = rig.apply(command);
    Ok(())
}

/// Runs a script of moves, with a commit after each pause whenever one is possible.
fn script(moves: &[(Move, u16)], source: rig::Source, spans: &[usize], onset: u64) -> Rig {
    let mut rig = Rig::new(source);
    rig.onset = onset;
    rig.install();
    let mut spans = spans.iter().copied().cycle();
    rig.run_split(500, &mut spans);
    for (step, pause) in moves {
        play(&mut rig, step);
        if rig.commit.is_ready() {
            rig.install();
        }
        rig.run_split(u64::from(*pause % 900), &mut spans);
    }
    rig.run_split(3_000, &mut spans);
    rig
}

fn moves(most: usize) -> impl Strategy<Value = Vec<(Move, u16)>> {
    prop::collection::vec((any::<Move>(), any::<u16>()), 1..most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_split_gives_the_same_bits(
        moves in moves(24),
        spans in prop::collection::vec(1_usize..=256, 1..20),
    ) {
        let expect = script(&moves, noise, &[64], 0);
        let got = script(&moves, noise, &spans, 0);
        prop_assert_eq!(got.mixer.latency(), expect.mixer.latency());
        prop_assert!(got.bits() == expect.bits());
    }

    #[test]
    fn an_impulse_on_every_bus_arrives_at_one_frame(moves in moves(60)) {
        let mut rig = Rig::new(impulse);
        for ((what, a, b, n), _) in moves {
            play(&mut rig, &(what % 5, a, b, n | 1));
        }
        rig.install();
        rig.run(4_000);
        let late = usize::try_from(rig.mixer.latency()).unwrap();
        let heard = (0..4_000).filter(|n| rig.out[0][*n] != 0.0).collect::<Vec<_>>();
        prop_assert_eq!(heard, vec![1_000 + late]);
    }

    #[test]
    fn no_edit_clicks(moves in moves(24)) {
        let rig = script(&moves, slow, &[64], 480);
        let (step, level) = steps(&rig, 200);
        prop_assert!(step <= level * (SLOPE + 4.0 / 480.0), "{} at {}", step, level);
        prop_assert!(rig.refused.is_empty());
    }

    #[test]
    fn sleep_changes_no_bit_while_the_graph_changes(moves in moves(16)) {
        let bursts: rig::Source = |_, at| if at % 2_000 < 300 { noise(NO_BUS, at) } else { 0.0 };
        let moves: Vec<_> = moves.into_iter().filter(|((what, ..), _)| what % 12 != 4).collect();
        let awake = |may_sleep: bool| {
            let mut rig = Rig::new(bursts);
            rig.mixer.desk.may_sleep = may_sleep;
            rig.install();
            for (step, pause) in &moves {
                play(&mut rig, step);
                if rig.commit.is_ready() {
                    rig.install();
                }
                rig.run(u64::from(*pause % 900));
            }
            rig.bits()
        };
        prop_assert!(awake(true) == awake(false));
    }
}
