//! What moves, and how often the editor is drawn for it.

use std::time::Duration;

use egui::ViewportId;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use segue_gui::{ACTIVE_INTERVAL, FALL_DB_PER_SECOND, IDLE_INTERVAL, Levels};

use crate::model::{Stage, playing};
use crate::stage::{User, stage};

fn delay(stage: &Harness<'_, Stage>) -> Duration {
    stage.output().viewport_output[&ViewportId::ROOT].repaint_delay
}

fn level(stage: &Harness<'_, Stage>, label: &str) -> f64 {
    stage
        .get_by_label(label)
        .accesskit_node()
        .numeric_value()
        .expect("a level")
}

#[test]
fn a_meter_falls_by_the_standard_on_the_screen() {
    let mut stage = stage(playing(1));
    let levels = |peak| Levels {
        peak: [peak; 2],
        ..Levels::default()
    };
    let snapshot = |stage: &mut Harness<'_, Stage>, peak| {
        stage.state_mut().model.snapshot.buses[0].levels = levels(peak);
    };
    snapshot(&mut stage, 1.0);
    stage.step();
    assert_eq!(level(&stage, "Level of Music"), 0.0);
    snapshot(&mut stage, 0.0);
    for frame in 1..=240 {
        stage.step();
        let expected = -f64::from(FALL_DB_PER_SECOND) * f64::from(frame) / 60.0;
        let shown = level(&stage, "Level of Music");
        assert!(
            (shown - expected).abs() < 0.02,
            "{frame}: {shown} {expected}"
        );
    }
}

#[test]
fn it_is_drawn_60_times_a_second_while_something_moves_and_seldom_at_rest() {
    let mut stage = stage(playing(9));
    let snapshot = &mut stage.state_mut().model.snapshot;
    snapshot.transport.is_playing = false;
    stage.step();
    assert!(delay(&stage) <= ACTIVE_INTERVAL && delay(&stage) > Duration::ZERO);

    let snapshot = &mut stage.state_mut().model.snapshot;
    for bus in snapshot.buses.iter_mut().chain(&mut snapshot.master) {
        bus.levels = Levels::default();
    }
    // 70 dB at 20 dB in 1.7 s, and the hold before it.
    let frames = ((1.5 + 75.0 / f64::from(FALL_DB_PER_SECOND)) * 60.0) as usize;
    stage.run_steps(frames / 2);
    assert!(delay(&stage) <= ACTIVE_INTERVAL, "a meter is falling");
    stage.run_steps(frames / 2 + 2);
    assert_eq!(delay(&stage), IDLE_INTERVAL);

    stage.state_mut().model.snapshot.performance.load = 0.5;
    stage.step();
    assert_eq!(
        delay(&stage),
        IDLE_INTERVAL,
        "a load that flickers moves nothing"
    );
    stage.state_mut().model.snapshot.transport.position.beat += 0.01;
    stage.step();
    assert!(delay(&stage) <= ACTIVE_INTERVAL);
}

#[test]
fn a_frame_reads_its_model_once() {
    let mut stage = stage(playing(9));
    let before = stage.state().model.refreshes;
    stage.run_steps(10);
    assert_eq!(stage.state().model.refreshes - before, 10);
}

#[test]
fn a_clip_stays_lit_until_it_is_seen() {
    let mut stage = stage(playing(9));
    stage.state_mut().model.snapshot.buses[5].levels = Levels::default();
    stage.run_steps(600);
    assert!(stage.query_by_label("Reset clip of Effects").is_some());
    stage.click("Reset clip of Effects");
    assert!(stage.query_by_label("Reset clip of Effects").is_none());
}

#[test]
fn the_buses_of_a_large_project_are_all_there() {
    let stage = stage(playing(128));
    assert_eq!(stage.get_all_by_label_contains("Gain of").count(), 129);
}

#[test]
fn what_the_focus_comes_to_is_brought_into_view() {
    let mut stage = stage(playing(128));
    let window = stage.ctx.content_rect();
    assert!(!window.contains_rect(stage.slider("Gain of Reverb 99").rect()));
    // Six parts of the bars, and four of each strip before it.
    for _ in 0..6 + 98 * 4 + 2 {
        stage.press(egui::Modifiers::NONE, egui::Key::Tab);
    }
    stage.run();
    let slider = stage.slider("Gain of Reverb 99");
    assert!(slider.is_focused() && window.contains_rect(slider.rect()));
}

#[test]
fn meters_of_buses_that_are_gone_are_forgotten() {
    let mut stage = stage(playing(9));
    stage.state_mut().model.snapshot.buses[5].levels.clips = 1;
    stage.step();
    let buses = std::mem::take(&mut stage.state_mut().model.snapshot.buses);
    stage.step();
    stage.state_mut().model.snapshot.buses = buses;
    stage.state_mut().model.snapshot.buses[5].levels = Levels::default();
    stage.step();
    assert!(stage.query_by_label("Reset clip of Effects").is_none());
}
