//! Which states hold now, and how far the changes are.

use super::super::check::{index, short_frames};
use super::Effect;
use super::groups::{StateGroups, TargetIx};
use crate::ids::StateIx;

/// Time in which a target moves to what another bank says, ms.
const EXCHANGE_MS: f32 = 20.0;

/// The values of all state groups. `[audio-thread]`, made on the main thread.
#[derive(Clone, Debug)]
pub struct StateValues {
    groups: Box<[Now]>,
    /// By slot: where its target was when the group changed last.
    from: Box<[Effect]>,
    still: u64,
    changes: u64,
    exchange: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Now {
    value: u8,
    start: u64,
    frames: u32,
}

impl Now {
    fn share(&self, at: u64) -> f64 {
        let t = at.saturating_sub(self.start);
        if t >= u64::from(self.frames) {
            return 1.0;
        }
        t as f64 / f64::from(self.frames)
    }
}

impl StateValues {
    /// All groups at `none`.
    pub fn new(groups: &StateGroups, sample_rate: f64) -> Self {
        Self {
            groups: vec![Now::default(); groups.len()].into(),
            from: vec![Effect::default(); groups.slots.len()].into(),
            still: 0,
            changes: 0,
            exchange: short_frames(EXCHANGE_MS, sample_rate),
        }
    }

    /// The value of a group; 0 is `none`.
    pub fn value(&self, group: StateIx) -> u8 {
        self.groups[group.at()].value
    }

    /// Changes a group; what it moves goes from where it is to the new value in the time between
    /// the two values. False if it has that value or there is no such value.
    pub fn set(&mut self, groups: &StateGroups, at: u64, group: StateIx, value: u8) -> bool {
        let was = self.groups[group.at()].value;
        let known = usize::from(value) < groups.groups[group.at()].values.len();
        if was == value || !known {
            return false;
        }
        for slot in groups.groups[group.at()].slots.clone() {
            self.from[slot as usize] = self.slot(groups, at, slot);
        }
        let frames = groups.frames(group, was, value);
        self.begin(group, at, value, frames);
        true
    }

    /// What all groups together do to a target at frame `at`.
    pub fn effect(&self, groups: &StateGroups, at: u64, target: TargetIx) -> Effect {
        let slots = groups.slots_of(target).iter();
        slots.fold(Effect::default(), |sum, &slot| {
            sum.and(self.slot(groups, at, slot))
        })
    }

    /// Whether any target moves after frame `at`.
    pub fn moving(&self, at: u64) -> bool {
        at < self.still
    }

    /// Grows with every change.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Takes over the values of another bank at frame `at`; `map` gives the old place of a new
    /// group, `targets` the old place of a new target. A value that is gone becomes `none`. What
    /// now stands elsewhere moves there within what was left of a change, and at least 20 ms.
    pub fn carry_over(
        &mut self,
        groups: &StateGroups,
        at: u64,
        (old, old_groups): (&Self, &StateGroups),
        map: &impl Fn(StateIx) -> Option<StateIx>,
        targets: &impl Fn(TargetIx) -> Option<TargetIx>,
    ) {
        (self.still, self.changes) = (0, old.changes + 1);
        for place in 0..groups.len() {
            let group = StateIx(index(place));
            let Some(before) = map(group) else { continue };
            let was = &old.groups[before.at()];
            let value = old_groups
                .value_name(before, was.value)
                .and_then(|name| groups.value(group, name))
                .unwrap_or(0);
            for slot in groups.groups[place].slots.clone() {
                let target = groups.target(groups.slots[slot as usize].target);
                let found = target.and_then(targets).and_then(|target| {
                    let slots = old_groups.slots_of(target).iter().copied();
                    let of_group = |&slot: &u32| old_groups.slots[slot as usize].group == before.0;
                    slots.clone().find(of_group)
                });
                self.from[slot as usize] =
                    found.map_or(Effect::default(), |slot| old.slot(old_groups, at, slot));
            }
            let left = (was.start + u64::from(was.frames)).saturating_sub(at);
            let left = u32::try_from(left).unwrap_or(u32::MAX);
            self.begin(group, at, value, left.max(self.exchange));
        }
    }

    fn begin(&mut self, group: StateIx, start: u64, value: u8, frames: u32) {
        self.groups[group.at()] = Now {
            value,
            start,
            frames,
        };
        self.still = self.still.max(start.saturating_add(u64::from(frames)));
        self.changes += 1;
    }

    fn slot(&self, groups: &StateGroups, at: u64, slot: u32) -> Effect {
        let now = &self.groups[groups.slots[slot as usize].group as usize];
        let to = groups.effect(slot, now.value);
        self.from[slot as usize].towards(to, now.share(at))
    }
}
