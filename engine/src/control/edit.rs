//! Editing the mixer while it runs.

use segue_rt::command::{Install, MixerCommand};
use segue_rt::graph::{CommitError, Graph, InsertMeta, SendTap, Strip};
use segue_rt::ids::{BusId, InsertId, SendId};

use super::Control;
use crate::error::{Error, Result};
use crate::load::{build_processor, named};

/// One edit of the mixer's graph. Ids are given out in the order of the edits, so the same edits
/// give the same ids.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// A new bus into `output`.
    AddBus {
        /// Unique name, at most 128 bytes.
        name: String,
        /// Where it plays into.
        output: BusId,
    },
    /// Removes a bus; what played into it plays into its output.
    RemoveBus {
        /// Which bus, not the master.
        bus: BusId,
    },
    /// Plays a bus into another one.
    SetOutput {
        /// Which bus, not the master.
        bus: BusId,
        /// Where it plays into.
        output: BusId,
    },
    /// Sets or lifts the most latency of a bus.
    SetMaxLatency {
        /// Which bus.
        bus: BusId,
        /// Most frames from a voice to its output, or no limit.
        frames: Option<u32>,
    },
    /// A new send.
    AddSend {
        /// Where it takes its signal.
        from: BusId,
        /// Where it goes.
        to: BusId,
        /// Linear gain, 0..=16.
        gain: f32,
        /// Before or after the fader.
        tap: SendTap,
    },
    /// Removes a send.
    RemoveSend {
        /// Which send.
        send: SendId,
    },
    /// A new insert.
    AddInsert {
        /// On which bus.
        bus: BusId,
        /// Place in its chain, 0 first.
        position: usize,
        /// Processor, such as "eq".
        kind: String,
        /// Values that differ from the defaults, by parameter id.
        params: Vec<(String, f64)>,
        /// Bus that keys it.
        key: Option<BusId>,
    },
    /// Removes an insert.
    RemoveInsert {
        /// Which insert.
        insert: InsertId,
    },
    /// Moves an insert within its chain.
    MoveInsert {
        /// Which insert.
        insert: InsertId,
        /// Its new place, 0 first.
        position: usize,
    },
    /// Keys an insert by another bus, or by its own signal.
    SetKey {
        /// Which insert.
        insert: InsertId,
        /// The bus, or `None`.
        key: Option<BusId>,
    },
    /// Brings all edits since the last one to the audio thread, without a click.
    Commit,
}

/// What was added since the last commit, and what was asked of it.
#[derive(Debug, Default)]
pub(super) struct Unheard {
    /// Bits of the ids, each with its kind.
    ids: Vec<u64>,
    commands: Vec<(u64, MixerCommand)>,
}

// Generations have the bits from 32 on; kinds are told apart by the highest ones, which no generation
// reaches in practice: then a command would only wait for the next commit.
const BUS: u64 = 0;
const SEND: u64 = 1 << 63;
const INSERT: u64 = 1 << 62;

impl Unheard {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Whether the audio thread knows, or will know in time, what a command is for.
    #[cold]
    #[inline(never)]
    pub(super) fn is_known(&self, command: MixerCommand) -> bool {
        use MixerCommand as To;
        let id = match command {
            To::BusGain { bus, .. }
            | To::BusPan { bus, .. }
            | To::BusMute { bus, .. }
            | To::BusSolo { bus, .. } => bus.to_bits() | BUS,
            To::SendGain { send, .. } => send.to_bits() | SEND,
            To::InsertParam { insert, .. }
            | To::InsertMix { insert, .. }
            | To::InsertBypass { insert, .. } => insert.to_bits() | INSERT,
        };
        !self.ids.contains(&id)
    }

    /// Keeps a command for something that the audio thread does not know yet, at most `most` of them.
    pub(super) fn keep(&mut self, at: u64, command: MixerCommand, most: usize) -> Result<()> {
        if self.commands.len() >= most {
            return Err(Error::QueueFull { capacity: most });
        }
        self.commands.push((at, command));
        Ok(())
    }
}

/// What an edit made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Edited {
    Bus(BusId),
    Send(SendId),
    Insert(InsertId),
    Nothing,
}

impl Control {
    /// The mixer's graph, with the edits that were not committed yet. `[main-thread]`
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Whether this bus is there. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::StaleId`].
    #[inline]
    pub fn check_bus(&self, bus: BusId) -> Result<()> {
        there(self.graph.has_bus(bus), "bus", bus.to_bits())
    }

    /// Whether this send is there. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::StaleId`].
    #[inline]
    pub fn check_send(&self, send: SendId) -> Result<()> {
        there(self.graph.has_send(send), "send", send.to_bits())
    }

    /// Whether this insert is there. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::StaleId`].
    #[inline]
    pub fn check_insert(&self, insert: InsertId) -> Result<()> {
        there(self.graph.has_insert(insert), "insert", insert.to_bits())
    }

    /// Adds a bus. Heard after [`Control::commit`]. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Graph`]: unknown output, taken name, limit. Nothing has changed then.
    pub fn add_bus(&mut self, name: &str, output: BusId) -> Result<BusId> {
        match self.edit(Edit::AddBus {
            name: name.to_owned(),
            output,
        })? {
            Edited::Bus(bus) => Ok(bus),
            _ => Err(Error::NothingMade),
        }
    }

    /// Adds a send. Heard after [`Control::commit`]. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Graph`]: unknown bus, a cycle (which is named), limit, gain out of range.
    pub fn add_send(&mut self, from: BusId, to: BusId, gain: f32, tap: SendTap) -> Result<SendId> {
        match self.edit(Edit::AddSend {
            from,
            to,
            gain,
            tap,
        })? {
            Edited::Send(send) => Ok(send),
            _ => Err(Error::NothingMade),
        }
    }

    /// Adds an insert. Heard after [`Control::commit`]. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Unknown`] for a processor or parameter, [`Error::Dsp`] for a value,
    /// [`Error::Graph`] for the bus, the key or a limit.
    pub fn add_insert(
        &mut self,
        bus: BusId,
        position: usize,
        kind: &str,
        params: &[(&str, f64)],
    ) -> Result<InsertId> {
        let params = params
            .iter()
            .map(|(name, value)| ((*name).to_owned(), *value))
            .collect();
        let kind = kind.to_owned();
        match self.edit(Edit::AddInsert {
            bus,
            position,
            kind,
            params,
            key: None,
        })? {
            Edited::Insert(insert) => Ok(insert),
            _ => Err(Error::NothingMade),
        }
    }

    /// Sets or lifts the most frames of latency from a voice to the output of a bus. Counts from the next
    /// [`Control::commit`], which is refused while the mixer has more. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Graph`]: unknown bus.
    pub fn set_max_latency(&mut self, bus: BusId, frames: Option<u32>) -> Result<()> {
        self.edit(Edit::SetMaxLatency { bus, frames }).map(|_| ())
    }

    /// Brings all edits since the last commit to the audio thread, without a click.
    /// `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Commit`]: two commits are still under way (try again after [`Control::update`]), or
    /// the graph cannot be played; [`Error::Latency`]: a bus has more latency than it may have;
    /// [`Error::QueueFull`].
    pub fn commit(&mut self) -> Result<()> {
        self.edit(Edit::Commit).map(|_| ())
    }

    /// Carries out one edit and records it. `[main-thread]`
    ///
    /// # Errors
    /// As the methods for each kind; nothing has changed then.
    pub(crate) fn edit(&mut self, edit: Edit) -> Result<Edited> {
        let edited = self.carry_out(&edit)?;
        match (&mut self.recorder, self.config.record) {
            (Some(recorder), _) => recorder.edit(&edit)?,
            (None, true) => self.early_edits.push(edit),
            (None, false) => {}
        }
        Ok(edited)
    }

    /// Any edit; see [`Edit`]. `[main-thread]`
    ///
    /// # Errors
    /// As [`Control::add_bus`] and the like; nothing has changed then.
    pub fn apply(&mut self, edit: Edit) -> Result<()> {
        self.edit(edit).map(|_| ())
    }

    fn carry_out(&mut self, edit: &Edit) -> Result<Edited> {
        let edited = self.change(edit)?;
        self.edits += 1;
        if *edit == Edit::Commit {
            self.committed = self.edits;
        }
        match (edited, edit) {
            (Edited::Bus(bus), _) => self.unheard.ids.push(bus.to_bits() | BUS),
            (Edited::Send(send), _) => self.unheard.ids.push(send.to_bits() | SEND),
            (Edited::Insert(insert), _) => self.unheard.ids.push(insert.to_bits() | INSERT),
            (Edited::Nothing, Edit::Commit) => self.send_kept()?,
            (Edited::Nothing, _) => {}
        }
        Ok(edited)
    }

    /// Queues what waited for the commit.
    fn send_kept(&mut self) -> Result<()> {
        self.unheard.ids.clear();
        for (at, command) in std::mem::take(&mut self.unheard.commands) {
            self.send_mixer(at, command)?;
        }
        Ok(())
    }

    fn change(&mut self, edit: &Edit) -> Result<Edited> {
        let graph = &mut self.graph;
        match edit {
            Edit::AddBus { name, output } => {
                let bus = graph.add_bus(name, *output)?;
                self.values.add_bus(bus, &Strip::default());
                self.names.buses.insert(name.clone(), bus);
                return Ok(Edited::Bus(bus));
            }
            Edit::RemoveBus { bus } => {
                graph.remove_bus(*bus)?;
                self.values.remove_bus(*bus);
                self.names.buses.retain(|_, id| id != bus);
                // Its inserts went with it.
                let lives = |insert: &InsertId| graph.insert(*insert).is_ok();
                self.names.kinds.retain(|insert, _| lives(insert));
                self.names.inserts.retain(|_, insert| lives(insert));
                self.names.sends.retain(|_, send| graph.has_send(*send));
                self.new_processors.retain(|(insert, _)| lives(insert));
            }
            Edit::SetOutput { bus, output } => graph.set_output(*bus, *output)?,
            Edit::SetMaxLatency { bus, frames } => graph.set_max_latency(*bus, *frames)?,
            Edit::AddSend {
                from,
                to,
                gain,
                tap,
            } => {
                let send = graph.add_send(*from, *to, *gain, *tap)?;
                self.values.add_send(send, *gain);
                return Ok(Edited::Send(send));
            }
            Edit::RemoveSend { send } => {
                graph.remove_send(*send)?;
                self.names.sends.retain(|_, id| id != send);
            }
            Edit::AddInsert {
                bus,
                position,
                kind,
                params,
                key,
            } => {
                return self.add_processor(*bus, *position, kind, params, *key);
            }
            Edit::RemoveInsert { insert } => {
                graph.remove_insert(*insert)?;
                self.names.kinds.remove(insert);
                self.names.inserts.retain(|_, id| id != insert);
                self.new_processors.retain(|(id, _)| id != insert);
            }
            Edit::MoveInsert { insert, position } => graph.move_insert(*insert, *position)?,
            Edit::SetKey { insert, key } => graph.set_key(*insert, *key)?,
            Edit::Commit => self.send_graph()?,
        }
        Ok(Edited::Nothing)
    }

    fn add_processor(
        &mut self,
        bus: BusId,
        position: usize,
        kind: &str,
        params: &[(String, f64)],
        key: Option<BusId>,
    ) -> Result<Edited> {
        let rate = f64::from(self.config.sample_rate);
        let values = params.iter().map(|(name, value)| (name.as_str(), *value));
        let (kind, processor) = build_processor(kind, values, rate)?;
        let latency = processor.latency();
        let meta = InsertMeta {
            kind: kind as u16,
            latency,
            key,
            mix: 1.0,
            bypass: false,
        };
        let insert = self.graph.add_insert(bus, position, meta)?;
        self.names.kinds.insert(insert, kind);
        let said = params.iter().map(|(name, value)| (name.as_str(), *value));
        self.values.add_insert(insert, kind as u16, said);
        self.new_processors.push((insert, processor));
        Ok(Edited::Insert(insert))
    }

    /// True when two commits are still under way, so that another one has to wait.
    pub(crate) fn is_commit_busy(&self) -> bool {
        !self.commit.is_ready()
    }

    fn send_graph(&mut self) -> Result<()> {
        if self.held.is_none() && self.commands.room() <= self.unheard.commands.len() {
            return Err(self.queue_full());
        }
        let update = self.commit.commit(&self.graph, &mut self.new_processors);
        let update = update.map_err(|error| match error {
            CommitError::Compile(error) => named(error, &self.names),
            other => other.into(),
        })?;
        self.install(Install::Graph(update))
    }
}

#[inline]
fn there(is_there: bool, what: &'static str, id: u64) -> Result<()> {
    match is_there {
        true => Ok(()),
        false => Err(Error::stale(what, id)),
    }
}
