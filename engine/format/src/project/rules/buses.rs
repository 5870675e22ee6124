//! The mixer's rules: ranges, references, and no loops.

use super::super::check::{Checker, Ids};
use super::super::{Bus, Insert, MASTER};
use super::keys;
use super::{GAIN_DB, PAN};
use crate::json::path::{Path, Segment};
use crate::limits;

/// Checks all buses. Returns their ids, the implicit master bus included.
pub(super) fn buses<'a>(
    at: Path<'_>,
    buses: &'a [Bus],
    assets: &Ids<'_>,
    c: &mut Checker,
) -> Ids<'a> {
    let mut ids = Ids::new();
    let has_master = buses.iter().any(|bus| bus.id == MASTER);
    let count = buses.len() + usize::from(!has_master);
    let small = c.count(at, "buses with the master bus", count, limits::BUSES);
    if small {
        for (index, bus) in buses.iter().enumerate() {
            c.id(at.index(index).key("id"), &bus.id, index, &mut ids);
        }
    }
    if !has_master {
        ids.insert(MASTER, buses.len());
    }
    if small {
        for (index, entry) in buses.iter().enumerate() {
            bus(at.index(index), entry, assets, &ids, c);
        }
        if c.is_clean() {
            acyclic(at, buses, &ids, c);
        }
    }
    ids
}

fn bus(at: Path<'_>, bus: &Bus, assets: &Ids<'_>, ids: &Ids<'_>, c: &mut Checker) {
    if let Some(name) = &bus.name {
        c.name(at.key("name"), name);
    }
    if let Some(output) = &bus.output {
        if bus.id == MASTER {
            c.problem(at.key("output"), || {
                "the master bus has no output; remove the key".into()
            });
        } else {
            c.reference(at.key("output"), "bus", output, ids);
        }
    }
    c.range(at.key("gain_db"), bus.gain_db, GAIN_DB);
    c.range(at.key("pan"), bus.pan, PAN);
    inserts(at.key("inserts"), &bus.inserts, assets, ids, c);
    let sends = at.key("sends");
    if c.count(sends, "sends", bus.sends.len(), limits::SENDS_PER_BUS) {
        for (index, send) in bus.sends.iter().enumerate() {
            let at = sends.index(index);
            c.reference(at.key("to"), "bus", &send.to, ids);
            c.range(at.key("gain_db"), send.gain_db, GAIN_DB);
            c.unknown(at, &send.extra, || keys::SEND.into());
        }
    }
    c.unknown(at, &bus.extra, || keys::BUS.into());
}

fn inserts(at: Path<'_>, inserts: &[Insert], assets: &Ids<'_>, buses: &Ids<'_>, c: &mut Checker) {
    if !c.count(at, "inserts", inserts.len(), limits::INSERTS_PER_BUS) {
        return;
    }
    let mut ids = Ids::new();
    for (index, insert) in inserts.iter().enumerate() {
        let at = at.index(index);
        c.id(at.key("id"), &insert.id, index, &mut ids);
        c.name(at.key("kind"), &insert.kind);
        c.range(at.key("mix"), insert.mix, 0.0..=1.0);
        if let Some(key) = &insert.key {
            c.reference(at.key("key"), "bus", key, buses);
        }
        if let Some(preset) = &insert.preset {
            c.name(at.key("preset"), preset);
        }
        if let Some(ir) = &insert.ir {
            c.reference(at.key("ir"), "asset", ir, assets);
        }
        params(at.key("params"), insert, c);
        c.unknown(at, &insert.extra, || keys::INSERT.into());
    }
}

fn params(at: Path<'_>, insert: &Insert, c: &mut Checker) {
    let count = insert.params.len();
    if !c.count(at, "parameters", count, limits::PARAMS_PER_INSERT) {
        return;
    }
    for (name, value) in &insert.params {
        let at = at.key(name);
        c.name(at, name);
        if !value.is_finite() {
            c.problem(at, || format!("{value} is not a finite number"));
        }
    }
}

/// One way from bus to bus, and where it is written.
struct Edge {
    to: usize,
    place: Vec<Segment>,
}

/// Refuses a signal path that returns to where it came from. All ids are valid here.
fn acyclic(at: Path<'_>, buses: &[Bus], ids: &Ids<'_>, c: &mut Checker) {
    let mut search = Search {
        edges: edges(at, buses, ids),
        state: vec![State::New; buses.len() + 1],
        way: Vec::new(),
    };
    for index in 0..buses.len() {
        if let Some(place) = search.visit(index) {
            let name = |index: &usize| buses.get(*index).map_or(MASTER, |bus| bus.id.as_str());
            let way: Vec<_> = search.way.iter().map(name).collect();
            let way = way.join(" -> ");
            c.problem_at(
                place,
                format!("this closes the loop {way}; remove one of these ways"),
            );
            return;
        }
    }
}

/// The ways out of each bus. A key goes from the bus that is listened to.
fn edges(at: Path<'_>, buses: &[Bus], ids: &Ids<'_>) -> Vec<Vec<Edge>> {
    let mut edges: Vec<Vec<Edge>> = (0..=buses.len()).map(|_| Vec::new()).collect();
    let mut add = |from: Option<&usize>, to: Option<&usize>, place: Path<'_>| {
        if let (Some(from), Some(to)) = (from, to)
            && let Some(list) = edges.get_mut(*from)
        {
            list.push(Edge {
                to: *to,
                place: place.segments(),
            });
        }
    };
    for (index, bus) in buses.iter().enumerate() {
        let at = at.index(index);
        if let Some(output) = bus.output_id() {
            add(Some(&index), ids.get(output), at.key("output"));
        }
        for (number, send) in bus.sends.iter().enumerate() {
            add(
                Some(&index),
                ids.get(send.to.as_str()),
                at.key("sends").index(number).key("to"),
            );
        }
        for (number, insert) in bus.inserts.iter().enumerate() {
            // Listening to itself is what an insert without a key does.
            if let Some(key) = insert.key.as_deref().filter(|key| *key != bus.id) {
                add(
                    ids.get(key),
                    Some(&index),
                    at.key("inserts").index(number).key("key"),
                );
            }
        }
    }
    edges
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    OnTheWay,
    Done,
}

/// Depth-first search; as deep as there are buses at most.
struct Search {
    edges: Vec<Vec<Edge>>,
    state: Vec<State>,
    way: Vec<usize>,
}

impl Search {
    /// The place that closes a loop reachable from `bus`; then `way` is that loop.
    fn visit(&mut self, bus: usize) -> Option<Vec<Segment>> {
        if self
            .state
            .get(bus)
            .is_none_or(|state| *state == State::Done)
        {
            return None;
        }
        self.state[bus] = State::OnTheWay;
        self.way.push(bus);
        for edge in std::mem::take(&mut self.edges[bus]) {
            if self.state.get(edge.to) == Some(&State::OnTheWay) {
                let start = self.way.iter().position(|&on_way| on_way == edge.to);
                self.way.drain(..start.unwrap_or(0));
                self.way.push(edge.to);
                return Some(edge.place);
            }
            if let Some(place) = self.visit(edge.to) {
                return Some(place);
            }
        }
        self.way.pop();
        self.state[bus] = State::Done;
        None
    }
}
