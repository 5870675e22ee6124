//! The time tags of OSC, through to the sample.

use super::*;
use crate::connect::osc::deliveries;
use rosc::{OscBundle, OscMessage, OscPacket, OscTime, OscType};

/// 2024 and some, in 2^-32 s since 1900.
const NOW_NTP: i128 = (3_920_000_000 << 32) + 987_654_321;

fn stop(reel: i32) -> OscPacket {
    OscPacket::Message(OscMessage {
        addr: "/stage/reel_stop".to_owned(),
        args: vec![OscType::Int(reel)],
    })
}

/// Seen so many samples after now, at 48 kHz.
fn tagged(samples: i128, content: Vec<OscPacket>) -> OscPacket {
    let time = NOW_NTP + ((samples << 32) + 47_999).div_euclid(48_000);
    OscPacket::Bundle(OscBundle {
        timetag: OscTime {
            seconds: u32::try_from(time >> 32).unwrap(),
            fractional: u32::try_from(time & 0xffff_ffff).unwrap(),
        },
        content,
    })
}

#[test]
fn what_a_bundle_brings_is_carried_out_at_its_sample() {
    let mut rig = Rig::native();
    // In the middle of a block, after the place of the output is known.
    rig.run(150);
    let immediate = OscPacket::Bundle(OscBundle {
        timetag: OscTime {
            seconds: 0,
            fractional: 1,
        },
        content: vec![stop(0)],
    });
    // The bundles in a bundle have times of their own.
    let inner = [tagged(7_777, vec![stop(3)]), tagged(4_801, vec![stop(2)])];
    let packets = [
        tagged(-480, vec![stop(1)]),
        immediate,
        tagged(1_000, inner.to_vec()),
        tagged(48_000, vec![stop(4), stop(5)]),
    ];
    let now_us = rig.now_us();
    for packet in packets {
        let bytes = rosc::encoder::encode(&packet).unwrap();
        for delivery in deliveries(&bytes, (now_us, NOW_NTP)) {
            rig.hub.deliver(delivery);
        }
    }
    let now = rig.frame;
    rig.run(120);
    let reel = |(at, effect): &(u64, Effect)| match effect {
        Effect::Stage(event) => (*at, event.stage.reel()),
        other => panic!("{other:?}"),
    };
    let heard: Vec<_> = rig.sink.calls.iter().map(reel).collect();
    let expected = [
        (now, Some(1)),
        (now, Some(0)),
        (now + 4_801, Some(2)),
        (now + 7_777, Some(3)),
        (now + 48_000, Some(4)),
        (now + 48_000, Some(5)),
    ];
    assert_eq!(heard, expected);
    let late = rig.rows("late");
    assert_eq!((late.len(), &late[0]["late_us"]), (1, &json!(10_000)));
}
