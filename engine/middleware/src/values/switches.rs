//! Switch groups: discrete values of game objects, set by calls or following an RTPC.

use segue_rt::game::{NameId, ObjectId};

use super::check::{Checks, Found, Resolve, index};
use super::rtpc::{RtpcValues, Rtpcs, Who};
use super::sparse::{Sparse, SparseKey};
use crate::containers::rng::mix64;
use crate::ids::{RtpcIx, SwitchIx};
use crate::source;

/// Most values of a switch group.
pub const MAX_SWITCH_VALUES: usize = 64;
/// Most switch groups.
pub const MAX_SWITCH_GROUPS: usize = 1024;
/// Most switch values of single objects; more are refused and counted.
pub const MAX_OWN_SWITCH_VALUES: usize = 8192;

/// All switch groups of a bank.
#[derive(Clone, Debug, Default)]
pub struct SwitchGroups {
    groups: Box<[Group]>,
}

#[derive(Clone, Debug)]
struct Group {
    name: NameId,
    values: Box<[NameId]>,
    default: u8,
    follow: Option<Follow>,
}

#[derive(Clone, Debug)]
struct Follow {
    rtpc: RtpcIx,
    thresholds: Box<[f32]>,
    /// Half of the width around a threshold in which the value stays.
    half: f32,
}

impl Follow {
    /// The value for `x`, coming from `value`.
    fn next(&self, mut value: usize, x: f32) -> usize {
        while self
            .thresholds
            .get(value)
            .is_some_and(|up| x >= up + self.half)
        {
            value += 1;
        }
        while value > 0 && x < self.thresholds[value - 1] - self.half {
            value -= 1;
        }
        value
    }
}

impl SwitchGroups {
    /// Checks all groups. `[main-thread]`
    ///
    /// # Errors
    /// What is wrong, by `[n].follow.thresholds[m]` and the like.
    pub fn compile(source: &[source::SwitchGroup], names: &impl Resolve) -> Found<Self> {
        let mut checks = Checks::new();
        if source.len() > MAX_SWITCH_GROUPS {
            let count = source.len();
            checks.say(
                "",
                format!("{count} groups; at most {MAX_SWITCH_GROUPS} are allowed"),
            );
        }
        let groups = source.iter().enumerate().filter_map(|(n, group)| {
            let group = Group::compile(group, names);
            checks.part(&format!("[{n}]"), group)
        });
        let groups = groups.collect();
        checks.finish(Some(Self { groups }))
    }

    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The name of a group.
    pub fn name(&self, group: SwitchIx) -> NameId {
        self.groups[group.at()].name
    }

    /// The value of a name.
    pub fn value(&self, group: SwitchIx, value: NameId) -> Option<u8> {
        let values = &self.groups[group.at()].values;
        let place = values.iter().position(|&name| name == value)?;
        u8::try_from(place).ok()
    }

    /// The name of a value.
    pub fn value_name(&self, group: SwitchIx, value: u8) -> Option<NameId> {
        let values = &self.groups[group.at()].values;
        values.get(usize::from(value)).copied()
    }

    /// Whether a group follows an RTPC; calls do not set it then.
    pub fn follows(&self, group: SwitchIx) -> bool {
        self.groups[group.at()].follow.is_some()
    }
}

impl Group {
    fn compile(source: &source::SwitchGroup, names: &impl Resolve) -> Found<Self> {
        let mut checks = Checks::new();
        let count = source.values.len();
        if !(1..=MAX_SWITCH_VALUES).contains(&count) {
            checks.say(
                "values",
                format!("{count} values; a group has 1..={MAX_SWITCH_VALUES}"),
            );
        }
        let default = source.default.as_ref().map_or(Ok(0), |default| {
            let place = source.values.iter().position(|value| value == default);
            let known = || source.values.join(", ");
            place.ok_or_else(|| format!("no value {default:?}; there are {}", known()))
        });
        let default = checks.take("default", default).unwrap_or(0);
        let follow = source.follow.as_ref().and_then(|follow| {
            let follow = Follow::compile(follow, count, names);
            checks.part("follow", follow)
        });
        checks.finish(Some(Self {
            name: NameId::of(&source.name),
            values: source
                .values
                .iter()
                .map(|value| NameId::of(value))
                .collect(),
            default: u8::try_from(default).unwrap_or(0),
            follow,
        }))
    }
}

impl Follow {
    fn compile(source: &source::SwitchFollow, values: usize, names: &impl Resolve) -> Found<Self> {
        let mut checks = Checks::new();
        let thresholds = &source.thresholds;
        if thresholds.len() + 1 != values {
            let count = thresholds.len();
            let message =
                format!("{count} thresholds for {values} values; write one fewer than values");
            checks.say("thresholds", message);
        }
        for (n, &threshold) in thresholds.iter().enumerate() {
            let before = n.checked_sub(1).map(|n| thresholds[n]);
            let message = match before {
                _ if !threshold.is_finite() => format!("{threshold} is not a number"),
                Some(before) if threshold <= before => {
                    format!("{threshold} is not above {before}, the one before it")
                }
                _ => continue,
            };
            checks.say(format!("thresholds[{n}]"), message);
        }
        let width = source.hysteresis;
        if !(width.is_finite() && width >= 0.0) {
            checks.say(
                "hysteresis",
                format!("{width} is not a width of 0 or more: 0 has none"),
            );
        }
        let rtpc = names.rtpc(&source.rtpc);
        let rtpc = checks.take("rtpc", rtpc);
        checks.finish(rtpc.map(|rtpc| Self {
            rtpc,
            thresholds: thresholds.as_slice().into(),
            half: source.hysteresis / 2.0,
        }))
    }
}

/// The values of all switch groups. `[audio-thread]`, made on the main thread.
#[derive(Clone, Debug)]
pub struct SwitchValues {
    /// Of object 0, by group; [`UNSET`] is none.
    global: Box<[u8]>,
    own: Sparse<Key, u8>,
    changes: u64,
    /// State of the RTPCs that were followed last: their changes, and when.
    followed: Option<(u64, u64)>,
    /// For an exchange of banks: the new place of each old group.
    places: Box<[u32]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    group: u32,
    object: u64,
}

impl SparseKey for Key {
    fn hash(self) -> u64 {
        mix64(self.object ^ mix64(u64::from(self.group)))
    }
}

const UNSET: u8 = u8::MAX;
const GONE: u32 = u32::MAX;

impl SwitchValues {
    /// Nothing is set.
    pub fn new(groups: &SwitchGroups) -> Self {
        Self {
            global: vec![UNSET; groups.len()].into(),
            own: Sparse::new(MAX_OWN_SWITCH_VALUES),
            changes: 0,
            followed: None,
            places: vec![GONE; MAX_SWITCH_GROUPS].into(),
        }
    }

    /// The value on an object: its own, else that of object 0, else the default.
    pub fn get(&self, groups: &SwitchGroups, group: SwitchIx, object: ObjectId) -> u8 {
        match self.own(group, object) {
            Some(&value) => value,
            None => match self.global[group.at()] {
                UNSET => groups.groups[group.at()].default,
                value => value,
            },
        }
    }

    /// Sets the value on an object. False, and counted, if there are
    /// [`MAX_OWN_SWITCH_VALUES`] already; false if there is no such value.
    pub fn set(
        &mut self,
        groups: &SwitchGroups,
        group: SwitchIx,
        object: ObjectId,
        value: u8,
    ) -> bool {
        if usize::from(value) >= groups.groups[group.at()].values.len() {
            return false;
        }
        self.changes += 1;
        if object == ObjectId::GLOBAL {
            self.global[group.at()] = value;
            return true;
        }
        let group = group.0;
        let object = object.0;
        self.own.insert(Key { group, object }, value)
    }

    /// Lets groups that follow an RTPC follow it at frame `at`; to be called at every tick, and when
    /// such an RTPC jumps. `changed` hears of every new value.
    pub fn follow(
        &mut self,
        groups: &SwitchGroups,
        (rtpcs, values): (&Rtpcs, &RtpcValues),
        at: u64,
        mut changed: impl FnMut(SwitchIx, ObjectId, u8),
    ) {
        let same = |(changes, seen)| values.changes() == changes && !values.moving(seen);
        if self
            .followed
            .replace((values.changes(), at))
            .is_some_and(same)
        {
            return;
        }
        // An object without a value of the RTPC has none of the switch either.
        self.own.retain(|key, _| {
            let follow = groups.groups[key.group as usize].follow.as_ref();
            follow.is_none_or(|follow| values.has_own(follow.rtpc, ObjectId(key.object)))
        });
        for (place, group) in groups.groups.iter().enumerate() {
            let Some(follow) = &group.follow else {
                continue;
            };
            let group = SwitchIx(index(place));
            let objects = values.objects_with(follow.rtpc);
            for object in std::iter::once(ObjectId::GLOBAL).chain(objects) {
                let x = values.get(rtpcs, at, follow.rtpc, Who::object(object));
                let was = self.get(groups, group, object);
                let now = follow.next(usize::from(was), x);
                let now = u8::try_from(now).unwrap_or(was);
                let unset = self.unset(group, object);
                if now == was && !unset {
                    continue;
                }
                if self.set(groups, group, object, now) && now != was {
                    changed(group, object, now);
                }
            }
        }
    }

    /// An object is gone, and its values with it.
    pub fn forget_object(&mut self, object: ObjectId) {
        for group in 0..index(self.global.len()) {
            let object = object.0;
            self.changes += u64::from(self.own.remove(Key { group, object }).is_some());
        }
    }

    /// An object is gone; `heir` has its values from now on.
    pub fn hand_over(&mut self, object: ObjectId, heir: ObjectId) {
        for group in 0..index(self.global.len()) {
            let key = |object: ObjectId| Key {
                group,
                object: object.0,
            };
            if let Some(value) = self.own.remove(key(object)) {
                self.own.insert(key(heir), value);
                self.changes += 1;
            }
        }
    }

    /// Grows with every change.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// How many values were refused because there were too many.
    pub fn refused(&self) -> u64 {
        self.own.refused()
    }

    /// Takes over the values of another bank; `map` gives the old place of a new group. A value
    /// that is gone is unset.
    pub fn carry_over(
        &mut self,
        groups: &SwitchGroups,
        (old, old_groups): (&Self, &SwitchGroups),
        map: &impl Fn(SwitchIx) -> Option<SwitchIx>,
    ) {
        self.places.fill(GONE);
        let renumber = |group: SwitchIx, before: SwitchIx, value: u8| {
            let name = old_groups.value_name(before, value)?;
            groups.value(group, name)
        };
        for place in 0..groups.len() {
            let group = SwitchIx(index(place));
            let Some(before) = map(group) else { continue };
            self.places[before.at()] = group.0;
            let value = renumber(group, before, old.global[before.at()]);
            self.global[place] = value.unwrap_or(UNSET);
        }
        self.own.clear();
        for &(key, value) in old.own.entries() {
            let group = self.places[key.group as usize];
            if group == GONE {
                continue;
            }
            if let Some(value) = renumber(SwitchIx(group), SwitchIx(key.group), value) {
                self.own.insert(Key { group, ..key }, value);
            }
        }
        self.changes = old.changes + 1;
        self.followed = None;
    }

    fn own(&self, group: SwitchIx, object: ObjectId) -> Option<&u8> {
        let group = group.0;
        let object = object.0;
        (object != 0).then(|| self.own.get(Key { group, object }))?
    }

    fn unset(&self, group: SwitchIx, object: ObjectId) -> bool {
        match object {
            ObjectId::GLOBAL => self.global[group.at()] == UNSET,
            object => self.own(group, object).is_none(),
        }
    }
}

#[cfg(test)]
mod tests;
