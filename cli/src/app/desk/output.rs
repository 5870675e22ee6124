//! An output that plays, with the MIDI that comes along.

use super::Running;
use crate::app::midi::Sink;
use crate::app::player::{Link, Midi, Parcel, Signals, player};
use crate::audio::{self, Event, Opened, Playing, Request, Watch};
use crate::failure::Failure;
use rtrb::{Consumer, Producer};
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

/// An open output. It stops when dropped.
pub(super) struct Line {
    opened: Opened,
    // Before the queues: the audio thread must be gone when they go.
    playing: Playing,
    events: Receiver<Event>,
    watch: Watch,
    decks: Producer<Parcel>,
    old: Consumer<Parcel>,
    /// What did not fit into the queue yet.
    waiting: VecDeque<Parcel>,
    sink: Sink,
    server: Server,
}

/// The MIDI port at the output's server.
enum Server {
    #[cfg(target_os = "linux")]
    Open(crate::app::midi::ServerPort),
    Failed(String),
    /// The output has none.
    None,
}

impl Line {
    /// Opens an output and plays silence through it.
    pub(super) fn open(request: &Request, signals: &Arc<Signals>) -> Result<Line, Failure> {
        let opened = audio::open(request)?;
        let (sender, events) = channel();
        let (player, link) = player(opened.sample_rate(), signals);
        let playing = opened.play(player, &sender)?;
        let Link {
            decks,
            old,
            server,
            ports,
        } = link;
        Ok(Line {
            server: server_port(opened.id(), server),
            opened,
            playing,
            events,
            watch: Watch::new(),
            decks,
            old,
            waiting: VecDeque::new(),
            sink: Arc::new(Mutex::new(ports)),
        })
    }

    pub(super) fn rate(&self) -> u32 {
        self.opened.sample_rate()
    }

    pub(super) fn sink(&self) -> &Sink {
        &self.sink
    }

    /// Hands a deck or what belongs to the last one to the audio thread, at the latest when there is
    /// room.
    pub(super) fn send(&mut self, parcel: Parcel) {
        self.waiting.push_back(parcel);
        self.pass_on();
    }

    fn pass_on(&mut self) {
        while let Some(parcel) = self.waiting.pop_front() {
            if let Err(rtrb::PushError::Full(parcel)) = self.decks.push(parcel) {
                self.waiting.push_front(parcel);
                return;
            }
        }
    }

    /// Drops the decks that came back and counts them.
    pub(super) fn take_old(&mut self) -> usize {
        self.pass_on();
        let mut count = 0;
        while let Ok(parcel) = self.old.pop() {
            count += usize::from(matches!(parcel, Parcel::Deck(_)));
        }
        count
    }

    /// Why the output cannot go on, if so.
    pub(super) fn lost(&mut self) -> Option<Failure> {
        if let Ok(Event::Lost(error)) = self.events.try_recv() {
            return Some(self.opened.failure(&error));
        }
        self.watch.look(self.playing.frames(), &self.opened).err()
    }

    pub(super) fn midi_failure(&self) -> Option<&str> {
        match &self.server {
            Server::Failed(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn running(&self) -> Running {
        let midi_port = match &self.server {
            #[cfg(target_os = "linux")]
            Server::Open(port) => Some(port.name().to_owned()),
            _ => None,
        };
        Running {
            name: self.opened.name().to_owned(),
            system: system(self.opened.id()).to_owned(),
            rate: self.rate(),
            block: self.playing.block(),
            dropouts: self.playing.dropouts(),
            midi_port,
        }
    }
}

/// The audio system in an output's id.
fn system(id: &str) -> &str {
    id.split_once(':').map_or(id, |(system, _)| system)
}

fn server_port(id: &str, queue: Producer<Midi>) -> Server {
    #[cfg(target_os = "linux")]
    if system(id).eq_ignore_ascii_case("jack") {
        return match crate::app::midi::ServerPort::open(queue) {
            Ok(port) => Server::Open(port),
            Err(error) => Server::Failed(error.to_string()),
        };
    }
    drop((id, queue));
    Server::None
}
