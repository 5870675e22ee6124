use super::super::testing::Names;
use super::*;
use crate::source::{Interp, Rtpc, SwitchFollow, SwitchGroup};

const GROUND: SwitchIx = SwitchIx(0);
const SPEED: RtpcIx = RtpcIx(0);

fn ground(follow: Option<SwitchFollow>) -> SwitchGroup {
    SwitchGroup {
        name: "ground".into(),
        values: ["grass", "stone", "wood"].map(String::from).into(),
        default: Some("stone".into()),
        follow,
    }
}

fn following() -> SwitchGroup {
    ground(Some(SwitchFollow {
        rtpc: "speed".into(),
        thresholds: vec![10.0, 20.0],
        hysteresis: 2.0,
    }))
}

fn speed() -> Rtpcs {
    let rtpc = Rtpc {
        name: "speed".into(),
        unit: String::new(),
        min: 0.0,
        max: 100.0,
        default: 0.0,
        interp: Interp::None,
        host_param: None,
        targets: Vec::new(),
    };
    Rtpcs::compile(&[rtpc], 48_000.0).unwrap()
}

#[test]
fn the_nearest_value_holds() {
    let groups = SwitchGroups::compile(&[ground(None)], &Names).unwrap();
    let mut values = SwitchValues::new(&groups);
    let get = |values: &SwitchValues| [0, 7].map(|id| values.get(&groups, GROUND, ObjectId(id)));
    assert_eq!(get(&values), [1, 1]);
    assert!(values.set(&groups, GROUND, ObjectId(0), 2));
    assert_eq!(get(&values), [2, 2]);
    assert!(values.set(&groups, GROUND, ObjectId(7), 0));
    assert_eq!(get(&values), [2, 0]);
    assert!(
        !values.set(&groups, GROUND, ObjectId(7), 3),
        "there is no such value"
    );
    values.forget_object(ObjectId(7));
    assert_eq!(get(&values), [2, 2]);
}

#[test]
fn a_switch_follows_with_hysteresis() {
    let groups = SwitchGroups::compile(&[following()], &Names).unwrap();
    let rtpcs = speed();
    let mut rtpc = RtpcValues::new(&rtpcs);
    let mut values = SwitchValues::new(&groups);
    let mut heard = Vec::new();
    let mut follow = |x| {
        rtpc.set(&rtpcs, 0, SPEED, Who::GLOBAL, x, 0);
        values.follow(&groups, (&rtpcs, &rtpc), 0, |_, object, value| {
            heard.push((object.0, value))
        });
        values.get(&groups, GROUND, ObjectId(0))
    };
    let found = [0.0, 10.9, 11.0, 9.1, 9.0, 8.9, 50.0, 19.0, 18.9, 0.0].map(&mut follow);
    assert_eq!(found, [0, 0, 1, 1, 1, 0, 2, 2, 1, 0]);
    let changes: Vec<_> = heard.iter().map(|&(_, value)| value).collect();
    assert_eq!(changes, [0, 1, 0, 2, 1, 0]);
}

#[test]
fn an_object_follows_its_own_value_as_long_as_it_has_one() {
    let groups = SwitchGroups::compile(&[following()], &Names).unwrap();
    let rtpcs = speed();
    let mut rtpc = RtpcValues::new(&rtpcs);
    let mut values = SwitchValues::new(&groups);
    let mut check = |rtpc: &RtpcValues, expect: [u8; 2]| {
        values.follow(&groups, (&rtpcs, rtpc), 0, |_, _, _| ());
        assert_eq!(
            [0, 7].map(|id| values.get(&groups, GROUND, ObjectId(id))),
            expect
        );
    };
    rtpc.set(&rtpcs, 0, SPEED, Who::object(ObjectId(7)), 30.0, 0);
    check(&rtpc, [0, 2]);
    rtpc.set(&rtpcs, 0, SPEED, Who::GLOBAL, 15.0, 0);
    check(&rtpc, [1, 2]);
    rtpc.forget_object(ObjectId(7));
    check(&rtpc, [1, 1]);
}

#[test]
fn another_bank_keeps_values_by_their_name() {
    let old_groups = SwitchGroups::compile(&[ground(None)], &Names).unwrap();
    let mut old = SwitchValues::new(&old_groups);
    old.set(&old_groups, GROUND, ObjectId(0), 0);
    old.set(&old_groups, GROUND, ObjectId(7), 2);
    old.set(&old_groups, GROUND, ObjectId(8), 1);
    let mut changed = ground(None);
    changed.values = ["wood", "grass"].map(String::from).into();
    changed.default = None;
    let groups = SwitchGroups::compile(&[changed], &Names).unwrap();
    let mut values = SwitchValues::new(&groups);
    values.carry_over(&groups, (&old, &old_groups), &Some);
    let found = [0, 7, 8].map(|id| values.get(&groups, GROUND, ObjectId(id)));
    assert_eq!(found, [1, 0, 1], "what is gone is as object 0");
}

#[test]
fn bad_groups_are_named() {
    let bad = |edit: fn(&mut SwitchGroup)| {
        let mut group = following();
        edit(&mut group);
        let problems = SwitchGroups::compile(&[group], &Names).unwrap_err();
        problems[0].path.clone()
    };
    assert_eq!(
        bad(|group| group.default = Some("mud".into())),
        "[0].default"
    );
    assert_eq!(bad(|group| group.values.truncate(1)), "[0].default");
    assert_eq!(
        bad(|group| group.follow.as_mut().unwrap().thresholds[1] = 10.0),
        "[0].follow.thresholds[1]"
    );
    assert_eq!(
        bad(|group| group.follow.as_mut().unwrap().thresholds.truncate(1)),
        "[0].follow.thresholds"
    );
    let mut group = following();
    let follow = group.follow.as_mut().unwrap();
    (follow.hysteresis, follow.thresholds[0]) = (-1.0, f32::INFINITY);
    follow.thresholds[1] = 1.0;
    let problems = SwitchGroups::compile(&[group], &Names).unwrap_err();
    let said: Vec<&str> = problems.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(
        said,
        [
            "inf is not a number",
            "1 is not above inf, the one before it",
            "-1 is not a width of 0 or more: 0 has none"
        ]
    );
    assert_eq!(
        bad(|group| group.follow.as_mut().unwrap().rtpc = "sped".into()),
        "[0].follow.rtpc"
    );
}
