//! What an editor shows beside a processor.

use super::*;
use crate::processor::Shows;

/// The reading after half a second of `input`.
fn reading(id: &str, values: &[(&str, f32)], input: [Vec<f32>; 2]) -> f32 {
    let row = super::super::info(super::super::kind_from_id(id).unwrap());
    let mut scene = Scene::new(row, 2, input[0].len());
    let own = values
        .iter()
        .map(|(id, value)| (row.param(id).unwrap(), *value));
    scene.values = own.collect();
    scene.input = input.to_vec();
    let mut insert = scene.insert(64);
    scene.render_with(&mut insert, &[64]);
    insert.reading()
}

fn tone(hz: f64) -> Vec<f32> {
    crate::testing::sine(hz, -12.0, 48_000.0, 24_000)
}

#[test]
fn every_processor_at_work_shows_something() {
    for (id, values) in [
        ("gain", &[("gain", -6.0)][..]),
        (
            "eq",
            &[
                ("band1_on", 1.0),
                ("band1_freq", 1_000.0),
                ("band1_gain", 9.0),
            ],
        ),
        ("compressor", &[("threshold", -40.0)]),
        ("limiter", &[("input", 18.0)]),
        ("gate", &[("threshold", -3.0)]),
        ("deesser", &[("threshold", -50.0), ("freq", 1_000.0)]),
        ("saturator", &[("drive", 24.0)]),
        ("delay", &[("time", 1.3)]),
        ("stereo", &[]),
        ("chorus", &[]),
        ("flanger", &[]),
        ("phaser", &[]),
        ("reverb", &[]),
        ("convolution", &[]),
    ] {
        let shown = reading(id, values, [tone(1_000.0), tone(1_000.0)]);
        assert!(shown.abs() > 0.05 && shown.abs() <= 60.0, "{id}: {shown}");
    }
}

#[test]
fn level_changes_are_those_of_the_settings() {
    let of = |id: &str, values: &[(&str, f32)], hz: f64| reading(id, values, [tone(hz), tone(hz)]);
    assert!((of("gain", &[("gain", -6.0)], 997.0) + 6.0).abs() < 0.01);
    assert!(of("gain", &[], 997.0).abs() < 1e-5);
    let bell = [
        ("band1_on", 1.0),
        ("band1_freq", 1_000.0),
        ("band1_gain", -9.0),
    ];
    assert!((of("eq", &bell, 1_000.0) + 9.0).abs() < 0.05);
    assert!(of("eq", &bell, 20.0).abs() < 0.1);
    let silence = || vec![0.0; 24_000];
    let setup = Setup::new(48_000.0, 2).unwrap();
    for row in PROCESSORS {
        // A gate is closed in silence, and says so.
        if build(row.kind, setup, &[]).unwrap().shows() == Shows::GainChange {
            continue;
        }
        assert_eq!(
            reading(row.id, &[], [silence(), silence()]),
            0.0,
            "{}",
            row.id
        );
    }
}

#[test]
fn stereo_tools_show_the_correlation_of_what_they_make() {
    let of = |values: &[(&str, f32)]| reading("stereo", values, [tone(500.0), tone(500.0)]);
    assert!((of(&[]) - 1.0).abs() < 1e-4);
    assert!((of(&[("invert_left", 1.0)]) + 1.0).abs() < 1e-4);
    let apart = reading("stereo", &[], [tone(500.0), tone(700.0)]);
    assert!(apart.abs() < 0.01, "{apart}");
    let narrow = reading("stereo", &[("width", 0.0)], [tone(500.0), tone(700.0)]);
    assert!((narrow - 1.0).abs() < 1e-4, "{narrow}");
}
