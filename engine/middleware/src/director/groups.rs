//! Whose limits a voice counts against: its event's, a container's and its game object's.

use segue_rt::voices::VoiceGroup;

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
    /// its object's. The global object has none.
    pub(super) fn groups_of(&self, cx: &Cx<'_>, leaf: u32) -> [VoiceGroup; 3] {
        let play = self.plays.get(self.pool.get(leaf).play);
        let event = play.event().map(|event| VoiceGroup {
            key: self.groups.events[event as usize],
            limit: cx.bank.events[event as usize].max_voices,
        });
        let object = self.objects.get(play.slot).map(|object| VoiceGroup {
            key: object.number,
            limit: cx.bank.object_voices,
        });
        [
            event.unwrap_or_default(),
            self.container_of(cx, leaf),
            object.filter(|it| it.key > 0).unwrap_or_default(),
        ]
    }

    fn container_of(&self, cx: &Cx<'_>, leaf: u32) -> VoiceGroup {
        let mut at = leaf;
        while at != NONE {
            let inst = self.pool.get(at);
            let limit = cx.bank.nodes[inst.node.at()].max_voices;
            if limit > 0 {
                let key = self.groups.nodes[inst.node.at()];
                return VoiceGroup { key, limit };
            }
            at = inst.parent;
        }
        VoiceGroup::default()
    }
}
