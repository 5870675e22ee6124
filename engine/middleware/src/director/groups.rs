//! Whose limits a voice counts against: its event's, a container's and its game object's.

use segue_rt::voices::{OUTER, VoiceGroup};

use super::pool::NONE;
use super::state::{Cx, State};
use crate::bank::Bank;

/// Numbers of events and nodes that stay the same when another bank takes over: voices that go on
/// still count.
#[derive(Debug)]
pub(super) struct Groups {
    events: Box<[u32]>,
    nodes: Box<[u32]>,
    next: u32,
}

impl Groups {
    pub(super) fn new(bank: &Bank) -> Self {
        let mut next = 0;
        let mut numbers = |count: usize| {
            let numbers = std::iter::repeat_with(|| {
                next += 1;
                next
            });
            numbers.take(count).collect()
        };
        let (events, nodes) = (numbers(bank.events.len()), numbers(bank.nodes.len()));
        Self {
            events,
            nodes,
            next,
        }
    }

    /// Takes over the numbers of what another bank had by the same names.
    pub(super) fn take_over(&mut self, old: &Self, bank: &Bank, old_bank: &Bank) {
        self.next = old.next;
        let (names, was) = (&bank.names, &old_bank.names);
        let tables = [
            (&mut self.events, &old.events, &names.events, &was.events),
            (&mut self.nodes, &old.nodes, &names.nodes, &was.nodes),
        ];
        for (numbers, before, names, was) in tables {
            for (at, number) in (0..).zip(numbers.iter_mut()) {
                let known = was.find(names.id(at));
                *number = known.map_or_else(
                    || {
                        self.next += 1;
                        self.next
                    },
                    |known| before[known as usize],
                );
            }
        }
    }
}

impl State {
    /// The limits that a voice counts against: its event's, the nearest limited container's, and
    /// its object's; then those of all other containers above. The global object has none.
    pub(super) fn groups_of(
        &self,
        cx: &Cx<'_>,
        leaf: u32,
    ) -> ([VoiceGroup; 3], [VoiceGroup; OUTER]) {
        let play = self.plays.get(self.pool.get(leaf).play);
        let event = play.event().map(|event| VoiceGroup {
            key: self.groups.events[event as usize],
            limit: cx.bank.events[event as usize].max_voices,
        });
        let object = self.objects.get(play.slot).map(|object| VoiceGroup {
            key: object.number,
            limit: cx.bank.object_voices,
        });
        let mut containers = self.containers_of(cx, leaf);
        let groups = [
            event.unwrap_or_default(),
            containers.next().unwrap_or_default(),
            object.filter(|it| it.key > 0).unwrap_or_default(),
        ];
        let mut outer = [VoiceGroup::default(); OUTER];
        for (slot, group) in outer.iter_mut().zip(containers) {
            *slot = group;
        }
        (groups, outer)
    }

    /// The containers with a limit above a leaf, the nearest first.
    fn containers_of(&self, cx: &Cx<'_>, leaf: u32) -> impl Iterator<Item = VoiceGroup> {
        let above = |at: &u32| Some(self.pool.get(*at).parent).filter(|at| *at != NONE);
        let path = std::iter::successors(Some(leaf), above);
        let groups = path.map(|at| {
            let node = self.pool.get(at).node.at();
            VoiceGroup {
                key: self.groups.nodes[node],
                limit: cx.bank.nodes[node].max_voices,
            }
        });
        groups.filter(|group| group.limit > 0)
    }
}
