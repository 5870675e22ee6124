//! What the hand does, and what the host hears of it.

use std::sync::atomic::Ordering::Relaxed;

use clack_host::events::spaces::CoreEventSpace;
use clack_host::prelude::*;
use segue_engine::project::Project;
use segue_plugin::{Kind, Param};

use super::screen::RETURN;
use super::{Editor, Screen};
use crate::host::{Event, Host};
use crate::projects::{project, rich_state};

/// The middle of the first macro's knob, in an editor of the usual size.
pub(super) const MACRO: [i16; 2] = [812, 131];
/// The fader at 0 dB and the mute button of the third strip, which is "tone".
const FADER: [i16; 2] = [196, 254];
const MUTE: [i16; 2] = [197, 618];

/// What the host hears of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Heard {
    Begin,
    Value(f64),
    End,
}

/// Runs a block with these events and returns what comes out about the first macro.
fn hear(host: &mut Host, events: &[Event]) -> Vec<Heard> {
    let mut buffer = EventBuffer::new();
    events.iter().for_each(|event| event.push(0, &mut buffer));
    let (_, out) = host.block(128, &[], &buffer, None);
    let id = Some(ClapId::new(Param::Macro(0).number()));
    let heard = out.iter().filter_map(|event| match event.as_core_event()? {
        CoreEventSpace::ParamGestureBegin(it) if it.param_id() == id => Some(Heard::Begin),
        CoreEventSpace::ParamGestureEnd(it) if it.param_id() == id => Some(Heard::End),
        CoreEventSpace::ParamValue(it) if it.param_id() == id => Some(Heard::Value(it.value())),
        _ => None,
    });
    heard.collect()
}

/// Runs blocks and visits until this is heard, and returns everything up to it.
fn hear_until(host: &mut Host, is_it: impl Fn(Heard) -> bool) -> Vec<Heard> {
    let mut all = Vec::new();
    Screen::get().wait_until("an event", || {
        host.idle();
        all.extend(hear(host, &[]));
        all.last().is_some_and(|last| is_it(*last))
    });
    all
}

fn host() -> Host {
    Host::playing(Kind::Instrument, &rich_state())
}

fn wait_for_project(host: &mut Host, what: &str, is_it: impl Fn(&Project) -> bool) {
    Screen::get().wait_until(what, || {
        host.idle();
        is_it(&project(&host.save()))
    });
}

fn tone(project: &Project) -> &segue_engine::format::project::Bus {
    project.bus("tone").unwrap()
}

#[test]
fn a_drag_on_a_macro_is_a_gesture_and_nobody_pulls_at_it() {
    let screen = Screen::get();
    let mut host = host();
    let editor = Editor::open(&mut host);
    let before = editor.look();
    assert_eq!(host.value(Param::Macro(0)), 0.5);

    screen.move_to(MACRO);
    screen.button(1, true);
    let [x, y] = MACRO;
    screen.move_to([x, y - 20]);
    let first = hear_until(&mut host, |it| matches!(it, Heard::Value(_)));
    assert_eq!(first[0], Heard::Begin);
    assert!(
        matches!(first[1], Heard::Value(value) if value > 0.5),
        "{first:?}"
    );
    // Automation goes on and is not heard while the hand is there.
    hear(&mut host, &[Event::Value(Param::Macro(0), 0.01)]);
    assert!(host.value(Param::Macro(0)) > 0.5);
    screen.move_to([x, y - 40]);
    let more = hear_until(&mut host, |it| matches!(it, Heard::Value(_)));
    assert!(!more.contains(&Heard::Begin) && !more.contains(&Heard::End));
    screen.button(1, false);
    let rest = hear_until(&mut host, |it| it == Heard::End);
    let values: Vec<f64> = [first, more, rest]
        .concat()
        .into_iter()
        .filter_map(|it| match it {
            Heard::Value(value) => Some(value),
            _ => None,
        })
        .collect();
    assert!(values.is_sorted() && values.len() > 1, "{values:?}");
    assert_eq!(Some(&host.value(Param::Macro(0))), values.last());

    let moved = editor.look_again(&before);
    // Now it follows the host again.
    screen.wait_until("the host's value", || {
        hear(&mut host, &[Event::Value(Param::Macro(0), 0.01)]);
        host.value(Param::Macro(0)) == 0.01
    });
    editor.look_again(&moved);
    editor.close(&mut host);
}

#[test]
fn a_number_can_be_typed() {
    let screen = Screen::get();
    let mut host = host();
    let editor = Editor::open(&mut host);
    let before = editor.look();
    screen.move_to(MACRO);
    screen.button(3, true);
    screen.button(3, false);
    // The field that opens takes the keyboard.
    let open = editor.look_again(&before);
    screen.wait_until("the keyboard", || screen.has_keyboard(editor.parent));
    screen.type_text("25");
    editor.look_again(&open);
    screen.key(RETURN);
    let heard = hear_until(&mut host, |it| it == Heard::End);
    assert_eq!(heard, [Heard::Begin, Heard::Value(0.25), Heard::End]);
    assert_eq!(host.value(Param::Macro(0)), 0.25);
    editor.close(&mut host);
}

#[test]
fn the_mixer_is_heard_and_kept() {
    let screen = Screen::get();
    let mut host = host();
    let editor = Editor::open(&mut host);
    editor.look();
    let level = |host: &mut Host| {
        let out = host.render(4_096, &[], &[(0, Event::On(60, 1.0))], &[256]);
        out[0].iter().fold(0.0_f32, |peak, x| peak.max(x.abs()))
    };
    assert!(level(&mut host) > 0.1);
    screen.move_to(FADER);
    screen.button(1, true);
    let [x, y] = FADER;
    screen.move_to([x, y + 100]);
    screen.move_to([x, y + 400]);
    screen.button(1, false);
    wait_for_project(&mut host, "a fader", |it| tone(it).gain_db < -100.0);
    screen.wait_until("silence", || level(&mut host) == 0.0);
    assert!(host.asked.dirty.load(Relaxed) > 0);
    screen.click(MUTE);
    wait_for_project(&mut host, "a mute", |it| tone(it).mute);
    let saved = host.save();
    editor.close(&mut host);

    let mut again = Host::playing(Kind::Instrument, &saved);
    assert_eq!(level(&mut again), 0.0);
    assert_eq!(project(&again.save()), project(&saved));
}

#[test]
fn a_hand_lets_go_when_the_editor_closes() {
    let screen = Screen::get();
    let mut host = host();
    let editor = Editor::open(&mut host);
    editor.look();
    screen.move_to(MACRO);
    screen.button(1, true);
    let [x, y] = MACRO;
    screen.move_to([x, y - 30]);
    hear_until(&mut host, |it| matches!(it, Heard::Value(_)));
    editor.close(&mut host);
    screen.button(1, false);
    let heard = hear(&mut host, &[]);
    assert_eq!(heard.last(), Some(&Heard::End));
    hear(&mut host, &[Event::Value(Param::Macro(0), 0.125)]);
    assert_eq!(host.value(Param::Macro(0)), 0.125);
}

#[test]
fn a_host_that_never_visits_hangs_nothing() {
    let screen = Screen::get();
    let mut host = host();
    let editor = Editor::open(&mut host);
    let before = editor.look();
    for step in 0..20 {
        screen.move_to(MACRO);
        screen.button(1, true);
        let [x, y] = MACRO;
        screen.move_to([x, y - 10 - step]);
        screen.button(1, false);
        screen.click(MUTE);
    }
    editor.look_again(&before);
    // The engine hears it all the same.
    screen.wait_until("the value", || host.value(Param::Macro(0)) > 0.5);
    editor.close(&mut host);
    assert!(hear(&mut host, &[]).contains(&Heard::End));
}
