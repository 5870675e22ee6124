//! Faders, pans, knobs and the buttons of strips.

use egui::{Key, Modifiers, vec2};
use segue_gui::Action::{self, Begin, End, Set, SetMute, SetSolo};
use segue_gui::{BusId, Control, db_from_travel, travel_from_db};

use crate::model::playing;
use crate::stage::{User, stage, up};

/// Music: 0 dB, centre.
const MUSIC: BusId = BusId(1);
const GAIN: Control = Control::Gain(MUSIC);
const PAN: Control = Control::Pan(MUSIC);
const INTENSITY: Control = Control::Macro(0);

const FADER_LABEL: &str = "Gain of Music";
const PAN_LABEL: &str = "Pan of Music";
const KNOB_LABEL: &str = "Intensity";

fn whole(control: Control, value: f32) -> Vec<Action> {
    vec![Begin(control), Set(control, value), End(control)]
}

/// One Begin, then Sets, then one End, all of one control; the values of the Sets.
fn values(actions: &[Action], control: Control) -> Vec<f32> {
    let (first, last) = (actions.first(), actions.last());
    assert_eq!(
        (first, last),
        (Some(&Begin(control)), Some(&End(control))),
        "{actions:?}"
    );
    let value = |action: &Action| match action {
        Set(of, value) if *of == control => *value,
        other => panic!("{other:?} within a gesture"),
    };
    actions[1..actions.len() - 1].iter().map(value).collect()
}

#[test]
fn a_drag_is_one_gesture_and_moves_as_far_as_the_pointer() {
    let mut user = stage(playing(9));
    let height = user.slider(FADER_LABEL).rect().height() - 32.0;
    user.drag(
        FADER_LABEL,
        &[up(-20.0), up(-20.0), up(10.0)],
        Modifiers::NONE,
    );
    let set = values(&user.take(), GAIN);
    let expected = db_from_travel(travel_from_db(0.0) - 30.0 / height);
    assert_eq!(set.len(), 3);
    assert!((set[2] - expected).abs() < 0.11, "{set:?} {expected}");
    assert!(set[1] < set[2] && set[1] < set[0]);

    user.drag(
        PAN_LABEL,
        &[vec2(40.0, 0.0), vec2(40.0, 0.0)],
        Modifiers::NONE,
    );
    assert_eq!(values(&user.take(), PAN), [0.5, 1.0]);

    user.drag(KNOB_LABEL, &[up(20.0), up(20.0)], Modifiers::NONE);
    let set = values(&user.take(), INTENSITY);
    assert!(
        (set[0] - 0.74).abs() < 1e-5 && (set[1] - 0.84).abs() < 1e-5,
        "{set:?}"
    );
}

#[test]
fn a_drag_ends_at_the_ends_and_shift_makes_it_fine() {
    let mut user = stage(playing(9));
    user.drag(FADER_LABEL, &[up(5_000.0)], Modifiers::NONE);
    assert_eq!(values(&user.take(), GAIN), [12.0]);
    user.drag(FADER_LABEL, &[up(-5_000.0)], Modifiers::NONE);
    assert_eq!(values(&user.take(), GAIN), [f32::NEG_INFINITY]);
    user.drag(KNOB_LABEL, &[up(20.0)], Modifiers::SHIFT);
    let set = values(&user.take(), INTENSITY);
    assert!((set[0] - 0.65).abs() < 1e-5, "{set:?}");
}

#[test]
fn a_double_click_goes_to_the_default() {
    let mut user = stage(playing(9));
    for (label, control, value) in [
        ("Gain of Drums", Control::Gain(BusId(2)), 0.0),
        ("Pan of Drums", Control::Pan(BusId(2)), 0.0),
        (KNOB_LABEL, INTENSITY, 0.5),
    ] {
        user.double_click(label);
        assert_eq!(user.take(), whole(control, value), "{label}");
    }
}

#[test]
fn keys_move_what_has_the_focus() {
    let mut user = stage(playing(9));
    user.focus(FADER_LABEL);
    let down = |key| (Modifiers::NONE, key);
    for ((modifiers, key), value) in [
        (down(Key::ArrowDown), -1.0),
        (down(Key::ArrowLeft), -2.0),
        (down(Key::ArrowUp), -1.0),
        ((Modifiers::SHIFT, Key::ArrowRight), -0.9),
        (down(Key::PageDown), -10.9),
        (down(Key::End), 12.0),
        (down(Key::Home), f32::NEG_INFINITY),
        (down(Key::PageUp), -60.0),
        (down(Key::Delete), 0.0),
    ] {
        user.press(modifiers, key);
        assert_eq!(user.take(), whole(GAIN, value), "{key:?}");
    }
    assert!(user.slider(FADER_LABEL).is_focused());
    user.focus(KNOB_LABEL);
    user.press(Modifiers::NONE, Key::ArrowUp);
    assert_eq!(user.take(), whole(INTENSITY, 0.65));
}

#[test]
fn values_are_typed() {
    let mut user = stage(playing(9));
    user.click("Type gain of Music");
    user.enter("-7,5 dB");
    assert_eq!(user.take(), whole(GAIN, -7.5));
    user.click("Type Intensity");
    user.enter("25");
    assert_eq!(user.take(), whole(INTENSITY, 0.25));
    user.right_click(PAN_LABEL);
    user.enter("L30");
    assert_eq!(user.take(), whole(PAN, -0.3));
    user.focus(PAN_LABEL);
    user.press(Modifiers::NONE, Key::Enter);
    user.enter("c");
    assert_eq!(user.take(), whole(PAN, 0.0));
    user.right_click(FADER_LABEL);
    user.enter("+18");
    assert_eq!(user.take(), whole(GAIN, 18.0));
}

#[test]
fn what_cannot_be_read_stays_until_it_can_or_escape() {
    let mut user = stage(playing(9));
    user.click("Type gain of Music");
    user.enter("loud");
    assert_eq!(user.take(), []);
    for _ in 0.."loud".len() {
        user.press(Modifiers::NONE, Key::Backspace);
    }
    user.enter("-3");
    assert_eq!(user.take(), whole(GAIN, -3.0));
    user.click("Type gain of Music");
    user.send(egui::Event::Text("-9".to_owned()));
    user.press(Modifiers::NONE, Key::Escape);
    assert_eq!(user.take(), []);
    assert_eq!(user.slider(FADER_LABEL).value().as_deref(), Some("−3.0 dB"));
}

#[test]
fn a_screen_reader_sets_values() {
    let mut user = stage(playing(9));
    user.slider(FADER_LABEL).set_value_accesskit(-12.0);
    user.run();
    assert_eq!(user.take(), whole(GAIN, -12.0));
    user.slider(FADER_LABEL).increment_accesskit();
    user.run();
    assert_eq!(user.take(), whole(GAIN, -11.0));
    user.slider(KNOB_LABEL).decrement_accesskit();
    user.run();
    assert_eq!(user.take(), whole(INTENSITY, 0.63));
    assert_eq!(user.slider(KNOB_LABEL).value().as_deref(), Some("63 %"));
}

#[test]
fn strips_mute_solo_and_forget_clips() {
    let mut user = stage(playing(9));
    user.click("Mute of Music");
    user.click("Mute of Music");
    user.click("Solo of Drums");
    user.click("Mute of Master");
    let master = BusId(10);
    let expected = [
        SetMute(MUSIC, true),
        SetMute(MUSIC, false),
        SetSolo(BusId(2), true),
        SetMute(master, true),
    ];
    assert_eq!(user.take(), expected);
    user.state_mut().model.snapshot.buses[5].levels = Default::default();
    user.click("Reset clip of Effects");
    // The light is out, and the next thing there is to forget is the peak.
    user.click("Reset peak of Effects");
    assert_eq!(user.take(), []);
}

#[test]
fn a_gesture_ends_when_its_bus_or_its_window_goes() {
    for window_goes in [false, true] {
        let mut user = stage(playing(3));
        let place = user.slider(FADER_LABEL).rect().center();
        user.hover_at(place);
        user.run();
        user.drag_at(place);
        user.run();
        user.send(egui::Event::PointerMoved(place + up(-30.0)));
        let actions = user.take();
        assert_eq!(actions[0], Begin(GAIN));
        assert!(!actions.contains(&End(GAIN)));
        if window_goes {
            let stage = user.state_mut();
            stage.editor.close(&mut stage.model);
        } else {
            user.state_mut().model.snapshot.buses.remove(0);
            user.run();
        }
        assert_eq!(user.take(), [End(GAIN)]);
    }
}
