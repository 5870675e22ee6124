//! The mixer at rest: alignment, faders, guard, sleep, meters, ids.

mod change;
mod rig;

use std::sync::atomic::Ordering::Relaxed;

use rig::{Kind, RATE, Rig};

use super::*;
use crate::graph::{SendTap, Strip};
use crate::ids::{InsertId, SendId};

fn dc(_: BusId, _: u64) -> f32 {
    1.0
}

fn silence(_: BusId, _: u64) -> f32 {
    0.0
}

/// One sample of 1 on every bus at frame 1000.
fn impulse(_: BusId, at: u64) -> f32 {
    if at == 1000 { 1.0 } else { 0.0 }
}

/// Noise that is the same on all buses.
#[allow(clippy::cast_precision_loss, reason = "a noise source")]
fn noise(_: BusId, at: u64) -> f32 {
    let mixed = (at + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as f32 / 8_388_608.0 - 1.0
}

#[test]
fn a_lone_master_passes_its_input_bit_for_bit() {
    let mut rig = Rig::new(noise);
    rig.run(100);
    assert!(rig.out[0].iter().all(|x| *x == 0.0), "no bus yet");
    rig.install();
    rig.run(5_000);
    let master = rig.graph.master();
    let at_100 = |n: usize| rig.out[0][n + 100] == noise(master, n as u64 + 100);
    assert!((0..5_000).all(at_100));
    assert_eq!(
        rig.mixer.bus_output(master).unwrap()[0][0],
        rig.mixer.output()[0][0]
    );
}

#[test]
fn parallel_paths_with_different_latencies_null() {
    let mut rig = Rig::new(noise);
    let master = rig.graph.master();
    let (wet, dry) = (rig.bus("wet", "master"), rig.bus("dry", "master"));
    rig.insert(wet, Kind::Delay(37), None);
    rig.insert(wet, Kind::Delay(300), None);
    rig.insert(dry, Kind::Times(-1.0), None);
    rig.insert(master, Kind::Delay(5), None);
    let pre = rig
        .graph
        .add_send(dry, wet, 1.0, SendTap::PreFader)
        .unwrap();
    let post = rig
        .graph
        .add_send(wet, master, 1.0, SendTap::PostFader)
        .unwrap();
    rig.graph.set_send(pre, 1.0, SendTap::PostFader).unwrap();
    let minus = rig.bus("minus", "master");
    rig.insert(minus, Kind::Times(-1.0), None);
    rig.install();
    assert_eq!(rig.mixer.latency(), 342);
    // wet carries x - x = 0, dry -x, minus -x, and the master's own input x: -x remains.
    rig.run(3_000);
    for (n, y) in rig.out[0].iter().enumerate().skip(342) {
        assert_eq!(*y, -noise(master, n as u64 - 342), "frame {n}");
    }
    assert!(rig.out[0][..342].iter().all(|x| *x == 0.0));
    assert!(
        rig.apply(MixerCommand::SendGain {
            send: post,
            gain: 0.0
        })
        .is_ok()
    );
}

#[test]
fn a_dry_insert_with_latency_nulls_against_a_plain_path() {
    let mut rig = Rig::new(noise);
    let (a, b) = (rig.bus("a", "master"), rig.bus("b", "master"));
    let slow = rig.insert(a, Kind::Delay(100), None);
    rig.insert(b, Kind::Times(-1.0), None);
    let master = rig.graph.master();
    rig.insert(master, Kind::Minus, Some(a));
    rig.install();
    rig.apply(MixerCommand::InsertMix {
        insert: slow,
        mix: 0.0,
    })
    .unwrap();
    rig.run(4_000);
    // (master + a - b) - key a = 0 once everything has arrived.
    assert!(rig.out[0][100..].iter().all(|x| *x == 0.0));
}

#[test]
fn keys_arrive_with_the_signal_they_steer() {
    let mut rig = Rig::new(noise);
    let (key, bass) = (rig.bus("key", "master"), rig.bus("bass", "master"));
    rig.insert(key, Kind::Delay(70), None);
    rig.insert(bass, Kind::Delay(20), None);
    rig.insert(bass, Kind::Minus, Some(key));
    rig.graph
        .set_strip(
            key,
            Strip {
                mute: true,
                ..Strip::default()
            },
        )
        .unwrap();
    rig.install();
    rig.run(2_000);
    // bass minus key is silent, the key is muted but keys on: only the master's input is left.
    let master = rig.graph.master();
    let late = |n: usize| noise(master, n as u64 - 70);
    assert!((70..2_000).all(|n| rig.out[0][n] == late(n)));
}

#[test]
fn every_way_has_the_same_latency_as_one_impulse() {
    let mut rig = Rig::new(impulse);
    let names = ["a", "b", "c", "d", "e"];
    for ((i, name), latency) in names.into_iter().enumerate().zip([1, 14, 27, 40, 53]) {
        let bus = rig.bus(name, if i < 2 { "master" } else { names[i - 2] });
        rig.insert(bus, Kind::Delay(latency), None);
        let send = rig.graph.master();
        rig.graph
            .add_send(bus, send, 0.5, SendTap::PreFader)
            .unwrap();
    }
    rig.install();
    rig.run(2_000);
    let heard: Vec<usize> = (0..2_000).filter(|n| rig.out[0][*n] != 0.0).collect();
    assert_eq!(heard, [1000 + rig.mixer.latency() as usize]);
}

#[test]
fn faders_pan_mute_and_solo_reach_their_level_in_10_ms() {
    let mut rig = Rig::new(dc);
    let master = rig.graph.master();
    let (a, b) = (rig.bus("a", "master"), rig.bus("b", "master"));
    rig.insert(master, Kind::Times(1.0), None);
    rig.install();
    let check = |rig: &mut Rig, command, left: f32, right: f32| {
        rig.apply(command).unwrap();
        rig.run(480);
        rig.mixer.update_path_gains(rig.at);
        let from = rig.out[0].len().saturating_sub(481);
        for [x, y] in rig.out[0][from.max(1)..].windows(2).map(|w| [w[0], w[1]]) {
            assert!((x - y).abs() <= 4.1 / 480.0, "{command:?}: {x} {y}");
        }
        rig.run(1);
        let out = [&rig.out[0], &rig.out[1]].map(|c| *c.last().unwrap());
        assert_eq!(out, [left, right], "{command:?}");
    };
    let r = &mut rig;
    r.run(10);
    check(
        r,
        MixerCommand::BusGain {
            bus: a,
            gain: 2.0,
            ramp: 0,
        },
        4.0,
        2.0,
    );
    check(r, MixerCommand::BusPan { bus: a, pan: 1.0 }, 2.0, 2.0);
    check(r, MixerCommand::BusPan { bus: a, pan: 0.0 }, 4.0, 2.0);
    check(r, MixerCommand::BusSolo { bus: b, on: true }, 2.0, 1.0);
    assert_eq!(r.mixer.path_gain(a), 0.0);
    check(r, MixerCommand::BusSolo { bus: a, on: true }, 4.0, 2.0);
    assert_eq!(r.mixer.path_gain(a), 2.0);
    check(r, MixerCommand::BusMute { bus: a, on: true }, 2.0, 1.0);
    check(
        r,
        MixerCommand::BusGain {
            bus: master,
            gain: 0.5,
            ramp: 100,
        },
        1.0,
        0.5,
    );
    assert_eq!(
        [r.mixer.path_gain(b), r.mixer.path_gain(master)],
        [0.5, 0.5]
    );
    check(
        r,
        MixerCommand::BusMute {
            bus: master,
            on: true,
        },
        0.0,
        0.0,
    );
    assert!(r.mixer.output()[0][0].is_sign_positive());
}

#[test]
fn path_gain_adds_up_all_ways_and_follows_a_fader() {
    let mut rig = Rig::new(silence);
    let (a, verb) = (rig.bus("a", "master"), rig.bus("verb", "master"));
    let send = rig
        .graph
        .add_send(a, verb, 0.5, SendTap::PostFader)
        .unwrap();
    rig.graph
        .add_send(a, verb, 0.25, SendTap::PreFader)
        .unwrap();
    rig.install();
    let gain = |rig: &mut Rig| {
        rig.mixer.update_path_gains(rig.at);
        rig.mixer.path_gain(a)
    };
    assert_eq!(gain(&mut rig), 1.75);
    rig.apply(MixerCommand::BusGain {
        bus: a,
        gain: 0.0,
        ramp: 4_800,
    })
    .unwrap();
    rig.run(2_400);
    assert!(
        (gain(&mut rig) - 1.0).abs() < 1e-3,
        "half way of 1.5, and the send before it"
    );
    rig.run(2_400);
    assert_eq!(gain(&mut rig), 0.25);
    rig.apply(MixerCommand::SendGain { send, gain: 4.0 })
        .unwrap();
    assert_eq!(gain(&mut rig), 0.25);
    assert_eq!(rig.mixer.path_gain(BusId::new(1, 99)), 0.0);
}

#[test]
fn a_key_is_a_way_whatever_its_fader_says() {
    let mut rig = Rig::new(silence);
    let (trigger, sink) = (rig.bus("trigger", "master"), rig.bus("sink", "master"));
    let music = rig.bus("music", "master");
    rig.graph.set_output(trigger, sink).unwrap();
    rig.insert(music, Kind::Minus, Some(trigger));
    rig.install();
    for (bus, gain) in [(sink, 0.0), (trigger, 0.0), (music, 0.5)] {
        let ramp = 0;
        rig.apply(MixerCommand::BusGain { bus, gain, ramp })
            .unwrap();
    }
    rig.run(4_800);
    rig.mixer.update_path_gains(rig.at);
    assert_eq!(rig.mixer.path_gain(sink), 0.0);
    assert_eq!(rig.mixer.path_gain(trigger), 0.5);
    let inside = |bus, of| rig.mixer.is_inside(bus, of);
    assert!(inside(trigger, sink) && inside(trigger, trigger) && !inside(sink, trigger));
    assert!(!inside(trigger, music), "a key leads nowhere");
}

#[test]
fn mute_silences_sends_before_the_fader_and_gain_does_not() {
    let mut rig = Rig::new(dc);
    let (a, verb) = (rig.bus("a", "master"), rig.bus("verb", "master"));
    rig.graph.add_send(a, verb, 1.0, SendTap::PreFader).unwrap();
    rig.install();
    rig.apply(MixerCommand::BusGain {
        bus: a,
        gain: 0.0,
        ramp: 0,
    })
    .unwrap();
    rig.run(1_000);
    assert_eq!(rig.last(), 3.0);
    rig.apply(MixerCommand::BusMute { bus: a, on: true })
        .unwrap();
    rig.run(1_000);
    assert_eq!(rig.last(), 2.0);
}

#[test]
fn bad_samples_mute_their_cell_for_any_split() {
    let render = |split: usize| {
        let mut rig = Rig::new(dc);
        let a = rig.bus("a", "master");
        rig.insert(a, Kind::Poison(1_005), None);
        rig.install();
        let mut reader = rig.mixer.board().subscribe().unwrap();
        rig.run_split(4_000, &mut std::iter::repeat(split));
        assert_eq!(reader.read(a).unwrap().bad_cells, 1);
        assert_eq!(reader.read(rig.graph.master()).unwrap().bad_cells, 0);
        rig
    };
    let whole = render(64);
    let out = &whole.out[0];
    assert_eq!(
        (out[1_004], out[1_005], out[1_023], out[1_024]),
        (2.0, 1.0, 1.0, 2.0)
    );
    for split in [1, 7, 32, 100, 256] {
        assert_eq!(render(split).bits(), whole.bits(), "{split}");
    }
}

#[test]
fn voices_that_go_wild_are_muted_too() {
    let mut rig = Rig::new(|bus, at| {
        if bus.index() == 1 && at == 500 {
            f32::INFINITY
        } else {
            1.0
        }
    });
    rig.bus("a", "master");
    rig.install();
    rig.run(1_000);
    assert!(rig.out[0].iter().all(|x| x.is_finite()));
    assert_eq!(
        (rig.out[0][499], rig.out[0][500], rig.out[0][512]),
        (2.0, 1.0, 2.0)
    );
}

#[test]
fn idle_buses_sleep_and_change_no_bit() {
    let source: rig::Source = |_, at| {
        if at % 300_000 < 777 {
            noise(NO_BUS, at)
        } else {
            0.0
        }
    };
    let render = |may_sleep: bool| {
        let mut rig = Rig::new(source);
        rig.mixer.desk.may_sleep = may_sleep;
        let (a, verb) = (rig.bus("a", "master"), rig.bus("verb", "master"));
        rig.graph.add_send(a, verb, 0.5, SendTap::PreFader).unwrap();
        rig.insert(verb, Kind::Delay(1_000), None);
        rig.insert(a, Kind::Delay(3), None);
        rig.install();
        rig.run_split(299_000, &mut std::iter::repeat(256));
        let asleep = rig
            .mixer
            .desk
            .buses
            .iter()
            .filter(|b| !b.is_awake(rig.at))
            .count();
        assert_eq!(
            asleep,
            rig.mixer.desk.buses.len(),
            "a sleeping sum is no sleep of inserts"
        );
        rig.run_split(10_000, &mut [5, 200, 31, 64].into_iter().cycle());
        rig.bits()
    };
    assert!(render(true) == render(false));
}

#[test]
fn a_bus_wakes_at_the_exact_frame_for_any_split() {
    let source: rig::Source = |_, at| if at == 250_013 { 1.0 } else { 0.0 };
    let render = |split: usize| {
        let mut rig = Rig::new(source);
        let a = rig.bus("a", "master");
        rig.insert(a, Kind::Count, None);
        rig.install();
        rig.run_split(249_000, &mut std::iter::repeat(256));
        rig.run_split(2_000, &mut std::iter::repeat(split));
        rig
    };
    let whole = render(64);
    let out = &whole.out[0][250_000..];
    assert_eq!(
        (out[12], out[14] - out[13]),
        (0.0, -1.0),
        "2 + n, then n + 1"
    );
    for split in [1, 7, 100, 256] {
        assert!(render(split).bits() == whole.bits(), "{split}");
    }
}

#[test]
fn a_pulse_is_seen_once_by_each_reader() {
    let mut rig = Rig::new(impulse);
    let a = rig.bus("a", "master");
    rig.apply(MixerCommand::BusGain {
        bus: a,
        gain: 0.0,
        ramp: 0,
    })
    .unwrap_err();
    rig.install();
    let board = rig.mixer.board();
    let mut readers = [board.subscribe().unwrap(), board.subscribe().unwrap()];
    rig.run(1_900);
    let first = readers[0].read(a).unwrap().meter;
    assert_eq!(
        (first.peak, first.clips, first.first_clip),
        ([1.0, 0.5], 1, Some(1_000))
    );
    assert!(first.rms[0] > 0.0);
    assert_eq!(readers[0].read(a).unwrap().meter.peak, [0.0, 0.0]);
    rig.run(20_000);
    let second = readers[1].read(a).unwrap().meter;
    assert_eq!((second.peak[0], second.rms), (1.0, [0.0, 0.0]));
    assert_eq!(
        readers[1].read(rig.graph.master()).unwrap().meter.peak[0],
        2.0
    );
}

#[test]
fn stale_ids_are_refused() {
    let mut rig = Rig::new(dc);
    let a = rig.bus("a", "master");
    let insert = rig.insert(a, Kind::Times(1.0), None);
    let send = rig
        .graph
        .add_send(a, rig.graph.master(), 0.0, SendTap::PreFader)
        .unwrap();
    rig.install();
    let all = |bus: BusId, send: SendId, insert: InsertId| {
        [
            MixerCommand::BusGain {
                bus,
                gain: 1.0,
                ramp: 0,
            },
            MixerCommand::BusPan { bus, pan: 0.0 },
            MixerCommand::BusMute { bus, on: false },
            MixerCommand::BusSolo { bus, on: false },
            MixerCommand::SendGain { send, gain: 0.0 },
            MixerCommand::InsertParam {
                insert,
                param: 0,
                value: 1.0,
            },
            MixerCommand::InsertMix { insert, mix: 1.0 },
            MixerCommand::InsertBypass { insert, on: false },
        ]
    };
    for command in all(a, send, insert) {
        assert_eq!(rig.apply(command), Ok(()), "{command:?}");
    }
    rig.run(100);
    rig.graph.remove_bus(a).unwrap();
    rig.install();
    rig.run(1_000);
    let unknown = (
        BusId::new(9_999, 1),
        SendId::new(9_999, 1),
        InsertId::new(9_999, 1),
    );
    let stale = all(a, send, insert);
    for command in stale
        .into_iter()
        .chain(all(unknown.0, unknown.1, unknown.2))
    {
        assert_eq!(rig.apply(command), Err(Reason::StaleId), "{command:?}");
    }
    assert!(rig.mixer.input(a).is_none() && rig.mixer.bus_output(unknown.0).is_none());
    assert_eq!(rig.dropped.load(Relaxed), 1);
}

#[test]
fn reset_gives_the_bits_of_a_new_mixer() {
    let build = || {
        let mut rig = Rig::new(noise);
        let a = rig.bus("a", "master");
        rig.insert(a, Kind::Delay(90), None);
        rig.insert(a, Kind::Smooth, None);
        rig.install();
        rig
    };
    let mut fresh = build();
    fresh.at = 9_600;
    fresh.run(2_000);
    let mut used = build();
    used.run(9_600);
    used.mixer.reset(9_600);
    used.out = [Vec::new(), Vec::new()];
    used.run(2_000);
    assert!(used.bits() == fresh.bits());
    assert_eq!(fresh.mixer.latency(), 90);
    assert!((RATE - 48_000.0).abs() < 1.0);
}
