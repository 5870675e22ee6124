//! Notes out: what comes in goes out again.

use crate::host::{Event, Host};
use crate::projects::state;
use clack_extensions::note_ports::{NoteDialect, NotePortInfoBuffer, PluginNotePorts};
use clack_host::events::event_types::*;
use clack_host::events::io::EventBuffer;
use clack_host::events::spaces::CoreEventSpace;
use clack_host::events::{Pckn, UnknownEvent};
use segue_plugin::{Kind, Param};

#[test]
fn the_instrument_has_a_note_port_each_way() {
    for (kind, count) in [(Kind::Instrument, 1), (Kind::Effect, 0)] {
        let mut host = Host::new(kind);
        let handle = host.instance.plugin_handle();
        let ports: Option<PluginNotePorts> = handle.get_extension();
        assert_eq!(ports.is_some(), count > 0);
        let Some(ports) = ports else { continue };
        for is_input in [true, false] {
            assert_eq!(ports.count(&handle, is_input), count);
            let mut buffer = NotePortInfoBuffer::new();
            let port = ports.get(&handle, 0, is_input, &mut buffer).unwrap();
            assert_eq!(port.preferred_dialect, Some(NoteDialect::Clap));
            let name: &[u8] = if is_input { b"Notes" } else { b"Notes out" };
            assert_eq!(port.name, name);
        }
    }
}

/// What can be told apart of an event.
fn line(event: &UnknownEvent) -> String {
    use CoreEventSpace::*;
    let time = event.header().time();
    match event.as_core_event() {
        Some(NoteOn(note)) => format!("{time} on {:?} {}", note.pckn(), note.velocity()),
        Some(NoteOff(note)) => format!("{time} off {:?} {}", note.pckn(), note.velocity()),
        Some(NoteChoke(note)) => format!("{time} choke {:?}", note.pckn()),
        Some(NoteExpression(note)) => {
            format!("{time} expression {:?} {}", note.pckn(), note.value())
        }
        Some(Midi(midi)) => format!("{time} midi {} {:?}", midi.port_index(), midi.data()),
        _ => format!("{time} something else"),
    }
}

#[test]
fn notes_expressions_and_midi_go_out_as_they_came_in() {
    let one = Pckn::new(0_u16, 3_u16, 60_u16, 77_u32);
    let mut events = EventBuffer::new();
    events.push(&NoteOnEvent::new(5, one, 0.25));
    Event::Value(Param::Macro(0), 0.5).push(6, &mut events);
    events.push(&NoteExpressionEvent::new(
        9,
        one,
        NoteExpressionType::Tuning,
        -1.5,
    ));
    events.push(&MidiEvent::new(40, 0, [0xe0, 1, 2]));
    events.push(&NoteChokeEvent::new(41, one));
    events.push(&NoteOffEvent::new(63, Pckn::match_all(), 0.5));
    let mut host = Host::playing(Kind::Instrument, &state());
    let (_, out) = host.block(64, &[], &events, None);
    let expected: Vec<String> = events
        .iter()
        .map(line)
        .filter(|line| !line.contains("else"))
        .collect();
    assert_eq!(out.iter().map(line).collect::<Vec<_>>(), expected);
    assert_eq!(expected.len(), 5);
}

#[test]
fn what_lies_outside_of_its_block_goes_out_inside_and_in_order() {
    let mut events = EventBuffer::new();
    Event::On(60, 1.0).push(10, &mut events);
    Event::On(61, f64::NAN).push(11, &mut events);
    Event::On(62, 1.0).push(4, &mut events);
    Event::Midi([0x90, 63, 1]).push(9_999, &mut events);
    let mut host = Host::playing(Kind::Instrument, &state());
    let (_, out) = host.block(32, &[], &events, None);
    let times: Vec<u32> = out.iter().map(|event| event.header().time()).collect();
    assert_eq!(times, [10, 11, 31]);
    // The effect has no note port, and says nothing.
    let mut host = Host::playing(Kind::Effect, &state());
    assert_eq!(host.block(32, &[], &events, None).1.len(), 0);
}
