//! From [`Graph`] to [`Schedule`]: a pure function, made of small passes.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::{
    BusSet, BusStep, CompileError, EdgeKind, EdgeStep, InsertStep, Layout, MAX_LATENCY, Schedule,
    verify,
};
use crate::graph::{Bus, Graph, SendTap};
use crate::ids::{BusId, InsertId};
use crate::limits::{LimitError, Limits};

/// Compiles a graph for an engine of these limits. The same graph gives the same schedule, so
/// sums have one fixed order: direct input first, then by source in the order of the graph.
///
/// Outputs, sends and keys all order the buses, and all ways into a sum (direct input, outputs,
/// sends) and to a key are delayed to equal latency. `[main-thread]`
///
/// # Errors
/// [`CompileError`]: a limit, a circle, or more latency than a bus may have.
pub fn compile(graph: &Graph, limits: &Limits) -> Result<Schedule, CompileError> {
    Wiring::of(graph, limits)?
        .sort()?
        .compensate()?
        .emit()
        .verified()
}

impl Schedule {
    /// Runs the verifier in debug builds.
    fn verified(self) -> Result<Self, CompileError> {
        if cfg!(debug_assertions) {
            verify(&self).map_err(CompileError::Flaw)?;
        }
        Ok(self)
    }
}

/// The graph by places (positions in [`Graph::buses`]) instead of ids.
struct Wiring<'a> {
    layout: Layout,
    buses: &'a [Bus],
    /// Per place its sources, sorted.
    ways_in: Vec<Vec<Way>>,
    /// Per place and insert the place that keys it.
    keys: Vec<Vec<Option<usize>>>,
    order: Vec<usize>,
    /// Latency of the sum, per place.
    arrive: Vec<u32>,
    /// Latency after the inserts, per place.
    depart: Vec<u32>,
}

struct Way {
    source: usize,
    kind: EdgeKind,
}

impl<'a> Wiring<'a> {
    fn of(graph: &'a Graph, limits: &Limits) -> Result<Self, CompileError> {
        let buses = graph.buses();
        check_limits(buses, limits)?;
        let places: HashMap<BusId, usize> = buses.iter().map(|b| b.id).zip(0..).collect();
        let place = |id: &BusId| places.get(id).copied();
        let mut ways_in: Vec<Vec<Way>> = buses.iter().map(|_| Vec::new()).collect();
        for (source, bus) in buses.iter().enumerate() {
            for (to, kind) in ways_out(bus) {
                if let Some(to) = place(&to) {
                    ways_in[to].push(Way { source, kind });
                }
            }
        }
        let key = |node: &crate::graph::InsertNode| node.meta.key.as_ref().and_then(place);
        let keys = buses.iter().map(|b| b.inserts.iter().map(key).collect());
        Ok(Self {
            layout: Layout::new(limits),
            buses,
            ways_in,
            keys: keys.collect(),
            order: Vec::with_capacity(buses.len()),
            arrive: vec![0; buses.len()],
            depart: vec![0; buses.len()],
        })
    }

    /// All places that `place` reads, some perhaps twice.
    fn sources(&self, place: usize) -> impl Iterator<Item = usize> + '_ {
        let ways = self.ways_in[place].iter().map(|way| way.source);
        ways.chain(self.keys[place].iter().flatten().copied())
    }

    /// Sources before what they feed; among the possible ones the first of the graph first, the
    /// master (place 0) last.
    fn sort(mut self) -> Result<Self, CompileError> {
        let mut waiting: Vec<usize> = (0..self.buses.len())
            .map(|place| self.sources(place).count())
            .collect();
        let mut readers = vec![Vec::new(); self.buses.len()];
        for place in 0..self.buses.len() {
            self.sources(place).for_each(|s| readers[s].push(place));
        }
        let free = |place: &usize| waiting[*place] == 0;
        let mut ready: BinaryHeap<_> = (1..self.buses.len()).filter(free).map(Reverse).collect();
        while let Some(Reverse(place)) = ready.pop() {
            self.order.push(place);
            for &reader in &readers[place] {
                waiting[reader] -= 1;
                if waiting[reader] == 0 && reader != 0 {
                    ready.push(Reverse(reader));
                }
            }
        }
        if waiting[0] == 0 {
            self.order.push(0);
        }
        if self.order.len() < self.buses.len() {
            return Err(self.circle(&waiting));
        }
        Ok(self)
    }

    /// Names the circle that kept some buses waiting.
    fn circle(&self, waiting: &[usize]) -> CompileError {
        let stuck = |place: usize| waiting[place] > 0;
        let mut way: Vec<usize> = (0..self.buses.len())
            .find(|p| stuck(*p))
            .into_iter()
            .collect();
        while let Some(source) = way
            .last()
            .and_then(|last| self.sources(*last).find(|s| stuck(*s)))
        {
            if let Some(start) = way.iter().position(|place| *place == source) {
                way.drain(..start);
                way.push(source);
                break;
            }
            way.push(source);
        }
        let names = way
            .iter()
            .rev()
            .map(|place| self.buses[*place].name.clone());
        let path = names.collect();
        CompileError::Cycle { path }
    }

    /// Latency of each bus: the longest way into its sum, or as long as its keys need, whose
    /// signals have to be there when the insert they steer is reached.
    fn compensate(mut self) -> Result<Self, CompileError> {
        for index in 0..self.order.len() {
            let place = self.order[index];
            let ways = self.ways_in[place]
                .iter()
                .map(|way| self.depart[way.source]);
            let mut arrive = ways.max().unwrap_or(0);
            let mut inserted = 0_u32;
            for (node, key) in self.buses[place].inserts.iter().zip(&self.keys[place]) {
                let key = key.map_or(0, |key| self.depart[key]);
                arrive = arrive.max(key.saturating_sub(inserted));
                inserted = inserted.saturating_add(node.meta.latency);
            }
            self.arrive[place] = arrive;
            self.depart[place] = arrive.saturating_add(inserted);
            self.check_budget(place)?;
        }
        Ok(self)
    }

    fn check_budget(&self, place: usize) -> Result<(), CompileError> {
        let bus = &self.buses[place];
        let (frames, max) = (
            self.depart[place],
            bus.max_latency.unwrap_or(MAX_LATENCY).min(MAX_LATENCY),
        );
        if frames <= max {
            return Ok(());
        }
        let worst = self.slowest_insert(place);
        Err(CompileError::Latency {
            bus: bus.name.clone(),
            frames,
            max,
            insert: worst.map(|(id, _, _)| id),
            insert_bus: worst.map_or_else(String::new, |(_, on, _)| self.buses[on].name.clone()),
            insert_frames: worst.map_or(0, |(_, _, latency)| latency),
        })
    }

    /// The insert with most latency on the longest way to `place`.
    fn slowest_insert(&self, place: usize) -> Option<(InsertId, usize, u32)> {
        let mut worst: Option<(InsertId, usize, u32)> = None;
        let mut next = Some(place);
        while let Some(place) = next {
            for node in &self.buses[place].inserts {
                if node.meta.latency > worst.map_or(0, |w| w.2) {
                    worst = Some((node.id, place, node.meta.latency));
                }
            }
            next = self
                .sources(place)
                .max_by_key(|source| self.depart[*source])
                .filter(|source| self.depart[*source] > 0);
        }
        worst
    }

    fn emit(self) -> Schedule {
        let mut schedule = Schedule {
            layout: self.layout,
            buses: Vec::with_capacity(self.order.len()),
            edges: Vec::new(),
            inserts: Vec::new(),
            latency: self.depart.first().copied().unwrap_or(0),
        };
        let relatives = self.relatives();
        let inside = self.inside();
        let pre_read = self.pre_read();
        for &place in &self.order {
            let (first_edge, first_insert) = (schedule.edges.len(), schedule.inserts.len());
            self.emit_edges(place, &mut schedule.edges);
            self.emit_inserts(place, &mut schedule.inserts);
            schedule.buses.push(BusStep {
                id: self.buses[place].id,
                arrive: self.arrive[place],
                edges: first_edge..schedule.edges.len(),
                inserts: first_insert..schedule.inserts.len(),
                law: self.buses[place].strip.law,
                pre_read: pre_read[place],
                relatives: relatives[place],
                inside: inside[place],
                max_voices: self.buses[place].max_voices,
            });
        }
        schedule
    }

    fn edge(&self, way: &Way, to: usize, arrive: u32) -> EdgeStep {
        EdgeStep {
            source: self.buses[way.source].id,
            to: self.buses[to].id,
            kind: way.kind,
            delay: arrive - self.depart[way.source],
        }
    }

    fn emit_edges(&self, place: usize, edges: &mut Vec<EdgeStep>) {
        let arrive = self.arrive[place];
        let ways = self.ways_in[place].iter();
        edges.extend(ways.map(|way| self.edge(way, place, arrive)));
    }

    fn emit_inserts(&self, place: usize, inserts: &mut Vec<InsertStep>) {
        let mut reached = self.arrive[place];
        for (node, key) in self.buses[place].inserts.iter().zip(&self.keys[place]) {
            let kind = EdgeKind::Key(node.id);
            let key = key.map(|source| self.edge(&Way { source, kind }, place, reached));
            let (id, latency) = (node.id, node.meta.latency);
            inserts.push(InsertStep { id, latency, key });
            reached += latency;
        }
    }

    fn pre_read(&self) -> Vec<bool> {
        let mut read = vec![false; self.buses.len()];
        for way in self.ways_in.iter().flatten() {
            read[way.source] |= matches!(way.kind, EdgeKind::PreSend(_));
        }
        self.keys
            .iter()
            .flatten()
            .flatten()
            .for_each(|source| read[*source] = true);
        read
    }

    /// Per place its own bus slot and those whose outputs lead to it.
    fn inside(&self) -> Vec<BusSet> {
        let mut inside = vec![BusSet::default(); self.buses.len()];
        for &place in &self.order {
            inside[place].set(self.buses[place].id.index(), true);
            for way in &self.ways_in[place] {
                if way.kind == EdgeKind::Output {
                    let source = inside[way.source];
                    inside[place].union(&source);
                }
            }
        }
        inside
    }

    /// Per place the bus slots that its audio comes from and goes to, and its own; keys carry no
    /// audio.
    fn relatives(&self) -> Vec<BusSet> {
        let mut above = vec![BusSet::default(); self.buses.len()];
        let mut below = above.clone();
        for &place in &self.order {
            above[place].set(self.buses[place].id.index(), true);
            for way in &self.ways_in[place] {
                let source = above[way.source];
                above[place].union(&source);
            }
        }
        for &place in self.order.iter().rev() {
            let mut own = below[place];
            own.set(self.buses[place].id.index(), true);
            below[place] = own;
            self.ways_in[place]
                .iter()
                .for_each(|way| below[way.source].union(&own));
        }
        above
            .iter_mut()
            .zip(&below)
            .for_each(|(all, below)| all.union(below));
        above
    }
}

/// Output and sends of a bus, in the order of their summation.
fn ways_out(bus: &Bus) -> impl Iterator<Item = (BusId, EdgeKind)> + '_ {
    let output = bus.output.map(|to| (to, EdgeKind::Output));
    let sends = bus.sends.iter().map(|send| match send.tap {
        SendTap::PreFader => (send.to, EdgeKind::PreSend(send.id)),
        SendTap::PostFader => (send.to, EdgeKind::PostSend(send.id)),
    });
    output.into_iter().chain(sends)
}

/// Every slot has to exist in an engine of these limits.
fn check_limits(buses: &[Bus], limits: &Limits) -> Result<(), CompileError> {
    let bus = buses.iter().map(|b| b.id.index());
    let send = buses.iter().flat_map(|b| &b.sends).map(|s| s.id.index());
    let insert = buses.iter().flat_map(|b| &b.inserts).map(|i| i.id.index());
    check_slots("buses", bus.max(), limits.buses.max(1))?;
    check_slots("sends", send.max(), limits.sends)?;
    check_slots("inserts", insert.max(), limits.inserts)
}

fn check_slots(limit: &'static str, last: Option<usize>, max: usize) -> Result<(), CompileError> {
    let value = last.map_or(0, |last| last + 1);
    if value > max {
        return Err(CompileError::Limit(LimitError { limit, value, max }));
    }
    Ok(())
}
