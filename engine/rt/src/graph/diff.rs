//! What has to happen between two schedules. See [`GraphUpdate`] for the way.

use std::collections::{HashMap, HashSet};

use super::Graph;
use crate::ids::{BusId, InsertId, SendId};
use crate::mixer::{Arrival, Become, Departure, Dip, EdgeChange, GraphUpdate, NewBus, NewSend};
use crate::schedule::{BusStep, EdgeKind, InsertStep, Schedule};

/// Two schedules side by side.
pub(super) struct Diff<'a> {
    old: Side<'a>,
    new: Side<'a>,
    graph: &'a Graph,
    /// Inserts that come with a processor.
    fresh: HashSet<InsertId>,
    dips: Vec<Dip>,
}

/// One schedule, by id and slot.
struct Side<'a> {
    schedule: &'a Schedule,
    buses: HashMap<BusId, &'a BusStep>,
    links: HashMap<usize, Link>,
}

/// What runs through an edge slot: an edge, a key, or the direct input of a bus.
#[derive(Clone, Copy, PartialEq)]
struct Link {
    /// The edge without its delay; `None` for the direct input of `to`.
    edge: Option<(BusId, EdgeKind)>,
    to: BusId,
    delay: u32,
}

impl Link {
    fn is_same(&self, other: &Self) -> bool {
        (self.edge, self.to) == (other.edge, other.to)
    }

    /// True for the ways whose signal is heard by itself: outputs and sends.
    fn is_way(&self) -> bool {
        matches!(self.edge, Some((_, kind)) if !matches!(kind, EdgeKind::Key(_)))
    }
}

impl<'a> Side<'a> {
    fn new(schedule: &'a Schedule) -> Self {
        let layout = &schedule.layout;
        let mut links = HashMap::new();
        for step in &schedule.buses {
            let input = Link {
                edge: None,
                to: step.id,
                delay: step.arrive,
            };
            links.insert(layout.input(step.id), input);
        }
        let keys = schedule.inserts.iter().filter_map(|i| i.key.as_ref());
        for edge in schedule.edges.iter().chain(keys) {
            let link = Link {
                edge: Some((edge.source, edge.kind)),
                to: edge.to,
                delay: edge.delay,
            };
            links.insert(layout.edge(edge), link);
        }
        Self {
            schedule,
            buses: schedule.buses.iter().map(|b| (b.id, b)).collect(),
            links,
        }
    }

    fn chain(&self, bus: BusId) -> &'a [InsertStep] {
        let step = self.buses.get(&bus);
        step.map_or(&[], |step| self.schedule.inserts_of(step))
    }

    fn sends(&self) -> impl Iterator<Item = SendId> + '_ {
        self.schedule
            .edges
            .iter()
            .filter_map(|edge| match edge.kind {
                EdgeKind::PreSend(id) | EdgeKind::PostSend(id) => Some(id),
                EdgeKind::Output | EdgeKind::Key(_) => None,
            })
    }

    /// The links in the order of their slots.
    fn sorted_links(&self) -> Vec<(usize, Link)> {
        let mut links: Vec<_> = self
            .links
            .iter()
            .map(|(slot, link)| (*slot, *link))
            .collect();
        links.sort_unstable_by_key(|(slot, _)| *slot);
        links
    }
}

impl<'a> Diff<'a> {
    /// `fresh` are the inserts that come with a processor: new ones, and replaced ones.
    pub(super) fn new(
        old: &'a Schedule,
        new: &'a Schedule,
        fresh: &[InsertId],
        graph: &'a Graph,
    ) -> Self {
        let mut diff = Self {
            old: Side::new(old),
            new: Side::new(new),
            graph,
            fresh: fresh.iter().copied().collect(),
            dips: Vec::new(),
        };
        let steps = new.buses.iter();
        diff.dips = steps.filter_map(|step| diff.dip(step)).collect();
        diff
    }

    /// True if new inserts on this bus have to fade in from their bypass: it may sound already,
    /// and does not fade in as a whole.
    pub(super) fn is_held(&self, bus: BusId) -> bool {
        self.old.buses.contains_key(&bus) && !self.is_dipped(bus)
    }

    fn is_dipped(&self, bus: BusId) -> bool {
        self.dips.iter().any(|dip| dip.bus == bus)
    }

    /// A bus has to fade out and in when its signal would jump: inserts with latency come, go or
    /// change places, others change places, or a key changes.
    fn dip(&self, step: &BusStep) -> Option<Dip> {
        let bus = step.id;
        self.old.buses.get(&bus)?;
        let (old, new) = (self.old.chain(bus), self.new.chain(bus));
        let stays = |step: &&InsertStep| !self.fresh.contains(&step.id);
        let latent = |chain: &[InsertStep], side: bool| -> Vec<(InsertId, bool)> {
            let latent = chain.iter().filter(|step| step.latency > 0);
            latent
                .map(|step| (step.id, side && self.fresh.contains(&step.id)))
                .collect()
        };
        let common = |chain: &[InsertStep], other: &[InsertStep]| -> Vec<_> {
            let both = chain.iter().filter(stays);
            let both = both.filter(|step| other.iter().any(|o| o.id == step.id));
            both.map(|step| (step.id, step.key.map(|key| key.source)))
                .collect()
        };
        let jumps = latent(old, false) != latent(new, true) || common(old, new) != common(new, old);
        let inserted: u32 = new.iter().map(|step| step.latency).sum();
        let keys = new.iter().filter_map(|step| step.key.as_ref());
        let key: u32 = keys.map(|key| key.delay).max().unwrap_or(0);
        let after = inserted + key;
        jumps.then_some(Dip { bus, after })
    }

    /// Everything but the new inserts and rings.
    pub(super) fn update(&self, sample_rate: f64, fade: u32) -> GraphUpdate {
        let (edges, record, fill) = self.edge_changes();
        let first = Departure {
            rings: Vec::new(),
            record,
            fade_out: self.vanishing_ways(),
            dips: self.dips.clone(),
            bypass: self.vanishing_inserts(),
        };
        let then = Arrival {
            removed_buses: missing(&self.old.buses, &self.new.buses),
            removed_sends: self.removed_sends(),
            new_buses: self.new_buses(),
            new_sends: self.new_sends(),
            inserts: self.emptied_slots(),
            edges,
        };
        let fades =
            !(first.fade_out.is_empty() && first.dips.is_empty() && first.bypass.is_empty());
        GraphUpdate {
            sample_rate,
            schedule: self.new.schedule.clone(),
            hold: fill.max(if fades { fade } else { 0 }),
            settle: self.settle(&then, fade),
            first,
            then,
        }
    }

    /// The changes of all edge slots, those that have to record, and the frames they need for it.
    fn edge_changes(&self) -> (Vec<EdgeChange>, Vec<usize>, u32) {
        let (mut changes, mut record, mut fill) = (Vec::new(), Vec::new(), 0);
        for (slot, link) in self.new.sorted_links() {
            let old = self.old.links.get(&slot).filter(|old| old.is_same(&link));
            let how = match old {
                Some(old) if old.delay == link.delay => continue,
                Some(old) => {
                    if link.delay > old.delay {
                        record.push(slot);
                        fill = fill.max(link.delay);
                    }
                    Become::Longer
                }
                None => self.birth(&link),
            };
            let delay = link.delay;
            changes.push(EdgeChange { slot, delay, how });
        }
        (changes, record, fill)
    }

    /// How a new edge starts: silent sources need no fade, and keys are covered by their inserts.
    fn birth(&self, link: &Link) -> Become {
        match link.edge {
            Some((source, _)) if link.is_way() && self.old.buses.contains_key(&source) => {
                Become::Rising
            }
            _ => Become::Present,
        }
    }

    /// Slots of outputs and sends that are not in the new schedule.
    fn vanishing_ways(&self) -> Vec<usize> {
        let stays = |slot: usize, link: &Link| {
            let new = self.new.links.get(&slot);
            new.is_some_and(|new| new.is_same(link))
        };
        let links = self.old.sorted_links().into_iter();
        links
            .filter(|(slot, link)| link.is_way() && !stays(*slot, link))
            .map(|(slot, _)| slot)
            .collect()
    }

    /// Inserts that leave a bus which stays and does not dip.
    fn vanishing_inserts(&self) -> Vec<InsertId> {
        let kept = |id: &InsertId| {
            self.new.schedule.inserts.iter().any(|i| i.id == *id) && !self.fresh.contains(id)
        };
        let stays = |bus: &&BusStep| self.new.buses.contains_key(&bus.id);
        let buses = self.old.schedule.buses.iter().filter(stays);
        let buses = buses.filter(|bus| !self.is_dipped(bus.id));
        let inserts = buses.flat_map(|bus| self.old.schedule.inserts_of(bus));
        inserts
            .map(|insert| insert.id)
            .filter(|id| !kept(id))
            .collect()
    }

    /// Slots of inserts that are not in the new schedule.
    fn emptied_slots<T>(&self) -> Vec<(usize, Option<T>)> {
        let new: HashSet<InsertId> = self.new.schedule.inserts.iter().map(|i| i.id).collect();
        let old = self.old.schedule.inserts.iter().map(|i| i.id);
        old.filter(|id| !new.contains(id))
            .map(|id| (id.index(), None))
            .collect()
    }

    fn new_buses(&self) -> Vec<NewBus> {
        let buses = self.graph.buses().iter();
        buses
            .filter(|bus| !self.old.buses.contains_key(&bus.id))
            .map(|bus| NewBus::new(bus.id, bus.strip))
            .collect()
    }

    fn new_sends(&self) -> Vec<NewSend> {
        let old: HashSet<SendId> = self.old.sends().collect();
        let sends = self.graph.buses().iter().flat_map(|bus| &bus.sends);
        sends
            .filter(|send| !old.contains(&send.id))
            .map(|send| NewSend::new(send.id, send.gain))
            .collect()
    }

    fn removed_sends(&self) -> Vec<SendId> {
        let new: HashSet<SendId> = self.new.sends().collect();
        self.old.sends().filter(|id| !new.contains(id)).collect()
    }

    /// Frames after the exchange until everything rests.
    fn settle(&self, then: &Arrival, fade: u32) -> u32 {
        let rising = then.edges.iter().filter(|edge| edge.how == Become::Rising);
        let rising = rising.map(|edge| edge.delay).max();
        let dipped = self.dips.iter().map(|dip| dip.after).max();
        let moves = then.edges.iter().any(|edge| edge.how == Become::Longer);
        let faded_in = self.new.schedule.buses.iter().any(|bus| {
            let chain = self.new.schedule.inserts_of(bus);
            self.is_held(bus.id) && chain.iter().any(|i| self.fresh.contains(&i.id))
        });
        let last = rising.max(dipped).or((moves || faded_in).then_some(0));
        last.map_or(0, |last| last + fade)
    }
}

/// The keys of `old` that `new` lacks, sorted.
fn missing<T>(old: &HashMap<BusId, T>, new: &HashMap<BusId, T>) -> Vec<BusId> {
    let mut ids: Vec<BusId> = (old.keys().copied())
        .filter(|id| !new.contains_key(id))
        .collect();
    ids.sort_unstable();
    ids
}
