//! Notes out: what comes in at the note port goes out again, on its frame.

use clack_plugin::events::UnknownEvent;
use clack_plugin::events::event_types::{
    Midi2Event, MidiEvent, NoteChokeEvent, NoteExpressionEvent, NoteOffEvent, NoteOnEvent,
};
use clack_plugin::events::io::OutputEvents;
use clack_plugin::events::spaces::CoreEventSpace;

/// Passes on notes, their expressions and MIDI, with their ids; anything else stays here.
/// `[audio-thread]`
///
/// `time` is the frame at which the event took effect. A host with no room for it has lost it.
pub(crate) fn pass(event: &UnknownEvent, time: u32, output: &mut OutputEvents<'_>) {
    use CoreEventSpace::{Midi, Midi2, MidiSysEx, NoteChoke, NoteExpression, NoteOff, NoteOn};
    let is_late = event.header().time() != time;
    _ = match event.as_core_event() {
        Some(NoteOn(note)) if note.velocity().is_nan() => return,
        Some(NoteOff(note)) if note.velocity().is_nan() => return,
        Some(NoteExpression(note)) if note.value().is_nan() => return,
        Some(NoteOn(note)) if is_late => {
            output.try_push(NoteOnEvent::new(time, note.pckn(), note.velocity()))
        }
        Some(NoteOff(note)) if is_late => {
            output.try_push(NoteOffEvent::new(time, note.pckn(), note.velocity()))
        }
        Some(NoteChoke(note)) if is_late => output.try_push(NoteChokeEvent::new(time, note.pckn())),
        Some(Midi(midi)) if is_late => {
            output.try_push(MidiEvent::new(time, midi.port_index(), midi.data()))
        }
        Some(Midi2(midi)) if is_late => {
            output.try_push(Midi2Event::new(time, midi.port_index(), midi.data()))
        }
        Some(NoteExpression(note)) if is_late => match note.expression_type() {
            Some(kind) => output.try_push(NoteExpressionEvent::new(
                time,
                note.pckn(),
                kind,
                note.value(),
            )),
            None => return,
        },
        Some(
            NoteOn(_) | NoteOff(_) | NoteChoke(_) | NoteExpression(_) | Midi(_) | Midi2(_)
            | MidiSysEx(_),
        ) if !is_late => output.try_push(event),
        _ => return,
    };
}
