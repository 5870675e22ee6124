//! The audio thread's side of the app: plays one project after the other, hears MIDI, and a test
//! tone.

use crate::audio::Sound;
use rtrb::{Consumer, Producer, RingBuffer};
use segue_engine::format::project::MidiSource;
use segue_engine::midi::{self, Message};
use segue_engine::project::Project;
use segue_engine::rt::command::Plain;
use segue_engine::rt::keymap::NoteEvent;
use segue_engine::{Control, MacroTarget, Renderer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// Frames that are rendered at once at most.
const CHUNK: usize = 4_096;
/// A new project takes over within a fiftieth of a second.
const FADES_PER_SECOND: u32 = 50;
/// Decks on their way, each way.
const DECKS: usize = 8;
/// MIDI messages on their way; what finds no place is lost.
const MESSAGES: usize = 1_024;
/// Macros whose values MIDI can move.
const MACROS: usize = 128;
/// The test tone: A above middle C, 20 dB below full scale.
const TONE_HZ: f64 = 440.0;
const TONE_GAIN: f32 = 0.1;

/// A MIDI message of up to three bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Midi {
    pub(super) bytes: [u8; 3],
    /// The frame of the next block that it is for.
    pub(super) offset: u32,
}

/// A project that is ready to be played. Made and dropped by the control thread.
pub(super) struct Deck {
    renderer: Renderer,
    routes: Box<Routes>,
}

/// Where MIDI controllers go in a project: other ones after a reload.
pub(super) struct Routes {
    macros: Box<[Vec<MacroTarget>]>,
    midi: Box<[(MidiSource, usize)]>,
}

/// What the control thread hands over, and gets back to be dropped.
pub(super) enum Parcel {
    /// A project, to be played instead of the one that plays.
    Deck(Box<Deck>),
    /// For the deck that was handed over last.
    Routes(Box<Routes>),
}

impl Deck {
    pub(super) fn new(control: &Control, renderer: Renderer, project: &Project) -> Deck {
        let routes = Box::new(Routes::new(control, project));
        Deck { renderer, routes }
    }
}

impl Routes {
    pub(super) fn new(control: &Control, project: &Project) -> Routes {
        let midi = project.macros.iter().enumerate();
        Routes {
            macros: control.macro_targets().into(),
            midi: midi
                .filter_map(|(number, entry)| Some((entry.midi?, number)))
                .collect(),
        }
    }
}

/// What audio thread and window tell each other. `[thread-safe]`
#[derive(Debug)]
pub(super) struct Signals {
    /// The test tone is on.
    pub(super) tone: AtomicBool,
    /// MIDI messages that were heard.
    pub(super) heard: AtomicU64,
    /// The value of each macro that MIDI has moved, and [`MOVED`].
    macros: [AtomicU64; MACROS],
}

/// Marks a value that nobody has seen yet.
const MOVED: u64 = 1 << 32;

impl Default for Signals {
    fn default() -> Signals {
        Signals {
            tone: AtomicBool::new(false),
            heard: AtomicU64::new(0),
            macros: [const { AtomicU64::new(0) }; MACROS],
        }
    }
}

impl Signals {
    /// The macros that MIDI has moved since the last call, with their values.
    pub(super) fn moved(&self) -> impl Iterator<Item = (usize, f64)> {
        let values = self.macros.iter().map(|cell| cell.swap(0, Relaxed));
        values.enumerate().filter_map(|(number, bits)| {
            let value = f32::from_bits(u32::try_from(bits & (MOVED - 1)).ok()?);
            (bits & MOVED != 0).then_some((number, value.into()))
        })
    }

    fn note(&self, number: usize, value: f64) {
        if let Some(cell) = self.macros.get(number) {
            let bits = segue_engine::to_f32(value).to_bits();
            cell.store(u64::from(bits) | MOVED, Relaxed);
        }
    }
}

/// The control thread's ends of a player.
pub(super) struct Link {
    /// Where decks and their routes go.
    pub(super) decks: Producer<Parcel>,
    /// Where they come back, decks in the order in which they went.
    pub(super) old: Consumer<Parcel>,
    /// For the audio server's own MIDI port, whose thread must not wait.
    pub(super) server: Producer<Midi>,
    /// For all other ports.
    pub(super) ports: Producer<Midi>,
}

/// Plays decks one after the other with short cross-fades. `[audio-thread]`
pub(super) struct Player {
    incoming: Consumer<Parcel>,
    outgoing: Producer<Parcel>,
    midi: [Consumer<Midi>; 2],
    signals: Arc<Signals>,
    deck: Option<Box<Deck>>,
    old: Option<Box<Deck>>,
    /// Frames of the cross-fade that are left, and its length.
    left: u32,
    fade: u32,
    planes: [Vec<f32>; 2],
    tone: Tone,
}

/// A player for an output of this rate, silent until a deck comes. `[control-thread]`
pub(super) fn player(sample_rate: u32, signals: &Arc<Signals>) -> (Player, Link) {
    let (decks, incoming) = RingBuffer::new(DECKS);
    let (outgoing, old) = RingBuffer::new(DECKS);
    let (server, from_server) = RingBuffer::new(MESSAGES);
    let (ports, from_ports) = RingBuffer::new(MESSAGES);
    let player = Player {
        incoming,
        outgoing,
        midi: [from_server, from_ports],
        signals: Arc::clone(signals),
        deck: None,
        old: None,
        left: 0,
        fade: sample_rate / FADES_PER_SECOND,
        planes: [vec![0.0; CHUNK], vec![0.0; CHUNK]],
        tone: Tone::new(sample_rate),
    };
    let link = Link {
        decks,
        old,
        server,
        ports,
    };
    (player, link)
}

impl Sound for Player {
    fn render(&mut self, left: &mut [f32], right: &mut [f32]) {
        self.take();
        self.hear();
        for (left, right) in left.chunks_mut(CHUNK).zip(right.chunks_mut(CHUNK)) {
            match &mut self.deck {
                Some(deck) => deck.renderer.process(&mut [&mut *left, &mut *right]),
                None => {
                    left.fill(0.0);
                    right.fill(0.0);
                }
            }
            self.fade_out(left, right);
            self.tone.add(self.signals.tone.load(Relaxed), left, right);
        }
    }
}

impl Player {
    /// Takes the next deck or routes, unless a deck is being taken over.
    fn take(&mut self) {
        if self.old.is_some() || self.outgoing.is_full() {
            return;
        }
        match self.incoming.pop() {
            Ok(Parcel::Deck(deck)) => {
                self.old = self.deck.replace(deck);
                self.left = if self.old.is_some() { self.fade } else { 0 };
            }
            Ok(Parcel::Routes(mut routes)) => {
                if let Some(deck) = &mut self.deck {
                    std::mem::swap(&mut deck.routes, &mut routes);
                }
                // There is room: nobody else puts anything there.
                _ = self.outgoing.push(Parcel::Routes(routes));
            }
            Err(_) => {}
        }
    }

    /// Lets the old deck fade out over the new one.
    fn fade_out(&mut self, left: &mut [f32], right: &mut [f32]) {
        let Some(old) = &mut self.old else {
            return;
        };
        let [old_left, old_right] = &mut self.planes;
        let frames = left.len();
        let (old_left, old_right) = (&mut old_left[..frames], &mut old_right[..frames]);
        old.renderer.process(&mut [old_left, old_right]);
        let rest = self.left;
        let share = |frame: u32| rest.saturating_sub(frame) as f32 / self.fade.max(1) as f32;
        for (new, old) in [(left, old_left), (right, old_right)] {
            for ((frame, new), old) in (1..).zip(new.iter_mut()).zip(old.iter()) {
                *new += (*old - *new) * share(frame);
            }
        }
        self.left = rest.saturating_sub(u32::try_from(frames).unwrap_or(u32::MAX));
        if self.left == 0
            && let Some(old) = self.old.take()
            && let Err(rtrb::PushError::Full(Parcel::Deck(old))) =
                self.outgoing.push(Parcel::Deck(old))
        {
            self.old = Some(old);
        }
    }

    /// Carries out the MIDI messages that have come.
    fn hear(&mut self) {
        for queue in 0..self.midi.len() {
            while let Ok(message) = self.midi[queue].pop() {
                self.signals.heard.fetch_add(1, Relaxed);
                self.carry_out(message);
            }
        }
    }

    fn carry_out(&mut self, Midi { bytes, offset }: Midi) {
        let Some(deck) = &mut self.deck else {
            return;
        };
        let at = deck.renderer.now() + u64::from(offset);
        match midi::read(bytes) {
            Some(Message::Note(kind, channel, key, velocity)) => {
                let note = NoteEvent {
                    kind,
                    channel,
                    key,
                    velocity,
                    note_id: -1,
                    at,
                };
                // A full queue loses the note; the next one finds room.
                _ = deck.renderer.schedule(at, Plain::Note(note));
            }
            Some(Message::Control(source, value)) => {
                let routes = &deck.routes;
                for (_, number) in routes.midi.iter().filter(|row| row.0 == source) {
                    for target in routes.macros.get(*number).into_iter().flatten() {
                        _ = deck.renderer.schedule(at, target.command(value));
                    }
                    self.signals.note(*number, value);
                }
            }
            None => {}
        }
    }
}

/// A sine that swells and fades without a click.
struct Tone {
    step: f64,
    phase: f64,
    gain: f32,
    ramp: f32,
}

impl Tone {
    fn new(sample_rate: u32) -> Tone {
        Tone {
            step: TONE_HZ / f64::from(sample_rate),
            phase: 0.0,
            gain: 0.0,
            ramp: TONE_GAIN / (0.02 * sample_rate as f32),
        }
    }

    fn add(&mut self, is_on: bool, left: &mut [f32], right: &mut [f32]) {
        let goal = if is_on { TONE_GAIN } else { 0.0 };
        if self.gain == 0.0 && !is_on {
            return;
        }
        for (left, right) in left.iter_mut().zip(right) {
            self.gain += (goal - self.gain).clamp(-self.ramp, self.ramp);
            self.phase = (self.phase + self.step).fract();
            let value =
                self.gain * segue_engine::to_f32((self.phase * std::f64::consts::TAU).sin());
            *left += value;
            *right += value;
        }
    }
}

#[cfg(test)]
mod tests;
