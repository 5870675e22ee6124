//! MIDI input: the ports of the system, and one of the JACK server's own.

#[cfg(target_os = "linux")]
mod server;

use super::player::Midi;
use midir::{MidiInput, MidiInputConnection};
use rtrb::Producer;
use std::sync::{Arc, Mutex, PoisonError};

#[cfg(target_os = "linux")]
pub(super) use server::ServerPort;

/// What Segue is called among MIDI programs.
const CLIENT: &str = "segue";

/// Where the system's ports put what they hear. Their threads may wait for one another.
pub(super) type Sink = Arc<Mutex<Producer<Midi>>>;

/// The ports that the user listens to. Those that are not there are connected when they come.
#[derive(Default)]
pub(super) struct Ports {
    wanted: Vec<String>,
    open: Vec<(String, MidiInputConnection<()>)>,
}

impl Ports {
    /// Listens to these ports and no others. Returns why one of them could not be opened.
    pub(super) fn listen(&mut self, wanted: &[String], sink: &Sink) -> Result<(), String> {
        self.wanted = wanted.to_vec();
        self.open.retain(|(name, _)| wanted.contains(name));
        self.update(sink)
    }

    /// Remembers what to listen to once there is a player.
    pub(super) fn want(&mut self, wanted: &[String]) {
        self.wanted = wanted.to_vec();
    }

    /// Opens ports that have come back and lets go of those that went.
    pub(super) fn update(&mut self, sink: &Sink) -> Result<(), String> {
        if self.wanted.is_empty() {
            return Ok(());
        }
        let there = names();
        self.open.retain(|(name, _)| there.contains(name));
        for name in &self.wanted {
            let is_open = self.open.iter().any(|(open, _)| open == name);
            if !is_open && there.contains(name) {
                self.open.push((name.clone(), connect(name, sink)?));
            }
        }
        Ok(())
    }

    /// Lets go of all, for instance because the player they play into is gone.
    pub(super) fn close(&mut self) {
        self.open.clear();
    }
}

/// The MIDI inputs of the system, in its order.
pub(super) fn names() -> Vec<String> {
    // A system without MIDI has no ports.
    let Ok(input) = MidiInput::new(CLIENT) else {
        return Vec::new();
    };
    let ports = input.ports();
    let names = ports.iter().filter_map(|port| input.port_name(port).ok());
    let mut names: Vec<String> = names.map(|name| lasting(&name).to_owned()).collect();
    names.dedup();
    names
}

/// A port's name without the numbers that ALSA gives anew each time it is plugged in.
fn lasting(name: &str) -> &str {
    let is_number = |text: &str| text.split(':').all(|part| part.parse::<u32>().is_ok());
    match name.rsplit_once(' ') {
        Some((name, number)) if number.contains(':') && is_number(number) => name,
        _ => name,
    }
}

fn connect(name: &str, sink: &Sink) -> Result<MidiInputConnection<()>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{name}: {error}");
    let input = MidiInput::new(CLIENT).map_err(|error| failed(&error))?;
    let is_meant = |port: &midir::MidiInputPort| {
        input
            .port_name(port)
            .is_ok_and(|found| lasting(&found) == name)
    };
    let port = input.ports().into_iter().find(is_meant);
    let port = port.ok_or_else(|| failed(&"it is gone"))?;
    let sink = Arc::clone(sink);
    let hear = move |_, bytes: &[u8], (): &mut ()| {
        if let Some(message) = short(bytes, 0) {
            // A full queue loses what it cannot hold.
            _ = sink
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(message);
        }
    };
    input
        .connect(&port, "midi_in", hear, ())
        .map_err(|error| failed(&error))
}

/// A message of one to three bytes; longer ones mean nothing here.
fn short(bytes: &[u8], offset: u32) -> Option<Midi> {
    let mut message = [0; 3];
    message.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(Midi {
        bytes: message,
        offset,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_last_over_a_replug() {
        assert_eq!(lasting("Keys:Keys MIDI 1 20:0"), "Keys:Keys MIDI 1");
        assert_eq!(lasting("Keys:Keys MIDI 1"), "Keys:Keys MIDI 1");
        assert_eq!(lasting("Keys"), "Keys");
    }

    #[test]
    fn only_short_messages_count() {
        let message = |bytes, offset| Some(Midi { bytes, offset });
        assert_eq!(short(&[0x90, 60, 1], 5), message([0x90, 60, 1], 5));
        assert_eq!(short(&[0xd0, 7], 0), message([0xd0, 7, 0], 0));
        assert_eq!(short(&[0xf0, 1, 2, 0xf7], 0), None);
    }
}
