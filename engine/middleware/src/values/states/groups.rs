//! State groups as the bank holds them.

use std::ops::Range;

use segue_rt::game::NameId;
use segue_rt::ids::BusId;

use super::super::check::{Checks, Found, Resolve, index, short_frames};
use super::Effect;
use crate::ids::{NodeIx, StateIx};
use crate::source::{self, StateChange, StateTarget};

/// Most values of a state group besides `none`.
pub const MAX_STATE_VALUES: usize = 64;

/// A place in [`StateGroups::targets`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TargetIx(pub u32);

/// Something that states move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A container or a sound, with all below it.
    Node(NodeIx),
    /// A bus: its level, and pitch and filters of the voices on it and on all that go into it.
    Bus(BusId),
}

impl Target {
    fn order(self) -> (bool, u64) {
        match self {
            Self::Node(node) => (false, u64::from(node.0)),
            Self::Bus(bus) => (true, bus.to_bits()),
        }
    }
}

/// All state groups of a bank.
#[derive(Clone, Debug, Default)]
pub struct StateGroups {
    pub(super) groups: Box<[Group]>,
    /// One for each group and target that it moves, by group.
    pub(super) slots: Box<[Slot]>,
    /// Nodes, then buses, each in order.
    targets: Box<[Target]>,
    /// Slots of each target: `target_slots[targets.n .. n+1]`.
    target_slots: Box<[u32]>,
    target_ends: Box<[u32]>,
    /// What each value of a slot's group does to its target.
    effects: Box<[Effect]>,
}

#[derive(Clone, Debug)]
pub(super) struct Group {
    name: NameId,
    /// `none` first.
    pub(super) values: Box<[NameId]>,
    /// Frames from each value to each, row by row.
    frames: Box<[u32]>,
    pub(super) slots: Range<u32>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) group: u32,
    pub(super) target: Target,
    effects: u32,
}

impl StateGroups {
    /// Checks all groups. `[main-thread]`
    ///
    /// # Errors
    /// What is wrong, by `[n].values[m].changes[k].volume_db` and the like.
    pub fn compile(
        source: &[source::StateGroup],
        names: &impl Resolve,
        sample_rate: f64,
    ) -> Found<Self> {
        let mut checks = Checks::new();
        let mut groups = Vec::new();
        let (mut slots, mut effects) = (Vec::new(), Vec::new());
        for (n, group) in source.iter().enumerate() {
            let mut build = Build {
                names,
                checks: &mut checks,
                path: format!("[{n}]"),
            };
            let first = index(slots.len());
            build.slots(index(n), group, &mut slots, &mut effects);
            groups.push(Group {
                name: NameId::of(&group.name),
                values: std::iter::once(NameId::NONE)
                    .chain(value_names(group).map(NameId::of))
                    .collect(),
                frames: build.frames(group, sample_rate),
                slots: first..index(slots.len()),
            });
        }
        checks.finish(Some(Self::of(groups, slots, effects)))
    }

    fn of(groups: Vec<Group>, slots: Vec<Slot>, effects: Vec<Effect>) -> Self {
        let mut targets: Vec<_> = slots.iter().map(|slot| slot.target).collect();
        targets.sort_by_key(|target| target.order());
        targets.dedup();
        let (mut target_slots, mut target_ends) = (Vec::new(), Vec::new());
        for &target in &targets {
            let of_target = slots.iter().enumerate();
            let of_target = of_target.filter(|(_, slot)| slot.target == target);
            target_slots.extend(of_target.map(|(n, _)| index(n)));
            target_ends.push(index(target_slots.len()));
        }
        Self {
            groups: groups.into(),
            slots: slots.into(),
            targets: targets.into(),
            target_slots: target_slots.into(),
            target_ends: target_ends.into(),
            effects: effects.into(),
        }
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
    pub fn name(&self, group: StateIx) -> NameId {
        self.groups[group.at()].name
    }

    /// The value of a name; [`NameId::NONE`] is 0.
    pub fn value(&self, group: StateIx, value: NameId) -> Option<u8> {
        let values = &self.groups[group.at()].values;
        let place = values.iter().position(|&name| name == value)?;
        u8::try_from(place).ok()
    }

    /// The name of a value.
    pub fn value_name(&self, group: StateIx, value: u8) -> Option<NameId> {
        let values = &self.groups[group.at()].values;
        values.get(usize::from(value)).copied()
    }

    /// Everything that states move: nodes, then buses.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// The place of a target; `None` if no state moves it.
    pub fn target(&self, target: Target) -> Option<TargetIx> {
        let found = self
            .targets
            .binary_search_by_key(&target.order(), |target| target.order());
        found.ok().map(|place| TargetIx(index(place)))
    }

    /// The buses of which states move more than the level, and their targets.
    pub(crate) fn heard_buses(&self) -> impl Iterator<Item = (BusId, TargetIx)> {
        let of = |slot: &Slot| {
            let first = slot.effects as usize;
            let values = self.groups[slot.group as usize].values.len();
            &self.effects[first..first + values]
        };
        let is_heard = |it: &Effect| it.pitch_st != 0.0 || it.lpf_hz > 0.0 || it.hpf_hz > 0.0;
        (0..)
            .map(TargetIx)
            .zip(&self.targets)
            .filter_map(move |(place, target)| {
                let Target::Bus(bus) = *target else {
                    return None;
                };
                let mut slots = self.slots_of(place).iter();
                let heard = slots.any(|slot| of(&self.slots[*slot as usize]).iter().any(is_heard));
                heard.then_some((bus, place))
            })
    }

    pub(super) fn slots_of(&self, target: TargetIx) -> &[u32] {
        let n = target.0 as usize;
        let first = n.checked_sub(1).map_or(0, |n| self.target_ends[n]);
        &self.target_slots[first as usize..self.target_ends[n] as usize]
    }

    pub(super) fn effect(&self, slot: u32, value: u8) -> Effect {
        let first = self.slots[slot as usize].effects as usize;
        self.effects[first + usize::from(value)]
    }

    pub(super) fn frames(&self, group: StateIx, from: u8, to: u8) -> u32 {
        let group = &self.groups[group.at()];
        group.frames[usize::from(from) * group.values.len() + usize::from(to)]
    }
}

/// The names of a group's values besides `none`.
fn value_names(group: &source::StateGroup) -> impl Iterator<Item = &str> {
    group.values.iter().map(|value| value.name.as_str())
}

struct Build<'a, R> {
    names: &'a R,
    checks: &'a mut Checks,
    path: String,
}

impl<R: Resolve> Build<'_, R> {
    fn slots(
        &mut self,
        group: u32,
        source: &source::StateGroup,
        slots: &mut Vec<Slot>,
        effects: &mut Vec<Effect>,
    ) {
        let path = format!("{}.values", self.path);
        let count = source.values.len();
        if !(1..=MAX_STATE_VALUES).contains(&count) {
            let message = format!("{count} values; a group has 1..={MAX_STATE_VALUES}");
            self.checks.say(&path, message);
        }
        let first = slots.len();
        for (value, state) in source.values.iter().enumerate() {
            for (n, change) in state.changes.iter().enumerate() {
                let path = format!("{path}[{value}].changes[{n}]");
                let Some(target) = self.target(&path, change) else {
                    continue;
                };
                let slot = slots[first..].iter().position(|slot| slot.target == target);
                let slot = first
                    + slot.unwrap_or_else(|| {
                        slots.push(Slot {
                            group,
                            target,
                            effects: index(effects.len()),
                        });
                        effects.resize(effects.len() + count + 1, Effect::default());
                        slots.len() - 1 - first
                    });
                let effect = &mut effects[slots[slot].effects as usize + value + 1];
                *effect = effect.and(self.effect(&path, change));
            }
        }
    }

    fn target(&mut self, path: &str, change: &StateChange) -> Option<Target> {
        let path = format!("{path}.target");
        match &change.target {
            StateTarget::Object(name) => {
                let node = self.names.node(name);
                self.checks.take(path, node).map(Target::Node)
            }
            StateTarget::Bus(name) => {
                let bus = self.names.bus(name);
                self.checks.take(path, bus).map(Target::Bus)
            }
        }
    }

    fn effect(&mut self, path: &str, change: &StateChange) -> Effect {
        let checks = &mut self.checks;
        checks.within(format!("{path}.volume_db"), change.volume_db, -96.0..=24.0);
        checks.within(format!("{path}.pitch_st"), change.pitch_st, -24.0..=24.0);
        for (name, hz) in [("lpf_hz", change.lpf_hz), ("hpf_hz", change.hpf_hz)] {
            if let Some(hz) = hz {
                checks.within(format!("{path}.{name}"), hz, 20.0..=20_000.0);
            }
        }
        Effect {
            volume_db: change.volume_db,
            pitch_st: change.pitch_st,
            lpf_hz: change.lpf_hz.unwrap_or(0.0),
            hpf_hz: change.hpf_hz.unwrap_or(0.0),
        }
    }

    /// The most exact entry holds: both names, the one it comes from, the one it goes to, any.
    fn frames(&mut self, source: &source::StateGroup, sample_rate: f64) -> Box<[u32]> {
        let names: Vec<_> = std::iter::once("none").chain(value_names(source)).collect();
        let path = &self.path;
        let default_ms = source.default_transition_ms;
        self.checks.within(
            format!("{path}.default_transition_ms"),
            default_ms,
            0.0..=60_000.0,
        );
        for (n, (from, to, ms)) in source.transition_ms.iter().enumerate() {
            let path = format!("{path}.transition_ms[{n}]");
            for name in [from, to] {
                if name != "*" && !names.contains(&name.as_str()) {
                    let known = names.join(", ");
                    let message = format!("no value {name:?}; there are {known} and *");
                    self.checks.say(&path, message);
                }
            }
            self.checks.within(path, *ms, 0.0..=60_000.0);
        }
        let ms = |from: &str, to: &str| {
            let exact = [(from, to), (from, "*"), ("*", to), ("*", "*")];
            let entries = || source.transition_ms.iter();
            exact
                .into_iter()
                .find_map(|(from, to)| entries().find(|(a, b, _)| a == from && b == to))
                .map_or(default_ms, |(_, _, ms)| *ms)
        };
        let pairs = names
            .iter()
            .flat_map(|from| names.iter().map(move |to| (from, to)));
        pairs
            .map(|(from, to)| short_frames(ms(from, to), sample_rate))
            .collect()
    }
}
