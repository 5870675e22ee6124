//! Nothing here allocates once it is made.

use assert_no_alloc::assert_no_alloc;
use segue_rt::game::{NameId, ObjectId, PlayingId};

use super::duck::{DuckRules, Ducks, slot_matrix};
use super::hdr::{HdrRules, Hdrs};
use super::rtpc::{MAX_OWN_RTPC_VALUES, RtpcValues, Rtpcs, Who};
use super::states::{StateGroups, StateValues, TargetIx};
use super::switches::{SwitchGroups, SwitchValues};
use super::testing::Names;
use crate::containers::random::{RandomPlan, RandomStates};
use crate::containers::sequence::{SequencePlan, SequenceState};
use crate::ids::{RtpcIx, StateIx, SwitchIx};
use crate::source;

const FS: f64 = 48_000.0;

fn speed() -> source::Rtpc {
    source::Rtpc {
        name: "speed".into(),
        unit: String::new(),
        min: 0.0,
        max: 100.0,
        default: 0.0,
        interp: source::Interp::Critical { t90_ms: 50.0 },
        host_param: None,
        targets: Vec::new(),
    }
}

#[test]
fn rtpcs_and_switches_that_follow_them() {
    let rtpcs = Rtpcs::compile(&[speed()], FS).unwrap();
    let mut values = RtpcValues::new(&rtpcs);
    let mut carried = values.clone();
    let ground = source::SwitchGroup {
        name: "ground".into(),
        values: vec!["grass".into(), "stone".into()],
        default: None,
        follow: Some(source::SwitchFollow {
            rtpc: "speed".into(),
            thresholds: vec![50.0],
            hysteresis: 1.0,
        }),
    };
    let groups = SwitchGroups::compile(&[ground], &Names).unwrap();
    let mut switches = SwitchValues::new(&groups);
    let mut switches_carried = switches.clone();
    let speed = RtpcIx(0);
    assert_no_alloc(|| {
        for n in 0..MAX_OWN_RTPC_VALUES as u64 + 10 {
            let who = Who {
                object: ObjectId(n % 50 + 1),
                playing: PlayingId(n),
            };
            values.set(&rtpcs, n, speed, who, 70.0, 0);
            values.get(&rtpcs, n, speed, who);
            if n % 3 == 0 {
                values.reset(&rtpcs, n, speed, who);
            }
        }
        values.set(&rtpcs, 0, speed, Who::object(ObjectId(5)), 90.0, 0);
        switches.follow(&groups, (&rtpcs, &values), 9000, |_, _, _| ());
        carried.carry_over(&values, &Some);
        switches_carried.carry_over(&groups, (&switches, &groups), &Some);
        values.tidy(u64::MAX);
        values.forget_object(ObjectId(5));
        values.forget_playing(PlayingId(7));
        switches.follow(&groups, (&rtpcs, &values), 90_000, |_, _, _| ());
        switches.forget_object(ObjectId(5));
    });
    assert_eq!(switches_carried.get(&groups, SwitchIx(0), ObjectId(5)), 0);
}

#[test]
fn states_ducks_and_windows() {
    let cave = source::StateValue {
        name: "cave".into(),
        changes: vec![source::StateChange {
            target: source::StateTarget::Object("a".into()),
            volume_db: -6.0,
            pitch_st: 0.0,
            lpf_hz: Some(500.0),
            hpf_hz: None,
        }],
    };
    let place = source::StateGroup {
        name: "place".into(),
        values: vec![cave],
        default_transition_ms: 100.0,
        transition_ms: Vec::new(),
    };
    let groups = StateGroups::compile(&[place], &Names, FS).unwrap();
    let mut states = StateValues::new(&groups, FS);
    let mut carried = states.clone();
    let rules = DuckRules::compile(&slot_matrix(&["vo", "sfx", "music"]), &Names, FS).unwrap();
    let mut ducks = Ducks::new(&rules);
    let mut ducks_carried = ducks.clone();
    let hdr = source::Hdr {
        bus: "sfx".into(),
        threshold_db: -20.0,
        ratio: 4.0,
        release_ms: 100.0,
        range_db: 40.0,
    };
    let windows = HdrRules::compile(&[hdr], &Names, FS).unwrap();
    let mut hdrs = Hdrs::new(&windows);
    let mut hdrs_carried = hdrs.clone();
    assert_no_alloc(|| {
        states.set(&groups, 0, StateIx(0), 1);
        states.effect(&groups, 100, TargetIx(0));
        carried.carry_over(&groups, 100, (&states, &groups), &Some, &Some);
        ducks.source_active(&rules, 0, 0, true);
        ducks.source_level(&rules, 0, 0, 0.0);
        ducks.gain(&rules, 100, 0);
        ducks.stuck(&rules, 100);
        ducks_carried.carry_over(&rules, 100, (&ducks, &rules), &Some);
        hdrs.loudest(&windows, 0, 0, 0.0);
        hdrs.gain_db(&windows, 100, 0);
        hdrs_carried.carry_over(&windows, 100, (&hdrs, &windows), &Some);
    });
    assert_eq!(carried.value(StateIx(0)), 1);
}

#[test]
fn choices_and_sequences() {
    let child = source::RandomChild {
        child: "a".into(),
        weight: 1,
        pitch_st: [0.0; 2],
        volume_db: [0.0; 2],
    };
    let random = source::Random {
        children: vec![child; 8],
        mode: source::RandomMode::ShuffleHistory,
        avoid_last: 3,
        pitch_st: [-1.0, 1.0],
        volume_db: [0.0; 2],
    };
    let plan = RandomPlan::compile(&random).unwrap();
    let names = [NameId::of("steps")];
    let mut states = RandomStates::new(1, 2, &names, 0);
    let mut carried = RandomStates::new(1, 2, &names, 1);
    let step = source::Step {
        child: "a".into(),
        duration_ms: 20.0,
        ..source::Step::default()
    };
    let sequence = source::Sequence {
        steps: vec![step; 4],
        speed: 2.0,
        end: source::SequenceEnd::PingPong,
    };
    let sequence = SequencePlan::compile(&sequence, FS).unwrap();
    let plays = assert_no_alloc(|| {
        for n in 0..9000u64 {
            states.state(0, ObjectId(n)).next(&plan, |_| {});
        }
        states.reseed(3);
        states.state(0, ObjectId(3)).set_play_count(&plan, 5000);
        carried.carry_over(&states, &|_| Some(&plan), &Some);
        states.forget_object(ObjectId(3));
        let mut playing = SequenceState::new(&sequence, 0, |_| 0);
        while playing.take_due(&sequence, 100_000).is_some() {}
        let old = playing.clone();
        playing.carry_over(&sequence, 100_000, &old, |_| 0);
        carried.state(0, ObjectId(3)).play_count()
    });
    assert_eq!(plays, 5000);
    assert_eq!(states.refused(), 9000 - 1 - 8192);
}
