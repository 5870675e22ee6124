//! What a plug-in must survive.

use crate::host::{Event, Host, Stereo};
use crate::projects::rich_state;
use clack_host::events::io::EventBuffer;
use segue_plugin::{Kind, Param};

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
