//! Voices that are stolen: which, and how they end.

use super::rig::{Rig, small, sound};
use crate::command::Reason;
use crate::voices::{LoopSpec, OnLimit, VoiceEvent, VoiceParams, VoicePolicy};

#[test]
fn loops_that_nothing_protects_are_stolen_as_others_are() {
    let looping = LoopSpec {
        start: 0,
        end: 40_000,
        count: 0,
    };
    for (priority, reason) in [(60, Reason::PriorityLost), (50, Reason::LimitGlobal)] {
        let mut rig = Rig::new(VoicePolicy {
            on_limit: OnLimit::Reject,
            protect_loops: false,
            ..small(1)
        });
        rig.install_all();
        let lowest = VoiceParams {
            looping,
            ..sound(3)
        };
        let next = VoiceParams {
            priority,
            gain: 2.0,
            ..sound(3)
        };
        rig.start(0, 1, lowest).start(100, 2, next).to(200);
        let expected = [
            (0, 1, VoiceEvent::Started, Reason::None),
            (100, 1, VoiceEvent::Ended, reason),
            (100, 2, VoiceEvent::Started, Reason::None),
        ];
        assert_eq!(rig.events(), expected);
    }
}

#[test]
fn where_no_more_become_virtual_voices_end_and_loops_stay() {
    let full = |looping| {
        let mut rig = Rig::new(VoicePolicy {
            max_virtual: 1,
            ..small(1)
        });
        rig.install_all();
        let voice = |priority| VoiceParams {
            priority,
            ..sound(3)
        };
        let second = VoiceParams {
            looping,
            ..voice(50)
        };
        rig.start(0, 1, voice(40)).start(10, 2, second);
        rig.start(20, 3, voice(99)).start(30, 4, voice(10)).to(200);
        let events = rig.events();
        let started = [
            (0, 1, VoiceEvent::Started, Reason::None),
            (10, 1, VoiceEvent::Virtual, Reason::PriorityLost),
            (10, 2, VoiceEvent::Started, Reason::None),
        ];
        assert_eq!(events[..3], started);
        let counts = rig.voices.counts();
        assert_eq!((counts.real, counts.virtual_voices), (1, 1));
        events[3..].to_vec()
    };
    let once = [
        (20, 2, VoiceEvent::Ended, Reason::PriorityLost),
        (20, 3, VoiceEvent::Started, Reason::None),
        (30, 4, VoiceEvent::Refused, Reason::PriorityLost),
    ];
    assert_eq!(full(LoopSpec::default()), once);
    // It could only end, so nobody takes its place.
    let looping = [
        (20, 3, VoiceEvent::Refused, Reason::LimitGlobal),
        (30, 4, VoiceEvent::Refused, Reason::LimitGlobal),
    ];
    let endless = LoopSpec {
        start: 0,
        end: 40_000,
        count: 0,
    };
    assert_eq!(full(endless), looping);
}

/// Ones on the left or right side only.
fn one_side(pan: f32, gain: f32, priority: u8) -> VoiceParams {
    VoiceParams {
        pan,
        gain,
        priority,
        ..sound(3)
    }
}

#[test]
fn a_stolen_voice_fades_over_the_frames_of_its_policy() {
    for fade in [0, 1, 240, 2_400] {
        let mut rig = Rig::new(VoicePolicy {
            on_limit: OnLimit::Reject,
            steal_fade: fade,
            ..small(1)
        });
        rig.install_all();
        rig.start(0, 1, one_side(-1.0, 1.0, 50));
        rig.start(100, 2, one_side(1.0, 1.0, 60)).to(150);
        let fades = usize::from(fade > 50);
        assert_eq!(rig.voices.counts().tails, fades, "{fade}");
        rig.to(4_000);
        assert_eq!(rig.voices.counts().tails, 0, "{fade}");
        assert_eq!(rig.left[99], 1.0);
        for (n, is) in (0_u32..).zip(&rig.left[100..]) {
            let left = fade.saturating_sub(n) as f32;
            let expected = left / fade.max(1) as f32;
            assert!((is - expected).abs() < 1e-5, "{fade} {n}: {is} {expected}");
        }
        assert!(rig.left[100 + fade as usize..].iter().all(|x| *x == 0.0));
        assert!(rig.right[100..].iter().all(|x| *x == 1.0));
    }
}

/// As many voices as there are places for tails and one more, all of them stolen: the first of them at
/// frame `first`, the others at 100.
fn all_stolen(first: u64) -> Rig {
    let mut rig = Rig::new(VoicePolicy {
        on_limit: OnLimit::Reject,
        ..small(17)
    });
    rig.install_all();
    for id in 1..=17 {
        rig.start(id, id, one_side(-1.0, 1.0 / 32.0, 50));
        let at = if id == 1 { first } else { 100 };
        rig.start(at, id + 100, one_side(1.0, 1.0 / 32.0, 60));
    }
    rig.to(101);
    let ended: Vec<_> = rig
        .events()
        .into_iter()
        .filter(|it| it.2 == VoiceEvent::Ended)
        .collect();
    let expected: Vec<_> = (1..=17)
        .map(|id| {
            let at = if id == 1 { first } else { 100 };
            (at, id, VoiceEvent::Ended, Reason::PriorityLost)
        })
        .collect();
    assert_eq!(ended, expected);
    let counts = rig.voices.counts();
    assert_eq!((counts.real, counts.tails), (17, 16));
    rig.to(400);
    assert_eq!(rig.voices.counts().tails, 0);
    rig
}

#[test]
fn of_seventeen_stolen_voices_the_one_nearest_to_its_end_is_cut() {
    for first in [100, 50] {
        let rig = all_stolen(first);
        assert_eq!(rig.right[100], 17.0 / 32.0);
        // Sixteen fade from the same frame on, in 5 ms.
        for (n, is) in (0_u8..240).zip(&rig.left[100..]) {
            let expected = 0.5 * (1.0 - f32::from(n) / 240.0);
            assert!((is - expected).abs() < 1e-5, "{first} {n}: {is} {expected}");
        }
        assert!(rig.left[340..].iter().all(|x| *x == 0.0));
    }
}
