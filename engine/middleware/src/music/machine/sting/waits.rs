//! Stingers that wait for their frame.

use super::Sting;
use crate::ids::StingerIx;
use crate::music::command::{Command, Commands};

/// Most that wait at a time.
const MOST: usize = 4;

/// In the order in which they were asked for, each beginning after the one before it: the later one interrupts.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Waits([Option<Sting>; MOST]);

impl Waits {
    pub(in super::super) fn iter(&self) -> impl Iterator<Item = Sting> {
        self.0.into_iter().flatten()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Sting> {
        self.0.iter_mut().flatten()
    }

    /// One more. What begins with it or later gives way, and so does the last one where there is no room.
    pub(super) fn push(&mut self, new: Sting, out: &mut Commands) {
        let last = self.0.len() - 1;
        self.settle_before(new.start, out);
        give_way(self.0[last].take(), out);
        match self.0.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(new),
            None => give_way(Some(new), out),
        }
    }

    /// After they were moved: what begins no earlier than one that was asked for later gives way.
    pub(super) fn settle(&mut self, out: &mut Commands) {
        let mut next = u64::MAX;
        for place in self.0.iter_mut().rev() {
            give_way(place.take_if(|it| it.start >= next), out);
            next = place.map_or(next, |it| it.start);
        }
        self.close();
    }

    fn settle_before(&mut self, start: u64, out: &mut Commands) {
        for place in &mut self.0 {
            give_way(place.take_if(|it| it.start >= start), out);
        }
        self.close();
    }

    /// The next one that begins at frame `at` or before.
    pub(super) fn take_due(&mut self, at: u64) -> Option<Sting> {
        let due = self.0[0].take_if(|it| it.start <= at);
        self.close();
        due
    }

    /// Which they are.
    pub(in super::super) fn stingers(&self) -> impl Iterator<Item = StingerIx> + use<> {
        self.0.into_iter().flatten().map(|it| it.stinger)
    }

    pub(super) fn filter(&self, keep: impl Fn(&Sting) -> bool) -> Self {
        self.filter_map(|it| keep(&it).then_some(it))
    }

    pub(super) fn filter_map(&self, map: impl Fn(Sting) -> Option<Sting>) -> Self {
        let mut mapped = Self(self.0.map(|it| it.and_then(&map)));
        mapped.close();
        mapped
    }

    pub(in super::super) fn is_empty(&self) -> bool {
        self.0[0].is_none()
    }

    /// Whether one of them is this one.
    pub(super) fn has(&self, sting: &Sting) -> bool {
        let mut all = self.iter();
        all.any(|it| (it.stinger, it.asked, it.start) == (sting.stinger, sting.asked, sting.start))
    }

    /// Leaves no gap.
    fn close(&mut self) {
        let mut full = 0;
        for n in 0..self.0.len() {
            if self.0[n].is_some() {
                self.0.swap(full, n);
                full += 1;
            }
        }
    }
}

fn give_way(sting: Option<Sting>, out: &mut Commands) {
    if let Some(sting) = sting {
        out.push(Command::GaveWay(sting.stinger));
    }
}
