//! Game objects.

use segue_rt::game::ObjectId;

use crate::limits;
use crate::values::sparse::Sparse;

/// Where something is heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spot {
    /// -1..=1.
    pub(super) pan: f32,
    /// 0..=2.
    pub(super) width: f32,
}

impl Spot {
    pub(super) const CENTRE: Self = Self {
        pan: 0.0,
        width: 1.0,
    };
}

/// A game object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object {
    pub(super) id: ObjectId,
    pub(super) spot: Spot,
    pub(super) emitters: [Spot; limits::EMITTERS],
    pub(super) stop_on_unregister: bool,
    /// Differs from that of every other one there was; 0 is the global one.
    pub(super) number: u32,
}

impl Object {
    const fn new(id: ObjectId, number: u32) -> Self {
        Self {
            id,
            number,
            spot: Spot::CENTRE,
            emitters: [Spot::CENTRE; limits::EMITTERS],
            stop_on_unregister: true,
        }
    }

    /// Where one of its emitters is.
    pub(super) fn place(&self, emitter: u8) -> Spot {
        let emitter = self.emitters.get(usize::from(emitter)).copied();
        let emitter = emitter.unwrap_or(Spot::CENTRE);
        Spot {
            pan: self.spot.pan + emitter.pan,
            width: self.spot.width * emitter.width,
        }
    }
}

/// All of them; slot 0 is the global one.
#[derive(Debug)]
pub(super) struct Objects {
    slots: Vec<Option<Object>>,
    free: Vec<u32>,
    by_id: Sparse<ObjectId, u32>,
    /// How many there were.
    count: u32,
    /// How many plays there are of each object that is gone and left them its values.
    heirs: Sparse<ObjectId, u32>,
    /// Objects that left something.
    gone: u64,
}

/// Set in ids of what objects left.
const HEIR: u64 = 1 << 63;

impl Objects {
    pub(super) fn new() -> Self {
        let count = limits::OBJECTS + 1;
        let mut slots = vec![None; count];
        slots[0] = Some(Object::new(ObjectId::GLOBAL, 0));
        Self {
            slots,
            free: (1..)
                .take(limits::OBJECTS)
                .collect::<Vec<u32>>()
                .into_iter()
                .rev()
                .collect(),
            by_id: Sparse::new(limits::OBJECTS),
            count: 0,
            heirs: Sparse::new(limits::PLAYING + 1),
            gone: 0,
        }
    }

    /// The slot of an object that is registered.
    pub(super) fn find(&self, id: ObjectId) -> Option<u32> {
        if id == ObjectId::GLOBAL {
            return Some(0);
        }
        self.by_id.get(id).copied()
    }

    /// Registers an object, if it is new; `None` when there is no room.
    pub(super) fn register(&mut self, id: ObjectId) -> Option<&mut Object> {
        let slot = match self.find(id) {
            Some(slot) => slot,
            None => {
                let slot = self.free.pop()?;
                self.by_id.insert(id, slot);
                self.count = self.count.wrapping_add(1).max(1);
                self.slots[slot as usize] = Some(Object::new(id, self.count));
                slot
            }
        };
        self.slots[slot as usize].as_mut()
    }

    pub(super) fn remove(&mut self, id: ObjectId) -> Option<(u32, Object)> {
        let slot = self.by_id.remove(id)?;
        self.free.push(slot);
        Some((slot, self.slots[slot as usize].take()?))
    }

    /// An id under which the values of an object that goes live on, for now with one user: whoever
    /// asked for it.
    pub(super) fn heir(&mut self) -> ObjectId {
        loop {
            self.gone += 1;
            let heir = ObjectId(HEIR | self.gone);
            if self.by_id.get(heir).is_none() {
                self.heirs.insert(heir, 1);
                return heir;
            }
        }
    }

    pub(super) fn inherits(&mut self, heir: ObjectId) {
        if let Some(users) = self.heirs.get_mut(heir) {
            *users += 1;
        }
    }

    /// One user less; true when that was the last.
    pub(super) fn disinherits(&mut self, heir: ObjectId) -> bool {
        let Some(users) = self.heirs.get_mut(heir) else {
            return false;
        };
        *users -= 1;
        let last = *users == 0;
        if last {
            self.heirs.remove(heir);
        }
        last
    }

    /// Whether an object can have values: it is registered, or what it left still plays.
    pub(super) fn knows(&self, id: ObjectId) -> bool {
        self.find(id).is_some() || self.heirs.get(id).is_some()
    }

    pub(super) fn get(&self, slot: u32) -> Option<&Object> {
        self.slots.get(slot as usize)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, slot: u32) -> Option<&mut Object> {
        self.slots.get_mut(slot as usize)?.as_mut()
    }
}
