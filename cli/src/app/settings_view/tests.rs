use super::*;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

#[derive(Default)]
struct Stage {
    audio: Audio,
    midi: Vec<String>,
    choice: Option<Choice>,
    running: Option<Running>,
    wishes: Vec<Wish>,
}

impl Stage {
    fn show(&mut self, ui: &mut Ui) {
        let picture = Picture {
            audio: &self.audio,
            midi: &self.midi,
            choice: self.choice.as_ref(),
            running: self.running.as_ref(),
            engine_latency: 48,
            tone: false,
            heard: 1,
            scale: 1.0,
        };
        self.wishes.extend(show(ui, &picture));
    }
}

fn listed(system: &'static str, id: &str, name: &str) -> Listed {
    Listed {
        name: name.to_owned(),
        id: id.to_owned(),
        system,
        is_default: false,
        rates: Some((44_100, 96_000)),
        channels: 2,
    }
}

fn machine() -> Stage {
    let outputs = vec![
        listed(
            "ALSA",
            "alsa:usb",
            "A USB interface with a name that is far too long for the list it is in",
        ),
        listed("JACK", "jack:output", "JACK Output"),
    ];
    Stage {
        choice: Some(Choice {
            systems: vec!["ALSA", "JACK"],
            outputs,
            midi: vec!["Keys".to_owned(), "Pads".to_owned()],
        }),
        midi: vec!["Pads".to_owned(), "Wheel".to_owned()],
        running: Some(Running {
            name: "JACK Output".to_owned(),
            system: "jack".to_owned(),
            rate: 48_000,
            block: 256,
            dropouts: 1,
            midi_port: Some("segue:midi_in".to_owned()),
        }),
        ..Stage::default()
    }
}

fn stage<'a>(stage: Stage, size: [f32; 2], scale: f32) -> Harness<'a, Stage> {
    let mut harness = Harness::builder()
        .with_size(size)
        .with_pixels_per_point(scale)
        .with_max_steps(16)
        .with_context_setup(theme::install)
        .build_ui_state(|ui, stage: &mut Stage| stage.show(ui), stage);
    harness.run();
    harness
}

fn take(user: &mut Harness<'_, Stage>) -> Vec<Wish> {
    std::mem::take(&mut user.state_mut().wishes)
}

fn click(user: &mut Harness<'_, Stage>, label: &str) {
    user.get_by_label(label).click();
    user.run();
}

#[test]
fn devices_are_chosen_from_lists() {
    let mut user = stage(machine(), [1080.0, 680.0], 1.0);
    click(&mut user, "System: Automatic");
    click(&mut user, "JACK");
    let system = Some("JACK".to_owned());
    let wanted = Audio {
        system,
        ..Audio::default()
    };
    assert_eq!(take(&mut user), [Wish::Use(wanted.clone())]);
    user.state_mut().audio = wanted.clone();
    user.run();
    click(&mut user, "Output: Default output");
    assert!(
        user.query_by_label_contains("USB").is_none(),
        "of another system"
    );
    click(&mut user, "JACK Output");
    let output = Some("jack:output".to_owned());
    let wanted = Audio { output, ..wanted };
    assert_eq!(take(&mut user), [Wish::Use(wanted.clone())]);
    user.state_mut().audio = wanted.clone();
    user.run();
    click(&mut user, "Sample rate: The project's, if the output can");
    assert!(user.query_by_label("192 kHz").is_none(), "it cannot");
    click(&mut user, "44.1 kHz");
    click(&mut user, "Buffer: The output's");
    click(&mut user, "512 frames (10.7 ms)");
    let rate = Some(44_100);
    let buffer = Some(512);
    let expected = [
        Wish::Use(Audio {
            rate,
            ..wanted.clone()
        }),
        Wish::Use(Audio { buffer, ..wanted }),
    ];
    assert_eq!(take(&mut user), expected);
}

#[test]
fn midi_inputs_are_ticked_and_remembered_while_they_are_away() {
    let mut user = stage(machine(), [1080.0, 680.0], 1.0);
    click(&mut user, "Keys");
    click(&mut user, "Pads");
    click(&mut user, "Wheel (not here now)");
    let ports =
        |names: &[&str]| Wish::Listen(names.iter().map(|name| (*name).to_owned()).collect());
    let expected = [
        ports(&["Pads", "Wheel", "Keys"]),
        ports(&["Wheel"]),
        ports(&["Pads"]),
    ];
    assert_eq!(take(&mut user), expected);
    assert!(user.query_by_label_contains("segue:midi_in").is_some());
}

#[test]
fn the_rest_is_there_too() {
    let mut user = stage(machine(), [1080.0, 680.0], 1.0);
    let now = "JACK Output, 48 kHz, 256 frames, 6.3 ms to the output, 1 dropout";
    assert!(user.query_by_label(now).is_some());
    click(&mut user, "Test tone");
    click(&mut user, "Look for devices");
    click(&mut user, "Size of everything: 100 %");
    click(&mut user, "150 %");
    click(&mut user, "Done");
    let expected = [
        Wish::Tone(true),
        Wish::Rescan,
        Wish::Scale(1.5),
        Wish::Close,
    ];
    assert_eq!(take(&mut user), expected);
    user.key_press(egui::Key::Escape);
    user.run();
    assert_eq!(take(&mut user), [Wish::Close]);
}

#[test]
fn a_machine_without_sound_is_told_and_can_try_again() {
    let mut user = stage(Stage::default(), EditorSize::MIN, 2.0);
    assert!(user.query_by_label("No output is open.").is_some());
    assert!(
        user.query_by_label("This system has no MIDI inputs now.")
            .is_some()
    );
    click(&mut user, "Test tone");
    click(&mut user, "Connect");
    assert_eq!(take(&mut user), [Wish::Use(Audio::default())]);
}
