//! The project's buses as a graph and its processors.

mod renew;

use segue_dsp::math::db_to_gain;
use segue_dsp::pan::PanLaw;
use segue_dsp::processor::{self, PROCESSORS, Processor, ProcessorKind, Setup};
use segue_format::project::{self, MASTER, Project, SendPosition};
use segue_rt::graph::{CommitError, Graph, InsertMeta, NewProcessor, SendTap, Strip};
use segue_rt::ids::BusId;
use segue_rt::schedule::{CompileError, compile};

pub(super) use renew::renew;
pub(crate) use renew::{Renewed, Running, buses, goes_on, renames};

use super::{Names, macros};
use crate::config::EngineConfig;
use crate::error::{Error, Result};

/// Level in a project that means silence, in dB.
const SILENT_DB: f64 = -144.0;

pub(super) fn build(
    project: &Project,
    config: &EngineConfig,
    names: &mut Names,
) -> Result<(Graph, Vec<NewProcessor>)> {
    let mut graph = Graph::new(&config.limits);
    let master = project.master();
    names.buses.insert(MASTER.to_owned(), graph.master());
    for bus in others(project) {
        let id = graph.add_bus(&bus.id, graph.master())?;
        names.buses.insert(bus.id.clone(), id);
    }
    let mut processors = Vec::new();
    for bus in std::iter::once(&master).chain(others(project)) {
        let id = bus_id(names, &bus.id)?;
        graph.set_strip(id, strip(bus))?;
        graph.set_max_voices(id, bus.max_voices.into())?;
        graph.set_max_latency(id, bus.max_latency)?;
        if let Some(output) = bus.output_id() {
            graph.set_output(id, bus_id(names, output)?)?;
        }
        add_sends(&mut graph, names, bus, id)?;
    }
    for bus in std::iter::once(&master).chain(others(project)) {
        let id = bus_id(names, &bus.id)?;
        for (position, insert) in bus.inserts.iter().enumerate() {
            let rate = f64::from(config.sample_rate);
            let (kind, processor) = build_insert(project, &bus.id, insert, rate)?;
            let meta = InsertMeta {
                kind: kind as u16,
                latency: processor.latency(),
                key: insert
                    .key
                    .as_deref()
                    .map(|key| bus_id(names, key))
                    .transpose()?,
                mix: narrow(insert.mix),
                bypass: insert.bypass,
            };
            let new = graph.add_insert(id, position, meta)?;
            names
                .inserts
                .insert((bus.id.clone(), insert.id.clone()), new);
            names.kinds.insert(new, kind);
            processors.push((new, processor));
        }
    }
    if let Err(error @ CompileError::Latency { .. }) = compile(&graph, &config.limits) {
        return Err(named(error, names));
    }
    Ok((graph, processors))
}

/// What keeps a mixer from being played, with the name of the insert that a bus has too much latency of.
pub(crate) fn named(error: CompileError, names: &Names) -> Error {
    let CompileError::Latency {
        bus,
        frames,
        max,
        insert: Some(insert),
        insert_bus,
        insert_frames,
    } = &error
    else {
        return CommitError::Compile(error).into();
    };
    let mut known = names.inserts.iter();
    let Some(((_, name), _)) = known.find(|(_, id)| *id == insert) else {
        return CommitError::Compile(error).into();
    };
    Error::Latency {
        bus: bus.clone(),
        frames: *frames,
        max: *max,
        insert: name.clone(),
        insert_bus: insert_bus.clone(),
        insert_frames: *insert_frames,
    }
}

/// The processor called `kind` with its defaults replaced by `params`, for one stereo bus.
pub(crate) fn build_processor<'a>(
    kind: &str,
    params: impl Iterator<Item = (&'a str, f64)>,
    sample_rate: f64,
) -> Result<(ProcessorKind, Box<dyn Processor>)> {
    let found = processor::kind_from_id(kind).ok_or_else(|| unknown_kind(kind))?;
    let info = processor::info(found);
    let mut values = Vec::new();
    for (name, value) in params {
        let number = info.param(name).ok_or_else(|| Error::Unknown {
            what: "parameter",
            name: name.to_owned(),
            known: info.params.iter().map(|row| row.id.to_owned()).collect(),
        })?;
        values.push((number, narrow(value)));
    }
    let setup = Setup {
        sample_rate,
        channels: 2,
    };
    Ok((found, processor::build(found, setup, &values)?))
}

/// What the preset of an insert sets its parameters to.
pub(crate) fn preset_values(insert: &project::Insert) -> Result<&'static [(&'static str, f32)]> {
    preset(&insert.kind, insert.preset.as_deref())
}

/// What a preset of this kind sets its parameters to; nothing without one.
pub(crate) fn preset(kind: &str, name: Option<&str>) -> Result<&'static [(&'static str, f32)]> {
    let Some(name) = name else {
        return Ok(&[]);
    };
    let presets = processor::presets(kind);
    let found = presets.iter().find(|preset| preset.name == name);
    found
        .map(|preset| preset.values)
        .ok_or_else(|| Error::Unknown {
            what: "preset",
            name: name.to_owned(),
            known: presets.iter().map(|it| it.name.to_owned()).collect(),
        })
}

/// The processor of an insert: its preset, its own values, and where a macro moves a parameter, at the macro's value.
fn build_insert(
    project: &Project,
    bus: &str,
    insert: &project::Insert,
    sample_rate: f64,
) -> Result<(ProcessorKind, Box<dyn Processor>)> {
    // A wrong kind is told before a preset that cannot be right.
    processor::kind_from_id(&insert.kind).ok_or_else(|| unknown_kind(&insert.kind))?;
    let preset = preset_values(insert)?.iter();
    let preset = preset.map(|(name, value)| (*name, f64::from(*value)));
    let own = insert.params.iter();
    let own = own.map(|(name, value)| (name.as_str(), *value));
    let moved = macros::values(project, bus, insert);
    build_processor(&insert.kind, preset.chain(own).chain(moved), sample_rate)
}

fn unknown_kind(kind: &str) -> Error {
    Error::Unknown {
        what: "insert kind",
        name: kind.to_owned(),
        known: PROCESSORS.iter().map(|row| row.id.to_owned()).collect(),
    }
}

fn add_sends(graph: &mut Graph, names: &mut Names, bus: &project::Bus, id: BusId) -> Result<()> {
    for send in &bus.sends {
        let to = bus_id(names, &send.to)?;
        let new = graph.add_send(id, to, gain(send.gain_db), send_tap(send))?;
        names.sends.insert((bus.id.clone(), send.to.clone()), new);
    }
    Ok(())
}

fn send_tap(send: &project::Send) -> SendTap {
    match send.position {
        SendPosition::Pre => SendTap::PreFader,
        SendPosition::Post => SendTap::PostFader,
    }
}

fn others(project: &Project) -> impl Iterator<Item = &project::Bus> {
    project.buses.iter().filter(|bus| bus.id != MASTER)
}

fn bus_id(names: &Names, name: &str) -> Result<BusId> {
    names
        .buses
        .get(name)
        .copied()
        .ok_or_else(|| Error::Unknown {
            what: "bus",
            name: name.to_owned(),
            known: names.buses.keys().cloned().collect(),
        })
}

fn strip(bus: &project::Bus) -> Strip {
    Strip {
        gain: gain(bus.gain_db),
        pan: narrow(bus.pan),
        law: match bus.pan_law {
            project::PanLaw::Minus3 => PanLaw::Minus3,
            project::PanLaw::Minus4_5 => PanLaw::Minus4Point5,
            project::PanLaw::Minus6 => PanLaw::Minus6,
            project::PanLaw::Balance => PanLaw::Balance,
        },
        mute: bus.mute,
        solo: bus.solo,
    }
}

/// A level of a project as a linear gain.
pub(crate) fn gain(db: f64) -> f32 {
    if db <= SILENT_DB {
        0.0
    } else {
        db_to_gain(narrow(db))
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "the engine computes in f32"
)]
pub(super) fn narrow(value: f64) -> f32 {
    value as f32
}
