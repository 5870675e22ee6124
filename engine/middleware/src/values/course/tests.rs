use proptest::prelude::*;

use super::*;

const FS: f64 = 48_000.0;

fn step(interp: Interp) -> Course {
    Course::rest(0.0).towards(1000, 1.0, &interp, 0)
}

#[test]
fn a_critical_step_is_at_ninety_percent_in_time_and_never_over() {
    let t90 = 0.1 * FS;
    let course = step(Interp::critical(t90));
    assert!((course.value(1000 + 4800) - 0.9).abs() < 1e-4);
    let mut last = 0.0;
    for at in 1000..1000 + 100_000 {
        let y = course.value(at);
        assert!((last..=1.0).contains(&y), "{y} after {last} at {at}");
        last = y;
    }
    assert_eq!(last, 1.0);
}

#[test]
fn a_linear_way_takes_its_time_up_and_down() {
    let interp = Interp::Linear(480.0, 960.0);
    let up = step(interp);
    assert_eq!(up.value(1240), 0.5);
    assert_eq!((up.value(1479) < 1.0, up.value(1480)), (true, 1.0));
    let down = up.towards(1480, 0.0, &interp, 0);
    assert_eq!(down.value(1960), 0.5);
    assert_eq!(down.still_at(), 2440);
}

#[test]
fn an_exponential_way_follows_its_formula() {
    let course = step(Interp::Exponential(480.0, 0.0));
    for t in [0u32, 100, 480, 2000] {
        let y = 1.0 - (-f64::from(t) / 480.0).exp();
        assert!((course.value(1000 + u64::from(t)) - y).abs() < 1e-12);
    }
    let down = course.towards(2000, 0.0, &Interp::Exponential(480.0, 0.0), 0);
    assert_eq!(down.value(2000), 0.0, "0 ms is at once");
}

#[test]
fn a_slew_is_never_faster_than_it_may() {
    let course = Course::rest(0.0).towards(0, 3.0, &Interp::Slew(0.01), 0);
    assert_eq!(course.still_at(), 300);
    assert!((course.value(150) - 1.5).abs() < 1e-12);
}

#[test]
fn without_interpolation_a_value_jumps_or_ramps() {
    assert_eq!(step(Interp::None).value(1000), 1.0);
    let ramped = Course::rest(0.0).towards(0, 1.0, &Interp::None, 100);
    assert_eq!(ramped.value(25), 0.25);
    assert_eq!(ramped.value(100), 1.0);
}

#[test]
fn the_same_target_again_does_not_begin_anew() {
    let interp = Interp::Linear(480.0, 480.0);
    let mut course = step(interp);
    for at in (1000..1480).step_by(16) {
        course = course.towards(at, 1.0, &interp, 0);
    }
    assert_eq!(course.value(1480), 1.0);
}

#[test]
fn interps_are_checked() {
    let bad = |interp| Interp::compile(&interp, FS).unwrap_err()[0].path.clone();
    let (up_ms, down_ms) = (-1.0, 0.0);
    assert_eq!(bad(source::Interp::Linear { up_ms, down_ms }), "up_ms");
    assert_eq!(bad(source::Interp::Slew { per_s: 0.0 }), "per_s");
    let slew = Interp::compile(&source::Interp::Slew { per_s: 0.0 }, FS).unwrap_err();
    assert!(slew[0].message.starts_with("slew_per_s 0 is not above 0"));
    assert_eq!(bad(source::Interp::Critical { t90_ms: f32::NAN }), "t90_ms");
    let good = source::Interp::Critical { t90_ms: 100.0 };
    assert_eq!(Interp::compile(&good, FS), Ok(Interp::critical(4800.0)));
}

/// Both ends of a ramped goal against many small steps of the same filter.
#[test]
fn a_ramped_goal_is_followed_as_by_a_filter_that_steps() {
    let (tau, omega) = (300.0, 0.01);
    let decay = Course::rest(0.0).towards(0, 1.0, &Interp::Exponential(tau, tau), 1000);
    let critical = Course::rest(0.0).towards(0, 1.0, &Interp::Critical(omega), 1000);
    let dt = 1.0 / 64.0;
    let (mut one, mut y, mut v) = (0.0, 0.0, 0.0);
    for n in 0..2000 * 64u32 {
        let t = f64::from(n) * dt;
        let goal = (t / 1000.0).min(1.0);
        if n % 6400 == 0 {
            let at = u64::from(n / 64);
            assert!((decay.value(at) - one).abs() < 1e-3, "one-pole at {at}");
            assert!((critical.value(at) - y).abs() < 1e-3, "critical at {at}");
        }
        one += (goal - one) * dt / tau;
        v += (omega * omega * (goal - y) - 2.0 * omega * v) * dt;
        y += v * dt;
    }
}

fn any_interp() -> impl Strategy<Value = Interp> {
    prop_oneof![
        (1.0..5000.0f64, 1.0..5000.0f64).prop_map(|(up, down)| Interp::Linear(up, down)),
        (1.0..5000.0f64, 1.0..5000.0f64).prop_map(|(up, down)| Interp::Exponential(up, down)),
        (1e-4..0.1f64).prop_map(Interp::Slew),
        (1.0..5000.0f64).prop_map(Interp::critical),
    ]
}

proptest! {
    #[test]
    fn a_new_target_begins_at_the_current_value(
        interp in any_interp(),
        changes in proptest::collection::vec((1u64..4000, -1.0..1.0f32, 0u32..500), 1..20),
    ) {
        let (mut at, mut course) = (0, Course::rest(0.0));
        for (wait, to, ramp) in changes {
            at += wait;
            let new = course.towards(at, to, &interp, ramp);
            prop_assert!((new.value(at) - course.value(at)).abs() < 1e-9);
            course = new;
            prop_assert!((course.value(course.still_at().saturating_sub(1)) - f64::from(to)).abs() < 0.2);
        }
        prop_assert_eq!(course.value(course.still_at()), course.target());
    }
}
