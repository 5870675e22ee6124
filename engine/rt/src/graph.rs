//! The mixer as people edit it: named buses, inserts and sends. The audio thread never sees it;
//! [`compile`](crate::schedule::compile) turns it into a [`Schedule`](crate::schedule::Schedule).

mod commit;
mod diff;
mod error;

pub use commit::{CommitError, GraphCommit, NewProcessor};
pub use error::GraphError;
pub use segue_dsp::pan::PanLaw;

use crate::ids::{BusId, IdPool, InsertId, SendId};
use crate::limits::Limits;

/// Longest name of a bus, in bytes.
pub const MAX_NAME: usize = 128;
/// Largest linear gain of a fader or a send.
pub const MAX_GAIN: f32 = 16.0;

/// Fader section of a bus. The values hold from the commit that brings the bus; afterwards
/// [`MixerCommand`](crate::command::MixerCommand)s move the running fader, and whoever sends them
/// keeps this in step. Only `law` is read again at every commit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strip {
    /// Linear gain, 0..=16.
    pub gain: f32,
    /// -1 left, 0 centre, 1 right.
    pub pan: f32,
    /// How the pan becomes two gains.
    pub law: PanLaw,
    /// True while it and all its sends are silent.
    pub mute: bool,
    /// True while only soloed buses and their relatives are heard.
    pub solo: bool,
}

impl Default for Strip {
    /// Unity gain in the middle; the balance law, which leaves a centred stereo bus untouched.
    fn default() -> Self {
        Self {
            gain: 1.0,
            pan: 0.0,
            law: PanLaw::Balance,
            mute: false,
            solo: false,
        }
    }
}

/// Where a send takes its signal. Mute and solo silence both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendTap {
    /// After the inserts, before gain and pan.
    PreFader,
    /// After gain and pan.
    PostFader,
}

/// One way from a bus into another one that is not its output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SendNode {
    /// Its id.
    pub id: SendId,
    /// The bus it feeds.
    pub to: BusId,
    /// Linear gain, 0..=16; see [`Strip`] on when it holds.
    pub gain: f32,
    /// Where it takes its signal.
    pub tap: SendTap,
}

/// What the graph knows of an insert. The processor itself comes with the commit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InsertMeta {
    /// Row of its type in the table of processors.
    pub kind: u16,
    /// Frames by which its output lags.
    pub latency: u32,
    /// Bus whose signal after its inserts, before mute and fader, steers it; `None`: its own.
    pub key: Option<BusId>,
    /// 0 dry to 1 wet; see [`Strip`] on when it holds.
    pub mix: f32,
    /// True while it only delays; see [`Strip`] on when it holds.
    pub bypass: bool,
}

/// An insert in its place on a bus.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InsertNode {
    /// Its id.
    pub id: InsertId,
    /// What it is.
    pub meta: InsertMeta,
}

/// A stereo bus.
#[derive(Clone, Debug, PartialEq)]
pub struct Bus {
    /// Its id.
    pub id: BusId,
    /// Its name, unique in the graph.
    pub name: String,
    /// The bus it plays into; `None` for the master only.
    pub output: Option<BusId>,
    /// Its fader section.
    pub strip: Strip,
    /// Its inserts in the order of the signal.
    pub inserts: Vec<InsertNode>,
    /// Its sends.
    pub sends: Vec<SendNode>,
    /// Most frames of latency from a voice to this bus's output, if it has a budget.
    pub max_latency: Option<u32>,
    /// Most real voices on it and on all that play into it; 0 is no limit.
    pub max_voices: u32,
}

/// The editable mixer. It is free of cycles at all times; every edit either happens completely or
/// returns an error and changes nothing. A clone goes on with the same ids. `[main-thread]`
#[derive(Clone)]
pub struct Graph {
    bus_ids: IdPool<crate::ids::kind::Bus>,
    send_ids: IdPool<crate::ids::kind::Send>,
    insert_ids: IdPool<crate::ids::kind::Insert>,
    /// The master first, then in the order they were added.
    buses: Vec<Bus>,
}

impl Graph {
    /// A graph with only the master bus, named "master". It holds as many buses, inserts and
    /// sends as `limits` says (one bus at least).
    pub fn new(limits: &Limits) -> Self {
        let mut bus_ids = IdPool::new(limits.buses.max(1), "buses");
        let id = bus_ids.allocate().unwrap_or(BusId::new(0, 1));
        Self {
            bus_ids,
            send_ids: IdPool::new(limits.sends, "sends"),
            insert_ids: IdPool::new(limits.inserts, "inserts"),
            buses: vec![blank_bus(id, "master", None)],
        }
    }

    /// The bus everything flows into.
    pub fn master(&self) -> BusId {
        self.buses[0].id
    }

    /// All buses, the master first.
    pub fn buses(&self) -> &[Bus] {
        &self.buses
    }

    /// Whether this bus is there.
    #[inline]
    pub fn has_bus(&self, id: BusId) -> bool {
        self.bus_ids.contains(id)
    }

    /// Whether this send is there.
    #[inline]
    pub fn has_send(&self, id: SendId) -> bool {
        self.send_ids.contains(id)
    }

    /// Whether this insert is there.
    #[inline]
    pub fn has_insert(&self, id: InsertId) -> bool {
        self.insert_ids.contains(id)
    }

    /// One bus.
    ///
    /// # Errors
    /// [`GraphError::Unknown`].
    pub fn bus(&self, id: BusId) -> Result<&Bus, GraphError> {
        Ok(&self.buses[self.place(id)?])
    }

    /// The bus of this name.
    pub fn find(&self, name: &str) -> Option<BusId> {
        self.buses.iter().find(|b| b.name == name).map(|b| b.id)
    }

    /// Adds a bus that plays into `output`.
    ///
    /// # Errors
    /// Unknown output, a bad or taken name, or the limit "buses".
    pub fn add_bus(&mut self, name: &str, output: BusId) -> Result<BusId, GraphError> {
        self.place(output)?;
        self.check_name(name, None)?;
        let id = self.bus_ids.allocate()?;
        self.buses.push(blank_bus(id, name, Some(output)));
        Ok(id)
    }

    /// Removes a bus with its inserts and sends. What played into it plays into its output
    /// instead; sends to it vanish, and inserts it keyed listen to their own bus.
    ///
    /// # Errors
    /// Unknown bus, or the master.
    pub fn remove_bus(&mut self, id: BusId) -> Result<(), GraphError> {
        let place = self.place(id)?;
        let heir = self.buses[place].output;
        if heir.is_none() {
            return Err(GraphError::Master { what: "be removed" });
        }
        let gone = self.buses.remove(place);
        self.bus_ids.release(id);
        gone.inserts.iter().for_each(|i| {
            self.insert_ids.release(i.id);
        });
        gone.sends.iter().for_each(|s| {
            self.send_ids.release(s.id);
        });
        self.forget_bus(id, heir);
        Ok(())
    }

    /// Takes `id` out of every output, send and key.
    fn forget_bus(&mut self, id: BusId, heir: Option<BusId>) {
        let send_ids = &mut self.send_ids;
        for bus in &mut self.buses {
            if bus.output == Some(id) {
                bus.output = heir;
            }
            bus.sends.retain(|s| s.to != id || !send_ids.release(s.id));
            for insert in &mut bus.inserts {
                insert.meta.key = insert.meta.key.filter(|key| *key != id);
            }
        }
    }

    /// Brings the buses into this order behind the master; those that are not named come last, as
    /// they were. Sums have the order of the buses.
    pub fn arrange(&mut self, order: &[BusId]) {
        let master = self.master();
        let place = |bus: &Bus| {
            let named = order.iter().position(|id| *id == bus.id);
            (bus.id != master, named.unwrap_or(usize::MAX))
        };
        self.buses.sort_by_key(place);
    }

    /// Renames a bus.
    ///
    /// # Errors
    /// Unknown bus, a bad or taken name.
    pub fn rename(&mut self, id: BusId, name: &str) -> Result<(), GraphError> {
        let place = self.place(id)?;
        self.check_name(name, Some(id))?;
        name.clone_into(&mut self.buses[place].name);
        Ok(())
    }

    /// Plays a bus into another one.
    ///
    /// # Errors
    /// Unknown bus, the master, or a cycle.
    pub fn set_output(&mut self, id: BusId, output: BusId) -> Result<(), GraphError> {
        let place = self.place(id)?;
        self.refuse_master(id, "have an output")?;
        self.check_edge(id, output)?;
        self.buses[place].output = Some(output);
        Ok(())
    }

    /// Sets the fader section of a bus.
    ///
    /// # Errors
    /// Unknown bus, gain outside 0..=16, pan outside -1..=1.
    pub fn set_strip(&mut self, id: BusId, strip: Strip) -> Result<(), GraphError> {
        let place = self.place(id)?;
        check_range("gain", strip.gain, 0.0, MAX_GAIN)?;
        check_range("pan", strip.pan, -1.0, 1.0)?;
        self.buses[place].strip = strip;
        Ok(())
    }

    /// Sets how many real voices may play on a bus and on all that play into it when the bus comes
    /// to the audio thread; 0 is no limit. [`VoiceCommand::BusLimit`](crate::voices::VoiceCommand::BusLimit)
    /// changes it later.
    ///
    /// # Errors
    /// Unknown bus.
    pub fn set_max_voices(&mut self, id: BusId, voices: u32) -> Result<(), GraphError> {
        let place = self.place(id)?;
        self.buses[place].max_voices = voices;
        Ok(())
    }

    /// Sets or lifts the latency budget of a bus: most frames from a voice to its output.
    ///
    /// # Errors
    /// Unknown bus.
    pub fn set_max_latency(&mut self, id: BusId, frames: Option<u32>) -> Result<(), GraphError> {
        let place = self.place(id)?;
        self.buses[place].max_latency = frames;
        Ok(())
    }

    /// Sends a bus into another one besides its output, with a linear gain of 0..=16.
    ///
    /// # Errors
    /// Unknown bus, the master as source, a cycle, a gain out of range, or the limit "sends".
    pub fn add_send(
        &mut self,
        from: BusId,
        to: BusId,
        gain: f32,
        tap: SendTap,
    ) -> Result<SendId, GraphError> {
        let place = self.place(from)?;
        self.refuse_master(from, "have sends")?;
        self.check_edge(from, to)?;
        check_range("send gain", gain, 0.0, MAX_GAIN)?;
        let id = self.send_ids.allocate()?;
        self.buses[place].sends.push(SendNode { id, to, gain, tap });
        Ok(id)
    }

    /// Removes a send.
    ///
    /// # Errors
    /// Unknown send.
    pub fn remove_send(&mut self, id: SendId) -> Result<(), GraphError> {
        let (bus, position) = self.send_place(id)?;
        self.buses[bus].sends.remove(position);
        self.send_ids.release(id);
        Ok(())
    }

    /// Sets gain (linear, 0..=16) and tap of a send.
    ///
    /// # Errors
    /// Unknown send, or a gain out of range.
    pub fn set_send(&mut self, id: SendId, gain: f32, tap: SendTap) -> Result<(), GraphError> {
        let (bus, position) = self.send_place(id)?;
        check_range("send gain", gain, 0.0, MAX_GAIN)?;
        let send = &mut self.buses[bus].sends[position];
        (send.gain, send.tap) = (gain, tap);
        Ok(())
    }

    /// Puts an insert at `position` (0 = first, at most the number of inserts) of a bus.
    ///
    /// # Errors
    /// Unknown bus or key, a position or mix out of range, a key that depends on this bus, or the
    /// limit "inserts".
    pub fn add_insert(
        &mut self,
        bus: BusId,
        position: usize,
        meta: InsertMeta,
    ) -> Result<InsertId, GraphError> {
        let place = self.place(bus)?;
        check_range("mix", meta.mix, 0.0, 1.0)?;
        check_position(position, self.buses[place].inserts.len())?;
        self.check_key(bus, meta.key)?;
        let id = self.insert_ids.allocate()?;
        let node = InsertNode { id, meta };
        self.buses[place].inserts.insert(position, node);
        Ok(id)
    }

    /// Removes an insert.
    ///
    /// # Errors
    /// Unknown insert.
    pub fn remove_insert(&mut self, id: InsertId) -> Result<(), GraphError> {
        let (bus, position) = self.insert_place(id)?;
        self.buses[bus].inserts.remove(position);
        self.insert_ids.release(id);
        Ok(())
    }

    /// Moves an insert to `position` on its bus, counted without it.
    ///
    /// # Errors
    /// Unknown insert, or a position out of range.
    pub fn move_insert(&mut self, id: InsertId, position: usize) -> Result<(), GraphError> {
        let (bus, from) = self.insert_place(id)?;
        let inserts = &mut self.buses[bus].inserts;
        check_position(position, inserts.len() - 1)?;
        let node = inserts.remove(from);
        inserts.insert(position, node);
        Ok(())
    }

    /// Changes what the graph knows of an insert. A new `latency` needs a new processor for the
    /// same id at the next commit, and so does a new `kind`, which the commit does not check.
    ///
    /// # Errors
    /// Unknown insert or key, a mix out of range, or a key that depends on its bus.
    pub fn set_insert(&mut self, id: InsertId, meta: InsertMeta) -> Result<(), GraphError> {
        let (bus, position) = self.insert_place(id)?;
        check_range("mix", meta.mix, 0.0, 1.0)?;
        self.check_key(self.buses[bus].id, meta.key)?;
        self.buses[bus].inserts[position].meta = meta;
        Ok(())
    }

    /// Lets another bus steer an insert, or none.
    ///
    /// # Errors
    /// As [`Graph::set_insert`].
    pub fn set_key(&mut self, id: InsertId, key: Option<BusId>) -> Result<(), GraphError> {
        let meta = InsertMeta {
            key,
            ..self.insert(id)?.meta
        };
        self.set_insert(id, meta)
    }

    /// One insert.
    ///
    /// # Errors
    /// [`GraphError::Unknown`].
    pub fn insert(&self, id: InsertId) -> Result<&InsertNode, GraphError> {
        let (bus, position) = self.insert_place(id)?;
        Ok(&self.buses[bus].inserts[position])
    }

    fn place(&self, id: BusId) -> Result<usize, GraphError> {
        let found = self.buses.iter().position(|b| b.id == id);
        found.ok_or_else(|| unknown("bus", id.to_bits()))
    }

    fn send_place(&self, id: SendId) -> Result<(usize, usize), GraphError> {
        let mut places = self.buses.iter().enumerate();
        let found =
            places.find_map(|(bus, b)| Some((bus, b.sends.iter().position(|send| send.id == id)?)));
        found.ok_or_else(|| unknown("send", id.to_bits()))
    }

    fn insert_place(&self, id: InsertId) -> Result<(usize, usize), GraphError> {
        let mut places = self.buses.iter().enumerate();
        let found = places
            .find_map(|(bus, b)| Some((bus, b.inserts.iter().position(|node| node.id == id)?)));
        found.ok_or_else(|| unknown("insert", id.to_bits()))
    }

    fn refuse_master(&self, id: BusId, what: &'static str) -> Result<(), GraphError> {
        if id == self.master() {
            return Err(GraphError::Master { what });
        }
        Ok(())
    }

    fn check_name(&self, name: &str, own: Option<BusId>) -> Result<(), GraphError> {
        if name.is_empty() || name.len() > MAX_NAME {
            let bytes = name.len();
            let max = MAX_NAME;
            return Err(GraphError::NameLength { bytes, max });
        }
        match self.find(name) {
            Some(other) if Some(other) != own => Err(GraphError::NameTaken { name: name.into() }),
            _ => Ok(()),
        }
    }

    fn check_key(&self, bus: BusId, key: Option<BusId>) -> Result<(), GraphError> {
        key.map_or(Ok(()), |key| self.check_edge(key, bus))
    }

    /// Refuses an edge `from -> to` to an unknown bus, or one that closes a circle.
    fn check_edge(&self, from: BusId, to: BusId) -> Result<(), GraphError> {
        let (from, to) = (self.place(from)?, self.place(to)?);
        let Some(way) = self.way(to, from) else {
            return Ok(());
        };
        let names = std::iter::once(from).chain(way);
        let path = names.map(|place| self.buses[place].name.clone()).collect();
        Err(GraphError::Cycle { path })
    }

    /// The places along one way from `start` to `goal`, both included; breadth first.
    fn way(&self, start: usize, goal: usize) -> Option<Vec<usize>> {
        let targets = self.targets();
        let mut came_from = vec![None; self.buses.len()];
        came_from[start] = Some(start);
        let mut queue = std::collections::VecDeque::from([start]);
        while let Some(place) = queue.pop_front() {
            if place == goal {
                return Some(walk_back(&came_from, goal));
            }
            for &next in &targets[place] {
                if came_from[next].is_none() {
                    came_from[next] = Some(place);
                    queue.push_back(next);
                }
            }
        }
        None
    }

    /// For each bus the places it feeds through its output, sends and as a key.
    fn targets(&self) -> Vec<Vec<usize>> {
        let place = |id| self.buses.iter().position(|b| b.id == id);
        let mut targets = vec![Vec::new(); self.buses.len()];
        for (own, bus) in self.buses.iter().enumerate() {
            let sends = bus.sends.iter().map(|send| send.to);
            targets[own].extend(bus.output.into_iter().chain(sends).filter_map(place));
            let keys = bus.inserts.iter().filter_map(|node| node.meta.key);
            for source in keys.filter_map(place) {
                targets[source].push(own);
            }
        }
        targets
    }
}

#[cfg(test)]
impl Graph {
    /// Sets an output without looking for a circle.
    pub(crate) fn force_output(&mut self, id: BusId, output: BusId) {
        let bus = self.buses.iter_mut().find(|bus| bus.id == id);
        bus.unwrap().output = Some(output);
    }
}

/// Follows `came_from` from `goal` to the place that came from itself; start first.
fn walk_back(came_from: &[Option<usize>], goal: usize) -> Vec<usize> {
    let mut way = vec![goal];
    let mut place = goal;
    while let Some(previous) = came_from[place].filter(|p| *p != place) {
        way.push(previous);
        place = previous;
    }
    way.reverse();
    way
}

fn blank_bus(id: BusId, name: &str, output: Option<BusId>) -> Bus {
    Bus {
        id,
        name: name.into(),
        output,
        strip: Strip::default(),
        inserts: Vec::new(),
        sends: Vec::new(),
        max_latency: None,
        max_voices: 0,
    }
}

fn unknown(what: &'static str, id: u64) -> GraphError {
    GraphError::Unknown { what, id }
}

fn check_range(what: &'static str, value: f32, min: f32, max: f32) -> Result<(), GraphError> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(GraphError::Range {
        what,
        value,
        min,
        max,
    })
}

fn check_position(position: usize, max: usize) -> Result<(), GraphError> {
    if position <= max {
        return Ok(());
    }
    Err(GraphError::Position { position, max })
}

#[cfg(test)]
mod tests;
