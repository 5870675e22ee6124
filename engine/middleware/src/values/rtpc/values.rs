//! What RTPCs are worth now.

use segue_rt::game::{ObjectId, PlayingId};

use super::super::check::{index, narrow};
use super::super::course::Course;
use super::super::sparse::{Sparse, SparseKey};
use super::{MAX_OWN_RTPC_VALUES, MAX_RTPCS, Rtpcs, Who};
use crate::containers::rng::mix64;
use crate::ids::RtpcIx;

/// What became of setting an RTPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// It moves there.
    Done,
    /// It moves to the nearer end of its range.
    Clamped,
    /// Nothing: NaN and infinity are refused.
    NotFinite,
    /// Nothing: there are [`MAX_OWN_RTPC_VALUES`] values of objects and instances.
    Full,
}

/// The values of all RTPCs: those of everybody, and those that objects and playing instances have
/// for themselves. `[audio-thread]`, made on the main thread.
#[derive(Clone, Debug)]
pub struct RtpcValues {
    /// By RTPC.
    global: Box<[Global]>,
    own: Sparse<Key, Own>,
    /// How many of `own` belong to playing instances, and how many are on their way out.
    instances: usize,
    leaving: usize,
    still: u64,
    changes: u64,
    refused: u64,
    /// For an exchange of banks: the new place of each old RTPC.
    places: Box<[u32]>,
}

#[derive(Clone, Copy, Debug)]
struct Global {
    course: Course,
    /// Somebody set it: another first value does not move it.
    set: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    rtpc: u32,
    instance: bool,
    owner: u64,
}

#[derive(Clone, Copy, Debug)]
struct Own {
    /// The value; of one that was taken back, what is left of its distance to the one above it.
    course: Course,
    /// Of an instance.
    object: ObjectId,
    leaving: bool,
}

impl SparseKey for Key {
    fn hash(self) -> u64 {
        mix64(self.owner ^ mix64(u64::from(self.rtpc) << 1 | u64::from(self.instance)))
    }
}

impl Key {
    /// `None` is everybody's.
    fn of(rtpc: RtpcIx, who: Who) -> Option<Self> {
        let (instance, owner) = match who {
            Who { playing, .. } if playing != PlayingId(0) => (true, playing.0),
            Who { object, .. } if object != ObjectId::GLOBAL => (false, object.0),
            _ => return None,
        };
        Some(Self {
            rtpc: rtpc.0,
            instance,
            owner,
        })
    }
}

const GONE: u32 = u32::MAX;

impl RtpcValues {
    /// All at what they begin with.
    pub fn new(rtpcs: &Rtpcs) -> Self {
        let global = rtpcs.rtpcs.iter().map(|rtpc| Global {
            course: Course::rest(rtpc.first),
            set: false,
        });
        Self {
            global: global.collect(),
            own: Sparse::new(MAX_OWN_RTPC_VALUES),
            instances: 0,
            leaving: 0,
            still: 0,
            changes: 0,
            refused: 0,
            places: vec![GONE; MAX_RTPCS].into(),
        }
    }

    /// The value at frame `at`: of the instance, else of the object, else of everybody.
    pub fn get(&self, rtpcs: &Rtpcs, at: u64, rtpc: RtpcIx, who: Who) -> f32 {
        let limits = rtpcs.at(rtpc);
        narrow(self.value(at, rtpc, who)).clamp(limits.min, limits.max)
    }

    /// Moves a value from where it is, on the RTPC's own way; its goal gets there in a straight
    /// line over `ramp` frames.
    pub fn set(
        &mut self,
        rtpcs: &Rtpcs,
        at: u64,
        rtpc: RtpcIx,
        who: Who,
        value: f32,
        ramp: u32,
    ) -> Set {
        let limits = rtpcs.at(rtpc);
        let Some(to) = limits.clamp(value) else {
            self.refused += 1;
            return Set::NotFinite;
        };
        let course = self
            .course(at, rtpc, who)
            .towards(at, to, &limits.interp, ramp);
        if !self.put(rtpc, who, course) {
            return Set::Full;
        }
        self.moved(&course);
        if to == value { Set::Done } else { Set::Clamped }
    }

    /// Takes a value back: it moves to the one that holds without it, everybody's to the default.
    pub fn reset(&mut self, rtpcs: &Rtpcs, at: u64, rtpc: RtpcIx, who: Who) {
        let limits = rtpcs.at(rtpc);
        let Some(key) = Key::of(rtpc, who) else {
            let global = &mut self.global[rtpc.at()];
            global.set = false;
            global.course = global.course.towards(at, limits.default, &limits.interp, 0);
            let course = global.course;
            self.moved(&course);
            return;
        };
        let Some(&own) = self.own.get(key).filter(|own| !own.leaving) else {
            return;
        };
        let distance = own.course.value(at) - self.above(at, key, own.object);
        let course = Course::rest(narrow(distance)).towards(at, 0.0, &limits.interp, 0);
        let leaving = true;
        self.own.insert(
            key,
            Own {
                course,
                leaving,
                ..own
            },
        );
        self.leaving += 1;
        self.moved(&course);
    }

    /// Drops what was taken back and has arrived; to be called at every tick.
    pub fn tidy(&mut self, at: u64) {
        if self.leaving == 0 {
            return;
        }
        let mut place = 0;
        while let Some(&(key, own)) = self.own.entries().get(place) {
            if own.leaving && own.course.still_at() <= at {
                self.drop_own(key);
            } else {
                place += 1;
            }
        }
    }

    /// An object is gone, and its values with it.
    pub fn forget_object(&mut self, object: ObjectId) {
        self.forget(false, object.0);
    }

    /// An object is gone; `heir` has its values from now on.
    pub fn hand_over(&mut self, object: ObjectId, heir: ObjectId) {
        for rtpc in 0..index(self.global.len()) {
            let key = |object: ObjectId| Key {
                rtpc,
                instance: false,
                owner: object.0,
            };
            if let Some(own) = self.own.remove(key(object)) {
                self.own.insert(key(heir), own);
            }
        }
        for (_, own) in self.own.values_mut() {
            if own.object == object {
                own.object = heir;
            }
        }
        self.changes += 1;
    }

    /// Whether any post has a value of its own.
    pub fn has_instances(&self) -> bool {
        self.instances > 0
    }

    /// What a post played is over.
    pub fn forget_playing(&mut self, playing: PlayingId) {
        if self.instances > 0 {
            self.forget(true, playing.0);
        }
    }

    /// Whether any value moves after frame `at`.
    pub fn moving(&self, at: u64) -> bool {
        at < self.still
    }

    /// Grows with every change: as long as it stays and nothing moves, no value changes.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// How many values were refused: no numbers, or too many of them.
    pub fn refused(&self) -> u64 {
        self.refused + self.own.refused()
    }

    /// The objects that have a value of their own, once each.
    pub fn objects_with(&self, rtpc: RtpcIx) -> impl Iterator<Item = ObjectId> {
        let entries = self.own.entries().iter();
        entries
            .filter(move |(key, _)| key.rtpc == rtpc.0 && !key.instance)
            .map(|(key, _)| ObjectId(key.owner))
    }

    /// Whether an object has a value of its own.
    pub fn has_own(&self, rtpc: RtpcIx, object: ObjectId) -> bool {
        let key = Key::of(rtpc, Who::object(object));
        key.is_some_and(|key| self.own.get(key).is_some())
    }

    /// Takes over the values of another bank; `map` gives the old place of a new RTPC. Values that
    /// nobody set follow what the new ones begin with.
    pub fn carry_over(&mut self, old: &Self, map: &impl Fn(RtpcIx) -> Option<RtpcIx>) {
        self.places.fill(GONE);
        for (place, global) in self.global.iter_mut().enumerate() {
            let Some(before) = map(RtpcIx(index(place))) else {
                continue;
            };
            self.places[before.at()] = index(place);
            let was = &old.global[before.at()];
            if was.set {
                *global = *was;
            }
        }
        self.own.clear();
        (self.instances, self.leaving) = (0, 0);
        for &(key, own) in old.own.entries() {
            let rtpc = self.places[key.rtpc as usize];
            if rtpc != GONE && self.own.insert(Key { rtpc, ..key }, own) {
                self.instances += usize::from(key.instance);
                self.leaving += usize::from(own.leaving);
            }
        }
        self.still = old.still;
        self.changes = old.changes + 1;
        self.refused = old.refused();
    }

    fn own(&self, rtpc: RtpcIx, who: Who) -> Option<(Key, &Own)> {
        let key = Key::of(rtpc, who)?;
        let known = !key.instance || self.instances > 0;
        known.then(|| self.own.get(key))?.map(|own| (key, own))
    }

    fn value(&self, at: u64, rtpc: RtpcIx, who: Who) -> f64 {
        let next = Who::object(who.object);
        match self.own(rtpc, who).or_else(|| self.own(rtpc, next)) {
            None => self.global[rtpc.at()].course.value(at),
            Some((_, own)) if !own.leaving => own.course.value(at),
            Some((key, own)) => self.above(at, key, who.object) + own.course.value(at),
        }
    }

    /// What would hold without the value of `key`.
    fn above(&self, at: u64, key: Key, object: ObjectId) -> f64 {
        let who = match key.instance {
            true => Who::object(object),
            false => Who::GLOBAL,
        };
        self.value(at, RtpcIx(key.rtpc), who)
    }

    /// What a new value of somebody goes on from.
    fn course(&self, at: u64, rtpc: RtpcIx, who: Who) -> Course {
        let next = Who::object(who.object);
        match self.own(rtpc, who).or_else(|| self.own(rtpc, next)) {
            None => self.global[rtpc.at()].course,
            Some((_, own)) if !own.leaving => own.course,
            Some(_) => Course::rest(narrow(self.value(at, rtpc, who))),
        }
    }

    fn put(&mut self, rtpc: RtpcIx, who: Who, course: Course) -> bool {
        let Some(key) = Key::of(rtpc, who) else {
            self.global[rtpc.at()] = Global { course, set: true };
            return true;
        };
        let was = self.own.get(key).copied();
        let own = Own {
            course,
            object: who.object,
            leaving: false,
        };
        let done = self.own.insert(key, own);
        self.leaving -= usize::from(was.is_some_and(|own| own.leaving));
        self.instances += usize::from(done && was.is_none() && key.instance);
        done
    }

    fn moved(&mut self, course: &Course) {
        self.changes += 1;
        self.still = self.still.max(course.still_at());
    }

    fn drop_own(&mut self, key: Key) {
        if let Some(own) = self.own.remove(key) {
            self.leaving -= usize::from(own.leaving);
            self.instances -= usize::from(key.instance);
            self.changes += 1;
        }
    }

    fn forget(&mut self, instance: bool, owner: u64) {
        for rtpc in 0..index(self.global.len()) {
            self.drop_own(Key {
                rtpc,
                instance,
                owner,
            });
        }
    }
}
