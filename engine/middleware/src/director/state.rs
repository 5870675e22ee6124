//! All that a director remembers, sized when it is made.

use segue_rt::game::{Desk, NameId, ObjectId, PlayingId};
use segue_rt::ids::VoiceId;

use super::Config;
use super::agenda::Agenda;
use super::buses::Buses;
use super::groups::Groups;
use super::holds::Holds;
use super::moment::Moment;
use super::objects::Objects;
use super::places::Places;
use super::plays::Plays;
use super::pool::Pool;
use super::score::Score;
use super::voices::Voices;
use crate::bank::Bank;
use crate::containers::decision::ChildRow;
use crate::containers::random::RandomStates;
use crate::containers::rng::mix64;
use crate::containers::switch::MAX_SWITCH_CHILDREN;
use crate::ids::NodeIx;
use crate::limits;
use crate::telemetry::{Teller, What};
use crate::values::condition::GameValues;
use crate::values::rtpc::RtpcValues;
use crate::values::sparse::{Sparse, SparseKey};
use crate::values::states::StateValues;
use crate::values::switches::SwitchValues;
use segue_rt::command::Reason;

/// What a call is carried out with: the bank, the desk, and the frame it is.
pub(super) struct Cx<'a> {
    pub(super) bank: &'a Bank,
    pub(super) desk: &'a mut dyn Desk,
    pub(super) at: u64,
}

/// What waits for its frame.
#[derive(Clone, Copy, Debug)]
pub(super) enum Due {
    /// An action of a post.
    Fire {
        play: u32,
        generation: u32,
        action: u8,
    },
    /// Something of an instance: a step, a change, the end of a fade.
    Wake { inst: u32, generation: u32 },
}

/// Everything that changes.
pub(super) struct State {
    pub(super) objects: Objects,
    pub(super) plays: Plays,
    pub(super) pool: Pool,
    pub(super) voices: Voices,
    /// Numbers of what limits voices.
    pub(super) groups: Groups,
    /// What actions set, for plays to come.
    pub(super) holds: Holds,
    pub(super) agenda: Agenda<Due>,
    /// Something that a pause held waits no more, but is still on the agenda.
    pub(super) waits_gone: bool,
    /// Pauses held something on this frame, or let it go: the agenda is timed anew once they all did.
    pub(super) retime: bool,
    /// When the action that is carried out should have been.
    pub(super) moment: Option<Moment>,
    pub(super) values: Values,
    pub(super) randoms: RandomStates,
    /// What the game gave in place of the bank's seed.
    pub(super) given_seed: Option<u64>,
    pub(super) buses: Buses,
    pub(super) score: Score,
    pub(super) teller: Teller,
    /// Frame of each event's last accepted post, and how many there were.
    pub(super) posts: Box<[Posts]>,
    /// Where nodes were stopped, for those that go on there, and what a play that starts goes on at.
    pub(super) places: Sparse<PlaceKey, Places>,
    pub(super) going_on: Places,
    /// Instances on their way, the next frame at which they are looked at, and whether game values
    /// changed since.
    pub(super) moving: Vec<Watched>,
    /// Switch containers and blends that play. What is over leaves them with the tick.
    pub(super) switchers: Vec<Watched>,
    pub(super) blends: Vec<Watched>,
    /// What a decision said of each child.
    pub(super) rows: Vec<ChildRow>,
    pub(super) control: u64,
    pub(super) dirty: Dirty,
    /// How often one of several was picked by chance.
    pub(super) picks: Picks,
    /// Actions that may still be carried out before the next tick, in all of a tick, and those that
    /// were put off.
    pub(super) budget: usize,
    pub(super) tick_actions: usize,
    pub(super) put_off: u32,
    /// Lost steps and fades that were told.
    pub(super) told_wakes: u64,
    /// Ids of what nobody outside posted.
    pub(super) own_ids: u64,
    pub(super) notes: super::notes::Held,
    pub(super) scratch: Vec<u32>,
    pub(super) clock: Option<fn() -> u64>,
    pub(super) counts: super::Counts,
}

/// Picks by chance on one frame.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Picks {
    at: u64,
    count: u64,
}

impl Picks {
    /// How many there were on frame `at` before this one.
    pub(super) fn next(&mut self, at: u64) -> u64 {
        if at != self.at {
            *self = Self { at, count: 0 };
        }
        self.count += 1;
        self.count - 1
    }
}

/// How much has to be looked at again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dirty {
    #[default]
    Clean,
    /// What follows game values.
    Followers,
    /// Everything.
    All,
}

/// Posts of one event.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Posts {
    pub(super) last: Option<u64>,
    pub(super) count: u64,
}

/// Values that a game sets.
pub(super) struct Values {
    pub(super) rtpcs: RtpcValues,
    pub(super) states: StateValues,
    pub(super) switches: SwitchValues,
}

/// A node on an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PlaceKey {
    pub(super) node: NodeIx,
    pub(super) object: ObjectId,
}

impl SparseKey for PlaceKey {
    fn hash(self) -> u64 {
        mix64(self.object.0 ^ mix64(u64::from(self.node.0)))
    }
}

impl SparseKey for VoiceId {
    fn hash(self) -> u64 {
        mix64(self.0)
    }
}

impl SparseKey for ObjectId {
    fn hash(self) -> u64 {
        mix64(self.0)
    }
}

impl SparseKey for PlayingId {
    fn hash(self) -> u64 {
        mix64(self.0)
    }
}

impl State {
    pub(super) fn new(bank: &Bank, config: &Config, teller: Teller) -> Self {
        let insts = config.instances;
        Self {
            objects: Objects::new(),
            plays: Plays::new(config.playing, limits::OBJECTS + 1, bank.events.len()),
            pool: Pool::new(insts, config.playing),
            voices: Voices::new(insts),
            groups: Groups::new(bank),
            holds: Holds::new(),
            agenda: Agenda::new(limits::SCHEDULED),
            waits_gone: false,
            retime: false,
            moment: None,
            values: Values {
                rtpcs: RtpcValues::new(&bank.values.rtpcs),
                states: StateValues::new(&bank.values.states, bank.rate),
                switches: SwitchValues::new(&bank.values.switches),
            },
            randoms: RandomStates::new(
                bank.seed,
                bank.session,
                bank.container_names(),
                limits::CONTAINERS,
            ),
            given_seed: None,
            buses: Buses::new(bank),
            score: Score::new(bank),
            teller,
            posts: vec![Posts::default(); bank.events.len()].into_boxed_slice(),
            places: Sparse::new(limits::OBJECTS),
            going_on: Places::default(),
            moving: watched(insts),
            switchers: watched(insts),
            blends: watched(insts),
            rows: Vec::with_capacity(MAX_SWITCH_CHILDREN + 1),
            control: u64::MAX,
            picks: Picks::default(),
            dirty: Dirty::Clean,
            budget: limits::TICK_ACTIONS,
            tick_actions: limits::TICK_ACTIONS,
            put_off: 0,
            told_wakes: 0,
            own_ids: 0,
            notes: super::notes::Held::new(),
            scratch: Vec::with_capacity(insts),
            clock: config.clock,
            counts: super::Counts::default(),
        }
    }

    /// What everything random hangs on.
    pub(super) fn seed(&self, bank: &Bank) -> u64 {
        self.given_seed.unwrap_or(bank.seed)
    }

    /// Everything random hangs on another seed from here on.
    pub(super) fn reseed(&mut self, seed: u64) {
        self.given_seed = Some(seed);
        self.randoms.reseed(seed);
        self.score.music.reseed(seed);
    }

    /// The values as conditions see them.
    pub(super) fn game_values<'a>(&'a self, bank: &'a Bank) -> GameValues<'a> {
        GameValues {
            rtpcs: (&bank.values.rtpcs, &self.values.rtpcs),
            states: &self.values.states,
            switches: (&bank.values.switches, &self.values.switches),
        }
    }

    /// A call named something that is not there, or had no room.
    pub(super) fn ignore(&mut self, at: u64, name: NameId, object: ObjectId, reason: Reason) {
        self.counts.ignored += 1;
        self.counts.refuse(reason);
        self.teller.tell(
            at,
            What::Ignored {
                name,
                object,
                reason,
            },
        );
    }

    /// Something follows game values that changed.
    pub(super) fn touch(&mut self, at: u64, dirty: Dirty) {
        self.dirty = self.dirty.max(dirty);
        self.control = self.control.min(next_quantum(at));
    }
}

/// An instance and its generation: what takes its place in the pool is another one.
pub(super) type Watched = (u32, u32);

/// Room for twice as many as can live: it is full once in so many starts at most.
fn watched(insts: usize) -> Vec<Watched> {
    Vec::with_capacity(2 * insts)
}

/// The first multiple of 32 after `at`.
pub(super) const fn next_quantum(at: u64) -> u64 {
    (at / QUANTUM + 1) * QUANTUM
}

/// Frames between two looks at what moves.
pub(super) const QUANTUM: u64 = 32;
