//! What the mixer was last told: for those who show it, or set it back.

use segue_dsp::processor::{self, ParamInfo};
use segue_format::project::Project;
use segue_rt::command::MixerCommand;
use segue_rt::graph::{Graph, Strip};
use segue_rt::ids::{BusId, Id, InsertId, SendId};

use super::{Control, reload};
use crate::error::{Error, Result};
use crate::load::{self, Names, buses};

/// Fader, pan and switches of a bus as they were last set, also for a frame that is still to come;
/// without what states, RTPCs and ducking add.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BusValues {
    /// Linear gain, 0..=16.
    pub gain: f32,
    /// -1 left, 0 centre, 1 right.
    pub pan: f32,
    /// True while it is silent.
    pub mute: bool,
    /// True while only soloed buses and their relatives are heard.
    pub solo: bool,
}

/// The same of an insert.
#[derive(Clone, Debug, PartialEq)]
pub struct InsertValues {
    /// Every parameter in its unit, by its number.
    pub params: Vec<f32>,
    /// Wet share, 0..=1.
    pub mix: f32,
    /// True while it is bypassed.
    pub bypass: bool,
}

/// All of them, by the places of their ids.
#[derive(Debug, Default)]
pub(super) struct MixerValues {
    buses: Slots<BusId, BusValues>,
    sends: Slots<SendId, f32>,
    inserts: Slots<InsertId, Known>,
}

/// An insert, with the rows that say what its values may be.
#[derive(Debug)]
struct Known {
    values: InsertValues,
    rows: &'static [ParamInfo],
}

#[derive(Debug)]
struct Slots<I, V>(Vec<Option<(I, V)>>);

impl<I, V> Default for Slots<I, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K, V> Slots<Id<K>, V> {
    fn put(&mut self, id: Id<K>, value: V) {
        if self.0.len() <= id.index() {
            self.0.resize_with(id.index() + 1, || None);
        }
        self.0[id.index()] = Some((id, value));
    }

    fn remove(&mut self, id: Id<K>) {
        if self.get(id).is_some() {
            self.0[id.index()] = None;
        }
    }

    fn keep(&mut self, stays: impl Fn(Id<K>) -> bool) {
        for slot in &mut self.0 {
            if slot.as_ref().is_some_and(|(id, _)| !stays(*id)) {
                *slot = None;
            }
        }
    }

    #[inline]
    fn get(&self, id: Id<K>) -> Option<&V> {
        let slot = self.0.get(id.index())?.as_ref();
        slot.filter(|(known, _)| known.to_bits() == id.to_bits())
            .map(|(_, value)| value)
    }

    #[inline]
    fn get_mut(&mut self, id: Id<K>) -> Option<&mut V> {
        let slot = self.0.get_mut(id.index())?.as_mut();
        slot.filter(|(known, _)| known.to_bits() == id.to_bits())
            .map(|(_, value)| value)
    }
}

impl MixerValues {
    /// Those of a mixer that was just made, without a project's inserts.
    pub(super) fn new(graph: &Graph) -> Self {
        let mut values = Self::default();
        values.meet(graph);
        values
    }

    /// Adds buses and sends that were not known yet.
    fn meet(&mut self, graph: &Graph) {
        self.buses.keep(|bus| graph.has_bus(bus));
        for bus in graph.buses() {
            if self.buses.get(bus.id).is_none() {
                self.add_bus(bus.id, &bus.strip);
            }
            for send in &bus.sends {
                if self.sends.get(send.id).is_none() {
                    self.add_send(send.id, send.gain);
                }
            }
        }
    }

    /// Those of a project's mixer.
    pub(super) fn of(graph: &Graph, names: &Names, project: &Project) -> Result<Self> {
        let mut values = Self::default();
        values.learn(graph, names, project)?;
        Ok(values)
    }

    /// Adds what a project's mixer has and was not known yet.
    pub(super) fn learn(&mut self, graph: &Graph, names: &Names, project: &Project) -> Result<()> {
        let values = self;
        values.meet(graph);
        for bus in buses(project) {
            for insert in &bus.inserts {
                let place = (bus.id.clone(), insert.id.clone());
                let id = *names.inserts.get(&place).ok_or(Error::StaleInsert)?;
                if values.inserts.get(id).is_some() {
                    continue;
                }
                let kind = *names.kinds.get(&id).ok_or(Error::StaleInsert)?;
                let said = reload::values(insert)?.into_iter();
                let said = said.chain(load::macro_values(project, &bus.id, insert));
                let meta = graph.insert(id)?.meta;
                values.add_insert(id, kind as u16, said);
                values.note(&MixerCommand::InsertMix {
                    insert: id,
                    mix: meta.mix,
                });
                values.note(&MixerCommand::InsertBypass {
                    insert: id,
                    on: meta.bypass,
                });
            }
        }
        Ok(())
    }

    pub(super) fn add_bus(&mut self, bus: BusId, strip: &Strip) {
        let values = BusValues {
            gain: strip.gain,
            pan: strip.pan,
            mute: strip.mute,
            solo: strip.solo,
        };
        self.buses.put(bus, values);
    }

    pub(super) fn remove_bus(&mut self, bus: BusId) {
        self.buses.remove(bus);
    }

    pub(super) fn add_send(&mut self, send: SendId, gain: f32) {
        self.sends.put(send, gain);
    }

    /// The defaults of its kind, and what was `said` on top, by the ids of parameters.
    pub(super) fn add_insert<'a>(
        &mut self,
        insert: InsertId,
        kind: u16,
        said: impl Iterator<Item = (&'a str, f64)>,
    ) {
        let Some(info) = processor::PROCESSORS.get(usize::from(kind)) else {
            return;
        };
        let mut params: Vec<f32> = info.params.iter().map(|row| row.default).collect();
        for (id, value) in said {
            let number = info.param(id).map(usize::from);
            if let Some(place) = number.and_then(|number| params.get_mut(number)) {
                *place = segue_dsp::math::to_f32(value);
            }
        }
        let values = InsertValues {
            params,
            mix: 1.0,
            bypass: false,
        };
        let rows = info.params;
        self.inserts.put(insert, Known { values, rows });
    }

    /// The rows of an insert's parameters.
    #[inline]
    pub(super) fn rows(&self, insert: InsertId) -> Option<&'static [ParamInfo]> {
        self.inserts.get(insert).map(|known| known.rows)
    }

    /// A parameter of an insert, if it may be set to this.
    #[inline(always)]
    pub(super) fn param(&mut self, insert: InsertId, param: u16, value: f32) -> Option<&mut f32> {
        let known = self.inserts.get_mut(insert)?;
        let row = known.rows.get(usize::from(param))?;
        let is_allowed = (row.min..=row.max).contains(&value) && !row.structural;
        let place = known.values.params.get_mut(usize::from(param));
        place.filter(|_| is_allowed)
    }

    /// Keeps what a command sets. Allocates nothing. Inlined, as what is known of the command there is.
    #[inline(always)]
    pub(super) fn note(&mut self, command: &MixerCommand) {
        match *command {
            MixerCommand::BusGain { bus, gain, .. } => self.bus(bus, |it| it.gain = gain),
            MixerCommand::BusPan { bus, pan } => self.bus(bus, |it| it.pan = pan),
            MixerCommand::BusMute { bus, on } => self.bus(bus, |it| it.mute = on),
            MixerCommand::BusSolo { bus, on } => self.bus(bus, |it| it.solo = on),
            MixerCommand::SendGain { send, gain } => {
                if let Some(place) = self.sends.get_mut(send) {
                    *place = gain;
                }
            }
            MixerCommand::InsertParam {
                insert,
                param,
                value,
            } => self.insert(insert, |it| {
                if let Some(place) = it.params.get_mut(usize::from(param)) {
                    *place = value;
                }
            }),
            MixerCommand::InsertMix { insert, mix } => self.insert(insert, |it| it.mix = mix),
            MixerCommand::InsertBypass { insert, on } => self.insert(insert, |it| it.bypass = on),
        }
    }

    /// The fader of a bus; `None` for one that is not there.
    #[inline(always)]
    pub(super) fn fader(&mut self, bus: BusId) -> Option<&mut f32> {
        self.buses.get_mut(bus).map(|values| &mut values.gain)
    }

    /// The gain of a send; `None` for one that was never there.
    #[inline(always)]
    pub(super) fn send(&mut self, send: SendId) -> Option<&mut f32> {
        self.sends.get_mut(send)
    }

    /// Parameters, wet share and bypass of an insert; `None` for one that was never there.
    #[inline(always)]
    pub(super) fn chain(&mut self, insert: InsertId) -> Option<&mut InsertValues> {
        self.inserts.get_mut(insert).map(|known| &mut known.values)
    }

    /// Fader, pan and switches of a bus; `None` for one that is not there.
    #[inline(always)]
    pub(super) fn strip(&mut self, bus: BusId) -> Option<&mut BusValues> {
        self.buses.get_mut(bus)
    }

    #[inline]
    fn bus(&mut self, bus: BusId, set: impl FnOnce(&mut BusValues)) {
        if let Some(values) = self.buses.get_mut(bus) {
            set(values);
        }
    }

    fn insert(&mut self, insert: InsertId, set: impl FnOnce(&mut InsertValues)) {
        if let Some(known) = self.inserts.get_mut(insert) {
            set(&mut known.values);
        }
    }
}

impl Control {
    /// Fader, pan and switches of a bus as they were last set. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::StaleId`].
    pub fn bus_values(&self, bus: BusId) -> Result<BusValues> {
        self.check_bus(bus)?;
        let found = self.values.buses.get(bus).copied();
        found.ok_or_else(|| Error::stale("bus", bus.to_bits()))
    }

    /// Linear gain of a send as it was last set. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::StaleId`].
    pub fn send_gain(&self, send: SendId) -> Result<f32> {
        self.check_send(send)?;
        let found = self.values.sends.get(send).copied();
        found.ok_or_else(|| Error::stale("send", send.to_bits()))
    }

    /// Parameters, wet share and bypass of an insert as they were last set. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::StaleId`].
    pub fn insert_values(&self, insert: InsertId) -> Result<&InsertValues> {
        self.check_insert(insert)?;
        let found = self.values.inserts.get(insert);
        let found = found.map(|known| &known.values);
        found.ok_or_else(|| Error::stale("insert", insert.to_bits()))
    }

    /// Sets every parameter of an insert to what a preset of its kind says, or to its default, at the
    /// absolute frame `at`, or [`NOW`](crate::NOW). Mix and bypass stay. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::StaleId`]; [`Error::Unknown`] for the preset; [`Error::Argument`] when it needs another
    /// value of a parameter that is only read when the insert is made: add a new one;
    /// [`Error::QueueFull`]. Nothing has changed then.
    pub fn apply_preset(&mut self, insert: InsertId, preset: &str, at: u64) -> Result<()> {
        self.check_insert(insert)?;
        let kind = *self.names.kinds.get(&insert).ok_or(Error::StaleInsert)?;
        let said = load::preset(processor::info(kind).id, Some(preset))?;
        self.set_insert_params(insert, said, at)
    }

    /// Sets every parameter of an insert to what is said by its id, or to its default, at the absolute frame
    /// `at`, or [`NOW`](crate::NOW). Mix and bypass stay. `[main-thread]`
    ///
    /// # Errors
    /// As [`Control::apply_preset`]; [`Error::Unknown`] for a parameter; [`Error::Dsp`] for a value. Nothing has
    /// changed then.
    pub fn set_insert_params(
        &mut self,
        insert: InsertId,
        said: &[(&str, f32)],
        at: u64,
    ) -> Result<()> {
        let now = &self.insert_values(insert)?.params;
        let kind = *self.names.kinds.get(&insert).ok_or(Error::StaleInsert)?;
        let info = processor::info(kind);
        for (id, value) in said {
            let number = info.param(id).map(usize::from);
            let row = number.and_then(|number| info.params.get(number));
            row.ok_or_else(|| Error::Unknown {
                what: "parameter",
                name: (*id).to_owned(),
                known: info.params.iter().map(|row| row.id.to_owned()).collect(),
            })?
            .check(*value)?;
        }
        let mut commands = Vec::new();
        for ((param, row), now) in (0..).zip(info.params).zip(now) {
            let value = said.iter().find(|(id, _)| *id == row.id);
            let value = value.map_or(row.default, |(_, value)| *value);
            if value == *now {
                continue;
            }
            if row.structural {
                return Err(Error::Argument {
                    what: row.id,
                    value: value.to_string(),
                    allowed: "what it was made with, since it sets the latency; add a new insert \
                              with the preset",
                });
            }
            commands.push(MixerCommand::InsertParam {
                insert,
                param,
                value,
            });
        }
        if self.held.is_none() && self.free_commands() < commands.len() {
            return Err(self.queue_full());
        }
        for command in commands {
            self.send_mixer(at, command)?;
        }
        Ok(())
    }
}
