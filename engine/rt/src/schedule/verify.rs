//! Checks a schedule without trusting the compiler that made it.

use std::collections::HashSet;

use super::{BusStep, EdgeKind, EdgeStep, Flaw, Schedule};
use crate::ids::BusId;

/// Checks the invariants of a [`Schedule`]; run after every compilation in debug builds and by
/// the tests. `[main-thread]`
///
/// # Errors
/// The first [`Flaw`].
pub fn verify(schedule: &Schedule) -> Result<(), Flaw> {
    Check {
        schedule,
        depart: vec![None; schedule.layout.buses],
        slots: HashSet::new(),
        inserts: HashSet::new(),
        edges_seen: 0,
        inserts_seen: 0,
    }
    .run()
}

struct Check<'a> {
    schedule: &'a Schedule,
    /// By bus slot: the bus that was processed there and the latency of its output.
    depart: Vec<Option<(BusId, u64)>>,
    /// Edge slots that were used.
    slots: HashSet<usize>,
    inserts: HashSet<usize>,
    edges_seen: usize,
    inserts_seen: usize,
}

impl Check<'_> {
    fn run(mut self) -> Result<(), Flaw> {
        for step in &self.schedule.buses {
            self.bus(step)?;
        }
        let seen = (self.edges_seen, self.inserts_seen);
        ensure(seen.0 == self.schedule.edges.len(), Flaw::Loose)?;
        ensure(seen.1 == self.schedule.inserts.len(), Flaw::Loose)?;
        self.ends_at_master()
    }

    fn bus(&mut self, step: &BusStep) -> Result<(), Flaw> {
        let slot = step.id.index();
        ensure(slot < self.schedule.layout.buses, Flaw::OutOfBounds)?;
        ensure(self.depart[slot].is_none(), Flaw::Twice)?;
        ensure(step.edges.start == self.edges_seen, Flaw::Twice)?;
        ensure(step.inserts.start == self.inserts_seen, Flaw::Twice)?;
        ensure(
            step.edges.end <= self.schedule.edges.len(),
            Flaw::OutOfBounds,
        )?;
        ensure(
            step.inserts.end <= self.schedule.inserts.len(),
            Flaw::OutOfBounds,
        )?;
        (self.edges_seen, self.inserts_seen) = (step.edges.end, step.inserts.end);
        let mut reached = u64::from(step.arrive);
        for edge in self.schedule.edges_of(step) {
            ensure(!matches!(edge.kind, EdgeKind::Key(_)), Flaw::OutOfBounds)?;
            self.edge(edge, step.id, reached)?;
        }
        for insert in self.schedule.inserts_of(step) {
            let slot = insert.id.index();
            ensure(slot < self.schedule.layout.inserts, Flaw::OutOfBounds)?;
            ensure(self.inserts.insert(slot), Flaw::Twice)?;
            if let Some(key) = &insert.key {
                ensure(key.kind == EdgeKind::Key(insert.id), Flaw::OutOfBounds)?;
                self.edge(key, step.id, reached)?;
            }
            reached += u64::from(insert.latency);
        }
        self.depart[slot] = Some((step.id, reached));
        Ok(())
    }

    fn edge(&mut self, edge: &EdgeStep, to: BusId, latency: u64) -> Result<(), Flaw> {
        ensure(edge.to == to, Flaw::OutOfBounds)?;
        let layout = &self.schedule.layout;
        let exists = match edge.kind {
            EdgeKind::Output => edge.source.index() < layout.buses,
            EdgeKind::PreSend(id) | EdgeKind::PostSend(id) => id.index() < layout.sends,
            EdgeKind::Key(id) => id.index() < layout.inserts,
        };
        ensure(exists, Flaw::OutOfBounds)?;
        ensure(self.slots.insert(layout.edge(edge)), Flaw::Twice)?;
        let written = self.depart.get(edge.source.index()).copied().flatten();
        let Some((source, depart)) = written else {
            return Err(Flaw::ReadBeforeWrite);
        };
        ensure(source == edge.source, Flaw::ReadBeforeWrite)?;
        ensure(depart + u64::from(edge.delay) == latency, Flaw::Misaligned)
    }

    /// The last step is the only one without an output.
    fn ends_at_master(&self) -> Result<(), Flaw> {
        let outputs = self.schedule.edges.iter();
        let outputs: HashSet<BusId> = outputs
            .filter(|edge| edge.kind == EdgeKind::Output)
            .map(|edge| edge.source)
            .collect();
        let (master, others) = self.schedule.buses.split_last().ok_or(Flaw::Loose)?;
        ensure(!outputs.contains(&master.id), Flaw::Loose)?;
        ensure(others.iter().all(|b| outputs.contains(&b.id)), Flaw::Loose)?;
        let depart = self.depart[master.id.index()].map(|(_, depart)| depart);
        ensure(
            depart == Some(u64::from(self.schedule.latency)),
            Flaw::Misaligned,
        )
    }
}

fn ensure(good: bool, flaw: Flaw) -> Result<(), Flaw> {
    if good { Ok(()) } else { Err(flaw) }
}
