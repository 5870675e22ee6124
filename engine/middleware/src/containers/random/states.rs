//! What containers with chance know on each object.

use segue_rt::game::{NameId, ObjectId};

use super::super::rng::{container_key, mix64};
use super::{RandomPlan, RandomState};
use crate::values::check::index;
use crate::values::sparse::{Sparse, SparseKey};

/// Most states of single objects; above it an object shares that of object 0, and is counted.
pub const MAX_OWN_RANDOM_STATES: usize = 8192;

/// One state for each container with chance and object. `[audio-thread]`, made on the main thread.
#[derive(Clone, Debug)]
pub struct RandomStates {
    seed: u64,
    session: u64,
    names: Box<[NameId]>,
    global: Box<[Own]>,
    own: Sparse<Key, Own>,
    /// For an exchange of banks: the new place of each old container.
    places: Box<[u32]>,
}

/// A state, and what the key of its draws is made of besides its container and the session. One
/// that is of an earlier seed gets its new key when it is used next, so that a new seed costs
/// nothing at once.
#[derive(Clone, Copy, Debug)]
struct Own {
    seed: u64,
    object: ObjectId,
    state: RandomState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    container: u32,
    object: u64,
}

impl SparseKey for Key {
    fn hash(self) -> u64 {
        mix64(self.object ^ mix64(u64::from(self.container)))
    }
}

const GONE: u32 = u32::MAX;

impl RandomStates {
    /// States of the containers of these names, numbered by their places in `names`. `old` is how
    /// many containers the bank before had. `[main-thread]`
    pub fn new(seed: u64, session: u64, names: &[NameId], old: usize) -> Self {
        let global = names.iter().map(|&name| {
            let key = container_key(seed, name, ObjectId::GLOBAL, session);
            Own {
                seed,
                object: ObjectId::GLOBAL,
                state: RandomState::new(key),
            }
        });
        Self {
            seed,
            session,
            names: names.into(),
            global: global.collect(),
            own: Sparse::new(MAX_OWN_RANDOM_STATES),
            places: vec![GONE; old].into(),
        }
    }

    /// From here on draws are those of another seed. Plays are counted on, and what was played
    /// lately and the deck that is being dealt stay.
    pub fn reseed(&mut self, seed: u64) {
        self.seed = seed;
    }

    /// The state of a container on an object.
    pub fn state(&mut self, container: usize, object: ObjectId) -> &mut RandomState {
        let (seed, session, name) = (self.seed, self.session, self.names[container]);
        let key = |object| container_key(seed, name, object, session);
        let own = match object {
            ObjectId::GLOBAL => &mut self.global[container],
            object => {
                let place = Key {
                    container: index(container),
                    object: object.0,
                };
                if self.own.get(place).is_none() {
                    let state = RandomState::new(key(object));
                    self.own.insert(
                        place,
                        Own {
                            seed,
                            object,
                            state,
                        },
                    );
                }
                match self.own.get_mut(place) {
                    Some(own) => own,
                    None => &mut self.global[container],
                }
            }
        };
        if own.seed != seed {
            own.seed = seed;
            own.state.draw_by(key(own.object));
        }
        &mut own.state
    }

    /// An object is gone, and its states with it.
    pub fn forget_object(&mut self, object: ObjectId) {
        for container in 0..index(self.global.len()) {
            let object = object.0;
            self.own.remove(Key { container, object });
        }
    }

    /// An object is gone; `heir` goes on where it was.
    pub fn hand_over(&mut self, object: ObjectId, heir: ObjectId) {
        for container in 0..index(self.global.len()) {
            let key = |object: ObjectId| Key {
                container,
                object: object.0,
            };
            if let Some(state) = self.own.remove(key(object)) {
                self.own.insert(key(heir), state);
            }
        }
    }

    /// How often an object had to share the state of object 0.
    pub fn refused(&self) -> u64 {
        self.own.refused()
    }

    /// Takes over the states of another bank; `map` gives the old place of a new container, `plan`
    /// the plan of a new one that is a random container.
    pub fn carry_over<'a>(
        &mut self,
        old: &Self,
        plan: &impl Fn(usize) -> Option<&'a RandomPlan>,
        map: &impl Fn(usize) -> Option<usize>,
    ) {
        self.places.fill(GONE);
        for container in 0..self.global.len() {
            let Some(before) = map(container) else {
                continue;
            };
            if let Some(place) = self.places.get_mut(before) {
                *place = index(container);
            }
            take_over(
                &mut self.global[container].state,
                plan(container),
                &old.global[before].state,
            );
        }
        for (key, was) in old.own.entries() {
            let container = self.places.get(key.container as usize);
            let Some(&container) = container.filter(|&&place| place != GONE) else {
                continue;
            };
            let container = container as usize;
            take_over(
                self.state(container, ObjectId(key.object)),
                plan(container),
                &was.state,
            );
        }
    }
}

fn take_over(state: &mut RandomState, plan: Option<&RandomPlan>, old: &RandomState) {
    match plan {
        Some(plan) => state.carry_over(plan, old),
        None => state.n = old.n,
    }
}
