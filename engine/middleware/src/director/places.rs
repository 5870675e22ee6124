//! Where what a play action started was stopped, for the one that goes on there.

use super::plays::Play;
use super::pool::{NONE, Run};
use super::state::{Cx, PlaceKey, State};
use crate::bank::Bank;
use crate::ids::NodeIx;

/// Most sounds and sequences of one post that keep their places.
const MOST: usize = 16;

/// The places of the sounds and sequences of one post, each with its node: another one begins at its
/// start.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Places {
    list: [Option<(NodeIx, u64)>; MOST],
    count: usize,
}

impl Places {
    fn put(&mut self, node: NodeIx, place: u64) {
        if let Some(free) = self.list.get_mut(self.count) {
            *free = Some((node, place));
            self.count += 1;
        }
    }

    /// Takes the first place of a node.
    pub(super) fn take(&mut self, node: NodeIx) -> Option<u64> {
        let mut list = self.list.iter_mut();
        let found = list.find(|it| it.is_some_and(|(of, _)| of == node))?;
        found.take().map(|(_, place)| place)
    }

    /// The same under another bank.
    pub(super) fn under(&self, bank: &Bank, old_bank: &Bank) -> Self {
        let mut new = Self::default();
        for (node, place) in self.list.iter().flatten() {
            if let Some(node) = bank.node_of(old_bank, *node) {
                new.put(node, *place);
            }
        }
        new
    }
}

impl State {
    /// Keeps the places of what a play action started.
    pub(super) fn remember(&mut self, cx: &Cx<'_>, top: u32) {
        let inst = self.pool.get(top);
        let play = self.plays.get(inst.play);
        if inst.parent != NONE || play.detached.is_some() {
            return;
        }
        let key = PlaceKey {
            node: inst.node,
            object: play.object,
        };
        let mut places = Places::default();
        let mut next = Some(top);
        while let Some(at) = next {
            let inst = self.pool.get(at);
            // What ends already has given way to something else.
            let goes = inst.stopping && at != top;
            let place = match &inst.run {
                // Any pass of an endless loop is the same.
                Run::Leaf(leaf) => {
                    cx.desk
                        .voice_place(leaf.voice)
                        .map(|place| match leaf.looping.count {
                            0 => leaf.looping.locate(place, leaf.frames).0,
                            _ => place,
                        })
                }
                Run::Sequence(state) => Some(state.elapsed(inst.own_time(cx.at))),
                _ => None,
            };
            if let Some(place) = place.filter(|_| !goes) {
                places.put(inst.node, place);
            }
            let is_whole = goes || matches!(inst.run, Run::Sequence(_));
            next = match is_whole {
                true => self.pool.behind(top, at),
                false => self.pool.after(top, at),
            };
        }
        if places.count > 0 {
            self.places.insert(key, places);
        }
    }

    /// What was kept of a node is used up by a play of it, whether or not that goes on there.
    pub(super) fn recall(&mut self, play: &Play, node: NodeIx, go_on: bool) {
        let object = play.holder;
        let stored = self.places.remove(PlaceKey { node, object });
        self.going_on = stored.filter(|_| go_on).unwrap_or_default();
    }
}
