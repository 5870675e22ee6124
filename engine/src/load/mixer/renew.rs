//! The mixer that plays, brought to what its project says now.

use std::collections::{BTreeMap, HashMap};

use segue_dsp::processor;
use segue_format::project::{Bus, Insert, MASTER, Project, Send};
use segue_rt::graph::{Graph, InsertMeta, NewProcessor, Strip};
use segue_rt::ids::BusId;
use segue_rt::schedule::compile;

use super::{build_insert, bus_id, gain, named, narrow, preset_values, send_tap, strip};
use crate::config::EngineConfig;
use crate::error::Result;
use crate::load::Names;

/// The mixer that plays.
pub(crate) struct Running {
    pub(crate) graph: Graph,
    /// What the project said of it, the master first.
    pub(crate) buses: Vec<Bus>,
}

/// The way from the mixer that plays to the new one, in two commits. New buses come first, and are
/// there at once: what the new project plays must not wait until what it no longer has was faded out.
pub(crate) struct Renewed {
    /// The old mixer and the new buses; `None`: there are none.
    pub(crate) first: Option<Commit>,
    /// The new mixer.
    pub(crate) last: Commit,
    /// Whether buses have other names.
    is_renamed: bool,
    /// Whether the second commit does anything.
    pub(crate) is_other: bool,
    /// Frames from a voice to the output of the new mixer.
    pub(crate) latency: u32,
    /// What the project said of the buses before, under the names that they have now.
    pub(crate) before: Vec<Bus>,
}

/// A graph, with the processors of the inserts that it has and the one before has not.
pub(crate) struct Commit {
    pub(crate) graph: Graph,
    pub(crate) processors: Vec<NewProcessor>,
}

impl Renewed {
    /// Whether buses, sends or inserts come, go or move.
    pub(crate) fn is_rewired(&self) -> bool {
        self.first.is_some() || self.is_other
    }

    /// Whether there is another mixer at all: one with other names needs no commit.
    pub(crate) fn is_needed(&self) -> bool {
        self.is_renamed || self.is_rewired()
    }

    /// The processors of all new inserts.
    pub(crate) fn processors(&mut self) -> impl Iterator<Item = &mut NewProcessor> {
        let first = self.first.iter_mut().flat_map(|it| &mut it.processors);
        first.chain(&mut self.last.processors)
    }
}

/// All buses of a project, the master first.
pub(crate) fn buses(project: &Project) -> Vec<Bus> {
    let others = project.buses.iter().filter(|bus| bus.id != MASTER).cloned();
    std::iter::once(project.master()).chain(others).collect()
}

/// Whether an insert may go on as another one: what remains can be set while it runs.
pub(crate) fn goes_on(old: &Insert, new: &Insert) -> bool {
    (&old.id, &old.kind) == (&new.id, &new.kind) && fixed_values(old) == fixed_values(new)
}

/// What an insert says of the parameters that are only read when it is made.
fn fixed_values(insert: &Insert) -> BTreeMap<&str, f64> {
    let kind = processor::kind_from_id(&insert.kind).map(processor::info);
    let rows = kind.map_or(&[][..], |info| info.params);
    // A preset counts as what it says about those. An unknown one is refused elsewhere.
    let preset = preset_values(insert).unwrap_or_default().iter();
    let preset = preset.map(|(id, value)| (*id, f64::from(*value)));
    let own = insert.params.iter();
    let said = preset.chain(own.map(|(id, value)| (id.as_str(), *value)));
    let mut values: BTreeMap<_, _> = rows
        .iter()
        .filter(|row| row.structural)
        .map(|row| (row.id, f64::from(row.default)))
        .collect();
    for (id, value) in said {
        if let Some(place) = values.get_mut(id) {
            *place = value;
        }
    }
    values
}

/// Buses that only have other names: what one lacks of all others, another one has all of. By the old
/// name, the new one.
pub(crate) fn renames(old: &[Bus], new: &[Bus]) -> BTreeMap<String, String> {
    let is_in = |list: &[Bus], bus: &Bus| list.iter().any(|it| it.id == bus.id);
    let mut gone: Vec<&Bus> = old.iter().filter(|bus| !is_in(new, bus)).collect();
    let mut come: Vec<&Bus> = new.iter().filter(|bus| !is_in(old, bus)).collect();
    let mut renames = BTreeMap::new();
    loop {
        // A bus may play into one that has another name too, which may be found after it.
        let pair = gone.iter().enumerate().find_map(|(n, bus)| {
            let is_it = |it: &&Bus| content(bus, &renames) == content(it, &BTreeMap::new());
            Some((n, come.iter().position(is_it)?))
        });
        let Some((from, to)) = pair else {
            return renames;
        };
        let (from, to) = (gone.remove(from), come.remove(to));
        renames.insert(from.id.clone(), to.id.clone());
    }
}

/// A bus without its own names, with the new names of others.
fn content(bus: &Bus, renames: &BTreeMap<String, String>) -> Bus {
    let mut content = renamed(bus, renames);
    (content.id, content.name) = (String::new(), None);
    content.output = Some(content.output.unwrap_or_else(|| MASTER.to_owned()));
    content
}

/// A bus with the new names of all buses in it.
fn renamed(bus: &Bus, renames: &BTreeMap<String, String>) -> Bus {
    let mut bus = bus.clone();
    let sends = bus.sends.iter_mut().map(|send| &mut send.to);
    let keys = bus.inserts.iter_mut().filter_map(|it| it.key.as_mut());
    let names = sends.chain(keys).chain(&mut bus.output);
    for name in names.chain(std::iter::once(&mut bus.id)) {
        if let Some(new) = renames.get(name.as_str()) {
            name.clone_from(new);
        }
    }
    bus
}

/// Brings the mixer that plays, and what it is called, to what a project says that can be built.
///
/// # Errors
/// [`crate::Error::Graph`] for a limit, or a name that an edit has taken; [`crate::Error::Commit`] when the new mixer cannot be
/// played.
pub(in crate::load) fn renew(
    project: &Project,
    config: &EngineConfig,
    names: &mut Names,
    running: Running,
) -> Result<Renewed> {
    let new = buses(project);
    let renames = renames(&running.buses, &new);
    let old: Vec<Bus> = running
        .buses
        .iter()
        .map(|bus| renamed(bus, &renames))
        .collect();
    let mut work = Work {
        project,
        rate: f64::from(config.sample_rate),
        names,
        graph: running.graph,
        processors: Vec::new(),
    };
    work.rename(&renames)?;
    let begin = work.graph.clone();
    let pairs = Pairs::new(&old, &new);
    let first = work.begin_buses(&pairs)?;
    if let Some(first) = &first {
        check(&first.graph, config, work.names)?;
    }
    work.take_apart(&pairs)?;
    work.put_together(&pairs)?;
    let last = Commit {
        graph: work.graph,
        processors: work.processors,
    };
    let graph = &last.graph;
    names.inserts.retain(|_, id| graph.has_insert(*id));
    names.kinds.retain(|id, _| graph.has_insert(*id));
    names.responses.retain(|id, _| graph.has_insert(*id));
    names.sends.retain(|_, id| graph.has_send(*id));
    let before = first.as_ref().map_or(&begin, |first| &first.graph);
    let is_other = before.buses() != graph.buses();
    let latency = check(graph, config, names)?;
    Ok(Renewed {
        first,
        last,
        is_renamed: !renames.is_empty(),
        is_other,
        latency,
        before: old,
    })
}

/// The latency of a mixer that can be played.
fn check(graph: &Graph, config: &EngineConfig, names: &Names) -> Result<u32> {
    let schedule = compile(graph, &config.limits).map_err(|error| named(error, names))?;
    Ok(schedule.latency())
}

/// The buses of the new project, each with itself as it was.
struct Pairs<'a> {
    old: HashMap<&'a str, &'a Bus>,
    new: Vec<&'a Bus>,
}

impl<'a> Pairs<'a> {
    fn new(old: &'a [Bus], new: &'a [Bus]) -> Self {
        Self {
            old: old.iter().map(|bus| (bus.id.as_str(), bus)).collect(),
            new: new.iter().collect(),
        }
    }

    /// Those that stay: as it was, as it is.
    fn kept(&self) -> impl Iterator<Item = (&'a Bus, &'a Bus)> {
        let both = |new: &&'a Bus| Some((*self.old.get(new.id.as_str())?, *new));
        self.new.iter().filter_map(both)
    }

    fn fresh(&self) -> impl Iterator<Item = &'a Bus> {
        let is_fresh = |new: &&'a Bus| !self.old.contains_key(new.id.as_str());
        self.new.iter().copied().filter(is_fresh)
    }

    /// Those that go, by their names.
    fn gone(&self) -> Vec<&'a str> {
        let stays = |id: &str| self.new.iter().any(|bus| bus.id == id);
        let mut gone: Vec<_> = self.old.keys().copied().filter(|id| !stays(id)).collect();
        gone.sort_unstable();
        gone
    }
}

/// A graph under change.
struct Work<'a> {
    project: &'a Project,
    rate: f64,
    names: &'a mut Names,
    graph: Graph,
    processors: Vec<NewProcessor>,
}

impl Work<'_> {
    fn rename(&mut self, renames: &BTreeMap<String, String>) -> Result<()> {
        for (from, to) in renames {
            if let Some(id) = self.names.buses.remove(from) {
                self.graph.rename(id, to)?;
                self.names.buses.insert(to.clone(), id);
            }
        }
        let new = |name: String| renames.get(&name).cloned().unwrap_or(name);
        let inserts = std::mem::take(&mut self.names.inserts).into_iter();
        let inserts = inserts.map(|((bus, insert), id)| ((new(bus), insert), id));
        self.names.inserts = inserts.collect();
        let sends = std::mem::take(&mut self.names.sends).into_iter();
        self.names.sends = sends
            .map(|((from, to), id)| ((new(from), new(to)), id))
            .collect();
        Ok(())
    }

    /// Adds the new buses with all that needs no fade: nothing plays into them yet, so nothing has to
    /// wait for anything.
    fn begin_buses(&mut self, pairs: &Pairs<'_>) -> Result<Option<Commit>> {
        for bus in pairs.fresh() {
            let id = self.graph.add_bus(&bus.id, self.graph.master())?;
            self.graph.set_strip(id, strip(bus))?;
            self.graph.set_max_voices(id, bus.max_voices.into())?;
            self.names.buses.insert(bus.id.clone(), id);
        }
        for bus in pairs.fresh() {
            let id = bus_id(self.names, &bus.id)?;
            if let Some(output) = bus.output_id() {
                self.graph.set_output(id, bus_id(self.names, output)?)?;
            }
            let mut position = 0;
            for insert in bus.inserts.iter().filter(|insert| insert.key.is_none()) {
                let (kind, processor) = build_insert(self.project, &bus.id, insert, self.rate)?;
                // One with latency changes how long others have to wait.
                if processor.latency() == 0 {
                    self.add_insert(bus, id, position, insert, (kind, processor))?;
                    position += 1;
                }
            }
        }
        if pairs.fresh().next().is_none() {
            return Ok(None);
        }
        let mut graph = self.graph.clone();
        // What a bus may have counts for the mixer that is meant, and not on the way there.
        for bus in self.graph.buses() {
            graph.set_max_latency(bus.id, None)?;
        }
        Ok(Some(Commit {
            graph,
            processors: std::mem::take(&mut self.processors),
        }))
    }

    /// Takes out what is no longer there or leads elsewhere now; so no circle can come about while the
    /// rest is put in.
    fn take_apart(&mut self, pairs: &Pairs<'_>) -> Result<()> {
        for (old, new) in pairs.kept() {
            let id = bus_id(self.names, &old.id)?;
            let stays = |send: &&Send| new.sends.iter().any(|it| it.to == send.to);
            for send in old.sends.iter().filter(|send| !stays(send)) {
                let place = (old.id.clone(), send.to.clone());
                if let Some(id) = self.names.sends.remove(&place) {
                    self.graph.remove_send(id)?;
                }
            }
            for insert in &old.inserts {
                let place = (old.id.clone(), insert.id.clone());
                let Some(known) = self.names.inserts.get(&place).copied() else {
                    continue;
                };
                let stays = new.inserts.iter().find(|it| goes_on(insert, it));
                match stays {
                    None => {
                        self.graph.remove_insert(known)?;
                        self.names.inserts.remove(&place);
                    }
                    Some(now) if now.key != insert.key => self.graph.set_key(known, None)?,
                    Some(_) => {}
                }
            }
            if old.output_id() != new.output_id() {
                self.graph.set_output(id, self.graph.master())?;
            }
        }
        for name in pairs.gone() {
            if let Some(id) = self.names.buses.remove(name) {
                self.graph.remove_bus(id)?;
            }
            self.names.inserts.retain(|(bus, _), _| bus != name);
        }
        Ok(())
    }

    /// Puts in what is new, and everything into its order.
    fn put_together(&mut self, pairs: &Pairs<'_>) -> Result<()> {
        for (old, new) in pairs.kept() {
            let id = bus_id(self.names, &new.id)?;
            if let Some(output) = new.output_id().filter(|it| Some(*it) != old.output_id()) {
                self.graph.set_output(id, bus_id(self.names, output)?)?;
            }
            if old.pan_law != new.pan_law {
                let law = strip(new).law;
                let now = self.graph.bus(id)?.strip;
                self.graph.set_strip(id, Strip { law, ..now })?;
            }
        }
        for bus in &pairs.new {
            let id = bus_id(self.names, &bus.id)?;
            self.graph.set_max_latency(id, bus.max_latency)?;
            self.put_sends(bus)?;
            self.put_inserts(bus, pairs.old.get(bus.id.as_str()).copied())?;
        }
        let order: Result<Vec<BusId>> = pairs
            .new
            .iter()
            .map(|bus| bus_id(self.names, &bus.id))
            .collect();
        self.graph.arrange(&order?);
        Ok(())
    }

    fn put_sends(&mut self, bus: &Bus) -> Result<()> {
        let from = bus_id(self.names, &bus.id)?;
        for send in &bus.sends {
            let place = (bus.id.clone(), send.to.clone());
            let tap = send_tap(send);
            let known = self.names.sends.get(&place).copied();
            let now = self.graph.bus(from)?.sends.iter();
            let now = now.copied().find(|it| Some(it.id) == known);
            match now {
                Some(now) if now.tap == tap => {}
                Some(now) => self.graph.set_send(now.id, now.gain, tap)?,
                None => {
                    let to = bus_id(self.names, &send.to)?;
                    let new = self.graph.add_send(from, to, gain(send.gain_db), tap)?;
                    self.names.sends.insert(place, new);
                }
            }
        }
        Ok(())
    }

    fn put_inserts(&mut self, bus: &Bus, before: Option<&Bus>) -> Result<()> {
        let id = bus_id(self.names, &bus.id)?;
        for (position, insert) in bus.inserts.iter().enumerate() {
            let place = (bus.id.clone(), insert.id.clone());
            let Some(known) = self.names.inserts.get(&place).copied() else {
                let built = build_insert(self.project, &bus.id, insert, self.rate)?;
                self.add_insert(bus, id, position, insert, built)?;
                continue;
            };
            self.graph.move_insert(known, position)?;
            let old = before.and_then(|bus| bus.inserts.iter().find(|it| it.id == insert.id));
            if old.is_some_and(|old| old.key != insert.key) {
                let key = insert.key.as_deref();
                let key = key.map(|key| bus_id(self.names, key)).transpose()?;
                self.graph.set_key(known, key)?;
            }
        }
        Ok(())
    }

    fn add_insert(
        &mut self,
        bus: &Bus,
        id: BusId,
        position: usize,
        insert: &Insert,
        (kind, processor): (processor::ProcessorKind, Box<dyn processor::Processor>),
    ) -> Result<()> {
        let key = insert.key.as_deref();
        let key = key.map(|key| bus_id(self.names, key)).transpose()?;
        let meta = InsertMeta {
            kind: kind as u16,
            latency: processor.latency(),
            key,
            mix: narrow(insert.mix),
            bypass: insert.bypass,
        };
        let new = self.graph.add_insert(id, position, meta)?;
        let place = (bus.id.clone(), insert.id.clone());
        self.names.inserts.insert(place, new);
        self.names.kinds.insert(new, kind);
        self.processors.push((new, processor));
        Ok(())
    }
}
