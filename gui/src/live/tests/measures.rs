//! A bus is measured as the editor asks.

use super::*;
use crate::model::analysis::Analysis;

/// 997 Hz at -20 dBFS on both sides: -20 LUFS.
fn tone(rig: &mut Rig, seconds: f64) {
    let drums = rig.control.bus("drums").unwrap();
    let end = rig.at as f64 + seconds * f64::from(RATE);
    while (rig.at as f64) < end {
        let input: [f32; BLOCK] = std::array::from_fn(|at| {
            let frame = rig.at + at as u64;
            let phase = std::f64::consts::TAU * 997.0 * frame as f64 / f64::from(RATE);
            0.1 * segue_engine::to_f32(phase.sin())
        });
        rig.at += BLOCK as u64;
        let inputs = [BusInput {
            bus: drums,
            sides: [&input, &input],
        }];
        let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
        let sides = [&mut left[..], &mut right[..]];
        let mut outputs = [BusOutput { bus: None, sides }];
        rig.renderer.process_buses(BLOCK, &inputs, &mut outputs);
        rig.control.update().unwrap();
        rig.look();
    }
}

fn shown(rig: &Rig) -> &Analysis {
    rig.picture.snapshot().analysis.as_ref().expect("measured")
}

fn strip(rig: &Rig, place: usize) -> BusId {
    rig.picture.snapshot().buses[place].id
}

#[test]
fn a_bus_is_measured_to_the_standard() {
    let mut rig = Rig::new();
    let drums = strip(&rig, 0);
    rig.act(Action::Analyse(drums));
    assert_eq!(shown(&rig).momentary, f32::NEG_INFINITY);
    tone(&mut rig, 4.0);
    let it = shown(&rig);
    assert_eq!(it.bus, drums);
    for lufs in [it.momentary, it.short_term, it.integrated, it.max_momentary] {
        assert!((lufs + 20.0).abs() < 0.1, "{it:?}");
    }
    assert!((it.true_peak_db + 20.0).abs() < 0.1 && (it.correlation - 1.0).abs() < 1e-3);
    for sides in it.needles {
        assert!((sides[0] + 20.0).abs() < 0.2, "{:?}", it.needles);
    }
    let loudest = (0..it.spectrum.len()).max_by(|a, b| it.spectrum[*a].total_cmp(&it.spectrum[*b]));
    let hertz = loudest.unwrap() as f32 * it.hertz_per_level;
    assert!((hertz - 997.0).abs() < 12.0, "{hertz}");
    // Its insert passes everything on: nothing is changed.
    assert_eq!(
        (&*it.inserts[0].name, it.inserts[0].unit),
        ("Gain trim", "dB")
    );
    assert!(it.inserts[0].value.unwrap().abs() < 0.1);
}

#[test]
fn an_insert_shows_what_it_does() {
    let mut rig = Rig::new();
    rig.act(Action::Analyse(strip(&rig, 0)));
    rig.act(Action::Set(Control::Macro(0), 0.0));
    tone(&mut rig, 1.0);
    let value = shown(&rig).inserts[0].value.unwrap();
    assert!((value - HALF).abs() < 0.1, "{value}");
}

#[test]
fn measures_pause_and_start_anew() {
    let mut rig = Rig::new();
    rig.act(Action::Analyse(strip(&rig, 0)));
    tone(&mut rig, 2.0);
    rig.act(Action::PauseAnalysis(true));
    rig.act(Action::ResetAnalysis);
    tone(&mut rig, 2.0);
    assert!(shown(&rig).is_paused);
    assert_eq!(shown(&rig).integrated, f32::NEG_INFINITY);
    assert!(shown(&rig).momentary > -21.0);
    rig.act(Action::PauseAnalysis(false));
    tone(&mut rig, 2.0);
    assert!((shown(&rig).integrated + 20.0).abs() < 0.1);
}

#[test]
fn another_bus_takes_the_place_of_the_first_and_engines_may_change() {
    let mut rig = Rig::new();
    for place in [0, 1, 0] {
        rig.act(Action::Analyse(strip(&rig, place)));
        tone(&mut rig, 0.5);
        let is_heard = shown(&rig).momentary > -21.0;
        assert_eq!(is_heard, place == 0);
    }
    // A new engine, as when an output is changed: the same bus is measured anew.
    let (control, renderer, live) = engine(&project());
    (rig.control, rig.renderer, rig.engine) = (control, renderer, live);
    rig.look();
    assert_eq!(shown(&rig).momentary, f32::NEG_INFINITY);
    tone(&mut rig, 0.5);
    assert!(shown(&rig).momentary > -21.0);
}

#[test]
fn readings_stand_beside_their_inserts_after_a_save() {
    let mut rig = Rig::new();
    rig.act(Action::Analyse(strip(&rig, 0)));
    let mut project = project();
    let mut first = Insert::new("first", "gain");
    first.params.insert("gain".to_owned(), f64::from(HALF));
    project.buses[0].inserts.insert(0, first);
    (rig.control, rig.renderer, rig.engine) = engine(&project);
    // The new engine is seen before what it plays.
    rig.look();
    let call = rig.picture.renew(project);
    call(&mut rig.control).unwrap();
    tone(&mut rig, 1.0);
    let value = |place: usize| shown(&rig).inserts[place].value.unwrap();
    assert!((value(0) - HALF).abs() < 0.1, "{}", value(0));
    assert!(value(1).abs() < 0.1, "{}", value(1));
}

#[test]
fn it_follows_a_bus_into_another_project_and_ends_with_it() {
    let mut rig = Rig::new();
    let before = strip(&rig, 1);
    rig.act(Action::Analyse(before));
    let mut other = project();
    other.buses.swap(0, 1);
    rig.picture.hold(other, None);
    assert_ne!(shown(&rig).bus, before);
    assert_eq!(shown(&rig).bus, strip(&rig, 0));
    rig.picture.hold(Project::new("Empty"), None);
    assert_eq!(rig.picture.snapshot().analysis, None);
}

#[test]
fn what_cannot_be_measured_is_told() {
    let mut rig = Rig::new();
    let drums = rig.control.bus("drums").unwrap();
    let options = segue_engine::SpectrumOptions::default();
    let mut taken = Vec::new();
    while let Ok(analyser) = rig.control.analyse(drums, options) {
        taken.push(analyser);
    }
    rig.act(Action::Analyse(strip(&rig, 0)));
    rig.look();
    assert_eq!(rig.picture.snapshot().analysis, None);
    let errors = &rig.picture.snapshot().errors;
    assert_eq!(errors[0].what, "The bus cannot be measured");
    assert!(
        errors[0].value.contains("meter_taps"),
        "{}",
        errors[0].value
    );
    drop(taken);
}
