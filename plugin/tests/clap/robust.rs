//! What a plug-in must survive.

use crate::host::{Event, Host, Stereo};
use crate::projects::{rich_state, state};
use clack_host::events::io::EventBuffer;
use segue_plugin::{Kind, Param};
use std::time::{Duration, Instant};

#[test]
fn thirty_two_instances_play_side_by_side() {
    let mut hosts: Vec<Host> = (0..32)
        .map(|n| Host::playing(Kind::ALL[n % 2], &rich_state()))
        .collect();
    let mut first = None;
    for host in hosts.iter_mut().step_by(2) {
        let out = host.render(1_024, &[], &[(5, Event::On(60, 1.0))], &[128]);
        assert!(out[0][1_000] > 0.05);
        assert_eq!(first.get_or_insert_with(|| out.clone()), &out);
    }
}

#[test]
fn rates_and_block_sizes_come_and_go() {
    let mut host = Host::new(Kind::Effect);
    host.load(&rich_state()).unwrap();
    for (rate, block) in [
        (44_100.0, 1),
        (96_000.0, 4_096),
        (8_000.0, 33),
        (384_000.0, 512),
        (12_345.678, 100),
        (1_000.0, 64),
        (768_000.0, 2_048),
    ] {
        host.start(rate, block);
        let frames = 3 * block as usize;
        let ones: Stereo = [vec![0.25; frames], vec![0.25; frames]];
        let out = host.render(frames, &[ones], &[], &[block as usize]);
        assert!(out.iter().flatten().all(|x| x.is_finite()));
        host.reset();
        host.stop();
    }
}

#[test]
fn a_host_may_lie_about_its_blocks_and_send_no_numbers() {
    let mut host = Host::new(Kind::Effect);
    host.load(&rich_state()).unwrap();
    host.start(48_000.0, 32);
    let mut bad = vec![0.5; 10_000];
    bad[5] = f32::NAN;
    bad[6_000] = f32::INFINITY;
    bad[7_000] = 1e-40;
    let mut events = EventBuffer::new();
    for (time, event) in [
        (9_999_999, Event::On(60, 1.0)),
        (3, Event::On(60, f64::NAN)),
        (1, Event::Value(Param::MasterGain, f64::NAN)),
        (2, Event::Value(Param::Macro(0), 1e300)),
        (2, Event::Mod(Param::Macro(0), f64::INFINITY)),
        (4, Event::Midi([0xff, 0xff, 0xff])),
    ] {
        event.push(time, &mut events);
    }
    let input = [[bad.clone(), bad.clone()], [bad.clone(), bad]];
    let (outs, _) = host.block(10_000, &input, &events, None);
    let heard = outs[0][0].iter();
    assert!(heard.clone().all(|x| x.is_finite() && !x.is_subnormal()));
    assert!(heard.filter(|x| x.abs() > 0.1).count() > 9_000);
    let (outs, _) = host.block(0, &[], &EventBuffer::new(), None);
    assert_eq!(outs[0][0].len(), 0);
    assert_eq!(host.value(Param::Macro(0)), 1.0);
}

/// xorshift64: the same behaviour on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n
    }

    fn share(&mut self) -> f64 {
        self.below(1_001) as f64 / 1_000.0
    }
}

#[test]
fn random_behaviour_of_a_host_breaks_nothing() {
    let until = Instant::now() + Duration::from_secs(8);
    let states = [state(), rich_state(), Host::new(Kind::Effect).save()];
    for seed in 1..=40_u64 {
        if Instant::now() > until {
            break;
        }
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut host = Host::new(Kind::ALL[random.below(2)]);
        for _ in 0..150 {
            step(&mut host, &mut random, &states);
        }
    }
}

fn step(host: &mut Host, random: &mut Random, states: &[Vec<u8>]) {
    match random.below(16) {
        0 if host.is_running() => host.stop(),
        0 | 1 if !host.is_running() => {
            let rates = [8_000.0, 44_100.0, 48_000.0, 96_000.0];
            host.start(rates[random.below(4)], 1 << random.below(12));
        }
        2 => host.load(&states[random.below(states.len())]).unwrap(),
        3 => {
            let saved = host.save();
            host.load(&saved).unwrap();
        }
        4 => assert!(host.load(&states[0][..random.below(500)]).is_err()),
        5 => host.idle(),
        6 if host.is_running() => host.reset(),
        _ if host.is_running() => block(host, random),
        _ => {}
    }
}

fn block(host: &mut Host, random: &mut Random) {
    let frames = random.below(1_500);
    let mut times: Vec<usize> = (0..random.below(12))
        .map(|_| random.below(frames + 1))
        .collect();
    times.sort_unstable();
    let mut events = EventBuffer::new();
    for time in times {
        let param = Param::from_index(random.below(segue_plugin::PARAM_COUNT)).unwrap();
        let event = match random.below(6) {
            0 | 1 => Event::On(60, random.share()),
            2 => Event::Off(60),
            3 => Event::Value(param, random.share()),
            4 => Event::Mod(param, random.share() - 0.5),
            _ => Event::Midi([0xb0, 1, u8::try_from(random.below(128)).unwrap()]),
        };
        event.push(u32::try_from(time).unwrap(), &mut events);
    }
    let level = segue_engine::to_f32(random.share() - 0.5);
    let input = [[vec![level; frames], vec![-level; frames]]];
    let (outs, _) = host.block(frames, &input, &events, None);
    assert!(
        outs.iter()
            .flatten()
            .flatten()
            .all(|x| x.is_finite() && x.abs() < 16.0)
    );
}
