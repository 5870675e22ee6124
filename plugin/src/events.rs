//! What the host's events do.

use clack_plugin::events::event_types::{ParamModEvent, ParamValueEvent};
use clack_plugin::events::io::OutputEvents;
use clack_plugin::events::spaces::CoreEventSpace;
use clack_plugin::events::{Match, Pckn, UnknownEvent};
use segue_engine::format::project::MidiSource;
use segue_engine::midi::{self, Message};
use segue_engine::rt::command::Plain;
use segue_engine::rt::keymap::{ANY, NoteEvent, NoteKind};

use crate::edits;
use crate::kind::Kind;
use crate::params::Param;
use crate::processor::Processor;
use crate::{thru, transport};

impl Processor<'_> {
    /// Lets an event take effect at the next frame that is rendered, which is `time` in the host's
    /// block. `[audio-thread]`
    pub(crate) fn handle(
        &mut self,
        event: &UnknownEvent,
        time: u32,
        output: &mut OutputEvents<'_>,
    ) {
        if self.shared.kind == Kind::Instrument {
            thru::pass(event, time, output);
        }
        match event.as_core_event() {
            Some(CoreEventSpace::NoteOn(note)) => {
                self.note(NoteKind::On, note.pckn(), note.velocity());
            }
            Some(CoreEventSpace::NoteOff(note)) => {
                self.note(NoteKind::Off, note.pckn(), note.velocity());
            }
            Some(CoreEventSpace::NoteChoke(note)) => self.note(NoteKind::Choke, note.pckn(), 0.0),
            Some(CoreEventSpace::ParamValue(value)) => self.set_value(value),
            Some(CoreEventSpace::ParamMod(amount)) => self.set_mod(amount),
            Some(CoreEventSpace::Transport(event)) => {
                self.schedule(Plain::Host(transport::read(event)));
            }
            Some(CoreEventSpace::Midi(midi)) => match midi::read(midi.data()) {
                Some(Message::Note(kind, channel, key, velocity)) => {
                    self.play(kind, (channel, key, velocity), -1);
                }
                Some(Message::Control(source, value)) => self.control(source, value, time, output),
                None => {}
            },
            _ => {}
        }
    }

    fn note(&mut self, kind: NoteKind, pckn: Pckn, velocity: f64) {
        let place = |it: Match<u16>| match it {
            Match::Specific(number) => u8::try_from(number).ok(),
            Match::All => Some(ANY),
        };
        let (Some(channel), Some(key)) = (place(pckn.channel), place(pckn.key)) else {
            return;
        };
        let velocity = segue_engine::to_f32(velocity.clamp(0.0, 1.0));
        let note_id = match pckn.note_id {
            Match::Specific(id) => i32::try_from(id).unwrap_or(-1),
            Match::All => -1,
        };
        self.play(kind, (channel, key, velocity), note_id);
    }

    fn play(&mut self, kind: NoteKind, (channel, key, velocity): (u8, u8, f32), note_id: i32) {
        let is_place = (channel < 16 || channel == ANY) && (key < 128 || key == ANY);
        let is_one = channel != ANY && key != ANY;
        if !is_place || velocity.is_nan() || (kind == NoteKind::On && !is_one) {
            return;
        }
        self.schedule(Plain::Note(NoteEvent {
            kind,
            channel,
            key,
            velocity,
            note_id,
            at: 0,
        }));
    }

    fn set_value(&mut self, event: &ParamValueEvent) {
        let param = event.param_id().and_then(|id| Param::from_number(id.get()));
        let Some(param) = param.filter(|_| event.value().is_finite()) else {
            return;
        };
        if self.shared.core.values.is_held(param) {
            return;
        }
        let value = param.clamp(event.value());
        self.values[param.index()] = value;
        self.shared.core.values.note(param, value);
        self.apply(param);
    }

    fn set_mod(&mut self, event: &ParamModEvent) {
        let param = event.param_id().and_then(|id| Param::from_number(id.get()));
        let param = param.filter(|it| *it != Param::Bypass && event.amount().is_finite());
        // Modulation of single notes is not offered.
        if let Some(param) = param.filter(|_| event.pckn().matches_all()) {
            self.mods[param.index()] = event.amount();
            self.apply(param);
        }
    }

    /// Moves the macros of a MIDI control, and tells the host.
    fn control(
        &mut self,
        source: MidiSource,
        value: f64,
        time: u32,
        output: &mut OutputEvents<'_>,
    ) {
        let mut moved = [false; crate::params::MACROS];
        if let Some(deck) = self.player.playing() {
            deck.moved_by(source)
                .for_each(|number| moved[number] = true);
        }
        for number in (0..moved.len()).filter(|number| moved[*number]) {
            let param = Param::Macro(number);
            self.values[param.index()] = value;
            self.shared.core.values.note(param, value);
            self.apply(param);
            // A host that takes no events hears of the value when it asks for it.
            _ = output.try_push(edits::value_event(time, param, value));
        }
    }
}
