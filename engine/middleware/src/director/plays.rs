//! What each post plays.

use segue_rt::game::{ObjectId, PlayingId};

use super::lists::Lists;
use super::moment::Moment;
use super::objects::Spot;
use crate::music::PlayNo;
use crate::values::rtpc::Who;
use crate::values::sparse::Sparse;

/// What one accepted post, or the music, plays.
#[derive(Clone, Copy, Debug)]
pub(super) struct Play {
    pub(super) live: bool,
    pub(super) generation: u32,
    pub(super) id: PlayingId,
    /// The post of the game that it is part of: events may post others.
    pub(super) root: PlayingId,
    pub(super) source: Source,
    /// When it was posted.
    pub(super) posted: Moment,
    /// Slot of its object; the global one after it was detached.
    pub(super) slot: u32,
    pub(super) object: ObjectId,
    /// Whose values it follows: its object's, or what that left to it when it went.
    pub(super) holder: ObjectId,
    pub(super) emitter: u8,
    /// Of all that it plays.
    pub(super) gain: f32,
    pub(super) priority: u8,
    /// Instances at the top, and actions that wait.
    pub(super) tops: u32,
    pub(super) pending: u32,
    /// The actions that wait, a bit each.
    pub(super) waits: u64,
    /// Those of them that a pause holds.
    pub(super) held: u64,
    /// Where it stays after its object is gone.
    pub(super) detached: Option<Spot>,
    /// It was told to stop as a whole.
    pub(super) stopping: bool,
    /// The play that it is a part of, on another object: the same post, which counts once and is over
    /// with the last of them.
    pub(super) host: Option<u32>,
    /// Its own parts.
    pub(super) parts: u32,
}

/// Who plays it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// An event.
    Event(u32),
    /// The music.
    Music(PlayNo),
    /// A stinger of the music, which is not ducked.
    MusicStinger(PlayNo),
    /// An adaptive layer.
    Layer(PlayNo),
    /// A stinger of the adaptive layers.
    LayerStinger(PlayNo),
    /// An event that the bank no longer has.
    Gone,
}

impl Source {
    /// Whether ducks of the music concern it.
    pub(super) fn is_ducked(self) -> bool {
        matches!(self, Self::Music(_) | Self::Layer(_))
    }
}

impl Play {
    pub(super) const EMPTY: Self = Self {
        live: false,
        generation: 0,
        id: PlayingId(0),
        root: PlayingId(0),
        source: Source::Gone,
        posted: Moment::NONE,
        slot: 0,
        object: ObjectId::GLOBAL,
        holder: ObjectId::GLOBAL,
        emitter: 0,
        gain: 1.0,
        priority: 0,
        tops: 0,
        pending: 0,
        waits: 0,
        held: 0,
        detached: None,
        stopping: false,
        host: None,
        parts: 0,
    };

    /// Whose game values hold for it.
    pub(super) fn who(&self) -> Who {
        Who {
            object: self.holder,
            playing: self.root,
        }
    }

    pub(super) fn event(&self) -> Option<u32> {
        match self.source {
            Source::Event(event) => Some(event),
            _ => None,
        }
    }

    /// Neither plays nor waits.
    pub(super) fn is_idle(&self) -> bool {
        self.tops == 0 && self.pending == 0 && self.parts == 0
    }

    /// Whether it counts against the limit of its event.
    fn counts(&self) -> bool {
        !self.stopping && self.host.is_none()
    }
}

/// All of them, by event and by object in the order in which they were posted.
#[derive(Debug)]
pub(super) struct Plays {
    plays: Box<[Play]>,
    free: Vec<u32>,
    by_id: Sparse<PlayingId, u32>,
    by_object: Lists,
    by_event: Lists,
    /// Live ones of each event that are not about to stop.
    counts: Box<[u32]>,
    /// Live ones that other events posted.
    pub(super) nested: u32,
}

impl Plays {
    pub(super) fn new(plays: usize, objects: usize, events: usize) -> Self {
        let count = u32::try_from(plays).unwrap_or(u32::MAX);
        Self {
            plays: vec![Play::EMPTY; plays].into_boxed_slice(),
            free: (0..count).rev().collect(),
            by_id: Sparse::new(plays),
            by_object: Lists::new(objects, plays),
            by_event: Lists::new(events, plays),
            counts: vec![0; events].into_boxed_slice(),
            nested: 0,
        }
    }

    /// A new one; `None` when there is no room.
    pub(super) fn take(&mut self, play: Play) -> Option<u32> {
        let at = self.free.pop()?;
        let slot = &mut self.plays[at as usize];
        *slot = Play {
            live: true,
            generation: slot.generation.wrapping_add(1),
            ..play
        };
        self.nested += u32::from(play.id != play.root);
        self.by_id.insert(play.id, at);
        self.by_object.push(play.slot as usize, at);
        if let Some(event) = play.event() {
            self.by_event.push(event as usize, at);
            self.counts[event as usize] += u32::from(play.counts());
        }
        if let Some(host) = play.host {
            self.plays[host as usize].parts += 1;
        }
        Some(at)
    }

    pub(super) fn release(&mut self, at: u32) {
        let play = self.plays[at as usize];
        self.plays[at as usize].live = false;
        self.nested -= u32::from(play.id != play.root);
        // A clip of the timeline may have begun another play of this id while this one faded.
        if self.by_id.get(play.id) == Some(&at) {
            self.by_id.remove(play.id);
        }
        self.by_object.remove(play.slot as usize, at);
        if let Some(event) = play.event() {
            self.by_event.remove(event as usize, at);
            self.counts[event as usize] -= u32::from(play.counts());
        }
        self.free.push(at);
    }

    /// From now on it does not count against the limit of its event.
    pub(super) fn mark_stopping(&mut self, at: u32) {
        let play = &mut self.plays[at as usize];
        if let Some(event) = play.event() {
            self.counts[event as usize] -= u32::from(play.counts());
        }
        play.stopping = true;
    }

    /// Takes one from its object, which goes and leaves its values to `heir`.
    pub(super) fn detach(&mut self, at: u32, spot: Spot, heir: ObjectId) {
        let play = &mut self.plays[at as usize];
        self.by_object.remove(play.slot as usize, at);
        play.slot = 0;
        play.holder = heir;
        play.detached = Some(spot);
        self.by_object.push(0, at);
    }

    pub(super) fn get(&self, at: u32) -> &Play {
        &self.plays[at as usize]
    }

    pub(super) fn get_mut(&mut self, at: u32) -> &mut Play {
        &mut self.plays[at as usize]
    }

    /// Whether a slot is still that of `generation`.
    pub(super) fn is(&self, at: u32, generation: u32) -> bool {
        let play = self.get(at);
        play.live && play.generation == generation
    }

    pub(super) fn find(&self, id: PlayingId) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// Whether anything of a post of the game plays or waits.
    pub(super) fn has_root(&self, root: PlayingId) -> bool {
        let of_root = |play: &Play| play.live && play.root == root;
        self.find(root).is_some() || (self.nested > 0 && self.plays.iter().any(of_root))
    }

    pub(super) fn count(&self, event: u32) -> u32 {
        self.counts[event as usize]
    }

    /// The part of a play that comes after another one of its event, or the first.
    pub(super) fn next_part(&self, host: u32, part: Option<u32>) -> Option<u32> {
        let first = || self.by_event.first(self.get(host).event()? as usize);
        let mut next = part.map_or_else(first, |part| self.by_event.next(part));
        while let Some(at) = next.filter(|at| self.get(*at).host != Some(host)) {
            next = self.by_event.next(at);
        }
        next
    }

    /// Those of an event, the oldest first.
    pub(super) fn of_event(&self, event: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(self.by_event.first(event as usize), |at| {
            self.by_event.next(*at)
        })
    }

    /// Those of an object, the oldest first.
    pub(super) fn of_object(&self, slot: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(self.by_object.first(slot as usize), |at| {
            self.by_object.next(*at)
        })
    }

    /// The one after `at` of its object.
    pub(super) fn next_of_object(&self, at: u32) -> Option<u32> {
        self.by_object.next(at)
    }

    /// The oldest of an object.
    pub(super) fn first_of_object(&self, slot: u32) -> Option<u32> {
        self.by_object.first(slot as usize)
    }

    /// Takes over everything of `old`, which has room for as many; `event` gives the new number of
    /// an old event. Of `self` only the lists of its events are used.
    pub(super) fn take_over(&mut self, old: &mut Self, event: impl Fn(u32) -> Option<u32>) {
        std::mem::swap(self, old);
        std::mem::swap(&mut self.by_event, &mut old.by_event);
        std::mem::swap(&mut self.counts, &mut old.counts);
        for was in 0..old.counts.len() {
            let new = u32::try_from(was).ok().and_then(&event);
            let mut next = old.by_event.first(was);
            while let Some(at) = next {
                next = old.by_event.next(at);
                let play = &mut self.plays[at as usize];
                let Some(new) = new else {
                    play.source = Source::Gone;
                    continue;
                };
                play.source = Source::Event(new);
                self.counts[new as usize] += u32::from(play.counts());
                self.by_event.push(new as usize, at);
            }
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.plays.len()
    }
}
