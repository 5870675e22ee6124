//! What the control side asks of the audio thread: plain values of fixed size with an absolute
//! sample time.

use segue_dsp::processor::Resource;

use crate::game::{GameCall, Program};
use crate::ids::{BusId, InsertId, SendId, SoundId};
use crate::keymap::{KeyMap, NoteEvent};
use crate::line::Sender;
use crate::mixer::GraphUpdate;
use crate::sound::Sound;
use crate::tap::Tap;
use crate::tempo::TempoMap;
use crate::timeline::{Part, Timeline};
use crate::transport::HostTransport;
use crate::voices::{VoiceCommand, VoiceParams};

/// Everything that can be asked of the audio thread.
#[derive(Debug)]
pub enum Command {
    /// A plain value.
    Plain(Plain),
    /// Something large, made and dropped on the control thread.
    Install(Install),
}

/// A wish without anything that has to be dropped: it can be recorded as it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Plain {
    /// For voices.
    Voice(VoiceCommand),
    /// For the mixer.
    Mixer(MixerCommand),
    /// For the transport.
    Transport(TransportCommand),
    /// A note for the key map; its own time counts less than the command's.
    Note(NoteEvent),
    /// What a host says at the first frame of a block.
    Host(HostTransport),
    /// No host drives the transport any more.
    ReleaseHost,
    /// Takes a sound out of the pool.
    RemoveSound(SoundId),
    /// A call of the game.
    Game(GameCall),
}

/// A large thing for the audio thread.
pub enum Install {
    /// A change of the mixer's graph.
    Graph(Box<GraphUpdate>),
    /// The tempo map.
    Tempo(Box<TempoMap>),
    /// The clips.
    Timeline(Box<Timeline<Part>>),
    /// The key map.
    KeyMap(Box<KeyMap<VoiceParams>>),
    /// Sounds for the pool, in free slots.
    Sounds(SoundBatch),
    /// A copy of a bus's signal for somebody who measures it.
    Tap(Box<Tap>),
    /// Something for the processor of an insert, such as an impulse response.
    Resource(InsertId, Resource),
    /// What carries out game calls; it takes over the state of the one before.
    Program(Box<dyn Program>),
}

/// Sounds on their way. When it comes back it holds those whose slot was taken.
pub type SoundBatch = Vec<Option<(SoundId, Box<Sound>)>>;

impl std::fmt::Debug for Install {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Graph(_) => "Graph",
            Self::Tempo(_) => "Tempo",
            Self::Timeline(_) => "Timeline",
            Self::KeyMap(_) => "KeyMap",
            Self::Sounds(_) => "Sounds",
            Self::Tap(_) => "Tap",
            Self::Resource(..) => "Resource",
            Self::Program(_) => "Program",
        })
    }
}

/// A command and the absolute frame it is for; a frame that has passed means at once.
#[derive(Debug)]
pub struct Timed {
    /// Absolute frame.
    pub at: u64,
    /// Its place among all that were ever queued; equal frames are carried out in its order.
    pub number: u64,
    /// What to do.
    pub command: Command,
}

impl Sender<Timed> {
    /// Queues a command for the absolute frame `at`; its number comes back. `[main-thread]`
    ///
    /// # Errors
    /// The command, while the line is full: nothing is lost.
    pub fn push(&mut self, at: u64, command: Command) -> Result<u64, Box<Command>> {
        if self.is_full() {
            return Err(Box::new(command));
        }
        let number = self.number();
        self.put(|number| Timed {
            at,
            number,
            command,
        });
        Ok(number)
    }

    /// The same for a plain one that is made in its place; false while the line is full. `[main-thread]`
    #[inline(always)]
    pub fn push_plain(&mut self, at: u64, make: impl FnOnce() -> Plain) -> bool {
        self.put(|number| Timed {
            at,
            number,
            command: Command::Plain(make()),
        })
    }
}

/// A wish to change the mixer. Values were range-checked before they were queued.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MixerCommand {
    /// Fader of a bus: linear gain 0..=16, reached after `ramp` frames (at least 10 ms is used
    /// for click-free changes when `ramp` is shorter).
    BusGain {
        /// Which bus.
        bus: BusId,
        /// Linear gain.
        gain: f32,
        /// Frames until it is reached.
        ramp: u32,
    },
    /// Pan of a bus, -1..=1.
    BusPan {
        /// Which bus.
        bus: BusId,
        /// -1 left, 0 centre, 1 right.
        pan: f32,
    },
    /// Mutes or unmutes a bus.
    BusMute {
        /// Which bus.
        bus: BusId,
        /// True for mute.
        on: bool,
    },
    /// Solos a bus: while any bus is soloed, only soloed buses, what feeds them and what they feed
    /// are heard.
    BusSolo {
        /// Which bus.
        bus: BusId,
        /// True for solo.
        on: bool,
    },
    /// Gain of a send, linear 0..=16.
    SendGain {
        /// Which send.
        send: SendId,
        /// Linear gain.
        gain: f32,
    },
    /// Sets a parameter of an insert in its unit.
    InsertParam {
        /// Which insert.
        insert: InsertId,
        /// Row in the processor's parameter table.
        param: u16,
        /// Value in the parameter's unit.
        value: f32,
    },
    /// Wet share of an insert, 0..=1.
    InsertMix {
        /// Which insert.
        insert: InsertId,
        /// 0 dry, 1 wet.
        mix: f32,
    },
    /// Bypasses an insert without a click and without changing the latency.
    InsertBypass {
        /// Which insert.
        insert: InsertId,
        /// True for bypass.
        on: bool,
    },
}

/// A wish to move or change the transport.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TransportCommand {
    /// Runs from the present position.
    Play,
    /// Stops; clip voices fade out, the position stays.
    Stop,
    /// Jumps to a position in quarter-note beats, >= 0.
    Seek {
        /// Quarter-note beats from the start.
        beats: f64,
    },
    /// Sets the loop; `end_beats` > `start_beats` >= 0.
    Loop {
        /// True while the transport wraps.
        enabled: bool,
        /// First beat of the loop.
        start_beats: f64,
        /// Beat at which it wraps.
        end_beats: f64,
    },
}

/// Why a voice ended or a call was refused. The numbers are stable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Reason {
    /// Nothing to report.
    #[default]
    None = 0,
    /// The sound came to its end.
    NaturalEnd = 1,
    /// Asked to stop.
    StopAction = 2,
    /// The limit on real or virtual voices.
    LimitGlobal = 3,
    /// The limit of its bus.
    LimitBus = 4,
    /// The limit of its event.
    LimitEvent = 5,
    /// The limit of its container.
    LimitContainer = 6,
    /// The limit of its game object.
    LimitObject = 7,
    /// Lost to a voice of higher priority.
    PriorityLost = 8,
    /// Too quiet to be heard.
    Inaudible = 9,
    /// Its cool-down has not passed.
    Cooldown = 10,
    /// Its game object is gone.
    ObjectGone = 11,
    /// The bank was exchanged.
    BankSwap = 12,
    /// Its sound is missing or was removed.
    AssetMissing = 13,
    /// A queue was full.
    QueueFull = 14,
    /// It produced no valid signal.
    RenderError = 15,
    /// The id it names is stale or unknown.
    StaleId = 16,
    /// The limit of posts that play at a time.
    LimitPosts = 17,
    /// It follows an RTPC and takes no other value.
    FollowsRtpc = 18,
    /// The limit of its sound.
    LimitSound = 19,
    /// The limit of game objects that there are at a time.
    LimitGameObjects = 20,
    /// The limit of values that game objects have for themselves.
    LimitOwnValues = 21,
}

impl Reason {
    /// Every reason, in the order of their numbers.
    pub const ALL: [Self; 22] = [
        Self::None,
        Self::NaturalEnd,
        Self::StopAction,
        Self::LimitGlobal,
        Self::LimitBus,
        Self::LimitEvent,
        Self::LimitContainer,
        Self::LimitObject,
        Self::PriorityLost,
        Self::Inaudible,
        Self::Cooldown,
        Self::ObjectGone,
        Self::BankSwap,
        Self::AssetMissing,
        Self::QueueFull,
        Self::RenderError,
        Self::StaleId,
        Self::LimitPosts,
        Self::FollowsRtpc,
        Self::LimitSound,
        Self::LimitGameObjects,
        Self::LimitOwnValues,
    ];

    /// Whether a voice or a post with this reason made way, or found no room, because others play.
    pub const fn is_limit(self) -> bool {
        matches!(
            self,
            Self::LimitGlobal
                | Self::LimitBus
                | Self::LimitEvent
                | Self::LimitContainer
                | Self::LimitObject
                | Self::PriorityLost
                | Self::LimitPosts
                | Self::LimitSound
        )
    }
}
