//! MIDI controllers, which VST3 passes as parameters only.
//!
//! VST3 has no event for a controller, the pitch wheel or channel pressure. A host asks for the id
//! of a parameter that stands for it (`IMidiMapping`) and automates that. One proxy per controller
//! and channel would be 2,080 parameters, which hosts need minutes to enumerate. So there is one
//! proxy for each controller of [`Options::controllers`](crate::Options), shared by all channels,
//! and what arrives becomes a MIDI event on channel 1 of the first note port. A plug-in without a
//! note port that speaks MIDI gets no proxies. Per-note expression does not need them: it has
//! events of its own.

use vst3::Steinberg::Vst::ControllerNumbers_::{kAfterTouch, kPitchBend};

/// The group of the proxies.
pub(crate) const UNIT: &str = "MIDI";

/// The number of channel pressure in [`Options::controllers`](crate::Options).
pub const CHANNEL_PRESSURE: u8 = kAfterTouch as u8;
/// The number of the pitch wheel in [`Options::controllers`](crate::Options).
pub const PITCH_BEND: u8 = kPitchBend as u8;

/// The controllers that keyboards, pedals and editors send: modulation, breath, foot, portamento
/// time, volume, balance, pan, expression, effect controls, general purpose, the pedals, sound
/// controllers, effect depths, sound off, reset, notes off, channel pressure, pitch wheel.
pub const USUAL_CONTROLLERS: &[u8] = &[
    1,
    2,
    4,
    5,
    7,
    8,
    10,
    11,
    12,
    13,
    16,
    17,
    18,
    19,
    64,
    65,
    66,
    67,
    68,
    69,
    70,
    71,
    72,
    73,
    74,
    75,
    76,
    77,
    78,
    79,
    80,
    81,
    82,
    83,
    91,
    93,
    120,
    121,
    123,
    CHANNEL_PRESSURE,
    PITCH_BEND,
];

const VOLUME: u8 = 7;
const BALANCE: u8 = 8;
const PAN: u8 = 10;
const EXPRESSION: u8 = 11;

/// A controller number of MIDI, or one of the two that VST3 adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Controller(pub(crate) u8);

impl Controller {
    /// The largest value of the message.
    pub(crate) fn largest(self) -> u16 {
        if self.0 == PITCH_BEND { 16_383 } else { 127 }
    }

    /// The pitch wheel counts as continuous: hosts list every step of a discrete parameter.
    pub(crate) fn steps(self) -> i32 {
        if self.0 == PITCH_BEND { 0 } else { 127 }
    }

    /// Where MIDI's recommended practice leaves it after a reset, between 0 and 1.
    pub(crate) fn default(self) -> f64 {
        match self.0 {
            PITCH_BEND => 8_192.0 / 16_383.0,
            VOLUME => 100.0 / 127.0,
            BALANCE | PAN => 64.0 / 127.0,
            EXPRESSION => 1.0,
            _ => 0.0,
        }
    }

    pub(crate) fn name(self) -> String {
        match self.0 {
            CHANNEL_PRESSURE => "Channel pressure".to_owned(),
            PITCH_BEND => "Pitch bend".to_owned(),
            number => format!("CC {number}"),
        }
    }

    /// The message on channel 1 for a value between 0 and 1. Never allocates.
    pub(crate) fn message(self, normalized: f64) -> [u8; 3] {
        // Between 0 and 16,383 after the clamp; not a number becomes 0.
        let value = (normalized.clamp(0.0, 1.0) * f64::from(self.largest())).round() as u16;
        let (low, high) = ((value & 127) as u8, (value >> 7) as u8);
        match self.0 {
            PITCH_BEND => [0xe0, low, high],
            CHANNEL_PRESSURE => [0xd0, low, 0],
            number => [0xb0, number, low],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_the_values_of_midi() {
        assert_eq!(Controller(74).message(1.0), [0xb0, 74, 127]);
        assert_eq!(Controller(74).message(64.0 / 127.0), [0xb0, 74, 64]);
        assert_eq!(Controller(PITCH_BEND).message(0.5), [0xe0, 0, 64]);
        assert_eq!(Controller(PITCH_BEND).message(1.0), [0xe0, 127, 127]);
        assert_eq!(Controller(CHANNEL_PRESSURE).message(f64::NAN), [0xd0, 0, 0]);
    }

    #[test]
    fn defaults_are_exact_messages() {
        assert_eq!(
            Controller(VOLUME).message(Controller(VOLUME).default())[2],
            100
        );
        let bend = Controller(PITCH_BEND);
        assert_eq!(bend.message(bend.default()), [0xe0, 0, 64]);
    }

    #[test]
    fn the_usual_controllers_are_sorted_and_few() {
        assert!(USUAL_CONTROLLERS.is_sorted());
        assert!(USUAL_CONTROLLERS.len() < 64);
    }
}
