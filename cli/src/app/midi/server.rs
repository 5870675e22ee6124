//! A MIDI port of the JACK server: what is connected to it is heard.

use super::{CLIENT, short};
use crate::app::player::Midi;
use jack::contrib::ClosureProcessHandler;
use jack::{AsyncClient, Client, ClientOptions, Control, MidiIn, ProcessScope};
use rtrb::Producer;

/// The name of the port.
const PORT: &str = "midi_in";

/// An open port. It is gone when dropped.
pub(in crate::app) struct ServerPort {
    /// Only to be dropped.
    _client: Box<dyn Send>,
    name: String,
}

impl ServerPort {
    /// Opens `segue:midi_in` at the server that plays.
    pub(in crate::app) fn open(mut sink: Producer<Midi>) -> Result<ServerPort, jack::Error> {
        let (client, _) = Client::new(CLIENT, ClientOptions::NO_START_SERVER)?;
        let port = client.register_port(PORT, MidiIn::default())?;
        let name = port.name()?;
        let hear = move |_: &Client, scope: &ProcessScope| {
            for event in port.iter(scope) {
                if let Some(message) = short(event.bytes, event.time) {
                    // A full queue loses what it cannot hold.
                    _ = sink.push(message);
                }
            }
            Control::Continue
        };
        let client: AsyncClient<(), _> =
            client.activate_async((), ClosureProcessHandler::new(hear))?;
        Ok(ServerPort {
            _client: Box::new(client),
            name,
        })
    }

    /// What the server calls it.
    pub(in crate::app) fn name(&self) -> &str {
        &self.name
    }
}
