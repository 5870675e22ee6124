//! What MIDI 1.0 messages mean to a project.

use segue_format::project::MidiSource;
use segue_rt::keymap::{ANY, NoteKind};

/// A message that does something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Message {
    /// A note starts or ends: kind, channel, key, velocity.
    Note(NoteKind, u8, u8, f32),
    /// A control has a new value, 0..=1.
    Control(MidiSource, f64),
}

/// Reads three bytes; `None` for what does nothing here. Controllers 120 and 123 end all notes of
/// their channel. `[thread-safe]`, never allocates.
pub fn read([status, a, b]: [u8; 3]) -> Option<Message> {
    let (channel, a, b) = (status & 15, a & 127, b & 127);
    let velocity = f32::from(b) / 127.0;
    Some(match status >> 4 {
        9 if b > 0 => Message::Note(NoteKind::On, channel, a, velocity),
        8 | 9 => Message::Note(NoteKind::Off, channel, a, velocity),
        11 if a == 120 => Message::Note(NoteKind::Choke, channel, ANY, 0.0),
        11 if a == 123 => Message::Note(NoteKind::Off, channel, ANY, 0.0),
        11 => Message::Control(MidiSource::Cc(a), seven_bits(b)),
        12 => Message::Control(MidiSource::Program, seven_bits(a)),
        13 => Message::Control(MidiSource::Pressure, seven_bits(a)),
        14 => Message::Control(MidiSource::Bend, bend(u16::from(b) << 7 | u16::from(a))),
        _ => return None,
    })
}

fn seven_bits(value: u8) -> f64 {
    f64::from(value) / 127.0
}

/// 0 to 1 with 8,192 at exactly 0.5.
fn bend(value: u16) -> f64 {
    let value = f64::from(value);
    if value <= 8_192.0 {
        value / 16_384.0
    } else {
        0.5 + (value - 8_192.0) / 16_382.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_the_midi_specification() {
        use Message::{Control, Note};
        let cases = [
            ([0x93, 60, 127], Some(Note(NoteKind::On, 3, 60, 1.0))),
            ([0x90, 60, 0], Some(Note(NoteKind::Off, 0, 60, 0.0))),
            ([0x80, 60, 127], Some(Note(NoteKind::Off, 0, 60, 1.0))),
            ([0xb1, 1, 127], Some(Control(MidiSource::Cc(1), 1.0))),
            ([0xb1, 123, 0], Some(Note(NoteKind::Off, 1, ANY, 0.0))),
            ([0xb1, 120, 0], Some(Note(NoteKind::Choke, 1, ANY, 0.0))),
            ([0xc0, 127, 0], Some(Control(MidiSource::Program, 1.0))),
            ([0xd0, 0, 0], Some(Control(MidiSource::Pressure, 0.0))),
            ([0xe0, 0, 64], Some(Control(MidiSource::Bend, 0.5))),
            ([0xe0, 127, 127], Some(Control(MidiSource::Bend, 1.0))),
            ([0xe0, 0, 0], Some(Control(MidiSource::Bend, 0.0))),
            ([0xf8, 0, 0], None),
        ];
        for (bytes, message) in cases {
            assert_eq!(read(bytes), message, "{bytes:?}");
        }
    }
}
