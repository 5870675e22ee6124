//! Short ways for calls that games make often: they do what [`Control::send`] does, in fewer steps and without a panic,
//! and answer false when anything is not as it should be. Nothing has changed then, and [`Control::send`] tells why.

use segue_dsp::math::near_db_to_gain;
use segue_rt::command::{MixerCommand, Plain};
use segue_rt::game::{GameCall, NameId};
use segue_rt::ids::{BusId, InsertId, SendId, VoiceId};
use segue_rt::voices::VoiceCommand;

use super::{BusValues, Control, InsertValues};

/// Decibels of a gain from which down it is silent.
const SILENT_DB: f32 = -96.0;
/// The most decibels of a gain.
const LOUDEST_DB: f32 = 24.0;

impl Control {
    /// Moves the fader of a bus to decibels. Not for what is silent. `[main-thread]`
    #[inline(always)]
    pub fn glance_bus_gain(&mut self, at: u64, bus: BusId, db: f32, ramp: u32) -> bool {
        let (Some(gain), true) = (heard(db), self.unheard.is_empty()) else {
            return false;
        };
        let Some(fader) = self.values.fader(bus) else {
            return false;
        };
        let command = || Plain::Mixer(MixerCommand::BusGain { bus, gain, ramp });
        let is_queued = self.commands.push_plain(at, command);
        if is_queued {
            *fader = gain;
        }
        is_queued
    }

    /// The pan of a bus, -1 to 1. `[main-thread]`
    #[inline(always)]
    pub fn glance_bus_pan(&mut self, at: u64, bus: BusId, pan: f32) -> bool {
        let command = MixerCommand::BusPan { bus, pan };
        (-1.0..=1.0).contains(&pan) && self.glance_bus(at, bus, command, |strip| strip.pan = pan)
    }

    /// The mute of a bus, or its solo. `[main-thread]`
    #[inline(always)]
    pub fn glance_bus_switch(&mut self, at: u64, bus: BusId, is_solo: bool, on: bool) -> bool {
        match is_solo {
            false => {
                let command = MixerCommand::BusMute { bus, on };
                self.glance_bus(at, bus, command, |strip| strip.mute = on)
            }
            true => {
                let command = MixerCommand::BusSolo { bus, on };
                self.glance_bus(at, bus, command, |strip| strip.solo = on)
            }
        }
    }

    #[inline(always)]
    fn glance_bus(
        &mut self,
        at: u64,
        bus: BusId,
        command: MixerCommand,
        set: impl FnOnce(&mut BusValues),
    ) -> bool {
        let (Some(strip), true) = (self.values.strip(bus), self.unheard.is_empty()) else {
            return false;
        };
        let is_queued = self.commands.push_plain(at, || Plain::Mixer(command));
        if is_queued {
            set(strip);
        }
        is_queued
    }

    /// A parameter of an insert, in its unit. `[main-thread]`
    #[inline(always)]
    pub fn glance_param(&mut self, at: u64, insert: InsertId, param: u16, value: f32) -> bool {
        // Values of inserts that are gone are kept.
        if !(self.unheard.is_empty() && self.graph.has_insert(insert)) {
            return false;
        }
        let Some(place) = self.values.param(insert, param, value) else {
            return false;
        };
        let command = MixerCommand::InsertParam {
            insert,
            param,
            value,
        };
        let is_queued = self.commands.push_plain(at, || Plain::Mixer(command));
        if is_queued {
            *place = value;
        }
        is_queued
    }

    /// The wet share of an insert, 0 to 1. `[main-thread]`
    #[inline(always)]
    pub fn glance_mix(&mut self, at: u64, insert: InsertId, mix: f32) -> bool {
        let command = MixerCommand::InsertMix { insert, mix };
        (0.0..=1.0).contains(&mix) && self.glance_insert(at, insert, command, |it| it.mix = mix)
    }

    /// The bypass of an insert. `[main-thread]`
    #[inline(always)]
    pub fn glance_bypass(&mut self, at: u64, insert: InsertId, on: bool) -> bool {
        let command = MixerCommand::InsertBypass { insert, on };
        self.glance_insert(at, insert, command, |it| it.bypass = on)
    }

    #[inline(always)]
    fn glance_insert(
        &mut self,
        at: u64,
        insert: InsertId,
        command: MixerCommand,
        set: impl FnOnce(&mut InsertValues),
    ) -> bool {
        if !(self.unheard.is_empty() && self.graph.has_insert(insert)) {
            return false;
        }
        let Some(values) = self.values.chain(insert) else {
            return false;
        };
        let is_queued = self.commands.push_plain(at, || Plain::Mixer(command));
        if is_queued {
            set(values);
        }
        is_queued
    }

    /// The gain of a send, in decibels. Not for what is silent. `[main-thread]`
    #[inline(always)]
    pub fn glance_send_gain(&mut self, at: u64, send: SendId, db: f32) -> bool {
        let is_there = self.unheard.is_empty() && self.graph.has_send(send);
        let (Some(gain), true) = (heard(db), is_there) else {
            return false;
        };
        let Some(place) = self.values.send(send) else {
            return false;
        };
        let command = || Plain::Mixer(MixerCommand::SendGain { send, gain });
        let is_queued = self.commands.push_plain(at, command);
        if is_queued {
            *place = gain;
        }
        is_queued
    }

    /// An adaptive signal, as the game has it: any finite number. `[main-thread]`
    #[inline(always)]
    pub fn glance_signal_set(&mut self, at: u64, signal: NameId, value: f32) -> bool {
        let Some(place) = self.game.signal(signal) else {
            return false;
        };
        let command = || Plain::Game(GameCall::Signal { signal, value });
        let is_queued = value.is_finite() && self.commands.push_plain(at, command);
        if is_queued {
            *place = Some(value);
        }
        is_queued
    }

    /// The gain of a voice, in decibels. Not for what is silent. `[main-thread]`
    #[inline(always)]
    pub fn glance_voice_gain(&mut self, at: u64, voice: VoiceId, db: f32, ramp: u32) -> bool {
        let (Some(gain), true) = (heard(db), self.is_made(voice)) else {
            return false;
        };
        let command = || Plain::Voice(VoiceCommand::Gain { voice, gain, ramp });
        self.commands.push_plain(at, command)
    }

    /// The pan of a voice, -1 to 1, or its width, 0 to 2. `[main-thread]`
    #[inline(always)]
    pub fn glance_voice_place(
        &mut self,
        at: u64,
        voice: VoiceId,
        is_width: bool,
        value: f32,
        ramp: u32,
    ) -> bool {
        let is_sound = match is_width {
            true => (0.0..=2.0).contains(&value),
            false => (-1.0..=1.0).contains(&value),
        };
        let (width, pan) = (value, value);
        is_sound
            && self.is_made(voice)
            && match is_width {
                true => self.commands.push_plain(at, || {
                    Plain::Voice(VoiceCommand::Width { voice, width, ramp })
                }),
                false => self
                    .commands
                    .push_plain(at, || Plain::Voice(VoiceCommand::Pan { voice, pan, ramp })),
            }
    }
}

/// The gain of decibels that can be heard and are allowed, -96 to 24.
#[inline(always)]
fn heard(db: f32) -> Option<f32> {
    // Both at once, and neither for what is no number.
    (db > SILENT_DB && db <= LOUDEST_DB).then(|| near_db_to_gain(db))
}
