//! Notes and what belongs to them, both ways.

use clap_sys::events::*;
use vst3::Steinberg::Vst::Event_::EventTypes;
use vst3::Steinberg::Vst::Event_::EventTypes_::*;
use vst3::Steinberg::Vst::NoteExpressionTypeIDs_::*;
use vst3::Steinberg::Vst::*;

use crate::events::{Address, AnyEvent, Queue};
use crate::layout::NoteBus;

/// How many notes with an id are remembered for the events that name the id alone.
const REMEMBERED: usize = 256;
/// VST3 has no expression for pressure; this one is ours.
pub(crate) const PRESSURE: NoteExpressionTypeID = kCustomStart + 6;

/// A note expression in both worlds: `clap = scale * (vst - shift)`.
pub(crate) struct Expression {
    pub(crate) vst: NoteExpressionTypeID,
    clap: clap_note_expression,
    scale: f64,
    shift: f64,
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) default: f64,
}

const fn expression(
    vst: NoteExpressionTypeID,
    clap: clap_note_expression,
    name: &'static str,
) -> Expression {
    Expression {
        vst,
        clap,
        scale: 1.0,
        shift: 0.0,
        name,
        unit: "",
        default: 0.0,
    }
}

/// All expressions that both sides have. VST3 defines volume as 4 x gain and tuning as 240 semitones
/// around the middle.
pub(crate) const EXPRESSIONS: &[Expression] = &[
    Expression {
        scale: 4.0,
        default: 0.25,
        unit: "dB",
        ..expression(kVolumeTypeID, CLAP_NOTE_EXPRESSION_VOLUME, "Volume")
    },
    Expression {
        default: 0.5,
        ..expression(kPanTypeID, CLAP_NOTE_EXPRESSION_PAN, "Pan")
    },
    Expression {
        scale: 240.0,
        shift: 0.5,
        default: 0.5,
        unit: "semitones",
        ..expression(kTuningTypeID, CLAP_NOTE_EXPRESSION_TUNING, "Tuning")
    },
    expression(kVibratoTypeID, CLAP_NOTE_EXPRESSION_VIBRATO, "Vibrato"),
    Expression {
        default: 1.0,
        ..expression(
            kExpressionTypeID,
            CLAP_NOTE_EXPRESSION_EXPRESSION,
            "Expression",
        )
    },
    expression(
        kBrightnessTypeID,
        CLAP_NOTE_EXPRESSION_BRIGHTNESS,
        "Brightness",
    ),
    expression(PRESSURE, CLAP_NOTE_EXPRESSION_PRESSURE, "Pressure"),
];

impl Expression {
    fn to_clap(&self, value: f64) -> f64 {
        self.scale * (value.clamp(0.0, 1.0) - self.shift)
    }

    fn to_vst(&self, value: f64) -> f64 {
        (value / self.scale + self.shift).clamp(0.0, 1.0)
    }

    /// What a user reads.
    pub(crate) fn text(&self, value: f64) -> String {
        let plain = self.to_clap(value);
        match self.vst {
            kVolumeTypeID => format!("{:.2}", 20.0 * plain.log10()),
            kTuningTypeID => format!("{plain:.2}"),
            _ => format!("{:.1}", plain * 100.0),
        }
    }

    /// What a user means.
    pub(crate) fn parse(&self, text: &str) -> Option<f64> {
        let number: f64 = text.trim().parse().ok()?;
        let plain = match self.vst {
            kVolumeTypeID => 10_f64.powf(number / 20.0),
            kTuningTypeID => number,
            _ => number / 100.0,
        };
        (!plain.is_nan()).then(|| self.to_vst(plain))
    }
}

/// The notes that sound, by their ids: some events of VST3 carry the id alone, and most plug-ins
/// want to know the key too.
pub(crate) struct NoteBook {
    notes: [Option<Address>; REMEMBERED],
    next: usize,
}

impl NoteBook {
    pub(crate) fn new() -> Self {
        Self {
            notes: [None; REMEMBERED],
            next: 0,
        }
    }

    /// Remembers a note; the oldest is forgotten when the book is full.
    fn add(&mut self, note: Address) {
        if note.id == -1 {
            return;
        }
        let is_it = |other: &Option<Address>| other.is_some_and(|other| other.id == note.id);
        let known = self.notes.iter().position(is_it);
        let free = || self.notes.iter().position(Option::is_none);
        let place = known.or_else(free).unwrap_or(self.next);
        self.notes[place] = Some(note);
        self.next = (place + 1) % REMEMBERED;
    }

    fn remove(&mut self, id: i32) {
        for note in &mut self.notes {
            if note.is_some_and(|note| note.id == id) {
                *note = None;
            }
        }
    }

    fn find(&self, id: i32, port: i16) -> Address {
        let known = self.notes.iter().flatten().find(|note| note.id == id);
        known.copied().unwrap_or(Address {
            id,
            port,
            channel: -1,
            key: -1,
        })
    }
}

/// `[audio-thread]` Queues an event of the host, in the dialect of its bus, at `time`.
///
/// # Safety
/// The active variant of the event is that of its type; data that it points to stays valid until the
/// queue is cleared.
pub(crate) unsafe fn queue(
    event: &Event,
    time: u32,
    busses: &[NoteBus],
    book: &mut NoteBook,
    queue: &mut Queue,
) {
    let Some((port, bus)) = usize::try_from(event.busIndex)
        .ok()
        .and_then(|index| Some((i16::try_from(index).ok()?, busses.get(index)?)))
    else {
        return;
    };
    let is_clap = bus.speaks_clap;
    let mut push = |event| queue.push(time, event);
    // SAFETY: the caller vouches for the variants.
    unsafe {
        match u32::from(event.r#type) as EventTypes {
            kNoteOnEvent => {
                let on = event.__field0.noteOn;
                let to = address(on.noteId, port, on.channel, on.pitch);
                book.add(to);
                if is_clap {
                    push(AnyEvent::note(CLAP_EVENT_NOTE_ON, to, unit(on.velocity)));
                    if on.tuning != 0.0 && on.tuning.is_finite() {
                        let semitones = f64::from(on.tuning) / 100.0;
                        push(AnyEvent::expression(
                            CLAP_NOTE_EXPRESSION_TUNING,
                            to,
                            semitones,
                        ));
                    }
                } else if bus.speaks_midi {
                    let velocity = seven_bits(on.velocity).max(1);
                    push(message(port, 0x90, on.channel, on.pitch, velocity));
                }
            }
            kNoteOffEvent => {
                let off = event.__field0.noteOff;
                let to = address(off.noteId, port, off.channel, off.pitch);
                book.remove(off.noteId);
                if is_clap {
                    push(AnyEvent::note(CLAP_EVENT_NOTE_OFF, to, unit(off.velocity)));
                } else if bus.speaks_midi {
                    let velocity = seven_bits(off.velocity);
                    push(message(port, 0x80, off.channel, off.pitch, velocity));
                }
            }
            kPolyPressureEvent => {
                let poly = event.__field0.polyPressure;
                let to = address(poly.noteId, port, poly.channel, poly.pitch);
                if is_clap {
                    let pressure = unit(poly.pressure);
                    push(AnyEvent::expression(
                        CLAP_NOTE_EXPRESSION_PRESSURE,
                        to,
                        pressure,
                    ));
                } else if bus.speaks_midi {
                    let pressure = seven_bits(poly.pressure);
                    push(message(port, 0xa0, poly.channel, poly.pitch, pressure));
                }
            }
            kNoteExpressionValueEvent if is_clap => {
                let value = event.__field0.noteExpressionValue;
                let known = EXPRESSIONS.iter().find(|known| known.vst == value.typeId);
                if let Some(known) = known.filter(|_| !value.value.is_nan()) {
                    let to = book.find(value.noteId, port);
                    push(AnyEvent::expression(
                        known.clap,
                        to,
                        known.to_clap(value.value),
                    ));
                }
            }
            kDataEvent if bus.speaks_midi => {
                let data = event.__field0.data;
                if data.r#type == DataEvent_::DataTypes_::kMidiSysEx as u32 && !data.bytes.is_null()
                {
                    push(AnyEvent::sysex(port.unsigned_abs(), data.bytes, data.size));
                }
            }
            _ => {}
        }
    }
}

fn address(id: i32, port: i16, channel: i16, key: i16) -> Address {
    Address {
        id: id.max(-1),
        port,
        channel: channel.clamp(0, 15),
        key: key.clamp(0, 127),
    }
}

fn unit(value: f32) -> f64 {
    if value.is_nan() {
        0.0
    } else {
        f64::from(value.clamp(0.0, 1.0))
    }
}

fn seven_bits(value: f32) -> u8 {
    (unit(value) * 127.0).round() as u8
}

fn message(port: i16, status: u8, channel: i16, key: i16, value: u8) -> AnyEvent {
    let channel = channel.clamp(0, 15) as u8;
    let key = key.clamp(0, 127) as u8;
    AnyEvent::midi(port.unsigned_abs(), [status | channel, key, value])
}

/// `[audio-thread]` The host's event for a note event of the plug-in; `None` if VST3 has none.
///
/// # Safety
/// `header` belongs to a whole event of its type.
pub(crate) unsafe fn from_clap(header: &clap_event_header) -> Option<Event> {
    let whole = &raw const *header;
    // SAFETY: the caller vouches for the type; its size is checked before any field is read.
    unsafe {
        match header.type_ {
            CLAP_EVENT_NOTE_ON if is_whole::<clap_event_note>(header) => {
                let note = &*whole.cast::<clap_event_note>();
                Some(note_on(note))
            }
            CLAP_EVENT_NOTE_OFF | CLAP_EVENT_NOTE_CHOKE if is_whole::<clap_event_note>(header) => {
                let note = &*whole.cast::<clap_event_note>();
                Some(note_off(note))
            }
            CLAP_EVENT_NOTE_EXPRESSION if is_whole::<clap_event_note_expression>(header) => {
                let event = &*whole.cast::<clap_event_note_expression>();
                from_expression(event)
            }
            CLAP_EVENT_MIDI if is_whole::<clap_event_midi>(header) => {
                let midi = &*whole.cast::<clap_event_midi>();
                from_midi(midi.port_index, midi.data)
            }
            CLAP_EVENT_MIDI_SYSEX if is_whole::<clap_event_midi_sysex>(header) => {
                let sysex = &*whole.cast::<clap_event_midi_sysex>();
                let data = DataEvent {
                    size: sysex.size,
                    r#type: DataEvent_::DataTypes_::kMidiSysEx as u32,
                    bytes: sysex.buffer,
                };
                let port = i32::from(sysex.port_index);
                Some(event(port, kDataEvent, Event__type0 { data }))
            }
            _ => None,
        }
    }
}

fn is_whole<T>(header: &clap_event_header) -> bool {
    header.size as usize >= size_of::<T>()
}

fn event(port: i32, kind: EventTypes, content: Event__type0) -> Event {
    Event {
        busIndex: port.max(0),
        sampleOffset: 0,
        ppqPosition: 0.0,
        flags: 0,
        r#type: kind as u16,
        __field0: content,
    }
}

fn note_on(note: &clap_event_note) -> Event {
    let on = NoteOnEvent {
        channel: note.channel.max(0),
        pitch: note.key.max(0),
        tuning: 0.0,
        velocity: note.velocity as f32,
        length: 0,
        noteId: note.note_id,
    };
    event(
        i32::from(note.port_index),
        kNoteOnEvent,
        Event__type0 { noteOn: on },
    )
}

fn note_off(note: &clap_event_note) -> Event {
    let off = NoteOffEvent {
        channel: note.channel.max(0),
        pitch: note.key.max(0),
        velocity: note.velocity as f32,
        noteId: note.note_id,
        tuning: 0.0,
    };
    event(
        i32::from(note.port_index),
        kNoteOffEvent,
        Event__type0 { noteOff: off },
    )
}

fn from_expression(from: &clap_event_note_expression) -> Option<Event> {
    let port = i32::from(from.port_index);
    if from.expression_id == CLAP_NOTE_EXPRESSION_PRESSURE {
        let poly = PolyPressureEvent {
            channel: from.channel.max(0),
            pitch: from.key.max(0),
            pressure: from.value as f32,
            noteId: from.note_id,
        };
        let content = Event__type0 { polyPressure: poly };
        return Some(event(port, kPolyPressureEvent, content));
    }
    let known = EXPRESSIONS
        .iter()
        .find(|known| known.clap == from.expression_id)?;
    let value = NoteExpressionValueEvent {
        typeId: known.vst,
        noteId: from.note_id,
        value: known.to_vst(from.value),
    };
    let content = Event__type0 {
        noteExpressionValue: value,
    };
    Some(event(port, kNoteExpressionValueEvent, content))
}

fn from_midi(port: u16, [status, first, second]: [u8; 3]) -> Option<Event> {
    let port = i32::from(port);
    let channel = i16::from(status & 15);
    let (first, second) = (first & 127, second & 127);
    let note = |kind: clap_event_type| clap_event_note {
        header: clap_event_header {
            size: 0,
            time: 0,
            space_id: 0,
            type_: kind,
            flags: 0,
        },
        note_id: -1,
        port_index: port as i16,
        channel,
        key: i16::from(first),
        velocity: f64::from(second) / 127.0,
    };
    let controller = |number: u8, value: u8, value2: u8| {
        let out = LegacyMIDICCOutEvent {
            controlNumber: number,
            channel: channel as i8,
            value: value as i8,
            value2: value2 as i8,
        };
        Some(event(
            port,
            kLegacyMIDICCOutEvent,
            Event__type0 { midiCCOut: out },
        ))
    };
    match status & 0xf0 {
        0x90 if second > 0 => Some(note_on(&note(CLAP_EVENT_NOTE_ON))),
        0x80 | 0x90 => Some(note_off(&note(CLAP_EVENT_NOTE_OFF))),
        0xa0 => controller(ControllerNumbers_::kCtrlPolyPressure as u8, first, second),
        0xb0 => controller(first, second, 0),
        0xc0 => controller(ControllerNumbers_::kCtrlProgramChange as u8, first, 0),
        0xd0 => controller(ControllerNumbers_::kAfterTouch as u8, first, 0),
        0xe0 => controller(ControllerNumbers_::kPitchBend as u8, first, second),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_go_both_ways() {
        let find = |vst| EXPRESSIONS.iter().find(|known| known.vst == vst).unwrap();
        assert_eq!(find(kVolumeTypeID).to_clap(0.25), 1.0);
        assert_eq!(find(kTuningTypeID).to_clap(0.5), 0.0);
        assert_eq!(find(kTuningTypeID).to_clap(1.0), 120.0);
        for known in EXPRESSIONS {
            for value in [0.1, known.default, 1.0] {
                assert!((known.to_vst(known.to_clap(value)) - value).abs() < 1e-12);
                let back = known.parse(&known.text(value)).unwrap();
                assert!((back - value).abs() < 1e-3, "{} {value} {back}", known.name);
            }
        }
    }

    #[test]
    fn the_book_forgets_the_oldest() {
        let mut book = NoteBook::new();
        let note = |id| address(id, 0, 1, 60);
        for id in 0..=REMEMBERED as i32 {
            book.add(note(id));
        }
        assert_eq!(book.find(0, 0).key, -1);
        assert_eq!(book.find(REMEMBERED as i32, 0), note(REMEMBERED as i32));
        book.remove(1);
        assert_eq!(
            book.find(1, 3),
            Address {
                id: 1,
                port: 3,
                channel: -1,
                key: -1
            }
        );
    }

    #[test]
    fn midi_becomes_events() {
        let kind = |data| from_midi(0, data).map(|event| u32::from(event.r#type) as EventTypes);
        assert_eq!(kind([0x91, 60, 100]), Some(kNoteOnEvent));
        assert_eq!(kind([0x91, 60, 0]), Some(kNoteOffEvent));
        assert_eq!(kind([0xb0, 7, 100]), Some(kLegacyMIDICCOutEvent));
        assert_eq!(kind([0xf8, 0, 0]), None);
    }
}
