use segue_rt::game::NameId;

use super::super::testing::Names;
use super::*;
use crate::ids::{NodeIx, StateIx};
use crate::source::{StateChange, StateGroup, StateTarget, StateValue};

const FS: f64 = 48_000.0;
const PLACE: StateIx = StateIx(0);

fn change(target: StateTarget, volume_db: f32, lpf_hz: Option<f32>) -> StateChange {
    StateChange {
        target,
        volume_db,
        pitch_st: 0.0,
        lpf_hz,
        hpf_hz: None,
    }
}

fn value(name: &str, changes: Vec<StateChange>) -> StateValue {
    StateValue {
        name: name.into(),
        changes,
    }
}

fn place() -> StateGroup {
    let node = || StateTarget::Object("b".into());
    let bus = || StateTarget::Bus("music".into());
    StateGroup {
        name: "place".into(),
        values: vec![
            value(
                "cave",
                vec![
                    change(node(), -12.0, Some(200.0)),
                    change(bus(), -4.0, None),
                ],
            ),
            value("beach", vec![change(node(), 6.0, None)]),
        ],
        default_transition_ms: 10.0,
        transition_ms: vec![
            ("*".into(), "none".into(), 40.0),
            ("cave".into(), "beach".into(), 100.0),
        ],
    }
}

fn world() -> (StateGroups, StateValues) {
    let groups = StateGroups::compile(&[place()], &Names, FS).unwrap();
    let values = StateValues::new(&groups, FS);
    (groups, values)
}

fn node(groups: &StateGroups) -> TargetIx {
    groups.target(Target::Node(NodeIx(1))).unwrap()
}

#[test]
fn a_change_takes_its_time_from_the_current_value() {
    let (groups, mut values) = world();
    let target = node(&groups);
    let db = |values: &StateValues, at| values.effect(&groups, at, target).volume_db;
    let value = |name| groups.value(PLACE, NameId::of(name)).unwrap();
    assert!(values.set(&groups, 0, PLACE, value("cave")));
    assert_eq!(
        [0, 240, 479, 480].map(|at| db(&values, at) <= -12.0),
        [false, false, false, true]
    );
    assert_eq!(db(&values, 240), -6.0);
    // Half way: on from here, in the time of the new change.
    assert!(values.set(&groups, 240, PLACE, value("beach")));
    assert_eq!(
        [240, 2640, 5040].map(|at| db(&values, at)),
        [-6.0, 0.0, 6.0]
    );
    assert!(values.moving(5039) && !values.moving(5040));
    assert!(values.set(&groups, 6000, PLACE, 0));
    assert_eq!([6960, 7920].map(|at| db(&values, at)), [3.0, 0.0]);
    assert!(!values.set(&groups, 7000, PLACE, 0), "it is there already");
    assert!(
        !values.set(&groups, 7000, PLACE, 9),
        "there is no such value"
    );
}

#[test]
fn filters_move_in_octaves_and_open_at_the_end() {
    let (groups, mut values) = world();
    let target = node(&groups);
    let hz = |values: &StateValues, at| values.effect(&groups, at, target).lpf_hz;
    assert_eq!(hz(&values, 0), 0.0);
    values.set(&groups, 0, PLACE, 1);
    assert!(
        (hz(&values, 240) - 2000.0).abs() < 0.01,
        "{}",
        hz(&values, 240)
    );
    assert_eq!(hz(&values, 480), 200.0);
    values.set(&groups, 1000, PLACE, 0);
    assert!((hz(&values, 1960) - 2000.0).abs() < 0.01);
    assert_eq!(hz(&values, 2920), 0.0);
}

#[test]
fn groups_add_up() {
    let mood = StateGroup {
        name: "mood".into(),
        ..place()
    };
    let groups = StateGroups::compile(&[place(), mood], &Names, FS).unwrap();
    let mut values = StateValues::new(&groups, FS);
    values.set(&groups, 0, PLACE, 1);
    values.set(&groups, 0, StateIx(1), 2);
    assert_eq!(values.effect(&groups, 480, node(&groups)).volume_db, -6.0);
    let of_bus = groups.targets().len() - 1;
    let bus = TargetIx(u32::try_from(of_bus).unwrap());
    assert!(matches!(groups.targets()[of_bus], Target::Bus(_)));
    assert_eq!(values.effect(&groups, 480, bus).volume_db, -4.0);
}

#[test]
fn another_bank_keeps_the_state_and_moves_on_from_there() {
    let (old_groups, mut old) = world();
    old.set(&old_groups, 0, PLACE, 1);
    let mut changed = place();
    changed.values.swap(0, 1);
    changed.values[1].changes[0].volume_db = -20.0;
    let groups = StateGroups::compile(&[changed], &Names, FS).unwrap();
    let mut values = StateValues::new(&groups, FS);
    values.carry_over(&groups, 240, (&old, &old_groups), &Some, &Some);
    assert_eq!(values.value(PLACE), 2);
    let target = node(&groups);
    let db = [240, 720, 1200].map(|at| values.effect(&groups, at, target).volume_db);
    assert_eq!(db, [-6.0, -13.0, -20.0]);
}

#[test]
fn bad_groups_are_named() {
    let bad = |edit: fn(&mut StateGroup)| {
        let mut group = place();
        edit(&mut group);
        let problems = StateGroups::compile(&[group], &Names, FS).unwrap_err();
        problems[0].path.clone()
    };
    assert_eq!(bad(|group| group.values.clear()), "[0].values");
    assert_eq!(
        bad(|group| group.values[1].changes[0].volume_db = f32::NAN),
        "[0].values[1].changes[0].volume_db"
    );
    assert_eq!(
        bad(|group| group.values[0].changes[1].lpf_hz = Some(1.0)),
        "[0].values[0].changes[1].lpf_hz"
    );
    assert_eq!(
        bad(|group| group.values[0].changes[0].target = StateTarget::Bus("x".into())),
        "[0].values[0].changes[0].target"
    );
    assert_eq!(
        bad(|group| group.transition_ms[1].0 = "cabe".into()),
        "[0].transition_ms[1]"
    );
}
