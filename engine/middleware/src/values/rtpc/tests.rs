use super::*;

const FS: f64 = 48_000.0;
const SPEED: RtpcIx = RtpcIx(0);

fn speed(interp: source::Interp) -> source::Rtpc {
    source::Rtpc {
        name: "speed".into(),
        unit: "km/h".into(),
        min: 0.0,
        max: 100.0,
        default: 10.0,
        interp,
        host_param: None,
        targets: Vec::new(),
    }
}

fn world(interp: source::Interp) -> (Rtpcs, RtpcValues) {
    let rtpcs = Rtpcs::compile(&[speed(interp)], FS).unwrap();
    let values = RtpcValues::new(&rtpcs);
    (rtpcs, values)
}

fn who(object: u64, playing: u64) -> Who {
    Who {
        object: ObjectId(object),
        playing: PlayingId(playing),
    }
}

#[test]
fn the_nearest_value_holds() {
    let (rtpcs, mut values) = world(source::Interp::None);
    let all = [who(7, 3), who(7, 4), who(8, 5), who(0, 0)];
    let mut check = |set: Option<(Who, f32)>, expect: [f32; 4]| {
        if let Some((who, value)) = set {
            assert_eq!(values.set(&rtpcs, 0, SPEED, who, value, 0), Set::Done);
        }
        assert_eq!(all.map(|who| values.get(&rtpcs, 0, SPEED, who)), expect);
    };
    check(None, [10.0; 4]);
    check(Some((Who::GLOBAL, 20.0)), [20.0; 4]);
    check(Some((who(7, 0), 30.0)), [30.0, 30.0, 20.0, 20.0]);
    check(Some((who(7, 3), 40.0)), [40.0, 30.0, 20.0, 20.0]);
    check(Some((Who::GLOBAL, 25.0)), [40.0, 30.0, 25.0, 25.0]);
    values.forget_object(ObjectId(7));
    assert_eq!(values.get(&rtpcs, 0, SPEED, who(7, 4)), 25.0);
    values.forget_playing(PlayingId(3));
    assert_eq!(values.get(&rtpcs, 0, SPEED, who(7, 3)), 25.0);
}

#[test]
fn values_clamp_and_what_is_no_number_is_refused() {
    let (rtpcs, mut values) = world(source::Interp::None);
    let mut set = |value| {
        let set = values.set(&rtpcs, 0, SPEED, Who::GLOBAL, value, 0);
        (set, values.get(&rtpcs, 0, SPEED, Who::GLOBAL))
    };
    assert_eq!(set(1e9), (Set::Clamped, 100.0));
    assert_eq!(set(-1.0), (Set::Clamped, 0.0));
    assert_eq!(set(50.0), (Set::Done, 50.0));
    assert_eq!(set(f32::NAN), (Set::NotFinite, 50.0));
    assert_eq!(set(f32::INFINITY), (Set::NotFinite, 50.0));
    assert_eq!(values.refused(), 2);
}

#[test]
fn too_many_values_are_refused_and_counted() {
    let (rtpcs, mut values) = world(source::Interp::None);
    for object in 1..=MAX_OWN_RTPC_VALUES as u64 {
        assert_eq!(
            values.set(&rtpcs, 0, SPEED, who(object, 0), 1.0, 0),
            Set::Done
        );
    }
    let over = who(MAX_OWN_RTPC_VALUES as u64 + 1, 0);
    assert_eq!(values.set(&rtpcs, 0, SPEED, over, 1.0, 0), Set::Full);
    assert_eq!(values.refused(), 1);
    assert_eq!(values.get(&rtpcs, 0, SPEED, over), 10.0);
    values.forget_object(ObjectId(1));
    assert_eq!(values.set(&rtpcs, 0, SPEED, over, 1.0, 0), Set::Done);
}

#[test]
fn a_value_taken_back_glides_to_the_one_above_even_if_that_moves() {
    let linear = source::Interp::Linear {
        up_ms: 10.0,
        down_ms: 10.0,
    };
    let (rtpcs, mut values) = world(linear);
    let get = |values: &RtpcValues, at| values.get(&rtpcs, at, SPEED, who(7, 0));
    values.set(&rtpcs, 0, SPEED, who(7, 0), 50.0, 0);
    assert_eq!(get(&values, 240), 30.0, "it starts at the value above");
    values.reset(&rtpcs, 1000, SPEED, who(7, 0));
    assert_eq!(get(&values, 1240), 30.0);
    values.set(&rtpcs, 1240, SPEED, Who::GLOBAL, 90.0, 0);
    assert_eq!(get(&values, 1240), 30.0);
    assert_eq!(get(&values, 1360), 40.0);
    assert_eq!(get(&values, 1480), 50.0);
    values.tidy(1479);
    assert_eq!(values.objects_with(SPEED).count(), 1);
    values.tidy(1480);
    assert_eq!(get(&values, 1480), 50.0);
    assert!(values.moving(1719) && !values.moving(1720));
    assert_eq!(values.objects_with(SPEED).count(), 0);
    assert_eq!(get(&values, 1720), 90.0);
}

#[test]
fn another_bank_takes_values_over_by_their_name() {
    let (rtpcs, mut old) = world(source::Interp::None);
    old.set(&rtpcs, 0, SPEED, Who::GLOBAL, 20.0, 0);
    old.set(&rtpcs, 0, SPEED, who(7, 0), 30.0, 0);
    old.set(&rtpcs, 0, SPEED, who(7, 9), 40.0, 0);
    let mut other = speed(source::Interp::None);
    other.name = "rpm".into();
    other.default = 5.0;
    let new_rtpcs = Rtpcs::compile(&[other, speed(source::Interp::None)], FS).unwrap();
    let mut new = RtpcValues::new(&new_rtpcs);
    new.carry_over(&old, &|rtpc| (rtpc == RtpcIx(1)).then_some(SPEED));
    let get = |rtpc, who| new.get(&new_rtpcs, 0, RtpcIx(rtpc), who);
    assert_eq!(get(0, who(7, 9)), 5.0);
    assert_eq!(
        [get(1, who(7, 9)), get(1, who(7, 0)), get(1, who(8, 0))],
        [40.0, 30.0, 20.0]
    );
    let mut new = new.clone();
    new.forget_playing(PlayingId(9));
    assert_eq!(new.get(&new_rtpcs, 0, RtpcIx(1), who(7, 9)), 30.0);
}

#[test]
fn bad_rtpcs_are_named() {
    let bad = |change: fn(&mut source::Rtpc)| {
        let mut rtpc = speed(source::Interp::None);
        change(&mut rtpc);
        Rtpcs::compile(&[rtpc], FS).unwrap_err()[0].path.clone()
    };
    assert_eq!(bad(|rtpc| rtpc.max = rtpc.min), "[0].max");
    assert_eq!(bad(|rtpc| rtpc.min = f32::NAN), "[0].max");
    assert_eq!(bad(|rtpc| rtpc.default = 101.0), "[0].default");
    assert_eq!(
        bad(|rtpc| rtpc.interp = source::Interp::Slew { per_s: -1.0 }),
        "[0].interp.per_s"
    );
}
