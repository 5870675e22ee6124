//! The measures of a bus: chosen, reset and written as users expect.

use egui_kittest::kittest::Queryable as _;
use segue_gui::{Action, Analysis, BusId, EditorSize};

use crate::looks::check_image;
use crate::model::{measured, playing};
use crate::stage::{User, parts, stage, stage_of};

/// The master behind nine buses.
const MASTER: BusId = BusId(10);

#[test]
fn the_master_is_measured_first_and_then_what_is_chosen() {
    let mut user = stage(playing(9));
    assert_eq!(user.take(), [], "nobody looks, nothing is measured");
    user.click("Meters");
    assert_eq!(user.take(), [Action::Analyse(MASTER)]);
    user.click("Measured: Master");
    user.click("Effects");
    assert_eq!(user.take(), [Action::Analyse(BusId(6))]);
    assert!(user.query_by_label("Measured: Effects").is_some());
    user.click("Macros");
    user.click("Meters");
    assert_eq!(user.take(), [], "it is still measured");
}

#[test]
fn a_model_that_cannot_measure_is_asked_once() {
    let mut user = stage(playing(9));
    user.state_mut().model.is_deaf = true;
    user.click("Meters");
    user.run_steps(30);
    assert_eq!(user.take(), [Action::Analyse(MASTER)]);
    // The user may try another bus all the same.
    user.click("Measured: Master");
    user.click("Effects");
    assert_eq!(user.take(), [Action::Analyse(BusId(6))]);
}

#[test]
fn numbers_follow_the_scale_and_the_needle() {
    let mut user = stage(measured());
    user.click("Meters");
    let has = |user: &egui_kittest::Harness<'_, _>, text: &str| {
        assert!(user.query_by_label(text).is_some(), "{text}");
    };
    for text in [
        "M −18.4 LUFS",
        "S −19.0 LUFS",
        "I −20.2 LUFS",
        "Range ~ 6.3 LU",
    ] {
        has(&user, text);
    }
    for text in [
        "True peak −0.4 dBTP",
        "PLR 19.8 LU",
        "Corr 0.62",
        "Compressor −3.4 dB",
    ] {
        has(&user, text);
    }
    user.click("Loudness scale: LUFS +9");
    user.click("Loudness scale: LUFS +18");
    has(&user, "I +2.8 LU");
    has(&user, "L −9.0 dBFS");
    user.click("Needle: Digital");
    has(&user, "L −2.0 dB");
    user.click("Needle: PPM I (DIN)");
    has(&user, "L 5.8");
    user.click("Needle: PPM IIa (BBC)");
    has(&user, "R 6.0 dB");
    user.click("Needle: PPM IIb (EBU)");
    has(&user, "R 4.0 VU");
    user.click("Needle: VU");
    has(&user, "Needle: Digital");
}

#[test]
fn measuring_pauses_and_starts_anew() {
    let mut user = stage(measured());
    user.click("Meters");
    user.click("Pause measuring");
    user.click("Pause measuring");
    user.click("Reset measures");
    let expected = [
        Action::PauseAnalysis(true),
        Action::PauseAnalysis(false),
        Action::ResetAnalysis,
    ];
    assert_eq!(user.take(), expected);
    let analysis = &mut user.state_mut().model.snapshot.analysis;
    analysis.as_mut().expect("measured").has_gaps = true;
    user.run();
    user.click("Reset measures: they have gaps");
}

#[test]
fn another_project_is_measured_anew() {
    let mut user = stage(measured());
    user.click("Meters");
    let snapshot = &mut user.state_mut().model.snapshot;
    snapshot.analysis = None;
    let master = snapshot.master.as_mut().expect("a master");
    master.id = BusId(77);
    user.step();
    assert_eq!(user.take(), [Action::Analyse(BusId(77))]);
}

#[test]
fn it_looks_as_it_did() {
    for (name, size) in [
        ("loudness", [1080.0, 680.0]),
        ("loudness-small", EditorSize::MIN),
    ] {
        let mut user = stage_of(measured(), size, 1.0);
        user.click("Meters");
        user.run_steps(2);
        check_image(name, &user.render().expect("a picture"));
    }
}

#[test]
fn its_parts_are_inside_and_apart() {
    for size in [EditorSize::MIN, [1080.0, 680.0]] {
        let mut snapshot = measured();
        snapshot.buses.truncate(4);
        let few = |it: &mut Analysis| it.inserts.clear();
        snapshot.analysis.iter_mut().for_each(few);
        let mut user = stage_of(snapshot, size, 1.0);
        user.click("Meters");
        let parts = parts(&user);
        let window = egui::Rect::from_min_size(egui::Pos2::ZERO, size.into());
        for (at, (name, rect)) in parts.iter().enumerate() {
            assert!(window.contains_rect(*rect), "{name} at {rect:?}");
            for (other_name, other) in &parts[at + 1..] {
                let shared = rect.shrink(0.5).intersects(other.shrink(0.5));
                assert!(!shared, "{name} {rect:?} and {other_name} {other:?}");
            }
        }
    }
}
